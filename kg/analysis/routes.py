"""The k best simple paths between two nodes of a projection, on compiled arrays.

A projection is compiled once (:func:`compiled`) and searched many times (:func:`best_routes`). The search is Yen's, in Lawler's
partition of what is left, with a bound for every node on what the rest of a path must cost at least; so that it looks only at
what may be among the best, and is exact.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import count, pairwise
from weakref import WeakKeyDictionary

import networkx as nx
import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
_UNIT = 1 << 20
"""Costs are whole numbers of millionths of a bit: their sums are exact, and equal paths cost the same in any order of adding."""
_TRIES = 500
"""So many nodes are tried one by one for a rest of a path, before the rests of all are calculated at once."""
_FEW = 8
"""Where fewer than one in so many arcs start at what has changed, only these are looked at."""


@dataclass(frozen=True, slots=True, eq=False)
class Arrays:
    """A projection as arrays: for each kind of edge between two nodes one arc in either direction, sorted by tail and head.

    The arcs of node ``n`` are those from ``starts[n]`` to ``starts[n + 1]``. ``here`` and ``there`` are how many edges of this
    kind and direction the tail and the head of an arc have; ``sure`` is the confidence of the edge in per cent, ``-1`` if none is
    stated; ``contested`` whether somebody denies or disputes it; ``forward`` whether the arc runs as its edge does (of an
    undirected edge: from an incident; between things of one side both do).
    """

    nodes: list[str]
    place: dict[str, int]
    starts: npt.NDArray[np.int64]
    heads: npt.NDArray[np.int32]
    kinds: npt.NDArray[np.int16]
    here: npt.NDArray[np.int32]
    there: npt.NDArray[np.int32]
    sure: npt.NDArray[np.int8]
    contested: npt.NDArray[np.bool_]
    forward: npt.NDArray[np.bool_]
    kind_names: tuple[str, ...]

    def arcs(self, tails: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The numbers of all arcs that start at some nodes, and the tail of each."""
        first = self.starts[tails]
        many = self.starts[tails + 1] - first
        before = np.cumsum(many) - many
        return np.repeat(first - before, many) + np.arange(int(many.sum())), np.repeat(tails, many)


@dataclass(frozen=True, slots=True, order=True)
class Route:
    """A path: its cost in bits, and its nodes, as numbers."""

    bits: float
    nodes: tuple[int, ...]


_KEPT: WeakKeyDictionary[nx.Graph, Arrays] = WeakKeyDictionary()


def arrays_of(graph: nx.Graph) -> Arrays:
    """A projection as arrays, compiled when it is first asked for. The graph must not change after that."""
    if graph not in _KEPT:
        _KEPT[graph] = compiled(graph)
    return _KEPT[graph]


def compiled(graph: nx.Graph) -> Arrays:
    """A projection as arrays. Self-loops are no arcs.

    >>> graph = nx.Graph()
    >>> graph.add_edges_from([("a", "b"), ("b", "c")], predicates=("victim",), confidence=None, contested=False)
    >>> arrays = compiled(graph)
    >>> [arrays.nodes[head] for head in arrays.heads], arrays.here.tolist()
    (['b', 'a', 'c', 'b'], [1, 2, 2, 1])
    """
    nodes = list(graph)
    place = {node: number for number, node in enumerate(nodes)}
    kinds: dict[str, int] = {}
    tails: list[int] = []
    heads: list[int] = []
    of: list[int] = []
    sure: list[int] = []
    contested: list[bool] = []
    for one, other, data in graph.edges(data=True):
        if one == other:
            continue
        tail, head, stated = place[one], place[other], data["confidence"]
        for predicate in data["predicates"]:
            tails.append(tail)
            heads.append(head)
            of.append(kinds.setdefault(predicate, len(kinds)))
            sure.append(-1 if stated is None else stated)
            contested.append(data["contested"])
    names = sorted(kinds)
    order = np.empty(len(kinds), np.int64)
    order[[kinds[name] for name in names]] = np.arange(len(names))
    kind = order[np.array(of, np.int64)] if of else np.zeros(0, np.int64)
    tail_, head_ = np.array(tails, np.int64), np.array(heads, np.int64)
    size = len(nodes)
    if graph.is_directed():
        forward, backward = _occurrences(kind * size + tail_), _occurrences(kind * size + head_)
        back = np.zeros(len(kind), bool)
    else:
        both = _occurrences(np.concatenate([kind * size + tail_, kind * size + head_]))
        forward, backward = both[: len(tail_)], both[len(tail_) :]
        side = np.array([data.get("bipartite", 0) for _, data in graph.nodes(data=True)], np.int8)
        back = side[head_] == side[tail_]
        turned = side[tail_] > side[head_]
        tail_, head_ = np.where(turned, head_, tail_), np.where(turned, tail_, head_)
        forward, backward = np.where(turned, backward, forward), np.where(turned, forward, backward)
    tail_, head_ = np.concatenate([tail_, head_]), np.concatenate([head_, tail_])
    said, kind = np.array(sure * 2, np.int8), np.concatenate([kind, kind])
    runs = np.concatenate([np.ones(len(back), bool), back])
    by = np.lexsort((~runs, kind, head_, tail_))
    return Arrays(
        nodes,
        place,
        np.concatenate([[0], np.cumsum(np.bincount(tail_, minlength=size))]).astype(np.int64),
        head_[by].astype(np.int32),
        kind[by].astype(np.int16),
        np.concatenate([forward, backward])[by],
        np.concatenate([backward, forward])[by],
        said[by],
        np.array(contested * 2, bool)[by],
        runs[by],
        tuple(names),
    )


def _occurrences(keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    """For each key how often it occurs."""
    _, which, counts = np.unique(keys, return_inverse=True, return_counts=True)
    return counts[which].astype(np.int32)


class Weighed:
    """Arrays with costs: what may be passed, at which cost.

    An arc costs one bit for the node that it leads to, ½·log₂ d for each end that has d edges of its kind and direction, -log₂ of
    its confidence, and one bit more if it is contested; so a path that enters and leaves a node by one kind of edge pays log₂ d
    there: one in d. The ends of a path cost nothing. ``unstated`` is the confidence, in per cent, of an edge that states none;
    ``kinds`` are the kinds of edges that may be used (``None``: all), ``closed`` are nodes that no path may go through.
    """

    def __init__(self, arrays: Arrays, unstated: int, kinds: Collection[str] | None = None, closed: Collection[int] = ()) -> None:
        self.arrays = arrays
        percent = np.where(arrays.sure < 0, unstated, arrays.sure)
        table = np.full(101, np.inf)
        table[1:] = np.round(-np.log2(np.arange(1, 101) / 100) * _UNIT)
        self.doubt: Numbers = table[percent] + arrays.contested * _UNIT
        if kinds is not None:
            self.doubt[~np.isin(arrays.kinds, [n for n, name in enumerate(arrays.kind_names) if name in kinds])] = np.inf
        self.here: Numbers = np.round(np.log2(arrays.here) * (_UNIT / 2))
        self.there: Numbers = np.round(np.log2(arrays.there) * (_UNIT / 2))
        self.costs: Numbers = _UNIT + self.here + self.there + self.doubt
        self.closed = np.array(sorted(closed), np.int64)
        self._full = np.flatnonzero(np.diff(arrays.starts))

    def arcs(self, node: int) -> slice:
        """The arcs that start at a node."""
        return slice(int(self.arrays.starts[node]), int(self.arrays.starts[node + 1]))

    def into(self, end: int) -> tuple[npt.NDArray[np.int32], Numbers]:
        """The neighbours of a path's end, and what the last arc to it costs: nothing for the end itself."""
        at = self.arcs(end)
        return self.arrays.heads[at], self.there[at] + self.doubt[at]

    def used(self, route: Route) -> list[int]:
        """The numbers of the arcs that a path goes over: between two nodes the cheapest one."""
        found: list[int] = []
        for number, (one, other) in enumerate(pairwise(route.nodes)):
            at = self.arcs(one)
            costs = self.doubt[at] + (self.here[at] if number else 0) + (self.there[at] if number < len(route.nodes) - 2 else 0)
            costs[self.arrays.heads[at] != other] = np.inf
            found.append(at.start + int(np.argmin(costs)))
        return found

    def rests(self, end: int, shut: Collection[int], longest: int) -> list[Numbers]:
        """For 0, 1, … arcs at most: what the way from each node to ``end`` costs at least, without nodes that are shut."""
        arrays = self.arrays
        nothing = np.full(len(arrays.nodes), np.inf)
        found = [nothing]
        if not longest:
            return found
        barred = np.concatenate([self.closed, np.array([end, *shut], np.int64)])
        last, cost = self.into(end)
        now = nothing.copy()
        np.minimum.at(now, last, cost)
        now[barred] = np.inf
        found.append(now)
        changed = np.unique(last[np.isfinite(now[last])])
        while len(found) <= longest and len(changed):
            before = found[-1]
            now = before.copy()
            if int((arrays.starts[changed + 1] - arrays.starts[changed]).sum()) * _FEW < len(arrays.heads):
                at, tails = arrays.arcs(changed)
                np.minimum.at(now, arrays.heads[at], self.costs[at] + before[tails])
            else:
                best = np.minimum.reduceat(self.costs + before[arrays.heads], arrays.starts[self._full])
                now[self._full] = np.minimum(now[self._full], best)
            now[barred] = np.inf
            changed = np.flatnonzero(now < before)
            found.append(now)
        found += [found[-1]] * (longest + 1 - len(found))
        return found


@dataclass(frozen=True, slots=True)
class _Part:
    """All paths that begin with ``nodes`` and do not go on to ``barred``. ``costs`` are those of the beginning, node by node."""

    nodes: tuple[int, ...]
    costs: tuple[float, ...]
    barred: frozenset[int]


def best_routes(weighed: Weighed, start: int, end: int, most: int, longest: int) -> list[Route]:
    """The ``most`` cheapest simple paths of at most ``longest`` arcs from ``start`` to ``end``, the cheapest first.

    Of paths that cost the same, those of fewer arcs come first. Fewer are found where there are fewer. The method is Yen 1971
    with Lawler's partition (1972): the paths that are left after the best one fall into parts that begin like it and leave it at
    one node, and a part is searched when its bound says that it may hold the next one.

    >>> graph = nx.cycle_graph("abcd")
    >>> for name, value in {"predicates": ("victim",), "confidence": 100, "contested": False}.items():
    ...     nx.set_edge_attributes(graph, value, name)
    >>> [(route.bits, route.nodes) for route in best_routes(Weighed(compiled(graph), 85), 0, 2, 5, 4)]
    [(2.0, (0, 1, 2)), (2.0, (0, 3, 2))]
    """
    if start == end or not most:
        return []
    search = _Search(weighed, start, end, longest)
    whole = _Part((start,), (0.0,), frozenset())
    waiting: list[tuple[float, bool, int, tuple[int, ...], int, _Part, tuple[float, ...]]] = []
    number = count()

    def open_part(part: _Part) -> None:
        bound = search.bound(part)
        if np.isfinite(bound):
            heapq.heappush(waiting, (bound, False, len(part.nodes), part.nodes, next(number), part, ()))

    open_part(whole)
    found: list[Route] = []
    while waiting and len(found) < most:
        cost, solved, _, nodes, _, part, costs = heapq.heappop(waiting)
        if not solved:
            best = search.solve(part)
            if best is not None:
                nodes, costs = best
                heapq.heappush(waiting, (costs[-1], True, len(nodes), nodes, next(number), part, costs))
            continue
        found.append(Route(cost / _UNIT, nodes))
        for at in range(len(part.nodes) - 1, len(nodes) - 1):
            barred = part.barred if at == len(part.nodes) - 1 else frozenset()
            open_part(_Part(nodes[: at + 1], costs[: at + 1], barred | {nodes[at + 1]}))
    return found


class _Search:
    """Finds the best path of a part."""

    def __init__(self, weighed: Weighed, start: int, end: int, longest: int) -> None:
        self.weighed, self.start, self.end, self.longest = weighed, start, end, longest
        self.rests = weighed.rests(end, (start,), longest)

    def steps(self, node: int, cost: float, left: int, rests: list[Numbers]) -> tuple[Numbers, npt.NDArray[np.int32], Numbers]:
        """Where a path can go on from a node with ``left`` arcs to go: bound on the whole, next node, cost up to it. The best first."""
        weighed, arrays = self.weighed, self.weighed.arrays
        at = weighed.arcs(node)
        heads = arrays.heads[at]
        costs = weighed.costs[at] + cost
        if node == self.start:
            costs = costs - weighed.here[at]
        last = heads == self.end
        costs[last] -= _UNIT + weighed.there[at][last]
        bounds = costs + rests[left - 1][heads]
        bounds[last] = costs[last]
        kept = np.flatnonzero(np.isfinite(bounds))
        kept = kept[np.lexsort((heads[kept], bounds[kept]))]
        return bounds[kept], heads[kept], costs[kept]

    def bound(self, part: _Part) -> float:
        """What a path of a part costs at least; infinite if there is none."""
        left = self.longest - len(part.nodes) + 1
        if left < 1:
            return float("inf")
        shut = part.barred.union(part.nodes)
        bounds, heads, _ = self.steps(part.nodes[-1], part.costs[-1], left, self.rests)
        return next((bound for bound, head in zip(bounds.tolist(), heads.tolist(), strict=True) if head not in shut), float("inf"))

    def solve(self, part: _Part) -> tuple[tuple[int, ...], tuple[float, ...]] | None:
        """The best path of a part, with its costs node by node; ``None`` if it has none."""
        found, sure = self._walk(part, self.rests, _TRIES)
        if not sure:
            found, _ = self._walk(part, self.weighed.rests(self.end, part.nodes, self.longest - len(part.nodes) + 1), None)
        return found

    def _walk(
        self, part: _Part, rests: list[Numbers], tries: int | None
    ) -> tuple[tuple[tuple[int, ...], tuple[float, ...]] | None, bool]:
        """The best path of a part, and whether that is certain: not if more than ``tries`` nodes had to be tried."""
        shut = frozenset(part.nodes)
        number = count()
        waiting: list[tuple[float, int, int, int, float, int, _Step | None, Iterator[tuple[float, int, float]]]] = []

        def go_on(node: int, cost: float, left: int, way: _Step | None) -> None:
            bounds, heads, costs = self.steps(node, cost, left, rests)
            push(zip(bounds.tolist(), heads.tolist(), costs.tolist(), strict=True), left - 1, way)

        def push(steps: Iterator[tuple[float, int, float]], left: int, way: _Step | None) -> None:
            for bound, head, cost in steps:
                if head not in shut and not (way is None and head in part.barred):
                    heapq.heappush(waiting, (bound, -left, head, next(number), cost, left, way, steps))
                    return

        go_on(part.nodes[-1], part.costs[-1], self.longest - len(part.nodes) + 1, None)
        been: dict[int, list[tuple[int, float]]] = {}
        tried = 0
        while waiting:
            _, _, head, _, cost, left, way, steps = heapq.heappop(waiting)
            push(steps, left, way)
            here = _Step(head, cost, way)
            if head == self.end:
                return here.path(part), True
            before = been.setdefault(head, [])
            if any(more >= left and less <= cost for more, less in before):
                continue
            before.append((left, cost))
            tried += 1
            if tries is not None and tried > tries:
                return None, False
            if left:
                go_on(head, cost, left, here)
        return None, True


@dataclass(frozen=True, slots=True)
class _Step:
    """A node on a way, with its cost so far and the step before it."""

    node: int
    cost: float
    before: _Step | None

    def path(self, part: _Part) -> tuple[tuple[int, ...], tuple[float, ...]]:
        """The whole path with the beginning of its part."""
        nodes: list[int] = []
        costs: list[float] = []
        step: _Step | None = self
        while step is not None:
            nodes.append(step.node)
            costs.append(step.cost)
            step = step.before
        return part.nodes + tuple(reversed(nodes)), part.costs + tuple(reversed(costs))


def apart(weighed: Weighed, one: int, other: int) -> bool:
    """Whether no path of any length joins two nodes."""
    arrays = weighed.arrays
    been = np.zeros(len(arrays.nodes), bool)
    been[weighed.closed] = True
    been[one] = True
    edge = np.array([one], np.int64)
    while len(edge) and not been[other]:
        at, _ = arrays.arcs(edge)
        heads = arrays.heads[at[np.isfinite(weighed.costs[at])]]
        edge = np.unique(heads[~been[heads]]).astype(np.int64)
        been[edge] = True
    return not been[other]
