"""Plain text: kept as it is, so that offsets into the file's characters are offsets into the text."""

from __future__ import annotations

from kg.extraction.formats.base import Content
from kg.extraction.formats.decoding import clean, decode


def read(data: bytes, name: str) -> Content:
    """The text of a plain text file. Raises :class:`~kg.errors.BadInput` for what is no text.

    >>> read(b"Hackers took e-mails.\\r\\n", "a.txt").text
    'Hackers took e-mails.\\n'
    """
    text, notes = decode(data, name)
    text, more = clean(text, invisible=True)
    return Content(text=text, notes=notes + more)
