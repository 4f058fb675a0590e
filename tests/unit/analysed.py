"""Material for tests of analyses: small graphs from reports written here, and all bundled data."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from kg.analysis.material import Filters, Material
from kg.identity.iris import Addresses
from kg.mapping import to_lines
from kg.model.report import IncidentReport
from kg.readers.base import Found, SourceFile
from kg.readers.report_yaml import ReportYaml
from kg.resources import folder
from kg.rules import Change
from kg.settling import settle
from kg.store.oxigraph import OxigraphStore

ADDRESSES = Addresses()


def store_of(lines: Iterable[str]) -> OxigraphStore:
    """A store with these lines of N-Quads and what follows from them."""
    store, every = OxigraphStore(), tuple(lines)
    store.load_lines(every)
    settle(store, Change((), (), every), ADDRESSES)
    return store


def material(*reports: IncidentReport, filters: Filters | None = None) -> Material:
    """What an analysis works on, from reports in the order given."""
    return Material(store_of(line for report in reports for line in to_lines(report, ADDRESSES)), ADDRESSES, filters)


@cache
def bundled_store() -> OxigraphStore:
    """All bundled reports and reference files."""
    found: list[str] = []
    for path in sorted(folder("data").rglob("*.yaml")):
        for item in ReportYaml().read(SourceFile(path)):
            assert isinstance(item, Found), item
            found += to_lines(item.report, ADDRESSES)
    return store_of(found)


def bundled(filters: Filters | None = None) -> Material:
    """All bundled data as material."""
    return Material(bundled_store(), ADDRESSES, filters)


def iri(written: str) -> str:
    """An address as people write it (``org:acme``) as an IRI."""
    found = ADDRESSES.expand(written)
    assert found, written
    return found
