"""Consensus: small cases worked out by hand, the bundled cases, and what must not change the answer."""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.analysis.consensus import Held, Support, consensus, figure
from kg.analysis.estimates import estimate
from kg.analysis.figures.files import png
from kg.analysis.material import Filters
from kg.analysis.opinions import (
    Evidence,
    dempster,
    disagreement,
    discounted,
    distribution,
    independence,
    linear_pool,
    logarithmic_pool,
    members,
    nested,
)
from kg.analysis.result import Analysis
from kg.analysis.writing import to_csv, to_graphml, to_json
from kg.errors import UsageError
from kg.model.report import IncidentReport
from kg.vocabulary import Marking, Reliability
from tests.conftest import make_report
from tests.unit.analysed import bundled, iri, material

INCIDENT = "incident:i"
INCIDENTS = [{"id": "i", "title": "I"}]


def says(report_id: str, *words: dict[str, Any], published: str | None = "2024-01-19", **parts: Any) -> IncidentReport:
    """A report with attributions of incident i."""
    told = [{"incident": "i", "asserted_by": "org:acme", **word} for word in words]
    return make_report(report_id, published, incidents=INCIDENTS, attributions=told, **parts)


def restating(report: IncidentReport, *others: str) -> IncidentReport:
    return report.model_copy(update={"report": report.report.model_copy(update={"restates": others})})


def rated(report: IncidentReport, grade: str) -> IncidentReport:
    return report.model_copy(update={"report": report.report.model_copy(update={"reliability": Reliability(grade)})})


def people(*actors: str) -> list[dict[str, str]]:
    return [{"id": actor, "name": actor.upper()} for actor in actors]


def asked(*reports: IncidentReport, **options: Any) -> Analysis[Held]:
    return consensus(material(*reports), INCIDENT, **options)


def row(found: Analysis[Held], actor: str) -> Held:
    (one,) = [r for r in found.rows if r.actor.iri == iri(actor)]
    return one


def support(found: Analysis[Held], actor: str) -> Support:
    (one,) = [r for r in found.table("support").rows if r.actor.iri == iri(actor)]
    return one


# ── pooling ──────────────────────────────────────────────────────────────────────────────────


def test_pools_by_hand() -> None:
    one, other = np.array([0.8, 0.1, 0.1]), np.array([0.2, 0.7, 0.1])
    assert linear_pool([one, other], [3, 1]) == pytest.approx([0.65, 0.25, 0.1])
    roots = np.sqrt(one * other)
    assert logarithmic_pool([one, other], [1, 1]) == pytest.approx(roots / roots.sum())
    assert logarithmic_pool([one, other], [2, 2]) == pytest.approx(logarithmic_pool([one, other], [1, 1]))


def test_the_linear_pool_is_linear_in_each_event_and_the_logarithmic_one_is_externally_bayesian() -> None:
    """The properties that single the two out (Genest and Zidek 1986)."""
    one, other, likelihood = np.array([0.6, 0.3, 0.1]), np.array([0.1, 0.3, 0.6]), np.array([0.9, 0.5, 0.2])
    assert linear_pool([one, other], [1, 1])[:2].sum() == pytest.approx(linear_pool([one[:2], other[:2]], [1, 1]).sum())

    def updated(p: Any) -> Any:
        return p * likelihood / (p * likelihood).sum()

    assert logarithmic_pool([updated(one), updated(other)], [1, 1]) == pytest.approx(updated(logarithmic_pool([one, other], [1, 1])))


def test_dempsters_rule_on_two_pieces_that_contradict() -> None:
    found = dempster([Evidence(0b001, 0.6), Evidence(0b010, 0.5)], 3)
    assert found and found.conflict == pytest.approx(0.3)
    assert found.belief(0b001) == pytest.approx(0.3 / 0.7)
    assert found.plausibility(0b001) == pytest.approx(0.5 / 0.7)
    assert found.belief(0b111) == pytest.approx(1)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 15), st.floats(0, 0.95)), max_size=5))
def test_dempsters_rule_equals_enumeration(pieces: list[tuple[int, float]]) -> None:
    """Each piece holds or is vacuous: all combinations, by the definition."""
    found = dempster([Evidence(*piece) for piece in pieces], 4)
    masses: dict[int, float] = {}
    for holds in product((True, False), repeat=len(pieces)):
        answers, mass = 15, 1.0
        for (of, degree), held in zip(pieces, holds, strict=True):
            answers, mass = (answers & of, mass * degree) if held else (answers, mass * (1 - degree))
        masses[answers] = masses.get(answers, 0) + mass
    assert found and found.conflict == pytest.approx(masses.pop(0, 0.0), abs=1e-9)
    for answers in range(1, 16):
        belief = sum(m for s, m in masses.items() if s & ~answers == 0) / (1 - found.conflict)
        assert found.belief(answers) == pytest.approx(belief, abs=1e-9)
        assert found.belief(answers) <= found.plausibility(answers) + 1e-9


def test_sources_that_share_their_evidence_count_as_fewer() -> None:
    every = [[one != other for other in range(4)] for one in range(4)]
    assert sum(independence(every, 0.8)) == pytest.approx(4 / (1 + 3 * 0.8))
    assert sum(independence(every, 0)) == 4
    assert sum(independence(every, 1)) == pytest.approx(1)
    quarters = [e for _ in range(4) for e in discounted([Evidence(1, 0.7)], 1, 0.25)]
    one = dempster(quarters, 2)
    assert one and one.belief(1) == pytest.approx(0.7)


def test_vague_and_precise_words_of_one_agent_are_not_counted_twice() -> None:
    chain = [Evidence(0b011, 0.9), Evidence(0b001, 0.5)]
    found = dempster(nested(chain), 3)
    assert found and (found.belief(0b001), found.belief(0b011)) == pytest.approx((0.5, 0.9))
    assert distribution(chain, [], 3) == pytest.approx([0.5, 0.4, 0.1])


def test_low_confidence_is_no_evidence_against() -> None:
    assert distribution([Evidence(0b01, 0.15)], [], 2) == pytest.approx([0.5, 0.5])


def test_nobody_is_certain_so_that_nobody_has_a_veto() -> None:
    assert distribution([Evidence(0b01, 1.0)], [], 2).min() > 0
    found = dempster([Evidence(0b01, 1.0), Evidence(0b10, 1.0)], 2)
    assert found and found.conflict < 1


def test_too_many_sets_are_refused_not_waited_for() -> None:
    assert dempster([Evidence(((1 << 40) - 1) & ~(1 << n), 0.5) for n in range(40)], 40) is None


def test_disagreement_is_the_chance_that_two_contradict() -> None:
    three = [[one != other and 2 in (one, other) for other in range(3)] for one in range(3)]
    assert disagreement(three, [1, 1, 1]) == pytest.approx(2 / 3)
    assert disagreement(three, [1, 1, 0]) == 0
    assert disagreement([[False]], [1]) is None


def test_members() -> None:
    assert members(0b1011) == [0, 1, 3] and members(0) == []


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("almost certainly", 95), ("highly likely", 85), ("likely", 70), ("with a high degree of confidence", 85),
        ("moderate confidence", 50), ("low confidence", 15), ("highly unlikely", 15), ("suspected", 50), ("is believed to be", 70),
        ("charged", None), ("cannot state for certain", None), ("no conclusive attribution", None), ("", None),
    ],
)  # fmt: skip
def test_words_of_confidence(words: str, number: int | None) -> None:
    assert estimate(words) == number


# ── one incident ─────────────────────────────────────────────────────────────────────────────


def test_one_source_gives_its_own_number() -> None:
    found = asked(says("a", {"actor": "actor:x", "confidence": 70}, actors=people("x")))
    x = row(found, "actor:x")
    assert (x.linear, x.logarithmic) == pytest.approx((0.7, 0.7))
    assert x.belief == pytest.approx(0.75 * 0.7) and x.plausibility == 1
    more = support(found, "actor:x")
    assert (more.low, more.high) == pytest.approx((0.7, 0.7)), "a stated number is not varied"
    assert found.facts["disagreement"] is None and "one agent alone" in found.notes[0]


def test_what_is_assumed_is_said_and_varied() -> None:
    found = asked(says("a", {"actor": "actor:x"}, actors=people("x")))
    x = row(found, "actor:x")
    more = support(found, "actor:x")
    assert x.linear == pytest.approx(0.85) and (more.low, more.high) == pytest.approx((0.6, 0.95))
    (word,) = found.table("weights").rows
    assert (word.certainty, word.from_what) == (85, "assumed") and "1 of 1 words" in found.notes[-1]


def test_two_that_agree_and_one_that_differs() -> None:
    words = [says(r, {"actor": a, "asserted_by": f"org:{r}", "confidence": 80}, actors=people("x", "y"))
             for r, a in (("a", "actor:x"), ("b", "actor:x"), ("c", "actor:y"))]  # fmt: skip
    found = asked(*words)
    x, y = row(found, "actor:x"), row(found, "actor:y")
    assert x.linear == pytest.approx((0.8 + 0.8 + 0.1) / 3) and y.linear == pytest.approx((0.1 + 0.1 + 0.8) / 3)
    logs = np.array([0.8 * 0.8 * 0.1, 0.1 * 0.1 * 0.8, 0.1**3]) ** (1 / 3)
    assert [x.logarithmic, y.logarithmic] == pytest.approx(list(logs[:2] / logs.sum()))
    s = 0.75 * 0.8
    for_x, kept = 1 - (1 - s) ** 2, 1 - (1 - (1 - s) ** 2) * s
    assert x.belief == pytest.approx(for_x * (1 - s) / kept) and found.facts["conflict"] == pytest.approx(for_x * s)
    assert found.facts["disagreement"] == pytest.approx(2 / 3)
    assert [r.rank for r in found.rows] == [1, 2] and support(found, "actor:x").independent == 2


def test_a_joined_name_is_one_actor() -> None:
    joined = [{"a": "actor:x", "b": "actor:y", "stated_as": "same"}]
    found = asked(
        says("a", {"actor": "actor:x"}, actors=people("x", "y"), samenesses=joined),
        says("b", {"actor": "actor:y", "asserted_by": "org:b"}),
    )
    assert len(found.rows) == 1 and len(found.rows[0].held_by) == 2 and found.facts["disagreement"] == 0


def test_rewrites_add_no_agent_and_change_no_figure() -> None:
    first = says("a", {"actor": "actor:x", "confidence": 80}, actors=people("x", "y"))
    other = says("b", {"actor": "actor:y", "asserted_by": "org:b", "confidence": 60})
    plain = asked(first, other)
    rewrites = []
    for number in range(10):
        told = says(f"r{number}", {"actor": "actor:x", "asserted_by": f"org:press{number}", "confidence": 95}, published="2024-01-20")
        rewrites.append(restating(told, "report:a"))
    found = asked(first, other, *rewrites)
    for actor in ("actor:x", "actor:y"):
        for name in ("linear", "logarithmic", "belief", "plausibility"):
            assert getattr(row(found, actor), name) == pytest.approx(getattr(row(plain, actor), name)), name
        assert support(found, actor).independent == support(plain, actor).independent
    assert found.facts == pytest.approx(plain.facts)
    assert sum(w.why.startswith("repeats") for w in found.table("words").rows) == 10


def test_who_rests_on_another_and_says_something_else_is_heard() -> None:
    first = says("a", {"actor": "actor:x"}, actors=people("x", "y"))
    told = says("b", {"actor": "actor:y", "asserted_by": "org:b"}, published="2024-01-20")
    found = asked(first, restating(told, "report:a"))
    assert found.facts["agents"] == 2 and found.facts["disagreement"] == 1


def test_reports_that_restate_each_other_do_not_silence_each_other() -> None:
    first, second = (says(r, {"actor": "actor:x", "asserted_by": f"org:{r}"}, actors=people("x")) for r in "ab")
    assert asked(restating(first, "report:b"), restating(second, "report:a")).facts["independent agents"] == 1


def test_agencies_of_one_government_share_their_evidence() -> None:
    offices = [{"id": name, "name": name, "country": "US", "sector": "government national"} for name in ("one", "two")]
    said = {"actors": people("x"), "organizations": offices}
    words = [says(name, {"actor": "actor:x", "asserted_by": f"org:{name}"}, **said) for name in ("one", "two")]
    assert asked(*words).facts["independent agents"] == pytest.approx(2 / 1.8)
    assert asked(*words, shared=0).facts["independent agents"] == 2
    assert asked(*words, shared=1).facts["independent agents"] == 1


def test_a_withdrawn_word_has_no_weight_and_the_development_shows_it() -> None:
    found = asked(
        says("a", {"actor": "actor:x"}, {"actor": "actor:y", "asserted_by": "org:b"}, actors=people("x", "y")),
        says("b", {"actor": "actor:x", "stance": "withdrawn"}, published="2024-02-01"),
    )
    assert row(found, "actor:x").held_by == () and row(found, "actor:x").belief == 0
    moved = [(m.day.isoformat(), round(m.linear, 2)) for m in found.table("development").rows if m.actor.iri == iri("actor:x")]
    assert moved[0] == ("2024-01-19", 0.46) and moved[1][0] == "2024-02-01" and moved[1][1] < 0.1
    assert [w.why for w in found.table("words").rows if w.actor.iri == iri("actor:x")] == ["withdrawn", "takes a word back"]


def test_a_denial_speaks_against_and_one_in_its_own_cause_less() -> None:
    land = {"id": "land", "name": "Land", "country": "RU", "sector": "government national"}
    said = {"actors": people("x"), "backgrounds": [{"actor": "actor:x", "origin": "RU"}]}
    held = says("a", {"actor": "actor:x"}, **said)
    stranger = says("b", {"actor": "actor:x", "stance": "denied", "asserted_by": "org:b"})
    itself = says("b", {"actor": "actor:x", "stance": "denied", "asserted_by": "org:land"}, organizations=[land])
    by_stranger, by_itself = row(asked(held, stranger), "actor:x"), row(asked(held, itself), "actor:x")
    assert by_stranger.linear == pytest.approx(0.5) and by_itself.linear > by_stranger.linear
    assert row(asked(held, itself, interested=1), "actor:x").linear == pytest.approx(0.5)
    assert by_itself.denied_by[0].label == "Land"
    assert any("in its own cause" in w.why for w in asked(held, itself).table("words").rows)


def test_not_known_has_no_weight() -> None:
    found = asked(says("a", {"actor": "actor:x"}, {"actor": "actor:x", "stance": "not known", "asserted_by": "org:b"}, actors=people("x")))
    assert row(found, "actor:x").linear == pytest.approx(0.85) and found.facts["agents"] == 1


def test_asserted_side_by_side_is_together_suspected_side_by_side_is_one_of_them() -> None:
    both = asked(says("a", {"actor": "actor:x", "confidence": 80}, {"actor": "actor:y", "confidence": 80}, actors=people("x", "y")))
    alone = 0.2 / 3  # what is left goes to x without y, y without x, and somebody else
    assert row(both, "actor:x").linear == pytest.approx(0.8 + alone) == row(both, "actor:y").linear
    either = [{"actor": f"actor:{a}", "confidence": 80, "stance": "suspected"} for a in "xy"]
    one = asked(says("a", *either, actors=people("x", "y")))
    assert row(one, "actor:x").linear == pytest.approx(0.4) == row(one, "actor:y").linear


def test_a_description_supports_whom_it_fits_and_contradicts_whom_it_does_not() -> None:
    described = {"unidentified_actors": [{"id": "hackers", "description": "hackers of R"}], "actors": people("x", "y")}
    known = [{"actor": "actor:hackers", "origin": "RU"}, {"actor": "actor:x", "origin": "RU"}, {"actor": "actor:y", "origin": "CN"}]
    found = asked(
        says("a", {"actor": "actor:hackers", "confidence": 90}, **described, backgrounds=known),
        says("b", {"actor": "actor:x", "confidence": 80, "asserted_by": "org:b"}),
    )
    assert found.facts["disagreement"] == 0 and row(found, "actor:hackers").plausibility == 1
    assert row(found, "actor:x").linear > 0.6, "the description's share goes where the precise word puts it"
    apart = asked(
        says("a", {"actor": "actor:hackers", "confidence": 90}, **described, backgrounds=known),
        says("b", {"actor": "actor:y", "confidence": 80, "asserted_by": "org:b"}),
    )
    assert apart.facts["disagreement"] == 1 == apart.facts["disagreement on the country"]
    assert [r.origin for r in found.table("origins").rows] == ["Russian Federation"]


def test_what_is_suspected_of_a_described_actor_is_its_description() -> None:
    told = {"unidentified_actors": [{"id": "insiders", "description": "former employees"}], "actors": people("x")}
    known = [{"actor": "actor:insiders", "kind": "former employee", "stance": "suspected"}, {"actor": "actor:x", "kind": "nation state"}]
    found = asked(
        says("a", {"actor": "actor:insiders"}, **told, backgrounds=known),
        says("b", {"actor": "actor:x", "asserted_by": "org:b"}),
    )
    assert found.facts["disagreement"] == 1


def test_a_description_that_fits_everybody_says_nothing_of_who() -> None:
    found = asked(says("a", {"actor": "actor:somebody"}, unidentified_actors=[{"id": "somebody", "description": "criminals"}]))
    assert found.rows[0].linear is None and found.rows[0].rank is None and found.facts["agents"] == 0
    assert found.notes[0].startswith("nobody names or places an actor")


def test_a_part_counts_for_the_whole_but_not_the_other_way() -> None:
    ties = [{"a": "actor:x", "b": "actor:y", "stated_as": "part of"}]
    found = asked(says("a", {"actor": "actor:x", "confidence": 80}, actors=people("x", "y"), samenesses=ties),
                  says("b", {"actor": "actor:y", "confidence": 80, "asserted_by": "org:b"}))  # fmt: skip
    assert found.facts["disagreement"] == 0 and row(found, "actor:y").linear > row(found, "actor:x").linear
    assert support(found, "actor:x").ties == ("part of Y",)


def test_parts_in_a_circle_are_one_another() -> None:
    ties = [{"a": a, "b": b, "stated_as": "part of"} for a, b in (("actor:x", "actor:y"), ("actor:y", "actor:x"))]
    found = asked(says("a", {"actor": "actor:x"}, {"actor": "actor:y"}, actors=people("x", "y"), samenesses=ties))
    assert row(found, "actor:x").linear == row(found, "actor:y").linear


def test_close_actors_disagree_by_name_only() -> None:
    ties = [{"a": "actor:x", "b": "actor:y", "stated_as": "close"}]
    found = asked(says("a", {"actor": "actor:x"}, actors=people("x", "y"), samenesses=ties),
                  says("b", {"actor": "actor:y", "asserted_by": "org:b"}))  # fmt: skip
    assert (found.facts["disagreement"], found.facts["disagreement with close actors as one"]) == (1, 0)


def test_reliability_weighs() -> None:
    actors = people("x", "y")
    good = rated(says("a", {"actor": "actor:x", "confidence": 80, "asserted_by": "org:a"}, actors=actors), "A")
    other = says("b", {"actor": "actor:y", "confidence": 80, "asserted_by": "org:b"}, actors=actors)
    bad, worst = rated(other, "D"), rated(other, "E")
    found = asked(good, bad)
    assert row(found, "actor:x").linear == pytest.approx((0.8 * 1 + 0.1 * 0.25) / 1.25)
    assert row(asked(good, worst), "actor:x").linear == pytest.approx(0.8)
    alone = asked(worst)
    assert row(alone, "actor:y").linear is None and "no source has any weight: no probability" in alone.notes


def test_marking_and_confidence_leave_out_and_say_so() -> None:
    open_, closed = (says(r, {"actor": "actor:x", "asserted_by": f"org:{r}", "confidence": 80}, actors=people("x")) for r in "ab")
    closed = closed.model_copy(update={"report": closed.report.model_copy(update={"marking": Marking.RED})})
    found = consensus(material(open_, closed, filters=Filters(marking=Marking.GREEN)), INCIDENT)
    assert found.facts["agents"] == 1 and found.notes[0] == "1 attribution left out by confidence or marking"
    assert consensus(material(open_, filters=Filters(confidence=90)), INCIDENT).rows == ()


def test_an_undated_word_counts_but_is_in_no_row_of_the_development() -> None:
    found = asked(says("a", {"actor": "actor:x"}, published=None, actors=people("x")))
    assert row(found, "actor:x").linear and found.table("development").rows == ()
    assert "1 undated attribution in no row of the development" in found.notes


def test_an_incident_that_nobody_attributes() -> None:
    found = asked(make_report("a", incidents=INCIDENTS))
    assert found.rows == () and found.notes == ("nobody attributes this incident to anybody",)
    assert png(figure(found))


@pytest.mark.parametrize(("name", "words"), [("incident:nothing", "does not speak of"), ("org:acme", "asks for Incident")])
def test_what_is_no_incident_is_refused(name: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        consensus(material(says("a", {"actor": "actor:x"}, actors=people("x"), organizations=[{"id": "acme", "name": "Acme"}])), name)


@pytest.mark.parametrize("wrong", [{"unstated": 101}, {"unrated": -1}, {"interested": 2.0}, {"shared": -0.1}])
def test_parameters_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="is between 0 and"):
        asked(says("a", {"actor": "actor:x"}, actors=people("x")), **wrong)


def test_order_of_reading_changes_nothing() -> None:
    actors = people("x", "y", "z")
    reports = [
        says(f"r{n}", {"actor": f"actor:{'xyz'[n % 3]}", "asserted_by": f"org:o{n}", "stance": ("asserted", "denied", "suspected")[n % 3]},
             published=f"2024-01-{10 + n % 4}", actors=actors)
        for n in range(9)
    ]  # fmt: skip
    found = to_json(asked(*reports))
    for seed in range(3):
        random.Random(seed).shuffle(reports)
        assert to_json(asked(*reports)) == found


# ── the bundled cases ────────────────────────────────────────────────────────────────────────


def test_microsoft_and_cisa_name_one_actor_and_nobody_denies() -> None:
    """CQ07, CQ09: two agents; the stock site that restates Microsoft adds none; no answer of the embassy is no denial (N7)."""
    found = consensus(bundled(), "incident:microsoft-corporate-email-2023")
    named = found.rows[0]
    assert named.actor.label == "APT29" and {a.label for a in named.held_by} == {
        "Microsoft",
        "Cybersecurity and Infrastructure Security Agency",
    }
    assert found.table("support").rows[0].independent == 2 and named.denied_by == () and found.facts["disagreement"] == 0
    (rewrite,) = [w for w in found.table("words").rows if w.agent.label == "Successful Equities"]
    assert rewrite.why == "repeats Microsoft" and not rewrite.counts


def test_solarwinds_is_contested_by_those_accused_only() -> None:
    found = consensus(bundled(), "incident:solarwinds-orion-2020")
    assert found.rows[0].actor.label == "APT29" and found.rows[0].belief > 0.7
    assert {a.label for a in found.rows[0].denied_by} == {"Government of Russia", "Russian Foreign Intelligence Service"}
    assert all("in its own cause" in w.why for w in found.table("words").rows if w.stance == "denied")
    assert found.facts["disagreement"] > 0.1 and found.facts["disagreement without words in one's own cause"] == 0
    signed = {w.claims for w in found.table("words").rows if w.published.isoformat() == "2021-01-05"}
    (joint,) = {w.independence for w in found.table("weights").rows if w.claims in signed}
    assert joint < 0.3, "four agencies sign one statement"


def test_moveit_is_not_contested() -> None:
    found = consensus(bundled(), "incident:moveit-2023")
    (actor,) = found.rows
    assert actor.actor.label == "Cl0p" and found.facts["disagreement"] == 0 and actor.belief > 0.8


def test_the_false_flag_of_the_winter_olympics() -> None:
    """Names of three countries in 2018, the Sandworm Team in 2020: sources disagree, and the last word is not the mean."""
    found = consensus(bundled(), "incident:olympic-destroyer-2018")
    assert found.rows[0].actor.label == "Sandworm Team" and found.facts["disagreement"] > 0.3 and found.facts["conflict"] > 0.5
    first = next(m for m in found.table("development").rows if m.actor.label == "Lazarus Group")
    assert first.day.isoformat() == "2018-02-14"


def test_every_figure_can_be_followed_to_claims_and_written() -> None:
    found = consensus(bundled(), "incident:notpetya-2017")
    assert all(r.claims for r in found.rows) and all(r.claims for t in found.more for r in t.rows)
    assert to_json(found) and to_graphml(found) and to_csv(found, "development")
    assert png(figure(found)) == png(figure(found))
