"""Who is who, and what is left out: decisions at the command line and what they do to proposals and to the graph."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kg.errors import UsageError
from kg.matching import all_candidates, candidates_for
from kg.model.report import IncidentReport
from kg.vocabulary import SamenessKind
from kg.workspace import Workspace
from tests.conftest import make_report
from tests.end_to_end.command import Done, kg
from tests.end_to_end.histories import A, build, exported, same, written

ONE, OTHER = "report:r1/incident/i", "report:r2/incident/i"


def told(report_id: str, published: str, **more: Any) -> IncidentReport:
    """A report that tells of an incident of its own at one and the same organization."""
    return make_report(
        report_id,
        published,
        incidents=[{"key": "i", "title": f"Theft at Orchard, told by {report_id}"}],
        organizations=[{"key": "o", "id": "orchard", "name": "Orchard Systems"}],
        involvements=[{"incident": "i", "party": "o", "role": "victim"}],
        timings=[{"incident": "i", "event": "began", "when": "2024-01-03"}],
        **more,
    )


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return build(tmp_path / "w", written(tmp_path / "f", [told("r1", "2024-01-10"), told("r2", "2024-03-01")]))


def proposed(workspace: Workspace) -> set[tuple[str, str]]:
    with workspace.open_store() as store, workspace.names() as names:
        found = {(A.shorten(c.one), A.shorten(c.other)) for c in all_candidates(store, names, A)}
        for side in (ONE, OTHER):
            alone = candidates_for([A.expand(side) or ""], store, names, A)
            assert {(A.shorten(c.one), A.shorten(c.other)) for c in alone} <= found
        return found


def run(workspace: Workspace, *words: object, **more: Any) -> Done:
    return kg("-w", workspace.folder, *words, **more)


def refused(done: Done, code: int = 2) -> bool:
    """Whether a command ended with its code, no output, and a short message (of which usage is no part)."""
    message = [line for line in done.err.splitlines() if line and not line.startswith(("Usage:", "Try "))]
    return done.code == code and done.out == "" and len(message) == 1


# ── proposals ────────────────────────────────────────────────────────────────────────────────


def test_a_rejected_pair_is_not_proposed_until_that_is_undone(workspace: Workspace) -> None:
    before, graph = proposed(workspace), exported(workspace)
    assert (ONE, OTHER) in before
    assert run(workspace, "link", "reject", ONE, OTHER, "--by", "Ada Lovelace", "--on", "2024-05-01", "--note", "two thefts").code == 0
    assert proposed(workspace) == before - {(ONE, OTHER)}
    workspace.rebuild()
    assert proposed(workspace) == before - {(ONE, OTHER)}
    done = run(workspace, "link", "undo", OTHER, ONE, "--by", "Grace")
    assert done.code == 0 and "Ada Lovelace" in done.out
    assert proposed(workspace) == before
    same(graph, exported(workspace))


def test_an_accepted_pair_is_one_and_undone_it_is_two_again(workspace: Workspace) -> None:
    graph = exported(workspace)
    assert run(workspace, "link", "accept", ONE, OTHER, "--by", "Ada").code == 0
    assert proposed(workspace) == set()
    assert "sameIncidentAs" in exported(workspace).decode()
    for words in ((OTHER, ONE), tuple(A.expand(t) or "" for t in (ONE, OTHER))):
        assert run(workspace, "link", "undo", *words).code == 0
        same(graph, exported(workspace))
        assert run(workspace, "link", "accept", ONE, OTHER, "--by", "Ada").code == 0


def test_a_later_decision_replaces_an_earlier_one(workspace: Workspace, tmp_path: Path) -> None:
    run(workspace, "link", "accept", ONE, OTHER, "--by", "Ada")
    run(workspace, "link", "reject", OTHER, ONE, "--by", "Grace", "--on", "2024-05-01")
    (decision,) = workspace.decisions()
    assert (decision.verdict, decision.by, decision.on) == ("different", "Grace", date(2024, 5, 1))
    there = exported(workspace)
    assert "Grace" in there.decode() and "Ada" not in there.decode() and "sameIncidentAs" not in there.decode()
    workspace.rebuild()
    same(there, exported(workspace))


def test_decisions_are_listed_with_who_and_when(workspace: Workspace) -> None:
    assert run(workspace, "link", "decisions").out == "no decision stands\n"
    assert json.loads(run(workspace, "link", "decisions", "--format", "json").out) == []
    run(workspace, "link", "accept", ONE, OTHER, "--on", "2024-05", "--note", "one theft", env={"KG_AUTHOR": "Grace Hopper"})
    expected = {
        "one": A.expand(ONE),
        "other": A.expand(OTHER),
        "verdict": "same",
        "by": "Grace Hopper",
        "on": "2024-05-31",
        "note": "one theft",
    }
    assert json.loads(run(workspace, "link", "decisions", "--format", "json").out) == [expected]
    table = run(workspace, "link", "decisions").out
    assert all(word in table for word in (ONE, OTHER, "same", "Grace Hopper", "2024-05-31", "one theft"))


def test_proposals_are_shown_as_json_and_for_one_thing(workspace: Workspace) -> None:
    found = json.loads(run(workspace, "link", "--format", "json", "--kind", "incident", "--about", ONE, "--least", "0").out)
    assert {(A.shorten(f["one"]), A.shorten(f["other"])) for f in found} == {(ONE, OTHER)} and found[0]["reasons"]
    assert run(workspace, "link", "--kind", "actor").out == "nothing is proposed\n"
    assert ONE in run(workspace, "link", "--least", "40").out


# ── decisions on what is gone ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("verdict", [SamenessKind.SAME, SamenessKind.DIFFERENT])
@pytest.mark.parametrize("gone", ["r1", "r2"])
def test_a_decision_rests_with_a_retracted_report_and_counts_again_with_it(
    workspace: Workspace, tmp_path: Path, verdict: SamenessKind, gone: str
) -> None:
    workspace.link(A.expand(ONE) or "", A.expand(OTHER) or "", verdict, "Ada", date(2024, 5, 1))
    both = exported(workspace)
    workspace.retract(gone, "Grace")
    left = next(r for r in (told("r1", "2024-01-10"), told("r2", "2024-03-01")) if r.info.id != gone)
    same(exported(workspace), exported(build(tmp_path / "left", written(tmp_path / "g", [left]))))
    assert f"report/{gone}" not in exported(workspace).decode()
    assert len(workspace.decisions()) == 1 and run(workspace, "link", "decisions").code == 0
    workspace.rebuild()
    assert f"report/{gone}" not in exported(workspace).decode()
    workspace.take_back(gone, "Grace")
    same(both, exported(workspace))


def test_a_decision_counts_on_the_days_on_which_both_are_known(workspace: Workspace, tmp_path: Path) -> None:
    workspace.link(A.expand(ONE) or "", A.expand(OTHER) or "", SamenessKind.SAME, "Ada", date(2024, 5, 1))
    then = build(tmp_path / "then", written(tmp_path / "g", [told("r1", "2024-01-10")]))
    early, late = (run(workspace, "export", "-", "--format", "nquads", "--as-of", day) for day in ("2024-02-01", "2024-03-01"))
    same(early.raw, run(then, "export", "-", "--format", "nquads").raw)
    assert "r2" not in early.out and "sameIncidentAs" in late.out


def test_a_decision_can_be_undone_while_it_rests(workspace: Workspace) -> None:
    graph = exported(workspace)
    workspace.link(A.expand(ONE) or "", A.expand(OTHER) or "", SamenessKind.SAME, "Ada")
    workspace.retract("r2", "Ada")
    assert run(workspace, "link", "undo", ONE, OTHER).code == 0
    workspace.take_back("r2", "Ada")
    same(graph, exported(workspace))


# ── wrong use ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("command", ["accept", "reject"])
def test_what_cannot_be_decided_is_said_in_one_line(workspace: Workspace, command: str) -> None:
    before = exported(workspace)
    for words in (
        (ONE, ONE),
        (ONE, "org:orchard"),
        (ONE, "incident:unknown"),
        (ONE, "nobody has heard of this"),
        ("report:r1", "report:r2"),
        (ONE, OTHER, "--by", ""),
        (ONE, OTHER, "--by", "  "),
        (ONE, OTHER, "--on", "someday"),
        (ONE, OTHER, "--on", "2024-02-30"),
        (ONE,),
    ):
        assert refused(run(workspace, "link", command, *words)), (words, run(workspace, "link", command, *words))
    same(before, exported(workspace))
    assert not workspace.decisions()
    assert refused(run(workspace, "link", "undo", ONE, OTHER))


@pytest.mark.parametrize("odd", ["\udcff", "\u202eevil\0", "x" * 5000, '<script>"""\n'])
def test_odd_words_are_cleaned_or_refused(workspace: Workspace, odd: str) -> None:
    before = exported(workspace)
    done = run(workspace, "link", "accept", ONE, OTHER, "--by", "Ada", "--note", odd)
    assert done.code in (0, 2)
    if done.code == 0:
        assert "\u202e" not in exported(workspace).decode()
        workspace.rebuild()
        assert run(workspace, "validate").code == 0
        run(workspace, "link", "undo", ONE, OTHER)
    same(before, exported(workspace))
    assert run(workspace, "link", "accept", ONE, OTHER, "--by", odd).code in (0, 2)
    assert run(workspace, "link", "undo", ONE, OTHER, "--by", odd).code in (0, 2)
    assert run(workspace, "retract", "r1", "--by", odd, "--reason", odd).code in (0, 2)
    assert run(workspace, "retract").code == 0 and run(workspace, "link", "decisions").code == 0


def test_who_decides_is_needed_everywhere(workspace: Workspace) -> None:
    before = exported(workspace)
    workspace.link(A.expand(ONE) or "", A.expand(OTHER) or "", SamenessKind.SAME, "Ada")
    decided = exported(workspace)
    for words in (["link", "undo", ONE, OTHER], ["retract", "r1"], ["purge", "r1", "--yes"]):
        assert refused(run(workspace, *words, "--by", " ")), words
        same(decided, exported(workspace))
    workspace.retract("r1", "Ada")
    assert refused(run(workspace, "retract", "--undo", "r1", "--by", ""))
    workspace.take_back("r1", "Ada")
    workspace.unlink(A.expand(ONE) or "", A.expand(OTHER) or "", "Ada")
    same(before, exported(workspace))


def test_an_account_without_a_name_is_asked_for_one(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise OSError("no username set in the environment")

    monkeypatch.setattr("getpass.getuser", nobody)
    done = run(workspace, "link", "accept", ONE, OTHER, env={"KG_AUTHOR": ""})
    assert refused(done) and "--by" in done.err
    assert run(workspace, "link", "accept", ONE, OTHER, "--by", "Ada").code == 0


def test_only_same_and_different_can_be_decided(workspace: Workspace) -> None:
    with pytest.raises(UsageError):
        workspace.link(A.expand(ONE) or "", A.expand(OTHER) or "", SamenessKind.CLOSE, "Ada")


# ── retract and purge at the command line ────────────────────────────────────────────────────


def test_retract_lists_takes_out_and_lets_in_again(workspace: Workspace) -> None:
    before = exported(workspace)
    assert run(workspace, "retract").out == "nothing is left out\n"
    assert json.loads(run(workspace, "retract", "--format", "json").out) == []
    done = run(workspace, "retract", "r1", "--reason", "the headline was wrong", "--by", "Ada")
    assert done.code == 0 and "r1" in done.out and "kg retract --undo r1" in done.out
    (out,) = json.loads(run(workspace, "retract", "--format", "json").out)
    assert (out["what"], out["how"], out["by"], out["reason"]) == (A.report("r1"), "retract", "Ada", "the headline was wrong")
    assert "the headline was wrong" in run(workspace, "retract").out
    again = run(workspace, "ingest", workspace.folder / "reports" / "r1.yaml")
    assert again.code == 1 and "was retracted by Ada" in again.err
    assert refused(run(workspace, "show", "report:r1"))
    assert run(workspace, "retract", "--undo", "r1", "--by", "Grace").code == 0
    same(before, exported(workspace))


def test_purge_asks_first(workspace: Workspace) -> None:
    before = exported(workspace)
    assert run(workspace, "purge", "r1", stdin=b"n\n").code == 130
    assert run(workspace, "purge", "r1", stdin=b"").code == 130
    same(before, exported(workspace))
    done = run(workspace, "purge", "r1", "--yes", "--by", "Ada", "--reason", "asked to")
    assert done.code == 0 and "1 report " in done.out and not (workspace.folder / "reports" / "r1.yaml").exists()


@pytest.mark.parametrize(
    "name", ["unknown", "", "../../etc/passwd", "report:", "r1*", "r[12]", "sha256:" + "0" * 64, "https://example.org/"]
)
def test_what_is_not_there_is_said_in_one_line(workspace: Workspace, name: str) -> None:
    before = exported(workspace)
    for words in (["retract", name], ["retract", "--undo", name], ["purge", name, "--yes"]):
        assert refused(run(workspace, *words)), (words, run(workspace, *words))
    same(before, exported(workspace))


def test_undo_without_a_report_is_wrong_use(workspace: Workspace) -> None:
    assert run(workspace, "retract", "--undo").code == 2


# ── kg diff ──────────────────────────────────────────────────────────────────────────────────


def test_diff_over_days(workspace: Workspace) -> None:
    workspace.link(A.expand(ONE) or "", A.expand(OTHER) or "", SamenessKind.SAME, "Ada")
    for thing in (ONE, OTHER):
        done = run(workspace, "diff", thing, "--from", "2024-01-09", "--to", "2024-01-10", "--format", "json")
        assert done.code == 0 and json.loads(done.out), thing
    assert "nothing changed" in run(workspace, "diff", ONE, "--from", "2024-01-10", "--to", "2024-02-01").out
    for words in (
        ["diff", ONE],
        ["diff", ONE, "--from", "2024"],
        ["diff", ONE, "--from", "x", "--to", "2024"],
        ["diff", "incident:unknown", "--from", "2023", "--to", "2024"],
    ):
        assert refused(run(workspace, *words)), words


def test_diff_knows_an_incident_under_an_identity_of_then(tmp_path: Path) -> None:
    """The canonical identity of today comes from a later report; the days before still have their changes."""
    workspace = build(tmp_path / "w", written(tmp_path / "f", [told("r1", "2024-01-10"), known("r9", "2024-06-01")]))
    workspace.link(A.expand(ONE) or "", A.expand("incident:orchard-2024") or "", SamenessKind.SAME, "Ada")
    done = run(workspace, "diff", "incident:orchard-2024", "--from", "2024-01-09", "--to", "2024-01-10", "--format", "json")
    assert done.code == 0 and "orchard" in done.out


def known(report_id: str, published: str) -> IncidentReport:
    return make_report(
        report_id,
        published,
        incidents=[{"key": "k", "id": "orchard-2024", "title": "Theft at Orchard"}],
        involvements=[{"incident": "k", "party": "org:orchard", "role": "victim"}],
    )
