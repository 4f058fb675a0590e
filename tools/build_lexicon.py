#!/usr/bin/env python3
"""Build ``kg/extraction/lexicon/names.tsv`` and ``words.txt`` from public name lists.

    pip install pymispgalaxies pyspellchecker
    python tools/build_lexicon.py --attack FOLDER --galaxy FOLDER

``--attack``: a folder with ``enterprise-attack.json``, ``mobile-attack.json``, ``ics-attack.json`` (plain or ``.gz``) of MITRE ATT&CK;
``--galaxy``: clusters of the MISP galaxy as files; what is missing there is taken from the package ``pymispgalaxies``.
Names of our own come from ``data/reference``. Ordinary words (``words.txt``) are those that pyspellchecker counts often.
The output depends on the input alone; every line is ``kind  id  rule:name  rule:name …`` (rules: see ``kg/extraction/names.py``).
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HERE))

from kg.extraction.names import ORDINARY, fold, rule_for  # noqa: E402
from kg.model.report import IncidentReport  # noqa: E402
from kg.readers.base import Reject, SourceFile  # noqa: E402
from kg.readers.report_yaml import ReportYaml  # noqa: E402

GALAXIES = {
    "threat-actor": "actor", "microsoft-activity-group": "actor",
    "rat": "malware", "stealer": "malware", "banker": "malware", "botnet": "malware", "backdoor": "malware", "ransomware": "malware",
    "android": "malware", "tool": "malware", "exploit-kit": "tool", "producer": "organization", "intelligence-agencies": "organization",
}  # fmt: skip
"""Clusters that are read, in this order: of two things with one name the first keeps it."""
TOOL_WORDS = ("tool", "framework", "utility", "scanner", "proxy", "exploit kit", "post-exploitation")
STATES = ("US", "CA", "AU")
NOT_NAMES = frozenset(
    ("unknown", "none", "n/a", "ransomware", "malware", "backdoor", "trojan", "loader", "infostealer", "stealer", "keylogger", "rat", "bot")
)
"""Words for a kind that some lists give as a name."""


def variants(name: str) -> list[str]:
    """A name of software and its other spellings: ``Smoke Loader`` for ``SmokeLoader``, ``QuasarRAT`` and ``Quasar`` for ``Quasar RAT``."""
    found = [name]
    if match := re.fullmatch(r"([A-Z][\w$]{2,}?)[ -]?(RAT|Rat|Stealer|Loader|Strike|Trojan|Bot|Ransomware|Worm)", name):
        stem, word = match.groups()
        found += [f"{stem} {word}", f"{stem}{word}"]
        if word in ("RAT", "Rat", "Stealer", "Trojan"):
            found.append(stem)
    return found


class Names:
    """What is known by now: per kind, which folded name belongs to which id."""

    def __init__(self, words: dict[str, int]) -> None:
        self.words = words
        self.things: dict[tuple[str, str], dict[str, str]] = {}
        self.owner: dict[tuple[str, str], str] = {}

    def add(self, kind: str, id: str, names: Iterable[str], rare: bool = False) -> None:
        """Add names of a thing; one that another thing of the kind already has stays there."""
        software = kind in ("malware", "tool")
        for written in [n for name in names for n in (variants(str(name)) if software else [name])]:
            name = " ".join(str(written).split()).strip("\"'“”.,;: ")
            if not 2 <= len(name) <= 60 or fold(name) in NOT_NAMES or re.search(r"[<>{}|\\@]|https?:", name) or name.count(" ") > 7:
                continue
            key = fold(name).strip()
            if not key or self.owner.setdefault((kind, key), id) != id:
                continue
            rule = rule_for(kind, name, self.words, rare)
            if rule:
                self.things.setdefault((kind, id), {}).setdefault(name, rule)

    def known(self, kind: str, names: Iterable[str]) -> str | None:
        """The id that already has one of the names."""
        return next((self.owner[kind, fold(n).strip()] for n in names if (kind, fold(n).strip()) in self.owner), None)

    def lines(self) -> Iterator[str]:
        for (kind, id), names in sorted(self.things.items()):
            yield "\t".join([kind, id, *(f"{rule}:{name}" for name, rule in names.items())])


def read(folder: Path, stem: str) -> Any:
    """A JSON file of a folder, plain or compressed; None if it is not there."""
    for path in (folder / f"{stem}.json", folder / f"{stem}.json.gz"):
        if path.is_file():
            return json.loads(gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes())
    return None


def galaxy(folder: Path, stem: str) -> list[dict[str, Any]]:
    """The values of a cluster: of the folder, else of the package."""
    found = read(folder, stem)
    if found is None:
        import pymispgalaxies

        found = read(Path(pymispgalaxies.__file__).parent / "data" / "misp-galaxy" / "clusters", stem)
    return list((found or {}).get("values", []))


def reference_files() -> Iterator[IncidentReport]:
    for path in sorted((HERE / "data" / "reference").glob("*.yaml")):
        for found in ReportYaml().read(SourceFile(path)):
            if isinstance(found, Reject):
                raise SystemExit(str(found))
            yield found.report


def our_own(names: Names) -> dict[str, str]:
    """Actors and organizations of the reference files; returns identifiers elsewhere → our id."""
    elsewhere: dict[str, str] = {}
    reports = list(reference_files())
    for report in reports:
        for actor in report.actors:
            names.add("actor", f"actor:{actor.id}", [actor.name])
            elsewhere |= dict.fromkeys(actor.identifiers, f"actor:{actor.id}")
        for organization in report.organizations:
            names.add("organization", f"org:{organization.id}", [organization.name, *organization.aliases])
    for report in reports:
        for actor in report.actors:
            names.add("actor", f"actor:{actor.id}", actor.aliases)
        for naming in report.namings:
            names.add("actor", str(naming.actor), [naming.name])
    return elsewhere


def own_id(o: dict[str, Any]) -> str:
    """The ATT&CK id of an object, or nothing."""
    references = [r for r in o.get("external_references", []) if str(r.get("source_name", "")).startswith("mitre")]
    return str(next((r["external_id"] for r in references if "external_id" in r), ""))


def attack(names: Names, folder: Path, elsewhere: dict[str, str]) -> None:
    retired: dict[str, str] = {}
    for stem in ("enterprise-attack", "mobile-attack", "ics-attack"):
        objects = (read(folder, stem) or {}).get("objects", [])
        ids = {o["id"]: own_id(o) for o in objects}
        for o in objects:
            if o["type"] == "relationship" and o.get("relationship_type") == "revoked-by":
                old, new = ids.get(o["source_ref"], ""), ids.get(o["target_ref"], "")
                if old and new and old != new and old[0] in "TS":
                    retired[old] = new
        for o in objects:
            id = ids.get(o["id"], "")
            if o.get("revoked") or o.get("x_mitre_deprecated") or not id:
                continue
            also = [*o.get("aliases", []), *o.get("x_mitre_aliases", [])]
            if o["type"] == "intrusion-set":
                names.add("actor", elsewhere.get(f"attack:{id}", f"attack:{id}"), [o["name"], *also])
            elif o["type"] in ("malware", "tool"):
                names.add(o["type"], f"attack:{id}", [o["name"], *also])
            elif o["type"] == "attack-pattern":
                seldom = stem != "enterprise-attack" or id.startswith(("T158", "T159", "T1608", "T165", "T1556.006"))
                names.add("technique", id, [o["name"]], rare=seldom)
            elif o["type"] == "x-mitre-tactic":
                names.add("tactic", id, [o["name"]])
    for id, ours in sorted(elsewhere.items()):
        if id.startswith("attack:G"):
            names.things.setdefault(("attack", ours), {id.removeprefix("attack:"): "a"})
    for old, new in sorted(retired.items()):
        names.things["retired", old] = {new: "a"}


def misp(names: Names, folder: Path, elsewhere: dict[str, str]) -> None:
    for stem, kind in GALAXIES.items():
        for value in galaxy(folder, stem):
            meta = value.get("meta", {})
            also = meta.get("synonyms", [])
            own = [value["value"], *(also if isinstance(also, list) else [also])]
            own = [part for name in own for part in spellings(str(name), kind)]
            as_kind = kind
            if stem == "tool" and any(word in str(meta.get("type", "")).lower() for word in TOOL_WORDS):
                as_kind = "tool"
            if kind in ("malware", "tool"):
                as_kind = next((k for k in ("malware", "tool") if names.known(k, own)), as_kind)
            id = elsewhere.get(f"misp:{value['uuid']}") or names.known(as_kind, own) or f"misp:{value['uuid']}"
            names.add(as_kind, id, own, rare=stem in ("ransomware", "tool", "android"))


def spellings(name: str, kind: str) -> list[str]:
    """A name without the word for its kind, and without what stands in brackets."""
    name = re.sub(r"\s*[(\[].*?[)\]]", "", name)
    plain = re.sub(r"(?i)[\s_-]+(ransomware|malware|trojan|stealer|backdoor|botnet|virus)$", "", name) if kind == "malware" else name
    return [plain] if plain != name and len(plain) > 2 else [name]


def countries(names: Names) -> None:
    import pycountry

    for country in pycountry.countries:
        also = [getattr(country, a, "") for a in ("common_name", "official_name")]
        names.add("country", country.alpha_2, [n for n in [country.name.split(",")[0], *also] if n])
    for part in pycountry.subdivisions:
        if part.country_code in STATES:
            names.add("place", part.country_code, [n for n in [part.name.split(",")[0]] if not names.known("country", [n])])


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--attack", type=Path, required=True)
    arguments.add_argument("--galaxy", type=Path, required=True)
    options = arguments.parse_args()
    import spellchecker

    counts: dict[str, int] = json.loads(gzip.decompress((Path(spellchecker.__file__).parent / "resources" / "en.json.gz").read_bytes()))
    words = {word: n for word, n in counts.items() if n >= ORDINARY and word.isalpha()}
    names = Names(words)
    elsewhere = our_own(names)
    attack(names, options.attack, elsewhere)
    misp(names, options.galaxy, elsewhere)
    countries(names)
    place = HERE / "kg" / "extraction" / "lexicon"
    (place / "names.tsv").write_text("\n".join(names.lines()) + "\n", "utf-8")
    (place / "words.txt").write_text("\n".join(sorted(words)) + "\n", "utf-8")
    print(f"{len(names.things)} things, {sum(len(n) for n in names.things.values())} names, {len(words)} ordinary words")


if __name__ == "__main__":
    main()
