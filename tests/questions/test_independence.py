"""Ten rewrites of one report are one source: they add reports, and no independent agent, wherever agents are counted."""

from __future__ import annotations

import pytest

from kg.disclosure import ChangeKind, Fact, State, diff, disclosures, state
from kg.model.report import IncidentReport
from kg.store.oxigraph import OxigraphStore
from tests.conftest import make_report

from .test_first_case import A, answer, fill

INCIDENT = A.thing("incident", "i")
SAID = {
    "attributions": [{"incident": "incident:i", "actor": "actor:x", "asserted_by": "org:vendor", "confidence": 80}],
    "involvements": [{"incident": "incident:i", "party": "org:v", "role": "victim", "asserted_by": "org:vendor"}],
    "timings": [{"incident": "incident:i", "event": "began", "when": "2024-01", "asserted_by": "org:vendor"}],
}


def rewrite(number: int) -> IncidentReport:
    """A newspaper that tells what the vendor said, under an incident of its own."""
    claims = {kind: [{**c, "incident": "intrusion", "rests_on": "report:original"} for c in told] for kind, told in SAID.items()}
    return make_report(
        f"rewrite-{number}",
        f"2024-02-{number + 1:02}",
        f"org:paper-{number}",
        incidents=[{"key": "intrusion", "title": "The intrusion"}],
        samenesses=[{"a": "intrusion", "b": "incident:i", "stated_as": "same", "asserted_by": "org:incident-kg"}],
        **claims,
    )


ORIGINAL = make_report("original", "2024-01-20", "org:vendor", **SAID)
ALONE = fill(OxigraphStore(), [ORIGINAL])
REWRITTEN = fill(OxigraphStore(), [ORIGINAL, *map(rewrite, range(10))])


def facts(known: State) -> dict[tuple[str, ...], Fact]:
    return known.by_key()


def test_state_ten_more_reports_and_no_more_agents() -> None:
    before, after = state(ALONE, A, INCIDENT), state(REWRITTEN, A, INCIDENT)
    assert (len(before.reports), len(after.reports)) == (1, 11)
    assert before.agents == after.agents == (A.thing("org", "vendor"),)
    assert facts(before).keys() == facts(after).keys()
    for key, fact in facts(after).items():
        assert fact.agents == facts(before)[key].agents and len(fact.reports) == 11 and len(fact.claims) == 11
    change = diff(before, after)
    assert not change.added and not change.removed and len(change.new_reports) == 10


def test_timeline_every_rewrite_repeats() -> None:
    told = disclosures(REWRITTEN, A, INCIDENT)
    assert len(told) == 11
    assert {c.change for report in told[1:] for c in report.changes} == {ChangeKind.REPEATED}


@pytest.mark.parametrize("store", [ALONE, REWRITTEN], ids=["alone", "rewritten"])
def test_cq09_and_cq36_count_one_agent(store: OxigraphStore) -> None:
    reports = 1 if store is ALONE else 11
    (row,) = answer(store, "CQ09", incident="incident:i")
    assert (row["assertingAgents"], row["agents"], row["reports"]) == ("1", A.thing("org", "vendor"), str(reports))
    assert (row["lowestConfidence"], row["highestConfidence"]) == ("80", "80")
    rows = answer(store, "CQ36", incident="incident:i")
    edges = [r for r in rows if r["predicate"] in ("ikg:attributedTo", "ikg:victim")]
    assert len(edges) == 2 and {r["agents"] for r in rows} == {"1"}
    assert {len(r["reports"].split()) for r in edges} == {reports}
    assert {A.shorten(agent) for r in rows for agent in r["agent"].split()} == {"org:vendor"}


def test_a_second_agent_is_one_more() -> None:
    own = make_report("own", "2024-03-01", "org:agency", **{k: [{**c, "asserted_by": "org:agency"} for c in v] for k, v in SAID.items()})
    store = fill(OxigraphStore(), [ORIGINAL, *map(rewrite, range(10)), own])
    (row,) = answer(store, "CQ09", incident="incident:i")
    assert (row["assertingAgents"], row["reports"]) == ("2", "12")
    assert {len(f.agents) for f in state(store, A, INCIDENT).facts} == {2}
    assert not [r for r in answer(store, "CQ36", incident="incident:i") if r["predicate"] in ("ikg:attributedTo", "ikg:victim")]
