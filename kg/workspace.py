"""A workspace: a folder whose files are the truth and whose store is an index over them.

::

    workspace.json            layout number, base address
    sources/ab/abcdef…        files as they came, by the hash of their bytes
    sources/ab/abcdef….json   the name and format under which they came
    reports/<id>.yaml         reviewed reports, for people to read, diff and correct
    reference/<id>.yaml       reference knowledge
    journal.jsonl             what was done, when
    store/                    derived: quads, generations for readers, names, catalogue

One process writes at a time (:func:`Workspace.writing`); readers open the last generation.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from pyoxigraph import NamedNode, RdfFormat, parse

from kg.errors import BadInput, InvalidReport, KgError, Locked, NewerLayout, NotFound, UsageError, WorkspaceError
from kg.identity.iris import Addresses
from kg.indexing import name_entries
from kg.mapping import graph_of, to_lines
from kg.model.report import IncidentReport
from kg.readers.base import Found, Reject, SourceFile
from kg.readers.registry import READERS, reader_for, reader_named
from kg.readers.report_yaml import ReportYaml, decode
from kg.rules import Change, rederive
from kg.store.generations import Generations
from kg.store.names import NameIndex
from kg.store.oxigraph import OxigraphStore
from kg.vocabulary import BASE

LAYOUT = 1
"""Number of the layout that this version writes; a newer one is refused, an older one rebuilt."""
MAPPING = 2
"""Raised when :mod:`kg.mapping` changes what it writes, so that stored reports are mapped again."""
BATCH = 100_000
"""Quads that are held in memory before they go into the store."""
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
    quads: int = 0

    @property
    def records(self) -> int:
        """All records, taken or not."""
        return self.new + self.changed + self.unchanged + self.rejected


@dataclass(slots=True)
class IngestResult:
    """What an ingest did: one row a file, and every reject with its reason."""

    files: list[FileResult] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    def total(self, name: str) -> int:
        """The sum of one column over all files."""
        return sum(getattr(row, name) for row in self.files)

    @property
    def changed_nothing(self) -> bool:
        """Whether the workspace is as it was before."""
        return not self.total("new") and not self.total("changed")


@dataclass(frozen=True, slots=True)
class Entry:
    """One report in the catalogue."""

    graph: str
    id: str
    title: str
    published: str | None
    format: str
    file: str
    record: str
    content: str
    quads: int


def find_workspace(start: Path | None = None) -> Path:
    """The workspace folder: ``$KG_WORKSPACE``, else here or above, else ``demo`` here or above.

    Raises :class:`~kg.errors.NotFound` when there is none.
    """
    if named := os.environ.get("KG_WORKSPACE"):
        return Path(named)
    here = (start or Path.cwd()).resolve()
    for name in (".", "demo"):
        for folder in (here, *here.parents):
            if (folder / name / "workspace.json").is_file():
                return (folder / name).resolve()
    raise NotFound("there is no workspace here or above; make one with 'kg init DIR', or name one with --workspace DIR")


def create_workspace(folder: Path, base: str = BASE) -> Workspace:
    """Make an empty workspace in ``folder`` (made if missing; must hold no other files) and open it.

    Raises :class:`~kg.errors.UsageError` if the folder is not empty.
    """
    Addresses(base)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        what = "is a workspace already" if (folder / "workspace.json").is_file() else "is not empty"
        raise UsageError(f"{folder} {what}; choose a new folder")
    try:
        for name in ("sources", "reports", "reference", "store"):
            (folder / name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkspaceError(f"cannot make a workspace in {folder}: {error.strerror}") from None
    _write_durably(folder / "workspace.json", json.dumps({"layout": LAYOUT, "base": base}, indent=2).encode() + b"\n")
    return Workspace(folder)


class Workspace:
    """An open workspace. Raises :class:`~kg.errors.NotFound` or :class:`~kg.errors.NewerLayout` on opening."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        try:
            settings = json.loads((self.folder / "workspace.json").read_text("utf-8"))
            layout, base = int(settings["layout"]), str(settings["base"])
        except FileNotFoundError:
            raise NotFound(f"{folder} is no workspace; make one with 'kg init {folder}'") from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise WorkspaceError(f"{folder / 'workspace.json'} cannot be read ({error})") from None
        if layout > LAYOUT:
            raise NewerLayout(f"{folder} was written by a later version (layout {layout}, this one knows {LAYOUT}); update incident-kg")
        self.addresses = Addresses(base)
        self._store = self.folder / "store"
        self.generations = Generations(self._store / "generations")

    # reading

    def open_store(self) -> OxigraphStore:
        """The last published generation, read-only. Close it when done."""
        if self.pending:
            with suppress(Locked), self.writing(timeout=0):
                pass
        return self.generations.open_current()

    def names(self) -> NameIndex:
        """The name index."""
        return NameIndex(self._store / "names.sqlite")

    @property
    def pending(self) -> bool:
        """Whether a write was begun and not finished (by a living or a dead process)."""
        return (self._store / "pending.json").exists()

    def catalogue(self) -> list[Entry]:
        """Every report and reference file in the store, by graph name."""
        with _Catalogue(self._store / "catalogue.sqlite") as catalogue:
            return catalogue.all()

    def journal(self) -> list[dict[str, object]]:
        """What was done, oldest first."""
        path = self.folder / "journal.jsonl"
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        return [json.loads(line) for line in lines if line.strip()]

    def source_text(self, graph: str) -> str | None:
        """The text that the evidence of a report is found in, from the stored files; ``None`` if it has none."""
        with _Catalogue(self._store / "catalogue.sqlite") as catalogue:
            entry = catalogue.get(graph)
        report = self._reread(entry) if entry else None
        return report.text if report else None

    def _reread(self, entry: Entry) -> IncidentReport | None:
        if entry.format == "yaml":
            return next((f.report for f in self._read_yaml(self.folder / entry.file) if isinstance(f, Found)), None)
        source = SourceFile(self.folder / entry.file)
        return next((f.report for f in READERS[entry.format].read(source) if isinstance(f, Found) and f.record == entry.record), None)

    def _read_yaml(self, path: Path) -> Iterator[Found | Reject]:
        return ReportYaml().read(SourceFile(path, str(path.relative_to(self.folder))))

    # writing

    @contextmanager
    def writing(self, timeout: float = 10) -> Iterator[OxigraphStore]:
        """Hold the write lock and the live store; publish a generation when the block ends well.

        Waits ``timeout`` seconds, then raises :class:`~kg.errors.Locked` that names the holder.
        What a dead writer left half-done is rebuilt from the files first.
        """
        note = self.folder / "lock.json"
        try:
            lock = FileLock(self.folder / "lock", timeout=timeout)
            lock.acquire()
        except Timeout:
            holder = "another process"
            with suppress(OSError, ValueError, KeyError):
                holder = f"process {json.loads(note.read_text())['process']}"
            raise Locked(f"{self.folder} is being written by {holder}; try again when it is done") from None
        except OSError as error:
            raise WorkspaceError(f"cannot write to {self.folder}: {error.strerror}") from None
        try:
            note.write_text(json.dumps({"process": os.getpid()}))
            for name in ("sources", "reports", "reference", "store"):
                (self.folder / name).mkdir(exist_ok=True)
            if self.pending or not (self._store / "live").is_dir():
                self._rebuild_files()
            store = OxigraphStore(self._store / "live")
            try:
                _write_durably(self._store / "pending.json", b"{}\n")
                yield store
                self.generations.publish(store)
                (self._store / "pending.json").unlink()
                self.generations.prune()
            finally:
                store.close()
        except OSError as error:
            raise WorkspaceError(f"cannot write to {self.folder}: {error.strerror or error}") from None
        finally:
            with suppress(OSError):
                note.unlink()
            lock.release()

    def ingest(self, paths: Iterable[Path], format: str | None = None, progress: Progress | None = None) -> IngestResult:
        """Take files and folders into the graph; twice the same is a no-op, a corrected report replaces itself.

        What cannot be read is in the result's ``rejects``; the rest goes in. Raises
        :class:`~kg.errors.NotFound` for a path that does not exist.
        """
        files = [file for path in paths for file in _files(path)]
        if format is not None:
            reader_named(format)
        result = IngestResult()
        with self.writing() as store, _Loading(self, store, result, progress) as loading:
            for path, name in files:
                loading.file(SourceFile(path, name), format)
            loading.finish()
        if not result.changed_nothing or result.rejects:
            self._note(
                "ingest", files=len(files), new=result.total("new"), changed=result.total("changed"), rejected=result.total("rejected")
            )
        return result

    def rebuild(self, progress: Progress | None = None) -> IngestResult:
        """Make the store anew from the files. The exports are the same, byte for byte."""
        self._store.mkdir(exist_ok=True)
        _write_durably(self._store / "pending.json", b"{}\n")
        try:
            _ = self.generations.current
        except WorkspaceError:
            (self.generations.folder / "current").unlink()
        with self.writing():
            pass
        self._note("rebuild")
        return self._rebuilt

    _rebuilt = IngestResult()

    def sources(self) -> list[tuple[int, Path, dict[str, Any]]]:
        """The stored files that are no YAML, in the order in which they last came: number, path, what is known of it."""
        found = []
        for sidecar in self.folder.glob("sources/*/*.json"):
            about = json.loads(sidecar.read_text("utf-8"))
            found.append((int(about["number"]), sidecar.with_suffix(""), about))
        return sorted(found, key=lambda source: source[:2])

    def _rebuild_files(self) -> None:
        for name in ("live", "names.sqlite", "names.sqlite-wal", "names.sqlite-shm", "catalogue.sqlite"):
            path = self._store / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        _write_durably(self._store / "pending.json", b"{}\n")
        store = OxigraphStore(self._store / "live")
        try:
            self._rebuilt = IngestResult()
            with _Loading(self, store, self._rebuilt, None) as loading:
                last = None
                for _, path, about in self.sources():
                    if about.get("run") != last:
                        loading.flush()
                        loading.seen.clear()
                    last = about.get("run")
                    loading.file(SourceFile(path, about["name"]), about["format"], stored=True)
                loading.flush()
                loading.seen.clear()
                for kind in ("reference", "reports"):
                    for path in sorted((self.folder / kind).glob("*.yaml")):
                        loading.file(SourceFile(path, str(path.relative_to(self.folder))), "yaml", stored=True)
                loading.finish()
            self.generations.publish(store)
            (self._store / "pending.json").unlink()
        finally:
            store.close()

    def _note(self, what: str, **details: object) -> None:
        line = json.dumps({"when": datetime.now(UTC).isoformat(timespec="seconds"), "what": what, **details}, ensure_ascii=False)
        with (self.folder / "journal.jsonl").open("a", encoding="utf-8") as journal:
            journal.write(line + "\n")
            journal.flush()
            os.fsync(journal.fileno())


@dataclass(slots=True)
class _Held:
    """A report that waits for its batch to go into the store."""

    entry: Entry
    graph: NamedNode
    lines: list[str]
    report: IncidentReport
    known: Entry | None


class _Loading:
    """One run of ingest or rebuild: reads file after file, and flushes in batches."""

    def __init__(self, workspace: Workspace, store: OxigraphStore, result: IngestResult, progress: Progress | None) -> None:
        self.workspace, self.store, self.result, self.progress = workspace, store, result, progress
        self.names = workspace.names()
        self.catalogue = _Catalogue(workspace.folder / "store" / "catalogue.sqlite")
        self.held: list[_Held] = []
        self.held_quads = 0
        self.writer = ThreadPoolExecutor(1)
        self.writing: Future[None] | None = None
        self.seen: dict[str, str] = {}
        """Graph → where in this run the report was read."""
        self.kept: dict[Path, dict[str, object]] = {}
        """The sources of this run that are no YAML, in order: where to note them, and what."""
        self.outdated: list[Path] = []
        """YAML files whose reports came anew in another format."""

    def file(self, source: SourceFile, format: str | None, stored: bool = False) -> None:
        """Read one file. ``stored`` says that it is the workspace's own copy."""
        row = FileResult(source.name)
        self.result.files.append(row)
        try:
            reader = reader_for(source, format)
            row.format = reader.name
            kept = str(source.path.relative_to(self.workspace.folder)) if stored else ""
            for number, item in enumerate(reader.read(source), 1):
                if isinstance(item, Reject):
                    self.reject(row, item)
                else:
                    if not kept and reader.name != "yaml":
                        kept = self.keep(source, reader.name)
                    self.take(source, row, item, kept)
                if self.progress and number % 100 == 0:
                    self.progress(source.name, number)
        except BadInput as error:
            self.reject(row, Reject(source.name, "file", str(error).removeprefix(f"{source.name}: ")))
        except OSError as error:
            self.reject(row, Reject(source.name, "file", f"cannot be read: {error.strerror or error}"))

    def reject(self, row: FileResult, reject: Reject) -> None:
        row.rejected += 1
        self.result.rejects.append(reject)

    def take(self, source: SourceFile, row: FileResult, found: Found, kept: str) -> None:
        report, addresses = found.report, self.workspace.addresses
        graph = graph_of(report, addresses)
        where = f"{source.name}, {found.record}"
        if graph.value in self.seen:
            reason = f"has the same id {report.info.id!r} as {self.seen[graph.value]}; give it an id of its own"
            self.reject(row, Reject(source.name, found.record, reason))
            return
        self.seen[graph.value] = where
        content = f"{MAPPING}:{hashlib.sha256(report.model_dump_json(exclude_defaults=True).encode()).hexdigest()}"
        known = self.catalogue.get(graph.value)
        if known and known.content == content:
            row.unchanged += 1
            return
        try:
            lines = to_lines(report, addresses)
        except ValueError as error:
            self.reject(row, Reject(source.name, found.record, f"cannot be written as RDF: {error}"))
            return
        if row.format == "yaml" and not kept:
            kept = self.keep_yaml(source, report)
        published = report.published.last_day.isoformat() if report.published else None
        entry = Entry(graph.value, report.info.id, report.info.title, published, row.format, kept, found.record, content, len(lines))
        self.held.append(_Held(entry, graph, lines, report, known))
        self.held_quads += len(lines)
        row.quads += len(lines)
        if known:
            if known.format == "yaml" != row.format:
                self.outdated.append(self.workspace.folder / known.file)
            row.changed += 1
        else:
            row.new += 1
        if self.held_quads >= BATCH:
            self.flush()

    def keep(self, source: SourceFile, format: str) -> str:
        """Write a source durably into the workspace; returns its path there. It counts from :meth:`note_sources` on."""
        digest = source.sha256()
        target = self.workspace.folder / "sources" / digest[:2] / digest
        if not target.exists():
            target.parent.mkdir(exist_ok=True)
            part = target.with_suffix(".part")
            shutil.copyfile(source.path, part)
            _sync(part)
            part.replace(target)
        self.kept.setdefault(target.with_suffix(".json"), {"name": source.name, "format": format})
        return str(target.relative_to(self.workspace.folder))

    def keep_yaml(self, source: SourceFile, report: IncidentReport) -> str:
        """Write a report's YAML into the workspace, as it came where it has a file of its own."""
        from kg.readers.writing import to_yaml

        folder = "reports" if report.report else "reference"
        target = self.workspace.folder / folder / f"{report.info.id}.yaml"
        with source.open() as stream:
            text = decode(stream.read(), source.name)
        alone = not any(line.startswith("---") for line in text.splitlines()[1:])
        _write_durably(target, (text if alone else to_yaml(report)).encode())
        return str(target.relative_to(self.workspace.folder))

    def flush(self) -> None:
        """Send the held reports into the store (in the background, while the next are read) and the indexes."""
        if not self.held:
            return
        self.settle()
        held, self.held, self.held_quads = self.held, [], 0
        self.writing = self.writer.submit(self.store_batch, held)
        self.names.replace_many({h.entry.graph: list(name_entries(h.report, self.workspace.addresses)) for h in held})
        self.catalogue.put(h.entry for h in held)

    def store_batch(self, held: list[_Held]) -> None:
        """Put reports into the store and bring the derived graph up to date."""
        replaced = {h.graph: list(parse("".join(h.lines), format=RdfFormat.N_QUADS)) for h in held if h.known}
        old = tuple(quad for graph in replaced for quad in self.store.quads(graph))
        new = tuple(quad for quads in replaced.values() for quad in quads)
        fresh = tuple(line for h in held if not h.known for line in h.lines)
        if replaced:
            self.store.replace(replaced)
        self.store.load_lines(fresh)
        rederive(self.store, Change(old, new, fresh), self.workspace.addresses)

    def settle(self) -> None:
        """Wait for the batch that is being stored; its error is raised here."""
        if self.writing is not None:
            self.writing.result()
            self.writing = None

    def finish(self) -> None:
        """Store what is left and wait until all of it is there."""
        self.flush()
        self.settle()
        self.note_sources()

    def note_sources(self) -> None:
        """Number the sources of a run that changed something: rebuilding reads them run by run, the latest last.

        The whole run is numbered anew, also what was there already, so that in a rebuild each report
        comes from the same source as here.
        """
        if not self.kept or (self.result.changed_nothing and all(sidecar.exists() for sidecar in self.kept)):
            return
        first = max((number for number, _, _ in self.workspace.sources()), default=0) + 1
        for number, (sidecar, about) in enumerate(self.kept.items(), first):
            _write_durably(sidecar, json.dumps({**about, "number": number, "run": first}, ensure_ascii=False, indent=2).encode() + b"\n")
        for path in self.outdated:
            path.unlink(missing_ok=True)

    def __enter__(self) -> _Loading:
        # reports and quads refer to nothing that refers back: counting references is enough while loading
        self.collecting = gc.isenabled()
        gc.disable()
        return self

    def __exit__(self, *_: object) -> None:
        self.writer.shutdown(cancel_futures=True)
        self.catalogue.close()
        self.names.close()
        if self.collecting:
            gc.enable()


class _Catalogue:
    """Which reports are in the store, with the hash of what they said. Rebuildable."""

    _COLUMNS = ("graph", "id", "title", "published", "format", "file", "record", "content", "quads")

    def __init__(self, path: Path) -> None:
        try:
            self._db = sqlite3.connect(path, timeout=10)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute(f"CREATE TABLE IF NOT EXISTS report ({', '.join(self._COLUMNS)}, PRIMARY KEY (graph)) WITHOUT ROWID")
        except sqlite3.Error as error:
            raise WorkspaceError(f"{path} cannot be opened ({error}); 'kg rebuild' makes it anew") from None

    def __enter__(self) -> _Catalogue:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def get(self, graph: str) -> Entry | None:
        row = self._db.execute("SELECT * FROM report WHERE graph = ?", (graph,)).fetchone()
        return Entry(*row) if row else None

    def all(self) -> list[Entry]:
        return [Entry(*row) for row in self._db.execute("SELECT * FROM report ORDER BY graph")]

    def put(self, entries: Iterable[Entry]) -> None:
        rows = [tuple(getattr(e, c) for c in self._COLUMNS) for e in entries]
        with self._db:
            self._db.executemany(f"INSERT OR REPLACE INTO report VALUES ({', '.join('?' * len(self._COLUMNS))})", rows)

    def close(self) -> None:
        self._db.close()


def _files(path: Path) -> Iterator[tuple[Path, str]]:
    """A file, or the files below a folder in a fixed order, each with the name to call it by."""
    if os.path.isdir(path):
        for found in sorted(path.rglob("*")):
            if found.is_file() and not any(part.startswith(".") for part in found.relative_to(path).parts):
                yield found, str(found.relative_to(path.parent) if path.name else found)
    elif os.path.isfile(path):
        yield path, path.name
    else:
        raise NotFound(f"{path} is neither a file nor a folder" if os.path.exists(path) else f"{path} does not exist")


def _sync(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def _write_durably(path: Path, data: bytes) -> None:
    part = path.with_name(path.name + ".part")
    with part.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)


__all__ = [
    "Entry", "FileResult", "IngestResult", "InvalidReport", "KgError", "Workspace", "create_workspace", "find_workspace",
]  # fmt: skip
