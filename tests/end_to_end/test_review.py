"""``kg review``: a person's answers stand beside the machine's claims, are rebuilt, and can be taken back."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
import yaml

import kg.extraction.extractor as extractor
from kg.errors import NotFound, UsageError
from kg.model.report import Answer
from kg.reviewing import Reply, answered, extracted, unanswered, undone
from kg.workspace import Workspace, create_workspace
from tests.conftest import CHECKOUT
from tests.end_to_end.command import kg
from tests.end_to_end.reading import stand_in

CLINIC = CHECKOUT / "tests" / "fixtures" / "articles" / "harbour-clinic.txt"


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with one extracted report."""
    monkeypatch.setattr(extractor, "extract", stand_in)
    create_workspace(tmp_path / "w").ingest([CLINIC])
    return tmp_path / "w"


def report_id(ws: Path) -> str:
    return next((ws / "reports").glob("*.yaml")).stem


def listed(ws: Path, *more: str) -> list[dict[str, object]]:
    found = json.loads(kg("-w", ws, "review", report_id(ws), "--format", "json", *more).out)
    assert isinstance(found, list)
    return found


def claim_on(ws: Path, words: str) -> str:
    return next(str(c["id"]) for c in listed(ws, "--all") if words in str(c["quotes"]))


def victims(ws: Path) -> set[str]:
    out = kg("-w", ws, "query", "-e", "SELECT ?name { ?i ikg:victim ?v . ?v skos:prefLabel ?name }", "--format", "csv").out
    return set(out.split("\n")[1:]) - {""}


def exported(ws: Path) -> str:
    return kg("-w", ws, "export", "-", "--format", "nquads").out


def test_the_least_sure_claims_come_first(ws: Path) -> None:
    sure = [c["confidence"] for c in listed(ws, "--all")]
    assert sure == sorted(sure) == [41, 77, 88, 92]  # type: ignore[type-var]
    assert [c["confidence"] for c in listed(ws, "--below", "80")] == [41, 77]
    table = kg("-w", ws, "review", "--list").out
    assert table.splitlines()[1].split("\t")[2] == "41" and "Shares of Brightlock" in table


def test_a_rejected_claim_counts_for_nothing_and_is_kept(ws: Path) -> None:
    before = exported(ws)
    assert victims(ws) == {"Harbour Clinic", "Brightlock"}
    wrong = claim_on(ws, "Brightlock")
    done = kg("-w", ws, "review", report_id(ws), "--reject", wrong[:8], "--by", "Ada Lovelace", "--on", "2026-03-01")
    assert done.code == 0 and victims(ws) == {"Harbour Clinic"}
    after = exported(ws)
    assert "Misreading" in after and "Shares of Brightlock" in after and "2026-03-01T00:00:00Z" in after and "Ada Lovelace" in after
    assert kg("-w", ws, "validate").code == 0
    assert kg("-w", ws, "rebuild").code == 0 and exported(ws) == after
    stored = yaml.safe_load((ws / "reports" / f"{report_id(ws)}.yaml").read_text())
    machine = next(c for c in stored["involvements"] if c["party"] == "brightlock")
    assert machine["role"] == "victim" and machine["reviewed"] == {"answer": "rejected", "by": "Ada Lovelace", "when": "2026-03-01"}
    assert "Brightlock" not in kg("-w", ws, "timeline", f"report:{report_id(ws)}/incident/incident").out
    assert kg("-w", ws, "review", report_id(ws), "--undo", wrong, "--by", "Ada Lovelace").code == 0
    assert exported(ws) == before


def test_a_correction_is_the_persons_own_claim(ws: Path) -> None:
    before = exported(ws)
    wrong = claim_on(ws, "Brightlock")
    args = ("-w", ws, "review", report_id(ws), "--correct", wrong, "{role: bystander, words: its shares rose}", "--by", "Ada")
    assert kg(*args).code == 0
    assert victims(ws) == {"Harbour Clinic"}
    stored = yaml.safe_load((ws / "reports" / f"{report_id(ws)}.yaml").read_text())
    machine, person = (c for c in stored["involvements"] if c["party"] == "brightlock")
    assert machine["role"] == "victim" and machine["reviewed"]["into"] == person["key"]
    assert person["role"] == "bystander" and person["method"] == "curated" and person["evidence"] == machine["evidence"]
    assert "extracted_by" not in person and person["reviewed"]["by"] == "Ada"
    shown = kg("-w", ws, "show", "Brightlock").out
    assert "bystander" in shown and "is victim" not in shown
    assert kg("-w", ws, "validate").code == 0
    assert kg(*args[:-3], "role: competitor", "--by", "Grace").code == 0, "a later answer replaces the earlier one"
    assert "is competitor" in kg("-w", ws, "show", "Brightlock").out and "bystander" not in kg("-w", ws, "show", "Brightlock").out
    assert kg("-w", ws, "review", report_id(ws), "--undo", "all", "--by", "Ada").code == 0 and exported(ws) == before


def test_an_accepted_claim_says_by_whom(ws: Path) -> None:
    right = claim_on(ws, "12,000 patients")
    assert kg("-w", ws, "review", report_id(ws), "--accept", right, "--by", "Ada").code == 0
    assert "extracted, accepted by Ada, by" in kg("-w", ws, "show", "Harbour Clinic").out + kg("-w", ws, "show", "patients").out
    assert right not in {c["id"] for c in listed(ws)} and right in {c["id"] for c in listed(ws, "--all")}


def test_all_that_is_left_is_accepted(ws: Path) -> None:
    wrong = claim_on(ws, "Brightlock")
    assert kg("-w", ws, "review", report_id(ws), "--reject", wrong[:10], "--accept", "all", "--by", "Ada").code == 0
    assert [c["answer"] for c in listed(ws, "--all")] == ["rejected", "accepted", "accepted", "accepted"]
    assert "nothing to review" in kg("-w", ws, "review", report_id(ws), "--accept", "all", "--by", "Ada").out


def test_walking_through(ws: Path) -> None:
    done = kg("-w", ws, "review", "--below", "101", "--by", "Ada", stdin=b"x\nr\nc\nrole: nonsense\nrole: bystander\na\nq\n")
    assert done.code == 0 and "3 answers kept, by Ada" in done.out
    assert "«Shares of Brightlock»" in done.out and "right about 41 times in 100" in done.out
    assert [c["answer"] for c in listed(ws, "--all")] == ["rejected", "corrected", "accepted", None]
    ended = kg("-w", ws, "review", "--below", "101", "--by", "Ada", stdin=b"")
    assert ended.code == 0 and "0 answers kept" in ended.out, "the end of the input is quitting"
    kg("-w", ws, "review", "--below", "101", "--by", "Ada", stdin=b"a\n")
    assert "nothing to review" in kg("-w", ws, "review").out


def test_reading_again_does_not_drop_answers(ws: Path) -> None:
    kg("-w", ws, "review", report_id(ws), "--reject", claim_on(ws, "Brightlock"), "--by", "Ada")
    before = exported(ws)
    done = kg("-w", ws, "ingest", "--again", CLINIC)
    assert done.code == 1 and "was reviewed by Ada" in done.err and exported(ws) == before


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--accept", "ffff"), "no extracted claim"),
        (("--correct", "CLAIM", "role: wizard"), "no sound claim"),
        (("--correct", "CLAIM", "party: nobody-known"), "no sound claim"),
        (("--correct", "CLAIM", "role: victim"), "what is different"),
        (("--correct", "CLAIM", "bystander"), "written as"),
        (("--correct", "CLAIM", "colour: red"), "no sound claim"),
        (("--undo", "CLAIM"), "no answer"),
    ],
)
def test_wrong_answers_change_nothing(ws: Path, words: tuple[str, ...], why: str) -> None:
    before, claim = exported(ws), claim_on(ws, "Brightlock")
    done = kg("-w", ws, "review", report_id(ws), *(claim if w == "CLAIM" else w for w in words), "--by", "Ada")
    assert done.code == 2 and why in done.err and exported(ws) == before


def test_the_report_of_an_answer_is_found_by_its_claim(ws: Path) -> None:
    wrong = claim_on(ws, "Brightlock")
    assert kg("-w", ws, "review", "--reject", wrong[:8], "--by", "Ada").code == 0 and victims(ws) == {"Harbour Clinic"}
    assert kg("-w", ws, "review", "--undo", wrong[:8], "--by", "Ada").code == 0 and len(victims(ws)) == 2
    unknown = kg("-w", ws, "review", "--reject", wrong[:8], "--accept", "abcd")
    assert unknown.code == 2 and "is no extracted claim" in unknown.err and len(victims(ws)) == 2


def test_without_a_report_there_is_nothing_to_answer(ws: Path) -> None:
    assert kg("-w", ws, "review", "--undo", "all").code == 2
    assert kg("-w", ws, "review", "no-such-report", "--list").code == 2


def test_the_library_does_the_same(ws: Path) -> None:
    workspace = Workspace(ws)
    report = workspace.extracted_reports()[0]
    first = extracted(report)[0]
    new = workspace.review(report.info.id, [Reply(first.id, Answer.REJECTED)], "Ada", date(2026, 3, 1))
    assert len(unanswered(new)) == len(extracted(report)) - 1 and workspace.report(report.info.id) == new
    assert answered(report, [Reply(first.id, Answer.REJECTED)], "Ada", date(2026, 3, 1)) == new
    assert undone(new, [first.id]) == report == workspace.unreview(report.info.id, [first.id], "Ada")
    with pytest.raises(NotFound):
        workspace.review(report.info.id, [Reply("0000", Answer.ACCEPTED)], "Ada")
    with pytest.raises(UsageError):
        workspace.review(report.info.id, [], " ")
