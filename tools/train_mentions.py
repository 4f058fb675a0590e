#!/usr/bin/env python3
"""Train the taggers of ``kg/extraction/mentions.py`` on the AnnoCTR texts (CC BY-SA 4.0), with cross-validation.

    python tools/train_mentions.py --annoctr docs.jsonl.gz --gold annoctr_dev.jsonl.gz --score score.py --work FOLDER

``--annoctr``: all reports with their layers; those that only carry the general layer help to train organizations, locations, sectors.
``--gold``: the reports with all layers, in the form of the evaluation kit. ``--score``: the kit's scoring program. ``--work``: a folder for
what takes long (what each tagger says of reports that it was not trained on), so that a second run needs not do it again;
``--only NAME`` trains one tagger. ``--by vendor`` leaves out a whole vendor at a time and writes no model.

Written: ``kg/extraction/models/mentions-*.crfsuite``, ``mentions.json`` (weights of the logistic formulas and the least probability).
Printed: the figures of the cross-validation and, with ``--final``, those on the training reports themselves.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import importlib.util
import json
import math
import pickle
import random
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pycrfsuite
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

HERE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HERE))

from kg.extraction import mentions  # noqa: E402
from kg.extraction.mentions import MODEL_TYPES, MODELS, Document, fold  # noqa: E402
from kg.extraction.names import Lexicon  # noqa: E402

FOLDS = 5
EMPTY_KEPT = {True: 0.4, False: 0.15}
"""Share of the lines without mentions that a tagger is trained on (of fully, of partly annotated reports): many, and they say little."""
PARAMETERS = {"c2": 0.01, "feature.minfreq": 2, "feature.possible_transitions": False}
ROUNDS = {
    "software": {"max_iterations": 60, "c1": 0.25},
    "techniques": {"max_iterations": 50, "c1": 1.0, "feature.minfreq": 4},
    "places": {"max_iterations": 40, "c1": 0.4},
}
GENERAL = {"ORG": "org", "LOC": "location", "SECTOR": "sector"}
LEXICON = Lexicon.bundled()


class Report:
    """A report with its gold mentions, read for the taggers."""

    def __init__(self, id: str, vendor: str, text: str, entities: list[dict[str, Any]], whole: bool = True) -> None:
        self.whole = whole
        self.id, self.vendor, self.text, self.entities = id, vendor, text, entities
        self.document = Document(text, LEXICON)
        self.items = self.document.items()
        self.sizes = [len(line) for line in self.document.lines]

    def labels(self, types: tuple[str, ...]) -> list[list[str]]:
        """The gold as labels, a row each line; words of web addresses are left out."""
        entities = sorted((e for e in self.entities if e["type"] in types), key=lambda e: (e["start"], -e["end"]))
        found = []
        for line in self.document.lines:
            row = ["O"] * len(line)
            if line:
                for e in (e for e in entities if e["start"] < line[-1].end and line[0].start < e["end"]):
                    before = -2
                    for n, word in enumerate(line):
                        if word.start < e["end"] and e["start"] < word.end and row[n] == "O" and "://" not in word.text:
                            row[n] = ("I-" if before == n - 1 else "B-") + e["type"]
                            before = n
            found.append(row)
        return found


def read(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def general_only(path: Path, known: set[str]) -> list[Report]:
    """The reports that carry the general layer and are not among the fully annotated ones."""
    found = []
    for row in read(path):
        if row["id"] in known or not any(s["layer"] == "ne" for sentence in row["sentences"] for s in sentence["spans"]):
            continue
        text, entities = "", []
        for sentence in row["sentences"]:
            for s in sentence["spans"]:
                if s["layer"] == "ne" and s["type"] in GENERAL:
                    at = len(text)
                    entities.append({"type": GENERAL[s["type"]], "start": at + s["start"], "end": at + s["end"], "text": s["mention"]})
            text += sentence["text"] + "\n"
        found.append(Report(row["id"], row["vendor"], text[:-1], entities, whole=False))
    return found


def train(reports: list[Report], model: str, path: Path) -> None:
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    trainer.set_params({**PARAMETERS, **ROUNDS[model]})
    chance = random.Random(7)
    for report in reports:
        for item, row in zip(report.items, report.labels(MODEL_TYPES[model]), strict=True):
            if item is not None and (any(label != "O" for label in row) or chance.random() < EMPTY_KEPT[report.whole]):
                trainer.append(item, row)
    trainer.train(str(path))


def folds(reports: list[Report], by: str) -> list[list[Report]]:
    if by == "vendor":
        return [[r for r in reports if r.vendor == vendor] for vendor in sorted({r.vendor for r in reports})]
    ordered = sorted(reports, key=lambda r: hashlib.sha256(r.id.encode()).hexdigest())
    return [ordered[k::FOLDS] for k in range(FOLDS)]


def unseen(reports: list[Report], more: list[Report], model: str, by: str, work: Path) -> dict[str, mentions.Marks]:
    """What a tagger says of each report, trained on the other folds."""
    kept = work / f"marks-{model}-{by}.pickle"
    if kept.is_file():
        return pickle.loads(kept.read_bytes())
    found: dict[str, mentions.Marks] = {}
    for n, fold_of in enumerate(folds(reports, by)):
        names = {r.id for r in fold_of}
        vendor = fold_of[0].vendor if by == "vendor" else None
        path = work / f"{model}-{by}-{n}.crfsuite"
        others = [r for r in reports if r.id not in names] + [r for r in more if r.vendor != vendor]
        train(others, model, path)
        tagger = pycrfsuite.Tagger()
        tagger.open(str(path))
        for report in fold_of:
            found[report.id] = mentions.marginals(tagger, report.items, report.sizes)
        print(f"{model} {by} {n}: {len(others)} reports, {path.stat().st_size} bytes", file=sys.stderr, flush=True)
    kept.write_bytes(pickle.dumps(found))
    return found


def logistic(rows: list[tuple[list[float], bool]]) -> list[float]:
    x = np.array([r[0] for r in rows])
    y = np.array([1.0 if r[1] else -1.0 for r in rows])

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        z = y * (x @ w)
        slope = -y / (1 + np.exp(np.clip(z, -30, 30)))
        return float(np.logaddexp(0, -z).sum() + 0.5 * (w @ w)), x.T @ slope + w

    return [round(float(v), 4) for v in minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B").x]


def best_least(scored: list[tuple[float, bool]], wanted: int) -> float:
    """The least probability that gives the best F1."""
    right, best, least = 0, 0.0, 0.5
    for n, (chance, good) in enumerate(sorted(scored, reverse=True), 1):
        right += good
        f1 = 2 * right / (n + wanted)
        if f1 > best and 0.2 <= chance <= 0.8:
            best, least = f1, chance
    return round(least - 1e-4, 4)


def parent(id: str | None) -> str:
    return LEXICON.current(id or "").split(".")[0]


def guesser_of(reports: list[Report]) -> mentions.Guesser:
    """A multinomial logistic model from the words of a stretch to its id, on the gold mentions; small weights are dropped."""
    rows: list[list[str]] = []
    ids: list[str] = []
    for r in reports:
        for e in r.entities:
            if e["type"] in MODEL_TYPES["techniques"] and parent(e.get("id"))[:1] == "T":
                rows.append(mentions.stretch_features(r.document, e["start"], e["end"]))
                ids.append(parent(e["id"]))
    common = {i for i in ids if ids.count(i) > 2}
    kept = [n for n, i in enumerate(ids) if i in common]
    counts: defaultdict[str, int] = defaultdict(int)
    for n in kept:
        for f in rows[n]:
            counts[f] += 1
    features = {f: n for n, f in enumerate(sorted(f for f, c in counts.items() if c > 1))}
    classes = {i: n for n, i in enumerate(sorted(common))}
    pairs = [(row, features[f]) for row, n in enumerate(kept) for f in rows[n] if f in features]
    x = csr_matrix((np.ones(len(pairs)), tuple(zip(*pairs, strict=True))), shape=(len(kept), len(features)))
    y = np.zeros((len(kept), len(classes)))
    for row, n in enumerate(kept):
        y[row, classes[ids[n]]] = 1

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        w = flat.reshape(len(features), len(classes))
        z = x @ w
        z -= z.max(axis=1, keepdims=True)
        p = np.exp(z)
        p /= p.sum(axis=1, keepdims=True)
        return float(-(y * np.log(p + 1e-12)).sum() + 0.25 * (w * w).sum()), (x.T @ (p - y) + 0.5 * w).ravel()

    start = np.zeros(len(features) * len(classes))
    w = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 60}).x.reshape(len(features), len(classes))
    names = sorted(common)
    found = {f: {names[c]: round(float(w[n, c]), 2) for c in np.flatnonzero(np.abs(w[n]) >= 0.2)} for f, n in features.items()}
    found["*"] = {i: round(float(w[features["*"], c]), 2) for i, c in classes.items()}
    return {f: row for f, row in found.items() if row}


Rows = list[tuple[mentions.Candidate, bool]]


class Settling:
    """The logistic formulas over what the taggers say of unseen reports, fitted on some of them."""

    def __init__(self, reports: list[Report], marks: dict[str, dict[str, mentions.Marks]], by: str) -> None:
        self.candidates: dict[str, list[mentions.Candidate]] = {}
        self.techniques: dict[str, list[mentions.Candidate]] = {}
        self.gold: dict[str, set[tuple[str, str]]] = {}
        for r in reports:
            self.candidates[r.id] = [
                c for m in ("software", "places") for c in mentions.name_candidates(r.document, marks[m][r.id], MODEL_TYPES[m])
            ]
            ids = {(e["type"], parent(e.get("id"))) for e in r.entities if e["type"] in MODEL_TYPES["techniques"] and e.get("id")}
            self.gold[r.id] = ids | {(e["type"], fold(e["text"]).strip()) for e in r.entities if e["type"] not in MODEL_TYPES["techniques"]}
        for fold_of in folds(reports, by):
            names = {r.id for r in fold_of}
            guesser = guesser_of([r for r in reports if r.id not in names])
            for r in fold_of:
                self.techniques[r.id] = mentions.technique_candidates(r.document, marks["techniques"][r.id], LEXICON, guesser)

    def fit(self, ids: list[str]) -> dict[str, Any]:
        weights: dict[str, list[float]] = {}
        least: dict[str, float] = {}
        rows: dict[str, list[tuple[list[float], bool]]] = defaultdict(list)
        tallies: list[defaultdict[str, list[int]]] = [defaultdict(lambda: [0, 0]) for _ in range(FOLDS + 1)]
        for n, i in enumerate(ids):
            for c in self.candidates[i]:
                rows[c.type].append((c.numbers, (c.type, c.key) in self.gold[i]))
            for c in self.techniques[i]:
                for part, tally in enumerate(tallies):
                    if part != n % FOLDS:
                        tally[c.key][(c.type, c.key) not in self.gold[i]] += 1

        def own(part: int) -> dict[str, float]:
            """Log odds that an id is right where it is proposed, without one part of the reports."""
            return {key: round(math.log((yes + 1) / (no + 2)), 3) for key, (yes, no) in sorted(tallies[part].items())}

        parts = [own(part) for part in range(FOLDS + 1)]
        for n, i in enumerate(ids):
            for c in mentions.with_own(self.techniques[i], parts[n % FOLDS]):
                rows[c.type].append((c.numbers, (c.type, c.key) in self.gold[i]))
        for kind, of in rows.items():
            weights[kind] = logistic(of)
            scored = [(mentions.chance(x, weights[kind]), y) for x, y in of]
            least[kind] = best_least(scored, sum(k == kind for i in ids for k, _ in self.gold[i]))
        return {"weights": weights, "least": least, "own": parts[FOLDS]}


def predict(r: Report, marks: dict[str, dict[str, mentions.Marks]], settling: Settling, weights: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for model in ("software", "places"):
        own = [c for c in settling.candidates[r.id] if c.type in MODEL_TYPES[model]]
        found += mentions.placed(r.text, mentions.choose(own, weights["weights"], weights["least"]))
    mentions.identify(r.document, found, LEXICON)
    ids = mentions.with_own(settling.techniques[r.id], weights["own"])
    chosen = mentions.choose(ids, weights["weights"], weights["least"])
    return found + mentions.technique_mentions(r.document, marks["techniques"][r.id], chosen)


def table(kit: Any, gold: list[dict[str, Any]], found: dict[str, list[dict[str, Any]]]) -> None:
    result = kit.score(gold, [{"doc_id": i, "entities": entities} for i, entities in found.items()])
    for name, row in result["fields"].items():
        if not name.endswith("date"):
            s = row["strict"]
            numbers = f"P {s['p']:.3f} R {s['r']:.3f} F1 {s['f1']:.3f}  relaxed {row['relaxed']['f1']:.3f}"
            print(f"{name:22} gold {row['n_gold']:5} found {row['n_pred']:5}  {numbers}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("annoctr", "gold", "score", "work"):
        arguments.add_argument(f"--{name}", type=Path, required=True)
    arguments.add_argument("--only", choices=sorted(MODEL_TYPES))
    arguments.add_argument("--by", choices=["report", "vendor"], default="report")
    arguments.add_argument("--final", action="store_true", help="train on all reports and write the models")
    options = arguments.parse_args()
    options.work.mkdir(exist_ok=True)
    gold = read(options.gold)
    reports = [Report(g["doc_id"], g["doc_id"].split("-")[1].split("_")[0], g["text"], g["expected"]["entities"]) for g in gold]
    wanted = [options.only] if options.only else sorted(MODEL_TYPES)
    more = general_only(options.annoctr, {r.id.split("-", 1)[1] for r in reports}) if "places" in wanted else []
    marks: dict[str, dict[str, mentions.Marks]] = {}
    for model in wanted:
        extra = more if model == "places" else []
        marks[model] = unseen(reports, extra, model, options.by, options.work)
        stamp = options.work / f"trained-{model}"
        if options.final and not stamp.is_file():
            train(reports + extra, model, MODELS / f"mentions-{model}.crfsuite")
            stamp.touch()
    if options.only:
        return
    spec = importlib.util.spec_from_file_location("score", options.score)
    assert spec is not None and spec.loader is not None
    kit = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(kit)
    settling = Settling(reports, marks, options.by)
    found = {}
    for fold_of in folds(reports, options.by):
        names = {r.id for r in fold_of}
        weights = settling.fit([r.id for r in reports if r.id not in names])
        found |= {r.id: predict(r, marks, settling, weights) for r in fold_of}
    print(f"cross-validation by {options.by}, {len(reports)} reports")
    table(kit, gold, found)
    (options.work / f"found-{options.by}.json").write_text(json.dumps(found), "utf-8")
    if options.final:
        weights = settling.fit([r.id for r in reports]) | {"guesser": guesser_of(reports)}
        (MODELS / "mentions.json").write_text(json.dumps(weights, sort_keys=True) + "\n", "utf-8")
        print("on the training reports themselves")
        table(kit, gold, {g["doc_id"]: mentions.find_mentions(g["text"]) for g in gold})


if __name__ == "__main__":
    main()
