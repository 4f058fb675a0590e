"""What each report did to what was known; states and their differences, also over random histories."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.disclosure import Amount, ChangeKind, Fit, State, days_between, diff, diff_between, disclosures, fit, state
from kg.identity.iris import Addresses
from kg.mapping import to_quads
from kg.model.report import CLAIMS, IncidentReport
from kg.rules import Change, rederive
from kg.store.oxigraph import OxigraphStore
from kg.times import Interval, iso, lag_days, parse
from kg.vocabulary import ReportKind
from tests.conftest import make_report

A = Addresses()
INCIDENT = A.thing("incident", "i")
ADDED, REPEATED, PRECISE = ChangeKind.ADDED, ChangeKind.REPEATED, ChangeKind.MADE_PRECISE
CORRECTED, CONTRADICTED, WITHDREW = ChangeKind.CORRECTED, ChangeKind.CONTRADICTED, ChangeKind.WITHDREW


def fill(*reports: IncidentReport) -> OxigraphStore:
    store = OxigraphStore()
    quads = tuple(q for r in reports for q in to_quads(r, A))
    store.load(quads)
    rederive(store, Change((), quads), A)
    return store


def says(report_id: str, day: str | None, kind: str, by: str = "org:a", restates: str = "", **claim: Any) -> IncidentReport:
    report = make_report(report_id, day, **{kind: [{"incident": "incident:i", "asserted_by": by, **claim}]})
    if restates:
        assert report.report is not None
        report = report.model_copy(update={"report": report.report.model_copy(update={"restates": (restates,)})})
    return report


def changes(*reports: IncidentReport) -> list[ChangeKind]:
    """The change of each claim, report by report."""
    return [c.change for told in disclosures(fill(*reports), A, INCIDENT) for c in told.changes]


def last(*reports: IncidentReport) -> ChangeKind:
    return changes(*reports)[-1]


# ── stances ──────────────────────────────────────────────────────────────────────────────────


def taken(report_id: str, day: str, stance: str = "asserted", by: str = "org:a", effect: str = "accessed", **more: Any) -> IncidentReport:
    return says(report_id, day, "compromises", by, asset="asset:code", effect=effect, stance=stance, **more)


@pytest.mark.parametrize(
    ("first", "then", "by", "expected"),
    [
        ("denied", "asserted", "org:a", CORRECTED),
        ("asserted", "denied", "org:a", CORRECTED),
        ("denied", "asserted", "org:b", CONTRADICTED),
        ("asserted", "disputed", "org:b", CONTRADICTED),
        ("asserted", "withdrawn", "org:a", WITHDREW),
        ("withdrawn", "withdrawn", "org:a", REPEATED),
        ("withdrawn", "asserted", "org:a", CORRECTED),
        ("withdrawn", "asserted", "org:b", ADDED),
        ("asserted", "asserted", "org:b", REPEATED),
        ("denied", "denied", "org:b", REPEATED),
        ("suspected", "asserted", "org:a", PRECISE),
        ("claimed", "asserted", "org:b", PRECISE),
        ("asserted", "suspected", "org:a", CORRECTED),
        ("asserted", "suspected", "org:b", REPEATED),
        ("not known", "asserted", "org:a", PRECISE),
        ("asserted", "not known", "org:b", ADDED),
        ("not known", "not known", "org:b", REPEATED),
    ],
)
def test_stances(first: str, then: str, by: str, expected: ChangeKind) -> None:
    assert changes(taken("r1", "2024-01-01", first), taken("r2", "2024-02-01", then, by)) == [
        WITHDREW if first == "withdrawn" else ADDED,
        expected,
    ]


def test_what_an_agent_corrected_is_not_contradicted_again() -> None:
    denied, corrected = taken("r1", "2024-01-01", "denied"), taken("r2", "2024-02-01")
    assert changes(denied, corrected, taken("r3", "2024-03-01", by="org:b")) == [ADDED, CORRECTED, REPEATED]
    assert changes(denied, corrected, taken("r3", "2024-03-01")) == [ADDED, CORRECTED, REPEATED]


def test_who_says_it_again_repeats_although_somebody_denied_it() -> None:
    denial = taken("r2", "2024-02-01", "denied", "org:b")
    assert changes(taken("r1", "2024-01-01"), denial, taken("r3", "2024-03-01")) == [ADDED, CONTRADICTED, REPEATED]
    assert last(taken("r1", "2024-01-01"), denial, taken("r3", "2024-03-01", by="org:c")) is CONTRADICTED


def test_a_graver_effect_is_added_and_tells_what_it_exceeds() -> None:
    told = disclosures(fill(taken("r1", "2024-01-01"), taken("r2", "2024-02-01", by="org:b", effect="exfiltrated")), A, INCIDENT)
    (change,) = told[1].changes
    assert change.change is ADDED and change.goes_further
    assert [e.claim.report for e in change.earlier] == [A.report("r1")]


def test_denied_access_denies_the_theft_and_denied_theft_leaves_access() -> None:
    theft = taken("r2", "2024-02-01", by="org:b", effect="exfiltrated")
    assert last(taken("r1", "2024-01-01", "denied"), theft) is CONTRADICTED
    assert last(taken("r1", "2024-01-01", "denied", effect="exfiltrated"), taken("r2", "2024-02-01", by="org:b")) is ADDED
    assert last(taken("r1", "2024-01-01", effect="exfiltrated"), taken("r2", "2024-02-01", by="org:b")) is REPEATED


# ── times and numbers ────────────────────────────────────────────────────────────────────────


def began(report_id: str, day: str | None, when: str, by: str = "org:a", **more: Any) -> IncidentReport:
    return says(report_id, day, "timings", by, event="began", when=when, **more)


@pytest.mark.parametrize(
    ("first", "then", "by", "expected"),
    [
        ("late November 2023", "2023-11-27", "org:b", PRECISE),
        ("2023-11-27", "late November 2023", "org:b", REPEATED),
        ("2023-11-27", "2023-11-27", "org:b", REPEATED),
        ("2023-11", "late November 2023", "org:a", PRECISE),
        ("2023-Q4", "first half of 2023", "org:a", CORRECTED),
        ("2023-12-12", "2024-01-12", "org:b", CONTRADICTED),
        ("on or about 2024-01-10", "on or about 2024-01-14", "org:b", REPEATED),
        ("since at least 2020-05", "2019-03", "org:b", PRECISE),
    ],
)
def test_times(first: str, then: str, by: str, expected: ChangeKind) -> None:
    assert changes(began("r1", "2024-01-01", first), began("r2", "2024-02-01", then, by)) == [ADDED, expected]


def test_nothing_is_made_precise_that_somebody_told_as_exactly() -> None:
    reports = [began("r1", "2024-01-01", "2023"), began("r2", "2024-02-01", "2023-11", "org:b"), began("r3", "2024-03-01", "2023-11")]
    assert changes(*reports) == [ADDED, PRECISE, REPEATED]


def test_another_event_or_party_is_another_thing() -> None:
    told = says("r1", "2024-01-01", "timings", event="notified", when="2024-03", party="org:x")
    assert last(told, says("r2", "2024-04-01", "timings", event="notified", when="2024-05", party="org:y")) is ADDED


@pytest.mark.parametrize(
    ("first", "then", "by", "expected"),
    [
        ({"words": "not said"}, 11, "org:a", PRECISE),
        (11, {"words": "a few"}, "org:b", REPEATED),
        ({"min": 13}, {"min": 20}, "org:b", PRECISE),
        ({"min": 13}, 12, "org:b", CONTRADICTED),
        (100, 120, "org:a", CORRECTED),
        ({"min": 5, "max": 9}, {"min": 7, "max": 12}, "org:b", REPEATED),
        ({"words": "not said"}, {"words": "not given"}, "org:b", REPEATED),
    ],
)
def test_numbers(first: Any, then: Any, by: str, expected: ChangeKind) -> None:
    reports = [
        says(f"r{n}", f"2024-0{n}-01", "involvements", agent, party="population:p", role="affected party", count=count)
        for n, agent, count in ((1, "org:a", first), (2, by, then))
    ]
    assert changes(*reports) == [ADDED, expected]


def test_an_unknown_number_is_not_zero() -> None:
    assert not Amount(None, None, "", "").known and str(Amount(None, None, "", "")) == "number not given"
    assert Amount(0, 0, "", "").known and str(Amount(13, None, "", "agencies")) == "at least 13 agencies"


# ── who did it, how ──────────────────────────────────────────────────────────────────────────


def blames(report_id: str, day: str, actor: str, by: str = "org:a", **parts: Any) -> IncidentReport:
    return make_report(report_id, day, attributions=[{"incident": "incident:i", "actor": actor, "asserted_by": by}], **parts)


SOMEBODY = {"unidentified_actors": [{"key": "somebody", "description": "a state's hackers"}]}


def test_a_name_after_a_description() -> None:
    described = blames("r1", "2024-01-01", "somebody", **SOMEBODY)
    assert last(described, blames("r2", "2024-02-01", "actor:x")) is PRECISE
    assert last(described, blames("r2", "2024-02-01", "actor:x", "org:b")) is ADDED
    linked = blames("r1", "2024-01-01", "somebody", **SOMEBODY, samenesses=[{"a": "somebody", "b": "actor:x", "stated_as": "close"}])
    assert last(linked, blames("r2", "2024-02-01", "actor:x", "org:b")) is PRECISE


def test_a_description_after_a_name_is_no_merge() -> None:
    named = blames("r1", "2024-01-01", "actor:x")
    assert last(named, blames("r2", "2024-02-01", "somebody", "org:b", **SOMEBODY)) is ADDED
    close = [{"a": "somebody", "b": "actor:x", "stated_as": "close"}]
    assert last(named, blames("r2", "2024-02-01", "somebody", "org:b", **SOMEBODY, samenesses=close)) is REPEATED


def test_another_named_actor_contradicts_unless_both_are_named() -> None:
    first = blames("r1", "2024-01-01", "actor:x")
    assert last(first, blames("r2", "2024-02-01", "actor:y", "org:b")) is CONTRADICTED
    assert last(first, blames("r2", "2024-02-01", "actor:y")) is CORRECTED
    both = make_report("r2", "2024-02-01", attributions=[{"incident": "incident:i", "actor": f"actor:{n}"} for n in "xy"])
    assert sorted(changes(first, both)) == [ADDED, ADDED, REPEATED]
    part = [{"a": "actor:y", "b": "actor:x", "stated_as": "part of"}]
    assert last(first, blames("r2", "2024-02-01", "actor:y", "org:b", samenesses=part)) is PRECISE


def test_techniques_by_id_or_words() -> None:
    def used(n: int, words: str, technique: str | None = None) -> IncidentReport:
        return says(f"r{n}", f"2024-0{n}-01", "techniques", words=words, technique=technique)

    assert changes(used(1, "brute force", "T1110"), used(2, "password spraying", "T1110.003"), used(3, "guessing", "T1110")) == [
        ADDED,
        PRECISE,
        REPEATED,
    ]
    assert changes(used(1, "Stolen  cookies"), used(2, "stolen cookies"), used(3, "phishing")) == [ADDED, REPEATED, ADDED]


def test_exploitation_of_a_hole_in_a_product_that_was_said_to_be_sound() -> None:
    denied = says("r1", "2024-01-01", "exploitations", product="product:p", stance="denied")
    found = says("r2", "2024-02-01", "exploitations", "org:b", product="product:p", vulnerability="vulnerability:CVE-2024-0001")
    assert last(denied, found) is CONTRADICTED
    assert last(says("r1", "2024-01-01", "exploitations", product="product:p"), found) is PRECISE


def test_memberships_and_supplies_of_parties_of_the_incident_count_and_others_do_not() -> None:
    parties = [{"incident": "incident:i", "party": p, "role": "affected party"} for p in ("org:m", "population:g", "org:s")]
    told = make_report(
        "r1",
        "2024-01-01",
        involvements=parties,
        memberships=[{"member": "org:m", "group": "population:g"}, {"member": "org:q", "group": "population:q"}],
        supplies=[{"supplier": "org:s", "customer": "org:m"}, {"supplier": "org:s", "customer": "org:elsewhere"}],
    )
    kinds = [c.claim.kind for c in disclosures(fill(told), A, INCIDENT)[0].changes]
    assert kinds.count("Membership") == 1 and kinds.count("Supply") == 1


# ── rewrites, order ──────────────────────────────────────────────────────────────────────────


def test_a_rewrite_in_words_of_its_own_repeats() -> None:
    first = make_report(
        "r1",
        "2024-01-01",
        assets=[{"id": "mail", "name": "Mail and documents", "kind": ["email", "documents"]}],
        compromises=[{"incident": "incident:i", "asset": "mail", "effect": "exfiltrated", "held_by": "org:v", "owned_by": "org:v"}],
    )
    mine = {"assets": [{"key": "staff-mail", "name": "Mail of the staff", "kind": "email"}]}
    claim = {"incident": "incident:i", "asset": "staff-mail", "effect": "viewed", "held_by": "org:v", "owned_by": "org:v"}
    rewrite = make_report("r2", "2024-02-01", **mine, compromises=[{**claim, "rests_on": "report:r1"}])
    assert last(first, rewrite) is REPEATED
    assert last(first, make_report("r2", "2024-02-01", **mine, compromises=[claim])) is ADDED
    graver = make_report("r2", "2024-02-01", **mine, compromises=[{**claim, "effect": "published", "rests_on": "report:r1"}])
    assert last(first, graver) is ADDED


def test_on_one_day_neither_is_earlier_unless_one_restates_the_other() -> None:
    first, second = taken("r2", "2024-01-01"), taken("r1", "2024-01-01", by="org:b")
    assert changes(first, second) == [ADDED, ADDED]
    restating = taken("r1", "2024-01-01", by="org:b", restates="report:r2")
    told = disclosures(fill(first, restating), A, INCIDENT)
    assert [t.report for t in told] == [A.report("r2"), A.report("r1")]
    assert [c.change for t in told for c in t.changes] == [ADDED, REPEATED]


def test_reports_that_restate_each_other_end() -> None:
    one, two = taken("r1", "2024-01-01", restates="report:r2"), taken("r2", "2024-01-01", restates="report:r1")
    assert changes(one, two) == [ADDED, REPEATED]


def test_undated_reports_come_last_and_have_no_days() -> None:
    told = disclosures(fill(began("r0", None, "2023-11-27", "org:b"), began("r1", "2024-01-01", "2023-11")), A, INCIDENT)
    assert [t.days for t in told] == [(0, 0), None]
    assert told[1].changes[0].change is PRECISE


def test_curation_and_publishers_are_no_disclosure() -> None:
    curated = taken("r1", "2024-01-01")
    assert curated.report is not None
    curated = curated.model_copy(update={"report": curated.report.model_copy(update={"kind": ReportKind.CURATION})})
    printed = says("r2", "2024-01-02", "involvements", party="org:news", role="publisher")
    assert changes(curated, printed) == []
    assert state(fill(curated, printed), A, INCIDENT) == State()


# ── states ───────────────────────────────────────────────────────────────────────────────────


def test_what_stands_and_what_is_contested() -> None:
    (fact,) = state(fill(taken("r1", "2024-01-01"), taken("r2", "2024-02-01", "denied", "org:b")), A, INCIDENT).facts
    assert (fact.standing, fact.agents) == ("contested", (A.thing("org", "a"),))
    (fact,) = state(fill(taken("r1", "2024-01-01", "denied")), A, INCIDENT).facts
    assert (fact.standing, fact.agents) == ("denied", ())
    (fact,) = state(fill(taken("r1", "2024-01-01"), taken("r2", "2024-02-01", "withdrawn")), A, INCIDENT).facts
    assert fact.standing == "withdrawn"
    (fact,) = state(fill(taken("r1", "2024-01-01", "claimed", "org:x"), taken("r2", "2024-02-01", "denied")), A, INCIDENT).facts
    assert fact.standing == "disputed"
    times = [began("r1", "2024-01-01", "2023-12-12"), began("r2", "2024-01-02", "2024-01-12", "org:b")]
    assert state(fill(*times), A, INCIDENT).facts[0].standing == "contested"


def test_a_diff_of_equal_states_is_empty_and_of_another_state_is_refused() -> None:
    store = fill(taken("r1", "2024-01-01"))
    assert not diff_between(store, fill(taken("r1", "2024-01-01")), A, INCIDENT)
    step = diff(State(), state(store, A, INCIDENT))
    with pytest.raises(ValueError, match="another state"):
        state(store, A, INCIDENT).apply(step)
    assert len({state(store, A, INCIDENT), State()}) == 2


_AGENTS = st.sampled_from(["org:a", "org:b", "actor:x"])
_STANCES = st.sampled_from(["asserted", "asserted", "denied", "suspected", "claimed", "disputed", "withdrawn", "not known"])
_DAYS = st.dates(date(2024, 1, 1), date(2024, 1, 8))
_WHEN = st.one_of(_DAYS.map(str), st.sampled_from(["2024-01", "2023", "early January 2024", "since at least 2023-12", "about 2024-01-03"]))
_COUNT = st.one_of(st.integers(0, 5), st.just({"words": "not said"}), st.just({"min": 2}), st.just({"max": 4}))
_KINDS: dict[str, tuple[dict[str, list[str]], dict[str, Any]]] = {
    "compromises": ({"asset": ["asset:m", "asset:n"], "effect": ["accessed", "viewed", "exfiltrated"]}, {"quantity": _COUNT}),
    "timings": ({"event": ["began", "notified"]}, {"when": _WHEN}),
    "attributions": ({"actor": ["actor:x", "actor:y", "somebody"]}, {}),
    "involvements": ({"party": ["org:v", "org:w"], "role": ["victim", "affected party", "publisher"]}, {"count": _COUNT}),
    "impacts": ({"kind": ["records"]}, {"amount": _COUNT, "words": st.sampled_from(["many", "few"])}),
    "techniques": ({"words": ["spray", "phish"]}, {"technique": st.sampled_from(["T1110", "T1110.003"])}),
}
_CLAIM = st.one_of(
    *(
        st.tuples(st.just(kind), st.fixed_dictionaries({k: st.sampled_from(v) for k, v in needed.items()}, optional=optional))
        for kind, (needed, optional) in _KINDS.items()
    )
)


@st.composite
def _histories(draw: st.DrawFn) -> list[IncidentReport]:
    reports = []
    for number in range(draw(st.integers(1, 5))):
        parts: dict[str, list[dict[str, Any]]] = {"samenesses": []}
        for _ in range(draw(st.integers(1, 3))):
            kind, claim = draw(_CLAIM)
            told = {"incident": "incident:i", "stance": draw(_STANCES), "asserted_by": draw(_AGENTS), **claim}
            parts.setdefault(kind, []).append(told)
        if draw(st.booleans()):
            joined = {"a": "somebody", "b": "actor:x", "stated_as": draw(st.sampled_from(["same", "close", "part of"]))}
            parts["samenesses"].append(joined)
        day = draw(st.none() | _DAYS.map(str))
        report = make_report(f"r{number}", day, **SOMEBODY, **parts)
        if number and draw(st.booleans()):
            assert report.report is not None
            info = report.report.model_copy(update={"restates": (f"report:r{draw(st.integers(0, number - 1))}",)})
            report = report.model_copy(update={"report": info})
        reports.append(report)
    return reports


@settings(max_examples=60, deadline=None)
@given(_histories())
def test_each_report_leads_from_state_to_state(reports: list[IncidentReport]) -> None:
    told = disclosures(fill(*reports), A, INCIDENT)
    order = {t.report: n for n, t in enumerate(told)}
    ordered = sorted(reports, key=lambda r: order.get(A.report(r.info.id), -1))
    before = State()
    for length in range(1, len(ordered) + 1):
        after = state(fill(*ordered[:length]), A, INCIDENT)
        assert before.apply(diff(before, after)) == after
        assert after.apply(diff(after, before)) == before
        again = [*ordered[:length], ordered[length - 1]]
        assert not diff(after, state(fill(*again), A, INCIDENT))
        before = after


@settings(max_examples=60, deadline=None)
@given(_histories())
def test_every_claim_has_one_word_and_points_to_earlier_reports(reports: list[IncidentReport]) -> None:
    store = fill(*reports)
    told = disclosures(store, A, INCIDENT)
    assert told == disclosures(store, A, INCIDENT)
    ends = [r.published.end.isoformat() if r.published else "9999" for t in told for r in reports if A.report(r.info.id) == t.report]
    assert ends == sorted(ends)
    place = {t.report: n for n, t in enumerate(told)}
    claims = [c.claim.iri for t in told for c in t.changes]
    assert len(claims) == len(set(claims)) == sum(len(f.claims) for f in state(store, A, INCIDENT).facts)
    for report in told:
        for change in report.changes:
            assert all(place[e.claim.report] < place[report.report] for e in change.earlier)
            assert change.earlier or change.change in (ADDED, WITHDREW)
    assert all(c.change in (ADDED, WITHDREW) for t in told[:1] for c in t.changes)


# ── precision ────────────────────────────────────────────────────────────────────────────────

_INTERVALS = st.tuples(st.dates(date(1990, 1, 1), date(2030, 12, 31)), st.integers(0, 400)).map(
    lambda pair: parse(f"{pair[0]}/{pair[0] + timedelta(days=pair[1])}")
)


def numbers(time: Interval) -> tuple[int, int]:
    return time.first_day_number, time.last_day_number


@given(_INTERVALS, _INTERVALS)
def test_lags_are_what_the_calendar_says(one: Interval, other: Interval) -> None:
    least, most = days_between(numbers(one), numbers(other))
    assert (least, most) == lag_days(one, other)
    assert least == (other.start.date() - one.last_day).days and most == (other.last_day - one.start.date()).days
    spread = sum((t.last_day - t.start.date()).days for t in (one, other))
    assert most - least == spread, "a lag is exactly as vague as both times together"


@given(_INTERVALS, _INTERVALS)
def test_how_intervals_lie_to_each_other(one: Interval, other: Interval) -> None:
    pair = [(t.start.timestamp(), t.end.timestamp()) for t in (one, other)]
    found, back = fit(*pair), fit(*reversed(pair))
    assert (found is Fit.APART) == (not one.overlaps(other))
    mirrored = {Fit.INSIDE: Fit.WIDER, Fit.WIDER: Fit.INSIDE}
    assert back is mirrored.get(found, found)


@settings(max_examples=40, deadline=None)
@given(_histories())
def test_no_state_is_more_precise_than_its_reports(reports: list[IncidentReport]) -> None:
    said = {numbers(c.when) for r in reports for field in CLAIMS for c in getattr(r, field) if getattr(c, "when", None)}
    counts = {
        (n.min, n.max) for r in reports for c in r.claims() for name in ("count", "quantity", "amount") if (n := getattr(c, name, None))
    }
    for fact in state(fill(*reports), A, INCIDENT).facts:
        for saying in fact.sayings:
            assert saying.time is None or (saying.time.first_day, saying.time.last_day) in said
            assert saying.count is None or (saying.count.least, saying.count.most) in counts


def test_a_time_prints_as_exactly_as_it_was_given() -> None:
    for words in ("2024-01", "2024-Q1", "2024", "late November 2023", "since at least 2023-05"):
        (fact,) = state(fill(began("r", "2024-06-01", words)), A, INCIDENT).facts
        assert str(fact.sayings[0].time) in (words, iso(parse(words)))
