"""A document as it came, read to plain text, with what is known of where it comes from.

What counts for title, publisher, date and address: what the user says, then what the document's own fields say, then what its
first lines say. The day on which a file was fetched or saved is never a day of publication; the creation date inside a PDF is used
only when nothing better is there, and a note says so.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kg.errors import BadInput, UsageError
from kg.extraction import opening
from kg.extraction.formats import decoding
from kg.extraction.formats.base import MAX_CHARACTERS, Content, as_address, as_label, without
from kg.extraction.language import language_of
from kg.times import Interval, parse
from kg.vocabulary import Method, ReportKind, Review

MAX_BYTES = 64 * 1024**2
"""Largest file that is taken as one document."""

FORMATS = ("text", "markdown", "html", "pdf", "email")
"""Formats that :func:`read_document` reads."""

_SUFFIXES = {
    ".txt": "text", ".text": "text", ".log": "text", ".md": "markdown", ".markdown": "markdown", ".mdown": "markdown",
    ".html": "html", ".htm": "html", ".xhtml": "html", ".pdf": "pdf", ".eml": "email", ".mht": "email", ".mhtml": "email",
}  # fmt: skip
_SUFFIX = re.compile(r"\.[a-z][a-z0-9]{0,7}")
"""What looks like the suffix of a format; one that is not known here is not taken for prose."""

_HTML = re.compile(r"\s*(?:<\?xml[^>]{0,200}\?>\s*)?<(?:!doctype\s+html|html|head|body)\b", re.I)
_HTML_START = re.compile(r"\s*<(?:article|div|p|h[1-6]|table|section|main|meta|title|ul|span)\b[^<>]*>", re.I)
_HEADER = re.compile(r"^([A-Za-z][A-Za-z-]{1,40}):[ \t]?\S.{0,2000}(?:\n[ \t].{0,2000}){0,60}(?:\n|\Z)", re.M)
_MAIL_HEADERS = frozenset({
    "from", "to", "cc", "date", "subject", "message-id", "mime-version", "received", "return-path", "delivered-to",
    "content-type", "reply-to",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Document:
    """A document read to text. All offsets of quotes count code points of ``text``."""

    text: str
    """The extracted text: as in the document but for newlines (``\\n`` only), control characters and invisible marks."""
    title: str | None
    publisher: str | None
    """As given or found: name of the site, sender of the e-mail, agency of the dateline. Not resolved to an organisation."""
    author: str | None
    published: Interval | None
    published_from: str | None
    """Where ``published`` was found: ``command line``, ``meta article:published_time``, ``dateline``, ``Date: header`` …"""
    address: str | None
    kind: ReportKind
    language: str | None
    """ISO 639-1, or ``None`` when the text is too short to tell."""
    format: str
    notes: tuple[str, ...]
    """What is missing, what was put aside, what was mended."""

    @property
    def content_id(self) -> str:
        """The id of a report that is known by its words alone: ``text-`` and the beginning of their hash."""
        return "text-" + hashlib.sha256(self.text.encode("utf-8", "replace")).hexdigest()[:16]

    def report_block(self, *, id: str, title: str, publisher: str, extractor: str) -> dict[str, object]:
        """The ``report:`` block of what is extracted from it, whoever extracts; what is not known is left out."""
        info = {
            "id": id,
            "title": title,
            "publisher": publisher,
            "published": self.published,
            "published_from": self.published_from,
            "kind": self.kind,
            "author": self.author,
            "address": self.address,
            "language": self.language,
            "review": Review.UNREVIEWED,
            "method": Method.EXTRACTED,
            "extractor": extractor,
        }
        return {key: value for key, value in info.items() if value is not None}


def read_document(
    data: bytes,
    name: str,
    *,
    title: str | None = None,
    publisher: str | None = None,
    published: Interval | str | None = None,
    address: str | None = None,
    format: str | None = None,
) -> Document:
    """Read a document. ``name`` is for messages and a hint at the format; what the user gives goes before what is found.

    Raises :class:`~kg.errors.BadInput`, in one line, for what cannot be read: empty, binary, encrypted, scanned, too large; and
    :class:`~kg.errors.UsageError` for an unknown ``format`` or a ``published`` that is no date.

    >>> found = read_document(b"Clinic loses data\\n\\nPublished June 29, 2024\\n\\nThe clinic said that its data was taken.", "a.txt")
    >>> found.title, str(found.published), found.published_from, found.format
    ('Clinic loses data', 'June 29, 2024', 'date line', 'text')
    >>> read_document(b"  ", "b.txt")
    Traceback (most recent call last):
    kg.errors.BadInput: b.txt: is empty
    """
    name = "".join(c if c.isprintable() else "\ufffd" for c in name)
    if format is not None and format not in FORMATS:
        raise UsageError(f"unknown format {format!r}; known: {', '.join(FORMATS)}")
    day = _given_day(published)
    if not data.strip(b" \t\r\n\x00\x0b\x0c"):
        raise BadInput(f"{name}: is empty")
    if len(data) > MAX_BYTES:
        raise BadInput(f"{name}: is larger than {MAX_BYTES // 1024**2} MB; split it, or take the part that matters")
    decoding.refuse_other_files(data, name)
    form = format or _format(data, name)
    content = _reader(form)(data, name)
    if len(content.text) > MAX_CHARACTERS:
        raise BadInput(f"{name}: has more than {MAX_CHARACTERS:,} characters; split it, or take the part that matters")
    if not content.text.strip():
        raise BadInput(f"{name}: is empty")
    if not any(c.isalpha() for c in content.text):
        raise BadInput(f"{name}: has no words in it")
    return _document(content, form, title, publisher, day, address)


def is_document(name: str, head: bytes) -> bool:
    """Whether a file of this name that starts with ``head`` (some 4,000 bytes) is prose for :func:`read_document`.

    Not so for YAML, JSON, CSV and other records, whatever their name.

    >>> is_document("a.txt", b"The company said that hackers took its e-mails."), is_document("a.yaml", b"report:\\n  id: a\\n")
    (True, False)
    >>> is_document("a.txt", b'{"incident_id": 1}'), is_document("a", b"%PDF-1.7"), is_document("a.txt", b"a,b,c\\n1,2,3\\n4,5,6\\n")
    (False, True, False)
    """
    if not head.strip():
        return False
    if b"%PDF-" in head[:1024]:
        return True
    suffix = Path(name.lower()).suffix
    if suffix not in _SUFFIXES and _SUFFIX.fullmatch(suffix):
        return False
    try:
        decoding.refuse_other_files(head, name)
        text = decoding.clean(decoding.decode(head, name)[0])[0]
    except BadInput:
        return False
    form = _by_content(text)
    if form in ("html", "email") or suffix in (".pdf", ".html", ".htm", ".xhtml", ".eml", ".mht", ".mhtml"):
        return True
    if _is_record(text):
        return False
    return suffix in _SUFFIXES or _is_prose(text)


# ── formats ──────────────────────────────────────────────────────────────────────────────────


def _reader(form: str) -> Callable[[bytes, str], Content]:
    if form == "html":
        from kg.extraction.formats.html import read
    elif form == "pdf":
        from kg.extraction.formats.pdf import read
    elif form == "email":
        from kg.extraction.formats.mail import read
    elif form == "markdown":
        from kg.extraction.formats.markdown import read
    else:
        from kg.extraction.formats.plain import read
    return read


def _format(data: bytes, name: str) -> str:
    """What the content shows goes before the name."""
    if b"%PDF-" in data[:1024]:
        return "pdf"
    suffix = _SUFFIXES.get(Path(name.lower()).suffix)
    try:
        text = decoding.clean(decoding.decode(data[:8192], name)[0])[0]
    except BadInput:
        text = ""
    found = _by_content(text)
    if found == "html" and suffix in ("markdown", "email"):
        return suffix
    if found:
        return found
    if suffix == "email" and not re.match(r"\s*[A-Za-z][A-Za-z-]{1,40}:", text):
        return "text"
    if suffix:
        return suffix
    return "html" if _HTML_START.match(text) and len(re.findall(r"</?[a-z][^<>]*>", text, re.I)) >= 3 else "text"


def _by_content(text: str) -> str | None:
    if text.lstrip().startswith("<") and _HTML.match(without(text, "<!--", "-->")):
        return "html"
    head = text.lstrip("\n").split("\n\n", 1)[0]
    names: set[str] = set()
    at = 0
    while (found := _HEADER.match(head, at)) and found.end() > at:
        names.add(found[1].lower())
        at = found.end()
    known = names & _MAIL_HEADERS
    if len(known) >= 2 and (known & {"from", "message-id", "mime-version", "received"}) and len(known) * 4 >= len(names):
        return "email"
    return None


def _is_record(text: str) -> bool:
    start = text.lstrip()
    if start[:1] in "{[" and re.match(r"[{\[]\s*(?:[{\[\"\d\]}-]|$|true|false|null)", start):
        return True
    if start.startswith(("%YAML", "<?xml", "@prefix", "PREFIX ")):
        return True
    if start.startswith("---"):
        front = re.match(r"---[ \t]*\n(?:[^\n]*\n){0,200}?---[ \t]*(?:\n|$)", start)
        start = start[front.end() :] if front else start[3:]
        if not start.strip():
            return True
    lines = [line for line in start.split("\n")[:60] if line.strip() and not line.lstrip().startswith("#")]
    if not lines:
        return False
    keys = sum(bool(re.match(r"\s*(?:- )?[\"']?[A-Za-z_][\w .-]{0,40}[\"']?:(?:\s|$)", line)) for line in lines)
    items = sum(bool(re.match(r"\s*- \S", line)) for line in lines)
    first_is_key = re.match(r"[\"']?[A-Za-z_][\w-]{0,40}[\"']?:(?:\s|$)", lines[0])
    if first_is_key and len(lines) > 1 and (keys + items) * 10 >= len(lines) * 6:
        return True
    return any(_is_table(start, mark) for mark in ",\t;")


def _is_table(text: str, mark: str) -> bool:
    """Whether the first lines are rows of the same number of cells, under short headings."""
    import csv

    try:
        rows = [row for row in csv.reader(text.split("\n")[:20], delimiter=mark) if row][:12]
    except csv.Error:
        return False
    rows = rows[:-1] if len(rows) > 3 else rows
    if len(rows) < 2 or len(rows[0]) < 2 or any(len(row) != len(rows[0]) for row in rows):
        return False
    return all(len(cell) <= 60 and not cell.startswith(" ") and not cell.endswith(".") for cell in rows[0])


def _is_prose(text: str) -> bool:
    words = re.findall(r"[^\W\d_]{2,}", text)
    visible = sum(not c.isspace() for c in text)
    letters = sum(c.isalpha() for c in text)
    spaces = len(re.findall(r"[^\S\n]", text))
    return len(words) >= 8 and letters * 10 >= visible * 7 and (spaces * 20 >= visible or any(c > "\u2e80" for c in text[:200]))


# ── what is known of it ──────────────────────────────────────────────────────────────────────


def _given_day(published: Interval | str | None) -> Interval | None:
    if published is None or isinstance(published, Interval):
        return published
    try:
        return parse(published)
    except ValueError as error:
        raise UsageError(f"published: {error}") from None


def _document(content: Content, form: str, title: str | None, publisher: str | None, day: Interval | None, address: str | None) -> Document:
    text, notes = content.text, list(content.notes)
    published, published_from = (day, "command line") if day else (content.published, content.published_from)
    if published is None and (found := opening.date_in(text)):
        published, published_from = found
        if published_from == "date of report":
            notes.append("publication date taken from the date of report, which may be that of the event")
        if published_from == "date of the last update":
            notes.append("publication date taken from the date of the last update")
    if published is None and content.made is not None:
        published, published_from = content.made, content.made_from
        notes.append("publication date taken from the day on which the PDF was made")
    if published is None:
        notes.append("no publication date found")
    title = title or content.title or opening.title_in(text)
    publisher = publisher or content.publisher or opening.publisher_in(text)
    notes += [f"no {what} found" for what, value in (("title", title), ("publisher", publisher)) if value is None]
    language = language_of(text)
    return Document(
        text=text,
        title=as_label(title),
        publisher=as_label(publisher),
        author=content.author or opening.author_in(text),
        published=published,
        published_from=published_from,
        address=as_address(address) or content.address or opening.address_in(text),
        kind=_kind(title or "", text),
        language=language,
        format=form,
        notes=tuple(notes),
    )


_HEAD = 1500
_BODY = 20_000
_ENOUGH = 3.0


@cache
def _kind_cues() -> list[tuple[ReportKind, re.Pattern[str], float]]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data = yaml.load(Path(__file__).with_name("report_kinds.yaml").read_text("utf-8"), Loader=loader)
    return [(ReportKind(kind), re.compile(cue, re.I), float(weight)) for kind, cues in data.items() for cue, weight in cues]


def _kind(title: str, text: str) -> ReportKind:
    head, body = f"{title}\n{text[:_HEAD]}".lstrip(), text[_HEAD:_BODY]
    scores = dict.fromkeys(ReportKind, 0.0)
    for kind, cue, weight in _kind_cues():
        if cue.search(head):
            scores[kind] += weight
        elif body and cue.search(body):
            scores[kind] += weight / 2
    best = max(scores, key=lambda kind: scores[kind])
    return best if scores[best] >= _ENOUGH else ReportKind.NEWS
