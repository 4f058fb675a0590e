"""SQLite files that many processes read while one writes."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from kg.errors import WorkspaceError


def connect(path: Path, layout: str, table: str) -> sqlite3.Connection:
    """Open a file, made with ``layout`` if it is not there; read-only where nothing can be written (not allowed, disk full).

    ``table`` is one that the layout has. Threads may share the connection, one at a time.
    """
    if not path.parent.is_dir():
        raise WorkspaceError(f"{path.parent} does not exist")
    try:
        db = _opened(path, "rwc")
        if db.execute("PRAGMA journal_mode=WAL").fetchone()[0] != "wal":
            db.execute("PRAGMA journal_mode=DELETE")
        db.executescript(layout)
        return db
    except sqlite3.OperationalError as error:
        if not any(words in str(error) for words in ("readonly", "unable to open", "disk I/O", "is full")):
            raise
    if not path.exists():
        raise WorkspaceError(f"{path} does not exist and cannot be made")
    try:
        db = _opened(path, "ro")
        db.execute(f"SELECT 1 FROM {table} LIMIT 1")
    except sqlite3.OperationalError:
        db = _opened(path, "ro&immutable=1")
        db.execute(f"SELECT 1 FROM {table} LIMIT 1")
    return db


def take_over(new: Path, target: Path) -> None:
    """Give a file the content of another, in one transaction, also while others read it. One that is damaged is replaced.

    (A file must not be moved over one that others have open: they would go on with its journal.)
    """
    if target.exists():
        try:
            with closing(_opened(new, "rw")) as source, closing(_opened(target, "rw")) as db:
                db.execute("PRAGMA journal_mode=WAL")
                source.backup(db)
                return
        except sqlite3.OperationalError as error:
            raise WorkspaceError(f"{target} cannot be written: {error}") from None
        except sqlite3.DatabaseError:
            pass
    for ending in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            os.remove(f"{target}{ending}")
    os.replace(new, target)


def _opened(path: Path, mode: str) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(address, uri=True, timeout=10, isolation_level=None, check_same_thread=False)
