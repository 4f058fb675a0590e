"""The country of an organization: as known, from its name, from what stands beside it, or from the text as a whole."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

from kg.extraction.findings import Reading
from kg.extraction.gazetteer import places
from kg.extraction.parties import Party, normal


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
    inside = places(party.name)
    if inside:
        return inside[0][2]
    doc = reading.doc
    votes: Counter[str] = Counter()
    for mention in party.mentions[:8]:
        a, b = doc.chars(mention.chunk)
        for _, _, code in places(doc.text[max(0, a - 4) : b]):
            votes[code] += 4
        after = doc.text[b : b + 80]
        m = re.match(r"[^.;]{0,30}?\b(?:based in|headquartered in|in|of) ", after)
        if m:
            near = places(after[m.end() : m.end() + 40])
            if near and near[0][0] < 12:
                votes[near[0][2]] += 2
        if mention.how != "name":
            for _, _, code in places(doc.say(mention.chunk)):
                votes[code] += 2
    if votes:
        return votes.most_common(1)[0][0]
    return None


ACCUSED = frozenset(["RU", "CN", "KP", "IR"])
_AMERICAN = re.compile(
    r"\b(?:Social Security|SEC|Securities and Exchange Commission|8-K|HIPAA|NYSE|Nasdaq|FBI|Medicare|Medicaid|"
    r"attorney general|class[- ]action)\b"
)


def text_country(text: str) -> str | None:
    """The country that a text mentions most, those that are usually accused left out; ``None`` if nothing tells.

    >>> text_country("Hackers from Russia hit a clinic in Ohio."), text_country("A clinic was hit.")
    ('US', None)
    """
    votes = Counter(code for _, _, code in places(text) if code not in ACCUSED)
    if votes:
        return votes.most_common(1)[0][0]
    return "US" if _AMERICAN.search(text) else None
