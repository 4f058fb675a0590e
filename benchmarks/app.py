"""The app in headless Chromium: first page, search, pages of things, first pictures, expanding, panning.

    python -m benchmarks app                      (the bundled data; with the VERIS and ATT&CK packs where they lie beside the checkout)
    python -c 'from benchmarks.app import main; main(["/path/to/workspace"])'

Each figure is the median of five on a server that is warm; a page is loaded from nothing (scripts and fonts from the browser's cache).
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import shared_pack
from kg.exploring import Explorer, View
from kg.resources import folder
from kg.workspace import Workspace, create_workspace
from tests.end_to_end.browser import chromium, page, serving

THINGS = ("incident?thing=incident:microsoft-corporate-email-2023", "actor?thing=actor:apt29", "organization?thing=org:microsoft")
LARGE = "organization?thing=org:vcdb.united-states-department-of-veterans-affairs.us"
DRAWN = "window.kgCanvases?.explore?.fitted"
PAN = """async () => { const c = kgCanvases.explore.cy; let frames = 0; const began = performance.now();
  while (performance.now() - began < 1500) { c.panBy({ x: 3, y: 1 }); await new Promise(done => requestAnimationFrame(done)); frames++; }
  return frames / 1.5 }"""


def main(folders: Sequence[str] = ()) -> None:
    """Print a table for each workspace."""
    if chromium() is None:
        print("Chromium is not installed")
        return
    with tempfile.TemporaryDirectory() as base:
        places = [Path(f) for f in folders]
        if not places:
            places.append(_made(Path(base) / "bundled", [folder("data")]))
            packs = [p for name in ("vcdb", "attack") if (p := shared_pack(name)).is_dir()]
            if packs:
                places.append(_made(Path(base) / "packs", [folder("data"), *packs]))
        for place in places:
            _measure(Workspace(place))


def _made(place: Path, paths: list[Path]) -> Path:
    create_workspace(place).ingest(paths)
    return place


def _measure(workspace: Workspace) -> None:
    with workspace.open_store() as store:
        print(f"\n{len(store):,} statements\n\n| what | median | most | wanted |\n|---|---|---|---|")
        views = {size: _view(Explorer(store, workspace.addresses), size) for size in (60, 500, 2000)}
    with serving(workspace.folder) as address, page(address) as tab:
        tab.locator(".kg-figures").wait_for(timeout=60_000)
        _row("first page usable", 3, _each(lambda: _open(tab, address, ".kg-figures")))
        _row(
            "search, from the last key to the result",
            0.3,
            [_search(tab, address, text) for text in ("midn", "microsof", "cozy bea", "cve-2023-3436", "lazarus")],
        )
        for thing in (*THINGS, LARGE):
            _open(tab, f"{address}/{thing}", ".kg-title, .kg-nothing")
            if tab.locator(".kg-title").count():
                _row(thing.partition("=")[2], 1, _each(lambda thing=thing: _open(tab, f"{address}/{thing}", ".kg-h2")))
        for size, (packed, nodes) in views.items():
            wanted = {60: 1, 500: 2, 2000: 4}[size]
            if nodes < size:
                print(f"| first picture of {size} nodes | | | the graph has no such view ({nodes}) |")
                continue
            _row(
                f"first picture of {nodes} nodes, with the page",
                wanted,
                _each(lambda p=packed: _draw(tab, f"{address}/explore?view={p}"), 3),
            )
            if size == 500 and nodes == size:
                _row("expanding forty nodes there at once", 0.5, _each(lambda p=packed: _expand(tab, f"{address}/explore?view={p}"), 3))
            print(f"| panning {nodes} nodes | {tab.evaluate(PAN):.0f} frames/s | | 30 |", flush=True)


def _view(explorer: Explorer, size: int) -> tuple[str, int]:
    """A view of so many things around the first case and some hubs, nearest first; and how many it really has."""
    starts = (
        "incident:microsoft-corporate-email-2023",
        "actor:apt29",
        "org:vcdb.united-states-department-of-veterans-affairs.us",
        "actor:anonymous",
    )
    found = dict.fromkeys(iri for short in starts if (iri := explorer.addresses.expand(short)) and explorer.ways(iri))
    waiting = list(found)
    while waiting and len(found) < size:
        near = [other for others in explorer.ways(waiting.pop(0)).values() for other in others if other not in found]
        found |= dict.fromkeys(near)
        waiting += dict.fromkeys(near)
    kept = tuple(found)[:size]
    return View(kept).packed(explorer.addresses), len(kept)


def _row(what: str, wanted: float, seconds: Sequence[float]) -> None:
    print(f"| {what} | {statistics.median(seconds):.2f} s | {max(seconds):.2f} | {wanted:g} s |", flush=True)


def _each(run: Callable[[], float], times: int = 5) -> list[float]:
    return [run() for _ in range(times)]


def _open(tab: Any, address: str, shown: str) -> float:
    began = time.perf_counter()
    tab.goto(address)
    tab.locator(shown).first.wait_for(timeout=60_000)
    return time.perf_counter() - began


def _search(tab: Any, address: str, text: str) -> float:
    _open(tab, address, ".kg-figures")
    field = tab.get_by_placeholder("a name, alias or identifier: Cozy Bear", exact=False)
    field.press_sequentially(text[:-1])
    tab.wait_for_timeout(1500)
    began = time.perf_counter()
    field.press_sequentially(text[-1])
    tab.wait_for_function("text => new URLSearchParams(location.search).get('search') === text", arg=text, timeout=30_000)
    tab.locator(".kg-table").first.wait_for(timeout=30_000)
    return time.perf_counter() - began


def _draw(tab: Any, address: str) -> float:
    tab.goto("about:blank")
    began = time.perf_counter()
    tab.goto(address)
    tab.wait_for_function(DRAWN, timeout=60_000)
    return time.perf_counter() - began


def _expand(tab: Any, address: str) -> float:
    _draw(tab, address)
    tab.wait_for_timeout(800)
    before = tab.evaluate("kgCanvases.explore.cy.nodes().length")
    began = time.perf_counter()
    tab.evaluate("() => { const c = kgCanvases.explore; c.event('expand', c.cy.nodes().slice(-40).map(n => n.id())) }")
    tab.wait_for_function(f"kgCanvases.explore.cy.nodes().length > {before}", timeout=30_000)
    return time.perf_counter() - began
