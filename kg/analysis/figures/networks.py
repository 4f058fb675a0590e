"""Node-link drawings: kinds by colour and shape, the same layout every time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import networkx as nx

from kg.analysis.figures.style import INK, KINDS, OTHER, QUIET, blank, finish, folded, halo, legend_of_kinds, sheet, short
from kg.analysis.result import Analysis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST = 120
"""More nodes than this are no drawing any more; choose some before (:func:`around`)."""


def node_link(
    found: Analysis[Any],
    graph: nx.Graph,
    *,
    size: Callable[[str], float] | None = None,
    colour: Callable[[str], str] | None = None,
    labelled: Iterable[str] | None = None,
    edge_colour: Callable[[str, str], str] | None = None,
    edge_label: Mapping[tuple[str, str], str] | None = None,
    places: Mapping[str, tuple[float, float]] | None = None,
    title: str = "",
) -> Figure:
    """Draw a graph of at most :data:`MOST` nodes.

    ``size`` gives a weight of 0 to 1, ``colour`` a colour of its own instead of that of the kind, ``labelled`` the nodes that
    get a name (otherwise all, if there are at most 45), ``places`` a layout of its own. Arrows are drawn for directed graphs.
    """
    if not len(graph):
        return blank(found)
    if len(graph) > MOST:
        raise ValueError(f"{len(graph)} nodes are too many to draw; choose at most {MOST}")
    figure, axes = sheet(found, 10, 7.5, title)
    axes.set_axis_off()
    flat = nx.Graph()
    flat.add_nodes_from(sorted(graph))
    flat.add_edges_from(sorted({(min(e[:2]), max(e[:2])) for e in graph.edges() if e[0] != e[1]}))
    spots = dict(places) if places else layout(flat)
    nodes = sorted(graph)
    for one, other in sorted({(e[0], e[1]) for e in graph.edges()}):
        axes.annotate(
            "",
            spots[other],
            spots[one],
            arrowprops={
                "arrowstyle": "-|>,head_width=0.18,head_length=0.35" if graph.is_directed() else "-",
                "color": edge_colour(one, other) if edge_colour else "#b3bac3",
                "linewidth": 1.1,
                "shrinkA": 6,
                "shrinkB": 7,
            },
            zorder=1,
        )
        if edge_label and (one, other) in edge_label:
            (x1, y1), (x2, y2) = spots[one], spots[other]
            axes.text((x1 + x2) / 2, (y1 + y2) / 2, short(edge_label[one, other], 30), fontsize=7, color=QUIET, ha="center", va="center",
                      bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6}, zorder=2)  # fmt: skip
    for node in nodes:
        kind = graph.nodes[node].get("kind", "")
        _, shade, mark = KINDS.get(kind, OTHER)
        area = 70 + 330 * (size(node) if size else 0.15)
        axes.scatter(
            *spots[node], s=area, marker=mark, color=colour(node) if colour else shade, edgecolors="white", linewidths=0.8, zorder=3
        )
    names = set(labelled) if labelled is not None else set(nodes if len(nodes) <= 45 else ())
    axes.margins(0.1, 0.09)
    kinds = [graph.nodes[node].get("kind", "") for node in nodes]
    legend_of_kinds(axes, kinds, loc="upper left", bbox_to_anchor=(0, 1.06), ncols=6, columnspacing=1.2, handletextpad=0.2)
    finish(found, figure)
    reach = {node: (70 + 330 * (size(node) if size else 0.15)) ** 0.5 / 2 + 3 for node in nodes}
    _put_labels(axes, {node: graph.nodes[node].get("label", node) for node in nodes if node in names}, spots, reach)
    return figure


def _put_labels(axes: Axes, labels: Mapping[str, str], spots: Mapping[str, tuple[float, float]], reach: Mapping[str, float]) -> None:
    """Names beside nodes: below, above, right or left, wherever they cover the least of what is drawn already."""
    renderer = axes.figure.canvas.get_renderer()  # type: ignore[attr-defined]
    across = axes.transData.transform
    taken: list[tuple[float, float, float, float]] = []
    dots = axes.figure.dpi / 72
    edge = 4 * dots
    for node in sorted(reach):
        (x, y), far = across(spots[node]), reach[node] * dots
        taken.append((x - far, y - far, x + far, y + far))
    for node in sorted(labels, key=lambda n: (-spots[n][1], n)):
        best: tuple[float, int, Any, tuple[float, float, float, float]] | None = None
        for place, (dx, dy, ha, va) in enumerate(_BESIDE):
            far = reach[node]
            text = axes.annotate(folded(labels[node]), spots[node], (dx * far, dy * far), textcoords="offset points", ha=ha, va=va,
                                 fontsize=7.5, color=INK, zorder=5, linespacing=0.95, path_effects=halo())  # fmt: skip
            box = text.get_window_extent(renderer)
            corners = (box.x0, box.y0, box.x1, box.y1)
            outside = max(0.0, edge - corners[0]) + max(0.0, corners[2] - (axes.figure.bbox.width - edge))
            covered = sum(_overlap(corners, other) for other in taken) + outside * (box.y1 - box.y0)
            text.remove()
            if best is None or covered < best[0]:
                best = (covered, place, text, corners)
            if not covered:
                break
        assert best is not None
        axes.add_artist(best[2])
        taken.append(best[3])


_BESIDE = ((0, -1, "center", "top"), (0, 1, "center", "bottom"), (1, 0, "left", "center"), (-1, 0, "right", "center"))


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> float:
    wide, high = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
    return wide * high if wide > 0 and high > 0 else 0.0


def layout(graph: nx.Graph) -> dict[str, tuple[float, float]]:
    """Where nodes stand: the same for the same graph; parts that do not hang together stand in rows, the largest first."""
    if len(graph) == 1:
        return dict.fromkeys(graph, (0.0, 0.0))
    parts = sorted((sorted(part) for part in nx.connected_components(graph)), key=lambda part: (-len(part), part))
    widths = [max(0.4, len(part) ** 0.5) for part in parts]
    row = 1.4 * max(sum((2 * wide + 1.0) ** 2 for wide in widths) ** 0.5, 2 * widths[0] + 1.0)
    found: dict[str, tuple[float, float]] = {}
    left, top, high = 0.0, 0.0, 2 * widths[0]
    for part, wide in zip(parts, widths, strict=True):
        if left and left + 2 * wide > row:
            left, top, high = 0.0, top - high - 0.6, 2 * wide
        number_of = {node: number for number, node in enumerate(part)}
        inner = nx.empty_graph(len(part))
        inner.add_edges_from(sorted(sorted((number_of[a], number_of[b])) for a, b in graph.subgraph(part).edges() if a != b))
        near = {0: (0.0, 0.0)} if len(part) == 1 else nx.kamada_kawai_layout(inner)
        for number, node in enumerate(part):
            x, y = near[number]
            found[node] = (left + wide * (float(x) + 1), top - wide * (1 - float(y)))
        left += 2 * wide + 1.0
    return found


def around(graph: nx.Graph, nodes: Iterable[str], most: int = MOST) -> nx.Graph:
    """The part of a graph around some nodes: breadth first, in sorted order, until it holds ``most`` nodes."""
    wanted = dict.fromkeys(node for node in nodes if node in graph)
    waiting = list(wanted)
    flat = graph.to_undirected(as_view=True) if graph.is_directed() else graph
    while waiting and len(wanted) < most:
        here = waiting.pop(0)
        for other in sorted(flat[here]):
            if other not in wanted and len(wanted) < most:
                wanted[other] = None
                waiting.append(other)
    return graph.subgraph(list(wanted)[:most])
