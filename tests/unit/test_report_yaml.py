"""Our own format: read, written back, and every mistake named with file, line, field and what was expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.errors import BadInput
from kg.readers.base import Found, Reject, SourceFile
from kg.readers.report_yaml import ReportYaml
from kg.readers.schema import json_schema
from kg.readers.template import template
from kg.readers.writing import to_yaml
from kg.resources import folder

MISTAKES = """\
report:
  id: x
  title: A
  titel: B
  publisher: org:sec
  published: 2024-13-45
incidents:
  - key: i
    title: T
    kind: espionnage
involvements:
  - incident: ii
    party: org:microsoft
    role: possible beneficary
  - incidnt: i
    party: MSFT corp
    role: victim
    confidence: 180
    count: {min: 5, max: 2}
organizations:
  - {key: o, name: O, country: XX}
"""


def read(text: str | bytes, tmp_path: Path, name: str = "r.yaml") -> list[Found | Reject]:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(ReportYaml().read(SourceFile(path)))


def test_all_mistakes_at_once_with_line_field_and_hint(tmp_path: Path) -> None:
    (reject,) = read(MISTAKES, tmp_path)
    assert isinstance(reject, Reject)
    lines = reject.reason.splitlines()
    for wanted in (
        "r.yaml:4: report.titel: unknown field 'titel'; did you mean 'title'?",
        "r.yaml:6: report.published: '2024-13-45' is not a time",
        "r.yaml:10: incidents[0].kind[0]: unknown value 'espionnage'; did you mean 'espionage'?",
        "r.yaml:14: involvements[0].role: unknown value 'possible beneficary'; did you mean 'possible beneficiary'?",
        "r.yaml:15: involvements[1].incidnt: unknown field 'incidnt'; did you mean 'incident'?",
        "r.yaml:16: involvements[1].party: 'MSFT corp' is neither a key of this report nor a known id",
        "r.yaml:18: involvements[1].confidence: ",
        "r.yaml:19: involvements[1].count: min 5 is above max 2",
        "r.yaml:21: organizations[0].country: 'XX' is not an ISO 3166-1",
    ):
        assert any(line.startswith(wanted) for line in lines), (wanted, lines)


HEAD = "report: {id: x, title: T, publisher: org:a, published: 2024-01-01}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            HEAD + "incidents: [{key: breach, title: A}]\ninvolvements: [{incident: braech, party: org:a, role: victim}]",
            "'braech' is not declared in this report; did you mean 'breach'?",
        ),
        (HEAD + "incidents: [{key: i, title: A}, {key: i, title: B}]", "the key 'i' is declared twice"),
        (HEAD + "involvements: [{incident: org:a, party: org:a, role: victim}]", "'org:a' is of kind org; expected incident"),
        (
            HEAD + "text: abc\ninvolvements: [{incident: incident:i, party: org:a, role: victim, evidence: abd}]",
            "the words 'abd' do not stand in 'text'",
        ),
        (HEAD + "samenesses: [{a: org:a, b: actor:b, stated_as: same}]", "cannot be related by sameness"),
        (HEAD + "attributions: [{actor: actor:a}]", "names either an incident or a campaign"),
        (
            "reference: {id: x, title: T}\ninvolvements: [{incident: incident:i, party: org:a, role: victim}]",
            "a reference file says nothing about incidents",
        ),
        (HEAD + "text: a\ntext: b", "stands twice; keep one"),
        ("report: &a {id: x, title: T, publisher: org:a}\nreference: *a", "uses a YAML alias"),
        ("just words", "expected a mapping with 'report:' at its top"),
        ("text: no head", "has either a 'report:' or a 'reference:' block"),
        (HEAD + "text: [", "is not YAML"),
    ],
)
def test_what_is_wrong_is_said(text: str, message: str, tmp_path: Path) -> None:
    rejects = [item for item in read(text, tmp_path) if isinstance(item, Reject)]
    assert any(message in reject.reason for reject in rejects), rejects


def test_one_bad_document_leaves_the_others(tmp_path: Path) -> None:
    text = HEAD + "---\nreport: {id: y}\n---\n" + HEAD.replace("id: x", "id: z")
    found = read(text, tmp_path)
    assert [type(item) for item in found] == [Found, Reject, Found]
    assert [item.record for item in found] == ["document 1", "document 2", "document 3"]


@pytest.mark.parametrize(
    "data", [b"", b"  \n", b"\x00\x01\x02\xff", "report: gru\u00df".encode("latin-1"), b"\x1f\x8b\x08\x00broken", b"\xff\xfe\x00"]
)
def test_files_that_are_no_text_are_bad_input(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"r\.yaml: "):
        read(data, tmp_path)


def test_utf16_and_byte_order_marks_are_read(tmp_path: Path) -> None:
    assert isinstance(read(HEAD.encode("utf-16"), tmp_path)[0], Found)
    assert isinstance(read(HEAD.encode("utf-8-sig"), tmp_path)[0], Found)


def test_bombs_stay_small(tmp_path: Path) -> None:
    levels = "\n".join(f"l{n}: &l{n} [{', '.join(['*l' + str(n - 1)] * 9)}]" if n else "l0: &l0 [x]" for n in range(9))
    (reject,) = read(levels, tmp_path)
    assert isinstance(reject, Reject) and "uses a YAML alias" in reject.reason
    deep = read("a: " + "[" * 5000 + "]" * 5000, tmp_path)
    assert len(deep) == 1 and isinstance(deep[0], Reject)


def test_norway_is_no_boolean_and_dates_stay_as_written(tmp_path: Path) -> None:
    (found,) = read(HEAD + "organizations: [{key: o, name: O, country: NO}]", tmp_path)
    assert isinstance(found, Found) and found.report.organizations[0].country == "NO"


def test_the_template_is_a_sound_report(tmp_path: Path) -> None:
    (found,) = read(template("acme-1"), tmp_path)
    assert isinstance(found, Found) and found.report.involvements[0].evidence


def test_bundled_reports_are_written_so_that_they_read_back_equal(tmp_path: Path) -> None:
    count = 0
    for path in sorted(folder("data").rglob("*.yaml")):
        for item in ReportYaml().read(SourceFile(path)):
            assert isinstance(item, Found), item
            (again,) = read(to_yaml(item.report), tmp_path)
            assert isinstance(again, Found), again
            assert again.report == item.report
            count += 1
    assert count >= 30


def test_the_schema_names_every_field_and_its_short_forms() -> None:
    schema = json_schema()
    involvement = schema["$defs"]["Involvement"]["properties"]
    assert "confidence_words" in involvement and "anyOf" in involvement["evidence"]
    assert "possible beneficiary" in schema["$defs"]["Role"]["enum"]
    assert {"type": "string"} in schema["$defs"]["Interval"]["anyOf"]
