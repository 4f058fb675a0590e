"""The graph as tables: CSV with a Table Schema, and Parquet.

Six tables: ``nodes`` and ``edges`` are the network, ``claims`` with their ``values`` and ``evidence`` say why, ``reports`` where. A Data
Package describes them (``datapackage.json``, https://specs.frictionlessdata.io/). Rows are in order and are read from the store as they are
written; archives carry no time.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import networkx as nx
from pyoxigraph import Literal, NamedNode

from kg.errors import UsageError
from kg.export.network import EDGES, NODES, Column, edges, nodes, text_of
from kg.store.base import QuadStore
from kg.terms import prop
from kg.times import EPOCH
from kg.vocabulary import PREFIXES


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its columns, the key, what refers to another table, and its rows, read anew each time."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    rows: Callable[[], Iterable[tuple[Any, ...]]]
    key: tuple[str, ...] = ()
    refers: Mapping[str, tuple[str, str]] | None = None


_CLAIMS = (
    Column("claim", "string", "address of the claim"),
    Column("kind", "string", "its class in the ontology"),
    Column("report", "string", "the report that states it"),
    Column("asserted_by", "string", "who says so"),
    Column("stance", "string", "asserted, denied, suspected, …"),
    Column("confidence", "integer", "as the source states it, 0 to 100"),
    Column("first", "date", "first day of the time that it speaks of"),
    Column("last", "date", "last day of that time"),
)
_VALUES = (
    Column("claim", "string", "address of the claim"),
    Column("property", "string", "what is said, as a prefixed name"),
    Column("value", "string", "address of a thing, or text"),
)
_EVIDENCE = (
    Column("claim", "string", "address of the claim"),
    Column("quote", "string", "the words in the report"),
    Column("start", "integer", "where they start in its text, in characters"),
    Column("end", "integer", "where they end, exclusive"),
    Column("section", "string", "the section that they stand in"),
)
_REPORTS = (
    Column("report", "string", "address of the report"),
    Column("id", "string", "its id"),
    Column("title", "string", "its title"),
    Column("publisher", "string", "address of who published it"),
    Column("kind", "string", "kind of report; empty for reference files"),
    Column("published_first", "date", "first day on which it may have been published; empty if undated"),
    Column("published_last", "date", "last such day"),
    Column("marking", "string", "TLP marking"),
    Column("licence", "string", "terms of use"),
    Column("attribution", "string", "the line that the terms ask for"),
    Column("url", "string", "where it stands"),
)


def tables(store: QuadStore, graph: nx.MultiDiGraph, claims: Iterable[str]) -> list[Table]:
    """The six tables of a network, of these claims (addresses), and of the reports that state them."""
    chosen = sorted(claims)
    about_claim = {"claim": ("claims", "claim")}
    one = _Reader(store)
    return [
        Table("nodes", "things that something connects", NODES, lambda: nodes(graph), ("iri",)),
        Table(
            "edges", "what stands between things", EDGES, lambda: edges(graph), ("source", "target", "predicate"),
            {"source": ("nodes", "iri"), "target": ("nodes", "iri")},
        ),
        Table("claims", "who says what, where", _CLAIMS, lambda: map(one.claim, chosen), ("claim",), {"report": ("reports", "report")}),
        Table("values", "what each claim says", _VALUES, lambda: _each(one.values, chosen), (), about_claim),
        Table(
            "evidence", "the words behind claims", _EVIDENCE, lambda: _each(one.evidence, chosen), (),
            {"claim": ("claims", "claim")},
        ),
        Table("reports", "the reports and reference files that state the claims", _REPORTS, lambda: one.reports(chosen), ("report",)),
    ]  # fmt: skip


def _each(read: Callable[[str], Iterator[tuple[Any, ...]]], claims: Iterable[str]) -> Iterator[tuple[Any, ...]]:
    return (row for claim in claims for row in read(claim))


class _Reader:
    def __init__(self, store: QuadStore) -> None:
        self.store = store

    def said(self, subject: str) -> dict[str, list[NamedNode | Literal]]:
        found: dict[str, list[NamedNode | Literal]] = {}
        for quad in self.store.match(NamedNode(subject)):
            if isinstance(quad.object, NamedNode | Literal):
                found.setdefault(_short(quad.predicate.value), []).append(quad.object)
        return found

    def claim(self, claim: str) -> tuple[Any, ...]:
        said = self.said(claim)
        days = (_day(_first(said, "ikg:startDay")), _day(_first(said, "ikg:endDay")))
        kind, stance = (_word(_first(said, name)) for name in ("rdf:type", "ikg:stance"))
        texts = (_first(said, "ikg:statedIn"), _first(said, "ikg:assertedBy"), stance.removeprefix("stance-"))
        return claim, kind, *texts, _number(_first(said, "ikg:confidence")), *days

    def values(self, claim: str) -> Iterator[tuple[Any, ...]]:
        for name, values in sorted(self.said(claim).items()):
            if name not in _IN_COLUMNS:
                yield from ((claim, name, value) for value in sorted(v.value for v in values))

    def evidence(self, claim: str) -> Iterator[tuple[Any, ...]]:
        for node in sorted(v.value for v in self.said(claim).get("ikg:evidence", ())):
            said = self.said(node)
            start, end = (_number(_first(said, f"oa:{name}")) for name in ("start", "end"))
            yield claim, _first(said, "oa:exact"), start, end, _first(said, "ikg:section")

    def reports(self, claims: Iterable[str]) -> Iterator[tuple[Any, ...]]:
        stated = prop("statedIn")
        for report in sorted(
            {q.object.value for c in claims for q in self.store.match(NamedNode(c), stated) if isinstance(q.object, NamedNode)}
        ):
            said = self.said(report)
            days = (_day(_first(said, f"ikg:published{name}Day")) for name in ("Start", "End"))
            head = (_first(said, name) for name in ("dct:identifier", "skos:prefLabel", "dct:publisher"))
            kind = _word(_first(said, "ikg:reportKind")).partition("-")[2].removeprefix("kind-")
            marking = _word(_first(said, "ikg:marking")).removeprefix("marking-").upper().replace("-", ":", 1).replace("-", "+")
            rest = (_first(said, name) for name in ("dct:license", "ikg:attributionLine", "schema:url"))
            yield report, *head, kind, *days, marking, *rest


_IN_COLUMNS = frozenset(
    {"rdf:type", "ikg:evidence"}
    | {f"ikg:{n}" for n in ("statedIn", "assertedBy", "stance", "confidence", "start", "end", "startDay", "endDay")}
)


def _short(iri: str) -> str:
    return next((f"{name}:{iri[len(space) :]}" for name, space in PREFIXES.items() if iri.startswith(space)), iri)


def _word(iri: str) -> str:
    return iri.rpartition("#")[2]


def _first(said: Mapping[str, list[NamedNode | Literal]], name: str) -> str:
    return min((value.value for value in said.get(name, ())), default="")


def _number(text: str) -> int | None:
    return int(text) if text else None


def _day(number: str) -> date | None:
    return date.fromordinal(EPOCH.toordinal() + int(number)) if number else None


def package(found: Iterable[Table], ending: str) -> bytes:
    """``datapackage.json``: the schema of every table."""
    resources = []
    for table in found:
        schema: dict[str, Any] = {"fields": [{"name": c.name, "type": c.type, "description": c.meaning} for c in table.columns]}
        if table.key:
            schema["primaryKey"] = list(table.key)
        if table.refers:
            schema["foreignKeys"] = [
                {"fields": name, "reference": {"resource": other, "fields": field}} for name, (other, field) in table.refers.items()
            ]
        kind = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}[ending]
        told = {"name": table.name, "path": f"{table.name}.{ending}", "format": ending, "mediatype": kind, "description": table.meaning}
        resources.append(
            {**told, **({"profile": "tabular-data-resource", "encoding": "utf-8"} if ending == "csv" else {}), "schema": schema}
        )
    profile = "tabular-data-package" if ending == "csv" else "data-package"
    return (json.dumps({"name": "incident-kg", "profile": profile, "resources": resources}, indent=2) + "\n").encode()


def write_csv(table: Table, out: BinaryIO) -> int:
    """One table as CSV (RFC 4180 with line feeds, UTF-8); returns how many rows it has."""
    text = io.TextIOWrapper(out, "utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([c.name for c in table.columns])
    count = 0
    for row in table.rows():
        writer.writerow([text_of(value) for value in row])
        count += 1
    text.detach()
    return count


def write_parquet(table: Table, out: BinaryIO, batch: int = 20_000) -> int:
    """One table as Parquet, batch by batch; returns how many rows it has. Raises :class:`~kg.errors.UsageError` without pyarrow."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise UsageError("Parquet needs pyarrow: pip install 'incident-kg[parquet]'") from None
    types = {"string": pa.string(), "integer": pa.int64(), "boolean": pa.bool_(), "date": pa.date32()}
    schema = pa.schema([pa.field(c.name, types[c.type], metadata={"description": c.meaning}) for c in table.columns])
    count, rows = 0, iter(table.rows())
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        while part := [row for _, row in zip(range(batch), rows, strict=False)]:
            columns = zip(*part, strict=True)
            arrays = [pa.array([_empty(v) for v in values], f.type) for values, f in zip(columns, schema, strict=True)]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
            count += len(part)
    return count


def _empty(value: Any) -> Any:
    return None if value == "" else value


WRITERS: dict[str, Callable[[Table, BinaryIO], int]] = {"csv": write_csv, "parquet": write_parquet}


def write_zip(found: list[Table], format: str, out: BinaryIO) -> int:
    """The tables and their schema as a zip file without times; returns how many rows there are."""
    count = 0
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(_member("datapackage.json"), package(found, format))
        for table in found:
            with archive.open(_member(f"{table.name}.{format}"), "w", force_zip64=True) as member:
                count += WRITERS[format](table, member)  # type: ignore[arg-type]
    return count


def _member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info


def write_folder(found: list[Table], format: str, folder: Path) -> int:
    """The same as files in a folder that exists."""
    (folder / "datapackage.json").write_bytes(package(found, format))
    count = 0
    for table in found:
        with (folder / f"{table.name}.{format}").open("wb") as out:
            count += WRITERS[format](table, out)
    return count
