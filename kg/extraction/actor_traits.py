"""What sort of actor it is, and what it is after: a small linear model over what the text says of it (``tools/train_actors.py``).

>>> from kg.extraction.findings import Attributed, Ground, IncidentFound
>>> thief = Attributed(Ground(0, 1, "actor.described"), description="the thieves")
>>> found = features(thief, IncidentFound(), "The thieves took 40 million dollars.", "The thieves took 40 million dollars.")
>>> found["noun:crime"], found["own:motive:financial"] if "own:motive:financial" in found else 0
(1.0, 0)
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from kg.extraction.actor_words import any_of, organ_name, words
from kg.extraction.findings import Attributed, IncidentFound, Reading
from kg.extraction.linear import Linear
from kg.vocabulary import ActorKind, Motive, Stance

_TRACKED = re.compile(r"(?:UNC|UTA|DEV|TA|APT|UAC|Storm|FIN|CL)[- ]?[A-Z]*-?\d+", re.IGNORECASE)
_DEMANDS = re.compile(
    r"\b(?:ransom(?!ware)\w*|extort\w*|blackmail\w*|demand(?:ed|s|ing)?\b[^.]{0,40}(?:\d|payment|money|bitcoin)|"
    r"pay(?:ment)? (?:up|in bitcoin)|"
    r"ransom note|price for|bitcoins?)|\$[\d.,]+ (?:million )?demand",
    re.IGNORECASE,
)
_SALE = re.compile(r"\b(?:for sale|on sale|sold|selling|seller|sell|auction\w*|buyers?|offered|dark web|forum)\b", re.IGNORECASE)
_STOLEN_MONEY = re.compile(
    r"\b(?:stole|stolen|theft of|drained|emptied|loot|siphoned|transferred|withdr\w+|robbed|heist|fraud\w*)\b[^.]{0,60}"
    r"(?:[$€£¥]|\bmillion\b|\bbitcoin|\bether|\bfunds\b|\bmoney\b|\btokens?\b|\bcoins?\b|\bcards?\b)",
    re.IGNORECASE,
)
_NOUNS = {
    "crime": r"thie(?:f|ves)|criminals?|cyber-?criminals?|robbers?|burglars?|extort\w+|blackmail\w*|fraud\w*|scam\w*|crooks?|gangs?|"
    r"swindl\w+|raiders?|syndicate|ring|callers?|impost\w+|seller|mafia|bandits?|conspirators?",
    "hacker": r"hackers?|kiddies?|teenagers?|youths?|students?|vandals?|pranksters?|volunteer",
    "attack": r"attackers?|intruders?|perpetrators?|adversar\w+|culprits?|cyberattackers?|assailants?|actors?|outsiders?|strangers?|"
    r"infiltrators?",
    "vague": r"part(?:y|ies)|persons?|individuals?|somebody|someone|users?|entity|people|man|men|woman|group|"
    r"unauthori[sz]ed|unknown|unidentified",
    "spy": r"sp(?:y|ies)|operatives?|agents|government|state|military|intelligence|services?|army|regime",
    "activist": r"activists?|hacktivists?|protesters?|collective|supporters|militants?",
}
_NOUN = {name: re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE) for name, pattern in _NOUNS.items()}
_CRIMEWARE = any_of(["ransomware", "leak site", "gang", "affiliates?", "encrypted", "double extortion"])
LEAST = {"kind": 0.42, "motive": 0.32}
"""From this probability on a sort or an aim is claimed; chosen by cross-validation."""


@cache
def profiles() -> dict[str, tuple[ActorKind | None, str | None, Motive | None]]:
    """What is known of actors beforehand (``lexicon/actors.tsv``): kind, country, the only motive."""
    table = resources.files("kg.extraction").joinpath("lexicon/actors.tsv").read_text("utf-8")
    found = {}
    for line in table.splitlines():
        actor, kind, origin, motive = line.split("\t")
        found[actor] = (
            ActorKind(kind) if kind != "-" else None,
            origin if origin != "-" else None,
            Motive(motive) if motive in list(Motive) else None,
        )
    return found


def features(entry: Attributed, incident: IncidentFound, own: str, text: str) -> dict[str, float]:
    """What speaks for a sort or an aim: how the actor is called, what its sentences (``own``) and the whole text say."""
    lists = words()
    label = " ".join((entry.name or "", entry.description or "", *entry.aliases))
    kind, origin, motive = profiles().get(entry.id or "", (None, None, None))
    marks: dict[str, object] = {
        "named": entry.name is not None,
        "organ": entry.name is not None and organ_name(entry.name),
        "tracked": _TRACKED.match(entry.name or ""),
        "known": entry.id is not None,
        f"profile:{kind.value if kind else None}": entry.id is not None,
        f"profile motive:{motive.value if motive else None}": entry.id is not None,
        "origin": entry.origin,
        "origin:rival": entry.origin in ("RU", "CN", "KP", "IR"),
        "origin:as known": entry.origin is not None and entry.origin == origin,
        "by": entry.by,
        f"stance:{entry.stance.value}": True,
        f"incident:{incident.kind.value if incident.kind else None}": True,
        f"rule:{entry.kind.value if entry.kind else None}": True,
        f"rule motive:{entry.motive.value if entry.motive else None}": True,
        f"ground:{entry.ground.rule}": True,
        "person": entry.person,
        "movement": lists["movements"].search(label),
    }
    for name, pattern in _NOUN.items():
        marks[f"noun:{name}"] = entry.name is None and pattern.search(entry.description or "")
        marks[f"again:{name}"] = entry.name is not None and pattern.search(own)
    for scope, said in (("own", own), ("text", text)):
        for cue in ("state", "criminal", "activist"):
            marks[f"{scope}:{cue}"] = lists[cue].search(said)
        for cue in ("espionage", "disruption", "ideology", "revenge", "notoriety"):
            marks[f"{scope}:motive:{cue}"] = lists["motives"][cue].search(said)
        marks[f"{scope}:demands"] = _DEMANDS.search(said)
        marks[f"{scope}:sale"] = _SALE.search(said)
        marks[f"{scope}:money"] = _STOLEN_MONEY.search(said)
        marks[f"{scope}:crimeware"] = _CRIMEWARE.search(said)
    return {name: 1.0 for name, mark in marks.items() if mark}


def read(reading: Reading) -> None:
    """Settle kind and motive of every actor of every incident. Raises nothing."""
    doc = reading.doc
    for incident in reading.incidents:
        told = " ".join(doc.sentence_text(s) for s in range(len(doc.sentences)) if incident.tells(s))
        for entry in incident.actors:
            if entry.stance is Stance.DENIED:
                continue
            found = features(entry, incident, own_text(reading, entry), told)
            kind, motive = _best("kind", found), _best("motive", found)
            entry.kind = ActorKind(kind) if kind else None
            entry.motive = Motive(motive) if motive else None


def own_text(reading: Reading, entry: Attributed) -> str:
    """The sentences that speak of an actor."""
    told = " ".join(reading.doc.sentence_text(s) for s in sorted(entry.told))
    return told or reading.doc.text[entry.ground.start : entry.ground.end]


def _best(what: str, found: dict[str, float]) -> str | None:
    likely = Linear.bundled("actors").probabilities(found)
    mine = {k.partition(":")[2]: p for k, p in likely.items() if k.startswith(what + ":")}
    best = max(mine, key=lambda k: mine[k])
    return best if mine[best] >= LEAST[what] else None
