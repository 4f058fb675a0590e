"""What an analysis works on: a store, and what of it counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Self
from weakref import WeakKeyDictionary

import networkx as nx
from pyoxigraph import NamedNode

from kg.analysis.result import Inputs, Thing
from kg.analysis.streams import (
    MARKINGS,
    SHORT_CUTS,
    Edge,
    concepts,
    read_edges,
    read_further,
    read_identities,
    read_places,
    read_things,
)
from kg.errors import NotFound, UsageError, WorkspaceError
from kg.identity.iris import Addresses
from kg.store.base import QuadStore
from kg.store.names import NameIndex
from kg.store.oxigraph import OxigraphStore
from kg.story import Story
from kg.vocabulary import IKG, Marking

if TYPE_CHECKING:
    from kg.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Filters:
    """What counts: claims of at least this confidence, of things that lie in a time range, of reports marked at most so.

    A claim without a stated confidence is below every limit; what has no known time is in no range.
    Raises :class:`~kg.errors.UsageError` for dates in the wrong order.
    """

    confidence: int | None = None
    first: date | None = None
    last: date | None = None
    marking: Marking | None = None

    def __post_init__(self) -> None:
        if self.first and self.last and self.last < self.first:
            raise UsageError(f"the time range ends ({self.last}) before it begins ({self.first})")
        if self.confidence is not None and not 0 <= self.confidence <= 100:
            raise UsageError(f"a confidence is between 0 and 100, not {self.confidence}")

    def allows(self, marking: NamedNode | None) -> bool:
        """Whether a report with this marking counts."""
        limit = self.marking
        return limit is None or marking is None or MARKINGS.get(marking.value, len(MARKINGS)) <= MARKINGS[limit.iri]

    def said(self) -> dict[str, str]:
        """The filters that are set, as words."""
        found = {"confidence": self.confidence, "from": self.first, "to": self.last, "marking": self.marking}
        return {name: str(value) for name, value in found.items() if value is not None}


class Material:
    """A store and what of it counts; projections are made once and kept.

    ``names`` gives the name index when a person's word has to be understood. ``as_of`` is said in results only: the store
    must be the view of that day already. ``state`` stands for the reports behind the store. :func:`of_workspace` makes all of that.
    """

    def __init__(
        self,
        store: QuadStore,
        addresses: Addresses,
        filters: Filters | None = None,
        as_of: date | None = None,
        names: Callable[[], AbstractContextManager[NameIndex]] | None = None,
        state: str = "",
    ) -> None:
        self.store, self.addresses, self.as_of, self._names, self.state = store, addresses, as_of, names, state
        self.filters = filters or Filters()
        self.left_out: Counter[str] = Counter()
        """What was read and does not count, because nobody said enough for the filters."""
        self._made: dict[tuple[object, ...], nx.Graph] = {}
        self._sizes: WeakKeyDictionary[nx.Graph, tuple[int, int, int]] = WeakKeyDictionary()
        self._edges: dict[str, list[Edge]] = {}
        self._described: set[str] = set()
        self._things: dict[str, tuple[str, str]] = {}
        self._places: dict[str, dict[str, tuple[str, ...]]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close the store, where it is one that can be closed."""
        if isinstance(self.store, OxigraphStore):
            self.store.close()

    def edges(self, *predicates: str) -> list[Edge]:
        """The short-cut edges with these predicates (``victim``, ``suppliedBy``, …; without any, all) that count.

        Sorted by subject, predicate and object; each carries the claims behind it. What was read is kept.
        """
        chosen = predicates or SHORT_CUTS
        missing = [name for name in chosen if name not in self._edges]
        if missing:
            self._edges |= {name: [] for name in missing}
            for edge in read_edges(self.store, self.filters, missing, self.left_out):
                self._edges[edge.predicate].append(edge)
        if len(chosen) == 1:
            return self._edges[chosen[0]]
        return sorted((edge for name in chosen for edge in self._edges[name]), key=attrgetter("subject", "predicate", "object"))

    @cached_property
    def further(self) -> list[Edge]:
        """What else claims connect, and stands: origin and sponsor of actors, whose an asset is, … (``streams.FURTHER``)."""
        return read_further(self.store, self.filters, self.canonical, self.left_out)

    @cached_property
    def canonical(self) -> dict[str, str]:
        """Each identity that is one with another → the canonical one."""
        return read_identities(self.store)

    def describe(self, nodes: Iterable[str], predicates: Iterable[str]) -> dict[str, dict[str, Any]]:
        """What a projection says of its nodes: IRI, label, kind, and of parties sector and country.

        ``predicates`` are the short-cut edges whose ends they are; others are looked up one by one.
        """
        missing = [name for name in predicates if name not in self._described]
        if missing:
            self._described.update(missing)
            self._things |= read_things(self.store, missing)
            self._places |= read_places(self.store, missing)
        words = concepts()
        found: dict[str, dict[str, Any]] = {}
        for node in sorted(nodes):
            if node not in self._things:
                thing = self.named(node)
                country = node.startswith(f"{IKG}country-")
                self._things[node] = ("Country", words.get(node, thing.label)) if country else (thing.kind, thing.label)
            kind, label = self._things[node]
            found[node] = {
                "iri": node,
                "label": label or self.addresses.shorten(node),
                "kind": kind or kind_of_address(node, self.addresses),
                **self._places.get(node, {}),
            }
        return found

    def projection(self, name: str, **options: object) -> nx.Graph:
        """A projection by name (:data:`kg.analysis.projections.PROJECTIONS`), made once. Do not change it: copy it."""
        from kg.analysis.projections import find_projection

        key = (name, *sorted(options.items()))
        if key not in self._made:
            self._made[key] = find_projection(name)(self, **options)
        return self._made[key]

    def thing(self, text: str, kinds: Iterable[str] = (), graph: nx.Graph | None = None) -> Thing:
        """The one thing that a person means, by name or address; of ``kinds`` only, where given.

        Raises :class:`~kg.errors.NotFound` (with the nearest names) for none, :class:`~kg.errors.UsageError` for several or for
        a thing of another kind, and :class:`~kg.errors.NotFound` for one that ``graph`` does not hold.
        """
        from kg.resolver import one_thing, resolve

        wanted = tuple(kinds)
        if self._names is None:
            iri = self.addresses.expand(text) or text
            if not iri.startswith(("http://", "https://", "urn:")):
                raise NotFound(f"there is nothing called {text!r}")
        else:
            with self._names() as names:
                found = [m for m in resolve(text, names, self.store, self.addresses) if not wanted or m.kind in wanted]
                iri = found[0].iri if len(found) == 1 else one_thing(text, names, self.store, self.addresses)
        thing = self.named(iri)
        if wanted and thing.kind not in wanted:
            raise UsageError(f"{text!r} is of kind {thing.kind or 'unknown'}; this asks for {' or '.join(wanted)}")
        if graph is not None and thing.iri not in graph:
            raise NotFound(f"{text!r} ({self.addresses.shorten(thing.iri)}) is no part of this graph; nothing that counts connects it")
        return thing

    def named(self, iri: str) -> Thing:
        """An IRI with its canonical address, its label and its kind."""
        story = Story(self.store, self.addresses)
        node = story.canonical(NamedNode(iri))
        kinds = story.kinds(node)
        return Thing(node.value, story.label(node), kinds[0] if kinds else kind_of_address(node.value, self.addresses))

    def notes(self, graph: nx.Graph) -> tuple[str, ...]:
        """What a reader of any result over this graph must know: that it is empty, what the filters left out for want of words."""
        some = next(iter(graph.edges()), None) is not None
        empty = () if some else ("the graph is empty: nothing that counts connects anything",)
        return (*empty, *self.omissions())

    def omissions(self) -> tuple[str, ...]:
        """What the filters left out for want of words, of all that was read so far."""
        return tuple(f"{count:,} {what} are left out" for what, count in sorted(self.left_out.items()) if count)

    def inputs(self, projection: str, graph: nx.Graph) -> Inputs:
        """What a result says of the graph that it was calculated from."""
        if graph not in self._sizes:
            behind = [data.get("claims", ()) for *_, data in graph.edges(data=True)]
            self._sizes[graph] = (len(graph), len(behind), len(set().union(*behind)))
        return Inputs(projection, self.as_of, self.filters.said(), *self._sizes[graph])


_KINDS = {
    "actor": "ThreatActor", "org": "Organization", "person": "Person", "population": "Population", "incident": "Incident",
    "campaign": "Campaign", "asset": "Asset", "malware": "Malware", "tool": "Tool", "vulnerability": "Vulnerability", "product": "Product",
    "technique": "Technique",
}  # fmt: skip


def kind_of_address(iri: str, addresses: Addresses) -> str:
    """The kind of a thing that is only referred to, by its address; empty where that says nothing.

    >>> kind_of_address(Addresses().thing("org", "acme"), Addresses())
    'Organization'
    """
    parts = iri.removeprefix(addresses.root).split("/")
    return _KINDS.get(parts[-2], "") if len(parts) in (2, 4) else ""


def marking_of(text: str) -> Marking:
    """A marking as people write it. Raises :class:`~kg.errors.UsageError` for none.

    >>> marking_of("amber").value
    'TLP:AMBER'
    """
    wanted = text.strip().upper().removeprefix("TLP:")
    for marking in Marking:
        if marking.value == f"TLP:{wanted}":
            return marking
    raise UsageError(f"{text!r} is no marking; there is {', '.join(m.value for m in Marking)}")


def node_thing(graph: nx.Graph, iri: str) -> Thing:
    """A node of a projection as it stands in a row."""
    data: Mapping[str, str] = graph.nodes[iri]
    return Thing(iri, data.get("label", ""), data.get("kind", ""))


def claims_at(graph: nx.Graph, nodes: Iterable[str]) -> tuple[str, ...]:
    """The claims behind all edges at these nodes, sorted."""
    chosen = [nodes] if isinstance(nodes, str) else list(nodes)
    edges = [*graph.edges(chosen, data=True), *(graph.in_edges(chosen, data=True) if graph.is_directed() else ())]
    return tuple(sorted({claim for *_, data in edges for claim in data["claims"]}))


def of_workspace(workspace: Workspace, as_of: date | None = None, filters: Filters | None = None) -> Material:
    """The material of a workspace, as of a day; a context manager that closes its store.

    Raises :class:`~kg.errors.WorkspaceError` while the workspace changes too fast to be read.
    """
    for _ in range(20):
        state = workspace.state(as_of)
        store = workspace.open_store(as_of)
        if workspace.state(as_of) == state:
            return Material(store, workspace.addresses, filters, as_of, lambda: workspace.names(as_of), state)
        store.close()
    raise WorkspaceError(f"{workspace.folder} changes too often to read it; try again")
