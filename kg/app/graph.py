"""The neighbourhood of a thing as a drawing: bounded, laid out the same way every time, and only text inside."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from urllib.parse import quote

import networkx as nx

from kg.identity.iris import Addresses
from kg.story import Story

COLOURS = {
    "ThreatActor": "#b3261e",
    "UnidentifiedActor": "#d98880",
    "Incident": "#6a4c93",
    "Organization": "#1f6f8b",
    "Population": "#5fa8b8",
    "Person": "#3a8f6b",
    "Asset": "#b7791f",
    "Technique": "#7a7a7a",
    "Malware": "#8e3b46",
    "Tool": "#8e3b46",
    "Vulnerability": "#555555",
    "Product": "#9a7b4f",
    "Campaign": "#4b5d9b",
}
OTHER = "#888888"
SAMENESS = frozenset({"sameActorAs", "sameIncidentAs", "sameOrganizationAs"})


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """A thing and what derived edges join it to. ``left_out`` edges did not fit into the bound."""

    graph: nx.MultiDiGraph
    centre: str
    left_out: int


def neighbourhood(story: Story, iri: str, bound: int = 60) -> Neighbourhood:
    """The derived edges at a thing, then those at its incidents and actors, up to ``bound`` nodes."""
    graph = nx.MultiDiGraph()
    centre = story.identities(story.node(iri))[0].value
    graph.add_node(centre, label=story.label(story.node(centre)), kind=(story.kinds(story.node(centre)) or [""])[0])
    waiting, left_out = [centre], 0
    for depth in range(2):
        following = []
        for here in waiting:
            for edge in story.edges(story.node(here)):
                if edge.predicate in SAMENESS:
                    continue
                if edge.other not in graph and len(graph) >= bound:
                    left_out += 1
                    continue
                if edge.other not in graph:
                    graph.add_node(edge.other, label=edge.other_label, kind=edge.other_kind)
                    if edge.other_kind in ("Incident", "ThreatActor"):
                        following.append(edge.other)
                ends = (here, edge.other) if edge.outgoing else (edge.other, here)
                if not graph.has_edge(*ends, key=edge.predicate):
                    graph.add_edge(*ends, key=edge.predicate, contested=edge.contested)
        waiting = following if depth == 0 and len(graph) < bound else []
    return Neighbourhood(graph, centre, left_out)


def drawing(found: Neighbourhood, addresses: Addresses, width: int = 1100, height: int = 640) -> str:
    """An SVG: nodes link to their own page, labels are text whatever they hold."""
    graph = found.graph
    flat = nx.Graph(graph)
    if len(flat) == 1:
        places = {found.centre: (0.0, 0.0)}
    else:
        rings = nx.kamada_kawai_layout(flat) if len(flat) <= 80 else nx.spring_layout(flat, seed=7)
        low, high = [min(p[i] for p in rings.values()) for i in (0, 1)], [max(p[i] for p in rings.values()) for i in (0, 1)]
        span = [max(high[i] - low[i], 1e-9) for i in (0, 1)]
        places = {node: (2 * float((x - low[0]) / span[0]) - 1, 2 * float((y - low[1]) / span[1]) - 1) for node, (x, y) in rings.items()}

    def at(node: str) -> tuple[float, float]:
        x, y = places[node]
        return width / 2 + x * (width / 2 - 130), height / 2 + y * (height / 2 - 40)

    parts = []
    for one, other, name in sorted(graph.edges(keys=True)):
        (x1, y1), (x2, y2) = at(one), at(other)
        dash = ' stroke-dasharray="5 4"' if graph.edges[one, other, name]["contested"] else ""
        parts.append(f'<line x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}" stroke="#b8bec6"{dash} marker-end="url(#arrow)"/>')
        if len(graph) <= 30:
            parts.append(f'<text x="{(x1 + x2) / 2:.0f}" y="{(y1 + y2) / 2:.0f}" class="edge">{escape(name)}</text>')
    for node in sorted(graph):
        x, y = at(node)
        data = graph.nodes[node]
        label, kind = str(data["label"]), str(data["kind"])
        short = label if len(label) <= 34 else label[:33] + "…"
        radius = 13 if node == found.centre else 9
        address = quote(addresses.shorten(node), safe=":")
        parts.append(
            f'<a href="?thing={address}" target="_blank" rel="noopener"><title>{escape(label)} ({escape(kind)})</title>'
            f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{radius}" fill="{COLOURS.get(kind, OTHER)}"/>'
            f'<text x="{x:.0f}" y="{y + radius + 12:.0f}" class="node">{escape(short)}</text></a>'
        )
    style = (
        "text{font-family:sans-serif;text-anchor:middle}.node{font-size:11px;fill:#27313d}.edge{font-size:9px;fill:#8a929c}"
        "svg{background:#fbfbfc;border:1px solid #e4e7eb;border-radius:8px}"
    )
    arrow = (
        '<defs><marker id="arrow" viewBox="0 0 10 10" refX="22" refY="5" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L10 5L0 10z" fill="#b8bec6"/></marker></defs>'
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="100%" role="img" aria-label="neighbourhood">'
    return f"{head}<style>{style}</style>{arrow}{''.join(parts)}</svg>"
