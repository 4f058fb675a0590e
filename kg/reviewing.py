"""A person's answers to what a machine read: pure functions from report to report.

An answer stands in the report's own YAML, with the claim that it is about. The machine's claim stays as it was read; one that was
corrected or rejected counts for nothing any more, and the person's own claim, if there is one, stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import ValidationError

from kg.errors import NotFound, UsageError
from kg.identity.names import slug
from kg.mapping import content_hash
from kg.model.report import CLAIMS, Answer, Claim, IncidentReport, Reviewed
from kg.readers.positions import Document, documents, path_text
from kg.readers.writing import plain
from kg.vocabulary import Method

_SHORTEST = 4
_THE_MACHINES = ("key", "extracted_by", "extraction_confidence", "reviewed", "method")


@dataclass(frozen=True, slots=True)
class Extracted:
    """A claim that a machine read: its id (the last part of its address), the list of the report that it is in, itself."""

    id: str
    field: str
    claim: Claim


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to the claim of an id (or the beginning of one). ``changes`` are fields and their new values, ``None`` takes one away."""

    claim: str
    answer: Answer
    changes: Mapping[str, Any] = field(default_factory=dict)


def changes_of(text: str) -> dict[str, Any]:
    """Fields and values of a correction as a person writes it: YAML. Raises :class:`~kg.errors.UsageError` for anything else.

    >>> changes_of("role: bystander")
    {'role': 'bystander'}
    """
    found = list(documents(text, "correction"))
    one = found[0] if len(found) == 1 else None
    if not isinstance(one, Document) or not isinstance(one.value, dict) or one.mistakes:
        raise UsageError(f"a correction is written as 'role: bystander', not {text[:60]!r}")
    return dict(one.value)


def extracted(report: IncidentReport) -> list[Extracted]:
    """The claims that a machine read, the least sure ones first, then in the order of their words in the text.

    >>> from kg.model.report import IncidentReport
    >>> said = {"incident": "incident:a", "party": "org:b", "role": "victim", "extracted_by": "rule 1", "extraction_confidence": 40}
    >>> report = IncidentReport.model_validate({"report": {"id": "r", "title": "T", "publisher": "org:c"}, "involvements": [said]})
    >>> [(e.field, e.claim.extraction_confidence) for e in extracted(report)]
    [('involvements', 40)]
    """
    found = [
        Extracted(claim.key or content_hash(field, claim), field, claim)
        for field in CLAIMS
        for claim in getattr(report, field)
        if claim.extracted_by is not None
    ]

    def order(one: Extracted) -> tuple[int, int, str]:
        sure = one.claim.extraction_confidence
        places = [place for e in one.claim.evidence if (place := report.locate(e)) is not None]
        return (0 if sure is None else sure), min(places, default=0), one.id

    return sorted(found, key=order)


def unanswered(report: IncidentReport) -> list[Extracted]:
    """The claims of :func:`extracted` that no person has answered."""
    return [one for one in extracted(report) if one.claim.reviewed is None]


def find(report: IncidentReport, claim: str) -> Extracted:
    """The extracted claim of an id, or of the beginning of one. Raises :class:`~kg.errors.NotFound`."""
    found = [one for one in extracted(report) if one.id == claim or (len(claim) >= _SHORTEST and one.id.startswith(claim))]
    if len({one.id for one in found}) != 1:
        what = "means several claims; give more of its id" if found else "is no extracted claim of this report"
        raise NotFound(f"{claim!r} {what}; 'kg review {report.info.id} --list' shows them")
    return found[0]


def report_with(reports: Iterable[IncidentReport], claims: Iterable[str]) -> IncidentReport:
    """The one report in which all these extracted claims (ids, or beginnings of ids) stand.

    Raises :class:`~kg.errors.NotFound` if there is none, or more than one.
    """
    wanted, candidates = list(claims), list(reports)
    for claim in wanted:
        candidates = [r for r in candidates if any(one.id.startswith(claim) for one in extracted(r))]
    if len(candidates) != 1:
        told = ", ".join(map(repr, wanted))
        where = f"stands in {len(candidates)} reports" if candidates else "is no extracted claim of one report"
        raise NotFound(f"{told} {where}; say which report: kg review REPORT …; 'kg review --list --all' shows reports and claims")
    return candidates[0]


def answered(report: IncidentReport, replies: Iterable[Reply], by: str, when: date) -> IncidentReport:
    """The report with a person's answers, in place of earlier ones to the same claims.

    Raises :class:`~kg.errors.NotFound` for an unknown claim, and :class:`~kg.errors.UsageError` for a correction that changes
    nothing or makes no sound claim.
    """
    for reply in replies:
        one = find(report, reply.claim)
        report = _without(report, one)
        into, person = None, None
        if reply.answer is Answer.CORRECTED:
            into = f"{one.id[:12]}-{slug(by)[:40] or 'person'}"
            person = _corrected(one, reply, into, by, when)
        reviewed = Reviewed(answer=reply.answer, by=by, when=when, into=into)
        claims = []
        for claim in getattr(report, one.field):
            if (claim.key or content_hash(one.field, claim)) != one.id:
                claims.append(claim)
                continue
            claims.append(claim.model_copy(update={"reviewed": reviewed}))
            if person is not None:
                claims.append(person)
                person = None
        report = report.model_copy(update={one.field: tuple(claims)})
        if faults := report.faults():
            path, message = faults[0]
            raise UsageError(f"the correction makes no sound claim: {path_text(path)}: {message}")
    return report


def undone(report: IncidentReport, claims: Iterable[str]) -> IncidentReport:
    """The report without the answers to these claims, and without the person's claims that they made.

    Raises :class:`~kg.errors.NotFound` for an unknown claim and one without an answer.
    """
    for claim in claims:
        one = find(report, claim)
        if one.claim.reviewed is None:
            raise NotFound(f"{claim!r} has no answer that could be taken back")
        report = _without(report, one)
    return report


def _without(report: IncidentReport, one: Extracted) -> IncidentReport:
    reviewed = one.claim.reviewed
    if reviewed is None:
        return report
    kept = []
    for claim in getattr(report, one.field):
        if reviewed.into is not None and claim.key == reviewed.into:
            continue
        mine = (claim.key or content_hash(one.field, claim)) == one.id
        kept.append(claim.model_copy(update={"reviewed": None}) if mine else claim)
    return report.model_copy(update={one.field: tuple(kept)})


def _corrected(one: Extracted, reply: Reply, key: str, by: str, when: date) -> Claim:
    """The person's claim in place of the machine's."""
    said = {name: value for name, value in plain(one.claim).items() if name not in _THE_MACHINES}
    new = {**said, **reply.changes}
    new = {name: value for name, value in new.items() if value is not None}
    if new == said:
        raise UsageError("a correction says what is different, as 'role: bystander'")
    own = {"key": key, "method": Method.CURATED.value, "reviewed": {"answer": Answer.ACCEPTED.value, "by": by, "when": when.isoformat()}}
    try:
        return CLAIMS[one.field].model_validate({**new, **own})
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        raise UsageError(f"the correction makes no sound claim: {path_text(tuple(detail['loc']))}: {detail['msg']}") from None
