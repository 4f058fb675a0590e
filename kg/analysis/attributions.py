"""What is said of who is behind one incident, and which answers that leaves: the ground of :mod:`kg.analysis.consensus`.

**Possible answers.** Each named actor of an attribution, under its canonical identity; actors that one agent names together are an
answer of their own ("both"); somebody unnamed of each origin that a description gives ("Russian hackers"); somebody else. A name
also stands for the actors that are said to be *part of* it, and these have its origin if none of their own is known. A description
stands for everybody who may fit it: the unnamed one of its origin and the named ones whose known origin and kind do not contradict it.
What is suspected of a described actor belongs to the description; of a named one only what is asserted counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from pyoxigraph import Literal, NamedNode

from kg.analysis.material import Material
from kg.analysis.result import Thing
from kg.disclosure import state
from kg.rules import Word, judge
from kg.story import Story
from kg.terms import prop
from kg.vocabulary import IKG, ActorKind, Stance

_PUBLISHER, _TYPE = prop("dct:publisher").value, prop("rdf:type")
_STATES = frozenset({ActorKind.NATION_STATE.value, ActorKind.STATE_AFFILIATED.value})
_NO_STATE = frozenset(k.value for k in ActorKind) - _STATES - {ActorKind.OTHER.value, ActorKind.UNKNOWN.value}
FOR = frozenset({Stance.ASSERTED.value, Stance.CLAIMED.value, Stance.SUSPECTED.value})
"""Stances that speak for an actor."""
AGAINST = frozenset({Stance.DENIED.value, Stance.DISPUTED.value})
"""Stances that speak against it."""


@dataclass(frozen=True, slots=True)
class Saying:
    """One attribution claim."""

    claim: str
    agent: str
    actor: str
    stance: str
    report: str
    day: int | None
    stated: int | None
    words: str
    as_named: str
    unnamed: bool
    rating: str
    rests_on: frozenset[str]

    @property
    def order(self) -> tuple[int, str, str]:
        """By publication, undated ones first, as the rules of edges have it."""
        return (-(10**9) if self.day is None else self.day, self.report, self.claim)


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of an actor: where it is from, and whether a state is behind it (``None``: not known)."""

    origins: frozenset[str]
    state: bool | None
    sponsors: frozenset[str]
    claims: tuple[str, ...]

    def may_be(self, other: Profile) -> bool:
        """Whether both can be one: nothing that is known of them contradicts."""
        apart = self.origins and other.origins and not self.origins & other.origins
        return not apart and (self.state is None or other.state is None or self.state == other.state)

    def fits(self, description: Profile) -> bool:
        """Whether this actor is known to be what a description says."""
        said = bool(description.origins) or description.state is not None
        origin = not description.origins or (bool(self.origins) and self.origins <= description.origins)
        return said and origin and (description.state is None or self.state == description.state)


class Attributions:
    """The attributions of one incident: sayings, actors with what is known of them, possible answers."""

    def __init__(self, material: Material, incident: str) -> None:
        self.material = material
        self.story = Story(material.store, material.addresses)
        self._canonical: dict[str, str] = {}
        self._sets: dict[tuple[str, bool], int] = {}
        self._homes: dict[str, tuple[frozenset[str], bool]] = {}
        self.hidden = 0
        self.sayings = sorted(self._sayings(incident), key=lambda s: s.order)
        self.actors = {iri: self._thing(iri) for iri in sorted({s.actor for s in self.sayings})}
        self.agents = {iri: self._thing(iri) for iri in sorted({s.agent for s in self.sayings})}
        self.named = [iri for iri, actor in self.actors.items() if actor.kind != "UnidentifiedActor"]
        self.ties = self._ties()
        self.profiles = self._profiles()
        self.joint = self._joint()
        lands = {land for iri in self.actors if iri not in self.named for land in self.profiles[iri].origins}
        self.answers: list[frozenset[str] | str] = [*(frozenset({iri}) for iri in self.named), *self.joint, *sorted(lands), ""]
        """Sets of named actors; a country: somebody unnamed from there; empty: somebody else."""

    @property
    def size(self) -> int:
        """How many answers are possible."""
        return len(self.answers)

    @cached_property
    def whole(self) -> int:
        """All answers, as bits."""
        return (1 << self.size) - 1

    def canonical(self, iri: str) -> str:
        """The canonical identity of an IRI."""
        if iri not in self._canonical:
            self._canonical[iri] = self.story.canonical(NamedNode(iri)).value
        return self._canonical[iri]

    def _thing(self, iri: str) -> Thing:
        """A canonical identity with label and kind; a publisher stands in thousands of graphs, so that only these two are looked up."""
        kinds = {str(quad.object.value) for quad in self.story.store.match(NamedNode(iri), _TYPE) if isinstance(quad.object, NamedNode)}
        return Thing(iri, self.story.label(NamedNode(iri)), min(kinds, default="").removeprefix(IKG))

    def _sayings(self, incident: str) -> Iterable[Saying]:
        least = self.material.filters.confidence
        for fact in state(self.material.store, self.material.addresses, incident).of("Attribution"):
            for one in fact.sayings:
                report = self.story.said(NamedNode(one.report))
                marking = next((m for m in report["marking"] if isinstance(m, NamedNode)), None)
                if not self.material.filters.allows(marking) or (least is not None and (one.confidence is None or one.confidence < least)):
                    self.hidden += 1
                    continue
                day = report["publishedEndDay"]
                yield Saying(
                    one.claim,
                    one.agent,
                    fact.key[1],
                    one.stance,
                    one.report,
                    int(day[0].value) if day else None,
                    one.confidence,
                    one.detail("wordsOfConfidence"),
                    one.detail("actorAsNamed"),
                    one.unnamed,
                    self.story.label(report["reliability"][0]) if report["reliability"] else "",
                    frozenset(self._rests_on(one.report, [value for name, value in one.details if name == "restsOn"])),
                )

    def _rests_on(self, report: str, cited: Iterable[str]) -> set[str]:
        """The reports that a claim rests on: those cited, those that its report restates, and so on."""
        found: set[str] = set()
        waiting = [report, *cited]
        found.update(cited)
        while waiting:
            for value in self.story.said(NamedNode(waiting.pop()))["restates"]:
                if value.value not in found:
                    found.add(value.value)
                    waiting.append(value.value)
        return found - {report}

    def reports_of(self, agent: str) -> set[str]:
        """The reports that an agent published, or in which it attributes the incident."""
        resting = {report for one in self.sayings for report in one.rests_on}
        published = {r for r in resting if any(self.canonical(p.value) == agent for p in self.story.said(NamedNode(r))[_PUBLISHER])}
        return published | {one.report for one in self.sayings if one.agent == agent}

    def _profiles(self) -> dict[str, Profile]:
        """What is known of each actor; a part that nothing is known of is what the whole is."""
        own = {actor: self._profile(actor) for actor in self.actors}
        found = dict(own)
        for whole in own:
            for part in self._parts(whole) - {whole}:
                mine, theirs = found[part], own[whole]
                if not own[part].origins and theirs.origins:
                    found[part] = replace(mine, origins=theirs.origins, claims=tuple(sorted({*mine.claims, *theirs.claims})))
                if own[part].state is None and theirs.state is not None:
                    found[part] = replace(found[part], state=theirs.state)
        return found

    def _profile(self, actor: str) -> Profile:
        words: dict[tuple[str, str], list[Word]] = defaultdict(list)
        for identity in self.story.identities(NamedNode(actor)):
            for claim in self.story.naming(identity, "actor"):
                said = self.story.said(claim)
                if not (said["origin"] or said["actorKind"] or said["sponsor"]) or said["incident"] or said["campaign"]:
                    continue
                agent, stance = said["assertedBy"][0].value, said["stance"][0].value
                if stance == Stance.SUSPECTED.iri and self.actors[actor].kind == "UnidentifiedActor":
                    stance = Stance.ASSERTED.iri
                published = self.story.said(NamedNode(said["statedIn"][0].value))["publishedEnd"]
                when = published[0].value if published else ""
                for name in ("origin", "actorKind", "sponsor"):
                    for value in said[name]:
                        word = Word("", actor, name, value.value, claim.value, agent, stance, when, None, "")
                        words[name, self._word(value)].append(word)
        verdicts = {key: judge(said) for key, said in words.items()}
        standing = {key for key, verdict in verdicts.items() if verdict}
        kinds = {value for name, value in standing if name == "actorKind"}
        return Profile(
            frozenset(value for name, value in standing if name == "origin"),
            True if kinds & _STATES and not kinds & _NO_STATE else False if kinds & _NO_STATE and not kinds & _STATES else None,
            frozenset(value for name, value in standing if name == "sponsor"),
            tuple(sorted({claim for verdict in verdicts.values() if verdict for claim in verdict.claims})),
        )

    def _word(self, value: NamedNode | Literal) -> str:
        if isinstance(value, NamedNode) and "/id/" in value.value:
            return self.canonical(value.value)
        return self.story.label(value)

    def _ties(self) -> dict[tuple[str, str], str]:
        """Pairs of actors that a standing sameness claim ties without joining them: *close*, *part of* (the first of the second)."""
        found: dict[tuple[str, str], str] = {}
        for actor in self.actors:
            for identity in self.story.identities(NamedNode(actor)):
                for claim in self.story.naming(identity, "one"):
                    said = self.story.said(claim)
                    other = self.canonical(said["other"][0].value)
                    kind = self.story.label(said["statedAs"][0])
                    stands = self.story.label(said["stance"][0]) == Stance.ASSERTED.value
                    if stands and other in self.actors and other != actor and kind in ("close", "part of", "different"):
                        found[actor, other] = kind
        return found

    def _parts(self, actor: str) -> set[str]:
        """The actor and those that are part of it, at any depth."""
        found, waiting = {actor}, [actor]
        while waiting:
            here = waiting.pop()
            for (part, of), kind in self.ties.items():
                if kind == "part of" and of == here and part not in found:
                    found.add(part)
                    waiting.append(part)
        return found

    def _joint(self) -> list[frozenset[str]]:
        """Sets of actors that one agent asserts together in one report, none of them part of another."""
        groups: dict[tuple[str, str], set[str]] = defaultdict(set)
        for one in self.sayings:
            if one.stance in (Stance.ASSERTED.value, Stance.CLAIMED.value) and one.actor in self.named:
                groups[one.agent, one.report].add(one.actor)
        found = set()
        for group in groups.values():
            lowest = frozenset(a for a in group if not any(b != a and b in self._parts(a) for b in group))
            if len(lowest) > 1:
                found.add(lowest)
        return sorted(found, key=sorted)

    def set_of(self, actor: str, surely: bool = False) -> int:
        """The answers that an actor, named or described, stands for; ``surely``: only those that are known to be it."""
        if (actor, surely) not in self._sets:
            mine, parts = self.profiles[actor], self._parts(actor)
            named = actor in self.named
            chosen = 0
            for place, answer in enumerate(self.answers):
                if named:
                    is_in = isinstance(answer, frozenset) and bool(answer & parts)
                else:
                    is_in = self._described(actor, mine, answer, surely)
                chosen |= int(is_in) << place
            self._sets[actor, surely] = chosen
        return self._sets[actor, surely]

    def _described(self, actor: str, mine: Profile, answer: frozenset[str] | str, surely: bool) -> bool:
        if not isinstance(answer, frozenset):
            if mine.origins:
                return answer in mine.origins
            state = self._unnamed_state(answer)
            return not surely and (state is None or mine.state is None or state == mine.state)
        differ = any("different" in (self.ties.get((actor, a)), self.ties.get((a, actor))) for a in answer)
        if surely:
            return not differ and all(self.profiles[a].fits(mine) for a in answer)
        return not differ and any(self.profiles[a].may_be(mine) for a in answer)

    def _unnamed_state(self, land: str) -> bool | None:
        """Whether a state is behind the unnamed ones of a country, if all descriptions of them that say so agree."""
        said = {p.state for actor, p in self.profiles.items() if actor not in self.named and land in p.origins and p.state is not None}
        return said.pop() if len(said) == 1 else None

    def origins_of(self, answer: frozenset[str] | str) -> frozenset[str]:
        """The countries that an answer is from: the unnamed of a country, actors that are all said to be from there."""
        if not isinstance(answer, frozenset):
            return frozenset({answer}) - {""}
        return frozenset.intersection(*(self.profiles[actor].origins for actor in answer))

    def in_own_cause(self, one: Saying) -> bool:
        """Whether an agent speaks of itself: as the actor, its sponsor, or the government of its origin."""
        profile = self.profiles[one.actor]
        if one.agent == one.actor or one.agent in profile.sponsors:
            return one.stance in FOR | AGAINST
        lands, governs = self.home(one.agent)
        return one.stance in AGAINST and governs and bool(lands & profile.origins)

    def home(self, agent: str) -> tuple[frozenset[str], bool]:
        """The countries of an agent, and whether it is part of a government."""
        if agent not in self._homes:
            lands: set[str] = set()
            sectors: set[str] = set()
            for identity in self.story.identities(NamedNode(agent)):
                for name, found in (("country", lands), ("sector", sectors)):
                    found.update({self.story.label(quad.object) for quad in self.story.store.match(identity, prop(name))})
            self._homes[agent] = frozenset(lands), any(sector.startswith("government") for sector in sectors)
        return self._homes[agent]
