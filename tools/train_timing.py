"""Fit the model that says what a date tells of (kg/extraction/models/timing.json).

    python tools/train_timing.py GOLD.jsonl…

GOLD holds documents in the evaluation kit's form. A date that is an end of a gold interval of ``happened`` is one of those, a date
that equals ``discovered`` or ``disclosed`` one of these; ``known`` chooses the day of becoming known among the dates of a text and
its publication, learned with models of the dates that have not seen the text. The sentences of ``timing_sentences.txt``, made up
for the purpose, are learned from as well.
Cross-validated by document: no fold's model has seen the documents that it is tried on.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from fitting import fit, lines
from scipy.optimize import minimize

from kg.extraction import kinds, timing
from kg.extraction.dates import DateMention
from kg.extraction.findings import IncidentFound, Reading
from kg.extraction.linear import Linear
from kg.extraction.reading import prepare
from kg.extraction.speech import Speeches

OUT = Path(__file__).parent.parent / "kg/extraction/models/timing.json"
SENTENCES = Path(__file__).parent / "timing_sentences.txt"
PLACE = ("opening", "victim", "other party")
"""Features that a sentence outside a text cannot have."""
SENSES = ("happened", "discovered", "disclosed")
MORE = ("contained", "notified")
"""Senses that only the sentences made for training know."""
MARKS = "hdpcn"
WEAK = 0.3
"""How much a date of a coded record counts."""
FOLDS = 5
SELDOM = 3
"""Words near fewer dates are left out."""
TAUGHT = (
    *("word ", "class ", "subject ", "gap ", "date front", "date back", "follows date", "verb ing", "verb perfect", "passive"),
    *("earliest", "latest", "only date", "told twice"),
)
"""Features that don't help to tell the dates of the deed."""
PENALTY = {"happened": 1.0, "discovered": 3.0, "disclosed": 3.0, "contained": 2.0, "notified": 2.0, "known": 1.0}
LEXICAL_DEED = False
INNER = 3
"""Folds within the training documents, for ``known``."""
Rows = list[tuple[dict[str, float], list[int | None], float]]
"""Features, for each sense whether the date is of it (``None``: not known), and how much it counts."""
Choices = list[tuple[list[dict[str, float]], list[float]]]
Document = tuple[dict[str, Any], Reading, Speeches]


def day(text: str, last: bool) -> date:
    """A gold day; a month or year alone stands for its first or last day."""
    parts = [int(p) for p in text.split("-")]
    if len(parts) == 3:
        return date(*parts)
    if len(parts) == 1:
        return date(parts[0], 12, 31) if last else date(parts[0], 1, 1)
    return (date(parts[0] + parts[1] // 12, parts[1] % 12 + 1, 1) - timedelta(days=1)) if last else date(parts[0], parts[1], 1)


def label(mention: DateMention, incidents: list[dict[str, Any]], sense: str) -> int:
    """Whether the gold says that a date is of this sense. What is discovered or disclosed on the last day only ends the deed."""
    told = [i[s] for i in incidents for s in ("discovered", "disclosed") if i.get(s) and s != sense]
    for incident in incidents:
        value = incident.get(sense)
        if not value:
            continue
        first, last = day(value["from"], False), day(value["to"], True)
        begins, ends = abs((mention.first - first).days) <= 1, abs((mention.last - last).days) <= 1
        if sense != "happened":
            if begins and abs((mention.last - last).days) <= 3:
                return 1
        elif begins and ends:
            return 1
        elif not any(day(v["from"], False) <= mention.first and mention.last <= day(v["to"], True) for v in told):
            short = (mention.last - mention.first).days < 100 and (last - first).days < 400
            inside = short and first <= mention.first and mention.last <= last
            if (begins and mention.last <= last) or (ends and mention.first >= first) or inside:
                return 1
    return 0


def sentences() -> Rows:
    """Features and labels of the dates in the sentences made for training."""
    found = []
    for line in SENTENCES.read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        text, marks = "", []
        for part in re.split(r"(\[\w+ [^\]]*\])", line):
            if part.startswith("["):
                letters, _, part = part[1:-1].partition(" ")
                marks.append((len(text), len(text) + len(part), letters))
            text += part
        reading, speeches = prepare(text, date(2022, 9, 15))
        for mention in timing.dates_of(reading.doc):
            kind = next((k for a, b, k in marks if mention.start <= b and a < mention.end), None)
            if kind is not None:
                row = {n: v for n, v in timing.features(reading, speeches, mention).items() if n not in PLACE}
                found.append((row, [int(k in kind) for k in MARKS], 1.0))
    return found


def _frequent(rows: list[dict[str, float]]) -> list[dict[str, float]]:
    """Without the words that stand near fewer than ``SELDOM`` dates."""
    count = Counter(name for row in rows for name in row)
    return [{n: v for n, v in row.items() if not n.startswith("word ") or count[n] >= SELDOM} for row in rows]


_rows: dict[int, Rows] = {}


def labelled(document: dict[str, Any], reading: Reading, speeches: Speeches) -> Rows:
    """The dates of an annotated document."""
    gold = document["expected"]["incidents"]
    found: Rows = []
    for mention in timing.dates_of(reading.doc):
        row = timing.features(reading, speeches, mention)
        if "header" not in row:
            found.append((row, [*(label(mention, gold, sense) if gold else 0 for sense in SENSES), *[None] * len(MORE)], 1.0))
    return found


def prepared(d: dict[str, Any]) -> Document:
    """An annotated document taken apart, with the kinds of its incidents."""
    reading, speeches = prepare(d["text"], date.fromisoformat(d["published"][:10]) if d.get("published") else None)
    for incident in reading.incidents:
        incident.kind, incident.kind_ground = kinds.kind_of(reading, incident, speeches)
    return d, reading, speeches


def dates_model(documents: Iterable[Document], more: Rows) -> dict[str, dict[str, float]]:
    """The weights for the senses of single dates."""
    rows = list(more)
    for document, reading, speeches in documents:
        if id(reading) not in _rows:
            _rows[id(reading)] = labelled(document, reading, speeches)
        rows += _rows[id(reading)]
    frequent = _frequent([row for row, _, _ in rows])
    plain = [{n: v for n, v in row.items() if not n.startswith(TAUGHT)} for row in frequent]
    model = {}
    for s, sense in enumerate((*SENSES, *MORE)):
        known = [i for i, (_, told, _) in enumerate(rows) if told[s] is not None]
        values = plain if sense == "happened" and not LEXICAL_DEED else frequent
        labels = [float(rows[i][1][s] or 0) for i in known]
        model[sense] = fit([values[i] for i in known], labels, PENALTY[sense], [rows[i][2] for i in known])
    return model


def credit(first: date, last: date, values: Iterable[dict[str, str]]) -> float:
    """How well an interval fits one of the gold: half for being the same, half for the share that it has in common."""
    best = 0.0
    for value in values:
        begin, end = day(value["from"], False), day(value["to"], True)
        common = (min(last, end) - max(first, begin)).days + 1
        if common > 0:
            mine, theirs = (last - first).days + 1, (end - begin).days + 1
            share = common / mine * (0.5 + 0.5 * mine / theirs if mine < theirs else 1.0)
            best = max(best, 0.5 * share + 0.5 * (first == begin and last == end))
    return best


def fit_choice(choices: Choices, penalty: float) -> dict[str, float]:
    """Weights of a choice between options or none of them, whose score is zero; an option is right to the extent of its credit."""
    names = sorted({n for rows, _ in choices for row in rows for n in row})
    index = {n: i for i, n in enumerate(names)}
    tables = []
    for rows, credits in choices:
        x = np.zeros((len(rows), len(names)))
        for i, row in enumerate(rows):
            for n, v in row.items():
                x[i, index[n]] = v
        best = max(credits, default=0.0)
        right = np.array([c**2 if c >= max(0.5, best - 0.2) else 0.0 for c in credits])
        tables.append((x, right))

    def loss(b: np.ndarray) -> tuple[float, np.ndarray]:
        total, slope = 0.5 * penalty * float(b @ b), penalty * b
        for x, right in tables:
            if not len(x):
                continue
            e = np.exp(np.clip(x @ b, -30, 30))
            p = e / (1 + e.sum())
            good = right * e
            if good.sum() > 0:
                total += float(np.log(1 + e.sum()) - np.log(good.sum()))
                slope = slope + x.T @ (p - good / good.sum())
            else:
                total += float(np.log(1 + e.sum()))
                slope = slope + x.T @ p
        return total, slope

    beta = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B").x
    return {n: round(float(beta[i]), 3) for n, i in index.items() if abs(beta[i]) >= 0.01}


def model_of(documents: list[Document], more: Rows) -> dict[str, dict[str, float]]:
    """All weights. The intervals are learned with models of the dates that have not seen the document."""
    inner = [dates_model([d for i, d in enumerate(documents) if i % INNER != fold], more) for fold in range(INNER)]
    known: Choices = []
    for i, (document, reading, speeches) in enumerate(documents):
        chooser = timing.Chooser(reading, speeches, Linear(inner[i % INNER]))
        for incident in reading.incidents:
            gold = fitting_gold(incident, document["expected"]["incidents"])
            dated = chooser.weighed(incident)
            incident.happened = chooser.happened(incident, dated)
            known.append(judged(chooser.tellings(incident, dated), [g["disclosed"] for g in gold if g.get("disclosed")]))
    return dates_model(documents, more) | {"known": fit_choice(known, PENALTY["known"])}


def judged(options: list[timing.Option], values: list[dict[str, str]]) -> tuple[list[dict[str, float]], list[float]]:
    """The features of options and how well each fits the gold."""
    return [o.features for o in options], [credit(o.first, o.last, values) for o in options]


def fitting_gold(incident: IncidentFound, gold: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The gold incidents with one of the victims that were found, else all."""
    labels = {v.label.lower() for v in incident.victims}

    def names(entry: dict[str, Any]) -> set[str]:
        return {n.lower() for v in entry.get("victims", ()) for n in (v.get("name") or v.get("description") or "").split("|")}

    return [g for g in gold if labels & names(g)] or gold


def folds(documents: list[Document], more: Rows) -> list[Linear]:
    """For document ``i`` the model ``i % FOLDS`` is the one that has not seen it."""
    return [Linear(model_of([d for i, d in enumerate(documents) if i % FOLDS != fold], more)) for fold in range(FOLDS)]


def main() -> None:
    """Read, cross-validate, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", nargs="+")
    parser.add_argument("--only-fit", action="store_true", help="no cross-validation")
    args = parser.parse_args()
    documents = [prepared(d) for path in args.gold for d in lines(path)]
    more = sentences()
    models = [] if args.only_fit else folds(documents, more)
    for sense in SENSES if models else ():
        scored = [
            (models[i % FOLDS].probabilities(timing.features(r, s, m))[sense], label(m, d["expected"]["incidents"], sense))
            for i, (d, r, s) in enumerate(documents)
            for m in timing.dates_of(r.doc)
        ]
        decided = [(p >= timing.THRESHOLDS.get(sense, 0.5), bool(y)) for p, y in scored]
        tp, fp, fn = (decided.count(pair) for pair in ((True, True), (True, False), (False, True)))
        print(f"{sense:10} {len(scored)} dates, {tp + fn} of this sense, cross-validated F1 {2 * tp / max(1, 2 * tp + fp + fn):.3f}")
    OUT.write_text(json.dumps(model_of(documents, more), indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
