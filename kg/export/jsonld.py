"""JSON-LD with the bundled context (``ontology/context.jsonld``): short names for people, the same statements for machines.

One node object a subject in each named graph, in order. The context stands in the file, so that nobody has to fetch it.
https://www.w3.org/TR/json-ld11/
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad

from kg import resources
from kg.vocabulary import IKG, PREFIXES

_TYPE = PREFIXES["rdf"] + "type"
_STRING = PREFIXES["xsd"] + "string"


@cache
def context() -> dict[str, Any]:
    """The bundled context."""
    found: dict[str, Any] = json.loads((resources.folder("ontology") / "context.jsonld").read_text("utf-8"))["@context"]
    return found


@cache
def _terms() -> dict[tuple[str, str], str]:
    """(IRI of a property, how its values are coerced) → the term for that."""
    prefixes = {name: value for name, value in context().items() if isinstance(value, str) and value.endswith(("#", "/"))}

    def whole(name: str) -> str:
        prefix, colon, rest = name.partition(":")
        return prefixes[prefix] + rest if colon and prefix in prefixes else name

    found: dict[tuple[str, str], str] = {}
    for term, value in context().items():
        if term.startswith("@") or term in prefixes:
            continue
        about = value if isinstance(value, dict) else {"@id": value}
        name, kind = str(about.get("@id", "")), whole(str(about.get("@type", "")))
        if not name.startswith("@") and not set(about) - {"@id", "@type"}:
            found.setdefault((whole(name), kind), term)
    return found


def _key(predicate: str, *kinds: str) -> tuple[str, str]:
    """The name of a property, and what values under it are coerced to (empty: nothing)."""
    for kind in kinds:
        if (predicate, kind) in _terms():
            return _terms()[predicate, kind], kind
    return predicate, "?"


def _short(iri: str) -> str:
    """A concept or class as a value that is relative to the vocabulary."""
    rest = iri.removeprefix(IKG)
    return rest if rest != iri and rest and rest not in context() and not set(rest) & set(":@/#") else iri


def _value(predicate: str, term: NamedNode | Literal) -> tuple[str, Any]:
    if isinstance(term, NamedNode):
        key, kind = _key(predicate, "@id", "@vocab")
        return (key, term.value) if kind == "@id" else (key, _short(term.value)) if kind == "@vocab" else (key, {"@id": term.value})
    if term.language:
        return _key(predicate, "")[0], {"@value": term.value, "@language": term.language}
    datatype = term.datatype.value
    if datatype == _STRING:
        key, kind = _key(predicate, "")
        return key, term.value if kind in ("", "?") else {"@value": term.value}
    key, kind = _key(predicate, datatype)
    return key, term.value if kind == datatype else {"@value": term.value, "@type": datatype}


def _node(subject: str, quads: Iterable[Quad]) -> dict[str, Any]:
    found: dict[str, Any] = {"id": subject}
    values: dict[str, list[Any]] = {}
    for quad in quads:
        assert isinstance(quad.object, NamedNode | Literal)
        if quad.predicate.value == _TYPE and isinstance(quad.object, NamedNode):
            key, value = "type", _short(quad.object.value)
        else:
            key, value = _value(quad.predicate.value, quad.object)
        values.setdefault(key, []).append(value)
    for key in sorted(values, key=lambda key: (key != "type", key)):
        found[key] = values[key][0] if len(values[key]) == 1 else values[key]
    return found


def pieces(quads: Iterable[Quad]) -> Iterator[bytes]:
    """Sorted quads (by graph, then subject) as one JSON-LD document, piece by piece."""

    def text(value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=False).encode()

    yield b'{"@context": ' + text(context()) + b',\n"@graph": ['
    first = True
    for graph, inside in groupby(quads, lambda quad: getattr(quad.graph_name, "value", "")):
        nodes = (text(_node(subject, own)) for subject, own in groupby(inside, lambda quad: quad.subject.value))  # type: ignore[union-attr]
        if graph:
            yield (b"\n" if first else b",\n") + b'{"id": ' + text(graph) + b', "@graph": [\n'
            yield next(nodes)
            yield from (b",\n" + node for node in nodes)
            yield b"\n]}"
        else:
            for number, node in enumerate(nodes):
                yield (b"\n" if first and not number else b",\n") + node
        first = False
    yield b"\n]}\n"
