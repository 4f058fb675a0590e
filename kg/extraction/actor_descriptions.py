"""The actors that a text does not name: people described by what they do, and states and their organs that are blamed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kg.extraction.actor_names import Names
from kg.extraction.analysis import Span
from kg.extraction.attribution import Voices, located, words
from kg.extraction.findings import Reading
from kg.extraction.speech import Speeches
from kg.vocabulary import IncidentKind

_HARM = frozenset(
    [
        "intrude",
        "take",
        "view",
        "publish",
        "sell",
        "encrypt",
        "destroy",
        "alter",
        "disrupt",
        "demand",
        "use",
        "exploit",
        "claim",
        "threaten",
        "deceive",
        "expose",
    ]
)


_ATTACKS = frozenset(["steal", "exfiltrate", "siphon", "wipe", "destroy", "launch", "unleash", "disrupt", "sabotage", "plant", "deface"])
"""With the verbs for breaking in, what is done by whoever is blamed: a state that does one of these has no need to be called guilty."""
_NO_ATTACKS = frozenset(["enter", "reach", "log into", "have access", "hit", "strike", "move into"])
_OFFICES = frozenset(["agency", "service", "services", "ministry", "bureau", "mission", "party"])
"""Bodies of a state that are seldom accused unless they spy or fight."""
_MODIFIERS = (
    r"(?:(?:almost|certainly|likely|very|highly|probably|most|the|directly|also|to|have|has|had|a|its|be|been|allegedly|reportedly|"
    r"itself|fully|in|fact)\s+)"
)
_LEADS_TO = re.compile(
    rf"[,\w\s’'\"“”-]{{0,70}}?\b(?:is|was|were|are|be|been|being|lies?|lay|stands?|stood|as)\s+{_MODIFIERS}{{0,5}}|"
    rf"[\s,”\"“:]{{0,3}}{_MODIFIERS}{{0,4}}",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Described:
    """An actor without a name at one place."""

    span: Span
    text: str
    origin: tuple[str, int, int] | None
    insider: bool
    state: bool
    weight: int
    """How well the text says that it did it: 3 blamed, 2 does the harm, 1 only mentioned."""


class Descriptions:
    """Finds the described actors of a text; ``all`` are they, people first, then states."""

    def __init__(self, reading: Reading, speeches: Speeches, voices: Voices, names: Names) -> None:
        self.reading, self.speeches, self.voices, self.names = reading, speeches, voices, names
        self.doc, self.parties = reading.doc, reading.parties
        self.all: list[Described] = self._people()
        self.all.extend(self._states())

    # ── descriptions ─────────────────────────────────────────────────────────────────────

    def _people(self) -> list[Described]:
        doc = self.doc
        lists = words()
        found = []
        for chunk in doc.chunks:
            head = self._noun(chunk)
            chunk = (chunk[0], head + 1) if head != doc.head(chunk) else chunk
            noun = doc.words[head].lower
            low = doc.lower((chunk[0], head + 1))
            plain = noun in lists["plain"]
            if any(self.names.covers(t) for t in range(*chunk)) or self.parties.at(head) is not None:
                continue
            qualified = noun in lists["general"] and any(
                q in " ".join(low[:-1]).replace("-", " ").split() or q in low for q in lists["qualifiers"]
            )
            origin = self._place_in(chunk)
            insider = noun in lists["insiders"] and not (noun in lists["general"] and (origin or self._place_behind(chunk)))
            if not (plain or qualified or insider or noun in lists["general"]):
                continue
            sentence = doc.sentence_of(head)
            text = doc.sentence_text(sentence)
            clauses = doc.clauses_in(sentence)
            doing = [c for c in clauses if c.classes & _HARM and any(self._same(chunk, s) or self._carries(chunk, s) for s in c.doer)]
            after = doc.text[doc.words[chunk[1] - 1].end : doc.words[chunk[1] - 1].end + 60]
            before = doc.text[max(0, doc.words[chunk[0]].start - 50) : doc.words[chunk[0]].start]
            blamed = self._is_blamed(chunk)
            by = bool(re.search(r"\b(?:by|to|from|of)\s$", before))
            if (
                (self.speeches.is_negated(chunk[0]) and not blamed and not (low[0] == "the" and (plain or qualified)))
                or (lists["general_talk"].search(text) and not doing)
                or (
                    re.search(r"\b(?:not|no|without)\s(?:\w+ ){0,3}$", before)
                    and not (low[0] == "the" and (plain or qualified) and re.search(r"\b(?:evidence|signs?|indications?|proof)\b", before))
                )
                or low[0] in ("no", "neither", "any")
            ):
                continue
            if insider and not (plain or qualified):
                bribed = bool(
                    re.match(
                        r"(?:[^.;,]{0,80})\b(?:was|were|had been|been|being|got) (?:\w+ )?(?:bribed|recruited|paid off|bought)\b",
                        after + doc.text[doc.words[chunk[1] - 1].end + 60 : doc.words[chunk[1] - 1].end + 110],
                    )
                )
                told: bool = any(
                    i.kind in (IncidentKind.INSIDER, IncidentKind.PHYSICAL_LOSS, IncidentKind.DATA_LEAK) for i in self.reading.incidents
                ) or bool(re.search(r"\b(?:former|ex-|rogue|disgruntled)\b", " ".join(low)))
                harmful = [c for c in doing if not c.negated] or (
                    by
                    and re.search(r"\b(?:fired|dismissed|sacked|arrested|terminated|former employee|rogue|malicious\w*)\b", doc.text)
                    is not None
                )
                told = told or bool(re.search(r"\b(?:former employee|rogue employee|malicious insider|insider)\b", doc.text))
                if not (bribed or (told and harmful and re.search(r"\b(?:a|an|one|former|rogue|two|three)\b", " ".join(low[:2])))):
                    continue
            elif not plain and not qualified:
                weak = (
                    bool(doing)
                    and noun
                    in (
                        "someone",
                        "somebody",
                        "stranger",
                        "group",
                        "gang",
                        "crew",
                        "seller",
                        "person",
                        "author",
                        "people",
                        "teenager",
                        "teenagers",
                        "caller",
                        "callers",
                    )
                ) or blamed
                if bool(doing) and noun.rstrip("s") not in ("government", "state") and (origin or self._place_behind(chunk)):
                    weak = True
                if noun in ("person", "someone", "somebody", "people") and re.match(r" (?:who|that) claims?\b", after):
                    weak = True
                if (
                    not weak
                    or (noun == "people" and not blamed)
                    or (noun in ("government", "state", "member", "members", "citizen") and not origin and not blamed)
                ):
                    continue
            if not (doing or blamed or by or plain or qualified):
                continue
            described = Described(
                chunk, self._phrase(chunk), origin, insider and not plain and not qualified, False, 3 if blamed else 2 if doing else 1
            )
            match = re.search(r"\bincluding (?:at least )?(?:one|a|two|\w+) (?:former|ex-?|current) ?employees?", after)
            described.insider |= bool(match) or "former employee" in described.text or "insider" in noun
            if origin is None and (place := self._place_behind(chunk)):
                described.origin = place
            if (
                described.weight == 1
                and described.origin is None
                and not described.insider
                and noun not in lists["plain"]
                and not qualified
            ):
                continue
            if described.weight == 1 and noun.startswith("part") and ("third" in low or before.endswith(" to ")):
                continue
            if self.speeches.is_negated(chunk[0]) and not blamed:
                described.weight = 0
            found.append(described)
        return found

    def _noun(self, chunk: Span) -> int:
        """The head of a phrase; where the tagger drew a verb into it, the word for people before that."""
        head = self.doc.head(chunk)
        people = words()["plain"] | words()["general"] | words()["insiders"]
        if (
            self.doc.words[head].lower not in people
            and head - 1 > chunk[0]
            and self.doc.words[head - 1].lower in people
            and self.doc.words[head].lower in ("lies", "stands", "claims", "uses", "posts", "leaks", "lists", "targets", "attacks", "hacks")
        ):
            return head - 1
        return head

    def _same(self, chunk: Span, other: Span) -> bool:
        return chunk[0] <= other[0] < chunk[1] or other[0] <= chunk[0] < other[1]

    def _carries(self, chunk: Span, subject: Span) -> bool:
        """Whether a subject only hangs on the phrase by prepositions ("a clerk at the ministry in Paris opened …")."""
        doc = self.doc
        if not chunk[1] <= subject[0] <= chunk[1] + 10 or doc.words[chunk[1]].lower not in ("at", "of", "from", "in", "with", "for"):
            return False
        return all(doc.words[t].pos in ("IN", "DT", "CC", "PUNCT") or doc.chunk_of[t] >= 0 for t in range(chunk[1], subject[0]))

    def _phrase(self, chunk: Span) -> str:
        doc = self.doc
        stop = doc.sentences[doc.sentence_of(chunk[0])][1]
        rest = doc.text[doc.words[chunk[1] - 1].end : doc.words[stop - 1].end]
        match = (
            self._BEHIND.match(rest)
            or re.match(r" (?:who|that) claims? [^,.;]{3,40}?(?=[,.;]| has | had )", rest)
            or re.match(r" of (?:\w+ ){1,3}(?:people|hackers|men|criminals)\b(?: including [^,.;]{3,40}employees?)?", rest)
        )
        return doc.say(chunk) + (match.group() if match else "")

    _BEHIND = re.compile(
        r"\s+(?:(?:likely |probably |reportedly |thought to be |believed to be |suspected to be |"
        r"suspected of |that (?:is|are) |who (?:is|are|were) )?(?:working for|works for|based in|linked "
        r"to|tied to|sponsored by|backed by|acting on behalf of|on behalf of|from|acting for|with (?:\w+ "
        r")?(?:ties|links) to|operating (?:from|in|out of)|"
        r"affiliated with|connected to|employed by|associated with|directed by|in|of))\s+(?:the "
        r")?(?:[A-Z][\w’'-]*)(?: (?:of |and )?[A-Z][\w’'-]*)*(?:['’]s(?: [a-z]+){0,2}?(?= (?:government|"
        r"military|intelligence|army|state)|,|\.))?(?: (?:government|military|intelligence services?|"
        r"intelligence|army|state))?"
    )

    def _place_in(self, chunk: Span) -> tuple[str, int, int] | None:
        start, end = self.doc.chars(chunk)
        for a, b, code in located(self.doc.text[start:end]):
            return code, start + a, start + b
        return None

    def _place_behind(self, chunk: Span) -> tuple[str, int, int] | None:
        doc = self.doc
        start = doc.words[chunk[1] - 1].end
        match = self._BEHIND.match(doc.text, start)
        match = match or self._IS.match(doc.text, start)
        for a, b, code in located(match.group()) if match else []:
            return code, start + a, start + b
        return None

    _IS = re.compile(
        r"(?:,? (?:who|which|that))?(?: (?:is|are|was|were|may be|might be|to be|as|appear(?:s|ed)? to be|seem(?:s|ed)? to be))"
        r"(?: (?:likely|probably|most|almost|certainly|thought|believed|said|to|be|based|in|from|operating|working|for|the|of|an?|by|"
        r"sponsored|backed|employed|directed|linked|work|act|belong)){0,7} [A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*"
    )
    """``… were probably North Korean``, ``… are in Russia``."""

    def _is_blamed(self, span: Span) -> bool:
        """Whether a phrase is what somebody attributes, blames or holds responsible."""
        doc = self.doc
        lists = words()
        sentence = doc.sentence_of(span[0])
        a, b = doc.sentences[sentence]
        begin, end = doc.chars((a, b))
        start, stop = doc.chars(span)
        before, after = doc.text[begin:start], doc.text[stop:end]
        if any(
            v.lemma in ("deny", "reject", "dismiss", "refute", "dispute") and v.verb < span[0] for v in self.voices.by_sentence[sentence]
        ):
            return False
        if re.search(r"\b(?:not|nor|no|never|n['’]t|rather than|without|instead of)\s+(?:\w+ ){0,3}$", before[-60:]):
            return False
        if re.search(r"\b(?:whether|unclear if|asked if)\s+(?:\w+ ){0,2}$", before[-40:]):
            return False
        if re.match(r"\W{0,2}(?:\w+ ){0,2}?(?:not|never|n['’]t|no)\b", after[:30]):
            return False
        for match in lists["guilty_after"].finditer(after[:120]):
            led = after[: match.start()]
            if _LEADS_TO.fullmatch(led) and not re.search(r"\b(?:whoever|who|that|which|and|not|by)\b", led):
                return True
        if re.match(
            (
                r"(?: of| from| in)?[^.;,]{0,50}(?:, \d\d,)?(?:, who [^.;,]{0,40},)? ?\b(?:was|were|has been|have been|are|is) (?:\w+ "
                r"){0,2}?(?:arrested|detained|jailed|imprisoned|charged|indicted|accused|blamed|sanctioned|suspected|convicted|implicated)\b"
            ),
            after,
        ):
            return True
        if lists["guilty_after"].match(after.lstrip(' "“')):
            return True
        tail = before[-60:].rstrip(' "“')
        tail = re.sub(r"(?:\s+(?:the|a|an|its|their))+$", "", tail)
        if list(lists["guilty_before"].finditer(tail)) and re.search(
            lists["guilty_before"].pattern + r"(?: [\w-]+){0,2}$", tail, re.IGNORECASE
        ):
            return True
        for voice in self.voices.by_sentence[sentence]:
            if voice.negated or (voice.source is not None and voice.source[0] <= span[0] < voice.source[1]):
                continue
            between = doc.lower((voice.verb + 1, span[0])) if voice.verb < span[0] else None
            if between is None or ";" in between:
                continue
            first = next(iter(doc.chunks_in(voice.verb + 1, span[1])), None)
            if (
                voice.kind == "blame"
                and (first == span or (first is not None and self._same(first, span)))
                and len(between) <= 4
                and voice.lemma
                in (
                    "blame",
                    "accuse",
                    "finger",
                    "condemn",
                    "charge",
                    "indict",
                    "sanction",
                    "implicate",
                    "denounce",
                    "suspect",
                    "arrest",
                    "convict",
                    "jail",
                    "credit",
                )
            ):
                return True
            if (
                voice.kind == "blame"
                and voice.lemma in ("hold", "call", "name", "identify")
                and len(between) < 3
                and re.match(r"[^.;]{0,30}\b(?:responsible|suspect|culprit|behind|perpetrator|attacker)", after)
            ):
                return True
            if voice.lemma in ("blame", "condemn") and between and between[-1] == "on" and len(between) < 8:
                return True
            if (
                voice.kind == "link"
                and between
                and any(w in ("to", "on", "at", "toward", "towards", "with") for w in between[-3:])
                and len(between) < 16
            ):
                return True
            if (
                voice.kind == "say"
                and voice.lemma in ("suspect", "believe", "think", "conclude", "assess", "find", "judge")
                and re.match(r"[^.;,]{0,45}\b(?:behind|responsible|lies behind|did it|the work)\b", after)
            ):
                return True
        return False

    def _country(self, start: int) -> bool:
        return any(n.start <= start < n.end and n.kind in ("country", "nationality") for n in self.doc.names)

    def _does_harm(self, span: Span) -> bool:
        """Whether a phrase is the doer of a clause of harm that nobody denies."""
        first = span[0]
        before = self.doc.words[first - 1] if first > 0 else None
        if before is not None and before.pos == "IN" and before.lower not in ("that", "by", "after", "because", "when", "before"):
            return False
        return any(
            (("intrude" in clause.classes and clause.lemma not in _NO_ATTACKS) or clause.lemma in _ATTACKS)
            and not clause.negated
            and any(self._same(span, s) for s in clause.doer)
            for clause in self.doc.clauses_in(self.doc.sentence_of(span[0]))
        ) and not self.speeches.is_negated(span[0])

    # ── states ───────────────────────────────────────────────────────────────────────────

    def _states(self) -> list[Described]:
        """States and their organs that are blamed."""
        doc = self.doc
        found: list[Described] = []
        taken = {t for d in self.all if d.origin for t in range(*d.span)} | {
            doc.tokens(d.origin[1], d.origin[2])[0] for d in self.all if d.origin
        }
        for start, end, code in located(doc.text):
            token = doc.tokens(start, end)[0]
            if token >= len(doc.words) or token in taken or self.names.covers(token):
                continue
            span = doc.chunk_at(token) or (token, token + 1)
            noun = doc.words[doc.head(span)].lower
            if doc.words[span[0]].lower in ("towards", "toward", "to", "on", "at") and span[0] < token:
                span = (span[0] + 1, span[1])
            whole = doc.say(span)
            if end > doc.words[span[1] - 1].end:
                whole = doc.text[doc.words[span[0]].start : end]
            bare = re.fullmatch(r"(?:[Tt]he )?" + re.escape(doc.text[start:end]), whole) is not None
            if not bare and noun not in words()["government"] and doc.text[start:end] not in words()["organs"]:
                continue
            party = self.parties.at(token)
            organ = doc.text[start:end] in words()["organs"]
            company = party is not None and party.kind == "organization" and not party.authority
            if bare and company and not organ and not self._country(start):
                continue
            fights = organ or re.search(r"\b(?:intelligence|security|military|guards?|spy)\b", whole, re.IGNORECASE)
            if noun in _OFFICES and not fights:
                continue
            if re.search(r"\b(?:embassy|spokes\w+|officials?|experts|authorities|police|Treasury)\b", whole) or not (
                self._is_blamed((token, span[1])) or self._does_harm(span)
            ):
                continue
            if bare and re.search(
                r"\b(?:in|at|near|outside)\s$", doc.text[max(0, doc.words[span[0]].start - 8) : doc.words[span[0]].start]
            ):
                continue
            found.append(Described(span, whole, (code, start, end), False, True, 3))
        return found
