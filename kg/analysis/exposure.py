"""How harm spreads over links that pass it on with some probability, on compiled arrays.

The model is the independent cascade: each link passes harm on or does not, whatever the others do. How probable it is that harm
gets to a node is hard to calculate exactly; :func:`spread` gives two bounds that are not: that of the strongest single chain, and
that of all chains if they shared no link.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """Links between nodes, sorted by where they start: those from node ``n`` are ``starts[n]`` to ``starts[n + 1]``.

    ``number`` is the place that each link had in what they were made from.
    """

    starts: Places
    tails: Places
    heads: Places
    number: Places

    def at(self, nodes: Places) -> Places:
        """The places of all links that start at some nodes."""
        first = self.starts[nodes]
        many = self.starts[nodes + 1] - first
        return np.repeat(first - (np.cumsum(many) - many), many) + np.arange(int(many.sum()))


def links(nodes: int, tails: Sequence[int], heads: Sequence[int]) -> Links:
    """The links between so many nodes.

    >>> links(3, [2, 0], [1, 2]).heads.tolist()
    [2, 1]
    """
    tail, head = np.array(tails, np.int64), np.array(heads, np.int64)
    by = np.lexsort((head, tail))
    starts = np.concatenate([[0], np.cumsum(np.bincount(tail, minlength=nodes))]).astype(np.int64)
    return Links(starts, tail[by], head[by], by)


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """The nodes that harm can get to, with two bounds for the probability, and the length and last link of the strongest chain.

    ``least`` is the probability of the strongest chain, ``most`` that of all chains as if they shared no link.
    """

    nodes: Places
    least: Numbers
    most: Numbers
    depth: Places
    last: Places
    _links: Links
    _by: tuple[tuple[Places, Places], ...]

    def chain(self, node: int, depth: int) -> list[tuple[int, int]]:
        """The strongest chain to a node: each link on it, as the node where it starts and its number, from the beginning."""
        found: list[tuple[int, int]] = []
        while True:
            heads, by = self._by[depth]
            place = int(np.searchsorted(heads, node))
            if place == len(heads) or heads[place] != node:
                return found[::-1]
            link = int(by[place])
            node = int(self._links.tails[link])
            found.append((node, int(self._links.number[link])))
            depth -= 1


def spread(links: Links, chances: Numbers, seeds: Mapping[int, tuple[float, int]], deepest: int) -> Spread:
    """Where harm can get to from ``seeds``: node → (probability that it is there, at which depth), over ``deepest`` links in all.

    ``chances`` are the probabilities of the links, in the order in which they were given to :func:`links`. Seeds stay as they are:
    no chain goes into them. The strongest chain is the maximum influence path of Chen, Wang and Wang 2010, here exact for each
    number of links. The upper bound holds because ways to a node are positively correlated (Harris 1960).

    >>> both = links(4, [0, 0, 1, 2], [1, 2, 3, 3])
    >>> found = spread(both, np.array([0.5, 0.5, 0.5, 1.0]), {0: (1.0, 0)}, 3)
    >>> found.nodes.tolist(), found.least.tolist(), found.most.tolist()
    ([1, 2, 3], [0.5, 0.5, 0.5], [0.5, 0.5, 0.625])
    >>> found.chain(3, 2)
    [(0, 1), (2, 3)]
    """
    nodes = len(links.starts) - 1
    chance: Numbers = chances[links.number]
    sown = np.array(sorted(seeds), np.int64)
    given = np.array([seeds[node][0] for node in sown.tolist()], np.float64)
    since = np.array([seeds[node][1] for node in sown.tolist()], np.int64)
    fixed = np.zeros(nodes, bool)
    fixed[sown] = True

    best, depth, last = np.zeros(nodes), np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
    most = np.zeros(nodes)
    most[sown[since <= 0]] = given[since <= 0]
    edge, value = sown[since <= 0], given[since <= 0]
    none = np.zeros(0, np.int64)
    by: list[tuple[Places, Places]] = [(none, none)]
    for round_ in range(1, deepest + 1):
        places = links.at(edge)
        now = np.zeros(nodes)
        now[edge] = value
        strength = now[links.tails[places]] * chance[places]
        open_ = ~fixed[links.heads[places]] & (strength > best[links.heads[places]])
        places, strength = places[open_], strength[open_]
        heads = links.heads[places]
        top = np.zeros(nodes)
        np.maximum.at(top, heads, strength)
        through = np.full(nodes, len(links.heads), np.int64)
        won = strength == top[heads]
        np.minimum.at(through, heads[won], places[won])
        reached = np.unique(heads)
        best[reached], depth[reached] = top[reached], round_
        last[reached] = links.number[through[reached]]
        by.append((reached, through[reached]))
        entering = since == round_
        edge, value = np.concatenate([reached, sown[entering]]), np.concatenate([top[reached], given[entering]])

        live = np.flatnonzero(most)
        places = links.at(live)
        with np.errstate(divide="ignore"):
            missed = np.log1p(-most[links.tails[places]] * chance[places])
        most = -np.expm1(np.bincount(links.heads[places], missed, nodes))
        most[fixed] = 0.0
        most[sown[since <= round_]] = given[since <= round_]
        if not len(edge) and round_ >= int(since.max(initial=0)):
            break
    found = np.flatnonzero(best)
    return Spread(found, best[found], np.maximum(most[found], best[found]), depth[found], last[found], links, tuple(by))
