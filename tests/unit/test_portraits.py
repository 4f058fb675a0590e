"""Portraits and dossiers of the first case: the story exactly, bystanders apart, every statement with its claims."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest

from kg.dossiers import dossier
from kg.errors import NotFound
from kg.exploring import Explorer
from kg.portraits import actor_portrait, claims_at, incident_portrait, party_portrait
from kg.resources import folder
from kg.story import Story
from kg.workspace import Workspace, create_workspace
from tests.end_to_end.test_app import HOSTILE

CASE = "incident:microsoft-corporate-email-2023"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    place = tmp_path_factory.mktemp("portraits")
    (place / "hostile.yaml").write_text(HOSTILE.replace("<script>alert(1)</script> **bold**", "<script>alert(1)</script>\\u202E"))
    made = create_workspace(place / "workspace")
    reports = (folder("data") / "reports" / case for case in ("microsoft-midnight-blizzard", "solarwinds-orion-2020"))
    made.ingest([*reports, folder("data") / "reference", place / "hostile.yaml"])
    return made


@pytest.fixture
def story(workspace: Workspace) -> Iterator[Story]:
    with workspace.open_store() as store:
        yield Story(store, workspace.addresses)


def iri(story: Story, short: str) -> str:
    return story.addresses.expand(short) or ""


def test_the_first_case(story: Story) -> None:
    told = incident_portrait(story, iri(story, CASE))
    assert [(a.label, len({v.agent for v in a.voices})) for a in told.actors] == [("APT29", 2), ("Russian hackers", 1)]
    assert told.hit[0].label == "Microsoft" and {s.role for s in told.hit} == {"victim", "affected party"}
    assert "DSMY" not in {s.label for s in told.hit}
    assert {s.role for s in told.others if s.label == "DSMY"} == {"bystander", "possible beneficiary"}
    assert {s.label for s in told.denied} >= {"Microsoft-hosted customer-facing systems", "Microsoft AI systems"}
    office = next(s for s in told.hit if s.label == "Texas General Land Office")
    assert "through Microsoft" in office.notes and ("2024-06-28" in office.counts[0][0] or office.counts[0][2] == "11 e-mails")
    began = [w for w in told.times if w.event == "began"]
    assert [w.words for w in began] == ["late November 2023", "2023-11-27"] and began[1].public_day is None
    every = [*told.actors, *told.hit, *told.others, *told.assets, *told.denied, *told.methods, *told.further]
    assert all(s.claims for s in every) and len(told.timeline) == 12


def test_as_of_a_day_only_what_was_public(workspace: Workspace) -> None:
    with workspace.open_store(date(2024, 2, 1)) as store:
        story = Story(store, workspace.addresses)
        told = incident_portrait(story, iri(story, CASE))
        assert [s.label for s in told.hit] == ["Microsoft"] and "Texas" not in dossier(story, iri(story, CASE), date(2024, 2, 1))


def test_an_actor_and_a_party(story: Story) -> None:
    explorer = Explorer(story.store, story.addresses, story)
    actor = actor_portrait(story, explorer, iri(story, "actor:apt29"))
    users = {n.name: n.users for n in actor.names}
    assert "Microsoft" in users["Midnight Blizzard"] and "CrowdStrike" in users["Cozy Bear"]
    assert actor.incidents.count >= 2 and actor.incidents.items[0].day is not None
    assert actor.countries["United States"] >= 5
    party = party_portrait(story, explorer, iri(story, "org:microsoft"))
    assert party.victim.count == 1 and party.customers.count >= 8 and not party.suppliers.count
    few = party_portrait(story, explorer, iri(story, "org:microsoft"), first=3)
    assert len(few.customers.items) == 3 and few.customers.left == party.customers.count - 3
    assert claims_at(story, [iri(story, "org:microsoft")], 0, 5)[1] > 20
    for what in (incident_portrait, lambda s, i: actor_portrait(s, explorer, i), lambda s, i: party_portrait(s, explorer, i)):
        with pytest.raises(NotFound):
            what(story, iri(story, "org:nobody-at-all"))


@pytest.mark.parametrize("thing", [CASE, "actor:apt29", "org:microsoft", "incident:hostile", "org:dsmy"])
def test_a_dossier_is_one_safe_page_that_loads_nothing(story: Story, thing: str) -> None:
    page = dossier(story, iri(story, thing), made_on=date(2026, 1, 2))
    assert page == dossier(story, iri(story, thing), made_on=date(2026, 1, 2)) and "made on 2026-01-02" in page
    assert not re.search(r"<(script|img|link|iframe)|<[^>]*\s(on\w+|src)=|url\(", page)
    assert set(re.findall(r'href="([^"]*)"', page)) <= {f"#c{n}" for n in range(1, 500)}
    targets = set(re.findall(r'id="(c\d+)"', page))
    assert {a.removeprefix("#") for a in re.findall(r'href="([^"]*)"', page)} <= targets
    if thing == "incident:hostile":
        assert "&lt;script&gt;alert(1)" in page and "\u202e" not in page
    if thing == CASE:
        assert page.index("Named in the same reports, and no victims") < page.index("DSMY</bdi>") and "our summary" in page
