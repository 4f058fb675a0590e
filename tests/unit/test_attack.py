"""ATT&CK bundles: what becomes of each object, day by day, and what is named and put aside."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from kg.errors import BadInput
from kg.model.report import IncidentReport
from kg.readers.attack import MITRE, Attack
from kg.readers.base import Found, Reject, SourceFile
from kg.readers.registry import reader_for
from kg.workspace import create_workspace
from tests.end_to_end.command import kg


def thing(kind: str, number: str, name: str, **more: Any) -> dict[str, Any]:
    reference = {"source_name": "mitre-attack", "external_id": number, "url": f"https://attack.mitre.org/x/{number}"}
    references = [reference, *more.pop("references", [])]
    return {
        "type": kind,
        "id": f"{kind}--{number.lower()}",
        "created_by_ref": MITRE,
        "name": name,
        "external_references": references,
    } | more


def use(source: dict[str, Any], target: dict[str, Any], created: str = "2021-04-27T01:00:00Z", **more: Any) -> dict[str, Any]:
    made = {
        "type": "relationship",
        "id": f"relationship--{source['id']}-{target['id']}"[:120],
        "created_by_ref": MITRE,
        "relationship_type": "uses",
        "source_ref": source["id"],
        "target_ref": target["id"],
        "created": created,
        "description": f"[{source['name']}](https://attack.mitre.org/) used {target['name']}.(Citation: Report A)",
        "external_references": [{"source_name": "Report A", "description": "Doe, J. (2019, May 1). Otters.", "url": "https://a.example/o"}],
    }
    return made | more


HERON = thing(
    "intrusion-set",
    "G9001",
    "Slate Heron",
    aliases=["Slate Heron", "Grey Wader"],
    description="Slate Heron fishes.",
    x_mitre_domains=["enterprise-attack"],
    references=[
        {"source_name": "Grey Wader", "description": "(Citation: Report A)"},
        {"source_name": "Report A", "description": "Doe (2019)."},
    ],
)
OLD = thing("intrusion-set", "G9002", "Old Heron", revoked=True)
SPRAY = thing(
    "attack-pattern",
    "T9001.002",
    "Fish Spraying",
    kill_chain_phases=[{"kill_chain_name": "mitre-attack", "phase_name": "credential-access"}],
)
NET = thing("malware", "S9001", "NETTING", x_mitre_aliases=["NETTING", "Nets"], x_mitre_platforms=["Windows"])
SPREE = thing("campaign", "C9001", "Spring Run", first_seen="2020-01-01T00:00:00Z")
ALL = [HERON, OLD, SPRAY, NET, SPREE]


def read(objects: list[Any], folder: Path, text: str | None = None) -> tuple[list[IncidentReport], list[Reject], list[str]]:
    path = folder / "bundle.json"
    path.write_text(text if text is not None else json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects}))
    found = list(Attack().read(SourceFile(path)))
    reports = [f.report for f in found if isinstance(f, Found)]
    assert all(report.faults() == [] for report in reports)
    notes = [n for f in found if isinstance(f, Found) for n in f.notes]
    return reports, [f for f in found if isinstance(f, Reject)], notes


def test_things_and_names_are_reference_knowledge(tmp_path: Path) -> None:
    reports, rejects, _ = read([*ALL, use(OLD, HERON, relationship_type="revoked-by")], tmp_path)
    (catalogue,) = reports
    assert rejects == [] and catalogue.reference is not None and catalogue.info.id == "mitre-enterprise-attack"
    assert {a.id: a.name for a in catalogue.actors} == {"attack-g9001": "Slate Heron", "attack-g9002": "Old Heron"}
    assert [(n.actor, n.name, [c.title for c in n.cites]) for n in catalogue.namings][1] == (
        "actor:attack-g9001",
        "Grey Wader",
        ["Doe (2019)."],
    )
    (technique,) = catalogue.catalogued_techniques
    assert (technique.id, technique.label, technique.name, technique.tactics) == (
        "T9001.002",
        "T9001.002",
        "Fish Spraying",
        ("credential-access",),
    )
    assert catalogue.malware[0].aliases == ("Nets",) and "stix:malware--s9001" in catalogue.malware[0].identifiers
    assert [(s.a, s.b, s.stated_as.value) for s in catalogue.samenesses] == [("actor:attack-g9002", "actor:attack-g9001", "same")]
    assert {(u.field, u.value) for u in catalogue.unmapped} == {
        ("S9001 x_mitre_platforms", '["Windows"]'),
        ("C9001 first_seen", "2020-01-01T00:00:00Z"),
    }, "what has no field is kept"


def test_relationships_are_dated_reports_with_their_words(tmp_path: Path) -> None:
    later = use(NET, SPRAY, "2023-01-02T00:00:00Z")
    attributed = use(SPREE, HERON, relationship_type="attributed-to")
    reports, rejects, notes = read([*ALL, use(HERON, SPRAY), use(HERON, NET), use(SPREE, NET), attributed, later], tmp_path)
    assert rejects == [] and notes == []
    _, first, second = reports
    assert [r.info.id for r in reports[1:]] == ["mitre-enterprise-attack-2021-04-27", "mitre-enterprise-attack-2023-01-02"]
    assert first.published is not None and first.published.last_day.isoformat() == "2021-04-27"
    (technique,) = first.techniques
    assert (technique.actor, technique.technique, technique.words, technique.incident) == (
        "actor:attack-g9001",
        "T9001.002",
        "Fish Spraying",
        None,
    )
    assert technique.evidence[0].quote == "[Slate Heron](https://attack.mitre.org/) used Fish Spraying.(Citation: Report A)"
    assert (technique.cites[0].year, str(technique.cites[0].address)) == (2019, "https://a.example/o")
    assert {(u.actor or u.campaign, u.software) for u in first.software_uses} == {
        ("actor:attack-g9001", "malware:attack-s9001"),
        ("campaign:attack-c9001", "malware:attack-s9001"),
    }
    assert [(a.campaign, a.actor) for a in first.attributions] == [("campaign:attack-c9001", "actor:attack-g9001")]
    assert [t.software for t in second.techniques] == ["malware:attack-s9001"]


def test_descriptions_that_repeat_keep_their_places(tmp_path: Path) -> None:
    same = "It used that."
    reports, rejects, _ = read([*ALL, use(HERON, SPRAY, description=same), use(NET, SPRAY, description=same)], tmp_path)
    assert rejects == []
    report = reports[1]
    assert sorted(report.locate(c.evidence[0]) or 0 for c in report.techniques) == [0, len(same) + 2]


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (use(HERON, SPRAY) | {"target_ref": "attack-pattern--none"}, "which the bundle does not have"),
        (use(HERON, SPRAY, created="yesterday"), "no date of creation"),
        (use(HERON, SPRAY, created=None), "no date of creation"),
        (use(HERON, SPRAY, source_ref=["x"]), "which the bundle does not have"),
        ({"type": "intrusion-set", "id": "intrusion-set--x", "name": "No id"}, "has no ATT&CK id"),
        (thing("malware", "S9001", "Twice") | {"id": "malware--twice"}, "has the ATT&CK id of"),
        (thing("malware", "S9009", ""), "name"),
        (thing("malware", "S9009", "x" * 5000), "name"),
        (thing("tool", "S9009", "N") | {"name": 7}, "name"),
        (thing("tool", "S9009", "N") | {"name": None}, "name"),
        (thing("tool", "not an id", "N"), "has no ATT&CK id"),
        (thing("tool", "S9009", "N") | {"external_references": "x"}, "has no ATT&CK id"),
        (thing("intrusion-set", "G9009", "N", aliases=["\u202e"]), "its name"),
        ("a string", "is no STIX object"),
        ({"type": "malware"}, "is no STIX object"),
        ([], "is no STIX object"),
        (None, "is no STIX object"),
    ],
)
def test_what_is_broken_is_named_and_the_rest_goes_in(bad: Any, why: str, tmp_path: Path) -> None:
    reports, rejects, _ = read([*ALL, use(NET, SPRAY), bad], tmp_path)
    assert [r.reason for r in rejects if why in r.reason], rejects
    assert len(rejects) == 1 and len(reports) == 2 and len(reports[1].techniques) == 1


@pytest.mark.parametrize("text", ["", "{", '{"type": "bundle"}', '{"type": "bundle", "objects": {}}', "[1]", '"x"', "\ufeff{}", "null"])
def test_what_is_no_bundle_is_one_line(text: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"^bundle\.json: "):
        read([], tmp_path, text)


def test_what_the_model_has_no_place_for_is_counted(tmp_path: Path) -> None:
    other = {"type": "course-of-action", "id": "course-of-action--1", "name": "Patch"}
    told = (
        use(other, SPRAY, relationship_type="mitigates"),
        use(HERON, SPRAY, revoked=True),
        use(SPRAY, SPRAY, relationship_type="subtechnique-of"),
    )
    objects = [*ALL, other, *told]
    reports, rejects, notes = read(objects, tmp_path)
    assert len(reports) == 1 and rejects == []
    assert notes == [
        "left aside: 1 objects of type course-of-action",
        "left aside: 1 objects of type relationship, mitigates",
        "left aside: 1 objects of type relationship, revoked",
    ]


def test_the_graph_answers_as_of_a_day_and_joins_the_actor_that_is_known(tmp_path: Path) -> None:
    bundle = {"type": "bundle", "id": "bundle--1", "objects": [*ALL, use(HERON, SPRAY), use(HERON, NET, "2023-01-02T00:00:00Z")]}
    with gzip.open(tmp_path / "bundle.json.gz", "wt") as out:
        json.dump(bundle, out)
    assert reader_for(SourceFile(tmp_path / "bundle.json.gz")).name == "attack"
    known = "reference: {id: r, title: R}\nactors: [{id: slate-heron, name: Slate Heron, identifiers: 'attack:G9001'}]\n"
    (tmp_path / "r.yaml").write_text(known)
    create_workspace(tmp_path / "w")
    done = kg("-w", tmp_path / "w", "ingest", tmp_path / "bundle.json.gz", tmp_path / "r.yaml")
    assert done.code == 0
    edges = "SELECT ?p ?o { <https://w3id.org/incident-kg/id/actor/slate-heron> ?p ?o . VALUES ?p { ikg:usedTechnique ikg:usedSoftware } }"
    now = kg("-w", tmp_path / "w", "query", "-e", edges).out
    assert "technique:T9001.002" in now and "malware:attack-s9001" in now
    then = kg("-w", tmp_path / "w", "query", "--as-of", "2022-01-01", "-e", edges).out
    assert "technique:T9001.002" in then and "malware" not in then
    shown = kg("-w", tmp_path / "w", "show", "Slate Heron")
    assert shown.code == 0 and "Fish Spraying (T9001.002)" in shown.out
    assert kg("-w", tmp_path / "w", "validate").code == 0
    again = kg("-w", tmp_path / "w", "ingest", tmp_path / "bundle.json.gz")
    assert "nothing changed" in again.out


def test_the_real_bundle_goes_in_whole(shared: Path) -> None:
    source = SourceFile(shared / "data/attack/ics-attack.json.gz")
    found = list(Attack().read(source))
    assert [f for f in found if isinstance(f, Reject)] == []
    reports = [f.report for f in found if isinstance(f, Found)]
    assert sum(len(r.techniques) for r in reports) == 163 + 63 + 20 and sum(len(r.software_uses) for r in reports) == 16 + 5
