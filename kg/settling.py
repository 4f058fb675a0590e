"""What follows from a change of reports: first the sure links between identities, then the short-cut edges."""

from __future__ import annotations

from collections.abc import Iterable

from pyoxigraph import NamedNode, Quad

from kg.decisions import graph_of_decisions
from kg.identity.iris import Addresses
from kg.linking import NAME as LINKS
from kg.linking import linking_quads, rule_links
from kg.rules import Change, forget, rederive
from kg.store.base import QuadStore
from kg.store.oxigraph import OxigraphStore
from kg.terms import prop


def settle(store: QuadStore, change: Change, addresses: Addresses) -> None:
    """Bring links and edges up to date after ``change`` went into ``store``; work by what the change touches.

    The result is the same as making both again from nothing.
    """
    removed, added = rule_links(store, change, addresses)
    if removed or added:
        store.patch(removed, added)
    rederive(store, Change((*change.old, *removed), (*change.new, *added), change.fresh), addresses)


def take_out(store: OxigraphStore, graphs: Iterable[NamedNode], addresses: Addresses) -> None:
    """Remove whole graphs, and what rested on them alone. No transaction; of the graphs little is read."""
    gone = list(graphs)
    old = tuple(linking_quads(store, gone, addresses))
    forget(store, gone, addresses)
    removed, added = rule_links(store, Change(old, ()), addresses)
    if removed or added:
        store.patch(removed, added)
        rederive(store, Change(tuple(removed), tuple(added)), addresses)


# ── decisions on who is who ──────────────────────────────────────────────────────────────────


def decide(store: QuadStore, decided: Iterable[Quad], addresses: Addresses) -> None:
    """Bring the graph of decisions to what of ``decided`` is in force, and settle what that changes.

    A decision is in force while some report or reference file names both identities. The others rest, so that nothing
    hangs on an identity that nobody speaks of.
    """
    old, new = set(store.quads(graph_of_decisions(addresses))), set(_in_force(list(decided), store, addresses))
    if old != new:
        store.patch(old - new, new - old)
        settle(store, Change(tuple(old), tuple(new)), addresses)


def is_known(iri: str, store: QuadStore, addresses: Addresses) -> bool:
    """Whether a report or reference file names an identity: decisions, links by rule, derived edges and results do not count."""
    node = NamedNode(iri)
    made = {graph_of_decisions(addresses), NamedNode(addresses.derived), NamedNode(addresses.reference(LINKS))}
    return any(
        q.graph_name not in made and not addresses.is_result(_graph(q))
        for quads in (store.match(node), store.match(object=node))
        for q in quads
    )


def _graph(quad: Quad) -> str:
    return quad.graph_name.value if isinstance(quad.graph_name, NamedNode) else ""


def _in_force(decided: list[Quad], store: QuadStore, addresses: Addresses) -> list[Quad]:
    sides, author = (prop("one"), prop("other")), prop("assertedBy")
    resting = {
        q.subject
        for q in decided
        if q.predicate in sides and isinstance(q.object, NamedNode) and not is_known(q.object.value, store, addresses)
    }
    people = {q.object for q in decided if q.predicate == author and q.subject not in resting}
    idle = resting | ({q.object for q in decided if q.predicate == author} - people)
    return [q for q in decided if q.subject not in idle] if people else []
