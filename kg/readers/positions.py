"""YAML text to plain values that know the line they stand on. YAML 1.2 scalars, no aliases, no duplicate keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from kg.errors import Mistake

MAX_DEPTH = 40
MAX_SKIPPED = 1_000
"""Deepest nesting that is passed over; beyond it the parser gets slow and the file is given up."""
MAX_VALUES = 500_000
"""Most values (scalars, lists, mappings) of one file."""
_INT = re.compile(r"^[-+]?(0|[1-9][0-9]*)$")
_FLOAT = re.compile(r"^[-+]?[0-9]+\.[0-9]+$")
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Document:
    """One YAML document: its value, and the line of every path in it."""

    def __init__(self, value: Any, lines: dict[tuple[str | int, ...], int], mistakes: list[Mistake], first_line: int) -> None:
        self.value, self.lines, self.mistakes, self.first_line = value, lines, mistakes, first_line

    def line(self, path: tuple[str | int, ...]) -> int:
        """The line (from 1) of a path, or of the nearest part of it that exists."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, self.first_line)


def documents(text: str, file: str) -> Iterator[Document | Mistake]:
    """The documents of a YAML text; a :class:`~kg.errors.Mistake` ends the stream where it is no YAML.

    Dates stay text. ``NO`` stays text. Aliases are refused, so that no document can
    grow when it is read; what is nested too deep is passed over.

    >>> [d.value for d in documents("country: NO\\npublished: 2024-01-19", "a.yaml")]
    [{'country': 'NO', 'published': '2024-01-19'}]
    """
    try:
        loader = _Loader(text)
    except (yaml.YAMLError, ValueError) as error:
        yield _no_yaml(error, file)
        return
    build = _Build(file, loader)
    try:
        while True:
            try:
                document = build.document()
            except (yaml.YAMLError, ValueError) as error:
                yield _no_yaml(error, file)
                return
            if document is None:
                return
            yield document
            if build.left <= 0:
                return
    finally:
        loader.dispose()


def _no_yaml(error: Exception, file: str) -> Mistake:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        cause = str(error.problem or error.context)
        # parsers of PyYAML 6.0.4 and later have a limit of their own and say so in these words
        deep = "nesting depth" in cause
        return Mistake(file, mark.line + 1 if mark else None, "", "is nested deeper than YAML is read" if deep else f"is not YAML: {cause}")
    return Mistake(file, None, "", f"is not YAML: {' '.join(str(error).split())[:200]}")


class _Build:
    """Values from the parser's events, which come one by one: nothing deep or endless is ever held."""

    def __init__(self, file: str, loader: Any) -> None:
        self.file, self.loader = file, loader
        self.left = MAX_VALUES
        self.lines: dict[tuple[str | int, ...], int] = {}
        self.mistakes: list[Mistake] = []

    def document(self) -> Document | None:
        """The next document; ``None`` at the end of the stream."""
        event = self.loader.get_event()
        while event is not None and not isinstance(event, yaml.DocumentStartEvent | yaml.StreamEndEvent):
            event = self.loader.get_event()
        if event is None or isinstance(event, yaml.StreamEndEvent):
            return None
        self.lines, self.mistakes = {}, []
        root = self.loader.get_event()
        first_line = root.start_mark.line + 1
        value = self.value(root, ())
        if self.left <= 0:
            value = None
            self.mistakes = [Mistake(self.file, first_line, "", f"has more than {MAX_VALUES:,} values in one file; split it")]
        return Document(value, self.lines, self.mistakes, first_line)

    def wrong(self, event: Any, path: tuple[str | int, ...], message: str) -> None:
        self.mistakes.append(Mistake(self.file, event.start_mark.line + 1, path_text(path), message))

    def value(self, event: Any, path: tuple[str | int, ...]) -> Any:
        """The value that begins with an event; all its events are read."""
        self.lines[path] = event.start_mark.line + 1
        self.left -= 1
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event)
        if isinstance(event, yaml.AliasEvent):
            self.wrong(event, path, "uses a YAML alias (*name); write the value out")
            return None
        if len(path) > MAX_DEPTH:
            self.wrong(event, path[:3], f"is nested deeper than {MAX_DEPTH} levels")
            self.skip(event)
            return None
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Any] = []
            while self.left > 0 and not isinstance(inner := self.loader.get_event(), yaml.SequenceEndEvent):
                items.append(self.value(inner, (*path, len(items))))
            return items
        return self.mapping(path)

    def mapping(self, path: tuple[str | int, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while self.left > 0 and not isinstance(key_event := self.loader.get_event(), yaml.MappingEndEvent):
            key = str(key_event.value) if isinstance(key_event, yaml.ScalarEvent) else ""
            if not key:
                self.wrong(key_event, path, "has a key that is not a word")
                self.skip(key_event)
                self.skip(self.loader.get_event())
                continue
            if key in found:
                self.wrong(key_event, (*path, key), "stands twice; keep one")
                self.skip(self.loader.get_event())
                continue
            found[key] = self.value(self.loader.get_event(), (*path, key))
            self.lines[(*path, key)] = key_event.start_mark.line + 1
        return found

    def skip(self, event: Any) -> None:
        """Read the rest of a value that is not used."""
        depth = 0
        while True:
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            self.left -= 1
            if depth <= 0 or self.left <= 0:
                return
            if depth > MAX_SKIPPED:
                raise ValueError(f"is nested deeper than {MAX_SKIPPED:,} levels")
            event = self.loader.get_event()

    def scalar(self, event: Any) -> Any:
        text = event.value
        if event.style in ("'", '"', "|", ">"):
            return text
        if text in _NULL:
            return None
        if text in _BOOLEAN:
            return _BOOLEAN[text]
        if _INT.match(text) and len(text) < 20:
            return int(text)
        return float(text) if _FLOAT.match(text) else text


def path_text(path: tuple[str | int, ...]) -> str:
    """A path as people write it; what cannot be printed is left out, long words are cut.

    >>> path_text(("involvements", 2, "role"))
    'involvements[2].role'
    """
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += "." * bool(text) + "".join(c for c in part[:100] if c.isprintable())
    return text
