"""Where a text turns from one incident to another: an older case told as background, a second victim, the next item of a digest.

Every sentence is asked two questions, each answered by a small logistic model (``models/episodes.json``, made by
``tools/train_episodes.py``): does it begin to tell of another incident than the sentences before it, and, where a paragraph follows
such a sentence, does it go on with that incident or return to the first. The features are about language: tense, words such as "earlier",
"second", "separately", a date far from the others, an organization that is harmed and was not named before.
"""

from __future__ import annotations

import re
from functools import cache

from kg.extraction import cues
from kg.extraction.analysis import Analysis, Clause
from kg.extraction.findings import Reading
from kg.extraction.linear import Linear
from kg.extraction.parties import Party
from kg.extraction.speech import Speeches

BEGINS = 0.33
"""From this probability on a sentence begins another incident; set by cross-validation (``tools/train_episodes.py``)."""
MOST = 5
"""Incidents of one text at most."""
HARM = frozenset(["intrude", "take", "publish", "sell", "encrypt", "destroy", "alter", "disrupt", "expose", "suffer"])
FAR = 45
"""Days from which a date is far from another."""
_ITEM = re.compile(r"\s*(?:[-–•*>#]|\(?\d{1,2}[.)])")
_RUN_IN = re.compile(r"\s*(?:The )?[\w’' -]{2,40}[.:?]$")
"""A heading that is the first words of its paragraph: "Nuclear power.", "The second incident."."""

_ALL = re.compile(
    r"\b(?:(?:behind|responsible for|in|for) both\b|(?:both|neither|these|those|all (?:two|three|four)) "
    r"(?:incidents|events|attacks|breaches|cases|intrusions|break-ins|companies|firms|organi[sz]ations|victims)\b)",
    re.IGNORECASE,
)
"""A sentence about all the incidents that were told."""


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    verbs = cues.verbs()
    forms: dict[str, set[str]] = {}
    for form, lemma in verbs.known().items():
        forms.setdefault(lemma, set()).add(form)
    found = {}
    lists = cues.load("episodes")
    which, case = (cues.any_of((str(w) for w in lists[name]), r"\s+") for name in ("which", "case"))
    found["other case"] = re.compile(rf"\b(?:{which})\s+(?:[\w-]+\s+){{0,2}}?(?:{case})s?\b", re.IGNORECASE)
    for name, phrases in lists.items():
        if name in ("which", "case"):
            continue
        ways = {
            " ".join([form, *str(phrase).split()[1:]])
            for phrase in phrases
            for form in forms.get(str(phrase).split()[0], {str(phrase).split()[0]})
        }
        found[name] = re.compile(r"\b(?:" + cues.any_of(ways, r"\s+") + r")\b", re.IGNORECASE)
    return found


_TOGETHER = (
    ("earlier", "harm"), ("again", "harm"), ("apart", "harm"), ("likewise", "harm"), ("other case", "harm"), ("other case", "dated"),
    ("other case", "opens"), ("again", "opens"), ("likewise", "new party"), ("earlier", "new party"), ("apart", "new party"),
    ("likewise", "surely new victim"), ("earlier", "surely new victim"), ("set apart", "opens"), ("set apart", "dated"),
    ("earlier", "far"), ("counted", "several"), ("harm", "opens"), ("harm", "far"), ("item", "surely new victim"), ("item", "harm"),
    ("after run-in", "harm"), ("date first", "far"), ("date first", "harm"), ("apart", "dated"), ("also", "new party"),
    ("after heading", "surely new victim"), ("also", "far"), ("deeds", "new deed"),
)  # fmt: skip


class Episodes:
    """The incidents of a text as runs of sentences.

    ``likely`` says of each organization how likely it is a victim, ``apart`` which sentences name a victim that was hit apart.
    """

    def __init__(self, reading: Reading, speeches: Speeches, likely: dict[Party, float], apart: frozenset[int] = frozenset()) -> None:
        self.apart = apart
        self.doc: Analysis = reading.doc
        self.speeches = speeches
        self.likely = {p: v for p, v in likely.items() if not (p.press or p.security)}
        self.named: list[set[Party]] = [set() for _ in self.doc.sentences]
        self.spoken: list[set[Party]] = [set() for _ in self.doc.sentences]
        for party in self.likely:
            for mention in party.mentions:
                sentence = self.doc.sentence_of(mention.span[0])
                self.spoken[sentence].add(party)
                if mention.how == "name":
                    self.named[sentence].add(party)
        self.main = max(self.likely, key=lambda p: self.likely[p], default=None)
        self.paragraph = [0] * len(self.doc.sentences)
        for s in range(1, len(self.doc.sentences)):
            gap = self.doc.text[self.doc.words[self.doc.sentences[s - 1][1] - 1].end : self.doc.words[self.doc.sentences[s][0]].start]
            self.paragraph[s] = self.paragraph[s - 1] + (gap.count("\n") > 0)
        self.texts = [self.doc.sentence_text(s) for s in range(len(self.doc.sentences))]
        self.marks = [frozenset(n for n, p in _patterns().items() if n != "several" and p.search(t)) for t in self.texts]
        self.harm = [self._harm(s) for s in range(len(self.doc.sentences))]
        self.dated: list[list[tuple[int, int]]] = [[] for _ in self.doc.sentences]
        for date in self.doc.dates:
            first, _ = self.doc.tokens(date.start, date.end)
            if first < len(self.doc.words):
                self.dated[self.doc.sentence_of(first)].append((date.first.toordinal(), date.last.toordinal()))
        starts = [s for s in range(len(self.texts)) if not s or self.paragraph[s] != self.paragraph[s - 1]]
        self.items = sum(bool(_ITEM.match(self._lead(s))) for s in starts if s)
        self.leading = [self._leading(s) for s in range(len(self.texts))]
        self.several = bool(_patterns()["several"].search(self.doc.text))

    def _harm(self, sentence: int) -> list[Clause]:
        return [
            c
            for c in self.doc.clauses_in(sentence)
            if c.classes & HARM and not c.negated and c.hedge not in ("may", "might", "could") and not self.speeches.is_negated(c.verb)
        ]

    def _lead(self, s: int) -> str:
        """The sentence with what stands before it on its line."""
        start = self.doc.words[self.doc.sentences[s][0]].start
        return self.doc.text[self.doc.text.rfind("\n", 0, start) + 1 : start] + self.texts[s]

    def _leading(self, s: int) -> bool:
        """Whether a date is among the first words."""
        a = self.doc.words[self.doc.sentences[s][0]].start
        return any(a <= d.start <= a + 18 for d in self.doc.dates)

    def _perfect(self, clause: Clause) -> bool:
        return "had" in self.doc.lower(clause.group)

    def features(self, s: int, begun: int) -> dict[str, float]:
        """What speaks for sentence ``s`` being the beginning of another incident; the present one began at ``begun``."""
        doc = self.doc
        found: dict[str, float] = {}

        def put(name: str, value: float | bool = 1.0) -> None:
            if value:
                found[name] = float(value)

        opens = self.paragraph[s] != self.paragraph[s - 1]
        put("opens", opens)
        put("after heading", s - 1 in doc.headings and s > 1)
        item = bool(opens and _ITEM.match(self._lead(s)))
        put("item", item and self.items > 1)
        run_in = bool(_RUN_IN.match(self.texts[s - 1]) and (s == 1 or self.paragraph[s - 2] != self.paragraph[s - 1]))
        put("after run-in", run_in and self.paragraph[s] == self.paragraph[s - 1])
        put("set apart", s in self.apart)
        put("date first", self.leading[s])
        put("date first opens", self.leading[s] and opens)
        put("last paragraph", self.paragraph[s] == self.paragraph[-1])
        put("late", s / len(doc.sentences))
        put("early", s - begun <= 1)
        put("several", self.several)
        put("length", min(len(doc.sentences), 40) / 40)
        for name in self.marks[s]:
            put("has:" + name)
            put("opens:" + name, opens)
        same = self.paragraph[s - 1] == self.paragraph[s] or s - 1 in doc.headings
        for name in self.marks[s - 1] if same else ():
            put("before:" + name)
        announced = bool(self.marks[s - 1] & {"other case", "again"})
        put("announced", announced)
        ahead = s + 1 < len(doc.sentences) and self.paragraph[s + 1] == self.paragraph[s]
        for name in self.marks[s + 1] if ahead else ():
            put("after:" + name)
        harm = self.harm[s]
        put("harm", bool(harm))
        put("harm follows", ahead and bool(self.harm[s + 1]))
        put("attack noun", any(cues.nouns().has("attack", doc.lower((c[0], doc.head(c) + 1))) for c in doc.chunks_in(*doc.sentences[s])))
        put("perfect harm", any(self._perfect(c) for c in harm))
        put("perfect", any(self._perfect(c) for c in doc.clauses_in(s)))
        told = {p for k in range(begun, s) for p in self.spoken[k]}
        fresh = self.named[s] - {p for k in range(s) for p in self.spoken[k]}
        new = max((self.likely[p] for p in fresh), default=0.0)
        put("new party", bool(fresh))
        put("new victim", new)
        put("surely new victim", new >= 0.33)
        put("new victim opens", new if opens else 0.0)
        put("new victim harmed", new if harm else 0.0)
        put("names the main", self.main in self.spoken[s])
        put("names one told", bool(self.named[s] & told))
        put("likely told", max((self.likely[p] for p in self.named[s] & told), default=0.0))
        here = self.dated[s]
        before = [d for k in range(begun, s) for d in self.dated[k]]
        put("dated", bool(here))
        put("dated opens", bool(here) and opens)
        if here and before:
            gap = min(abs(a - b) for a, _ in here for b, _ in before)
            put("far", gap > FAR)
            put("another year", gap > 300)
            put("older", max(b for _, b in here) < min(a for a, _ in before) - FAR)
            put("far harm", gap > FAR and bool(harm))
            put("far perfect", gap > FAR and "perfect" in found)
            put("far new", gap > FAR and bool(fresh))
            put("newer", min(a for a, _ in here) > max(b for _, b in before) + 5)
        if here and doc.published:
            old = min(doc.published.toordinal() - b for _, b in here)
            put("old", old > 150)
            put("old harm", old > 150 and bool(harm))
        earlier = {d for k in range(s) for d in _patterns()["deeds"].findall(self.texts[k].lower())}
        put("new deed", bool({d.lower() for d in _patterns()["deeds"].findall(self.texts[s])} - earlier))
        put("announced and dated", announced and bool(here))
        put("announced and harm", announced and bool(harm))
        for a, b in _TOGETHER:
            if ("has:" + a in found or a in found) and b in found:
                put(f"{a}+{b}")
        for k, word in enumerate(doc.words[doc.sentences[s][0] : doc.sentences[s][0] + 2]):
            put(f"word{k}:{word.lower}", word.pos[:2] in ("IN", "DT", "PR", "RB", "CC", "EX", "JJ"))
        return found

    def goes_on(self, s: int, begun: int) -> dict[str, float]:
        """What speaks for the paragraph that opens with ``s`` going on with the incident that began at ``begun``."""
        found: dict[str, float] = {}

        def put(name: str, value: float | bool = 1.0) -> None:
            if value:
                found[name] = float(value)

        own = {p for k in range(begun, s) for p in self.named[k]} - {p for k in range(begun) for p in self.named[k]}
        others = {p for k in range(begun) for p in self.named[k]} - own
        end = next((k for k in range(s, len(self.texts)) if self.paragraph[k] != self.paragraph[s]), len(self.texts))
        put("own here", bool(self.named[s] & own))
        put("own later", any(self.named[k] & own for k in range(s, end)))
        put("other here", bool(self.named[s] & others))
        put("main here", self.main in self.named[s])
        put("other later", any(self.named[k] & others for k in range(s, end)))
        put("opened a paragraph", self.paragraph[begun] != self.paragraph[begun - 1])
        put("last", end == len(self.texts))
        put("paragraphs", (self.paragraph[s] - self.paragraph[begun]) / 3)
        put("harm", bool(self.harm[s]))
        put("item", bool(_ITEM.match(self.texts[s])))
        put("several", self.several)
        put("own victim", max((self.likely[p] for p in own), default=0.0))
        for name in self.marks[s]:
            put("has:" + name)
        put("both", bool(_ALL.search(self.texts[s])))
        return found

    def owners(self, model: Linear | None = None, threshold: float = BEGINS) -> list[int | None]:
        """For each sentence the number of its incident; ``None`` for headings, which are everybody's."""
        model = model or Linear.bundled("episodes")
        found: list[int | None] = []
        now, count, begun, last = 0, 1, 0, 0
        for s in range(len(self.texts)):
            if s in self.doc.headings:
                found.append(None)
                continue
            if s and found and any(o is not None for o in found):
                if count < MOST and model.probabilities(self.features(s, begun))["begins"] >= threshold:
                    now, begun = count, s
                    count += 1
                elif now and self.paragraph[s] != self.paragraph[last] and model.probabilities(self.goes_on(s, begun))["goes on"] < 0.5:
                    now = 0
            last = s
            found.append(None if count > 1 and _ALL.search(self.texts[s]) and not self.harm[s] else now)
        return found
