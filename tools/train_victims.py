"""Fit the weights of the victim model (kg/extraction/models/victims.json).

    python tools/train_victims.py GOLD.jsonl… [--summaries PAIRS.jsonl.gz --leave-out DEV.jsonl.gz]

GOLD holds documents in the evaluation kit's form; their parties are labelled by the gold victims' names. ``--summaries`` adds
accounts with the name of one victim (VERIS Community Database, CC BY-SA 4.0), with less weight each. Plain logistic regression
with an L2 penalty, by gradient descent with numpy; five-fold cross-validation by document is printed first.
"""

from __future__ import annotations

import argparse
import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from kg.extraction.analysis import Analysis
from kg.extraction.findings import Reading
from kg.extraction.names import Lexicon
from kg.extraction.parties import Parties, normal
from kg.extraction.speech import Speeches
from kg.extraction.tagger import Tagger
from kg.extraction.victims import vector, weigh

OUT = Path(__file__).parent.parent / "kg/extraction/models/victims.json"


def lines(path: str) -> list[dict[str, Any]]:
    """The objects of a file of JSON lines, plain or gzipped."""
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream if line.strip()]


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


def fit(x: np.ndarray, y: np.ndarray, w: np.ndarray, penalty: float) -> np.ndarray:
    """Weights of a logistic regression, the last one the bias."""
    x = np.hstack([x, np.ones((len(x), 1))])
    beta = np.zeros(x.shape[1])
    for _ in range(60):  # Newton's method
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        ridge = np.full(len(beta), penalty)
        ridge[-1] = 1e-6
        gradient = x.T @ (w * (p - y)) + ridge * beta
        hessian = (x * (w * p * (1 - p))[:, None]).T @ x + np.diag(ridge)
        step = np.linalg.solve(hessian, gradient)
        beta -= step
        if np.abs(step).max() < 1e-6:
            break
    return beta


def main() -> None:
    """Read, cross-validate, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", nargs="+")
    parser.add_argument("--summaries")
    parser.add_argument("--leave-out")
    parser.add_argument("--limit", type=int, default=1500)
    parser.add_argument("--penalty", type=float, default=3.0)
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
            documents.append((rows(d["text"], None, [{normal(victim)}]), 0.15))
    names = sorted({n for found, _ in documents for v, _ in found for n in v})
    index = {n: i for i, n in enumerate(names)}

    def matrix(chosen: list[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        x, y, w = [], [], []
        for d in chosen:
            found, weight = documents[d]
            for values, label in found:
                row = np.zeros(len(names))
                for name, value in values.items():
                    row[index[name]] = value
                x.append(row), y.append(label), w.append(weight)
        return np.array(x), np.array(y, float), np.array(w)

    scored: list[tuple[float, float]] = []
    for fold in range(5):
        test = [d for d in range(gold_count) if d % 5 == fold]
        train = [d for d in range(len(documents)) if not (d < gold_count and d % 5 == fold)]
        beta = fit(*matrix(train), args.penalty)
        x, y, _ = matrix(test)
        p = 1 / (1 + np.exp(-(np.hstack([x, np.ones((len(x), 1))]) @ beta)))
        scored.extend(zip(p.tolist(), y.tolist(), strict=True))
    for threshold in (0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6):
        tp = sum(1 for p, y in scored if p >= threshold and y == 1)
        fp = sum(1 for p, y in scored if p >= threshold and y == 0)
        fn = sum(1 for p, y in scored if p < threshold and y == 1)
        print(
            f"cross-validated on {gold_count} documents, threshold {threshold}: precision {tp / (tp + fp):.3f}, recall of candidates {tp / (tp + fn):.3f}, "
            f"F1 {2 * tp / (2 * tp + fp + fn):.3f}"
        )
    beta = fit(*matrix(list(range(len(documents)))), args.penalty)
    weights = {name: round(float(beta[i]), 3) for name, i in index.items() if abs(beta[i]) >= 0.02} | {"": round(float(beta[-1]), 3)}
    OUT.write_text(json.dumps(weights, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    for name, value in sorted(weights.items(), key=lambda kv: kv[1]):
        print(f"{value:8.3f}  {name}")


if __name__ == "__main__":
    main()
