"""Which of the names that a text has in common with the lexicon it means so: "Nevada" is a state, not the malware of that name.

Names of malware and tools are often ordinary names. One that looks like any other name is believed only where the text speaks of software,
an infection or a gang close to one of its places; a name of unusual shape ("LockerGoga", "QakBot2") is believed everywhere.

>>> from kg.extraction.names import Lexicon
>>> def kinds(text): return [n.kind for n in plausible(Lexicon.bundled().find(text), text) if n.kind in ("malware", "tool")]
>>> kinds("Nevada patients were told by Epsilon."), kinds("The Epsilon ransomware ran on its servers. Epsilon had been seen before.")
([], ['malware', 'malware'])
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kg.extraction import cues
from kg.extraction.gazetteer import gazetteer
from kg.extraction.names import NameMention, ordinary_words

_SOFTWARE = re.compile(
    r"\b(?:malware|ransomware|trojans?|backdoors?|worms?|wipers?|virus(?:es)?|botnets?|stealers?|infostealers?|loaders?|droppers?|implants?|"
    r"rootkits?|bootkits?|spyware|RATs?|web ?shells?|payloads?|infect\w*|variants?|strains?|famil(?:y|ies)|gangs?|crews?|affiliates?|"
    r"encrypt\w*|extortion|hackers?|leak site|operators?|malicious|samples?|toolkit|exploit kit|keylogger|beacons?|"
    r"(?:spying|hacking|espionage|attack|remote access) (?:tools?|programs?)|deployed|dubbed|code-?named)\b",
    re.IGNORECASE,
)
MONTH = re.compile(
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)$",
    re.IGNORECASE,
)
_NEAR, _BESIDE = 80, 24
_NO_NAMES = cues.words("not names of malware")


def plausible(names: Sequence[NameMention], text: str) -> list[NameMention]:
    """The names without those of malware and tools that the text does not mean so. Never raises."""
    doubtful = {n.text.lower() for n in names if n.kind in ("malware", "tool") and _ordinary_looking(n)}
    believed = {
        low for low in doubtful if any(_supported(n, text) for n in names if n.kind in ("malware", "tool") and n.text.lower() == low)
    }
    return [n for n in names if n.kind not in ("malware", "tool") or n.text.lower() not in doubtful or n.text.lower() in believed]


def _ordinary_looking(name: NameMention) -> bool:
    """Whether nothing in its shape sets a name apart: one word with a capital only in front, an ordinary word, a place."""
    word = name.text
    plain = " " not in word and (word.istitle() or word.lower() in ordinary_words())
    return plain or word.lower() in _NO_NAMES or word.title() in gazetteer()


def _supported(name: NameMention, text: str) -> bool:
    """Whether software is spoken of near a name: right beside it if it is a place as well."""
    if name.text.lower() in _NO_NAMES or MONTH.match(name.text):
        return False
    before, after = text[max(0, name.start - _NEAR) : name.start], text[name.end : name.end + _NEAR]
    before, after = re.split(r"\n|[.!?] (?=[A-Z])", before)[-1], re.split(r"\n|[.!?] (?=[A-Z])", after)[0]
    if re.search(r"[A-Z][\w&]* $", before) and not _SOFTWARE.search(before[-_BESIDE:]):
        return _SOFTWARE.match(after.lstrip()) is not None
    longer = re.search(rf"(?<![.!?] )(?<!^)\b(?!The\b)[A-Z]\w+ {re.escape(name.text)}\b|\b{re.escape(name.text)} [A-Z][a-z]+", text)
    if longer or name.text.title() in gazetteer():
        return _SOFTWARE.search(before[-_BESIDE:] + " | " + after[:_BESIDE]) is not None
    return _SOFTWARE.search(before + " | " + after) is not None
