"""Stores that hold a part of a generation: views, made once, removed when long unused; and bases to make them from.

Each is a directory named by its key, beside it a JSON file that says which graphs it holds. It is made under
another name and renamed when it is whole, by readers too, so that no lock is needed: who comes second throws
its own away.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kg.errors import WorkspaceError
from kg.store.leases import LeasedStore, hold, remove_unheld
from kg.store.oxigraph import OxigraphStore

KEEP = 12
"""So many views stay; of more, those that were used longest ago go."""
BASES = 12
"""So many bases stay; of more, the one that fills the smallest gap goes. A base shares its files with the live store until that merges
its own; then each takes the room of its own quads, all of them at most six and a half times that of the newest state."""
GAP = 70_000
"""At least so many quads lie between two bases: putting in or taking out half of them takes about a second."""
_ABANDONED = 3600.0
"""Seconds after which an unfinished view belongs to a process that died."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A view or base that is there: its key, and the graphs that it holds with a token of their content."""

    key: str
    graphs: Mapping[str, str]


class Views:
    """The views in a folder, which is made with the first of them."""

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
        """All that are there."""
        for path in sorted(self.folder.glob("*.json")):
            if (kept := self.about(path.stem)) is not None:
                yield kept

    def about(self, key: str) -> Kept | None:
        """What one holds, or ``None`` if it is not there (any more)."""
        with suppress(OSError, ValueError):
            if (self.folder / key).is_dir():
                return Kept(key, json.loads((self.folder / f"{key}.json").read_text("utf-8")))
        return None

    def make(self, key: str, graphs: Mapping[str, str], base: OxigraphStore | None, change: Callable[[OxigraphStore], None]) -> LeasedStore:
        """Make a view from a copy of ``base`` (or from nothing) and open it. ``change`` brings the copy to what it must hold.

        Where the workspace cannot be written, the view is made in a temporary folder and goes when it is closed.
        """
        try:
            place = self._place()
        except OSError:
            return _passing(None, base, change)
        try:
            _fill(place / "view", base, change)
            self._move(place, key, graphs)
        finally:
            shutil.rmtree(place, ignore_errors=True)
        opened = self.open(key)
        if opened is None:
            raise WorkspaceError(f"the view {self.folder / key} went while it was made; try again")
        return opened

    def passing(self, base: OxigraphStore | None, change: Callable[[OxigraphStore], None]) -> LeasedStore:
        """The same for one use: it is found by nobody else, and goes when it is closed."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            return _passing(self.folder, base, change)
        except OSError:
            return _passing(None, base, change)

    def prune(self, generations: list[int], keep: int = KEEP) -> None:
        """Remove notes of generations that are gone, what dead processes left, and the views that were used longest ago."""
        for note in (self.folder / "notes").glob("*"):
            if note.name.partition("-")[0] not in {str(number) for number in generations}:
                note.unlink(missing_ok=True)
        used = []
        for about in self.folder.glob("*.json"):
            with suppress(OSError):
                used.append((about.stat().st_mtime, about.stem))
        for _, key in sorted(used, reverse=True)[keep:]:
            self.remove(key)
        self.sweep()

    def remove(self, key: str) -> None:
        """Remove one. If somebody holds it, it has no further use, and goes with a later :meth:`sweep`."""
        if (path := self.folder / key).is_dir():
            remove_unheld(path)
        path.with_suffix(".json").unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what dead processes left, and what was removed while somebody held it."""
        for left in self.folder.glob("unfinished-*"):
            with suppress(OSError):
                if time.time() - left.stat().st_mtime > _ABANDONED:
                    shutil.rmtree(left, ignore_errors=True)
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            if path.is_dir() and "-" not in path.name and path.name not in ("leases", "notes") and not path.with_suffix(".json").exists():
                remove_unheld(path)

    def _place(self) -> Path:
        """A folder to make one in."""
        (self.folder / "leases").mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="unfinished-", dir=self.folder))

    def _move(self, place: Path, key: str, graphs: Mapping[str, str]) -> None:
        about = place / "about.json"
        about.write_text(json.dumps(dict(graphs)), "utf-8")
        os.replace(about, self.folder / f"{key}.json")
        with suppress(OSError):  # somebody else was quicker
            os.replace(place / "view", self.folder / key)


class Bases(Views):
    """States on the way to the newest one, so that wherever a view lies, one is near. Each is a checkpoint of the live store.

    For the writer only, but for :meth:`open` and :meth:`near`.
    """

    def sizes(self) -> list[tuple[int, str]]:
        """How many quads each holds, and its key; the smallest first."""
        return sorted((int(path.stem[:12]), path.stem) for path in self.folder.glob("*.json") if path.stem[:12].isdigit())

    def near(self, quads: int) -> Iterator[tuple[int, Kept]]:
        """All of them, those first whose number of quads is nearest; each with how far it is."""
        for far, key in sorted((abs(number - quads), key) for number, key in self.sizes()):
            if (kept := self.about(key)) is not None:
                yield far, kept

    def gap(self, total: int) -> int:
        """How far bases are apart on the way to ``total`` quads.

        >>> Bases(Path("b")).gap(100_000), Bases(Path("b")).gap(13_000_000)
        (70000, 1000001)
        """
        return max(GAP, total // (BASES + 1) + 1)

    def wants(self, quads: int, total: int) -> bool:
        """Whether a state of so many quads is to be kept, on the way to ``total``."""
        return quads - max((number for number, _ in self.sizes()), default=0) >= self.gap(total)

    def put(self, store: OxigraphStore, graphs: Mapping[str, str], quads: int) -> None:
        """Keep a checkpoint of a store that holds ``graphs``. Where that cannot be written there is none: views take longer then."""
        try:
            place = self._place()
        except OSError:
            return
        try:
            with suppress(OSError, WorkspaceError):
                store.checkpoint(place / "view")
                self._move(place, f"{quads:012d}{uuid.uuid4().hex[:8]}", graphs)
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def thin(self) -> None:
        """Remove what is too many."""
        found = self.sizes()
        while len(found) > BASES:
            gaps = [(after[0] - before[0], n) for n, (before, after) in enumerate(zip([(0, ""), *found], found[1:], strict=False))]
            self.remove(found.pop(min(gaps)[1])[1])
        self.sweep()

    def clear(self) -> None:
        """Remove all."""
        for path in self.folder.glob("*.json"):
            self.remove(path.stem)
        self.sweep()


class _Passing(LeasedStore):
    """A view in a temporary folder, which goes when the store is closed, or at the latest with the process."""

    def __init__(self, folder: tempfile.TemporaryDirectory[str]) -> None:
        self._folder = folder
        super().__init__(Path(folder.name) / "view", None)

    def close(self) -> None:
        super().close()
        self._folder.cleanup()


def _passing(folder: Path | None, base: OxigraphStore | None, change: Callable[[OxigraphStore], None]) -> _Passing:
    place = tempfile.TemporaryDirectory(prefix="unfinished-" if folder else "kg-view-", dir=folder, ignore_cleanup_errors=True)
    try:
        _fill(Path(place.name) / "view", base, change)
        return _Passing(place)
    except BaseException:
        place.cleanup()
        raise


def _fill(path: Path, base: OxigraphStore | None, change: Callable[[OxigraphStore], None]) -> None:
    if base is not None:
        base.checkpoint(path)
    store = OxigraphStore(path)
    try:
        change(store)
    finally:
        store.close()


__all__ = ["BASES", "GAP", "KEEP", "Bases", "Kept", "Views"]
