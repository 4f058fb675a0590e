"""Described groups that were hurt ("134 customers", "current and former employees") and the named customers of a breached supplier."""

from __future__ import annotations

import re

from kg.extraction import cues
from kg.extraction.analysis import Span
from kg.extraction.findings import Affected, IncidentFound, Reading
from kg.extraction.numbers import CountMention
from kg.extraction.parties import Party
from kg.extraction.speech import Speeches

_HARM = frozenset(["intrude", "take", "view", "publish", "sell", "encrypt", "destroy", "expose", "involve", "disrupt", "lose"])
_PEOPLE = frozenset(
    "people person individual customer client user patient employee member subscriber guest citizen consumer resident student taxpayer voter passenger player worker staff household applicant donor policyholder veteran beneficiary visitor cardholder business organization organisation company agency account profile borrower holder shopper traveller traveler reader driver personnel contractor retiree teacher adult child minor parent officer soldier pupil candidate government firm bank hospital pharmacy institution retailer school clinic journalist activist lawyer embassy merchant municipality tenant enrollee dealer dealership practice airline population victim man woman family partner registrant participant investor supplier provider utility operator".split()
)
_CUSTOMERS = frozenset("customer client user subscriber business organization organisation company agency pharmacy hospital school firm bank institution retailer dealership dealer practice airline tenant merchant member appliance partner provider operator government".split())


def singular(noun: str) -> str:
    """A noun without its plural ending."""
    irregular = {"people": "person", "men": "man", "women": "woman", "children": "child", "agencies": "agency", "companies": "company", "staff": "staff", "personnel": "personnel"}
    if noun in irregular:
        return irregular[noun]
    if noun.endswith("ies"):
        return noun[:-3] + "y"
    if noun.endswith(("ches", "shes", "sses", "xes")):
        return noun[:-2]
    return noun.removesuffix("s")


def read(reading: Reading, speeches: Speeches) -> None:
    """Fill the affected groups of every incident."""
    _Reader(reading, speeches).run()


class _Reader:
    def __init__(self, reading: Reading, speeches: Speeches) -> None:
        self.reading, self.speeches, self.doc = reading, speeches, reading.doc
        self.data_kinds = re.compile(r"\b(?:records?|files?|numbers?|passwords?|documents?|e-?mails?|messages?|addresses|images?|photos?|bitcoins?|servers?|computers?|systems?|stores?|percent|years?|months?|days?|hours?|weeks?|stations?|terabytes?|gigabytes?|gb|tb)\b")

    def run(self) -> None:
        used: set[Span] = set()
        for count in self.doc.counts:
            self._counted(count, used)
        for chunk in self.doc.chunks:
            if chunk not in used:
                self._uncounted(chunk)
        for incident in self.reading.incidents:
            incident.affected = _pruned(incident.affected)

    # a number with its group

    def _counted(self, count: CountMention, used: set[Span]) -> None:
        doc = self.doc
        if count.currency or not count.unit or count.unit_start is None or count.unit_end is None:
            return
        if count.share and count.value is not None and count.value > 100:
            return
        unit = doc.tokens(count.unit_start, count.unit_end)
        if unit[0] >= len(doc.words):
            return
        head = self._head(unit)
        noun = singular(doc.words[head].lower)
        if noun not in _PEOPLE:
            return
        sentence = doc.sentence_of(unit[0])
        if self.speeches.is_negated(unit[0]) or not self._harmful(unit, sentence):
            return
        chunk = doc.chunk_at(unit[0])
        if chunk:
            used.add(chunk)
        description = self._description(unit, noun)
        self._put(sentence, Affected(description, self.reading.sentence_ground(sentence, "affected.count"), None if count.share else count, None), noun, unit)

    def _head(self, unit: Span) -> int:
        doc = self.doc
        for k in range(unit[0], unit[1]):
            if doc.words[k].lower in ("of", "in", "who", "whose", "with", "at", "from", "across", "around"):
                return max(unit[0], k - 1)
        return unit[1] - 1

    def _description(self, unit: Span, noun: str) -> str:
        """The group's words, with "who …" or "in the United States" after it."""
        doc = self.doc
        end = unit[1]
        sentence_end = doc.sentences[doc.sentence_of(unit[0])][1]
        while end < sentence_end and doc.words[end].lower in ("of", "in", "around", "across", "at") and doc.chunk_at(end + 1):
            following = doc.chunk_at(end + 1)
            if following is None or any(w.isdigit() for w in doc.lower(following)) or (doc.words[end].lower == "in" and not doc.words[following[1] - 1].text[:1].isupper()):
                break
            end = following[1]
        if end < sentence_end and doc.words[end].lower in ("who", "whose"):
            stop = end
            while stop < sentence_end and doc.words[stop].lower not in (",", ".", ";", "and", "but") and stop < end + 12:
                stop += 1
            end = stop
        start = unit[0]
        return doc.say((start, end))

    def _harmful(self, unit: Span, sentence: int) -> bool:
        doc = self.doc
        clauses = doc.clauses_in(sentence)
        for clause in clauses:
            if clause.negated:
                continue
            if clause.classes & _HARM and (clause.passive or clause.object or clause.adjuncts):
                return True
        text = doc.sentence_text(sentence).lower()
        return bool(re.search(r"\b(affected|impacted|victims?|breach|stolen|leak\w*|compromised?|exposed|hit|notif\w+|lost|details of|data (?:of|on|about|for)|information (?:of|on|about|for)|records (?:of|on)|involved|caught up|attack|incident|hack)\b", text))

    # a group without a number

    def _uncounted(self, chunk: Span) -> None:
        doc = self.doc
        head = doc.head(chunk)
        noun = singular(doc.words[head].lower)
        if noun not in _PEOPLE or doc.words[head].pos not in ("NNS", "NNPS", "NN") or (doc.words[head].pos == "NN" and noun not in ("staff", "personnel")) or self.speeches.is_negated(head):
            return
        if any(w.lower in ("no", "any", "other", "affected", "those", "these", "such", "which", "its", "our", "their", "the") and len(range(*chunk)) <= 2 for w in doc.words[chunk[0] : chunk[0] + 1]):
            return
        if self.reading.parties.at(head):
            return
        clause = doc.clause_at(head)
        sentence = doc.sentence_of(head)
        hit = False
        for candidate in doc.clauses_in(sentence):
            if candidate.negated or self.speeches.is_negated(candidate.verb) or not candidate.classes & _HARM:
                continue
            if any(chunk == s for s in candidate.patient):
                hit = True
            for preposition, spans in candidate.adjuncts:
                if preposition in ("from", "of", "on", "about", "for", "including") and chunk in spans and candidate.classes & {"take", "view", "publish", "sell", "expose"}:
                    hit = True
            for span in candidate.patient:
                if chunk in doc.of_chain(span)[1:] and candidate.classes & {"take", "view", "publish", "sell", "expose", "involve"}:
                    hit = True
                possessor = doc.possessor(span)
                if possessor and chunk == span:
                    hit = hit and cues.nouns().has("group", doc.lower((span[0], head + 1)))
        if not hit or clause is None:
            return
        self._put(sentence, Affected(self._description(chunk, noun), self.reading.sentence_ground(sentence, "affected.group")), noun, chunk)

    def _put(self, sentence: int, affected: Affected, noun: str, span: Span) -> None:
        for incident in self.reading.incidents:
            if not incident.tells(sentence):
                continue
            supplier = self._supplier(incident, noun, span)
            entry = Affected(affected.description, affected.ground, affected.count, supplier, affected.party, affected.stance)
            incident.affected.append(entry)

    def _supplier(self, incident: IncidentFound, noun: str, span: Span) -> Party | None:
        victims = [v.party for v in incident.victims if v.party]
        chunk = self.doc.chunk_at(span[0]) or span
        for party in self.reading.parties.owners(chunk):
            if party in victims and noun in _CUSTOMERS:
                return party
        if noun in _CUSTOMERS and victims:
            return victims[0]
        return None


def _pruned(found: list[Affected]) -> list[Affected]:
    """Each group once: equal numbers are one group; a group without a number yields to the same words with one."""
    kept: list[Affected] = []
    for entry in found:
        value = entry.count.value if entry.count else None
        words = set(re.findall(r"\w+", entry.description.lower()))
        duplicate = False
        for other in kept:
            known = other.count.value if other.count else None
            others = set(re.findall(r"\w+", other.description.lower()))
            if value is not None and value == known:
                duplicate = True
            elif value is None and (words <= others or others <= words or singular(entry.description.split()[-1].lower()) == singular(other.description.split()[-1].lower())):
                duplicate = True
        if not duplicate:
            kept.append(entry)
    return [k for k in kept if k.count is not None or not any(o is not k and o.count is not None and singular(o.description.split()[-1].lower()) == singular(k.description.split()[-1].lower()) for o in kept)]
