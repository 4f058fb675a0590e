"""ATT&CK Navigator layers: which techniques somebody uses, coloured by how many claims say so.

The shape is MITRE's layer format 4.5 (https://github.com/mitre-attack/attack-navigator/blob/master/layers/spec/v4.5/layerformat.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any


def layer(name: str, techniques: Iterable[tuple[str, int, str]], description: str = "") -> dict[str, Any]:
    """A layer of techniques given as (ATT&CK id, score, comment); what has no ATT&CK id is left out.

    >>> layer("APT29", [("T1566.001", 3, "Spearphishing Attachment"), ("unknown", 1, "")])["techniques"]
    [{'techniqueID': 'T1566.001', 'score': 3, 'comment': 'Spearphishing Attachment', 'enabled': True}]
    """
    techniques = sorted(set(techniques))
    cells = [
        {"techniqueID": technique, "score": score, "comment": comment, "enabled": True}
        for technique, score, comment in techniques
        if re.fullmatch(r"T\d{4}(?:\.\d{3})?", technique)
    ]
    return {
        "name": name,
        "versions": {"attack": "17", "navigator": "5.1.0", "layer": "4.5"},
        "domain": "enterprise-attack",
        "description": description,
        "techniques": cells,
        "gradient": {
            "colors": ["#ffffffff", "#9c2f63ff"],
            "minValue": 0,
            "maxValue": max((score for _, score, _ in techniques), default=1),
        },
        "hideDisabled": False,
    }
