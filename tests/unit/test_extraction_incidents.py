"""Texts that tell of several incidents, and texts that only seem to."""

from __future__ import annotations

from datetime import date

import pytest

from kg.extraction.reading import read

MAIN = (
    "Hackers broke into the network of Acme Corp. on June 3, 2024 and stole personal data of 5,000 customers, the company said on Monday. "
    "Its servers were taken offline. Acme said that no passwords were taken.\n\n"
)


def incidents(text: str) -> list[list[str]]:
    """The victims of each incident of a text."""
    return [[v.label for v in i.victims] for i in read(text, date(2024, 6, 12)).incidents]


def test_one_incident_stays_one() -> None:
    """Further paragraphs about the same case, whatever their dates, add nothing."""
    text = MAIN + "The intruders had entered on May 28 with a stolen password. Police were told on June 5.\n\nNobody has claimed it."
    assert incidents(text) == [["Acme"]]


@pytest.mark.parametrize(
    "background",
    [
        "It is not the first breach at Acme. In March 2021 a laptop with records of 700 employees was stolen from a car.",
        "It is the second such incident. In March 2021 intruders copied the records of 700 employees.",
    ],
)
def test_an_older_case_of_the_same_victim(background: str) -> None:
    """Announced as another case, with a date of its own: an incident of its own, of the same victim."""
    found = read(MAIN + background, date(2024, 6, 12)).incidents
    assert [[v.label for v in i.victims] for i in found] == [["Acme"], ["Acme"]]
    assert found[0].happened is not None and found[0].happened.first.year == 2024
    assert found[1].happened is not None and found[1].happened.first.year == 2021


def test_another_victim_hit_apart() -> None:
    """A second company with words that set it apart, in a paragraph of its own."""
    text = MAIN + "Meanwhile Bolt Energy said that ransomware had encrypted its servers on June 10, in a separate attack."
    assert incidents(text) == [["Acme"], ["Bolt Energy"]]


def test_a_sentence_about_both_belongs_to_both() -> None:
    """What is said of "both" is said of each."""
    text = (
        MAIN
        + "Meanwhile Bolt Energy said that ransomware had encrypted its servers on June 10, in a separate attack.\n\n"
        + "Researchers suspect that Scattered Spider is behind both attacks."
    )
    found = read(text, date(2024, 6, 12)).incidents
    assert [[a.label for a in i.actors if a.name] for i in found] == [["Scattered Spider"], ["Scattered Spider"]]
