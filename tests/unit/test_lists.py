"""Lists of breaches and vulnerabilities (HHS, Have I Been Pwned, KEV): what a row says, what it does not, and broken ones."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kg.errors import BadInput
from kg.model.report import IncidentReport
from kg.readers import items as json_items
from kg.readers.base import Found, Reject, SourceFile
from kg.readers.registry import READERS, reader_for
from kg.workspace import create_workspace

FIXTURES = Path(__file__).parents[1] / "fixtures" / "lists"
PORTAL, BREACHES, EXPLOITED = FIXTURES / "portal.csv", FIXTURES / "breaches.json", FIXTURES / "exploited.json"
PACKS = Path(os.environ.get("KG_SHARED", Path(__file__).parents[3] / "shared")) / "data"


def read(path: Path, format: str) -> tuple[list[IncidentReport], list[Reject]]:
    found = list(READERS[format].read(SourceFile(path)))
    reports = [f.report for f in found if isinstance(f, Found)]
    assert [fault for report in reports for fault in report.faults()] == []
    return reports, [f for f in found if isinstance(f, Reject)]


def parties(report: IncidentReport) -> list[tuple[str, str, str | None]]:
    return [(i.party, i.role.value, i.through) for i in report.involvements]


@pytest.mark.parametrize(("path", "format"), [(PORTAL, "hhs"), (BREACHES, "hibp"), (EXPLOITED, "kev")])
def test_the_format_is_guessed_from_the_content(path: Path, format: str, tmp_path: Path) -> None:
    other = tmp_path / "download"
    other.write_bytes(path.read_bytes())
    assert reader_for(SourceFile(other)).name == format


# HHS


def test_a_row_of_a_covered_entity_names_a_victim_and_people() -> None:
    report = read(PORTAL, "hhs")[0][0]
    assert report.info.id == "hhs-harbour-otter-clinic-wi-2024-04-26"
    assert report.organizations[1].name == "Harbour Otter Clinic"
    assert parties(report) == [("entity", "victim", None), ("people", "affected party", "entity")]
    (people,) = report.impacts
    assert people.amount and people.amount.min == people.amount.max == 1203
    assert people.evidence[0].quote == "of 1,203 individuals"
    assert report.text and "opened\nby a stranger" in report.text


def test_a_business_associate_that_is_present_was_breached_and_the_covered_entity_is_affected() -> None:
    report = read(PORTAL, "hhs")[0][1]
    assert parties(report)[:2] == [("associate", "breached supplier", None), ("entity", "affected party", "associate")]
    assert [(s.supplier, s.customer, s.relation.value) for s in report.supplies] == [("associate", "entity", "business associate")]


def test_a_business_associate_that_reports_was_breached_itself() -> None:
    reports, _ = read(PORTAL, "hhs")
    assert parties(reports[2])[:2] == [("entity", "breached supplier", None), ("covered-entities", "affected party", "entity")]
    assert [r.info.id for r in reports[2:]] == ["hhs-heron-billing-llc-xx-2022-02-02", "hhs-heron-billing-llc-xx-2022-02-02-2"]
    assert reports[2].text is None


def test_numbers_that_contradict_each_other_both_stay() -> None:
    report = read(PORTAL, "hhs")[0][1]
    counts = [(i.amount.min, i.amount.max, i.method and i.method.value) for i in report.impacts if i.amount]
    assert counts == [(500, 500, None), (740, None, "extracted")]


# Have I Been Pwned


def test_an_entry_counts_accounts_and_names_its_source() -> None:
    report = read(BREACHES, "hibp")[0][0]
    info = report.report
    assert info and str(info.published) == "2017-12-10T21:44:27Z" and info.published_from == "ModifiedDate"
    assert info.licence == "CC BY 4.0" and info.attribution and "https://haveibeenpwned.com/" in info.attribution
    assert report.text == "In approximately March 2015, Otter Shop & Sons lost its accounts."
    assert "reference:https://news.example/otter" in info.identifiers
    (amount,) = report.impacts
    assert amount.kind.value == "records" and amount.amount and amount.amount.unit == "accounts"
    assert str(report.timings[0].when) == "2015-03-01 (the day may be unknown)"
    assert [a.kind[0].value for a in report.assets] == ["contact data", "credentials", "personal data"]
    assert [(u.field, u.value) for u in report.unmapped] == [("LogoPath", "https://logo.example/o.png")]


def test_flags_say_how_sure_an_entry_is() -> None:
    reports, _ = read(BREACHES, "hibp")
    stances = [{c.stance.value for c in report.claims()} for report in reports]
    assert stances == [{"asserted"}, {"disputed"}, {"suspected"}]
    assert reports[1].involvements[0].wordsOfConfidence == "HIBP: fabricated, unlikely to come from where it is said to"


def test_a_spam_list_has_no_victim() -> None:
    report = read(BREACHES, "hibp")[0][2]
    assert parties(report) == [("accounts", "affected party", None)]
    assert report.incidents[0].kind[0].value == "unknown"


# KEV


def test_an_entry_says_exploited_and_names_no_incident() -> None:
    known, unknown = read(EXPLOITED, "kev")[0]
    assert known.incidents == () and known.involvements == ()
    assert [(c.words, c.stance.value) for c in known.exploitations] == [
        ("exploited in the wild", "asserted"),
        ("in ransomware campaigns", "asserted"),
    ]
    assert unknown.exploitations[1].stance.value == "not known"
    assert known.report and str(known.report.published) == "2098-05-06"
    assert [p.name for p in (*known.products, *unknown.products)] == ["Otterware Pond Gateway", "Heron OS"]
    assert sorted(u.field for u in known.unmapped) == ["cwes", "dueDate", "requiredAction"]


# again


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [(PORTAL, ",500,", ",501,"), (BREACHES, '"PwnCount": 9', '"PwnCount": 8'), (EXPLOITED, "Pond Gateway leaks", "It leaks")],
)
def test_reading_again_changes_nothing_and_a_changed_record_its_own_report(path: Path, before: str, after: str, tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    workspace.ingest([path])
    assert workspace.ingest([path]).changed_nothing
    changed = tmp_path / path.name
    changed.write_text(path.read_text("utf-8").replace(before, after), "utf-8")
    again = workspace.ingest([changed])
    assert (again.total("new"), again.total("changed"), again.total("rejected")) == (0, 1, 0)


# broken ones


def _rows(change: Callable[[str], str]) -> Callable[[bytes], bytes]:
    return lambda data: change(data.decode()).encode()


def _first(**values: Any) -> Callable[[bytes], bytes]:
    """The JSON with other values in its first record."""

    def changed(data: bytes) -> bytes:
        whole = json.loads(data)
        (whole["vulnerabilities"] if isinstance(whole, dict) else whole)[0].update(values)
        return json.dumps(whole).encode()

    return changed


def _deep(data: bytes) -> bytes:
    whole = json.loads(data)
    (whole["vulnerabilities"] if isinstance(whole, dict) else whole)[0]["deep"] = json.loads("[" * 60 + "]" * 60)
    return json.dumps(whole).encode()


def _twice(data: bytes) -> bytes:
    whole = json.loads(data)
    listed = whole["vulnerabilities"] if isinstance(whole, dict) else whole
    listed.append(dict(listed[0]))
    return json.dumps(whole).encode()


HHS_BROKEN: list[tuple[str, Callable[[bytes], bytes], int, str]] = [
    ("empty", lambda d: b"", 0, "is empty"),
    ("header alone", lambda d: d.split(b"\n")[0] + b"\n", 0, ""),
    ("no header", lambda d: d.split(b"\n", 1)[1], 0, "cells, the header|no column"),
    ("a column twice", _rows(lambda t: t.replace("State,", "Name of Covered Entity,", 1)), 0, "twice"),
    ("a column missing", _rows(lambda t: t.replace("Individuals Affected", "People", 1)), 0, "no column 'Individuals Affected'"),
    ("cut in a quoted cell", lambda d: d[: d.index(b"by a stranger")], 0, "no row of a table"),
    ("a cell too few", _rows(lambda t: t.replace("Slate Plan,TX,", "Slate Plan,", 1)), 3, "has 8 cells, the header 9"),
    ("a cell too many", _rows(lambda t: t.replace("Slate Plan,", "Slate Plan,,", 1)), 3, "has 10 cells"),
    ("no name", _rows(lambda t: t.replace("Slate Plan,", " ,", 1)), 3, "no name of a covered entity"),
    ("a huge name", _rows(lambda t: t.replace("Slate Plan", "x" * 5000, 1)), 3, "no name of a covered entity"),
    ("a huge cell", _rows(lambda t: t.replace("Slate Plan", "x" * 1_100_000, 1)), 3, "field larger"),
    ("no day", _rows(lambda t: t.replace("03/01/2023", "", 1)), 3, "is no day"),
    ("an impossible day", _rows(lambda t: t.replace("03/01/2023", "02/30/2023", 1)), 3, "is no day"),
    ("another way to write days", _rows(lambda t: t.replace("03/01/2023", "2023-03-01", 1)), 3, "is no day"),
    ("a number in words", _rows(lambda t: t.replace(",500,", ",many,", 1)), 4, ""),
    ("a negative number", _rows(lambda t: t.replace(",500,", ",-3,", 1)), 4, ""),
    ("an unknown type", _rows(lambda t: t.replace("Hacking/IT Incident", "Otters", 1)), 4, ""),
    ("a row twice", lambda d: d + d.splitlines(keepends=True)[3], 4, "word for word"),
    ("not UTF-8", lambda d: d.replace(b"Slate", b"Sl\xffte", 1), 0, "is not UTF-8 text"),
    ("NUL", lambda d: d.replace(b"Slate", b"Sl\0ate", 1), 4, ""),
    ("UTF-16", lambda d: d.decode().encode("utf-16"), 0, "is not UTF-8 text"),
]
_JSON_BROKEN: list[tuple[str, Callable[[bytes], bytes], int, str]] = [
    ("empty", lambda d: b"", 0, "no list|broken JSON"),
    ("cut off", lambda d: d[: int(len(d) * 0.9)], -1, "broken JSON after record"),
    ("no JSON", lambda d: b"<html>", 0, "broken JSON"),
    ("a number", lambda d: b"7", 0, "no list"),
    ("not UTF-8", lambda d: d.replace(b"Otter", b"\xff\xfe", 1), 0, "broken JSON"),
    ("a record that is none", lambda d: d.replace(b"[\n  {", b"[\n  7, {", 1).replace(b": [\n", b": [7,\n", 1), 0, "is no entry"),
    ("nested deep", _deep, -1, "nested too deep"),
    ("a record twice", _twice, 0, "of record 1"),
]
HIBP_BROKEN = [
    *_JSON_BROKEN,
    ("no name", _first(Name=None), -1, "has no Name"),
    ("a name that is a list", _first(Name=["x"]), -1, "has no Name"),
    ("a huge name", _first(Name="x" * 5000), -1, "has no Name"),
    ("a name of odd letters", _first(Name="../\u202e\u0000"), 0, ""),
    ("count in words", _first(PwnCount="many"), 0, ""),
    ("count below zero", _first(PwnCount=-1), 0, ""),
    ("count beyond all", _first(PwnCount=10**30), 0, ""),
    ("no day", _first(BreachDate="soon", AddedDate=3, ModifiedDate=None), 0, ""),
    ("classes as words", _first(DataClasses="Names"), 0, ""),
    ("classes of other kinds", _first(DataClasses=[1, None, {"a": 2}, "Names", "Names"]), 0, ""),
    ("flags as words", _first(IsVerified="yes", IsFabricated=1), 0, ""),
    ("description of another kind", _first(Description={"a": "b"}, Title=7, Domain=[]), 0, ""),
    ("broken HTML", _first(Description="<a href='x' <b>&#99999999; &nope; </a"), 0, ""),
    ("a huge description", _first(Description="x" * 1_000_000), 0, ""),
]
KEV_BROKEN = [
    *_JSON_BROKEN,
    ("no list", lambda d: b'{"catalogVersion": "1"}', 0, "has no list 'vulnerabilities'"),
    ("the list is an object", lambda d: b'{"vulnerabilities": {"cveID": 1}}', 0, "has no list"),
    ("no number", _first(cveID=None), -1, "has no CVE number"),
    ("a number of another kind", _first(cveID="GHSA-1"), -1, "has no CVE number"),
    ("a huge number", _first(cveID="CVE-2098-" + "1" * 400), -1, "has no CVE number"),
    ("no day", _first(dateAdded="06.05.2098"), 0, ""),
    ("use that is none", _first(knownRansomwareCampaignUse="Maybe"), 0, ""),
    ("names that are none", _first(vendorProject=1, product=None, vulnerabilityName=[]), 0, ""),
    ("a huge product", _first(product="x" * 100_000), 0, ""),
    ("notes of another kind", _first(notes={"a": 1}), 0, ""),
    ("cwes of another kind", _first(cwes="CWE-1"), 0, ""),
    ("a link without end", _first(notes="https://" + "x" * 4000), 0, ""),
]


def check_broken(format: str, path: Path, change: Callable[[bytes], bytes], there: int, reason: str, folder: Path) -> None:
    broken = folder / path.name
    broken.write_bytes(change(path.read_bytes()))
    reports: list[IncidentReport] = []
    reasons: list[str] = []
    try:
        for item in READERS[format].read(SourceFile(broken)):
            if isinstance(item, Found):
                assert item.report.faults() == []
                reports.append(item.report)
            else:
                assert item.file == path.name and item.record
                reasons.append(item.reason)
    except BadInput as error:
        reasons.append(str(error))
    assert len(reports) == there
    assert bool(reasons) == bool(reason)
    assert not reason or any(part in told for part in reason.split("|") for told in reasons), reasons


@pytest.mark.parametrize(("change", "there", "reason"), [b[1:] for b in HHS_BROKEN], ids=[b[0] for b in HHS_BROKEN])
def test_broken_portal_tables(change: Callable[[bytes], bytes], there: int, reason: str, tmp_path: Path) -> None:
    check_broken("hhs", PORTAL, change, there, reason, tmp_path)


def _there(name: str, there: int, reason: str, all_: int) -> int:
    """How many records are read: all but those that are missing; none of a file that is no list."""
    whole = ("a record that is none", "a record twice")
    if name in whole or not reason or there < 0:
        return all_ + min(there, 0)
    return 0


@pytest.mark.parametrize("case", HIBP_BROKEN, ids=[b[0] for b in HIBP_BROKEN])
def test_broken_breach_lists(case: tuple[str, Callable[[bytes], bytes], int, str], tmp_path: Path) -> None:
    name, change, there, reason = case
    check_broken("hibp", BREACHES, change, _there(name, there, reason, 3), reason, tmp_path)


@pytest.mark.parametrize("case", KEV_BROKEN, ids=[b[0] for b in KEV_BROKEN])
def test_broken_catalogues(case: tuple[str, Callable[[bytes], bytes], int, str], tmp_path: Path) -> None:
    name, change, there, reason = case
    check_broken("kev", EXPLOITED, change, _there(name, there, reason, 2), reason, tmp_path)


def test_long_lists_are_read_in_a_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = [read(BREACHES, "hibp"), read(EXPLOITED, "kev")]
    monkeypatch.setattr(json_items, "MAX_BYTES", 10)
    assert [read(BREACHES, "hibp"), read(EXPLOITED, "kev")] == whole


# real ones


@pytest.mark.parametrize(
    ("file", "format", "reports", "rejects"),
    [
        ("hhs/breach_report.csv", "hhs", 3792, 1),
        ("hibp/breaches.json", "hibp", 607, 0),
        ("kev/known_exploited_vulnerabilities.json.gz", "kev", 1404, 0),
    ],
)
def test_the_real_lists_go_in(file: str, format: str, reports: int, rejects: int) -> None:
    if not (PACKS / file).is_file():
        pytest.skip("the data packs beside the checkout are missing")
    found, aside = read(PACKS / file, format)
    assert (len(found), len(aside)) == (reports, rejects)
    assert len({r.info.id for r in found}) == reports
