"""What one report says.

A file holds one or many YAML documents; each is an :class:`IncidentReport`. Things come first
(incidents, actors, organizations, …), each with a ``key`` that the claims use, then the claims,
one list a kind. A thing without ``id`` is local to its report; a thing with ``id`` is the known
thing of that id in every report (``id: microsoft`` under ``organizations`` is ``org:microsoft``).
Claims may name known ids without declaring them.
"""

from __future__ import annotations

from datetime import date
from enum import Enum
from typing import Annotated, Any, ClassVar

from pydantic import AnyUrl, Field, UrlConstraints, field_validator, model_validator

from kg.model.base import Count, CountryCode, Key, Label, Many, Part, Ref, Text
from kg.times import Interval, TimeValue
from kg.vocabulary import (
    ActorKind,
    AssetKind,
    Confirmation,
    DateKind,
    Effect,
    Event,
    ImpactKind,
    IncidentKind,
    Marking,
    Method,
    Motive,
    Reliability,
    ReportKind,
    Review,
    Role,
    SamenessKind,
    Sector,
    Stance,
    SupplyRelation,
    WordsOf,
)

Address = Annotated[AnyUrl, UrlConstraints(max_length=2000, allowed_schemes=["http", "https"])]


# ── where it was said ────────────────────────────────────────────────────────────────────────


class Citation(Part):
    """Where a fact can be found: with ``address`` only if that page was opened."""

    publisher: Label
    title: Label | None = None
    year: Annotated[int, Field(ge=1900, le=2100)] | None = None
    address: Address | None = None


class ReportDate(Part):
    """A date of a report that is not its publication (cover, filed, issued …)."""

    kind: DateKind
    when: TimeValue


class ReportInfo(Part):
    """The document itself. ``published`` is when its statements became public; leave it out if unknown."""

    id: Key
    title: Label
    publisher: Ref
    published: TimeValue | None = None
    published_from: Label | None = None
    """Which field of an imported format ``published`` was taken from."""
    kind: ReportKind = ReportKind.NEWS
    author: Label | None = None
    address: Address | None = None
    dates: Annotated[tuple[ReportDate, ...], Many] = ()
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")] | None = None
    licence: Label | None = None
    attribution: Label | None = None
    marking: Marking | None = None
    reliability: Reliability | None = None
    restates: Annotated[tuple[Ref, ...], Many] = ()
    review: Review = Review.UNREVIEWED
    read_at: Annotated[tuple[Address, ...], Many] = ()
    """Addresses of the stored pages that were opened to check the facts (``review: checked``)."""
    cites: Annotated[tuple[Citation, ...], Many] = ()
    identifiers: Annotated[tuple[Label, ...], Many] = ()
    method: Method = Method.CURATED
    extractor: Label | None = None
    """The version of the extractor that read the text, and of the names that it knew."""
    note: Text | None = None


RESERVED = frozenset({"links-by-rule", "link-decisions"})
"""Ids of the reference graphs that a workspace writes itself."""


class ReferenceInfo(Part):
    """A file of reference knowledge: timeless, part of every as-of view, says nothing about incidents."""

    id: Key

    @field_validator("id")
    @classmethod
    def _free(cls, value: str) -> str:
        if value in RESERVED:
            raise ValueError(f"{value!r} is kept for what a workspace writes itself; choose another")
        return value

    title: Label
    publisher: Ref = "org:incident-kg"
    licence: Label | None = None
    attribution: Label | None = None
    review: Review = Review.UNREVIEWED
    read_at: Annotated[tuple[Address, ...], Many] = ()
    cites: Annotated[tuple[Citation, ...], Many] = ()
    method: Method = Method.CURATED
    note: Text | None = None


# ── things ───────────────────────────────────────────────────────────────────────────────────


class Thing(Part):
    """Something that claims speak of. ``kind_of_id`` is the prefix of its known id."""

    kind_of_id: ClassVar[str]
    key: Key
    id: Key | None = None
    identifiers: Annotated[tuple[Label, ...], Many] = ()
    """Identifiers elsewhere as ``scheme:value``: ``ticker:MSFT``, ``lei:…``, ``veris:…``, ``attack:G0016``."""
    note: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _key_or_id(cls, value: Any) -> Any:
        if isinstance(value, dict) and "key" not in value and "id" in value:
            return {**value, "key": value["id"]}
        return value

    @property
    def label(self) -> str:
        """The display name (``skos:prefLabel``)."""
        raise NotImplementedError


class Named(Thing):
    name: Label
    aliases: Annotated[tuple[Label, ...], Many] = ()

    @property
    def label(self) -> str:
        return self.name


class Described(Thing):
    description: Label

    @property
    def label(self) -> str:
        return self.description


class Incident(Thing):
    """An intrusion, leak, theft or failure at one set of victims."""

    kind_of_id = "incident"
    title: Label
    kind: Annotated[tuple[IncidentKind, ...], Many] = ()
    summary: Text | None = None

    @property
    def label(self) -> str:
        return self.title


class ThreatActor(Named):
    """An identity that somebody tracks under a name."""

    kind_of_id = "actor"


class UnidentifiedActor(Described):
    """An actor that is only described ("Russian hackers"); its known id is rarely useful."""

    kind_of_id = "actor"


class Campaign(Named):
    kind_of_id = "campaign"


class Organization(Named):
    kind_of_id = "org"
    country: CountryCode | None = None
    region: Label | None = None
    sector: Annotated[tuple[Sector, ...], Many] = ()
    size: Label | None = None


class Person(Named):
    kind_of_id = "person"
    works_for: Ref | None = None


class Population(Described):
    """A described group ("customers of Microsoft") whose number may be exact, a range or unknown."""

    kind_of_id = "population"
    of: Ref | None = None
    country: CountryCode | None = None
    sector: Annotated[tuple[Sector, ...], Many] = ()
    count: Count | None = None


class Asset(Named):
    """A mailbox system, a repository, a set of records."""

    kind_of_id = "asset"
    kind: Annotated[tuple[AssetKind, ...], Many] = ()


class Malware(Named):
    kind_of_id = "malware"


class Tool(Named):
    kind_of_id = "tool"


class Vulnerability(Named):
    """A vulnerability; with a CVE number its ``id`` is that number (``CVE-2023-34362``)."""

    kind_of_id = "vulnerability"


class Product(Named):
    kind_of_id = "product"
    maker: Ref | None = None


class Technique(Named):
    """An entry of a catalogue of techniques; its ``id`` is the identifier there (``T1110.003``), which is its label too."""

    kind_of_id = "technique"
    tactics: Annotated[tuple[Label, ...], Many] = ()
    """What it serves, in the catalogue's words (``credential-access``)."""

    @property
    def label(self) -> str:
        return self.id or self.name


# ── claims ───────────────────────────────────────────────────────────────────────────────────


class Evidence(Part):
    """The exact words, found in the report's ``text`` (the ``occurrence``-th time that they stand there)."""

    quote: Annotated[str, Field(min_length=1, max_length=20_000)]
    occurrence: Annotated[int, Field(ge=1)] = 1
    section: Label | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_words(cls, value: Any) -> Any:
        return {"quote": value} if isinstance(value, str) else value


class Answer(str, Enum):
    """What a person says of an extracted claim."""

    ACCEPTED = "accepted"
    """The text says so."""
    CORRECTED = "corrected"
    """The text says something else; the person's claim stands beside it."""
    REJECTED = "rejected"
    """The text says no such thing."""


class Reviewed(Part):
    """That a person compared a claim with its words. A claim that was corrected or rejected counts for nothing."""

    answer: Answer
    by: Label
    when: date
    into: Key | None = None
    """The key of the person's own claim, where the answer is a correction."""
    note: Text | None = None


class Claim(Part):
    """What every claim may carry, whatever it says."""

    key: Key | None = None
    stance: Stance = Stance.ASSERTED
    asserted_by: Ref | None = None
    """Who says it; the report's publisher unless named (a newspaper that quotes Microsoft: Microsoft)."""
    unnamed_source: bool = False
    """True where the asserting agent relays an unnamed person ("a person familiar with the matter")."""
    confidence: Annotated[int, Field(ge=0, le=100)] | None = None
    wordsOfConfidence: Label | None = Field(default=None, alias="confidence_words")
    evidence: Annotated[tuple[Evidence, ...], Many] = ()
    rests_on: Annotated[tuple[Ref, ...], Many] = ()
    """Reports that this claim restates (``report:…``)."""
    method: Method | None = None
    extracted_by: Label | None = None
    """The rule or model, with its version, that read the claim out of the text (``victim.passive 1``)."""
    extraction_confidence: Annotated[int, Field(ge=0, le=100)] | None = None
    """How often a claim read like this one is right (calibrated on texts held back); not the source's confidence."""
    reviewed: Reviewed | None = None
    cites: Annotated[tuple[Citation, ...], Many] = ()
    note: Text | None = None

    @property
    def stands(self) -> bool:
        """Whether it is what the report says: no person corrected or rejected it."""
        return self.reviewed is None or self.reviewed.answer is Answer.ACCEPTED


class TimedClaim(Claim):
    when: TimeValue | None = None


class Attribution(Claim):
    """Who is behind an incident or campaign."""

    incident: Ref | None = None
    campaign: Ref | None = None
    actor: Ref
    actor_as_named: Label | None = None
    sponsor: Ref | None = None
    basis: Label | None = None

    @model_validator(mode="after")
    def _one_object(self) -> Attribution:
        if (self.incident is None) == (self.campaign is None):
            raise ValueError("names either an incident or a campaign")
        return self


class Background(TimedClaim):
    """Origin, sponsor, kind, motive or first activity (``when``) of an actor, whatever the incident."""

    actor: Ref
    origin: CountryCode | None = None
    sponsor: Ref | None = None
    kind: ActorKind | None = None
    motive: Annotated[tuple[Motive, ...], Many] = ()


class Involvement(TimedClaim):
    """A party in an incident, with its role. A role that is not a victim's is written just the same."""

    incident: Ref
    party: Ref
    role: Role
    confirmation: Confirmation | None = None
    through: Ref | None = None
    """The supplier through which the party was reached."""
    count: Count | None = None
    words: Label | None = None


class Membership(Claim):
    """A named party is one of a described group."""

    member: Ref
    group: Ref


class Compromise(TimedClaim):
    """What happened to an asset. ``owned_by`` may name several (the holder's and the customer's letters)."""

    incident: Ref
    asset: Ref
    effect: Effect
    quantity: Count | None = None
    held_by: Ref | None = None
    owned_by: Annotated[tuple[Ref, ...], Many] = ()


class LaterUse(TimedClaim):
    """A thing taken in one step was used in another."""

    incident: Ref
    asset: Ref
    taken_from: Ref | None = None
    against: Ref | None = None
    used_on: Ref | None = None
    """The asset that was reached with it."""
    used_for: Label
    outcome: Label | None = None


def _one_subject_of(claim: Claim, *fields: str) -> None:
    if sum(getattr(claim, name) is not None for name in fields) != 1:
        raise ValueError(f"names exactly one of these: {', '.join(fields)}")


class TechniqueUse(TimedClaim):
    """A technique in the words of the source; an ATT&CK id is the claim of ``mapped_by``.

    It was used in an incident or a campaign, or is used by an actor, or by malware or a tool (``software``).
    """

    incident: Ref | None = None
    campaign: Ref | None = None
    actor: Ref | None = None
    software: Ref | None = None
    words: Label
    technique: Annotated[str, Field(pattern=r"^T\d{4}(\.\d{3})?$")] | None = None
    mapped_by: Ref | None = None
    veris_action: Label | None = None
    order: Annotated[int, Field(ge=1, le=10_000)] | None = None

    @model_validator(mode="after")
    def _one_subject(self) -> TechniqueUse:
        _one_subject_of(self, "incident", "campaign", "actor", "software")
        return self


class SoftwareUse(Claim):
    """Malware or a tool was used in an incident or a campaign, or is used by an actor."""

    incident: Ref | None = None
    campaign: Ref | None = None
    actor: Ref | None = None
    software: Ref

    @model_validator(mode="after")
    def _one_subject(self) -> SoftwareUse:
        _one_subject_of(self, "incident", "campaign", "actor")
        return self


class Exploitation(Claim):
    """A vulnerability or a product was exploited (or, denied: was not), in an incident or by whomever (``words``)."""

    incident: Ref | None = None
    vulnerability: Ref | None = None
    product: Ref | None = None
    words: Label | None = None
    """How it is exploited, where no incident is named ("in ransomware campaigns")."""

    @model_validator(mode="after")
    def _something(self) -> Exploitation:
        if self.vulnerability is None and self.product is None:
            raise ValueError("names a vulnerability, a product, or both")
        return self


class Grouping(Claim):
    """An incident is part of a campaign, or linked to another incident by a common operation."""

    incident: Ref
    campaign: Ref | None = None
    linked_to: Ref | None = None
    words: Label | None = None

    @model_validator(mode="after")
    def _one_group(self) -> Grouping:
        if (self.campaign is None) == (self.linked_to is None):
            raise ValueError("names either a campaign or another incident (linked_to)")
        return self


class Impact(TimedClaim):
    """Money, downtime, people and other harm."""

    incident: Ref
    kind: ImpactKind
    party: Ref | None = None
    amount: Count | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3,6}$")] | None = None
    words: Label | None = None


class Timing(TimedClaim):
    """When something about an incident happened; ``party`` for whom (notified: of which party)."""

    incident: Ref
    event: Event
    party: Ref | None = None
    by: Label | None = None
    """How or by whom it was noticed, for ``detected``."""


class Supply(TimedClaim):
    """A supplier serves a customer, with what, since when."""

    supplier: Ref
    customer: Ref
    relation: SupplyRelation = SupplyRelation.CUSTOMER
    of: Label | None = None
    product: Ref | None = None


class Sameness(TimedClaim):
    """Two identities are the same, close, part of one another (``a`` of ``b``), or different."""

    a: Ref
    b: Ref
    stated_as: SamenessKind


class Naming(TimedClaim):
    """An organization calls an actor by a name, ``when`` since, or formerly."""

    actor: Ref
    name: Label
    used_by: Ref | None = None
    formerly: bool = False


# ── the whole ────────────────────────────────────────────────────────────────────────────────


class Unmapped(Part):
    """A value of an imported record for which the model has no field: kept, counted, never dropped."""

    field: Label
    value: Text


THINGS: dict[str, type[Thing]] = {
    "incidents": Incident,
    "actors": ThreatActor,
    "unidentified_actors": UnidentifiedActor,
    "campaigns": Campaign,
    "organizations": Organization,
    "people": Person,
    "populations": Population,
    "assets": Asset,
    "malware": Malware,
    "tools": Tool,
    "vulnerabilities": Vulnerability,
    "products": Product,
    "catalogued_techniques": Technique,
}
CLAIMS: dict[str, type[Claim]] = {
    "attributions": Attribution,
    "backgrounds": Background,
    "involvements": Involvement,
    "memberships": Membership,
    "compromises": Compromise,
    "later_uses": LaterUse,
    "techniques": TechniqueUse,
    "software_uses": SoftwareUse,
    "exploitations": Exploitation,
    "groupings": Grouping,
    "impacts": Impact,
    "timings": Timing,
    "supplies": Supply,
    "samenesses": Sameness,
    "namings": Naming,
}
_PARTY = ("org", "person", "population")
_ACTOR = ("actor",)
_SOFTWARE = ("malware", "tool")
ALLOWED: dict[str, tuple[str, ...]] = {
    "incident": ("incident",), "linked_to": ("incident",), "campaign": ("campaign",), "actor": _ACTOR,
    "asserted_by": (*_PARTY, "actor"), "mapped_by": _PARTY, "used_by": _PARTY, "sponsor": (*_PARTY,),
    "party": _PARTY, "through": _PARTY, "member": _PARTY, "group": ("population",),
    "asset": ("asset",), "used_on": ("asset",), "held_by": _PARTY, "owned_by": _PARTY, "taken_from": _PARTY, "against": _PARTY,
    "software": _SOFTWARE, "vulnerability": ("vulnerability",), "product": ("product",), "supplier": _PARTY, "customer": _PARTY,
    "rests_on": ("report",), "restates": ("report",), "publisher": _PARTY, "of": _PARTY, "maker": _PARTY, "works_for": _PARTY,
}  # fmt: skip
"""Which kinds of thing a reference field may name. ``a`` and ``b`` of a sameness are checked on their own."""
_TEXT_FIELDS = {("supplies", "of")}
_SAME_FAMILY = {"actor": "actor", "incident": "incident", "org": "organization", "population": "population", "campaign": "campaign"}


class IncidentReport(Part):
    """Everything that one report says (or one reference file holds), with what it rests on."""

    report: ReportInfo | None = None
    reference: ReferenceInfo | None = None
    text: Text | None = None
    """The words that evidence is found in: the source's own, or (``text_by: project``) our summary of it."""
    text_by: WordsOf = WordsOf.SOURCE
    text_hash: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    """The SHA-256 of the whole text, where ``text`` holds only the quoted words at their places (a report that was read from RDF)."""

    incidents: tuple[Incident, ...] = ()
    actors: tuple[ThreatActor, ...] = ()
    unidentified_actors: tuple[UnidentifiedActor, ...] = ()
    campaigns: tuple[Campaign, ...] = ()
    organizations: tuple[Organization, ...] = ()
    people: tuple[Person, ...] = ()
    populations: tuple[Population, ...] = ()
    assets: tuple[Asset, ...] = ()
    malware: tuple[Malware, ...] = ()
    tools: tuple[Tool, ...] = ()
    vulnerabilities: tuple[Vulnerability, ...] = ()
    products: tuple[Product, ...] = ()
    catalogued_techniques: tuple[Technique, ...] = ()

    attributions: tuple[Attribution, ...] = ()
    backgrounds: tuple[Background, ...] = ()
    involvements: tuple[Involvement, ...] = ()
    memberships: tuple[Membership, ...] = ()
    compromises: tuple[Compromise, ...] = ()
    later_uses: tuple[LaterUse, ...] = ()
    techniques: tuple[TechniqueUse, ...] = ()
    software_uses: tuple[SoftwareUse, ...] = ()
    exploitations: tuple[Exploitation, ...] = ()
    groupings: tuple[Grouping, ...] = ()
    impacts: tuple[Impact, ...] = ()
    timings: tuple[Timing, ...] = ()
    supplies: tuple[Supply, ...] = ()
    samenesses: tuple[Sameness, ...] = ()
    namings: tuple[Naming, ...] = ()

    unmapped: tuple[Unmapped, ...] = ()

    @property
    def info(self) -> ReportInfo | ReferenceInfo:
        """The report's or the reference file's metadata."""
        info = self.report or self.reference
        assert info is not None
        return info

    @property
    def published(self) -> Interval | None:
        """When its statements became public; ``None`` for reference files and undated reports."""
        return self.report.published if self.report else None

    def things(self) -> dict[str, Thing]:
        """Every declared thing by its key."""
        return {t.key: t for field in THINGS for t in getattr(self, field)}

    def kind_of(self, ref: str) -> str | None:
        """The kind of id that a reference names; ``None`` for an undeclared key."""
        thing = None if ":" in ref else self.things().get(ref)
        return kind_of(ref, {ref: thing.kind_of_id} if thing else {})

    def claims(self) -> list[Claim]:
        """Every claim, kind by kind, in the order of the file."""
        return [c for field in CLAIMS for c in getattr(self, field)]

    @field_validator("text")
    @classmethod
    def _bounded(cls, text: str | None) -> str | None:
        if text is not None and len(text) > 20_000_000:
            raise ValueError("is longer than 20 million characters")
        return text

    @model_validator(mode="after")
    def _one_kind(self) -> IncidentReport:
        if (self.report is None) == (self.reference is None):
            raise ValueError("has either a 'report:' or a 'reference:' block at the top")
        return self

    def faults(self) -> list[tuple[tuple[str | int, ...], str]]:
        """Mistakes that need the whole report to be seen: ``(path, message)`` each; empty when sound.

        Checked: keys declared once; references that name a declared key or a known id of the right
        kind; quotes that stand in the text; samenesses within one family; no claim about an incident
        in a reference file.
        """
        found: list[tuple[tuple[str | int, ...], str]] = []
        kinds: dict[str, str] = {}
        for field in THINGS:
            for i, thing in enumerate(getattr(self, field)):
                if thing.key in kinds:
                    found.append(((field, i, "key"), f"the key {thing.key!r} is declared twice"))
                kinds[thing.key] = thing.kind_of_id
        top = "report" if self.report else "reference"
        self._check_refs(self.info, (top,), kinds, found)
        for field in THINGS:
            for i, thing in enumerate(getattr(self, field)):
                self._check_refs(thing, (field, i), kinds, found)
        for field in CLAIMS:
            for i, claim in enumerate(getattr(self, field)):
                self._check_refs(claim, (field, i), kinds, found)
                for j, evidence in enumerate(claim.evidence):
                    if self.locate(evidence) is None:
                        found.append(((field, i, "evidence", j), f"the words {evidence.quote[:60]!r} do not stand in 'text'"))
                if self.reference and getattr(claim, "incident", None):
                    found.append(((field, i), "a reference file says nothing about incidents: put it into a dated report"))
        return found

    def locate(self, evidence: Evidence) -> int | None:
        """Where the evidence's quote starts in :attr:`text` (in code points), or ``None``."""
        at = -1
        for _ in range(evidence.occurrence):
            at = (self.text or "").find(evidence.quote, at + 1)
            if at < 0:
                return None
        return at

    def _check_refs(
        self,
        part: Part,
        path: tuple[str | int, ...],
        kinds: dict[str, str],
        found: list[tuple[tuple[str | int, ...], str]],
    ) -> None:
        for name, allowed in ALLOWED.items():
            if (path[0], name) in _TEXT_FIELDS:
                continue
            value = getattr(part, name, None)
            for ref in value if isinstance(value, tuple) else (value,):
                if isinstance(ref, str):
                    problem = _wrong_reference(ref, allowed, kinds)
                    if problem:
                        found.append(((*path, name), problem))
        if isinstance(part, Sameness):
            families = []
            for name in ("a", "b"):
                ref = getattr(part, name)
                problem = _wrong_reference(ref, tuple(_SAME_FAMILY), kinds)
                if problem:
                    found.append(((*path, name), problem))
                else:
                    families.append(kind_of(ref, kinds))
            if len(families) == 2 and families[0] != families[1]:
                found.append((path, f"a {families[0]} and a {families[1]} cannot be related by sameness"))


def kind_of(ref: str, kinds: dict[str, str]) -> str | None:
    """The kind of id that a reference names, ``None`` for an undeclared key."""
    head, colon, _ = ref.partition(":")
    return head if colon else kinds.get(ref)


def _wrong_reference(ref: str, allowed: tuple[str, ...], kinds: dict[str, str]) -> str | None:
    kind = kind_of(ref, kinds)
    if kind is None:
        import difflib

        near = difflib.get_close_matches(ref, kinds, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        return f"{ref!r} is not declared in this report{hint}"
    if kind not in allowed:
        return f"{ref!r} is of kind {kind}; expected {' or '.join(allowed)}"
    return None
