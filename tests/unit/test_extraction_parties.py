"""Parties: which capitals are the name of an organization, and what the wording around it tells of its role."""

from datetime import date

import pytest

from kg.extraction.analysis import Analysis
from kg.extraction.names import Lexicon
from kg.extraction.parties import Parties
from kg.extraction.reading import read
from kg.extraction.tagger import Tagger
from kg.extraction.wordings import Wordings

# text | names of organizations ; …
NAMED = """
The breach at Harlock Mercer was found on Monday. | Harlock Mercer
Hackers stole data from Norlake Motors and Tilmont, two carmakers. | Norlake Motors ; Tilmont
Customers of Wexby, Ormond and Tilmont were told. | Wexby ; Ormond ; Tilmont
The Ministry of Trade, Industry and Energy was hit. | Ministry of Trade, Industry and Energy
The Norwegian parliament was attacked. | Norwegian parliament
Staff at Garrells were sent home after the attack. | Garrells
Brackels said hackers had stolen its files. | Brackels
Hackers broke into Zentrix Foods in Cleveland. | Zentrix Foods
Item 8.01. Quillon Dental Systems, Inc. was attacked on Monday. | Quillon Dental Systems
"""


def organizations(text: str) -> list[str]:
    return [p.name for p in Parties(Analysis(text, None, Lexicon.bundled(), Tagger.bundled())).organizations()]


@pytest.mark.parametrize("case", NAMED.strip().splitlines())
def test_organizations_of_a_sentence(case: str) -> None:
    text, wanted = (part.strip() for part in case.split("|"))
    assert set(organizations(text)) == set(wanted.split(" ; "))


@pytest.mark.parametrize(
    "text", ["Maria Olsen was told of the breach.", "Hashed passwords were posted.", "A spokesman, Ivar Lund, said so."]
)
def test_what_is_no_organization(text: str) -> None:
    assert organizations(text) == []


# text | name | wordings that it stands in (among others) ; …
WORDINGS = """
Norlake Bank was hacked on Monday. | Norlake Bank | passive
Norlake Bank, a lender in Ohio, has been breached. | Norlake Bank | passive
Norlake Bank was not hacked. | Norlake Bank | !passive
Hackers stole files from Norlake Bank. | Norlake Bank | from
The breach at Norlake Bank was found in May. | Norlake Bank | attack_on
Norlake Bank said hackers had copied data of its customers. | Norlake Bank | tells
Norlake Bank discovered an intrusion in May. | Norlake Bank | learned
Norlake Bank is writing to customers about it. | Norlake Bank | notifies
The regulator fined Norlake Bank. | Norlake Bank | fined
Shares of Norlake Bank fell. | Norlake Bank | stock
An analyst at Norlake Bank said so. | Norlake Bank | quoted
The firm hired Norlake Security to help. | Norlake Security | hired
"""


@pytest.mark.parametrize("case", WORDINGS.strip().splitlines())
def test_wordings_around_a_name(case: str) -> None:
    text, name, wanted = (part.strip() for part in case.split("|"))
    doc = Analysis(text, None, Lexicon.bundled(), Tagger.bundled())
    parties = Parties(doc)
    party = next(p for p in parties.organizations() if p.name == name)
    span = party.mentions[0].span
    assert set(wanted.split(" ; ")) <= set(Wordings(doc, parties).of(party, span, span))


# text | name | country
COUNTRIES = """
Hackers stole $60 million from Orion. The company is based in Ohio. | Orion | US
Hackers stole data of customers from Orion, a maker of medicines in Finland. | Orion | FI
Hackers broke into the Springfield Public Library and stole data of readers. | Springfield Public Library | US
"""


@pytest.mark.parametrize("case", COUNTRIES.strip().splitlines())
def test_a_name_that_is_also_a_town_does_not_decide_the_country(case: str) -> None:
    text, name, country = (part.strip() for part in case.split("|"))
    victims = {v.label: v.country for incident in read(text, None).incidents for v in incident.victims}
    assert victims == {name: country}


def test_ordinary_words_of_a_heading_are_no_organizations() -> None:
    text = "The Scale of the Outage\n\nHackers broke into Orrery Logistics and took the records of 300 drivers, the company said."
    names = {party.name for party in read(text, date(2024, 6, 29)).parties.all}
    assert names == {"Orrery Logistics"}


@pytest.mark.parametrize(
    "text",
    [
        "The intruders went through LDAP/SSH and left XSS in three pages.",
        "# Orrery Incident\n\nHackers broke into Orrery.\n\n## Type of compromise\n\nPublishing Infrastructure",
    ],
)
def test_terms_of_the_trade_and_lines_of_ordinary_words_are_no_organizations(text: str) -> None:
    assert {party.name for party in read(text, date(2024, 6, 29)).parties.all} <= {"Orrery"}
