"""Questions from people, answered in processes of their own that can be ended.

The embedded engine cannot cancel a query. So a query from a person runs in a worker: a process with the last published generation, or
a view, open read-only. At the time limit, or when somebody cancels, the process is ended and another takes its place; nothing is
lost, for it only read. Workers stay warm between questions.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from kg.errors import KgError, LimitReached, QueryError
from kg.store.base import Term

MEMORY = 8 << 30
"""So many bytes of address space a worker may have, where the system can limit that."""


@dataclass(frozen=True, slots=True)
class Found:
    """A whole answer. ``form`` is ``select`` (columns and rows), ``ask`` (boolean) or ``construct`` (rows are triples)."""

    form: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Term | None, ...], ...] = ()
    boolean: bool = False
    cut: bool = False
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class _Job:
    text: str
    bindings: dict[str, Term]
    as_of: date | None
    limit: int


class Workers:
    """At most ``size`` workers over one workspace; further questions wait for a free one. Safe to use from several threads."""

    def __init__(self, folder: Path, size: int = 2) -> None:
        self.folder, self.size = folder, size
        self._free = threading.Semaphore(size)
        self._idle: list[_Worker] = []
        self._busy: dict[str, _Worker] = {}
        self._waiting: dict[str, threading.Event] = {}
        self._lock = threading.Lock()
        self._closed = False

    def ask(
        self,
        text: str,
        bindings: Mapping[str, Term] | None = None,
        as_of: date | None = None,
        limit: int = 10_000,
        seconds: float = 30,
        ticket: str = "",
    ) -> Found:
        """Answer a query: at most ``limit`` rows, within ``seconds``. ``ticket`` is what :meth:`cancel` is told to end it.

        Raises :class:`~kg.errors.LimitReached` at the limit and when cancelled, and what the store raises for a query that is none.
        """
        began = time.monotonic()
        self._wait(ticket, began + seconds, seconds)
        try:
            with self._lock:
                worker = self._idle.pop() if self._idle else None
            worker = worker if worker is not None and worker.alive else _Worker(self.folder)
            if ticket:
                with self._lock:
                    self._busy[ticket] = worker
            found = worker.ask(_Job(text, dict(bindings or {}), as_of, limit), max(0.01, seconds - (time.monotonic() - began)))
            with self._lock:
                if worker.alive and not self._closed:
                    self._idle.append(worker)
                else:
                    worker.end("closed")
        finally:
            with self._lock:
                self._busy.pop(ticket, None)
            self._free.release()
        if isinstance(found, KgError):
            raise found
        return found

    def _wait(self, ticket: str, until: float, seconds: float) -> None:
        """Wait for a free worker; what waits can be cancelled as well."""
        with self._lock:
            self._waiting[ticket] = cancelled = threading.Event()
        try:
            while not self._free.acquire(timeout=min(0.1, max(0.0, until - time.monotonic()))):
                if cancelled.is_set():
                    raise LimitReached("the query was cancelled")
                if time.monotonic() >= until:
                    raise LimitReached(f"no worker was free within {seconds:g} s; ask again when other queries have ended")
        finally:
            with self._lock:
                self._waiting.pop(ticket, None)

    def cancel(self, ticket: str) -> bool:
        """End the query that was asked with this ticket, or that still waits for a worker; whether there was one."""
        with self._lock:
            worker, waiting = self._busy.get(ticket), self._waiting.get(ticket)
        if worker is None:
            if waiting is not None:
                waiting.set()
            return waiting is not None
        worker.end("cancelled")
        return True

    def close(self) -> None:
        """End all workers."""
        with self._lock:
            self._closed = True
            for worker in (*self._idle, *self._busy.values()):
                worker.end("closed")
            self._idle.clear()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Worker:
    """One process, and the pipe to it: pickled jobs in, pickled answers out, both between our own processes only."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-c", "import sys; from kg.workers import serve; serve(sys.argv[1])", str(folder)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.ended = ""

    @property
    def alive(self) -> bool:
        return not self.ended and self.process.poll() is None

    def end(self, why: str) -> None:
        self.ended = self.ended or why
        with suppress(OSError):
            self.process.kill()

    def ask(self, job: _Job, seconds: float) -> Found | KgError:
        timer = threading.Timer(min(seconds, threading.TIMEOUT_MAX), self.end, ("limit",))
        timer.daemon = True
        timer.start()
        assert self.process.stdin is not None and self.process.stdout is not None
        try:
            pickle.dump(job, self.process.stdin)
            self.process.stdin.flush()
            answer: Found | KgError = pickle.load(self.process.stdout)
            return answer
        except (OSError, EOFError, pickle.UnpicklingError):
            self.process.wait(10)
            if self.ended == "limit":
                return LimitReached(f"the query took longer than {seconds:.3g} s and was stopped")
            if self.ended == "cancelled":
                return LimitReached("the query was cancelled")
            self.end("broken")
            return QueryError("the process that answered the query ended; it may have needed too much memory")
        finally:
            timer.cancel()


def serve(folder: str) -> None:
    """What a worker does: answer jobs until nobody asks any more."""
    from kg.workspace import Workspace

    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    incoming, outgoing = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    while True:
        try:
            job: _Job = pickle.load(incoming)
        except EOFError:
            return
        answer: Any
        try:
            answer = _answer(Workspace(Path(folder)), job)
        except KgError as error:
            answer = type(error)(*error.args)
        except MemoryError:
            answer = QueryError("the query needs more memory than a worker may have")
        pickle.dump(answer, outgoing)
        outgoing.flush()


def _answer(workspace: Any, job: _Job) -> Found:
    began = time.monotonic()
    with workspace.open_store(job.as_of) as store:
        answer = store.query(job.text, job.bindings)
        if answer.form == "ask":
            return Found("ask", boolean=answer.boolean, seconds=time.monotonic() - began)
        source = answer.rows if answer.form == "select" else (tuple(t) for t in answer.triples)
        rows = tuple(islice(source, job.limit + 1))
        columns = tuple(answer.variables) if answer.form == "select" else ("subject", "predicate", "object")
        return Found(answer.form, columns, rows[: job.limit], cut=len(rows) > job.limit, seconds=time.monotonic() - began)
