"""The query editor: CodeMirror 6 under Streamlit, thin: highlighting, completion of prefixes, terms and variables, the faulty line marked.

``libraries.js`` is built from ``libraries.src.js`` (``npm ci && npm run build`` in this folder, or ``make canvas``); licences are in
``LICENCES.txt``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

_FOLDER = Path(__file__).parent
_LONGEST = 100_000


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a query cannot be read: line and column from 1, and why."""

    line: int
    column: int
    message: str


def editor(
    key: str, text: str, nth: int, terms: Sequence[tuple[str, str]], on_run: Callable[[str], None], fault: Fault | None = None
) -> None:
    """Draw the editor. ``on_run`` is called with the query before the page runs again.

    ``text`` is put in when ``nth`` changes; otherwise what a person typed stays. ``terms`` are (name, meaning) to complete.
    """

    def told() -> None:
        if event := st.session_state[key].get("event"):
            on_run(str(event.get("text", ""))[:_LONGEST])

    marked = {"line": fault.line, "column": fault.column, "message": fault.message} if fault else None
    words = [{"label": label, "detail": detail} for label, detail in terms]
    _libraries()(key=f"{key}-libraries")
    _drawing()(key=key, data={"key": key, "text": text, "nth": nth, "terms": words, "fault": marked}, on_event_change=told)


@cache
def _libraries() -> Any:
    script = (_FOLDER / "libraries.js").read_text("utf-8")
    return st.components.v2.component("kg_editor_libraries", js=f"{script}\nexport default function () {{}}")


@cache
def _drawing() -> Any:
    script, style = ((_FOLDER / name).read_text("utf-8") for name in ("editor.js", "editor.css"))
    return st.components.v2.component("kg_editor", css=style, js=script, isolate_styles=False)
