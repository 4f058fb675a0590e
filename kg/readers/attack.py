"""MITRE ATT&CK's own STIX bundles: who is called what, who uses what, since when ATT&CK says so.

One bundle gives one reference file (``mitre-enterprise-attack``: groups, campaigns, software and techniques with their names and
descriptions; timeless) and one report for each day on which ATT&CK's editors wrote relationships down
(``mitre-enterprise-attack-2021-04-27``): what a group, campaign or software uses, and to whom a campaign is attributed, each
with the relationship's own description as its words. So a question as of a day sees what ATT&CK said by then, as far as the
bundle still has it. Things are known by their ATT&CK ids (``actor:attack-g0016``), which one bundle shares with the others.

What the format has and the model does not is kept as ``unmapped`` or counted in a note. The bundles are read whole (the
enterprise bundle: 27 MB of JSON).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError

from kg.errors import BadInput
from kg.model.base import clean_label, clean_text
from kg.model.report import CLAIMS, THINGS, IncidentReport
from kg.readers.base import Found, Reject, SourceFile, misfit

Object = dict[str, Any]

MITRE = "identity--c78cb6e5-0c4b-4611-8297-d1b8b55e40b5"
"""Who made the objects of ATT&CK, by its id in STIX."""
LICENCE = "ATT&CK terms of use"
ATTRIBUTION = (
    "© The MITRE Corporation. This work is reproduced and distributed with the permission of The MITRE Corporation. "
    "ATT&CK is a registered trademark of The MITRE Corporation."
)
_SITE = "https://attack.mitre.org/"
_SAID = {"publisher": "org:mitre", "licence": LICENCE, "attribution": ATTRIBUTION, "method": "read"}
"""What every report of a bundle has at its head."""
_HEAD = re.compile(rb'"type"\s*:\s*"bundle"')
_CITATION = re.compile(r"\(Citation: ([^()]+(?:\([^()]*\)[^()]*)*)\)")
_YEAR = re.compile(r"\((\d{4})[,)]")
_CATALOGUES = frozenset({"mitre-attack", "mitre-ics-attack", "mitre-mobile-attack", "mitre-pre-attack"})
_LISTS = {
    "intrusion-set": ("actors", "actor"),
    "campaign": ("campaigns", "campaign"),
    "malware": ("malware", "malware"),
    "tool": ("tools", "tool"),
    "attack-pattern": ("catalogued_techniques", "technique"),
}
"""Type of a STIX object → the list of the report that it goes into, and the kind of its id."""
_USERS = {"intrusion-set": "actor", "campaign": "campaign", "malware": "software", "tool": "software"}
_TOLD_OTHERWISE = frozenset({"subtechnique-of"})
"""Relationships that say what ids say already (``T1110.003`` is of ``T1110``)."""
_TAKEN = frozenset(
    [
        "type",
        "id",
        "name",
        "description",
        "aliases",
        "x_mitre_aliases",
        "external_references",
        "kill_chain_phases",
        "revoked",
        "x_mitre_deprecated",
        "created",
        "created_by_ref",
        "object_marking_refs",
        "x_mitre_domains",
        "x_mitre_attack_spec_version",
        "spec_version",
    ]
)


class Attack:
    """Reads ATT&CK collections (STIX 2.0 and 2.1 bundles made by MITRE)."""

    name = "attack"

    def sniff(self, name: str, head: bytes) -> bool:
        """Whether the first bytes are a STIX bundle of MITRE's; the file's name does not matter.

        >>> Attack().sniff("a.json", b'{"type": "bundle", "objects": [{"created_by_ref": "identity--c78cb6e5-0c4b-4611-8297-d1b8b55e40b5"')
        True
        >>> Attack().sniff("a.json", b'{"type": "bundle", "objects": []}')
        False
        """
        return bool(_HEAD.search(head[:200])) and (MITRE.encode() in head or b"x-mitre-" in head)

    def read(self, source: SourceFile) -> Iterator[Found | Reject]:
        """The reference file, then the reports by day; a :class:`Reject` for each object that cannot be read.

        Raises :class:`~kg.errors.BadInput` for a file that is no bundle.
        """
        with source.open() as stream:
            data = stream.read()
        try:
            bundle = orjson.loads(data)
        except ValueError as error:
            raise BadInput(f"{source.name}: is no JSON ({error})") from None
        objects = bundle.get("objects") if isinstance(bundle, dict) else None
        if not isinstance(objects, list):
            raise BadInput(f"{source.name}: is no STIX bundle: it has no list of objects")
        yield from _Collection(source.name, objects).read()


class _Collection:
    """One bundle on its way to reports."""

    def __init__(self, file: str, objects: list[Any]) -> None:
        self.file = file
        self.rejects: list[Reject] = []
        self.aside: Counter[str] = Counter()
        self.named: dict[str, tuple[Object, str, str, str]] = {}
        """STIX id → (object, list, reference, ATT&CK id)."""
        self.relationships: list[Object] = []
        self.objects: list[Object] = []
        domains: Counter[str] = Counter()
        for number, one in enumerate(objects, 1):
            if not isinstance(one, dict) or not isinstance(one.get("type"), str) or not isinstance(one.get("id"), str):
                self.reject(f"object {number}", "is no STIX object: it has no type or no id")
            elif one["type"] in _LISTS:
                self.objects.append(one)
                domains.update(d for d in _strings(one.get("x_mitre_domains")))
            elif one["type"] == "relationship":
                self.relationships.append(one)
            elif one["type"] not in ("identity", "marking-definition"):
                self.aside[one["type"]] += 1
        self.domain = f"mitre-{domains.most_common(1)[0][0]}" if domains else "mitre-attack"
        self.domain = re.sub(r"[^A-Za-z0-9._-]", "-", self.domain)[:80]

    def reject(self, record: str, reason: str) -> None:
        self.rejects.append(Reject(self.file, record, reason))

    def read(self) -> Iterator[Found | Reject]:
        reference = self.reference()
        reports = list(self.reports())
        notes = [f"left aside: {number:,} objects of type {kind}" for kind, number in sorted(self.aside.items())]
        if self.named:
            yield Found("catalogue", reference, tuple(notes))
        yield from reports
        yield from self.rejects

    # who and what is there

    def reference(self) -> IncidentReport:
        parts: dict[str, list[BaseModel]] = defaultdict(list)
        left: list[dict[str, str]] = []
        seen: dict[str, str] = {}
        for one in sorted(self.objects, key=lambda o: (bool(o.get("revoked")), bool(o.get("x_mitre_deprecated")), str(o["id"]))):
            field, kind = _LISTS[one["type"]]
            number = _attack_id(one)
            if number is None:
                self.reject(one["id"], "has no ATT&CK id among its external references")
                continue
            known = number if kind == "technique" else f"attack-{number.lower()}"
            ref = f"{kind}:{known}"
            if ref in seen:
                self.reject(one["id"], f"has the ATT&CK id of {seen[ref]}")
                continue
            thing = self.thing(one, field, known, number)
            if thing is None:
                continue
            seen[ref] = one["id"]
            self.named[one["id"]] = (one, field, ref, number)
            parts[field].append(thing)
            if field == "actors":
                parts["namings"] += self.namings(one, known)
            left += [{"field": f"{number} {name}", "value": value} for name, value in _leftovers(one)]
        parts["samenesses"] += self.replaced()
        head = {
            "id": self.domain,
            "title": f"MITRE ATT&CK: groups, campaigns, software and techniques ({self.domain.removeprefix('mitre-')})",
            **_SAID,
        }
        return IncidentReport.model_validate({"reference": head, **parts, "unmapped": left})

    def thing(self, one: Object, field: str, known: str, number: str) -> BaseModel | None:
        description = one.get("description")
        told = ["deprecated by ATT&CK"] if one.get("x_mitre_deprecated") else []
        told += ["revoked by ATT&CK"] if one.get("revoked") else []
        told += [description] if isinstance(description, str) and description.strip() else []
        values: Object = {
            "id": known,
            "name": one.get("name"),
            "identifiers": (f"attack:{number}", f"stix:{one['id']}"),
            "note": ". ".join(told) or None,
        }
        if field == "catalogued_techniques":
            phases = one.get("kill_chain_phases")
            values["tactics"] = tuple(
                dict.fromkeys(
                    p["phase_name"] for p in (phases if isinstance(phases, list) else ()) if isinstance(p, dict) and p.get("phase_name")
                )
            )
        elif field != "actors":
            values["aliases"] = tuple(dict.fromkeys(a for a in _names(one) if a != one.get("name")))
        try:
            return THINGS[field].model_validate(values)
        except ValidationError as error:
            self.reject(one["id"], misfit(error))
            return None

    def namings(self, one: Object, known: str) -> Iterator[BaseModel]:
        """The names of a group: each says where ATT&CK has it from."""
        references = _by_name(one)
        for alias in dict.fromkeys(_names(one)):
            cited = _CITATION.findall(str(references.get(alias, {}).get("description") or ""))
            said = [c for name in cited if (c := _citation(name.strip(), references)) is not None]
            try:
                yield CLAIMS["namings"].model_validate({"actor": f"actor:{known}", "name": alias, "cites": said})
            except ValidationError as error:
                self.reject(one["id"], f"its name {alias!r}: {misfit(error)}")

    def replaced(self) -> Iterator[BaseModel]:
        """Which group stands for one that was revoked."""
        for one in self.relationships:
            if one.get("relationship_type") != "revoked-by":
                continue
            old, new = (self.named.get(str(one.get(side))) for side in ("source_ref", "target_ref"))
            if old and new and old[1] == new[1] and old[1] in ("actors", "campaigns"):
                yield CLAIMS["samenesses"].model_validate({"a": old[2], "b": new[2], "stated_as": "same"})

    # what is said of them

    def reports(self) -> Iterator[Found]:
        days: dict[str, list[Object]] = defaultdict(list)
        for one in sorted(self.relationships, key=lambda r: str(r["id"])):
            kind, created = one.get("relationship_type"), str(one.get("created") or "")[:10]
            ends = [str(one.get(side)) for side in ("source_ref", "target_ref")]
            if one.get("revoked") or one.get("x_mitre_deprecated"):
                self.aside["relationship, revoked"] += 1
            elif kind in _TOLD_OTHERWISE or (kind == "revoked-by" and all(e in self.named for e in ends)):
                continue
            elif kind not in ("uses", "attributed-to"):
                self.aside[f"relationship, {clean_label(str(kind))[:60]}"] += 1
            elif missing := [e for e in ends if e not in self.named]:
                self.reject(one["id"], f"names {' and '.join(missing)}, which the bundle does not have")
            elif not re.fullmatch(r"\d{4}-\d\d-\d\d", created):
                self.reject(one["id"], "has no date of creation")
            else:
                days[created].append(one)
        for day, of in sorted(days.items()):
            if report := self.report(day, of):
                yield Found(f"relationships of {day}", report)

    def report(self, day: str, relationships: list[Object]) -> IncidentReport | None:
        parts: dict[str, list[BaseModel]] = defaultdict(list)
        words: list[str] = []
        times: Counter[str] = Counter()
        for one in relationships:
            described = one.get("description")
            quote = clean_text(described).strip() if isinstance(described, str) else ""
            if quote:
                times[quote] += 1
            made = self.claim(one, quote, times[quote])
            if made:
                field, claim = made
                parts[field].append(claim)
            if quote:
                words.append(quote)
        if not parts:
            return None
        head = {
            "id": f"{self.domain}-{day}",
            "title": f"MITRE ATT&CK ({self.domain.removeprefix('mitre-')}): relationships written down on {day}",
            "published": day,
            "published_from": "relationship.created",
            "kind": "record",
            "address": _SITE,
            **_SAID,
        }
        report = {"report": head, "text": "\n\n".join(words) or None, "text_by": "source", **parts}
        try:
            return IncidentReport.model_validate(report)
        except ValidationError as error:
            self.reject(f"relationships of {day}", misfit(error))
            return None

    def claim(self, one: Object, quote: str, occurrence: int) -> tuple[str, BaseModel] | None:
        (user, user_field, user_ref, _), (used, used_field, used_ref, number) = (self.named[one[s]] for s in ("source_ref", "target_ref"))
        references = _by_name(one)
        values: Object = {
            "key": re.sub(r"[^A-Za-z0-9._-]", "-", one["id"])[:120],
            "evidence": [{"quote": quote, "occurrence": occurrence}] if quote else [],
            "cites": [c for name in references if (c := _citation(name, references)) is not None],
        }
        subject = _USERS.get(user["type"])
        if one["relationship_type"] == "attributed-to" and user_field == "campaigns" and used_field == "actors":
            field = "attributions"
            values |= {"campaign": user_ref, "actor": used_ref}
        elif one["relationship_type"] == "uses" and subject and used_field == "catalogued_techniques":
            field = "techniques"
            values |= {subject: user_ref, "words": used["name"], "technique": number, "mapped_by": "org:mitre"}
        elif one["relationship_type"] == "uses" and subject in ("actor", "campaign") and used_field in ("malware", "tools"):
            field = "software_uses"
            values |= {subject: user_ref, "software": used_ref}
        else:
            self.aside[f"relationship, {user['type']} {one['relationship_type']} {used['type']}"] += 1
            return None
        try:
            return field, CLAIMS[field].model_validate(values)
        except ValidationError as error:
            self.reject(one["id"], misfit(error))
            return None


def _strings(value: object) -> list[str]:
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []


def _names(one: Object) -> list[str]:
    """Every name of an object, its own first."""
    own = [one["name"]] if isinstance(one.get("name"), str) else []
    return [name for name in (*own, *_strings(one.get("aliases")), *_strings(one.get("x_mitre_aliases"))) if name.strip()]


def _references(one: Object) -> list[Object]:
    found = one.get("external_references")
    return [r for r in found if isinstance(r, dict)] if isinstance(found, list) else []


def _by_name(one: Object) -> dict[str, Object]:
    return {r["source_name"]: r for r in _references(one) if isinstance(r.get("source_name"), str)}


def _attack_id(one: Object) -> str | None:
    """The id in the catalogue (``G0016``, ``T1110.003``)."""
    for reference in _references(one):
        number = reference.get("external_id")
        if reference.get("source_name") in _CATALOGUES and isinstance(number, str) and re.fullmatch(r"[A-Z]+\d{4}(\.\d{3})?", number):
            return number
    return None


def _citation(name: str, references: Mapping[str, Object]) -> Object | None:
    """The document that an external reference names, as a citation; ``None`` for the catalogue's own page.

    >>> _citation("Talos A", {"Talos A": {"description": "Doe, J. (2021, May 1). A report. Retrieved June 2, 2021."}})
    {'publisher': 'Talos A', 'title': 'Doe, J. (2021, May 1). A report. Retrieved June 2, 2021.', 'year': 2021}
    """
    if name in _CATALOGUES or not clean_label(name):
        return None
    found: Object = {"publisher": name}
    reference = references.get(name, {})
    described, address = reference.get("description"), reference.get("url")
    if isinstance(described, str) and clean_label(described) and not described.startswith("(Citation:"):
        found["title"] = clean_label(described)[:1900]
        if year := _YEAR.search(described):
            found["year"] = int(year[1])
    if isinstance(address, str) and address.startswith(("http://", "https://")) and not re.search(r"\s", address):
        found["address"] = address
    return found


def _leftovers(one: Object) -> Iterator[tuple[str, str]]:
    """What of an object the model has no field for, but its administration."""
    for name, value in sorted(one.items()):
        if name not in _TAKEN and name != "modified" and not name.endswith("_by_ref") and value not in (None, [], "", False):
            yield name, value if isinstance(value, str) else orjson.dumps(value).decode()
