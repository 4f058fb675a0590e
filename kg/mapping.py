"""From a report to RDF: a pure function. The shape that it writes is ``docs/rdf-shape.md``.

:data:`FIELDS` is the mapping, one line a field; the functions only read it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad

from kg.identity.iris import Addresses
from kg.model.base import Count
from kg.model.report import (
    CLAIMS,
    THINGS,
    Citation,
    Claim,
    IncidentReport,
    ReportInfo,
    Sameness,
    Thing,
    TimedClaim,
)
from kg.times import Interval
from kg.vocabulary import IKG, PREFIXES, Term

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
        ("words", "words", "text"),
        ("technique", "technique", "technique"),
        ("mapped_by", "mappedBy", "ref"),
        ("veris_action", "verisAction", "text"),
        ("order", "order", "integer"),
    ),
    "software_uses": (("incident", "incident", "ref"), ("actor", "actor", "ref"), ("software", "software", "ref")),
    "exploitations": (("incident", "incident", "ref"), ("vulnerability", "vulnerability", "ref"), ("product", "product", "ref")),
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

_CLAIM_FIELDS = (
    ("stance", "stance", "term"),
    ("unnamed_source", "unnamedSource", "flag"),
    ("confidence", "confidence", "integer"),
    ("wordsOfConfidence", "wordsOfConfidence", "text"),
    ("rests_on", "restsOn", "ref"),
    ("note", "rdfs:comment", "text"),
)
_REPORT_FIELDS = (
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
    ("note", "rdfs:comment", "text"),
)


@cache
def prop(name: str) -> NamedNode:
    """A property or class: ``victim`` and ``ikg:victim`` are one, other prefixes as in PREFIXES."""
    prefix, colon, local = name.partition(":")
    return NamedNode(PREFIXES[prefix] + local if colon else IKG + name)


@lru_cache(maxsize=None, typed=True)
def _concept(term: Term) -> NamedNode:
    # typed: words of different lists are equal as text ("espionage" is a motive and a kind of incident)
    return NamedNode(term.iri)


_TYPE = NamedNode(PREFIXES["rdf"] + "type")
_LABEL = NamedNode(PREFIXES["skos"] + "prefLabel")
_INTEGER = NamedNode(PREFIXES["xsd"] + "integer")
_DATETIME = NamedNode(PREFIXES["xsd"] + "dateTime")
_TRUE = Literal(True)
_NOT_IN_IRIS: dict[int, str] = {ord(c): f"%{ord(c):02X}" for c in '<>"{}|\\^` '}
_FAMILY = {"actor": "actor", "incident": "incident", "org": "organization"}


@cache
def _integer(number: int) -> Literal:
    return Literal(str(number), datatype=_INTEGER)


@cache
def _moment(text: str) -> Literal:
    return Literal(text, datatype=_DATETIME)


class _Writer:
    """Collects the quads of one report."""

    def __init__(self, report: IncidentReport, addresses: Addresses) -> None:
        info = report.info
        self.report, self.addresses = report, addresses
        self.is_report = isinstance(info, ReportInfo)
        self.iri = addresses.report(info.id) if self.is_report else addresses.reference(info.id)
        self.graph = NamedNode(self.iri)
        self.quads: set[Quad] = set()
        self._nodes: dict[str, NamedNode] = {}
        for field in THINGS:
            for thing in getattr(report, field):
                iri = addresses.thing(thing.kind_of_id, thing.id) if thing.id else f"{self.iri}/{thing.kind_of_id}/{thing.key}"
                self._nodes[thing.key] = NamedNode(iri)

    def add(self, subject: NamedNode, predicate: NamedNode, object_: NamedNode | Literal) -> None:
        self.quads.add(Quad(subject, predicate, object_, self.graph))

    def node(self, ref: str) -> NamedNode:
        found = self._nodes.get(ref)
        if found is None:
            kind, _, known = ref.partition(":")
            found = self._nodes[ref] = NamedNode(self.addresses.thing(kind, known))
        return found

    def fields(self, subject: NamedNode, part: Any, fields: Iterable[tuple[str, str, str]]) -> None:
        for name, predicate, how in fields:
            value = getattr(part, name)
            if value is None or value is False:
                continue
            if how == "count":
                self.count(subject, value)
                continue
            write = _WRITE[how]
            for one in value if type(value) is tuple else (value,):
                self.add(subject, prop(predicate), write(self, one))

    def count(self, subject: NamedNode, count: Count) -> None:
        if count.min is not None:
            self.add(subject, prop("countMin"), _integer(count.min))
        if count.max is not None:
            self.add(subject, prop("countMax"), _integer(count.max))
        if count.min is None and count.max is None:
            self.add(subject, prop("countUnknown"), _TRUE)
        if count.words:
            self.add(subject, prop("countWords"), Literal(count.words))
        if count.unit:
            self.add(subject, prop("countUnit"), Literal(count.unit))

    def time(self, subject: NamedNode, time: Interval | None, prefix: str = "") -> None:
        if time is None:
            return

        def named(word: str) -> NamedNode:
            return prop(prefix + word[0].upper() + word[1:] if prefix else word)

        self.add(subject, named("start"), _moment(date_time(time, "start")))
        self.add(subject, named("end"), _moment(date_time(time, "end")))
        self.add(subject, named("startDay"), _integer(time.first_day_number))
        self.add(subject, named("endDay"), _integer(time.last_day_number))
        self.add(subject, named("precision"), _concept(time.precision))
        if time.words:
            self.add(subject, prop("publishedWords" if prefix else "timeWords"), Literal(time.words))

    def head(self) -> None:
        info, me = self.report.info, self.graph
        self.add(me, _TYPE, prop("Report" if self.is_report else "ReferenceFile"))
        self.add(me, prop("dct:identifier"), Literal(info.id))
        self.add(me, _LABEL, Literal(info.title))
        self.add(me, prop("dct:publisher"), self.node(info.publisher))
        self.fields(me, info, [f for f in _REPORT_FIELDS if hasattr(info, f[0])])
        self.cites(me, info.cites)
        if isinstance(info, ReportInfo):
            self.time(me, info.published, "published")
            if info.published is None:
                self.add(me, prop("undated"), _TRUE)
            for number, date in enumerate(sorted(info.dates, key=lambda d: (d.kind.value, d.when.start)), 1):
                node = NamedNode(f"{self.iri}/date/{date.kind.slug}-{number}")
                self.add(me, prop("hasDate"), node)
                self.add(node, _TYPE, prop("ReportDate"))
                self.add(node, prop("dateKind"), _concept(date.kind))
                self.time(node, date.when)
        if self.report.text is not None:
            self.add(me, prop("wordsOf"), _concept(self.report.text_by))
            self.add(me, prop("sourceHash"), Literal(hashlib.sha256(self.report.text.encode()).hexdigest()))
        for unmapped in self.report.unmapped:
            self.add(me, prop("unmapped"), Literal(f"{unmapped.field} = {unmapped.value}"))

    def cites(self, subject: NamedNode, citations: tuple[Citation, ...]) -> None:
        for c in citations:
            line = (
                c.publisher
                + (f": {c.title}" if c.title else "")
                + (f" ({c.year})" if c.year else "")
                + (f" <{c.address}>" if c.address else "")
            )
            self.add(subject, prop("citation"), Literal(line))

    def thing(self, field: str, thing: Thing) -> None:
        me = self._nodes[thing.key]
        self.add(me, _TYPE, prop(CLASSES[field]))
        self.add(me, _LABEL, Literal(thing.label))
        self.add(me, prop("mentionedIn"), self.graph)
        for alias in getattr(thing, "aliases", ()):
            self.add(me, prop("skos:altLabel"), Literal(alias))
        for identifier in thing.identifiers:
            self.add(me, prop("dct:identifier"), Literal(identifier))
        if thing.note:
            self.add(me, prop("rdfs:comment"), Literal(thing.note))
        self.fields(me, thing, FIELDS.get(field, ()))

    def claim(self, field: str, claim: Claim) -> None:
        last = claim.key or content_hash(field, claim)
        me = NamedNode(f"{self.iri}/claim/{last}")
        self.add(me, _TYPE, prop(CLASSES[field]))
        self.add(me, prop("statedIn"), self.graph)
        self.add(me, prop("assertedBy"), self.node(claim.asserted_by or self.report.info.publisher))
        self.add(me, prop("method"), _concept(claim.method or self.report.info.method))
        self.fields(me, claim, _CLAIM_FIELDS)
        self.fields(me, claim, FIELDS[field])
        self.cites(me, claim.cites)
        if isinstance(claim, TimedClaim):
            self.time(me, claim.when)
        for evidence in claim.evidence:
            start = self.report.locate(evidence)
            if start is None:
                continue
            end = start + len(evidence.quote)
            node = NamedNode(f"{self.iri}/evidence/{start}-{end}")
            self.add(me, prop("evidence"), node)
            self.add(node, _TYPE, prop("Evidence"))
            self.add(node, prop("oa:exact"), Literal(evidence.quote))
            self.add(node, prop("oa:start"), _integer(start))
            self.add(node, prop("oa:end"), _integer(end))
            if evidence.section:
                self.add(node, prop("section"), Literal(evidence.section))
        if isinstance(claim, Sameness):
            self.add(me, prop("identityKind"), Literal(_FAMILY.get(self.report.kind_of(claim.a) or "", "other")))
        if field == "techniques":
            step = NamedNode(f"{self.iri}/step/{last}")
            self.add(me, prop("step"), step)
            self.add(step, _TYPE, prop("IncidentStep"))
            self.add(step, prop("stepOf"), self.node(claim.incident))  # type: ignore[attr-defined]
            self.add(step, _LABEL, Literal(claim.words))  # type: ignore[attr-defined]
            if claim.order is not None:  # type: ignore[attr-defined]
                self.add(step, prop("order"), _integer(claim.order))  # type: ignore[attr-defined]

    def technique(self, attack_id: str) -> NamedNode:
        node = NamedNode(self.addresses.technique(attack_id))
        self.add(node, _TYPE, prop("Technique"))
        self.add(node, _LABEL, Literal(attack_id))
        self.add(node, prop("dct:identifier"), Literal(f"attack:{attack_id}"))
        return node


_WRITE: dict[str, Callable[[_Writer, Any], NamedNode | Literal]] = {
    "ref": lambda w, value: w.node(value),
    "term": lambda _, value: _concept(value),
    "country": lambda _, value: NamedNode(f"{IKG}country-{value}"),
    "text": lambda _, value: Literal(value),
    "integer": lambda _, value: _integer(value),
    "flag": lambda _, value: _TRUE,
    "address": lambda _, value: NamedNode(str(value).translate(_NOT_IN_IRIS)),
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


def content_hash(field: str, claim: Claim) -> str:
    """The last part of a claim's IRI: a hash of all that the claim says."""
    content = f"{field} {claim.model_dump_json(exclude_defaults=True)}"
    return hashlib.blake2b(content.encode(), digest_size=10).hexdigest()


def to_quads(report: IncidentReport, addresses: Addresses | None = None) -> list[Quad]:
    """The quads of a report in its own named graph, sorted by their N-Quads form.

    The same report gives the same list on every machine and hash seed. ``report.faults()`` must be
    empty; nothing is checked again here.

    >>> from kg.model.report import IncidentReport
    >>> quads = to_quads(IncidentReport.model_validate({"report": {"id": "r", "title": "T", "publisher": "org:sec"}}))
    >>> quads[0].graph_name.value
    'https://w3id.org/incident-kg/id/report/r'
    """
    writer = _Writer(report, addresses or Addresses())
    writer.head()
    for field in THINGS:
        for thing in getattr(report, field):
            writer.thing(field, thing)
    for field in CLAIMS:
        for claim in getattr(report, field):
            writer.claim(field, claim)
    return sorted(writer.quads, key=str)


def graph_of(report: IncidentReport, addresses: Addresses) -> NamedNode:
    """The name of the report's graph."""
    info = report.info
    return NamedNode(addresses.report(info.id) if report.report else addresses.reference(info.id))
