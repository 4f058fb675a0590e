"""Assets: which kinds of data or things, what was done to them, how many, whose; and what is no asset."""

from datetime import date

import pytest

from kg.extraction.findings import Reading
from kg.extraction.reading import read

PUBLISHED = date(2024, 5, 20)
BREACH = "Norlake Bank said on Monday that hackers broke into its network and stole data. "


def found(text: str) -> Reading:
    return read(text, PUBLISHED)


def assets(text: str) -> set[str]:
    """Each asset as "kind effect", with "#count" where it has one."""
    return {
        f"{a.kind.value} {a.effect.value if a.effect else None}" + (f" #{a.count.value}" if a.count else "")
        for incident in found(text).incidents
        for a in incident.assets
    }


# text | what must be found ; … | kinds that must not
CASES = """
The stolen files include names, birth dates and bank account numbers. | personal data exfiltrated ; bank data exfiltrated | contact data
Social Security numbers and medical records were copied. | government id exfiltrated ; medical data exfiltrated | credentials
No passwords or card numbers were taken, but e-mail addresses were copied. | contact data exfiltrated | credentials, payment card
There is no evidence that passport numbers were accessed. | | government id
The intruders logged in with stolen credentials and downloaded source code. | source code exfiltrated | credentials
Hashed passwords of 45,000 users were posted on a forum. | credentials published #45000 |
Please change your password at other sites. | | credentials
Neither passwords nor card numbers were involved. | | credentials, payment card data
Its website was out of reach for two days. | website unavailable |
Customers could not use its online banking. | service unavailable |
In the file are 12,000 passport numbers. | government id exfiltrated #12000 |
"""


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_assets_of_a_breach(case: str) -> None:
    text, wanted, unwanted = (part.strip() for part in case.split("|"))
    got = assets(BREACH + text)
    for entry in filter(None, (w.strip() for w in wanted.split(" ; "))):
        assert entry in got or any(g.split(" #")[0] == entry for g in got), got
    for kind in filter(None, (u.strip() for u in unwanted.split(","))):
        assert not any(g.startswith(kind) for g in got), got


def test_the_systems_that_ransomware_hit() -> None:
    assert "systems encrypted" in assets("Norlake Bank said a ransomware attack on Sunday encrypted its servers. It shut down its website.")


def test_a_threat_to_publish_is_no_publication() -> None:
    got = assets("Hackers stole customer records from Norlake Bank and threatened to publish the customer records.")
    assert "personal data exfiltrated" in got and "personal data published" not in got


def test_grounds_are_words_of_the_text() -> None:
    text = BREACH + "Names, e-mail addresses and 9,000 card numbers were stolen."
    for incident in found(text).incidents:
        assert incident.assets
        for asset in incident.assets:
            assert text[asset.ground.start : asset.ground.end].strip()
            assert asset.owner is None or asset.owner.name == "Norlake Bank"


def test_nothing_from_a_text_without_an_incident() -> None:
    assert assets("Slice the leeks, heat the oil and leave the pan exposed to the flame until the onions are soft.") == set()
