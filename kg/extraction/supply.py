"""Who supplies whom: what a text says of suppliers and customers."""

from __future__ import annotations

import re

from kg.extraction.analysis import Span
from kg.extraction.findings import Reading, Supplied
from kg.extraction.parties import Party
from kg.extraction.speech import Speeches

_CUSTOMERS = frozenset("customer customers client clients user users subscribers tenants partners organizations companies".split())
_SUPPLIERS = frozenset("supplier suppliers provider providers vendor vendors contractor contractors processor host supplier's".split())
_RUNS = frozenset("run host manage operate provide supply store process handle maintain administer serve hold".split())


def read(reading: Reading, speeches: Speeches) -> None:
    """Fill the supply relations of every incident."""
    _Reader(reading, speeches).run()


def pairs(reading: Reading, speeches: Speeches) -> set[tuple[Party, Party]]:
    """Every pair of supplier and customer that the text tells of."""
    reader = _Reader(reading, speeches)
    reader.find()
    return {(supplier, customer) for supplier, customer, _, _ in reader.found}


class _Reader:
    def __init__(self, reading: Reading, speeches: Speeches) -> None:
        self.reading, self.doc, self.parties, self.speeches = reading, reading.doc, reading.parties, speeches
        self.found: list[tuple[Party, Party, int, str]] = []

    def find(self) -> None:
        """Collect the relations of the whole text."""
        for chunk in self.doc.chunks:
            self._phrase(chunk)
        for clause in self.doc.clauses:
            sentence = clause.sentence
            if clause.negated:
                continue
            if clause.lemma in ("use", "rely", "employ") and not clause.passive:
                for user in clause.subject:
                    for thing in clause.object:
                        self._pairs(self._parties(thing), self.parties.heads(user), sentence, "supply.uses")
            if clause.lemma in ("be", "become", "remain") and clause.object:
                head = self.doc.words[self.doc.head(clause.object[0])].lower
                of = [p for link in self.doc.of_chain(clause.object[0])[1:] for p in self.parties.heads(link)]
                if head in _CUSTOMERS:
                    for user in clause.subject:
                        subjects = self.parties.heads(user) or self._recent(sentence)
                        self._pairs(of, subjects, sentence, "supply.customer_of")
                elif head in _SUPPLIERS:
                    for user in clause.subject:
                        self._pairs(self.parties.heads(user), of, sentence, "supply.supplier_of")
            if clause.lemma in _RUNS and clause.classes & {"supply"}:
                suppliers = [p for s in clause.doer for p in self.parties.heads(s)]
                owners = [p for s in clause.patient for p in self.parties.owners(s)]
                for preposition, spans in clause.adjuncts:
                    if preposition in ("for", "to", "of", "by") and not (preposition == "by" and clause.passive):
                        owners.extend(p for s in spans for p in self.parties.heads(s))
                self._pairs(suppliers, owners, sentence, "supply.runs")

    def run(self) -> None:
        """Collect, and give each incident those of its victims."""
        self.find()
        victims = {v.party for i in self.reading.incidents for v in i.victims if v.party}
        for incident in self.reading.incidents:
            mine = [v.party for v in incident.victims if v.party]
            seen: set[tuple[int, int]] = set()
            for supplier, customer, sentence, rule in self.found:
                if supplier is customer or (id(supplier), id(customer)) in seen or supplier.kind != "organization" or customer.kind != "organization":
                    continue
                if supplier not in victims and customer not in victims:
                    continue
                if len(self.reading.incidents) > 1 and customer not in mine and supplier not in mine:
                    continue
                seen.add((id(supplier), id(customer)))
                incident.supplies.append(Supplied(supplier, customer, self.reading.sentence_ground(sentence, rule)))

    def _parties(self, span: Span) -> list[Party]:
        return self.parties.heads(span) or self.parties.owners(span)

    def _recent(self, sentence: int) -> list[Party]:
        return [v.party for i in self.reading.incidents for v in i.victims if v.party]

    def _pairs(self, suppliers: list[Party], customers: list[Party], sentence: int, rule: str) -> None:
        for supplier in suppliers:
            for customer in customers:
                if supplier.authority or customer.press or supplier.press:
                    continue
                self.found.append((supplier, customer, sentence, rule))

    def _phrase(self, chunk: Span) -> None:
        """``payroll supplier Zellis`` beside its customers, ``Okta's customers, among them A and B``, ``its provider, X``."""
        doc = self.doc
        head = doc.head(chunk)
        noun = doc.words[head].lower
        sentence = doc.sentence_of(head)
        end = doc.sentences[sentence][1]
        if noun in _CUSTOMERS:
            owners = self.parties.owners(chunk)
            rest = doc.text[doc.words[chunk[1] - 1].end : doc.words[end - 1].end]
            match = re.match(r"[^.;]{0,40}?\b(?:including|among them|such as|like|included|among which)\b,? ", rest)
            suppliers = owners or [v.party for i in self.reading.incidents for v in i.victims[:1] if v.party and "customer" in noun]
            if match and suppliers:
                token = doc.tokens(doc.words[chunk[1] - 1].end + match.end(), doc.words[chunk[1] - 1].end + match.end() + 1)[0]
                following = doc.chunk_at(token)
                if following:
                    named = [p for s in doc.coordinated(following) for p in self.parties.heads(s)]
                    self._pairs(suppliers, named, sentence, "supply.among")
        low = doc.lower(chunk)
        if any(w in _SUPPLIERS for w in low):
            named = [p for t in range(*chunk) if (p := self.parties.at(t)) is not None]
            possessor = doc.possessor(chunk)
            owners = []
            if possessor and doc.words[possessor[0]].pos == "PRP$":
                owners = self.parties.possessors(possessor[0])
            elif possessor:
                owners = [p for t in range(*possessor) if (p := self.parties.at(t)) is not None]
            named = [p for p in dict.fromkeys(named) if p not in owners]
            if not named:
                after = doc.words[chunk[1]].lower if chunk[1] < end else ""
                following = doc.chunk_at(chunk[1] + 1) if after == "," else doc.chunk_at(chunk[1]) if chunk[1] < end else None
                if following and following[0] < end:
                    named = self.parties.heads(following)
            if owners:
                self._pairs(named, owners, sentence, "supply.its_supplier")

