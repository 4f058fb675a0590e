"""Commands that die at a chosen step: a process that has imported everything and opened nothing forks one child a command.

A step is whatever a crash can fall between: a file below the workspace's folder is opened for writing, moved, removed or
synchronised, a store or an index is written. The child kills itself (``SIGKILL``) just before step ``die_at``.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.conftest import CHECKOUT

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Died(NamedTuple):
    """How a command ended: its exit code, or -9, how many steps it took, and its last words."""

    code: int
    steps: int
    said: str


class Commands:
    """Runs ``kg`` commands in children that may die."""

    def __init__(self) -> None:
        self.server = subprocess.Popen(
            [sys.executable, "-m", "tests.end_to_end.dying"], cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, *arguments: object, root: Path, die_at: int = 0) -> Died:
        """Run one command; with ``die_at`` it is killed just before that step (counted from 1) of those below ``root``."""
        assert self.server.stdin and self.server.stdout
        self.server.stdin.write(json.dumps({"arguments": [str(a) for a in arguments], "root": str(root), "die_at": die_at}) + "\n")
        self.server.stdin.flush()
        return Died(*json.loads(self.server.stdout.readline()))

    def close(self) -> None:
        assert self.server.stdin and self.server.stdout
        self.server.stdin.close()
        self.server.wait(30)
        self.server.stdout.close()


@contextmanager
def commands() -> Iterator[Commands]:
    """A server of commands, as long as the block."""
    server = Commands()
    try:
        yield server
    finally:
        server.close()


class Steps:
    """Counts steps, and ends the process before one of them."""

    def __init__(self, root: str, die_at: int) -> None:
        self.root, self.die_at, self.count = root, die_at, 0

    def step(self) -> None:
        self.count += 1
        if self.count == self.die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(self, event: str, details: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = details
            if isinstance(path, str | bytes | os.PathLike) and flags & WRITES and self.below(path) and "leases" not in str(path):
                self.step()
        elif event in ("os.rename", "os.remove", "os.mkdir", "shutil.rmtree") and any(
            self.below(part) for part in details[:2] if isinstance(part, str | bytes | os.PathLike)
        ):
            self.step()

    def below(self, path: Any) -> bool:
        return os.fsdecode(path).startswith(self.root)

    def around(self, owner: Any, name: str) -> None:
        """Count a step before and after each call of a function."""
        original: Callable[..., Any] = getattr(owner, name)

        def call(*arguments: Any, **named: Any) -> Any:
            self.step()
            value = original(*arguments, **named)
            self.step()
            return value

        setattr(owner, name, call)


def _child(arguments: list[str], steps: Steps, out: int) -> None:
    from kg.catalogue import Catalogue
    from kg.cli.main import main
    from kg.store.names import NameIndex
    from kg.store.oxigraph import OxigraphStore

    said = os.open(os.devnull, os.O_RDWR)
    os.dup2(said, 0)
    os.dup2(out, 1)
    os.dup2(out, 2)
    steps.around(os, "fsync")
    for owner, name in (
        (OxigraphStore, "_write"), (OxigraphStore, "checkpoint"), (OxigraphStore, "close"),
        (Catalogue, "put"), (Catalogue, "remove"), (Catalogue, "commit"), (NameIndex, "replace_many"), (NameIndex, "close"),
    ):  # fmt: skip
        steps.around(owner, name)
    sys.addaudithook(steps.audit)
    sys.argv = ["kg", *arguments]
    try:
        main()
    finally:
        steps.step()


def _serve() -> None:
    import kg.backup
    import kg.cli.main
    import kg.export.rdf
    import kg.extraction.documents
    import kg.extraction.extractor
    import kg.matching
    import kg.readers.writing
    import kg.reviewing
    import kg.validation
    import kg.workspace  # noqa: F401

    for line in sys.stdin:
        order = json.loads(line)
        counts, sends = os.pipe()
        words, speaks = os.pipe()
        child = os.fork()
        if not child:
            steps = Steps(order["root"], order["die_at"])
            code = 1
            try:
                _child(order["arguments"], steps, speaks)
                code = 0
            except SystemExit as stop:
                code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
            finally:
                with contextlib.suppress(Exception):
                    sys.stdout.flush()
                    sys.stderr.flush()
                os.write(sends, str(steps.count).encode())
                os._exit(code)
        os.close(sends)
        os.close(speaks)
        with open(words, "rb") as heard, open(counts, "rb") as counted:
            said, count = heard.read(), counted.read()
        _, status = os.waitpid(child, 0)
        print(json.dumps([os.waitstatus_to_exitcode(status), int(count or 0), said.decode(errors="replace")[-2000:]]), flush=True)


if __name__ == "__main__":
    _serve()
