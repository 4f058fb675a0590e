"""How it was done: techniques, malware and tools, vulnerabilities; and what kind of incident it was."""

from __future__ import annotations

import re
from functools import cache

from kg.extraction import cues
from kg.extraction.findings import Ground, IncidentFound, Reading, Used
from kg.extraction.speech import Speeches
from kg.vocabulary import IncidentKind, Stance


@cache
def _patterns() -> tuple[list[tuple[str, re.Pattern[str]]], frozenset[str]]:
    data = cues.load("methods")
    return [(identity, re.compile("|".join(f"(?:{p})" for p in found), re.IGNORECASE)) for identity, found in data["patterns"].items()], frozenset(data["weak"])


def read(reading: Reading, speeches: Speeches) -> None:
    """Fill techniques, malware and vulnerabilities of every incident."""
    doc = reading.doc
    actors = {n.lower() for i in reading.incidents for a in i.actors for n in (a.name or "", *a.aliases)}
    for incident in reading.incidents:
        _techniques(reading, incident, speeches)
        seen: set[str] = set()
        for name in doc.names:
            token = doc.tokens(name.start, name.end)[0]
            if token >= len(doc.words) or not incident.tells(doc.sentence_of(token)) or reading.parties.at(token) is not None:
                continue
            ground = Ground(name.start, name.end, f"method.{name.kind}")
            low = name.text.lower()
            if name.kind == "malware" and low not in seen and not speeches.is_negated(token) and (low not in actors or incident.kind is IncidentKind.RANSOMWARE):
                seen.add(low)
                incident.malware.append(Used(name.text, ground, name.id))
            elif name.kind == "cve" and name.text.upper() not in seen:
                seen.add(name.text.upper())
                incident.cves.append(Used(name.text.upper(), ground, name.text.upper()))
        _introduced(reading, incident, seen | (actors - {""} if incident.kind is not IncidentKind.RANSOMWARE else set()), speeches)
        if incident.kind is IncidentKind.RANSOMWARE:
            for actor in incident.actors:
                if actor.name and actor.by is None and actor.stance is not Stance.DENIED or actor.name and _ransomware_name(doc.text, actor.name):
                    names = [n.lower() for n in (actor.name, *actor.aliases)]
                    if not any(n in seen for n in names) and _gang(doc.text, actor.name):
                        seen.update(names)
                        incident.malware.append(Used(actor.name, actor.ground, None))


def _techniques(reading: Reading, incident: IncidentFound, speeches: Speeches) -> None:
    """Techniques by the phrases of the lexicon and the patterns of ``cues/methods.yaml``; a parent gives way to its sub-technique."""
    doc = reading.doc
    patterns, weak = _patterns()
    found: dict[str, Used] = {}
    for name in doc.names:
        token = doc.tokens(name.start, name.end)[0]
        if name.kind != "technique" or not name.id or name.id in weak or token >= len(doc.words):
            continue
        sentence = doc.sentence_of(token)
        if incident.tells(sentence) and not speeches.is_negated(token) and not _general(doc.sentence_text(sentence)):
            found.setdefault(name.id, Used(name.text, Ground(name.start, name.end, "method.technique"), name.id))
    for sentence, (a, b) in enumerate(doc.sentences):
        if not incident.tells(sentence):
            continue
        text = doc.sentence_text(sentence)
        if _general(text):
            continue
        base = doc.words[a].start
        for identity, pattern in patterns:
            if identity in found:
                continue
            for match in pattern.finditer(text):
                token = doc.tokens(base + match.start(), base + match.end())[0]
                if a <= token < b and not speeches.is_negated(token):
                    found[identity] = Used(match.group(), Ground(base + match.start(), base + match.end(), "method.pattern"), identity)
                    break
    if incident.kind is not None and incident.kind is not IncidentKind.RANSOMWARE and "T1486" in found and not re.search(r"encrypted", found["T1486"].words):
        del found["T1486"]
    if "T1566.001" in found and not any(w in doc.text.lower() for w in ("phish", "e-mail", "email")):
        del found["T1566.001"]
    for identity in list(found):
        if "." not in identity and any(other.startswith(identity + ".") for other in found):
            del found[identity]
    incident.techniques = list(found.values())


def _gang(text: str, name: str) -> bool:
    """Whether a name is a ransomware operation's, whose malware has the same name."""
    near = re.search(r"(?:.{0,80})" + re.escape(name) + r"(?:.{0,80})", text, re.DOTALL)
    return bool(near and re.search(r"ransomware|gang|affiliate|encrypt|leak site|extort", near.group(), re.IGNORECASE))


_INTRODUCED = re.compile(
    r"\b(?:malware|backdoors?|trojan|ransomware|worm|virus|wiper|implant|spyware|botnet|rootkit|loader|dropper|stealer|infostealer|web ?shell|toolkit|framework|program|code)"
    r"(?:\s+(?:that )?(?:we|it|they|which|researchers|\w+)?\s*(?:called?|calls|named?|names|dubbed|dubs|known as|nicknamed|labell?ed|tracked as|track as|refer to as)|\s*:)+\s*(?:the\s+)?[\"“'‘]?"
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


def _ransomware_name(text: str, name: str) -> bool:
    """Whether the text calls the malware itself by the name."""
    return bool(re.search(re.escape(name) + r"\W+(?:\w+\W+){0,1}?ransomware|ransomware\W+(?:called|named|known as|dubbed)?\W*" + re.escape(name), text, re.IGNORECASE))


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
