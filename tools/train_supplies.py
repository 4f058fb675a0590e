"""Fit the weights of the model that judges who supplies whom (kg/extraction/models/supplies.json).

    python tools/train_supplies.py GOLD.jsonl…

GOLD holds documents in the evaluation kit's form with complete annotation; who was hit is taken from it.
Plain logistic regression with a penalty on the distance from PRIOR; cross-validation by document is printed first.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from fitting import fit, lines, probability

from kg.extraction import kinds
from kg.extraction.findings import IncidentFound, Involved
from kg.extraction.parties import Party, normal
from kg.extraction.reading import prepare
from kg.extraction.supply import Supplies
from kg.vocabulary import Role

OUT = Path(__file__).parent.parent / "kg/extraction/models/supplies.json"
PRIOR = {
    "": -2.5,
    "rule": 3.0,
    "back": -1.5,
    "kin": -1.5,
    "hit: both": 1.0,
    "together": 0.5,
    "chain": 0.5,
    "more a supplier than others": 1.5,
    "no more a supplier than others": -1.5,
    "supplier is a supplier": 1.0,
    "supplier is who serves": 1.0,
    "supplier company called": 1.0,
    "supplier supplier named": 1.0,
    "supplier is used": 0.8,
    "supplier hub": 1.0,
    "supplier maker": 0.7,
    "supplier customers of": 0.7,
    "supplier harm at": 0.5,
    "supplier security": -1.0,
    "supplier authority": -1.0,
    "supplier is not": -0.5,
    "supplier guessed": -0.5,
    "customer own": 1.0,
    "customer uses": 1.0,
    "customer among customers": 1.0,
    "customer is a supplier": -0.7,
    "customer is who serves": -0.7,
    "customer security": -1.0,
    "customer guessed": -0.7,
    "supply.its_supplier": 1.0,
    "supply.customer_of": 1.0,
    "supply.uses": 0.5,
    "supply.runs": 0.5,
    "supply.clients": 0.5,
}
"""What the weights are drawn to where the documents say little: the meaning of the features."""


def rows(document: dict[str, Any]) -> list[tuple[dict[str, float], int, str]]:
    """One row a pair: its features and whether the gold has it."""
    published = document.get("published")
    reading, speeches = prepare(document["text"], date.fromisoformat(published[:10]) if published else None)
    hit: list[IncidentFound] = []
    for told in document["expected"]["incidents"]:
        wanted = {normal(n) for v in told["victims"] for n in (v.get("name") or v.get("description") or "").split("|")}
        parties = [p for p in reading.parties.organizations() if p.mentions and wanted & ({normal(n) for n in p.names} | {normal(p.name)})]
        hit.append(IncidentFound(victims=[Involved(Role.VICTIM, reading.ground(*p.mentions[0].span, "gold"), p) for p in parties]))
    reading.incidents = hit
    for incident in reading.incidents:
        incident.kind, _ = kinds.kind_of(reading, incident, speeches)
    gold = [
        tuple({normal(n) for n in r[side].split("|")} for side in ("supplier", "customer"))
        for i in document["expected"]["incidents"]
        for r in i.get("supplier_relations") or []
    ]

    def names(party: Party) -> set[str]:
        return {normal(n) for n in party.names} | {normal(party.name)}

    return [
        (features, int(any(names(s) & one and names(c) & two for one, two in gold)), f"{document['doc_id']} {s.name} -> {c.name}")
        for _, s, c, features, _, _ in Supplies(reading, speeches).candidates()
    ]


def main() -> None:
    """Read, cross-validate, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", nargs="+")
    parser.add_argument("--penalty", type=float, default=2.0)
    parser.add_argument("--least", type=int, default=4, help="how often a feature must hold to count")
    parser.add_argument("--errors", action="store_true")
    args = parser.parse_args()
    documents = [rows(d) for path in args.gold for d in lines(path)]
    frequent = Counter(n for d in documents for features, _, _ in d for n in features)
    for d in documents:
        for features, _, _ in d:
            for name in [n for n in features if frequent[n] < args.least and n not in PRIOR]:
                del features[name]
    scored = []
    for fold in range(8):
        train = [row for i, d in enumerate(documents) if i % 8 != fold for row in d]
        model = fit([v for v, _, _ in train], [y for _, y, _ in train], args.penalty, None, PRIOR)
        scored += [(probability(model, v), y, w, v) for i, d in enumerate(documents) if i % 8 == fold for v, y, w in d]
    for threshold in (0.2, 0.3, 0.4, 0.5, 0.6):
        tp = sum(1 for p, y, _, _ in scored if p >= threshold and y)
        fp = sum(1 for p, y, _, _ in scored if p >= threshold and not y)
        fn = sum(1 for p, y, _, _ in scored if p < threshold and y)
        print(f"{threshold}: right {tp}, wrong {fp}, missed {fn}, F1 {2 * tp / max(1, 2 * tp + fp + fn):.3f}")
    if args.errors:
        for p, y, w, v in sorted(scored, key=lambda s: -abs(s[0] - s[1])):
            if abs(p - y) > 0.5:
                print(f"{p:.2f} {y} {w}   {sorted(v)}")
    model = fit([v for d in documents for v, _, _ in d], [y for d in documents for _, y, _ in d], args.penalty, None, PRIOR)
    OUT.write_text(json.dumps({"supplies": model}, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
