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

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from kg.extraction.date_atoms import WEB_ADDRESS, Atom, scan
from kg.extraction.date_resolving import (
    ATTACH,
    ONWARD,
    OPEN_END,
    OPEN_START,
    OR_EARLIER,
    RANGE_LEAD,
    RUNNING,
    TO_NOW,
    WEEKDAY_GAP,
    DateReading,
    Resolver,
    around,
    joined,
    months_on,
    share_years,
)


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
    atoms = list(_merged_weekdays(text, scan(text)))
    readings = [around(atom, text, atoms[i - 1].end if i else 0) for i, atom in enumerate(atoms)]
    joins = [joined(text, readings[i].end, readings[i + 1].start) for i in range(len(readings) - 1)] + [""]
    share_years(atoms, joins)
    resolver = Resolver(text, published, _day_first(atoms))
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
            and ATTACH.fullmatch(text[reading.end : following.start])
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


def _range(text: str, a: DateReading, b: DateReading, join: str, floor: int, resolver: Resolver) -> DateMention | None:
    """Two readings as one interval, if the words say so."""
    window = max(floor, a.start - 40)
    lead = RANGE_LEAD.search(text[window : a.start])
    word = lead["lead"].lower() if lead else ""
    if join == "and" and word != "between":
        return None
    if a.atom.kind in ("ago", "within", "stretch") and word not in ("between", "from"):
        return None
    anchor, year = resolver.anchor, resolver.year
    if not resolver.resolve(b):
        return None
    if a.first > b.last and a.atom.kind == "date" and a.atom.year is None and a.atom.month:
        a.first, a.last = months_on(a.first, -12), months_on(a.last, -12)
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


def _mention(text: str, r: DateReading, floor: int, published: date | None) -> DateMention:
    """One reading with the flags that the words before and after it set."""
    start, end = r.start, r.end
    window = max(floor, start - 70)
    before, after = text[window:start], text[end : end + 24]
    open_end = open_start = False
    first, last, precision = r.first, r.last, r.precision
    vague = r.vague
    if m := OPEN_END.search(before):
        open_end, start = True, window + m.start()
    elif m := OPEN_START.search(before):
        plain = m[0].split()[0].lower()
        if plain == "throughout" or (plain == "by" and r.atom.kind == "period" and r.atom.word == "same"):
            pass
        else:
            open_start, start = True, window + m.start()
    now = TO_NOW.match(after)
    lead = RANGE_LEAD.search(before)
    if now:
        end += now.end()
        if published and published >= first:
            last, precision = published, "range"
            open_end = False
        else:
            open_end = True
        if lead and lead["lead"].lower() in ("from", "between", "since"):
            start = window + lead.start()
    elif m := ONWARD.match(after):
        if not (m[0].split()[-1].lower() == "on" and not (lead and lead["lead"].lower() == "from")):
            open_end, open_start = True, False
            end += m.end()
            if lead and lead["lead"].lower() == "from":
                start = window + lead.start()
    elif m := OR_EARLIER.match(after):
        open_start = True
        end += m.end()
    elif lead and lead["lead"].lower() == "from" and not open_start and RUNNING.search(before[: lead.start()]):
        open_end, start = True, window + lead.start()
    return DateMention(start, end, text[start:end], first, last, precision, r.relative, open_end, open_start, vague)


def _merged_weekdays(text: str, atoms: tuple[Atom, ...]) -> Iterable[Atom]:
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
            and WEEKDAY_GAP.fullmatch(text[atom.end : following.start])
        ):
            yield replace(following, start=atom.start)
            skip = True
            continue
        yield atom


def _day_first(atoms: Iterable[Atom]) -> bool:
    """Whether a numeric date of the text can only be day/month."""
    return any(a.kind == "date" and a.word == "day first" for a in atoms)


# ------------------------------------------------------------------------------------------- other views
_ANY_YEAR = re.compile(r"(?<![\d.,:=\w-])(?:19[89]\d|20[0-3]\d)(?![\d\w]|[.,:]\d|-bit)")


def date_spans(text: str) -> list[tuple[int, int]]:
    """Where dates, years and the like of "two weeks ago" stand, so that their numbers are taken for nothing else.

    >>> date_spans("On June 6, 2023 about 2,000 people")
    [(3, 15)]
    """
    return [(a.start, a.end) for a in scan(text)]


def annotated_dates(text: str, published: date | None) -> list[AnnotatedDate]:
    """Dates in the manner of annotated corpora: bare expressions of a day, month or year, with an ISO value.

    Prepositions, weekdays, "early" and "late" are no part of them; ranges are two; durations,
    weekdays and words like "today" are none. A year counts wherever it stands outside a web address.

    >>> [(a.text, a.value) for a in annotated_dates("In late May and on 3 June 2020 (last year: 2019)", date(2020, 7, 1))]
    [('May', '2020-05'), ('3 June 2020', '2020-06-03'), ('last year', '2019'), ('2019', '2019')]
    """
    atoms = list(_merged_weekdays(text, scan(text)))
    joins = [joined(text, a.end, b.start) for a, b in pairwise(atoms)] + [""]
    share_years(atoms, joins)
    resolver = Resolver(text, published, _day_first(atoms))
    found: list[AnnotatedDate] = []
    for atom in atoms:
        reading = DateReading(atom, atom.start, atom.end)
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
                value = f"{published.year - 1}" if atom.unit == "year" else months_on(published, -1).isoformat()[:7]
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
