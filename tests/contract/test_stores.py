"""What every store does, run on each of them; MemoryStore (rdflib) is the yardstick."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from kg.errors import Locked, QueryError, QueryRefused, WorkspaceError
from kg.store.base import QuadStore, prepare
from kg.store.memory import MemoryStore
from kg.store.oxigraph import OxigraphStore

EX = "http://example.org/"
HOSTILE = [
    'quotes " and \' and """ and \\',
    "lines\nand\r\nreturns\tand tabs",
    "schöne Grüße 東京 😀 \u2028",
    "<script>alert(1)</script> & </b>",
    '" } ; DROP ALL ; SELECT * { ?s ?p "',
    "\\u0022 \\U00000022 \\n",
    "SERVICE <http://127.0.0.1/> { ?s ?p ?o }",
    "# no comment",
    "",
]


def node(name: str) -> NamedNode:
    return NamedNode(EX + name)


def quad(s: str, p: str, o: str | Literal, graph: str) -> Quad:
    return Quad(node(s), node(p), node(o) if isinstance(o, str) else o, node(graph))


MAKERS: dict[str, Callable[[Path], QuadStore]] = {
    "oxigraph-memory": lambda path: OxigraphStore(),
    "oxigraph-disk": lambda path: OxigraphStore(path / "store"),
    "rdflib": lambda path: MemoryStore(),
}


@pytest.fixture(params=list(MAKERS))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[QuadStore]:
    made = MAKERS[request.param](tmp_path)
    made.load(
        [
            quad("a", "knows", "b", "one"),
            quad("b", "knows", "c", "two"),
            quad("a", "name", Literal("Ann"), "one"),
            quad("b", "name", Literal("Bob"), "two"),
            quad("b", "age", Literal(7), "two"),
            quad("x(1)#y", "name", Literal("brackets"), "two"),
        ]
    )
    yield made
    made.close()


def answer(store: QuadStore, text: str, **bindings: NamedNode | Literal) -> list[dict[str, str]]:
    """The rows of a SELECT as sorted dictionaries, so that column and row order do not matter."""
    given_answer = store.query(text, bindings)
    assert given_answer.form == "select"
    rows = [{n: str(v) for n, v in zip(given_answer.variables, row, strict=True) if v is not None} for row in given_answer.rows]
    return sorted(rows, key=lambda row: sorted(row.items()))


def test_default_graph_is_the_union(store: QuadStore) -> None:
    assert answer(store, f"SELECT ?c {{ <{EX}a> <{EX}knows>/<{EX}knows> ?c }}") == [{"c": f"<{EX}c>"}]


def test_graph_variable(store: QuadStore) -> None:
    rows = answer(store, f"SELECT ?g ?s {{ GRAPH ?g {{ ?s <{EX}knows> ?o }} }}")
    assert rows == [{"g": f"<{EX}one>", "s": f"<{EX}a>"}, {"g": f"<{EX}two>", "s": f"<{EX}b>"}]
    assert answer(store, f"SELECT ?g ?s {{ GRAPH ?g {{ ?s <{EX}knows> ?o }} }}", g=node("two")) == rows[1:]


def test_ask_construct_and_describe(store: QuadStore) -> None:
    assert store.query(f"ASK {{ <{EX}a> <{EX}knows> ?x }}", {"x": node("b")}).boolean
    assert not store.query(f"ASK {{ <{EX}a> <{EX}knows> ?x }}", {"x": node("c")}).boolean
    built = store.query(f"CONSTRUCT {{ ?o <{EX}knownBy> $s }} WHERE {{ $s <{EX}knows> ?o }}", {"s": node("a")})
    assert built.form == "construct"
    assert [(t.subject, t.object) for t in built.triples] == [(node("b"), node("a"))]
    assert store.query("DESCRIBE ?s", {"s": node("a")}).form == "construct"


def test_known_prefixes_need_no_declaration_and_may_be_declared_otherwise(store: QuadStore) -> None:
    assert answer(store, "SELECT ?s { ?s skos:prefLabel ?l }") == []
    assert len(answer(store, f"PREFIX skos: <{EX}> SELECT ?s {{ ?s skos:name ?l }}")) == 3


@pytest.mark.parametrize(
    ("text", "bindings", "expected"),
    [
        ("SELECT ?s ?n { ?s ex:name ?n }", {"s": "b"}, [{"s": "b", "n": "Bob"}]),
        ("SELECT ?n { ?s ex:name ?n }", {"s": "b"}, [{"n": "Bob"}]),
        ("SELECT * { ?s ex:name ?n }", {"s": "b"}, [{"s": "b", "n": "Bob"}]),
        ("SELECT DISTINCT * { $s ex:name ?n }", {"s": "b"}, [{"s": "b", "n": "Bob"}]),
        ("SELECT ?n { ?s ex:name ?n FILTER(?s = ?wanted) }", {"wanted": "b"}, [{"n": "Bob"}]),
        ("SELECT ?n { { SELECT ?s ?n { ?s ex:name ?n } } }", {"s": "b"}, [{"n": "Bob"}]),
        ("SELECT * { { SELECT ?s ?n { ?s ex:name ?n } } }", {"s": "b"}, [{"s": "b", "n": "Bob"}]),
        ("SELECT ?s ?n { { SELECT ?n { ?s ex:name ?n } } FILTER BOUND(?s) }", {"s": "b"}, [{"s": "b", "n": "Bob"}]),
        ("SELECT ?n { { ?s ex:name ?n } UNION { ?n ex:knows ?s } }", {"s": "b"}, [{"n": "Bob"}, {"n": "a"}]),
        ("SELECT ?n { ?x ex:name ?n FILTER NOT EXISTS { ?x ex:knows ?s } FILTER(?x != ?s) }", {"s": "b"}, [{"n": "brackets"}]),
        ("SELECT ?n { ?s ex:name ?n OPTIONAL { ?o ex:knows ?s } }", {"s": "a"}, [{"n": "Ann"}]),
        ("SELECT ?s (COUNT(?o) AS ?n) { ?s ex:knows ?o } GROUP BY ?s ORDER BY ?s", {"s": "a"}, [{"s": "a", "n": "1"}]),
        ("SELECT (COUNT(?s) AS ?n) { ?s ex:knows ?o }", {"s": "a"}, [{"n": "1"}]),
        ("SELECT ?s ?n { ?s ex:name ?n } ORDER BY DESC(?s) LIMIT 5", {"s": "x(1)#y"}, [{"s": "x(1)#y", "n": "brackets"}]),
    ],
)
def test_a_bound_variable_has_its_value_everywhere(
    store: QuadStore, text: str, bindings: dict[str, str], expected: list[dict[str, str]]
) -> None:
    rows = store.query(f"PREFIX ex: <{EX}>\n{text}", {name: node(value) for name, value in bindings.items()})
    found = [{n: str(v.value).removeprefix(EX) for n, v in zip(rows.variables, row, strict=True) if v is not None} for row in rows.rows]  # type: ignore[union-attr]
    assert sorted(found, key=lambda r: sorted(r.items())) == sorted(expected, key=lambda r: sorted(r.items()))


@pytest.mark.parametrize("words", HOSTILE)
@pytest.mark.parametrize("language", [None, "en"])
def test_hostile_literals_are_data(store: QuadStore, words: str, language: str | None) -> None:
    literal = Literal(words, language=language) if language else Literal(words)
    store.replace({node("three"): [quad("h", "says", literal, "three"), quad("i", "says", Literal("else"), "three")]})
    assert answer(store, f"SELECT ?s {{ ?s <{EX}says> ?words }}", words=literal) == [{"s": f"<{EX}h>"}]
    assert answer(store, f"SELECT ?s {{ ?s <{EX}says> ?x FILTER(?x = ?words) }}", words=literal) == [{"s": f"<{EX}h>"}]
    assert answer(store, f"SELECT ?s {{ ?s <{EX}says> {literal} }}") == [{"s": f"<{EX}h>"}]
    assert {str(q.object) for q in store.quads(node("three"))} == {str(literal), '"else"'}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t\r\\\"'#<>{}u0"), max_size=30))
def test_any_text_comes_back_as_it_went_in(words: str) -> None:
    for store in (OxigraphStore(), MemoryStore()):
        answered = store.query("SELECT ?given (STRLEN(?given) AS ?n) { VALUES ?x { 1 } }", {"given": Literal(words)})
        assert [(row[0], row[1]) for row in answered.rows] == [(Literal(words), Literal(len(words)))]


def test_a_literal_may_stand_where_nothing_can_match(store: QuadStore) -> None:
    assert answer(store, "SELECT ?o { ?s ?p ?o }", s=Literal("x")) == []
    assert len(answer(store, f"SELECT ?s {{ ?s <{EX}age> ?n }}", n=Literal(7))) == 1


@pytest.mark.parametrize(
    ("text", "bindings", "words"),
    [
        ("SELECT ?s { ?s ?p ?o }", {"subject": node("a")}, "no variable ?subject"),
        ("SELECT ?s { ?s ?p ?o } # ?subject", {"subject": node("a")}, "no variable ?subject"),
        ("SELECT ?s { ?s ?p '?subject' }", {"subject": node("a")}, "no variable ?subject"),
        ("SELECT ?s {\n BIND(1 AS ?s) }", {"s": node("a")}, "line 2: ?s is given"),
        ("SELECT ?s { VALUES (?t ?s) { (1 2) } }", {"s": node("a")}, "?s is given"),
        ("SELECT ?s { ?s ?p ?o }", {"s": BlankNode("b")}, "IRI or a literal"),
    ],
)
def test_wrong_bindings(store: QuadStore, text: str, bindings: dict[str, NamedNode], words: str) -> None:
    with pytest.raises(QueryError) as error:
        store.query(text, bindings)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELECT ?s {\n?s ?p\n\n}", "line "),
        ("SELECT ?s { ?s '''two\nlines''' # comment\n ?p FILTER }", "line"),
        ("SELECT ?s {\n ?s zz:p ?o }", "line 2: the prefix 'zz:' is not declared"),
        ("", "empty"),
        ("# only a comment", "empty"),
        ("HELLO", "expected SELECT"),
        ("SELECT \\u002a { ?s ?p ?o }", "backslash"),
        ('ASK { ?s ?p "\\ud800" }', "no character"),
    ],
)
def test_queries_that_cannot_be_read_say_where(store: QuadStore, text: str, words: str) -> None:
    with pytest.raises(QueryError) as error:
        store.query(text)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


HIDDEN_SERVICE = [
    "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "SELECT * { { { OPTIONAL { service silent ?x { ?s ?p ?o } } } } }",
    "SELECT * { SERVICE\n#c\n<http://127.0.0.1:9/>{ ?s ?p ?o } }",
    "PREFIX foo: <http://127.0.0.1:9/> SELECT * { SERVICEfoo:bar { ?s ?p ?o } }",
    "PREFIX : <http://127.0.0.1:9/> SELECT * { SERVICE:foo { ?s ?p ?o } }",
    "SELECT * { ?s ?p trueSERVICE<http://127.0.0.1:9/> { ?s ?p ?o } }",
    "SELECT * { ?s ?p 1SERVICE<http://127.0.0.1:9/> { ?s ?p ?o } }",
    "SELECT * { ?s ?p ?o { SELECT * { Service ?e { ?a ?b ?c } } } }",
    "ASK { FILTER EXISTS { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } } }",
    "SELECT * { ?s ?p ?o FILTER(?s<?o)SERVICE#>\n<http://127.0.0.1:9/> { ?s ?p ?o } }",
]


@pytest.mark.parametrize("text", HIDDEN_SERVICE)
def test_service_is_refused_however_it_is_written(store: QuadStore, text: str) -> None:
    with pytest.raises(QueryRefused, match="SERVICE"):
        store.query(text)


@pytest.mark.parametrize(
    "text",
    [
        'SELECT * { VALUES ?x {"""a"} SERVICE <http://127.0.0.1:9/> {?s ?p ?o} } #\\q """ }',
        'SELECT * { ?s ?p ?o FILTER(1<a:b)SERVICE#>"""\n<http://127.0.0.1:9/> { ?s ?p ?o } } #"""',
        'SELECT * { ?s ?p ?o FILTER(1<a:b)#>"""\nSERVICE <http://127.0.0.1:9/> { ?s ?p ?o } } #"""',
        "SELECT * { \\u0053ERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    ],
)
def test_what_two_readers_could_read_differently_never_runs(store: QuadStore, text: str) -> None:
    with pytest.raises(QueryError) as error:
        list(store.query(text).rows)
    assert "HTTP" not in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s ?p 'SERVICE <http://x/> { }' }",
        'SELECT * { ?s ?p """SERVICE\n<http://x/> { }""" }',
        "SELECT * { ?s ?p ?o } # SERVICE <http://x/> { }",
        "SELECT * { <http://example.org/SERVICE> ?p ?o }",
        "SELECT * { ?s ikg:service ?service . ?service ?p ?o }",
        "SELECT ?service ?x { ?service ?p ?x }",
        "SELECT * { ?s ?p 'a'@en . ?s ?q 'SERVICE'@en-service }",
        "PREFIX service: <http://example.org/> SELECT * { ?s service:p ?o }",
    ],
)
def test_the_word_service_alone_is_not_refused(store: QuadStore, text: str) -> None:
    assert answer(store, text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "DELETE WHERE { ?s ?p ?o }",
        "insert data { <urn:a> <urn:b> <urn:c> }",
        "PREFIX a: <urn:a> LOAD <http://127.0.0.1:9/>",
        "# SELECT\nCLEAR ALL",
        "DROP ALL",
        "WITH <urn:g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "BASE <urn:x> COPY <urn:a> TO <urn:b>",
    ],
)
def test_updates_are_refused(store: QuadStore, text: str) -> None:
    before = len(store)
    with pytest.raises(QueryRefused, match="changes data"):
        store.query(text)
    assert len(store) == before


def test_an_update_behind_a_query_does_not_run(store: QuadStore) -> None:
    before = len(store)
    with pytest.raises(QueryError):
        list(store.query("SELECT * { ?s ?p ?o } ; DROP ALL").rows)
    assert len(store) == before


def test_from_does_not_fetch(store: QuadStore) -> None:
    assert answer(store, "SELECT * FROM <http://127.0.0.1:9/> { ?s ?p ?o }") == []
    assert len(answer(store, f"SELECT ?o FROM <{EX}one> {{ ?s <{EX}knows> ?o }}")) == 1


def test_replace_swaps_whole_graphs(store: QuadStore) -> None:
    before = len(store)
    store.replace(
        {
            node("one"): [quad("a", "knows", "z", "one"), quad("a", "name", Literal("Ann"), "one")],
            node("two"): [],
            node("new"): [quad("n", "name", Literal("New"), "new")],
        }
    )
    assert set(store.graphs()) == {node("one"), node("new")}
    assert {q.object for q in store.quads(node("one"))} == {node("z"), Literal("Ann")}
    assert list(store.quads(node("two"))) == []
    assert len(store) == 3 != before
    assert answer(store, f"SELECT ?s {{ ?s <{EX}name> ?n }}") == [{"s": f"<{EX}a>"}, {"s": f"<{EX}n>"}]


def test_replacing_by_the_same_changes_nothing(store: QuadStore) -> None:
    before = {q for g in store.graphs() for q in store.quads(g)}
    store.replace({graph: list(store.quads(graph)) for graph in list(store.graphs())})
    store.replace({node("nothing"): []})
    assert {q for g in store.graphs() for q in store.quads(g)} == before


def test_match_finds_by_any_part(store: QuadStore) -> None:
    assert set(store.match(node("a"))) == {quad("a", "knows", "b", "one"), quad("a", "name", Literal("Ann"), "one")}
    assert list(store.match(None, node("name"), Literal("Bob"))) == [quad("b", "name", Literal("Bob"), "two")]
    assert list(store.match(None, node("knows"), None, node("two"))) == [quad("b", "knows", "c", "two")]
    assert list(store.match(node("a"), None, None, node("two"))) == []
    assert len(list(store.match())) == len(store)


def test_patch_takes_out_and_puts_in(store: QuadStore) -> None:
    before = len(store)
    gone, new = quad("a", "knows", "b", "one"), quad("a", "knows", "c", "one")
    store.patch([gone, quad("not", "there", "x", "one")], [new, quad("b", "knows", "c", "two")])
    assert len(store) == before
    assert list(store.match(node("a"), node("knows"))) == [new]


def test_a_quad_of_another_graph_is_refused_and_nothing_changes(store: QuadStore) -> None:
    before = len(store)
    with pytest.raises(ValueError, match="given for graph"):
        store.replace({node("one"): [], node("two"): [quad("a", "p", "b", "one")]})
    assert len(store) == before


def test_second_writer_is_told_that_the_store_is_locked(tmp_path: Path) -> None:
    first = OxigraphStore(tmp_path / "s")
    with pytest.raises(Locked, match="another process"):
        OxigraphStore(tmp_path / "s")
    first.close()
    OxigraphStore(tmp_path / "s").close()


def test_damaged_and_missing_directories(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="is not a store"):
        OxigraphStore(tmp_path / "none", read_only=True)
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "CURRENT").write_text("junk")
    for read_only in (True, False):
        with pytest.raises(WorkspaceError, match="damaged"):
            OxigraphStore(tmp_path / "bad", read_only=read_only)


def test_leftovers_of_an_interrupted_replace_are_dropped(tmp_path: Path) -> None:
    store = OxigraphStore(tmp_path / "s")
    store.load([quad("a", "p", "b", "one"), Quad(node("a"), node("p"), node("c"), NamedNode("urn:x-incident-kg:staging:plus:0"))])
    store.close()
    again = OxigraphStore(tmp_path / "s")
    assert len(again) == 1
    assert list(again.graphs()) == [node("one")]


def test_closed_and_read_only_stores_say_so(tmp_path: Path) -> None:
    store = OxigraphStore(tmp_path / "s")
    store.load([quad("a", "p", "b", "one")])
    store.checkpoint(tmp_path / "copy")
    with pytest.raises(WorkspaceError, match="exists already"):
        store.checkpoint(tmp_path / "copy")
    store.close()
    with pytest.raises(WorkspaceError, match="closed"):
        store.query("ASK {}")
    reader = OxigraphStore(tmp_path / "copy", read_only=True)
    assert len(reader) == 1
    with pytest.raises(WorkspaceError, match="reading only"):
        reader.replace({node("one"): []})
    with pytest.raises(WorkspaceError, match="in memory"):
        OxigraphStore().checkpoint(tmp_path / "other")


def test_preparing_keeps_the_line_numbers() -> None:
    text = 'ASK { # one\n ?s ?p """two\nthree""" .\n # four\n ?s ?p ?o }'
    assert prepare(text).text.count("\n") == text.count("\n")
    assert prepare("ASK {\n ?s a skos:Concept }").with_prefixes().startswith("PREFIX skos: ")


def test_oxigraph_names_the_line_of_a_syntax_error() -> None:
    with pytest.raises(QueryError, match=r"^line 4: "):
        OxigraphStore().query("SELECT ?s { # SERVICE\n?s ?p\n\n}")
