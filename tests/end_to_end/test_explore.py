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
LABELS = "kgCanvases.explore.cy.nodes().map(n => n.data('label'))"
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
        tab.get_by_test_id("stToast").get_by_text("things").wait_for()
        tab.wait_for_function("document.querySelector('[data-testid=stApp]').dataset.testScriptState !== 'running'")
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
        labels = tab.evaluate(LABELS)
        assert "APT29" in labels and not [name for name in labels if "Texas" in name or "Veterans" in name]
    with page(f"{address}/explore?thing=incident:hostile") as tab:
        dialogs: list[str] = []
        tab.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        drawn(tab)
        assert "<script>alert(1)</script> **bold**" in tab.evaluate(LABELS)
        assert "<script" not in tab.evaluate("kgCanvases.explore.svg()")
        tab.evaluate("() => { kgCanvases.explore.cy.nodes()[0].select() }")
        tab.get_by_text("Around it").wait_for()
        assert dialogs == []
    with page(f"{address}/explore?thing=org:nobody-at-all") as tab:
        tab.get_by_text("does not speak of").wait_for()


def test_starting_in_other_ways(address: str) -> None:
    with page(f"{address}/explore?saved=CQ10&incident=incident:microsoft-corporate-email-2023") as tab:
        drawn(tab)
        assert {"Microsoft", "Peace Corps"} <= set(tab.evaluate(LABELS))
        tab.goto(f"{address}/explore?from=actor:apt29&to=org:peace-corps")
        tab.wait_for_function(f"window.kgCanvases?.explore?.cy && !!({node('APT29')}) && !!({node('Peace Corps')})")
        assert tab.evaluate("kgCanvases.explore.cy.edges().length") >= 2
        # what was on the screen is there again after a look at another page
        before = tab.evaluate("kgCanvases.explore.positions()")
        tab.get_by_role("link", name="Home").click()
        tab.get_by_text("Latest disclosures").wait_for()
        tab.get_by_role("link", name="Explore", exact=True).first.click()
        tab.wait_for_function("document.querySelector('.kg-canvas') && location.search.includes('view=')")
        assert tab.evaluate("kgCanvases.explore.positions()") == before
        # adding by name leaves everything where it is
        tab.get_by_role("button", name="Add", exact=False).first.click()
        tab.get_by_label("A thing", exact=True).fill("teamviewer")
        tab.get_by_role("button", name="TeamViewer", exact=False).first.click()
        tab.wait_for_function(f"{NODES} > {len(before)}")
        after = tab.evaluate("kgCanvases.explore.positions()")
        assert {iri: after[iri] for iri in before} == before
        for broken in ("view=rubbish", "saved=CQ999", "saved=CQ10&incident=incident:nothing-of-this"):
            tab.goto(f"{address}/explore?{broken}")
            tab.locator(".kg-nothing").wait_for()
            assert not tab.get_by_test_id("stException").count()


def test_a_saved_view_opens_with_its_day_and_places(address: str, tmp_path: Path) -> None:
    with page(f"{address}/{CASE}&as-of=2024-02-01") as tab:
        drawn(tab)
        count = tab.evaluate(NODES)
        tab.get_by_role("button", name="Keep all positions").click()
        tab.wait_for_function("kgCanvases.explore.cy.nodes('.pinned').length > 3")
        tab.get_by_role("button", name="Take away").click()
        with tab.expect_download() as download:
            tab.get_by_role("button", name="Save view").click()
        download.value.save_as(tmp_path / "view.json")
        places = tab.evaluate("kgCanvases.explore.positions()")
    with page(f"{address}/explore?thing=org:microsoft") as tab:
        drawn(tab)
        tab.get_by_role("button", name="Take away").click()
        tab.locator("input[type=file]").set_input_files(tmp_path / "view.json")
        tab.wait_for_function(f"{NODES} == {count} && location.search.includes('as-of=2024-02-01')")
        assert tab.evaluate("kgCanvases.explore.positions()") == places
