"""What a reader is: a stream in, reports and rejects out, one at a time."""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from pydantic import ValidationError

from kg.errors import BadInput
from kg.model.report import IncidentReport

MAX_BYTES = 2 * 1024**3
"""Most bytes that are read from one file after unpacking."""


@dataclass(frozen=True, slots=True)
class Found:
    """One report and the record of the file that it was read from (``line 12``, ``document 2``)."""

    record: str
    report: IncidentReport
    notes: tuple[str, ...] = ()
    """What was missing or not understood, for people."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that could not be read, and why; the rest of its file goes in."""

    file: str
    record: str
    reason: str


def misfit(error: ValidationError) -> str:
    """Why a record is no report: the first thing that the report model does not take."""
    first = error.errors()[0]
    return f"does not fit the report model: {'.'.join(map(str, first['loc']))}: {first['msg']}"


class SourceFile:
    """A file as it came: its name (for messages, fit to be printed) and its bytes, unpacked when gzipped.

    ``path`` must be a regular file; nothing else about it matters to a reader.
    """

    def __init__(self, path: Path, name: str | None = None, companions: Mapping[str, Path] | None = None) -> None:
        self.path = path
        self.used: dict[str, Path] = {}
        """The companions that were asked for and are there, by name: they are kept with the file."""
        self._companions = companions
        self.name = "".join(c if c.isprintable() else "\ufffd" for c in name or path.name)

    def companion(self, *names: str) -> SourceFile | None:
        """The first of these files that lies beside this one or one folder up: a mapping, a catalogue that it needs.

        A workspace keeps it with the file, so that reading the kept file gives the same.
        """
        for name in names:
            if self._companions is not None:
                found = self._companions.get(name)
            else:
                found = next((p for p in (self.path.parent / name, self.path.parent.parent / name) if p.is_file()), None)
            if found is not None:
                self.used[name] = found
                return SourceFile(found, name)
        return None

    def head(self, size: int = 4096) -> bytes:
        """The first bytes, unpacked; empty for an empty file."""
        with self.open() as stream:
            return stream.read(size)

    def open(self) -> BinaryIO:
        """A binary stream of the unpacked bytes, never longer than :data:`MAX_BYTES`.

        Raises :class:`~kg.errors.BadInput` while reading when the limit is passed or the gzip data is broken.
        """
        raw = self.path.open("rb")
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        inner = gzip.GzipFile(fileobj=raw) if packed else raw
        return io.BufferedReader(_Bounded(inner, raw, self.name), 1 << 16)  # type: ignore[arg-type]

    def sha256(self) -> str:
        """Hash of the bytes as they came (not unpacked), in hexadecimal."""
        with self.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()


class _Bounded(io.RawIOBase):
    def __init__(self, inner: BinaryIO, raw: BinaryIO, name: str) -> None:
        self._inner, self._raw, self._name, self._seen = inner, raw, name, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        try:
            data = self._inner.read(len(buffer))
        except (OSError, EOFError, gzip.zlib.error) as error:  # type: ignore[attr-defined]
            raise BadInput(f"{self._name}: cannot be unpacked ({error}); is it truncated?") from None
        self._seen += len(data)
        if self._seen > MAX_BYTES:
            raise BadInput(f"{self._name}: is longer than {MAX_BYTES:,} bytes after unpacking")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._inner.close()
        self._raw.close()
        super().close()


class Reader(Protocol):
    """One input format. Knows its format and the report model, nothing of RDF or of the store."""

    name: str
    """The format's name on the command line (``--format veris``)."""

    def sniff(self, name: str, head: bytes) -> bool:
        """Whether a file of this name that starts with ``head`` is of this format."""

    def read(self, source: SourceFile) -> Iterator[Found | Reject]:
        """The reports of a file, one at a time; :class:`~kg.errors.BadInput` if the file is none of this format."""
