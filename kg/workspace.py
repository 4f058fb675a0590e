"""A workspace: a folder whose files are the truth and whose store is an index over them.

::

    workspace.json            layout number, base address
    sources/ab/abcdef…        files as they came, by the hash of their bytes
    sources/ab/abcdef….json   the name and format under which they came
    reports/<id>.yaml         reports for people to read, diff and correct: reviewed ones, and what was extracted from text
    reference/<id>.yaml       reference knowledge
    results/<name>.json       saved results of analyses
    journal.jsonl             what was done, by whom; decisions on who is who, and what is left out
    store/                    derived (:mod:`kg.index`)

One process writes at a time (:func:`Workspace.writing`); readers open the last generation, or what was known on a day.
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout
from pyoxigraph import NamedNode

from kg.catalogue import Entry
from kg.decisions import decision_quads, family
from kg.durable import write_durably
from kg.errors import Locked, NewerLayout, NotFound, UsageError, WorkspaceError
from kg.identity.iris import Addresses
from kg.index import Index, OpenIndex
from kg.journal import Decision, Journal, LeftOut
from kg.results import FOLDER as RESULTS
from kg.results import Results, SavedResult, result_name, result_quads, state_of
from kg.settling import decide, is_known, take_out
from kg.sharing import open_shareable
from kg.store.names import NameIndex
from kg.store.oxigraph import OxigraphStore
from kg.terms import prop
from kg.views import hidden_on, open_view
from kg.vocabulary import BASE, Marking, SamenessKind

if TYPE_CHECKING:  # reading needs neither the model nor the readers: what writes loads them, so that questions start fast
    from kg.indexing import KnownNames
    from kg.loading import IngestResult, Loading, Progress
    from kg.matching import Candidate
    from kg.model.report import IncidentReport
    from kg.readers.text import About
    from kg.reviewing import Reply

WORKSPACE = 1
"""Number of the layout of the files; a newer one is refused. (The index has a number of its own: :data:`kg.index.LAYOUT`.)"""


FOLDERS = ("sources", "reports", "reference", RESULTS, "store")
"""The folders of a workspace; one that is missing is made by the next write."""


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
    if folder.exists() and (not folder.is_dir() or any(p.name != "workspace.json.part" for p in folder.iterdir())):
        what = "is a workspace already" if (folder / "workspace.json").is_file() else "is not empty"
        raise UsageError(f"{folder} {what}; choose a new folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_durably(folder / "workspace.json", json.dumps({"layout": WORKSPACE, "base": base}, indent=2).encode() + b"\n")
        for name in FOLDERS:
            (folder / name).mkdir(exist_ok=True)
    except OSError as error:
        raise WorkspaceError(f"cannot make a workspace in {folder}: {error.strerror}") from None
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
        if layout > WORKSPACE:
            raise NewerLayout(f"{folder} was written by a later version (layout {layout}, this one knows {WORKSPACE}); update incident-kg")
        try:
            self.addresses = Addresses(base)
        except UsageError as error:
            raise WorkspaceError(f"{folder / 'workspace.json'}: {error}") from None
        self.index = Index(self.folder / "store")

    # reading

    def open_store(self, as_of: date | None = None, tlp_max: Marking | None = None) -> OxigraphStore:
        """The last published generation, or what was known on a day, read-only. Close it when done.

        With ``tlp_max`` only what may be shown to others (:func:`kg.sharing.open_shareable`).
        """
        self._mend()
        if tlp_max is not None:
            with self.open_store(as_of) as store:
                return open_shareable(self.index.views, self.addresses, store, tlp_max)
        if as_of is None:
            return self.index.generations.open_current()
        return open_view(self.index, self.addresses, as_of)

    def names(self, as_of: date | None = None, of: OxigraphStore | None = None) -> NameIndex:
        """The name index, or that part of it which was known on a day, or which the graphs ``of`` a store give. Close it when done."""
        self._mend()
        names = self.index.names()
        if as_of is not None:
            names.hide(hidden_on(self.catalogue(), as_of), as_of.isoformat())
        if of is not None:
            shown = {graph.value for graph in of.graphs()}
            names.hide([e.graph for e in self.catalogue() if e.graph not in shown], (as_of or date.max).isoformat())
        return names

    def catalogue(self) -> list[Entry]:
        """Every report and reference file in the store, by graph name."""
        with self.index.catalogue() as catalogue:
            return catalogue.all()

    @property
    def journal(self) -> Journal:
        """What was done, and the decisions that stand."""
        return Journal(self.folder / "journal.jsonl")

    def source_text(self, graph: str) -> str | None:
        """The text that the evidence of a report is found in, from the stored files; ``None`` if it has none."""
        with self.index.catalogue() as catalogue:
            entry = catalogue.get(graph)
        report = self._reread(entry) if entry else None
        return report.text if report else None

    def _reread(self, entry: Entry) -> IncidentReport | None:
        from kg.loading import read_note, stored_file
        from kg.readers.base import Found, SourceFile
        from kg.readers.registry import READERS

        path = self.folder / entry.file
        source = SourceFile(path, entry.file)
        if entry.format != "yaml" and path.with_suffix(".json").is_file():
            source = stored_file(self.folder, path, read_note(path.with_suffix(".json")))
        found = READERS[entry.format].read(source)
        wanted = (f for f in found if isinstance(f, Found) and (entry.format == "yaml" or f.record == entry.record))
        return next((f.report for f in wanted), None)

    def _mend(self) -> None:
        """Finish what a dead writer left, or an older version made, unless somebody writes or nothing can be written."""
        if not self.index.sound:
            with suppress(WorkspaceError), self._locked(timeout=0):
                self._rebuild_if_unsound()

    # writing

    @contextmanager
    def writing(self, timeout: float = 10) -> Iterator[OpenIndex]:
        """Hold the write lock and the live index; publish a generation when the block ends well.

        Waits ``timeout`` seconds, then raises :class:`~kg.errors.Locked` that names the holder. What a dead
        writer left half-done, or an older version made, is rebuilt from the files first.
        """
        with self._settled(timeout), self._changing() as index:
            yield index

    @contextmanager
    def _settled(self, timeout: float = 10) -> Iterator[None]:
        """Hold the write lock, with nothing left half-done by others."""
        with self._locked(timeout):
            self._rebuild_if_unsound()
            yield

    @contextmanager
    def _changing(self) -> Iterator[OpenIndex]:
        """The live index, published when the block ends well, with the graphs of the saved results as they then are."""
        with self.index.writing() as index:
            yield index
            self._show_results(index)

    @contextmanager
    def _locked(self, timeout: float) -> Iterator[None]:
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
            for name in FOLDERS:
                (self.folder / name).mkdir(exist_ok=True)
            yield
        except OSError as error:
            raise WorkspaceError(f"cannot write to {self.folder}: {error.strerror or error}") from None
        finally:
            with suppress(OSError):
                note.unlink()
            lock.release()

    def ingest(
        self,
        paths: Iterable[Path],
        format: str | None = None,
        progress: Progress | None = None,
        about: About | None = None,
        again: bool = False,
    ) -> IngestResult:
        """Take files and folders into the graph; twice the same is a no-op, a corrected report replaces itself.

        Of prose, ``about`` goes before what is found in it; it is extracted once, or ``again`` when a person asks
        (:meth:`source_of` finds its file). What cannot be read is in the result's ``rejects``; the rest goes in.
        Raises :class:`~kg.errors.NotFound` for a path that does not exist.
        """
        from kg.loading import IngestResult
        from kg.readers.base import SourceFile
        from kg.readers.registry import reader_named

        files = [file for path in paths for file in self._files(path)]
        if format is not None:
            reader_named(format)
        result = IngestResult()
        with self.writing() as index, self._loading(index, result, progress, about, again) as loading:
            for path, name in files:
                loading.file(SourceFile(path, name), format)
            loading.finish()
            self._decide(index)
            if not result.changed_nothing or result.rejects:
                counts = {name: result.total(name) for name in ("new", "changed", "rejected")}
                self.journal.append("ingest", files=len(files), **counts)
        return result

    def rebuild(self, progress: Progress | None = None) -> IngestResult:
        """Make the store anew from the files. The exports are the same, byte for byte."""
        with self._locked(timeout=10):
            result = self._rebuild(progress)
            self.journal.append("rebuild")
        return result

    def _rebuild_if_unsound(self) -> None:
        if not self.index.sound:
            self._rebuild(None)

    def _rebuild(self, progress: Progress | None) -> IngestResult:
        from kg.loading import IngestResult, stored_file, stored_sources
        from kg.readers.base import SourceFile

        result = IngestResult()
        if self.index.pending:
            self._finish_purging()
        with (
            self.index.rebuilding() as index,
            self._loading(index, result, progress) as loading,
        ):
            loading.rebuilding = True
            last = None
            for _, path, about in stored_sources(self.folder):
                if about["format"] == "text":
                    continue  # what was extracted is report YAML, and is not read again
                if about.get("run") != last:
                    loading.flush()
                    loading.seen.clear()
                last = about.get("run")
                loading.file(stored_file(self.folder, path, about), about["format"], stored=True)
            loading.flush()
            loading.seen.clear()
            for kind in ("reference", "reports"):
                for path in sorted((self.folder / kind).glob("*.yaml")):
                    loading.file(SourceFile(path, str(path.relative_to(self.folder))), "yaml", stored=True)
            loading.finish()
            self._decide(index)
            self._show_results(index)
        return result

    # text and what was read out of it

    def known_names(self) -> KnownNames:
        """The names that reports and reference files gave, as :func:`kg.extraction.extractor.extract` takes them."""
        from kg.indexing import known_names

        with self.open_store() as store, self.names() as names:
            extracted = {q.subject.value for q in store.match(predicate=prop("extractor")) if isinstance(q.subject, NamedNode)}
            return known_names(names, self.addresses, extracted)

    def source_of(self, report: str) -> Path:
        """The stored file that a report was extracted from, by its id or IRI. Raises :class:`~kg.errors.NotFound`."""
        entry = self.entry(report)
        found = self._texts().get(entry.id)
        if found is None:
            raise NotFound(f"{entry.id} was not read out of a stored text")
        return found

    def _texts(self) -> dict[str, Path]:
        """Report id → the stored text that it was extracted from."""
        from kg.loading import stored_sources

        return {str(about.get("report")): path for _, path, about in stored_sources(self.folder) if about["format"] == "text"}

    def report(self, report: str) -> IncidentReport:
        """A report or reference file as it is stored, by its id or IRI. Raises :class:`~kg.errors.NotFound`."""
        entry = self.entry(report)
        found = self._reread(entry)
        if found is None:
            raise NotFound(f"{entry.file} does not hold {entry.id} any more; 'kg rebuild' makes the graph from what is there")
        return found

    def extracted_reports(self) -> list[IncidentReport]:
        """The reports that were extracted from text, as they are stored, by id."""
        with self.open_store() as store:
            found = {q.subject.value for q in store.match(predicate=prop("extractor")) if isinstance(q.subject, NamedNode)}
        return [self.report(iri) for iri in sorted(found)]

    def proposals(self, reports: Iterable[str]) -> list[Candidate]:
        """Which other incidents the incidents of these reports (IRIs) may be, the most alike first."""
        from kg.matching import candidates_of_reports

        with self.open_store() as store, self.names() as names:
            return candidates_of_reports(reports, store, names, self.addresses)

    def review(self, report: str, replies: Iterable[Reply], by: str, on: date | None = None) -> IncidentReport:
        """Keep a person's answers to extracted claims of a report (its id or IRI); gives the report with them.

        They stand in the report's YAML; later ones replace earlier ones. Raises :class:`~kg.errors.NotFound` for an unknown
        report or claim, :class:`~kg.errors.UsageError` for a correction that makes no sound claim.
        """
        from kg.reviewing import answered

        by, given = _author(by), list(replies)
        when = on or datetime.now(UTC).date()
        said = [{"claim": r.claim, "answer": r.answer.value} for r in given]
        return self._rewrite(report, lambda old: answered(old, given, by, when), by, said)

    def unreview(self, report: str, claims: Iterable[str], by: str) -> IncidentReport:
        """Take answers to claims back, with the person's own claims that they made. Raises :class:`~kg.errors.NotFound`."""
        from kg.reviewing import undone

        by, given = _author(by), list(claims)
        return self._rewrite(report, lambda old: undone(old, given), by, [{"claim": c, "answer": "taken back"} for c in given])

    def _rewrite(
        self, report: str, change: Callable[[IncidentReport], IncidentReport], by: str, said: list[dict[str, str]]
    ) -> IncidentReport:
        from kg.loading import IngestResult
        from kg.readers.base import SourceFile
        from kg.readers.writing import to_yaml

        with self._settled():
            entry = self.entry(report)
            path = self.folder / entry.file
            if entry.format != "yaml" or entry.is_reference:
                raise UsageError(f"{entry.id} is no report in YAML; only extracted reports are reviewed")
            new = change(self.report(entry.graph))
            result = IngestResult()
            with self._changing() as index:
                self.journal.append("review", of=[entry.graph], by=by, answers=said)
                write_durably(path, to_yaml(new).encode())
                with self._loading(index, result) as loading:
                    loading.file(SourceFile(path, entry.file), "yaml", stored=True)
                    loading.finish()
                    self._decide(index)
        return new

    # who is who

    def decisions(self) -> list[Decision]:
        """The decisions on who is who that stand."""
        return self.journal.decisions()

    def link(self, one: str, other: str, verdict: SamenessKind, by: str, on: date | None = None, note: str = "") -> Decision:
        """Decide that two identities (IRIs) are the same, or different; a later decision on the pair replaces an earlier one.

        Raises :class:`~kg.errors.UsageError` for things of different families or one and the same, and
        :class:`~kg.errors.NotFound` for one that the graph does not speak of.
        """
        one, other = sorted((one, other))
        by, note = _author(by), _words(note)
        if verdict not in (SamenessKind.SAME, SamenessKind.DIFFERENT):
            raise UsageError(f"a decision says same or different, not {verdict.value!r}; write other relations into a report")
        families = {family(iri, self.addresses) for iri in (one, other)}
        if one == other or len(families) != 1 or None in families:
            raise UsageError("two different incidents, actors or organizations can be linked, nothing else")
        decision = Decision(one, other, verdict.value, by, on or datetime.now(UTC).date(), note)
        with self._settled():
            with self.index.generations.open_current() as store:
                unknown = next((iri for iri in (one, other) if not is_known(iri, store, self.addresses)), None)
            if unknown:
                raise NotFound(f"the graph does not speak of {self.addresses.shorten(unknown)}")
            said = {"one": one, "other": other, "verdict": decision.verdict, "by": by, "on": decision.on.isoformat()}
            with self._changing() as index:
                self.journal.append("link", **said, **({"note": decision.note} if decision.note else {}))
                self._decide(index)
        return decision

    def unlink(self, one: str, other: str, by: str) -> Decision:
        """Take a standing decision back. Raises :class:`~kg.errors.NotFound` if none stands on the pair."""
        one, other = sorted((one, other))
        by = _author(by)
        with self._settled():
            found = next((d for d in self.decisions() if (d.one, d.other) == (one, other)), None)
            if found is None:
                raise NotFound(f"no decision stands on {self.addresses.shorten(one)} and {self.addresses.shorten(other)}")
            with self._changing() as index:
                self.journal.append("unlink", one=one, other=other, by=by)
                self._decide(index)
        return found

    def _decide(self, index: OpenIndex) -> None:
        """Bring the graph of decisions, and what follows from it, to what stands in the journal."""
        decide(index.store, decision_quads(self.decisions(), self.addresses), self.addresses)

    # results of analyses

    def results(self) -> list[tuple[SavedResult, bool]]:
        """The saved results by name, each with whether it is stale: calculated from other reports than there are now."""
        entries, decisions = self.catalogue(), self.decisions()
        return [(saved, saved.is_stale(entries, decisions)) for saved in Results(self.folder).all()]

    def state(self, as_of: date | None = None) -> str:
        """What stands for the reports and decisions that count as of a day: :meth:`save_result` is told what a result rests on."""
        return state_of(self.catalogue(), self.decisions(), as_of)

    def save_result(self, result: dict[str, Any], state: str, software: str, by: str, name: str = "") -> SavedResult:
        """Keep a result of an analysis (as ``kg.analysis.writing.as_json`` gives it) as a graph of its own.

        It takes the place of one of the same name. Without a ``name`` it is called after the analysis and what was asked, so that
        the same question replaces its older answer.
        ``state`` is what :meth:`state` said when it was calculated. Raises :class:`~kg.errors.UsageError` for an impossible name.
        """
        by = _author(by)
        asked = {**result["parameters"], **result["inputs"]["filters"], "as_of": result["inputs"]["as_of"]}
        saved = SavedResult(result_name(name, result["analysis"], asked), software, state, result)
        result_quads(saved, self.addresses, stale=False)
        with self._settled(), self._changing():
            self.journal.append("save", result=saved.name, by=by)
            Results(self.folder).put(saved)
        return saved

    def delete_result(self, name: str, by: str) -> SavedResult:
        """Delete a saved result, its file and its graph. Raises :class:`~kg.errors.NotFound` that lists those that there are."""
        by, results = _author(by), Results(self.folder)
        with self._settled():
            saved = results.get(name)
            with self._changing() as index:
                self.journal.append("delete", result=saved.name, by=by)
                results.path(saved.name).unlink()
                index.store.drop([NamedNode(self.addresses.result(saved.name))])
        return saved

    def _show_results(self, index: OpenIndex) -> None:
        """Bring the graphs of the saved results to what their files say, and to whether they are stale."""
        if not (saved := Results(self.folder).all()):
            return
        entries, decisions = index.catalogue.all(), self.decisions()
        for one in saved:
            graph, quads = NamedNode(self.addresses.result(one.name)), result_quads(one, self.addresses, one.is_stale(entries, decisions))
            if set(quads) != set(index.store.quads(graph)):
                index.store.replace({graph: quads})

    # what is left out

    def entry(self, report: str) -> Entry:
        """The catalogue's entry of a report, by its id or IRI. Raises :class:`~kg.errors.NotFound`."""
        with self.index.catalogue() as catalogue:
            iri = self.addresses.expand(report) or report
            found = catalogue.get(iri)
            named = [found] if found else catalogue.named(report)
            near = [] if named else difflib.get_close_matches(report, [e.id for e in catalogue.all()], n=3)
        if len(named) == 1:
            return named[0]
        if named:
            raise UsageError(f"{report!r} is a report and a reference file: say report:{report} or reference:{report}")
        if out := self._left_out(report):
            how = "retracted" if out.how == "retract" else "purged"
            raise NotFound(f"{report!r} was {how} by {out.by} on {out.when[:10]}; 'kg retract --undo {report}' lets it in again")
        offer = f"; near: {', '.join(near)}" if near else ""
        raise NotFound(f"there is no report {report!r}{offer}; 'kg search' finds them by their titles")

    def retract(self, report: str, by: str, reason: str = "") -> Entry:
        """Take a report out of the graph, with everything that rests on it alone. Its file stays, and the journal remembers.

        ``report`` is an id or IRI. Fed again it stays out, until :meth:`take_back`. Raises :class:`~kg.errors.NotFound`.
        """
        by, reason = _author(by), _words(reason)
        with self._settled():
            entry = self.entry(report)
            with self._changing() as index:
                self.journal.append("retract", of=[entry.graph], by=by, reason=reason)
                take_out(index.store, [NamedNode(entry.graph)], self.addresses)
                self._decide(index)
                index.catalogue.remove([entry.graph])
                index.names.remove(entry.graph)
        return entry

    def _left_out(self, report: str) -> LeftOut | None:
        """What is out under the id or IRI of a report, or the name or hash of a source."""
        addresses = self.addresses
        names = {report, addresses.report(report), addresses.reference(report), addresses.expand(report), f"sha256:{report}"}
        found = [out for out in self.journal.left_out().values() if out.what in names or out.name == report]
        if len({out.of for out in found}) > 1:
            raise UsageError(f"{report!r} means several: say which of {', '.join(addresses.shorten(out.what) for out in found)}")
        return found[0] if found else None

    def take_back(self, report: str, by: str) -> str:
        """Let a report or source in again that was retracted or purged; what is still in the files comes back at once.

        ``report`` is the id or IRI of a report, or the name or hash of a source. Gives what was let in.
        Raises :class:`~kg.errors.NotFound` if it is not out.
        """
        from kg.loading import IngestResult
        from kg.readers.base import SourceFile

        by = _author(by)
        with self._settled():
            out = self._left_out(report)
            if out is None:
                raise NotFound(f"{report!r} is not among what was retracted or purged; 'kg retract' without a report lists it")
            kept = [path for path in self._files_of(out.what) if path.is_file()]
            if any(what.startswith("sha256:") for what in out.of):
                self.journal.append("return", of=list(out.of), by=by)
            elif kept:
                with self._changing() as index:
                    self.journal.append("return", of=[out.what], by=by)
                    with self._loading(index, IngestResult()) as loading:
                        loading.file(SourceFile(kept[0], str(kept[0].relative_to(self.folder))), "yaml", stored=True)
                        loading.finish()
                        self._decide(index)
            else:
                self.index.distrust()
                self.journal.append("return", of=[out.what], by=by)
                self._rebuild(None)
        return out.what

    def purge(self, source: str, by: str, reason: str = "") -> list[Entry]:
        """Take a source out with its bytes and every report that came from it; only the journal remembers that it was there.

        ``source`` is the id or IRI of a report (whose whole source goes), or the name or hash of a stored file. The store is
        made anew, and older generations and views go, so that nothing of it stays in them; one that a reader still holds
        goes with the next write. Saved results that it may have been part of go with it. Fed again it stays out, until
        :meth:`take_back`. Raises :class:`~kg.errors.NotFound`.
        """
        by, reason = _author(by), _words(reason)
        with self._settled():
            path = self._source(source)
            name = str(path.relative_to(self.folder))
            stored = path.parent.parent.name == "sources"
            graph = self.addresses.report if path.parent.name == "reports" else self.addresses.reference
            of = [f"sha256:{path.name}"] if stored else [graph(path.stem)]
            called = {"name": json.loads(path.with_suffix(".json").read_text("utf-8"))["name"]} if stored else {}
            texts = self._texts()
            names = {name}
            if stored and (report_id := next((r for r, p in texts.items() if p == path), None)):
                of.append(self.addresses.report(report_id))
                names.add(f"reports/{report_id}.yaml")
            elif path.parent.name == "reports" and path.stem in texts:
                of.append(f"sha256:{texts[path.stem].name}")
            everything, decisions = self.catalogue(), self.decisions()
            entries = [e for e in everything if e.file in names]
            self.index.distrust()
            for saved in Results(self.folder).all():
                if saved.is_stale([e for e in everything if e not in entries], decisions):
                    Results(self.folder).path(saved.name).unlink()
            self.journal.append("purge", of=of, by=by, reason=reason, **called)
            self._rebuild(None)
            self.index.forget_all_but_current()
        return entries

    def _finish_purging(self) -> None:
        """Remove the files of what was purged; a process that died may have left them."""
        for out in self.journal.left_out().values():
            if out.how == "purge":
                for path in self._files_of(out.what):
                    path.unlink(missing_ok=True)

    def _files_of(self, what: str) -> list[Path]:
        """Where the files of a report's own YAML, or of a source, are or would be."""
        if what.startswith("sha256:"):
            stored = self.folder / "sources" / what[7:9] / what[7:]
            return [stored.with_suffix(".json"), stored]
        kind = "reference" if "/id/reference/" in what else "reports"
        return [self.folder / kind / f"{what.rpartition('/')[2]}.yaml"]

    def _source(self, source: str) -> Path:
        """The stored file that a name, a hash, or a report means."""
        from kg.loading import stored_sources

        found = [
            path
            for _, path, about in stored_sources(self.folder)
            if source in (path.name, about["name"]) or (len(source) >= 8 and path.name.startswith(source))
        ]
        if len(found) > 1:
            raise UsageError(f"{source!r} means several files: say which by its hash: {', '.join(path.name[:12] for path in found)}")
        if found:
            return found[0]
        try:
            return self.folder / self.entry(source).file
        except NotFound:
            out = self._left_out(source)
            kept = [path for path in self._files_of(out.what) if path.is_file()] if out else []
            if not kept:
                raise
            return kept[-1]

    def _loading(
        self, index: OpenIndex, result: IngestResult, progress: Progress | None = None, about: About | None = None, again: bool = False
    ) -> Loading:
        from kg.loading import Loading

        return Loading(self.folder, self.addresses, index, result, progress, self.journal.left_out(), about, again)

    def _files(self, path: Path) -> Iterator[tuple[Path, str]]:
        """The files of a path, each with its name; a stored source keeps the name under which it came."""
        from kg.loading import note_of, read_note

        note = note_of(self.folder, path.name)
        if path == note.with_suffix("") and note.is_file():
            yield path, read_note(note)["name"]
        else:
            yield from files_below(path)


def _author(by: str) -> str:
    if not (name := _words(by)):
        raise UsageError("a decision has an author; say who decides")
    return name


def _words(text: str) -> str:
    """A person's words as they are kept: one line, without control characters."""
    from kg.model.base import clean_label

    if len(cleaned := clean_label(text)) > 2000:
        raise UsageError(f"{cleaned[:40]!r}… is longer than 2,000 characters")
    return cleaned


def files_below(path: Path) -> Iterator[tuple[Path, str]]:
    """A file, or the files below a folder in a fixed order, each with the name to call it by.

    Raises :class:`~kg.errors.NotFound` for what is neither.
    """
    if os.path.isdir(path):
        for found in sorted(path.rglob("*")):
            if found.is_file() and not any(part.startswith(".") for part in found.relative_to(path).parts):
                yield found, str(found.relative_to(path.parent) if path.name else found)
    elif os.path.isfile(path):
        yield path, path.name
    else:
        raise NotFound(f"{path} is neither a file nor a folder" if os.path.exists(path) else f"{path} does not exist")


__all__ = ["Decision", "Entry", "Workspace", "create_workspace", "find_workspace"]
