"""Place names and the country that each stands for.

Cities and divisions come from GeoNames and ISO 3166-2 (``lexicon/cities.tsv``, made by ``tools/build_cities.py``), countries from
ISO 3166, adjectives and further names from ``lexicon/places.yaml``.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources


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


@cache
def towns() -> frozenset[str]:
    """The names that only towns and divisions bear, no country and no people.

    >>> "Springfield" in towns(), "Norway" in towns(), "Norwegian" in towns()
    (True, False, False)
    """
    import yaml

    folder = resources.files("kg.extraction").joinpath("lexicon")
    listed = {line.split("\t")[0] for line in folder.joinpath("cities.tsv").read_text("utf-8").splitlines()}
    peoples = yaml.load(folder.joinpath("places.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader).values()
    return frozenset(
        listed - {str(name) for entry in peoples if isinstance(entry, dict) for key in ("names", "people") for name in entry.get(key, ())}
    )


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
