"""What follows from a change of reports: first the sure links between identities, then the short-cut edges."""

from __future__ import annotations

from collections.abc import Iterable

from pyoxigraph import NamedNode

from kg.identity.iris import Addresses
from kg.linking import linking_quads, rule_links
from kg.rules import Change, forget, rederive
from kg.store.base import QuadStore
from kg.store.oxigraph import OxigraphStore


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
