"""When it happened, when the victim noticed, when it became known: each date goes to the clause that it stands in."""

from __future__ import annotations

import re
from datetime import date

from kg.extraction.analysis import Clause
from kg.extraction.dates import DateMention
from kg.extraction.findings import Ground, IncidentFound, Reading, When
from kg.extraction.linear import Linear
from kg.extraction.speech import Speeches

THRESHOLDS = {"happened": 0.4, "discovered": 0.4, "disclosed": 0.4}
_ACT = frozenset(["intrude", "take", "view", "encrypt", "destroy", "alter", "disrupt", "begin", "use", "exploit", "expose", "suffer", "deceive"])
_ATTACK_NOUN = re.compile(
    r"\b(?:attacks?|breach(?:es)?|hack|intrusions?|thefts?|heist|incidents?|compromise|break-in|outage|activity|access|exploitation|campaign|infection|raid|event|cyberattacks?|cyber-attacks?|operations?|leak)\b", re.IGNORECASE
)
_DISCOVERED = re.compile(
    r"\b(?:discover(?:ed|y|s)?|detect(?:ed|ion|s)?|identif(?:ied|ies)|notic(?:ed|es)|learn(?:ed|t|s)?|becam?e aware|first (?:became |knew|saw|spotted)|spotted|uncovered|found (?:the|out|that|an?|evidence|signs|it|on)|determined|was (?:alerted|notified|warned|told)|alerted to|realis?z?ed|came to light|observed)\b",
    re.IGNORECASE,
)
_DISCLOSED = re.compile(
    r"\b(?:announc(?:ed|es|ing|ement)|disclos(?:ed|es|ing|ure)|revealed|reported (?:that|the|on|it|a)|we (?:reported|told|said|announced|informed|published)|made public|went public|confirmed|notif(?:ied|ying) (?:the )?(?:customers|users|regulators?|public|people|patients|individuals|victims)|first reported|said (?:in|on|that|it)|acknowledged|admitted|told (?:customers|employees|staff|regulators|investors|users|the)|warned|posted|public(?:ly)?|statement|filing|notice)\b",
    re.IGNORECASE,
)
_NOT_HAPPENED = re.compile(r"\b(?:arrested|sentenced|indicted|charged|sanction(?:s|ed)?|fined|settled|settlement|lawsuit|sued|founded|acquired|patch(?:ed)?|released a|fell|rose|closed|shares|warned (?:users|customers)|contain(?:s|ed|ing) (?:records?|data)|records of|data (?:from|between)|occurred between|ask|asked|told to)\b", re.IGNORECASE)


def read(reading: Reading, speeches: Speeches) -> None:
    """Fill the times of every incident."""
    _Reader(reading, speeches).run()


class _Reader:
    def __init__(self, reading: Reading, speeches: Speeches) -> None:
        self.reading, self.speeches, self.doc = reading, speeches, reading.doc

    def run(self) -> None:
        model = Linear.bundled("timing")
        senses: list[tuple[DateMention, dict[str, float]]] = [(d, model.probabilities(features(self.reading, self.speeches, d))) for d in self.doc.dates]
        for incident in self.reading.incidents:
            mine = [(d, p) for d, p in senses if incident.tells(self._sentence(d))]
            incident.happened = self._happened(incident, [(d, p["happened"]) for d, p in mine if p["happened"] >= THRESHOLDS["happened"]])
            incident.discovered = self._single("discovered", mine)
            incident.disclosed = self._single("disclosed", mine)

    def _sentence(self, mention: DateMention) -> int:
        token = self.doc.tokens(mention.start, mention.end)[0]
        return self.doc.sentence_of(min(token, len(self.doc.words) - 1))

    # ── from dates to intervals ──────────────────────────────────────────────────────────

    def _happened(self, incident: IncidentFound, dates: list[tuple[DateMention, float]]) -> When | None:
        """From the first to the last day that the dates of the activity tell of."""
        if not dates:
            return None
        published = self.doc.published or date.max
        usable = [(d, p) for d, p in dates if d.first <= published]
        if not usable:
            return None
        mentions = [d for d, _ in usable]
        best = max(usable, key=lambda x: x[1])
        sharp = [d for d in mentions if (d.last - d.first).days < 200]
        if sharp and len(sharp) < len(mentions):
            wide = [d for d in mentions if d not in sharp and not any(d.first <= s.first and s.last <= d.last for s in sharp)]
            mentions = sharp + [d for d in wide if d.open_end or d.first.year < min(s.first.year for s in sharp)]
        first = min(mentions, key=lambda d: (d.first, d.last))
        last = max(mentions, key=lambda d: d.last)
        begin, end = first.first, last.last
        if any(d.open_end for d in mentions if d.first == begin) and (len(mentions) == 1 or last is first):
            end = max(end, min(self._end_known(incident), published))
        end = min(end, published)
        begin = min(begin, end)
        return When(begin, end, Ground(first.start, first.end, "time.happened", best[1]), first.precision if first is last else "range", first.text)

    def _end_known(self, incident: IncidentFound) -> date:
        """The last day that the text knows of: the discovery, or else the publication."""
        return self.doc.published or date.max

    def _single(self, sense: str, dates: list[tuple[DateMention, dict[str, float]]]) -> When | None:
        published = self.doc.published or date.max
        mine = [(p[sense], d) for d, p in dates if p[sense] >= THRESHOLDS[sense] and d.first <= published]
        if not mine:
            return None
        top = max(p for p, _ in mine)
        near = [(p, d) for p, d in mine if p >= top - 0.15]
        probability, best = min(near, key=lambda x: (x[1].first, x[1].last))
        return When(best.first, max(best.first, min(best.last, published)), Ground(best.start, best.end, f"time.{sense}", probability), best.precision, best.text)


# ── what speaks for a date's being one or the other ──────────────────────────────────────────


def is_header(reading: Reading, mention: DateMention) -> bool:
    """Whether a date is the date line of the document itself."""
    text = reading.doc.text
    line_start = text.rfind("\n", 0, mention.start) + 1
    line_end = text.find("\n", mention.end)
    line = text[line_start : line_end if line_end >= 0 else None]
    if mention.precision == "day" and not mention.relative and mention.start < 600 and len(line) < 70 and not re.search(r"\b(?:on|since|in|was|were|the|after)\b", line.lower().replace("published on", "")):
        return True
    before = text[line_start : mention.start]
    return mention.start < 400 and len(before) < 30 and bool(re.match(r"^\W*(?:[A-Z][A-Z .,]+[,.]? ?)?$", before)) and text[mention.end : mention.end + 3].strip()[:1] in ("-", "–", "—", ".", "(")


def features(reading: Reading, speeches: Speeches, mention: DateMention) -> dict[str, float]:
    """What stands around a date, for the model ``models/timing.json`` (trained by ``tools/train_timing.py``)."""
    doc = reading.doc
    token = min(doc.tokens(mention.start, mention.end)[0], len(doc.words) - 1)
    sentence = doc.sentence_of(token)
    a, b = doc.sentences[sentence]
    base = doc.words[a].start
    text = doc.sentence_text(sentence)
    left = text[max(0, mention.start - base - 70) : max(0, mention.start - base)]
    right = text[mention.end - base : mention.end - base + 50]
    found: dict[str, float] = {}

    def put(name: str, value: float | bool = 1.0) -> None:
        if value:
            found[name] = float(value)

    if is_header(reading, mention):
        return {"header": 1.0}
    put("precision_" + mention.precision)
    for flag in ("relative", "open_end", "open_start", "vague"):
        put(flag, getattr(mention, flag))
    published = doc.published
    if published:
        put("is_publication", mention.first == published)
        put("days_before_7", 0 <= (published - mention.last).days <= 7)
        put("long_before", (published - mention.last).days > 400)
    put("first_sentence", sentence == 0)
    put("second_sentence", sentence == 1)
    put("negated", speeches.is_negated(token))
    previous = re.search(r"(\w+)\W*$", left)
    if previous:
        put("before_" + previous[1].lower() if previous[1].lower() in _PREPOSITIONS else "before_other")
    clause = clause_of(reading, token, sentence)
    if clause is not None:
        for name in clause.classes:
            put("class_" + name)
        put("passive", clause.passive)
        put("clause_negated", clause.negated)
        put("lemma_" + clause.lemma, clause.lemma in _LEMMAS)
        subjects = " ".join(doc.say(s) for s in clause.subject).lower()
        put("subject_attack", bool(_ATTACK_NOUN.search(subjects)))
        put("subject_actor", bool(re.search(r"\b(?:hackers?|attackers?|intruders?|actors?|criminals?|gang|group|thieves|thief|party)\b", subjects)))
        put("subject_data", bool(re.search(r"\b(?:data|files?|records?|systems?|servers?|information|outage|website)\b", subjects)))
        parties = [p for s in clause.subject for p in reading.parties.heads(s)]
        put("subject_party", bool(parties))
        put("subject_victim", any((p.works_for or p) in {v.party for i in reading.incidents for v in i.victims} for p in parties))
        put("subject_authority", any(p.authority for p in parties))
        put("object_attack", bool(_ATTACK_NOUN.search(" ".join(doc.say(s) for s in clause.object))))
        put("aware", "aware" in doc.lower((clause.group[0], min(clause.group[1] + 3, b))))
        put("intrude_or_take", bool(clause.classes & {"intrude", "take", "view", "encrypt", "destroy", "disrupt"}))
        put("speech", bool(clause.classes & {"say"}) and not clause.classes & _ACT)
    for name, pattern in (("attack", _ATTACK_NOUN), ("discovered", _DISCOVERED), ("disclosed", _DISCLOSED), ("other", _NOT_HAPPENED)):
        put("left_" + name, bool(pattern.search(left[-45:])))
        put("right_" + name, bool(pattern.search(right[:40])))
        put("sentence_" + name, bool(pattern.search(text)))
    near = re.search(r"\b(\w[\w-]*) (?:of|in|on|from|that (?:began|started|occurred|happened) (?:in|on)) (?:late |early |mid-?)?$", left)
    put("attack_of_date", bool(near and _ATTACK_NOUN.fullmatch(near[1])))
    put("date_attack", bool(re.match(r"^(?:'s|’s)? (?:\w+ ){0,2}?(?:attack|breach|hack|intrusion|theft|incident|compromise|outage|cyberattack)\b", right)))
    put("between", bool(re.search(r"\b(?:between|from)\b", mention.text.lower())) or mention.precision == "range")
    put("since", bool(re.search(r"\b(?:since|as early as|dating back|goes? back|beginning|starting|began|started)\W*(?:\w+\W+){0,3}$", left.lower())))
    return found


_PREPOSITIONS = frozenset("in on since by until from between after before during of as at through early late mid last this and around about to the".split())
_LEMMAS = frozenset(
    "discover detect learn identify notice find become determine announce say tell report confirm disclose reveal notify warn publish post begin start occur happen continue last end steal access obtain take encrypt hit attack breach compromise send sell offer claim demand pay arrest charge sanction attribute blame shut restore be have go run install write acknowledge file".split()
)


def clause_of(reading: Reading, token: int, sentence: int) -> Clause | None:
    """The clause that a date modifies: the nearest one before it, or, at the start of a sentence, the first after it."""
    doc = reading.doc
    clauses = doc.clauses_in(sentence)
    if not clauses:
        return None
    previous = [c for c in clauses if c.group[1] <= token]
    following = [c for c in clauses if c.group[0] > token]
    if not previous:
        return following[0] if following else None
    best = previous[-1]
    gap = doc.lower((best.group[1], token))
    if following and token >= 2 and doc.words[token - 1].lower in ("in", "on", "and", "since", "by", "from", "between", "that", "then", "last") and doc.words[token - 2].lower in ("and", ",", "but", ";", "that", "and"):
        return following[0]
    if best.lemma in ("be", "have", "do") and len(previous) > 1 and not best.classes and "," not in gap:
        return previous[-2]
    return best
