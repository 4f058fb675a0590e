"""Two readings of one text in one report: the claims of both side by side, each with who made it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kg.errors import UsageError
from kg.identity.names import strip_legal_form
from kg.model.report import ALLOWED, CLAIMS, THINGS, Asset, Incident, IncidentReport, Named, Thing
from kg.vocabulary import EDGE_ROLES

_REFERENCES = (*ALLOWED, "a", "b")
_NO_REFERENCE = ("supplies", "of")
"""Words, although a field of this name is a reference elsewhere."""


def combine(ours: IncidentReport, theirs: IncidentReport) -> IncidentReport:
    """One report with the claims of both; a claim that both make stands there twice, so that their agreement can be seen.

    Things of the same kind and name (or known id) are one, as ``ours`` has it; nothing of ``theirs`` is added to them. Incidents are one
    if each report has a single one, or if they share a victim or a title. The report's own data are those of ``ours``; ``extractor``
    names both. Raises :class:`~kg.errors.UsageError` if the reports are not of the same text.

    >>> head = {"report": {"id": "r", "title": "R", "publisher": "org:acme"}, "text": "Bolt was hit."}
    >>> hit = {"incident": "i", "party": "b", "role": "victim", "evidence": "Bolt was hit"}
    >>> one = IncidentReport.model_validate({**head, "incidents": [{"key": "i", "title": "Attack"}],
    ...     "organizations": [{"key": "b", "name": "Bolt"}], "involvements": [{**hit, "extracted_by": "victim.passive 1"}]})
    >>> two = IncidentReport.model_validate({**head, "incidents": [{"key": "i", "title": "Bolt hit"}],
    ...     "organizations": [{"key": "b", "name": "Bolt Inc."}], "involvements": [{**hit, "extracted_by": "model tiny"}]})
    >>> both = combine(one, two)
    >>> len(both.organizations), [c.extracted_by for c in both.involvements]
    (1, ['victim.passive 1', 'model tiny'])
    """
    if ours.text != theirs.text or ours.report is None or theirs.report is None:
        raise UsageError("only two readings of the same text can be put side by side")
    keys = _same_things(ours, theirs)
    keys |= _same_incidents(ours, theirs, keys)
    taken = set(ours.things())
    parts: dict[str, Any] = {}
    for field in THINGS:
        added = []
        for thing in getattr(theirs, field):
            if thing.key in keys:
                continue
            key = _free(thing.key, taken)
            taken.add(key)
            keys[thing.key] = key
            added.append((thing, key))
        parts[field] = added
    claim_keys = {c.key for c in ours.claims() if c.key}
    update: dict[str, Any] = {}
    for field, added in parts.items():
        moved = tuple(_moved(thing, keys, field).model_copy(update={"key": key}) for thing, key in added)
        update[field] = (*getattr(ours, field), *moved)
    for field in CLAIMS:
        claims = []
        for claim in getattr(theirs, field):
            moved_claim = _moved(claim, keys, field)
            if claim.key:
                free = _free(claim.key, claim_keys)
                claim_keys.add(free)
                moved_claim = moved_claim.model_copy(update={"key": free})
            claims.append(moved_claim)
        update[field] = (*getattr(ours, field), *claims)
    update["unmapped"] = (*ours.unmapped, *(u for u in theirs.unmapped if u not in ours.unmapped))
    extractors = dict.fromkeys(e for e in (ours.report.extractor, theirs.report.extractor) if e)
    update["report"] = ours.report.model_copy(update={"extractor": "; ".join(extractors) or None})
    return ours.model_copy(update=update)


def _names(thing: Thing) -> set[str]:
    names = {strip_legal_form(thing.label)}
    if isinstance(thing, Named):
        names |= {strip_legal_form(alias) for alias in thing.aliases}
    return names


def _same_things(ours: IncidentReport, theirs: IncidentReport) -> dict[str, str]:
    """Key in ``theirs`` to key in ``ours`` for things that are one, incidents apart."""
    by_id: dict[tuple[str, str], str] = {}
    by_name: dict[tuple[str, str], list[Thing]] = {}
    for thing in ours.things().values():
        if thing.id:
            by_id[thing.kind_of_id, thing.id] = thing.key
        for name in _names(thing):
            by_name.setdefault((thing.kind_of_id, name), []).append(thing)
    found: dict[str, str] = {}
    for thing in theirs.things().values():
        if isinstance(thing, Incident):
            continue
        if thing.id and (thing.kind_of_id, thing.id) in by_id:
            found[thing.key] = by_id[thing.kind_of_id, thing.id]
            continue
        for other in by_name.get((thing.kind_of_id, strip_legal_form(thing.label)), ()):
            if thing.id and other.id:
                continue
            kinds = [set(t.kind) for t in (thing, other) if isinstance(t, Asset) and t.kind]
            if len(kinds) == 2 and not kinds[0] & kinds[1]:
                continue
            found[thing.key] = other.key
            break
    return found


def _same_incidents(ours: IncidentReport, theirs: IncidentReport, keys: dict[str, str]) -> dict[str, str]:
    if len(ours.incidents) == len(theirs.incidents) == 1:
        return {theirs.incidents[0].key: ours.incidents[0].key}
    known = {i.key: _victims(ours, i.key) for i in ours.incidents}
    found: dict[str, str] = {}
    for incident in theirs.incidents:
        victims = {keys.get(v, v) for v in _victims(theirs, incident.key)}
        free = [i for i in ours.incidents if i.key not in found.values()]
        title = strip_legal_form(incident.title)
        same = [i for i in free if known[i.key] & victims] or [i for i in free if strip_legal_form(i.title) == title]
        if same:
            found[incident.key] = max(same, key=lambda i: len(known[i.key] & victims)).key
    return found


def _victims(report: IncidentReport, incident: str) -> set[str]:
    return {c.party for c in report.involvements if c.incident == incident and EDGE_ROLES.get(c.role) == "victim"}


def _free(key: str, taken: Iterable[str]) -> str:
    free, n = key, 2
    while free in taken:
        free, n = f"{key[:110]}-{n}", n + 1
    return free


def _moved(part: Any, keys: dict[str, str], field: str) -> Any:
    """The part with every reference to a key led to the new one."""
    update: dict[str, Any] = {}
    for name in _REFERENCES:
        value = getattr(part, name, None)
        if (field, name) == _NO_REFERENCE or value is None:
            continue
        if isinstance(value, tuple):
            update[name] = tuple(keys.get(ref, ref) for ref in value)
        elif isinstance(value, str):
            update[name] = keys.get(value, value)
    return part.model_copy(update=update)
