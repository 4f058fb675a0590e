"""Each saved query with its default parameters: against the same text on bare pyoxigraph at the size of the VERIS pack,
and against rdflib in memory at a hundred thousand quads."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from pyoxigraph import Store

from benchmarks.common import table, veris_records, write_lines
from kg import resources
from kg.queries import SavedQuery, load_queries, term
from kg.queries import table as whole_table
from kg.store.base import QuadStore, Term, prepare
from kg.store.memory import MemoryStore
from kg.workspace import Workspace, create_workspace

LIMIT = 60.0
"""Seconds after which a query of ours, or of bare pyoxigraph, is stopped."""
RDFLIB_LIMIT = 20.0
"""The same for rdflib; it is stopped sooner where it has already taken thirty times as long as we (and two seconds)."""
WANTED = 10
"""How many times faster than rdflib each query should be."""
SIZE, RECORD = 100_000, 250
"""The size for rdflib, and the quads that one VERIS record makes."""
TIMES, ENOUGH = 5, 3.0
"""Runs of one query at most, and the seconds after which there is no further one."""

Times = dict[str, list[float]]


def timed(action: Callable[[], int]) -> tuple[float, int]:
    """Milliseconds of an action, and what it returned."""
    start = time.perf_counter()
    found = action()
    return (time.perf_counter() - start) * 1000, found


def in_turn(actions: dict[str, Callable[[], int]], pipe: Any) -> None:
    """Run actions in turn and send each run's milliseconds as it ends; the first round warms up.

    A slow query has one round after that, a very slow one none.
    """
    start = time.perf_counter()
    for turn in range(TIMES + 1):
        for name, action in actions.items():
            pipe.send((name if turn else f"{name}, first", *timed(action)))
        if time.perf_counter() - start > (ENOUGH if turn else 5 * ENOUGH):
            break
    pipe.close()


def within(context: str, limit: float, target: Callable[..., None], *args: Any) -> tuple[Times, int]:
    """What ``target`` sends through its pipe within ``limit`` seconds, from a process of its own: times, rows."""
    found: Times = defaultdict(list)
    rows = 0
    ours, theirs = get_context(context).Pipe(False)
    child = get_context(context).Process(target=target, args=(*args, theirs))  # type: ignore[attr-defined]
    child.start()
    theirs.close()
    end = time.perf_counter() + limit
    try:
        while ours.poll(max(0.0, end - time.perf_counter())):
            name, milliseconds, rows = ours.recv()
            found[name].append(milliseconds)
    except EOFError:
        pass
    child.kill()
    child.join()
    return found, rows


def median(times: Times, name: str) -> float | None:
    """The median of the warm runs, else the first run; ``None`` if there was not even that."""
    runs = times.get(name) or times.get(f"{name}, first")
    return statistics.median(runs) if runs else None


def defaults(query: SavedQuery, folder: str) -> dict[str, Term]:
    """The default parameters as terms."""
    addresses = Workspace(Path(folder)).addresses
    return {p.name: term(p.default, addresses) for p in query.parameters if p.default}


def answer(store: QuadStore, query: SavedQuery, bound: dict[str, Term]) -> int:
    """Rows of the whole answer."""
    return len(whole_table(store.query(query.text, bound)).rows)


def on_ours(folder: str, name: str, bare_too: bool, pipe: Any) -> None:
    """Our store and, where asked for, pyoxigraph on the same files."""
    query = load_queries()[name]
    bound = defaults(query, folder)
    with Workspace(Path(folder)).open_store() as store:
        actions = {"ours": lambda: answer(store, query, bound)}
        if bare_too:
            text = prepare(query.text, bound).with_prefixes()
            bare: Store = store._store
            actions["bare"] = lambda: len(list(bare.query(text, use_default_graph_as_union=True)))  # type: ignore[arg-type]
        in_turn(actions, pipe)


def on_rdflib(store: QuadStore, folder: str, name: str, pipe: Any) -> None:
    """rdflib in memory."""
    query = load_queries()[name]
    bound = defaults(query, folder)
    in_turn({"rdflib": lambda: answer(store, query, bound)}, pipe)


def against_bare(folder: str) -> None:
    """The table at the size of the VERIS pack."""
    rows: list[list[object]] = []
    ratios, slow = [], []
    for name in load_queries():
        times, found = within("spawn", LIMIT, on_ours, folder, name, True)
        ours, bare = median(times, "ours"), median(times, "bare")
        if ours and bare:
            ratios.append(ours / bare)
        if ours is None or ours > 200:
            slow.append(name)
        stopped = f"over {LIMIT * 1000:,.0f}"
        rows.append([name, found if ours else "", ours or stopped, bare or stopped, ours / bare if ours and bare else ""])
    table(["query", "rows", "ms", "bare ms", "ratio"], rows)
    print(f"\nmedian ratio {statistics.median(ratios):.2f}; over 200 ms: {', '.join(slow) or 'none'} ({len(slow)} of {len(rows)})")


def against_rdflib(folder: str) -> None:
    """The table at a hundred thousand quads. Runs in a process without an open store, and forks one a query: filling rdflib takes long."""
    memory = MemoryStore()
    with Workspace(Path(folder)).open_store() as store:
        memory.load(quad for graph in store.graphs() for quad in store.quads(graph))
    rows: list[list[object]] = []
    ratios, below = [], []
    for name in load_queries():
        ours = median(within("spawn", LIMIT, on_ours, folder, name, False)[0], "ours") or LIMIT * 1000
        limit = min(RDFLIB_LIMIT, max(2.0, 3 * WANTED * ours / 1000))
        theirs = median(within("fork", limit, on_rdflib, memory, folder, name)[0], "rdflib")
        ratios.append((theirs or limit * 1000) / ours)
        if ratios[-1] < WANTED:
            below.append(f"{name} ({ratios[-1]:.1f})")
        over = "" if theirs else "over "
        rows.append([name, ours, f"{over}{theirs or limit * 1000:,.0f}", f"{over}{ratios[-1]:,.1f}"])
    table(["query", "ms", "rdflib ms", "times faster"], rows)
    print(f"\nmedian {statistics.median(ratios):,.0f} times faster; below {WANTED}: {', '.join(below) or 'none'}")


def filled(folder: Path, size: int | None) -> str:
    """A workspace with the bundled data and VERIS records, all or up to ``size`` quads; its size is printed."""
    workspace = create_workspace(folder)
    workspace.ingest([resources.folder("data")])
    records = veris_records()
    if size is not None:
        with workspace.open_store() as store:
            records = records[: max(0, size - len(store)) // RECORD]
    workspace.ingest([write_lines(records, folder.with_suffix(".jsonl"))])
    with workspace.open_store() as store:
        print(f"\n{len(store):,} quads\n", flush=True)
    return str(workspace.folder)


def main() -> None:
    with tempfile.TemporaryDirectory() as base:
        for name, size, compare in (("all", None, against_bare), ("part", SIZE, against_rdflib)):
            child = get_context("spawn").Process(target=compare, args=(filled(Path(base) / name, size),))
            child.start()
            child.join()


if __name__ == "__main__":
    main()
