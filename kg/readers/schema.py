"""The JSON Schema of report files, for editors that complete and check YAML."""

from __future__ import annotations

from typing import Any

from kg.model.report import IncidentReport


def json_schema() -> dict[str, Any]:
    """The schema of one report, with the short forms that files may use (text for a time, a number for a count).

    >>> "involvements" in json_schema()["properties"]
    True
    """
    schema = IncidentReport.model_json_schema(by_alias=True, mode="validation")
    parts = schema["$defs"]
    parts["Interval"] = {
        "description": "A time: 2024-01-12, 2024-01, 2024-Q1, 2024, 'late November 2023', 'on or about 2024-01-13', or a mapping.",
        "anyOf": [
            {"type": "string"},
            {"type": "integer"},
            {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("from", "until", "words", "precision", "anchor")},
                "additionalProperties": False,
            },
        ],
    }
    parts["Count"] = {
        "description": "How many: a number, or min / max with the source's words.",
        "anyOf": [{"type": "integer"}, parts["Count"]],
    }
    parts["Evidence"] = {"description": "The exact words of 'text'.", "anyOf": [{"type": "string"}, parts["Evidence"]]}
    for part in (schema, *parts.values()):
        for name, field in part.get("properties", {}).items():
            if field.get("type") == "array" and part is not schema:
                part["properties"][name] = {"anyOf": [field["items"], field]}
        if "key" in part.get("properties", {}) and "id" in part["properties"]:
            part["required"] = [name for name in part.get("required", []) if name != "key"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "https://w3id.org/incident-kg/report.schema.json", **schema}
