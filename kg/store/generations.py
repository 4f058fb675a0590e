"""Checkpoints of the live store for readers: numbered, published atomically, removed when nobody holds them.

The folder holds one directory a generation (``000001`` …), a file ``current`` with the number to
open, and one lease file a generation under ``leases``. A reader holds a shared lock on the lease as
long as its store is open; the operating system drops it when the process ends, however it ends.
Where there are no such locks (Windows), a generation that is open cannot be renamed, so it stays.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import IO, Any

from kg.errors import NotFound, WorkspaceError
from kg.store.oxigraph import OxigraphStore

fcntl: Any = None
if sys.platform != "win32":
    import fcntl


class Generation(OxigraphStore):
    """A generation that is open for reading. ``number`` says which; closing lets go of the lease."""

    def __init__(self, path: Path, number: int, lease: IO[bytes] | None) -> None:
        self._lease = lease
        self.number = number
        super().__init__(path, read_only=True)

    def close(self) -> None:
        """Close the store, then let go of the lease."""
        super().close()
        if self._lease is not None:
            self._lease.close()
            self._lease = None


class Generations:
    """The generations in a folder; the folder is made by the first :meth:`publish`."""

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)

    @property
    def current(self) -> int | None:
        """The number that readers open, or ``None`` before the first publication."""
        try:
            return int((self.folder / "current").read_text("ascii"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise WorkspaceError(f"{self.folder / 'current'} cannot be read: {error}") from error

    def numbers(self) -> list[int]:
        """All generations that are there, oldest first."""
        if not self.folder.is_dir():
            return []
        return sorted(int(p.name) for p in self.folder.iterdir() if p.name.isdigit() and p.is_dir())

    def path(self, number: int) -> Path:
        """Where a generation is or would be."""
        return self.folder / f"{number:06d}"

    def publish(self, store: OxigraphStore) -> int:
        """Make a checkpoint of the live store the current generation; gives its number.

        Only one process may publish at a time (the workspace's lock sees to it). A crash leaves
        either the old or the new generation current, and at most a directory that the next prune removes.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "leases").mkdir(exist_ok=True)
        number = max([*self.numbers(), self.current or 0]) + 1
        unfinished = self.folder / f"unfinished-{number:06d}"
        shutil.rmtree(unfinished, ignore_errors=True)
        store.checkpoint(unfinished)
        os.replace(unfinished, self.path(number))
        temporary = self.folder / "current.new"
        with temporary.open("w", encoding="ascii") as pointer:
            pointer.write(f"{number}\n")
            pointer.flush()
            os.fsync(pointer.fileno())
        os.replace(temporary, self.folder / "current")
        _sync_folder(self.folder)
        return number

    def open_current(self) -> Generation:
        """Open the current generation for reading; it stays until the store is closed.

        Raises :class:`kg.errors.NotFound` before the first publication, :class:`kg.errors.WorkspaceError`
        for a damaged one.
        """
        for _ in range(20):
            number = self.current
            if number is None:
                raise NotFound(f"nothing has been published in {self.folder} yet; ingest a report or run 'kg rebuild'")
            lease = self._lease(number)
            if self.path(number).is_dir():
                try:
                    return Generation(self.path(number), number, lease)
                except BaseException:
                    if lease is not None:
                        lease.close()
                    raise
            if lease is not None:
                lease.close()
            if self.current == number:
                break
        raise WorkspaceError(f"the current generation of {self.folder} is gone; run 'kg rebuild'")

    def prune(self, keep: int = 2) -> list[int]:
        """Remove all but the newest ``keep`` generations, the current one and those that are held.

        Gives the numbers removed. For the writer only.
        """
        for left in self.folder.glob("unfinished-*"):
            shutil.rmtree(left, ignore_errors=True)
        numbers = self.numbers()
        stay = {self.current, *numbers[len(numbers) - keep if keep < len(numbers) else 0 :]}
        return [number for number in numbers if number not in stay and self._remove(number)]

    def restore_to(self, path: Path | str) -> None:
        """Make a new live directory from the current generation.

        Raises :class:`kg.errors.WorkspaceError` if ``path`` exists, :class:`kg.errors.NotFound` if
        nothing was published.
        """
        target = Path(path)
        if target.exists():
            raise WorkspaceError(f"{target} exists already")
        with self.open_current() as source:
            unfinished = target.with_name(target.name + ".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            source.checkpoint(unfinished)
            os.replace(unfinished, target)

    def _lease(self, number: int) -> IO[bytes] | None:
        """A shared lock on a generation, or ``None`` where locks or the permission to make one are missing."""
        if fcntl is None:
            return None
        path = self.folder / "leases" / f"{number:06d}"
        lease: IO[bytes]
        try:
            lease = path.open("ab")
        except OSError:
            try:
                lease = path.open("rb")
            except OSError:
                return None
        fcntl.flock(lease, fcntl.LOCK_SH)
        return lease

    def _remove(self, number: int) -> bool:
        """Remove a generation unless somebody holds it."""
        path = self.path(number)
        doomed = self.folder / f"unfinished-{number:06d}"
        if fcntl is None:
            try:
                os.replace(path, doomed)
            except OSError:
                return False
            shutil.rmtree(doomed, ignore_errors=True)
            return True
        lease_path = self.folder / "leases" / f"{number:06d}"
        lease_path.parent.mkdir(exist_ok=True)
        with lease_path.open("ab") as lease:
            try:
                fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return False
            os.replace(path, doomed)
            shutil.rmtree(doomed, ignore_errors=True)
            lease_path.unlink(missing_ok=True)
        return True


def _sync_folder(folder: Path) -> None:
    """Make a rename durable, where the system can."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
