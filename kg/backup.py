"""A workspace in one file, and back: the files that are the truth, without the store that is made from them.

A backup needs no lock. Every file of a workspace is written whole and then moved into place, so that a backup that
is made while somebody writes holds each report either as it was before or as it is after, never a part of one.
The same workspace gives the same bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from kg.durable import sync_folder
from kg.errors import BadInput, UsageError, WorkspaceError
from kg.loading import IngestResult
from kg.workspace import Workspace

_FOLDERS = ("reports", "reference", "sources", "results")
"""In this order: a report that comes anew in another format leaves its YAML only after its source is there."""
_FILES = ("workspace.json", "journal.jsonl")


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds: how many files, and how many bytes they have."""

    file: Path
    files: int
    size: int


def backup(workspace: Workspace, file: Path) -> Backup:
    """Write the workspace's files to ``file`` (a ``.tar.gz``), whoever writes to the workspace meanwhile.

    Raises :class:`~kg.errors.WorkspaceError` if ``file`` cannot be written; an older backup there stays until the new one is whole.
    """
    part = file.with_name(file.name + ".part")
    count = size = 0
    try:
        with part.open("wb") as out:
            with (
                gzip.GzipFile(filename="", fileobj=out, mode="wb", mtime=0, compresslevel=6) as packed,
                tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
            ):
                for name, data in _contents(workspace.folder):
                    about = tarfile.TarInfo(name)
                    about.size, about.mode = len(data), 0o644
                    tar.addfile(about, io.BytesIO(data))
                    count, size = count + 1, size + len(data)
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise WorkspaceError(f"cannot write {file}: {error.strerror or error}") from None
    return Backup(file, count, size)


def restore(file: Path, folder: Path) -> tuple[Workspace, IngestResult]:
    """Make the workspace of a backup anew in ``folder`` (new or empty), and build its store.

    Everything is unpacked, checked and built beside the folder first, so that it is there whole or not at all. Raises
    :class:`~kg.errors.UsageError` for a folder that holds something, :class:`~kg.errors.BadInput` for a file that is no
    backup, is damaged, or names files outside.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not empty; choose a new folder")
    folder = folder.absolute()
    part = folder.with_name(folder.name + ".restoring")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        _unpack(file, part)
        result = Workspace(part).rebuild()
        if folder.exists():  # it may be the one that somebody stands in: fill it, what makes it a workspace last
            for path in sorted(part.iterdir(), key=lambda path: path.name == "workspace.json"):
                path.replace(folder / path.name)
            part.rmdir()
            sync_folder(folder)
        else:
            part.replace(folder)
        sync_folder(folder.parent)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise WorkspaceError(f"cannot restore into {folder}: {error.strerror or error}") from None
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return Workspace(folder), result


def _contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The files of a workspace by name. What goes while it is read is left out, a source together with its note."""
    for name in _FILES:
        with suppress(FileNotFoundError):
            data = (folder / name).read_bytes()
            yield name, data[: data.rfind(b"\n") + 1] if name == "journal.jsonl" else data
    for name in _FOLDERS:
        for path in sorted((folder / name).rglob("*")):
            if path.suffix == ".part" or not path.is_file():
                continue
            with suppress(FileNotFoundError):
                relative = path.relative_to(folder)
                if name != "sources":
                    yield relative.as_posix(), path.read_bytes()
                elif path.suffix == ".json":
                    source, about = path.with_suffix("").read_bytes(), path.read_bytes()
                    yield relative.with_suffix("").as_posix(), source
                    yield relative.as_posix(), about


def _unpack(file: Path, folder: Path) -> None:
    try:
        with gzip.open(file) as packed, tarfile.open(fileobj=packed, mode="r:") as tar:
            for about in tar:
                path = PurePosixPath(about.name)
                sound = about.isreg() and not about.issparse() and not path.is_absolute() and ".." not in path.parts
                if not sound or not (about.name in _FILES or (len(path.parts) > 1 and path.parts[0] in _FOLDERS)):
                    raise BadInput(f"{file}: is no backup of a workspace: it holds {about.name[:100]!r}")
                if about.size > shutil.disk_usage(folder).free:
                    raise BadInput(f"{file}: {about.name[:100]!r} has {about.size:,} bytes, more than there is room for")
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                digest = _unpack_one(tar, about, target)
                if path.parts[0] == "sources" and path.suffix != ".json" and digest != path.name:
                    raise BadInput(f"{file}: is damaged: {about.name} is not what it was")
            while packed.read(1 << 20):  # the checksum stands behind the archive's own end
                pass
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError, OverflowError) as error:
        raise BadInput(f"{file}: is no backup, or is damaged ({error})") from None
    if not (folder / "workspace.json").is_file():
        raise BadInput(f"{file}: is no backup of a workspace: it has no workspace.json")
    for name in _FOLDERS:
        (folder / name).mkdir(exist_ok=True)


def _unpack_one(tar: tarfile.TarFile, about: tarfile.TarInfo, target: Path) -> str:
    """Write a member durably, a piece at a time; gives the hash of its content."""
    stream, digest = tar.extractfile(about), hashlib.sha256()
    assert stream is not None
    with target.open("wb") as out:
        while piece := stream.read(1 << 20):
            out.write(piece)
            digest.update(piece)
        out.flush()
        os.fsync(out.fileno())
    sync_folder(target.parent)
    return digest.hexdigest()
