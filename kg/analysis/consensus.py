"""Who attributes an incident to whom, pooled over sources, and where they disagree.

Which answers are possible is said in :mod:`kg.analysis.attributions`, how opinions are pooled in :mod:`kg.analysis.opinions`.

**What an agent holds** is its latest word on each actor, and of what it attributes the incident to the last report; an earlier
statement that fits a later one still counts ("a nation state", then a name). Actors that it asserts side by side were in it together;
suspected ones are alternatives. *Asserted*, *claimed* and *suspected* speak for, *denied* and *disputed* against; *not known* has no
weight, and a *withdrawn* word none any more. A description that fits everybody ("criminals") says nothing of who it was and has no
weight. A denial rules out whom it names, and of named actors those that are known to fit.

**How sure.** The number that the source gave, else the number of its words (:mod:`kg.analysis.estimates`), else ``unstated`` for a
plain assertion or denial and 50 for a suspicion or dispute: the columns ``low`` and ``high`` say what this assumption does.

**How much it counts.** Reliability of the report (``unrated`` where nobody rated it, a grade less for unnamed persons), times
``interested`` for who speaks in its own cause: an actor that claims or denies its own deed, its sponsor, the government of its
origin. Then dependence: who says what an agent said whose report its own rests on counts nothing beside it; agents that say it
in one report, or are of one government, share their evidence to the degree ``shared``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

import networkx as nx
from pyoxigraph import NamedNode

from kg.analysis.attributions import AGAINST, FOR, Attributions, Saying
from kg.analysis.estimates import RELIABILITY, estimate
from kg.analysis.material import Material
from kg.analysis.opinions import (
    Belief,
    Evidence,
    Numbers,
    dempster,
    disagreement,
    discounted,
    independence,
    linear_pool,
    logarithmic_pool,
    members,
    nested,
    self_consistent,
)  # fmt: skip
from kg.analysis.result import Analysis, Method, Row, Table, Thing
from kg.errors import NotFound, UsageError
from kg.times import EPOCH
from kg.vocabulary import Stance

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SUSPECTED = 50
"""The certainty of a suspicion or dispute without a stated confidence: an even chance."""
ASSUMED = (60, 95)
"""Between these the certainty of plain assertions is varied for the columns ``low`` and ``high``."""
GRADE = 25
"""By so much, of 100, a grade of the Admiralty code is apart from the next."""
_FIRM = frozenset({Stance.ASSERTED.value, Stance.CLAIMED.value, Stance.DENIED.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(Row):
    """One actor, named or described, and how far the sources hold that it was it."""

    rank: Annotated[int | None, "place among the named actors, then among the descriptions; none for a description that fits everybody"]
    actor: Annotated[Thing, "the actor, under its canonical identity"]
    linear: Annotated[float | None, "probability by the linear opinion pool"]
    logarithmic: Annotated[float | None, "probability by the logarithmic opinion pool"]
    belief: Annotated[float | None, "how far the evidence commits to it (Dempster-Shafer)"]
    plausibility: Annotated[float | None, "how far the evidence leaves it open (Dempster-Shafer)"]
    held_by: Annotated[tuple[Thing, ...], "agents whose latest word is for it"]
    denied_by: Annotated[tuple[Thing, ...], "agents whose latest word is against it"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Support(Row):
    """More about one actor: on how much its figures rest, and how far they hang on assumptions."""

    actor: Annotated[Thing, "the actor"]
    independent: Annotated[float, "as how many independent agents those for it count"]
    low: Annotated[float | None, "the lowest that a pool gives while the certainty of plain assertions is varied"]
    high: Annotated[float | None, "the highest"]
    first_said: Annotated[date | None, "the first day on which it was publicly named"]
    ties: Annotated[tuple[str, ...], "how it is related to other actors here, by sameness claims that do not join"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said(Row):
    """One attribution claim, and whether it counts."""

    published: Annotated[date | None, "the day by which it was public"]
    agent: Annotated[Thing, "who asserts it"]
    stance: Annotated[str, "how the agent stands to it"]
    actor: Annotated[Thing, "whom it speaks of"]
    as_named: Annotated[str, "what the source called it"]
    counts: Annotated[bool, "whether it has weight: the agent's latest word, and one that says who it was or was not"]
    why: Annotated[str, "what made it count less, or not at all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed(Row):
    """How much one attribution claim counts, and from what that comes."""

    agent: Annotated[Thing, "who asserts it"]
    actor: Annotated[Thing, "whom it speaks of"]
    confidence: Annotated[str, "the confidence in the source's words"]
    certainty: Annotated[int | None, "the number that is used, from 0 to 100"]
    from_what: Annotated[str, "where the number is from: stated, words, assumed"]
    reliability: Annotated[int, "how far the source is trusted, from 0 to 100"]
    independence: Annotated[float, "as how much of an independent source it counts; 0 if it has no weight or repeats another"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved(Row):
    """How an actor stood on a day, as far as was published by then."""

    day: Annotated[date, "the end of this day"]
    actor: Annotated[Thing, "the actor"]
    linear: Annotated[float | None, "probability by the linear opinion pool"]
    logarithmic: Annotated[float | None, "probability by the logarithmic opinion pool"]
    belief: Annotated[float | None, "belief"]
    plausibility: Annotated[float | None, "plausibility"]
    agents: Annotated[int, "agents with a word of weight by then"]
    disagreement: Annotated[float | None, "disagreement by then"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FromWhere(Row):
    """A country of origin, over all actors that are said to be from it."""

    origin: Annotated[str, "the country"]
    linear: Annotated[float, "probability by the linear opinion pool"]
    logarithmic: Annotated[float, "probability by the logarithmic opinion pool"]
    belief: Annotated[float | None, "belief"]
    plausibility: Annotated[float | None, "plausibility"]


METHOD = Method(
    "What the agents say in their latest word is pooled in three ways: the weighted mean of their probabilities (linear opinion pool), "
    "their weighted geometric mean (logarithmic opinion pool), and Dempster's rule over discounted belief functions. The weights are "
    "reliability and independence of the sources. Disagreement is the chance that two agents drawn by weight contradict each other; "
    "conflict is the mass that Dempster's rule loses.",
    (
        "Stone 1961, The opinion pool (Annals of Mathematical Statistics 32)",
        "Genest and Zidek 1986, Combining probability distributions: a critique and an annotated bibliography (Statistical Science 1)",
        "Dempster 1967, Upper and lower probabilities induced by a multivalued mapping; Shafer 1976, A mathematical theory of evidence",
        "Dempster, Laird and Rubin 1977, Maximum likelihood from incomplete data via the EM algorithm (vague statements)",
        "Clemen and Winkler 1985, Limits for the precision and value of information from dependent sources (Operations Research 33)",
        "Dong, Berti-Equille and Srivastava 2009, Integrating conflicting data: the role of source dependence (VLDB)",
        "Rao 1982, Diversity and dissimilarity coefficients: a unified approach (Theoretical Population Biology 21)",
        "ICD 203 (words of likelihood) and STIX 2.1 (their numbers); Admiralty code, with the values of the MISP taxonomy",
    ),
)


def consensus(
    material: Material,
    incident: Annotated[str, "the incident, by name or address"],
    *,
    unstated: Annotated[int, "the certainty of a plain assertion, from 0 to 100, where its source stated none"] = 85,
    unrated: Annotated[int, "how far a source is trusted that nobody rated, from 0 to 100"] = 75,
    interested: Annotated[float, "what is left, of 1, of a word in the speaker's own cause"] = 0.5,
    shared: Annotated[float, "how far agents of one government, or of one report, share their evidence, from 0 to 1"] = 0.8,
) -> Analysis[Held]:
    """Who attributes an incident to whom, pooled over sources, and where they disagree.

    Three methods side by side: averaging (linear), averaging of odds (logarithmic), adding up (belief and plausibility). Descriptions
    such as "Russian hackers" support every actor that fits them. Further tables: support (on how much it rests), words (each claim),
    weights (how much it counts), development (day by day), origins (by country).

    Raises :class:`~kg.errors.NotFound` for an incident that there is not, :class:`~kg.errors.UsageError` for a name that means
    several things or another kind of thing, and for a parameter out of its range.
    """
    for name, value, most in (("unstated", unstated, 100), ("unrated", unrated, 100), ("interested", interested, 1), ("shared", shared, 1)):
        if not 0 <= value <= most:
            raise UsageError(f"{name} is between 0 and {most}, not {value}")
    thing = material.thing(incident, ("Incident",))
    node = NamedNode(thing.iri)
    if not any(True for pattern in ((node, None, None), (None, None, node)) for _ in material.store.match(*pattern)):
        raise NotFound(f"the graph does not speak of {incident!r}")
    case = Attributions(material, thing.iri)
    weighing = _Weighing(unstated, unrated, interested, shared)
    now = _Pooled(case, case.sayings, weighing)
    graph = _graph(case, now)
    held = _held(case, now)
    days = sorted({one.day for one in case.sayings if one.day is not None})
    development = [row for day in days for row in _moved(case, weighing, day)]
    return Analysis(
        "consensus",
        f"Who is behind it: {thing.label}",
        METHOD,
        {"incident": thing.iri, "unstated": unstated, "unrated": unrated, "interested": interested, "shared": shared},
        material.inputs("attributions", graph),
        Held,
        tuple(held),
        tuple(_notes(case, now)),
        _facts(case, now),
        (
            Table("support", Support, tuple(_support(case, now, held))),
            Table("words", Said, tuple(_said(case, now))),
            Table("weights", Weighed, tuple(_weighed(case, now))),
            Table("development", Moved, tuple(development)),
            Table("origins", FromWhere, tuple(_origins(case, now))),
        ),
        graph,
    )


# ── weighing and pooling ─────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Weighing:
    unstated: int
    unrated: int
    interested: float
    shared: float

    def certainty(self, one: Saying) -> tuple[int | None, str]:
        """How sure a saying is, of 100, and where that number is from."""
        if one.stance not in FOR | AGAINST:
            return None, ""
        number, source = one.stated, "stated"
        if number is None:
            number, source = estimate(one.words) if one.words else None, "words"
        if number is None:
            return (self.unstated if one.stance in _FIRM else SUSPECTED), "assumed"
        return (100 - number if one.stance in AGAINST and number < 50 else number), source

    def reliability(self, case: Attributions, one: Saying) -> float:
        """How far a saying is trusted, from 0 to 1."""
        rated = RELIABILITY.get(one.rating, self.unrated)
        return max(0, rated - GRADE * one.unnamed) / 100 * (self.interested if case.in_own_cause(one) else 1)


@dataclass(frozen=True, slots=True)
class _Statement:
    """A set of answers that an agent holds for or against, and the sayings behind that."""

    evidence: Evidence
    sayings: tuple[Saying, ...]


@dataclass(frozen=True, slots=True)
class _Opinion:
    """What one agent holds: statements from vague to precise, and denials."""

    agent: str
    statements: tuple[_Statement, ...]
    denials: tuple[_Statement, ...]
    reliability: float

    @property
    def sayings(self) -> list[Saying]:
        return [one for statement in (*self.statements, *self.denials) for one in statement.sayings]

    def focus(self, whole: int) -> int:
        """The answers that are left when everything is taken as true; what is stated, if that contradicts itself."""
        stated = self.statements[-1].evidence.answers if self.statements else whole
        left = stated
        for denial in self.denials:
            left &= ~denial.evidence.answers
        return left or stated


class _Pooled:
    """The opinions by some sayings, their weights, and what the methods make of them."""

    def __init__(self, case: Attributions, sayings: Sequence[Saying], weighing: _Weighing) -> None:
        self.case, self.weighing = case, weighing
        self.reasons: dict[str, str] = {}
        """Why a saying has no weight, by claim."""
        by_agent: dict[str, list[Saying]] = defaultdict(list)
        for one in sayings:
            by_agent[one.agent].append(one)
        every = [self._opinion(agent, by_agent[agent]) for agent in sorted(by_agent)]
        self.opinions = [one for one in every if one.statements or one.denials]
        self.repeats = self._repeats()
        self.independence = self._independence()
        self.weights = [one.reliability * self.independence[one.agent] for one in self.opinions]

    def _opinion(self, agent: str, said: list[Saying]) -> _Opinion:
        latest = self._latest(said)
        words = [one for one in latest if one.stance in FOR]
        chain: list[_Statement] = []
        left = self.case.whole
        for day in sorted({one.order[0] for one in words}, reverse=True):
            for answers, group in self._of_a_day([one for one in words if one.order[0] == day]):
                if answers == self.case.whole:
                    self.reasons.update((one.claim, "fits everybody") for one in group)
                elif not answers & left:
                    self.reasons.update((one.claim, "replaced by a later word") for one in group)
                elif answers & left == left:
                    self.reasons.update((one.claim, "a later or more precise word says as much") for one in group)
                else:
                    left &= answers
                    chain.append(_Statement(Evidence(left, self._degree(group)), tuple(group)))
        denials = []
        for one in latest:
            if one.stance in AGAINST:
                answers = self.case.set_of(one.actor, surely=True)
                if not answers or answers == self.case.whole:
                    self.reasons[one.claim] = "rules out nobody in particular"
                else:
                    denials.append(_Statement(Evidence(answers, self._degree([one])), (one,)))
        trust = max((self.weighing.reliability(self.case, one) for s in (*chain, *denials) for one in s.sayings), default=0.0)
        return _Opinion(agent, tuple(chain), tuple(denials), trust)

    def _degree(self, group: list[Saying]) -> float:
        """How sure sayings are that say one thing: as sure as the one says that tells most of it."""
        told = ("stated", "words", "assumed")
        best = min(told.index(self.weighing.certainty(one)[1]) for one in group)
        numbers = [number for number, source in map(self.weighing.certainty, group) if number is not None and source == told[best]]
        return max(numbers) / 100

    def _latest(self, said: list[Saying]) -> list[Saying]:
        """Of one agent the latest word on each actor; at equal dates an assertion goes before a denial."""
        found = []
        for actor in sorted({one.actor for one in said}):
            mine = [one for one in said if one.actor == actor]
            last = max(one.order[0] for one in mine)
            newest = [one for one in mine if one.order[0] == last]
            held = [one for one in newest if one.stance in FOR] or newest
            withdrawn = any(one.stance == Stance.WITHDRAWN.value for one in newest)
            for one in mine:
                if one not in held:
                    again = any(other.stance == one.stance for other in held)
                    self.reasons[one.claim] = "withdrawn" if withdrawn else "said again later" if again else "replaced by a later word"
            for one in held:
                if one.stance not in FOR | AGAINST:
                    self.reasons[one.claim] = "says that it is not known" if one.stance == Stance.NOT_KNOWN.value else "takes a word back"
            found += [one for one in held if one.stance in FOR | AGAINST]
        return found

    def _of_a_day(self, words: list[Saying]) -> list[tuple[int, list[Saying]]]:
        """What an agent says on one day, firm things before suspected ones and vague ones before precise ones.

        Named actors that are asserted side by side are one statement (all of them), and so are suspected ones (one of them).
        """
        found: list[tuple[bool, int, list[Saying]]] = []
        for suspected in (False, True):
            some = [one for one in words if (one.stance == Stance.SUSPECTED.value) == suspected]
            named = [one for one in some if one.actor in self.case.named]
            groups: dict[int, list[Saying]] = defaultdict(list)
            for one in some:
                if one not in named:
                    groups[self.case.set_of(one.actor)].append(one)
            if named:
                sets = [self.case.set_of(one.actor) for one in named]
                all_of, one_of = self.case.whole, 0
                for answers in sets:
                    all_of &= answers
                    one_of |= answers
                groups[one_of if suspected or not all_of else all_of] += named
            found += [(suspected, answers, groups[answers]) for answers in groups]
        found.sort(key=lambda group: (group[0], -group[1].bit_count(), group[1]))
        return [(answers, group) for _, answers, group in found]

    def _repeats(self) -> dict[str, str]:
        """Agents whose words rest on the report of an earlier agent and say the same: agent → whom it repeats."""
        found: dict[str, str] = {}
        ordered = sorted(self.opinions, key=lambda o: (min(s.order for s in o.sayings), o.agent))
        whole = self.case.whole
        for place, one in enumerate(ordered):
            rests = [s.rests_on for s in one.sayings]
            for earlier in ordered[:place]:
                reports = self.case.reports_of(earlier.agent)
                same = earlier.focus(whole) & one.focus(whole) == earlier.focus(whole) or earlier.focus(whole) == one.focus(whole)
                if same and all(sources & reports for sources in rests) and earlier.agent not in found:
                    found[one.agent] = earlier.agent
                    break
        return found

    def _independence(self) -> dict[str, float]:
        whole = self.case.whole
        left = [one for one in self.opinions if one.agent not in self.repeats]
        homes = {one.agent: self.case.home(one.agent) for one in left}

        def related(one: _Opinion, other: _Opinion) -> bool:
            if one is other or not one.focus(whole) & other.focus(whole) or bool(one.statements) != bool(other.statements):
                return False
            (lands, governs), (others, rules) = homes[one.agent], homes[other.agent]
            one_government = governs and rules and bool(lands & others)
            return one_government or bool({s.report for s in one.sayings} & {s.report for s in other.sayings})

        counted = independence([[related(one, other) for other in left] for one in left], self.weighing.shared)
        return {**dict.fromkeys(self.repeats, 0.0), **{one.agent: share for one, share in zip(left, counted, strict=True)}}

    # what comes out

    def holding(self, actor: str) -> list[_Opinion]:
        """The agents whose latest word is for an actor."""
        return [one for one in self.opinions if any(said.actor == actor for s in one.statements for said in s.sayings)]

    def denying(self, actor: str) -> list[_Opinion]:
        """The agents whose latest word is against it."""
        return [one for one in self.opinions if any(said.actor == actor for s in one.denials for said in s.sayings)]

    @cached_property
    def distributions(self) -> list[Numbers]:
        pieces = [([s.evidence for s in one.statements], [s.evidence for s in one.denials]) for one in self.opinions]
        return self_consistent(pieces, self.weights, self.case.size)

    @cached_property
    def linear(self) -> Numbers | None:
        return linear_pool(self.distributions, self.weights) if sum(self.weights) else None

    @cached_property
    def logarithmic(self) -> Numbers | None:
        return logarithmic_pool(self.distributions, self.weights) if sum(self.weights) else None

    @cached_property
    def belief(self) -> Belief | None:
        whole = self.case.whole
        pieces: list[Evidence] = []
        for one in self.opinions:
            share = self.independence[one.agent]
            trusted = [Evidence(s.evidence.answers, s.evidence.degree * one.reliability) for s in one.statements]
            pieces += discounted(nested(trusted), 1, share)
            others = [Evidence(whole & ~s.evidence.answers, s.evidence.degree) for s in one.denials]
            pieces += discounted(others, one.reliability, share)
        return dempster(pieces, self.case.size) if sum(self.weights) else None

    def contradictions(self, level: str = "name") -> float | None:
        """The chance that two agents drawn by weight contradict each other.

        By name; with actors that are said to be close as one (``close``); by country (``origin``); by name among those who do not
        speak in their own cause (``others``).
        """
        sets = [self._seen(one, level) for one in self.opinions]
        against = [[not one & other for other in sets] for one in sets]
        weights = self.weights
        if level == "others":
            own = [all(self.case.in_own_cause(said) for said in one.sayings) for one in self.opinions]
            weights = [0.0 if is_own else weight for is_own, weight in zip(own, weights, strict=True)]
        return disagreement(against, weights)

    def _seen(self, one: _Opinion, level: str) -> int:
        focus = one.focus(self.case.whole)
        if level == "origin":
            seen = 0
            lands = sorted({land for answer in self.case.answers for land in self.case.origins_of(answer)})
            for place in members(focus):
                answer = self.case.answers[place]
                from_there = self.case.origins_of(answer)
                if isinstance(answer, frozenset) and not from_there:
                    return (2 << len(lands)) - 1
                seen |= sum(1 << lands.index(land) for land in from_there) if from_there else 1 << len(lands)
            return seen
        if level == "close" and one.statements:
            inside = {actor for place in members(focus) for actor in self.case.answers[place] if actor in self.case.named}
            for (a, b), kind in self.case.ties.items():
                if kind == "close" and (a in inside or b in inside):
                    focus |= self.case.set_of(a) | self.case.set_of(b)
        return focus


# ── rows ─────────────────────────────────────────────────────────────────────────────────────


def _of(numbers: Numbers | None, answers: int) -> float | None:
    return None if numbers is None else float(min(1.0, numbers[members(answers)].sum()))


def _day(number: int | None) -> date | None:
    return None if number is None else date.fromordinal(EPOCH.toordinal() + number)


def _figures(case: Attributions, pooled: _Pooled, actor: str) -> dict[str, float | None]:
    answers = case.set_of(actor)
    if answers == case.whole:
        return dict.fromkeys(("linear", "logarithmic", "belief", "plausibility"))
    belief = pooled.belief
    return {
        "linear": _of(pooled.linear, answers),
        "logarithmic": _of(pooled.logarithmic, answers),
        "belief": belief.belief(answers) if belief else None,
        "plausibility": belief.plausibility(answers) if belief else None,
    }


def _held(case: Attributions, now: _Pooled) -> list[Held]:
    found = []
    for actor, thing in case.actors.items():
        mine = {s.claim for s in case.sayings if s.actor == actor}
        found.append(
            Held(
                rank=None,
                actor=thing,
                **_figures(case, now, actor),
                held_by=tuple(case.agents[one.agent] for one in now.holding(actor)),
                denied_by=tuple(case.agents[one.agent] for one in now.denying(actor)),
                claims=tuple(sorted(mine | set(case.profiles[actor].claims))),
            )
        )
    return _ranked(found, case)


def _support(case: Attributions, now: _Pooled, held: list[Held]) -> list[Support]:
    """The same actors in the same order."""
    of = now.weighing
    varied = [_Pooled(case, case.sayings, replace(of, unstated=unstated)) for unstated in sorted({of.unstated, *ASSUMED})]
    found = []
    for row in held:
        actor = row.actor.iri
        pools = [v for one in varied for name, v in _figures(case, one, actor).items() if name in ("linear", "logarithmic")]
        known = [value for value in pools if value is not None]
        days = [one.day for one in case.sayings if one.actor == actor and one.day is not None]
        found.append(
            Support(
                actor=row.actor,
                independent=float(sum(now.independence[one.agent] for one in now.holding(actor))),
                low=min(known, default=None),
                high=max(known, default=None),
                first_said=_day(min(days, default=None)),
                ties=tuple(_tie_words(case, actor)),
                claims=row.claims,
            )
        )
    return found


def _ranked(rows: list[Held], case: Attributions) -> list[Held]:
    """Named actors first, then descriptions, each by the linear pool; equal values share a place."""
    ordered = sorted(
        rows, key=lambda r: (r.actor.iri not in case.named, r.linear is None, -round(r.linear or 0, 9), -(r.belief or 0), r.actor.iri)
    )
    ranked: list[Held] = []
    for row in ordered:
        kin = [r for r in ranked if (r.actor.iri in case.named) == (row.actor.iri in case.named)]
        rank: int | None = None
        if row.linear is not None:
            equal = kin and kin[-1].linear is not None and abs(kin[-1].linear - row.linear) < 1e-9
            rank = kin[-1].rank if equal else len(kin) + 1
        ranked.append(replace(row, rank=rank))
    return ranked


def _tie_words(case: Attributions, actor: str) -> list[str]:
    found = set()
    for (one, other), kind in case.ties.items():
        if one == actor:
            found.add(f"{'different from' if kind == 'different' else 'close to' if kind == 'close' else kind} {case.actors[other].label}")
        elif other == actor:
            words = {"part of": "includes", "close": "close to", "different": "different from"}
            found.add(f"{words[kind]} {case.actors[one].label}")
    return sorted(found)


def _said(case: Attributions, now: _Pooled) -> list[Said]:
    used = {s.claim for one in now.opinions for s in one.sayings}
    rows = []
    for one in case.sayings:
        why = [now.reasons.get(one.claim, "")] if one.claim not in used else []
        if one.claim in used:
            why += [f"repeats {case.agents[now.repeats[one.agent]].label}"] if one.agent in now.repeats else []
            why += ["in its own cause"] if case.in_own_cause(one) else []
            why += ["unnamed persons"] if one.unnamed else []
            why += ["shares evidence with others"] if 0 < now.independence[one.agent] < 1 else []
        rows.append(
            Said(
                published=_day(one.day),
                agent=case.agents[one.agent],
                stance=one.stance,
                actor=case.actors[one.actor],
                as_named=one.as_named,
                counts=one.claim in used and one.agent not in now.repeats,
                why=", ".join(filter(None, why)),
                claims=(one.claim,),
            )
        )
    return rows


def _weighed(case: Attributions, now: _Pooled) -> list[Weighed]:
    """The same claims in the same order."""
    used = {s.claim for one in now.opinions for s in one.sayings}
    rows = []
    for one in case.sayings:
        number, source = now.weighing.certainty(one)
        rows.append(
            Weighed(
                agent=case.agents[one.agent],
                actor=case.actors[one.actor],
                confidence=one.words,
                certainty=number,
                from_what=source,
                reliability=round(100 * now.weighing.reliability(case, one)),
                independence=now.independence.get(one.agent, 0.0) if one.claim in used else 0.0,
                claims=(one.claim,),
            )
        )
    return rows


def _moved(case: Attributions, weighing: _Weighing, day: int) -> list[Moved]:
    then = [one for one in case.sayings if one.day is not None and one.day <= day]
    pooled = _Pooled(case, then, weighing)
    when = _day(day)
    assert when is not None
    spoken = {one.actor for one in then}
    return [
        Moved(
            day=when,
            actor=thing,
            **_figures(case, pooled, actor),
            agents=len(pooled.opinions) - len(pooled.repeats),
            disagreement=pooled.contradictions(),
            claims=tuple(sorted(one.claim for one in then if one.actor == actor)),
        )
        for actor, thing in case.actors.items()
        if actor in spoken and case.set_of(actor) != case.whole
    ]


def _origins(case: Attributions, now: _Pooled) -> list[FromWhere]:
    rows = []
    if now.linear is None or now.logarithmic is None:
        return []
    for land in sorted({land for answer in case.answers for land in case.origins_of(answer)}):
        answers = sum(1 << place for place, answer in enumerate(case.answers) if land in case.origins_of(answer))
        of_it = [actor for actor in case.actors if land in case.profiles[actor].origins]
        said = {s.claim for s in case.sayings if s.actor in of_it} | {c for actor in of_it for c in case.profiles[actor].claims}
        rows.append(
            FromWhere(
                origin=land,
                linear=_of(now.linear, answers) or 0.0,
                logarithmic=_of(now.logarithmic, answers) or 0.0,
                belief=now.belief.belief(answers) if now.belief else None,
                plausibility=now.belief.plausibility(answers) if now.belief else None,
                claims=tuple(sorted(said)),
            )
        )
    return sorted(rows, key=lambda r: (-round(r.linear, 9), r.origin))


def _facts(case: Attributions, now: _Pooled) -> Mapping[str, Any]:
    free = [share for share in now.independence.values() if share]
    return {
        "agents": len(free),
        "independent agents": sum(free),
        "somebody else": _of(now.linear, 1 << case.size - 1),
        "disagreement": now.contradictions(),
        "disagreement with close actors as one": now.contradictions("close"),
        "disagreement on the country": now.contradictions("origin"),
        "disagreement without words in one's own cause": now.contradictions("others"),
        "conflict": now.belief.conflict if now.belief else None,
    }


def _notes(case: Attributions, now: _Pooled) -> list[str]:
    notes = []
    if case.material.filters.first or case.material.filters.last:
        notes.append("a range of time chooses incidents, not words on one: it changes nothing here; --as-of does")
    if case.hidden:
        notes.append(f"{case.hidden} attribution{'s' * (case.hidden != 1)} left out by confidence or marking")
    if not case.sayings:
        return [*notes, "nobody attributes this incident to anybody"]
    if not now.opinions:
        notes.append("nobody names or places an actor: there are descriptions that fit everybody, open questions or withdrawn words only")
    elif len([share for share in now.independence.values() if share]) == 1:
        notes.append("one agent alone: nothing to pool, and no disagreement to measure")
    undated = sum(one.day is None for one in case.sayings)
    if undated:
        notes.append(f"{undated} undated attribution{'s' * (undated != 1)} in no row of the development")
    if now.opinions and sum(now.weights) and now.belief is None:
        notes.append("too many different answers to combine by Dempster's rule: no belief and plausibility")
    if now.opinions and not sum(now.weights):
        notes.append("no source has any weight: no probability")
    if now.opinions and not any(one.rating for one in case.sayings):
        notes.append(f"no report here is rated for reliability: each source counts as {now.weighing.unrated} of 100")
    assumed = sum(now.weighing.certainty(s)[1] == "assumed" for one in now.opinions for s in one.sayings)
    if assumed:
        total = sum(len(one.sayings) for one in now.opinions)
        notes.append(f"{assumed} of {total} words of weight state no confidence: theirs is assumed (low and high vary it)")
    return notes


def _graph(case: Attributions, now: _Pooled) -> nx.DiGraph:
    """Agents → actors, with stance, weight and claims."""
    graph = nx.DiGraph()
    for iri, thing in sorted({**case.actors, **case.agents}.items()):
        graph.add_node(iri, iri=iri, label=thing.label, kind=thing.kind)
    for actor in case.actors:
        figures = {name: value for name, value in _figures(case, now, actor).items() if value is not None}
        nx.set_node_attributes(graph, {actor: figures})
    grouped: dict[tuple[str, str], list[Saying]] = defaultdict(list)
    for one in case.sayings:
        grouped[one.agent, one.actor].append(one)
    for (agent, actor), said in sorted(grouped.items()):
        last = said[-1]
        graph.add_edge(
            agent, actor, stance=last.stance, weight=now.independence.get(agent, 0.0), claims=tuple(sorted(s.claim for s in said)),
            published=_day(said[0].day),
        )  # fmt: skip
    return graph


def figure(found: Analysis[Held]) -> Figure:
    """Above how belief moved, day by day; below who said what when."""
    from kg.analysis.figures.consensus import draw

    return draw(found)
