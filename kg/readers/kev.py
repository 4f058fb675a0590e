"""CISA's catalogue of known exploited vulnerabilities (KEV, JSON): one entry, one report, dated by the day it was added.

An entry says that a vulnerability of a product is exploited; it names no incident, no victim and no actor, so none is made up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from kg.model.base import clean_text
from kg.readers.base import Found, Reject, SourceFile, misfit
from kg.readers.draft import Draft, day, key_of, too_deep, words
from kg.readers.items import items
from kg.vocabulary import Stance

PUBLISHER = "cisa"
PAGE = "https://www.cisa.gov/known-exploited-vulnerabilities-catalog"
RANSOMWARE = "in ransomware campaigns"
_CVE = re.compile(r"CVE-\d{4}-\d{4,19}")
_URL = re.compile(r"https?://[^\s;,<>\"]+")
_USED = frozenset({"cveID", "vendorProject", "product", "vulnerabilityName", "dateAdded", "shortDescription", "knownRansomwareCampaignUse"})


class Kev:
    """Reads the catalogue's JSON."""

    name = "kev"

    def sniff(self, name: str, head: bytes) -> bool:
        """Whether the first bytes look like the catalogue; the file's name does not matter.

        >>> Kev().sniff("a.json", b'{"catalogVersion": "1", "vulnerabilities": [{"cveID": "CVE-2025-0001"')
        True
        """
        return b'"cveID"' in head and (b'"catalogVersion"' in head or b'"vulnerabilityName"' in head or b'"dateAdded"' in head)

    def read(self, source: SourceFile) -> Iterator[Found | Reject]:
        """Each entry as a report; a :class:`Reject` for what is no entry.

        Raises :class:`~kg.errors.BadInput` for a file without a list ``vulnerabilities``, or where its JSON breaks.
        """
        seen: dict[str, str] = {}
        for place, entry in items(source, "vulnerabilities"):
            try:
                if not isinstance(entry, dict) or too_deep(entry):
                    raise ValueError("is no entry of the catalogue: no object, or nested too deep")
                number = str(entry.get("cveID", "")).strip().upper()
                if not _CVE.fullmatch(number):
                    raise ValueError(f"has no CVE number: {str(entry.get('cveID'))[:40]!r}")
                if number in seen:
                    raise ValueError(f"has the number {number} of {seen[number]}")
                report = _entry(entry, number).report()
            except ValidationError as error:
                yield Reject(source.name, place, misfit(error))
            except ValueError as error:
                yield Reject(source.name, place, str(error))
            else:
                seen[number] = place
                yield Found(place, report)


def _entry(entry: dict[str, Any], number: str) -> Draft:
    name, vendor, product = (words(entry.get(f)) for f in ("vulnerabilityName", "vendorProject", "product"))
    added = entry.get("dateAdded")
    when = day(added) if isinstance(added, str) else None
    notes = entry.get("notes") if isinstance(entry.get("notes"), str) else ""
    links = dict.fromkeys(u.rstrip(".)") for u in _URL.findall(str(notes)))
    draft = Draft(
        f"kev-{number.lower()}",
        f"Known exploited: {number}" + (f", {name}" if name else ""),
        f"org:{PUBLISHER}",
        published=when,
        published_from="dateAdded" if when else None,
        kind="advisory",
        address=PAGE,
        language="en",
        licence="CC0 1.0",
        attribution="Cybersecurity and Infrastructure Security Agency (CISA)",
        identifiers=[f"kev:{number}", *(f"reference:{u}" for u in links if len(u) < 1500)],
    )
    text = entry.get("shortDescription")
    draft.text = clean_text(text) if isinstance(text, str) and text.strip() else None
    draft.thing("organizations", "cisa", id=PUBLISHER, name="CISA", country="US")
    weakness = draft.thing(
        "vulnerabilities", "vulnerability", id=number, name=number, aliases=[name] if name and name != number else [], note=draft.text
    )
    maker = sold = None
    if vendor:
        maker = draft.thing("organizations", "maker", id=f"kev.{key_of(vendor)}", name=vendor)
    if product:
        known = f"kev.{key_of(vendor or 'unknown', 40)}.{key_of(product, 40)}"
        called = product if not vendor or product.lower().startswith(vendor.lower()) else f"{vendor} {product}"
        sold = draft.thing("products", "product", id=known, name=called, maker=maker)
    draft.claim("exploitations", vulnerability=weakness, product=sold, words="exploited in the wild")
    use = entry.get("knownRansomwareCampaignUse")
    if use in ("Known", "Unknown"):
        stance = Stance.ASSERTED if use == "Known" else Stance.NOT_KNOWN
        draft.claim("exploitations", vulnerability=weakness, words=RANSOMWARE, stance=stance)
    else:
        draft.unmapped("knownRansomwareCampaignUse", use)
    if not when:
        draft.unmapped("dateAdded", added)
    for field, value in (("vendorProject", vendor), ("product", product), ("vulnerabilityName", name), ("shortDescription", draft.text)):
        if value is None:
            draft.unmapped(field, entry.get(field))
    draft.rest(entry, _USED | ({"notes"} if links and not _URL.sub("", str(notes)).strip(" ;,.") else set()))
    return draft
