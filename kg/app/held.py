"""What is kept between runs of pages and shared by all sessions: warm workers for queries, graphs read for analyses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import Lock

import streamlit as st

from kg.analysis.material import Material, of_workspace
from kg.app.context import Context
from kg.exploring import Memory
from kg.workers import Workers
from kg.workspace import Workspace


def workers(context: Context) -> Workers:
    """The processes that answer queries over this workspace."""
    return _workers(str(context.workspace.folder))


@contextmanager
def material(context: Context) -> Iterator[Material]:
    """What analyses work on, as of the chosen day: read once, kept as long as nothing new comes in, used by one at a time."""
    kept, lock = _material(*context.version)
    with lock:
        yield kept


def memory(context: Context) -> Memory:
    """What pictures of the graph, as of the chosen day, have read already."""
    return _memory(*context.version)


@st.cache_resource(show_spinner=False, max_entries=8)
def _memory(folder: str, generation: int, day: str) -> Memory:
    return Memory()


@st.cache_resource(show_spinner=False)
def _workers(folder: str) -> Workers:
    return Workers(Path(folder))


def _close(kept: tuple[Material, Lock]) -> None:
    with kept[1]:
        kept[0].__exit__()


@st.cache_resource(show_spinner=False, max_entries=2, on_release=_close)
def _material(folder: str, generation: int, day: str) -> tuple[Material, Lock]:
    return of_workspace(Workspace(Path(folder)), date.fromisoformat(day) if day else None), Lock()
