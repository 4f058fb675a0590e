"""The kind of an incident: a linear model over the words of its sentences, and the words that speak for the answer.

The model (``models/kinds.json``, fitted by ``tools/train_kinds.py``) weighs the cues of ``cues/kinds.yaml``, apart where they are
denied ("nothing was encrypted"), and the words and pairs of words of the account. Names are no sign of a kind: words with a
capital are left out.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import cache
from itertools import pairwise

from kg.extraction import cues
from kg.extraction.classifiers import sentence_spans
from kg.extraction.findings import Ground, IncidentFound, Reading
from kg.extraction.linear import Linear
from kg.extraction.speech import Speeches
from kg.vocabulary import IncidentKind

OPENING = 250
"""So many characters are the opening, which says more than the rest."""
MOST = 4
"""A cue counts so often at most."""

_WORD = re.compile(r"(?<![\w'’-])[a-z][a-z'-]+")
_DENIED = re.compile(r"\b(?:no|not|never|nothing|nobody|none|neither|nor|without|rather than|instead of|unlike)\b|n[’']t\b", re.IGNORECASE)


@cache
def _kinds() -> list[tuple[IncidentKind, re.Pattern[str]]]:
    return [
        (IncidentKind(name), re.compile(r"(?<!\w)(?:" + "|".join(patterns) + r")(?!\w)", re.IGNORECASE))
        for name, patterns in cues.load("kinds").items()
    ]


def features(text: str) -> dict[str, float]:
    """What speaks for a kind of incident: cues in the text, denied ones, those of its opening, words and pairs of words.

    >>> found = features("Nothing was encrypted. The group threatened to publish the files.")
    >>> sorted(name for name in found if name.startswith(("cue", "denied")))
    ['cue:extortion']
    >>> "w:group" in found, "b:threatened publish" in found, "b:the file" in found
    (True, False, True)
    """
    found: dict[str, float] = {}
    sentences = [(a, text[a:b]) for a, b in sentence_spans(text)]
    for kind, pattern in _kinds():
        counts: Counter[str] = Counter()
        for start, sentence in sentences:
            for match in pattern.finditer(sentence):
                denied = _DENIED.search(sentence, 0, match.start())
                counts["denied" if denied and match.start() - denied.start() < 80 else "cue"] += 1
                if start + match.start() < OPENING and not denied:
                    counts["top"] = 1
        found.update((f"{how}:{kind.value}", math.log2(1 + min(n, MOST))) for how, n in counts.items())
    words = [w.removesuffix("s") for w in _WORD.findall(text)]
    told = {f"w:{w}" for w in words} | {f"b:{a} {b}" for a, b in pairwise(words)}
    weight = 1 / math.sqrt(max(len(told), 1))
    found.update((name, WORDS * weight) for name in told)
    return found


WORDS = 12.0
"""How much the words count against the cues."""


def probabilities(text: str, model: Linear | None = None) -> dict[str, float]:
    """The probability of each kind; they sum to 1. Raises nothing.

    >>> kinds = probabilities("A flood of junk traffic kept the website of the bank offline.")
    >>> max(kinds, key=kinds.get)
    'denial of service'
    """
    scores = (model or Linear.bundled("kinds")).scores(features(text))
    top = max(scores.values())
    odds = {kind: math.exp(score - top) for kind, score in scores.items()}
    return {kind: odd / sum(odds.values()) for kind, odd in odds.items()}


def kind_of(reading: Reading, incident: IncidentFound, speeches: Speeches) -> tuple[IncidentKind | None, Ground | None]:
    """The likeliest kind of an incident, and the first words that speak for it; the victim's where no cue does."""
    doc = reading.doc
    told = [doc.sentence_text(s) for s in range(len(doc.sentences)) if incident.tells(s)]
    text = " ".join(told) if incident.sentences is not None else doc.text
    likely = probabilities(text)
    best = IncidentKind(max(likely, key=lambda k: likely[k]))
    score = likely[best.value]
    for kind, pattern in _kinds():
        if kind is not best:
            continue
        for match in pattern.finditer(doc.text):
            token = doc.tokens(match.start(), match.end())[0]
            if token < len(doc.words) and incident.tells(doc.sentence_of(token)) and not speeches.is_negated(token):
                return best, Ground(match.start(), match.end(), "kind.cue", score)
    victim = next((v.ground for v in incident.victims), None)
    return best, Ground(victim.start, victim.end, "kind.model", score) if victim else None
