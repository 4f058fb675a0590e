"""A workspace in one file, and back; files that are no backup, are damaged, or mean harm."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg.workspace import Workspace
from tests.end_to_end.command import FIXTURES, Done, kg
from tests.end_to_end.histories import exported, same
from tests.end_to_end.test_histories import VERIS


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Reports, imported records, a decision, something retracted, something purged."""
    folder = tmp_path_factory.mktemp("backup") / "w"
    assert kg("init", folder).code == 0
    assert kg("-w", folder, "ingest", FIXTURES, VERIS).code in (0, 1)
    made = Workspace(folder)
    organizations = sorted(
        iri for iri in {q.subject.value for q in made.open_store().match() if "/org/" in q.subject.value} if iri.count("/") == 6
    )
    assert kg("-w", folder, "link", "reject", *organizations[:2], "--by", "Ada").code == 0
    dated = [e.id for e in made.catalogue() if e.format == "yaml" and not e.is_reference]
    assert kg("-w", folder, "retract", dated[0], "--by", "Ada", "--reason", "doubtful").code == 0
    assert kg("-w", folder, "purge", dated[1], "--by", "Ada", "--yes").code == 0
    return made


@pytest.fixture(scope="module")
def archive(workspace: Workspace) -> Path:
    file = workspace.folder.with_name("backup.tar.gz")
    done = kg("-w", workspace.folder, "backup", file)
    assert done.code == 0 and str(file) in done.out
    return file


def restored(archive: Path, folder: Path) -> Workspace:
    done = kg("restore", archive, folder)
    assert done.code in (0, 1), done  # 1: the imported files have records that cannot be read
    return Workspace(folder)


def test_what_comes_back_is_what_was(workspace: Workspace, archive: Path, tmp_path: Path) -> None:
    other = restored(archive, tmp_path / "w")
    same(exported(workspace), exported(other))
    assert other.decisions() == workspace.decisions() and len(other.decisions()) == 1
    assert other.journal.left_out() == workspace.journal.left_out() and len(other.journal.left_out()) == 2
    for words in (["status", "--format", "json"], ["retract", "--format", "json"], ["link", "decisions", "--format", "json"]):
        one, two = (json.loads(kg("-w", w.folder, *words).out) for w in (workspace, other))
        assert words[0] == "status" or one == two
    assert sorted(p.name for p in tmp_path.iterdir()) == ["w"]


def test_a_backup_of_what_came_back_is_the_same_file(archive: Path, tmp_path: Path) -> None:
    other = restored(archive, tmp_path / "w")
    assert kg("-w", other.folder, "backup", tmp_path / "again.tar.gz").code == 0
    assert names(archive) == names(tmp_path / "again.tar.gz")
    kg("-w", other.folder, "backup", tmp_path / "third.tar.gz")
    assert (tmp_path / "again.tar.gz").read_bytes() == (tmp_path / "third.tar.gz").read_bytes()


def test_the_store_is_not_in_it(archive: Path) -> None:
    kept = {"workspace.json", "journal.jsonl", "sources", "reports", "reference", "results"}
    assert {name.split("/")[0] for name in names(archive)} <= kept


def names(file: Path) -> list[str]:
    with tarfile.open(file) as tar:
        return tar.getnames()


def test_into_an_empty_folder_and_here(archive: Path, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    restored(archive, tmp_path / "empty")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    done = kg("restore", archive, ".")
    assert done.code in (0, 1), done
    same(exported(Workspace(tmp_path / "here")), exported(workspace))
    assert kg("restore", archive, "--workspace", tmp_path / "deep" / "er").code in (0, 1)


# ── wrong use ────────────────────────────────────────────────────────────────────────────────


def one_line(done: Done, code: int) -> None:
    message = [line for line in done.err.splitlines() if line and not line.startswith(("Usage:", "Try "))]
    assert done.code == code and done.out == "" and len(message) == 1, done


def test_wrong_use_is_one_line(archive: Path, workspace: Workspace, tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine").write_text("mine")
    one_line(kg("restore", archive, full), 2)
    one_line(kg("restore", archive, full / "mine"), 2)
    one_line(kg("restore", archive, workspace.folder), 2)
    one_line(kg("restore", tmp_path / "missing.tar.gz", tmp_path / "w"), 2)
    one_line(kg("restore", tmp_path, tmp_path / "w"), 2)
    one_line(kg("restore", archive, env={"KG_WORKSPACE": ""}), 2)
    assert (full / "mine").read_text() == "mine" and sorted(p.name for p in tmp_path.iterdir()) == ["full"]
    one_line(kg("-w", workspace.folder, "backup", tmp_path / "no" / "such" / "folder.tar.gz"), 3)
    one_line(kg("-w", workspace.folder, "backup", tmp_path), 2)
    one_line(kg("-w", tmp_path / "nowhere", "backup", tmp_path / "b.tar.gz"), 2)


# ── what is no backup ────────────────────────────────────────────────────────────────────────

SETTINGS = json.dumps({"layout": 1, "base": "https://w3id.org/incident-kg/"}).encode()


def member(name: str, data: bytes = b"x", kind: bytes = tarfile.REGTYPE, target: str = "") -> Callable[[tarfile.TarFile], None]:
    def add(tar: tarfile.TarFile) -> None:
        about = tarfile.TarInfo(name)
        about.type, about.linkname, about.size = kind, target, len(data) if kind == tarfile.REGTYPE else 0
        tar.addfile(about, io.BytesIO(data))

    return add


def packed(file: Path, *members: Callable[[tarfile.TarFile], None], mode: str = "w:gz") -> Path:
    with tarfile.open(file, mode) as tar:  # type: ignore[call-overload]
        for add in members:
            add(tar)
    return file


GOOD = member("workspace.json", SETTINGS)
HOSTILE = {
    "path outside": [GOOD, member("../outside")],
    "path outside, deeper": [GOOD, member("reports/../../outside")],
    "absolute": [GOOD, member("/tmp/kg-outside")],
    "absolute below": [GOOD, member("//reports/x.yaml")],
    "symbolic link": [GOOD, member("reports/x.yaml", kind=tarfile.SYMTYPE, target="/etc/passwd")],
    "link to a folder": [GOOD, member("reports", kind=tarfile.SYMTYPE, target="/tmp"), member("reports/x.yaml")],
    "hard link": [GOOD, member("reports/x.yaml", kind=tarfile.LNKTYPE, target="workspace.json")],
    "device": [GOOD, member("reports/x.yaml", kind=tarfile.CHRTYPE)],
    "pipe": [GOOD, member("reports/x.yaml", kind=tarfile.FIFOTYPE)],
    "foreign file": [GOOD, member("store/made.json")],
    "foreign file on top": [GOOD, member("reports")],
    "a store": [GOOD, member("lock.json")],
    "no settings": [member("reports/x.yaml")],
    "settings that are none": [member("workspace.json", b"{]")],
    "settings without a base": [member("workspace.json", b'{"layout": 1}')],
    "a bad base": [member("workspace.json", json.dumps({"layout": 1, "base": "javascript:"}).encode())],
    "settings of tomorrow": [member("workspace.json", json.dumps({"layout": 99, "base": "https://x.org/"}).encode())],
    "journal that is none": [GOOD, member("journal.jsonl", b"no journal\n")],
    "journal of half-lines": [GOOD, member("journal.jsonl", b'{"what": "link"}\n{"what": "retract"}\n')],
    "journal of another kind": [
        GOOD,
        member("journal.jsonl", b'{"what": "link", "one": 1, "other": 2, "verdict": "x", "by": 3, "on": 4}\n'),
    ],
    "source of another content": [GOOD, member("sources/ab/" + "ab" * 32, b"other")],
    "source with a note that is none": [GOOD, member("sources/ab/" + "ab" * 32 + ".json", b"{]")],
    "source with an empty note": [GOOD, member("sources/ab/" + "ab" * 32 + ".json", b"{}")],
    "file in the place of a folder": [GOOD, member("reports/x", b"x"), member("reports/x/y.yaml")],
    "long name": [GOOD, member("reports/" + "x" * 5000 + ".yaml")],
    "nothing": [],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_means_harm_is_refused_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    file = packed(tmp_path / "b.tar.gz", *HOSTILE[name])
    one_line(kg("restore", file, tmp_path / "w"), 3)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.tar.gz"]
    assert not Path("/tmp/kg-outside").exists()


@pytest.mark.parametrize(
    "data", [b"", b"no archive", b"PK\x03\x04zip", gzip.compress(b"none", mtime=0), gzip.compress(b"", mtime=0), b"\x1f\x8b", b"BZh9x"]
)
def test_what_is_no_archive_is_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "b.tar.gz").write_bytes(data)
    one_line(kg("restore", tmp_path / "b.tar.gz", tmp_path / "w"), 3)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.tar.gz"]


@pytest.mark.parametrize("mode", ["w", "w:bz2", "w:xz"])
def test_archives_packed_otherwise_are_read_or_refused(mode: str, tmp_path: Path) -> None:
    file = packed(tmp_path / "b.tar.gz", GOOD, mode=mode)
    assert kg("restore", file, tmp_path / "w").code in (0, 3)
    file.write_bytes(file.read_bytes()[:-20])
    done = kg("restore", file, tmp_path / "v")
    assert done.code in (0, 3)


def test_a_sparse_member_is_refused(tmp_path: Path) -> None:
    """A few bytes that say that they stand for terabytes."""
    about = tarfile.TarInfo("reports/x.yaml")
    about.pax_headers = {
        "GNU.sparse.major": "0",
        "GNU.sparse.minor": "1",
        "GNU.sparse.size": str(1 << 42),
        "GNU.sparse.map": f"{1 << 41},1",
    }
    about.size = 1
    with tarfile.open(tmp_path / "b.tar.gz", "w:gz", format=tarfile.PAX_FORMAT) as tar:
        GOOD(tar)
        tar.addfile(about, io.BytesIO(b"x"))
    one_line(kg("restore", tmp_path / "b.tar.gz", tmp_path / "w"), 3)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.tar.gz"]


def test_a_large_member_is_not_held_in_memory(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "b.tar.gz", "wb", compresslevel=1) as out:
        about = tarfile.TarInfo("reports/x.yaml")
        about.size = 300 * 1024 * 1024
        out.write(about.tobuf())
        for _ in range(300):
            out.write(b"#" * 1024 * 1024)
    code = (
        "import resource, sys; from pathlib import Path; from kg.backup import _unpack; from kg.errors import BadInput\n"
        "resource.setrlimit(resource.RLIMIT_AS, (400 << 20,) * 2)\n"
        "try: _unpack(Path(sys.argv[1]), Path(sys.argv[2]))\nexcept BadInput as error: print(error)"
    )
    (tmp_path / "w").mkdir()
    words = [sys.executable, "-c", code, str(tmp_path / "b.tar.gz"), str(tmp_path / "w")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, cwd=Path(__file__).parents[2])
    assert "has no workspace.json" in done.stdout, done.stderr[-500:]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_damage_is_noticed_or_harmless(archive: Path, workspace: Workspace, tmp_path: Path, data: st.DataObject) -> None:
    whole = archive.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    broken = whole[:at] if data.draw(st.booleans()) else whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
    file, target = tmp_path / "broken.tar.gz", tmp_path / "w"
    file.write_bytes(broken)
    shutil.rmtree(target, ignore_errors=True)
    done = kg("restore", file, target)
    if done.code < 2:
        same(exported(Workspace(target)), exported(workspace))
    else:
        one_line(done, 3)
        assert not target.exists()


def test_a_fault_in_a_report_is_named_and_the_rest_comes_back(tmp_path: Path) -> None:
    good = (FIXTURES / "names.yaml").read_bytes()
    file = packed(tmp_path / "b.tar.gz", GOOD, member("reports/good.yaml", good), member("reports/bad.yaml", b"report: ["))
    done = kg("restore", file, tmp_path / "w")
    assert done.code == 1 and "bad.yaml" in done.err and len(Workspace(tmp_path / "w").catalogue()) == 1
