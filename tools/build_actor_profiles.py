#!/usr/bin/env python3
"""Build ``kg/extraction/lexicon/actors.tsv``: what ``data/reference`` says of the kind, origin and motive of known actors.

    python tools/build_actor_profiles.py

One line an actor: id, kind, country, motives; "-" where the references say nothing or do not agree. The output depends on the input alone.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent.parent


def profiles(folder: Path) -> list[str]:
    """The lines of the table, sorted, from the ``actors-*.yaml`` of a folder."""
    seen: dict[str, dict[str, set[str]]] = {}

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if str(node.get("actor", "")).startswith("actor:"):
                entry = seen.setdefault(node["actor"], {"kind": set(), "origin": set(), "motive": set()})
                for key, values in entry.items():
                    value = node.get(key)
                    values.update(value if isinstance(value, list) else [value] if value else [])
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    for path in sorted(folder.glob("actors-*.yaml")):
        for document in yaml.safe_load_all(path.read_text("utf-8")):
            walk(document)
    lines = []
    for actor, entry in sorted(seen.items()):
        kind, origin = ("".join(entry[k]) if len(entry[k]) == 1 else "-" for k in ("kind", "origin"))
        if (kind, origin) != ("-", "-") or entry["motive"]:
            lines.append("\t".join((actor, kind, origin, ",".join(sorted(entry["motive"])) or "-")))
    return lines


if __name__ == "__main__":
    target = HERE / "kg/extraction/lexicon/actors.tsv"
    target.write_text("\n".join(profiles(HERE / "data/reference")) + "\n", "utf-8")
    print(target, file=sys.stderr)
