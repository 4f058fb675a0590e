"""How it was done: techniques, malware and tools, vulnerabilities."""

from __future__ import annotations

import re
from functools import cache

from kg.extraction import cues
from kg.extraction.findings import Ground, IncidentFound, Reading, Used
from kg.extraction.introduced import introduced_malware
from kg.extraction.names import Lexicon
from kg.extraction.speech import Speeches
from kg.vocabulary import IncidentKind, Stance


@cache
def _patterns() -> tuple[list[tuple[str, re.Pattern[str]]], frozenset[str]]:
    data = cues.load("methods")
    return [
        (identity, re.compile("|".join(f"(?:{p})" for p in found), re.IGNORECASE)) for identity, found in data["patterns"].items()
    ], frozenset(data["weak"])


def read(reading: Reading, speeches: Speeches) -> None:
    """Fill techniques, malware and vulnerabilities of every incident."""
    doc = reading.doc
    actors = {n.lower() for i in reading.incidents for a in i.actors for n in (a.name or "", *a.aliases)}
    for incident in reading.incidents:
        _techniques(reading, incident, speeches)
        seen: set[str] = set()
        ransom = incident.kind is IncidentKind.RANSOMWARE or any(t.id == "T1486" for t in incident.techniques)
        for name in doc.names:
            token = doc.tokens(name.start, name.end)[0]
            if token >= len(doc.words) or not incident.tells(doc.sentence_of(token)) or reading.parties.at(token) is not None:
                continue
            ground = Ground(name.start, name.end, f"method.{name.kind}")
            low = name.text.lower()
            if name.kind == "malware" and low not in seen and not speeches.is_negated(token) and (low not in actors or ransom):
                seen.add(low)
                incident.malware.append(Used(name.text, ground, name.id))
            elif name.kind == "cve" and name.text.upper() not in seen:
                seen.add(name.text.upper())
                incident.cves.append(Used(name.text.upper(), ground, name.text.upper()))
        _introduced(reading, incident, seen | (actors - {""} if not ransom else set()), speeches)
        if ransom:
            _of_gangs(reading, incident, seen)


def _of_gangs(reading: Reading, incident: IncidentFound, seen: set[str]) -> None:
    """Where systems were encrypted, the malware has the name of the gang whose malware is known by it."""
    text = reading.doc.text
    for actor in incident.actors:
        if not actor.name or actor.stance is Stance.DENIED:
            continue
        names = [actor.name, *actor.aliases]
        own = any(_ransomware_name(text, n) or "malware" in Lexicon.bundled().meanings(n) for n in names)
        if not own and not (actor.by is None and incident.kind is IncidentKind.RANSOMWARE and _gang(text, actor.name)):
            continue
        low = [n.lower() for n in names]
        if not any(n in seen or n in {m.words.lower() for m in incident.malware} for n in low):
            seen.update(low)
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
    told = " ".join(doc.sentence_text(s) for s in range(len(doc.sentences)) if incident.tells(s))
    if incident.kind is not IncidentKind.RANSOMWARE and "T1486" in found:
        by_force = re.search(r"encrypted", found["T1486"].words) and _HELD_TO_RANSOM.search(told)
        if incident.kind is not None and not by_force:
            del found["T1486"]
    if "T1566.001" in found and not any(w in doc.text.lower() for w in ("phish", "e-mail", "email")):
        del found["T1566.001"]
    if (by_kind := _by_kind(reading, incident, set(found), told)) is not None:
        found[by_kind.id or ""] = by_kind
    if "T1110.004" in found:
        found.pop("T1078", None)  # guessed, not known, passwords
    for identity in list(found):
        if "." not in identity and any(other.startswith(identity + ".") for other in found):
            del found[identity]
    incident.techniques = list(found.values())


def _by_kind(reading: Reading, incident: IncidentFound, found: set[str], told: str) -> Used | None:
    """What goes without saying in an incident of its kind (ransomware encrypts), with the first words that show it."""
    rule = _kinds().get(incident.kind.value) if incident.kind else None
    if rule is None:
        return None
    identity, instead, words = rule
    if any(t.split(".")[0] in instead for t in found) or (identity == "T1486" and _LEFT_OPEN.search(told)):
        return None
    for match in words.finditer(reading.doc.text):
        token = reading.doc.tokens(match.start(), match.end())[0]
        if token < len(reading.doc.words) and incident.tells(reading.doc.sentence_of(token)):
            return Used(match.group(), Ground(match.start(), match.end(), "method.kind"), identity)
    return None


@cache
def _kinds() -> dict[str, tuple[str, frozenset[str], re.Pattern[str]]]:
    rules = cues.load("methods")["kinds"]
    return {k: (r["id"], frozenset(r["instead"]), re.compile(r["words"], re.IGNORECASE)) for k, r in rules.items()}


_HELD_TO_RANSOM = re.compile(r"\b(?:ransom|extort|blackmail|decrypt|unlock)", re.IGNORECASE)
_LEFT_OPEN = re.compile(
    r"\b(?:nothing|no (?:files?|data|systems?|servers?|computers?)) (?:was|were|had been) (?:\w+ )?(?:encrypted|locked)|"
    r"\bwithout (?:any )?encrypt|\b(?:not|never) (?:been )?encrypted|\bno encryption",
    re.IGNORECASE,
)


def _gang(text: str, name: str) -> bool:
    """Whether a name is a ransomware operation's, whose malware has the same name."""
    near = re.search(r"(?:.{0,80})" + re.escape(name) + r"(?:.{0,80})", text, re.DOTALL)
    return bool(near and re.search(r"ransomware|gang|affiliate|encrypt|leak site|extort", near.group(), re.IGNORECASE))


def _introduced(reading: Reading, incident: IncidentFound, seen: set[str], speeches: Speeches) -> None:
    """Names that the text itself gives to malware: "a backdoor called X", "the X ransomware"."""
    doc = reading.doc
    for start, end in introduced_malware(doc.text):
        name = doc.text[start:end]
        token = doc.tokens(start, end)[0]
        if (
            name.lower() in seen
            or token >= len(doc.words)
            or any(n.kind in ("country", "nationality", "sector", "organization") and n.start <= start < n.end for n in doc.names)
        ):
            continue
        if not incident.tells(doc.sentence_of(token)) or speeches.is_negated(token):
            continue
        seen.add(name.lower())
        incident.malware.append(Used(name, Ground(start, end, "method.introduced"), None))


def _ransomware_name(text: str, name: str) -> bool:
    """Whether the text calls the malware itself by the name."""
    return bool(
        re.search(
            re.escape(name) + r"\W+(?:\w+\W+){0,1}?ransomware|ransomware\W+(?:called|named|known as|dubbed)?\W*" + re.escape(name),
            text,
            re.IGNORECASE,
        )
    )


def _general(sentence: str) -> bool:
    """Whether a sentence gives advice or tells what often happens, not what happened."""
    return bool(
        re.search(
            r"\b(?:should|we recommend|are advised|users are urged|often|typically|usually|in general|"
            r"enable multi-factor|could be used|best practice)\b",
            sentence,
            re.IGNORECASE,
        )
    )
