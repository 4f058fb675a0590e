"""Who contradicts an attribution: states and persons that deny, voices that doubt. Each is an entry of its own."""

from __future__ import annotations

import re
from collections.abc import Collection

from kg.extraction.actor_names import Names
from kg.extraction.actor_words import words
from kg.extraction.analysis import Span
from kg.extraction.attribution import Voices
from kg.extraction.findings import Attributed, Reading
from kg.extraction.gazetteer import gazetteer, places
from kg.extraction.parties import normal
from kg.extraction.sources import Voice
from kg.vocabulary import Stance

_DENY = re.compile(
    r"\b(?:den(?:ied|ies|y|ying)|reject(?:ed|s|ing)?|dismiss(?:ed|es|ing)?|disput(?:ed|es|ing)|refut(?:ed|es|ing)|rebuff(?:ed|s|ing)|"
    r"disavow(?:ed|s)|disclaim(?:ed|s)|repudiat(?:ed|es)|contradict(?:ed|s)|contest(?:ed|s)|rubbish(?:ed|es)|ridicul(?:ed|es)|derid(?:ed|es)|"
    r"(?:wav|brush|shrugg?|laugh|swept|sweep|bat)(?:ed|es|s)?(?: \w+){0,3}? (?:away|aside|off)|scoff(?:ed|s)? at|"
    r"distanc(?:ed|es) (?:it|him|her|them)sel\w+|"
    r"protest(?:ed|s) (?:its|his|her|their) innocence|shot back|hit back)\b[\"”]?(?P<rest>[^.;]{0,70})",
    re.IGNORECASE,
)
_SPOKEN = re.compile(
    r"\b(?:call(?:ed|s)?|describ(?:ed|es)|brand(?:ed|s)|said|says|say|label(?:l?ed|s)|told|tells|wr(?:ote|ites)|"
    r"spoke|speaks?|went on|added|adds|"
    r"retorted|repl(?:ied|ies)|countered|insist(?:ed|s)|maintain(?:ed|s)|declared|stat(?:ed|es)|responded|responds|denounced|written)\b"
)
_NO_PART = re.compile(r"(?:had|has|have|was|were) ", re.IGNORECASE)
_ACCUSED = frozenset(["it", "they", "he", "she", "who", "which", "that", "this", "himself", "herself", "itself"])
_STATESMAN = re.compile(
    r"\b(?:minister|ambassador|president|premier|diplomat|envoy|secretary|ministry|embassy|government)\b", re.IGNORECASE
)
_PERSONS = frozenset(
    ["spokesman", "spokeswoman", "spokesperson", "minister", "president", "premier", "chancellor", "ambassador", "diplomat"]
)


def read(reading: Reading, voices: Voices, names: Names, accused: Collection[str] = ()) -> list[Attributed]:
    """The denials and doubts of a text, in order.

    ``names`` are the actors that it names, ``accused`` the countries that somebody in it blames. Raises nothing.
    """
    return _Denials(reading, voices, names, accused).run()


class _Denials:
    def __init__(self, reading: Reading, voices: Voices, names: Names, accused: Collection[str]) -> None:
        self.reading, self.doc, self.parties, self.voices, self.names = reading, reading.doc, reading.parties, voices, names
        self.accused = frozenset(accused)

    def run(self) -> list[Attributed]:
        found: dict[str, Attributed] = {}
        doc = self.doc
        for match in _DENY.finditer(doc.text):
            rest = re.findall(r"[a-z]+", match.group().lower())[:12]
            if any(w.rstrip("s") in words()["accusation"] or w in words()["accusation"] for w in rest):
                self._denied(match.start(), found)
        for sentence in range(len(doc.sentences)):
            start, end = doc.chars(doc.sentences[sentence])
            baseless = words()["baseless"].search(doc.text, start, end)
            if baseless is None or re.search(r"\bnews agency\b", doc.text[max(start, baseless.start() - 30) : baseless.start()]):
                continue
            spoken = [m.start() for m in _SPOKEN.finditer(doc.text, start, end)]
            if spoken:
                self._denied(min(spoken, key=lambda at: abs(at - baseless.start())), found)
            elif _NO_PART.match(baseless.group()):
                self._denied(baseless.start(), found)
        for entry in self._doubts():
            found.setdefault(f"{entry.name} {entry.by}", entry)
        return list(found.values())

    def _denied(self, at: int, found: dict[str, Attributed]) -> None:
        doc = self.doc
        token = doc.tokens(at, at + 3)[0]
        sentence = doc.sentence_of(token)
        subject = self._subject(token, sentence)
        if subject is None:
            return
        if doc.lower(subject)[-1] in ("it", "which") or (self._taken_up(token, sentence) and self._state(subject, sentence, token) is None):
            subject = self._accused_before(token, sentence) or subject
        speaker = doc.say(subject)
        key, entry = self._self_denial(subject, sentence)
        if entry is None:
            code = self._state(subject, sentence, token)
            if code is None or (self.accused and code not in self.accused):
                return
            key = code
            entry = Attributed(
                self.reading.sentence_ground(sentence, "actor.denied"),
                description=_country(doc.text, code) or speaker,
                origin=code,
                stance=Stance.DENIED,
            )
        voice = next((v for v in self.voices.by_sentence[doc.sentence_of(subject[0])] if v.source == subject), None)
        source = self.voices.source(voice or Voice(token, "deny", "say", subject, (token, token)))
        text = re.sub(r"^(?:the|a|an|that|this) ", "", source.text if source else speaker, flags=re.IGNORECASE)
        entry.by, entry.by_party = (
            entry.name if entry.name and not self.names.person(entry.name) else text,
            source.party if source else None,
        )
        entry.by_ground = self.reading.ground(*subject, "actor.by")
        found.setdefault(key, entry)

    def _subject(self, token: int, sentence: int) -> Span | None:
        """The speaker: the source of the voice at the verb, led back over "it" and "his statement"."""
        doc = self.doc
        voices = self.voices.by_sentence[sentence]
        voice = next((v for v in voices if abs(v.verb - token) <= 1), None)
        span = voice.source if voice and voice.source else None
        if span is None:
            clause = next((c for c in doc.clauses_in(sentence) if c.group[0] <= token <= c.group[1]), None)
            span = clause.subject[0] if clause and clause.subject else None
        if span is None or doc.lower(span)[-1] in _ACCUSED or doc.lower(span)[0] in ("his", "her", "its", "their"):
            span = self._before(token, sentence) or span
        charge = words()["accusation"] - {"that", "it", "any", "being", "having"}
        if span is None or charge & set(doc.lower(span)) or doc.lower(span)[0] == "any":
            # "a spokesman, Ivan Roe, denied": the phrase before the inserted name
            earlier = doc.chunks_in(doc.sentences[sentence][0], token)
            span = next((c for c in earlier if places(doc.say(c)) or any(w in words()["organs"] for w in doc.say(c).split())), None)
        if (
            span is not None
            and doc.words[doc.head(span)].lower in ("spokesman", "spokeswoman", "spokesperson", "statement")
            and (chunk := doc.chunk_at(span[1] + 1))
            and doc.words[span[1]].lower in ("for", "of", "from")
        ):
            return chunk
        return span

    def _taken_up(self, token: int, sentence: int) -> bool:
        """Whether "it" or "which" is what speaks at a place."""
        a = self.doc.sentences[sentence][0]
        return bool({"it", "which"} & set(self.doc.lower((max(a, token - 2), token))))

    def _accused_before(self, token: int, sentence: int) -> Span | None:
        """The accused country that the sentence names before a place."""
        doc = self.doc
        for chunk in doc.chunks_in(doc.sentences[sentence][0], token):
            if any(code in self.accused for _, _, code in places(doc.say(chunk))):
                return chunk
        return None

    def _before(self, token: int, sentence: int) -> Span | None:
        """The last speaker before a place, here or in the sentence before, who is no pronoun."""
        doc = self.doc
        for s in (sentence, sentence - 1):
            spoken = [
                v.source
                for v in (self.voices.by_sentence[s] if s >= 0 else [])
                if v.source and v.verb < token and doc.lower(v.source)[-1] not in _ACCUSED and doc.lower(v.source)[0] not in ("his", "her")
            ]
            if spoken:
                return spoken[-1]
        return None

    def _self_denial(self, subject: Span, sentence: int) -> tuple[str, Attributed | None]:
        """A named actor that denies: "that collective denies any part"."""
        doc = self.doc
        named = next(
            (e for e in self.names.found.values() if any(subject[0] <= s[0] < subject[1] for s in e.spans) or subject in e.again), None
        )
        if (
            named is None
            and doc.words[doc.head(subject)].lower in words()["again"]
            and not self.parties.heads(subject)
            and len(self.names.found) == 1
        ):
            named = next(iter(self.names.found.values()))
        if named is None:
            # "Sven Kamp, who speaks for the firm X": the actor stands between the speaker and what he says
            a, b = subject[1], min(doc.sentences[sentence][1], subject[1] + 9)
            if {"who", "of", "for"} & set(doc.lower((a, min(b, a + 3)))):
                named = next((e for e in self.names.found.values() if any(a <= s[0] < b for s in e.spans)), None)
        if named is None:
            return "", None
        return named.name, Attributed(
            self.reading.sentence_ground(sentence, "actor.denied"), name=named.name, id=named.id, stance=Stance.DENIED
        )

    def _state(self, subject: Span, sentence: int, token: int) -> str | None:
        """The state for which a subject speaks: by its own name, its capital, its embassy; a ministry also by the place before it."""
        doc = self.doc
        speaker = doc.say(subject)
        organs = words()["organs"]
        inside = places(speaker) or [(0, 0, organs[w]) for w in re.findall(r"[A-Z]\w+", speaker) if w in organs]
        head = doc.words[doc.head(subject)].lower
        following = doc.text[doc.words[subject[1] - 1].end : doc.words[subject[1] - 1].end + 40]
        bare = bool(inside) and normal(speaker) == normal(speaker[inside[0][0] : inside[0][1]] or speaker)
        statelike = bool(_PERSONS & set(doc.lower(subject))) or head in words()["government"] or head in ("diplomats", "official")
        if inside and (bare or statelike or any(w in organs for w in speaker.split())):
            return inside[0][2]
        if (
            head in ("government", "ministry", "embassy", "mission", "minister", "president", "spokesman", "spokeswoman", "officials")
            or statelike
        ):
            begin = doc.chars(doc.sentences[sentence])[0]
            near = (
                places(following)
                or places(doc.text[begin : doc.words[subject[0]].start])
                or places(doc.text[begin : doc.words[token].start])
            )
            if near:
                return near[0][2]
            return self._only(sentence)
        party = self.parties.at(doc.head(subject))
        if party is not None and party.kind == "person" and not inside:
            # a person who was introduced as a minister or ambassador of the accused
            told = [
                doc.text[max(0, doc.words[m.span[0]].start - 60) : doc.words[m.span[1] - 1].end + 60]
                for m in party.mentions
                if m.how == "name"
            ]
            if any(_STATESMAN.search(t) for t in told):
                own = [code for t in told for _, _, code in places(t) if code in self.accused]
                return own[0] if own else self._only(sentence)
        return None

    def _only(self, sentence: int) -> str | None:
        """The only country that is accused: by the text, else by the sentences just before."""
        doc = self.doc
        near = {code for s in range(max(0, sentence - 2), sentence + 1) for _, _, code in places(doc.sentence_text(s))} & self.accused
        codes = near or self.accused
        return next(iter(codes)) if len(codes) == 1 else None

    def _doubts(self) -> list[Attributed]:
        """Somebody who is not the actor doubts that a named actor did it."""
        doc = self.doc
        found: list[Attributed] = []
        for sentence, voices in enumerate(self.voices.by_sentence):
            for voice in voices:
                if voice.source is None or (
                    voice.lemma not in ("doubt", "question", "dispute", "contest")
                    and not re.search(r"\b(?:casts? doubt|skeptical|sceptical|not convinced)\b", doc.sentence_text(sentence))
                ):
                    continue
                if voice.negated or any(self.names.covers(t) for t in range(*voice.source)):
                    continue
                rest = " ".join(doc.lower((voice.verb + 1, min(len(doc.words), voice.verb + 12))))
                if not re.search(
                    r"\b(?:link|attribution|claim|connection|that|finding|conclusion|involvement|responsib\w+|theory)\b", rest
                ):
                    continue
                spoken = [
                    (s, e)
                    for e in self.names.found.values()
                    for s in e.spans
                    if sentence - 1 <= doc.sentence_of(s[0]) <= sentence and s[0] < voice.verb + 12
                ]
                source = self.voices.source(voice)
                if not spoken or source is None:
                    continue
                named = max(spoken, key=lambda p: p[0])[1]
                word = doc.words[voice.verb]
                entry = Attributed(
                    self.reading.sentence_ground(sentence, "actor.disputed"),
                    name=named.name,
                    id=named.id,
                    stance=Stance.DISPUTED,
                    by=source.text,
                    by_party=source.party,
                    confidence=word.text,
                )
                entry.by_ground = self.reading.ground(*source.span, "actor.by")
                found.append(entry)
        return found


def _country(text: str, code: str) -> str | None:
    """The name by which a text calls a country."""
    names = [
        (name.start(), text[name.start() : name.end()])
        for name in re.finditer(r"[A-Z][\w]+(?: [A-Z]\w+)?", text)
        if gazetteer().get(name.group()) == code
    ]
    import pycountry

    country = pycountry.countries.get(alpha_2=code)
    known = {
        getattr(country, "name", "").split(",")[0],
        getattr(country, "common_name", ""),
        "Russia" if code == "RU" else "",
        "North Korea" if code == "KP" else "",
        "Iran" if code == "IR" else "",
    }
    return next((n for _, n in names if n in known), None)
