"""Whom a speaking phrase stands for: names, titles, "a spokesman for …", pronouns and "those people" led back to whom they mean."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kg.extraction.actor_words import words
from kg.extraction.analysis import Analysis, Span
from kg.extraction.gazetteer import places
from kg.extraction.parties import Parties, Party

_PRONOUNS = frozenset(["it", "they", "he", "she", "who", "which", "that", "whom", "those", "itself", "himself"])
_NO_SPEAKERS = frozenset(["evidence", "clues", "signs", "traces", "logs", "forensics", "everything", "nothing", "suspicion", "indications"])
MONTH = re.compile(
    r"^(?:the )?(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b[\d ,]*$"
)


@dataclass(slots=True)
class Voice:
    """A verb by which somebody says, blames or links; ``source`` is who, ``scope`` the tokens that it speaks of."""

    verb: int
    lemma: str
    kind: str
    """``say``, ``blame`` or ``link``."""
    source: Span | None
    scope: Span
    negated: bool = False


@dataclass(slots=True)
class Source:
    """Who attributes, as it is to be called."""

    text: str
    party: Party | None
    span: Span


class Sources:
    """Leads the speakers of a text back to whom they stand for; the voices themselves are found by a subclass."""

    doc: Analysis
    parties: Parties
    by_sentence: list[list[Voice]]
    speaker: tuple[str, Party | None] | None

    def source(self, voice: Voice | None) -> Source | None:
        """Who a voice belongs to, with pronouns and "those people" led back to whom they stand for."""
        if voice is None or voice.source is None:
            return None
        return None if not self._can_speak(voice.source) else self._resolve(voice.source, voice)

    def _resolve(self, span: Span, voice: Voice, depth: int = 0) -> Source | None:
        doc = self.doc
        low = doc.lower(span)
        head = doc.words[doc.head(span)].lower
        char = doc.words[span[0]].start
        if low[0] in ("we", "our", "us", "i") and not doc.in_quote(char):
            return Source(self.speaker[0], self.speaker[1], span) if self.speaker else None
        heads = self.parties.heads(span)
        if head in ("official", "officials", "authorities") and places(doc.say(span)):
            return Source(self._plain(span), None, span)
        if low[-1] in ("he", "she"):
            before_it = [
                (m.span[0], p)
                for p in self.parties.all
                if p.kind == "person"
                for m in p.mentions
                if m.how == "name" and 0 < span[0] - m.span[0] < 70
            ]
            if before_it:
                person = max(before_it, key=lambda p: p[0])[1]
                return Source(person.name, person, span)
        titled = re.search(
            (
                r"(?:Director|Secretary|Minister|President|Commissioner|Chief|Chairman|Senator|General|"
                r"Intelligence|Officer|Attorney|Premier|Chancellor|executive|chairman|minister|president|"
                r"spokes\w+)\b.*? ([A-Z][\w'’-]+ (?:[A-Z]\. )?[A-Z][\w'’-]+)(?: last \w+)?$"
            ),
            doc.say(span),
        )
        if titled and not any(p.kind == "person" for p in heads):
            return Source(titled[1], None, span)
        if (
            {"of", "and", "for"} & set(low[1:-1])
            and doc.words[span[1] - 1].text[:1].isupper()
            and doc.chunk_at(span[1] - 1) != doc.chunk_at(span[0])
        ):
            return Source(self._plain(span), heads[0] if heads else None, span)
        heads = [p for p in heads if not self._other_sort(p, span, head)]
        following = doc.chunk_at(span[1] + 1) if span[1] + 1 < len(doc.words) and doc.words[span[1]].lower in ("for", "of", "at") else None
        if following is not None and doc.words[following[1] - 1].text[:1].isupper():
            if head in ("embassy", "mission", "ministry") and doc.words[span[1]].lower == "of":
                return Source(self._plain((span[0], following[1])), None, (span[0], following[1]))
            if head in ("officer", "director", "secretary", "minister") and doc.words[doc.head(span)].text[:1].isupper():
                return Source(self._plain(following), None, following)
        if head in ("embassy", "ministry", "mission") and not any(
            m.how == "name" and span[0] <= m.span[0] < span[1] for p in heads for m in p.mentions
        ):
            return Source(self._plain(span), None, span)
        if (
            low[0] in ("the", "that", "this")
            and head in ("firm", "company", "vendor", "researchers", "maker")
            and self.parties.at(doc.head(span)) is None
        ):
            a, _b = doc.sentences[max(0, doc.sentence_of(span[0]) - 1)]
            before = [p for t in range(a, span[0]) if (p := self.parties.at(t)) is not None and p.kind == "organization" and not p.press]
            if (
                before
                and before[-1].security
                and (len({id(p) for p in before}) == 1 or {"security", "cybersecurity", "intelligence", "antivirus", "research"} & set(low))
            ):
                heads = [before[-1]]
        if heads and not (
            head
            in (
                "official",
                "officials",
                "spokesman",
                "spokeswoman",
                "spokesperson",
                "researchers",
                "analysts",
                "investigators",
                "embassy",
                "ministry",
                "minister",
            )
            and doc.words[span[0]].lower != "the"
        ):
            party = heads[0]
            if head in ("embassy", "ministry", "mission"):
                return Source(self._plain(span), party, span)
            return Source(self._called(party, span), party, span)
        if (
            low == ["who"]
            or low[-1] in _PRONOUNS
            or low[0] in ("those", "these")
            or (low[0] == "the" and head in ("official", "officials", "person", "people", "researchers", "researcher", "source", "sources"))
        ):
            earlier = self._earlier(voice, head if low[-1] not in _PRONOUNS else None)
            if earlier is not None and depth < 3:
                return self._resolve(earlier.source or span, earlier, depth + 1)
            return None if low[-1] in _PRONOUNS else Source(self._plain(span), None, span)
        rest = doc.text[doc.words[span[1] - 1].end : doc.words[span[1] - 1].end + 90]
        if match := re.match(
            (
                r" (familiar with (?:the|its|their) \w+|briefed on (?:the|its|their) \w+|with (?:direct "
                r")?knowledge of (?:the|its|their) \w+|who (?:know|knew) of (?:the|its|their) \w+|close to "
                r"(?:the|its|their) \w+|involved in (?:the|its|their) \w+)"
            ),
            rest,
        ):
            return Source(self._plain(span) + " " + match[1], None, span)
        then = doc.lower((span[1], min(len(doc.words), span[1] + 2)))
        if then and then[0] in ("at", "of", "for", "from", "with", "by") and (chunk := doc.chunk_at(span[1] + 1)):
            named = [p for p in self.parties.heads(chunk) or self.parties.in_chunk(chunk) if p.kind == "organization"]
            if named:
                return Source(named[0].name, named[0], span)
            if head in ("spokesman", "spokeswoman", "spokesperson"):
                return Source(self._plain(chunk), None, chunk)
        if head in ("spokesman", "spokeswoman", "spokesperson") or head == "statement":
            inner = self.parties.in_chunk(span)
            if inner:
                return Source(inner[0].name, inner[0], span)
        inside = self.parties.in_chunk(span)
        persons = [p for p in inside if p.kind == "person"]
        if persons:
            return Source(persons[0].name, persons[0], span)
        if (
            doc.possessor(span)
            and inside
            and head
            in (
                "complaint",
                "report",
                "lawsuit",
                "statement",
                "analysis",
                "assessment",
                "investigation",
                "investigators",
                "lawyers",
                "spokesman",
            )
        ):
            return Source(inside[0].name, inside[0], span)
        return Source(self._plain(span), inside[0] if inside else None, span)

    def _other_sort(self, party: Party, span: Span, head: str) -> bool:
        """Whether a public office ("the government") was taken up by the name of a firm."""
        public = head in words()["public"]
        named = any(m.how == "name" and span[0] <= m.span[0] < span[1] for m in party.mentions)
        return public and not named and not party.authority and party.kind == "organization"

    def _called(self, party: Party, span: Span) -> str:
        """The name of a party; where a longer one has swallowed others ("Jane Roe of Acme"), that of the place itself."""
        if party.kind == "organization" and " of " in party.name:
            here = next((m for m in party.mentions if m.how == "name" and span[0] <= m.span[0] and m.span[1] <= span[1]), None)
            if here is not None and " of " not in self.doc.say(here.span):
                return self.doc.say(here.span)
        return party.name

    def _can_speak(self, span: Span) -> bool:
        doc = self.doc
        low = doc.lower(span)
        if self.parties.in_chunk(span) or low[-1] in _PRONOUNS or low[0] in ("we", "our", "us", "i"):
            return True
        first = doc.words[span[0]]
        if MONTH.search(doc.say(span)):
            return False
        if first.pos == "CD" or any(c.isdigit() for c in first.text):
            return first.text.isalpha() and doc.words[doc.head(span)].lower in words()["speakers"]
        if span[1] - span[0] == 1 and span[0] == doc.sentences[doc.sentence_of(span[0])][0] and first.lower in _NO_SPEAKERS:
            return False
        if doc.lower(span) in (["the", "country"], ["the", "state"]):
            return False
        return doc.words[doc.head(span)].lower in words()["speakers"] or any(
            w.text[:1].isupper() for w in doc.words[span[0] + (doc.words[span[0]].pos == "DT") : span[1]]
        )

    def _plain(self, span: Span) -> str:
        text = re.sub(
            r"^(?:January|February|March|April|May|June|July|August|September|October|November|December)? ?\d{4} ", "", self.doc.say(span)
        )
        return re.sub(r"^(?:the|a|an|some|those|these|that|this) ", "", text, flags=re.IGNORECASE)

    def _earlier(self, voice: Voice, head: str | None) -> Voice | None:
        """The nearest voice before this one with a speaker of its own (and the same head noun)."""
        doc = self.doc
        sentence = doc.sentence_of(voice.verb)
        for s in (sentence, sentence - 1, sentence - 2):
            for other in reversed(self.by_sentence[s] if s >= 0 else []):
                if other.verb >= voice.verb or other.source is None or other.source == voice.source:
                    continue
                low = doc.lower(other.source)
                if low[-1] in _PRONOUNS or (head is not None and doc.words[doc.head(other.source)].lower.rstrip("s") != head.rstrip("s")):
                    continue
                return other
        return None
