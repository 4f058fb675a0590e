"""What each report did to what was known about an incident, and what is stated about it in a store as it stands.

**Which claims.** Those on the incident under every identity of it, and the memberships and supplies of
the same reports between its parties. Left out: curation (a person's decisions are no disclosure) and
who published a report (nothing about the incident).

**Earlier.** By the end of publication, undated reports last. Of two reports with the same end neither
is earlier, unless one restates the other. Of each agent only its latest word on a thing is compared, so
what an agent has corrected is not contradicted again by those who follow it.

**The same thing**, by canonical identities: :data:`TOPICS`. An effect implies lesser ones on its asset
(:data:`IMPLIED`), a sub-technique its technique, a vulnerability its product, a named actor the
described one that the same agent spoke of before or that a sameness claim ties to it.

=================  ==========================================================================================
word               when
=================  ==========================================================================================
*repeated*         says what an earlier claim says, or less: a time or number that is equal, wider or
                   overlapping, a lesser effect, a description after the name, somebody else's confirmation
*made precise*     lies strictly inside an earlier time or number, gives one where none was stated, names whom
                   the agent only described, or asserts for the first time what was suspected or claimed
*corrected*        the same agent takes another stance, or gives a time or number apart from its earlier one
*contradicted*     another agent denies what was said, asserts what was denied, gives a time or number apart,
                   or names another actor (not if its report names the earlier one as well)
*withdrew*         the agent takes its own statement back
*added*            nothing earlier speaks of it; also an effect that goes further than those told of its asset
=================  ==========================================================================================

"Not known" contradicts nobody. Agents that differ: the gravest word is shown (contradicted, corrected,
withdrew, made precise, repeated), but who says once more what it said has *repeated*, and nothing is made
precise that somebody already told as exactly. A report that restates others (``ikg:restates``, and claims
with ``ikg:restsOn``) often has words of its own for their things: there an effect that is no graver,
on an asset with the holder, the owners and the kinds of one told of before, is *repeated*, and so
is an impact in other words. A narrower time in a rewrite is *made precise* as anywhere: whether rightly is CQ23's question.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pyoxigraph import Literal, NamedNode

from kg.identity.iris import Addresses
from kg.rules import Word, judge
from kg.store.base import QuadStore
from kg.story import ClaimView, Story
from kg.terms import prop
from kg.times import Interval
from kg.vocabulary import IKG, Precision, ReportKind, Role, Stance

TOPICS: dict[str, tuple[str, ...]] = {
    "Attribution": ("actor",),
    "Involvement": ("party", "role"),
    "Membership": ("member", "group"),
    "Compromise": ("asset", "effect"),
    "LaterUse": ("asset", "against", "usedOn", "usedFor"),
    "TechniqueUse": ("technique",),
    "SoftwareUse": ("software",),
    "Exploitation": ("vulnerability", "product"),
    "Grouping": ("campaign", "linkedTo"),
    "Impact": ("impactKind", "party", "currency", "countUnit"),
    "Timing": ("event", "party"),
    "Supply": ("supplier", "customer", "relation", "product"),
}
"""The properties by which two claims of a kind speak of the same thing (a technique without an id: by its words)."""

IMPLIED: dict[str, frozenset[str]] = {
    "viewed": frozenset({"accessed"}),
    "altered": frozenset({"accessed"}),
    "encrypted": frozenset({"accessed"}),
    "exfiltrated": frozenset({"accessed"}),
    "sold": frozenset({"accessed", "exfiltrated"}),
    "published": frozenset({"accessed", "exfiltrated"}),
}
"""Effects that another effect on the same asset includes: who denies access denies the theft as well."""

_GRAVE = {"published": 3, "sold": 3, "destroyed": 3, "exfiltrated": 2, "altered": 2, "encrypted": 2}
_FOR = frozenset(s.value for s in (Stance.ASSERTED, Stance.CLAIMED, Stance.SUSPECTED))
_AGAINST = frozenset(s.value for s in (Stance.DENIED, Stance.DISPUTED))
_ASSERTED, _WITHDRAWN, _NOT_KNOWN = Stance.ASSERTED.value, Stance.WITHDRAWN.value, Stance.NOT_KNOWN.value
_TYPE = prop("rdf:type").value
_KEPT_APART = {
    "statedIn", "assertedBy", "stance", "evidence", "method", "incident", "step", "confidence", "unnamedSource", _TYPE,
    "start", "end", "startDay", "endDay", "precision", "timeWords", "countMin", "countMax", "countWords", "countUnit", "countUnknown",
    "extractedBy", "extractionConfidence", "reviewedBy", "reviewedOn",
}  # fmt: skip
_NEVER = "9999"


# ── what is stated ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Span:
    """A time as stored: half-open bounds, the first and last day, precision and words as the source had them."""

    start: str
    end: str
    first_day: int
    last_day: int
    precision: str
    words: str

    def __str__(self) -> str:
        """For people: the source's words, else the days as exactly as they were given."""
        low, high = (datetime.fromisoformat(bound) for bound in (self.start, self.end))
        return str(Interval(start=low, end=high, precision=Precision(self.precision), words=self.words or None))

    @property
    def bounds(self) -> tuple[float, float]:
        """For comparing: seconds, half-open. "Since at least" and "no later than" are open below."""
        low, high = (datetime.fromisoformat(bound).timestamp() for bound in (self.start, self.end))
        return (-math.inf if self.precision in (Precision.SINCE_AT_LEAST.value, Precision.UNTIL_AT_MOST.value) else low), high


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as stored. Without ``least`` and ``most`` a report speaks of a number and gives none: that is not zero."""

    least: int | None
    most: int | None
    words: str
    unit: str

    def __str__(self) -> str:
        """For people: the source's words, else the bounds, with the unit."""
        numbers = f"{self.least:,}" if self.least is not None and self.least == self.most else ""
        if not numbers:
            numbers = " to ".join(f"{word} {n:,}" for word, n in (("at least", self.least), ("at most", self.most)) if n is not None)
        return self.words or " ".join(part for part in (numbers or "number not given", self.unit) if part)

    @property
    def known(self) -> bool:
        """Whether at least one bound is stated."""
        return self.least is not None or self.most is not None

    @property
    def bounds(self) -> tuple[float, float]:
        """For comparing: half-open, without a bound where none is stated."""
        return (-math.inf if self.least is None else self.least), (math.inf if self.most is None else self.most + 1)


@dataclass(frozen=True, slots=True)
class Saying:
    """One claim as it counts for a fact. ``details`` holds whatever else it says, so that equal means equal."""

    claim: str
    report: str
    agent: str
    stance: str
    published: str
    confidence: int | None
    unnamed: bool
    time: Span | None
    count: Amount | None
    details: tuple[tuple[str, str], ...]

    def detail(self, name: str) -> str:
        """The value of a further property, empty if it has none."""
        return next((value for key, value in self.details if key == name), "")


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing stated about an incident: ``key`` is the kind and the values of :data:`TOPICS`.

    ``standing`` is *asserted* or *contested* (asserted by ``agents``, the independent ones whose latest word
    it is; contested if another denies it or gives a time or number apart), else the stance that is left.
    """

    key: tuple[str, ...]
    standing: str
    agents: tuple[str, ...]
    sayings: tuple[Saying, ...]

    @property
    def kind(self) -> str:
        """The kind of claim."""
        return self.key[0]

    @property
    def claims(self) -> tuple[str, ...]:
        """The claims behind it, by publication."""
        return tuple(s.claim for s in self.sayings)

    @property
    def reports(self) -> tuple[str, ...]:
        """The reports that state it, sorted."""
        return tuple(sorted({s.report for s in self.sayings}))

    @property
    def latest(self) -> tuple[Saying, ...]:
        """The latest word of each agent (several, if it said them at once)."""
        newest: dict[str, str] = {}
        for s in self.sayings:
            newest[s.agent] = max(newest.get(s.agent, ""), s.published)
        return tuple(s for s in self.sayings if s.published == newest[s.agent])


@dataclass(frozen=True, slots=True)
class Diff:
    """From one state to another: facts by key, each changed one as it was and as it is."""

    added: tuple[Fact, ...]
    removed: tuple[Fact, ...]
    changed: tuple[tuple[Fact, Fact], ...]
    new_reports: tuple[str, ...]
    gone_reports: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.new_reports or self.gone_reports)


@dataclass(frozen=True, slots=True)
class State:
    """What is stated about an incident: facts by key, and the reports that tell of it. Equal states state the same."""

    facts: tuple[Fact, ...] = ()
    reports: tuple[str, ...] = ()

    @property
    def agents(self) -> tuple[str, ...]:
        """The independent agents behind what stands: who asserts, not who prints it."""
        return tuple(sorted({agent for fact in self.facts for agent in fact.agents}))

    def of(self, kind: str) -> tuple[Fact, ...]:
        """The facts of one kind (``"Timing"``)."""
        return tuple(fact for fact in self.facts if fact.kind == kind)

    def by_key(self) -> dict[tuple[str, ...], Fact]:
        """The facts by their keys."""
        return {fact.key: fact for fact in self.facts}

    def apply(self, change: Diff) -> State:
        """The state after a change: ``before.apply(diff(before, after)) == after``.

        Raises :class:`ValueError` for a diff that does not start from this state.

        >>> State().apply(diff(State(), State(reports=("r",))))
        State(facts=(), reports=('r',))
        """
        facts, reports = self.by_key(), set(self.reports)
        gone = [*change.removed, *(old for old, _ in change.changed)]
        if any(facts.get(f.key) != f for f in gone) or any(f.key in facts for f in change.added):
            raise ValueError("the diff starts from another state")
        if not reports.issuperset(change.gone_reports) or reports & set(change.new_reports):
            raise ValueError("the diff starts from another state")
        for fact in change.removed:
            del facts[fact.key]
        facts.update({f.key: f for f in (*change.added, *(new for _, new in change.changed))})
        told = (reports - set(change.gone_reports)) | set(change.new_reports)
        return State(tuple(facts[key] for key in sorted(facts)), tuple(sorted(told)))


def diff(before: State, after: State) -> Diff:
    """What changed between two states of an incident; false in a condition if nothing did."""
    old, new = before.by_key(), after.by_key()
    return Diff(
        tuple(new[key] for key in sorted(new.keys() - old.keys())),
        tuple(old[key] for key in sorted(old.keys() - new.keys())),
        tuple((old[key], new[key]) for key in sorted(new.keys() & old.keys()) if old[key] != new[key]),
        tuple(sorted(set(after.reports) - set(before.reports))),
        tuple(sorted(set(before.reports) - set(after.reports))),
    )


def state(store: QuadStore, addresses: Addresses, incident: str) -> State:
    """What is publicly stated about an incident (its IRI, under any identity) in ``store`` as it stands."""
    heard = _Reader(Story(store, addresses)).heard(incident)
    found: dict[tuple[str, ...], list[Saying]] = defaultdict(list)
    for one in heard:
        found[one.key].append(one.saying)
    facts = tuple(_fact(key, found[key]) for key in sorted(found))
    return State(facts, tuple(sorted({one.saying.report for one in heard})))


def diff_between(before: QuadStore, after: QuadStore, addresses: Addresses, incident: str) -> Diff:
    """What changed about an incident from one store to another, for instance two views of one graph as of two dates."""
    return diff(state(before, addresses, incident), state(after, addresses, incident))


_SENTENCES = {
    "Attribution": "attributed to {0}",
    "Involvement": "{0} is {1}",
    "Membership": "{0} is one of {1}",
    "Compromise": "{0}: {1}",
    "LaterUse": "{0} used for {3}",
    "TechniqueUse": "technique: {words} ({0})",
    "SoftwareUse": "{0} was used",
    "Exploitation": "exploited: {0} {1}",
    "Grouping": "belongs with {0}{1}",
    "Impact": "impact: {0} {2} {1}",
    "Timing": "{0} ({1})",
    "Supply": "{0} supplies {1}",
}


def describe(fact: Fact, story: Story) -> str:
    """A fact in words, without who says it and without its time and number: ``"Microsoft is victim"``."""
    values = [story.label(NamedNode(v)) if "://" in v else v for v in fact.key[1:]]
    words = fact.sayings[0].detail("words")
    if fact.kind == "TechniqueUse" and values[0] == _fold(words):
        return f"technique: {words}"
    if fact.kind == "Attribution":  # an actor goes by the name that was said, not by that of its canonical identity
        actors = {q.object for claim in fact.claims for q in story.store.match(NamedNode(claim), prop("actor"))}
        values[0] = " / ".join(sorted({story.label(actor) for actor in actors if isinstance(actor, NamedNode)})) or values[0]
    return " ".join(_SENTENCES[fact.kind].format(*values, words=words).replace("()", "").split())


def _fact(key: tuple[str, ...], sayings: list[Saying]) -> Fact:
    words = [Word("", "", "", "", s.claim, s.agent, Stance(s.stance).iri, s.published, s.confidence, "") for s in sayings]
    verdict = judge(words)
    told = tuple(sorted(sayings, key=lambda s: (s.published or _NEVER, s.report, s.claim)))
    latest = Fact(key, "", (), told).latest
    if verdict is None:
        return Fact(key, _left({s.stance for s in latest}), (), told)
    agents = tuple(sorted({s.agent for s in sayings if s.claim in verdict.claims}))
    held = [s for s in latest if s.agent in agents and s.stance == _ASSERTED]
    apart = any(Fit.APART in _values(a, b) for a in held for b in held if a.agent != b.agent)
    return Fact(key, "contested" if verdict.contested_by or apart else _ASSERTED, agents, told)


def _left(stances: set[str]) -> str:
    """What is left where nobody asserts: weaker words and denials dispute each other."""
    if stances & _FOR and stances & _AGAINST:
        return Stance.DISPUTED.value
    order = (Stance.DENIED, Stance.DISPUTED, Stance.SUSPECTED, Stance.CLAIMED, Stance.NOT_KNOWN, Stance.WITHDRAWN)
    return next(stance.value for stance in order if stance.value in stances)


# ── what a report did ────────────────────────────────────────────────────────────────────────


class ChangeKind(StrEnum):
    """What a claim did to what was known: the table at the top of this module."""

    ADDED = "added"
    MADE_PRECISE = "made precise"
    CORRECTED = "corrected"
    CONTRADICTED = "contradicted"
    REPEATED = "repeated"
    WITHDREW = "withdrew"


_GRAVITY = (ChangeKind.REPEATED, ChangeKind.MADE_PRECISE, ChangeKind.WITHDREW, ChangeKind.CORRECTED, ChangeKind.CONTRADICTED)


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier claim that a claim relates to, and how. *added*: the claim goes further than this one."""

    change: ChangeKind
    claim: ClaimView
    text: str


@dataclass(frozen=True, slots=True)
class ClaimChange:
    """What one claim did, with the earlier claims that it relates to. ``text`` is its sentence without the incident's title."""

    change: ChangeKind
    claim: ClaimView
    text: str
    earlier: tuple[Earlier, ...]

    @property
    def goes_further(self) -> bool:
        """Whether it adds a graver effect on an asset that was told of before."""
        return self.change is ChangeKind.ADDED and bool(self.earlier)


@dataclass(frozen=True, slots=True)
class ReportChanges:
    """One report in the disclosure timeline. ``days`` since the first report, least and most; ``None`` if undated."""

    report: str
    title: str
    publisher: str
    published: str
    days: tuple[int, int] | None
    changes: tuple[ClaimChange, ...]

    def of(self, change: ChangeKind) -> tuple[ClaimChange, ...]:
        """The claims that did this."""
        return tuple(c for c in self.changes if c.change is change)


def disclosures(store: QuadStore, addresses: Addresses, incident: str) -> list[ReportChanges]:
    """What each report on an incident did, in order of publication, undated ones last (the rules are at the top)."""
    story = Story(store, addresses)
    reader = _Reader(story)
    heard = reader.heard(incident)
    order = reader.ordered({one.saying.report for one in heard})
    place = {report: at for at, report in enumerate(order)}
    spans = {report: reader.published(report) for report in order}
    dated = [span for span in spans.values() if span]
    first = (min(a for a, _ in dated), min(b for _, b in dated)) if dated else None
    views = {one.saying.claim: story.claim(one.saying.claim) for one in heard}

    def said(one: _Heard) -> tuple[ClaimView, str]:
        view = views[one.saying.claim]
        return view, _text(view.sentence, one)

    near: dict[tuple[str, ...], list[_Heard]] = defaultdict(list)
    by_report: dict[str, list[_Heard]] = defaultdict(list)
    for one in heard:
        by_report[one.saying.report].append(one)
        near[one.neighbourhood].append(one)
    told = []
    for report in order:
        mine = by_report[report]
        names = {one.actor for one in mine if one.kind == "Attribution"}
        changes = []
        before: dict[tuple[tuple[str, ...], frozenset[str]], list[_Heard]] = {}
        for one in mine:
            alike = one.neighbourhood, one.rests_on
            if alike not in before:
                before[alike] = _latest((other for other in near[one.neighbourhood] if reader.earlier(other, one, place)), place)
            change, related = _Comparison(reader, one, before[alike], names).run()
            earlier = sorted((Earlier(how, *said(other)) for how, other in related), key=lambda e: (place[e.claim.report], e.claim.iri))
            changes.append(ClaimChange(change, *said(one), tuple(earlier)))
        changes.sort(key=lambda c: (c.claim.kind, c.claim.sentence, c.claim.iri))
        about, span = story.report(report), spans[report]
        days = days_between(first, span) if first and span else None
        told.append(ReportChanges(report, about["label"], about.get("publisher", ""), about.get("published", ""), days, tuple(changes)))
    return told


def _text(sentence: str, one: _Heard) -> str:
    count = one.saying.count
    number = str(count) if count and (count.known or count.words) else ""
    text = sentence.removeprefix(f"{one.title} ").removeprefix("is ") if one.title else sentence
    if one.kind == "Involvement":
        text = text.replace(f" in {one.title}", "", 1)
    notes = [number if number not in text else "", "an unnamed person says" if one.saying.unnamed else ""]
    return text + "".join(f" ({note})" for note in notes if note)


def days_between(first: tuple[int, int], then: tuple[int, int]) -> tuple[int, int]:
    """Fewest and most calendar days between two times given by their first and last day numbers.

    >>> days_between((19734, 19734), (19732, 19738))
    (-2, 4)
    """
    return then[0] - first[1], then[1] - first[0]


class Fit(StrEnum):
    """How one interval lies to another."""

    SAME = "same"
    INSIDE = "inside"
    WIDER = "wider"
    OVERLAP = "overlap"
    APART = "apart"


def fit(now: tuple[float, float], before: tuple[float, float]) -> Fit:
    """How ``now`` lies to ``before``, both half-open.

    >>> fit((2, 3), (1, 5)).value, fit((4, 9), (1, 5)).value, fit((5, 9), (1, 5)).value
    ('inside', 'overlap', 'apart')
    """
    if now == before:
        return Fit.SAME
    if now[1] <= before[0] or before[1] <= now[0]:
        return Fit.APART
    if before[0] <= now[0] and now[1] <= before[1]:
        return Fit.INSIDE
    return Fit.WIDER if now[0] <= before[0] and before[1] <= now[1] else Fit.OVERLAP


def _values(now: Saying, before: Saying, dates: bool = True) -> list[Fit]:
    """How time and number lie to earlier ones. Without ``dates`` two times apart are two occasions, no conflict."""
    found = []
    if now.time and before.time:
        times = fit(now.time.bounds, before.time.bounds)
        found.append(times if dates or times is not Fit.APART else Fit.OVERLAP)
    elif now.time or before.time:
        found.append(Fit.INSIDE if now.time else Fit.WIDER)
    one, other = now.count, before.count
    if one and other and one.known and other.known and _units_fit(one.unit, other.unit):
        found.append(fit(one.bounds, other.bounds))
    elif one and one.known:
        found.append(Fit.INSIDE)
    elif other and other.known:
        found.append(Fit.WIDER)
    return found


def _units_fit(one: str, other: str) -> bool:
    return not one or not other or _fold(one) == _fold(other)


def _fold(text: str) -> str:
    return " ".join(text.split()).casefold()


def _latest(known: Iterable[_Heard], place: Mapping[str, int]) -> list[_Heard]:
    """Of each agent the last word on each thing; of whom it attributes the incident to, the last report."""
    newest: dict[tuple[object, ...], int] = {}
    known = list(known)

    def topics(one: _Heard) -> list[tuple[object, ...]]:
        found: list[tuple[object, ...]] = [(one.saying.agent, one.key)]
        if one.kind == "Attribution" and one.saying.stance in _FOR:
            found.append((one.saying.agent, one.kind))
        return found

    for one in known:
        for topic in topics(one):
            newest[topic] = max(newest.get(topic, 0), place[one.saying.report])
    return [one for one in known if all(place[one.saying.report] == newest[topic] for topic in topics(one))]


@dataclass(frozen=True, slots=True)
class _Heard:
    """A claim with what the comparison needs: its key, what it rests on, whether its actor is only described."""

    key: tuple[str, ...]
    saying: Saying
    rests_on: frozenset[str]
    actor: str
    described: bool
    title: str

    @property
    def kind(self) -> str:
        return self.key[0]

    @property
    def neighbourhood(self) -> tuple[str, ...]:
        """Claims outside of it never relate to this one."""
        if self.kind in ("Attribution", "Compromise", "Exploitation", "TechniqueUse"):
            return self.key[:1]
        return self.key[:4] if self.kind == "Impact" else self.key


class _Reader:
    """Reads the claims on an incident out of a store."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self._known: dict[str, str] = {}
        self._restated: dict[str, frozenset[str]] = {}
        self._kinds: dict[str, frozenset[str]] = {}
        self._ties: dict[tuple[str, str], str] = {}

    def canonical(self, iri: str) -> str:
        if iri not in self._known:
            self._known[iri] = self.story.canonical(NamedNode(iri)).value
        return self._known[iri]

    def heard(self, incident: str) -> list[_Heard]:
        """Every claim about the incident, in no particular order."""
        claims = {c for i in self.story.identities(NamedNode(incident)) for c in self.story.naming(i, "incident")}
        found = [one for claim in claims if (one := self.claim(claim))]
        parties = {one.key[1] for one in found if one.kind == "Involvement"}
        for report in {one.saying.report for one in found}:
            for kind in ("Membership", "Supply"):
                for quad in self.story.store.match(None, prop("rdf:type"), prop(kind), NamedNode(report)):
                    assert isinstance(quad.subject, NamedNode)
                    one = self.claim(quad.subject)
                    if one and (parties.issuperset(one.key[1:3]) if kind == "Supply" else parties & set(one.key[1:3])):
                        found.append(one)
        return [one for one in found if not (one.kind == "Involvement" and one.key[2] == Role.PUBLISHER.value)]

    def claim(self, iri: NamedNode) -> _Heard | None:
        """One claim; ``None`` if it is of a kind that is not compared, or curation."""
        said = self.story.said(iri)
        kind = said[_TYPE][0].value.removeprefix(IKG)
        report = said["statedIn"][0].value
        about = self.story.report(report)
        if kind not in TOPICS or about.get("reportKind") == ReportKind.CURATION.value:
            return None
        key = [kind, *(self.value(said[name]) for name in TOPICS[kind])]
        if kind == "TechniqueUse" and not key[1]:
            key[1] = _fold(said["words"][0].value)
        details = sorted(
            (name, str(self.canonical(v.value) if isinstance(v, NamedNode) and not v.value.startswith(IKG) else v.value))
            for name, values in said.items()
            if name not in _KEPT_APART
            for v in values
        )
        confidence = said["confidence"]
        actor = said["actor"][0].value if said["actor"] else ""
        saying = Saying(
            iri.value,
            report,
            self.canonical(said["assertedBy"][0].value),
            self.story.label(said["stance"][0]),
            about.get("publishedEnd", ""),
            int(confidence[0].value) if confidence else None,
            bool(said["unnamedSource"]),
            _span(said),
            self.count(kind, said, report),
            tuple(details),
        )
        rests = {v.value for v in said["restsOn"]} | {report}
        restated = frozenset(r for one in rests for r in self.restated(one)) | (rests - {report})
        described = bool(actor) and "UnidentifiedActor" in self.story.kinds(NamedNode(actor))
        title = self.story.label(said["incident"][0]) if said["incident"] else ""
        return _Heard(tuple(key), saying, restated, self.canonical(actor) if actor else "", described, title)

    def value(self, values: list[NamedNode | Literal]) -> str:
        if not values:
            return ""
        if isinstance(values[0], Literal):
            return _fold(values[0].value)
        return self.story.label(values[0]) if values[0].value.startswith(IKG) else self.canonical(values[0].value)

    def count(self, kind: str, said: Mapping[str, list[NamedNode | Literal]], report: str) -> Amount | None:
        """The number that a claim gives, or that its report gives for the group that it names."""
        own = _amount(said)
        if own or kind != "Involvement":
            return own
        party: dict[str, list[NamedNode | Literal]] = defaultdict(list)
        for quad in self.story.store.match(NamedNode(said["party"][0].value), None, None, NamedNode(report)):
            if isinstance(quad.object, Literal):
                party[quad.predicate.value.removeprefix(IKG)].append(quad.object)
        return _amount(party)

    # reports

    def restated(self, report: str) -> frozenset[str]:
        """The reports that a report restates, and those that these restate."""
        if report not in self._restated:
            found: set[str] = set()
            open_ = [report]
            while open_:
                for value in self.story.said(NamedNode(open_.pop()))["restates"]:
                    if value.value not in found and value.value != report:
                        found.add(value.value)
                        open_.append(value.value)
            self._restated[report] = frozenset(found)
        return self._restated[report]

    def published(self, report: str) -> tuple[int, int] | None:
        about = self.story.report(report)
        return (int(about["publishedStartDay"]), int(about["publishedEndDay"])) if "publishedEndDay" in about else None

    def ordered(self, reports: Iterable[str]) -> list[str]:
        """By the end of publication, then what is restated before what restates it, then by IRI."""
        order: list[str] = []
        left = sorted(reports, key=lambda r: (self.story.known_by(r), r))
        while left:
            tied = [r for r in left if self.story.known_by(r) == self.story.known_by(left[0])]
            free = [r for r in tied if not (self.restated(r) & set(tied))]
            order.append((free or tied)[0])
            left.remove(order[-1])
        return order

    def earlier(self, other: _Heard, one: _Heard, place: Mapping[str, int]) -> bool:
        """Whether ``other`` was public before ``one``: its report is surely earlier."""
        a, b = other.saying.report, one.saying.report
        return place[a] < place[b] and (self.story.known_by(a) < self.story.known_by(b) or a in one.rests_on)

    # what the comparison asks

    def asset_kinds(self, asset: str) -> frozenset[str]:
        if asset not in self._kinds:
            self._kinds[asset] = frozenset(v.value for v in self.story.said(NamedNode(asset))["assetKind"])
        return self._kinds[asset]

    def tie(self, one: str, other: str) -> str:
        """How an asserted sameness claim relates two actors: *same*, *close*, *part of*, *whole of*; else empty."""
        if (one, other) not in self._ties:
            self._ties[one, other] = self._tie(one, other)
        return self._ties[one, other]

    def _tie(self, one: str, other: str) -> str:
        for a, b, part in ((one, other, "part of"), (other, one, "whole of")):
            for identity in self.story.identities(NamedNode(a)):
                for claim in self.story.naming(identity, "one"):
                    said = self.story.said(claim)
                    kind, stance = self.story.label(said["statedAs"][0]), self.story.label(said["stance"][0])
                    if stance == _ASSERTED and kind != "different" and self.canonical(said["other"][0].value) == b:
                        return part if kind == "part of" else kind
        return ""


def _span(said: Mapping[str, list[NamedNode | Literal]]) -> Span | None:
    if not said["start"]:
        return None
    start, end, first, last = (said[name][0].value for name in ("start", "end", "startDay", "endDay"))
    precision = said["precision"][0].value.removeprefix(f"{IKG}precision-").replace("-", " ")
    return Span(start, end, int(first), int(last), precision, said["timeWords"][0].value if said["timeWords"] else "")


def _amount(said: Mapping[str, list[NamedNode | Literal]]) -> Amount | None:
    low, high, words, unit = (said[name][0].value if said[name] else "" for name in ("countMin", "countMax", "countWords", "countUnit"))
    if not (low or high or said["countUnknown"]):
        return None
    return Amount(int(low) if low else None, int(high) if high else None, words, unit)


class _Comparison:
    """One claim against the latest words of everybody before it. ``names``: whom its report attributes the incident to."""

    def __init__(self, reader: _Reader, now: _Heard, known: list[_Heard], names: set[str]) -> None:
        self.reader, self.now, self.known, self.names = reader, now, known, names

    def run(self) -> tuple[ChangeKind, list[tuple[ChangeKind, _Heard]]]:
        """The word for the claim, and the earlier claims behind it."""
        agent = self.now.saying.agent
        by: dict[str, list[tuple[ChangeKind, bool, _Heard]]] = defaultdict(list)
        for before in self.known:
            if found := self.relation(before):
                by[before.saying.agent].append((*found, before))
        mildest = {a: min((r[0] for r in found), key=_GRAVITY.index) for a, found in by.items()}
        related = [r for a, found in by.items() for r in found if r[0] is mildest[a]]
        told = [(how, before) for how, _, before in related]
        told_as_exactly = [before for _, exactly, before in related if exactly]
        if self.now.saying.stance == _WITHDRAWN:
            return (ChangeKind.REPEATED if mildest.get(agent) is ChangeKind.REPEATED else ChangeKind.WITHDREW), told
        if not related:
            return ChangeKind.ADDED, [(ChangeKind.ADDED, before) for before in self.exceeded()]
        gravest = max(mildest.values(), key=_GRAVITY.index)
        said_it_itself = any(before.saying.agent == agent for before in told_as_exactly)
        if said_it_itself or (gravest is ChangeKind.MADE_PRECISE and told_as_exactly):
            gravest = ChangeKind.REPEATED
        return gravest, told

    def exceeded(self) -> list[_Heard]:
        """The lesser effects told of the same asset."""
        if self.now.kind != "Compromise" or self.now.saying.stance not in _FOR:
            return []
        asset, effect = self.now.key[1:]
        same = [b for b in self.known if b.key[1] == asset and b.saying.stance in _FOR]
        return [b for b in same if _GRAVE.get(b.key[2], 1) < _GRAVE.get(effect, 1)]

    def relation(self, before: _Heard) -> tuple[ChangeKind, bool] | None:
        """How the claim relates to one before it, and whether that one already told as much."""
        now, own = self.now.saying, self.now.saying.agent == before.saying.agent
        was = before.saying
        matching = self.matching(before, own)
        if matching is None:
            return None
        if self.now.kind == "Compromise" and matching is Fit.WIDER and (now.stance in _FOR) == (was.stance in _FOR):
            return self.lesser(before)
        fits = [matching, *_values(now, was, dates=self.now.kind == "Timing")]
        apart = Fit.APART in fits
        differs = ChangeKind.CORRECTED if own else ChangeKind.CONTRADICTED
        if _WITHDRAWN in (now.stance, was.stance):
            if not own or apart:
                return None
            if now.stance == was.stance:
                return ChangeKind.REPEATED, True
            if matching not in ((Fit.SAME, Fit.WIDER) if now.stance == _WITHDRAWN else (Fit.SAME, Fit.INSIDE)):
                return None
            return (ChangeKind.WITHDREW if now.stance == _WITHDRAWN else ChangeKind.CORRECTED), False
        if _NOT_KNOWN in (now.stance, was.stance):
            if matching is not Fit.SAME and self.now.kind != "Attribution":
                return None
            if now.stance == was.stance:
                return ChangeKind.REPEATED, True
            return (ChangeKind.CORRECTED if now.stance == _NOT_KNOWN else ChangeKind.MADE_PRECISE, False) if own else None
        if (now.stance in _FOR) != (was.stance in _FOR):
            covers = (Fit.SAME, Fit.WIDER) if now.stance in _AGAINST else (Fit.SAME, Fit.INSIDE)
            return (differs, False) if matching in covers and not apart else None
        if now.stance in _AGAINST:
            return (ChangeKind.REPEATED, True) if matching in (Fit.SAME, Fit.INSIDE) and not apart else None
        if self.now.kind == "Compromise" and matching is Fit.INSIDE:
            return None
        if apart:
            return differs, False
        if was.stance == _ASSERTED and now.stance != _ASSERTED and own:
            return ChangeKind.CORRECTED, False
        firmer = now.stance == _ASSERTED and was.stance != _ASSERTED
        if firmer or Fit.INSIDE in fits:
            return ChangeKind.MADE_PRECISE, False
        return ChangeKind.REPEATED, Fit.OVERLAP not in fits

    def lesser(self, before: _Heard) -> tuple[ChangeKind, bool] | None:
        """A lesser effect after a graver one: told, unless it has a number or time of its own, or is surer."""
        now, was = self.now.saying, before.saying
        new = now.time or (now.count and now.count.known) or (now.stance == _ASSERTED and was.stance != _ASSERTED)
        return None if new or now.stance not in _FOR else (ChangeKind.REPEATED, True)

    # whether two claims speak of the same thing: SAME, INSIDE (says more than the earlier), WIDER (says less), APART (another answer)

    def matching(self, before: _Heard, own: bool) -> Fit | None:
        kind, key, old = self.now.kind, self.now.key[1:], before.key[1:]
        if kind == "Attribution":
            return self.actors(before, own)
        if kind == "Compromise":
            return self.effects(before)
        if kind == "Exploitation":
            pairs = list(zip(key, old, strict=True))
            if any(a and b and a != b for a, b in pairs) or not any(a and a == b for a, b in pairs):
                return None
            more, less = any(a and not b for a, b in pairs), any(b and not a for a, b in pairs)
            return Fit.SAME if more == less else Fit.INSIDE if more else Fit.WIDER
        if kind == "TechniqueUse":
            if key[0] == old[0] or self.words == _fold(before.saying.detail("words")):
                return Fit.SAME
            return Fit.INSIDE if key[0].startswith(old[0] + ".") else Fit.WIDER if old[0].startswith(key[0] + ".") else None
        if kind == "Impact":
            if key[:3] != old[:3] or not _units_fit(key[3], old[3]):
                return None
            numbers = any(s.count and s.count.known for s in (self.now.saying, before.saying))
            same = numbers or self.now.saying.stance != before.saying.stance or self.words == _fold(before.saying.detail("words"))
            return Fit.SAME if same or before.saying.report in self.now.rests_on else None
        return Fit.SAME if key == old else None

    @property
    def words(self) -> str:
        return _fold(self.now.saying.detail("words"))

    def actors(self, before: _Heard, own: bool) -> Fit | None:
        one, other = self.now, before
        both = one.saying.stance in _FOR and other.saying.stance in _FOR
        if one.actor == other.actor:
            return Fit.SAME if one.described == other.described else Fit.WIDER if one.described else Fit.INSIDE
        if not both:
            return None
        tie = self.reader.tie(one.actor, other.actor)
        if one.described != other.described and (tie or own):
            return Fit.WIDER if one.described else Fit.INSIDE
        if tie:
            return {"part of": Fit.INSIDE, "whole of": Fit.WIDER}.get(tie, Fit.SAME)
        if one.described or other.described or other.actor in self.names:
            return None
        return Fit.APART

    def effects(self, before: _Heard) -> Fit | None:
        (asset, effect), (old_asset, old_effect) = self.now.key[1:], before.key[1:]
        if asset == old_asset and effect == old_effect:
            return Fit.SAME
        if asset == old_asset and old_effect in IMPLIED.get(effect, ()):
            return Fit.INSIDE
        if asset == old_asset and effect in IMPLIED.get(old_effect, ()):
            return Fit.WIDER
        if self.now.rests_on and self.now.saying.stance in _FOR and before.saying.stance in _FOR:
            graver = _GRAVE.get(effect, 1) > _GRAVE.get(old_effect, 1)
            return Fit.WIDER if not graver and (asset == old_asset or self.alike(before)) else None
        return None

    def alike(self, before: _Heard) -> bool:
        """Whether an asset that nobody named before is of the holder, owners and kinds of an earlier one."""
        if any(b.key[1] == self.now.key[1] for b in self.known):
            return False
        now, was = self.now.saying, before.saying
        held = now.detail("heldBy")
        owners, old_owners = ({v for name, v in s.details if name == "ownedBy"} for s in (now, was))
        kinds, old_kinds = (self.reader.asset_kinds(one.key[1]) for one in (self.now, before))
        return bool(held and held == was.detail("heldBy") and owners == old_owners and kinds and kinds <= old_kinds)
