"""Which language a text is in: by its letters, and by its small words where the letters are Latin.

Offline, deterministic, no model: a table of about forty frequent words a language (``languages.yaml``). It loads in a few
milliseconds, where the statistical recognisers that can be installed need a fifth of a second and some 15 MB or more.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

_WORD = re.compile(r"[^\W\d_]+")
_SAMPLE = 20_000
"""Characters that are looked at: the first half of them from the beginning, the rest from the middle."""

_FEWEST_WORDS = 12
_FEWEST_LETTERS = 40
_SHARE = 0.15
"""Part of the words that must be small words of the language. Running text has 0.3 to 0.5, lists and tables next to none."""

_AHEAD = 1.15
"""How far the first must be ahead of the second."""


@cache
def _tables() -> dict[str, Any]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data = yaml.load(Path(__file__).with_name("languages.yaml").read_text("utf-8"), Loader=loader)
    words: dict[str, set[str]] = {language: set(line.split()) for language, line in data["words"].items()}
    shared = Counter(word for own in words.values() for word in own)
    by_word: dict[str, list[tuple[str, float]]] = {}
    for language, own in words.items():
        for word in own:
            by_word.setdefault(word, []).append((language, 1 / shared[word]))
    return {"words": words, "by_word": by_word, "scripts": data["scripts"], "letters": data["letters"]}


def language_of(text: str) -> str | None:
    """ISO 639-1 code of the language of ``text``; ``None`` when it is too short, or has too few running words, to tell.

    >>> language_of("The company said that hackers had been in its network since March, and that they took e-mails.")
    'en'
    >>> language_of("Das Unternehmen teilte mit, dass die Angreifer sich im März Zugang zu dem Netz verschafft haben.")
    'de'
    >>> language_of("Компания сообщила, что неизвестные получили доступ к её почте."), language_of("Hello"), language_of("")
    ('ru', None, None)
    """
    if len(text) > _SAMPLE:
        middle = len(text) // 2
        text = text[: _SAMPLE // 2] + " " + text[middle : middle + _SAMPLE // 2]
    text = text.lower()
    other = sum(1 for c in text if c > "\u036f" and c.isalpha())
    letters = sum(1 for c in text if c.isalpha())
    if letters == 0:
        return None
    if other * 2 > letters:
        return _by_script(text, other) if other >= 15 else None
    if letters < _FEWEST_LETTERS:
        return None
    return _by_words(_WORD.findall(text))


def _by_script(text: str, letters: int) -> str | None:
    tables = _tables()
    counts = {language: sum(first <= c <= last for c in text) for language, (first, last) in tables["scripts"].items()}
    # Japanese is written with Chinese characters too, but never without its own syllables.
    if counts["ja"] * 10 > counts["zh"]:
        counts["ja"] += counts.pop("zh")
    language, most = max(counts.items(), key=lambda item: item[1])
    if most * 2 < letters:
        return None
    near = {other: sum(text.count(c) for c in own) for other, own in tables["letters"].get(language, {}).items() if own}
    if near:
        other, marks = max(near.items(), key=lambda item: item[1])
        if marks * 100 > most:
            return str(other)
    if language == "ru" and "ы" not in text and "э" not in text and text.count("ъ") * 100 > most:
        return "bg"
    return str(language)


def _by_words(words: list[str]) -> str | None:
    if len(words) < _FEWEST_WORDS:
        return None
    tables = _tables()
    scores: dict[str, float] = dict.fromkeys(tables["words"], 0.0)
    hits: dict[str, int] = dict.fromkeys(scores, 0)
    for word in words:
        for language, weight in tables["by_word"].get(word, ()):
            scores[language] += weight
            hits[language] += 1
    ranked = sorted(scores, key=lambda language: (-scores[language], language))
    first, second = ranked[0], ranked[1]
    if hits[first] < _SHARE * len(words) or scores[first] < _AHEAD * scores[second]:
        return None
    return first
