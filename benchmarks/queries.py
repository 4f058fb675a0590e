"""Each saved query with its default parameters, against the same text on bare pyoxigraph, at the size of the VERIS pack."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from pyoxigraph import Store

from benchmarks.common import table, veris_records, write_lines
from kg import resources
from kg.queries import load_queries, term
from kg.queries import table as whole_table
from kg.store.base import prepare
from kg.workspace import Workspace, create_workspace


def median(action: Callable[[], int], times: int = 5) -> tuple[float, int]:
    """Median milliseconds of an action, and what it returned."""
    taken = []
    found = 0
    for _ in range(times):
        start = time.perf_counter()
        found = action()
        taken.append((time.perf_counter() - start) * 1000)
        if taken[-1] > 5000:
            break
    return statistics.median(taken), found


LIMIT = 20
"""Seconds that one query may take before it is stopped and shown as such."""


def measure(folder: str, name: str, pipe: Any) -> None:
    """In a process of its own: our milliseconds, rows, and the milliseconds of bare pyoxigraph."""
    workspace = Workspace(Path(folder))
    query = load_queries()[name]
    bound = {p.name: term(p.default, workspace.addresses) for p in query.parameters if p.default}
    with workspace.open_store() as store:
        ours, found = median(lambda: len(whole_table(store.query(query.text, bound)).rows))
        text = prepare(query.text, bound).with_prefixes()
        bare: Store = store._store
        raw, _ = median(lambda: sum(1 for _ in bare.query(text, use_default_graph_as_union=True)))
    pipe.send((ours, found, raw))


def main() -> None:
    with tempfile.TemporaryDirectory() as base:
        root = Path(base)
        workspace = create_workspace(root / "w")
        workspace.ingest([resources.folder("data"), write_lines(veris_records(), root / "veris.jsonl")])
        with workspace.open_store() as store:
            print(f"{len(store):,} quads\n")
        rows: list[list[object]] = []
        for name in load_queries():
            ours, theirs = get_context("spawn").Pipe(False)
            child = get_context("spawn").Process(target=measure, args=(str(workspace.folder), name, theirs))
            child.start()
            if ours.poll(LIMIT):
                milliseconds, found, raw = ours.recv()
                rows.append([name, found, milliseconds, raw, milliseconds / raw])
            else:
                child.kill()
                rows.append([name, "", f"stopped after {LIMIT} s", "", ""])
            child.join()
        table(["query", "rows", "ms", "bare ms", "ratio"], rows)
        ratios = [row[4] for row in rows if isinstance(row[4], float)]
        slow = [str(row[0]) for row in rows if not isinstance(row[2], float) or row[2] > 200]
        print(f"\nmedian ratio {statistics.median(ratios):.2f}; over 200 ms: {', '.join(slow) or 'none'}")


if __name__ == "__main__":
    main()
