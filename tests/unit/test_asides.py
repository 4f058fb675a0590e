"""Files that are no reports: each is named as what it is, counted, and no fault; files that a table is read with are kept with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.errors import NoReport
from kg.readers.asides import what_else
from kg.readers.base import SourceFile
from kg.readers.registry import reader_for
from kg.workspace import create_workspace
from tests.end_to_end.command import kg

ASIDES: dict[str, str] = {
    "README.md": "# Otters\n\nAcme was hacked on 3 May 2024.\n",
    "LICENSE": "You may.\n",
    "files.tsv": "line\tfile\n1\ta.json\n",
    "otters.mapping.yaml": "table: {}\n",
    "schema.json": '{"$schema": "http://json-schema.org/draft-04/schema#"}',
    "words.json": '{"security_incident": ["Confirmed"], "actor": {"external": 1}, "timeline": {}}',
    "taxonomy.json": '{"namespace": "otter", "expanded": "Otters", "predicates": []}',
    "triplets.json": '{"text": "Acme", "explicit_triplets": []}',
    "gold.jsonl": '{"id": "1", "text": "Acme was hacked.", "key": {}}\n',
    "spans.jsonl": '{"id": "1", "sentences": [{"text": "Acme", "spans": []}]}\n',
    "tokens.bio": "Acme\tB-Organization\nwas\tO\nhacked\tO\n.\tO\n",
    "countries.json": "{" + ", ".join(f'"Land {n}": "A{n}"' for n in "ABCDEFGHIJ") + "}",
}


@pytest.mark.parametrize("name", ASIDES)
def test_what_is_no_report_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(ASIDES[name])
    with pytest.raises(NoReport, match=name):
        reader_for(SourceFile(tmp_path / name))


@pytest.mark.parametrize("name", ["report.md", "readme-acme-hacked.txt", "licence-server-hacked.md", "notice.html.md", "indexes.tsv"])
def test_reports_are_not_put_aside(name: str) -> None:
    assert what_else(name, b"Acme was hacked on 3 May 2024.") is None


def test_a_folder_of_asides_goes_through_without_a_fault(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    pack.mkdir()
    for name, text in ASIDES.items():
        (pack / name).write_text(text)
    workspace = create_workspace(tmp_path / "w")
    result = workspace.ingest([pack])
    assert result.rejects == [] and result.total("no_report") == len(ASIDES) == len(result.no_reports)
    done = kg("ingest", str(pack), "--workspace", str(workspace.folder))
    assert done.code == 0 and "no report: pack/README.md: is a README" in done.err


def test_a_named_format_goes_before_the_guess(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(ASIDES["README.md"])
    assert reader_for(SourceFile(tmp_path / "README.md"), "markdown").name == "text"


def test_companions_are_found_beside_a_file_and_one_folder_up(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    for name in ("up.yaml", "below/here.yaml", "below/a.csv"):
        (tmp_path / name).write_text("x")
    source = SourceFile(tmp_path / "below" / "a.csv")
    assert [source.companion(n) is not None for n in ("here.yaml", "up.yaml", "none.yaml")] == [True, True, False]
    assert set(source.used) == {"here.yaml", "up.yaml"}
    assert SourceFile(source.path, companions={}).companion("here.yaml") is None
