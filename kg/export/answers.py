"""Answers of SELECT and ASK as SPARQL 1.1 results: CSV, TSV with plain values, JSON, XML."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence

from pyoxigraph import BlankNode, Literal, NamedNode

from kg.store.base import Term
from kg.written import for_xml

Rows = Iterable[Sequence[Term | None]]


def as_csv(columns: Sequence[str], rows: Rows, delimiter: str = ",") -> str:
    """Plain values with a head.

    >>> as_csv(["a", "b"], [(Literal("x"), None)])
    'a,b\\nx,\\n'
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([cell.value if isinstance(cell, NamedNode | Literal) else str(cell or "") for cell in row] for row in rows)
    return out.getvalue()


def as_tsv(columns: Sequence[str], rows: Rows) -> str:
    """Plain values between tabs, with a head."""
    return as_csv(columns, rows, "\t")


def as_json(columns: Sequence[str], rows: Rows) -> str:
    """SPARQL 1.1 Query Results JSON."""
    bindings = [{n: _json_term(c) for n, c in zip(columns, row, strict=True) if c is not None} for row in rows]
    return json.dumps({"head": {"vars": list(columns)}, "results": {"bindings": bindings}}, indent=2, ensure_ascii=False) + "\n"


def _json_term(term: Term) -> dict[str, str]:
    if isinstance(term, NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, BlankNode):
        return {"type": "bnode", "value": term.value}
    if not isinstance(term, Literal):
        return {"type": "literal", "value": str(term)}
    found = {"type": "literal", "value": term.value}
    if term.language:
        found["xml:lang"] = term.language
    elif not term.datatype.value.endswith("#string"):
        found["datatype"] = term.datatype.value
    return found


_DECLARATION = '<?xml version="1.0"?>\n'


def as_xml(columns: Sequence[str], rows: Iterable[Sequence[Term | None]], boolean: bool | None = None) -> str:
    """SPARQL results in XML; characters that XML cannot hold become U+FFFD."""
    from xml.etree import ElementTree as Tree

    root = Tree.Element("sparql", xmlns="http://www.w3.org/2005/sparql-results#")
    head = Tree.SubElement(root, "head")
    for name in columns:
        Tree.SubElement(head, "variable", name=name)
    if boolean is not None:
        Tree.SubElement(root, "boolean").text = "true" if boolean else "false"
        return _DECLARATION + Tree.tostring(root, encoding="unicode") + "\n"
    results = Tree.SubElement(root, "results")
    for row in rows:
        result = Tree.SubElement(results, "result")
        for name, cell in zip(columns, row, strict=True):
            if cell is None:
                continue
            term = _json_term(cell)
            place = Tree.SubElement(Tree.SubElement(result, "binding", name=name), term["type"])
            place.text = for_xml(term["value"])
            for attribute in ("datatype", "xml:lang"):
                if attribute in term:
                    place.set(attribute, term[attribute])
    Tree.indent(root)
    return _DECLARATION + Tree.tostring(root, encoding="unicode") + "\n"


SELECT_FORMATS: Mapping[str, Callable[[Sequence[str], Rows], str]] = {"csv": as_csv, "tsv": as_tsv, "json": as_json, "xml": as_xml}
"""Name of a format → how the rows of a SELECT are written in it."""
