"""Reports back to YAML that a person likes to read and edit."""

from __future__ import annotations

from enum import Enum
from typing import Any

import yaml
from pydantic import BaseModel

from kg.model.base import Count
from kg.model.report import Evidence, IncidentReport, Thing
from kg.times import Interval, to_value


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        return super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text and not any(line != line.rstrip() for line in text.split("\n")) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def to_yaml(report: IncidentReport) -> str:
    """A report as YAML text that :class:`~kg.readers.report_yaml.ReportYaml` reads back equal."""
    return yaml.dump(plain(report), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def plain(part: Any) -> Any:
    """A part of the model as plain values, in the short forms that reports are written in."""
    if isinstance(part, Interval):
        return to_value(part)
    if isinstance(part, Enum):
        return part.value
    if isinstance(part, Count) and part.min is not None and part.min == part.max and not part.words and not part.unit:
        return part.min
    if isinstance(part, Evidence) and part.occurrence == 1 and not part.section:
        return part.quote
    if isinstance(part, Thing) and part.id == part.key:
        return _fields(part, {"key"})
    if isinstance(part, BaseModel):
        return _fields(part, set())
    if isinstance(part, tuple | list):
        return [plain(item) for item in part]
    return part if isinstance(part, str | int | float | bool | None) else str(part)


def _fields(part: BaseModel, without: set[str]) -> dict[str, Any]:
    found = {}
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        if name in without or value == field.default or value == ():
            continue
        items = plain(value)
        found[field.alias or name] = items[0] if isinstance(items, list) and len(items) == 1 and not isinstance(items[0], dict) else items
    return found
