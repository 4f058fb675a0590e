"""What an account of an incident says as a whole, by small linear models: kind of actor, of action and of data, country, incident or not.

The weights in ``models/classifiers.json.gz`` come from ``tools/train_classifiers.py``; ``models/classifiers.md`` says on what they were
trained, and how good they are. A model sees word stems and pairs of stems, nothing of their order: it is a second opinion beside the
rules that read sentences, and every answer carries a probability. Nothing but Python is needed at run time, and the same text
always gets the same answer.

>>> text = "A laptop with the medical records of 1,200 patients was stolen from a doctor's car in Leeds."
>>> [(j.value, text[j.start:j.end] == text) for j in Classifiers.bundled().veris_actions(text)]
[('physical', True)]
"""

from __future__ import annotations

import gzip
import json
import math
import re
from base64 import b64decode
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from kg.extraction.gazetteer import places
from kg.extraction.tokens import BEFORE_NAME, EITHER

_WORD = re.compile(r"[a-z][a-z’'-]*[a-z]|\d+|[$£€]")
_SUFFIXES = ("ing", "edly", "ed", "ly", "es", "s")
_STOP = re.compile(r"[.!?…][\"'”’)\]]*\s+(?=[\"'“‘(\[]*[A-Z0-9])|\n\s*\n")
# A country-code domain or a currency tells where a victim sits almost as well as a name does
_HINTS = re.compile(
    r"\.(?:co\.|com\.|org\.|ac\.|gov\.)?(uk|au|nz|ca|in|ie|jp|de|za|il|kr)\b|(£|€|C\$|A\$|NZ\$|Rs\.?(?= ?\d))", re.IGNORECASE
)
_HINT_COUNTRY = {"uk": "GB", "£": "GB", "c$": "CA", "a$": "AU", "nz$": "NZ", "rs": "IN", "rs.": "IN", "€": "IE"}


@dataclass(frozen=True, slots=True)
class Judgement:
    """A value with its probability; ``[start, end)`` is the sentence of the text that speaks most for it."""

    value: str
    probability: float
    start: int
    end: int


def stem(word: str) -> str:
    """A lower-case word without its commonest ending; three letters at least are left. Raises nothing.

    >>> [stem(w) for w in ("employees", "emailing", "stolen", "mailed")]
    ['employe', 'email', 'stolen', 'mail']
    """
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) > 3:
            return word[: -len(suffix)]
    return word


def terms(text: str) -> Iterator[tuple[str, int]]:
    """Stems, and pairs of neighbouring stems, with the place where they begin; every number is ``#``. Raises nothing.

    >>> list(terms("Lost 12 laptops"))
    [('lost', 0), ('#', 5), ('lost #', 0), ('laptop', 8), ('# laptop', 5)]
    """
    before, at = "", 0
    for match in _WORD.finditer(text.lower()):
        word = match.group()
        word = "#" if word[0].isdigit() else _stem(word)
        yield word, match.start()
        if before:
            yield f"{before} {word}", at
        before, at = word, match.start()


_stem = lru_cache(maxsize=20_000)(stem)


def place_terms(text: str, found: Sequence[tuple[int, int, str]]) -> dict[str, dict[str, float]]:
    """For every country that may be the victim's: what in the text, and in the places ``found`` in it, points to it. Raises nothing.

    Candidates are the countries whose places, domains or money the text names, and the four from which most accounts in English
    come. ``share``: of all places named; ``first``: the first place named is there; ``only``: no other country is named;
    ``early``: named in the first 200 characters; ``hint``: a domain or a currency.

    >>> place_terms("Police in Oslo arrested two men.", [(10, 14, "NO")])["NO"]
    {'share': 1.0, 'first': 1.0, 'only': 1.0, 'early': 1.0}
    """
    named = Counter(code for _, _, code in found)
    hints = {_HINT_COUNTRY.get(h, h.upper()) for m in _HINTS.finditer(text) for h in [(m[1] or m[2]).lower()]}
    seen: dict[str, dict[str, float]] = {}
    for code in sorted({"US", "GB", "CA", "AU"} | set(named) | hints):
        signs: dict[str, float] = {}
        if named[code]:
            signs["share"] = named[code] / len(found)
            if found[0][2] == code:
                signs["first"] = 1.0
            if len(named) == 1:
                signs["only"] = 1.0
            if any(c == code and start < 200 for start, _, c in found):
                signs["early"] = 1.0
        elif named:
            signs["others"] = 1.0
        if code in hints:
            signs["hint"] = 1.0
        seen[code] = signs
    return seen


@lru_cache(maxsize=4)
def sentence_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Where the sentences of a text stand; a quick cut at full stops before a capital, and at empty lines. Raises nothing.

    >>> sentence_spans("Dr. Lee knew. He left.")
    ((0, 13), (14, 22))
    """
    spans, begin = [], 0
    for match in _STOP.finditer(text):
        space = max(text.rfind(" ", begin, match.start()), text.rfind("\n", begin, match.start()))
        word = text[max(space + 1, begin) : match.start()].lower().lstrip("(\"'“‘[")
        if match[0][0] == "." and (word in BEFORE_NAME or word in EITHER or (len(word) == 1 and word.isalpha())):
            continue
        spans.append((begin, match.end()))
        begin = match.end()
    spans.append((begin, len(text)))
    trimmed = [(a + len(text[a:b]) - len(text[a:b].lstrip()), a + len(text[a:b].rstrip())) for a, b in spans]
    return tuple((a, b) for a, b in trimmed if a < b) or ((0, len(text)),)


@dataclass(frozen=True, slots=True)
class _Read:
    """A text as the models see it: index of each known term, its value (tf-idf, length 1), and where it stands."""

    values: tuple[tuple[int, float], ...]
    where: dict[int, list[int]]
    known: float


class _Family:
    """Labels that are decided together, with their weights (one byte each, row by row of terms)."""

    def __init__(self, packed: dict[str, Any]) -> None:
        self.labels: list[str] = packed["labels"]
        self.thresholds: list[float] = packed["thresholds"]
        self.floor: float = packed["floor"]
        self.bias: list[float] = packed["bias"]
        self.scale: list[float] = packed["scale"]
        self.platt: list[list[float]] = packed["platt"]
        self.weights = memoryview(b64decode(packed["weights"])).cast("b")

    def probabilities(self, read: _Read) -> list[float]:
        n, weights = len(self.labels), self.weights
        values = [value for _, value in read.values]
        rows = [index * n for index, _ in read.values]
        sums = [sum([weights[row + j] * value for row, value in zip(rows, values, strict=True)]) for j in range(n)]
        margins = (b + s * total for b, s, total in zip(self.bias, self.scale, sums, strict=True))
        return [_logistic(a * m + c) for m, (a, c) in zip(margins, self.platt, strict=True)]


class Classifiers:
    """Judges whole texts. ``Classifiers.bundled()`` has the models of this package."""

    def __init__(self, packed: dict[str, Any]) -> None:
        """Takes what ``tools/train_classifiers.py`` writes. Raises KeyError where something is missing."""
        self.version: str = packed["version"]
        self._index = {term: i for i, term in enumerate(packed["terms"].split("\n"))}
        self._idf = [x / 1000 for x in packed["idf"]]
        self._families = {name: _Family(family) for name, family in packed["families"].items()}
        self._country: dict[str, Any] = packed["country"]
        self._country_words: dict[int, dict[str, float]] = {}
        for code, words in packed["country"]["words"].items():
            for index, weight in words.items():
                self._country_words.setdefault(int(index), {})[code] = weight
        self._read = lru_cache(maxsize=4)(self._reading)

    @staticmethod
    def bundled() -> Classifiers:
        """The models of this package; read once, then the same object. Raises nothing.

        >>> Classifiers.bundled() is Classifiers.bundled()
        True
        """
        return _bundled()

    def veris_actors(self, text: str) -> list[Judgement]:
        """VERIS actors (external, internal, partner), the best first. Raises nothing.

        >>> text = "An employee of the clinic looked up the records of her neighbours."
        >>> [j.value for j in Classifiers.bundled().veris_actors(text)]
        ['internal']
        """
        return self._judge("actor", text)

    def veris_actions(self, text: str) -> list[Judgement]:
        """VERIS actions (error, hacking, misuse, physical, social, malware, environmental), the best first. Raises nothing.

        >>> text = "The council sent a spreadsheet with names and addresses to the wrong recipient by mistake."
        >>> [j.value for j in Classifiers.bundled().veris_actions(text)]
        ['error']
        """
        return self._judge("action", text)

    def veris_data(self, text: str) -> list[Judgement]:
        """VERIS varieties of data that were hit (Personal, Medical, Credentials, Payment, Bank …), the best first. Raises nothing.

        >>> text = "Hackers took credit card numbers of shoppers from the web shop."
        >>> [j.value for j in Classifiers.bundled().veris_data(text)]
        ['Payment']
        """
        return self._judge("data", text)

    def country(self, text: str) -> Judgement | None:
        """The country (ISO 3166-1 alpha-2) where the victim sits; ``None`` when unsure. Raises nothing.

        >>> found = Classifiers.bundled().country("The police of Ontario lost a memory stick.")
        >>> found and found.value
        'CA'
        """
        read = self._read(text)
        if not read.values:
            return None
        model, found = self._country, places(text)
        by_words: dict[str, float] = {}
        for index, value in read.values:
            for code, weight in self._country_words.get(index, {}).items():
                by_words[code] = by_words.get(code, 0.0) + weight * value
        scores: dict[str, float] = {}
        for code, signs in place_terms(text, found).items():
            score = model["bias"].get(code, model["bias"]["*"])
            scores[code] = score + by_words.get(code, 0.0) + sum(model["signs"][sign] * value for sign, value in signs.items())
        top = max(scores.values())
        weights = {code: math.exp(model["sharpness"] * (score - top)) for code, score in scores.items()}
        best = max(sorted(weights), key=weights.__getitem__)
        probability = weights[best] / sum(weights.values())
        if probability < model["threshold"]:
            return None
        spans = sentence_spans(text)
        at = next((start for start, _, code in found if code == best), 0)
        start, end = next(((a, b) for a, b in spans if a <= at < b), spans[0])
        return Judgement(best, round(probability, 4), start, end)

    def incident(self, text: str) -> float:
        """Probability that a text tells of an incident at all; 0 for a text without words. Raises nothing.

        >>> Classifiers.bundled().incident("Hackers stole the data of 40,000 customers from the bank, it said on Monday.") > 0.8
        True
        >>> Classifiers.bundled().incident("Melt the butter, stir in the flour and bake for forty minutes.") < 0.2
        True
        """
        return self._incident("incident", text)

    def sentence_incident(self, sentence: str) -> float:
        """The same for one sentence. Raises nothing.

        >>> Classifiers.bundled().sentence_incident("An attacker gained access to the mail of two employees.") > 0.5
        True
        """
        return self._incident("incident", sentence)

    def _incident(self, family: str, text: str) -> float:
        read = self._read(text)
        return round(self._families[family].probabilities(read)[0], 4) if any(c.isalpha() for c in text) and read.values else 0.0

    def _reading(self, text: str) -> _Read:
        where: dict[int, list[int]] = {}
        index = self._index
        for term, at in terms(text):
            i = index.get(term)
            if i is not None:
                where.setdefault(i, []).append(at)
        idf = self._idf
        raw = {i: (1 + math.log(len(at))) * idf[i] for i, at in where.items()}
        length = math.sqrt(sum(v * v for v in raw.values())) or 1.0
        return _Read(tuple((i, v / length) for i, v in raw.items()), where, length)

    def _judge(self, name: str, text: str) -> list[Judgement]:
        family, read = self._families[name], self._read(text)
        if not read.values:
            return []
        chances = family.probabilities(read)
        chosen = choose(chances, family.thresholds, family.floor)
        if not chosen:
            return []
        spans = sentence_spans(text)
        return [Judgement(family.labels[j], round(chances[j], 4), *self._speaks(family, j, read, spans)) for j in chosen]

    def _speaks(self, family: _Family, j: int, read: _Read, spans: tuple[tuple[int, int], ...]) -> tuple[int, int]:
        """The sentence in which the terms weigh most for label ``j``: the first of equals."""
        if len(spans) == 1:
            return spans[0]
        starts = [start for start, _ in spans]
        totals = [0.0] * len(spans)
        n = len(family.labels)
        for index, value in read.values:
            weight = family.weights[index * n + j] * value
            if weight:
                for number in {_before(starts, at) for at in read.where[index]}:
                    totals[number] += weight
        return spans[totals.index(max(totals))]


def choose(chances: Sequence[float], thresholds: Sequence[float], floor: float) -> list[int]:
    """Which labels are given, the most probable first: those at their threshold, or else the nearest to it that reaches ``floor`` of it.

    Raises nothing.

    >>> choose([0.2, 0.7, 0.9], [0.5, 0.5, 0.5], 0.3), choose([0.2, 0.1], [0.5, 0.5], 0.3), choose([0.1, 0.1], [0.5, 0.5], 0.3)
    ([2, 1], [0], [])
    """
    chosen = [j for j, chance in enumerate(chances) if chance >= thresholds[j]]
    if not chosen:
        near = max(range(len(chances)), key=lambda j: chances[j] / thresholds[j])
        chosen = [near] if chances[near] >= floor * thresholds[near] else []
    return sorted(chosen, key=lambda j: -chances[j])


def _before(starts: list[int], at: int) -> int:
    return max(bisect_right(starts, at) - 1, 0)


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


@cache
def _bundled() -> Classifiers:
    packed = gzip.decompress(files("kg.extraction").joinpath("models", "classifiers.json.gz").read_bytes())
    return Classifiers(json.loads(packed))
