"""From findings to the report model: things with keys, claims with their words, the rule that made them and how sure it is."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from kg.extraction.calibration import aspect_of, confidence_of
from kg.extraction.documents import Document
from kg.extraction.findings import Affected, Attributed, Ground, IncidentFound, Involved, Reading, Taken, Used, When
from kg.extraction.numbers import CountMention
from kg.extraction.parties import Party
from kg.model.base import Count, clean_label
from kg.model.report import IncidentReport
from kg.times import Interval
from kg.vocabulary import Event, Precision, Role, Stance, WordsOf

LONGEST_QUOTE = 20_000
"""Characters of the longest quote that a report takes; of longer words the beginning is quoted."""
LONGEST_LABEL = 500
"""Characters of the longest name or description that is made; what is longer is no name."""
_PRECISION = {"day": Precision.DAY, "month": Precision.MONTH, "quarter": Precision.QUARTER, "year": Precision.YEAR}


def slug(text: str, limit: int = 60) -> str:
    """A key made of a name.

    >>> slug("AT&T Inc."), slug("Ærø Kommune")
    ('at-t-inc', 'r-kommune')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:limit].strip("-") or "thing"


def build(
    reading: Reading, document: Document, report_id: str, version: str, confidence: Callable[[str, Ground], int] = confidence_of
) -> IncidentReport:
    """The report that the findings make; its text is the document's. ``confidence`` says how sure a claim is (0–100)."""
    return _Builder(reading, document, report_id, version, confidence).run()


class _Builder:
    def __init__(self, reading: Reading, document: Document, report_id: str, version: str, sure: Callable[[str, Ground], int]) -> None:
        self.reading, self.document, self.report_id, self.version, self.sure = reading, document, report_id, version, sure
        self.text = reading.doc.text
        self.things: dict[str, dict[str, dict[str, Any]]] = {}
        self.claims: dict[str, list[dict[str, Any]]] = {}
        self.keys: dict[object, str] = {}
        self.taken: set[str] = set()
        self.numbers: dict[str, int] = {}
        self.occurrences: dict[str, list[int]] = {}

    # ── parts ────────────────────────────────────────────────────────────────────────────

    def _key(self, identity: object, wish: str) -> str:
        if identity in self.keys:
            return self.keys[identity]
        key, n = wish, self.numbers.get(wish, 2)
        while key in self.taken:
            key, n = f"{wish}-{n}", n + 1
        self.numbers[wish] = n
        self.taken.add(key)
        self.keys[identity] = key
        return key

    def _thing(self, field: str, identity: object, wish: str, **values: Any) -> str:
        new = identity not in self.keys
        key = self._key(identity, wish)
        if new:
            self.things.setdefault(field, {})[key] = {"key": key, **{k: _bounded(v) for k, v in values.items() if v not in (None, (), "")}}
        return key

    def _evidence(self, *grounds: Ground | None) -> list[dict[str, Any]]:
        found = []
        for ground in grounds:
            if ground is None:
                continue
            quote = self.text[ground.start : ground.end]
            lead = len(quote) - len(quote.lstrip())
            start, quote = ground.start + lead, quote.strip()[:LONGEST_QUOTE].rstrip()
            if not quote:
                continue
            entry = {"quote": quote, "occurrence": self._occurrence(quote, start)}
            if entry not in found:
                found.append(entry)
        return found

    def _occurrence(self, quote: str, start: int) -> int:
        """How often the words have stood in the text by the time of a place where they stand, itself counted."""
        known = self.occurrences.setdefault(quote, [])
        while not known or known[-1] < start:
            at = self.text.find(quote, known[-1] + 1 if known else 0)
            if at < 0:
                break
            known.append(at)
        return max(1, bisect_right(known, start))

    def _claim(self, field: str, ground: Ground, *more: Ground | None, **values: Any) -> None:
        self.claims.setdefault(field, []).append(
            {
                **{k: _bounded(v) for k, v in values.items() if v is not None and v != ()},
                "evidence": self._evidence(ground, *more),
                "extracted_by": f"{ground.rule} {self.version.split()[1]}",
                "extraction_confidence": self.sure(aspect_of(field, values), ground),
            }
        )

    def _party(self, party: Party) -> str:
        known = party.id.removeprefix("org:") if party.id and party.id.startswith("org:") else None
        if party.kind == "person":
            works = self._party(party.works_for) if party.works_for else None
            return self._thing("people", party, slug(party.name), name=party.name, works_for=works)
        return self._thing(
            "organizations", (known and ("org", known)) or party, slug(party.name), id=known, name=party.name, country=party.country
        )

    def _agent(self, words: str, party: Party | None) -> str:
        if party is not None:
            return self._party(party)
        return self._thing("populations", ("agent", words.lower()), slug(words), description=words)

    # ── the whole ────────────────────────────────────────────────────────────────────────

    def run(self) -> IncidentReport:
        for number, incident in enumerate(self.reading.incidents):
            for victim in incident.victims:
                if victim.party and victim.country:
                    victim.party.country = victim.party.country or victim.country
            self._incident(number, incident)
        title = _bounded(self.document.title or self._first_words())
        block = self.document.report_block(id=self.report_id, title=title, publisher=self._publisher(), extractor=self.version)
        data: dict[str, Any] = {"report": block, "text": self.text, "text_by": WordsOf.SOURCE}
        data |= {field: list(entries.values()) for field, entries in self.things.items()}
        data |= self.claims
        return IncidentReport.model_validate(data)

    def _first_words(self) -> str:
        words = self.text.split()
        return " ".join(words[:12]) or "Untitled"

    def _publisher(self) -> str:
        name = self.document.publisher
        if name is None:
            party = self.reading.parties.self_party
            if party is not None:
                return self._party(party)
            return self._thing("organizations", ("publisher",), "unknown-publisher", name="Unknown publisher")
        for party in self.reading.parties.organizations():
            if name.lower() in {party.name.lower(), *party.names}:
                return self._party(party)
        meant = {m.id for m in self.reading.doc.lexicon.find(name) if m.kind == "organization" and m.text == name}
        sole = meant.pop() if len(meant) == 1 else None
        known = sole.removeprefix("org:") if sole and sole.startswith("org:") else None
        return self._thing("organizations", (known and ("org", known)) or ("publisher",), slug(name), id=known, name=name)

    def _incident(self, number: int, found: IncidentFound) -> None:
        title = self._title(number, found)
        key = self._thing(
            "incidents",
            ("incident", number),
            f"incident-{number + 1}" if number else "incident",
            title=title,
            kind=found.kind and [found.kind],
        )
        for victim in found.victims:
            self._involvement(key, victim)
        for other in found.others:
            self._involvement(key, other)
        for group in found.affected:
            self._affected(key, group)
        for actor in found.actors:
            self._actor(key, actor)
        for asset in found.assets:
            self._asset(key, asset)
        for technique in found.techniques:
            self._claim(
                "techniques", technique.ground, incident=key, words=technique.words, technique=technique.id, stance=technique.stance
            )
        for software in found.malware:
            name = self._thing(
                "malware",
                ("malware", software.words.lower()),
                slug(software.words),
                name=software.words,
                identifiers=(software.id,) if software.id else None,
            )
            self._claim("software_uses", software.ground, incident=key, software=name, stance=software.stance)
        for cve in found.cves:
            self._exploited(key, cve)
        for event, when in (
            (Event.OCCURRED, found.happened),
            (Event.DETECTED, found.discovered),
            (Event.DISCLOSED, found.disclosed),
            (Event.CONTAINED, found.contained),
            (Event.NOTIFIED, found.notified),
        ):
            if when is not None:
                self._claim("timings", when.ground, incident=key, event=event, when=_interval(when))
        for supply in found.supplies:
            self._claim("supplies", supply.ground, supplier=self._party(supply.supplier), customer=self._party(supply.customer))

    def _title(self, number: int, found: IncidentFound) -> str:
        who = ", ".join(v.label for v in found.victims[:3])
        kind = str(found.kind or "incident")
        return f"{kind.capitalize()} at {who}" if who else self.document.title or kind.capitalize()

    def _involvement(self, key: str, found: Involved) -> None:
        if found.party is not None:
            party = self._party(found.party)
        elif re.fullmatch(r"[A-Z]{1,5}", found.description or ""):
            party = self._thing(
                "organizations",
                ("ticker", found.description),
                slug(found.description or ""),
                name=found.description,
                identifiers=(f"ticker:{found.description}",),
            )
        else:
            party = self._thing(
                "populations",
                ("described", found.description),
                slug(found.description or ""),
                description=found.description,
                country=found.country,
            )
        self._claim("involvements", found.ground, incident=key, party=party, role=found.role, words=found.words)

    def _affected(self, key: str, found: Affected) -> None:
        if found.party is not None:
            party = self._party(found.party)
        else:
            party = self._thing(
                "populations",
                ("group", found.description.lower(), found.count and found.count.value),
                slug(found.description),
                description=found.description,
            )
            # what belongs to a group of these words belongs to this group
            self.keys.setdefault(("owner", found.description.lower()), party)
        self._claim(
            "involvements",
            found.ground,
            incident=key,
            party=party,
            role=Role.AFFECTED_PARTY,
            through=self._party(found.supplier) if found.supplier else None,
            count=_count(found.count),
            stance=found.stance,
        )

    def _actor(self, key: str, found: Attributed) -> None:
        known = found.id.removeprefix("actor:") if found.id and found.id.startswith("actor:") else None
        if found.name:
            identity: object = ("actor", known or found.name.lower())
            actor = self._thing(
                "actors",
                identity,
                slug(found.name),
                id=known,
                name=found.name,
                aliases=found.aliases,
                identifiers=(found.id,) if found.id and not known else None,
            )
        else:
            actor = self._thing(
                "unidentified_actors",
                ("described", (found.description or "").lower()),
                slug(found.description or "unknown actor"),
                description=found.description,
            )
        by = self._agent(found.by, found.by_party) if found.by else None
        if found.stance is Stance.CLAIMED and by is None and found.name:
            by = actor
        self._claim(
            "attributions",
            found.ground,
            found.by_ground,
            incident=key,
            actor=actor,
            actor_as_named=found.label,
            asserted_by=by,
            stance=found.stance,
            confidence_words=found.confidence,
        )
        if found.origin:
            self._claim("backgrounds", found.origin_ground or found.ground, actor=actor, origin=found.origin)
        if found.stance is Stance.DENIED:
            return
        if found.kind:
            self._claim("backgrounds", found.kind_ground or found.ground, actor=actor, kind=found.kind)
        if found.motive:
            self._claim("backgrounds", found.motive_ground or found.ground, actor=actor, motive=[found.motive])

    def _asset(self, key: str, found: Taken) -> None:
        owner: str | None = None
        if found.owner is not None:
            owner = self._party(found.owner)
        elif found.owner_words:
            owner = self._thing("populations", ("owner", found.owner_words.lower()), slug(found.owner_words), description=found.owner_words)
        asset = self._thing("assets", ("asset", key, found.kind, found.effect), slug(found.words), name=found.words, kind=[found.kind])
        self._claim(
            "compromises",
            found.ground,
            found.effect_ground,
            incident=key,
            asset=asset,
            effect=found.effect,
            owned_by=(owner,) if owner else (),
            quantity=_count(found.count),
            stance=found.stance,
        )

    def _exploited(self, key: str, found: Used) -> None:
        vulnerability = self._thing("vulnerabilities", ("cve", found.id), slug(found.words), id=found.id, name=found.words)
        self._claim("exploitations", found.ground, incident=key, vulnerability=vulnerability, stance=found.stance)


def _bounded(value: Any) -> Any:
    """A label no longer than the model takes; one of which nothing would be left, as where it is all marks, says so."""
    if not isinstance(value, str) or type(value) is not str:
        return value
    return value if value.isascii() and 0 < len(value) <= LONGEST_LABEL else clean_label(value)[:LONGEST_LABEL].rstrip() or "(no words)"


def _count(found: CountMention | None) -> Count | None:
    if found is None:
        return None
    return Count(min=found.low, max=found.high, words=_bounded(found.text), unit=found.unit and _bounded(found.unit))


def _interval(when: When) -> Interval:
    start = datetime(when.first.year, when.first.month, when.first.day, tzinfo=UTC)
    end = datetime(when.last.year, when.last.month, when.last.day, tzinfo=UTC) + timedelta(days=1)
    precision = _PRECISION.get(when.precision, Precision.ABOUT)
    if precision is Precision.DAY and when.first != when.last:
        precision = Precision.ABOUT
    return Interval(start=start, end=end, precision=precision, words=when.words)
