"""What VERIS words mean in the report model: plain tables, used by :mod:`kg.readers.veris` alone.

A word that is in no table is not guessed at: the value stays among the report's ``unmapped``.
"""

from __future__ import annotations

from kg.vocabulary import ActorKind, AssetKind, Effect, Event, ImpactKind, IncidentKind, Motive, Sector, Stance

NOT_STATED = frozenset({"", "unknown", "na", "n/a"})
"""Values (lower case) by which a coder says that nothing is known; they make no claim and no unmapped value."""

CONFIDENCE: dict[str, int | None] = {"High": 85, "Medium": 60, "Low": 30, "None": None}

STANCES: dict[str, tuple[Stance, Stance]] = {
    "Confirmed": (Stance.ASSERTED, Stance.ASSERTED),
    "Suspected": (Stance.SUSPECTED, Stance.SUSPECTED),
    "Near miss": (Stance.SUSPECTED, Stance.DENIED),
    "False positive": (Stance.DENIED, Stance.DENIED),
}
"""``security_incident`` to the stance of claims in general, and of those that speak of harm."""

DISCLOSURE: dict[str, Stance] = {
    "Yes": Stance.ASSERTED,
    "Potentially": Stance.SUSPECTED,
    "No": Stance.DENIED,
    "Unknown": Stance.NOT_KNOWN,
}

FORCE: tuple[Stance, ...] = (Stance.ASSERTED, Stance.SUSPECTED, Stance.NOT_KNOWN, Stance.DENIED)
"""Of two stances on one claim the later one in this order is taken."""

ACTIONS: dict[str, str] = {
    "hacking": "hak",
    "malware": "mal",
    "social": "soc",
    "misuse": "mis",
    "physical": "phy",
    "error": "err",
    "environmental": "env",
}
"""Action categories and what ``plus.event_chain`` calls them."""

TAKING_ACTIONS = frozenset({"hacking", "malware", "misuse", "social"})
TAKING_PHYSICAL = frozenset({"Skimmer", "Wiretapping"})
"""Actions by which disclosed data counts as exfiltrated; by any other it counts as exposed."""

KIND_OF_ACTION: dict[str, IncidentKind] = {
    "malware": IncidentKind.MALWARE_INFECTION,
    "social": IncidentKind.SOCIAL_ENGINEERING,
    "misuse": IncidentKind.INSIDER,
    "physical": IncidentKind.PHYSICAL_LOSS,
    "error": IncidentKind.ERROR,
    "environmental": IncidentKind.ENVIRONMENTAL,
}
KIND_OF_VARIETY: dict[tuple[str, str], IncidentKind] = {
    ("malware", "Ransomware"): IncidentKind.RANSOMWARE,
    ("malware", "Destroy data"): IncidentKind.DESTRUCTION,
    ("malware", "DoS"): IncidentKind.DENIAL_OF_SERVICE,
    ("malware", "Exploit vuln"): IncidentKind.VULNERABILITY_EXPLOITATION,
    ("hacking", "DoS"): IncidentKind.DENIAL_OF_SERVICE,
    ("hacking", "Exploit vuln"): IncidentKind.VULNERABILITY_EXPLOITATION,
    ("hacking", "SQLi"): IncidentKind.VULNERABILITY_EXPLOITATION,
    ("hacking", "Use of stolen creds"): IncidentKind.ACCOUNT_TAKEOVER,
    ("social", "Extortion"): IncidentKind.EXTORTION,
    ("error", "Loss"): IncidentKind.PHYSICAL_LOSS,
    ("integrity", "Defacement"): IncidentKind.DEFACEMENT,
    ("integrity", "Fraudulent transaction"): IncidentKind.THEFT_OF_FUNDS,
    ("availability", "Destruction"): IncidentKind.DESTRUCTION,
    ("motive", "Espionage"): IncidentKind.ESPIONAGE,
}

ACTOR_KINDS: dict[str, ActorKind] = {
    "Acquaintance": ActorKind.ACQUAINTANCE,
    "Activist": ActorKind.ACTIVIST,
    "Competitor": ActorKind.COMPETITOR,
    "Customer": ActorKind.CUSTOMER,
    "Former employee": ActorKind.FORMER_EMPLOYEE,
    "Nation-state": ActorKind.NATION_STATE,
    "Organized crime": ActorKind.CRIME_SYNDICATE,
    "State-affiliated": ActorKind.STATE_AFFILIATED,
    "Terrorist": ActorKind.TERRORIST,
    "Unaffiliated": ActorKind.OTHER,
    "Auditor": ActorKind.OTHER,
    "Force majeure": ActorKind.OTHER,
    "Other": ActorKind.OTHER,
}
"""Varieties of external actors."""

MOTIVES: dict[str, Motive] = {
    "Convenience": Motive.CONVENIENCE,
    "Espionage": Motive.ESPIONAGE,
    "Fear": Motive.FEAR,
    "Financial": Motive.FINANCIAL,
    "Fun": Motive.FUN,
    "Grudge": Motive.REVENGE,
    "Ideology": Motive.IDEOLOGY,
    "NA": Motive.ACCIDENTAL,
    "Secondary": Motive.SECONDARY,
    "Other": Motive.OTHER,
}
"""``NA`` is what VERIS writes for accidents: no motive, which is a statement."""

ASSET_NOUNS: dict[str, str] = {
    "S": "server",
    "U": "user device",
    "N": "network",
    "M": "media",
    "T": "public terminal",
    "P": "person",
    "E": "embedded device",
}
ASSET_CLASSES: dict[str, AssetKind] = {
    "S": AssetKind.SERVER,
    "U": AssetKind.USER_DEVICE,
    "N": AssetKind.NETWORK,
    "M": AssetKind.STORAGE_MEDIA,
    "T": AssetKind.TERMINAL,
    "P": AssetKind.PEOPLE,
    "E": AssetKind.EMBEDDED,
}
ASSET_KINDS: dict[str, AssetKind] = {
    "S - Database": AssetKind.DATABASE,
    "S - Mail": AssetKind.MAILBOX_SYSTEM,
    "S - Code repository": AssetKind.CODE_REPOSITORY,
    "S - Web application": AssetKind.WEBSITE,
    "S - ICS": AssetKind.INDUSTRIAL_CONTROL,
    "N - PLC": AssetKind.INDUSTRIAL_CONTROL,
    "N - RTU": AssetKind.INDUSTRIAL_CONTROL,
    "M - Documents": AssetKind.DOCUMENTS,
    "U - POS terminal": AssetKind.TERMINAL,
    "S - POS controller": AssetKind.TERMINAL,
}

DATA_KINDS: dict[str, AssetKind] = {
    "API key": AssetKind.KEYS,
    "Bank": AssetKind.BANK,
    "Classified": AssetKind.CLASSIFIED,
    "Copyrighted": AssetKind.COPYRIGHTED,
    "Credentials": AssetKind.CREDENTIALS,
    "Digital certificate": AssetKind.KEYS,
    "Internal": AssetKind.INTERNAL,
    "Medical": AssetKind.MEDICAL,
    "Multi-factor credential": AssetKind.CREDENTIALS,
    "Payment": AssetKind.PAYMENT_CARD,
    "Personal": AssetKind.PERSONAL,
    "Sensitive Personal": AssetKind.SENSITIVE_PERSONAL,
    "Secrets": AssetKind.SECRETS,
    "Session key": AssetKind.KEYS,
    "Source code": AssetKind.SOURCE_CODE,
    "System": AssetKind.SYSTEM_DATA,
    "Virtual currency": AssetKind.CRYPTOCURRENCY,
    "Other": AssetKind.OTHER,
}
PEOPLE_DATA = frozenset({"Personal", "Medical", "Sensitive Personal"})
"""Data of which VERIS counts one record a person."""

DATA_VICTIMS: dict[str, str] = {
    "Customer": "customers",
    "Employee": "employees",
    "Partner": "partners",
    "Patient": "patients",
    "Student": "students",
    "Other": "others with data",
}

AVAILABILITY: dict[str, Effect] = {
    "Destruction": Effect.DESTROYED,
    "Loss": Effect.UNAVAILABLE,
    "Interruption": Effect.UNAVAILABLE,
    "Degradation": Effect.UNAVAILABLE,
    "Obscuration": Effect.UNAVAILABLE,
    "Acceleration": Effect.UNAVAILABLE,
    "Other": Effect.UNKNOWN,
    "Unknown": Effect.UNKNOWN,
}
"""``Obscuration`` by ransomware is encrypted."""

LOSSES: dict[str, ImpactKind] = {
    "Asset and fraud": ImpactKind.ASSET_AND_FRAUD,
    "Brand damage": ImpactKind.BRAND,
    "Business disruption": ImpactKind.BUSINESS_DISRUPTION,
    "Competitive advantage": ImpactKind.COMPETITIVE,
    "Legal and regulatory": ImpactKind.LEGAL,
    "Operating costs": ImpactKind.OPERATING,
    "Response and recovery": ImpactKind.RESPONSE,
    "Other": ImpactKind.OTHER,
}

DURATION_EVENTS: dict[str, Event] = {
    "exfiltration": Event.EXFILTRATED,
    "discovery": Event.DETECTED,
    "containment": Event.CONTAINED,
}
UNIT_DAYS: dict[str, float] = {
    "Seconds": 1 / 86_400,
    "Minutes": 1 / 1_440,
    "Hours": 1 / 24,
    "Days": 1.0,
    "Weeks": 7.0,
    "Months": 30.4375,
    "Years": 365.25,
}

GOVERNMENT: dict[str, Sector] = {
    "Federal": Sector.GOVERNMENT_NATIONAL,
    "Regional": Sector.GOVERNMENT_REGIONAL,
    "Local": Sector.GOVERNMENT_LOCAL,
}

NAICS: dict[str, Sector] = {
    "11": Sector.AGRICULTURE,
    "21": Sector.MINING,
    "211": Sector.ENERGY,
    "22": Sector.UTILITIES,
    "2211": Sector.ENERGY,
    "2212": Sector.ENERGY,
    "23": Sector.CONSTRUCTION,
    "31": Sector.MANUFACTURING,
    "32": Sector.MANUFACTURING,
    "324": Sector.ENERGY,
    "325": Sector.CHEMICAL,
    "3254": Sector.PHARMACEUTICALS,
    "33": Sector.MANUFACTURING,
    "334": Sector.TECHNOLOGY,
    "3361": Sector.AUTOMOTIVE,
    "3362": Sector.AUTOMOTIVE,
    "3363": Sector.AUTOMOTIVE,
    "3364": Sector.AEROSPACE,
    "42": Sector.WHOLESALE,
    "44": Sector.RETAIL,
    "45": Sector.RETAIL,
    "48": Sector.TRANSPORTATION,
    "49": Sector.TRANSPORTATION,
    "51": Sector.COMMUNICATIONS,
    "511": Sector.MEDIA,
    "5112": Sector.TECHNOLOGY,
    "512": Sector.ENTERTAINMENT,
    "515": Sector.MEDIA,
    "516": Sector.MEDIA,
    "517": Sector.TELECOMMUNICATIONS,
    "518": Sector.TECHNOLOGY,
    "519": Sector.MEDIA,
    "52": Sector.FINANCIAL_SERVICES,
    "524": Sector.INSURANCE,
    "53": Sector.REAL_ESTATE,
    "54": Sector.PROFESSIONAL_SERVICES,
    "5411": Sector.LEGAL,
    "5415": Sector.TECHNOLOGY,
    "55": Sector.COMMERCIAL,
    "56": Sector.ADMINISTRATIVE,
    "61": Sector.EDUCATION,
    "62": Sector.HEALTHCARE,
    "71": Sector.ENTERTAINMENT,
    "72": Sector.HOSPITALITY,
    "81": Sector.OTHER_SERVICES,
    "813": Sector.NON_PROFIT,
    "92": Sector.GOVERNMENT,
    "928110": Sector.DEFENSE,
}
"""NAICS codes by their longest prefix here."""


def sector(naics: str) -> Sector | None:
    """The sector of a NAICS code, by the longest prefix that the table has.

    >>> str(sector("622110")), str(sector("541511")), sector("000")
    ('healthcare', 'technology', None)
    """
    return next((NAICS[naics[:size]] for size in range(len(naics), 1, -1) if naics[:size] in NAICS), None)
