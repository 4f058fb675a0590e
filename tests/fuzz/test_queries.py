"""Any words as a query, any value as a parameter: an answer or one clear error, and values stay values."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad

from kg.errors import KgError
from kg.identity.iris import Addresses
from kg.queries import load_queries, run, term
from kg.store.oxigraph import OxigraphStore
from tests.end_to_end.command import FIXTURES, kg

FRAGMENTS = [
    "SELECT", "ASK", "CONSTRUCT", "DESCRIBE", "*", "?s", "?p", "$o", "WHERE", "{", "}", "(", ")", ".", ";", ",", "FILTER",
    "OPTIONAL", "UNION", "MINUS", "GRAPH", "SERVICE", "SILENT", "BIND", "AS", "VALUES", "UNDEF", "LIMIT", "1", "-1", "1e400",
    "ORDER BY", "GROUP BY", "HAVING", "COUNT(*)", "'", "\"", "\"\"\"", "\\", "#", "<", ">", "<urn:x>", "<http://a b>",
    "ikg:victim", "foo:bar", "_:b", "@en", "^^xsd:integer", "a", "|", "/", "^", "+", "!", "&&", "=", "<<", ">>", "<<(", ")>>",
    "PREFIX", "BASE", "INSERT", "DELETE", "DATA", "LOAD", "CLEAR", "EXISTS", "NOT", "IN", "STR", "REGEX(?s, '((a+)+)+$')", "\n",
    '\u202e', "\u0000", "{}", "[]", "true",
]  # fmt: skip


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fuzz") / "ws"
    kg("init", folder)
    kg("-w", folder, "ingest", FIXTURES / "names.yaml")
    return folder


def sound(text: str, ws: Path) -> None:
    done = kg("-w", ws, "query", "--timeout", "0", "-e", text)
    assert done.code in (0, 2, 3)
    if done.code:
        assert done.out == "" and done.err.strip()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=14).map(" ".join) | st.text(max_size=60))
@example("SELECT * { ?s ?p '\\uD800' }")
@example("SELECT (1/0 AS ?x) (STRDT('x', <urn:t>) AS ?y) {}")
def test_any_fragments(ws: Path, text: str) -> None:
    sound(text, ws)


@pytest.mark.slow
@settings(max_examples=4000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=25).map(" ".join))
def test_many_fragments(ws: Path, text: str) -> None:
    sound(text, ws)


LABELS = [
    "plain", "", "'", "\"", "\\", "\\'", "\" . ?x ?y ?z . #", "} UNION { ?s ?p ?o", "\n", "\r\n", "\t", "<urn:x>", '\xf8\u202e',
    "\"\"\"", "'''", "$&\\1", '\ufffe', "?s",
]  # fmt: skip
hostile = (
    st.sampled_from(LABELS)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
    | st.lists(st.sampled_from(LABELS), max_size=4).map("".join)
)


@settings(max_examples=150, deadline=None)
@given(st.lists(hostile, max_size=6), hostile)
def test_a_bound_value_never_changes_the_query(stored: list[str], value: str) -> None:
    label = NamedNode("urn:label")
    store = OxigraphStore()
    store.load(Quad(NamedNode(f"urn:thing:{n}"), label, Literal(text), NamedNode("urn:g")) for n, text in enumerate(stored))
    expected = {f"urn:thing:{n}" for n, text in enumerate(stored) if text == value}
    for text in (
        "SELECT ?s { ?s <urn:label> ?l }",
        "SELECT ?s { ?s <urn:label> ?x FILTER(?x = ?l) }",
        "SELECT ?s { { SELECT ?s ?l { ?s <urn:label> ?l } } } # ?l",
        "SELECT ?s { ?s <urn:label> ?x FILTER EXISTS { ?s <urn:label> ?l } FILTER(BOUND(?l)) }",
    ):
        rows = store.query(text, {"l": Literal(value)}).rows
        assert {row[0].value for row in rows if isinstance(row[0], NamedNode)} == expected, text
    answer = store.query("SELECT ?s ?l { ?s <urn:label> ?x } LIMIT 1", {"l": Literal(value)})
    assert all(row[1] == Literal(value) for row in answer.rows)


@settings(max_examples=150, deadline=None)
@given(
    hostile
    | hostile.map("org:".__add__)
    | hostile.map("http://e.org/".__add__)
    | hostile.map(lambda t: f"<{t}>")
    | hostile.map("ikg:".__add__)
)
def test_parameters_of_saved_questions(value: str) -> None:
    store = OxigraphStore()
    try:
        given_term = term(value, Addresses())
    except KgError:
        return
    for name in ("CQ02", "CQ28"):
        query = load_queries()[name]
        assert run(store, query, {query.parameters[0].name: given_term}).rows == []
