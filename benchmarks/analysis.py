"""Analyses on synthetic graphs with the shape of the real one (:mod:`benchmarks.synthetic`).

``python -m benchmarks.analysis`` measures at 10 thousand, 100 thousand and 1 million edges; sizes, and ``--stores DIR`` to keep and use
filled stores, may be given. Yardsticks are the bare queries for projections, and rustworkx and igraph for PageRank and communities; a
yardstick that is not installed (extra ``bench``) is left out. Seconds are clock time; where a machine is busy, the ratios are of
processor time, which both sides of a ratio use in the same run.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np

from benchmarks.common import measured, table
from benchmarks.synthetic import fill, supplies
from kg.analysis.material import Material
from kg.analysis.routes import Arrays, arrays_of
from kg.analysis.streams import SHORT_CUTS, stream, wanted
from kg.errors import MissingExtra
from kg.identity.iris import Addresses
from kg.store.oxigraph import OxigraphStore

SIZES = (10_000, 100_000, 1_000_000)
PAIRS = 20
"""So many pairs, suppliers and actors are asked about."""
Measured = tuple[float, float]
"""Seconds of clock time and of processor time."""


def timed(action: Callable[[], Any]) -> tuple[Any, Measured]:
    """What an action returned, and its times."""
    clock, processor = time.perf_counter(), time.process_time()
    value = action()
    return value, (time.perf_counter() - clock, time.process_time() - processor)


def each(actions: Iterable[Callable[[], Any]]) -> tuple[float, float, float]:
    """The median and the most of several actions in clock time, and the median of processor time."""
    times = [timed(action)[1] for action in actions]
    return statistics.median(t for t, _ in times), max(t for t, _ in times), statistics.median(t for _, t in times)


def least(times: list[Measured]) -> Measured:
    """The least of clock time and of processor time."""
    return min(t for t, _ in times), min(t for _, t in times)


def told(times: tuple[float, float, float]) -> str:
    """Median and most of clock time, median of processor time, as they stand in a table."""
    return f"{times[0]:.3f} ({times[1]:.2f}; {times[2]:.3f})"


def size_of(graph: nx.Graph) -> int:
    """Bytes that a graph of NetworkX takes in memory: its dictionaries, and what they hold, each object once."""
    seen: set[int] = set()
    total = 0
    waiting: list[Any] = [graph._adj, graph._node, *([graph._pred] if graph.is_directed() else [])]
    while waiting:
        one = waiting.pop()
        if id(one) in seen or one is None or isinstance(one, bool):
            continue
        seen.add(id(one))
        total += sys.getsizeof(one)
        if isinstance(one, dict):
            waiting += one
            waiting += one.values()
        elif isinstance(one, tuple):
            waiting += one
    return total


def bare(store: OxigraphStore) -> int:
    """Iterate over everything that the projection of claims reads, and do nothing with it."""
    rows = sum(1 for name in ("edges", "things", "places") for _ in stream(store, name, wanted=wanted(SHORT_CUTS)))
    return rows + sum(1 for name in ("further", "identities") for _ in stream(store, name))


def of_store(folder: str) -> dict[str, Any]:
    """Everything that is measured on one store. Runs in a process of its own."""
    store = OxigraphStore(folder, read_only=True)
    found: dict[str, Any] = {"quads": len(store)}
    queries, projections = [], []
    for _ in range(3 if len(store) < 5_000_000 else 1):
        queries.append(timed(lambda: bare(store))[1])
        material = Material(store, Addresses())
        graph, times = timed(lambda material=material: material.projection("claims"))  # type: ignore[misc]
        projections.append(times)
    found["bare"], found["projection"] = least(queries), least(projections)
    found["edges"], found["nodes"], found["memory"] = graph.number_of_edges(), len(graph), size_of(graph)
    print(f"{found['edges']:,} edges projected in {found['projection'][1]:.1f} s", file=sys.stderr, flush=True)
    found |= questions(material, graph)
    found |= against_others(graph)
    return found


def questions(material: Material, graph: nx.Graph) -> dict[str, Any]:
    """Paths, blast radius and similar actors, once the projection is there; what they make of it once is told apart."""
    from kg.analysis.blast_radius import blast_radius
    from kg.analysis.paths import paths
    from kg.analysis.supply_chain import network_of

    found: dict[str, Any] = {}
    rng = np.random.default_rng(0)
    kinds = nx.get_node_attributes(graph, "kind")
    material.inputs("claims", graph)
    arrays, found["arrays"] = timed(lambda: arrays_of(graph))
    pairs = pairs_of(arrays, kinds, rng)
    found["paths"] = each([lambda a=a, b=b: paths(material, a, b) for a, b in pairs])  # type: ignore[misc]
    found["network"] = timed(lambda: (network_of(material), material.inputs("supply", material.projection("supply"))))[1]
    supply = material.projection("supply")
    suppliers = sorted((node for node in supply if supply.out_degree(node)), key=lambda node: (-supply.out_degree(node), node))
    chosen = suppliers[: PAIRS // 4] + [suppliers[n] for n in rng.choice(len(suppliers), PAIRS - PAIRS // 4)]
    found["blast radius"] = each([lambda s=s: blast_radius(material, s) for s in chosen])  # type: ignore[misc]
    try:
        from kg.analysis.similar import similar
    except ImportError:
        return found
    actors = sorted(node for node, kind in kinds.items() if kind == "ThreatActor" and graph.degree(node))
    if actors:
        found["profiles"] = timed(lambda: similar(material, actors[0]))[1]
        found["similar"] = each([lambda a=a: similar(material, actors[a]) for a in rng.choice(len(actors), PAIRS)])  # type: ignore[misc]
    return found


def pairs_of(arrays: Arrays, kinds: dict[str, str], rng: np.random.Generator) -> list[tuple[str, str]]:
    """Pairs of parties, actors and incidents that a path of two to six hops joins."""
    wanted = np.array([kinds[node] in ("Organization", "Incident", "ThreatActor", "UnidentifiedActor") for node in arrays.nodes])
    found: list[tuple[str, str]] = []
    walked = arrays.kinds != arrays.kind_names.index("targeted")
    while len(found) < PAIRS:
        start = int(rng.choice(np.flatnonzero(wanted)))
        away = np.full(len(arrays.nodes), 99)
        away[start], edge = 0, np.array([start])
        for hop in range(1, 7):
            places, _ = arrays.arcs(edge)
            edge = np.unique(arrays.heads[places[walked[places]]]).astype(np.int64)
            edge = edge[away[edge] == 99]
            away[edge] = hop
        near = np.flatnonzero(wanted & (away >= 2) & (away <= 6))
        if len(near) > PAIRS:
            found.append((arrays.nodes[start], arrays.nodes[int(rng.choice(near))]))
    return found


def against_others(graph: nx.Graph) -> dict[str, Any]:
    """PageRank and communities of the graph without directions, and the same by rustworkx and igraph."""
    from kg.analysis import measures, partition

    found: dict[str, Any] = {}
    matrix, found["matrix"] = timed(lambda: measures.matrix_of(graph))
    found["PageRank"] = best(lambda: measures.pagerank(matrix.both))
    both = matrix.both.tocoo()
    arcs = list(zip(both.row.tolist(), both.col.tolist(), strict=True))
    once = [arc for arc in arcs if arc[0] < arc[1]]
    try:
        import rustworkx

        theirs = rustworkx.PyDiGraph()
        theirs.add_nodes_from(range(len(graph)))
        theirs.add_edges_from_no_data(arcs)
        found["PageRank, rustworkx"] = best(lambda: rustworkx.pagerank(theirs, alpha=0.85, tol=1e-10, max_iter=1000))
    except ImportError:
        pass
    try:
        import igraph
    except ImportError:
        igraph = None
    if igraph:
        undirected = igraph.Graph(len(graph), once)
        found["PageRank, igraph"] = best(lambda: undirected.pagerank(directed=False))
    (net, _), found["network of communities"] = timed(lambda: partition.network(graph))
    methods: dict[str, Callable[[], Any]] = {name.capitalize(): lambda name=name: partition.divide(net, name) for name in partition.METHODS}  # type: ignore[misc]
    if igraph:
        methods["Louvain, igraph"] = lambda: undirected.community_multilevel()
        methods["Leiden, igraph"] = lambda: undirected.community_leiden("modularity", n_iterations=2)
    for name, method in methods.items():
        try:
            found[name] = best(method)
        except MissingExtra as error:
            print(f"{name}: {error}", file=sys.stderr)
    return found


def best(action: Callable[[], Any], times: int = 3) -> Measured:
    """The least of a few runs."""
    return least([timed(action)[1] for _ in range(times)])


def of_supply(size: int) -> dict[str, Any]:
    """Blast radius on a network of supplies alone, of which the graph has few: the hard case. Runs in a process of its own."""
    from kg.analysis.blast_radius import blast_radius
    from kg.analysis.supply_chain import network_of

    kind = supplies(size)
    graph = nx.DiGraph()
    base = f"{Addresses().root}org/s"
    for node in np.unique(np.concatenate([kind.subjects, kind.objects])).tolist():
        graph.add_node(f"{base}{node}", iri=f"{base}{node}", label=f"Organization {node}", kind="Organization")
    said = {"weight": 1, "predicates": ("customerOf", "suppliedBy"), "agents": 1, "contested": False}
    said |= dict.fromkeys(("first", "last", "published"))
    for number, (customer, supplier) in enumerate(zip(kind.subjects.tolist(), kind.objects.tolist(), strict=True)):
        sure = 85 if number % 4 == 0 else None
        graph.add_edge(f"{base}{supplier}", f"{base}{customer}", **said, claims=(f"{base}claim/{number}",), confidence=sure)
    material = Material(OxigraphStore(), Addresses())
    material._made[("supply",)] = graph
    found: dict[str, Any] = {"edges": graph.number_of_edges(), "network": timed(lambda: network_of(material))[1]}
    material.inputs("supply", graph)
    suppliers = sorted((node for node in graph if graph.out_degree(node)), key=lambda node: (-graph.out_degree(node), node))
    rng = np.random.default_rng(0)
    chosen = suppliers[: PAIRS // 4] + [suppliers[n] for n in rng.choice(len(suppliers), PAIRS - PAIRS // 4)]
    found["blast radius"] = each([lambda s=s: blast_radius(material, s, depth=6) for s in chosen])  # type: ignore[misc]
    return found


def slope(sizes: list[int], times: list[float]) -> float:
    """By which power of the size a time grows: 1 is linear."""
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0]) if len(sizes) > 1 and min(times) > 0 else math.nan


def report(found: dict[int, dict[str, Any]], alone: dict[int, dict[str, Any]]) -> None:
    """The tables of the page."""
    sizes = sorted(found)
    print("\n### Projection of claims, from the store\n")
    rows = []
    for size in sizes:
        one = found[size]
        ratio = one["bare"][1] / one["projection"][1]
        rows.append([
            one["edges"], one["nodes"], one["quads"], one["bare"][1], one["projection"][1], one["projection"][0],
            round(one["edges"] / one["projection"][1]), ratio, round(one["memory"] / one["edges"]), round(one["peak"]),
        ])  # fmt: skip
    head = ["edges", "nodes", "quads", "bare, CPU s", "projection, CPU s", "clock s", "edges/CPU s", "against bare", "bytes an edge"]
    table([*head, "peak MiB"], rows)
    edges = [found[size]["edges"] for size in sizes]
    print(f"\nslope: bare {slope(edges, [found[s]['bare'][1] for s in sizes]):.2f}", end="")
    print(f", projection {slope(edges, [found[s]['projection'][1] for s in sizes]):.2f}")

    print("\n### Questions, once the projection is there\n")
    names = [name for name in ("paths", "blast radius", "similar") if name in found[sizes[0]]]
    rows = []
    for name in names:
        medians = [found[size][name][0] for size in sizes if name in found[size]]
        cells = [told(found[size][name]) for size in sizes if name in found[size]]
        rows.append([name, *cells, f"{slope(edges[: len(medians)], [found[s][name][2] for s in sizes if name in found[s]]):.2f}"])
    table(["median seconds (most; median CPU)", *(f"{edge:,}" for edge in edges), "slope"], rows)
    if alone:
        sizes_alone = sorted(alone)
        ours = [alone[size]["edges"] for size in sizes_alone]
        cells = [told(alone[size]["blast radius"]) for size in sizes_alone]
        print()
        table(["supplies alone, 6 links deep", *(f"{edge:,}" for edge in ours), "slope"],
              [["blast radius", *cells, f"{slope(ours, [alone[s]['blast radius'][2] for s in sizes_alone]):.2f}"]])  # fmt: skip
    print("\nmade once of a projection (CPU s):")
    made = [name for name in ("arrays", "network", "profiles", "matrix", "network of communities") if name in found[sizes[0]]]
    table(["what", *(f"{edge:,}" for edge in edges)], [[name, *(found[size].get(name, (0, 0))[1] for size in sizes)] for name in made])

    print("\n### PageRank and communities, against rustworkx and igraph on the same graph\n")
    rows = []
    for name in ("PageRank", "Louvain", "Leiden"):
        for size, edge in zip(sizes, edges, strict=True):
            one = found[size]
            if name not in one and f"{name}, igraph" not in one:
                continue
            row: list[object] = [name, edge, f"{one[name][1]:.3f}" if name in one else "not run"]
            for short in ("rustworkx", "igraph"):
                other = one.get(f"{name}, {short}")
                row.append(f"{other[1]:.3f}" if other else "")
                row.append(f"{one[name][1] / other[1]:.2f}" if other and name in one else "")
            rows.append(row)
    table(["", "edges", "ours, CPU s", "rustworkx", "times as long", "igraph", "times as long"], rows)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.analysis")
    parser.add_argument("sizes", nargs="*", type=int, default=list(SIZES))
    parser.add_argument("--stores", type=Path, help="a folder for filled stores, kept for the next time")
    asked = parser.parse_args(arguments if arguments is not None else [])
    with tempfile.TemporaryDirectory() as base:
        found, alone = {}, {}
        for size in asked.sizes or SIZES:
            folder = (asked.stores or Path(base)) / str(size)
            if not folder.exists():
                folder.parent.mkdir(parents=True, exist_ok=True)
                seconds = timed(lambda folder=folder, size=size: measured(fill, folder, size))[1][0]  # type: ignore[misc]
                print(f"filled {folder.name}: {seconds:.0f} s", file=sys.stderr, flush=True)
            found[size], _, peak = measured(of_store, str(folder))
            found[size]["peak"] = peak
            alone[size], _, _ = measured(of_supply, size)
        report(found, alone)


if __name__ == "__main__":
    main(sys.argv[1:])
