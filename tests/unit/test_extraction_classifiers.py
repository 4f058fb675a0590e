"""Models of whole texts: what they answer, that they point into the text, and that they are quick."""

from __future__ import annotations

import time

import pytest

from kg.extraction.classifiers import Classifiers, Judgement, choose, sentence_spans, terms

MODELS = Classifiers.bundled()

INCIDENTS = [
    "Hackers broke into the servers of a bank in Ohio and stole the names and Social Security numbers of 40,000 customers.",
    "A nurse looked at the medical records of her former husband without authorization. The clinic in Leeds has dismissed her.",
    "By mistake, the county mailed letters with tax numbers to the wrong residents.",
    "The school district was hit by ransomware on Sunday. The attackers demanded money, and files of pupils were stolen.",
    "A laptop with unencrypted patient records was stolen from the car of an employee.",
]
OTHERS = [
    "Whisk the eggs with the sugar, add the flour and bake the cake for half an hour.",
    "The index rose 0.7 percent as oil companies gained; bond yields fell slightly.",
    "We are looking for a software engineer with five years of experience in Go. Remote work is possible.",
    "This release fixes a buffer overflow in the parser. All users should upgrade to version 2.4.1.",
    "Never click on links in unexpected mails, use a password manager and switch on two-factor authentication.",
    "The home team won 2-1 after a late penalty. They play the champions on Saturday.",
    "",
    "12 34 !!",
]


@pytest.mark.parametrize("text", INCIDENTS)
def test_incidents_are_told_from_other_texts(text: str) -> None:
    assert MODELS.incident(text) > 0.7


@pytest.mark.parametrize("text", OTHERS)
def test_other_texts_are_no_incidents(text: str) -> None:
    assert MODELS.incident(text) < 0.5


def test_sentences_are_judged_alike() -> None:
    assert MODELS.sentence_incident(INCIDENTS[0]) > 0.7 > 0.5 > MODELS.sentence_incident(OTHERS[0])


def test_actor_action_and_data() -> None:
    outside, inside, mistake, extortion, theft = INCIDENTS
    assert [j.value for j in MODELS.veris_actors(outside)] == ["external"]
    assert [j.value for j in MODELS.veris_actors(inside)] == ["internal"]
    assert [[j.value for j in MODELS.veris_actions(t)] for t in (outside, inside, mistake, extortion, theft)] == [
        ["hacking"],
        ["misuse"],
        ["error"],
        ["malware"],
        ["physical"],
    ]
    assert [j.value for j in MODELS.veris_data(inside)] == ["Medical"]
    assert "Personal" in [j.value for j in MODELS.veris_data(outside)]


@pytest.mark.parametrize(
    ("text", "country"),
    [(INCIDENTS[0], "US"), (INCIDENTS[1], "GB"), ("A hospital in Auckland lost the files of 30 patients.", "NZ")],
)
def test_country(text: str, country: str) -> None:
    found = MODELS.country(text)
    assert found is not None
    assert found.value == country


def test_country_of_nothing() -> None:
    assert MODELS.country("") is None


def test_judgements_point_to_a_sentence_and_are_ordered() -> None:
    text = " ".join([*OTHERS[:2], *INCIDENTS])
    spans = sentence_spans(text)
    for judge in (MODELS.veris_actors, MODELS.veris_actions, MODELS.veris_data):
        judgements = judge(text)
        assert judgements == sorted(judgements, key=lambda j: -j.probability)
        for j in judgements:
            assert (j.start, j.end) in spans
            assert 0 < j.probability <= 1
    where = MODELS.country(text)
    assert isinstance(where, Judgement)
    assert (where.start, where.end) in spans


def test_the_sentence_that_speaks_most() -> None:
    text = "The shop opened in May. An employee sold customers' card numbers to strangers. It rained on Monday."
    told = MODELS.veris_actors(text)[0]
    assert text[told.start : told.end] == "An employee sold customers' card numbers to strangers."


def test_nothing_is_said_of_nothing() -> None:
    for text in ("", " \n", "¡¿"):
        assert MODELS.veris_actors(text) == MODELS.veris_actions(text) == MODELS.veris_data(text) == []
        assert MODELS.incident(text) == 0.0


def test_choice() -> None:
    assert choose([0.6, 0.4], [0.5, 0.3], 0.3) == [0, 1]
    assert choose([0.1, 0.2], [0.5, 0.5], 0.3) == [1]
    assert choose([0.1, 0.1], [0.5, 0.5], 0.3) == []


def test_spans_hold_every_word() -> None:
    text = 'It was "bad." He left.\n\nU.S. officials said no. 5 is right.\nMr. Roe of Acme Inc. agreed!  Yes.'
    spans = sentence_spans(text)
    assert [text[a:b] for a, b in spans][:2] == ['It was "bad."', "He left."]
    assert "".join(text[a:b] for a, b in spans).replace(" ", "").replace("\n", "") == text.replace(" ", "").replace("\n", "")


def test_terms_stand_where_they_say() -> None:
    text = "Émile's  laptops were STOLEN, 1,200 files"
    for term, at in terms(text):
        assert term == "#" or text[at:].lower().startswith(term.split()[0].rstrip("#")[:3])


def test_cost_grows_with_the_text_alone() -> None:
    def cost(text: str) -> float:
        start = time.process_time()
        MODELS.veris_actions(text)
        MODELS.country(text)
        return time.process_time() - start

    base = " ".join(INCIDENTS) + " "
    cost(base)
    assert cost(base * 200) < 3.0  # 100 kB
    assert cost("a" * 300_000) < 2.0
    assert cost("A.b." * 75_000) < 2.0
    assert cost(". " * 150_000 + "A") < 2.0
