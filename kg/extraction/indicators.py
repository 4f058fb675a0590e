"""Indicators in a text: CVE numbers, addresses, domains, hashes; also where they are written defanged.

``hxxp://``, ``[.]``, ``(.)``, ``[dot]``, ``[:]``, ``[at]`` are read as what they stand for; the offsets stay those of the text. Small and
strict on purpose: a version number is no IPv4 address, a file name (``setup.exe``) no domain, ``Node.js`` neither.

>>> [(f.kind, f.value) for f in find("CVE-2023-34362 from 203.0.113[.]7 and hxxps://bad[.]example[.]com/a")]
[('cve', 'CVE-2023-34362'), ('ipv4', '203.0.113.7'), ('url', 'https://bad.example.com/a')]
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ENDINGS = frozenset((Path(__file__).resolve().parent / "lexicon" / "endings.txt").read_text("utf-8").split())
"""Last parts that a domain may have: countries, and those that are in common or in much abusive use. File endings are not among them."""

_DOT = r"(?:\.|\[\.\]|\(\.\)|\{\.\}|\[\.|\.\]|\s?\[dot\]\s?|\\\.)"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_DOMAIN = rf"{_LABEL}(?:{_DOT}{_LABEL}){{1,8}}"
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_PATTERNS = re.compile(
    rf"""
    (?P<url>(?<![A-Za-z])(?:https?|hxxps?|h\*\*ps?|ftp|fxp|tcp)(?:://|\[:\]//|\[:\/\/\]|:\\/\\/)[^\s<>"“”|`]{{3,2000}})
    |(?P<cve>(?<![A-Za-z0-9])CVE[-‑–_\u00a0 ]?(?:19|20)\d\d[-‑–_]\d{{4,7}}(?!\d))
    |(?P<email>(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{{0,63}}(?:@|\[@\]|\s?\[at\]\s?){_DOMAIN}(?![A-Za-z0-9-]))
    |(?P<hash>(?<![A-Za-z0-9])(?:[A-Fa-f0-9]{{64}}|[A-Fa-f0-9]{{40}}|[A-Fa-f0-9]{{32}})(?![A-Za-z0-9]))
    |(?P<ipv4>(?<![\w.])(?:{_OCTET}{_DOT}){{3}}{_OCTET}(?![\w]|\.\d))
    |(?P<domain>(?<![A-Za-z0-9@_/\\.-]){_DOMAIN}(?![A-Za-z0-9_@]|[-.][A-Za-z0-9]))
    """,
    re.X,
)
_WORDS = frozenset({"at", "in", "is", "it", "to", "no", "so", "be", "do", "me", "us", "am", "my", "as", "if", "by"})
"""Endings that are words: behind a single word they open a sentence whose space was forgotten."""
_HASHES = {64: "sha256", 40: "sha1", 32: "md5"}
_DEFANGED = re.compile(r"\s?\[dot\]\s?|[\[({]\.[\])}]|\[\.|\.\]|\\\.")
_VERSION_BEFORE = re.compile(r"(?:version|versions|v|build|firmware|release|through|before|prior to)[ .]?$", re.I)


@dataclass(frozen=True, slots=True)
class Indicator:
    """What was found at ``[start, end)``; ``value`` is the indicator itself, no longer defanged, in its usual case."""

    start: int
    end: int
    kind: str
    value: str


def refang(text: str) -> str:
    """The indicator that a defanged spelling stands for.

    >>> refang("hxxp://a[.]example(.)org"), refang("x[at]example[dot]org")
    ('http://a.example.org', 'x@example.org')
    """
    text = re.sub(r"^h(?:xx|\*\*)p", "http", text)
    text = re.sub(r"^fxp", "ftp", text)
    text = re.sub(r"\s?\[at\]\s?|\[@\]", "@", text).replace("[:]", ":").replace("[://]", "://").replace(":\\/\\/", "://")
    return _DEFANGED.sub(".", text)


def find(text: str) -> list[Indicator]:
    """All indicators of a text, in their order, none overlapping another. Never raises; cost grows with the length of the text.

    >>> find("version 1.2.3.4 of Node.js reads setup.exe")
    []
    >>> [(f.kind, f.value) for f in find("write to a.b@example.com or visit evil-site[.]ru.")]
    [('email', 'a.b@example.com'), ('domain', 'evil-site.ru')]
    """
    found = []
    for match in _PATTERNS.finditer(text):
        kind = match.lastgroup or ""
        start, end = match.span()
        words = match.group()
        if kind == "url":
            words = _trimmed(words)
            end = start + len(words)
            value = refang(words)
        elif kind == "cve":
            value = "CVE-" + "-".join(re.findall(r"\d+", words))
        elif kind == "hash":
            if len(set(words)) < 3:
                continue
            kind, value = _HASHES[len(words)], words.lower()
        elif kind == "ipv4":
            value = refang(words)
            if _VERSION_BEFORE.search(text[max(0, start - 12) : start]) or value.startswith("0."):
                continue
        elif kind == "email":
            value = refang(words)
            if value.rsplit(".", 1)[-1].lower() not in ENDINGS:
                continue
        else:
            value = refang(words)
            if not _is_domain(value, words):
                continue
            value = value.lower()
        found.append(Indicator(start, end, kind, value))
    return found


def _trimmed(url: str) -> str:
    """A web address without the marks of the sentence (or of Markdown) that follow it."""
    cut = url.find("](")
    if cut > 0:
        url = url[:cut]
    opening = {")": "(", "]": "[", "}": "{"}
    while url and (url[-1] in ".,;:!?'’*_" or (url[-1] in opening and url.count(url[-1]) > url.count(opening[url[-1]]))):
        url = url[:-1]
    depth = 0
    for n, character in enumerate(url):
        depth += (character == "(") - (character == ")")
        if depth < 0:
            return url[:n]
    return url


def _is_domain(value: str, written: str) -> bool:
    """Whether dots in a row of words make a domain: its last part is one, and it does not look like the end of a sentence."""
    parts = value.split(".")
    last = parts[-1]
    if last.lower() not in ENDINGS or all(p.isdigit() for p in parts):
        return False
    if written != value:
        return True
    if len(last) == 2 and len(parts) == 2 and (len(parts[0]) < 3 or last in _WORDS):
        return False
    return not (last[0].isupper() and parts[0][:1].islower()) and not (last.istitle() and len(parts) == 2)
