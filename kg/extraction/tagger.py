"""Word classes, base noun phrases and names of an English sentence, by three small models of linear chains (CRF).

The models in ``models/`` are trained by ``tools/train_tagger.py``; ``models/tagger.md`` says on what, and how good they are. At run time
nothing but ``python-crfsuite`` is needed, and the same words always get the same tags.

Word classes are those of the Penn Treebank (``VBD`` past tense, ``VBN`` past participle, ``NNP`` name, ``MD`` modal, ``POS`` the
possessive ``'s`` …); all marks are ``PUNCT``. A word with hyphens counts as one: ``third-party`` is ``JJ``.

>>> from kg.extraction.tokens import sentences
>>> sentence = sentences("Acme Corp. said on Monday that hackers had stolen files from the University of Springfield.")[0]
>>> tagged = Tagger.bundled().tag(sentence)
>>> [(" ".join(t.text for t in sentence.tokens[a:b]), label) for a, b, label in tagged.entities]
[('Acme Corp.', 'ORG'), ('University of Springfield', 'ORG')]
>>> tagged.pos[:3], tagged.pos[7:9]
(('NNP', 'NNP', 'VBD'), ('VBD', 'VBN'))
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import pycrfsuite  # type: ignore[import-untyped]

from kg.extraction.tokens import Sentence

LABELS = ("ORG", "PERSON", "PLACE", "OTHER")


@dataclass(frozen=True, slots=True)
class Tagged:
    """What is known of a sentence's tokens; places are indices into ``sentence.tokens``, ends exclusive.

    ``pos``: a word class each. ``chunks``: base noun phrases, from determiner to head, possessors included ("the firm's customers" is
    one), coordinations not ("A, B and C" are three). ``entities``: (first, last + 1, label), label one of ``LABELS``: ORG an
    organisation, authority or company; PERSON; PLACE a country, town or region; OTHER any other name (a group of attackers, malware,
    a product, a law, a people).
    """

    pos: tuple[str, ...]
    chunks: tuple[tuple[int, int], ...]
    entities: tuple[tuple[int, int, str], ...]


class Tagger:
    """Tags sentences. ``Tagger.bundled()`` has the models of this package."""

    def __init__(self, classes: bytes, chunks: bytes, names: bytes, version: str) -> None:
        """Takes three models as crfsuite writes them. Raises ValueError where one is none."""
        self._kept = (classes, chunks, names)  # crfsuite reads from this memory as long as it lives
        self._classes, self._chunks, self._names = (_opened(model) for model in self._kept)
        self.version = version

    @staticmethod
    def bundled() -> Tagger:
        """The tagger of this package; read once, then the same object.

        >>> Tagger.bundled() is Tagger.bundled()
        True
        """
        return _bundled()

    def tag(self, sentence: Sentence) -> Tagged:
        """Word classes, noun phrases and names of ``sentence``. Raises nothing; a sentence without tokens has none of them."""
        words = [token.text for token in sentence.tokens]
        if not words:
            return Tagged((), (), ())
        if not all(map(str.isascii, words)):  # half of a surrogate pair can be in no model
            words = [word.encode("utf-8", "replace").decode() for word in words]
        pos = self._classes.tag(pos_features(words))
        chunks = self._chunks.tag(chunk_features(words, pos))
        names = self._names.tag(name_features(words, pos))
        return Tagged(tuple(pos), tuple((first, stop) for first, stop, _ in spans(chunks)), tuple(spans(names)))


@cache
def _bundled() -> Tagger:
    folder = files("kg.extraction").joinpath("models")
    version = folder.joinpath("tagger-version.txt").read_text(encoding="utf-8").strip()
    classes, chunks, names = (folder.joinpath(f"tagger-{part}.crfsuite").read_bytes() for part in ("pos", "chunks", "names"))
    return Tagger(classes, chunks, names, version)


def _opened(model: bytes) -> Any:
    tagger = pycrfsuite.Tagger()
    tagger.open_inmemory(model)
    return tagger


def spans(labels: Sequence[str]) -> list[tuple[int, int, str]]:
    """The stretches that ``B-``/``I-`` labels mean.

    >>> spans(["B-ORG", "I-ORG", "O", "I-PLACE", "B-PLACE"])
    [(0, 2, 'ORG'), (3, 4, 'PLACE'), (4, 5, 'PLACE')]
    """
    found: list[tuple[int, int, str]] = []
    start, kind = 0, ""
    for at, label in enumerate([*labels, "O"]):
        if kind and (label[0] != "I" or label[2:] != kind):
            found.append((start, at, kind))
            kind = ""
        if label != "O" and not kind:
            start, kind = at, label[2:]
    return found


def _shape(word: str) -> str:
    """How a word is written: ``Xx`` for Acme, ``XX`` for BBC, ``0x`` for 3rd, ``xX`` for eBay; runs are told once, four at most.

    >>> [_shape(w) for w in ("Acme", "BBC", "eBay", "3CX", "1,234", "AT&T", "co-worker")]
    ['Xx', 'X', 'xXx', '0X', '0,0', 'X&X', 'x-x']
    """
    shape = ""
    for letter in word[:40]:
        kind = "X" if letter.isupper() else "x" if letter.isalpha() else "0" if letter.isdigit() else letter
        if shape[-1:] != kind:
            shape += kind
            if len(shape) == 5:
                break
    return shape


def _forms(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Lower-case forms (figures as 0, addresses as one word, cut at 24 letters) and shapes."""
    forms, shapes = [], []
    for word in words:
        form = word[:24].lower().replace("’", "'")
        if form[0].isdigit():
            form = _DIGITS.sub("0", form)
        elif "://" in form or form.startswith("www."):
            form = "http://"
        forms.append(form)
        shapes.append(_shape(word))
    return forms, shapes


_DIGITS = re.compile(r"\d+")


def pos_features(words: Sequence[str]) -> list[list[str]]:
    """What the model of word classes sees of each word: forms, endings and shapes, and those of two words on either side."""
    forms, shapes = _forms(words)
    low = ["<<", "<", *forms, ">", ">>"]
    loud = sum(w.isupper() for w in words) * 2 > len(words) > 3
    found = []
    for at, shape in enumerate(shapes):
        two, one, form, next1, next2 = low[at : at + 5]
        found.append(
            [
                "w=" + form,
                "s3=" + form[-3:],
                "s2=" + form[-2:],
                "s1=" + form[-1:],
                "s4=" + form[-4:],
                "p3=" + form[:3],
                ("S=" if not loud else "SL=") + shape,
                "a=" + one,
                "b=" + two,
                "c=" + next1,
                "d=" + next2,
                "as=" + one + "|" + form[-3:],
                "t=" + one[-3:],
                "u=" + next1[-3:],
                "Sa=" + shape + "|" + (shapes[at - 1] if at else "<"),
                "Sc=" + shape + "|" + (shapes[at + 1] if at + 1 < len(shapes) else ">"),
            ]
        )
    return found


def chunk_features(words: Sequence[str], pos: Sequence[str]) -> list[list[str]]:
    """What the model of noun phrases sees: classes of two words on either side, and the word."""
    tags = ["<<", "<", *pos, ">", ">>"]
    found = []
    for at in range(len(words)):
        two, one, tag, next1, next2 = tags[at : at + 5]
        found.append(
            [
                "p=" + tag,
                "a=" + one,
                "c=" + next1,
                "ap=" + one + tag,
                "pc=" + tag + next1,
                "apc=" + one + tag + next1,
                "bap=" + two + one + tag,
                "pcd=" + tag + next1 + next2,
                "w=" + words[at][:24].lower(),
            ]
        )
    return found


# Small words inside names: "Bank of America", "Johnson & Johnson", "Children's Hospital of the King's Daughters"
_INSIDE = frozenset(["of", "&", "'s", "the", "for", "and", "de", "la", "del", "du", "di", "von", "van", "da", "at", "'", "-", "in", "on"])


def _runs(words: Sequence[str], shapes: Sequence[str]) -> list[tuple[int, int]]:
    """For each word the run of capitalised words (and figures within) that it is in, or an empty run at its place."""
    count = len(words)
    runs = [(at, at) for at in range(count)]
    at = 0
    while at < count:
        if "X" not in shapes[at]:
            at += 1
            continue
        stop = at + 1
        while stop < count and ("X" in shapes[stop] or (shapes[stop] == "0" and stop + 1 < count)):
            stop += 1
        for place in range(at, stop):
            runs[place] = (at, stop)
        at = stop
    return runs


def name_features(words: Sequence[str], pos: Sequence[str]) -> list[list[str]]:
    """What the model of names sees: forms, shapes and classes around each word, and the run of capitalised words it stands in."""
    forms, shapes = _forms(words)
    runs = _runs(words, shapes)
    low = ["<<", "<", *forms, ">", ">>"]
    tags = ["<", *pos, ">"]
    outline = ["<", *shapes, ">"]
    count = len(words)
    upper = sum(1 for s in shapes if s[0] == "X")
    alphabetic = sum(1 for s in shapes if s[0] in "Xx")
    # a headline in capitals, or With Capitals Throughout, says little by its capitals
    loud = "L" if upper * 4 > alphabetic * 3 and alphabetic > 4 else "l"
    found = []
    for at, shape in enumerate(shapes):
        two, one, form, next1, next2 = low[at : at + 5]
        tag = pos[at]
        seen = [
            "w=" + form,
            "a=" + one,
            "b=" + two,
            "c=" + next1,
            "d=" + next2,
            "aw=" + one + "|" + form,
            "wc=" + form + "|" + next1,
            "s3=" + form[-3:],
            "p4=" + form[:4],
            loud + "S=" + shape,
            loud + "Sac=" + outline[at] + "|" + shape + "|" + outline[at + 2],
            "t=" + tag,
            "ta=" + tags[at] + tag,
            "tc=" + tag + tags[at + 2],
            "tac=" + tags[at] + tag + tags[at + 2],
            "S=" + shape + "|" + one,
            "S>" + shape + "|" + next1,
        ]
        first, stop = runs[at]
        if first < stop:
            size = stop - first
            before = low[first + 1]
            after = low[stop + 2]
            seen += [
                loud + "r=" + ("1" if size == 1 else "B" if at == first else "E" if at == stop - 1 else "M"),
                "rf=" + forms[first],
                "rl=" + forms[stop - 1],
                "rb=" + before,
                "ra=" + after,
                "rba=" + before + "|" + after,
                "rla=" + forms[stop - 1][-4:] + "|" + after,
                "rbb=" + (forms[first - 2] if first > 1 else "<") + "|" + before,
            ]
            # "University | of | Springfield": what the next or the former run ends or begins with
            if stop + 1 < count and forms[stop] in _INSIDE and "X" in shapes[stop + 1]:
                seen.append("n=" + forms[stop - 1] + "|" + forms[stop] + "|" + forms[runs[stop + 1][1] - 1])
                seen.append("nl=" + forms[runs[stop + 1][1] - 1])
            if first > 1 and forms[first - 1] in _INSIDE and "X" in shapes[first - 2]:
                seen.append("f=" + forms[first - 2] + "|" + forms[first - 1])
                seen.append("ff=" + forms[runs[first - 2][0]])
        elif form in _INSIDE and 0 < at < count - 1 and "X" in shapes[at - 1]:
            after_at = at + 1
            while after_at < count - 1 and forms[after_at] in _INSIDE:
                after_at += 1
            if "X" in shapes[after_at]:
                left, right = runs[at - 1], runs[after_at]
                seen += [
                    "il=" + forms[left[1] - 1] + "|" + form,
                    "ilf=" + forms[left[0]],
                    "ir=" + form + "|" + forms[right[1] - 1],
                    "ib=" + low[left[0] + 1],
                    "in=" + str(min(left[1] - left[0], 3)) + form + str(min(right[1] - right[0], 3)),
                ]
        found.append(seen)
    return found
