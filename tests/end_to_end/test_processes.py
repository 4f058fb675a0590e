"""Several processes on one workspace: readers see whole states, writers wait for each other, backups hold whole reports."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kg.backup import backup, restore
from kg.errors import Locked
from kg.workspace import Workspace, create_workspace
from tests.conftest import CHECKOUT
from tests.end_to_end.command import FIXTURES, kg
from tests.end_to_end.side_by_side import counts, whole
from tests.end_to_end.test_cli import record


@contextmanager
def beside(*words: object) -> Iterator[subprocess.Popen[str]]:
    """A process beside this one; it is told to stop by the end of its input."""
    command = [sys.executable, "-m", "tests.end_to_end.side_by_side", *map(str, words)]
    process = subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str]) -> int:
    """Tell a process to stop; what it says at its end."""
    out, err = process.communicate(timeout=100)
    assert process.returncode == 0, err[-3000:]
    return int(json.loads(out.splitlines()[-1]))


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    workspace = create_workspace(tmp_path / "ws")
    workspace.ingest([FIXTURES])
    return workspace


def readers_beside_a_writer(
    ws: Workspace, box: Path, readers: int, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> tuple[int, list[int]]:
    """How many batches were written, and how many rounds each reader made."""
    box.mkdir()
    monkeypatch.setenv("KG_WORKSPACE", str(ws.folder))
    with ExitStack() as stack:
        writing = stack.enter_context(beside("write", ws.folder, box))
        reading = [stack.enter_context(beside("read", ws.folder)) for _ in range(readers)]
        end = time.monotonic() + seconds
        pages = 0
        while time.monotonic() < end or not pages:
            for thing in ("actor:paper-wasp", "incident:orchard-2025"):
                page = AppTest.from_file(str(CHECKOUT / "app.py"), default_timeout=60)
                page.query_params["thing"] = thing
                page.run()
                assert not page.exception and not page.error, (page.exception, page.error)
                pages += 1
        rounds = [ended(process) for process in reading]
        return ended(writing), rounds


def test_readers_beside_a_writer(ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    batches, rounds = readers_beside_a_writer(ws, tmp_path / "box", 3, 5, monkeypatch)
    assert batches and min(rounds) >= 1
    assert ws.index.sound


@pytest.mark.slow
def test_eight_readers_beside_a_writer(ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    batches, rounds = readers_beside_a_writer(ws, tmp_path / "box", 8, 40, monkeypatch)
    assert batches >= 5 and min(rounds) >= 2
    with ws.open_store() as store:
        whole(store, 3)
        assert counts(store) == (3 * batches, 3 * batches)
        before = {str(quad) for graph in store.graphs() for quad in store.quads(graph)}
    ws.rebuild()
    with ws.open_store() as store:
        assert {str(quad) for graph in store.graphs() for quad in store.quads(graph)} == before


def test_the_second_writer_waits_and_says_for_whom(ws: Workspace) -> None:
    with beside("hold", ws.folder) as holder:
        assert holder.stdout and json.loads(holder.stdout.readline()) == "holding"
        with pytest.raises(Locked, match=f"is being written by process {holder.pid}"), ws.writing(timeout=0.2):
            pass
        assert kg("-w", ws.folder, "query", "-e", "ASK {}").out == "true\n"
        done: list[int] = []
        waiting = threading.Thread(target=lambda: done.append(ws.ingest([FIXTURES]).total("unchanged")))
        waiting.start()
        assert not done
        assert ended(holder) == 0
        waiting.join(30)
    assert done == [6]


def test_a_holder_that_was_killed_holds_nothing(ws: Workspace) -> None:
    with beside("hold", ws.folder) as holder:
        assert holder.stdout and holder.stdout.readline()
    assert ws.ingest([FIXTURES]).total("unchanged") == 6
    assert not (ws.folder / "lock.json").exists()


def test_a_reader_keeps_what_it_holds(ws: Workspace, tmp_path: Path) -> None:
    ask = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    with ws.open_store() as held:
        before = [str(row) for row in held.query(ask).rows]
        place = ws.index.generations.path(ws.index.generations.current or 0)
        assert place.is_dir()
        for new in range(4):
            (tmp_path / "new.json").write_text(record(f"N-{new}"))
            ws.ingest([tmp_path / "new.json"])
        ws.rebuild()
        assert place.is_dir()
        assert [str(row) for row in held.query(ask).rows] == before
    ws.ingest([FIXTURES])
    assert not place.is_dir()


def test_names_wait_for_their_generation(ws: Workspace, tmp_path: Path) -> None:
    """What is being taken in is found by nobody before it is published."""
    (tmp_path / "new.json").write_text(record("N-1", victim={"victim_id": "Quillfeather", "country": ["NO"]}))
    seen: list[object] = []

    def look(index: object) -> None:
        with ws.names() as names:
            seen.append(names.search("Quillfeather"))

    with pytest.MonkeyPatch.context() as patch:
        original = ws.index.generations.publish
        patch.setattr(ws.index.generations, "publish", lambda store: (look(store), original(store))[1])
        ws.ingest([tmp_path / "new.json"])
    look(None)
    assert seen[0] == [] and seen[1]


def test_a_backup_beside_a_writer_holds_whole_reports(ws: Workspace, tmp_path: Path) -> None:
    box = tmp_path / "versions"
    box.mkdir()
    text = (FIXTURES / "orchard-first.yaml").read_text()
    (box / "1.yaml").write_text(text)
    (box / "2.yaml").write_text(text.replace("signing keys", "root keys"))
    (box / "3.jsonl").write_text(record("SWAP", summary="First."))
    (box / "4.yaml").write_text("report: {id: lab-SWAP, title: By hand, publisher: org:fixture-lab, published: 2021-01-01}\n")
    allowed: dict[str, set[bytes]] = {"orchard-first": set(), "lab-SWAP": set()}

    def graphs(workspace: Workspace) -> dict[str, bytes]:
        with workspace.open_store() as store:
            return {name: "\n".join(sorted(map(str, store.quads(node)))).encode() for name in allowed
                    for node in store.graphs() if node.value == workspace.addresses.report(name)}  # fmt: skip

    for version in sorted(box.iterdir()):
        ws.ingest([version])
        for name, quads in graphs(ws).items():
            allowed[name].add(quads)
    assert {name: len(found) for name, found in allowed.items()} == {"orchard-first": 2, "lab-SWAP": 2}
    with beside("swap", ws.folder, box) as writer:
        assert writer.stdout and json.loads(writer.stdout.readline()) == "begun"
        made = [backup(ws, tmp_path / f"{number}.tar.gz").file for number in range(12)]
        assert ended(writer) > 1
    for number, file in enumerate(made):
        back, result = restore(file, tmp_path / f"back-{number}")
        assert not result.rejects
        found = graphs(back)
        assert set(found) == set(allowed) and all(quads in allowed[name] for name, quads in found.items())
