"""Fit the model that chooses the year of an account (kg/extraction/models/years.json).

    python tools/train_years.py --pairs pairs.jsonl.gz --records vcdb.jsonl.gz --dev vcdb_dev.jsonl.gz

PAIRS are coded summaries of the VERIS Community Database (CC BY-SA 4.0, Verizon Business and contributors), RECORDS the records with
their day of notification, which counts as the publication. No record of DEV is learned from, nor one with the words of its texts. The
features rest on ``models/timing.json``: fit that before.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
from datetime import date
from typing import Any

from fitting import lines
from train_timing import OUT as TIMING
from train_timing import fit_choice

from kg.extraction.years import dated, options

OUT = TIMING.with_name("years.json")
MOST = 1700
"""So many summaries are read."""
SHORT = 120
"""Shorter ones tell too little."""
FOLDS = 5
Choice = tuple[list[dict[str, float]], list[float]]


def published(record: dict[str, Any]) -> date | None:
    """The day of notification, or else on which the record was made."""
    plus = record.get("plus") or {}
    told = (plus.get("timeline") or {}).get("notification") or {}
    if told.get("day") and told.get("month"):
        try:
            return date(told["year"], told["month"], told["day"])
        except ValueError:
            return None
    made = re.match(r"(\d{4})-(\d\d)-(\d\d)", str(plus.get("created")))
    return date(*map(int, made.groups())) if made else None


def records(path: str) -> dict[str, dict[str, Any]]:
    """The records of the database by their id in small letters; what is no JSON is left out."""
    found = {}
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as stream:
        for line in stream:
            try:
                record = json.loads(line)
            except json.JSONDecodeError:
                continue
            found[str(record.get("incident_id", "")).lower()] = record
    return found


def runs(text: str) -> set[str]:
    """The runs of eight words of a text."""
    words = text.lower().split()
    return {" ".join(words[i : i + 8]) for i in range(len(words) - 7)}


def choices(pairs: list[dict[str, Any]], known: dict[str, dict[str, Any]], dev: list[dict[str, Any]]) -> list[Choice]:
    """For each summary the years that it may be of, and which the coder gave."""
    ids = {d["doc_id"].partition("-")[2].lower() for d in dev}
    shared = set().union(*(runs(d["text"]) for d in dev))
    random.Random(1).shuffle(pairs)
    found: list[Choice] = []
    for pair in pairs:
        text, year = pair["text"], (pair["key"].get("date") or {}).get("year")
        mine, day = runs(text), published(known.get(pair["id"].lower(), {}))
        if pair["id"].lower() in ids or (mine and len(mine & shared) > len(mine) / 2):
            continue
        if len(text) < SHORT or not year or day is None or day.year < year or not re.search(r"(?:19|20)\d\d", text):
            continue
        if told := dated(text[:4000], day):
            weighed = options(told, day)
            found.append((list(weighed.values()), [float(y == year) for y in weighed]))
        if len(found) >= MOST:
            break
    return found


def right(weights: dict[str, float], choice: Choice) -> bool:
    """Whether the best option is the coder's."""
    rows, truth = choice
    scores = [sum(weights.get(n, 0.0) * v for n, v in row.items()) for row in rows]
    return bool(truth[scores.index(max(scores))])


def main() -> None:
    """Read, cross-validate, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("pairs", "records", "dev"):
        parser.add_argument(f"--{name}", required=True)
    args = parser.parse_args()
    found = choices(lines(args.pairs), records(args.records), lines(args.dev))
    hits = 0
    for fold in range(FOLDS):
        weights = fit_choice([c for i, c in enumerate(found) if i % FOLDS != fold], 1.0)
        hits += sum(right(weights, c) for i, c in enumerate(found) if i % FOLDS == fold)
    print(f"{len(found)} summaries, cross-validated: {hits / len(found):.3f} get the coder's year")
    OUT.write_text(json.dumps({"year": fit_choice(found, 1.0)}, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
