"""People of the house who did it: an employee who sold files, a former engineer, a clerk who looked where he should not."""

from __future__ import annotations

import re
from functools import cached_property

from kg.extraction.actor_words import any_of
from kg.extraction.analysis import Clause, Span
from kg.extraction.cues import load
from kg.extraction.findings import Reading
from kg.vocabulary import IncidentKind

_LISTS = load("insiders")
_MARKED, _PUNISHED, _HELD, _VICTIM, _TRICKED, _FALSE = (
    any_of(_LISTS[key]) for key in ("marked", "punished", "held", "victim", "tricked", "pretended")
)
_TAKING = frozenset(["take", "sell", "publish", "destroy", "alter", "claim", "demand", "threaten"])
_TOUCHING = frozenset(["view", "expose", "use", "intrude", "exploit", "encrypt"])
_COUNTED = re.compile(r"(?:a|an|one|two|three|four|some|several|single|former|ex-\w+|rogue|another|(?:its|the) own)\b", re.IGNORECASE)
_BOUGHT = re.compile(r"[^.;]{0,80}\b(?:was|were|had been|been|got) (?:\w+ )?(?:bribed|recruited|paid off|bought)\b")
_BY = re.compile(
    r"\b(?:stolen|taken|copied|accessed|viewed|leaked|sold|downloaded|removed|misused|disclosed|posted|published|committed|altered|deleted|"
    r"theft|leak|breach|abuse|misuse|access|done|carried out|perpetrated|work|hands|actions|opened|smuggled|fraud)\b[^.;]{0,25}"
    r"\b(?:by|of)\s$"
)
ENOUGH = 3


class Insiders:
    """Weighs whether a phrase for somebody of the house means the culprit; made once for a text."""

    def __init__(self, reading: Reading) -> None:
        self.reading, self.doc = reading, reading.doc

    @cached_property
    def _punished(self) -> bool:
        return _PUNISHED.search(self.doc.text) is not None

    @cached_property
    def _kinds(self) -> set[IncidentKind | None]:
        return {i.kind for i in self.reading.incidents}

    def fits(self, chunk: Span, blamed: bool, doing: list[Clause]) -> bool:
        """Whether enough speaks for it: what the phrase itself says, what such a person does in the sentence, what became of them."""
        doc = self.doc
        phrase = doc.say(chunk)
        start, end = doc.chars(chunk)
        before, after = doc.text[max(0, start - 60) : start], doc.text[end : end + 130]
        if not _COUNTED.match(phrase) or _FALSE.search(before):
            return False
        done = [c for c in doing if not c.negated]
        score = 3 if _BOUGHT.match(after) else 0
        score += 3 if blamed else 0
        score += 2 if any(c.classes & _TAKING for c in done) else 1 if any(c.classes & _TOUCHING for c in done) else 0
        score += 1 if _BY.search(before) else 0
        if score == 0:
            return False
        score += 2 if _MARKED.search(phrase) else 0
        score += 1 if self._punished else 0
        score += 1 if IncidentKind.INSIDER in self._kinds else 0
        score += 1 if done and self._kinds & {IncidentKind.PHYSICAL_LOSS, IncidentKind.DATA_LEAK} else 0
        score -= 3 if _HELD.search(before) else 0
        score -= 3 if _VICTIM.match(after) else 0
        score -= 1 if _TRICKED.search(doc.text) else 0
        return score >= ENOUGH
