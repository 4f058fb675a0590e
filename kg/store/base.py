"""The interface of every quad store, and what all engines share: reading a query's text before it runs.

RDF terms are pyoxigraph's everywhere. A store answers SPARQL 1.1 queries over the union of its named
graphs, replaces whole graphs, and never runs an update or calls another server for a query.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal as Choice
from typing import Protocol, TypeAlias

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

Term: TypeAlias = NamedNode | BlankNode | Literal | Triple
"""What can stand in an answer. Stored data has no blank nodes, but CONSTRUCT and BNODE() can make them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gave. Rows and triples are read as they come, once.

    ``form`` says which of the others is filled: ``select`` has ``variables`` (without ``?``) and
    ``rows`` (one value a variable, ``None`` where unbound); ``ask`` has ``boolean``; ``construct``
    (DESCRIBE as well) has ``triples``.
    """

    form: Choice["select", "ask", "construct"]
    variables: list[str] = field(default_factory=list)
    rows: Iterator[tuple[Term | None, ...]] = iter(())
    boolean: bool = False
    triples: Iterator[Triple] = iter(())


class QuadStore(Protocol):
    """A set of named graphs. The default graph of every query is the union of them all."""

    def query(self, text: str, bindings: Mapping[str, Term] | None = None) -> Answer:
        """Answer a SPARQL 1.1 query.

        ``bindings`` gives variables (named without ``?``) a value before the query runs; such a
        variable has its value everywhere in the query and in the answer. The prefixes of
        :data:`kg.vocabulary.PREFIXES` need no declaration. Raises :class:`kg.errors.QueryError` with
        line and cause for a query that cannot be read and for a binding of a variable that does not
        occur in the query; :class:`kg.errors.QueryRefused` for updates and ``SERVICE``.
        """
        ...

    def graphs(self) -> Iterator[NamedNode]:
        """The names of all graphs, in no particular order."""
        ...

    def quads(self, graph: NamedNode) -> Iterator[Quad]:
        """All quads of one graph; none if there is no such graph."""
        ...

    def replace(self, graphs: Mapping[NamedNode, Iterable[Quad]]) -> None:
        """Replace each graph named by the quads given for it; no quads: the graph is removed.

        All of it happens, or nothing. Raises :class:`ValueError` for a quad that names another graph.
        """
        ...

    def load(self, quads: Iterable[Quad]) -> None:
        """Add many quads to new graphs in bounded memory. Not a transaction: an error leaves a part behind."""
        ...

    def __len__(self) -> int:
        """How many quads are stored."""
        ...

    def close(self) -> None:
        """Release files and locks; the store is not used afterwards."""
        ...
