"""Fit the model of kinds of incident (kg/extraction/models/kinds.json).

    python tools/train_kinds.py GOLD.jsonl… [--pairs pairs.jsonl.gz]

GOLD holds documents in the evaluation kit's form; those with one incident are learned from. With less weight: the bundled reports
(data/reports) with one incident, the accounts of ``kind_sentences.txt``, made up for the purpose, and coded summaries of the VERIS
Community Database (``--pairs``; CC BY-SA 4.0, Verizon Business and contributors) whose codes tell the kind. A softmax over kinds whose
weights are drawn to the cues of ``cues/kinds.yaml``.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from fitting import lines
from scipy import sparse
from scipy.optimize import minimize

from kg.extraction.kinds import features
from kg.extraction.linear import Linear

ROOT = Path(__file__).parent.parent
OUT = ROOT / "kg/extraction/models/kinds.json"
SENTENCES = Path(__file__).parent / "kind_sentences.txt"
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
WEIGHT = {"gold": 1.0, "bundled": 0.3, "own": 1.0, "coded": 0.12}
"""How much an example of each source counts."""
MOST_CODED = 120
"""So many coded summaries of a kind at most."""
OTHER = 0.2
"""How much of an example goes to the further kinds that the gold accepts."""
FOLDS = 5
Row = tuple[str, dict[str, float], list[str]]


def bundled() -> list[Row]:
    """The bundled reports that tell of one incident with a kind."""
    found: list[Row] = []
    for path in sorted((ROOT / "data/reports").rglob("*.yaml")):
        for part in yaml.load_all(path.read_text("utf-8"), Loader=yaml.CSafeLoader):
            incidents = part.get("incidents", ())
            kinds = incidents[0].get("kind") if len(incidents) == 1 else None
            kinds = [kinds] if isinstance(kinds, str) else list(kinds or ())
            if part.get("text") and kinds and "malware infection" not in kinds:
                found.append(("bundled", features(part["text"]), kinds))
    return found


def own() -> list[Row]:
    """The accounts made up for training."""
    told = [line.split("\t") for line in SENTENCES.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return [("own", features(text), [kind]) for kind, text in told]


def coded_kind(key: Mapping[str, Any]) -> str | None:
    """The kind that the codes of a record tell, if they tell one plainly."""
    action = {f"{name} {variety}" for name, told in (key.get("action") or {}).items() for variety in told.get("variety", ())}
    names = set(key.get("action") or {})
    motives = {m for told in (key.get("actor") or {}).values() for m in told.get("motive", ())}
    integrity = set(key.get("integrity") or ())
    plain = (
        ("ransomware", "malware Ransomware" in action),
        ("denial of service", "hacking DoS" in action),
        ("destruction", "malware Destroy data" in action),
        ("defacement", "Defacement" in integrity),
        ("espionage", "Espionage" in motives and "external" in (key.get("actor") or {})),
        ("theft of funds", "Fraudulent transaction" in integrity and "social" in names),
        ("insider misuse", names == {"misuse"}),
        ("physical loss or theft", names == {"physical"} and "physical Theft" in action),
        ("physical loss or theft", action == {"error Loss"}),
        ("data leak", names == {"error"}),
        ("data breach", names <= {"hacking", "malware"} and bool(names) and bool(key.get("data"))),
    )
    return next((kind for kind, fits in plain if fits), None)


def coded(path: str) -> list[Row]:
    """Coded summaries whose kind is plain, of each kind a few."""
    records = [r for r in lines(path) if len(r["text"]) >= 150]
    random.Random(0).shuffle(records)
    count: Counter[str] = Counter()
    found: list[Row] = []
    for record in records:
        kind = coded_kind(record["key"])
        if kind and count[kind] < MOST_CODED:
            count[kind] += 1
            found.append(("coded", features(record["text"]), [kind]))
    return found


def gold(path: str) -> list[Row]:
    """Annotated documents with one incident."""
    found: list[Row] = []
    for d in lines(path):
        kinds = [[KIT.get(k, k) for k in i["kind"].split("|")] for i in d["expected"]["incidents"] if i.get("kind")]
        if len(kinds) == 1:
            found.append(("gold", features(d["text"]), kinds[0]))
    return found


def fit(rows: Sequence[Row], kinds: Sequence[str], penalty: float, least: int) -> dict[str, dict[str, float]]:
    """Softmax weights; a word counts if it stands in ``least`` texts."""
    frequent = Counter(n for _, f, _ in rows for n in f)
    names = [*sorted(n for n, c in frequent.items() if n[1] != ":" or c >= least), ""]
    index = {n: i for i, n in enumerate(names)}
    data, columns, starts = [], [], [0]
    for _, found, _ in rows:
        here = {index[n]: v for n, v in found.items() if n in index} | {index[""]: 1.0}
        columns += here.keys()
        data += here.values()
        starts.append(len(data))
    x = sparse.csr_matrix((data, columns, starts), shape=(len(rows), len(names)))
    y = np.zeros((len(rows), len(kinds)))
    for i, (_, _, told) in enumerate(rows):
        others = [k for k in told[1:] if k in kinds]
        y[i, kinds.index(told[0])] = 1 - OTHER * bool(others)
        for k in others:
            y[i, kinds.index(k)] += OTHER / len(others)
    w = np.array([WEIGHT[source] for source, _, _ in rows])[:, None]
    middle = np.zeros((len(names), len(kinds)))
    for k, kind in enumerate(kinds):
        for how, value in (("cue", 0.8), ("top", 0.5), ("denied", -0.2)):
            if f"{how}:{kind}" in index:
                middle[index[f"{how}:{kind}"], k] = value
    ridge = np.full((len(names), 1), penalty)
    ridge[-1] = 0.05

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        b = flat.reshape(middle.shape)
        z = x @ b
        z = z - z.max(1, keepdims=True)
        logs = z - np.log(np.exp(z).sum(1, keepdims=True))
        away = b - middle
        value = -(w * y * logs).sum() + 0.5 * (ridge * away**2).sum()
        return float(value), (x.T @ (w * (np.exp(logs) - y)) + ridge * away).ravel()

    best = minimize(loss, middle.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 200}).x.reshape(middle.shape)
    return {kind: {n: round(float(best[i, k]), 3) for n, i in index.items() if abs(best[i, k]) >= 0.04} for k, kind in enumerate(kinds)}


def likeliest(model: Mapping[str, Mapping[str, float]], found: Mapping[str, float]) -> str:
    """The kind with the greatest score."""
    scores = Linear(model).scores(found)
    return max(scores, key=lambda k: scores[k])


def main() -> None:
    """Read, cross-validate, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", nargs="+")
    parser.add_argument("--pairs")
    parser.add_argument("--least", type=int, default=4)
    parser.add_argument("--penalty", type=float, default=0.5)
    parser.add_argument("--only-measure", action="store_true")
    args = parser.parse_args()
    more = bundled() + own() + (coded(args.pairs) if args.pairs else [])
    files = {path: gold(path) for path in args.gold}
    rows = [row for part in files.values() for row in part]
    kinds = sorted({ks[0] for _, _, ks in (*rows, *more)})
    print(len(rows), "documents with one incident;", Counter(source for source, _, _ in more), "besides")
    models = [fit([r for i, r in enumerate(rows) if i % FOLDS != fold] + more, kinds, args.penalty, args.least) for fold in range(FOLDS)]
    answers = [likeliest(models[i % FOLDS], found) for i, (_, found, _) in enumerate(rows)]
    at = 0
    for path, part in files.items():
        told = list(zip(answers[at : at + len(part)], [ks for _, _, ks in part], strict=True))
        at += len(part)
        first, any_ = sum(a == ks[0] for a, ks in told), sum(a in ks for a, ks in told)
        print(f"{Path(path).name}: cross-validated, {first / len(told):.2f} get their first kind, {any_ / len(told):.2f} one of theirs")
    print(Counter((ks[0], a) for a, (_, _, ks) in zip(answers, rows, strict=True) if a != ks[0]).most_common(20))
    if not args.only_measure:
        OUT.write_text(json.dumps(fit(rows + more, kinds, args.penalty, args.least), sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
