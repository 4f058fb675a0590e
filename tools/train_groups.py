"""Fit the weights of the model that judges whether a group was hurt (kg/extraction/models/groups.json).

    python tools/train_groups.py GOLD.jsonl…

GOLD holds documents in the evaluation kit's form with complete annotation. A candidate is right where the gold has a group with the same
number, or one without a number in similar words. Plain logistic regression with a penalty on the distance from PRIOR; cross-validation by
document is printed first.
"""

from __future__ import annotations

import argparse
import json
import re
from datetime import date
from pathlib import Path

from fitting import fit, lines, probability

from kg.extraction.affected import candidates, singular
from kg.extraction.reading import prepare

OUT = Path(__file__).parent.parent / "kg/extraction/models/groups.json"
PRIOR = {
    "": -2.0,
    "counted": 1.0,
    "bystander": -3.0,
    "harmful": 1.0,
    "hit": 3.0,
    "spread": 2.0,
    "bare": -0.5,
    "data of": 1.5,
    "possessor of data": 1.0,
    "whose data": 1.5,
    "notified": 0.5,
    "harm here": 0.3,
    "harm near": 0.5,
    "hit follows": 2.5,
    "hit before": 3.0,
    "vague": 1.5,
    "cut off": 1.0,
    "unhurt": -1.0,
    "advice": -0.7,
    "size": -1.0,
    "stated": 1.0,
    "by": -1.0,
    "only a general word": -1.0,
    "is:not_hurt": -2.0,
    "patient:involve": 1.5,
    "patient:take": 0.5,
    "patient:intrude": 1.0,
    "patient:expose": 1.0,
    "patient's:take": 1.0,
    "patient's:view": 1.0,
    "patient's:publish": 1.0,
    "patient's:expose": 1.0,
    "from:take": 1.0,
    "doer:lose": 1.0,
    "doer:say": -1.5,
    "doer:disclose": -1.0,
    "doer:respond": -1.0,
    "doer:take": -1.0,
    "patient:size": -1.5,
    "patient:culprit": -2.0,
    "patient:cut off": 1.5,
    "patient:not": -1.0,
    "patient's:not": -1.0,
}
"""What the weights are drawn to where the documents say little: the meaning of the features."""


def content(words: str) -> set[str]:
    """The words of a description in the singular, without small ones."""
    return {singular(w) for w in re.findall(r"[\w&]+", words.lower())} - {
        "of",
        "in",
        "the",
        "and",
        "a",
        "all",
        "some",
        "it",
        "at",
        "on",
        "who",
        "that",
    }


def rows(document: dict) -> list[tuple[dict[str, float], int, str]]:
    """One row a group that no rule is sure of: its features and whether it was hurt."""
    published = document.get("published")
    gold = [a for i in document["expected"]["incidents"] for a in i.get("affected") or []]
    found = []
    reading, speeches = prepare(document["text"], date.fromisoformat(published[:10]) if published else None)
    for description, count, old, features in candidates(reading, speeches):
        mine = content(description)
        similar = [
            g
            for g in gold
            if any(
                2 * len(mine & content(alt)) >= len(mine) + len(content(alt)) or (mine and mine <= content(alt))
                for alt in (g.get("description") or g.get("name") or "").split("|")
            )
        ]
        if count is not None:
            right = any(g.get("count") == count for g in gold)
            if not right and old and similar:
                continue
        else:
            if any(g.get("count") for g in similar):
                continue
            right = bool(similar)
        found.append((features, int(right), f"{document['doc_id']} {description} #{count}"))
    return found


def main() -> None:
    """Read, cross-validate, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", nargs="+")
    parser.add_argument("--penalty", type=float, default=1.5)
    parser.add_argument("--errors", action="store_true")
    args = parser.parse_args()
    documents = [rows(d) for path in args.gold for d in lines(path)]
    scored = []
    for fold in range(8):
        train = [row for i, d in enumerate(documents) if i % 8 != fold for row in d]
        model = fit([v for v, _, _ in train], [y for _, y, _ in train], args.penalty, None, PRIOR)
        scored += [(probability(model, v), y, w, v) for i, d in enumerate(documents) if i % 8 == fold for v, y, w in d]
    for name in ("counted", "uncounted"):
        for threshold in (0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6):
            mine = [(p, y) for p, y, _, v in scored if name in v]
            tp = sum(1 for p, y in mine if p >= threshold and y)
            fp = sum(1 for p, y in mine if p >= threshold and not y)
            fn = sum(1 for p, y in mine if p < threshold and y)
            print(f"{name} {threshold}: right {tp}, wrong {fp}, missed {fn}, F1 {2 * tp / max(1, 2 * tp + fp + fn):.3f}")
    if args.errors:
        for p, y, w, v in sorted(scored, key=lambda s: -abs(s[0] - s[1])):
            if abs(p - y) > 0.5:
                print(f"{p:.2f} {y} {w}   {sorted(v)}")
    model = fit([v for d in documents for v, _, _ in d], [y for d in documents for _, y, _ in d], args.penalty, None, PRIOR)
    OUT.write_text(json.dumps({"hurt": model}, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
