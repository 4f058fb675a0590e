"""Every command that the documentation shows is run: ``console`` blocks in README and docs, in order, page by page."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from kg.cli.main import cli
from kg.resources import folder
from kg.workspace import create_workspace
from tests.conftest import CHECKOUT

PAGES = sorted([CHECKOUT / "README.md", *(CHECKOUT / "docs").rglob("*.md"), *(CHECKOUT / "queries").glob("*.md")])
NOT_HERE = ("kg app", "kg demo")
"""Run by tests of their own."""


def commands(page: Path) -> list[str]:
    blocks = re.findall(r"```console\n(.*?)```", page.read_text("utf-8"), re.S)
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("docs") / "demo"
    create_workspace(place).ingest([folder("data")])
    return place


@pytest.mark.parametrize("page", [p for p in PAGES if commands(p)], ids=lambda p: p.name)
def test_commands_of_a_page_work(page: Path, demo: Path, tmp_path: Path) -> None:
    (tmp_path / "demo").symlink_to(demo)
    (tmp_path / "tests").symlink_to(CHECKOUT / "tests")
    for command in commands(page):
        if command.startswith("make ") or command.startswith(NOT_HERE):
            continue
        assert command.startswith("kg "), command
        words = shlex.split(command.split(" #")[0])
        done = subprocess.run([sys.executable, "-m", "kg.cli.main", *words[1:]], cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        assert done.stdout.strip(), command


def test_every_command_is_documented() -> None:
    text = "".join(page.read_text("utf-8") for page in PAGES)
    assert [name for name in cli.commands if not re.search(rf"kg (--workspace \S+ )?{name}\b", text)] == []
