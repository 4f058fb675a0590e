"""Text extraction on annotated documents: predictions in the evaluation kit's form, figures, speed.

    python -m benchmarks.extraction --gold GOLD.jsonl --out PREDICTIONS.jsonl
    python -m benchmarks.extraction --gold GOLD.jsonl… --table --score-with SCORE.py      (figures as a Markdown table)
    python -m benchmarks.extraction --speed                                               (speed, growth, memory, start-up)

A document is a JSON line with ``doc_id``, ``text``, ``published``; what stands under ``expected`` is dropped before the extractor
sees the document. Predictions carry the words that each value rests on under ``evidence``.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import os
import sys
import tempfile
import time
from datetime import date
from itertools import cycle
from pathlib import Path
from typing import Any

from benchmarks.common import CHECKOUT, measured, table
from benchmarks.startup import seconds
from kg.extraction.classifiers import Classifiers
from kg.extraction.documents import read_document
from kg.extraction.extractor import extract
from kg.extraction.mentions import find_mentions
from kg.extraction.years import year_of
from kg.model.report import Claim, IncidentReport
from kg.times import Interval
from kg.vocabulary import Event, Role, Stance

VICTIMS = frozenset([Role.VICTIM, Role.TARGET, Role.BREACHED_SUPPLIER])
KIND = {
    "supply chain compromise": "supply_chain",
    "denial of service": "ddos",
    "insider misuse": "insider",
    "physical loss or theft": "physical_loss",
    "malware infection": "ransomware",
}
ASSET = {
    "personal data": "personal", "sensitive personal data": "personal", "contact data": "contact",
    "government id": "government_id",
    "payment card data": "payment_card", "bank data": "bank", "medical data": "medical", "insurance data": "insurance",
    "genetic data": "genetic",
    "biometric data": "biometric", "password vault": "vault", "internal data": "internal", "classified data": "internal",
    "media content": "media", "embedded device": "device", "user device": "device", "terminal": "device", "storage media": "device",
}  # fmt: skip
ACTOR = {"nation state": "nation-state", "state affiliated": "nation-state", "crime syndicate": "criminal", "former employee": "insider"}


def lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a file of JSON lines, plain or gzipped."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream if line.strip()]


def bare(document: dict[str, Any]) -> dict[str, Any]:
    """A document without what is expected of it."""
    return {k: v for k, v in document.items() if k in ("doc_id", "text", "published", "genre")}


def predict(document: dict[str, Any]) -> dict[str, Any]:
    """What the extractor reads in a document, in the kit's form."""
    published = document.get("published")
    found = extract(read_document(document["text"].encode(), "document.txt", published=published, format="text"))
    prediction: dict[str, Any] = {"doc_id": document["doc_id"], "incidents": kit(found.report)}
    if document.get("genre") == "summary":
        day = date.fromisoformat(published[:10]) if published else None
        prediction["incidents"] = summarised(prediction["incidents"], document["text"], day)
    if document.get("genre") == "vendor" or document["doc_id"].startswith("annoctr"):
        day = date.fromisoformat(published[:10]) if published else None
        prediction["entities"] = [{k: v for k, v in vars_of(e).items() if v is not None} for e in find_mentions(document["text"], day)]
    return prediction


def summarised(incidents: list[dict[str, Any]], text: str, published: date | None) -> list[dict[str, Any]]:
    """An account of one incident with the year and the VERIS fields that the classifiers read in it."""
    judge = Classifiers.bundled()
    first = incidents[0] if incidents else {}
    first["veris"] = {
        "actor": [j.value for j in judge.veris_actors(text)],
        "action": [j.value for j in judge.veris_actions(text)],
        "data": [j.value for j in judge.veris_data(text)],
    }
    if published is not None:
        year = year_of(text, published).value
        if not (first.get("happened") or {}).get("from", "").startswith(year):
            first["happened"] = {"from": f"{year}-01-01", "to": f"{year}-12-31"}
    return [first]


def vars_of(entity: Any) -> dict[str, Any]:
    """A mention as a dictionary."""
    if isinstance(entity, dict):
        return entity
    return {name: getattr(entity, name) for name in ("type", "start", "end", "text", "id", "value") if hasattr(entity, name)}


def kit(report: IncidentReport) -> list[dict[str, Any]]:
    """The incidents of a report in the kit's form."""
    return [_Incident(report, incident.key).run() for incident in report.incidents]


def _snake(word: str) -> str:
    return word.replace(" ", "_")


def _quote(claim: Claim) -> list[str]:
    return [e.quote for e in claim.evidence]


def _days(time: Interval) -> dict[str, str]:
    return {"from": time.start.date().isoformat(), "to": time.last_day.isoformat()}


class _Incident:
    def __init__(self, report: IncidentReport, key: str) -> None:
        self.report, self.key = report, key
        self.things = report.things()

    def _label(self, ref: str | None) -> str | None:
        if ref is None:
            return None
        thing = self.things.get(ref) or self.things.get(ref.partition(":")[2])
        return thing.label if thing else ref.partition(":")[2]

    def _mine(self, claims: tuple[Any, ...]) -> list[Any]:
        return [c for c in claims if getattr(c, "incident", None) == self.key and not (c.extracted_by or "").startswith("classifier")]

    def run(self) -> dict[str, Any]:
        report = self.report
        incident = next(i for i in report.incidents if i.key == self.key)
        found: dict[str, Any] = {"kind": KIND.get(incident.kind[0].value, _snake(incident.kind[0].value)) if incident.kind else None}
        involved = self._mine(report.involvements)
        found["victims"] = [self._party(c) for c in involved if c.role in VICTIMS and c.stance is not Stance.DENIED]
        found["affected"] = [self._group(c) for c in involved if c.role is Role.AFFECTED_PARTY and c.stance is not Stance.DENIED]
        found["actors"] = [self._actor(c) for c in self._mine(report.attributions)]
        found["assets"] = [self._asset(c) for c in self._mine(report.compromises) if c.stance is not Stance.DENIED]
        found["techniques"] = [c.technique for c in self._mine(report.techniques) if c.technique]
        found["malware"] = [self._label(c.software) for c in self._mine(report.software_uses) if self._is_malware(c.software)]
        found["cves"] = [self._label(c.vulnerability) for c in self._mine(report.exploitations) if c.vulnerability]
        for name, event in (("happened", Event.OCCURRED), ("discovered", Event.DETECTED), ("disclosed", Event.DISCLOSED)):
            time_ = next((c.when for c in self._mine(report.timings) if c.event is event and c.when), None)
            found[name] = _days(time_) if time_ else None
        own = {c.party for c in involved if c.role in VICTIMS}
        found["supplier_relations"] = [
            {"supplier": self._label(c.supplier), "customer": self._label(c.customer), "evidence": _quote(c)}
            for c in report.supplies
            if len(report.incidents) == 1 or c.customer in own or c.supplier in own
        ]
        return found

    def _party(self, claim: Any) -> dict[str, Any]:
        thing = self.things[claim.party]
        entry: dict[str, Any] = {"name" if thing.kind_of_id != "population" else "description": thing.label, "evidence": _quote(claim)}
        if getattr(thing, "country", None):
            entry["country"] = thing.country  # type: ignore[attr-defined]
        return entry

    def _group(self, claim: Any) -> dict[str, Any]:
        entry = {"description": self._label(claim.party), "evidence": _quote(claim)}
        if claim.count is not None and (claim.count.max or claim.count.min):
            entry["count"] = claim.count.max or claim.count.min
        if claim.through:
            entry["supplier"] = self._label(claim.through)
        return entry

    def _actor(self, claim: Any) -> dict[str, Any]:
        thing = self.things[claim.actor]
        named = any(a.key == claim.actor for a in self.report.actors)
        entry: dict[str, Any] = {"name" if named else "description": claim.actor_as_named or thing.label, "evidence": _quote(claim)}
        entry["stance"] = {"withdrawn": "retracted", "suspected": "asserted"}.get(claim.stance.value, claim.stance.value)
        if claim.asserted_by and claim.asserted_by != claim.actor:
            entry["attributed_by"] = self._label(claim.asserted_by)
        if claim.wordsOfConfidence:
            entry["confidence"] = claim.wordsOfConfidence
        for background in self.report.backgrounds:
            if background.actor == claim.actor:
                if background.origin:
                    entry.setdefault("origin", background.origin)
                if background.kind:
                    entry.setdefault("kind", ACTOR.get(background.kind.value, background.kind.value))
                if background.motive:
                    entry.setdefault("motive", background.motive[0].value)
        return entry

    def _asset(self, claim: Any) -> dict[str, Any]:
        thing = self.things[claim.asset]
        kind = thing.kind[0].value if thing.kind else None  # type: ignore[attr-defined]
        entry: dict[str, Any] = {"kind": ASSET.get(kind or "", _snake(kind or "")), "effect": claim.effect.value, "evidence": _quote(claim)}
        if claim.quantity is not None and (claim.quantity.max or claim.quantity.min):
            entry["count"] = claim.quantity.max or claim.quantity.min
        if claim.owned_by:
            entry["owner"] = self._label(claim.owned_by[0])
        return entry

    def _is_malware(self, ref: str) -> bool:
        return any(m.key == ref for m in self.report.malware)


# ── figures ──────────────────────────────────────────────────────────────────────────────────


def scored(scorer: Path, golds: list[Path]) -> None:
    """Print a Markdown table with a line a field and a column a group of files (``tune_a``, ``tune_b``: ``tune``).

    ``scorer`` is a Python file with a function ``score(gold, predictions)`` that answers as the evaluation kit's does. A cell has F1,
    strict and relaxed. The summary follows: macro F1, bystanders called victims, quotes that are not in their text.
    """
    spec = importlib.util.spec_from_file_location("scorer", scorer)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    groups: dict[str, list[dict[str, Any]]] = {}
    for path in golds:
        groups.setdefault(path.name.partition("_")[0], []).extend(lines(path))
    results = {name: module.score(documents, [predict(bare(d)) for d in documents]) for name, documents in groups.items()}
    fields = list(dict.fromkeys(field for result in results.values() for field in result["fields"]))
    rows: list[list[object]] = []
    for field in fields:
        cells: list[object] = [field]
        for result in results.values():
            told = result["fields"].get(field)
            cells.append(f"{told['strict']['f1']:.2f} / {told['relaxed']['f1']:.2f}" if told and told["n_gold"] else "")
        if any(cells[1:]):
            rows.append(cells)
    keys = list(dict.fromkeys(key for result in results.values() for key in result["summary"]))
    rows.extend([f"*{key.replace('_', ' ')}*", *(str(result["summary"].get(key, "")) for result in results.values())] for key in keys)
    table(["F1, strict / relaxed", *(f"{name}, {len(documents)} texts" for name, documents in groups.items())], rows)


def _texts(count: int, length: int) -> list[str]:
    """Long reports: those of the evaluation kit where it is, else our own texts strung together to that length."""
    kit_texts = Path(os.environ.get("KG_SHARED", CHECKOUT.parent / "shared")) / "eval/annoctr_dev.jsonl.gz"
    if kit_texts.is_file():
        return [d["text"] for d in lines(kit_texts)][:count]
    own, found = cycle(d["text"] for d in _short()), []
    for _ in range(count):
        text = ""
        while len(text) < length:
            text += next(own) + "\n\n"
        found.append(text)
    return found


def _short() -> list[dict[str, Any]]:
    return [d for path in sorted((CHECKOUT / "tests/extraction/gold").glob("tune_*.jsonl")) for d in lines(path)]


def _seconds(texts: list[str]) -> float:
    began = time.process_time()
    for text in texts:
        extract(read_document(text.encode(), "text.txt", published="2024-07-01", format="text"))
    return time.process_time() - began


def _all_texts() -> tuple[int, float, int, float, list[tuple[int, float]]]:
    _seconds(["Acme said on 3 June 2024 that hackers had stolen data."])
    short, long = [d["text"] for d in _short()], _texts(86, 12_000)
    short_took, long_took = _seconds(short), _seconds(long)
    grown = []
    for text in ("\n\n".join(short[:3]), "\n\n".join(short), max(long, key=len)[:40_000]):
        once = min(_seconds([text]) for _ in range(3))
        grown.append((len(text), _seconds(["\n\n".join([text] * 10)]) / once))
    return len(short), short_took, len(long), long_took, grown


def speed() -> None:
    """Print what reading costs: texts a second, growth with length, memory, start-up."""
    (short, short_took, long, long_took, grown), _, peak = measured(_all_texts)
    rows: list[list[object]] = [
        [f"short articles ({short}) a second of processor time", f"{short / short_took:.1f}", "at least 20"],
        [f"long vendor reports ({long}) a second of processor time", f"{long / long_took:.1f}", "at least 2"],
    ]
    rows += [[f"time for ten times the text, from {size:,} characters", f"{times:.1f} times", "at most 11"] for size, times in grown]
    with tempfile.TemporaryDirectory() as folder:
        article = Path(folder) / "article.txt"
        article.write_text(_short()[0]["text"], encoding="utf-8")
        command = [sys.executable, "-m", "kg.cli.main", "extract", str(article), "--published", "2024-07-01"]
        before = os.times()
        clock = seconds(command, dict(os.environ), 5)
        after = os.times()
        processor = (after.children_user + after.children_system - before.children_user - before.children_system) / 5
        rows.append(["`kg extract` on a short file, whole process: processor time", f"{processor:.2f} s", "under 1 s"])
        rows.append(["the same, by the clock (median of five)", f"{clock:.2f} s", "under 1 s"])
    rows.append(["peak memory over all of this", f"{peak:.0f} MiB", "under 500"])
    table(["what", "measured", "wanted"], rows)


def main() -> None:
    """Predict and write; or print the table of figures; or the speed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--gold", type=Path, nargs="+", action="extend", default=[])
    parser.add_argument("--out", type=Path, help="write predictions here")
    parser.add_argument("--table", action="store_true", help="print a table of figures; needs --score-with")
    parser.add_argument("--score-with", type=Path, help="the evaluation kit's score.py")
    parser.add_argument("--speed", action="store_true", help="measure speed, growth, memory and start-up")
    args, _ = parser.parse_known_args()
    if args.speed or not args.gold:
        speed()
        return
    if args.table:
        if args.score_with is None:
            parser.error("--table needs --score-with PATH (a score.py of the evaluation kit)")
        scored(args.score_with, args.gold)
        return
    documents = [bare(d) for path in args.gold for d in lines(path)]
    _seconds(["Acme said on 3 June 2024 that hackers had stolen data."])
    began = time.process_time()
    predictions = [predict(d) for d in documents]
    spent = time.process_time() - began
    size = sum(len(d["text"]) for d in documents) / max(1, len(documents))
    if args.out:
        args.out.write_text("".join(json.dumps(p, ensure_ascii=False) + "\n" for p in predictions), encoding="utf-8")
    print(f"{len(documents)} documents of {size:.0f} characters: {len(documents) / spent:.1f} a second of processor time", file=sys.stderr)


if __name__ == "__main__":
    main()
