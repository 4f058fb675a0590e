"""Mentions in vendors' reports: what the taggers and the lexicon say together."""

from __future__ import annotations

import time
from datetime import date

import pytest

from kg.extraction import mentions
from kg.extraction.mentions import Document, find_mentions, lines, name_candidates, placed, runs
from kg.extraction.names import Lexicon

REPORT = """# Emotet returns with a new loader
Published on March 3, 2021
Our researchers saw a spam campaign by the threat actor TA542 against banks in Germany and Japan.
The malicious Word document runs a PowerShell script, which downloads the Emotet malware from a [compromised site](https://www.example.com/emotet/a.php).
The group, also known as Mummy Spider, has used the TrickBot trojan and Mimikatz before.
Emotet encrypts its traffic to the C2 server; Microsoft published a [report](https://www.example.org/x) on TrickBot.
"""


def of(type: str, text: str = REPORT) -> set[str]:
    return {e["text"] for e in find_mentions(text, date(2021, 3, 4)) if e["type"] == type}


def test_a_report_of_our_own() -> None:
    assert {"Emotet", "TrickBot"} <= of("malware")
    assert "TA542" in of("threat_actor")
    assert {"Germany", "Japan"} <= of("location")
    assert "Microsoft" in of("org")
    ids = {e["id"] for e in find_mentions(REPORT) if e["type"] == "technique" and "id" in e}
    assert {"T1566", "T1059"} <= ids


def test_ids_are_those_of_attack() -> None:
    ids = {e["text"]: e.get("id") for e in find_mentions(REPORT) if e["type"] in ("malware", "threat_actor")}
    assert ids["Emotet"] == "S0367"
    assert ids["TA542"] == "G0102" or ids["TA542"] is None or ids["TA542"].startswith("G")


def test_offsets_and_order() -> None:
    found = find_mentions(REPORT, date(2021, 3, 4))
    assert all(REPORT[e["start"] : e["end"]] == e["text"] and e["text"].strip() for e in found)
    assert [e["start"] for e in found] == sorted(e["start"] for e in found)


def test_a_name_means_one_thing_throughout() -> None:
    kinds = {(e["text"], e["type"]) for e in find_mentions(REPORT) if e["type"] in ("threat_actor", "malware", "tool")}
    assert len({text for text, _ in kinds}) == len(kinds)


def test_the_same_text_gives_the_same_mentions() -> None:
    assert find_mentions(REPORT) == find_mentions(REPORT)


@pytest.mark.parametrize("text", ["", "\n\n", "☠", "|||", "a" * 20_000, "[](", "\u202e\u200b", "https://x"])
def test_strange_texts(text: str) -> None:
    assert isinstance(find_mentions(text), list)


def test_a_recipe_has_no_actors() -> None:
    text = "Beat two eggs with sugar.\nPlay some music while the cake rests in the oven.\nServe it with cream and hive honey.\n"
    assert [e for e in find_mentions(text) if e["type"] in ("threat_actor", "malware", "tool")] == []


def test_tokens_keep_addresses_whole_and_cut_long_lines() -> None:
    assert [w.text for w in lines("see https://a.example/b-c.")[0]] == ["see", "https://a.example/b-c."]
    assert max(len(line) for line in lines("word " * 5000)) == mentions.LONGEST


def test_runs_of_probable_words() -> None:
    marks = [[{"malware": (0.9, 0.0)}, {"malware": (0.1, 0.8)}, {}, {"malware": (0.2, 0.1)}, {"malware": (0.9, 0.05)}]]
    assert runs(marks) == [("malware", 0, 0, 2), ("malware", 0, 3, 4), ("malware", 0, 4, 5)]


def test_candidates_are_looked_for_everywhere() -> None:
    document = Document("Emotet came.\nThen Emotet left.", Lexicon.bundled())
    marks: mentions.Marks = [[{} for _ in line] for line in document.lines]
    (candidate,) = name_candidates(document, marks, ("malware",))
    assert candidate.places == [(0, 6), (18, 24)]
    assert [e["start"] for e in placed(document.text, [(candidate, 0.9)])] == [0, 18]


def test_a_long_report_is_read_in_time() -> None:
    text = REPORT * 20
    find_mentions(text[:100])
    began = time.process_time()
    find_mentions(text)
    assert time.process_time() - began < 2.0
