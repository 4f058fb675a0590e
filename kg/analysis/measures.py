"""Measures of how central nodes are, on sparse matrices: the same graph gives the same numbers, whatever its size.

Self-loops count for nothing, several edges between two nodes are one, weights are left aside: how often something was reported says
nothing of how central it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
_KEPT: WeakKeyDictionary[nx.Graph, Matrix] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """A graph as a sparse matrix: ``nodes`` in the graph's order, ``out`` its edges in their direction, ``both`` in either."""

    nodes: list[str]
    out: csr_array
    both: csr_array


def matrix_of(graph: nx.Graph) -> Matrix:
    """A graph as a matrix, made when it is first asked for. The graph must not change after that."""
    if graph not in _KEPT:
        _KEPT[graph] = _matrix(graph)
    return _KEPT[graph]


def _matrix(graph: nx.Graph) -> Matrix:
    nodes = list(graph)
    place = {node: number for number, node in enumerate(nodes)}
    heads = [[place[other] for other in near] for _, near in graph.adjacency()]
    lengths = np.array([len(near) for near in heads], np.int64)
    columns = np.fromiter((head for near in heads for head in near), np.int64, int(lengths.sum()))
    rows = np.repeat(np.arange(len(nodes)), lengths)
    kept = rows != columns
    size = (len(nodes), len(nodes))
    out = csr_array((np.ones(int(kept.sum())), (rows[kept], columns[kept])), shape=size)
    if not graph.is_directed():
        return Matrix(nodes, out, out)
    both = (out + out.T).tocsr()
    both.data[:] = 1
    return Matrix(nodes, out, both)


def degrees(matrix: csr_array) -> Places:
    """How many neighbours each node has."""
    return np.asarray(np.diff(matrix.indptr), np.int64)


def pagerank(matrix: csr_array, damping: float = 0.85, tolerance: float = 1e-10) -> Numbers:
    """Where a walk is found that follows edges at random, and with a chance of ``1 - damping`` starts anew anywhere.

    Brin and Page 1998, by iteration until the sum of all changes is below ``tolerance``. Nodes without an edge out start anew.

    >>> [round(float(v), 4) for v in pagerank(matrix_of(nx.star_graph(3)).both)]
    [0.4797, 0.1734, 0.1734, 0.1734]
    """
    size = matrix.shape[0]
    if not size:
        return np.zeros(0)
    many = degrees(matrix)
    share = np.divide(1.0, many, out=np.zeros(size), where=many > 0)
    into = matrix.T.tocsr()
    ends = many == 0
    found = np.full(size, 1 / size)
    for _ in range(1000):
        before = found
        found = damping * (into @ (before * share) + before[ends].sum() / size) + (1 - damping) / size
        if np.abs(found - before).sum() < tolerance:
            break
    return np.asarray(found / found.sum(), np.float64)


def hits(matrix: csr_array, tolerance: float = 1e-10) -> tuple[Numbers, Numbers]:
    """Hubs, which point to good authorities, and authorities, to which good hubs point; each set sums to one.

    Kleinberg 1999, by iteration from equal values. Everything lies on the part of the graph that is densest in this sense; the
    rest gets (nearly) nothing.

    >>> hub, authority = hits(matrix_of(nx.DiGraph([(0, 1), (0, 2)])).out)
    >>> hub.round(6).tolist(), authority.round(6).tolist()
    ([1.0, 0.0, 0.0], [0.0, 0.5, 0.5])
    """
    size = matrix.shape[0]
    hub = np.full(size, 1.0)
    authority = np.zeros(size)
    if not matrix.nnz:
        return np.zeros(size), authority
    into = matrix.T.tocsr()
    for _ in range(2000):
        authority = into @ hub
        authority /= authority.sum()
        before, hub = hub, matrix @ authority
        hub /= hub.sum()
        if np.abs(hub - before).sum() < tolerance:
            break
    return np.where(hub < tolerance, 0, hub), np.where(authority < tolerance, 0, authority)


@dataclass(frozen=True, slots=True, eq=False)
class Between:
    """How many pairs of nodes each node lies between, and where that is an estimate how far off it may be.

    ``sampled`` says from how many of how many sources the largest part was estimated; ``None`` where all is exact.
    """

    pairs: Numbers
    errors: Numbers
    sampled: tuple[int, int] | None


_ERRORS = 3.0
"""So many standard errors: shares are far from a normal distribution, and with 1.96 the true value of a leading node lay outside more
often than once in ten (measured on graphs of four shapes; with 3 and 150 samples it lay inside 94 to 99 times in 100)."""
_WALKED = 40_000_000
"""So many edges are walked for an estimate, if nothing else is said."""


def samples_for(matrix: csr_array) -> int:
    """How many sources to sample in a graph of this size: 500, fewer where that would take long, never fewer than 50."""
    return int(min(500, max(50, _WALKED // max(1, matrix.nnz))))


def betweenness(matrix: csr_array, directed: bool = False, exact: int = 1500, samples: int = 0, seed: int = 0) -> Between:
    """How many pairs of nodes have their shortest way through each node; a pair with several such ways counts in shares.

    Freeman 1977, by the algorithm of Brandes 2001, part by part; in trees by counting what a node keeps together. In other parts of
    more than ``exact`` nodes only ``samples`` sources (0: :func:`samples_for`) are looked at, drawn without replacement (Brandes and
    Pich 2007); the error is three standard errors of the mean. Ordered pairs count where ``directed``, unordered ones otherwise.

    >>> betweenness(matrix_of(nx.path_graph(4)).both).pairs.tolist()
    [0.0, 2.0, 2.0, 0.0]
    """
    size = matrix.shape[0]
    pairs, errors = np.zeros(size), np.zeros(size)
    sampled = None
    if not size:
        return Between(pairs, errors, None)
    samples = samples or samples_for(matrix)
    count, part = connected_components(matrix, directed=False)
    order = np.argsort(part, kind="stable")
    ends = np.cumsum(np.bincount(part, minlength=count))
    starts = np.concatenate([[0], ends[:-1]])
    edges = np.bincount(part, weights=degrees(matrix), minlength=count) / 2
    trees = np.zeros(count, bool) if directed else edges == ends - starts - 1
    _in_trees(matrix, order[starts[trees]], (ends - starts)[part], pairs)
    half = 1.0 if directed else 0.5
    random = np.random.default_rng(seed)
    walk = _Walk(matrix)
    for number in np.flatnonzero(~trees):
        nodes = order[starts[number] : ends[number]]
        many = len(nodes)
        if many < 3:
            continue
        few = many <= exact or samples >= many
        sources = nodes if few else np.sort(random.choice(nodes, samples, replace=False))
        total, squares = np.zeros(many), np.zeros(many)
        for source in sources:
            reached, shares = walk.dependencies(int(source))
            at = np.searchsorted(nodes, reached)
            total[at] += shares
            if not few:
                squares[at] += shares**2
        pairs[nodes] = total * half * many / len(sources)
        if not few:
            if sampled is None or many > sampled[1]:
                sampled = (samples, many)
            variance = np.maximum(squares - total**2 / samples, 0) / (samples - 1) * (1 - samples / many)
            errors[nodes] = _ERRORS * half * many * np.sqrt(variance / samples)
    return Between(pairs, errors, sampled)


def _in_trees(matrix: csr_array, roots: Places, sizes: Places, pairs: Numbers) -> None:
    """Write the betweenness of all nodes of the trees with these roots into ``pairs``: the pairs that are apart without a node.

    ``sizes`` holds for each node how many its part has. All trees are walked at once, level by level.
    """
    walk = _Walk(matrix)
    here, layers = roots, []
    above = np.full(len(pairs), -1, np.int64)
    while len(here):
        tails, heads = walk.arcs(here)
        new = heads != above[tails]
        tails, here = tails[new], heads[new]
        above[here] = tails
        layers.append((tails, here))
    below, squares = np.ones(len(pairs)), np.zeros(len(pairs))
    for tails, heads in reversed(layers):
        np.add.at(below, tails, below[heads])
        np.add.at(squares, tails, below[heads] ** 2)
    inside = np.concatenate([roots, *(heads for _, heads in layers)]) if len(roots) else roots
    total, under = sizes[inside].astype(np.float64), below[inside]
    pairs[inside] = ((total - 1) ** 2 - squares[inside] - (total - under) ** 2) / 2


class _Walk:
    """Breadth-first walks over a matrix, level by level."""

    def __init__(self, matrix: csr_array) -> None:
        self.starts, self.heads = matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64)
        size = matrix.shape[0]
        self.level = np.full(size, -1, np.int64)
        self.ways = np.zeros(size)
        self.share = np.zeros(size)

    def dependencies(self, source: int) -> tuple[Places, Numbers]:
        """For each other node that is reached: in how many pairs with ``source``, in shares, it lies between."""
        level, ways, share = self.level, self.ways, self.share
        here = np.array([source])
        level[source], ways[source] = 0, 1.0
        layers: list[tuple[Places, Places]] = []
        seen = [here]
        depth = 0
        while len(here):
            tails, heads = self.arcs(here)
            depth += 1
            fresh = np.unique(heads[level[heads] < 0])
            level[fresh] = depth
            onward = level[heads] == depth
            tails, heads = tails[onward], heads[onward]
            np.add.at(ways, heads, ways[tails])
            layers.append((tails, heads))
            seen.append(fresh)
            here = fresh
        for tails, heads in reversed(layers):
            np.add.at(share, tails, ways[tails] / ways[heads] * (1 + share[heads]))
        every = np.concatenate(seen)
        shares = share[every]
        shares[0] = 0.0
        level[every], ways[every], share[every] = -1, 0.0, 0.0
        return every, shares

    def arcs(self, tails: Places) -> tuple[Places, Places]:
        """All edges from some nodes: where they start, where they end."""
        first = self.starts[tails]
        many = self.starts[tails + 1] - first
        before = np.cumsum(many) - many
        return np.repeat(tails, many), self.heads[np.repeat(first - before, many) + np.arange(int(many.sum()))]
