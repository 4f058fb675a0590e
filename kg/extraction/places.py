"""The country of an organization: as known, from its name, from what stands beside it, or from the text as a whole."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache

from kg.extraction.findings import Reading
from kg.extraction.gazetteer import places, towns
from kg.extraction.parties import Party, normal, words


@cache
def bundled_countries() -> dict[str, str]:
    """Seats of the organizations in the bundled reference files, by normalised name and alias."""
    import yaml

    from kg.resources import folder

    known: dict[str, str] = {}
    for path in sorted((folder("data") / "reference").glob("organizations*.yaml")):
        for entry in yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader).get("organizations", ()):
            aliases = entry.get("aliases", ())
            for name in (entry["name"], *([aliases] if isinstance(aliases, str) else aliases)):
                if entry.get("country"):
                    known[normal(name)] = entry["country"]
    return known


def country_of(reading: Reading, party: Party, known: dict[str, str]) -> str | None:
    """The country of an organization: as known, else from its name, what stands beside it, or the text as a whole.

    ``known`` holds countries by normalised name (from the reference files and the user's own graph).
    """
    for name in (*sorted(party.names), normal(party.name)):
        if name in known:
            return known[name]
    inside = [place for place in places(party.name) if not _only_a_name(party.name, party.name[place[0] : place[1]])]
    if inside:
        return inside[0][2]
    doc = reading.doc
    votes: Counter[str] = Counter()
    for mention in party.mentions[:8]:
        a, b = doc.chars(mention.chunk)
        start = max(0, a - 4)
        for first, last, code in places(doc.text[start:b]):
            if not _only_a_name(party.name, doc.text[start + first : start + last]):
                votes[code] += 4
        after = doc.text[b : b + 80]
        for m in re.finditer(r"\b(?:in|of|from|near) ", re.split(r"[.;]", after)[0][:60]):
            near = places(after[m.end() : m.end() + 40])
            if near and near[0][0] < 12:
                votes[near[0][2]] += 2
                break
        if mention.how != "name":
            for _, _, code in places(doc.say(mention.chunk)):
                votes[code] += 2
    if votes:
        return votes.most_common(1)[0][0]
    return None


def _only_a_name(name: str, town: str) -> bool:
    """Whether a town's name inside a firm's is no sign of its seat: it is the whole of it, or no public body or house is named after it.

    >>> _only_a_name("Orion", "Orion"), _only_a_name("Orion Pharma", "Orion"), _only_a_name("Springfield Public Library", "Springfield")
    (True, True, False)
    """
    if town not in towns() or town not in name:
        return False
    rest = name.replace(town, " ").lower().split()
    return not any(word.strip(",.") in words()["institutions"] for word in rest)


ACCUSED = frozenset(["RU", "CN", "KP", "IR"])
_AMERICAN = re.compile(
    r"\b(?:Social Security|SEC|Securities and Exchange Commission|8-K|HIPAA|NYSE|Nasdaq|FBI|Medicare|Medicaid|"
    r"attorney general|class[- ]action)\b"
)


def text_country(text: str, names: Iterable[str] = ()) -> str | None:
    """The country that a text mentions most, those that are usually accused and towns in ``names`` left out; ``None`` if nothing tells.

    >>> text_country("Hackers from Russia hit a clinic in Ohio."), text_country("A clinic was hit.")
    ('US', None)
    """
    whole = {name for name in names if name in towns()}
    votes = Counter(code for start, end, code in places(text) if code not in ACCUSED and text[start:end] not in whole)
    if votes:
        return votes.most_common(1)[0][0]
    return "US" if _AMERICAN.search(text) else None
