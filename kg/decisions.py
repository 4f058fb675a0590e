"""Decisions on who is who, as claims: one reference graph that says who decided what, and when.

A decision is in force while some report names both identities: retracting one lets it rest, and it counts again with the
report. Reference knowledge is timeless, so it holds in every view as of a date in which both identities are known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from pyoxigraph import Literal, NamedNode, Quad

from kg.identity.iris import FAMILIES, Addresses
from kg.identity.names import slug
from kg.journal import Decision
from kg.terms import prop
from kg.vocabulary import PREFIXES, Method, Review, SamenessKind, Stance


def family(iri: str, addresses: Addresses) -> str | None:
    """``actor``, ``incident`` or ``organization``; ``None`` for other things.

    >>> family("https://w3id.org/incident-kg/id/report/r/org/acme", Addresses())
    'organization'
    """
    if not iri.startswith(addresses.root):
        return None
    parts = iri[len(addresses.root) :].split("/")
    if len(parts) == 2:
        return FAMILIES.get(parts[0])
    return FAMILIES.get(parts[2]) if len(parts) == 4 and parts[0] == "report" else None


def graph_of_decisions(addresses: Addresses) -> NamedNode:
    """The name of the graph that holds the decisions."""
    return NamedNode(addresses.reference("link-decisions"))


def decision_quads(decisions: Iterable[Decision], addresses: Addresses) -> list[Quad]:
    """The graph of these decisions; no decisions, no quads. The shape is that of every sameness (``docs/rdf-shape.md``)."""
    graph = graph_of_decisions(addresses)
    quads: set[Quad] = set()

    def add(subject: NamedNode, predicate: str, object_: NamedNode | Literal) -> None:
        quads.add(Quad(subject, prop(predicate), object_, graph))

    for decision in decisions:
        digest = hashlib.blake2b(f"{decision.one}\n{decision.other}".encode(), digest_size=10).hexdigest()
        me, person = NamedNode(f"{graph.value}/claim/{digest}"), NamedNode(addresses.thing("person", slug(decision.by) or "unknown"))
        add(me, "rdf:type", prop("Sameness"))
        add(me, "one", NamedNode(decision.one))
        add(me, "other", NamedNode(decision.other))
        add(me, "statedAs", NamedNode(SamenessKind(decision.verdict).iri))
        add(me, "identityKind", Literal(family(decision.one, addresses) or "other"))
        add(me, "stance", NamedNode(Stance.ASSERTED.iri))
        add(me, "method", NamedNode(Method.CURATED.iri))
        add(me, "statedIn", graph)
        add(me, "assertedBy", person)
        add(me, "decidedOn", Literal(f"{decision.on.isoformat()}T00:00:00Z", datatype=NamedNode(PREFIXES["xsd"] + "dateTime")))
        if decision.note:
            add(me, "rdfs:comment", Literal(decision.note))
        add(person, "rdf:type", prop("Person"))
        add(person, "skos:prefLabel", Literal(decision.by))
        add(person, "mentionedIn", graph)
    if quads:
        add(graph, "rdf:type", prop("ReferenceFile"))
        add(graph, "dct:identifier", Literal("link-decisions"))
        add(graph, "skos:prefLabel", Literal("Decisions on who is who"))
        add(graph, "dct:publisher", NamedNode(addresses.thing("org", "incident-kg")))
        add(graph, "review", NamedNode(Review.UNREVIEWED.iri))
    return sorted(quads, key=str)
