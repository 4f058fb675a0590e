"""Records out of a JSON file, one at a time: a top-level array, or an array under a name."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import ijson
import orjson

from kg.errors import BadInput
from kg.readers.base import SourceFile
from kg.readers.draft import too_deep

MAX_BYTES = 64 * 1024**2
"""Files up to this size are parsed in one piece, longer ones in a stream."""


def items(source: SourceFile, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Place and value of each element of the array (under ``prefix``); a file with one object and no array is its one element.

    Broken JSON gives the elements before the break, then :class:`~kg.errors.BadInput`; so does a file without such an array.
    """
    with source.open() as stream:
        data = stream.read(MAX_BYTES + 1)
    if len(data) <= MAX_BYTES:
        try:
            whole = orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))
        except ValueError:
            pass
        else:
            yield from _of(source, whole, prefix)
            return
    del data
    yield from _streamed(source, prefix)


def _of(source: SourceFile, whole: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    if prefix and isinstance(whole, dict):
        whole = whole.get(prefix)
        if not isinstance(whole, list):
            raise BadInput(f"{source.name}: has no list {prefix!r}")
    if isinstance(whole, dict):
        whole = [whole]
    if not isinstance(whole, list):
        raise BadInput(f"{source.name}: holds no list of records")
    for number, item in enumerate(whole, 1):
        yield f"record {number}", item


def _streamed(source: SourceFile, prefix: str) -> Iterator[tuple[str, Any]]:
    number = 0
    with source.open() as stream:
        if stream.peek(3)[:3] == b"\xef\xbb\xbf":  # type: ignore[attr-defined]
            stream.read(3)
        try:
            for number, item in enumerate(ijson.items(stream, f"{prefix}.item" if prefix else "item"), 1):
                yield f"record {number}", _plain(item)
        except (ijson.JSONError, UnicodeDecodeError, RecursionError) as error:
            told = " ".join(str(error).split())[:120]
            raise BadInput(f"{source.name}: is broken JSON after record {number} ({told})") from None
    if not number:
        raise BadInput(f"{source.name}: holds no list of records")


def _plain(value: Any) -> Any:
    """Numbers as :mod:`orjson` gives them."""
    if too_deep(value):
        return value
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return float(value) if isinstance(value, Decimal) else value
