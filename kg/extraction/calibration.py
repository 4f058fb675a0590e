"""How sure an extracted claim is: how often claims read like it were right on texts held back.

The table ``models/calibration.json`` maps the kind of claim and the rule's own score to the share that
was right; ``benchmarks/extraction.py --calibration`` makes and checks it.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

import orjson

from kg.extraction.findings import Ground

_PRIOR = 60


@cache
def _table() -> dict[str, int]:
    file = resources.files("kg.extraction").joinpath("models/calibration.json")
    return orjson.loads(file.read_bytes()) if file.is_file() else {}


def confidence_of(field: str, ground: Ground) -> int:
    """The calibrated confidence (0–100) of a claim of one kind (``involvements`` …) made by one rule."""
    table = _table()
    bucket = f"{field}/{ground.rule}/{int(ground.score * 10)}"
    for key in (bucket, f"{field}/{ground.rule}", field):
        if key in table:
            return table[key]
    return _PRIOR
