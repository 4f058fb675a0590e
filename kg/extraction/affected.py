"""Described groups that were hurt ("134 customers", "current and former employees") and the named customers of a breached supplier."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache

from kg.extraction import cues
from kg.extraction.analysis import Clause, Span
from kg.extraction.findings import Affected, Ground, IncidentFound, Reading
from kg.extraction.groups import Cut
from kg.extraction.hurt import Hurt
from kg.extraction.linear import Linear
from kg.extraction.numbers import CountMention
from kg.extraction.parties import Party
from kg.extraction.speech import Speeches
from kg.extraction.supply import LISTS, Supplies
from kg.vocabulary import IncidentKind

_HARM = frozenset(["intrude", "take", "view", "publish", "sell", "encrypt", "destroy", "expose", "involve", "disrupt", "lose"])
_HURT = re.compile(
    r"\b(?:affect(?:ed|ing|s)|impact(?:ed|ing|s)|victims?|breach\w*|stole\w*|theft|leak\w*|compromised?|"
    r"exposed|hit|notif\w+|lost|details of|(?:data|information|records|files|names|particulars|notes) (?:of|on|"
    r"about|for|from)|"
    r"involved|installed|backdoor(?:ed)?|malicious|tampered|trojani[sz]ed|concern(?:ed|s)|caught up|attack\w*|"
    r"incident|hack\w*|infected|struck|cut off|lay open|turned up|repay|targeted|touch(?:ed|es)|altered|in the dark|at risk|losses|"
    r"paid back|reimburse\w*|compensat\w+|refund\w*|without (?:\w+ )?(?:service|power|internet|electricity|heat\w*|water|access|phone)|"
    r"disrupt\w*|outages?|locked out|unable to|could not|no longer|whose (?:\w+ ){0,2}(?:data|information|details|records)|phish\w*|"
    r"defrauded|tricked|drained|emptied|encrypted|rendered|downloaded|re-registered)\b",
    re.IGNORECASE,
)
# a figure that was given before and no longer stands
_OLD_BEFORE = re.compile(
    r"(?:\bnot (?:the )?|\binstead of (?:the )?|\brather than (?:the )?|\b(?:down|up) from (?:the )?|"
    r"\b(?:first|initially|originally|previously|earlier|once) "
    r"(?:said|reported|spoke of|spoken of|put|thought|announced|estimated|gave|given|told)(?: [\w']+){0,6}? |"
    r"\b(?:we|it|they|he|she) (?:first |then |had )?(?:wrote|put the|spoke of|gave the)(?: [\w'.]+){0,9}? |"
    r"\bhad (?:\w+ )?(?:said|spoken of|told|estimated|reported|counted|announced|put|given)(?: [\w'.]+){0,8}? |"
    r"\b(?:earlier|initial|original|previous|first|old) (?:estimate|figure|count|number|total)s? (?:was |of |"
    r"were |had been )+|\bwe spoke of )$",
    re.IGNORECASE,
)
_OLD_AFTER = re.compile(
    r"^(?: [\w'-]+){0,3} (?:first|initially|originally|previously|earlier|once) (?:reported|announced|"
    r"estimated|given|thought|said|mentioned|disclosed|stated)\b",
    re.IGNORECASE,
)
_CLAIMED = re.compile(
    r"\b(?:claim(?:s|ed|ing)?|boast(?:s|ed)?|allege[sd]?|according to the (?:hackers?|attackers?|seller|gang|group)|what it called)\b",
    re.IGNORECASE,
)
_OF_WHOM = re.compile(
    r"(?:\bof (?:whom|which|them|these|those)|\bamong them),? (?:about |some |only |just |up to |nearly |almost |more than |fewer than )?$",
    re.IGNORECASE,
)
_NUMBER_OF = re.compile(
    r"\b(?:number|total|count|tally) of (?:the |its |all )?((?:[\w-]+ ){0,3}?)([a-z]+s|people)\b[^.;:]{0,60}?"
    r"\b(?:at|to|is|was|be|been|as|reached|exceeds|exceeded|stands at|from \S+(?: million)? to)"
    r"(?: (?:about|around|some|nearly|almost|roughly|approximately|more than|over|up to|fewer than|less than|at least))? $",
    re.IGNORECASE,
)
_OF_GROUP = re.compile(
    r"\bof (?:the|these|those|its|all|our) ((?:[\w-]+ ){0,3}?)([a-z]+)(?: (?:concerned|affected|involved|hit|impacted))? $", re.IGNORECASE
)
_WHOM_AFTER = re.compile(r"^ of (?:whom|them|which|these|those)\b")
_PREDICATE = re.compile(
    r"^ ((?:(?:also|even|had|have|has|were|are|was|may have|appear\w*|seem\w*) )*[a-z]+(?:ed|en|t|ve|e|d|s|st|r)?\b[^,.;:()]*)"
)
_ONLY_HIT = re.compile(
    r"(?:(?:also|all|in fact) )?(?:is|are|was|were|has been|have been|had been|may have been|being) (?:also |in fact )?"
    r"(?:affected|hit|opened|accessed|entered|hacked|breached|compromised|attacked|exposed|infected|hijacked|taken over|broken into)\b"
)
_NO_PREDICATE = re.compile(
    r"(?:to|of|in|on|at|for|from|or|and|the)\b|(?:were|was|had been|have been) (?:stolen|taken|copied|sold|published|posted)\b"
)
_OF_TOTAL = r"of (?:its |the |their |our |all |around |about |some |nearly |roughly |almost |more than |over |approximately )*"
_SPREAD = re.compile(
    r"\b(?:versions?|updates?|packages?|installers?|builds?|code) (?:\w+ ){0,4}?(?:went out|were sent|was sent|"
    r"were pushed|was pushed|shipped|were distributed|was distributed|were delivered|"
    r"reached) (?:out )?(?:to )?$",
    re.IGNORECASE,
)
_PAIR = re.compile(r"\b((?:all|some|many|most) (?:current|former|active|present|past|existing) and )$", re.IGNORECASE)
_GENERAL = frozenset(["person", "individual", "employee", "staff", "member", "man", "woman", "victim"])
COUNTED, UNCOUNTED = 0.45, 0.4
"""From this probability on a group with a number, and one without, was hurt; set by cross-validation (``tools/train_groups.py``)."""
SURELY = 0.5
"""From this probability of a relation on, the groups of an incident were reached through the supplier that was hit in it."""
_SMALL = 20_000
"""A described customer group that is larger is more likely one of consumers: no customers of a supplier in a supply chain."""


@cache
def _words() -> dict[str, frozenset[str]]:
    """The lists of ``cues/affected.yaml``."""
    return {name: frozenset(str(word).lower() for word in words) for name, words in cues.load("affected").items()}


def singular(noun: str) -> str:
    """A noun without its plural ending.

    >>> singular("agencies"), singular("patients"), singular("people")
    ('agency', 'patient', 'person')
    """
    irregular = {
        "people": "person",
        "men": "man",
        "women": "woman",
        "children": "child",
        "companies": "company",
        "staff": "staff",
        "personnel": "personnel",
        "business": "business",
        "alumni": "alumnus",
    }
    if noun in irregular:
        return irregular[noun]
    if noun.endswith("ies"):
        return noun[:-3] + "y"
    if noun.endswith(("ches", "shes", "sses", "xes")):
        return noun[:-2]
    return noun.removesuffix("s")


@cache
def people_pattern() -> re.Pattern[str]:
    """A pattern for nouns of people (and of accounts), in the singular and the plural.

    >>> bool(people_pattern().search("3,700 licensed drivers"))
    True
    """
    nouns = sorted({form for noun in _words()["people"] for form in (noun, cues.plural(noun))}, key=len, reverse=True)
    return re.compile(r"\b(?:" + "|".join(map(re.escape, nouns)) + r"|(?-i:[A-Z][a-z]{2,}ians|[A-Z][a-z]{3,}ans))\b", re.IGNORECASE)


def _is_group(noun: str, text: str, *names: str) -> bool:
    """Whether a noun (singular) stands for people or bodies; a capital plural in "-ans" for those of a place."""
    if any(noun in _words()[name] for name in names) or (len(text) > 6 and text[:1].isupper() and text.endswith("ans")):
        return True
    return "people" in names and any(noun.endswith(ending) and len(noun) > len(ending) + 2 for ending in _words()["endings"])


def read(reading: Reading, speeches: Speeches, supplies: Supplies) -> None:
    """Fill the affected groups of every incident. Raises nothing; an incident without any keeps an empty list."""
    _Reader(reading, speeches, supplies).run()


def candidates(reading: Reading, speeches: Speeches) -> list[tuple[str, int | None, bool, dict[str, float]]]:
    """For training: description, number, whether it is an old figure, and features of each group that no rule is sure of."""
    reader = _Reader(reading, speeches, Supplies(reading, speeches))
    found = [g for g in reader.candidates() if g.known is not None]
    return [(g.description, g.count.value if g.count else None, g.old, reader.features(g)) for g in found]


@dataclass(slots=True)
class _Group:
    """A group as read, before it goes to its incident."""

    description: str
    noun: str
    span: Span
    sentence: int
    ground: Ground
    count: CountMention | None = None
    old: bool = False
    claimed: bool = False
    kept_words: bool = False
    """The description is a predicate ("customers who lost …"): it is a group of its own beside a larger one."""
    head: int = 0
    """The token of the noun that says who they are."""
    known: dict[str, bool] | None = None
    """What rules found of it, for the model that judges whether it was hurt; ``None`` where a rule is sure."""


class _Reader:
    def __init__(self, reading: Reading, speeches: Speeches, supplies: Supplies) -> None:
        self.reading, self.speeches, self.doc = reading, speeches, reading.doc
        self.victims = [v.party for i in reading.incidents for v in i.victims if v.party]
        self.pairs = [(supplier, customer) for supplier, customer, _, _ in supplies.found]
        self.listed = [(supplier, customer, sentence) for supplier, customer, sentence, rule in supplies.found if rule in LISTS]
        self.makers = supplies.makers
        self.supplies = supplies
        self.hubs = list(supplies.hubs)
        self.hurt = Hurt(reading, speeches, self.victims)
        self.cut = Cut(reading, self.victims)

    def candidates(self) -> list[_Group]:
        """Every group of people or bodies that the text speaks of, hurt or not."""
        used: set[Span] = set()
        groups: list[_Group] = []
        for count in self.doc.counts:
            group = self._counted(count, [g for g in groups if self._is_hurt(g)])
            if group is not None:
                groups.append(group)
                chunk = self.doc.chunk_at(group.span[0])
                if chunk:
                    used.add(chunk)
        for chunk in self.doc.chunks:
            if chunk not in used:
                found = self._uncounted(chunk) or self._whose_data(chunk)
                if found is not None:
                    groups.append(found)
        return groups

    def features(self, group: _Group) -> dict[str, float]:
        """What the text says of a group, for the model that judges whether it was hurt."""
        number = (group.count.start, group.count.end) if group.count else None
        return self.hurt.features(group.span, group.head or group.span[0], group.noun, number, **(group.known or {}))

    def _is_hurt(self, group: _Group) -> bool:
        if group.known is None:
            return True
        p = Linear.bundled("groups").probabilities(self.features(group))["hurt"]
        return p >= (COUNTED if group.count else UNCOUNTED)

    def run(self) -> None:
        groups = [g for g in self.candidates() if self._is_hurt(g)]
        told = self._told()
        for incident in self.reading.incidents:
            mine = _settled([g for g in groups if self._belongs(g, incident)], self.doc.counts, self.doc.headings)
            mine += [g for g in told if incident.tells(g.sentence) and (g.kept_words or not mine)]
            incident.affected = [self._affected(g, incident) for g in mine]
            for supplier, customer, sentence in self.listed:
                if (
                    customer not in self.victims
                    and incident.tells(sentence)
                    and (supplier in self.victims or len(self.reading.incidents) == 1)
                ):
                    incident.affected.append(
                        Affected(customer.name, self.reading.sentence_ground(sentence, "affected.customer"), None, supplier, customer)
                    )

    def _belongs(self, group: _Group, incident: IncidentFound) -> bool:
        """Whether a group goes to an incident; of several that its sentence tells of, to that whose victim was last named before it."""
        telling = [i for i in self.reading.incidents if i.tells(group.sentence)]
        if len(telling) < 2 or not any(incident is i for i in telling):
            return any(incident is i for i in telling)
        home = {v.party: i for i in reversed(telling) for v in i.victims if v.party}
        for t in range(group.span[0], -1, -1):
            party = self.reading.parties.at(t)
            if party in home:
                return incident is home[party]
        return incident is telling[0]

    def _affected(self, group: _Group, incident: IncidentFound) -> Affected:
        return Affected(group.description, group.ground, group.count, self._supplier(group, incident))

    # ── a number with its group ──────────────────────────────────────────────────────────

    def _counted(self, count: CountMention, before: list[_Group]) -> _Group | None:
        doc = self.doc
        if count.currency:
            return None
        if not count.unit or count.unit_start is None or count.unit_end is None:
            return self._number_of(count) or self._of_total(count) or self._part(count, before)
        if re.search(
            rf"(?:\d|million|billion|thousand|hundred) (?:{_OF_TOTAL})$", doc.text[max(0, count.start - 30) : count.start], re.IGNORECASE
        ):
            return None
        unit = doc.tokens(count.unit_start, count.unit_end)
        if unit[0] >= len(doc.words) or unit[0] >= unit[1]:
            return None
        unit = self._counted_in(unit)
        head = self._head(unit)
        words = _words()
        if doc.words[head].lower in ("data", "information", "records", "details", "files") and head > unit[0]:
            owner = next((k for k in range(head - 1, unit[0] - 1, -1) if doc.words[k].lower not in ("'s", "’s", "'", "’", "s'")), head)
            if doc.words[owner].lower != singular(doc.words[owner].lower) and singular(doc.words[owner].lower) in words["people"]:
                head, unit = owner, (unit[0], owner + 1)
        noun = singular(doc.words[head].lower)
        if not _is_group(noun, doc.words[head].text, "people", "bodies") and not (
            noun in words["things"] and (count.share or (count.value and count.value > 1))
        ):
            return None if count.share else self._part(count, before)
        sentence = doc.sentence_of(unit[0])
        old = bool(
            _OLD_BEFORE.search(doc.text[max(0, count.start - 70) : count.start]) or _OLD_AFTER.search(doc.text[count.end : count.end + 60])
        )
        if self.speeches.is_negated(unit[0]) and not old:
            return None
        known = {"bystander": self._bystander(count, unit, noun, sentence), "harmful": old or self._harmful(sentence), "old": old}
        if count.share and (known["bystander"] or not known["harmful"]):
            return None
        ground = self.reading.sentence_ground(sentence, "affected.count")
        if count.share:
            return self._share(count, unit, noun, sentence, ground)
        if count.value is None:
            description = doc.text[count.start : doc.words[self.cut.end(unit) - 1].end]
            return _Group(description, noun, unit, sentence, ground, head=head, known=known | {"vague": True})
        text = doc.text
        claimed = bool(_CLAIMED.search(text[doc.words[doc.sentences[sentence][0]].start : count.start]))
        description = self.cut.description(unit)
        own = bool(re.search(r"\bof (?:these|those)\b", text[count.end : count.unit_start]))
        if own and (predicate := _PREDICATE.match(text[count.unit_end : count.unit_end + 90])):
            description = f"{description} who {predicate[1].strip()}"
        return _Group(description, noun, unit, sentence, ground, count, old, claimed, own, head, None if own else known)

    def _number_of(self, count: CountMention) -> _Group | None:
        """A number that follows its noun: "puts the number of affected individuals at about 190 million"."""
        doc = self.doc
        if count.share or count.value is None:
            return None
        span = doc.tokens(count.start, count.end)
        sentence = doc.sentence_of(span[0])
        before = doc.text[doc.words[doc.sentences[sentence][0]].start : count.start]
        match = _NUMBER_OF.search(before)
        if match is None or singular(match[2].lower()) not in _words()["people"] | _words()["bodies"] or self.speeches.is_negated(span[0]):
            return None
        if not (self._harmful(sentence) or _HURT.search(match[1])):
            return None
        offset = doc.words[doc.sentences[sentence][0]].start
        unit = doc.tokens(offset + match.start(2), offset + match.end(2))
        old = bool(_OLD_BEFORE.search(before[-70:]))
        ground = self.reading.sentence_ground(sentence, "affected.count")
        return _Group(match[1] + match[2], singular(match[2].lower()), unit, sentence, ground, count, old)

    def _of_total(self, count: CountMention) -> _Group | None:
        """ "fewer than 100 of around 300 clients were attacked": a hundred clients."""
        doc = self.doc
        if count.share or count.value is None or not re.match(rf" (?:{_OF_TOTAL})\d", doc.text[count.end : count.end + 30]):
            return None
        total = next((c for c in doc.counts if c.start > count.end and c.unit_start is not None), None)
        if total is None or total.start - count.end > 30 or total.unit_start is None or total.unit_end is None:
            return None
        unit = doc.tokens(total.unit_start, total.unit_end)
        noun = singular(doc.words[self._head(unit)].lower)
        sentence = doc.sentence_of(unit[0])
        if (
            noun not in _words()["people"] | _words()["bodies"] | _words()["things"]
            or not self._harmful(sentence)
            or self.speeches.is_negated(unit[0])
        ):
            return None
        return _Group(self.cut.description(unit), noun, unit, sentence, self.reading.sentence_ground(sentence, "affected.count"), count)

    def _part(self, count: CountMention, before: list[_Group]) -> _Group | None:
        """A part of a group: "2 million of whom live abroad", "of whom 300 lost …", "of the people concerned 40 live …"."""
        doc = self.doc
        if count.share or count.value is None:
            return None
        span = doc.tokens(count.start, count.end)
        sentence = doc.sentence_of(span[0])
        text = doc.text
        start = doc.words[doc.sentences[sentence][0]].start
        ahead, behind = text[start : count.start], text[count.end : count.end + 110]
        noun: str | None = None
        if (m := _WHOM_AFTER.match(behind)) and before:
            noun, behind = self._plain(before[-1]), behind[m.end() :]
        elif _OF_WHOM.search(ahead) and before:
            noun = self._plain(before[-1])
        elif (m := _OF_GROUP.search(ahead)) and singular(m[2].lower()) in _words()["people"] | _words()["bodies"]:
            noun = m[2].lower()
        elif (
            (m := re.match(r"^ in (?:the )?[A-Z][\w.-]+(?: [A-Z][\w.-]+)*", behind))
            and ahead.endswith("and ")
            and before
            and before[-1].sentence == sentence
            and " in " in before[-1].description
        ):
            plain = self._plain(before[-1])
            return _Group(
                f"{plain}{m[0]}",
                before[-1].noun,
                span,
                sentence,
                self.reading.sentence_ground(sentence, "affected.part"),
                count,
                kept_words=True,
            )
        elif (
            re.search(r"\bin the cases? of (?:about |some |only |just |up to )?$", ahead)
            and before
            and before[-1].sentence == sentence
            and behind[:1] in ".,;"
        ):
            return _Group(
                self._plain(before[-1]).split()[-1],
                before[-1].noun,
                span,
                sentence,
                self.reading.sentence_ground(sentence, "affected.part"),
                count,
                kept_words=True,
            )
        if noun is None:
            return None
        predicate = _PREDICATE.match(behind)
        if predicate is None or _NO_PREDICATE.match(predicate[1]) or self.speeches.is_negated(span[0]):
            return None
        ground = self.reading.sentence_ground(sentence, "affected.part")
        noun_ = singular(noun.split()[-1].lower())
        if _ONLY_HIT.match(predicate[1]):
            return _Group(noun, noun_, span, sentence, ground, count, kept_words=True)
        who = "that" if noun_ in _words()["bodies"] | _words()["things"] | {"account", "profile"} else "who"
        return _Group(f"{noun} {who} {predicate[1].strip()}", noun_, span, sentence, ground, count, kept_words=True)

    def _plain(self, group: _Group) -> str:
        """The nouns of a group without what hangs on them; "current and former customers" are customers."""
        words = re.split(r" (?:who|whose|that|in|of|at|from|across|around|with)\b|,", group.description)[0].split()
        if "and" in words and not any(singular(w.lower()) in _words()["people"] | _words()["bodies"] for w in words[:-1]):
            words = words[-1:]
        return " ".join(words)

    def _share(self, count: CountMention, unit: Span, noun: str, sentence: int, ground: Ground) -> _Group | None:
        doc = self.doc
        clause = next((c for c in doc.clauses_in(sentence) if c.group[0] >= unit[1]), None)
        if clause is None or (clause.group[0] - unit[1] > 6 and not clause.passive):
            clause = doc.clause_at(unit[0])
        if clause is not None and clause.lemma == "be" and clause.object and clause.group[0] >= unit[1]:
            head = singular(doc.words[doc.head(clause.object[0])].lower)
            if head in _words()["people"] | _words()["bodies"]:
                return _Group(doc.say(clause.object[0]), head, clause.object[0], sentence, ground, kept_words=True)
        if re.match(r"[^.]{0,40}, (?:about|some|roughly|around|or|nearly) \d", doc.text[count.end :]) or (
            count.start >= 2 and doc.text[count.start - 2 : count.start] == ", "
        ):
            return None
        end = doc.words[self.cut.end(unit) - 1].end
        return _Group(doc.text[count.start : end], noun, unit, sentence, ground)

    def _counted_in(self, unit: Span) -> Span:
        """Of "35 cases of journalists" the journalists."""
        for k in range(unit[0] + 1, unit[1] - 1):
            if self.doc.words[k].lower == "of" and self.doc.words[k - 1].lower in (
                "cases",
                "instances",
                "pairs",
                "groups",
                "thousands",
                "hundreds",
            ):
                return k + 1, unit[1]
        return unit

    def _head(self, unit: Span) -> int:
        doc = self.doc
        for k in range(unit[0], unit[1]):
            if doc.words[k].lower in ("of", "in", "who", "whose", "with", "at", "from", "across", "around"):
                return max(unit[0], k - 1)
        return unit[1] - 1

    def _bystander(self, count: CountMention, unit: Span, noun: str, sentence: int) -> bool:
        """Whether a number of people only says how large somebody is, or counts culprits, officials, the writer's team."""
        doc, words = self.doc, _words()
        phrase = doc.say(unit).lower()
        if (
            noun in words["not_hurt"]
            or any(phrase.startswith((w, cues.plural(w))) for w in words["not_hurt"])
            or "congress" in phrase
            or phrase == "former employee"
        ):
            return True
        before = doc.text[max(0, count.start - 40) : count.start].lower()
        if re.search(
            r"\b(?:group|team|gang|crew|band|ring|staff|squad) of (?:\w+ )?$|\bby (?:an? |the )?$|\b(?:arrested|"
            r"charged|indicted|detained|convicted|sentenced|hired|interviewed) $",
            before,
        ):
            return True
        for clause in doc.clauses_in(sentence):
            mine = any(s[0] <= unit[0] < s[1] for s in clause.object)
            if (
                mine
                and clause.lemma in words["size"]
                and not clause.passive
                and any(
                    self.reading.parties.heads(s) or doc.words[doc.head(s)].lower in ("it", "we", "company", "authority", "utility", "firm")
                    for s in clause.subject
                )
            ):
                return True
            if any(s[0] <= unit[0] < s[1] for s in clause.patient) and clause.lemma in words["culprits"]:
                return True
            if (
                not clause.passive
                and any(s[0] <= unit[0] < s[1] for s in clause.subject)
                and clause.lemma in ("ask", "demand", "call", "work", "say", "tell", "attack", "steal", "bet")
            ):
                return True
        return False

    def _harmful(self, sentence: int) -> bool:
        doc = self.doc
        for clause in doc.clauses_in(sentence):
            if not clause.negated and clause.classes & _HARM and (clause.passive or clause.object or clause.adjuncts):
                return True
        if _HURT.search(doc.sentence_text(sentence)):
            return True
        return (
            any(
                _HURT.search(doc.sentence_text(s))
                for s in (sentence - 1, sentence + 1)
                if 0 <= s < len(doc.sentences) and s in doc.headings
            )
            and sentence not in doc.headings
        )

    # ── a group without a number ─────────────────────────────────────────────────────────

    def _uncounted(self, chunk: Span) -> _Group | None:
        doc, words = self.doc, _words()
        head = doc.head(chunk)
        noun = singular(doc.words[head].lower)
        word = doc.words[head]
        if (
            noun in ("account", "profile")
            or noun not in words["people"] | words["bodies"]
            or word.pos not in ("NNS", "NNPS", "NN")
            or (word.pos == "NN" and noun not in ("staff", "personnel"))
        ):
            return None
        if self.speeches.is_negated(head) or self.reading.parties.at(head):
            return None
        first = doc.words[chunk[0]].lower
        if any(w.pos == "CD" or w.text[:1].isdigit() for w in doc.words[chunk[0] : chunk[1]]):
            return None
        quantity = self.cut.quantity(chunk)
        spread = bool(_SPREAD.search(doc.text[max(0, doc.words[chunk[0]].start - 90) : doc.words[chunk[0]].start]))
        bare = (
            first
            in (
                "no",
                "any",
                "other",
                "affected",
                "those",
                "these",
                "such",
                "which",
                "its",
                "our",
                "their",
                "the",
                "his",
                "her",
                "both",
                "some",
                "many",
            )
            and chunk[1] - chunk[0] <= 2
            and quantity == chunk[0]
        )
        if first in ("how", "what", "whose", "however", "but", "which"):
            return None
        sentence = doc.sentence_of(head)
        known = {
            "bare": bare,
            "quantity": quantity < chunk[0],
            "spread": spread,
            "hit": self._hit(chunk, head, sentence) or (quantity < chunk[0] and self._hit((quantity, chunk[1]), head, sentence)),
            "harmful": self._harmful(sentence),
        }
        whole = chunk
        for part in doc.coordinated(chunk)[1:]:
            if singular(doc.words[doc.head(part)].lower) in words["people"] | words["bodies"] and not any(
                w.text[:1].isupper() or w.text[:1].isdigit() for w in doc.words[part[0] : part[1]]
            ):
                whole = (chunk[0], part[1])
            else:
                break
        start = quantity
        if pair := _PAIR.search(doc.text[max(0, doc.words[start].start - 40) : doc.words[start].start]):
            start = doc.tokens(doc.words[start].start - len(pair[1]), doc.words[start].start)[0]
        if start < chunk[0]:
            quantity_words = doc.say((start, chunk[0]))
            own = doc.words[chunk[0]].pos == "PRP$"
            description = f"{quantity_words} {doc.say((chunk[0] + (1 if own else 0), self.cut.end(whole)))}"
        else:
            if start == chunk[0]:
                start = self.cut.begin(chunk)
            description = doc.say((start, self.cut.end(whole)))
        description = re.sub(r'["“”]|^(?:some|certain|various|many|several) (?!of\b)', "", description)
        known["only a general word"] = " " not in description and noun in _GENERAL
        ground = self.reading.sentence_ground(sentence, "affected.group")
        return _Group(description, noun, (start, chunk[1]), sentence, ground, head=head, known=known)

    def _whose_data(self, chunk: Span) -> _Group | None:
        """The people whose data was taken: "customers' contact details were stolen"."""
        doc = self.doc
        possessor = doc.possessor(chunk)
        if possessor is None or doc.words[possessor[1] - 1].pos not in ("NNS", "NNPS"):
            return None
        head = possessor[1] - 1
        noun = singular(doc.words[head].lower)
        sentence = doc.sentence_of(head)
        if noun not in _words()["people"] or noun in ("account", "profile", "owner", "worker") or self.speeches.is_negated(head):
            return None
        if any(w.pos == "CD" or w.text[:1].isdigit() for w in doc.words[chunk[0] : possessor[1]]) or self.reading.parties.at(head):
            return None
        data = {"take", "view", "publish", "sell", "expose", "destroy"}
        for clause in doc.clauses_in(sentence):
            if clause.negated or self.speeches.is_negated(clause.verb) or not clause.classes & data or self._own(clause):
                continue
            spans = [s for span in clause.patient for s in doc.of_chain(span)]
            if any(s[0] <= head < s[1] for s in spans):
                start = possessor[0]
                while start < head and doc.words[start].lower in ("the", "its", "their", "our", "some", "of"):
                    start += 1
                ground = self.reading.sentence_ground(sentence, "affected.group")
                return _Group(doc.say((start, head + 1)), noun, (start, head + 1), sentence, ground)
        return None

    def _hit(self, chunk: Span, head: int, sentence: int) -> bool:
        """Whether something is done to the group or to data of the group."""
        doc = self.doc
        inside = range(*chunk)
        data = {"take", "view", "publish", "sell", "expose", "involve", "destroy"}
        for clause in doc.clauses_in(sentence):
            cut = clause.passive and clause.lemma in _words()["cut_off"]
            if clause.negated or self.speeches.is_negated(clause.verb) or not (clause.classes & _HARM or cut) or self._own(clause):
                continue
            for span in clause.patient:
                if span[0] in inside or (span[0] <= head < span[1]):
                    possessor = doc.possessor(span)
                    return possessor is None or cues.nouns().has("group", doc.lower((span[0], head + 1)))
                if clause.classes & data and any(link[0] <= head < link[1] for link in doc.of_chain(span)[1:]):
                    return True
            if clause.classes & data and clause.group[0] < head:
                for preposition, spans in clause.adjuncts:
                    if preposition in ("from", "of", "on", "about", "with") and any(s[0] <= head < s[1] or s == chunk for s in spans):
                        return True
            if (
                clause.passive
                and clause.classes & data
                and any(w in doc.lower((max(0, chunk[0] - 3), chunk[0])) for w in ("of", "on", "about", "for"))
                and head < clause.group[0]
            ):
                before = doc.chunk_at(chunk[0] - 2)
                if before and any(
                    w in ("data", "information", "details", "records", "files", "names", "particulars") for w in doc.lower(before)
                ):
                    return True
            if (
                "disrupt" in clause.classes
                and doc.words[chunk[0] - 1].lower in ("at", "for")
                and singular(doc.words[head].lower) in _words()["bodies"]
                and chunk[0] < clause.group[0]
            ):
                return True
        ahead = doc.text[max(0, doc.words[chunk[0]].start - 60) : doc.words[chunk[0]].start]
        return bool(
            re.search(
                r"\b(?:data|information|details|records|files|particulars|names|numbers|addresses) (?:\w+ )?(?:of|on|about|"
                r"belonging to|relating to)(?: \w+){0,2} $",
                ahead,
            )
            and any(c.classes & data and not c.negated and not self._own(c) for c in doc.clauses_in(sentence))
        )

    def _own(self, clause: Clause) -> bool:
        """An act of an organization that speaks of itself: no harm."""
        if clause.classes & {"expose", "involve", "publish", "lose"} or clause.passive:
            return False
        return any(p.kind == "organization" for s in clause.subject for p in self.reading.parties.heads(s))

    def _told(self) -> list[_Group]:
        """The employees of those who tell: "Acme and Initech have told employees that their data was taken"."""
        doc = self.doc
        found: list[_Group] = []
        for clause in doc.clauses:
            if (
                clause.lemma not in ("tell", "warn", "notify", "inform", "alert", "advise")
                or clause.passive
                or not clause.object
                or clause.negated
            ):
                continue
            if not re.search(
                r"\btheir (?:\w+ ){0,3}?(?:data|information|details|records|names|files|accounts|passwords)\b|\b(?:data|"
                r"information|records) (?:was|were|had been|has been|may have been)",
                doc.sentence_text(clause.sentence),
            ):
                continue
            chunk = clause.object[0]
            noun = singular(doc.words[doc.head(chunk)].lower)
            if noun not in _words()["people"]:
                continue
            tellers = [s for s in clause.subject if any(p in self.victims for p in self.reading.parties.heads(s))]
            names = [p.name for s in tellers for p in self.reading.parties.heads(s) if p in self.victims]
            group = (
                doc.words[doc.head(chunk)].text
                if doc.words[chunk[0]].pos == "PRP$" or doc.words[chunk[0]].lower in ("its", "their")
                else doc.say(chunk)
            )
            ground = self.reading.sentence_ground(clause.sentence, "affected.told")
            if len(names) > 1:
                first = "the " if doc.words[tellers[0][0]].lower == "the" else ""
                found.append(
                    _Group(
                        f"{group} of {first}{', '.join(names[:-1])} and {names[-1]}", noun, chunk, clause.sentence, ground, kept_words=True
                    )
                )
            elif group:
                found.append(_Group(group, noun, chunk, clause.sentence, ground))
        return found[:1]

    # ── through whom it was reached ──────────────────────────────────────────────────────

    def _supplier(self, group: _Group, incident: IncidentFound) -> Party | None:
        doc = self.doc
        victims = [v.party for v in incident.victims if v.party]
        named = [p for t in range(*group.span) if (p := self.reading.parties.at(t)) is not None]
        named += [p for p in self.victims if p.name in group.description and p not in named]
        through = [s for s, c in self.pairs if c in named and s in self.victims]
        if through:
            return through[0]
        for number, supplied in self.supplies.likely:
            if self.reading.incidents[number] is not incident or supplied.ground.score < SURELY:
                continue
            if supplied.supplier in victims and supplied.customer in victims:
                return supplied.supplier
        hubs = [p for p in self.hubs if p in victims] or ([] if any(p in self.makers for p in victims) else self.hubs)
        served = [s for s, c in self.pairs if c in victims and (s in victims or s in self.hubs)]
        if group.noun not in _words()["customers"]:
            return served[0] if served and not named else None
        chunk = doc.chunk_at(group.span[1] - 1) or doc.chunk_at(group.span[0]) or group.span
        suppliers = [s for s, _ in self.pairs]
        for party in self.reading.parties.owners(chunk):
            if party in victims or party in self.makers or party in suppliers:
                return party
        business = [p for p in victims if p in self.makers or p in suppliers or p in hubs]
        business = business or served or [p for p in (*self.makers, *hubs) if not victims]
        if business:
            return self._nearest(business, group)
        if named and any(p not in self.makers for p in named):
            return None
        if incident.kind is IncidentKind.SUPPLY_CHAIN and victims:
            return self._nearest(victims, group)
        large = group.count is not None and (group.count.value or 0) > _SMALL
        if group.noun in ("customer", "client") and victims and not large:
            return self._nearest(victims, group)
        if group.noun in _words()["bodies"] and victims and group.count is None:
            unit = [
                p for p in victims if any(doc.words[m.chunk[1] - 1].lower in ("unit", "subsidiary", "arm", "division") for m in p.mentions)
            ]
            return (unit or victims)[0]
        return None

    def _nearest(self, parties: list[Party], group: _Group) -> Party:
        """The party that was last mentioned before a group in its sentence; else the first."""
        a, _ = self.doc.sentences[group.sentence]
        near = [(m.span[0], p) for p in parties for m in p.mentions if a <= m.span[0] < group.span[0]]
        return max(near, key=lambda item: item[0])[1] if near else parties[0]


def _settled(groups: list[_Group], counts: list[CountMention], headings: set[int]) -> list[_Group]:
    """Each group once: of a corrected figure the current one, no total beside its parts, no bare group beside the same with a number."""
    groups = [replace(g) for g in groups]
    counted = [g for g in groups if g.count is not None]
    kept: list[_Group] = []
    for group in counted:
        others = [
            o for o in counted if o is not group and o.noun == group.noun and o.count and group.count and o.count.value != group.count.value
        ]
        if group.old:
            later = next(
                (
                    c
                    for c in counts
                    if group.count
                    and group.count.end < c.start < group.count.end + 60
                    and c.unit is None
                    and c.value
                    and not c.share
                    and not c.currency
                ),
                None,
            )
            if later is not None:
                group.count, group.old = later, False
            elif any(not o.old for o in others):
                continue
        if group.claimed and any(not o.claimed and not o.old and not o.kept_words for o in others):
            continue
        twin = next(
            (
                k
                for k in kept
                if k.count and group.count and k.count.value is not None and k.count.value == group.count.value and _akin(k, group)
            ),
            None,
        )
        if twin is None:
            kept.append(group)
        elif twin.sentence in headings and group.sentence not in headings:
            kept[kept.index(twin)] = group
    kept = [g for g in kept if not _is_sum(g, kept)]
    for group in groups:
        if group.count is not None:
            continue
        words = _content(group.description)
        if (
            any((k.noun == group.noun or words <= _content(k.description)) and len(words - _content(k.description)) < 2 for k in kept)
            and not group.kept_words
        ):
            continue
        if any(k.description.lower() == group.description.lower() for k in kept):
            continue
        kept.append(group)
    return kept


def _content(description: str) -> set[str]:
    return set(re.findall(r"\w+", description.lower())) - {"of", "in", "the", "and", "a", "all", "some", "its", "at", "on"}


def _is_sum(group: _Group, kept: list[_Group]) -> bool:
    """Whether a number is the sum of two others of the same noun, which then say more."""
    total = group.count.value if group.count else None
    values = [k.count.value for k in kept if k is not group and k.count and k.count.value and k.noun == group.noun]
    return bool(total) and any(a + b == total for i, a in enumerate(values) for b in values[i + 1 :])


def _akin(one: _Group, other: _Group) -> bool:
    """Whether two groups with the same number are the same: people of any kind are."""
    return one.noun == other.noun or not ({one.noun, other.noun} & {"account", "profile", "device", "appliance"})
