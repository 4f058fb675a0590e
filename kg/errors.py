"""Every error that this package raises on purpose.

The tree (indentation means "is a")::

    KgError                     exit code 3, one clear line for a person
    ├── UsageError              exit code 2: a command or a call was used wrongly
    │   └── NotFound            a name, report, query or workspace does not exist
    ├── BadInput                what came in cannot be read as a whole
    │   ├── InvalidReport       a report breaks the model: carries every mistake
    │   └── NoReport            a file that is meant for something else: a README, a schema, a table of contents
    ├── WorkspaceError          the workspace cannot do this now
    │   ├── Locked              another process writes
    │   └── NewerLayout         made by a later version of this package
    ├── QueryError              the query is wrong, refused, or broke a limit
    │   ├── QueryRefused        an update, SERVICE or other forbidden form
    │   └── LimitReached        time or row limit
    └── MissingExtra            an optional dependency is not installed
"""

from __future__ import annotations

from dataclasses import dataclass


class KgError(Exception):
    """Base class: ``str(error)`` is one line that says what, where and what to do."""

    exit_code = 3


class UsageError(KgError):
    """A command or function was called in a way that cannot work."""

    exit_code = 2


class NotFound(UsageError):
    """The thing that was named does not exist; the message offers the nearest names."""


class BadInput(KgError):
    """An input that cannot be read as a whole (empty, binary, truncated, wrong encoding)."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong in one report.

    ``line`` counts from 1 and is ``None`` where the format has no lines; ``field`` is the path
    from the top of the report (``involvements[2].role``).

    >>> print(Mistake("a.yaml", 3, "involvements[0].role", "unknown value 'victm'; did you mean 'victim'?"))
    a.yaml:3: involvements[0].role: unknown value 'victm'; did you mean 'victim'?
    """

    file: str
    line: int | None
    field: str
    message: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.field}: {self.message}" if self.field else f"{place}: {self.message}"


class InvalidReport(BadInput):
    """A report that breaks the model. ``mistakes`` holds all of them, in order of line."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = sorted(mistakes, key=lambda m: (m.file, m.line or 0, m.field))
        super().__init__("\n".join(map(str, self.mistakes)))


class NoReport(BadInput):
    """A file that tells of no incident and is not meant to: it is counted and named, and is no fault."""


class WorkspaceError(KgError):
    """The workspace cannot do what was asked."""


class Locked(WorkspaceError):
    """Another process holds the write lock."""


class NewerLayout(WorkspaceError):
    """The workspace was written by a later version of this package."""


class QueryError(KgError):
    """A query that is wrong, refused, or that broke a limit."""


class QueryRefused(QueryError):
    """A query form that is not allowed here (update, ``SERVICE``)."""


class LimitReached(QueryError):
    """A time or size limit stopped the work."""


class MissingExtra(KgError):
    """An optional dependency is missing; the message names the extra to install."""
