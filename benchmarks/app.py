"""The app in headless Chromium, over the demo workspace and over that of ``$KG_BENCH_WORKSPACE`` (a large one, left as it is).

Each figure is the median of three visits to a warm server, from the start of navigation (or the click) until the thing is on the
screen; panning is frames in a second. Wanted: see the column.
"""

from __future__ import annotations

import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import TimeoutError

from benchmarks.common import table
from kg.exploring import GROUP, PART, Explorer, Picture, View
from kg.workspace import Workspace
from tests.end_to_end.browser import ARGUMENTS, chromium, serving

DRAWN = "window.kgCanvases?.explore?.fitted"
NODES = "kgCanvases.explore.cy.nodes().length"
FRAMES = """async () => {
  const cy = kgCanvases.explore.cy, began = performance.now();
  let frames = 0;
  while (performance.now() - began < 2000) {
    cy.panBy({ x: frames % 40 < 20 ? 12 : -12, y: 3 * Math.sin(frames / 9) });
    await new Promise(requestAnimationFrame);
    frames++;
  }
  return (frames * 1000) / (performance.now() - began);
}"""


def busiest(explorer: Explorer, things: list[str]) -> str:
    """The thing with most neighbours among some."""
    return max(things, key=lambda iri: (sum(map(len, explorer.ways(iri).values())), iri))


def further(explorer: Explorer, node: str, shown: set[str]) -> list[str]:
    """What expanding a node brings, beside what is shown."""
    ways = explorer.ways(node).items()
    return [o for one, others in ways if one.strip("<>") != "targeted" for o in others[:PART] if o not in shown]


def view_of_size(explorer: Explorer, start: str, wanted: int) -> View:
    """A view of about so many nodes: a thing, and its surroundings opened from the nearest outwards, until there are enough."""
    view = View((start,))
    shown, waiting = {start}, [start]
    while waiting and len(shown) < wanted:
        node = waiting.pop(0)
        if len(fresh := further(explorer, node, shown)) + len(shown) <= wanted * 1.02:
            view = explorer.expand(view, node)
            shown |= set(fresh)
            waiting += fresh
    return view


def expandable(explorer: Explorer, view: View, picture: Picture) -> str:
    """A node of a view that brings a dozen or so further ones when it is expanded."""
    shown = {n.iri for n in picture.nodes}
    opened = {node for node, _, _ in view.opened}
    gains = {n: len(further(explorer, n, shown)) for n in sorted(shown - opened) if not n.startswith(GROUP)}
    return min(gains, key=lambda iri: (abs(gains[iri] - PART), iri))


@contextmanager
def browsing() -> Iterator[Any]:
    """A tab of one browser that stays open."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield browser.new_page(viewport={"width": 1440, "height": 1000})
        browser.close()


def median(take: Callable[[], float], times: int = 3) -> float:
    """The median of some takes, after one that does not count; what never came is infinite."""
    if take() == math.inf:
        return math.inf
    return statistics.median(take() for _ in range(times))


def visited(tab: Any, address: str, there: str) -> float:
    """Seconds from navigation until an expression is true in the page."""
    tab.goto("about:blank")
    began = time.perf_counter()
    tab.goto(address, wait_until="commit")
    try:
        tab.wait_for_function(there, timeout=30_000)
    except TimeoutError:
        return math.inf
    return time.perf_counter() - began


def pages(tab: Any, address: str, thing: str) -> list[list[object]]:
    """The first page, a search, and a thing's pages."""
    rows: list[list[object]] = [["home", median(lambda: visited(tab, address, "document.querySelector('.kg-figures')")), 3.0]]

    def searched() -> float:
        visited(tab, address, "document.querySelector('.kg-figures')")
        tab.get_by_label("Search for").focus()
        began = time.perf_counter()
        tab.keyboard.type("micro")
        tab.wait_for_function(
            "document.querySelector('.kg-table a.kg-thing, .kg-said a.kg-thing, a.kg-thing') && !document.querySelector('.kg-figures')"
        )
        return time.perf_counter() - began

    rows.append(["search, first letter to results", median(searched), 0.3])
    for page, asked in (("incident", "incident:microsoft-corporate-email-2023"), ("organization", "org:microsoft"), ("thing", thing)):
        there = "document.querySelector('.kg-title h1') && !document.querySelector('[data-stale=true]')"
        rows.append([f"{page} ({asked})", median(partial(visited, tab, f"{address}/{page}?thing={asked}", there)), 1.0])
    return rows


def expanded(tab: Any, link: str, node: str) -> float:
    """Seconds from a double click until the new nodes are there."""
    visited(tab, link, DRAWN)
    tab.wait_for_timeout(1000)
    before = tab.evaluate(NODES)
    began = time.perf_counter()
    tab.evaluate("id => { kgCanvases.explore.cy.getElementById(id).emit('dbltap') }", node)
    tab.wait_for_function(f"{NODES} > {before}", timeout=30_000)
    return time.perf_counter() - began


def graph(tab: Any, address: str, workspace: Workspace) -> list[list[object]]:
    """First pictures, expanding, panning."""
    rows: list[list[object]] = []
    for size, wanted in ((60, 1.0), (500, 2.0), (2000, 4.0)):
        with workspace.open_store() as store:
            explorer = Explorer(store, workspace.addresses)
            starts = ("incident:microsoft-corporate-email-2023", "actor:apt29", "org:microsoft")
            start = busiest(explorer, [iri for name in starts if (iri := workspace.addresses.expand(name))])
            view = view_of_size(explorer, start, size)
            picture = explorer.picture(view)
            node = expandable(explorer, view, picture)
        if len(picture.nodes) < 0.9 * size:
            continue
        link = f"{address}/explore?view={view.packed(workspace.addresses)}"
        words = f"{len(picture.nodes):,} nodes, {len(picture.edges):,} edges"
        rows.append([f"first picture: {words}", median(partial(visited, tab, link, DRAWN)), wanted])
        rows.append([f"expanding a node: {words}", median(partial(expanded, tab, link, node)), 0.5])
        rows.append([f"panning, frames in a second: {words}", tab.evaluate(FRAMES), 30.0])
    return rows


def main() -> None:
    if chromium() is None:
        print("Chromium is not installed")
        return
    with tempfile.TemporaryDirectory() as base:
        demo = Path(base) / "demo"
        subprocess.run([sys.executable, "-m", "kg.cli.main", "demo", "--dir", str(demo)], check=True, capture_output=True)
        large = os.environ.get("KG_BENCH_WORKSPACE")
        for name, folder in (("demo", demo), *([("large", Path(large))] if large else [])):
            workspace = Workspace(folder)
            with workspace.open_store() as store:
                print(f"\n{name}: {len(store):,} quads\n")
            with serving(folder) as address, browsing() as tab:
                rows = [*pages(tab, address, "malware:sunburst"), *graph(tab, address, workspace)]
            table(("what", "measured", "wanted"), rows)


if __name__ == "__main__":
    main()
