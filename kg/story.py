"""What the graph tells about one thing: its facts, edges, claims with their words, and an incident's timeline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache

from pyoxigraph import Literal, NamedNode

from kg.errors import NotFound
from kg.geography import countries
from kg.identity.iris import Addresses
from kg.store.base import QuadStore, Term
from kg.terms import prop
from kg.times import EPOCH
from kg.vocabulary import IKG, PREFIXES, SCHEMES, Precision, Stance, WordsOf

_DERIVED = ("sameActorAs", "sameIncidentAs", "sameOrganizationAs")
_SENTENCES: dict[str, str] = {
    "Attribution": "{incident}{campaign} is attributed to {actor}",
    "Background": "{actor}: origin {origin}, sponsor {sponsor}, kind {actorKind}, motive {motive}, active since {when}",
    "Involvement": "{party} is {role} in {incident}",
    "Membership": "{member} is one of {group}",
    "Compromise": "{asset}: {effect}",
    "LaterUse": "{asset} used for {usedFor}",
    "TechniqueUse": "{actor}{campaign}{software} technique: {words} ({technique})",
    "SoftwareUse": "{software} was used by {actor}{campaign}",
    "Exploitation": "exploited: {vulnerability} {product}",
    "Grouping": "{incident} belongs with {campaign}{linkedTo}",
    "Impact": "impact: {impactKind} {words}",
    "Timing": "{event}: {when} {party}",
    "Supply": "{supplier} supplies {customer}",
    "Sameness": "{one} and {other}: {statedAs}",
    "Naming": "{usedBy} calls {actor} “{name}”",
}


@dataclass(frozen=True, slots=True)
class Quote:
    """The words that a claim rests on, with their offsets, and whose words they are."""

    words: str
    start: int
    end: int
    whose: str


@dataclass(frozen=True, slots=True)
class ClaimView:
    """One claim, readable: what it says, who says so, where, when, how surely, in which words."""

    iri: str
    kind: str
    sentence: str
    stance: str
    asserted_by: str
    report: str
    report_title: str
    publisher: str
    published: str
    confidence: int | None
    words_of_confidence: str
    quotes: tuple[Quote, ...]
    details: tuple[tuple[str, str], ...]
    extracted_by: str = ""
    """The rule or model that read it out of a text; empty for what a person or a data set says."""
    extraction_confidence: int | None = None
    """So many times in 100 a claim read like this is right."""
    reviewed_by: str = ""
    """Who compared it with its words."""

    @property
    def how(self) -> str:
        """How it came to be known, where that was extraction: ``extracted, unreviewed, by victim.passive 1, right …``."""
        if not self.extracted_by:
            return ""
        seen = f"accepted by {self.reviewed_by}" if self.reviewed_by else "unreviewed"
        often = "" if self.extraction_confidence is None else f", right about {self.extraction_confidence} times in 100"
        return f"extracted, {seen}, by {self.extracted_by}{often}"


@dataclass(frozen=True, slots=True)
class EdgeView:
    """One derived edge at a thing, with the figures of its record."""

    iri: str
    predicate: str
    outgoing: bool
    other: str
    other_label: str
    other_kind: str
    agents: int
    contested: bool
    lowest: int | None
    highest: int | None
    claims: tuple[str, ...]


@dataclass(slots=True)
class Dossier:
    """Everything about one thing."""

    iri: str
    label: str
    kinds: list[str]
    identities: list[str]
    facts: list[tuple[str, str]] = field(default_factory=list)
    edges: list[EdgeView] = field(default_factory=list)
    claims: list[ClaimView] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One report in the disclosure timeline of an incident."""

    report: str
    title: str
    publisher: str
    published: str
    asserted_by: tuple[str, ...]
    claims: tuple[ClaimView, ...]


@cache
def _concepts() -> dict[str, str]:
    words = {term.iri: term.value for scheme in SCHEMES.values() for term in scheme}
    words.update({f"{IKG}country-{code}": name for code, name in countries().items()})
    return words


class Story:
    """Reads things out of one store. ``addresses`` are those of the workspace."""

    def __init__(self, store: QuadStore, addresses: Addresses) -> None:
        self.store, self.addresses = store, addresses
        self._labels: dict[str, str] = {}
        self._reports: dict[str, dict[str, str]] = {}

    # names

    def label(self, term: Term | None) -> str:
        """The display name of a term: label, concept word or literal text; the short address if it has none."""
        if term is None:
            return ""
        if not isinstance(term, NamedNode):
            return term.value if isinstance(term, Literal) else str(term)
        known = self._labels.get(term.value)
        if known is None:
            known = _concepts().get(term.value)
            if known is None:
                found = sorted(q.object.value for q in self.store.match(term, prop("skos:prefLabel")) if isinstance(q.object, Literal))
                known = found[0] if found else self.addresses.shorten(term.value)
            self._labels[term.value] = known
        return known

    def said(self, thing: NamedNode) -> dict[str, list[NamedNode | Literal]]:
        """Everything stated with ``thing`` as subject: property (local name in ``ikg:``, else IRI) → values."""
        found: dict[str, list[NamedNode | Literal]] = defaultdict(list)
        for quad in self.store.match(thing):
            if isinstance(quad.object, NamedNode | Literal) and quad.object not in found[quad.predicate.value.removeprefix(IKG)]:
                found[quad.predicate.value.removeprefix(IKG)].append(quad.object)
        return found

    def naming(self, thing: NamedNode, predicate: str | None = None) -> list[NamedNode]:
        """The subjects that name ``thing`` (with a property, by its local name)."""
        quads = self.store.match(None, prop(predicate) if predicate else None, thing)
        return sorted({q.subject for q in quads if isinstance(q.subject, NamedNode)}, key=str)

    def canonical(self, thing: NamedNode) -> NamedNode:
        """The canonical identity of a thing: itself unless a standing sameness joined it to another."""
        for name in _DERIVED:
            for quad in self.store.match(thing, prop(name)):
                if isinstance(quad.object, NamedNode):
                    return quad.object
        return thing

    def identities(self, thing: NamedNode) -> list[NamedNode]:
        """The canonical identity of a thing and everything that is one with it, canonical first."""
        head = self.canonical(thing)
        return [head, *(member for name in _DERIVED for member in self.naming(head, name) if "/id/edge/" not in member.value)]

    def kinds(self, thing: NamedNode) -> list[str]:
        """The classes of a thing, as local names."""
        types = {quad.object for quad in self.store.match(thing, prop("rdf:type"))}
        return sorted(kind.value.removeprefix(IKG) for kind in types if isinstance(kind, NamedNode))

    def node(self, iri: str) -> NamedNode:
        """The term of an IRI. Raises :class:`ValueError` if it is none."""
        return NamedNode(iri)

    # one thing

    def tell(self, iri: str) -> Dossier:
        """Everything about one thing; of a claim, the claim with its words. Raises :class:`~kg.errors.NotFound` if nothing is said."""
        asked = NamedNode(iri)
        known = self.identities(asked)
        head = known[0]
        dossier = Dossier(head.value, self.label(head), sorted({k for i in known for k in self.kinds(i)}), [i.value for i in known])
        for identity in known:
            dossier.facts.extend(self.facts(identity))
        dossier.facts = sorted(set(dossier.facts))
        dossier.edges = self.edges(head)
        naming = {node for identity in known for node in self.naming(identity)} | set(known)
        dossier.claims = self.claims({node.value for node in naming if "statedIn" in self.said(node)})
        if not (dossier.kinds or dossier.facts or dossier.edges or dossier.claims):
            raise NotFound(f"the graph does not speak of {self.addresses.shorten(iri)}; 'kg search' finds names")
        return dossier

    def facts(self, thing: NamedNode) -> list[tuple[str, str]]:
        """What is stated of a thing itself, as pairs of words."""
        said = self.said(thing)
        return [(_FACTS[name], self.label(value)) for name, values in said.items() if name in _FACTS for value in values]

    def edges(self, thing: NamedNode) -> list[EdgeView]:
        """The derived edges at a thing."""
        found = []
        for outgoing, here, there in ((True, "rdf:subject", "rdf:object"), (False, "rdf:object", "rdf:subject")):
            for node in self.naming(thing, here):
                record = self.said(node)
                other = record[prop(there).value][0]
                predicate = record[prop("rdf:predicate").value][0].value.removeprefix(IKG)
                low, high = (int(record[n][0].value) if record[n] else None for n in ("lowestConfidence", "highestConfidence"))
                kind = (self.kinds(other) or [""])[0] if isinstance(other, NamedNode) else ""
                claims = tuple(sorted(c.value for c in record["claim"]))
                agents, contested = int(record["agents"][0].value), record["contested"][0].value == "true"
                found.append(
                    EdgeView(node.value, predicate, outgoing, other.value, self.label(other), kind, agents, contested, low, high, claims)
                )
        return sorted(found, key=lambda e: (e.predicate, not e.outgoing, e.other_label, e.other))

    def claims(self, iris: Iterable[str]) -> list[ClaimView]:
        """Claims by IRI, readable, ordered by publication."""
        views = [self.claim(iri) for iri in iris]
        return sorted(views, key=lambda c: (self.known_by(c.report), c.report, c.kind, c.sentence, c.iri))

    def known_by(self, report: str) -> str:
        """When a report was public at the latest, for sorting; undated ones come last."""
        return self.report(report).get("publishedEnd", "9999") if report else "9999"

    def claim(self, iri: str) -> ClaimView:
        """One claim, readable."""
        said = self.said(NamedNode(iri))
        kind = said[_TYPE][0].value.removeprefix(IKG) if said[_TYPE] else "Claim"
        report = self.report(said["statedIn"][0].value) if said["statedIn"] else {}
        words = {name: ", ".join(sorted(self.label(v) for v in values)) for name, values in said.items()}
        words["when"] = words.get("timeWords") or _days(words)
        quotes = []
        for node in said["evidence"]:
            assert isinstance(node, NamedNode)
            place = self.said(node)
            exact, start, end = (place[prop(name).value][0].value for name in ("oa:exact", "oa:start", "oa:end"))
            quotes.append(Quote(exact, int(start), int(end), report.get("wordsOf", WordsOf.SOURCE.value)))
        return ClaimView(
            iri,
            kind,
            sentence(kind, words),
            words.get("stance", ""),
            words.get("assertedBy", ""),
            said["statedIn"][0].value if said["statedIn"] else "",
            report.get("label", ""),
            report.get("publisher", ""),
            report.get("published", ""),
            int(said["confidence"][0].value) if said["confidence"] else None,
            words.get("wordsOfConfidence", ""),
            tuple(sorted(quotes, key=lambda q: q.start)),
            tuple(sorted((n, w) for n, w in words.items() if n in _DETAILS)),
            words.get("extractedBy", ""),
            int(said["extractionConfidence"][0].value) if said["extractionConfidence"] else None,
            words.get("reviewedBy", ""),
        )

    def report(self, iri: str) -> dict[str, str]:
        """What is told of a report: ``label``, ``publisher``, ``published`` (as precise as known), ``wordsOf``, ``reportKind`` …"""
        if iri not in self._reports:
            found = {"label": self.label(NamedNode(iri))}
            for name, values in self.said(NamedNode(iri)).items():
                if name == prop("dct:publisher").value:
                    found["publisher"] = self.label(values[0])
                elif name in ("wordsOf", "reportKind", "review") or name.startswith("published"):
                    found[name] = self.label(values[0])
            time = {"startDay": "publishedStartDay", "endDay": "publishedEndDay", "precision": "publishedPrecision"}
            found["published"] = found.get("publishedWords") or _days({n: found[m] for n, m in time.items() if m in found})
            self._reports[iri] = found
        return self._reports[iri]

    # one incident

    def timeline(self, incident: str) -> list[Disclosure]:
        """The reports that tell of an incident, by publication, undated ones last.

        Curation (a person's decisions about samenesses) is no disclosure and is left out.
        """
        claims: dict[str, list[str]] = defaultdict(list)
        for identity in self.identities(NamedNode(incident)):
            for claim in self.naming(identity, "incident"):
                claims[self.said(claim)["statedIn"][0].value].append(claim.value)
        told = []
        for report, iris in claims.items():
            about = self.report(report)
            if about.get("reportKind") == "curation":
                continue
            views = tuple(self.claims(set(iris)))
            agents = tuple(sorted({v.asserted_by for v in views}))
            told.append(Disclosure(report, about["label"], about.get("publisher", ""), about.get("published", ""), agents, views))
        return sorted(told, key=lambda d: (self.known_by(d.report), d.report))


_TYPE = PREFIXES["rdf"] + "type"
_FACTS = {
    "incidentKind": "kind",
    "country": "country",
    "sector": "sector",
    "assetKind": "kind",
    "countWords": "count as said",
    "countMin": "at least",
    "countMax": "at most",
    "maker": "maker",
    "groupOf": "group of",
    "worksFor": "works for",
    "region": "region",
    "size": "size",
    PREFIXES["dct"] + "identifier": "identifier",
    PREFIXES["skos"] + "altLabel": "also",
    PREFIXES["dct"] + "description": "description",
    PREFIXES["rdfs"] + "comment": "note",
    PREFIXES["dct"] + "license": "licence",
    "attributionLine": "attribution",
    PREFIXES["schema"] + "url": "address",
    "marking": "marking",
    "reportKind": "kind",
    "review": "review",
    "extractor": "read by",
    "readAt": "read at",
    "citation": "source",
}
_DETAILS = frozenset(
    (
        "actorAsNamed",
        "sponsor",
        "basis",
        "confirmation",
        "through",
        "words",
        "countMin",
        "countMax",
        "countWords",
        "countUnit",
        "heldBy",
        "ownedBy",
        "takenFrom",
        "against",
        "usedOn",
        "outcome",
        "mappedBy",
        "verisAction",
        "order",
        "currency",
        "noticedBy",
        "supplied",
        "relation",
        "product",
        "usedBy",
        "when",
        "party",
        "role",
        "effect",
        "event",
    )
)


def _days(words: dict[str, str]) -> str:
    """The first and last day of a claim's time, shortened to what its precision allows."""
    if "startDay" not in words:
        return ""
    first, last = (EPOCH + timedelta(days=int(words[name])) for name in ("startDay", "endDay"))
    shapes = {Precision.MONTH.value: "%Y-%m", Precision.YEAR.value: "%Y"}
    if words.get("precision") in shapes:
        return first.strftime(shapes[words["precision"]])
    return first.isoformat() if first == last else f"{first} to {last}"


def sentence(kind: str, words: dict[str, str]) -> str:
    """A claim in words: its class, and its properties as display names.

    >>> sentence("Involvement", {"party": "Acme", "role": "victim", "incident": "the theft"})
    'Acme is victim in the theft'
    """
    if kind == "Background":
        told = {"origin": "origin", "sponsor": "sponsor", "actorKind": "kind", "motive": "motive", "when": "active since"}
        return f"{words.get('actor', '')}: " + ", ".join(f"{text} {words[name]}" for name, text in told.items() if words.get(name))
    blank: dict[str, str] = defaultdict(str, words)
    text = " ".join(_SENTENCES.get(kind, kind).format_map(blank).replace("()", "").split())
    if kind == "SoftwareUse" and not {"actor", "campaign"} & words.keys():
        text = text.removesuffix(" was used by") + " was used"
    if words.get("stance") not in (Stance.ASSERTED.value, "", None):
        text += f" [{words['stance']}]"
    return text
