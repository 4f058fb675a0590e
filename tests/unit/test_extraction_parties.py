"""Parties: which capitals are the name of an organization."""

import pytest

from kg.extraction.analysis import Analysis
from kg.extraction.names import Lexicon
from kg.extraction.parties import Parties
from kg.extraction.tagger import Tagger

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
