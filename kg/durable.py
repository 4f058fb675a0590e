"""Files that are there whole or not at all, whatever happens while they are written."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def write_durably(path: Path, data: bytes) -> None:
    """Write a file beside its place, wait for the disk, and move it there."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)


def copy_durably(source: Path, target: Path) -> None:
    """The same for a copy of a file."""
    part = target.with_name(target.name + ".part")
    shutil.copyfile(source, part)
    with part.open("rb") as stream:
        os.fsync(stream.fileno())
    part.replace(target)
