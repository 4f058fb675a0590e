"""Projections: what is a node and what an edge, with which claims; filters; order of input; both stores; the first case."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from datetime import date

import networkx as nx
import pytest

from kg.analysis.material import Filters, Material, marking_of
from kg.analysis.projections import PROJECTIONS, find_projection
from kg.analysis.streams import FURTHER, SHORT_CUTS, analysis_queries, wanted
from kg.errors import NotFound, UsageError
from kg.model.report import IncidentReport
from kg.rules import load_rules
from kg.store.memory import MemoryStore
from kg.store.oxigraph import OxigraphStore
from kg.vocabulary import Role
from tests.conftest import CHECKOUT, make_report
from tests.questions.test_first_case import CASE, NOT_VICTIMS, bundled, fill, first_case
from tests.unit.analysing import A, done_by, filled, hit, iri, material, names, same, supplies

FEW = (
    done_by("r1", "one", "heron"),
    hit("r2", "one", "acme", confidence=80, published="2024-01-20"),
    hit("r3", "one", "bank", role="affected party"),
    done_by("r4", "two", "heron"),
    hit("r5", "two", "acme", confidence=40, published="2024-02-20"),
    supplies("r6", "acme", "bank"),
    make_report("r7", timings=[{"incident": "incident:two", "event": "began", "when": "2023-05"}]),
)


@pytest.fixture(scope="module")
def bundle() -> Material:
    return Material(fill(OxigraphStore(), bundled()), A)


def dump(graph: nx.Graph) -> str:
    """Everything that a graph says, in its own order."""
    keys = {"keys": True} if graph.is_multigraph() else {}
    return repr([list(graph.nodes(data=True)), list(graph.edges(data=True, **keys))])


# ── nodes and edges ──────────────────────────────────────────────────────────────────────────


def test_incidents_meet_actors_and_parties_with_their_sides_and_claims() -> None:
    graph = material(*FEW).projection("incidents")
    assert names(graph) == {"incident:one", "incident:two", "actor:heron", "org:acme", "org:bank"}
    assert graph.edges[iri("incident:one"), iri("org:bank")]["sides"] == ("affected",)
    edge = graph.edges[iri("incident:one"), iri("org:acme")]
    assert edge["predicates"] == ("victim",) and edge["confidence"] == 80 and edge["published"] == date(2024, 1, 20)
    assert len(edge["claims"]) == edge["weight"] == 1 and "/report/r2/claim/" in edge["claims"][0]
    assert graph.nodes[iri("incident:one")]["bipartite"] == 0 and graph.nodes[iri("org:acme")]["bipartite"] == 1
    assert edge["first"] is None
    assert graph.edges[iri("incident:two"), iri("org:acme")]["first"] == date(2023, 5, 1)


def test_actor_parties_counts_incidents_and_keeps_the_claims_of_both_halves() -> None:
    graph = material(*FEW).projection("actor-parties")
    edge = graph.edges[iri("actor:heron"), iri("org:acme")]
    assert edge["weight"] == 2 and names(edge["incidents"]) == {"incident:one", "incident:two"} and edge["sides"] == ("victim",)
    assert {claim.split("/claim/")[0].rpartition("/")[2] for claim in edge["claims"]} == {"r1", "r2", "r4", "r5"}
    assert graph.edges[iri("actor:heron"), iri("org:bank")]["sides"] == ("affected",)


def test_parties_have_no_incidents_and_affected_parties_are_not_targeted() -> None:
    graph = material(*FEW).projection("parties")
    found = {(A.shorten(a), A.shorten(b), data["predicates"]) for a, b, data in graph.edges(data=True)}
    assert found == {("actor:heron", "org:acme", ("targeted",)), ("org:bank", "org:acme", ("customerOf",))}
    assert graph.edges[iri("actor:heron"), iri("org:acme")]["first"] == date(2023, 5, 1), "the time of the incident behind the edge"


def test_supply_runs_from_supplier_to_customer_and_knows_circles_and_oneself() -> None:
    graph = material(
        *FEW, supplies("s1", "bank", "acme", relation="service provider"), supplies("s2", "acme", "acme", relation="service provider")
    ).projection("supply")
    found = {(A.shorten(a), A.shorten(b)): data["predicates"] for a, b, data in graph.edges(data=True)}
    assert found == {
        ("org:acme", "org:bank"): ("customerOf", "suppliedBy"),
        ("org:bank", "org:acme"): ("suppliedBy",),
        ("org:acme", "org:acme"): ("suppliedBy",),
    }


def test_shared_and_co_victims() -> None:
    found = material(*FEW)
    shared = found.projection("shared", by="actor")
    edge = shared.edges[iri("incident:one"), iri("incident:two")]
    assert edge["weight"] == 1 and names(edge["through"]) == {"actor:heron"} and len(edge["claims"]) == 2
    assert not len(found.projection("shared", by="asset"))
    together = material(*FEW, hit("r8", "two", "shop"), hit("r9", "two", "press", role="publisher")).projection("co-victims")
    assert {frozenset(names(pair)) for pair in together.edges} == {frozenset({"org:acme", "org:shop"})}
    by_supplier = material(*FEW, hit("r8", "three", "bank")).projection("shared", by="supplier")
    assert {frozenset(names(pair)) for pair in by_supplier.edges} == {frozenset({"incident:one", "incident:three"})}


def test_the_claims_graph_has_what_else_claims_connect_and_the_latest_word_counts() -> None:
    said = make_report("b1", "2024-01-01", backgrounds=[{"actor": "actor:heron", "origin": "RU", "asserted_by": "org:a"}])
    also = make_report("b2", "2024-01-02", backgrounds=[{"actor": "actor:heron", "origin": "RU", "asserted_by": "org:b"}])
    back = make_report(
        "b3", "2024-02-01", backgrounds=[{"actor": "actor:heron", "origin": "RU", "stance": "withdrawn", "asserted_by": "org:a"}]
    )
    russia = "https://w3id.org/incident-kg/ontology#country-RU"
    graph = material(*FEW, said, back).projection("claims")
    assert russia not in graph
    graph = material(*FEW, said, also, back).projection("claims")
    edge = graph.edges[iri("actor:heron"), russia, "origin"]
    assert [claim.split("/claim/")[0].rpartition("/")[2] for claim in edge["claims"]] == ["b2"]
    assert graph.nodes[russia]["kind"] == "Country" and graph.nodes[russia]["label"] == "Russian Federation"
    assert graph.edges[iri("incident:one"), iri("org:acme"), "victim"]["weight"] == 1


@pytest.mark.parametrize("role", [role.value for role in Role])
def test_who_was_not_hit_is_in_no_projection(role: str) -> None:
    found = material(*FEW, hit("x", "one", "stranger", role=role, through="org:acme"))
    hurt = role in ("target", "victim", "breached supplier", "affected party")
    for name in PROJECTIONS:
        graph = found.projection(name)
        assert (iri("org:stranger") in graph) == hurt or name in ("actor-techniques", "supply", "shared", "parties", "co-victims")
    assert (iri("org:stranger") in found.projection("claims")) == hurt


def test_a_publisher_is_no_node() -> None:
    for name in PROJECTIONS:
        assert "org:acme" not in names(material(done_by("r", "one", "heron"), hit("q", "one", "bank")).projection(name))


def test_identities_that_are_one_are_one_node() -> None:
    joins = same("s", "incident:one", "incident:one-too"), same("t", "actor:heron", "actor:egret")
    found = material(*FEW, hit("r8", "one-too", "shop"), *joins, done_by("r9", "three", "egret"))
    graph = found.projection("incidents")
    assert iri("incident:one-too") not in graph and iri("actor:heron") not in graph
    assert names(graph[iri("actor:egret")]) == {"incident:one", "incident:two", "incident:three"}
    assert iri("org:shop") in graph[iri("incident:one")]
    places = make_report("p", organizations=[{"id": "acme-inc", "name": "Acme, Inc.", "country": "NO", "sector": "energy"}])
    joined = material(*FEW, places, same("u", "org:acme", "org:acme-inc")).projection("incidents")
    assert joined.nodes[iri("org:acme")]["country"] == ("Norway",) and joined.nodes[iri("org:acme")]["sector"] == ("energy",)


def test_what_an_actor_is_said_to_use_counts_beside_its_incidents() -> None:
    said = make_report("said", techniques=[{"actor": "actor:heron", "words": "spraying", "technique": t} for t in ("T1110", "T1566")])
    at = make_report("at", techniques=[{"incident": "incident:one", "words": "spraying", "technique": "T1110"}])
    graph = material(done_by("r", "one", "heron"), said, at).projection("actor-techniques")
    both, alone = (graph[iri("actor:heron")][iri(f"technique:{t}")] for t in ("T1110", "T1566"))
    assert (both["weight"], both["incidents"], len(both["claims"])) == (2, (iri("incident:one"),), 3)
    assert (alone["weight"], alone["incidents"], len(alone["claims"])) == (1, (), 1)


# ── filters ──────────────────────────────────────────────────────────────────────────────────


def test_confidence_keeps_what_states_enough_and_counts_what_states_none() -> None:
    found = material(*FEW, filters=Filters(confidence=50))
    graph = found.projection("incidents")
    assert [names(edge) for edge in graph.edges] == [{"incident:one", "org:acme"}]
    assert found.notes(graph) == ("3 claims that state no confidence are left out",)
    assert found.inputs("incidents", graph).filters == {"confidence": "50"}


def test_an_extracted_claim_is_as_sure_as_its_extraction() -> None:
    read = hit("x", "three", "shop", confidence=90, extracted_by="rule 1", extraction_confidence=60)
    assert len(material(read, filters=Filters(confidence=60)).projection("incidents"))
    assert not len(material(read, filters=Filters(confidence=61)).projection("incidents"))


def test_a_time_range_keeps_what_lies_in_it_and_counts_what_has_no_time() -> None:
    for first, last, kept in [
        ("2023-05-31", None, True), ("2023-06-01", None, False), (None, "2023-05-01", True), (None, "2023-04-30", False),
        ("2023-01-01", "2023-12-31", True),
    ]:  # fmt: skip
        days = [date.fromisoformat(day) if day else None for day in (first, last)]
        found = material(*FEW, filters=Filters(None, *days))
        graph = found.projection("incidents")
        assert names(graph) == ({"incident:two", "org:acme", "actor:heron"} if kept else set()), (first, last)
        assert "3 edges whose time is not known are left out" in found.notes(graph)


def test_a_marking_hides_what_is_marked_more_strictly() -> None:
    claim = {"incident": "incident:one", "party": "org:shop", "role": "victim"}
    info = {"id": "x", "title": "X", "publisher": "org:press", "published": "2024-01-01", "marking": "TLP:RED"}
    red = IncidentReport.model_validate({"report": info, "involvements": [claim]})
    assert iri("org:shop") in material(*FEW, red).projection("incidents")
    graph = material(*FEW, red, filters=Filters(marking=marking_of("amber+strict"))).projection("incidents")
    assert iri("org:shop") not in graph and iri("org:acme") in graph
    with pytest.raises(UsageError, match="'purple' is no marking"):
        marking_of("purple")


def test_filters_that_make_no_sense() -> None:
    with pytest.raises(UsageError, match=r"ends \(2024-01-01\) before it begins \(2024-02-01\)"):
        Filters(first=date(2024, 2, 1), last=date(2024, 1, 1))
    with pytest.raises(UsageError, match="between 0 and 100"):
        Filters(confidence=101)


# ── order, engines, names ────────────────────────────────────────────────────────────────────


def test_the_order_of_input_changes_nothing() -> None:
    wanted = {name: dump(material(*FEW).projection(name)) for name in PROJECTIONS}
    for order in itertools.islice(itertools.permutations(FEW), 0, 5040, 719):
        found = material(*order)
        assert {name: dump(found.projection(name)) for name in PROJECTIONS} == wanted


def test_nodes_are_sorted_and_each_knows_what_it_is(bundle: Material) -> None:
    for name in PROJECTIONS:
        graph = bundle.projection(name)
        assert list(graph) == sorted(graph), name
        for node, data in graph.nodes(data=True):
            assert data["iri"] == node and data["label"] and data["kind"], (name, node)
        for *_, data in graph.edges(data=True):
            assert data["claims"] and data["weight"] > 0 and list(data["claims"]) == sorted(set(data["claims"]))


def test_hash_seeds_change_nothing() -> None:
    code = (
        "from tests.unit.test_analysis_projections import *\n"
        "found = material(*FEW)\n"
        "from kg.analysis.centrality import centrality\nfrom kg.analysis.writing import *\n"
        "result = centrality(found)\n"
        "print([dump(found.projection(n)) for n in PROJECTIONS], to_json(result), to_graphml(result), to_csv(result))"
    )
    out = [
        subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(CHECKOUT)},
                       capture_output=True, text=True, check=True).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert out[0] == out[1] and "/incident/one" in out[0]


def test_both_engines_give_the_same_graphs() -> None:
    reports = (*FEW, same("t", "actor:heron", "actor:egret"), make_report("b", backgrounds=[{"actor": "actor:heron", "origin": "RU"}]))
    one, other = (Material(filled(*reports, store=store), A) for store in (OxigraphStore(), MemoryStore()))
    for name in PROJECTIONS:
        assert dump(one.projection(name)) == dump(other.projection(name)), name


def test_every_stream_is_known_and_says_what_it_gives() -> None:
    assert set(analysis_queries()) >= {"edges", "further", "things", "places", "identities"}
    store = filled(*FEW)
    for query in analysis_queries().values():
        given = {"wanted": wanted(SHORT_CUTS)} if any(p.name == "wanted" for p in query.parameters) else {}
        assert tuple(store.query(query.text, given).variables) == query.columns, query.name


def test_every_short_cut_of_the_rules_is_read() -> None:
    joined = {"sameActorAs", "sameIncidentAs", "sameOrganizationAs"}
    assert set(SHORT_CUTS) == {rule.predicate for rule in load_rules()} - joined
    assert not set(SHORT_CUTS) & set(FURTHER)


def test_an_unknown_projection_offers_the_nearest() -> None:
    with pytest.raises(NotFound, match="incidents"):
        find_projection("incident")
    assert not len(material().projection("incidents")) and material().notes(nx.Graph())


# ── the bundled data ─────────────────────────────────────────────────────────────────────────


def test_cq37_and_the_projection_speak_of_the_same_edges(bundle: Material) -> None:
    graph = bundle.projection("parties")
    va, microsoft, actor = iri("org:us-department-of-veterans-affairs"), iri("org:microsoft"), iri("actor:apt29")
    assert graph.has_edge(va, microsoft) and graph.has_edge(actor, microsoft)
    flat = bundle.projection("incidents")
    assert nx.shortest_path_length(flat, va, actor) == 2
    assert nx.shortest_path_length(flat, va, iri("org:hewlett-packard-enterprise")) == 4


def test_nobody_who_was_only_named_is_a_node(bundle: Material) -> None:
    small = Material(fill(OxigraphStore(), first_case()), A)
    for name in ("incidents", "actor-parties", "co-victims"):
        assert not names(small.projection(name)) & NOT_VICTIMS
    assert iri("org:dsmy") not in bundle.projection("claims")
    assert iri(CASE) in bundle.projection("incidents")


def test_every_edge_can_be_followed_to_living_claims(bundle: Material) -> None:
    claims = {claim for *_, data in bundle.projection("claims").edges(data=True) for claim in data["claims"]}
    stated = {row[0].value for row in bundle.store.query("SELECT ?claim { ?claim ikg:statedIn ?report }").rows}  # type: ignore[union-attr]
    assert claims <= stated and len(claims) > 800
