"""The breach portal of the US Department of Health and Human Services (CSV): one row, one report.

The Office for Civil Rights lists breaches of unsecured health data of 500 and more people. A row has no number of its own: its
report is known by name, state and day of submission, and rows that share these are numbered in the order of the file. What is
said of a business associate, and of the number of people that the description names, is in ``docs/hhs.md``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from pydantic import ValidationError

from kg.errors import BadInput
from kg.model.base import clean_label, clean_text
from kg.readers.base import Found, Reject, SourceFile, misfit
from kg.readers.draft import Draft, Keys, day, key_of, words
from kg.readers.rows import Row, rows
from kg.vocabulary import AssetKind, Effect, Event, ImpactKind, IncidentKind, Method, Role, Sector, SupplyRelation

PORTAL = "https://ocrportal.hhs.gov/ocr/breach/breach_report.jsf"
PUBLISHER = "hhs-ocr"
NAME = "Name of Covered Entity"
DAY = "Breach Submission Date"
PEOPLE = "Individuals Affected"
COLUMNS = (
    NAME,
    "State",
    "Covered Entity Type",
    PEOPLE,
    DAY,
    "Type of Breach",
    "Location of Breached Information",
    "Business Associate Present",
    "Web Description",
)
_KINDS = {
    "Hacking/IT Incident": IncidentKind.DATA_BREACH,
    "Unauthorized Access/Disclosure": IncidentKind.DATA_BREACH,
    "Theft": IncidentKind.PHYSICAL_LOSS,
    "Loss": IncidentKind.PHYSICAL_LOSS,
    "Improper Disposal": IncidentKind.ERROR,
}
_PLACES = {
    "Network Server": AssetKind.SERVER,
    "Email": AssetKind.EMAIL,
    "Paper/Films": AssetKind.DOCUMENTS,
    "Laptop": AssetKind.USER_DEVICE,
    "Desktop Computer": AssetKind.USER_DEVICE,
    "Other Portable Electronic Device": AssetKind.USER_DEVICE,
    "Electronic Medical Record": AssetKind.SYSTEMS,
    "Other": AssetKind.OTHER,
}
_SECTORS = {
    "Healthcare Provider": [Sector.HEALTHCARE],
    "Health Plan": [Sector.HEALTHCARE, Sector.INSURANCE],
    "Healthcare Clearing House": [Sector.HEALTHCARE],
}
_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_NUMBER = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)")
_TOLD = re.compile(
    r"\b(?:of|for|affect(?:ed|ing|s)?|impact(?:ed|ing|s)?|to|involv(?:ed|ing))\s+"
    r"(approximately|about|over|nearly|up to|a total of|more than)?\s*(\d{1,3}(?:,\d{3})+|\d{3,9})\s+"
    r"(?:individuals|patients|people|persons|members|enrollees|residents|beneficiaries|clients|customers|participants)\b"
)
"""How a description names the people whose data it was."""
_READER = "hhs.people 1"


class Hhs:
    """Reads the portal's CSV export."""

    name = "hhs"

    def sniff(self, name: str, head: bytes) -> bool:
        """Whether the first line has the portal's columns; the file's name does not matter.

        >>> Hhs().sniff("a.csv", b"Name of Covered Entity,State,Covered Entity Type,Individuals Affected,Breach Submission Date,Type")
        True
        """
        first = head.split(b"\n", 1)[0]
        return NAME.encode() in first and DAY.encode() in first

    def read(self, source: SourceFile) -> Iterator[Found | Reject]:
        """Each row as a report; a :class:`Reject` for a row that has no name or day, or that repeats another word for word.

        Raises :class:`~kg.errors.BadInput` for a file without the portal's columns.
        """
        keys, seen = Keys(), dict[int, str]()
        for row in rows(source):
            if isinstance(row, Reject):
                yield row
                continue
            if missing := [c for c in (NAME, DAY, PEOPLE) if c not in row.cells]:
                raise BadInput(f"{source.name}: is no table of the breach portal: it has no column {missing[0]!r}")
            same = hash(tuple(row.cells.items()))
            if same in seen:
                yield Reject(source.name, row.place, f"repeats {seen[same]} word for word; read once")
                continue
            seen[same] = row.place
            try:
                draft = _row(row, keys)
                yield Found(row.place, draft.report())
            except ValidationError as error:
                yield Reject(source.name, row.place, misfit(error))
            except ValueError as error:
                yield Reject(source.name, row.place, str(error))


def _submitted(text: str) -> str:
    match = _DAY.fullmatch(text.strip())
    try:
        return date(int(match[3]), int(match[1]), int(match[2])).isoformat() if match else ""
    except ValueError:
        return ""


def _split(cell: str, known: dict[str, Any]) -> list[str]:
    parts = list(dict.fromkeys(p for p in (clean_label(p) for p in cell.split(",")) if p))
    return parts if all(p in known or p == "Unknown" for p in parts) else []


def _row(row: Row, keys: Keys) -> Draft:
    cells = row.cells
    name, submitted = words(cells[NAME]), _submitted(cells[DAY])
    if not name:
        raise ValueError(f"has no name of a covered entity that can be used ({len(cells[NAME])} characters)")
    if not submitted:
        raise ValueError(f"its {DAY} is no day: {cells[DAY][:40]!r}")
    when = day(submitted)
    state = clean_label(cells.get("State", ""))
    kind = clean_label(cells.get("Covered Entity Type", ""))
    types = _split(cells.get("Type of Breach", ""), {**_KINDS, "Other": None})
    told = ", ".join(types) or "breach of health data"
    identity = keys(f"hhs-{key_of(name, 50)}-{state.lower() or 'xx'}-{submitted}")
    draft = Draft(
        identity,
        f"{name[:300]}: {told} ({submitted[:4]})",
        f"org:{PUBLISHER}",
        published=when,
        published_from=DAY,
        dates=[{"kind": "filed", "when": when}],
        address=PORTAL,
        language="en",
        licence="public domain (US government work)",
        attribution="U.S. Department of Health and Human Services, Office for Civil Rights",
    )
    draft.thing("organizations", "ocr", id=PUBLISHER, name="HHS Office for Civil Rights", country="US")
    entity = draft.thing(
        "organizations",
        "entity",
        id=f"hhs.{key_of(name, 50)}.{state.lower() or 'xx'}",
        name=name,
        country="US" if state else None,
        region=state or None,
        sector=_SECTORS.get(kind, []),
        note=f"HHS type: {kind}" if kind else None,
    )
    description = clean_text(cells.get("Web Description", ""))
    draft.text = description if description.strip() not in ("", "\\N") else None
    kinds = list(dict.fromkeys([IncidentKind.DATA_BREACH, *(k for t in types if (k := _KINDS.get(t)))]))
    draft.thing("incidents", "incident", title=draft.head["title"], kind=kinds, summary=draft.text)
    held = _parties(draft, entity, name, kind, clean_label(cells.get("Business Associate Present", "")))
    people = draft.thing("populations", "people", description=f"people whose health data {name[:300]} reported as breached", of=entity)
    _people(draft, cells[PEOPLE], people, held or entity, held)
    data = draft.thing("assets", "health-data", name=f"protected health information ({name[:300]})", kind=AssetKind.MEDICAL)
    draft.claim("compromises", incident="incident", asset=data, effect=Effect.EXPOSED, held_by=held, owned_by=[people])
    places = _split(cells.get("Location of Breached Information", ""), _PLACES)
    for number, place in enumerate((p for p in places if p != "Unknown"), 1):
        where = draft.thing("assets", f"place-{number}", name=f"{place} ({name[:300]})", kind=_PLACES[place])
        draft.claim("compromises", incident="incident", asset=where, effect=Effect.EXPOSED, held_by=held, note="where the data was")
    draft.claim("timings", incident="incident", event=Event.NOTIFIED, when=when, party=f"org:{PUBLISHER}")
    if not types:
        draft.unmapped("Type of Breach", cells.get("Type of Breach"))
    if not places:
        draft.unmapped("Location of Breached Information", cells.get("Location of Breached Information"))
    if "Other" in types or "Unknown" in types:
        draft.unmapped("Type of Breach", cells["Type of Breach"])
    draft.rest(cells, frozenset(COLUMNS))
    return draft


def _parties(draft: Draft, entity: str, name: str, kind: str, associate: str) -> str | None:
    """Who was hit, and through whom; the holder of the data where the row says it.

    A business associate that reports was breached itself, and the covered entities that it serves, which the row does not name,
    are affected. A covered entity with a business associate present was hit through that one, which the row does not name.
    """
    if kind == "Business Associate":
        served = draft.thing(
            "populations", "covered-entities", description=f"covered entities that {name[:300]} serves", sector=[Sector.HEALTHCARE]
        )
        draft.claim("involvements", incident="incident", party=entity, role=Role.BREACHED_SUPPLIER)
        draft.claim("involvements", incident="incident", party=served, role=Role.AFFECTED_PARTY, through=entity)
        draft.claim("supplies", supplier=entity, customer=served, relation=SupplyRelation.BUSINESS_ASSOCIATE)
        return entity
    if associate == "Yes":
        supplier = draft.thing("populations", "associate", description=f"a business associate of {name[:300]}")
        draft.claim("involvements", incident="incident", party=supplier, role=Role.BREACHED_SUPPLIER)
        draft.claim("involvements", incident="incident", party=entity, role=Role.AFFECTED_PARTY, through=supplier)
        draft.claim("supplies", supplier=supplier, customer=entity, relation=SupplyRelation.BUSINESS_ASSOCIATE)
        return supplier
    draft.claim("involvements", incident="incident", party=entity, role=Role.VICTIM)
    if associate != "No":
        draft.unmapped("Business Associate Present", associate)
    return entity


def _people(draft: Draft, cell: str, people: str, through: str, held: str | None) -> None:
    """How many people: the column's number, and what else the description says; both stay."""
    text, column = draft.text or "", clean_label(cell)
    number = int(column.replace(",", "")) if _NUMBER.fullmatch(column) and len(column) < 15 else None
    told: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}
    for match in _TOLD.finditer(text):
        where = {"quote": match[0], "occurrence": _occurrence(text, match[0], match.start())}
        told.setdefault(int(match[2].replace(",", "")), (where, _count(match)))
    if number is None:
        draft.unmapped(PEOPLE, cell)
    count = None if number is None else {"min": number, "max": number}
    evidence = [told[number][0]] if number in told else []
    draft.claim("involvements", incident="incident", party=people, role=Role.AFFECTED_PARTY, through=through, count=count)
    if count:
        draft.claim("impacts", incident="incident", kind=ImpactKind.PEOPLE, party=people, amount=count, evidence=evidence)
    if number not in told:
        for where, amount in told.values():
            draft.claim(
                "impacts", incident="incident", kind=ImpactKind.PEOPLE, party=people, amount=amount, evidence=[where],
                method=Method.EXTRACTED, extracted_by=_READER, note=f"the row's own number is {column[:40]}" if column else None,
            )  # fmt: skip


def _count(match: re.Match[str]) -> dict[str, Any]:
    """The number of a description, with the words that say how exact it is."""
    number, how = int(match[2].replace(",", "")), match[1]
    count: dict[str, Any] = {"min": number, "max": number}
    if how in ("over", "more than"):
        del count["max"]
    elif how == "up to":
        del count["min"]
    return count | ({"words": f"{how} {match[2]}"} if how not in (None, "a total of") else {})


def _occurrence(text: str, quote: str, start: int) -> int:
    """Which of the places where the words stand this is."""
    number, at = 0, -1
    while at < start:
        at = text.find(quote, at + 1)
        number += 1
    return number
