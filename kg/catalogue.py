"""The catalogue: which reports are in the store, with the hash of what they said. Derived and rebuildable."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from kg.errors import WorkspaceError
from kg.store.sqlite import connect


@dataclass(frozen=True, slots=True)
class Entry:
    """One report or reference file. ``published`` is the last day of its publication (ISO), ``None`` for undated ones."""

    graph: str
    id: str
    title: str
    published: str | None
    format: str
    file: str
    record: str
    content: str
    quads: int

    @property
    def is_reference(self) -> bool:
        """Whether it is a reference file: timeless, part of every view."""
        return "/id/reference/" in self.graph


_COLUMNS = ("graph", "id", "title", "published", "format", "file", "record", "content", "quads")
_LAYOUT = f"""
CREATE TABLE IF NOT EXISTS report ({", ".join(_COLUMNS)}, PRIMARY KEY (graph)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state (generation INTEGER NOT NULL);
"""


class Catalogue:
    """The catalogue in one SQLite file. What :meth:`put` and :meth:`remove` change is there for others after :meth:`commit`.

    Raises :class:`~kg.errors.WorkspaceError` for a damaged file, and where it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._db = connect(path, _LAYOUT, "report")
        except sqlite3.Error as error:
            raise WorkspaceError(f"{path} cannot be opened ({error}); 'kg rebuild' makes it anew") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def get(self, graph: str) -> Entry | None:
        """The entry of a graph."""
        row = self._db.execute("SELECT * FROM report WHERE graph = ?", (graph,)).fetchone()
        return Entry(*row) if row else None

    def all(self) -> list[Entry]:
        """Every entry, by graph."""
        return [Entry(*row) for row in self._db.execute("SELECT * FROM report ORDER BY graph")]

    def named(self, report_id: str) -> list[Entry]:
        """The entries with an id: a report and a reference file may share one."""
        return [Entry(*row) for row in self._db.execute("SELECT * FROM report WHERE id = ? ORDER BY graph", (report_id,))]

    @property
    def quads(self) -> int:
        """How many quads all reports and reference files make."""
        return int(self._db.execute("SELECT coalesce(sum(quads), 0) FROM report").fetchone()[0])

    def put(self, entries: Iterable[Entry]) -> None:
        """Add entries, or replace those of the same graph."""
        rows = [tuple(getattr(e, c) for c in _COLUMNS) for e in entries]
        with self._writing():
            self._db.executemany(f"INSERT OR REPLACE INTO report VALUES ({', '.join('?' * len(_COLUMNS))})", rows)

    def remove(self, graphs: Iterable[str]) -> None:
        """Take entries out."""
        with self._writing():
            self._db.executemany("DELETE FROM report WHERE graph = ?", ((graph,) for graph in graphs))

    def commit(self, generation: int) -> None:
        """Let others see what changed, and to which generation of the store it belongs."""
        with self._writing():
            self._db.execute("DELETE FROM state")
            self._db.execute("INSERT INTO state VALUES (?)", (generation,))
            self._db.execute("COMMIT")

    @property
    def generation(self) -> int | None:
        """The generation of the store that the entries belong to."""
        row = self._db.execute("SELECT generation FROM state").fetchone()
        return int(row[0]) if row else None

    def published(self) -> tuple[int | None, list[Entry]]:
        """The generation that the entries belong to, and the entries: one consistent state, whoever writes meanwhile."""
        self._db.execute("BEGIN")
        try:
            return self.generation, self.all()
        finally:
            self._db.execute("COMMIT")

    def close(self) -> None:
        """Close the file; what was not committed is dropped."""
        self._db.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            if not self._db.in_transaction:
                self._db.execute("BEGIN IMMEDIATE")
            yield
        except sqlite3.Error as error:
            raise WorkspaceError(f"{self.path} cannot be written: {error}") from None
