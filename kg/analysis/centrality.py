"""Which things the graph turns around."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import networkx as nx

from kg.analysis.material import Material, claims_at, node_thing
from kg.analysis.result import Analysis, Method, Row, Thing

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Central(Row):
    """One node under one measure."""

    rank: Annotated[int, "place among the nodes of its kind; equal values share a place"]
    node: Annotated[Thing, "the node"]
    kind: Annotated[str, "the kind of the node"]
    degree: Annotated[int, "number of neighbours"]


METHOD = Method("Degree: the number of neighbours of a node.", ("Freeman 1978, Centrality in social networks",))


def centrality(
    material: Material,
    *,
    projection: Annotated[str, "the projection to look at"] = "incidents",
    top: Annotated[int, "so many rows a kind of node"] = 10,
) -> Analysis[Central]:
    """Which things the graph turns around, kind by kind.

    Raises :class:`~kg.errors.NotFound` for a projection that there is not.
    """
    graph = material.projection(projection)
    rows: list[Central] = []
    kinds = nx.get_node_attributes(graph, "kind")
    for kind in sorted(set(kinds.values())):
        nodes = sorted((n for n in graph if kinds[n] == kind), key=lambda n: (-graph.degree(n), n))
        for rank, node in enumerate(nodes[:top], 1):
            rows.append(
                Central(rank=rank, node=node_thing(graph, node), kind=kind, degree=graph.degree(node), claims=claims_at(graph, [node]))
            )
    notes = () if len(graph) else ("the graph is empty: nothing that counts connects anything",)
    return Analysis(
        "centrality",
        "Which things the graph turns around",
        METHOD,
        {"projection": projection, "top": top},
        material.inputs(projection, graph),
        Central,
        tuple(rows),
        notes,
        graph=graph,
    )


def figure(found: Analysis[Central]) -> Figure:
    """Bars, the highest degree first."""
    from kg.analysis.figures.charts import ranked_bars

    rows = sorted(found.rows, key=lambda r: -r.degree)[:20]
    return ranked_bars(found, [(r.node.label, r.degree, r.kind) for r in rows], "number of neighbours")
