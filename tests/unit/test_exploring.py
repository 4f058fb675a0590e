"""Walking the graph: views as values, hubs that do not flood, and exactly what is in view as files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import RdfFormat, parse

from kg.errors import UsageError
from kg.exploring import GROUP, MOST, Explorer, History, View, unpacked, view_of
from kg.identity.iris import Addresses
from kg.workspace import Workspace, create_workspace

ADDRESSES = Addresses()
HOSTILE = "<b>x</b>\u202e\x07 & more"


@pytest.fixture(scope="module")
def explorer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Explorer]:
    place = tmp_path_factory.mktemp("exploring")
    customers = "".join(f"  - {{id: c{n}, name: Customer {n}}}\n" for n in range(40))
    hit = "".join(f"  - {{incident: big, party: c{n}, role: affected party, evidence: all of them}}\n" for n in range(40))
    (place / "big.yaml").write_text(
        "report: {id: big, title: Big, publisher: org:acme, published: 2024-01-01}\ntext: all of them were hit, said Acme\n"
        f'incidents: [{{id: big, title: "{HOSTILE.encode("unicode_escape").decode().replace(chr(92) + "x07", "")}"}}]\n'
        f"organizations:\n  - {{id: acme, name: Acme}}\n{customers}"
        "actors: [{id: wolf, name: Wolf}]\n"
        f"involvements:\n  - {{incident: big, party: acme, role: victim, evidence: said Acme}}\n{hit}"
        "  - {incident: big, party: acme, role: victim, asserted_by: c1, stance: denied, evidence: all of them}\n"
        "timings: [{incident: big, event: began, when: 2023-11-05, evidence: said Acme}]\n"
        "attributions: [{incident: big, actor: wolf, confidence: 40, evidence: said Acme}]\n"
    )
    workspace: Workspace = create_workspace(place / "workspace")
    result = workspace.ingest([place / "big.yaml"])
    assert not result.rejects, result.rejects
    with workspace.open_store() as store:
        yield Explorer(store, workspace.addresses)


def iri(short: str) -> str:
    found = ADDRESSES.expand(short)
    assert found
    return found


def test_a_hub_shows_a_part_and_a_group_that_opens(explorer: Explorer) -> None:
    view = explorer.start(iri("incident:big"))
    picture = explorer.picture(view)
    group = next(n for n in picture.nodes if n.more)
    assert group.iri == f"{GROUP}{iri('incident:big')}|affected>" and group.more == 28 and group.label == "affected parties"
    opened = explorer.picture(explorer.expand(view, group.iri))
    assert not [n for n in opened.nodes if n.more] and len(opened.nodes) == 43
    assert {n.iri for n in picture.nodes} - {group.iri} <= {n.iri for n in opened.nodes}
    assert explorer.neighbours(iri("incident:big"), view)[2] == ("affected>", 40, 12)


def test_a_picture_has_a_bound_and_says_so(explorer: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.exploring.MOST", 14)
    picture = explorer.picture(explorer.start(iri("incident:big")).expanded(iri("incident:big"), ["affected>"]))
    assert len(picture.nodes) == 14 and "only 14 nodes are drawn" in picture.notes[0]


def test_steps_and_undo(explorer: Explorer) -> None:
    view = explorer.start(iri("incident:big"))
    history = History((view,)).then(view.without([iri("actor:wolf")])).then(view)
    assert iri("actor:wolf") not in {n.iri for n in explorer.picture(history.undone().now).nodes}
    assert history.undone().undone().now == view and history.undone().redone() == history
    assert explorer.picture(view.collapsed(iri("incident:big"))).edges == ()
    group = f"{GROUP}{iri('incident:big')}|affected>"
    assert not [n for n in explorer.picture(view.without([group])).nodes if n.kind == "Organization" and "Customer" in n.label]


def test_filters(explorer: Explorer) -> None:
    view = explorer.start(iri("incident:big"))
    sure = explorer.picture(View(**{**view.__dict__, "confidence": 30}))
    edges = {f"{p} {e.target.rsplit('/', 1)[-1]}" for e in sure.edges for p in e.predicates}
    assert edges == {"attributedTo wolf"}
    assert not explorer.picture(View(**{**view.__dict__, "first": "2024-02-01"})).edges
    assert len(explorer.picture(View(**{**view.__dict__, "last": "2024-02-01", "source": "acme"})).edges) >= 14
    assert "edges do not pass" in explorer.picture(View(**{**view.__dict__, "source": "nobody"})).notes[0]
    without = explorer.picture(View(**{**view.__dict__, "kinds_off": frozenset({"Organization"})}))
    assert {n.kind for n in without.nodes if not n.more} == {"Incident", "ThreatActor"}


def test_filters_by_when_it_happened_and_by_stance(explorer: Explorer) -> None:
    view = explorer.start(iri("incident:big"))
    assert explorer.days([iri("incident:big")]) == {iri("incident:big"): 19666}  # 2023-11-05
    assert explorer.picture(replace(view, after="2023-11-05", before="2023-11-05")).edges
    later = explorer.picture(replace(view, after="2023-11-06"))
    assert "Incident" not in {n.kind for n in later.nodes} and "another time" in later.notes[0]
    contested = explorer.picture(replace(view, stance="contested")).edges
    assert [(e.predicates, e.contested, len(e.against)) for e in contested] == [(("victim",), True, 1)]
    assert {c.stance for c in explorer.behind(contested)} == {"asserted", "denied"}
    assert len(explorer.picture(replace(view, stance="asserted")).edges) > 10
    assert not explorer.picture(replace(view, stance="suspected")).edges


def test_more_roots_than_can_be_drawn_are_cut_and_said(explorer: Explorer) -> None:
    picture = explorer.picture(View(tuple(iri(f"org:nobody-{n}") for n in range(MOST + 5))))
    assert "only 2,000 nodes are drawn" in picture.notes[0]
    assert "does not speak of org:nobody-0, " in picture.notes[1] and not picture.nodes


def test_what_of_an_answer_can_be_drawn(explorer: Explorer) -> None:
    assert explorer.things([iri("org:c1"), iri("report:big"), "urn:x", iri("org:c1")]) == [iri("org:c1")]


def test_what_is_in_view_and_no_more_goes_out(explorer: Explorer) -> None:
    view = explorer.start(iri("incident:big"))
    picture = explorer.picture(view)
    turtle = explorer.turtle(picture)
    assert turtle == explorer.turtle(picture) and sum(1 for _ in parse(turtle.encode(), format=RdfFormat.TURTLE)) > 100
    assert "Customer 11" in turtle and "said Acme" in turtle and "Customer 39" not in turtle
    graph = nx.parse_graphml(explorer.graphml(picture), force_multigraph=True)
    assert len(graph) == len(picture.nodes) - 1 and graph.size() == len(explorer.table(picture))
    assert explorer.csv(picture).count("\n") == len(explorer.table(picture)) + 1
    rows = explorer.things_table(picture)
    assert len(rows) == len(graph) and rows[0]["iri"] == iri("incident:big")


def test_a_picture_is_the_same_each_time_and_coloured(explorer: Explorer) -> None:
    view = View(**{**explorer.start(iri("incident:big")).__dict__, "colour": "community", "size": "betweenness", "layout": "timeline"})
    picture = explorer.picture(view)
    assert picture == explorer.picture(view)
    assert {n.group for n in picture.nodes} == {"community 1"} and picture.nodes[0].weight == 1 and picture.nodes[0].day == 19666


VIEWS = st.builds(
    View,
    roots=st.lists(st.sampled_from([iri("org:a"), iri("org:b"), "urn:x"]), unique=True).map(tuple),
    opened=st.lists(st.tuples(st.just(iri("org:a")), st.sampled_from(["victim>", "<victim"]), st.integers(0, 99)), max_size=3).map(tuple),
    hidden=st.frozensets(st.just(iri("org:b"))),
    pins=st.dictionaries(st.just(iri("org:a")), st.tuples(st.integers(-999, 999), st.integers(-999, 999))),
    edges_off=st.frozensets(st.sampled_from(["victim", "targeted"])),
    confidence=st.integers(0, 100),
    source=st.text(max_size=20),
    layout=st.sampled_from(["force", "timeline"]),
)


@given(VIEWS)
def test_a_link_holds_the_whole_view(view: View) -> None:
    assert unpacked(view.packed(ADDRESSES), ADDRESSES) == view


@pytest.mark.parametrize("text", ["", "rubbish", "eJw", "é", "eNorTi0BAAKhAYI", "A" * 5000])
def test_what_is_no_view_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        unpacked(text, ADDRESSES)


@pytest.mark.parametrize(
    "plain",
    [
        None,
        [],
        "x",
        {"roots": 3},
        {"opened": [["a"]]},
        {"pins": {"a": "b"}},
        {"confidence": "many"},
        {"roots": ["<no iri>"]},
        {"pins": {"org:a": [float("nan"), 1]}},
        {"turn": float("inf")},
        {"first": "soon"},
        {"opened": [["a b", "victim>", 3]]},
    ],
)
def test_plain_data_that_is_no_view_is_refused(plain: object) -> None:
    with pytest.raises(UsageError):
        view_of(plain, ADDRESSES)
