"""What every page is given: the workspace, as far as it was known on the chosen day, and whether it may be changed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from kg.app.address import PAGE_OF_KIND, link, page_of
from kg.errors import UsageError
from kg.resolver import resolve
from kg.store.names import NameIndex
from kg.store.oxigraph import OxigraphStore
from kg.story import Story
from kg.workspace import Workspace, find_workspace

READ_ONLY = "KG_APP_READ_ONLY"
"""The environment variable by which ``kg app --read-only`` tells the app that nothing may be changed."""


@dataclass(frozen=True)
class Context:
    """One look at a workspace. Store and names are open until the page is drawn."""

    workspace: Workspace
    store: OxigraphStore
    names: NameIndex
    as_of: date | None = None
    read_only: bool = False
    pages: frozenset[str] = field(default_factory=lambda: frozenset(PAGE_OF_KIND.values()))

    @cached_property
    def story(self) -> Story:
        """Reads things out of the store; one for the whole page, so that labels are looked up once."""
        return Story(self.store, self.workspace.addresses)

    @cached_property
    def version(self) -> tuple[str, int, str]:
        """What stands for the content seen, as a key of caches: folder, generation, day."""
        return str(self.workspace.folder), self.workspace.index.generations.current or 0, str(self.as_of or "")

    def link(self, page: str, **asked: str | list[str] | None) -> str:
        """The address of a page as of the chosen day."""
        return link(page, self.as_of, **asked)

    def short(self, iri: str) -> str:
        """An IRI as addresses write it: ``org:microsoft``."""
        return self.workspace.addresses.shorten(iri)

    def link_to(self, iri: str, kind: str | None = None, **asked: str | list[str] | None) -> str:
        """The address of the page that shows a thing; its kinds are looked up if none is given."""
        kinds = [kind] if kind else self.story.kinds(self.story.node(iri))
        page = page_of(kinds, self.pages)
        return self.link(page, **{"report" if page == "report" else "thing": self.short(iri), **asked})

    def meant(self, text: str) -> str | None:
        """The IRI of the thing that an address, identifier or name means; ``None`` if the graph does not speak of it."""
        found = resolve(text, self.names, self.store, self.workspace.addresses)
        return found[0].iri if found else None

    def refuse_if_read_only(self) -> None:
        """Raises :class:`~kg.errors.UsageError` if nothing may be changed: called before every change, whatever the page shows."""
        if self.read_only:
            raise UsageError("this app is read-only; start 'kg app' without --read-only to change the workspace")


@contextmanager
def opened(as_of: date | None = None, pages: frozenset[str] = frozenset(PAGE_OF_KIND.values())) -> Iterator[Context]:
    """The nearest workspace as of a day. Raises :class:`~kg.errors.KgError` if there is none, or it cannot be read."""
    workspace = Workspace(find_workspace())
    with workspace.open_store(as_of) as store, workspace.names(as_of) as names:
        yield Context(workspace, store, names, as_of, bool(os.environ.get(READ_ONLY)), pages)
