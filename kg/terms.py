"""Terms of the ontology as RDF."""

from __future__ import annotations

from functools import cache

from pyoxigraph import NamedNode

from kg.vocabulary import IKG, PREFIXES


@cache
def prop(name: str) -> NamedNode:
    """A property or class: ``victim`` and ``ikg:victim`` are one, other prefixes as in PREFIXES."""
    prefix, colon, local = name.partition(":")
    return NamedNode(PREFIXES[prefix] + local if colon else IKG + name)
