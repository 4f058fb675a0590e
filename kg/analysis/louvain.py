"""Louvain communities on arrays.

NetworkX visits every node again in every round. Here a node is visited again only if a neighbour has moved to another community,
which gives divisions that are about as good with a fraction of the visits (Ozaki, Tezuka and Inaba 2016; Traag, Waltman and van Eck
2019). What changes for others as a community grows is not looked at again, so that now and then a single move would still gain a little.
"""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

Labels = npt.NDArray[np.int64]


def louvain(matrix: csr_array, resolution: float = 1.0, seed: int = 0) -> Labels:
    """The community of each node of an undirected graph, given as its symmetric matrix of weights (a loop twice its weight).

    Blondel and others 2008: nodes move to the neighbouring community that raises modularity most, in an order drawn with ``seed``,
    until none moves; then communities are taken for nodes, and so on. On the way back each level is gone over once more from what
    was found above it (multi-level refinement of Rotta and Noack 2011). Of equal gains the one of the lowest community wins.

    >>> two = np.kron(np.eye(2), np.ones((3, 3)) - np.eye(3))
    >>> two[2, 3] = two[3, 2] = 1
    >>> louvain(csr_array(two)).tolist()
    [0, 0, 0, 1, 1, 1]
    """
    total = float(matrix.sum())
    if not total:
        return np.arange(matrix.shape[0])
    share, random = resolution / total, np.random.default_rng(seed)
    levels: list[tuple[csr_array, Labels]] = []
    while True:
        size = matrix.shape[0]
        labels = _moved(matrix, share, np.arange(size), random.permutation(size))
        communities = int(labels.max()) + 1
        if communities == size:
            break
        levels.append((matrix, labels))
        rows = np.repeat(labels, np.diff(matrix.indptr))
        matrix = csr_array((matrix.data, (rows, labels[matrix.indices])), shape=(communities, communities))
        matrix.sum_duplicates()
    for finer, joined in reversed(levels):
        labels = _moved(finer, share, labels[joined], random.permutation(finer.shape[0]))
    return labels


def _moved(matrix: csr_array, share: float, labels: Labels, order: Labels) -> Labels:
    """The communities of nodes, numbered from 0, after moving them one by one until none moves; ``share`` is resolution by total weight."""
    size = matrix.shape[0]
    starts, heads, weights = matrix.indptr.tolist(), matrix.indices.tolist(), matrix.data.tolist()
    degrees = np.asarray(matrix.sum(axis=1)).ravel()
    strength, community = degrees.tolist(), labels.tolist()
    sums = np.bincount(labels, degrees, size).tolist()
    waiting = deque(order.tolist())
    queued = bytearray(b"\1") * size
    while waiting:
        node = waiting.popleft()
        queued[node] = 0
        begin, end = starts[node], starts[node + 1]
        old = community[node]
        to: dict[int, float] = {old: 0.0}
        for place in range(begin, end):
            other = heads[place]
            if other != node:
                there = community[other]
                to[there] = to.get(there, 0.0) + weights[place]
        if len(to) == 1:
            continue
        mine = strength[node]
        sums[old] -= mine
        cost = share * mine
        best, most = old, to[old] - cost * sums[old] + 1e-12
        for there, weight in to.items():
            gain = weight - cost * sums[there]
            if gain > most or (gain == most and there < best):
                best, most = there, gain
        sums[best] += mine
        if best != old:
            community[node] = best
            for place in range(begin, end):
                other = heads[place]
                if not queued[other] and community[other] != best:
                    queued[other] = 1
                    waiting.append(other)
    return np.unique(np.array(community, np.int64), return_inverse=True)[1]
