"""What the words at the beginning of a text say of the text itself: title, date of publication, author, publisher, address."""

from __future__ import annotations

import re

from kg.extraction.formats.base import as_address, as_day, as_label
from kg.times import Interval
from kg.vocabulary import Precision

LOOKED_AT = 600
"""Characters in which a dateline is looked for."""

_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
)
_NUMERIC_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = rf"({_MONTH}\.? {{1,2}}{_NUMERIC_DAY},? {{1,2}}\d{{4}}|{_NUMERIC_DAY} {_MONTH}\.?,? {{1,2}}\d{{4}}|\d{{4}}-\d\d-\d\d)"
_WEEKDAY = r"(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?\.?,? +)?"
_TIME = r"(?:[ T,]*(?:at |@ ?)?\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?: ?[ap]\.?m\.?)?(?: ?(?:UTC|GMT|Z|[A-Z]{2,4}|[+-]\d\d:?\d\d))?)?"
_WHEN = rf"{_WEEKDAY}{_DATE}{_TIME}"
_START = r"(?:^|\n)[ \t]*"
_END = r"[ \t]*(?:\n|$|\||[·•])"
_WIRE = r"(?:\([^()\n]{2,40}\)|/[^/\n]{2,40}/)?"
_SAID = r"(?:published|posted|released|issued|publication date|release date|date (?:published|issued)|date)"
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"(?:^|[\n|·•(])[ \t]*(?:first |originally )?{_SAID}(?: on| at)?[ \t]*:?[ \t]*\n?[ \t]*{_WHEN}", re.I), "date line"),
    (re.compile(rf"\bdate of report\b[^\n]{{0,60}}?:?[ \t]*\n?[ \t]*{_DATE}", re.I), "date of report"),
    (re.compile(rf"{_DATE}[ \t]*\n[^\n]{{0,20}}\bdate of report\b", re.I), "date of report"),
    # PLACE, DATE (AGENCY) —
    (re.compile(rf"{_START}[A-Z][^\n]{{0,70}}?[,(][ \t]*{_WHEN}\)?[ \t]*{_WIRE}[ \t]*(?:--?|[–—:])"), "dateline"),
    # DATE alone on its line, or before a dash or a sentence
    (re.compile(rf"{_START}\(?{_WHEN}\)?(?:{_END}|[ \t]*(?:--?[ \t]|[–—]|\. +(?=[A-Z“\"])))", re.I), "dateline"),
    # By SOMEBODY, DATE
    (re.compile(rf"{_START}by [^\n]{{2,80}}?[ \t]*(?:\||[·•–—,]|-[ \t]|\bon\b)[ \t]*{_WHEN}{_END}", re.I), "dateline"),
    # SECTION | DATE
    (re.compile(rf"{_START}[^\n|·•]{{2,60}}[|·•][ \t]*{_WHEN}{_END}", re.I), "dateline"),
    (re.compile(rf"{_START}(?:last )?(?:updated|modified|revised)(?: on)?[ \t]*:?[ \t]*{_WHEN}", re.I), "date of the last update"),
)
_BY = re.compile(r"(?:^|\n)[ \t]*(?:written )?by:?[ \t]+([A-Z][^\n|·•,]{2,80}?)[ \t]*(?:$|[\n|·•,]|[.](?=\s)|[-–—] )", re.I)
_AGENCY = re.compile(r"(?:^|\n)[ \t]*[A-Z][^\n()]{2,80}\(([A-Z][A-Za-z. ]{1,30})\)[ \t]*(?:--?|[–—])")
_REGISTRANT = re.compile(r"\n[ \t]*\(?exact name of (?:the )?registrant", re.I)
_ADDRESS = re.compile(rf"{_START}(?:source|url|link|address|permalink|original(?: article)?)[ \t]*:[ \t]*<?(https?://[^\s<>]+)", re.I)
_NO_TITLE = re.compile(rf"^(?:by |published|posted|updated|date\b|item \d|https?:|from:|to:|dear |{_WEEKDAY}{_DATE})", re.I)
_LONGEST_TITLE = 160


def date_in(text: str) -> tuple[Interval, str] | None:
    """The day on which a text says at its beginning that it was published, and where it says so; ``None`` if it does not.

    A date inside a sentence is no date of publication, nor is one without a year.

    >>> day, where = date_in("WASHINGTON, June 6, 2023 — The agency said today that it was hit.")
    >>> str(day), where
    ('June 6, 2023', 'dateline')
    >>> date_in("On June 6, 2023, hackers broke into the agency.")
    """
    head = text.lstrip()[:LOOKED_AT]
    for pattern, where in _PATTERNS:
        for found in pattern.finditer(head):
            words = " ".join(found[1].split())
            day = as_day(words)
            if day is not None and day.precision is Precision.DAY:
                return day, where
    return None


def title_in(text: str) -> str | None:
    """The first line of a text if it is a title: short, no sentence, and something follows.

    >>> title_in("Clinic loses data\\n\\nThe clinic said on Monday that it was hit.")
    'Clinic loses data'
    >>> title_in("The clinic said on Monday that it was hit. More follows.")
    """
    head = text.lstrip()[: _LONGEST_TITLE * 6]
    for line in head.split("\n")[:6]:
        words = line.strip().strip("*_#=").strip()
        if not words or not any(c.isalpha() for c in words):
            continue
        if _NO_TITLE.match(words):
            if re.match(r"dear |item ", words, re.I):
                return None
            continue
        if len(words) > _LONGEST_TITLE or words.endswith((".", ";", ",")) or re.search(r"[a-z]{3}[.] [A-Z]", words) or " | " in words:
            return None
        follows = text.lstrip()[head.find(line) + len(line) :].strip()
        return as_label(words) if len(follows) > len(words) else None
    return None


def author_in(text: str) -> str | None:
    """The author of a line "By …" near the beginning.

    >>> author_in("A title\\nBy Jane Doe, Staff Writer\\nText"), author_in("Caused by Malware. Text")
    ('Jane Doe', None)
    """
    found = _BY.search(text.lstrip()[:LOOKED_AT])
    if not found or len(found[1].split()) > 8 or not found[1][0].isupper():
        return None
    return as_label(found[1])


def publisher_in(text: str) -> str | None:
    """The agency in a dateline ("LONDON (Agency) -") or the registrant of a filing.

    >>> publisher_in("LONDON, June 6 (Some Agency) - A firm said …")
    'Some Agency'
    >>> publisher_in("FORM 8-K\\n\\nExample Clinics, Inc.\\n(Exact name of registrant as specified in its charter)")
    'Example Clinics, Inc.'
    """
    if found := _AGENCY.search(text.lstrip()[:LOOKED_AT]):
        return as_label(found[1])
    found = _REGISTRANT.search(text[:4000])
    return as_label(text[: found.start()].rstrip().rsplit("\n", 1)[-1].strip(" _\t"), 100) if found else None


def address_in(text: str) -> str | None:
    """The address of a line "Source: https://…" at the beginning or the end.

    >>> address_in("Source: https://example.org/a\\nText")
    'https://example.org/a'
    """
    found = _ADDRESS.search(text.lstrip()[:LOOKED_AT]) or _ADDRESS.search(text[-LOOKED_AT:])
    return as_address(found[1].rstrip(".,)")) if found else None
