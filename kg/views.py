"""What was known on a day: a store that holds only what was published by then.

A view holds the graphs of the reports whose publication lies, with the end of its interval, on the day or
before, the reference files (less namings and samenesses with a later date of their own) and the short-cut
edges that follow from these alone. Undated reports are in no view, nor are saved results of analyses. Any query
runs on a view unchanged, and the answers are those of a workspace that was built from these reports alone.

It is made from whatever is nearest to it: the generation, another view, or a base (an earlier state that was kept for that).
Of that, graphs are taken out and put in, and only what those touch is derived again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from pyoxigraph import Literal, NamedNode, Quad

from kg.catalogue import Entry
from kg.decisions import graph_of_decisions
from kg.errors import WorkspaceError
from kg.identity.iris import Addresses
from kg.index import Index, digest, token
from kg.rules import Change
from kg.settling import decide, settle, take_out
from kg.store.generations import Generation
from kg.store.oxigraph import OxigraphStore
from kg.store.views import Kept, Views
from kg.terms import prop
from kg.times import EPOCH

_TAKING_OUT = 1.5
"""Taking a quad out costs so many times reading one, putting it in and settling it (measured on the VERIS pack: about 28 and 19 µs)."""


def known_on(entries: Iterable[Entry], day: date) -> list[Entry]:
    """The reports and reference files that are part of what was known on a day."""
    last = day.isoformat()
    return [e for e in entries if e.is_reference or (e.published is not None and e.published <= last)]


def hidden_on(entries: Iterable[Entry], day: date) -> list[str]:
    """The graphs of the reports that were not known on a day."""
    everything = list(entries)
    known = {e.graph for e in known_on(everything, day)}
    return [e.graph for e in everything if e.graph not in known]


def open_view(index: Index, addresses: Addresses, day: date) -> OxigraphStore:
    """What was known at the end of a day (UTC), made if it is not there yet. Close it when done.

    Raises :class:`~kg.errors.NotFound` if nothing was published into the index yet.
    """
    for _ in range(20):
        with index.catalogue() as catalogue:
            number = catalogue.generation
        if number is not None:
            note = f"{number}-{day.isoformat()}"
            key = index.views.note(note)
            if key is not None and (view := index.views.open(key)) is not None:
                return view
            with index.catalogue() as catalogue:
                number, entries = catalogue.published()
            generation = index.generations.open(number) if number is not None else None
            if generation is not None:
                with generation:
                    return _View(index, addresses, day, generation, entries).open()
        elif index.generations.current is None:
            index.generations.open_current()
    raise WorkspaceError(f"the index in {index.folder} changes too often to read it; try again")


class _View:
    """Finds, or makes, the view of a day over one generation."""

    def __init__(self, index: Index, addresses: Addresses, day: date, generation: Generation, entries: list[Entry]) -> None:
        self.index, self.addresses, self.day, self.generation = index, addresses, day, generation
        self.entries = {e.graph: e for e in entries}
        later = self.later_claims()
        self.later = later
        self.whole = {e.graph: token(e) for e in entries}
        """What the generation holds: each graph, with a token of its content."""
        self.graphs = {e.graph: token(e, later[e.graph]) if e.graph in later else self.whole[e.graph] for e in known_on(entries, day)}
        """What the view holds."""

    def open(self) -> OxigraphStore:
        key = digest(sorted(self.graphs.items()), self.decisions(), *(sorted(c) for _, c in sorted(self.later.items())))
        view = self.index.views.open(key)
        if view is None:
            base, graphs = self.nearest()
            view = self.index.views.make(key, self.graphs, base, lambda store: self.change(store, graphs))
            if base is not self.generation and base is not None:
                base.close()
        self.index.views.set_note(f"{self.generation.number}-{self.day.isoformat()}", key)
        return view

    def later_claims(self) -> dict[str, set[str]]:
        """The namings and samenesses in reference files that have a later date of their own: graph → claims."""
        last = (self.day - EPOCH).days
        found: dict[str, set[str]] = {}
        for graph in (NamedNode(e.graph) for e in self.entries.values() if e.is_reference):
            starts = {q.subject: q.object for q in self.generation.match(None, prop("startDay"), None, graph)}
            dated = [q.subject for kind in ("Naming", "Sameness") for q in self.generation.match(None, prop("rdf:type"), prop(kind), graph)]
            for claim in dated:
                start = starts.get(claim)
                if isinstance(claim, NamedNode) and isinstance(start, Literal) and int(start.value) > last:
                    found.setdefault(graph.value, set()).add(claim.value)
        return found

    def decisions(self) -> list[str]:
        """The decisions on who is who, which hold on every day on which both identities are known."""
        return sorted(map(str, self.generation.quads(self.decided)))

    @property
    def decided(self) -> NamedNode:
        return graph_of_decisions(self.addresses)

    def nearest(self) -> tuple[OxigraphStore | None, Mapping[str, str]]:
        """The store that is cheapest to start from: the generation, a view, a base, or nothing."""
        best: tuple[float, Views | None, Kept | None] = (self.cost(self.whole), None, None)
        for far, kept in self.index.bases.near(sum(map(self.size, self.graphs))):
            if far >= best[0]:
                break
            best = min(best, (self.cost(kept.graphs), self.index.bases, kept), key=lambda found: found[0])
        for kept in self.index.views.kept():
            best = min(best, (self.cost(kept.graphs), self.index.views, kept), key=lambda found: found[0])
        if self.cost({}) < best[0]:
            return None, {}
        if best[1] is not None and best[2] is not None and (found := best[1].open(best[2].key)) is not None:
            return found, best[2].graphs
        return self.generation, self.whole

    def cost(self, graphs: Mapping[str, str]) -> float:
        """What it costs to get from these graphs to those of the view, in quads put in. Where claims have a later date, few differ."""
        gone, come = graphs.items() - self.graphs.items(), self.graphs.items() - graphs.items()
        out, into = (sum(self.size(g) for g, _ in differing if g not in self.later or g not in graphs) for differing in (gone, come))
        return _TAKING_OUT * out + into

    def size(self, graph: str) -> int:
        entry = self.entries.get(graph)
        return entry.quads if entry else 300

    def change(self, store: OxigraphStore, graphs: Mapping[str, str]) -> None:
        """Bring a store that holds ``graphs`` to what the view holds."""
        store.drop([graph for graph in store.graphs() if self.addresses.is_result(graph.value)])
        gone = [NamedNode(graph) for graph in graphs if graph not in self.graphs]
        missing = [NamedNode(graph) for graph in self.graphs if graph not in graphs]
        other = [NamedNode(graph) for graph, content in self.graphs.items() if graph in graphs and graphs[graph] != content]
        if gone:
            take_out(store, gone, self.addresses)
        old: set[Quad] = set()
        new: set[Quad] = set()
        for graph in other:
            if graphs[graph.value] == self.whole[graph.value]:
                old |= self.unwanted(graph)
            else:
                old.update(store.quads(graph))
                new.update(self.wanted(graph))
        if old != new:
            store.patch(old - new, new - old)
            settle(store, Change(tuple(old), tuple(new)), self.addresses)
        if missing:
            lines = tuple(line for graph in missing for line in self.wanted_lines(graph))
            store.load_lines(lines)
            settle(store, Change((), (), lines), self.addresses)
        decide(store, self.generation.quads(self.decided), self.addresses)

    def wanted_lines(self, graph: NamedNode) -> list[str]:
        """The same as :meth:`wanted`, as lines."""
        if graph.value in self.later:
            return [f"{quad} .\n" for quad in self.wanted(graph)]
        return self.generation.lines(graph)

    def wanted(self, graph: NamedNode) -> list[Quad]:
        """The quads of a graph, less the claims that came later."""
        unwanted = self.unwanted(graph)
        return [quad for quad in self.generation.quads(graph) if quad not in unwanted]

    def unwanted(self, graph: NamedNode) -> set[Quad]:
        """The quads of the claims in a graph that came later, and of the evidence that these alone have."""
        evidence, read = prop("evidence"), self.generation.match
        later = {NamedNode(claim) for claim in self.later.get(graph.value, ())}
        found = {quad for claim in later for quad in read(claim, None, None, graph)}
        for node in {quad.object for quad in found if quad.predicate == evidence}:
            if isinstance(node, NamedNode) and all(quad.subject in later for quad in read(None, evidence, node, graph)):
                found.update(read(node, None, None, graph))
        return found
