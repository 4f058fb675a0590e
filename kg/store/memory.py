"""A store over rdflib, in memory: slow and simple, the yardstick that other stores are held against."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyoxigraph as ox
import rdflib
import rdflib.plugins.sparql
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.algebra import traverse
from rdflib.plugins.sparql.parserutils import CompValue

from kg.errors import QueryError, QueryRefused
from kg.store.base import Answer, Spelling, Term, prepare

rdflib.plugins.sparql.SPARQL_LOAD_GRAPHS = False  # otherwise FROM <address> fetches it


def _string(value: str) -> str:
    """A string that survives rdflib's two rounds of unescaping.

    Its parser first expands code points in the whole text, then escapes in strings.
    """
    escaped = value
    for plain, letter in (("\\", "\\U0000005C"), ('"', '"'), ("\n", "n"), ("\r", "r"), ("\t", "t")):
        escaped = escaped.replace(plain, "\\U0000005C" + letter)
    return f'"{escaped}"'


_SPELLING = Spelling(string=_string, iri=lambda value: f"<{value}>")


class MemoryStore:
    """Quads in an ``rdflib.Dataset``. Same contract as every store; not made for large graphs."""

    def __init__(self) -> None:
        self._dataset = rdflib.Dataset(default_union=True)

    def query(self, text: str, bindings: Mapping[str, Term] | None = None) -> Answer:
        """See :meth:`kg.store.base.QuadStore.query`."""
        prepared = prepare(text, bindings, _SPELLING)
        try:
            query = prepareQuery(prepared.text, initNs={name: rdflib.Namespace(iri) for name, iri in prepared.prefixes.items()})
            traverse(query.algebra, visitPre=_refuse_service)
            result = self._dataset.query(query)
        except QueryRefused:
            raise
        except Exception as error:  # rdflib raises whatever its parser and evaluator meet
            raise QueryError(_cause(error)) from error
        if result.type == "ASK":
            return Answer("ask", boolean=bool(result.askAnswer))
        if result.type in ("CONSTRUCT", "DESCRIBE"):
            assert result.graph is not None
            return Answer("construct", triples=iter([ox.Triple(_out(s), _out(p), _out(o)) for s, p, o in result.graph]))
        variables = list(result.vars or [])
        rows = [tuple(None if row.get(v) is None else _out(row.get(v)) for v in variables) for row in result.bindings]
        return prepared.rows([str(v) for v in variables], rows)

    def graphs(self) -> Iterator[ox.NamedNode]:
        """See :meth:`kg.store.base.QuadStore.graphs`."""
        for graph in self._dataset.graphs():
            if isinstance(graph.identifier, rdflib.URIRef) and graph.identifier != rdflib.graph.DATASET_DEFAULT_GRAPH_ID and len(graph):
                yield ox.NamedNode(str(graph.identifier))

    def quads(self, graph: ox.NamedNode) -> Iterator[ox.Quad]:
        """See :meth:`kg.store.base.QuadStore.quads`."""
        for s, p, o in self._dataset.get_context(rdflib.URIRef(graph.value)):
            yield ox.Quad(_out(s), _out(p), _out(o), graph)

    def match(
        self,
        subject: ox.NamedNode | None = None,
        predicate: ox.NamedNode | None = None,
        object: Term | None = None,
        graph: ox.NamedNode | None = None,
    ) -> Iterator[ox.Quad]:
        """See :meth:`kg.store.base.QuadStore.match`."""
        pattern = tuple(None if part is None else _in(part) for part in (subject, predicate, object, graph))
        for s, p, o, g in list(self._dataset.quads(pattern)):  # type: ignore[arg-type]
            yield ox.Quad(_out(s), _out(p), _out(o), ox.DefaultGraph() if g is None else _out(g))

    def patch(self, removed: Iterable[ox.Quad], added: Iterable[ox.Quad]) -> None:
        """See :meth:`kg.store.base.QuadStore.patch`."""
        for quad in removed:
            self._dataset.get_context(_in(quad.graph_name)).remove((_in(quad.subject), _in(quad.predicate), _in(quad.object)))
        self.load(added)

    def replace(self, graphs: Mapping[ox.NamedNode, Iterable[ox.Quad]]) -> None:
        """See :meth:`kg.store.base.QuadStore.replace`."""
        ready = {graph: list(quads) for graph, quads in graphs.items()}
        for graph, quads in ready.items():
            for quad in quads:
                if quad.graph_name != graph:
                    raise ValueError(f"quads of {quad.graph_name} given for graph {graph}")
        for graph, quads in ready.items():
            self._dataset.remove_graph(rdflib.URIRef(graph.value))
            self.load(quads)

    def load(self, quads: Iterable[ox.Quad]) -> None:
        """See :meth:`kg.store.base.QuadStore.load`."""
        for quad in quads:
            context = self._dataset.get_context(_in(quad.graph_name))
            context.add((_in(quad.subject), _in(quad.predicate), _in(quad.object)))

    def __len__(self) -> int:
        return sum(1 for _ in self._dataset.quads((None, None, None, None)))

    def close(self) -> None:
        """Let the data go."""
        self._dataset = rdflib.Dataset(default_union=True)


def _refuse_service(node: Any) -> None:
    """The second look, on the parsed form: raise :class:`QueryRefused` at a SERVICE pattern."""
    if isinstance(node, CompValue) and node.name == "ServiceGraphPattern":
        raise QueryRefused("SERVICE is not allowed: queries may not call other servers")


def _in(term: Any) -> Any:
    """A pyoxigraph term as an rdflib term."""
    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return rdflib.BNode(term.value)
    if isinstance(term, ox.Literal):
        if term.language:
            return rdflib.Literal(term.value, lang=term.language)
        if term.datatype == ox.NamedNode("http://www.w3.org/2001/XMLSchema#string"):
            return rdflib.Literal(term.value)
        return rdflib.Literal(term.value, datatype=rdflib.URIRef(term.datatype.value), normalize=False)
    if isinstance(term, ox.DefaultGraph):
        return rdflib.graph.DATASET_DEFAULT_GRAPH_ID
    raise TypeError(f"{type(term).__name__} cannot be kept by rdflib")


def _out(term: Any) -> Any:
    """An rdflib term as a pyoxigraph term."""
    if isinstance(term, rdflib.URIRef):
        return ox.NamedNode(str(term))
    if isinstance(term, rdflib.BNode):
        return ox.BlankNode(str(term))
    if isinstance(term, rdflib.Literal):
        if term.language:
            return ox.Literal(str(term), language=term.language)
        return ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype))) if term.datatype else ox.Literal(str(term))
    raise TypeError(f"{type(term).__name__} has no place in an answer")


def _cause(error: Exception) -> str:
    line = getattr(error, "lineno", None)
    words = " ".join(str(error).split())[:200]
    return f"line {line}: the query cannot be read: {words}" if line else f"the query cannot run: {words or type(error).__name__}"
