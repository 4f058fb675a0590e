"""What a command can ask for, read from the signature of an analysis: library and command line are one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints


@dataclass(frozen=True, slots=True)
class Asked:
    """One parameter: its name, type, what it means, its default. Without a default it is an argument of the command."""

    name: str
    type: Any
    meaning: str
    default: Any
    needed: bool
    positional: bool


def asked_by(function: Callable[..., Any]) -> list[Asked]:
    """The parameters of an analysis after the material, in order.

    >>> from kg.analysis.registry import find_analysis
    >>> [one.name for one in asked_by(find_analysis("centrality").function)][:2]
    ['projection', 'kind']
    """
    hints = get_type_hints(function, include_extras=True)
    found = []
    for name, parameter in list(inspect.signature(function).parameters.items())[1:]:
        hint = hints[name]
        parts = get_args(hint) if get_origin(hint) is Annotated else (hint, "")
        needed = parameter.default is inspect.Parameter.empty
        positional = parameter.kind is not inspect.Parameter.KEYWORD_ONLY
        found.append(Asked(name, parts[0], str(parts[1]), None if needed else parameter.default, needed, positional))
    return found
