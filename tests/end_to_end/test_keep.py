"""The pages that change a workspace, and those that judge it: adding, reviewing, read-only, analyses, quality."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kg.analysis.registry import ANALYSES
from kg.app.context import READ_ONLY, opened
from kg.app.pages.review import _answer, _decide
from kg.errors import UsageError
from kg.model.report import Answer
from kg.resources import folder
from kg.vocabulary import SamenessKind
from kg.workspace import Workspace, create_workspace
from tests.conftest import CHECKOUT
from tests.end_to_end import app_pages
from tests.end_to_end.app_pages import text
from tests.end_to_end.browser import chromium, page, serving

needs_chromium = pytest.mark.skipif(chromium() is None, reason="Chromium is not installed (the browser for this test)")
CASE = "incident:microsoft-corporate-email-2023"
ARTICLE = CHECKOUT / "tests" / "fixtures" / "articles" / "harbour-clinic.txt"
GOOD = """
report: {id: good, title: A good report, publisher: org:acme, published: 2024-01-01}
text: Acme was hit
incidents: [{id: acme-2024, title: Attack on Acme}]
organizations: [{id: acme, name: Acme}]
involvements: [{incident: acme-2024, party: acme, role: victim, evidence: Acme was hit}]
"""


def filled(place: Path) -> Workspace:
    made = create_workspace(place)
    made.ingest([folder("data") / "reports" / "microsoft-midnight-blizzard", folder("data") / "reference"])
    return made


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return filled(tmp_path_factory.mktemp("keep") / "workspace")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, str]]:
    made = filled(tmp_path_factory.mktemp("written") / "workspace")
    with serving(made.folder) as address:
        yield made, address


@needs_chromium
def test_adding_files_with_a_bad_one_among_them_then_reviewing(written: tuple[Workspace, str], tmp_path: Path) -> None:
    workspace, address = written
    (tmp_path / "good.yaml").write_text(GOOD)
    (tmp_path / "bad.yaml").write_text(GOOD.replace("role: victim", "role: nonsense"))
    with page(f"{address}/add") as tab:
        tab.locator("input[type=file]").set_input_files([str(ARTICLE), str(tmp_path / "good.yaml"), str(tmp_path / "bad.yaml")])
        tab.get_by_text("Put aside, and why").wait_for(timeout=60_000)
        assert "bad.yaml" in tab.locator(".kg-table").first.inner_text() and "role" in tab.locator(".kg-table").first.inner_text()
        tab.locator(".kg-text mark").first.wait_for()
        assert not [e for e in workspace.catalogue() if e.id == "good"]  # nothing is stored yet
        tab.get_by_role("button", name="Store 2 reports").click()
        tab.get_by_role("link", name="Review what was read").click(timeout=60_000)
        tab.get_by_text("wait for an answer").wait_for(timeout=30_000)
        before = tab.get_by_text("wait for an answer").inner_text()
        tab.get_by_role("button", name="Correct").first.click()
        tab.get_by_label("Correction").first.fill("nothing of sense")
        tab.get_by_role("button", name="Keep").first.click()
        tab.get_by_text("a correction is written as").wait_for(timeout=30_000)
        tab.keyboard.press("Escape")
        tab.get_by_role("button", name="Right").first.click()
        tab.get_by_text("1 answers").wait_for(timeout=30_000)
        assert tab.get_by_text("wait for an answer").inner_text() != before
        tab.get_by_text("1 answers").click()
        tab.get_by_role("button", name="Undo").first.click()
        tab.get_by_text(before).wait_for(timeout=30_000)
    assert {e.id for e in workspace.catalogue()} >= {"good"}


@needs_chromium
def test_two_browsers_and_a_writer_beside_them(written: tuple[Workspace, str], tmp_path: Path) -> None:
    workspace, address = written
    with page(f"{address}/incident") as one, page_in(one, f"{address}/incident?thing={CASE}") as other:
        one.get_by_text("Intrusion into Microsoft").first.wait_for(timeout=30_000)
        other.get_by_role("heading", name="Who was hit").wait_for(timeout=30_000)
        newer = GOOD.replace("good", "newer").replace("acme-2024", "acme-2025").replace("Attack on Acme", "Second attack")
        (tmp_path / "new.yaml").write_text(newer)
        assert not workspace.ingest([tmp_path / "new.yaml"]).rejects
        one.get_by_placeholder("filter by name").fill("second attack")
        one.get_by_role("link", name="Second attack").wait_for(timeout=30_000)
        other.get_by_role("link", name="Threat actors").click()
        other.get_by_role("heading", name="Threat actors").wait_for(timeout=30_000)


def page_in(tab: Any, address: str) -> Any:
    """A second page in the browser of another."""
    from contextlib import contextmanager

    @contextmanager
    def second() -> Iterator[Any]:
        opened_page = tab.context.browser.new_page()
        opened_page.goto(address)
        yield opened_page

    return second()


def test_read_only_hides_and_refuses_every_change(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(READ_ONLY, "1")
    assert "This app is read-only" in text(app_pages.opened(workspace, monkeypatch, "add"))
    review = app_pages.opened(workspace, monkeypatch, "review")
    assert not [b for b in review.button if b.label in ("Same", "Different", "Right", "Wrong", "Undo")]
    monkeypatch.setenv("KG_WORKSPACE", str(workspace.folder))
    with opened() as context:
        assert context.read_only
        for change in (
            lambda: _decide(context, "incident:a", "incident:b", SamenessKind.SAME),
            lambda: _answer(context, "report", "claim", Answer.ACCEPTED),
        ):
            with pytest.raises(UsageError, match="read-only"):
                change()


def test_deciding_and_undoing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = filled(tmp_path / "workspace")
    monkeypatch.setenv("KG_AUTHOR", "Ada Lovelace")
    test = app_pages.opened(workspace, monkeypatch, "review")
    assert not test.exception
    next(b for b in test.button if b.label == "Different").click().run()
    assert [(d.verdict, d.by) for d in workspace.decisions()] == [("different", "Ada Lovelace")]
    next(b for b in test.button if b.label == "Undo").click().run()
    assert not workspace.decisions() and not test.exception


@pytest.mark.parametrize("name", sorted(ANALYSES))
def test_every_analysis_has_its_page(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    asked = {
        "paths": {"a": "actor:apt29", "b": "org:peace-corps"}, "blast-radius": {"thing": "org:microsoft"},
        "consensus": {"incident": CASE}, "similar": {"actor": "actor:apt29"},
    }  # fmt: skip
    test = app_pages.opened(workspace, monkeypatch, "analysis", name=name, **asked.get(name, {}))
    assert not test.exception
    if name not in asked:
        next(b for b in test.button if b.label == "Calculate").click().run()
        assert not test.exception
    assert "kg-table" in text(test) or "No row" in text(test)


def test_an_analysis_of_what_is_unknown_says_so(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    test = app_pages.opened(workspace, monkeypatch, "analysis", name="similar", actor="nobody at all")
    assert not test.exception and "cannot be calculated" in text(test)


def test_quality(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    test = app_pages.opened(workspace, monkeypatch, "quality")
    shown = text(test)
    assert not test.exception and "state a confidence" in shown and "checked" in shown and "Every check passes" in shown
