"""Paths: scores worked out by hand, the search against all paths there are, CQ37, and what must not change the answer."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import networkx as nx
import numpy as np
import pytest

from kg.analysis import routes
from kg.analysis.figures.files import png
from kg.analysis.material import Filters
from kg.analysis.paths import Hop, Path, Weight, figure, paths
from kg.analysis.result import Analysis
from kg.analysis.routes import Weighed, apart, best_routes, compiled
from kg.analysis.writing import to_csv, to_graphml, to_json
from kg.errors import NotFound, UsageError
from kg.model.report import IncidentReport
from kg.vocabulary import Marking
from tests.conftest import make_report
from tests.unit.analysed import bundled, iri, material

VA, HPE = "org:us-department-of-veterans-affairs", "org:hewlett-packard-enterprise"
ACTOR, CASE = "actor:apt29", "incident:microsoft-corporate-email-2023"


def incident(name: str, *victims: str, actor: str = "", published: str | None = "2024-01-19", **said: Any) -> IncidentReport:
    """A report on an incident with its victims and, perhaps, its actor."""
    return make_report(
        f"r-{name}",
        published,
        incidents=[{"id": name, "title": name}],
        involvements=[{"incident": name, "party": f"org:{victim}", "role": "victim", **said} for victim in victims],
        attributions=[{"incident": name, "actor": f"actor:{actor}"}] if actor else [],
        actors=[{"id": actor, "name": actor}] if actor else [],
    )


def hops(found: Analysis[Path]) -> tuple[Hop, ...]:
    return found.table("hops").rows


def weights(found: Analysis[Path]) -> tuple[Weight, ...]:
    return found.table("weights").rows


def ways(found: Analysis[Path]) -> list[list[str]]:
    return [[thing.iri for thing in row.path] for row in found.rows]


# ── scores ───────────────────────────────────────────────────────────────────────────────────


def test_a_score_by_hand() -> None:
    (row,) = paths(material(incident("i", "a", "b")), "org:a", "org:b", projection="incidents").rows
    assert ways(paths(material(incident("i", "a", "b")), "org:a", "org:b", projection="incidents")) == [
        [iri("org:a"), iri("incident:i"), iri("org:b")]
    ]
    assert row.score == pytest.approx(0.5 * 2**-0.5 * 2**-0.5 * 0.85**2)
    assert (row.length, row.edge_kinds) == (2, ("victim", "victim"))


def test_a_direct_edge_that_is_sure_has_the_score_one() -> None:
    supply = make_report("r", supplies=[{"supplier": "org:s", "customer": "org:c", "confidence": 100}])
    (row,) = paths(material(supply), "org:s", "org:c", projection="supply").rows
    assert (row.score, row.length) == (1.0, 1)
    (row,) = paths(material(make_report("r", supplies=[{"supplier": "org:s", "customer": "org:c"}])), "org:s", "org:c", unstated=60).rows
    assert row.score == pytest.approx(0.6)


def test_a_hub_connects_less_than_rare_things_do_even_if_it_is_nearer() -> None:
    crowd = incident("hub", "a", "b", *(f"c{n}" for n in range(40)))
    rare = [incident("one", "a", actor="x"), incident("two", "b", actor="x")]
    found = paths(material(crowd, *rare), "org:a", "org:b", projection="incidents", k=2)
    assert [row.length for row in found.rows] == [4, 2]
    assert iri("actor:x") in ways(found)[0]
    assert found.rows[1].score == pytest.approx(0.5 / 42 * 0.85**2)
    assert (weights(found)[4].edges_here, weights(found)[4].edges_there) == (2, 42)


def test_what_somebody_denies_counts_half() -> None:
    sure = incident("i", "a", "b")
    denial = make_report(
        "d", publisher="org:b", involvements=[{"incident": "incident:i", "party": "org:b", "role": "victim", "stance": "denied"}]
    )
    (whole,) = paths(material(sure), "org:a", "org:b", projection="incidents").rows
    found = paths(material(sure, denial), "org:a", "org:b", projection="incidents")
    assert found.rows[0].score == pytest.approx(whole.score / 2)
    assert [weight.contested for weight in weights(found)] == [False, True]
    assert any("denies or disputes" in note for note in found.notes)


def test_confidence_that_is_stated_counts_and_silence_is_said() -> None:
    found = paths(material(incident("i", "a", "b", confidence=50)), "org:a", "org:b", projection="incidents")
    assert found.rows[0].score == pytest.approx(0.25 * 0.5**2)
    assert [weight.confidence for weight in weights(found)] == [50, 50] and not found.notes[1:]
    assert any("2 of 2 hops no source states" in n for n in paths(material(incident("i", "a", "b")), "org:a", "org:b").notes)


# ── evidence ─────────────────────────────────────────────────────────────────────────────────


def test_each_hop_names_claim_source_date_and_words() -> None:
    found = paths(bundled(), VA, ACTOR, projection="incidents", k=1)
    first, second = hops(found)
    assert first.edge == "← affected" and second.edge == "attributedTo →"
    assert first.words == ("[The Department of Veterans Affairs says that Microsoft notified it in March 2024]",)
    assert first.source == ("Bloomberg, 2024-07-03",) and first.asserted_by == ("U.S. Department of Veterans Affairs",)
    assert str(first.published) == "2024-07-03" and str(weights(found)[1].first) == "2023-11-21"
    assert weights(found)[0].report[0].startswith("Bloomberg on the Department of Veterans Affairs")
    assert found.rows[0].claims == tuple(sorted({*first.claims, *second.claims}))
    assert str(found.rows[0].public) == "2024-07-03"
    graph = bundled().projection("incidents")
    assert first.claims == graph[iri(VA)][iri(CASE)]["claims"]


def test_of_several_claims_the_one_is_shown_that_names_the_actor_at_hand() -> None:
    found = paths(bundled(), VA, ACTOR, projection="incidents", k=1)
    assert "nation-state associated" not in weights(found)[1].said[0]


def test_an_undated_report_makes_no_date() -> None:
    found = paths(material(incident("i", "a", "b", published=None)), "org:a", "org:b", projection="incidents")
    assert found.rows[0].public is None and {hop.published for hop in hops(found)} == {None}
    assert "undated" in hops(found)[0].source[0]


# ── CQ37 ─────────────────────────────────────────────────────────────────────────────────────


def test_cq37_from_a_customer_to_the_actor() -> None:
    found = paths(bundled(), VA, ACTOR, projection="incidents")
    assert ways(found)[0] == [iri(VA), iri(CASE), iri(ACTOR)]
    found = paths(bundled(), VA, ACTOR, projection="parties")
    assert ways(found)[0] == [iri(VA), iri("org:microsoft"), iri(ACTOR)]
    assert found.rows[0].edge_kinds == ("customerOf", "targeted")
    assert found.inputs.projection == "parties"
    found = paths(bundled(), VA, ACTOR, without=("Incident",))
    assert all(iri(CASE) not in way for way in ways(found))
    assert ways(found)[0] == [iri(VA), iri("org:microsoft"), iri(ACTOR)]


def test_cq37_between_two_victims_of_one_actor() -> None:
    (one,) = ways(paths(bundled(), VA, HPE, projection="incidents"))
    assert [one[0], one[1], one[2], one[4]] == [iri(VA), iri(CASE), iri(ACTOR), iri(HPE)] and len(one) == 5
    assert paths(bundled(), VA, HPE, projection="parties").rows[0].length == 3


@pytest.mark.parametrize("projection", ["claims", "incidents", "parties"])
def test_cq37_a_mention_is_no_edge(projection: str) -> None:
    found = paths(bundled(), "org:dsmy", ACTOR, projection=projection)
    assert not found.rows and "DSMY" in found.notes[0] and found.notes[0].startswith("no path")
    assert not paths(bundled(), "org:bloomberg", "org:microsoft", projection=projection).rows


def test_no_report_and_no_publisher_is_on_a_way() -> None:
    graph = bundled().projection("claims")
    assert not {data["kind"] for _, data in graph.nodes(data=True)} & {"Report", "ReferenceFile"}
    assert not {iri(f"org:{name}") for name in ("bloomberg", "reuters", "sc-media", "cyberscoop", "dsmy")} & set(graph)


def test_two_russian_services_are_near_by_what_they_did_not_only_by_their_country() -> None:
    found = paths(bundled(), ACTOR, "actor:sandworm-team")
    kinds = [{thing.kind for thing in row.path} for row in found.rows]
    assert {"Technique" in k or "Malware" in k for k in kinds} == {True, False}
    by_country = next(row for row in found.rows if "Country" in {thing.kind for thing in row.path})
    (first, _) = [weight for weight in weights(found) if weight.path == by_country.rank]
    assert by_country.score < 1 / first.edges_there


# ── what is asked for ────────────────────────────────────────────────────────────────────────


def test_edges_and_nodes_can_be_left_out() -> None:
    data = material(incident("i", "a", "b", actor="x"), incident("j", "a", "b"))
    assert len(paths(data, "org:a", "org:b", projection="incidents").rows) == 2
    assert ways(paths(data, "org:a", "org:b", projection="incidents", without=("incident:i",))) == [
        [iri("org:a"), iri("incident:j"), iri("org:b")]
    ]
    assert not paths(data, "org:a", "actor:x", edge=("victim",)).rows
    assert paths(data, "org:a", "actor:x", edge=("targeted",)).rows[0].length == 1
    with pytest.raises(UsageError, match=r"no edges of kind 'hit'; it has .*victim"):
        paths(data, "org:a", "org:b", edge=("hit",))
    with pytest.raises(NotFound, match=r"no kind of thing here \(.*Incident"):
        paths(data, "org:a", "org:b", without=("Incidents",))


def test_incidents_are_not_told_twice_through_targeted() -> None:
    found = paths(material(incident("i", "a", actor="x")), "org:a", "actor:x")
    assert [row.edge_kinds for row in found.rows] == [("victim", "attributedTo")]


def test_a_country_is_a_thing_to_ask_for() -> None:
    found = paths(bundled(), "Russia", ACTOR, k=1)
    assert found.rows[0].edge_kinds == ("origin",) and found.rows[0].path[0].kind == "Country"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"k": 0}, "k is"), ({"longest": 0}, "longest is"), ({"unstated": 0}, "unstated is"), ({"unstated": 101}, "unstated is")],
)
def test_numbers_out_of_range(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        paths(material(incident("i", "a", "b")), "org:a", "org:b", **wrong)


def test_names_that_do_not_help() -> None:
    data = material(incident("i", "a", "b", actor="x"))
    with pytest.raises(UsageError, match="one and the same thing"):
        paths(data, "org:a", "org:a")
    with pytest.raises(NotFound, match="no projection 'incidence'; there is incidents"):
        paths(data, "org:a", "org:b", projection="incidence")
    with pytest.raises(UsageError, match="one and the same thing: APT29"):
        paths(bundled(), "actor:midnight-blizzard", ACTOR)


# ── the graph ────────────────────────────────────────────────────────────────────────────────


def test_an_empty_graph() -> None:
    found = paths(material(make_report("r", organizations=[{"id": "a", "name": "A"}, {"id": "b", "name": "B"}])), "org:a", "org:b")
    assert not found.rows and not hops(found) and "empty" in found.notes[0]
    assert png(figure(found)) and to_csv(found) and to_graphml(found)


def test_parts_that_do_not_hang_together_and_ways_that_are_too_long() -> None:
    data = material(incident("i", "a", "b"), incident("j", "c", "d"))
    assert paths(data, "org:a", "org:c").notes == ("no path joins org:a and org:c in projection claims",)
    chain = material(*(incident(f"i{n}", f"p{n}", f"p{n + 1}") for n in range(5)))
    assert paths(chain, "org:p0", "org:p5", longest=9).notes[0].startswith("no path of at most 9 hops joins")
    assert paths(chain, "org:p0", "org:p5", longest=10).rows[0].length == 10
    assert "no more than 1 path of" in paths(chain, "org:p0", "org:p1").notes[0]


def test_self_supply_and_supply_in_both_directions() -> None:
    supplies = [{"supplier": one, "customer": other} for one, other in (("org:a", "org:a"), ("org:a", "org:b"), ("org:b", "org:a"))]
    found = paths(material(make_report("r", supplies=supplies)), "org:a", "org:b", projection="supply")
    assert [row.length for row in found.rows] == [1]


def test_an_actor_known_by_description_only() -> None:
    report = make_report(
        "r",
        incidents=[{"id": "i", "title": "I"}],
        unidentified_actors=[{"key": "them", "description": "Russian hackers"}],
        attributions=[{"incident": "i", "actor": "them"}],
        involvements=[{"incident": "i", "party": "org:a", "role": "victim"}],
    )
    found = paths(material(report), "org:a", "report:r/actor/them")
    assert found.rows[0].path[-1].kind == "UnidentifiedActor" and found.rows[0].length == 2


def test_filters_count() -> None:
    report = incident("i", "a", "b", confidence=40)
    assert not paths(material(report, filters=Filters(confidence=60)), "org:a", "org:b").rows
    amber = report.model_copy(update={"report": report.report.model_copy(update={"marking": Marking.AMBER})})
    assert not paths(material(amber, filters=Filters(marking=Marking.GREEN)), "org:a", "org:b").rows
    assert paths(material(amber), "org:a", "org:b").rows


def test_the_order_of_reports_changes_nothing_nor_does_the_direction() -> None:
    reports = [incident(f"i{n}", f"p{n % 4}", f"p{(n * 3 + 1) % 5}", actor=f"x{n % 2}") for n in range(9)]
    first = to_json(paths(material(*reports), "org:p0", "org:p3"))
    for seed in range(3):
        shuffled = reports[:]
        random.Random(seed).shuffle(shuffled)
        assert to_json(paths(material(*shuffled), "org:p0", "org:p3")) == first
    there, back = (paths(material(*reports), *ends, k=20) for ends in (("org:p0", "org:p3"), ("org:p3", "org:p0")))
    assert [row.score for row in there.rows] == [row.score for row in back.rows]
    assert [way[::-1] for way in ways(back)] == ways(there)


def test_outputs() -> None:
    found = paths(bundled(), ACTOR, "actor:sandworm-team")
    assert png(figure(found)) == png(figure(found))
    assert "ways" not in to_csv(found) and found.rows[0].claims[0] in to_csv(found, "hops")
    assert found.graph is not None and all(data["claims"] for *_, data in found.graph.edges(data=True))
    assert 'attr.name="paths"' in to_graphml(found)


# ── the search ───────────────────────────────────────────────────────────────────────────────


def every_path(weighed: Weighed, graph: nx.Graph, longest: int) -> list[tuple[float, tuple[int, ...]]]:
    """All simple paths from node 0 to node 1 with what they cost, by NetworkX and straight addition."""
    arrays = weighed.arrays
    found = []
    for path in nx.all_simple_paths(nx.Graph(graph), 0, 1, cutoff=longest):
        cost = 0.0
        for number, (one, other) in enumerate(pairwise(path)):
            at = weighed.arcs(one)
            extra = weighed.here[at] * (number > 0) + (weighed.there[at] + routes._UNIT) * (number < len(path) - 2)
            cost += min((weighed.doubt[at] + extra)[arrays.heads[at] == other], default=np.inf)
        if np.isfinite(cost):
            found.append((cost / routes._UNIT, tuple(path)))
    return sorted(found)


@pytest.mark.parametrize("tries", [0, 2, 500])
def test_the_search_finds_the_best_of_all_paths(tries: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(tries)
    monkeypatch.setattr(routes, "_TRIES", tries)
    for _ in range(120):
        graph = rng.choice([nx.Graph, nx.DiGraph, nx.MultiDiGraph])()
        graph.add_nodes_from(range(rng.randint(2, 10)))
        for _ in range(rng.randint(0, 20)):
            data = {"predicates": (rng.choice("ab"),), "confidence": rng.choice([None, 50, 100, 0]), "contested": rng.random() < 0.2}
            graph.add_edge(rng.randrange(len(graph)), rng.randrange(len(graph)), **data)
        closed = {node for node in range(2, len(graph)) if rng.random() < 0.1}
        monkeypatch.setattr(routes, "_FEW", rng.choice([1, 8, 10**6]))
        weighed = Weighed(compiled(graph), 85, {"a"} if rng.random() < 0.3 else None, closed)
        k, longest = rng.randint(1, 8), rng.randint(1, 6)
        graph.remove_nodes_from(closed)
        found, wanted = best_routes(weighed, 0, 1, k, longest), every_path(weighed, graph, longest)
        assert [route.bits for route in found] == [cost for cost, _ in wanted[:k]]
        assert {route.nodes for route in found} <= {nodes for _, nodes in wanted}
        assert all(len(set(route.nodes)) == len(route.nodes) for route in found)
        assert apart(weighed, 0, 1) == (not every_path(weighed, graph, 99))


def test_a_textbook_graph_against_networkx() -> None:
    graph = nx.karate_club_graph()
    for _, _, data in graph.edges(data=True):
        data |= {"predicates": ("knows",), "confidence": None, "contested": False}
    weighed = Weighed(compiled(graph), 85)
    for ends in ((0, 33), (16, 26), (4, 18)):
        flat = nx.DiGraph()
        for one, other in [*graph.edges, *((b, a) for a, b in graph.edges)]:
            cost = -np.log2(0.85) + 0.5 * np.log2(graph.degree(one)) * (one != ends[0])
            flat.add_edge(one, other, weight=cost + (1 + 0.5 * np.log2(graph.degree(other))) * (other != ends[1]))
        wanted = []
        for path in nx.shortest_simple_paths(flat, *ends, weight="weight"):
            wanted.append(nx.path_weight(flat, path, "weight"))
            if len(wanted) == 12:
                break
        found = best_routes(weighed, *ends, 12, 10)
        assert [route.bits for route in found] == pytest.approx(wanted, abs=1e-4)
