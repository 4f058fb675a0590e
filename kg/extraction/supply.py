"""Who supplies whom: what a text says of suppliers and customers, and what an attack that ran through a supplier shows."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cache, cached_property
from itertools import pairwise

from kg.extraction import cues
from kg.extraction.analysis import Clause, Span
from kg.extraction.findings import IncidentFound, Reading, Supplied
from kg.extraction.linear import Linear
from kg.extraction.parties import Party, normal
from kg.extraction.speech import Speeches
from kg.extraction.supplying import Supplying
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


LISTS = frozenset(["supply.among", "supply.one_of", "supply.clients"])
"""Rules that find customers which a text lists by name."""
LIKELY = 0.25
"""From this probability on one party supplies another; set by cross-validation (``tools/train_supplies.py``)."""


@cache
def _words() -> dict[str, frozenset[str]]:
    """The lists of ``cues/supply.yaml``, nouns with their plurals."""
    lists = {name: frozenset(words) for name, words in cues.load("supply").items()}
    for name in ("customers", "suppliers", "makers", "products", "general"):
        lists[name] |= frozenset(cues.plural(word) for word in lists[name])
    return lists


class Supplies:
    """Who supplies whom as a text tells it, its incidents and their victims being known."""

    def __init__(self, reading: Reading, speeches: Speeches) -> None:
        self.reading, self.doc, self.parties, self.speeches = reading, reading.doc, reading.parties, speeches
        self.found: list[tuple[Party, Party, int, str]] = []
        """Supplier, customer, sentence and rule of every relation that the text itself tells of."""
        self.introduced: list[tuple[Party, int]] = []
        """Parties that a noun of supply introduces without saying whose ("billing provider Acme"), and the sentence."""
        self.kin: set[frozenset[int]] = set()
        """Parties of which one owns the other."""
        self.hubs: dict[Party, int] = {}
        """Parties that the text tells others were reached through or served by, and the sentence."""
        self._find()

    @property
    def pairs(self) -> set[tuple[Party, Party]]:
        """Every pair of supplier and customer."""
        return {(supplier, customer) for supplier, customer, _, _ in self.found}

    @property
    def makers(self) -> list[Party]:
        """The parties that the text introduces as makers or suppliers of something others use, in its order."""
        found = [p for chunk in self.doc.chunks for p in self._makers_in(chunk) if not p.authority and not p.press]
        return list(dict.fromkeys(found))

    def _find(self) -> None:
        """Collect the relations of the whole text."""
        for chunk in self.doc.chunks:
            self._phrase(chunk)
        for clause in self.doc.clauses:
            if not clause.negated and not self.speeches.is_negated(clause.verb):
                self._clause(clause)
        for sentence in range(len(self.doc.sentences)):
            self._listed(sentence)
        wording = _Wording(self.reading)
        known = {(id(s), id(c)) for s, c, _, _ in self.found} | {(id(c), id(s)) for s, c, _, _ in self.found}
        for supplier, customer, sentence, rule in wording.told():
            if (id(supplier), id(customer)) not in known:
                known |= {(id(supplier), id(customer)), (id(customer), id(supplier))}
                self.found.append((supplier, customer, sentence, rule))
        self.hubs = wording.hubs
        self.kin = wording.kin()

    def candidates(self) -> list[tuple[int, Party, Party, dict[str, float], int, str]]:
        """Pairs of supplier and customer of which one was hit: incident, the two, features, the sentence and the rule that tell of them."""
        rules: dict[tuple[int, int], set[str]] = {}
        places: dict[tuple[int, int], tuple[int, str]] = {}
        found: list[tuple[int, Party, Party, dict[str, float], int, str]] = []
        mine = [[v.party for v in i.victims if v.party] for i in self.reading.incidents]
        for number, incident in enumerate(self.reading.incidents):
            for supplier, customer, sentence, rule in [
                *self.found,
                *self._through(incident, mine[number]),
                *self._cloud(incident, mine[number]),
            ]:
                key = (id(supplier), id(customer))
                rules.setdefault(key, set()).add(rule)
                places.setdefault(key, (sentence, rule))
        weigher = self.weigher
        weigher.rules = rules
        parties = [p for p in self.parties.organizations() if not p.press and p.mentions]
        for number, incident in enumerate(self.reading.incidents):
            hit = {id(p) for p in mine[number]}
            for supplier in parties:
                for customer in parties:
                    key = (id(supplier), id(customer))
                    if supplier is customer or not (key in rules or hit >= {id(supplier), id(customer)}):
                        continue
                    if not hit & {id(supplier), id(customer)} and not (hit and "supply.uses" in rules.get(key, ())):
                        continue
                    sentence, rule = places.get(key) or (self.doc.sentence_of(customer.mentions[0].span[0]), "supply.hit")
                    found.append((number, supplier, customer, weigher.features(supplier, customer, incident), sentence, rule))
        return found

    @cached_property
    def weigher(self) -> Supplying:
        """What the text says of suppliers and customers."""
        return Supplying(self.reading, set(map(id, self.hubs)), set(map(id, self.makers)), self.kin)

    @cached_property
    def likely(self) -> list[tuple[int, Supplied]]:
        """The relations that are likely, with the number of their incident, the likeliest first."""
        model = Linear.bundled("supplies")
        rated = [(model.probabilities(f)["supplies"], n, s, c, sentence, rule) for n, s, c, f, sentence, rule in self.candidates()]
        seen: set[tuple[int, int]] = set()
        found = []
        for p, number, supplier, customer, sentence, rule in sorted(rated, key=lambda r: -r[0]):
            if p < LIKELY or (id(supplier), id(customer)) in seen or (id(customer), id(supplier)) in seen:
                continue
            seen.add((id(supplier), id(customer)))
            found.append((number, Supplied(supplier, customer, self.reading.sentence_ground(sentence, rule, p))))
        return found

    def fill(self) -> None:
        """Give each incident the relations of its victims that are likely."""
        for number, supplied in self.likely:
            self.reading.incidents[number].supplies.append(supplied)

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
            makers = self._makers_in(chunk)
            if makers:
                return makers
        return []

    def _makers_in(self, chunk: Span) -> list[Party]:
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
            chunks = [c for c in doc.chunks_in(*doc.sentences[s]) if doc.words[doc.head(c)].lower in _words()["customers"]]
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
        known |= {(id(s), id(c)) for s, c, _, _ in found} | {(id(c), id(s)) for s, c, _, _ in found}
        linked = {id(c) for s, c, _, _ in [*self.found, *found]}
        for hub, sentence in self.hubs.items():
            if hub.authority or hub.press or (hub.security and hub not in mine) or not incident.tells(sentence):
                continue
            others = [p for p in mine if p is not hub and not p.press and (id(hub), id(p)) not in known and id(p) not in linked]
            others = [p for p in others if frozenset((id(hub), id(p))) not in self.kin and (not p.security or self._own_loss(p))]
            found.extend((hub, p, sentence, "supply.through") for p in others)
            linked |= {id(p) for p in others}
        if incident.kind is IncidentKind.SUPPLY_CHAIN and not any(s in mine or c in mine for s, c, _, _ in [*self.found, *found]):
            for chunk in self.doc.chunks:
                makers = [p for p in self._makers_in(chunk) if not p.security or p in mine]
                if makers:
                    sentence = self.doc.sentence_of(chunk[0])
                    found.extend((makers[0], p, sentence, "supply.chain") for p in mine if p is not makers[0])
                    break
        return found

    def _own_loss(self, party: Party) -> bool:
        """Whether a security firm is spoken of as an owner or an object ("Acme's own tools", "Acme was hit"), not only as who tells."""
        ends = [self.doc.words[m.span[1] - 1].end for m in party.mentions if m.how == "name"]
        return any(re.match(r"['’]s? (?!analys|research|report|finding|team)|,? (?:itself )?was ", self.doc.text[e : e + 20]) for e in ends)

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


# ── wording ──────────────────────────────────────────────────────────────────────────────

_N = r"⟦(\d+)⟧"
_LIST = r"((?:both )?(?:the )?⟦\d+⟧(?:(?:, | and |, and |, as well as | as well as |, [\w'’ -]{3,40}, )(?:the )?⟦\d+⟧)*)"
_MARK = re.compile(_N)
_DENIED = re.compile(
    r"\b(?:no|not|neither|nor|never|none|without|rivals?|competitors?|competing|alternative|formerly|cannot|declined?)\b|n['’]t\b"
)
_AFTERWARDS = re.compile(r"^[^.;]{0,40}\b(?:was not the source|is not|was not|are not|were not|itself was not)\b")
_HARMED = re.compile(
    r"\b(?:attack\w*|breach\w*|hack\w*|hit|struck|stole\w*|theft|taken|copied|intru\w+|compromis\w+|expos\w+|leak\w*|"
    r"outages?|incident|infect\w*|ransomware|affected|broke\w*|opened|penetrated|entered|reached|encrypted|malware|malicious|"
    r"trojani[sz]ed|backdoor\w*|altered|poisoned|tampered|lost|accessed|exploited|downloaded|down)\b",
    re.IGNORECASE,
)


_MONEY = re.compile(r"\b(?:launder\w*|mixers?|coins|funds|withdraw\w*|transfers?|payments?)\b")
_UNIT = re.compile(r"(?:['’]s)? (?:unit|arm|division|subsidiary|brand|business)\b")
_KIN = re.compile(
    r"\b(?:unit|subsidiary|arm|division|brand|affiliate|sister|owners?|parent|owned|belongs?|bought|acquired|acquisition|part of)\b"
)


def _any(name: str) -> str:
    """The words of a list as alternatives of a pattern, longest first."""
    return "(?:" + "|".join(sorted(map(re.escape, _words()[name]), key=len, reverse=True)) + ")"


@cache
def _wordings() -> list[tuple[str, re.Pattern[str], str, str]]:
    """Rule, pattern, where the supplier stands (s: named, h: the one hit before) and the customers (c: named, p: a pronoun, "": nobody)."""
    noun, thing, harm, serves, uses = (_any(n) for n in ("suppliers", "products", "harms", "serving", "using"))
    near, few = r"(?:(?!⟦)[^.;:⟦]){0,60}?", r"(?:[\w'’-]+ ){0,4}?"
    s, one, c, its = r"(?P<s>⟦\d+⟧)", r"(?P<c>⟦\d+⟧)", f"(?P<c>{_LIST})", r"(?P<p>its|their|our|us)\b"
    buyers, article = "(?:customers|clients|users|tenants|subscribers)", "(?:an? |the |its |their |another |also an? )?"
    buyer = "(?:customers?|clients?|users?|tenants?)"
    kept = "(?:hosted|run|managed|operated|provided|supplied|made|held|stored|handled|kept|maintained|serviced|processed)"
    listing, inserted = "(?:such as|including|like|among them|include|included|are|were)[:,]? (?:the )?", r"(?:,[^,.;⟦]{1,60},|,)?"
    firm = "(?:company|firm|group|provider|supplier|vendor|maker)"
    through = "(?:through|via|by way of|because of|thanks to|after|following)"
    hit = f"(?:trojani[sz]ed|malicious|hacked|breached|compromised|third|party|cloud|software|company|firm|{noun})"
    looks, likewise = "(?:hosts|runs|maintains|operates|manages)", "(?:in the same way|to the same|as well|too|likewise)"
    data = r"\b(?:data|records|files|information|database|systems?|servers?|accounts?|registers?|website|network)"
    table = [
        # Acme, the payroll provider of Initech; Acme, the operator of its help desk
        ("its_supplier", rf"{s},? {article}{few}{noun} (?:of|for|to) (?:the )?{c}", "s", "c"),
        ("its_supplier", rf"{s},? (?:an? |the ){few}{noun} (?:of|for|to|that \w+) {its}", "s", "p"),
        # Acme, which runs the billing of Initech; which serves its customers; which supplies Initech
        ("runs", rf"{s}{inserted} (?:which|that|who|also)? ?{serves} {near}(?:for|to|of|at) (?:the )?{c}", "s", "c"),
        ("runs", rf"{s},? (?:{article}{few}[a-z-]+ )?(?:which|that|who) (?:also )?{serves} {few}{its}", "s", "p"),
        ("runs", rf"{s},? (?:{article}{few}[a-z-]+ )?(?:which|that|who) {looks} (?:(?:a )?part of )?(?P<p>the)\b", "s", "p"),
        ("runs", rf"{s},? (?:which|that|who) (?:also )?{serves} (?:the )?{c}(?:['’]s?)? ", "s", "c"),
        ("runs", rf"{s} (?:supplies|supplied|serves|served|services|provides|provided) (?:the )?{c} ", "s", "c"),
        ("runs", rf"{one}['’]s? (?:[\w-]+ ){{1,4}}?(?:is|are|was|were) {few}{kept} (?:by|at|with) {few}{s}", "s", "c"),
        ("runs", rf"\b{kept} for (?:the )?{c} by (?:the )?{few}{s}", "s", "c"),
        # Initech uses the software of Acme; keeps its data with Acme; its Acme account
        ("uses", rf"{c}{inserted} (?:(?:which|that|who|both|all|also|had|has|have) )*{uses} {near}{s}", "s", "c"),
        ("uses", rf"{c} {few}(?:keeps?|kept|stores?|stored|held|holds?) {near}(?:with|at) {few}{s}", "s", "c"),
        ("uses", rf"{data} of (?:the )?{c},? {few}{kept} (?:by|at|with|on) {few}{s}", "s", "c"),
        ("uses", rf"{c} {near}\b(?:its|their) {s} (?:tenant|account|instance|environment|system|server|software)s?\b", "s", "c"),
        # customers of Acme such as Initech; Acme's clients include Initech
        ("clients", rf"{s}(?:['’]s?)? (?:\w+ ){{0,2}}?{buyers}\b{near}{listing}{c}", "s", "c"),
        ("clients", rf"{buyers} of {few}{s},? {near}{listing}{c}", "s", "c"),
        ("clients", rf"{s},? {near}whose (?:\w+ ){{0,2}}?{buyers} {near}{listing}{c}", "s", "c"),
        ("clients", rf"(?:^|\b(?:its|the|our|their) (?:\w+ )?){few}{buyers},? {listing}{c}", "h", "c"),
        ("clients", rf"{c}(?: and (?:[A-Z][\w'’&.-]* ?)+)?, (?:an?|one|two|three|both|all|some|other|its|among) {near}{buyer}\b", "h", "c"),
        # A, B and C, for which the firm provides …; whose … depend on the firm; about their vendor
        ("clients", rf"{c},? (?:for|to) (?:which|whom) (?:the {firm}|it) ", "h", "c"),
        ("clients", rf"{c},? (?:whose {near}|which |who ){uses} {few}(?:the (?:same )?(?:{firm}|{thing})|it)\b", "h", "c"),
        ("clients", rf"{c},? {near}(?:about|on|from|by|with|through|of) (?:their|its|the same) (?:\w+ )?{noun}\b", "h", "c"),
        ("clients", rf"{c} (?:\w+ ){{0,6}}?(?:is|are|was|were) (?:also )?among (?:those|them|the (?:\w+ )?{buyers})", "h", "c"),
        ("clients", rf"{c} (?:also )?(?:lost|had [\w ]{{1,20}}(?:copied|stolen|taken)|suffered) {near}{likewise}\b", "h", "c"),
        # hit through Acme; after the breach of Acme; software maker Acme; the data lay on servers of Acme
        (
            "hub",
            rf"\b(?:{through}|in|from|by) {article}(?:[\w-]+ ){{0,4}}?(?:{thing}|{noun}|{harm}) "
            rf"(?:of|at|from|by|on|against|involving|called|named) (?:the )?{few}{s}",
            "s",
            "",
        ),
        ("hub", rf"\b{through} {article}(?:{hit} )*{s}(?:['’]s?)?(?: (?:\w+ )?(?:{thing}|{harm})|[.,;])", "s", ""),
        ("hub", rf"\b{harm} (?:of|at|on|against|involving) (?:the )?(?:[\w-]+ ){{0,4}}?{noun},? {s}", "s", ""),
        ("hub", rf"{s},? (?:an? |the ){few}{noun}\b", "s", ""),
        ("hub", rf"(?:\b{article}(?:[\w-]+ ){{0,3}}?{noun})(?: called| named|,)? {s}", "s", ""),
        ("hub", rf"\b(?:came|come|comes|leaked|traced|back) (?:out of|from|to|back to) {s}", "s", ""),
        ("hub", rf"\b(?:{thing}|{noun}) (?:is|was|are) (?:called )?{s}", "s", ""),
        ("hub", rf"\b(?:on|in|at) (?:the )?(?:servers?|cloud|systems|clouds|data cent(?:er|re)s?) of {s}", "s", ""),
        ("hub", rf"\b(?:kept|keeps|stored|hosted|lay|sat) (?:with|at|on) {few}{s}", "s", ""),
    ]
    return [(f"supply.{rule}", re.compile(pattern), supplier, customer) for rule, pattern, supplier, customer in table]


class _Wording:
    """Relations by the wording of a sentence in which every organization is replaced by a mark, whatever its phrases are."""

    def __init__(self, reading: Reading) -> None:
        self.reading, self.doc, self.parties = reading, reading.doc, reading.parties
        self.victims = [v.party for i in reading.incidents for v in i.victims if v.party]
        self.hubs: dict[Party, int] = {}

    def _marked(self, sentence: int) -> tuple[str, list[Party]]:
        doc = self.doc
        a, b = doc.sentences[sentence]
        found: list[Party] = []
        pieces: list[str] = []
        at = doc.words[a].start
        k = a
        while k < b:
            party = self.parties.at(k)
            if party is None or party.kind != "organization" or party.press:
                k += 1
                continue
            end = k + 1
            while end < b and self.parties.at(end) is party:
                end += 1
            pieces += [doc.text[at : doc.words[k].start], f"⟦{len(found)}⟧"]
            found.append(party)
            at, k = doc.words[end - 1].end, end
        pieces.append(doc.text[at : doc.words[b - 1].end])
        marked = " ".join("".join(pieces).split())
        return re.sub(r"(⟦\d+⟧) \((?:[^()⟦]|⟦\d+⟧){1,40}\)", r"\1", marked), found

    def told(self) -> list[tuple[Party, Party, int, str]]:
        """Supplier, customer, sentence and rule of every wording that fits; fills ``hubs``."""
        found: list[tuple[Party, Party, int, str]] = []
        lists: list[tuple[list[Party], int, str]] = []
        for sentence in range(len(self.doc.sentences)):
            text, parties = self._marked(sentence)
            if not parties or (self.reading.incidents and not any(i.tells(sentence) for i in self.reading.incidents)):
                continue
            for rule, pattern, supplier, customer in _wordings():
                for match in pattern.finditer(text):
                    if _DENIED.search(match.group().lower()) or _AFTERWARDS.search(text[match.end() :]):
                        continue
                    suppliers = [parties[int(n)] for n in _MARK.findall(match["s"])] if supplier == "s" else []
                    if customer == "c":
                        customers = [parties[int(n)] for n in _MARK.findall(match["c"])]
                    elif customer == "p":
                        customers = self._whom(text[: match.start("s")], match["p"], parties, suppliers)
                    else:
                        if suppliers[0] in self.victims or self._breached(text, sentence, suppliers[0]):
                            self.hubs.setdefault(suppliers[0], sentence)
                        continue
                    customers = [c for c in customers if not c.security or c in self.victims]
                    if supplier == "h":
                        lists.append((customers, sentence, rule))
                    else:
                        found.extend((s, c, sentence, rule) for s in suppliers for c in customers if self._fit(s, c))
        for customers, sentence, rule in lists:
            hub = self._hub(sentence, customers)
            if hub is not None:
                found.extend((hub, c, sentence, rule) for c in customers if self._fit(hub, c))
        return found

    def _fit(self, supplier: Party, customer: Party) -> bool:
        if supplier.security and supplier not in self.victims:
            return False
        return supplier is not customer and not supplier.authority and not supplier.press and not customer.press

    def _breached(self, text: str, sentence: int, party: Party) -> bool:
        """Whether harm is told of in the sentence that introduces a supplier, and not the way that money took."""
        if party.security or party.authority or _DENIED.search(text.lower()):
            return False
        return bool(_HARMED.search(text) and not _MONEY.search(text))

    def kin(self) -> set[frozenset[int]]:
        """The pairs of parties of which the text says that one owns or is a part of the other: no suppliers of each other."""
        found: set[frozenset[int]] = set()
        for sentence in range(len(self.doc.sentences)):
            text, parties = self._marked(sentence)
            marks = list(_MARK.finditer(text))
            for one, other in pairwise(marks):
                ahead = text[max(0, one.start() - 40) : one.start()] if "," in text[one.end() : other.start()][:2] else ""
                between = _KIN.search(text[one.end() : other.start()]) or _UNIT.match(text[other.end() :])
                if between or (_KIN.search(ahead) and "⟦" not in ahead):
                    found.add(frozenset((id(parties[int(one[1])]), id(parties[int(other[1])]))))
        return found

    def _hub(self, sentence: int, customers: list[Party]) -> Party | None:
        """Whose customers a list names that does not say so: the victim or supplier last named before it, else the first victim."""
        candidates = [p for p in (*self.hubs, *self.victims) if p not in customers and not p.authority]
        end = self.doc.sentences[sentence][1]
        for t in range(end - 1, -1, -1):
            party = self.parties.at(t)
            if party is not None and party in candidates:
                return party
        return candidates[0] if candidates else None

    def _whom(self, before: str, pronoun: str, parties: list[Party], suppliers: list[Party]) -> list[Party]:
        """Whom "its" or "our" after a supplier stands for: who speaks, who is named before it in the sentence, else the first victim."""
        own = self.parties.self_party
        if pronoun in ("our", "us"):
            return [own] if own is not None and own not in suppliers else []
        if pronoun == "the" and suppliers[0] in self.victims:
            return []
        named = [parties[int(n)] for n in _MARK.findall(before)]
        named = [p for p in named if p not in suppliers and not p.authority and not p.security]
        if named:
            return named[:1]
        return [p for p in self.victims if p not in suppliers][:1]
