"""Text from reports, fit to be shown to people."""

from __future__ import annotations

import re

_HIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]")


def visible(text: str) -> str:
    """A text as it is, with invisible and direction-changing characters made visible.

    >>> visible("a\\u202eb")
    'a⟨U+202E⟩b'
    """
    return _HIDDEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)


_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def for_xml(text: str) -> str:
    """A text in which the characters that XML cannot hold are U+FFFD.

    >>> for_xml("a\\x07b") == "a\\ufffdb"
    True
    """
    return _NOT_IN_XML.sub("\ufffd", text)
