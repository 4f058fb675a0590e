"""Anything at all as a report: it is taken, or it is refused with a reason; nothing else."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import RdfFormat, parse, serialize

from kg.errors import BadInput
from kg.export.rdf import to_text
from kg.identity.iris import Addresses
from kg.indexing import name_entries
from kg.mapping import to_quads
from kg.readers.base import Found, Reject, SourceFile
from kg.readers.registry import reader_for
from kg.readers.report_yaml import ReportYaml
from kg.readers.template import template
from kg.readers.writing import to_yaml
from tests.end_to_end.command import FIXTURES

GOOD = [path.read_text("utf-8") for path in sorted(FIXTURES.glob("*.yaml"))] + [template("fuzz")]
PIECES = [
    "\n", "  ", ": ", "- ", "[", "]", "{", "}", "&a ", "*a", "<<: ", "!!str ", "? ", "|", ">", "---\n", "...\n", "'", "\"", "#",
    "\\", "%YAML 1.1\n", "report", "id", "title", "publisher", "org:x", "published", "2024-02-30", "null", "~", "NO", "1e9",
    "0x1F", "9999-12-31", "0001-01-01", '\u202e', "\u0000", '\x85', '\u2028', '\ufeff', '\ud83d\ude00', '\xe9', "\t", "late ",
    "about ", "before ", "/", "1" * 400, "http://a/%zz", "http://[",
]  # fmt: skip

JSON_PIECES = [b'{"incident_id":', b"[", b"]", b"}", b'"victim":{}', b",", b'"', b"\xff", b"1", b"\n"]


def check(text: str) -> None:
    """Only :class:`BadInput` and :class:`Reject` may come of it; what is taken can be mapped, indexed, written and read back."""
    try:
        for item in ReportYaml().read_text(text, "f.yaml"):
            if isinstance(item, Reject):
                assert item.reason.strip()
                continue
            assert isinstance(item, Found)
            try:
                quads = to_quads(item.report, Addresses())
            except ValueError as error:
                assert "IRI" in str(error)
                continue
            list(name_entries(item.report, Addresses()))
            again = next(ReportYaml().read_text(to_yaml(item.report), "g.yaml"))
            assert isinstance(again, Found), again
            assert again.report == item.report
            assert len(list(parse(to_text(quads, "nquads"), RdfFormat.N_QUADS))) == len(set(quads))
            assert serialize({q.triple for q in quads}, format=RdfFormat.RDF_XML)
    except BadInput as error:
        assert str(error).strip()


words = st.text(max_size=40) | st.sampled_from(PIECES)


@settings(max_examples=500, deadline=None)
@given(st.lists(words, max_size=30).map("".join))
def test_any_text(text: str) -> None:
    check(text.encode("utf-8", "replace").decode())


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A good report with characters cut out, doubled, or put in."""
    text = draw(st.sampled_from(GOOD))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        end = min(len(text), at + draw(st.integers(0, 30)))
        text = text[:at] + draw(words | st.just(text[at:end] * 2) | st.just("")) + text[end:]
    return text


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damaged())
def test_damaged_reports(text: str) -> None:
    check(text.encode("utf-8", "replace").decode())


values: st.SearchStrategy[object] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | words
    | st.sampled_from(["orchard-2025", "org:x", "actor:y", "incident:z", "2024", "victim"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "key", "min", "max", "words", "quote", "from", "until"]) | words, inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def changed(draw: st.DrawFn) -> str:
    """A good report with values of the right shape or of none in places that exist."""
    document = yaml.load(draw(st.sampled_from(GOOD)), yaml.BaseLoader)
    for _ in range(draw(st.integers(1, 4))):
        part = document
        for _ in range(draw(st.integers(0, 3))):
            keys = list(part) if isinstance(part, dict) else list(range(len(part)))
            inner = part[draw(st.sampled_from(keys))] if keys else None
            if not isinstance(inner, dict | list) or not inner:
                break
            part = inner
        keys = list(part) if isinstance(part, dict) else list(range(len(part)))
        part[draw(st.sampled_from(keys))] = draw(values)
    return yaml.safe_dump(document, allow_unicode=True)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changed())
def test_changed_values(text: str) -> None:
    check(text.encode("utf-8", "replace").decode())


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=300) | st.lists(st.sampled_from(JSON_PIECES)).map(b"".join),
    st.sampled_from(["a.yaml", "a.json", "a"]),
    st.booleans(),
    st.none() | st.sampled_from(["yaml", "veris"]),
)
def test_any_bytes(tmp_path: Path, data: bytes, name: str, packed: bool, format: str | None) -> None:
    (tmp_path / name).write_bytes(gzip.compress(data)[: len(data) + 10] if packed else data)
    source = SourceFile(tmp_path / name)
    try:
        for item in reader_for(source, format).read(source):
            assert isinstance(item, Found | Reject)
    except BadInput as error:
        assert name in str(error)


@pytest.mark.slow
@settings(max_examples=6000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(words, max_size=60).map("".join) | damaged() | changed())
def test_much_more(text: str) -> None:
    check(text.encode("utf-8", "replace").decode())
