"""The app: a thing with claims and words, its drawing, its Turtle; in Streamlit's own harness and in real Chromium."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse
from streamlit.testing.v1 import AppTest

from kg.app.graph import drawing, neighbourhood
from kg.resources import folder
from kg.story import Story
from kg.workspace import Workspace, create_workspace
from tests.conftest import CHECKOUT
from tests.end_to_end.browser import chromium, page, serving

HOSTILE = """
report: {id: hostile, title: "<img src=x onerror=alert(1)> [x](javascript:alert(1))", publisher: org:acme, published: 2024-01-01}
text: "said </script><script>alert(1)</script> so"
incidents: [{id: hostile, title: "<script>alert(1)</script> **bold**"}]
organizations: [{id: acme, name: "</text><script>alert(1)</script>"}]
involvements: [{incident: hostile, party: acme, role: victim, evidence: "</script><script>alert(1)</script>"}]
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    place = tmp_path_factory.mktemp("app")
    (place / "hostile.yaml").write_text(HOSTILE)
    made = create_workspace(place / "workspace")
    result = made.ingest([folder("data") / "reports" / "microsoft-midnight-blizzard", folder("data") / "reference", place / "hostile.yaml"])
    assert not result.rejects
    return made


def opened(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, **query: str) -> AppTest:
    monkeypatch.setenv("KG_WORKSPACE", str(workspace.folder))
    test = AppTest.from_file(str(CHECKOUT / "app.py"), default_timeout=60)
    for name, value in query.items():
        test.query_params[name] = value
    return test.run()


def text(test: AppTest) -> str:
    return "\n".join(str(e.value) for kind in (test.markdown, test.header, test.caption, test.warning, test.info, test.error) for e in kind)


def test_an_address_opens_a_thing_with_its_words(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    test = opened(workspace, monkeypatch, thing="incident:microsoft-corporate-email-2023")
    assert not test.exception
    shown = text(test)
    assert "Intrusion into Microsoft's corporate e" in shown and "our summary, characters" in shown
    assert "asserted by U\\.S\\. Department of Veterans Affairs" in shown or "asserted by U.S. Department of Veterans Affairs" in shown


def test_searching_finds_and_unknown_says_so(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not opened(workspace, monkeypatch, search="midnight blizard").exception
    assert "Nothing of that name" in text(opened(workspace, monkeypatch, search="qqqqqqqqqq"))
    assert "does not speak" in text(opened(workspace, monkeypatch, thing="org:nobody"))


def test_as_of_a_day(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    early = opened(workspace, monkeypatch, **{"thing": "incident:microsoft-corporate-email-2023", "as-of": "2024-02-01"})
    assert not early.exception and "Veterans" not in text(early) and "Midnight Blizzard" in text(early)
    assert early.query_params["as-of"] in ("2024-02-01", ["2024-02-01"])
    assert "as of 2024-02-01" in text(opened(workspace, monkeypatch, **{"thing": "asset:va-test-environment", "as-of": "2024-02-01"}))
    assert "Nothing of that name" in text(opened(workspace, monkeypatch, **{"search": "teamviewer internal", "as-of": "2024-02-01"}))
    assert not opened(workspace, monkeypatch, **{"thing": "org:microsoft", "as-of": "rubbish"}).exception


def test_without_a_workspace_the_page_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_WORKSPACE", str(tmp_path / "none"))
    test = AppTest.from_file(str(CHECKOUT / "app.py"), default_timeout=60).run()
    assert not test.exception and "kg init" in text(test)


def test_the_drawing_is_bounded_stable_and_only_text(workspace: Workspace) -> None:
    with workspace.open_store() as store:
        story = Story(store, workspace.addresses)
        iri = workspace.addresses.expand("incident:microsoft-corporate-email-2023") or ""
        found = neighbourhood(story, iri, bound=20)
        assert len(found.graph) == 20 and found.left_out > 0
        assert drawing(found, workspace.addresses) == drawing(neighbourhood(story, iri, bound=20), workspace.addresses)
        assert not any("dsmy" in node for node in neighbourhood(story, iri, bound=500).graph)
        hostile = drawing(neighbourhood(story, workspace.addresses.expand("incident:hostile") or ""), workspace.addresses)
        assert "<script" not in hostile and "&lt;script&gt;" in hostile


def test_in_chromium(workspace: Workspace, tmp_path: Path) -> None:
    if chromium() is None:
        pytest.skip("Chromium is not installed (the browser for this test)")
    with serving(workspace.folder) as address:
        with page(f"{address}/?search=midnight+blizard") as tab:
            tab.get_by_text("APT29", exact=False).first.wait_for(timeout=30_000)
        with page(f"{address}/?thing=incident:microsoft-corporate-email-2023") as tab:
            tab.frame_locator("iframe").locator("svg[aria-label=neighbourhood]").wait_for(timeout=30_000)
            assert tab.frame_locator("iframe").locator("svg[aria-label=neighbourhood] circle").count() > 15
            tab.get_by_role("tab", name="Claims and words").click()
            tab.get_by_text("characters", exact=False).first.wait_for(timeout=30_000)
            with tab.expect_download() as download:
                tab.get_by_text("Turtle of this thing").click()
            download.value.save_as(tmp_path / "thing.ttl")
        assert sum(1 for _ in parse(path=str(tmp_path / "thing.ttl"), format=RdfFormat.TURTLE)) > 300
        with page(f"{address}/?thing=incident:hostile") as tab:
            dialogs: list[str] = []
            tab.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
            tab.frame_locator("iframe").locator("svg[aria-label=neighbourhood]").wait_for(timeout=30_000)
            tab.get_by_role("tab", name="Claims and words").click()
            assert tab.get_by_text("<script>alert(1)</script>", exact=False).count() > 0 and dialogs == []
