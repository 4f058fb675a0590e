"""Expected answers of the further questions, what was known when, and proof that every check catches its fault."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from kg.queries import load_queries, run
from kg.resources import folder
from kg.store.base import QuadStore
from kg.store.oxigraph import OxigraphStore

from .test_first_case import CASE, NOT_VICTIMS, answer, bundled, column, fill, first_case

VA = "org:us-department-of-veterans-affairs"
CHECKS = load_queries(folder("queries") / "checks")


@pytest.fixture(scope="module")
def graph() -> QuadStore:
    return fill(OxigraphStore(), bundled())


@pytest.fixture(scope="module")
def small() -> QuadStore:
    return fill(OxigraphStore(), first_case())


def as_of(day: str) -> QuadStore:
    """Only what was public by the end of ``day``, and the reference files."""
    end = datetime.fromisoformat(day + "T23:59:59").replace(tzinfo=UTC).timestamp() + 1
    known = [r for r in first_case() if r.reference or (r.published and r.published.end.timestamp() <= end)]
    return fill(OxigraphStore(), known)


def test_cq08_from_a_description_to_a_name(graph: QuadStore) -> None:
    rows = answer(graph, "CQ08", incident=CASE)
    steps = [(r["date"][:10], r["assertedBy"], r["change"]) for r in rows]
    assert steps[:2] == [("2024-01-19", "org:microsoft", "first"), ("2024-01-19", "org:microsoft", "made precise")]
    assert rows[1]["from"].endswith("nation-state-actor") and rows[1]["to"] == "actor:midnight-blizzard"
    assert ("2024-04-11", "org:cisa", "repeated") in steps
    assert "contradicted" not in column(rows, "change")


def test_cq17_what_was_used_against_whom(graph: QuadStore) -> None:
    uses = {(r["asset"], r["against"], r["usedOn"]) for r in answer(graph, "CQ17", incident=CASE)}
    assert ("asset:microsoft-emails-and-documents", "org:microsoft", "asset:microsoft-source-code-repositories") in uses
    assert ("asset:microsoft-emails-and-documents", "org:microsoft", "asset:microsoft-internal-systems") in uses
    assert ("asset:secrets-in-microsoft-email", "population:microsoft-customers-with-shared-secrets", "") in uses
    (va,) = [r for r in answer(graph, "CQ17", incident=CASE) if r["against"] == VA]
    assert va["asset"] == "asset:va-credentials" and va["usedOn"] == "asset:va-test-environment"
    assert va["when"] == "around January 2024" and "one second" in va["outcome"]


def test_cq20_on_1_february_2024() -> None:
    rows = answer(as_of("2024-02-01"), "CQ20", incident=CASE)
    assert {r["thing"] for r in rows if r["part"] == "party"} == {"org:microsoft"}
    assert {r["thing"] for r in rows if r["part"] == "asset" and r["stance"] == "ikg:stance-asserted"} == {
        "asset:microsoft-corporate-mailboxes",
        "asset:microsoft-emails-and-documents",
    }
    assert "actor:midnight-blizzard" in {r["thing"] for r in rows if r["part"] == "actor"}
    code = [r for r in rows if r["thing"] == "asset:microsoft-source-code-repositories"]
    assert column(code, "stance") == {"ikg:stance-denied"}


def test_cq20_on_5_april_and_26_june_2024() -> None:
    april = answer(as_of("2024-04-05"), "CQ20", incident=CASE)
    done = {(r["thing"], r["as"]) for r in april if r["stance"] == "ikg:stance-asserted"}
    assert ("asset:microsoft-source-code-repositories", "ikg:effect-accessed") in done
    assert ("asset:secrets-in-microsoft-email", "ikg:effect-exfiltrated") in done
    assert "asset:fceb-correspondence" not in column(april, "thing")
    assert "report:cyberscoop-directive-2024-04-04" in column(answer(as_of("2024-04-05"), "CQ19", incident=CASE), "report")
    june = column(answer(as_of("2024-06-26"), "CQ20", incident=CASE), "thing")
    assert "population:fceb-agencies-with-correspondence" in june
    assert not {VA, "population:texas-agencies-and-universities", "population:microsoft-email-correspondents"} & june


def test_cq10_known_first_is_as_precise_as_its_report(graph: QuadStore) -> None:
    first = {r["party"]: r["firstKnown"] for r in answer(graph, "CQ10", incident=CASE)}
    assert first["org:microsoft"] == "2024-01-19"
    assert first[VA] == first["org:us-agency-for-global-media"] == "2024-07-03"
    assert first["org:peace-corps"] == "2024-07"


def test_cq21_what_the_june_reports_added(graph: QuadStore) -> None:
    june = answer(graph, "CQ21", report="report:microsoft-statement-2024-06-27")
    assert {("ikg:Compromise", "adds"), ("ikg:Timing", "adds")} <= {(r["kind"], r["change"]) for r in june}
    rewrite = answer(graph, "CQ21", report="report:successful-equities-2024-06-29")
    assert {(r["kind"], r["change"]) for r in rewrite if r["kind"] == "ikg:Timing"} == {("ikg:Timing", "repeats")}
    assert not {"contradicts", "corrects"} & column(rewrite, "change")


def test_cq22_disclosure_to_customers_and_notified_to_public(graph: QuadStore) -> None:
    rows = {(r["from"], r["to"], r["party"], r["minDays"], r["maxDays"]) for r in answer(graph, "CQ22", incident=CASE)}
    assert ("disclosed", "public", "population:microsoft-email-correspondents", "160", "160") in rows
    assert ("notified", "public", VA, "94", "124") in rows
    assert ("detected", "contained", "", "-2", "4") in rows
    hpe = {(r["from"], r["to"], r["minDays"], r["maxDays"]) for r in answer(graph, "CQ22", incident="incident:hpe-email-2023")}
    assert ("notified", "public", "43", "43") in hpe


def test_cq23_kinds_of_date_are_no_conflict(graph: QuadStore) -> None:
    (hpe,) = answer(graph, "CQ23", subject="report:hpe-8k-2024-01-24")
    assert (hpe["dateKind"], hpe["otherKind"], hpe["finding"]) == ("ikg:date-kind-cover", "published", "different kinds")
    kinds = {(r["dateKind"], r["otherKind"]) for r in answer(graph, "CQ23", subject="report:cisa-ed-24-02")}
    assert {("ikg:date-kind-issued", "published"), ("ikg:date-kind-existence-known", "published")} <= kinds
    begun = [r for r in answer(graph, "CQ23", subject=CASE) if r["dateKind"] == "ikg:event-began"]
    assert column(begun, "overlap") == {"true"} and column(begun, "finding") == {"false precision"}


def test_cq25_unknown_techniques_are_not_disjoint(graph: QuadStore) -> None:
    rows = {r["incidentB"]: r for r in answer(graph, "CQ25", incident=CASE)}
    assert rows["incident:hpe-email-2023"]["basis"] == "not stated"
    assert all(r["sharedTechniques"] for r in rows.values() if r["basis"] == "shared")


def test_cq29_from_the_actor_to_one_second_of_access(graph: QuadStore) -> None:
    rows = answer(graph, "CQ29", org=VA, incident=CASE)
    chain = {(r["step"], r["asset"], r["to"]) for r in rows}
    assert ("1", "", "org:microsoft") in chain and ("3", "asset:va-credentials", VA) in chain
    assert ("4", "asset:va-test-environment", VA) in chain
    assert any(r["step"] == "2" and r["from"] == "org:microsoft" and r["effect"] == "exfiltrated" for r in rows)
    assert "credentials changed" in next(r["effect"] for r in rows if r["step"] == "4")


def test_cq30_what_usagm_was_told(graph: QuadStore) -> None:
    (row,) = answer(graph, "CQ30", org="org:us-agency-for-global-media")
    assert row["supplier"] == "org:microsoft" and row["notifiedWords"] == "a few months ago"
    assert (row["notifiedStart"][:10], row["notifiedEnd"][:10]) == ("2024-02-03", "2024-05-04")
    assert row["firstPublic"] == "2024-07-03"


def test_cq31_a_group_is_not_added_to_its_members(small: QuadStore) -> None:
    (row,) = [r for r in answer(small, "CQ31") if r["supplier"] == "org:microsoft"]
    assert row["affectedNamed"] == "8" and row["affectedMin"] == "16"
    assert row["affectedUnknownGroups"] == "3"


def test_cq32_sectors_and_roles_apart(graph: QuadStore) -> None:
    rows = answer(graph, "CQ32", actor="actor:apt29")
    hit = {(party.rpartition("/id/")[2], r["country"], r["role"]) for r in rows for party in r["parties"].split()}
    assert {
        ("org/microsoft", "ikg:country-US", "ikg:role-victim"),
        ("org/hewlett-packard-enterprise", "ikg:country-US", "ikg:role-victim"),
        ("org/teamviewer", "ikg:country-DE", "ikg:role-victim"),
        ("org/texas-general-land-office", "ikg:country-US", "ikg:role-affected-party"),
    } <= hit
    assert not any("teamviewer" in party and "customers" in party for party, _, _ in hit)


def test_cq33_two_series(small: QuadStore) -> None:
    months = {r["month"]: (r["happened"], r["disclosed"]) for r in answer(small, "CQ33")}
    assert months["2023-11"] == ("1", "0") and months["2023-05"] == ("1", "0") and months["2024-01"] == ("0", "2")


def test_cq34_shares_tell_their_denominator(small: QuadStore) -> None:
    rows = {r["measure"]: (r["incidents"], r["of"]) for r in answer(small, "CQ34")}
    assert rows["unknown start"] == ("1", "3")
    assert set(rows) == {"unknown actor", "unknown start", "no stated asset", "one source only"}


def test_cq35_a_statement_and_its_words(graph: QuadStore) -> None:
    rows = answer(graph, "CQ35")
    assert "report:microsoft-statement-2024-06-27" in column(rows, "report")
    assert column(rows, "rule") == {"stolen"}
    assert all(int(r["end"]) - int(r["start"]) == len(r["words"]) for r in rows)
    assert column(rows, "wordsOf") == {"ikg:words-of-project"}


def test_cq36_one_agent_or_nobody_named(graph: QuadStore) -> None:
    rows = answer(graph, "CQ36", incident=CASE)
    unnamed = {r["object"] for r in rows if r["predicate"] == "ikg:affected" and r["kindOfAgent"] == "unnamed person"}
    assert unnamed == {
        "org:texas-department-of-transportation",
        "org:texas-department-of-motor-vehicles",
        "org:texas-state-securities-board",
        "org:texas-workforce-commission",
    }
    assert "org:peace-corps" in {r["object"] for r in rows if r["predicate"] == "ikg:affected" and r["agents"] == "1"}
    hpe = [r for r in answer(graph, "CQ36", incident="incident:hpe-email-2023") if r["object"] == "ikg:event-notified"]
    assert any("ap-hpe-2024-01-24" in r["reports"] for r in hpe)


def test_cq37_and_cq38_have_no_edge_of_a_bystander(graph: QuadStore) -> None:
    incidents = {(r["from"], r["to"]) for r in answer(graph, "CQ37")}
    assert {(CASE, "actor:apt29"), (CASE, VA), (CASE, "org:microsoft")} <= incidents
    parties = {(r["from"], r["predicate"], r["to"]) for r in answer(graph, "CQ37", projection="parties")}
    assert {("actor:apt29", "ikg:targeted", "org:microsoft"), (VA, "ikg:customerOf", "org:microsoft")} <= parties
    ends = {end for a, _, b in parties for end in (a, b)} | {end for pair in incidents for end in pair}
    assert not {"org:dsmy", "org:bloomberg", "org:sec"} & ends
    sides = {(r["node"], r["side"]) for r in answer(graph, "CQ38", incident=CASE)}
    assert ("org:microsoft", "victim") in sides and not NOT_VICTIMS & {node for node, _ in sides}


def test_cq40_same_and_different(graph: QuadStore) -> None:
    rows = answer(graph, "CQ40", incident=CASE)
    different = {frozenset((r["incidentA"], r["incidentB"])) for r in rows if r["verdict"] == "ikg:sameness-different"}
    others = ("incident:hpe-email-2023", "incident:teamviewer-2024", "incident:storm-0558-exchange-online-2023")
    assert {frozenset((CASE, other)) for other in others} <= different
    same = {r["incidentA"].split("/")[0] for r in rows if r["verdict"] == "ikg:sameness-same" and r["incidentB"] == CASE}
    assert {"report:successful-equities-2024-06-29", "report:board-cybersecurity-tracker-microsoft", "report:cisa-ed-24-02"} <= same
    assert {r["sameActor"] for r in rows if r["incidentB"] == "incident:hpe-email-2023"} == {"yes"}


# ── the checks ───────────────────────────────────────────────────────────────────────────────

PREFIXES = """
@prefix ikg: <https://w3id.org/incident-kg/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix : <urn:x:> .
"""
SAID = "a ikg:Timing ; ikg:incident :i ; ikg:statedIn :r ; ikg:stance ikg:stance-asserted ; ikg:event"
DAY = '"2024-01-{:02}T00:00:00Z"^^xsd:dateTime'
FAULTS = {
    "end-before-start": f":c ikg:start {DAY.format(2)} ; ikg:end {DAY.format(1)}",
    "detected-before-it-began": (
        f":c {SAID} ikg:event-detected ; ikg:end {DAY.format(2)} . :d {SAID} ikg:event-began ; ikg:start {DAY.format(3)}"
    ),
    "public-before-detection": (f":c {SAID} ikg:event-detected ; ikg:start {DAY.format(9)} . :r ikg:publishedEnd {DAY.format(2)}"),
    "words-do-not-fit-their-place": ':c a ikg:Evidence ; oa:exact "abc" ; oa:start 0 ; oa:end 4',
    "claim-without-report": ":c a ikg:Attribution ; ikg:assertedBy :o ; ikg:stance ikg:stance-asserted",
    "ticker-as-organization": (
        ':o dct:identifier "ticker:MSFT" ; skos:prefLabel "Microsoft" . :c a ikg:Organization ; skos:prefLabel "MSFT"'
    ),
    "person-as-organization": (
        ":c a ikg:Involvement ; ikg:role ikg:role-breached-supplier ; ikg:party :p ; ikg:statedIn :r . :p a ikg:Person"
    ),
    "two-kinds-of-thing": ":c a ikg:Organization , ikg:Person",
    "malformed-country": ":c ikg:country ikg:country-Atlantis",
    "malformed-technique": ':c a ikg:Technique ; dct:identifier "attack:X1"',
    "confidence-out-of-range": ":c ikg:confidence 101",
    "group-smaller-than-its-members": ":c a ikg:Population ; ikg:countMax 1 . :a ikg:memberOf :c . :b ikg:memberOf :c",
    "count-below-its-minimum": ":c ikg:countMin 3 ; ikg:countMax 2",
    "edge-without-a-living-claim": ":c a ikg:DerivedEdge ; ikg:claim :gone",
    "edge-and-record-differ": ":c a ikg:DerivedEdge ; rdf:subject :i ; rdf:predicate ikg:victim ; rdf:object :o",
    "dated-and-undated": ":c a ikg:Report",
    "no-display-name": ":d ikg:party :c ; ikg:statedIn :r",
}


def test_every_check_has_a_fault_that_proves_it() -> None:
    assert set(FAULTS) == set(CHECKS)


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_a_check_catches_its_fault_alone_and_in_cq39(name: str) -> None:
    store = OxigraphStore()
    store.load(parse(PREFIXES + "GRAPH :r {" + FAULTS[name] + "}", format=RdfFormat.TRIG))
    alone = run(store, CHECKS[name])
    assert ("urn:x:c", name) in {(row[1].value, row[0].value) for row in alone.rows if row[0] and row[1]}
    assert alone.columns == ["rule", "record", "value", "report", "severity"]
    together = run(store, load_queries()["CQ39"]).rows
    assert {tuple(map(str, row)) for row in alone.rows} <= {tuple(map(str, row)) for row in together}


def test_cq39_holds_the_pattern_of_every_check() -> None:
    def pattern(path: Path) -> str:
        text = path.read_text("utf-8")
        return " ".join(text[text.index("WHERE {") + 7 : text.rindex("}\nORDER BY")].split())

    queries = folder("queries")
    whole = pattern(queries / "cq39-broken-rules.rq")
    assert [p.name for p in (queries / "checks").glob("*.rq") if pattern(p) not in whole] == []
