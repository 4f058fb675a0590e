"""A text taken apart: words, phrases and clauses with their subjects and objects, found without a parser.

:class:`Analysis` holds everything that the readers of single facts look at. Token positions count
over the whole text; spans are half-open pairs of token positions unless a name says ``chars``.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from kg.extraction import cues
from kg.extraction.dates import DateMention, find_dates
from kg.extraction.names import Lexicon, NameMention
from kg.extraction.numbers import CountMention, find_counts
from kg.extraction.plausible import plausible
from kg.extraction.tagger import Tagger
from kg.extraction.tokens import Sentence, Token, sentences

Span = tuple[int, int]

_AUXILIARY = cues.words("auxiliaries")
_BE = cues.words("forms of be")
_NEGATIONS = frozenset(["not", "n't", "never", "no", "neither", "nor", "none", "cannot", "without"])
_HEDGES = cues.words("hedges")


@dataclass(slots=True)
class Word:
    """One token; ``start`` and ``end`` are character offsets."""

    start: int
    end: int
    text: str
    lower: str
    pos: str
    lemma: str


@dataclass(slots=True)
class Clause:
    """One verb group with what belongs to it. Spans are noun phrases (token positions)."""

    sentence: int
    verb: int
    """Position of the main verb."""
    group: Span
    """The verb group: auxiliaries, adverbs, main verb, particle."""
    lemma: str
    classes: frozenset[str]
    passive: bool
    negated: bool
    hedge: str | None
    subject: list[Span] = field(default_factory=list)
    object: list[Span] = field(default_factory=list)
    agent: list[Span] = field(default_factory=list)
    """After ``by`` in the passive."""
    adjuncts: list[tuple[str, list[Span]]] = field(default_factory=list)
    """Prepositional phrases after the verb: preposition and its noun phrases."""
    end: int = 0
    """Where the next verb group (or the sentence) begins."""

    @property
    def patient(self) -> list[Span]:
        """What the verb acts on: the subject of a passive, else the object."""
        return self.subject if self.passive else self.object

    @property
    def doer(self) -> list[Span]:
        """Who does it: the agent of a passive, else the subject."""
        return self.agent if self.passive else self.subject


_DATELINE = re.compile(
    r"(?:^|\n)((?:[A-Z][A-Z.'’-]+(?: [A-Z][A-Z.'’-]+)*)(?:, [A-Z][A-Za-z]*\.?)*(?:,? (?:[A-Z][a-z]+\.? \d{1,2}|"
    r"\d{1,2} [A-Z][a-z]+)(?:,? \d{4})?)?(?: \([^()\n]{2,30}\))?\s?(?:[-–—]|\.|,)?) (?=[A-Z\"“])"
)


_ITEM = re.compile(
    r"(?:^|\n)(?:FORM 8-K[^\n]{0,40}\n)?Item \d+\.\d+\.? (?:[A-Z][\w-]*,? |or |and |of |to |the )*[A-Z][\w-]*"
    r"(?:[.:](?= (?![a-z]))|(?=\n))"
)
"""The item of a filing with its heading: "Item 1.05 Material Cybersecurity Incidents."."""


def _datelines(text: str) -> list[tuple[int, int]]:
    """Character ranges of datelines: "BETHESDA, Md." at the beginning of a paragraph.

    >>> [("OLATHE, Kan. Garmin said so.")[a:b] for a, b in _datelines("OLATHE, Kan. Garmin said so.")]
    ['OLATHE, Kan.']
    """
    items = [m.span() for m in _ITEM.finditer(text)]
    return items + [m.span(1) for m in _DATELINE.finditer(text) if len(m[1].split()[0].strip(".,")) > 3 and re.search(r"[.,)–—-]", m[1])]


def _negated(words: Sequence[str]) -> bool:
    """Whether the words of a verb group deny it; "not only" does not.

    >>> _negated(["were", "not"]), _negated(["were", "not", "only"])
    (True, False)
    """
    return any(
        w in _NEGATIONS and not (w == "not" and i + 1 < len(words) and words[i + 1] in ("only", "just", "merely"))
        for i, w in enumerate(words)
    )


def _outside_brackets(tokens: Sequence[Token], chunks: Iterable[Span]) -> list[Span]:
    """Noun phrases without brackets at their ends; those inside a short pair of brackets (a ticker, an acronym) are left out."""
    inside = [False] * len(tokens)
    opened: int | None = None
    for i, token in enumerate(tokens):
        if token.text in ("(", "["):
            opened = i
        elif token.text in (")", "]") and opened is not None:
            if i - opened <= 5:
                inside[opened : i + 1] = [True] * (i + 1 - opened)
            opened = None
    found = []
    for a, b in chunks:
        while a < b and (inside[a] or (not tokens[a].text[:1].isalnum() and tokens[a].text[:1] not in "$€£“\"'’")):
            a += 1
        stop = next((k for k in range(a, b) if inside[k]), b)
        if a < stop:
            found.append((a, stop))
    return found


class Analysis:
    """A text with words, noun phrases, clauses, names, dates and counts.

    ``published`` is the day that relative dates count from; ``lexicon`` the names that are known.
    """

    def __init__(self, text: str, published: date | None, lexicon: Lexicon, tagger: Tagger) -> None:
        self.text = text
        self.published = published
        self.words: list[Word] = []
        self.sentences: list[Span] = []
        self.headings: set[int] = set()
        self.chunks: list[Span] = []
        self.entities: list[tuple[int, int, str]] = []
        verbs = cues.verbs()
        datelines = _datelines(text)
        for sentence in sentences(text):
            if not sentence.tokens:
                continue
            cut = next((b for a, b in datelines if a <= sentence.start < b), None)
            if cut is not None:
                kept = tuple(t for t in sentence.tokens if t.start >= cut)
                if not kept:
                    continue
                sentence = Sentence(kept[0].start, sentence.end, kept, sentence.heading)
            tagged = tagger.tag(sentence)
            base = len(self.words)
            for token, pos in zip(sentence.tokens, tagged.pos, strict=True):
                lower = token.text.lower()
                self.words.append(Word(token.start, token.end, token.text, lower, pos, verbs.lemma(lower) if pos[:1] == "V" else lower))
            if sentence.heading:
                self.headings.add(len(self.sentences))
            self.sentences.append((base, len(self.words)))
            for a, b in _outside_brackets(sentence.tokens, tagged.chunks):
                if (
                    self.chunks
                    and self.chunks[-1][1] == base + a
                    and self.chunks[-1][0] >= base
                    and self.words[base + a].pos.startswith("NNP")
                ):
                    self.chunks[-1] = (self.chunks[-1][0], base + b)
                else:
                    self.chunks.append((base + a, base + b))
            self.entities.extend((base + a, base + b, label) for a, b, label in tagged.entities)
        self._starts = [w.start for w in self.words]
        self._sentence_starts = [a for a, _ in self.sentences]
        self.chunk_of: list[int] = [-1] * len(self.words)
        for i, (a, b) in enumerate(self.chunks):
            for k in range(a, b):
                self.chunk_of[k] = i
        self.lexicon = lexicon
        self.names: list[NameMention] = plausible(lexicon.find(text), text)
        self.dates: list[DateMention] = find_dates(text, published)
        self.counts: list[CountMention] = find_counts(text)
        self.clauses: list[Clause] = [clause for i in range(len(self.sentences)) for clause in self._clauses(i)]
        self._clause_starts = [c.group[0] for c in self.clauses]

    # ── places in the text ───────────────────────────────────────────────────────────────

    def tokens(self, start: int, end: int) -> Span:
        """The tokens that lie (at least partly) in a range of characters."""
        first = bisect_right(self._starts, start) - 1
        if first < 0 or self.words[first].end <= start:
            first += 1
        return first, bisect_left(self._starts, end)

    def chars(self, span: Span) -> tuple[int, int]:
        """The character range of a span of tokens."""
        return self.words[span[0]].start, self.words[span[1] - 1].end

    def say(self, span: Span) -> str:
        """The words of a span as they stand in the text."""
        a, b = self.chars(span)
        return self.text[a:b]

    def lower(self, span: Span) -> list[str]:
        """The words of a span in lower case."""
        return [w.lower for w in self.words[span[0] : span[1]]]

    def sentence_of(self, token: int) -> int:
        """The sentence that a token stands in."""
        return max(0, bisect_right(self._sentence_starts, token) - 1)

    def sentence_text(self, index: int) -> str:
        """The words of a sentence."""
        return self.say(self.sentences[index])

    def clauses_in(self, sentence: int) -> list[Clause]:
        """The clauses of a sentence, in order."""
        a, b = self.sentences[sentence]
        return self.clauses[bisect_left(self._clause_starts, a) : bisect_left(self._clause_starts, b)]

    def clause_at(self, token: int) -> Clause | None:
        """The clause that a token belongs to: the last that begins at or before it in its sentence, else the first."""
        found = None
        for clause in self.clauses_in(self.sentence_of(token)):
            if clause.group[0] <= token or found is None:
                found = clause
        return found

    def head(self, chunk: Span) -> int:
        """The head noun of a phrase: its last noun, not a possessor."""
        for k in range(chunk[1] - 1, chunk[0] - 1, -1):
            if self.words[k].pos.startswith(("NN", "PRP", "CD", "NUM")) and self.words[k].lower not in ("'s", "’s"):
                return k
        return chunk[1] - 1

    def possessor(self, chunk: Span) -> Span | None:
        """``Microsoft`` of ``Microsoft's networks``; ``its`` of ``its networks``."""
        for k in range(chunk[0], chunk[1]):
            word = self.words[k]
            if word.lower in ("'s", "’s", "'", "’") and k > chunk[0] and k + 1 < chunk[1]:
                return chunk[0], k
            if word.pos == "PRP$":
                return k, k + 1
        return None

    def of_chain(self, chunk: Span) -> list[Span]:
        """The phrase and those that hang on it by ``of`` (``files of 134 customers of Okta``)."""
        chain = [chunk]
        while True:
            end = chain[-1][1]
            if end + 1 < len(self.words) and self.words[end].lower in ("of",) and self.chunk_of[end + 1] >= 0:
                chain.append(self.chunks[self.chunk_of[end + 1]])
            else:
                return chain

    def chunk_at(self, token: int) -> Span | None:
        """The noun phrase that a token stands in."""
        index = self.chunk_of[token] if 0 <= token < len(self.words) else -1
        return self.chunks[index] if index >= 0 else None

    def chunks_in(self, first: int, last: int) -> list[Span]:
        """The noun phrases that begin at a token from ``first`` on and before ``last``."""
        return self.chunks[bisect_left(self.chunks, (first, 0)) : bisect_left(self.chunks, (last, 0))]

    def coordinated(self, chunk: Span) -> list[Span]:
        """The phrases of an enumeration that begins with ``chunk`` (``A, B and C``)."""
        found = [chunk]
        index = self.chunk_of[chunk[0]]
        while index + 1 < len(self.chunks):
            following = self.chunks[index + 1]
            between = self.lower((found[-1][1], following[0]))
            if (
                following[0] - found[-1][1] <= 3
                and between
                and all(w in (",", "and", "or", "&", "as", "well", "/", "the", "both") for w in between)
            ):
                found.append(following)
                index += 1
            else:
                break
        return found

    # ── clauses ──────────────────────────────────────────────────────────────────────────

    def _groups(self, sentence: int) -> Iterator[tuple[int, int, int]]:
        """Verb groups of a sentence: first token, main verb, end."""
        a, b = self.sentences[sentence]
        k = a
        while k < b:
            word = self.words[k]
            in_chunk = self.chunk_of[k] >= 0
            starts = word.pos in ("MD", "VBD", "VBZ", "VBP", "VB", "VBN", "VBG") and not (in_chunk and word.pos in ("VBN", "VBG", "VB"))
            if not starts or (word.pos == "VBG" and in_chunk):
                k += 1
                continue
            first, main, j = k, k, k + 1
            while j < b:
                w = self.words[j]
                if (
                    w.pos in ("MD", "VB", "VBD", "VBN", "VBG", "VBP", "VBZ")
                    and self.chunk_of[j] < 0
                    and (self.words[main].lower in _AUXILIARY or self.words[main].pos == "MD")
                ):
                    main = j
                    j += 1
                elif w.pos in ("RB", "RBR", "RP") or w.lower in ("not", "n't", "also", "already", "since"):
                    ahead = j + 1
                    while ahead < b and self.words[ahead].pos in ("RB", "RBR"):
                        ahead += 1
                    if (
                        ahead < b
                        and self.words[ahead].pos.startswith(("VB", "MD"))
                        and self.words[main].lower in _AUXILIARY
                        and self.chunk_of[ahead] < 0
                    ):
                        j = ahead
                    else:
                        break
                else:
                    break
            yield first, main, main + 1
            k = main + 1

    def _clauses(self, sentence: int) -> Iterator[Clause]:
        a, b = self.sentences[sentence]
        groups = list(self._groups(sentence))
        previous: Clause | None = None
        verbs = cues.verbs()
        for number, (first, main, end) in enumerate(groups):
            limit = groups[number + 1][0] if number + 1 < len(groups) else b
            word = self.words[main]
            auxiliaries = self.lower((first, main))
            passive = word.pos in ("VBN", "VBD") and any(w in _BE for w in auxiliaries) and word.pos == "VBN"
            reduced = False
            if word.pos in ("VBN", "VBD") and not auxiliaries and first > a and self.chunk_of[first - 1] >= 0 and word.pos == "VBN":
                passive = reduced = True
            objects, adjuncts, agent = self._right(end, limit, passive)
            particle = self.words[end].lower if end < b and self.words[end].pos in ("RP", "IN", "TO", "RB") else None
            noun = self.words[self.head(objects[0])].lower if objects else None
            classes = verbs.classes(word.lower, particle, noun)
            clause = Clause(
                sentence,
                main,
                (first, end),
                verbs.lemma(word.lower),
                classes,
                passive,
                _negated(auxiliaries) or (first > a and self.words[first - 1].lower in ("not", "never", "n't")),
                next((w for w in auxiliaries if w in _HEDGES), None),
                object=objects,
                adjuncts=adjuncts,
                agent=agent,
                end=limit,
            )
            clause.subject = self._subject(clause, previous, a, reduced)
            for span in clause.subject:
                if self.words[span[0]].lower in ("no", "none", "neither", "nothing", "nobody"):
                    clause.negated = True
            previous = clause
            yield clause

    def _subject(self, clause: Clause, previous: Clause | None, begin: int, reduced: bool) -> list[Span]:
        k = clause.group[0] - 1
        while k >= begin and self.words[k].pos in ("RB", "RBR", "TO") and self.chunk_of[k] < 0:
            k -= 1
        if k < begin:
            return []
        word = self.words[k]
        if word.lower in ("to",) or self.words[clause.group[0] - 1].lower == "to":
            if previous is None:
                return []
            return (
                list(previous.object or previous.subject)
                if previous.object and previous.lemma not in ("use", "try", "help")
                else list(previous.subject)
            )
        if word.lower in ("which", "that", "who", "whom"):
            k -= 1
            while k >= begin and self.words[k].pos in (",", "PUNCT", "IN") and self.chunk_of[k] < 0:
                k -= 1
            if k < begin or self.chunk_of[k] < 0:
                return []
            return self._left_phrase(k, begin, attach=False)
        if word.lower in (",", "-", "–", "—", ")") and self.chunk_of[k] < 0:
            # an inserted clause or apposition: "Zellis, the company that runs their payroll, said"
            opening = ("(",) if word.lower == ")" else (",", "–", "—", "-")
            floor = max(begin, previous.group[1] if previous and previous.lemma in ("be", "have") else begin)
            j = k - 1
            while j >= floor and self.words[j].lower not in opening:
                j -= 1
            inside = self.chunks_in(j + 1, k)
            if (
                j > floor
                and self.chunk_of[j - 1] >= 0
                and inside
                and (
                    previous is None
                    or previous.verb < j
                    or self.words[j + 1].lower in ("which", "who", "whose", "the", "a", "an", "with", "based")
                )
            ):
                return self._left_phrase(j - 1, begin, attach=True)
        if word.lower in ("and", "or", "but", "then", ",") and previous is not None and self.chunk_of[k] < 0:
            between = [self.chunk_of[t] for t in range(k + 1, clause.group[0])]
            if all(c < 0 for c in between):
                if previous.passive and not clause.passive and previous.agent and self.words[clause.verb].pos == "VBG":
                    return list(previous.agent)
                return list(previous.subject)
        if self.words[clause.verb].pos == "VBG" and previous is not None and self.chunk_of[k] < 0 and not reduced:
            return list(previous.subject)
        while k >= begin and self.chunk_of[k] < 0:
            if self.words[k].pos.startswith("V") or self.words[k].lower in (";", ":", "that"):
                return []
            k -= 1
        if k < begin:
            return []
        return self._left_phrase(k, begin, attach=not reduced)

    def _left_phrase(self, token: int, begin: int, attach: bool) -> list[Span]:
        """The noun phrase (or enumeration) that ends at a token; with ``attach``, prepositional phrases are climbed to their head."""
        index = self.chunk_of[token]
        chunk = self.chunks[index]
        if attach:
            while index > 0 and chunk[0] - 1 >= begin:
                before = self.words[chunk[0] - 1]
                if (
                    before.pos == "IN"
                    and before.lower
                    in (
                        "of",
                        "in",
                        "at",
                        "from",
                        "for",
                        "on",
                        "with",
                        "behind",
                        "against",
                        "to",
                        "about",
                        "between",
                        "by",
                        "into",
                        "across",
                        "including",
                        "over",
                        "within",
                        "among",
                    )
                    and self.chunk_of[chunk[0] - 2] == index - 1
                    and chunk[0] - 2 >= begin
                ):
                    index -= 1
                    chunk = self.chunks[index]
                else:
                    break
        found = [chunk]
        while index > 0 and found[0][0] > begin:
            previous = self.chunks[index - 1]
            gap = self.lower((previous[1], found[0][0]))
            if (
                previous[0] >= begin
                and gap
                and len(gap) <= 2
                and all(w in ("and", "or", ",", "&") for w in gap)
                and ("and" in gap or "or" in gap or len(found) > 1)
            ):
                found.insert(0, previous)
                index -= 1
            else:
                break
        return found

    def _right(self, begin: int, limit: int, passive: bool) -> tuple[list[Span], list[tuple[str, list[Span]]], list[Span]]:
        objects: list[Span] = []
        adjuncts: list[tuple[str, list[Span]]] = []
        agent: list[Span] = []
        preposition: str | None = None
        k = begin
        direct = not passive
        while k < limit:
            index = self.chunk_of[k]
            word = self.words[k]
            if index >= 0:
                chunk = self.chunks[index]
                if chunk[0] >= limit:
                    break
                spans = [s for s in self.coordinated(chunk) if s[0] < limit]
                if preposition is not None:
                    if preposition == "by" and passive and not agent:
                        agent = spans
                    adjuncts.append((preposition, spans))
                    preposition = None
                elif direct and not objects:
                    objects = spans
                    direct = False
                k = max(k + 1, spans[-1][1])
                continue
            if word.pos in ("IN", "TO") or word.lower in ("to", "by", "from", "including", "against"):
                preposition = word.lower
                direct = False
            elif word.lower in (";", ":"):
                direct = False
                preposition = None
            elif word.lower in ("that", "which", "who", "because", "after", "when", "while", "if", "how", "whether"):
                preposition = None
                direct = False
            elif word.lower == ",":
                direct = direct and not objects
                preposition = None
            k += 1
        return objects, adjuncts, agent

    # ── what is said about a place ───────────────────────────────────────────────────────

    @cached_property
    def quoted(self) -> list[tuple[int, int]]:
        """Character ranges between quotation marks of at least four words."""
        found = []
        opened: int | None = None
        for i, c in enumerate(self.text):
            if c in '“"':
                if opened is None or c == "“":
                    opened = i
                else:
                    if i - opened < 2000 and self.text[opened:i].count(" ") >= 3:
                        found.append((opened, i + 1))
                    opened = None
            elif c == "”" and opened is not None:
                if i - opened < 2000 and self.text[opened:i].count(" ") >= 3:
                    found.append((opened, i + 1))
                opened = None
            elif c == "\n" and opened is not None and self.text[i : i + 2] == "\n\n":
                opened = None
        return found

    def in_quote(self, char: int) -> bool:
        """Whether a character stands inside quoted speech."""
        at = bisect_right(self.quoted, (char, len(self.text) + 1)) - 1
        return at >= 0 and char < self.quoted[at][1]
