"""What a format finds in a document, before anything that the user said or the text itself tells is laid over it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from kg.times import Interval, parse
from kg.vocabulary import Precision

MAX_CHARACTERS = 20_000_000
"""Longest text that is taken in. The longest reports met in the wild have well under one million characters."""


@dataclass(slots=True)
class Content:
    """The text of a document, and what the document's own fields say about it.

    ``made`` is a date that tells when the file was made, not when it was published (PDF); it counts only if nothing better is found.
    """

    text: str
    title: str | None = None
    publisher: str | None = None
    author: str | None = None
    published: Interval | None = None
    published_from: str | None = None
    address: str | None = None
    made: Interval | None = None
    made_from: str | None = None
    notes: list[str] = field(default_factory=list)


_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ]|$)")
_LATEST = 2100


def as_day(value: object) -> Interval | None:
    """The calendar day of a date or date-time as documents write it, in the document's own time zone; ``None`` if it is none.

    The day is taken as written, not shifted to UTC: "on Thursday" counts from the day on which the writer wrote.

    >>> str(as_day("2024-06-28T22:15:00-05:00"))
    '2024-06-28'
    >>> str(as_day("June 29, 2024")), as_day("soon")
    ('June 29, 2024', None)
    """
    words = " ".join(str(value).split())
    if m := _DAY.match(words):
        words = f"{m[1]}-{m[2]}-{m[3]}"
    try:
        found = parse(words)
    except ValueError:
        return None
    exact = found.precision in (Precision.DAY, Precision.MONTH) and 1970 <= found.start.year <= _LATEST
    return found if exact else None


def without(text: str, opening: str, closing: str) -> str:
    """``text`` without all that stands between ``opening`` and ``closing``; an opening that is never closed stays. Linear in the text.

    >>> without("a<!-- b -->c<!-- d", "<!--", "-->")
    'ac<!-- d'
    """
    kept: list[str] = []
    at = 0
    while (start := text.find(opening, at)) >= 0 and (end := text.find(closing, start + len(opening))) >= 0:
        kept.append(text[at:start])
        at = end + len(closing)
    return "".join(kept) + text[at:]


def as_label(value: object, longest: int = 300) -> str | None:
    """One line of text as a title or name, or ``None`` when nothing is left.

    >>> as_label("  A  title\\n over two lines "), as_label(" - "), as_label(None)
    ('A title over two lines', None, None)
    """
    if not isinstance(value, str):
        return None
    words = " ".join("".join(c if c.isprintable() else " " for c in value).split())
    if len(words) > longest:
        words = words[:longest].rsplit(" ", 1)[0] + " …"
    return words if any(c.isalnum() for c in words) else None


def as_address(value: object) -> str | None:
    """A web address fit to be kept: http or https, at most 2,000 characters, without user name or white space.

    >>> as_address("https://example.org/a"), as_address("javascript:alert(1)"), as_address("/a")
    ('https://example.org/a', None, None)
    """
    if not isinstance(value, str):
        return None
    found = re.fullmatch(r"https?://[^\s/@?#<>\"]+(?:[/?#][^\s<>\"]*)?", value.strip(), re.I)
    return found[0] if found and len(found[0]) <= 2000 else None
