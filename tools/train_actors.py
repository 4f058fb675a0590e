"""Fit the model of what sort of actors they are and what they are after (kg/extraction/models/actors.json).

    python tools/train_actors.py GOLD.jsonl…

GOLD holds documents in the evaluation kit's form. Actors that the rules find and the gold has too are learned from; the first kind that
the gold allows counts wholly, the others by half.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from fitting import fit, lines, probability

from kg.extraction import actor_traits, actors, kinds
from kg.extraction.findings import Attributed
from kg.extraction.parties import normal
from kg.extraction.reading import prepare
from kg.vocabulary import Stance

OUT = Path(__file__).parent.parent / "kg/extraction/models/actors.json"
KIT = {"nation-state": "nation state", "unknown": ""}
Row = tuple[str, dict[str, float], list[str], list[str]]


def same(gold: dict[str, Any], entry: Attributed) -> bool:
    """Whether an annotated actor is the one that was found."""
    if gold.get("name") or entry.name:
        names = {normal(n) for n in (gold.get("name") or "").split("|")}
        return bool(names & {normal(n) for n in (entry.name or "", *entry.aliases) if n})
    return gold.get("origin") == entry.origin


def rows_of(document: dict[str, Any]) -> list[Row]:
    """The actors of a document: features, kinds and motives, the best first."""
    reading, speeches = prepare(document["text"], date.fromisoformat(document["published"]))
    for incident in reading.incidents:
        incident.kind, incident.kind_ground = kinds.kind_of(reading, incident, speeches)
    actors.find(reading, speeches)
    gold = [a for i in document["expected"]["incidents"] for a in i.get("actors", ()) if a.get("stance") != "denied"]
    found: list[Row] = []
    doc = reading.doc
    for incident in reading.incidents:
        told = " ".join(doc.sentence_text(s) for s in range(len(doc.sentences)) if incident.tells(s))
        for entry in incident.actors:
            true = next((a for a in gold if same(a, entry)), None)
            if true is None or entry.stance is Stance.DENIED:
                continue
            sorts, motives = ([KIT.get(k, k) for k in (true.get(what) or "").split("|")] for what in ("kind", "motive"))
            own = actor_traits.own_text(reading, entry)
            found.append((document["doc_id"], actor_traits.features(entry, incident, own, told), sorts, motives))
    return found


def models(rows: Sequence[Row], penalty: float) -> dict[str, dict[str, float]]:
    """One model for each kind and each motive."""
    found = {}
    for at, what in ((2, "kind"), (3, "motive")):
        for label in sorted({v[0] for r in rows for v in [r[at]] if v[0]}):
            values = [row[at] for row in rows]
            labels = [1.0 if v[0] == label else 0.5 if label in v else 0.0 for v in values]
            prior = {f"rule:{label}": 3.0, "": -2.5} if what == "kind" else {f"rule motive:{label}": 1.0, "": -2.0}
            found[f"{what}:{label}"] = fit([r[1] for r in rows], labels, penalty, None, prior)
    return found


def scores(rows: Sequence[Row], fold_models: Sequence[dict[str, dict[str, float]]], at: int, what: str, least: float) -> float:
    """The cross-validated F1 of first kinds or motives with a threshold."""
    hit = said = there = 0
    for i, row in enumerate(rows):
        mine = {k.partition(":")[2]: probability(w, row[1]) for k, w in fold_models[i].items() if k.startswith(what + ":")}
        best = max(mine, key=lambda k: mine[k])
        claimed = best if mine[best] >= least else ""
        hit += bool(claimed) and claimed == row[at][0]
        said += bool(claimed)
        there += bool(row[at][0])
    return 2 * hit / (said + there)


def main() -> None:
    """Read, cross-validate by document, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", nargs="+")
    parser.add_argument("--least", type=int, default=3)
    parser.add_argument("--penalty", type=float, default=3.0)
    args = parser.parse_args()
    rows = [row for path in args.gold for d in lines(path) for row in rows_of(d)]
    frequent = Counter(n for r in rows for n in r[1])
    rows = [(i, {n: v for n, v in f.items() if frequent[n] >= args.least}, k, m) for i, f, k, m in rows]
    names = sorted({r[0] for r in rows})
    fold = {name: n % 10 for n, name in enumerate(names)}
    made = [models([r for r in rows if fold[r[0]] != k], args.penalty) for k in range(10)]
    by_row = [made[fold[r[0]]] for r in rows]
    for at, what in ((2, "kind"), (3, "motive")):
        told = ", ".join(f"{least}: {scores(rows, by_row, at, what, least):.3f}" for least in (0.3, 0.36, 0.42, 0.5, 0.6))
        rule = "rule:" if what == "kind" else "rule motive:"
        ruled = [next((n.removeprefix(rule) for n in r[1] if n.startswith(rule)), "None").replace("None", "") for r in rows]
        hit = sum(1 for r, v in zip(rows, ruled, strict=True) if v and v == r[at][0])
        before = 2 * hit / (sum(map(bool, ruled)) + sum(bool(r[at][0]) for r in rows))
        print(f"{what}: {len(rows)} actors, cross-validated by threshold: {told}; the rules alone {before:.3f}")
    small = {k: {n: w for n, w in weights.items() if abs(w) >= 0.03} for k, weights in models(rows, args.penalty).items()}
    OUT.write_text(json.dumps(small, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
