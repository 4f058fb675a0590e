"""What an analysis gives: typed rows that name the claims they rest on, and how they were made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Annotated, Any, Generic, TypeVar, get_args, get_origin, get_type_hints

import networkx as nx

from kg.errors import NotFound


@dataclass(frozen=True, slots=True, order=True)
class Thing:
    """A node in a row: its canonical IRI, the name to show, its kind (``Organization``, ``Incident``, …).

    >>> str(Thing("https://w3id.org/incident-kg/id/org/microsoft", "Microsoft", "Organization"))
    'Microsoft'
    """

    iri: str
    label: str
    kind: str = ""

    def __str__(self) -> str:
        return self.label or self.iri


Cell = str | int | float | bool | date | Thing | tuple[Thing, ...] | tuple[str, ...] | None
"""What may stand in a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row. An analysis makes a subclass whose fields are its columns; each says what it means with ``Annotated``.

    ``claims`` are the IRIs of the claims that the row rests on.

    >>> @dataclass(frozen=True, slots=True, kw_only=True)
    ... class Degree(Row):
    ...     node: Annotated[Thing, "the node"]
    ...     degree: Annotated[int, "how many edges it has"]
    >>> [(c.name, c.meaning) for c in columns_of(Degree)]
    [('node', 'the node'), ('degree', 'how many edges it has'), ('claims', 'the claims that the row rests on')]
    """

    claims: Annotated[tuple[str, ...], "the claims that the row rests on"] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A column: name, what it means, the type of its cells."""

    name: str
    meaning: str
    type: Any


def columns_of(row: type[Any]) -> tuple[Column, ...]:
    """The columns of a class of rows, in the order of its fields, the claims last."""
    hints = get_type_hints(row, include_extras=True)
    found = []
    for one in sorted(fields(row), key=lambda f: f.name == "claims"):
        hint = hints[one.name]
        parts = get_args(hint) if get_origin(hint) is Annotated else (hint, "")
        found.append(Column(one.name, str(parts[1]), parts[0]))
    return tuple(found)


R = TypeVar("R", bound=Row, covariant=True)


@dataclass(frozen=True, slots=True)
class Method:
    """How it was calculated, in a sentence or two, and where the method comes from."""

    text: str
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inputs:
    """What it was calculated from: the projection, the filters, and how much that was."""

    projection: str
    as_of: date | None = None
    filters: Mapping[str, str] = field(default_factory=dict)
    nodes: int = 0
    edges: int = 0
    claims: int = 0


@dataclass(frozen=True, slots=True)
class Table(Generic[R]):
    """A further table of a result, where one is not enough."""

    name: str
    row: type[R]
    rows: tuple[R, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """Its columns."""
        return columns_of(self.row)


@dataclass(frozen=True, slots=True)
class Analysis(Generic[R]):
    """A result. ``rows`` is the main table; ``more`` holds further ones; ``facts`` are single numbers (modularity, …).

    ``graph`` is the graph that the result is about, as it is written to GraphML: what was calculated stands at its nodes and
    edges as attributes. ``notes`` say what a reader must know: that the graph is empty, that a number is sampled, …
    """

    name: str
    title: str
    method: Method
    parameters: Mapping[str, Any]
    inputs: Inputs
    row: type[R]
    rows: tuple[R, ...]
    notes: tuple[str, ...] = ()
    facts: Mapping[str, Cell] = field(default_factory=dict)
    more: tuple[Table[Any], ...] = ()
    graph: nx.Graph | None = field(default=None, compare=False, repr=False)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the main table."""
        return columns_of(self.row)

    @property
    def claims(self) -> tuple[str, ...]:
        """Every claim that a row of any table rests on, sorted."""
        tables = (self.rows, *(table.rows for table in self.more))
        return tuple(sorted({claim for rows in tables for row in rows for claim in row.claims}))

    def table(self, name: str = "") -> Table[Any]:
        """The main table, or a further one by name. Raises :class:`~kg.errors.NotFound`, naming those that there are."""
        tables = [Table(self.name, self.row, self.rows), *self.more]
        for one in tables:
            if one.name == (name or self.name):
                return one
        raise NotFound(f"{self.name} has no table {name!r}; it has {', '.join(t.name for t in tables)}")


def annotated(graph: nx.Graph, values: Mapping[str, Mapping[str, Any]]) -> nx.Graph:
    """A view of a graph whose nodes carry further attributes (attribute → node → value); the graph itself stays as it is.

    >>> graph = nx.path_graph(["a", "b"])
    >>> annotated(graph, {"rank": {"a": 1}}).nodes(data=True), graph.nodes["a"]
    (NodeDataView({'a': {'rank': 1}, 'b': {}}), {})
    """
    view = graph.copy(as_view=True)
    view._node = {
        node: {**data, **{name: found[node] for name, found in values.items() if node in found}} for node, data in graph.nodes(data=True)
    }
    return view
