"""One run of ingest or rebuild: reports come out of files and go into the files that are the truth, then into the index.

All files are read before the first report goes into the store, so that the reports go in by day of publication: of a large
run, states on the way are kept as bases (:class:`kg.store.views.Bases`), from which what was known on a day is soon made.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyoxigraph import NamedNode, RdfFormat, parse

from kg.catalogue import Entry
from kg.durable import copy_durably, write_durably
from kg.errors import BadInput, NoReport, WorkspaceError
from kg.identity.iris import Addresses
from kg.index import MAPPING, OpenIndex, token
from kg.indexing import KnownNames, known_names, name_entries
from kg.journal import LeftOut
from kg.mapping import graph_of, to_lines
from kg.model.report import IncidentReport
from kg.readers.base import Found, Reject, SourceFile
from kg.readers.registry import reader_for
from kg.readers.report_yaml import ReportYaml, decode
from kg.readers.text import About, Text, text_id
from kg.readers.writing import to_yaml
from kg.rules import Change
from kg.settling import settle
from kg.terms import prop

BATCH = 100_000
"""About so many quads go into the store at once."""
_IN_MEMORY = 1 << 26
"""Bytes of reports that wait in memory; more wait in a file."""
_MANY = 500
"""Reports whose names and entries go into the index at once."""
Progress = Callable[[str, int], None]
"""Told the name of the file at work and how many records of it were read."""


@dataclass(slots=True)
class FileResult:
    """What became of one file's records."""

    file: str
    format: str = ""
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    no_report: int = 0
    """1 for a file that is known to be no report: a README, a schema, a table of contents."""
    quads: int = 0

    @property
    def records(self) -> int:
        """All records, taken or not, and files that are no reports."""
        return self.new + self.changed + self.unchanged + self.rejected + self.no_report


@dataclass(slots=True)
class IngestResult:
    """What an ingest did: one row a file, and every reject with its reason."""

    files: list[FileResult] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    no_reports: list[tuple[str, str]] = field(default_factory=list)
    """Files that are no reports and are not meant to be, and what each is."""
    texts: list[str] = field(default_factory=list)
    """Graphs of the reports that were extracted from text in this run."""
    notes: list[tuple[str, str]] = field(default_factory=list)
    """File, and what of its text was missing or not understood."""

    def total(self, name: str) -> int:
        """The sum of one column over all files."""
        return sum(getattr(row, name) for row in self.files)

    @property
    def changed_nothing(self) -> bool:
        """Whether the workspace is as it was before."""
        return not self.total("new") and not self.total("changed")


@dataclass(slots=True)
class _Waiting:
    """A report that was read and is not in the store yet."""

    entry: Entry
    start: int
    bytes: int
    known: Entry | None
    """What the store holds of it."""
    extracted: bool
    """Whether a program read it from a text."""

    @property
    def order(self) -> tuple[bool, bool, str]:
        """Reference files first, undated reports last."""
        return not self.entry.is_reference, self.entry.published is None, self.entry.published or ""


class Loading:
    """One run of ingest or rebuild: reads file after file, then stores the reports in order of publication."""

    def __init__(
        self,
        folder: Path,
        addresses: Addresses,
        index: OpenIndex,
        result: IngestResult,
        progress: Progress | None,
        left_out: Mapping[str, LeftOut],
        about: About | None = None,
        again: bool = False,
    ) -> None:
        self.folder, self.addresses, self.index, self.result, self.progress = folder, addresses, index, result, progress
        self.left_out = left_out
        """What was retracted or purged: it stays out, named among the rejects when a person feeds it again."""
        self.about, self.again = about or About(), again
        self.rebuilding = False
        self.held: list[tuple[Entry, IncidentReport]] = []
        self.waiting: dict[str, _Waiting] = {}
        self.stack = ExitStack()
        self.seen: dict[str, str] = {}
        """Graph → where in this run the report was read."""
        self.kept: dict[Path, dict[str, object]] = {}
        """The sources of this run that are no YAML, in order: where to note them, and what."""
        self.outdated: list[Path] = []
        """YAML files whose reports came anew in another format."""
        self.texts: list[tuple[SourceFile, Text, FileResult]] = []
        """Prose waits until all else of the run is read, and knows the names of that."""

    def file(self, source: SourceFile, format: str | None, stored: bool = False) -> None:
        """Read one file. ``stored`` says that it is the workspace's own copy."""
        row = FileResult(source.name)
        self.result.files.append(row)
        try:
            reader = reader_for(source, format)
            row.format = reader.name
            if not stored and self.left_out and (out := self.left_out.get(f"sha256:{source.sha256()}")):
                raise BadInput(_why_out(out, source.name))
            if isinstance(reader, Text):
                self.texts.append((source, reader, row))
                return
            kept = str(source.path.relative_to(self.folder)) if stored else ""
            for number, item in enumerate(reader.read(source), 1):
                if isinstance(item, Reject):
                    self.reject(row, item)
                else:
                    if not kept and reader.name != "yaml":
                        kept = self.keep(source, reader.name)
                    self.take(source, row, item, kept)
                    self.result.notes += [(source.name, note) for note in item.notes]
                if self.progress and number % 100 == 0:
                    self.progress(source.name, number)
        except NoReport as error:
            row.no_report += 1
            self.result.no_reports.append((source.name, str(error).removeprefix(f"{source.name}: ")))
        except BadInput as error:
            self.reject(row, Reject(source.name, "file", str(error).removeprefix(f"{source.name}: ")))
        except OSError as error:
            self.reject(row, Reject(source.name, "file", f"cannot be read: {error.strerror or error}"))

    def read_texts(self) -> None:
        """Extract what was put aside as prose and is not known yet."""
        if not self.texts:
            return
        extracted = {q.subject.value for q in self.index.store.match(predicate=prop("extractor")) if isinstance(q.subject, NamedNode)}
        extracted = extracted - self.waiting.keys() | {graph for graph, waiting in self.waiting.items() if waiting.extracted}
        names = known_names(self.index.names, self.addresses, extracted)
        for source, reader, row in self.texts:
            try:
                self.read_text(source, reader, row, names)
            except BadInput as error:
                self.reject(row, Reject(source.name, "file", str(error).removeprefix(f"{source.name}: ")))
            except OSError as error:
                self.reject(row, Reject(source.name, "file", f"cannot be read: {error.strerror or error}"))
            if self.progress:
                self.progress(source.name, row.records)
        self.texts = []

    def read_text(self, source: SourceFile, reader: Text, row: FileResult, known_to_us: KnownNames) -> None:
        digest = source.sha256()
        note = note_of(self.folder, digest)
        before = read_note(note) if note.exists() else self.kept.get(note, {})
        report_id = str(before.get("report") or text_id(source.name, digest))
        graph = self.addresses.report(report_id)
        if out := self.left_out.get(graph):
            raise BadInput(_why_out(out, report_id))
        known = self.index.catalogue.get(graph)
        if graph in self.seen or (known and not self.again):
            row.unchanged += 1
            if known and not note.exists():
                self.keep(source, reader.name, report=report_id, **self.about.said)
            return
        if known and (reviewers := self.reviewers(known)):
            raise BadInput(f"{report_id} was reviewed by {', '.join(reviewers)}, and reading it again would drop the answers; "
                           f"'kg review {report_id} --undo all' takes them back")  # fmt: skip
        about = About.of({**before, **self.about.said})
        for item in Text(known_to_us.names, about, report_id, reader.format, known_to_us.labels).read(source):
            if isinstance(item, Reject):
                self.reject(row, item)
                return
            self.keep(source, reader.name, report=report_id, **about.said)
            taken = row.new + row.changed
            self.take(source, row, item, "")
            self.result.notes += [(source.name, text) for text in item.notes]
            if row.new + row.changed > taken:
                self.result.texts.append(graph)

    def reviewers(self, known: Entry) -> list[str]:
        """Who answered claims of a report that is stored as YAML."""
        path = self.folder / known.file
        if known.format != "yaml" or not path.is_file():
            return []
        found = [f.report for f in ReportYaml().read(SourceFile(path)) if isinstance(f, Found)]
        return sorted({c.reviewed.by for report in found for c in report.claims() if c.reviewed})

    def reject(self, row: FileResult, reject: Reject) -> None:
        row.rejected += 1
        self.result.rejects.append(reject)

    def take(self, source: SourceFile, row: FileResult, found: Found, kept: str) -> None:
        report, addresses = found.report, self.addresses
        graph = graph_of(report, addresses)
        where = f"{source.name}, {found.record}"
        if graph.value in self.seen:
            reason = f"has the same id {report.info.id!r} as {self.seen[graph.value]}; give it an id of its own"
            self.reject(row, Reject(source.name, found.record, reason))
            return
        self.seen[graph.value] = where
        if out := self.left_out.get(graph.value):
            if not self.rebuilding:
                self.reject(row, Reject(source.name, found.record, _why_out(out, report.info.id)))
            return
        content = f"{MAPPING}:{hashlib.sha256(report.model_dump_json(exclude_defaults=True).encode()).hexdigest()}"
        known = self.index.catalogue.get(graph.value)
        if known and known.content == content:
            row.unchanged += 1
            return
        try:
            lines = to_lines(report, addresses)
        except ValueError as error:
            self.reject(row, Reject(source.name, found.record, f"cannot be written as RDF: {error}"))
            return
        format = "yaml" if row.format == "text" else row.format
        if row.format == "text":
            kept = self.keep_report(report, to_yaml(report))
        elif format == "yaml" and not kept:
            kept = self.keep_yaml(source, report)
        published = report.published.last_day.isoformat() if report.published else None
        entry = Entry(graph.value, report.info.id, report.info.title, published, format, kept, found.record, content, len(lines))
        self.wait(entry, lines, known, bool(report.report and report.report.extractor))
        self.held.append((entry, report))
        row.quads += len(lines)
        if known:
            if known.format == "yaml" != format:
                self.outdated.append(self.folder / known.file)
            row.changed += 1
        else:
            row.new += 1
        if len(self.held) >= _MANY:
            self.flush()

    def wait(self, entry: Entry, lines: list[str], known: Entry | None, extracted: bool) -> None:
        """Put a report aside until all are read; one of the same graph that waits is forgotten."""
        before = self.waiting.pop(entry.graph, None)
        text = "".join(lines).encode()
        start = self.lines.seek(0, os.SEEK_END)
        self.waiting[entry.graph] = _Waiting(entry, start, len(text), before.known if before else known, extracted)
        self.lines.write(text)

    def keep(self, source: SourceFile, format: str, **about: str) -> str:
        """Write a source durably into the workspace, with its companions; its path there. It counts from :meth:`note_sources` on."""
        target = self.copy(source)
        with_it = {name: self.copy(SourceFile(path, name)).name for name, path in sorted(source.used.items())}
        noted: dict[str, object] = {"name": source.name, "format": format, **about}
        self.kept.setdefault(target.with_suffix(".json"), noted | ({"companions": with_it} if with_it else {}))
        return str(target.relative_to(self.folder))

    def copy(self, source: SourceFile) -> Path:
        """Write the bytes of a file durably into the workspace, under their hash; where they are."""
        digest = source.sha256()
        target = self.folder / "sources" / digest[:2] / digest
        if not target.exists():
            with _keeping(source.name):
                target.parent.mkdir(exist_ok=True)
                copy_durably(source.path, target)
        return target

    def keep_yaml(self, source: SourceFile, report: IncidentReport) -> str:
        """Write a report's YAML into the workspace, as it came where it has a file of its own."""
        with source.open() as stream:
            text = decode(stream.read(), source.name)
        alone = not any(line.startswith("---") for line in text.splitlines()[1:])
        return self.keep_report(report, text if alone else to_yaml(report))

    def keep_report(self, report: IncidentReport, text: str) -> str:
        """Write the YAML of a report into the workspace; returns its path there."""
        target = self.folder / ("reports" if report.report else "reference") / f"{report.info.id}.yaml"
        with _keeping(target.name):
            write_durably(target, text.encode())
        return str(target.relative_to(self.folder))

    def flush(self) -> None:
        """Bring names and catalogue up to what was read."""
        if self.held:
            self.index.names.replace_many({entry.graph: list(name_entries(report, self.addresses)) for entry, report in self.held})
            self.index.catalogue.put(entry for entry, _ in self.held)
            self.held = []

    def finish(self) -> None:
        """Put all that waits into the store, in order of publication, and keep bases on the way."""
        self.flush()
        self.read_texts()
        self.flush()
        bases, store = self.index.bases, self.index.store
        waiting = sorted(self.waiting.values(), key=lambda w: w.order)
        total = self.index.catalogue.quads
        there: dict[str, Entry] = {}
        if bases.wants(total, total):
            there = {e.graph: e for e in self.index.catalogue.all() if e.graph not in self.waiting}
            there |= {w.entry.graph: w.known for w in waiting if w.known}
        gap = bases.gap(total)
        for batch in _batches(waiting, gap / max(1, round(gap / BATCH))):
            self.store_batch(batch)
            if there or bases.wants(total, total):
                there |= {w.entry.graph: w.entry for w in batch}
                quads = sum(e.quads for e in there.values())
                if batch[-1] is not waiting[-1] and bases.wants(quads, total):
                    bases.put(store, {e.graph: token(e) for e in there.values()}, quads)
        self.waiting = {}
        self.note_sources()

    def store_batch(self, batch: list[_Waiting]) -> None:
        """Put reports into the store and bring the derived graph up to date."""
        store = self.index.store
        replaced = {NamedNode(w.entry.graph): list(parse(self.text(w), format=RdfFormat.N_QUADS)) for w in batch if w.known}
        old = tuple(quad for graph in replaced for quad in store.quads(graph))
        new = tuple(quad for quads in replaced.values() for quad in quads)
        fresh = tuple(f"{line}\n" for w in batch if not w.known for line in self.text(w).decode().split("\n") if line)
        if replaced:
            store.replace(replaced)
        store.load_lines(fresh)
        settle(store, Change(old, new, fresh), self.addresses)

    def text(self, waiting: _Waiting) -> bytes:
        """The lines of a report that waits."""
        self.lines.seek(waiting.start)
        return self.lines.read(waiting.bytes)

    def note_sources(self) -> None:
        """Number the sources of a run that changed something: rebuilding reads them run by run, the latest last.

        The whole run is numbered anew, also what was there already, so that in a rebuild each report
        comes from the same source as here.
        """
        if not self.kept or (self.result.changed_nothing and all(sidecar.exists() for sidecar in self.kept)):
            return
        first = max((number for number, _, _ in stored_sources(self.folder)), default=0) + 1
        for number, (sidecar, about) in enumerate(self.kept.items(), first):
            write_durably(sidecar, json.dumps({**about, "number": number, "run": first}, ensure_ascii=False, indent=2).encode() + b"\n")
        for path in self.outdated:
            path.unlink(missing_ok=True)

    def __enter__(self) -> Loading:
        # reports and quads refer to nothing that refers back: counting references is enough while loading
        place = self.index.store.path
        file = tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(place.parent) if place else None)
        self.lines = self.stack.enter_context(file)
        self.collecting = gc.isenabled()
        gc.disable()
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()
        if self.collecting:
            gc.enable()


def _batches(waiting: list[_Waiting], size: float) -> Iterator[list[_Waiting]]:
    """Reports in batches of about so many quads."""
    batch: list[_Waiting] = []
    quads = 0
    for one in waiting:
        batch.append(one)
        quads += one.entry.quads
        if quads >= size or one is waiting[-1]:
            yield batch
            batch, quads = [], 0


@contextmanager
def _keeping(name: str) -> Iterator[None]:
    """A copy that cannot be written ends the run: nothing is wrong with the file that was read."""
    try:
        yield
    except OSError as error:
        raise WorkspaceError(f"no copy of {name} can be kept in the workspace: {error.strerror or error}") from None


def _why_out(out: LeftOut, report_id: str) -> str:
    how = "retracted" if out.how == "retract" else "purged"
    reason = f" ({out.reason})" if out.reason else ""
    return f"was {how} by {out.by} on {out.when[:10]}{reason}; 'kg retract --undo {report_id}' lets it in again"


def note_of(folder: Path, digest: str) -> Path:
    """Where it is noted how a source of this hash came."""
    return folder / "sources" / digest[:2] / f"{digest}.json"


def read_note(note: Path) -> dict[str, Any]:
    """What is noted of a source. Raises :class:`~kg.errors.WorkspaceError` for a note that cannot be read."""
    try:
        about = json.loads(note.read_text("utf-8"))
        return {**about, "number": int(about["number"]), "name": str(about["name"]), "format": str(about["format"])}
    except (ValueError, KeyError, TypeError):
        raise WorkspaceError(f"{note} is no note of a source; mend it, or remove it with its source") from None


def stored_file(folder: Path, path: Path, about: Mapping[str, Any]) -> SourceFile:
    """A stored source as it came: under its name, with the files that it was read with."""
    digests = about.get("companions")
    pairs = digests.items() if isinstance(digests, dict) else ()
    companions = {name: note_of(folder, digest).with_suffix("") for name, digest in pairs}
    return SourceFile(path, str(about["name"]), companions)


def stored_sources(folder: Path) -> list[tuple[int, Path, dict[str, Any]]]:
    """The stored files that are no YAML, in the order in which they last came: number, path, what is known of it.

    Raises :class:`~kg.errors.WorkspaceError` for a note that cannot be read.
    """
    found = [(about["number"], note.with_suffix(""), about) for note in folder.glob("sources/*/*.json") for about in (read_note(note),)]
    return sorted(found, key=lambda source: source[:2])
