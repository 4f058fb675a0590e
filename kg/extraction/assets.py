"""What was taken or hit: phrases for kinds of data and things, the effect on them, whose they are and how many."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import cache

from kg.extraction import cues
from kg.extraction.analysis import Clause, Span
from kg.extraction.findings import Ground, IncidentFound, Reading, Taken
from kg.extraction.numbers import CountMention
from kg.extraction.parties import Party
from kg.extraction.speech import Speeches
from kg.vocabulary import AssetKind, Effect, IncidentKind

_RANSOMWARE = re.compile(r"\bransomware\b|\bencrypt(?:ed|ing)\b", re.IGNORECASE)

KINDS = {
    "personal": AssetKind.PERSONAL, "contact": AssetKind.CONTACT, "government_id": AssetKind.GOVERNMENT_ID, "payment_card": AssetKind.PAYMENT_CARD,
    "bank": AssetKind.BANK, "medical": AssetKind.MEDICAL, "insurance": AssetKind.INSURANCE, "genetic": AssetKind.GENETIC, "biometric": AssetKind.BIOMETRIC,
    "vault": AssetKind.VAULT, "media": AssetKind.MEDIA_CONTENT, "internal": AssetKind.INTERNAL, "device": AssetKind.EMBEDDED,
}  # fmt: skip
_EFFECT_OF = (
    ("encrypt", Effect.ENCRYPTED), ("destroy", Effect.DESTROYED), ("sell", Effect.SOLD), ("publish", Effect.PUBLISHED), ("take", Effect.EXFILTRATED),
    ("alter", Effect.ALTERED), ("disrupt", Effect.UNAVAILABLE), ("expose", Effect.EXPOSED), ("view", Effect.VIEWED), ("intrude", Effect.ACCESSED),
)  # fmt: skip
_SYSTEMS = frozenset([AssetKind.SYSTEMS, AssetKind.SERVICE, AssetKind.WEBSITE, AssetKind.EMBEDDED, AssetKind.SOFTWARE_UPDATE, AssetKind.ACCOUNT])


def kind_named(name: str) -> AssetKind:
    """The asset kind of a key of ``cues/assets.yaml``."""
    return KINDS.get(name) or AssetKind(name.replace("_", " "))


@cache
def _table() -> tuple[re.Pattern[str], dict[str, str], frozenset[str], dict[str, str]]:
    data = cues.load("assets")
    kinds: dict[str, str] = {}
    for kind, phrases in data["kinds"].items():
        for phrase in phrases:
            kinds[phrase] = kind
            kinds.setdefault(cues.plural(phrase), kind)
            if "-" in phrase:
                kinds.setdefault(phrase.replace("-", ""), kind)
    pattern = re.compile(r"\b(?:" + "|".join(re.escape(p).replace("'", "['’]") for p in sorted(kinds, key=len, reverse=True)) + r")\b", re.IGNORECASE)
    effects = {word: effect for effect, words in data["effects"].items() for word in words}
    return pattern, kinds, frozenset(data["not_before"]), effects


class AssetPhrase:
    """A phrase for an asset: its kind and token span."""

    __slots__ = ("kind", "span", "words")

    def __init__(self, kind: str, span: Span, words: str) -> None:
        self.kind, self.span, self.words = kind, span, words


def phrases(reading: Reading) -> list[AssetPhrase]:
    """Every phrase for an asset, in order, whatever is said of it."""
    pattern, kinds, not_before, _ = _table()
    doc = reading.doc
    found = []
    for match in pattern.finditer(doc.text):
        span = doc.tokens(match.start(), match.end())
        if span[0] >= len(doc.words):
            continue
        after = doc.words[span[1]].lower if span[1] < len(doc.words) else ""
        if after in not_before or doc.words[span[1] - 1].pos.startswith("V") and doc.words[span[1] - 1].pos != "VBG":
            continue
        if reading.parties.at(span[0]) is not None and match.group()[:1].isupper():
            continue
        key = re.sub("’", "'", match.group().lower())
        found.append(AssetPhrase(kinds[key], span, match.group()))
    covered = {t for phrase in found for t in range(*phrase.span)}
    for match in _DATA_OF.finditer(doc.text):
        span = doc.tokens(match.start(), match.end())
        if span[0] >= len(doc.words) or covered & set(range(*span)):
            continue
        following = doc.text[match.end() : match.end() + 90]
        if _PEOPLE.search(following.split(".")[0]):
            found.append(AssetPhrase("personal", span, match.group()))
    found.sort(key=lambda phrase: phrase.span)
    return found


_DATA_OF = re.compile(r"\b(?:data|information|details|records|particulars|files|database|accounts?|profiles)(?= (?:of|on|about|for|from|belonging to|relating to|concerning)\b)", re.IGNORECASE)
_PEOPLE = re.compile(r"\b(?:people|persons?|individuals?|customers?|clients?|users?|patients?|employees?|members?|subscribers?|guests?|citizens?|consumers?|residents?|students?|passengers?|voters?|players?|workers?|staff|applicants?|accounts?|holders?|households?|donors?|travell?ers)\b", re.IGNORECASE)
_THEFT = re.compile(r"^(?:theft|thefts|heist|exfiltration|stealing|loss)$")
_LEAK = re.compile(r"^(?:leak|leaks|publication|dump|release|disclosure)$")
_RANSOM = re.compile(r"\b(?:ransom|demand\w*|price|pay|paid|asked|asking|reward|bounty|fine)\b", re.IGNORECASE)


def read(reading: Reading, speeches: Speeches) -> None:
    """Fill the assets of every incident."""
    _Reader(reading, speeches).run()


class _Reader:
    def __init__(self, reading: Reading, speeches: Speeches) -> None:
        self.reading, self.speeches, self.doc = reading, speeches, reading.doc
        self.counts_at: dict[int, CountMention] = {}
        for count in self.doc.counts:
            if not count.share and not count.currency:
                self.counts_at[self.doc.tokens(count.start, count.end)[0]] = count

    def run(self) -> None:
        general = self._general_effect()
        per: dict[int, dict[tuple[AssetKind, Effect | None], Taken]] = defaultdict(dict)
        for phrase in phrases(self.reading):
            if self._skipped(phrase):
                continue
            effect, ground, strength = self._effect(phrase)
            if effect is None:
                continue
            kind = kind_named(phrase.kind)
            effect = self._fitting(kind, effect, strength, general)
            if effect is None:
                continue
            if kind in (AssetKind.CRYPTOCURRENCY, AssetKind.MONEY) and (effect is not Effect.EXFILTRATED or _RANSOM.search(self.doc.sentence_text(self.doc.sentence_of(phrase.span[0])))):
                continue
            sentence = self.doc.sentence_of(phrase.span[0])
            for i, incident in enumerate(self.reading.incidents):
                if not incident.tells(sentence):
                    continue
                owner, words = self._owner(phrase, incident)
                taken = Taken(kind, phrase.words, self.reading.ground(*phrase.span, "asset.phrase", 0.5 + strength / 5), effect, ground, owner, words, self._count(phrase))
                key = (kind, effect)
                known = per[i].get(key)
                if known is None:
                    per[i][key] = taken
                elif known.count is None and taken.count is not None:
                    known.count = taken.count
        for i, incident in enumerate(self.reading.incidents):
            incident.assets = self._completed(incident, _pruned(list(per[i].values())))

    def _fitting(self, kind: AssetKind, effect: Effect, strength: int, general: Effect | None) -> Effect | None:
        """The effect as it can be for a kind of asset; ``None`` where the two do not go together."""
        if kind in _SYSTEMS:
            if kind is AssetKind.SOFTWARE_UPDATE:
                return effect if effect is Effect.ALTERED else None
            if kind is AssetKind.ACCOUNT:
                return Effect.ACCESSED if effect is Effect.ACCESSED and strength > 1 else None
            return effect if effect in (Effect.ENCRYPTED, Effect.DESTROYED, Effect.UNAVAILABLE, Effect.ALTERED) and strength > 1 else None
        if effect in (Effect.ENCRYPTED, Effect.UNAVAILABLE, Effect.ALTERED):
            return general if strength < 2 else None
        if effect is Effect.DESTROYED and strength < 2:
            return general
        if effect is Effect.ACCESSED:
            effect = Effect.VIEWED
        if effect in (Effect.EXPOSED, Effect.VIEWED) and strength < 2 and general is not None:
            return general
        return effect

    def _completed(self, incident: IncidentFound, found: list[Taken]) -> list[Taken]:
        """What the whole tells: files beside sharper kinds are left out, ransomware encrypts systems, the number of people is that of their data."""
        data = [t for t in found if t.kind not in _SYSTEMS]
        sharp = [t for t in data if t.kind not in (AssetKind.DOCUMENTS, AssetKind.INTERNAL, AssetKind.ACCOUNT, AssetKind.CREDENTIALS)]
        if sharp:
            found = [t for t in found if t.kind is not AssetKind.DOCUMENTS or "document" in t.words.lower()]
        if incident.kind is IncidentKind.RANSOMWARE and not any(t.kind in _SYSTEMS for t in found) and not re.search(r"not encrypted|without encrypt", self.doc.text):
            at = _RANSOMWARE.search(self.doc.text)
            if at and incident.tells(self.doc.sentence_of(self.doc.tokens(at.start(), at.end())[0])):
                owner = next((v.party for v in incident.victims if v.party), None)
                found.append(Taken(AssetKind.SYSTEMS, at.group(), Ground(at.start(), at.end(), "asset.ransomware", 0.6), Effect.ENCRYPTED, None, owner))
        people = [a.count for a in incident.affected if a.count is not None and a.count.value and _PEOPLE.search(a.description)]
        if people:
            most = max(people, key=lambda c: c.value or 0)
            main = next((t for t in found if t.kind is AssetKind.PERSONAL), next((t for t in found if t.kind not in _SYSTEMS), None))
            if main is not None and main.count is None:
                main.count = most
        return found

    def _skipped(self, phrase: AssetPhrase) -> bool:
        doc = self.doc
        token = phrase.span[0]
        if self.speeches.is_negated(token):
            return True
        chunk = doc.chunk_at(token)
        first = doc.words[chunk[0]].lower if chunk else ""
        if first in ("no", "any", "neither") and chunk and chunk[0] <= token:
            return True
        head = doc.head(chunk) if chunk else token
        if chunk and not (phrase.span[0] <= head < phrase.span[1]) and cues.nouns().has("group", [doc.words[head].lower]) and phrase.kind not in ("personal",):
            return True
        clause = doc.clause_at(token)
        if phrase.kind in ("service", "website", "systems") and clause is not None and not clause.classes & {"disrupt", "encrypt", "destroy", "alter", "intrude"}:
            return True
        return bool(clause and clause.lemma in ("use", "reuse", "change", "reset", "enable", "offer", "monitor", "replace", "recommend", "urge", "advise") and not clause.passive and "take" not in clause.classes)

    def _general_effect(self) -> Effect | None:
        votes: Counter[Effect] = Counter()
        for clause in self.doc.clauses:
            if clause.negated or self.speeches.is_negated(clause.verb):
                continue
            for name, effect in _EFFECT_OF:
                if name in clause.classes and name in ("take", "view", "publish", "sell") and (clause.passive or clause.object):
                    votes[effect] += 1
                    break
        if not votes:
            return None
        for effect in (Effect.EXFILTRATED, Effect.PUBLISHED, Effect.SOLD, Effect.VIEWED):
            if votes[effect]:
                return effect
        return None

    def _qualified(self, span: Span) -> Effect | None:
        _, _, _, effects = _table()
        for word in self.doc.lower(span):
            if word in effects and word not in ("encrypted", "locked", "deleted", "read"):
                return Effect(effects[word])
        return None

    def _effect(self, phrase: AssetPhrase) -> tuple[Effect | None, Ground | None, int]:
        """The effect said of an asset: by a word that qualifies it, by the verb that acts on it, by the list that it stands in."""
        doc, reading = self.doc, self.reading
        token = phrase.span[0]
        chunk = doc.chunk_at(token)
        if chunk:
            effect = self._qualified(chunk)
            if effect:
                return effect, reading.ground(*chunk, "effect.qualified"), 2
        sentence = doc.sentence_of(token)
        clauses = doc.clauses_in(sentence)
        if chunk and chunk[0] >= 2 and doc.words[chunk[0] - 1].lower in ("of", "in"):
            before = doc.chunk_at(chunk[0] - 2)
            noun = doc.words[doc.head(before)].lower if before else ""
            if before and _THEFT.match(noun):
                return Effect.EXFILTRATED, reading.ground(*before, "effect.noun"), 2
            if before and _LEAK.match(noun):
                return Effect.PUBLISHED, reading.ground(*before, "effect.noun"), 2
        for clause in clauses:
            if any(self._covers(span, token) for span in clause.patient) or any(
                self._covers(span, token) for preposition, spans in clause.adjuncts if preposition in ("of", "with", "including", "containing", "on", "like", "about", "as") for span in spans
            ):
                effect = self._of_clause(clause)
                if effect:
                    return effect, reading.ground(*clause.group, "effect.verb"), 2
        listing = doc.clause_at(token)
        if listing is not None and listing.lemma in ("include", "contain", "comprise", "involve", "be", "cover", "have", "hold", "span", "consist", "show", "relate") and listing.group[0] < token:
            for span in listing.subject:
                effect = self._qualified(span)
                if effect:
                    return effect, reading.ground(*span, "effect.listed"), 2
            for clause in reversed([c for c in doc.clauses if c.sentence in (sentence, sentence - 1) and c.group[0] < listing.group[0]]):
                effect = self._of_clause(clause)
                if effect:
                    return effect, reading.ground(*clause.group, "effect.before"), 1
            if cues.nouns().has("system", [w for s in listing.subject for w in doc.lower(s)] or ["x"]):
                return Effect.EXPOSED, reading.ground(*listing.group, "effect.list"), 1
        for clause in reversed([c for c in clauses if c.group[0] < token]):
            effect = self._of_clause(clause)
            if effect:
                return effect, reading.ground(*clause.group, "effect.sentence"), 1
        for clause in [c for c in clauses if c.group[0] >= token]:
            effect = self._of_clause(clause)
            if effect and clause.passive:
                return effect, reading.ground(*clause.group, "effect.sentence"), 1
        return None, None, 0

    def _covers(self, span: Span, token: int) -> bool:
        return any(link[0] <= token < link[1] for part in self.doc.coordinated(span) for link in self.doc.of_chain(part))

    def _of_clause(self, clause: Clause) -> Effect | None:
        if clause.negated or self.speeches.is_negated(clause.verb) or not (clause.passive or clause.object or clause.adjuncts or "disrupt" in clause.classes):
            return None
        for name, effect in _EFFECT_OF:
            if name in clause.classes:
                return effect
        return None

    def _count(self, phrase: AssetPhrase) -> CountMention | None:
        """The number right before the phrase, or that of the people whose data it is ("card numbers for 209,000 consumers")."""
        chunk = self.doc.chunk_at(phrase.span[0]) or phrase.span
        for t in range(max(0, chunk[0] - 3), phrase.span[0] + 1):
            count = self.counts_at.get(t)
            if count is not None and self.doc.tokens(count.start, count.end)[1] <= phrase.span[1]:
                return count
        end = chunk[1]
        if end + 1 < len(self.doc.words) and self.doc.words[end].lower in ("of", "for", "on", "about", "from", "belonging"):
            for t in range(end + 1, min(end + 5, len(self.doc.words))):
                count = self.counts_at.get(t)
                if count is not None:
                    return count
        return None

    def _owner(self, phrase: AssetPhrase, incident: IncidentFound) -> tuple[Party | None, str | None]:
        doc = self.doc
        victims = [v.party for v in incident.victims if v.party]
        chunk = doc.chunk_at(phrase.span[0])
        if chunk:
            for link in doc.of_chain(chunk):
                possessor = doc.possessor(link)
                if possessor and doc.words[possessor[1] - 1].lower in ("customers", "clients", "users", "subscribers", "members") and phrase.kind in ("email", "communications", "vault", "documents"):
                    return None, doc.say(possessor)
            for party in self.reading.parties.owners(chunk):
                if party in victims:
                    return party, None
        clause = doc.clause_at(phrase.span[0])
        if clause:
            for preposition, spans in clause.adjuncts:
                if preposition in ("from", "of", "at", "belonging"):
                    for span in spans:
                        for party in (*self.reading.parties.heads(span), *self.reading.parties.owners(span)):
                            if party in victims:
                                return party, None
        return (victims[0], None) if victims else (None, None)


def _pruned(found: list[Taken]) -> list[Taken]:
    """One entry a kind where the effects differ only in strength; "data" words that say nothing more are left out beside sharper ones."""
    order = [Effect.PUBLISHED, Effect.SOLD, Effect.EXFILTRATED, Effect.ENCRYPTED, Effect.DESTROYED, Effect.ALTERED, Effect.UNAVAILABLE, Effect.EXPOSED, Effect.VIEWED]
    best: dict[AssetKind, Taken] = {}
    for taken in found:
        known = best.get(taken.kind)
        if known is None:
            best[taken.kind] = taken
            continue
        a, b = order.index(known.effect) if known.effect in order else 99, order.index(taken.effect) if taken.effect in order else 99
        keep, other = (known, taken) if a <= b else (taken, known)
        if keep.count is None:
            keep.count = other.count
        best[taken.kind] = keep
    return list(best.values())
