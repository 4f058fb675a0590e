"""Words of confidence as numbers, where a source gave words alone.

The numbers are those of STIX 2.1 (its scales for *None / Low / Med / High* and for the words of the US Director of National
Intelligence, which are ICD 203's), those of reliability the values that the MISP taxonomy gives to the Admiralty code.
"""

from __future__ import annotations

import re

from kg.vocabulary import Reliability

WORDS: tuple[tuple[str, int], ...] = (
    (r"almost no chance|\bremote\b|almost certainly not", 5),
    (r"(?:very|highly|most|extremely) (?:unlikely|improbable)", 15),
    (r"unlikely|improbable|probably not|doubtful|not likely", 30),
    (r"even (?:chance|odds)", 50),
    (r"(?:almost|nearly|virtually|all but) certain|without (?:a )?doubt|beyond doubt|conclusive|directly responsible|\bproven\b", 95),
    (r"(?:very|highly|most|extremely) (?:likely|probabl[ey])|strongly (?:suspects?|believes?)", 85),
    (r"(?:high|strong|great)(?: \w+ of)? (?:confidence|certainty)|with certainty", 85),
    (r"(?:medium|moderate|fair|reasonable|some)(?: \w+ of)? (?:confidence|certainty)", 50),
    (r"(?:low|limited|little)(?: \w+ of)? (?:confidence|certainty)", 15),
    (r"\blikely|\bprobabl[ey]|believed|believes", 70),
    (r"perhaps|possibl[ey]|\bmay\b|might|suspect|could have", 50),
)
"""Pattern → number, the first that is found counts. "Believed" is read as *likely*, "suspected" and "perhaps" as *even chance*."""
_NEGATED = re.compile(r"\b(?:no|not|without|neither|hardly|cannot|too soon)\b", re.I)
_NOT_NEGATED = re.compile(r"almost no chance|probably not|certainly not|not likely|without (?:a )?doubt", re.I)

RELIABILITY: dict[str, int] = {
    Reliability.A.value: 100, Reliability.B.value: 75, Reliability.C.value: 50, Reliability.D.value: 25, Reliability.E.value: 0,
    Reliability.F.value: 50,
}  # fmt: skip
"""Admiralty code → how far a source is trusted, from 0 to 100."""


def estimate(words: str) -> int | None:
    """The number, from 0 to 100, that words of confidence stand for; ``None`` where no scale has them.

    >>> estimate("almost certainly"), estimate("with high confidence"), estimate("believes"), estimate("highly unlikely")
    (95, 85, 70, 15)
    >>> estimate("charged"), estimate("no conclusive attribution")
    (None, None)
    """
    if _NEGATED.search(words) and not _NOT_NEGATED.search(words):
        return None
    return next((number for pattern, number in WORDS if re.search(pattern, words, re.I)), None)
