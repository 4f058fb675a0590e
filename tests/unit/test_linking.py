"""Links that rules make: which, which never, and that they depend on the graphs alone, whatever the history."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import NamedNode, Quad

from kg.identity.iris import Addresses
from kg.linking import NAME
from kg.mapping import graph_of, prop, to_quads
from kg.model.report import IncidentReport
from kg.rules import Change
from kg.settling import settle
from kg.store.oxigraph import OxigraphStore
from kg.vocabulary import Method
from tests.conftest import CHECKOUT, make_report

ADDRESSES = Addresses()
LINKS = NamedNode(ADDRESSES.reference(NAME))


def put(store: OxigraphStore, *reports: IncidentReport, gone: tuple[str, ...] = ()) -> None:
    """Store reports (and take others out), then bring links and derived graph up to date."""
    changes = {graph_of(r, ADDRESSES): to_quads(r, ADDRESSES) for r in reports} | {NamedNode(ADDRESSES.report(i)): [] for i in gone}
    old = [quad for graph in changes for quad in store.quads(graph)]
    before = {quad.graph_name for quad in old}
    new = [quad for quads in changes.values() for quad in quads if quad.graph_name in before]
    fresh = tuple(f"{quad} .\n" for quads in changes.values() for quad in quads if quad.graph_name not in before)
    store.replace(changes)
    settle(store, Change(tuple(old), tuple(new), fresh), ADDRESSES)


def build(*reports: IncidentReport) -> OxigraphStore:
    store = OxigraphStore()
    put(store, *reports)
    return store


def links(store: OxigraphStore) -> set[tuple[str, str]]:
    """The pairs that are linked, as written ids."""
    found = set()
    for claim in store.match(None, prop("one"), None, LINKS):
        (other,) = store.match(claim.subject, prop("other"), None, LINKS)
        found.add((ADDRESSES.shorten(claim.object.value), ADDRESSES.shorten(other.object.value)))
    return found


def named(report_id: str, identifiers: Any, name: str = "Microsoft", kind: str = "organizations", **more: Any) -> IncidentReport:
    return make_report(report_id, **{kind: [{"key": "x", "name": name, "identifiers": identifiers, **more}]})


def told(report_id: str, known: str | None = None, victim: str = "org:v", **more: Any) -> IncidentReport:
    """A report on one incident."""
    restates = more.pop("restates", None)
    report = make_report(
        report_id,
        incidents=[{"key": "i", "title": "I", "id": known}],
        involvements=[{"incident": "i", "party": victim, "role": "victim", **more}],
    )
    return report if restates is None else report.model_copy(update={"report": report.report.model_copy(update={"restates": (restates,)})})


# ── shared identifiers ───────────────────────────────────────────────────────────────────────


def test_local_organizations_with_one_lei_are_one() -> None:
    store = build(named("a", "lei:INR2EJN1ERAN0W5ZP974"), named("b", "lei:INR2EJN1ERAN0W5ZP974", "Microsoft Corporation"))
    assert links(store) == {("report:a/org/x", "report:b/org/x")}
    assert list(store.match(None, prop("sameOrganizationAs")))


def test_locals_are_linked_with_the_known_one() -> None:
    reports = [named("a", "cik:789019", id="microsoft"), *(named(r, "cik:789019") for r in "bc")]
    assert links(build(*reports)) == {("org:microsoft", "report:b/org/x"), ("org:microsoft", "report:c/org/x")}


@pytest.mark.parametrize("identifier", ["ticker:MSFT", "name:Microsoft", "lei:", "veris:1", "attack:T1110"])
def test_what_does_not_identify_joins_nothing(identifier: str) -> None:
    assert links(build(named("a", identifier), named("b", identifier))) == set()


def test_names_that_contradict_join_nothing() -> None:
    assert links(build(named("a", "cik:789019"), named("b", "cik:789019", "Apple Inc."))) == set()
    actors = (named("a", "attack:G0016", "APT29", "actors"), named("b", "attack:G0016", "APT28", "actors"))
    assert links(build(*actors)) == set()


def test_two_known_ids_are_never_joined() -> None:
    ids = ["attack:G0016", "misp:b2056ff0"]
    known = (named("a", ids, "APT29", "actors", id="apt29"), named("b", ids, "APT29", "actors", id="apt29-misp"))
    assert links(build(*known)) == set()
    between = (named("a", ids[0], "APT29", "actors", id="x"), named("b", ids[1], "APT29", "actors", id="y"))
    assert links(build(*between, named("c", ids, "APT29", "actors"))) == set()
    assert links(build(*between, named("c", ids[0], "APT29", "actors"))) == {("actor:x", "report:c/actor/x")}


def test_a_catalogues_own_key_is_joined_with_the_id_that_a_person_chose() -> None:
    chosen = named("a", "attack:G0016", "Zebra", "actors", id="zebra")
    catalogued = named("b", "attack:G0016", "Zebra", "actors", id="attack-g0016")
    store = build(chosen, catalogued)
    assert links(store) == {("actor:attack-g0016", "actor:zebra")}
    canonical = {ADDRESSES.shorten(q.object.value) for q in store.match(None, prop("sameActorAs"))}
    assert canonical == {"actor:zebra"}, "the chosen id stands for both, though the other is first in order"
    assert links(build(chosen, catalogued, named("c", "attack:G0016", "Zebra", "actors", id="another"))) == set(), "which of the two?"


def test_what_people_join_and_keep_apart_at_once_stops_no_other_link() -> None:
    said = make_report(
        "said",
        samenesses=[
            {"a": "actor:zebra", "b": "actor:gnu", "stated_as": "same", "asserted_by": "org:one"},
            {"a": "actor:zebra", "b": "actor:gnu", "stated_as": "close", "asserted_by": "org:two"},
        ],
    )
    known = (named("a", "attack:G0016", "Zebra", "actors", id="zebra"), named("b", [], "Gnu", "actors", id="gnu"))
    assert links(build(*known, said, named("c", "attack:G0016", "Zebra", "actors"))) == {("actor:zebra", "report:c/actor/x")}


def test_holders_of_an_identifier_are_joined_when_the_one_that_stood_between_them_goes() -> None:
    others = (named("b", "lei:1", "Quarry"), named("c", "lei:1", "Quarry"))
    store = build(named("a", "lei:1", "Orchard"), *others)
    assert links(store) == set()
    put(store, gone=("a",))
    assert links(store) == links(build(*others)) == {("report:b/org/x", "report:c/org/x")}


def test_known_ids_are_not_joined_by_a_chain() -> None:
    known = (named("a", "lei:1", id="x"), named("b", "lei:2", id="y"))
    chain = (named("c", ["lei:1", "lei:3"]), named("d", ["lei:2", "lei:3"]))
    store = build(*known, *chain)
    heads = {q.object.value for q in store.match(None, prop("sameOrganizationAs"))}
    assert links(store) == set() and not heads


def test_unidentified_actors_are_never_linked() -> None:
    reports = [
        make_report(r, unidentified_actors=[{"key": "x", "description": "Russian hackers", "identifiers": "stix:intrusion-set--1"}])
        for r in "ab"
    ]
    assert links(build(*reports, named("c", "stix:intrusion-set--1", "Russian hackers", "actors"))) == set()


@pytest.mark.parametrize("how", ["different", "close", "part of"])
def test_the_word_of_a_person_wins(how: str) -> None:
    reports = named("a", "lei:1", id="x"), named("b", "lei:1"), named("c", "lei:1", "Microsoft")
    word = make_report("p", organizations=[{"key": "k", "name": "K"}], samenesses=[{"a": "org:x", "b": "org:z", "stated_as": how}])
    assert len(links(build(*reports, word))) == 2
    over = make_report("q", samenesses=[{"a": "org:z", "b": "org:x", "stated_as": "same"}])
    store = build(*reports, over)
    assert len(links(store)) == 2
    put(store, word)
    assert len(links(store)) == 2, "x and z are joined and kept apart by people: no link of a rule joins these two"
    put(store, gone=("p",))
    assert len(links(store)) == 2


def test_what_people_joined_is_not_joined_again() -> None:
    own = make_report(
        "b",
        incidents=[{"key": "i", "title": "I"}],
        involvements=[{"incident": "i", "party": "org:v", "role": "victim", "rests_on": "report:a"}],
        samenesses=[{"a": "i", "b": "incident:k", "stated_as": "same"}],
    )
    assert links(build(told("a", "k"), own)) == set()


def test_a_name_or_label_that_comes_later_counts() -> None:
    actors = (named("a", "attack:G0016", "APT29", "actors", id="apt29"), named("b", "attack:G0016", "Cozy Bear", "actors"))
    store = build(*actors)
    assert links(store) == set()
    put(store, make_report("c", namings=[{"actor": "actor:apt29", "name": "Cozy Bear"}]))
    assert links(store) == {("actor:apt29", "report:b/actor/x")}
    put(store, gone=("c",))
    assert links(store) == set()
    put(store, named("c", [], "Cozy Bear", "actors", id="apt29"))
    assert links(store) == {("actor:apt29", "report:b/actor/x")}


# ── reports that restate ─────────────────────────────────────────────────────────────────────


def test_the_incident_of_a_report_that_restates_is_the_same() -> None:
    assert links(build(told("a"), told("b", restates="report:a"))) == {("report:a/incident/i", "report:b/incident/i")}
    assert links(build(told("a", "k"), told("b", rests_on="report:a"))) == {("incident:k", "report:b/incident/i")}


def test_nothing_is_left_when_both_reports_go_at_once() -> None:
    store = build(told("a"), told("b", restates="report:a"), told("c", "k"))
    assert links(store)
    put(store, gone=("a", "b"))
    assert list(store.quads(LINKS)) == []


def test_not_if_other_parties_were_hit() -> None:
    assert links(build(told("a"), told("b", victim="org:w", restates="report:a"))) == set()


def test_not_if_a_report_tells_of_two() -> None:
    two = make_report(
        "a",
        incidents=[{"key": "i", "title": "I"}, {"key": "j", "title": "J"}],
        involvements=[{"incident": k, "party": "org:v", "role": "victim"} for k in "ij"],
    )
    assert links(build(two, told("b", restates="report:a"))) == set()
    aside = make_report(
        "a",
        incidents=[{"key": "i", "title": "I"}, {"key": "j", "title": "J"}],
        involvements=[{"incident": "i", "party": "org:v", "role": "victim"}, {"incident": "j", "party": "org:v", "role": "background"}],
        groupings=[{"incident": "i", "linked_to": "j"}],
    )
    assert links(build(aside, told("b", restates="report:a"))) == {("report:a/incident/i", "report:b/incident/i")}


# ── the graph ────────────────────────────────────────────────────────────────────────────────


def test_a_link_is_a_claim_like_any_other() -> None:
    store = build(named("a", "lei:1"), named("b", "lei:1"))
    (claim,) = {q.subject for q in store.match(None, prop("one"), None, LINKS)}
    said = {q.predicate: q.object for q in store.match(claim)}
    assert said[prop("method")].value == Method.DERIVED.iri and said[prop("assertedBy")].value == ADDRESSES.thing("org", "incident-kg")
    assert said[prop("statedIn")] == LINKS and said[prop("rdfs:comment")].value == "shared-identifier: both have the identifier lei:1"
    assert any(store.match(LINKS, prop("rdf:type"), prop("ReferenceFile")))
    put(store, gone=("b",))
    assert list(store.quads(LINKS)) == []


def test_links_pass_the_shapes() -> None:
    from kg.validation import check_shapes

    store = build(named("a", "lei:1"), named("b", "lei:1"))
    assert [str(f) for f in check_shapes(store.quads(LINKS))] == []


def test_the_bundled_data_gets_no_link_that_its_curators_did_not_make() -> None:
    from kg.readers.base import Found, SourceFile
    from kg.readers.report_yaml import ReportYaml

    def read(path: Path) -> list[IncidentReport]:
        return [f.report for f in ReportYaml().read(SourceFile(path, path.name)) if isinstance(f, Found)]

    reports = [r for path in sorted((CHECKOUT / "data").rglob("*.yaml")) for r in read(path)]
    made = build(*reports)
    assert links(made) == set()
    bare = build(*(r.model_copy(update={"samenesses": ()}) for r in reports))
    joined = {q.subject.value: q.object.value for q in made.match(None, prop("sameIncidentAs"))}
    canonical = lambda written: (iri := ADDRESSES.expand(written) or "", joined.get(iri, iri))[1]  # noqa: E731
    assert links(bare)
    assert all(canonical(one) == canonical(other) for one, other in links(bare))


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[dict[str, Any], str | None]]:
    """Reports that share identifiers, or that restate one another, with words of people on the same identities."""
    make = draw(st.sampled_from([identified, restating]))
    days = st.sampled_from(["2024-01", "2024-02-03", None])
    return [(make(draw), draw(days)) for _ in range(draw(st.integers(2, 8)))]


def identified(draw: st.DrawFn) -> dict[str, Any]:
    pick = lambda *values: draw(st.sampled_from(values))  # noqa: E731
    kind, name, known = pick("actor", "actor", "org"), pick("Alpha", "Alpha", "Beta"), pick("o1", "o2", None, None)
    match pick("thing", "thing", "thing", "described", "naming", "sameness"):
        case "thing":
            ids = draw(st.lists(st.sampled_from(["lei:1", "attack:G0001", "ticker:T"]), max_size=2))
            return {"actors" if kind == "actor" else "organizations": [{"key": "k", "id": known, "name": name, "identifiers": ids}]}
        case "described":
            return {"unidentified_actors": [{"key": "k", "id": known, "description": name, "identifiers": "attack:G0001"}]}
        case "naming":
            return {"namings": [{"actor": pick("actor:o1", "actor:o2"), "name": name}]}
        case _:
            return worded(kind, draw)


def worded(kind: str, draw: st.DrawFn) -> dict[str, Any]:
    pick = lambda *values: draw(st.sampled_from(values))  # noqa: E731
    a, b = f"{kind}:{pick('o1', 'o3')}", f"{kind}:{pick('o2', 'o3')}"
    said = {"stated_as": pick("same", "same", "different", "close"), "stance": pick("asserted", "asserted", "denied", "withdrawn")}
    return {"samenesses": [{"a": a, "b": b, "asserted_by": pick("org:p", "org:q"), **said}]}


def restating(draw: st.DrawFn) -> dict[str, Any]:
    pick = lambda *values: draw(st.sampled_from(values))  # noqa: E731
    if pick(*range(6)) == 0:
        return worded("incident", draw)
    claim = {"incident": "k", "party": pick("org:v", "org:v", "org:v", "org:w"), "role": pick("victim", "victim", "victim", "background")}
    source = pick(None, "report:r0", "report:r1", "report:r2")
    how = pick("restates", "rests_on")
    parts = {"incidents": [{"key": "k", "id": pick("o1", "o2", None, None, None), "title": "I"}], "involvements": [claim]}
    if how == "restates":
        parts["restates"] = source
    elif source:
        claim["rests_on"] = source
    if pick(*range(6)) == 0:
        parts["involvements"] = [claim, {**claim, "incident": "incident:o3"}]
    return parts


def reported(report_id: str, published: str | None, part: dict[str, Any]) -> IncidentReport:
    part = dict(part)
    restates = part.pop("restates", None)
    report = make_report(report_id, published, **part)
    return report if restates is None else report.model_copy(update={"report": report.report.model_copy(update={"restates": (restates,)})})


@settings(max_examples=50, deadline=None)
@given(histories(), st.randoms())
def test_any_history_gives_the_links_of_what_is_left(told: list[Any], chance: random.Random) -> None:
    reports = [reported(f"r{n}", published, part) for n, (part, published) in enumerate(told)]
    steps = OxigraphStore()
    for report in reports:
        put(steps, reported(report.info.id, "2024-04-01", chance.choice(told)[0]))
        put(steps, report)
    gone = [r for r in reports if chance.random() < 0.4]
    at_once = chance.random() < 0.5
    for ids in [tuple(r.info.id for r in gone)] if at_once else [(r.info.id,) for r in gone]:
        put(steps, gone=ids)
    left = [r for r in reports if r not in gone]
    chance.shuffle(left)
    anew = build(*left)

    def whole(store: OxigraphStore) -> set[Quad]:
        return {*store.quads(LINKS), *store.quads(NamedNode(ADDRESSES.derived))}

    assert whole(steps) == whole(anew)


def test_the_order_of_reports_does_not_count() -> None:
    reports = [
        named("a", ["lei:1"], id="x"),
        named("b", ["lei:1", "lei:2"]),
        named("c", "lei:2"),
        told("d"),
        told("e", restates="report:d"),
    ]
    found = set()
    for seed in range(6):
        random.Random(seed).shuffle(reports)
        store = OxigraphStore()
        for report in reports:
            put(store, report)
        found.add("\n".join(sorted(map(str, store.quads(LINKS)))))
    assert len(found) == 1
