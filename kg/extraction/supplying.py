"""Whether one party supplies another: what the text says of either, as features of a small logistic model.

The rules of :mod:`kg.extraction.supply` that found a pair are features among others: who is introduced as a supplier, at whom
the harm was done, whose "own systems" were not touched. The weights come from ``tools/train_supplies.py``.
"""

from __future__ import annotations

import re
from functools import cache

from kg.extraction import cues
from kg.extraction.findings import IncidentFound, Reading
from kg.extraction.parties import Party
from kg.vocabulary import IncidentKind


def _any(name: str) -> str:
    return "(?:" + "|".join(sorted((re.escape(str(w)) for w in cues.load("supply")[name]), key=len, reverse=True)) + ")"


@cache
def _patterns() -> tuple[dict[str, re.Pattern[str]], dict[str, re.Pattern[str]]]:
    """What stands before and behind the name of a supplier or a customer."""
    noun, harm, serving, using = (_any(n) for n in ("suppliers", "harms", "serving", "using"))
    general, product, few = _any("general"), _any("products"), r"(?:[\w'’.-]+ ){0,5}?"
    behind = {
        "is a supplier": rf"^(?: \([^)]*\))?,? (?:an?|the|its|their|our|another) {few}{noun}\b",
        "is who serves": rf"^(?: \([^)]*\))?,? (?:(?:an?|the|its|their) {few}{general}[^,.;]{{0,30}}? )?"
        rf"(?:that|which|who) (?:also )?{serving}\b",
        "serves": rf"^(?: \([^)]*\))? {serving}\b",
        "has customers": r"^(?:['’]s?)? (?:\w+ ){0,2}?(?:customers?|clients?|users?|tenants?|subscribers?)\b",
        "has a product": rf"^['’]s? (?:\w+ ){{0,2}}?{product}\b",
        "tells customers": r"^ (?:has |had |first )?(?:told|informed|notified|alerted|assured|warned) ",
        "uses": rf"^(?: \([^)]*\))?,? (?:(?:which|that|who|both|also) )?(?:has |had |have )?{using}\b",
        "learned": r"^(?: \([^)]*\))?,? (?:has |had |was |were )?(?:learned|informed|told|notified|alerted)\b",
        "own": r"^[^.;]{0,160}\b(?:its|their) own (?:\w+ ){0,2}?"
        r"(?:systems?|networks?|computers?|servers?|infrastructure|platforms?|environment)\b",
        "has data elsewhere": r"^['’]s? (?:\w+ ){0,3}?(?:data|records|files|patients|customers|members|staff|employees|shoppers|guests)\b",
        "is not": r"^[^.;]{0,60}\b(?:was not|were not|is not|are not|had nothing|not involved|not affected|no part)\b",
    }
    before = {
        "supplier named": rf"\b{noun}s?,? (?:called |named |like |such as )?(?:the )?$",
        "company called": rf"\b{general} (?:called|named|known as) $",
        "is used": rf"\b{using} {few}(?:the |an? )?$",
        "harm at": rf"\b{harm}s? (?:of|at|on|against|involving|inside|by way of|through) (?:the )?{few}$",
        "through": rf"\b(?:through|via|by way of|from|out of) (?:the |its |an? )?{few}$",
        "kept with": r"\b(?:with|at|on|by|of|to) (?:the )?(?:\w+ )?$",
        "customers of": r"\b(?:customers?|clients?|users?|tenants?) of (?:the )?$",
        "among customers": r"\b(?:customers?|clients?|users?|tenants?|companies|brands|organi[sz]ations|agencies|hospitals|banks|"
        r"retailers)\b"
        r"[^.;]{0,40}?(?:including|such as|like|among them|are|were|is)[:,]? (?:[\w'’&. -]+,? (?:and )?)*(?:the )?$",
        "on behalf of": r"\b(?:for|on behalf of|in the name of|serving|supplies|supplied|services|client|customer) (?:the )?$",
    }
    return ({k: re.compile(v) for k, v in behind.items()}, {k: re.compile(v, re.IGNORECASE) for k, v in before.items()})


class Supplying:
    """Features of parties and pairs of parties; ``rules`` are the pairs that rules found, with the rules' names."""

    def __init__(self, reading: Reading, hubs: set[int], makers: set[int], kin: set[frozenset[int]]) -> None:
        self.reading, self.doc = reading, reading.doc
        self.hubs, self.makers, self.kin = hubs, makers, kin
        self.rules: dict[tuple[int, int], set[str]] = {}
        self._said: dict[int, set[str]] = {}

    def said(self, party: Party) -> set[str]:
        """What stands around the mentions of a party."""
        known = self._said.get(id(party))
        if known is None:
            known = self._said[id(party)] = self._read(party)
        return known

    def _read(self, party: Party) -> set[str]:
        doc = self.doc
        behind, before = _patterns()
        found = set()
        for mention in party.mentions[:12]:
            sentence = doc.sentence_of(mention.span[0])
            a, b = doc.chars(doc.sentences[sentence])
            start, end = doc.words[mention.span[0]].start, doc.words[mention.span[1] - 1].end
            names = {name for name, pattern in behind.items() if pattern.search(doc.text[end:b])}
            if mention.how == "name":
                names |= {name for name, pattern in before.items() if pattern.search(doc.text[max(a, start - 120) : start])}
                found |= names
            else:
                found |= names & _OF_DESCRIPTIONS
        for name, holds in (
            ("hub", id(party) in self.hubs),
            ("maker", id(party) in self.makers),
            ("security", party.security),
            ("authority", party.authority),
            ("first", bool(party.mentions) and doc.sentence_of(party.mentions[0].span[0]) < 2),
            ("speaks", party is self.reading.parties.self_party),
            ("guessed", party.basis == "guessed"),
        ):
            if holds:
                found.add(name)
        return found

    def features(self, supplier: Party, customer: Party, incident: IncidentFound) -> dict[str, float]:
        """What speaks for one party's supplying another."""
        victims = [v.party for v in incident.victims if v.party]
        key, back = (id(supplier), id(customer)), (id(customer), id(supplier))
        found = {f"supplier {name}" for name in self.said(supplier)} | {f"customer {name}" for name in self.said(customer)}
        found |= {"rule"} if key in self.rules else set()
        found |= {"back"} if back in self.rules else set()
        found |= self.rules.get(key, set()) | {f"back {name}" for name in self.rules.get(back, ())}
        hits = ("both" if customer in victims else "supplier") if supplier in victims else "customer"
        found.add(f"hit: {hits}")
        homes = [{self.doc.sentence_of(m.span[0]) for m in p.mentions if m.how == "name"} for p in (supplier, customer)]
        for name, holds in (
            ("kin", frozenset(key) in self.kin),
            ("together", bool(homes[0] & homes[1])),
            ("near", any(abs(a - b) == 1 for a in homes[0] for b in homes[1])),
            ("chain", incident.kind is IncidentKind.SUPPLY_CHAIN),
            ("three", len(victims) > 2),
            ("alone", len(victims) < 2),
        ):
            if holds:
                found.add(name)
        if supplier in victims and customer in victims:
            others = [p for p in victims if p is not supplier]
            best = max((self._points(p) for p in others), default=0)
            found.add("more a supplier than others" if self._points(supplier) > best else "no more a supplier than others")
        return dict.fromkeys(found, 1.0)

    def _points(self, party: Party) -> int:
        return len(self.said(party) & _OF_SUPPLIERS) - len(self.said(party) & _OF_CUSTOMERS)


_OF_DESCRIPTIONS = frozenset(["own", "uses", "learned", "tells customers", "has customers", "has a product", "serves", "is who serves"])
"""What also counts where a party is only described or stands as a pronoun."""
_OF_SUPPLIERS = frozenset(
    [
        "is a supplier",
        "is who serves",
        "serves",
        "tells customers",
        "supplier named",
        "company called",
        "is used",
        "harm at",
        "customers of",
        "hub",
        "maker",
        "has customers",
    ]
)
_OF_CUSTOMERS = frozenset(["uses", "learned", "own", "has data elsewhere", "among customers", "on behalf of", "speaks"])
