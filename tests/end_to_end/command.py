"""Runs ``kg`` in this process: arguments and standard input in, exit code, output and errors out."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from kg.cli.main import main
from tests.conftest import CHECKOUT

FIXTURES = CHECKOUT / "tests" / "fixtures" / "reports"


class Done(NamedTuple):
    code: int
    out: str
    err: str
    raw: bytes


def kg(*arguments: object, stdin: bytes = b"", env: dict[str, str] | None = None, tracebacks: bool = False) -> Done:
    """Run one command. Fails on a traceback, and on words that only an error nobody thought of has."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8", errors="backslashreplace")
    given = io.TextIOWrapper(io.BytesIO(stdin), "utf-8")
    clean = {k: v for k, v in os.environ.items() if k != "KG_WORKSPACE"} | (env or {})
    code = 0
    with (
        mock.patch.multiple(sys, argv=["kg", *map(str, arguments)], stdout=out, stderr=err, stdin=given),
        mock.patch.dict(os.environ, clean, clear=True),
    ):
        try:
            main()
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 0 if stop.code is None else 1
    out.flush()
    err.flush()
    raw = out.buffer.getvalue()  # type: ignore[attr-defined]
    errors = err.buffer.getvalue().decode()  # type: ignore[attr-defined]
    assert "something unexpected" not in errors, errors
    assert tracebacks or "Traceback" not in errors, errors
    return Done(code, raw.decode(errors="replace"), errors, raw)


def child(*arguments: object, cwd: Path | None = None, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """The same in a process of its own."""
    words = [sys.executable, "-m", "kg.cli.main", *map(str, arguments)]
    found = {**os.environ, "PYTHONPATH": str(CHECKOUT), **(env or {})}
    return subprocess.run(words, cwd=cwd, env=found, capture_output=True, text=True, timeout=120)
