"""The names under which a report's things can be found, and the names that a graph knows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as has

from kg.identity.iris import Addresses, is_catalogued
from kg.identity.names import normalise
from kg.mapping import CLASSES
from kg.model.report import THINGS, IncidentReport
from kg.store.names import NameEntry, NameIndex

_LEARNED = {"ThreatActor": "actor", "Organization": "organization", "Malware": "malware"}
_SHORTEST = 3


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


@dataclass(frozen=True, slots=True)
class KnownNames:
    """The names that a graph knows: ``(name, kind, known id)`` as text extraction takes them, and the label of each known id."""

    names: tuple[tuple[str, str, str], ...] = ()
    labels: Mapping[str, str] = has(default_factory=dict)


def known_names(names: NameIndex, addresses: Addresses, without: Collection[str] = ()) -> KnownNames:
    """The names of actors, organizations and malware that a graph knows.

    The id is empty where only things local to a report have a name. A name that several known things have, none of them
    as its label alone, means nobody in particular and is left out. ``without`` are graphs whose names do not count: what
    was extracted teaches nothing.
    """
    from kg.extraction.names import Lexicon
    from kg.matching import is_general

    found: dict[tuple[str, str], list[NameEntry]] = defaultdict(list)
    for entry in names.listed(_LEARNED, without):
        if len(entry.name) >= _SHORTEST and not is_general(entry.name):
            found[_LEARNED[entry.kind], normalise(entry.name)].append(entry)
    told = []
    labels: dict[str, str] = {}
    for (kind, _), entries in found.items():
        for entry in entries:
            short = addresses.shorten(entry.iri)
            if entry.preferred and entry.name < labels.get(short, "\U0010ffff"):
                labels[short] = entry.name
        known = {e.iri for e in entries if not e.iri.startswith(addresses.root + "report/")}
        known = {iri for iri in known if not is_catalogued(iri)} or known
        called = {e.iri for e in entries if e.preferred} & known
        meant = called if len(called) == 1 else known
        if len(meant) > 1:
            continue
        identity = addresses.shorten(next(iter(meant), ""))
        for name in {e.name for e in entries}:
            # what only things local to a report are called must not hide what everybody knows under that name
            if identity or not any(m.kind == kind and m.text == name for m in Lexicon.bundled().find(name)):
                told.append((name, kind, identity))
    return KnownNames(tuple(sorted(told)), labels)
