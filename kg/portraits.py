"""Portraits: what there is to tell of an incident, an actor or a party, put in order for one screen or one page.

They say nothing that the claims do not say: each statement has its standing, who says it, how it moved, and its claims. What is
denied, disputed or merely mentioned stands apart from what is asserted. Pages of the app and the dossier show the same portraits.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pyoxigraph import NamedNode

from kg.disclosure import Fact, ReportChanges, Saying, Span, describe, disclosures, state
from kg.errors import NotFound
from kg.exploring import Explorer
from kg.story import ClaimView, Story
from kg.terms import prop
from kg.vocabulary import IKG, Stance

HIT = ("target", "victim", "breached supplier", "affected party")
"""The roles of those who were hit; every other role is one that is named in the same reports, and no victim."""
FIRST = 50
"""So many of a long list are read at first; portraits say how many there are."""


@dataclass(frozen=True, slots=True)
class Voice:
    """What one agent says last about a fact: its stance, and the time, number or words it gives."""

    agent: str
    stance: str
    value: str
    published: str
    confidence: int | None
    words_of_confidence: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing stated: about ``thing`` if it is about one, with how it stands and who says what, and how numbers moved."""

    text: str
    standing: str
    kind: str
    thing: str = ""
    label: str = ""
    thing_kind: str = ""
    role: str = ""
    voices: tuple[Voice, ...] = ()
    counts: tuple[tuple[str, str, str], ...] = ()
    """(published, agent, number as said), oldest first; a number said again is there once."""
    notes: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()

    @property
    def stands(self) -> bool:
        """Whether somebody asserts it."""
        return self.standing in (Stance.ASSERTED.value, "contested")


@dataclass(frozen=True, slots=True)
class When:
    """A time of an incident, and when it became known: days from 1970-01-01, both ends included, and the first day it was public."""

    event: str
    who: str
    words: str
    first_day: int
    last_day: int
    public_day: int | None
    agent: str
    claims: tuple[str, ...]


@dataclass(slots=True)
class IncidentPortrait:
    """One incident."""

    iri: str
    label: str
    identities: list[str]
    facts: list[tuple[str, str]]
    actors: list[Statement] = field(default_factory=list)
    hit: list[Statement] = field(default_factory=list)
    others: list[Statement] = field(default_factory=list)
    """Named in the same reports, and no victims."""
    assets: list[Statement] = field(default_factory=list)
    denied: list[Statement] = field(default_factory=list)
    """What somebody says did not happen, and nobody asserts."""
    methods: list[Statement] = field(default_factory=list)
    further: list[Statement] = field(default_factory=list)
    times: list[When] = field(default_factory=list)
    timeline: list[ReportChanges] = field(default_factory=list)


def incident_portrait(story: Story, incident: str) -> IncidentPortrait:
    """Everything stated about an incident, in order. Raises :class:`~kg.errors.NotFound` if the graph does not speak of it."""
    known = story.identities(NamedNode(incident))
    if not any("Incident" in story.kinds(i) for i in known):
        raise NotFound(f"the graph does not speak of {story.addresses.shorten(incident)} as an incident")
    told = state(story.store, story.addresses, incident)
    found = IncidentPortrait(known[0].value, story.label(known[0]), [i.value for i in known], facts_of(story, known))
    for fact in told.facts:
        one = _statement(fact, story)
        if fact.kind == "Attribution":
            found.actors.append(one)
        elif fact.kind == "Involvement":
            (found.hit if one.role in HIT and one.stands else found.denied if one.role in HIT else found.others).append(one)
        elif fact.kind == "Timing":
            found.times += _times(fact, story)
        elif not one.stands and one.standing != Stance.SUSPECTED.value:
            found.denied.append(one)
        elif fact.kind == "Compromise":
            found.assets.append(one)
        elif fact.kind in ("TechniqueUse", "SoftwareUse", "Exploitation"):
            found.methods.append(one)
        else:
            found.further.append(one)
    order = {role: place for place, role in enumerate(("victim", "breached supplier", "target", "affected party"))}
    found.hit.sort(key=lambda s: (order[s.role], s.thing_kind == "Population", s.label))
    found.actors.sort(key=lambda s: (not s.stands, -len(s.voices), s.label))
    found.others.sort(key=lambda s: (s.role, s.label))
    found.times.sort(key=lambda w: (w.first_day, w.last_day, w.event))
    found.timeline = disclosures(story.store, story.addresses, incident)
    return found


def _known(story: Story, thing: str) -> tuple[list[NamedNode], list[str]]:
    """The identities and kinds of a thing. Raises :class:`~kg.errors.NotFound` if the graph does not speak of it."""
    known = story.identities(NamedNode(thing))
    kinds = sorted({k for i in known for k in story.kinds(i)})
    if not kinds:
        raise NotFound(f"the graph does not speak of {story.addresses.shorten(thing)}")
    return known, kinds


def facts_of(story: Story, identities: Sequence[NamedNode]) -> list[tuple[str, str]]:
    """The plain facts of a thing under all its identities, each once."""
    return sorted({pair for identity in identities for pair in story.facts(identity)})


def _statement(fact: Fact, story: Story) -> Statement:
    target = next((value for value in fact.key[1:] if "://" in value), "")
    node = NamedNode(target) if target else None
    kinds = story.kinds(node) if node else []
    role = fact.key[2] if fact.kind == "Involvement" else fact.key[2] if fact.kind == "Compromise" else ""
    details: dict[str, set[str]] = defaultdict(set)
    for saying in fact.sayings:
        for name in ("through", "heldBy", "ownedBy", "confirmation", "words"):
            if value := saying.detail(name):
                details[name].add(story.label(NamedNode(value)) if "://" in value else value)
    say = {"through": "through {}", "heldBy": "held by {}", "ownedBy": "of {}", "confirmation": "confirmed: {}"}
    notes = [say[name].format(", ".join(sorted(details[name]))) for name in say if details[name]]
    if fact.kind in ("Grouping", "Impact") and details["words"]:
        notes += sorted(details["words"])
    return Statement(
        describe(fact, story),
        fact.standing,
        fact.kind,
        target,
        story.label(node) if node else "",
        kinds[0] if kinds else "",
        role,
        tuple(_voice(s, story) for s in fact.latest),
        _counts(fact, story),
        tuple(notes),
        fact.claims,
    )


def _voice(saying: Saying, story: Story) -> Voice:
    number = str(saying.count) if saying.count and (saying.count.known or saying.count.words) else ""
    value = ", ".join(part for part in (str(saying.time) if saying.time else "", number) if part)
    agent = story.label(NamedNode(saying.agent)) + (" (from an unnamed person)" if saying.unnamed else "")
    return Voice(agent, saying.stance, value, saying.published, saying.confidence, saying.detail("wordsOfConfidence"))


def _counts(fact: Fact, story: Story) -> tuple[tuple[str, str, str], ...]:
    seen: dict[tuple[str, str], tuple[str, str, str]] = {}
    for saying in fact.sayings:
        if saying.count and (saying.count.known or saying.count.words):
            agent = story.label(NamedNode(saying.agent))
            seen.setdefault((agent, str(saying.count)), (saying.published[:10], agent, str(saying.count)))
    return tuple(sorted(seen.values()))


def _times(fact: Fact, story: Story) -> list[When]:
    event, party = fact.key[1], fact.key[2]
    who = story.label(NamedNode(party)) if "://" in party else party
    found = []
    for saying in fact.latest:
        if isinstance(saying.time, Span) and saying.stance == Stance.ASSERTED.value:
            public = story.report(saying.report).get("publishedStartDay")
            agent = story.label(NamedNode(saying.agent))
            days = saying.time.first_day, saying.time.last_day
            found.append(When(event, who, str(saying.time), *days, int(public) if public else None, agent, (saying.claim,)))
    return found


# actors


@dataclass(frozen=True, slots=True)
class Name:
    """One name of an actor: who calls it so, since when, and whom else the name means."""

    name: str
    users: tuple[str, ...]
    formerly: bool
    claims: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Linked:
    """A thing at the far end of an edge, with how the edge stands."""

    iri: str
    label: str
    kind: str
    contested: bool = False
    confidence: int | None = None
    day: int | None = None
    agents: int = 0
    claims: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """The first of a list, and how many there are in all."""

    items: tuple[Linked, ...]
    count: int

    @property
    def left(self) -> int:
        """So many are not among the items."""
        return self.count - len(self.items)


@dataclass(slots=True)
class ActorPortrait:
    """One actor."""

    iri: str
    label: str
    kinds: list[str]
    identities: list[str]
    facts: list[tuple[str, str]]
    names: list[Name] = field(default_factory=list)
    samenesses: list[ClaimView] = field(default_factory=list)
    backgrounds: list[ClaimView] = field(default_factory=list)
    incidents: Part = Part((), 0)
    parties: Part = Part((), 0)
    techniques: Part = Part((), 0)
    software: Part = Part((), 0)
    sectors: Counter[str] = field(default_factory=Counter)
    countries: Counter[str] = field(default_factory=Counter)


def actor_portrait(story: Story, explorer: Explorer, actor: str, first: int = FIRST) -> ActorPortrait:
    """What is known of an actor. Raises :class:`~kg.errors.NotFound` if the graph does not speak of it."""
    known, kinds = _known(story, actor)
    head = known[0].value
    found = ActorPortrait(head, story.label(known[0]), kinds, [i.value for i in known], facts_of(story, known))
    naming: dict[str, dict[str, tuple[bool, set[str]]]] = defaultdict(dict)
    same: set[str] = set()
    background: set[str] = set()
    for identity in known:
        for claim in story.naming(identity, "actor"):
            said = story.said(claim)
            kind = said[_TYPE]
            which = kind[0].value.removeprefix(IKG) if kind else ""
            if which == "Naming" and said["name"]:
                users = [story.label(u) for u in said["usedBy"]] or [""]
                for user in users:
                    formerly, claims = naming[said["name"][0].value].get(user, (False, set()))
                    naming[said["name"][0].value][user] = (formerly or bool(said["formerly"]), claims | {claim.value})
            elif which == "Background":
                background.add(claim.value)
        for role in ("one", "other"):
            same.update(claim.value for claim in story.naming(identity, role))
    labels = {story.label(i) for i in known} | {value for name, value in found.facts if name == "also"}
    for name, by_user in naming.items():
        behind = tuple(sorted({c for _, several in by_user.values() for c in several}))
        found.names.append(Name(name, tuple(sorted(u for u in by_user if u)), all(f for f, _ in by_user.values()), behind))
    found.names += [Name(label, (), False, ()) for label in labels - set(naming)]
    found.names.sort(key=lambda n: (-len(n.users), n.formerly, n.name.lower()))
    found.samenesses, found.backgrounds = story.claims(same), story.claims(background)
    found.incidents = part(story, explorer, head, "<attributedTo", first, dated=True)
    found.parties = part(story, explorer, head, "targeted>", first)
    found.techniques = part(story, explorer, head, "usedTechnique>", 500)
    found.software = part(story, explorer, head, "usedSoftware>", 200)
    for party in explorer.ways(head).get("targeted>", ())[:2000]:
        for name, counter in (("sector", found.sectors), ("country", found.countries)):
            counter.update(story.label(q.object) for q in story.store.match(NamedNode(party), prop(name)))
    return found


@dataclass(slots=True)
class PartyPortrait:
    """One organisation, population or person."""

    iri: str
    label: str
    kinds: list[str]
    identities: list[str]
    facts: list[tuple[str, str]]
    victim: Part = Part((), 0)
    affected: Part = Part((), 0)
    actors: Part = Part((), 0)
    suppliers: Part = Part((), 0)
    customers: Part = Part((), 0)
    groups: Part = Part((), 0)
    members: Part = Part((), 0)
    others: list[ClaimView] = field(default_factory=list)
    """Involvements in which it was not hit: responder, regulator, bystander and so on."""


def party_portrait(story: Story, explorer: Explorer, party: str, first: int = FIRST) -> PartyPortrait:
    """What is known of a party. Raises :class:`~kg.errors.NotFound` if the graph does not speak of it."""
    known, kinds = _known(story, party)
    head = known[0].value
    found = PartyPortrait(head, story.label(known[0]), kinds, [i.value for i in known], facts_of(story, known))
    ways = {
        "victim": "<victim",
        "affected": "<affected",
        "actors": "<targeted",
        "suppliers": "suppliedBy>",
        "customers": "<suppliedBy",
        "groups": "memberOf>",
        "members": "<memberOf",
    }
    for name, way in ways.items():
        setattr(found, name, part(story, explorer, head, way, first, dated=name in ("victim", "affected")))
    others: list[str] = []
    hit = {NamedNode(f"{IKG}role-{role.replace(' ', '-')}") for role in HIT}
    for identity in known:
        for claim in story.naming(identity, "party"):
            roles = {q.object for q in story.store.match(claim, prop("role"))}
            if roles and not roles & hit:
                others.append(claim.value)
    found.others = story.claims(sorted(others)[:first])
    return found


def part(story: Story, explorer: Explorer, node: str, way: str, first: int = FIRST, dated: bool = False) -> Part:
    """The first things at the far end of a kind of edge, and how many there are."""
    every = explorer.ways(node).get(way, [])
    outgoing, name = way.endswith(">"), way.strip("<>")
    chosen = every[:first]
    days = explorer.days(chosen) if dated else {}
    items = []
    for other in chosen:
        edge = explorer.edge(*((node, other) if outgoing else (other, node)), [name])
        kinds = story.kinds(NamedNode(other))
        items.append(
            Linked(
                other,
                story.label(NamedNode(other)),
                kinds[0] if kinds else "",
                edge.contested,
                edge.lowest,
                days.get(other),
                edge.agents,
                edge.claims,
            )
        )
    if dated:
        items.sort(key=lambda i: (-(i.day if i.day is not None else -(10**6)), i.label))
    return Part(tuple(items), len(every))


def claims_at(story: Story, identities: Iterable[str], start: int = 0, count: int = 25) -> tuple[list[ClaimView], int]:
    """Some of the claims that name a thing, by address, and how many there are: a hub has more than anybody reads."""
    every = sorted(
        {
            q.subject.value
            for i in identities
            for q in story.store.match(None, None, NamedNode(i))
            if isinstance(q.subject, NamedNode) and "/claim/" in q.subject.value
        }
    )
    return story.claims(every[start : start + count]), len(every)


_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
