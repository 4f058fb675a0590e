"""Who is behind it: one entry for each attribution, with who says so and in which words. All texts are made up."""

from __future__ import annotations

from datetime import date

import pytest

from kg.extraction import actors as actor_reader
from kg.extraction import kinds, methods
from kg.extraction.findings import Attributed, Reading
from kg.extraction.reading import prepare
from kg.vocabulary import ActorKind, Motive, Stance


def read(text: str) -> Reading:
    """A text with the actors of its incidents."""
    reading, speeches = prepare(text, date(2024, 3, 14))
    for incident in reading.incidents:
        incident.kind, incident.kind_ground = kinds.kind_of(reading, incident, speeches)
    actor_reader.read(reading, speeches)
    return reading


def found(text: str) -> list[Attributed]:
    """The actors of a text with one incident."""
    return [actor for incident in read(text).incidents for actor in incident.actors]


def one(text: str) -> Attributed:
    """The only actor of a text."""
    actors = found(text)
    assert len(actors) == 1, [(a.label, a.by) for a in actors]
    return actors[0]


@pytest.mark.parametrize(
    ("text", "name", "by"),
    [
        ("Fabrikam was hacked in May. Mandiant attributed the intrusion to APT29.", "APT29", "Mandiant"),
        ("Fabrikam was hacked in May. The breach has been linked by CrowdStrike to Scattered Spider.", "Scattered Spider", "CrowdStrike"),
        ("Fabrikam was hacked in May. Turla is behind the intrusion, according to ESET.", "Turla", "ESET"),
        ("Fabrikam was hacked. The intruders, whom Kaspersky calls Velvet Otter, stole source code.", "Velvet Otter", "Kaspersky"),
        ("Fabrikam was hacked by UNC7777, Mandiant says.", "UNC7777", "Mandiant"),
    ],
)
def test_a_name_and_who_attributes(text: str, name: str, by: str) -> None:
    actor = next(a for a in found(text) if a.name)
    assert (actor.name, actor.by, actor.stance) == (name, by, Stance.ASSERTED)


def test_an_unnamed_actor_is_described_in_the_words_of_the_text_and_only_once() -> None:
    actor = one("Fabrikam said that an unauthorized third party had copied customer records. The intruder was in its network for a week.")
    assert actor.name is None
    assert actor.description == "an unauthorized third party"
    assert actor.by is None


def test_nobody_is_made_up_where_nothing_is_known() -> None:
    assert found("Fabrikam was hacked on Monday and customer records were stolen. It is not known who is behind the attack.") == []


def test_unnamed_sources_keep_their_words() -> None:
    text = "Fabrikam was breached in May, people familiar with the matter said; those people blamed hackers working for Russia."
    actor = one(text)
    assert (actor.by, actor.origin, actor.kind) == ("people familiar with the matter", "RU", ActorKind.NATION_STATE)


def test_a_denial_of_a_state_is_an_entry_of_its_own() -> None:
    actors = found(
        "Hackers broke into Fabrikam in May. The FBI said that the Iranian government was responsible. "
        "In Tehran, the foreign ministry rejected the accusation."
    )
    assert [(a.origin, a.by, a.stance) for a in actors] == [("IR", "FBI", Stance.ASSERTED), ("IR", "foreign ministry", Stance.DENIED)]


def test_the_embassy_speaks_for_its_state() -> None:
    denied = found(
        "Hackers stole files from Fabrikam. U.S. officials blamed China. A spokesman for the Chinese embassy in Washington denied any role."
    )[-1]
    assert (denied.origin, denied.stance, denied.by) == ("CN", Stance.DENIED, "Chinese embassy")


@pytest.mark.parametrize(
    "text",
    [
        "Data of Fabrikam was stolen. A group calling itself the Copper Lanterns took credit for the attack.",
        "Data of Fabrikam was stolen. The Copper Lanterns hackers claimed responsibility for the attack.",
        "Someone using the name Copper Lanterns offered records of Fabrikam for $5,000 on a criminal forum.",
    ],
)
def test_who_claims_it_is_not_attributed_by_anybody(text: str) -> None:
    actor = next(a for a in found(text) if a.name)
    assert (actor.name, actor.stance, actor.by) == ("Copper Lanterns", Stance.CLAIMED, None)


def test_a_seller_is_after_money() -> None:
    actor = one("A seller using the handle mudlark offered records of Fabrikam for $5,000 on a criminal forum.")
    assert (actor.kind, actor.motive) == (ActorKind.CRIMINAL, Motive.FINANCIAL)


def test_a_gang_named_after_its_malware() -> None:
    actor = one("Fabrikam was hit by ransomware on Monday. The Conti gang posted files on its leak site.")
    assert (actor.name, actor.kind, actor.motive, actor.stance) == ("Conti", ActorKind.CRIMINAL, Motive.FINANCIAL, Stance.CLAIMED)


def test_malware_alone_is_no_actor() -> None:
    assert all(a.name is None for a in found("Fabrikam said that the LockerGoga ransomware was used to encrypt its servers."))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Fabrikam was hacked. Mandiant assesses with high confidence that APT29 carried out the intrusion.", "high confidence"),
        ("Fabrikam was hacked. CrowdStrike suspects that APT29 is behind the intrusion.", "suspects"),
        ("Fabrikam was hacked. The NCSC said that APT29 was almost certainly responsible for the breach.", "almost certainly"),
        ("Fabrikam was hacked. ESET attributed the breach to APT29.", None),
    ],
)
def test_the_words_of_confidence_are_those_of_the_source(text: str, words: str | None) -> None:
    actor = next(a for a in found(text) if a.name)
    assert actor.confidence == words


@pytest.mark.parametrize(
    ("phrase", "origin"),
    [
        ("a China-based group", "CN"),
        ("a gang thought to operate from Russia", "RU"),
        ("an espionage group with a North Korean nexus", "KP"),
        ("a group working for Moscow", "RU"),
        ("a group that acts in support of the People's Republic of China", "CN"),
    ],
)
def test_origin_is_where_the_text_places_it(phrase: str, origin: str) -> None:
    actor = next(a for a in found(f"Fabrikam was hacked in May. Mandiant attributed the intrusion to UNC7777, {phrase}.") if a.name)
    assert actor.origin == origin


def test_the_place_of_the_speaker_is_not_the_origin() -> None:
    actor = next(a for a in found("Fabrikam was hacked in May. Dutch investigators attributed the intrusion to UNC7777.") if a.name)
    assert actor.origin is None


def test_two_sources_that_disagree() -> None:
    actors = found("Fabrikam was hacked in May. FireEye blamed APT28 for the intrusion. Trend Micro doubts the link.")
    assert [(a.name, a.by, a.stance) for a in actors] == [("APT28", "FireEye", Stance.ASSERTED), ("APT28", "Trend Micro", Stance.DISPUTED)]


def test_an_attribution_that_is_taken_back() -> None:
    actor = one("Hackers broke into Fabrikam. Its researchers first blamed Iran for the attack, but later withdrew that attribution.")
    assert (actor.origin, actor.stance) == ("IR", Stance.WITHDRAWN)


def test_a_person_who_is_charged_and_the_handle() -> None:
    actor = next(
        a
        for a in found(
            "A former engineer was arrested in Denver over the theft of data from Fabrikam, the FBI said. "
            'Laura Bennett, 33, who used the handle "mudlark", is accused of copying the files.'
        )
        if a.name
    )
    assert (actor.name, actor.aliases, actor.by, actor.kind) == ("Laura Bennett", ("mudlark",), "FBI", ActorKind.HACKER)


def test_a_former_employee_is_an_insider() -> None:
    actor = one("A former employee of Fabrikam downloaded reports with names of customers after leaving the company.")
    assert actor.kind is ActorKind.INSIDER


def test_two_names_for_one_actor() -> None:
    actor = one("Fabrikam was encrypted by the BlackCat gang, also known as ALPHV, which stole files.")
    assert (actor.name, actor.aliases) == ("BlackCat", ("ALPHV",))


def test_a_group_that_is_only_compared_with_is_no_actor() -> None:
    actors = found("Mandiant tracks those who hacked Fabrikam as UNC7777. Overlaps with FIN11 exist.")
    assert [a.name for a in actors] == ["UNC7777"]


def test_every_ground_is_a_range_of_the_text() -> None:
    text = (
        "Fabrikam was hacked in May. Mandiant assesses with high confidence that UNC7777, a China-based group, stole its files. "
        "China's foreign ministry denied any involvement."
    )
    for actor in found(text):
        for ground in (actor.ground, actor.by_ground, actor.origin_ground, actor.confidence_ground):
            assert ground is None or 0 <= ground.start < ground.end <= len(text)
        if actor.confidence and actor.confidence_ground:
            assert text[actor.confidence_ground.start : actor.confidence_ground.end] == actor.confidence


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Fabrikam was hacked. One employee sold the records of 300 customers and has since been dismissed.", ActorKind.INSIDER),
        ("Fabrikam was hacked. Its inquiry found two former employees responsible for the leak.", ActorKind.INSIDER),
        ("Fabrikam was hacked. Persons unknown got into its network and took the records of 300 customers.", None),
        ("Fabrikam was hacked in May. The intruders' server was in a cellar.", None),
    ],
)
def test_people_are_described_in_many_ways(text: str, kind: ActorKind | None) -> None:
    actor = one(text)
    assert actor.name is None
    assert (actor.kind is ActorKind.INSIDER) == (kind is ActorKind.INSIDER)


@pytest.mark.parametrize(
    "text",
    [
        "Fabrikam was breached. An employee noticed strange files on Monday.",
        "Fabrikam was breached. The laptop of an employee was stolen from a car in May.",
        "Fabrikam was breached. An employee had been tricked into opening an attachment.",
        "Fabrikam was breached. If a thief uses your card, call your bank.",
    ],
)
def test_who_only_stood_by_is_no_actor(text: str) -> None:
    assert found(text) == []


def test_a_gang_lends_its_name_to_the_malware_where_systems_were_encrypted() -> None:
    reading = read("Fabrikam was hit by ransomware on Monday and its servers were encrypted. The FBI attributed the attack to Conti.")
    speeches = prepare("Fabrikam was hit.", date(2024, 3, 14))[1]
    methods.read(reading, type(speeches)(reading.doc, reading.parties))
    assert [m.words for i in reading.incidents for m in i.malware] == ["Conti"]


_HACKED = "Fabrikam was hacked in May and files were stolen. "


@pytest.mark.parametrize(
    ("text", "actor", "by"),
    [
        ("Iran was responsible for the intrusion, Director of National Security John Doe told the Senate on Thursday.", "IR", "John Doe"),
        (
            "The theft was the work of North Korea, the Dutch Security and Intelligence Service said.",
            "KP",
            "Dutch Security and Intelligence",
        ),
        ("The report points to a crew that security firms call Bronze Walrus and assume to be Chinese.", "Bronze Walrus", "report"),
        ("A team of FBI agents sent to Doha had pointed to Russian hackers, CNN reported.", "RU", "FBI"),
        ("The culprit, Mandiant concluded, was APT29.", "APT29", "Mandiant"),
        ("It was Russia, the prime minister told parliament.", "RU", "prime minister"),
        ("A federal jury convicted Weiwei Wind Group of theft of trade secrets.", "Weiwei Wind Group", "federal jury"),
        ('Prosecutors charged JOHN STOKES, a/k/a "MudMan", of Memphis, Tennessee, with computer intrusion.', "JOHN STOKES", "Prosecutors"),
        ("A grand jury has indicted five members of the GRU.", "GRU", "grand jury"),
        ("Le Monde reported that China had copied the servers every night.", "CN", "Le Monde"),
        ("Spamwatch points to Netgrotto, a Dutch host.", "Netgrotto", "Spamwatch"),
        ("The attribution to Turla by Swiss investigators came in June.", "Turla", "Swiss investigators"),
        ("For Mandiant there is little doubt that UNC7777 carried out the theft.", "UNC7777", "Mandiant"),
        ("The attack has been laid at the door of Turla by ESET.", "Turla", "ESET"),
        ("Mandiant's report names APT29 as the likely culprit.", "APT29", "Mandiant"),
        ("Researchers at Contoso Security think rather of North Korea.", "KP", "Contoso Security"),
        ('"Coordinated Russian services" were behind the attack, the National Security Agency said.', "RU", "National Security Agency"),
    ],
)
def test_who_attributes_in_other_words(text: str, actor: str, by: str) -> None:
    entry = next(a for a in found(_HACKED + text) if actor in (a.name, a.origin))
    assert entry.by is not None
    assert by in entry.by


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("The Iranian embassy in Rome calls the finding groundless.", "Iranian embassy"),
        ("In Tehran the Foreign Ministry dismissed the account.", "Foreign Ministry"),
        ('Government spokesman Ali Hassani called that "another lie".', "Ali Hassani"),
        ("A spokeswoman for the foreign ministry in Tehran told reporters that this was made out of thin air.", "foreign ministry"),
    ],
)
def test_denials_in_other_words(text: str, by: str) -> None:
    entry = next(a for a in found(_HACKED + "The FBI blamed Iran. " + text) if a.stance is Stance.DENIED)
    assert (entry.origin, entry.by) == ("IR", by)


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("Fabrikam conceded that customer records had been copied by outside hackers.", "Fabrikam"),
        ("Fabrikam was hacked. Prosecutors say the thieves posed as clerks and stole records of 300 customers.", "Prosecutors"),
        ("Fabrikam was hacked. A thief took records of 300 customers, a magazine wrote.", None),
    ],
)
def test_who_only_tells_of_it_does_not_attribute(text: str, by: str | None) -> None:
    assert one(text).by == by


def test_a_country_that_is_spoken_of_is_that_of_an_actor_known_to_work_for_it() -> None:
    actor = next(a for a in found("Fabrikam was hacked in May by Kimsuky, ESET said. Pyongyang wanted the plans.") if a.name)
    assert actor.origin == "KP"
