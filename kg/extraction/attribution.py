"""Who attributes: the voices of a sentence ("S blames X", "linked by S to X", "X, as S calls it"), and how sure they are.

>>> from kg.extraction.parties import Parties
>>> from kg.extraction.analysis import Analysis
>>> from kg.extraction.names import Lexicon
>>> from kg.extraction.tagger import Tagger
>>> doc = Analysis("Mandiant attributed the theft to APT29.", None, Lexicon.bundled(), Tagger.bundled())
>>> voices = Voices(doc, Parties(doc))
>>> at = next(t for t, w in enumerate(doc.words) if w.text == "APT29")
>>> voices.source(voices.of((at, at + 1))).text
'Mandiant'
"""

from __future__ import annotations

import re

from kg.extraction import cues
from kg.extraction.actor_words import words
from kg.extraction.analysis import Analysis, Span
from kg.extraction.parties import Parties, Party
from kg.extraction.sources import MONTH, Sources, Voice

_AUXILIARY = frozenset(
    [
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "being",
        "has",
        "have",
        "had",
        "having",
        "do",
        "does",
        "did",
        "will",
        "would",
        "can",
        "could",
        "may",
        "might",
        "must",
        "shall",
        "should",
        "'s",
        "'ve",
        "'d",
    ]
)
_BE = frozenset(["is", "are", "was", "were", "be", "been", "being"])
_CLIMB = frozenset(["of", "at", "for", "from", "in", "with", "on", "to", "inside", "within"])
_BESIDE = frozenset(["familiar", "briefed", "close", "involved", "based", "knowledge"])
_TITLES = frozenset(
    ["director", "secretary", "minister", "chief", "commissioner", "head", "officer", "chairman", "chair", "president", "attorney"]
)
_INSTITUTIONS = frozenset(
    [
        "service",
        "agency",
        "authority",
        "committee",
        "department",
        "ministry",
        "office",
        "center",
        "centre",
        "bureau",
        "board",
        "commission",
        "council",
        "institute",
        "administration",
        "directorate",
        "command",
        "organization",
        "organisation",
        "company",
        "university",
        "police",
    ]
)
_CLOSED = frozenset([",", '"', "”", "’", "'", "–", "—"])
_NAMING = frozenset(["call", "dub", "nickname", "label", "christen", "track", "designate", "refer", "prefer"])
"""Verbs that only give a name: who names an actor attributes if nobody else does."""
_SURE = frozenset(["certain", "sure", "confident", "convinced", "adamant"])
_LIKENESSES = frozenset(
    ["hand", "hands", "handwriting", "fingerprints", "hallmarks", "likenesses", "similarities", "overlaps", "parallels", "links", "ties"]
)
_REPORTING_NOUN = (
    r"(?:assessments?|conclusions?|findings?|attribution|claims?|accusations?|allegations?|view|belief|verdict|suspicions?|judge?ment|"
    r"opinion|theory)"
)
_NOUNS: list[tuple[re.Pattern[str], bool | None]] = [
    (re.compile(r"\b(?:[Ii]n|[Ff]rom) the (?:view|opinion|judge?ment|eyes|words|assessment|estimation|estimate) of "), True),
    (re.compile(rf"\b(?i:{_REPORTING_NOUN}|report|advisory|analysis|indictment) by (?=[Tt]he |[A-Z])"), False),
    (re.compile(rf"\b(?i:{_REPORTING_NOUN}) (?:to|of|on|against) [^.,;]{{2,40}}? by (?=[Tt]he |[A-Z])"), True),
    (
        re.compile(
            r"(?<![\w’'-])For (?=(?:the )?[A-Z][^.,;]{2,40}? there (?:is|was|can be) (?:little|no|hardly any) (?:doubt|question)\b)"
        ),
        True,
    ),
    (re.compile(rf"\b{_REPORTING_NOUN} (?:of|from) (?=the |[A-Z])(?=[^.,;]{{3,60}}?(?: is)? that\b)"), False),
    (re.compile(rf"(?<![\w’'-])(?P<who>(?:[A-Z][\w&.-]*)(?: [A-Z][\w&-]*){{0,3}})['’]s? (?:own |first )?{_REPORTING_NOUN}\b"), None),
]
"""Nouns that report, with their place: ``True`` when the whole sentence is what is reported, ``None`` when the owner stands first."""
_NEGATIONS = frozenset(["not", "n't", "never", "no", "nobody", "neither", "nor", "declined", "refused"])


class Voices(Sources):
    """The voices of a text, sentence by sentence."""

    def __init__(self, doc: Analysis, parties: Parties) -> None:
        self.doc, self.parties = doc, parties
        self.by_sentence = [self._sentence(i) for i in range(len(doc.sentences))]
        self.speaker = self._speaker()

    # ── verbs and their subjects ─────────────────────────────────────────────────────────

    def _sentence(self, index: int) -> list[Voice]:
        doc = self.doc
        a, b = doc.sentences[index]
        found: list[Voice] = []
        lists = words()
        verbs = cues.verbs()
        last: Span | None = None
        for t in range(a, b):
            word = doc.words[t]
            lemma = verbs.lemma(word.lower)
            if lemma == word.lower:
                lemma = lists["forms"].get(lemma, lemma)
            if word.lower == "according" and t + 2 < b and doc.words[t + 1].lower == "to" and (chunk := doc.chunk_at(t + 2)):
                found.append(Voice(t, "say", "say", chunk, (a, b)))
                continue
            if word.lower in _SURE and (sure := self._sure(t, a, b)):
                found.append(sure)
                last = sure.source
                continue
            kinds = [k for k in ("link", "blame", "say") if lemma in lists[k] or word.lower in lists[k]]
            if lemma == "see" and _LIKENESSES & set(doc.lower((t + 1, min(b, t + 5)))):
                kinds = ["link"]
            if not kinds or not (word.pos.startswith("VB") or self._verb_after_all(t, lemma, b)):
                continue
            kind = kinds[0]
            if (lemma == "hold" and "responsible" in doc.lower((t, min(b, t + 8)))) or lemma in (
                "call",
                "name",
                "track",
                "refer",
                "suspect",
            ):
                kind = "blame"
            elif lemma == "hold":
                kind = "say"
            end = next((k for k in range(t + 1, b) if doc.words[k].lower == ";"), b)
            following = doc.words[t + 1].lower if t + 1 < b else "."
            if following in ("itself", "themselves", "himself", "herself"):
                continue
            if following == "by" and word.lower not in ("stood", "stands", "stand") and t + 2 < b and (agent := doc.chunk_at(t + 2)):
                found.append(Voice(t, lemma, kind, agent, (a, end)))
                continue
            begin, auxiliaries = self._group(t, a)
            negated = bool(_NEGATIONS & set(auxiliaries))
            bare_participle = (
                kind == "link"
                and following in ("to", "with")
                and not auxiliaries
                and lemma not in ("point", "look", "lead", "refer")
                and word.lower.endswith("ed")
            )
            if (word.pos == "VBN" and _BE & set(auxiliaries)) or bare_participle:
                agent = next(
                    (c for k in range(t + 1, min(b, t + 9)) if doc.words[k].lower == "by" and k + 1 < b and (c := doc.chunk_at(k + 1))),
                    None,
                )
                found.append(Voice(t, lemma, kind, agent, (a, end), negated))
                continue
            if kind == "say" and (chunk := self._inverted(t, a, b)):
                found.append(Voice(t, lemma, kind, chunk, (a, t)))
                last = chunk
                continue
            source = self._left(begin, a, last)
            if doc.chunk_of[t] >= 0 and doc.chunks[doc.chunk_of[t]][0] < t:
                source = self._trimmed(doc.chunks[doc.chunk_of[t]][0], t)
            if source is None:
                if (begin > a and doc.words[begin - 1].lower in ("to", "and", "or", ",", "but")) or word.pos == "VBG":
                    source = last
                if source is None:
                    continue
            if (
                lemma in ("call", "name", "dub", "nickname", "label", "identify", "track")
                and begin == t
                and word.lower.endswith("ed")
                and doc.words[doc.head(source)].lower in lists["again"] | lists["plain"] | lists["general"]
            ):
                continue
            last = source
            found.append(Voice(t, lemma, kind, source, self._scope(t, kind, source, (a, b, end)), negated))
        found.extend(self._nouns(a, b))
        return found

    def _scope(self, t: int, kind: str, source: Span, bounds: tuple[int, int, int]) -> Span:
        """What a verb with its subject speaks of: what follows it, or what stands before it ("…, S told parliament"), or both sides."""
        doc = self.doc
        a, b, end = bounds
        before = doc.words[source[0] - 1].lower if source[0] > a else ""
        begins = next((k + 1 for k in range(source[0] - 1, a, -1) if doc.words[k].lower == ";"), a)
        if kind != "say" or before not in _CLOSED or source[0] <= begins + 1:
            return t + 1, end
        following = doc.words[t + 1].lower if t + 1 < b else "."
        if following in (".", "on", "in", "last", ";", "this", "yesterday", "today", '"', "”") or t + 1 >= b:
            return begins, source[0]
        if following == ",":
            return begins, end
        told = any(c.group[0] < source[0] and c.verb != t for c in doc.clauses_in(doc.sentence_of(t)))
        rest = doc.lower((t + 1, end))
        opens = bool({"that", "how", "why", "whether", ":"} & set(rest[:6])) or any(
            c.group[0] > t and not c.group[0] - 1 < t for c in doc.clauses_in(doc.sentence_of(t)) if c.verb < end
        )
        return (begins, source[0]) if told and not opens else (t + 1, end)

    def _sure(self, t: int, a: int, b: int) -> Voice | None:
        """``S is fairly certain that …``."""
        doc = self.doc
        begin, auxiliaries = self._group(t, a)
        if t + 1 >= b or not _BE & set(auxiliaries) or doc.words[t + 1].lower not in ("that", "it", "the"):
            return None
        source = self._left(begin, a, None)
        return Voice(t, "be", "say", source, (t + 1, b), bool(_NEGATIONS & set(auxiliaries))) if source else None

    def _nouns(self, a: int, b: int) -> list[Voice]:
        """Nouns that report: "in the view of S", "an attribution by S", "S's assessment that"."""
        doc = self.doc
        start, end = doc.chars((a, b))
        found: list[Voice] = []
        for pattern, whole in _NOUNS:
            for match in pattern.finditer(doc.text, start, end):
                token = doc.tokens(match.end(), match.end() + 1)[0]
                if whole is None:
                    first, last = doc.tokens(match.start("who"), match.end("who"))
                    scope = (doc.tokens(match.end() - 1, match.end())[1], b)
                    source: Span | None = (first, last)
                else:
                    source = doc.chunk_at(token) if token < b else None
                    if source is not None:
                        verb = next((k for k in range(token + 1, source[1]) if doc.words[k].lower in words()["forms"]), source[1])
                        source = self._trimmed(source[0], verb)
                    scope = (a, b) if whole or source is None else (source[1], b)
                if source is not None and self._can_speak(source):
                    kind = "link" if "ttribution" in match.group() else "say"
                    found.append(Voice(source[0], "say", kind, source, scope))
        return found

    def _verb_after_all(self, t: int, lemma: str, b: int) -> bool:
        """A verb that the tagger took for something else: "points to", "publicly blamed X", "its report names X"."""
        doc = self.doc
        low = doc.words[t].lower
        following = doc.words[t + 1] if t + 1 < b else None
        paper = t > 0 and doc.words[t - 1].lower in ("report", "advisory", "analysis", "indictment", "study", "memo", "paper", "complaint")
        if paper and low in ("names", "blames", "links", "ties", "accuses") and following is not None:
            return following.text[:1].isupper() or following.lower in ("the", "a", "it", "them", "this")
        named = t > 0 and (doc.words[t - 1].text[:1].isupper() or doc.words[t - 1].text == ",") and doc.words[t].text[:1].islower()
        if named and following is not None:
            if low in ("stood", "said", "told", "thought", "wrote", "believed", "concluded", "assessed"):
                return True
            if following.lower == "that" and lemma in words()["say"]:
                return True
            if lemma in ("blame", "accuse", "attribute", "link", "tie", "trace", "connect") and (
                following.lower in ("it", "them", "this", "that", "both") or (low.endswith("s") and following.lower in ("the", "its", "a"))
            ):
                return True
            if low in ("tracks", "names", "calls", "blames", "accuses", "suspects", "dubs", "ties", "links") and (
                following.lower in ("as", "it", "the", "this", "them") or following.text[:1].isupper()
            ):
                return True
        if following is None or low == lemma or doc.words[t].text[:1].isupper():
            return False
        if lemma in ("point", "look") and following.lower in ("to", "at", "toward", "towards"):
            return True
        return (
            lemma in ("blame", "accuse", "attribute", "link")
            and low.endswith("ed")
            and (following.text[:1].isupper() or following.lower in ("the", "a", "to", "it"))
        )

    def _trimmed(self, first: int, end: int) -> Span | None:
        while end > first and (self.doc.words[end - 1].pos in ("RB", "MD") or self.doc.words[end - 1].lower in _AUXILIARY):
            end -= 1
        return (first, end) if end > first else None

    def _group(self, verb: int, floor: int) -> tuple[int, list[str]]:
        doc = self.doc
        k = verb
        while (
            k - 1 >= floor
            and doc.chunk_of[k - 1] < 0
            and (
                doc.words[k - 1].lower in _AUXILIARY
                or doc.words[k - 1].pos in ("RB", "RBR", "MD")
                or doc.words[k - 1].lower in ("not", "n't", "also", "to", "now")
            )
        ):
            k -= 1
            if doc.words[k].lower == "to":
                break
        return k, doc.lower((k, verb))

    def _inverted(self, verb: int, a: int, b: int) -> Span | None:
        """``…," said a spokesman``; ``…, says Viasat``."""
        doc = self.doc
        if verb <= a or doc.words[verb - 1].lower not in (",", '"', "”", "’", "'", "?", "!"):
            return None
        chunk = doc.chunk_at(verb + 1) if verb + 1 < b else None
        if chunk is None or chunk[0] != verb + 1:
            return None
        while chunk[1] + 1 < b and doc.words[chunk[1]].lower in ("of", "for", "and") and doc.chunk_of[chunk[1]] < 0:
            following = doc.chunk_at(chunk[1] + 1)
            if following is None or not doc.words[following[0]].text[:1].isupper() or not doc.words[chunk[1] - 1].text[:1].isupper():
                break
            if doc.words[chunk[1]].lower == "and" and not self._one_name(chunk, following):
                break
            chunk = (chunk[0], following[1])
        after = doc.words[chunk[1]].lower if chunk[1] < b else "."
        return chunk if after in (*'.,;"”', "of", "at", "for", "who", "on", "in", "familiar", "with", "briefed", "close", "and") else None

    def _left(self, begin: int, floor: int, last: Span | None) -> Span | None:
        """The noun phrase that is the subject of a verb group that begins at ``begin``."""
        doc = self.doc
        k = begin - 1
        while (
            k >= floor
            and doc.chunk_of[k] < 0
            and (
                doc.words[k].pos in ("RB", "RBR")
                or doc.words[k].lower in ("last", "month", "week", "year", "yesterday", "today", "on", "this", ")", '"', "”")
            )
        ):
            k -= 1
        if k < floor:
            return None
        if doc.chunk_of[k] >= 0 and doc.say(doc.chunks[doc.chunk_of[k]]).lower() in (
            "last month",
            "last week",
            "last year",
            "this week",
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
            "sunday",
        ):
            k = doc.chunks[doc.chunk_of[k]][0] - 1
            if k >= floor and doc.words[k].lower == "on":
                k -= 1
            if k < floor:
                return None
        if doc.chunk_of[k] < 0 and doc.words[k].pos == "VBN" and k - 1 >= floor and doc.chunk_of[k - 1] >= 0:
            k -= 1
        word = doc.words[k]
        if doc.chunk_of[k] < 0 and word.lower == ",":
            opening = next((j for j in range(k - 1, floor, -1) if doc.words[j].lower == ","), None)
            while opening is not None and opening > floor:
                if doc.chunk_of[opening - 1] >= 0 and doc.words[opening + 1].lower in (
                    "who",
                    "which",
                    "whom",
                    "whose",
                    "a",
                    "an",
                    "the",
                    "with",
                    "based",
                    "engaged",
                    "hired",
                    "retained",
                    "called",
                    "its",
                    "however",
                    "meanwhile",
                    "too",
                    "together",
                    "along",
                    "like",
                    "joined",
                    "then",
                    "one",
                    "now",
                    "where",
                    "citing",
                    "relying",
                ):
                    return self._climb(doc.chunks[doc.chunk_of[opening - 1]], floor)
                opening = next((j for j in range(opening - 1, floor, -1) if doc.words[j].lower == ","), None)
            inserted = doc.chunk_at(k - 1)
            if inserted is not None and inserted[0] > floor and doc.words[inserted[0] - 1].lower == ",":
                capitals = all(w.text[:1].isupper() for w in doc.words[inserted[0] : inserted[1]])
                if capitals and inserted[1] - inserted[0] > 1 and not MONTH.search(doc.say(inserted)):
                    return inserted
            return last
        if doc.chunk_of[k] < 0 and word.lower in ("who", "which", "that", "familiar"):
            k -= 1
            while k >= floor and doc.chunk_of[k] < 0 and doc.words[k].lower in (",",):
                k -= 1
        if floor <= k < begin and doc.chunk_of[k] < 0 and doc.words[k].text[:1].isupper() and doc.words[k].text[:1].isalpha() and k > floor:
            return k, k + 1
        if k < floor or doc.chunk_of[k] < 0:
            return None
        chunk = doc.chunks[doc.chunk_of[k]]
        if chunk[1] - chunk[0] == 1 and doc.words[k].lower in ("who", "which", "that", "whom"):
            j = chunk[0] - 1
            while j >= floor and doc.chunk_of[j] < 0 and doc.words[j].lower == ",":
                j -= 1
            if j >= floor and doc.chunk_of[j] >= 0:
                return self._climb(doc.chunks[doc.chunk_of[j]], floor)
        return self._climb(chunk, floor)

    def _climb(self, chunk: Span, floor: int) -> Span:
        """From ``the matter`` to ``people`` in ``people familiar with the matter``; to the first of an enumeration of names.

        A name that "of" or "and" runs through is kept whole: ``Director of National Intelligence Jane Roe``.
        """
        doc = self.doc
        if self._joined(chunk, floor, ("and", "&")) and doc.words[doc.head(chunk)].pos.startswith("NNP"):
            first = chunk
            while self._joined(first, floor, ("and", ",", "&")) and doc.words[
                doc.head(doc.chunks[doc.chunk_of[first[0] - 2]])
            ].pos.startswith("NNP"):
                if doc.words[first[0] - 1].lower == "," and doc.words[first[0]].pos == "DT":
                    break
                first = doc.chunks[doc.chunk_of[first[0] - 2]]
            if self._one_name(first, chunk):
                chunk = (first[0], chunk[1])
            else:
                chunk = first
        while chunk[0] - 2 >= floor and doc.words[chunk[0] - 1].lower in _CLIMB and doc.chunk_of[chunk[0] - 1] < 0:
            k = chunk[0] - 2
            if doc.words[k].lower in _BESIDE and k - 1 >= floor:
                k -= 1 if doc.chunk_of[k] < 0 else 0
            if doc.chunk_of[k] < 0 and doc.words[k].lower in words()["speakers"]:
                return k, k + 1
            if doc.chunk_of[k] < 0 and doc.words[k].pos in ("VBN", "VBG") and k - 1 >= floor and doc.chunk_of[k - 1] >= 0:
                k -= 1
            if doc.chunk_of[k] < 0 or doc.chunks[doc.chunk_of[k]] == chunk:
                break
            above = doc.chunks[doc.chunk_of[k]]
            preposition = doc.words[chunk[0] - 1].lower
            titled = preposition in ("of", "for") and above[1] == chunk[0] - 1 and doc.words[above[1] - 1].text[:1].isupper()
            bearer = doc.words[above[1] - 1].lower in _TITLES or not self.parties.heads(above)
            if titled and doc.words[chunk[0]].text[:1].isupper() and bearer:
                chunk = (above[0], chunk[1])
            elif preposition == "of" and doc.words[doc.head(above)].lower in words()["collectives"] and above[1] == chunk[0] - 1:
                break
            else:
                chunk = above
        return chunk

    def _joined(self, chunk: Span, floor: int, by: tuple[str, ...]) -> bool:
        doc = self.doc
        k = chunk[0] - 1
        return k - 1 >= floor and doc.words[k].lower in by and doc.chunk_of[k] < 0 and doc.chunk_of[k - 1] >= 0

    def _one_name(self, first: Span, last: Span) -> bool:
        """Whether "and" joins the parts of one name ("the Security and Intelligence Service") and not two names."""
        doc = self.doc
        ends = doc.words[last[1] - 1].lower in _INSTITUTIONS and doc.words[last[0]].text[:1].isupper()
        return ends and doc.words[first[1] - 1].lower not in _INSTITUTIONS and not doc.words[first[1] - 1].text.isupper()

    # ── whom a voice stands for ──────────────────────────────────────────────────────────

    def _speaker(self) -> tuple[str, Party | None] | None:
        """Who speaks as "we": the head of a statement says it, else the parties know."""
        doc = self.doc
        head = doc.text[:160].split("\n")[0]
        match = re.match(
            (
                r"(?:[\w ]{0,40}?\b(?:[Uu]pdate|[Ss]tatement|[Nn]otice|[Mm]essage|[Aa]dvisory|[Ll]etter) (?:from|"
                r"by) ([A-Z][\w&-]*(?: [A-Z][\w&-]*)*)|([A-Z][\w&-]*(?: [A-Z][\w&-]*){0,4}) (?:statement|alert|"
                r"advisory|notice|bulletin)\b)"
            ),
            head,
        )
        if match:
            name = (match[1] or match[2]).rstrip(".")
            span = doc.tokens(match.start(1 if match[1] else 2), match.start(1 if match[1] else 2) + len(name))
            party = self.parties.at(span[0]) if span[0] < len(doc.words) else None
            return name, party
        own = self.parties.self_party
        if own is None or not (own.security or own.authority):
            spoken: dict[str, tuple[int, Party]] = {}
            for a, b in doc.sentences:
                first = next(((p, t) for t in range(a, b) if (p := self.parties.at(t)) and (p.security or p.authority)), None)
                party, since = first if first else (None, a)
                named = [t for t in range(since, b) if doc.words[t].lower in ("we", "our") and not doc.in_quote(doc.words[t].start)]
                if (
                    party is not None
                    and named
                    and not re.search(
                        r"\b(?:whom|which) we (?:engaged|hired|retained|called|asked|brought)|\bour (?:network|systems|customers)",
                        doc.text[doc.words[a].start : doc.words[b - 1].end],
                    )
                ):
                    spoken[party.name] = (spoken.get(party.name, (0, party))[0] + 1, party)
            if spoken:
                name = max(spoken, key=lambda n: spoken[n][0])
                return name, spoken[name][1]
        return (own.name, own) if own else None

    def of(self, span: Span) -> Voice | None:
        """The voice that attributes at a mention: the nearest that speaks of it and is not itself in it."""
        doc = self.doc
        best: tuple[tuple[int, int], Voice] | None = None
        for voice in self.by_sentence[doc.sentence_of(span[0])]:
            if voice.source is None or (voice.source[0] < span[1] and span[0] < voice.source[1]) or not self._can_speak(voice.source):
                continue
            inside = voice.scope[0] <= span[0] < voice.scope[1]
            relative = False
            if not inside and span[1] <= voice.source[0] and voice.kind in ("blame", "link", "say"):
                between = doc.lower((span[1], voice.source[0]))
                relative = (len(between) <= 3 and bool({"as", "whom", "which", "that"} & set(between))) or bool(
                    len(between) <= 8 and between and between[-1] in ("as", "whom", "which", "that")
                )
                if not relative and doc.words[voice.source[0]].lower in ("whom", "which"):
                    relative = True
            if not (inside or relative):
                continue
            rank = (2 if voice.lemma in _NAMING else 1 if voice.kind == "say" else 0, abs(voice.verb - span[0]))
            if best is None or rank < best[0]:
                best = (rank, voice)
        return best[1] if best else None

    # ── how sure ─────────────────────────────────────────────────────────────────────────

    def confidence(self, span: Span, voice: Voice | None) -> tuple[int, int] | None:
        """The character range of the words that say how sure an attribution is, in the sentence of a mention."""
        doc = self.doc
        sentence = doc.sentence_of(span[0])
        a, b = doc.sentences[sentence]
        first = next((k + 1 for k in range(span[0], a, -1) if doc.words[k].lower == ";"), a)
        last = next((k for k in range(span[1], b) if doc.words[k].lower == ";"), b)
        start, end = doc.chars((first, last))
        lists = words()
        for rank, pattern in enumerate(lists["confidence"]):
            for match in pattern.finditer(doc.text, start, end):
                token = doc.tokens(match.start(), match.end())[0]
                if rank == 2 and not (-12 <= token - span[1] <= 6 or (voice is not None and abs(token - voice.verb) <= 2)):
                    continue
                return match.start(), match.end()
        if voice is not None and voice.lemma in lists["hedging_verbs"] and first <= voice.verb < last:
            word = doc.words[voice.verb]
            return word.start, word.end
        for other in self.by_sentence[sentence]:
            if other.lemma in lists["hedging_verbs"] and other.scope[0] <= span[0] < other.scope[1] and first <= other.verb < last:
                return doc.words[other.verb].start, doc.words[other.verb].end
        return None
