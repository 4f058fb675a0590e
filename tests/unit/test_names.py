"""Comparison of names, and the index that finds them."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg.errors import Locked, WorkspaceError
from kg.identity.names import normalise, slug, strip_legal_form, trigrams
from kg.store import sqlite
from kg.store.names import NameEntry, NameIndex

ID = "https://w3id.org/incident-kg/id/"


def thing(path: str, kind: str, label: str, *aliases: str, identifiers: tuple[str, ...] = ()) -> list[NameEntry]:
    iri = ID + path
    return [
        NameEntry(iri, kind, label, preferred=True),
        *(NameEntry(iri, kind, alias) for alias in aliases),
        *(NameEntry(iri, kind, identifier, identifier=True) for identifier in identifiers),
    ]


KNOWN = [
    *thing("actor/apt29", "ThreatActor", "APT29", "Cozy Bear", "Midnight Blizzard", "NOBELIUM", identifiers=("G0016",)),
    *thing("actor/apt28", "ThreatActor", "APT28", "Fancy Bear", "Forest Blizzard", identifiers=("G0007",)),
    *thing("org/microsoft", "Organization", "Microsoft Corporation", "Microsoft", identifiers=("MSFT",)),
    *thing("org/microstrategy", "Organization", "MicroStrategy", identifiers=("MSTR",)),
    *thing("org/at-t", "Organization", "AT&T Inc.", identifiers=("T",)),
    *thing("org/edf", "Organization", "Électricité de France S.A.", "EDF"),
    *thing("org/tepco", "Organization", "東京電力"),
    *thing("org/kaspersky", "Organization", "Лаборатория Касперского"),
    *thing("vulnerability/cve-2023-23397", "Vulnerability", "CVE-2023-23397", identifiers=("CVE-2023-23397",)),
    *thing("incident/midnight", "Incident", "Midnight Blizzard breach of Microsoft e-mail"),
    *thing("org/bear", "Organization", "Bear Cozy Furniture Ltd"),
]


@pytest.fixture
def index(tmp_path: Path) -> Iterator[NameIndex]:
    with NameIndex(tmp_path / "names.sqlite") as made:
        made.replace("urn:g", KNOWN)
        yield made


@pytest.mark.parametrize(
    ("text", "path", "match"),
    [
        ("APT29", "actor/apt29", "exact"),
        ("apt29", "actor/apt29", "exact"),
        ("cozy  bear", "actor/apt29", "exact"),
        ("g0016", "actor/apt29", "identifier"),
        ("MSFT", "org/microsoft", "identifier"),
        ("CVE-2023-23397", "vulnerability/cve-2023-23397", "identifier"),
        ("CVE 2023", "vulnerability/cve-2023-23397", "prefix"),
        ("nobel", "actor/apt29", "prefix"),
        ("blizzard midnight", "actor/apt29", "words"),
        ("breach micro", "incident/midnight", "words"),
        ("cosy bear", "actor/apt29", "typo"),
        ("Micorsoft", "org/microsoft", "typo"),
        ("nobeliun", "actor/apt29", "typo"),
        ("midnigt blizard", "actor/apt29", "typo"),
        ("electricite de france", "org/edf", "prefix"),
        ("AT and T", "org/at-t", "prefix"),
        ("Microstrategy Inc", "org/microstrategy", "words"),
        ("東京", "org/tepco", "prefix"),
        ("касперского", "org/kaspersky", "words"),
    ],
)
def test_the_thing_meant_comes_first(index: NameIndex, text: str, path: str, match: str) -> None:
    hit = index.search(text)[0]
    assert (hit.iri, hit.match) == (ID + path, match)


def test_a_hit_tells_its_label_and_the_name_that_matched(index: NameIndex) -> None:
    hit = index.search("nobelium")[0]
    assert (hit.kind, hit.name, hit.label, hit.score) == ("ThreatActor", "NOBELIUM", "APT29", 99)


def test_one_hit_a_thing_best_first_and_the_same_each_time(index: NameIndex) -> None:
    hits = index.search("microsoft")
    assert len({hit.iri for hit in hits}) == len(hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert hits == index.search("microsoft")
    assert {hit.iri for hit in hits} >= {ID + "org/microsoft", ID + "incident/midnight"}


def test_kinds_and_limit(index: NameIndex) -> None:
    assert {hit.kind for hit in index.search("midnight blizzard", ["Incident"])} == {"Incident"}
    assert index.search("midnight blizzard", []) == []
    assert index.search("midnight blizzard", limit=0) == []
    assert len(index.search("micro", limit=1)) == 1


def test_exact_wants_the_whole_name(index: NameIndex) -> None:
    assert [hit.iri for hit in index.exact("Cozy-Bear")] == [ID + "actor/apt29"]
    assert [hit.match for hit in index.exact("msft")] == ["identifier"]
    assert index.exact("cozy") == index.exact("") == index.exact("\0") == []


def test_an_ambiguous_name_gives_every_thing(index: NameIndex) -> None:
    index.replace("urn:other", thing("org/apt29-gmbh", "Organization", "APT29"))
    assert {hit.iri for hit in index.exact("APT29")} == {ID + "actor/apt29", ID + "org/apt29-gmbh"}


def test_replacing_and_removing_a_graph(index: NameIndex) -> None:
    before = index.count()
    index.replace("urn:h", thing("actor/x", "ThreatActor", "Zirconium", "Cozy Bear"))
    assert index.count() == before + 2
    assert len(index.exact("cozy bear")) == 2
    index.replace("urn:h", thing("actor/x", "ThreatActor", "Hafnium"))
    assert index.search("zirconium") == [] and index.search("zircon") == [] and index.search("zirconiun") == []
    assert index.search("hafnium")[0].iri == ID + "actor/x"
    index.remove("urn:h")
    assert index.count() == before and index.search("hafnium") == []
    assert [hit.iri for hit in index.exact("cozy bear")] == [ID + "actor/apt29"]


def test_many_graphs_are_replaced_in_one_transaction(index: NameIndex) -> None:
    before = index.count()

    def broken() -> Iterator[NameEntry]:
        yield KNOWN[0]
        raise RuntimeError("reader broke")

    with pytest.raises(RuntimeError):
        index.replace_many({"urn:g": [], "urn:h": broken()})
    assert index.count() == before


OPERATORS = ['"', "*", "NEAR(", " OR ", "AND", "NOT", ":", "^", "-", "%", "a", "\0", "😀", "'"]
LONG = ["a" * 10_000, "a " * 5_000, "ﷺ" * 500]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60) | st.lists(st.sampled_from(OPERATORS)).map("".join))
def test_no_text_raises(index: NameIndex, text: str) -> None:
    index.search(text)
    index.exact(text)


@pytest.mark.parametrize("text", ['"', "\0", "NEAR(a b)", "text:x", "*", "\ud800", "😀", "' OR 1=1 --", *LONG])
def test_hostile_names_go_in_and_are_found_or_not_but_never_raise(index: NameIndex, text: str) -> None:
    index.replace("urn:hostile", [NameEntry("urn:x", "Organization", text, preferred=True)])
    hits = index.search(text)
    assert bool(hits) == bool(normalise(text))
    index.remove("urn:hostile")


def test_it_is_there_after_closing_and_another_object_sees_what_is_written(tmp_path: Path) -> None:
    path = tmp_path / "names.sqlite"
    with NameIndex(path) as writer, NameIndex(path) as reader:
        writer.replace("urn:g", KNOWN)
        assert reader.count() == len(KNOWN)
    with NameIndex(path) as again:
        assert again.search("apt28")[0].label == "APT28"


def test_threads_may_share_one_index(index: NameIndex) -> None:
    wrong: list[str] = []

    def read() -> None:
        for text, path in (("apt29", "actor/apt29"), ("micorsoft", "org/microsoft")) * 10:
            if index.search(text)[0].iri != ID + path:
                wrong.append(text)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    index.replace("urn:more", thing("org/more", "Organization", "More"))
    for thread in threads:
        thread.join()
    assert wrong == []


READ = """
import sys
from kg.store.names import NameIndex
print(NameIndex(sys.argv[1]).search('apt29')[0].label)
"""


def test_reading_while_another_process_holds_a_write(index: NameIndex) -> None:
    writer = sqlite3.connect(index.path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("DELETE FROM entry")
    command = [sys.executable, "-c", READ, str(index.path)]
    shown = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False)
    writer.execute("ROLLBACK")
    writer.close()
    assert shown.stdout == "APT29\n", shown.stderr


def test_a_second_writer_is_told(index: NameIndex) -> None:
    writer = sqlite3.connect(index.path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    index._db.execute("PRAGMA busy_timeout=1")
    with pytest.raises(Locked, match="another process"):
        index.remove("urn:g")
    writer.execute("ROLLBACK")
    writer.close()
    assert index.count() == len(KNOWN)


def test_reading_from_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "readonly"
    folder.mkdir()
    with NameIndex(folder / "names.sqlite") as made:
        made.replace("urn:g", KNOWN)
    (folder / "names.sqlite").chmod(0o444)
    folder.chmod(0o555)
    opened = sqlite._opened

    def refuse(path: Path, mode: str) -> sqlite3.Connection:
        if mode == "rwc":  # the superuser may write anywhere
            raise sqlite3.OperationalError("attempt to write a readonly database")
        return opened(path, mode)

    if os.access(folder, os.W_OK):
        monkeypatch.setattr(sqlite, "_opened", refuse)
    try:
        with NameIndex(folder / "names.sqlite") as index:
            assert index.search("cozy bear")[0].label == "APT29"
            with pytest.raises(WorkspaceError, match="readonly"):
                index.remove("urn:g")
    finally:
        folder.chmod(0o755)


def test_a_damaged_file_and_a_missing_folder(tmp_path: Path) -> None:
    (tmp_path / "junk").write_bytes(b"no database" * 200)
    with pytest.raises(WorkspaceError, match="damaged"):
        NameIndex(tmp_path / "junk")
    with pytest.raises(WorkspaceError, match="does not exist"):
        NameIndex(tmp_path / "none" / "names.sqlite")


@given(st.text(max_size=40))
def test_normalising_twice_changes_nothing(name: str) -> None:
    once = normalise(name)
    assert normalise(once) == once
    assert strip_legal_form(once) == strip_legal_form(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("U.S. Department of State", "us department of state"),
        ("Ångström AB", "angstrom ab"),
        ("Łódź", "lodz"),
        ("Straße", "strasse"),
        ("O’Reilly", "oreilly"),
        ("がぎ", "がぎ"),
        ("T1059.001", "t1059 001"),
    ],
)
def test_normalise(name: str, expected: str) -> None:
    assert normalise(name) == expected


def test_slug_and_trigrams() -> None:
    assert slug("Hewlett Packard Enterprise Co.") == "hewlett-packard-enterprise-co"
    assert trigrams("") == set()
    assert strip_legal_form("Progress Software Corp.") == "progress software"
