"""PDF: lines joined to paragraphs, words at line ends mended, running headers and footers left out, table rows as ``a | b``.

``pdfium`` gives the characters in the order in which the file draws them, with their places; the layout is worked out here:

* a piece of text on the line of the one before it continues it; a gap wider than 1.5 times the letters makes a table cell of it
* a paragraph ends where the distance of lines grows by a third, the size of letters changes, a list item begins, or a sentence
  ends in a line that stops well before the margin
* a line in the top or bottom eighth that stands, apart from its digits, at the same height of at least half of the pages is left out
* a sentence that runs over the end of a page is kept in one piece, every other page ends with a blank line
"""

from __future__ import annotations

import ctypes
import re
import threading
import zlib
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from kg.errors import BadInput
from kg.extraction.formats.base import MAX_CHARACTERS, Content, as_day, as_label
from kg.extraction.formats.decoding import clean

MAX_PAGES = 1000
"""Pages that are read of one file; the rest is named in a note."""

MAX_UNPACKED = 100 * 1024**2
"""Bytes that the page contents of a file may unpack to, together, and each of its pictures alone."""

_CROWDED = 100_000
"""Characters on one page above which places are not looked up (it takes quadratic time): lines come as they are drawn."""

_MOST_DRAWN = 20_000
"""Pieces of text in one stream; pdfium needs quadratic time for them. Pages that place every letter alone have some 5,000."""

_ONE_AT_A_TIME = threading.Lock()
"""pdfium is not made for threads."""

_PREFIXES = frozenset({
    "all", "anti", "co", "cross", "cyber", "double", "e", "ex", "first", "four", "full", "half", "high", "large", "long", "low", "mid",
    "multi", "near", "non", "off", "on", "one", "open", "part", "pre", "post", "pro", "real", "second", "self", "semi", "short", "single",
    "six", "small", "so", "spear", "state", "ten", "third", "three", "top", "two", "web", "well", "wide", "world", "zero",
})  # fmt: skip
"""First parts of English words that keep their hyphen at the end of a line (``third-party``, ``state-sponsored``)."""

_BULLET = re.compile(r"^(?:[•‣▪●◦○■□–*·\uf0b7o-]|\(?(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.)])\s+(?=\S)")
_ROUND_BULLET = re.compile(r"^[•‣▪●◦○■□·\uf0b7]\s*")
_PAGE_NUMBER = re.compile(r"^(?:page|seite|p\.)?\s*[-–|]?\s*\d{1,4}\s*(?:(?:of|/|von)\s*\d{1,4})?\s*[-–|]?$", re.I)
_ENDED = re.compile(r"[.!?:;…][\"”’')\]]*$")
_JUNK_TITLE = re.compile(
    r"^(?:untitled.{0,12}|document\d*|microsoft (?:word|powerpoint)\b.*|.{0,80}\.(?:docx?|pdf|indd|tmp|rtf|html?)|slide \d+|\d+)$", re.I
)


@dataclass(slots=True)
class _Line:
    text: str
    left: float
    right: float
    y: float
    """Height of the base line above the bottom of the page."""
    size: float
    hyphen: bool = False
    """The line ends in a hyphen that may only be there because the line ends."""
    row: bool = False
    edge: bool = False
    """The line stands in the top or the bottom eighth of its page."""


def read(data: bytes, name: str) -> Content:
    """The text of a PDF and its metadata; the file's creation date is kept apart, as ``made``.

    Raises :class:`~kg.errors.BadInput` for encrypted, broken and scanned files, and for such as unpack to more than
    :data:`MAX_UNPACKED`.

    >>> read(b"%PDF-1.7 nothing", "a.pdf")
    Traceback (most recent call last):
    kg.errors.BadInput: a.pdf: is a broken or truncated PDF
    """
    _refuse_bombs(data, name)
    import pypdfium2  # type: ignore[import-untyped, unused-ignore]

    with _ONE_AT_A_TIME:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            if "password" in str(error).lower() or "security" in str(error).lower():
                raise BadInput(f"{name}: is encrypted; save it without a password first") from None
            raise BadInput(f"{name}: is a broken or truncated PDF") from None
        try:
            pages, notes = _pages(document, name)
            fields = document.get_metadata_dict(skip_empty=True)
            attached = document.count_attachments()
        except pypdfium2.PdfiumError:
            raise BadInput(f"{name}: is a broken PDF") from None
        finally:
            document.close()
    if attached > 0:
        notes.append(f"{attached} attached {'file' if attached == 1 else 'files'} not read")
    if not any(c.isalnum() for page in pages for line in page for c in line.text):
        raise BadInput(f"{name}: has no text on its pages (scanned?); run text recognition (OCR) on it first")
    left_out = _leave_out_running(pages)
    if left_out:
        notes.append(f"running headers, footers and page numbers left out ({left_out} lines)")
    text, more = clean(_text(pages))
    content = Content(text=text, notes=notes + more)
    title = as_label(fields.get("Title"))
    content.title = title if title and not _JUNK_TITLE.match(title) else None
    content.author = as_label(fields.get("Author"))
    if m := re.match(r"D:(\d{4})(\d\d)(\d\d)", fields.get("CreationDate", "")):
        content.made = as_day(f"{m[1]}-{m[2]}-{m[3]}")
        content.made_from = "PDF metadata"
    return content


# ── what must not be unpacked ────────────────────────────────────────────────────────────────


def _refuse_bombs(data: bytes, name: str) -> None:
    """Unpack every deflated stream in small pieces, keeping nothing, and stop when it gets too much."""
    total = 0
    for found in re.finditer(rb"(?<!end)stream\r?\n", data):
        start = found.end()
        head = data[max(0, start - 1500) : start]
        head = head[head.rfind(b" obj") + 1 :]
        picture = b"/Image" in head
        if b"/Fl" in head:
            size, drawn = _unpacked(data, start, MAX_UNPACKED - (0 if picture else total))
        else:
            end = data.find(b"endstream", start)
            size, drawn = 0, data.count(b"Tj", start, end) + data.count(b"TJ", start, end)
        total += 0 if picture else size
        if drawn > _MOST_DRAWN and not picture:
            raise BadInput(f"{name}: has a page of more than {_MOST_DRAWN:,} pieces of text; refused")
        if size > MAX_UNPACKED or total > MAX_UNPACKED:
            raise BadInput(f"{name}: unpacks to more than {MAX_UNPACKED // 1024**2} MB; refused")


def _unpacked(data: bytes, start: int, most: int) -> tuple[int, int]:
    """Bytes that a stream unpacks to, and how often it draws text."""
    size = drawn = 0
    for piece in _inflated(_pieces(data, start)):
        size += len(piece)
        drawn += piece.count(b"Tj") + piece.count(b"TJ")
        if size > most:
            return MAX_UNPACKED + 1, drawn
    return size, drawn


def _pieces(data: bytes, start: int):  # type: ignore[no-untyped-def]
    for at in range(start, len(data), 1 << 14):
        yield data[at : at + (1 << 14)]


def _inflated(pieces, depth: int = 0):  # type: ignore[no-untyped-def]
    """Bytes of a deflated stream, piece by piece; streams packed several times count at every level."""
    unpack = zlib.decompressobj()
    inner: Any = None
    for packed in pieces:
        rest = packed
        while rest and not unpack.eof:
            try:
                piece = unpack.decompress(rest, 1 << 16)
            except zlib.error:
                return
            rest = unpack.unconsumed_tail
            if not piece and not rest:
                break
            yield piece
            if inner is None:
                inner = zlib.decompressobj() if depth == 0 and piece[:1] == b"\x78" else False
            if inner:
                more = piece
                while more and not inner.eof:
                    try:
                        yield inner.decompress(more, 1 << 16)
                    except zlib.error:
                        inner = False
                        break
                    more = inner.unconsumed_tail
        if unpack.eof:
            return


# ── lines ────────────────────────────────────────────────────────────────────────────────────


def _pages(document: Any, name: str) -> tuple[list[list[_Line]], list[str]]:
    notes: list[str] = []
    pages: list[list[_Line]] = []
    empty: list[int] = []
    characters = 0
    for number in range(min(len(document), MAX_PAGES)):
        page = document[number]
        try:
            textpage = page.get_textpage()
            try:
                lines = _lines(textpage, *page.get_size())
            finally:
                textpage.close()
        finally:
            page.close()
        characters += sum(len(line.text) for line in lines)
        if characters > MAX_CHARACTERS:
            raise BadInput(f"{name}: has more than {MAX_CHARACTERS:,} characters; refused")
        pages.append(lines)
        if not lines:
            empty.append(number + 1)
    if empty and len(empty) < len(pages):
        some = ", ".join(map(str, empty[:10])) + (" …" if len(empty) > 10 else "")
        notes.append(f"page {some} has no text" if len(empty) == 1 else f"pages {some} have no text")
    if len(document) > MAX_PAGES:
        notes.append(f"pages after the first {MAX_PAGES:,} not read")
    return pages, notes


def _lines(textpage: Any, _width: float, tall: float) -> list[_Line]:
    from pypdfium2 import raw  # type: ignore[import-untyped, unused-ignore]

    text = textpage.get_text_range()
    if len(text) > _CROWDED:
        drawn = re.sub(r"[\ufffe\x02]", "", text).splitlines()
        return [_Line(line.strip(), 0.0, 0.0, tall - at * 12.0, 10.0) for at, line in enumerate(drawn) if line.strip()]
    handle = textpage.raw
    x, y = ctypes.c_double(), ctypes.c_double()
    box = [ctypes.c_double() for _ in range(4)]

    def place(at: int) -> tuple[float, float]:
        raw.FPDFText_GetCharOrigin(handle, raw.FPDFText_GetCharIndexFromTextIndex(handle, at), x, y)
        return x.value, y.value

    def sides(at: int) -> tuple[float, float]:
        if not raw.FPDFText_GetCharBox(handle, raw.FPDFText_GetCharIndexFromTextIndex(handle, at), *box):
            return 0.0, 0.0
        return box[0].value, box[1].value

    lines: list[_Line] = []
    for found in re.finditer(r"[^\r\n\ufffe\x02]+", text):
        words = found[0]
        if not words.strip():
            continue
        first = found.start() + len(words) - len(words.lstrip())
        last = found.start() + len(words.rstrip()) - 1
        left, height = place(first)
        size = raw.FPDFText_GetFontSize(handle, raw.FPDFText_GetCharIndexFromTextIndex(handle, first)) or 10.0
        size = size if size > 2 else 10.0
        cells = [text[first]]
        gap_seen = False
        for at in range(first + 1, last + 1):
            c = text[at]
            if c == " " and text[at - 1] != " ":
                after = at + 1
                while after < last and text[after] == " ":
                    after += 1
                if sides(after)[0] - sides(at - 1)[1] > 1.5 * size:
                    cells.append(" |")
                    gap_seen = True
            cells.append(c)
        hyphen = found.end() < len(text) and text[found.end()] in "\ufffe\x02"
        bare = re.sub(r" +", " ", "".join(cells)).strip()
        lines.append(_Line(bare, left, sides(last)[1], height, size, hyphen, gap_seen, not tall / 8 < height < tall * 7 / 8))
    return lines


def _leave_out_running(pages: list[list[_Line]]) -> int:
    """Take running lines and page numbers out of ``pages``; how many lines that were."""
    if len(pages) < 2:
        return 0
    seen: Counter[tuple[str, int]] = Counter()
    edges: list[list[_Line]] = []
    for page in pages:
        by_height = sorted((line for line in page if line.edge and not line.hyphen and len(line.text) <= 150), key=lambda line: line.y)
        edge = by_height[:3] + by_height[3:][-3:]
        edges.append(edge)
        seen.update({_mark(line) for line in edge})
    enough = max(2, (len(pages) + 1) // 2)
    left_out = 0
    for number, (page, edge) in enumerate(zip(pages, edges, strict=True)):
        running = {id(line) for line in edge if seen[_mark(line)] >= enough or _PAGE_NUMBER.match(line.text)}
        if len(running) == len(page) and number == 0:
            continue
        left_out += len(running)
        pages[number] = [line for line in page if id(line) not in running]
    return left_out


def _mark(line: _Line) -> tuple[str, int]:
    return re.sub(r"\d+", "#", line.text.casefold()), round(line.y / 3)


# ── paragraphs ───────────────────────────────────────────────────────────────────────────────


def _text(pages: list[list[_Line]]) -> str:
    known = Counter(word for page in pages for line in page for word in re.findall(r"[a-z]+(?:-[a-z]+)*", line.text.lower()))
    blocks: list[str] = []
    for page in pages:
        new = _blocks(page, known)
        runs_on = blocks and new and not _ENDED.search(blocks[-1]) and " | " not in blocks[-1] + new[0] and new[0][:1].islower()
        if runs_on and len(blocks[-1]) > 60:
            blocks[-1] = _joined(blocks[-1], new.pop(0), False, known)
        blocks += new
    text = ""
    for before, block in zip(["", *blocks], blocks, strict=False):
        close = (before.startswith("- ") and block.startswith("- ")) or (" | " in before and " | " in block)
        text += ("\n" if close else "\n\n" if text else "") + block
    return text


def _blocks(lines: list[_Line], known: Counter[str]) -> list[str]:
    gaps = [a.y - b.y for a, b in pairwise(lines) if 0 < a.y - b.y < 3 * a.size and abs(a.size - b.size) < 0.6]
    usual = median(gaps) if gaps else 0.0
    margin = max((line.right for line in lines), default=0.0)
    blocks: list[str] = []
    top: _Line | None = None
    previous: _Line | None = None
    for line in lines:
        if previous is None or top is None:
            blocks.append(line.text)
            top, previous = line, line
            continue
        gap = previous.y - line.y
        if abs(gap) < 0.2 * line.size and line.left >= previous.right - line.size:
            wide = line.left - previous.right > 1.5 * line.size
            blocks[-1] += (" | " if wide else " ") + line.text
            line.row = line.row or previous.row or wide
        elif gap < 0 and abs(top.y - line.y) < 2 and line.left > top.left + line.size:
            blocks[-1] += " | " + line.text
            line.row = True
            previous = line
            continue
        elif _begins(line, previous, gap, usual, margin):
            blocks.append(line.text)
            top = line
        else:
            blocks[-1] = _joined(blocks[-1], line.text, previous.hyphen, known)
        previous = line
    return [_ROUND_BULLET.sub("- ", re.sub(r"(?: \|)+ \| ", " | ", block)) for block in blocks]


def _begins(line: _Line, previous: _Line, gap: float, usual: float, margin: float) -> bool:
    """Whether ``line`` begins a paragraph."""
    if previous.hyphen:
        return False
    if line.row or previous.row or _BULLET.match(line.text):
        return True
    if abs(line.size - previous.size) > 0.6:
        return True
    if gap < 0:  # the next column
        return bool(_ENDED.search(previous.text)) or not line.text[:1].islower()
    if gap > 1.33 * (usual or 1.3 * line.size):
        return True
    ended = bool(_ENDED.search(previous.text))
    short = previous.right < margin - 0.12 * (margin - previous.left) - line.size
    indented = line.left > previous.left + 0.9 * line.size
    return ended and (short or indented)


def _joined(before: str, after: str, hyphen: bool, known: Counter[str]) -> str:
    end = re.search(r"([A-Za-z]+)-?$", before)
    start = re.match(r"[A-Za-z]+", after)
    if not hyphen and not (before.endswith("-") and end and start):
        return f"{before} {after}"
    before = before.removesuffix("-")
    if not end or not start or not start[0].islower():
        return f"{before}-{after}"
    whole, apart = (end[1] + start[0]).lower(), f"{end[1]}-{start[0]}".lower()
    if known[apart] != known[whole]:
        keep = known[apart] > known[whole]
    else:
        keep = end[1].lower() in _PREFIXES or end[1].isupper()
    return f"{before}-{after}" if keep else before + after
