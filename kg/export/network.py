"""The graph as GraphML and GEXF, for Gephi, yEd, Cytoscape and igraph: typed attributes, dates where a timeline reads them.

Both are written piece by piece, nodes and edges in order, so that the same graph gives the same bytes. (NetworkX writes today's date
into GEXF, and leaves the order of keys to chance.) GraphML: http://graphml.graphdrawing.org/; GEXF 1.3: https://gexf.net/.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from xml.sax.saxutils import escape, quoteattr

import networkx as nx

from kg.written import for_xml

Type = Literal["string", "integer", "boolean", "date"]


@dataclass(frozen=True, slots=True)
class Column:
    """An attribute, or a column of a table: its name, its type and what it says."""

    name: str
    type: Type
    meaning: str


NODES = (
    Column("iri", "string", "address of the thing"),
    Column("label", "string", "its name"),
    Column("kind", "string", "its class in the ontology"),
    Column("sector", "string", "its sectors, by '; '"),
    Column("country", "string", "its countries, by '; '"),
)
EDGES = (
    Column("source", "string", "address of the thing at the start"),
    Column("target", "string", "address of the thing at the end"),
    Column("predicate", "string", "the property that connects them, in the ontology's namespace"),
    Column("weight", "integer", "how many claims it rests on"),
    Column("first", "date", "first day on which it held; empty if not known"),
    Column("last", "date", "last day on which it held"),
    Column("published", "date", "first day on which a claim behind it was public"),
    Column("confidence", "integer", "highest confidence that a source stated, 0 to 100"),
    Column("agents", "integer", "how many independent agents assert it"),
    Column("contested", "boolean", "whether somebody's latest word denies or disputes it"),
    Column("claims", "string", "addresses of the claims behind it, by blanks"),
)


def nodes(graph: nx.MultiDiGraph) -> Iterator[tuple[Any, ...]]:
    """One row a node in the columns of :data:`NODES`, by address."""
    for iri in sorted(graph):
        data = graph.nodes[iri]
        yield iri, data["label"], data["kind"], "; ".join(data.get("sector", ())), "; ".join(data.get("country", ()))


def edges(graph: nx.MultiDiGraph) -> Iterator[tuple[Any, ...]]:
    """One row an edge in the columns of :data:`EDGES`, by its ends and its predicate."""
    for source, target, predicate in sorted(graph.edges(keys=True)):
        d: Mapping[str, Any] = graph.edges[source, target, predicate]
        days = d["first"], d["last"], d["published"]
        yield source, target, predicate, d["weight"], *days, d["confidence"], d["agents"], d["contested"], " ".join(d["claims"])


def around(graph: nx.MultiDiGraph, things: Iterable[str]) -> nx.MultiDiGraph:
    """Things, their neighbours, and all edges between these."""
    ours = {thing for thing in things if thing in graph}
    return graph.subgraph(ours | {n for thing in ours for n in (*graph.successors(thing), *graph.predecessors(thing))})


def text_of(value: Any) -> str:
    """A value as text: days as ISO has them, truth as ``true`` and ``false``, nothing as nothing.

    >>> text_of(date(2024, 1, 19)), text_of(True), text_of(None), text_of(3)
    ('2024-01-19', 'true', '', '3')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def _content(value: Any) -> str:
    return escape(for_xml(text_of(value)))


def _attribute(value: Any) -> str:
    return quoteattr(for_xml(text_of(value)))


_GRAPHML = {"string": "string", "integer": "int", "boolean": "boolean", "date": "string"}
_GEXF = {"string": "string", "integer": "integer", "boolean": "boolean", "date": "string"}


def graphml(graph: nx.MultiDiGraph) -> Iterator[bytes]:
    """The graph as GraphML. Node ids are addresses; ``label`` is what Gephi and yEd show; days are texts (``2024-01-19``)."""
    yield b'<?xml version="1.0" encoding="utf-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
    for place, columns in (("node", NODES[1:]), ("edge", EDGES[2:])):
        for c in columns:
            key = f'id="{place}-{c.name}" for="{place}" attr.name="{c.name}" attr.type="{_GRAPHML[c.type]}"'
            yield f"  <key {key}><desc>{_content(c.meaning)}</desc></key>\n".encode()
    yield b'  <graph id="incident-kg" edgedefault="directed">\n'
    for iri, *values in nodes(graph):
        yield f"    <node id={_attribute(iri)}>{_data('node', NODES[1:], values)}</node>\n".encode()
    for number, (source, target, *values) in enumerate(edges(graph)):
        ends = f'id="e{number}" source={_attribute(source)} target={_attribute(target)}'
        yield f"    <edge {ends}>{_data('edge', EDGES[2:], values)}</edge>\n".encode()
    yield b"  </graph>\n</graphml>\n"


def _data(place: str, columns: Iterable[Column], values: Iterable[Any]) -> str:
    told = zip(columns, values, strict=True)
    return "".join(f'<data key="{place}-{c.name}">{_content(value)}</data>' for c, value in told if value not in (None, ""))


def gexf(graph: nx.MultiDiGraph) -> Iterator[bytes]:
    """The graph as GEXF 1.3. When an edge held is its ``start`` and ``end`` for the timeline; one without a known time always holds.

    Several edges between two things are told apart by ``kind``, the predicate.
    """
    yield b'<?xml version="1.0" encoding="utf-8"?>\n<gexf xmlns="http://gexf.net/1.3" version="1.3">\n'
    yield b'  <meta><creator>incident-kg</creator></meta>\n  <graph defaultedgetype="directed" mode="dynamic" timeformat="date">\n'
    shown = (NODES[0], *NODES[2:]), EDGES[4:]
    for place, columns in zip(("node", "edge"), shown, strict=True):
        yield f'    <attributes class="{place}">\n'.encode()
        for number, c in enumerate(columns):
            yield f'      <attribute id="{number}" title="{c.name}" type="{_GEXF[c.type]}"/>\n'.encode()
        yield b"    </attributes>\n"
    yield b"    <nodes>\n"
    for iri, label, *values in nodes(graph):
        yield f"      <node id={_attribute(iri)} label={_attribute(label)}>{_values((iri, *values))}</node>\n".encode()
    yield b"    </nodes>\n    <edges>\n"
    for number, (source, target, predicate, weight, *values) in enumerate(edges(graph)):
        name = _attribute(predicate)
        ends = f'id="{number}" source={_attribute(source)} target={_attribute(target)} kind={name} label={name} weight="{weight}"'
        span = "".join(f' {bound}="{day}"' for bound, day in zip(("start", "end"), values[:2], strict=True) if day)
        yield f"      <edge {ends}{span}>{_values(values)}</edge>\n".encode()
    yield b"    </edges>\n  </graph>\n</gexf>\n"


def _values(values: Iterable[Any]) -> str:
    told = [f'<attvalue for="{n}" value={_attribute(value)}/>' for n, value in enumerate(values) if value not in (None, "")]
    return f"<attvalues>{''.join(told)}</attvalues>" if told else ""
