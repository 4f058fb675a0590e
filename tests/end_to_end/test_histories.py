"""Whatever was done, undone and done again: the graph is that of a workspace built from what is left."""

from __future__ import annotations

import itertools
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.disclosure import diff_between, state
from kg.errors import NotFound, UsageError
from kg.model.report import IncidentReport
from kg.resources import folder
from kg.vocabulary import SamenessKind
from kg.workspace import Workspace, create_workspace
from tests.conftest import CHECKOUT, make_report
from tests.end_to_end.histories import CASE, INCIDENTS, QUICKLY, A, answers, build, exported, journal_of, report, same, written

VERIS = CHECKOUT / "tests" / "fixtures" / "veris"
RECORD = {
    "incident_id": "A-1", "source_id": "lab", "summary": "A laptop was lost.",
    "victim": {"victim_id": "Copse Clinic", "country": ["NO"]}, "actor": {"external": {"variety": ["Unknown"]}},
    "action": {"physical": {"variety": ["Theft"]}}, "asset": {"assets": [{"variety": "U - Laptop"}]},
    "attribute": {"confidentiality": {"data_disclosure": "Unknown"}}, "timeline": {"incident": {"year": 2021}},
}  # fmt: skip


def decided(workspace: Workspace) -> list[dict[str, Any]]:
    """The standing decisions as lines of a journal."""
    return [
        {"what": "link", "one": d.one, "other": d.other, "verdict": d.verdict, "by": d.by, "on": d.on.isoformat(), "note": d.note}
        for d in workspace.decisions()
    ]


def equals_a_build_from_what_is_left(workspace: Workspace, place: Path) -> None:
    """Compare with a workspace that read the files that are in, and has the decisions that stand; then rebuild."""
    left = sorted({workspace.folder / entry.file for entry in workspace.catalogue()})
    other = create_workspace(place)
    journal_of(other, *decided(workspace))
    assert not other.ingest(reversed(left)).rejects
    there = exported(workspace)
    same(there, exported(other))
    workspace.rebuild()
    same(there, exported(workspace))


# ── any history of reports of our own ────────────────────────────────────────────────────────

SUBJECTS = (
    *INCIDENTS, "incident:k", "org:a", "org:b", "actor:x", "actor:y", "report:r0/incident/l", "report:r1/incident/l",
    "report:r0/org/o", "report:r2/org/o",
)  # fmt: skip
PEOPLE = ("Ada", "Grace Hopper")
STEPS = st.one_of(
    st.tuples(st.just("ingest"), st.integers(0, 3).flatmap(lambda n: report(f"r{n}"))),
    st.tuples(st.just("ingest"), st.integers(0, 3).flatmap(lambda n: report(f"r{n}"))),
    st.tuples(st.just("link"), st.sampled_from(SUBJECTS), st.sampled_from(SUBJECTS), st.booleans(), st.sampled_from(PEOPLE)),
    st.tuples(st.just("undo"), st.integers(0, 5), st.sampled_from(PEOPLE)),
    st.tuples(st.sampled_from(["retract", "take back", "purge"]), st.sampled_from(["r0", "r1", "r2", "r3"]), st.sampled_from(PEOPLE)),
)
"""What a person may do; what cannot be done then is refused and changes nothing."""


def do(workspace: Workspace, step: tuple[Any, ...], place: Path) -> None:
    match step:
        case ("ingest", IncidentReport() as made):
            workspace.ingest(written(place, [made]))
        case ("link", str(one), str(other), bool(verdict), str(by)):
            kind = SamenessKind.SAME if verdict else SamenessKind.DIFFERENT
            workspace.link(A.expand(one) or "", A.expand(other) or "", kind, by, date(2024, 5, 1))
        case ("undo", int(number), str(by)):
            if standing := workspace.decisions():
                found = standing[number % len(standing)]
                workspace.unlink(found.one, found.other, by)
        case ("retract", str(which), str(by)):
            workspace.retract(which, by)
        case ("take back", str(which), str(by)):
            workspace.take_back(which, by)
        case ("purge", str(which), str(by)):
            workspace.purge(which, by)


def check(steps: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        workspace = create_workspace(place / "w")
        with workspace.writing():
            pass
        for step in steps:
            before = exported(workspace)
            try:
                do(workspace, step, place / "files")
            except UsageError:
                same(before, exported(workspace))
        equals_a_build_from_what_is_left(workspace, place / "other")


@settings(max_examples=10, deadline=None, phases=QUICKLY)
@given(st.lists(STEPS, min_size=3, max_size=9))
def test_any_history_equals_a_build_from_what_is_left(steps: list[tuple[Any, ...]]) -> None:
    check(steps)


@pytest.mark.slow
@settings(max_examples=300, deadline=None, phases=QUICKLY)
@given(st.lists(STEPS, min_size=5, max_size=20))
def test_any_long_history(steps: list[tuple[Any, ...]]) -> None:
    check(steps)


# ── imported records ─────────────────────────────────────────────────────────────────────────


@pytest.fixture
def imported(tmp_path: Path) -> Workspace:
    workspace = create_workspace(tmp_path / "w")
    workspace.ingest([VERIS])
    return workspace


def records(workspace: Workspace) -> list[str]:
    return sorted(entry.id for entry in workspace.catalogue())


def test_one_record_of_many_goes_and_comes_back(imported: Workspace, tmp_path: Path) -> None:
    whole, every = exported(imported), records(imported)
    gone = every[len(every) // 2]
    imported.retract(gone, "Ada", "doubtful")
    there = exported(imported)
    assert records(imported) == [r for r in every if r != gone]
    assert f"report/{gone}" not in there.decode()
    imported.rebuild()
    same(there, exported(imported))
    again = imported.ingest([VERIS])
    assert again.changed_nothing and any("was retracted by Ada" in r.reason and "doubtful" in r.reason for r in again.rejects)
    same(there, exported(imported))
    imported.take_back(gone, "Grace")
    same(whole, exported(imported))
    imported.rebuild()
    same(whole, exported(imported))


def test_every_record_retracted_leaves_nothing(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    lines(tmp_path / "a.jsonl", "A-1", "A-2", "A-3")
    workspace.ingest([tmp_path / "a.jsonl"])
    whole = exported(workspace)
    for entry in workspace.catalogue():
        workspace.retract(entry.id, "Ada")
    assert exported(workspace) == b""
    workspace.rebuild()
    assert exported(workspace) == b"" and len(workspace.journal.left_out()) == 3
    for what in list(workspace.journal.left_out()):
        workspace.take_back(what, "Ada")
    same(whole, exported(workspace))


def test_purging_a_source_takes_all_its_records_and_its_bytes(imported: Workspace, tmp_path: Path) -> None:
    lines(tmp_path / "mine.jsonl", "A-1")
    imported.ingest([tmp_path / "mine.jsonl"])
    (source,) = [e for e in imported.catalogue() if "A-1" in e.id or "a-1" in e.id]
    whole = exported(imported)
    gone = imported.purge(source.id, "Ada", "licence ended")
    assert [e.id for e in gone] == [source.id] and not (imported.folder / source.file).exists()
    assert b"Copse Clinic" not in exported(imported)
    assert not any(b"Copse Clinic" in p.read_bytes() for p in imported.folder.rglob("*") if p.is_file())
    reject = imported.ingest([tmp_path / "mine.jsonl"]).rejects[0]
    assert "was purged by Ada" in reject.reason
    imported.take_back(Path(source.file).name, "Ada")
    assert not imported.ingest([tmp_path / "mine.jsonl"]).rejects
    same(whole, exported(imported))


def lines(path: Path, *ids: str, **more: object) -> None:
    path.write_text("".join(json.dumps({**RECORD, **more, "incident_id": i}) + "\n" for i in ids))


def test_a_record_that_came_again_in_another_file_falls_back_to_the_first(tmp_path: Path) -> None:
    lines(tmp_path / "one.jsonl", "A-1", "A-2")
    lines(tmp_path / "two.jsonl", "A-2", "A-3", summary="A laptop was stolen.")
    workspace = create_workspace(tmp_path / "w")
    workspace.ingest([tmp_path / "one.jsonl"])
    first = exported(workspace)
    workspace.ingest([tmp_path / "two.jsonl"])
    second = exported(workspace)
    assert b"stolen" in second
    entry = next(e for e in workspace.catalogue() if e.id.endswith("A-3") or e.id.endswith("a-3"))
    workspace.rebuild()
    same(second, exported(workspace))
    workspace.purge(Path(entry.file).name, "Ada")
    same(first, exported(workspace))


def test_two_files_of_one_name_are_not_guessed_between(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    for n in ("1", "2"):
        (tmp_path / n).mkdir()
        lines(tmp_path / n / "incidents.jsonl", f"A-{n}")
        workspace.ingest([tmp_path / n / "incidents.jsonl"])
    before = exported(workspace)
    with pytest.raises(UsageError, match="several"):
        workspace.purge("incidents.jsonl", "Ada")
    same(before, exported(workspace))


# ── what was taken out ───────────────────────────────────────────────────────────────────────


def hit(report_id: str, party: str = "org:one", published: str | None = "2024-01-10", **more: Any) -> IncidentReport:
    claim = {"incident": "incident:i", "party": party, "role": "victim"}
    return make_report(report_id, published, involvements=[claim], **more)


def test_a_retracted_report_can_be_purged(tmp_path: Path) -> None:
    workspace = build(tmp_path / "w", written(tmp_path / "f", [hit("r1"), hit("r2", "org:two")]))
    workspace.retract("r1", "Ada")
    gone = workspace.purge("r1", "Grace", "asked to")
    assert not (workspace.folder / "reports" / "r1.yaml").exists() and len(gone) <= 1
    assert workspace.journal.left_out()[A.report("r1")].how == "purge"
    assert workspace.ingest(written(tmp_path / "f", [hit("r1")])).rejects
    workspace.take_back("r1", "Ada")
    with pytest.raises(NotFound):
        workspace.entry("r1")
    workspace.ingest(written(tmp_path / "f", [hit("r1")]))
    equals_a_build_from_what_is_left(workspace, tmp_path / "other")


def test_a_retracted_record_can_be_purged_with_its_source(tmp_path: Path) -> None:
    lines(tmp_path / "one.jsonl", "A-1", "A-2")
    workspace = create_workspace(tmp_path / "w")
    workspace.ingest([tmp_path / "one.jsonl"])
    first = records(workspace)[0]
    workspace.retract(first, "Ada")
    workspace.purge("one.jsonl", "Ada")
    assert exported(workspace) == b"" and not list((workspace.folder / "sources").rglob("*.json"))


def test_a_purged_source_is_let_in_by_its_name(tmp_path: Path) -> None:
    lines(tmp_path / "one.jsonl", "A-1")
    workspace = create_workspace(tmp_path / "w")
    workspace.ingest([tmp_path / "one.jsonl"])
    whole = exported(workspace)
    workspace.purge("one.jsonl", "Ada")
    workspace.take_back("one.jsonl", "Ada")
    workspace.ingest([tmp_path / "one.jsonl"])
    same(whole, exported(workspace))


def test_a_report_and_a_reference_file_of_one_id_are_kept_apart(tmp_path: Path) -> None:
    reference = IncidentReport.model_validate(
        {"reference": {"id": "r1", "title": "Known"}, "actors": [{"key": "x", "id": "x", "name": "X-1"}]}
    )
    workspace = build(tmp_path / "w", written(tmp_path / "f", [hit("r1")]), written(tmp_path / "g", [reference]))
    whole = exported(workspace)
    workspace.retract("reference:r1", "Ada")
    assert [e.graph for e in workspace.catalogue()] == [A.report("r1")]
    workspace.take_back("reference:r1", "Ada")
    same(whole, exported(workspace))
    workspace.retract("report:r1", "Ada")
    workspace.retract("reference:r1", "Ada")
    workspace.take_back("reference:r1", "Ada")
    assert [e.graph for e in workspace.catalogue()] == [A.reference("r1")]
    workspace.take_back("r1", "Ada")
    same(whole, exported(workspace))
    workspace.retract("reference:r1", "Ada")
    workspace.purge("r1", "Ada")
    assert (workspace.folder / "reference" / "r1.yaml").is_file() and not (workspace.folder / "reports" / "r1.yaml").exists()
    with pytest.raises(UsageError, match="several"):
        workspace.take_back("r1", "Ada")


def test_nothing_of_a_purged_report_is_left_on_disk(tmp_path: Path) -> None:
    words = b"Quillwort Holdings"
    odd = hit("r1", organizations=[{"key": "o", "name": words.decode()}])
    workspace = build(tmp_path / "w", written(tmp_path / "f", [odd, hit("r2", "org:two")]))
    with workspace.open_store(date(2024, 2, 1)) as store:
        assert len(store)
    assert holding(workspace, words)
    workspace.purge("r1", "Ada", "asked to")
    assert holding(workspace, words) == []
    assert exported(workspace)


def test_a_view_that_was_held_during_a_purge_goes_with_the_next_write(tmp_path: Path) -> None:
    words = b"Quillwort Holdings"
    odd = hit("r1", organizations=[{"key": "o", "name": words.decode()}])
    workspace = build(tmp_path / "w", written(tmp_path / "f", [odd, hit("r2", "org:two")]))
    with workspace.open_store(date(2024, 2, 1)) as view, workspace.open_store() as generation:
        workspace.purge("r1", "Ada", "asked to")
        assert any(words.decode() in str(q) for q in view.match()) and len(generation)
    workspace.ingest(written(tmp_path / "f", [hit("r3")]))
    assert holding(workspace, words) == []


def holding(workspace: Workspace, words: bytes) -> list[str]:
    """The files with these words."""
    found = (p for p in workspace.folder.rglob("*") if p.is_file() and words in p.read_bytes())
    return [str(p.relative_to(workspace.folder)) for p in found]


def test_what_is_out_cannot_go_out_again(tmp_path: Path) -> None:
    workspace = build(tmp_path / "w", written(tmp_path / "f", [hit("r1")]))
    with pytest.raises(NotFound):
        workspace.take_back("r1", "Ada")
    workspace.retract("r1", "Ada")
    with pytest.raises(NotFound, match="was retracted by Ada"):
        workspace.retract("r1", "Ada")
    workspace.take_back("r1", "Ada")
    with pytest.raises(NotFound):
        workspace.take_back("r1", "Ada")


# ── the first case ───────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def paths() -> list[Path]:
    """The first case's reports, and who the organizations are."""
    data = folder("data")
    return [
        *sorted((data / "reports/microsoft-midnight-blizzard").glob("*.yaml")),
        *sorted((data / "reference").glob("organizations-*.yaml")),
    ]


@pytest.fixture(scope="module")
def case(paths: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return build(tmp_path_factory.mktemp("case") / "w", paths)


@pytest.fixture(scope="module")
def without(case: Workspace, paths: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A copy, for taking reports out of."""
    target = tmp_path_factory.mktemp("without") / "w"
    shutil.copytree(case.folder, target)
    yield Workspace(target)


def all_but(gone: str, case: Workspace, paths: list[Path]) -> list[Path]:
    text = (case.folder / case.entry(gone).file).read_bytes()
    return [path for path in paths if path.read_bytes() != text]


PICKED = ("microsoft-8k-2024-01-19", "bloomberg-va-usagm-2024-07-03", "cisa-ed-24-02")


@pytest.mark.parametrize("gone", PICKED)
def test_retraction_takes_the_rows_that_rest_on_a_report_alone(
    without: Workspace, case: Workspace, paths: list[Path], tmp_path: Path, gone: str
) -> None:
    never = build(tmp_path / "never", all_but(gone, case, paths))
    without.retract(gone, "Ada")
    same(exported(without), exported(never))
    with without.open_store() as store, never.open_store() as other, case.open_store() as whole:
        left, expected, before = answers(store), answers(other), answers(whole)
    assert left == expected and left != before
    assert not any(f"/id/report/{gone}/" in row for rows in left.values() for row in rows)
    without.take_back(gone, "Ada")
    same(exported(without), exported(case))


@pytest.mark.slow
def test_retraction_of_each_report(without: Workspace, case: Workspace, paths: list[Path], tmp_path: Path) -> None:
    for entry in case.catalogue():
        never = build(tmp_path / entry.id, all_but(entry.graph, case, paths))
        without.retract(entry.graph, "Ada")
        same(exported(without), exported(never))
        without.take_back(entry.graph, "Ada")
    same(exported(without), exported(case))


def test_read_again_nothing_changes(case: Workspace, paths: list[Path]) -> None:
    before, number = exported(case), case.index.generations.current
    journal = case.journal.path.read_bytes()
    result = case.ingest(reversed(paths))
    assert result.changed_nothing and not result.rejects and result.total("unchanged") == len(paths)
    same(before, exported(case))
    assert case.journal.path.read_bytes() == journal
    assert case.index.generations.current is not None and number is not None
    with case.open_store(date(2024, 2, 1)) as one, case.open_store(date(2024, 2, 1)) as other:
        assert not diff_between(one, other, A, A.expand(CASE) or "")


def test_a_report_read_twice_in_one_go_is_once(paths: list[Path], tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    workspace.ingest(paths[:2])
    once = exported(workspace)
    workspace.ingest([paths[0]])
    workspace.ingest([paths[1], paths[1]])
    same(once, exported(workspace))


def test_state_before_plus_diff_is_state_after_over_the_whole_timeline(case: Workspace) -> None:
    incident = A.expand(CASE) or ""
    days = sorted({date.fromisoformat(e.published) for e in case.catalogue() if e.published and not e.is_reference})
    assert len(days) > 10
    with case.open_store(days[0]) as store:
        before = state(store, A, incident)
    grown = Counter[str]()
    for earlier, day in itertools.pairwise(days):
        with case.open_store(earlier) as one, case.open_store(day) as other:
            change, after = diff_between(one, other, A, incident), state(other, A, incident)
        assert before.apply(change) == after and not change.gone_reports
        new = {A.report(e.id) for e in case.catalogue() if e.published == day.isoformat()}
        assert set(change.new_reports) <= new
        grown.update(change.new_reports)
        before = after
    assert grown and set(grown.values()) == {1}
