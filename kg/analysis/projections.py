"""From a store to NetworkX: one function a projection.

All are built from the short-cut edges (``docs/rdf-shape.md``): only what at least one agent asserts is there, on canonical
identities. Who only reports, comments or stands by has no such edge, and so is never a bridge. Nodes are IRIs and edges are in
sorted order, whatever the order in which reports came in.

Every node carries ``iri``, ``label``, ``kind``, and parties ``sector`` and ``country`` (tuples of words). Every edge carries

=============  ==========================================================================================
``weight``     what each function says (a number of incidents, of claims, …)
``claims``     the IRIs of the claims behind it, sorted
``predicates`` the short-cut edges that it is made from, sorted (``victim``, ``attributedTo``, …)
``first``      the first day on which it held, ``None`` if not known; of something at an incident the day on which that began
``last``       the last day
``published``  the first day on which a claim behind it was public
``confidence`` the highest confidence that a source stated, ``None`` if none did
``agents``     how many independent agents assert it (of several short-cut edges the highest), whatever the filters
``contested``  whether somebody's latest word denies or disputes it
=============  ==========================================================================================
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

import networkx as nx

from kg.analysis.streams import SHORT_CUTS, Edge
from kg.errors import NotFound

if TYPE_CHECKING:
    from kg.analysis.material import Material

SIDES = {"attributedTo": "actor", "victim": "victim", "affected": "affected"}
"""Short-cut edges of an incident to actors and parties, and on which side of it these are."""


def claims(material: Material) -> nx.MultiDiGraph:
    """Everything that stands: short-cut edges, and what else claims connect (``kg.analysis.streams.FURTHER``).

    One edge a predicate, in its direction (incident → actor, customer → supplier, actor → origin, …), which is also its key.
    ``weight`` is the number of claims. Samenesses are no edges: nodes are canonical.
    """
    graph = nx.MultiDiGraph()
    edges = [*material.edges(), *material.further]
    _add_nodes(graph, material, SHORT_CUTS, {node for edge in edges for node in (edge.subject, edge.object)})
    for edge in edges:
        graph.add_edge(edge.subject, edge.object, key=edge.predicate, **_merged([edge], len(edge.claims)))
    return graph


def incidents(material: Material) -> nx.Graph:
    """The bipartite graph of incidents with actors and parties, which meet in incidents only (CQ37, CQ38).

    ``weight`` is the number of claims, ``sides`` says as what a thing is at the incident (``actor``, ``victim``, ``affected``);
    nodes carry ``bipartite``, 0 for incidents and 1 for the others.
    """
    graph = nx.Graph()
    grouped: dict[tuple[str, str], list[Edge]] = defaultdict(list)
    for edge in material.edges(*SIDES):
        grouped[edge.subject, edge.object].append(edge)
    _add_nodes(graph, material, SIDES, {node for pair in grouped for node in pair})
    ours = {incident for incident, _ in grouped}
    nx.set_node_attributes(graph, {node: int(node not in ours) for node in graph}, "bipartite")
    for (incident, other), several in grouped.items():
        data = _merged(several, _claims(several))
        graph.add_edge(incident, other, **data, sides=tuple(sorted(SIDES[edge.predicate] for edge in several)))
    return graph


def parties(material: Material) -> nx.DiGraph:
    """Without incidents (CQ37): actor targeted party, customer of supplier, member of group. ``weight`` is the number of claims."""
    names = ("targeted", "customerOf", "memberOf")
    graph = nx.DiGraph()
    grouped: dict[tuple[str, str], list[Edge]] = defaultdict(list)
    for edge in material.edges(*names):
        grouped[edge.subject, edge.object].append(edge)
    _add_nodes(graph, material, names, {node for pair in grouped for node in pair})
    for (one, other), several in grouped.items():
        graph.add_edge(one, other, **_merged(several, _claims(several)))
    return graph


def actor_parties(material: Material) -> nx.DiGraph:
    """Actor → party that was a victim or affected in an incident of that actor.

    ``weight`` is the number of these incidents and ``incidents`` names them; ``sides`` holds ``victim`` and ``affected``.
    """
    return _through_incidents(material, {"victim": "victim", "affected": "affected"})


def actor_techniques(material: Material) -> nx.DiGraph:
    """Actor → technique that was used in an incident of that actor, or that the actor is said to use (ATT&CK's groups).

    ``weight`` is the number of incidents, and one more if it is said of the actor; ``incidents`` names them.
    """
    return _through_incidents(material, {"usedTechnique": "technique"})


def supply(material: Material) -> nx.DiGraph:
    """Supplier → customer. ``weight`` is the number of claims; ``predicates`` has ``customerOf`` if the relation is that of a customer."""
    graph = nx.DiGraph()
    grouped: dict[tuple[str, str], list[Edge]] = defaultdict(list)
    for edge in material.edges("suppliedBy", "customerOf"):
        grouped[edge.object, edge.subject].append(edge)
    _add_nodes(graph, material, ("suppliedBy", "customerOf"), {node for pair in grouped for node in pair})
    for supplier, customer in sorted(grouped):
        several = grouped[supplier, customer]
        graph.add_edge(supplier, customer, **_merged(several, _claims(several)))
    return graph


_SHARED = {"actor": ("attributedTo",), "asset": ("compromised",), "supplier": ("victim", "affected")}


def shared(material: Material, by: Literal["actor", "asset", "supplier"] = "actor") -> nx.Graph:
    """Incidents that share an actor, an asset, or a supplier of those that were hit.

    ``weight`` is how many they share, ``through`` names them. A thing at n incidents gives n·(n-1)/2 edges.
    """
    hubs: dict[str, list[tuple[str, list[Edge]]]] = defaultdict(list)
    if by == "supplier":
        hit: dict[str, list[Edge]] = defaultdict(list)
        for edge in material.edges("victim", "affected"):
            hit[edge.object].append(edge)
        for link in material.edges("suppliedBy"):
            for edge in hit.get(link.subject, ()):
                hubs[link.object].append((edge.subject, [edge, link]))
    else:
        for edge in material.edges(_SHARED[by][0]):
            hubs[edge.object].append((edge.subject, [edge]))
    return _meeting(material, hubs, _SHARED[by])


def co_victims(material: Material) -> nx.Graph:
    """Parties that were victims in one and the same incident.

    ``weight`` is the number of such incidents, ``through`` names them. An incident with n victims gives n·(n-1)/2 edges.
    """
    hubs: dict[str, list[tuple[str, list[Edge]]]] = defaultdict(list)
    for edge in material.edges("victim"):
        hubs[edge.subject].append((edge.object, [edge]))
    return _meeting(material, hubs, ("victim",))


PROJECTIONS: dict[str, Callable[..., nx.Graph]] = {
    "claims": claims,
    "incidents": incidents,
    "parties": parties,
    "actor-parties": actor_parties,
    "actor-techniques": actor_techniques,
    "supply": supply,
    "shared": shared,
    "co-victims": co_victims,
}
"""Every projection by the name under which people ask for it."""


def find_projection(name: str) -> Callable[..., nx.Graph]:
    """A projection by name. Raises :class:`~kg.errors.NotFound` with the nearest names."""
    if name in PROJECTIONS:
        return PROJECTIONS[name]
    near = difflib.get_close_matches(name, PROJECTIONS, n=2) or list(PROJECTIONS)
    raise NotFound(f"there is no projection {name!r}; there is {', '.join(near)}")


def _claims(edges: list[Edge]) -> int:
    """How many claims are behind edges."""
    return len(edges[0].claims) if len(edges) == 1 else len({claim for edge in edges for claim in edge.claims})


def _through_incidents(material: Material, predicates: dict[str, str]) -> nx.DiGraph:
    at: dict[str, list[Edge]] = defaultdict(list)
    for edge in material.edges(*predicates):
        at[edge.subject].append(edge)
    grouped: dict[tuple[str, str], list[Edge]] = defaultdict(list)
    for attribution in material.edges("attributedTo"):
        for edge in at.get(attribution.subject, ()):
            grouped[attribution.object, edge.object] += (attribution, edge)
    for subject in sorted(at):
        if subject.split("/")[-2:-1] == ["actor"]:
            for edge in at[subject]:
                grouped[subject, edge.object].append(edge)
    graph = nx.DiGraph()
    _add_nodes(graph, material, ("attributedTo", *predicates), {node for pair in grouped for node in pair})
    for actor, other in sorted(grouped):
        several = grouped[actor, other]
        through = sorted({edge.subject for edge in several} - {actor})
        sides = tuple(sorted({predicates[edge.predicate] for edge in several if edge.predicate in predicates}))
        graph.add_edge(actor, other, **_merged(several, len({edge.subject for edge in several})), incidents=tuple(through), sides=sides)
    return graph


def _meeting(material: Material, hubs: dict[str, list[tuple[str, list[Edge]]]], predicates: Iterable[str]) -> nx.Graph:
    pairs: dict[tuple[str, str], list[Edge]] = defaultdict(list)
    through: dict[tuple[str, str], set[str]] = defaultdict(set)
    for hub in sorted(hubs):
        by: dict[str, list[Edge]] = defaultdict(list)
        for node, edges in hubs[hub]:
            by[node] += edges
        for pair in combinations(sorted(by), 2):
            pairs[pair] += by[pair[0]] + by[pair[1]]
            through[pair].add(hub)
    graph = nx.Graph()
    _add_nodes(graph, material, predicates, {node for pair in pairs for node in pair})
    for pair in sorted(pairs):
        graph.add_edge(*pair, **_merged(pairs[pair], len(through[pair])), through=tuple(sorted(through[pair])))
    return graph


def _add_nodes(graph: nx.Graph, material: Material, predicates: Iterable[str], nodes: Iterable[str]) -> None:
    """Put nodes into a graph, in sorted order, with what is known of them."""
    graph.add_nodes_from(material.describe(nodes, predicates).items())


def _merged(edges: list[Edge], weight: float) -> dict[str, Any]:
    """The attributes of an edge that stands for several."""
    if len(edges) == 1:
        one = edges[0]
        return {
            "weight": weight, "claims": one.claims, "predicates": (one.predicate,), "first": one.first, "last": one.last,
            "published": one.published, "confidence": one.confidence, "agents": one.agents, "contested": one.contested,
        }  # fmt: skip
    return {
        "weight": weight,
        "claims": tuple(sorted({claim for edge in edges for claim in edge.claims})),
        "predicates": tuple(sorted({edge.predicate for edge in edges})),
        "first": min((edge.first for edge in edges if edge.first), default=None),
        "last": max((edge.last for edge in edges if edge.last), default=None),
        "published": min((edge.published for edge in edges if edge.published), default=None),
        "confidence": max((edge.confidence for edge in edges if edge.confidence is not None), default=None),
        "agents": max(edge.agents for edge in edges),
        "contested": any(edge.contested for edge in edges),
    }
