"""How many incidents a text tells of, and which sentences belong to which."""

from __future__ import annotations

import re
from dataclasses import replace

from kg.extraction import cues
from kg.extraction.analysis import Span
from kg.extraction.classifiers import Classifiers
from kg.extraction.episodes import Episodes
from kg.extraction.findings import IncidentFound, Involved, Reading
from kg.extraction.parties import Party
from kg.extraction.speech import Speeches
from kg.extraction.supply import Supplies
from kg.extraction.victims import Evidence, account_kind, probability
from kg.vocabulary import Role

THRESHOLD = 0.33
"""From this probability on a party of whom harm is told is a victim; set by cross-validation (``tools/train_victims.py``)."""
RELATIVE = 0.3
"""A party much less likely than the likeliest victim is none."""
FALLBACK = 0.06
"""Where nobody reaches it, the likeliest organization is taken, if it is at least this likely (its confidence says so)."""

LEAST = 0.25
"""From this probability on the likeliest organization that only an episode names is its victim, else the text's first victim is again."""

_APART = re.compile(
    r"\b(?:separate(?:ly)?|second (?:breach|attack|incident|intrusion|victim)|two (?:\w+ ){0,3}?(?:breaches|"
    r"attacks|incidents|intrusions|break-ins|hacks|companies|firms)|unrelated|a different|"
    r"also (?:been )?(?:hit|hacked|breached|attacked)|"
    r"another (?:\w+ ){0,2}?(?:breach|attack|incident|intrusion|victim)|meanwhile|earlier (?:breach|attack|"
    r"incident|hack)|previous (?:breach|attack|incident|hack)|the same (?:name|group|hackers|crew|gang|week|"
    r"day|month))\b",
    re.IGNORECASE,
)


_BENEFITS = re.compile(r"\b(?:benefit|gain|rise|rose|interest|rall(?:y|ied)|attract|boost|opportunit|climb|jump|higher)", re.IGNORECASE)


def read(reading: Reading, weighed: dict[Party, Evidence], speeches: Speeches) -> None:
    """Find the victims and set up one incident, or several where the text tells of several."""
    kind = account_kind(reading.doc.text, Classifiers.bundled())
    likely = {party: probability(evidence, kind) for party, evidence in weighed.items()}
    involved = _victims(reading, weighed, likely, kind, speeches)
    if involved and involved[0].party is None:
        reading.incidents = [IncidentFound(victims=involved)]
        return
    told = _told(involved, episodes_of(reading, involved, likely, speeches), weighed)
    reading.incidents = told or [IncidentFound(victims=involved)]
    _others(reading, weighed, likely)


def episodes(reading: Reading, weighed: dict[Party, Evidence], speeches: Speeches) -> Episodes:
    """The episodes of a text, for their training."""
    kind = account_kind(reading.doc.text, Classifiers.bundled())
    likely = {party: probability(evidence, kind) for party, evidence in weighed.items()}
    return episodes_of(reading, _victims(reading, weighed, likely, kind, speeches), likely, speeches)


def episodes_of(reading: Reading, involved: list[Involved], likely: dict[Party, float], speeches: Speeches) -> Episodes:
    """The episodes of a text whose victims are known."""
    return Episodes(reading, speeches, likely, beginnings(reading, _groups(reading, involved, speeches)))


def _victims(reading: Reading, weighed: dict[Party, Evidence], likely: dict[Party, float], kind: str, speeches: Speeches) -> list[Involved]:
    """Everybody who was hit, the likeliest first; where nobody is likely enough, one who is only described, else the likeliest."""
    victims = sorted(
        ((p, weighed[p], likely[p]) for p in weighed if likely[p] >= THRESHOLD and (weighed[p].tells or likely[p] >= 0.45)),
        key=lambda v: -v[2],
    )
    if victims:
        victims = [v for v in victims if v[2] >= RELATIVE * victims[0][2]][: 1 if kind == "mishap" else None]
    else:
        usable = [
            (p, e, likely[p])
            for p, e in weighed.items()
            if not (p.press or p.security or any(f in e.count for f in ("rival", "stock", "unaffected")))
        ]
        best = max(usable, key=lambda v: v[2], default=None)
        described = [] if kind == "mishap" and best else _described(reading, speeches)
        if described:
            return described
        if best is not None and best[2] >= FALLBACK and (kind == "mishap" or best[1].tells or best[2] >= 0.25):
            victims = [best]
    involved = []
    for party, evidence, p in victims:
        ground = evidence.best_ground()
        ground.score = p
        involved.append(Involved(Role.VICTIM, ground, party))
    return involved


def beginnings(reading: Reading, groups: list[IncidentFound]) -> frozenset[int]:
    """The sentences in which the later groups of victims are named first."""
    doc = reading.doc
    first = [
        min(
            doc.sentence_of(m.span[0])
            for v in g.victims
            if v.party
            for m in v.party.mentions
            if m.how == "name" and doc.sentence_of(m.span[0]) not in doc.headings
        )
        for g in groups
    ]
    return frozenset(sorted(first)[1:])


def _told(involved: list[Involved], episodes: Episodes, weighed: dict[Party, Evidence]) -> list[IncidentFound]:
    """One incident for each run of sentences that tells of its own, with the victims named first in it; nothing if there is one run."""
    owners = episodes.owners()
    numbers = sorted({o for o in owners if o is not None})
    if len(numbers) < 2:
        return []
    homes = {p: [o for s, o in enumerate(owners) if o is not None and p in episodes.named[s]] for p in weighed}
    found: list[IncidentFound] = []
    for number in numbers:
        sentences = frozenset(s for s, o in enumerate(owners) if o in (number, None))
        victims = [v for v in involved if v.party and homes[v.party][:1] == [number]]
        if not victims:
            again = bool(found) and any(
                v.party in episodes.spoken[s] for v in found[0].victims for s, o in enumerate(owners) if o == number
            )
            victims = _likeliest(number, homes, episodes, weighed, THRESHOLD if again else LEAST if number else FALLBACK)
        if not victims:
            victims = [replace(v) for v in (found[0].victims if found else involved)[:1]]
        found.append(IncidentFound(victims=victims, sentences=sentences))
    return found


def _likeliest(
    number: int, homes: dict[Party, list[int]], episodes: Episodes, weighed: dict[Party, Evidence], least: float
) -> list[Involved]:
    """The likeliest victim among those whom an episode names first, if it is likely enough."""
    likely = episodes.likely
    own = [p for p, home in homes.items() if home[:1] == [number] and p in likely and (weighed[p].tells or likely[p] >= 0.2)]
    best = max(own, key=lambda p: likely[p], default=None)
    if best is None or likely[best] < least:
        return []
    return [Involved(Role.VICTIM, replace(weighed[best].best_ground(), score=likely[best]), best)]


def _described(reading: Reading, speeches: Speeches) -> list[Involved]:
    """A victim that is only described: "a municipal water authority in western Pennsylvania"."""
    doc = reading.doc
    for clause in doc.clauses:
        if clause.negated or (
            clause.sentence > 1
            and not clause.classes & {"intrude", "disrupt", "suffer", "encrypt", "take", "expose", "disclose", "discover", "contain", "say"}
        ):
            continue
        spans: list[Span] = list(clause.patient) if clause.classes & {"intrude"} else list(clause.subject)
        spans += [s for _, more in clause.adjuncts for s in more if clause.classes & {"intrude", "take"}]
        for span in spans:
            head = doc.head(span)
            low = doc.lower(span)
            if (
                low[0] in ("a", "an", "one")
                and cues.nouns().has("organization", doc.lower((span[0], head + 1)))
                and not reading.parties.in_chunk(span)
            ):
                if any(
                    w in low
                    for w in ("security", "research", "hacking", "ransomware", "criminal", "cybersecurity", "law", "threat", "extortion")
                ) or low[-1] in ("group", "site", "website", "platform", "service", "network", "system"):
                    continue
                end = span[1]
                while (
                    end < doc.sentences[clause.sentence][1]
                    and doc.words[end].lower in ("in", "of", "near", "at", "for")
                    and doc.chunk_at(end + 1)
                ):
                    following = doc.chunk_at(end + 1)
                    assert following is not None
                    if doc.words[end].lower == "in" and not any(w.text[:1].isupper() for w in doc.words[following[0] : following[1]]):
                        break
                    end = following[1]
                ground = reading.sentence_ground(clause.sentence, "victim.described", 0.5)
                return [Involved(Role.VICTIM, ground, None, doc.say((span[0], end)))]
    return []


def _groups(reading: Reading, involved: list[Involved], speeches: Speeches) -> list[IncidentFound]:
    """Victims that were hit apart become incidents of their own.

    Two victims belong together where a sentence names both, or where one supplies the other. They are apart where the later one comes
    in a paragraph of its own or with words that set it apart ("meanwhile", "separately").
    """
    doc = reading.doc
    parties = [v for v in involved if v.party]
    if len(parties) < 2:
        return []
    home = {
        id(v): {doc.sentence_of(m.span[0]) for m in v.party.mentions if m.how == "name" and doc.sentence_of(m.span[0]) not in doc.headings}
        for v in parties
        if v.party
    }
    parties = [v for v in parties if home[id(v)]]
    parties.sort(key=lambda v: min(home[id(v)]))
    reading.incidents = [IncidentFound(victims=involved)]
    supplied = Supplies(reading, speeches).pairs
    joined: list[list[Involved]] = []
    for v in parties:
        for group in joined:
            if any(
                home[id(v)] & home[id(o)]
                or (v.party, o.party) in supplied
                or (o.party, v.party) in supplied
                or not _apart(reading, min(home[id(o)]), min(home[id(v)]))
                for o in group
            ):
                group.append(v)
                break
        else:
            joined.append([v])
    if not 2 <= len(joined) <= 4:
        return []
    owner: list[int | None] = []
    current: int | None = None
    everywhere = {id(v): {doc.sentence_of(m.span[0]) for m in v.party.mentions} for v in parties if v.party}
    for s in range(len(doc.sentences)):
        named = [g for g, group in enumerate(joined) if any(s in home[id(v)] for v in group)]
        holders = named or [g for g, group in enumerate(joined) if any(s in everywhere[id(v)] for v in group)]
        both = bool(re.search(r"\bboth\b", doc.sentence_text(s), re.IGNORECASE))
        if both or s in doc.headings:
            owner.append(None)
        elif len(holders) == 1:
            current = holders[0]
            owner.append(current)
        elif len(holders) > 1:
            owner.append(None)
        else:
            owner.append(current)
    if any(sum(1 for o in owner if o == g) < 1 for g in range(len(joined))):
        return []
    return [
        IncidentFound(victims=group, sentences=frozenset(s for s, o in enumerate(owner) if o in (g, None)))
        for g, group in enumerate(joined)
    ]


def _apart(reading: Reading, first: int, later: int) -> bool:
    """Whether the sentence ``later`` begins something of its own after ``first``."""
    doc = reading.doc
    start, end = doc.words[doc.sentences[first][0]].start, doc.words[doc.sentences[later][0]].start
    if _APART.search(doc.sentence_text(later)):
        return True
    if "\n\n" not in doc.text[start:end]:
        return False
    a, b = doc.chars(doc.sentences[later])
    return bool(_APART.search(doc.text)) or any(a <= d.start < b for d in doc.dates)


def _others(reading: Reading, weighed: dict[Party, Evidence], likely: dict[Party, float]) -> None:
    """A role for everybody else who is mentioned."""
    victims = {id(v.party) for i in reading.incidents for v in i.victims}
    for party, evidence in weighed.items():
        if id(party) in victims:
            continue
        role = role_of(party, evidence)
        ground = (
            evidence.ground.get("stock")
            or evidence.ground.get("rival")
            or evidence.ground.get("unaffected")
            or evidence.ground.get("helper")
            or evidence.ground["mentions"]
        )
        ground = replace(ground, score=1 - likely[party])
        for incident in reading.incidents[:1]:
            incident.others.append(Involved(role, ground, party))
            if "stock" in evidence.count and role is Role.BYSTANDER and _BENEFITS.search(reading.doc.text[ground.start : ground.end]):
                incident.others.append(Involved(Role.POSSIBLE_BENEFICIARY, ground, party))
    for ticker, owner in reading.parties.tickers.items():
        if owner is None:
            at = re.search(r"\b" + re.escape(ticker) + r"\b", reading.doc.text)
            if at and reading.incidents:
                token = reading.doc.tokens(at.start(), at.end())[0]
                benefit = _BENEFITS.search(reading.doc.sentence_text(reading.doc.sentence_of(token)))
                entry = Involved(
                    Role.POSSIBLE_BENEFICIARY if benefit else Role.BYSTANDER,
                    reading.sentence_ground(reading.doc.sentence_of(token), "role.ticker"),
                    None,
                    ticker,
                )
                reading.incidents[0].others.append(entry)


def role_of(party: Party, evidence: Evidence) -> Role:
    """What a party is that is no victim."""
    count = evidence.count
    if party.press:
        return Role.PUBLISHER
    if "rival" in count:
        return Role.COMPETITOR
    if "stock" in count:
        return Role.POSSIBLE_BENEFICIARY if party.security else Role.BYSTANDER
    if party.authority:
        return Role.ATTRIBUTING_PARTY if "attributes" in count else Role.REGULATOR
    if "helper" in count or "responds" in count:
        return Role.RESPONDER
    if "attributes" in count:
        return Role.ATTRIBUTING_PARTY
    if "product" in count or "exploited" in count:
        return Role.MAKER_OF_THE_EXPLOITED_PRODUCT
    if "speaks" in count:
        return Role.QUOTED_EXPERT if party.security else Role.BACKGROUND
    return Role.BYSTANDER
