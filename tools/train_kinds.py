"""Fit the model of kinds of incident (kg/extraction/models/kinds.json).

    python tools/train_kinds.py GOLD.jsonl…

GOLD holds documents in the evaluation kit's form; those with one incident are learned from, and with less weight the bundled reports
(data/reports) with one incident. The weights are drawn to the cues of ``cues/kinds.yaml``.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import yaml
from fitting import fit, lines, probability

from kg.extraction.methods import kind_features

ROOT = Path(__file__).parent.parent
OUT = ROOT / "kg/extraction/models/kinds.json"
KIT = {
    "data_breach": "data breach",
    "supply_chain": "supply chain compromise",
    "theft_of_funds": "theft of funds",
    "account_takeover": "account takeover",
    "vulnerability_exploitation": "vulnerability exploitation",
    "ddos": "denial of service",
    "data_leak": "data leak",
    "insider": "insider misuse",
    "physical_loss": "physical loss or theft",
}
Row = tuple[dict[str, float], list[str]]


def bundled() -> list[Row]:
    """The bundled reports that tell of one incident with a kind."""
    found: list[Row] = []
    for path in sorted((ROOT / "data/reports").rglob("*.yaml")):
        for part in yaml.load_all(path.read_text("utf-8"), Loader=yaml.CSafeLoader):
            incidents = part.get("incidents", ())
            kinds = incidents[0].get("kind") if len(incidents) == 1 else None
            if part.get("text") and kinds:
                found.append((kind_features(part["text"]), [kinds] if isinstance(kinds, str) else list(kinds)))
    return found


def models(rows: Sequence[Row], more: Sequence[Row], kinds: Sequence[str], penalty: float, weight: float) -> dict[str, dict[str, float]]:
    """One model a kind; a kind that is only one of several counts half."""
    found = {}
    for kind in kinds:
        labels = [1.0 if ks[0] == kind else 0.5 if kind in ks else 0.0 for _, ks in (*rows, *more)]
        prior = {f"cue:{kind}": 1.2, f"top:{kind}": 0.8, "": -2.0}
        found[kind] = fit([f for f, _ in (*rows, *more)], labels, penalty, [1.0] * len(rows) + [weight] * len(more), prior)
    return found


def main() -> None:
    """Read, cross-validate, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", nargs="+")
    parser.add_argument("--least", type=int, default=5)
    parser.add_argument("--penalty", type=float, default=3.0)
    parser.add_argument("--weight", type=float, default=0.3)
    args = parser.parse_args()
    rows: list[Row] = []
    for path in args.gold:
        for d in lines(path):
            found = [[KIT.get(k, k) for k in i["kind"].split("|")] for i in d["expected"]["incidents"]]
            if len(found) == 1:
                rows.append((kind_features(d["text"]), found[0]))
    more = bundled()
    frequent = Counter(n for f, _ in (*rows, *more) for n in f)

    def kept(row: Row) -> Row:
        return {n: v for n, v in row[0].items() if n[1] != ":" or frequent[n] >= args.least}, row[1]

    rows, more = [kept(r) for r in rows], [kept(r) for r in more]
    kinds = sorted({ks[0] for _, ks in (*rows, *more)})
    right = 0
    for fold in range(5):
        model = models([r for i, r in enumerate(rows) if i % 5 != fold], more, kinds, args.penalty, args.weight)
        for i, (features, ks) in enumerate(rows):
            if i % 5 == fold:
                right += max(kinds, key=lambda k: probability(model[k], features)) == ks[0]
    print(f"{len(rows)} documents with one incident, cross-validated: {right / len(rows):.3f} get their first kind")
    final = models(rows, more, kinds, args.penalty, args.weight)
    small = {k: {n: w for n, w in weights.items() if abs(w) >= 0.03} for k, weights in final.items()}
    OUT.write_text(json.dumps(small, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
