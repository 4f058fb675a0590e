"""The command line as a person uses it, in process: what it prints, and its exit codes."""

from __future__ import annotations

import gzip
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import rdflib
from pyoxigraph import RdfFormat, parse

from kg.cli.main import cli, main
from kg.export.rdf import ENDINGS, FORMATS
from kg.readers.template import template
from kg.resources import folder
from kg.workspace import create_workspace


class Done(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Done]

ONE = """\
report: {id: one, title: First report, publisher: org:acme, published: 2024-01-10}
text: Acme said that records were copied.
organizations: [{id: acme, name: Acme Corp, identifiers: "ticker:ACME"}, {id: globex, name: Globex}]
incidents: [{id: break-in, title: Break-in at Acme, kind: data breach}]
assets: [{id: records, name: records, kind: personal data}]
involvements:
  - {incident: break-in, party: acme, role: victim, confirmation: itself, evidence: records were copied}
  - {incident: break-in, party: globex, role: bystander}
compromises: [{incident: break-in, asset: records, effect: exfiltrated, evidence: records were copied}]
"""
WITHDRAWN = (
    ONE.replace("id: one", "id: two")
    .replace("2024-01-10", "2024-03-01")
    .replace("effect: exfiltrated,", "effect: exfiltrated, stance: withdrawn,")
)
VERIS = {
    "incident_id": "a-1", "schema_version": "1.3.7", "source_id": "ours", "security_incident": "Confirmed", "summary": "A laptop was lost.",
    "victim": {"victim_id": "Acme Corp", "country": ["US"], "industry": "522110", "employee_count": "Unknown"},
    "actor": {"internal": {"variety": ["End-user"], "motive": ["NA"]}},
    "action": {"error": {"variety": ["Loss"], "vector": ["Carelessness"]}},
    "asset": {"assets": [{"variety": "U - Laptop"}]}, "attribute": {"availability": {"variety": ["Loss"]}},
    "timeline": {"incident": {"year": 2020, "month": 5}}, "plus": {"master_id": "a-1", "created": "2020-06-01T00:00:00Z"},
}  # fmt: skip


@pytest.fixture
def kg(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KG_WORKSPACE", raising=False)

    def run(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["kg", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 0 if stop.code is None else 1
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return Done(code, printed.out, printed.err)

    return run


@pytest.fixture
def made(kg: Run, tmp_path: Path) -> Path:
    (tmp_path / "one.yaml").write_text(ONE)
    assert kg("init", "w").code == 0
    assert kg("-w", "w", "ingest", "one.yaml").code == 0
    return tmp_path / "w"


def test_every_command_has_help_with_an_example(kg: Run) -> None:
    for name in cli.commands:
        done = kg(name, "--help")
        assert done.code == 0 and f"Example: kg {name}" in done.out, name


def test_twice_is_a_no_op_and_says_so(kg: Run, made: Path) -> None:
    before = json.loads(kg("-w", "w", "status", "--format", "json").out)
    done = kg("-w", "w", "ingest", "one.yaml")
    assert done.code == 0 and "nothing changed" in done.out
    assert json.loads(kg("-w", "w", "status", "--format", "json").out)["quads"] == before["quads"]


def test_a_corrected_report_replaces_its_own_graph(kg: Run, made: Path) -> None:
    assert "break-in" in kg("-w", "w", "query", "-e", "SELECT ?i { ?i ikg:stolen ?a }").out
    (made.parent / "one.yaml").write_text(ONE.replace("effect: exfiltrated", "effect: accessed").replace("Globex", "Initech"))
    assert "1" in kg("-w", "w", "ingest", "one.yaml").out
    assert "break-in" not in kg("-w", "w", "query", "-e", "SELECT ?i { ?i ikg:stolen ?a }").out
    assert "Globex" not in kg("-w", "w", "search", "Globex").out
    assert "Initech" in kg("-w", "w", "search", "initech").out


def test_a_withdrawal_takes_the_edge_away(kg: Run, made: Path) -> None:
    (made.parent / "two.yaml").write_text(WITHDRAWN)
    assert kg("-w", "w", "ingest", "two.yaml").code == 0
    assert "break-in" not in kg("-w", "w", "query", "-e", "SELECT ?i { ?i ikg:stolen ?a }").out


def test_many_kinds_of_files_at_once_and_rejects_are_named(kg: Run, made: Path) -> None:
    box = made.parent / "in box"
    (box / "deep").mkdir(parents=True)
    (box / "README.md").write_text("# not a report")
    (box / "bad.yaml").write_text("report: {id: x}\n")
    (box / "empty.yaml").write_text("")
    (box / "binary.yaml").write_bytes(b"\x00\xff\x00")
    (box / "deep" / "r.json").write_text(json.dumps(VERIS))
    (box / "lines.json.gz").write_bytes(
        gzip.compress((json.dumps({**VERIS, "incident_id": "b", "plus": {"master_id": "b"}}) + "\n").encode())
    )
    (box / "cut.gz").write_bytes(gzip.compress(json.dumps(VERIS).encode() * 50)[:60])
    done = kg("-w", "w", "ingest", "in box", "--output", "json")
    told = json.loads(done.out)
    assert done.code == 1
    assert {r["file"].rpartition("/")[2] for r in told["rejects"]} == {"bad.yaml", "empty.yaml", "binary.yaml", "cut.gz"}
    assert [n["file"].rpartition("/")[2] for n in told["no_reports"]] == ["README.md"]
    assert all(r["reason"] for r in told["rejects"])
    assert sum(f["new"] for f in told["files"]) == 2
    assert "Acme Corp" in kg("-w", "w", "search", "acme corp").out


def test_the_same_id_in_two_files_is_named(kg: Run, made: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (made.parent / name).write_text(
            ONE.replace("id: one", "id: same").replace("records were", "records  were")
            if name == "b.yaml"
            else ONE.replace("id: one", "id: same")
        )
    done = kg("-w", "w", "ingest", "a.yaml", "b.yaml")
    assert done.code == 1 and "b.yaml" in done.err


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("INSERT DATA { <a:a> <a:b> <a:c> }", "changes data"),
        ("SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }", "SERVICE is not allowed"),
        ("SELECT ?x {", "cannot be read"),
        ("SELECT ?x { ?x nope:a ?y }", "nope"),
    ],
)
def test_bad_queries_are_one_line(query: str, words: str, kg: Run, made: Path) -> None:
    done = kg("-w", "w", "query", "-e", query)
    assert done.code == 3 and words in done.err and len(done.err.strip().splitlines()) == 1


def test_an_answer_without_rows_says_about_what_it_was_asked(kg: Run, tmp_path: Path) -> None:
    create_workspace(tmp_path / "empty").ingest([])
    code, out, err = kg("-w", tmp_path / "empty", "query", "CQ10")
    assert code == 0 and len(out.splitlines()) == 1 and "no rows for incident=" in err and "--param incident=" in err


def test_many_rejects_of_one_file_are_counted(kg: Run, tmp_path: Path) -> None:
    create_workspace(tmp_path / "w")
    same = "report: {id: one, title: T, publisher: org:a}\n"
    (tmp_path / "many.yaml").write_text("---\n".join([same] * 60))
    code, _, err = kg("-w", tmp_path / "w", "ingest", tmp_path / "many.yaml")
    assert code == 1 and err.count("an id of its own") == 20 and "39 more records" in err
    code, out, _ = kg("-w", tmp_path / "w", "ingest", tmp_path / "many.yaml", "--output", "json")
    assert code == 1 and len(json.loads(out)["rejects"]) == 59


def test_formats_of_answers(kg: Run, made: Path) -> None:
    ask = ("-w", "w", "query", "-e", "SELECT ?i ?p { ?i ikg:victim ?p }", "--format")
    assert json.loads(kg(*ask, "json").out)["results"]["bindings"][0]["p"]["type"] == "uri"
    assert kg(*ask, "csv").out.splitlines()[0] == "i,p" and "\t" in kg(*ask, "tsv").out
    assert "<sparql" in kg(*ask, "xml").out and "org:acme" in kg(*ask, "table").out
    assert kg("-w", "w", "query", "-e", "ASK { ?i ikg:victim ?p }").out == "true\n"
    turtle = kg("-w", "w", "query", "-e", "CONSTRUCT { ?i ikg:victim ?p } { ?i ikg:victim ?p }", "--format", "ttl").out
    assert len(rdflib.Graph().parse(data=turtle)) == 1
    cut = kg("-w", "w", "query", "-e", "SELECT ?s { ?s ?p ?o }", "--limit", "3")
    assert "only the first 3" in cut.err and len(cut.out.splitlines()) == 4


def test_a_limit_really_stops_a_query(made: Path) -> None:
    import subprocess

    heavy = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n2 ?o }"
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "kg.cli.main", "-w", str(made), "query", "-e", heavy, "--timeout", "1"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 3 and "longer than 1 s" in done.stderr and time.monotonic() - start < 15


@pytest.mark.parametrize("ending", ["ttl", "trig", "nt", "nq", "jsonld", "rdf"])
def test_exports_parse_and_are_the_same_after_a_rebuild(ending: str, kg: Run, made: Path) -> None:
    assert kg("-w", "w", "export", f"a.{ending}").code == 0
    assert kg("-w", "w", "rebuild").code == 0
    assert kg("-w", "w", "export", f"b.{ending}").code == 0
    first, second = ((made.parent / f"{n}.{ending}").read_bytes() for n in "ab")
    assert first == second
    count = len({q.triple for q in parse(first, FORMATS[ENDINGS[f".{ending}"]])})
    plain = len({q.triple for q in parse((made.parent / f"a.{ending}").read_bytes(), FORMATS[ENDINGS[f".{ending}"]])})
    assert count == plain > 50


def test_exports_do_not_depend_on_the_order_of_reading(kg: Run, tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(ONE)
    (tmp_path / "two.yaml").write_text(WITHDRAWN)
    (tmp_path / "three.json").write_text(json.dumps(VERIS))
    for name, order in (("x", ("one.yaml", "two.yaml", "three.json")), ("y", ("three.json", "two.yaml", "one.yaml"))):
        kg("init", name)
        for file in order:
            assert kg("-w", name, "ingest", file).code == 0
        kg("-w", name, "export", f"{name}.trig")
    assert (tmp_path / "x.trig").read_bytes() == (tmp_path / "y.trig").read_bytes()


def test_export_about_a_thing(kg: Run, made: Path) -> None:
    done = kg("-w", "w", "export", "-", "--about", "Acme Corp")
    quads = list(parse(done.out.encode(), RdfFormat.TURTLE)) if done.out else []
    assert done.code == 0 and any("victim" in q.predicate.value for q in quads)


def test_names_that_are_unknown_or_several(kg: Run, made: Path) -> None:
    unknown = kg("-w", "w", "show", "Acme Crop")
    assert unknown.code == 2 and "near: org:acme" in unknown.err
    (made.parent / "names").write_text("ACME\nnobody\n")
    done = kg("-w", "w", "resolve", "--file", "names", "--format", "tsv")
    assert done.code == 0 and done.out == "ACME\thttps://w3id.org/incident-kg/id/org/acme\n"
    assert "bystander" in kg("-w", "w", "show", "Globex").out


def test_workspaces_are_found_and_missed(kg: Run, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = kg("status")
    assert missing.code == 2 and "kg init" in missing.err and len(missing.err.splitlines()) == 1
    assert kg("status", "-w", "w").code == 0
    (made / "below").mkdir()
    monkeypatch.chdir(made / "below")
    assert kg("status").code == 0
    monkeypatch.chdir("/")
    monkeypatch.setenv("KG_WORKSPACE", str(made))
    assert kg("status").code == 0
    (made / "workspace.json").write_text('{"layout": 99, "base": "https://x.org/"}')
    newer = kg("status")
    assert newer.code == 3 and "later version" in newer.err


def test_a_second_writer_is_told_who_writes(kg: Run, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    from kg.errors import Locked
    from kg.workspace import Workspace

    first, second = Workspace(made), Workspace(made)
    with first.writing(), pytest.raises(Locked, match=str(os.getpid())), second.writing(timeout=0.1):
        pass


def test_what_a_dead_writer_left_is_repaired(kg: Run, made: Path) -> None:
    from kg.workspace import Workspace

    kg("-w", "w", "export", "before.nq")
    workspace = Workspace(made)
    with pytest.raises(RuntimeError), workspace.writing() as index:
        index.store.load(index.store.quads(next(index.store.graphs())))
        index.store.replace({g: [] for g in list(index.store.graphs())})
        raise RuntimeError("as if the process had been killed here")
    assert workspace.index.pending
    assert kg("-w", "w", "ingest", "one.yaml").code == 0
    kg("-w", "w", "export", "after.nq")
    assert (made.parent / "before.nq").read_bytes() == (made.parent / "after.nq").read_bytes()


def test_validate_names_every_mistake(kg: Run, made: Path) -> None:
    (made.parent / "bad.yaml").write_text(ONE.replace("role: victim", "role: victm").replace("kind: personal data", "kind: persnal data"))
    done = kg("validate", "bad.yaml")
    assert done.code == 3 and "did you mean 'victim'" in done.out and "did you mean 'personal data'" in done.out
    assert kg("validate", "one.yaml").code == 0
    kg("-w", "w", "export", "good.ttl")
    assert kg("validate", "good.ttl").code == 0
    assert kg("-w", "w", "validate").code == 0


def test_new_schema_and_template(kg: Run, made: Path) -> None:
    assert kg("new", "--out", "mine.yaml").code == 0
    assert (made.parent / "mine.yaml").read_text() == template("my-report")
    assert kg("new", "--out", "mine.yaml").code == 2
    assert json.loads(kg("schema").out)["$schema"].startswith("https://json-schema.org")


def test_the_demo_tells_the_case(kg: Run, tmp_path: Path) -> None:
    start = time.monotonic()
    done = kg("demo")
    assert done.code == 0 and time.monotonic() - start < 60
    hit, _, rest = done.out.partition("Named in the same reports, and no victims")
    assert "victim    Microsoft" in hit and "U.S. Department of Veterans Affairs; through Microsoft; confirmed by itself" in hit
    assert "DSMY" not in hit.partition("Who was hit")[2] and "bystander: DSMY" in rest
    assert "denied      Microsoft-hosted customer-facing systems" in rest and "no faults" in rest
    assert sum(1 for _ in parse(path=str(tmp_path / "demo" / "graph.ttl"), format=RdfFormat.TURTLE)) > 10_000
    assert kg("query", "CQ10").code == 0


def test_hostile_values_are_data(kg: Run, made: Path) -> None:
    for text in ('"} DROP ALL', "' OR 1=1", "<script>", "\\u202e", "x" * 5000, "%s{}", 'NEAR("a")', ")*"):
        assert kg("-w", "w", "search", text).code == 0
        assert kg("-w", "w", "query", "CQ02", "--param", f"name={text}").code == 0


def test_the_bundled_folders_are_whole() -> None:
    assert (folder("ontology") / "shapes.ttl").is_file() and len(list(folder("queries").glob("*.rq"))) == 40
