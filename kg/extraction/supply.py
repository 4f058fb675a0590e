"""Who supplies whom: what a text says of suppliers and customers, and what an attack that ran through a supplier shows."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cache

from kg.extraction import cues
from kg.extraction.analysis import Clause, Span
from kg.extraction.findings import IncidentFound, Reading, Supplied
from kg.extraction.parties import Party, normal
from kg.extraction.speech import Speeches
from kg.vocabulary import IncidentKind

_AMONG = re.compile(
    r"[^.;]{0,60}?(?:\b(?:including|among them|such as|like|included|among which|namely|for example|"
    r"for instance)\b,? |: )(?:(?:the|its|a|an) )?",
    re.IGNORECASE,
)
_ONE_OF = re.compile(
    r"^(?:one|two|three|another|some|several|the (?:best|first|largest|biggest)[\w -]*|among) of (?:these|them|"
    r"those)\b|^among (?:these|them|those)\b",
    re.IGNORECASE,
)
_AMONG_THOSE = re.compile(
    r"\b(?:is|are|was|were) (?:also )?(?:among|one of|some of) (?:those|these|them|the (?:customers|clients|"
    r"users|victims|organi[sz]ations|companies|firms|agencies|affected))\b",
    re.IGNORECASE,
)
_CUSTOMER_OF_WHOM = re.compile(r"\b(?:customers?|clients?|users?)\b", re.IGNORECASE)
_CLOUD = re.compile(
    r"\bcloud(?:-based)? (?:provider|platform|service|host|firm|company|storage|environment|workspace)|"
    r"hosted by a (?:\w+ )?provider|\bcloud provider",
    re.IGNORECASE,
)


LISTS = frozenset(["supply.among", "supply.one_of"])
"""Rules that find customers which a text lists by name."""


@cache
def _words() -> dict[str, frozenset[str]]:
    """The lists of ``cues/supply.yaml``, nouns with their plurals."""
    lists = {name: frozenset(words) for name, words in cues.load("supply").items()}
    for name in ("customers", "suppliers", "makers", "products", "general"):
        lists[name] |= frozenset(cues.plural(word) for word in lists[name])
    return lists


def read(reading: Reading, speeches: Speeches) -> None:
    """Fill the supply relations of every incident."""
    _Reader(reading, speeches).run()


def pairs(reading: Reading, speeches: Speeches) -> set[tuple[Party, Party]]:
    """Every pair of supplier and customer that the text tells of."""
    reader = _Reader(reading, speeches)
    reader.find()
    return {(supplier, customer) for supplier, customer, _, _ in reader.found}


def relations(reading: Reading, speeches: Speeches) -> list[tuple[Party, Party, int, str]]:
    """Supplier, customer, sentence and rule of every relation that the text itself tells of."""
    reader = _Reader(reading, speeches)
    reader.find()
    return reader.found


def makers(reading: Reading, speeches: Speeches) -> list[Party]:
    """The parties that the text introduces as makers or suppliers of something others use, in its order."""
    reader = _Reader(reading, speeches)
    found = [p for chunk in reading.doc.chunks for p in reader.makers_in(chunk) if not p.authority and not p.press]
    return list(dict.fromkeys(found))


class _Reader:
    def __init__(self, reading: Reading, speeches: Speeches) -> None:
        self.reading, self.doc, self.parties, self.speeches = reading, reading.doc, reading.parties, speeches
        self.found: list[tuple[Party, Party, int, str]] = []
        self.introduced: list[tuple[Party, int]] = []
        """Parties that a noun of supply introduces without saying whose ("billing provider Acme"), and the sentence."""
        self.clause_of: dict[int, Clause] = {}

    def find(self) -> None:
        """Collect the relations of the whole text."""
        for chunk in self.doc.chunks:
            self._phrase(chunk)
        for clause in self.doc.clauses:
            if not clause.negated and not self.speeches.is_negated(clause.verb):
                self._clause(clause)
        for sentence in range(len(self.doc.sentences)):
            self._listed(sentence)

    def run(self) -> None:
        """Collect, and give each incident those of its victims."""
        self.find()
        victims = {v.party for i in self.reading.incidents for v in i.victims if v.party}
        for incident in self.reading.incidents:
            mine = [v.party for v in incident.victims if v.party]
            found = [*self.found, *self._through(incident, mine), *self._cloud(incident, mine)]
            seen: set[tuple[int, int]] = set()
            for supplier, customer, sentence, rule in found:
                if supplier is customer or (id(supplier), id(customer)) in seen or (id(customer), id(supplier)) in seen:
                    continue
                if supplier not in victims and customer not in victims and rule != "supply.uses":
                    continue
                if len(self.reading.incidents) > 1 and customer not in mine and supplier not in mine:
                    continue
                seen.add((id(supplier), id(customer)))
                incident.supplies.append(Supplied(supplier, customer, self.reading.sentence_ground(sentence, rule)))

    # ── whom phrases stand for ───────────────────────────────────────────────────────────

    def _named(self, span: Span) -> list[Party]:
        """The parties of a phrase; of "the agency" in "Acme, the agency that …" those named before the comma."""
        doc = self.doc
        if doc.words[span[0]].lower in ("which", "who", "that") and span[0] >= 2:
            before = doc.chunk_at(span[0] - 1) or doc.chunk_at(span[0] - 2)
            return self.parties.heads(before) if before and before != span else []
        if (
            doc.words[span[0]].lower in ("the", "a", "an")
            and doc.words[doc.head(span)].lower in _words()["general"]
            and not self._inside(span)
        ):
            if span[0] >= 2 and doc.words[span[0] - 1].lower in (",", "(", "–", "—"):
                before = doc.chunk_at(span[0] - 2) or (doc.chunk_at(span[0] - 3) if doc.words[span[0] - 2].text == ")" else None)
                if before:
                    return self.parties.heads(before) or self._inside(before)[-1:]
            following = doc.chunk_at(span[1] + 1) if span[1] + 1 < len(doc.words) and doc.words[span[1]].lower == "," else None
            if following and self.parties.heads(following) and doc.words[span[0]].lower in ("a", "an"):
                return self.parties.heads(following)
        if (
            doc.words[doc.head(span)].lower in _words()["suppliers"]
            and not self._inside(span)
            and span[1] + 1 < len(doc.words)
            and doc.words[span[1]].lower == ","
        ):
            following = doc.chunk_at(span[1] + 1)
            if following and self.parties.heads(following):
                return self.parties.heads(following)
        return self.parties.heads(span)

    def _inside(self, span: Span) -> list[Party]:
        return list(dict.fromkeys(p for t in range(*span) if (p := self.parties.at(t)) is not None))

    def _whose(self, span: Span, clause: Clause | None = None) -> list[Party]:
        """Whom a phrase belongs to; "their" and "its" look to the subjects before the clause."""
        doc = self.doc
        possessor = doc.possessor(span)
        if possessor and doc.words[possessor[0]].pos == "PRP$" and doc.words[possessor[0]].lower in ("its", "their") and clause is not None:
            best: list[Party] = []
            for other in doc.clauses_in(clause.sentence):
                if other.group[0] >= clause.group[0]:
                    break
                named = [p for s in other.subject for p in self._named(s) if p.kind == "organization"]
                if named and (doc.words[possessor[0]].lower == "its" or len(named) > 1 or not best):
                    best = named
            if best:
                return best if doc.words[possessor[0]].lower == "their" else best[-1:]
        owners = [p for p in self.parties.owners(span) if not p.authority and not p.press]
        if not owners and possessor and doc.words[possessor[0]].lower in ("its", "their"):
            return self._recent(span[0])
        if not owners and possessor and doc.words[possessor[0]].lower == "the" and cues.nouns().has("organization", doc.lower(possessor)):
            return self._recent(span[0]) or self._victims()[:1]
        return owners

    def _before(self, chunk: Span) -> list[Party]:
        """The parties named right before a phrase in apposition: "Acme, its supplier"."""
        doc = self.doc
        if chunk[0] < 2 or doc.words[chunk[0] - 1].lower not in (",", "–", "—", "("):
            return []
        before = doc.chunk_at(chunk[0] - 2)
        return self.parties.heads(before) if before and doc.sentence_of(before[0]) == doc.sentence_of(chunk[0]) else []

    def _vendor(self, token: int) -> list[Party]:
        """Whose product "the tool" is: the party whose customers or product were last spoken of, or the maker introduced."""
        doc = self.doc
        for number in range(bisect_left(doc.chunks, (token, 0)) - 1, -1, -1):
            chunk = doc.chunks[number]
            if chunk[1] > token:
                continue
            head = doc.words[doc.head(chunk)].lower
            if head in _words()["customers"] | _words()["products"]:
                owners = [p for p in self.parties.owners(chunk) if p.kind == "organization" and not p.authority]
                if owners:
                    return owners[:1]
            makers = self.makers_in(chunk)
            if makers:
                return makers
        return []

    def makers_in(self, chunk: Span) -> list[Party]:
        """The maker that a phrase introduces: "software maker X", "the cloud firm X", "X, the maker of an application"."""
        doc = self.doc
        low = set(doc.lower(chunk))
        inside = [p for p in self._inside(chunk) if p.kind == "organization"]
        if inside and low & (_words()["makers"] | _words()["suppliers"]) and doc.possessor(chunk) is None:
            return inside[-1:]
        if inside and low & _words()["of_makers"] and low & _words()["general"] and doc.possessor(chunk) is None:
            return inside[-1:]
        if not inside and doc.words[doc.head(chunk)].lower in _words()["makers"]:
            return self._before(chunk)
        return []

    # ── rules ────────────────────────────────────────────────────────────────────────────

    def _pairs(self, suppliers: list[Party], customers: list[Party], sentence: int, rule: str) -> None:
        for supplier in dict.fromkeys(self._maker_of(p, customers) for p in suppliers):
            for customer in customers:
                if supplier is customer or supplier.authority or customer.press or supplier.press:
                    continue
                if supplier.kind != "organization" or customer.kind != "organization":
                    continue
                self.found.append((supplier, customer, sentence, rule))

    def _maker_of(self, party: Party, customers: list[Party]) -> Party:
        """Whose product a name is, where the text says so ("Acme's FileShare appliance", "its FileShare"); else the party itself."""
        for mention in party.mentions:
            possessor = self.doc.possessor(mention.chunk)
            if possessor is None or mention.span[0] < possessor[1] or mention.how != "name":
                continue
            if self.doc.words[self.doc.head(mention.chunk)].lower in _words()["customers"] | _words()["general"]:
                continue
            clause = self.doc.clause_at(mention.span[0])
            owners = [
                p
                for p in self._whose(mention.chunk, clause)
                if p is not party and p.kind == "organization" and not p.authority and p not in customers
            ]
            if owners:
                return owners[0]
        return party

    def _phrase(self, chunk: Span) -> None:
        """``billing supplier X`` beside its customers, ``X's customers, among them A and B``, ``its provider, X``."""
        doc, words = self.doc, _words()
        head = doc.head(chunk)
        noun = doc.words[head].lower
        sentence = doc.sentence_of(head)
        end = doc.sentences[sentence][1]
        low = doc.lower(chunk)
        if noun in words["customers"]:
            owners = [p for p in self.parties.owners(chunk) if p.kind == "organization"]
            self._pairs(owners or self._of_product(chunk), self._before(chunk), sentence, "supply.customer_of")
            rest = doc.text[doc.words[chunk[1] - 1].end : doc.words[end - 1].end]
            match = _AMONG.match(rest)
            suppliers = owners or [
                v.party for i in self.reading.incidents for v in i.victims[:1] if v.party and noun.startswith(("customer", "client"))
            ]
            if match and suppliers:
                token = doc.tokens(doc.words[chunk[1] - 1].end + match.end(), doc.words[chunk[1] - 1].end + match.end() + 1)[0]
                if token < end:
                    self._pairs(suppliers[:1], self._enumerated(token, end), sentence, "supply.among")
        if any(w in words["suppliers"] for w in low):
            self._supplier_phrase(chunk, sentence, end)

    def _enumerated(self, token: int, end: int) -> list[Party]:
        """The parties of the enumeration that begins at a token: names, commas, "and", and what describes them."""
        doc = self.doc
        found: list[Party] = []
        k = token
        while k < end:
            party = self.parties.at(k)
            word = doc.words[k]
            if party is not None:
                if party.kind == "organization" and party not in found:
                    found.append(party)
            elif (word.pos.startswith(("V", "MD")) and doc.chunk_of[k] < 0) or word.lower in (";", ".", "who", "which", "that", "said"):
                break
            k += 1
        return found

    def _supplier_phrase(self, chunk: Span, sentence: int, end: int) -> None:
        doc, words = self.doc, _words()
        possessor = doc.possessor(chunk)
        owners: list[Party] = []
        if possessor and doc.words[possessor[0]].pos == "PRP$":
            clause = doc.clause_at(chunk[0])
            owners = self._whose(chunk, clause) if clause else self.parties.possessors(possessor[0])
        elif possessor:
            owners = self._inside(possessor) or self.parties.in_chunk(chunk)
        named = [p for p in self._inside(chunk) if p not in owners]
        if not named:
            after = doc.words[chunk[1]].lower if chunk[1] < end else ""
            following = doc.chunk_at(chunk[1] + 1) if after == "," else doc.chunk_at(chunk[1]) if chunk[1] < end else None
            if following and following[0] < end and doc.words[doc.head(chunk)].lower in words["suppliers"]:
                named = self.parties.heads(following)
        if not named:
            named = self._before(chunk)
        named = [p for p in named if p not in owners]
        if chunk[1] + 1 < end and doc.words[chunk[1]].lower in ("to", "for", "of") and doc.chunk_at(chunk[1] + 1):
            behind = doc.chunk_at(chunk[1] + 1)
            assert behind is not None
            owners = owners or [p for s in doc.coordinated(behind) for p in self.parties.heads(s)]
        if owners:
            self._pairs(named, owners, sentence, "supply.its_supplier")
        else:
            self.introduced.extend((p, sentence) for p in named)

    def _of_product(self, chunk: Span) -> list[Party]:
        """Of "a user of the tokens" the party whose tokens they are."""
        doc = self.doc
        for link in doc.of_chain(chunk)[1:]:
            if doc.words[link[0]].lower in ("the", "its", "this") and doc.words[doc.head(link)].lower in _words()["products"]:
                return self._vendor(link[0])
        return []

    def _things(self, span: Span) -> list[Party]:
        """Whose thing is used: a named supplier, the owner or maker of a product, or the vendor that "the tool" leads back to."""
        doc, words = self.doc, _words()
        made = self._made_by(span)
        named = made or self._named(span) or self.parties.owners(span)
        if named:
            return named
        if span[1] + 1 < len(doc.words) and doc.words[span[1]].lower in (",", "from", "by", "of", "made"):
            following = doc.chunk_at(span[1] + 1)
            if following and doc.sentence_of(following[0]) == doc.sentence_of(span[0]):
                if doc.words[span[1]].lower != ",":
                    return self.parties.heads(following)
                if doc.words[doc.head(span)].lower in words["suppliers"]:
                    return self.parties.heads(following)
        if doc.words[span[0]].lower in ("the", "this", "that", "these", "those") and doc.words[doc.head(span)].lower in words["products"]:
            return self._vendor(span[0])
        return []

    def _made_by(self, span: Span) -> list[Party]:
        """The maker in "FileShare, an old program from Acme"."""
        doc = self.doc
        following = doc.chunk_at(span[1] + 1) if span[1] + 1 < len(doc.words) and doc.words[span[1]].lower == "," else None
        if following is None or doc.words[doc.head(following)].lower not in _words()["products"] or following[1] + 1 >= len(doc.words):
            return []
        behind = doc.chunk_at(following[1] + 1) if doc.words[following[1]].lower in ("from", "by", "of") else None
        return self.parties.heads(behind) if behind else []

    def _clause(self, clause: Clause) -> None:
        doc, words, sentence = self.doc, _words(), clause.sentence
        if clause.lemma in words["uses"] and not clause.passive:
            things = list(clause.object) + [
                s for p, spans in clause.adjuncts if p in ("on", "upon") and clause.lemma in ("rely", "depend") for s in spans
            ]
            users = [p for s in clause.subject for p in self._named(s)]
            if (
                not users
                and clause.lemma in ("install", "download", "run", "use", "deploy")
                and any(doc.words[doc.head(s)].lower in ("employee", "employees", "staff", "engineer", "worker") for s in clause.subject)
            ):
                users = self._recent(clause.verb)
            for thing in things[:1]:
                possessor = doc.possessor(thing)
                if possessor and doc.words[possessor[0]].pos == "PRP$":
                    continue
                self._pairs([p for p in self._things(thing) if p not in users], users, sentence, "supply.uses")
        if clause.lemma in ("be", "become", "remain") and clause.object:
            head = doc.words[doc.head(clause.object[0])].lower
            of = [p for link in doc.of_chain(clause.object[0])[1:] for p in self.parties.heads(link)] or self.parties.owners(
                clause.object[0]
            )
            subjects = [p for s in clause.subject for p in self._named(s)]
            if head in words["customers"]:
                self._pairs(of, subjects or self._victims(), sentence, "supply.customer_of")
            elif head in words["suppliers"]:
                self._pairs(subjects, of, sentence, "supply.supplier_of")
        if clause.lemma in words["runs"]:
            suppliers = [p for s in clause.doer for p in self._named(s)]
            owners: list[Party] = []
            for span in clause.patient:
                owners.extend(self._whose(span, clause))
            for preposition, spans in clause.adjuncts:
                if preposition == "for":
                    owners.extend(p for s in spans for p in self.parties.heads(s))
            self._pairs(suppliers, [o for o in dict.fromkeys(owners) if o not in suppliers], sentence, "supply.runs")
        if clause.passive and clause.classes & {"intrude"}:
            self._product_of(clause)

    def _product_of(self, clause: Clause) -> None:
        """ "hit through a flaw in X, the product of M": M supplies those who were hit."""
        doc = self.doc
        text = doc.say((clause.group[0], max(clause.group[1], clause.end)))
        if not re.search(
            r"\b(?:through|via|by|thanks to|because of) (?:an? |the )?(?:\w+ ){0,2}?(?:flaw|hole|vulnerability|bug|weakness|zero-day)",
            text,
            re.IGNORECASE,
        ):
            return
        spans = [s for p, group in clause.adjuncts if p in ("in", "of") for s in group]
        makers: list[Party] = []
        for span in spans:
            if doc.words[doc.head(span)].lower in _words()["products"]:
                makers.extend(self.parties.owners(span))
        hit = [p for s in clause.subject for p in self.parties.heads(s) or self._whose(s, clause)]
        self._pairs(list(dict.fromkeys(makers)), hit, clause.sentence, "supply.product")

    def _listed(self, sentence: int) -> None:
        """Customers that a sentence names after one that speaks of customers: "One of these is A", "A, B and C are among those"."""
        doc = self.doc
        a, b = doc.sentences[sentence]
        text = doc.sentence_text(sentence)
        one, those = _ONE_OF.match(text), _AMONG_THOSE.search(text)
        if not one and not those:
            return
        before = [s for s in (sentence, sentence - 1) if s >= 0]
        found: list[Party] = []
        for s in before:
            chunks = [
                c
                for c in doc.chunks_in(*doc.sentences[s])
                if doc.words[doc.head(c)].lower in _words()["customers"]
            ]
            for chunk in chunks:
                found = found or [p for p in self.parties.owners(chunk) if p.kind == "organization"]
            if chunks and not found:
                found = self._vendor(chunks[0][0]) or self._recent(chunks[0][0])[-1:]
        if one:
            start = a
            while start < b and doc.words[start].lower not in ("is", "are", "was", "were"):
                start += 1
            self._pairs(found[:1], self._enumerated(start + 1, b)[:4], sentence, "supply.one_of")
        elif those:
            stop = doc.tokens(doc.words[a].start + those.start(), doc.words[a].start + those.end())[0]
            self._pairs(
                found[:1],
                [p for t in range(a, stop) if (p := self.parties.at(t)) is not None and p not in found],
                sentence,
                "supply.one_of",
            )

    def _victims(self) -> list[Party]:
        return [v.party for i in self.reading.incidents for v in i.victims if v.party]

    def _recent(self, token: int) -> list[Party]:
        """The victim that was last named before a token."""
        victims = self._victims()
        for t in range(token - 1, -1, -1):
            party = self.parties.at(t)
            if party is not None and party in victims:
                return [party]
        return []

    # ── what the attack itself shows ─────────────────────────────────────────────────────

    def _through(self, incident: IncidentFound, mine: list[Party]) -> list[tuple[Party, Party, int, str]]:
        """A supplier introduced as one and hit together with others supplies them; so does the maker in a supply chain attack."""
        known = {(id(s), id(c)) for s, c, _, _ in self.found} | {(id(c), id(s)) for s, c, _, _ in self.found}
        found: list[tuple[Party, Party, int, str]] = []
        for party, sentence in self.introduced:
            if party.security or party.authority or party not in mine:
                continue
            a, b = self.doc.sentences[sentence]
            beside = [p for p in mine if p is not party and any(a <= m.span[0] < b for m in p.mentions)]
            found.extend((party, p, sentence, "supply.introduced") for p in beside if (id(party), id(p)) not in known)
        if incident.kind is IncidentKind.SUPPLY_CHAIN and not any(s in mine or c in mine for s, c, _, _ in [*self.found, *found]):
            for chunk in self.doc.chunks:
                makers = [p for p in self.makers_in(chunk) if not p.security or p in mine]
                if makers:
                    sentence = self.doc.sentence_of(chunk[0])
                    found.extend((makers[0], p, sentence, "supply.chain") for p in mine if p is not makers[0])
                    break
        return found

    def _cloud(self, incident: IncidentFound, mine: list[Party]) -> list[tuple[Party, Party, int, str]]:
        """ "the bank's cloud provider", where the text names one large provider of cloud services that is no victim."""
        doc = self.doc
        clouds = [p for p in self.parties.organizations() if normal(p.name) in _words()["clouds"] and p not in mine]
        if len(clouds) != 1 or any(s is clouds[0] for s, _, _, _ in self.found) or not mine:
            return []
        for match in _CLOUD.finditer(doc.text):
            sentence = doc.sentence_of(doc.tokens(match.start(), match.end())[0])
            if incident.tells(sentence):
                return [(clouds[0], mine[0], sentence, "supply.cloud")]
        return []
