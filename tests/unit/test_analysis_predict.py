"""Predicted links: scores against NetworkX, marks by hand, an honest test in time, the bundled cases, bad input."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import date, timedelta

import networkx as nx
import numpy as np
import pytest

from kg.analysis.figures.files import png
from kg.analysis.links import (
    BASELINE,
    PREDICTORS,
    Link,
    Marks,
    Table,
    actor_sector,
    actor_technique,
    holm,
    interval,
    marks,
    sign_flip,
    supplier_customer,
    trial,
)
from kg.analysis.predict import OtherDay, predict, verdict
from kg.analysis.predict import figure as draw
from kg.analysis.writing import as_json, to_csv, to_graphml
from kg.errors import NotFound, UsageError
from kg.model.report import IncidentReport
from tests.conftest import make_report
from tests.unit.analysed import bundled, iri, material


def deed(key: str, actors: Iterable[str], techniques: Iterable[str] = (), published: str | None = "2020-01-01") -> IncidentReport:
    return make_report(
        f"r-{key}",
        published,
        incidents=[{"id": key, "title": key}],
        actors=[{"id": actor, "name": actor} for actor in actors],
        attributions=[{"incident": key, "actor": f"actor:{actor}"} for actor in actors],
        techniques=[{"incident": key, "words": name, "technique": name} for name in techniques],
    )


def random_links(seed: int, sources: int = 15, targets: int = 12, chance: float = 0.3) -> list[Link]:
    generator = random.Random(seed)
    return [
        Link(f"s{s:02}", f"t{t:02}", date(2020, 1, 1) + timedelta(generator.randint(0, 700)))
        for s in range(sources)
        for t in range(targets)
        if generator.random() < chance
    ]


# ── predictors ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("seed", range(3))
def test_scores_are_sums_of_what_networkx_gives_for_pairs_of_sources(seed: int) -> None:
    links = random_links(seed)
    table, graph = Table(links), nx.Graph((link.source, link.target) for link in links)
    measures = {
        "common-neighbors": lambda pairs: [(a, b, len(list(nx.common_neighbors(graph, a, b)))) for a, b in pairs],
        "jaccard": lambda pairs: nx.jaccard_coefficient(graph, pairs),
        "adamic-adar": lambda pairs: nx.adamic_adar_index(graph, pairs),
        "resource-allocation": lambda pairs: nx.resource_allocation_index(graph, pairs),
    }
    for name, measure in measures.items():
        for source in table.sources:
            alike = {b: value for _, b, value in measure([(source, other) for other in table.sources if other != source])}
            expected = [sum(alike.get(other, 0) for other in graph[target]) for target in table.targets]
            assert PREDICTORS[name](table, source) == pytest.approx(expected), name


def test_popularity_ranks_as_preferential_attachment_does() -> None:
    links = random_links(4)
    table, graph = Table(links), nx.Graph((link.source, link.target) for link in links)
    for source in table.sources:
        attached = [value for *_, value in nx.preferential_attachment(graph, [(source, target) for target in table.targets])]
        assert (
            np.argsort(-PREDICTORS[BASELINE](table, source), kind="stable").tolist()
            == np.argsort(-np.array(attached), kind="stable").tolist()
        )


def test_paths_of_three_by_hand() -> None:
    """a – x – b – y: x has degree 2, b has degree 2: 1 / √(2·2)."""
    table = Table([Link("a", "x", None), Link("b", "x", None), Link("b", "y", None)])
    assert PREDICTORS["paths-of-three"](table, "a")[table.column["y"]] == pytest.approx(0.5)


def test_sources_that_have_a_target_by_the_same_deed_are_not_alike_and_count_once() -> None:
    """One deed of a and b: that both have x from it says nothing; that b has z elsewhere is then no reason."""
    deeds = [Link("a", "x", None, (), ("i",)), Link("b", "x", None, (), ("i",)), Link("b", "z", None, (), ("j",))]
    table = Table(deeds)
    assert table.popularity.tolist() == [1, 1]
    assert PREDICTORS["common-neighbors"](table, "a").tolist() == [0, 0]
    twice = Table([*deeds, Link("c", "x", None, (), ("k",)), Link("c", "z", None, (), ("k",))])
    assert twice.popularity.tolist() == [2, 2]
    assert PREDICTORS["common-neighbors"](twice, "a").tolist() == [1, 1], "for c alone"
    assert PREDICTORS["common-neighbors"](twice, "c")[twice.column["x"]] == 2, (
        "b has x and z; a and b have x by one deed: the higher of both"
    )


# ── marks ────────────────────────────────────────────────────────────────────────────────────


def test_marks_by_hand() -> None:
    """Ranks 1 and 3 of four: of four pairs three are right; precision 1/1 and 2/3."""
    found = marks(np.array([4.0, 3.0, 2.0, 1.0]), np.array([True, False, True, False]), 1)
    assert found == Marks(0.75, pytest.approx(5 / 6), 1.0)


def test_marks_of_equal_scores() -> None:
    """All equal: half of the pairs, precision of the whole list, a fair share of the first k."""
    found = marks(np.zeros(4), np.array([True, False, False, False]), 2)
    assert found == Marks(0.5, 0.25, 0.5)


def test_marks_need_both_sorts() -> None:
    assert marks(np.arange(3.0), np.array([False] * 3), 1) is None
    assert marks(np.arange(3.0), np.array([True] * 3), 1) is None


@pytest.mark.parametrize("seed", range(5))
def test_the_area_is_the_share_of_pairs_in_the_right_order(seed: int) -> None:
    generator = np.random.default_rng(seed)
    scores, later = generator.integers(0, 5, 30).astype(float), generator.random(30) < 0.3
    good, bad = scores[later], scores[~later]
    pairs = [(one > other) + (one == other) / 2 for one in good for other in bad]
    found = marks(scores, later, 5)
    assert found is not None and found.auc == pytest.approx(np.mean(pairs))


def test_tests_of_significance() -> None:
    assert sign_flip(np.array([1.0] * 7), 10, 0) == pytest.approx(1 / 128)
    assert sign_flip(np.array([0.0] * 3), 10, 0) == 1
    assert sign_flip(np.array([1.0] * 30), 999, 0) == pytest.approx(0.001)
    assert holm([0.01, 0.02, 0.9]) == pytest.approx([0.03, 0.04, 0.9])
    assert interval(np.array([0.5]), 0.95, 100, 0) is None
    assert interval(np.array([0.5, 0.5, 0.5]), 0.95, 100, 0) == (0.5, 0.5)


# ── the test in time ─────────────────────────────────────────────────────────────────────────


def test_a_link_is_public_when_all_that_it_takes_is() -> None:
    """The use of the technique was published in 2020, who did it only in 2022: nobody could know the link before."""
    used = make_report(
        "used", "2020-01-01", incidents=[{"id": "i", "title": "i"}], techniques=[{"incident": "i", "words": "w", "technique": "T1190"}]
    )
    named = make_report(
        "named",
        "2022-01-01",
        incidents=[{"id": "i", "title": "i"}],
        actors=[{"id": "red", "name": "red"}],
        attributions=[{"incident": "i", "actor": "actor:red"}],
    )
    (link,) = actor_technique(material(used, named)).links
    assert link.public == date(2022, 1, 1)
    (link,) = actor_technique(material(used, named, deed("j", ["red"], ["T1190"], "2021-06-01"))).links
    assert link.public == date(2021, 6, 1), "at another incident both were public before"


def test_sectors_come_from_the_parties_that_were_hit() -> None:
    report = make_report(
        "x",
        "2021-05-05",
        incidents=[{"id": "i", "title": "i"}],
        actors=[{"id": "red", "name": "red"}],
        organizations=[{"id": "acme", "name": "acme", "sector": ["energy", "retail"]}],
        attributions=[{"incident": "i", "actor": "actor:red"}],
        involvements=[{"incident": "i", "party": "org:acme", "role": "victim"}],
    )
    found = actor_sector(material(report))
    assert [(found.things[link.target].label, found.things[link.target].kind, link.public) for link in found.links] == [
        ("energy", "Sector", date(2021, 5, 5)), ("retail", "Sector", date(2021, 5, 5)),
    ]  # fmt: skip
    assert len(found.links[0].claims) == 2


def test_the_trial_is_given_nothing_of_what_came_later() -> None:
    """a and b share x; b has y: the only later link is a – y, and it is found first."""
    before = Table([Link("a", "x", None), Link("b", "x", None), Link("b", "y", None), Link("c", "z", None)])
    later = [Link("a", "y", None), Link("new", "x", None), Link("a", "unheard-of", None)]
    found = trial(before, later, lambda source: True, 1)
    assert found.sources == ("a",) and found.links == (later[0],) and found.candidates == 2
    assert found.marks["jaccard"] == (Marks(1.0, 1.0, 1.0),)
    assert found.marks[BASELINE] == (Marks(0.5, 0.5, 0.5),)
    assert trial(before, later, lambda source: False, 1).sources == ()


def blocks(seed: int, ordered: bool) -> list[IncidentReport]:
    """Thirty actors that use the techniques of one of three blocks, or (not ordered) any; most is told in 2020, the rest in 2021."""
    generator = random.Random(seed)
    names = [[f"T{1000 + 20 * block + number}" for number in range(12)] for block in range(3)]
    reports = []
    for number in range(30):
        chosen = names[number % 3] if ordered else [name for block in names for name in block]
        several = generator.sample(chosen, 8)
        reports.append(deed(f"e{number}", [f"a{number:02}"], several[:5], "2020-06-01"))
        reports.append(deed(f"l{number}", [f"a{number:02}"], several[5:], "2021-06-01"))
    return reports


def test_where_actors_have_habits_predictors_beat_the_baseline_and_it_says_so() -> None:
    found = predict(material(*blocks(1, True)), cut=date(2020, 12, 31))
    tested = {row.predictor: row for row in found.table("evaluation").rows}
    assert tested["jaccard"].better and tested["jaccard"].auc > 0.9 and tested["jaccard"].p < 0.01  # type: ignore[operator]
    assert tested[BASELINE].better is None and tested[BASELINE].gain is None
    assert str(found.facts["verdict"]).startswith("better than naming what is popular")
    assert found.facts["links_tested"] == 86 and found.facts["sources_tested"] == 30, "four lead to a technique that nobody had used"
    assert all(row.ap_low <= row.average_precision <= row.ap_high for row in tested.values())
    block = {f"a{number:02}": number % 3 for number in range(30)}
    assert {(int(row.target.label[1:]) - 1000) // 20 for row in found.rows if block[row.source.label] == 0} <= {0}


def test_where_actors_have_none_it_says_that_no_predictor_is_better() -> None:
    found = predict(material(*blocks(2, False)), cut=date(2020, 12, 31))
    assert str(found.facts["verdict"]).startswith("no predictor is better than naming what is popular")
    assert found.notes[0] == found.facts["verdict"]
    assert not any(row.better for row in found.table("evaluation").rows)


def test_the_test_is_done_on_other_days_too() -> None:
    reports = blocks(1, True)
    for number in range(30):
        reports.append(deed(f"x{number}", [f"a{number:02}"], [f"T{1000 + 20 * (number % 3) + number // 3}"], "2022-06-01"))
    found = predict(material(*reports), cut=date(2020, 12, 31))
    days = found.table("other-days").rows
    assert [row.cut for row in days] == [date(2020, 6, 1), date(2021, 6, 1)]
    assert all(row.better and row.predictor == found.facts["predictor"] and row.claims for row in days)
    assert str(found.facts["verdict"]).endswith("was so on 2 of 2 other days, too")
    assert predict(material(*reports), cut=date(2020, 12, 31), days=0).table("other-days").rows == ()


def test_what_holds_on_one_day_only_is_said_not_to_be_relied_on() -> None:
    found = predict(material(*blocks(1, True)), cut=date(2020, 12, 31))
    day = OtherDay(
        cut=date(2021, 1, 1), predictor="jaccard", links=9, sources=9, baseline=0.5, average_precision=0.5, gain=0, p=1, better=False
    )
    said = verdict(found.table("evaluation").rows, "jaccard", 30, (day, day, day))
    assert said.endswith("but jaccard was so on 0 of 3 other days only: do not rely on it")


def test_few_sources_cannot_tell_anything() -> None:
    reports = [
        deed("i1", ["a"], ["T1001"]), deed("i2", ["b"], ["T1001", "T1002"]), deed("i3", ["c"], ["T1003"]),
        deed("i4", ["a"], ["T1002"], "2021-01-01"),
    ]  # fmt: skip
    found = predict(material(*reports))
    assert found.facts["sources_tested"] == 1
    assert "cannot be told: only 1" in str(found.facts["verdict"])
    jaccard = next(row for row in found.table("evaluation").rows if row.predictor == "jaccard")
    assert (jaccard.auc, jaccard.auc_low, jaccard.better) == (1.0, None, False)


def test_later_links_that_nobody_could_predict_are_counted() -> None:
    reports = [
        deed("i1", ["a"], ["T1001"]), deed("i2", ["b"], ["T1001"]),
        deed("i3", ["new"], ["T1001"], "2021-01-01"), deed("i4", ["a"], ["T1002"], "2021-01-01"), deed("i5", ["b"], ["T1003"], None),
    ]  # fmt: skip
    found = predict(material(*reports), cut=date(2020, 6, 1))
    counted = {name: found.facts[name] for name in ("links_later", "links_later_of_new_sources", "links_later_of_new_targets")}
    assert counted == {"links_later": 2, "links_later_of_new_sources": 1, "links_later_of_new_targets": 1}
    assert found.table("evaluation").rows == ()
    assert any("1 undated" in note for note in found.notes) and any(note.startswith("not tested: none of the 2") for note in found.notes)


@pytest.mark.parametrize(
    ("cut", "words"), [(date(2019, 1, 1), "nothing was public by 2019-01-01"), (date(2030, 1, 1), "nothing became public after")]
)
def test_a_cut_before_or_after_everything(cut: date, words: str) -> None:
    found = predict(material(deed("i1", ["a"], ["T1001", "T1002"]), deed("i2", ["b"], ["T1001"])), cut=cut)
    assert found.table("evaluation").rows == () and any(words in note for note in found.notes)
    assert [(row.source.label, row.target.label) for row in found.rows] == [("b", "T1002")]
    assert png(draw(found))[:4] == b"\x89PNG"


def test_all_published_on_one_day() -> None:
    found = predict(material(deed("i1", ["a"], ["T1001"]), deed("i2", ["b"], ["T1001"])))
    assert any("not published on different days" in note for note in found.notes)
    assert found.facts["cut"] is None


# ── the predicted links ──────────────────────────────────────────────────────────────────────


def test_a_prediction_names_why_and_on_which_claims() -> None:
    reports = [deed("i1", ["a"], ["T1001"]), deed("i2", ["b"], ["T1001", "T1002"]), deed("i3", ["c"], ["T1002", "T1003"])]
    found = predict(material(*reports), predictor="common-neighbors")
    row = next(row for row in found.rows if row.source.label == "a")
    assert (row.target.label, row.score, row.popularity, row.popularity_rank) == ("T1002", 1.0, 2, 1)
    assert [thing.label for thing in row.because] == ["b"]
    assert len(row.claims) == 5, "attribution and use of a; attribution and both uses of b"
    assert predict(material(*reports), about="actor:a").rows[0].source.iri == iri("actor:a")


def test_what_is_popular_can_be_shown_too() -> None:
    reports = [deed("i1", ["a"], ["T1001"]), deed("i2", ["b"], ["T1001", "T1002"]), deed("i3", ["c"], ["T1002", "T1003"])]
    found = predict(material(*reports), predictor="popularity", about="actor:a")
    assert [(row.target.label, row.score) for row in found.rows] == [("T1002", 2.0), ("T1003", 1.0)]
    assert all(row.claims and not row.because for row in found.rows)


def test_the_order_of_reports_changes_nothing() -> None:
    reports = blocks(3, True)[:20]
    expected = as_json(predict(material(*reports), resamples=50))
    for seed in range(2):
        assert as_json(predict(material(*random.Random(seed).sample(reports, len(reports))), resamples=50)) == expected


def supply(*pairs: tuple[str, str], published: str = "2020-01-01", stance: str = "asserted", key: str = "s") -> IncidentReport:
    names = sorted({name for pair in pairs for name in pair})
    return make_report(
        key,
        published,
        organizations=[{"id": name, "name": name} for name in names],
        supplies=[{"supplier": f"org:{a}", "customer": f"org:{b}", "relation": "customer", "stance": stance} for a, b in pairs],
    )


def test_suppliers_are_predicted_for_customers_and_nobody_for_itself() -> None:
    found = predict(material(supply(("s", "a"), ("s", "b"), ("t", "b"), ("a", "b"), ("b", "a"), ("c", "c"))), relation="supplier-customer")
    pairs = {(row.source.label, row.target.label) for row in found.rows}
    assert ("a", "t") in pairs
    assert all(one != other for one, other in pairs)
    assert all(link.source != link.target for link in supplier_customer(material(supply(("c", "c"), ("c", "d")))).links)


def test_an_empty_graph_and_a_source_of_which_nothing_is_known() -> None:
    empty = predict(material())
    assert empty.rows == () and "the graph is empty: there are no such links" in empty.notes
    assert png(draw(empty))[:4] == b"\x89PNG"
    silent = make_report("x", actors=[{"id": "silent", "name": "Silent"}])
    found = predict(material(silent, deed("i1", ["a"], ["T1001"])), about="actor:silent")
    assert found.rows == () and any("from nothing, nothing can be predicted" in note for note in found.notes)


def test_described_actors_are_predicted_only_on_demand() -> None:
    vague = make_report(
        "x",
        incidents=[{"id": "i9", "title": "i9"}],
        unidentified_actors=[{"id": "somebody", "description": "somebody"}],
        attributions=[{"incident": "i9", "actor": "actor:somebody"}],
        techniques=[{"incident": "i9", "words": "w", "technique": "T1001"}],
    )
    here = material(vague, deed("i1", ["a"], ["T1001", "T1002"]))
    assert [row.source.label for row in predict(here).rows] == []
    assert [row.source.label for row in predict(here, described=True).rows] == ["somebody"]
    assert [row.source.label for row in predict(here, about="actor:somebody").rows] == ["somebody"]


def test_clear_lines_for_bad_input() -> None:
    here = material(deed("i1", ["a"], ["T1001"]), supply(("s", "c")))
    with pytest.raises(UsageError, match="ThreatActor"):
        predict(here, about="org:s")
    with pytest.raises(UsageError, match="Organization"):
        predict(here, relation="supplier-customer", about="actor:a")
    with pytest.raises(NotFound, match="nobody"):
        predict(here, about="nobody")
    for wrong in ({"k": 0}, {"resamples": 0}, {"top": -1}, {"days": -1}):
        with pytest.raises(UsageError):
            predict(here, **wrong)  # type: ignore[arg-type]


# ── the bundled data ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("relation", ["actor-technique", "actor-sector", "supplier-customer"])
def test_the_bundled_data_are_too_few_to_tell_and_it_says_so(relation: str) -> None:
    found = predict(bundled(), relation=relation)  # type: ignore[arg-type]
    assert "cannot be told" in str(found.facts["verdict"]) or "could not be tested" in str(found.facts["verdict"])
    assert not any(row.better for row in found.table("evaluation").rows)
    assert all(row.claims for table in (found.table(), *found.more) for row in table.rows)
    assert png(draw(found)) == png(draw(found))
    assert to_csv(found).startswith("rank,source,source_label,target,target_label,score,")
    assert to_graphml(found).count("<edge") == len(found.rows)
