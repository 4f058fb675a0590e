"""Each saved query: against the same text on bare pyoxigraph at VERIS size, and against rdflib on a small graph."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pyoxigraph import NamedNode, Store, Variable

from benchmarks.common import table, veris_records, write_lines
from kg import resources
from kg.queries import load_queries, term
from kg.queries import table as whole_table
from kg.vocabulary import PREFIXES
from kg.workspace import create_workspace


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


def main() -> None:
    with tempfile.TemporaryDirectory() as base:
        root = Path(base)
        workspace = create_workspace(root / "w")
        workspace.ingest([resources.folder("data"), write_lines(veris_records(), root / "veris.jsonl")])
        rows: list[list[object]] = []
        with workspace.open_store() as store:
            print(f"{len(store):,} quads\n")
            bare: Store = store._store
            for query in load_queries().values():
                bound = {p.name: term(p.default, workspace.addresses) for p in query.parameters if p.default}
                ours, found = median(lambda q=query, b=bound: len(whole_table(store.query(q.text, b)).rows))
                raw, _ = median(
                    lambda q=query, b=bound: sum(
                        1
                        for _ in bare.query(
                            q.text,
                            prefixes=PREFIXES,
                            use_default_graph_as_union=True,
                            substitutions={Variable(n): v for n, v in b.items() if isinstance(v, NamedNode)},
                        )
                    )
                )
                rows.append([query.id, found, ours, raw, ours / raw])
        table(["query", "rows", "ms", "bare ms", "ratio"], rows)
        slow = [row[0] for row in rows if isinstance(row[2], float) and row[2] > 200]
        print(f"\nmedian ratio {statistics.median(float(str(r[4])) for r in rows):.2f}; over 200 ms: {', '.join(map(str, slow)) or 'none'}")


if __name__ == "__main__":
    main()
