"""The Explore page in real Chromium: what is on the screen never jumps, undo, paths, shared links, files, hostile labels."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import RdfFormat, parse

from kg.resources import folder
from kg.workspace import create_workspace
from tests.end_to_end.browser import chromium, page, serving
from tests.end_to_end.test_app import HOSTILE

pytestmark = pytest.mark.skipif(chromium() is None, reason="Chromium is not installed (the browser for this test)")
CASE = "explore?thing=incident:microsoft-corporate-email-2023"
NODES = "Object.keys(kgCanvases.explore.positions()).length"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    place = tmp_path_factory.mktemp("explore")
    (place / "hostile.yaml").write_text(HOSTILE)
    made = create_workspace(place / "workspace")
    made.ingest([folder("data") / "reports" / "microsoft-midnight-blizzard", folder("data") / "reference", place / "hostile.yaml"])
    with serving(made.folder) as found:
        yield found


def drawn(tab: Any) -> None:
    tab.wait_for_function("window.kgCanvases?.explore?.fitted", timeout=30_000)


def node(name: str) -> str:
    return f"kgCanvases.explore.cy.nodes().filter(n => n.data('label') == '{name}')[0]"


def test_walking(address: str) -> None:
    with page(f"{address}/{CASE}&as-of=2024-12-31") as tab:
        drawn(tab)
        before = tab.evaluate("kgCanvases.explore.positions()")
        tab.evaluate(f"() => {{ {node('APT29')}.emit('dbltap') }}")  # expands
        tab.wait_for_function(f"{NODES} > {len(before)}")
        after = tab.evaluate("kgCanvases.explore.positions()")
        assert all(after[iri] == place for iri, place in before.items())
        tab.evaluate(f"() => {{ {node('APT29')}.select() }}")
        tab.get_by_text("Around it").wait_for()
        assert tab.evaluate("kgCanvases.explore.positions()") == after  # a run of the page moves nothing
        tab.locator(".kg-canvas").focus()
        tab.keyboard.press("p")
        tab.wait_for_function(f"{node('APT29')}.hasClass('pinned')")
        shared = tab.url
        assert "view=" in shared and "as-of=2024-12-31" in shared
        tab.keyboard.press("z")
        tab.wait_for_function(f"!{node('APT29')}.hasClass('pinned')")
        tab.keyboard.press("z")
        tab.wait_for_function(f"{NODES} == {len(before)}")
        assert tab.evaluate("kgCanvases.explore.positions()") == before
    with page(shared) as tab:
        drawn(tab)
        assert set(tab.evaluate("kgCanvases.explore.positions()")) == set(after)
        assert tab.evaluate(f"{node('APT29')}.hasClass('pinned')")


def test_paths_evidence_and_files(address: str, tmp_path: Path) -> None:
    with page(f"{address}/{CASE}") as tab:
        drawn(tab)
        tab.evaluate("() => { const c = kgCanvases.explore.cy; c.edges().filter(e => e.target().data('label') == 'APT29')[0].select() }")
        tab.get_by_text("The threat actor is Midnight Blizzard").first.wait_for()
        both = f"{node('APT29')}.select(); {node('Peace Corps')}.select()"
        tab.evaluate(f"() => {{ kgCanvases.explore.cy.elements().unselect(); {both} }}")
        tab.get_by_role("button", name="Shortest paths").click()
        tab.get_by_text("things", exact=False).first.wait_for()
        for button, name in (("Turtle, with claims", "view.ttl"), ("GraphML", "view.graphml"), ("CSV of the edges", "view.csv")):
            if not tab.get_by_role("button", name=button).count():
                tab.get_by_role("button", name="Take away").click()
            with tab.expect_download() as download:
                tab.get_by_role("button", name=button).click()
            download.value.save_as(tmp_path / name)
        assert sum(1 for _ in parse(path=str(tmp_path / "view.ttl"), format=RdfFormat.TURTLE)) > 500
        tab.keyboard.press("Escape")
        for button, name, start in (("Picture as PNG", "graph.png", b"\x89PNG"), ("Picture as SVG", "graph.svg", b"<svg")):
            with tab.expect_download() as download:
                tab.get_by_role("button", name=button).click()
            download.value.save_as(tmp_path / name)
            assert (tmp_path / name).read_bytes().startswith(start)
        assert b"Midnight" not in (tmp_path / "graph.svg").read_bytes() and b"APT29" in (tmp_path / "graph.svg").read_bytes()


def test_as_of_changes_what_is_shown_and_hostile_labels_are_text(address: str) -> None:
    with page(f"{address}/{CASE}&as-of=2024-02-01") as tab:
        drawn(tab)
        labels = tab.evaluate("kgCanvases.explore.cy.nodes().map(n => n.data('label'))")
        assert "APT29" in labels and not [name for name in labels if "Texas" in name or "Veterans" in name]
    with page(f"{address}/explore?thing=incident:hostile") as tab:
        dialogs: list[str] = []
        tab.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        drawn(tab)
        assert "<script>alert(1)</script> **bold**" in tab.evaluate("kgCanvases.explore.cy.nodes().map(n => n.data('label'))")
        assert "<script" not in tab.evaluate("kgCanvases.explore.svg()")
        tab.evaluate("() => { kgCanvases.explore.cy.nodes()[0].select() }")
        tab.get_by_text("Around it").wait_for()
        assert dialogs == []
    with page(f"{address}/explore?thing=org:nobody-at-all") as tab:
        tab.get_by_text("does not speak of").wait_for()
