"""What was taken or hit: phrases for kinds of data and things, the effect on them, whose they are and how many."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from functools import cache, cached_property

from kg.extraction import cues
from kg.extraction.affected import singular
from kg.extraction.analysis import Analysis, Clause, Span
from kg.extraction.asset_evidence import EFFECTS, PLAIN, Evidence, effect_features, group_of
from kg.extraction.asset_phrases import PEOPLE, AssetPhrase, kind_named, phrases, table
from kg.extraction.findings import Ground, IncidentFound, Reading, Taken
from kg.extraction.linear import Linear
from kg.extraction.numbers import CountMention
from kg.extraction.parties import Party
from kg.extraction.speech import Speeches
from kg.vocabulary import AssetKind, Effect, IncidentKind

_RANSOMWARE = re.compile(r"\bransomware\b|\bencrypt(?:ed|ing)\b", re.IGNORECASE)

_EFFECT_OF = (
    ("encrypt", Effect.ENCRYPTED),
    ("destroy", Effect.DESTROYED),
    ("sell", Effect.SOLD),
    ("publish", Effect.PUBLISHED),
    ("take", Effect.EXFILTRATED),
    ("alter", Effect.ALTERED),
    ("disrupt", Effect.UNAVAILABLE),
    ("expose", Effect.EXPOSED),
    ("view", Effect.VIEWED),
    ("intrude", Effect.ACCESSED),
)
_SYSTEMS = frozenset(
    [AssetKind.SYSTEMS, AssetKind.SERVICE, AssetKind.WEBSITE, AssetKind.EMBEDDED, AssetKind.SOFTWARE_UPDATE, AssetKind.ACCOUNT]
)


@cache
def _lists() -> dict[str, frozenset[str]]:
    """The word lists of ``cues/assets.yaml`` that steer the reading."""
    return {name: frozenset(str(w) for w in words) for name, words in cues.load("assets")["lists"].items()}


@cache
def _verbs() -> dict[str, Effect]:
    """Verbs and what follows them, by the effect that they have."""
    return {phrase: Effect(effect) for effect, phrases_ in cues.load("assets")["verbs"].items() for phrase in phrases_}


HIT = 0.45
"""From this probability on an asset is one that was hit; set by cross-validation (``tools/train_assets.py``)."""
_THEFT = re.compile(r"^(?:theft|thefts|heist|exfiltration|stealing|loss)$")
_LEAK = re.compile(r"^(?:leak|leaks|publication|dump|release|disclosure)$")
_ADVICE = re.compile(
    r"\b(?:please|you should|should (?:also )?(?:change|reset|use)|we (?:recommend|advise|urge|suggest)|"
    r"make sure|be (?:alert|wary|vigilant)|watch out)\b",
    re.IGNORECASE,
)
_DENIED_BEFORE = re.compile(r"\bneither\b[^.;]*$|\b(?:apart from|except(?: for)?|other than|excluding)\s+(?:\w+\s+){0,3}$", re.IGNORECASE)
_DENIED_AFTER = re.compile(
    r"(?:,? (?:or|and|nor)? ?[\w' -]+){0,3}? (?:(?:are|is|were|was|have|has|had|could|can|did|do|does)(?: been|"
    r" be)? (?:not|never)|(?:are|were|is|was|did|do|have|has|had|could)n['’]t|cannot|remain(?:ed|s)? (?:safe|"
    r"secure|intact|unaffected)|(?:is|are|was|were) (?:safe|intact|unaffected|secure))\b",
    re.IGNORECASE,
)
_DENIED_LIST = re.compile(
    r"^\W*(?:(?:what|among what) (?:was|is|were) (?:not|never)\b[^:]*:|nor (?:do|does|did|is|are|was|were|has|have|had|could|can)\b|"
    r"(?:not|never) (?:affected|taken|stolen|copied|exposed|included|involved|accessed|touched|stored|among them|part of it)\b|"
    r"(?:unaffected|untouched|safe|spared)(?: \w+)?(?:[:,]| (?:are|is|were|was)\b))",
    re.IGNORECASE,
)
_SPARED = re.compile(
    r"^(?:,? (?:or|and|nor)? ?[\w' -]+){0,4}? (?:(?:is|are|was|were|has been|have been) (?:spared|unaffected|"
    r"untouched|excluded|left alone|kept elsewhere)|"
    r"(?:stayed|stay|remained|remain) (?:hidden|out of reach|safe|untouched|protected)|"
    r"(?:sit|sits|lie|lies|are kept|is kept|are stored) elsewhere)\b",
    re.IGNORECASE,
)
_AMONG_LOOT = re.compile(
    r"^[^.;]{0,90}?\b(?P<how>(?:is|are|was|were|being)) (?:also |all )?(?:among|amongst|part of|included in|contained in|found in) "
    r"(?:the |its |their |what )?(?:[\w-]+ ){0,3}?(?P<what>stolen|compromised|taken|copied|exposed|leaked|published|accessed|"
    r"exfiltrated|haul|loot)\b",
    re.IGNORECASE,
)
_PERHAPS = re.compile(r"\b(?:potentially|possibly|perhaps|conceivably) \w+ing (?:[\w-]+ ){0,2}$", re.IGNORECASE)
_SEIZED = re.compile(r"\b(?:seized|confiscated|impounded|recovered|secured) (?:by|from|in|at|during)\b", re.IGNORECASE)
_COULD = re.compile(r"\b(?:may|might|could|potentially|possibly|at risk|not rule out)\b", re.IGNORECASE)
_DOWN_AFTER = re.compile(
    r"^[^.;:]{0,60}?(?:\b(?:is|are|was|were|be|been|remain\w*|stay\w*|stood|went|go|gone|fell|now|still) "
    r"(?:also |still |all |largely |partly )?"
    r"(?:down|offline|unavailable|unreachable|inaccessible|dark|silent|still|idle|out of (?:reach|service|action|order|use)|shut|"
    r"closed|suspended|halted|paraly[sz]ed|crippled|disrupted|interrupted|disabled|cut off|knocked out)|, out of (?:order|action|service)|"
    r"\b(?:stopped|ceased) (?:working|responding)|\bgave out|"
    r"\b(?:could|can) (?:not|no longer) be (?:reached|used|opened|accessed|filled|loaded))\b"
)
_DOWN_BEFORE = re.compile(
    r"\b(?:lost|lose|losing|without|outages? (?:at|of|in|on|to|for)|disrupt(?:ed|ing|s|ion of|ion to|ions to)|halt(?:ed|ing|s)?|"
    r"crippl(?:ed|ing|es)|paraly[sz](?:ed|ing|es)|knock(?:ed|ing)? (?:out|off|offline)|"
    r"(?:taken|took|take|bring|brought|put) (?:down|out|offline)|"
    r"suspend(?:ed|ing)|shut(?:ting)? down|interrupt(?:ed|ing|ion of|ion to)|cut off from|locked out of|unable to (?:use|reach|open)|"
    r"could not (?:use|reach|open|connect to|log in to|access)|no longer (?:use|reach|open)) "
    r"(?:(?!that|which|because|data|when)[\w'’-]+ ){0,4}?$"
)
_HARM = re.compile(
    r"\b(?:affected|concern(?:ed|s)|involv(?:ed|es)|compromised?|breach\w*|stolen|theft|exposed|hit|at risk|impacted|touched|"
    r"among (?:it|them|the data)|in (?:the |a )?(?:sample|set|file|files|database|archive|folders?|dump|records?))\b",
    re.IGNORECASE,
)
_TAKEN_OFF = re.compile(r"^(?: and [\w -]{1,30})? (?:off (?:the )?(?:net|internet|web|air|line)|offline|out of (?:service|action))\b")
_KIND_HITS: dict[IncidentKind, tuple[re.Pattern[str], AssetKind, Effect]] = {
    IncidentKind.RANSOMWARE: (_RANSOMWARE, AssetKind.SYSTEMS, Effect.ENCRYPTED),
    IncidentKind.DESTRUCTION: (
        re.compile(r"\b(?:wip(?:er|ed|es|ing)|destr(?:oyed|uctive|oying)|overwr(?:ote|itten)|unusable|bricked|erased)\b", re.IGNORECASE),
        AssetKind.SYSTEMS,
        Effect.DESTROYED,
    ),
    IncidentKind.DENIAL_OF_SERVICE: (
        re.compile(r"\b(?:DDoS|denial[- ]of[- ]service|junk traffic|flood(?:ed)?)\b", re.IGNORECASE),
        AssetKind.WEBSITE,
        Effect.UNAVAILABLE,
    ),
    IncidentKind.DEFACEMENT: (re.compile(r"\bdefac(?:ed|ement|ements|ing)\b", re.IGNORECASE), AssetKind.WEBSITE, Effect.ALTERED),
    IncidentKind.SABOTAGE: (
        re.compile(r"\b(?:outages?|shut down|halt(?:ed)?|paraly[sz]ed|knocked out|off the air|disrupt(?:ed|ion))\b", re.IGNORECASE),
        AssetKind.SYSTEMS,
        Effect.UNAVAILABLE,
    ),
}
_HIT = {
    IncidentKind.RANSOMWARE: Effect.ENCRYPTED,
    IncidentKind.SABOTAGE: Effect.UNAVAILABLE,
    IncidentKind.DESTRUCTION: Effect.DESTROYED,
    IncidentKind.DENIAL_OF_SERVICE: Effect.UNAVAILABLE,
}
_IMPLANT = re.compile(r"\b(?:web ?shells?|backdoors?|implants?|malware|firmware|infected|backdoored)\b", re.IGNORECASE)
_MISTAKE = re.compile(
    r"\b(?:mistake|mistakenly|inadvertent(?:ly)?|accidental(?:ly)?|in error|unintentional(?:ly)?|"
    r"erroneous(?:ly)?|wrong (?:person|people|address(?:es)?|recipients?|number)|human error|clerical error)\b",
    re.IGNORECASE,
)
_THEFT_NOUN = re.compile(
    r"\b(?:theft|stolen (?:data|files|records|information|documents|database|material|set|copy)|haul|loot|"
    r"copy of (?:a|the|its) (?:\w+ )?database)\b",
    re.IGNORECASE,
)
_SO_ARE = re.compile(r"^(?:so|as) (?:is|are|was|were)\b|\bas (?:were|was) ", re.IGNORECASE)
_CONTAINER = re.compile(
    r"\b(?:table|file|database|list|archive|copy|trove|cache|dump|sheet|set|spreadsheet|register|tape|disc|"
    r"disk)s?\b[^.;:]{0,40}\b(?:with|of|holding|containing)\b",
    re.IGNORECASE,
)
_PRONOUNS = frozenset(["it", "them", "that", "these", "there", "which"])
_OFPEOPLE = frozenset(
    [
        AssetKind.PERSONAL,
        AssetKind.CONTACT,
        AssetKind.MEDICAL,
        AssetKind.GENETIC,
        AssetKind.CALL_RECORDS,
        AssetKind.CREDENTIALS,
        AssetKind.INSURANCE,
        AssetKind.EMAIL,
        AssetKind.COMMUNICATIONS,
    ]
)
_COINS = frozenset(["BTC", "ETH", "XMR", "LTC", "USDT", "USDC"])
_DATA_WORD = re.compile(r"(?:data|information|details|records|particulars|files|database|accounts?|profiles?)", re.IGNORECASE)
_STOLEN = re.compile(
    r"\b(?:theft|stole|stolen|steal|heist|drained|siphoned|emptied|drawn|looted|made off|missing|moved out|hacked?|robbed|lost)\b",
    re.IGNORECASE,
)
_PLACED = re.compile(
    r"\b(?P<sale>for sale|up for auction|(?:at|an|opened an) auction)\b|\bon(?:to)? (?:(?:its|their|his|the|a|"
    r"an) )?(?:[\w-]+ ){0,2}?(?:internet|web|leak site|blog|forum|darknet|Tor page|Pastebin|Telegram|website|"
    r"site|paste site)\b",
    re.IGNORECASE,
)
_HEDGED = re.compile(r"\b(?:may|might|could|possibly|potentially|claim\w*|alleged\w*|boast\w*)\b", re.IGNORECASE)
_GENERAL_OF = {IncidentKind.DATA_LEAK: Effect.EXPOSED, IncidentKind.PHYSICAL_LOSS: Effect.EXPOSED, IncidentKind.DATA_BREACH: Effect.VIEWED}
_OF_SYSTEMS = frozenset([Effect.ENCRYPTED, Effect.DESTROYED, Effect.UNAVAILABLE, Effect.ALTERED])
_THINGS = frozenset(["systems", "service", "device", "account"])
"""Groups of assets of which the text must tell the effect, except in incidents whose kind is the effect."""
_RANSOM = re.compile(r"\b(?:ransom|demand\w*|price|pay|paid|asked|asking|reward|bounty|fine)\b", re.IGNORECASE)


def read(reading: Reading, speeches: Speeches) -> None:
    """Fill the assets of every incident."""
    _Reader(reading, speeches).run()


def candidates(reading: Reading, speeches: Speeches) -> list[tuple[int, str, str, dict[str, float], dict[str, dict[str, float]]]]:
    """For training: number of the incident, kind, words, features, and features of each effect, of every phrase for an asset."""
    reader = _Reader(reading, speeches)
    found = []
    for number, phrase, incident, general in reader.candidates():
        evidence = reader._evidence_of[id(phrase)]
        effects = {e.value: effect_features(phrase.kind, e, evidence, incident.kind, general) for e in EFFECTS}
        found.append((number, phrase.kind, phrase.words, reader.features(phrase, evidence, incident, general), effects))
    return found


class _Reader:
    def __init__(self, reading: Reading, speeches: Speeches) -> None:
        self.reading, self.speeches, self.doc = reading, speeches, reading.doc
        self._units: dict[tuple[Party, ...], Party | None] = {}
        self._places: dict[tuple[object, ...], list[tuple[int, int]]] = {}
        self.lists = _lists()
        self.counts_at: dict[int, CountMention] = {}
        for count in self.doc.counts:
            if not count.share:
                self.counts_at[self.doc.tokens(count.start, count.end)[0]] = count
        self.found: list[AssetPhrase] = []
        self.victims = {id(v.party) for i in reading.incidents for v in i.victims if v.party}

    def candidates(self) -> Iterator[tuple[int, AssetPhrase, IncidentFound, Effect | None]]:
        """Each incident, by number, with each phrase for an asset where it is told of, and what was done to data in general."""
        self.found = [p for p in phrases(self.reading) if not self._denied_here(p)]
        self._evidence_of = {id(p): self.evidence(p) for p in self.found}
        for number, incident in enumerate(self.reading.incidents):
            general = self._general_effect(incident)
            titles, bodies = self.titles
            for phrase in self.found:
                if id(phrase) in titles and phrase.kind in bodies:
                    continue
                sentence = self.doc.sentence_of(phrase.span[0])
                if incident.tells(sentence) and (incident.victims or incident.actors or incident.kind):
                    yield number, phrase, incident, general

    @cached_property
    def titles(self) -> tuple[set[int], set[str]]:
        """The phrases that stand in headings, and the kinds that stand elsewhere: a heading adds nothing to these."""
        at = {id(p): self.doc.sentence_of(p.span[0]) in self.doc.headings for p in self.found}
        return {key for key, title in at.items() if title}, {p.kind for p in self.found if not at[id(p)]}

    def run(self) -> None:
        entries: list[list[Taken]] = [[] for _ in self.reading.incidents]
        for number, phrase, incident, general in self.candidates():
            if (taken := self._taken(phrase, incident, general)) is not None:
                entries[number].append(taken)
        for incident, mine in zip(self.reading.incidents, entries, strict=True):
            incident.assets = self._completed(incident, _pruned(mine))

    def _taken(self, phrase: AssetPhrase, incident: IncidentFound, general: Effect | None) -> Taken | None:
        evidence = self._evidence_of[id(phrase)]
        kind = kind_named(phrase.kind)
        model = Linear.bundled("assets")
        likely = model.probability("hit", self.features(phrase, evidence, incident, general))
        if likely < HIT:
            return None
        rated = {e: model.probability("effect", effect_features(phrase.kind, e, evidence, incident.kind, general)) for e in EFFECTS}
        plain = [e for e in EFFECTS if evidence.said.get(e, {}).keys() & PLAIN]
        effect = max(plain or EFFECTS, key=lambda e: rated[e])
        if group_of(phrase.kind) in _THINGS and incident.kind not in _KIND_HITS and effect not in evidence.said:
            return None
        if group_of(phrase.kind) in ("systems", "service") and effect not in _OF_SYSTEMS:
            return None
        owner, words = self._owner(phrase, incident)
        ground = self.reading.ground(*phrase.span, "asset.phrase", likely)
        return Taken(kind, phrase.words, ground, effect, evidence.ground(effect), owner, words, self._count(phrase))

    def features(self, phrase: AssetPhrase, evidence: Evidence, incident: IncidentFound, general: Effect | None) -> dict[str, float]:
        """What the text says of a phrase, for the model that judges whether it names what was hit."""
        doc = self.doc
        token = phrase.span[0]
        sentence = doc.sentence_of(token)
        a, b = doc.sentences[sentence]
        group = group_of(phrase.kind)
        near = [p for p in self.found if a <= p.span[0] < b and p is not phrase]
        sharp = {p.kind for p in near if p.kind in self.lists["sharp"]}
        names = evidence.names() | self._doubts(phrase)
        chunk = doc.chunk_at(token) or phrase.span
        owners = self.reading.parties.owners(chunk)
        text = doc.sentence_text(sentence)
        for name, holds in (
            ("listing", evidence.listing),
            ("in a list", len(near) > 1),
            ("beside data", phrase.kind in self.lists["sharp"] and bool(sharp - {phrase.kind})),
            ("listed", self._listed(phrase)),
            ("counted", self._own_count(phrase) is not None),
            ("of people", bool(PEOPLE.search(doc.text[doc.words[phrase.span[1] - 1].end : doc.words[phrase.span[1] - 1].end + 40]))),
            ("harm", bool(_HARM.search(text))),
            ("stolen", bool(_STOLEN.search(text))),
            ("ransom", bool(_RANSOM.search(text))),
            ("hedged", bool(_HEDGED.search(text))),
            ("general", general is not None),
            ("nothing said", not evidence.names()),
            ("heading", sentence in doc.headings),
            ("early", sentence < 3),
            ("late", sentence >= max(4, len(doc.sentences) * 2 // 3)),
            ("quoted", doc.in_quote(doc.words[token].start)),
            ("of a victim", any(id(p) in self.victims for p in owners)),
            ("of another", bool(owners) and not any(id(p) in self.victims for p in owners)),
            ("often", sum(p.kind == phrase.kind for p in self.found) > 2),
            ("question", text.rstrip().endswith("?")),
            ("name", phrase.words[:1].isupper() and token > a),
            ("singular", phrase.words.lower() in table()[1] and not phrase.words.lower().endswith("s")),
            ("with a/an", doc.words[chunk[0]].lower in ("a", "an")),
        ):
            if holds:
                names.add(name)
        clause = doc.clause_at(token)
        if clause is not None:
            names.add(f"clause:{clause.lemma}" if clause.lemma in ("be", "have", "use", "say") else "clause:other")
        found = dict.fromkeys(names, 1.0)
        found |= {f"{group}:{name}": 1.0 for name in names}
        found[f"kind:{phrase.kind}"] = 1.0
        found[f"word:{phrase.words.lower()}"] = 1.0
        if incident.kind is not None:
            found[f"{incident.kind.value}:{group}"] = 1.0
        return found

    def _listed(self, phrase: AssetPhrase) -> bool:
        """Whether a sharp kind of data stands in a sentence that can only tell what was taken: a list of data without a verb of its own."""
        doc = self.doc
        sentence = doc.sentence_of(phrase.span[0])
        near = [c for s in (sentence, sentence - 1) if s >= 0 for c in doc.clauses_in(s)]
        clause = doc.clause_at(phrase.span[0])
        own = self._own_count(phrase)
        if own is not None:
            return True
        if clause is not None and any(
            p in ("in", "among", "on") and set(doc.lower(span)) & (self.lists["data_nouns"] | _PRONOUNS)
            for p, spans in clause.adjuncts
            for span in spans
        ):
            return True
        before = doc.text[doc.words[doc.sentences[sentence][0]].start : doc.words[phrase.span[0]].start]
        if _SO_ARE.search(before) or _CONTAINER.search(before):
            return True
        if self._in_list(phrase):
            return True
        if clause is None or clause.lemma not in self.lists["listing"]:
            return False
        return any(self._of_clause(c) for c in near) or any(w in self.lists["data_nouns"] for s in clause.subject for w in doc.lower(s))

    def _in_list(self, phrase: AssetPhrase) -> bool:
        """Whether a phrase stands beside another kind of people's data in a list, in a text or sentence that tells of harm to people."""
        a, b = self.doc.sentences[self.doc.sentence_of(phrase.span[0])]
        beside = {p.kind for p in self.found if a <= p.span[0] < b and p.kind in self.lists["sharp"]}
        return len(beside) > 1 and bool(_HARM.search(self.doc.sentence_text(self.doc.sentence_of(phrase.span[0]))))

    def _completed(self, incident: IncidentFound, found: list[Taken]) -> list[Taken]:
        """What the whole tells: no files beside sharper kinds, systems hit by kind of incident, people's number for their data."""
        kinds = {t.kind for t in found}
        if AssetKind.CONTACT in kinds:
            found = [t for t in found if not (t.kind is AssetKind.PERSONAL and singular(t.words.lower()) in ("name", "address"))]
        if kinds & {AssetKind.CALL_RECORDS, AssetKind.GENETIC, AssetKind.EMAIL, AssetKind.COMMUNICATIONS}:
            found = [t for t in found if not (t.kind is AssetKind.PERSONAL and _DATA_WORD.fullmatch(t.words))]
        if kinds - _SYSTEMS - {AssetKind.DOCUMENTS, AssetKind.INTERNAL, AssetKind.CREDENTIALS, AssetKind.ACCOUNT}:
            found = [t for t in found if t.kind is not AssetKind.DOCUMENTS or "document" in t.words.lower()]
        if not any(t.kind in _SYSTEMS and t.kind not in (AssetKind.SERVICE, AssetKind.WEBSITE) for t in found):
            found.extend(self._hit_systems(incident))
        people = [a.count for a in incident.affected if a.count is not None and a.count.value and PEOPLE.search(a.description)]
        if people:
            most = max(people, key=lambda c: c.value or 0)
            if incident.kind in (
                IncidentKind.DATA_BREACH,
                IncidentKind.DATA_LEAK,
                IncidentKind.PHYSICAL_LOSS,
                IncidentKind.INSIDER,
                IncidentKind.EXTORTION,
                None,
            ) and not any(t.kind in _OFPEOPLE for t in found):
                ground = Ground(most.start, most.unit_end or most.end, "asset.people", 0.5)
                effect = self._general_effect(incident) or Effect.VIEWED
                found.append(
                    Taken(
                        AssetKind.PERSONAL,
                        self.doc.text[ground.start : ground.end],
                        ground,
                        effect,
                        None,
                        next((v.party for v in incident.victims if v.party), None),
                        None,
                        most,
                    )
                )
            main = next((t for t in found if t.kind is AssetKind.PERSONAL), next((t for t in found if t.kind not in _SYSTEMS), None))
            if main is not None and main.count is None and not any(t.count is not None and t.count.start == most.start for t in found):
                main.count = most
        else:
            main = next((t for t in found if t.kind is AssetKind.PERSONAL), next((t for t in found if t.kind not in _SYSTEMS), None))
            if main is not None and main.count is None:
                main.count = self._records(incident)
        seen: set[int] = set()
        for taken in found:
            if taken.count is not None:
                if taken.count.start in seen:
                    taken.count = None
                else:
                    seen.add(taken.count.start)
        return found

    def _records(self, incident: IncidentFound) -> CountMention | None:
        """The number of records that a text gives where it gives none of people."""
        found = [
            c
            for c in self.counts_at.values()
            if c.unit and c.value and c.value > 50 and not c.currency and re.search(r"\b(?:records?|rows|entries|accounts?)\b", c.unit)
        ]
        found = [
            c
            for c in found
            if incident.tells(self.doc.sentence_of(self.doc.tokens(c.start, c.end)[0]))
            and not self.speeches.is_negated(self.doc.tokens(c.start, c.end)[0])
        ]
        return max(found, key=lambda c: c.value or 0, default=None)

    def _stolen(self, phrase: AssetPhrase) -> bool:
        text = self.doc.sentence_text(self.doc.sentence_of(phrase.span[0]))
        return bool(_STOLEN.search(text)) and not _RANSOM.search(text)

    def _hit_systems(self, incident: IncidentFound) -> list[Taken]:
        """The systems that ransomware encrypted or a wiper destroyed, where the text does not name them in a phrase of its own."""
        cue = _KIND_HITS.get(incident.kind) if incident.kind else None
        if cue is None or re.search(r"not encrypted|without encrypt", self.doc.text):
            return []
        at = next(
            (m for m in cue[0].finditer(self.doc.text) if incident.tells(self.doc.sentence_of(self.doc.tokens(m.start(), m.end())[0]))),
            None,
        )
        if at is None:
            return []
        owner = next((v.party for v in incident.victims if v.party), None)
        return [Taken(cue[1], at.group(), Ground(at.start(), at.end(), "asset.kind", 0.6), cue[2], None, owner)]

    # what is no asset

    def _denied_here(self, phrase: AssetPhrase) -> bool:
        """Whether the text says that nothing happened to what a phrase names."""
        down = self._down(phrase) if phrase.kind in ("systems", "service", "website") else None
        if down is not None and re.search(r"\b(?:not|no longer|unable)\b", self.doc.text[down.start : down.end]):
            return False
        if self._negated(phrase.span[0]) or self._denied(phrase):
            return True
        chunk = self.doc.chunk_at(phrase.span[0]) or phrase.span
        return self.doc.words[chunk[0]].lower in ("no", "any", "neither", "nor", "without") and chunk[0] <= phrase.span[0]

    def _doubts(self, phrase: AssetPhrase) -> set[str]:
        """What speaks against a phrase's being loot: it is a lure, a means, advice, what somebody changes or sends."""
        doc, lists = self.doc, self.lists
        token = phrase.span[0]
        found = set()
        chunk = doc.chunk_at(token) or phrase.span
        if "other" in doc.lower((chunk[0], token)):
            found.add("other")
        low = doc.lower((chunk[0], phrase.span[1]))
        if lists["attack_words"] & set(low):
            found.add("attack word")
        head = doc.head(chunk)
        if not token <= head < phrase.span[1]:
            found.add("group head" if cues.nouns().has("group", [doc.words[head].lower]) else "no head")
        if any(w in lists["lures"] for w in low):
            found.add("lure")
        clause = doc.clause_at(token)
        if (
            clause is not None
            and clause.lemma in lists["sending"]
            and (clause.group[0] < token or clause.passive or doc.words[clause.verb].pos == "VBN")
        ):
            found.add("sent")
        if phrase.kind in lists["instruments"] and self._instrument(chunk):
            found.add("instrument")
        text = doc.sentence_text(doc.sentence_of(token))
        if _ADVICE.search(text):
            found.add("advice")
        start = doc.words[doc.sentences[doc.sentence_of(token)][0]].start
        if _PERHAPS.search(doc.text[start : doc.words[token].start]):
            found.add("perhaps")
        if _SEIZED.search(text):
            found.add("seized")
        if clause is not None and clause.lemma in lists["not_taken_by"]:
            found.add("not taken by")
        return found

    def _negated(self, token: int) -> bool:
        """Whether what stands at a token is said not to be so; what a later verb acts on is not touched by a "not" before it."""
        if any(a <= token < b for a, b in self.speeches.negated):
            return True
        for clause in self.doc.clauses_in(self.doc.sentence_of(token)):
            if clause.group[0] > token and not clause.negated and any(s[0] <= token < s[1] for s in clause.subject):
                return False
        return self.speeches.is_negated(token)

    def _denied(self, phrase: AssetPhrase) -> bool:
        """ "Neither merchant data nor PINs", "X are not part of it": a denial around the phrase that no negated verb shows."""
        doc = self.doc
        a, b = doc.sentences[doc.sentence_of(phrase.span[0])]
        for k in range(phrase.span[0] - 1, a - 1, -1):
            word = doc.words[k]
            if word.lower in ("no", "neither", "nor", "without"):
                return True
            if (word.pos.startswith(("V", "MD")) and doc.chunk_of[k] < 0) or word.lower in (
                "but",
                ";",
                ":",
                "that",
                "which",
                "while",
                "although",
                "said",
            ):
                break
        before = doc.text[doc.words[a].start : doc.words[phrase.span[0]].start]
        after = doc.text[doc.words[phrase.span[1] - 1].end : doc.words[b - 1].end]
        if _DENIED_LIST.match(before) or _SPARED.match(after):
            return True
        return bool(_DENIED_BEFORE.search(before) or _DENIED_AFTER.match(after))

    def _instrument(self, chunk: Span) -> bool:
        """Whether a phrase names what the intruders worked with: "with stolen credentials", "whose password they used"."""
        doc = self.doc
        before = doc.words[chunk[0] - 1].lower if chunk[0] else ""
        further = doc.words[chunk[0] - 2].lower if chunk[0] > 1 else ""
        after = doc.lower((chunk[1], min(len(doc.words), chunk[1] + 1)))
        if (after and after[0] in ("found", "taken", "stolen", "obtained")) or (
            self._qualified(chunk) and doc.words[doc.head(chunk)].lower in ("key", "keys", "certificate", "certificates")
        ):
            return False
        if before in self.lists["by_means_of"] and not (before == "with" and singular(further) in self.lists["data_nouns"]):
            return True
        following = doc.lower((chunk[1], min(len(doc.words), chunk[1] + 4)))
        return bool({"used", "bought", "purchased"} & set(following)) and "," not in following

    # the effect

    def _general_effect(self, incident: IncidentFound) -> Effect | None:
        votes: Counter[Effect] = Counter()
        for clause in self.doc.clauses:
            if not incident.tells(clause.sentence) or clause.lemma in self.lists["weak"]:
                continue
            effect = self._of_clause(clause)
            if effect is not None:
                votes[effect] += 1
        if any(incident.tells(self.doc.sentence_of(self.doc.tokens(m.start(), m.end())[0])) for m in _THEFT_NOUN.finditer(self.doc.text)):
            votes[Effect.EXFILTRATED] += 1
        order = [Effect.EXFILTRATED, Effect.PUBLISHED, Effect.SOLD, Effect.VIEWED, Effect.EXPOSED]
        if incident.kind is IncidentKind.DATA_LEAK:
            order = [Effect.PUBLISHED, Effect.EXPOSED, Effect.EXFILTRATED, Effect.SOLD, Effect.VIEWED]
        for effect in order:
            if votes[effect]:
                return effect
        if incident.kind in _GENERAL_OF:
            return _GENERAL_OF[incident.kind]
        return None

    def _qualified(self, span: Span) -> Effect | None:
        _, _, _, effects = table()
        for word in self.doc.lower(span):
            if word in effects and word not in ("encrypted", "locked", "deleted", "read", "hidden"):
                return Effect(effects[word])
        return None

    def evidence(self, phrase: AssetPhrase) -> Evidence:
        """What is said to have been done to an asset, by effect and by where it is said, with the words."""
        doc, reading = self.doc, self.reading
        token = phrase.span[0]
        found = Evidence()
        chunk = doc.chunk_at(token)
        if chunk and (effect := self._qualified(chunk)):
            found.add(effect, "qualified", reading.ground(*chunk, "effect.qualified"))
        sentence = doc.sentence_of(token)
        found.hedged = bool(_COULD.search(doc.sentence_text(sentence)))
        clauses = doc.clauses_in(sentence)
        if chunk and chunk[0] >= 2 and doc.words[chunk[0] - 1].lower in ("of", "in"):
            before = doc.chunk_at(chunk[0] - 2)
            noun = doc.words[doc.head(before)].lower if before else ""
            if before and _THEFT.match(noun):
                found.add(Effect.EXFILTRATED, "noun", reading.ground(*before, "effect.noun"))
            if before and _LEAK.match(noun):
                found.add(Effect.PUBLISHED, "noun", reading.ground(*before, "effect.noun"))
        if phrase.kind in ("systems", "service", "website") and (down := self._down(phrase)) is not None:
            found.add(Effect.UNAVAILABLE, "down", down)
        acting = []
        for number, clause in enumerate(clauses):
            effect = self._of_clause(clause)
            if effect is None:
                continue
            joined = (
                number > 0
                and doc.words[clause.verb].pos in ("VBN", "VBD")
                and not clause.object
                and clauses[number - 1].passive
                and clause.subject == clauses[number - 1].subject
            )
            acted = _without_other_clause(doc, clause.patient) + (clause.subject if joined else []) + self._misread(clause)
            adjuncts = [s for preposition, spans in clause.adjuncts if preposition in self.lists["governing"] for s in spans]
            ground = reading.ground(*clause.group, "effect.verb")
            if any(self._covers(span, token) for span in acted):
                acting.append(effect)
                found.add(effect, "entered" if effect is Effect.ACCESSED else "direct", ground)
            elif any(self._covers(span, token) for span in adjuncts):
                acting.append(effect)
                found.add(effect, "governed", ground)
            elif clause.lemma not in self.lists["weak"]:
                after = clause.group[0] >= token
                told = clause.classes & {"take", "view", "publish", "sell", "expose"} if not after else clause.passive
                ground.rule = "effect.sentence"
                found.add(effect, ("after" if after else "before") + ("" if told else " weakly"), ground)
        if acting:
            found.add(min(acting, key=_rank), "strongest", None)
        tail = doc.text[doc.words[phrase.span[1] - 1].end : doc.words[doc.sentences[sentence][1] - 1].end]
        by_means = doc.words[(chunk or phrase.span)[0] - 1].lower in self.lists["by_means_of"] if token else False
        if not by_means and (among := _AMONG_LOOT.match(tail)):
            effect = Effect(table()[3].get(among["what"].lower(), "exfiltrated"))
            end = doc.words[phrase.span[1] - 1].end
            found.add(effect, "direct", Ground(end + among.start("how"), end + among.end(), "effect.among"))
        following = self._next(token, clauses)
        if following is not None and (effect := self._of_clause(following)):
            found.add(effect, "next", reading.ground(*following.group, "effect.next"))
        place = _PLACED.search(doc.sentence_text(sentence))
        if place and phrase.kind not in ("systems", "service", "website", "device", "money", "cryptocurrency"):
            start = doc.words[doc.sentences[sentence][0]].start + place.start()
            effect = Effect.SOLD if place["sale"] else Effect.PUBLISHED
            found.add(effect, "place", Ground(start, start + len(place.group()), "effect.place"))
        listing = doc.clause_at(token)
        if listing is not None and listing.lemma in self.lists["listing"] and listing.group[0] < token:
            found.listing = True
            for span in listing.subject:
                if effect := self._qualified(span):
                    found.add(effect, "listed", reading.ground(*span, "effect.listed"))
        for s, name in ((sentence - 1, "sentence before"), (sentence - 2, "two before"), (sentence + 1, "sentence after")):
            if 0 <= s < len(doc.sentences) and s not in doc.headings:
                for clause in doc.clauses_in(s):
                    if clause.lemma not in self.lists["weak"] and (effect := self._of_clause(clause)):
                        found.add(effect, name, reading.ground(*clause.group, "effect.before"))
        return found

    def _down(self, phrase: AssetPhrase) -> Ground | None:
        """The words around a system or service that say that it cannot be used."""
        doc = self.doc
        a, b = doc.sentences[doc.sentence_of(phrase.span[0])]
        start, end = doc.words[phrase.span[0]].start, doc.words[phrase.span[1] - 1].end
        before, after = doc.text[doc.words[a].start : start], doc.text[end : doc.words[b - 1].end]
        match = _TAKEN_OFF.match(after)
        if match and re.search(r"\b(?:t[ao]ken?|took|knock\w*|put|pulled|brought) [^.;,]{0,60}$", before):
            return Ground(end, end + match.end(), "effect.down")
        match = _DOWN_AFTER.match(after)
        if match and not re.search(r"\b(?:not|no|never|if|may|could be|that|which|said)\b", re.sub(r"no longer|not be", "", match.group())):
            return Ground(end, end + match.end(), "effect.down")
        match = _DOWN_BEFORE.search(before)
        if match and not re.search(r"\b(?:not|no|never|without|if)\b", before[max(0, match.start() - 20) : match.start()]):
            return Ground(start - len(before) + match.start(), start, "effect.down")
        return None

    def _misread(self, clause: Clause) -> list[Span]:
        """The object of a past tense that looks like a participle: "an attack on Sunday encrypted its servers"."""
        doc = self.doc
        if not clause.passive or clause.group[1] - clause.group[0] > 1 or clause.group[1] >= len(doc.words):
            return []
        behind = doc.chunk_at(clause.group[1])
        return doc.coordinated(behind) if behind and behind[0] == clause.group[1] else []

    def _next(self, token: int, clauses: list[Clause]) -> Clause | None:
        """The finite passive whose list of subjects a phrase stands in: "a laptop and a document naming employees were stolen"."""
        doc = self.doc
        before = [c for c in clauses if c.group[0] < token]
        if before and (before[-1].object or before[-1].lemma == "be") and doc.words[before[-1].verb].pos != "VBG":
            return None
        for clause in clauses:
            if clause.group[0] < token or doc.words[clause.verb].pos == "VBG":
                continue
            if not clause.passive or clause.group[1] - clause.group[0] < 2:
                return None
            between = doc.lower((token, clause.group[0]))
            return None if set(between) & {"that", "which", "who", ";", "while", "when", "after", "because", "but", ":", "said"} else clause
        return None

    def _covers(self, span: Span, token: int) -> bool:
        return any(link[0] <= token < link[1] for part in self.doc.coordinated(span) for link in self.doc.of_chain(part))

    def _of_clause(self, clause: Clause) -> Effect | None:
        """What a clause does to its object; ``None`` if it is negated, only feared or threatened, or an act of the victim itself."""
        doc = self.doc
        if clause.lemma == "work":
            return Effect.UNAVAILABLE if clause.negated and any(cues.nouns().has("system", doc.lower(s)) for s in clause.subject) else None
        if clause.negated or self.speeches.is_negated(clause.verb):
            return None
        said = self._by_phrase(clause)
        if said is not None:
            return None if self._unreal(clause) else said
        bare = doc.words[clause.verb].pos in ("VBN", "VBD")
        if not (clause.passive or clause.object or clause.adjuncts or "disrupt" in clause.classes or bare):
            return None
        if clause.lemma == "lose" and any(PEOPLE.search(doc.say(s)) for s in clause.subject):
            return None
        if clause.lemma in ("put", "place", "post") and _PLACED.search(doc.say((clause.group[0], max(clause.end, clause.group[1])))):
            return Effect.PUBLISHED
        if clause.lemma in ("hijack", "take over", "commandeer", "rename"):
            return Effect.ALTERED if any("account" in w for s in clause.patient for w in doc.lower(s)) else Effect.EXFILTRATED
        if clause.lemma == "expose" and clause.passive:
            return None if self._unreal(clause) else Effect.EXPOSED
        for name, effect in _EFFECT_OF:
            if name == "take" and "disrupt" in clause.classes:
                continue
            if name in clause.classes:
                mistake = bool(_MISTAKE.search(doc.sentence_text(clause.sentence)))
                if (
                    name == "publish"
                    and not mistake
                    and clause.lemma not in ("leak", "expose", "dump", "spill")
                    and not clause.passive
                    and self._own_act(clause)
                ):
                    return None
                if (
                    name in ("publish", "expose", "take", "sell")
                    and self._own_act(clause)
                    and _MISTAKE.search(doc.sentence_text(clause.sentence))
                ):
                    return Effect.EXPOSED
                if self._unreal(clause) or (name in ("take", "view", "sell", "encrypt", "destroy", "alter") and self._own_act(clause)):
                    return None
                return effect
        return None

    def _by_phrase(self, clause: Clause) -> Effect | None:
        """The effect that a verb has together with the word after it ("got at", "turned up"), or with "access" as its object."""
        doc = self.doc
        word = doc.words[clause.verb].lower
        after = doc.words[clause.verb + 1].lower if clause.verb + 1 < len(doc.words) else ""
        verbs = _verbs()
        for key in (f"{clause.lemma} {after}", f"{word} {after}", word):
            if key in verbs:
                return verbs[key]
        if (
            clause.object
            and clause.lemma in ("gain", "obtain", "have", "win", "get", "acquire")
            and doc.words[doc.head(clause.object[0])].lower == "access"
        ):
            return Effect.VIEWED
        if (
            clause.passive
            and clause.lemma in ("send", "transmit", "upload")
            and any(
                p == "to"
                and any(
                    w in ("server", "servers", "machine", "address", "domain", "host", "attackers", "hackers", "intruders")
                    for s in spans
                    for w in doc.lower(s)
                )
                for p, spans in clause.adjuncts
            )
        ):
            return Effect.EXFILTRATED
        return None

    def _unreal(self, clause: Clause) -> bool:
        """ "threatened to publish", "tried to encrypt": not said to have happened."""
        doc = self.doc
        k = clause.group[0] - 1
        if k < 0 or doc.words[k].lower != "to":
            return False
        before = [c for c in doc.clauses_in(clause.sentence) if c.verb < k]
        return bool(before) and (before[-1].lemma in self.lists["not_done"])

    def _own_act(self, clause: Clause) -> bool:
        """An act of an organization that speaks of itself: "the company copied", "we removed"."""
        spans = clause.agent if clause.passive else clause.subject
        for span in spans:
            head = self.doc.words[self.doc.head(span)].lower
            if head in self.lists["own_people"]:
                return True
            if head in ("it", "they") or cues.nouns().has("actor", self.doc.lower(span)):
                continue
            if any(p.kind == "organization" for p in self.reading.parties.heads(span)):
                return True
        return False

    # how many, whose

    def _own_count(self, phrase: AssetPhrase) -> CountMention | None:
        """The number right before the phrase: "8.6 million encrypted payment cards"."""
        doc = self.doc
        chunk = doc.chunk_at(phrase.span[0]) or phrase.span
        coins = phrase.kind == "cryptocurrency"
        for t in range(max(0, chunk[0] - 3), phrase.span[0] + 1):
            count = self.counts_at.get(t)
            if (
                count is None
                or (doc.tokens(count.start, count.end)[1] > phrase.span[0] and not coins)
                or doc.tokens(count.start, count.end)[1] > phrase.span[1]
            ):
                continue
            if re.search(r"[,;]|\band\b", doc.text[count.end : doc.words[phrase.span[0]].start]):
                continue
            if coins and (count.currency is None or count.currency in _COINS):
                return count
            if (
                count.currency is None
                and not coins
                and not (count.value == 1 or (phrase.kind == "government_id" and "digits" in (count.unit or "")))
            ):
                return count
        return None

    def _count(self, phrase: AssetPhrase) -> CountMention | None:
        """The number right before the phrase, or that of the people whose data it is ("card numbers for 209,000 consumers")."""
        doc = self.doc
        own = self._own_count(phrase)
        if own is not None or phrase.kind == "cryptocurrency":
            return own
        chunk = doc.chunk_at(phrase.span[0]) or phrase.span
        for part in _same_list(doc, doc.coordinated(chunk)):
            for link in doc.of_chain(part)[:3]:
                end = link[1]
                if end + 1 < len(doc.words) and doc.words[end].lower in ("of", "for", "on", "about", "from", "belonging", "concerning"):
                    for t in range(end + 1, min(end + 6, len(doc.words))):
                        count = self.counts_at.get(t)
                        if count is not None and count.currency is None and count.unit and PEOPLE.search(count.unit):
                            return count
        return None

    def _owner(self, phrase: AssetPhrase, incident: IncidentFound) -> tuple[Party | None, str | None]:
        doc, parties = self.doc, self.reading.parties
        victims = [v.party for v in incident.victims if v.party]
        chunk = doc.chunk_at(phrase.span[0])
        if chunk:
            for link in doc.of_chain(chunk):
                possessor = doc.possessor(link)
                if possessor and doc.words[possessor[1] - 1].lower in self.lists["customers"] and phrase.kind in self.lists["of_customers"]:
                    return None, doc.say(possessor)
            for party in parties.owners(chunk):
                if party in victims:
                    return party, None
        if not victims:
            return None, None
        clause = doc.clause_at(phrase.span[0])
        if clause and phrase.kind in self.lists["of_customers"]:
            for preposition, spans in clause.adjuncts:
                for span in spans:
                    held = doc.of_chain(span)[-1]
                    if preposition in ("from", "of", "belonging") and doc.words[doc.head(held)].lower in self.lists["customers"]:
                        return None, doc.say((span[0], held[1]))
        if clause:
            for preposition, spans in clause.adjuncts:
                if preposition in ("from", "of", "at", "belonging"):
                    for span in spans:
                        for party in (*parties.heads(span), *parties.owners(span)):
                            if party in victims:
                                return party, None
        unit = self._unit(victims)
        if unit:
            return unit, None
        if len(victims) > 1:
            a, _ = doc.sentences[doc.sentence_of(phrase.span[0])]
            near = self._last(victims, a, phrase.span[0], True)
            if near:
                return near, None
            if phrase.kind in ("software_update", "device", "systems"):
                earlier = self._last(victims, 0, a, False)
                if earlier:
                    return earlier, None
        return victims[0], None

    def _unit(self, victims: list[Party]) -> Party | None:
        """The first victim that the text calls a unit of another."""
        key = tuple(victims)
        if key not in self._units:
            words, units = self.doc.words, ("unit", "subsidiary", "arm", "division", "business")
            self._units[key] = next((p for p in victims if any(words[m.chunk[1] - 1].lower in units for m in p.mentions)), None)
        return self._units[key]

    def _last(self, victims: list[Party], first: int, end: int, headings: bool) -> Party | None:
        """The victim mentioned last from a token on and before another, in headings too or not."""
        key = (headings, *victims)
        if key not in self._places:
            doc = self.doc
            told = [(m.span[0], -n) for n, p in enumerate(victims) for m in p.mentions]
            self._places[key] = sorted(t for t in told if headings or doc.sentence_of(t[0]) not in doc.headings)
        places = self._places[key]
        at = bisect_left(places, (end, -len(victims))) - 1
        return victims[-places[at][1]] if at >= 0 and places[at][0] >= first else None


def _pruned(found: list[Taken]) -> list[Taken]:
    """One entry a kind, with its strongest effect; entries of one kind that have numbers of their own stay apart."""
    best: dict[AssetKind, list[Taken]] = {}
    for taken in found:
        known = best.setdefault(taken.kind, [])
        if taken.kind is AssetKind.SOFTWARE_UPDATE and known and not any(k.owner is taken.owner for k in known):
            known.append(taken)
            continue
        value = taken.count.value if taken.count else None
        same = next((k for k in known if value is None or k.count is None or k.count.value == value), None)
        if same is None:
            known.append(taken)
            continue
        keep, other = (same, taken) if _rank(same.effect) <= _rank(taken.effect) else (taken, same)
        if keep.count is None:
            keep.count = other.count
        if singular(keep.words.lower()) in ("name", "address"):
            keep.words, keep.ground = other.words, other.ground
        known[known.index(same)] = keep
    return [t for entries in best.values() for t in entries]


def _before(taken: Taken) -> tuple[bool, int]:
    """What goes first of two entries of one kind: one of which the text tells the effect itself, then the graver effect."""
    weak = taken.effect_ground is None or taken.effect_ground.rule in ("effect.sentence", "effect.before", "effect.place")
    return weak, _rank(taken.effect)


def _without_other_clause(doc: Analysis, spans: list[Span]) -> list[Span]:
    """Two phrases joined by ", and" are most often the end of one clause and the beginning of the next: only the last is kept."""
    if len(spans) == 2 and doc.lower((spans[0][1], spans[1][0])) == [",", "and"]:
        return spans[1:]
    return list(spans)


def _same_list(doc: Analysis, spans: list[Span]) -> list[Span]:
    """The phrases of an enumeration without what ", and" adds to a single one."""
    if len(spans) == 2 and doc.lower((spans[0][1], spans[1][0])) == [",", "and"]:
        return spans[:1]
    return spans


_ORDER = [
    Effect.PUBLISHED,
    Effect.SOLD,
    Effect.EXFILTRATED,
    Effect.ENCRYPTED,
    Effect.DESTROYED,
    Effect.ALTERED,
    Effect.UNAVAILABLE,
    Effect.EXPOSED,
    Effect.VIEWED,
]


def _rank(effect: Effect | None) -> int:
    return _ORDER.index(effect) if effect in _ORDER else len(_ORDER)
