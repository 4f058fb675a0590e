"""A view is made from a base near to it: the work for the first question as of a day is small, whatever share of the graph is later."""

from __future__ import annotations

import random
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import NamedNode

from kg.model.report import IncidentReport
from kg.store.oxigraph import OxigraphStore
from kg.store.views import BASES
from kg.views import known_on
from kg.workspace import Workspace, create_workspace
from tests.conftest import make_report
from tests.end_to_end.histories import QUICKLY, build, exported, nquads, reference, same, written
from tests.end_to_end.test_as_of import HISTORIES, SOME_DAYS, check

GAP = 120
REPORTS = 60
START = date(2020, 1, 1)


@pytest.fixture(autouse=True)
def small_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.store.views.GAP", GAP)


def day(n: int) -> date:
    return START + timedelta(days=10 * n)


def hit(n: int, party: str | None = None) -> IncidentReport:
    """A report on an incident of its own and on one that all tell of; every seventh denies what others say."""
    claims = [
        {"incident": f"incident:i{n}", "party": party or f"org:o{n % 9}", "role": "victim"},
        {"incident": "incident:all", "party": f"org:o{n % 5}", "role": "victim", "stance": "asserted" if n % 7 else "denied"},
    ]
    return make_report(f"r{n:03}", day(n).isoformat(), involvements=claims)


def shuffled(place: Path, reports: list[IncidentReport]) -> list[Path]:
    paths = written(place, reports)
    random.Random(place.name).shuffle(paths)
    return paths


@pytest.fixture
def whole(tmp_path: Path) -> Workspace:
    """Many reports that came in one run, in no order."""
    return build(tmp_path / "w", shuffled(tmp_path / "files", [hit(n) for n in range(REPORTS)]))


class Work:
    """Counts the quads of reports that are put into stores in directories, and taken out of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.quads = 0
        load, drop = OxigraphStore.load_lines, OxigraphStore.drop

        def loading(store: OxigraphStore, lines: object) -> None:
            kept = list(lines)  # type: ignore[call-overload]
            self.quads += len(kept) if store.path else 0
            load(store, kept)

        def dropping(store: OxigraphStore, graphs: object) -> None:
            kept: list[NamedNode] = list(graphs)  # type: ignore[call-overload]
            self.quads += sum(len(list(store.quads(graph))) for graph in kept)
            drop(store, kept)

        monkeypatch.setattr(OxigraphStore, "load_lines", loading)
        monkeypatch.setattr(OxigraphStore, "drop", dropping)


def keys(workspace: Workspace) -> list[str]:
    return [key for _, key in workspace.index.bases.sizes()]


def as_of(workspace: Workspace, then: date, place: Path) -> None:
    """Fail if the view is not the graph of a workspace that read only what was published by then."""
    paths = [workspace.folder / entry.file for entry in known_on(workspace.catalogue(), then)]
    with workspace.open_store(then) as store:
        same(nquads(store), exported(build(place / then.isoformat(), paths)))


def test_the_first_view_of_any_day_is_little_work(whole: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    total = sum(entry.quads for entry in whole.catalogue())
    assert total > 10 * GAP and len(keys(whole)) > BASES / 2
    largest = max(entry.quads for entry in whole.catalogue())
    gap = whole.index.bases.gap(total)
    with monkeypatch.context() as patch:
        work = Work(patch)
        for n in range(0, REPORTS, 3):
            whole.index.views.prune([], keep=0)
            work.quads = 0
            whole.open_store(day(n)).close()
            assert work.quads <= gap + largest, n


@pytest.mark.parametrize("n", [0, 17, 31, 44, 58])
def test_a_view_from_a_base_is_the_graph_of_then(whole: Workspace, tmp_path: Path, n: int) -> None:
    as_of(whole, day(n), tmp_path)


def test_bases_stay_of_use_when_reports_come_and_go(whole: Workspace, tmp_path: Path) -> None:
    before = keys(whole)
    whole.ingest(shuffled(tmp_path / "more", [hit(5, "org:another"), hit(33, "org:another"), make_report("late", "2020-06-01")]))
    whole.retract("r020", "Ada")
    assert keys(whole) == before
    for n in (4, 20, 40):
        as_of(whole, day(n), tmp_path)


def test_reports_that_come_day_by_day_leave_bases_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.store.views.BASES", 3)
    workspace = build(tmp_path / "w", *([path] for path in written(tmp_path / "f", [hit(n) for n in range(24)])))
    sizes = [quads for quads, _ in workspace.index.bases.sizes()]
    assert len(sizes) == 3
    gaps = [b - a for a, b in zip([0, *sizes], sizes, strict=False)]
    assert min(gaps) >= GAP and max(gaps) <= 4 * min(gaps)
    as_of(workspace, day(9), tmp_path)


def test_a_rebuild_makes_them_anew_and_a_purge_leaves_none_of_before(whole: Workspace, tmp_path: Path) -> None:
    before = keys(whole)
    whole.rebuild()
    assert len(keys(whole)) >= len(before) - 1 and not set(keys(whole)) & set(before)
    before = keys(whole)
    with whole.open_store(day(30)):
        whole.purge("r010", "Ada")
    assert keys(whole) and not set(keys(whole)) & set(before)
    assert not any("report/r010" in path.read_text() for path in whole.index.bases.folder.glob("*.json"))
    folders = {path.name for path in whole.index.bases.folder.iterdir() if path.is_dir()}
    assert folders == {"leases", *keys(whole)}
    as_of(whole, day(30), tmp_path)


def test_where_no_base_can_be_kept_a_view_is_made_all_the_same(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    workspace.index.bases.folder.write_text("in the way")
    workspace.ingest(shuffled(tmp_path / "files", [hit(n) for n in range(20)]))
    assert not keys(workspace)
    as_of(workspace, day(7), tmp_path)


def test_an_index_without_bases_works(whole: Workspace, tmp_path: Path) -> None:
    shutil.rmtree(whole.index.bases.folder)
    as_of(whole, day(20), tmp_path)


@settings(max_examples=6, deadline=None, phases=QUICKLY)
@given(HISTORIES, reference(), st.lists(SOME_DAYS, min_size=1, max_size=2), st.randoms())
def test_any_day_of_any_history_from_bases(reports: tuple[object, ...], known: object, days: list[date], chance: random.Random) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kg.store.views.GAP", 1)
        check(reports, known, days, chance)
