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
from kg.vocabulary import AssetKind, Effect

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
    return found


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
            if effect is Effect.ACCESSED and kind_named(phrase.kind) in _SYSTEMS:
                continue
            kind = kind_named(phrase.kind)
            if effect is Effect.ENCRYPTED and kind not in _SYSTEMS:
                kind = kind if strength > 1 else AssetKind.SYSTEMS
            if effect is Effect.ACCESSED:
                effect = Effect.VIEWED
            if effect is Effect.EXPOSED and general is not None:
                effect = general
            sentence = self.doc.sentence_of(phrase.span[0])
            for i, incident in enumerate(self.reading.incidents):
                if not incident.tells(sentence):
                    continue
                owner, words = self._owner(phrase, incident)
                taken = Taken(kind, phrase.words, self.reading.ground(*phrase.span, "asset.phrase"), effect, ground, owner, words, self._count(phrase))
                key = (kind, effect)
                known = per[i].get(key)
                if known is None:
                    per[i][key] = taken
                elif known.count is None and taken.count is not None:
                    known.count = taken.count
        for i, incident in enumerate(self.reading.incidents):
            incident.assets = _pruned(list(per[i].values()))

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
            if word in effects:
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
        chunk = self.doc.chunk_at(phrase.span[0]) or phrase.span
        for t in range(max(0, chunk[0] - 3), phrase.span[0] + 1):
            count = self.counts_at.get(t)
            if count is not None and self.doc.tokens(count.start, count.end)[1] <= phrase.span[1]:
                return count
        return None

    def _owner(self, phrase: AssetPhrase, incident: IncidentFound) -> tuple[Party | None, str | None]:
        doc = self.doc
        victims = [v.party for v in incident.victims if v.party]
        chunk = doc.chunk_at(phrase.span[0])
        if chunk:
            for link in doc.of_chain(chunk):
                possessor = doc.possessor(link)
                if possessor and cues.nouns().has("group", doc.lower(possessor)) and "'" not in doc.say(possessor)[:0]:
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
