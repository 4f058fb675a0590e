"""What follows from a change of reports: first the sure links between identities, then the short-cut edges."""

from __future__ import annotations

from collections.abc import Iterable

from pyoxigraph import NamedNode, Quad

from kg.identity.iris import Addresses
from kg.linking import rule_links
from kg.rules import Change, rederive
from kg.store.base import QuadStore


def settle(store: QuadStore, change: Change, addresses: Addresses) -> None:
    """Bring links and edges up to date after ``change`` went into ``store``; work by what the change touches.

    The result is the same as making both again from nothing.
    """
    removed, added = rule_links(store, change, addresses)
    if removed or added:
        store.patch(removed, added)
    rederive(store, Change((*change.old, *removed), (*change.new, *added), change.fresh), addresses)


def take_out(store: QuadStore, graphs: Iterable[NamedNode], addresses: Addresses) -> None:
    """Remove whole graphs, and what rested on them alone."""
    gone = list(graphs)
    old: tuple[Quad, ...] = tuple(quad for graph in gone for quad in store.quads(graph))
    store.replace(dict.fromkeys(gone, ()))
    settle(store, Change(old, ()), addresses)
