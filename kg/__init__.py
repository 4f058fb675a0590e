"""incident-kg: a knowledge graph of threat actors, victims and incidents.

The public API, loaded when it is asked for; nothing inside the package imports this module.

>>> from kg import parse_time
>>> str(parse_time("late November 2023"))
'late November 2023'
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kg.analysis.registry import analyze
    from kg.errors import KgError
    from kg.mapping import to_quads
    from kg.model.report import IncidentReport
    from kg.queries import find_query, load_queries
    from kg.queries import run as run_query
    from kg.resolver import resolve
    from kg.rules import rederive
    from kg.story import Story
    from kg.times import parse as parse_time
    from kg.workspace import Workspace, create_workspace, find_workspace

_PLACES = {
    "analyze": ("kg.analysis.registry", "analyze"),
    "IncidentReport": ("kg.model.report", "IncidentReport"),
    "KgError": ("kg.errors", "KgError"),
    "Story": ("kg.story", "Story"),
    "Workspace": ("kg.workspace", "Workspace"),
    "create_workspace": ("kg.workspace", "create_workspace"),
    "find_query": ("kg.queries", "find_query"),
    "find_workspace": ("kg.workspace", "find_workspace"),
    "load_queries": ("kg.queries", "load_queries"),
    "parse_time": ("kg.times", "parse"),
    "rederive": ("kg.rules", "rederive"),
    "resolve": ("kg.resolver", "resolve"),
    "run_query": ("kg.queries", "run"),
    "to_quads": ("kg.mapping", "to_quads"),
}

__all__ = [
    "IncidentReport",
    "KgError",
    "Story",
    "Workspace",
    "analyze",
    "create_workspace",
    "find_query",
    "find_workspace",
    "load_queries",
    "parse_time",
    "rederive",
    "resolve",
    "run_query",
    "to_quads",
]


def __getattr__(name: str) -> Any:
    import importlib

    if name in _PLACES:
        module, attribute = _PLACES[name]
        return getattr(importlib.import_module(module), attribute)
    raise AttributeError(f"module 'kg' has no attribute {name!r}")
