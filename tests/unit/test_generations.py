"""Generations: published atomically, kept while held, removed after."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad

from kg.errors import NotFound, WorkspaceError
from kg.store.generations import Generations
from kg.store.oxigraph import OxigraphStore

GRAPH = NamedNode("http://example.org/g")


def quads(count: int) -> list[Quad]:
    return [Quad(NamedNode(f"http://example.org/{n}"), GRAPH, GRAPH, GRAPH) for n in range(count)]


@pytest.fixture
def live(tmp_path: Path) -> Iterator[OxigraphStore]:
    store = OxigraphStore(tmp_path / "live")
    yield store
    store.close()


@pytest.fixture
def generations(tmp_path: Path) -> Generations:
    return Generations(tmp_path / "generations")


def test_a_reader_keeps_its_view(live: OxigraphStore, generations: Generations) -> None:
    live.replace({GRAPH: quads(1)})
    assert generations.publish(live) == 1
    with generations.open_current() as old:
        live.replace({GRAPH: quads(5)})
        assert generations.publish(live) == 2
        with generations.open_current() as new:
            assert (old.number, len(old), new.number, len(new)) == (1, 1, 2, 5)


def test_prune_spares_current_newest_and_held(live: OxigraphStore, generations: Generations) -> None:
    generations.publish(live)
    held = generations.open_current()
    for _ in range(4):
        generations.publish(live)
    assert generations.prune(keep=2) == [2, 3]
    assert generations.numbers() == [1, 4, 5]
    held.close()
    assert generations.prune(keep=1) == [1, 4]
    assert generations.prune(keep=0) == []
    assert generations.numbers() == [5]


HOLDER = """
import sys
from kg.store.generations import Generations
store = Generations(sys.argv[1]).open_current()
print(store.number, flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="leases are locks of POSIX systems")
def test_a_reader_in_another_process_holds_until_it_is_killed(live: OxigraphStore, generations: Generations) -> None:
    generations.publish(live)
    reader = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(generations.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert reader.stdout is not None and reader.stdout.readline().strip() == b"1"
    generations.publish(live)
    assert generations.prune(keep=1) == []
    reader.kill()
    reader.communicate()
    assert generations.prune(keep=1) == [1]


def test_what_a_crash_leaves_is_passed_over(live: OxigraphStore, generations: Generations) -> None:
    generations.publish(live)
    (generations.folder / "unfinished-000002").mkdir()
    (generations.folder / "current.new").write_text("99")
    live.checkpoint(generations.path(2))  # died between the rename and the pointer
    assert generations.current == 1
    assert generations.publish(live) == 3
    assert generations.prune(keep=1) == [1, 2]
    assert not list(generations.folder.glob("unfinished-*"))


def test_restore_makes_a_live_store(live: OxigraphStore, generations: Generations, tmp_path: Path) -> None:
    live.replace({GRAPH: quads(3)})
    generations.publish(live)
    generations.restore_to(tmp_path / "again")
    again = OxigraphStore(tmp_path / "again")
    again.replace({GRAPH: quads(4)})
    assert len(again) == 4
    again.close()
    with generations.open_current() as untouched:
        assert len(untouched) == 3
    with pytest.raises(WorkspaceError, match="exists already"):
        generations.restore_to(tmp_path / "again")


def test_nothing_published_and_lost_generation(live: OxigraphStore, generations: Generations) -> None:
    assert generations.current is None
    with pytest.raises(NotFound, match="nothing has been published"):
        generations.open_current()
    generations.publish(live)
    (generations.folder / "current").write_text("7\n")
    with pytest.raises(WorkspaceError, match="gone"):
        generations.open_current()
    (generations.folder / "current").write_text("x")
    with pytest.raises(WorkspaceError, match="cannot be read"):
        generations.open_current()
