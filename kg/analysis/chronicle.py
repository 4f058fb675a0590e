"""When incidents began, were noticed, became public and were told to those affected: one interval an event, from all statements.

**Several statements on one event** (of one party) are one time: what they have in common, if they overlap, else all that they span,
and then they *differ*. A report that restates another adds no time of its own to it. Only what is *asserted* counts.

**The start** of an incident is the earliest that is stated to have *begun*, or else *occurred*; **detection** the earliest that
anybody detected it; **disclosure** the first day on which it was public: a stated disclosure, or the first dated report on it that is
not a database's record of it (kinds *record*, *tracker*, *curation*: their date is that of the database, often years later).
**Notification** is told of each party apart. An event that is dated "since at least" may lie earlier, "no later than" earlier as well:
such times are open below.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from kg.analysis.material import Material
from kg.analysis.streams import stream
from kg.terms import prop
from kg.vocabulary import IKG, Precision, ReportKind, Stance

OF_DATABASES = frozenset(kind.iri for kind in (ReportKind.RECORD, ReportKind.TRACKER, ReportKind.CURATION))
"""Kinds of reports whose publication is no disclosure of the incident."""
_OPEN = frozenset(p.iri for p in (Precision.SINCE_AT_LEAST, Precision.UNTIL_AT_MOST))
_CUT = len(f"{IKG}event-")


@dataclass(frozen=True, slots=True)
class Time:
    """A time as days from 1970-01-01, both included.

    ``open_below``: it may lie earlier. ``differ``: statements do not overlap; then ``earliest_last`` is the last day of the earliest.
    """

    first: int
    last: int
    claims: tuple[str, ...]
    open_below: bool = False
    differ: bool = False
    earliest_last: int | None = None


@dataclass(slots=True)
class Chronicle:
    """What is known of the times of one incident."""

    incident: str
    start: Time | None = None
    detection: Time | None = None
    disclosure: Time | None = None
    notifications: dict[str, Time] = field(default_factory=dict)
    """Party → when it was told; an empty party where none is named."""


@dataclass(frozen=True, slots=True)
class _Statement:
    first: int
    last: int
    claim: str
    report: str
    open_below: bool


def chronicles(material: Material, records: bool = False) -> dict[str, Chronicle]:
    """Every incident that a report counts for, by IRI; ``records``: a database's record counts as disclosure.

    >>> from kg.identity.iris import Addresses
    >>> from kg.store.oxigraph import OxigraphStore
    >>> chronicles(Material(OxigraphStore(), Addresses()))
    {}
    """
    said: dict[tuple[str, str, str], list[_Statement]] = defaultdict(list)
    least = material.filters.confidence
    asserted = Stance.ASSERTED.iri
    for incident, event, party, claim, stance, confidence, first, last, precision, marking, report in stream(
        material.store, "incident-events"
    ):
        too_unsure = least is not None and (confidence is None or int(confidence.value) < least)
        if stance.value == asserted and material.filters.allows(marking) and not too_unsure:
            said[incident.value, event.value[_CUT:], party.value if party else ""].append(
                _Statement(int(first.value), int(last.value), claim.value, report.value, precision.value in _OPEN)
            )
    restated: dict[str, set[str]] = defaultdict(set)
    for quad in material.store.match(None, prop("restates")):
        restated[quad.subject.value].add(quad.object.value)  # type: ignore[union-attr]
    events: dict[tuple[str, str], dict[str, Time]] = defaultdict(dict)
    for (incident, event, party), statements in said.items():
        reports = {one.report for one in statements}
        own = [one for one in statements if not restated[one.report] & reports] or statements
        events[incident, event][party] = _together(own)
    found: dict[str, Chronicle] = {}
    public: dict[str, list[Time]] = defaultdict(list)
    for incident, _, first, last, kind, marking, claim in stream(material.store, "incident-reports"):
        if not material.filters.allows(marking):
            continue
        found.setdefault(incident.value, Chronicle(incident.value))
        if last is not None and (records or kind is None or kind.value not in OF_DATABASES):
            public[incident.value].append(Time(int(first.value), int(last.value), (claim.value,)))
    for incident, one in found.items():
        for event in ("began", "occurred"):
            one.start = one.start or _earliest(events[incident, event].values())
        one.detection = _earliest(events[incident, "detected"].values())
        one.disclosure = _earliest([*events[incident, "disclosed"].values(), *public[incident]])
        one.notifications = dict(sorted(events[incident, "notified"].items()))
    return dict(sorted(found.items()))


def _together(statements: list[_Statement]) -> Time:
    """One time out of several statements on one event."""
    first, last = max(one.first for one in statements), min(one.last for one in statements)
    claims, open_below = tuple(sorted({one.claim for one in statements})), all(one.open_below for one in statements)
    if first <= last:
        return Time(first, last, claims, open_below)
    return Time(min(one.first for one in statements), max(one.last for one in statements), claims, open_below, True, last)


def _earliest(times: Iterable[Time]) -> Time | None:
    """The first of several things that happened: when at the earliest, and when at the latest."""
    every = sorted(times, key=lambda t: (t.first, t.last, t.claims))
    if not every:
        return None
    last = min(one.last for one in every)
    early = [one for one in every if one.first <= last]
    return Time(
        every[0].first,
        last,
        tuple(sorted({claim for one in early for claim in one.claims})),
        any(one.open_below for one in early),
        any(one.differ for one in early),
        min((one.earliest_last for one in early if one.earliest_last is not None), default=None),
    )


def lag(one: Time, other: Time) -> tuple[int, int | None]:
    """Fewest and most calendar days from one time to another; no most where the first may lie earlier than it says.

    >>> lag(Time(10, 19, ()), Time(62, 62, ()))
    (43, 52)
    >>> lag(Time(10, 19, (), open_below=True), Time(62, 62, ()))
    (43, None)
    """
    return other.first - one.last, None if one.open_below else other.last - one.first
