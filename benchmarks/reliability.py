"""A large graph at work: one more report, a question as of a date, eight readers beside a writer, backup and rebuild.

``python -m benchmarks.reliability [--quads N] [--seconds N]``; figures are ratios within one run.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.common import table, veris_records, write_lines
from benchmarks.queries import answer, defaults
from kg import resources
from kg.backup import backup, restore
from kg.queries import load_queries
from kg.vocabulary import SamenessKind
from kg.workspace import Workspace, create_workspace

QUADS, RECORD = 1_000_000, 261
"""The size wanted, and the quads that one VERIS record makes."""
READERS = 8
QUESTION = "CQ10"
"""What readers ask, beside a search."""
REPORT = """\
report: {{id: bench-{n}, title: One more report {n}, publisher: org:bench-lab, published: 2024-06-{day:02}}}
incidents: [{{key: i, id: bench-{n}, title: An incident of {n}}}]
actors: [{{key: a, id: bench-actor, name: Bench Group}}]
organizations: [{{key: o, id: bench-org-{n}, name: Bench Works {n}}}]
attributions: [{{incident: i, actor: a}}]
involvements: [{{incident: i, party: o, role: victim}}]
"""


def seconds(action: Callable[[], Any]) -> float:
    """How long an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def processor(action: Callable[[], Any]) -> tuple[float, float]:
    """How long an action takes, and how many seconds of processor time (user and system, all threads): the same on a busy machine."""
    start = os.times()
    taken = seconds(action)
    end = os.times()
    return taken, end.user - start.user + end.system - start.system


def _run(box: Path) -> str:
    """A part of the ids of this run's reports, so that a workspace may be used again."""
    return box.name.replace("_", "x")


def one_more(workspace: Workspace, box: Path, n: int) -> float:
    """Seconds to take in one more report."""
    file = box / f"bench-{n}.yaml"
    file.write_text(REPORT.format(n=f"{_run(box)}-{n}", day=1 + n % 28), "utf-8")
    return seconds(lambda: workspace.ingest([file]))


def small_writes(workspace: Workspace, box: Path, times: int = 7) -> dict[str, float]:
    """Medians of small writes: a report, accepting a link, taking it back."""
    taken: dict[str, list[float]] = {"one more report": [], "link accepted": [], "link undone": []}
    one_more(workspace, box, 0)

    def incident(n: int) -> str:
        return workspace.addresses.thing("incident", f"bench-{_run(box)}-{n}")

    for n in range(1, times + 1):
        taken["one more report"].append(one_more(workspace, box, n))
        pair = incident(0), incident(n)
        taken["link accepted"].append(seconds(lambda pair=pair: workspace.link(*pair, SamenessKind.SAME, "Bench")))  # type: ignore[misc]
        taken["link undone"].append(seconds(lambda pair=pair: workspace.unlink(*pair, "Bench")))  # type: ignore[misc]
    return {name: statistics.median(found) for name, found in taken.items()}


def writes(large: Workspace, root: Path) -> None:
    """The table of small writes."""
    empty = create_workspace(root / "empty")
    empty.ingest([])
    box = Path(tempfile.mkdtemp(prefix="", dir=root))
    small, big = small_writes(empty, box), small_writes(large, box)
    rows: list[list[object]] = [[name, big[name], small[name], big[name] / small[name]] for name in big]
    table(["write", "seconds, large", "seconds, empty", "ratio"], rows)
    print("\nwanted: within a second, at most 3 times\n", flush=True)


def ask(workspace: Workspace, day: date | None) -> float:
    """Milliseconds of one question with its default parameters, opening included."""
    query = load_queries()[QUESTION]
    bound = defaults(query, str(workspace.folder))

    def action() -> None:
        with workspace.open_store(day) as store:
            answer(store, query, bound)

    return seconds(action) * 1000


def days(workspace: Workspace) -> list[tuple[int, date]]:
    """Days of which 5 %, 20 % and 50 % of all quads are later."""
    dated = sorted(((e.published, e.quads) for e in workspace.catalogue() if e.published and not e.is_reference), reverse=True)
    total = sum(e.quads for e in workspace.catalogue())
    found, later = [], 0
    wanted = [5, 20, 50]
    for published, quads in dated:
        if wanted and later >= total * wanted[0] / 100:
            found.append((wanted.pop(0), date.fromisoformat(published[:10])))
        later += quads
    return found


def as_of(workspace: Workspace) -> None:
    """The table of questions as of a date."""
    ask(workspace, None)
    rows: list[list[object]] = []
    for share, day in days(workspace):
        first, used = processor(lambda day=day: ask(workspace, day))  # type: ignore[misc]
        plain, later = ([ask(workspace, d) for _ in range(15)] for d in (None, day))
        near = ask(workspace, date.fromordinal(day.toordinal() - 20)) / 1000
        again = statistics.median(later), statistics.median(plain)
        rows.append([f"{share} %", day, first, used, near, *again, again[0] / again[1]])
    table(["later", "as of", "first, s", "processor, s", "20 days before it, s", "next, ms", "plain, ms", "next to plain"], rows)
    print("\nwanted: the first within 3 s, the next at most 1.1 times the plain question\n", flush=True)


def reader(folder: str, end: float, pipe: Any) -> None:
    """Ask and search until the end; sends how long each took, and the errors."""
    query = load_queries()[QUESTION]
    bound = defaults(query, folder)
    workspace = Workspace(Path(folder))
    taken, errors = [], []
    while time.time() < end:
        start = time.perf_counter()
        try:
            with workspace.names() as names:
                names.search("microsft", None, 10)
            with workspace.open_store() as store:
                answer(store, query, bound)
        except Exception as error:
            errors.append(repr(error))
        taken.append((time.perf_counter() - start) * 1000)
    pipe.send((taken, errors))


def writer(folder: str, box: str, end: float, pipe: Any) -> None:
    """Take in one report after another until the end."""
    workspace = Workspace(Path(folder))
    done, errors = 0, []
    while time.time() < end:
        try:
            one_more(workspace, Path(box), 1000 + done)
            done += 1
        except Exception as error:
            errors.append(repr(error))
    pipe.send(([float(done)], errors))


def at_once(folder: str, box: Path, span: float, write: bool) -> tuple[float, int, int, list[str]]:
    """Readers for a while: their median milliseconds, how often they asked, how many reports were written, all errors."""
    context = get_context("spawn")
    end = time.time() + 3 + span
    jobs: list[tuple[Any, ...]] = [(reader, (folder, end))] * READERS + ([(writer, (folder, str(box), end))] if write else [])
    running = []
    for function, arguments in jobs:
        ours, theirs = context.Pipe(False)
        process = context.Process(target=function, args=(*arguments, theirs))
        process.start()
        theirs.close()
        running.append((process, ours))
    told = [(pipe.recv(), process.join())[0] for process, pipe in running]
    taken = [t for found, _ in told[:READERS] for t in found]
    return statistics.median(taken), len(taken), int(told[-1][0][0]) if write else 0, [e for _, errors in told for e in errors]


def readers(workspace: Workspace, root: Path, span: float) -> None:
    """The table of readers beside a writer."""
    folder = str(workspace.folder)
    box = Path(tempfile.mkdtemp(prefix="", dir=root))
    alone = at_once(folder, box, span / 2, False)
    beside = at_once(folder, box, span, True)
    rows: list[list[object]] = [
        [f"{READERS} readers", alone[0], alone[1], "", len(alone[3]), ""],
        [f"{READERS} readers beside a writer", beside[0], beside[1], beside[2], len(beside[3]), beside[0] / alone[0]],
    ]
    table(["what", "median ms", "rounds", "reports written", "errors", "ratio"], rows)
    print("\nwanted: no error, at most 1.5 times\n", *beside[3][:3], flush=True)


def keeping(workspace: Workspace, root: Path) -> None:
    """The table of backup, restore and rebuild."""
    file = root / "backup.tar.gz"
    rows: list[list[object]] = [
        ["backup", seconds(lambda: backup(workspace, file))],
        ["restore", seconds(lambda: restore(file, root / "restored"))],
        ["rebuild", seconds(workspace.rebuild)],
    ]
    table(["what", "seconds"], rows)
    print(f"\nthe backup has {file.stat().st_size / 1e6:,.1f} MB", flush=True)


def large(root: Path, quads: int) -> Workspace:
    """A workspace with the bundled data and as many VERIS records as make so many quads."""
    workspace = create_workspace(root / "large")
    workspace.ingest([resources.folder("data")])
    with workspace.open_store() as store:
        count = max(0, quads - len(store)) // RECORD
    workspace.ingest([write_lines(veris_records(count), root / "records.jsonl")])
    return workspace


def main(arguments: list[str] | None = None) -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--quads", type=int, default=QUADS)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--workspace", type=Path, help="a large workspace that is there already; it is changed")
    options.add_argument("--only", choices=("writes", "as-of", "readers", "keeping"), default=None)
    chosen = options.parse_args(arguments or [])
    with tempfile.TemporaryDirectory() as base:
        root = Path(base)
        workspace = Workspace(chosen.workspace) if chosen.workspace else large(root, chosen.quads)
        with workspace.open_store() as store:
            print(f"{len(store):,} quads; load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors\n", flush=True)
        for name, part in (
            ("as-of", lambda: as_of(workspace)),
            ("writes", lambda: writes(workspace, root / "writes")),
            ("readers", lambda: readers(workspace, root, chosen.seconds)),
            ("keeping", lambda: keeping(workspace, root)),
        ):
            if chosen.only in (None, name):
                (root / "writes").mkdir(exist_ok=True)
                part()
        print(f"load at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
