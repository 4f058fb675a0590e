"""Fit the weights of the victim model (kg/extraction/models/victims.json).

    python tools/train_victims.py GOLD.jsonl… [--summaries PAIRS.jsonl.gz --leave-out DEV.jsonl.gz]

GOLD holds documents in the evaluation kit's form; their parties are labelled by the gold victims' names. ``--summaries`` adds
accounts with the name of one victim (VERIS Community Database, CC BY-SA 4.0), with less weight each. Plain logistic regression
with a penalty on the distance from PRIOR; five-fold cross-validation by document is printed first.
"""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path
from typing import Any

from fitting import fit, lines, probability

from kg.extraction.analysis import Analysis
from kg.extraction.findings import Reading
from kg.extraction.names import Lexicon
from kg.extraction.parties import Parties, normal
from kg.extraction.speech import Speeches
from kg.extraction.tagger import Tagger
from kg.extraction.victims import vector, weigh

OUT = Path(__file__).parent.parent / "kg/extraction/models/victims.json"


def rows(text: str, published: str | None, names: list[set[str]]) -> list[tuple[dict[str, float], int]]:
    """One row a party: its features and whether it is one of the victims."""
    doc = Analysis(text, date.fromisoformat(published[:10]) if published else None, Lexicon.bundled(), Tagger.bundled())
    parties = Parties(doc)
    speeches = Speeches(doc, parties)
    reading = Reading(doc, parties)
    found = []
    for party, evidence in weigh(reading, speeches).items():
        own = {normal(n) for n in party.names} | {normal(party.name)}
        found.append((vector(evidence), int(any(own & alternatives for alternatives in names))))
    return found


PRIOR = {
    "": -2.2, "hit": 1.8, "hit_owner": 1.6, "hit_at": 1.2, "taken": 1.2, "taken_from": 1.8, "damaged": 1.4, "damaged_self": 1.0, "damaged_from": 1.0, "disrupted": 1.0,
    "disrupted_owner": 1.0, "suffered": 2.2, "attack_on": 1.8, "attack_of": 1.6, "attack_in": 0.5, "exposed_own": 0.8, "discovered": 0.6, "disclosed": 0.6, "notified": 0.9,
    "paid": 1.2, "had_to_stop": 1.6, "has_losses": 1.2, "listed_victim": 2.0, "tells_own_harm": 1.2, "involved": 0.4, "mentions": 0.5, "first_sentence": 0.4, "first_party": 0.3,
    "self": 0.6, "has_system": 0.6, "has_attack": 0.8, "authority": -2.0, "security": -2.0, "press": -4.0, "unaffected": -2.5, "stock": -1.5, "rival": -3.0, "employs": 0.8, "serves": 0.8, "answers": 0.5, "platform": -0.8, "product": -0.8,
    "helper": -1.5, "attributes": -0.8, "guessed": -0.5, "exploited": -0.6, "not_hit": -0.8, "not_hit_owner": -0.4, "denied": -0.3,
}  # fmt: skip
"""What the weights are drawn to where the documents say little: the meaning of the features."""


def main() -> None:
    """Read, cross-validate, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", nargs="+")
    parser.add_argument("--summaries")
    parser.add_argument("--leave-out")
    parser.add_argument("--limit", type=int, default=1500)
    parser.add_argument("--penalty", type=float, default=1.0)
    parser.add_argument("--weight", type=float, default=0.05)
    args = parser.parse_args()
    documents: list[tuple[list[tuple[dict[str, float], int]], float]] = []
    for path in args.gold:
        for d in lines(path):
            names = [{normal(n) for n in str(v.get("name", "")).split("|")} for i in d["expected"]["incidents"] for v in i["victims"] if v.get("name")]
            documents.append((rows(d["text"], d.get("published"), names), 1.0))
    gold_count = len(documents)
    if args.summaries:
        skip = {d["text"] for d in lines(args.leave_out)} if args.leave_out else set()
        taken = 0
        for d in lines(args.summaries):
            victim = d["key"].get("victim")
            if isinstance(victim, list):
                victim = victim[0] if victim else None
            if not victim or d["text"] in skip or victim not in d["text"] or taken >= args.limit:
                continue
            taken += 1
            documents.append((rows(d["text"], None, [{normal(victim)}]), args.weight))
    def chosen(documents_: list[int]) -> tuple[list[dict[str, float]], list[int], list[float]]:
        rows_ = [(values, label, documents[d][1]) for d in documents_ for values, label in documents[d][0]]
        return [r for r, _, _ in rows_], [y for _, y, _ in rows_], [w for _, _, w in rows_]

    scored: list[tuple[float, int]] = []
    for fold in range(5):
        test = [d for d in range(gold_count) if d % 5 == fold]
        train = [d for d in range(len(documents)) if not (d < gold_count and d % 5 == fold)]
        x, y, w = chosen(train)
        model = fit(x, y, args.penalty, w, PRIOR)
        x, y, _ = chosen(test)
        scored.extend((probability(model, row), label) for row, label in zip(x, y, strict=True))
    for threshold in (0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6):
        tp = sum(1 for p, y in scored if p >= threshold and y == 1)
        fp = sum(1 for p, y in scored if p >= threshold and y == 0)
        fn = sum(1 for p, y in scored if p < threshold and y == 1)
        print(
            f"cross-validated on {gold_count} documents, threshold {threshold}: precision {tp / (tp + fp):.3f}, recall of candidates {tp / (tp + fn):.3f}, "
            f"F1 {2 * tp / (2 * tp + fp + fn):.3f}"
        )
    x, y, w = chosen(list(range(len(documents))))
    weights = fit(x, y, args.penalty, w, PRIOR)
    OUT.write_text(json.dumps(weights, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    for name, value in sorted(weights.items(), key=lambda kv: kv[1]):
        print(f"{value:8.3f}  {name}")


if __name__ == "__main__":
    main()
