"""Fit the weights of the models that judge which assets were hit and how (kg/extraction/models/assets.json).

    python tools/train_assets.py GOLD.jsonl…

GOLD holds documents in the evaluation kit's form with complete annotation. A phrase is right where the gold has an asset of its kind;
of several phrases of a kind in one text only those count that a first model finds likely. Plain logistic regression with a penalty on the
distance from what the features mean; cross-validation by document is printed first.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from fitting import fit, lines, probability

from kg.extraction import kinds
from kg.extraction.assets import EFFECTS, candidates
from kg.extraction.reading import prepare

OUT = Path(__file__).parent.parent / "kg/extraction/models/assets.json"
HIT_PRIOR = {
    "": -1.5,
    "direct": 1.5,
    "entered": 1.0,
    "qualified": 1.5,
    "governed": 1.0,
    "next": 1.2,
    "noun": 1.5,
    "down": 3.5,
    "place": 0.5,
    "listed": 0.7,
    "before": 0.4,
    "beside data": 0.7,
    "counted": 0.3,
    "lure": -1.5,
    "instrument": -3.5,
    "perhaps": -3.0,
    "advice": -1.5,
    "sent": -0.5,
    "not taken by": -1.0,
    "attack word": -0.7,
    "group head": -1.0,
    "ransom": -0.3,
    "of another": -0.5,
}
EFFECT_PRIOR = {
    "": -2.0,
    "direct": 2.5,
    "entered": 1.0,
    "qualified": 2.5,
    "governed": 2.0,
    "next": 2.0,
    "noun": 2.0,
    "down": 3.0,
    "strongest": 1.0,
    "place": 1.0,
    "listed": 1.5,
    "before": 0.7,
    "after": 0.5,
    "sentence before": 0.5,
    "general": 1.0,
    "only this plainly": 2.0,
    "another plainly": -1.0,
    "systems:encrypted": 0.5,
    "service:unavailable": 1.5,
    "money:exfiltrated": 1.5,
    "update:altered": 2.0,
    "people:exfiltrated": 0.5,
}
Row = tuple[dict[str, float], int]


def rows(document: dict[str, Any]) -> list[tuple[str, str, dict[str, float], int, list[tuple[str, dict[str, float], int]]]]:
    """One entry a phrase: kind, words, features, whether it is right, and its effects with features and whether they are right."""
    published = document.get("published")
    gold = [a for i in document["expected"]["incidents"] for a in i.get("assets") or []]
    right: dict[str, set[str]] = {}
    for asset in gold:
        for kind in asset["kind"].split("|"):
            right.setdefault(kind, set()).update((asset.get("effect") or "").split("|"))
    reading, speeches = prepare(document["text"], date.fromisoformat(published[:10]) if published else None)
    for incident in reading.incidents:
        incident.kind, _ = kinds.kind_of(reading, incident, speeches)
    found = []
    for _, kind, words, features, effects in candidates(reading, speeches):
        told = [(e.value, effects[e.value], int(e.value in right.get(kind, ()))) for e in EFFECTS]
        found.append((kind, f"{document['doc_id']} {kind} {words}", features, int(kind in right), told))
    return found


def fitted(documents: Iterable[Any], penalty: float) -> tuple[dict[str, float], dict[str, float]]:
    """The two models; of phrases of one kind in a text those that a first model finds unlikely are left out of the second."""
    documents = list(documents)
    weights: list[float] = []
    hit = [(f, y) for d in documents for _, _, f, y, _ in d]
    model = fit([f for f, _ in hit], [y for _, y in hit], penalty, None, HIT_PRIOR)
    for _ in range(2):
        weights = []
        for d in documents:
            best: dict[str, float] = {}
            for kind, _, f, _, _ in d:
                best[kind] = max(best.get(kind, 0.0), probability(model, f))
            weights += [1.0 if not y or probability(model, f) >= 0.7 * best[kind] else 0.0 for kind, _, f, y, _ in d]
        model = fit([f for f, _ in hit], [y for _, y in hit], penalty, weights, HIT_PRIOR)
    sure = iter(weights)
    effect = [(f, y) for d in documents for _, _, _, right, told in d for keep in [next(sure)] if right and keep for _, f, y in told]
    return model, fit([f for f, _ in effect], [y for _, y in effect], penalty, None, EFFECT_PRIOR)


def main() -> None:
    """Read, cross-validate, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", nargs="+")
    parser.add_argument("--penalty", type=float, default=4.0)
    parser.add_argument("--least", type=int, default=5, help="how often a feature must hold to count")
    parser.add_argument("--errors", action="store_true")
    parser.add_argument("--fit-only", action="store_true", help="without cross-validation")
    args = parser.parse_args()
    documents = [rows(d) for path in args.gold for d in lines(path)]
    frequent = Counter(n for d in documents for _, _, features, _, _ in d for n in features)
    for d in documents:
        for _, _, features, _, _ in d:
            for name in [n for n in features if frequent[n] < args.least]:
                del features[name]
    scored: list[tuple[int, str, str, float, int, int]] = []
    for fold in range(0 if args.fit_only else 6):
        model, effects = fitted((d for i, d in enumerate(documents) if i % 6 != fold), args.penalty)
        for i, d in enumerate(documents):
            if i % 6 == fold:
                for kind, words, features, y, told in d:
                    best = max(told, key=lambda t: probability(effects, t[1]))
                    scored.append((i, kind, f"{words} -> {best[0]}", probability(model, features), y, best[2]))
    top: dict[tuple[int, str], tuple[float, int, int, str]] = {}
    for i, kind, words, p, y, effect in scored:
        if (i, kind) not in top or p > top[i, kind][0]:
            top[i, kind] = (p, y, effect, words)
    for threshold in (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6):
        chosen = [(y, e) for p, y, e, _ in top.values() if p >= threshold]
        tp, both, everything = sum(y for y, _ in chosen), sum(y and e for y, e in chosen), sum(y for _, y, _, _ in top.values())
        print(
            f"kinds at {threshold}: right {tp} of {len(chosen)}, of {everything}, F1 {2 * tp / max(1, len(chosen) + everything):.3f}, "
            f"with effect {2 * both / max(1, len(chosen) + everything):.3f}"
        )
    if args.errors:
        for p, y, e, words in sorted(top.values(), key=lambda t: -abs(t[0] - t[1])):
            if abs(p - y) > 0.5 or (y and not e):
                print(f"{p:.2f} {y} {e} {words}")
    model, effects = fitted(documents, args.penalty)
    OUT.write_text(json.dumps({"effect": effects, "hit": model}, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
