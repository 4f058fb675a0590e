"""Which words of a text describe a group of people or bodies: where its phrase begins and ends, and what of it is kept."""

from __future__ import annotations

from functools import cache

from kg.extraction import cues
from kg.extraction.analysis import Span
from kg.extraction.findings import Reading
from kg.extraction.parties import Party

_STOP = frozenset(
    [
        ",",
        ".",
        ";",
        ":",
        "and",
        "but",
        "when",
        "while",
        "after",
        "because",
        "before",
        "since",
        "until",
        "(",
        ")",
        "–",
        "—",
        "if",
        "so",
        "although",
    ]
)
_TAIL = frozenset(["of", "in", "around", "across", "at", "from", "throughout", "with", "on", "outside", "within", "for", "under"])
_HARMFUL = frozenset(["intrude", "take", "publish", "encrypt", "destroy", "alter", "disrupt", "expose", "involve", "deceive", "sell"])
_LONGEST = 16
"""Words of the longest clause that is kept behind a group."""


@cache
def _lists() -> dict[str, frozenset[str]]:
    return {name: frozenset(str(word).lower() for word in words) for name, words in cues.load("affected").items()}


class Cut:
    """Cuts the descriptions of groups out of a text; ``victims`` are the organizations that were hit."""

    def __init__(self, reading: Reading, victims: list[Party]) -> None:
        self.reading, self.doc, self.victims = reading, reading.doc, victims

    def begin(self, unit: Span) -> int:
        """Where the words of a group begin: behind its owner and article."""
        doc, start = self.doc, unit[0]
        possessor = doc.possessor(unit)
        if possessor and possessor[1] < unit[1]:
            start = possessor[1] + (1 if doc.words[possessor[1]].lower in ("'s", "’s", "'", "’") else 0)
        while start + 1 < unit[1] and doc.words[start].lower in ("own", "the", "its", "their", "our", "your", "those", "these"):
            start += 1
        return start

    def description(self, unit: Span) -> str:
        """The group's words, with "who …" or "in the United States" after it, without the victim that it belongs to."""
        doc, start = self.doc, self.begin(unit)
        for k in range(start + 1, unit[1] - 1):
            if (
                doc.words[k].lower in ("of", "at")
                and any(self.reading.parties.at(t) in self.victims for t in range(k + 1, unit[1]))
                and start < k
            ):
                return doc.say((start, k))
        return doc.say((start, self.end(unit)))

    def quantity(self, chunk: Span) -> int:
        """Where "a small number of" or "nearly all of" before a phrase begins; else the phrase's own beginning."""
        doc = self.doc
        if chunk[0] < 2 or doc.words[chunk[0] - 1].lower != "of":
            return chunk[0]
        k = chunk[0] - 2
        while k >= 0 and doc.words[k].text in ('"', "”", "“"):
            k -= 1
        if doc.words[k].lower not in _lists()["quantities"]:
            return chunk[0]
        before = doc.chunk_at(k)
        start = before[0] if before else k
        if doc.words[start].lower == "the" and doc.words[k].lower == "number":
            return chunk[0]
        while start > 0 and doc.words[start - 1].lower in ("nearly", "almost", "practically", "a", "very", '"', "“", "only"):
            start -= 1
        return start

    def end(self, unit: Span) -> int:
        """Where the words of a group end: behind its places, its "who …", its "served by …"."""
        doc = self.doc
        limit = doc.sentences[doc.sentence_of(unit[0])][1]
        end = unit[1]
        while (stop := self._prepositional(end, limit)) is not None:
            end = stop
        for kept in (self._relative, self._bare_relative, self._participle, self._including):
            if (stop := kept(end, limit)) is not None:
                return stop
        return end

    def _capital(self, span: Span) -> bool:
        return any(w.text[:1].isupper() for w in self.doc.words[span[0] : span[1]])

    def _prepositional(self, end: int, limit: int) -> int | None:
        """The end of "in the United States", "with a password", "of the network" behind a group, where it belongs to it."""
        doc, parties = self.doc, self.reading.parties
        if end + 1 >= limit or doc.words[end].lower not in _TAIL or (following := doc.chunk_at(end + 1)) is None or following[0] != end + 1:
            return None
        preposition, low = doc.words[end].lower, doc.lower(following)
        head = doc.words[doc.head(following)].lower
        if any(w[:1].isdigit() for w in low) and not (preposition in ("from", "in", "across") and head in _lists()["places"]):
            return None
        named = [p for t in range(*following) if (p := parties.at(t)) is not None]
        if preposition in ("at", "from", "of", "on", "with", "for") and any(
            p in self.victims and p in named for p in parties.heads(following)
        ):
            return None
        if cues.nouns().has("attack", low) or head in _lists()["no_tail"] or low[0] in ("it", "them", "us", "you", "which", "whom"):
            return None
        if preposition == "in":
            if not self._capital(following) and not (head in _lists()["places"] or low[0] == "this"):
                return None
            stop = following[1]
            for c in doc.coordinated(following)[1:]:
                if not all(w.text[:1].isupper() or w.lower in ("the", "of") for w in doc.words[c[0] : c[1]]):
                    break
                stop = c[1]
            elsewhere = stop + 1 < limit and doc.words[stop].lower == "and" and doc.words[stop + 1].lower in ("elsewhere", "abroad")
            return None if elsewhere else stop
        if (
            preposition in ("from", "on", "for", "under")
            and not self._capital(following)
            and head not in _lists()["places"] | _lists()["purposes"]
        ):
            return None
        if preposition == "with" and (low[0] in ("the", "its", "their", "our") or self._capital(following)):
            return None
        return following[1]

    def _until_stop(self, at: int, limit: int) -> int:
        """The end of a clause that begins at a token: before a comma or a word that joins clauses, before a second finite verb."""
        doc, stop, verb, over = self.doc, at, False, False
        while stop < limit and stop < at + _LONGEST:
            word = doc.words[stop]
            if (word.lower in _STOP and doc.words[stop - 1].lower not in ("or", "and")) or word.lower == "that":
                break
            finite = word.pos in ("MD", "VBD", "VBZ", "VBP") and doc.chunk_of[stop] < 0
            if finite and over and doc.words[stop - 1].lower not in ("or", "and"):
                break
            over = over or (verb and not word.pos.startswith(("V", "MD", "RB")))
            verb = verb or word.pos.startswith(("V", "MD"))
            stop += 1
        return stop

    def _relative(self, end: int, limit: int) -> int | None:
        """The end of "who …", "whose …"."""
        doc = self.doc
        if end + 2 >= limit or doc.words[end].lower not in ("who", "whose", "that"):
            return None
        if not (doc.words[end + 1].pos.startswith(("V", "MD", "RB")) or doc.words[end].lower == "whose"):
            return None
        stop = self._until_stop(end + 1, limit)
        return stop if any(w.pos.startswith(("V", "MD")) for w in doc.words[end + 1 : stop]) else None

    def _bare_relative(self, end: int, limit: int) -> int | None:
        """The end of "we are writing to" in "people we are writing to"."""
        doc = self.doc
        if (
            end + 1 >= limit
            or doc.words[end].lower not in ("we", "they", "it", "he", "she")
            or not doc.words[end + 1].pos.startswith(("V", "MD"))
        ):
            return None
        stop = end + 1
        while stop < limit and stop < end + 7 and (doc.words[stop].pos.startswith(("V", "MD", "RB", "RP", "IN", "TO"))):
            stop += 1
            if doc.words[stop - 1].pos in ("IN", "TO", "RP"):
                return stop
        return stop

    def _participle(self, end: int, limit: int) -> int | None:
        """The end of "served by its branches", "carrying a web shell"; what only says that they were hit is left out."""
        doc = self.doc
        word = doc.words[end] if end + 2 < limit else None
        if word is None or word.pos not in ("VBN", "VBG") or doc.words[end + 1].lower in _STOP:
            return None
        clause = next((c for c in doc.clauses_in(doc.sentence_of(end)) if c.verb == end), None)
        if clause is None or clause.classes & _HARMFUL or word.lower in _lists()["hit"]:
            return None
        nouns = (
            clause.object[:1]
            if word.pos == "VBG"
            else [s for p, spans in clause.adjuncts[:1] if p in ("by", "with", "to", "in", "from", "at") for s in spans[:1]]
        )
        return nouns[0][1] if nouns and nouns[0][0] <= end + 2 and nouns[0][1] <= limit else None

    def _including(self, end: int, limit: int) -> int | None:
        """The end of ", including government agencies"."""
        doc = self.doc
        if end + 2 >= limit or doc.words[end].lower != "," or doc.words[end + 1].lower != "including":
            return None
        more = doc.chunk_at(end + 2)
        return more[1] if more and not self._capital(more) else None
