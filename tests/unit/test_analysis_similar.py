"""Similar actors: numbers by hand, what is not known, one deed of two actors, the bundled cases, what must not change the answer."""

from __future__ import annotations

import math
import random
from datetime import date
from typing import Any

import numpy as np
import pytest

from kg.analysis.figures.files import png
from kg.analysis.material import Filters
from kg.analysis.profiles import FACETS, Index, profiles, years
from kg.analysis.result import Analysis
from kg.analysis.similar import Similar, figure, overlap, similar
from kg.analysis.writing import as_json, to_csv, to_graphml
from kg.errors import NotFound, UsageError
from kg.model.report import IncidentReport
from tests.conftest import make_report
from tests.unit.analysed import bundled, iri, material


def deed(
    key: str,
    *actors: str,
    techniques: tuple[str, ...] = (),
    victims: tuple[str, ...] = (),
    malware: tuple[str, ...] = (),
    assets: tuple[str, ...] = (),
    began: str = "",
    described: bool = False,
) -> IncidentReport:
    """A report on one incident. A victim is ``name/sector/country``, an asset a kind of assets."""
    split = [victim.split("/") for victim in victims]
    people = [{"id": actor, ("description" if described else "name"): actor} for actor in actors]
    parts: dict[str, Any] = {
        "incidents": [{"id": key, "title": key}],
        ("unidentified_actors" if described else "actors"): people,
        "attributions": [{"incident": key, "actor": f"actor:{actor}"} for actor in actors],
        "techniques": [{"incident": key, "words": name, "technique": name} for name in techniques],
        "organizations": [{"id": name, "name": name, "sector": sector, "country": country} for name, sector, country in split],
        "involvements": [{"incident": key, "party": f"org:{name}", "role": "victim"} for name, *_ in split],
        "malware": [{"id": name, "name": name} for name in malware],
        "software_uses": [{"incident": key, "software": f"malware:{name}"} for name in malware],
        "assets": [{"id": f"{key}-{kind.replace(' ', '-')}", "name": kind, "kind": kind} for kind in assets],
        "compromises": [{"incident": key, "asset": f"{key}-{kind.replace(' ', '-')}", "effect": "accessed"} for kind in assets],
        "timings": [{"incident": key, "event": "began", "when": began}] if began else [],
    }
    return make_report(f"r-{key}", **{name: value for name, value in parts.items() if value})


def facet(found: Analysis[Similar], actor: str, name: str) -> Any:
    (one,) = [row for row in found.table("facets").rows if row.actor.iri == iri(f"actor:{actor}") and row.facet == name]
    return one


def row(found: Analysis[Similar], actor: str) -> Similar:
    (one,) = [r for r in found.rows if r.actor.iri == iri(f"actor:{actor}")]
    return one


THREE = [
    deed("i1", "red", techniques=("T1190", "T1078", "T1566")),
    deed("i2", "blue", techniques=("T1190", "T1078")),
    deed("i3", "green", techniques=("T1566", "T1059")),
]


# ── numbers by hand ──────────────────────────────────────────────────────────────────────────


def test_weights_by_hand() -> None:
    """Three actors: what two have weighs ln(4/2), what one has ln(4/1)."""
    index = profiles(material(*THREE)).indices["technique"]
    by = {key.rsplit("/")[-1]: weight for key, weight in index.weights.items()}
    assert by == pytest.approx({"T1190": math.log(2), "T1078": math.log(2), "T1566": math.log(2), "T1059": math.log(4)})


def test_similarity_by_hand() -> None:
    """Red and blue share two of three techniques of equal weight, red and green one of weight 1 of 1+1+1+2."""
    found = similar(material(*THREE), "actor:red")
    assert [r.actor.label for r in found.rows] == ["blue", "green"]
    assert facet(found, "blue", "technique").similarity == pytest.approx(2 / 3)
    assert facet(found, "green", "technique").similarity == pytest.approx(1 / 5)
    assert facet(found, "blue", "technique").shared == ("T1078", "T1190")
    assert row(found, "blue").shared == ("technique T1078 (2 of 3)", "technique T1190 (2 of 3)")
    assert facet(found, "green", "technique").only_asked == ("T1078", "T1190")
    assert facet(found, "green", "technique").only_other == ("T1059",)


def test_the_estimate_by_hand() -> None:
    """Background: (⅔ + ⅕ + ½) / 3 = 0.4556. Blue: three features of equal weight, so (2·0.4556 + 3·⅔) / (2 + 3)."""
    found = similar(material(*THREE), "actor:red")
    background = (2 / 3 + 1 / 5 + 1 / 2) / 3
    assert found.facts["background"] == pytest.approx(background)
    assert row(found, "blue").score == pytest.approx((2 * background + 2) / 5)
    worth = 25 / 7
    assert row(found, "green").score == pytest.approx((2 * background + worth / 5) / (2 + worth)), "weights 1 1 1 2: worth 5²/7"
    assert row(found, "blue").low < row(found, "blue").score < row(found, "blue").high
    assert not row(found, "blue").above_background
    assert any("nobody is surely more like red" in note for note in found.notes)


def test_overlap_is_symmetric_and_1_for_the_same() -> None:
    index = Index({"a": [0, 1], "b": [1, 2], "c": [2]}, 3)
    assert overlap(index, ["a", "b"], ["b", "c"]) == overlap(index, ["c", "b"], ["b", "a"])
    assert overlap(index, ["a", "b"], ["b", "a"])[0] == 1
    assert overlap(index, ["a"], ["c"])[0] == 0


def test_the_arrays_give_what_the_sets_give() -> None:
    generator = random.Random(1)
    names = [f"T{number}" for number in range(1001, 1013)]
    reports = [deed(f"i{n}", f"a{n}", techniques=tuple(generator.sample(names, generator.randint(1, 6)))) for n in range(12)]
    known = profiles(material(*reports))
    found = similar(known.material, "actor:a0", top=100)
    index = known.indices["technique"]
    mine = known.features(iri("actor:a0"))["technique"]
    for r in found.rows:
        theirs = known.features(r.actor.iri)["technique"]
        assert facet(found, r.actor.label, "technique").similarity == pytest.approx(overlap(index, mine, theirs)[0])


def test_what_is_rare_counts_more_than_what_is_common() -> None:
    others = [deed(f"x{n}", f"other{n}", techniques=("T1566",)) for n in range(20)]
    one = deed("i1", "red", techniques=("T1566", "T1195.002"))
    common, rare = deed("i2", "common", techniques=("T1566", "T1059")), deed("i3", "rare", techniques=("T1195.002", "T1047"))
    found = similar(material(one, common, rare, *others), "actor:red", top=30)
    assert row(found, "rare").score > row(found, "common").score


def test_more_knowledge_makes_a_narrower_interval() -> None:
    many = tuple(f"T{number}" for number in range(1001, 1021))
    found = similar(
        material(deed("i1", "red", techniques=many), deed("i2", "much", techniques=many), deed("i3", "little", techniques=many[:1])),
        "actor:red",
    )
    much, little = row(found, "much"), row(found, "little")
    assert much.score > little.score and much.above_background
    one = similar(
        material(
            deed("i1", "red", techniques=many[:1]), deed("i2", "same", techniques=many[:1]), deed("i3", "other", techniques=many[2:3])
        ),
        "actor:red",
    )
    assert facet(one, "same", "technique").similarity == 1
    assert row(one, "same").score < 0.8 < much.score, "all of one is less than all of twenty"
    assert row(one, "same").high - row(one, "same").low > 2 * (much.high - much.low)


# ── what is known, and from where ────────────────────────────────────────────────────────────


def test_every_facet() -> None:
    parts: dict[str, Any] = {
        "techniques": ("T1190",), "victims": ("acme/energy/NO",), "malware": ("m",), "assets": ("email",), "began": "2017-03-02",
    }  # fmt: skip
    one = deed("i1", "red", **parts)
    other = deed("i2", "blue", **parts)
    exploit = make_report(
        "x",
        incidents=[{"id": "i3", "title": "i3"}],
        actors=[{"id": "red", "name": "red"}],
        attributions=[{"incident": "i3", "actor": "actor:red"}],
        vulnerabilities=[{"id": "CVE-2021-27101", "name": "CVE-2021-27101"}],
        exploitations=[{"incident": "i3", "vulnerability": "vulnerability:CVE-2021-27101"}],
    )
    known = profiles(material(one, other, exploit)).features(iri("actor:red"))
    assert set(known) == set(FACETS)
    assert {name: [key.rsplit("/")[-1] for key in features] for name, features in known.items()} == {
        "technique": ["T1190"], "software": ["m"], "exploited": ["CVE-2021-27101"], "target": ["acme"], "sector": ["energy"],
        "country": ["Norway"], "asset": ["email"], "year": ["2017"],
    }  # fmt: skip
    found = similar(material(one, other, exploit), "actor:red")
    assert row(found, "blue").compared == 7
    assert row(found, "blue").shared_features == 7
    assert all(facet(found, "blue", name).similarity == 1 for name in FACETS if name != "exploited")
    assert facet(found, "blue", "exploited").similarity is None


def test_what_is_said_of_the_actor_itself_counts_too() -> None:
    """No incident: an actor is said to use some malware."""
    told = make_report(
        "x",
        actors=[{"id": "blue", "name": "blue"}],
        malware=[{"id": "m", "name": "m"}],
        software_uses=[{"actor": "actor:blue", "software": "malware:m"}],
    )
    found = similar(material(deed("i1", "red", malware=("m",)), told), "actor:red")
    assert row(found, "blue").shared == ("software m (2 of 2)",)
    assert row(found, "blue").incidents == 0 and row(found, "blue").claims


def test_what_is_not_known_is_not_held_against_an_actor() -> None:
    found = similar(
        material(
            deed("i1", "red", techniques=("T1190",), malware=("m",)),
            deed("i2", "silent", techniques=("T1190",)),
            deed("i3", "other", techniques=("T1190",), malware=("n",)),
        ),
        "actor:red",
    )
    assert facet(found, "silent", "software").similarity is None
    assert facet(found, "other", "software").similarity == 0
    assert row(found, "silent").score > row(found, "other").score


def test_years_are_told_of_times_that_are_no_vaguer_than_a_year() -> None:
    assert years(date(2020, 1, 1), date(2020, 12, 31)) == ("2020",)
    assert years(date(2020, 1, 1), date(2022, 1, 1)) == ()
    assert years(None, None) == years(date(2021, 1, 1), None) == ()
    assert years(date(2021, 1, 1), date(2020, 1, 1)) == (), "in the wrong order"


def test_one_deed_of_two_actors_says_nothing_of_likeness() -> None:
    """Who is behind one incident is disputed: what both 'have' from it alone is left out, what each has elsewhere is not."""
    disputed = deed("i1", "red", "blue", techniques=("T1190", "T1078", "T1566"))
    found = similar(material(disputed, deed("i2", "red", techniques=("T1059",)), deed("i3", "blue", techniques=("T1047",))), "actor:red")
    assert found.rows == ()
    (same,) = found.table("same-incidents").rows
    assert (same.actor.label, same.incident.iri) == ("blue", iri("incident:i1")) and len(same.claims) == 2
    assert any("attributed to others as well" in note for note in found.notes)
    again = similar(material(disputed, deed("i2", "red", techniques=("T1059",)), deed("i3", "blue", techniques=("T1059",))), "actor:red")
    assert facet(again, "blue", "technique").shared == ("T1059",)
    assert row(again, "blue").same_incidents == 1
    both = similar(material(disputed), "actor:red", other="actor:blue")
    assert both.rows == () and any("nothing is known of blue that could be compared" in note for note in both.notes)


def test_actors_known_by_description_are_asked_for() -> None:
    reports = [deed("i1", "red", techniques=("T1190",)), deed("i2", "somebody", techniques=("T1190",), described=True)]
    assert similar(material(*reports), "actor:red").rows == ()
    assert [r.actor.label for r in similar(material(*reports), "actor:red", described=True).rows] == ["somebody"]
    assert [r.actor.label for r in similar(material(*reports), "actor:red", other="actor:somebody").rows] == ["somebody"]
    assert [r.actor.label for r in similar(material(*reports), "actor:somebody").rows] == ["red"]


def test_claims_of_every_row_are_those_of_both_sides() -> None:
    found = similar(material(*THREE), "actor:red")
    claims = facet(found, "blue", "technique").claims
    assert len(claims) == 7, "two attributions, three uses and two"
    assert row(found, "blue").claims == claims
    assert all("/claim/" in claim for claim in claims)


def test_facets_can_be_chosen_and_are_checked() -> None:
    one, other = deed("i1", "red", techniques=("T1190",), malware=("m",)), deed("i2", "blue", techniques=("T1190",), malware=("n",))
    found = similar(material(one, other), "actor:red", facets=("technique",))
    assert [r.facet for r in found.table("facets").rows] == ["technique"]
    with pytest.raises(NotFound, match="technique, software"):
        similar(material(one, other), "actor:red", facets=("colour",))


# ── what must not change, and bad input ──────────────────────────────────────────────────────


def test_the_order_of_reports_changes_nothing() -> None:
    reports = [*THREE, deed("i4", "red", "blue", techniques=("T1047",)), deed("i5", "green", victims=("acme/energy/NO",))]
    expected = as_json(similar(material(*reports), "actor:red"))
    for seed in range(3):
        assert as_json(similar(material(*random.Random(seed).sample(reports, len(reports))), "actor:red")) == expected


def test_an_actor_of_whom_nothing_is_known() -> None:
    silent = make_report("x", actors=[{"id": "silent", "name": "Silent"}])
    found = similar(material(silent, *THREE), "actor:silent")
    assert found.rows == () and found.notes == ("nothing that counts is known of what Silent did: there is nothing to compare",)
    assert found.facts["facets_known"] == ()
    assert png(figure(found))[:4] == b"\x89PNG"
    other = similar(material(silent, *THREE), "actor:red", other="actor:silent")
    assert other.rows == () and "nothing is known of Silent that could be compared" in other.notes


def test_alone_in_the_graph() -> None:
    found = similar(material(THREE[0]), "actor:red")
    assert found.rows == () and "no actor shares anything with red" in found.notes
    assert found.facts["background"] == 0.5, "nothing is known of how alike actors are"


def test_clear_lines_for_names_that_are_no_actors() -> None:
    here = material(deed("i1", "red", victims=("acme/energy/NO",)))
    with pytest.raises(UsageError, match="ThreatActor"):
        similar(here, "org:acme")
    with pytest.raises(UsageError, match="one actor"):
        similar(here, "actor:red", other="actor:red")
    with pytest.raises(NotFound, match="nobody"):
        similar(here, "nobody")
    assert "nothing that counts is known" in similar(here, "actor:nobody").notes[0]
    with pytest.raises(UsageError):
        similar(here, "actor:red", top=-1)


def test_filters_count() -> None:
    reports = [
        deed("i1", "red", techniques=("T1190",), began="2020-01-05"), deed("i2", "blue", techniques=("T1190",), began="2022-01-05"),
    ]  # fmt: skip
    assert similar(material(*reports), "actor:red").rows
    assert not similar(material(*reports, filters=Filters(last=date(2021, 1, 1))), "actor:red").rows


# ── the bundled cases ────────────────────────────────────────────────────────────────────────


def test_cl0p_is_most_like_the_actors_of_the_accellion_case() -> None:
    """Web shells on file transfer appliances that hold other people's data: the likeness that analysts have pointed to."""
    found = similar(bundled(), "actor:cl0p")
    assert [r.actor.iri for r in found.rows[:2]] == [iri("actor:unc2546"), iri("actor:unc2582")]
    assert facet(found, "unc2546", "technique").similarity == 1
    assert "all that is known here of Cl0p comes from one incident" in found.notes


def test_sandworm_and_lazarus_are_not_alike_for_a_false_flag() -> None:
    """Olympic Destroyer was made to look like Lazarus and was attributed to both: it does not count between them."""
    found = similar(bundled(), "actor:sandworm-team", other="actor:lazarus-group")
    assert [r.incident.label for r in found.table("same-incidents").rows] == ["Olympic Destroyer at the PyeongChang Winter Olympics"]
    assert facet(found, "lazarus-group", "software").similarity == 0
    assert not found.rows[0].above_background


def test_russian_hackers_are_not_found_like_apt29_for_the_same_incident() -> None:
    """The first case: both names stand for the intrusion into Microsoft. That is attribution."""
    found = similar(bundled(), described_in_first_case())
    assert iri("actor:apt29") not in [r.actor.iri for r in found.rows]
    assert iri("actor:apt29") in [r.actor.iri for r in found.table("same-incidents").rows]


def described_in_first_case() -> str:
    known = profiles(bundled())
    (found,) = [actor for actor in known.actors if known.thing(actor).label == "Russian hackers"]
    return found


def test_results_are_written_and_drawn() -> None:
    found = similar(bundled(), "actor:apt29")
    assert to_csv(found).startswith("rank,actor,actor_label,score,lift,low,high,above_background,")
    assert 'attr.name="low"' in to_graphml(found)
    assert png(figure(found)) == png(figure(found))
    assert all(r.claims for table in (found.table(), *found.more) for r in table.rows)
    assert all(0 <= r.low <= r.score <= r.high <= 1 for r in found.rows)
    assert np.all(np.diff([r.score for r in found.rows]) <= 0)
