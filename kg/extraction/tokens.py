"""Sentences and tokens of English text, with their places in it.

Made for reports about incidents: news, filings, notices, vendors' posts, with headlines, bullets, tables, Markdown and lines that are
wrapped. Everything that comes out is a stretch of the text as it stands (``text[token.start:token.end] == token.text``); nothing is
cleaned away. Cost grows linearly with the text, also for a single line of a million characters.

What is one token: a word with its hyphens (``third-party``, ``CVE-2023-34362``), a name with ``&`` inside (``AT&T``), a number with its
separators (``1,234.5``, ``9:30``, ``12/31/2023``), a web address, an abbreviation with its full stops (``U.S.``, ``Inc.``). Apart stand
``n't``, ``'s`` and the other contractions, currency and per cent signs, slashes, and every other mark.

>>> [s.heading for s in sentences("Acme breached\\n\\nAcme Inc. was hacked on Jan. 5. It didn't pay.")]
[True, False, False]
>>> [t.text for t in sentences("Acme's staff didn't pay $3.5 million.")[0].tokens]
['Acme', "'s", 'staff', 'did', "n't", 'pay', '$', '3.5', 'million', '.']
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# A sentence is cut after so many tokens: a bound for what reads it, far above the longest sentence that anybody writes
LONGEST = 400
# A line narrower than this was hardly broken for want of room
NARROWEST_WRAP = 50
# A heading has at most so many tokens: headlines of the press have up to about twenty words, and some marks
LONGEST_HEADING = 28


@dataclass(frozen=True, slots=True)
class Token:
    """A word or mark: ``text`` stands at ``[start, end)`` of the whole text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence at ``[start, end)`` of the whole text. ``heading``: a title-like line, or the header of a bullet, without a final stop."""

    start: int
    end: int
    tokens: tuple[Token, ...]
    heading: bool


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# Titles and the like: a name follows, never the end of a sentence
BEFORE_NAME = _words("mr mrs ms dr st ste mt ft prof gen col maj capt cmdr lt sgt adm sen rep gov hon rev atty supt pres messrs vs fr")
# Before a number: "No. 5", "Jan. 5", "Sec. 3", "Art. 33"
BEFORE_NUMBER = _words("no nos jan feb mar apr jun jul aug sep sept oct nov dec sec art fig ch vol pp para approx ca est al")
# Shortened words after which a sentence may end or go on
EITHER = _words(
    """inc corp co ltd llc plc cos bros assn dept univ intl jr sr esq ave blvd rd bldg hq etc dist natl govt mfg med hosp ctr
    ph.d pty pvt gmbh s.a s.p.a b.v n.v a.g l.p l.l.c l.l.p p.c p.a m.d d.d.s d.o d.c u.s u.k u.n e.u u.s.a a.m p.m e.g i.e viz
    cf tel ext ala ariz ark calif colo conn del fla ga ill ind kan ky la md mass mich minn miss mo mont neb nev okla ore pa tenn
    tex va vt wash wis wyo ont que"""
)
# … of these also without a capital
LOWER_TOO = _words("inc corp co ltd dept etc intl bros vs a.m p.m e.g i.e viz cf u.s u.k approx ave govt")
# Words that open a sentence with a capital and hardly ever go on with a name after an abbreviation
OPENERS = _words(
    """the a an it its he she they we i you this that these those in on at by for from with as after before since during while
    when where if although though but and or however according both all some many most more several one no not there here what
    who how why his her their our my your to of about under over between among also meanwhile then until once because such other
    another each following last earlier later only just even still hackers attackers officials researchers data personal social
    names information affected anyone customers patients police investigators security employees"""
)

_WORD = r"[^\W_]+"
_TOKEN = re.compile(
    rf"""
    (?:https?|hxxps?|ftp)://[^\s<>"“”|\[\]]{{1,2000}}(?<![.,;:!?)'’*_])        # web address
    | www\.[^\s<>"“”|\[\]]{{1,2000}}(?<![.,;:!?)'’*_])
    | [A-Za-z0-9_.+-]{{1,64}}@[A-Za-z0-9-]{{1,63}}(?:\.[A-Za-z0-9-]{{1,63}}){{1,8}}   # mail address
    | (?:[A-Za-z]\.){{2,8}}(?:-{_WORD})*(?![^\W_])                              # U.S., e.g., U.S.-based
    | {_WORD}(?:(?:
          [-‐‑_&]                                                             # third-party, AT&T
        | ['’](?=[^\W\d_])                                                    # O'Brien
        | (?<=\d)[.,:/](?=\d)                                                 # 1,234.5  9:30  12/31/2023
        | (?<![a-zß-ÿ0-9])\.(?=[^\W_]) | \.(?=[a-zß-ÿ0-9])                    # Node.js, ASP.NET; not "breach.The"
      ){_WORD})*
    | ['’](?:s|S|re|ve|ll|d|m)\b
    | \.{{2,}} | -{{2,}} | \*{{2,}} | _{{2,}} | ={{2,}} | ~{{2,}} | `{{2,}} | \#{{2,}}
    | \S
    """,
    re.VERBOSE,
)
_CONTRACTION = re.compile(r"(?:n['’]t|['’](?:s|re|ve|ll|d|m))\Z", re.IGNORECASE)
_BULLET = re.compile(r"(?:[-*•●◦▪‣·–—+○■□➢→](?=\s)|[•●]|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,4})[.)](?=\s)|>)[ \t]*")
_TITLE_MARK = re.compile(r"#{1,6}[ \t]+")
_RULE = re.compile(r"[-=_*~+|: \t]{2,}\Z")
_LINE_END = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_CLOSERS = frozenset(["\"", "'", "”", "’", "»", ")", "]", "}", "*", "_", "**", "__", "***"])
_ENDERS = frozenset([".", "!", "?", "…"])


def sentences(text: str) -> list[Sentence]:
    """The sentences of ``text`` in order; their tokens hold every character of it that is no white space, bullet or ruling.

    A line that stands alone (a headline, a row of a table, a bullet) is a sentence of its own; lines that were wrapped are joined.
    Raises nothing.

    >>> [text[s.start:s.end] for text in ["He met Dr. Lee of Acme Corp. in the U.S. It was No. 1."] for s in sentences(text)]
    ['He met Dr. Lee of Acme Corp. in the U.S.', 'It was No. 1.']
    """
    blocks = _blocks(text)
    found: list[Sentence] = []
    for place, (start, end, kind) in enumerate(blocks):
        parts = _split(_tokens(text, start, end))
        for part in parts:
            heading = False
            if len(parts) == 1 and len(part) <= LONGEST_HEADING and kind != "row":
                heading = kind == "title" or _title_like(part, kind, last=place == len(blocks) - 1)
            found.append(Sentence(part[0].start, part[-1].end, tuple(part), heading))
    return found


def _title_like(tokens: list[Token], kind: str, *, last: bool) -> bool:
    """Whether a block of one sentence is a title: no final stop, a capital or figure at its start, and something under it."""
    words = [t.text for t in tokens if t.text not in _CLOSERS]
    if not words or last:
        return False
    if kind == "bullet":
        return words[-1] == ":"
    first = next((w for w in words if w[0].isalnum()), "")
    ends_open = words[-1] not in _ENDERS and words[-1] not in {",", ";", ".."} and not words[-1].startswith("..")
    return bool(first) and (not first[0].islower() or any(c.isupper() for c in first)) and ends_open


def _blocks(text: str) -> list[tuple[int, int, str]]:
    """Stretches no sentence goes beyond, with their kind: plain, title, bullet, row. Lines that were wrapped are in one block."""
    lines: list[tuple[int, int]] = []
    at = 0
    for match in _LINE_END.finditer(text):
        lines.append((at, match.start()))
        at = match.end()
    lines.append((at, len(text)))
    blocks: list[tuple[int, int, str]] = []
    paragraph: list[tuple[int, int]] = []
    for start, end in [*lines, (len(text), len(text))]:
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        if start < end and not (_RULE.match(text, start, end)):
            paragraph.append((start, end))
            continue
        if paragraph:
            _paragraph(text, paragraph, blocks)
            paragraph = []
        underlined = start + 2 < end and text[start] in "=-" and blocks and blocks[-1][2] == "plain"
        if underlined and len(_LINE_END.findall(text, blocks[-1][1], start)) == 1:
            blocks[-1] = (blocks[-1][0], blocks[-1][1], "title")
    return blocks


def _paragraph(text: str, lines: list[tuple[int, int]], blocks: list[tuple[int, int, str]]) -> None:
    """Adds the blocks of consecutive lines. A line goes on in the next where its first word would not have fitted any more."""
    width = max(end - start for start, end in lines)
    open_block = False
    last_start = 0
    for start, end in lines:
        kind = "plain"
        bullet = _BULLET.match(text, start, end)
        if mark := _TITLE_MARK.match(text, start, end):
            kind, start = "title", mark.end()
        elif text[start] == "|" or text.find("\t", start, end) >= 0 or text.find(" | ", start, end) >= 0:
            kind = "row"
        elif bullet and not (open_block and text[start].isalpha()):
            kind, start = "bullet", bullet.end()
        if start >= end:
            open_block = False
            continue
        if kind == "plain" and open_block:
            before_start, before_end, before_kind = blocks[-1]
            first = text[start]
            space = text.find(" ", start, end)
            word = (space if space >= 0 else end) - start
            last_line = before_end - last_start
            if first.islower() or text[before_end - 1] in ",-–" or (width >= NARROWEST_WRAP and last_line + 1 + word > width):
                blocks[-1] = (before_start, end, before_kind)
                last_start = start
                continue
        blocks.append((start, end, kind))
        last_start = start
        open_block = kind in {"plain", "bullet"}


def _tokens(text: str, start: int, end: int) -> list[Token]:
    """The tokens of one block; abbreviations keep their full stop."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text, start, end):
        at, stop = match.span()
        word = match.group()
        if word == "." and found and found[-1].end == at and _abbreviated(text, found[-1].text, stop, end):
            before = found.pop()
            found.append(Token(before.start, stop, text[before.start : stop]))
            continue
        if ("'" in word or "’" in word) and len(word) > 2 and (short := _CONTRACTION.search(word)) and short.start():
            cut = at + short.start()
            found.append(Token(at, cut, text[at:cut]))
            found.append(Token(cut, stop, text[cut:stop]))
            continue
        found.append(Token(at, stop, word))
    return found


def _abbreviated(text: str, word: str, stop: int, end: int) -> bool:
    """Whether the full stop that ends at ``stop`` belongs to the word before it."""
    low = word.lower()
    if low in BEFORE_NAME:
        return word[0].isupper() or low == "vs"
    if low in BEFORE_NUMBER or low == "no":
        return _next(text, stop, end)[:1].isdigit()
    if low in EITHER:
        return word[0].isupper() or low in LOWER_TOO
    if len(word) == 1 and word.isalpha() and word.isupper():  # an initial: "John F. Smith"
        following = _next(text, stop, end)
        return following[:1].isupper() and following.lower() not in OPENERS and word != "I"
    return False


_NEXT = re.compile(r"[\s\"'“”‘’(\[*_]{0,20}([^\W_]{1,40})")


def _next(text: str, at: int, end: int) -> str:
    match = _NEXT.match(text, at, end)
    return match.group(1) if match else ""


def _split(tokens: list[Token]) -> list[list[Token]]:
    """The sentences among the tokens of a block."""
    parts: list[list[Token]] = []
    part: list[Token] = []
    count = len(tokens)
    at = 0
    while at < count:
        token = tokens[at]
        part.append(token)
        at += 1
        if _ends(tokens, at - 1):
            closed = False
            while at < count and tokens[at].text in _CLOSERS and tokens[at].start == tokens[at - 1].end:
                part.append(tokens[at])
                at += 1
                closed = True
            if (closed or token.text in "!?") and at < count and tokens[at].text[0].islower() and tokens[at].text.islower():
                continue  # "We did it!" said …
            if part[0].text in {"[", "("} and closed and at < count and tokens[at].text == "(":
                continue  # a Markdown link
        elif len(part) < LONGEST:
            continue
        parts.append(part)
        part = []
    if part:
        parts.append(part)
    return parts


def _ends(tokens: list[Token], at: int) -> bool:
    """Whether the token at ``at`` ends a sentence, marks that close a quotation aside."""
    word = tokens[at].text
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    if word in _ENDERS or (word[0] == "." and word.strip(".") == ""):
        if after is None:
            return True
        if after.start == tokens[at].end:
            # a mark that closes comes first; a letter or figure straight behind: "breach.The", but not "?id=5"
            return after.text in _CLOSERS or (word == "." and after.text[0].isupper())
        if len(word) > 1 or word == "…":
            return after.text[0].isupper()
        return not (word == "." and at and tokens[at - 1].text.isdigit() and at == 1)
    if word[-1] != "." or after is None or len(word) < 2:
        return False
    stem = word[:-1].lower()
    if stem in BEFORE_NAME or stem in BEFORE_NUMBER or len(stem) == 1:
        return False
    return after.start > tokens[at].end and after.text[0].isupper() and after.text.lower() in OPENERS
