"""Report to RDF: the shape, and that it is the same bytes whatever the hash seed."""

from __future__ import annotations

import os
import subprocess
import sys

from pyoxigraph import BlankNode, NamedNode

from kg.identity.iris import Addresses
from kg.mapping import CLASSES, FIELDS, prop, to_quads
from kg.model.report import CLAIMS, THINGS
from tests.conftest import CHECKOUT, make_report

REPORT = make_report(
    "acme-notice",
    text="Acme said that intruders read mail of more than a dozen agencies in late November 2023.",
    incidents=[{"key": "i", "title": "Mail", "kind": "espionage"}],
    populations=[{"key": "p", "description": "agencies", "count": {"min": 13, "words": "more than a dozen"}}],
    involvements=[{"incident": "i", "party": "p", "role": "affected party", "evidence": "more than a dozen agencies"}],
    timings=[{"incident": "i", "event": "began", "when": "late November 2023"}],
    impacts=[{"incident": "i", "kind": "people", "amount": {"words": "some"}}],
)


def test_a_quote_is_the_slice_at_its_offsets() -> None:
    quads = to_quads(REPORT)
    node = next(q.subject for q in quads if q.predicate == prop("oa:exact"))
    said = {q.predicate.value.rpartition("#")[2]: q.object.value for q in quads if q.subject == node}
    assert REPORT.text is not None
    assert REPORT.text[int(said["start"]) : int(said["end"])] == said["exact"] == "more than a dozen agencies"


def test_every_quad_is_in_the_report_graph_and_nothing_is_blank() -> None:
    for quad in to_quads(REPORT):
        assert quad.graph_name == NamedNode(Addresses().report("acme-notice"))
        assert not isinstance(quad.subject, BlankNode) and not isinstance(quad.object, BlankNode)


def test_unknown_counts_are_not_zero() -> None:
    quads = to_quads(REPORT)
    impact = next(q.subject for q in quads if q.object == prop("Impact"))
    said = {q.predicate: q.object.value for q in quads if q.subject == impact}
    assert said[prop("countUnknown")] == "true" and prop("countMin") not in said and prop("countMax") not in said
    group = {q.predicate: q.object.value for q in quads if q.subject.value.endswith("/population/p")}
    assert group[prop("countMin")] == "13" and prop("countMax") not in group


def test_each_field_of_the_model_is_mapped() -> None:
    common = {"key", "id", "name", "title", "description", "aliases", "identifiers", "note", "when"}
    common |= {"stance", "asserted_by", "unnamed_source", "confidence", "wordsOfConfidence", "evidence", "rests_on", "method", "cites"}
    common |= {"extracted_by", "extraction_confidence", "reviewed"}
    for field, model in {**THINGS, **CLAIMS}.items():
        assert field in CLASSES
        mapped = {name for name, _, _ in FIELDS.get(field, ())}
        own = set(model.model_fields) - (common - {"key"} if field not in ("namings",) else common - {"name"})
        assert own - {"key", "title", "description"} <= mapped, field


def test_the_same_bytes_on_any_hash_seed() -> None:
    program = (
        "from kg.mapping import to_quads; from tests.unit.test_mapping import REPORT; "
        "import hashlib; print(hashlib.sha256(repr([str(q) for q in to_quads(REPORT)]).encode()).hexdigest())"
    )
    digests = set()
    for seed in ("0", "1", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(CHECKOUT)}
        digests.add(
            subprocess.run(
                [sys.executable, "-c", program], env=environment, cwd=CHECKOUT, capture_output=True, text=True, check=True
            ).stdout
        )
    assert len(digests) == 1


def test_claims_do_not_depend_on_their_order_in_the_file() -> None:
    parts = [{"incident": "incident:i", "party": f"org:p{n}", "role": "victim"} for n in range(4)]
    forth, back = (set(to_quads(make_report("r", involvements=p))) for p in (parts, parts[::-1]))
    assert forth == back


def test_hostile_labels_and_addresses_are_data() -> None:
    label = '<script>alert(1)</script> "} DROP ALL \u202e'
    report = make_report("r", organizations=[{"key": "o", "name": label}])
    assert any(q.object.value == '<script>alert(1)</script> "} DROP ALL' for q in to_quads(report) if q.predicate == prop("skos:prefLabel"))
    odd = report.model_copy(
        update={
            "report": report.report
            and report.report.model_validate({"id": "r", "title": "t", "publisher": "o", "address": "https://x.org/a|b{c}"})
        }
    )
    assert to_quads(odd)


def test_one_word_in_two_lists_is_two_concepts() -> None:
    report = make_report(
        "r",
        incidents=[{"key": "i", "title": "T", "kind": "espionage"}],
        unidentified_actors=[{"key": "a", "description": "somebody"}],
        backgrounds=[{"actor": "a", "motive": "espionage"}],
    )
    said = {q.predicate.value.rpartition("#")[2]: q.object.value.rpartition("#")[2] for q in to_quads(report)}
    assert said["incidentKind"] == "incident-kind-espionage" and said["motive"] == "motive-espionage"
