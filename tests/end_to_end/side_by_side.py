"""Processes that read and write one workspace at the same time: ``python -m tests.end_to_end.side_by_side read|write|hold FOLDER …``.

The writer takes in batches of three reports, each with one attribution (and therefore one derived edge). A reader asks in
turn everything that a person can ask, and checks that what it sees hangs together. Both end when their standard input ends.
"""

from __future__ import annotations

import json
import select
import sys
from datetime import date
from pathlib import Path

from kg.store.base import QuadStore
from kg.story import Story
from kg.workspace import Workspace
from tests.end_to_end.command import kg

BATCH = 3
DAYS = ("2024-01-10", "2024-02-10", "2024-03-10")
COUNTS = """SELECT (COUNT(DISTINCT ?r) AS ?reports) (COUNT(DISTINCT ?edge) AS ?edges) {
  ?r a ikg:Report ; dct:identifier ?id . FILTER STRSTARTS(?id, "batch-")
  OPTIONAL { ?claim ikg:statedIn ?r ; a ikg:Attribution . ?edge ikg:claim ?claim ; a ikg:DerivedEdge } }"""


def report(number: int, place: int) -> str:
    """One report of a batch."""
    name = f"batch-{number}-{place}"
    return (
        f"report: {{id: {name}, title: The report {name}, publisher: org:lab, published: {DAYS[place]}}}\n"
        f"incidents: [{{key: i, id: {name}, title: The incident {name}}}]\n"
        f"actors: [{{key: a, id: actor-{name}, name: Actor of {name}}}]\n"
        "attributions: [{incident: i, actor: a}]\n"
    )


def stopped() -> bool:
    return bool(select.select([sys.stdin], [], [], 0)[0])


def write(folder: Path, box: Path) -> int:
    """Take in batches, and now and then something else; says how many batches."""
    workspace = Workspace(folder)
    done = 0
    while not stopped():
        batch = box / str(done)
        batch.mkdir()
        for place in range(BATCH):
            (batch / f"{place}.yaml").write_text(report(done, place))
        result = workspace.ingest([batch])
        assert result.total("new") == BATCH, result
        done += 1
        if done % 5 == 0:
            workspace.rebuild()
        if done % 5 == 2:
            workspace.retract("batch-0-0", "Ada", "to and fro")
            workspace.take_back("batch-0-0", "Ada")
    return done


def counts(store: QuadStore) -> tuple[int, int]:
    (row,) = store.query(COUNTS).rows
    reports, edges = (int(cell.value) for cell in row)  # type: ignore[union-attr]
    return reports, edges


def whole(store: QuadStore, per_batch: int) -> None:
    """Each report is there with its edge, each batch with all its reports (one may be retracted)."""
    reports, edges = counts(store)
    assert reports == edges, f"{reports} reports have {edges} edges"
    assert reports % per_batch in (0, per_batch - 1), f"{reports} reports are no whole batches of {per_batch}"


def read(folder: Path) -> int:
    """Read until told to stop; says how many rounds."""
    workspace = Workspace(folder)
    done = 0
    while not stopped() or not done:
        with workspace.names() as names:
            hits = names.search("incident batch", {"Incident"}, 50)
        with workspace.open_store() as store:
            whole(store, BATCH)
            for hit in hits:
                if hit.iri.rpartition("/")[2] != "batch-0-0":
                    assert Story(store, workspace.addresses).tell(hit.iri).claims, hit
        with workspace.index.catalogue() as catalogue:
            number, entries = catalogue.published()
        assert number is not None
        generation = workspace.index.generations.open(number)
        if generation is not None:
            with generation:
                reports, _ = counts(generation)
            assert reports == sum(e.id.startswith("batch-") for e in entries), (number, reports)
        for day, per_batch in ((DAYS[0], 1), (DAYS[1], 2)):
            with workspace.open_store(date.fromisoformat(day)) as view:
                whole(view, per_batch)
        for words in (("search", "incident"), ("query", "-e", COUNTS), ("query", "CQ01", "--as-of", DAYS[done % 3]), ("status",)):
            told = kg("-w", folder, *words)
            assert told.code == 0, (words, told)
        if hits:
            told = kg("-w", folder, "show", hits[0].iri)
            assert told.code == 0 or hits[0].iri.endswith("batch-0-0"), told
        done += 1
    return done


def hold(folder: Path) -> int:
    """Hold the write lock."""
    with Workspace(folder).writing():
        print(json.dumps("holding"), flush=True)
        sys.stdin.read()
    return 0


def swap(folder: Path, box: Path) -> int:
    """Correct a report to and fro."""
    workspace = Workspace(folder)
    versions = sorted(box.iterdir())
    done = 0
    while not stopped():
        workspace.ingest([versions[done % len(versions)]])
        done += 1
        if done == 1:
            print(json.dumps("begun"), flush=True)
    return done


if __name__ == "__main__":
    what, *paths = sys.argv[1:]
    print(json.dumps({"read": read, "write": write, "hold": hold, "swap": swap}[what](*map(Path, paths))), flush=True)  # type: ignore[operator]
