"""Answers go back: a result becomes a graph of its own in the workspace, and is calculated again when it is stale."""

from __future__ import annotations

from datetime import date
from importlib.metadata import PackageNotFoundError, version
from typing import Any, get_origin

from kg.analysis.material import Filters, marking_of, of_workspace
from kg.analysis.registry import find_analysis
from kg.analysis.result import Analysis
from kg.analysis.signature import asked_by
from kg.analysis.writing import as_json
from kg.results import Results, SavedResult
from kg.workspace import Workspace


def software() -> str:
    """The name and version of this program, as saved results carry it.

    >>> software().split()[0]
    'incident-kg'
    """
    try:
        return f"incident-kg {version('incident-kg')}"
    except PackageNotFoundError:
        return "incident-kg, version unknown"


def save_result(workspace: Workspace, found: Analysis[Any], state: str, by: str, name: str = "") -> SavedResult:
    """Keep a result as a graph of its own. ``state`` is that of the material it was calculated from.

    Raises :class:`~kg.errors.UsageError` for a name that cannot be part of an address.
    """
    return workspace.save_result(as_json(found), state, software(), by, name)


def renew_result(workspace: Workspace, name: str, by: str) -> SavedResult:
    """Calculate a saved result again, with the same parameters, filters and day, and keep it under its name.

    Raises :class:`~kg.errors.NotFound` for a name under which nothing is saved, and what the analysis raises.
    """
    saved = Results(workspace.folder).get(name)
    listed = find_analysis(saved.analysis)
    said = saved.result["inputs"]["filters"]
    first, last = (date.fromisoformat(said[which]) if which in said else None for which in ("from", "to"))
    confidence = int(said["confidence"]) if "confidence" in said else None
    filters = Filters(confidence, first, last, marking_of(said["marking"]) if "marking" in said else None)
    asked = {one.name: _given(saved.result["parameters"][one.name], one.type) for one in asked_by(listed.function)
             if one.name in saved.result["parameters"]}  # fmt: skip
    with of_workspace(workspace, saved.as_of, filters) as material:
        found = listed.function(material, **asked)
    return save_result(workspace, found, material.state, by, saved.name)


def _given(value: Any, hint: Any) -> Any:
    """A parameter as the function takes it, from how JSON says it."""
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, dict) and "iri" in value:
        return value["iri"]
    if isinstance(value, str) and (hint is date or (get_origin(hint) is not None and date in getattr(hint, "__args__", ()))):
        return date.fromisoformat(value)
    return value
