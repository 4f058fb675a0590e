"""What is said to have been done to an asset, as features of the model that tells the effect (``tools/train_assets.py``)."""

from __future__ import annotations

from kg.extraction.findings import Ground
from kg.vocabulary import Effect, IncidentKind

EFFECTS = (
    Effect.EXFILTRATED,
    Effect.VIEWED,
    Effect.EXPOSED,
    Effect.PUBLISHED,
    Effect.SOLD,
    Effect.ENCRYPTED,
    Effect.DESTROYED,
    Effect.ALTERED,
    Effect.UNAVAILABLE,
)
_GROUPS = {
    "systems": "systems",
    "service": "service",
    "website": "service",
    "device": "device",
    "account": "account",
    "software_update": "update",
    "money": "money",
    "cryptocurrency": "money",
    "email": "mail",
    "communications": "mail",
    "credentials": "secrets",
    "keys": "secrets",
    "source_code": "files",
    "documents": "files",
    "internal": "files",
    "tools": "files",
    "vault": "files",
    "vulnerability_reports": "files",
    "media": "files",
}


def group_of(kind: str) -> str:
    """Kinds of assets that texts speak of alike: "people" for data on persons.

    >>> group_of("medical"), group_of("website")
    ('people', 'service')
    """
    return _GROUPS.get(kind, "people")


PLAIN = frozenset(["direct", "qualified", "noun", "down"])
"""Where it is plainly said what was done to an asset."""


class Evidence:
    """What is said to have been done to an asset: for each effect where it is said, and the first words for it."""

    def __init__(self) -> None:
        self.said: dict[Effect, dict[str, Ground | None]] = {}
        self.listing = False
        self.hedged = False

    def add(self, effect: Effect, where: str, ground: Ground | None) -> None:
        """One more place where an effect is told of; access to data is viewing."""
        effect = Effect.VIEWED if effect is Effect.ACCESSED else effect
        self.said.setdefault(effect, {}).setdefault(where, ground)

    def names(self) -> set[str]:
        """Every place where anything is told of."""
        return {name for places in self.said.values() for name in places}

    def ground(self, effect: Effect) -> Ground | None:
        """The words for an effect, those nearest to the asset first."""
        return next((g for g in self.said.get(effect, {}).values() if g is not None), None)


def effect_features(
    kind: str, effect: Effect, evidence: Evidence, incident: IncidentKind | None, general: Effect | None
) -> dict[str, float]:
    """What speaks for an effect on an asset of a kind."""
    group, name = group_of(kind), effect.value
    found = {name, f"{group}:{name}"} | set(evidence.said.get(effect, {})) | {f"{where}:{name}" for where in evidence.said.get(effect, {})}
    found |= {f"{where} otherwise" for other, places in evidence.said.items() if other is not effect for where in places}
    plain = [e for e, places in evidence.said.items() if places.keys() & PLAIN]
    if plain == [effect]:
        found.add("only this plainly")
    elif plain and effect not in plain:
        found.add("another plainly")
    if evidence.hedged:
        found.add(f"hedged:{name}")
    if general is effect:
        found |= {"general", f"general:{name}"}
    if incident is not None:
        found |= {f"{incident.value}:{name}", f"{incident.value}:{group}:{name}"}
    return dict.fromkeys(found, 1.0)
