"""Whether a group that a text mentions was hurt: what its sentence does to it, as features of a small logistic model.

The features are about language (the verb that the group is the object of, "data of" before it, "whose" after it); their weights come
from ``tools/train_groups.py``.
"""

from __future__ import annotations

import re
from functools import cache

from kg.extraction import cues
from kg.extraction.analysis import Span
from kg.extraction.findings import Reading
from kg.extraction.parties import Party
from kg.extraction.speech import Speeches

_CLASSES = frozenset(
    [
        "intrude",
        "suffer",
        "take",
        "view",
        "publish",
        "sell",
        "encrypt",
        "destroy",
        "alter",
        "disrupt",
        "expose",
        "involve",
        "deceive",
        "lose",
        "demand",
        "say",
        "disclose",
        "discover",
        "respond",
        "attribute",
        "threaten",
        "claim",
        "supply",
        "pay",
        "use",
    ]
)
_DATA = (
    r"(?:data|information|details?|records?|files?|names?|particulars|notes|histor(?:y|ies)|numbers?|addresses|passwords?|credentials|"
    r"accounts?|e-?mails?|mail|messages|documents|photos|images|copies|scans|systems|computers|servers|devices|prints|profiles?|identit(?:y|ies)|money|funds)"
)
_DATA_OF = re.compile(
    rf"\b{_DATA} (?:(?:and|or) {_DATA} )?(?:\w+ )?(?:of|on|about|for|from|between|belonging to|"
    r"relating to|concerning|regarding|covering|naming|identifying)"
    r"(?: (?:the|its|their|our|all|some|most|any|up|to|as|many|more|than|about|around|nearly|almost|roughly|approximately|at|least|"
    r"fewer|less|over|an|a|estimated|both|current|former|and)){0,5} ?$",
    re.IGNORECASE,
)
_AFTER_DATA = re.compile(rf"^['’]s? (?:[\w-]+ ){{0,3}}?{_DATA}\b", re.IGNORECASE)
_WHOSE = re.compile(
    r"^[ ,]*(?:[\w-]+ ){0,4}?(?:whose|had|have had|has had|lost|lose|saw)(?: (?:their|its|his|her|some|personal|private|sensitive|other))* "
    rf"(?:[\w-]+ ){{0,2}}?{_DATA}",
    re.IGNORECASE,
)
_THEIR = re.compile(rf"\btheir (?:\w+ ){{0,3}}?{_DATA}\b", re.IGNORECASE)
_HIT_ADJECTIVE = re.compile(
    r"\b(?:affected|impacted|exposed|concerned|involved|compromised|hit|breached|infected|targeted|victimi[sz]ed|hacked|caught up|at risk|"
    r"in the (?:stolen|leaked|exposed)|defrauded|swindled|stranded|duped)\b",
    re.IGNORECASE,
)
_HIT_WORDS = (
    r"(?:affected|impacted|exposed|concerned|involved|compromised|hit|breached|infected|targeted|hacked|touched|caught up|at risk|"
    r"defrauded|swindled|stranded|tricked|robbed|victims|locked out|cut off|left without)"
)
_HIT_AFTER = re.compile(
    rf"^[^.;:]{{0,70}}?\b(?:is|are|was|were|been|be|being|fell|became|found themselves) (?:also |all |\w+ly )?{_HIT_WORDS}\b", re.IGNORECASE
)
_HIT_BEFORE = re.compile(
    r"\b(?:affect|impact|hit|hitt|touch|involv|concern|expos|compromis|infect|target|hack|breach|hurt|harm|victimi[sz]|"
    r"endanger)(?:e|es|s|ed|ing)? "
    r"(?:(?:the|its|their|our|all|some|most|up|to|as|many|more|than|about|around|nearly|almost|roughly|approximately|at|least|fewer|"
    r"less|over|an|a|estimated|those|of|both|data|accounts|records) ){0,6}$",
    re.IGNORECASE,
)
_NOTIFY = re.compile(
    r"\b(?:notif(?:y|ies|ied|ying|ications? to)|inform(?:s|ed|ing)?|alert(?:s|ed|ing)?|warn(?:s|ed|ing)?|"
    r"contact(?:s|ed|ing)?|told|tell(?:s|ing)?|"
    r"wr(?:ites?|ote|itten|iting) to|letters? to|e-?mail(?:s|ed|ing)|mailing|apologi[sz](?:es?|ed|ing) to|compensat(?:es?|ed|ing)|"
    r"reimburs(?:es?|ed|ing)|repa(?:y|id|ying)|refund(?:s|ed|ing)?) "
    r"(?:(?:the|its|their|our|all|some|most|up|to|as|many|more|than|about|around|nearly|almost|roughly|approximately|at|least|fewer|"
    r"less|over|an|a|estimated|affected|those|of|both) ){0,6}$",
    re.IGNORECASE,
)
_HARM = re.compile(
    r"\b(?:affect(?:ed|ing|s)|impact(?:ed|ing|s)|victims?|breach\w*|stole\w*|steal\w*|theft|leak\w*|compromis\w+|expos\w+|hit|lost|"
    r"attack\w*|incident|hack\w*|infected|struck|cut off|intru\w+|ransomware|outages?|disrupt\w*|encrypted|phish\w*|defrauded|tricked|"
    r"taken|copied|accessed|obtained|published|downloaded|viewed|read|sold|for sale|missing|drained|emptied)\b",
    re.IGNORECASE,
)
_CUT_OFF = re.compile(
    r"\b(?:without (?:\w+ )?(?:service|power|internet|electricity|heat\w*|water|access|phone)|cut off|locked out|unable to|could not|"
    r"no longer|in the dark|stranded|sent home|out of work|idle\w*|laid off|furlough\w*|unemploy\w*|turned away|"
    r"had to (?:wait|queue|cancel))\b",
    re.IGNORECASE,
)
_MAYBE = re.compile(r"\b(?:may|might|could|potentially|possibly|up to|as many as)\b", re.IGNORECASE)
_UNHURT = re.compile(r"\b(?:not|no|never|nor|neither|none|without|n['’]t|unaffected|safe|un(?:touched|harmed))\b|n['’]t\b", re.IGNORECASE)
_ADVICE = re.compile(
    r"\b(?:should|must|advis\w+|urg\w+|recommend\w*|please|can (?:also )?(?:sign|call|enrol\w*|register|use))\b", re.IGNORECASE
)
_SIZE = re.compile(
    r"\b(?:serves?|serving|served|employs?|employing|insures?|treats?|counts?|has|have|with|operates?|boasts?|runs?|represents?|more than|"
    r"some|about|around|its|covers?) (?:(?:some|about|around|nearly|almost|roughly|approximately|more|than|over|up|to|the|its) )*$",
    re.IGNORECASE,
)
_STATED = re.compile(r"\b(?:number|total|count|tally|figure) of\b|\b(?:the|this) (?:figure|number|total)\b", re.IGNORECASE)


@cache
def _nouns() -> dict[str, frozenset[str]]:
    return {name: frozenset(str(word).lower() for word in words) for name, words in cues.load("affected").items()}


class Hurt:
    """Judges whether groups were hurt; ``victims`` are the organizations that were."""

    def __init__(self, reading: Reading, speeches: Speeches, victims: list[Party]) -> None:
        self.reading, self.doc, self.speeches, self.victims = reading, reading.doc, speeches, victims

    def features(self, span: Span, head: int, noun: str, number: tuple[int, int] | None, **known: bool) -> dict[str, float]:
        """What the text says of the group that stands at a span of tokens."""
        doc = self.doc
        found = {name for name, holds in known.items() if holds}
        sentence = doc.sentence_of(head)
        a, b = doc.sentences[sentence]
        start = min(doc.words[span[0]].start, number[0]) if number else doc.words[span[0]].start
        end = doc.words[span[1] - 1].end
        before, after = doc.text[doc.words[a].start : start], doc.text[end : doc.words[b - 1].end]
        whole = doc.sentence_text(sentence)
        kind = self._kind(noun)
        found |= {"counted" if number else "uncounted", f"is:{kind}", f"{'counted' if number else 'uncounted'}:{kind}"}
        found |= self._places(head, sentence)
        first = doc.words[span[0]].lower
        if first in (
            "the",
            "its",
            "their",
            "our",
            "all",
            "some",
            "these",
            "those",
            "other",
            "many",
            "most",
            "any",
            "no",
            "such",
            "both",
            "several",
        ):
            found.add(f"first:{first}")
        for name, holds in (
            ("data of", _DATA_OF.search(before)),
            ("possessor of data", _AFTER_DATA.match(doc.text[doc.words[head].end : doc.words[head].end + 60])),
            ("whose data", _WHOSE.match(after)),
            ("their data", _THEIR.search(after)),
            ("hit adjective", _HIT_ADJECTIVE.search(doc.say(span)) or _HIT_ADJECTIVE.match(after.lstrip()[:20])),
            ("hit follows", _HIT_AFTER.match(after)),
            ("hit before", _HIT_BEFORE.search(before)),
            ("notified", _NOTIFY.search(before)),
            ("harm here", _HARM.search(whole)),
            ("harm near", _HARM.search(before[-60:]) or _HARM.search(after[:60])),
            ("cut off", _CUT_OFF.search(whole)),
            ("maybe", _MAYBE.search(whole)),
            ("unhurt", _UNHURT.search(before[-40:]) or _UNHURT.search(after[:50])),
            ("advice", _ADVICE.search(whole)),
            ("size", _SIZE.search(before) and not _HARM.search(before[-60:])),
            ("stated", _STATED.search(before)),
            ("question", whole.rstrip().endswith("?")),
            ("heading", sentence in doc.headings),
            ("early", sentence < 3),
            ("quoted", doc.in_quote(doc.words[head].start)),
            ("by", re.search(r"\b(?:by|among|according to) (?:\w+ )?$", before)),
            ("in brackets", before.count("(") > before.count(")")),
            ("of a victim", any(p in self.victims for p in self.reading.parties.owners(doc.chunk_at(head) or span))),
            ("named", any(self.reading.parties.at(t) is not None for t in range(*span))),
            (
                "many",
                (number and len(re.sub(r"\D", "", doc.text[number[0] : number[1]])) > 3)
                or (number and "million" in doc.text[number[0] : number[1]]),
            ),
            ("few", number and re.fullmatch(r"[a-z]+|\d", doc.text[number[0] : number[1]].strip().lower())),
        ):
            if holds:
                found.add(name)
        return dict.fromkeys(found, 1.0)

    def _kind(self, noun: str) -> str:
        words = _nouns()
        for name in ("not_hurt", "things"):
            if noun in words[name]:
                return name
        if noun in ("account", "profile"):
            return "account"
        if noun in ("customer", "client", "user", "subscriber", "member", "guest", "patient"):
            return "served"
        if noun in ("employee", "staff", "worker", "personnel", "contractor", "colleague"):
            return "staff"
        if noun in ("people", "person", "individual", "consumer", "resident", "household", "citizen"):
            return "anyone"
        return "body" if noun in words["bodies"] else "people"

    def _places(self, head: int, sentence: int) -> set[str]:
        """The place of the group in the clauses of its sentence, with what their verbs mean."""
        doc = self.doc
        words = _nouns()
        found = set()
        for clause in doc.clauses_in(sentence):
            unreal = clause.negated or self.speeches.is_negated(clause.verb)
            classes = (clause.classes & _CLASSES) or {clause.lemma if clause.lemma in ("be", "have") else "other"}
            places = [
                ("patient", clause.patient),
                ("doer", clause.doer),
                *(
                    (f"{p} " if p in ("from", "of", "on", "to", "with", "for", "at", "by", "about") else "other ", s)
                    for p, s in clause.adjuncts
                ),
            ]
            for place, spans in places:
                for span in spans:
                    link = next((i for i, s in enumerate(doc.of_chain(span)) if s[0] <= head < s[1]), None)
                    if link is None:
                        continue
                    name = place + ("'s" if link else "")
                    found |= {f"{name}:{'not' if unreal else c}" for c in classes}
                    if clause.lemma in words["size"] and place == "patient" and not clause.passive:
                        found.add("patient:size")
                    if clause.lemma in words["culprits"] and place == "patient":
                        found.add("patient:culprit")
                    if clause.lemma in words["cut_off"] and clause.passive:
                        found.add("patient:cut off")
        return found
