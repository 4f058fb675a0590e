"""Fit the model that says what a date tells of (kg/extraction/models/timing.json).

    python tools/train_timing.py GOLD.jsonl…

GOLD holds documents in the evaluation kit's form. A date that is an end of a gold interval of ``happened`` is one of those, a date
that equals ``discovered`` or ``disclosed`` one of these; ``publication`` is for whole texts: whether the incident became known by
them. The sentences of ``timing_sentences.txt``, made up for the purpose, are learned from as well.
Cross-validated by document: no fold's model has seen the documents that it is tried on.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from fitting import fit, lines

from kg.extraction import timing
from kg.extraction.dates import DateMention
from kg.extraction.findings import Reading
from kg.extraction.linear import Linear
from kg.extraction.reading import prepare
from kg.extraction.speech import Speeches

OUT = Path(__file__).parent.parent / "kg/extraction/models/timing.json"
SENTENCES = Path(__file__).parent / "timing_sentences.txt"
PLACE = ("opening", "victim", "other party")
"""Features that a sentence outside a text cannot have."""
SENSES = ("happened", "discovered", "disclosed")
FOLDS = 6
PENALTY = {"happened": 1.0, "discovered": 1.0, "disclosed": 1.0, "publication": 1.0}
Rows = list[tuple[dict[str, float], list[int]]]
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


def first_told(document: dict[str, Any]) -> int:
    """Whether the first incident became known by the text, or in the days up to it."""
    value = document["expected"]["incidents"][0].get("disclosed")
    return int(bool(value) and day(value["to"], True) == date.fromisoformat(document["published"][:10]))


def sentences() -> Rows:
    """Features and labels of the dates in the sentences made for training."""
    found = []
    for line in SENTENCES.read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        text, marks = "", []
        for part in re.split(r"(\[\w [^\]]*\])", line):
            if part.startswith("["):
                marks.append((len(text), len(text) + len(part) - 4, part[1]))
                part = part[3:-1]
            text += part
        reading, speeches = prepare(text, date(2022, 9, 15))
        for mention in timing.dates_of(reading.doc):
            kind = next((k for a, b, k in marks if mention.start <= b and a < mention.end), None)
            if kind is not None:
                row = {n: v for n, v in timing.features(reading, speeches, mention).items() if n not in PLACE}
                found.append((row, [int(kind == k) for k in "hdp"]))
    return found


def model_of(documents: Iterable[Document], more: Rows) -> dict[str, dict[str, float]]:
    """The weights for the senses of dates and for the publication."""
    rows, labels, texts, told = [r for r, _ in more], [y for _, y in more], [], []
    for document, reading, speeches in documents:
        gold = document["expected"]["incidents"]
        for mention in timing.dates_of(reading.doc):
            row = timing.features(reading, speeches, mention)
            if "header" in row:
                continue
            rows.append(row)
            labels.append([label(mention, gold, sense) if gold else 0 for sense in SENSES])
        if gold and reading.incidents:
            texts.append(reading)
            told.append(first_told(document))
    model = {sense: fit(rows, [y[s] for y in labels], PENALTY[sense]) for s, sense in enumerate(SENSES)}
    return model | {"publication": fit(_filled(texts, model), told, PENALTY["publication"])}


def _filled(readings: list[Reading], model: dict[str, dict[str, float]]) -> list[dict[str, float]]:
    """The features of whole texts, once the times of their incidents are read with the model of the dates."""
    rows = []
    for reading in readings:
        timing.read(reading, Speeches(reading.doc, reading.parties), Linear(model | {"publication": {}}))
        rows.append(timing.text_features(reading, reading.incidents[0]))
    return rows


def folds(documents: list[Document], more: Rows) -> list[Linear]:
    """For document ``i`` the model ``i % FOLDS`` is the one that has not seen it."""
    return [Linear(model_of([d for i, d in enumerate(documents) if i % FOLDS != fold], more)) for fold in range(FOLDS)]


def main() -> None:
    """Read, cross-validate, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", nargs="+")
    args = parser.parse_args()
    documents = []
    for path in args.gold:
        for d in lines(path):
            reading, speeches = prepare(d["text"], date.fromisoformat(d["published"][:10]) if d.get("published") else None)
            documents.append((d, reading, speeches))
    more = sentences()
    models = folds(documents, more)
    for sense in SENSES:
        scored = [
            (models[i % FOLDS].probabilities(timing.features(r, s, m))[sense], label(m, d["expected"]["incidents"], sense))
            for i, (d, r, s) in enumerate(documents)
            for m in timing.dates_of(r.doc)
        ]
        decided = [(p >= timing.THRESHOLDS[sense], bool(y)) for p, y in scored]
        tp, fp, fn = (decided.count(pair) for pair in ((True, True), (True, False), (False, True)))
        print(f"{sense:10} {len(scored)} dates, {tp + fn} of this sense, cross-validated F1 {2 * tp / max(1, 2 * tp + fp + fn):.3f}")
    OUT.write_text(json.dumps(model_of(documents, more), indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
