"""Which edges stand: the latest word of each agent, denials, withdrawals, samenesses; incremental equals anew."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import NamedNode, Quad

from kg.identity.iris import Addresses
from kg.mapping import graph_of, prop, to_quads
from kg.model.report import IncidentReport
from kg.rules import Change, canonical_of, load_rules, rederive
from kg.store.oxigraph import OxigraphStore
from kg.vocabulary import EDGE_ROLES, Role
from tests.conftest import make_report

ADDRESSES = Addresses()
DERIVED = NamedNode(ADDRESSES.derived)
IRI = ADDRESSES.expand


def put(store: OxigraphStore, *reports: IncidentReport) -> None:
    old: list[Quad] = []
    new: list[Quad] = []
    for report in reports:
        graph = graph_of(report, ADDRESSES)
        old += store.quads(graph)
        new += (quads := to_quads(report, ADDRESSES))
        store.replace({graph: quads})
    rederive(store, Change(tuple(old), tuple(new)), ADDRESSES)


def take_out(store: OxigraphStore, report_id: str) -> None:
    graph = NamedNode(ADDRESSES.report(report_id))
    old = tuple(store.quads(graph))
    store.replace({graph: []})
    rederive(store, Change(old, ()), ADDRESSES)


def build(*reports: IncidentReport) -> OxigraphStore:
    store = OxigraphStore()
    for report in reports:
        put(store, report)
    return store


def edges(store: OxigraphStore, name: str) -> set[tuple[str, str]]:
    quads = store.match(None, prop(name), None, DERIVED)
    return {(ADDRESSES.shorten(q.subject.value), ADDRESSES.shorten(q.object.value)) for q in quads}


def derived(store: OxigraphStore) -> set[Quad]:
    return set(store.quads(DERIVED))


def hit(
    report_id: str, published: str | None, stance: str = "asserted", by: str = "org:a", role: str = "victim", **more: Any
) -> IncidentReport:
    claim = {"incident": "incident:i", "party": "org:v", "role": role, "stance": stance, "asserted_by": by, **more}
    return make_report(report_id, published, involvements=[claim])


def record(store: OxigraphStore, subject: str, name: str, object_: str) -> dict[str, set[str]]:
    node = NamedNode(ADDRESSES.edge(IRI(subject) or subject, name, IRI(object_) or object_))
    found: dict[str, set[str]] = {}
    for quad in store.match(node, graph=DERIVED):
        found.setdefault(quad.predicate.value.rpartition("#")[2], set()).add(quad.object.value)
    return found


@pytest.mark.parametrize("role", list(Role))
def test_only_roles_of_those_who_were_hit_make_an_edge(role: Role) -> None:
    store = build(hit("r", "2024-01-01", role=role.value))
    for name in ("victim", "affected"):
        assert edges(store, name) == ({("incident:i", "org:v")} if EDGE_ROLES.get(role) == name else set())


@pytest.mark.parametrize("stance", ["claimed", "suspected", "disputed", "denied", "withdrawn", "not known"])
def test_only_an_assertion_makes_an_edge(stance: str) -> None:
    assert derived(build(hit("r", "2024-01-01", stance))) == set()


def test_the_latest_word_of_an_agent_counts() -> None:
    said, took_back, again = hit("r1", "2024-01-01"), hit("r2", "2024-02-01", "withdrawn"), hit("r3", "2024-03-01")
    for order in itertools.permutations((said, took_back)):
        assert edges(build(*order), "victim") == set()
    assert edges(build(said, took_back, again), "victim") == {("incident:i", "org:v")}


def test_a_denial_by_somebody_else_contests_and_leaves_the_edge() -> None:
    store = build(hit("r1", "2024-01-01"), hit("r2", "2024-02-01", "denied", by="org:v"))
    found = record(store, "incident:i", "victim", "org:v")
    assert found["contested"] == {"true"} and found["agents"] == {"1"} and len(found["contestedBy"]) == 1


def test_an_undated_word_never_overrides_a_dated_one() -> None:
    assert edges(build(hit("r1", "2024-01-01"), hit("r2", None, "withdrawn")), "victim")


def test_rewrites_raise_reports_and_not_agents() -> None:
    store = build(*(hit(f"r{n}", f"2024-01-{n + 1:02}", confidence=60 + n) for n in range(10)))
    found = record(store, "incident:i", "victim", "org:v")
    assert found["agents"] == {"1"} and len(found["claim"]) == 10
    assert found["lowestConfidence"] == {"60"} and found["highestConfidence"] == {"69"}


def test_denying_theft_is_not_denying_access() -> None:
    def about(report_id: str, day: str, effect: str, stance: str) -> IncidentReport:
        claim = {"incident": "incident:i", "asset": "asset:code", "effect": effect, "stance": stance, "asserted_by": "org:a"}
        return make_report(report_id, day, compromises=[claim])

    accessed, no_theft = about("r1", "2024-01-01", "accessed", "asserted"), about("r2", "2024-02-01", "exfiltrated", "denied")
    assert edges(build(accessed, no_theft), "compromised") == {("incident:i", "asset:code")}
    assert edges(build(accessed, no_theft), "stolen") == set()
    first_denied = about("r0", "2023-12-01", "accessed", "denied")
    assert edges(build(first_denied, accessed), "compromised") == {("incident:i", "asset:code")}
    assert edges(build(first_denied), "compromised") == set()


def attributed(report_id: str, actor: str = "actor:x", incident: str = "incident:i", stance: str = "asserted") -> IncidentReport:
    return make_report(report_id, attributions=[{"incident": incident, "actor": actor, "stance": stance, "confidence": 50}])


def same(report_id: str, a: str, b: str, stance: str = "asserted", how: str = "same") -> IncidentReport:
    return make_report(report_id, samenesses=[{"a": a, "b": b, "stated_as": how, "stance": stance}])


def test_targeted_needs_both_edges_and_names_the_claims_of_both() -> None:
    store = build(attributed("r1"))
    assert edges(store, "targeted") == set()
    put(store, hit("r2", "2024-01-01", confidence=80))
    assert edges(store, "targeted") == {("actor:x", "org:v")}
    found = record(store, "actor:x", "targeted", "org:v")
    assert len(found["claim"]) == 2 and found["lowestConfidence"] == {"50"} and found["rule"] == {"targeted"}
    take_out(store, "r1")
    assert edges(store, "targeted") == set()


def test_affected_parties_are_not_targeted() -> None:
    assert edges(build(attributed("r1"), hit("r2", "2024-01-01", role="affected party")), "targeted") == set()


def test_edges_hang_on_the_canonical_identity_and_come_back() -> None:
    plain = (attributed("r1", "actor:zebra"), hit("r2", "2024-01-01"))
    store = build(*plain)
    before = derived(store)
    put(store, same("r3", "actor:zebra", "actor:apt"))
    assert edges(store, "attributedTo") == {("incident:i", "actor:apt")} and edges(store, "targeted") == {("actor:apt", "org:v")}
    assert edges(store, "sameActorAs") == {("actor:zebra", "actor:apt")}
    take_out(store, "r3")
    assert derived(store) == before


def test_edges_of_a_local_incident_move_when_a_sameness_comes_later() -> None:
    told = make_report("r1", incidents=[{"key": "l", "title": "L"}], attributions=[{"incident": "l", "actor": "actor:zebra"}])
    joined = same("r2", "actor:zebra", "actor:apt")
    store = build(told, joined)
    assert edges(store, "attributedTo") == {("report:r1/incident/l", "actor:apt")}
    assert derived(store) == derived(build(joined, told))


def test_all_that_a_report_says_of_its_own_things_counts_when_its_agents_become_one_later() -> None:
    said = [{"incident": "incident:i", "asset": "m", "effect": "exfiltrated", "asserted_by": by} for by in ("org:b", "org:c")]
    told, joined = make_report("r1", assets=[{"key": "m", "name": "M"}], compromises=said), same("r2", "org:b", "org:a")
    store = build(told, joined)
    assert record(store, "incident:i", "stolen", "report:r1/asset/m")["agents"] == {"2"}
    assert derived(store) == derived(build(joined, told))


@pytest.mark.parametrize("how", ["close", "part of", "different"])
def test_only_same_joins(how: str) -> None:
    store = build(attributed("r1", "actor:zebra"), same("r3", "actor:zebra", "actor:apt", how=how))
    assert edges(store, "attributedTo") == {("incident:i", "actor:zebra")} and edges(store, "sameActorAs") == set()


def test_a_known_id_is_canonical_before_a_local_one() -> None:
    assert canonical_of(["https://x/id/report/a/actor/a", "https://x/id/actor/z"]) == "https://x/id/actor/z"


def test_a_supply_that_is_no_custom_is_only_supplied_by() -> None:
    store = build(make_report("r", supplies=[{"supplier": "org:s", "customer": "org:c", "relation": "software dependency"}]))
    assert edges(store, "suppliedBy") == {("org:c", "org:s")} and edges(store, "customerOf") == set()


def test_supply_in_a_circle_derives() -> None:
    ring = [{"supplier": f"org:s{n}", "customer": f"org:s{(n + 1) % 3}"} for n in range(3)]
    assert len(edges(build(make_report("r", supplies=ring)), "customerOf")) == 3


def test_every_rule_is_a_file_of_one_triple() -> None:
    names = {rule.name for rule in load_rules()}
    assert {"attributed-to", "victim", "affected", "compromised", "stolen", "targeted", "same-incident"} <= names


PARTIES, ACTORS, INCIDENTS = ("org:a", "org:b", "org:c"), ("actor:x", "actor:y", "actor:z"), ("incident:i", "incident:j")
STANCES = st.sampled_from(["asserted", "asserted", "denied", "withdrawn", "disputed", "suspected"])
ROLES = st.sampled_from([r.value for r in Role])


@st.composite
def claims(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    pick = st.sampled_from
    common = {"stance": draw(STANCES), "asserted_by": draw(pick(PARTIES))}
    match draw(pick(["involvement", "attribution", "sameness", "supply", "compromise", "local"])):
        case "involvement":
            return {"involvements": [{**common, "incident": draw(pick(INCIDENTS)), "party": draw(pick(PARTIES)), "role": draw(ROLES)}]}
        case "attribution":
            return {"attributions": [{**common, "incident": draw(pick(INCIDENTS)), "actor": draw(pick(ACTORS))}]}
        case "sameness":
            kind = draw(pick([PARTIES, ACTORS, INCIDENTS]))
            return {
                "samenesses": [{**common, "a": draw(pick(kind)), "b": draw(pick(kind)), "stated_as": draw(pick(["same", "same", "close"]))}]
            }
        case "local":
            said = {**common, "incident": draw(pick(["l", *INCIDENTS])), "asset": draw(pick(["m", "asset:m"])), "effect": "exfiltrated"}
            joined = {**common, "a": "l", "b": draw(pick(INCIDENTS)), "stated_as": "same"}
            things = {"incidents": [{"key": "l", "title": "L"}], "assets": [{"key": "m", "name": "M"}]}
            return {**things, "compromises": [said], "samenesses": [joined]}
        case "supply":
            return {"supplies": [{**common, "supplier": draw(pick(PARTIES)), "customer": draw(pick(PARTIES))}]}
        case _:
            effect = draw(pick(["accessed", "exfiltrated", "viewed"]))
            return {"compromises": [{**common, "incident": draw(pick(INCIDENTS)), "asset": "asset:m", "effect": effect}]}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(claims(), st.sampled_from(["2024-01", "2024-02-03", "2024-05-01", None])), min_size=1, max_size=9), st.randoms())
def test_any_history_of_changes_equals_a_build_from_what_is_left(parts: list[Any], chance: random.Random) -> None:
    reports = [make_report(f"r{n}", published, **part) for n, (part, published) in enumerate(parts)]
    steps = OxigraphStore()
    for report in reports:
        put(steps, make_report(report.info.id, "2024-04-01", **chance.choice(parts)[0]))
        put(steps, report)
    gone = [r for r in reports if chance.random() < 0.4]
    for report in gone:
        take_out(steps, report.info.id)
    left = [r for r in reports if r not in gone]
    chance.shuffle(left)
    at_once = OxigraphStore()
    if left:
        put(at_once, *left)
    assert derived(steps) == derived(at_once)


def told_locally(report_id: str) -> IncidentReport:
    return make_report(
        report_id,
        incidents=[{"key": "l", "title": "L"}],
        assets=[{"key": "m", "name": "M"}],
        compromises=[{"incident": "l", "asset": "m", "effect": "exfiltrated"}],
        samenesses=[{"a": "l", "b": "incident:i", "stated_as": "same"}],
    )


def test_a_further_report_on_an_incident_leaves_the_edges_of_the_others() -> None:
    store = build(told_locally("r1"), told_locally("r2"))
    assert {b for _, b in edges(store, "stolen")} == {"report:r1/asset/m", "report:r2/asset/m"}
    assert derived(store) == derived(build(told_locally("r2"), told_locally("r1")))
