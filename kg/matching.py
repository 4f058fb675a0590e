"""Which identities may be one: candidates for a person's decision, with a score and its reasons in words.

Nothing is joined here. A pair is scored by :data:`POINTS` from what stands about both (derived edges, timings,
names, identifiers, reports), the same way whether one new thing or the whole graph is looked through. Partners
are found by look-ups from the thing itself: its victims and those of a like name, its actors and vulnerabilities,
the addresses that its reports name, the reports that they restate, its own names and identifiers. A hub (a party,
actor or address that more than :data:`HUB` others share) makes no pairs by itself; a party that is one still does
with the incidents that began on the same day.

Never proposed: what is joined already, what a standing claim calls different, close or part of one another, and
what has nothing in common but a name that anybody could have.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from itertools import islice
from typing import Literal as Choice
from typing import TypeAlias

from pyoxigraph import Literal, NamedNode
from rapidfuzz import fuzz

from kg.identity.iris import FAMILIES, Addresses
from kg.identity.names import normalise, strip_legal_form
from kg.linking import IDENTIFYING, said_of_sameness
from kg.store.base import QuadStore
from kg.store.names import NameIndex
from kg.terms import prop
from kg.times import EPOCH
from kg.vocabulary import IKG, Event, Stance

Kind: TypeAlias = Choice["incident", "actor", "organization"]
Progress = Callable[[int, int], None]
"""Told how many things were looked at, of how many."""

LEAST = 40
"""Pairs with fewer points are not proposed."""
HUB = 60
"""What more incidents (or actors) share is no reason to compare them all."""
DAY = 400
"""A day with more claims beginning on it (the first of January, mostly) is no reason either."""
MANY_CLAIMS = 500
"""Claims are counted up to here."""

POINTS: dict[str, int] = {
    # incidents
    "same victim": 45, "victims of like names": 40, "same party hit": 30, "different victims": -60, "few victims in common": -15,
    "often hit": -5, "times overlap, ten days": 25, "times overlap, two months": 18, "times overlap, wider": 8, "times near": 6,
    "times apart": -15, "times far apart": -45, "noticed together": 12, "same actor": 15, "actors of one origin": 8,
    "different actors": -25, "different actor kinds": -12, "same kind": 4, "different kinds": -10, "same assets": 6,
    "different assets": -6, "same count": 20, "different counts": -15, "same source": 25, "restates": 35, "same vulnerability": 8,
    "like words": 15, "told of several": -18,
    # organizations
    "names equal": 60, "legal form": 58, "same words": 55, "small words": 52, "spelt alike": 45, "general words": 40,
    "same country": 15, "same region": 10, "different place": -35, "different region": -8, "place": -20,
    "same sector": 6, "different sector": -10,
    "short name": -10,
    # actors
    "one name": 50, "two names": 62, "names": 72, "label": 8, "same incident": 40, "same origin": 10, "different origin": -35,
    # all
    "different country": -40, "shared identifier": 30, "shared code": 10, "different identifiers": -30, "named apart": -30,
}  # fmt: skip
"""How much each piece of evidence counts for (or against) a pair. Set by hand on the VERIS Community Database."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Two identities that may be one: canonical IRIs (the lesser first), their labels, score (0–100), reasons for and against.

    ``worth`` is how many claims would be joined: those about the one of them of which less is said (counted from 1 to 500).
    """

    kind: Kind
    one: str
    other: str
    labels: tuple[str, str]
    score: int
    reasons: tuple[str, ...]
    worth: int

    @property
    def value(self) -> float:
        """What a decision is worth: claims joined, times the square of the score, so that likely ones come first.

        >>> Candidate("actor", "a", "b", ("A", "B"), 50, (), 8).value
        2.0
        """
        return self.worth * (self.score / 100) ** 2


def candidates_for(things: Iterable[str], store: QuadStore, names: NameIndex, addresses: Addresses) -> list[Candidate]:
    """The candidates for the given identities (incidents, actors, organizations; others have none), most valuable first.

    Work follows the neighbours of the things, not the size of the graph.
    """
    matcher = _Matcher(store, names, addresses)
    return _ordered(candidate for iri in things for candidate in matcher.candidates(matcher.canonical(iri)))


def candidates_of_reports(reports: Iterable[str], store: QuadStore, names: NameIndex, addresses: Addresses) -> list[Candidate]:
    """The candidates for the incidents that reports (IRIs) tell of, the most alike first."""
    graphs = [NamedNode(report) for report in reports]
    quads = (q for graph in graphs for q in store.match(None, _TYPE, prop("Incident"), graph))
    told = {q.subject.value for q in quads if isinstance(q.subject, NamedNode)}
    return sorted(candidates_for(sorted(told), store, names, addresses), key=lambda c: (-c.score, -c.value, c.one, c.other))


def all_candidates(store: QuadStore, names: NameIndex, addresses: Addresses, progress: Progress | None = None) -> list[Candidate]:
    """The candidates among everything that the graph tells of, most valuable first."""
    matcher = _Matcher(store, names, addresses)
    classes = ("Incident", "Organization", "ThreatActor", "UnidentifiedActor")
    every = {q.subject.value for name in classes for q in store.match(None, _TYPE, prop(name)) if isinstance(q.subject, NamedNode)}
    heads = sorted({matcher.canonical(iri) for iri in every})
    found: set[Candidate] = set()
    for number, iri in enumerate(heads, 1):
        found.update(matcher.candidates(iri))
        if progress and (number % 100 == 0 or number == len(heads)):
            progress(number, len(heads))
    return _ordered(found)


def _ordered(found: Iterable[Candidate]) -> list[Candidate]:
    return sorted(set(found), key=lambda c: (-c.value, -c.score, c.one, c.other))


# ── what is read of each identity ────────────────────────────────────────────────────────────

_TYPE, _LABEL, _ALIAS, _IDENTIFIER = (prop(n) for n in ("rdf:type", "skos:prefLabel", "skos:altLabel", "dct:identifier"))
_INCIDENT, _ACTOR, _NAME, _RESTATES = (prop(n) for n in ("incident", "actor", "name", "restates"))
_VICTIM, _AFFECTED, _ATTRIBUTED, _EXPLOITED, _COMPROMISED = (
    prop(n) for n in ("victim", "affected", "attributedTo", "exploited", "compromised")
)
_SOURCE, _ADDRESS = prop("sourceIdentifier"), prop("schema:url")
_JOINED = {"incident": prop("sameIncidentAs"), "actor": prop("sameActorAs"), "organization": prop("sameOrganizationAs")}
_HAPPENED = frozenset(e.iri for e in (Event.BEGAN, Event.OCCURRED, Event.ENDED, Event.EXFILTRATED))
_NOTICED = frozenset({Event.DETECTED.iri})
_AGAINST = frozenset(s.iri for s in (Stance.DENIED, Stance.WITHDRAWN, Stance.DISPUTED))
_VAGUE = frozenset({"unknown", "other"})
_SEVERAL = re.compile(
    r"\b(?:first|second|third|another|separate|two|three|four|five|several|multiple)\s+(?:\w+\s+){0,2}?"
    r"(?:incidents?|breach(?:es)?|cases?|thefts?|occasions?)\b|\b(?:incident|breach|case) ?#?\d\b|\banother time\b|\bthe \d+ other\b",
    re.I,
)


@dataclass(slots=True)
class _Thing:
    """What is told of one (canonical) identity."""

    iri: str
    kind: Kind
    members: list[str]
    label: str
    identifiers: set[str]
    reports: set[str]
    worth: int = 0
    apart: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Organization(_Thing):
    names: list[str] = field(default_factory=list)
    countries: set[str] = field(default_factory=set)
    regions: set[str] = field(default_factory=set)
    sectors: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Actor(_Thing):
    unidentified: bool = False
    names: set[str] = field(default_factory=set)
    origins: set[str] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)
    incidents: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, order=True)
class _Time:
    start: int
    end: int
    words: str


@dataclass(slots=True)
class _Incident(_Thing):
    edges: dict[NamedNode, set[str]] = field(default_factory=dict)
    times: list[_Time] = field(default_factory=list)
    noticed: list[_Time] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)
    assets: set[str] = field(default_factory=set)
    counts: set[int] = field(default_factory=set)
    countries: set[str] = field(default_factory=set)
    summary: str = ""


class _Matcher:
    """Reads identities (each once) and compares them."""

    def __init__(self, store: QuadStore, names: NameIndex, addresses: Addresses) -> None:
        self.store, self.names, self.addresses = store, names, addresses
        self.derived = NamedNode(addresses.derived)
        self._things: dict[str, _Thing] = {}
        self._canonical: dict[str, str] = {}
        self._edges: dict[str, dict[NamedNode, set[str]]] = {}
        self._at: dict[tuple[NamedNode, str], set[str]] = {}
        self._hits: dict[str, set[str]] = {}
        self._like: dict[str, dict[str, tuple[int, str]]] = {}
        self._users: dict[str, set[str]] = {}
        self._unidentified: dict[str, bool] = {}
        self._days: dict[int, set[str]] = {}
        self._labels: dict[str, str] = {}

    def candidates(self, iri: str) -> Iterator[Candidate]:
        """The candidates of one canonical identity."""
        kind = self.kind(iri)
        if kind is None:
            return
        partners = {"incident": self.partners_of_incident, "actor": self.partners_of_actor, "organization": self.partners_of_organization}
        for other in sorted(partners[kind](iri)):
            if other != iri and self.kind(other) == kind and (found := self.compare(min(iri, other), max(iri, other), kind)):
                yield found

    def compare(self, one: str, other: str, kind: Kind) -> Candidate | None:
        """The verdict on a pair; ``None`` if it is not to be proposed."""
        a, b = self.thing(one), self.thing(other)
        if other in a.apart or one in b.apart:
            return None
        if isinstance(a, _Incident) and isinstance(b, _Incident):
            score, reasons = self.incidents(a, b)
        elif isinstance(a, _Actor) and isinstance(b, _Actor):
            score, reasons = self.actors(a, b)
        elif isinstance(a, _Organization) and isinstance(b, _Organization):
            score, reasons = self.organizations(a, b)
        else:
            return None
        if score < LEAST:
            return None
        for thing in (a, b):
            thing.worth = thing.worth or max(1, self.claims_naming(thing.members))
        return Candidate(kind, one, other, (a.label, b.label), min(score, 100), tuple(reasons), min(a.worth, b.worth))

    # reading

    def kind(self, iri: str) -> Kind | None:
        """Of which family an address is, ``None`` if of none."""
        parts = iri.removeprefix(self.addresses.root).split("/")
        found = FAMILIES.get(parts[-2]) if len(parts) in (2, 4) else None
        return found if found in ("incident", "actor", "organization") else None  # type: ignore[return-value]

    def canonical(self, iri: str) -> str:
        """The canonical identity of an identity."""
        if iri not in self._canonical:
            kind = self.kind(iri)
            found = self.objects(iri, _JOINED[kind], self.derived) if kind else []
            self._canonical[iri] = found[0] if found else iri
        return self._canonical[iri]

    def objects(self, iri: str, predicate: NamedNode, graph: NamedNode | None = None) -> list[str]:
        """The IRIs, or texts, that something has as a property, sorted; of what very many reports repeat, the first hundred."""
        found = islice(self.store.match(NamedNode(iri), predicate, None, graph), 100)
        return sorted({q.object.value for q in found if isinstance(q.object, NamedNode | Literal)})

    def subjects(self, predicate: NamedNode, object_: NamedNode | Literal, graph: NamedNode | None = None) -> set[str]:
        """What has a property with this value."""
        return {q.subject.value for q in self.store.match(None, predicate, object_, graph) if isinstance(q.subject, NamedNode)}

    def of_members(self, members: Iterable[str], *predicates: NamedNode) -> set[str]:
        return {value for iri in members for predicate in predicates for value in self.objects(iri, predicate)}

    def thing(self, iri: str) -> _Thing:
        """What is told of a canonical identity."""
        if iri not in self._things:
            kind = self.kind(iri)
            assert kind is not None
            members = self.members(iri)
            common = (iri, kind, members, self.label(iri), self.of_members(members, _IDENTIFIER))
            reports = self.of_members(members, prop("mentionedIn"))
            read = {"incident": self.read_incident, "actor": self.read_actor, "organization": self.read_organization}[kind]
            found = read(*common, reports)
            found.apart = {self.canonical(other) for m in members for other in said_of_sameness(self.store, m)[1]}
            self._things[iri] = found
        return self._things[iri]

    def members(self, iri: str) -> list[str]:
        """A canonical identity and all that is one with it."""
        kind = self.kind(iri)
        return [iri, *sorted(self.subjects(_JOINED[kind], NamedNode(iri), self.derived))] if kind else [iri]

    def claims_naming(self, members: Iterable[str]) -> int:
        """How many claims name one of the identities, counted to 500."""
        found = (q for m in members for q in self.store.match(None, None, NamedNode(m)))
        return len(
            {q.subject.value for q in islice(found, MANY_CLAIMS) if isinstance(q.subject, NamedNode) and "/claim/" in q.subject.value}
        )

    def read_organization(
        self, iri: str, kind: Kind, members: list[str], label: str, identifiers: set[str], reports: set[str]
    ) -> _Organization:
        found = _Organization(iri, kind, members, label, identifiers, reports)
        found.names = sorted(self.of_members(members, _LABEL, _ALIAS))
        found.countries = {_tail(v) for v in self.of_members(members, prop("country"))}
        found.regions = {v.rpartition("-")[2].upper() for v in self.of_members(members, prop("region"))}
        found.sectors = {_tail(v) for v in self.of_members(members, prop("sector"))} - _VAGUE
        return found

    def read_actor(self, iri: str, kind: Kind, members: list[str], label: str, identifiers: set[str], reports: set[str]) -> _Actor:
        found = _Actor(iri, kind, members, label, identifiers, reports)
        found.unidentified = self.is_unidentified(iri)
        names = set() if found.unidentified else self.of_members(members, _LABEL, _ALIAS)
        quads = (q for m in members for q in islice(self.store.match(None, _ACTOR, NamedNode(m)), MANY_CLAIMS))
        claims = {q.subject.value for q in quads if isinstance(q.subject, NamedNode)}
        for claim in claims:
            if not found.unidentified:
                names.update(self.objects(claim, _NAME))
            found.origins.update(_tail(v) for v in self.objects(claim, prop("origin")))
            found.kinds.update(_tail(v) for v in self.objects(claim, prop("actorKind")))
        found.names = {bare for name in names if (bare := bare_actor(name)) and not is_general(bare)}
        found.incidents = self.at(_ATTRIBUTED, iri)
        found.worth = max(1, len(claims))
        return found

    def is_unidentified(self, actor: str) -> bool:
        """Whether an actor is only described: it and all that is one with it."""
        if actor not in self._unidentified:
            kinds = self.of_members(self.members(actor), _TYPE)
            self._unidentified[actor] = prop("UnidentifiedActor").value in kinds and prop("ThreatActor").value not in kinds
        return self._unidentified[actor]

    def edges(self, incident: str) -> dict[NamedNode, set[str]]:
        """The derived edges of a canonical incident."""
        if incident not in self._edges:
            found: dict[NamedNode, set[str]] = {}
            for quad in self.store.match(NamedNode(incident), None, None, self.derived):
                if isinstance(quad.object, NamedNode):
                    found.setdefault(quad.predicate, set()).add(quad.object.value)
            self._edges[incident] = found
        return self._edges[incident]

    def read_incident(self, iri: str, kind: Kind, members: list[str], label: str, identifiers: set[str], reports: set[str]) -> _Incident:
        found = _Incident(iri, kind, members, label, identifiers, reports, edges=self.edges(iri))
        claims = {
            (q.subject.value, q.graph_name.value)
            for m in members
            for q in self.store.match(None, _INCIDENT, NamedNode(m))
            if isinstance(q.subject, NamedNode) and isinstance(q.graph_name, NamedNode)
        }
        found.reports = {graph for _, graph in claims}
        found.worth = max(1, min(len(claims), MANY_CLAIMS))
        for claim, _ in islice(sorted(claims), MANY_CLAIMS):
            if starts := self.objects(claim, prop("startDay")):
                found.times += self.times(claim, int(starts[0]), _HAPPENED)
                found.noticed += self.times(claim, int(starts[0]), _NOTICED)
            found.counts.update(n for text in self.objects(claim, prop("countMin")) if (n := int(text)) >= 50)
        found.times.sort()
        found.kinds = {_tail(v) for v in self.of_members(members, prop("incidentKind"))} - _VAGUE
        assets = islice(sorted(found.edges.get(_COMPROMISED, ())), 40)
        found.assets = {_tail(v) for asset in assets for v in self.objects(asset, prop("assetKind"))} - _VAGUE
        found.countries = {
            _tail(v) for party in islice(sorted(found.edges.get(_VICTIM, ())), 40) for v in self.objects(party, prop("country"))
        }
        found.summary = max(self.of_members(members[:5], prop("dct:description")), key=len, default="")
        return found

    def times(self, claim: str, start: int, events: frozenset[str]) -> Iterator[_Time]:
        """When a timing claim says that one of these events was."""
        if not events.intersection(self.objects(claim, prop("event"))) or _AGAINST.intersection(self.objects(claim, prop("stance"))):
            return
        ends = self.objects(claim, prop("endDay"))
        end = int(ends[0]) if ends else start
        words = self.objects(claim, prop("timeWords"))
        yield _Time(start, end, words[0] if words else days(start, end))

    # partners

    def at(self, predicate: NamedNode, iri: str) -> set[str]:
        """The incidents with a derived edge to something."""
        if (predicate, iri) not in self._at:
            self._at[predicate, iri] = {s for s in self.subjects(predicate, NamedNode(iri), self.derived) if self.kind(s) == "incident"}
        return self._at[predicate, iri]

    def hit(self, party: str) -> set[str]:
        """The incidents in which a party was hit."""
        return self.at(_VICTIM, party) | self.at(_AFFECTED, party)

    def parties(self, incident: str, *predicates: NamedNode) -> set[str]:
        """The named organizations and people that an incident hit; not those whose name anybody could have."""
        found = {p for name in predicates for p in self.edges(incident).get(name, ())}
        named = ("org/", "person/")
        root = self.addresses.root
        kept = {p for p in found if p.removeprefix(root).startswith(named) or "/org/" in p or "/person/" in p}
        return {p for p in kept if not is_general(self.label(p))}

    def label(self, iri: str) -> str:
        """The display name of a canonical identity, or of anything else."""
        if iri not in self._labels:
            labels = self.objects(iri, _LABEL) or sorted(self.of_members(self.members(iri), _LABEL))
            self._labels[iri] = min(labels, default=self.addresses.shorten(iri))
        return self._labels[iri]

    def partners_of_incident(self, iri: str) -> set[str]:
        found: set[str] = set()
        hubs: set[str] = set()
        for party in sorted(self.parties(iri, _VICTIM, _AFFECTED))[:HUB]:
            for like in (party, *self.like(party)):
                several = self.hit(like)
                (hubs if max(len(several), len(self.hit(party))) > HUB else found).update(several)
        if hubs - found:
            found |= self.on_the_same_day(iri, hubs - found)
        for name in (_ATTRIBUTED, _EXPLOITED):
            for shared in sorted(self.edges(iri).get(name, ()))[:HUB]:
                if not (name == _ATTRIBUTED and self.is_unidentified(shared)) and "/product/" not in shared:
                    several = self.at(name, shared)
                    found |= several if len(several) <= HUB else set()
        for report in sorted(self.reports_on(self.members(iri)))[:HUB]:
            found |= self.told_with(report)
        return found | self.sharing_identifiers(iri)

    def reports_on(self, members: Iterable[str]) -> set[str]:
        """The reports that tell of an incident; of one local to a report, only that report can."""
        local = self.addresses.root + "report/"
        found = {m.rsplit("/", 2)[0] for m in members if m.startswith(local)}
        for member in members:
            if not member.startswith(local):
                quads = self.store.match(None, _INCIDENT, NamedNode(member))
                found.update(q.graph_name.value for q in quads if isinstance(q.graph_name, NamedNode))
        return found

    def on_the_same_day(self, iri: str, others: set[str]) -> set[str]:
        """Those incidents that began (or happened) on the very day on which this one did."""
        found = set()
        for day in self.first_days(iri):
            found |= {other for other in self.of_day(day) & others if day in self.first_days(other)}
        return found

    def first_days(self, incident: str) -> set[int]:
        me = self.thing(incident)
        return {t.start for t in me.times} if isinstance(me, _Incident) else set()

    def of_day(self, day: int) -> set[str]:
        """The incidents of which a claim speaks that begins on a day; none for a day of too many."""
        if day not in self._days:
            quads = list(islice(self.store.match(None, prop("startDay"), Literal(day)), DAY + 1))
            claims = {q.subject.value for q in quads if isinstance(q.subject, NamedNode)} if len(quads) <= DAY else set()
            self._days[day] = {self.canonical(incident) for claim in claims for incident in self.objects(claim, _INCIDENT)}
        return self._days[day]

    def told_with(self, report: str) -> set[str]:
        """The incidents of reports that name the same address, that this one restates, or that restate it."""
        node = NamedNode(report)
        reports = set(self.objects(report, _RESTATES)) | self.subjects(_RESTATES, node)
        if len(reports) > HUB:
            reports = set()
        for address in self.sources(report):
            users = self.users(address)
            reports |= users if len(users) <= 10 else set()
        told = (q.object for r in reports - {report} for q in self.store.match(None, _INCIDENT, None, NamedNode(r)))
        return {self.canonical(incident.value) for incident in told if isinstance(incident, NamedNode)}

    def sources(self, report: str) -> set[str]:
        """The addresses that a report gives for itself and for what it was read from."""
        found = {text.removeprefix("reference:") for text in self.objects(report, _SOURCE) if text.startswith("reference:http")}
        return found | set(self.objects(report, _ADDRESS))

    def users(self, address: str) -> set[str]:
        """The reports that name an address."""
        if address not in self._users:
            found = self.subjects(_SOURCE, Literal(f"reference:{address}"))
            with suppress(ValueError):  # words that are no IRI are no report's own address
                found |= self.subjects(_ADDRESS, NamedNode(address))
            self._users[address] = found
        return self._users[address]

    def sharing_identifiers(self, iri: str) -> set[str]:
        """The identities with an identifier of this one."""
        found: set[str] = set()
        for identifier in self.of_members(self.members(iri), _IDENTIFIER):
            several = self.subjects(_IDENTIFIER, Literal(identifier))
            if ":" in identifier and len(several) <= HUB:
                found |= {self.canonical(other) for other in several}
        return found

    def partners_of_organization(self, iri: str) -> set[str]:
        return set(self.like(iri)) | self.sharing_identifiers(iri)

    def like(self, party: str) -> dict[str, tuple[int, str]]:
        """The organizations of a like name, each with points and words; symmetric, as each must find the other."""
        if self.kind(party) != "organization":
            return {}
        if party not in self._like:
            me = self.thing(party)
            assert isinstance(me, _Organization)
            found = {}
            for other in self.hits(party):
                it = self.thing(other)
                if isinstance(it, _Organization) and (alike := names_alike(me.names, it.names)) and party in self.hits(other):
                    found[other] = alike
            self._like[party] = found
        return self._like[party]

    def hits(self, party: str) -> set[str]:
        """What the name index finds for the names of an organization."""
        if party not in self._hits:
            me = self.thing(party)
            assert isinstance(me, _Organization)
            queries = sorted({query for name in me.names if not is_general(name) for query in {normalise(name), *spelt_out(name)}})[:4]
            found = {hit.iri for query in queries for hit in self.names.search(query, ("Organization",), 20)}
            self._hits[party] = {head for iri in found if (head := self.canonical(iri)) != party and self.kind(head) == "organization"}
        return self._hits[party]

    def partners_of_actor(self, iri: str) -> set[str]:
        found = set()
        described = self.is_unidentified(iri)
        incidents = self.at(_ATTRIBUTED, iri)
        for incident in sorted(incidents) if len(incidents) <= HUB else ():
            others = self.edges(incident).get(_ATTRIBUTED, set())
            if 1 < len(others) <= HUB:
                found |= {o for o in others if o != iri and (described or self.is_unidentified(o))}
        if described:
            return found
        me = self.thing(iri)
        assert isinstance(me, _Actor)
        for name in me.names:
            for query in (name, *(f"{name} {word}" for word in sorted(_ACTOR_WORDS))):
                found |= {self.canonical(hit.iri) for hit in self.names.exact(query) if hit.kind == "ThreatActor"}
        return found | self.sharing_identifiers(iri)

    # comparing

    def incidents(self, a: _Incident, b: _Incident) -> tuple[int, list[str]]:
        """Points and reasons for two incidents."""
        told = _Told()
        firm = self.parties_in_common(a, b, told)
        gap = _times(a, b, told)
        firm |= self.reports_in_common(a, b, told)
        _identifiers(a, b, told)
        actors = [{x for x in t.edges.get(_ATTRIBUTED, ()) if not self.is_unidentified(x)} for t in (a, b)]
        if shared := sorted(actors[0] & actors[1]):
            told.add("same actor", f"same actor: {self.label(shared[0])}")
        elif actors[0] and actors[1]:
            told.add("different actors", f"different actors: {self.label(min(actors[0]))} / {self.label(min(actors[1]))}")
            told.cap = min(told.cap, 60)
        elif origins := self.origins(a) & self.origins(b):
            told.add("actors of one origin", f"actors of one origin: {_some(origins)}")
        kinds = [self.actor_kinds(t) for t in (a, b)]
        if kinds[0] and kinds[1] and not kinds[0] & kinds[1]:
            told.add("different actor kinds", f"different kinds of actor: {_some(kinds[0])} / {_some(kinds[1])}")
        if shared := sorted(v for v in a.edges.get(_EXPLOITED, set()) & b.edges.get(_EXPLOITED, set()) if "/product/" not in v):
            told.add("same vulnerability", f"same vulnerability: {self.label(shared[0])}")
        told.sets("same kind", "different kinds", "kinds of incident", a.kinds, b.kinds)
        told.sets("same assets", "different assets", "kinds of assets", a.assets, b.assets)
        if shared_counts := a.counts & b.counts:
            told.add("same count", f"same number: {max(shared_counts):,}")
        elif a.counts and b.counts and max(max(a.counts), max(b.counts)) > 2 * min(max(a.counts), max(b.counts)):
            told.add("different counts", f"different numbers: {max(a.counts):,} / {max(b.counts):,}")
        told.words(a.summary, b.summary)
        if a.countries and b.countries and not a.countries & b.countries:
            told.add("different country", f"different country: {_some(a.countries)} / {_some(b.countries)}")
        if not firm:
            told.cap = min(told.cap, 45)
        if gap is None:
            told.cap = min(told.cap, 75)
        elif gap > 31:
            told.cap = min(told.cap, 60)
        return told.result()

    def origins(self, incident: _Incident) -> set[str]:
        """The countries that those blamed for an incident are said to come from."""
        found = (self.thing(actor) for actor in islice(sorted(incident.edges.get(_ATTRIBUTED, ())), 20))
        return {origin for actor in found if isinstance(actor, _Actor) for origin in actor.origins}

    def parties_in_common(self, a: _Incident, b: _Incident, told: _Told) -> bool:
        """Adds who was hit by both; whether it is somebody named."""
        victims = [self.parties(t.iri, _VICTIM) for t in (a, b)]
        hit = [self.parties(t.iri, _VICTIM, _AFFECTED) for t in (a, b)]
        party = min(victims[0] & victims[1], default=None)
        if party:
            told.add("same victim", f"same victim: {self.label(party)}")
        elif pairs := sorted((-like[q][0], p, q) for p in victims[0] if (like := self.like(p)) for q in victims[1] & like.keys()):
            points, party, other = pairs[0]
            told.add("victims of like names", f"victims of like names: {self.label(party)} / {self.label(other)}", min(1, -points / 60))
            self.compare_countries(party, other, told)
        elif party := min(hit[0] & hit[1], default=None):
            told.add("same party hit", f"same party hit: {self.label(party)}")
        elif victims[0] and victims[1]:
            told.add("different victims", f"different victims: {self.label(min(victims[0]))} / {self.label(min(victims[1]))}")
        if party is None:
            return False
        most = max(map(len, victims))
        if most > 2 and len(victims[0] & victims[1]) < most / 2:
            told.add("few victims in common", f"{len(victims[0])} victims / {len(victims[1])} victims")
        if (often := len(self.hit(party))) > 3:
            told.add("often hit", f"hit in {often} incidents", min(6, math.log2(often / 3)))
        return True

    def compare_countries(self, one: str, other: str, told: _Told) -> None:
        a, b = self.thing(one), self.thing(other)
        if isinstance(a, _Organization) and isinstance(b, _Organization) and (a.regions and b.regions and not a.regions & b.regions):
            told.add("different region", f"different regions: {_some(a.regions)} / {_some(b.regions)}")

    def actor_kinds(self, incident: _Incident) -> set[str]:
        """Insider, partner or outsider, as far as told of those to whom an incident is attributed."""
        kinds = set()
        for actor in islice(sorted(incident.edges.get(_ATTRIBUTED, ())), 10):
            it = self.thing(actor)
            if isinstance(it, _Actor):
                kinds |= {k if k in ("insider", "partner") else "outsider" for k in it.kinds - _VAGUE}
        return kinds

    def reports_in_common(self, a: _Incident, b: _Incident, told: _Told) -> bool:
        """Adds what binds the reports of both; whether something does. Who tells of both in one report tells of two."""
        if a.reports & b.reports:
            told.add("named apart", f"told apart in one report: {self.addresses.shorten(min(a.reports & b.reports))}")
            return False
        for mine, theirs in ((a, b), (b, a)):
            for report in sorted(mine.reports - theirs.reports)[:HUB]:
                if shared := sorted(set(self.objects(report, _RESTATES)) & theirs.reports):
                    told.add("restates", f"{self.addresses.shorten(report)} restates {self.addresses.shorten(shared[0])}")
                    return True
        addresses = [{s for r in sorted(t.reports)[:HUB] for s in self.sources(r)} for t in (a, b)]
        shared = sorted(s for s in addresses[0] & addresses[1] if len(self.users(s)) <= 10)
        if shared:
            users, source = min((len(self.users(s)), s) for s in shared)
            # what is told in other words from one page is often another incident of the same story
            alike = (
                min(len(a.summary), len(b.summary)) < 40 or fuzz.token_set_ratio(a.summary, b.summary) >= 75 or bool(a.counts & b.counts)
            )
            told.add("same source", f"same source: {source}", (1 if alike else 0.4) / max(1, users - 1))
        return bool(shared)

    def organizations(self, a: _Organization, b: _Organization) -> tuple[int, list[str]]:
        """Points and reasons for two organizations."""
        told = _Told()
        told.cap = 95
        if all(map(is_general, a.names)) or all(map(is_general, b.names)):
            return 0, []
        alike = names_alike(a.names, b.names)
        if alike:
            told.points += alike[0]
            told.reasons.append(alike[1])
        if not a.countries or not b.countries:
            told.cap = 75
        elif a.countries & b.countries:
            told.add("same country", f"same country: {_some(a.countries & b.countries)}")
        else:
            told.add("different country", f"different country: {_some(a.countries)} / {_some(b.countries)}")
        placed = any(is_placed(n) for n in (*a.names, *b.names))
        if a.regions and b.regions:
            same = bool(a.regions & b.regions)
            words = (
                f"same region: {_some(a.regions & b.regions)}" if same else f"different regions: {_some(a.regions)} / {_some(b.regions)}"
            )
            told.add("same region" if same else "different place" if placed else "different region", words)
        elif placed:
            told.add("place", "a name that several places have, and no region is told of both")
            told.cap = min(told.cap, 60)
        told.sets("same sector", "different sector", "sectors", a.sectors, b.sectors)
        if alike and max(len(core_name(n)) for n in (a.label, b.label)) <= 4:
            told.add("short name", "a short name")
        _identifiers(a, b, told)
        self.named_apart(a, b, told)
        return told.result()

    def actors(self, a: _Actor, b: _Actor) -> tuple[int, list[str]]:
        """Points and reasons for two actors."""
        told = _Told()
        told.cap = 90
        if a.unidentified or b.unidentified:
            told.cap = 45
            shared = sorted(a.incidents & b.incidents)
            if not shared or a.reports & b.reports:
                return 0, []
            told.add("same incident", f"one of them only described; both blamed for {self.label(shared[0])}")
        elif shared := sorted(a.names & b.names):
            told.add(("one name", "two names", "names")[min(len(shared), 3) - 1], f"same name: {', '.join(shared[:4])}")
            if bare_actor(a.label) in shared and bare_actor(b.label) in shared:
                told.add("label", "both mostly called so")
        if a.origins and b.origins:
            if a.origins & b.origins:
                told.add("same origin", f"same origin: {_some(a.origins & b.origins)}")
            else:
                told.add("different origin", f"different origin: {_some(a.origins)} / {_some(b.origins)}")
        _identifiers(a, b, told)
        self.named_apart(a, b, told)
        return told.result()

    def named_apart(self, a: _Thing, b: _Thing, told: _Told) -> None:
        if shared := sorted(a.reports & b.reports):
            told.add("named apart", f"named apart in one report: {self.addresses.shorten(shared[0])}")


class _Told:
    """The points of a pair so far, and why. The score is never above ``cap``."""

    def __init__(self) -> None:
        self.points, self.cap = 0.0, 95
        self.reasons: list[str] = []

    def add(self, what: str, words: str, share: float = 1) -> None:
        """Count a piece of evidence, or a share of it."""
        self.points += POINTS[what] * share
        self.reasons.append(words)

    def sets(self, same: str, different: str, noun: str, one: set[str], other: set[str]) -> None:
        """Count what both have in common, or that they have nothing in common."""
        if one & other:
            self.add(same, f"same {noun}: {_some(one & other)}")
        elif one and other:
            self.add(different, f"different {noun}: {_some(one)} / {_some(other)}")

    def words(self, one: str, other: str) -> None:
        """Count like words of two summaries, and words that speak of several incidents in one of them."""
        alike = fuzz.token_set_ratio(one, other) if min(len(one), len(other)) >= 40 else 0
        if alike >= 75:
            self.add("like words", f"told in like words ({alike:.0f} %)", 1 if alike >= 88 else 0.5)
        if found := next((m for text in (one, other) if (m := _SEVERAL.search(text))), None):
            self.add("told of several", f"words of several incidents: {found[0]}")

    def result(self) -> tuple[int, list[str]]:
        return max(0, min(self.cap, round(self.points))), self.reasons


def _times(a: _Incident, b: _Incident, told: _Told) -> int | None:
    """Adds how the times of two incidents lie; the days between them, ``None`` if one has no time."""
    both = ((s, t) for s in a.noticed for t in b.noticed if s.start <= t.end and t.start <= s.end)
    if pair := next((p for p in both if max(t.end - t.start for t in p) <= 62), None):
        told.add("noticed together", f"noticed at one time: {' / '.join(dict.fromkeys(t.words for t in pair))}")
    if not a.times or not b.times:
        return None
    gap, width, one, other = min(
        (max(0, s.start - t.end, t.start - s.end), max(s.end - s.start, t.end - t.start), s, t) for s in a.times for t in b.times
    )
    words = one.words if one.words == other.words else f"{one.words} / {other.words}"
    if gap == 0:
        share = "ten days" if width <= 10 else "two months" if width <= 62 else "wider"
        told.add(f"times overlap, {share}", f"times overlap: {words}")
    elif gap <= 7 and width <= 62:
        told.add("times near", f"times near: {words}")
    elif gap > 31 or width > 62:
        told.add("times apart" if gap <= 180 else "times far apart", f"no overlap in time: {words}")
    return gap + (31 if gap and width > 62 else 0)


def _identifiers(a: _Thing, b: _Thing, told: _Told) -> None:
    """Adds identifiers that both have, and those of one scheme that differ."""
    if shared := sorted(i for i in a.identifiers & b.identifiers if ":" in i):
        sure = [i for i in shared if i.partition(":")[0] in IDENTIFYING]
        told.add("shared identifier" if sure else "shared code", f"shared identifier {(sure or shared)[0]}")
        return
    schemes = [{i.partition(":")[0] for i in t.identifiers} for t in (a, b)]
    for scheme in sorted(schemes[0] & schemes[1] & IDENTIFYING):
        mine, theirs = (min(i for i in t.identifiers if i.startswith(f"{scheme}:")) for t in (a, b))
        told.add("different identifiers", f"different identifiers: {mine} / {theirs}")
        return


# ── names ────────────────────────────────────────────────────────────────────────────────────

_SMALL = frozenset(
    (
        "the", "of", "and", "for", "in", "at", "a", "an", "on", "to", "by", "de", "la", "le", "der", "die", "das", "und", "et", "y",
    )
)  # fmt: skip
_GENERAL_WORDS = frozenset(
    (
        "group", "holdings", "holding", "international", "global", "worldwide", "usa", "us", "united", "states", "america", "system",
        "systems", "services", "service", "online",
    )
)  # fmt: skip
_GENERAL = frozenset(
    (
        "unknown", "unnamed", "unidentified", "undisclosed", "anonymous", "various", "multiple", "several", "other", "others", "many",
        "some", "none", "company", "companies", "organization", "organizations", "organisation", "organisations", "business",
        "businesses", "customers", "customer", "clients", "client", "employees", "employee", "users", "user", "patients", "patient",
        "students", "student", "citizens", "citizen", "individuals", "individual", "people", "person", "members", "member", "victims",
        "victim", "government", "agency", "agencies", "department", "bank", "banks", "hospital", "hospitals", "school", "schools",
        "hotel", "hotels", "restaurant", "restaurants", "store", "stores", "university", "universities", "police", "retailer",
        "retailers", "website", "websites", "private", "public", "local", "state", "federal", "national", "city", "county", "town",
        "medical", "center", "centre", "clinic", "clinics", "practice", "office", "gas", "station", "mass", "event", "us", "uk",
    )
)  # fmt: skip
_PLACED = frozenset(
    (
        "city", "town", "village", "borough", "county", "parish", "district", "school", "schools", "police", "sheriff", "hospital",
        "church", "library", "court", "municipality", "council", "first", "community", "general", "memorial", "saint", "st", "regional",
    )
)  # fmt: skip
_SPELT_OUT = {"us": "united states", "univ": "university", "dept": "department", "natl": "national", "intl": "international"}
_ACTOR_WORDS = frozenset({"team", "group", "gang", "ransomware"})


@lru_cache(maxsize=65_536)
def core_name(name: str) -> str:
    """A name without legal form, "the", possessives; abbreviations spelt out.

    >>> core_name("The U.S. Dept. of Energy"), core_name("Siemens AG"), core_name("The")
    ('united states department of energy', 'siemens', 'the')
    """
    words = [_SPELT_OUT.get(w, w) for w in strip_legal_form(name).split()]
    return " ".join(words[1:] if len(words) > 1 and words[0] == "the" else words)


def spelt_out(name: str) -> Iterator[str]:
    """The name with its abbreviations spelt out, if it has any.

    >>> list(spelt_out("U.S. Navy")), list(spelt_out("Microsoft Corp."))
    (['united states navy'], [])
    """
    words = normalise(name).split()
    if not _SPELT_OUT.keys().isdisjoint(words):
        yield " ".join(_SPELT_OUT.get(w, w) for w in words)


@lru_cache(maxsize=65_536)
def is_general(name: str) -> bool:
    """Whether a name describes instead of naming: nothing may be joined because of it.

    >>> is_general("Unknown"), is_general("customers"), is_general("the hospital"), is_general("City of Springfield")
    (True, True, True, False)
    """
    words = [w for w in normalise(name).split() if w not in _SMALL and not w.isdigit()]
    return all(w in _GENERAL for w in words)


def is_placed(name: str) -> bool:
    """Whether many places have something of this name.

    >>> is_placed("City of Springfield"), is_placed("Microsoft")
    (True, False)
    """
    return bool(_PLACED.intersection(normalise(name).split()))


def bare_actor(name: str) -> str:
    """An actor's name as it is compared: without "group", "team", "gang", "ransomware" at its end.

    >>> bare_actor("Sandworm Team"), bare_actor("Lazarus Group"), bare_actor("The Dark Overlord")
    ('sandworm', 'lazarus', 'the dark overlord')
    """
    words = normalise(name).split()
    while len(words) > 1 and words[-1] in _ACTOR_WORDS:
        words.pop()
    return " ".join(words)


def names_alike(one: Iterable[str], other: Iterable[str]) -> tuple[int, str] | None:
    """Points and words for the names of two organizations that are nearest to one another; ``None`` if they are not near.

    >>> names_alike(["Microsoft"], ["Microsoft Corp."])
    (58, 'names equal but for the legal form: Microsoft / Microsoft Corp.')
    >>> names_alike(["University of Michigan"], ["University of Michigan Law School"]) is None
    True
    """
    theirs = list(other)
    best: tuple[int, str] | None = None
    for a in one:
        for b in theirs:
            found = _alike(a, b)
            if found and (best is None or POINTS[found[0]] > best[0]):
                best = POINTS[found[0]], f"{found[1]}: {a if a == b else f'{a} / {b}'}"
    return best


@lru_cache(maxsize=65_536)
def _alike(a: str, b: str) -> tuple[str, str] | None:
    if is_general(a) or is_general(b):
        return None
    if normalise(a) == normalise(b):
        return "names equal", "names equal"
    one, other = core_name(a), core_name(b)
    if one == other:
        return "legal form", "names equal but for the legal form"
    words, others = one.split(), other.split()
    if sorted(words) == sorted(others):
        return "same words", "names of the same words"
    big, others_big = ({w for w in ws if w not in _SMALL} for ws in (words, others))
    if big == others_big:
        return "small words", "names equal but for small words"
    if (big < others_big or others_big < big) and (big ^ others_big) <= _GENERAL_WORDS and len(big & others_big - _GENERAL) > 0:
        return "general words", "names equal but for general words"
    if min(len(one), len(other)) >= 8 and re.findall(r"\d+", one) == re.findall(r"\d+", other):
        # fuzz.ratio is the costly part: only for names of like length
        near = abs(len(one) - len(other)) <= 3 and fuzz.ratio(one.replace(" ", ""), other.replace(" ", "")) >= 93
        if near and _words_spelt_alike(words, others):
            return "spelt alike", "names spelt alike"
    return None


def _words_spelt_alike(one: list[str], other: list[str]) -> bool:
    """Whether names differ within words only, not by another word.

    >>> _words_spelt_alike(["sacred", "heart"], ["sacred", "hart"]), _words_spelt_alike(["north", "shore"], ["south", "shore"])
    (True, False)
    """
    if len(one) != len(other):
        return "".join(one) == "".join(other) or abs(len(one) - len(other)) == 1
    return all(a == b or (min(len(a), len(b)) > 3 and fuzz.ratio(a, b) >= 84) for a, b in zip(one, other, strict=True))


def days(start: int, end: int) -> str:
    """First and last day (numbers from 1970) as the shortest ISO form.

    >>> days(19723, 20088), days(19723, 19753), days(19723, 19723), days(19723, 19730)
    ('2024', '2024-01', '2024-01-01', '2024-01-01/2024-01-08')
    """
    first, last = EPOCH + timedelta(days=start), EPOCH + timedelta(days=end)
    after = last + timedelta(days=1)
    if first == last:
        return first.isoformat()
    if (first.month, first.day) == (1, 1) and after == date(first.year + 1, 1, 1):
        return f"{first.year}"
    if first.day == after.day == 1 and (last.year, last.month) == (first.year, first.month):
        return f"{first:%Y-%m}"
    return f"{first}/{last}"


def _tail(iri: str) -> str:
    """The word of a concept: what stands after the list's name."""
    slug = iri.removeprefix(IKG)
    for scheme in ("country-", "sector-", "incident-kind-", "asset-kind-", "actor-kind-"):
        if slug.startswith(scheme):
            return slug.removeprefix(scheme).replace("-", " ")
    return slug


def _some(values: Iterable[str]) -> str:
    return ", ".join(sorted(values)[:3])
