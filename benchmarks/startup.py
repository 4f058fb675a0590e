"""Whole processes: ``kg --help`` (wanted: under 0.3 s) and ``kg query`` on the demo workspace (under 0.6 s)."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.common import table


def seconds(command: list[str], environment: dict[str, str], times: int = 7) -> float:
    """Median wall time of a command."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        subprocess.run(command, env=environment, check=True, capture_output=True)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def main() -> None:
    kg = [sys.executable, "-m", "kg.cli.main"]
    with tempfile.TemporaryDirectory() as base:
        demo = Path(base) / "demo"
        subprocess.run([*kg, "demo", "--dir", str(demo)], check=True, capture_output=True)
        environment = {**os.environ, "KG_WORKSPACE": str(demo)}
        empty = seconds([sys.executable, "-c", "pass"], environment)
        rows: list[list[object]] = [["python -c pass", empty, 1.0]]
        for name, arguments in (
            ("kg --help", ["--help"]),
            ("kg query CQ10", ["query", "CQ10"]),
            ("kg search microsft", ["search", "microsft"]),
        ):
            taken = seconds([*kg, *arguments], environment)
            rows.append([name, taken, taken / empty])
        table(["process", "median seconds", "times an empty Python"], rows)


if __name__ == "__main__":
    main()
