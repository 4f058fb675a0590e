"""Who a text speaks of: organizations and persons with every mention of them, by name, by description or by pronoun.

Names come from the lexicon and from the tagger; "the company", "the Spanish bank", "it" and "we" are led
back to them by simple, ordered rules (the same head word, then the nearest fitting subject).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from kg.extraction import cues
from kg.extraction.analysis import Analysis, Span, Word
from kg.extraction.gazetteer import gazetteer
from kg.extraction.introduced import introduced_malware
from kg.extraction.names import ordinary_words
from kg.extraction.naming import Naming

NAME, NOMINAL, PRONOUN, SELF = "name", "nominal", "pronoun", "self"


@dataclass(slots=True)
class Mention:
    """One place where a party is mentioned; ``chunk`` is the noun phrase that it stands in (or its own span)."""

    span: Span
    chunk: Span
    how: str


@dataclass(slots=True, eq=False)
class Party:
    """An organization, a person or a state that the text names."""

    name: str
    kind: str
    """``organization``, ``person`` or ``state``."""
    id: str | None = None
    country: str | None = None
    mentions: list[Mention] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    authority: bool = False
    security: bool = False
    press: bool = False
    basis: str = "tagged"
    """How the name was recognised: ``known`` (lexicon), ``tagged`` (tagger) or ``guessed`` (a proper noun that nothing else explains)."""
    works_for: Party | None = None

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name}>"


@cache
def words() -> dict[str, Any]:
    """``cues/parties.yaml`` with its lists as sets of lower-case words."""
    data = cues.load("parties")
    return {key: frozenset(str(w).lower() for w in values) for key, values in data.items()}


def normal(name: str) -> str:
    """A name without case, accents, punctuation, article and legal form.

    >>> normal("The Home Depot, Inc."), normal("AT&T Inc.")
    ('home depot', 'at&t')
    """
    text = unicodedata.normalize("NFKD", name)
    text = "".join(c for c in text if not unicodedata.combining(c)).casefold().replace("\u2019", "'")
    text = re.sub(r"'s\b", "", text)
    text = re.sub(r"(?<=\b[a-z])\.(?=[a-z]\b)", "", text)
    parts = re.sub(r"[^\w&+$]+", " ", text).split()
    kept = [p for p in parts if p not in words()["legal_forms"]]
    while len(kept) > 1 and kept[-1] in ("&", "and"):
        kept.pop()
    return " ".join(kept or parts)


_AUTHORITY = re.compile(
    r"\b(?:police|embassy|ministry|court|task force|oig|sheriff(?:'s office)?|attorney general|"
    r"prosecutor'?s? office|grand jury|police department|bureau of investigation|postal inspection service|"
    r"commissioner|ombudsman|government)$"
)
_NO_NAME = re.compile(
    r"^[$€£]?\d[\d.,]*(?:[KMB]|[KMGT]B)?$|"
    r"-based$|\bAct(?: of \d{4})?$|^(?:[A-Z]{2}|e?PHI|PII|CD-ROMs?|MongoDB|Elasticsearch|S3|DVD|USB|PDF|Excel|"
    r"Protected Health Information)$|^[A-Z]+(?:ISH|EAN|IAN|ESE)$|\bWas Involved$"
)
_OWN_INCIDENT = re.compile(
    r"\b(?:[Oo]ur|OUR) (?:\w+ ){0,2}?(?:systems?|networks?|servers?|customers?|clients|users|guests|members|"
    r"patients|employees|environment|databases?|website|operations|stores|wallets?|investigation|company|data|"
    r"staff|security team|information)\b|"
    r"\b[Ww]e (?:\w+ )?(?:learned|discovered|detected|identified|experienced|became aware|notified|recently|"
    r"regret|apologi[sz]e|are notifying|have been|were)\b"
)
_AFTER_POSSESSIVE = frozenset(["restaurants", "stores", "sons", "sporting", "club", "goods", "pizza", "foods", "home", "depot"])
_LEGAL_END = re.compile(r"(?:,? (?:Inc|Incorporated|Corp|Ltd|LLC|L\.L\.C|PLC|plc|GmbH|S\.A|N\.V|AG|SE|ASA)\b\.?|,? &? ?Co\.)+$")
_SKIPPED_IN_ACRONYM = frozenset(["of", "the", "and", "for", "on", "in", "&", "de", "la"])


def acronyms(name: str) -> set[str]:
    """The acronyms that a name of several words may have.

    >>> "OPM" in acronyms("U.S. Office of Personnel Management")
    True
    """
    parts = [p for p in re.split(r"[\s/-]+", name.replace(".", "")) if p]
    short = "".join(p[0] for p in parts if p.lower() not in _SKIPPED_IN_ACRONYM).upper()
    tail = "".join(p[0] for p in parts[1:] if p.lower() not in _SKIPPED_IN_ACRONYM).upper()
    whole = "".join(p[0] for p in parts).upper()
    return {a for a in (short, tail, whole) if len(a) >= 2}


def _stands_for(short: str, names: Iterable[str]) -> bool:
    """Whether a name in capitals is the acronym of one of several names."""
    return short.isupper() and 2 <= len(short) <= 6 and any(short in acronyms(n) for n in names if " " in n)


class Parties:
    """Every party of an analysed text; ``publisher`` is who speaks as "we", where known."""

    def __init__(self, analysis: Analysis, publisher: str | None = None) -> None:
        self.doc = analysis
        self.all: list[Party] = []
        self._number: dict[Party, int] = {}
        self._naming = Naming(analysis)
        self._entities = self._naming.entities()
        self._under: dict[str, set[Party]] = {}
        self._standing: set[tuple[Party, Span]] = set()
        self._at_token: dict[int, Party] = {}
        self._chunk_party: dict[int, list[Party]] = {}
        self.tickers: dict[str, Party | None] = {}
        self._surfaces: dict[Party, Counter[str]] = {}
        self._name_mentions()
        self._display_names()
        self._attributes()
        self.self_party = self._self(publisher)
        self._corefer()

    # ── names ────────────────────────────────────────────────────────────────────────────

    def _name_mentions(self) -> None:
        doc = self.doc
        spans: list[tuple[Span, str, str | None]] = []
        trailing: dict[int, Span] = {}
        taken: dict[int, str] = {}
        for name in doc.names:
            if name.kind in (
                "actor",
                "malware",
                "tool",
                "technique",
                "tactic",
                "cve",
                "url",
                "email",
                "domain",
                "sha256",
                "md5",
                "sha1",
                "ipv4",
            ):
                for t in range(*doc.tokens(name.start, name.end)):
                    taken[t] = name.kind
        for start, end in introduced_malware(doc.text):
            for t in range(*doc.tokens(start, end)):
                taken.setdefault(t, "malware")
        lexicon: dict[Span, str | None] = {}
        for name in doc.names:
            if name.kind == "organization":
                lexicon[doc.tokens(name.start, name.end)] = name.id
        surnames = {doc.words[d - 1].text for c, d, label in self._entities if label == "PERSON" and d - c > 1}
        for a, b, label in self._entities:
            if label not in ("ORG", "PERSON"):
                continue
            a, b = self._trim(a, b)
            if (
                label == "PERSON"
                and b - a == 1
                and doc.words[a - 1].lower.strip(".") not in ("mr", "mrs", "ms", "dr")
                and doc.words[a].text not in surnames
            ):
                continue
            if label == "ORG" and (parts := self._split(a, b, lexicon)):
                spans.extend((part, "organization", lexicon.get(part)) for part in parts)
                continue
            if (
                a >= b
                or (any(taken.get(t) in ("actor", "malware", "cve") for t in range(a, b)) and (a, b) not in lexicon)
                or self._is_dateline((a, b))
            ):
                continue
            kind = "organization" if label == "ORG" else "person"
            if label == "ORG" and b - a > 3 and (a, b) not in lexicon:
                tail = next(
                    (k for k in lexicon if k[1] == b and k[0] > a and doc.words[k[0] - 1].lower in ("of", "at") and k[0] - 1 - a == 2), None
                )
                if tail is not None and not any(w in words()["institutions"] for w in doc.lower((a, tail[0]))):
                    spans.append(((a, a + 2), "person", None))
                    spans.append((tail, "organization", lexicon[tail]))
                    continue
            if (
                label == "ORG"
                and b - a > 2
                and re.fullmatch(r"[A-Z]{2,5}", doc.words[b - 1].text)
                and doc.words[b - 2].lower.strip(".") in words()["legal_forms"]
            ):
                spans.append(((a, b - 1), "organization", lexicon.get((a, b - 1))))
                trailing[b - 1] = (a, b - 1)
                continue
            if label == "ORG":
                cut = next(
                    (t for t in range(a + 2, b - 1) if doc.words[t].lower in ("'s", "’s") and doc.words[t + 1].text[:1].isupper()), None
                )
                if cut is not None and (a, b) not in lexicon:
                    spans.append(((a, cut), "organization", lexicon.get((a, cut))))
                    spans.append(((cut + 1, b), "organization", lexicon.get((cut + 1, b))))
                    continue
                if b - a >= 3 and doc.words[a + 1].lower in ("'s", "’s") and (a, b) not in lexicon:
                    if doc.words[a].text in gazetteer():  # "Qatar's RasGas"
                        a += 2
                    elif not any(w in words()["institutions"] or w in _AFTER_POSSESSIVE for w in doc.lower((a + 2, b))):
                        b = a + 1  # "Honda's ADRs"
            if label == "ORG" and (
                _NO_NAME.search(doc.say((a, b))) or doc.say((a, b)) in gazetteer() or doc.say(self._extended(a, b)) in gazetteer()
            ):
                continue
            if label == "ORG" and (
                doc.say((a, b)).lower() in words()["not_organizations"] or re.fullmatch(r"(?:Form )?\d+-[A-Z]", doc.say((a, b)))
            ):
                continue
            if label == "ORG":
                title = next((t for t in range(a, b - 2) if doc.words[t].lower in words()["titles"]), None)
                if title is not None and (b - 1 - title) in (2, 3) and (a, b) not in lexicon:
                    a, kind = title + 1, "person"
            spans.append(((a, b), kind, lexicon.get((a, b))))
        covered: dict[int, Span] = {t: span for span, _, _ in spans for t in range(*span)}
        for span, identity in lexicon.items():
            if not any(t in covered for t in range(*span)) and not any(taken.get(t) in ("actor",) for t in range(*span)):
                spans.append((span, "organization", identity))
                covered |= dict.fromkeys(range(*span), span)
        guessed, swallowed = self._guesses(taken, covered)
        spans = [s for s in spans if s[0] not in swallowed]
        spans.extend((span, "organization", lexicon.get(span)) for span in guessed)
        spans.sort()
        for span, kind, identity in spans:
            text = doc.say(span)
            if kind == "organization" and self._is_ticker(span, text):
                continue
            party = self._find(text, kind, identity) or self._new(text, kind, identity)
            if identity:
                party.basis, party.id = "known", party.id or identity
            elif party.basis == "tagged" and span in guessed and not party.mentions:
                party.basis = "guessed"
            elif party.basis == "guessed" and span not in guessed:
                party.basis = "tagged"
            self._add(party, span, NAME)
        for token, owner in trailing.items():
            self.tickers[doc.words[token].text] = self._at_token.get(owner[0])

    def _runs(self) -> list[Span]:
        """Every longest run of capitals in a sentence, over "of" and "&" where an institution is named ("Bank of Springfield")."""
        doc = self.doc
        runs: list[Span] = []
        for number, (a, b) in enumerate(doc.sentences):
            capital = [w.text[:1].isupper() or (any(c.isupper() for c in w.text[1:]) and w.text[0].isalnum()) for w in doc.words[a:b]]
            if number in doc.headings and sum(capital) > 0.6 * sum(w.text[:1].isalpha() for w in doc.words[a:b]):
                continue
            k = a
            while k < b:
                if not capital[k - a] or not doc.words[k].text[0].isalnum():
                    k += 1
                    continue
                j = k + 1
                while j < b:
                    if capital[j - a] and doc.words[j].text[0].isalnum():
                        j += 1
                    elif (
                        doc.words[j].lower in ("of", "&", "for")
                        and j + 1 < b
                        and (capital[j + 1 - a] or (doc.words[j + 1].lower == "the" and j + 2 < b and capital[j + 2 - a]))
                        and (doc.words[j].lower == "&" or any(w.lower in words()["institutions"] for w in doc.words[k:j]))
                    ):
                        j += 2 if capital[j + 1 - a] else 3
                    elif (
                        doc.words[j].lower in ("and",)
                        and j + 1 < b
                        and capital[j + 1 - a]
                        and doc.words[k].lower in words()["institutions"]
                        and j - k >= 2
                        and doc.words[j - 1].lower not in ("states",)
                    ):
                        j += 2
                    else:
                        break
                start = k
                first = doc.words[k]
                if (
                    k == a
                    and j - k > 1
                    and (
                        first.lower in words()["sentence_openers"]
                        or (not first.pos.startswith("NNP") and first.pos not in ("VBG", "JJ", "NN"))
                    )
                ):
                    start = k + 1
                if not (
                    j - start == 1
                    and start == a
                    and not doc.words[start].pos.startswith("NNP")
                    and not self._strange(doc.words[start])
                ):
                    runs.append((start, j))
                k = j
        return runs

    def _guesses(self, taken: dict[int, str], covered: dict[int, Span]) -> tuple[set[Span], set[Span]]:
        """Runs of capitals that are no place, person, actor or date: names that the tagger did not know; and what they swallow."""
        doc = self.doc
        places = {t for a, b, label in self._entities if label == "PLACE" for t in range(a, b)}
        for name in doc.names:
            if name.kind in ("country", "nationality", "place", "region", "sector"):
                places.update(range(*doc.tokens(name.start, name.end)))
        persons = {t for a, b, label in self._entities if label == "PERSON" and b - a > 1 for t in range(a, b)}
        dates = {t for d in doc.dates for t in range(*doc.tokens(d.start, d.end))}
        found: set[Span] = set()
        swallowed: set[Span] = set()
        for span in map(self._naming.bare, self._runs()):
            text = doc.say(span)
            low = doc.lower(span)
            institution = any(w in words()["institutions"] for w in low) and len(low) > 1
            if (
                any(t in taken or t in dates for t in range(*span))
                or text.strip(".").lower() in words()["legal_forms"]
                or text.lower() in words()["not_organizations"]
                or _NO_NAME.search(text)
                or (all(t in places for t in range(*span)) and not institution)
                or any(t in persons for t in range(*span))
                or len(text) < 3
                or self._is_dateline(span)
                or (
                    span[0] > 0
                    and doc.words[span[0] - 1].text in ("'", "‘", "“", '"')
                    and span[1] < len(doc.words)
                    and doc.words[span[1]].text in ("'", "’", "”", '"')
                )
            ):
                continue
            inner = {covered[t] for t in range(*span) if t in covered}
            if inner:
                if (
                    institution
                    and "of" in low
                    and any(i != span for i in inner)
                    and all(span[0] <= i[0] and i[1] <= span[1] for i in inner)
                    and all(w not in ("and",) for w in low)
                ):
                    found.add(span)
                    swallowed |= inner
                continue
            head = doc.head(span)
            if (
                doc.words[head].pos in ("NNP", "NNPS")
                or (span[0] > doc.sentences[doc.sentence_of(span[0])][0] and low[0] not in words()["sentence_openers"])
                or institution
                or sum(1 for _ in range(*span)) > 1
                or any(c.isupper() for c in text[1:])
                or text.lower() not in ordinary_words()
            ) and self._naming.plausible(span):
                found.add(span)
        return found, swallowed

    @staticmethod
    def _strange(word: Word) -> bool:
        """Whether a word that opens a sentence is none that English knows, in none of the usual forms."""
        return (
            word.lower not in ordinary_words()
            and word.lower not in words()["sentence_openers"]
            and not word.pos.startswith("V")
            and not word.lower.endswith(("ed", "ing", "ly"))
        )

    def _extended(self, a: int, b: int) -> Span:
        """A name with "of" and the capitals after it ("People's Republic" of China)."""
        doc = self.doc
        if b + 1 < len(doc.words) and doc.words[b].lower == "of" and doc.words[b + 1].text[:1].isupper():
            return a, b + 2
        return a, b

    def _is_dateline(self, span: Span) -> bool:
        """A town in capitals at the beginning of a paragraph ("OLATHE, Kan.")."""
        doc = self.doc
        return (
            span[0] == doc.sentences[doc.sentence_of(span[0])][0]
            and span[1] < len(doc.words)
            and doc.words[span[0]].text.isupper()
            and len(doc.words[span[0]].text) > 3
            and doc.words[span[1]].text in (",", "(", "-", "–", "—", ".")
            and (doc.say(span).title() in gazetteer() or doc.words[span[1]].text != ",")
        )

    def _split(self, a: int, b: int, lexicon: dict[Span, str | None]) -> list[Span]:
        """A tagged name that is an enumeration with a known name in it ("British Airways and Boots") falls into its parts."""
        doc = self.doc
        known = [s for s in lexicon if a <= s[0] and s[1] <= b and s != (a, b)]
        if not known or not any(
            doc.words[t].lower in ("and", ",", "&", "/") and not any(s[0] <= t < s[1] for s in known) for t in range(a, b)
        ):
            return []
        parts: list[Span] = []
        start = a
        for t in range(a, b + 1):
            if t == b or (doc.words[t].lower in ("and", ",", "/") and not any(s[0] <= t < s[1] for s in known)):
                part = self._trim(start, t)
                if part[0] < part[1]:
                    parts.append(part)
                start = t + 1
        return parts

    def _trim(self, a: int, b: int) -> Span:
        doc = self.doc
        while a < b and (doc.words[a].lower in ("the", "a", "an", ",", "“", '"', "'", "(") or doc.words[a].pos in ("PRP$",)):
            a += 1
        while (
            b > a
            and doc.words[b - 1].lower in ("'s", "’s", ",", ".", "’", "'", ")", '"', "”")
            and doc.words[b - 1].text not in ("Inc.", "Corp.", "Co.")
        ):
            b -= 1
        return a, b

    def _is_ticker(self, span: Span, text: str) -> bool:
        """``(NYSE: EFX)``, ``(TRU)``, or capitals beside words of the stock market."""
        doc = self.doc
        if not re.fullmatch(r"[A-Z]{1,10}(?:\.[A-Z]{1,2})?", text):
            return False
        a, b = span
        before = doc.words[a - 1].text if a else ""
        if (
            before == ":"
            and a >= 2
            and doc.words[a - 2].lower in ("nyse", "nasdaq", "lse", "asx", "tsx", "symbol", "ticker", "lon", "etr", "otc")
        ):
            self._ticker(text, a - 3)
            return True
        after = doc.words[b].text if b < len(doc.words) else ""
        if before == "(" and after == ")" and a >= 2:
            owner = self._at_token.get(a - 2)
            if owner and text not in acronyms(owner.name):
                self._ticker(text, a - 2)
                return True
            return False
        low = {w.lower for w in doc.words[max(0, a - 4) : b + 5]}
        if low & words()["stock_cues"] and text not in {p.name for p in self.all} and text.lower() not in words()["authorities"]:
            self.tickers.setdefault(text, None)
            return bool(low & {"shares", "stock", "closed", "rose", "fell", "gained"})
        return False

    def _ticker(self, text: str, token: int) -> None:
        owner = None
        for t in range(token, max(-1, token - 4), -1):
            if t in self._at_token:
                owner = self._at_token[t]
                break
        self.tickers[text] = owner

    def _find(self, text: str, kind: str, identity: str | None) -> Party | None:
        key = normal(text)
        parts = key.split()
        best: Party | None = None
        for party in self._candidates(text, parts, identity):
            if identity and party.id == identity:
                return party
            if key in party.names:
                return party
            if identity and party.id and identity != party.id:
                continue
            if kind != party.kind:
                if kind == "organization" and party.kind == "person" and key in party.names:
                    return party
                continue
            for other in party.names:
                others = other.split()
                if kind == "person":
                    if parts and others and parts[-1] == others[-1] and (len(parts) == 1 or len(others) == 1):
                        best = best or party
                    continue
                short, long = (parts, others) if len(parts) < len(others) else (others, parts)
                if (
                    short
                    and len(short) < len(long)
                    and (
                        long[: len(short)] == short
                        or (len(short) == 1 and long[-1] == short[0] and short[0] not in words()["generic_tails"])
                    )
                ):
                    if len(short) == 1 and short[0] in _COMMON_FIRST:
                        continue
                    if long[len(short) :] and long[: len(short)] == short and len(long) - len(short) > 2:
                        continue
                    best = best or party
            if kind == "organization" and best is None and (_stands_for(text, party.names) or _stands_for(party.name, (text,))):
                best = party
        return best

    def _new(self, text: str, kind: str, identity: str | None) -> Party:
        party = Party(_LEGAL_END.sub("", text), kind, identity)
        self._number[party] = len(self.all)
        self.all.append(party)
        self._remember(party)
        return party

    def _remember(self, party: Party, name: str | None = None) -> None:
        """Note under which keys a party can be found again; ``name`` is one that it is newly known by."""
        keys = {"name " + party.name} | ({"id " + party.id} if party.id else set())
        if name is not None:
            parts = name.split() or [""]
            keys |= {"word " + parts[0], "word " + parts[-1]} | {"acronym " + a for a in (acronyms(name) if len(parts) > 1 else ())}
        for key in keys:
            self._under.setdefault(key, set()).add(party)

    def _candidates(self, text: str, parts: list[str], identity: str | None) -> list[Party]:
        """The parties that a name may belong to, the latest first: those with its id, its first or last word, or an acronym of it."""
        parts = parts or [""]
        keys = ["word " + parts[0], "word " + parts[-1], "acronym " + text, *("name " + a for a in (acronyms(text) if " " in text else ()))]
        found = set().union(*(self._under.get(k, ()) for k in (*keys, f"id {identity}")))
        return sorted(found, key=self._number.__getitem__, reverse=True)

    def _add(self, party: Party, span: Span, how: str) -> None:
        doc = self.doc
        chunk = doc.chunk_at(span[1] - 1) or span
        party.mentions.append(Mention(span, chunk, how))
        if how == NAME:
            text = doc.say(span)
            party.names.add(normal(text))
            self._surfaces.setdefault(party, Counter())[_LEGAL_END.sub("", text)] += 1
            self._remember(party, normal(text))
            for t in range(*span):
                self._at_token[t] = party

    # ── what a party is ──────────────────────────────────────────────────────────────────

    def _display_names(self) -> None:
        """The name to show: the longest, unless what it adds to one used as often is no part of an organization's name ("Garmin Pay")."""
        for party, surfaces in self._surfaces.items():
            spelled = [n for n in surfaces if not (n.isupper() and len(n) <= 6)] or list(surfaces)
            best = max(spelled, key=lambda n: (len(normal(n)), surfaces[n]))
            for name in spelled:
                more = normal(best).removeprefix(normal(name)).split()
                if more and normal(best).startswith(normal(name) + " ") and not party.id:
                    usual = any(w in words()["generic_tails"] or w in words()["institutions"] for w in more)
                    if not usual and surfaces[name] >= surfaces[best]:
                        best = name
            party.name = best

    def _attributes(self) -> None:
        doc = self.doc
        lists = words()
        for party in self.all:
            for name in party.names | {party.name.lower()}:
                bare = name.removeprefix("u.s. ").removeprefix("us ")
                if (
                    name in lists["authorities"]
                    or bare in lists["authorities"]
                    or bare in _normal_set("authorities")
                    or _AUTHORITY.search(name)
                ):
                    party.authority = True
                if name in lists["press"] or name in _normal_set("press"):
                    party.press = True
                if name in lists["security_vendors"] or name in _normal_set("security_vendors"):
                    party.security = True
            for mention in party.mentions[:6]:
                a, b = mention.span
                left = " ".join(doc.lower((max(0, a - 4), a)))
                right = " ".join(doc.lower((b, min(len(doc.words), b + 7))))
                for cue in lists["security_cues"]:
                    if left.endswith((cue, cue + " at")) or right.startswith((", a " + cue, ", the " + cue, "( " + cue)):
                        party.security = True
        people = [p for p in self.all if p.kind == "person"]
        for person in people:
            for mention in person.mentions:
                a, b = mention.span
                nearby = [self._at_token.get(t) for t in (*range(b, min(len(doc.words), b + 8)), *range(a - 1, max(-1, a - 7), -1))]
                before = doc.lower((max(0, a - 6), a))
                after = doc.lower((b, min(len(doc.words), b + 8)))
                if any(
                    w in before + after
                    for w in (
                        "executive",
                        "ceo",
                        "of",
                        "president",
                        "spokesperson",
                        "spokesman",
                        "spokeswoman",
                        "director",
                        "at",
                        "chairman",
                        "officer",
                        "founder",
                        "runs",
                        "head",
                        "minister",
                        "chief",
                    )
                ):
                    person.works_for = next((p for p in nearby if p is not None and p.kind == "organization"), None)
                    if person.works_for:
                        break

    def _self(self, publisher: str | None) -> Party | None:
        doc = self.doc
        if publisher:
            known = self._find(publisher, "organization", None)
            if known:
                return known
        speaks = any(w.lower in words()["self_words"] and not doc.in_quote(w.start) for w in doc.words)
        company = bool(re.search(r"\b[Tt]he (?:Company|Registrant|Bank|Corporation)\b", doc.text))
        organizations = [
            p
            for p in self.all
            if p.kind == "organization" and not p.press and not re.search(r"^(?:Form )?\d+-[A-Z]|^(?:NASDAQ|NYSE|Nasdaq)$", p.name)
        ]
        if not organizations or not (speaks or company):
            return None
        first = {id(p): min(m.span[0] for m in p.mentions) for p in organizations}
        told = company or bool(_OWN_INCIDENT.search(doc.text))
        score: dict[int, float] = {}
        for p in organizations:
            points = (
                min(len(p.mentions), 4)
                + (3.0 if doc.sentence_of(first[id(p)]) <= 1 else 0.0)
                + (1.5 if doc.sentence_of(first[id(p)]) == 0 else 0.0)
            )
            points -= 2.0 if p.basis == "guessed" and not any(doc.sentence_of(m.span[0]) in doc.headings for m in p.mentions) else 0.0
            points -= 3.0 if told and (p.authority or p.security) else 0.0
            tracking = 0.0
            for clause in doc.clauses:
                if clause.classes & {"track", "say", "discover"} and any(
                    self._at_token.get(t) is p for s in clause.subject for t in range(*s)
                ):
                    points += 0.5
                    if clause.classes & {"track"} or clause.lemma in ("assess", "publish", "christen", "designate"):
                        tracking += 2.0
            score[id(p)] = points + tracking
            if not told and not p.security and not p.authority and tracking == 0 and doc.sentence_of(first[id(p)]) > 1:
                score[id(p)] = 0.0
        best = max(organizations, key=lambda p: (score[id(p)], -first[id(p)]))
        return best if score[id(best)] >= 3 else None

    # ── descriptions and pronouns ────────────────────────────────────────────────────────

    def _corefer(self) -> None:
        doc = self.doc
        lists = words()
        organization_nouns = cues.nouns()
        recent: dict[Party, None] = {}
        subject_last: Party | None = None
        for index, chunk in enumerate(doc.chunks):
            named = [self._at_token[t] for t in range(*chunk) if t in self._at_token]
            head = doc.head(chunk)
            if named:
                found = list(dict.fromkeys(named))
                self._chunk_party[index] = found
                for p in found:
                    if p.kind == "organization":
                        recent.pop(p, None)
                        recent[p] = None
                        subject_last = p if self._is_subject(chunk) else (subject_last or p)
                continue
            word = doc.words[head]
            first = doc.words[chunk[0]].lower
            target: Party | None = None
            how = NOMINAL
            if word.lower in lists["self_words"] or (first in ("our",) and chunk[1] - chunk[0] == 1):
                target, how = (
                    (self.self_party, SELF) if not doc.in_quote(word.start) else (self._quoted_speaker(head) or self.self_party, SELF)
                )
            elif word.lower in ("it", "its", "itself"):
                target, how = self._pronoun(head, subject_last), PRONOUN
            elif (
                first in ("the", "this", "that")
                and organization_nouns.has("organization", doc.lower(chunk))
                and doc.words[head].pos in ("NN", "NNP")
            ) or (doc.possessor(chunk) and organization_nouns.has("organization", doc.lower(chunk)) and "'s" in doc.lower(chunk)):
                target = self._nominal(chunk, head, recent, subject_last)
            if target is not None:
                target.mentions.append(Mention(chunk, chunk, how))
                self._standing.add((target, chunk))
                self._chunk_party[index] = [target]
                if self._is_subject(chunk):
                    subject_last = target
                recent.pop(target, None)
                recent[target] = None

    def _is_subject(self, chunk: Span) -> bool:
        clause = self.doc.clause_at(chunk[1])
        return clause is not None and chunk in clause.subject

    def _pronoun(self, token: int, subject: Party | None) -> Party | None:
        return subject if subject and subject.kind == "organization" else None

    def _quoted_speaker(self, token: int) -> Party | None:
        doc = self.doc
        for clause in doc.clauses_in(doc.sentence_of(token)):
            if "say" in clause.classes and not doc.in_quote(doc.words[clause.verb].start):
                for span in clause.subject:
                    for t in range(*span):
                        if t in self._at_token:
                            party = self._at_token[t]
                            return party.works_for or party
        return None

    def _nominal(self, chunk: Span, head: int, recent: dict[Party, None], subject: Party | None) -> Party | None:
        doc = self.doc
        noun = doc.words[head].lower
        for party in reversed(recent):
            if noun in party.name.lower().split() or any(noun in n.split() for n in party.names):
                return party
        company = noun in (
            "company",
            "firm",
            "corporation",
            "business",
            "maker",
            "giant",
            "group",
            "corporation",
            "behemoth",
            "vendor",
            "retailer",
        )
        if company and doc.text[doc.words[chunk[0]].start : doc.words[head].end] in ("the Company", "The Company"):
            return self.self_party or subject
        state = noun in ("agency", "department", "ministry", "bureau", "office", "government", "authority", "council", "commission")
        fitting = [p for p in reversed(recent) if p.kind == "organization" and not p.press and (p.authority or not state or not company)]
        fitting = [p for p in fitting if not (p.authority and not state) and not (p.security and not p.authority and state)]
        strong = [p for p in fitting if not p.security] or fitting
        if subject is not None and subject in strong:
            return subject
        if strong:
            return strong[0]
        later = [p for p in self.all if p.kind == "organization" and not p.authority and not p.security and not p.press]
        return later[0] if later and company else None

    # ── asked by the readers of single facts ─────────────────────────────────────────────

    def at(self, token: int) -> Party | None:
        """The party whose name covers a token."""
        return self._at_token.get(token)

    def in_chunk(self, span: Span) -> list[Party]:
        """Every party that a noun phrase names or stands for, whatever its place in it."""
        index = self.doc.chunk_of[span[0]] if span[0] < len(self.doc.words) else -1
        if index >= 0 and index in self._chunk_party:
            return self._chunk_party[index]
        return list(dict.fromkeys(self._at_token[t] for t in range(*span) if t in self._at_token))

    def heads(self, span: Span) -> list[Party]:
        """The parties that a noun phrase *is* (``the bank``, ``software maker SolarWinds``), not those that only qualify it."""
        doc = self.doc
        found = self.in_chunk(span)
        if not found:
            return []
        head = doc.head(span)
        at_head = self._at_token.get(head)
        if at_head is not None:
            possessor = doc.possessor(span)
            return [p for p in found if not (possessor and self._inside(p, possessor))] or [at_head]
        if any((p, span) in self._standing for p in found):
            return found
        if cues.nouns().has("organization", doc.lower((span[0], head + 1))) and doc.possessor(span) is None:
            return found
        if cues.nouns().has("organization", doc.lower((span[0], head + 1))):
            possessor = doc.possessor(span)
            return [p for p in found if possessor and not self._inside(p, possessor)]
        return []

    def _inside(self, party: Party, span: Span) -> bool:
        return any(self._at_token.get(t) is party for t in range(*span))

    def owners(self, span: Span) -> list[Party]:
        """The parties that a phrase belongs to: possessors and modifiers of its head, and what follows by ``of``, ``at``, ``from``."""
        doc = self.doc
        found: list[Party] = []
        possessor = doc.possessor(span)
        if possessor is not None:
            if doc.words[possessor[0]].pos == "PRP$":
                found.extend(self.possessors(possessor[0]))
            else:
                found.extend(self._at_token[t] for t in range(*possessor) if t in self._at_token)
                if not found:
                    found.extend(self.in_chunk(span))
        head = doc.head(span)
        if self._at_token.get(head) is None:
            found.extend(p for t in range(span[0], head) if (p := self._at_token.get(t)) is not None)
        for link in doc.of_chain(span)[1:]:
            found.extend(self.heads(link) or self.owners(link))
        return list(dict.fromkeys(found))

    def possessors(self, token: int) -> list[Party]:
        """Whom ``its``, ``their`` or ``our`` stands for: the subjects of its clause where those are parties, else the last one."""
        doc = self.doc
        word = doc.words[token].lower
        if word in ("our", "my"):
            own = (self._quoted_speaker(token) if doc.in_quote(doc.words[token].start) else None) or self.self_party
            return [own] if own else []
        sentence = doc.sentence_of(token)
        best: list[Party] = []
        for clause in doc.clauses_in(sentence):
            if clause.group[0] > token:
                break
            named = [p for span in clause.subject for p in self.heads(span) if p.kind == "organization"]
            if named:
                best = named
        if best:
            return best if word == "their" else best[-1:]
        for s in (sentence, sentence - 1, sentence - 2):
            if s < 0:
                break
            a, b = doc.sentences[s]
            limit = min(b, token)
            subjects = [
                p
                for clause in doc.clauses_in(s)
                if clause.group[0] < token
                for span in clause.subject
                for p in self.heads(span)
                if p.kind == "organization"
            ]
            if subjects:
                return subjects[-1:]
            mentioned = [
                p for t in range(a, limit) if (p := self._at_token.get(t)) is not None and p.kind == "organization" and not p.press
            ]
            if mentioned:
                return mentioned[-1:]
        return []

    def organizations(self) -> Iterable[Party]:
        """The parties that are organizations, in the order of their first mention."""
        return (p for p in self.all if p.kind == "organization")


_COMMON_FIRST = cues.words("common first words of names")


@cache
def _normal_set(name: str) -> frozenset[str]:
    return frozenset(normal(n) for n in words()[name])
