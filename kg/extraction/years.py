"""The year of an incident, as far as a short account tells it: a choice among the years of its dates and of its publication.

Where an account gives no date of the deed itself ("was noticed on May 3, 2015"), the year is often still plain. The weights in
``models/years.json`` come from ``tools/train_years.py``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date

from kg.extraction import timing
from kg.extraction.classifiers import Judgement
from kg.extraction.dates import DateMention
from kg.extraction.linear import Linear
from kg.extraction.reading import prepare

Dated = tuple[DateMention, Mapping[str, float]]
"""A date and what stands around it."""
AGES = 4
"""Accounts of so many years and more are old."""


def dated(text: str, published: date) -> list[Dated]:
    """The dates of a text up to its publication, without its date line. Raises nothing."""
    reading, speeches = prepare(text, published)
    if not reading.doc.words:
        return []
    found = [(m, timing.features(reading, speeches, m)) for m in timing.dates_of(reading.doc) if m.first <= published]
    return [(m, row) for m, row in found if "header" not in row]


def options(found: Iterable[Dated], published: date) -> dict[int, dict[str, float]]:
    """Each year that an account may be of, with what speaks for it: the senses of its dates, its place among the others. Raises nothing."""
    model = Linear.bundled("timing")
    begins: dict[int, list[tuple[DateMention, Mapping[str, float]]]] = {}
    ends: dict[int, list[Mapping[str, float]]] = {}
    for mention, row in found:
        senses = model.probabilities(row)
        begins.setdefault(mention.first.year, []).append((mention, senses))
        last = min(mention.last, published).year
        if last != mention.first.year:
            ends.setdefault(last, []).append(senses)
    told = {*begins, *ends}
    first = next(iter(begins), None)
    weighed: dict[int, dict[str, float]] = {}
    for year in sorted(told | {published.year}):
        here, there = begins.get(year, []), ends.get(year, [])
        row = {f"gap {min(published.year - year, AGES)}": 1.0}
        for sense in ("happened", "discovered", "disclosed"):
            row[sense] = 2 * max((p[sense] for _, p in here), default=0.0)
            row[f"end {sense}"] = 2 * max((p[sense] for p in there), default=0.0)
        if year in told:
            row["told"] = 1.0
            row["times"] = math.log1p(len(here) + len(there))
            row["explicit"] = float(any(str(year) in m.text for m, _ in here))
            row["precise"] = float(any(m.precision in ("day", "month") for m, _ in here))
            row["first"] = float(year == first)
            row["earliest"], row["latest"], row["only"] = float(year == min(told)), float(year == max(told)), float(len(told) == 1)
        weighed[year] = row
    return weighed


def year_of(text: str, published: date) -> Judgement:
    """The year in which the incident of a short account began; the publication's where no date is told. Raises nothing.

    >>> found = year_of("On May 3, 2015 the clinic noticed that records had been sent to a wrong address.", date(2016, 2, 4))
    >>> found.value
    '2015'
    """
    found = dated(text, published)
    model = Linear.bundled("years")
    weighed = {year: model.scores(row)["year"] for year, row in options(found, published).items()}
    best = max(sorted(weighed), key=lambda year: weighed[year])
    odds = {year: math.exp(score - weighed[best]) for year, score in weighed.items()}
    mention = next((m for m, _ in found if best in (m.first.year, m.last.year)), None)
    start, end = (mention.start, mention.end) if mention else (0, len(text))
    return Judgement(str(best), round(1 / sum(odds.values()), 4), start, end)
