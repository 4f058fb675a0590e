"""How answers look: tables for people on a terminal, plain for pipes, JSON where asked."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click
from pyoxigraph import Literal, NamedNode

from kg.export.answers import SELECT_FORMATS, as_xml
from kg.identity.iris import Addresses
from kg.store.base import Answer, Term

RESULT_FORMATS = ("table", "csv", "tsv", "json", "xml", "ttl")


def echo_json(value: Any) -> None:
    """Print a value as indented JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def echo_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> None:
    """Print rows: drawn on a terminal, tab-separated in a pipe."""
    if not sys.stdout.isatty():
        if title:
            click.echo(f"# {title}")
        click.echo("\t".join(columns))
        for row in rows:
            click.echo("\t".join(" ".join(str(cell).split()) for cell in row))
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(*columns, title=title or None, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        drawn.add_row(*(Text(str(cell)) for cell in row))
    Console().print(drawn)


def echo_notes(notes: Iterable[tuple[str, str]]) -> None:
    """Print what is to be said of files, a line each, on standard error; what holds for more than three files is said once.

    >>> import contextlib, sys
    >>> with contextlib.redirect_stderr(sys.stdout):
    ...     echo_notes([("a.txt", "no title found"), *((f"{i}.txt", "no publisher found") for i in range(5))])
    a.txt: no title found
    no publisher found: 5 files (0.txt, 1.txt, 2.txt, …)
    """
    files: dict[str, list[str]] = {}
    for file, note in notes:
        files.setdefault(note, []).append(file)
    for note, of in files.items():
        if len(of) > 3:
            click.echo(f"{note}: {len(of):,} files ({', '.join(of[:3])}, …)", err=True)
        else:
            for file in of:
                click.echo(f"{file}: {note}", err=True)


def short(term: Term | None, addresses: Addresses) -> str:
    """A term for a table: short address or plain value."""
    if term is None:
        return ""
    if isinstance(term, NamedNode):
        return addresses.shorten(term.value)
    if isinstance(term, Literal):
        return " ".join(addresses.shorten(part) for part in term.value.split(" ")) if "http" in term.value else term.value
    return str(term)


def write_answer(answer: Answer, format: str, addresses: Addresses, limit: int | None, asked: str = "") -> None:
    """Print the answer of a query in one of :data:`RESULT_FORMATS`. ``asked`` is said beside a table without rows."""
    from kg.queries import table

    if answer.form == "ask":
        if format == "json":
            echo_json({"head": {}, "boolean": answer.boolean})
        elif format == "xml":
            click.echo(as_xml((), (), answer.boolean), nl=False)
        else:
            click.echo("true" if answer.boolean else "false")
        return
    if answer.form == "construct":
        from pyoxigraph import Quad

        from kg.export.rdf import to_text

        kinds = {"json": "jsonld", "xml": "rdfxml"}
        click.echo(to_text((Quad(*t) for t in answer.triples), kinds.get(format, "turtle"), addresses), nl=False)
        return
    found = table(answer, limit)
    if format == "table":
        echo_table(found.columns, [[short(cell, addresses) for cell in row] for row in found.rows])
        if not found.rows:
            click.echo(f"no rows{asked}", err=True)
    elif format in SELECT_FORMATS:
        click.echo(SELECT_FORMATS[format](found.columns, found.rows), nl=False)
    else:
        raise click.UsageError("ttl is for CONSTRUCT and DESCRIBE; a SELECT gives table, csv, tsv, json or xml")
    if found.cut:
        click.echo(f"only the first {limit} rows; --limit 0 shows all", err=True)
