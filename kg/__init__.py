"""incident-kg: a knowledge graph of threat actors, victims and incidents.

The public API; nothing inside the package imports this module.

>>> from kg import parse_time
>>> str(parse_time("late November 2023"))
'late November 2023'
"""

from kg.errors import KgError
from kg.mapping import to_quads
from kg.model.report import IncidentReport
from kg.queries import find_query, load_queries, run
from kg.resolver import resolve
from kg.rules import rederive
from kg.story import Story
from kg.times import parse as parse_time
from kg.workspace import Workspace, create_workspace, find_workspace

__all__ = [
    "IncidentReport",
    "KgError",
    "Story",
    "Workspace",
    "create_workspace",
    "find_query",
    "find_workspace",
    "load_queries",
    "parse_time",
    "rederive",
    "resolve",
    "run",
    "to_quads",
]
