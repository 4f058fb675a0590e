"""The words of the field: verbs, nouns and phrases by what they say, read from the YAML files in ``cues/``.

>>> sorted(verbs().classes("broke", "into"))
['intrude']
>>> verbs().lemma("stole"), verbs().lemma("announcing")
('steal', 'announce')
>>> nouns().has("system", "mail servers".split())
True
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources
from typing import Any

import yaml


@cache
def load(name: str) -> Any:
    """The content of ``cues/<name>.yaml``."""
    return yaml.load(resources.files("kg.extraction").joinpath(f"cues/{name}.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)


@cache
def words(name: str) -> frozenset[str]:
    """A list of ``cues/words.yaml``."""
    return frozenset(str(w) for w in _lists()[name])


@cache
def _lists() -> Any:
    return load("words")


def any_of(phrases: Iterable[str], blank: str) -> str:
    """A regular expression for any of some phrases, the longest first; ``blank`` stands for a blank in them.

    >>> any_of(["half", "half a"], r"\\s")
    'half\\\\sa|half'
    """
    return "|".join(re.escape(p).replace(r"\ ", blank) for p in sorted(phrases, key=len, reverse=True))


def _forms(base: str, past: str | None = None, participle: str | None = None) -> set[str]:
    """Every form of a regular verb; irregular past and participle may be given."""
    vowel = "aeiou"
    if base.endswith(("s", "x", "z", "ch", "sh", "o")):
        third = base + "es"
    elif base.endswith("y") and base[-2] not in vowel:
        third = base[:-1] + "ies"
    else:
        third = base + "s"
    if base.endswith("e"):
        regular, ing = base + "d", base + "ing" if base.endswith(("ee", "oe", "ye")) else base[:-1] + "ing"
    elif base.endswith("y") and base[-2] not in vowel:
        regular, ing = base[:-1] + "ied", base + "ing"
    elif base in _DOUBLED or (len(base) == 3 and base[-1] not in "aeiouwxy" and base[-2] in vowel and base[-3] not in vowel):
        regular, ing = base + base[-1] + "ed", base + base[-1] + "ing"
    else:
        regular, ing = base + "ed", base + "ing"
    if base.endswith("ie"):
        ing = base[:-2] + "ying"
    return {base, third, past or regular, participle or regular, ing}


_DOUBLED = words("verbs that double their last letter")


class Verbs:
    """Verb forms, their lemmas and the classes of meaning that a lemma, alone or with a particle or object, has."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._lemma: dict[str, str] = {}
        self._class: dict[str, set[str]] = {}
        irregular = {base: (past, part) for base, past, part in data["irregular"]}
        lemmas = set(irregular)
        for name, entries in data["classes"].items():
            for entry in entries:
                self._class.setdefault(entry, set()).add(name)
                lemmas.add(entry.split()[0])
        for lemma in sorted(lemmas):
            for form in _forms(lemma, *irregular.get(lemma, (None, None))):
                self._lemma.setdefault(form, lemma)
        for form, lemma in {
            "is": "be",
            "are": "be",
            "were": "be",
            "been": "be",
            "being": "be",
            "am": "be",
            "'s": "be",
            "has": "have",
            "'ve": "have",
        }.items():
            self._lemma[form] = lemma

    def lemma(self, form: str) -> str:
        """The lemma of a form in lower case; the form itself if it is not known."""
        return self._lemma.get(form, form)

    def known(self) -> dict[str, str]:
        """Every known form with its lemma."""
        return dict(self._lemma)

    def classes(self, form: str, particle: str | None = None, object_noun: str | None = None) -> frozenset[str]:
        """What a verb says, with the word after it and the head of its object looked at first."""
        lemma = self.lemma(form)
        found: set[str] = set()
        for key in (f"{lemma} {particle}" if particle else None, f"{lemma} {object_noun}" if object_noun else None):
            if key and key in self._class:
                found |= self._class[key]
        if not found or object_noun:
            found |= self._class.get(lemma, set())
        return frozenset(found)


class Nouns:
    """Nouns by class; a plural counts as its singular."""

    def __init__(self, data: dict[str, list[str]]) -> None:
        self._by_class = {name: frozenset(w for word in words for w in (word, plural(word))) for name, words in data.items()}

    def has(self, name: str, words: Sequence[str]) -> bool:
        """Whether a phrase (its words) ends in a noun of the class."""
        known = self._by_class[name]
        return any(len(words) >= size and " ".join(words[-size:]).lower() in known for size in (1, 2, 3))

    def words(self, name: str) -> frozenset[str]:
        """Every word of a class, singular and plural."""
        return self._by_class[name]


def plural(noun: str) -> str:
    """The regular plural.

    >>> plural("agency"), plural("breach"), plural("library"), plural("key")
    ('agencies', 'breaches', 'libraries', 'keys')
    >>> plural("data thief"), plural("con man")
    ('data thieves', 'con men')
    """
    irregular = {
        "person": "people",
        "man": "men",
        "woman": "women",
        "child": "children",
        "theft": "thefts",
        "staff": "staff",
        "company": "companies",
    }
    head, _, last = noun.rpartition(" ")
    if last in irregular:
        last = irregular[last]
    elif last.endswith("thief"):
        last = last[:-1] + "ves"
    elif last.endswith("man") and last != "human":
        last = last[:-3] + "men"
    elif last.endswith(("s", "x", "z", "ch", "sh")):
        last += "es"
    elif last.endswith("y") and last[-2] not in "aeiou":
        last = last[:-1] + "ies"
    else:
        last += "s"
    return f"{head} {last}".strip()


@cache
def verbs() -> Verbs:
    """The verbs of ``cues/verbs.yaml``."""
    return Verbs(load("verbs"))


@cache
def nouns() -> Nouns:
    """The nouns of ``cues/nouns.yaml``."""
    return Nouns(load("nouns"))
