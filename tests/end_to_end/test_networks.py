"""Exports as networks and tables: golden files, what other programs read in them, and the same bytes each time."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import zipfile
from pathlib import Path

import networkx as nx
import pytest
from pyoxigraph import RdfFormat, Store, parse

from tests.conftest import CHECKOUT
from tests.end_to_end.command import FIXTURES, kg

GOLDEN = CHECKOUT / "tests" / "golden"


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("networks") / "ws"
    assert kg("init", folder).code == 0
    assert kg("-w", folder, "ingest", FIXTURES).code == 0
    return folder


def export(ws: Path, format: str, *more: str) -> bytes:
    done = kg("-w", ws, "export", "-", "--format", format, *more)
    assert done.code == 0, done.err
    return done.raw


@pytest.mark.parametrize(("format", "ending"), [("graphml", "graphml"), ("gexf", "gexf"), ("rdf12", "rdf12.ttl")])
def test_golden(format: str, ending: str, ws: Path) -> None:
    """After a wanted change: export the fixture reports anew, and read the difference."""
    assert export(ws, format).decode() == (GOLDEN / f"fixtures.{ending}").read_text("utf-8")


def test_golden_tables(ws: Path, tmp_path: Path) -> None:
    for _ in range(2):
        done = kg("-w", ws, "export", tmp_path / "tables", "--format", "csv")
        assert done.code == 0, done.err
    found = {p.name: p.read_text("utf-8") for p in (tmp_path / "tables").iterdir()}
    assert found == {p.name: p.read_text("utf-8") for p in (GOLDEN / "tables").iterdir()}
    assert [p.name for p in tmp_path.iterdir()] == ["tables"]
    archive = export(ws, "csv")
    assert archive == export(ws, "csv")
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert {name: opened.read(name).decode() for name in opened.namelist()} == found


def test_networkx_reads_the_networks(ws: Path) -> None:
    one, other = nx.parse_graphml(export(ws, "graphml").decode()), nx.read_gexf(io.BytesIO(export(ws, "gexf")), version="1.3")
    assert set(one) == set(other) and one.number_of_edges() == other.number_of_edges() > 15
    for *_, data in one.edges(data=True):
        assert isinstance(data["weight"], int) and isinstance(data["contested"], bool) and data["claims"]
    assert all(data["label"] and data["kind"] for _, data in one.nodes(data=True))
    assert any(re.fullmatch(r"\d{4}-\d\d-\d\d", data.get("start", "")) for *_, data in other.edges(data=True))


def test_tables_keep_their_schema(ws: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(export(ws, "csv"))) as opened:
        package = json.loads(opened.read("datapackage.json"))
        rows = {r["name"]: list(csv.DictReader(io.StringIO(opened.read(r["path"]).decode()))) for r in package["resources"]}
    pattern = {"string": ".*", "integer": r"-?\d+|", "boolean": "true|false", "date": r"\d{4}-\d\d-\d\d|"}
    for resource in package["resources"]:
        fields, own = resource["schema"]["fields"], rows[resource["name"]]
        assert own and list(own[0]) == [f["name"] for f in fields]
        assert all(re.fullmatch(pattern[f["type"]], row[f["name"]], re.S) for row in own for f in fields)
        if key := resource["schema"].get("primaryKey"):
            assert len({tuple(row[k] for k in key) for row in own}) == len(own)
        for foreign in resource["schema"].get("foreignKeys", ()):
            theirs = {row[foreign["reference"]["fields"]] for row in rows[foreign["reference"]["resource"]]}
            assert {row[foreign["fields"]] for row in own} <= theirs


def test_parquet_says_the_same_as_csv(ws: Path, tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    from kg.export.network import text_of

    assert kg("-w", ws, "export", tmp_path / "t.parquet").code == 0
    with zipfile.ZipFile(io.BytesIO(export(ws, "csv"))) as opened:
        for name in ("nodes", "edges", "claims", "values", "evidence", "reports"):
            theirs = list(csv.reader(io.StringIO(opened.read(f"{name}.csv").decode())))
            table = pq.read_table(tmp_path / "t.parquet" / f"{name}.parquet")
            ours = [[text_of(value) for value in row.values()] for row in table.to_pylist()]
            assert [table.column_names, *ours] == theirs


def test_rdf12_annotates_the_edges(ws: Path) -> None:
    store = Store()
    store.extend(parse(export(ws, "rdf12"), RdfFormat.TURTLE))
    plain = Store()
    plain.extend(q for q in parse(export(ws, "turtle"), RdfFormat.TURTLE))
    ikg = "PREFIX ikg: <https://w3id.org/incident-kg/ontology#> PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> "
    new = set(map(str, store.query(ikg + "SELECT ?s ?p ?o ?c { ?s ?p ?o . ?r rdf:reifies <<( ?s ?p ?o )>> ; ikg:claim ?c }")))
    old = set(map(str, plain.query(ikg + "SELECT ?s ?p ?o ?c { ?r rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; ikg:claim ?c }")))
    assert new == old and len(new) > 15


@pytest.mark.parametrize("format", ["graphml", "gexf", "csv", "rdf12"])
def test_about_and_as_of_make_it_smaller(format: str, ws: Path) -> None:
    whole = export(ws, format)
    about = export(ws, format, "--about", "actor:paper-wasp")
    assert 0 < len(about) < len(whole)
    assert 0 < len(export(ws, format, "--as-of", "2001-01-01")) < len(whole)


def test_what_is_no_target(ws: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    for target in ("full", "missing/deep"):
        assert kg("-w", ws, "export", tmp_path / target, "--format", "csv").code == 2
    assert (tmp_path / "full" / "mine.txt").read_text() == "mine"


def test_the_commands_of_the_page_work(ws: Path, tmp_path: Path) -> None:
    told = re.findall(r"`kg (export [^`]+)`", (CHECKOUT / "docs" / "exports.md").read_text("utf-8"))
    assert len(told) >= 12
    for line in told:
        words = shlex.split(line.replace("actor:midnight-blizzard", "actor:paper-wasp"))
        words[1] = str(tmp_path / words[1])
        done = kg("-w", ws, *words)
        assert done.code == 0, f"{line}: {done.err}"
        assert Path(words[1]).exists()
