"""``kg analyze``: lists, formats, pictures, bad input; results that are saved, become stale, are renewed, survive and go."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from pyoxigraph import Literal, NamedNode

from kg.analysis.registry import ANALYSES
from kg.backup import backup, restore
from kg.queries import load_queries, table
from kg.resources import folder
from kg.settling import is_known
from kg.validation import validate_graph
from kg.workspace import Workspace, create_workspace

from .command import Done, kg

CASE = folder("data") / "reports" / "microsoft-midnight-blizzard"
VA = "org:us-department-of-veterans-affairs"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    workspace = create_workspace(tmp_path / "w")
    workspace.ingest([CASE])
    yield workspace.folder


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that no test changes."""
    workspace = create_workspace(tmp_path_factory.mktemp("analyze") / "w")
    workspace.ingest([CASE])
    return workspace.folder


def run(place: Path, *arguments: object, code: int = 0) -> Done:
    done = kg("-w", place, "analyze", *arguments)
    assert done.code == code, done.err
    return done


def stale(place: Path) -> dict[str, str]:
    rows = run(place, "--saved").out.splitlines()[1:]
    return {row.split("\t")[0]: row.split("\t")[-1] for row in rows}


# ── asking ───────────────────────────────────────────────────────────────────────────────────


def test_without_a_name_the_analyses_are_listed(kept: Path) -> None:
    out = kg("analyze").out
    assert [line.split("\t")[0] for line in out.splitlines()[1:]] == list(ANALYSES)
    helped = kg("analyze", "--help").out
    assert all(name in helped for name in ANALYSES) and "--saved" in helped


@pytest.mark.parametrize("name", ANALYSES)
def test_every_analysis_explains_itself(name: str) -> None:
    out = kg("analyze", name, "--help").out
    assert "--as-of" in out and "--confidence" in out and "--plot" in out and f"docs/analysis/{name}.md" in out


def test_the_formats_say_the_same(kept: Path) -> None:
    shown = run(kept, "centrality", "--top", 3)
    assert shown.out.startswith("# Which things the graph turns around\nkind\trank\tnode\t") and "Microsoft" in shown.out
    rows = list(csv.DictReader(io.StringIO(run(kept, "centrality", "--top", 3, "--format", "csv").out)))
    said = json.loads(run(kept, "centrality", "--top", 3, "--format", "json").out)
    assert [row["node"] for row in rows] == [row["node"]["iri"] for row in said["rows"]]
    assert [row["claims"].split() for row in rows] == [row["claims"] for row in said["rows"]] and all(row["claims"] for row in said["rows"])
    graph = nx.parse_graphml(run(kept, "centrality", "--format", "graphml").out)
    assert len(graph) == said["inputs"]["nodes"] and graph.number_of_edges() == said["inputs"]["edges"]
    degrees = dict(graph.nodes(data="degree"))
    assert all(degrees[row["node"]] == int(row["degree"]) for row in rows)


def test_as_of_and_filters_are_said_and_count(kept: Path) -> None:
    def inputs(*arguments: object) -> dict[str, Any]:
        return json.loads(run(kept, "centrality", "--format", "json", *arguments).out)["inputs"]

    everything, early = inputs(), inputs("--as-of", "2024-02-01")
    assert early["as_of"] == "2024-02-01" and early["edges"] < everything["edges"]
    sure = inputs("--confidence", 90, "--from", "2023", "--to", "2024-06", "--marking", "clear")
    assert sure["filters"] == {"confidence": "90", "from": "2023-12-31", "to": "2024-06-30", "marking": "TLP:CLEAR"}
    assert sure["edges"] < everything["edges"]


def test_a_further_table_is_named(kept: Path) -> None:
    head = run(kept, "bridges", "--format", "csv", "--table", "cores").out.splitlines()[0]
    assert head == "core,node,node_label,kind,degree,claims"
    assert "it has bridges, bridges between parts" in run(kept, "bridges", "--table", "core", code=2).err


def test_pictures_are_drawn_beside_the_answer(kept: Path, tmp_path: Path) -> None:
    for ending in ("png", "svg", "html"):
        file = tmp_path / f"a.{ending}"
        done = run(kept, "bridges", "--plot", file)
        assert f"drawn to {file}" in done.err and "Microsoft" in done.out and file.stat().st_size > 5000
    assert "claim:" not in (tmp_path / "a.html").read_text() and "/claim/" in (tmp_path / "a.html").read_text()


BAD: dict[str, tuple[tuple[object, ...], str]] = {
    "unknown analysis": (("centralty",), "kg: there is no analysis 'centralty'; near: centrality"),
    "unknown projection": (("centrality", "--projection", "incdents"), "kg: there is no projection 'incdents'; there is incidents"),
    "dates the wrong way round": (
        ("centrality", "--from", "2024-02-01", "--to", "2024-01-01"),
        "ends (2024-01-01) before it begins (2024-02-01)",
    ),
    "no date": (("centrality", "--as-of", "soon"), "--as-of"),
    "confidence out of range": (("centrality", "--confidence", "101"), "101 is not in the range 0<=x<=100"),
    "no marking": (("centrality", "--marking", "purple"), "kg: 'purple' is no marking; there is TLP:CLEAR"),
    "no number": (("centrality", "--top", "many"), "'many' is not a valid integer"),
    "nothing of a kind": (("centrality", "--kind", "Organisation"), "holds nothing of kind 'Organisation'; it holds Incident"),
    "a missing argument": (("similar",), "Missing argument 'ACTOR'"),
    "no actor": (("similar", "incident:microsoft-corporate-email-2023"), "is of kind Incident; this asks for ThreatActor or"),
    "no facet": (("similar", "APT29", "--facets", "colour"), "kg: there is no facet 'colour'; there is technique, software"),
    "one actor twice": (("similar", "APT29", "--other", "Midnight Blizzard"), "are one actor (actor:apt29)"),
    "nobody to predict for": (("predict", "--about", "Nobody at all"), "Nobody at all"),
    "no resolution": (("communities", "--resolution", "0"), "kg: the resolution is a number above 0, not 0"),
    "no picture": (("centrality", "--plot", "x.gif"), "kg: cannot tell what to draw x.gif as"),
    "no such folder": (("centrality", "--plot", "/no/such/x.png"), "kg: cannot write /no/such/x.png"),
    "a name that says nothing": (("centrality", "--save", "--name", "…"), "'…' cannot be the name of a saved result"),
    "nothing saved under a name": (("--delete", "x"), "kg: there is no saved result 'x'"),
    "nothing to renew": (("--renew", "x"), "kg: there is no saved result 'x'"),
    "two at once": (("--saved", "--delete", "x"), "one of --saved, --renew and --delete at a time"),
    "saved with an analysis": (("--saved", "centrality"), "stand alone, without an analysis"),
}  # fmt: skip


@pytest.mark.parametrize("arguments, message", BAD.values(), ids=BAD)
def test_bad_input_gets_one_clear_line(kept: Path, arguments: tuple[object, ...], message: str) -> None:
    done = run(kept, *arguments, code=2)
    assert message in done.err and (not done.err.startswith("kg:") or done.err.count("\n") == 1), done.err


def test_an_empty_workspace_has_empty_results(tmp_path: Path) -> None:
    create_workspace(tmp_path / "w")
    done = kg("-w", tmp_path / "w", "analyze", "centrality", "--plot", tmp_path / "x.svg")
    if done.code == 0:
        assert "the graph is empty" in done.err and (tmp_path / "x.svg").exists()
    else:
        assert done.err.count("\n") == 1 and done.err.startswith("kg: ")


# ── saving ───────────────────────────────────────────────────────────────────────────────────


def answers(place: Path) -> dict[str, Any]:
    """The rows of every saved question; the order of words in a list of them is no part of an answer."""
    with Workspace(place).open_store() as store:
        found = {name: table(store.query(query.text)).rows for name, query in load_queries().items()}
    return {name: sorted([sorted(str(getattr(cell, "value", "")).split()) for cell in row] for row in rows) for name, rows in found.items()}


def test_a_saved_result_is_a_graph_of_its_own_and_changes_no_answer(place: Path) -> None:
    before = answers(place)
    done = run(place, "centrality", "--top", 3, "--save", "--name", "First look")
    assert "saved as first-look; kg analyze --delete first-look takes it away" in done.err
    assert answers(place) == before
    workspace = Workspace(place)
    graph = NamedNode(workspace.addresses.result("first-look"))
    said = json.loads(run(place, "centrality", "--top", 3, "--format", "json").out)
    with workspace.open_store() as store:
        assert not [f for f in validate_graph(store) if f.severity == "error"]
        rows = store.query(
            "SELECT ?thing ?degree ?claim { GRAPH ?g { ?row ikg:rowOf ?g ; ikg:rowNumber ?n ; prov:wasDerivedFrom ?claim . "
            "?row ikg:cell ?a , ?b . ?a ikg:valueName 'node' ; ikg:thingValue ?thing . "
            "?b ikg:valueName 'degree' ; ikg:literalValue ?degree } }"
        ).rows
        found: dict[str, tuple[int, set[str]]] = {}
        for thing, degree, claim in rows:
            assert isinstance(thing, NamedNode) and isinstance(degree, Literal) and isinstance(claim, NamedNode)
            found.setdefault(thing.value, (int(degree.value), set()))[1].add(claim.value)
        assert found == {row["node"]["iri"]: (row["degree"], set(row["claims"])) for row in said["rows"]}
        run_of = {
            (name.value, getattr(value, "value", ""))
            for name, value in store.query(
                "SELECT ?name ?value { ?result prov:wasGeneratedBy ?run . ?run a prov:Activity ; prov:wasAssociatedWith ?program . "
                "?program a prov:SoftwareAgent . ?run ikg:parameter|ikg:input ?v . ?v ikg:valueName ?name ; ikg:literalValue ?value }"
            ).rows
            if isinstance(name, Literal)
        }
        assert {("top", "3"), ("projection", "incidents"), ("edges", str(said["inputs"]["edges"]))} <= run_of
        assert all(q.graph_name == graph for q in store.match(None, NamedNode("http://www.w3.org/ns/prov#wasDerivedFrom")))
        assert not is_known(graph.value + "/row/1-1", store, workspace.addresses)
    with workspace.open_store(as_of=date(2024, 6, 29)) as view:
        assert not list(view.quads(graph)) and graph not in list(view.graphs())
    out = kg("-w", place, "export", "-").out
    assert "first-look" in out and "AnalysisRun" in out


def test_saved_results_survive_become_stale_and_are_renewed(place: Path) -> None:
    run(place, "centrality", "--save", "--name", "all")
    run(place, "centrality", "--as-of", "2024-02-01", "--save", "--name", "early")
    run(place, "bridges", "--save")
    (unnamed,) = (name for name in stale(place) if name.startswith("bridges-"))
    assert set(stale(place).values()) == {"fresh"}
    exported = kg("-w", place, "export", "-", "--format", "nquads").out
    assert kg("-w", place, "rebuild").code == 0
    assert kg("-w", place, "export", "-", "--format", "nquads").out == exported

    assert kg("-w", place, "retract", "bloomberg-va-usagm-2024-07-03").code == 0
    assert stale(place) == {"all": "stale", "early": "fresh", unnamed: "stale"}
    with Workspace(place).open_store() as store:
        marks = {
            q.subject.value.rpartition("/")[2]: q.object.value
            for q in store.match(None, NamedNode("https://w3id.org/incident-kg/ontology#stale"))
        }  # type: ignore[union-attr]
    assert marks == {"all": "true", "early": "false", unnamed: "true"}
    assert kg("-w", place, "retract", "--undo", "bloomberg-va-usagm-2024-07-03").code == 0
    assert set(stale(place).values()) == {"fresh"} and kg("-w", place, "export", "-", "--format", "nquads").out == exported

    assert kg("-w", place, "retract", "bloomberg-va-usagm-2024-07-03").code == 0
    assert "all is calculated anew" in run(place, "--renew", "all").out
    assert set(stale(place).values()) == {"fresh"} and "every saved result is fresh" in run(place, "--renew", "all").out
    assert VA.partition(":")[2] not in (place / "results" / "all.json").read_text()

    assert f"{unnamed} is deleted" in run(place, "--delete", unnamed).out
    assert set(stale(place)) == {"all", "early"}
    assert unnamed not in kg("-w", place, "export", "-", "--format", "nquads").out


def test_a_result_of_the_same_question_replaces_the_older_one(place: Path) -> None:
    for _ in range(2):
        run(place, "centrality", "--top", 2, "--save")
    run(place, "centrality", "--top", 3, "--save")
    assert len(stale(place)) == 2


def test_a_purge_takes_what_the_source_may_have_been_part_of(place: Path) -> None:
    run(place, "centrality", "--save", "--name", "all")
    run(place, "centrality", "--as-of", "2024-02-01", "--save", "--name", "early")
    assert kg("-w", place, "purge", "bloomberg-va-usagm-2024-07-03", "--yes").code == 0
    assert stale(place) == {"early": "fresh"} and not (place / "results" / "all.json").exists()
    assert "result/all" not in kg("-w", place, "export", "-", "--format", "nquads").out


def test_backups_carry_saved_results(place: Path, tmp_path: Path) -> None:
    run(place, "centrality", "--save", "--name", "all")
    exported = kg("-w", place, "export", "-", "--format", "nquads").out
    backup(Workspace(place), tmp_path / "b.tar.gz")
    restored, _ = restore(tmp_path / "b.tar.gz", tmp_path / "again")
    assert kg("-w", restored.folder, "export", "-", "--format", "nquads").out == exported
    assert stale(restored.folder) == {"all": "fresh"}


def test_a_damaged_file_is_named(place: Path) -> None:
    run(place, "centrality", "--save", "--name", "all")
    (place / "results" / "all.json").write_text("{")
    done = run(place, "--saved", code=3)
    assert "all.json is no saved result" in done.err and done.err.count("\n") == 1


def test_paths_refuses_a_name_of_several_things_before_it_reads_the_graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    both = "reference: {id: r, title: R}\norganizations: [{id: heron, name: Heron}, {id: heron-no, name: Heron}]\n"
    (tmp_path / "r.yaml").write_text(both)
    create_workspace(tmp_path / "w").ingest([CASE, tmp_path / "r.yaml"])

    def unread(*_: object) -> None:
        raise AssertionError("the graph was read")

    monkeypatch.setattr("kg.analysis.material.Material.projection", unread)
    done = kg("-w", tmp_path / "w", "analyze", "paths", VA, "Heron")
    assert done.code == 2 and "means several things" in done.err


def test_a_number_is_followed_to_the_words_it_rests_on(kept: Path) -> None:
    told = json.loads(run(kept, "consensus", "incident:microsoft-corporate-email-2023", "--format", "json").out)
    claim = next(c for row in told["rows"] for c in row["claims"] if "/report/microsoft-8k" in c)
    shown = kg("--workspace", kept, "show", claim)
    assert shown.code == 0 and "Claims (1)" in shown.out and "2024-01-19" in shown.out and "in our summary" in shown.out
