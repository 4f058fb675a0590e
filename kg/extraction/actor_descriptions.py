"""The actors that a text does not name: people described by what they do, and states and their organs that are blamed."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from kg.extraction.actor_names import Names
from kg.extraction.actor_words import located, words
from kg.extraction.analysis import Clause, Span
from kg.extraction.attribution import Voices
from kg.extraction.findings import Reading
from kg.extraction.insiders import Insiders
from kg.extraction.speech import Speeches

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
_NO_ATTACKS = frozenset(
    [
        "enter",
        "reach",
        "log into",
        "have access",
        "hit",
        "strike",
        "move into",
        "take",
        "obtain",
        "get",
        "seize",
        "collect",
        "gather",
        "pull",
        "transfer",
        "export",
        "acquire",
        "remove",
        "retrieve",
        "target",
        "raid",
        "invade",
        "violate",
        "move",
        "win",
        "gain",
        "pocket",
        "lift",
        "capture",
        "help",
        "damage",
        "raze",
        "lock",
        "have",
        "log",
        "be",
        "burrow",
    ]
)
_CLASSES = frozenset(["intrude", "take", "destroy", "encrypt"])
_IMAGINED = re.compile(r",? (?:who|that) (?:knows|has|gets|wants|can|could|is able|uses|sees|finds|holds)\b")
_OFFICES = frozenset(["agency", "service", "ministry", "bureau", "mission", "party"])
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
    """How well the text says that it did it: 3 blamed, 2 does the harm, 1 only mentioned, 0 mentioned beside a negation."""


class Descriptions:
    """Finds the described actors of a text; ``all`` are they, people first, then states."""

    def __init__(self, reading: Reading, speeches: Speeches, voices: Voices, names: Names) -> None:
        self.reading, self.speeches, self.voices, self.names = reading, speeches, voices, names
        self.doc, self.parties = reading.doc, reading.parties
        self.insiders = Insiders(reading)
        self.all: list[Described] = self._people()
        self.all.extend(self._states())

    # ── descriptions ─────────────────────────────────────────────────────────────────────

    def _people(self) -> list[Described]:
        doc = self.doc
        found = []
        for chunk in itertools.chain.from_iterable((c, *self._owner(c)) for c in doc.chunks):
            head = self._noun(chunk)
            chunk = (chunk[0], head + 1) if head != doc.head(chunk) else chunk
            if any(self.names.covers(t) for t in range(*chunk)) or self.parties.at(head) is not None:
                continue
            sort = self._sort(chunk, head)
            if sort is None:
                continue
            origin = self._place_in(chunk) or self._place_behind(chunk)
            blamed = self._is_blamed(chunk)
            doing = self._doings(chunk)
            insider = sort == "insider"
            if insider:
                weight = 3 if blamed and self.insiders.fits(chunk, True, doing) else 2 if self.insiders.fits(chunk, blamed, doing) else None
            else:
                weight = self._weight(chunk, head, sort, origin is not None, blamed, doing)
            if weight is None:
                continue
            described = Described(chunk, self._phrase(chunk), origin, insider, False, weight)
            match = re.search(r"\bincluding (?:at least )?(?:one|a|two|\w+) (?:former|ex-?|current) ?employees?", self._after(chunk, 60))
            described.insider |= bool(match) or "former employee" in described.text or "insider" in doc.words[head].lower
            found.append(described)
        return found

    def _owner(self, chunk: Span) -> list[Span]:
        """``the attackers`` of ``the attackers' server``."""
        owner = self.doc.possessor(chunk)
        return [owner] if owner is not None and owner[1] < chunk[1] and self.doc.words[owner[1]].lower in ("'s", "’s", "'", "’") else []

    def _after(self, chunk: Span, size: int) -> str:
        end = self.doc.words[chunk[1] - 1].end
        return self.doc.text[end : end + size]

    def _before(self, chunk: Span, size: int) -> str:
        start = self.doc.words[chunk[0]].start
        return self.doc.text[max(0, start - size) : start]

    def _sort(self, chunk: Span, head: int) -> str | None:
        """What a phrase says of whom it means: ``plain`` (nobody but the actor), ``qualified``, ``insider``, ``general``, else ``None``."""
        doc, lists = self.doc, words()
        noun = doc.words[head].lower
        low = doc.lower((chunk[0], max(chunk[1], head + 1)))
        if low[0] in ("no", "neither", "any"):
            return None
        if noun in lists["plain"]:
            return "plain"
        following = doc.words[chunk[1]].lower if chunk[1] < len(doc.words) else ""
        beside = " ".join([*low, following if following in ("unknown", "unidentified", "unnamed") else ""]).replace("-", " ")
        if noun in lists["general"] and any(f" {q.replace('-', ' ')} " in f" {beside} " for q in lists["qualifiers"]):
            return "qualified"
        if noun in lists["insiders"] and not (noun in lists["general"] and (self._place_in(chunk) or self._place_behind(chunk))):
            return "insider"
        return "general" if noun in lists["general"] else None

    def _doings(self, chunk: Span) -> list[Clause]:
        """The clauses of harm of which a phrase is the doer."""
        return [
            c
            for c in self.doc.clauses_in(self.doc.sentence_of(chunk[0]))
            if c.classes & _HARM and any(self._same(chunk, s) or self._carries(chunk, s) for s in c.doer)
        ]

    def _weight(self, chunk: Span, head: int, sort: str, placed: bool, blamed: bool, doing: list[Clause]) -> int | None:
        """How well the text says that the people of a phrase did it; ``None`` if it does not speak of them as actors at all."""
        doc, lists = self.doc, words()
        noun = doc.words[head].lower
        low = doc.lower(chunk)
        text = doc.sentence_text(doc.sentence_of(head))
        before, after = self._before(chunk, 50), self._after(chunk, 60)
        who = re.match(r",? (?:who|that) ", after) is not None
        definite = low[0] in ("the", "these", "those", "our", "its")
        certain = [c for c in doing if not c.negated]
        if self._supposed(chunk, text, bool(certain)):
            return 0 if definite and sort == "plain" else None
        if re.search(r"\b(?:not|no|without|never)\s(?:\w+ ){0,3}$", before) and not blamed:
            return 0 if definite and sort != "general" else None
        if self.speeches.is_negated(chunk[0]) and not blamed:
            return 0 if sort != "general" and (definite or certain) else None
        if sort == "general":
            if noun.startswith(("government", "state", "member", "citizen")):
                return 3 if blamed else 2 if certain and placed and not noun.startswith(("government", "state")) else None
            doer = certain and (noun in lists["somebody"] or placed or (who and noun in ("people", "person", "persons", "men", "man")))
            claims = noun in ("person", "someone", "somebody", "people") and re.match(r" (?:who|that) claims?\b", after)
            return 3 if blamed else 2 if doer or claims else None
        if blamed:
            return 3
        if certain:
            return 2
        bare = noun.startswith("part") and not set(lists["qualifiers"]) & set(low) - {"third", "third-party"}
        if bare and not before.endswith((" by ", " from ")):
            return None
        if re.search(r"\b(?:about|against|like|of|versus|than|as)\s$", before) and not definite:
            return 0 if sort == "plain" else None
        if re.search(r"\b(?:about|regarding|concerning)\s$", before):
            return 0
        return 1

    def _supposed(self, chunk: Span, text: str, doing: bool) -> bool:
        """Whether a sentence speaks of such people in general or in a case that is only imagined."""
        doc = self.doc
        if words()["general_talk"].search(text) and not doing:
            return True
        a, _b = doc.sentences[doc.sentence_of(chunk[0])]
        before = " ".join(doc.lower((a, chunk[0])))
        if re.search(r"\b(?:if|unless|in case|should)\b(?: \w+){0,3} ?$", before):
            return True
        indefinite = doc.words[chunk[0]].lower in ("a", "an", "any", "every") or chunk[1] - chunk[0] == 1
        if indefinite and re.match(
            r",? (?:who|that) (?:knows|has|gets|wants|can|could|is able|uses|sees|finds|holds)\b", self._after(chunk, 30)
        ):
            return True
        clause = doc.clause_at(chunk[1] - 1)
        if clause is None or not indefinite:
            return False
        imagined = {"can", "could", "would", "will", "should"} & set(doc.lower(clause.group))
        return bool(imagined) and any(self._same(chunk, s) for s in clause.doer)

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
            if voice.lemma in ("think", "speak", "talk", "write") and between in (["of"], ["rather", "of"], ["instead", "of"]):
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
            ((bool(clause.classes & _CLASSES) and clause.lemma not in _NO_ATTACKS) or clause.lemma in _ATTACKS)
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
            led = doc.text[max(0, doc.words[span[0]].start - 18) : doc.words[span[0]].start]
            if bare and re.search(r"\b(?:in|at|near|outside)\s$", led) and not re.search(r"\bpoint\w* (?:at|towards?)\s$", led):
                continue
            found.append(Described(span, whole, (code, start, end), False, True, 3))
        return found
