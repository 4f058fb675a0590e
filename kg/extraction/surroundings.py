"""How a party stands in a text, told by classes of words: what stands beside it, in which place of which clause, under which noun.

Nothing here decides anything: each feature is a plain fact, the weights are learned (``tools/train_victims.py``). The members of an
enumeration share what stands before the first and after the last of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from kg.extraction import cues
from kg.extraction.analysis import Analysis, Clause, Span
from kg.extraction.parties import NAME, Parties, Party, normal, words
from kg.extraction.speech import Speeches
from kg.extraction.wordings import Wordings

_NOUN_CLASSES = ("attack", "system", "group", "security", "organization", "actor", "money", "police")
_BUCKETS = ((1, 1), (2, 3), (4, 7))
_JOINTS = frozenset([",", "and", "or", "&", "as", "well", "the", "both", "plus", "/", ";"])
_NAMED_FOR_SECURITY = frozenset(["labs", "lab", "security", "cyber", "cybersecurity", "intelligence", "research", "forensics", "threat"])
Found = dict[Party, dict[str, float]]


@cache
def usual_roles() -> dict[str, tuple[str, ...]]:
    """What well-known organizations usually are to an incident (``cues/organizations.yaml``), by normalised name.

    >>> usual_roles()["visa"], usual_roles()["palo alto networks"]
    (('payments',), ('security',))
    """
    found: dict[str, tuple[str, ...]] = {}
    for role, names in cues.load("organizations").items():
        for name in dict.fromkeys(normal(str(n)) for n in names):
            found[name] = (*found.get(name, ()), role)
    return found


@cache
def _noun_classes(word: str) -> tuple[str, ...]:
    """The classes of nouns that a word alone belongs to."""
    return tuple(name for name in _NOUN_CLASSES if word in cues.nouns().words(name))


def classes_of(doc: Analysis, token: int) -> Iterable[str]:
    """What a word is a word of: classes of verbs for verbs, of nouns for all others."""
    word = doc.words[token]
    if word.pos[:1] == "V":
        return (*cues.verbs().classes(word.lower), *(n for n in _noun_classes(word.lower) if n in ("attack", "system")))
    return _noun_classes(word.lower)


class Surroundings:
    """The features of every party of a text; see :meth:`of`."""

    def __init__(self, doc: Analysis, parties: Parties, speeches: Speeches) -> None:
        self.doc, self.parties, self.speeches = doc, parties, speeches
        self.found: Found = {}
        self._classes = [tuple(classes_of(doc, t)) for t in range(len(doc.words))]
        self._harm = [self._harmful(s) for s in range(len(doc.sentences))]
        for clause in doc.clauses:
            self._clause(clause)
        self._wordings = Wordings(doc, parties)
        self._paragraph = _paragraphs(doc)
        for party in parties.organizations():
            self._kind(party)
            self._place(party)
            for mention in party.mentions:
                self._beside(party, mention.span, mention.how == NAME)

    def of(self, party: Party) -> dict[str, float]:
        """The features of a party and how often each holds."""
        return self.found.get(party, {})

    def _note(self, party: Party, feature: str) -> None:
        features = self.found.setdefault(party, {})
        features[feature] = features.get(feature, 0.0) + 1.0

    def _harmful(self, sentence: int) -> frozenset[str]:
        """The kinds of harm that a sentence tells of, what it denies left aside."""
        doc = self.doc
        found: set[str] = set()
        for clause in doc.clauses_in(sentence):
            if not clause.negated:
                found |= clause.classes & _HARM
        for t in range(*doc.sentences[sentence]):
            if "attack" in self._classes[t] and not self.speeches.is_negated(t):
                found.add("attack")
        return frozenset(found)

    # ── clauses ──────────────────────────────────────────────────────────────────────────

    def _clause(self, clause: Clause) -> None:
        if not clause.classes:
            return
        sign = "!" if clause.negated or self.speeches.is_negated(clause.verb) else ""
        subject = "p" if clause.passive else "s"
        places = [(subject, clause.subject), ("o", clause.object), ("b", clause.agent)]
        places += [("+" + preposition, spans) for preposition, spans in clause.adjuncts if not (preposition == "by" and clause.agent)]
        objects = {n for s in clause.object for n in _noun_classes(self.doc.words[self.doc.head(s)].lower)}
        for place, spans in places:
            for span in spans:
                heads = self.parties.heads(span)
                owners = [p for p in self.parties.owners(span) if p not in heads]
                for name in clause.classes:
                    for party in heads:
                        self._note(party, f"c:{sign}{place}:{name}")
                        if place == "s":
                            for noun in objects:
                                self._note(party, f"c:{sign}s:{name}:{noun}")
                    for party in owners:
                        self._note(party, f"d:{sign}{place}:{name}")

    # ── what stands beside a mention ─────────────────────────────────────────────────────

    def _ends(self, span: Span) -> Span:
        """The whole enumeration of parties that a mention stands in: ``A, B and C``."""
        doc = self.doc
        low, high = doc.sentences[doc.sentence_of(span[0])]
        first, last = span
        while True:
            k = first - 1
            while k > low and doc.words[k].lower in _JOINTS and first - k <= 4:
                k -= 1
            party = self.parties.at(k) if k >= low and k < first - 1 else None
            if party is None or party.kind != "organization":
                break
            while k > low and self.parties.at(k - 1) is party:
                k -= 1
            first = k
        while True:
            k = last
            while k < high and doc.words[k].lower in _JOINTS and k - last < 4:
                k += 1
            party = self.parties.at(k) if k < high and k > last else None
            if party is None or party.kind != "organization":
                break
            while k + 1 < high and self.parties.at(k + 1) is party:
                k += 1
            last = k + 1
        return first, last

    def _beside(self, party: Party, span: Span, named: bool) -> None:
        doc = self.doc
        sentence = doc.sentence_of(span[0])
        low, high = doc.sentences[sentence]
        first, last = self._ends(span)
        for wording in self._wordings.of(party, span, (first, last)):
            self._note(party, "w:" + wording)
        if not named:
            return
        if (first, last) != span:
            self._note(party, "x:list")
        sign = "!" if self.speeches.is_negated(span[0]) else ""
        for number, (near, far) in enumerate(_BUCKETS):
            before = {c for t in range(max(low, first - far), first - near + 1) for c in self._classes[t]}
            after = {c for t in range(last + near - 1, min(high, last + far)) for c in self._classes[t]}
            for name in before:
                self._note(party, f"l{number}:{sign}{name}")
            for name in after:
                self._note(party, f"r{number}:{sign}{name}")
        if first > low:
            self._note(party, f"lw:{doc.words[first - 1].lower}")
            if first - 1 > low:
                for name in self._classes[first - 2]:
                    self._note(party, f"lp:{doc.words[first - 1].lower}:{name}")
        if last < high:
            self._note(party, f"rw:{doc.words[last].lower}")
            if last + 1 < high:
                for name in self._classes[last + 1]:
                    self._note(party, f"rp:{doc.words[last].lower}:{name}")
        for name in self._harm[sentence]:
            self._note(party, f"h:{name}")
        others = {p for t in range(low, high) if (p := self.parties.at(t)) is not None and p is not party and p.kind == "organization"}
        rivals = [p for p in others if not (p.authority or p.press or p.security)]
        if self._harm[sentence]:
            self._note(party, f"x:{'sole' if not others else 'first rank' if not rivals else 'shared'} in harm")
        if doc.in_quote(doc.words[span[0]].start):
            self._note(party, "x:quoted")

    def _place(self, party: Party) -> None:
        """Where in the text a party comes up."""
        doc = self.doc
        body = [s for s in range(len(doc.sentences)) if s not in doc.headings] or [0]
        sentences = sorted({doc.sentence_of(m.span[0]) for m in party.mentions})
        named = sorted({doc.sentence_of(m.span[0]) for m in party.mentions if m.how == NAME}) or sentences
        first = next((s for s in named if s in body), named[0])
        order = body.index(first) if first in body else 0
        self._note(party, f"y:sentence {min(order, 3)}")
        self._note(party, "y:paragraph first" if self._paragraph[first] == self._paragraph[body[0]] else "y:paragraph later")
        if self._paragraph[first] == self._paragraph[-1] != self._paragraph[body[0]]:
            self._note(party, "y:paragraph last")
        if order >= 0.6 * len(body):
            self._note(party, "y:late")
        self._note(party, f"y:{min(len(sentences), 4)} sentences")
        if len({self._paragraph[s] for s in sentences}) > 1:
            self._note(party, "y:paragraphs")
        if any(m.how != NAME for m in party.mentions):
            self._note(party, "y:again")
        if all(self._harm[s] for s in sentences):
            self._note(party, "y:always harm")
        if not any(self._harm[s] for s in sentences):
            self._note(party, "y:never harm")

    # ── what a party is ──────────────────────────────────────────────────────────────────

    def _kind(self, party: Party) -> None:
        doc = self.doc
        parts = party.name.lower().split()
        self._note(party, "t:" + parts[-1])
        for role in sorted({r for name in (*party.names, normal(party.name)) for r in usual_roles().get(name, ())}):
            self._note(party, "u:" + role)
        if set(parts) & _NAMED_FOR_SECURITY:
            self._note(party, "t:named for security")
        if any(w in words()["institutions"] for w in parts):
            self._note(party, "t:institution")
        if party.name.isupper() and len(party.name) <= 6:
            self._note(party, "t:acronym")
        self._note(party, f"t:{min(len(parts), 4)} words")
        for mention in party.mentions:
            if mention.how != NAME:
                continue
            first, last = mention.span
            for t in range(mention.chunk[0], min(first, mention.chunk[1])):
                for name in self._classes[t]:
                    self._note(party, f"a:{name}")
            if (
                last + 1 < len(doc.words)
                and doc.words[last].lower in (",", "(", "–", "—")
                and doc.words[last + 1].lower
                in (
                    "a",
                    "an",
                    "the",
                    "one",
                    "its",
                    "which",
                    "whose",
                )
            ):
                chunk = doc.chunk_at(last + 1)
                if chunk:
                    for t in range(*chunk):
                        for name in self._classes[t]:
                            self._note(party, f"a:{name}")
            if first > 0 and doc.words[first - 1].lower in (",", "–", "—"):
                chunk = doc.chunk_at(first - 2)
                if chunk and doc.words[chunk[0]].lower in ("a", "an", "the", "its", "their", "another", "one"):
                    for t in range(*chunk):
                        for name in self._classes[t]:
                            self._note(party, f"a:{name}")


def _paragraphs(doc: Analysis) -> list[int]:
    """The number of the paragraph of each sentence."""
    found, number, end = [], 0, 0
    for sentence in doc.sentences:
        start = doc.words[sentence[0]].start
        if "\n\n" in doc.text[end:start]:
            number += 1
        end = doc.words[sentence[1] - 1].end
        found.append(number)
    return found


_HARM = frozenset(["intrude", "take", "view", "publish", "sell", "encrypt", "destroy", "alter", "disrupt", "expose", "suffer", "deceive"])
