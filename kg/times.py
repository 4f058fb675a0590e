"""Times as sources give them: an interval of two bounds, a precision, and the wording.

Bounds are UTC, half-open (``start <= t < end``). Day-precise bounds stand at midnight UTC. The
table of vague words, used everywhere:

==========================  ==========================================================
wording                     interval
==========================  ==========================================================
early / mid / late MONTH    day 1–10 / 11–20 / 21–end
early / mid / late YEAR     January–April / May–August / September–December
first / second half of YEAR January–June / July–December
QUARTER (``2024-Q1``)       its three months
on or about, around DAY     3 days either way
about, around MONTH         half a month (15 days) either way
about, around YEAR          half a year (182 days) either way
about N months ago          N months before the anchor, half a month either way
about N weeks / days ago    the same, 3 days / 1 day either way; years: half a year
a few UNITs ago             2 to 5 units before the anchor
since at least X            X's own interval; precision says that the start may be earlier
by, no later than X         X's own interval; precision says that it is an upper limit
==========================  ==========================================================

>>> late = parse("late November 2023")
>>> late.start.date().isoformat(), late.last_day.isoformat(), late.precision.value
('2023-11-21', '2023-11-30', 'about')
>>> lag_days(late, parse("2024-01-12"))
(43, 52)
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationInfo, model_validator

from kg.vocabulary import Precision

EPOCH = date(1970, 1, 1)


class Interval(BaseModel):
    """A time as the source had it. ``words`` are the source's own where they are not an ISO date."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: datetime
    end: datetime
    precision: Precision
    words: str | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Interval:
        if self.end <= self.start:
            raise ValueError(f"ends ({self.end.date()}) before it starts ({self.start.date()})")
        return self

    @property
    def last_day(self) -> date:
        """The last calendar day that the interval touches."""
        return (self.end - timedelta(microseconds=1)).date()

    @property
    def first_day_number(self) -> int:
        """Days from 1970-01-01 to the first day."""
        return (self.start.date() - EPOCH).days

    @property
    def last_day_number(self) -> int:
        """Days from 1970-01-01 to the last day."""
        return (self.last_day - EPOCH).days

    def overlaps(self, other: Interval) -> bool:
        """Whether both can be the same moment.

        >>> parse("late November 2023").overlaps(parse("2023-11-27"))
        True
        """
        return self.start < other.end and other.start < self.end

    def __str__(self) -> str:
        """For people: the wording, else the shortest ISO form."""
        if self.words:
            return self.words
        return iso(self)


def iso(time: Interval) -> str:
    """The shortest ISO 8601 form of an interval.

    >>> iso(parse("2024-01")), iso(parse("2024-Q2")), iso(parse("late November 2023"))
    ('2024-01', '2024-Q2', '2023-11-21/2023-11-30')
    """
    first, last = time.start.date(), time.last_day
    match time.precision:
        case Precision.INSTANT:
            return time.start.isoformat().replace("+00:00", "Z")
        case Precision.DAY:
            return first.isoformat()
        case Precision.MONTH:
            return f"{first:%Y-%m}"
        case Precision.QUARTER:
            return f"{first:%Y}-Q{(first.month + 2) // 3}"
        case Precision.YEAR:
            return f"{first:%Y}"
    return first.isoformat() if first == last else f"{first}/{last}"


def day_of_number(number: int) -> date:
    """The day with a number of days from 1970-01-01, as the graph has them.

    >>> day_of_number(19723)
    datetime.date(2024, 1, 1)
    """
    return EPOCH + timedelta(days=number)


def lag_days(first: Interval, then: Interval) -> tuple[int, int]:
    """Fewest and most calendar days from ``first`` to ``then`` that both intervals allow.

    >>> lag_days(parse("2024-01-12"), parse("on or about 2024-01-13"))
    (-2, 4)
    """
    return then.first_day_number - first.last_day_number, then.last_day_number - first.first_day_number


_MONTHS = {name.lower(): i for i, name in enumerate(calendar.month_name) if name}
_MONTHS |= {name.lower(): i for i, name in enumerate(calendar.month_abbr) if name} | {"sept": 9}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_NUMBERS = {
    w: i for i, w in enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"])
} | {"a": 1, "an": 1}
_UNITS = ("day", "week", "month", "year")
_ISO = re.compile(r"^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$")
_ISO_QUARTER = re.compile(r"^(?:(\d{4})-?q([1-4])|q([1-4])[ ,]+(\d{4}))$", re.I)
_DAY_MONTH = re.compile(rf"^(\d{{1,2}})(?:st|nd|rd|th)? ({_MONTH})\.?,? (\d{{4}})$", re.I)
_MONTH_DAY = re.compile(rf"^({_MONTH})\.? (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}})$", re.I)
_MONTH_YEAR = re.compile(rf"^({_MONTH})\.?,? (\d{{4}})$", re.I)
_PART_OF = re.compile(r"^(early|mid|middle of|late|end of|beginning of)[ -](?:in )?(.+)$", re.I)
_HALF = re.compile(r"^(first|second) half of (\d{4})$", re.I)
_ABOUT = re.compile(r"^(?:on or about|on or around|about|around|approximately|circa|c\.) (.+)$", re.I)
_SINCE = re.compile(r"^(?:since at least|at least since|since|from at least|as early as|no earlier than) (.+)$", re.I)
_UNTIL = re.compile(r"^(?:until at most|no later than|until|by|before|up to) (.+)$", re.I)
_RELATIVE = re.compile(
    r"^(about |around |approximately |nearly |almost |over |more than )?(a few|few|several|\d{1,3}|[a-z]+) "
    r"(day|week|month|year)s? (ago|earlier|before (.+))$",
    re.I,
)
_RANGE = re.compile(r"^(?:between |from )?(.+?) (?:and|to|until|through|–|-) (.+)$", re.I)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _days(first: date, last: date, precision: Precision, words: str | None) -> Interval:
    return Interval(start=_midnight(first), end=_midnight(last + timedelta(days=1)), precision=precision, words=words)


def _month(year: int, month: int) -> tuple[date, date]:
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _back(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _earlier(day: date, amount: int, unit: str) -> date:
    if unit in ("month", "year"):
        return _back(day, amount * (12 if unit == "year" else 1))
    return day - timedelta(days=amount * (7 if unit == "week" else 1))


def parse(text: str, anchor: date | None = None) -> Interval:
    """Read a time expression: ISO 8601 or the vague wordings of the table above.

    ``anchor`` is the day that "six months ago" counts back from. Raises :class:`ValueError` for
    what it does not understand, and for relative words without an anchor.

    >>> str(parse("2024-01-19T16:39:35-05:00"))
    '2024-01-19T21:39:35Z'
    >>> iso(parse("about six months ago", date(2024, 6, 29)))
    '2023-12-14/2024-01-13'
    """
    words = " ".join(str(text).split())
    if not words or len(words) > 200:
        raise ValueError("is not a time (empty or longer than 200 characters)")
    try:
        found = _parse(words, anchor)
    except (OverflowError, ValueError) as error:
        raise ValueError(f"{words[:60]!r} is not a time: {error}") from None
    if found is None:
        raise ValueError(
            f"{words[:60]!r} is not a time; write 2024-01-12, 2024-01, 2024-Q1, 2024, 'late November 2023' or 'on or about 2024-01-13'"
        )
    return found


def _plain(words: str) -> Interval | None:
    if m := _ISO.match(words):
        year, month, day = m.groups()
        if day:
            exact = date(int(year), int(month), int(day))
            return _days(exact, exact, Precision.DAY, None)
        if month:
            return _days(*_month(int(year), int(month)), Precision.MONTH, None)
        return _days(date(int(year), 1, 1), date(int(year), 12, 31), Precision.YEAR, None)
    if m := _ISO_QUARTER.match(words):
        year, quarter = int(m[1] or m[4]), int(m[2] or m[3])
        return _days(date(year, quarter * 3 - 2, 1), _month(year, quarter * 3)[1], Precision.QUARTER, None)
    if m := _DAY_MONTH.match(words):
        exact = date(int(m[3]), _MONTHS[m[2].lower()], int(m[1]))
        return _days(exact, exact, Precision.DAY, words)
    if m := _MONTH_DAY.match(words):
        exact = date(int(m[3]), _MONTHS[m[1].lower()], int(m[2]))
        return _days(exact, exact, Precision.DAY, words)
    if m := _MONTH_YEAR.match(words):
        return _days(*_month(int(m[2]), _MONTHS[m[1].lower()]), Precision.MONTH, words)
    if "T" in words and words[:4].isdigit():
        moment = datetime.fromisoformat(words)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        return Interval(start=moment, end=moment + timedelta(seconds=1), precision=Precision.INSTANT)
    return None


def _parse(words: str, anchor: date | None) -> Interval | None:
    if found := _plain(words):
        return found
    if m := _HALF.match(words):
        year, first = int(m[2]), m[1].lower() == "first"
        return _days(date(year, 1 if first else 7, 1), date(year, 6, 30) if first else date(year, 12, 31), Precision.ABOUT, words)
    if m := _PART_OF.match(words):
        return _part_of(m[1].lower(), _plain(m[2]), words)
    if m := _RELATIVE.match(words):
        return _relative(m, anchor, words)
    if m := _SINCE.match(words):
        whole = _parse(m[1], anchor)
        return whole and _reworded(whole, Precision.SINCE_AT_LEAST, words)
    if m := _UNTIL.match(words):
        whole = _parse(m[1], anchor)
        return whole and _reworded(whole, Precision.UNTIL_AT_MOST, words)
    if m := _ABOUT.match(words):
        return _about(_parse(m[1], anchor), words)
    if "/" in words or _RANGE.match(words):
        first, last = words.split("/", 1) if "/" in words else _RANGE.match(words).groups()  # type: ignore[union-attr]
        a, b = _parse(first.strip(), anchor), _parse(last.strip(), anchor)
        if a and b:
            return Interval(start=a.start, end=b.end, precision=Precision.ABOUT, words=words)
    return None


def _reworded(time: Interval, precision: Precision, words: str) -> Interval:
    return Interval(start=time.start, end=time.end, precision=precision, words=words)


def _part_of(part: str, whole: Interval | None, words: str) -> Interval | None:
    if whole is None:
        return None
    third = {"early": 0, "beginning of": 0, "mid": 1, "middle of": 1, "late": 2, "end of": 2}[part]
    first, last = whole.start.date(), whole.last_day
    if whole.precision is Precision.MONTH:
        starts, ends = (1, 11, 21), (10, 20, last.day)
        return _days(first.replace(day=starts[third]), first.replace(day=ends[third]), Precision.ABOUT, words)
    if whole.precision is Precision.YEAR:
        return _days(date(first.year, third * 4 + 1, 1), _month(first.year, third * 4 + 4)[1], Precision.ABOUT, words)
    return None


def _about(whole: Interval | None, words: str) -> Interval | None:
    if whole is None:
        return None
    spread = {Precision.DAY: 3, Precision.INSTANT: 3, Precision.MONTH: 15, Precision.QUARTER: 45, Precision.YEAR: 182}.get(
        whole.precision, 3
    )
    return _days(whole.start.date() - timedelta(days=spread), whole.last_day + timedelta(days=spread), Precision.ABOUT, words)


def _relative(m: re.Match[str], anchor: date | None, words: str) -> Interval | None:
    amount, unit, after = m[2].lower(), m[3].lower(), m[5]
    if after:
        stated = _parse(after, None)
        if stated is None:
            return None
        anchor = stated.start.date()
    if anchor is None:
        raise ValueError("relative words need the day that they count from ('about six months before 2024-06-29')")
    if amount in ("a few", "few", "several"):
        return _days(_earlier(anchor, 5, unit), _earlier(anchor, 2, unit), Precision.ABOUT, words)
    number = int(amount) if amount.isdigit() else _NUMBERS.get(amount)
    if number is None:
        return None
    middle = _earlier(anchor, number, unit)
    spread = {"day": 1, "week": 3, "month": 15, "year": 182}[unit] if m[1] or unit in ("month", "year") else 0
    if not spread:
        return _days(middle, middle, Precision.DAY, words)
    return _days(middle - timedelta(days=spread), middle + timedelta(days=spread), Precision.ABOUT, words)


def _from_value(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, Interval):
        return value
    if isinstance(value, bool | float):
        raise ValueError(f"{value!r} is not a time")
    if isinstance(value, str | int):
        return parse(str(value))
    if isinstance(value, dict) and set(value) <= {"words", "from", "until", "anchor", "precision"}:
        anchor = parse(str(value["anchor"])).start.date() if "anchor" in value else None
        if "from" in value or "until" in value:
            if "from" not in value or "until" not in value:
                raise ValueError("needs both 'from' and 'until'")
            first, last = parse(str(value["from"]), anchor), parse(str(value["until"]), anchor)
            precision = Precision(value.get("precision", "about"))
            return Interval(start=first.start, end=last.end, precision=precision, words=value.get("words"))
        if "words" in value:
            return parse(str(value["words"]), anchor)
    raise ValueError("is not a time; write text, or a mapping of from, until, words, precision, anchor")


TimeValue = Annotated[Interval, BeforeValidator(_from_value)]
"""A time in a report: text for :func:`parse`, or ``{from, until, words, precision, anchor}``."""


def to_value(time: Interval) -> str | dict[str, str]:
    """The shortest way to write an interval in a report so that it reads back equal.

    >>> to_value(parse("late November 2023"))
    'late November 2023'
    """
    short = time.words or iso(time)
    try:
        if parse(short) == time:
            return short
    except ValueError:
        pass
    value = {"from": time.start.isoformat(), "until": (time.end - timedelta(seconds=1)).isoformat(), "precision": time.precision.value}
    if time.precision is not Precision.INSTANT and time.start.hour == time.end.hour == 0:
        value["from"], value["until"] = time.start.date().isoformat(), time.last_day.isoformat()
    return {**value, "words": time.words} if time.words else value
