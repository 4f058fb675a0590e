"""Fit the weights that tell where a text turns to another incident (kg/extraction/models/episodes.json).

    python tools/train_episodes.py GOLD.jsonl…

GOLD holds documents in the evaluation kit's form with complete annotation. Which sentence tells of which incident is inferred from the
names, dates and counts that only one of them has. Plain logistic regression with a penalty on the distance from PRIOR; cross-validation
by document is printed first.
"""

from __future__ import annotations

import argparse
import json
import re
from calendar import month_abbr, month_name
from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from fitting import fit, lines

from kg.extraction import incidents
from kg.extraction.analysis import Analysis
from kg.extraction.episodes import BEGINS, Episodes
from kg.extraction.findings import Reading
from kg.extraction.linear import Linear
from kg.extraction.names import Lexicon
from kg.extraction.parties import Parties
from kg.extraction.speech import Speeches
from kg.extraction.tagger import Tagger
from kg.extraction.victims import weigh

OUT = Path(__file__).parent.parent / "kg/extraction/models/episodes.json"
PRIOR = {
    "": -6.0,
    "opens": 0.5,
    "item": 1.5,
    "after run-in": 0.8,
    "after heading": 0.5,
    "set apart": 1.2,
    "date first": 0.4,
    "date first opens": 0.3,
    "several": 0.3,
    "has:other case": 0.8,
    "has:again": 0.8,
    "has:apart": 0.6,
    "has:likewise": 0.6,
    "has:counted": 0.6,
    "has:earlier": 0.2,
    "announced": 0.5,
    "announced and dated": 1.2,
    "announced and harm": 0.8,
    "harm": 0.5,
    "dated": 0.6,
    "far": 0.3,
    "new victim": 0.5,
    "surely new victim": 0.6,
    "new deed": 0.4,
    "late": 0.8,
    "last paragraph": 0.5,
    "harm follows": 0.2,
    "attack noun": 0.2,
    "item+harm": 0.7,
    "item+surely new victim": 0.7,
    "earlier+surely new victim": 0.5,
    "likewise+surely new victim": 1.0,
    "other case+dated": 0.8,
    "other case+harm": 0.5,
    "again+harm": 0.5,
    "counted+several": 0.7,
    "apart+dated": 0.5,
    "early": -1.0,
    "date first+far": 0.5,
    "date first+harm": 0.5,
    "old": 0.3,
    "names the main": -0.5,
}
GOES_ON = {
    "": 1.5,
    "both": -1.5,
    "own later": 1.0,
    "main here": -1.0,
    "other here": -0.7,
    "own here": 1.0,
    "opened a paragraph": 0.5,
    "paragraphs": -0.5,
}


def words_of(incident: dict[str, Any]) -> dict[str, float]:
    """The words by which an incident is known, each with its weight."""
    found: dict[str, float] = {}

    def add(words: Any, weight: float) -> None:
        for word in str(words or "").split("|"):
            if len(word.strip()) > 1:
                found[word.strip()] = max(found.get(word.strip(), 0.0), weight)

    def count(number: int | None) -> None:
        if number:
            add(f"{number:,}", 3)
            if number >= 1_000_000:
                add(f"{number / 1e6:g} million", 3)

    for victim in incident.get("victims", []):
        add(victim.get("name"), 3)
        add(victim.get("description"), 3)
    for actor in incident.get("actors", []):
        add(actor.get("name"), 2)
        add(actor.get("description"), 1.5)
    for group in incident.get("affected", []):
        add(group.get("description"), 2)
        count(group.get("count"))
    for asset in incident.get("assets", []):
        count(asset.get("count"))
    for name in incident.get("malware", []) + incident.get("cves", []):
        add(name, 3)
    for key in ("happened", "discovered", "disclosed"):
        for day in (incident.get(key) or {}).values():
            year, month, number = day.split("-")
            long, short = month_name[int(month)], month_abbr[int(month)]
            for words in (f"{long} {int(number)}", f"{int(number)} {long}", f"{short}. {int(number)}"):
                add(words, 3)
            add(long, 1.5)
            add(year, 1)
    for supplied in incident.get("supplier_relations", []):
        add(supplied["supplier"], 2)
        add(supplied["customer"], 2)
    return found


def told(doc: Analysis, gold: list[dict[str, Any]], paragraph: list[int]) -> list[int | None]:
    """The number of the incident of each sentence; ``None`` where it is of several."""
    known = [words_of(i) for i in gold]
    shared = Counter(word for words in known for word in words)
    found: list[int | None] = []
    now: int | None = None
    for s in range(len(doc.sentences)):
        if s in doc.headings:
            found.append(None)
            continue
        text = doc.sentence_text(s)
        scores = [
            sum(w for k, w in words.items() if shared[k] < len(gold) and re.search(r"(?<!\w)" + re.escape(k) + r"(?!\w)", text))
            for words in known
        ]
        best = max(scores)
        opens = s > 0 and paragraph[s] != paragraph[s - 1]
        if best > 0 and scores.count(best) == 1 and (best >= 2 or now is None or opens):
            now = scores.index(best)
            found.append(now)
        else:
            found.append(None if best >= 2 else now or 0)
    return found


class Example:
    """A document with its episodes, the rows for both questions and the number of its incidents."""

    def __init__(self, document: dict[str, Any]) -> None:
        gold = document["expected"]["incidents"]
        published = document.get("published")
        doc = Analysis(document["text"], date.fromisoformat(published[:10]) if published else None, Lexicon.bundled(), Tagger.bundled())
        parties = Parties(doc)
        speeches, reading = Speeches(doc, parties), Reading(doc, parties)
        self.episodes: Episodes = incidents.episodes(reading, weigh(reading, speeches), speeches)
        self.wanted = len(gold)
        self.begins: list[tuple[dict[str, float], int]] = []
        self.goes_on: list[tuple[dict[str, float], int]] = []
        paragraph = self.episodes.paragraph
        owners = told(doc, gold, paragraph) if len(gold) > 1 else [0] * len(paragraph)
        usable = [s for s in range(len(owners)) if s not in doc.headings]
        first = next((o for o in owners if o is not None), 0)
        seen, now, begun = {first}, first, 0
        for last, s in pairwise(usable):
            owner = owners[s]
            new = owner is not None and owner not in seen
            self.begins.append((self.episodes.features(s, begun), int(new)))
            if new and owner is not None:
                seen.add(owner)
                now, begun = owner, s
            elif now != first and paragraph[s] != paragraph[last]:
                self.goes_on.append((self.episodes.goes_on(s, begun), int(owner == now)))
                now = now if owner == now else first


def trained(examples: list[Example], penalty: float) -> dict[str, dict[str, float]]:
    """The weights that the examples give."""
    begins = [r for e in examples for r in e.begins]
    goes_on = [r for e in examples for r in e.goes_on]
    return {
        "begins": fit([r[0] for r in begins], [r[1] for r in begins], penalty, prior=PRIOR),
        "goes on": fit([r[0] for r in goes_on], [r[1] for r in goes_on], penalty, prior=GOES_ON),
    }


def main() -> None:
    """Cross-validate, then write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", nargs="+")
    parser.add_argument("--penalty", type=float, default=2.0)
    args = parser.parse_args()
    examples = [Example(d) for path in args.gold for d in lines(path) if d["expected"]["incidents"]]
    right = found = invented = missed = 0
    for fold in range(10):
        model = Linear(trained([e for i, e in enumerate(examples) if i % 10 != fold], args.penalty))
        for example in examples[fold::10]:
            number = len({o for o in example.episodes.owners(model) if o is not None})
            right += number == example.wanted
            found += min(number, example.wanted) - 1
            invented += max(0, number - example.wanted)
            missed += max(0, example.wanted - number)
    print(
        f"from {BEGINS}: number right in {right} of {len(examples)}; further incidents found {found}, invented {invented}, missed {missed}"
    )
    OUT.write_text(json.dumps(trained(examples, args.penalty), indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
