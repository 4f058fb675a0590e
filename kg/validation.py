"""Checks: report files against the model, graphs against SHACL shapes and against check queries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse, serialize

from kg import resources
from kg.errors import BadInput, UsageError
from kg.export.rdf import ENDINGS, FORMATS
from kg.readers.base import Reject, SourceFile
from kg.readers.registry import reader_for
from kg.store.base import QuadStore
from kg.vocabulary import IKG, PREFIXES

CHUNK = 60_000
"""Quads that are held for SHACL at once; shapes look at single nodes, so graphs can be checked in parts."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: which rule, in which record, what is wrong, how bad (``error``, ``warning``, ``info``)."""

    rule: str
    record: str
    value: str
    severity: str


def validate_path(path: Path) -> list[Fault]:
    """Check a file or folder: reports against the model, RDF (by its ending) against the shapes."""
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    found = []
    for file in files:
        if not file.is_file():
            raise UsageError(f"{path} is neither a file nor a folder")
        if file.suffix.lower() in ENDINGS:
            found += _validate_rdf(file)
            continue
        source = SourceFile(file)
        try:
            for item in reader_for(source).read(source):
                if isinstance(item, Reject):
                    found += [Fault("model", f"{item.file}: {item.record}", line, "error") for line in item.reason.splitlines()]
        except BadInput as error:
            found.append(Fault("file", source.name, str(error), "error"))
        except OSError as error:
            found.append(Fault("file", source.name, f"cannot be read: {error.strerror or error}", "error"))
    return found


def _validate_rdf(file: Path) -> list[Fault]:
    try:
        with file.open("rb") as stream:
            quads = list(parse(stream, FORMATS[ENDINGS[file.suffix.lower()]], base_iri=file.resolve().as_uri()))
    except (SyntaxError, ValueError, OSError) as error:
        return [Fault("file", SourceFile(file).name, f"is no {ENDINGS[file.suffix.lower()]}: {error}", "error")]
    return list(check_shapes(quads))


def validate_graph(store: QuadStore, source_text: Callable[[str], str | None] | None = None) -> list[Fault]:
    """Check a whole graph: every check query, every shape, and every quote against its source.

    ``source_text`` gives the text that a report's evidence is found in, by graph name.
    """
    found = list(run_checks(store))
    for chunk in _chunks(store):
        found += check_shapes(chunk)
    if source_text is not None:
        found += check_quotes(store, source_text)
    return sorted(set(found), key=lambda f: (f.severity, f.rule, f.record, f.value))


def _chunks(store: QuadStore) -> Iterator[list[Quad]]:
    held: list[Quad] = []
    for graph in sorted(store.graphs(), key=lambda g: g.value):
        part = list(store.quads(graph))
        if len(part) > CHUNK:
            yield from _by_subject(part)
        else:
            held += part
        if len(held) > CHUNK:
            yield held
            held = []
    if held:
        yield held


def _by_subject(quads: list[Quad]) -> Iterator[list[Quad]]:
    held: list[Quad] = []
    for _, group in groupby(sorted(quads, key=lambda q: str(q.subject)), key=lambda q: str(q.subject)):
        held += group
        if len(held) > CHUNK:
            yield held
            held = []
    yield held


@cache
def _shapes() -> Any:
    import rdflib

    return rdflib.Graph().parse(resources.folder("ontology") / "shapes.ttl")


def check_shapes(quads: Iterable[Quad]) -> Iterator[Fault]:
    """The faults that the SHACL shapes find. What a shape says about a node needs that node's quads only."""
    import pyshacl
    import rdflib
    from rdflib.namespace import SH

    data = rdflib.Graph()
    data.parse(data=serialize((q.triple for q in quads), format=RdfFormat.N_TRIPLES), format="nt")
    _, report, _ = pyshacl.validate(data, shacl_graph=_shapes(), inference="none", advanced=False)
    for result in report.subjects(rdflib.RDF.type, SH.ValidationResult):
        said = {name: report.value(result, SH[name]) for name in ("resultMessage", "focusNode", "resultPath", "resultSeverity", "value")}
        severity = {"Violation": "error", "Warning": "warning"}.get(str(said["resultSeverity"]).rpartition("#")[2], "info")
        path = str(said["resultPath"] or "").replace(IKG, "ikg:")
        value = f"{said['resultMessage']} ({path}{': ' + str(said['value']) if said['value'] is not None else ''})"
        yield Fault("shape", str(said["focusNode"]), value, severity)


def run_checks(store: QuadStore) -> Iterator[Fault]:
    """Every row of every check query in ``queries/checks`` is a fault."""
    for path in sorted((resources.folder("queries") / "checks").glob("*.rq")):
        answer = store.query(path.read_text("utf-8"))
        for row in answer.rows:
            cells = {n: c.value for n, c in zip(answer.variables, row, strict=True) if isinstance(c, NamedNode | Literal)}
            yield Fault(cells.get("rule", path.stem), cells.get("record", ""), cells.get("value", ""), cells.get("severity", "error"))


def check_quotes(store: QuadStore, source_text: Callable[[str], str | None]) -> Iterator[Fault]:
    """Quotes that are not the slice of their source at their offsets."""
    exact, start, end = (NamedNode(PREFIXES["oa"] + name) for name in ("exact", "start", "end"))
    texts: dict[str, str | None] = {}
    for quad in store.match(predicate=exact):
        graph, node = quad.graph_name, quad.subject
        assert isinstance(graph, NamedNode) and isinstance(node, NamedNode) and isinstance(quad.object, Literal)
        if graph.value not in texts:
            texts[graph.value] = source_text(graph.value)
        text = texts[graph.value]
        a, b = (next(int(q.object.value) for q in store.match(node, p, None, graph) if isinstance(q.object, Literal)) for p in (start, end))
        if text is None or text[a:b] != quad.object.value:
            yield Fault("quote-not-in-source", node.value, quad.object.value[:80], "error")
