"""Dates in English text: where they stand and which days they mean.

A text is scanned once for *atoms* (``June 6, 2023``, ``last Thursday``, ``Q3 2022``, ``six months
ago``). Then the words around an atom are read (``early``, ``about``, ``since at least``), neighbours
are joined (``from mid-May through July 2017``), and each is resolved in order: relative words
against the day of publication or, for ``two days later`` and ``the same month``, against the date
before them; a day or month without a year against a neighbour with a year, else against the
publication. Vague words have the meaning that :mod:`kg.times` gives them, but "on or about" a day
leaves the day as it is and sets ``vague``. Cost grows linearly with the text.

Numeric dates are read as month/day, unless that is impossible, would lie after the publication, or
another date of the same text is plainly day/month.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise

from kg.extraction import cues

_DATA = cues.load("dates")
_MONTHS: dict[str, int] = {name: i for i, name in enumerate(_DATA["months"], 1)} | _DATA["short_months"]
_WEEKDAYS: dict[str, int] = {name: i for i, name in enumerate(_DATA["weekdays"])} | _DATA["short_weekdays"]
_AMBIGUOUS = frozenset(_DATA["ambiguous_months"])
_AMOUNTS: dict[str, int] = _DATA["amounts"]
_ORDINALS: dict[str, int] = _DATA["ordinals"]
_SEASONS: dict[str, list[int]] = _DATA["seasons"]
_HOLIDAYS: dict[str, list[int]] = _DATA["holidays"]

STORY = 8
"""A month without a year lies at most so many months after the date told before it, if that is in an earlier year; else it lies before."""
FEW = (2, 5)
"""Fewest and most that "a few" and "several" stand for, as in :mod:`kg.times`."""
SPREAD = {"day": 1, "week": 3, "month": 15, "year": 182}
"""Days either way of "about N units ago", as in :mod:`kg.times`."""
NEIGHBOUR = 600
"""A year is taken over from a date that stands at most so many characters before."""


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date in a text: ``text[start:end]``, the first and last day it means, and how it was said.

    ``precision`` is day, month, quarter, year, about or range. ``relative``: resolved against the
    publication or another date. ``open_end``: "since (at least) X", the time goes on after it;
    ``open_start``: "until X", "by X", "before X". ``vague``: "about", "around", "approximately".
    """

    start: int
    end: int
    text: str
    first: date
    last: date
    precision: str
    relative: bool
    open_end: bool = False
    open_start: bool = False
    vague: bool = False


@dataclass(frozen=True, slots=True)
class AnnotatedDate:
    """A date as corpora annotate it: the bare expression and its ISO value (``2020``, ``2020-03``, ``2020-03-17``)."""

    start: int
    end: int
    text: str
    value: str


@dataclass(frozen=True, slots=True)
class _Atom:
    """A date expression before it is resolved. ``core`` is the expression without weekday and time of day."""

    start: int
    end: int
    core: tuple[int, int]
    kind: str
    year: int | None = None
    month: int | None = None
    day: int | None = None
    last_day: int | None = None  # "11–12 May"
    word: str = ""  # this, last, next, past, same, previous, following, ago, before, …
    unit: str = ""
    low: int = 0
    high: int = 0
    vague: bool = False
    swap: bool = False  # a numeric date that could be day/month as well


# ------------------------------------------------------------------------------------------ pieces
def _any(words: Iterable[str]) -> str:
    """An alternation, longest first; blanks in a word are any white space of one line break at most."""
    return cues.any_of(words, _W)


_W = r"(?:[ \t\xa0\u202f]{1,3}|[ \t]?\r?\n[ \t]{0,8})"
_OW = rf"(?:{_W})?"
_DASH = r"[-–—‒]"
_M = rf"(?P<m>{_any(_MONTHS)})(?![a-z])\.?"
_M2 = _M.replace("?P<m>", "")
_ORD = r"(?:st|nd|rd|th)?(?![a-z\d_])"
_YEAR = r"(?P<y>19\d\d|20\d\d)(?![\d\w])(?!-\d)(?!,\d{3}(?!\d))"
_CLOCK = rf"(?:{_W}\d\d:\d\d(?::\d\d)?(?:{_W}[A-Z]{{2,4}})?)"
_WHICH = r"(?P<which>this|last|next|that|(?:the" + _W + r")?(?:same|previous|following|past|prior|preceding|current))"
_UNITS = r"(?P<unit>day|week|weekend|month|quarter|year|decade|hour|minute|fortnight)"


def _rx(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_Builder = Callable[[re.Match[str], str], "list[_Atom]"]


def _year_of(text: str | None) -> int | None:
    if not text:
        return None
    number = int(text)
    if number < 100:
        number += 2000 if number < 70 else 1900
    return number if 1900 <= number <= 2099 else None


def _possible(year: int | None, month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year or 2000, month)[1]


def _atom(m: re.Match[str], kind: str, **fields: object) -> _Atom:
    return replace(_Atom(m.start(), m.end(), (m.start(), m.end()), kind), **fields)  # type: ignore[arg-type]


def _lower_verb(m: re.Match[str], text: str) -> bool:
    """Whether the month is written like the verb ("may", "march")."""
    return m["m"] in ("may", "march", "mar", "dec", "sept", "oct")


# ------------------------------------------------------------------------------------ absolute dates
def _iso(m: re.Match[str], text: str) -> list[_Atom]:
    year, month, day = int(m[1]), int(m[3]), int(m[4])
    if not 1900 <= year <= 2099 or not _possible(year, month, day):
        return []
    return [_atom(m, "date", year=year, month=month, day=day, core=(m.start(), m.end(4)))]


def _iso_month(m: re.Match[str], text: str) -> list[_Atom]:
    return [_atom(m, "date", year=int(m[1]), month=int(m[2]))]


def _year_name_day(m: re.Match[str], text: str) -> list[_Atom]:
    year, month, day = _year_of(m[1]), _MONTHS[m["m"].lower()], int(m["d"])
    return [_atom(m, "date", year=year, month=month, day=day)] if year and _possible(year, month, day) else []


def _numeric(m: re.Match[str], text: str) -> list[_Atom]:
    a, b, year = int(m[1]), int(m[3]), _year_of(m[4])
    if year is None or (len(m[4]) == 2 and m[2] != "/"):
        return []
    us, day_first = _possible(year, a, b), _possible(year, b, a)
    if not us and not day_first:
        return []
    if day_first and (not us or m[2] == "."):
        return [_atom(m, "date", year=year, month=b, day=a, word="day first" if not us else "")]
    return [_atom(m, "date", year=year, month=a, day=b, swap=day_first and a != b)]


def _day_month(m: re.Match[str], text: str) -> list[_Atom]:
    """6 June 2023, 11–12 May, 26 and 31 October, the 3rd of May last year."""
    day, second, year = int(m["d"]), int(m["d2"]) if m["d2"] else None, _year_of(m["y"])
    month = _MONTHS[m["m"].lower()]
    if _lower_verb(m, text) and year is None and not m["of"]:
        return []
    if not _possible(year, month, second or day) or not _possible(year, month, day):
        return []
    end = m.end() if m["y"] or m["which"] or m["m"].lower() in _DATA["short_months"] else m.end("m")
    which = (m["which"] or "").lower()
    whole = _atom(m, "date", year=year, month=month, day=day, word=which, end=end, core=(m.start("d"), end))
    if second is None:
        return [whole]
    if re.match(r"[-–—‒]|to|through", m["link"].strip(), re.I):
        return [replace(whole, last_day=second)] if second > day else []
    other = replace(whole, start=m.start("d2"), core=(m.start("d2"), end), day=second)
    return [replace(whole, end=m.end("d"), core=(m.start("d"), m.end("d"))), other]


def _month_day(m: re.Match[str], text: str) -> list[_Atom]:
    """June 6, 2023; May 11–12; December 21 and 30, 2020; Nov 13 10:12:58 2018."""
    day, second, year = int(m["d"]), int(m["d2"]) if m["d2"] else None, _year_of(m["y"])
    month = _MONTHS[m["m"].lower()]
    if _lower_verb(m, text) and year is None:
        return []
    if not _possible(year, month, day) or (second is not None and not _possible(year, month, second)):
        return []
    which = (m["which"] or "").lower()
    core_end = m.end("d") if m["clock"] else m.end()
    whole = _atom(m, "date", year=year, month=month, day=day, word=which, core=(m.start(), core_end))
    if second is None:
        return [whole]
    if re.match(r"[-–—‒]|to|through", m["link"].strip(), re.I):
        return [replace(whole, last_day=second)] if second > day else []
    first = replace(whole, end=m.end("d"), core=(m.start(), m.end("d")))
    return [first, replace(whole, start=m.start("d2"), core=(m.start("d2"), m.end()), day=second)]


def _month_year(m: re.Match[str], text: str) -> list[_Atom]:
    return [_atom(m, "date", year=_year_of(m["y"]), month=_MONTHS[m["m"].lower()])]


def _month_which(m: re.Match[str], text: str) -> list[_Atom]:
    if m["m"][0].islower() and m["m"].lower() in _AMBIGUOUS:
        return []
    return [_atom(m, "date", month=_MONTHS[m["m"].lower()], word=m["which"].lower())]


_BEFORE_MONTH = _rx(rf"(?:^|[^\w])(?P<w>{_any(_DATA['before_month'])})[ \xa0\n-]{{1,2}}$|['’]s[ \xa0]$")
_NAME_AFTER = re.compile(r"[ \xa0][A-Z][a-z]+")


def _bare_month(m: re.Match[str], text: str) -> list[_Atom]:
    name = m["m"]
    if re.match(r"\.?,?[ \xa0]\d{1,2},?[ \xa0](?:19|20)\d\d(?!\d)", text[m.end("m") : m.end("m") + 12]):
        return []  # there is no such day
    if not name[0].isupper() or re.match(r"[%_=@/\\]|\.\w|[-’']?\d|-(?!\d)[A-Z]", text[m.end() : m.end() + 3]):
        return []
    before = text[max(0, m.start() - 14) : m.start()]
    lead = _BEFORE_MONTH.search(before)
    low = name.lower()
    if low in _AMBIGUOUS or name.isupper():
        if lead is None:
            if low in _DATA["short_months"] or not (_MONTHISH.search(before) or _THEN_MONTH.match(text, m.end())):
                return []
        elif low in ("may", "april", "june", "august") and (lead["w"] or "").lower() in ("by", "to", "than", "and", "or", "for", "on"):
            follows = text[m.end() : m.end() + 16]
            if _NAME_AFTER.match(follows) and not _MONTHISH.search(before):
                return []
        elif low in _DATA["short_months"] and (lead["w"] or "").lower() in ("the", "a", "an", "that", "its", "their", "our"):
            return []
    end = m.end() if low in _DATA["short_months"] else m.end("m")
    return [_atom(m, "date", month=_MONTHS[low], end=end, core=(m.start(), end))]


_THEN_MONTH = _rx(rf"{_OW}(?:,|and|or|to|through|until|{_DASH}|/){_OW}(?:{_any(_DATA['months'])})(?![a-z])")
_MONTHISH = _rx(rf"\b(?:{_any(_MONTHS)}|(?:19|20)\d\d)\b\.?[,\s]*(?:and|or|to|through|until|[-–/|])?[\s(]*$")
_BEFORE_YEAR = _rx(rf"(?:^|[^\w])(?P<w>{_any(_DATA['before_year'])})(?:[ \xa0\n-]{{1,2}})[*_\[(]{{0,3}}$")
_COUNTED = re.compile(r"[ \xa0](?!(?:[a-z]+[ \xa0])?(?:was|is|has|does|as|this|its|his|says)\b)(?:[a-z]+[ \xa0]){0,1}[a-z]{2,}(?<![su])s\b")
_LABELLED = re.compile(r"(?:^|\n)[#*|>\s]{0,8}$")


def _bare_year(m: re.Match[str], text: str) -> list[_Atom]:
    year = int(m[1])
    before, after = text[max(0, m.start() - 12) : m.start()], text[m.end() : m.end() + 40]
    lead = _BEFORE_YEAR.search(before)
    if not 1970 <= year <= 2049:
        return []
    if lead is not None:
        word = lead["w"].lower()
        attributive = word in _DATA["determiners"]
        if word in _DATA["before_count"] and not attributive and _COUNTED.match(after):
            return []
        if attributive and not re.match(r"[ \xa0][a-z]", after):
            return []
        return [_atom(m, "date", year=year)]
    if re.search(r"\($", before) and re.match(r"[),;]", after):
        return [_atom(m, "date", year=year)]
    if re.match(r"['’]s\b", after) or (_LABELLED.search(before) and re.match(r"[ \t]*(?::|$|\n|[-–][ ])", after)):
        return [_atom(m, "date", year=year)]
    if re.search(r"(?:19|20)\d\d,[ \xa0]$", before):
        return [_atom(m, "date", year=year)]
    return []


def _years(m: re.Match[str], text: str) -> list[_Atom]:
    first, last = int(m[1]), int(m[2])
    if last < 100:
        last += first // 100 * 100
    if not 1970 <= first < last <= 2049 or last - first > 30:
        return []
    return [_atom(m, "years", year=first, high=last)]


def _decade(m: re.Match[str], text: str) -> list[_Atom]:
    return [_atom(m, "years", year=int(m[1]), high=int(m[1]) + 9)] if 1950 <= int(m[1]) <= 2040 else []


def _quarter(m: re.Match[str], text: str) -> list[_Atom]:
    groups = m.groupdict()
    number = _ORDINALS.get((groups.get("o") or "").lower()) or int(groups.get("n") or 0)
    part = "half" if (groups.get("part") or "q").lower() in ("half", "h") else "quarter"
    if not 1 <= number <= (2 if part == "half" else 4):
        return []
    year, which = _year_of(groups.get("y") or groups.get("y2")), (groups.get("which") or "").lower()
    if groups.get("o") and year is None and not which and part == "half":
        return []
    return [_atom(m, part, year=year, low=number, word=which)]


def _fiscal(m: re.Match[str], text: str) -> list[_Atom]:
    return [_atom(m, "date", year=_year_of(m["y"]))]


def _season(m: re.Match[str], text: str) -> list[_Atom]:
    return [_atom(m, "season", unit=m["s"].lower(), year=_year_of(m["y"]), word=(m["which"] or "").lower())]


def _holiday(m: re.Match[str], text: str) -> list[_Atom]:
    month, day = _HOLIDAYS[" ".join(m["h"].lower().replace("’", "'").split())]
    return [_atom(m, "date", month=month, day=day, year=_year_of(m["y"]), word="holiday")]


# ------------------------------------------------------------------------------------ relative dates
_DATE_NEXT = re.compile(r"\.?,?[ \xa0](?:[A-Z][a-z]{2,8}\.?[ \xa0])?\d")


def _weekday(m: re.Match[str], text: str) -> list[_Atom]:
    name = m["wd"].lower()
    if name in _DATA["short_weekdays"] and not _DATE_NEXT.match(text[m.end() : m.end() + 14]):
        return []
    if not m["wd"][0].isupper():
        return []
    before = text[max(0, m.start() - 10) : m.start()].split()
    if before and before[-1].lower() in _DATA["named_weekdays"]:
        return []
    return [_atom(m, "weekday", low=_WEEKDAYS[name], word=_which(m["which"]))]


def _which(word: str | None) -> str:
    words = (word or "").lower().split()
    return words[-1] if words else ""


def _last_month_name(m: re.Match[str], text: str) -> list[_Atom]:
    if m["m"][0].islower() and m["m"].lower() in _AMBIGUOUS:
        return []
    which, start = _which(m["which"]), _with_article(m.start(), text)
    day = int(m["d"]) if m["d"] else None
    if day and not _possible(None, _MONTHS[m["m"].lower()], day):
        return []
    return [_atom(m, "date", month=_MONTHS[m["m"].lower()], day=day, word=which + " name", start=start, core=(m.start("m"), m.end()))]


def _with_article(start: int, text: str) -> int:
    return start - 4 if text[max(0, start - 4) : start].lower() == "the " and not text[max(0, start - 5) : start - 4].isalnum() else start


def _period(m: re.Match[str], text: str) -> list[_Atom]:
    which, unit = _which(m["which"]), m["unit"].lower()
    if unit in ("hour", "minute") or (unit == "day" and which in ("last", "past")):
        return []
    before = text[max(0, m.start() - 16) : m.start()].lower()
    if which == "that" and unit not in ("day", "week", "month", "year", "weekend"):
        return []
    if which in ("last", "past") and re.search(r"\b(?:over|during|in|within|for|throughout|across)(?: the)? $", before):
        which = "past" if "the" in before or which == "past" else "last"
    if which in ("last", "next") and _with_article(m.start(), text) != m.start() and unit == "day":
        which = "following" if which == "next" else which
    core = (m.start(), m.end())
    return [_atom(m, "period", word=which, unit=unit, low=1, start=_with_article(m.start(), text), core=core)]


def _amount(text: str | None) -> tuple[int, int]:
    words = " ".join((text or "").lower().split())
    if words.isdigit():
        return int(words), int(words)
    if words in _AMOUNTS:
        return _AMOUNTS[words], _AMOUNTS[words]
    if words in _DATA["couple"]:
        return 2, 2
    return FEW


def _past_units(m: re.Match[str], text: str) -> list[_Atom]:
    """The last two weeks, the past few months."""
    low, high = _amount(m["n"])
    unit = m["unit"].lower()
    if unit in ("hour", "minute", "weekend"):
        return []
    return [_atom(m, "stretch", low=low, high=high, unit=unit, word=_which(m["which"]), start=_with_article(m.start(), text))]


def _ago(m: re.Match[str], text: str) -> list[_Atom]:
    """Six months ago, two weeks later, a day before."""
    low, high = _amount(m["n"])
    unit, word = m["unit"].lower(), _which(m["dir"])
    vague = bool(m["half"])
    if unit in ("weekend", "quarter") or (unit in ("hour", "minute") and word not in ("ago", "later", "earlier")):
        return []
    if word in ("after", "afterwards", "thereafter", "hence"):
        word = "later"
    elif word in ("before", "beforehand", "previously", "prior", "to", "of"):
        word = "earlier"
    if high > (1200 if unit == "month" else 40000 if unit == "day" else 300) and unit not in ("hour", "minute"):
        return []
    tail = _which(m["dir"]) in ("after", "before", "to", "prior", "of")
    return [_atom(m, "ago", low=low, high=high, unit=unit, word=word, vague=vague, month=1 if tail else None)]


def _within(m: re.Match[str], text: str) -> list[_Atom]:
    before = text[max(0, m.start() - 80) : m.start()]
    if re.search(r"\b(?:must|shall|should|required?s?|can|may|will|would|have to|has to|need to|to be)\b[^.]*$", before):
        return []
    low, high = _amount(m["n"])
    if high > 30:
        return []
    return [_atom(m, "within", low=low, high=high, unit=m["unit"].lower())]


def _day_word(m: re.Match[str], text: str) -> list[_Atom]:
    word = m[0].lower()
    offset = -1 if word.startswith("yester") or word == "last night" else 1 if word.startswith("tomo") else 0
    return [_atom(m, "today", low=offset)]


def _side_day(m: re.Match[str], text: str) -> list[_Atom]:
    """The day before, the day after."""
    later = m["dir"].lower() == "after"
    word, unit = "later" if later else "earlier", m["unit"].lower()
    start = _with_article(m.start(), text)
    return [_atom(m, "ago", low=1, high=1, unit="day" if unit == "night" else unit, word=word, month=1, start=start)]


def _weekend(m: re.Match[str], text: str) -> list[_Atom]:
    return [_atom(m, "period", word="last", unit="weekend", low=1)]


_POINTER = r"(?P<which>this|last|next|past|previous|preceding|following|same|that|coming|prior|current)"
_N = rf"(?P<n>\d{{1,4}}|{_any([*_AMOUNTS, *_DATA['few'], *_DATA['couple']])})"
_TAIL_YEAR = rf"(?:(?:,?{_OW}|{_W}of{_W}|[-]){_YEAR}|,?{_W}(?:of{_W}|in{_W})?{_WHICH}{_W}year(?![a-z]))"
_AGO = _rx(
    rf"{_N}(?P<half>{_W}and{_W}a{_W}half)?(?:{_W}|-)(?:full{_W}|short{_W}|calendar{_W}|business{_W}|working{_W})?"
    rf"{_UNITS}s?{_W}(?P<dir>ago|earlier|later|before|after|prior(?:{_W}to)?|previously|afterwards?|beforehand|thereafter|hence|ahead{_W}of)\b"
)
_RULES: dict[str, list[tuple[re.Pattern[str], _Builder]]] = {
    "digit": [
        (_rx(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:(?=T\d)|(?![\w]|-\d))"), _iso),
        (_rx(rf"(\d{{4}})-{_M}-(?P<d>\d{{1,2}})(?!\d)"), _year_name_day),
        (_rx(rf"(\d{{4}}),{_W}(?P<d>\d{{1,2}}){_W}{_M}(?!{_W}\d)"), _year_name_day),
        (_rx(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?![\d\w]|[-/.]\d)"), _numeric),
        (
            _rx(
                rf"(?P<d>\d{{1,2}}){_ORD}(?:(?P<link>{_OW}{_DASH}{_OW}|{_W}(?:to|through|and|&|or){_W}|,{_W})(?P<d2>\d{{1,2}}){_ORD})?"
                rf"(?:{_W}|-)(?:(?:day{_W})?(?P<of>of){_W})?{_M}{_TAIL_YEAR}?"
            ),
            _day_month,
        ),
        (_rx(r"(?P<y>(?:19|20)\d\d)[ -]?Q(?P<n>[1-4])(?!\w)"), _quarter),
        (_rx(rf"(?P<n>[1-4])Q(?:{_OW}(?:of{_W})?(?:FY)?['’]?(?P<y>\d{{4}}|\d\d))?(?!\w)"), _quarter),
        (
            _rx(rf"(?P<o>1st|2nd|3rd|4th){_W}(?:fiscal{_W})?(?P<part>quarter|half)(?:{_W}of(?:{_W}fiscal)?(?:{_W}year)?{_W}{_YEAR}|{_W}of{_W}{_WHICH}{_W}year\b)?"),
            _quarter,
        ),
        (_AGO, _ago),
        (_rx(r"(\d{3}0)s(?!\w)"), _decade),
        (_rx(rf"(\d{{4}}){_OW}{_DASH}{_OW}(\d{{4}}|\d\d)(?![\w\d]|-\d)"), _years),
        (_rx(r"((?:19|20)\d\d)-(0[1-9]|1[0-2])(?![\w\d]|-\d)"), _iso_month),
        (_rx(r"((?:19|20)\d\d)(?![\w\d+%]|[.,:/]\d|-\d)"), _bare_year),
    ],
    "month": [
        (
            _rx(
                rf"{_M},?{_OW}[-]?(?:the{_W})?(?P<d>\d{{1,2}}){_ORD}(?!,\d{{3}}(?!\d)|:\d|%|\.\d)"
                rf"(?:(?P<link>{_OW}{_DASH}{_OW}|{_W}(?:to|through|and|&|or){_W})(?P<d2>\d{{1,2}}){_ORD}(?!,\d{{3}}(?!\d)|:\d|%|\.\d|{_W}{_M2}))?"
                rf"(?P<clock>{_CLOCK}(?={_W}(?:19|20)\d\d))?{_TAIL_YEAR}?"
            ),
            _month_day,
        ),
        (_rx(rf"{_M}(?:,?{_OW}|{_W}of{_W}|-|/|['’]){_YEAR}"), _month_year),
        (_rx(rf"{_M},?{_W}(?:of{_W}|in{_W})?{_WHICH}{_W}year(?![a-z])"), _month_which),
        (_rx(rf"{_M}"), _bare_month),
    ],
    "weekday": [(_rx(rf"(?P<which>)(?P<wd>{_any(_WEEKDAYS)})(?![a-z-])\.?"), _weekday)],
    "which": [
        (_rx(rf"{_POINTER}{_W}(?P<wd>{_any(_DATA['weekdays'])})(?![a-z-])"), _weekday),
        (
            _rx(
                rf"{_POINTER}{_W}{_M}"
                rf"(?:{_W}(?P<d>\d{{1,2}}){_ORD}(?!,\d{{3}}|:\d|%|\.\d))?(?!{_W}\d|,?{_W}(?:19|20)\d\d)(?<!\.)"
            ),
            _last_month_name,
        ),
        (_rx(rf"{_POINTER}{_W}(?:past{_W})?(?P<s>{_any(_SEASONS)})(?P<y>)(?![a-z])"), _season),
        (
            _rx(
                rf"{_POINTER}{_W}(?:very{_W}|past{_W}|calendar{_W}|fiscal{_W})?"
                rf"{_UNITS}(?![a-z-])(?!{_W}of{_W}(?:{_M2}|the{_W}(?:month|year)|(?:19|20)\d\d|last|this|next))"
            ),
            _period,
        ),
        (
            _rx(
                rf"(?P<which>last|past|previous|preceding|next|coming|following|first|recent){_W}{_N}{_W}(?:full{_W}|calendar{_W})?"
                rf"{_UNITS}s?(?![a-z-])"
            ),
            _past_units,
        ),
        (_rx(rf"(?P<which>past|recent|previous|coming|last){_W}{_UNITS}s(?![a-z-])(?P<n>)"), _past_units),
        (_rx(rf"last{_W}night\b"), _day_word),
    ],
    "amount": [(_AGO, _ago)],
    "unit": [
        (
            _rx(
                rf"(?P<n>)(?P<half>)(?P<unit>day|week|month|year|hour|decade)s{_W}"
                rf"(?P<dir>ago|earlier|later|before|after(?:wards)?|prior(?:{_W}to)?)\b"
            ),
            _ago,
        ),
        (_rx(rf"(?P<unit>day|week|month|year|night){_W}(?P<dir>before|after)\b(?!-)"), _side_day),
    ],
    "weekend": [(_rx(r"(?<=over the )weekend\b|(?<=during the )weekend\b|(?<=at the )weekend\b|(?<=on the )weekend\b"), _weekend)],
    "today": [(_rx(r"(?:today|yesterday|tomorrow|tonight)(?![\w-])"), _day_word)],
    "quarter": [
        (
            _rx(
                rf"Q(?P<n>[1-4])(?:{_OW}(?:of{_W})?(?:FY|fiscal{_W}(?:year{_W})?)?['’]?(?P<y>(?:19|20)\d\d|\d\d)(?!\d)"
                rf"|{_W}(?:of{_W})?{_WHICH}{_W}year\b)?(?!\w)"
            ),
            _quarter,
        ),
        (_rx(rf"(?P<part>H)(?P<n>[12])(?:{_OW}(?:of{_W})?['’]?(?P<y>(?:19|20)\d\d))(?!\w)"), _quarter),
    ],
    "ordinal": [
        (
            _rx(
                rf"(?P<o>first|second|third|fourth){_W}(?:fiscal{_W})?(?P<part>quarter|half)(?![a-z-])"
                rf"(?:{_W}of(?:{_W}the)?(?:{_W}fiscal)?(?:{_W}year)?{_W}{_YEAR}|{_W}of{_W}{_WHICH}{_W}year\b|,?{_W}(?P<y2>(?:19|20)\d\d)(?!\w))?"
            ),
            _quarter,
        )
    ],
    "fiscal": [(_rx(rf"(?:FY{_OW}['’]?|fiscal{_W}(?:year{_W})?)(?P<y>(?:19|20)\d\d|(?<=FY)\d\d)(?!\w)"), _fiscal)],
    "season": [(_rx(rf"(?P<s>{_any(_SEASONS)})(?:{_W}of)?{_W}(?:{_YEAR}|{_WHICH}{_W}year\b)"), _season)],
    "holiday": [(_rx(rf"(?P<h>{_any(_HOLIDAYS).replace(chr(39), '[' + chr(39) + '’]')})(?![a-z-])(?:,?{_W}{_YEAR})?"), _holiday)],
    "within": [
        (
            _rx(
                rf"within{_W}(?P<n>a|an|one|two|three|four|five|a{_W}few|\d{{1,2}}){_W}(?P<unit>hour|day|week|month)s?\b"
                rf"(?!{_W}(?:of|after|from|before))"
            ),
            _within,
        )
    ],
}
_START = re.compile(
    r"(?<![\w@$€£\\])(?:"
    r"(?P<digit>(?<!\d[.,:/])(?<![#/_])(?:(?<!\w-)|(?<=mid-)|(?<=late-)|(?<=early-))\d{1,4})"
    rf"|(?P<month>(?:{_any(_MONTHS)})(?![a-z]))"
    rf"|(?P<weekday>(?:{_any(_WEEKDAYS)})(?![a-z]))"
    rf"|(?P<which>(?:this|last|next|past|previous|preceding|following|same|that|coming|prior|current|recent|first)(?=[ \t\xa0\r\n]))"
    r"|(?P<today>today|yesterday|tomorrow|tonight)"
    rf"|(?P<amount>(?:{_any(w for w in _AMOUNTS if len(w) > 2)}|few|several|couple)(?=[ \xa0\r\n-])"
    r"|(?:an?|some|many|multiple)(?=[ \xa0\r\n](?:few|couple|number|handful|full|day|week|month|year|decade|fortnight|hour)s?\b))"
    r"|(?P<unit>(?:day|week|month|year|hour|night|decade)s?(?=[ \xa0\r\n](?:ago|earlier|later|before|after|prior)))"
    r"|(?P<weekend>weekend)"
    r"|(?P<quarter>[QH][1-4](?!\d))"
    r"|(?P<ordinal>(?:first|second|third|fourth)(?=[ \xa0\r\n](?:fiscal|quarter|half)))"
    r"|(?P<fiscal>FY|fiscal)"
    rf"|(?P<season>(?:{_any(_SEASONS)})(?=[ \xa0\r\n](?:of|19|20|this|last|next|that|the)))"
    rf"|(?P<holiday>{_any(_HOLIDAYS).replace(chr(39), '[' + chr(39) + '’]')})"
    r"|(?P<within>within)"
    r")",
    re.IGNORECASE,
)
# Web addresses, and the targets of Markdown links: numbers in them say nothing
WEB_ADDRESS = re.compile(r"https?://[^\s<>\"')\]]{1,2000}|www\.[^\s<>\"')\]]{1,2000}|(?<=\]\()[^\s()]{1,500}(?=\))", re.IGNORECASE)


@lru_cache(maxsize=2)
def _scan(text: str) -> tuple[_Atom, ...]:
    """The date expressions of a text in order."""
    urls = [m.span() for m in WEB_ADDRESS.finditer(text)]
    found: list[_Atom] = []
    position, url, length = 0, 0, len(text)
    while position < length:
        start = _START.search(text, position)
        if start is None:
            break
        here, position = start.start(), max(start.end(), start.start() + 1)
        while url < len(urls) and urls[url][1] <= here:
            url += 1
        if url < len(urls) and urls[url][0] <= here:
            position = max(position, urls[url][1])
            continue
        for pattern, build in _RULES[str(start.lastgroup)]:
            m = pattern.match(text, here)
            if m is None:
                continue
            atoms = build(m, text)
            if atoms and (not found or atoms[0].start >= found[-1].end):
                found += atoms
                position = max(atoms[-1].end, position)
                break
    return tuple(found)


# ------------------------------------------------------------------------------ the words around an atom
_PART_WORD = r"(?:early|mid|middle|late)"
_PART = _rx(
    rf"(?:^|(?<![\w-]))(?:(?P<p1>{_PART_WORD})(?:(?:{_W}?-{_OW}|{_W})(?:to(?:{_W}|-)|or(?:{_W}))?(?P<p2>{_PART_WORD}))?(?:{_W}|-)(?:in{_W})?(?:the{_W})?"
    rf"|(?P<p3>earlier|later){_W}(?:in{_W})?"
    rf"|(?:the{_W})?(?:very{_W})?(?P<p4>beginning|start|middle|end|first{_W}half|second{_W}half|latter{_W}(?:half|part)|early{_W}part|first{_W}days"
    rf"|final{_W}days|last{_W}days|early{_W}days|closing{_W}days|(?P<nth>first|second|third|fourth|last|final){_W}(?P<nu>week|weekend|quarter|months?|days?)"
    rf"|weekend|week|night|evening|morning|afternoon|month|year){_W}of{_W}(?:the{_W})?)$"
)
_VAGUE = _rx(
    rf"(?:^|(?<![\w-]))(?:on{_W}or{_W}(?:about|around)|about|around|approximately|roughly|circa|approx\.?|c\.|~|nearly|almost|some){_OW}"
    rf"(?:in{_W}|on{_W})?(?:the{_W})?$"
)
_FILL = (
    rf"(?:,?{_W}(?:and|in|on|at|the|at{_W}least|possibly|perhaps|probably|likely|maybe|about|around|approximately"
    rf"|on{_W}or{_W}(?:about|around)|sometime|as{_W}of|way))"
)
_OPEN_END = _rx(
    rf"(?<![\w-])(?:ever{_W}since|since|at{_W}least{_W}since|(?:as{_W})?(?:far{_W})?back{_W}(?:to|until|in)|(?:as|so){_W}(?:early|far{_W}back|long{_W}ago){_W}as"
    rf"|(?:no|not){_W}earlier{_W}than|beginning|starting|commencing|effective|at{_W}least{_W}from|from{_W}at{_W}least|from{_W}as{_W}early{_W}as)"
    rf"(?:{_W}from|{_W}as{_W}early{_W}as|{_W}as{_W}far{_W}back{_W}as|{_FILL})*[ \t\xa0\r\n*_\[(]{{1,8}}$"
)
_OPEN_START = _rx(
    rf"(?<![\w-])(?:until|till|til|up{_W}(?:until|till|to)|through(?:out)?|thru|by|(?:no|not){_W}later{_W}than|as{_W}(?:late|recently){_W}as|before|prior{_W}to"
    rf"|ahead{_W}of|on{_W}or{_W}before)(?:{_W}as{_W}late{_W}as|{_FILL})*[ \t\xa0\r\n*_\[(]{{1,8}}$"
)
_RANGE_LEAD = _rx(rf"(?<![\w-])(?P<lead>between|from|during|over|since|starting|beginning|for)(?:{_W}on)?(?:{_FILL})*[ \t\xa0\r\n]{{1,8}}$")
_JOIN = _rx(
    rf"[)\s]{{0,4}},?{_OW}(?:and{_W})?(?P<join>to|until|till|through|thru|up{_W}(?:to|until)|and|or|&|,|{_DASH})"
    rf"(?:{_W}(?:the|at{_W}least|possibly|perhaps|as{_W}recently{_W}as|as{_W}late{_W}as|on|in|about|around|approximately|into|sometime|at{_W}the{_W}latest))*[\s(]{{0,4}}"
)
_TO_NOW = _rx(rf"[,)]?{_OW}(?:to|until|till|through|{_DASH}){_OW}(?:the{_W})?(?:present(?:{_W}day)?|now|date)\b")
_ONWARD = _rx(rf"{_W}(?:on|onwards?|forward|and{_W}(?:later|after|beyond|onwards?)|or{_W}later)\b")
_OR_EARLIER = _rx(rf"{_W}(?:or|and){_W}(?:earlier|before)\b")
_RUNNING = _rx(
    r"\b(?:active|running|ran|runs|lasted|lasting|continued|operating|operated|used|accessed|access|occurred|occurring|exploited|exploiting|exploitation|compromised"
    r"|ongoing|place|exposed|present|available|stole|stolen|took|taken|happened|activity|intruded|open|down|offline|unavailable)\b[^.;]{0,30}$"
)
_WEEKDAY_GAP = re.compile(r",?[ \xa0\n]{0,2}(?:the )?\(?$")
_ATTACH = _rx(rf"{_W}(?:the{_W})?$")


@dataclass(slots=True)
class _Reading:
    """An atom with what was said around it, and what it was resolved to."""

    atom: _Atom
    start: int
    end: int
    part: tuple[int, int] | None = None  # which thirds: (0, 0) early, (1, 2) mid to late
    special: str = ""  # "first half", "week of", "earlier"
    nth: int = 0
    vague: bool = False
    first: date = date.min
    last: date = date.min
    precision: str = "day"
    relative: bool = False


_THIRD = {"early": 0, "mid": 1, "middle": 1, "late": 2}


def _around(atom: _Atom, text: str, floor: int) -> _Reading:
    """Take in what stands directly before an atom, but nothing before ``floor``."""
    reading = _Reading(atom, atom.start, atom.end)
    window = max(floor, atom.start - 48)
    before = text[window : atom.start]
    if atom.kind in ("date", "years", "period", "season", "quarter", "half") and (m := _PART.search(before)):
        _part(reading, m, atom)
        if reading.part or reading.special:
            reading.start = window + m.start()
            before = before[: m.start()]
            if text[reading.start : reading.start + 1].isspace():
                reading.start += 1
    if m := _VAGUE.search(before):
        word = m[0].split()[0].lower() if m[0].split() else ""
        if atom.kind == "ago" or word not in ("nearly", "almost", "some"):
            reading.vague = True
            reading.start = window + m.start()
    if atom.kind == "ago" and (m := _rx(rf"(?:more{_W}than|less{_W}than|over|just|under|at{_W}least|only){_W}$").search(before)):
        reading.start, reading.vague = window + m.start(), reading.vague or not m[0].lower().startswith(("just", "only"))
    return reading


def _part(reading: _Reading, m: re.Match[str], atom: _Atom) -> None:
    day_precise = atom.kind == "date" and atom.day is not None
    if m["p1"]:
        if day_precise or (atom.kind == "period" and atom.unit == "day"):
            return
        first = _THIRD[m["p1"].lower()]
        last = _THIRD[m["p2"].lower()] if m["p2"] else first
        reading.part = (min(first, last), max(first, last))
    elif m["p3"]:
        if atom.kind == "period" and atom.word in ("this", "that", "same"):
            reading.special = m["p3"].lower()
    else:
        word = " ".join(m["p4"].lower().split())
        if m["nu"]:
            if day_precise or (atom.kind == "period" and atom.unit not in ("month", "year")):
                return
            reading.special = "nth " + m["nu"].lower().rstrip("s")
            reading.nth = _ORDINALS.get(m["nth"].lower(), -1)
        elif word in ("weekend", "week"):
            if day_precise:
                reading.special = word
        elif word in ("night", "evening", "morning", "afternoon"):
            if day_precise or atom.kind == "weekday":
                reading.special = "at"
        elif word in ("month", "year"):
            if not day_precise:
                reading.special = "at"
        elif not day_precise:
            if word in ("first half", "second half", "latter half", "latter part", "early part"):
                reading.special = "half 1" if word in ("first half", "early part") else "half 2"
            else:
                whole_year = (atom.kind == "date" and atom.month is None) or (atom.kind == "period" and atom.unit == "year")
                if whole_year and word == "end":
                    reading.special = "last month"
                    return
                third = {"beginning": 0, "start": 0, "first days": 0, "early days": 0, "middle": 1}.get(word, 2)
                reading.part = (third, third)


# ------------------------------------------------------------------------------------------- resolving
def _month_end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _months_on(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _moved(day: date, amount: int, unit: str) -> date:
    if unit in ("month", "year", "quarter", "decade"):
        return _months_on(day, amount * {"month": 1, "quarter": 3, "year": 12, "decade": 120}[unit])
    return day + timedelta(days=amount * {"week": 7, "fortnight": 14, "weekend": 7}.get(unit, 1))


_Days = tuple[date, date]
_STEP = {"last": -1, "past": -1, "previous": -1, "preceding": -1, "prior": -1, "next": 1, "coming": 1, "following": 1}


class _Resolver:
    """Resolves readings in the order of the text."""

    def __init__(self, text: str, published: date | None, day_first: bool) -> None:
        self.text, self.published, self.day_first = text, published, day_first
        self.anchor: _Days | None = None
        self.fine: _Days | None = None  # the last that is no longer than a month
        self.year: tuple[int, int] | None = None  # a year that was said, and where
        self.days: dict[tuple[int, int | None], int] = {}  # the year that was said of a day or month
        self.told: tuple[date, int, bool] | None = None  # a date of the story, where it ends, and whether its year was not said

    def resolve(self, reading: _Reading) -> bool:
        """Fill in the days of a reading; False if they can't be told."""
        try:
            days = self._days(reading)
            if days is None:
                return False
            reading.first, reading.last = self._shaped(reading, *days)
        except (OverflowError, ValueError):
            return False
        if reading.first > reading.last:
            return False
        telling = reading.relative and _SAID.search(self.text[max(0, reading.start - 60) : reading.start]) is not None
        if (reading.atom.kind != "today" or reading.atom.low) and not (telling and self.anchor):
            self.anchor = (reading.first, reading.last)
            if (reading.last - reading.first).days <= 31:
                self.fine = self.anchor
        return True

    def _days(self, r: _Reading) -> _Days | None:
        atom = r.atom
        match atom.kind:
            case "date":
                return self._date(r)
            case "years":
                r.precision = "range"
                return date(atom.year or 1, 1, 1), date(atom.high, 12, 31)
            case "quarter" | "half" | "season":
                return self._stretch_of_year(r)
            case "weekday":
                return self._weekday(r)
            case "period":
                return self._period(r)
            case "today":
                r.relative = True
                return self._same(self.published + timedelta(days=atom.low)) if self.published else None
            case "stretch":
                return self._stretch(r)
            case "ago":
                return self._ago(r)
            case "within":
                if self.anchor is None:
                    return None
                r.precision, r.relative = "range", True
                end = _moved(self.anchor[0], atom.high, atom.unit) if atom.unit != "hour" else self.anchor[1]
                return self.anchor[0], max(self.anchor[1], end)
        return None

    @staticmethod
    def _same(day: date) -> _Days:
        return day, day

    def _year_for(self, r: _Reading, month: int, day: int | None) -> int | None:
        """The year of a day or month that is said without one."""
        atom, published = r.atom, self.published
        word = atom.word
        if word and word not in ("day first", "holiday"):
            r.relative = True
            if word.endswith(" name"):
                return self._named_month_year(word.split()[0], month, day)
            base = published.year if published else None
            if word.split()[-1] in ("same", "that", "previous", "following", "preceding", "prior") and self.anchor:
                base = self.anchor[0].year
            if base is None:
                return None
            return base + _STEP.get(word.split()[-1], 0)
        if day is not None and (known := self.days.get((month, day))) is not None:
            return known
        if (year := self._story(r, month, day)) is not None:
            return year
        if self.year and 0 <= atom.start - self.year[1] <= NEIGHBOUR:
            said = self.year[0]
            near = atom.start - self.year[1] <= 250 and "\n\n" not in self.text[self.year[1] : atom.start]
            if published is None:
                return said
            if date(said, month, 1) <= published and said >= published.year - 1:
                return self._nearest(r, month, day)
            if said < published.year and near:
                return said
        return self._nearest(r, month, day)

    def _story(self, r: _Reading, month: int, day: int | None) -> int | None:
        """The year of a date in a story of an earlier year: the next such day after the last date told.

        Not where somebody speaks ("the firm said in May"), and not where the story is of the year before the publication, unless the
        sentence itself goes on.
        """
        if self.told is None or self.published is None:
            return None
        last, end, chained = self.told
        between = self.text[end : r.start]
        if len(between) > NEIGHBOUR or (len(between) > 250 and "\n\n" in between) or last.year >= self.published.year:
            return None
        if _SAID.search(self.text[max(end, r.start - 60) : r.start]):
            return None
        if last.year == self.published.year - 1 and not chained and _STOPS.search(between):
            return None
        ahead = (month - last.month) % 12
        year = last.year + (last.month + ahead > 12 and ahead <= STORY)
        return year if date(year, month, 1) <= self.published else None

    def _nearest(self, r: _Reading, month: int, day: int | None) -> int | None:
        published = self.published
        if published is None:
            return None
        if (month, day or 1) <= (published.month, published.day):
            return published.year
        ahead = (month - published.month) * 30 + (day or 1) - published.day
        if ahead <= 150:
            window = self.text[max(0, r.start - 60) : r.start].lower()
            sentence = re.split(r"[.;\n]\s", window)[-1]
            if _FUTURE.search(sentence):
                return published.year
        return published.year - 1

    def _named_month_year(self, which: str, month: int, day: int | None) -> int | None:
        base = self.published
        if which in ("previous", "preceding", "following", "prior", "same", "that"):
            base = self.anchor[0] if self.anchor else base
        if base is None:
            return None
        if which == "this":
            return base.year
        if which in ("next", "coming", "following"):
            return base.year if month > base.month else base.year + 1
        if which in ("same", "that"):
            return base.year if month <= base.month else base.year - 1
        return base.year if (month < base.month or (month == base.month and day is not None and day < base.day)) else base.year - 1

    def _date(self, r: _Reading) -> _Days | None:
        atom = r.atom
        year, month, day = atom.year, atom.month, atom.day
        if atom.swap and day and month and year:
            us = date(year, month, day)
            if self.day_first or (self.published and us > self.published >= date(year, day, month)):
                month, day = day, month
        if month is None:
            if year is None:
                return None
            r.precision = "year"
            self.year = (year, atom.end)
            return date(year, 1, 1), date(year, 12, 31)
        if year is None:
            year = self._year_for(r, month, day)
            if year is None:
                return None
        elif atom.year is not None:
            self.year = (year, atom.end)
        if atom.year is not None:
            self.days[month, day] = year
        if not _ASIDE.search(self.text[max(0, r.start - 60) : r.start]):
            chained = atom.year is None and not atom.word
            self.told = (date(year, month, day or 1), atom.end, chained and self.told is not None and self.told[0].year in (year, year - 1))
        if day is None:
            r.precision = "month"
            return date(year, month, 1), _month_end(year, month)
        if atom.last_day:
            r.precision = "range"
            return date(year, month, day), date(year, month, atom.last_day)
        return self._same(date(year, month, day))

    def _stretch_of_year(self, r: _Reading) -> _Days | None:
        atom = r.atom
        if atom.kind == "season":
            low, high = _SEASONS[atom.unit]
            r.precision = "about"
        else:
            months = 3 if atom.kind == "quarter" else 6
            low, high = atom.low * months - months + 1, atom.low * months
            r.precision = "quarter" if months == 3 else "about"
        year, which = atom.year, atom.word.split()[-1] if atom.word else ""
        if year is None:
            r.relative = bool(which) or self.year is None
            base = self.published
            if which in ("same", "that", "previous", "following", "preceding", "prior") and self.anchor:
                base = self.anchor[0]
            if base is None:
                return None
            year = base.year
            if atom.kind == "season" and which and not re.search(r"\byear$", self.text[atom.start : atom.end], re.I):
                if which in ("last", "past", "previous", "preceding"):
                    while _moved(date(year, 1, 1), high, "month") > base.replace(day=1):
                        year -= 1
                elif which in ("next", "coming", "following"):
                    while _moved(date(year, 1, 1), low - 1, "month") <= base:
                        year += 1
                elif which == "this" and low == 12 and base.month < 6:
                    year -= 1
            elif which in ("last", "past", "previous"):
                year -= 1
            elif which in ("next", "coming", "following"):
                year += 1
            elif not which and _moved(date(year, 1, 1), low - 1, "month") > base:
                year -= 1
        else:
            self.year = (year, atom.end)
        start = _moved(date(year, 1, 1), low - 1, "month")
        return start, _moved(date(year, 1, 1), high, "month") - timedelta(days=1)

    def _weekday(self, r: _Reading) -> _Days | None:
        atom, base = r.atom, self.published
        r.relative = True
        if atom.word in ("following", "previous", "preceding", "same", "that", "prior") and self.anchor:
            base = self.anchor[0]
        if base is None:
            return None
        back = (base.weekday() - atom.low) % 7
        if atom.word in ("last", "past", "previous", "preceding", "prior"):
            return self._same(base - timedelta(days=back or 7))
        if atom.word in ("next", "coming", "following"):
            return self._same(base + timedelta(days=(atom.low - base.weekday()) % 7 or 7))
        return self._same(base - timedelta(days=back))

    def _period(self, r: _Reading) -> _Days | None:
        atom, base, unit = r.atom, self.published, r.atom.unit
        r.relative = True
        word = atom.word
        if word in ("same", "that", "previous", "following", "preceding", "prior"):
            if self.anchor is None:
                if word in ("same", "that", "following"):
                    return None
            else:
                base = self.anchor[1] if word == "following" else self.anchor[0]
                if word in ("same", "that") and unit == "day":
                    r.precision = "day" if self.anchor[0] == self.anchor[1] else "range"
                    return self.anchor
        if base is None:
            return None
        if word == "past" and unit != "weekend":
            r.precision = "range"
            return _moved(base, -1, unit), base
        step = _STEP.get(word, 0)
        if unit == "weekend":
            saturday = base - timedelta(days=(base.weekday() - 5) % 7)
            if word in ("next", "coming", "following"):
                saturday += timedelta(days=7)
            elif word in ("last", "past", "previous") and saturday + timedelta(days=1) >= base and base.weekday() == 6:
                saturday -= timedelta(days=7)
            r.precision = "range"
            return saturday, saturday + timedelta(days=1)
        moved = _moved(base, step, unit)
        match unit:
            case "day":
                return moved, moved
            case "week" | "fortnight":
                r.precision = "range"
                monday = moved - timedelta(days=moved.weekday())
                return monday, monday + timedelta(days=6)
            case "month":
                r.precision = "month"
                return moved.replace(day=1), _month_end(moved.year, moved.month)
            case "quarter":
                r.precision = "quarter"
                month = (moved.month - 1) // 3 * 3 + 1
                return date(moved.year, month, 1), _month_end(moved.year, month + 2)
            case "decade":
                r.precision = "range"
                return date(moved.year // 10 * 10, 1, 1), date(moved.year // 10 * 10 + 9, 12, 31)
        r.precision = "year"
        return date(moved.year, 1, 1), date(moved.year, 12, 31)

    def _stretch(self, r: _Reading) -> _Days | None:
        atom, base = r.atom, self.published
        if atom.word in ("following", "first"):
            base = self.anchor[1] if self.anchor else None
        if base is None or atom.high > 200:
            return None
        r.relative, r.precision = True, "range"
        if atom.word in ("next", "coming", "following", "first"):
            return base, _moved(base, atom.high, atom.unit)
        return _moved(base, -atom.high, atom.unit), base

    def _ago(self, r: _Reading) -> _Days | None:
        atom, unit = r.atom, r.atom.unit
        anchor: _Days | None
        if atom.word == "ago":
            anchor = self._same(self.published) if self.published else None
        else:
            anchor = (self.fine if unit in ("day", "week", "hour", "minute", "fortnight") else None) or self.anchor
            if anchor is None and atom.word == "earlier" and atom.month is None and self.published:
                anchor = self._same(self.published)
        if anchor is None:
            return None
        r.relative = True
        if unit in ("hour", "minute"):
            days = -(-atom.high // 24) if unit == "hour" and atom.high > 24 else 0
            sign = 1 if atom.word == "later" else -1
            return (anchor[0] - timedelta(days=days), anchor[1]) if sign < 0 else (anchor[0], anchor[1] + timedelta(days=days))
        sign = 1 if atom.word == "later" else -1
        if atom.low != atom.high:
            r.precision = "about"
            near, far = (_moved(anchor[0], sign * atom.low, unit), _moved(anchor[1], sign * atom.high, unit))
            return min(near, far), max(near, far)
        first, last = _moved(anchor[0], sign * atom.low, unit), _moved(anchor[1], sign * atom.high, unit)
        if atom.vague:  # "two and a half years ago"
            half = {"year": 182, "month": 15, "week": 3, "decade": 1826}.get(unit, 0) * sign
            first, last = first + timedelta(days=half), last + timedelta(days=half)
        if r.vague or unit in ("month", "year", "decade"):
            r.precision = "about"
            spread = timedelta(days=SPREAD.get(unit, 1826 if unit == "decade" else 3))
            return first - spread, last + spread
        r.precision = "day" if first == last else "range"
        return first, last

    def _shaped(self, r: _Reading, first: date, last: date) -> _Days:
        """Apply early, mid, late, first half, about."""
        if r.part is not None:
            first, last = self._thirds(r.part, first, last)
            r.precision = "about"
        elif r.special.startswith("half"):
            middle = first + (last - first) / 2
            if (last - first).days > 300:
                middle = date(first.year, 6, 30)
            first, last = (first, middle) if r.special.endswith("1") else (middle + timedelta(days=1), last)
            r.precision = "about"
        elif r.special == "last month":
            first, r.precision = date(last.year, 12, 1), "about"
        elif r.special.startswith("nth"):
            first, last = self._nth(r, first, last)
        elif r.special == "weekend" and not r.atom.last_day:
            saturday = first - timedelta(days=(first.weekday() - 5) % 7 if first.weekday() >= 5 else first.weekday() - 5)
            first, last, r.precision = saturday, max(last, saturday + timedelta(days=1)), "range"
        elif r.special == "week":
            first, r.precision = first - timedelta(days=first.weekday()), "range"
            last = first + timedelta(days=6)
        elif r.special == "earlier" and self.published and first <= self.published <= last:
            last, r.precision = self.published, "about"
        elif r.special == "later" and self.published and first <= self.published <= last:
            first, r.precision = self.published, "about"
        if r.vague and r.atom.kind not in ("ago", "today", "stretch") and r.precision not in ("day", "range"):
            spread = timedelta(days=15 if (last - first).days < 32 else 45 if (last - first).days < 93 else 182)
            first, last, r.precision = first - spread, last + spread, "about"
        return first, last

    @staticmethod
    def _thirds(part: tuple[int, int], first: date, last: date) -> _Days:
        length = (last - first).days + 1
        low, high = part
        if first.day == 1 and length <= 31 and first.month == last.month:
            return first.replace(day=(1, 11, 21)[low]), (first.replace(day=(10, 20)[high]) if high < 2 else last)
        if length in (365, 366) and first.month == 1:
            return date(first.year, low * 4 + 1, 1), _month_end(first.year, high * 4 + 4)
        return first + timedelta(days=length * low // 3), first + timedelta(days=max(length * (high + 1) // 3 - 1, length * low // 3))

    @staticmethod
    def _nth(r: _Reading, first: date, last: date) -> _Days:
        unit, number = r.special.split()[1], r.nth
        r.precision = "range"
        if unit == "weekend":
            saturday = first + timedelta(days=(5 - first.weekday()) % 7 + 7 * (max(number, 1) - 1))
            if number < 0:
                saturday = last - timedelta(days=(last.weekday() - 5) % 7)
            return saturday, saturday + timedelta(days=1)
        if unit in ("day", "week"):
            step = timedelta(days=7 if unit == "week" else 3)
            if number < 0:
                return last - step + timedelta(days=1), last
            return first + step * (number - 1), min(last, first + step * number - timedelta(days=1))
        months = 3 if unit == "quarter" else 1
        if number < 0:
            return _moved(date(last.year, last.month, 1), 1 - months, "month"), last
        start = _moved(first, months * (number - 1), "month")
        return start, _moved(start, months, "month") - timedelta(days=1)


_FUTURE = _rx(rf"(?<![\w])(?:{_any(_DATA['future'])})(?![\w])|['’]ll\b")
_SAID = _rx(r"\b(?:said|says|told|announced|confirmed|reported|wrote|disclosed|warned|revealed|declined|added)\b[^.;]{0,40}$")
_ASIDE = _rx(_SAID.pattern + r"|\b(?:had|has|have)\b[^.;,]{0,50}$")
_STOPS = re.compile(r"[.!?;][\"'”’)]*\s")
_TO = ("to", "until", "till", "through", "thru", "-", "–", "—", "‒")


def _joined(text: str, left: int, right: int) -> str:
    """The connecting word between two expressions: "to", "and", … or nothing."""
    if not 0 <= right - left <= 40:
        return ""
    m = _JOIN.fullmatch(text[left:right])
    if m is None:
        return ""
    word = m["join"].lower()
    return "to" if word in _TO or word.startswith("up") else "and" if word in ("and", "&") else ","


def _share_years(atoms: list[_Atom], joins: list[str]) -> None:
    """"In May and June 2017": the year holds for both."""
    for i in range(len(atoms) - 2, -1, -1):
        a, b = atoms[i], atoms[i + 1]
        if not joins[i] or a.kind != "date" or b.kind != "date" or a.month is None or a.year is not None or b.month is None:
            continue
        if a.word:
            continue
        if b.year is not None:
            crosses = (a.month, a.day or 0) > (b.month, b.day or 0) and joins[i] in ("to", "and") and a.month != b.month
            atoms[i] = replace(a, year=b.year - 1 if crosses else b.year)
        elif b.word and not b.word.endswith(" name") and b.word != "day first":
            atoms[i] = replace(a, word=b.word)
    for i in range(len(atoms) - 1):
        a, b = atoms[i], atoms[i + 1]
        if joins[i] == "to" and a.kind == b.kind == "date" and a.year and a.month and b.month and b.year is None and not b.word:
            crosses = (b.month, b.day or 31) < (a.month, a.day or 0)
            atoms[i + 1] = replace(b, year=a.year + crosses)
    for i in range(len(atoms) - 1):
        a, b = atoms[i], atoms[i + 1]
        if joins[i] and a.kind in ("quarter", "half") and b.kind == a.kind and a.year is None and not a.word:
            atoms[i] = replace(a, year=b.year, word=b.word)


def find_dates(text: str, published: date | None) -> list[DateMention]:
    """Every date said in ``text``, resolved, in order and without overlap.

    ``published`` is the day on which the text appeared; without it, expressions that count from it
    are left out, as is all that can't be resolved. Never raises for any text. The widths of vague
    words are those of :mod:`kg.times`.

    >>> [(m.text, m.first.isoformat(), m.last.isoformat()) for m in find_dates(
    ...     "It ran from mid-May through July 2017 and was found two days ago.", date(2017, 9, 8))]
    [('from mid-May through July 2017', '2017-05-11', '2017-07-31'), ('two days ago', '2017-09-06', '2017-09-06')]
    >>> since = find_dates("exploited since at least last October", date(2023, 6, 15))[0]
    >>> since.first.isoformat(), since.open_end, since.relative
    ('2022-10-01', True, True)
    """
    atoms = list(_merged_weekdays(text, _scan(text)))
    readings = [_around(atom, text, atoms[i - 1].end if i else 0) for i, atom in enumerate(atoms)]
    joins = [_joined(text, readings[i].end, readings[i + 1].start) for i in range(len(readings) - 1)] + [""]
    _share_years(atoms, joins)
    resolver = _Resolver(text, published, _day_first(atoms))
    mentions: list[DateMention] = []
    i = 0
    while i < len(readings):
        reading = readings[i]
        reading.atom = atoms[i]
        floor = mentions[-1].end if mentions else 0
        following = readings[i + 1] if i + 1 < len(readings) else None
        if (
            following is not None
            and reading.atom.kind == "ago"
            and reading.atom.month == 1
            and following.atom.kind in ("date", "weekday")
            and _ATTACH.fullmatch(text[reading.end : following.start])
        ):
            following.atom = atoms[i + 1]
            if resolver.resolve(following) and resolver.resolve(reading):
                reading.end = following.end
                mentions.append(_mention(text, reading, floor, published))
                i += 2
                continue
        if not resolver.resolve(reading):
            i += 1
            continue
        if following is not None and joins[i] in ("to", "and"):
            following.atom = atoms[i + 1]
            if (pair := _range(text, reading, following, joins[i], floor, resolver)) is not None:
                mentions.append(pair)
                i += 2
                continue
        mentions.append(_mention(text, reading, floor, published))
        i += 1
    return mentions


def _range(text: str, a: _Reading, b: _Reading, join: str, floor: int, resolver: _Resolver) -> DateMention | None:
    """Two readings as one interval, if the words say so."""
    window = max(floor, a.start - 40)
    lead = _RANGE_LEAD.search(text[window : a.start])
    word = lead["lead"].lower() if lead else ""
    if join == "and" and word != "between":
        return None
    if a.atom.kind in ("ago", "within", "stretch") and word not in ("between", "from"):
        return None
    anchor, year = resolver.anchor, resolver.year
    if not resolver.resolve(b):
        return None
    if a.first > b.last and a.atom.kind == "date" and a.atom.year is None and a.atom.month:
        a.first, a.last = _months_on(a.first, -12), _months_on(a.last, -12)
    if a.first > b.last and a.atom.kind == b.atom.kind == "weekday":
        a.first, a.last = a.first - timedelta(days=7), a.last - timedelta(days=7)
    if a.first > b.last:
        resolver.anchor, resolver.year = anchor, year
        return None
    start = a.start
    if lead is not None and word in ("between", "from", "since"):
        start = window + lead.start()
    return DateMention(
        start, b.end, text[start : b.end], a.first, b.last, "range", a.relative or b.relative, vague=a.vague or b.vague
    )


def _mention(text: str, r: _Reading, floor: int, published: date | None) -> DateMention:
    """One reading with the flags that the words before and after it set."""
    start, end = r.start, r.end
    window = max(floor, start - 70)
    before, after = text[window:start], text[end : end + 24]
    open_end = open_start = False
    first, last, precision = r.first, r.last, r.precision
    vague = r.vague
    if m := _OPEN_END.search(before):
        open_end, start = True, window + m.start()
    elif m := _OPEN_START.search(before):
        plain = m[0].split()[0].lower()
        if plain == "throughout" or (plain == "by" and r.atom.kind == "period" and r.atom.word == "same"):
            pass
        else:
            open_start, start = True, window + m.start()
    now = _TO_NOW.match(after)
    lead = _RANGE_LEAD.search(before)
    if now:
        end += now.end()
        if published and published >= first:
            last, precision = published, "range"
            open_end = False
        else:
            open_end = True
        if lead and lead["lead"].lower() in ("from", "between", "since"):
            start = window + lead.start()
    elif m := _ONWARD.match(after):
        if not (m[0].split()[-1].lower() == "on" and not (lead and lead["lead"].lower() == "from")):
            open_end, open_start = True, False
            end += m.end()
            if lead and lead["lead"].lower() == "from":
                start = window + lead.start()
    elif m := _OR_EARLIER.match(after):
        open_start = True
        end += m.end()
    elif lead and lead["lead"].lower() == "from" and not open_start and _RUNNING.search(before[: lead.start()]):
        open_end, start = True, window + lead.start()
    return DateMention(start, end, text[start:end], first, last, precision, r.relative, open_end, open_start, vague)


def _merged_weekdays(text: str, atoms: tuple[_Atom, ...]) -> Iterable[_Atom]:
    """"Wednesday, January 27" is one date; so is "May 7, a Friday" left as it is."""
    skip = False
    for i, atom in enumerate(atoms):
        if skip:
            skip = False
            continue
        following = atoms[i + 1] if i + 1 < len(atoms) else None
        if (
            atom.kind == "weekday"
            and following is not None
            and following.kind == "date"
            and following.day is not None
            and not following.word.endswith("name")
            and following.start - atom.end <= 8
            and _WEEKDAY_GAP.fullmatch(text[atom.end : following.start])
        ):
            yield replace(following, start=atom.start)
            skip = True
            continue
        yield atom


def _day_first(atoms: Iterable[_Atom]) -> bool:
    """Whether a numeric date of the text can only be day/month."""
    return any(a.kind == "date" and a.word == "day first" for a in atoms)


# ------------------------------------------------------------------------------------------- other views
_ANY_YEAR = re.compile(r"(?<![\d.,:=\w-])(?:19[89]\d|20[0-3]\d)(?![\d\w]|[.,:]\d|-bit)")


def date_spans(text: str) -> list[tuple[int, int]]:
    """Where dates, years and the like of "two weeks ago" stand, so that their numbers are taken for nothing else.

    >>> date_spans("On June 6, 2023 about 2,000 people")
    [(3, 15)]
    """
    return [(a.start, a.end) for a in _scan(text)]


def annotated_dates(text: str, published: date | None) -> list[AnnotatedDate]:
    """Dates in the manner of annotated corpora: bare expressions of a day, month or year, with an ISO value.

    Prepositions, weekdays, "early" and "late" are no part of them; ranges are two; durations,
    weekdays and words like "today" are none. A year counts wherever it stands outside a web address.

    >>> [(a.text, a.value) for a in annotated_dates("In late May and on 3 June 2020 (last year: 2019)", date(2020, 7, 1))]
    [('May', '2020-05'), ('3 June 2020', '2020-06-03'), ('last year', '2019'), ('2019', '2019')]
    """
    atoms = list(_merged_weekdays(text, _scan(text)))
    joins = [_joined(text, a.end, b.start) for a, b in pairwise(atoms)] + [""]
    _share_years(atoms, joins)
    resolver = _Resolver(text, published, _day_first(atoms))
    found: list[AnnotatedDate] = []
    for atom in atoms:
        reading = _Reading(atom, atom.start, atom.end)
        if not resolver.resolve(reading):
            continue
        start, end = atom.core
        if text[max(0, start - 4) : start].lower() == "mid-":
            start -= 4
        if atom.word == "holiday":
            continue
        if atom.kind == "date":
            value = reading.first.isoformat()[: 10 if atom.day else 7 if atom.month else 4]
            if atom.last_day:
                found.append(AnnotatedDate(start, end, text[start:end], reading.last.isoformat()))
                continue
            found.append(AnnotatedDate(start, end, text[start:end], value))
        elif atom.kind == "period" and atom.unit in ("month", "year") and atom.word != "same":
            if atom.word == "past" and published:
                value = f"{published.year - 1}" if atom.unit == "year" else _months_on(published, -1).isoformat()[:7]
            else:
                value = reading.first.isoformat()[: 7 if atom.unit == "month" else 4]
            found.append(AnnotatedDate(start, end, text[start:end], value))
        elif atom.kind == "years":
            for m in re.finditer(r"\d{4}|(?<=\D)\d\d", text[start:end]):
                year = m[0] if len(m[0]) == 4 else str(atom.high)
                found.append(AnnotatedDate(start + m.start(), start + m.end(), m[0], year))
        elif atom.kind in ("quarter", "half", "season") and (said := re.search(r"(?:19|20)\d\d", text[start:end])):
            found.append(AnnotatedDate(start + said.start(), start + said.end(), said[0], said[0]))
    taken = [(a.start, a.end) for a in found] + [m.span() for m in WEB_ADDRESS.finditer(text)]
    taken.sort()
    i = 0
    extra: list[AnnotatedDate] = []
    for m in _ANY_YEAR.finditer(text):
        while i < len(taken) and taken[i][1] <= m.start():
            i += 1
        if i == len(taken) or taken[i][0] >= m.end():
            extra.append(AnnotatedDate(m.start(), m.end(), m[0], m[0]))
    return sorted(found + extra, key=lambda a: a.start)
