"""Communities: textbook graphs, numbers by hand, the bundled cases, and what must not change the answer."""

from __future__ import annotations

import random
import sys
from itertools import combinations

import networkx as nx
import numpy as np
import pytest

from kg.analysis.communities import Community, communities, figure
from kg.analysis.figures.files import png
from kg.analysis.partition import (
    METHODS,
    Network,
    adjusted_rand,
    bipartite_sides,
    divide,
    groups,
    modularity,
    mutual_information,
    network,
    shuffled,
)
from kg.analysis.result import Analysis
from kg.analysis.writing import as_json, to_csv, to_graphml
from kg.errors import MissingExtra, NotFound, UsageError
from kg.model.report import IncidentReport
from tests.conftest import make_report
from tests.unit.analysed import bundled, iri, material


def named(graph: nx.Graph) -> Network:
    """A textbook graph with nodes that are texts, as projections have them."""
    return network(nx.relabel_nodes(graph, {node: f"n{node:03}" for node in graph}))[0]


def sets(net: Network, method: str = "louvain", seed: int = 0) -> set[frozenset[str]]:
    return {frozenset(group) for group in groups(net, divide(net, method, seed=seed))}


def graph_of(net: Network) -> nx.Graph:
    return nx.Graph((net.nodes[one], net.nodes[other]) for one, other in zip(net.tails, net.heads, strict=True))


KARATE = named(nx.karate_club_graph())
"""Zachary 1977; weights do not count here."""


# ── the division ─────────────────────────────────────────────────────────────────────────────


def test_modularity_by_hand() -> None:
    """Two triangles and an edge between: 7 edges, 6 within, both halves of degree 7: 6/7 - 2·(7/14)² = 0.357…"""
    net = named(nx.barbell_graph(3, 0))
    labels = np.array([0, 0, 0, 1, 1, 1])
    assert modularity(net, labels) == pytest.approx(6 / 7 - 0.5)
    assert modularity(net, labels, resolution=2) == pytest.approx(6 / 7 - 1)
    assert modularity(net, np.zeros(6, int)) == pytest.approx(0)
    assert modularity(named(nx.empty_graph(3)), np.zeros(3, int)) == 0


@pytest.mark.parametrize("weighted", [False, True])
def test_modularity_is_that_of_networkx(weighted: bool) -> None:
    graph = nx.karate_club_graph()
    net, _ = network(nx.relabel_nodes(graph, {node: f"n{node:03}" for node in graph}), weighted)
    labels = np.arange(34) % 3
    parts = [{node for node in graph if node % 3 == number} for number in range(3)]
    assert modularity(net, labels) == pytest.approx(nx.community.modularity(graph, parts, weight="weight" if weighted else None))


def test_bipartite_modularity_by_hand() -> None:
    """Barber 2007. Two separate pairs: 2 edges, each community has one of each side of degree 1: 1 - (1+1)/4 = ½."""
    net, _ = network(nx.Graph([("a", "x"), ("b", "y")]))
    assert net.nodes == ("a", "b", "x", "y")
    assert modularity(net, np.array([0, 1, 0, 1]), sides=np.array([0, 0, 1, 1])) == pytest.approx(0.5)


def test_sides_of_a_projection() -> None:
    assert bipartite_sides(nx.DiGraph([("a", "x"), ("b", "x")])) == {"a": 0, "b": 0, "x": 1}
    assert bipartite_sides(nx.DiGraph([("a", "b"), ("b", "c")])) is None
    assert bipartite_sides(nx.Graph([("a", "b")])) is None


@pytest.mark.parametrize("seed", range(5))
def test_cliques_that_hang_together_by_an_edge_are_communities(seed: int) -> None:
    caves = {frozenset(f"n{5 * cave + number:03}" for number in range(5)) for cave in range(6)}
    assert sets(named(nx.connected_caveman_graph(6, 5)), seed=seed) == caves


def test_the_karate_club() -> None:
    """The best division known has four communities and a modularity of 0.4198 (Brandes and others 2008)."""
    found = [modularity(KARATE, divide(KARATE, "louvain", seed=seed)) for seed in range(10)]
    assert 0.41 < max(found) <= 0.4198 + 1e-4


def test_the_karate_club_after_leiden() -> None:
    pytest.importorskip("graspologic_native")
    found = [divide(KARATE, "leiden", seed=seed) for seed in range(10)]
    assert max(modularity(KARATE, labels) for labels in found) == pytest.approx(0.4198, abs=1e-4)
    assert all(nx.is_connected(graph_of(KARATE).subgraph(group)) for labels in found for group in groups(KARATE, labels))
    caves = named(nx.connected_caveman_graph(6, 5))
    assert sets(caves, "leiden") == sets(caves, "louvain")


def test_communities_are_numbered_by_size_and_then_by_their_first_node() -> None:
    net = named(nx.disjoint_union_all([nx.path_graph(2), nx.complete_graph(4), nx.path_graph(2)]))
    assert divide(net, "louvain").tolist() == [1, 1, 0, 0, 0, 0, 2, 2]


@pytest.mark.parametrize("method", METHODS)
def test_parts_that_cannot_be_divided_are_left_out_of_the_search(method: str) -> None:
    """What is divided on its own at another resolution is as good as what NetworkX finds in the whole."""
    if method == "leiden":
        pytest.importorskip("graspologic_native")
    generator = random.Random(0)
    graph = nx.disjoint_union_all([nx.karate_club_graph(), *(nx.star_graph(generator.randint(1, 4)) for _ in range(40))])
    nx.set_edge_attributes(graph, 1, "weight")
    net = named(graph)
    ours = max(modularity(net, divide(net, method, seed=seed)) for seed in range(5))
    theirs = max(nx.community.modularity(graph, nx.community.louvain_communities(graph, seed=seed)) for seed in range(5))
    assert ours >= theirs - 1e-3
    found = sets(net, method)
    assert all(frozenset(star) in found for star in nx.connected_components(graph_of(net)) if len(star) < 10)


def test_leiden_without_its_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "graspologic_native", None)
    with pytest.raises(MissingExtra, match=r"incident-kg\[leiden\]"):
        divide(KARATE, "leiden")


# ── how sure ─────────────────────────────────────────────────────────────────────────────────


def test_agreement_of_two_divisions_by_hand() -> None:
    """Of six pairs one is together in both, one in the first, two in the second: (1 - ⅓) / (1½ - ⅓) = 4/7."""
    one, other = np.array([0, 0, 1, 2]), np.array([0, 0, 1, 1])
    assert adjusted_rand(one, other) == pytest.approx(4 / 7)
    assert adjusted_rand(other, one) == pytest.approx(4 / 7)
    assert mutual_information(one, other) == pytest.approx(0.8)
    assert adjusted_rand(one, one) == mutual_information(one, one) == 1
    assert mutual_information(np.zeros(3, int), np.zeros(3, int)) == adjusted_rand(np.zeros(3, int), np.zeros(3, int)) == 1


def test_shuffling_keeps_degrees_and_sides() -> None:
    net = named(nx.bipartite.random_graph(12, 15, 0.3, seed=1))
    sides = np.array([int(node > "n011") for node in net.nodes])
    mixed = shuffled(net, sides, np.random.default_rng(0))
    assert mixed.strength.tolist() == net.strength.tolist()
    assert (sides[mixed.tails] != sides[mixed.heads]).all()
    assert set(graph_of(mixed).edges) != set(graph_of(net).edges)
    for seed in range(5):
        again = shuffled(KARATE, None, np.random.default_rng(seed))
        assert again.strength.tolist() == KARATE.strength.tolist()
        assert len(set(zip(again.tails.tolist(), again.heads.tolist(), strict=True))) == len(KARATE.tails), "no edge twice"
        assert (again.tails < again.heads).all()


def test_shuffling_mixes_well() -> None:
    """After it, cliques are gone: hardly more edges lie within them than the degrees give."""
    net = named(nx.connected_caveman_graph(20, 6))
    labels = np.arange(120) // 6
    mixed = [modularity(shuffled(net, None, np.random.default_rng(seed)), labels) for seed in range(20)]
    assert modularity(net, labels) > 0.8 and abs(float(np.mean(mixed))) < 0.02


def test_a_random_graph_is_said_to_be_no_better_than_chance() -> None:
    """A random tree of incidents: modularity is high, and that means nothing (Guimerà and others 2004)."""
    generator = random.Random(3)
    links = [(number, generator.randrange(number)) for number in range(1, 60)]
    found = communities(material(*(incident(f"i{a}", victims=[f"v{a}", f"v{b}"]) for a, b in links)), runs=3)
    assert found.facts["modularity"] > 0.7  # type: ignore[operator]
    assert any("can be chance" in note for note in found.notes)


# ── from reports ─────────────────────────────────────────────────────────────────────────────


def incident(key: str, actors: list[str] | None = None, victims: list[str] | None = None, technique: str = "") -> IncidentReport:
    """A report on one incident. A victim is ``key`` or ``key/sector``."""
    sectors = dict(victim.split("/") if "/" in victim else (victim, "") for victim in victims or [])
    return make_report(
        f"r-{key}",
        incidents=[{"id": key, "title": key}],
        actors=[{"id": actor, "name": actor} for actor in actors or []],
        organizations=[{"id": name, "name": name, **({"sector": sector} if sector else {})} for name, sector in sectors.items()],
        attributions=[{"incident": key, "actor": f"actor:{actor}"} for actor in actors or []],
        involvements=[{"incident": key, "party": f"org:{name}", "role": "victim"} for name in sectors],
        techniques=[{"incident": key, "words": "w", "technique": technique}] if technique else [],
    )


TWO_SIDES = [
    incident("i1", ["red"], ["e1/energy", "e2/energy", "e3/energy"], technique="T1190"),
    incident("i2", ["red"], ["e4/energy", "e5/energy"], technique="T1190"),
    incident("i3", ["blue"], ["f1/financial services", "f2/financial services", "f3/financial services", "x1"], technique="T1078"),
    incident("i4", ["blue"], ["f4/financial services", "f5/financial services"], technique="T1078"),
]


def test_what_stands_out_by_hand() -> None:
    """Ten parties of known sector, five in energy, all five in one community: one draw in C(10,5) = 252."""
    found = communities(material(*TWO_SIDES), resolution=0.3)
    assert [row.size for row in found.rows] == [9, 8]
    traits = {(row.community, row.value): row for row in found.table("over-represented").rows}
    energy = traits[2, "energy"]
    assert (energy.count, energy.of, energy.all_count, energy.all_of, energy.units) == (5, 5, 5, 10, "parties")
    assert energy.lift == pytest.approx(2)
    assert energy.p == pytest.approx(1 / 252)
    assert energy.q == pytest.approx(1 / 126), "four tests, two of them as low: 4/252 / 2"
    finance = traits[1, "financial services"]
    assert (finance.count, finance.of) == (5, 5), "the party without a known sector is neither for nor against"
    assert found.rows[1].stands_out == ("sector energy 5 of 5 (×2)",)
    assert all(claim.startswith("https://") for claim in energy.claims) and len(energy.claims) == 5


def test_every_row_has_its_claims() -> None:
    found = communities(material(*TWO_SIDES), level=1, resolution=0.3)
    assert all(row.claims for row in found.rows)
    assert all(row.claims for table in found.more for row in table.rows)
    assert {row.what for row in found.table("over-represented").rows} >= {"sector"}
    inside = next(row for row in found.table("members").rows if row.node.iri == iri("org:e1"))
    assert (inside.inside, inside.outside, len(inside.claims)) == (1, 0, 1)


def test_techniques_are_told_of_incidents_where_there_are_any() -> None:
    found = communities(material(*TWO_SIDES), level=1, resolution=0.3)
    technique = next(row for row in found.table("over-represented").rows if row.what == "technique")
    assert (technique.units, technique.count, technique.of, technique.all_count, technique.all_of) == ("incidents", 2, 2, 2, 4)
    assert technique.p == pytest.approx(1 / 6)
    of_actors = communities(material(*TWO_SIDES), projection="actor-techniques", level=1, smallest=2)
    assert [row.kinds for row in of_actors.rows] == ["1 Technique, 1 ThreatActor"] * 2
    assert any("no finding of its own" in note for note in of_actors.notes)


def test_seeds_and_the_order_of_reports_change_nothing() -> None:
    expected = as_json(communities(material(*TWO_SIDES)))
    for seed in range(3):
        mixed = random.Random(seed).sample(TWO_SIDES, len(TWO_SIDES))
        assert as_json(communities(material(*mixed))) == expected


def test_an_empty_graph_and_one_without_any_choice() -> None:
    empty = communities(material())
    assert empty.rows == () and empty.notes == ("the graph is empty: nothing that counts connects anything",)
    assert empty.facts == {"communities": 0, "tests": 0}
    assert png(figure(empty))[:4] == b"\x89PNG"
    one = communities(material(incident("i", ["a"])), smallest=1)
    assert [row.size for row in one.rows] == [2] and one.rows[0].whole_part
    assert any("nothing to decide" in note for note in one.notes)


def supply(*pairs: tuple[str, str], stance: str = "asserted", report: str = "s") -> IncidentReport:
    names = sorted({name for pair in pairs for name in pair})
    return make_report(
        report,
        organizations=[{"id": name, "name": name} for name in names],
        supplies=[{"supplier": f"org:{a}", "customer": f"org:{b}", "relation": "customer", "stance": stance} for a, b in pairs],
    )


def test_cyclic_contradictory_and_self_supply() -> None:
    found = communities(material(supply(("a", "b"), ("b", "a"), ("b", "c"), ("c", "c"))), projection="supply")
    assert [row.size for row in found.rows] == [3]
    assert found.rows[0].inside == 2, "there and back is one edge, to itself none"
    denied = communities(material(supply(("a", "b")), supply(("a", "b"), stance="denied", report="t")), projection="supply", smallest=2)
    assert len(denied.rows) <= 1


@pytest.mark.parametrize(
    "wrong", [{"resolution": 0}, {"resolution": -1.0}, {"runs": 0}, {"shuffles": -1}, {"level": 0.0}, {"level": 1.5}, {"top": -1}]
)
def test_numbers_that_make_no_sense(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        communities(material(), **wrong)  # type: ignore[arg-type]


def test_a_projection_that_there_is_not() -> None:
    with pytest.raises(NotFound, match="supply"):
        communities(material(), projection="suply")


# ── the bundled cases ────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def found() -> Analysis[Community]:
    return communities(bundled())


def community_of(found: Analysis[Community], written: str) -> set[str]:
    members = found.table("members").rows
    number = next(row.community for row in members if row.node.iri == iri(written))
    return {row.node.iri for row in members if row.community == number}


def test_the_microsoft_case_belongs_together(found: Analysis[Community]) -> None:
    """CQ38: the three incidents of one actor, with the parties that only the first one joins to it."""
    here = community_of(found, "actor:apt29")
    assert {iri("incident:microsoft-corporate-email-2023"), iri("org:hewlett-packard-enterprise"), iri("org:teamviewer")} <= here


def test_moveit_stands_apart_from_solarwinds(found: Analysis[Community]) -> None:
    moveit, solarwinds = (community_of(found, f"incident:{name}") for name in ("moveit-2023", "solarwinds-orion-2020"))
    assert not moveit & solarwinds
    assert iri("actor:cl0p") in moveit and iri("org:solarwinds") in solarwinds


def test_the_bundled_graph_is_told_to_be_a_forest_as_any_other(found: Analysis[Community]) -> None:
    assert found.facts["connected_parts"] < found.facts["communities"]  # type: ignore[operator]
    assert any("can be chance" in note for note in found.notes)
    assert found.facts["mean_normalised_mutual_information"] > 0.9  # type: ignore[operator]


def test_the_same_seed_gives_the_same_communities(found: Analysis[Community]) -> None:
    assert as_json(communities(bundled())) == as_json(found)


def test_it_can_be_written_and_drawn(found: Analysis[Community]) -> None:
    assert 'attr.name="community"' in to_graphml(found)
    assert to_csv(found, "over-represented").startswith("community,what,value,units,count,of,all_count,all_of,lift,p,q,claims\n")
    assert png(figure(found)) == png(figure(found))


@pytest.mark.parametrize("projection", ["claims", "parties", "actor-parties", "actor-techniques", "supply", "shared", "co-victims"])
def test_any_projection_can_be_divided(projection: str) -> None:
    found = communities(bundled(), projection=projection, runs=2, shuffles=1, weighted=True)
    assert found.rows and sum(row.size for row in found.rows) <= found.inputs.nodes
    members = [row.node.iri for row in found.table("members").rows]
    assert len(members) == len(set(members))
    assert all(one.size >= other.size for one, other in combinations(found.rows, 2))
