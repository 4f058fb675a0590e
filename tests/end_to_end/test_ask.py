"""Home, comparison and SPARQL: results as you type, two days side by side, errors with their line, limits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.app.pages import sparql
from kg.errors import LimitReached
from kg.resources import folder
from kg.workers import Workers
from kg.workspace import Workspace, create_workspace
from tests.end_to_end.app_pages import opened, text
from tests.end_to_end.browser import chromium, page, serving

needs_chromium = pytest.mark.skipif(chromium() is None, reason="Chromium is not installed (the browser for this test)")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = create_workspace(tmp_path_factory.mktemp("ask") / "workspace")
    made.ingest([folder("data") / "reports" / "microsoft-midnight-blizzard", folder("data") / "reference"])
    return made


@pytest.fixture(scope="module")
def address(workspace: Workspace) -> Iterator[str]:
    with serving(workspace.folder) as found:
        yield found


def test_home_shows_what_there_is(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shown = text(opened(workspace, monkeypatch))
    assert "The first case in five steps" in shown and "Latest disclosures" in shown and "compare?thing=" in shown
    early = text(opened(workspace, monkeypatch, **{"as-of": "2024-01-20"}))
    assert "Bloomberg" not in early
    empty = create_workspace(tmp_path / "empty")
    empty.rebuild()
    assert "No report yet" in text(opened(empty, monkeypatch))


def test_two_days_side_by_side(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    case = "incident:microsoft-corporate-email-2023"
    shown = text(opened(workspace, monkeypatch, "compare", thing=case, **{"from": "2024-02-01", "to": "2024-07-03"}))
    then, _, added = shown.partition("What 2024-07-03 adds")
    assert "Known on 2024-02-01" in then and "Veterans" not in then and "U.S. Department of Veterans Affairs" in added
    wrong = text(opened(workspace, monkeypatch, "compare", thing=case, **{"from": "2024-07-03", "to": "2024-02-01"}))
    assert "lies before the first" in wrong


def test_a_query_that_takes_too_long_is_said_to_be_stopped(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise LimitReached("the query took longer than 30 s and was stopped")

    monkeypatch.setattr(Workers, "ask", stopped)
    shown = text(opened(workspace, monkeypatch, "sparql", query="SELECT * { ?a ?b ?c }"))
    assert "Stopped" in shown and "longer than 30 s" in shown


def test_a_query_too_long_for_an_address_is_not_cut_into_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    long, address = "ASK {} #" + "x" * 7000, {"query": "ASK {}"}
    state = {"text": "ASK {}", "saved": None}
    monkeypatch.setattr(sparql.st, "session_state", {sparql.STATE: state})
    monkeypatch.setattr(sparql.st, "query_params", address)
    sparql._run(long)
    assert address == {} and state["text"] == long
    sparql._run("ASK { ?a ?b ?c }")
    assert address == {"query": "ASK { ?a ?b ?c }"}


@needs_chromium
def test_searching_as_one_types(address: str) -> None:
    with page(address) as tab:
        tab.get_by_placeholder("a name, alias or identifier: Cozy Bear").press_sequentially("midnight bliz", delay=20)
        tab.get_by_role("table").get_by_role("link", name="Midnight Blizzard").first.wait_for(timeout=30_000)
        tab.get_by_role("link", name="Threat actors").click()
        tab.get_by_role("heading", name="Threat actors").wait_for(timeout=30_000)


@needs_chromium
def test_asking(address: str) -> None:
    with page(f"{address}/sparql?query=SELECT%20%3Fa%20%7B%0A%20%20nonsense%0A%7D") as tab:
        tab.get_by_text("This query cannot be answered").wait_for(timeout=30_000)
        tab.get_by_text("line 2", exact=False).first.wait_for()
        tab.locator(".cm-lintRange-error").wait_for()
        tab.locator(".cm-content").click()
        tab.keyboard.press("Control+a")
        tab.keyboard.type("SELECT ?party { incident:x ikg:vic", delay=10)
        tab.locator(".cm-tooltip-autocomplete").get_by_text("ikg:victim").first.wait_for()
        tab.keyboard.press("Escape")
        tab.keyboard.press("Control+a")
        tab.keyboard.type("SELECT ?incident ?party { ?incident ikg:victim ?party }")
        tab.keyboard.press("Control+Enter")
        tab.get_by_role("table").get_by_role("link", name="Microsoft").first.wait_for(timeout=30_000)
        with tab.expect_download() as download:
            tab.get_by_role("button", name="CSV").click()
        assert download.value.path().read_text().startswith("incident,party\n")
        tab.locator(".cm-content").click()
        tab.keyboard.press("Control+a")
        tab.keyboard.type("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
        tab.keyboard.press("Control+Enter")
        tab.get_by_role("button", name="Cancel").click(timeout=30_000)
        tab.get_by_text("the query was cancelled").wait_for(timeout=30_000)
    with page(f"{address}/sparql?saved=CQ10&p-incident=incident:microsoft-corporate-email-2023") as tab:
        tab.get_by_role("table").get_by_role("link", name="Peace Corps").first.wait_for(timeout=30_000)
        tab.get_by_role("radio", name="graph").or_(tab.get_by_role("button", name="graph")).first.click()
        tab.wait_for_function("window.kgCanvases?.answer?.fitted", timeout=30_000)
