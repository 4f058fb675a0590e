"""When it happened, was noticed and became known, in made-up texts."""

from __future__ import annotations

from datetime import date

import pytest

from kg.extraction.analysis import Analysis
from kg.extraction.findings import When
from kg.extraction.names import Lexicon
from kg.extraction.reading import read
from kg.extraction.tagger import Tagger
from kg.extraction.timing import dates_of

PUBLISHED = date(2022, 9, 15)


def days(when: When | None) -> tuple[str, str] | None:
    return None if when is None else (when.first.isoformat(), when.last.isoformat())


@pytest.mark.parametrize(
    ("text", "happened", "discovered"),
    [
        (
            "Hackers broke into the network of Brightwater Health between March 2 and March 30, 2022 and copied patient records. "
            "The hospital group detected the intrusion on May 9.",
            ("2022-03-02", "2022-03-30"),
            ("2022-05-09", "2022-05-09"),
        ),
        (
            "Orion Freight learned on July 7, 2022 that an unauthorized party had been in its network since at least April 3, 2022.",
            ("2022-04-03", "2022-07-07"),
            ("2022-07-07", "2022-07-07"),
        ),
    ],
)
def test_deed_and_discovery(text: str, happened: tuple[str, str], discovered: tuple[str, str]) -> None:
    incident = read(text, PUBLISHED).incidents[0]
    assert days(incident.happened) == happened
    assert days(incident.discovered) == discovered


def test_a_filing_discloses_by_itself() -> None:
    text = "Item 8.01 Other Events. On August 22, 2022, the Registrant identified a ransomware attack. Files of Orion Freight were copied."
    incident = read(text, PUBLISHED).incidents[0]
    assert days(incident.disclosed) == ("2022-09-15", "2022-09-15")


def test_an_earlier_announcement_counts() -> None:
    text = "Orion Freight announced the breach on June 1, 2022. Hackers had stolen customer records on May 3, 2022."
    incident = read(text, PUBLISHED).incidents[0]
    assert days(incident.disclosed) == ("2022-06-01", "2022-06-01")


def test_the_day_on_which_the_victim_said_so_counts() -> None:
    text = "Orion Freight said on Tuesday that hackers had broken into its network on September 3 and stolen customer records."
    incident = read(text, PUBLISHED).incidents[0]
    assert days(incident.happened) == ("2022-09-03", "2022-09-03")
    assert days(incident.disclosed) == ("2022-09-13", "2022-09-13")


def test_without_a_day_of_publication_nothing_is_invented() -> None:
    incident = read("Hackers broke into Orion Freight last week.", None).incidents[0]
    assert incident.happened is None and incident.discovered is None and incident.disclosed is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It came to light on Monday of last week.", ["2022-09-05"]),
        ("Since the Sunday before last the files are gone.", ["2022-09-04"]),
        ("It struck in August 2021. On the 11th of that month the phones rang.", ["2021-08-01", "2021-08-11"]),
        ("It was locked between midnight on Wednesday the 7th and noon.", ["2022-09-07"]),
        ("The site has been down since Tuesday night, September 13.", ["2022-09-13"]),
        ("The bank spoke on Sunday, two days after its vault was emptied.", ["2022-09-11", "2022-09-09"]),
    ],
)
def test_dates_told_in_two_steps(text: str, expected: list[str]) -> None:
    doc = Analysis(text, PUBLISHED, Lexicon.bundled(), Tagger.bundled())
    assert [d.first.isoformat() for d in dates_of(doc)] == expected


@pytest.mark.parametrize(
    ("text", "contained"),
    [
        (
            "Hackers broke into the network of Brightwater Health on May 3, 2022. The hospital group noticed it on May 9 and cut off "
            "the intruder's access on May 11.",
            ("2022-05-11", "2022-05-11"),
        ),
        ("Attackers locked files of Orion Freight on August 29. The infection was contained on August 31.", ("2022-08-31", "2022-08-31")),
    ],
)
def test_the_day_on_which_it_was_brought_under_control(text: str, contained: tuple[str, str]) -> None:
    assert days(read(text, PUBLISHED).incidents[0].contained) == contained


def test_the_day_on_which_those_concerned_were_told() -> None:
    text = (
        "On May 3, 2022, hackers copied patient records of Brightwater Health. The hospital group began notifying affected individuals "
        "on August 12, 2022."
    )
    assert days(read(text, PUBLISHED).incidents[0].notified) == ("2022-08-12", "2022-08-12")


def test_who_came_in_stayed_until_he_was_noticed() -> None:
    text = "Intruders entered the network of Orion Freight on May 3, 2022. Its engineers discovered the intrusion on June 1, 2022."
    assert days(read(text, PUBLISHED).incidents[0].happened) == ("2022-05-03", "2022-06-01")
