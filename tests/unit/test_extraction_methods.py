"""How it was done: techniques and malware in the words of ordinary texts. All texts are made up."""

from __future__ import annotations

from datetime import date

import pytest

from kg.extraction import reading as whole


def techniques(text: str) -> set[str]:
    """The techniques of every incident of a text."""
    found = whole.read(text, date(2024, 3, 14))
    return {t.id or "" for i in found.incidents for t in i.techniques}


@pytest.mark.parametrize(
    ("text", "technique"),
    [
        ("The intruders logged on to a server of Fabrikam with valid credentials and took records of 300 customers.", "T1078"),
        ("An engineer's credentials opened the door to the network of Fabrikam; records of 300 customers were stolen.", "T1078"),
        ("Fabrikam was breached. Callers talked staff into giving away their passwords.", "T1078"),
        ("Hackers broke into Fabrikam through an unpatched VPN appliance.", "T1190"),
        ("Fabrikam was hit by ransomware on Monday. Its plants stood still for a week.", "T1486"),
    ],
)
def test_techniques_in_plain_words(text: str, technique: str) -> None:
    assert technique in techniques(text)


@pytest.mark.parametrize(
    ("text", "technique"),
    [
        ("Hackers broke into Fabrikam. Hashed passwords were stolen from its database.", "T1078"),
        ("Accounts of Fabrikam were opened by credential stuffing, with passwords reused from other sites.", "T1078"),
    ],
)
def test_stolen_passwords_were_not_used(text: str, technique: str) -> None:
    assert technique not in techniques(text)


def test_a_place_with_the_name_of_a_family_is_no_malware() -> None:
    found = whole.read("Hackers broke into Fabrikam of Nevada and stole records of 300 customers.", date(2024, 3, 14))
    assert [m.words for i in found.incidents for m in i.malware] == []
