"""Which capitals are the name of an organization: what the tagger says, put right by what a reader knows of names.

The tagger takes an unknown company for a person ("Harlow Vance" or "Harlow Motors"?) or a place, runs two names of an enumeration
together, takes a noun before a name or a town behind it into the name, and cuts the long names of ministries.

"""

from __future__ import annotations

import re
from functools import cache, cached_property

from kg.extraction import cues
from kg.extraction.analysis import Analysis, Span
from kg.extraction.gazetteer import gazetteer, places
from kg.extraction.names import FOLDER, ordinary_words

Entity = tuple[int, int, str]


@cache
def given_names() -> frozenset[str]:
    """Usual given names, lower case (``lexicon/given_names.txt``).

    >>> "maria" in given_names(), "lockheed" in given_names()
    (True, False)
    """
    return frozenset((FOLDER / "given_names.txt").read_text("utf-8").split())


@cache
def _list(name: str) -> frozenset[str]:
    """A list of ``cues/naming.yaml``, else of ``cues/parties.yaml``."""
    own = cues.load("naming")
    return frozenset(str(w).lower() for w in (own if name in own else cues.load("parties"))[name])


@cache
def _usual() -> frozenset[str]:
    """The organizations of ``cues/organizations.yaml``, lower case."""
    return frozenset(str(n).lower() for names in cues.load("organizations").values() for n in names)


def _english(word: str) -> bool:
    """Whether a word, its singular, or each part of it between hyphens is an ordinary one."""
    known = ordinary_words()
    return all(part in known or part.removesuffix("s") in known or part.removesuffix("es") in known for part in word.split("-"))


def _with(entities: list[Entity], whole: list[Span]) -> list[Entity]:
    """The names with some longer ones in the place of those that they overlap.

    >>> _with([(0, 1, "ORG"), (2, 3, "PLACE"), (5, 6, "ORG")], [(0, 3)])
    [(0, 3, 'ORG'), (5, 6, 'ORG')]
    """
    taken: set[int] = set()
    kept: list[Entity] = []
    for a, b in sorted(set(whole), key=lambda s: (s[0], -s[1])):
        if a not in taken:
            taken.update(range(a, b))
            kept.append((a, b, "ORG"))
    return sorted([*kept, *(e for e in entities if not any(t in taken for t in range(e[0], e[1])))])


class Naming:
    """The names of one text: :meth:`entities` put right, and what is asked of single runs of capitals."""

    def __init__(self, doc: Analysis) -> None:
        self.doc = doc

    def entities(self) -> list[Entity]:
        """The names of the text as token spans with ``ORG``, ``PERSON``, ``PLACE`` or ``OTHER``, put right."""
        found: list[Entity] = []
        for a, b, label in self._joined(self._adjectives(list(self.doc.entities))):
            if label == "PERSON" and not self._is_person((a, b)):
                label = "ORG"
            elif label == "ORG" and b - a in (2, 3) and (self._titled((a, b)) or self._human((a, b))):
                label = "PERSON"
            elif label == "PLACE" and not self._is_place((a, b)):
                label = "ORG"
            if label != "ORG":
                found.append((a, b, label))
                continue
            found.extend((*self.bare(part), "ORG") for part in self._parts((a, b)) if not self._is_term(part))
        return [(a, b, label) for a, b, label in found if a < b and any(c.isalpha() for c in self.doc.say((a, b)))]

    def plausible(self, span: Span) -> bool:
        """Whether capitals that no list knows may name an organization: a word that only opens a sentence, a title, a town do not."""
        doc = self.doc
        words = doc.words[span[0] : span[1]]
        text = doc.say(span)
        if re.fullmatch(r"[A-Z]{2,4}s|e?[A-Z]{2,4}-[a-z]+|\d+-[A-Z]", text) or any(w.lower.strip(".") in _list("titles") for w in words):
            return False
        if self._is_term(span):
            return False
        sentence = doc.sentence_of(span[0])
        opens = span[0] == doc.sentences[sentence][0] or sentence in doc.headings
        after = doc.words[span[1]].lower if span[1] < len(doc.words) else ""
        if len(words) == 1 and opens and _english(words[0].lower) and after not in ("'s", "’s", "("):
            return any(t not in self._openings for t in self._places_of.get(text, ()) if t != span[0])
        before = doc.words[span[0] - 1].lower if span[0] else ""
        return not (len(words) == 1 and before in ("in", "near", "outside") and not text.isupper() and after not in ("'s", "’s"))

    def _is_term(self, span: Span) -> bool:
        """Whether capitals are a term of the trade ("SSH"), or ordinary words that are lines of their own and nothing else."""
        doc = self.doc
        words = doc.words[span[0] : span[1]]
        if all(part in _list("technologies") for part in doc.say(span).lower().split("/")):
            return True
        if len(words) == 1 or not all(_english(w.lower) or not w.text[:1].isalpha() for w in words):
            return False
        said = [w.text for w in words]
        again = (t for t in self._places_of.get(said[0], ()) if [w.text for w in doc.words[t : t + len(said)]] == said)
        return all(self._stands_alone((t, t + len(said))) for t in again)

    def _stands_alone(self, span: Span) -> bool:
        """Whether words are a heading, or a line, of their own."""
        return tuple(self.doc.sentences[self.doc.sentence_of(span[0])]) == span

    @cached_property
    def _places_of(self) -> dict[str, list[int]]:
        """Where each word with a capital stands."""
        found: dict[str, list[int]] = {}
        for t, word in enumerate(self.doc.words):
            if word.text[:1].isupper():
                found.setdefault(word.text, []).append(t)
        return found

    @cached_property
    def _openings(self) -> set[int]:
        """The first token of each sentence, line and quotation, and every token of a heading."""
        doc = self.doc
        found = {a for a, _ in doc.sentences} | {
            t
            for t in range(1, len(doc.words))
            if doc.words[t - 1].text in (".", ":", "?", "!", '"', "“", "(", "•", "*", "-")
            or "\n" in doc.text[doc.words[t - 1].end : doc.words[t].start]
        }
        return found | {t for s in doc.headings for t in range(*doc.sentences[s])}

    # ── persons and places ───────────────────────────────────────────────────────────────

    @cached_property
    def _surnames(self) -> frozenset[str]:
        """Last words of names tagged as persons that come again alone beside a verb of saying, or after a title."""
        doc = self.doc
        last = {doc.words[b - 1].text for a, b, label in doc.entities if label == "PERSON" and b - a > 1}
        again = set()
        for t, word in enumerate(doc.words):
            if word.text in last and (
                t == 0 or not doc.words[t - 1].text[:1].isupper() or doc.words[t - 1].lower.strip(".") in _list("titles")
            ):
                again.add(word.text)
        return frozenset(again)

    def _is_person(self, span: Span) -> bool:
        """Whether a name tagged as a person is one: a given name, a title or an office before it, a surname that comes again."""
        doc, (a, b) = self.doc, span
        first = doc.words[a].lower
        if first in given_names() or (doc.words[b - 1].text in self._surnames and b - a > 1):
            return True
        if self._titled(span):
            return True
        if any(len(w.text.strip(".")) == 1 and w.text[0].isupper() for w in doc.words[a:b]):
            return True
        return b - a == 1

    def _human(self, span: Span) -> bool:
        """Whether a name of two words is a given name and a surname that no list of organizations has."""
        doc, (a, b) = self.doc, span
        last = doc.words[b - 1]
        return (
            b - a == 2
            and doc.words[a].lower in given_names()
            and last.lower not in _list("institutions") | _list("generic_tails")
            and last.text[:1].isupper()
            and not last.text.isupper()
            and doc.say(span).lower() not in _usual()
            and not any(n.kind == "organization" and n.start <= doc.words[a].start < n.end for n in doc.names)
        )

    def _titled(self, span: Span) -> bool:
        """Whether a title or an office stands before a name ("Dr. Vance", "a spokesman, Harlow Vance,"), and no institution in it."""
        doc, (a, b) = self.doc, span
        aside = a > 1 and doc.words[a - 1].text == "," and b < len(doc.words) and doc.words[b].text == ","
        before = a - (2 if aside else 1)
        return (
            before >= 0
            and doc.words[before].lower.strip(".") in _list("titles") | cues.words("staff")
            and not any(w in _list("institutions") or w in _list("generic_tails") for w in doc.lower(span))
            and doc.say(span) not in gazetteer()
        )

    def _is_place(self, span: Span) -> bool:
        """Whether a name tagged as a place is one: the gazetteer knows it, or it stands where places stand."""
        doc, (a, b) = self.doc, span
        text = doc.say(span)
        if text in gazetteer() or any(w.text in gazetteer() for w in doc.words[a:b]):
            return True
        start, end = doc.chars(span)
        if any(n.kind in ("country", "nationality", "place") and n.start < end and n.end > start for n in doc.names):
            return True
        before = doc.words[a - 1].lower if a else ""
        if before == ",":
            return a > 1 and doc.words[a - 2].text in gazetteer()
        return before in ("in", "near", "outside", "around", "across", "via")

    def _adjectives(self, entities: list[Entity]) -> list[Entity]:
        """Bodies that have no other name than their place and a noun: "the Norwegian parliament", "Larvik municipality"."""
        doc = self.doc
        whole: list[Span] = []
        for t in range(1, len(doc.words)):
            word, before = doc.words[t], doc.words[t - 1]
            if word.lower not in _list("bodies") or not before.text[:1].isupper() or word.text[:1].isupper():
                continue
            first = t - 1
            if before.text in gazetteer() or (word.lower == "municipality" and before.pos.startswith("NNP")):
                while first > 0 and doc.say((first - 1, t)) in gazetteer():
                    first -= 1
                whole.append((first, t + 1))
        return _with(entities, whole)

    # ── enumerations and long names ──────────────────────────────────────────────────────

    def _joined(self, entities: list[Entity]) -> list[Entity]:
        """Names of public bodies over commas and "and": "Ministry of Trade, Industry and Energy", "Securities and Exchange Commission"."""
        doc = self.doc
        whole: list[Span] = []
        starting = {a: b for a, b, label in entities if label == "ORG"}
        ending = {b: a for a, b in starting.items()}
        begun = {t: a for a, b in starting.items() for t in range(a, b)}
        for t, word in enumerate(doc.words):
            if (
                word.lower in _list("offices")
                and word.text[:1].isupper()
                and t + 2 < len(doc.words)
                and doc.words[t + 1].lower in ("of", "for")
            ):
                end = self._office(t)
                if end is not None:
                    whole.append((begun.get(t, t), end))
            if (
                word.lower in ("and", "&")
                and 0 < t < len(doc.words) - 2
                and doc.words[t - 1].text[:1].isupper()
                and doc.words[t - 1].lower in ordinary_words()
                and doc.words[t - 1].lower not in _list("institutions")
            ):
                end = starting.get(t + 1)
                known = t in ending
                begin = doc.sentences[doc.sentence_of(t)][0]
                institution = end is not None and end - t > 2 and doc.words[end - 1].lower in _list("institutions")
                if end is not None and institution and (not known or t - 1 > begin):
                    first = t - 1
                    while first > begin and (
                        doc.words[first - 1].text in gazetteer()
                        or (doc.words[first - 1].text[:1].isupper() and doc.words[first - 1].lower in ordinary_words() - _list("hanging"))
                    ):
                        first -= 1
                    whole.append((first, end))
        return _with(entities, whole)

    def _office(self, start: int) -> int | None:
        """Where the name of an office with several subjects ends; ``None`` if it has but one."""
        doc = self.doc
        k = start + 2
        last = None
        joined = False
        while k < len(doc.words):
            if not doc.words[k].text[:1].isupper():
                break
            while k < len(doc.words) and doc.words[k].text[:1].isupper():
                k += 1
            last = k
            if k + 1 >= len(doc.words):
                break
            comma = doc.words[k].text == ","
            then = k + 1 if not comma or doc.words[k + 1].lower not in ("and", "&") else k + 2
            if doc.words[k].lower not in (",", "and", "&") or then >= len(doc.words):
                break
            subject = doc.words[then]
            if not subject.text[:1].isupper() or subject.lower not in ordinary_words() - _list("offices") - _list("institutions"):
                break
            if comma and not self._closes(k):
                break
            joined = True
            k = then
        return last if joined else None

    def _closes(self, comma: int) -> bool:
        """Whether an enumeration of capitals after a comma ends with "and" and a capital: a list of subjects, not of names."""
        doc = self.doc
        k = comma
        while k + 1 < len(doc.words) and k - comma < 12:
            if doc.words[k].lower == "and":
                return doc.words[k + 1].text[:1].isupper()
            if doc.words[k].text != "," and not doc.words[k].text[:1].isupper():
                return False
            k += 1
        return False

    def _parts(self, span: Span) -> list[Span]:
        """A name in which two of an enumeration run together, in its parts: "Norlake Bank and Tilmont"."""
        doc, (a, b) = self.doc, span
        for t in range(a + 1, b - 1):
            if doc.words[t].lower in ("and", "or", ",") and doc.words[t + 1].text[:1].isupper() and self._two(span, t):
                return [(a, t), *self._parts((t + 1, b))]
        return [span]

    def _two(self, span: Span, joint: int) -> bool:
        """Whether what stands before and after a comma or an "and" inside a tagged name are two names."""
        doc, (a, b) = self.doc, span
        left, right = doc.words[a:joint], doc.words[joint + 1 : b]
        office = any(w.lower in _list("offices") for w in left)
        institution = any(w.lower in _list("institutions") for w in right)
        if doc.words[joint].lower != "and":
            return not office and right[0].lower.strip(".") not in _list("legal_forms")
        if office and not institution and any(w.lower == "of" for w in left):
            return False  # Department of Health and Human Services
        if all(w.lower in ordinary_words() for w in right) and len(right) <= 2 and not self._alone(right[-1].text, span):
            return False  # Airbus Defence and Space
        if len(left) == 1 and len(right) > 1 and right[-1].lower in _list("institutions") and not self._alone(left[0].text, span):
            return False  # Securities and Exchange Commission
        single = len(left) == len(right) == 1
        apart = self._enumerated(span) or self._alone(left[0].text, span) or self._alone(right[0].text, span)
        persons = left[0].lower == right[0].lower or left[0].lower in given_names() or right[0].lower in given_names()
        return apart or not (single and persons)

    def _enumerated(self, span: Span) -> bool:
        doc, a = self.doc, span[0]
        if a < 2:
            return False
        before = doc.words[a - 1]
        return before.lower in _list("before enumerations") or (before.text == "," and doc.words[a - 2].text[:1].isupper())

    def _alone(self, word: str, span: Span) -> bool:
        """Whether a word of a name stands elsewhere in the text without the others."""
        doc, (a, b) = self.doc, span
        size = b - a
        inside = [w.text for w in doc.words[a:b]]
        for t in self._places_of.get(word, ()):
            if not a <= t < b:
                near = [x.text for x in doc.words[max(0, t - size) : t + size]]
                if not set(inside) - {word, "and"} & set(near):
                    return True
        return False

    def bare(self, span: Span) -> Span:
        """A name without what only stands before or behind it: "Rivals Acme", "staff of Acme", "Acme in Leeds", "Acme of Leeds"."""
        doc, (a, b) = self.doc, span
        hanging = _list("hanging") | _list("events")
        while b - a > 1 and doc.words[b - 1].lower in hanging:
            b -= 1
        while b - a > 1 and doc.words[b - 1].text in ("£", "$", "€", "&", "-", "–", "—", ":", "/"):
            b -= 1
        while b - a > 1 and not doc.words[a].text[0].isalnum():
            a += 1
        for t in range(a + 1, b - 1):
            word = doc.words[t].lower
            said = [w.lower in _list("called") for w in doc.words[a:t] if w.text not in gazetteer()]
            if word in ("of", "at", "for") and said and all(said):
                return self.bare((t + 1, b))
            if word in ("in", "near") and doc.say((t + 1, b)) in gazetteer():
                return a, t
            if word == "of" and b - t == 2 and self._seat((a, t), b):
                return a, t
        if b - a > 1 and doc.words[a].lower in _list("called") and doc.words[a].text[:1].isupper() and doc.words[a + 1].text[:1].isupper():
            return self.bare((a + 1, b))
        return a, b

    def _seat(self, name: Span, end: int) -> bool:
        """Whether "of Leeds" behind a name says where it sits: a country or state follows, or the name is a whole without it."""
        doc = self.doc
        words = doc.words[name[0] : name[1]]
        following = doc.text[doc.words[end].start : doc.words[end].start + 30] if end < len(doc.words) else ""
        region = places(following)
        if region and region[0][0] <= 2 and following[:1] == "," and len(words) > 1:
            return True
        town = doc.words[end - 1].text in gazetteer() or doc.words[end - 1].lower not in ordinary_words()
        head = words[-1].lower in _list("institutions") | _list("generic_tails") and len(words) > 1
        known = any(w.lower in _list("common first") or w.text in gazetteer() for w in words[:-1])
        if head and town and len(words) == 2 and not known:
            return True
        return town and len(words) < 4 and any(w.lower not in ordinary_words() and w.text not in gazetteer() for w in words)
