"""RDF formats: Turtle, TriG, N-Triples, N-Quads, JSON-LD, RDF/XML. Sorted, so the same graph gives the same bytes."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple, serialize

from kg.errors import UsageError
from kg.export.jsonld import pieces
from kg.identity.iris import Addresses
from kg.store.base import QuadStore
from kg.terms import prop
from kg.vocabulary import PREFIXES

FORMATS: dict[str, RdfFormat] = {
    "turtle": RdfFormat.TURTLE,
    "trig": RdfFormat.TRIG,
    "ntriples": RdfFormat.N_TRIPLES,
    "nquads": RdfFormat.N_QUADS,
    "jsonld": RdfFormat.JSON_LD,
    "rdfxml": RdfFormat.RDF_XML,
}
OTHERS = ("rdf12", "graphml", "gexf", "csv", "parquet", "html", "navigator")
"""What else the graph can be written as (``docs/exports.md``), for messages."""
ENDINGS = {
    ".ttl": "turtle",
    ".trig": "trig",
    ".nt": "ntriples",
    ".nq": "nquads",
    ".jsonld": "jsonld",
    ".rdf": "rdfxml",
    ".xml": "rdfxml",
}


def format_of(path: Path, format: str | None = None) -> str:
    """The export format: the named one, else by the file's ending. Raises :class:`~kg.errors.UsageError`.

    >>> format_of(Path("graph.ttl"))
    'turtle'
    """
    chosen = format or ENDINGS.get(path.suffix.lower())
    if chosen not in FORMATS:
        raise UsageError(f"cannot tell the format of {path.name!r}; name one with --format: {', '.join((*FORMATS, *OTHERS))}")
    return chosen


_ABOUT = (
    "SELECT DISTINCT ?s WHERE { ?s ?q ?thing ; ikg:statedIn ?report }",
    "SELECT DISTINCT ?s WHERE { ?claim ?q ?thing ; ikg:evidence ?s }",
    "SELECT DISTINCT ?s WHERE { ?claim ?q ?thing ; ikg:statedIn ?s }",
    "SELECT DISTINCT ?s WHERE { ?s rdf:subject|rdf:object ?thing ; a ikg:DerivedEdge }",
    "SELECT DISTINCT ?s WHERE { ?claim ?q ?thing . ?s ikg:claim ?claim }",
)


def about(store: QuadStore, thing: NamedNode) -> Iterator[Quad]:
    """What the graph says about one thing.

    Its own statements; the claims that name it with their evidence and reports; the derived edges
    that touch it or rest on these claims, with their records; labels of all that these name.
    """
    subjects = {thing}
    for text in _ABOUT:
        subjects.update(row[0] for row in store.query(text, {"thing": thing}).rows if isinstance(row[0], NamedNode))
    found = {quad for subject in subjects for quad in store.match(subject)}
    for record in [q.subject for q in found if q.object == prop("DerivedEdge") and isinstance(q.subject, NamedNode)]:
        parts = [next(store.match(record, prop(name))).object for name in ("rdf:subject", "rdf:predicate", "rdf:object")]
        if isinstance(parts[0], NamedNode) and isinstance(parts[1], NamedNode):
            found.update(store.match(parts[0], parts[1], parts[2]))
    for other in {q.object for q in found if isinstance(q.object, NamedNode)} - subjects:
        for name in ("skos:prefLabel", "rdf:type"):
            found.update(store.match(other, prop(name)))
    yield from found


_REIFIES = NamedNode(PREFIXES["rdf"] + "reifies")


def annotated(quads: Iterable[Quad]) -> Iterator[Quad | Triple]:
    """The same in RDF 1.2: the record of an edge reifies the edge, in place of naming subject, predicate and object.

    What the record says (claims, agents, confidence, who contests) so is an annotation of the edge, which SPARQL 1.2 asks for with
    ``?s ?p ?o ~ ?record {| ikg:claim ?claim |}``. https://www.w3.org/TR/rdf12-concepts/#section-triple-terms
    """
    parts = {prop(f"rdf:{name}"): name for name in ("subject", "predicate", "object")}
    records: dict[NamedNode, dict[str, Any]] = {}
    for quad in quads:
        if quad.predicate in parts and isinstance(quad.subject, NamedNode):
            records.setdefault(quad.subject, {})[parts[quad.predicate]] = quad.object
        else:
            yield quad
    for record, said in records.items():
        if len(said) == len(parts):
            yield Triple(record, _REIFIES, Triple(said["subject"], said["predicate"], said["object"]))


def write_annotated(quads: Iterable[Quad], out: BinaryIO, addresses: Addresses | None = None) -> int:
    """Write quads as Turtle 1.2 with annotations, as :func:`annotated` makes them; returns how many statements were written."""
    triples = sorted({q.triple if isinstance(q, Quad) else q for q in annotated(quads)}, key=str)
    out.write(_sorted_head(_serialized(triples, RdfFormat.TURTLE, _prefixes("turtle", addresses)), "turtle"))
    return len(triples)


def whole(store: QuadStore) -> Iterator[Quad]:
    """Every quad, graph by graph in order of their names."""
    for graph in sorted(store.graphs(), key=lambda g: g.value):
        yield from store.quads(graph)


def write(quads: Iterable[Quad], format: str, out: BinaryIO, addresses: Addresses | None = None) -> int:
    """Write quads in a format of :data:`FORMATS`; returns how many statements were written.

    Formats without named graphs get the union, each triple once. Nothing that is written names
    the time, the machine or the order in which reports came in.
    """
    kind = FORMATS[format]
    if kind.supports_datasets:
        statements: list = sorted(set(quads), key=lambda q: (getattr(q.graph_name, "value", ""), str(q)))  # type: ignore[type-arg]
    else:
        statements = sorted({q.triple for q in quads}, key=str)
    if format == "jsonld" and all(isinstance(q.subject, NamedNode) and isinstance(q.object, NamedNode | Literal) for q in statements):
        out.writelines(pieces(statements))
    else:
        out.write(_sorted_head(_serialized(statements, kind, _prefixes(format, addresses)), format))
    return len(statements)


def _prefixes(format: str, addresses: Addresses | None) -> dict[str, str] | None:
    if format not in ("turtle", "trig", "rdfxml"):
        return None
    prefixes = dict(PREFIXES)
    if addresses and format != "rdfxml":
        prefixes |= {name: f"{addresses.root}{name}/" for name in ("actor", "org", "incident", "edge")}
    return prefixes


def _serialized(statements: Iterable[Any], kind: RdfFormat, prefixes: dict[str, str] | None) -> bytes:
    data = serialize(statements, format=kind, prefixes=prefixes)
    assert data is not None
    return data


def _sorted_head(data: bytes, format: str) -> bytes:
    """Prefixes in order: the library writes them in an order of its own that differs from run to run."""
    if format == "jsonld":
        return data + b"\n"
    if format == "rdfxml":
        start = data.index(b"<rdf:RDF ")
        end = data.index(b">", start)
        names = sorted(data[start:end].split()[1:])
        return data[:start] + b" ".join([b"<rdf:RDF", *names]) + data[end:]
    if format not in ("turtle", "trig"):
        return data
    end = 0
    while data.startswith(b"@prefix", end):
        end = data.index(b"\n", end) + 1
    return b"".join(sorted(data[:end].splitlines(keepends=True))) + b"\n" + data[end:]


def to_text(quads: Iterable[Quad], format: str = "turtle", addresses: Addresses | None = None) -> str:
    """The same as text."""
    out = io.BytesIO()
    write(quads, format, out, addresses)
    return out.getvalue().decode()
