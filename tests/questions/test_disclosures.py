"""What each report of the first case did, and how the state of what is known moved with it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from kg.disclosure import ChangeKind, Fact, ReportChanges, State, diff, diff_between, disclosures, state
from kg.model.report import IncidentReport
from kg.store.base import QuadStore
from kg.store.oxigraph import OxigraphStore

from .test_first_case import CASE, A, answer, bundled, fill, first_case

VA = "org:us-department-of-veterans-affairs"
INCIDENT = A.expand(CASE) or ""
CODE = A.thing("asset", "microsoft-source-code-repositories")


@pytest.fixture(scope="module")
def graph() -> QuadStore:
    return fill(OxigraphStore(), first_case())


@pytest.fixture(scope="module")
def told(graph: QuadStore) -> dict[str, ReportChanges]:
    return {A.shorten(t.report).removeprefix("report:"): t for t in disclosures(graph, A, INCIDENT)}


def as_of(day: str) -> QuadStore:
    """The reports that were public by the end of ``day``, and the reference files."""
    end = datetime.fromisoformat(f"{day}T00:00:00+00:00") + timedelta(days=1)
    return fill(OxigraphStore(), [r for r in first_case() if r.reference or (r.published and r.published.end <= end)])


def texts(report: ReportChanges, change: ChangeKind) -> set[str]:
    return {c.text for c in report.of(change)}


def test_the_order_is_that_of_cq19(graph: QuadStore, told: dict[str, ReportChanges]) -> None:
    assert [f"report:{name}" for name in told] == [r["report"] for r in answer(graph, "CQ19", incident=CASE)]


def test_the_first_report_adds_everything(told: dict[str, ReportChanges]) -> None:
    assert {c.change for c in told["microsoft-8k-2024-01-19"].changes} == {ChangeKind.ADDED}


def test_c06_corrects_the_denial_about_source_code(told: dict[str, ReportChanges]) -> None:
    (corrected,) = told["microsoft-8ka-2024-03-08"].of(ChangeKind.CORRECTED)
    assert corrected.text == "Microsoft source code repositories: accessed"
    assert [A.shorten(e.claim.report) for e in corrected.earlier] == ["report:microsoft-8k-2024-01-19"]
    assert [e.claim.stance for e in corrected.earlier] == ["denied"]


def test_c07_goes_further(told: dict[str, ReportChanges]) -> None:
    (stolen,) = told["webpronews-source-code-2024-03-08"].changes
    assert stolen.goes_further and stolen.text == "Microsoft source code repositories: exfiltrated"
    assert [A.shorten(e.claim.report) for e in stolen.earlier] == ["report:microsoft-8ka-2024-03-08"]


def test_c10_adds_customers_and_no_number(told: dict[str, ReportChanges]) -> None:
    june = told["microsoft-statement-2024-06-27"]
    assert {c.change for c in june.changes} == {ChangeKind.ADDED} and june.days == (160, 160)
    assert "Correspondence of customers with Microsoft: exfiltrated" in texts(june, ChangeKind.ADDED)
    assert "customers who corresponded with Microsoft corporate e-mail accounts is affected party (not said)" in texts(
        june, ChangeKind.ADDED
    )
    before = state(as_of("2024-06-26"), A, INCIDENT)
    fresh = diff(before, state(as_of("2024-06-27"), A, INCIDENT))
    assert fresh.added and not any(s.count and s.count.known for f in fresh.added for s in f.sayings)


def test_c12_adds_the_bystander_alone(told: dict[str, ReportChanges]) -> None:
    rewrite = told["successful-equities-2024-06-29"]
    assert texts(rewrite, ChangeKind.ADDED) == {"DSMY is bystander", "DSMY is possible beneficiary"}
    assert {c.change for c in rewrite.changes} == {ChangeKind.ADDED, ChangeKind.REPEATED}


def test_hpe_was_told_in_december_or_in_january(graph: QuadStore) -> None:
    hpe = disclosures(graph, A, A.thing("incident", "hpe-email-2023"))
    (january,) = hpe[1].of(ChangeKind.CONTRADICTED)
    assert january.text.startswith("notified: 2024-01-12") and january.claim.asserted_by == "Associated Press"


def keys(facts: tuple[Fact, ...]) -> set[tuple[str, ...]]:
    return {fact.key for fact in facts}


def test_va_appears_on_3_july_although_it_was_told_in_march() -> None:
    va = A.expand(VA) or ""
    victim = ("Involvement", va, "affected party")
    assert not any(va in key for key in keys(state(as_of("2024-07-02"), A, INCIDENT).facts))
    fresh = diff_between(as_of("2024-07-02"), as_of("2024-07-03"), A, INCIDENT)
    assert victim in keys(fresh.added) and ("Timing", "notified", va) in keys(fresh.added)
    assert fresh.new_reports == (A.report("bloomberg-va-usagm-2024-07-03"),) and not fresh.removed


def test_source_code_from_denied_to_asserted() -> None:
    fresh = diff_between(as_of("2024-03-07"), as_of("2024-03-08"), A, INCIDENT)
    ((old, new),) = [pair for pair in fresh.changed if pair[0].key == ("Compromise", CODE, "accessed")]
    assert (old.standing, new.standing) == ("denied", "asserted")
    assert ("Compromise", CODE, "exfiltrated") in keys(fresh.added)


def test_each_report_leads_from_one_state_to_the_next(told: dict[str, ReportChanges]) -> None:
    by_id = {r.info.id: r for r in first_case()}
    others = [r for r in first_case() if r.info.id not in told]
    before = State()
    for length in range(1, len(told) + 1):
        known: list[IncidentReport] = [*others, *(by_id[name] for name in list(told)[:length])]
        after = state(fill(OxigraphStore(), known), A, INCIDENT)
        step = diff(before, after)
        assert before.apply(step) == after
        assert not diff(after, state(fill(OxigraphStore(), [*known, known[-1]]), A, INCIDENT)), "a report read again changes nothing"
        before = after


def test_every_bundled_incident_has_a_timeline() -> None:
    graph = fill(OxigraphStore(), bundled())
    incidents = {i.id for r in bundled() for i in r.incidents if i.id}
    for incident in sorted(incidents):
        iri = A.thing("incident", incident)
        told = disclosures(graph, A, iri)
        known = state(graph, A, iri)
        assert {c.claim.iri for t in told for c in t.changes} == {claim for fact in known.facts for claim in fact.claims}
        assert told or not known.facts
