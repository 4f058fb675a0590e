"""The whole reading of a text, in the order in which one finding needs another."""

from __future__ import annotations

from datetime import date

from kg.extraction import actors, affected, assets, gazetteer, incidents, kinds, methods, places, timing
from kg.extraction.analysis import Analysis
from kg.extraction.classifiers import Classifiers
from kg.extraction.findings import Reading
from kg.extraction.names import Lexicon
from kg.extraction.parties import Parties
from kg.extraction.speech import Speeches
from kg.extraction.supply import Supplies
from kg.extraction.tagger import Tagger
from kg.extraction.victims import weigh

NO_INCIDENT = 0.05
"""Below this probability of telling of an incident at all, a text is left alone (a recipe, a market report, an advertisement)."""


def _taken_apart(text: str, published: date | None, publisher: str | None, lexicon: Lexicon | None) -> tuple[Reading, Speeches]:
    doc = Analysis(text, published, lexicon or Lexicon.bundled(), Tagger.bundled())
    parties = Parties(doc, publisher)
    return Reading(doc, parties), Speeches(doc, parties)


def prepare(text: str, published: date | None) -> tuple[Reading, Speeches]:
    """A text taken apart, with its victims and incidents: what the readers of single facts begin with."""
    reading, speeches = _taken_apart(text, published, None, None)
    incidents.read(reading, weigh(reading, speeches), speeches)
    return reading, speeches


def read(text: str, published: date | None, *, publisher: str | None = None, lexicon: Lexicon | None = None) -> Reading:
    """Read a text. ``published`` is the day from which relative dates count; ``publisher`` who says "we"."""
    reading, speeches = _taken_apart(text, published, publisher, lexicon)
    classifiers = Classifiers.bundled()
    if classifiers.incident(text) < NO_INCIDENT:
        return reading
    incidents.read(reading, weigh(reading, speeches), speeches)
    judged = classifiers.country(text)
    named = [p.name for p in reading.parties.organizations()]
    seat = judged.value if judged and judged.value not in places.ACCUSED else places.text_country(text, named)
    for incident in reading.incidents:
        incident.kind, incident.kind_ground = kinds.kind_of(reading, incident, speeches)
        for victim in incident.victims:
            if victim.party:
                victim.country = places.country_of(reading, victim.party, places.bundled_countries())
            elif victim.description:
                near = gazetteer.places(victim.description)
                victim.country = near[0][2] if near else None
            victim.country = victim.country or seat
    actors.read(reading, speeches)
    supplies = Supplies(reading, speeches)
    affected.read(reading, speeches, supplies)
    assets.read(reading, speeches)
    timing.read(reading, speeches)
    methods.read(reading, speeches)
    supplies.fill()
    return reading
