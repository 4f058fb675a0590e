"""Who is behind it: named and described actors, with origin, kind, motive, and who attributes with which words.

Three kinds of places are read: names that the lexicon knows as actors (or that the text calls a group or
gang), descriptions that do the harm ("hackers working for Russia"), and states that are blamed or deny.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from kg.extraction import cues
from kg.extraction.analysis import Clause, Span
from kg.extraction.findings import Attributed, Ground, IncidentFound, Reading
from kg.extraction.parties import Party
from kg.extraction.gazetteer import gazetteer, places
from kg.extraction.speech import Speech, Speeches
from kg.vocabulary import ActorKind, IncidentKind, Motive, Stance

_HARM = frozenset(["intrude", "take", "view", "publish", "sell", "encrypt", "destroy", "alter", "disrupt", "demand", "use", "exploit", "claim", "threaten", "deceive"])
_STATES = ("RU", "CN", "KP", "IR", "US", "IL", "BY", "VN", "IN", "PK", "TR", "SY", "KR", "GB", "FR", "UA", "SA", "AE")
_GOVERNMENT = re.compile(r"\b(?:governments?|military|army|intelligence|regime|kremlin|state|ministry|agency|security service|services|embassy|guards?|revolutionary guards?|party|directorate|spies|nation|republic)\b", re.IGNORECASE)


@cache
def _words() -> dict[str, Any]:
    data = cues.load("actors")
    for key in ("nouns", "general"):
        data[key] = frozenset(w for noun in data[key] for w in (noun, cues.plural(noun)))
    for key in ("state", "criminal", "activist", "insider"):
        data[key] = re.compile(r"(?<!\w)(?:" + "|".join(re.escape(w) for w in sorted(data[key], key=len, reverse=True)) + r")(?!\w)", re.IGNORECASE)
    data["motives"] = {
        k: re.compile(r"(?<!\w)(?:" + "|".join(re.escape(w) for w in sorted(v, key=len, reverse=True)) + r")(?:s|ed|ing)?(?!\w)", re.IGNORECASE) for k, v in data["motives"].items()
    }
    data["confidence"] = [re.compile(r"\b" + p + r"\b", re.IGNORECASE) for p in data["confidence"]]
    return data


def read(reading: Reading, speeches: Speeches) -> None:
    """Fill the actors of every incident."""
    _Reader(reading, speeches).run()


class _Candidate:
    """All mentions of one actor in the text."""

    def __init__(self, name: str | None, identity: str | None) -> None:
        self.name, self.id = name, identity
        self.spans: list[Span] = []
        self.aliases: list[str] = []
        self.named_as_malware = False


class _Reader:
    def __init__(self, reading: Reading, speeches: Speeches) -> None:
        self.reading, self.speeches, self.doc, self.parties = reading, speeches, reading.doc, reading.parties

    def run(self) -> None:
        found = [*self._named(), *self._described(), *self._states()]
        denials = self._denials(found)
        for incident in self.reading.incidents:
            incident.actors = [a for a in found if incident.tells(self.doc.sentence_of(self.doc.tokens(a.ground.start, a.ground.end)[0]))] or (
                [a for a in found] if len(self.reading.incidents) == 1 else []
            )
            self._finish(incident)
            incident.actors.extend(d for d in denials)

    # ── names ────────────────────────────────────────────────────────────────────────────

    def _named(self) -> list[Attributed]:
        doc = self.doc
        candidates: dict[str, _Candidate] = {}
        spans: dict[Span, str] = {}
        for name in doc.names:
            span = doc.tokens(name.start, name.end)
            if name.kind == "actor":
                key = name.id or name.text.lower()
                entry = candidates.setdefault(key, _Candidate(name.text, name.id))
                entry.spans.append(span)
                spans[span] = key
            elif name.kind == "malware" and self._is_gang(span):
                key = name.text.lower()
                same = next((k for k, c in candidates.items() if c.name and c.name.lower() == key), None)
                entry = candidates.setdefault(same or key, _Candidate(name.text, None))
                entry.spans.append(span)
                spans[span] = same or key
        self._introduced(candidates, spans)
        self._aliases(candidates, spans)
        found = []
        for entry in candidates.values():
            attributed = self._attribution(entry)
            if attributed is not None:
                found.append(attributed)
        return found

    def _is_gang(self, span: Span) -> bool:
        doc = self.doc
        after = doc.lower((span[1], min(len(doc.words), span[1] + 3)))
        before = doc.lower((max(0, span[0] - 3), span[0]))
        clause = doc.clause_at(span[1])
        doer = bool(clause and any(s[0] <= span[0] < s[1] for s in clause.doer) and clause.classes & {"claim", "say", "publish", "demand", "take", "threaten", "sell"})
        return bool({"gang", "group", "crew", "affiliate", "affiliates", "operators", "collective", "cartel", "operation"} & set(after[:2])) or "gang" in before or "group" in before[-2:] or doer

    _CALLED = re.compile(
        r"\b(?:called|named|known as|dubbed|tracked as|tracks? (?:it |them |the (?:group|actor|cluster|activity) )?as|track as|refers? to (?:it |them |this activity )?as|calls? (?:it |them |the (?:\w+ )?(?:intruders?|group|attackers?|hackers?|actors?) )?(?:the )?|using the (?:name|handle|alias|pseudonym)|used the (?:name|handle|alias)|under the (?:name|handle|alias)|calls? (?:itself|themselves|himself)|calling (?:itself|themselves|himself)|identified (?:only )?as|nicknamed|user|handle|alias|persona|gang|group|crew|collective)\s+(?:the\s+)?[\"“'‘]?((?:[A-Z][\w$’'.-]*|[a-z]+[A-Z0-9][\w$]*|[a-z0-9_]+(?=[\"”'’,]))(?:\s+(?:[A-Z][\w$'-]*|of|and|the|[0-9.]+)){0,4}?)[\"”'’]?(?=[\s,.;:)]|$)"
    )
    _NAMED_GROUP = re.compile(
        r"(?<![\w’'])((?:[A-Z][\w$’-]*|[a-z]+[A-Z][\w$]*)(?:\s+(?:[A-Z][\w$-]*|of|and)){0,3})[\"”'’]?\s+(?:ransomware |extortion |hacking |hacker |cybercrime |criminal |espionage |threat |cyber |hacktivist )*(?:gang|group|crew|collective|syndicate|cartel|actors?|affiliates?|hackers|operators)\b"
    )

    def _introduced(self, candidates: dict[str, _Candidate], spans: dict[Span, str]) -> None:
        """Names that the text itself introduces as an actor's: "a group called X", "the X gang", "a user using the name X"."""
        doc = self.doc
        for pattern, group_needed in ((self._CALLED, True), (self._NAMED_GROUP, False)):
            for match in pattern.finditer(doc.text):
                name = match[1].strip().rstrip(".'’\"”")
                name = re.sub(r"\s+(?:of|and|the)$", "", name)
                if len(name) < 3 or name in gazetteer() or name.split()[0] in ("The", "A", "An", "This", "That", "In", "On", "Its", "These", "Those", "Threat", "Several", "Two", "Three", "Other", "Some", "Many", "Unknown", "No", "One", "Another", "Such", "Both", "Our", "Their", "Chinese", "Russian", "Iranian", "North", "Shares", "Microsoft", "When", "If", "As", "Security", "State", "Cyber", "Ransomware", "Sophisticated", "Criminal", "Law", "Suspected", "Former", "Foreign", "Government", "Hackers"):
                    continue
                span = doc.tokens(match.start(1), match.start(1) + len(name))
                if span in spans or any(s[0] <= span[0] < s[1] for s in spans) or span[0] >= len(doc.words):
                    continue
                before = doc.text[max(0, match.start() - 90) : match.start(1)].lower()
                if group_needed and not re.search(r"\b(?:hackers?|groups?|gangs?|actors?|intruders?|attackers?|criminals?|crew|persona|seller|users?|someone|person|individual|cluster|team|collective|organi[sz]ation|thief|thieves|adversary|activity|affiliate|who|handle|alias|hacktivists?|operators?)\b", before):
                    continue
                if any(n.kind in ("malware", "tool", "cve", "technique") and n.start <= match.start(1) < n.end for n in doc.names) and group_needed:
                    continue
                party = self.parties.at(span[0])
                if party is not None and (party.security or party.authority or party.press):
                    continue
                if party is not None and pattern is self._NAMED_GROUP and not re.search(r"gang|crew|ransomware|hack|collective|hacktivist|extortion", match.group()):
                    continue
                key = name.lower()
                entry = candidates.setdefault(key, _Candidate(name, None))
                entry.spans.append(span)
                spans[span] = key
        for key, entry in list(candidates.items()):
            if entry.id is None and entry.name:
                for match in re.finditer(r"(?<!\w)" + re.escape(entry.name) + r"(?!\w)", doc.text):
                    span = doc.tokens(match.start(), match.end())
                    if span not in spans and span[0] < len(doc.words):
                        entry.spans.append(span)
                        spans[span] = key

    def _aliases(self, candidates: dict[str, _Candidate], spans: dict[Span, str]) -> None:
        """Names joined by "also known as", "or" in brackets: one actor."""
        doc = self.doc
        ordered = sorted(spans)
        for left, right in zip(ordered, ordered[1:], strict=False):
            a, b = spans[left], spans[right]
            if a == b or a not in candidates or b not in candidates:
                continue
            between = " ".join(doc.lower((left[1], right[0])))
            if left[1] <= right[0] and re.fullmatch(r"[,(]? ?(?:also )?(?:known as|called|aka|a\.k\.a\.|or|tracked as|and|/)[,]? ?(?:the )?\(?", between) and len(between) < 30 and between != "and" or between in ("(", "/", ", also known as", "and") and between != "":
                if between == "and" and not re.search(r"attribut|blame|link", doc.sentence_text(doc.sentence_of(left[0]))):
                    continue
                if between == "and" and candidates[a].id and candidates[b].id and candidates[a].id != candidates[b].id and not _alias_known(candidates[a], candidates[b]):
                    continue
                merged = candidates.pop(b)
                candidates[a].aliases.append(merged.name or "")
                candidates[a].spans.extend(merged.spans)
                for s, k in list(spans.items()):
                    if k == b:
                        spans[s] = a

    def _attribution(self, entry: _Candidate) -> Attributed | None:
        doc = self.doc
        entry.spans.sort()
        usable = [s for s in entry.spans if not self._elsewhere(s)]
        if not usable:
            return None
        best: Attributed | None = None
        best_rank = -1
        for span in usable:
            attributed = self._at(span)
            rank = (3 if attributed.by else 0) + (2 if attributed.stance is not Stance.ASSERTED else 0) + (1 if attributed.confidence else 0)
            if rank > best_rank:
                best, best_rank = attributed, rank
        assert best is not None
        best.name, best.id = doc.say(usable[0]), entry.id
        best.aliases = tuple(dict.fromkeys(a for a in entry.aliases if a))
        self._colour(best, usable)
        return best

    def _elsewhere(self, span: Span) -> bool:
        """Whether an actor's name stands in what is told of other victims or in general."""
        text = self.doc.sentence_text(self.doc.sentence_of(span[0])).lower()
        return bool(re.search(r"\b(?:not linked to|no link to|unrelated to|similar to (?:those|attacks|tools)|previously attributed|not (?:the work of|connected to))\b", text)) and not re.search(r"\bclaimed\b", text)

    # ── what is said at one place ────────────────────────────────────────────────────────

    def _at(self, span: Span) -> Attributed:
        doc = self.doc
        sentence = doc.sentence_of(span[0])
        ground = self.reading.sentence_ground(sentence, "actor.named")
        attributed = Attributed(ground)
        clause = doc.clause_at(span[0])
        following = doc.clause_at(span[1]) if span[1] < len(doc.words) else None
        claims = [c for c in doc.clauses_in(sentence) if any(s[0] <= span[0] < s[1] for s in c.subject) and not c.passive]
        text = doc.sentence_text(sentence)
        if any(c.classes & {"claim"} and c.lemma in ("claim", "boast", "brag", "take", "list", "add") or ("say" in c.classes and "is behind" in text) or (c.classes & {"publish", "sell"}) for c in claims) or (
            following is not None and following in claims and following.classes & {"say"} and not claims[0].classes & {"attribute"}
        ):
            attributed.stance = Stance.CLAIMED
        elif re.search(r"\bclaim(?:s|ed|ing)?\b[^.]{0,40}\b(?:responsibility|credit|the attack|to have)\b", text) and claims:
            attributed.stance = Stance.CLAIMED
        if attributed.stance is Stance.ASSERTED:
            self._source(attributed, span, clause)
        self._confidence(attributed, sentence)
        return attributed

    def _source(self, attributed: Attributed, span: Span, clause: Clause | None) -> None:
        """Who attributes: the subject of an attributing verb, else who says the stretch."""
        doc = self.doc
        sentence = doc.sentence_of(span[0])
        speech = self.speeches.of(span[0])
        for candidate in reversed(doc.clauses_in(sentence)):
            if candidate.group[0] > span[0] or not candidate.classes & {"attribute", "track", "say"} or candidate.negated:
                continue
            subjects = candidate.agent if candidate.passive else candidate.subject
            if any(s[0] <= span[0] < s[1] for s in subjects) or not subjects:
                continue
            if candidate.classes & {"attribute", "track"} or speech is None or speech.verb != candidate.verb:
                self._by(attributed, subjects[0])
                if attributed.by:
                    return
        if speech is not None:
            self._by(attributed, speech.speaker, speech)

    def _by(self, attributed: Attributed, span: Span, speech: Speech | None = None) -> None:
        doc = self.doc
        heads = self.parties.heads(span) or ([speech.party] if speech and speech.party else [])
        low = doc.lower(span)
        if low[-1] in ("who", "which", "that", "it", "they", "he", "she") and not heads:
            return
        if heads:
            party = heads[0]
            attributed.by_party = party
            attributed.by = party.name
        else:
            head = doc.words[doc.head(span)].lower
            if head in _words()["nouns"] and head not in ("person", "people"):
                return
            chunk_end = span[1]
            chain = [span]
            if chunk_end + 1 < len(doc.words) and doc.words[chunk_end].lower in ("familiar", "briefed"):
                match = re.match(r"\W*(familiar with the \w+|briefed on the \w+)", doc.text[doc.words[span[1] - 1].end :])
                attributed.by = doc.say(span) + (" " + match[1] if match else "")
            else:
                attributed.by = doc.say((chain[0][0], chain[-1][1]))
            attributed.by = re.sub(r"^(?:The|the|A|a|An|an|some|Some|those|Those) ", "", attributed.by)
        attributed.by_ground = self.reading.ground(*span, "actor.by")

    def _confidence(self, attributed: Attributed, sentence: int) -> None:
        doc = self.doc
        a, b = doc.chars(doc.sentences[sentence])
        text = doc.text[a:b]
        for pattern in _words()["confidence"]:
            match = pattern.search(text)
            if match:
                words = match.group()
                words = re.sub(r"^with ", "", words)
                start = a + text.find(words)
                attributed.confidence = words
                attributed.confidence_ground = Ground(start, start + len(words), "actor.confidence")
                return

    def _colour(self, attributed: Attributed, spans: list[Span]) -> None:
        """Origin, kind and motive from the sentences that speak of the actor."""
        doc = self.doc
        near: list[tuple[int, str]] = []
        for span in spans:
            s = doc.sentence_of(span[0])
            near.append((s, doc.sentence_text(s)))
        for s, text in near:
            base = doc.chars(doc.sentences[s])[0]
            if attributed.origin is None:
                origin = self._origin(text, base, spans)
                if origin:
                    attributed.origin, start, end = origin
                    attributed.origin_ground = Ground(start, end, "actor.origin")
        window = " ".join(dict.fromkeys(t for _, t in near))
        self._kind_and_motive(attributed, window)

    def _kind_and_motive(self, attributed: Attributed, window: str) -> None:
        lists = _words()
        rough = " ".join((attributed.name or "", attributed.description or "", window))
        if attributed.kind is None:
            if attributed.description and lists["insider"].search(attributed.description) and not lists["state"].search(attributed.description):
                attributed.kind = ActorKind.INSIDER
            elif attributed.origin and lists["state"].search(rough):
                attributed.kind = ActorKind.NATION_STATE
            elif lists["criminal"].search(rough):
                attributed.kind = ActorKind.CRIMINAL
            elif lists["activist"].search(rough):
                attributed.kind = ActorKind.ACTIVIST
            elif lists["state"].search(rough) and re.search(r"state-|nation|government|espionage|military", rough):
                attributed.kind = ActorKind.NATION_STATE
        if attributed.motive is None:
            for motive in ("espionage", "financial", "disruption", "ideology", "revenge", "notoriety"):
                if motive == "financial" and attributed.kind is ActorKind.NATION_STATE and not re.search(r"cryptocurrenc|virtual asset|bitcoin|heist|stole \$", rough):
                    continue
                if lists["motives"][motive].search(rough):
                    attributed.motive = Motive(motive)
                    break
        if attributed.kind is ActorKind.CRIMINAL and attributed.motive is None and attributed.name:
            attributed.motive = Motive.FINANCIAL

    _ORIGIN = re.compile(r"\b(?:based in|from|working for|works for|on behalf of|linked to|ties to|tied to|operat\w+ (?:from|out of)|sponsored by|backed by|in support of|connected to|behest of|directed by|nexus|links to|part of|controlled by|run by|aligned with|affiliated with|associated with)\b")

    def _origin(self, text: str, base: int, spans: list[Span]) -> tuple[str, int, int] | None:
        doc = self.doc
        found = places(text)
        best: tuple[int, str, int, int] | None = None
        for start, end, code in found:
            after = text[end : end + 45]
            before = text[max(0, start - 40) : start]
            direct = bool(re.match(r"(?:-|–)?(?:based|linked|backed|sponsored|nexus|aligned|speaking)?\s*(?:[\w-]+\s){0,3}?(?:hackers?|actors?|groups?|gang|spies|intelligence|military|government|state|cyber|threat|nexus|criminals?|national|nationals|espionage|regime|army|intruders?|operatives?|attackers?|citizen|crew|syndicate|hacking|ransomware|cybercriminals?|organi[sz]ation|men|man|teenager|officers?)", after))
            linked = bool(self._ORIGIN.search(before))
            if not direct and not linked:
                continue
            distance = min(abs(base + start - doc.chars(s)[0]) for s in spans) if spans else 0
            if best is None or distance < best[0]:
                best = (distance, code, base + start, base + end)
        return best[1:] if best else None

    # ── descriptions ─────────────────────────────────────────────────────────────────────

    def _described(self) -> list[Attributed]:
        doc = self.doc
        lists = _words()
        found: dict[tuple[str | None, str], Attributed] = {}
        order: list[tuple[str | None, str]] = []
        for chunk in doc.chunks:
            head = doc.head(chunk)
            noun = doc.words[head].lower
            if noun not in lists["nouns"]:
                continue
            words = doc.lower((chunk[0], head))
            if noun in lists["general"] and not any(q in words for q in lists["qualifiers"]) and not (noun in ("someone",)):
                continue
            if any(self._names_actor(t) for t in range(*chunk)) or self.parties.at(head) is not None:
                continue
            clause = doc.clause_at(chunk[1]) if chunk[1] < len(doc.words) else doc.clause_at(head)
            sentence = doc.sentence_of(head)
            doing = any(
                chunk in c.doer or any(chunk == s for s in c.agent) for c in doc.clauses_in(sentence) if c.classes & _HARM
            )
            blamed = any(c.classes & {"attribute"} and (chunk in c.object or any(chunk in spans for _, spans in c.adjuncts)) for c in doc.clauses_in(sentence))
            by = head and doc.words[chunk[0] - 1].lower in ("by", "from") if chunk[0] else False
            if not (doing or blamed or by):
                continue
            if re.search(r"\b(?:should|urge[sd]?|tips?|protect|often|usually|typically)\b", doc.sentence_text(sentence)) and not doing:
                continue
            description = self._description(chunk)
            span_text = doc.sentence_text(sentence)
            attributed = Attributed(self.reading.sentence_ground(sentence, "actor.described"), description=description)
            base = doc.chars(doc.sentences[sentence])[0]
            origin = self._origin_in(description, doc.chars(chunk)[0])
            if origin:
                attributed.origin = origin[0]
                attributed.origin_ground = Ground(origin[1], origin[2], "actor.origin")
            del base, clause
            if attributed.origin or lists["state"].search(description):
                self._source(attributed, chunk, None)
                self._confidence(attributed, sentence)
                speech = self.speeches.of(chunk[0])
                if speech is None and attributed.by is None:
                    attributed.confidence = None
            self._kind_and_motive(attributed, span_text if attributed.origin else description)
            key = (attributed.origin, "x")
            if key in found:
                kept = found[key]
                if (attributed.by and not kept.by) or (attributed.origin and len(description) > len(kept.description or "") and not kept.by):
                    found[key] = attributed
                continue
            found[key] = attributed
            order.append(key)
        return [found[k] for k in order]

    def _names_actor(self, token: int) -> bool:
        word = self.doc.words[token]
        return any(n.kind == "actor" and n.start <= word.start < n.end for n in self.doc.names)

    def _description(self, chunk: Span) -> str:
        doc = self.doc
        end = chunk[1]
        stop = doc.sentences[doc.sentence_of(chunk[0])][1]
        rest = doc.text[doc.words[end - 1].end : doc.words[stop - 1].end]
        match = re.match(r"\s+(?:(?:likely |thought to be |believed to be |that (?:is|are) )?(?:working for|based in|linked to|tied to|sponsored by|backed by|on behalf of|from|acting for|with ties to|operating (?:from|in)|affiliated with|connected to|employed by))\s+(?:the )?[A-Z][\w’'-]*(?: [A-Z][\w’'-]*)*(?:'s [\w ]+?(?= [a-z]+ed\b|,|\.))?", rest)
        text = doc.say(chunk)
        if match:
            text += match.group()
        return text

    def _origin_in(self, description: str, at: int) -> tuple[str, int, int] | None:
        for start, end, code in places(description):
            return code, at + start, at + end
        return None

    # ── states that are blamed or deny ───────────────────────────────────────────────────

    def _states(self) -> list[Attributed]:
        doc = self.doc
        found: dict[str, Attributed] = {}
        for start, end, code in places(doc.text):
            if code not in _STATES:
                continue
            span = doc.tokens(start, end)
            if span[0] >= len(doc.words):
                continue
            chunk = doc.chunk_at(span[0]) or span
            head = doc.words[doc.head(chunk)].lower
            if head in _words()["nouns"] or any(self._names_actor(t) for t in range(*chunk)):
                continue
            sentence = doc.sentence_of(span[0])
            text = doc.sentence_text(sentence)
            blamed = False
            for clause in doc.clauses_in(sentence):
                if clause.negated:
                    continue
                held = [s for _, spans in clause.adjuncts for s in spans] + clause.object
                if clause.classes & {"attribute"} and any(s[0] <= span[0] < s[1] for s in held):
                    blamed = True
                if clause.lemma == "be" and any(s[0] <= span[0] < s[1] for s in clause.subject):
                    rest = " ".join(doc.lower((clause.group[0], min(clause.group[1] + 5, len(doc.words)))))
                    if "responsible" in rest or "behind" in rest:
                        blamed = True
            if re.search(r"responsible", text) and span[0] <= doc.sentences[sentence][0] + 3 and re.search(r"^[^.]{0,40}responsible", text):
                blamed = True
            whole = doc.say(chunk)
            if not blamed:
                continue
            if not (_GOVERNMENT.search(whole) or doc.words[span[0]].pos.startswith("NNP") and text):
                continue
            if re.search(r"\bembassy|spokes", whole):
                continue
            attributed = Attributed(self.reading.sentence_ground(sentence, "actor.state"), description=whole, origin=code)
            attributed.origin_ground = Ground(start, end, "actor.origin")
            attributed.kind = ActorKind.NATION_STATE
            self._source(attributed, span, None)
            self._confidence(attributed, sentence)
            if code not in found or (attributed.by and not found[code].by):
                found[code] = attributed
        return list(found.values())

    _DENY = re.compile(r"\b(?:den(?:ied|ies|y|ying)|reject(?:ed|s)?|dismiss(?:ed|es)?|disput(?:ed|es)|refut(?:ed|es))\b[^.]{0,60}?\b(?:involvement|role|accusations?|allegations?|claims?|responsibility|any|charges?|it|link|connection|hand|knowledge)\b", re.IGNORECASE)

    def _denials(self, found: list[Attributed]) -> list[Attributed]:
        doc = self.doc
        denials: dict[str, Attributed] = {}
        for match in self._DENY.finditer(doc.text):
            token = doc.tokens(match.start(), match.end())[0]
            sentence = doc.sentence_of(token)
            clause = next((c for c in doc.clauses_in(sentence) if c.group[0] <= token < c.group[1] + 1), None)
            subject = clause.subject[0] if clause and clause.subject else None
            if subject is None:
                continue
            speaker = doc.say(subject)
            near = places(speaker) or places(doc.sentence_text(sentence)[: max(1, match.start() - doc.chars(doc.sentences[sentence])[0])])
            capital = {"kremlin": "RU"}.get(speaker.lower().removeprefix("the ").strip())
            code = capital or (near[0][2] if near else None)
            if code is None or code not in _STATES:
                continue
            head = doc.words[doc.head(subject)].lower
            if self.parties.heads(subject) and not (_GOVERNMENT.search(speaker) or near) and not capital:
                continue
            del head
            blamed = next((a for a in found if a.origin == code), None)
            description = blamed.description if blamed and blamed.description else doc.say(subject)
            entry = Attributed(self.reading.sentence_ground(sentence, "actor.denied"), description=description, origin=code, stance=Stance.DENIED)
            entry.by = re.sub(r"^(?:The|the) ", "", speaker)
            place = _country_name(doc.text, code)
            if place and not (blamed and blamed.description and blamed.kind is ActorKind.NATION_STATE and _GOVERNMENT.search(blamed.description or "")):
                entry.description = place
            heads = self.parties.heads(subject)
            entry.by_party = heads[0] if heads else None
            entry.by_ground = self.reading.ground(*subject, "actor.by")
            entry.kind = ActorKind.NATION_STATE if blamed and blamed.kind is ActorKind.NATION_STATE else None
            denials.setdefault(code, entry)
        return list(denials.values())

    def _finish(self, incident: IncidentFound) -> None:
        """What the kind of incident says of its actors; descriptions that a name explains are left out."""
        named = [a for a in incident.actors if a.name]
        kept: list[Attributed] = []
        for actor in incident.actors:
            if actor.name is None and named and actor.origin is None and actor.kind is not ActorKind.INSIDER:
                continue
            if actor.name is None and named and actor.origin and any(n.origin in (actor.origin, None) and not actor.by for n in named):
                for n in named:
                    n.origin = n.origin or actor.origin
                    n.origin_ground = n.origin_ground or actor.origin_ground
                    n.kind = actor.kind or n.kind
                continue
            kept.append(actor)
        described = [a for a in kept if a.name is None]
        if any(a.origin for a in described):
            kept = [a for a in kept if a.name or a.origin or a.kind is ActorKind.INSIDER]
        for actor in kept:
            if incident.kind in (IncidentKind.RANSOMWARE, IncidentKind.EXTORTION) and actor.name and actor.kind is None:
                actor.kind, actor.motive = ActorKind.CRIMINAL, actor.motive or Motive.FINANCIAL
        incident.actors = kept


def _alias_known(a: _Candidate, b: _Candidate) -> bool:
    return bool(a.id and a.id == b.id)


def _country_name(text: str, code: str) -> str | None:
    for name, value in gazetteer().items():
        if value == code and name in ("Russia", "China", "Iran", "North Korea", "Belarus", "Israel", "United States", "Vietnam", "India") and re.search(r"\b" + name + r"\b", text):
            return name
    return None
