"""Saved results of analyses: files in the workspace, and the graph that each of them is.

A result is calculated by this program, it is no statement of anybody: it has a graph of its own, which holds no claim and from
which nothing is derived, and it is in no view as of a day. It remembers the state of the reports that it was calculated from, and
is marked stale as soon as they are in another one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad

from kg.catalogue import Entry
from kg.durable import write_durably
from kg.errors import NotFound, UsageError, WorkspaceError
from kg.identity.iris import Addresses
from kg.identity.names import slug
from kg.index import digest, stamp, token
from kg.journal import Decision
from kg.terms import prop
from kg.views import known_on
from kg.vocabulary import PREFIXES

FOLDER = "results"
"""The folder of a workspace that holds them, one JSON file each."""
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_TRUE, _FALSE = (Literal(word, datatype=NamedNode(PREFIXES["xsd"] + "boolean")) for word in ("true", "false"))


@dataclass(frozen=True, slots=True)
class SavedResult:
    """A result that was saved. ``result`` is what ``kg analyze … --format json`` prints; ``state`` stands for the reports behind it."""

    name: str
    software: str
    state: str
    result: dict[str, Any]

    @property
    def analysis(self) -> str:
        """The analysis that made it."""
        return str(self.result["analysis"])

    @property
    def as_of(self) -> date | None:
        """The day whose knowledge it was calculated from; ``None`` for all that was known."""
        day = self.result["inputs"]["as_of"]
        return date.fromisoformat(day) if day else None

    def is_stale(self, entries: Iterable[Entry], decisions: Iterable[Decision]) -> bool:
        """Whether it was calculated from other reports, or other decisions on who is who, than these."""
        return self.state != state_of(entries, decisions, self.as_of)


def state_of(entries: Iterable[Entry], decisions: Iterable[Decision], as_of: date | None = None) -> str:
    """A short text that stands for the reports, the reference files and the decisions that count as of a day, and for the rules."""
    known = list(entries) if as_of is None else known_on(entries, as_of)
    decided = sorted((d.one, d.other, d.verdict) for d in decisions)
    return digest(stamp(), sorted((e.graph, token(e)) for e in known), decided)


def result_name(name: str, analysis: str, asked: dict[str, Any]) -> str:
    """The name to save a result under: the given one, else that of the analysis and a hash of what was asked.

    Raises :class:`~kg.errors.UsageError` for a name that cannot be part of an address.

    >>> result_name("", "centrality", {"top": 10})
    'centrality-eae9d3e4'
    >>> result_name("Before the merger", "bridges", {})
    'before-the-merger'
    """
    if not name:
        return f"{analysis}-{digest(asked)[:8]}"
    if not _NAME.fullmatch(chosen := slug(name)):
        raise UsageError(f"{name[:40]!r} cannot be the name of a saved result; use letters a to z, digits and hyphens")
    return chosen


class Results:
    """The saved results of a workspace."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / FOLDER

    def all(self) -> list[SavedResult]:
        """Every saved result, by name. Raises :class:`~kg.errors.WorkspaceError` for a file that is none."""
        return [self._read(path) for path in sorted(self.folder.glob("*.json"))]

    def get(self, name: str) -> SavedResult:
        """One by name. Raises :class:`~kg.errors.NotFound` that lists those that there are."""
        path = self.path(name)
        if not path.is_file():
            names = [p.stem for p in sorted(self.folder.glob("*.json"))]
            raise NotFound(f"there is no saved result {name!r}" + (f"; there is {', '.join(names[:8])}" if names else ""))
        return self._read(path)

    def put(self, saved: SavedResult) -> None:
        """Write one durably, in the place of one of the same name."""
        self.folder.mkdir(exist_ok=True)
        data = {"name": saved.name, "software": saved.software, "state": saved.state, "result": saved.result}
        write_durably(self.path(saved.name), (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode())

    def path(self, name: str) -> Path:
        """Where a saved result lies."""
        return self.folder / f"{slug(name) or '-'}.json"

    def _read(self, path: Path) -> SavedResult:
        try:
            data = json.loads(path.read_text("utf-8"))
            found = SavedResult(str(data["name"]), str(data["software"]), str(data["state"]), dict(data["result"]))
            _ = found.analysis, found.as_of
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise WorkspaceError(f"{path} is no saved result ({error}); remove it, or save it anew") from None
        return found


def result_quads(saved: SavedResult, addresses: Addresses, stale: bool) -> list[Quad]:
    """The graph of a saved result, as ``docs/rdf-shape.md`` describes it. The same result gives the same quads.

    Raises :class:`~kg.errors.WorkspaceError` for one that somebody changed by hand so that it is none any more.
    """
    try:
        return list(_Writer(NamedNode(addresses.result(saved.name)), addresses).write(saved, stale))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise WorkspaceError(f"the saved result {saved.name!r} is damaged ({error}); delete it, or save it anew") from None


class _Writer:
    def __init__(self, graph: NamedNode, addresses: Addresses) -> None:
        self.graph, self.addresses = graph, addresses

    def write(self, saved: SavedResult, stale: bool) -> Iterator[Quad]:
        result, graph, run = saved.result, self.graph, NamedNode(f"{self.graph.value}/run")
        software = NamedNode(f"{self.addresses.root}software/{slug(saved.software)}")
        yield self.quad(graph, "rdf:type", prop("AnalysisResult"))
        yield self.quad(graph, "dct:identifier", Literal(saved.name))
        yield self.quad(graph, "skos:prefLabel", Literal(result["title"]))
        yield self.quad(graph, "prov:wasGeneratedBy", run)
        yield self.quad(graph, "inputState", Literal(saved.state))
        yield self.quad(graph, "stale", _TRUE if stale else _FALSE)
        for note in result["notes"]:
            yield self.quad(graph, "rdfs:comment", Literal(note))
        yield from self.named(graph, "fact", result["facts"])
        for kind in (prop("AnalysisRun"), prop("prov:Activity")):
            yield self.quad(run, "rdf:type", kind)
        yield self.quad(run, "analysis", Literal(saved.analysis))
        yield self.quad(run, "methodText", Literal(result["method"]["text"]))
        for source in result["method"]["sources"]:
            yield self.quad(run, "methodSource", Literal(source))
        yield self.quad(run, "prov:used", NamedNode(self.addresses.derived))
        yield self.quad(run, "prov:wasAssociatedWith", software)
        yield self.quad(software, "rdf:type", prop("prov:SoftwareAgent"))
        yield self.quad(software, "skos:prefLabel", Literal(saved.software))
        yield from self.named(run, "parameter", result["parameters"])
        inputs = {**result["inputs"], **result["inputs"]["filters"]}
        del inputs["filters"]
        yield from self.named(run, "input", inputs)
        tables = [{"table": saved.analysis, "rows": result["rows"]}, *result["more"]]
        for place, table in enumerate(tables, 1):
            for number, row in enumerate(table["rows"], 1):
                yield from self.row(NamedNode(f"{graph.value}/row/{place}-{number}"), table["table"], number, row)

    def row(self, me: NamedNode, table: str, number: int, row: dict[str, Any]) -> Iterator[Quad]:
        yield self.quad(me, "rdf:type", prop("ResultRow"))
        yield self.quad(me, "rowOf", self.graph)
        yield self.quad(me, "table", Literal(table))
        yield self.quad(me, "rowNumber", Literal(number))
        for claim in row["claims"]:
            yield self.quad(me, "prov:wasDerivedFrom", NamedNode(claim))
        yield from self.named(me, "cell", {name: value for name, value in row.items() if name != "claims"})

    def named(self, subject: NamedNode, predicate: str, values: dict[str, Any]) -> Iterator[Quad]:
        """Values under names; of a list each, with its place."""
        for name, value in values.items():
            several = value if isinstance(value, list) else [value]
            for place, one in enumerate(several, 1):
                if one is None:
                    continue
                me = NamedNode(
                    f"{subject.value}/{predicate}/{slug(name) or digest(name)}" + (f"/{place}" if isinstance(value, list) else "")
                )
                yield self.quad(subject, predicate, me)
                yield self.quad(me, "rdf:type", prop("NamedValue"))
                yield self.quad(me, "valueName", Literal(name))
                if isinstance(value, list):
                    yield self.quad(me, "position", Literal(place))
                if isinstance(one, dict) and "iri" in one:
                    yield self.quad(me, "thingValue", NamedNode(one["iri"]))
                    yield self.quad(me, "rdfs:label", Literal(one["label"]))
                else:
                    yield self.quad(me, "literalValue", _literal(one))

    def quad(self, subject: NamedNode, predicate: str, object_: NamedNode | Literal) -> Quad:
        return Quad(subject, prop(predicate), object_, self.graph)


def _literal(value: object) -> Literal:
    if isinstance(value, bool):
        return _TRUE if value else _FALSE
    if isinstance(value, int):
        return Literal(value)
    if isinstance(value, float):
        return Literal(format(Decimal(repr(value)), "f"), datatype=NamedNode(PREFIXES["xsd"] + "decimal"))
    if isinstance(value, str):
        if _DAY.fullmatch(value):
            return Literal(f"{value}T00:00:00Z", datatype=NamedNode(PREFIXES["xsd"] + "dateTime"))
        return Literal(value)
    return Literal(json.dumps(value, ensure_ascii=False))
