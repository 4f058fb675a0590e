"""Where date expressions stand in a text, before it is known which days they mean.

Part of the date grammar: :mod:`kg.extraction.dates` has the whole.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from kg.extraction import cues

DATA = cues.load("dates")
MONTHS: dict[str, int] = {name: i for i, name in enumerate(DATA["months"], 1)} | DATA["short_months"]
WEEKDAYS: dict[str, int] = {name: i for i, name in enumerate(DATA["weekdays"])} | DATA["short_weekdays"]
_AMBIGUOUS = frozenset(DATA["ambiguous_months"])
_AMOUNTS: dict[str, int] = DATA["amounts"]
ORDINALS: dict[str, int] = DATA["ordinals"]
SEASONS: dict[str, list[int]] = DATA["seasons"]
_HOLIDAYS: dict[str, list[int]] = DATA["holidays"]

FEW = (2, 5)
"""Fewest and most that "a few" and "several" stand for, as in :mod:`kg.times`."""


@dataclass(frozen=True, slots=True)
class Atom:
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
def any_of(words: Iterable[str]) -> str:
    """An alternation, longest first; blanks in a word are any white space of one line break at most."""
    return cues.any_of(words, BLANK)


BLANK = r"(?:[ \t\xa0\u202f]{1,3}|[ \t]?\r?\n[ \t]{0,8})"
MAYBE_BLANK = rf"(?:{BLANK})?"
DASH = r"[-–—‒]"
MONTH = rf"(?P<m>{any_of(MONTHS)})(?![a-z])\.?"
OTHER_MONTH = MONTH.replace("?P<m>", "")
_ORD = r"(?:st|nd|rd|th)?(?![a-z\d_])"
_YEAR = r"(?P<y>19\d\d|20\d\d)(?![\d\w])(?!-\d)(?!,\d{3}(?!\d))"
_CLOCK = rf"(?:{BLANK}\d\d:\d\d(?::\d\d)?(?:{BLANK}[A-Z]{{2,4}})?)"
_WHICH = r"(?P<which>this|last|next|that|(?:the" + BLANK + r")?(?:same|previous|following|past|prior|preceding|current))"
_UNITS = r"(?P<unit>day|week|weekend|month|quarter|year|decade|hour|minute|fortnight)"


def pattern(text: str) -> re.Pattern[str]:
    """A regular expression that takes capitals and small letters for the same."""
    return re.compile(text, re.IGNORECASE)


_Builder = Callable[[re.Match[str], str], "list[Atom]"]


def _year_of(text: str | None) -> int | None:
    if not text:
        return None
    number = int(text)
    if number < 100:
        number += 2000 if number < 70 else 1900
    return number if 1900 <= number <= 2099 else None


def _possible(year: int | None, month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year or 2000, month)[1]


def _atom(m: re.Match[str], kind: str, **fields: object) -> Atom:
    return replace(Atom(m.start(), m.end(), (m.start(), m.end()), kind), **fields)  # type: ignore[arg-type]


def _lower_verb(m: re.Match[str], text: str) -> bool:
    """Whether the month is written like the verb ("may", "march")."""
    return m["m"] in ("may", "march", "mar", "dec", "sept", "oct")


# ------------------------------------------------------------------------------------ absolute dates
def _iso(m: re.Match[str], text: str) -> list[Atom]:
    year, month, day = int(m[1]), int(m[3]), int(m[4])
    if not 1900 <= year <= 2099 or not _possible(year, month, day):
        return []
    return [_atom(m, "date", year=year, month=month, day=day, core=(m.start(), m.end(4)))]


def _iso_month(m: re.Match[str], text: str) -> list[Atom]:
    return [_atom(m, "date", year=int(m[1]), month=int(m[2]))]


def _year_name_day(m: re.Match[str], text: str) -> list[Atom]:
    year, month, day = _year_of(m[1]), MONTHS[m["m"].lower()], int(m["d"])
    return [_atom(m, "date", year=year, month=month, day=day)] if year and _possible(year, month, day) else []


def _numeric(m: re.Match[str], text: str) -> list[Atom]:
    a, b, year = int(m[1]), int(m[3]), _year_of(m[4])
    if year is None or (len(m[4]) == 2 and m[2] != "/"):
        return []
    us, day_first = _possible(year, a, b), _possible(year, b, a)
    if not us and not day_first:
        return []
    if day_first and (not us or m[2] == "."):
        return [_atom(m, "date", year=year, month=b, day=a, word="day first" if not us else "")]
    return [_atom(m, "date", year=year, month=a, day=b, swap=day_first and a != b)]


def _day_month(m: re.Match[str], text: str) -> list[Atom]:
    """6 June 2023, 11–12 May, 26 and 31 October, the 3rd of May last year."""
    day, second, year = int(m["d"]), int(m["d2"]) if m["d2"] else None, _year_of(m["y"])
    month = MONTHS[m["m"].lower()]
    if _lower_verb(m, text) and year is None and not m["of"]:
        return []
    if not _possible(year, month, second or day) or not _possible(year, month, day):
        return []
    end = m.end() if m["y"] or m["which"] or m["m"].lower() in DATA["short_months"] else m.end("m")
    which = (m["which"] or "").lower()
    whole = _atom(m, "date", year=year, month=month, day=day, word=which, end=end, core=(m.start("d"), end))
    if second is None:
        return [whole]
    if re.match(r"[-–—‒]|to|through", m["link"].strip(), re.I):
        return [replace(whole, last_day=second)] if second > day else []
    other = replace(whole, start=m.start("d2"), core=(m.start("d2"), end), day=second)
    return [replace(whole, end=m.end("d"), core=(m.start("d"), m.end("d"))), other]


def _month_day(m: re.Match[str], text: str) -> list[Atom]:
    """June 6, 2023; May 11–12; December 21 and 30, 2020; Nov 13 10:12:58 2018."""
    day, second, year = int(m["d"]), int(m["d2"]) if m["d2"] else None, _year_of(m["y"])
    month = MONTHS[m["m"].lower()]
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


def _month_year(m: re.Match[str], text: str) -> list[Atom]:
    return [_atom(m, "date", year=_year_of(m["y"]), month=MONTHS[m["m"].lower()])]


def _month_which(m: re.Match[str], text: str) -> list[Atom]:
    if m["m"][0].islower() and m["m"].lower() in _AMBIGUOUS:
        return []
    return [_atom(m, "date", month=MONTHS[m["m"].lower()], word=m["which"].lower())]


_BEFORE_MONTH = pattern(rf"(?:^|[^\w])(?P<w>{any_of(DATA['before_month'])})[ \xa0\n-]{{1,2}}$|['’]s[ \xa0]$")
_NAME_AFTER = re.compile(r"[ \xa0][A-Z][a-z]+")


def _bare_month(m: re.Match[str], text: str) -> list[Atom]:
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
            if low in DATA["short_months"] or not (_MONTHISH.search(before) or _THEN_MONTH.match(text, m.end())):
                return []
        elif low in ("may", "april", "june", "august") and (lead["w"] or "").lower() in ("by", "to", "than", "and", "or", "for", "on"):
            follows = text[m.end() : m.end() + 16]
            if _NAME_AFTER.match(follows) and not _MONTHISH.search(before):
                return []
        elif low in DATA["short_months"] and (lead["w"] or "").lower() in ("the", "a", "an", "that", "its", "their", "our"):
            return []
    end = m.end() if low in DATA["short_months"] else m.end("m")
    return [_atom(m, "date", month=MONTHS[low], end=end, core=(m.start(), end))]


_THEN_MONTH = pattern(rf"{MAYBE_BLANK}(?:,|and|or|to|through|until|{DASH}|/){MAYBE_BLANK}(?:{any_of(DATA['months'])})(?![a-z])")
_MONTHISH = pattern(rf"\b(?:{any_of(MONTHS)}|(?:19|20)\d\d)\b\.?[,\s]*(?:and|or|to|through|until|[-–/|])?[\s(]*$")
_BEFORE_YEAR = pattern(rf"(?:^|[^\w])(?P<w>{any_of(DATA['before_year'])})(?:[ \xa0\n-]{{1,2}})[*_\[(]{{0,3}}$")
_COUNTED = re.compile(r"[ \xa0](?!(?:[a-z]+[ \xa0])?(?:was|is|has|does|as|this|its|his|says)\b)(?:[a-z]+[ \xa0]){0,1}[a-z]{2,}(?<![su])s\b")
_LABELLED = re.compile(r"(?:^|\n)[#*|>\s]{0,8}$")


def _bare_year(m: re.Match[str], text: str) -> list[Atom]:
    year = int(m[1])
    before, after = text[max(0, m.start() - 12) : m.start()], text[m.end() : m.end() + 40]
    lead = _BEFORE_YEAR.search(before)
    if not 1970 <= year <= 2049:
        return []
    if lead is not None:
        word = lead["w"].lower()
        attributive = word in DATA["determiners"]
        if word in DATA["before_count"] and not attributive and _COUNTED.match(after):
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


def _years(m: re.Match[str], text: str) -> list[Atom]:
    first, last = int(m[1]), int(m[2])
    if last < 100:
        last += first // 100 * 100
    if not 1970 <= first < last <= 2049 or last - first > 30:
        return []
    return [_atom(m, "years", year=first, high=last)]


def _decade(m: re.Match[str], text: str) -> list[Atom]:
    return [_atom(m, "years", year=int(m[1]), high=int(m[1]) + 9)] if 1950 <= int(m[1]) <= 2040 else []


def _quarter(m: re.Match[str], text: str) -> list[Atom]:
    groups = m.groupdict()
    number = ORDINALS.get((groups.get("o") or "").lower()) or int(groups.get("n") or 0)
    part = "half" if (groups.get("part") or "q").lower() in ("half", "h") else "quarter"
    if not 1 <= number <= (2 if part == "half" else 4):
        return []
    year, which = _year_of(groups.get("y") or groups.get("y2")), (groups.get("which") or "").lower()
    if groups.get("o") and year is None and not which and part == "half":
        return []
    return [_atom(m, part, year=year, low=number, word=which)]


def _fiscal(m: re.Match[str], text: str) -> list[Atom]:
    return [_atom(m, "date", year=_year_of(m["y"]))]


def _season(m: re.Match[str], text: str) -> list[Atom]:
    return [_atom(m, "season", unit=m["s"].lower(), year=_year_of(m["y"]), word=(m["which"] or "").lower())]


def _holiday(m: re.Match[str], text: str) -> list[Atom]:
    month, day = _HOLIDAYS[" ".join(m["h"].lower().replace("’", "'").split())]
    return [_atom(m, "date", month=month, day=day, year=_year_of(m["y"]), word="holiday")]


# ------------------------------------------------------------------------------------ relative dates
_DATE_NEXT = re.compile(r"\.?,?[ \xa0](?:[A-Z][a-z]{2,8}\.?[ \xa0])?\d")


def _weekday(m: re.Match[str], text: str) -> list[Atom]:
    name = m["wd"].lower()
    if name in DATA["short_weekdays"] and not _DATE_NEXT.match(text[m.end() : m.end() + 14]):
        return []
    if not m["wd"][0].isupper():
        return []
    before = text[max(0, m.start() - 10) : m.start()].split()
    if before and before[-1].lower() in DATA["named_weekdays"]:
        return []
    return [_atom(m, "weekday", low=WEEKDAYS[name], word=_which(m["which"]))]


def _which(word: str | None) -> str:
    words = (word or "").lower().split()
    return words[-1] if words else ""


def _last_month_name(m: re.Match[str], text: str) -> list[Atom]:
    if m["m"][0].islower() and m["m"].lower() in _AMBIGUOUS:
        return []
    which, start = _which(m["which"]), _with_article(m.start(), text)
    day = int(m["d"]) if m["d"] else None
    if day and not _possible(None, MONTHS[m["m"].lower()], day):
        return []
    return [_atom(m, "date", month=MONTHS[m["m"].lower()], day=day, word=which + " name", start=start, core=(m.start("m"), m.end()))]


def _with_article(start: int, text: str) -> int:
    return start - 4 if text[max(0, start - 4) : start].lower() == "the " and not text[max(0, start - 5) : start - 4].isalnum() else start


def _period(m: re.Match[str], text: str) -> list[Atom]:
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
    if words in DATA["couple"]:
        return 2, 2
    return FEW


def _past_units(m: re.Match[str], text: str) -> list[Atom]:
    """The last two weeks, the past few months."""
    low, high = _amount(m["n"])
    unit = m["unit"].lower()
    if unit in ("hour", "minute", "weekend"):
        return []
    return [_atom(m, "stretch", low=low, high=high, unit=unit, word=_which(m["which"]), start=_with_article(m.start(), text))]


def _ago(m: re.Match[str], text: str) -> list[Atom]:
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


def _within(m: re.Match[str], text: str) -> list[Atom]:
    before = text[max(0, m.start() - 80) : m.start()]
    if re.search(r"\b(?:must|shall|should|required?s?|can|may|will|would|have to|has to|need to|to be)\b[^.]*$", before):
        return []
    low, high = _amount(m["n"])
    if high > 30:
        return []
    return [_atom(m, "within", low=low, high=high, unit=m["unit"].lower())]


def _day_word(m: re.Match[str], text: str) -> list[Atom]:
    word = m[0].lower()
    offset = -1 if word.startswith("yester") or word == "last night" else 1 if word.startswith("tomo") else 0
    return [_atom(m, "today", low=offset)]


def _side_day(m: re.Match[str], text: str) -> list[Atom]:
    """The day before, the day after."""
    later = m["dir"].lower() == "after"
    word, unit = "later" if later else "earlier", m["unit"].lower()
    start = _with_article(m.start(), text)
    return [_atom(m, "ago", low=1, high=1, unit="day" if unit == "night" else unit, word=word, month=1, start=start)]


def _weekend(m: re.Match[str], text: str) -> list[Atom]:
    return [_atom(m, "period", word="last", unit="weekend", low=1)]


_POINTER = r"(?P<which>this|last|next|past|previous|preceding|following|same|that|coming|prior|current)"
_N = rf"(?P<n>\d{{1,4}}|{any_of([*_AMOUNTS, *DATA['few'], *DATA['couple']])})"
_TAIL_YEAR = rf"(?:(?:,?{MAYBE_BLANK}|{BLANK}of{BLANK}|[-]){_YEAR}|,?{BLANK}(?:of{BLANK}|in{BLANK})?{_WHICH}{BLANK}year(?![a-z]))"
_AGO = pattern(
    rf"{_N}(?P<half>{BLANK}and{BLANK}a{BLANK}half)?(?:{BLANK}|-)(?:full{BLANK}|short{BLANK}|calendar{BLANK}|business{BLANK}|working{BLANK})?"
    rf"{_UNITS}s?{BLANK}(?P<dir>ago|earlier|later|before|after|prior(?:{BLANK}to)?|previously|afterwards?|beforehand|thereafter|hence|ahead{BLANK}of)\b"
)
_RULES: dict[str, list[tuple[re.Pattern[str], _Builder]]] = {
    "digit": [
        (pattern(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:(?=T\d)|(?![\w]|-\d))"), _iso),
        (pattern(rf"(\d{{4}})-{MONTH}-(?P<d>\d{{1,2}})(?!\d)"), _year_name_day),
        (pattern(rf"(\d{{4}}),{BLANK}(?P<d>\d{{1,2}}){BLANK}{MONTH}(?!{BLANK}\d)"), _year_name_day),
        (pattern(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?![\d\w]|[-/.]\d)"), _numeric),
        (
            pattern(
                rf"(?P<d>\d{{1,2}}){_ORD}(?:(?P<link>{MAYBE_BLANK}{DASH}{MAYBE_BLANK}|{BLANK}(?:to|through|and|&|or){BLANK}|,{BLANK})(?P<d2>\d{{1,2}}){_ORD})?"
                rf"(?:{BLANK}|-)(?:(?:day{BLANK})?(?P<of>of){BLANK})?{MONTH}{_TAIL_YEAR}?"
            ),
            _day_month,
        ),
        (pattern(r"(?P<y>(?:19|20)\d\d)[ -]?Q(?P<n>[1-4])(?!\w)"), _quarter),
        (pattern(rf"(?P<n>[1-4])Q(?:{MAYBE_BLANK}(?:of{BLANK})?(?:FY)?['’]?(?P<y>\d{{4}}|\d\d))?(?!\w)"), _quarter),
        (
            pattern(rf"(?P<o>1st|2nd|3rd|4th){BLANK}(?:fiscal{BLANK})?(?P<part>quarter|half)(?:{BLANK}of(?:{BLANK}fiscal)?(?:{BLANK}year)?{BLANK}{_YEAR}|{BLANK}of{BLANK}{_WHICH}{BLANK}year\b)?"),
            _quarter,
        ),
        (_AGO, _ago),
        (pattern(r"(\d{3}0)s(?!\w)"), _decade),
        (pattern(rf"(\d{{4}}){MAYBE_BLANK}{DASH}{MAYBE_BLANK}(\d{{4}}|\d\d)(?![\w\d]|-\d)"), _years),
        (pattern(r"((?:19|20)\d\d)-(0[1-9]|1[0-2])(?![\w\d]|-\d)"), _iso_month),
        (pattern(r"((?:19|20)\d\d)(?![\w\d+%]|[.,:/]\d|-\d)"), _bare_year),
    ],
    "month": [
        (
            pattern(
                rf"{MONTH},?{MAYBE_BLANK}[-]?(?:the{BLANK})?(?P<d>\d{{1,2}}){_ORD}(?!,\d{{3}}(?!\d)|:\d|%|\.\d)"
                rf"(?:(?P<link>{MAYBE_BLANK}{DASH}{MAYBE_BLANK}|{BLANK}(?:to|through|and|&|or){BLANK})(?P<d2>\d{{1,2}}){_ORD}(?!,\d{{3}}(?!\d)|:\d|%|\.\d|{BLANK}{OTHER_MONTH}))?"
                rf"(?P<clock>{_CLOCK}(?={BLANK}(?:19|20)\d\d))?{_TAIL_YEAR}?"
            ),
            _month_day,
        ),
        (pattern(rf"{MONTH}(?:,?{MAYBE_BLANK}|{BLANK}of{BLANK}|-|/|['’]){_YEAR}"), _month_year),
        (pattern(rf"{MONTH},?{BLANK}(?:of{BLANK}|in{BLANK})?{_WHICH}{BLANK}year(?![a-z])"), _month_which),
        (pattern(rf"{MONTH}"), _bare_month),
    ],
    "weekday": [(pattern(rf"(?P<which>)(?P<wd>{any_of(WEEKDAYS)})(?![a-z-])\.?"), _weekday)],
    "which": [
        (pattern(rf"{_POINTER}{BLANK}(?P<wd>{any_of(DATA['weekdays'])})(?![a-z-])"), _weekday),
        (
            pattern(
                rf"{_POINTER}{BLANK}{MONTH}"
                rf"(?:{BLANK}(?P<d>\d{{1,2}}){_ORD}(?!,\d{{3}}|:\d|%|\.\d))?(?!{BLANK}\d|,?{BLANK}(?:19|20)\d\d)(?<!\.)"
            ),
            _last_month_name,
        ),
        (pattern(rf"{_POINTER}{BLANK}(?:past{BLANK})?(?P<s>{any_of(SEASONS)})(?P<y>)(?![a-z])"), _season),
        (
            pattern(
                rf"{_POINTER}{BLANK}(?:very{BLANK}|past{BLANK}|calendar{BLANK}|fiscal{BLANK})?"
                rf"{_UNITS}(?![a-z-])(?!{BLANK}of{BLANK}(?:{OTHER_MONTH}|the{BLANK}(?:month|year)|(?:19|20)\d\d|last|this|next))"
            ),
            _period,
        ),
        (
            pattern(
                rf"(?P<which>last|past|previous|preceding|next|coming|following|first|recent){BLANK}{_N}{BLANK}(?:full{BLANK}|calendar{BLANK})?"
                rf"{_UNITS}s?(?![a-z-])"
            ),
            _past_units,
        ),
        (pattern(rf"(?P<which>past|recent|previous|coming|last){BLANK}{_UNITS}s(?![a-z-])(?P<n>)"), _past_units),
        (pattern(rf"last{BLANK}night\b"), _day_word),
    ],
    "amount": [(_AGO, _ago)],
    "unit": [
        (
            pattern(
                rf"(?P<n>)(?P<half>)(?P<unit>day|week|month|year|hour|decade)s{BLANK}"
                rf"(?P<dir>ago|earlier|later|before|after(?:wards)?|prior(?:{BLANK}to)?)\b"
            ),
            _ago,
        ),
        (pattern(rf"(?P<unit>day|week|month|year|night){BLANK}(?P<dir>before|after)\b(?!-)"), _side_day),
    ],
    "weekend": [(pattern(r"(?<=over the )weekend\b|(?<=during the )weekend\b|(?<=at the )weekend\b|(?<=on the )weekend\b"), _weekend)],
    "today": [(pattern(r"(?:today|yesterday|tomorrow|tonight)(?![\w-])"), _day_word)],
    "quarter": [
        (
            pattern(
                rf"Q(?P<n>[1-4])(?:{MAYBE_BLANK}(?:of{BLANK})?(?:FY|fiscal{BLANK}(?:year{BLANK})?)?['’]?(?P<y>(?:19|20)\d\d|\d\d)(?!\d)"
                rf"|{BLANK}(?:of{BLANK})?{_WHICH}{BLANK}year\b)?(?!\w)"
            ),
            _quarter,
        ),
        (pattern(rf"(?P<part>H)(?P<n>[12])(?:{MAYBE_BLANK}(?:of{BLANK})?['’]?(?P<y>(?:19|20)\d\d))(?!\w)"), _quarter),
    ],
    "ordinal": [
        (
            pattern(
                rf"(?P<o>first|second|third|fourth){BLANK}(?:fiscal{BLANK})?(?P<part>quarter|half)(?![a-z-])"
                rf"(?:{BLANK}of(?:{BLANK}the)?(?:{BLANK}fiscal)?(?:{BLANK}year)?{BLANK}{_YEAR}|{BLANK}of{BLANK}{_WHICH}{BLANK}year\b|,?{BLANK}(?P<y2>(?:19|20)\d\d)(?!\w))?"
            ),
            _quarter,
        )
    ],
    "fiscal": [(pattern(rf"(?:FY{MAYBE_BLANK}['’]?|fiscal{BLANK}(?:year{BLANK})?)(?P<y>(?:19|20)\d\d|(?<=FY)\d\d)(?!\w)"), _fiscal)],
    "season": [(pattern(rf"(?P<s>{any_of(SEASONS)})(?:{BLANK}of)?{BLANK}(?:{_YEAR}|{_WHICH}{BLANK}year\b)"), _season)],
    "holiday": [(pattern(rf"(?P<h>{any_of(_HOLIDAYS).replace(chr(39), '[' + chr(39) + '’]')})(?![a-z-])(?:,?{BLANK}{_YEAR})?"), _holiday)],
    "within": [
        (
            pattern(
                rf"within{BLANK}(?P<n>a|an|one|two|three|four|five|a{BLANK}few|\d{{1,2}}){BLANK}(?P<unit>hour|day|week|month)s?\b"
                rf"(?!{BLANK}(?:of|after|from|before))"
            ),
            _within,
        )
    ],
}
_START = re.compile(
    r"(?<![\w@$€£\\])(?:"
    r"(?P<digit>(?<!\d[.,:/])(?<![#/_])(?:(?<!\w-)|(?<=mid-)|(?<=late-)|(?<=early-))\d{1,4})"
    rf"|(?P<month>(?:{any_of(MONTHS)})(?![a-z]))"
    rf"|(?P<weekday>(?:{any_of(WEEKDAYS)})(?![a-z]))"
    rf"|(?P<which>(?:this|last|next|past|previous|preceding|following|same|that|coming|prior|current|recent|first)(?=[ \t\xa0\r\n]))"
    r"|(?P<today>today|yesterday|tomorrow|tonight)"
    rf"|(?P<amount>(?:{any_of(w for w in _AMOUNTS if len(w) > 2)}|few|several|couple)(?=[ \xa0\r\n-])"
    r"|(?:an?|some|many|multiple)(?=[ \xa0\r\n](?:few|couple|number|handful|full|day|week|month|year|decade|fortnight|hour)s?\b))"
    r"|(?P<unit>(?:day|week|month|year|hour|night|decade)s?(?=[ \xa0\r\n](?:ago|earlier|later|before|after|prior)))"
    r"|(?P<weekend>weekend)"
    r"|(?P<quarter>[QH][1-4](?!\d))"
    r"|(?P<ordinal>(?:first|second|third|fourth)(?=[ \xa0\r\n](?:fiscal|quarter|half)))"
    r"|(?P<fiscal>FY|fiscal)"
    rf"|(?P<season>(?:{any_of(SEASONS)})(?=[ \xa0\r\n](?:of|19|20|this|last|next|that|the)))"
    rf"|(?P<holiday>{any_of(_HOLIDAYS).replace(chr(39), '[' + chr(39) + '’]')})"
    r"|(?P<within>within)"
    r")",
    re.IGNORECASE,
)
# Web addresses, and the targets of Markdown links: numbers in them say nothing
WEB_ADDRESS = re.compile(r"https?://[^\s<>\"')\]]{1,2000}|www\.[^\s<>\"')\]]{1,2000}|(?<=\]\()[^\s()]{1,500}(?=\))", re.IGNORECASE)


@lru_cache(maxsize=2)
def scan(text: str) -> tuple[Atom, ...]:
    """The date expressions of a text in order."""
    urls = [m.span() for m in WEB_ADDRESS.finditer(text)]
    found: list[Atom] = []
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
        for rule, build in _RULES[str(start.lastgroup)]:
            m = rule.match(text, here)
            if m is None:
                continue
            atoms = build(m, text)
            if atoms and (not found or atoms[0].start >= found[-1].end):
                found += atoms
                position = max(atoms[-1].end, position)
                break
    return tuple(found)
