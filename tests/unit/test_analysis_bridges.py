"""Bridges: small graphs by hand, textbook graphs, circles of supply; the first case (CQ38)."""

from __future__ import annotations

import itertools
import random

import networkx as nx
import pytest

from kg.analysis.bridges import Bridge, Core, Point, Sole, bridges
from kg.analysis.cuts import cuts, only_through
from kg.analysis.material import Material
from kg.analysis.result import Analysis
from kg.analysis.writing import to_json
from kg.errors import UsageError
from kg.store.oxigraph import OxigraphStore
from tests.questions.test_first_case import CASE, bundled, fill
from tests.unit.analysing import A, done_by, hit, iri, material, names, supplies

CHAIN = (
    done_by("r1", "one", "heron"), hit("r2", "one", "acme"), hit("r3", "one", "bank"), done_by("r4", "two", "heron"),
    hit("r5", "two", "shop"),
)  # fmt: skip
"""acme – one – bank, one – heron – two – shop."""


@pytest.fixture(scope="module")
def bundle() -> Material:
    return Material(fill(OxigraphStore(), bundled()), A)


def points(found: Analysis[Point]) -> dict[str, tuple[int, int, int, int]]:
    return {A.shorten(row.node.iri): (row.rank, row.parts, row.cut_off, row.pairs) for row in found.rows}


def sole(found: Analysis[Point]) -> dict[str, Sole]:
    return {A.shorten(row.supplier.iri): row for row in found.table("single points of failure in supply").rows}


# ── graphs ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("seed", range(40))
def test_cuts_are_what_taking_away_shows(seed: int) -> None:
    chance = random.Random(seed)
    graph = nx.gnm_random_graph(chance.randrange(1, 26), chance.randrange(0, 32), seed=seed)
    graph = nx.relabel_nodes(graph, {n: f"n{n:02}" for n in graph})
    found, edges = cuts(graph)
    assert {cut.nodes[0] for cut in found} == set(nx.articulation_points(graph))
    assert {cut.nodes for cut in edges} == {tuple(sorted(edge)) for edge in nx.bridges(graph)}
    for cut in (*found, *edges):
        part = nx.Graph(graph.subgraph(nx.node_connected_component(graph, cut.nodes[0])))
        before = len(part) * (len(part) - 1) // 2
        if len(cut.nodes) == 1:
            part.remove_node(cut.nodes[0])
            before -= len(part)
        else:
            part.remove_edge(*cut.nodes)
        sizes = sorted((len(c) for c in nx.connected_components(part)), reverse=True)
        assert cut.sizes == tuple(sizes)
        assert cut.pairs == before - sum(size * (size - 1) // 2 for size in sizes) and cut.cut_off == sum(sizes) - sizes[0]


@pytest.mark.parametrize("seed", range(40))
def test_only_through_is_what_taking_away_shows(seed: int) -> None:
    graph = nx.gnm_random_graph(12, 16 + seed % 8, seed=seed, directed=True)
    graph = nx.relabel_nodes(graph, {n: f"n{n:02}" for n in graph})
    found = only_through(graph)
    sources = {n for c in nx.strongly_connected_components(graph) for n in c if all(p in c for m in c for p in graph.pred[m])}
    for node in graph:
        left = graph.subgraph(set(graph) - {node})
        reached = {other for source in sources - {node} for other in (source, *nx.descendants(left, source))}
        assert set(graph) - {node} - reached == set(found.get(node, ())), node


def test_the_karate_club_hangs_together_at_its_head() -> None:
    graph = nx.relabel_nodes(nx.karate_club_graph(), {n: f"n{n:02}" for n in range(34)})
    found, edges = cuts(graph)
    assert [cut.nodes for cut in found] == [("n00",)] and [cut.nodes for cut in edges] == [("n00", "n11")]
    assert found[0].sizes == (27, 5, 1)


# ── the analysis ─────────────────────────────────────────────────────────────────────────────


def test_a_small_graph_by_hand() -> None:
    found = bridges(material(*CHAIN))
    assert points(found) == {
        "incident:one": (1, 3, 2, 7),  # acme | bank | heron, two, shop: 1·1 + 1·3 + 1·3
        "actor:heron": (2, 2, 2, 6),  # acme, one, bank | two, shop
        "incident:two": (3, 2, 1, 4),  # acme, one, bank, heron | shop
    }
    (one, other) = found.table("bridges between parts").rows
    assert isinstance(one, Bridge) and (one.cut_off, one.pairs) == (3, 9) and (other.cut_off, other.pairs) == (2, 8)
    assert {A.shorten(one.one.iri), A.shorten(one.other.iri)} == {"actor:heron", "incident:one"}
    assert [claim.split("/claim/")[0].rpartition("/")[2] for claim in one.claims] == ["r1"]
    assert found.facts["bridges"] == 5 and found.facts["bridges that hold one node"] == 3 and found.facts["highest core"] == 1


def test_two_ways_make_no_bridge() -> None:
    found = bridges(material(*CHAIN, hit("r6", "two", "bank")))
    assert "actor:heron" not in points(found) and found.facts["highest core"] == 2
    cores = found.table("cores").rows
    assert all(isinstance(row, Core) for row in cores)
    assert names(row.node.iri for row in cores if row.core == 2) == {"incident:one", "incident:two", "actor:heron", "org:bank"}


def test_the_order_of_input_changes_nothing() -> None:
    wanted = to_json(bridges(material(*CHAIN)))
    for order in itertools.permutations(CHAIN):
        assert to_json(bridges(material(*order))) == wanted


def test_single_points_of_failure_by_hand() -> None:
    chain = (
        supplies("s1", "maker", "dealer"), supplies("s2", "dealer", "shop"), supplies("s3", "farm", "shop"), supplies("s4", "shop", "home"),
        supplies("s5", "dealer", "garage"),
    )  # fmt: skip
    found = sole(bridges(material(*chain)))
    assert {name: (row.rank, row.customers, row.alone, row.reach) for name, row in found.items()} == {
        "org:maker": (1, 1, 2, 4), "org:dealer": (2, 2, 1, 3), "org:shop": (2, 1, 1, 1),
    }  # fmt: skip
    assert [A.shorten(thing.iri) for thing in found["org:maker"].examples] == ["org:dealer", "org:garage"]
    assert {claim.split("/claim/")[0].rpartition("/")[2] for claim in found["org:maker"].claims} == {"s1", "s5"}


def test_circles_and_oneself_are_nobodys_only_supplier() -> None:
    circle = supplies("s1", "a", "b"), supplies("s2", "b", "a"), supplies("s3", "c", "c")
    assert sole(bridges(material(*circle))) == {}
    fed = sole(bridges(material(*circle, supplies("s4", "b", "d"), supplies("s5", "c", "e"))))
    assert {name: row.alone for name, row in fed.items()} == {"org:b": 1, "org:c": 1}
    outside = sole(bridges(material(*circle, supplies("s4", "x", "a"))))
    assert {name: row.alone for name, row in outside.items()} == {"org:x": 2, "org:a": 1}


def test_an_empty_graph_one_edge_and_a_wrong_number() -> None:
    empty = bridges(material())
    assert empty.rows == () and "the graph is empty: nothing that counts connects anything" in empty.notes
    assert set(empty.facts.values()) == {0}
    assert bridges(material(hit("r", "one", "acme"))).facts["bridges that hold one node"] == 1
    with pytest.raises(UsageError, match="--top is 1 or more"):
        bridges(material(), top=0)


# ── the bundled data ─────────────────────────────────────────────────────────────────────────


def test_cq38_without_the_incident_no_customer_reaches_midnight_blizzard(bundle: Material) -> None:
    found = bridges(bundle)
    assert found.rows[0].node.iri == iri(CASE) and {"actor:apt29"} <= set(points(bridges(bundle, top=60)))
    graph = nx.Graph(bundle.projection("incidents"))
    affected = [party for party in graph[iri(CASE)] if graph.edges[iri(CASE), party]["sides"] == ("affected",)]
    assert len(affected) > 5
    graph.remove_node(iri(CASE))
    assert [party for party in affected if nx.has_path(graph, party, iri("actor:apt29"))] == []


def test_cq38_the_actor_stands_between_the_three_incidents(bundle: Material) -> None:
    graph = nx.Graph(bundle.projection("incidents"))
    labels = {graph.nodes[node]["label"]: node for node in graph[iri("actor:apt29")]}
    three = [iri(CASE), *(node for label, node in labels.items() if "Hewlett" in label or "TeamViewer" in label)]
    assert len(three) == 3
    assert all(nx.has_path(graph, *pair) for pair in itertools.combinations(three, 2))
    graph.remove_node(iri("actor:apt29"))
    assert not any(nx.has_path(graph, *pair) for pair in itertools.combinations(three, 2))


def test_suppliers_of_the_bundled_cases(bundle: Material) -> None:
    found = sole(bridges(bundle, top=40))
    assert next(iter(found)) == "org:microsoft" and found["org:microsoft"].alone >= 8
    zellis = {A.shorten(thing.iri) for thing in found["org:progress-software"].examples}
    assert {"org:zellis", "org:boots"} <= zellis, "the customers of Zellis are reached through MOVEit over Zellis"
    assert all(row.claims for row in found.values())
