"""What belongs together: communities, how sure they are, and what sets each apart."""

from __future__ import annotations

import textwrap
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Any, Literal

import networkx as nx
import numpy as np
import numpy.typing as npt

from kg.analysis.material import Material, node_thing
from kg.analysis.result import Analysis, Method, Row, Table, Thing
from kg.errors import MissingExtra, UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Labels = npt.NDArray[np.int64]
"""The community of each node, as a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Community(Row):
    """Things that have more to do with each other than with the rest."""

    community: Annotated[int, "its number; the largest is 1"]
    size: Annotated[int, "how many nodes it has"]
    kinds: Annotated[str, "of which kinds they are"]
    core: Annotated[tuple[Thing, ...], "the members with the most edges inside"]
    stands_out: Annotated[tuple[str, ...], "what is over-represented in it: members with it, of those of which it is known"]
    inside: Annotated[int, "edges between its members"]
    outside: Annotated[int, "edges that leave it"]
    whole_part: Annotated[bool, "whether it is all that hangs together there: then nobody had to decide where it ends"]
    stability: Annotated[float, "mean Jaccard similarity to the most similar community of the other runs; 1: the same each time"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait(Row):
    """Something that more members of a community have than a draw from the whole graph would give."""

    community: Annotated[int, "number of the community"]
    what: Annotated[str, "sector, country, technique or origin"]
    value: Annotated[str, "which"]
    units: Annotated[str, "what is counted"]
    count: Annotated[int, "so many of them in the community have it"]
    of: Annotated[int, "of so many in the community of which it is known"]
    all_count: Annotated[int, "so many in the whole graph have it"]
    all_of: Annotated[int, "of so many in the whole graph of which it is known"]
    lift: Annotated[float, "its share in the community by its share in the graph"]
    p: Annotated[float, "probability of at least so many in a draw without replacement (hypergeometric)"]
    q: Annotated[float, "the same after correction for the number of tests of this trait (Benjamini and Hochberg)"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member(Row):
    """A node in its community."""

    community: Annotated[int, "number of the community"]
    node: Annotated[Thing, "the node"]
    kind: Annotated[str, "its kind"]
    inside: Annotated[int, "its edges to members"]
    outside: Annotated[int, "its edges to others"]


METHOD = Method(
    "Nodes are divided so that more edges lie within the parts than the degrees of the nodes would give by chance (modularity), with "
    "Louvain or Leiden. The division is calculated with several seeds; the one of highest modularity is shown, with how much the runs "
    "agree (adjusted Rand index, normalised mutual information, Jaccard similarity community by community), and modularity is compared "
    "with that of graphs in which the edges are shuffled and all degrees kept. What is over-represented is tested with the "
    "hypergeometric distribution and corrected for the number of tests of each trait.",
    (
        "Newman and Girvan 2004, Finding and evaluating community structure in networks, Physical Review E 69, 026113",
        "Blondel, Guillaume, Lambiotte and Lefebvre 2008, Fast unfolding of communities in large networks, J. Stat. Mech. P10008",
        "Traag, Waltman and van Eck 2019, From Louvain to Leiden: guaranteeing well-connected communities, Scientific Reports 9, 5233",
        "Barber 2007, Modularity and community detection in bipartite networks, Physical Review E 76, 066102",
        "Guimerà, Sales-Pardo and Amaral 2004, Modularity from fluctuations in random graphs and complex networks, Phys. Rev. E 70, 025101",
        "Hubert and Arabie 1985, Comparing partitions, Journal of Classification 2, 193-218",
        "Danon, Díaz-Guilera, Duch and Arenas 2005, Comparing community structure identification, J. Stat. Mech. P09008",
        "Hennig 2007, Cluster-wise assessment of cluster stability, Computational Statistics and Data Analysis 52, 258-271",
        "Benjamini and Hochberg 1995, Controlling the false discovery rate, J. R. Stat. Soc. B 57, 289-300",
    ),
)
PARTIES = frozenset({"Organization", "Population", "Person"})
ACTORS = frozenset({"ThreatActor", "UnidentifiedActor"})


def communities(
    material: Material,
    *,
    projection: Annotated[str, "the projection to look at"] = "incidents",
    method: Annotated[Literal["louvain", "leiden"], "how to divide; leiden needs the extra of that name and is faster"] = "louvain",
    resolution: Annotated[float, "above 1: more and smaller communities, below 1: fewer and larger"] = 1.0,
    weighted: Annotated[bool, "count an edge as often as its weight says (incidents, claims)"] = False,
    smallest: Annotated[int, "show communities of at least so many nodes"] = 3,
    top: Annotated[int, "show so many of them"] = 20,
    level: Annotated[float, "show what is over-represented at this rate of false discoveries"] = 0.05,
    runs: Annotated[int, "how often to divide, each time with another seed"] = 10,
    shuffles: Annotated[int, "how many shuffled graphs to compare with"] = 10,
    seed: Annotated[int, "the first seed"] = 0,
) -> Analysis[Community]:
    """What belongs together, and what sets each community apart from the rest.

    Direction and self-loops do not count. Tables: communities, over-represented (each with counts and test), members.

    Of the sectors and countries of parties, the techniques of incidents and the origin of actors it is told what is
    over-represented; where a graph holds no parties or incidents, its actors (or incidents) stand for those they hit. Only what is
    known is counted: a party without a known sector is neither for nor against.

    Raises :class:`~kg.errors.NotFound` for a projection that there is not, :class:`~kg.errors.MissingExtra` for Leiden without the
    package for it, :class:`~kg.errors.UsageError` for numbers that make no sense.
    """
    if not 0 < resolution < float("inf"):
        raise UsageError(f"the resolution is a number above 0, not {resolution:g}")
    if runs < 1 or shuffles < 0 or smallest < 1 or top < 0:
        raise UsageError("there is at least one run and one node in a community, and no negative number of shuffled graphs or rows")
    if not 0 < level <= 1:
        raise UsageError(f"the rate of false discoveries is above 0 and at most 1, not {level:g}")
    source = material.projection(projection)
    graph, loops = plain_graph(source, weighted)
    divide = _METHODS[method]
    found = [Parts(graph, divide(graph, resolution, seed + number), resolution) for number in range(runs)]
    best = max(found, key=lambda parts: round(parts.modularity, 9))
    notes, facts = _quality(source, graph, found, best, divide, resolution, shuffles, seed)
    if loops:
        notes.append(f"{loops} self-loop{'s' * (loops > 1)} (something that supplies itself) left out")
    shown = [number for number, nodes in enumerate(best.groups, 1) if len(nodes) >= smallest][:top]
    left = len(best.groups) - len(shown)
    if left and len(graph):
        notes.append(f"{left} of {len(best.groups)} communities are not shown: smaller than {smallest}, or after the first {top}")
    others = [parts for parts in found if parts is not best]
    if any(kind == "Technique" for _, kind in source.nodes(data="kind")) and len(graph):
        notes.append("the communities are made from techniques: that techniques stand out in them is no finding of its own")
    traits, tests = _over_represented(traits_of(material, source), source, best, shown, level)
    facts["tests"] = tests
    said: dict[int, list[str]] = defaultdict(list)
    for trait in traits:
        said[trait.community].append(f"{trait.what} {trait.value} {trait.count} of {trait.of} (×{trait.lift:.2g})")
    rows, members = [], []
    whole = {frozenset(part) for part in nx.connected_components(graph)}
    for number in shown:
        nodes = best.groups[number - 1]
        inner, outer = best.degrees(nodes)
        central = sorted(nodes, key=lambda node: (-inner[node], node))
        rows.append(
            Community(
                community=number,
                size=len(nodes),
                kinds=_kinds(source.nodes[node].get("kind", "") for node in nodes),
                core=tuple(node_thing(source, node) for node in central[:5]),
                stands_out=tuple(said[number][:4]),
                inside=sum(inner.values()) // 2,
                outside=sum(outer.values()),
                whole_part=frozenset(nodes) in whole,
                stability=_stability(nodes, others),
                claims=_claims_within(source, nodes),
            )
        )
        members += [
            Member(
                community=number,
                node=node_thing(source, node),
                kind=source.nodes[node].get("kind", ""),
                inside=inner[node],
                outside=outer[node],
                claims=_claims_within(source, nodes, node),
            )
            for node in central
        ]
    return Analysis(
        "communities",
        "What belongs together",
        METHOD,
        {
            "projection": projection, "method": method, "resolution": resolution, "weighted": weighted, "smallest": smallest, "top": top,
            "level": level, "runs": runs, "shuffles": shuffles, "seed": seed,
        },
        material.inputs(projection, source),
        Community,
        tuple(rows),
        tuple(notes),
        facts,
        (Table("over-represented", Trait, tuple(traits)), Table("members", Member, tuple(members))),
        _coloured(source, best),
    )  # fmt: skip


def plain_graph(source: nx.Graph, weighted: bool = False) -> tuple[nx.Graph, int]:
    """A projection without directions, parallel edges and self-loops, and how many self-loops there were.

    ``weight`` is 1, or if ``weighted`` the sum of the weights.

    >>> graph, loops = plain_graph(nx.MultiDiGraph([("a", "b"), ("b", "a"), ("a", "a")]))
    >>> list(graph.edges(data="weight")), loops
    ([('a', 'b', 1.0)], 1)
    """
    graph = nx.Graph()
    graph.add_nodes_from(sorted(source))
    loops = 0
    for one, other, weight in sorted((*sorted(e[:2]), e[2]) for e in source.edges(data="weight", default=1)):
        if one == other:
            loops += 1
        elif weighted and graph.has_edge(one, other):
            graph[one][other]["weight"] += float(weight)
        else:
            graph.add_edge(one, other, weight=float(weight) if weighted else 1.0)
    return graph, loops


class Parts:
    """A division of a graph. ``groups`` holds its communities, the largest first; equally large ones by their first node."""

    def __init__(self, graph: nx.Graph, groups: Iterable[Iterable[str]], resolution: float = 1.0) -> None:
        self.graph = graph
        self.groups = sorted((sorted(group) for group in groups), key=lambda group: (-len(group), group))
        self.of = {node: number for number, group in enumerate(self.groups, 1) for node in group}
        self.labels: Labels = np.array([self.of[node] for node in graph], np.int64)
        self.modularity = modularity(graph, self.of, resolution)

    def degrees(self, nodes: Sequence[str]) -> tuple[dict[str, int], dict[str, int]]:
        """For members of one community: how many edges each has to members, and how many to others."""
        inner = {node: sum(self.of[other] == self.of[node] for other in self.graph[node]) for node in nodes}
        return inner, {node: self.graph.degree(node) - inner[node] for node in nodes}


def modularity(graph: nx.Graph, of: Mapping[str, int], resolution: float = 1.0, sides: Mapping[str, int] | None = None) -> float:
    """Modularity of a division; of a graph without edges it is 0. With ``sides`` (0, 1) that of Barber for bipartite graphs.

    >>> graph, _ = plain_graph(nx.barbell_graph(3, 0))
    >>> round(modularity(graph, {0: 1, 1: 1, 2: 1, 3: 2, 4: 2, 5: 2}), 4)
    0.3571
    """
    total = sum(weight for *_, weight in graph.edges(data="weight"))
    if not total:
        return 0.0
    within = sum(weight for one, other, weight in graph.edges(data="weight") if of[one] == of[other])
    strength = dict(graph.degree(weight="weight"))
    sums: dict[tuple[int, int], float] = defaultdict(float)
    for node, value in strength.items():
        sums[of[node], sides[node] if sides else 0] += value
    if sides is None:
        expected = sum(value * value for value in sums.values()) / (4 * total)
    else:
        expected = sum(value * sums.get((number, 1), 0.0) for (number, side), value in sums.items() if side == 0) / total
    return float((within - resolution * expected) / total)


def bipartite_sides(source: nx.Graph) -> dict[str, int] | None:
    """The side of each node of a projection between two sorts of things; ``None`` of any other."""
    marked: dict[str, int] = nx.get_node_attributes(source, "bipartite")
    if len(marked) == len(source):
        return marked
    if not source.is_directed() or any(source.in_degree(node) and source.out_degree(node) for node in source):
        return None
    return {node: int(source.in_degree(node) > 0) for node in source}


def _unsplittable(graph: nx.Graph, resolution: float) -> tuple[list[set[str]], nx.Graph, float]:
    """Connected parts that modularity never divides, the rest, and the resolution with which the rest is divided on its own.

    Cutting a part of total degree d in two loses edges of weight w at least, and gains less than γ·d²/8m: where γ·d² ≤ 8·m·w the
    part is best left whole. On the rest alone the same gains result from the resolution γ·m(rest)/m.
    """
    total = sum(weight for *_, weight in graph.edges(data="weight"))
    least = min((weight for *_, weight in graph.edges(data="weight")), default=1.0)
    whole, rest = [], set()
    for part in nx.connected_components(graph):
        degree = sum(weight for _, weight in graph.degree(part, weight="weight"))
        if resolution * degree * degree <= 8 * total * least:
            whole.append(part)
        else:
            rest |= part
    inner = graph.subgraph(sorted(rest))
    return whole, inner, resolution * sum(weight for *_, weight in inner.edges(data="weight")) / total if total else resolution


def louvain(graph: nx.Graph, resolution: float, seed: int) -> list[list[str]]:
    """Communities after Louvain, by NetworkX. A community that does not hang together is taken apart."""
    whole, rest, there = _unsplittable(graph, resolution)
    nodes = sorted(rest)
    numbered = nx.relabel_nodes(rest, {node: number for number, node in enumerate(nodes)})
    ordered = nx.Graph()
    ordered.add_nodes_from(range(len(nodes)))
    ordered.add_weighted_edges_from(sorted((min(a, b), max(a, b), weight) for a, b, weight in numbered.edges(data="weight")))
    divided = nx.community.louvain_communities(ordered, resolution=there, seed=seed) if nodes else []
    groups = [{nodes[number] for number in group} for group in divided]
    return [*map(sorted, whole), *(sorted(part) for group in groups for part in nx.connected_components(graph.subgraph(group)))]


def leiden(graph: nx.Graph, resolution: float, seed: int) -> list[list[str]]:
    """Communities after Leiden, by graspologic-native. Raises :class:`~kg.errors.MissingExtra` without it."""
    try:
        from graspologic_native import leiden as native
    except ImportError:
        raise MissingExtra("Leiden needs graspologic-native; install it with: pip install 'incident-kg[leiden]'") from None
    whole, rest, there = _unsplittable(graph, resolution)
    nodes = sorted(rest)
    place = {node: number for number, node in enumerate(nodes)}
    edges = sorted((*sorted((place[one], place[other])), weight) for one, other, weight in rest.edges(data="weight"))
    groups: dict[int, list[str]] = defaultdict(list)
    if edges:
        _, of = native([(str(one), str(other), weight) for one, other, weight in edges], resolution=there, iterations=3, seed=seed)
        for number, node in enumerate(nodes):
            groups[of[str(number)]].append(node)
    return [*map(sorted, whole), *groups.values()]


_METHODS: dict[str, Callable[[nx.Graph, float, int], list[list[str]]]] = {"louvain": louvain, "leiden": leiden}


def adjusted_rand(one: Labels, other: Labels) -> float:
    """The adjusted Rand index of two divisions of the same nodes (Hubert and Arabie 1985): 1 the same, about 0 no more than chance.

    >>> adjusted_rand(np.array([1, 1, 2, 2]), np.array([7, 7, 8, 8]))
    1.0
    """
    table, rows, columns = _contingency(one, other)
    total = len(one) * (len(one) - 1) / 2
    both, first, second = (float((counts * (counts - 1) / 2).sum()) for counts in (table, rows, columns))
    expected = first * second / total if total else 0.0
    most = (first + second) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


def mutual_information(one: Labels, other: Labels) -> float:
    """Normalised mutual information of two divisions, by the mean of their entropies (Danon and others 2005): 1 the same, 0 nothing.

    >>> round(mutual_information(np.array([1, 1, 2, 2]), np.array([1, 2, 1, 2])), 6)
    0.0
    """
    table, rows, columns = (counts / len(one) for counts in _contingency(one, other))
    joint, first, second = (float(-(share * np.log(share)).sum()) for share in (table, rows, columns))
    return 1.0 if first + second == 0 else float(2 * (first + second - joint) / (first + second))


def _contingency(one: Labels, other: Labels) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    """How often each pair of labels occurs, each label of the first, each of the second."""
    _, first = np.unique(one, return_inverse=True)
    _, second = np.unique(other, return_inverse=True)
    _, pairs = np.unique(first * (second.max(initial=0) + 1) + second, return_counts=True)
    return pairs, np.bincount(first), np.bincount(second)


def _stability(nodes: Sequence[str], others: Sequence[Parts]) -> float:
    """How much of a community is found again in the other runs (Hennig 2007)."""
    if not others:
        return 1.0
    found = []
    for parts in others:
        shared = Counter(parts.of[node] for node in nodes)
        found.append(max(count / (len(nodes) + len(parts.groups[number - 1]) - count) for number, count in shared.items()))
    return float(np.mean(found))


def _quality(
    source: nx.Graph,
    graph: nx.Graph,
    found: Sequence[Parts],
    best: Parts,
    divide: Callable[[nx.Graph, float, int], list[list[str]]],
    resolution: float,
    shuffles: int,
    seed: int,
) -> tuple[list[str], dict[str, Any]]:
    """How good the division is, as notes and single numbers."""
    facts: dict[str, Any] = {"communities": len(best.groups)}
    if not graph.number_of_edges():
        return ["the graph is empty: nothing that counts connects anything"], {"communities": 0}
    parts = list(nx.connected_components(graph))
    facts |= {"connected_parts": len(parts), "modularity": best.modularity}
    facts["modularity_lowest"] = min(one.modularity for one in found)
    sides = bipartite_sides(source)
    if sides is not None:
        facts["modularity_bipartite"] = modularity(graph, best.of, resolution, sides)
    notes = []
    if len(found) > 1:
        pairs = list(combinations([one.labels for one in found], 2))
        facts["mean_adjusted_rand_index"] = float(np.mean([adjusted_rand(*pair) for pair in pairs]))
        facts["mean_normalised_mutual_information"] = float(np.mean([mutual_information(*pair) for pair in pairs]))
    else:
        notes.append("one run only: nothing is known of how stable it is")
    if len(best.groups) == len(parts):
        notes.append("every community is a whole connected part of the graph: the method had nothing to decide")
    elif shuffles:
        generator = np.random.default_rng(seed)
        chance = []
        for number in range(shuffles):
            mixed = shuffled(graph, sides, generator)
            chance.append(Parts(mixed, divide(mixed, resolution, seed + number), resolution).modularity)
        facts |= {"modularity_shuffled": float(np.mean(chance)), "modularity_shuffled_highest": max(chance)}
        if best.modularity <= max(chance):
            notes.append(
                f"modularity ({best.modularity:.3f}) is no higher than that of graphs with the same degrees and shuffled edges (up to "
                f"{max(chance):.3f}): such a division of this graph can be chance"
            )
    return notes, facts


def shuffled(graph: nx.Graph, sides: Mapping[str, int] | None, generator: np.random.Generator) -> nx.Graph:
    """The graph with its edges swapped at random, ten times as many swaps as edges: all degrees (and the two sides) stay.

    >>> graph, _ = plain_graph(nx.star_graph(3))
    >>> sorted(shuffled(graph, None, np.random.default_rng(0)).edges) == sorted(graph.edges)
    True
    """
    edges = [(one, other) if sides is None or sides[one] == 0 else (other, one) for one, other in graph.edges]
    weights = [graph[one][other]["weight"] for one, other in edges]
    there = {frozenset(edge) for edge in edges}
    count = len(edges)
    picks = generator.integers(count, size=(10 * count, 2)).tolist() if count > 1 else []
    flips = generator.integers(2, size=len(picks)).tolist()
    for (one, other), flip in zip(picks, flips, strict=True):
        (a, b), (c, d) = edges[one], edges[other]
        if sides is None and flip:
            c, d = d, c
        first, second = frozenset((a, d)), frozenset((c, b))
        if len(first) < 2 or len(second) < 2 or first == second or first in there or second in there:
            continue
        there -= {frozenset((a, b)), frozenset((c, d))}
        there |= {first, second}
        edges[one], edges[other] = (a, d), (c, b)
    found = nx.Graph()
    found.add_nodes_from(graph)
    found.add_weighted_edges_from((a, b, weight) for (a, b), weight in zip(edges, weights, strict=True))
    return found


Known = dict[str, dict[str, tuple[str, ...]]]
"""Node → what is known of it → the claims that say so."""


def traits_of(material: Material, source: nx.Graph) -> dict[str, tuple[str, Known]]:
    """Of which nodes what is known: trait → what is counted, and for each such node its values with the claims behind them.

    A sector or country of a party in the graph has no claims here: it is a property of the party.
    """
    kinds: dict[str, set[str]] = defaultdict(set)
    for node, kind in source.nodes(data="kind", default=""):
        kinds["parties" if kind in PARTIES else "actors" if kind in ACTORS else kind].add(node)
    parties, actors, incidents = kinds["parties"], kinds["actors"], kinds["Incident"]
    found: dict[str, tuple[str, Known]] = {}
    for what in ("sector", "country"):
        if parties:
            found[what] = ("parties", {node: dict.fromkeys(source.nodes[node].get(what, ()), ()) for node in sorted(parties)})
        elif actors:
            found[what] = ("actors", _through(material.projection("actor-parties"), actors, what))
        elif incidents:
            found[what] = ("incidents", _through(material.projection("incidents"), incidents, what))
    if incidents:
        used: Known = defaultdict(dict)
        for edge in material.edges("usedTechnique"):
            if edge.subject in incidents:
                used[edge.subject][_label(material, edge.object)] = edge.claims
        found["technique"] = ("incidents", used)
    elif actors:
        found["technique"] = ("actors", _through(material.projection("actor-techniques"), actors))
    if actors:
        origins: Known = defaultdict(dict)
        for edge in material.further:
            if edge.predicate == "origin" and edge.subject in actors:
                origins[edge.subject][_label(material, edge.object)] = edge.claims
        found["origin"] = ("actors", origins)
    return found


def _label(material: Material, iri: str) -> str:
    return str(material.describe([iri], ())[iri]["label"])


def _through(graph: nx.Graph, nodes: Iterable[str], what: str = "") -> Known:
    """What is known of nodes by their neighbours in another projection: an attribute of these, or themselves."""
    found: Known = {}
    for node in sorted(set(nodes).intersection(graph)):
        values: dict[str, set[str]] = defaultdict(set)
        for other, data in graph[node].items():
            for value in graph.nodes[other].get(what, ()) if what else (graph.nodes[other]["label"],):
                values[value].update(data["claims"])
        found[node] = {value: tuple(sorted(values[value])) for value in sorted(values)}
    return found


def _over_represented(
    traits: Mapping[str, tuple[str, Known]], source: nx.Graph, best: Parts, shown: Iterable[int], level: float
) -> tuple[list[Trait], int]:
    """What stands out in the communities that are shown, and how many tests that took.

    A value that only one unit of the whole graph has cannot stand out, and is not tested.
    """
    from scipy.stats import false_discovery_control, hypergeom

    tested: list[tuple[int, str, str, str, int, int, int, int, float]] = []
    for what, (units, known) in traits.items():
        told = {node: values for node, values in known.items() if values}
        everywhere = Counter(value for values in told.values() for value in values)
        for number in shown:
            inner = [told[node] for node in best.groups[number - 1] if node in told]
            here = Counter(value for values in inner for value in values)
            for value, count in sorted(everywhere.items()):
                if inner and count > 1:
                    p = float(hypergeom.sf(here[value] - 1, len(told), count, len(inner)))
                    tested.append((number, what, value, units, here[value], len(inner), count, len(told), min(1.0, p)))
    corrected: list[float] = []
    for what in traits:
        chances = [one[-1] for one in tested if one[1] == what]
        corrected += false_discovery_control(chances).tolist() if chances else []
    rows = []
    for (number, what, value, units, count, of, all_count, all_of, p), q in zip(tested, corrected, strict=True):
        if q <= level and count > 1 and count * all_of > of * all_count:
            nodes = best.groups[number - 1]
            having = [node for node in nodes if value in traits[what][1].get(node, {})]
            claims = {claim for node in having for claim in traits[what][1][node][value]}
            claims.update(*(_claims_within(source, nodes, node) for node in having))
            rows.append(
                Trait(
                    community=number, what=what, value=value, units=units, count=count, of=of, all_count=all_count, all_of=all_of,
                    lift=count * all_of / (of * all_count), p=p, q=q, claims=tuple(sorted(claims)),
                )
            )  # fmt: skip
    return sorted(rows, key=lambda row: (row.community, row.q, -row.lift, row.what, row.value)), len(tested)


def _claims_within(source: nx.Graph, nodes: Iterable[str], node: str = "") -> tuple[str, ...]:
    """The claims behind the edges between members: all, or those at one of them."""
    inner = set(nodes)
    ends = [node] if node else inner
    edges = [*source.edges(ends, data=True), *(source.in_edges(ends, data=True) if node and source.is_directed() else ())]
    return tuple(sorted({claim for one, other, data in edges if one in inner and other in inner for claim in data.get("claims", ())}))


def _kinds(kinds: Iterable[str]) -> str:
    """How many of which kind, in words."""
    return ", ".join(f"{many} {kind or 'of no kind'}" for kind, many in sorted(Counter(kinds).items(), key=lambda one: (-one[1], one[0])))


def _coloured(source: nx.Graph, best: Parts) -> nx.Graph:
    """The projection with the number of its community at each node."""
    graph = source.copy()
    nx.set_node_attributes(graph, best.of, "community")
    return graph


def figure(found: Analysis[Community]) -> Figure:
    """The six largest communities, each with its core and what stands out in it."""
    from kg.analysis.figures.networks import layout
    from kg.analysis.figures.style import INK, KINDS, OTHER, QUIET, blank, finish, legend_of_kinds, pyplot_figure, short

    if not found.rows or found.graph is None:
        return blank(found)
    rows = found.rows[:_CELLS]
    wide = min(3, len(rows))
    high = -(-len(rows) // wide)
    sheet = pyplot_figure(4.2 * wide if wide > 1 else 7, 3.9 * high + 0.9)
    flat, _ = plain_graph(found.graph)
    kinds: list[str] = []
    lines = max(1, *(len(row.stands_out) for row in rows))
    for place, row in enumerate(rows, 1):
        axes = sheet.add_subplot(high, wide, place)
        axes.set_axis_off()
        inside = flat.subgraph(node for node, number in found.graph.nodes(data="community") if number == row.community)
        nodes = sorted(inside, key=lambda node: (-inside.degree(node), node))[:_DRAWN]
        drawn = inside.subgraph(sorted(nodes))
        spots = layout(drawn)
        for one, other in drawn.edges:
            axes.plot(*zip(spots[one], spots[other], strict=True), color="#b3bac3", linewidth=0.8, zorder=1)
        for node in drawn:
            kind = found.graph.nodes[node].get("kind", "")
            kinds.append(kind)
            _, shade, mark = KINDS.get(kind, OTHER)
            axes.scatter(*spots[node], s=34 + 9 * min(12, inside.degree(node)), marker=mark, color=shade, edgecolors="white", zorder=3)
        linked = [node for node in nodes if inside.degree(node) > 1]
        for node in nodes[: min(_NAMED, max(_FEWEST, len(linked)))]:
            name = "\n".join(textwrap.wrap(short(found.graph.nodes[node].get("label", node), 52), 28))
            x, y = spots[node]
            below = any(0 < y - spots[other][1] < 0.4 and abs(x - spots[other][0]) < 0.8 for other in nodes[:_NAMED] if other != node)
            axes.annotate(name, (x, y), (0, 7 if below else -7), textcoords="offset points", ha="center", va="bottom" if below else "top",
                          fontsize=7, color=INK, zorder=2,
                          bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.3})  # fmt: skip
        part = f", {len(drawn)} drawn" if len(drawn) < row.size else ""
        head = f"{row.community} · {row.size:,} members{part} · stability {row.stability:.2f}"
        axes.set_title(head, loc="left", fontsize=9, fontweight="bold", pad=6 + 10.5 * lines)
        told = "\n".join(short(line, 52) for line in row.stands_out) or "nothing stands out"
        axes.annotate(told, (0, 1), (0, 2 + 10.5 * lines), xycoords="axes fraction", textcoords="offset points", fontsize=7.5,
                      color=QUIET, va="top")  # fmt: skip
        axes.margins(0.16, 0.14)
    sheet.suptitle(f"{found.title}: the {len(rows)} largest communities", x=0.02, ha="left", fontsize=12, fontweight="bold", color=INK)
    legend_of_kinds(sheet, kinds, loc="upper right", ncols=len(set(kinds)), bbox_to_anchor=(0.99, 1.0))
    return finish(found, sheet)


_CELLS, _DRAWN, _NAMED, _FEWEST = 6, 40, 6, 3
