"""The streams of query results that projections are made from: each is read once, in one pass, and put in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from kg import resources
from kg.geography import countries
from kg.queries import SavedQuery, load_queries
from kg.store.base import QuadStore, Term
from kg.times import EPOCH
from kg.vocabulary import IKG, Marking, Sector

if TYPE_CHECKING:
    from kg.analysis.material import Filters

_FIRST_DAY = EPOCH.toordinal()


@cache
def _queries() -> dict[str, SavedQuery]:
    return {query.name: query for query in load_queries(resources.folder("queries") / "analysis").values()}


def stream(store: QuadStore, name: str) -> Iterator[tuple[Term | None, ...]]:
    """The rows of a query in ``queries/analysis``."""
    return iter(store.query(_queries()[name].text).rows)


@dataclass(frozen=True, slots=True)
class Edge:
    """A short-cut edge that counts, with the claims that count and what is known of their time.

    ``first`` and ``last`` are when it held (``None``: not known), ``published`` the first day on which it was public.
    """

    subject: str
    predicate: str
    object: str
    claims: tuple[str, ...]
    first: date | None
    last: date | None
    published: date | None
    confidence: int | None


@cache
def _day(number: int) -> date:
    return date.fromordinal(_FIRST_DAY + number)


@dataclass(frozen=True, slots=True)
class _Claim:
    published: int | None
    confidence: int | None
    first: int | None
    last: int | None


def _number(term: Term | None) -> int | None:
    return int(term.value) if isinstance(term, Literal) else None


_MARKINGS = {marking.iri: rank for rank, marking in enumerate(Marking)}


def read_edges(store: QuadStore, filters: Filters) -> list[Edge]:
    """All edges that count under ``filters``, sorted by subject, predicate and object."""
    limit = None if filters.marking is None else list(Marking).index(filters.marking)
    reports: dict[str, int | None] = {}
    hidden: set[str] = set()
    for report, _, end, marking in stream(store, "reports"):
        reports[report.value] = _number(end)  # type: ignore[union-attr]
        if limit is not None and marking is not None and _MARKINGS.get(marking.value, 99) > limit:  # type: ignore[union-attr]
            hidden.add(report.value)  # type: ignore[union-attr]
    claims: dict[str, _Claim] = {}
    for claim, report, confidence, start, end in stream(store, "claims"):
        where = report.value  # type: ignore[union-attr]
        sure = _number(confidence)
        if where in hidden or (filters.confidence is not None and (sure is None or sure < filters.confidence)):
            continue
        claims[claim.value] = _Claim(reports.get(where), sure, _number(start), _number(end))  # type: ignore[union-attr]
    times: dict[str, tuple[int, int]] = {}
    for incident, start, end in stream(store, "incident-times"):
        first, last = _number(start), _number(end)
        assert incident is not None and first is not None and last is not None
        known = times.get(incident.value, (first, last))  # type: ignore[union-attr]
        times[incident.value] = (min(first, known[0]), max(last, known[1]))  # type: ignore[union-attr]
    behind: dict[tuple[str, str, str], list[str]] = {}
    cut = len(IKG)
    for subject, predicate, object_, claim in stream(store, "edges"):
        if claim.value in claims:  # type: ignore[union-attr]
            key = (subject.value, predicate.value[cut:], object_.value)  # type: ignore[union-attr]
            behind.setdefault(key, []).append(claim.value)  # type: ignore[union-attr]
    low = None if filters.first is None else filters.first.toordinal() - _FIRST_DAY
    high = None if filters.last is None else filters.last.toordinal() - _FIRST_DAY
    found = []
    for key in sorted(behind):
        names = sorted(behind[key])
        said = [claims[name] for name in names]
        starts = [c.first for c in said if c.first is not None]
        ends = [c.last for c in said if c.last is not None]
        when = times.get(key[0])
        first, last = (min(starts), max(ends, default=max(starts))) if starts else when or (None, None)
        if (low is not None and (last is None or last < low)) or (high is not None and (first is None or first > high)):
            continue
        public = [c.published for c in said if c.published is not None]
        stated = [c.confidence for c in said if c.confidence is not None]
        found.append(
            Edge(
                *key,
                tuple(names),
                None if first is None else _day(first),
                None if last is None else _day(last),
                _day(min(public)) if public else None,
                max(stated, default=None),
            )
        )
    return found


def read_things(store: QuadStore) -> dict[str, tuple[str, str]]:
    """Every thing with its kind and its label: of several the first in order."""
    found: dict[str, tuple[str, str]] = {}
    cut = len(IKG)
    for thing, kind, label in stream(store, "things"):
        said = (kind.value[cut:], label.value)  # type: ignore[union-attr]
        iri = thing.value  # type: ignore[union-attr]
        known = found.get(iri)
        if known is None or said < known:
            found[iri] = said
    return found


def read_places(store: QuadStore) -> dict[str, dict[str, tuple[str, ...]]]:
    """The sectors and countries of each party, as words, sorted: party → ``{"sector": …, "country": …}``."""
    words: Mapping[str, str] = _words()
    found: dict[str, dict[str, set[str]]] = {}
    for party, property_, value in stream(store, "places"):
        name = property_.value[len(IKG) :]  # type: ignore[union-attr]
        text = value.value  # type: ignore[union-attr]
        found.setdefault(party.value, {}).setdefault(name, set()).add(words.get(text, text))  # type: ignore[union-attr]
    return {party: {name: tuple(sorted(values)) for name, values in said.items()} for party, said in found.items()}


@cache
def _words() -> dict[str, str]:
    return {**{term.iri: term.value for term in Sector}, **{f"{IKG}country-{code}": name for code, name in countries().items()}}


def chosen(edges: Iterable[Edge], *predicates: str) -> list[Edge]:
    """The edges with one of these predicates."""
    wanted = frozenset(predicates)
    return [edge for edge in edges if edge.predicate in wanted]
