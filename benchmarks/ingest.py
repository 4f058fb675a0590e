"""VERIS records, from file to queryable store, against Oxigraph's own bulk load of the same quads as N-Quads."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from benchmarks.common import measured, table, veris_records, write_lines


def ingest(folder: str, file: str) -> int:
    from kg.workspace import create_workspace

    workspace = create_workspace(Path(folder))
    result = workspace.ingest([Path(file)])
    with workspace.open_store() as store:
        assert result.total("new")
        return len(store)


def export(folder: str, file: str) -> None:
    from kg.export.rdf import whole
    from kg.workspace import Workspace

    with Workspace(Path(folder)).open_store() as store, open(file, "wb") as out:
        for quad in whole(store):
            out.write(f"{quad} .\n".encode())


def bulk_load(folder: str, file: str) -> int:
    from pyoxigraph import RdfFormat, Store

    store = Store(folder)
    store.bulk_load(path=file, format=RdfFormat.N_QUADS)
    store.flush()
    return len(store)


def main() -> None:
    with tempfile.TemporaryDirectory() as base:
        root = Path(base)
        rows: list[list[object]] = []
        records = veris_records()
        everything = write_lines(records, root / "all.jsonl")
        quads, seconds, memory = measured(ingest, str(root / "w"), str(everything))
        measured(export, str(root / "w"), str(root / "all.nq"))
        loaded, raw, raw_memory = measured(bulk_load, str(root / "raw"), str(root / "all.nq"))
        assert loaded == quads, (loaded, quads)
        rows.append(["kg ingest, file to queryable", len(records), quads, seconds, len(records) / seconds, quads / len(records), memory])
        rows.append(["pyoxigraph bulk_load of the same quads", "", loaded, raw, "", "", raw_memory])
        table(["what", "records", "quads", "seconds", "records/s", "quads/record", "peak MiB"], rows)
        print(f"\nspeed against bulk_load: {raw / seconds:.2f} (wanted: at least 0.50)\n")
        tenth = write_lines(veris_records(len(records) // 10), root / "tenth.jsonl")
        few, small, _ = measured(ingest, str(root / "w1"), str(tenth))
        print(f"ten times the input: {seconds / small:.1f} times the time, {quads / few:.1f} times the quads (wanted: at most 11)")
        from kg.workspace import Workspace

        start = time.perf_counter()
        again = Workspace(root / "w").ingest([everything])
        print(f"the same again: {time.perf_counter() - start:.1f} s, {again.total('unchanged'):,} unchanged, nothing written")


if __name__ == "__main__":
    main()
