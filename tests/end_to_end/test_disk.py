"""Disks and folders that refuse: one clear line, the right exit code, nothing lost, and all works again afterwards."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kg import index as index_module
from kg import journal as journal_module
from kg.workspace import Workspace, create_workspace
from tests.conftest import CHECKOUT
from tests.end_to_end.command import FIXTURES, kg
from tests.end_to_end.test_cli import exported, record


def mounted(folder: Path, *options: str) -> None:
    """Mount something on a folder, or skip the test."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(["mount", *options, str(folder)], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"nothing may be mounted here: {done.stderr.strip()}")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 16 megabytes."""
    place = tmp_path / "disk"
    mounted(place, "-t", "tmpfs", "-o", "size=16m", "tmpfs")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture
def ws(tmp_path: Path) -> Path:
    create_workspace(tmp_path / "ws").ingest([FIXTURES])
    return tmp_path / "ws"


def refused(*words: object) -> str:
    done = kg(*words)
    assert done.code == 3 and done.err.startswith("kg: ") and done.err.count("\n") == 1, done
    return done.err


def test_a_full_disk_loses_nothing(disk: Path, tmp_path: Path) -> None:
    """Each command on a disk with less and less room."""
    ws, new = disk / "ws", tmp_path / "new"
    new.mkdir()
    (new / "many.jsonl").write_text("".join(record(f"K-{n}", summary=f"{n} " * 200) for n in range(60)))
    (new / "a.yaml").write_text("report: {id: ours, title: Ours, publisher: org:fixture-lab, published: 2025-03-01}\n")
    create_workspace(ws).ingest([FIXTURES])
    before = exported(ws)
    for part in sorted((ws / "store").rglob("LOG*")):
        part.unlink()
    stopped = 0
    for room in (0, 8_192, 40_960, 131_072, 400_000, 1_000_000):
        fill(disk, room)
        for words in (
            ("ingest", new),
            ("link", "accept", "org:orchard-systems", "org:quayside-bank", "--by", "Ada"),
            ("rebuild",),
            ("backup", disk / "backup.tar.gz"),
        ):
            done = kg("-w", ws, *words)
            assert done.code in (0, 3) and (done.code == 0 or done.err.count("\n") == 1), (room, words, done)
            assert not done.code or not [*ws.glob("[rs]*/**/*.part"), *ws.glob("store/rebuilding")]
            stopped += done.code == 3
            for reading in (("query", "-e", "ASK { ?s a ikg:Report }"), ("status",)):
                told = kg("-w", ws, *reading)
                assert told.code == 0, (room, words, reading, told)
        (disk / "filler").unlink()
        (disk / "backup.tar.gz").unlink(missing_ok=True)
    assert stopped
    Workspace(ws).journal.entries()
    for decision in Workspace(ws).decisions():
        assert kg("-w", ws, "link", "undo", decision.one, decision.other, "--by", "Ada").code == 0
    whole = tmp_path / "whole"
    create_workspace(whole).ingest([FIXTURES])
    assert exported(whole) == before
    for place in (ws, whole):
        assert kg("-w", place, "ingest", new).code == 0
        assert kg("-w", place, "rebuild").code == 0
    assert exported(ws) == exported(whole)


def fill(disk: Path, room: int) -> None:
    """Leave so many bytes of a disk."""
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    with (disk / "filler").open("wb") as filler:
        filler.write(b"\0" * max(0, free - room))


def test_a_folder_that_cannot_be_written_is_read(ws: Path, tmp_path: Path) -> None:
    before = exported(ws)
    place = tmp_path / "readonly"
    mounted(place, "--bind", str(ws))
    try:
        done = subprocess.run(["mount", "-o", "remount,bind,ro", str(place)], capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"nothing may be mounted here: {done.stderr.strip()}")
        for words in (("status",), ("search", "orchard"), ("show", "actor:paper-wasp"), ("query", "CQ01", "--as-of", "2025-03-12")):
            done_reading = kg("-w", place, *words)
            assert done_reading.code == 0, (words, done_reading)
        assert exported(place) == before
        for words in (("ingest", FIXTURES), ("rebuild",), ("retract", "orchard-second"), ("link", "undo", "org:a", "org:b")):
            assert "cannot write to" in refused("-w", place, *words)
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)
    assert kg("-w", ws, "ingest", FIXTURES).code == 0 and exported(ws) == before


def test_a_folder_without_permission(ws: Path) -> None:
    """Everything may be read, nothing written; root lays its privileges down and leaves the folder to somebody else."""
    before = exported(ws)
    parts = [ws, *ws.rglob("*")]
    for part in parts:
        part.chmod(0o555 if part.is_dir() else 0o444)
        if not os.geteuid():
            os.chown(part, 65534, 65534)
    humble = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search,-fowner"] if not os.geteuid() else []
    for words, expected in ((("query", "-e", "ASK {}"), 0), (("search", "orchard"), 0), (("ingest", str(FIXTURES)), 3), (("rebuild",), 3)):
        command = [*humble, sys.executable, "-m", "kg.cli.main", "-w", str(ws), *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, env={**os.environ, "PYTHONPATH": str(CHECKOUT)})
        assert done.returncode == expected, (words, done)
        assert "unexpected" not in done.stderr and "Traceback" not in done.stderr, done
        assert expected == 0 or ("cannot write to" in done.stderr and done.stderr.count("\n") == 1), done
    for part in parts:
        part.chmod(0o755 if part.is_dir() else 0o644)
    assert exported(ws) == before and kg("-w", ws, "rebuild").code == 0 and exported(ws) == before


def test_an_index_of_other_rules_is_made_anew_by_itself(ws: Path) -> None:
    before = exported(ws)
    made = ws / "store" / "made.json"
    for text in ('{"layout": 1}', "", '{"layout": 99, "mapping": 99, "rules": "other"}'):
        made.write_text(text)
        assert kg("-w", ws, "query", "-e", "ASK { ?s a ikg:Report }").out == "true\n"
        assert made.read_text().strip() == index_module.stamp()
        assert exported(ws) == before
    made.unlink()
    shutil.rmtree(ws / "store" / "live")
    assert exported(ws) == before


def test_a_clock_that_was_set_back(ws: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order of the decisions counts, not their time."""

    class Clock(datetime):
        year_now = 2030

        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime(cls.year_now, 1, 1, tzinfo=UTC)

    monkeypatch.setattr(journal_module, "datetime", Clock)
    pair = ("org:orchard-systems", "org:quayside-bank", "--by", "Ada")
    before = exported(ws)
    assert kg("-w", ws, "link", "accept", *pair, "--on", "2030-01-01").code == 0
    joined = exported(ws)
    assert kg("-w", ws, "retract", "orchard-second").code == 0
    Clock.year_now = 2020
    assert kg("-w", ws, "retract", "--undo", "orchard-second").code == 0
    assert exported(ws) == joined
    assert kg("-w", ws, "link", "undo", *pair).code == 0
    assert exported(ws) == before
    assert kg("-w", ws, "link", "reject", *pair, "--on", "2020-01-01").code == 0
    rejected = exported(ws)
    assert kg("-w", ws, "rebuild").code == 0
    assert exported(ws) == rejected != joined
    assert json.loads(kg("-w", ws, "link", "decisions", "--format", "json").out)[0]["verdict"] == "different"


def test_what_is_refused_leaves_the_index_whole(ws: Path) -> None:
    """A wrong name in a command that writes must not make the next command build everything anew."""
    for words in (
        ("retract", "nobody"),
        ("retract", "--undo", "nobody"),
        ("purge", "nobody", "--yes"),
        ("link", "undo", "org:orchard-systems", "org:quayside-bank"),
        ("link", "accept", "org:orchard-systems", "org:nobody"),
        ("link", "accept", "org:orchard-systems", "actor:paper-wasp"),
    ):
        assert kg("-w", ws, *words).code == 2, words
        assert not (ws / "store" / "pending.json").exists(), words
