"""Countries: from names, nationalities, divisions and big cities, and from what the reference files know of an organization.

Cities and divisions come from GeoNames and ISO 3166-2 (``lexicon/cities.tsv``, made by ``tools/build_cities.py``).
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from importlib import resources

from kg.extraction import cues
from kg.extraction.findings import Reading
from kg.extraction.parties import Party, normal


@cache
def gazetteer() -> dict[str, str]:
    """Place name (as written) to ISO 3166-1 alpha-2: cities, divisions, countries and nationalities."""
    folder = resources.files("kg.extraction").joinpath("lexicon")
    rows = dict(line.split("\t") for line in folder.joinpath("cities.tsv").read_text("utf-8").splitlines())
    import pycountry

    for country in pycountry.countries:
        for attribute in ("name", "common_name", "official_name"):
            name = getattr(country, attribute, None)
            if name:
                rows[name.split(",")[0]] = country.alpha_2
    import yaml

    for code, entry in yaml.load(folder.joinpath("places.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader).items():
        for key in ("names", "people", "cities") if isinstance(entry, dict) else ():
            for name in entry.get(key, ()):
                rows[str(name)] = code
    rows.pop("Georgia", None)
    rows["Georgian"] = "GE"
    return rows


_WORDS = re.compile(r"(?:U\.S\.|U\.K\.|[A-Z][\w.’'-]*\w)(?: (?:of |and |the )?[A-Z][\w’'-]*\w){0,3}")


def places(text: str) -> list[tuple[int, int, str]]:
    """Every place name in a text: start, end, country.

    >>> places("a bank in Ohio and the Norwegian police")
    [(10, 14, 'US'), (23, 32, 'NO')]
    """
    table = gazetteer()
    found: list[tuple[int, int, str]] = []
    for match in _WORDS.finditer(text):
        parts = list(re.finditer(r"U\.S\.|U\.K\.|[\w.’'-]*\w", match.group()))
        i = 0
        while i < len(parts):
            for j in range(len(parts), i, -1):
                start, end = parts[i].start(), parts[j - 1].end()
                name = match.group()[start:end].removesuffix("'s").removesuffix("’s")
                code = table.get(name)
                if code:
                    found.append((match.start() + start, match.start() + start + len(name), code))
                    i = j - 1
                    break
            i += 1
    return found


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
        for m in re.finditer(r"\bThe? ([A-Z]\w+)(?:-based)? (\w+)", doc.text):
            if cues.nouns().has("organization", [m[2].lower()]) and m[1] in gazetteer():
                votes[gazetteer()[m[1]]] += 1
    if votes:
        return votes.most_common(1)[0][0]
    return None


def text_country(text: str) -> str | None:
    """The country that a text mentions most, ``None`` if it mentions none."""
    votes = Counter(code for _, _, code in places(text))
    return votes.most_common(1)[0][0] if votes else None
