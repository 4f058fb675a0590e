"""Names that a text itself gives to malware: "a backdoor called X", "the X ransomware", "three implants: A, B and C"."""

from __future__ import annotations

import re

from kg.extraction import cues

_INTRODUCED = re.compile(
    r"\b(?:malware|backdoors?|trojan|ransomware|worm|virus|strain|variety|variant|family|extortion software|"
    r"wiper|implant|spyware|botnet|rootkit|loader|dropper|"
    r"stealer|infostealer|web ?shell|toolkit|framework|program|code)"
    r"(?:,?\s+(?:that )?(?:is|was|are|were|we|it|they|which|researchers|\w+)?\s*(?:called?|calls|named?|names|dubbed|dubs|"
    r"known as|nicknamed|labell?ed|tracked as|track as|refer to as)|\s*:)+\s*(?:the\s+)?[\"“'‘]?"
    r"((?:[A-Z][\w.-]*\w|[A-Z]{3,})(?:(?:\s*,\s*|\s+and\s+|\s*,\s*and\s+)(?:[A-Z][\w-]*[A-Z0-9]\w*))*)"
)
_BEFORE = re.compile(
    r"(?<![\w-])([A-Z][A-Za-z0-9]*(?:[A-Z][A-Za-z0-9]*|\d\w*)?|[A-Z]{4,})\s+(?:malware|ransomware|backdoor|"
    r"trojan|worm|wiper|implant|spyware|botnet|rootkit|virus|infostealer|web shell)\b"
)
_APPOSED = re.compile(
    r"(?<![\w-])([A-Z][A-Za-z0-9]*[A-Z0-9][A-Za-z0-9]*|[A-Z][a-z]{3,}), (?:an?|another) (?:[\w-]+ ){0,4}?"
    r"(?:malware|ransomware|backdoor|trojan|worm|wiper|implant|spyware|botnet|rootkit|infostealer|web shell|loader|dropper|keylogger|"
    r"remote access tool|spying tool|miner)\b"
)
_NOT_NAMES = cues.words("not names of malware")


def introduced_malware(text: str) -> list[tuple[int, int]]:
    """The character ranges of such names, in order.

    >>> text = "They left two backdoors: REDLAMP and SLOWTIDE, and the Mirel ransomware."
    >>> [text[a:b] for a, b in introduced_malware(text)]
    ['REDLAMP', 'SLOWTIDE', 'Mirel']
    >>> text = "That file is TinCarrot, a Windows backdoor. The virus, named Nulldate, ran; the strain is called Grimcat."
    >>> [text[a:b] for a, b in introduced_malware(text)]
    ['TinCarrot', 'Nulldate', 'Grimcat']
    """
    found: set[tuple[int, int]] = set()
    for pattern in (_INTRODUCED, _BEFORE, _APPOSED):
        for match in pattern.finditer(text):
            at = match.start(1)
            for name in re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", match[1]):
                start = text.find(name, at)
                name = name.strip(".")
                if name.lower() not in _NOT_NAMES and len(name) >= 3:
                    found.add((start, start + len(name)))
    return sorted(found)
