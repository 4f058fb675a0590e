"""Rows of a table as they come: decoded, counted, with cells by the names of their columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from kg.errors import BadInput
from kg.readers.base import Reject, SourceFile

MAX_CELL = 1_000_000
"""Most characters of one cell."""
MAX_COLUMNS = 2_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row: where it stands, and its cells by column."""

    place: str
    cells: dict[str, str]


def rows(source: SourceFile, delimiter: str = ",", encoding: str = "utf-8-sig", quote: str = '"') -> Iterator[Row | Reject]:
    """The rows of a table with a header, one at a time; a row that has more or fewer cells than the header is put aside.

    Rows without any text are passed over. Raises :class:`~kg.errors.BadInput` for an empty file, a header that names a column
    twice or not at all, and bytes that are not of the encoding.
    """
    with source.open() as raw:
        text = io.TextIOWrapper(raw, encoding=encoding, newline="")
        try:
            yield from _read(source.name, csv.reader(_without_nul(text), delimiter=delimiter, quotechar=quote, strict=True))
        except UnicodeDecodeError as error:
            raise BadInput(
                f"{source.name}: is not {encoding.upper().removesuffix('-SIG')} text ({error.reason}); save it as UTF-8"
            ) from None
        except LookupError:
            raise BadInput(f"{source.name}: {encoding!r} is no known encoding") from None


def _without_nul(lines: io.TextIOWrapper) -> Iterator[str]:
    while line := lines.readline(MAX_CELL * 2):
        yield line.replace("\0", "")


def _read(name: str, reader: Iterator[list[str]]) -> Iterator[Row | Reject]:
    before = csv.field_size_limit(MAX_CELL)
    try:
        header = _header(name, reader)
        number = 1
        while True:
            number += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Reject(name, f"row {number}", f"is no row of a table ({error})")
                continue
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                yield Reject(name, f"row {number}", f"has {len(cells)} cells, the header {len(header)}")
                continue
            yield Row(f"row {number}", dict(zip(header, cells, strict=True)))
    finally:
        csv.field_size_limit(before)


def _header(name: str, reader: Iterator[list[str]]) -> list[str]:
    try:
        header = [cell.strip() for cell in next(reader)]
    except StopIteration:
        raise BadInput(f"{name}: is empty") from None
    except csv.Error as error:
        raise BadInput(f"{name}: its header is no row of a table ({error})") from None
    if len(header) > MAX_COLUMNS:
        raise BadInput(f"{name}: has {len(header):,} columns, more than {MAX_COLUMNS:,}")
    if twice := next((c for i, c in enumerate(header) if c in header[:i]), None):
        raise BadInput(f"{name}: has the column {twice!r} twice")
    return [cell or f"column {number}" for number, cell in enumerate(header, 1)]
