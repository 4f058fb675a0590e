"""The lexicon: which names are found where, which ordinary words are not, and indicators."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

from kg.extraction.indicators import find as indicators
from kg.extraction.indicators import refang
from kg.extraction.names import FOLDER, Lexicon, alternatives, fold, ordinary_words, rule_for
from kg.readers.base import Found, SourceFile
from kg.readers.report_yaml import ReportYaml
from kg.vocabulary import Sector
from tests.conftest import CHECKOUT

LEXICON = Lexicon.bundled()


def found(text: str, *kinds: str) -> list[tuple[str, str, str | None]]:
    return [(m.kind, m.text, m.id) for m in LEXICON.find(text) if not kinds or m.kind in kinds]


@pytest.mark.parametrize(
    ("text", "kind", "id"),
    [
        ("Cozy Bear was there", "actor", "actor:apt29"),
        ("COZY BEAR was there", "actor", "actor:apt29"),
        ("so said APT29", "actor", "actor:apt29"),
        ("so said apt29", "actor", "actor:apt29"),
        ("so said APT 29", "actor", "actor:apt29"),
        ("so said APT-29.", "actor", "actor:apt29"),
        ("so said APT‑29’s lawyer", "actor", "actor:apt29"),
        ("Midnight Blizzard is back", "actor", "actor:midnight-blizzard"),
        ("Emotet is back", "malware", "attack:S0367"),
        ("with Mimikatz and more", "tool", "attack:S0002"),
        ("in Russia", "country", "RU"),
        ("a Russian hacker", "nationality", "RU"),
        ("the U.S. government", "country", "US"),
        ("the US government", "country", "US"),
        ("officials in Moscow", "place", "RU"),
        ("a school in California", "place", "US"),
        ("Microsoft Corporation said", "organization", "org:microsoft"),
        ("the U.S. Department of State said", "organization", "org:us-department-of-state"),
        ("a hospital in town", "sector", "healthcare"),
        ("password spraying", "technique", "T1110.003"),
        ("a trojanized update", "technique", "T1195.002"),
        ("exploited a flaw in the file transfer product", "technique", "T1190"),
        ("the intruders encrypted hundreds of servers", "technique", "T1486"),
        ("see T1086 there", "technique", "T1059.001"),
        ("CVE-2023-34362", "cve", "CVE-2023-34362"),
    ],
)
def test_what_is_found(text: str, kind: str, id: str) -> None:
    assert (kind, id) in {(k, i) for k, _, i in found(text)}


@pytest.mark.parametrize(
    "text",
    [
        "They will play at the hive, and the empire is magic.",
        "Will Smith went to play. At night the net was cast.",
        "We ping the server and reg a name, then net the fish.",
        "The cobalt colour turned dark; the dragonfly sat on a turla.",
        "polish the table and serve turkey on china",
        "let us go",
    ],
)
def test_ordinary_words_are_no_names(text: str) -> None:
    assert found(text, "actor", "malware", "tool", "organization", "country", "nationality", "place") == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("the Hive ransomware", "malware"),
        ("the Hive ransomware gang", "actor"),
        ("a group called Play", "actor"),
        ("they ran net.exe", "tool"),
    ],
)
def test_a_cue_makes_a_word_a_name(text: str, kind: str) -> None:
    assert [k for k, _, _ in found(text, "actor", "malware", "tool")] == [kind]


def test_the_longest_name_wins_and_names_do_not_overlap() -> None:
    assert found("Democratic People's Republic of Korea", "country") == [("country", "Democratic People's Republic of Korea", "KP")]
    mentions = LEXICON.find("Lazarus Group of North Korea hit Sony Pictures Entertainment with spear-phishing emails from Pyongyang.")
    names = [m for m in mentions if m.kind not in ("technique", "tactic", "sector")]
    assert all(a.end <= b.start for a, b in pairwise(names))


def test_words_end_at_their_ends() -> None:
    assert found("Russianness, Chinatown, Emotetic, xAPT29", "actor", "malware", "country", "nationality") == []


def test_nothing_is_found_inside_addresses() -> None:
    text = "[report](https://www.example.com/emotet/russia-apt29.html) by someone@microsoft.com"
    assert {k for k, _, _ in found(text)} == {"url", "email"}


def test_offsets_are_those_of_the_text() -> None:
    text = "İstanbul\u00a0– “APT\u00a029” and\nCozy\nBear ☠ hit Türkiye’s banks; hxxp://bad[.]example[.]org/x"
    mentions = LEXICON.find(text)
    assert all(text[m.start : m.end] == m.text for m in mentions)
    assert {"actor", "country", "sector", "url", "place"} >= {m.kind for m in mentions} >= {"actor", "country", "sector", "url"}


def test_names_of_the_users_own_graph() -> None:
    otter = ("Velvet Otter", "actor", "actor:velvet-otter")
    known = LEXICON.with_names([otter, ("Emotet", "malware", "malware:ours"), ("Quill", "actor", None)])
    assert [m.id for m in known.find("Velvet Otter used Emotet.")] == ["actor:velvet-otter", "malware:ours"]
    assert [m.text for m in known.find("the Quill gang took the quill, and Quill wrote")] == ["Quill"]
    assert known.version != LEXICON.version
    assert known.version == LEXICON.with_names([("Quill", "actor", None), ("Emotet", "malware", "malware:ours"), otter]).version
    assert LEXICON.with_names([]) is LEXICON
    assert not LEXICON.find("Velvet Otter")


def test_every_actor_and_organization_of_our_own_is_known() -> None:
    ids = {line.split("\t")[1] for line in (FOLDER / "names.tsv").read_text("utf-8").splitlines()}
    missing = []
    for path in sorted((CHECKOUT / "data" / "reference").glob("*.yaml")):
        for one in ReportYaml().read(SourceFile(path)):
            assert isinstance(one, Found)
            missing += [a.name for a in one.report.actors if f"actor:{a.id}" not in ids and len(a.name) > 2]
            missing += [o.name for o in one.report.organizations if f"org:{o.id}" not in ids]
    assert missing == [], "run tools/build_lexicon.py"


def test_the_data_files_are_sound() -> None:
    import yaml

    sectors = yaml.safe_load((FOLDER / "sectors.yaml").read_text("utf-8"))
    assert set(sectors) <= {s.value for s in Sector}
    places = yaml.safe_load((FOLDER / "places.yaml").read_text("utf-8"))
    assert all(isinstance(key, str) for key in places)
    techniques = yaml.safe_load((FOLDER / "techniques.yaml").read_text("utf-8"))
    rows = (line.split("\t") for line in (FOLDER / "names.tsv").read_text("utf-8").splitlines())
    known = {row[1] for row in rows if row[0] in ("technique", "tactic")}
    current = {LEXICON.current(t).split(".")[0] for t in [*techniques, *techniques["tactics"]] if t != "tactics"}
    assert current <= known
    for line in (FOLDER / "names.tsv").read_text("utf-8").splitlines():
        kind, id, *names = line.split("\t")
        assert kind and id and names and all(n[0] in "aceoxn" and n[1] == ":" for n in names), line


def test_small_parts() -> None:
    assert len(fold("İİ–ẞ")) == 4
    assert alternatives("a (b|c) d") == ["a b d", "a c d"]
    assert rule_for("organization", "Target", ordinary_words()) == "o"
    assert rule_for("actor", "42", ()) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("at 198.51.100[.]23 and 198.51.100.24.", [("ipv4", "198.51.100.23"), ("ipv4", "198.51.100.24")]),
        ("version 10.0.19041.1 and 1.2.3", []),
        ("v1.2.3.4", []),
        ("hxxp://evil[.]example[.]net/path?a=1).", [("url", "http://evil.example.net/path?a=1")]),
        ("[here](https://a.example.com/x_(y))", [("url", "https://a.example.com/x_(y)")]),
        ("mail a[at]example[dot]com", [("email", "a@example.com")]),
        ("setup.exe, config.json, Node.js, e.g. this, U.S. that, end.It goes", []),
        ("bad-domain[.]xyz", [("domain", "bad-domain.xyz")]),
        ("d41d8cd98f00b204e9800998ecf8427e", [("md5", "d41d8cd98f00b204e9800998ecf8427e")]),
        ("da39a3ee5e6b4b0d3255bfef95601890afd80709", [("sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709")]),
        ("0A1B" * 16, [("sha256", "0a1b" * 16)]),
        ("0" * 64, []),
        ("1" * 31 + "0", []),
        ("cve-2024-3094 and CVE-2024–12345", [("cve", "CVE-2024-12345")]),
    ],
)
def test_indicators(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(i.kind, i.value) for i in indicators(text)] == expected


def test_refanging() -> None:
    assert refang("hxxps[:]//a[.]b(.)example{.}com") == "https://a.b.example.com"


def test_long_and_strange_texts() -> None:
    assert LEXICON.find("") == []
    began = time.perf_counter()
    for text in ("a" * 1_000_000, "a." * 500_000, "Emotet " * 10_000, "with " * 20_000, "[" * 300_000, "http://" * 100_000):
        mentions = LEXICON.find(text)
        assert all(text[m.start : m.end] == m.text for m in mentions[:50])
    assert time.perf_counter() - began < 60
