"""Persons and firms whom authorities charge, arrest, convict or sanction, or whom somebody accuses by name.

>>> from kg.extraction.analysis import Analysis
>>> from kg.extraction.names import Lexicon
>>> from kg.extraction.tagger import Tagger
>>> text = "Prosecutors charged Peter Stone, of Memphis, and Karl Aust, 33, with computer fraud. U.S. Attorney Ann Lee spoke."
>>> text = "Prosecutors charged Peter Stone, of Memphis, and Karl Aust, 33, with computer fraud. U.S. Attorney Ann Lee spoke."
>>> doc = Analysis(text, None, Lexicon.bundled(), Tagger.bundled())
>>> [a.name for a in accused(doc, Parties(doc), set())]
['Peter Stone', 'Karl Aust']
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from kg.extraction.actor_words import any_of, words
from kg.extraction.analysis import Analysis, Clause, Span
from kg.extraction.cues import load
from kg.extraction.parties import Parties, Party, normal

_LISTS = load("accused")
_CHARGED, _PLEADED, _CRIMES, _OFFICE, _SUED = (any_of(_LISTS[key]) for key in ("charged", "pleaded", "crimes", "office", "sued"))
_COURT_VERBS = frozenset(_LISTS["court verbs"])
_ALIAS = re.compile(
    r",? \(?(?:a/k/a|aka|a\.k\.a\.|also known (?:online )?as|alias|known online as)\.? "
    r"[\"“'‘]?(?P<alias>[\w$.-]+(?: [A-Z][\w$.-]+)?)"
)
_SHAPE = re.compile(r"[A-Z][\w’'-]+(?: (?:[A-Z]\.|[A-Z][\w’'-]+|al|bin|van|von|de|el)){1,3}")
_OF = re.compile(r",? (?:an? )?(?:aged? )?\d\d\b(?! ?(?:percent|%))|,? (?:\(|a/k/a|aka |also known as|of [A-Z][\w ]+, [A-Z]|of [A-Z]\w+,)")
_STAFF = re.compile(r",? (?:the |a |an )?(?:\w+ )?(?:of|at|for|from) [A-Z]")
_FATE = re.compile(r",? (?:\d\d,)? ?(?:was|were|is|has been|who (?:was|is|has))\b")
_POINTED = re.compile(r"\b(?:points?|pointed|pointing) (?:(?:the|a|its|their) fingers? |fingers )?(?:to|at|towards?) (?:the )?(?=$|[A-Z])")
_BEARERS = frozenset(["national", "citizen", "resident", "programmer"])
MOST = 5
"""More persons than that are a list of officers; the body that they belong to is the actor."""


@dataclass(slots=True)
class Accused:
    """Somebody who is charged, with the place of the name and phrases before that mean the same person."""

    party: Party
    name: str
    span: Span
    person: bool
    again: list[Span] = field(default_factory=list)
    alias: Span | None = None


def accused(doc: Analysis, parties: Parties, victims: set[str]) -> list[Accused]:
    """Everybody who is charged in a text, in order; nobody if they are more than a handful. Never raises."""
    found: dict[str, Accused] = {}
    for sentence in range(len(doc.sentences)):
        text = doc.sentence_text(sentence)
        charged, pleaded = _CHARGED.search(text), _PLEADED.search(text)
        if not (charged or pleaded or _POINTED.search(text)) or (_SUED.search(text) and not _CRIMES.search(text)):
            continue
        for one in [*_persons(doc, parties, sentence), *_firms(doc, parties, sentence)]:
            if normal(one.party.name) not in victims:
                found.setdefault(one.party.name, one)
    return list(found.values()) if len(found) <= MOST else []


def _persons(doc: Analysis, parties: Parties, sentence: int) -> Iterator[Accused]:
    a, b = doc.sentences[sentence]
    said = [c for c in doc.clauses_in(sentence) if "say" in c.classes and not _PLEADED.search(doc.say(c.group))]
    speaking = {t for c in said for span in c.subject for t in range(*span)}
    seen: set[int] = set()
    for t in range(a, b):
        party = parties.at(t)
        mention = next((m for m in party.mentions if m.span[0] == t and m.how == "name"), None) if party else None
        if party is None or mention is None or id(party) in seen:
            continue
        span = mention.span
        if party.kind != "person" and not _looks_like_person(doc, span):
            continue
        start, end = doc.chars(span)
        before, after = doc.text[max(0, start - 60) : start], doc.text[end : end + 60]
        before = before[-40:] if before.endswith(", ") else re.split(r"[.;] |, ", before)[-1]
        before = before[max((m.end() for m in _CHARGED.finditer(before)), default=0) :]
        if _OFFICE.search(before) or _OFFICE.match(after.lstrip(", ")) or (_STAFF.match(after) and not _OF.match(after)):
            continue
        if (t in speaking and not _FATE.match(after)) or party.authority:
            continue
        seen.add(id(party))
        name = party.name if party.kind == "person" else doc.say(span)
        yield Accused(party, name, span, True, _before(doc, span), _alias(doc, end))


def _looks_like_person(doc: Analysis, span: Span) -> bool:
    """Whether a name that was taken for a firm's is a person's: "JOHN ROE, a/k/a …", "Jane Roe, 33,", "the Russian national X Y"."""
    a, b = span
    if not 2 <= b - a <= 4 or not _SHAPE.fullmatch(doc.say(span)):
        return False
    if a > 0 and doc.words[a - 1].lower in words()["again"] | words()["plain"] | _BEARERS:
        return True
    return _OF.match(doc.text[doc.words[b - 1].end : doc.words[b - 1].end + 40]) is not None


def _alias(doc: Analysis, end: int) -> Span | None:
    match = _ALIAS.match(doc.text, end)
    return doc.tokens(match.start("alias"), match.end("alias")) if match else None


def _before(doc: Analysis, span: Span) -> list[Span]:
    """In the sentence before: "a former engineer was arrested …", of whom the name tells more."""
    sentence = doc.sentence_of(span[0])
    people = words()["insiders"] | words()["plain"] | words()["general"]
    if sentence == 0:
        return []
    found = []
    for chunk in doc.chunks_in(*doc.sentences[sentence - 1]):
        after = doc.text[doc.words[chunk[1] - 1].end :][:40]
        fate = re.match(r"(?: \w+){0,2} (?:was|were|has been|have been) ", after)
        if fate and doc.words[doc.head(chunk)].lower in people and _CHARGED.search(after):
            found.append(chunk)
    return found


def _firms(doc: Analysis, parties: Parties, sentence: int) -> Iterator[Accused]:
    """Firms that a court convicts of a crime, or that somebody accuses of one."""
    a, b = doc.sentences[sentence]
    for t in range(a, b):
        party = parties.at(t)
        mention = next((m for m in party.mentions if m.span[0] == t and m.how == "name"), None) if party else None
        if party is None or mention is None or party.kind != "organization" or party.authority or party.press or party.security:
            continue
        start = doc.words[t].start
        if _POINTED.search(doc.text[max(doc.words[a].start, start - 40) : start]):
            yield Accused(party, party.name, mention.span, False)
    if not _CRIMES.search(doc.sentence_text(sentence)):
        return
    for clause in doc.clauses_in(sentence):
        lemma = words()["forms"].get(doc.words[clause.verb].lower, clause.lemma)
        if lemma not in _COURT_VERBS or clause.negated:
            continue
        for span in _patients(clause):
            for party in parties.heads(span):
                if party.kind == "organization" and not (party.authority or party.press or party.security):
                    mention = next((m for m in party.mentions if span[0] <= m.span[0] < span[1]), None)
                    if mention is not None:
                        yield Accused(party, party.name, mention.span, False)


def _patients(clause: Clause) -> list[Span]:
    return clause.subject if clause.passive else clause.object
