"""Commands that are killed, at every step and at random moments: nothing is lost, nothing is half there, the same again finishes."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kg.journal import Journal
from kg.readers.text import text_id
from tests.conftest import CHECKOUT
from tests.end_to_end.command import FIXTURES, kg
from tests.end_to_end.dying import Commands, commands
from tests.end_to_end.test_cli import record

ADA = ("--by", "Ada Lovelace")
ARTICLES = CHECKOUT / "tests" / "fixtures" / "articles"
LETTERS = (ARTICLES / "letters-of-customers.txt").read_bytes()
EXTRACTED = text_id("letters.txt", hashlib.sha256(LETTERS).hexdigest())
LINKED = ("org:orchard-systems", "org:quayside-bank", *ADA)
READERS = (
    ("status",),
    ("search", "paper wasp"),
    ("show", "actor:paper-wasp"),
    ("query", "-e", "ASK { ?s a ikg:Report }"),
    ("query", "CQ01", "--as-of", "2025-03-12"),
    ("timeline", "incident:orchard-2025"),
    ("link", "decisions"),
    ("retract",),
)


@dataclass(frozen=True)
class Case:
    """A command, and what was done before it. ``@`` stands for the folder that the workspace ``@/ws`` is in.

    ``whole``: a kill leaves the graph as it was before or as it is after, nothing between. ``again``: what the same
    command may say once it was done already.
    """

    name: str
    command: tuple[str, ...]
    before: tuple[str, ...] = ()
    whole: bool = True
    again: str = ""
    result: str = "ws"


CASES = (
    Case("ingest", ("ingest", "@/new"), whole=False),
    Case("accept", ("link", "accept", *LINKED, "--on", "2025-06-01")),
    Case("undo", ("link", "undo", *LINKED), ("link", "accept", *LINKED), again="no decision stands on"),
    Case("retract", ("retract", "orchard-second", *ADA), again="was retracted by"),
    Case("return", ("retract", "--undo", "orchard-second", *ADA), ("retract", "orchard-second", *ADA), again="is not among"),
    Case("return-record", ("retract", "--undo", "lab-A-2", *ADA), ("retract", "lab-A-2", *ADA), again="is not among"),
    Case("rebuild", ("rebuild",)),
    Case("purge", ("purge", "orchard-second", *ADA, "--yes"), again="was purged by"),
    Case("purge-source", ("purge", "old.jsonl", *ADA, "--yes"), again="was purged by"),
    Case("purge-text", ("purge", "letters.txt", *ADA, "--yes"), again="was purged by"),
    Case("review", ("review", EXTRACTED, "--accept", "all", *ADA, "--on", "2025-06-01")),
    Case("backup", ("backup", "@/backup.tar.gz")),
    Case("restore", ("restore", "@/old.tar.gz", "@/restored"), again="is not empty", result="restored"),
)


class Place:
    """A folder with a workspace, and reports to feed to it; copies are made from it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def ws(self) -> Path:
        return self.folder / "ws"

    def fill(self) -> None:
        new = self.folder / "new"
        new.mkdir(parents=True)
        (self.folder / "old.jsonl").write_text(record("A-1") + record("A-2"))
        (new / "a.jsonl").write_text(record("A-2", summary="Corrected.") + record("B-1") + record("B-2"))
        (new / "b.yaml").write_text(
            "report: {id: ours, title: Ours, publisher: org:fixture-lab, published: 2025-03-01}\n"
            "incidents: [{key: a, title: An incident, id: ours-2025}]\n"
        )
        (new / "orchard-first.yaml").write_text((FIXTURES / "orchard-first.yaml").read_text().replace("signing keys", "root keys"))
        shutil.copy(ARTICLES / "harbour-clinic.txt", new / "clinic.txt")
        (self.folder / "letters.txt").write_bytes(LETTERS)
        (new / "z.jsonl").write_text(record("OVER", summary="Comes in the place of YAML."))
        (self.folder / "over.yaml").write_text("report: {id: lab-OVER, title: By hand, publisher: org:fixture-lab}\n")
        assert kg("init", self.ws).code == 0
        assert kg("-w", self.ws, "ingest", FIXTURES, *(self.folder / name for name in ("old.jsonl", "over.yaml", "letters.txt"))).code == 0
        assert kg("-w", self.ws, "backup", self.folder / "old.tar.gz").code == 0

    def copy(self, to: Path) -> Place:
        shutil.copytree(self.folder, to, symlinks=True)
        return Place(to)

    def words(self, command: tuple[str, ...]) -> tuple[str, ...]:
        return ("-w", str(self.ws), *(word.replace("@", str(self.folder)) for word in command))

    def export(self, name: str = "ws") -> bytes:
        done = kg("-w", self.folder / name, "export", "-", "--format", "nquads")
        assert done.code == 0, done.err
        return done.raw

    def outcome(self, case: Case) -> tuple[bytes, list[str], bytes]:
        """The graph, the files that are the truth, and the backup."""
        folder = self.folder / case.result
        files = [str(p.relative_to(folder)) for p in folder.glob("[sr]*/**/*") if p.is_file() and "store" not in p.parts]
        made = self.folder / "backup.tar.gz"
        return self.export(case.result), sorted(files), made.read_bytes() if made.exists() else b""


def look_around(place: Place) -> None:
    """Every command that reads works, and the journal is readable."""
    for words in READERS:
        done = kg("-w", place.ws, *words)
        assert done.code == 0 or (words[0] == "show" and done.code == 2), (words, done)
    assert Journal(place.ws / "journal.jsonl").entries()


def look_at(place: Place, case: Case, states: list[bytes], expected: tuple[bytes, list[str], bytes], whole: bool) -> None:
    """What a killed command left works; the same command again finishes the work. ``whole``: with everything that takes longer."""
    if whole:
        look_around(place)
    else:
        assert kg("-w", place.ws, "status").code == 0
    if case.whole and case.result == "ws":
        assert place.export() in states
    done = kg(*place.words(case.command))
    assert done.code == 0 or (case.again and case.again in done.err), done
    assert place.outcome(case) == expected
    assert not (place.folder / case.result / "store" / "pending.json").exists()
    if whole:
        assert kg("-w", place.folder / case.result, "rebuild").code == 0
        assert place.outcome(case) == expected


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("crashes") / "base")
    place.folder.mkdir()
    place.fill()
    return place


@pytest.fixture(scope="module")
def server() -> Iterator[Commands]:
    with commands() as found:
        yield found


class Undisturbed:
    """A case as it goes when nobody is killed: where it starts, the graph before, the outcome, how many steps it takes."""

    def __init__(self, base: Place, case: Case, server: Commands, folder: Path) -> None:
        self.start = base.copy(folder / "start")
        if case.before:
            assert kg(*self.start.words(case.before)).code == 0
        self.states = [self.start.export()]
        end = self.start.copy(folder / "end")
        done = server.run(*end.words(case.command), root=end.folder)
        assert done.code == 0, done
        self.steps = done.steps
        self.expected = end.outcome(case)
        self.states.append(self.expected[0])


def every_step(base: Place, case: Case, server: Commands, folder: Path, most: int) -> int:
    """Kill a case before each of its steps, or before ``most`` of them, spread over all."""
    usual = Undisturbed(base, case, server, folder)
    every = max(1, -(-usual.steps // most))
    chance = random.Random(case.name)
    first = chance.randrange(every) + 1
    for step in range(first, usual.steps + 1, every):
        place = usual.start.copy(folder / str(step))
        died = server.run(*place.words(case.command), root=place.folder, die_at=step)
        assert died.code == -signal.SIGKILL, (step, died)
        try:
            look_at(place, case, usual.states, usual.expected, whole=chance.random() < 0.2)
        except BaseException as error:
            error.add_note(f"killed before step {step} of {usual.steps}")
            raise
        shutil.rmtree(place.folder)
    return usual.steps


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_killed_at_some_steps(case: Case, base: Place, server: Commands, tmp_path: Path) -> None:
    every_step(base, case, server, tmp_path, 3)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_killed_at_every_step(case: Case, base: Place, server: Commands, tmp_path: Path) -> None:
    assert every_step(base, case, server, tmp_path, 10_000) >= 5


def random_moments(base: Place, server: Commands, folder: Path, cases: list[Case], kills: int, seed: int) -> None:
    """Kill whole processes at moments drawn from their usual span."""
    chance = random.Random(seed)
    usual: dict[str, tuple[Undisturbed, float]] = {}
    killed = tried = 0
    while killed < kills and tried < 4 * kills:
        case = cases[tried % len(cases)]
        tried += 1
        if case.name not in usual:
            (folder / case.name).mkdir()
            found = Undisturbed(base, case, server, folder / case.name)
            began = time.monotonic()
            process = start(found.start.copy(folder / case.name / "span"), case)
            assert process.wait(60) == 0
            usual[case.name] = found, time.monotonic() - began
        undisturbed, span = usual[case.name]
        place = undisturbed.start.copy(folder / "now")
        process = start(place, case)
        try:
            process.wait(span * chance.uniform(0.3, 1))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            killed += 1
        look_at(place, case, undisturbed.states, undisturbed.expected, whole=tried % 5 == 0)
        shutil.rmtree(place.folder)
    assert killed == kills


def start(place: Place, case: Case) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "kg.cli.main", *place.words(case.command)]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    return subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_killed_at_ten_random_moments(base: Place, server: Commands, tmp_path: Path) -> None:
    random_moments(base, server, tmp_path, [c for c in CASES if c.name in ("ingest", "accept", "retract", "purge")], 10, seed=1)


@pytest.mark.slow
def test_killed_at_random_moments(base: Place, server: Commands, tmp_path: Path) -> None:
    random_moments(base, server, tmp_path, list(CASES), 110, seed=2)
