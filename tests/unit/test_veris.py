"""The VERIS reader: what each field becomes, what it survives, and that no value is lost."""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Callable, Container, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg.errors import BadInput
from kg.model.base import clean_label
from kg.model.report import IncidentReport
from kg.readers import veris_terms as terms
from kg.readers.base import Found, Reject, SourceFile
from kg.readers.veris import VerisReader

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "fixtures" / "veris"
SHARED = Path(os.environ.get("KG_SHARED", ROOT.parent / "shared"))
VCDB = SHARED / "data" / "vcdb"
needs_pack = pytest.mark.skipif(not (VCDB / "vcdb.jsonl.gz").is_file(), reason="the VCDB data pack is not here (set KG_SHARED)")

NOT_STATED = {"", "unknown", "na", "n/a"}
DATE_PARTS = {f"{part}.{name}" for part in ("timeline.incident", "plus.timeline.notification") for name in ("year", "month", "day")}
UNITS = {*terms.UNIT_DAYS, "Never"}
CODED: dict[str, Container[Any] | None] = {
    "security_incident": terms.STANCES, "confidence": terms.CONFIDENCE, "source_id": None,
    "victim.government": terms.GOVERNMENT,
    "actor.external.motive": terms.MOTIVES, "actor.internal.motive": terms.MOTIVES, "actor.partner.motive": terms.MOTIVES,
    "actor.external.variety": terms.ACTOR_KINDS,
    "attribute.confidentiality.data_disclosure": terms.DISCLOSURE,
    "attribute.confidentiality.data_victim": {*terms.DATA_VICTIMS, "Victim organization"},
    "attribute.availability.duration.unit": UNITS, "timeline.containment.unit": UNITS, "timeline.exfiltration.unit": UNITS,
    "timeline.discovery.unit": UNITS, "timeline.discovery.value": None,
    "timeline.containment.value": None, "timeline.exfiltration.value": None,
    "plus.created": None, "plus.modified": None, "discovery_method.other": None, "discovery_method.unknown": None,
    "plus.event_chain.action": terms.ACTIONS.values(), "impact.loss.variety": terms.LOSSES,
    "action.hacking.cve": None, "action.malware.cve": None, **dict.fromkeys(DATE_PARTS),
}  # fmt: skip
"""Fields whose values are translated, so that their letters need not stand in the report, and the values that may be (``None``: any)."""


def read(path: Path) -> list[Found | Reject]:
    return list(VerisReader().read(SourceFile(path)))


def write(tmp_path: Path, data: bytes | Any, name: str = "a.json") -> Path:
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
    return path


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, path)
    else:
        yield path, value


def lost(record: dict[str, Any], report: IncidentReport) -> list[tuple[str, Any]]:
    """Values of the record that neither the report's statements nor its unmapped values hold."""
    unmapped = {(re.sub(r"\[\d+\]", "", u.field), clean_label(u.value)) for u in report.unmapped}
    dump = json.dumps(report.model_dump(mode="json", exclude={"unmapped", "text"}, exclude_defaults=True), ensure_ascii=False)
    words = clean_label(dump.replace("\\n", " ").replace("\\t", " ").replace('\\"', '"').replace("\\r", " ").replace("\\\\", "\\"))
    found = []
    for path, value in leaves(record):
        text = str(value).lower() if isinstance(value, bool) else clean_label(str(value))
        if value is None or text.lower() in NOT_STATED or (path, text) in unmapped:
            continue
        if path in CODED and (CODED[path] is None or value in CODED[path]):  # type: ignore[operator]
            continue
        if path == "reference":
            told = f"{report.report and report.report.address} {' '.join(report.info.identifiers)}".lower()  # type: ignore[union-attr]
            found += [(path, word) for word in re.findall("[a-z0-9]{2,}", text.lower().replace("http", " http")) if word not in told]
            continue
        if path.endswith(("region", "industry")) and not text.strip("0"):
            continue
        if path == "asset.assets.variety":
            text = "of unknown kind" if text.endswith("- Unknown") else text.partition(" - ")[2] or text
        if isinstance(value, float):
            text = str(int(value))
        if path.endswith("name") or path == "victim.secondary.victim_id":
            pieces = [p for p in re.split(r"[;:,/]\s*|\s+and\s+|^possibly |^potentially ", text) if p and p.lower() not in NOT_STATED]
            if all(re.sub(r"^(and|potentially|possibly) ", "", p).strip(" :.") in words for p in pieces):
                continue
        if text not in words:
            found.append((path, value))
    return found


@pytest.fixture(scope="module")
def rich() -> IncidentReport:
    (found,) = read(FIXTURES / "rich.JSON")
    assert isinstance(found, Found) and found.record == "record"
    return found.report


@pytest.fixture(scope="module")
def quirks() -> list[Found | Reject]:
    return read(FIXTURES / "quirks.jsonl")


@pytest.fixture(scope="module")
def by_id(quirks: list[Found | Reject]) -> Callable[[str], IncidentReport]:
    reports = {f.report.info.id: f.report for f in quirks if isinstance(f, Found)}
    return lambda name: next(report for key, report in reports.items() if re.search(rf"-{name}(-[0-9a-f]{{8}})?$", key))


def names(things: Any) -> list[str]:
    return [thing.label for thing in things]


def test_header(rich: IncidentReport) -> None:
    info = rich.report
    assert info is not None and info.published is not None
    assert info.id == "vcdb-11111111-2222-4333-8444-555555555555.99999999-2222-4333-8444-555555555555"
    assert info.title == "Northwind Hosting: Exploit vuln, Use of stolen creds, Ransomware (2021)"
    assert (info.publisher, info.licence, info.published_from) == ("org:vcdb", "CC BY-SA 4.0", "plus.modified")
    assert info.published.start.isoformat().startswith("2022-02-03T04:05:06")
    assert [d.kind.value for d in info.dates] == ["created"]
    assert str(info.address) == "https://example.org/a,b.html"
    assert {"veris:11111111-2222-4333-8444-555555555555", "reference:http://example.org/two"} <= set(info.identifiers)
    assert "reference:see also the print edition" in info.identifiers
    assert rich.text is not None and "\u2028" in rich.text


def test_victim_and_those_hurt_through_it(rich: IncidentReport) -> None:
    victim = next(o for o in rich.organizations if o.key == "victim")
    assert (victim.id, victim.country, victim.size, victim.region) == ("vcdb.northwind-hosting.no", "NO", "101 to 1000", "Oslo")
    assert [str(s) for s in victim.sector] == ["technology"]
    assert ("victim.country", "SE") in {(u.field, u.value) for u in rich.unmapped}
    roles = {i.party: (i.role.value, i.through) for i in rich.involvements}
    assert roles["victim"] == ("victim", None)
    assert roles["secondary-1"] == roles["secondary-naics-6221"] == ("affected party", "victim")
    clinic = next(o for o in rich.organizations if o.key == "secondary-1")
    assert (clinic.name, [str(s) for s in clinic.sector]) == ("Fabrikam Clinic", ["healthcare"])
    assert "Contoso, Ltd." in names(rich.organizations)
    groups = {p.key: p.count for p in rich.populations}
    unnamed, all_of_them = groups["secondary-naics-6221"], groups["secondary"]
    assert unnamed is not None and unnamed.min == 2
    assert all_of_them is not None and all_of_them.max == 4
    assert "12 other small shops" in names(rich.populations)
    assert {(s.supplier, s.customer) for s in rich.supplies} == {("partner-1", "victim")}  # VERIS calls secondary victims no customers
    assert {m.member for m in rich.memberships} == {"secondary-1", "secondary-2"}


def test_actors(rich: IncidentReport) -> None:
    assert names(rich.actors) == ["Grey Heron", "Ann Example", "Bob Example", "Cy Example"]
    assert rich.actors[0].aliases == ("Stork Team",)
    assert rich.actors[0].id == "vcdb.grey-heron"
    assert "actor.external.name" in {u.field for u in rich.unmapped}, "a GUID is no name"
    first = next(b for b in rich.backgrounds if b.actor == "actor-external-1")
    assert (
        first.kind is not None and first.kind.value == "crime syndicate" and {m.value for m in first.motive} == {"financial", "espionage"}
    )
    assert {a.stance.value for a in rich.attributions} == {"asserted"} and {a.confidence for a in rich.attributions} == {85}
    partner = next(b for b in rich.backgrounds if b.actor == "actor-partner")
    assert (partner.origin, [m.value for m in partner.motive]) == ("SE", ["none"])


def test_actions(rich: IncidentReport) -> None:
    uses = {t.veris_action: t for t in rich.techniques}
    assert uses["hacking.variety.Use of stolen creds"].words == "hacking: Use of stolen creds"
    assert uses["malware.variety.Ransomware"].order == 4 and uses["hacking.variety.Exploit vuln"].order is None, "hacking came twice"
    assert "hacking.vector.Unknown" not in uses
    assert [v.id for v in rich.vulnerabilities] == ["CVE-2021-44228", "CVE-2012-4792"]
    assert {(m.name, u.stance.value) for m, u in zip(rich.malware, rich.software_uses, strict=True)} == {
        ("Fogbank", "asserted"),
        ("Mistral", "suspected"),
    }
    assert {k.value for k in rich.incidents[0].kind} >= {"ransomware", "data breach", "espionage", "vulnerability exploitation"}


def test_assets_and_effects(rich: IncidentReport) -> None:
    effects = {(c.asset, c.effect.value) for c in rich.compromises}
    assert {("data-1", "exfiltrated"), ("asset-1", "accessed"), ("asset-1", "encrypted"), ("asset-1", "unavailable")} <= effects
    assert ("asset-2", "altered") in effects and ("asset-2", "accessed") not in effects, "people are altered, not read"
    data = next(c for c in rich.compromises if c.asset == "data-1")
    assert data.quantity is not None and (data.quantity.min, data.quantity.unit) == (5000, "records")
    assert data.owned_by == ("data-of-customers",)
    customers = next(i for i in rich.involvements if i.party == "data-of-customers")
    assert customers.count is not None and customers.count.min == 5000
    records = [i for i in rich.impacts if i.kind.value == "records"]
    assert [i.amount.min for i in records if i.amount] == [5000]


def test_times_and_money(rich: IncidentReport) -> None:
    times = {t.event.value: t for t in rich.timings}
    assert str(times["occurred"].when) == "2021-12-11"
    detected = times["detected"]
    assert detected.by == "external: Customer" and detected.note == "a customer wrote in"
    assert detected.when is not None and detected.when.start.date().isoformat() < "2022-03-11" < detected.when.end.date().isoformat()
    contained = times["contained"].when
    assert contained is not None and contained.start > detected.when.start
    assert times["exfiltrated"].when is not None and str(times["notified"].when) == "2022-01"
    money = [(i.kind.value, i.amount.min, i.amount.max, i.currency) for i in rich.impacts if i.amount and i.currency]
    assert money == [("overall", 200000, 200000, "NOK"), ("overall", 150000, 250000, "NOK"), ("legal and regulatory", 50, 50, "NOK")]
    downtime = next(i for i in rich.impacts if i.kind.value == "downtime")
    assert downtime.amount is not None and (downtime.amount.min, downtime.words) == (3, "3 Days")
    assert rich.groupings[0].campaign == "campaign" and "timeline.incident.time" in {u.field for u in rich.unmapped}


def test_every_line_of_the_quirks_is_accounted_for(quirks: list[Found | Reject]) -> None:
    lines = [line for line in (FIXTURES / "quirks.jsonl").read_bytes().split(b"\n") if line.strip()]
    assert len(quirks) == len(lines)
    reasons = {r.record: r.reason for r in quirks if isinstance(r, Reject)}
    assert reasons["line 2"] == "repeats line 1 word for word; read once"
    assert "is not JSON" in reasons["line 5"] and "is not a VERIS record" in reasons["line 6"]
    assert "is not JSON" in reasons["line 7"] and "nested deeper" in reasons["line 8"]
    assert len(reasons) == 5
    reports = [f.report for f in quirks if isinstance(f, Found)]
    assert len({r.info.id for r in reports}) == len(reports)
    assert [r.faults() for r in reports if r.faults()] == []


def test_a_repeated_id_is_made_unique_by_content(tmp_path: Path, quirks: list[Found | Reject]) -> None:
    ids = {f.report.info.id for f in quirks if isinstance(f, Found) and "form-1" in f.report.info.id}
    assert len(ids) == 2 and all(re.fullmatch(r"vcdb-form-1-[0-9a-f]{8}", i) for i in ids)
    lines = (FIXTURES / "quirks.jsonl").read_bytes().removeprefix(b"\xef\xbb\xbf").splitlines()
    turned = read(write(tmp_path, b"\n".join(reversed(lines)), "turned.jsonl"))
    assert {f.report.info.id for f in turned if isinstance(f, Found)} == {f.report.info.id for f in quirks if isinstance(f, Found)}


def test_a_file_named_by_another_guid_is_a_copy_of_a_form(tmp_path: Path) -> None:
    record = json.loads((FIXTURES / "rich.JSON").read_text())
    own = read(write(tmp_path, record, "99999999-2222-4333-8444-555555555555 copy.json"))[0]
    other = read(write(tmp_path, record, "12345678-2222-4333-8444-555555555555.json"))[0]
    assert isinstance(own, Found) and isinstance(other, Found)
    assert other.report.info.id.startswith(own.report.info.id + "-")


def test_what_did_not_happen_is_denied(by_id: Callable[[str], IncidentReport]) -> None:
    near = by_id("near")
    assert {c.stance.value for c in near.compromises} == {"denied"} and {a.stance.value for a in near.attributions} == {"suspected"}
    assert [i.role.value for i in near.involvements if i.party == "victim"] == ["target"]
    assert {(c.confidence, c.wordsOfConfidence) for c in near.claims()} == {(None, "None")}
    assert {c.stance.value for c in by_id("false").claims()} == {"denied"}
    assert {c.stance.value for c in by_id("maybe").claims()} == {"suspected"}
    assert {c.stance.value for c in by_id("no-loss").compromises} == {"denied"}


def test_impossible_dates_keep_what_is_possible(by_id: Callable[[str], IncidentReport]) -> None:
    report = by_id("dates")
    assert [str(t.when) for t in report.timings if t.event.value == "occurred"] == ["2016-02"]
    left = {u.field: u.value for u in report.unmapped}
    assert (left["timeline.incident.day"], left["plus.timeline.notification.year"], left["plus.created"]) == ("30", "27", "not a time")
    assert report.published is None


def test_unnamed_victim_and_unknown_actor(by_id: Callable[[str], IncidentReport]) -> None:
    assert "an unnamed organization (industry government local, country United States)" in names(by_id("plain|dates").populations)
    nobody = by_id("nobody")
    assert names(nobody.populations) == ["Gas station"]
    assert [(a.actor, a.stance.value) for a in nobody.attributions] == [("actor-unknown", "not known")]
    assert nobody.techniques[0].note == "nothing said"


def test_insider_theft_and_never(by_id: Callable[[str], IncidentReport]) -> None:
    report = by_id("insider")
    assert report.unidentified_actors[0].description == "an unidentified internal actor (Doctor or nurse; motive none)"
    assert [(t.event.value, t.stance.value) for t in report.timings if t.when is None] == [("contained", "denied")]
    assert [(i.kind.value, i.words) for i in report.impacts] == [("downtime", "never restored")]
    left = {(u.field, u.value) for u in report.unmapped}
    assert ("timeline.discovery.unit", "Months") in left and ("actor.internal.job_change", "Let go") in left


def test_ids_of_foreign_names_and_other_sources(quirks: list[Found | Reject], by_id: Callable[[str], IncidentReport]) -> None:
    ids = {o.id for f in quirks if isinstance(f, Found) for o in f.report.organizations}
    assert any(re.fullmatch(r"vcdb\.klinikum-sud-[0-9a-f]{10}\.de", str(i)) for i in ids)
    other = by_id("elsewhere").report
    assert other is not None and (other.publisher, other.licence, other.id) == ("org:another-source", None, "another-source-elsewhere")


@pytest.mark.parametrize("name", ["rich.JSON", "quirks.jsonl"])
def test_no_value_of_the_fixtures_is_lost(name: str) -> None:
    data = (FIXTURES / name).read_bytes().removeprefix(b"\xef\xbb\xbf")
    lines = data.split(b"\n")
    for found in read(FIXTURES / name):
        if isinstance(found, Found):
            raw = data if found.record == "record" else lines[int(found.record.removeprefix("line ")) - 1]
            assert lost(json.loads(raw), found.report) == []


def test_the_check_for_lost_values_catches_a_loss(rich: IncidentReport) -> None:
    record = json.loads((FIXTURES / "rich.JSON").read_text())
    record["victim"]["notes"] = "words that nobody read"
    record["plus"]["analyst"] = "somebody else"
    assert lost(record, rich) == [("victim.notes", "words that nobody read"), ("plus.analyst", "somebody else")]


def test_layouts_give_the_same_reports(tmp_path: Path, rich: IncidentReport) -> None:
    record = json.loads((FIXTURES / "rich.JSON").read_text())
    other = {**record, "incident_id": "two"}
    line = [json.dumps(r, ensure_ascii=False).encode() for r in (record, other)]
    for name, data, place in (
        ("one.json", line[0], "record"),
        ("lines.jsonl", b"\n".join(line), "line 1"),
        ("array.JSON", json.dumps([record, other], indent=2).encode(), "item 1"),
        ("bom.json", b"\xef\xbb\xbf \n" + json.dumps([record, other]).encode(), "item 1"),
        ("packed", gzip.compress(b"\n".join(line), mtime=0), "line 1"),
    ):
        path = write(tmp_path, data, name)
        first, *rest = read(path)
        assert isinstance(first, Found) and (first.record, first.report) == (place, rich)
        assert len(rest) == (name != "one.json")
        assert VerisReader().sniff(name, SourceFile(path).head())


def test_long_arrays_are_read_in_pieces(tmp_path: Path) -> None:
    record = json.loads((FIXTURES / "rich.JSON").read_text())
    many = [{**record, "incident_id": f"n-{i}", "notes": 'a "quoted" \\ [brace{ ' * 500} for i in range(150)]
    found = read(write(tmp_path, json.dumps(many).encode()))
    assert [f.record for f in found] == [f"item {i}" for i in range(1, 151)]
    assert all(isinstance(f, Found) for f in found)


def test_broken_arrays(tmp_path: Path) -> None:
    good = json.dumps({"incident_id": "1", "victim": {"victim_id": "Acme"}, "actor": {}}).encode()
    found = read(write(tmp_path, b"[" + good + b", 7, {'x': 1}, " + good[:-30]))
    assert [(type(f).__name__, f.record) for f in found] == [
        ("Found", "item 1"),
        ("Reject", "item 2"),
        ("Reject", "item 3"),
        ("Reject", "item 4"),
    ]
    assert [f.record for f in read(write(tmp_path, b"[" + good + b"] trailing"))] == ["item 1", "after the array"]


@pytest.mark.parametrize(
    "data",
    [b"", b" \n ", b"\x00\x01\x02", b"\xff\xfe{\x00", b"no json", b"{", b"[", b"[]", b"{}", b"[[[[", b'{"a": 1}', b'["incident_id"]',
     b"[" * 100_000, b'{"victim":' * 5_000, b'{"incident_id": "1", "victim": {"victim_id": "\xe9"}}', b"\x1f\x8b\x08\x00broken",
     gzip.compress(b'{"incident_id": "1", "victim": {}}' * 50, mtime=0)[:-12], b'{"incident_id": "1", "victim": {"x": "\\ud800"}}'],
)  # fmt: skip
def test_what_is_no_veris_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(BadInput, match=r"a\.json"):
        read(write(tmp_path, data))


def test_sniffing_leaves_other_json_alone() -> None:
    sniff = VerisReader().sniff
    assert not sniff("a.json", b'{"type": "bundle", "objects": [{"type": "threat-actor"}]}')
    assert not sniff("a.json", b'{"Event": {"info": "x", "Attribute": []}}')
    assert not sniff("a.yaml", b"report:\n  id: victim actor\n")
    assert sniff("x", b'\xef\xbb\xbf[\n {"action": {"hacking": {}}, "victim"')


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-5, 2**70)
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["Unknown", "NA", "US", "x" * 3000])
)
ODD = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3), max_leaves=6
)
PATHS = sorted({p for p, _ in leaves(json.loads((FIXTURES / "rich.JSON").read_text()))})


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.sampled_from([*PATHS, "victim", "actor", "plus", "action.hacking", "asset.assets", "attribute"]), ODD, max_size=4)
)
def test_odd_values_never_break_the_reader(tmp_path: Path, odd: dict[str, Any]) -> None:
    record = json.loads((FIXTURES / "rich.JSON").read_text())
    for path, value in odd.items():
        *parents, last = path.split(".")
        part = record
        for name in parents:
            inner = part.get(name)
            part = inner if isinstance(inner, dict) else part.setdefault("elsewhere", {})
        part[last] = value
    data = json.dumps(record).encode()
    try:
        found = read(write(tmp_path, data))
    except BadInput:
        return
    for one in found:
        if isinstance(one, Found):
            assert one.report.faults() == []


@needs_pack
def test_the_whole_pack() -> None:
    path = VCDB / "vcdb.jsonl.gz"
    with gzip.open(path) as stream:
        lines = stream.read().split(b"\n")
    reports, rejects, ids, missing = 0, [], set(), []
    for found in VerisReader().read(SourceFile(path)):
        if isinstance(found, Reject):
            rejects.append(found)
            continue
        reports += 1
        ids.add(found.report.info.id)
        assert found.report.faults() == []
        record = json.loads(lines[int(found.record.removeprefix("line ")) - 1])
        missing += [(found.record, *loss) for loss in lost(record, found.report)]
    assert reports + len(rejects) == sum(1 for line in lines if line.strip())
    assert [r.reason for r in rejects] == ["repeats line 2 word for word; read once"]
    assert len(ids) == reports
    assert missing == []


@needs_pack
def test_single_files_of_the_pack() -> None:
    refused, ids = [], []
    for path in sorted((VCDB / "records").iterdir()):
        try:
            ids += [f.report.info.id for f in read(path) if isinstance(f, Found)]
        except BadInput:
            refused.append(path.name)
    assert refused == ["README"]
    assert len(set(ids)) == len(ids)
