"""Comparing what was read with what annotators wrote, for calibration and for the tests' floors.

Documents and predictions are in the evaluation kit's form: a gold value ``A|B`` accepts either. The figures here are of this project's
own making and simpler than the kit's (one number a field, F1); the tables of ``extraction.md`` come from the kit's own scorer.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

_LEGAL = frozenset([
    "inc", "incorporated", "corp", "corporation", "co", "company", "companies", "ltd", "limited", "llc", "llp", "lp", "plc", "ag",
    "sa", "sas", "nv", "bv", "gmbh", "kgaa", "ab", "asa", "oyj", "spa", "srl", "pty", "pte", "holdings", "holding", "group", "the",
])  # fmt: skip
_SMALL = frozenset([
    "a", "an", "the", "of", "in", "on", "at", "for", "to", "and", "or", "its", "their", "his", "her", "some", "several", "other",
    "by", "from", "with", "as", "who", "whose", "is", "are", "was", "were",
])  # fmt: skip


def normal(name: str) -> str:
    """A name without case, accents, punctuation and legal form.

    >>> normal("The Home Depot, Inc."), normal("Ærø’s U.S. Group"), normal("Lazarus Group"), normal("AT&T")
    ('home depot', 'ærø us', 'lazarus', 'at&t')
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold().replace("’", "'")
    plain = re.sub(r"(?<=\b[a-z])\.(?=[a-z]\b)", "", re.sub(r"'s\b", "", plain))
    words = re.sub(r"[^\w&+]+", " ", plain).split()
    return " ".join([w for w in words if w not in _LEGAL] or words)


def same(gold: str, found: str) -> bool:
    """Whether a name is one of the accepted ones.

    >>> same("MGM Resorts|MGM", "MGM Resorts Inc"), same("MGM Resorts", "MGM Grand")
    (True, False)
    """
    return normal(found) in {normal(a) for a in gold.split("|")}


def _content(words: str) -> set[str]:
    return {w[:-1] if len(w) > 3 and w.endswith("s") else w for w in normal(words).split() if w not in _SMALL}


def like(gold: str, found: str) -> bool:
    """Whether a name or description is an accepted one, or has half of its words (Dice).

    >>> like("Ohio hospital operator", "a large hospital operator in Ohio"), like("Progress Software", "Microsoft")
    (True, False)
    """
    if same(gold, found):
        return True
    mine = _content(found)
    return any(2 * len(mine & theirs) >= 0.5 * (len(mine) + len(theirs)) > 0 for theirs in map(_content, gold.split("|")))


def one_of(gold: Any, found: Any) -> bool:
    """Whether a closed word is one of the accepted ones, in any case.

    >>> one_of("espionage|data_breach", "Data_Breach"), one_of(None, "x"), one_of("x", None)
    (True, False, False)
    """
    return gold is not None and found is not None and str(found).casefold() in str(gold).casefold().split("|")


def label(entry: dict[str, Any]) -> str:
    """The name of a victim, actor or group, else its description."""
    return str(entry.get("name") or entry.get("description") or "")


def days(interval: dict[str, str] | None) -> tuple[date, date] | None:
    """First and last day of an interval; a month or year alone stands for all its days.

    >>> days({"from": "2023-05", "to": "2024"}), days(None)
    ((datetime.date(2023, 5, 1), datetime.date(2024, 12, 31)), None)
    """
    if not interval or not (interval.get("from") or interval.get("to")):
        return None
    first = [int(n) for n in str(interval.get("from") or interval.get("to"))[:10].split("-")]
    last = [int(n) for n in str(interval.get("to") or interval.get("from"))[:10].split("-")]
    first += [1] * (3 - len(first))
    last += [12] * (2 - len(last))
    last += [monthrange(last[0], last[1])[1]] * (3 - len(last))
    return date(first[0], first[1], first[2]), date(last[0], last[1], last[2])


def agreement(gold: tuple[date, date] | None, found: tuple[date, date] | None) -> float:
    """The days that two intervals share, as part of the longer of the two (0–1).

    >>> from datetime import date
    >>> agreement((date(2024, 1, 1), date(2024, 1, 4)), (date(2024, 1, 3), date(2024, 1, 4))), agreement(None, None)
    (0.5, 0.0)
    """
    if not gold or not found:
        return 0.0
    shared = (min(gold[1], found[1]) - max(gold[0], found[0])).days + 1
    return max(0, shared) / (max((gold[1] - gold[0]).days, (found[1] - found[0]).days) + 1)


def same_actor(gold: dict[str, Any], found: dict[str, Any]) -> bool:
    """A named actor is the one with its name; an unnamed one may be any unnamed one.

    >>> same_actor({"name": "APT29|Cozy Bear"}, {"name": "Cozy Bear"}), same_actor({"description": "thieves"}, {"name": "APT29"})
    (True, False)
    """
    if gold.get("name") or found.get("name"):
        return bool(gold.get("name") and found.get("name")) and same(gold["name"], found["name"])
    return True


def pairs(gold: Sequence[Any], found: Sequence[Any], credit: Callable[[Any, Any], float]) -> list[tuple[int, int, float]]:
    """The best pairs first, each value once: ``(index in gold, index in found, credit)``; credits of 0 make no pair.

    >>> pairs("ab", "ba", lambda g, f: float(g == f))
    [(0, 1, 1.0), (1, 0, 1.0)]
    """
    ranked = sorted((-credit(g, f), i, j) for i, g in enumerate(gold) for j, f in enumerate(found))
    chosen: list[tuple[int, int, float]] = []
    for minus, i, j in ranked:
        if minus < 0 and all(i != a and j != b for a, b, _ in chosen):
            chosen.append((i, j, -minus))
    return chosen


def align(gold: Sequence[dict[str, Any]], found: Sequence[dict[str, Any]]) -> dict[int, int]:
    """Which found incident is which of the gold: index of the found to index of the gold. Victims weigh most, then actor, dates, kind.

    >>> a, b = {"victims": [{"name": "Acme"}]}, {"victims": [{"name": "Bolt"}]}
    >>> align([a, b], [b, a])
    {1: 0, 0: 1}
    """

    def credit(g: dict[str, Any], f: dict[str, Any]) -> float:
        victims = pairs(g.get("victims") or [], f.get("victims") or [], lambda x, y: float(like(label(x), label(y))))
        actors = any(same_actor(x, y) for x in g.get("actors") or [] for y in f.get("actors") or [])
        total = len(g.get("victims") or []) + len(f.get("victims") or [])
        share = 2 * len(victims) / total if total else 0.0
        time = agreement(days(g.get("happened")), days(f.get("happened")))
        return 0.1 + 4 * share + actors + time + 0.5 * one_of(g.get("kind"), f.get("kind"))

    return {j: i for i, j, _ in pairs(gold, found, credit)}


@dataclass(slots=True)
class Figure:
    """How often a field was right, how often it was filled, how often it should have been."""

    right: float = 0.0
    found: int = 0
    wanted: int = 0

    @property
    def f1(self) -> float:
        """F1; 1 where there was nothing to find and nothing was found.

        >>> Figure(1.0, 2, 2).f1, Figure().f1
        (0.5, 1.0)
        """
        return 2 * self.right / (self.found + self.wanted) if self.found + self.wanted else 1.0


def _entries(name: str) -> Callable[[dict[str, Any]], list[Any]]:
    return lambda incident: incident.get(name) or []


def _dates(name: str) -> Callable[[dict[str, Any]], list[Any]]:
    return lambda incident: [d] if (d := days(incident.get(name))) else []


_FIELDS: dict[str, tuple[Callable[[dict[str, Any]], list[Any]], Callable[[Any, Any], float]]] = {
    "kind": (lambda i: [i["kind"]] if i.get("kind") else [], one_of),
    "victim": (_entries("victims"), lambda g, f: like(label(g), label(f))),
    "affected": (_entries("affected"), lambda g, f: like(label(g), label(f)) or bool(g.get("count") and g["count"] == f.get("count"))),
    "actor": (_entries("actors"), same_actor),
    "asset": (_entries("assets"), lambda g, f: one_of(g.get("kind"), f.get("kind"))),
    "technique": (_entries("techniques"), lambda g, f: g.partition(".")[0] == f.partition(".")[0]),
    "malware": (_entries("malware"), same),
    "cve": (_entries("cves"), lambda g, f: g.upper() == f.upper()),
    "happened": (_dates("happened"), agreement),
    "discovered": (_dates("discovered"), agreement),
    "disclosed": (_dates("disclosed"), agreement),
    "supplier": (_entries("supplier_relations"), lambda g, f: like(g["supplier"], f["supplier"]) and like(g["customer"], f["customer"])),
}
_PARTS: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "victim.country": ("victim", one_of),
    "affected.count": ("affected", lambda g, f: bool(g == f)),
    "actor.origin": ("actor", one_of),
    "actor.kind": ("actor", one_of),
    "actor.motive": ("actor", one_of),
    "actor.attributed_by": ("actor", like),
    "actor.stance": ("actor", one_of),
    "asset.effect": ("asset", one_of),
}
"""Parts of an entry: of which field, and when two values are the same. They count where the entries were paired."""


def figures(documents: Iterable[dict[str, Any]], predictions: Iterable[dict[str, Any]]) -> dict[str, Figure]:
    """The figures of every field over documents and predictions in the same order; under ``bystanders``, ``right`` is how many parties
    the gold says are no victims were called so.

    >>> gold = {"expected": {"incidents": [{"kind": "espionage", "victims": [{"name": "Acme"}], "not_victims": ["Bolt"]}]}}
    >>> told = figures([gold], [{"incidents": [{"kind": "espionage", "victims": [{"name": "Acme Corp"}, {"name": "Bolt"}]}]}])
    >>> told["kind"].f1, round(told["victim"].f1, 2), told["bystanders"].right
    (1.0, 0.67, 1.0)
    """
    result = {name: Figure() for name in (*_FIELDS, *_PARTS, "bystanders")}
    for document, prediction in zip(documents, predictions, strict=True):
        gold, found = document["expected"]["incidents"], prediction["incidents"]
        paired = align(gold, found)
        both = [(gold[i], found[j]) for j, i in paired.items()]
        both += [(g, {}) for i, g in enumerate(gold) if i not in paired.values()]
        both += [({}, f) for j, f in enumerate(found) if j not in paired]
        for g, f in both:
            _incident(g, f, result)
        innocent = {normal(n) for g in gold for n in g.get("not_victims") or []}
        result["bystanders"].right += sum(normal(label(v)) in innocent for f in found for v in f.get("victims") or [])
    return result


def _incident(gold: dict[str, Any], found: dict[str, Any], result: dict[str, Figure]) -> None:
    for name, (values, credit) in _FIELDS.items():
        wanted, got = values(gold), values(found)
        chosen = pairs(wanted, got, lambda g, f, credit=credit: float(credit(g, f)))  # type: ignore[misc]
        figure = result[name]
        figure.right += sum(c for _, _, c in chosen)
        figure.found += len(got)
        figure.wanted += len(wanted)
        for part, (whole, equal) in _PARTS.items():
            if whole == name:
                key = part.partition(".")[2]
                figure = result[part]
                figure.right += sum(equal(wanted[i][key], got[j][key]) for i, j, _ in chosen if wanted[i].get(key) and got[j].get(key))
                figure.found += sum(1 for e in got if e.get(key))
                figure.wanted += sum(1 for e in wanted if e.get(key))


def macro(told: dict[str, Figure]) -> float:
    """The plain mean of F1 over the fields that the gold fills.

    >>> macro({"victim": Figure(1, 1, 1), "kind": Figure(0, 1, 1), "cve": Figure(), "bystanders": Figure()})
    0.5
    """
    filled = [f.f1 for name, f in told.items() if name != "bystanders" and f.wanted]
    return sum(filled) / len(filled) if filled else 0.0
