"""Do the extractor's confidences come true? Makes the table of confidences and checks it on texts that were held back.

    python -m benchmarks.calibration                              (check the table as it is on the held-back texts)
    python -m benchmarks.calibration --gold MORE.jsonl --write    (make the table anew, then check it)

The table is made from the project's own texts for tuning (``tests/extraction/gold/tune_*.jsonl``) and from every ``--gold`` file; it
is checked on ``held_*.jsonl`` (or ``--check`` files), of which only sums are printed. Rules do better on the texts that they were made
with than on others; by how much is one number, measured on texts that no rule was written with (``train_*.jsonl``, which models learned
from, or ``--unseen`` files, which are then left out of the check; ``--unseen`` alone: none), and taken off every figure of the table.
A claim is judged by the gold of its document:

- a victim, actor, software, vulnerability or technique (its parent) is right if the gold has it; an unnamed actor is any unnamed one;
- any other role is right if the gold does not call the party a victim;
- an affected group is right with the same count or half of the words, an asset with its kind;
- origin, kind and motive are right if they are those of the actor in the gold; a supply if both ends are like those of the gold;
- a time is right if the two intervals share half of the longer one;
- what the gold does not annotate at all (a name that none of its incidents has) is left out;
- in a text without an incident every claim is wrong.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import gold as compare
from benchmarks.common import CHECKOUT, table
from benchmarks.extraction import ACTOR, ASSET, kit, lines
from kg.extraction.calibration import aspect_of, bucket_of, confidence_of
from kg.extraction.documents import read_document
from kg.extraction.extractor import extract
from kg.extraction.findings import Ground
from kg.model.report import CLAIMS, IncidentReport

OWN = CHECKOUT / "tests/extraction/gold"
OUT = CHECKOUT / "kg/extraction/models/calibration.json"
WANTED = 0.10
"""The largest calibration error that is good enough."""
WEIGHT = 6.0
"""With how many claims the coarser figure counts in the finer one (the strength of the prior)."""
_ANNOTATED = {
    "involvements.affected": "affected", "attributions": "actors", "backgrounds": "actors", "compromises": "assets",
    "techniques": "techniques", "software_uses": "malware", "exploitations": "cves", "supplies": "supplier_relations",
    "timings.occurred": "happened",
    "timings.detected": "discovered", "timings.disclosed": "disclosed",
}  # fmt: skip
"""Under which name of the gold the claims of an aspect or field are annotated; where no incident has that name, they are left out."""
_EVENTS = {"occurred": "happened", "detected": "discovered", "disclosed": "disclosed"}


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim, how sure its rule was, and whether it was right."""

    aspect: str
    rule: str
    score: float
    right: bool


# ── right or wrong ───────────────────────────────────────────────────────────────────────────


def judge(document: dict[str, Any]) -> list[Judged]:
    """Every claim of the extractor on a document that its gold can decide."""
    published = document.get("published")
    found = extract(read_document(document["text"].encode(), "document.txt", published=published, format="text"), calibrated=False)
    return _Judge(found.report, document["expected"]["incidents"]).run()


class _Judge:
    def __init__(self, report: IncidentReport, gold: list[dict[str, Any]]) -> None:
        self.report, self.gold = report, gold
        self.things = report.things()
        self.named = {a.key for a in report.actors}
        aligned = compare.align(gold, kit(report))
        self.aligned = {i.key: gold[aligned[n]] for n, i in enumerate(report.incidents) if n in aligned}
        self.victims = [compare.label(v) for g in gold for v in g.get("victims") or []]

    def run(self) -> list[Judged]:
        found = []
        for field in CLAIMS:
            for claim in getattr(self.report, field):
                aspect = aspect_of(field, {name: getattr(claim, name) for name in type(claim).model_fields})
                annotated = _ANNOTATED.get(aspect) or _ANNOTATED.get(field)
                if self.gold and annotated and not any(annotated in g for g in self.gold):
                    continue
                right = self._right(field, claim) if self.gold else False
                if right is not None:
                    rule = str(claim.extracted_by).rpartition(" ")[0]
                    found.append(Judged(aspect, rule, (claim.extraction_confidence or 0) / 100, right))
        return found

    def _of(self, claim: Any, name: str) -> list[Any]:
        """What the gold has under a name: in the claim's incident, or, where that is none of the gold's, in all of them."""
        incident = self.aligned.get(getattr(claim, "incident", None) or "")
        return [entry for g in ([incident] if incident else self.gold) for entry in g.get(name) or []]

    def _label(self, ref: str) -> str:
        return self.things[ref].label if ref in self.things else ref.partition(":")[2]

    def _actor(self, ref: str, words: str | None = None) -> dict[str, Any]:
        return {"name" if ref in self.named or ref not in self.things else "description": words or self._label(ref)}

    def _right(self, field: str, claim: Any) -> bool | None:
        match field:
            case "involvements":
                name = self._label(claim.party)
                match aspect_of(field, {"role": claim.role}).partition(".")[2]:
                    case "victim":
                        named = self.things[claim.party].kind_of_id != "population"
                        return any((compare.same if named else compare.like)(v, name) for v in self.victims)
                    case "affected":
                        count = claim.count and (claim.count.max or claim.count.min)
                        groups = self._of(claim, "affected")
                        return any(compare.like(compare.label(g), name) or (count and g.get("count") == count) for g in groups)
                    case _:
                        return not any(compare.same(v, name) for v in self.victims)
            case "attributions":
                actor, denied = self._actor(claim.actor, claim.actor_as_named), claim.stance.value == "denied"
                return any(compare.same_actor(g, actor) and (g.get("stance") == "denied") == denied for g in self._of(claim, "actors"))
            case "backgrounds":
                mine = [g for g in self._of(claim, "actors") if compare.same_actor(g, self._actor(claim.actor))]
                for name, value in (("origin", claim.origin), ("kind", claim.kind), *(("motive", m) for m in claim.motive[:1])):
                    if value:
                        word = str(getattr(value, "value", value))
                        return any(compare.one_of(g.get(name), ACTOR.get(word, word)) for g in mine)
                return None
            case "compromises":
                kinds = [k.value for k in self.things[claim.asset].kind]  # type: ignore[attr-defined]
                own = [ASSET.get(k, k.replace(" ", "_")) for k in kinds]
                return any(compare.one_of(g.get("kind"), k) for g in self._of(claim, "assets") for k in own) if own else None
            case "techniques":
                parent = (claim.technique or "").partition(".")[0]
                return any(t.partition(".")[0] == parent for t in self._of(claim, "techniques")) if parent else None
            case "software_uses":
                known = any(m.key == claim.software for m in self.report.malware)
                return any(compare.same(g, self._label(claim.software)) for g in self._of(claim, "malware")) if known else None
            case "exploitations":
                if not claim.vulnerability:
                    return None
                return any(compare.same(g, self._label(claim.vulnerability)) for g in self._of(claim, "cves"))
            case "timings":
                name = _EVENTS.get(claim.event.value, "")
                if not name or claim.when is None:
                    return None
                incident = self.aligned.get(claim.incident)
                own_days = (claim.when.start.date(), claim.when.last_day)
                return any(compare.agreement(compare.days(g.get(name)), own_days) >= 0.5 for g in ([incident] if incident else self.gold))
            case "supplies":
                ends, known_ends = (self._label(claim.supplier), self._label(claim.customer)), self._of(claim, "supplier_relations")
                return any(compare.like(g["supplier"], ends[0]) and compare.like(g["customer"], ends[1]) for g in known_ends)
            case _:
                return None


# ── the table ────────────────────────────────────────────────────────────────────────────────


def fit(claims: Sequence[Judged]) -> dict[str, int]:
    """The table: shares of right claims in per cent, each drawn towards the coarser one; never falling as the rule's own score rises.

    >>> made = fit([Judged("timings", "time.x", 0.9, True)] * 30 + [Judged("timings", "time.x", 0.3, False)] * 30)
    >>> made["timings"], made["timings/time.x/9"] > 85, made["timings/time.x/3"] < 15
    (50, True, True)
    """
    everything = _share(claims, 0.5, 2.0)
    made = {"": everything}
    for aspect, of_aspect in _by(claims, lambda c: c.aspect).items():
        made[aspect] = _share(of_aspect, everything)
        coarse = _rising({b: (len(c), _share(c, made[aspect])) for b, c in _by(of_aspect, lambda c: bucket_of(c.score)).items()})
        made |= {f"{aspect}/{b}": share for b, share in coarse.items()}
        for rule, of_rule in _by(of_aspect, lambda c: c.rule).items():
            fine = _rising({b: (len(c), _share(c, coarse[b])) for b, c in _by(of_rule, lambda c: bucket_of(c.score)).items()})
            made |= {f"{aspect}/{rule}/{b}": share for b, share in fine.items()}
    return {name: round(100 * share) for name, share in sorted(made.items())}


def _by(claims: Iterable[Judged], key: Any) -> dict[Any, list[Judged]]:
    groups = defaultdict(list)
    for claim in claims:
        groups[key(claim)].append(claim)
    return dict(sorted(groups.items()))


def _share(claims: Sequence[Judged], parent: float, weight: float = WEIGHT) -> float:
    return (sum(c.right for c in claims) + weight * parent) / (len(claims) + weight)


def _rising(buckets: dict[int, tuple[int, float]]) -> dict[int, float]:
    """Shares that never fall from bucket to bucket: neighbours that do are given their mean (pool adjacent violators)."""
    pools: list[tuple[list[int], int, float]] = []
    for bucket, (count, share) in sorted(buckets.items()):
        pools.append(([bucket], count, share))
        while len(pools) > 1 and pools[-2][2] > pools[-1][2]:
            (b1, n1, s1), (b2, n2, s2) = pools[-2:]
            pools[-2:] = [([*b1, *b2], n1 + n2, (n1 * s1 + n2 * s2) / (n1 + n2))]
    return {b: share for members, _, share in pools for b in members}


def optimism(claims: Sequence[Judged], known: dict[str, int]) -> float:
    """How much too sure a table is of claims of texts that no rule was made with: a difference of log odds, 0 if it is not too sure.

    >>> round(optimism([Judged("supplies", "r", 0.8, n % 4 > 0) for n in range(100)], {"": 90}), 1)
    1.1
    """
    sure = [_logit(confidence_of(c.aspect, Ground(0, 1, c.rule, c.score), known) / 100) for c in claims]
    right, low, high = sum(c.right for c in claims), 0.0, 6.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(_share_of(s - middle) for s in sure) > right else (low, middle)
    return low


def sobered(known: dict[str, int], by: float) -> dict[str, int]:
    """The table with a difference of log odds taken off every figure.

    >>> sobered({"": 90}, 1.1)
    {'': 75}
    """
    return {name: round(100 * _share_of(_logit(share / 100) - by)) for name, share in known.items()}


def _logit(share: float) -> float:
    share = min(0.99, max(0.01, share))
    return math.log(share / (1 - share))


def _share_of(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))


# ── the check ────────────────────────────────────────────────────────────────────────────────


def reliability(claims: Sequence[tuple[int, bool]]) -> tuple[float, list[list[object]]]:
    """The expected calibration error over ten bins of equal width, and a line a bin: confidence, claims, mean of it, share right.

    >>> reliability([(95, True), (95, True), (5, False), (5, True)])
    (0.25, [['0 to 9', 2, 0.05, 0.5], ['90 to 100', 2, 0.95, 1.0]])
    """
    bins: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    for confidence, right in claims:
        bins[min(9, confidence // 10)].append((confidence, right))
    error, rows = 0.0, list[list[object]]()
    for number, inside in sorted(bins.items()):
        mean, share = sum(c for c, _ in inside) / len(inside) / 100, sum(r for _, r in inside) / len(inside)
        error += abs(mean - share) * len(inside) / len(claims)
        rows.append([f"{10 * number} to {10 * number + (10 if number == 9 else 9)}", len(inside), mean, share])
    return round(error, 4), rows


def main() -> None:
    """Judge, make the table if asked to, check it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--gold", type=Path, nargs="*", default=[], help="further texts to make the table from")
    parser.add_argument("--check", type=Path, nargs="*", default=sorted(OWN.glob("held_*.jsonl")), help="texts to check it on")
    parser.add_argument("--write", action="store_true", help=f"write {OUT.relative_to(CHECKOUT)}")
    unseen_texts = sorted(OWN.glob("train_*.jsonl"))
    parser.add_argument("--unseen", type=Path, nargs="*", default=unseen_texts, help="texts that no rule was made with, to sober it by")
    args, _ = parser.parse_known_args()
    known: dict[str, int] | None = None
    if args.write or args.gold:
        claims = [c for path in [*args.gold, *sorted(OWN.glob("tune_*.jsonl"))] for d in lines(path) for c in judge(d)]
        known = fit(claims)
        print(f"made from {len(claims)} claims, of which {sum(c.right for c in claims) / max(1, len(claims)):.0%} are right")
        unseen = [c for path in args.unseen for d in lines(path) for c in judge(d)]
        if unseen:
            by = optimism(unseen, known)
            known = sobered(known, by)
            print(f"sobered by {by:.2f} in log odds, measured on {len(unseen)} claims of texts that no rule was made with")
        if args.write:
            OUT.write_text(json.dumps(known, indent=0) + "\n", encoding="utf-8")
    skipped = {path.resolve() for path in args.unseen}
    held = [c for path in args.check if path.resolve() not in skipped for d in lines(path) for c in judge(d)]
    error, rows = reliability([(confidence_of(c.aspect, Ground(0, 1, c.rule, c.score), known), c.right) for c in held])
    print(f"checked on {len(held)} claims: calibration error {error:.3f} (wanted: at most {WANTED:.2f})\n")
    table(["confidence", "claims", "mean confidence", "share right"], rows)
    print()
    lines_of = []
    for aspect, inside in _by(held, lambda c: c.aspect).items():
        sure = sum(confidence_of(aspect, Ground(0, 1, c.rule, c.score), known) for c in inside) / 100
        lines_of.append([aspect, len(inside), sure / len(inside), sum(c.right for c in inside) / len(inside)])
    table(["what is claimed", "claims", "mean confidence", "share right"], lines_of)


if __name__ == "__main__":
    main()
