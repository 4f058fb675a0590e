"""Mentions in reports of security vendors: threat actors, malware, tools, techniques, tactics, organizations, sectors, locations, dates.

Three small CRF taggers (``kg/extraction/models/mentions-*.crfsuite``) read the words together with what the lexicon knows of them. What
they say of a name is settled over the whole document, so that a name means one thing throughout: for each name the taggers' probabilities
at all its places are put together by a logistic formula (``mentions.json``). Techniques and tactics get their ATT&CK ids from the
lexicon's phrases in the same way. The model card ``mentions.md`` says on what all this was trained, under which licence, with which
figures; ``tools/train_mentions.py`` makes it.

>>> found = find_mentions("APT28 used the Emotet malware against Microsoft in Germany.")
>>> [(e["type"], e["text"]) for e in found if e["type"] in ("malware", "location")]
[('malware', 'Emotet'), ('location', 'Germany')]
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pycrfsuite  # type: ignore[import-untyped]
import yaml

from kg.extraction.dates import annotated_dates
from kg.extraction.names import FOLDER, Lexicon, NameMention, fold, ordinary_words

MODELS = Path(__file__).resolve().parent / "models"
LONGEST = 400
"""A sequence of the taggers is cut after so many tokens."""
MODEL_TYPES = {
    "software": ("threat_actor", "malware", "tool"),
    "places": ("org", "location", "sector"),
    "techniques": ("technique", "tactic"),
}
"""Taggers and the types that each of them tells apart."""
KINDS = {
    "actor": "threat_actor", "malware": "malware", "tool": "tool", "technique": "technique", "tactic": "tactic", "sector": "sector",
    "organization": "org", "country": "location", "nationality": "location", "place": "location",
}  # fmt: skip
"""Kinds of the lexicon, and the types of mentions that they are."""

Entity = dict[str, Any]
"""A mention: ``type``, ``start``, ``end``, ``text``, and ``id`` (ATT&CK) or ``value`` where there is one."""

_TOKEN = re.compile(r"(?:https?|hxxps?|ftp)(?:://|\[:\]//)[^\s<>\"“”|)\]]+|[A-Fa-f0-9]{32,}|[^\W\d_]+|\d+|[^\w\s]|_")
_CODES = {
    "actor": "act", "malware": "mal", "tool": "too", "organization": "org", "country": "loc", "nationality": "nat", "place": "pla",
    "technique": "tec", "tactic": "tac", "sector": "sec",
}  # fmt: skip
_KNOWN = ("threat_actor", "malware", "tool", "org", "location", "sector")
_LOW = 0.15
"""A run of words is a candidate when a tagger gives each of them at least this probability of being a mention."""


@dataclass(frozen=True, slots=True)
class Word:
    """A token of the taggers at ``[start, end)``."""

    start: int
    end: int
    text: str


def lines(text: str) -> list[list[Word]]:
    """The words of a text, a list each line that has any; very long lines in pieces.

    >>> [[w.text for w in line] for line in lines("APT-C-36 hit\\n[us](https://x.example/a)")]
    [['APT', '-', 'C', '-', '36', 'hit'], ['[', 'us', ']', '(', 'https://x.example/a', ')']]
    """
    found: list[list[Word]] = []
    at = 0
    for line in text.split("\n"):
        words = [Word(at + m.start(), at + m.end(), m.group()) for m in _TOKEN.finditer(line)]
        found += [words[n : n + LONGEST] for n in range(0, len(words), LONGEST)]
        at += len(line) + 1
    return found


@cache
def shape(word: str) -> str:
    """The pattern of capitals, small letters and digits of a word, runs shortened.

    >>> shape("TrickBot"), shape("FIN7"), shape("emails")
    ('XxXx', 'Xd', 'x')
    """
    kinds = ["X" if c.isupper() else "x" if c.islower() else "d" if c.isdigit() else c for c in word[:20]]
    return "".join(k for n, k in enumerate(kinds) if n == 0 or kinds[n - 1] != k)


@cache
def cue_words() -> dict[tuple[str, str], tuple[str, ...]]:
    """``(side, word)`` → codes of the kinds for which that word is a cue (``cues.yaml``).

    >>> cue_words()["after", "ransomware"]
    ('mal',)
    """
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for kind, sides in yaml.safe_load((FOLDER / "cues.yaml").read_text("utf-8")).items():
        for side, words in sides.items():
            for word in words:
                key = (side, str(word).lower())
                found[key] = (*found.get(key, ()), _CODES[kind])
    return found


class Document:
    """What the taggers see of a text: words, shapes, names of the lexicon, and what the whole document does with a word."""

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        self.text = text
        self.lexicon = lexicon
        self.lines = lines(text)
        self.names: list[NameMention] = lexicon.find(text)
        self.starts = [w.start for line in self.lines for w in line]
        self.words = [w for line in self.lines for w in line]
        self.techniques = sorted((m for m in self.names if m.kind in ("technique", "tactic")), key=lambda m: m.end)
        self.technique_ends = [m.end for m in self.techniques]
        self._ambiguous: dict[str, bool] = {}
        self.head = next((line[-1].end for line in self.lines if len(line) > 2), 0)
        self.known = self._known()
        self._usage()

    def _known(self) -> dict[int, dict[str, str]]:
        """Start of a word → layer → mark of the lexicon (``B-mal``)."""
        known: dict[int, dict[str, str]] = defaultdict(dict)
        for mention in self.names:
            code = _CODES.get(mention.kind)
            if code is None:
                continue
            layer = {"tec": "t", "tac": "a", "sec": "s"}.get(code, "n")
            first = True
            for at in range(bisect_left(self.starts, mention.start), len(self.words)):
                if self.words[at].end > mention.end:
                    break
                weak = "?" if mention.score < 0.85 else "~" if code in ("act", "mal", "too") and self.ambiguous(mention.text) else ""
                known[self.starts[at]].setdefault(layer, f"{'B' if first else 'I'}-{code}{weak}")
                first = False
        return known

    def ambiguous(self, name: str) -> bool:
        """Whether the lexicon knows several of actor, malware and tool by this name."""
        if name not in self._ambiguous:
            self._ambiguous[name] = len(self.lexicon.meanings(name) & {"actor", "malware", "tool"}) > 1
        return self._ambiguous[name]

    def _usage(self) -> None:
        """Per capitalised word: how often, with which other capitalised word after it, also in lower case, beside which cues anywhere."""
        cues = cue_words()
        self.flags: dict[str, set[str]] = defaultdict(set)
        self.counts: dict[str, int] = defaultdict(int)
        self.pairs: dict[tuple[str, str], int] = defaultdict(int)
        self.small: set[str] = set()
        for line in self.lines:
            low = [w.text.lower() for w in line]
            for n, word in enumerate(line):
                if not word.text[0].isalpha():
                    continue
                if word.text.islower():
                    self.small.add(word.text)
                    continue
                name = low[n]
                self.counts[name] += 1
                after = low[n + 1 : n + 4]
                if n + 1 < len(line) and line[n + 1].text[0].isupper():
                    self.pairs[name, after[0]] += 1
                    after = after[1:]
                for other in after[:1]:
                    self.flags[name].update(f"a{kind}" for kind in cues.get(("after", other), ()))
                for other in low[max(0, n - 1) : n]:
                    self.flags[name].update(f"b{kind}" for kind in cues.get(("before", other), ()))

    def features(self, line: list[Word], first: bool = False) -> list[list[str]]:
        """The features of each word of a line; ``first`` for one of the first lines of the document."""
        ordinary = ordinary_words()
        cues = cue_words()
        count = len(line)
        low = [w.text.lower() if len(w.text) < 40 else "<long>" for w in line]
        low = ["<url>" if w.startswith(("http", "hxxp")) and len(w) > 8 else w for w in low]
        shapes = [shape(w.text[:20]) for w in line]
        marks = [self.known.get(w.start, {}) for w in line]
        letters = [w.text for w in line if w.text[0].isalpha()]
        capitals = sum(w[0].isupper() for w in letters) > 0.6 * len(letters)
        where = "short" if count < 6 else "caps" if capitals else "table" if "|" in low else "head" if low[0] == "#" else "text"
        found = []
        depth = 0
        for n, word in enumerate(line):
            here, form, known = low[n], shapes[n], marks[n]
            depth += here == "["
            glued = n > 0 and line[n - 1].end == word.start
            out = [
                "b", f"w={here}", f"s={form}", f"p3={here[:3]}", f"p4={here[:4]}", f"x2={here[-2:]}", f"x3={here[-3:]}",
                f"at={where}{first:d}", f"len={min(len(here), 8)}", f"g={glued:d}{n + 1 < count and word.end == line[n + 1].start:d}",
            ]  # fmt: skip
            if depth > 0:
                out.append("label")
                depth -= here == "]"
            if word.text[0].isalpha():
                common = here in ordinary
                out.append(f"ord={common:d}{form[:1]}")
                if not word.text.islower():
                    uses = min(self.counts[here], 9)
                    out += (f"small={here in self.small:d}{common:d}", f"n={uses if uses < 6 else 6 + (self.counts[here] > 15)}{common:d}")
                    for flag in sorted(self.flags.get(here, ())):
                        out += (f"doc:{flag}", f"doc:{flag}{common:d}{form}")
                    if n + 1 < count and (pairs := self.pairs.get((here, low[n + 1]), 0)) > 1:
                        out.append(f"pair>{pairs * 2 > self.counts[here]:d}")
                    if n and (pairs := self.pairs.get((low[n - 1], here), 0)) > 1:
                        out.append(f"pair<{pairs * 2 > self.counts[here]:d}")
            for layer, mark in known.items():
                out.append(f"L{layer}={mark}")
                if layer == "n":
                    out.append(f"L={mark}|{form}|{here in ordinary:d}")
            for step in (-2, -1, 1, 2):
                other = n + step
                if 0 <= other < count:
                    out += (f"{step}w={low[other]}", f"{step}s={shapes[other]}")
                    for layer, mark in marks[other].items():
                        out.append(f"{step}L{layer}={mark}")
                else:
                    out.append(f"{step}=no")
            if n > 0:
                out += (f"-1w|w={low[n - 1]}|{here}", f"-1s|s={shapes[n - 1]}|{form}")
            if n + 1 < count:
                out += (f"w|1w={here}|{low[n + 1]}", f"s|1s={form}|{shapes[n + 1]}")
            for side, others in (("before", low[max(0, n - 4) : n]), ("after", low[n + 1 : n + 4])):
                for code in sorted({k for o in others for k in cues.get((side, o), ())}):
                    out.append(f"{side}={code}|{form[:1]}")
            found.append(out)
        return found

    def items(self) -> list[pycrfsuite.ItemSequence | None]:
        """The features of all lines in the form that the taggers read; None for a line without words."""
        return [pycrfsuite.ItemSequence(self.features(line, n < 3)) if line else None for n, line in enumerate(self.lines)]


@dataclass(slots=True)
class Candidate:
    """Something that may be mentioned in a document: a name of one type, or an ATT&CK id, with what speaks for it."""

    type: str
    key: str
    places: list[tuple[int, int]] = field(default_factory=list)
    numbers: list[float] = field(default_factory=list)


Marks = list[list[dict[str, tuple[float, float]]]]
"""A tagger's answer: per line, per word, per type the probabilities of ``B`` and ``I``; without those near zero."""


def marginals(tagger: pycrfsuite.Tagger, items: list[pycrfsuite.ItemSequence | None], sizes: list[int]) -> Marks:
    """What a tagger says of each word."""
    labels = set(tagger.labels())
    types = sorted({label[2:] for label in labels if label != "O"})
    found: Marks = []
    for item, size in zip(items, sizes, strict=True):
        words: list[dict[str, tuple[float, float]]] = []
        if item is not None:
            tagger.set(item)
            for n in range(size):
                here: dict[str, tuple[float, float]] = {}
                if "O" not in labels or tagger.marginal("O", n) < 0.97:
                    for kind in types:
                        begin = tagger.marginal(f"B-{kind}", n) if f"B-{kind}" in labels else 0.0
                        inside = tagger.marginal(f"I-{kind}", n) if f"I-{kind}" in labels else 0.0
                        if begin + inside > 0.02:
                            here[kind] = (begin, inside)
                words.append(here)
        found.append(words)
    return found


def runs(marks: Marks, low: float = _LOW) -> list[tuple[str, int, int, int]]:
    """``(type, line, first word, word after the last)`` of all runs of words that a tagger gives at least ``low``."""
    found = []
    for number, words in enumerate(marks):
        current: tuple[str, int] | None = None
        for n, here in enumerate([*words, {}]):
            kind = max(here, key=lambda k: sum(here[k])) if here else ""
            strong = bool(kind) and sum(here[kind]) >= low
            goes_on = current is not None and strong and kind == current[0] and here[kind][1] >= here[kind][0]
            if current is not None and not goes_on:
                found.append((current[0], number, current[1], n))
                current = None
            if strong and current is None:
                current = (kind, n)
    return found


def name_candidates(document: Document, marks: Marks, types: tuple[str, ...]) -> list[Candidate]:
    """All names of these types that a tagger or the lexicon proposes, each with all its places and what speaks for it."""
    text = document.text
    firsts: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for number, line in enumerate(document.lines):
        for n, word in enumerate(line):
            firsts[word.text].append((number, n))
    proposed: dict[tuple[str, ...], set[str]] = defaultdict(set)
    spans: set[tuple[int, int, int]] = set()
    for kind, number, a, b in runs(marks):
        words = document.lines[number][a:b]
        if "://" in words[0].text or not any(c.isalnum() for w in words for c in w.text):
            continue
        proposed[tuple(w.text for w in words)].add(kind)
        spans.add((number, a, b))
    strong: dict[str, dict[str, float]] = defaultdict(dict)
    for mention in document.names:
        mentioned = KINDS.get(mention.kind)
        if mentioned is not None:
            sure = 0.5 if mention.score < 0.85 or (mentioned in MODEL_TYPES["software"] and document.ambiguous(mention.text)) else 1.0
            of_name = strong[fold(mention.text)]
            of_name[mentioned] = max(sure, of_name.get(mentioned, 0.0))
        if mentioned in types:
            a = bisect_left(document.starts, mention.start)
            b = bisect_left(document.starts, mention.end)
            if a < b and document.words[a].start == mention.start and document.words[b - 1].end == mention.end:
                proposed[tuple(w.text for w in document.words[a:b])].add(mentioned)
    at: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for words_of in proposed:
        size = len(words_of)
        at[words_of] = [
            (number, n) for number, n in firsts[words_of[0]] if tuple(w.text for w in document.lines[number][n : n + size]) == words_of
        ]
    longer: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for number, a, b in spans:
        longer[number].append((a, b))
    found: dict[tuple[str, str], Candidate] = {}
    gathered: dict[tuple[str, str], list[tuple[float, float, bool, bool]]] = defaultdict(list)
    for words_of, kinds in sorted(proposed.items()):
        size = len(words_of)
        for number, n in at[words_of]:
            line = document.lines[number]
            start, end = line[n].start, line[n + size - 1].end
            within = any(a <= n and n + size <= b and b - a > size for a, b in longer[number])
            here = marks[number][n : n + size]
            key = fold(text[start:end])
            for kind in sorted(kinds):
                candidate = found.setdefault((kind, key), Candidate(kind, key))
                each = [sum(word.get(kind, (0.0, 0.0))) for word in here]
                candidate.places.append((start, end))
                gathered[kind, key].append((sum(each) / size, min(each), (number, n, n + size) in spans, within))
    ordinary = ordinary_words()
    for (kind, key), candidate in found.items():
        of = gathered[kind, key]
        whole = [g for g in of if not g[3]] or of
        parts = re.findall(r"[^\W\d_]+", key)
        known = strong.get(key, {})
        surface = text[slice(*candidate.places[0])]
        before = document.flags.get(parts[0], set()) if parts else set()
        after = document.flags.get(parts[-1], set()) if parts else set()
        candidate.numbers = [
            1.0,
            sum(g[0] for g in whole) / len(whole),
            max(g[0] for g in whole),
            max(g[1] for g in whole),
            math.log(len(of)),
            sum(g[2] for g in of) / len(of),
            float(len(whole) < len(of) / 2),
            *(known.get(k, 0.0) for k in _KNOWN),
            *(float(flag in before) for flag in ("bact", "bmal", "btoo", "borg")),
            *(float(flag in after) for flag in ("aact", "amal", "atoo", "aorg")),
            float(candidate.places[0][0] < document.head),
            float(all(p in ordinary for p in parts)),
            float(surface.islower()),
            float(len(key) < 4),
            float(any(c.isdigit() for c in key)),
            float(len(parts) > 2),
        ]
    return [found[key] for key in sorted(found)]


@cache
def _weights() -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads((MODELS / "mentions.json").read_bytes())
    return found


@cache
def _tagger(name: str) -> pycrfsuite.Tagger:
    tagger = pycrfsuite.Tagger()
    tagger.open(str(MODELS / f"mentions-{name}.crfsuite"))
    return tagger


def chance(numbers: list[float], weights: list[float]) -> float:
    """The probability of a logistic formula.

    >>> chance([1.0, 2.0], [0.0, 0.0])
    0.5
    """
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, sum(a * b for a, b in zip(numbers, weights, strict=True))))))


def choose(candidates: list[Candidate], weights: dict[str, list[float]], least: dict[str, float]) -> list[tuple[Candidate, float]]:
    """The candidates that are likely enough; of one name only the likeliest type."""
    best: dict[str, tuple[Candidate, float]] = {}
    for candidate in candidates:
        likely = chance(candidate.numbers, weights[candidate.type])
        if likely >= least[candidate.type] and likely > best.get(candidate.key, (candidate, 0.0))[1]:
            best[candidate.key] = (candidate, likely)
    return [best[key] for key in sorted(best)]


def placed(text: str, chosen: list[tuple[Candidate, float]]) -> list[Entity]:
    """The places of chosen names as entities, the longest first where they overlap."""
    found: list[Entity] = []
    taken: set[int] = set()
    rows = [(s, e, c.type, p) for c, p in chosen for s, e in c.places]
    for start, end, kind, _ in sorted(rows, key=lambda r: (r[0] - r[1], -r[3], r[0])):
        if start in taken or end - 1 in taken:
            continue
        taken.update(range(start, end))
        found.append({"type": kind, "start": start, "end": end, "text": text[start:end]})
    return sorted(found, key=lambda e: (e["start"], e["end"]))


def stretch_features(document: Document, start: int, end: int) -> list[str]:
    """What tells the technique of a stretch of text: the beginnings of its words, alone and in twos, two words around it, the lexicon.

    >>> stretch_features(Document("They sent phishing mails.", Lexicon.bundled()), 10, 24)
    ['*', 'w=phishi', 'w=mails', 'ww=phishi mails', 'c=they', 'c=sent', 'L=T1566']
    """
    a, b = bisect_left(document.starts, start), bisect_left(document.starts, end)
    stems = [w.text.lower()[:6] for w in document.words[a:b] if w.text[0].isalnum() and len(w.text) < 40]
    found = ["*", *(f"w={s}" for s in stems), *(f"ww={x} {y}" for x, y in pairwise(stems))]
    around = document.words[max(0, a - 2) : a] + document.words[b : b + 2]
    found += [f"c={w.text.lower()[:6]}" for w in around if w.text[0].isalpha() and len(w.text) < 40]
    n = bisect_left(document.technique_ends, start + 1)
    for mention in document.techniques[n : n + 12]:
        if mention.start >= end:
            break
        found.append(f"L={(mention.id or '').split('.')[0]}")
    return list(dict.fromkeys(found))


Guesser = dict[str, dict[str, float]]
"""Feature of a stretch → ATT&CK id → weight."""


def guess(features: list[str], guesser: Guesser) -> dict[str, float]:
    """The probabilities of the ids that a stretch may stand for; ids below one in ten are left out.

    >>> guess(["x"], {"x": {"T1": 2.0, "T2": 0.0}})
    {'T1': 0.8807970779778823, 'T2': 0.11920292202211755}
    """
    sums = dict.fromkeys(guesser.get("*", {}), 0.0)
    for feature in features:
        for id, weight in guesser.get(feature, {}).items():
            sums[id] = sums.get(id, 0.0) + weight
    if not sums:
        return {}
    top = max(sums.values())
    powers = {id: math.exp(value - top) for id, value in sums.items()}
    total = sum(powers.values())
    return {id: power / total for id, power in powers.items() if power / total >= 0.1}


def technique_candidates(document: Document, marks: Marks, lexicon: Lexicon, guesser: Guesser) -> list[Candidate]:
    """ATT&CK techniques and tactics (parents) that phrases of the lexicon or marked stretches propose, with what speaks for each."""
    found: dict[str, Candidate] = {}
    phrases: dict[str, list[tuple[float, bool, str]]] = defaultdict(list)
    guesses: dict[str, list[tuple[float, float]]] = defaultdict(list)
    said = [word for line in marks for word in line]
    for mention in document.techniques:
        id = lexicon.current(mention.id or "").split(".")[0]
        candidate = found.setdefault(id, Candidate(mention.kind, id))
        candidate.places.append((mention.start, mention.end))
        a, b = bisect_left(document.starts, mention.start), bisect_left(document.starts, mention.end)
        likely = max((sum(word.get(mention.kind, (0.0, 0.0))) for word in said[a:b]), default=0.0)
        phrases[id].append((likely, bool(re.fullmatch(r"TA?\d{4}(?:[./]\d+)?", mention.text)), fold(mention.text)))
    for kind, number, a, b in runs(marks):
        line = document.lines[number]
        start, end = line[a].start, line[b - 1].end
        sure = sum(sum(word.get(kind, (0.0, 0.0))) for word in marks[number][a:b]) / (b - a)
        for id, likely in guess(stretch_features(document, start, end), guesser).items():
            if (id[1] == "A") == (kind == "tactic"):
                candidate = found.setdefault(id, Candidate(kind, id))
                candidate.places.append((start, end))
                guesses[id].append((sure, likely))
    for id, candidate in found.items():
        of = phrases[id] or [(0.0, False, "")]
        by = guesses[id] or [(0.0, 0.0)]
        candidate.numbers = [
            1.0,
            max(p[0] for p in of),
            sum(p[0] for p in of) / len(of),
            math.log(1 + len(phrases[id])),
            math.log(len({p[2] for p in of})),
            float(any(p[1] for p in of)),
            max(s * g for s, g in by),
            max(g for _, g in by),
            math.log(1 + sum(s * g for s, g in by)),
            float(bool(phrases[id]) and bool(guesses[id])),
            math.log(1 + len(document.words) / 1000),
        ]
    return [found[id] for id in sorted(found)]


def technique_mentions(document: Document, marks: Marks, chosen: list[tuple[Candidate, float]]) -> list[Entity]:
    """The techniques and tactics of a document: stretches that the tagger marks, and phrases of the lexicon, with the chosen ids."""
    text = document.text
    rows = sorted(((s, e, c.type, c.key, p) for c, p in chosen for s, e in set(c.places)), key=lambda r: (-r[4], r[:4]))
    found: list[Entity] = []
    told: set[tuple[str, str]] = set()
    for kind, number, a, b in runs(marks, 0.45):
        line = document.lines[number]
        start, end = line[a].start, line[b - 1].end
        entity: Entity = {"type": kind, "start": start, "end": end, "text": text[start:end]}
        for s, e, k, id, _ in rows:
            if k == kind and s < end and start < e:
                entity["id"] = id
                told.add((k, id))
                break
        found.append(entity)
    for s, e, k, id, _ in rows:
        if (k, id) not in told:
            found.append({"type": k, "start": s, "end": e, "text": text[s:e], "id": id})
            told.add((k, id))
    return found


def with_own(candidates: list[Candidate], own: dict[str, float]) -> list[Candidate]:
    """The candidates with one more number: how often their id was right where it was proposed (log odds; 0 for an unknown one)."""
    return [Candidate(c.type, c.key, c.places, [*c.numbers, own.get(c.key, 0.0)]) for c in candidates]


def identify(document: Document, entities: list[Entity], lexicon: Lexicon) -> None:
    """Give the ATT&CK ids of groups and software to the entities whose names the lexicon knows in this document."""
    by_name = {(m.kind, fold(m.text)): m.id for m in document.names if m.kind in ("actor", "malware", "tool")}
    kinds = {"threat_actor": ("actor",), "malware": ("malware", "tool"), "tool": ("tool", "malware")}
    for entity in entities:
        for kind in kinds.get(entity["type"], ()):
            if attack := lexicon.attack_id(by_name.get((kind, fold(entity["text"])))):
                entity["id"] = attack
                break


def find_mentions(text: str, published: date | None = None, lexicon: Lexicon | None = None) -> list[Entity]:
    """The mentions of a report, in their order: ``{"type", "start", "end", "text"}`` with ``id`` or ``value`` where known.

    ``text[start:end] == text`` always. ``published`` anchors dates that are told relative to the report. ``lexicon``: the bundled one
    unless given. Never raises for any text; nothing in an empty one.

    >>> find_mentions("")
    []
    """
    lexicon = lexicon or Lexicon.bundled()
    document = Document(text, lexicon)
    items = document.items()
    sizes = [len(line) for line in document.lines]
    weights = _weights()
    found: list[Entity] = []
    for model in ("software", "places"):
        marks = marginals(_tagger(model), items, sizes)
        chosen = choose(name_candidates(document, marks, MODEL_TYPES[model]), weights["weights"], weights["least"])
        found += placed(text, chosen)
    identify(document, found, lexicon)
    marks = marginals(_tagger("techniques"), items, sizes)
    ids = technique_candidates(document, marks, lexicon, weights["guesser"])
    found += technique_mentions(document, marks, choose(with_own(ids, weights["own"]), weights["weights"], weights["least"]))
    found += [{"type": "date", "start": d.start, "end": d.end, "text": d.text, "value": d.value} for d in annotated_dates(text, published)]
    return sorted(found, key=lambda e: (e["start"], e["end"], e["type"]))
