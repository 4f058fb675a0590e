"""What the questions answer about the first case, what must never come back, and that both engines agree."""

from __future__ import annotations

import random
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest
from pyoxigraph import NamedNode

from kg.identity.iris import Addresses
from kg.mapping import prop, to_quads
from kg.model.report import IncidentReport
from kg.queries import SavedQuery, load_queries, run, term
from kg.readers.base import Found, SourceFile
from kg.readers.report_yaml import ReportYaml
from kg.resources import folder
from kg.rules import Change, rederive
from kg.store.base import QuadStore
from kg.store.memory import MemoryStore
from kg.store.oxigraph import OxigraphStore
from kg.validation import check_quotes

A = Addresses()
CASE = "incident:microsoft-corporate-email-2023"
NOT_VICTIMS = {
    "org:dsmy",
    "org:cisa",
    "org:sc-media",
    "org:bloomberg",
    "org:reuters",
    "org:cyberscoop",
    "org:sec",
    "org:texas-department-of-information-resources",
}
QUERIES = load_queries()


@cache
def bundled() -> tuple[IncidentReport, ...]:
    return read(sorted(folder("data").rglob("*.yaml")))


@cache
def first_case() -> tuple[IncidentReport, ...]:
    data = folder("data")
    return read(
        [*sorted((data / "reports/microsoft-midnight-blizzard").glob("*.yaml")), *sorted((data / "reference").glob("organizations-*.yaml"))]
    )


def read(paths: Iterable[Path]) -> tuple[IncidentReport, ...]:
    found = [item for path in paths for item in ReportYaml().read(SourceFile(path))]
    assert all(isinstance(item, Found) for item in found), found
    return tuple(item.report for item in found if isinstance(item, Found))


def fill(store: QuadStore, reports: Iterable[IncidentReport]) -> QuadStore:
    quads = tuple(q for r in reports for q in to_quads(r, A))
    store.load(quads)
    rederive(store, Change((), quads), A)
    return store


@pytest.fixture(scope="module")
def graph() -> QuadStore:
    return fill(OxigraphStore(), bundled())


@pytest.fixture(scope="module")
def small() -> QuadStore:
    return fill(OxigraphStore(), first_case())


def answer(store: QuadStore, question: str, /, **params: str) -> list[dict[str, str]]:
    query = QUERIES[question]
    given = {p.name: p.default for p in query.parameters if p.default} | params
    found = run(store, query, {k: term(v, A) for k, v in given.items()})
    return [
        {
            c: A.shorten(cell.value) if isinstance(cell, NamedNode) else getattr(cell, "value", "")
            for c, cell in zip(found.columns, row, strict=True)
        }
        for row in found.rows
    ]


def column(rows: list[dict[str, str]], name: str) -> set[str]:
    return {row[name] for row in rows}


# ── expected answers ─────────────────────────────────────────────────────────────────────────


def test_cq01_names_and_who_uses_them(graph: QuadStore) -> None:
    named = {(r["name"], r["nameUser"]) for r in answer(graph, "CQ01", actor="actor:apt29")}
    users = {
        "Midnight Blizzard": "org:microsoft",
        "Dark Halo": "org:volexity",
        "SolarStorm": "org:unit-42",
        "NobleBaron": "org:sentinelone",
        "Blue Kitsune": "org:pwc",
    }
    assert set(users.items()) <= named
    assert {"NOBELIUM", "YTTRIUM", "Cozy Bear", "CozyDuke", "The Dukes", "UNC2452", "UNC3524", "IRON RITUAL", "IRON HEMLOCK"} <= {
        n for n, _ in named
    }


def test_cq02_an_ambiguous_name_gives_several(graph: QuadStore) -> None:
    assert column(answer(graph, "CQ02", name="Grizzly Steppe"), "actor") == {"actor:apt28", "actor:apt29"}
    assert column(answer(graph, "CQ02", name="cozy  bear"), "actor") == {"actor:apt29"}
    dsmy = answer(graph, "CQ02", name="DSMY")
    assert column(dsmy, "actor") == {""} and column(dsmy, "organization") == {"org:dsmy"}
    assert any("beneficiary" in r["role"] or "bystander" in r["role"] for r in dsmy)


def test_cq03_who_says_same_and_who_says_close(graph: QuadStore) -> None:
    pairs = {(frozenset((r["actorA"], r["actorB"])), r["statedAs"], r["assertedBy"]) for r in answer(graph, "CQ03", actor="actor:apt29")}
    both = frozenset(("actor:apt29", "actor:unc2452"))
    assert (both, "ikg:sameness-same", "org:mitre") in pairs and (both, "ikg:sameness-close", "org:misp-project") in pairs


def test_cq04_russian_hackers_are_linked_by_the_curator_only(graph: QuadStore) -> None:
    rows = [r for r in answer(graph, "CQ04", incident=CASE) if r["words"] == "Russian hackers"]
    assert rows and column(rows, "suspectedOrigin") == {"ikg:country-RU"}
    assert column(rows, "linkAssertedBy") == {"org:incident-kg"} and column(rows, "linkStatedAs") == {"ikg:sameness-close"}


def test_cq05_profile(graph: QuadStore) -> None:
    (row,) = answer(graph, "CQ05", actor="actor:apt29")
    assert int(row["incidents"]) >= 3 and "country-RU" in row["origin"] and "svr" in row["sponsor"]


def test_cq06_attributions(graph: QuadStore) -> None:
    rows = answer(graph, "CQ06", incident=CASE)
    told = {(r["date"][:10], r["assertedBy"], r["actorAsNamed"]) for r in rows}
    assert ("2024-01-19", "org:microsoft", "Midnight Blizzard") in told and ("2024-04-11", "org:cisa", "Midnight Blizzard") in told
    assert ("2024-01-19", "org:microsoft", "nation-state associated threat actor") in told
    assert not any(r["assertedBy"] in ("org:uk-ncsc", "org:nsa") for r in rows)
    (hpe,) = answer(graph, "CQ06", incident="incident:hpe-email-2023")
    assert hpe["confidenceAsSaid"] == "believed to be"


def test_cq07_disagreement_exists_but_not_here(graph: QuadStore) -> None:
    everywhere = run(graph, QUERIES["CQ07"], {})
    assert everywhere.rows
    assert answer(graph, "CQ07", incident=CASE) == []


def test_cq09_independent_agents(graph: QuadStore) -> None:
    row = next(r for r in answer(graph, "CQ09", incident=CASE) if r["actor"] == "actor:apt29")
    assert row["assertingAgents"] == "2" and int(row["reports"]) >= 2


def test_cq10_who_was_hit(graph: QuadStore) -> None:
    rows = answer(graph, "CQ10", incident=CASE)
    hit = {r["party"]: r["role"] for r in rows}
    assert hit["org:microsoft"] == "ikg:role-victim"
    texas = {
        f"org:texas-{n}"
        for n in (
            "department-of-transportation",
            "workforce-commission",
            "department-of-motor-vehicles",
            "general-land-office",
            "state-securities-board",
        )
    }
    affected = {"org:us-department-of-veterans-affairs", "org:us-agency-for-global-media", "org:peace-corps", *texas}
    affected |= {
        "population:texas-agencies-and-universities",
        "population:microsoft-email-correspondents",
        "population:fceb-agencies-with-correspondence",
    }
    assert all(hit[party] == "ikg:role-affected-party" for party in affected)
    assert not NOT_VICTIMS & set(hit)


def test_cq11_everybody_else_has_a_role(graph: QuadStore) -> None:
    roles = {(r["party"], r["role"].removeprefix("ikg:role-")) for r in answer(graph, "CQ11", incident=CASE)}
    assert {("org:dsmy", "possible-beneficiary"), ("org:dsmy", "bystander"), ("org:cisa", "responder"), ("org:sec", "regulator")} <= roles
    assert {("org:bloomberg", "publisher"), ("org:reuters", "publisher"), ("org:cyberscoop", "publisher")} <= roles


def test_cq12_members_of_the_texas_group(graph: QuadStore) -> None:
    rows = [r for r in answer(graph, "CQ12", incident=CASE) if r["group"] == "population:texas-agencies-and-universities"]
    assert len(column(rows, "member")) == 5 and column(rows, "groupSizeMin") == {"13"} and not column(rows, "groupSizeMax") & {"0", "13"}


def test_cq13_confirmations(graph: QuadStore) -> None:
    by: dict[str, set[str]] = {}
    for row in answer(graph, "CQ13", incident=CASE):
        by.setdefault(row["party"], set()).add(row["confirmation"].removeprefix("ikg:confirmation-"))
    assert by["org:us-department-of-veterans-affairs"] == {"itself"}
    assert by["org:texas-department-of-transportation"] == {"unnamed-person"} == by["org:texas-workforce-commission"]
    assert "itself" in by["org:texas-general-land-office"] and "authority" in by["population:texas-agencies-and-universities"]


def test_cq14_unknown_is_not_zero(graph: QuadStore) -> None:
    rows = answer(graph, "CQ14", incident=CASE)
    assert any(r["min"] == "13" and r["what"] == "population:texas-agencies-and-universities" for r in rows)
    assert any(r["min"] == r["max"] == "11" for r in rows)
    assert not any(r["min"] == "0" or r["max"] == "0" for r in rows)


def test_cq15_what_was_taken(graph: QuadStore) -> None:
    done = {
        (r["asset"], r["effect"].removeprefix("ikg:effect-"), r["stance"].removeprefix("ikg:stance-"))
        for r in answer(graph, "CQ15", incident=CASE)
    }
    assert ("asset:customer-correspondence-at-microsoft", "exfiltrated", "asserted") in done
    assert ("asset:microsoft-source-code-repositories", "accessed", "asserted") in done
    assert ("asset:microsoft-customer-facing-systems", "accessed", "denied") in done
    assert ("asset:microsoft-customer-facing-systems", "accessed", "asserted") not in done


def test_cq16_corrected_and_gone_further(graph: QuadStore) -> None:
    code = [r for r in answer(graph, "CQ16", incident=CASE) if r["asset"] == "asset:microsoft-source-code-repositories"]
    assert {"corrects", "goes further"} <= column(code, "relation")


def test_cq18_and_cq30_what_of_ours_was_at_a_supplier(graph: QuadStore) -> None:
    assert column(answer(graph, "CQ18", org="org:us-department-of-veterans-affairs"), "holder") == {"org:microsoft"}
    (row,) = answer(graph, "CQ30", org="org:us-department-of-veterans-affairs")
    assert (
        row["supplier"] == "org:microsoft" and row["notifiedStart"].startswith("2024-03-01") and row["firstPublic"].startswith("2024-07-03")
    )
    assert not any(r["incident"] == CASE for r in answer(graph, "CQ30", org="org:hewlett-packard-enterprise"))


def test_cq19_timeline(graph: QuadStore) -> None:
    rows = answer(graph, "CQ19", incident=CASE)
    order = [r["report"] for r in rows]
    dated = [r["dateEnd"] for r in rows if r["dateEnd"]]
    assert (
        dated == sorted(dated)
        and order[0] == "report:microsoft-8k-2024-01-19"
        and order[-1] == "report:board-cybersecurity-tracker-microsoft"
    )
    assert not {
        "report:hpe-8k-2024-01-24",
        "report:ap-hpe-2024-01-24",
        "report:ncsc-svr-cloud-access-2024-02-26",
        "report:teamviewer-2024-06-28",
    } & set(order)


def test_cq22_lags(graph: QuadStore) -> None:
    lags = {
        (r["from"].rpartition("-")[2], r["to"].rpartition("-")[2], r["minDays"], r["maxDays"]) for r in answer(graph, "CQ22", incident=CASE)
    }
    assert ("began", "detected", "43", "52") in lags and ("detected", "disclosed", "7", "7") in lags
    hpe = {
        (r["from"].rpartition("-")[2], r["to"].rpartition("-")[2], r["minDays"], r["maxDays"])
        for r in answer(graph, "CQ22", incident="incident:hpe-email-2023")
    }
    assert ("began", "notified", "195", "225") in hpe


def test_cq23_hpe_was_told_in_december_or_january(graph: QuadStore) -> None:
    rows = [r for r in answer(graph, "CQ23", subject="incident:hpe-email-2023") if "notified" in r["dateKind"]]
    assert any({r["startA"][:10], r["startB"][:10]} == {"2023-12-12", "2024-01-12"} for r in rows)


def test_cq24_techniques_in_order(graph: QuadStore) -> None:
    rows = answer(graph, "CQ24", incident=CASE)
    assert {"T1110.003"} <= column(rows, "attackId") and any("full_access_as_app" in r["words"] for r in rows)


def test_cq26_and_cq27_not_known_and_denied_are_answers(graph: QuadStore) -> None:
    rows = answer(graph, "CQ26", incident="incident:hpe-email-2023")
    assert any(r["linkedTo"] == CASE and r["stance"] == "ikg:stance-not-known" for r in rows)
    assert column(answer(graph, "CQ27", incident=CASE), "stance") == {"ikg:stance-denied"}


def test_cq28_reached_and_only_stated(graph: QuadStore) -> None:
    rows = answer(graph, "CQ28", supplier="org:microsoft")
    assert "org:us-department-of-veterans-affairs" in column(rows, "customer") and "org:dsmy" not in column(rows, "customer")


def test_cq39_no_fault_in_the_bundled_data(graph: QuadStore) -> None:
    assert [r for r in answer(graph, "CQ39") if r["severity"] == "error"] == []


# ── checks over all questions ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("query", QUERIES.values(), ids=lambda q: q.id)
def test_headers_tell_the_columns_and_the_answer_is_not_empty(query: SavedQuery, graph: QuadStore) -> None:
    given = {p.name: term(p.default, A) for p in query.parameters if p.default}
    found = run(graph, query, given)
    assert tuple(found.columns) == query.columns
    assert found.rows or query.id in ("CQ35", "CQ39")


@pytest.mark.parametrize("query", QUERIES.values(), ids=lambda q: q.id)
def test_both_engines_answer_alike(query: SavedQuery, small: QuadStore, in_rdflib: QuadStore) -> None:
    given = {p.name: term(p.default, A) for p in query.parameters if p.default}
    assert rows_of(small, query, given) == rows_of(in_rdflib, query, given)


@pytest.fixture(scope="module")
def in_rdflib(small: QuadStore) -> QuadStore:
    store = MemoryStore()
    store.load(q for g in small.graphs() for q in small.quads(g))
    return store


def rows_of(store: QuadStore, query: SavedQuery, given: dict) -> set:  # type: ignore[type-arg]
    def cell(value: object) -> object:
        text = getattr(value, "value", None)
        return frozenset(text.split()) if isinstance(text, str) else text

    return {tuple(cell(c) for c in row) for row in run(store, query, given).rows}


VICTIM_LISTS = ("CQ10", "CQ13", "CQ15", "CQ17", "CQ18", "CQ28", "CQ29", "CQ30", "CQ31", "CQ32", "CQ36", "CQ38")


@pytest.mark.parametrize("name", VICTIM_LISTS)
def test_n1_and_n5_no_bystander_among_the_hit(name: str, graph: QuadStore) -> None:
    cells = {
        value
        for row in answer(graph, name)
        for key, value in row.items()
        if key in ("party", "customer", "org", "against", "node", "object", "to", "owner")
    }
    assert not cells & NOT_VICTIMS


def edges(store: QuadStore, name: str) -> set[tuple[str, str]]:
    return {(A.shorten(q.subject.value), A.shorten(q.object.value)) for q in store.match(None, prop(name), None, NamedNode(A.derived))}


def test_n1_dsmy_is_in_no_derived_statement(graph: QuadStore) -> None:
    assert not [q for q in graph.quads(NamedNode(A.derived)) if "org/dsmy" in str(q)]


def test_n2_a_ticker_is_an_identifier(graph: QuadStore) -> None:
    labels = {q.object.value for q in graph.match(None, prop("skos:prefLabel"))}
    assert "MSFT" not in labels
    assert any(q.object.value == "ticker:MSFT" for q in graph.match(NamedNode(A.thing("org", "microsoft")), prop("dct:identifier")))


def test_n3_three_incidents_stay_three(graph: QuadStore) -> None:
    victims = edges(graph, "victim")
    assert not {(CASE, "org:hewlett-packard-enterprise"), (CASE, "org:teamviewer")} & victims
    joined = edges(graph, "sameIncidentAs")
    assert not any({a, b} & {"incident:hpe-email-2023", "incident:teamviewer-2024"} and CASE in (a, b) for a, b in joined)
    assert sum(b == CASE for _, b in joined) == 11


def test_n4_background_incidents_are_no_part(graph: QuadStore) -> None:
    assert not any(CASE in pair and any("storm-0558" in p or "solarwinds" in p for p in pair) for pair in edges(graph, "sameIncidentAs"))


def test_n6_russian_hackers_are_not_merged(graph: QuadStore) -> None:
    assert not any("russian-hackers" in a or "russian-hackers" in b for a, b in edges(graph, "sameActorAs"))
    assert any("russian-hackers" in b for a, b in edges(graph, "attributedTo") if a == CASE)


def test_n7_silence_is_no_denial(graph: QuadStore) -> None:
    assert not any(r["stance"] == "ikg:stance-denied" for r in answer(graph, "CQ06", incident=CASE))


def test_n8_nothing_has_a_count_of_zero(graph: QuadStore) -> None:
    assert not [q for name in ("countMin", "countMax") for q in graph.match(None, prop(name)) if q.object.value == "0"]


def test_n9_the_27th_is_only_the_trackers(graph: QuadStore) -> None:
    at = [q for q in graph.match(None, prop("start")) if q.object.value.startswith("2023-11-27")]
    assert at and all("board-cybersecurity-tracker" in q.subject.value for q in at)


def test_n10_customer_facing_systems_are_not_compromised(graph: QuadStore) -> None:
    assert not any("customer-facing" in b for name in ("compromised", "stolen") for _, b in edges(graph, name))


def test_order_does_not_matter_and_twice_is_once(graph: QuadStore) -> None:
    reports = [*bundled(), *first_case()]
    random.Random(11).shuffle(reports)
    other = OxigraphStore()
    for start in range(0, len(reports), 17):
        part = reports[start : start + 17]
        graphs = {q.graph_name: None for r in part for q in to_quads(r, A)}
        old = tuple(q for g in graphs for q in other.quads(g))
        new = tuple({q: None for r in part for q in to_quads(r, A)})
        other.replace({g: [q for q in new if q.graph_name == g] for g in graphs})
        rederive(other, Change(old, new), A)
    assert set(other.quads(NamedNode(A.derived))) == set(graph.quads(NamedNode(A.derived)))
    assert len(other) == len(graph)


def test_every_quote_is_the_slice_of_its_text(graph: QuadStore) -> None:
    texts = {(A.report if r.report else A.reference)(r.info.id): r.text for r in bundled()}
    assert list(check_quotes(graph, texts.get)) == []
    broken = {iri: text and text.replace("exfiltrated", "exfiltratid") for iri, text in texts.items()}
    assert list(check_quotes(graph, broken.get))


def test_every_report_is_checked_or_recalled_and_names_its_source() -> None:
    for report in bundled():
        assert report.info.review.value in ("checked", "recalled"), report.info.id
        if report.info.review.value == "checked":
            assert report.info.read_at, report.info.id
        elif report.report:
            assert report.info.cites, report.info.id


def test_there_is_enough_bundled_knowledge() -> None:
    reports = bundled()
    incidents = {i.id for r in reports for i in r.incidents if i.id}
    actors = {a.id for r in reports if r.reference for a in r.actors}
    assert len(incidents) >= 30 and len(actors) >= 60
    declared = {f"{t.kind_of_id}:{t.id}" for r in reports for t in r.things().values() if t.id}
    used = {
        ref
        for r in reports
        for c in r.claims()
        for ref in c.model_dump(mode="json").values()
        if isinstance(ref, str) and ref.startswith(("org:", "actor:"))
    }
    assert used <= declared
