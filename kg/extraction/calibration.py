"""How sure an extracted claim is: how often claims read like it were right on annotated texts.

The table ``models/calibration.json`` goes from coarse to fine: everything; an aspect (what a claim tells, such as
``timings.detected``); an aspect and a bucket of the rule's own score; an aspect, a rule and such a bucket. The finest entry that there is
counts, so that a rule that the table does not know yet gets the figure of its aspect. ``python -m benchmarks.calibration`` makes and
checks the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import orjson

from kg.extraction.findings import Ground

_PRIOR = 60
BUCKETS = 10
"""Into how many equal parts the rules' own scores (0–1) are divided."""


def aspect_of(field: str, values: Mapping[str, Any]) -> str:
    """What a claim tells: its field, parted by role, event, or what is said of an actor.

    >>> aspect_of("involvements", {"role": "victim"}), aspect_of("involvements", {"role": "regulator"})
    ('involvements.victim', 'involvements.other')
    >>> aspect_of("backgrounds", {"origin": "RU"}), aspect_of("timings", {"event": "detected"}), aspect_of("supplies", {})
    ('backgrounds.origin', 'timings.detected', 'supplies')
    """
    if field == "involvements":
        role = _plain(values.get("role"))
        if role in ("victim", "target", "breached supplier"):
            return f"{field}.victim"
        return f"{field}.affected" if role == "affected party" else f"{field}.other"
    if field == "backgrounds":
        return next((f"{field}.{part}" for part in ("origin", "kind", "motive", "sponsor") if values.get(part)), field)
    if field == "timings":
        return f"{field}.{_plain(values.get('event'))}"
    return field


def _plain(value: Any) -> str:
    return str(getattr(value, "value", value))


def bucket_of(score: float) -> int:
    """The bucket of a rule's own score, 0 to 9; a score outside 0–1 counts as the nearest in it.

    >>> bucket_of(0.0), bucket_of(0.85), bucket_of(1.0), bucket_of(-3)
    (0, 8, 9, 0)
    """
    return max(0, min(BUCKETS - 1, int(score * BUCKETS)))


@cache
def _table() -> dict[str, int]:
    file = resources.files("kg.extraction").joinpath("models/calibration.json")
    return orjson.loads(file.read_bytes()) if file.is_file() else {}


def confidence_of(aspect: str, ground: Ground, table: Mapping[str, int] | None = None) -> int:
    """The calibrated confidence (0–100) of a claim with an aspect, made by one rule; 60 where nothing is known.

    >>> from kg.extraction.findings import Ground
    >>> table = {"": 70, "supplies": 80, "supplies/8": 84, "supplies/supply.verb/8": 90}
    >>> [confidence_of(a, Ground(0, 1, r, s), table) for a, r, s in (("supplies", "supply.verb", 0.8), ("supplies", "new", 0.8),
    ...     ("supplies", "new", 0.2), ("unheard of", "new", 0.2))]
    [90, 84, 80, 70]
    """
    known = _table() if table is None else table
    bucket = bucket_of(ground.score)
    for key in (f"{aspect}/{ground.rule}/{bucket}", f"{aspect}/{bucket}", aspect, ""):
        if key in known:
            return known[key]
    return _PRIOR


def own_score(aspect: str, ground: Ground) -> int:
    """The rule's own score as a percentage, uncalibrated: what a table is made from.

    >>> from kg.extraction.findings import Ground
    >>> own_score("supplies", Ground(0, 1, "supply.verb", 0.8))
    80
    """
    return round(100 * max(0.0, min(1.0, ground.score)))
