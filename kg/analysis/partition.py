"""Dividing a graph into communities, on arrays: the methods, modularity, agreement of divisions, and graphs to compare with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy.sparse import csgraph, csr_array

from kg.analysis.louvain import louvain
from kg.errors import MissingExtra

Labels = npt.NDArray[np.int64]
"""A number for each node: the community, the connected part, or the side that it is on."""
Weights = npt.NDArray[np.float64]
_ROUNDS = 20
"""Each edge is given so many chances to be swapped with another one."""


@dataclass(frozen=True)
class Network:
    """An undirected graph without parallel edges and self-loops. Nodes are numbers; an edge goes from the lower to the higher one."""

    nodes: tuple[str, ...]
    tails: Labels
    heads: Labels
    weights: Weights

    @cached_property
    def strength(self) -> Weights:
        """The sum of the weights of the edges at each node."""
        size = len(self.nodes)
        found: Weights = np.zeros(size)
        np.add.at(found, self.tails, self.weights)
        np.add.at(found, self.heads, self.weights)
        return found

    @cached_property
    def matrix(self) -> csr_array[np.float64]:
        """The adjacency matrix: symmetric, in order."""
        ends = (np.concatenate([self.tails, self.heads]), np.concatenate([self.heads, self.tails]))
        size = len(self.nodes)
        found = csr_array((np.concatenate([self.weights, self.weights]), ends), shape=(size, size))
        found.sort_indices()
        return found

    @cached_property
    def parts(self) -> Labels:
        """The connected part of each node."""
        return np.asarray(csgraph.connected_components(self.matrix, directed=False)[1], np.int64)

    def degrees(self, labels: Labels) -> tuple[Labels, Labels]:
        """How many edges each node has to nodes of its own label, and how many to others."""
        size = len(self.nodes)
        same = labels[self.tails] == labels[self.heads]
        found = [np.bincount(self.tails[which], minlength=size) + np.bincount(self.heads[which], minlength=size) for which in (same, ~same)]
        return found[0], found[1]


def network(graph: nx.Graph, weighted: bool = False) -> tuple[Network, int]:
    """A projection as a network, and how many self-loops were left out. Weights are 1, or if ``weighted`` the sums of what is given.

    >>> found, loops = network(nx.MultiDiGraph([("a", "b"), ("b", "a"), ("a", "a")]))
    >>> found.nodes, found.tails.tolist(), found.heads.tolist(), found.weights.tolist(), loops
    (('a', 'b'), [0], [1], [1.0], 1)
    """
    nodes = tuple(sorted(graph))
    place = {node: number for number, node in enumerate(nodes)}
    ends = np.array([(place[one], place[other]) for one, other, *_ in graph.edges()], np.int64).reshape(-1, 2)
    said = [weight for *_, weight in graph.edges(data="weight", default=1)] if weighted else np.ones(len(ends))
    weights = np.array(said, float)
    kept = ends[:, 0] != ends[:, 1]
    keys, which = np.unique(ends[kept].min(axis=1) * len(nodes) + ends[kept].max(axis=1), return_inverse=True)
    total: Weights = np.ones(len(keys))
    if weighted:
        total = np.zeros(len(keys))
        np.add.at(total, which, weights[kept])
    size = max(len(nodes), 1)
    return Network(nodes, keys // size, keys % size, total), int((~kept).sum())


def modularity(net: Network, labels: Labels, resolution: float = 1.0, sides: Labels | None = None) -> float:
    """Modularity of a division; of a graph without edges it is 0. With ``sides`` (0 and 1) that of Barber 2007 for bipartite graphs.

    >>> net, _ = network(nx.barbell_graph(3, 0))
    >>> round(modularity(net, np.array([1, 1, 1, 2, 2, 2])), 4)
    0.3571
    """
    total = net.weights.sum()
    if not total:
        return 0.0
    within = net.weights[labels[net.tails] == labels[net.heads]].sum()
    if sides is None:
        sums = np.bincount(labels, net.strength)
        expected = (sums * sums).sum() / (4 * total)
    else:
        size = int(labels.max()) + 1
        one, other = (np.bincount(labels[sides == side], net.strength[sides == side], size) for side in (0, 1))
        expected = (one * other).sum() / total
    return float((within - resolution * expected) / total)


def bipartite_sides(graph: nx.Graph) -> dict[str, int] | None:
    """The side of each node of a projection between two sorts of things; ``None`` of any other.

    >>> bipartite_sides(nx.DiGraph([("a", "x"), ("b", "x")]))
    {'a': 0, 'x': 1, 'b': 0}
    """
    marked: dict[str, int] = nx.get_node_attributes(graph, "bipartite")
    if len(marked) == len(graph):
        return marked
    if not graph.is_directed() or any(graph.in_degree(node) and graph.out_degree(node) for node in graph):
        return None
    return {node: int(graph.in_degree(node) > 0) for node in graph}


def _divisible(net: Network, resolution: float) -> tuple[Network, Labels, float]:
    """The parts that it can pay to divide, where their nodes are in the whole, and the resolution with which they are divided alone.

    Cutting a connected part of total degree d in two loses edges of weight w at least, and gains at most γ·d²/8m: where
    γ·d² ≤ 8·m·w the part is best left whole. Among the rest the same gains result from the resolution γ·m(rest)/m.
    """
    total = net.weights.sum()
    degrees = np.bincount(net.parts, net.strength)
    least = net.weights.min() if len(net.weights) else 1.0
    chosen = (resolution * degrees * degrees > 8 * total * least)[net.parts]
    where = np.flatnonzero(chosen)
    number = np.cumsum(chosen) - 1
    kept = chosen[net.tails]
    rest = Network(tuple(net.nodes[n] for n in where), number[net.tails[kept]], number[net.heads[kept]], net.weights[kept])
    return rest, where, float(resolution * rest.weights.sum() / total) if total else resolution


def _louvain(net: Network, resolution: float, seed: int) -> Labels:
    return louvain(net.matrix, resolution, seed)


def _leiden(net: Network, resolution: float, seed: int) -> Labels:
    try:
        from graspologic_native import leiden_csr
    except ImportError:
        raise MissingExtra("Leiden needs graspologic-native; install it with: pip install 'incident-kg[leiden]'") from None
    rows = net.matrix
    starts, heads = rows.indptr.astype(np.int64), rows.indices.astype(np.int32)
    _, found = leiden_csr(starts, heads, rows.data, len(net.nodes), resolution=resolution, iterations=1, seed=seed)
    return np.array([found[number] for number in range(len(net.nodes))], np.int64)


METHODS: dict[str, Callable[[Network, float, int], Labels]] = {"louvain": _louvain, "leiden": _leiden}
"""Louvain on arrays (:mod:`kg.analysis.louvain`), Leiden by graspologic-native."""


def divide(net: Network, method: str, resolution: float = 1.0, seed: int = 0) -> Labels:
    """The community of each node: 0 is the largest, of equally large ones that with the first node. Each hangs together.

    Raises :class:`~kg.errors.MissingExtra` for ``leiden`` without the package for it.

    >>> divide(network(nx.barbell_graph(4, 0))[0], "louvain").tolist()
    [0, 0, 0, 0, 1, 1, 1, 1]
    """
    labels = net.parts.copy()
    rest, where, there = _divisible(net, resolution)
    if len(where):
        inner = METHODS[method](rest, there, seed)
        same = inner[rest.tails] == inner[rest.heads]
        joined = Network(rest.nodes, rest.tails[same], rest.heads[same], rest.weights[same])
        labels[where] = joined.parts + len(net.nodes)
    return in_order(labels)


def in_order(labels: Labels) -> Labels:
    """The same division with the largest community as 0, the next as 1, …

    >>> in_order(np.array([7, 3, 3, 9])).tolist()
    [1, 0, 0, 2]
    """
    _, first, which, sizes = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    place = np.empty(len(sizes), np.int64)
    place[np.lexsort((first, -sizes))] = np.arange(len(sizes))
    return place[which]


def groups(net: Network, labels: Labels) -> list[list[str]]:
    """The members of each community, in the order of their numbers."""
    found: list[list[str]] = [[] for _ in range(int(labels.max()) + 1)] if len(labels) else []
    for node, label in zip(net.nodes, labels.tolist(), strict=True):
        found[label].append(node)
    return found


def adjusted_rand(one: Labels, other: Labels) -> float:
    """The adjusted Rand index of two divisions of the same nodes (Hubert and Arabie 1985): 1 the same, about 0 no more than chance.

    >>> adjusted_rand(np.array([1, 1, 2, 2]), np.array([7, 7, 8, 8]))
    1.0
    """
    total = len(one) * (len(one) - 1) / 2
    both, first, second = (float((counts * (counts - 1) / 2).sum()) for counts in _contingency(one, other))
    expected = first * second / total if total else 0.0
    most = (first + second) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


def mutual_information(one: Labels, other: Labels) -> float:
    """Normalised mutual information of two divisions, by the mean of their entropies (Danon and others 2005): 1 the same, 0 nothing.

    >>> round(mutual_information(np.array([1, 1, 2, 2]), np.array([1, 2, 1, 2])), 6)
    0.0
    """
    shares = (counts / len(one) for counts in _contingency(one, other))
    joint, first, second = (float(-(share * np.log(share)).sum()) for share in shares)
    return 1.0 if first + second == 0 else 2 * (first + second - joint) / (first + second)


def _contingency(one: Labels, other: Labels) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    """How often each pair of labels occurs, each label of the first, each of the second."""
    _, first = np.unique(one, return_inverse=True)
    _, second = np.unique(other, return_inverse=True)
    _, pairs = np.unique(first * (second.max(initial=0) + 1) + second, return_counts=True)
    return pairs, np.bincount(first), np.bincount(second)


def stability(members: Labels, others: Iterable[Labels]) -> float:
    """How much of a community (the numbers of its nodes) is found again in other divisions: mean of the best Jaccard similarity in each.

    Hennig 2007, with seeds in place of resamples.

    >>> stability(np.array([0, 1]), [np.array([5, 5, 6]), np.array([5, 6, 6])])
    0.75
    """
    found = []
    for labels in others:
        sizes, inside = np.bincount(labels), np.bincount(labels[members])
        both = np.flatnonzero(inside)
        found.append(float((inside[both] / (len(members) + sizes[both] - inside[both])).max()))
    return sum(found) / len(found) if found else 1.0


def shuffled(net: Network, sides: Labels | None, generator: np.random.Generator) -> Network:
    """The same nodes with the edges swapped at random: a – b and c – d become a – d and c – b. Degrees (and two sides) stay.

    In each of many rounds the edges are put into pairs, and those are swapped of which nothing is there already.

    >>> net, _ = network(nx.star_graph(3))
    >>> mixed = shuffled(net, None, np.random.default_rng(0))
    >>> mixed.tails.tolist(), mixed.heads.tolist()
    ([0, 0, 0], [1, 2, 3])
    """
    size = len(net.nodes)
    count = len(net.tails)
    turned = sides[net.tails] == 1 if sides is not None else np.zeros(count, bool)
    one, other = np.where(turned, net.heads, net.tails), np.where(turned, net.tails, net.heads)
    for _ in range(_ROUNDS if count > 1 else 0):
        if sides is None:
            flip = generator.random(count) < 0.5
            one, other = np.where(flip, other, one), np.where(flip, one, other)
        order = generator.permutation(count)[: count // 2 * 2]
        left, right = order[::2], order[1::2]
        there = np.sort(_keys(one, other, size))
        new = np.stack([_keys(one[left], other[right], size), _keys(one[right], other[left], size)])
        place = np.minimum(np.searchsorted(there, new), count - 1)
        kept, times = np.unique(new, return_counts=True)
        free = (there[place] != new) & (times[np.searchsorted(kept, new)] == 1)
        loops = (one[left] == other[right]) | (one[right] == other[left])
        swapped = free.all(axis=0) & ~loops
        left, right = left[swapped], right[swapped]
        other[left], other[right] = other[right], other[left]
    tails, heads = np.minimum(one, other), np.maximum(one, other)
    order = np.lexsort((heads, tails))
    return Network(net.nodes, tails[order], heads[order], net.weights[order])


def _keys(one: Labels, other: Labels, size: int) -> Labels:
    found: Labels = np.minimum(one, other) * size + np.maximum(one, other)
    return found


def sides_of(net: Network, sides: Mapping[str, int] | None) -> Labels | None:
    """The sides of nodes as an array."""
    return None if sides is None else np.array([sides[node] for node in net.nodes], np.int64)
