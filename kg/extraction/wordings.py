"""What the wording around a name tells of its role: patterns of words with a place for the party (``cues/roles.yaml``).

A sentence is made plain first: lower case, the party as ``X`` (with the noun phrase before it and the enumeration that it stands in), other
organizations as ``O``, without appositions, brackets and dates behind names. So one pattern fits many sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from kg.extraction import cues
from kg.extraction.analysis import Analysis, Span
from kg.extraction.parties import Parties, Party

_STOP = r"(?:[^\s.;:]+ )"
_APPOSITION = re.compile(
    r"\b([XO]) [,–—-]+ (?:an?|the|one of|which|who|whose|based|owned|now|formerly|part|once|its|their|maker|home|both|all|two|itself|like|"
    r"also)\b(?: (?![,;:.–—])\S+){0,24} [,–—] "
)
_CLAUSE = re.compile(r"[;:,] | (?:but|and|while|after|which|who|when) ")
LOOKED_BACK = 110
"""Characters before a party in which a wording that leads up to it begins."""
_BRACKETS = re.compile(r"[(\[] (?:\S+ ){1,8}?[)\]] ?")


@dataclass(frozen=True, slots=True)
class Wording:
    """A wording: its side (``victim`` or ``bystander``), its name, and its pattern where X comes first and where it comes later."""

    side: str
    name: str
    first: re.Pattern[str] | None
    later: re.Pattern[str] | None


@cache
def wordings() -> tuple[Wording, ...]:
    """Every wording of ``cues/roles.yaml``."""
    data = cues.load("roles")
    lists = data["words"]

    def compiled(parts: list[str]) -> re.Pattern[str] | None:
        if not parts:
            return None
        pattern = "|".join(parts)
        for _ in range(2):
            pattern = re.sub(r"<(\w+)>", lambda m: f"(?:{lists[m[1]]})", pattern)
        pattern = pattern.replace(" __", " " + _STOP + "{0,8}?").replace(" _", " " + _STOP + "{0,3}?")
        return re.compile(rf"(?:{pattern.strip()})(?![\w-])")

    found = []
    for side in ("victim", "bystander"):
        for name, pattern in data[side].items():
            parts = _alternatives(pattern)
            first = compiled([p for p in parts if p.startswith("X")])
            found.append(Wording(side, name, first, compiled([p for p in parts if not p.startswith("X")])))
    return tuple(found)


def _alternatives(pattern: str) -> list[str]:
    """The parts of a pattern between the bars that stand outside brackets.

    >>> _alternatives("X (?:a|b)|from X")
    ['X (?:a|b)', 'from X']
    """
    parts, depth = [""], 0
    for c in pattern:
        depth += (c == "(") - (c == ")")
        if c == "|" and not depth:
            parts.append("")
        else:
            parts[-1] += c
    return parts


@cache
def _denial() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{cues.load('roles')['words']['deny']})\b")


class Wordings:
    """The wordings around the parties of a text."""

    def __init__(self, doc: Analysis, parties: Parties) -> None:
        self.doc, self.parties = doc, parties
        self._dates: set[int] = set()
        for date in doc.dates:
            a, b = doc.tokens(date.start, date.end)
            while a > 0 and doc.words[a - 1].lower in (
                "on",
                "in",
                "since",
                "last",
                "early",
                "late",
                "this",
                "around",
                "about",
                "by",
                "until",
            ):
                a -= 1
            self._dates.update(range(a, b))

    def of(self, party: Party, span: Span, group: Span) -> Iterator[str]:
        """The names of the wordings that one mention of a party stands in, ``!`` before those beside a denial.

        ``group`` is the enumeration that the mention stands in (or the mention itself).
        """
        plain = self.plain(party, span, group)
        here = plain.index("X") if "X" in plain else -1
        if here < 0:
            return
        begin = max(0, here - LOOKED_BACK)
        begin = plain.rfind(" ", 0, begin) + 1 if begin else 0
        window = plain[begin : here + 60]
        for wording in wordings():
            match = wording.first.match(plain, here) if wording.first else None
            start = here
            if match is None and wording.later is not None:
                match = next((m for m in wording.later.finditer(window) if m.start() <= here - begin < m.end()), None)
                start = begin + match.start() if match else 0
            if match is None:
                continue
            before = _CLAUSE.split(plain[max(0, start - 60) : start])[-1][-40:]
            denied = wording.side == "victim" and bool(_denial().search(before + " " + match.group()))
            yield ("!" if denied else "") + wording.name

    def plain(self, party: Party, span: Span, group: Span) -> str:
        """The sentence of a mention made plain."""
        doc = self.doc
        low, high = doc.sentences[doc.sentence_of(span[0])]
        first, last = group
        chunk = doc.chunk_at(first)
        if (
            chunk
            and chunk[0] < first
            and not any(self.parties.at(t) is not None or doc.words[t].lower in ("'s", "’s") for t in range(chunk[0], first))
        ):
            first = chunk[0]
        parts: list[str] = []
        t = low
        while t < high:
            if t == first:
                parts.append("X")
                t = last
                continue
            other = self.parties.at(t)
            if other is not None and other.kind == "organization":
                while t < high and self.parties.at(t) is other and t != first:
                    t += 1
                parts.append("O")
                continue
            if t not in self._dates:
                parts.append(doc.words[t].lower)
            t += 1
        plain = _BRACKETS.sub("", " ".join(parts) + " ")
        return _APPOSITION.sub(r"\1 ", plain)
