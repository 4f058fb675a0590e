"""The words of who did it (``cues/actors.yaml``), ready to be matched; places, nationalities and organs of states in a text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from kg.extraction import cues
from kg.extraction.gazetteer import gazetteer, places


def any_of(words: Iterable[str], endings: str = "") -> re.Pattern[str]:
    """One pattern for a list of words or regular expressions, as whole words, whatever their case.

    >>> bool(any_of(["gang", "for sale"]).search("put up For Sale")), bool(any_of(["gang"]).search("gangway"))
    (True, False)
    """
    return re.compile(r"(?<!\w)(?:" + "|".join(sorted(words, key=len, reverse=True)) + ")" + endings + r"(?!\w)", re.IGNORECASE)


@cache
def words() -> dict[str, Any]:
    """``cues/actors.yaml``: nouns with their plurals, verbs as sets, the rest as patterns."""
    data: dict[str, Any] = cues.load("actors")
    for key in ("plain", "general", "somebody", "insiders", "again", "speakers"):
        data[key] = frozenset(w for noun in data[key] for w in (noun, cues.plural(noun)))
    for key in (
        "say",
        "blame",
        "link",
        "hedging_verbs",
        "government",
        "accusation",
        "no_names",
        "several",
        "collectives",
        "public",
        "seats",
    ):
        data[key] = frozenset(data[key])
    for key in (
        "state",
        "criminal",
        "activist",
        "hacker",
        "guilty_after",
        "guilty_before",
        "links",
        "elsewhere",
        "general_talk",
        "unknown",
        "baseless",
        "things",
        "movements",
    ):
        data[key] = any_of(data[key])
    data["motives"] = {k: _money(v) if k == "financial" else any_of(v, "(?:s|ed|ing)?") for k, v in data["motives"].items()}
    data["confidence"] = [re.compile(r"\b(?:" + p + r")\b", re.IGNORECASE) for p in data["confidence"]]
    data["forms"] = {form: verb for key in ("say", "blame", "link") for verb in sorted(data[key]) for form in _forms(verb)}
    data["organs"] = {name: code for code, names in data["organs"].items() for name in names}
    return data


def _forms(verb: str) -> list[str]:
    stem = verb[:-1] if verb.endswith(("e", "y")) else verb
    third = (
        stem + "ies"
        if verb.endswith("y") and verb[-2] not in "aeiou"
        else verb + "es"
        if verb.endswith(("s", "x", "ch", "sh"))
        else verb + "s"
    )
    past = stem + "ied" if verb.endswith("y") and verb[-2] not in "aeiou" else stem + "ed" if verb.endswith("e") else verb + "ed"
    return [third, past, stem + "ing" if verb.endswith("e") else verb + "ing"]


def _money(listed: list[str]) -> re.Pattern[str]:
    signs = "|".join(re.escape(w) for w in listed if not w[0].isalnum())
    return re.compile(any_of(w for w in listed if w[0].isalnum()).pattern + rf"|(?:{signs})\s?\d", re.IGNORECASE)


def located(text: str) -> list[tuple[int, int, str]]:
    """Places, nationalities and organs of states in a text, also before a hyphen: start, end, country.

    >>> located("a China-based group that works for the GRU")
    [(2, 7, 'CN'), (39, 42, 'RU')]
    """
    found = places(text)
    for match in _HYPHENATED.finditer(text):
        code = gazetteer().get(match[1])
        if match.group().endswith("speaking") and match[1] not in ("Russian", "Chinese", "Korean", "Persian"):
            continue
        if code and not any(a <= match.start() < b for a, b, _ in found):
            found.append((*match.span(1), code))
    for name, code in words()["organs"].items():
        if name in text:
            for m in re.finditer(r"(?<!\w)" + re.escape(name) + r"(?!\w)", text):
                if not any(a < m.end() and m.start() < b for a, b, _ in found):
                    found.append((m.start(), m.end(), code))
    return sorted(found)


def organ_name(description: str) -> str | None:
    """The name of the organ of a state that a description stands for.

    >>> organ_name("five members of the GRU"), organ_name("China's Ministry of State Security"), organ_name("the Kremlin")
    ('GRU', 'Ministry of State Security', None)
    """
    for name in sorted(words()["organs"], key=len, reverse=True):
        who = r"(?:.*\b(?:members?|officers?|hackers|operatives|agents|spies) (?:of|from|in|at|for) )?(?:[Tt]he )?(?:[A-Z]\w+['’]s )?"
        if name not in words()["seats"] and re.fullmatch(who + re.escape(name), description):
            return str(name)
    return None


_HYPHENATED = re.compile(
    r"\b([A-Z][a-z]+(?: [A-Z][a-z]+)?)[-–](?:based|linked|backed|sponsored|nexus|aligned|speaking|"
    r"state|affiliated|born|directed|controlled|government)\b"
)
