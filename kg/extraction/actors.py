"""Who is behind it: named and described actors and states, with origin, kind, motive, who attributes, and with which words.

Names come from :mod:`kg.extraction.actor_names`, speakers from :mod:`kg.extraction.attribution`, denials and doubts from
:mod:`kg.extraction.denials`. An actor without a name is described in the words of the text; none is ever made up.
"""

from __future__ import annotations

import itertools
import re
from functools import cached_property

from kg.extraction import actor_traits, denials
from kg.extraction.actor_descriptions import Described, Descriptions
from kg.extraction.actor_names import Named, Names
from kg.extraction.actor_traits import profiles
from kg.extraction.actor_words import located, organ_name, words
from kg.extraction.analysis import Span
from kg.extraction.attribution import Voices
from kg.extraction.findings import Attributed, Ground, IncidentFound, Reading
from kg.extraction.parties import normal
from kg.extraction.sources import Voice
from kg.extraction.speech import Speeches
from kg.vocabulary import ActorKind, IncidentKind, Motive, Stance

_STATE_ACTOR = re.compile(r"\b(?:state|government)-(?:sponsored|backed|linked|aligned|directed)\b|\bnation[- ]state\b", re.IGNORECASE)
_COURT = re.compile(r"\b(?:jury|courts?|prosecutors?|attorney|judge|office|police|authorities)\b[^.]{0,25}$")
_TIGHT = re.compile(
    r"\s*(?:(?:the|a|an|within|inside|somewhere|in|of|from|by|to|for|both|either|or|and|its|mainland|neighbou?ring|north|south|east(?:ern)?|"
    r"western|communist|state|government|military|intelligence|agency|agencies|services?|interests|[A-Z][\w’'-]+,?)\s+)*[\"“]?",
    re.IGNORECASE,
)
_CRIME = (IncidentKind.RANSOMWARE, IncidentKind.EXTORTION, IncidentKind.THEFT_OF_FUNDS)
_STATE_LIKE = re.compile(
    r"(?:-|–| )?(?:based|linked|backed|sponsored|nexus|aligned|speaking|state|government|"
    r"born)?[\s-]*(?:[’']s )?(?:[\w-]+[ -]){0,4}?(?:hackers?|actors?|groups?|gang|spies|spy|"
    r"intelligence|military|government|state|cyberspies|nexus|criminals?|nationals?|espionage|regime|"
    r"army|"
    r"intruders?|operatives?|attackers?|citizens?|crew|syndicate|cybercriminals?|organi[sz]ation|man|"
    r"teenager|officers?|authorit(?:y|ies)|agency|services?|hacktivists?|collective|threat|cluster|"
    r"activity|student|persona|guards?|people|men|woman|native)\b"
)


def read(reading: Reading, speeches: Speeches) -> None:
    """Fill the actors of every incident; ``speeches`` are those of the same text. Raises nothing."""
    find(reading, speeches)
    actor_traits.read(reading)


def find(reading: Reading, speeches: Speeches) -> None:
    """The same with kinds and motives by the rules alone: what the model of :mod:`kg.extraction.actor_traits` learns from."""
    _Reader(reading, speeches).run()


class _Reader:
    def __init__(self, reading: Reading, speeches: Speeches) -> None:
        self.reading, self.speeches, self.doc, self.parties = reading, speeches, reading.doc, reading.parties
        self.voices = Voices(self.doc, self.parties)
        victims = {normal(v.party.name) for i in reading.incidents for v in i.victims if v.party}
        self.names = Names(self.doc, self.parties, victims)
        self.told: dict[str, set[int]] = {}
        """The sentences that speak of each named actor."""
        self.described = Descriptions(reading, speeches, self.voices, self.names).all
        self._take_up()
        self.persons = {e.name for e in self.names.found.values() if e.person is not None}
        for name in self.names.found.values():
            self.told[name.name] = {self.doc.sentence_of(s[0]) for s in [*name.spans, *(s for s in name.again if self._one(s))]}

    def run(self) -> None:
        """Everything, incident by incident."""
        nobody = words()["unknown"].search(self.doc.text) is not None
        for incident in self.reading.incidents:
            incident.actors = self._entries(incident, nobody)
        accused = {a.origin for i in self.reading.incidents for a in i.actors if a.origin}
        for denial in denials.read(self.reading, self.voices, self.names, accused):
            self._settle(denial)

    def _settle(self, denial: Attributed) -> None:
        """Put a denial or a doubt beside the attribution that it answers."""
        sentence = self.doc.sentence_of(self.doc.tokens(denial.ground.start, denial.ground.end)[0])
        fitting = [
            i
            for i in self.reading.incidents
            if any(a.label == denial.name or (denial.name is None and a.origin == denial.origin) for a in i.actors)
        ]
        fitting = fitting or [i for i in self.reading.incidents if i.tells(sentence)] or self.reading.incidents[:1]
        for incident in fitting:
            accused = next((a for a in incident.actors if denial.name is None and a.name is None and a.origin == denial.origin), None)
            if denial.name is None and accused is not None and accused.kind is ActorKind.NATION_STATE:
                denial.kind = ActorKind.NATION_STATE
            if denial.name is not None:
                said = next((a for a in incident.actors if a.name == denial.name), None)
                denial.kind, denial.origin = (said.kind, said.origin) if said else (None, None)
            incident.actors.append(denial)

    # ── entries of an incident ───────────────────────────────────────────────────────────

    def _entries(self, incident: IncidentFound, nobody: bool) -> list[Attributed]:
        doc = self.doc
        alone = len(self.reading.incidents) == 1
        entries: list[Attributed] = []
        for name in self.names.found.values():
            spans = sorted(s for s in name.spans if alone or incident.tells(doc.sentence_of(s[0])))
            entry = self._named(name, spans, incident) if spans else None
            if entry is not None:
                entries.append(entry)
        plain: list[tuple[Described, Attributed]] = []
        for described in self.described:
            if not (alone or incident.tells(doc.sentence_of(described.span[0]))):
                continue
            entry = self._unnamed(described, incident)
            if described.origin or (entry.by and not entry.reported) or described.insider:
                self._merge(entries, entry, described)
            else:
                plain.append((described, entry))
        plain.sort(key=lambda p: (-p[0].weight, p[0].span))
        if plain and not entries and plain[0][0].weight > (1 if nobody else 0):
            entries.append(plain[0][1])
        for entry in entries:
            if entry.name is None and entry.description and (organ := organ_name(entry.description)):
                entry.name = organ
        return entries

    def _merge(self, entries: list[Attributed], entry: Attributed, described: Described) -> None:
        """A description that a named actor explains, or that was seen already, adds what it knows to it."""
        sentence = self.doc.sentence_of(described.span[0])
        for other in entries:
            same_source = other.by == entry.by or (not other.by and other.stance is Stance.ASSERTED) or not entry.by
            if other.name in self.persons and described.state:
                continue
            together = (
                other.name is not None
                and sentence in self.told.get(other.name, ())
                and self._nearest(described.span) in (other.name, None)
                and not self._cut(other.name, described.span)
            )
            far = other.name is not None and other.origin is None and entry.by is None and len(self.told) > 1 and not together
            if other.name and entry.origin and other.origin in (None, entry.origin) and (same_source or together) and not far:
                other.origin, other.origin_ground = other.origin or entry.origin, other.origin_ground or entry.origin_ground
                other.kind = entry.kind if entry.kind is ActorKind.NATION_STATE else other.kind or entry.kind
                other.motive = entry.motive if entry.kind is ActorKind.NATION_STATE and entry.motive else other.motive or entry.motive
                other.confidence, other.confidence_ground = (
                    (other.confidence, other.confidence_ground)
                    if other.confidence or other.stance is Stance.CLAIMED
                    else (entry.confidence, entry.confidence_ground)
                )
                other.by, other.by_party, other.by_ground = (
                    (other.by, other.by_party, other.by_ground)
                    if other.by or other.stance is Stance.CLAIMED
                    else (entry.by, entry.by_party, entry.by_ground)
                )
                return
            if other.name is None and (
                other.origin == entry.origin
                or (entry.origin is None and not described.insider)
                or (other.origin is None and entry.origin is not None and not other.by)
            ):
                better = (entry.origin is not None, bool(entry.by), bool(entry.confidence)) > (
                    other.origin is not None,
                    bool(other.by),
                    bool(other.confidence),
                )
                if other.origin == entry.origin is None and other.by != entry.by and entry.by and other.by:
                    continue
                if better:
                    entry.kind, entry.motive = entry.kind or other.kind, entry.motive or other.motive
                    entries[entries.index(other)] = entry
                elif other.origin == entry.origin:
                    other.kind, other.motive = other.kind or entry.kind, other.motive or entry.motive
                return
            if (
                other.name
                and not entry.origin
                and not described.insider
                and same_source
                and not (entry.by and not other.by and other.stance is Stance.CLAIMED)
            ):
                return
        entries.append(entry)

    def _cut(self, name: str | None, span: Span) -> bool:
        """Whether a semicolon stands between a phrase and every place where an actor is named."""
        doc = self.doc
        spans = [
            s
            for e in self.names.found.values()
            if e.name == name
            for s in [*e.spans, *e.again]
            if doc.sentence_of(s[0]) == doc.sentence_of(span[0])
        ]
        return bool(spans) and all(";" in doc.lower((min(s[0], span[0]), max(s[0], span[0]))) for s in spans)

    def _nearest(self, span: Span) -> str | None:
        """The named actor that stands nearest to a phrase in its sentence."""
        sentence = self.doc.sentence_of(span[0])
        near = [
            (abs(s[0] - span[0]), e.name)
            for e in self.names.found.values()
            for s in [*e.spans, *e.again]
            if self.doc.sentence_of(s[0]) == sentence
        ]
        return min(near)[1] if near else None

    # ── named ────────────────────────────────────────────────────────────────────────────

    def _named(self, name: Named, spans: list[Span], incident: IncidentFound) -> Attributed | None:
        doc = self.doc
        words()
        usable = [s for s in spans if not self._elsewhere(s)]
        if not usable:
            return None
        best: tuple[int, Attributed] | None = None
        sources: list[Attributed] = []
        for span in usable + [s for s in name.again if incident.tells(doc.sentence_of(s[0]))]:
            entry = self._at(name, span)
            if span not in usable and not self._one(span) and entry.stance is Stance.ASSERTED:
                continue
            rank = (6 if entry.stance is Stance.CLAIMED else 4 if entry.by else 0) + (1 if entry.confidence else 0)
            if entry.by:
                sources.append(entry)
            if best is None or rank > best[0]:
                best = (rank, entry)
        if best is None:
            return None
        entry = best[1]
        entry.name, entry.id = name.name, name.id
        entry.aliases = tuple(dict.fromkeys(a for a in name.aliases if a))
        if name.persona and not entry.by and not name.person:
            entry.stance = Stance.CLAIMED
            entry.confidence = entry.confidence_ground = None
        if not entry.by and (entry.stance is Stance.CLAIMED or name.person):
            # what others say of a persona in the sentence in which it is spoken of counts as well: "a persona linked by S to X"
            linked = next((s for s in sources if self._linked(s)), None)
            if linked is not None:
                entry.by, entry.by_party, entry.by_ground = linked.by, linked.by_party, linked.by_ground
        near = usable + [s for s in name.again if s not in usable]
        if name.charged and not entry.by and entry.stance is not Stance.CLAIMED:
            self._accused_by(entry, [doc.sentence_of(s[0]) for s in near])
        if self._retracted(near):
            entry.stance = Stance.WITHDRAWN
        sentences = sorted({doc.sentence_of(s[0]) for s in near})
        entry.told, entry.person = frozenset(sentences), name.person is not None
        entry.origin, entry.origin_ground = self._origin(sentences, near, name)
        text = " ".join(doc.sentence_text(s) for s in sentences)
        self._kind(entry, text, incident, name)
        kind, origin, motive = profiles().get(name.id or "", (None, None, None))
        provisional = re.match(r"(?:UNC|DEV|Storm|UTA|TEMP|UAC)\W?\w*\d", name.name) is not None
        state = origin is not None and kind is not ActorKind.CRIME_SYNDICATE and not provisional
        if entry.origin is None and origin and state and (at := self._spoken_of(origin)):
            entry.origin, entry.origin_ground = origin, Ground(*at, "actor.origin")
        blamed = next((d for d in self.described if d.origin and d.origin[0] == origin and d.weight == 3), None)
        silent = re.search(
            (
                r"\b(?:not|declin\w+ to|without|stopp?\w* short of) (?:yet )?(?:publicly )?(?:nam|identif|blam|"
                r"point|accus)\w* (?:at )?(?:a|any|another) (?:country|government|nation|state)"
            ),
            self.doc.text,
        )
        if entry.origin is None and blamed is not None and blamed.origin and entry.stance is not Stance.CLAIMED and not silent:
            entry.origin, entry.origin_ground = blamed.origin[0], Ground(blamed.origin[1], blamed.origin[2], "actor.origin")
            entry.kind = ActorKind.NATION_STATE
        if (
            entry.origin is not None
            and entry.origin == origin
            and kind not in (ActorKind.CRIMINAL, ActorKind.CRIME_SYNDICATE, ActorKind.ACTIVIST)
            and entry.stance is not Stance.CLAIMED
        ):
            entry.kind = ActorKind.NATION_STATE
        if kind in (ActorKind.CRIMINAL, ActorKind.CRIME_SYNDICATE) and entry.kind in (None, ActorKind.HACKER):
            entry.kind = ActorKind.CRIMINAL
            if (motive is Motive.FINANCIAL and incident.kind in _CRIME) or self._demands():
                entry.motive = entry.motive or Motive.FINANCIAL
        return entry

    def _spoken_of(self, code: str) -> tuple[int, int] | None:
        """Where a text speaks of a country other than as that of a victim or its speaker: the people, organs or capital of an accused."""
        seats = {v.country for i in self.reading.incidents for v in i.victims}
        return next(((a, b) for a, b, found in located(self.doc.text) if found == code), None) if code not in seats else None

    def _demands(self) -> bool:
        return (
            re.search(
                r"\b(?:ransom|extort\w*|demand(?:ed|s|ing)? (?:\$|€|£|US\$|\d|payment|money|bitcoin))|\$[\d.]+ (?:million )?demand",
                self.doc.text,
            )
            is not None
        )

    def _one(self, span: Span) -> bool:
        """Whether a phrase that takes a name up speaks of one group or person, and not of intruders in general."""
        noun = self.doc.words[self.doc.head(span)].lower
        return not (noun.endswith("s") and noun[:-1] in words()["plain"])

    def _linked(self, entry: Attributed) -> bool:
        """Whether an attribution stands in the sentence of a persona that somebody links to others."""
        text = self.doc.text[entry.ground.start : entry.ground.end]
        return bool(
            re.search(
                (
                    r"\b(?:link|tie|connect|attribute|trace|associate)(?:s|d|ed)? (?:by|to|it|them|the|with)\b|"
                    r"\b(?:charged|indicted|accused|arrested|sanction\w*)\b"
                ),
                text,
            )
        )

    def _elsewhere(self, span: Span) -> bool:
        """Whether an actor's name stands in what is told of other victims or in general."""
        text = self.doc.sentence_text(self.doc.sentence_of(span[0]))
        start = self.doc.words[span[0]].start - self.doc.chars(self.doc.sentences[self.doc.sentence_of(span[0])])[0]
        window = text[max(0, start - 110) : start + 90]
        tied = re.search(r"\b(?:ties|tied|links|linked|traces|traced|pins|pinned) (?:it|the|this|domains|activity|malware|them)\b", window)
        if tied and not re.search(r"\b(?:no|not|never|n't)\b", window):
            return False
        return bool(words()["elsewhere"].search(window)) and not re.search(
            r"\b(?:claim\w*|says? it is behind|attribut\w+|blam\w+|responsible|believe|assess\w*|suspects?)\b", window
        )

    def _retracted(self, spans: list[Span]) -> bool:
        doc = self.doc
        for span in spans:
            s = doc.sentence_of(span[0])
            for text in [doc.sentence_text(k) for k in (s, s + 1) if k < len(doc.sentences)]:
                if re.search(
                    (
                        r"\b(?:withdr[ae]w\w*|retract\w*|t[ao]ke?n? back|walked back|backed away from|revised|disavowed|"
                        r"dropped) (?:\w+ ){0,3}?(?:claim|attribution|accusation|finding|statement|assessment|conclusion|"
                        r"report|allegation)s?\b"
                    ),
                    text,
                ):
                    return True
        return False

    def _at(self, name: Named, span: Span) -> Attributed:
        """What is said of an actor at one place."""
        doc = self.doc
        sentence = doc.sentence_of(span[0])
        entry = Attributed(self.reading.sentence_ground(sentence, "actor.named"))
        if self._claims(span):
            entry.stance = Stance.CLAIMED
            voice = self.voices.of(span)
            if voice is not None and voice.kind == "link":
                self._source(entry, span)
        else:
            self._source(entry, span)
        self._confident(entry, span)
        return entry

    _PREDICATE = re.compile(
        r"^[\"”’']?(?: (?:ransomware|extortion|hacking|cybercrime|hacktivist|criminal))*(?: (?:gang|"
        r"group|crew|collective|hackers|operation|affiliates?|operators|persona|actor|syndicate))?(?: "
        r"(?:linked|tied|connected|believed|known|thought|said|described|identified|calling|"
        r"using)\b[^,;]{0,70}?)?(?:,(?: (?:who|which)[^,.]{0,90}| (?:a|an|the)[^,.]{0,140}|"
        r"[^,.]{0,40}),)?(?: (?:who|which|that))?(?: (?:has|have|had|also|later|since|then|meanwhile|"
        r"quickly|soon|openly|repeatedly|itself|himself))*"
        r" (?:claim(?:s|ed|ing)|boast(?:s|ed)|brag(?:s|ged)|list(?:s|ed)|posted|posts|publish(?:es|ed)|"
        r"leaked|offer(?:s|ed)|auction(?:s|ed)|advertis(?:es|ed)|threaten(?:s|ed)|demanded|demands|says|"
        r"said|told|announced|dumped|put|t(?:ook|akes?) (?:credit|responsibility)|taken (?:credit|responsibility)|"
        r"claiming|added|vowed|bears?|wanted|wants|asked)\b"
    )

    def _claims(self, span: Span) -> bool:
        """Whether the actor itself says or shows that it did it."""
        doc = self.doc
        sentence = doc.sentence_of(span[0])
        a, b = doc.chars(doc.sentences[sentence])
        start, end = doc.chars(span)
        before, after = doc.text[a:start], doc.text[end:b]
        if self._PREDICATE.match(after) or re.search(
            (
                r"\b(?:claimed|taken|posted|published|offered|signed|listed|credit \w+ \w+|leaked|boasted) "
                r"(?:\w+ ){0,3}?(?:by|as) (?:\w+ ){0,6}?[\"“]?$"
            ),
            before,
        ):
            return not re.search(r"\bno ties\b", after[:60])
        return bool(
            (
                re.search(r"\b(?:seller|user|persona|someone|account)\b[^.]{0,60}$", before)
                and re.search(r"\b(?:offered|posted|sold|sale|offering|claimed|leaked|published)\b", before + after)
            )
            or re.search(
                (
                    r"\b(?:message|note|post|video|statement|manifesto|slogan)s?\b[^.,]{0,40}\b(?:from|by|signed|"
                    r"attributed to)\b(?: by)?(?: the| a group \w+)?\W*$"
                ),
                before,
            )
            or re.match(r"[^.]{0,40}\bclaim(?:s|ed|ing)\b[^.]{0,30}\b(?:responsibility|credit|the attack|to have)\b", after)
        )

    def _source(self, entry: Attributed, span: Span) -> Voice | None:
        doc = self.doc
        voice = self.voices.of(span)
        following = doc.lower((span[1], min(len(doc.words), span[1] + 2)))
        if (
            following
            and following[0] in ("'s", "’s")
            and following[-1] in ("people", "members", "bosses", "leaders", "victims", "infrastructure", "tools", "methods")
        ):
            return None
        if voice is None and self.names.covers(span[0]):
            self._speaks_itself(entry, span)
            return None
        if voice is None or voice.negated or voice.source is None:
            return None
        if any(self.names.covers(t) for t in range(*voice.source)) or self._is_actor(voice.source):
            return None
        source = self.voices.source(voice)
        if source is None:
            return None
        entry.by, entry.by_party = source.text, source.party
        entry.by_ground = self.reading.ground(*source.span, "actor.by")
        return voice

    def _speaks_itself(self, entry: Attributed, span: Span) -> None:
        """In a text by those who track actors, "we" of the sentence attributes; of a sanction or charge, the subject."""
        doc = self.doc
        sentence = doc.sentence_of(span[0])
        speaker = self.voices.speaker
        if speaker and speaker[1] is not None and (speaker[1].security or speaker[1].authority):
            ours = [
                t for t in range(*doc.sentences[sentence]) if doc.words[t].lower in ("we", "our") and not doc.in_quote(doc.words[t].start)
            ]
            if ours:
                entry.by, entry.by_party = speaker
                entry.by_ground = self.reading.ground(ours[0], ours[0] + 1, "actor.by")
                return
        text = doc.sentence_text(sentence)
        if re.search(r"\b(?:sanctions?|charges|indictment|warrant|arrest) ?(?:law|order|s)?\b[^.]{0,40}\bagainst\b", text):
            clause = next((c for c in doc.clauses_in(sentence) if c.subject and not c.passive and c.group[0] < span[0]), None)
            if clause is not None:
                party = next(iter(self.parties.heads(clause.subject[0])), None)
                entry.by, entry.by_party = party.name if party else re.sub(r"^(?:The|the) ", "", doc.say(clause.subject[0])), party
                entry.by_ground = self.reading.ground(*clause.subject[0], "actor.by")

    def _confident(self, entry: Attributed, span: Span) -> None:
        itself = entry.stance is Stance.CLAIMED and not entry.by
        at = self.voices.confidence(span, None if itself else self.voices.of(span))
        if at is not None and not (itself and abs(self.doc.tokens(*at)[0] - span[0]) > 12):
            entry.confidence = self.doc.text[at[0] : at[1]]
            entry.confidence_ground = Ground(*at, "actor.confidence")

    def _is_actor(self, span: Span) -> bool:
        doc = self.doc
        noun = doc.words[doc.head(span)].lower
        return noun in words()["plain"] or (
            noun in ("seller", "persona", "group", "affiliate", "actor", "actors") and not self.parties.heads(span)
        )

    # ── origin, kind and motive ──────────────────────────────────────────────────────────

    def _origin(self, sentences: list[int], spans: list[Span], name: Named | None) -> tuple[str | None, Ground | None]:
        """Where the text places an actor: "Chinese", "-based", "working for" beside a country, in the sentences that speak of it."""
        doc = self.doc
        best: tuple[int, str, int, int] | None = None
        for sentence in sentences:
            base, stop = doc.chars(doc.sentences[sentence])
            text = doc.text[base:stop]
            speakers = [v.source for v in self.voices.by_sentence[sentence] if v.source and not (name and name.person)]
            for start, end, code in located(text):
                token = doc.tokens(base + start, base + end)[0]
                if any(s[0] <= token < s[1] for s in speakers):
                    continue
                after, before = text[end : end + 60], text[max(0, start - 45) : start]
                chunk = doc.chunk_at(token)
                head = doc.words[doc.head(chunk)].lower if chunk else ""
                direct = bool(_STATE_LIKE.match(after)) and (
                    chunk is None
                    or head in words()["plain"]
                    or head in words()["general"]
                    or head in words()["government"]
                    or self.names.covers(doc.head(chunk))
                    or after[:1] in "-–"
                    or head in ("actor", "actors", "nexus", "arm", "unit")
                )
                linked = list(words()["links"].finditer(before))
                near = (
                    bool(linked)
                    and len(before) - linked[-1].end() < 45
                    and _TIGHT.fullmatch(before[linked[-1].end() :]) is not None
                    and not re.search(r"[.;]|\bno\b", before[linked[-1].start() - 4 if linked[-1].start() > 4 else 0 :])
                )
                if re.search(r"\b(?:as|is|are|was|were|be) (?:likely |probably |almost certainly )?$", before):
                    near = near or re.match(r"[.,;)]|$| and\b| (?:in )?origin\b", after) is not None
                if name and name.person is not None:
                    near = (
                        near
                        or bool(re.search(r"\b(?:in|of|from)\s+(?:[A-Z]\w+, )?$", before))
                        or (bool(re.search(r", an? (?:[\w-]+ ){0,2}$", before)) and any(0 < token - s[1] <= 4 for s in spans))
                    )
                if name and name.person and _COURT.search(before):
                    near = False
                if not direct and not near:
                    continue
                distance = min((abs(token - s[0]) for s in spans), default=0)
                if name and name.person is not None and not re.search(r", an? (?:[\w-]+ ){0,2}$", before) and not direct:
                    distance += 20  # where a person is charged tells less than what he is
                if any(
                    abs(token - s[0]) < distance and min((abs(s[0] - own[0]) for own in spans), default=99) > 4
                    for other in self.names.found.values()
                    if other is not name
                    for s in other.spans
                    if doc.sentence_of(s[0]) == sentence
                ):
                    continue
                if best is None or distance < best[0]:
                    best = (distance, code, base + start, base + end)
        return (best[1], Ground(best[2], best[3], "actor.origin")) if best else (None, None)

    def _kind(self, entry: Attributed, text: str, incident: IncidentFound, name: Named | None = None) -> None:
        lists = words()
        crime = incident.kind in _CRIME
        label = " ".join((entry.name or "", entry.description or "", *entry.aliases))
        state = bool(lists["state"].search(text))
        if name and name.person is not None:
            entry.kind = ActorKind.CRIMINAL if crime or re.search(r"\b(?:fraud|extort|ransom|gang|stole money)", text) else ActorKind.HACKER
        elif (entry.origin and state and not re.search(r"\b(?:ransomware|criminal|gang|cybercrime)\b", text)) or re.search(
            r"\b(?:state-sponsored|state-backed|nation-state|government-backed|state actor)\b", text
        ):
            entry.kind = ActorKind.NATION_STATE
        elif lists["activist"].search(text) or lists["movements"].search(label):
            entry.kind = ActorKind.ACTIVIST
        elif lists["criminal"].search(text) or (
            crime and name is not None and not re.match(r"(?:UNC|UTA|DEV|TA|APT|UAC)-?\d", entry.name or "")
        ):
            entry.kind = ActorKind.CRIMINAL
        elif name is not None and (lists["hacker"].search(text) or name.persona):
            entry.kind = ActorKind.HACKER
        motives = lists["motives"]
        if entry.kind is ActorKind.CRIMINAL and not (name and name.person):
            money = (
                motives["financial"].search(text)
                or crime
                or (name is not None and (re.search(r"\b(?:ransomware|extortion|gang|blackmail)\b", text) or self._demands()))
            )
            entry.motive = Motive.FINANCIAL if money else None
            return
        for motive in ("espionage", "ideology", "disruption", "revenge", "notoriety", "financial"):
            if motive == "financial" and entry.kind is ActorKind.NATION_STATE and incident.kind is not IncidentKind.THEFT_OF_FUNDS:
                continue
            if motive == "financial" and name and name.person:
                continue
            if motives[motive].search(text):
                entry.motive = Motive(motive)
                return
        if (
            entry.motive is None
            and entry.kind is None
            and re.search(
                r"\bmoney (?:seems|appears) to be|\bfinancially motivated\b|\bfor financial gain\b|\bafter money\b", self.doc.text
            )
        ):
            entry.motive = Motive.FINANCIAL

    # ── actors without a name ────────────────────────────────────────────────────────────

    def _unnamed(self, described: Described, incident: IncidentFound) -> Attributed:
        doc = self.doc
        sentence = doc.sentence_of(described.span[0])
        entry = Attributed(
            self.reading.sentence_ground(sentence, "actor.state" if described.state else "actor.described"),
            description=described.text,
            told=frozenset([sentence]),
        )
        if described.origin:
            entry.origin = described.origin[0]
            entry.origin_ground = Ground(described.origin[1], described.origin[2], "actor.origin")
        voice = self.voices.of(described.span)
        quoted = doc.text[doc.words[described.span[0]].start - 1 : doc.words[described.span[0]].start] in ("“", '"')
        if (
            described.origin
            or described.insider
            or quoted
            or _STATE_ACTOR.search(described.text)
            or (voice is not None and (voice.kind == "blame" or voice.lemma in ("suspect", "blame")) and described.weight == 3)
        ):
            self._source(entry, described.span)
        elif voice is not None and voice.kind == "say" and described.weight > 1 and self._reported(voice):
            entry.reported = self._source(entry, described.span) is not None
        if entry.by or described.origin:
            self._confident(entry, described.span)
        elif (
            voice is not None
            and described.weight != 0
            and (at := self.voices.confidence(described.span, voice))
            and voice.source
            and not voice.negated
        ):
            strong = not re.fullmatch(r"(?i)believ\w+|possibl[ey]|probably|apparently|likely|thought|confirm\w*", doc.text[at[0] : at[1]])
            spoken = strong and doc.lower(voice.source)[0] not in ("we", "our", "it")
            if spoken and self._source(entry, described.span) is not None:
                self._confident(entry, described.span)
        after = doc.text[doc.words[described.span[1] - 1].end : doc.words[described.span[1] - 1].end + 40]
        if re.match(r" (?:who|that) claims?\b|,? claiming to\b", after) or re.search(
            r"\b(?:claims?|claiming) to (?:hold|have|be)\b", described.text
        ):
            entry.stance = Stance.CLAIMED
            entry.by = entry.by_party = entry.by_ground = None
        if self._retracted([described.span]) and described.origin:
            entry.stance = Stance.WITHDRAWN
        if (
            entry.by is None
            and described.weight == 3
            and re.search(r"\b(?:charged|indicted|accused|indictment|arrest\w*)\b", doc.sentence_text(sentence))
        ):
            self._accused_by(entry, [sentence, sentence + 1])
        self._colour(entry, described, sentence, incident)
        return entry

    def _reported(self, voice: Voice) -> bool:
        """Whether somebody else's words are told, not those of the text's own speaker."""
        if voice.source is None or voice.negated:
            return False
        if self.doc.lower(voice.source)[0] in ("we", "our", "i", "my", "us"):
            return False
        source = self.voices.source(voice)
        own = self.parties.self_party
        if source is None or (own is not None and source.party is own):
            return False
        accusing = self.doc.words[self.doc.head(voice.source)].lower in words()["public"]
        return accusing or voice.lemma in words()["owning"] or self.doc.words[voice.verb].lower == "according"

    def _accused_by(self, entry: Attributed, sentences: list[int]) -> None:
        """Who charges or arrests: the authority named in the sentences that tell of it, else the first of the text."""
        doc = self.doc
        told = [t for s in sentences if s < len(doc.sentences) for t in range(*doc.sentences[s])]
        for t in itertools.chain(told, range(len(doc.words))):
            party = self.parties.at(t)
            named = party is not None and party.authority
            if not named and doc.words[t].lower not in ("prosecutors", "police", "detectives"):
                continue
            entry.by, entry.by_party = party.name if party and named else doc.words[t].text, party if named else None
            entry.by_ground = self.reading.ground(t, t + 1, "actor.by")
            return

    def _colour(self, entry: Attributed, described: Described, sentence: int, incident: IncidentFound) -> None:
        """Kind and motive of an actor without a name."""
        doc = self.doc
        lists = words()
        text = doc.sentence_text(sentence)
        noun = doc.words[doc.head(described.span)].lower
        if described.insider:
            entry.kind = ActorKind.INSIDER
            careless = incident.kind in (IncidentKind.PHYSICAL_LOSS, IncidentKind.DATA_LEAK)
            entry.motive = (
                Motive.ACCIDENTAL
                if careless
                else Motive.FINANCIAL
                if lists["motives"]["financial"].search(text) or "bribe" in text
                else None
            )
        elif described.state:
            weak = (entry.confidence is not None and "suspect" in entry.confidence) or re.search(
                r"\b(?:look\w*|point\w*) (?:to|towards?)\b|\b(?:originat|emanat)\w+ (?:from|in)\b", text
            )
            entry.kind = None if weak else ActorKind.NATION_STATE
        elif described.origin:
            crime = re.search(r"\b(?:criminal|ransomware|gang|cybercriminal|fraud)", described.text)
            state = lists["state"].search(described.text) or lists["state"].search(text) or self._STATE.search(described.text)
            entry.kind = ActorKind.CRIMINAL if crime else ActorKind.NATION_STATE if state else None
        elif re.search(
            r"\b(?:cyber)?(?:criminal|thie(?:f|ves)|fraud\w*|gang|blackmailer|extortionist|cybercriminal|cyber criminal)s?\b",
            described.text,
            re.IGNORECASE,
        ):
            entry.kind = ActorKind.CRIMINAL
        elif incident.kind is IncidentKind.ACCOUNT_TAKEOVER and re.search(r"\b(?:fraud|scam)\b", doc.text):
            entry.kind, entry.motive = ActorKind.CRIMINAL, Motive.FINANCIAL
        elif noun in ("government", "state") or _STATE_ACTOR.search(described.text):
            entry.kind = ActorKind.NATION_STATE
        elif "kiddie" in noun:
            entry.kind = ActorKind.HACKER
        elif incident.kind in _CRIME or entry.stance is Stance.CLAIMED:
            entry.kind = ActorKind.CRIMINAL
        motives = lists["motives"]
        if (
            entry.kind is ActorKind.CRIMINAL
            and entry.motive is None
            and (
                incident.kind in _CRIME
                or "fraud" in described.text
                or motives["financial"].search(described.text)
                or (entry.stance is Stance.CLAIMED and motives["financial"].search(text))
            )
        ):
            entry.motive = Motive.FINANCIAL
        elif entry.motive is None and not described.insider and (described.origin or entry.by):
            aim = re.search(r"\b(?:purpose|aim|goal|objective|intent)\b[^.]{0,30}\b(?:was|were|is|to)\b[^.]{0,40}", doc.text)
            for motive in ("espionage", "disruption", "ideology"):
                if (motives[motive].search(text) and not (motive == "espionage" and described.state)) or (
                    aim and motives[motive].search(aim.group())
                ):
                    entry.motive = Motive(motive)
                    break
            if entry.kind is ActorKind.NATION_STATE and incident.kind is IncidentKind.THEFT_OF_FUNDS and entry.motive is None:
                entry.motive = Motive.FINANCIAL
        self._described_again(entry, incident)

    _STATE = re.compile(
        r"\b(?:working for|on behalf of|sponsored by|backed by|government|state|military|intelligence|nation|linked to|tied to|ties to)\b"
    )

    _DOERS = re.compile(r"^(?:the|these|those) (?:\w+ )?(?:perpetrators|attackers|intruders|hackers|actors|culprits|spies)$", re.IGNORECASE)
    _MANNER = re.compile(r"\b(?:consistent with|hallmarks? of|typical of|in line with|bears? the marks? of)\b")

    @cached_property
    def _manners(self) -> list[tuple[int, re.Match[str]]]:
        """The sentences about "the perpetrators", with the words that tell their manner."""
        doc = self.doc
        told = ((s, self._MANNER.search(doc.sentence_text(s))) for s in range(len(doc.sentences)))
        return [(s, m) for s, m in told if m is not None and any(self._DOERS.match(doc.say(c)) for c in doc.chunks_in(*doc.sentences[s]))]

    def _described_again(self, entry: Attributed, incident: IncidentFound) -> None:
        """What a later sentence says of "the perpetrators": "whose objectives are consistent with state-sponsored espionage"."""
        doc = self.doc
        for sentence, manner in self._manners:
            if not incident.tells(sentence):
                continue
            text = doc.sentence_text(sentence)
            ground = self.reading.sentence_ground(sentence, "actor.manner")
            if entry.kind is None and re.search(r"\b(?:state|nation|government)-(?:state|sponsored|backed|linked)\b", text):
                entry.kind, entry.kind_ground = ActorKind.NATION_STATE, ground
            if entry.motive is None and words()["motives"]["espionage"].search(text):
                entry.motive, entry.motive_ground = Motive.ESPIONAGE, ground
            if entry.confidence is None:
                start = doc.words[doc.sentences[sentence][0]].start + manner.start()
                entry.confidence, entry.confidence_ground = manner.group(), Ground(start, start + len(manner.group()), "actor.manner")
            return

    # ── taking up ────────────────────────────────────────────────────────────────────────

    def _take_up(self) -> None:
        """Phrases such as "the group" or "a persona" that stand for the only named actor so far are places where it is spoken of."""
        doc = self.doc
        if not self.names.found:
            return
        named = list(self.names.found.values())
        for chunk in doc.chunks:
            noun = doc.words[doc.head(chunk)].lower
            low = doc.lower(chunk)
            if noun not in words()["again"] or any(self.names.covers(t) for t in range(*chunk)) or self.parties.heads(chunk):
                continue
            if len(named) == 1 and (low[0] in ("the", "this", "that") or noun in ("persona", "seller")):
                entry = named[0]
            elif low[0] in ("the", "this", "that"):
                sentence = doc.sentence_of(chunk[0])
                before = [
                    e for e in self.names.found.values() if any(s[0] < chunk[0] and sentence - doc.sentence_of(s[0]) <= 1 for s in e.spans)
                ]
                if len(before) != 1:
                    continue
                entry = before[0]
            else:
                continue
            if entry.person is not None and noun in words()["several"]:
                continue
            if noun in ("name", "account") or any(
                d.span == chunk and d.origin and d.weight == 3 and noun in words()["plain"] for d in self.described
            ):
                continue
            entry.again.append(chunk)
        again = {s for e in self.names.found.values() for s in e.again}
        self.described = [d for d in self.described if d.span not in again]
