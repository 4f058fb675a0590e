"""Saved queries, and running queries from people within limits."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path

from pyoxigraph import Literal, NamedNode

from kg import resources
from kg.errors import KgError, NotFound, UsageError
from kg.identity.iris import Addresses
from kg.store.base import Answer, QuadStore, Term

_HEADER = re.compile(r"^#\s*([a-z]+):\s*(.*)$")
_PARAMETER = re.compile(r"^\$?(\w+)\s*(?:\(([^,)]*)(?:,\s*default\s+([^)]+))?\))?$")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A variable that the caller binds: its name, the class of thing it stands for, a default as written id."""

    name: str
    kind: str = ""
    default: str | None = None


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """One ``.rq`` file: its header and its text. ``needs`` names the part of the product that a full answer waits for."""

    id: str
    name: str
    title: str
    question: str
    columns: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    needs: str
    text: str = field(repr=False)


def parse_query(path: Path) -> SavedQuery:
    """Read one query file. Raises :class:`~kg.errors.KgError` for a header without id or title."""
    text = path.read_text("utf-8")
    head: dict[str, list[str]] = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        if found := _HEADER.match(line):
            head.setdefault(found[1], []).append(found[2].strip())
    if "id" not in head or "title" not in head:
        raise KgError(f"{path.name}: a saved query starts with '# id:' and '# title:' lines")
    parameters = []
    for line in head.get("parameters", []):
        for one in re.split(r";\s*|,\s*(?![^(]*\))", line):
            if one and one != "none":
                match = _PARAMETER.match(one)
                if not match:
                    raise KgError(f"{path.name}: cannot read the parameter {one!r}; write 'incident (Incident, default incident:x)'")
                parameters.append(Parameter(match[1], (match[2] or "").strip(), match[3].strip() if match[3] else None))
    columns = tuple(c.strip() for c in ", ".join(head.get("columns", [])).split(",") if c.strip())
    return SavedQuery(
        head["id"][0],
        path.stem,
        head["title"][0],
        " ".join(head.get("question", [])),
        columns,
        tuple(parameters),
        " ".join(head.get("needs", [])),
        text,
    )


@cache
def load_queries(folder: Path | None = None) -> dict[str, SavedQuery]:
    """The saved queries by id (``CQ10``), in order.

    >>> load_queries()["CQ10"].parameters[0].name
    'incident'
    """
    found = [parse_query(path) for path in sorted((folder or resources.folder("queries")).glob("*.rq"))]
    return {query.id: query for query in found}


def find_query(name: str) -> SavedQuery:
    """A saved query by id (any case) or file name. Raises :class:`~kg.errors.NotFound` with the nearest names."""
    queries = load_queries()
    for query in queries.values():
        if name.lower() in (query.id.lower(), query.name.lower()):
            return query
    near = difflib.get_close_matches(name.lower(), [n for q in queries.values() for n in (q.id.lower(), q.name.lower())], n=3, cutoff=0.4)
    raise NotFound(f"there is no saved query {name!r}" + (f"; near: {', '.join(near)}" if near else "; 'kg queries' lists them"))


def bind(query: SavedQuery, given: Mapping[str, Term]) -> dict[str, Term]:
    """The bindings that a query runs with: what is given, and defaults are *not* filled in.

    Raises :class:`~kg.errors.UsageError` for a parameter that the query does not have.
    """
    known = {p.name for p in query.parameters}
    for name in given:
        if name not in known:
            raise UsageError(f"{query.id} has no parameter {name!r}; it has {', '.join(sorted(known)) or 'none'}")
    return dict(given)


def term(value: str, addresses: Addresses) -> Term:
    """A parameter as a person writes it: ``org:microsoft``, ``ikg:…``, ``<IRI>``, an http IRI, else plain text.

    >>> term("org:microsoft", Addresses()).value
    'https://w3id.org/incident-kg/id/org/microsoft'
    """
    from kg.vocabulary import PREFIXES

    text = value.strip()
    prefix, colon, rest = text.partition(":")
    iri = addresses.expand(text) or (PREFIXES[prefix] + rest if colon and prefix in PREFIXES else None)
    if re.match(r"^<[A-Za-z][\w+.-]*:[^<>\s]*>$", text):
        iri = text[1:-1]
    elif iri is None and re.match(r"^https?://\S+$", text):
        iri = text
    if iri is None:
        return Literal(text)
    try:
        return NamedNode(iri)
    except ValueError:
        raise UsageError(f"{value!r} is not a valid IRI") from None


@dataclass(frozen=True, slots=True)
class Table:
    """A whole SELECT answer. ``cut`` says that the row limit left rows out."""

    columns: list[str]
    rows: list[tuple[Term | None, ...]]
    cut: bool = False


def table(answer: Answer, limit: int | None = None) -> Table:
    """Read a SELECT answer, at most ``limit`` rows. Raises :class:`~kg.errors.UsageError` for another form."""
    if answer.form != "select":
        raise UsageError("the query is no SELECT and has no table")
    rows = list(islice(answer.rows, None if limit is None else limit + 1))
    cut = limit is not None and len(rows) > limit
    return Table(answer.variables, rows[:limit] if cut else rows, cut)


def run(store: QuadStore, query: SavedQuery, params: Mapping[str, Term] | None = None) -> Table:
    """Answer a saved query. Parameters that are left out mean "for all"."""
    return table(store.query(query.text, bind(query, params or {})))
