"""The graph canvas: Cytoscape.js under Streamlit, thin.

Python says what is in view (:class:`Node`, :class:`Line`), the canvas draws it and says what a person did (:class:`Did`). Nodes that
are on the screen already never move by themselves: not when others come or go, not when Streamlit runs the page again. New ones
take a free place beside their neighbours; only a person's wish (another ``layout``, or its ``turn``) lays everything out anew.

``libraries.js`` is built from ``libraries.src.js`` (``npm ci && npm run build`` in this folder, or ``make canvas``); licences
are in ``LICENCES.txt``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

LAYOUTS = ("force", "hierarchical", "concentric", "timeline")
"""By forces (fCoSE), in ranks (dagre), in rings by number of edges, by time from left to right."""

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Node:
    """A node in view. ``family`` is its colour (:data:`kg.app.show.KINDS`, or ``c0`` … ``c7``), ``size`` in pixels, ``pin`` where a
    person fixed it, ``at`` where it stood in a saved view, ``more`` how many things it stands for if it is a group, ``time`` a day number.
    """

    id: str
    label: str
    kind: str
    family: str = "other"
    size: float = 26
    pin: tuple[float, float] | None = None
    at: tuple[float, float] | None = None
    more: int = 0
    time: int | None = None
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """An edge in view. ``confidence`` (0–100) is its width, a contested one is dashed."""

    id: str
    source: str
    target: str
    label: str
    confidence: int | None = None
    contested: bool = False
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Did:
    """What a person did: ``pick``, ``expand``, ``hide``, ``pin``, ``unpin``, ``open``, ``undo``, ``redo``, ``keep`` (all positions)."""

    what: str
    ids: tuple[str, ...] = ()
    edges: tuple[str, ...] = ()
    positions: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def canvas(
    nodes: Sequence[Node],
    lines: Sequence[Line],
    key: str,
    scene: str,
    layout: str = "force",
    turn: int = 0,
    picked: Sequence[str] = (),
    height: int | str = 640,
    note: str = "",
    on_event: Callable[[Did], None] = lambda did: None,
    legend: Sequence[tuple[str, str]] = (),
) -> None:
    """Draw a graph; ``on_event`` is called with what a person did, before the page runs again.

    ``scene`` names the picture: another one is laid out anew, the same one keeps every place. ``turn`` is raised to lay out again.
    ``height`` is in pixels, or a CSS length. ``note`` is the line of sources under exported pictures. ``legend`` says what colours
    stand for (family, words) where that is not the kinds of things.
    """
    data = {
        "key": key,
        "scene": scene,
        "turn": turn,
        "layout": layout,
        "height": height,
        "note": note,
        "legend": [list(item) for item in legend],
        "picked": list(picked),
        "nodes": [_packed(n, _NODE) for n in nodes],
        "edges": [_packed(e, _LINE) for e in lines],
    }
    _libraries()(key=f"{key}-libraries")

    def told() -> None:
        if event := st.session_state[key].get("event"):
            on_event(_did(event))

    _drawing()(key=key, data=data, height=height + 2 if isinstance(height, int) else "content", on_event_change=told)


_NODE = {
    "id": "id",
    "label": "label",
    "kind": "kind",
    "family": "family",
    "size": "size",
    "pin": "pin",
    "at": "at",
    "more": "more",
    "time": "time",
    "tip": "tip",
}
_LINE = {"id": "id", "source": "s", "target": "t", "label": "label", "confidence": "confidence", "contested": "contested", "tip": "tip"}


def _packed(one: Node | Line, names: Mapping[str, str]) -> dict[str, Any]:
    return {short: value for name, short in names.items() if (value := getattr(one, name)) not in (None, "", False)}


def _did(event: Mapping[str, Any]) -> Did:
    """What the browser told; anything else than the expected shapes is left out, for a browser may be made to say anything."""
    positions = {
        str(node): (float(at[0]), float(at[1]))
        for node, at in dict(event.get("positions") or {}).items()
        if isinstance(at, list | tuple) and len(at) == 2 and all(isinstance(x, int | float) for x in at)
    }
    ids, edges = (tuple(str(i) for i in event.get(name) or ()) for name in ("ids", "edges"))
    return Did(str(event.get("do", "")), ids, edges, positions)


@cache
def _libraries() -> Any:
    """The libraries as a component of their own without data: the browser is sent them once."""
    script = (_FOLDER / "libraries.js").read_text("utf-8")
    return st.components.v2.component("kg_canvas_libraries", js=f"{script}\nexport default function () {{}}")


@cache
def _drawing() -> Any:
    script, style = ((_FOLDER / name).read_text("utf-8") for name in ("canvas.js", "canvas.css"))
    return st.components.v2.component("kg_canvas", css=style, js=script, isolate_styles=False)
