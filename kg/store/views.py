"""Stores that hold a part of a generation: made once, kept under a key, removed when long unused.

A view is a directory named by its key, beside it a JSON file that says which graphs it holds. It is made under
another name and renamed when it is whole, by readers too, so that no lock is needed: who comes second throws
its own away.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kg.errors import WorkspaceError
from kg.store.leases import LeasedStore, hold, remove_unheld
from kg.store.oxigraph import OxigraphStore

KEEP = 12
"""So many views stay; of more, those that were used longest ago go."""
_ABANDONED = 3600.0
"""Seconds after which an unfinished view belongs to a process that died."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A view that is there: its key, and the graphs that it holds with a token of their content."""

    key: str
    graphs: Mapping[str, str]


class Views:
    """The views in a folder, which is made by the first :meth:`make`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def note(self, name: str) -> str | None:
        """The key that was noted under a name (``<generation>-<date>``)."""
        with suppress(OSError):
            return (self.folder / "notes" / name).read_text("ascii").strip() or None
        return None

    def set_note(self, name: str, key: str) -> None:
        """Note which view answers for a name, so that it need not be worked out again."""
        with suppress(OSError):
            (self.folder / "notes").mkdir(parents=True, exist_ok=True)
            part = self.folder / "notes" / f"{name}.{os.getpid()}.part"
            part.write_text(key, "ascii")
            part.replace(self.folder / "notes" / name)

    def open(self, key: str) -> LeasedStore | None:
        """A view for reading, or ``None`` if it is not there (any more)."""
        path = self.folder / key
        lease = hold(path)
        if path.is_dir():
            try:
                store = LeasedStore(path, lease)
            except WorkspaceError:
                if lease is not None:
                    lease.close()
                remove_unheld(path)
                return None
            with suppress(OSError):
                os.utime(path.with_suffix(".json"))
            return store
        if lease is not None:
            lease.close()
        return None

    def kept(self) -> Iterator[Kept]:
        """All views that are there."""
        for path in sorted(self.folder.glob("*.json")):
            with suppress(OSError, ValueError):
                if path.with_suffix("").is_dir():
                    yield Kept(path.stem, json.loads(path.read_text("utf-8")))

    def make(self, key: str, graphs: Mapping[str, str], base: OxigraphStore | None, change: Callable[[OxigraphStore], None]) -> LeasedStore:
        """Make a view from a copy of ``base`` (or from nothing) and open it. ``change`` brings the copy to what it must hold.

        Where the workspace cannot be written, the view is made in a temporary folder and goes when it is closed.
        """
        try:
            (self.folder / "leases").mkdir(parents=True, exist_ok=True)
            place = Path(tempfile.mkdtemp(prefix="unfinished-", dir=self.folder))
        except OSError:
            folder = tempfile.TemporaryDirectory(prefix="kg-view-", ignore_cleanup_errors=True)
            _fill(Path(folder.name) / "view", base, change)
            return _Passing(folder)
        try:
            _fill(place / "view", base, change)
            about = place / "about.json"
            about.write_text(json.dumps(dict(graphs)), "utf-8")
            os.replace(about, self.folder / f"{key}.json")
            with suppress(OSError):  # somebody else was quicker
                os.replace(place / "view", self.folder / key)
        finally:
            shutil.rmtree(place, ignore_errors=True)
        opened = self.open(key)
        if opened is None:
            raise WorkspaceError(f"the view {self.folder / key} went while it was made; try again")
        return opened

    def prune(self, generations: list[int], keep: int = KEEP) -> None:
        """Remove notes of generations that are gone, what dead processes left, and the views that were used longest ago."""
        if not self.folder.is_dir():
            return
        for note in (self.folder / "notes").glob("*"):
            if note.name.partition("-")[0] not in {str(number) for number in generations}:
                note.unlink(missing_ok=True)
        for left in self.folder.glob("unfinished-*"):
            with suppress(OSError):
                if time.time() - left.stat().st_mtime > _ABANDONED:
                    shutil.rmtree(left, ignore_errors=True)
        used = []
        for about in self.folder.glob("*.json"):
            with suppress(OSError):
                used.append((about.stat().st_mtime, about))
        for _, about in sorted(used, reverse=True)[keep:]:
            if (path := about.with_suffix("")).is_dir():
                remove_unheld(path)
            about.unlink(missing_ok=True)  # one that somebody holds has no further use, and goes with the next write
        for path in self.folder.iterdir():
            if path.is_dir() and "-" not in path.name and path.name not in ("leases", "notes") and not path.with_suffix(".json").exists():
                remove_unheld(path)


class _Passing(LeasedStore):
    """A view in a temporary folder, which goes when the store is closed, or at the latest with the process."""

    def __init__(self, folder: tempfile.TemporaryDirectory[str]) -> None:
        self._folder = folder
        super().__init__(Path(folder.name) / "view", None)

    def close(self) -> None:
        super().close()
        self._folder.cleanup()


def _fill(path: Path, base: OxigraphStore | None, change: Callable[[OxigraphStore], None]) -> None:
    if base is not None:
        base.checkpoint(path)
    store = OxigraphStore(path)
    try:
        change(store)
    finally:
        store.close()


__all__ = ["KEEP", "Kept", "Views"]
