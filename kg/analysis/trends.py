"""How incidents, victims, actors and assets spread over time, and how long it took to notice, to publish, to tell.

**Two clocks.** *Happened* is by the start of the incident, *disclosed* by when it became public; what both are is said in
:mod:`kg.analysis.chronicle`. A victim, actor or asset happened with its incidents, and was disclosed with the first claim on it.

**The rule for a time that lies in several periods** (CQ33): it is counted in the period in which it begins, if it is no longer than
a period; a longer one is counted under its year alone, for no source gave more. Where sources differ, the earliest counts. Beside it
stand what is free of that rule: ``at_least``, the times that lie in the period as a whole, ``at_most``, those that touch it, and
``expected``, where each time gives every period its share of the days (aoristic analysis, Ratcliffe 2002).

**Gaps.** A period that no known time touches is a gap, not a zero: the graph holds what somebody reported and somebody put in. Neither
is a count zero where no incident of the period states, say, its actor.

**How long.** Between two times there are a fewest and a most number of days. The quartiles over incidents are bounds as well: those of
the fewest and those of the most; whatever the true days are, their quartile lies between. Nothing can be noticed before it begins: a
fewest below zero is set to zero there, and an incident whose most is below zero is left out and named.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

import networkx as nx

from kg.analysis.chronicle import Chronicle, Time, chronicles, lag
from kg.analysis.material import Material
from kg.analysis.result import Analysis, Cell, Method, Row, Table, Thing
from kg.times import EPOCH

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Period = Literal["year", "quarter", "month"]
LONGEST: dict[str, int] = {"year": 366, "quarter": 92, "month": 31}
"""So many days may a time have that is counted in a period of this kind."""
MEASURES: dict[str, str] = {"victims": "victim", "actors": "attributedTo", "assets": "compromised"}
"""What is counted beside incidents, and by which short-cut edge. Of actors only named ones, of victims organisations and persons."""
_COUNTED = {"victims": ("Organization", "Person"), "actors": ("ThreatActor",), "assets": ("Asset",)}
MOST_PERIODS = 2_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted(Row):
    """How much of one thing there was in one period."""

    period: Annotated[str, "the period: 2023, 2023-Q4, 2023-11; a year among months holds what is known to the year only"]
    what: Annotated[str, "incidents, victims, actors, assets"]
    happened: Annotated[int | None, "by when it happened, by the rule; none for a gap"]
    at_least: Annotated[int | None, "whose time lies in the period as a whole"]
    at_most: Annotated[int | None, "whose time touches the period"]
    expected: Annotated[float | None, "with each time spread evenly over its days"]
    disclosed: Annotated[int | None, "by when it became public; none for a gap"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Took(Row):
    """How long a stage took, over incidents: each figure as fewest and most days."""

    stage: Annotated[str, "from what to what"]
    incidents: Annotated[int, "incidents with both times known; of notifications, parties that were told"]
    exact: Annotated[int, "of these known to the day"]
    quarter_least: Annotated[float | None, "a quarter took at most so many days, at the least"]
    quarter_most: Annotated[float | None, "the same, at the most; none where there is no bound"]
    half_least: Annotated[float | None, "the median, at the least"]
    half_most: Annotated[float | None, "the median, at the most"]
    three_quarters_least: Annotated[float | None, "three quarters took at most so many days, at the least"]
    three_quarters_most: Annotated[float | None, "the same, at the most"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag(Row):
    """How long a stage took at one incident."""

    incident: Annotated[Thing, "the incident"]
    stage: Annotated[str, "from what to what"]
    party: Annotated[Thing | None, "who was told"]
    least: Annotated[int, "fewest days"]
    most: Annotated[int | None, "most days; none where there is no bound"]
    since: Annotated[date, "the first day of the earlier time"]
    differ: Annotated[bool, "whether sources give times that do not overlap"]


METHOD = Method(
    "Counts by period under a stated rule for times that lie in several, beside the least, the most and the expected count; days between "
    "events as fewest and most, their quartiles as bounds.",
    (
        "Ratcliffe 2002, Aoristic signatures and the spatio-temporal analysis of high volume crime patterns (J. Quant. Criminology 18)",
        "Ashby and Bowers 2013, A comparison of methods for temporal analysis of aoristic crime (Crime Science 2)",
        "Manski 2003, Partial identification of probability distributions (bounds on quantiles of interval data)",
    ),
)
STAGES: dict[str, tuple[str, str]] = {
    "start to detection": ("start", "detection"),
    "detection to disclosure": ("detection", "disclosure"),
    "start to disclosure": ("start", "disclosure"),
    "disclosure to notification": ("disclosure", "notification"),
    "start to notification": ("start", "notification"),
}
"""The stages, in the order in which they are told."""


def trends(
    material: Material,
    *,
    by: Annotated[Period, "how long a period is"] = "year",
    records: Annotated[bool, "whether a database's record of an incident counts as its disclosure"] = False,
) -> Analysis[Counted]:
    """How incidents, victims, actors and assets spread over time, and how long it took.

    By when things happened and by when they became public, with gaps told from zeros. Further tables: stages (from start to
    detection, disclosure and notification, as bounds), lags (each incident).

    The date of a record in a database (VERIS and the like) is that of the database; without --records it discloses nothing.
    """
    told = {iri: one for iri, one in chronicles(material, records).items() if _in_range(material, one)}
    things = _things(material, told)
    rows = [row for what, times in things.items() for row in _counted(what, times, by)]
    order = {what: place for place, what in enumerate(things)}
    rows.sort(key=lambda r: (order[r.what], r.period))
    lags, wrong = _lags(material, told)
    notes, facts = _said_beside(told, things, by, lags, wrong, records)
    graph = _graph(material, told)
    return Analysis(
        "trends",
        f"Incidents over time, by {by}",
        METHOD,
        {"by": by, "records": records},
        material.inputs("incidents", graph),
        Counted,
        tuple(rows),
        tuple(notes),
        facts,
        (Table("stages", Took, tuple(_took(lags))), Table("lags", Lag, tuple(lags))),
        graph,
    )


# ── counting ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Timed:
    """One thing that is counted: when it happened (at each of its incidents), when it became public."""

    key: str
    happened: tuple[Time, ...]
    disclosed: Time | None


def _in_range(material: Material, one: Chronicle) -> bool:
    filters = material.filters
    low, high = (None if day is None else (day - EPOCH).days for day in (filters.first, filters.last))
    if low is None and high is None:
        return True
    return one.start is not None and (low is None or one.start.last >= low) and (high is None or one.start.first <= high)


def _things(material: Material, told: Mapping[str, Chronicle]) -> dict[str, list[_Timed]]:
    """What is counted, by measure. A thing at several incidents has several times."""
    found = {"incidents": [_Timed(iri, (one.start,) if one.start else (), one.disclosure) for iri, one in told.items()]}
    for what, predicate in MEASURES.items():
        at: dict[str, list[tuple[Chronicle, tuple[str, ...], int | None]]] = defaultdict(list)
        for edge in material.edges(predicate):
            if edge.subject in told:
                public = None if edge.published is None else (edge.published - EPOCH).days
                at[edge.object].append((told[edge.subject], edge.claims, public))
        kinds = material.describe(at, (predicate,))
        some = []
        for thing in sorted(at):
            if kinds[thing]["kind"] in _COUNTED[what]:
                happened = [_with(one.start, claims) for one, claims, _ in at[thing] if one.start]
                days = [
                    Time(max(day, one.disclosure.first), max(day, one.disclosure.last), claims)
                    for one, claims, day in at[thing]
                    if one.disclosure and day is not None
                ]
                some.append(_Timed(thing, tuple(happened), min(days, key=lambda t: (t.last, t.first, t.claims), default=None)))
        found[what] = some
    return found


def _with(time: Time, claims: tuple[str, ...]) -> Time:
    return replace(time, claims=tuple(sorted({*time.claims, *claims})))


def _counted(what: str, things: list[_Timed], by: Period) -> Iterator[Counted]:
    starts: dict[str, set[str]] = defaultdict(set)
    wholly: dict[str, set[str]] = defaultdict(set)
    touching: dict[str, set[str]] = defaultdict(set)
    shares: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(lambda: 1.0))
    public: dict[str, set[str]] = defaultdict(set)
    claims: dict[str, set[str]] = defaultdict(set)
    for thing in things:
        for time in thing.happened:
            place = _place(time, by)
            starts[place].add(thing.key)
            claims[place].update(time.claims)
            long = time.last - time.first + 1
            for period, days in _periods(time, by):
                touching[period].add(thing.key)
                claims[period].update(time.claims)
                shares[period][thing.key] *= 1 - days / long
                if days == long and not time.open_below:
                    wholly[period].add(thing.key)
        if thing.disclosed:
            place = _place(thing.disclosed, by)
            public[place].add(thing.key)
            claims[place].update(thing.disclosed.claims)
    named = {*starts, *touching, *public}
    years = {period for period in named if by != "year" and len(period) == 4}
    for period in sorted(_between(named - years, by) | years):
        touched = bool(touching[period] or starts[period])
        whole = period not in years
        yield Counted(
            period=period,
            what=what,
            happened=len(starts[period]) if touched else None,
            at_least=len(wholly[period]) if touched and whole else None,
            at_most=len(touching[period]) if touched and whole else None,
            expected=sum(1 - left for left in shares[period].values()) if touched and whole else None,
            disclosed=len(public[period]) or None,
            claims=tuple(sorted(claims[period])),
        )


def _place(time: Time, by: Period) -> str:
    """The period in which a time is counted: where it begins, or its year if it is longer than a period."""
    last = time.last if time.earliest_last is None else time.earliest_last
    return _named(time.first, by if last - time.first < LONGEST[by] else "year")


def _named(day: int, by: Period) -> str:
    """The name of the period of a day.

    >>> _named(19675, "quarter"), _named(19675, "month")
    ('2023-Q4', '2023-11')
    """
    when = EPOCH + timedelta(days=day)
    return {"year": f"{when:%Y}", "quarter": f"{when:%Y}-Q{(when.month + 2) // 3}", "month": f"{when:%Y-%m}"}[by]


def _periods(time: Time, by: Period) -> Iterator[tuple[str, int]]:
    """The periods that a time touches, each with how many of its days lie in it."""
    day = time.first
    for _ in range(MOST_PERIODS):
        end = min(_last_day(day, by), time.last)
        yield _named(day, by), end - day + 1
        if end == time.last:
            return
        day = end + 1


def _last_day(day: int, by: Period) -> int:
    """The last day of the period of a day."""
    when = EPOCH + timedelta(days=day)
    month = {"year": 12, "quarter": (when.month + 2) // 3 * 3, "month": when.month}[by]
    following = date(when.year + month // 12, month % 12 + 1, 1)
    return (following - EPOCH).days - 1


def _between(periods: Iterable[str], by: Period) -> set[str]:
    """These periods and all that lie between the first and the last."""
    ends = sorted(periods)
    if not ends:
        return set()
    found: set[str] = set()
    day = _first_day(ends[0])
    last = _first_day(ends[-1])
    while day <= last and len(found) < MOST_PERIODS:
        found.add(_named(day, by))
        day = _last_day(day, by) + 1
    return found | set(ends)


def _first_day(period: str) -> int:
    year, _, rest = period.partition("-")
    month = 1 if not rest else int(rest[1:]) * 3 - 2 if rest.startswith("Q") else int(rest)
    return (date(int(year), month, 1) - EPOCH).days


# ── how long ─────────────────────────────────────────────────────────────────────────────────


def _lags(material: Material, told: Mapping[str, Chronicle]) -> tuple[list[Lag], list[str]]:
    """Every lag, and the incidents whose times are in the wrong order, with what is wrong."""
    found, wrong = [], []
    parties = {party for one in told.values() for party in one.notifications if party}
    known = material.describe({*told, *parties}, MEASURES.values())
    things = {iri: Thing(iri, str(data["label"]), str(data["kind"])) for iri, data in known.items()}
    for incident, one in told.items():
        for stage, (start, end) in STAGES.items():
            earlier = getattr(one, start)
            if earlier is None:
                continue
            ends = one.notifications if end == "notification" else {"": getattr(one, end)}
            for party, later in ends.items():
                if later is None:
                    continue
                least, most = lag(earlier, later)
                if later.open_below:
                    least = min(least, 0)
                if start == "start":
                    if most is not None and most < 0:
                        wrong.append(f"{things[incident]} ({end} before start)")
                        continue
                    least = max(least, 0)
                found.append(
                    Lag(
                        incident=things[incident],
                        stage=stage,
                        party=things[party] if party else None,
                        least=least,
                        most=most,
                        since=EPOCH + timedelta(days=earlier.first),
                        differ=earlier.differ or later.differ,
                        claims=tuple(sorted({*earlier.claims, *later.claims})),
                    )
                )
    return found, wrong


def _took(lags: list[Lag]) -> Iterator[Took]:
    for stage in STAGES:
        mine = [one for one in lags if one.stage == stage]
        if not mine:
            continue
        fewest = sorted(float(one.least) for one in mine)
        most = sorted(float("inf") if one.most is None else float(one.most) for one in mine)
        quarters = [(_quantile(fewest, part), _quantile(most, part)) for part in (0.25, 0.5, 0.75)]
        yield Took(
            stage=stage,
            incidents=len(mine),
            exact=sum(one.least == one.most for one in mine),
            quarter_least=quarters[0][0],
            quarter_most=quarters[0][1],
            half_least=quarters[1][0],
            half_most=quarters[1][1],
            three_quarters_least=quarters[2][0],
            three_quarters_most=quarters[2][1],
            claims=tuple(sorted({claim for one in mine for claim in one.claims})),
        )


def _quantile(values: list[float], part: float) -> float | None:
    """The value that this part of sorted values does not exceed (the lower of two); none if it has no bound.

    >>> _quantile([1.0, 2.0, 3.0, 4.0], 0.5)
    2.0
    """
    found = values[max(0, -int(-part * len(values) // 1) - 1)]
    return None if found == float("inf") else found


# ── beside the rows ──────────────────────────────────────────────────────────────────────────


def _said_beside(
    told: Mapping[str, Chronicle], things: Mapping[str, list[_Timed]], by: Period, lags: list[Lag], wrong: list[str], records: bool
) -> tuple[list[str], dict[str, Cell]]:
    facts: dict[str, Cell] = {
        "incidents": len(told),
        "incidents without a known start": sum(one.start is None for one in told.values()),
        "incidents without a known disclosure": sum(one.disclosure is None for one in told.values()),
    }
    notes = [] if told else ["no incident counts: nothing to show"]
    if told:
        rule = "a time is counted where it begins" + ("" if by == "year" else f"; one longer than a {by} under its year alone")
        notes.append(f"{rule}; no number means a gap: nothing is known of the period")
    for clock in ("start", "disclosure"):
        missing = facts[f"incidents without a known {clock}"]
        if missing:
            notes.append(f"{missing} of {len(told)} incidents have no known {clock} and are in no period by it")
    if not records and any(one.disclosure is None for one in told.values()):
        notes.append("the dates of databases' records are no disclosure; --records counts them")
    if wrong:
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        notes.append(f"times in the wrong order, left out of the lags: {', '.join(wrong[:3])}{more}")
    until = _whole_until(told, lags)
    if until:
        facts["nine tenths public for starts until"] = until
        notes.append(f"nine tenths of what began until {until} should be public by the last report; what began later is still coming in")
    return notes, facts


def _whole_until(told: Mapping[str, Chronicle], lags: list[Lag]) -> date | None:
    """The day before which nine tenths of incidents are disclosed by the time of the last disclosure, if it went as known so far."""
    known = sorted(float("inf") if one.most is None else float(one.most) for one in lags if one.stage == "start to disclosure")
    public = [one.disclosure.last for one in told.values() if one.disclosure]
    late = _quantile(known, 0.9) if len(known) >= 10 else None
    return None if late is None or not public else EPOCH + timedelta(days=int(max(public) - late))


def _graph(material: Material, told: Mapping[str, Chronicle]) -> nx.Graph:
    """The incidents with what they are counted with, the times at the nodes."""
    graph = nx.Graph()
    edges = [edge for edge in material.edges(*MEASURES.values()) if edge.subject in told]
    nodes = {*told, *(edge.object for edge in edges)}
    for node, data in material.describe(nodes, MEASURES.values()).items():
        graph.add_node(node, **data)
    for edge in edges:
        graph.add_edge(edge.subject, edge.object, predicates=(edge.predicate,), claims=edge.claims, published=edge.published)
    for iri, one in told.items():
        for name in ("start", "detection", "disclosure"):
            time: Time | None = getattr(one, name)
            if time:
                graph.nodes[iri][name] = "/".join((EPOCH + timedelta(days=day)).isoformat() for day in (time.first, time.last))
    return graph


def figure(found: Analysis[Counted]) -> Figure:
    """Two clocks over time, above; how long each stage took, below."""
    from kg.analysis.figures.trends import draw

    return draw(found)
