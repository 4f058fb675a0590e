"""What belongs together: communities, how sure they are, and what sets each apart."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Literal

import networkx as nx
import numpy as np

from kg.analysis.material import Material, node_thing
from kg.analysis.partition import (
    Labels,
    Network,
    adjusted_rand,
    bipartite_sides,
    divide,
    groups,
    modularity,
    mutual_information,
    network,
    shuffled,
    sides_of,
    stability,
)  # fmt: skip
from kg.analysis.result import Analysis, Cell, Method, Row, Table, Thing
from kg.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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
_LOOSE = 0.6
"""Below this a community is not to be trusted (Hennig 2007)."""
PARTIES = frozenset({"Organization", "Population", "Person"})
ACTORS = frozenset({"ThreatActor", "UnidentifiedActor"})


@dataclass(frozen=True, slots=True)
class _Asked:
    """How to divide."""

    method: str
    resolution: float
    shuffles: int
    seed: int


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

    >>> from kg.store.oxigraph import OxigraphStore
    >>> from kg.identity.iris import Addresses
    >>> communities(Material(OxigraphStore(), Addresses())).notes
    ('the graph is empty: nothing that counts connects anything',)
    """
    if not 0 < resolution < float("inf"):
        raise UsageError(f"the resolution is a number above 0, not {resolution:g}")
    if runs < 1 or shuffles < 0 or smallest < 1 or top < 0:
        raise UsageError("there is at least one run and one node in a community, and no negative number of shuffled graphs or rows")
    if not 0 < level <= 1:
        raise UsageError(f"the rate of false discoveries is above 0 and at most 1, not {level:g}")
    source = material.projection(projection)
    net, loops = network(source, weighted)
    asked = _Asked(method, resolution, shuffles, seed)
    divided = [divide(net, method, resolution, seed + number) for number in range(runs)]
    chosen = max(range(runs), key=lambda number: round(modularity(net, divided[number], resolution), 9))
    best, others = divided[chosen], divided[:chosen] + divided[chosen + 1 :]
    notes, facts = _quality(source, net, divided, best, asked)
    notes = [*material.notes(source), *notes]
    if loops:
        notes.append(f"{loops} self-loop{'s' * (loops > 1)} (something that supplies itself) left out")
    members = groups(net, best)
    shown = [number for number, nodes in enumerate(members) if len(nodes) >= smallest][:top]
    if len(members) > len(shown):
        hidden = f"{len(members) - len(shown)} of {len(members)} communities are not shown"
        notes.append(f"{hidden}: smaller than {smallest}, or after the first {top}")
    if any(kind == "Technique" for _, kind in source.nodes(data="kind")):
        notes.append("the communities are made from techniques: that techniques stand out in them is no finding of its own")
    traits, facts["tests"] = _over_represented(traits_of(material, source), source, members, shown, level)
    said: dict[int, list[str]] = defaultdict(list)
    for trait in traits:
        said[trait.community].append(f"{trait.what} {trait.value} {trait.count} of {trait.of} (×{trait.lift:.2g})")
    inside, outside = net.degrees(best)
    place = {node: number for number, node in enumerate(net.nodes)}
    sizes = np.bincount(net.parts)
    rows, every = [], []
    for number in shown:
        nodes = members[number]
        within = set(nodes)
        numbers = np.array([place[node] for node in nodes], np.int64)
        central = sorted(nodes, key=lambda node: (-inside[place[node]], node))
        rows.append(
            Community(
                community=number + 1,
                size=len(nodes),
                kinds=_kinds(source.nodes[node].get("kind", "") for node in nodes),
                core=tuple(node_thing(source, node) for node in central[:5]),
                stands_out=tuple(said[number + 1][:4]),
                inside=int(inside[numbers].sum()) // 2,
                outside=int(outside[numbers].sum()),
                whole_part=int(sizes[net.parts[numbers[0]]]) == len(nodes),
                stability=stability(numbers, others),
                claims=_claims_within(source, within),
            )
        )
        every += [
            Member(
                community=number + 1,
                node=node_thing(source, node),
                kind=source.nodes[node].get("kind", ""),
                inside=int(inside[place[node]]),
                outside=int(outside[place[node]]),
                claims=_claims_within(source, within, node),
            )
            for node in central
        ]
    loose = sum(row.stability < _LOOSE for row in rows)
    if loose:
        notes.append(
            f"not found again in the other runs (stability below {_LOOSE}): {loose} of the {len(rows)} communities shown; do not rely on "
            "where they end"
        )
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
        (Table("over-represented", Trait, tuple(traits)), Table("members", Member, tuple(every))),
        _coloured(source, net, best),
    )  # fmt: skip


def _quality(source: nx.Graph, net: Network, runs: Sequence[Labels], best: Labels, asked: _Asked) -> tuple[list[str], dict[str, Cell]]:
    """How good the division is, as notes and single numbers."""
    if not len(net.tails):
        return [], {"communities": 0}
    parts, found = int(net.parts.max()) + 1, int(best.max()) + 1
    values = [modularity(net, labels, asked.resolution) for labels in runs]
    here = modularity(net, best, asked.resolution)
    facts: dict[str, Cell] = {"communities": found, "connected_parts": parts, "modularity": here, "modularity_lowest": min(values)}
    sides = sides_of(net, bipartite_sides(source))
    if sides is not None:
        facts["modularity_bipartite"] = modularity(net, best, asked.resolution, sides)
    notes = []
    if len(runs) > 1:
        pairs = list(combinations(runs, 2))
        facts["mean_adjusted_rand_index"] = float(np.mean([adjusted_rand(*pair) for pair in pairs]))
        facts["mean_normalised_mutual_information"] = float(np.mean([mutual_information(*pair) for pair in pairs]))
    else:
        notes.append("one run only: nothing is known of how stable it is")
    if found == parts:
        notes.append("every community is a whole connected part of the graph: the method had nothing to decide")
    elif asked.shuffles:
        generator = np.random.default_rng(asked.seed)
        chance = []
        for number in range(asked.shuffles):
            mixed = shuffled(net, sides, generator)
            chance.append(modularity(mixed, divide(mixed, asked.method, asked.resolution, asked.seed + number), asked.resolution))
        facts |= {"modularity_shuffled": float(np.mean(chance)), "modularity_shuffled_highest": max(chance)}
        if here <= max(chance):
            notes.append(
                f"modularity ({here:.3f}) is no higher than that of graphs with the same degrees and shuffled edges (up to "
                f"{max(chance):.3f}): such a division of this graph can be chance"
            )
    return notes, facts


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
    traits: Mapping[str, tuple[str, Known]], source: nx.Graph, members: Sequence[Sequence[str]], shown: Iterable[int], level: float
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
            inner = [told[node] for node in members[number] if node in told]
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
            nodes = set(members[number])
            having = [node for node in members[number] if value in traits[what][1].get(node, {})]
            claims = {claim for node in having for claim in traits[what][1][node][value]}
            claims.update(*(_claims_within(source, nodes, node) for node in having))
            rows.append(
                Trait(
                    community=number + 1, what=what, value=value, units=units, count=count, of=of, all_count=all_count, all_of=all_of,
                    lift=count * all_of / (of * all_count), p=p, q=q, claims=tuple(sorted(claims)),
                )
            )  # fmt: skip
    return sorted(rows, key=lambda row: (row.community, row.q, -row.lift, row.what, row.value)), len(tested)


def _claims_within(source: nx.Graph, inner: set[str], node: str = "") -> tuple[str, ...]:
    """The claims behind the edges between members: all, or those at one of them."""
    ends = [node] if node else sorted(inner)
    edges = [*source.edges(ends, data=True), *(source.in_edges(ends, data=True) if node and source.is_directed() else ())]
    return tuple(sorted({claim for one, other, data in edges if one in inner and other in inner for claim in data.get("claims", ())}))


def _kinds(kinds: Iterable[str]) -> str:
    """How many of which kind, in words."""
    return ", ".join(f"{many} {kind or 'of no kind'}" for kind, many in sorted(Counter(kinds).items(), key=lambda one: (-one[1], one[0])))


def _coloured(source: nx.Graph, net: Network, best: Labels) -> nx.Graph:
    """The projection with the number of its community at each node."""
    graph = source.copy()
    nx.set_node_attributes(graph, dict(zip(net.nodes, (best + 1).tolist(), strict=True)), "community")
    return graph


def figure(found: Analysis[Community]) -> Figure:
    """The six largest communities, each with its core and what stands out in it."""
    from kg.analysis.figures.communities import draw

    return draw(found)
