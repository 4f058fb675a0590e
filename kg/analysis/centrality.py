"""Which things the graph turns around."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import networkx as nx
import numpy as np
from scipy.sparse import diags_array
from scipy.sparse.csgraph import connected_components

from kg.analysis.material import Material, claims_at, node_thing
from kg.analysis.measures import Between, betweenness, degrees, hits, matrix_of, pagerank
from kg.analysis.result import Analysis, Method, Row, Thing, annotated
from kg.analysis.writing import number
from kg.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Measure = Literal["degree", "pagerank", "betweenness", "hub", "authority"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Central(Row):
    """One node with all measures."""

    kind: Annotated[str, "the kind of the node; places are counted within it"]
    rank: Annotated[int, "place by the measure asked for; equal values share a place"]
    node: Annotated[Thing, "the node"]
    degree: Annotated[int, "how many neighbours it has"]
    pagerank: Annotated[float, "share of time that a random walk spends there; over all nodes they sum to 1"]
    betweenness: Annotated[float, "how many pairs of nodes have their shortest way through it"]
    error: Annotated[float | None, "how far off the betweenness may be where it is sampled; empty where it is exact"]
    hub: Annotated[float | None, "how much it points to good authorities (HITS); empty where edges have no direction"]
    authority: Annotated[float | None, "how much good hubs point to it (HITS); empty where edges have no direction"]


METHOD = Method(
    "On the graph without weights and self-loops. Degree: number of neighbours. PageRank (damping 0.85): edges are followed both ways, "
    "in the supply network from customer to supplier. Betweenness: pairs of nodes whose shortest way leads through a node, in shares "
    "where there are several; in the supply network along the direction of supply; sampled in parts with many nodes, ± three standard "
    "errors. HITS: incidents point to their actors and parties, suppliers to customers, actors to whom they hit.",
    (
        "Freeman 1978, Centrality in social networks: conceptual clarification (Social Networks 1)",
        "Brin and Page 1998, The anatomy of a large-scale hypertextual web search engine (Computer Networks 30)",
        "Brandes 2001, A faster algorithm for betweenness centrality (Journal of Mathematical Sociology 25)",
        "Brandes and Pich 2007, Centrality estimation in large networks (International Journal of Bifurcation and Chaos 17)",
        "Kleinberg 1999, Authoritative sources in a hyperlinked environment (Journal of the ACM 46)",
    ),
)


def centrality(
    material: Material,
    *,
    projection: Annotated[str, "the graph to look at: incidents, parties, supply, actor-parties, co-victims, claims, …"] = "incidents",
    kind: Annotated[tuple[str, ...], "only nodes of this kind (Organization, ThreatActor, …); may be given several times"] = (),
    by: Annotated[Measure, "the measure that orders the nodes"] = "degree",
    top: Annotated[int, "so many nodes of each kind"] = 10,
    exact: Annotated[int, "parts of the graph with more nodes than this are sampled for betweenness"] = 1500,
    samples: Annotated[int, "so many sources are sampled there; 0 leaves it to the size"] = 0,
    seed: Annotated[int, "of the sampling"] = 0,
) -> Analysis[Central]:
    """Which things the graph turns around, kind by kind: degree, PageRank, betweenness, HITS.

    Raises :class:`~kg.errors.NotFound` for a projection that there is not, :class:`~kg.errors.UsageError` for a kind that the graph
    does not hold, for HITS where edges have no direction, and for numbers out of range.

    >>> from kg.store.oxigraph import OxigraphStore
    >>> from kg.identity.iris import Addresses
    >>> found = centrality(Material(OxigraphStore(), Addresses()))
    >>> found.rows, found.notes
    ((), ('the graph is empty: nothing that counts connects anything',))
    """
    if top < 1 or exact < 0 or samples < 0 or samples == 1 or seed < 0:
        raise UsageError("--top is 1 or more, --samples 0 or at least 2, --exact and --seed are 0 or more")
    graph = material.projection(projection)
    nodes = list(graph)
    of_kind: dict[str, list[int]] = {}
    for place, (_, data) in enumerate(graph.nodes(data=True)):
        of_kind.setdefault(data["kind"], []).append(place)
    if nodes and (unknown := [one for one in kind if one not in of_kind]):
        raise UsageError(f"this graph holds nothing of kind {unknown[0]!r}; it holds {', '.join(sorted(of_kind))}")
    values, between = _values(graph, projection, exact, samples, seed)
    if by not in values:
        raise UsageError(f"{by} needs edges with a direction; those of {projection} have none")
    notes = list(material.notes(graph))
    if between.sampled:
        notes.append("betweenness is sampled in the largest part: {:,} of {:,} sources; see the column error".format(*between.sampled))
    rows: list[Central] = []
    for one in sorted(of_kind if not kind else {*kind} & {*of_kind}):
        ranks = {name: _ranks(values[name], of_kind[one]) for name in values}
        ordered = sorted(of_kind[one], key=lambda n, place=ranks[by]: (place[n], graph.nodes[nodes[n]]["label"], nodes[n]))  # type: ignore[misc]
        for n in ordered[:top]:
            node, claims = node_thing(graph, nodes[n]), claims_at(graph, [nodes[n]])
            cells = {name: float(values[name][n]) if name in values else None for name in ("hub", "authority")}
            rows.append(
                Central(
                    kind=one,
                    rank=ranks[by][n],
                    node=node,
                    degree=int(values["degree"][n]),
                    pagerank=float(values["pagerank"][n]),
                    betweenness=float(values["betweenness"][n]),
                    error=float(between.errors[n]) if between.errors[n] else None,
                    **cells,
                    claims=claims,
                )
            )
        last = ranks[by][ordered[min(top, len(ordered)) - 1]]
        if same := sum(ranks[by][n] == last for n in ordered[top:]):
            notes.append(f"{one}: {same:,} more share place {last} and are not shown")
    return Analysis(
        "centrality",
        "Which things the graph turns around",
        METHOD,
        {"projection": projection, "kind": kind, "by": by, "top": top, "exact": exact, "samples": samples, "seed": seed},
        material.inputs(projection, graph),
        Central,
        tuple(rows),
        tuple(notes),
        {"parts": count_parts(graph)},
        graph=annotated(graph, {name: dict(zip(nodes, map(_plain, found.tolist()), strict=True)) for name, found in values.items()}),
    )


def _values(graph: nx.Graph, projection: str, exact: int, samples: int, seed: int) -> tuple[dict[str, Any], Between]:
    """All measures, as arrays in the order of the nodes."""
    matrix = matrix_of(graph)
    supplied = projection == "supply"
    between = betweenness(matrix.out if supplied else matrix.both, supplied, exact, samples, seed)
    found: dict[str, Any] = {
        "degree": degrees(matrix.both),
        "pagerank": pagerank(matrix.out.T.tocsr() if supplied else matrix.both),
        "betweenness": between.pairs,
    }
    if graph.is_directed() or projection == "incidents":
        pointing = matrix.out
        if not graph.is_directed():
            incident = np.array([data["bipartite"] == 0 for _, data in graph.nodes(data=True)], float)
            pointing = (diags_array(incident) @ matrix.both).tocsr() if len(graph) else matrix.both
            pointing.eliminate_zeros()
        found["hub"], found["authority"] = hits(pointing)
    return found, between


def _ranks(values: Any, chosen: list[int]) -> dict[int, int]:
    """The places of some nodes by a measure, the highest first; what differs by rounding alone is equal."""
    ordered = sorted(chosen, key=lambda n: -values[n])
    found: dict[int, int] = {}
    for place, n in enumerate(ordered, 1):
        before = ordered[place - 2]
        same = place > 1 and math.isclose(values[n], values[before], rel_tol=1e-6, abs_tol=1e-12)
        found[n] = found[before] if same else place
    return found


def _plain(value: float) -> float:
    return number(value) if isinstance(value, float) else value


def count_parts(graph: nx.Graph) -> int:
    """In how many parts a graph falls that nothing connects."""
    return int(connected_components(matrix_of(graph).both, directed=False)[0]) if len(graph) else 0


def figure(found: Analysis[Central]) -> Figure:
    """The leading nodes of each kind by the measure asked for, as bars."""
    from kg.analysis.figures.charts import ranked_bars

    by = str(found.parameters["by"])
    kinds = len({row.kind for row in found.rows})
    each = max(3, 24 // max(1, kinds))
    seen: Counter[str] = Counter()
    rows = []
    for row in found.rows:
        seen[row.kind] += 1
        if seen[row.kind] <= each and getattr(row, by):
            rows.append(row)
    rows.sort(key=lambda row: (-getattr(row, by), row.node.label))
    errors = [row.error or 0.0 for row in rows] if by == "betweenness" and any(row.error for row in rows) else None
    return ranked_bars(found, [(row.node.label, getattr(row, by), row.kind) for row in rows], _AXES[by], errors=errors)


_AXES = {
    "degree": "number of neighbours",
    "pagerank": "PageRank: share of a random walk",
    "betweenness": "pairs of things whose shortest way leads through it",
    "hub": "hub score (HITS)",
    "authority": "authority score (HITS)",
}
