"""How it was done: techniques, malware and tools, vulnerabilities; and what kind of incident it was."""

from __future__ import annotations

import re
from functools import cache

from kg.extraction import cues
from kg.extraction.findings import Ground, IncidentFound, Reading, Used
from kg.extraction.speech import Speeches
from kg.vocabulary import IncidentKind


def read(reading: Reading, speeches: Speeches) -> None:
    """Fill techniques, malware and vulnerabilities of every incident."""
    doc = reading.doc
    gangs = {a.name.lower() for i in reading.incidents for a in i.actors if a.name}
    for incident in reading.incidents:
        seen: set[str] = set()
        for name in doc.names:
            token = doc.tokens(name.start, name.end)[0]
            if token >= len(doc.words) or not incident.tells(doc.sentence_of(token)):
                continue
            negated = speeches.is_negated(token)
            general = _general(doc.sentence_text(doc.sentence_of(token)))
            ground = Ground(name.start, name.end, f"method.{name.kind}")
            if name.kind == "technique" and name.id and not negated and not general and name.id not in seen:
                seen.add(name.id)
                incident.techniques.append(Used(name.text, ground, name.id))
            elif name.kind in ("malware",) and not negated and name.text.lower() not in seen:
                seen.add(name.text.lower())
                incident.malware.append(Used(name.text, ground, name.id))
            elif name.kind == "cve" and name.text.upper() not in seen:
                seen.add(name.text.upper())
                incident.cves.append(Used(name.text.upper(), ground, name.text.upper()))
        _introduced(reading, incident, seen, speeches)
        if incident.kind is IncidentKind.RANSOMWARE:
            for actor in incident.actors:
                if actor.name and actor.name.lower() in gangs and actor.name.lower() not in seen and _ransomware_name(doc.text, actor.name, actor.aliases):
                    seen.add(actor.name.lower())
                    incident.malware.append(Used(actor.name, actor.ground, None))
    _ = cues


_INTRODUCED = re.compile(
    r"\b(?:malware|backdoors?|trojan|ransomware|worm|virus|wiper|implant|spyware|botnet|rootkit|loader|dropper|stealer|infostealer|web ?shell|toolkit|framework|program|code)"
    r"(?:\s+(?:that )?(?:we|it|they|which|researchers|\w+)?\s*(?:called?|calls|named?|names|dubbed|dubs|known as|nicknamed|labell?ed|tracked as|track as|refer to as|:))+\s*(?:the\s+)?[\"“'‘]?"
    r"((?:[A-Z][\w.-]*\w|[A-Z]{3,})(?:(?:\s*,\s*|\s+and\s+|\s*,\s*and\s+)(?:[A-Z][\w-]*[A-Z0-9]\w*))*)"
)
_BEFORE = re.compile(r"(?<![\w-])([A-Z][A-Za-z0-9]*(?:[A-Z][A-Za-z0-9]*|\d\w*)?|[A-Z]{4,})\s+(?:malware|ransomware|backdoor|trojan|worm|wiper|implant|spyware|botnet|rootkit|virus|infostealer|web shell)\b")
_NOT_NAMES = frozenset(
    "the a an this that its new such other data custom android windows linux macos mac destructive malicious russian chinese iranian suspected unknown several two three some any no remote banking computer one and of point-of-sale microsoft email pos usb cyber sophisticated previously another first second both android-based".split()
)


def _introduced(reading: Reading, incident: IncidentFound, seen: set[str], speeches: Speeches) -> None:
    """Names that the text itself gives to malware: "a backdoor called X", "the X ransomware"."""
    doc = reading.doc
    places = {p.name.lower() for p in reading.parties.all}
    for pattern in (_INTRODUCED, _BEFORE):
        for match in pattern.finditer(doc.text):
            at = match.start(1)
            for name in re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", match[1]):
                name = name.strip(".")
                start = doc.text.find(name, at)
                token = doc.tokens(start, start + len(name))[0]
                if name.lower() in _NOT_NAMES or name.lower() in seen or name.lower() in places or len(name) < 3 or token >= len(doc.words):
                    continue
                if pattern is _BEFORE and (doc.sentences[doc.sentence_of(token)][0] == token and not name.isupper() and name.lower() in _NOT_NAMES):
                    continue
                if any(n.kind in ("country", "nationality", "sector") and n.start <= start < n.end for n in doc.names):
                    continue
                if not incident.tells(doc.sentence_of(token)) or speeches.is_negated(token):
                    continue
                seen.add(name.lower())
                incident.malware.append(Used(name, Ground(start, start + len(name), "method.introduced"), None))


def _ransomware_name(text: str, name: str, aliases: tuple[str, ...]) -> bool:
    return any(re.search(re.escape(n) + r"\W+(?:\w+\W+){0,2}?(?:ransomware|gang|group|affiliate|operators|encrypt)|ransomware\W+(?:\w+\W+){0,3}?" + re.escape(n), text, re.IGNORECASE) for n in (name, *aliases) if n) or bool(
        re.search(r"encrypt|ransomware", text, re.IGNORECASE)
    )


def _general(sentence: str) -> bool:
    """Whether a sentence gives advice or tells what often happens, not what happened."""
    return bool(re.search(r"\b(?:should|we recommend|are advised|users are urged|often|typically|usually|in general|enable multi-factor|could be used|best practice)\b", sentence, re.IGNORECASE))


# ── the kind of incident ─────────────────────────────────────────────────────────────────────


@cache
def _kinds() -> list[tuple[IncidentKind, re.Pattern[str], float]]:
    data = cues.load("kinds")
    return [(IncidentKind(name), re.compile(r"(?<!\w)(?:" + "|".join(patterns) + r")(?!\w)", re.IGNORECASE), weight) for name, entry in data.items() for weight, patterns in [(entry["weight"], entry["cues"])]]


def kind_of(reading: Reading, incident: IncidentFound, speeches: Speeches) -> tuple[IncidentKind | None, Ground | None]:
    """The kind that most cues speak for, and the words of the first of them."""
    doc = reading.doc
    scores: dict[IncidentKind, float] = {}
    grounds: dict[IncidentKind, Ground] = {}
    for kind, pattern, weight in _kinds():
        for match in pattern.finditer(doc.text):
            token = doc.tokens(match.start(), match.end())[0]
            if token >= len(doc.words) or not incident.tells(doc.sentence_of(token)) or speeches.is_negated(token):
                continue
            first = 1.6 if doc.sentence_of(token) <= 1 else 1.0
            seen = scores.get(kind, 0.0)
            scores[kind] = seen + weight * first / (1 + seen / (3 * weight))
            grounds.setdefault(kind, Ground(match.start(), match.end(), "kind.cue"))
    if not scores:
        return None, None
    best = max(scores, key=lambda k: scores[k])
    return best, grounds[best]
