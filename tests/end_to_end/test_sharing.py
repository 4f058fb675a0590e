"""``kg export --tlp-max``: nothing of a report that is marked more strictly gets out, in any format."""

from __future__ import annotations

import io
import itertools
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg.export.rdf import FORMATS
from kg.vocabulary import Marking
from tests.end_to_end.command import kg

ORDER = [m.value for m in Marking]
NEEDLE = "qzneedle"


def numbered() -> Any:
    count = itertools.count(1)
    return lambda: f"{NEEDLE}{next(count)}"


def open_report(number: int, marking: str | None) -> dict[str, Any]:
    """What anybody may read, about the things of which the hidden report speaks too."""
    info = {"id": f"open-{number}", "title": f"Open {number}", "publisher": "org:acme", "published": "2024-01-19"}
    if marking:
        info["marking"] = marking
    return {
        "report": {**info, "restates": [f"report:{NEEDLE}-0"]} if number == 0 else info,
        "incidents": [{"key": "theft", "id": "acme-theft", "title": "Theft at Acme"}],
        "organizations": [{"key": "acme", "id": "acme", "name": "Acme"}],
        "actors": [{"key": "fox", "id": "dusty-fox", "name": "Dusty Fox"}],
        "involvements": [{"incident": "theft", "party": "acme", "role": "victim"}],
    }


def hidden_report(number: int, marking: str) -> dict[str, Any]:
    """A needle in every free field; it speaks of the open things, gives them names, and attributes."""
    n = numbered()
    secret = f"{NEEDLE}-{number}"
    text = f"The {n()} was behind it, say {n()}."
    quote = {"quote": text[:-1], "section": n()}
    return {
        "report": {
            "id": secret, "title": n(), "publisher": f"org:{secret}", "published": "2024-01-10", "author": n(),
            "address": f"https://example.org/{n()}", "published_from": n(), "licence": n(), "attribution": n(), "marking": marking,
            "identifiers": [n()], "note": n(), "read_at": [f"https://example.org/{n()}"], "extractor": n(),
            "cites": [{"publisher": n(), "title": n(), "address": f"https://example.org/{n()}"}],
        },
        "text": text,
        "incidents": [{"key": "theft", "id": "acme-theft", "title": n(), "summary": n(), "note": n(), "identifiers": [f"x:{n()}"]},
                      {"key": n(), "title": n()}],
        "organizations": [{"key": "acme", "id": "acme", "name": n(), "aliases": [n()], "region": n(), "size": n(), "note": n()},
                          {"key": "vendor", "id": f"{secret}", "name": n()}],
        "actors": [{"key": "fox", "id": "dusty-fox", "name": n(), "aliases": [n()]},
                   {"key": "wolf", "id": f"{secret}", "name": n(), "aliases": [n()]}],
        "people": [{"key": "p", "id": f"{secret}", "name": n(), "works_for": "acme"}],
        "assets": [{"key": "a", "name": n(), "kind": ["database"]}],
        "malware": [{"key": "m", "id": f"{secret}", "name": n()}],
        "attributions": [{"incident": "theft", "actor": "fox", "actor_as_named": n(), "basis": n(), "note": n(), "evidence": [dict(quote)]},
                         {"incident": "theft", "actor": "wolf", "evidence": [dict(quote)], "confidence": 60, "confidence_words": n()}],
        "compromises": [{"incident": "theft", "asset": "a", "effect": "exfiltrated", "quantity": {"min": 3, "words": n(), "unit": n()}}],
        "techniques": [{"incident": "theft", "words": n(), "technique": "T1566.001", "veris_action": n()}],
        "software_uses": [{"incident": "theft", "software": "m"}],
        "supplies": [{"supplier": "vendor", "customer": "acme", "relation": "customer", "of": n()}],
        "impacts": [{"incident": "theft", "kind": "ransom demanded", "currency": "EUR", "words": n()}],
        "samenesses": [{"a": "fox", "b": "wolf", "stated_as": "same"}],
        "namings": [{"actor": "fox", "name": n(), "used_by": "vendor"}],
    }  # fmt: skip


def workspace(folder: Path, reports: list[dict[str, Any]]) -> Path:
    files = folder / "in"
    files.mkdir(parents=True)
    for number, report in enumerate(reports):
        (files / f"{number}.yaml").write_text(yaml.safe_dump(report, allow_unicode=True), "utf-8")
    assert kg("init", folder / "ws").code == 0
    done = kg("-w", folder / "ws", "ingest", files)
    assert done.code == 0, done.out + done.err
    return folder / "ws"


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = workspace(tmp_path_factory.mktemp("sharing"), [open_report(0, None), open_report(1, "TLP:GREEN"), hidden_report(0, "TLP:RED")])
    assert kg("-w", folder, "analyze", "centrality", "--save", "--name", "kept").code == 0
    return folder


PAGES = ("html", "navigator")
NETWORKS = ("rdf12", "graphml", "gexf", "csv", "parquet")


def command(ws: Path, format: str, *more: str) -> bytes:
    done = kg("-w", ws, "export", "-", "--format", format, *more)
    assert done.code == 0, done.err
    if format in ("csv", "parquet"):
        with zipfile.ZipFile(io.BytesIO(done.raw)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        if format == "csv":
            return b"".join(members.values()).lower()
        tables = pytest.importorskip("pyarrow.parquet")
        return (
            repr([tables.read_table(io.BytesIO(data)).to_pylist() for name, data in members.items() if "parquet" in name]).encode().lower()
        )
    return done.raw.lower()


@pytest.mark.parametrize("format", [*FORMATS, *PAGES, *NETWORKS])
def test_no_needle_gets_out(format: str, ws: Path) -> None:
    for about in ("incident:acme-theft", "actor:dusty-fox", "org:acme", ""):
        if not about and format in PAGES:
            continue
        asked = ("--about", about) if about else ()
        for more in ((), ("--as-of", "2024-06-01")):
            assert NEEDLE.encode() not in command(ws, format, "--tlp-max", "amber", *asked, *more)


@pytest.mark.parametrize("format", [*FORMATS, "html", *NETWORKS])
def test_the_needles_are_there_without_a_limit(format: str, ws: Path) -> None:
    found = command(ws, format, "--about", "incident:acme-theft")
    assert NEEDLE.encode() in found
    if format not in ("html", "graphml", "gexf"):
        assert command(ws, format, "--about", "incident:acme-theft", "--tlp-max", "red").count(NEEDLE.encode()) > 20


def test_edges_that_only_hidden_claims_carry_do_not_stand(ws: Path) -> None:
    whole, shown = (command(ws, "nquads", *more).decode() for more in ((), ("--tlp-max", "TLP:AMBER+STRICT")))
    for edge in ("attributedto", "usedtechnique", "targeted", "graph/result", "result/kept"):
        assert edge not in shown
    assert "attributedto" in whole and "result/kept" in whole and "ontology#victim>" in shown


def test_a_name_that_is_hidden_is_not_known(ws: Path) -> None:
    assert kg("-w", ws, "export", "-", "--about", f"{NEEDLE}1", "--tlp-max", "green").code != 0
    assert kg("-w", ws, "export", "-", "--tlp-max", "mauve").code == 2


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.booleans(), st.sampled_from([None, *ORDER])), min_size=1, max_size=4), st.sampled_from(ORDER))
def test_what_is_shown_is_what_a_workspace_of_the_shown_reports_has(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[bool, str | None]], limit: str
) -> None:
    """The definition: as if the hidden reports had never come in, less the addresses of these."""
    reports = [
        hidden_report(n, marking) if secret and marking else {**open_report(n + 1, marking)} for n, (secret, marking) in enumerate(drawn)
    ]
    shown = [r for r in reports if ORDER.index(r["report"].get("marking", ORDER[0])) <= ORDER.index(limit)]
    folder = tmp_path_factory.mktemp("drawn")
    whole = workspace(folder / "whole", reports)
    part = workspace(folder / "part", shown) if shown else None
    found = kg("-w", whole, "export", "-", "--format", "nquads", "--tlp-max", limit).raw
    assert found == (kg("-w", part, "export", "-", "--format", "nquads").raw if part else b"")
