"""From a report to RDF: a pure function. The shape that it writes is ``docs/rdf-shape.md``.

:data:`FIELDS` is the mapping, one line a field; the functions only read it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

from kg.identity.iris import FAMILIES, Addresses
from kg.identity.names import slug
from kg.model.base import Count
from kg.model.report import (
    CLAIMS,
    THINGS,
    Citation,
    Claim,
    IncidentReport,
    Named,
    ReferenceInfo,
    ReportInfo,
    Reviewed,
    Sameness,
    Thing,
    TimedClaim,
)
from kg.terms import prop
from kg.times import Interval
from kg.vocabulary import IKG, PREFIXES, Stance, Term

CLASSES: dict[str, str] = {
    "incidents": "Incident",
    "actors": "ThreatActor",
    "unidentified_actors": "UnidentifiedActor",
    "campaigns": "Campaign",
    "organizations": "Organization",
    "people": "Person",
    "populations": "Population",
    "assets": "Asset",
    "malware": "Malware",
    "tools": "Tool",
    "vulnerabilities": "Vulnerability",
    "products": "Product",
    "catalogued_techniques": "Technique",
    "attributions": "Attribution",
    "backgrounds": "Background",
    "involvements": "Involvement",
    "memberships": "Membership",
    "compromises": "Compromise",
    "later_uses": "LaterUse",
    "techniques": "TechniqueUse",
    "software_uses": "SoftwareUse",
    "exploitations": "Exploitation",
    "groupings": "Grouping",
    "impacts": "Impact",
    "timings": "Timing",
    "supplies": "Supply",
    "samenesses": "Sameness",
    "namings": "Naming",
}
"""Class of the things and claims in each list of a report."""

FIELDS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "incidents": (("kind", "incidentKind", "term"), ("summary", "dct:description", "text")),
    "organizations": (
        ("country", "country", "country"),
        ("sector", "sector", "term"),
        ("region", "region", "text"),
        ("size", "size", "text"),
    ),
    "people": (("works_for", "worksFor", "ref"),),
    "populations": (("of", "groupOf", "ref"), ("country", "country", "country"), ("sector", "sector", "term"), ("count", "", "count")),
    "assets": (("kind", "assetKind", "term"),),
    "products": (("maker", "maker", "ref"),),
    "catalogued_techniques": (("tactics", "tactic", "text"),),
    "attributions": (
        ("incident", "incident", "ref"),
        ("campaign", "campaign", "ref"),
        ("actor", "actor", "ref"),
        ("actor_as_named", "actorAsNamed", "text"),
        ("sponsor", "sponsor", "ref"),
        ("basis", "basis", "text"),
    ),
    "backgrounds": (
        ("actor", "actor", "ref"),
        ("origin", "origin", "country"),
        ("sponsor", "sponsor", "ref"),
        ("kind", "actorKind", "term"),
        ("motive", "motive", "term"),
    ),
    "involvements": (
        ("incident", "incident", "ref"),
        ("party", "party", "ref"),
        ("role", "role", "term"),
        ("confirmation", "confirmation", "term"),
        ("through", "through", "ref"),
        ("count", "", "count"),
        ("words", "words", "text"),
    ),
    "memberships": (("member", "member", "ref"), ("group", "group", "ref")),
    "compromises": (
        ("incident", "incident", "ref"),
        ("asset", "asset", "ref"),
        ("effect", "effect", "term"),
        ("quantity", "", "count"),
        ("held_by", "heldBy", "ref"),
        ("owned_by", "ownedBy", "ref"),
    ),
    "later_uses": (
        ("incident", "incident", "ref"),
        ("asset", "asset", "ref"),
        ("taken_from", "takenFrom", "ref"),
        ("against", "against", "ref"),
        ("used_on", "usedOn", "ref"),
        ("used_for", "usedFor", "text"),
        ("outcome", "outcome", "text"),
    ),
    "techniques": (
        ("incident", "incident", "ref"),
        ("campaign", "campaign", "ref"),
        ("actor", "actor", "ref"),
        ("software", "software", "ref"),
        ("words", "words", "text"),
        ("technique", "technique", "technique"),
        ("mapped_by", "mappedBy", "ref"),
        ("veris_action", "verisAction", "text"),
        ("order", "order", "integer"),
    ),
    "software_uses": (
        ("incident", "incident", "ref"),
        ("campaign", "campaign", "ref"),
        ("actor", "actor", "ref"),
        ("software", "software", "ref"),
    ),
    "exploitations": (
        ("incident", "incident", "ref"),
        ("vulnerability", "vulnerability", "ref"),
        ("product", "product", "ref"),
        ("words", "words", "text"),
    ),
    "groupings": (
        ("incident", "incident", "ref"),
        ("campaign", "campaign", "ref"),
        ("linked_to", "linkedTo", "ref"),
        ("words", "words", "text"),
    ),
    "impacts": (
        ("incident", "incident", "ref"),
        ("kind", "impactKind", "term"),
        ("party", "party", "ref"),
        ("amount", "", "count"),
        ("currency", "currency", "text"),
        ("words", "words", "text"),
    ),
    "timings": (("incident", "incident", "ref"), ("event", "event", "term"), ("party", "party", "ref"), ("by", "noticedBy", "text")),
    "supplies": (
        ("supplier", "supplier", "ref"),
        ("customer", "customer", "ref"),
        ("relation", "relation", "term"),
        ("of", "supplied", "text"),
        ("product", "product", "ref"),
    ),
    "samenesses": (("a", "one", "ref"), ("b", "other", "ref"), ("stated_as", "statedAs", "term")),
    "namings": (("actor", "actor", "ref"), ("name", "name", "text"), ("used_by", "usedBy", "ref"), ("formerly", "formerly", "flag")),
}
"""Model field → property → how the value is written. ``ikg:`` unless the property has a prefix."""

CLAIM_FIELDS = (
    ("stance", "stance", "term"),
    ("unnamed_source", "unnamedSource", "flag"),
    ("confidence", "confidence", "integer"),
    ("wordsOfConfidence", "wordsOfConfidence", "text"),
    ("rests_on", "restsOn", "ref"),
    ("extracted_by", "extractedBy", "text"),
    ("extraction_confidence", "extractionConfidence", "integer"),
    ("note", "rdfs:comment", "text"),
)
_READING_FIELDS = tuple(field for field in CLAIM_FIELDS if field[0].startswith("extract"))
REPORT_FIELDS = (
    ("kind", "reportKind", "term"),
    ("author", "dct:creator", "text"),
    ("address", "schema:url", "address"),
    ("published_from", "publishedFrom", "text"),
    ("language", "dct:language", "text"),
    ("licence", "dct:license", "text"),
    ("attribution", "attributionLine", "text"),
    ("marking", "marking", "term"),
    ("reliability", "reliability", "term"),
    ("restates", "restates", "ref"),
    ("review", "review", "term"),
    ("read_at", "readAt", "address"),
    ("identifiers", "sourceIdentifier", "text"),
    ("extractor", "extractor", "text"),
    ("note", "rdfs:comment", "text"),
)
REFERENCE_FIELDS = tuple(field for field in REPORT_FIELDS if field[0] in ReferenceInfo.model_fields)


# The writer works with terms as N-Quads writes them: text is cheaper to make, to compare and to hand to the store than objects.


@cache
def _prop(name: str) -> str:
    return str(prop(name))


@lru_cache(maxsize=None, typed=True)
def _concept(term: Term) -> str:
    # typed: words of different lists are equal as text ("espionage" is a motive and a kind of incident)
    return _node(term.iri)


def _node(iri: str) -> str:
    return str(NamedNode(iri))


def _literal(text: str) -> str:
    return str(Literal(text))


_TYPE = _prop("rdf:type")
_LABEL = _prop("skos:prefLabel")
_INTEGER = NamedNode(PREFIXES["xsd"] + "integer")
_DATETIME = NamedNode(PREFIXES["xsd"] + "dateTime")
_TRUE = str(Literal(True))
_NOT_IN_IRIS: dict[int, str] = {ord(c): f"%{ord(c):02X}" for c in '<>"{}|\\^` '}


@cache
def _integer(number: int) -> str:
    return str(Literal(str(number), datatype=_INTEGER))


@cache
def _moment(text: str) -> str:
    return str(Literal(text, datatype=_DATETIME))


class _Writer:
    """Collects the quads of one report, as lines of N-Quads."""

    def __init__(self, report: IncidentReport, addresses: Addresses) -> None:
        info = report.info
        self.report, self.addresses = report, addresses
        self.is_report = isinstance(info, ReportInfo)
        self.iri = addresses.report(info.id) if self.is_report else addresses.reference(info.id)
        self.graph = _node(self.iri)
        self.lines: set[str] = set()
        self._nodes: dict[str, str] = {}
        for field in THINGS:
            for thing in getattr(report, field):
                iri = addresses.thing(thing.kind_of_id, thing.id) if thing.id else f"{self.iri}/{thing.kind_of_id}/{thing.key}"
                self._nodes[thing.key] = _node(iri)

    def add(self, subject: str, predicate: str, object_: str) -> None:
        self.lines.add(f"{subject} {predicate} {object_} {self.graph} .\n")

    def node(self, ref: str) -> str:
        found = self._nodes.get(ref)
        if found is None:
            kind, _, known = ref.partition(":")
            found = self._nodes[ref] = _node(self.addresses.thing(kind, known))
        return found

    def fields(self, subject: str, part: Any, fields: Iterable[tuple[str, str, str]]) -> None:
        for name, predicate, how in fields:
            value = getattr(part, name)
            if value is None or value is False:
                continue
            if how == "count":
                self.count(subject, value)
                continue
            write = _WRITE[how]
            for one in value if type(value) is tuple else (value,):
                self.add(subject, _prop(predicate), write(self, one))

    def count(self, subject: str, count: Count) -> None:
        if count.min is not None:
            self.add(subject, _prop("countMin"), _integer(count.min))
        if count.max is not None:
            self.add(subject, _prop("countMax"), _integer(count.max))
        if count.min is None and count.max is None:
            self.add(subject, _prop("countUnknown"), _TRUE)
        if count.words:
            self.add(subject, _prop("countWords"), _literal(count.words))
        if count.unit:
            self.add(subject, _prop("countUnit"), _literal(count.unit))

    def time(self, subject: str, time: Interval | None, prefix: str = "") -> None:
        if time is None:
            return

        def named(word: str) -> str:
            return _prop(prefix + word[0].upper() + word[1:] if prefix else word)

        self.add(subject, named("start"), _moment(date_time(time, "start")))
        self.add(subject, named("end"), _moment(date_time(time, "end")))
        self.add(subject, named("startDay"), _integer(time.first_day_number))
        self.add(subject, named("endDay"), _integer(time.last_day_number))
        self.add(subject, named("precision"), _concept(time.precision))
        if time.words:
            self.add(subject, _prop("publishedWords" if prefix else "timeWords"), _literal(time.words))

    def head(self) -> None:
        info, me = self.report.info, self.graph
        self.add(me, _TYPE, _prop("Report" if self.is_report else "ReferenceFile"))
        self.add(me, _prop("dct:identifier"), _literal(info.id))
        self.add(me, _LABEL, _literal(info.title))
        self.add(me, _prop("dct:publisher"), self.node(info.publisher))
        self.fields(me, info, REPORT_FIELDS if self.is_report else REFERENCE_FIELDS)
        self.cites(me, info.cites)
        if isinstance(info, ReportInfo):
            self.time(me, info.published, "published")
            if info.published is None:
                self.add(me, _prop("undated"), _TRUE)
            for number, date in enumerate(sorted(info.dates, key=lambda d: (d.kind.value, d.when.start)), 1):
                node = _node(f"{self.iri}/date/{date.kind.slug}-{number}")
                self.add(me, _prop("hasDate"), node)
                self.add(node, _TYPE, _prop("ReportDate"))
                self.add(node, _prop("dateKind"), _concept(date.kind))
                self.time(node, date.when)
        if self.report.text is not None:
            self.add(me, _prop("wordsOf"), _concept(self.report.text_by))
            self.add(me, _prop("sourceHash"), _literal(self.report.text_hash or hashlib.sha256(self.report.text.encode()).hexdigest()))
        for unmapped in self.report.unmapped:
            self.add(me, _prop("unmapped"), _literal(f"{unmapped.field} = {unmapped.value}"))

    def cites(self, subject: str, citations: tuple[Citation, ...]) -> None:
        for c in citations:
            line = (
                c.publisher
                + (f": {c.title}" if c.title else "")
                + (f" ({c.year})" if c.year else "")
                + (f" <{c.address}>" if c.address else "")
            )
            self.add(subject, _prop("citation"), _literal(line))

    def thing(self, field: str, thing: Thing) -> None:
        me = self._nodes[thing.key]
        self.add(me, _TYPE, _prop(CLASSES[field]))
        self.add(me, _LABEL, _literal(thing.label))
        self.add(me, _prop("mentionedIn"), self.graph)
        names = (thing.name, *thing.aliases) if isinstance(thing, Named) else ()
        for alias in names:
            if alias != thing.label:
                self.add(me, _prop("skos:altLabel"), _literal(alias))
        for identifier in thing.identifiers:
            self.add(me, _prop("dct:identifier"), _literal(identifier))
        if thing.note:
            self.add(me, _prop("rdfs:comment"), _literal(thing.note))
        self.fields(me, thing, FIELDS.get(field, ()))

    def claim(self, field: str, claim: Claim) -> None:
        last = claim.key or content_hash(field, claim)
        me = _node(f"{self.iri}/claim/{last}")
        if claim.reviewed is not None:
            self.review(me, claim.reviewed)
        if not claim.stands:
            self.misreading(me, field, claim)
            return
        self.add(me, _TYPE, _prop(CLASSES[field]))
        self.add(me, _prop("statedIn"), self.graph)
        self.add(me, _prop("assertedBy"), self.node(claim.asserted_by or self.report.info.publisher))
        self.add(me, _prop("method"), _concept(claim.method or self.report.info.method))
        self.fields(me, claim, CLAIM_FIELDS)
        self.fields(me, claim, FIELDS[field])
        self.cites(me, claim.cites)
        if isinstance(claim, TimedClaim):
            self.time(me, claim.when)
        for evidence in claim.evidence:
            start = self.report.locate(evidence)
            if start is None:
                continue
            end = start + len(evidence.quote)
            node = _node(f"{self.iri}/evidence/{start}-{end}")
            self.add(me, _prop("evidence"), node)
            self.add(node, _TYPE, _prop("Evidence"))
            self.add(node, _prop("oa:exact"), _literal(evidence.quote))
            self.add(node, _prop("oa:start"), _integer(start))
            self.add(node, _prop("oa:end"), _integer(end))
            if evidence.section:
                self.add(node, _prop("section"), _literal(evidence.section))
        if isinstance(claim, Sameness):
            self.add(me, _prop("identityKind"), _literal(FAMILIES.get(self.report.kind_of(claim.a) or "", "other")))
        if field == "techniques" and claim.incident is not None:  # type: ignore[attr-defined]
            step = _node(f"{self.iri}/step/{last}")
            self.add(me, _prop("step"), step)
            self.add(step, _TYPE, _prop("IncidentStep"))
            self.add(step, _prop("stepOf"), self.node(claim.incident))  # type: ignore[attr-defined]
            self.add(step, _LABEL, _literal(claim.words))  # type: ignore[attr-defined]
            if claim.order is not None:  # type: ignore[attr-defined]
                self.add(step, _prop("order"), _integer(claim.order))  # type: ignore[attr-defined]

    def review(self, me: str, reviewed: Reviewed) -> None:
        person = _node(self.addresses.thing("person", slug(reviewed.by) or "unknown"))
        self.add(me, _prop("reviewedBy"), person)
        self.add(me, _prop("reviewedOn"), _moment(f"{reviewed.when.isoformat()}T00:00:00Z"))
        self.add(person, _TYPE, _prop("Person"))
        self.add(person, _LABEL, _literal(reviewed.by))
        self.add(person, _prop("mentionedIn"), self.graph)
        if reviewed.into:
            self.add(me, _prop("replacedBy"), _node(f"{self.iri}/claim/{reviewed.into}"))

    def misreading(self, me: str, field: str, claim: Claim) -> None:
        """What a person rejected is no claim: it names nothing that a question or rule could take for one."""
        self.add(me, _TYPE, _prop("Misreading"))
        self.add(me, _prop("misreadFrom"), self.graph)
        self.add(me, _LABEL, _literal(f"{CLASSES[field]}: {read_as(field, claim)}"))
        for evidence in claim.evidence:
            self.add(me, _prop("misreadWords"), _literal(evidence.quote))
        self.fields(me, claim, _READING_FIELDS)

    def technique(self, attack_id: str) -> str:
        node = _node(self.addresses.technique(attack_id))
        self.add(node, _TYPE, _prop("Technique"))
        self.add(node, _LABEL, _literal(attack_id))
        self.add(node, _prop("dct:identifier"), _literal(f"attack:{attack_id}"))
        return node


_WRITE: dict[str, Callable[[_Writer, Any], str]] = {
    "ref": lambda w, value: w.node(value),
    "term": lambda _, value: _concept(value),
    "country": lambda _, value: _node(f"{IKG}country-{value}"),
    "text": lambda _, value: _literal(value),
    "integer": lambda _, value: _integer(value),
    "flag": lambda _, value: _TRUE,
    "address": lambda _, value: _node(str(value).translate(_NOT_IN_IRIS)),
    "technique": lambda w, value: w.technique(value),
}


@cache
def _stamp(moment: Any) -> str:
    return str(moment.isoformat().replace("+00:00", "Z"))


def date_time(time: Interval, bound: str) -> str:
    """A bound (``start`` or ``end``) as the lexical form of ``xsd:dateTime`` in UTC.

    >>> from kg.times import parse
    >>> date_time(parse("2024-01"), "end")
    '2024-02-01T00:00:00Z'
    """
    return _stamp(getattr(time, bound))


def read_as(field: str, claim: Claim) -> str:
    """What a claim says by its fields, in one line.

    >>> from kg.model.report import Involvement
    >>> read_as("involvements", Involvement(incident="theft", party="org:acme", role="victim"))
    'incident theft, party org:acme, role victim'
    """
    said = ((name, getattr(claim, name)) for name, _, _ in FIELDS[field])
    told = [f"{name} {_plain(value)}" for name, value in said if value not in (None, (), False)]
    if isinstance(claim, TimedClaim) and claim.when:
        told.append(f"when {claim.when}")
    if claim.stance is not Stance.ASSERTED:
        told.append(f"stance {claim.stance}")
    return ", ".join(told).replace("_", " ")


def _plain(value: Any) -> str:
    if isinstance(value, tuple):
        return " and ".join(map(str, value))
    if isinstance(value, Count):
        return value.words or (str(value.min) if value.min == value.max else f"{value.min}–{value.max}")
    return str(value)


def content_hash(field: str, claim: Claim) -> str:
    """The last part of a claim's IRI: a hash of all that the claim says; a person's answer to it does not count.

    >>> from kg.model.report import Membership
    >>> len(content_hash("memberships", Membership(member="a", group="b")))
    20
    """
    content = f"{field} {claim.model_dump_json(exclude_defaults=True, exclude={'reviewed'})}"
    return hashlib.blake2b(content.encode(), digest_size=10).hexdigest()


def to_lines(report: IncidentReport, addresses: Addresses | None = None) -> list[str]:
    """The quads of a report in its own named graph, as lines of N-Quads in order.

    The same report gives the same lines on every machine and hash seed. ``report.faults()`` must be
    empty; nothing is checked again here.

    >>> from kg.model.report import IncidentReport
    >>> to_lines(IncidentReport.model_validate({"report": {"id": "r", "title": "T", "publisher": "org:sec"}}))[0][:43]
    '<https://w3id.org/incident-kg/id/report/r> '
    """
    writer = _Writer(report, addresses or Addresses())
    writer.head()
    for field in THINGS:
        for thing in getattr(report, field):
            writer.thing(field, thing)
    for field in CLAIMS:
        for claim in getattr(report, field):
            writer.claim(field, claim)
    return sorted(writer.lines)


def to_quads(report: IncidentReport, addresses: Addresses | None = None) -> list[Quad]:
    """What :func:`to_lines` says as quads, sorted by their N-Quads form.

    >>> from kg.model.report import IncidentReport
    >>> quads = to_quads(IncidentReport.model_validate({"report": {"id": "r", "title": "T", "publisher": "org:sec"}}))
    >>> quads[0].graph_name.value
    'https://w3id.org/incident-kg/id/report/r'
    """
    return list(parse("".join(to_lines(report, addresses)), format=RdfFormat.N_QUADS))


def graph_of(report: IncidentReport, addresses: Addresses) -> NamedNode:
    """The name of the report's graph."""
    info = report.info
    return NamedNode(addresses.report(info.id) if report.report else addresses.reference(info.id))
