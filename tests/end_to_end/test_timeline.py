"""``kg timeline``: what each report of the first case did; and how the difference of two states is printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kg.cli.reading import tell_diff
from kg.identity.iris import Addresses
from kg.mapping import to_quads
from kg.model.report import IncidentReport
from kg.resources import folder
from kg.rules import Change, rederive
from kg.store.oxigraph import OxigraphStore
from tests.conftest import make_report

from .command import kg

CASE = "incident:microsoft-corporate-email-2023"
A = Addresses()


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("timeline") / "ws"
    assert kg("init", place).code == 0
    assert kg("-w", place, "ingest", folder("data") / "reports/microsoft-midnight-blizzard", folder("data") / "reference").code == 0
    return place


def blocks(text: str) -> dict[str, list[str]]:
    """The lines under each report, by its date and title."""
    parts = [part.splitlines() for part in text.strip().split("\n\n")]
    return {lines[0]: lines[1:] for lines in parts}


def test_each_report_with_what_it_did(ws: Path) -> None:
    done = kg("-w", ws, "timeline", CASE)
    assert done.code == 0
    told = blocks(done.out)
    assert [head.split("  ")[0] for head in told][:2] == ["2024-01-19", "2024-01-25"]
    march = next(lines for head, lines in told.items() if head.startswith("2024-03-08  Microsoft"))
    at = march.index("  corrected     Microsoft source code repositories: accessed")
    assert march[at + 1].strip() == "earlier: 2024-01-19 Microsoft: Microsoft source code repositories: accessed [denied]"
    assert march[-1] == "  repeated      2 claims"
    stolen = next(lines for head, lines in told.items() if "(WebProNews)" in head)
    assert stolen[1].strip().startswith("goes further than 2024-03-08 Microsoft:")
    rewrite = next(lines for head, lines in told.items() if "(Successful Equities)" in head)
    assert rewrite == ["  added         DSMY is bystander", "  added         DSMY is possible beneficiary", "  repeated      6 claims"]
    assert next(head for head in told if head.startswith("July 2024")).endswith("day 164–194")
    assert list(told)[-1].startswith("undated  ")


def test_json_has_every_claim_with_its_earlier_ones(ws: Path) -> None:
    told = json.loads(kg("-w", ws, "timeline", CASE, "--format", "json").out)
    assert len(told) == 12 and told[-1]["days"] is None
    changes = [change for report in told for change in report["changes"]]
    assert {c["change"] for c in changes} == {"added", "made precise", "corrected", "repeated"}
    assert all(c["earlier"] for c in changes if c["change"] != "added")
    (corrected,) = [c for c in changes if c["change"] == "corrected"]
    assert corrected["earlier"][0]["claim"]["stance"] == "denied" and corrected["claim"]["quotes"]


def test_diff_between_two_days(ws: Path) -> None:
    done = kg("-w", ws, "diff", CASE, "--from", "2024-07-02", "--to", "2024-07-03")
    assert done.code == 0 and not [line for line in done.out.splitlines() if line.startswith("- ")]
    assert "+ U.S. Agency for Global Media is affected party — U.S. Agency for Global Media\n" in done.out
    march = kg("-w", ws, "diff", CASE, "--from", "2024-03-07", "--to", "2024-03-08").out
    assert "~ Microsoft source code repositories: accessed — denied by Microsoft → asserted by Microsoft\n" in march
    back = kg("-w", ws, "diff", CASE, "--from", "2024-03-08", "--to", "2024-03-07").out
    assert "- Microsoft source code repositories: exfiltrated — WebProNews\n" in back
    assert "nothing changed" in kg("-w", ws, "diff", CASE, "--from", "2024-05-01", "--to", "2024-05-02").out
    first = json.loads(kg("-w", ws, "diff", CASE, "--from", "2023-01-01", "--to", "2024-01-19", "--format", "json").out)
    assert len(first["new_reports"]) == 1 and first["added"] and not first["changed"]
    for wrong in (("--from", "2024-13-01", "--to", "2024-07-03"), ("--from", "2024-07-03")):
        assert kg("-w", ws, "diff", CASE, *wrong).code == 2


def fill(*reports: IncidentReport) -> OxigraphStore:
    store = OxigraphStore()
    quads = tuple(q for r in reports for q in to_quads(r, A))
    store.load(quads)
    rederive(store, Change((), quads), A)
    return store


def test_a_diff_is_printed_with_signs_and_who_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    orgs = {"organizations": [{"id": "a", "name": "Acme"}, {"id": "b", "name": "Bolt"}]}
    code = {"assets": [{"id": "code", "name": "Source code"}]}

    def told(number: int, by: str, stance: str = "asserted", **parts: object) -> IncidentReport:
        claim = {"incident": "incident:i", "asset": "code", "effect": "accessed", "stance": stance}
        return make_report(f"r{number}", f"2024-0{number}-01", by, **orgs, **code, compromises=[claim], **parts)

    first = told(1, "org:a", "denied")
    began = {"timings": [{"incident": "incident:i", "event": "began", "when": "late November 2023", "unnamed_source": True}]}
    before, after = fill(first), fill(first, told(2, "org:a"), told(3, "org:b", **began))
    incident = A.thing("incident", "i")
    tell_diff(incident, before, after, A, "table")
    assert capsys.readouterr().out.splitlines() == [
        "+ report: 2024-02-01  Report r2  (Acme)",
        "+ report: 2024-03-01  Report r3  (Bolt)",
        "+ began — Bolt (from an unnamed person): late November 2023",
        "~ Source code: accessed — denied by Acme → asserted by Acme, Bolt",
    ]
    tell_diff(incident, after, before, A, "table")
    assert "- began — Bolt (from an unnamed person): late November 2023" in capsys.readouterr().out
    again = fill(first, told(2, "org:a", "denied"))
    tell_diff(incident, before, again, A, "table")
    assert capsys.readouterr().out.splitlines()[-1] == "~ 1 fact told again by the same agents"
    tell_diff(incident, before, before, A, "table")
    assert capsys.readouterr().out == "nothing changed in what is stated about this\n"
    tell_diff(incident, before, after, A, "json")
    told_in_full = json.loads(capsys.readouterr().out)
    assert [f["text"] for f in told_in_full["added"]] == ["began"]
    (pair,) = told_in_full["changed"]
    assert (pair["before"]["standing"], pair["after"]["standing"]) == ("denied", "asserted")
    assert [s["agent"] for s in pair["after"]["sayings"]] == [A.thing("org", n) for n in "aab"]
