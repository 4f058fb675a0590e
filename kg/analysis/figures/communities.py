"""The largest communities side by side: each with its core, how stable it is, and what stands out in it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import networkx as nx

from kg.analysis.figures.networks import layout
from kg.analysis.figures.style import INK, KINDS, OTHER, QUIET, blank, finish, legend_of_kinds, pyplot_figure, short
from kg.analysis.result import Analysis

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_CELLS, _DRAWN, _NAMED, _FEWEST = 6, 40, 6, 3
"""So many communities are drawn, of each so many nodes; so many of these get a name: all that have several edges, or at least three."""


def draw(found: Analysis[Any]) -> Figure:
    """The figure of communities."""
    if not found.rows or found.graph is None:
        return blank(found)
    rows = found.rows[:_CELLS]
    wide = min(3, len(rows))
    high = -(-len(rows) // wide)
    sheet = pyplot_figure(4.2 * wide if wide > 1 else 7, 3.9 * high + 0.9)
    kinds: list[str] = []
    lines = max(1, *(len(row.stands_out) for row in rows))
    for place, row in enumerate(rows, 1):
        axes = sheet.add_subplot(high, wide, place)
        axes.set_axis_off()
        inside = _plain(found.graph, row.community)
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


def _plain(graph: nx.Graph, community: int) -> nx.Graph:
    """A community without directions, parallel edges and self-loops."""
    found = nx.Graph()
    found.add_nodes_from(sorted(node for node, number in graph.nodes(data="community") if number == community))
    found.add_edges_from(sorted({(min(e[:2]), max(e[:2])) for e in graph.subgraph(found).edges() if e[0] != e[1]}))
    return found
