"""What the benchmarks share: the VERIS pack, a table, a child process with its time and peak memory."""

from __future__ import annotations

import gzip
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent


def shared_pack(name: str) -> Path:
    """The folder of a data pack (``../shared`` or ``$KG_SHARED``)."""
    return Path(os.environ.get("KG_SHARED", CHECKOUT.parent / "shared")) / "data" / name


def veris_records(count: int | None = None) -> list[dict[str, Any]]:
    """Records of the VERIS pack (``../shared`` or ``$KG_SHARED``), repeated under new ids where more are asked for.

    Without the pack, the fixtures of the tests are repeated, so that the command runs anywhere.
    """
    shared = shared_pack("vcdb") / "vcdb.jsonl.gz"
    if shared.exists():
        records = [json.loads(line) for line in gzip.decompress(shared.read_bytes()).split(b"\n") if line.strip()]
    else:
        files = sorted((CHECKOUT / "tests/fixtures/veris").glob("*.json"))
        records = [r for r in map(_load, files) if isinstance(r, dict)]
    if count is None:
        return records
    found = []
    for number in range(count):
        record = json.loads(json.dumps(records[number % len(records)]))
        turn = number // len(records)
        if turn:
            record["incident_id"] = f"{record['incident_id']}-{turn}"
            record.setdefault("plus", {})["master_id"] = f"{record['plus'].get('master_id', '')}-{turn}"
            if "victim_id" in record.get("victim", {}):
                record["victim"]["victim_id"] += f" {turn}"
        found.append(record)
    return found


def _load(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except ValueError:
        return None


def write_lines(records: Sequence[dict[str, Any]], path: Path) -> Path:
    """Write records as JSON lines."""
    path.write_text("".join(json.dumps(r) + "\n" for r in records), "utf-8")
    return path


def _child(function: Callable[..., Any], args: tuple[Any, ...], pipe: Any) -> None:
    start = time.perf_counter()
    value = function(*args)
    pipe.send((value, time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))
    pipe.close()


def measured(function: Callable[..., Any], *args: Any) -> tuple[Any, float, float]:
    """Run ``function`` in a fresh process: its value, seconds, peak memory in MiB."""
    context = get_context("spawn")
    ours, theirs = context.Pipe(False)
    process = context.Process(target=_child, args=(function, args, theirs))
    process.start()
    theirs.close()
    value = ours.recv()
    process.join()
    return value  # type: ignore[no-any-return]


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a Markdown table."""
    print("| " + " | ".join(columns) + " |")
    print("|" + "---|" * len(columns))
    for row in rows:
        print("| " + " | ".join(f"{c:,.2f}" if isinstance(c, float) else f"{c:,}" if isinstance(c, int) else str(c) for c in row) + " |")
    sys.stdout.flush()
