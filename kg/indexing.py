"""The names under which a report's things can be found."""

from __future__ import annotations

from collections.abc import Iterator

from kg.identity.iris import Addresses
from kg.mapping import CLASSES
from kg.model.report import THINGS, IncidentReport
from kg.store.names import NameEntry


def name_entries(report: IncidentReport, addresses: Addresses) -> Iterator[NameEntry]:
    """Labels, aliases, identifiers and namings of everything that a report declares or names, and its own title."""
    info = report.info
    own = addresses.report(info.id) if report.report else addresses.reference(info.id)
    iris: dict[str, tuple[str, str]] = {}
    if report.report:
        yield NameEntry(own, "Report", info.title, True, False)
        yield NameEntry(own, "Report", info.id, False, True)
    for field in THINGS:
        for thing in getattr(report, field):
            iri = addresses.thing(thing.kind_of_id, thing.id) if thing.id else f"{own}/{thing.kind_of_id}/{thing.key}"
            kind = CLASSES[field]
            iris[thing.key] = iri, kind
            yield NameEntry(iri, kind, thing.label, True, False)
            for alias in getattr(thing, "aliases", ()):
                yield NameEntry(iri, kind, alias, False, False)
            if thing.id:
                yield NameEntry(iri, kind, thing.id, False, True)
            for identifier in thing.identifiers:
                scheme, colon, value = identifier.partition(":")
                if scheme == "reference":
                    continue
                yield NameEntry(iri, kind, value if colon else identifier, False, True)
    since: dict[tuple[str, str, str], str] = {}
    for naming in report.namings:
        iri, kind = iris.get(naming.actor) or (addresses.expand(naming.actor) or own, "ThreatActor")
        day = naming.when.start.date().isoformat() if report.reference and naming.when else ""
        known = since.setdefault((iri, kind, naming.name), day)
        since[iri, kind, naming.name] = min(known, day)
    for (iri, kind, name), day in since.items():
        yield NameEntry(iri, kind, name, False, False, day)
