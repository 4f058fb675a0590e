"""Candidates for what may be one: for one new incident among 10,000, and for a whole VERIS pack at a quarter, a half and all of it."""

from __future__ import annotations

import math
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.common import measured, table, veris_records, write_lines

NEW = 40
"""So many incidents, taken evenly, are asked about, one by one."""


def ingest(folder: str, file: str) -> None:
    from kg.workspace import create_workspace

    create_workspace(Path(folder)).ingest([Path(file)])


def among(folder: str) -> tuple[list[float], int]:
    """Seconds for the candidates of each of some incidents, each with a fresh look; and how many are found."""
    from kg.mapping import prop
    from kg.matching import candidates_for
    from kg.workspace import Workspace

    workspace = Workspace(Path(folder))
    times, found = [], 0
    with workspace.open_store() as store, workspace.names() as names:
        incidents = sorted(q.subject.value for q in store.match(None, prop("rdf:type"), prop("Incident")))  # type: ignore[union-attr]
        step = max(1, len(incidents) // NEW)
        for iri in incidents[::step][:NEW]:
            start = time.perf_counter()
            found += len(candidates_for([iri], store, names, workspace.addresses))
            times.append(time.perf_counter() - start)
    return times, found


def everything(folder: str) -> tuple[float, int, int]:
    """Seconds for all candidates (the better of two runs); how many there are, and how many of score 80 and more."""
    from kg.matching import all_candidates
    from kg.workspace import Workspace

    workspace = Workspace(Path(folder))
    with workspace.open_store() as store, workspace.names() as names:
        times = []
        for _ in range(2):
            start = time.perf_counter()
            found = all_candidates(store, names, workspace.addresses)
            times.append(time.perf_counter() - start)
        return min(times), len(found), sum(c.score >= 80 for c in found)


def main() -> None:
    """Print both tables; the slope is that of the time over the number of records, both as logarithms."""
    with tempfile.TemporaryDirectory() as base:
        root = Path(base)
        measured(ingest, str(root / "many"), str(write_lines(veris_records(10_000), root / "many.jsonl")))
        (times, found), _, _ = measured(among, str(root / "many"))
        cells = [statistics.median(times) * 1000, statistics.quantiles(times, n=20)[18] * 1000, max(times) * 1000, found]
        table(["one new incident among", "median ms", "p95 ms", "most ms", "candidates"], [["10,000 VERIS incidents", *cells]])
        print("(wanted: at most 200 ms)\n")
        records = veris_records()
        points: list[tuple[int, float]] = []
        rows: list[list[object]] = []
        for name, count in (("a quarter", len(records) // 4), ("a half", len(records) // 2), ("all", len(records))):
            folder = str(root / name)
            # records taken evenly, so that each part is as mixed as the whole
            measured(ingest, folder, str(write_lines(records[:: len(records) // count][:count], root / "part.jsonl")))
            (seconds, several, likely), _, _ = measured(everything, folder)
            points.append((count, seconds))
            rows.append([name, count, seconds, seconds / count * 1000, several, likely])
        table(["all candidates of", "records", "seconds", "ms/record", "candidates", "of 80 and more"], rows)
        (few, short), (many, long) = points[0], points[-1]
        print(f"\nslope: {math.log(long / short) / math.log(many / few):.2f} (1 is linear; wanted: under two minutes for all)")


if __name__ == "__main__":
    main()
