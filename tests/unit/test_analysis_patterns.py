"""Patterns: shapes in small graphs with chances worked out by hand, what is no such shape, the bundled cases."""

from __future__ import annotations

import random
from math import comb
from typing import Any

import pytest
from scipy.stats import false_discovery_control

from kg.analysis.figures.files import png
from kg.analysis.patterns import Detail, Pattern, adjusted, figure, patterns
from kg.analysis.result import Analysis
from kg.analysis.writing import to_csv, to_graphml, to_json
from kg.errors import UsageError
from kg.model.report import IncidentReport
from tests.conftest import make_report
from tests.unit.analysed import bundled, iri, material


def rows(found: Analysis[Pattern], shape: str) -> list[Pattern]:
    return [r for r in found.rows if r.shape == shape]


def detail(found: Analysis[Pattern], shape: str, rank: int = 1) -> Detail:
    (one,) = [r for r in found.table("details").rows if (r.shape, r.rank) == (shape, rank)]
    return one


def breach(supplier: str, *customers: str, how: str = "through") -> IncidentReport:
    """An incident at a supplier that reached customers, told as a role through it or as supply to those hit."""
    name = f"i-{supplier}"
    hit: list[dict[str, Any]] = [{"incident": name, "party": f"org:{supplier}", "role": "breached supplier"}]
    hit += [
        {"incident": name, "party": f"org:{c}", "role": "affected party"} | ({"through": f"org:{supplier}"} if how == "through" else {})
        for c in customers
    ]
    supplies = (
        [] if how == "through" else [{"supplier": f"org:{supplier}", "customer": f"org:{c}", "relation": "customer"} for c in customers]
    )
    return make_report(
        f"r-{supplier}",
        incidents=[{"id": name, "title": name}],
        involvements=hit,
        supplies=supplies,
        organizations=[{"id": one, "name": one.upper()} for one in (supplier, *customers)],
    )


def attack(name: str, actor: str, victim: str, *, sector: str = "energy", when: str | None = "2023-01-01", **more: Any) -> IncidentReport:
    return make_report(
        f"r-{name}",
        incidents=[{"id": name, "title": name}],
        actors=[{"id": actor, "name": actor.upper()}],
        organizations=[{"id": victim, "name": victim.upper(), "sector": sector}],
        attributions=[{"incident": name, "actor": f"actor:{actor}"}],
        involvements=[{"incident": name, "party": f"org:{victim}", "role": "victim"}],
        timings=[{"incident": name, "event": "began", "when": when}] if when else [],
        **more,
    )


# ── one supplier, many victims ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize("how", ["through", "supplied"])
def test_one_supplier_many_victims(how: str) -> None:
    found = patterns(material(breach("s", "a", "b", "c", "d", how=how), breach("t", "e", how=how)), shape="supplier")
    (one,) = found.rows
    assert one.who[0].label == "S" and one.count == 4 and one.expected == 2.5 and detail(found, "supplier").as_many == 0.5
    chance = (comb(5, 4) + comb(5, 5)) / 2**5
    assert detail(found, "supplier").chance == pytest.approx(chance) and one.adjusted == pytest.approx(2 * chance)
    assert {m.party.label for m in found.table("members").rows} == set("ABCD")
    assert one.claims == tuple(sorted({c for m in found.table("members").rows for c in m.claims}))


def test_self_supply_and_a_circle_of_suppliers_are_no_victims_of_themselves() -> None:
    circle = make_report(
        "r",
        incidents=[{"id": "i", "title": "I"}],
        organizations=[{"id": o, "name": o.upper()} for o in "abc"],
        involvements=[{"incident": "i", "party": f"org:{o}", "role": "victim"} for o in "abc"],
        supplies=[{"supplier": f"org:{a}", "customer": f"org:{b}", "relation": "customer"} for a, b in ("aa", "ab", "bc", "ca")],
    )
    found = patterns(material(circle), shape="supplier", victims=1)
    assert sorted((r.who[0].label, r.count) for r in found.rows) == [("A", 1), ("B", 1), ("C", 1)]


def test_a_denied_victim_is_none() -> None:
    report = breach("s", "a", "b", "c")
    denied = make_report(
        "d", involvements=[{"incident": "incident:i-s", "party": "org:x", "role": "affected party", "through": "org:s", "stance": "denied"}]
    )
    (one,) = patterns(material(report, denied), shape="supplier").rows
    assert one.count == 3


def test_groups_are_told_beside_and_not_counted() -> None:
    report = breach("s", "a", "b", "c")
    group = make_report(
        "g",
        populations=[{"key": "p", "description": "customers", "count": 1000}],
        involvements=[{"incident": "incident:i-s", "party": "p", "role": "affected party", "through": "org:s"}],
    )
    found = patterns(material(report, group), shape="supplier")
    assert (found.rows[0].count, detail(found, "supplier").groups) == (3, 1)


def test_one_exploited_product_many_victims_but_not_its_maker() -> None:
    hit = [{"incident": "i", "party": f"org:{o}", "role": "victim"} for o in ("m", "a", "b", "c")]
    report = make_report(
        "r",
        incidents=[{"id": "i", "title": "I"}],
        organizations=[{"id": o, "name": o.upper()} for o in ("m", "a", "b", "c")],
        products=[{"id": "p", "name": "P", "maker": "org:m"}],
        involvements=hit,
        exploitations=[{"incident": "i", "product": "product:p", "vulnerability": "vulnerability:CVE-2023-34362"}],
    )
    (one,) = patterns(material(report), shape="product").rows
    assert (one.who[0].label, one.count, one.expected) == ("P", 3, 3)


# ── one actor, one sector ────────────────────────────────────────────────────────────────────


def test_one_actor_one_sector_repeatedly() -> None:
    reports = [
        attack("a", "x", "va"),
        attack("b", "x", "vb"),
        attack("c", "y", "vc", sector="retail"),
        attack("d", "z", "vd", sector="retail"),
    ]
    found = patterns(material(*reports), shape="sector")
    (one,) = found.rows
    assert one.who[0].label == "X" and one.whom == "energy: 2 of its 2 incidents, 2 victims" and one.count == 2
    more = detail(found, "sector")
    assert one.expected == 1 and more.chance == pytest.approx(1 / comb(4, 2))
    assert (more.days_least, more.days_most) == (0, 0)


def test_the_same_victim_again_is_no_sector() -> None:
    found = patterns(material(attack("a", "x", "v"), attack("b", "x", "v"), attack("c", "y", "w", sector="retail")), shape="sector")
    assert found.rows == () and found.notes[0] == "1 actor hit a sector repeatedly at one and the same victim: left out"


def test_a_described_actor_may_be_anybody() -> None:
    reports = []
    for name in "ab":
        reports.append(
            make_report(
                f"r-{name}",
                incidents=[{"id": name, "title": name}],
                unidentified_actors=[{"id": "x", "description": "hackers"}],
                attributions=[{"incident": name, "actor": "actor:x"}],
                organizations=[{"id": f"v{name}", "name": name, "sector": "energy"}],
                involvements=[{"incident": name, "party": f"org:v{name}", "role": "victim"}],
            )
        )
    assert patterns(material(*reports), shape="sector").rows == ()


# ── two actors, one victim ───────────────────────────────────────────────────────────────────


def test_two_actors_one_victim_close_in_time() -> None:
    reports = [attack("a", "x", "v", when="2023-01-01"), attack("b", "y", "v", when="2023-01-11"), attack("c", "z", "w", when="2020-01-01")]
    found = patterns(material(*reports), shape="victim", within=30)
    (one,) = found.rows
    assert [t.label for t in one.who] == ["X", "Y"] and one.whom == "V, 10 days apart"
    assert detail(found, "victim").chance == pytest.approx(1 / 3), "of three pairs of different actors one is as close"
    assert found.facts["expected if times had nothing to do with victims"] == pytest.approx(1 / 3)
    assert [m.since.isoformat() for m in found.table("members").rows if m.since] == ["2023-01-01", "2023-01-11"]


@pytest.mark.parametrize(
    ("second", "more"),
    [
        ({"actor": "x"}, {}),
        ({"actor": "y"}, {"samenesses": [{"a": "actor:x", "b": "actor:y", "stated_as": "close"}]}),
        ({"actor": "y"}, {"samenesses": [{"a": "actor:y", "b": "actor:x", "stated_as": "same"}]}),
        ({"actor": "y", "when": "2026-01-01"}, {}),
    ],
    ids=["one actor", "close actors", "two names of one", "years apart"],
)
def test_what_is_no_such_pair(second: dict[str, Any], more: dict[str, Any]) -> None:
    other = attack("b", victim="v", **{"when": "2023-01-11", **second}, **more)
    found = patterns(material(attack("a", "x", "v"), other, attack("c", "z", "w", when="2020-01-01")), shape="victim")
    assert found.rows == () and found.notes


def test_two_accused_of_one_incident_are_no_pair() -> None:
    one = attack("a", "x", "v")
    again = make_report("r2", actors=[{"id": "y", "name": "Y"}], attributions=[{"incident": "incident:a", "actor": "actor:y"}])
    assert patterns(material(one, again), shape="victim").rows == ()


def test_an_undated_incident_is_said_not_guessed() -> None:
    found = patterns(material(attack("a", "x", "v"), attack("b", "y", "v", when=None)), shape="victim")
    assert found.rows == () and "1 pair of incidents of different actors at one victim cannot be compared" in found.notes[0]
    assert patterns(material(attack("a", "x", "v"), attack("b", "y", "v", when=None)), shape="victim", clock="disclosure").rows


def test_vague_times_give_bounds() -> None:
    found = patterns(material(attack("a", "x", "v", when="2023-01"), attack("b", "y", "v", when="2023-02-10")), shape="victim")
    assert (detail(found, "victim").days_least, detail(found, "victim").days_most) == (10, 40)


# ── all ──────────────────────────────────────────────────────────────────────────────────────


def test_corrected_chances_are_those_of_scipy() -> None:
    chance = random.Random(1)
    some = [chance.random() ** 3 for _ in range(40)]
    assert adjusted(some) == pytest.approx(list(false_discovery_control(some)))
    assert adjusted([]) == []


def test_an_empty_graph_has_no_pattern() -> None:
    found = patterns(material())
    assert found.rows == () and len(found.notes) == 4 and png(figure(found)) and to_graphml(found)


@pytest.mark.parametrize("wrong", [{"victims": 0}, {"times": 0}, {"within": -1}, {"top": 0}])
def test_parameters_below_one_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="is 1 or more"):
        patterns(material(), **wrong)  # type: ignore[arg-type]


def test_order_of_reading_changes_nothing() -> None:
    reports = [
        breach("s", "a", "b", "c"),
        breach("t", "d", "e", "f"),
        *(attack(f"i{n}", "xyz"[n % 3], f"v{n % 2}", when=f"2023-0{n + 1}-01") for n in range(6)),
    ]
    found = to_json(patterns(material(*reports)))
    for seed in range(3):
        random.Random(seed).shuffle(reports)
        assert to_json(patterns(material(*reports))) == found


def test_the_bundled_cases() -> None:
    """Microsoft, SolarWinds and Accellion passed harm on; nobody of N1 and N5 is a victim; two actors read mail at Microsoft in 2023."""
    found = patterns(bundled())
    reached = {r.who[0].label: r for r in rows(found, "supplier")}
    assert {"Microsoft", "SolarWinds", "Accellion"} <= set(reached) and reached["Microsoft"].count >= 10
    assert len(detail(found, "supplier", reached["Microsoft"].rank).incidents) == 2
    assert {r.who[0].label: r.count for r in rows(found, "product")} == {"Accellion File Transfer Appliance": 7, "MOVEit Transfer": 5}
    members = {m.party.iri for m in found.table("members").rows}
    assert not members & {iri("org:dsmy"), iri("org:cisa"), iri("org:bloomberg"), iri("org:reuters"), iri("org:sec")}
    (pair,) = rows(found, "victim")
    assert pair.whom == "Microsoft, 190 to 199 days apart"
    assert {r.who[0].label: r.contested for r in rows(found, "sector")}["Lazarus Group"] == 2, (
        "the false flag of the Winter Olympics among them"
    )
    assert rows(found, "sector")[0].who[0].label == "APT29" and rows(found, "sector")[0].whom.startswith("technology: 4 of its 4")


def test_every_figure_can_be_followed_to_claims_and_written() -> None:
    found = patterns(bundled())
    assert all(r.claims for r in found.rows) and all(r.claims for r in found.table("members").rows)
    assert to_json(found) and to_graphml(found) and to_csv(found, "members")
    assert png(figure(found)) == png(figure(found))
