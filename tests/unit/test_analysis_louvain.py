"""Louvain on arrays: textbook graphs, single moves gain hardly any more, as good as NetworkX, the same for the same seed."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from scipy.sparse import csr_array

from kg.analysis.louvain import Labels, louvain


def matrix(graph: nx.Graph) -> csr_array:
    return csr_array(nx.to_scipy_sparse_array(graph, nodelist=sorted(graph), weight="weight", dtype=float))


def modularity(graph: nx.Graph, labels: Labels, resolution: float = 1.0) -> float:
    nodes = sorted(graph)
    groups = [{nodes[n] for n in np.flatnonzero(labels == label)} for label in np.unique(labels)]
    return float(nx.community.modularity(graph, groups, weight="weight", resolution=resolution))


@pytest.mark.parametrize("seed", range(4))
def test_cliques_in_a_ring_are_found(seed: int) -> None:
    labels = louvain(matrix(nx.ring_of_cliques(8, 5)), seed=seed)
    assert labels.tolist() == [node // 5 for node in range(40)]


def test_the_karate_club_comes_to_the_best_that_is_known() -> None:
    graph = nx.karate_club_graph()
    nx.set_edge_attributes(graph, 1.0, "weight")
    found = [modularity(graph, louvain(matrix(graph), seed=seed)) for seed in range(10)]
    assert max(found) == pytest.approx(0.41979, abs=1e-5) and min(found) > 0.40


@pytest.mark.parametrize("resolution", [0.5, 1.0, 2.0])
def test_single_moves_gain_hardly_any_more_and_it_is_as_good_as_networkx(resolution: float) -> None:
    for seed in range(6):
        graph = nx.gnm_random_graph(40, 90, seed=seed)
        rng = np.random.default_rng(seed)
        for one, other in graph.edges:
            graph[one][other]["weight"] = float(rng.integers(1, 4))
        labels = louvain(matrix(graph), resolution, seed)
        here = modularity(graph, labels, resolution)
        for node in graph:
            for label in {int(labels[other]) for other in graph[node]}:
                moved = labels.copy()
                moved[node] = label
                assert modularity(graph, moved, resolution) <= here + 0.005
        theirs = [
            nx.community.modularity(graph, nx.community.louvain_communities(graph, resolution=resolution, seed=n), resolution=resolution)
            for n in range(3)
        ]
        ours = max(modularity(graph, louvain(matrix(graph), resolution, n), resolution) for n in range(3))
        assert ours > max(theirs) - 0.03


def test_nothing_and_one_node_and_parts_and_the_same_seed() -> None:
    assert louvain(csr_array((0, 0))).tolist() == [] and louvain(csr_array((3, 3))).tolist() == [0, 1, 2]
    graph = nx.disjoint_union(nx.complete_graph(4), nx.complete_graph(3))
    graph.add_node(7)
    labels = louvain(matrix(graph))
    assert [len(set(labels[part].tolist())) for part in (slice(0, 4), slice(4, 7))] == [1, 1] and len(set(labels.tolist())) == 3
    big = matrix(nx.gnm_random_graph(200, 500, seed=1))
    assert np.array_equal(louvain(big, seed=3), louvain(big, seed=3))
