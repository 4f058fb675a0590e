"""Run every benchmark, or those named: ``python -m benchmarks ingest queries``."""

from __future__ import annotations

import importlib
import sys

ALL = ("ingest", "queries", "names", "linking", "startup", "reliability", "extraction", "calibration", "analysis", "app")

if __name__ == "__main__":
    for name in sys.argv[1:] or ALL:
        print(f"\n## {name}\n", flush=True)
        importlib.import_module(f"benchmarks.{name}").main()
