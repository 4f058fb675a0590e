"""Which days a date expression means, from the words around it and the dates before it.

Part of the date grammar: :mod:`kg.extraction.dates` has the whole.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from kg.extraction.date_atoms import BLANK, DASH, DATA, MAYBE_BLANK, ORDINALS, SEASONS, Atom, any_of, pattern

STORY = 8
"""A month without a year lies at most so many months after the date told before it, if that is in an earlier year; else it lies before."""
SPREAD = {"day": 1, "week": 3, "month": 15, "year": 182}
"""Days either way of "about N units ago", as in :mod:`kg.times`."""
NEIGHBOUR = 600
"""A year is taken over from a date that stands at most so many characters before."""



# ------------------------------------------------------------------------------ the words around an atom
_PART_WORD = r"(?:early|mid|middle|late)"
_PART = pattern(
    rf"(?:^|(?<![\w-]))(?:(?P<p1>{_PART_WORD})(?:(?:{BLANK}?-{MAYBE_BLANK}|{BLANK})(?:to(?:{BLANK}|-)|or(?:{BLANK}))?(?P<p2>{_PART_WORD}))?(?:{BLANK}|-)(?:in{BLANK})?(?:the{BLANK})?"
    rf"|(?P<p3>earlier|later){BLANK}(?:in{BLANK})?"
    rf"|(?:the{BLANK})?(?:very{BLANK})?(?P<p4>beginning|start|middle|end|first{BLANK}half|second{BLANK}half|latter{BLANK}(?:half|part)|early{BLANK}part|first{BLANK}days"
    rf"|final{BLANK}days|last{BLANK}days|early{BLANK}days|closing{BLANK}days|(?P<nth>first|second|third|fourth|last|final){BLANK}(?P<nu>week|weekend|quarter|months?|days?)"
    rf"|weekend|week|night|evening|morning|afternoon|month|year){BLANK}of{BLANK}(?:the{BLANK})?)$"
)
_VAGUE = pattern(
    rf"(?:^|(?<![\w-]))(?:on{BLANK}or{BLANK}(?:about|around)|about|around|approximately|roughly|circa|approx\.?|c\.|~|nearly|almost|some){MAYBE_BLANK}"
    rf"(?:in{BLANK}|on{BLANK})?(?:the{BLANK})?$"
)
_FILL = (
    rf"(?:,?{BLANK}(?:and|in|on|at|the|at{BLANK}least|possibly|perhaps|probably|likely|maybe|about|around|approximately"
    rf"|on{BLANK}or{BLANK}(?:about|around)|sometime|as{BLANK}of|way))"
)
OPEN_END = pattern(
    rf"(?<![\w-])(?:ever{BLANK}since|since|at{BLANK}least{BLANK}since|(?:as{BLANK})?(?:far{BLANK})?back{BLANK}(?:to|until|in)|(?:as|so){BLANK}(?:early|far{BLANK}back|long{BLANK}ago){BLANK}as"
    rf"|(?:no|not){BLANK}earlier{BLANK}than|beginning|starting|commencing|effective|at{BLANK}least{BLANK}from|from{BLANK}at{BLANK}least|from{BLANK}as{BLANK}early{BLANK}as)"
    rf"(?:{BLANK}from|{BLANK}as{BLANK}early{BLANK}as|{BLANK}as{BLANK}far{BLANK}back{BLANK}as|{_FILL})*[ \t\xa0\r\n*_\[(]{{1,8}}$"
)
OPEN_START = pattern(
    rf"(?<![\w-])(?:until|till|til|up{BLANK}(?:until|till|to)|through(?:out)?|thru|by|(?:no|not){BLANK}later{BLANK}than|as{BLANK}(?:late|recently){BLANK}as|before|prior{BLANK}to"
    rf"|ahead{BLANK}of|on{BLANK}or{BLANK}before)(?:{BLANK}as{BLANK}late{BLANK}as|{_FILL})*[ \t\xa0\r\n*_\[(]{{1,8}}$"
)
RANGE_LEAD = pattern(
    rf"(?<![\w-])(?P<lead>between|from|during|over|since|starting|beginning|for)(?:{BLANK}on)?(?:{_FILL})*[ \t\xa0\r\n]{{1,8}}$"
)
_JOIN = pattern(
    rf"[)\s]{{0,4}},?{MAYBE_BLANK}(?:and{BLANK})?(?P<join>to|until|till|through|thru|up{BLANK}(?:to|until)|and|or|&|,|{DASH})"
    rf"(?:{BLANK}(?:the|at{BLANK}least|possibly|perhaps|as{BLANK}recently{BLANK}as|as{BLANK}late{BLANK}as|on|in|about|around|approximately|into|sometime|at{BLANK}the{BLANK}latest))*[\s(]{{0,4}}"
)
TO_NOW = pattern(rf"[,)]?{MAYBE_BLANK}(?:to|until|till|through|{DASH}){MAYBE_BLANK}(?:the{BLANK})?(?:present(?:{BLANK}day)?|now|date)\b")
ONWARD = pattern(rf"{BLANK}(?:on|onwards?|forward|and{BLANK}(?:later|after|beyond|onwards?)|or{BLANK}later)\b")
OR_EARLIER = pattern(rf"{BLANK}(?:or|and){BLANK}(?:earlier|before)\b")
RUNNING = pattern(
    r"\b(?:active|running|ran|runs|lasted|lasting|continued|operating|operated|used|accessed|access|occurred|occurring|exploited|exploiting|exploitation|compromised"
    r"|ongoing|place|exposed|present|available|stole|stolen|took|taken|happened|activity|intruded|open|down|offline|unavailable)\b[^.;]{0,30}$"
)
WEEKDAY_GAP = re.compile(r",?[ \xa0\n]{0,2}(?:the )?\(?$")
ATTACH = pattern(rf"{BLANK}(?:the{BLANK})?$")


@dataclass(slots=True)
class DateReading:
    """An atom with what was said around it, and what it was resolved to."""

    atom: Atom
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


_RATHER = pattern(rf"(?:more{BLANK}than|less{BLANK}than|over|just|under|at{BLANK}least|only){BLANK}$")
_THIRD = {"early": 0, "mid": 1, "middle": 1, "late": 2}


def around(atom: Atom, text: str, floor: int) -> DateReading:
    """Take in what stands directly before an atom, but nothing before ``floor``."""
    reading = DateReading(atom, atom.start, atom.end)
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
    if atom.kind == "ago" and (m := _RATHER.search(before)):
        reading.start, reading.vague = window + m.start(), reading.vague or not m[0].lower().startswith(("just", "only"))
    return reading


def _part(reading: DateReading, m: re.Match[str], atom: Atom) -> None:
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
            reading.nth = ORDINALS.get(m["nth"].lower(), -1)
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


def months_on(day: date, months: int) -> date:
    """The day so many months later, or the last of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _moved(day: date, amount: int, unit: str) -> date:
    if unit in ("month", "year", "quarter", "decade"):
        return months_on(day, amount * {"month": 1, "quarter": 3, "year": 12, "decade": 120}[unit])
    return day + timedelta(days=amount * {"week": 7, "fortnight": 14, "weekend": 7}.get(unit, 1))


_Days = tuple[date, date]
_STEP = {"last": -1, "past": -1, "previous": -1, "preceding": -1, "prior": -1, "next": 1, "coming": 1, "following": 1}


class Resolver:
    """Resolves readings in the order of the text."""

    def __init__(self, text: str, published: date | None, day_first: bool) -> None:
        self.text, self.published, self.day_first = text, published, day_first
        self.anchor: _Days | None = None
        self.fine: _Days | None = None  # the last that is no longer than a month
        self.year: tuple[int, int] | None = None  # a year that was said, and where
        self.days: dict[tuple[int, int | None], int] = {}  # the year that was said of a day or month
        self.told: tuple[date, int, bool] | None = None  # a date of the story, where it ends, and whether its year was not said

    def resolve(self, reading: DateReading) -> bool:
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

    def _days(self, r: DateReading) -> _Days | None:
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

    def _year_for(self, r: DateReading, month: int, day: int | None) -> int | None:
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

    def _story(self, r: DateReading, month: int, day: int | None) -> int | None:
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

    def _nearest(self, r: DateReading, month: int, day: int | None) -> int | None:
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

    def _date(self, r: DateReading) -> _Days | None:
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

    def _stretch_of_year(self, r: DateReading) -> _Days | None:
        atom = r.atom
        if atom.kind == "season":
            low, high = SEASONS[atom.unit]
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

    def _weekday(self, r: DateReading) -> _Days | None:
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

    def _period(self, r: DateReading) -> _Days | None:
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

    def _stretch(self, r: DateReading) -> _Days | None:
        atom, base = r.atom, self.published
        if atom.word in ("following", "first"):
            base = self.anchor[1] if self.anchor else None
        if base is None or atom.high > 200:
            return None
        r.relative, r.precision = True, "range"
        if atom.word in ("next", "coming", "following", "first"):
            return base, _moved(base, atom.high, atom.unit)
        return _moved(base, -atom.high, atom.unit), base

    def _ago(self, r: DateReading) -> _Days | None:
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

    def _shaped(self, r: DateReading, first: date, last: date) -> _Days:
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
    def _nth(r: DateReading, first: date, last: date) -> _Days:
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


_FUTURE = pattern(rf"(?<![\w])(?:{any_of(DATA['future'])})(?![\w])|['’]ll\b")
_SAID = pattern(r"\b(?:said|says|told|announced|confirmed|reported|wrote|disclosed|warned|revealed|declined|added)\b[^.;]{0,40}$")
_ASIDE = pattern(_SAID.pattern + r"|\b(?:had|has|have)\b[^.;,]{0,50}$")
_STOPS = re.compile(r"[.!?;][\"'”’)]*\s")
_TO = ("to", "until", "till", "through", "thru", "-", "–", "—", "‒")


def joined(text: str, left: int, right: int) -> str:
    """The connecting word between two expressions: "to", "and", … or nothing."""
    if not 0 <= right - left <= 40:
        return ""
    m = _JOIN.fullmatch(text[left:right])
    if m is None:
        return ""
    word = m["join"].lower()
    return "to" if word in _TO or word.startswith("up") else "and" if word in ("and", "&") else ","


def share_years(atoms: list[Atom], joins: list[str]) -> None:
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
