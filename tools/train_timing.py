"""Fit the model that says what a date tells of (kg/extraction/models/timing.json).

    python tools/train_timing.py GOLD.jsonl…

GOLD holds documents in the evaluation kit's form. A date that is an end of the gold interval of ``happened`` is one of those, a date
that equals ``discovered`` or ``disclosed`` one of these.
"""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path
from typing import Any

from fitting import fit, lines, probability

from kg.extraction.dates import DateMention
from kg.extraction.reading import prepare
from kg.extraction.timing import features

OUT = Path(__file__).parent.parent / "kg/extraction/models/timing.json"
SENSES = ("happened", "discovered", "disclosed")


def day(text: str, last: bool) -> date:
    """A gold day; a month or year alone stands for its first or last day."""
    parts = [int(p) for p in text.split("-")]
    if len(parts) == 3:
        return date(*parts)
    if len(parts) == 1:
        return date(parts[0], 12, 31) if last else date(parts[0], 1, 1)
    return date(parts[0], parts[1], 28 if last else 1)


def label(mention: DateMention, incidents: list[dict[str, Any]], sense: str) -> int:
    """Whether the gold says that a date is of this sense."""
    for incident in incidents:
        value = incident.get(sense)
        if not value:
            continue
        first, last = day(value["from"], False), day(value["to"], True)
        if sense == "happened":
            length = (mention.last - mention.first).days
            if (mention.first == first and mention.last <= last) or (mention.last == last and mention.first >= first) or (first <= mention.first and mention.last <= last and length < 40):
                return 1
        elif mention.first == first and abs((mention.last - last).days) <= 3:
            return 1
    return 0


def main() -> None:
    """Read, cross-validate, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", nargs="+")
    parser.add_argument("--penalty", type=float, default=1.5)
    args = parser.parse_args()
    documents = []
    for path in args.gold:
        for d in lines(path):
            reading, speeches = prepare(d["text"], date.fromisoformat(d["published"][:10]) if d.get("published") else None)
            documents.append([(features(reading, speeches, m), [label(m, d["expected"]["incidents"], s) for s in SENSES]) for m in reading.doc.dates])
    for s, sense in enumerate(SENSES):
        scored = []
        for fold in range(5):
            train = [row for i, d in enumerate(documents) if i % 5 != fold for row in d]
            weights = fit([r for r, _ in train], [y[s] for _, y in train], args.penalty)
            scored += [(probability(weights, r), y[s]) for i, d in enumerate(documents) if i % 5 == fold for r, y in d]
        for threshold in (0.3, 0.4, 0.5):
            tp = sum(1 for p, y in scored if p >= threshold and y)
            fp = sum(1 for p, y in scored if p >= threshold and not y)
            fn = sum(1 for p, y in scored if p < threshold and y)
            print(f"{sense:10} {len(scored)} dates, {tp + fn} of this sense; threshold {threshold}: F1 {2 * tp / max(1, 2 * tp + fp + fn):.3f}")
    rows = [row for d in documents for row in d]
    model = {sense: fit([r for r, _ in rows], [y[s] for _, y in rows], args.penalty) for s, sense in enumerate(SENSES)}
    OUT.write_text(json.dumps(model, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
