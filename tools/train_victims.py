"""Fit the weights of the victim model (kg/extraction/models/victims.json).

    python tools/train_victims.py GOLD.jsonl… --summaries PAIRS.jsonl.gz --leave-out DEV.jsonl.gz

GOLD holds documents in the evaluation kit's form; their parties are labelled by the gold victims' names. ``--summaries`` adds
accounts with the name of one victim (VERIS Community Database, CC BY-SA 4.0), with less weight each. Plain logistic regression
with a penalty on the distance from PRIOR; five-fold cross-validation by document is printed first.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from datetime import date
from pathlib import Path

from fitting import fit, lines, probability

from kg.extraction.analysis import Analysis
from kg.extraction.classifiers import Classifiers
from kg.extraction.findings import Reading
from kg.extraction.names import Lexicon
from kg.extraction.parties import Parties, normal
from kg.extraction.speech import Speeches
from kg.extraction.tagger import Tagger
from kg.extraction.victims import account_kind, vector, weigh
from kg.extraction.wordings import wordings

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
    "": -2.2,
    "hit": 1.8,
    "hit_owner": 1.6,
    "hit_at": 1.2,
    "taken": 1.2,
    "taken_from": 1.8,
    "damaged": 1.4,
    "damaged_self": 1.0,
    "damaged_from": 1.0,
    "disrupted": 1.0,
    "disrupted_owner": 1.0,
    "suffered": 2.2,
    "attack_on": 1.8,
    "attack_of": 1.6,
    "attack_in": 0.5,
    "exposed_own": 0.8,
    "discovered": 0.6,
    "disclosed": 0.6,
    "notified": 0.9,
    "paid": 1.2,
    "had_to_stop": 1.6,
    "has_losses": 1.2,
    "listed_victim": 2.0,
    "tells_own_harm": 1.2,
    "involved": 0.4,
    "mentions": 0.5,
    "first_sentence": 0.4,
    "first_party": 0.3,
    "self": 0.6,
    "has_system": 0.6,
    "has_attack": 0.8,
    "authority": -2.0,
    "security": -2.0,
    "press": -4.0,
    "unaffected": -2.5,
    "stock": -1.5,
    "rival": -3.0,
    "employs": 0.8,
    "serves": 0.8,
    "answers": 0.5,
    "platform": -0.8,
    "only_denied": -2.0,
    "product": -0.8,
    "helper": -1.5,
    "attributes": -0.8,
    "guessed": -0.5,
    "exploited": -0.6,
    "not_hit": -0.8,
    "not_hit_owner": -0.4,
    "denied": -0.3,
    "u:security": -1.5,
    "u:analyst": -2.0,
    "u:counsel": -2.0,
    "u:payments": -1.0,
    "u:exchange": -2.5,
    "u:maker": -0.5,
    "u:cloud": -0.8,
    "u:platform": -0.8,
    "w:passive": 1.5,
    "w:inverse": 2.0,
    "w:suffered": 2.0,
    "w:lost": 1.2,
    "w:ran_into": 1.5,
    "w:offline": 0.5,
    "w:without": 0.6,
    "w:learned": 1.2,
    "w:tells_own": 1.5,
    "w:tells": 1.0,
    "w:tells_it": 1.5,
    "w:tells_attack": 1.5,
    "w:possessed": 1.3,
    "w:its_attack": 1.3,
    "w:named_attack": 1.3,
    "w:whose": 0.6,
    "w:notifies": 0.9,
    "w:shares_people": 0.8,
    "w:paid": 0.6,
    "w:repays": 1.0,
    "w:fined": 1.2,
    "w:settles": 0.8,
    "w:victims_list": 2.0,
    "w:among": 2.0,
    "w:joined": 0.8,
    "w:attack_on": 1.5,
    "w:attacked": 0.8,
    "w:from": 1.0,
    "w:held": 1.2,
    "w:of_people": 0.5,
    "w:access": 0.8,
    "w:posing": 0.6,
    "w:stopped_at": 0.8,
    "w:staff": 1.0,
}
PRIOR |= {
    f"w:{w.name}": {"tracks": -0.3, "through": -0.3, "negated_before": -0.3, "told": -0.5, "press": -0.6}.get(w.name, -0.8)
    for w in wordings()
    if w.side == "bystander"
}
PRIOR |= {f"w:!{w.name}": -0.3 for w in wordings() if w.side == "victim"}
"""What the weights are drawn to where the documents say little: the meaning of the features."""


def evaluated(name: str, scored: list[tuple[float, int]]) -> None:
    """Print precision and recall at some thresholds."""
    for threshold in (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5):
        tp = sum(1 for p, y in scored if p >= threshold and y == 1)
        fp = sum(1 for p, y in scored if p >= threshold and y == 0)
        fn = sum(1 for p, y in scored if p < threshold and y == 1)
        precision, recall, f1 = tp / max(1, tp + fp), tp / max(1, tp + fn), 2 * tp / max(1, 2 * tp + fp + fn)
        print(f"{name}, threshold {threshold}: precision {precision:.3f}, recall of candidates {recall:.3f}, F1 {f1:.3f}")


def cross_validated(
    documents: list[list[tuple[dict[str, float], int]]], more: list[tuple[dict[str, float], int]], weight: float, penalty: float
) -> list[tuple[float, int]]:
    """Each document's parties as a model sees them that was fitted on the others and on ``more``."""
    scored: list[tuple[float, int]] = []
    for fold in range(5):
        train = [row for i, d in enumerate(documents) if i % 5 != fold for row in d]
        model = fit(
            [v for v, _ in [*train, *more]], [y for _, y in [*train, *more]], penalty, [1.0] * len(train) + [weight] * len(more), PRIOR
        )
        scored += [(probability(model, v), y) for i, d in enumerate(documents) if i % 5 == fold for v, y in d]
    return scored


def main() -> None:
    """Read, cross-validate, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", nargs="+")
    parser.add_argument("--summaries", required=True)
    parser.add_argument("--leave-out", required=True)
    parser.add_argument("--limit", type=int, default=1500)
    parser.add_argument("--least", type=int, default=8, help="how often a word must stand to count")
    parser.add_argument("--penalty", type=float, default=8.0)
    parser.add_argument("--weight", type=float, default=0.05, help="of an account's party beside one of a gold document")
    args = parser.parse_args()
    gold: list[list[tuple[dict[str, float], int]]] = []
    for path in args.gold:
        for d in lines(path):
            names = [
                {normal(n) for n in str(v.get("name", "")).split("|")}
                for i in d["expected"]["incidents"]
                for v in i["victims"]
                if v.get("name")
            ]
            gold.append(rows(d["text"], d.get("published"), names))
    accounts: dict[str, list[list[tuple[dict[str, float], int]]]] = {"attack": [], "mishap": []}
    skip = {d["text"] for d in lines(args.leave_out)}
    judge = Classifiers.bundled()
    for d in lines(args.summaries):
        victim = d["key"].get("victim")
        victim = victim[0] if isinstance(victim, list) and victim else victim
        if not victim or d["text"] in skip or victim not in d["text"]:
            continue
        kind = account_kind(d["text"], judge)
        if len(accounts[kind]) < args.limit:
            accounts[kind].append(rows(d["text"], None, [{normal(victim)}]))
    frequent = Counter(n for found in (gold, *accounts.values()) for d in found for v, _ in d for n in v)
    for found in (gold, *accounts.values()):
        for d in found:
            for values, _ in d:
                for n in [n for n in values if ":" in n and frequent[n] < args.least]:
                    del values[n]
    flat = {kind: [row for d in found for row in d] for kind, found in accounts.items()}
    evaluated(f"attack, {len(gold)} gold documents", cross_validated(gold, flat["attack"], args.weight, args.penalty))
    evaluated(f"mishap, {len(accounts['mishap'])} accounts", cross_validated(accounts["mishap"], [], 0.0, args.penalty))
    evaluated(f"attack, {len(accounts['attack'])} accounts", cross_validated(accounts["attack"], [], 0.0, args.penalty))
    known = [row for d in gold for row in d]
    models = {}
    for kind, base, more, weight in (("attack", known, flat["attack"], args.weight), ("mishap", flat["mishap"], known, 1.0)):
        models[kind] = fit(
            [v for v, _ in [*base, *more]], [y for _, y in [*base, *more]], args.penalty, [1.0] * len(base) + [weight] * len(more), PRIOR
        )
    OUT.write_text(json.dumps(models, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
