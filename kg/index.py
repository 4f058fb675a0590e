"""What is made from a workspace's files and can always be made again: quads, names, catalogue, generations, views.

::

    live/            the quads, for the writer alone
    names.sqlite     the names under which things are found
    catalogue.sqlite which reports are in it
    made.json        which layout, mapping and rules it was made by
    pending.json     a write has begun and is not finished
    generations/     checkpoints for readers; the catalogue says which one it belongs to
    views/           what was known on a day
    bases/           earlier states, to make views from
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kg import resources
from kg.catalogue import Catalogue, Entry
from kg.durable import write_durably
from kg.errors import WorkspaceError
from kg.store.generations import Generations
from kg.store.names import NameIndex
from kg.store.oxigraph import OxigraphStore
from kg.store.sqlite import take_over
from kg.store.views import Bases, Views

LAYOUT = 3
"""Number of the layout of the index that this version writes; an index of another one is made anew."""
MAPPING = 4
"""Raised when :mod:`kg.mapping` or :mod:`kg.rules` change what they write, so that stored reports are mapped again."""


@cache
def stamp() -> str:
    """What an index is made by: an index with another stamp is made anew."""
    rules = hashlib.sha256()
    for path in sorted((resources.folder("ontology") / "rules").glob("*.rq")):
        rules.update(path.name.encode() + path.read_bytes())
    return json.dumps({"layout": LAYOUT, "mapping": MAPPING, "rules": rules.hexdigest()[:20]})


def token(entry: Entry, later: Iterable[str] = ()) -> str:
    """Stands for the quads of a graph, less the claims that came later, and for all that follows from them."""
    return entry.content + digest(stamp(), sorted(later))


def digest(*parts: object) -> str:
    """A short name for these parts (anything that JSON can say)."""
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=10).hexdigest()


@dataclass(slots=True)
class OpenIndex:
    """An index that is open for writing."""

    store: OxigraphStore
    names: NameIndex
    catalogue: Catalogue
    bases: Bases

    def keep_base(self) -> None:
        """Keep the state before it is published, if the store grew much since the last one that was kept: views are made from it."""
        quads = self.catalogue.quads
        if self.bases.wants(quads, quads):
            self.bases.put(self.store, {entry.graph: token(entry) for entry in self.catalogue.all()}, quads)

    def close(self) -> None:
        """Close all parts; a catalogue that was not committed stays as it was."""
        self.catalogue.close()
        self.names.close()
        self.store.close()


class Index:
    """The index in a folder. Only one process may write at a time: the workspace's lock sees to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.generations = Generations(folder / "generations")
        self.views = Views(folder / "views")
        self.bases = Bases(folder / "bases")

    @property
    def sound(self) -> bool:
        """Whether it is whole and made by this version: no write was begun and not finished (by a living or dead process)."""
        return not self.pending and (self.folder / "live").is_dir() and self._made_by() == stamp()

    @property
    def pending(self) -> bool:
        """Whether a write was begun and not finished."""
        return (self.folder / "pending.json").exists()

    def _made_by(self) -> str:
        with suppress(OSError):
            return (self.folder / "made.json").read_text("utf-8").strip()
        return ""

    def distrust(self) -> None:
        """Note that it must be made anew."""
        self.folder.mkdir(exist_ok=True)
        write_durably(self.folder / "pending.json", b"{}\n")

    def names(self) -> NameIndex:
        """The names, for reading."""
        return NameIndex(self.folder / "names.sqlite")

    def catalogue(self) -> Catalogue:
        """The catalogue, for reading."""
        return Catalogue(self.folder / "catalogue.sqlite")

    @contextmanager
    def writing(self) -> Iterator[OpenIndex]:
        """Open the live index, and publish it when the block ends well. A block that fails leaves a note: the next writer rebuilds."""
        index = self._open(self.folder)
        try:
            self.distrust()
            index.names.hold()
            yield index
            index.keep_base()
            index.catalogue.commit(self.generations.publish(index.store))
            index.names.commit()
        finally:
            index.close()
        (self.folder / "pending.json").unlink()
        self._clean()

    @contextmanager
    def rebuilding(self) -> Iterator[OpenIndex]:
        """Open an empty index, and put it into the place of the old one when the block ends well; readers notice nothing before."""
        self.folder.mkdir(exist_ok=True)
        self.distrust()
        new = self.folder / "rebuilding"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        self.bases.clear()
        try:
            _ = self.generations.current
        except WorkspaceError:
            (self.generations.folder / "current").unlink()
        try:
            index = self._open(new)
            try:
                yield index
                index.catalogue.commit(self.generations.publish(index.store))
            finally:
                index.close()
            for name in ("catalogue.sqlite", "names.sqlite"):
                take_over(new / name, self.folder / name)
            shutil.rmtree(self.folder / "live", ignore_errors=True)
            os.replace(new / "live", self.folder / "live")
        finally:  # also where it fails: on a full disk the room is needed, and the note that is still there makes it anew
            shutil.rmtree(new, ignore_errors=True)
        write_durably(self.folder / "made.json", stamp().encode() + b"\n")
        (self.folder / "pending.json").unlink()
        self._clean()

    def forget_all_but_current(self) -> None:
        """Remove every older generation and every view that nobody holds."""
        self.generations.prune(keep=0)
        self.views.prune([], keep=0)

    def _open(self, folder: Path) -> OpenIndex:
        store = OxigraphStore(folder / "live")
        try:
            names = NameIndex(folder / "names.sqlite")
            try:
                return OpenIndex(store, names, Catalogue(folder / "catalogue.sqlite"), self.bases)
            except BaseException:
                names.close()
                raise
        except BaseException:
            store.close()
            raise

    def _clean(self) -> None:
        self.generations.prune()
        self.views.prune(self.generations.numbers())
        self.bases.thin()
