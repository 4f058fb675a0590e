"""Every analysis, by name. A new one is one file and one line here."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kg.errors import NotFound

if TYPE_CHECKING:
    from datetime import date

    from kg.analysis.material import Filters
    from kg.analysis.result import Analysis
    from kg.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Listed:
    """One analysis: what it tells, in half a line, and the module that has it.

    The module holds a function of the analysis's own name (``-`` as ``_``), whose signature is the command, and
    ``figure(found)``, which draws a result.
    """

    name: str
    title: str

    @property
    def module(self) -> Any:
        """The module, loaded when it is needed."""
        return importlib.import_module(f"kg.analysis.{self.name.replace('-', '_')}")

    @property
    def function(self) -> Callable[..., Any]:
        """The function that calculates."""
        found: Callable[..., Any] = getattr(self.module, self.name.replace("-", "_"))
        return found

    @property
    def figure(self) -> Callable[..., Any]:
        """The function that draws a result."""
        found: Callable[..., Any] = self.module.figure
        return found


ANALYSES: dict[str, str] = {
    "centrality": "Which things the graph turns around, by several measures, kind by kind",
    "bridges": "What holds the graph together: articulation points, bridges, single points of failure, cores",
    "paths": "How two things are connected: the k best paths, with the words behind each hop",
    "blast-radius": "Who is exposed through whom, from an incident, a supplier or an asset; backwards, on whom somebody depends",
    "consensus": "Who is behind an incident by all sources together, where they disagree, and how that moved",
    "trends": "Incidents, victims, actors and assets over time by two clocks, and how long it took to notice and to tell",
    "patterns": "Recurring shapes: one supplier and many victims, one actor and a sector, two actors at one victim",
    "communities": "What belongs together, how sure that is, and what sets each community apart",
    "similar": "Which actors are like one actor, in what, and how sure that is",
    "predict": "Which links are likely missing, and whether that can be told at all",
}
"""Name → what it tells. The module and its function have the same name."""


def analyze(workspace: Workspace, name: str, as_of: date | None = None, filters: Filters | None = None, **asked: Any) -> Analysis[Any]:
    """The result of an analysis over a workspace, as ``kg analyze NAME`` prints it; ``asked`` are the parameters of the analysis.

    Raises :class:`~kg.errors.NotFound` for an unknown name, and what the analysis raises.
    """
    from kg.analysis.material import of_workspace

    listed = find_analysis(name)
    with of_workspace(workspace, as_of, filters) as material:
        found: Analysis[Any] = listed.function(material, **asked)
    return found


def find_analysis(name: str) -> Listed:
    """An analysis by name. Raises :class:`~kg.errors.NotFound` with the nearest names.

    >>> find_analysis("centrality").module.__name__
    'kg.analysis.centrality'
    """
    if name in ANALYSES:
        return Listed(name, ANALYSES[name])
    near = difflib.get_close_matches(name.lower(), ANALYSES, n=3, cutoff=0.4)
    raise NotFound(f"there is no analysis {name!r}" + (f"; near: {', '.join(near)}" if near else "; 'kg analyze' lists them"))
