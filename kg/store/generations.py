"""Checkpoints of the live store for readers: numbered, published atomically, removed when nobody holds them.

The folder holds one directory a generation (``000001`` …), a file ``current`` with the number to
open, and leases (:mod:`kg.store.leases`).
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import IO

from kg.durable import write_durably
from kg.errors import NotFound, WorkspaceError
from kg.store.leases import LeasedStore, hold, remove_unheld
from kg.store.oxigraph import OxigraphStore


class Generation(LeasedStore):
    """A generation that is open for reading. ``number`` says which."""

    def __init__(self, path: Path, number: int, lease: IO[bytes] | None) -> None:
        self.number = number
        super().__init__(path, lease)


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
        write_durably(self.folder / "current", f"{number}\n".encode())
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
            generation = self.open(number)
            if generation is not None:
                return generation
            if self.current == number:
                break
        raise WorkspaceError(f"the current generation of {self.folder} is gone; run 'kg rebuild'")

    def open(self, number: int) -> Generation | None:
        """Open a generation for reading, ``None`` if it is gone."""
        lease = hold(self.path(number))
        if self.path(number).is_dir():
            try:
                return Generation(self.path(number), number, lease)
            except BaseException:
                if lease is not None:
                    lease.close()
                raise
        if lease is not None:
            lease.close()
        return None

    def prune(self, keep: int = 2) -> list[int]:
        """Remove all but the newest ``keep`` generations, the current one and those that are held.

        Gives the numbers removed. For the writer only.
        """
        for left in self.folder.glob("unfinished-*"):
            shutil.rmtree(left, ignore_errors=True)
        numbers = self.numbers()
        stay = {self.current, *numbers[len(numbers) - keep if keep < len(numbers) else 0 :]}
        return [number for number in numbers if number not in stay and remove_unheld(self.path(number))]

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
