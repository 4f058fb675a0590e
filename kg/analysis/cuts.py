"""Where a graph falls apart: articulation points and bridges with what they cut off, and what only one way of supply leads to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import networkx as nx

from kg.analysis.measures import matrix_of


@dataclass(frozen=True, slots=True)
class Cut:
    """A node, or an edge (two nodes), without which its part of the graph falls into parts of these sizes, the largest first."""

    nodes: tuple[str, ...]
    sizes: tuple[int, ...]

    @property
    def cut_off(self) -> int:
        """How many nodes hang on it: those outside the largest of the parts."""
        return sum(self.sizes[1:])

    @property
    def pairs(self) -> int:
        """How many pairs of nodes that are connected now would not be any more."""
        total = sum(self.sizes)
        return (total * total - sum(size * size for size in self.sizes)) // 2


def cuts(graph: nx.Graph) -> tuple[list[Cut], list[Cut]]:
    """The articulation points and the bridges of a graph, each in order of nodes; directions and self-loops count for nothing.

    Several edges between two nodes are one. Hopcroft and Tarjan 1973, in one depth-first walk that counts what lies below.

    >>> points, bridges = cuts(nx.path_graph(["a", "b", "c", "d"]))
    >>> [(cut.nodes, cut.sizes) for cut in points]
    [(('b',), (2, 1)), (('c',), (2, 1))]
    >>> [(cut.nodes, cut.sizes) for cut in bridges]
    [(('a', 'b'), (3, 1)), (('b', 'c'), (2, 2)), (('c', 'd'), (3, 1))]
    """
    matrix = matrix_of(graph)
    nodes, starts, heads = matrix.nodes, matrix.both.indptr.tolist(), matrix.both.indices.tolist()
    size = len(nodes)
    found, low, below, parent = [-1] * size, [0] * size, [1] * size, [-1] * size
    following = list(starts[:-1])
    apart: dict[int, list[int]] = {}
    points: list[Cut] = []
    bridges: list[Cut] = []
    clock = 0
    for root in range(size):
        if found[root] >= 0:
            continue
        first = clock
        found[root] = low[root] = clock
        clock += 1
        stack, links = [root], []
        here_apart: dict[int, list[int]] = {}
        while stack:
            node = stack[-1]
            if following[node] < starts[node + 1]:
                other = heads[following[node]]
                following[node] += 1
                if found[other] < 0:
                    parent[other] = node
                    found[other] = low[other] = clock
                    clock += 1
                    stack.append(other)
                elif other != parent[node]:
                    low[node] = min(low[node], found[other])
                continue
            stack.pop()
            above = parent[node]
            if above < 0:
                continue
            low[above] = min(low[above], low[node])
            below[above] += below[node]
            if low[node] >= found[above]:
                here_apart.setdefault(above, []).append(below[node])
            if low[node] > found[above]:
                links.append((above, node))
        many = clock - first
        for above, node in links:
            ends = tuple(sorted((nodes[above], nodes[node])))
            bridges.append(Cut(ends, tuple(sorted((below[node], many - below[node]), reverse=True))))
        if len(here_apart.get(root, ())) < 2:
            here_apart.pop(root, None)
        for node, parts in here_apart.items():
            rest = many - 1 - sum(parts)
            points.append(Cut((nodes[node],), tuple(sorted([*parts, rest] if rest else parts, reverse=True))))
        apart |= here_apart
    return sorted(points, key=lambda cut: cut.nodes), sorted(bridges, key=lambda cut: cut.nodes)


def only_through(graph: nx.DiGraph) -> dict[str, frozenset[str]]:
    """For each node of a supply network (supplier → customer) who is reached through it only: all ways of supply lead through it.

    A way of supply starts at somebody who has no supplier, or in a circle that nobody outside supplies. These are the nodes that
    it dominates (Lengauer and Tarjan 1979) seen from a source of all sources; those that dominate nobody are left out.

    >>> found = only_through(nx.DiGraph([("maker", "dealer"), ("dealer", "shop"), ("farm", "shop"), ("shop", "home")]))
    >>> {node: sorted(others) for node, others in found.items()}
    {'maker': ['dealer'], 'shop': ['home']}
    """
    flow: nx.DiGraph = nx.DiGraph()
    flow.add_nodes_from(graph)
    flow.add_edges_from((one, other) for one, other in graph.edges() if one != other)
    source = ("source",)
    first: list[str] = []
    for circle in nx.strongly_connected_components(flow):
        if all(before in circle for node in circle for before in flow.pred[node]):
            first += circle
    flow.add_edges_from((source, node) for node in first)
    if not first:
        return {}
    above = nx.immediate_dominators(flow, source)
    return _below({node: over for node, over in above.items() if node != source and over is not None}, source, graph)


def _below(above: dict[str, object], source: object, order: Iterable[str]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for node in above:
        over = above[node]
        while over != source:
            found.setdefault(str(over), set()).add(node)
            over = above[str(over)]
    return {node: frozenset(found[node]) for node in order if node in found}
