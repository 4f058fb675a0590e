"""The streams of query results that projections are made from: each is read in one pass and put in order.

The queries are in ``queries/analysis``. They give a row a claim, with numbers for what is compared and texts only for what is
kept: fetching a text from the store costs more than all else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from pyoxigraph import Literal, NamedNode

from kg import resources
from kg.geography import countries
from kg.queries import SavedQuery, load_queries
from kg.rules import Word, judge
from kg.store.base import QuadStore, Term
from kg.terms import prop
from kg.times import EPOCH
from kg.vocabulary import IKG, Marking, Sector, Stance

if TYPE_CHECKING:
    from kg.analysis.material import Filters

SHORT_CUTS = (
    "attributedTo", "targeted", "victim", "affected", "compromised", "stolen", "customerOf", "suppliedBy", "usedTechnique", "usedSoftware",
    "exploited", "memberOf", "partOfCampaign",
)  # fmt: skip
"""The short-cut edges that connect things. Samenesses are none: the ends of edges are canonical identities."""
FURTHER = ("origin", "sponsor", "software", "actor", "ownedBy", "heldBy", "takenFrom", "against", "usedOn", "through", "linkedTo")
"""What else claims connect (``queries/analysis/further.rq``)."""
_FIRST_DAY = EPOCH.toordinal()
_CUT = len(IKG)


@dataclass(frozen=True, slots=True)
class Edge:
    """Something that stands between two things, with the claims that count and what is known of their time.

    ``predicate`` is the local name of the property. ``first`` and ``last`` are when it held, ``published`` the first day on which
    it was public; ``None`` means not known. ``agents`` is how many independent agents assert it, whatever the filters.
    """

    subject: str
    predicate: str
    object: str
    claims: tuple[str, ...]
    first: date | None
    last: date | None
    published: date | None
    confidence: int | None
    agents: int
    contested: bool


@cache
def analysis_queries() -> dict[str, SavedQuery]:
    """The queries in ``queries/analysis`` by file name.

    >>> analysis_queries()["edges"].columns[:4]
    ('subject', 'predicate', 'object', 'claim')
    """
    return {query.name: query for query in load_queries(resources.folder("queries") / "analysis").values()}


def stream(store: QuadStore, name: str, **given: Term) -> Iterator[tuple[Any, ...]]:
    """The rows of a query in ``queries/analysis``, as terms."""
    return iter(store.query(analysis_queries()[name].text, given).rows)


def wanted(predicates: Iterable[str]) -> Literal:
    """Names of predicates as the queries take them."""
    return Literal(f" {' '.join(predicates)} ")


@cache
def _day(number: int) -> date:
    return date.fromordinal(_FIRST_DAY + number)


def read_edges(
    store: QuadStore, filters: Filters, predicates: Iterable[str] = SHORT_CUTS, left_out: Counter[str] | None = None
) -> list[Edge]:
    """The short-cut edges with these predicates that count under ``filters``, sorted by subject, predicate and object.

    ``left_out`` counts what does not count because nobody said enough: claims without a confidence, edges without a time.
    """
    rows = []
    for subject, predicate, object_, claim, *numbers, marking, agents, contested in stream(store, "edges", wanted=wanted(predicates)):
        if filters.marking is None or filters.allows(marking):
            names = (subject.value, predicate.value[_CUT:], object_.value, claim.value)
            rows.append((*names, int(agents.value), contested.value == "true", *map(_number, numbers)))
    return list(_edges(rows, filters, Counter() if left_out is None else left_out))


def read_further(store: QuadStore, filters: Filters, canonical: dict[str, str], left_out: Counter[str] | None = None) -> list[Edge]:
    """What else claims connect and what of it stands, sorted; the latest word of each agent counts, as for short-cut edges."""
    rows = []
    spoken_against: dict[tuple[str, str, str], list[tuple[str, str, str]]] = {}
    asserted = Stance.ASSERTED.iri
    for start, relation, end, claim, stance, *numbers, marking in stream(store, "further"):
        if filters.marking is not None and not filters.allows(marking):
            continue
        one, other = (canonical.get(node.value, node.value) for node in (start, end))
        key = (one, relation.value[_CUT:], other)
        if stance.value == asserted:
            rows.append((*key, claim.value, 1, False, *map(_number, numbers)))
        else:
            published = numbers[-1].value if numbers[-1] else ""
            spoken_against.setdefault(key, []).append((claim.value, stance.value, published))
    for_it: dict[tuple[str, str, str], list[tuple[str, str, str]]] = {key: [] for key in spoken_against}
    for row in rows:
        if row[:3] in for_it:
            for_it[row[:3]].append((row[3], asserted, "" if row[-1] is None else str(row[-1])))
    standing = {key: _standing(store, canonical, key, said + spoken_against[key]) for key, said in for_it.items() if said}
    kept = [row for row in rows if (row[:3] not in standing or row[3] in standing[row[:3]]) and row[0] != row[2]]
    return list(_edges(kept, filters, Counter() if left_out is None else left_out))


def _standing(store: QuadStore, canonical: dict[str, str], key: tuple[str, str, str], said: list[tuple[str, str, str]]) -> frozenset[str]:
    """The claims (claim, stance, day) on which an edge stands that not everybody asserts; none if it does not stand."""
    words = []
    for claim, stance, published in said:
        agent = next((q.object.value for q in store.match(NamedNode(claim), prop("assertedBy")) if isinstance(q.object, NamedNode)), "")
        words.append(Word("", *key, claim, agent, stance, published.zfill(7), None, ""))
    verdict = judge(words, canonical)
    return frozenset(verdict.claims) if verdict else frozenset()


def _edges(rows: list[Any], filters: Filters, left_out: Counter[str]) -> Iterator[Edge]:
    """Edges from rows (subject, predicate, object, claim, agents, contested, and the numbers), each with its claims."""
    low = None if filters.first is None else filters.first.toordinal() - _FIRST_DAY
    high = None if filters.last is None else filters.last.toordinal() - _FIRST_DAY
    least = filters.confidence
    if least is not None:
        left_out["claims that state no confidence"] += sum(row[6] is None for row in rows)
        rows = [row for row in rows if row[6] is not None and row[6] >= least and (row[7] is None or row[7] >= least)]
    rows.sort(key=itemgetter(0, 1, 2, 3))
    for (subject, predicate, object_), group in groupby(rows, itemgetter(0, 1, 2)):
        claims, several = [], list(group)
        first = last = began = ended = published = confidence = None
        for _, _, _, claim, _, _, sure, _, start, end, incident_start, incident_end, public in several:
            claims.append(claim)
            first, last = _least(first, start), _most(last, end if end is not None else start)
            began, ended = _least(began, incident_start), _most(ended, incident_end)
            published, confidence = _least(published, public), _most(confidence, sure)
        if first is None:
            first, last = began, ended
        if first is None and (low is not None or high is not None):
            left_out["edges whose time is not known"] += 1
            continue
        if (low is not None and (last is None or last < low)) or (high is not None and (first is None or first > high)):
            continue
        yield Edge(
            subject,
            predicate,
            object_,
            tuple(claims),
            None if first is None else _day(first),
            None if last is None else _day(last),
            None if published is None else _day(published),
            confidence,
            several[0][4],
            several[0][5],
        )


def _number(term: Term | None) -> int | None:
    return None if term is None else int(term.value)  # type: ignore[union-attr]


def _least(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None or one < other else other


def _most(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None or one > other else other


def read_identities(store: QuadStore) -> dict[str, str]:
    """Each identity that is one with another → the canonical one."""
    return {identity.value: canonical.value for identity, canonical in stream(store, "identities")}


def read_things(store: QuadStore, predicates: Iterable[str]) -> dict[str, tuple[str, str]]:
    """The ends of short-cut edges with their kind and label: of several the first in order. Without a label it is empty."""
    found: dict[str, tuple[str, str]] = {}
    for thing, kind, label in stream(store, "things", wanted=wanted(predicates)):
        iri, said = thing.value, (kind.value[_CUT:], label.value if label else "")
        known = found.get(iri)
        if known is None or said < known:
            found[iri] = said
    return found


def read_places(store: QuadStore, predicates: Iterable[str]) -> dict[str, dict[str, tuple[str, ...]]]:
    """The sectors and countries of the parties at short-cut edges, as words, sorted: party → ``{"sector": …, "country": …}``."""
    words = concepts()
    found: dict[str, tuple[set[str], set[str]]] = {}
    for party, sector, country in stream(store, "places", wanted=wanted(predicates)):
        sectors, lands = found.setdefault(party.value, (set(), set()))
        if sector is not None:
            sectors.add(words.get(sector.value, sector.value))
        if country is not None:
            lands.add(words.get(country.value, country.value))
    return {party: {"sector": tuple(sorted(sectors)), "country": tuple(sorted(lands))} for party, (sectors, lands) in found.items()}


@cache
def concepts() -> dict[str, str]:
    """The words for sectors and countries, by IRI of the concept."""
    return {**{term.iri: term.value for term in Sector}, **{f"{IKG}country-{code}": name for code, name in countries().items()}}


MARKINGS = {marking.iri: rank for rank, marking in enumerate(Marking)}
"""Markings in order of strictness."""
