"""YAML text to plain values that know the line they stand on. YAML 1.2 scalars, no aliases, no duplicate keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from kg.errors import Mistake

MAX_DEPTH = 40
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

    Dates stay text. ``NO`` stays text. Anchors and aliases are refused, so that no document can
    grow when it is read.

    >>> [d.value for d in documents("country: NO\\npublished: 2024-01-19", "a.yaml")]
    [{'country': 'NO', 'published': '2024-01-19'}]
    """
    loader = _Loader(text)
    try:
        while True:
            try:
                if not loader.check_node():
                    return
                node: Any = loader.get_node()
            except yaml.MarkedYAMLError as error:
                mark = error.problem_mark or error.context_mark
                yield Mistake(file, mark.line + 1 if mark else None, "", f"is not YAML: {error.problem or error.context}")
                return
            except (yaml.YAMLError, RecursionError, ValueError) as error:
                yield Mistake(file, None, "", f"is not YAML: {' '.join(str(error).split())[:200]}")
                return
            build = _Build(file)
            value = build.value(node, (), set())
            yield Document(value, build.lines, build.mistakes, node.start_mark.line + 1)
    finally:
        loader.dispose()


class _Build:
    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[tuple[str | int, ...], int] = {}
        self.mistakes: list[Mistake] = []
        self._seen: set[int] = set()

    def wrong(self, node: Any, path: tuple[str | int, ...], message: str) -> None:
        self.mistakes.append(Mistake(self.file, node.start_mark.line + 1, path_text(path), message))

    def value(self, node: Any, path: tuple[str | int, ...], above: set[int]) -> Any:
        self.lines[path] = node.start_mark.line + 1
        if id(node) in self._seen:
            self.wrong(node, path, "uses a YAML alias (*name); write the value out")
            return None
        self._seen.add(id(node))
        if len(path) > MAX_DEPTH:
            self.wrong(node, path[:3], f"is nested deeper than {MAX_DEPTH} levels")
            return None
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, i), above) for i, item in enumerate(node.value)]
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
            if not key:
                self.wrong(key_node, path, "has a key that is not a word")
                continue
            if key in found:
                self.wrong(key_node, (*path, key), "stands twice; keep one")
                continue
            found[key] = self.value(value_node, (*path, key), above)
            self.lines[(*path, key)] = key_node.start_mark.line + 1
        return found

    def scalar(self, node: Any) -> Any:
        text = node.value
        if node.style in ("'", '"', "|", ">"):
            return text
        if text in _NULL:
            return None
        if text in _BOOLEAN:
            return _BOOLEAN[text]
        if _INT.match(text) and len(text) < 20:
            return int(text)
        return float(text) if _FLOAT.match(text) else text


def path_text(path: tuple[str | int, ...]) -> str:
    """A path as people write it.

    >>> path_text(("involvements", 2, "role"))
    'involvements[2].role'
    """
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text
