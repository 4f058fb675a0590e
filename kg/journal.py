"""The workspace's journal: what was done, by whom and when, one JSON object a line, never rewritten.

Two kinds of lines are decisions that the graph rests on, so that the journal is one of the files that
are the truth: who is who (``link``, ``unlink``) and what is left out (``retract``, ``purge``, ``return``).
The order of the lines counts, not their clock: a clock that was set back changes nothing.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pyoxigraph import NamedNode

from kg.errors import WorkspaceError


def usual_author() -> str:
    """Who decides when nobody is named: ``$KG_AUTHOR``, else the name that the system knows; empty if it knows none."""
    import getpass

    if named := os.environ.get("KG_AUTHOR"):
        return named
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's decision about two identities that stands: ``verdict`` is ``same`` or ``different``."""

    one: str
    other: str
    verdict: str
    by: str
    on: date
    note: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A report (by its graph's IRI) or a source (``sha256:…``) that was taken out, and why."""

    what: str
    how: str
    by: str
    when: str
    reason: str
    name: str = ""
    """The name under which a source came."""
    of: tuple[str, ...] = ()
    """All that was taken out together: a text and the report that was extracted from it."""


class Journal:
    """The journal in one file; the first :meth:`append` makes it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def entries(self) -> list[dict[str, Any]]:
        """Every line, oldest first. A last line that a crash cut short was never said, and is left out.

        Raises :class:`~kg.errors.WorkspaceError` for a line within the file that is no JSON object.
        """
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise WorkspaceError(f"{self.path} cannot be read: {error.strerror}") from None
        found = []
        for number, line in enumerate(data[: data.rfind(b"\n") + 1].split(b"\n"), 1):
            if line.strip():
                try:
                    entry = json.loads(line)
                    _check(entry)
                except (ValueError, KeyError, TypeError):
                    raise WorkspaceError(f"{self.path}:{number}: is no line of a journal; mend or remove it by hand") from None
                found.append(entry)
        return found

    def append(self, what: str, **details: object) -> None:
        """Write one line durably. Raises :class:`~kg.errors.WorkspaceError` if it cannot be written."""
        line = json.dumps({"when": datetime.now(UTC).isoformat(timespec="seconds"), "what": what, **details}, ensure_ascii=False)
        try:
            with self.path.open("ab+") as journal:
                end = journal.seek(0, os.SEEK_END)
                journal.seek(max(0, end - 1))
                if end and journal.read(1) != b"\n":
                    journal.seek(0)
                    journal.truncate(journal.read().rfind(b"\n") + 1)
                journal.write(line.encode() + b"\n")
                journal.flush()
                os.fsync(journal.fileno())
        except OSError as error:
            raise WorkspaceError(f"cannot write to {self.path}: {error.strerror}") from None

    def decisions(self) -> list[Decision]:
        """The decisions about identities that stand, by pair."""
        return standing(self.entries())

    def left_out(self) -> dict[str, LeftOut]:
        """What is left out of the graph: graph IRI or ``sha256:…`` → who took it out, and why."""
        found: dict[str, LeftOut] = {}
        for entry in self.entries():
            if entry["what"] in ("retract", "purge"):
                for what in entry["of"]:
                    name, of = entry.get("name", ""), tuple(entry["of"])
                    found[what] = LeftOut(what, entry["what"], entry["by"], entry["when"], entry["reason"], name, of)
            elif entry["what"] == "return":
                for what in entry["of"]:
                    found.pop(what, None)
        return found


def _check(entry: dict[str, Any]) -> None:
    """Raise :class:`KeyError`, :class:`TypeError` or :class:`ValueError` for what is no line of a journal."""
    what = entry["what"]
    texts = {"link": ("one", "other", "verdict", "by", "on"), "unlink": ("one", "other", "by"), "return": ("by",)}
    for name in ("what", *(("by", "when", "reason") if what in ("retract", "purge") else texts.get(what, ()))):
        if not isinstance(entry[name], str):
            raise TypeError(name)
    if what in ("link", "unlink"):
        NamedNode(entry["one"]), NamedNode(entry["other"])
    if what == "link" and not (date.fromisoformat(entry["on"]) and entry["verdict"] in ("same", "different")):
        raise ValueError(entry["verdict"])
    if what in ("retract", "purge", "return") and not all(isinstance(one, str) for one in entry["of"]):
        raise TypeError("of")


def standing(entries: list[dict[str, Any]]) -> list[Decision]:
    """The last decision on each pair that was not taken back, sorted.

    >>> said = {"what": "link", "one": "urn:a", "other": "urn:b", "verdict": "same", "by": "Ada", "on": "2024-07-01"}
    >>> [d.verdict for d in standing([said, {**said, "verdict": "different"}])]
    ['different']
    >>> standing([said, {"what": "unlink", "one": "urn:a", "other": "urn:b", "by": "Ada"}])
    []
    """
    last: dict[tuple[str, str], Decision] = {}
    for entry in entries:
        if entry["what"] == "link":
            pair = entry["one"], entry["other"]
            last[pair] = Decision(*pair, entry["verdict"], entry["by"], date.fromisoformat(entry["on"]), entry.get("note", ""))
        elif entry["what"] == "unlink":
            last.pop((entry["one"], entry["other"]), None)
    return [last[pair] for pair in sorted(last)]
