"""Files as nobody wants them: each is named with its record and a reason, and the rest goes in."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import rdflib
from pyoxigraph import RdfFormat, parse

from tests.conftest import CHECKOUT
from tests.end_to_end.command import FIXTURES, kg
from tests.end_to_end.test_cli import RECORD, record

GOOD = "report: {id: good, title: Good, publisher: org:acme}\n"
REPORT = "report: {id: bad, title: Bad, publisher: org:acme}\n"


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bad") / "ws"
    assert kg("init", folder).code == 0
    return folder


def nested(depth: int) -> str:
    return REPORT + "text: " + "[" * depth + "]" * depth


FILES: dict[str, tuple[str, bytes, str]] = {
    "empty": ("a.yaml", b"", "is empty"),
    "blank": ("a.yaml", b" \n\t\n", "is empty"),
    "only a comment": ("a.yaml", b"# nothing\n", "is empty"),
    "empty json": ("a.json", b"", "is empty"),
    "binary": ("a.yaml", bytes(range(256)), "is not UTF-8 text"),
    "zeros": ("a.yaml", b"\0" * 100, "is binary"),
    "binary json": ("a.json", b"\0\1\2\3" * 100, "no reader knows this content"),
    "truncated gzip": ("a.yaml.gz", gzip.compress(GOOD.encode() * 50, mtime=0)[:-20], "is it truncated?"),
    "broken gzip": ("a.yaml.gz", b"\x1f\x8b" + b"x" * 100, "cannot be unpacked"),
    "truncated json": ("a.json", json.dumps(RECORD)[:-30].encode(), "is not JSON"),
    "truncated array": ("a.json", b"[" + json.dumps(RECORD).encode()[:-30], "is not JSON"),
    "latin-1": ("a.yaml", GOOD.replace("Good", "Gö").encode("latin-1"), "is not UTF-8 text (byte"),
    "half a utf-16": ("a.yaml", GOOD.encode("utf-16")[:-1], "is not UTF-16 text"),
    "alias bomb": ("a.yaml", b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n" + REPORT.encode(), "a.yaml:2: b[0]: uses a YAML alias"),
    "merge key": ("a.yaml", b"x: &x {id: y}\nreport:\n  <<: *x\n", "uses a YAML alias"),
    "duplicate key": ("a.yaml", b"report:\n  id: a\n  title: b\n  publisher: org:x\n  title: c\n", "a.yaml:5: report.title: stands twice"),
    "key that is a list": ("a.yaml", b"report:\n  ? [a]\n  : b\n", "has a key that is not a word"),
    "deep flow": ("a.yaml", nested(900).encode(), "is nested deeper than 40 levels"),
    "very deep flow": ("a.yaml", nested(50_000).encode(), "is nested deeper than"),
    "very deep open flow": ("a.yaml", b"[" * 100_000, "is nested deeper than"),
    "very deep mappings": ("a.yaml", b"{a: " * 30_000, "is nested deeper than"),
    "very deep blocks": ("a.yaml", b"- " * 100_000, "is nested deeper than"),
    "deep json": ("a.json", json.dumps(RECORD)[:-1].encode() + b', "x": ' + b"[" * 500 + b"]" * 500 + b"}", "nested deeper than"),
    "very deep json": ("a.json", json.dumps(RECORD)[:-1].encode() + b', "x": ' + b"[" * 300_000, "is not JSON"),
    "too many values": ("a.yaml", REPORT.encode() + b"unmapped: [" + b"," * 0 + b"1, " * 600_000 + b"1]", "has more than 500,000 values"),
    "only text": ("a.yaml", b"just words", "expected a mapping with 'report:' at its top"),
    "a list": ("a.yaml", b"- report: {}\n", "expected a mapping"),
    "python object": ("a.yaml", b"report: !!python/object/apply:os.system ['touch pwned']\n", "a.yaml:1: report: "),
    "tab": ("a.yaml", b"report:\n\tid: x\n", "a.yaml:2: is not YAML"),
    "both kinds": ("a.yaml", REPORT.encode() + b"reference: {id: x, title: y}\n", "either a 'report:' or a 'reference:'"),
    "id with a path": ("a.yaml", REPORT.replace("id: bad", "id: ../../evil").encode(), "report.id"),
    "numeric id": ("a.yaml", REPORT.replace("id: bad", "id: 7").encode(), "report.id"),
    "long label": ("a.yaml", REPORT.replace("Bad", "B" * 3000).encode(), "is longer than 2,000 characters"),
    "empty label": ("a.yaml", REPORT.replace("Bad", '"\\u202e"').encode(), "report.title: is empty"),
    "no such day": ("a.yaml", REPORT.replace("}", ", published: 2023-02-30}").encode(), "report.published"),
    "year ten thousand": ("a.yaml", REPORT.replace("}", ", published: 9999-12-31}").encode(), "report.published"),
    "before time": ("a.yaml", REPORT.replace("}", ", published: '0001-01-01T00:00:00+14:00'}").encode(), "report.published"),
    "backwards": ("a.yaml", REPORT.replace("}", ", published: {from: 2024-02-01, until: 2024-01-01}}").encode(), "ends"),
    "no such country": ("a.yaml", (REPORT + "organizations: [{id: x, name: X, country: ZZ}]").encode(), "organizations[0].country"),
    "country in words": ("a.yaml", (REPORT + "organizations: [{id: x, name: X, country: NOR}]").encode(), "organizations[0].country"),
    "script address": ("a.yaml", REPORT.replace("}", ", address: 'javascript:alert(1)'}").encode(), "report.address"),
    "file address": ("a.yaml", REPORT.replace("}", ", address: 'file:///etc/passwd'}").encode(), "report.address"),
    "no address": ("a.yaml", REPORT.replace("}", ", address: 'http://'}").encode(), "report.address"),
    "bad reference": ("a.yaml", REPORT.replace("org:acme", "'org:a> <urn:x'").encode(), "report.publisher"),
    "reserved id": ("a.yaml", b"reference: {id: links-by-rule, title: X}\n", "is kept for what a workspace writes itself"),
    "negative count": ("a.yaml", (REPORT + "populations: [{key: p, description: P, count: {min: 5, max: 3}}]").encode(), "is above max"),
    "confidence": ("a.yaml", (REPORT + "attributions: [{incident: incident:a, actor: actor:b, confidence: 101}]").encode(), "confidence"),
    "wrong kind": ("a.yaml", (REPORT + "attributions: [{incident: org:a, actor: actor:b}]").encode(), "expected incident"),
    "quote": ("a.yaml", (REPORT + "attributions: [{incident: incident:a, actor: actor:b, evidence: x}]").encode(), "do not stand in"),
}  # fmt: skip


@pytest.mark.parametrize("what", FILES)
def test_a_bad_file_is_named_and_the_rest_goes_in(what: str, ws: Path, tmp_path: Path) -> None:
    name, data, words = FILES[what]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(data)
    (tmp_path / "in" / "good.yaml").write_text(GOOD)
    done = kg("-w", ws, "ingest", tmp_path / "in", "--output", "json")
    told = json.loads(done.out)
    assert done.code == 1
    assert {f["file"]: f["rejected"] for f in told["files"]} == {f"in/{name}": 1, "in/good.yaml": 0}
    assert len(told["rejects"]) == 1 and told["rejects"][0]["file"] == f"in/{name}" and told["rejects"][0]["record"]
    assert words in told["rejects"][0]["reason"].replace("in/a.yaml", "a.yaml")
    alone = kg("validate", tmp_path / "in" / name)
    assert alone.code == 3 and words in alone.out
    assert not Path("pwned").exists()


def test_one_bad_record_among_good_ones(ws: Path, tmp_path: Path) -> None:
    (tmp_path / "some.jsonl").write_text(record("M-1") + "{broken\n" + '{"no": "veris"}\n' + record("M-2"))
    (tmp_path / "some.yaml").write_text(
        GOOD.replace("id: good", "id: m-1") + "---\nreport: {id: m-2}\n---\n" + GOOD.replace("id: good", "id: m-3")
    )
    told = json.loads(kg("-w", ws, "ingest", tmp_path, "--output", "json").out)
    assert {f["file"].rsplit("/")[-1]: (f["new"], f["rejected"]) for f in told["files"]} == {"some.jsonl": (2, 2), "some.yaml": (2, 1)}
    assert [r["record"] for r in told["rejects"]] == ["line 2", "line 3", "document 2"]
    assert f"{tmp_path.name}/some.yaml:3: report.publisher: is missing" in told["rejects"][2]["reason"]


def test_what_cannot_be_rdf_is_put_aside(ws: Path, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(REPORT.replace("}", ", address: 'https://e.org/?q={a}|^`\"<>%zz[x]#a#b'}"))
    (tmp_path / "good.yaml").write_text(GOOD)
    done = kg("-w", ws, "ingest", tmp_path)
    assert done.code in (0, 1)
    parsed = kg("-w", ws, "export", "-", "--format", "nquads").raw
    assert len(list(parse(parsed, RdfFormat.N_QUADS))) == len(parsed.splitlines())


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file(ws: Path, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "a.yaml").chmod(0)
    done = kg("-w", ws, "ingest", tmp_path)
    assert done.code == 1 and "a.yaml: file: cannot be read: Permission denied" in done.err


def test_links_pipes_and_empty_folders(ws: Path, tmp_path: Path) -> None:
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "good.yaml").write_text(GOOD)
    (tmp_path / "in" / "loop").symlink_to("loop")
    (tmp_path / "in" / "deep" / "up").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "gone").symlink_to("nowhere")
    os.mkfifo(tmp_path / "in" / "pipe")
    (tmp_path / "none").mkdir()
    assert kg("-w", ws, "ingest", tmp_path / "in").code == 0
    assert kg("-w", ws, "ingest", tmp_path / "none").code == 0
    assert kg("validate", tmp_path / "none").code == 0 and kg("validate", tmp_path / "in").code == 0
    for path, words in (
        ("in/pipe", "neither a file nor a folder"),
        ("in/loop", "does not exist"),
        ("in/gone", "does not exist"),
        ("/dev/zero", "neither"),
    ):
        done = kg("-w", ws, "ingest", tmp_path / path)
        assert done.code == 2 and words in done.err, path
        assert kg("validate", tmp_path / path).code == 2


@pytest.mark.parametrize(
    "name",
    [
        "with space.yaml",
        "ünïcode 東京.yaml",
        "-dash.yaml",
        "new\nline.yaml",
        "\x1b[31mred.yaml",
        "a'b\"c.yaml",
        os.fsdecode(b"latin\xff.yaml"),
    ],
)
def test_names_of_files(name: str, tmp_path: Path) -> None:
    kg("init", tmp_path / "w")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_text(GOOD)
    (tmp_path / "in" / (name + ".json")).write_text(record("N-1"))
    for source in (tmp_path / "in", tmp_path / "in" / name):
        done = kg("-w", tmp_path / "w", "ingest", source)
        assert done.code == 0 and "\x1b" not in done.out, done.err
    assert kg("-w", tmp_path / "w", "rebuild").code == 0


HOSTILE = [
    "<script>alert(1)</script>", "'); DROP TABLE entry; --", '" } ; DELETE WHERE { ?s ?p ?o } #', "\\u0022 . <urn:x> <urn:y> <urn:z>",
    "a\u202eb\u2066c", "line\nbreak\ttab", "${HOME} `id` $(id)", "{{7*7}} %s %n", "![x](javascript:alert(1))", "e\u0301 ﬁ 😀 ☠",
    "\\", '"""', "'''",
]  # fmt: skip


def test_hostile_labels_are_data(tmp_path: Path) -> None:
    ws = tmp_path / "w"
    kg("init", ws)
    parts = [{"id": f"o{n}", "name": label, "aliases": [label + "!"], "note": label} for n, label in enumerate(HOSTILE)]
    report = {"report": {"id": "hostile", "title": HOSTILE[0], "publisher": "org:o0"}, "text": " ".join(HOSTILE), "organizations": parts}
    report["namings"] = [
        {"actor": "actor:x", "name": label, "evidence": label.replace("\u202e", "").replace("\u2066", "")} for label in HOSTILE
    ]
    (tmp_path / "hostile.yaml").write_text(json.dumps(report, ensure_ascii=False))
    assert kg("-w", ws, "ingest", tmp_path / "hostile.yaml").code == 0
    shown = json.loads(kg("-w", ws, "query", "-e", "SELECT ?l { ?o a ikg:Organization ; skos:prefLabel ?l }", "--format", "json").out)
    labels = {row["l"]["value"] for row in shown["results"]["bindings"]}
    assert labels == {" ".join(label.replace("\u202e", "").replace("\u2066", "").split()) for label in HOSTILE}
    for number, label in enumerate(HOSTILE):
        assert kg("-w", ws, "show", f"org:o{number}").code == 0
        told = kg("-w", ws, "query", "-e", "SELECT ?o { ?o a ikg:Organization ; skos:prefLabel ?l }", "-p", f"l={' '.join(label.split())}")
        assert told.code == 0 and len(told.out.splitlines()) <= 2
        assert kg("-w", ws, "resolve", "--", label).out.count(f"org:o{number}\t") == 1 or label in ("\\", '"""', "'''")
    for ending in ("ttl", "trig", "nt", "nq", "jsonld", "rdf"):
        assert kg("-w", ws, "export", tmp_path / f"g.{ending}").code == 0
    assert (
        len(rdflib.Graph().parse(tmp_path / "g.ttl"))
        == len(rdflib.Graph().parse(tmp_path / "g.rdf"))
        == len(rdflib.Graph().parse(tmp_path / "g.nt"))
    )
    before = (tmp_path / "g.nq").read_bytes()
    kg("-w", ws, "rebuild")
    kg("-w", ws, "export", tmp_path / "g.nq")
    assert (tmp_path / "g.nq").read_bytes() == before
    assert kg("-w", ws, "validate").code == 0


def test_suppliers_in_a_circle_and_a_report_that_contradicts_itself(tmp_path: Path) -> None:
    ws = tmp_path / "w"
    kg("init", ws)
    (tmp_path / "circle.yaml").write_text(
        "report: {id: circle, title: T, publisher: org:a, published: 2024}\n"
        "incidents: [{id: i, title: I}, {id: j, title: J}]\n"
        "supplies: [{supplier: org:a, customer: org:b}, {supplier: org:b, customer: org:c}, {supplier: org:c, customer: org:a},"
        " {supplier: org:a, customer: org:a}]\n"
        "involvements:\n"
        "  - {incident: i, party: org:a, role: victim}\n  - {incident: i, party: org:a, role: victim, stance: denied}\n"
        "  - {incident: i, party: org:b, role: affected party, through: org:b}\n  - {incident: i, party: org:a, role: bystander}\n"
        "samenesses: [{a: incident:i, b: incident:j, stated_as: same}, {a: incident:j, b: incident:i, stated_as: same},"
        " {a: incident:i, b: incident:j, stated_as: different}, {a: incident:i, b: incident:i, stated_as: same}]\n"
        "groupings: [{incident: i, linked_to: incident:j}, {incident: j, linked_to: incident:i}]\n"
    )  # fmt: skip
    assert kg("-w", ws, "ingest", tmp_path / "circle.yaml").code == 0
    for words in (
        ("show", "org:a"),
        ("timeline", "incident:i"),
        ("validate",),
        ("export", "-"),
        ("export", "-", "--about", "incident:i"),
        ("rebuild",),
    ):
        assert kg("-w", ws, *words).code in (0, 1), words
    for question in json.loads(kg("queries", "--format", "json").out):
        needed = [p for p in question["parameters"] if p in ("incident", "org", "supplier")]
        given = [x for p in needed for x in ("-p", f"{p}={'incident:i' if p == 'incident' else 'org:a'}")]
        assert kg("-w", ws, "query", question["id"], *given).code == 0, question["id"]


def zeros(path: Path) -> None:
    with path.open("wb") as out:
        out.truncate(200 * 1024**2)


def one_line(path: Path) -> None:
    with path.open("wb") as out:
        out.write(b'{"incident_id": "1", "victim": {}, "actor": {}, "summary": "')
        for _ in range(200):
            out.write(b"x" * 1024**2)


def packed_zeros(path: Path) -> None:
    with gzip.open(path, "wb", compresslevel=1) as out:
        for _ in range(200):
            out.write(b"\0" * 1024**2)


PEAK = """
import atexit, re, sys
atexit.register(lambda: print("peak", re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1], file=sys.stderr))
from kg.cli.main import main
main()
"""
"""A command that ends by saying its own peak memory (the system's figure for children counts the parent that started them)."""


@pytest.mark.parametrize(
    ("make", "name", "words"),
    [
        (zeros, "z.json", "no reader knows"),
        (zeros, "z.yaml", "is longer than 50 MB"),
        (packed_zeros, "z.yaml.gz", "is longer than 50 MB"),
        (one_line, "line.json", "is longer than 16,777,216 bytes"),
        (one_line, "line.yaml", "is longer than"),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured in kilobytes")
def test_huge_files_take_little_memory(make: Callable[[Path], None], name: str, words: str, ws: Path, tmp_path: Path) -> None:
    make(tmp_path / name)
    command = [sys.executable, "-c", PEAK, "-w", str(ws), "ingest", str(tmp_path / name)]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(CHECKOUT)}, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and words in done.stderr
    assert int(done.stderr.rpartition("peak")[2]) < 450 * 1024


def test_fixtures_are_still_good() -> None:
    assert kg("validate", FIXTURES).code == 0
