"""The app: a thing with claims and words, its drawing, its Turtle; in Streamlit's own harness and in real Chromium."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse
from streamlit.testing.v1 import AppTest

from kg.app import show
from kg.resources import folder
from kg.workspace import Workspace, create_workspace
from tests.conftest import CHECKOUT
from tests.end_to_end.app_pages import opened, text
from tests.end_to_end.browser import answering, chromium, free_port, page, serving

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


def test_an_address_opens_a_thing_with_its_words(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    test = opened(workspace, monkeypatch, page="thing", thing="incident:microsoft-corporate-email-2023")
    assert not test.exception
    shown = text(test)
    assert "Intrusion into Microsoft&#39;s corporate e" in shown and "our summary" in shown
    assert "asserted by <b><bdi>U.S. Department of Veterans Affairs" in shown


def test_searching_finds_and_unknown_says_so(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "APT29" in text(opened(workspace, monkeypatch, search="midnight blizard"))
    assert "Nothing of that name" in text(opened(workspace, monkeypatch, search="qqqqqqqqqq"))
    assert "does not speak" in text(opened(workspace, monkeypatch, page="thing", thing="org:nobody"))


def test_as_of_a_day(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    early = opened(workspace, monkeypatch, **{"page": "thing", "thing": "incident:microsoft-corporate-email-2023", "as-of": "2024-02-01"})
    assert not early.exception and "Veterans" not in text(early) and "Midnight Blizzard" in text(early)
    assert early.query_params["as-of"] in ("2024-02-01", ["2024-02-01"])
    assert "as of 2024-02-01" in text(early)
    later = {"page": "thing", "thing": "asset:va-test-environment", "as-of": "2024-02-01"}
    assert "does not speak" in text(opened(workspace, monkeypatch, **later))
    assert "Nothing of that name" in text(opened(workspace, monkeypatch, **{"search": "teamviewer internal", "as-of": "2024-02-01"}))
    assert not opened(workspace, monkeypatch, **{"thing": "org:microsoft", "as-of": "rubbish"}).exception


def test_without_a_workspace_the_page_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_WORKSPACE", str(tmp_path / "none"))
    test = AppTest.from_file(str(CHECKOUT / "app.py"), default_timeout=60).run()
    assert not test.exception and "kg init" in text(test)


def test_only_safe_pieces_are_drawn() -> None:
    with pytest.raises(TypeError, match="not a safe piece"):
        show.html("<b>from a report</b>")  # type: ignore[arg-type]
    assert "<script" not in show.name("<script>alert(1)</script>") and "U+202E" in show.name("a\u202eb")


def test_in_chromium(workspace: Workspace, tmp_path: Path) -> None:
    if chromium() is None:
        pytest.skip("Chromium is not installed (the browser for this test)")
    with serving(workspace.folder) as address:
        with page(f"{address}/?search=midnight+blizard&as-of=2024-12-31") as tab:
            found = tab.get_by_role("table").get_by_role("link", name="APT29")
            found.click()  # a link inside the app: the page is not loaded again
            tab.get_by_role("heading", name="APT29").wait_for(timeout=30_000)
            assert "thing=actor" in tab.url and "as-of=2024-12-31" in tab.url
            tab.go_back()
            found.wait_for(timeout=30_000)
        with page(f"{address}/thing?thing=incident:microsoft-corporate-email-2023") as tab:
            tab.get_by_text("our summary", exact=False).first.wait_for(timeout=30_000)
            with tab.expect_download() as download:
                tab.get_by_role("button", name="Turtle").click()
            download.value.save_as(tmp_path / "thing.ttl")
        assert sum(1 for _ in parse(path=str(tmp_path / "thing.ttl"), format=RdfFormat.TURTLE)) > 300
        with page(f"{address}/thing?thing=incident:hostile") as tab:
            dialogs: list[str] = []
            tab.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
            tab.get_by_text("</script><script>alert(1)</script>", exact=False).first.wait_for(timeout=30_000)
            assert dialogs == [] and tab.locator("h1 script, blockquote script").count() == 0


def test_from_an_incident_to_the_words(workspace: Workspace) -> None:
    if chromium() is None:
        pytest.skip("Chromium is not installed (the browser for this test)")
    with serving(workspace.folder) as address, page(f"{address}/incident?thing=incident:microsoft-corporate-email-2023") as tab:
        tab.get_by_role("heading", name="Who was hit").wait_for(timeout=30_000)
        tab.get_by_role("heading", name="Named in the same reports, and no victims").wait_for()
        tab.locator(".kg-said", has_text="Texas General Land Office").first.locator("a.kg-ev").first.click()
        tab.locator("mark.kg-chosen").first.wait_for(timeout=30_000)
        assert "Land Office" in tab.locator(".kg-chosen .kg-claim").inner_text()
        tab.go_back()
        tab.locator(".kg-said", has_text="APT29").first.get_by_role("link", name="APT29").click()
        tab.get_by_role("heading", name="Names, by who uses them").wait_for(timeout=30_000)
        tab.get_by_role("link", name="Incidents").click()
        tab.get_by_placeholder("filter by name").fill("sharepoint qqq")
        tab.get_by_text("Nothing of that name").wait_for(timeout=30_000)


def test_every_page_shows_hostile_names_as_text(workspace: Workspace) -> None:
    if chromium() is None:
        pytest.skip("Chromium is not installed (the browser for this test)")
    asked = ["incident?thing=incident:hostile", "organization?thing=org:acme", "report?report=report:hostile", "incident"]
    asked.append("?search=%3Cscript%3Ealert(1)%3C/script%3E")
    with serving(workspace.folder) as address, page("about:blank") as tab:
        dialogs: list[str] = []
        tab.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        for one in asked:
            tab.goto(f"{address}/{one}")
            tab.get_by_text("<script>alert(1)</script>").first.wait_for(timeout=30_000)
            assert tab.locator(".stMain script:has-text('alert')").count() == 0
        assert dialogs == []


def test_a_link_opens_the_blast_radius(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = text(opened(workspace, monkeypatch, "organization", thing="org:microsoft", radius="forwards"))
    assert "standing" in shown and "reached" in shown


def test_who_ends_kg_app_ends_the_server(workspace: Workspace) -> None:
    port = free_port()
    command = [sys.executable, "-m", "kg.cli.main", "--workspace", str(workspace.folder), "app", "--port", str(port)]
    started = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        answering(f"http://127.0.0.1:{port}", started)
    finally:
        started.terminate()
        started.wait(20)
    with socket.socket() as again:
        assert again.connect_ex(("127.0.0.1", port)) != 0
