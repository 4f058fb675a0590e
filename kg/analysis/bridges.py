"""What holds the graph together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import networkx as nx

from kg.analysis.cuts import cuts, only_through
from kg.analysis.material import Material, claims_at, node_thing
from kg.analysis.result import Analysis, Method, Row, Table, Thing, annotated
from kg.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Point(Row):
    """An articulation point: without this node its part of the graph falls apart."""

    rank: Annotated[int, "place by the pairs that it keeps together; equal numbers share a place"]
    node: Annotated[Thing, "the node"]
    kind: Annotated[str, "its kind"]
    parts: Annotated[int, "into how many parts its part of the graph falls without it"]
    cut_off: Annotated[int, "how many nodes are cut off from the largest of these"]
    pairs: Annotated[int, "how many pairs of nodes are connected through it only"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge(Row):
    """An edge without which its part of the graph falls into two, with more than one node on either side."""

    one: Annotated[Thing, "one end"]
    other: Annotated[Thing, "the other end"]
    cut_off: Annotated[int, "nodes on the smaller side"]
    pairs: Annotated[int, "how many pairs of nodes are connected through it only"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sole(Row):
    """A supplier without whom others, as far as is known, would have no way of supply left."""

    rank: Annotated[int, "place by those who depend on it alone; equal numbers share a place"]
    supplier: Annotated[Thing, "the supplier"]
    customers: Annotated[int, "its direct customers"]
    alone: Annotated[int, "those to whom every known way of supply leads through it, directly or over others"]
    reach: Annotated[int, "all to whom some way of supply leads from it"]
    examples: Annotated[tuple[Thing, ...], "some of those who depend on it alone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Core(Row):
    """A node of the densest part that the graph has."""

    core: Annotated[int, "the largest k so that it lies in a part where each node has k neighbours or more"]
    node: Annotated[Thing, "the node"]
    kind: Annotated[str, "its kind"]
    degree: Annotated[int, "how many neighbours it has in the whole graph"]


METHOD = Method(
    "Articulation points and bridges by one depth-first walk, directions left aside. Single points of failure: dominators in the supply "
    "network, seen from all who have no known supplier (in a circle that nobody outside supplies, from each of its members). k-cores by "
    "repeated removal of the nodes with the fewest neighbours.",
    (
        "Hopcroft and Tarjan 1973, Efficient algorithms for graph manipulation (Communications of the ACM 16)",
        "Lengauer and Tarjan 1979, A fast algorithm for finding dominators in a flowgraph (ACM TOPLAS 1)",
        "Seidman 1983, Network structure and minimum degree (Social Networks 5); Batagelj and Zaveršnik 2003, An O(m) algorithm for cores",
    ),
)
_EXAMPLES = 5


def bridges(
    material: Material,
    *,
    projection: Annotated[str, "the graph to look at: incidents, parties, supply, co-victims, claims, …"] = "incidents",
    top: Annotated[int, "so many rows a table"] = 20,
) -> Analysis[Point]:
    """What holds the graph together: nodes and edges without which it falls apart, suppliers on whom others depend alone, cores.

    The suppliers are always those of the supply network; the other tables are about the projection asked for. A bridge that holds
    a single node is counted and not listed.

    Raises :class:`~kg.errors.NotFound` for a projection that there is not, :class:`~kg.errors.UsageError` for ``top`` below 1.

    >>> from kg.identity.iris import Addresses
    >>> from kg.store.oxigraph import OxigraphStore
    >>> bridges(Material(OxigraphStore(), Addresses())).notes
    ('the graph is empty: nothing that counts connects anything',)
    """
    if top < 1:
        raise UsageError("--top is 1 or more")
    graph = material.projection(projection)
    supply = material.projection("supply")
    points, edges = cuts(graph)
    points.sort(key=lambda cut: (-cut.pairs, cut.nodes))
    links = sorted((cut for cut in edges if cut.cut_off > 1), key=lambda cut: (-cut.pairs, cut.nodes))
    more_than = Counter(cut.pairs for cut in points)
    rows = [
        Point(
            rank=1 + sum(count for pairs, count in more_than.items() if pairs > cut.pairs),
            node=node_thing(graph, cut.nodes[0]),
            kind=graph.nodes[cut.nodes[0]]["kind"],
            parts=len(cut.sizes),
            cut_off=cut.cut_off,
            pairs=cut.pairs,
            claims=claims_at(graph, cut.nodes),
        )
        for cut in points[:top]
    ]
    listed = [
        Bridge(
            one=node_thing(graph, cut.nodes[0]),
            other=node_thing(graph, cut.nodes[1]),
            cut_off=cut.cut_off,
            pairs=cut.pairs,
            claims=_claims_between(graph, *cut.nodes),
        )
        for cut in links[:top]
    ]
    sole = _sole(supply)
    cores = _cores(graph)
    densest = sorted(cores, key=lambda node: (-cores[node][0], -cores[node][1], node))[:top] if cores else []
    notes = list(material.notes(graph))
    for name, every, shown in (("articulation points", points, rows), ("bridges", links, listed), ("suppliers", sole, sole[:top])):
        if len(every) > len(shown):
            notes.append(f"{len(every):,} {name}, of which the first {len(shown)} are shown")
    return Analysis(
        "bridges",
        "What holds the graph together",
        METHOD,
        {"projection": projection, "top": top},
        material.inputs(projection, graph),
        Point,
        tuple(rows),
        tuple(notes),
        {
            "articulation points": len(points),
            "bridges": len(edges),
            "bridges that hold one node": len(edges) - len(links),
            "suppliers on whom somebody depends alone": len(sole),
            "highest core": max((core for core, _ in cores.values()), default=0),
        },
        (
            Table("bridges between parts", Bridge, tuple(listed)),
            Table("single points of failure in supply", Sole, tuple(sole[:top])),
            Table(
                "cores",
                Core,
                tuple(
                    Core(
                        core=cores[node][0],
                        node=node_thing(graph, node),
                        kind=graph.nodes[node]["kind"],
                        degree=cores[node][1],
                        claims=claims_at(graph, [node]),
                    )
                    for node in densest
                ),
            ),
        ),
        annotated(
            graph,
            {"pairs": {cut.nodes[0]: cut.pairs for cut in points}, "core": {node: core for node, (core, _) in cores.items()}},
        ),
    )


def _claims_between(graph: nx.Graph, one: str, other: str) -> tuple[str, ...]:
    """The claims behind all edges between two nodes, in either direction."""
    found: set[str] = set()
    for start, end in ((one, other), (other, one)):
        if graph.has_edge(start, end):
            data = graph.get_edge_data(start, end)
            for each in data.values() if graph.is_multigraph() else (data,):
                found.update(each["claims"])
    return tuple(sorted(found))


def _sole(supply: nx.DiGraph) -> list[Sole]:
    """The suppliers on whom others depend alone, those with most of them first; the claims are all that speak of those ways."""
    found = only_through(supply)
    order = sorted(found, key=lambda node: (-len(found[node]), supply.nodes[node]["label"], node))
    more_than = Counter(len(others) for others in found.values())
    rows = []
    for node in order:
        alone = sorted(found[node], key=lambda other: (supply.nodes[other]["label"], other))
        inside = {node, *alone}
        rows.append(
            Sole(
                rank=1 + sum(count for many, count in more_than.items() if many > len(alone)),
                supplier=node_thing(supply, node),
                customers=len(set(supply.successors(node)) - {node}),
                alone=len(alone),
                reach=len(nx.descendants(supply, node)),
                examples=tuple(node_thing(supply, other) for other in alone[:_EXAMPLES]),
                claims=tuple(
                    sorted(
                        {
                            claim
                            for other in alone
                            for one in supply.pred[other]
                            if one in inside
                            for claim in supply.edges[one, other]["claims"]
                        }
                    )
                ),
            )
        )
    return rows


def _cores(graph: nx.Graph) -> dict[str, tuple[int, int]]:
    """For each node the highest core that it lies in, and how many neighbours it has."""
    plain: nx.Graph = nx.Graph()
    plain.add_nodes_from(graph)
    plain.add_edges_from((one, other) for one, other in graph.edges() if one != other)
    degrees = dict(plain.degree())
    return {node: (core, degrees[node]) for node, core in nx.core_number(plain).items()}


def figure(found: Analysis[Point]) -> Figure:
    """The graph around its leading articulation points: these large, bridges drawn darker."""
    from kg.analysis.figures.networks import around, node_link
    from kg.analysis.figures.style import INK, blank

    if found.graph is None or not found.rows:
        return blank(found, "nothing to draw: the graph has no articulation point")
    leading = [row.node.iri for row in found.rows[:4]]
    shown = around(found.graph, leading, 60)
    most = found.rows[0].pairs or 1
    sizes = nx.get_node_attributes(found.graph, "pairs")
    links = {frozenset((row.one.iri, row.other.iri)) for row in found.table("bridges between parts").rows}
    return node_link(
        found,
        shown,
        size=lambda node: (sizes.get(node, 0) / most) ** 0.5,
        edge_colour=lambda one, other: INK if frozenset((one, other)) in links else "#c3c9d1",
        labelled={node for node in shown if sizes.get(node) or len(shown) <= 45},
        title=f"{found.title}: articulation points large, bridges dark",
    )
