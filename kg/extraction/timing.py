"""When it happened, when the victim noticed, when it became known, was brought under control, and when those concerned were told.

A linear model (``models/timing.json``, fitted by ``tools/train_timing.py``) weighs what stands around each date: the words
of ``cues/timing.yaml`` and the verbs in the same part of the sentence. The dates of the deed then become one interval. The day
of becoming known is chosen among the dates, the publication and the days up to it, with none of them as a further choice.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache

from kg.extraction import cues
from kg.extraction.analysis import Analysis, Span
from kg.extraction.dates import DateMention
from kg.extraction.findings import Ground, IncidentFound, Reading, When
from kg.extraction.linear import Linear
from kg.extraction.speech import Speeches

THRESHOLDS = {"happened": 0.4, "discovered": 0.3, "contained": 0.5, "notified": 0.5}
"""From which probability on a date is taken for one of its sense; chosen by cross-validation over the training documents."""
KNOWN = 0.3
"""What the likeliest day of becoming known must have; chosen likewise."""
FALLBACK = 0.2
"""What the likeliest date of the deed must have where none reaches the threshold."""
APART = 90
"""Days that two dates of the deed may lie apart and still be one story, unless one sentence tells both."""
NOTICED = 30
"""A deed that the text dates at most so many days after its discovery began with the discovery at the latest."""
STAY = 800
"""Who came in and was noticed later, at most so many days, was inside all the time."""
WAVE = 2
"""So many signs of a wave of attacks, and it goes on beyond a single discovery."""
LEXICAL = 0.4
"""How much a single word counts against the other features, so that few examples do not teach too much."""
WEAK = 0.08
"""Dates less likely than that are no day of becoming known."""
FRESH = 14
"""Days before the publication within which a deed is news: it became known between the deed and the publication."""

_HARM = frozenset(["intrude", "take", "view", "encrypt", "destroy", "alter", "disrupt", "suffer", "deceive"])
_NEAR = ("discover", "disclose", "say", "act", "begin", "end", "notify", "enter", "other", "data", "aside")
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


MOST_DATES = 1000
"""How many dates of a text are weighed against each other, so that a register of dates does not cost without bounds."""


def dates_of(doc: Analysis) -> list[DateMention]:
    """The dates of a text, with those joined that only together tell a day.

    "Monday of last week", "the Sunday before last", "the 11th of that month", "Wednesday the 28th",
    "Tuesday night, August 25", and "on Sunday, two days after X had happened", where the second counts back from the first.
    """
    found: list[DateMention] = []
    for mention in doc.dates[:MOST_DATES]:
        before, after = doc.text[max(0, mention.start - 24) : mention.start], doc.text[mention.end : mention.end + 24]
        previous = found[-1] if found else None
        between = doc.text[previous.end : mention.start] if previous else ""
        week = (mention.last - mention.first).days == 6
        if previous is not None and previous.relative and previous.precision == "day" and week and between.strip() == "of":
            day = mention.first + timedelta(days=(previous.first.weekday() - mention.first.weekday()) % 7)
            found[-1] = replace(previous, end=mention.end, text=doc.text[previous.start : mention.end], first=day, last=day)
            continue
        if previous is not None and _told_twice(previous, mention, between):
            found[-1] = replace(previous, end=mention.end, text=doc.text[previous.start : mention.end])
            continue
        if mention.precision == "day" and mention.relative and (nth := re.match(r"\s+the (3[01]|[12]?\d)(?:st|nd|rd|th)\b", after)):
            near = (mention.first - timedelta(days=7 * back) for back in range(8))
            named = next((d for d in near if d.day == int(nth[1])), mention.first)
            mention = replace(mention, first=named, last=named)
        elif mention.precision == "day" and mention.relative and re.match(r"\s+before last\b", after):
            mention = replace(mention, first=mention.first - timedelta(days=7), last=mention.last - timedelta(days=7))
        elif mention.precision == "month" and (nth := re.search(r"\b(3[01]|[12]?\d)(?:st|nd|rd|th) of $", before)) and nth[1] != "0":
            day = mention.first + timedelta(days=int(nth[1]) - 1)
            mention = replace(mention, first=day, last=day, precision="day")
        elif previous is not None and re.search(r"\b(?:days?|weeks?|months?) after$", mention.text) and between.strip() == ",":
            least, most = sorted((abs(mention.first - previous.first), abs(mention.last - previous.first)))
            mention = replace(mention, first=previous.first - most, last=previous.first - least)
        found.append(mention)
    return found


def _told_twice(one: DateMention, other: DateMention, between: str) -> bool:
    """Whether a day is told by its name and its date: "Tuesday night, August 25"."""
    if one.precision != "day" or (one.first, one.last) != (other.first, other.last):
        return False
    return bool(re.fullmatch(r"(?: (?:morning|afternoon|evening|night))?, (?:the )?", between))


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
    names |= _lexical(reading, mention, (first, last), found)
    names |= _place_in_time(doc, mention)
    attack = cues.nouns().words("attack")
    if any(w.lower in attack for w in doc.words[last : min(last + 2, b)]):
        names.add("date attack")
    if first - 2 >= a and doc.words[first - 1].lower in ("of", "in", "on", "from") and doc.words[first - 2].lower in attack:
        names.add("attack of date")
    return {name: LEXICAL if name.startswith("word ") else 1.0 for name in names}


def _lexical(reading: Reading, mention: DateMention, span: Span, found: list[_Cue]) -> set[str]:
    """The verbs and nouns next to a date, up to the dates before and after it, and who the verb speaks of."""
    doc, (first, last) = reading.doc, span
    sentence = doc.sentence_of(first)
    a, b = doc.sentences[sentence]
    begin, end = a, b
    for other in doc.dates:
        if other.end <= mention.start and doc.words[a].start <= other.start:
            begin = max(begin, doc.tokens(other.start, other.end)[1])
        elif other.start >= mention.end and other.start < doc.words[b - 1].end:
            end = min(end, doc.tokens(other.start, other.end)[0])
    names: set[str] = set()
    verbs = cues.verbs()
    before = [t for t in range(begin, first) if doc.words[t].pos.startswith("VB")]
    after = [t for t in range(last, end) if doc.words[t].pos.startswith("VB")]
    fronted = first - 1 <= a or doc.words[max(a, first - 2)].lower in (",", "and", "that", "but", ";", "when") or not before
    near = after[:1] if fronted else before[-1:]
    side = "front" if fronted else "back"
    names.add(f"date {side}")
    if begin > a and not before:
        names.add("follows date")
    for t in near:
        names.add(f"word verb {verbs.lemma(doc.words[t].lower)}")
        clause = doc.clause_at(t)
        if clause is not None:
            names.update(f"class {c}" for c in clause.classes)
            if clause.passive:
                names.add("passive")
            parties = [p for s in clause.subject for p in reading.parties.in_chunk(s)]
            names.update(f"subject {k}" for k in ("authority", "security", "press") if any(getattr(p, k) for p in parties))
            for subject in clause.subject[:1]:
                names.add(f"word subject {doc.words[doc.head(subject)].lower}")
        if doc.words[t].pos == "VBG":
            names.add("verb ing")
        if any(doc.words[x].lower in ("had", "has", "have") for x in range(max(a, t - 3), t)):
            names.add("verb perfect")
    closest = [c for c in found if begin <= c.at < first][-1:]
    names.update(f"closest left {c.kind}" for c in closest)
    names.update(f"closest right {c.kind}" for c in [c for c in found if last <= c.at < end][:1])
    for t in range(max(begin, first - 5), first):
        names.add(f"word left {verbs.lemma(doc.words[t].lower)}")
    for t in range(last, min(end, last + 4)):
        names.add(f"word right {verbs.lemma(doc.words[t].lower)}")
    return names


def _place_in_time(doc: Analysis, mention: DateMention) -> set[str]:
    """Where a date stands among the dates of the text, and how long before the publication."""
    days = sorted({d.first for d in doc.dates if not doc.published or d.first <= doc.published})
    names: set[str] = set()
    if len(days) > 1:
        names.update(n for n, d in (("earliest", days[0]), ("latest", days[-1])) if mention.first == d)
    elif days:
        names.add("only date")
    if sum((d.first, d.last) == (mention.first, mention.last) for d in doc.dates) > 1:
        names.add("told twice")
    if doc.published:
        gap = (doc.published - mention.last).days
        names.add("gap " + next((str(n) for n in (0, 1, 2, 4, 8, 15, 31, 100, 400) if gap <= n), "more"))
    return names


def text_features(reading: Reading, incident: IncidentFound) -> dict[str, float]:
    """What speaks for the text itself being the first to tell of the incident, for the label ``known``."""
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
    Chooser(reading, speeches, model or Linear.bundled("timing")).run()


@dataclass(slots=True)
class _Dated:
    mention: DateMention
    sentence: int
    p: Mapping[str, float]
    features: Mapping[str, float]


@dataclass(slots=True)
class Option:
    """A day or interval in which it may have become known, the date that it rests on and what speaks for it."""

    kind: str
    first: date
    last: date
    of: _Dated | None = None
    features: dict[str, float] = field(default_factory=dict)


class Chooser:
    """Chooses the times of an incident among the dates of a text."""

    def __init__(self, reading: Reading, speeches: Speeches, model: Linear) -> None:
        self.reading, self.speeches, self.model, self.doc = reading, speeches, model, reading.doc
        self.published = self.doc.published or date.max

    def run(self) -> None:
        if not self.doc.words:
            return
        mentions = [d for d in dates_of(self.doc) if d.first <= self.published and not is_header(self.reading, d)]
        for incident in self.reading.incidents:
            dated = self.dated(incident, mentions)
            incident.discovered = self._single("discovered", dated)
            incident.happened = self.happened(incident, dated)
            incident.disclosed = self._disclosed(incident, dated)
            incident.contained = self._single("contained", dated)
            incident.notified = self._single("notified", dated)
            if incident.contained and incident.happened and incident.contained.last < incident.happened.first:
                incident.contained = None

    def dated(self, incident: IncidentFound, mentions: Iterable[DateMention]) -> list[_Dated]:
        """The dates in the sentences of an incident, with the probability of each sense."""
        found = []
        for mention in mentions:
            sentence = self.doc.sentence_of(min(self.doc.tokens(mention.start, mention.end)[0], len(self.doc.words) - 1))
            if incident.tells(sentence):
                row = features(self.reading, self.speeches, mention, incident)
                found.append(_Dated(mention, sentence, self.model.probabilities(row), row))
        return found

    def weighed(self, incident: IncidentFound) -> list[_Dated]:
        """The dates of an incident with what they may tell, for training; fills in the discovery."""
        if not self.doc.words:
            return []
        mentions = [d for d in dates_of(self.doc) if d.first <= self.published and not is_header(self.reading, d)]
        dated = self.dated(incident, mentions)
        incident.discovered = self._single("discovered", dated)
        return dated

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

    def happened(self, incident: IncidentFound, dated: list[_Dated]) -> When | None:
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
        found = incident.discovered
        if last.mention.last <= first.mention.last:
            if _starts(first):
                end, precision = self._end(incident, first, dated), "range"
            elif _enters(first) and found is not None and end < found.last <= end + timedelta(days=STAY):
                end, precision = found.last, "range"
        if found is not None and found.first < begin <= found.first + timedelta(days=NOTICED):
            begin, precision = found.first, "range"
        return self._when(first, begin, max(end, begin), "happened", precision)

    def _end(self, incident: IncidentFound, first: _Dated, dated: list[_Dated]) -> date:
        """Where "since X" ends: the discovery or what stopped it, unless it goes on; else the publication."""
        text, _ = _base_forms(self.doc, *self.doc.sentences[first.sentence])
        whole, _ = _base_forms(self.doc, 0, len(self.doc.words))
        if _has("ongoing", text):
            return self.published
        later = [d for d in dated if d is not first and d.mention.first >= first.mention.first]
        stops = [d.mention.last for d in later if "part end" in d.features and "part data" not in d.features]
        if incident.discovered is not None and incident.discovered.first >= first.mention.first:
            stops.append(incident.discovered.last)
        if stops and len(set(_patterns()["wave"].findall(whole))) >= WAVE:
            return self.published
        return max(stops, default=self.published)

    def _choice(self, options: list[Option], label: str, least: float) -> tuple[Option, float] | None:
        """The likeliest interval and its probability; options for the same days add up; "none of them" competes with odds of 1."""
        odds: dict[tuple[date, date], list[tuple[float, Option]]] = {}
        for o in options:
            p = self.model.probabilities(o.features)[label]
            odds.setdefault((o.first, o.last), []).append((p / max(1 - p, 1e-9), o))
        if not odds:
            return None
        alike = max(odds.values(), key=lambda those: sum(x for x, _ in those))
        p = sum(x for x, _ in alike) / (1 + sum(x for those in odds.values() for x, _ in those))
        return (max(alike, key=lambda those: those[0])[1], p) if p >= least else None

    def _disclosed(self, incident: IncidentFound, dated: list[_Dated]) -> When | None:
        """The likeliest of the days on which it may have become known, if it is likely enough; "none of them" competes with odds of 1."""
        chosen = self._choice(self.tellings(incident, dated), "known", KNOWN)
        if chosen is None:
            return None
        best, p = chosen
        precision = "day" if best.first == best.last else "range"
        if best.of is None:
            return When(best.first, best.last, self.reading.sentence_ground(0, "time.publication", p), precision)
        mention = best.of.mention
        return When(best.first, best.last, Ground(mention.start, mention.end, "time.disclosed", p), mention.precision, mention.text)

    def tellings(self, incident: IncidentFound, dated: list[_Dated]) -> list[Option]:
        """The days on which it may have become known, with what speaks for each: dates of the text, the publication, the days up to it."""
        usable = [d for d in dated if d.p["disclosed"] >= WEAK]
        options = [Option("one", d.mention.first, min(d.mention.last, self.published), d) for d in usable]
        if self.doc.published:
            options.append(Option("publication", self.published, self.published))
            for name, when in (("since deed", incident.happened), ("since discovery", incident.discovered)):
                if when is not None and when.first < self.published and (self.published - when.first).days <= FRESH:
                    options.append(Option(name, when.first, self.published))
        text = text_features(self.reading, incident) if self.doc.published else {}
        for o in options:
            o.features = self._weighed(o, usable)
            if o.of is None:
                o.features |= {f"{o.kind}, {name}": 1.0 for name in text}
                continue
            o.features |= {f"one, {name}": 1.0 for name in o.of.features if name.startswith(("verb ", "victim", "gap ", "earl", "opening"))}
            for name, when in (("deed", incident.happened), ("discovery", incident.discovered)):
                if when is not None:
                    o.features[f"one, {'before' if o.last < when.first else 'at' if o.first <= when.last else 'after'} {name}"] = 1.0
        return options

    def _weighed(self, o: Option, usable: list[_Dated]) -> dict[str, float]:
        """What speaks for an interval: the senses of its date, its length, and the dates that it leaves out."""
        found = {o.kind: 1.0}
        if o.of is not None:
            found["one, disclosed"] = _logit(o.of.p["disclosed"])
            found |= {sense: _logit(o.of.p[sense]) for sense in ("happened", "discovered")}
            found[f"one, {o.of.mention.precision}"] = 1.0
        others = [d for d in usable if d is not o.of]
        outside = [d for d in others if d.mention.last < o.first or d.mention.first > o.last]
        inside = [d for d in others if o.first <= d.mention.first and d.mention.last <= o.last]
        wider = [d for d in others if d.mention.first <= o.first and d.mention.last >= o.last]
        for name, those in (("outside", outside), ("inside", inside), ("wider", wider)):
            found[name] = found[f"{o.kind}, {name}"] = max((d.p["disclosed"] for d in those), default=0.0) * 2
        days = (o.last - o.first).days
        found[f"length {_step(days)}"] = 1.0
        return found


def _step(days: int) -> str:
    """The length of an interval, roughly."""
    return next((str(n) for n in (0, 1, 3, 7, 14, 31, 100, 370) if days <= n), "more")


def _logit(p: float) -> float:
    """The log odds of a probability, kept small."""
    return max(-4.0, min(4.0, math.log(max(p, 1e-6) / max(1 - p, 1e-6)))) / 2


def _starts(dated: _Dated) -> bool:
    """Whether a date is told as a beginning: "since May", "began on May 3"; what has a last day of its own is none."""
    if dated.mention.precision == "range":
        return False
    return dated.mention.open_end or bool({"before from", "part begin", "inner begin"} & dated.features.keys())


def _enters(dated: _Dated) -> bool:
    """Whether a date tells how somebody came in, and nothing of how long he stayed: "entered in May"."""
    return dated.mention.precision != "range" and bool({"part enter", "verb enter"} & dated.features.keys())


def _inside(inner: DateMention, outer: DateMention) -> bool:
    """Whether a date lies in another, longer one that it makes more precise."""
    if (inner.first, inner.last) == (outer.first, outer.last) or outer.precision == "range" or outer.open_end:
        return False
    return outer.first <= inner.first and inner.last <= outer.last
