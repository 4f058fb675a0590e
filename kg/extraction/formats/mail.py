"""E-mail (``.eml``, ``.mht``): the message's own text, its subject, sender and date. Attachments are named, not read."""

from __future__ import annotations

import re
from datetime import datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime

from kg.errors import BadInput
from kg.extraction.formats import html
from kg.extraction.formats.base import Content, as_address, as_day, as_label
from kg.extraction.formats.decoding import clean, decode

_MOST_PARTS = 1000
_LONGEST_HEADER = 2000
_STUB = 5
"""A plain part that has less than one fifth of the words of the HTML part only says that there is one."""


def read(data: bytes, name: str) -> Content:
    """The text of a message. Raises :class:`~kg.errors.BadInput` for a message without text.

    >>> head = b"From: The Clinic <it@clinic.example>\\nDate: Sat, 29 Jun 2024 10:00:00 +0200\\nSubject: Fwd: Notice\\n\\n"
    >>> found = read(head + b"Hello\\n", "a.eml")
    >>> found.text, found.title, found.publisher, str(found.published)
    ('Hello', 'Notice', 'The Clinic', '2024-06-29')
    """
    if data.count(b"\nContent-Type:") > _MOST_PARTS:
        raise BadInput(f"{name}: is an e-mail of more than {_MOST_PARTS:,} parts; refused")
    try:
        message = message_from_bytes(data)  # the older policy: the newer one needs quadratic time for long headers
        return _content(message, name)
    except BadInput:
        raise
    except (RecursionError, LookupError, ValueError, TypeError, AttributeError, IndexError, KeyError, AssertionError) as error:
        # The standard library's parser has its own faults on malformed headers and parts.
        raise BadInput(f"{name}: is an e-mail that cannot be read ({type(error).__name__})") from None


def _content(message: Message[str, str], name: str) -> Content:
    plain: list[str] = []
    pages: list[str] = []
    notes: list[str] = []
    for part in message.walk():
        if part.is_multipart():
            continue
        kind = part.get_content_type()
        attached = part.get_filename()
        if attached or part.get_content_disposition() == "attachment" or not kind.startswith("text/"):
            notes.append(f"attachment {as_label(attached, 100) or 'of type ' + kind} not read")
            continue
        payload = part.get_payload(decode=True)
        words, more = decode(payload if isinstance(payload, bytes) else b"", name, part.get_content_charset())
        notes += [note for note in more if note not in notes]
        if kind == "text/html":
            root = html.parse(words)
            pages.append("" if root is None else html.layout(root))
        elif kind == "text/plain":
            plain.append(words)
        else:
            notes.append(f"part of type {kind} not read")
    text = "\n\n".join(p.strip() for p in plain if p.strip())
    page = "\n\n".join(p for p in pages if p)
    if len(page.split()) > _STUB * len(text.split()):
        text = page
    text, more = clean(text)
    if not text.strip():
        without = f" ({'; '.join(notes)})" if notes else ""
        raise BadInput(f"{name}: is an e-mail without text{without}")
    content = Content(text=text.strip(), notes=notes + more)
    _headers(message, content)
    return content


def _headers(message: Message[str, str], content: Content) -> None:
    subject = as_label(_header(message, "Subject"))
    content.title = re.sub(r"^(?:(?:re|fwd?|aw|wg|tr|sv)\s*:\s*)+", "", subject, flags=re.I) or None if subject else None
    person, sender = parseaddr(_header(message, "From") or "")
    content.publisher = as_label(person) or as_label(sender)
    for key in ("Archived-At", "Content-Location", "X-URL"):
        content.address = content.address or as_address((_header(message, key) or "").strip("<> "))
    date = _header(message, "Date")
    if date:
        try:
            moment: datetime | None = parsedate_to_datetime(date)
        except (ValueError, TypeError, IndexError, OverflowError):
            moment = None
        content.published = as_day(moment.date().isoformat()) if moment else as_day(date)
        content.published_from = "Date: header" if content.published else None


def _header(message: Message[str, str], key: str) -> str | None:
    value = message.get(key)
    if value is None:
        return None
    try:
        words = str(make_header(decode_header(str(value)[:_LONGEST_HEADER])))
    except (ValueError, LookupError):  # an unknown character set, or broken base 64
        words = str(value)[:_LONGEST_HEADER]
    return " ".join(words.split())
