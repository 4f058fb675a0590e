"""Run every benchmark, or those named: ``python -m benchmarks ingest queries``."""

from __future__ import annotations

import runpy
import sys

ALL = ("ingest", "queries", "names", "startup")

if __name__ == "__main__":
    for name in sys.argv[1:] or ALL:
        sys.argv = [name]
        print(f"\n## {name}\n", flush=True)
        runpy.run_module(f"benchmarks.{name}", run_name="__main__")
