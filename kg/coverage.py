"""How good what a workspace holds is: where it comes from, how much of it is checked, dated, sure and quoted, and which checks fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from pyoxigraph import NamedNode

from kg import resources
from kg.catalogue import Entry
from kg.queries import load_queries, run
from kg.store.base import QuadStore
from kg.vocabulary import IKG


@dataclass(frozen=True, slots=True)
class Publisher:
    """What comes from one publisher: reports, claims, how many of these state a confidence, how many have words."""

    iri: str
    label: str
    reports: int
    claims: int
    sure: int
    quoted: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """One look. ``review``: *checked*, *recalled*, or empty where nothing is said → (reports, claims)."""

    formats: dict[str, int]
    undated: int
    review: dict[str, tuple[int, int]]
    publishers: tuple[Publisher, ...]
    claims: int


def coverage(store: QuadStore, entries: Iterable[Entry]) -> Coverage:
    """The look at a store and its catalogue.

    >>> from kg.store.oxigraph import OxigraphStore
    >>> coverage(OxigraphStore(), []).claims
    0
    """
    reports = [e for e in entries if not e.is_reference]
    queries = load_queries(resources.folder("queries") / "quality")
    review = {}
    for status, number, claims in run(store, queries["reports-by-review"]).rows:
        word = status.value.removeprefix(f"{IKG}review-") if isinstance(status, NamedNode) else ""
        review[word] = (int(number.value), int(claims.value))  # type: ignore[union-attr]
    publishers = tuple(
        Publisher(who.value, name.value if name else "", *(int(n.value) for n in numbers))  # type: ignore[union-attr]
        for who, name, *numbers in run(store, queries["claims-by-publisher"]).rows
        if isinstance(who, NamedNode)
    )
    formats = dict(sorted(Counter(e.format for e in reports).items()))
    return Coverage(formats, sum(e.published is None for e in reports), review, publishers, sum(c for _, c in review.values()))
