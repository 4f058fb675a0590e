"""A result as text: JSON, CSV, GraphML, and the cells of a table. The same result gives the same bytes."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, get_args

import networkx as nx

from kg.analysis.result import Analysis, Column, Inputs, Row, Table, Thing
from kg.errors import UsageError
from kg.identity.iris import Addresses

FORMATS = ("table", "csv", "json", "graphml")
"""What a result can be written as; ``table`` is for people, and drawn by the command line."""
_DIGITS = 9
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def number(value: float) -> float:
    """A number with nine digits: more than that differs from machine to machine."""
    return float(f"{value:.{_DIGITS}g}")


def cell_text(value: Any, addresses: Addresses | None = None) -> str:
    """A cell as a person reads it.

    >>> cell_text((Thing("urn:a", "A"), Thing("urn:b", "B")))
    'A; B'
    >>> cell_text(0.123456)
    '0.1235'
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}" if math.isfinite(value) else ""
    if isinstance(value, tuple):
        return "; ".join(cell_text(one, addresses) for one in value)
    if isinstance(value, str) and addresses:
        return addresses.shorten(value)
    return str(value)


def table_rows(table: Table[Any], addresses: Addresses | None = None) -> tuple[list[str], list[list[str]]]:
    """The head and the rows of a table for people; of the claims only how many there are."""
    columns = table.columns
    rows = [
        [str(len(row.claims)) if c.name == "claims" else cell_text(getattr(row, c.name), addresses) for c in columns] for row in table.rows
    ]
    return [c.name.replace("_", " ") for c in columns], rows


def to_csv(found: Analysis[Any], table: str = "") -> str:
    """One table of a result. A thing has two columns (``node`` the IRI, ``node_label``); lists are joined by blanks.

    Raises :class:`~kg.errors.NotFound` for a table that the result has not.
    """
    chosen = found.table(table)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    things = {c.name for c in chosen.columns if c.type is Thing or Thing in get_args(c.type)}
    head: list[str] = []
    for column in chosen.columns:
        head += [column.name, f"{column.name}_label"] if column.name in things else [column.name]
    writer.writerow(head)
    for row in chosen.rows:
        cells: list[str] = []
        for column in chosen.columns:
            cells += _csv_cells(getattr(row, column.name), column.name in things)
        writer.writerow(cells)
    return out.getvalue()


def _csv_cells(value: Any, is_thing: bool) -> list[str]:
    if is_thing:
        if value is None:
            return ["", ""]
        several = value if isinstance(value, tuple) else (value,)
        return [" ".join(one.iri for one in several), "; ".join(str(one) for one in several)]
    if value is None:
        return [""]
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, float):
        return [repr(number(value)) if math.isfinite(value) else ""]
    if isinstance(value, tuple):
        return [" ".join(_csv_cells(one, False)[0] if not isinstance(one, Thing) else one.iri for one in value)]
    return [str(value)]


def to_json(found: Analysis[Any]) -> str:
    """Everything in a result: method, parameters, inputs, tables with the claims of each row, notes."""
    return json.dumps(as_json(found), indent=2, ensure_ascii=False) + "\n"


def as_json(found: Analysis[Any]) -> dict[str, Any]:
    """The same as plain dictionaries and lists."""
    return {
        "analysis": found.name,
        "title": found.title,
        "method": {"text": found.method.text, "sources": list(found.method.sources)},
        "parameters": plain(found.parameters),
        "inputs": inputs_as_json(found.inputs),
        "facts": plain(found.facts),
        "notes": list(found.notes),
        "columns": _columns(found.columns),
        "rows": [_row(row, found.columns) for row in found.rows],
        "more": [
            {"table": t.name, "columns": _columns(t.columns), "rows": [_row(row, t.columns) for row in t.rows]} for t in found.more
        ],
    }  # fmt: skip


def inputs_as_json(inputs: Inputs) -> dict[str, Any]:
    """What a result was calculated from."""
    return {
        "projection": inputs.projection,
        "as_of": plain(inputs.as_of),
        "filters": dict(inputs.filters),
        "nodes": inputs.nodes,
        "edges": inputs.edges,
        "claims": inputs.claims,
    }


def _columns(columns: tuple[Column, ...]) -> list[dict[str, str]]:
    return [{"name": c.name, "meaning": c.meaning} for c in columns]


def _row(row: Row, columns: tuple[Column, ...]) -> dict[str, Any]:
    return {c.name: plain(getattr(row, c.name)) for c in columns}


def plain(value: Any) -> Any:
    """A cell, or a collection of them, as JSON has it."""
    if isinstance(value, Thing):
        return {"iri": value.iri, "label": value.label, "kind": value.kind}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return number(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(plain(one) for one in value)
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    return value


def to_graphml(found: Analysis[Any]) -> str:
    """The graph of a result, with labels, kinds, dates, claims and what was calculated as attributes. Lists are joined by blanks.

    Raises :class:`~kg.errors.UsageError` for a result that is no graph.
    """
    if found.graph is None:
        raise UsageError(f"{found.name} gives no graph; --format json or csv has its rows")
    copy = found.graph.__class__()
    copy.graph.update({"analysis": found.name, "method": found.method.text})
    for node, data in found.graph.nodes(data=True):
        copy.add_node(node, **_flat(data))
    for *ends, data in found.graph.edges(data=True, **({"keys": True} if found.graph.is_multigraph() else {})):
        copy.add_edge(*ends, **_flat(data))
    return "\n".join(nx.generate_graphml(copy, named_key_ids=True)) + "\n"


def _flat(data: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in sorted(data):
        value = data[name]
        if value is None:
            continue
        if isinstance(value, tuple | list | set | frozenset):
            parts = [one.iri if isinstance(one, Thing) else str(one) for one in value]
            value = ("; " if any(" " in part for part in parts) else " ").join(
                sorted(parts) if isinstance(value, set | frozenset) else parts
            )
        elif isinstance(value, Thing):
            value = value.iri
        elif isinstance(value, date):
            value = value.isoformat()
        elif isinstance(value, float):
            if not math.isfinite(value):
                continue
            value = number(value)
        found[name] = _NOT_IN_XML.sub("\ufffd", value) if isinstance(value, str) else value
    return found
