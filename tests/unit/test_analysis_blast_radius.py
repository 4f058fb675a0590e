"""Blast radius: probabilities worked out by hand and by enumeration, the bundled cases, CQ28, and what must not change the answer."""

from __future__ import annotations

import random
from itertools import pairwise, product
from typing import Any

import networkx as nx
import numpy as np
import pytest
from pyoxigraph import NamedNode

from kg.analysis.blast_radius import STRENGTHS, Detail, Exposed, blast_radius, figure
from kg.analysis.exposure import links, spread
from kg.analysis.figures.files import png
from kg.analysis.material import Filters, Material
from kg.analysis.result import Analysis
from kg.analysis.writing import to_csv, to_graphml, to_json
from kg.errors import NotFound, UsageError
from kg.model.report import IncidentReport
from kg.queries import load_queries, run
from kg.vocabulary import SupplyRelation
from tests.conftest import make_report
from tests.unit.analysed import ADDRESSES, bundled, bundled_store, iri, material

VA, CASE = "org:us-department-of-veterans-affairs", "incident:microsoft-corporate-email-2023"


def supply(*pairs: str, report: str = "s", publisher: str = "org:acme", **said: Any) -> IncidentReport:
    """A report that says who supplies whom: ``"a b"`` is a supplying b."""
    found = [dict(zip(("supplier", "customer"), (f"org:{one}" for one in pair.split()), strict=True)) | said for pair in pairs]
    return make_report(report, publisher=publisher, supplies=found)


def hit(incident: str, *parties: dict[str, Any], **parts: Any) -> IncidentReport:
    """A report on an incident and its parties."""
    told = [{"incident": incident} | party for party in parties]
    return make_report(f"r-{incident}", incidents=[{"id": incident, "title": incident}], involvements=told, **parts)


def party(name: str, role: str = "victim", through: str = "", **said: Any) -> dict[str, Any]:
    return {"party": f"org:{name}", "role": role} | ({"through": f"org:{through}"} if through else {}) | said


def told(found: Analysis[Exposed]) -> dict[str, tuple[str, int]]:
    """Standing and depth by short name."""
    return {ADDRESSES.shorten(row.party.iri).split(":", 1)[1]: (row.standing, row.depth) for row in found.rows}


def row(found: Analysis[Exposed], name: str) -> Exposed:
    (one,) = [r for r in found.rows if r.party.iri == iri(name)]
    return one


def detail(found: Analysis[Exposed], name: str) -> Detail:
    (one,) = [r for r in found.table("details").rows if r.party.iri == iri(name)]
    return one


def standing(found: Analysis[Exposed], *standings: str) -> set[str]:
    return {ADDRESSES.shorten(row.party.iri) for row in found.rows if row.standing in standings}


# ── scores ───────────────────────────────────────────────────────────────────────────────────


def test_a_chain_by_hand() -> None:
    found = blast_radius(material(supply("s a", "a b")), "org:s")
    assert told(found) == {"a": ("exposed", 1), "b": ("exposed", 2)}
    assert row(found, "org:a").score == pytest.approx(0.85 * 0.5)
    assert row(found, "org:b").score == pytest.approx(0.85 * 0.5 * 0.85 * 0.5)
    assert [thing.iri for thing in row(found, "org:b").through] == [iri("org:a")]
    assert detail(found, "org:b").unstated == 2 and len(row(found, "org:b").claims) == 2
    assert found.facts["exposed"] == 2


def test_confidence_and_strength_multiply() -> None:
    data = material(supply("s a", confidence=60), supply("s b", report="t", relation="software dependency"))
    found = blast_radius(data, "org:s")
    assert row(found, "org:a").score == pytest.approx(0.6 * 0.5) and detail(found, "org:a").unstated == 0
    assert row(found, "org:b").score == pytest.approx(0.85 * 0.8) and row(found, "org:b").link == ("software dependency",)
    weaker = blast_radius(data, "org:s", strength=("software dependency=10", "Customer = 100"), unstated=50)
    assert row(weaker, "org:b").score == pytest.approx(0.5 * 0.1) and row(weaker, "org:a").score == pytest.approx(0.6)
    assert weaker.facts["strengths"] == (
        "software dependency 10", "service provider 70", "business associate 70", "customer 100", "user 50", "partner 30"
    )  # fmt: skip


def test_every_kind_of_supply_has_a_strength() -> None:
    assert set(STRENGTHS) == {relation.value for relation in SupplyRelation}


def test_two_ways_raise_the_upper_bound_only() -> None:
    found = blast_radius(material(supply("s a", "s b", "a c", "b c")), "org:s")
    one = 0.425 * 0.425
    assert row(found, "org:c").score == pytest.approx(one)
    assert row(found, "org:c").at_most == pytest.approx(1 - (1 - one) ** 2)
    assert row(found, "org:a").at_most == pytest.approx(row(found, "org:a").score)


def test_how_deep() -> None:
    data = material(supply("s a", "a b", "b c"))
    assert told(blast_radius(data, "org:s", depth=2)) == {"a": ("exposed", 1), "b": ("exposed", 2)}
    assert set(told(blast_radius(data, "org:s", top=1))) == {"a"}
    assert any("2 more are not shown" in note for note in blast_radius(data, "org:s", top=1).notes)


def test_bounds_hold_the_probability_of_the_cascade() -> None:
    rng = random.Random(4)
    for _ in range(150):
        nodes, deepest = rng.randint(2, 6), rng.randint(1, 4)
        arcs = sorted({(rng.randrange(nodes), rng.randrange(1, nodes)) for _ in range(rng.randint(1, 9))})
        arcs = [arc for arc in arcs if arc[0] != arc[1]]
        chances = np.array([rng.choice([0.2, 0.5, 0.8, 1.0]) for _ in arcs])
        found = spread(links(nodes, [a for a, _ in arcs], [b for _, b in arcs]), chances, {0: (1.0, 0)}, deepest)
        exact: dict[int, float] = {}
        strongest: dict[int, float] = {}
        for open_ in product([False, True], repeat=len(arcs)):
            chance = float(np.prod([p if o else 1 - p for p, o in zip(chances, open_, strict=True)]))
            graph = nx.DiGraph([arc for arc, o in zip(arcs, open_, strict=True) if o])
            graph.add_node(0)
            for node in nx.single_source_shortest_path_length(graph, 0, deepest):
                exact[node] = exact.get(node, 0.0) + chance
        weighted = nx.DiGraph()
        weighted.add_nodes_from(range(nodes))
        weighted.add_weighted_edges_from((a, b, p) for (a, b), p in zip(arcs, chances, strict=True))
        for node in range(1, nodes):
            ways = nx.all_simple_paths(weighted, 0, node, cutoff=deepest)
            best = max((float(np.prod([weighted[a][b]["weight"] for a, b in pairwise(way)])) for way in ways), default=0)
            if best:
                strongest[node] = best
        assert dict(zip(found.nodes.tolist(), found.least.tolist(), strict=True)) == pytest.approx(strongest)
        for node, least, most in zip(found.nodes.tolist(), found.least.tolist(), found.most.tolist(), strict=True):
            assert least - 1e-12 <= exact[node] <= most + 1e-12
        for node, depth, least in zip(found.nodes.tolist(), found.depth.tolist(), found.least.tolist(), strict=True):
            chain = found.chain(node, depth)
            assert len(chain) == depth and least == pytest.approx(float(np.prod([chances[number] for _, number in chain])))


# ── who was hit, who was reached, who is exposed ─────────────────────────────────────────────


def test_the_known_are_told_apart_from_the_exposed() -> None:
    report = hit(
        "i",
        party("s", "breached supplier", confirmation="itself"),
        party("a", "victim", "s", confirmation="unnamed person"),
        party("b", "affected party", "a"),
        party("c", "affected party"),
        party("dsmy", "bystander"),
        party("cert", "responder"),
    )
    data = material(report, supply("s a", "s d", "d e"))
    found = blast_radius(data, "incident:i")
    assert told(found) == {
        "s": ("hit", 1), "a": ("reached", 2), "c": ("reached", 2), "b": ("reached", 3), "d": ("exposed", 2), "e": ("exposed", 3),
    }  # fmt: skip
    assert [thing.iri for thing in row(found, "org:b").through] == [iri("org:s"), iri("org:a")]
    assert row(found, "org:a").confirmed_by == ("unnamed person",) and row(found, "org:c").confirmed_by == ("not stated",)
    assert row(found, "org:a").score == 0.85 and row(found, "org:d").score == pytest.approx(0.85 * 0.85 * 0.5)
    assert row(found, "org:d").confirmed_by == () and detail(found, "org:d").incidents == ()
    assert [r.standing for r in found.rows] == sorted((r.standing for r in found.rows), key=["hit", "reached", "exposed"].index)
    supplier = blast_radius(data, "org:s")
    assert told(supplier) == {
        "a": ("reached", 1), "c": ("reached", 1), "b": ("reached", 2), "d": ("exposed", 1), "e": ("exposed", 2),
    }  # fmt: skip
    assert detail(supplier, "org:a").times_hit == 1 and detail(supplier, "org:d").times_hit == 0


def test_where_others_were_hit_as_well_the_way_is_not_guessed() -> None:
    data = material(hit("i", party("s", "breached supplier"), party("v"), party("c", "affected party")))
    assert told(blast_radius(data, "incident:i")) == {"s": ("hit", 1), "v": ("hit", 1), "c": ("hit", 1)}
    assert told(blast_radius(data, "org:s")) == {"c": ("affected, way not said", 1)}


def test_members_of_a_group_that_was_hit() -> None:
    report = hit(
        "i",
        {"party": "hit", "role": "affected party", "through": "org:s", "count": {"min": 13, "words": "more than a dozen"}},
        populations=[{"key": "hit", "description": "agencies"}],
        memberships=[{"member": "org:a", "group": "hit", "confidence": 80}],
    )
    found = blast_radius(material(report), "org:s")
    group = iri("report:r-i/population/hit")
    assert [(r.party.iri, r.standing, r.depth) for r in found.rows] == [(group, "reached", 1), (iri("org:a"), "in a group that was hit", 2)]
    assert found.table("details").rows[0].how_many == ("more than a dozen",)
    assert found.rows[1].score == pytest.approx(0.85 * 0.8) and found.table("details").rows[1].unstated == 1


def test_a_supplier_is_exposed_to_nothing_of_its_own_and_cycles_end() -> None:
    found = blast_radius(material(supply("s s", "s a", "a s", "a b", "b a")), "org:s", depth=9)
    assert told(found) == {"a": ("exposed", 1), "b": ("exposed", 2)}
    assert any("supply themselves, which is left out: 1" in note for note in found.notes)


def test_ways_that_name_each_other() -> None:
    found = blast_radius(material(hit("i", party("a", "victim", "b"), party("b", "victim", "a"))), "incident:i")
    assert told(found) == {"a": ("hit", 1), "b": ("hit", 1)}
    assert any("through each other" in note for note in found.notes)
    assert png(figure(found))


def test_contradictory_supply_stands_and_is_marked() -> None:
    denial = supply("s a", report="d", publisher="org:a", stance="denied")
    found = blast_radius(material(supply("s a", publisher="org:s"), denial, supply("a b", report="t")), "org:s")
    assert row(found, "org:a").contested and row(found, "org:b").contested
    assert not blast_radius(material(denial), "org:s").rows


def test_a_supply_that_had_ended_before_the_incident() -> None:
    began = {"timings": [{"incident": "i", "event": "began", "when": "2023-05"}]}
    data = material(hit("i", party("s"), **began), supply("s a", when="2020 to 2021"), supply("s b", report="t", when="2022 to 2024"))
    found = blast_radius(data, "incident:i")
    assert told(found) == {"s": ("hit", 1), "b": ("exposed", 2)}
    assert any("over before the incident began: 1" in note for note in found.notes)
    assert set(told(blast_radius(data, "org:s"))) == {"a", "b"}


def test_an_asset() -> None:
    parts = {
        "incidents": [{"id": "i", "title": "I"}],
        "assets": [{"id": "keys", "name": "keys", "kind": "credentials"}],
        "compromises": [{"incident": "i", "asset": "keys", "effect": "exfiltrated", "held_by": "org:s", "owned_by": ["org:o"]}],
        "later_uses": [{"incident": "i", "asset": "keys", "taken_from": "org:s", "against": "org:u", "used_for": "signing in"}],
    }
    found = blast_radius(material(make_report("r", **parts), supply("s x", "o y")), "asset:keys")
    assert told(found) == {"s": ("hit", 1), "o": ("reached", 2), "u": ("reached", 2), "y": ("exposed", 3)}
    assert row(found, "org:o").link == ("it was theirs",) and row(found, "org:u").link == ("it was used against them",)
    assert [thing.iri for thing in detail(found, "org:s").incidents] == [iri("incident:i")]


def test_a_vulnerability_leads_to_its_incidents() -> None:
    report = hit(
        "i",
        party("a"),
        vulnerabilities=[{"id": "CVE-2023-1", "name": "CVE-2023-1"}],
        exploitations=[{"incident": "i", "vulnerability": "CVE-2023-1"}],
    )
    assert told(blast_radius(material(report), "vulnerability:CVE-2023-1")) == {"a": ("hit", 1)}


# ── backwards ────────────────────────────────────────────────────────────────────────────────


def test_backwards_by_hand() -> None:
    report = hit("i", party("s", "breached supplier"), party("a", "victim", "s"))
    found = blast_radius(material(report, supply("s a", "t s", "u a"), supply("v t", report="w")), "org:a", backwards=True)
    assert told(found) == {"s": ("passed harm on", 1), "u": ("supplier", 1), "t": ("supplier", 2), "v": ("supplier", 3)}
    assert row(found, "org:u").score == pytest.approx(0.425)
    assert detail(found, "org:s").times_hit == 1 and detail(found, "org:u").times_hit == 0


def test_backwards_through_a_group_of_customers_the_group_is_no_supplier() -> None:
    report = make_report(
        "r",
        populations=[{"key": "clients", "description": "clients"}],
        supplies=[{"supplier": "org:s", "customer": "clients"}],
        memberships=[{"member": "org:a", "group": "clients"}],
    )
    found = blast_radius(material(report), "org:a", backwards=True)
    assert told(found) == {"s": ("supplier", 2)} and row(found, "org:s").score == pytest.approx(0.85 * 0.425)


def test_on_whom_those_of_the_bundled_cases_depend() -> None:
    found = blast_radius(bundled(), "org:bbc", backwards=True)
    assert told(found) == {"zellis": ("passed harm on", 1), "progress-software": ("supplier", 2)}
    assert told(blast_radius(bundled(), VA, backwards=True)) == {"microsoft": ("passed harm on", 1)}
    found = blast_radius(bundled(), "org:coop-sverige", backwards=True)
    assert told(found) == {"visma-esscom": ("passed harm on", 1), "kaseya": ("passed harm on", 2)}


# ── the cases ────────────────────────────────────────────────────────────────────────────────


REACHED_THROUGH_MICROSOFT = {
    VA, "org:us-agency-for-global-media", "org:peace-corps", "org:texas-department-of-motor-vehicles",
    "org:texas-department-of-transportation", "org:texas-general-land-office", "org:texas-state-securities-board",
    "org:texas-workforce-commission", "population:texas-agencies-and-universities", "population:fceb-agencies-with-correspondence",
    "population:microsoft-email-correspondents", "population:microsoft-customers-with-shared-secrets",
}  # fmt: skip
NEVER = {"org:dsmy", "org:hewlett-packard-enterprise", "org:teamviewer", "org:cisa", "org:sec", "org:bloomberg", "org:reuters"}


def test_the_microsoft_case() -> None:
    found = blast_radius(bundled(), CASE)
    assert standing(found, "hit") == {"org:microsoft"} and standing(found, "reached") == REACHED_THROUGH_MICROSOFT
    assert row(found, VA).confirmed_by == ("itself",) and row(found, "org:peace-corps").confirmed_by == ("nobody",)
    assert detail(found, "org:texas-general-land-office").how_many == ("11 e-mails",)
    assert all(r.through[0].iri == iri("org:microsoft") for r in found.rows if r.standing != "hit")


def test_cq28() -> None:
    found = blast_radius(bundled(), "org:microsoft")
    assert standing(found, "reached") >= REACHED_THROUGH_MICROSOFT
    assert not standing(found, "reached") & standing(found, "exposed")
    query = load_queries()["CQ28"]
    for supplier in ("org:microsoft", "org:solarwinds", "org:zellis", "org:kaseya", "org:okta", "org:progress-software", "org:att"):
        rows = run(bundled_store(), query, {"supplier": NamedNode(iri(supplier))}).rows
        ours = blast_radius(bundled(), supplier, depth=2)
        known = standing(ours, "reached", "affected, way not said")
        assert {ADDRESSES.shorten(r[1].value) for r in rows if r[4].value == "reached"} <= known
        assert {ADDRESSES.shorten(r[1].value) for r in rows if r[4].value != "reached"} <= standing(ours, "exposed") | known


def test_the_solarwinds_case() -> None:
    found = blast_radius(bundled(), "incident:solarwinds-orion-2020")
    assert standing(found, "hit") == {"org:solarwinds"}
    assert {"org:fireeye", "org:us-treasury", "org:us-department-of-commerce"} <= standing(found, "reached")
    group = "population:solarwinds-customers-hacked"
    assert detail(found, group).how_many == ("fewer than 100",) and row(found, group).confirmed_by == ("supplier",)


def test_the_moveit_case() -> None:
    found = blast_radius(bundled(), "incident:moveit-2023")
    assert {"org:zellis", "org:us-department-of-energy"} <= standing(found, "hit")
    assert {"org:bbc", "org:boots", "org:british-airways"} <= standing(found, "reached")
    assert [thing.iri for thing in row(found, "org:bbc").through] == [iri("org:zellis")]
    everybody = row(found, "population:moveit-individuals")
    assert everybody.standing == "hit" and detail(found, "population:moveit-individuals").how_many == ("more than 90 million",)
    assert standing(blast_radius(bundled(), "org:progress-software"), "reached") == set()
    assert standing(blast_radius(bundled(), "product:moveit-transfer"), "hit") >= {"org:zellis"}


def test_who_must_never_come_back() -> None:
    data = bundled()
    for start in (CASE, "org:microsoft", "asset:va-credentials", "asset:microsoft-emails-and-documents"):
        for backwards in (False, True) if start.startswith("org") else (False,):
            found = blast_radius(data, start, depth=9, top=10_000, backwards=backwards)
            assert not NEVER & {ADDRESSES.shorten(thing.iri) for r in found.rows for thing in (r.party, *r.through)}
    assert not blast_radius(data, "org:dsmy").rows and not blast_radius(data, "org:dsmy", backwards=True).rows


def test_every_row_rests_on_claims_of_its_own() -> None:
    data = bundled()
    counted = {claim for edge in [*data.edges(), *data.further] for claim in edge.claims}
    for start in (CASE, "incident:moveit-2023", "org:kaseya", "asset:zellis-payroll-data", "org:progress-software"):
        found = blast_radius(data, start)
        assert found.rows and all(r.claims and set(r.claims) <= counted for r in found.rows)


# ── what is asked for, and bad input ─────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"depth": 0}, "depth is between"),
        ({"unstated": 101}, "unstated is between"),
        ({"top": 0}, "top is between"),
        ({"strength": ("friend=10",)}, "'friend' is no kind of supply; there is software dependency"),
        ({"strength": ("customer",)}, "a strength is written customer=30"),
        ({"strength": ("customer=101",)}, "a whole number from 0 to 100"),
    ],
)
def test_numbers_out_of_range(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        blast_radius(material(supply("s a")), "org:s", **wrong)


def test_things_that_have_no_blast_radius() -> None:
    with pytest.raises(UsageError, match="is of kind ThreatActor; this asks for"):
        blast_radius(bundled(), "actor:apt29")
    with pytest.raises(UsageError, match="is of kind Incident; this asks for Organization"):
        blast_radius(bundled(), CASE, backwards=True)
    with pytest.raises(NotFound):
        blast_radius(bundled(), "nobody at all")


def test_nothing_goes_on_from_here() -> None:
    data = material(make_report("r", organizations=[{"id": "a", "name": "A"}], incidents=[{"id": "i", "title": "I"}]))
    for start in ("org:a", "incident:i"):
        found = blast_radius(data, start)
        assert not found.rows and found.notes[0].startswith("nobody: ") and not found.facts
        assert png(figure(found)) and to_csv(found) and to_graphml(found)


def test_filters_count() -> None:
    data = material(supply("s a", confidence=40), supply("s b", report="t", confidence=90), filters=Filters(confidence=50))
    assert set(told(blast_radius(data, "org:s"))) == {"b"}


def test_the_order_of_reports_changes_nothing() -> None:
    reports = [
        supply("s a", "a b", "b c", "s d"),
        supply("d c", "c a", report="t"),
        hit("i", party("s", "breached supplier"), party("a", "victim", "s"), party("e", "affected party", "a")),
        hit("j", party("d"), party("s", "victim", "d")),
    ]
    first = [to_json(blast_radius(material(*reports), start)) for start in ("org:s", "incident:i", "incident:j")]
    for seed in range(3):
        shuffled = reports[:]
        random.Random(seed).shuffle(shuffled)
        assert [to_json(blast_radius(material(*shuffled), start)) for start in ("org:s", "incident:i", "incident:j")] == first


def test_outputs() -> None:
    found = blast_radius(bundled(), "incident:kaseya-vsa-2021")
    assert png(figure(found)) == png(figure(found))
    assert "coop-sverige" in to_csv(found) and 'attr.name="standing"' in to_graphml(found)
    data: Material = bundled()
    assert to_json(blast_radius(data, "org:kaseya")) == to_json(blast_radius(data, "org:kaseya"))
