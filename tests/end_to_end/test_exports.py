"""Exports: golden files, six formats that say the same, and the same bytes whatever the day, the order or the seed."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest
import rdflib
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

from kg.export.rdf import ENDINGS, FORMATS, write
from kg.vocabulary import IKG
from tests.conftest import CHECKOUT
from tests.end_to_end.command import FIXTURES, child, kg

GOLDEN = CHECKOUT / "tests" / "golden"
FILES = sorted(FIXTURES.glob("*.yaml"))
NAMED = [ending for ending in ENDINGS if ending != ".xml"]


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports") / "ws"
    assert kg("init", folder).code == 0
    assert kg("-w", folder, "ingest", FIXTURES).code == 0
    return folder


def quads(data: bytes, ending: str) -> set[Quad]:
    return set(parse(data, FORMATS[ENDINGS[ending]]))


@pytest.mark.parametrize("ending", [".ttl", ".trig", ".jsonld"])
def test_golden(ending: str, ws: Path) -> None:
    """After a wanted change: ``kg export`` the fixture reports anew, and read the difference."""
    found = kg("-w", ws, "export", "-", "--format", ENDINGS[ending]).raw
    assert found.decode() == (GOLDEN / f"fixtures{ending}").read_text("utf-8")


@pytest.mark.parametrize("ending", NAMED)
def test_every_format_parses_to_the_same(ending: str, ws: Path, tmp_path: Path) -> None:
    target = tmp_path / f"graph{ending}"
    done = kg("-w", ws, "export", target)
    expected = quads(kg("-w", ws, "export", "-", "--format", "nquads").raw, ".nq")
    found = quads(target.read_bytes(), ending)
    if FORMATS[ENDINGS[ending]].supports_datasets:
        assert found == expected
    else:
        assert {q.triple for q in found} == {q.triple for q in expected}
    assert done.out == f"{len(found):,} statements written to {target} ({ENDINGS[ending]})\n"
    assert not list(tmp_path.glob("*.part"))
    assert target.read_bytes() == kg("-w", ws, "export", "-", "--format", ENDINGS[ending]).raw


def test_another_library_reads_them(ws: Path) -> None:
    kinds = {"turtle": "turtle", "ntriples": "nt", "rdfxml": "xml"}
    graphs = [rdflib.Graph().parse(data=kg("-w", ws, "export", "-", "--format", ours).out, format=theirs) for ours, theirs in kinds.items()]
    assert all(set(graph) == set(graphs[0]) for graph in graphs) and len(graphs[0]) > 300
    trig = rdflib.Dataset().parse(data=kg("-w", ws, "export", "-", "--format", "trig").out, format="trig")
    linked = rdflib.Dataset().parse(data=kg("-w", ws, "export", "-", "--format", "jsonld").out, format="json-ld")
    assert set(linked.quads()) == set(trig.quads())
    assert len(list(trig.quads())) == len(kg("-w", ws, "export", "-", "--format", "nquads").out.splitlines())


def test_the_order_of_reading_leaves_no_trace(ws: Path, tmp_path: Path) -> None:
    expected = {e: kg("-w", ws, "export", "-", "--format", ENDINGS[e]).raw for e in NAMED}
    for seed in (1, 2, 3):
        order = random.Random(seed).sample(FILES, len(FILES))
        other = tmp_path / f"w{seed}"
        kg("init", other)
        for path in order if seed == 1 else ():
            kg("-w", other, "ingest", path)
        kg("-w", other, "ingest", *order)
        if seed == 3:
            kg("-w", other, "rebuild")
        for ending in NAMED:
            assert kg("-w", other, "export", "-", "--format", ENDINGS[ending]).raw == expected[ending], (seed, ending)


@pytest.mark.parametrize("ending", NAMED)
def test_the_hash_seed_leaves_no_trace(ending: str, ws: Path, tmp_path: Path) -> None:
    found = []
    for seed in ("1", "4242"):
        child("-w", ws, "export", tmp_path / f"g{seed}{ending}", env={"PYTHONHASHSEED": seed})
        found.append((tmp_path / f"g{seed}{ending}").read_bytes())
    assert found[0] == found[1] == kg("-w", ws, "export", "-", "--format", ENDINGS[ending]).raw


def test_about_one_thing(ws: Path, tmp_path: Path) -> None:
    whole = quads(kg("-w", ws, "export", "-", "--format", "nquads").raw, ".nq")
    root = "https://w3id.org/incident-kg/id/"
    for thing in ("Quayside Bank", "org:quayside-bank"):
        done = kg("-w", ws, "export", "-", "--format", "nquads", "--about", thing)
        part = quads(done.raw, ".nq")
        assert part < whole
        text = done.out
        assert f"<{root}org/quayside-bank>" in text and f"<{root}report/quayside-notice>" in text
        assert "Through our supplier Orchard Systems" in text and "ontology#suppliedBy" in text
        assert "copper-newt" not in text
    joined = kg("-w", ws, "export", "-", "--format", "ntriples", "--about", "incident:orchard-2025").out
    assert f"<{root}report/harbour-news/incident/theft>" in joined
    labels = {q.subject for q in whole if q.predicate == NamedNode("http://www.w3.org/2004/02/skos/core#prefLabel")}
    parts = list(parse(joined.encode(), RdfFormat.N_TRIPLES))
    shown = {q.subject for q in parts if q.predicate.value.endswith("prefLabel")}
    assert {q.object for q in parts if q.object in labels} <= shown
    assert kg("-w", ws, "export", tmp_path / "x.ttl", "--about", "Lantern").code == 2
    assert kg("-w", ws, "export", tmp_path / "x.ttl", "--about", "nobody at all").code == 2
    assert not (tmp_path / "x.ttl").exists()


def test_where_it_cannot_be_written(ws: Path, tmp_path: Path) -> None:
    (tmp_path / "folder.ttl").mkdir()
    (tmp_path / "file").touch()
    for target in (tmp_path / "no" / "g.ttl", tmp_path / "folder.ttl", tmp_path / "file" / "g.ttl"):
        done = kg("-w", ws, "export", target)
        assert done.code == 2 and "cannot write" in done.err
    for words in (("g.foo",), ("g",), (".",), ("-", "--format", "excel")):
        assert "cannot tell the format" in kg("-w", ws, "export", *words).err
    assert kg("-w", ws, "export", ".", "--format", "turtle").code == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder.ttl"]


def test_nothing_of_the_machine_or_the_day_is_in_it(ws: Path) -> None:
    import datetime
    import getpass
    import socket

    text = kg("-w", ws, "export", "-", "--format", "trig").out
    for word in (str(ws), str(Path.home()) + "/", socket.gethostname(), datetime.date.today().isoformat(), f"/{getpass.getuser()}/"):
        assert word not in text


def test_json_ld_says_every_kind_of_value() -> None:
    """Short names only where they mean the same: typed values under plain names, terms that a concept is called like, languages."""
    one, graph = NamedNode("urn:s"), NamedNode("urn:g")
    xsd = "http://www.w3.org/2001/XMLSchema#"
    values = [
        Literal("x"), Literal("x", language="en"), Literal("7", datatype=NamedNode(xsd + "integer")),
        Literal("http://e/o"), Literal("role-victim"),
        Literal("2024-01-01T00:00:00Z", datatype=NamedNode(xsd + "dateTime")), NamedNode("http://e/o"), NamedNode("urn:o"),
        NamedNode(IKG + "role-victim"), NamedNode(IKG + "actor"), NamedNode(IKG + "a:b"), NamedNode(IKG), Literal(""), Literal(True),
    ]  # fmt: skip
    names = [IKG + n for n in ("actor", "role", "start", "countMin", "unknown")] + [
        "http://purl.org/dc/terms/identifier",
        "http://e/p",
        "urn:p",
    ]
    names.append("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    told = {Quad(one, NamedNode(name), value, *place) for name in names for value in values for place in ((), (graph,))}
    out = io.BytesIO()
    write(told, "jsonld", out)
    assert set(parse(out.getvalue(), RdfFormat.JSON_LD)) == told
