"""The words of the field: every controlled list, used from report model to button.

Each list is a :class:`Term` enumeration. The value is the word that people write in reports
(``role: possible beneficiary``); :attr:`Term.iri` is the SKOS concept that stands for it in the
graph. Labels, definitions, examples and sources are in ``ontology/vocabularies/*.ttl``; a test
holds both against each other.

>>> Role.POSSIBLE_BENEFICIARY.value
'possible beneficiary'
>>> Role.POSSIBLE_BENEFICIARY.iri
'https://w3id.org/incident-kg/ontology#role-possible-beneficiary'
"""

from __future__ import annotations

from enum import Enum
from typing import ClassVar

BASE = "https://w3id.org/incident-kg/"
"""Default base address of instances (``<BASE>id/…``). Not registered with w3id.org yet."""

IKG = BASE + "ontology#"
"""Namespace of the ontology and its concept schemes; independent of a workspace's base."""

PREFIXES: dict[str, str] = {
    "ikg": IKG,
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dct": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "oa": "http://www.w3.org/ns/oa#",
    "schema": "https://schema.org/",
    "sh": "http://www.w3.org/ns/shacl#",
}
"""Prefixes that need no declaration in a query and that every export declares."""


class Term(str, Enum):
    """A word of a controlled list. Subclasses set ``scheme``, the list's short name."""

    scheme: ClassVar[str]

    @property
    def slug(self) -> str:
        """The value as it stands in an IRI: spaces become hyphens."""
        return str(self.value).replace(" ", "-")

    @property
    def iri(self) -> str:
        """The SKOS concept of this term."""
        return f"{IKG}{type(self).scheme}-{self.slug}"

    def __str__(self) -> str:
        return str(self.value)


def _scheme(name: str):  # type: ignore[no-untyped-def]
    def set_name(cls: type[Term]) -> type[Term]:
        cls.scheme = name
        SCHEMES[name] = cls
        return cls

    return set_name


SCHEMES: dict[str, type[Term]] = {}
"""Every controlled list by its short name."""


@_scheme("role")
class Role(Term):
    """What a party is in an incident (involvement claims)."""

    TARGET = "target"
    VICTIM = "victim"
    BREACHED_SUPPLIER = "breached supplier"
    AFFECTED_PARTY = "affected party"
    ATTRIBUTING_PARTY = "attributing party"
    RESPONDER = "responder"
    REGULATOR = "regulator"
    PUBLISHER = "publisher"
    SPOKESPERSON = "spokesperson"
    QUOTED_EXPERT = "quoted expert"
    COMPETITOR = "competitor"
    MAKER_OF_THE_EXPLOITED_PRODUCT = "maker of the exploited product"
    POSSIBLE_BENEFICIARY = "possible beneficiary"
    BYSTANDER = "bystander"
    BACKGROUND = "background"


@_scheme("effect")
class Effect(Term):
    """What was done to an asset (compromise claims)."""

    ACCESSED = "accessed"
    VIEWED = "viewed"
    EXFILTRATED = "exfiltrated"
    SOLD = "sold"
    PUBLISHED = "published"
    EXPOSED = "exposed"
    ALTERED = "altered"
    ENCRYPTED = "encrypted"
    DESTROYED = "destroyed"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"


@_scheme("stance")
class Stance(Term):
    """How the asserting agent stands to the claim. Silence is none of them."""

    ASSERTED = "asserted"
    CLAIMED = "claimed"
    SUSPECTED = "suspected"
    DISPUTED = "disputed"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    NOT_KNOWN = "not known"


@_scheme("confirmation")
class Confirmation(Term):
    """Who confirms that a party was hit."""

    ITSELF = "itself"
    SUPPLIER = "supplier"
    AUTHORITY = "authority"
    UNNAMED_PERSON = "unnamed person"
    NOBODY = "nobody"


@_scheme("sameness")
class SamenessKind(Term):
    """How two identities relate. Only a standing *same* joins."""

    SAME = "same"
    CLOSE = "close"
    PART_OF = "part of"
    DIFFERENT = "different"


@_scheme("precision")
class Precision(Term):
    """How exact the source was about a time."""

    INSTANT = "instant"
    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    ABOUT = "about"
    SINCE_AT_LEAST = "since at least"
    UNTIL_AT_MOST = "until at most"


@_scheme("method")
class Method(Term):
    """How a claim came into the graph."""

    READ = "read"
    EXTRACTED = "extracted"
    CURATED = "curated"
    DERIVED = "derived by rule"


@_scheme("incident-kind")
class IncidentKind(Term):
    """What kind of incident it was; several may apply."""

    ESPIONAGE = "espionage"
    DATA_BREACH = "data breach"
    RANSOMWARE = "ransomware"
    EXTORTION = "extortion"
    SUPPLY_CHAIN = "supply chain compromise"
    DESTRUCTION = "destruction"
    SABOTAGE = "sabotage"
    THEFT_OF_FUNDS = "theft of funds"
    ACCOUNT_TAKEOVER = "account takeover"
    VULNERABILITY_EXPLOITATION = "vulnerability exploitation"
    DEFACEMENT = "defacement"
    DENIAL_OF_SERVICE = "denial of service"
    DATA_LEAK = "data leak"
    INSIDER = "insider misuse"
    ERROR = "error"
    PHYSICAL_LOSS = "physical loss or theft"
    SOCIAL_ENGINEERING = "social engineering"
    MALWARE_INFECTION = "malware infection"
    ENVIRONMENTAL = "environmental"
    UNKNOWN = "unknown"


@_scheme("actor-kind")
class ActorKind(Term):
    """Kind of threat actor: STIX 2.1 ``threat-actor-type-ov`` where it has the word."""

    NATION_STATE = "nation state"
    STATE_AFFILIATED = "state affiliated"
    CRIME_SYNDICATE = "crime syndicate"
    CRIMINAL = "criminal"
    HACKER = "hacker"
    ACTIVIST = "activist"
    COMPETITOR = "competitor"
    TERRORIST = "terrorist"
    INSIDER = "insider"
    PARTNER = "partner"
    FORMER_EMPLOYEE = "former employee"
    CUSTOMER = "customer"
    ACQUAINTANCE = "acquaintance"
    OTHER = "other"
    UNKNOWN = "unknown"


@_scheme("motive")
class Motive(Term):
    """Why an actor acts: STIX 2.1 ``attack-motivation-ov`` and VERIS ``motive``, one list."""

    ESPIONAGE = "espionage"
    FINANCIAL = "financial"
    IDEOLOGY = "ideology"
    DISRUPTION = "disruption"
    COERCION = "coercion"
    REVENGE = "revenge"
    NOTORIETY = "notoriety"
    FUN = "fun"
    CONVENIENCE = "convenience"
    FEAR = "fear"
    SECONDARY = "secondary"
    ACCIDENTAL = "none"
    OTHER = "other"
    UNKNOWN = "unknown"


@_scheme("asset-kind")
class AssetKind(Term):
    """What was hit: kinds of data first, then kinds of systems and things (VERIS asset and data varieties)."""

    EMAIL = "email"
    COMMUNICATIONS = "communications"
    DOCUMENTS = "documents"
    CREDENTIALS = "credentials"
    SECRETS = "secrets"
    KEYS = "keys"
    PERSONAL = "personal data"
    SENSITIVE_PERSONAL = "sensitive personal data"
    CONTACT = "contact data"
    GOVERNMENT_ID = "government id"
    PAYMENT_CARD = "payment card data"
    BANK = "bank data"
    MEDICAL = "medical data"
    INSURANCE = "insurance data"
    GENETIC = "genetic data"
    BIOMETRIC = "biometric data"
    CALL_RECORDS = "call records"
    VAULT = "password vault"
    SOURCE_CODE = "source code"
    TOOLS = "tools"
    INTERNAL = "internal data"
    CLASSIFIED = "classified data"
    COPYRIGHTED = "copyrighted data"
    SYSTEM_DATA = "system data"
    VULNERABILITY_REPORTS = "vulnerability reports"
    SOFTWARE_UPDATE = "software update"
    CRYPTOCURRENCY = "cryptocurrency"
    MONEY = "money"
    MEDIA_CONTENT = "media content"
    ACCOUNT = "account"
    MAILBOX_SYSTEM = "mailbox system"
    CODE_REPOSITORY = "code repository"
    DATABASE = "database"
    SERVER = "server"
    USER_DEVICE = "user device"
    NETWORK = "network"
    INDUSTRIAL_CONTROL = "industrial control system"
    TERMINAL = "terminal"
    STORAGE_MEDIA = "storage media"
    PEOPLE = "people"
    CLOUD = "cloud environment"
    EMBEDDED = "embedded device"
    SYSTEMS = "systems"
    SERVICE = "service"
    WEBSITE = "website"
    OTHER = "other"
    UNKNOWN = "unknown"


@_scheme("event")
class Event(Term):
    """What a timing claim dates."""

    BEGAN = "began"
    ENDED = "ended"
    DETECTED = "detected"
    CONTAINED = "contained"
    DISCLOSED = "disclosed"
    NOTIFIED = "notified"
    EXFILTRATED = "exfiltrated"
    OCCURRED = "occurred"


@_scheme("relation")
class SupplyRelation(Term):
    """What binds a customer to a supplier."""

    CUSTOMER = "customer"
    USER = "user"
    SERVICE_PROVIDER = "service provider"
    BUSINESS_ASSOCIATE = "business associate"
    DEPENDENCY = "software dependency"
    PARTNER = "partner"


@_scheme("impact-kind")
class ImpactKind(Term):
    """What an impact claim measures."""

    MONEY = "money"
    RANSOM_DEMANDED = "ransom demanded"
    RANSOM_PAID = "ransom paid"
    FINE = "fine"
    DOWNTIME = "downtime"
    PEOPLE = "people"
    RECORDS = "records"
    ORGANISATIONS = "organisations"
    DEVICES = "devices"
    BRAND = "brand damage"
    COMPETITIVE = "competitive advantage"
    LEGAL = "legal and regulatory"
    OPERATING = "operating costs"
    RESPONSE = "response and recovery"
    ASSET_AND_FRAUD = "asset and fraud"
    BUSINESS_DISRUPTION = "business disruption"
    MATERIALITY = "materiality"
    OVERALL = "overall"
    OTHER = "other"


@_scheme("report-kind")
class ReportKind(Term):
    """What kind of document a report is."""

    NEWS = "news"
    FILING = "filing"
    ADVISORY = "advisory"
    DIRECTIVE = "directive"
    VENDOR_POST = "vendor post"
    STATEMENT = "statement"
    NOTICE = "notice"
    INDICTMENT = "indictment"
    COURT = "court document"
    RECORD = "record"
    TRACKER = "tracker"
    ANALYSIS = "analysis"
    CURATION = "curation"


@_scheme("date-kind")
class DateKind(Term):
    """Dates of a report other than its publication."""

    COVER = "cover"
    ISSUED = "issued"
    FILED = "filed"
    EVENT = "event"
    MODIFIED = "modified"
    CREATED = "created"
    EXISTENCE_KNOWN = "existence known"


@_scheme("words-of")
class WordsOf(Term):
    """Whose words the stored text of a report is."""

    SOURCE = "source"
    PROJECT = "project"


@_scheme("review")
class Review(Term):
    """How a bundled fact was checked."""

    CHECKED = "checked"
    RECALLED = "recalled"
    UNREVIEWED = "unreviewed"


@_scheme("marking")
class Marking(Term):
    """Traffic Light Protocol 2.0 (FIRST)."""

    CLEAR = "TLP:CLEAR"
    GREEN = "TLP:GREEN"
    AMBER = "TLP:AMBER"
    AMBER_STRICT = "TLP:AMBER+STRICT"
    RED = "TLP:RED"

    @property
    def slug(self) -> str:
        return self.value.lower().replace(":", "-").replace("+", "-")


@_scheme("reliability")
class Reliability(Term):
    """Admiralty code: reliability of a source."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"


@_scheme("sector")
class Sector(Term):
    """Industry of an organisation: STIX 2.1 ``industry-sector-ov`` with its government parts spelled out."""

    AGRICULTURE = "agriculture"
    AEROSPACE = "aerospace"
    AUTOMOTIVE = "automotive"
    CHEMICAL = "chemical"
    COMMERCIAL = "commercial"
    COMMUNICATIONS = "communications"
    CONSTRUCTION = "construction"
    DEFENSE = "defense"
    EDUCATION = "education"
    ENERGY = "energy"
    ENTERTAINMENT = "entertainment"
    FINANCIAL_SERVICES = "financial services"
    GOVERNMENT = "government"
    GOVERNMENT_NATIONAL = "government national"
    GOVERNMENT_REGIONAL = "government regional"
    GOVERNMENT_LOCAL = "government local"
    HEALTHCARE = "healthcare"
    HOSPITALITY = "hospitality leisure"
    INSURANCE = "insurance"
    LEGAL = "legal"
    MANUFACTURING = "manufacturing"
    MEDIA = "media"
    MINING = "mining"
    NON_PROFIT = "non profit"
    PHARMACEUTICALS = "pharmaceuticals"
    PROFESSIONAL_SERVICES = "professional services"
    REAL_ESTATE = "real estate"
    RETAIL = "retail"
    TECHNOLOGY = "technology"
    SECURITY_VENDOR = "security vendor"
    TELECOMMUNICATIONS = "telecommunications"
    TRANSPORTATION = "transportation"
    UTILITIES = "utilities"
    WHOLESALE = "wholesale"
    ADMINISTRATIVE = "administrative services"
    OTHER_SERVICES = "other services"
    UNKNOWN = "unknown"


EDGE_ROLES: dict[Role, str] = {
    Role.TARGET: "victim",
    Role.VICTIM: "victim",
    Role.BREACHED_SUPPLIER: "victim",
    Role.AFFECTED_PARTY: "affected",
}
"""Roles that yield a short-cut edge (local name in ``ikg:``); every other role yields none."""

STOLEN = frozenset({Effect.EXFILTRATED, Effect.SOLD, Effect.PUBLISHED})
"""Effects that yield ``ikg:stolen`` beside ``ikg:compromised``."""
