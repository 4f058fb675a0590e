"""Our own RDF read back: what comes in goes out again as the same bytes, and what is no report of ours is named and put aside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kg.export.rdf import write
from kg.identity.iris import Addresses
from kg.mapping import to_lines, to_quads
from kg.model.report import IncidentReport
from kg.readers.base import Found, Reject, SourceFile
from kg.readers.rdf import Rdf
from kg.readers.registry import reader_for
from tests.conftest import CHECKOUT, make_report
from tests.end_to_end.command import kg

ROOT = Addresses().root
IKG = "https://w3id.org/incident-kg/ontology#"


def one() -> IncidentReport:
    """A report with words, times, counts, a local thing and a review."""
    quote = "Acme said on 19 January that about 300 mailboxes were read. Acme said on 19 January"
    return make_report(
        "acme-1",
        text=f"\u00e9 {quote} no more.",
        incidents=[{"key": "theft", "title": "Theft"}],
        organizations=[{"key": "acme", "id": "acme", "name": "Acme", "aliases": ["ACME Inc"], "country": "US"}],
        involvements=[
            {
                "incident": "theft", "party": "acme", "role": "victim", "count": {"min": 300, "words": "about 300"}, "confidence": 70,
                "confidence_words": "likely",
                "when": "late November 2023", "extracted_by": "rule 1",
                "cites": [{"publisher": "X", "year": 2024}],
                "evidence": [{"quote": "Acme said on 19 January", "occurrence": 2, "section": "Item 1"}, quote],
                "reviewed": {"answer": "accepted", "by": "Ann Example", "when": "2024-02-01"},
            }
        ],
        unmapped=[{"field": "a", "value": "b = c"}],
    )  # fmt: skip


def read(path: Path) -> tuple[list[IncidentReport], list[str]]:
    items = list(Rdf().read(SourceFile(path)))
    return [i.report for i in items if isinstance(i, Found)], [f"{i.record}: {i.reason}" for i in items if isinstance(i, Reject)]


@pytest.mark.parametrize("ending", ["nq", "trig", "jsonld"])
def test_what_goes_out_comes_in(ending: str, tmp_path: Path) -> None:
    other = make_report("acme-2", None)
    file = tmp_path / f"x.{ending}"
    with file.open("wb") as out:
        write([*to_quads(one()), *to_quads(other)], {"nq": "nquads"}.get(ending, ending), out)
    assert reader_for(SourceFile(file)).name == "rdf"
    found, rejects = read(file)
    assert rejects == [] and [to_lines(r) for r in found] == [to_lines(one()), to_lines(other)]


def test_n_quads_are_known_without_their_ending(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("".join(to_lines(one())))
    assert reader_for(SourceFile(tmp_path / "x.txt")).name == "rdf"


LINES = to_lines(one())
GRAPH = f"<{ROOT}report/acme-1>"
START = "<http://www.w3.org/ns/oa#start>"
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
FOREIGN = "<http://e/a> <http://e/p> <http://e/o> <http://e/g> .\n"
CLAIM = next(line.split()[0] for line in LINES if "Involvement" in line)


def changed(old: str, new: str) -> str:
    assert any(old in line for line in LINES)
    return "".join(line.replace(old, new) for line in LINES)


def more(*lines: str) -> str:
    return "".join(LINES) + "".join(f"{line} {GRAPH} .\n" for line in lines)


DEEP = '{"@id":"http://e/a","http://e/p":' * 50_000
BROKEN: dict[str, tuple[str, str | bytes, str]] = {
    "truncated": ("nq", "".join(LINES)[:-40], "is no"),
    "truncated trig": ("trig", f"{GRAPH} {{ <http://e/a> <http://e/b> ", "is no TriG"),
    "truncated json": ("jsonld", '[{"@id": "http://e/a"', "is no JSON-LD"),
    "bad iri": ("nq", f"<http://e/a b> <http://e/p> <http://e/o> {GRAPH} .\n", "line 1: is no N-Quads"),
    "relative iri": ("nq", f"<a> <http://e/p> <http://e/o> {GRAPH} .\n", "line 1: is no N-Quads"),
    "invalid utf-8": ("nq", b'<http://e/a> <http://e/p> "' + b"\xff\xfe" + f'" {GRAPH} .\n'.encode(), "is no N-Quads"),
    "huge literal": ("nq", more(f'{GRAPH} <{IKG}unknown> "{"x" * 3_000_000}"'), "says what no report says"),
    "huge label": ("nq", changed('"Theft"', f'"{"x" * 50_000}"'), "longer than 2,000"),
    "blank node loop": ("nq", more("_:a <http://e/p> _:b", "_:b <http://e/p> _:a"), "blank nodes"),
    "triple term": ("nq", more("<http://e/a> <http://e/p> <<( <http://e/a> <http://e/b> <http://e/c> )>>"), "triple terms"),
    "foreign graph": ("nq", "<http://e/a> <http://e/p> <http://e/o> <http://e/g> .\n", "is not the graph of a report"),
    "no graph": ("nq", "<http://e/a> <http://e/p> <http://e/o> .\n", "default graph"),
    "pretender": ("nq", f"<http://e/a> <http://e/p> <http://e/o> {GRAPH} .\n", "graph"),
    "other id": ("nq", changed('"acme-1"', '"microsoft-8k"'), "calls itself 'microsoft-8k'"),
    "another report's claim": ("nq", changed(CLAIM, f"<{ROOT}report/other/claim/x>"), "key"),
    "one quad too many": ("nq", more(f"<{ROOT}org/microsoft> <{IKG}sector> <{IKG}sector-technology>"), "1 statements too many"),
    "an edge of its own": ("nq", more(f"<{ROOT}incident/x> <{IKG}attributedTo> <{ROOT}actor/y>"), "says what no report says"),
    "one too few": ("nq", "".join(line for line in LINES if "endDay" not in line or CLAIM not in line), "too few"),
    "two titles": ("nq", more(f'{GRAPH} <http://www.w3.org/2004/02/skos/core#prefLabel> "Other"'), "2 values"),
    "ends before it starts": ("nq", changed("2023-12-01T00:00:00Z", "2020-12-01T00:00:00Z"), "before it starts"),
    "no time": ("nq", changed("2023-12-01T00:00:00Z", "soon"), "no report as kg export writes one"),
    "unknown term": ("nq", changed("role-victim", "role-emperor"), "role-emperor"),
    "evidence far away": ("nq", changed("/evidence/2-", "/evidence/3-"), "says what no report says"),
    "huge offset": ("nq", changed(f'{START} "2"', f'{START} "{"9" * 40}"'), "does not fit there"),
    "graph in two parts": ("nq", "".join(LINES[:5]) + FOREIGN + "".join(LINES[5:]), "several"),
    "decisions": ("nq", changed("report/acme-1>", "reference/link-decisions>"), "kg link"),
    "misreading": ("nq", more(f"<{ROOT}report/acme-1/claim/m> {TYPE} <{IKG}Misreading>"), "misreadings"),
    "remote context": ("jsonld", '{"@context": "https://example.org/c.jsonld", "@id": "http://e/a"}', "is no JSON-LD"),
    "deep nesting": ("jsonld", DEEP, "is no JSON-LD"),
    "wrong types": ("jsonld", '{"@id": 7, "@graph": "x"}', "is no JSON-LD"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_named_and_the_rest_goes_in(name: str, tmp_path: Path) -> None:
    ending, content, reason = BROKEN[name]
    file = tmp_path / f"broken.{ending}"
    data = content if isinstance(content, bytes) else content.encode()
    good = to_lines(make_report("zz-good"))
    file.write_bytes(data + (b"\n" + "".join(good).encode() if ending == "nq" else b""))
    found, rejects = read(file)
    assert any(reason in r for r in rejects), rejects
    assert all(len(r) < 1200 for r in rejects)
    if ending == "nq":
        assert [r.info.id for r in found][-1:] == ["zz-good"]


@pytest.mark.parametrize("ending", ["nq", "trig", "jsonld"])
def test_an_export_in_an_empty_workspace_exports_the_same_bytes(ending: str, tmp_path: Path) -> None:
    def run(ws: str, *words: Any) -> None:
        done = kg("-w", tmp_path / ws, *words)
        assert done.code == 0, done.out + done.err

    for ws in ("a", "b"):
        assert kg("init", tmp_path / ws).code == 0
    run("a", "ingest", CHECKOUT / "tests" / "fixtures" / "reports")
    run("a", "export", tmp_path / f"a.{ending}")
    run("b", "ingest", tmp_path / f"a.{ending}")
    run("b", "export", tmp_path / f"b.{ending}")
    assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()
    run("b", "rebuild")
    run("b", "export", tmp_path / f"c.{ending}")
    assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"c.{ending}").read_bytes()
