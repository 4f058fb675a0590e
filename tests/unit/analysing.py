"""Small stores for tests of analyses: reports of a few claims, and the material over them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kg.analysis.material import Filters, Material
from kg.identity.iris import Addresses
from kg.mapping import to_quads
from kg.model.report import IncidentReport
from kg.rules import Change, rederive
from kg.store.base import QuadStore
from kg.store.oxigraph import OxigraphStore
from tests.conftest import make_report

A = Addresses()


def iri(name: str) -> str:
    """``org:acme`` as its address."""
    found = A.expand(name)
    assert found
    return found


def names(items: Iterable[str]) -> set[str]:
    return {A.shorten(one) for one in items}


def hit(report_id: str, incident: str, party: str, role: str = "victim", **more: Any) -> IncidentReport:
    """A report that names a party of an incident."""
    published = more.pop("published", "2024-01-19")
    claim = {"incident": f"incident:{incident}", "party": f"org:{party}", "role": role, **more}
    return make_report(report_id, published, involvements=[claim])


def done_by(report_id: str, incident: str, actor: str, **more: Any) -> IncidentReport:
    """A report that attributes an incident."""
    published = more.pop("published", "2024-01-19")
    return make_report(report_id, published, attributions=[{"incident": f"incident:{incident}", "actor": f"actor:{actor}", **more}])


def supplies(report_id: str, supplier: str, customer: str, relation: str = "customer", **more: Any) -> IncidentReport:
    """A report on a supply."""
    claim = {"supplier": f"org:{supplier}", "customer": f"org:{customer}", "relation": relation, **more}
    return make_report(report_id, supplies=[claim])


def same(report_id: str, one: str, other: str) -> IncidentReport:
    """A report that joins two identities."""
    return make_report(report_id, samenesses=[{"a": one, "b": other, "stated_as": "same"}])


def filled(*reports: IncidentReport, store: QuadStore | None = None) -> QuadStore:
    """A store with these reports, in this order, and what follows from them."""
    found = OxigraphStore() if store is None else store
    quads = tuple(quad for report in reports for quad in to_quads(report, A))
    found.load(quads)
    rederive(found, Change((), quads), A)
    return found


def material(*reports: IncidentReport, filters: Filters | None = None) -> Material:
    """The material over a store with these reports."""
    return Material(filled(*reports), A, filters)
