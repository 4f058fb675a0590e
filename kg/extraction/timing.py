"""When it happened, when the victim noticed, when it became known: each date goes to the clause that it stands in."""

from __future__ import annotations

import re
from datetime import date, timedelta

from kg.extraction import cues
from kg.extraction.analysis import Clause
from kg.extraction.dates import DateMention
from kg.extraction.findings import Ground, IncidentFound, Reading, When
from kg.extraction.parties import Party
from kg.extraction.speech import Speeches

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
        sorted_dates = [(d, *self._sense(d)) for d in self.doc.dates if not self._header(d)]
        for incident in self.reading.incidents:
            mine = [(d, sense, score) for d, sense, score in sorted_dates if incident.tells(self._sentence(d))]
            incident.happened = self._happened(incident, [(d, s) for d, sense, s in mine if sense == "happened"])
            incident.discovered = self._first("discovered", mine)
            incident.disclosed = self._first("disclosed", mine)
            if incident.happened is None and incident.discovered is not None and False:
                incident.happened = None

    def _sentence(self, mention: DateMention) -> int:
        token = self.doc.tokens(mention.start, mention.end)[0]
        return self.doc.sentence_of(min(token, len(self.doc.words) - 1))

    def _header(self, mention: DateMention) -> bool:
        """The date line of the document itself."""
        line_start = self.doc.text.rfind("\n", 0, mention.start) + 1
        line_end = self.doc.text.find("\n", mention.end)
        line = self.doc.text[line_start : line_end if line_end >= 0 else None]
        if mention.precision == "day" and not mention.relative and mention.start < 600 and len(line) < 70 and not re.search(r"\b(?:on|since|in|was|were|the|after)\b", line.lower().replace("published on", "")):
            return True
        before = self.doc.text[line_start : mention.start]
        return mention.start < 400 and len(before) < 30 and bool(re.match(r"^\W*(?:[A-Z][A-Z .,]+[,.]? ?)?$", before)) and self.doc.text[mention.end : mention.end + 3].strip()[:1] in ("-", "–", "—", ".", "(")

    def _sense(self, mention: DateMention) -> tuple[str | None, int]:
        """What a date tells of, and how strongly (2: by its own clause, 1: by its sentence)."""
        doc = self.doc
        token = min(doc.tokens(mention.start, mention.end)[0], len(doc.words) - 1)
        sentence = doc.sentence_of(token)
        a, b = doc.sentences[sentence]
        text = doc.sentence_text(sentence)
        base = doc.words[a].start
        clause = self._clause(token, sentence)
        local = text[max(0, mention.start - base - 60) : mention.end - base + 60]
        before = text[: mention.start - base]
        if self.speeches.is_negated(token) and not re.search(r"\bnot\b.{0,20}\buntil\b", text):
            return None, 0
        near_noun = re.search(r"\b(\w[\w-]*) (?:of|in|on|from|that (?:began|started|occurred|happened) (?:in|on)) (?:late |early |mid-?)?$", before)
        if near_noun and _ATTACK_NOUN.fullmatch(near_noun[1]) and (mention.precision != "day" or "on" in near_noun.group()):
            return "happened", 2
        after = text[mention.end - base : mention.end - base + 30]
        if re.match(r"^(?:'s|’s)? (?:\w+ ){0,2}?(?:attack|breach|hack|intrusion|theft|incident|compromise|outage|cyberattack)\b", after):
            return "happened", 2
        if _NOT_HAPPENED.search(local) and not (clause and clause.classes & _ACT):
            return None, 0
        if clause is not None:
            words = doc.text[doc.words[clause.group[0]].start : doc.words[min(clause.end, b) - 1].end]
            head = " ".join(doc.lower((clause.group[0], min(clause.group[1] + 3, b))))
            if "discover" in clause.classes and (self._is_victim(clause) or clause.passive) and _DISCOVERED.search(head):
                return "discovered", 2
            if clause.lemma in ("become",) and "aware" in head:
                return "discovered", 2
            if clause.classes & {"disclose"} and _DISCLOSED.search(head):
                return "disclosed", 2
            if "say" in clause.classes and not clause.classes & _ACT and not clause.passive:
                return "disclosed", 2
            if clause.classes & _ACT:
                return "happened", 2
            if clause.lemma in ("be", "go", "have", "follow", "occur", "see", "get", "show") and _ATTACK_NOUN.search(words + " " + " ".join(doc.say(s) for s in clause.subject)):
                return "happened", 2
        if _DISCOVERED.search(local):
            return "discovered", 1
        if _ATTACK_NOUN.search(local):
            return "happened", 1
        if _DISCLOSED.search(local):
            return "disclosed", 1
        return None, 0

    def _clause(self, token: int, sentence: int) -> Clause | None:
        """The clause that a date modifies: the nearest one before it, or, at the start of a sentence, the first after it."""
        doc = self.doc
        clauses = doc.clauses_in(sentence)
        if not clauses:
            return None
        previous = [c for c in clauses if c.group[1] <= token]
        following = [c for c in clauses if c.group[0] > token]
        if not previous:
            return following[0] if following else None
        best = previous[-1]
        gap = doc.lower((best.group[1], token))
        if following and "," in gap and doc.words[token - 1].lower in ("in", "on", "and", "since", "by", "from", "between") and token >= 2 and doc.words[token - 2].lower in ("and", ",", "but", ";"):
            return following[0]
        if best.lemma in ("be", "have", "do") and len(previous) > 1 and not best.classes:
            return previous[-2]
        return best

    def _is_victim(self, clause: Clause) -> bool:
        subjects: list[Party] = [p for s in clause.subject for p in self.reading.parties.heads(s)]
        victims = [v.party for i in self.reading.incidents for v in i.victims]
        if not subjects:
            return True
        return any((p.works_for or p) in victims for p in subjects) or not any(p.security for p in subjects)

    # ── from dates to intervals ──────────────────────────────────────────────────────────

    def _ground(self, mention: DateMention, rule: str) -> Ground:
        sentence = self._sentence(mention)
        return self.reading.sentence_ground(sentence, rule)

    def _happened(self, incident: IncidentFound, dates: list[tuple[DateMention, int]]) -> When | None:
        strong = [d for d, s in dates if s == 2] or [d for d, _ in dates]
        if not strong:
            return None
        published = self.doc.published or date.max
        strong = [d for d in strong if d.first <= published] or strong
        first = min(strong, key=lambda d: (d.first, d.last))
        last = max(strong, key=lambda d: d.last)
        begin, end = first.first, last.last
        open_ended = any(d.open_end for d in strong)
        if first.precision == "year" and len(strong) > 1:
            narrower = [d for d in strong if d.precision != "year" and d.first.year == first.first.year]
            if narrower:
                begin = min(d.first for d in narrower)
                end = max(d.last for d in strong if d.precision != "year")
        if open_ended and last.open_end:
            end = self._end_known(incident, end)
        if end > published:
            end = published
        if begin > end:
            begin = end
        return When(begin, end, self._ground(first, "time.happened"), first.precision if first is last else "range", first.text)

    def _end_known(self, incident: IncidentFound, end: date) -> date:
        if self.doc.published:
            return max(end, self.doc.published)
        return end

    def _first(self, sense: str, dates: list[tuple[DateMention, str | None, int]]) -> When | None:
        mine = [(d, score) for d, s, score in dates if s == sense]
        if not mine:
            return None
        published = self.doc.published or date.max
        top = max(score for _, score in mine)
        best = min((d for d, score in mine if score == top and d.first <= published), key=lambda d: (d.first, d.last), default=None)
        if best is None:
            return None
        last = min(best.last, published)
        return When(best.first, max(best.first, last), self._ground(best, f"time.{sense}"), best.precision, best.text)


def day_after(day: date) -> date:
    """The next day."""
    return day + timedelta(days=1)


_ = cues
