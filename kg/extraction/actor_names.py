"""The actors that a text names: known names, names that it introduces ("a seller using the name X"), and persons who are charged."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from kg.extraction.accused import accused
from kg.extraction.actor_words import any_of, words
from kg.extraction.analysis import Analysis, Span
from kg.extraction.gazetteer import gazetteer
from kg.extraction.introduced import introduced_malware
from kg.extraction.parties import Parties, Party, normal

_NAME = (
    r"[\"“'‘]?(?P<name>(?:[A-Z0-9][\w$’'+-]*[\w$]|[a-z]+[A-Z0-9_$][\w$]*|[A-Z]\w*)(?: "
    r"(?:[A-Z][\w$’'-]*|of|the|[\d.]+\d))*)[\"”'’]?(?=[\s,.;:)?!\"”'’—–-]|$)"
)
_QUOTED = r"[\"“'‘](?P<name>[\w$.-]{3,30}(?: [\w$.-]+){0,3})[\"”'’]"


@dataclass(slots=True)
class Named:
    """One named actor with every place where it is named or taken up again."""

    name: str
    id: str | None = None
    spans: list[Span] = field(default_factory=list)
    again: list[Span] = field(default_factory=list)
    """Phrases that take it up: "the group", "a persona"."""
    aliases: list[str] = field(default_factory=list)
    person: Party | None = None
    persona: bool = False
    """Introduced as a handle or by its own account of itself."""
    gang: bool = False
    charged: bool = False
    """A person or firm that is charged with it."""


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    lists = words()
    cyber = "(?:" + "|".join(lists["cyber"]) + ")"
    bodies = "(?:" + "|".join(lists["bodies"]) + ")"
    strong = "(?:gang|crew|hackers|collective|cartel|syndicate|hacktivists)"
    naming, called = "(?:" + "|".join(lists["naming"]) + ")", "(?:" + "|".join(lists["called"]) + ")"
    return [
        ("persona", re.compile(rf"\b(?i:{naming})\s+(?:(?:just |only |simply )?(?:the\s+)?){_NAME}")),
        ("persona", re.compile(rf"\b(?i:{naming})\s+{_QUOTED}")),
        (
            "handle",
            re.compile(
                r"\b(?:handle|alias|nickname|moniker|username|screen name|pseudonym)(?: of)? "
                r"(?P<name>[a-z][\w.$-]{2,25})\b(?=[,.;]| (?:offered|posted|claimed|has|was|wrote|said|put|"
                r"listed|sold))"
            ),
        ),
        ("called", re.compile(rf"\b{called}\s+(?:the\s+)?{_NAME}")),
        (
            "called",
            re.compile(
                rf"\b(?:which|that|whom) (?:(?:the|some|other|several|most|many|our|its) )?(?:[a-z]+ )?"
                rf"(?:firms?|vendors?|companies|researchers|analysts|experts|investigators|peers|colleagues|insiders|others|officials|police)"
                rf" (?:have )?(?:call|name|dub|track as|know as|label|refer to as|named|dubbed|called|christened) {_NAME}"
            ),
        ),
        ("called", re.compile(rf"\b{called}\s+{_QUOTED}")),
        ("body", re.compile(rf"\b{cyber} {bodies}(?: (?:called|known as|named))?,? (?:the )?{_NAME}")),
        ("body", re.compile(rf"(?<![\w’'-]){_NAME} (?:{cyber} )+{bodies}\b")),
        ("body", re.compile(rf"(?<![\w’'-]){_NAME} {strong}\b")),
        ("called", re.compile(rf"(?<![\w’'-]){_NAME}, as (?:we|it|they|[A-Z]\w+) (?:calls?|named?|dubbed|tracks?) (?:it|them|the \w+)\b")),
        (
            "body",
            re.compile(
                rf"(?<![\w’'-]){_NAME}, (?:a|an|the) (?:[\w-]+ ){{0,4}}?(?:gang|crew|hacktivists?|hackers?|"
                rf"hacking group|collective|persona|account on X|extortion group|threat group|threat actor|"
                rf"ransomware group|cybercrime group|group of (?:\w+ ){{0,2}}hackers|hacktivist group|criminal "
                rf"group)\b"
            ),
        ),
        (
            "claim",
            re.compile(
                rf"\b(?:credit|responsibility) (?:for \w+ \w+ )?(?:was |has been |were )?(?:\w+ ){{0,1}}?(?:taken|"
                rf"claimed) (?:\w+ ){{0,3}}?by (?:the )?{_NAME}"
            ),
        ),
        (
            "claim",
            re.compile(
                rf"(?<![\w’'-]){_NAME},?(?: \w+){{0,2}}? (?:has |have |had )?(?:since |also |later )?(?:claimed|"
                rf"took|taken|takes|claims|claiming) (?:responsibility|credit)\b"
            ),
        ),
        ("claim", re.compile(rf"\b(?:someone|somebody|a group|one) has(?: done so)?: {_NAME}")),
        ("claim", re.compile(rf"{_QUOTED}[^.;]{{0,180}}\b(?:his|her|their|its) (?:own )?(?:work|doing|deed)\b")),
        (
            "claim",
            re.compile(
                rf"(?<![\w’'-]){_NAME},? (?:[^.;,]{{0,60}}, )?(?:told|wrote|said) (?:[^.;]{{0,60}}) (?:was|had "
                rf"been) (?:his|her|their) (?:own )?(?:work|doing|deed)\b"
            ),
        ),
    ]


class Names:
    """Finds the named actors of a text."""

    def __init__(self, doc: Analysis, parties: Parties, victims: set[str]) -> None:
        self.doc, self.parties, self.victims = doc, parties, victims
        self.found: dict[str, Named] = {}
        self.at: dict[Span, str] = {}
        self._tokens: set[int] = set()
        self._known()
        self._introduced()
        self._charged()
        self._everywhere()
        self._aliases()

    def _add(self, key: str, name: str, span: Span, identity: str | None = None) -> Named:
        entry = self.found.setdefault(key, Named(name, identity))
        if span not in self.at:
            entry.spans.append(span)
            self.at[span] = key
            self._tokens.update(range(*span))
        return entry

    def person(self, name: str) -> bool:
        """Whether a named actor is a person who is charged."""
        return any(e.person is not None for e in self.found.values() if e.name == name)

    def covers(self, token: int) -> bool:
        """Whether a token stands in an actor's name."""
        return token in self._tokens

    # ── names that are known ─────────────────────────────────────────────────────────────

    def _known(self) -> None:
        doc = self.doc
        bodies = any_of(words()["bodies"])
        for name in doc.names:
            span = doc.tokens(name.start, name.end)
            if span[0] >= len(doc.words):
                continue
            if name.kind == "actor":
                if self._beside_organizations(span) or normal(name.text) in self.victims:
                    continue
                key = name.id or name.text.lower()
                if key in self.found and self._apart(key, span):
                    key = name.text.lower()
                self._add(key, name.text, span, name.id).gang |= bool(bodies.search(doc.text[name.end : name.end + 25]))
            elif name.kind == "malware" and self.is_gang(span):
                key = next((k for k, e in self.found.items() if e.name.lower() == name.text.lower()), name.text.lower())
                self._add(key, name.text, span).gang = True
        for start, end in introduced_malware(doc.text):
            span = doc.tokens(start, end)
            if span not in self.at and not self.covers(span[0]) and self.is_gang(span) and doc.text[start:end].lower() not in gazetteer():
                self._add(doc.text[start:end].lower(), doc.text[start:end], span).gang = True

    def _apart(self, key: str, span: Span) -> bool:
        """Another name for the same actor that somebody else prefers, in a sentence of its own."""
        doc = self.doc
        before = doc.text[max(0, doc.words[span[0]].start - 30) : doc.words[span[0]].start]
        sentence = doc.sentence_of(span[0])
        return bool(
            re.search(r"\b(?:prefers?|the label|the name|designation|calls? (?:it|them)|tracks? (?:it|them) as)\b[^.]{0,12}$", before)
        ) and all(doc.sentence_of(s[0]) != sentence for s in self.found[key].spans)

    def _beside_organizations(self, span: Span) -> bool:
        """``Coinbase and Kraken offered help``: the name is that of a company here."""
        doc = self.doc
        for side in (span[0] - 2, span[1] + 1):
            join = side + 1 if side < span[0] else side - 1
            if (
                (
                    0 <= side < len(doc.words)
                    and doc.words[join].lower in ("and", ",", "or")
                    and (party := self.parties.at(side))
                    and party.kind == "organization"
                    and not party.security
                )
                and doc.words[join].lower != ","
                and not re.search(r"attribut|blam|behind|hack|attack|gang|group", doc.sentence_text(doc.sentence_of(span[0])))
            ):
                return True
        return False

    def is_gang(self, span: Span) -> bool:
        """Whether the name of a piece of malware stands for those who run it."""
        doc = self.doc
        sentence = doc.sentence_of(span[0])
        a, b = doc.sentences[sentence]
        start, end = doc.chars(span)
        after = doc.text[end : doc.chars((a, b))[1]]
        before = doc.text[doc.chars((a, b))[0] : start]
        if re.match(
            (
                r"(?:’s|'s)? (?:ransomware |extortion |hacking |criminal )*(?:gang|group|crew|affiliates?|"
                r"operators|collective|cartel|syndicate|hackers|criminals|leak site|site|blog)\b|"
                r", (?:an?|the|another) (?:[\w-]+ ){0,3}?(?:gang|group|crew|collective|cartel|syndicate)\b"
            ),
            after,
        ):
            return not re.search(r"\b(?:despite|branding)\b", before[-40:])
        if re.search(
            r"\b(?:gang|gangs|crew|operators of|affiliates? of|group known as|group called|the group|members of)\s+(?:the )?$", before
        ):
            return True
        if re.match(
            (
                r"(?: ransomware)?(?: \w+)? (?:has |have |had |also )*(?:claimed|claims|boasted|listed|lists|"
                r"threatened|threatens|demanded|posted|says|said|published|took credit|added|leaked)\b"
            ),
            after,
        ):
            return True
        if re.match(r"(?: ransomware)? (?:is|was|were|are) (?:\w+ )?(?:behind|responsible|to blame)", after):
            return True
        return bool(
            re.search(
                (
                    r"\b(?:blam(?:e[sd]?|ing)|attribut\w+ (?:\w+ ){0,6}?to|work of|claimed by|posted by|hit by the|"
                    r"accus\w+)\s+(?:the )?(?:\w+ and )?$"
                ),
                before,
            )
        )

    # ── names that the text introduces ───────────────────────────────────────────────────

    def _introduced(self) -> None:
        doc = self.doc
        lists = words()
        people = any_of([*lists["plain"], *lists["general"], *lists["cover"]])
        things = words()["things"]
        for how, pattern in _patterns():
            for match in pattern.finditer(doc.text):
                name = re.sub(r"(?:’s|'s)$", "", re.sub(r"(?: (?:of|and|the))+$", "", match["name"].strip().rstrip(".'’\"”")))
                start = match.start("name")
                if article := re.match(r"(?:The|A|An|Another) (?=[A-Z])", name):
                    start, name = start + article.end(), name[article.end() :]
                span = doc.tokens(start, start + len(name))
                if how in ("persona", "claim") and (
                    known := next((k for s, k in self.at.items() if s[0] < span[1] and span[0] < s[1]), None)
                ):
                    self.found[known].persona = True
                if span[0] >= len(doc.words) or not self._fits(name, span, how):
                    continue
                if how == "called":
                    before = doc.text[doc.chars(doc.sentences[doc.sentence_of(span[0])])[0] : match.start("name")][-130:]
                    person = max((m.end() for m in people.finditer(before)), default=-1)
                    thing = max((m.end() for m in things.finditer(before)), default=-1)
                    if re.search(r"\b(?:operation|campaign) (?:code-?)?(?:named|called|dubbed)\s*[\"“]?$", before):
                        continue
                    if person < 0 or thing > person or len(before) - person > 75:
                        continue
                entry = self._add(self._key(name), name, span)
                entry.persona |= how in ("persona", "claim", "handle")
                entry.gang |= how == "body"

    def _key(self, name: str) -> str:
        low = name.lower()
        return next((k for k, e in self.found.items() if e.name.lower() == low), low)

    def _fits(self, name: str, span: Span, how: str) -> bool:
        doc = self.doc
        low = name.lower()
        first = low.split()[0]
        if (
            len(name) < 3
            or first in words()["no_names"]
            or (name in gazetteer() and how != "persona")
            or (normal(name) in self.victims and how != "persona")
            or low in words()["plain"]
            or first == "operation"
            or low in ("ids", "id", "anonymous hacker")
        ):
            return False
        if any(s[0] <= span[0] < s[1] or span[0] <= s[0] < span[1] for s in self.at):
            return False
        if (re.fullmatch(r"[a-z]+", name) and how not in ("persona", "handle")) or (
            how != "handle" and re.fullmatch(r"[a-z]{1,12}", name) and doc.text[doc.words[span[0]].start - 1] not in "\"“'‘"
        ):
            return False
        if how != "persona" and any(
            n.kind in ("malware", "tool", "cve", "technique", "country", "nationality", "place")
            and n.start < doc.words[span[1] - 1].end
            and doc.words[span[0]].start < n.end
            for n in doc.names
        ):
            return False
        party = self.parties.at(span[0])
        if party is not None and (
            party.security
            or party.authority
            or party.press
            or party.basis == "known"
            or (normal(party.name) in self.victims and how != "persona")
        ):
            return False
        if re.search(
            (
                r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December|"
                r"Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)$"
            ),
            name,
        ):
            return False
        return not (
            how == "body"
            and party is not None
            and party.kind == "organization"
            and any(w in low for w in ("police", "centre", "center", "agency", "department"))
        )

    # ── persons and firms that are charged ───────────────────────────────────────────────

    def _charged(self) -> None:
        """Persons and firms whom somebody charges, arrests, sanctions or accuses; their later mentions, by surname too."""
        doc = self.doc
        for found in accused(doc, self.parties, self.victims):
            party, span = found.party, found.span
            entry = self._add(party.name.lower(), found.name, span)
            entry.person = party if found.person else None
            entry.charged = True
            entry.again.extend(found.again)
            if found.alias is not None:
                entry.aliases.append(doc.say(found.alias))
                self.at[found.alias] = party.name.lower()
                self._tokens.update(range(*found.alias))
            for mention in party.mentions:
                if mention.how == "name" and not self.covers(mention.span[0]):
                    self._add(party.name.lower(), found.name, mention.span)
            if found.person:
                surname = found.name.split()[-1]
                for match in re.finditer(r"(?<![\w-])" + re.escape(surname) + r"(?![\w-])", doc.text):
                    at = doc.tokens(match.start(), match.end())
                    if at[0] < len(doc.words) and not self.covers(at[0]):
                        self._add(party.name.lower(), found.name, at)

    # ── all places, aliases ──────────────────────────────────────────────────────────────

    def _everywhere(self) -> None:
        doc = self.doc
        for key, entry in self.found.items():
            if entry.id is not None:
                continue
            for match in re.finditer(r"(?<!\w)" + re.escape(entry.name) + r"(?!\w)", doc.text):
                span = doc.tokens(match.start(), match.end())
                if span[0] < len(doc.words) and not self.covers(span[0]):
                    self._add(key, entry.name, span)

    _JOIN = re.compile(
        (
            r"^\W*(?:(?:ransomware|hacking|extortion|threat|cybercrime) )*(?:gang|group|crew|collective|"
            r"operation|actor|hackers?)?\W*(?:which (?:is|are) |who (?:is|are) )?(?:also |better |otherwise "
            r")?(?:known|called|tracked|referred to|dubbed|aka|a\.k\.a\.)?(?: (?:by \w+ )?as| to "
            r"as)?\W*(?:the )?$|"
            r"^, (?:a|the) (?:[\w-]+ ){0,3}?(?:group|gang|actor|affiliate|crew)(?: that is| which is)? "
            r"(?:known for )?(?:running|of|behind|linked to|tied to|operating|using)(?: the)? $|"
            r"^, (?:an?|the) [^,.;]{2,70}? (?:also |better |otherwise )?(?:known as|called|tracked as) (?:the )?$|"
            r"^, who used? the (?:handle|name|alias) \W?$|^ or (?:the )?$"
        ),
        re.IGNORECASE,
    )

    def _aliases(self) -> None:
        """Names side by side for one actor ("X, also known as Y", "X (Y)"); the same name twice is one as well."""
        doc = self.doc
        for key, entry in list(self.found.items()):
            twin = next((k for k, e in self.found.items() if k != key and e.name.lower() == entry.name.lower() and e.id), None)
            if entry.id is None and twin:
                self._join(twin, key)
        for left, right in list(self._neighbours()):
            a, b = self.at[left], self.at[right]
            if a == b or a not in self.found or b not in self.found:
                continue
            between = doc.text[doc.words[left[1] - 1].end : doc.words[right[0]].start]
            one, other = self.found[a], self.found[b]
            joined = bool(self._JOIN.match(between)) and bool(re.search(r"\w|[(/]", between))
            if between.strip() == "and":
                text = doc.sentence_text(doc.sentence_of(left[0]))
                joined = bool(re.search(r"\b(?:attribut|blam|link|behind|responsib)", text)) and (
                    one.id == other.id or one.id is None or other.id is None
                )
            if (
                one.person
                and other.persona
                and other.person is None
                and re.search(r"\b(?:handle|name|alias|nickname|moniker|known as|goes by|went by|calling)\b", between)
                and len(between) < 60
            ):
                joined = True
            if joined:
                self._join(a, b)

    def _join(self, a: str, b: str) -> None:
        one, other = self.found[a], self.found.pop(b)
        if other.name.lower() != one.name.lower():
            one.aliases.append(other.name)
        one.spans.extend(other.spans)
        one.again.extend(other.again)
        one.persona, one.person, one.gang = one.persona or other.persona, one.person or other.person, one.gang or other.gang
        one.charged |= other.charged
        for span, key in self.at.items():
            if key == b:
                self.at[span] = a

    def _neighbours(self) -> Iterator[tuple[Span, Span]]:
        ordered = sorted(self.at)
        for left, right in itertools.pairwise(ordered):
            if left[1] <= right[0] and self.doc.sentence_of(left[0]) == self.doc.sentence_of(right[0]):
                yield left, right
