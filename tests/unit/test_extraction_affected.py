"""Affected groups: whom a text counts or describes as hurt, by which number, through whom."""

from datetime import date

import pytest

from kg.extraction.affected import people_pattern, singular
from kg.extraction.findings import Affected
from kg.extraction.reading import read

PUBLISHED = date(2024, 5, 20)
BREACH = "Norlake Bank said on Monday that hackers broke into its network and stole data. "


def groups(text: str) -> list[Affected]:
    return [a for incident in read(text, PUBLISHED).incidents for a in incident.affected]


def said(text: str) -> set[str]:
    return {f"{a.description}#{a.count.value if a.count else None}" for a in groups(text)}


# text | groups that are found, "description#count"
CASES = """
The breach affected 43,000 current and former employees. | current and former employees#43000
Data of about 2.5 million people in Canada was stolen. | people in Canada#2500000
About 900 people in Norway and 300 in Sweden are affected. | people in Norway#900 ; people in Sweden#300
The breach affected 12,000 customers, of whom 700 lost money. | customers#12000 ; customers who lost money#700
Norlake Bank puts the number of affected customers at about 190,000. | affected customers#190000
The event touches approximately 76,000 households. | households#76000
Fewer than 40 of around 700 clients were attacked. | clients#40
The attack affected 5,000 customers, not the 9,000 customers first reported. | customers#5000
The bank serves 80,000 people. Nobody was harmed. |
Police arrested three people over the attack. |
There is no evidence that data of customers was taken. |
Information on customers in France, Peru and Chile was accessed. | customers in France, Peru and Chile#None
Less than 2 percent of active users were affected by the breach. | Less than 2 percent of active users#None
"""


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_groups(case: str) -> None:
    text, wanted = (part.strip() for part in case.split("|"))
    assert said(BREACH + text) == set(filter(None, wanted.split(" ; ")))


def test_parts_replace_their_sum() -> None:
    assert said(BREACH + "Data of 120 people was stolen: 100 people in Norway and 20 people in Sweden are affected.") == {
        "people in Norway#100",
        "people in Sweden#20",
    }


def test_named_customers_of_a_breached_supplier() -> None:
    text = "Hackers broke into Arcfold Software in May. Four customers of Arcfold Software, among them Norlake Bank, had files stolen."
    described = {a.description: a.supplier.name for a in groups(text) if a.supplier}
    assert set(described.values()) == {"Arcfold Software"}


def test_grounds_hold_the_description() -> None:
    text = BREACH + "The breach affected 43,000 current and former employees."
    for group in groups(text):
        assert group.description in text[group.ground.start : group.ground.end]


@pytest.mark.parametrize(("plural", "noun"), [("people", "person"), ("agencies", "agency"), ("businesses", "business"), ("staff", "staff")])
def test_singular(plural: str, noun: str) -> None:
    assert singular(plural) == noun


def test_people_pattern() -> None:
    assert people_pattern().search("3,000 Ohioans") and not people_pattern().search("two loans and plans")
