"""Centrality: hand-computed and textbook graphs, sampling and its error, ties, what cannot be asked; the first case (CQ38)."""

from __future__ import annotations

import itertools
import math

import networkx as nx
import numpy as np
import pytest

from kg.analysis.centrality import Central, centrality
from kg.analysis.material import Material
from kg.analysis.measures import betweenness, hits, matrix_of, pagerank, samples_for
from kg.analysis.writing import to_csv, to_json
from kg.errors import NotFound, UsageError
from kg.store.oxigraph import OxigraphStore
from tests.conftest import make_report
from tests.questions.test_first_case import CASE, bundled, fill
from tests.unit.analysing import A, done_by, hit, iri, material, supplies

STAR = (done_by("r1", "one", "heron"), hit("r2", "one", "acme"), hit("r3", "one", "bank"), hit("r4", "two", "bank"))
"""heron – one – acme, one – bank – two."""


@pytest.fixture(scope="module")
def bundle() -> Material:
    return Material(fill(OxigraphStore(), bundled()), A)


def by_name(rows: tuple[Central, ...]) -> dict[str, Central]:
    return {A.shorten(row.node.iri): row for row in rows}


# ── measures on textbook graphs ──────────────────────────────────────────────────────────────

TEXTBOOK = {
    "karate club": nx.karate_club_graph(), "les misérables": nx.les_miserables_graph(),
    "path": nx.path_graph(7), "one node": nx.path_graph(1),
    "forest": nx.disjoint_union_all([nx.random_labeled_tree(n, seed=n) for n in (1, 2, 9, 30)]),
    "no edge": nx.empty_graph(5), "parts": nx.disjoint_union(nx.cycle_graph(5), nx.star_graph(4)),
    "directed": nx.gnp_random_graph(40, 0.06, seed=3, directed=True), "loops": nx.Graph([(0, 0), (0, 1), (1, 2), (2, 2)]),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTBOOK)
def test_measures_are_those_of_networkx(name: str) -> None:
    graph = TEXTBOOK[name]
    matrix = matrix_of(graph).out
    found = betweenness(matrix, graph.is_directed())
    assert found.sampled is None and not found.errors.any()
    expected = nx.betweenness_centrality(graph, normalized=False)
    assert np.allclose(found.pairs, [expected[node] for node in graph])
    plain = graph.copy()
    plain.remove_edges_from(list(nx.selfloop_edges(plain)))
    ranks = nx.pagerank(plain, weight=None, tol=1e-13, max_iter=2000)
    assert np.allclose(pagerank(matrix), [ranks[node] for node in graph], atol=1e-8)


def test_the_karate_club_turns_around_its_two_heads() -> None:
    graph = TEXTBOOK["karate club"]
    pairs = betweenness(matrix_of(graph).both).pairs
    assert np.argsort(-pairs)[:2].tolist() == [0, 33]
    assert pairs[0] == pytest.approx(231.0714, abs=1e-3)  # Brandes 2001 and every textbook since


def test_hits_on_a_graph_that_is_solved_by_hand() -> None:
    # a → c, a → d, b → d: the hubs are the first singular vector of [[1, 1], [0, 1]], the golden ratio
    hub, authority = hits(matrix_of(nx.DiGraph([("a", "c"), ("a", "d"), ("b", "d")])).out)
    golden = (1 + math.sqrt(5)) / 2
    nodes = ["a", "c", "d", "b"]
    assert hub[nodes.index("a")] / hub[nodes.index("b")] == pytest.approx(golden)
    assert authority[nodes.index("d")] / authority[nodes.index("c")] == pytest.approx(golden)
    assert hub.sum() == pytest.approx(1) and authority.sum() == pytest.approx(1)
    nothing = hits(matrix_of(nx.empty_graph(3)).out)
    assert not nothing[0].any() and not nothing[1].any()


def test_sampling_is_near_the_truth_and_says_how_near() -> None:
    graph = nx.powerlaw_cluster_graph(400, 2, 0.3, seed=2)
    matrix = matrix_of(graph).both
    truth = betweenness(matrix).pairs
    leading = np.argsort(-truth)[:20]
    inside = []
    for seed in range(10):
        found = betweenness(matrix, exact=100, samples=150, seed=seed)
        assert found.sampled == (150, 400)
        inside += (np.abs(found.pairs - truth)[leading] <= found.errors[leading]).tolist()
    assert 0.9 <= sum(inside) / len(inside) <= 1
    one, again = (betweenness(matrix, exact=100, samples=150, seed=4).pairs for _ in range(2))
    assert np.array_equal(one, again)
    assert np.array_equal(betweenness(matrix, exact=100, samples=400).pairs, truth), "as many samples as nodes are no sample"


def test_small_parts_stay_exact_beside_a_large_one() -> None:
    graph = nx.disjoint_union(nx.powerlaw_cluster_graph(300, 2, 0.1, seed=1), nx.path_graph(5))
    found = betweenness(matrix_of(graph).both, exact=50, samples=60)
    assert found.pairs[300:].tolist() == [0, 3, 4, 3, 0] and not found.errors[300:].any()


def test_large_graphs_get_fewer_samples() -> None:
    assert samples_for(matrix_of(nx.path_graph(100)).both) == 500
    assert 50 < samples_for(matrix_of(nx.complete_graph(400)).both) < 500


# ── the analysis ─────────────────────────────────────────────────────────────────────────────


def test_a_small_graph_by_hand() -> None:
    found = by_name(centrality(material(*STAR)).rows)
    assert {name: row.degree for name, row in found.items()} == {
        "incident:one": 3, "incident:two": 1, "org:bank": 2, "org:acme": 1, "actor:heron": 1,
    }  # fmt: skip
    assert found["incident:one"].betweenness == 5, "all pairs but bank and two: heron-acme, heron-bank, acme-bank, heron-two, acme-two"
    assert found["org:bank"].betweenness == 3, "two with heron, acme and one"
    assert found["incident:one"].error is None and found["incident:one"].authority == 0 and found["org:bank"].hub == 0
    assert found["incident:one"].hub is not None and found["incident:two"].hub is not None
    assert found["incident:one"].hub > found["incident:two"].hub
    assert sum(row.pagerank for row in found.values()) == pytest.approx(1)
    assert {claim.split("/claim/")[0].rpartition("/")[2] for claim in found["org:bank"].claims} == {"r3", "r4"}


def test_ranks_are_within_a_kind_and_equal_values_share_a_place() -> None:
    named = make_report("n", organizations=[{"id": name, "name": name.title()} for name in ("acme", "bank", "club")],
                        actors=[{"id": "heron", "name": "Heron"}])  # fmt: skip
    found = centrality(material(*STAR, hit("r5", "one", "club"), named), top=2)
    assert [(row.kind, row.node.label, row.rank) for row in found.rows if row.kind != "Incident"] == [
        ("Organization", "Bank", 1), ("Organization", "Acme", 2), ("ThreatActor", "Heron", 1),
    ]  # fmt: skip
    assert "Organization: 1 more share place 2 and are not shown" in found.notes
    only = centrality(material(*STAR, named), kind=("ThreatActor",))
    assert [row.node.label for row in only.rows] == ["Heron"]


def test_the_order_of_input_changes_nothing() -> None:
    wanted = to_json(centrality(material(*STAR)))
    for order in itertools.permutations(STAR):
        assert to_json(centrality(material(*order))) == wanted


def test_supply_is_followed_in_its_direction() -> None:
    chain = supplies("s1", "maker", "dealer"), supplies("s2", "dealer", "shop"), supplies("s3", "shop", "shop")
    found = by_name(centrality(material(*chain), projection="supply", by="betweenness").rows)
    assert [found[f"org:{name}"].betweenness for name in ("maker", "dealer", "shop")] == [0, 1, 0]
    assert found["org:maker"].pagerank > found["org:dealer"].pagerank > found["org:shop"].pagerank
    assert found["org:shop"].degree == 1, "supplying oneself makes nobody a neighbour"
    assert found["org:shop"].hub == 0 and found["org:maker"].authority == 0


def test_hub_and_authority_need_a_direction() -> None:
    together = hit("r1", "one", "acme"), hit("r2", "one", "bank")
    (one, other) = centrality(material(*together), projection="co-victims").rows
    assert one.hub is None and other.authority is None
    with pytest.raises(UsageError, match="hub needs edges with a direction; those of co-victims have none"):
        centrality(material(*together), projection="co-victims", by="hub")


def test_an_empty_graph_and_one_edge() -> None:
    empty = centrality(material())
    assert (
        empty.rows == () and empty.notes == ("the graph is empty: nothing that counts connects anything",) and empty.facts == {"parts": 0}
    )
    assert to_csv(empty).startswith("kind,rank,node,node_label,degree,")
    assert [(row.degree, row.betweenness) for row in centrality(material(hit("r", "one", "acme"))).rows] == [(1, 0), (1, 0)]
    assert len(centrality(material(supplies("s", "shop", "shop")), projection="supply").rows) == 1


def test_what_cannot_be_asked() -> None:
    with pytest.raises(NotFound, match="no projection 'incdents'; there is incidents"):
        centrality(material(*STAR), projection="incdents")
    with pytest.raises(UsageError, match="holds nothing of kind 'Organisation'"):
        centrality(material(*STAR), kind=("Organisation",))
    for wrong in ({"top": 0}, {"samples": 1}, {"exact": -1}, {"seed": -1}):
        with pytest.raises(UsageError):
            centrality(material(*STAR), **wrong)  # type: ignore[arg-type]


def test_a_sampled_result_says_so() -> None:
    reports = [hit(f"r{n}", f"i{n % 7}", f"p{n % 11}") for n in range(40)]
    found = centrality(material(*reports), exact=3, samples=5)
    assert "betweenness is sampled in the largest part: 5 of 18 sources; see the column error" in found.notes
    assert any(row.error for row in found.rows)


# ── the bundled data ─────────────────────────────────────────────────────────────────────────


def test_cq38_the_incident_at_microsoft_comes_first(bundle: Material) -> None:
    found = centrality(bundle)
    leading = {kind: next(row for row in found.rows if row.kind == kind) for kind in {row.kind for row in found.rows}}
    assert leading["Incident"].node.iri == iri(CASE) and leading["Incident"].degree >= 15
    assert leading["ThreatActor"].node.iri == iri("actor:apt29")
    assert leading["ThreatActor"].degree >= 4, "Microsoft, HPE, TeamViewer, SolarWinds"
    by_pairs = centrality(bundle, by="betweenness", top=3)
    assert by_pairs.rows[0].node.iri == iri(CASE)
    assert {row.error for row in by_pairs.rows} == {None}


def test_every_number_can_be_followed(bundle: Material) -> None:
    for projection in ("incidents", "parties", "supply", "actor-parties", "claims"):
        for row in centrality(bundle, projection=projection).rows:
            assert len(row.claims) >= 1 and row.degree >= 1, (projection, row.node)
