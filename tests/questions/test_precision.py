"""No answer claims more precision than its inputs: bounds come back as they went in, lags are the calendar's."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.mapping import date_time
from kg.queries import SavedQuery, run, term
from kg.store.base import QuadStore
from kg.store.oxigraph import OxigraphStore
from kg.times import Interval, iso, lag_days, parse
from tests.conftest import make_report

from .test_first_case import QUERIES, A, answer, bundled, fill, first_case

_DAY = st.dates(date(2000, 1, 1), date(2029, 12, 31))
_TIME = st.one_of(
    _DAY.map(str),
    _DAY.map(lambda d: f"{d:%Y-%m}"),
    _DAY.map(lambda d: f"{d:%Y}-Q{(d.month + 2) // 3}"),
    _DAY.map(lambda d: f"{d:%Y}"),
    _DAY.map(lambda d: f"late {d:%B %Y}"),
    _DAY.map(lambda d: f"on or about {d}"),
    st.tuples(_DAY, st.integers(0, 90)).map(lambda p: f"{p[0]}/{p[0] + timedelta(days=p[1])}"),
)


@settings(max_examples=60, deadline=None)
@given(_TIME, _TIME, _TIME, _TIME)
def test_cq22_gives_the_least_and_most_days_of_the_calendar(began: str, detected: str, contained: str, published: str) -> None:
    said = {"began": began, "detected": detected, "contained": contained}
    timings = [{"incident": "incident:i", "event": event, "when": when} for event, when in said.items()]
    rows = answer(fill(OxigraphStore(), [make_report("r", published, timings=timings)]), "CQ22", incident="incident:i")
    times = {event: parse(when) for event, when in {**said, "disclosed": published}.items()}
    found = {(r["from"], r["to"]): (int(r["minDays"]), int(r["maxDays"])) for r in rows}
    pairs = {("began", "detected"), ("detected", "contained"), ("detected", "disclosed")}
    assert found == {pair: lag_days(times[pair[0]], times[pair[1]]) for pair in pairs}
    for (first, then), (least, most) in found.items():
        days = [(times[n].start.date(), times[n].last_day) for n in (first, then)]
        assert timedelta(days=least) == days[1][0] - days[0][1] and timedelta(days=most) == days[1][1] - days[0][0]
        assert least <= most, "and exactly as far apart as both times are vague"
        assert most - least == sum((b - a).days for a, b in days)
    for row in rows:
        for side, event in (("from", row["from"]), ("to", row["to"])):
            bounds = (row[f"{side}Start"], row[f"{side}End"])
            assert bounds == (date_time(times[event], "start"), date_time(times[event], "end"))


@given(_TIME)
def test_a_time_is_printed_no_more_exactly_than_it_was_given(words: str) -> None:
    assert parse(iso(parse(words))).start <= parse(words).start
    assert parse(iso(parse(words))).end >= parse(words).end


@pytest.fixture(scope="module")
def graph() -> QuadStore:
    return fill(OxigraphStore(), bundled())


def _intervals() -> list[Interval]:
    reports = bundled()
    found = [r.published for r in reports if r.published]
    found += [d.when for r in reports if r.report for d in r.report.dates]
    found += [c.when for r in reports for c in r.claims() if getattr(c, "when", None)]  # type: ignore[attr-defined]
    return found


_PAIRS = (("start", "end"), ("date", "dateEnd"), ("fromStart", "fromEnd"), ("toStart", "toEnd"), ("startA", "endA"), ("startB", "endB"),
          ("notifiedStart", "notifiedEnd"))  # fmt: skip


def _pairs(query: SavedQuery) -> list[tuple[str, str]]:
    """The columns that hold the bounds of a time. (In CQ35 they hold offsets of words.)"""
    return [pair for pair in _PAIRS if set(pair) <= set(query.columns) and query.id != "CQ35"]


@pytest.mark.parametrize("query", [q for q in QUERIES.values() if _pairs(q)], ids=lambda q: q.id)
def test_bounds_in_answers_are_bounds_of_one_report(query: SavedQuery, graph: QuadStore) -> None:
    known = {(date_time(t, "start"), date_time(t, "end")) for t in _intervals()}
    rows = run(graph, query, {p.name: term(p.default, A) for p in query.parameters if p.default})
    for row in rows.rows:
        cells = dict(zip(rows.columns, row, strict=True))
        for pair in _pairs(query):
            bounds = tuple(getattr(cells[name], "value", None) for name in pair)
            if query.id == "CQ22":  # the first of several publications: the least start and the least end
                assert bounds[0] in {a for a, _ in known} and bounds[1] in {b for _, b in known}
            else:
                assert bounds == (None, None) or bounds in known, (query.id, pair, bounds)


def test_days_of_first_publication_are_no_day_where_a_month_was_given() -> None:
    small = fill(OxigraphStore(), first_case())
    first = {r["party"]: r["firstKnown"] for r in answer(small, "CQ10")}
    assert first["org:peace-corps"] == "2024-07"
