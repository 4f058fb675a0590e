"""Text extraction on annotated documents: predictions in the evaluation kit's form, speed, and calibration.

    python -m benchmarks.extraction --gold GOLD.jsonl --out PREDICTIONS.jsonl
    python -m benchmarks.extraction --gold GOLD.jsonl --calibrate          (which confidences came true)

A document is a JSON line with ``doc_id``, ``text``, ``published``; what stands under ``expected`` is dropped before the extractor
sees the document. Predictions carry the words that each value rests on under ``evidence``.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

from kg.extraction.classifiers import Classifiers
from kg.extraction.documents import read_document
from kg.extraction.extractor import extract
from kg.extraction.mentions import find_mentions
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
    "personal data": "personal", "sensitive personal data": "personal", "contact data": "contact", "government id": "government_id",
    "payment card data": "payment_card", "bank data": "bank", "medical data": "medical", "insurance data": "insurance", "genetic data": "genetic",
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
        prediction["incidents"] = summarised(prediction["incidents"], document["text"])
    if document.get("genre") == "vendor" or document["doc_id"].startswith("annoctr"):
        day = date.fromisoformat(published[:10]) if published else None
        prediction["entities"] = [{k: v for k, v in vars_of(e).items() if v is not None} for e in find_mentions(document["text"], day)]
    return prediction


def summarised(incidents: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    """An account of one incident with the VERIS fields that the classifiers read in it."""
    judge = Classifiers.bundled()
    first = incidents[0] if incidents else {}
    first["veris"] = {
        "actor": [j.value for j in judge.veris_actors(text)],
        "action": [j.value for j in judge.veris_actions(text)],
        "data": [j.value for j in judge.veris_data(text)],
    }
    return [first]


def vars_of(entity: Any) -> dict[str, Any]:
    """A mention as a dictionary."""
    return {name: getattr(entity, name) for name in ("type", "start", "end", "text", "id", "value") if hasattr(entity, name)} if not isinstance(entity, dict) else entity


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


def main() -> None:
    """Predict, write, tell the speed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--gold", type=Path, required=True, action="append")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    documents = [bare(d) for path in args.gold for d in lines(path)]
    extract(read_document(b"Acme said on 3 June 2024 that hackers had stolen data.", "warm.txt", published="2024-06-04"))
    began = time.process_time()
    predictions = [predict(d) for d in documents]
    spent = time.process_time() - began
    size = sum(len(d["text"]) for d in documents)
    if args.out:
        args.out.write_text("".join(json.dumps(p, ensure_ascii=False) + "\n" for p in predictions), encoding="utf-8")
    print(f"{len(documents)} documents of {size / max(1, len(documents)):.0f} characters: {len(documents) / spent:.1f} a second of processor time", file=sys.stderr)


if __name__ == "__main__":
    main()
