"""A dossier: one incident, actor or party as a single HTML page that opens without a server and loads nothing.

Everything from the graph is escaped by Jinja2, invisible and direction-changing characters are made visible, and the page's own policy
forbids scripts and addresses.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import networkx as nx
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from pyoxigraph import NamedNode

from kg.analysis.streams import SHORT_CUTS
from kg.exploring import Explorer, Picture, Seen
from kg.portraits import Part, actor_portrait, claims_at, incident_portrait, party_portrait
from kg.story import ClaimView, Story
from kg.times import day_of_number
from kg.written import visible

MOST = 400
"""So many claims are written out at most."""
COLOURS = {
    "Incident": "#7a3e9d", "ThreatActor": "#b3361e", "UnidentifiedActor": "#b3361e", "Campaign": "#3f4fa8", "Organization": "#0b6a9c",
    "Population": "#0b6a9c", "Person": "#0b6a9c", "Asset": "#8a5a00", "Malware": "#9c2f63", "Tool": "#9c2f63", "Technique": "#9c2f63",
    "Vulnerability": "#7a4a2b", "Product": "#7a4a2b",
}  # fmt: skip


def dossier(story: Story, thing: str, as_of: date | None = None, made_on: date | None = None) -> str:
    """The page about a thing (its IRI). ``as_of`` is only said: the store must be the view of that day already.

    Raises :class:`~kg.errors.NotFound` if the graph does not speak of it.
    """
    explorer = Explorer(story.store, story.addresses, story)
    head = story.canonical(NamedNode(thing))
    known = story.identities(head)
    kinds = sorted({k for i in known for k in story.kinds(i)})
    given: dict[str, Any] = {"incident": None, "lists": [], "names": [], "facts": []}
    if "Incident" in kinds:
        told = incident_portrait(story, head.value)
        given |= {"incident": told, "facts": told.facts}
    elif {"ThreatActor", "UnidentifiedActor"} & set(kinds):
        actor = actor_portrait(story, explorer, head.value)
        parts: list[tuple[str, Part]] = [("Incidents attributed to it", actor.incidents), ("Whom it hit", actor.parties)]
        parts += [("Techniques", actor.techniques), ("Malware and tools", actor.software)]
        given |= {"names": actor.names, "facts": actor.facts, "lists": [p for p in parts if p[1].count]}
    else:
        party = party_portrait(story, explorer, head.value)
        parts = [("As victim", party.victim), ("As affected party", party.affected), ("Actors that hit it", party.actors)]
        parts += [
            ("It supplies", party.customers),
            ("Supplied by", party.suppliers),
            ("Belongs to", party.groups),
            ("Members", party.members),
        ]
        given |= {"facts": party.facts, "lists": [p for p in parts if p[1].count]}
    claims, count = claims_at(story, [i.value for i in known], 0, MOST)
    page: str = _template().render(
        label=story.label(head),
        kinds=kinds,
        address=story.addresses.shorten(head.value),
        as_of=as_of,
        made_on=made_on,
        claims=claims,
        numbers={c.iri: n for n, c in enumerate(claims, 1)},
        left_out=count - len(claims),
        sources=_sources(story, claims),
        picture=drawn(explorer.picture(explorer.start(head.value))),
        hit_roles=("victim", "breached supplier", "target"),
        day=_day,
        **given,
    )
    return page + "\n"


@cache
def _template() -> Any:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        finalize=lambda v: visible(v) if isinstance(v, str) and not isinstance(v, Markup) else v,
    )
    return environment.get_template("page.html.j2")


def _day(number: int | None) -> str:
    return "undated" if number is None else day_of_number(number).isoformat()


def _sources(story: Story, claims: Iterable[ClaimView]) -> list[dict[str, Any]]:
    found = []
    for report in sorted({c.report for c in claims if c.report}, key=lambda r: (story.known_by(r), r)):
        facts = dict(story.facts(NamedNode(report)))
        about = story.report(report)
        wanted = ("source", "address", "licence", "attribution", "marking", "review", "read by")
        lines = [about.get("publisher", ""), about.get("published") or "undated", *(f"{n}: {facts[n]}" for n in wanted if n in facts)]
        found.append({"title": about["label"], "about": [line for line in lines if line]})
    return found


def drawn(picture: Picture, width: int = 1000, height: int = 620) -> Markup:
    """A picture as SVG: the same for the same picture, labels as text, colours with a legend.

    >>> drawn(Picture((), ()))
    Markup('')
    """
    if len(picture.nodes) < 2:
        return Markup("")
    graph = picture.graph
    places = (
        nx.kamada_kawai_layout(graph)
        if len(graph) <= 90 and nx.is_connected(graph)
        else nx.spring_layout(graph, seed=7, k=2 / math.sqrt(len(graph)))
    )
    low = [min(p[i] for p in places.values()) for i in (0, 1)]
    span = [max(max(p[i] for p in places.values()) - low[i], 1e-9) for i in (0, 1)]
    at = {n: (80 + (p[0] - low[0]) / span[0] * (width - 160), 34 + (p[1] - low[1]) / span[1] * (height - 110)) for n, p in places.items()}
    parts: list[Markup] = []
    for edge in picture.edges:
        (x1, y1), (x2, y2) = at[edge.source], at[edge.target]
        style = Markup(' stroke-dasharray="5 4" stroke="#b3261e"') if edge.contested else Markup(' stroke="#98a3ae"')
        names = ", ".join(sorted(edge.predicates, key=SHORT_CUTS.index))
        parts.append(
            Markup('<line x1="{:.0f}" y1="{:.0f}" x2="{:.0f}" y2="{:.0f}"{}><title>{}</title></line>').format(x1, y1, x2, y2, style, names)
        )
    for node in picture.nodes:
        x, y = at[node.iri]
        parts.append(_mark(node, x, y))
    kinds = sorted({n.kind for n in picture.nodes if n.kind})
    for place, kind in enumerate(kinds):
        x = round(20 + place * (width - 40) / len(kinds))
        key = Markup('<circle cx="{}" cy="{}" r="5" fill="{}"/><text x="{}" y="{}" font-size="12">{}</text>')
        parts.append(key.format(x, height - 14, COLOURS.get(kind, "#52606d"), x + 10, height - 10, kind))
    head = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img" aria-label="graph" font-family="sans-serif">'
    ).format(width, height)
    return head + Markup("").join(parts) + Markup("</svg>")


def _mark(node: Seen, x: float, y: float) -> Markup:
    label = visible(f"+{node.more} {node.label}" if node.more else node.label)
    short = label if len(label) <= 30 else label[:29] + "…"
    fill = "none" if node.more else COLOURS.get(node.kind, "#52606d")
    return Markup(
        '<g><title>{}</title><circle cx="{:.0f}" cy="{:.0f}" r="{:.0f}" fill="{}" stroke="{}"/>'
        '<text x="{:.0f}" y="{:.0f}" font-size="10.5" text-anchor="middle">{}</text></g>'
    ).format(f"{label} ({node.kind})", x, y, 6 + 6 * node.weight**0.5, fill, COLOURS.get(node.kind, "#52606d"), x, y + 21, short)
