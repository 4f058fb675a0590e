"""``kg demo``: the first case, from nothing to the graph, as a new user sees it."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
import rdflib

from kg.vocabulary import IKG
from tests.end_to_end.command import Done, kg


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done, float]:
    folder = tmp_path_factory.mktemp("demo") / "demo"
    began = time.monotonic()
    done = kg("demo", "--dir", folder)
    return folder, done, time.monotonic() - began


def part(out: str, start: str, end: str) -> str:
    return out[out.index(start) : out.index(end)]


def test_it_runs_in_less_than_a_minute(told: tuple[Path, Done, float]) -> None:
    _, done, seconds = told
    assert done.code == 0 and done.err == "" and seconds < 60
    assert "nothing was put aside" in done.out and "against its source: no faults" in done.out


def test_it_tells_who_was_hit_and_through_whom(told: tuple[Path, Done, float]) -> None:
    hit = part(told[1].out, "3. Who was hit", "   Named in the same reports")
    lines = [" ".join(line.split()) for line in re.sub(r"\n {4,}", " ", hit).splitlines()]
    assert any(line.startswith(("victim Microsoft", "affected Microsoft")) for line in lines)
    for name in ("Veterans Affairs", "Agency for Global Media"):
        assert any(name in line and "through Microsoft" in line for line in lines), name
    assert "DSMY" not in hit


def test_it_tells_who_was_only_named(told: tuple[Path, Done, float]) -> None:
    named = part(told[1].out, "   Named in the same reports", "4. What was taken")
    assert "DSMY" in named
    assert not re.search(r"^\s*(victim|affected party|target|breached supplier):", named, re.M)


def test_it_tells_what_was_taken_denied_and_by_whom(told: tuple[Path, Done, float]) -> None:
    taken = part(told[1].out, "4. What was taken", "5. Who attributes it")
    denied = " ".join(" ".join(re.sub(r"\n {4,}", " ", taken).splitlines()).split())
    assert re.search(r"denied [^—]*customer-facing systems", denied)
    assert "Midnight Blizzard" in part(told[1].out, "5. Who attributes it", "Question 1")


def test_the_graph_parses_and_says_the_same(told: tuple[Path, Done, float]) -> None:
    graph = rdflib.Graph().parse(told[0] / "graph.ttl")
    root = "https://w3id.org/incident-kg/id/"
    incident = rdflib.URIRef(root + "incident/microsoft-corporate-email-2023")
    hit = {str(o) for name in ("victim", "affected") for o in graph.objects(incident, rdflib.URIRef(IKG + name))}
    assert root + "org/microsoft" in hit and not any("dsmy" in iri.lower() for iri in hit)
    counted = re.search(r"([\d,]+) triples are in", told[1].out)
    assert counted and int(counted[1].replace(",", "")) == len(graph)


def test_it_can_be_told_again_and_leaves_other_folders_alone(told: tuple[Path, Done, float], tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("dear")
    done = kg("demo", "--dir", tmp_path / "mine")
    assert done.code == 2 and "is not empty and no workspace" in done.err
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "dear"
    kg("init", tmp_path / "own")
    done = kg("demo", "--dir", tmp_path / "own")
    assert done.code == 2 and "holds more than the demo" in done.err and (tmp_path / "own" / "workspace.json").is_file()
    assert kg("demo", "--dir", told[0]).code == 0
    assert kg("-w", told[0], "ingest", "-", stdin=kg("new").raw).code == 0
    assert "holds more than the demo" in kg("demo", "--dir", told[0]).err
    assert (told[0] / "reports" / "my-report.yaml").is_file()
    (tmp_path / "file").touch()
    assert kg("demo", "--dir", tmp_path / "file").code == 2
