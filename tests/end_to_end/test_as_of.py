"""What was known on a day: the answers and exports are those of a workspace that read only what was published by then."""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.model.report import IncidentReport
from kg.resolver import resolve
from kg.resources import folder
from kg.store.views import KEEP
from kg.views import hidden_on, known_on
from kg.workspace import Workspace
from tests.conftest import make_report
from tests.end_to_end.command import kg
from tests.end_to_end.histories import ALL, CASE, OTHERS, QUICKLY, A, answers, build, exported, nquads, reference, report, same, written

DATES = [date.fromisoformat(d) for d in ("2015-06-30", "2024-01-19", "2024-02-01", "2024-06-26", "2024-06-29", "2024-07-31", "2099-12-31")]


def view(workspace: Workspace, day: date) -> bytes:
    with workspace.open_store(day) as store:
        return nquads(store)


def forget_views(workspace: Workspace) -> None:
    shutil.rmtree(workspace.folder / "store" / "views", ignore_errors=True)


# ── the bundled data ─────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with all bundled data, and a report without a date."""
    place = tmp_path_factory.mktemp("everything")
    undated = written(
        place / "more", [make_report("undated", None, involvements=[{"incident": CASE, "party": "org:sec", "role": "victim"}])]
    )
    return build(place / "w", [folder("data")], undated)


@pytest.fixture(scope="module")
def smaller(everything: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[date, Workspace]]:
    """For each date a workspace that read only what was published by then, in an order of its own."""
    made = {}
    for day in DATES:
        paths = [everything.folder / entry.file for entry in known_on(everything.catalogue(), day)]
        random.Random(day.isoformat()).shuffle(paths)
        made[day] = build(tmp_path_factory.mktemp("smaller") / "w", paths[:7], paths[7:])
    yield made


@pytest.mark.parametrize("day", DATES, ids=str)
def test_a_view_is_the_graph_of_what_was_published_by_then(everything: Workspace, smaller: dict[date, Workspace], day: date) -> None:
    there = view(everything, day)
    same(there, view(smaller[day], day))
    if everything_counts_by(day, smaller[day]):
        same(there, exported(smaller[day]))


def everything_counts_by(day: date, workspace: Workspace) -> bool:
    """Whether no reference file has a naming or sameness that counts from a later day on only."""
    later = (
        "ASK { ?c a ?kind ; ikg:statedIn/a ikg:ReferenceFile ; ikg:start ?s FILTER (?kind IN (ikg:Naming, ikg:Sameness) && STR(?s) > ?d) }"
    )
    from pyoxigraph import Literal

    with workspace.open_store() as store:
        return not store.query(later, {"d": Literal(f"{day.isoformat()}T23:59:59Z")}).boolean


@pytest.mark.parametrize("day", [DATES[1], DATES[4]], ids=str)
def test_the_answers_to_all_questions_are_those_of_then(everything: Workspace, smaller: dict[date, Workspace], day: date) -> None:
    with everything.open_store(day) as now, smaller[day].open_store(day) as then:
        assert answers(now) == answers(then)


@pytest.mark.slow
@pytest.mark.parametrize("day", DATES, ids=str)
def test_the_answers_on_every_date(everything: Workspace, smaller: dict[date, Workspace], day: date) -> None:
    with everything.open_store(day) as now, smaller[day].open_store(day) as then:
        assert answers(now, OTHERS, ALL) == answers(then, OTHERS, ALL)


def test_the_last_date_has_all_but_the_undated(everything: Workspace) -> None:
    assert A.report("undated") in (out := hidden_on(everything.catalogue(), date.max))
    assert out == [e.graph for e in everything.catalogue() if e.published is None and not e.is_reference]
    assert "report/undated" not in view(everything, date.max).decode() and "report/undated" in exported(everything).decode()
    with everything.open_store(date.min) as store:
        graphs = {g.value for g in store.graphs()}
    assert graphs and not any("/id/report/" in g for g in graphs)


def test_a_view_does_not_depend_on_what_it_was_made_from(everything: Workspace) -> None:
    days = [DATES[5], DATES[1], DATES[3], DATES[2]]
    forget_views(everything)
    from_others = {day: view(everything, day) for day in days}
    for day in (DATES[3], DATES[1]):
        forget_views(everything)
        same(from_others[day], view(everything, day))


def test_names_are_those_of_then(everything: Workspace, smaller: dict[date, Workspace]) -> None:
    words = [
        "Microsoft", "Midnight Blizzard", "Cozy Bear", "NOBELIUM", "Department of Veterans Affairs", "microsft", "breach", "SolarWinds",
        "Russian hackers", "MSFT", "G0016", "the", "Texas", "peace corps", "Snowflake", "report", "2024",
    ]  # fmt: skip
    for day in (DATES[0], DATES[2], DATES[3]):
        with (
            everything.names(day) as names, smaller[day].names(day) as only,
            everything.open_store(day) as store, smaller[day].open_store(day) as small,
        ):  # fmt: skip
            for word in words:
                assert names.search(word) == only.search(word), (day, word)
                assert resolve(word, names, store, A) == resolve(word, only, small, A), (day, word)


def test_no_name_of_later_reports_is_found(everything: Workspace) -> None:
    hidden = set(hidden_on(everything.catalogue(), DATES[2]))
    with everything.names() as names, everything.names(DATES[2]) as then, everything.open_store(DATES[2]) as store:
        found = 0
        for entry in everything.catalogue():
            hits = [hit for hit in then.exact(entry.id) if hit.iri == entry.graph]
            assert bool(hits) == (entry.graph not in hidden and not entry.is_reference), entry.id
            assert [hit for hit in names.exact(entry.id) if hit.iri == entry.graph] or entry.is_reference
            found += bool(hits)
        assert found
        assert not any(store.match(graph=graph) and graph.value in hidden for graph in store.graphs())


def test_the_commands_agree_on_a_day(everything: Workspace, smaller: dict[date, Workspace]) -> None:
    day = DATES[3]
    for words in (
        ["resolve", "Midnight Blizzard", "Department of Veterans Affairs", "Peace Corps", "--format", "json"],
        ["search", "veterans", "--format", "json"],
        ["show", CASE, "--format", "json"],
        ["show", "actor:apt29"],
        ["timeline", CASE],
        ["timeline", CASE, "--format", "json"],
        ["export", "-", "--format", "nquads"],
        ["export", "-", "--format", "turtle", "--about", CASE],
        ["query", "CQ20", "--format", "csv"],
        ["query", "-e", "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"],
    ):
        now, then = (kg("-w", w.folder, *words, "--as-of", day) for w in (everything, smaller[day]))
        assert now.code == 0 and now.out == then.out and now.out.strip(), words
    later = kg("-w", everything.folder, "show", "report:microsoft-8k-2024-01-19", "--as-of", "2024-01-18")
    assert later.code == 2 and later.err.count("\n") == 1


def test_a_month_is_its_last_day(everything: Workspace) -> None:
    def count(day: str) -> str:
        return kg(
            "-w", everything.folder, "query", "-e", "SELECT (COUNT(*) AS ?n) { ?r a ikg:Report }", "--as-of", day, "--format", "csv"
        ).out

    assert count("2024-06") == count("2024-06-30") != count("2024-06-01")
    assert count("2024") == count("2024-12-31")


@pytest.mark.parametrize("day", ["", "yesterday", "2024-13-01", "2024-02-30", "20240201x", "9999-12-31"])
def test_what_is_no_date_is_said_in_one_line(everything: Workspace, day: str) -> None:
    for words in (["query", "CQ01"], ["search", "x"], ["resolve", "x"], ["show", CASE], ["timeline", CASE], ["export", "-"]):
        done = kg("-w", everything.folder, *words, f"--as-of={day}")
        assert done.code == 2 and done.out == "" and "Invalid value for '--as-of'" in done.err, words


@pytest.mark.parametrize("day", ["9999-12-30", "0001-01-01", "1000-01-01"])
def test_the_first_and_last_day_that_there_are(everything: Workspace, day: str) -> None:
    done = kg("-w", everything.folder, "query", "-e", "SELECT (COUNT(*) AS ?n) { ?r a ikg:Report }", "--as-of", day, "--format", "csv")
    assert done.code == 0 and done.out.split() == [
        "n",
        str(len(known_on(everything.catalogue(), date.fromisoformat(day))) - references(everything)),
    ]


def references(workspace: Workspace) -> int:
    return sum(entry.is_reference for entry in workspace.catalogue())


# ── views are kept ───────────────────────────────────────────────────────────────────────────


@pytest.fixture
def little(tmp_path: Path) -> Workspace:
    """Two reports of January and March."""
    reports = [hit("r1", "2024-01-10", "org:one"), hit("r2", "2024-03-01", "org:two")]
    return build(tmp_path / "w", written(tmp_path / "files", reports))


def hit(report_id: str, published: str | None, party: str, **more: object) -> IncidentReport:
    return make_report(report_id, published, involvements=[{"incident": "incident:i", "party": party, "role": "victim", **more}])


def kept(workspace: Workspace) -> dict[str, int]:
    return {k.key: (workspace.index.views.folder / k.key).stat().st_ino for k in workspace.index.views.kept()}


def test_a_view_is_made_once_and_stays_when_later_reports_come(little: Workspace, tmp_path: Path) -> None:
    before = view(little, date(2024, 2, 1))
    made = kept(little)
    assert len(made) == 1
    assert view(little, date(2024, 2, 1)) == before == view(little, date(2024, 1, 31)) and kept(little) == made
    little.ingest(written(tmp_path / "more", [hit("r3", "2024-04-01", "org:c"), hit("r4", None, "org:c")]))
    assert view(little, date(2024, 2, 1)) == before and kept(little) == made
    little.ingest(written(tmp_path / "more", [hit("r5", "2024-01-31", "org:c")]))
    assert view(little, date(2024, 2, 1)) != before and len(kept(little)) == 2


def test_a_corrected_report_is_in_every_view_as_corrected(little: Workspace, tmp_path: Path) -> None:
    view(little, date(2024, 2, 1))
    little.ingest(written(tmp_path / "files", [hit("r1", "2024-01-10", "org:three")]))
    text = view(little, date(2024, 2, 1)).decode()
    assert "org/three" in text and "org/one" not in text
    little.ingest(written(tmp_path / "files", [hit("r1", "2024-02-02", "org:three")]))
    assert "org/three" not in view(little, date(2024, 2, 1)).decode() and "org/three" in view(little, date(2024, 2, 2)).decode()


def test_a_view_made_from_one_before_a_correction_is_as_if_made_anew(tmp_path: Path) -> None:
    def said(report_id: str, published: str, stance: str, party: str = "org:one", **more: object) -> IncidentReport:
        claim = {"key": "c", "incident": "incident:i", "party": party, "role": "victim", "stance": stance}
        return make_report(report_id, published, involvements=[claim], **more)

    padding = [hit(f"p{n}", "2025-01-02", f"org:p{n}") for n in range(12)]
    workspace = build(
        tmp_path / "w", written(tmp_path / "f", [*padding, said("r1", "2024-01-10", "asserted"), said("r2", "2024-01-11", "denied")])
    )
    for n, corrected in enumerate(
        (
            said("r1", "2024-01-12", "asserted"),
            said("r1", "2024-01-12", "asserted", "org:two"),
            said("r2", "2024-01-13", "asserted"),
            said("r2", "2024-01-13", "denied", "org:two"),
        )
    ):
        view(workspace, date(2024, 2, 1))
        workspace.ingest(written(tmp_path / "f", [corrected]))
        from_view = view(workspace, date(2024, 2, 1))
        known = known_on(workspace.catalogue(), date(2024, 2, 1))
        then = build(tmp_path / f"then-{n}", [workspace.folder / e.file for e in known])
        same(from_view, exported(then))


def test_views_that_were_used_longest_ago_go(little: Workspace, tmp_path: Path) -> None:
    reports = [hit(f"d{n:02}", f"2024-02-{n:02}", f"org:d{n}") for n in range(1, KEEP + 6)]
    little.ingest(written(tmp_path / "more", reports))
    for n in range(1, KEEP + 6):
        view(little, date(2024, 2, n))
    assert len(kept(little)) == KEEP + 5
    with little.open_store(date(2024, 2, 1)) as held:
        little.ingest(written(tmp_path / "more", [hit("late", "2025-01-01", "org:l")]))
        assert len(kept(little)) <= KEEP + 1 and len(held)
    assert "org/d3>" in view(little, date(2024, 2, 3)).decode()


def test_views_of_other_rules_are_not_used(little: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    view(little, date(2024, 2, 1))
    made = kept(little)
    monkeypatch.setattr("kg.index.stamp", lambda: json.dumps({"layout": 2, "mapping": 3, "rules": "others"}))
    monkeypatch.setattr("kg.views.stamp", lambda: json.dumps({"layout": 2, "mapping": 3, "rules": "others"}), raising=False)
    view(little, date(2024, 2, 1))
    assert set(kept(little)) - set(made)


def test_a_folder_that_cannot_be_written_answers_too(little: Workspace) -> None:
    expected = view(little, date(2024, 2, 1))
    forget_views(little)
    little.index.views.folder.write_text("in the way")
    before = set(Path(tempfile.gettempdir()).glob("kg-view-*"))
    with little.open_store(date(2024, 2, 1)) as store:
        assert nquads(store) == expected and set(Path(tempfile.gettempdir()).glob("kg-view-*")) - before
    assert not set(Path(tempfile.gettempdir()).glob("kg-view-*")) - before


# ── any history ──────────────────────────────────────────────────────────────────────────────

SOME_DAYS = st.dates(date(2023, 12, 30), date(2025, 1, 2))
HISTORIES = st.tuples(*(report(f"r{n}") for n in range(5)))


def check(reports: tuple[object, ...], known: object, days: list[date], chance: random.Random) -> None:
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        paths = written(place / "files", [*reports, known])  # type: ignore[list-item]
        chance.shuffle(paths)
        whole = build(place / "whole", paths)
        for number, day in enumerate(days):
            out = {A.shorten(graph).partition(":")[2] for graph in hidden_on(whole.catalogue(), day)}
            left = [p for p in paths if p.stem not in out]
            chance.shuffle(left)
            cut = chance.randint(0, len(left))
            then = build(place / f"then-{number}", left[:cut], left[cut:]) if 0 < cut < len(left) else build(place / f"then-{number}", left)
            same(view(whole, day), view(then, day))
            if everything_counts_by(day, then):
                same(view(whole, day), exported(then))
            with whole.names(day) as names, then.names(day) as only:
                for word in ("cozy", "dozy", "nosy", "report r1", "orchard", "l", "x 1"):
                    assert names.search(word) == only.search(word)


@settings(max_examples=6, deadline=None, phases=QUICKLY)
@given(HISTORIES, reference(), st.lists(SOME_DAYS, min_size=1, max_size=2), st.randoms())
def test_any_day_of_any_history(reports: tuple[object, ...], known: object, days: list[date], chance: random.Random) -> None:
    check(reports, known, days, chance)


@pytest.mark.slow
@settings(max_examples=150, deadline=None, phases=QUICKLY)
@given(HISTORIES, reference(), st.lists(SOME_DAYS, min_size=2, max_size=5), st.randoms())
def test_any_day_of_any_history_at_length(reports: tuple[object, ...], known: object, days: list[date], chance: random.Random) -> None:
    check(reports, known, days, chance)


def test_a_dated_naming_counts_from_its_day(tmp_path: Path) -> None:
    known = {
        "reference": {"id": "known", "title": "Known"},
        "actors": [{"key": "x", "id": "x", "name": "X-1"}],
        "namings": [{"actor": "actor:x", "name": "Nosy", "used_by": "org:a", "when": "2024-02-03"}],
    }
    workspace = build(tmp_path / "w", written(tmp_path / "f", [IncidentReport.model_validate(known)]))
    for day, there in ((date(2024, 2, 2), False), (date(2024, 2, 3), True), (date(2024, 2, 4), True)):
        assert ("Nosy" in view(workspace, day).decode()) == there
        with workspace.open_store(day) as store, workspace.names(day) as names:
            assert bool(resolve("Nosy", names, store, A)) == there, day
            assert bool(names.search("nosy")) == there


def test_days_are_counted_in_utc(tmp_path: Path) -> None:
    workspace = build(tmp_path / "w", written(tmp_path / "f", [hit("r", "2024-03-01T23:30:00-05:00", "org:one")]))
    assert "report/r" not in view(workspace, date(2024, 3, 1)).decode()
    assert "report/r" in view(workspace, date(2024, 3, 1) + timedelta(days=1)).decode()
