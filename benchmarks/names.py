"""How fast names are found among 100,000: ``python benchmarks/names.py [COUNT]``.

The names are made up from syllables by a fixed rule, so that every run measures the same.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from kg.store.names import NameEntry, NameIndex

SYLLABLES = [consonant + vowel for consonant in "bcdfghjklmnprstvz" for vowel in "aeio"]
COMMON = [
    "bank", "health", "energy", "global", "systems", "national", "first", "united", "services",
    "group", "digital", "medical", "power", "data", "network", "hospital", "university", "city",
]  # fmt: skip
FORMS = ["Inc.", "Corp.", "GmbH", "Ltd", "S.A.", "AG", "plc", ""]


def entries(count: int) -> list[NameEntry]:
    """Names of ``count`` / 4 things: a label, two aliases and an identifier each."""
    chance = random.Random(20240112)

    def word() -> str:
        return "".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))).capitalize()

    made: list[NameEntry] = []
    for number in range(count // 4):
        iri = f"https://example.org/id/org/{number}"
        first, second = word(), word()
        label = f"{first} {chance.choice(COMMON).capitalize()} {second} {chance.choice(FORMS)}".strip()
        made.append(NameEntry(iri, "Organization", label, preferred=True))
        made.append(NameEntry(iri, "Organization", f"{first} {second}"))
        made.append(NameEntry(iri, "Organization", f"{word()} {chance.choice(COMMON).capitalize()}"))
        made.append(NameEntry(iri, "Organization", f"CVE-{2000 + number % 25}-{10000 + number}", identifier=True))
    return made


def misspell(name: str, chance: random.Random, edits: int) -> str:
    """The name with letters swapped, dropped or doubled."""
    for _ in range(edits):
        at = chance.randrange(1, max(2, len(name) - 2))
        dropped, doubled = name[:at] + name[at + 1 :], name[:at] + name[at] + name[at:]
        name = chance.choice([dropped, doubled, name[:at] + name[at + 1] + name[at] + name[at + 2 :]])
    return name


def main(count: int = 100_000, rounds: int = 300) -> None:
    """Print a table of median and 95th percentile in milliseconds, and how often the thing meant was found."""
    chance = random.Random(7)
    made = entries(count)
    with tempfile.TemporaryDirectory() as folder, NameIndex(Path(folder) / "names.sqlite") as index:
        began = time.perf_counter()
        index.replace("https://example.org/graph", made)
        print(f"{index.count():,} names stored in {time.perf_counter() - began:.1f} s")
        labels, aliases, identifiers = made[0::4], made[1::4], made[3::4]
        kinds: dict[str, tuple[list[NameEntry], Callable[[str], str]]] = {
            "prefix, 2 letters": (labels, lambda name: name[:2]),
            "prefix, 4 letters": (labels, lambda name: name[:4]),
            "prefix, 8 letters": (labels, lambda name: name[:8]),
            "words turned round": (labels, lambda name: " ".join(reversed(name.split()[:3]))),
            "common word": (labels, lambda name: name.split()[1]),
            "typo, 1 edit": (labels, lambda name: misspell(name, chance, 1)),
            "typo, 2 edits": (aliases, lambda name: misspell(name, chance, 2)),
            "alias": (aliases, lambda name: name),
            "identifier": (identifiers, lambda name: name.lower()),
            "identifier, start": (identifiers, lambda name: name[:8]),
            "nothing like it": (labels, lambda name: name[::-1] + "qx"),
        }
        print(f"{'search':20} {'median ms':>10} {'p95 ms':>8} {'found':>7}")
        for title, (pool, change) in kinds.items():
            times, found = [], 0
            for entry in chance.sample(pool, min(rounds, len(pool))):
                query = change(entry.name)
                began = time.perf_counter()
                hits = index.search(query)
                times.append((time.perf_counter() - began) * 1000)
                found += any(hit.iri == entry.iri for hit in hits)
            print(f"{title:20} {statistics.median(times):10.2f} {statistics.quantiles(times, n=20)[18]:8.2f} {found / len(times):7.0%}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
