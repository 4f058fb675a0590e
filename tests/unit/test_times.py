"""Imprecise times: read, written back, calculated with; checked against calendar arithmetic."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.times import Interval, iso, lag_days, parse, to_value
from kg.vocabulary import Precision

DAYS = st.dates(date(1970, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("words", "first", "last", "precision"),
    [
        ("2024-02-29", "2024-02-29", "2024-02-29", "day"),
        ("2023-02", "2023-02-01", "2023-02-28", "month"),
        ("2024", "2024-01-01", "2024-12-31", "year"),
        ("2024-Q1", "2024-01-01", "2024-03-31", "quarter"),
        ("late November 2023", "2023-11-21", "2023-11-30", "about"),
        ("early 2024", "2024-01-01", "2024-04-30", "about"),
        ("on or about 2024-01-13", "2024-01-10", "2024-01-16", "about"),
        ("since at least May 2023", "2023-05-01", "2023-05-31", "since at least"),
        ("no later than 2023-12-12", "2023-12-12", "2023-12-12", "until at most"),
        ("a few months before 2024-07-03", "2024-02-03", "2024-05-03", "about"),
        ("about six months before 2024-06-29", "2023-12-14", "2024-01-13", "about"),
        ("January 12, 2024", "2024-01-12", "2024-01-12", "day"),
        ("12 January 2024", "2024-01-12", "2024-01-12", "day"),
        ("2023-05/2023-12", "2023-05-01", "2023-12-31", "about"),
    ],
)
def test_wordings(words: str, first: str, last: str, precision: str) -> None:
    time = parse(words)
    assert (time.start.date().isoformat(), time.last_day.isoformat(), time.precision.value) == (first, last, precision)


@pytest.mark.parametrize(
    "words", ["", "soon", "2024-13", "2024-02-30", "31 February 2024", "about six months ago", "0000", "x" * 300, "2024-1-1"]
)
def test_what_is_no_time_says_so(words: str) -> None:
    with pytest.raises(ValueError, match=r"not a time|need the day"):
        parse(words)


def test_the_lags_of_the_first_case() -> None:
    detected, began = parse("2024-01-12"), parse("late November 2023")
    assert lag_days(began, detected) == (43, 52)
    assert lag_days(detected, parse("2024-01-19T16:39:35-05:00")) == (7, 7)
    assert lag_days(parse("May 2023"), parse("2023-12-12")) == (195, 225)
    assert lag_days(parse("March 2024"), parse("2024-07-03")) == (94, 124)


@given(DAYS, DAYS)
def test_lags_of_days_are_calendar_differences(a: date, b: date) -> None:
    assert lag_days(parse(a.isoformat()), parse(b.isoformat())) == ((b - a).days, (b - a).days)


@given(DAYS, DAYS, st.sampled_from(["{:%Y-%m}", "{:%Y}", "around {:%Y-%m-%d}", "about {:%Y}", "late {:%Y}"]))
def test_lags_hold_every_possible_pair(a: date, b: date, shape: str) -> None:
    first, then = parse(shape.format(a)), parse(b.isoformat())
    low, high = lag_days(first, then)
    for day in (first.start.date(), first.last_day, first.start.date() + timedelta(days=(first.last_day - first.start.date()).days // 2)):
        assert low <= (b - day).days <= high


@given(
    DAYS,
    st.sampled_from(
        ["{:%Y-%m-%d}", "{:%Y-%m}", "{:%Y}", "early {:%Y}", "on or about {:%Y-%m-%d}", "since {:%Y-%m}", "{:%Y-%m-%d}T12:00:00Z"]
    ),
)
def test_a_time_is_written_so_that_it_reads_back_equal(day: date, shape: str) -> None:
    time = parse(shape.format(day))
    value = to_value(time)
    assert parse(value) == time if isinstance(value, str) else value["words"] == time.words


def test_a_time_never_gains_precision_when_written() -> None:
    assert iso(parse("2024-01")) == "2024-01"
    assert iso(Interval(start=parse("2024-01").start, end=parse("2024-02").end, precision=Precision.ABOUT)) == "2024-01-01/2024-02-29"
