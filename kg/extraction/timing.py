"""When it happened, when the victim noticed, when it became known.

A linear model (``models/timing.json``, fitted by ``tools/train_timing.py``) weighs what stands around each date: the words
of ``cues/timing.yaml`` and the verbs in the same part of the sentence. The dates of the deed then become one interval, and the
day of publication steps in where the text is the first to tell or where the deed still goes on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache

from kg.extraction import cues
from kg.extraction.analysis import Analysis
from kg.extraction.dates import DateMention
from kg.extraction.findings import Ground, IncidentFound, Reading, When
from kg.extraction.linear import Linear
from kg.extraction.speech import Speeches

THRESHOLDS = {"happened": 0.4, "discovered": 0.4, "disclosed": 0.5, "publication": 0.4}
"""From which probability on a date is taken for one of its sense; chosen by cross-validation over the tuning documents."""
FALLBACK = 0.2
"""What the likeliest date of the deed must have where none reaches the threshold."""
FRESH = 14
"""Days before the publication within which a deed is news: it became known between the deed and the publication."""
APART = 90
"""Days that two dates of the deed may lie apart and still be one story, unless one sentence tells both."""

_HARM = frozenset(["intrude", "take", "view", "encrypt", "destroy", "alter", "disrupt", "suffer", "deceive"])
_NEAR = ("discover", "disclose", "say", "act", "begin", "end", "other", "data", "aside")
_PREPOSITIONS = frozenset(
    """in on since by until from between after before during of as at through early late mid last this and around about to for""".split()  # noqa: SIM905
)
_BREAKS = frozenset(
    """; : – — that which who whom whose when where after before while because although though but whereas whereupon and , .""".split()  # noqa: SIM905
)
_OPENERS = frozenset(["and", "that", "which", "who", "when", "after", "before", "but", "while", ";"])


# ── words ────────────────────────────────────────────────────────────────────────────────


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """For each kind of cue the pattern that finds it in a text of base forms."""
    found = {}
    for kind, phrases in cues.load("timing").items():
        longest_first = sorted(map(str, phrases), key=len, reverse=True)
        found[kind] = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w-])")
    return found


def _base_forms(doc: Analysis, first: int, last: int) -> tuple[str, list[int]]:
    """The words from ``first`` to ``last`` in base form, and where each begins in that text."""
    verbs = cues.verbs()
    parts, starts, length = [], [], 0
    for word in doc.words[first:last]:
        base = verbs.lemma(word.lower)
        starts.append(length)
        parts.append(base)
        length += len(base) + 1
    return " ".join(parts), starts


def _has(kind: str, text: str) -> bool:
    return bool(_patterns()[kind].search(text))


# ── dates that several expressions tell together ─────────────────────────────────────────


def dates_of(doc: Analysis) -> list[DateMention]:
    """The dates of a text, with those joined that only together tell a day.

    "Monday of last week", "the Sunday before last", "the 11th of that month", and "on Sunday, two
    days after X had happened", where the second counts back from the first.
    """
    found: list[DateMention] = []
    for mention in doc.dates:
        before, after = doc.text[max(0, mention.start - 24) : mention.start], doc.text[mention.end : mention.end + 24]
        previous = found[-1] if found else None
        between = doc.text[previous.end : mention.start] if previous else ""
        week = (mention.last - mention.first).days == 6
        if previous is not None and previous.relative and previous.precision == "day" and week and between.strip() == "of":
            day = mention.first + timedelta(days=(previous.first.weekday() - mention.first.weekday()) % 7)
            found[-1] = replace(previous, end=mention.end, text=doc.text[previous.start : mention.end], first=day, last=day)
            continue
        if mention.precision == "day" and mention.relative and re.match(r"\s+before last\b", after):
            mention = replace(mention, first=mention.first - timedelta(days=7), last=mention.last - timedelta(days=7))
        elif mention.precision == "month" and (nth := re.search(r"\b(3[01]|[12]?\d)(?:st|nd|rd|th) of $", before)) and nth[1] != "0":
            day = mention.first + timedelta(days=int(nth[1]) - 1)
            mention = replace(mention, first=day, last=day, precision="day")
        elif previous is not None and re.search(r"\b(?:days?|weeks?|months?) after$", mention.text) and between.strip() == ",":
            least, most = sorted((abs(mention.first - previous.first), abs(mention.last - previous.first)))
            mention = replace(mention, first=previous.first - most, last=previous.first - least)
        found.append(mention)
    return found


def is_header(reading: Reading, mention: DateMention) -> bool:
    """Whether a date is the date line of the document itself."""
    text = reading.doc.text
    line_start = text.rfind("\n", 0, mention.start) + 1
    line_end = text.find("\n", mention.end)
    line = text[line_start : line_end if line_end >= 0 else None]
    if mention.precision == "day" and not mention.relative and mention.start < 600 and len(line) < 70:
        return not re.search(r"\b(?:on|since|in|was|were|the|after)\b", line.lower().replace("published on", ""))
    before, after = text[line_start : mention.start], text[mention.end : mention.end + 3].strip()[:1]
    dateline = mention.start < 400 and len(before) < 30 and re.match(r"^\W*(?:[A-Z][A-Z .,]+[,.]? ?)?$", before)
    return bool(dateline) and (after in ("-", "–", "—", "(") or mention.text.endswith(".") or after == ".")


# ── what stands around a date ────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Cue:
    at: int
    kind: str
    noun: bool = False


def _cues_of(doc: Analysis, sentence: int, dates: Iterable[DateMention]) -> list[_Cue]:
    """The cues of a sentence by token, without those that are part of a date."""
    a, b = doc.sentences[sentence]
    text, starts = _base_forms(doc, a, b)
    index = {s: a + i for i, s in enumerate(starts)}
    begin, end = doc.chars((a, b)) if b > a else (0, 0)
    dated = {t for d in dates if d.start < end and d.end > begin for t in range(*doc.tokens(d.start, d.end))}
    found = []
    for kind in _NEAR:
        for match in _patterns()[kind].finditer(text):
            token = index.get(match.start())
            if token is not None and (token not in dated or kind == "begin"):
                found.append(_Cue(token, kind, doc.words[token].pos.startswith("NN")))
    for clause in doc.clauses_in(sentence):
        if clause.classes & _HARM and not clause.negated:
            found.append(_Cue(clause.verb, "act"))
    attack = cues.nouns().words("attack")
    nouns = (t for t in range(a, b) if doc.words[t].lower in attack and doc.words[t].pos.startswith("NN"))
    found.extend(_Cue(t, "act", True) for t in nouns if t not in dated)
    return sorted(found, key=lambda c: c.at)


def _part_of(doc: Analysis, sentence: int, first: int, last: int, found: list[_Cue]) -> tuple[int, int]:
    """The part of a sentence that a date stands in: between two breaks; one with nothing to say takes the next to it."""
    a, b = doc.sentences[sentence]
    left, right = first, last
    verbs = [c.verb for c in doc.clauses_in(sentence)]
    joins = {t for t in range(a, b) if doc.words[t].lower in (",", "and")}
    breaks = [t for t in range(a, b) if doc.words[t].lower in _BREAKS and not first <= t < last and (doc.chunk_of[t] < 0 or t not in joins)]
    ends = [*breaks, b][1:]
    breaks = [t for t, end in zip(breaks, ends, strict=True) if t not in joins or any(t < v < end for v in verbs)]
    while True:
        lower = max((t for t in breaks if t < left), default=a - 1)
        upper = min((t for t in breaks if t >= right), default=b)
        if any(lower < c.at < upper and not first <= c.at < last and c.kind != "begin" for c in found) or (lower < a and upper >= b):
            return max(a, lower), upper
        if lower < a or (upper < b and doc.words[lower].lower in _OPENERS):
            right = upper + 1
        else:
            left = lower
        if right >= b and left <= a:
            return a, b


def _foreign(reading: Reading, incident: IncidentFound | None, span: tuple[int, int]) -> tuple[bool, bool]:
    """Whether a stretch names a victim of the incident, and whether it names another organization that is no speaker by trade."""
    victims = {id(v.party) for i in ([incident] if incident else reading.incidents) for v in i.victims if v.party}
    own = other = False
    for chunk in reading.doc.chunks_in(*span):
        for party in reading.parties.in_chunk(chunk):
            if id(party) in victims:
                own = True
            elif party.kind == "organization" and not (party.authority or party.security or party.press):
                other = True
    return own, other


def features(reading: Reading, speeches: Speeches, mention: DateMention, incident: IncidentFound | None = None) -> dict[str, float]:
    """What stands around a date, for the model ``models/timing.json``; the date line of the document has the one feature ``header``."""
    doc = reading.doc
    if is_header(reading, mention):
        return {"header": 1.0}
    first, last = doc.tokens(mention.start, mention.end)
    first = min(first, len(doc.words) - 1)
    sentence = doc.sentence_of(first)
    a, b = doc.sentences[sentence]
    found = _cues_of(doc, sentence, doc.dates)
    low, high = _part_of(doc, sentence, first, last, found)
    names: set[str] = set()
    names.add(f"precision {mention.precision}")
    names.update(flag for flag in ("relative", "open_end", "open_start", "vague") if getattr(mention, flag))
    if doc.published:
        gap = (doc.published - mention.last).days
        ages = ((-1, "future"), (0, "publication"), (7, "this week"), (400, "earlier"))
        names.add(next((name for limit, name in ages if gap <= limit), "years ago"))
    if sentence == 0 or (sentence in (1, 2) and doc.headings >= set(range(sentence))):
        names.add("opening")
    if sentence in doc.headings:
        names.add("heading")
    if speeches.is_negated(first):
        names.add("negated")
    previous = doc.words[first - 1].lower if first > a else ""
    inner = doc.words[first].lower
    names.add(f"before {previous}" if previous in _PREPOSITIONS else f"before {inner}" if inner in _PREPOSITIONS else "before other")
    left = [c for c in found if low <= c.at < first]
    right = [c for c in found if last <= c.at < high]
    verbs = [c for c in left if not c.noun and c.kind != "begin"][-1:] or [c for c in right if not c.noun and c.kind != "begin"][:1]
    governing = {c.kind for c in left + right if not c.noun and verbs and c.at == verbs[0].at}
    names.update(f"verb {kind}" for kind in governing)
    names.update(f"left noun {c.kind}" for c in left if c.noun)
    names.update(f"right noun {c.kind}" for c in right if c.noun)
    if not governing:
        names.update(f"only noun {c.kind}" for c in left + right if c.noun)
    names.update(f"part {c.kind}" for c in left + right if c.kind not in ("act", "say"))
    names.update(f"sentence {c.kind}" for c in found if c.kind in ("data", "other", "aside"))
    names.update(f"inner {c.kind}" for c in found if first <= c.at < last)
    if not left and not right:
        names.add("part empty")
    own, other = _foreign(reading, incident, (low, high))
    names.update(n for n, said in (("victim", own), ("other party", other and not own)) if said)
    if own:
        names.update(f"victim, verb {kind}" for kind in governing & {"say", "disclose"})
    if any(w.lower in ("we", "our", "us") for w in doc.words[low:high]):
        names.add("we")
    attack = cues.nouns().words("attack")
    if any(w.lower in attack for w in doc.words[last : min(last + 2, b)]):
        names.add("date attack")
    if first - 2 >= a and doc.words[first - 1].lower in ("of", "in", "on", "from") and doc.words[first - 2].lower in attack:
        names.add("attack of date")
    return dict.fromkeys(names, 1.0)


def text_features(reading: Reading, incident: IncidentFound) -> dict[str, float]:
    """What speaks for the text itself being the first to tell of the incident, for the label ``publication``."""
    doc = reading.doc
    text, _ = _base_forms(doc, 0, len(doc.words))
    end = doc.sentences[min(2, len(doc.sentences) - 1)][1]
    opening = f"{_base_forms(doc, 0, end)[0]} {doc.text[: doc.words[end - 1].end].lower()}"
    names = {f"text {kind}" for kind in ("first_told",) if _has(kind, text) or _has(kind, opening)}
    names |= {f"opening {kind}" for kind in ("first_told", "told_before", "told_after") if _has(kind, opening)}
    if any(w.lower in ("we", "our") for w in doc.words) and not re.search(r"[\"“][^\"”]*\b[Ww]e\b", doc.text):
        names.add("text we")
    published = doc.published
    for name, when in (("happened", incident.happened), ("discovered", incident.discovered)):
        if when is None or published is None:
            names.add(f"no {name}")
        else:
            days = (published - when.last).days
            names.add(f"{name} " + ("days ago" if days <= FRESH else "weeks ago" if days <= 100 else "long ago"))
    return dict.fromkeys(names, 1.0)


# ── from dates to the times of an incident ───────────────────────────────────────────────


def read(reading: Reading, speeches: Speeches, model: Linear | None = None) -> None:
    """Fill the times of every incident; ``model`` in place of the bundled one, for cross-validation."""
    _Reader(reading, speeches, model or Linear.bundled("timing")).run()


@dataclass(slots=True)
class _Dated:
    mention: DateMention
    sentence: int
    p: Mapping[str, float]
    features: Mapping[str, float]


class _Reader:
    def __init__(self, reading: Reading, speeches: Speeches, model: Linear) -> None:
        self.reading, self.speeches, self.model, self.doc = reading, speeches, model, reading.doc
        self.published = self.doc.published or date.max

    def run(self) -> None:
        if not self.doc.words:
            return
        mentions = [d for d in dates_of(self.doc) if d.first <= self.published and not is_header(self.reading, d)]
        for incident in self.reading.incidents:
            dated = []
            for mention in mentions:
                sentence = self.doc.sentence_of(min(self.doc.tokens(mention.start, mention.end)[0], len(self.doc.words) - 1))
                if incident.tells(sentence):
                    found = features(self.reading, self.speeches, mention, incident)
                    dated.append(_Dated(mention, sentence, self.model.probabilities(found), found))
            incident.discovered = self._single("discovered", dated)
            incident.happened = self._happened(incident, dated)
            incident.disclosed = self._disclosed(incident, dated)

    def _single(self, sense: str, dated: list[_Dated]) -> When | None:
        """The date that is most likely of a sense; of several alike the earliest."""
        mine = [d for d in dated if d.p[sense] >= THRESHOLDS[sense]]
        if not mine:
            return None
        top = max(d.p[sense] for d in mine)
        best = min((d for d in mine if d.p[sense] >= top - 0.15), key=lambda d: (d.mention.first, d.mention.last))
        return self._when(best, best.mention.first, best.mention.last, sense)

    def _when(self, of: _Dated, first: date, last: date, sense: str, precision: str | None = None) -> When:
        last = max(first, min(last, self.published))
        ground = Ground(of.mention.start, of.mention.end, f"time.{sense}", of.p[sense])
        return When(first, last, ground, precision or of.mention.precision, of.mention.text)

    def _happened(self, incident: IncidentFound, dated: list[_Dated]) -> When | None:
        """From the first to the last day that the dates of the deed tell of."""
        mine = [d for d in dated if d.p["happened"] >= THRESHOLDS["happened"]]
        if not mine:
            mine = [d for d in dated if d.p["happened"] >= FALLBACK and d.p["happened"] > max(d.p["discovered"], d.p["disclosed"])]
            mine = [max(mine, key=lambda d: d.p["happened"])] if mine else []
        if not mine:
            return None
        best = max(mine, key=lambda d: d.p["happened"])
        story = [best]
        for d in sorted(mine, key=lambda d: -d.p["happened"]):
            told_as = max(("discovered", "disclosed"), key=lambda s: d.p[s])
            if d.p[told_as] > d.p["happened"]:
                continue
            gap = min(max(d.mention.first - s.mention.last, s.mention.first - d.mention.last) for s in story)
            if d is not best and (d.sentence == best.sentence or gap <= timedelta(days=APART)):
                story.append(d)
        if story == [best] and best.p["discovered"] > best.p["happened"]:
            return None
        sharp = [d for d in story if not any(o is not d and _inside(o.mention, d.mention) for o in story)]
        first = min(sharp, key=lambda d: (d.mention.first, d.mention.last))
        last = max(sharp, key=lambda d: d.mention.last)
        begin, end = first.mention.first, last.mention.last
        precision = None if first is last else "range"
        if _starts(first) and last.mention.last <= first.mention.last:
            end, precision = self._end(incident, first, dated), "range"
        return self._when(first, begin, max(end, begin), "happened", precision)

    def _end(self, incident: IncidentFound, first: _Dated, dated: list[_Dated]) -> date:
        """Where "since X" ends: the discovery or what stopped it, unless it goes on; else the publication."""
        text, _ = _base_forms(self.doc, *self.doc.sentences[first.sentence])
        whole, _ = _base_forms(self.doc, 0, len(self.doc.words))
        if _has("ongoing", text) or len(set(_patterns()["wave"].findall(whole))) >= 2:
            return self.published
        later = [d for d in dated if d is not first and d.mention.first >= first.mention.first]
        stops = [d.mention.last for d in later if "part end" in d.features and "part data" not in d.features]
        if incident.discovered is not None and incident.discovered.first >= first.mention.first:
            stops.append(incident.discovered.last)
        return max(stops, default=self.published)

    def _disclosed(self, incident: IncidentFound, dated: list[_Dated]) -> When | None:
        """The date on which the text says that it was made public, else the publication if the text is the first to tell."""
        said = self._single("disclosed", dated)
        if said is not None or self.doc.published is None:
            return said
        probability = self.model.probabilities(text_features(self.reading, incident))["publication"]
        if probability < THRESHOLDS["publication"]:
            return None
        first = self.published
        ground = self.reading.sentence_ground(0, "time.publication", probability)
        happened = incident.happened
        today = any("today" in d.mention.text.lower() for d in dated)
        if happened is not None and (self.published - happened.first).days <= FRESH and not today:
            first = happened.first
        return When(first, self.published, ground, "day" if first == self.published else "range")


def _starts(dated: _Dated) -> bool:
    """Whether a date is told as a beginning: "since May", "began on May 3"."""
    if dated.mention.open_end or (dated.mention.precision != "range" and "before from" in dated.features):
        return True
    return "part begin" in dated.features or "inner begin" in dated.features


def _inside(inner: DateMention, outer: DateMention) -> bool:
    """Whether a date lies in another, longer one that it makes more precise."""
    if (inner.first, inner.last) == (outer.first, outer.last) or outer.precision == "range" or outer.open_end:
        return False
    return outer.first <= inner.first and inner.last <= outer.last
