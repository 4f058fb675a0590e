"""The command line in the hands of somebody new: every command, every way to be wrong about it."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import click
import jsonschema
import pytest
import rdflib
import yaml
from filelock import FileLock

from kg.cli.main import cli
from tests.conftest import CHECKOUT
from tests.end_to_end.command import FIXTURES, child, kg

RECORD = {
    "incident_id": "A-1", "source_id": "lab", "summary": "A laptop was lost.",
    "victim": {"victim_id": "Copse Clinic", "country": ["NO"]}, "actor": {"external": {"variety": ["Unknown"]}},
    "action": {"physical": {"variety": ["Theft"]}}, "asset": {"assets": [{"variety": "U - Laptop"}]},
    "attribute": {"confidentiality": {"data_disclosure": "Unknown"}}, "timeline": {"incident": {"year": 2021}},
}  # fmt: skip


def record(incident_id: str, **other: object) -> str:
    return json.dumps({**RECORD, "incident_id": incident_id, **other}) + "\n"


@pytest.fixture
def ws(tmp_path: Path) -> Path:
    """A workspace with the fixture reports."""
    assert kg("init", tmp_path / "ws").code == 0
    assert kg("-w", tmp_path / "ws", "ingest", FIXTURES).code == 0
    return tmp_path / "ws"


@pytest.fixture(scope="module")
def shared_ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for tests that only read."""
    folder = tmp_path_factory.mktemp("cli") / "ws"
    assert kg("init", folder).code == 0
    assert kg("-w", folder, "ingest", FIXTURES).code == 0
    return folder


def exported(ws: Path) -> bytes:
    done = kg("-w", ws, "export", "-", "--format", "nquads")
    assert done.code == 0
    return done.raw


# ── help, and where the workspace is ─────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", list(cli.commands))
def test_help_shows_an_example_that_names_real_options(name: str) -> None:
    done = kg(name, "--help")
    assert done.code == 0
    examples = [line.strip() for line in done.out.splitlines() if line.strip().startswith("Example: kg ")]
    assert examples and all(line.startswith(f"Example: kg {name}") for line in examples)
    command = cli.commands[name]
    context = click.Context(command)
    below = [command.get_command(context, one) for one in command.list_commands(context)] if isinstance(command, click.Group) else []
    known = {o for part in (command, *below) if part for p in part.params for o in p.opts}
    assert {word for line in examples for word in line.split() if word.startswith("--")} <= known


def test_version_and_an_unknown_command() -> None:
    assert kg("--version").out.startswith("kg, version ")
    wrong = kg("inges", "x")
    assert wrong.code == 2 and "No such command 'inges'" in wrong.err


def test_the_workspace_is_named_before_or_after_by_the_environment_or_found(ws: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (ws / "reports" / "below").mkdir()
    expected = str(ws)
    assert expected in kg("-w", ws, "status").out
    assert expected in kg("status", "-w", ws).out
    assert expected in kg("status", "--workspace", ws).out
    assert expected in kg("status", env={"KG_WORKSPACE": str(ws)}).out
    monkeypatch.chdir(ws / "reports" / "below")
    assert expected in kg("status").out


def test_no_workspace_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for words in (["status"], ["query", "CQ01"], ["search", "x"], ["ingest", "x"], ["export", "-"], ["show", "x"], ["rebuild"]):
        done = kg(*words)
        assert done.code == 2 and done.out == "" and done.err.count("\n") == 1 and "kg init" in done.err, words
    assert "is no workspace" in kg("-w", "elsewhere", "status").err


def test_init_refuses_full_folders_and_bad_bases(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").touch()
    assert kg("init", tmp_path / "full").code == 2
    assert kg("init", tmp_path / "full" / "a").code == 2
    assert kg("init", tmp_path / "w").code == 0
    assert "is a workspace already" in kg("init", tmp_path / "w").err
    for base in ("example.org/", "https://example.org", "https://e x.org/", "javascript:alert(1)/"):
        assert kg("init", tmp_path / "v", "--base", base).code == 2, base
    assert not (tmp_path / "v").exists()


def test_another_base_is_in_every_address(tmp_path: Path) -> None:
    kg("init", tmp_path / "w", "--base", "https://kg.example/")
    kg("-w", tmp_path / "w", "ingest", FIXTURES)
    assert "https://kg.example/id/org/orchard-systems" in kg("-w", tmp_path / "w", "export", "-").out.replace(
        "org:", "https://kg.example/id/org/"
    )
    assert b"<https://w3id.org/incident-kg/id/" not in exported(tmp_path / "w")


# ── taking in ────────────────────────────────────────────────────────────────────────────────


def test_what_new_prints_goes_in(tmp_path: Path) -> None:
    kg("init", tmp_path / "w")
    for report_id in ("acme-8k", "2024", "1.5", "null", "no", "2024-01-01"):
        printed = kg("new", "--id", report_id)
        done = kg("-w", tmp_path / "w", "ingest", "-", stdin=printed.raw)
        assert done.code == 0, (report_id, done.err)
        assert (tmp_path / "w" / "reports" / f"{report_id}.yaml").is_file()
    target = tmp_path / "mine.yaml"
    assert kg("new", "--out", target).code == 0 and kg("validate", target).code == 0
    assert "exists already" in kg("new", "--out", target).err
    assert kg("new", "--id", "../evil").code == 2
    assert kg("new", "--out", tmp_path / "no" / "folder.yaml").code == 2


def test_yaml_veris_and_packed_files_in_one_go(tmp_path: Path) -> None:
    box = tmp_path / "in box ü"
    (box / "deep").mkdir(parents=True)
    (box / "deep" / "a report.yaml").write_bytes((FIXTURES / "names.yaml").read_bytes())
    (box / "packed.yaml.gz").write_bytes(gzip.compress(b"# " + b"x" * 5000 + b"\n" + (FIXTURES / "undated.yaml").read_bytes()))
    (box / "lines.jsonl.gz").write_bytes(gzip.compress((record("A-1") + record("A-2")).encode()))
    (box / "one.json").write_text(record("A-3"))
    (box / "README.md").write_text("# Read me\n")
    (box / ".hidden").write_text("not looked at")
    kg("init", tmp_path / "w")
    done = kg("-w", tmp_path / "w", "ingest", box, FIXTURES / "orchard-first.yaml", "--output", "json")
    told = json.loads(done.out)
    assert done.code == 0 and told["rejects"] == []
    assert told["no_reports"] == [{"file": "in box ü/README.md", "what": "is a README"}]  # said so, and no fault
    assert {f["file"]: (f["format"], f["new"]) for f in told["files"] if f["new"]} == {
        "in box ü/deep/a report.yaml": ("yaml", 1),
        "in box ü/lines.jsonl.gz": ("veris", 2),
        "in box ü/one.json": ("veris", 1),
        "in box ü/packed.yaml.gz": ("yaml", 1),
        "orchard-first.yaml": ("yaml", 1),
    }
    again = kg("-w", tmp_path / "w", "ingest", box / "deep", box / "one.json")
    assert again.code == 0 and "nothing changed" in again.out


def test_an_unknown_format_leaves_nothing_to_repair(ws: Path) -> None:
    done = kg("-w", ws, "ingest", FIXTURES, "--format", "papyrus")
    known = "attack, email, hhs, hibp, html, kev, markdown, pdf, rdf, text, veris, yaml"
    assert done.code == 2 and f"unknown format 'papyrus'; known: {known}" in done.err
    assert not (ws / "store" / "pending.json").exists()


def test_a_path_that_is_not_there_takes_nothing_in(ws: Path) -> None:
    before = exported(ws)
    for path in ("nowhere.yaml", "x" * 300):
        done = kg("-w", ws, "ingest", FIXTURES, path)
        assert done.code == 2 and "does not exist" in done.err
    assert exported(ws) == before


def test_a_correction_replaces_quads_edges_and_names(ws: Path, tmp_path: Path) -> None:
    ask = "ASK { ?i ikg:stolen ?a . ?a skos:prefLabel 'signing keys' }"
    assert kg("-w", ws, "query", "-e", ask).out == "true\n"
    text = (
        (FIXTURES / "orchard-first.yaml")
        .read_text()
        .replace("effect: exfiltrated", "effect: viewed")
        .replace("name: signing keys", "name: root keys")
    )
    (tmp_path / "other-name.yaml").write_text(text)
    done = kg("-w", ws, "ingest", tmp_path / "other-name.yaml", "--output", "json")
    assert json.loads(done.out)["files"][0]["changed"] == 1
    assert kg("-w", ws, "query", "-e", ask).out == "false\n"
    assert kg("-w", ws, "query", "-e", "ASK { ?s ?p 'signing keys' }").out == "false\n"
    assert "nothing" in kg("-w", ws, "search", "signing keys").out
    assert "root keys" in kg("-w", ws, "search", "root keys").out
    kg("-w", ws, "ingest", FIXTURES / "orchard-first.yaml")
    assert kg("-w", ws, "query", "-e", ask).out == "true\n"


def test_rebuilding_gives_what_was_there_whatever_came_when(tmp_path: Path) -> None:
    """The older file comes again, two files share a record, another format replaces: what came last counts."""
    first, second, shares = (tmp_path / name for name in ("first.jsonl", "second.jsonl", "shares.jsonl"))
    first.write_text(record("A-1") + record("A-2"))
    second.write_text(record("A-1", summary="Corrected.") + record("A-2"))
    shares.write_text(record("A-1", summary="Of the other file.") + record("A-9"))
    ours = tmp_path / "ours.yaml"
    ours.write_text("report: {id: lab-A-2, title: By hand, publisher: org:fixture-lab}\n")
    steps = [(first,), (second,), (first, ours), (second, shares), (shares,), (ours,)]
    ws = tmp_path / "w"
    kg("init", ws)
    for number, paths in enumerate(steps):
        assert kg("-w", ws, "ingest", *paths).code in (0, 1)
        before = exported(ws)
        kg("-w", ws, "rebuild")
        assert exported(ws) == before, number


def test_the_store_can_be_thrown_away(ws: Path) -> None:
    import shutil

    before = exported(ws)
    shutil.rmtree(ws / "store")
    (ws / "sources").rmdir()
    assert kg("-w", ws, "status").code == 3
    assert kg("-w", ws, "rebuild").code == 0
    assert exported(ws) == before


# ── asking ───────────────────────────────────────────────────────────────────────────────────


def test_queries_from_every_place(shared_ws: Path, tmp_path: Path) -> None:
    saved = kg("-w", shared_ws, "query", "CQ28", "-p", "supplier=org:orchard-systems")
    assert saved.code == 0 and "quayside-bank" in saved.out
    text = "SELECT ?l { org:x skos:prefLabel ?l }"
    assert kg("-w", shared_ws, "query", "-e", text).code == 3
    (tmp_path / "q.rq").write_text("SELECT ?l { ?thing skos:prefLabel ?l }")
    told = kg("-w", shared_ws, "query", tmp_path / "q.rq", "-p", "thing=org:quayside-bank")
    assert told.out == "l\nQuayside Bank\n"
    (tmp_path / "bad.rq").write_bytes(b"\xff\xfe\xfa")
    assert "is not UTF-8" in kg("-w", shared_ws, "query", tmp_path / "bad.rq").err
    assert "cannot be read" in kg("-w", shared_ws, "query", tmp_path / "gone.rq").err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "give a saved question"),
        (("CQ01", "-e", "ASK {}"), 2, "give a saved question"),
        (("SELECT * { ?s ?p ?o } # " + "x" * 300,), 2, "put -e before it"),
        (("x" * 300,), 2, "there is no saved query"),
        (("CQ99",), 2, "near: cq"),
        (("CQ28", "-p", "supplier"), 2, "--param is name=value"),
        (("CQ28", "-p", "nobody=org:x"), 2, "no parameter 'nobody'"),
        (("CQ28", "-p", "supplier=http://a|b"), 2, "not a valid IRI"),
        (("-e", "SELECT ?s {\n  ?s ?p }"), 3, "line 2"),
        (("-e", "ASK {\n ?s foo:bar 1 }"), 3, "line 2: the prefix 'foo:' is not declared"),
        (("-e", "ASK { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }"), 3, "SERVICE is not allowed"),
        (("-e", "insert data { <urn:a> <urn:b> 1 }"), 3, "changes data"),
        (("-e", "DROP ALL"), 3, "changes data"),
        (("-e", "LOAD <file:///etc/passwd>"), 3, "changes data"),
        (("-e", ""), 3, "empty"),
        (("-e", "SELECT ?s { ?s ?p ?o }", "-p", "z=1"), 3, "no variable ?z"),
        (("-e", "SELECT * { ?s ?p ?o }", "--format", "ttl"), 2, "CONSTRUCT"),
        (("-e", "ASK {}", "--limit", "-1"), 2, "--limit"),
        (("-e", "ASK {}", "--timeout", "-1"), 2, "--timeout"),
        (("-e", "ASK { ?s ?p '\udcff' }"), 2, "not UTF-8"),
    ],
)
def test_wrong_queries(arguments: tuple[str, ...], code: int, words: str, shared_ws: Path) -> None:
    before = exported(shared_ws)
    done = kg("-w", shared_ws, "query", *arguments)
    assert (done.code, done.out) == (code, "") and words in done.err
    assert exported(shared_ws) == before


def test_every_format_of_a_table_says_the_same(shared_ws: Path) -> None:
    text = "SELECT ?s ?n ?none\n"
    text += "{ VALUES (?s ?n) { (ikg:x 'a\"b,c\td\\u0001<&') (ikg:y 7) (ikg:z 'ø'@nb) } OPTIONAL { ?s ikg:no ?none } } ORDER BY ?s"
    ask = ("-w", shared_ws, "query", "-e", text, "--format")
    values = ['a"b,c\td\x01<&', "7", "ø"]
    assert [r[1] for r in csv.reader(io.StringIO(kg(*ask, "csv").out))][1:] == values
    assert [r[1] for r in csv.reader(io.StringIO(kg(*ask, "tsv").out), delimiter="\t")][1:] == values
    told = json.loads(kg(*ask, "json").out)
    assert told["head"] == {"vars": ["s", "n", "none"]}
    rows = told["results"]["bindings"]
    assert [r["n"]["value"] for r in rows] == values and not any("none" in r for r in rows)
    assert rows[0]["s"] == {"type": "uri", "value": "https://w3id.org/incident-kg/ontology#x"}
    assert rows[1]["n"]["datatype"].endswith("#integer") and rows[2]["n"]["xml:lang"] == "nb"
    root = ElementTree.fromstring(kg(*ask, "xml").out)
    literals = root.findall(".//{*}literal")
    assert [e.text for e in literals] == ['a"b,c\td\ufffd<&', "7", "ø"]
    assert literals[2].get("{http://www.w3.org/XML/1998/namespace}lang") == "nb"
    assert kg(*ask, "table").out.splitlines()[2].split("\t") == ["ikg:y", "7", ""]


def test_ask_construct_and_describe(shared_ws: Path) -> None:
    ask = ("-w", shared_ws, "query", "--format")
    assert json.loads(kg(*ask, "json", "-e", "ASK {}").out) == {"head": {}, "boolean": True}
    assert ElementTree.fromstring(kg(*ask, "xml", "-e", "ASK { ?s ikg:nothing 1 }").out).findtext("{*}boolean") == "false"
    made = "CONSTRUCT { ?s rdfs:label ?l ; ikg:with [ ikg:odd ?s ] } { ?s a ikg:Organization ; skos:prefLabel ?l }"
    sizes = {kind: len(rdflib.Graph().parse(data=kg(*ask, name, "-e", made).out, format=kind)) for name, kind in
             (("ttl", "turtle"), ("table", "turtle"), ("json", "json-ld"), ("xml", "xml"))}  # fmt: skip
    assert set(sizes.values()) == {3 * 4}
    described = kg(*ask, "ttl", "-e", "DESCRIBE <https://w3id.org/incident-kg/id/org/quayside-bank>")
    assert "Quayside Bank" in described.out


def test_rows_left_out_are_said(shared_ws: Path) -> None:
    ask = ("-w", shared_ws, "query", "-e", "SELECT * { ?s ?p ?o }", "--limit")
    three = kg(*ask, "3")
    assert len(three.out.splitlines()) == 4 and "only the first 3 rows" in three.err
    assert kg(*ask, "0").err == ""


@pytest.mark.parametrize("timeout", ["inf", "nan", "1e300", "0"])
def test_odd_limits_of_time_are_no_limit(timeout: str, shared_ws: Path) -> None:
    done = kg("-w", shared_ws, "query", "-e", "ASK {}", "--timeout", timeout)
    assert (done.code, done.out, done.err) == (0, "true\n", "")


def test_a_heavy_query_is_stopped_in_time(shared_ws: Path) -> None:
    heavy = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    began = time.monotonic()
    done = child("-w", shared_ws, "query", "-e", heavy, "--timeout", "0.5")
    assert done.returncode == 3 and done.stderr == "kg: the query took longer than 0.5 s and was stopped; --timeout gives it more\n"
    assert time.monotonic() - began < 10


def test_the_list_of_questions() -> None:
    told = json.loads(kg("queries", "--format", "json").out)
    assert len(told) >= 40 and all(q["id"] and q["title"] and q["columns"] for q in told)
    assert len(kg("queries").out.splitlines()) == len(told) + 1


# ── finding and showing ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("paper", "wasp"), "actor:paper-wasp"),
        (("papr wasp",), "actor:paper-wasp"),
        (("pw-7",), "actor:paper-wasp"),
        (("ORCH",), "org:orchard-systems"),
        (("G9901",), "actor:paper-wasp"),
        (("bank", "quay"), "org:quayside-bank"),
    ],
)
def test_search_forgives(words: tuple[str, ...], expected: str, shared_ws: Path) -> None:
    assert kg("-w", shared_ws, "search", *words).out.splitlines()[1].split("\t")[0] == expected


@pytest.mark.parametrize(
    "text", ['" OR 1=1 --', "'; DROP TABLE entry; --", "NEAR(", "*", "%", "a" * 10_000, "\u202e", "\x1b[31m", "{ ?s ?p ?o }", "\udcff"]
)
def test_hostile_names_are_only_names(text: str, shared_ws: Path) -> None:
    for command in ("search", "resolve"):
        assert kg("-w", shared_ws, command, "--", text).code == 0
    assert kg("-w", shared_ws, "show", "--", text).code == 2
    assert kg("-w", shared_ws, "search", "paper wasp").code == 0


def test_search_by_kind_and_limit(shared_ws: Path) -> None:
    told = json.loads(kg("-w", shared_ws, "search", "orchard", "--kind", "Incident", "--format", "json").out)
    assert told and {h["kind"] for h in told} == {"Incident"}
    assert len(kg("-w", shared_ws, "search", "o", "--limit", "1").out.splitlines()) <= 2
    assert kg("-w", shared_ws, "search", "o", "--limit", "0").code == 2


def test_resolve_says_all_meanings(shared_ws: Path, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("Lantern\n\nnobody of that name\norg:quayside-bank\nhttp://a b\n", "utf-8")
    done = kg("-w", shared_ws, "resolve", "--file", tmp_path / "names.txt", "--format", "tsv")
    assert [line.split("\t") for line in done.out.splitlines()] == [
        ["Lantern", "https://w3id.org/incident-kg/id/actor/copper-newt"],
        ["Lantern", "https://w3id.org/incident-kg/id/actor/paper-wasp"],
        ["org:quayside-bank", "https://w3id.org/incident-kg/id/org/quayside-bank"],
    ]
    assert "used by Fixture Lab" in kg("-w", shared_ws, "resolve", "PW-7").out
    assert kg("-w", shared_ws, "resolve").code == 2
    (tmp_path / "names.txt").write_bytes(b"\xff\xfe\xff")
    assert "is not UTF-8" in kg("-w", shared_ws, "resolve", "--file", tmp_path / "names.txt").err


def test_show_by_label_and_address(shared_ws: Path) -> None:
    by_label = kg("-w", shared_ws, "show", "orchard systems")
    assert by_label.code == 0 and "org:orchard-systems" in by_label.out and "an intruder copied signing keys" in by_label.out
    assert kg("-w", shared_ws, "show", "org:orchard-systems").out == by_label.out
    told = json.loads(kg("-w", shared_ws, "show", "incident:orchard-2025", "--format", "json").out)
    assert len(told["identities"]) == 2 and told["claims"]
    several = kg("-w", shared_ws, "show", "Lantern")
    assert several.code == 2 and "actor:copper-newt" in several.err and "actor:paper-wasp" in several.err
    assert "near: org:quayside-bank" in kg("-w", shared_ws, "show", "Quaysde Bank").err
    for wrong in ("org:nothing", "http://a b", "<>", ""):
        assert kg("-w", shared_ws, "show", wrong).code == 2, wrong


def test_the_timeline_is_in_order_and_undated_comes_last(shared_ws: Path) -> None:
    told = json.loads(kg("-w", shared_ws, "timeline", "incident:orchard-2025", "--format", "json").out)
    assert [d["published"] for d in told] == ["2025-03-04", "2025-03-11", "2025-05-20", ""]
    assert "[withdrawn]" in kg("-w", shared_ws, "timeline", "incident:orchard-2025").out
    assert "is it an incident?" in kg("-w", shared_ws, "timeline", "org:fixture-lab").out


# ── checking ─────────────────────────────────────────────────────────────────────────────────

WRONG = """\
report:
  id: wrong
  title: Wrong
  publisher: org:acme
  published: 2024-13-01
involvements:
  - incident: brech
    party: org:acme
    rol: victim
    role: victm
incidents:
  - key: breach
    title: A breach
"""


def test_validate_names_file_line_and_field_of_every_mistake(tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text(WRONG)
    done = kg("validate", tmp_path / "wrong.yaml")
    assert done.code == 3
    for words in (
        "wrong.yaml:5: report.published: ", "wrong.yaml:9: involvements[0].rol: unknown field 'rol'; did you mean 'role'?",
        "wrong.yaml:10: involvements[0].role: unknown value 'victm'; did you mean 'victim'?",
    ):  # fmt: skip
        assert words in done.out
    (tmp_path / "wrong.yaml").write_text(WRONG.replace("13-01", "12-01").replace("    rol: victim\n", "").replace("victm", "victim"))
    assert (
        "wrong.yaml:7: involvements[0].incident: 'brech' is not declared in this report; did you mean 'breach'?"
        in kg("validate", tmp_path).out
    )


def test_validate_good_files_rdf_and_the_workspace(shared_ws: Path, tmp_path: Path) -> None:
    assert kg("validate", FIXTURES).out == "no faults found\n"
    assert kg("-w", shared_ws, "validate").code == 0
    kg("-w", shared_ws, "export", tmp_path / "g.ttl")
    assert kg("validate", tmp_path / "g.ttl").code == 0
    text = (tmp_path / "g.ttl").read_text().replace("ikg:confidence 60", 'ikg:confidence "very"')
    (tmp_path / "g.ttl").write_text(text)
    broken = kg("validate", tmp_path / "g.ttl", "--format", "json")
    assert broken.code == 3 and any("confidence" in f["value"] for f in json.loads(broken.out))
    (tmp_path / "g.ttl").write_text("this is no Turtle")
    assert kg("validate", tmp_path / "g.ttl").code == 3
    assert kg("validate", tmp_path / "gone").code == 2


def test_a_changed_source_is_noticed(ws: Path) -> None:
    path = ws / "reports" / "orchard-first.yaml"
    path.write_text(
        path.read_text()
        .replace("We serve Quayside Bank.\n\n", "We serve no Quayside Bank.\n\n")
        .replace("evidence: We serve Q", "evidence: Q")
    )
    done = kg("-w", ws, "validate", "--format", "json")
    assert done.code == 1 and "quote-not-in-source" in {f["rule"] for f in json.loads(done.out)}


def test_status_counts(shared_ws: Path) -> None:
    told = json.loads(kg("-w", shared_ws, "status", "--format", "json").out)
    assert (told["reports"], told["reference files"], told["undated reports"]) == (5, 1, 1)
    assert (told["first published"], told["last published"]) == ("2025-03-04", "2025-05-20")
    assert told["quads"] == len(exported(shared_ws).splitlines())


def test_the_schema_is_one_and_reports_fit_it(tmp_path: Path) -> None:
    schema = json.loads(kg("schema").out)
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    loader = type("Plain", (yaml.SafeLoader,), {"yaml_implicit_resolvers": {
        first: [(tag, regexp) for tag, regexp in found if not tag.endswith(("timestamp", ":bool"))]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()}})  # fmt: skip
    loader.add_implicit_resolver("tag:yaml.org,2002:bool", __import__("re").compile("^(true|false)$"), list("tf"))
    texts = [path.read_text() for path in FIXTURES.glob("*.yaml")] + [kg("new").out]
    texts += [path.read_text("utf-8") for path in sorted((CHECKOUT / "data" / "reports" / "microsoft-midnight-blizzard").glob("*.yaml"))]
    for text in texts:
        for document in yaml.load_all(text, loader):
            assert [(list(e.path), e.message[:100]) for e in check.iter_errors(document)] == []
    wrong = yaml.load(WRONG, loader)
    assert {"involvements", "report"} & {e.path[0] for e in check.iter_errors(wrong)}
    assert kg("schema", "--out", tmp_path / "s.json").code == 0 and json.loads((tmp_path / "s.json").read_text()) == schema
    assert kg("schema", "--out", tmp_path / "no" / "s.json").code == 2


# ── trouble ──────────────────────────────────────────────────────────────────────────────────


def test_debug_shows_the_traceback_wherever_it_stands(shared_ws: Path) -> None:
    for words in (("--debug", "-w", shared_ws, "query", "-e", "SELECT {"), ("-w", shared_ws, "query", "--debug", "-e", "SELECT {")):
        done = kg(*words, tracebacks=True)
        assert done.code == 3 and "Traceback" in done.err and done.err.splitlines()[-1].startswith("kg: line 1")


def test_a_closed_pipe_is_no_error(shared_ws: Path) -> None:
    command = f"{sys.executable} -m kg.cli.main -w {shared_ws} export - --format nquads | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=60, env={**os.environ, "PYTHONPATH": str(CHECKOUT)}
    )
    assert done.stderr == "" and done.stdout.endswith(".\n")


def test_the_holder_of_the_lock_is_named(ws: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kg.workspace import Workspace

    monkeypatch.setattr(Workspace.writing, "__defaults__", None, raising=False)
    original = Workspace.writing
    monkeypatch.setattr(Workspace, "writing", lambda self, timeout=0.1: original(self, timeout))
    with FileLock(ws / "lock"):
        (ws / "lock.json").write_text(json.dumps({"process": 4711}))
        for words in (("ingest", FIXTURES), ("rebuild",)):
            done = kg("-w", ws, *words)
            assert done.code == 3 and "is being written by process 4711" in done.err
        assert kg("-w", ws, "status").code == 0
    (ws / "store" / "pending.json").unlink(missing_ok=True)
    assert kg("-w", ws, "ingest", FIXTURES).code == 0


def test_a_later_layout_is_one_line(ws: Path) -> None:
    (ws / "workspace.json").write_text('{"layout": 99, "base": "https://w3id.org/incident-kg/"}')
    for words in (("status",), ("ingest", FIXTURES), ("query", "-e", "ASK {}")):
        done = kg("-w", ws, *words)
        assert done.code == 3 and done.err.count("\n") == 1 and "later version" in done.err
    for text in ("", "[]", "{", '{"layout": "x", "base": 1}', "\x00"):
        (ws / "workspace.json").write_text(text)
        done = kg("-w", ws, "status")
        assert done.code == 3 and "cannot be read" in done.err, text


@pytest.mark.parametrize("damage", ["names.sqlite", "catalogue.sqlite", "generations/current"])
def test_a_damaged_index_is_named_and_rebuilt(damage: str, ws: Path) -> None:
    before = exported(ws)
    for extra in ("-wal", "-shm"):
        (ws / "store" / (damage + extra)).unlink(missing_ok=True)
    (ws / "store" / damage).write_bytes(b"rubbish " * 1000)
    codes = {kg("-w", ws, *words).code for words in (("status",), ("search", "orchard"), ("export", "-"))}
    assert codes <= {0, 3} and 3 in codes
    assert kg("-w", ws, "rebuild").code == 0
    assert exported(ws) == before and "paper-wasp" in kg("-w", ws, "search", "paper wasp").out


def test_a_writer_that_is_killed_leaves_nothing_broken(tmp_path: Path) -> None:
    (tmp_path / "many.jsonl").write_text("".join(record(f"K-{n}") for n in range(300)))
    whole = tmp_path / "whole"
    kg("init", whole)
    began = time.monotonic()
    assert kg("-w", whole, "ingest", FIXTURES, tmp_path / "many.jsonl").code == 0
    span, expected = time.monotonic() - began, exported(whole)
    words = [sys.executable, "-m", "kg.cli.main", "-w", "w", "ingest", str(FIXTURES), "many.jsonl"]
    kg("init", tmp_path / "w")
    killed = 0
    for part in (0.35, 0.6, 0.9):
        process = subprocess.Popen(
            words, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(CHECKOUT)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(0.3 + part * span)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
        assert kg("-w", tmp_path / "w", "status").code == 0
        assert kg("-w", tmp_path / "w", "query", "-e", "ASK {}").out == "true\n"
    assert killed
    assert kg("-w", tmp_path / "w", "ingest", FIXTURES, tmp_path / "many.jsonl").code == 0
    assert exported(tmp_path / "w") == expected
