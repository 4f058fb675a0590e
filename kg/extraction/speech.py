"""Who says what: the speaker of each stretch of text, and stretches that are denied, hedged or not about what happened."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kg.extraction.analysis import Analysis, Clause, Span
from kg.extraction.parties import Parties, Party


@dataclass(slots=True)
class Speech:
    """A stretch of a sentence (token positions) and who says it."""

    scope: Span
    speaker: Span
    party: Party | None
    words: str
    verb: int
    lemma: str


_NO_EVIDENCE = re.compile(
    r"\b(?:(?:no|without|any|nor|little) (?:\w+ ){0,2}?(?:evidence|indication|sign|signs|reason to believe|"
    r"suggestion|proof)|not aware of|unaware of|(?:not|n't) (?:believe|seen|see|found|find|think|include|"
    r"contain|appear|affect|involve|belong)\b|"
    r"den(?:y|ies|ied|ying) (?:any|that|it|its|having|being|involvement)|ruled out|rather than|instead of|but not|and not)",
    re.IGNORECASE,
)


class Speeches:
    """The speeches and negated stretches of a text."""

    def __init__(self, doc: Analysis, parties: Parties) -> None:
        self.doc = doc
        self.parties = parties
        self.all: list[Speech] = [s for i in range(len(doc.sentences)) for s in self._of_sentence(i)]
        self.negated: list[tuple[int, int]] = []
        self._negated_tokens: set[int] = set()
        for match in _NO_EVIDENCE.finditer(doc.text):
            token = doc.tokens(match.start(), match.end())[0]
            if token < len(doc.words):
                sentence = doc.sentence_of(token)
                end = doc.sentences[sentence][1]
                for t in range(token + 1, end):
                    if doc.words[t].lower in (";",) or (doc.words[t].lower in ("but", "although", "however", "though") and t > token + 3):
                        end = t
                        break
                self.negated.append((token, end))
                self._negated_tokens.update(range(token, end))

    def _of_sentence(self, sentence: int) -> list[Speech]:
        doc = self.doc
        a, b = doc.sentences[sentence]
        found: list[Speech] = []
        for clause in doc.clauses_in(sentence):
            if "say" not in clause.classes or not clause.subject or clause.passive:
                continue
            speaker = clause.subject[0]
            if doc.in_quote(doc.words[clause.verb].start):
                continue
            after = doc.words[clause.group[1]].lower if clause.group[1] < b else "."
            scope: Span
            if (
                after in (".", ",", '"', "”", "on", "in")
                and speaker[0] > a
                and doc.words[speaker[0] - 1].lower in (",", '"', "”", "’", "'")
            ):
                scope = (a, speaker[0])
            else:
                end = b
                for t in range(clause.group[1], b):
                    if doc.words[t].lower == ";":
                        end = t
                        break
                scope = (clause.group[1], end)
            found.append(self._speech(scope, speaker, clause))
        match = re.search(r"\baccording to ", doc.text[doc.words[a].start : doc.words[b - 1].end], re.IGNORECASE) if b > a else None
        if match:
            token = doc.tokens(doc.words[a].start + match.start(), doc.words[a].start + match.end())[1]
            chunk = doc.chunk_at(token)
            if chunk:
                heads = self.parties.heads(chunk) or self.parties.in_chunk(chunk)
                found.append(Speech((a, b), chunk, heads[0] if heads else None, doc.say(chunk), token, "say"))
        return found

    def _speech(self, scope: Span, speaker: Span, clause: Clause) -> Speech:
        heads = self.parties.heads(speaker) or self.parties.in_chunk(speaker)
        return Speech(scope, speaker, heads[0] if heads else None, self.doc.say(speaker), clause.verb, clause.lemma)

    def of(self, token: int) -> Speech | None:
        """Who says what stands at a token; the innermost speech, ``None`` when the text itself does."""
        best: Speech | None = None
        for speech in self.all:
            if speech.scope[0] <= token < speech.scope[1] and (
                best is None or speech.scope[1] - speech.scope[0] <= best.scope[1] - best.scope[0]
            ):
                best = speech
        return best

    def is_negated(self, token: int) -> bool:
        """Whether a token lies in a stretch such as "no evidence that …" or in a negated clause."""
        if token in self._negated_tokens:
            return True
        clause = self.doc.clause_at(token)
        return bool(clause and clause.negated and (clause.group[0] <= token or any(s[0] <= token < s[1] for s in clause.subject)))
