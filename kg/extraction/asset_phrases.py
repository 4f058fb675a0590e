"""Phrases for assets in a text: data, systems, money, by the kinds of ``cues/assets.yaml``."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import cache

from kg.extraction import cues
from kg.extraction.affected import people_pattern
from kg.extraction.analysis import Span
from kg.extraction.findings import Reading
from kg.vocabulary import AssetKind

KINDS = {
    "personal": AssetKind.PERSONAL,
    "contact": AssetKind.CONTACT,
    "government_id": AssetKind.GOVERNMENT_ID,
    "payment_card": AssetKind.PAYMENT_CARD,
    "bank": AssetKind.BANK,
    "medical": AssetKind.MEDICAL,
    "insurance": AssetKind.INSURANCE,
    "genetic": AssetKind.GENETIC,
    "biometric": AssetKind.BIOMETRIC,
    "vault": AssetKind.VAULT,
    "media": AssetKind.MEDIA_CONTENT,
    "internal": AssetKind.INTERNAL,
    "device": AssetKind.EMBEDDED,
}
_PROTECTED = re.compile(r"[- ]protect", re.IGNORECASE)
_OFFICE = re.compile(r"\b(?:president|director|head|officer|manager|chief|marketing|corporate)\b[^.,;]*$", re.IGNORECASE)


def kind_named(name: str) -> AssetKind:
    """The asset kind of a key of ``cues/assets.yaml``."""
    return KINDS.get(name) or AssetKind(name.replace("_", " "))


@cache
def table() -> tuple[re.Pattern[str], dict[str, str], frozenset[str], dict[str, str]]:
    """The pattern of all phrases, their kinds, the words before which they name no asset, and the effect that words of quality tell of."""
    data = cues.load("assets")
    kinds: dict[str, str] = {}
    for kind, phrases in data["kinds"].items():
        for phrase in phrases:
            kinds[phrase] = kind
            kinds.setdefault(cues.plural(phrase), kind)
            if "-" in phrase:
                kinds.setdefault(phrase.replace("-", ""), kind)
    pattern = re.compile(
        r"\b(?:" + "|".join(re.escape(p).replace("'", "['’]") for p in sorted(kinds, key=len, reverse=True)) + r")\b", re.IGNORECASE
    )
    effects = {word: effect for effect, words in data["effects"].items() for word in words}
    return pattern, kinds, frozenset(data["not_before"]), effects


class AssetPhrase:
    """A phrase for an asset: its kind and token span."""

    __slots__ = ("kind", "span", "words")

    def __init__(self, kind: str, span: Span, words: str) -> None:
        self.kind, self.span, self.words = kind, span, words


def phrases(reading: Reading) -> list[AssetPhrase]:
    """Every phrase for an asset, in order, whatever is said of it."""
    pattern, kinds, not_before, _ = table()
    doc = reading.doc
    found = []
    for match in pattern.finditer(doc.text):
        span = doc.tokens(match.start(), match.end())
        if span[0] >= len(doc.words):
            continue
        after = doc.words[span[1]].lower if span[1] < len(doc.words) else ""
        if after in not_before or (doc.words[span[1] - 1].pos.startswith("V") and doc.words[span[1] - 1].pos != "VBG"):
            continue
        key = re.sub("’", "'", match.group().lower())
        if (
            reading.parties.at(span[0]) is not None
            and match.group()[:1].isupper()
            and not (kinds[key] in ("government_id", "insurance") and " " in key)
        ):
            continue
        if (
            key == "codes"
            or _PROTECTED.match(doc.text[match.end() : match.end() + 12])
            or (kinds[key] == "communications" and _OFFICE.search(doc.text[max(0, match.start() - 40) : match.start()]))
        ):
            continue
        found.append(AssetPhrase(kinds[key], span, match.group()))
    covered = {t for phrase in found for t in range(*phrase.span)}
    for match in _DATA_OF.finditer(doc.text):
        span = doc.tokens(match.start(), match.end())
        if span[0] >= len(doc.words) or covered & set(range(*span)):
            continue
        following = re.split(r"[.;](?: |$)", doc.text[match.end() : match.end() + 90])[0]
        if PEOPLE.search(following):
            patients = re.search(r"\bpatients?\b", following) and match.group().lower() not in (
                "particulars",
                "details",
                "accounts",
                "profiles",
            )
            found.append(AssetPhrase("medical" if patients else "personal", span, match.group()))
    for match in _VOLUME.finditer(doc.text):
        span = doc.tokens(match.start(), match.end())
        if span[0] < len(doc.words) and not covered & set(range(*span)):
            found.append(AssetPhrase("documents", span, match.group()))
    found.sort(key=lambda phrase: phrase.span)
    starts = [phrase.span[0] for phrase in found]
    for phrase in found:
        if phrase.kind == "email" and phrase.words.lower() in ("email", "e-mail", "emails", "e-mails"):
            beside = [
                o
                for o in found[bisect_left(starts, phrase.span[0] - 5) : bisect_right(starts, phrase.span[0] + 5)]
                if o is not phrase
                and o.kind in ("contact", "personal")
                and o.span[0] in range(*doc.sentences[doc.sentence_of(phrase.span[0])])
            ]
            if any(phrase.span[0] - o.span[1] in (1, 2) or o.span[0] - phrase.span[1] in (1, 2) for o in beside):
                phrase.kind = "contact"
    return found


_VOLUME = re.compile(r"\b[\d.,]+ ?(?:giga|tera|mega)?(?:bytes?|GB|TB|MB)\b(?: of (?:(?!data)\w+ )?(?:data|files|documents|information))?")


_DATA_OF = re.compile(
    r"\b(?:data|information|details|records|particulars|files|database|accounts?|profiles)(?= (?:of|on|about|"
    r"for|from|belonging to|relating to|concerning)\b)",
    re.IGNORECASE,
)
PEOPLE = people_pattern()
