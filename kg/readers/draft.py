"""What a record is on its way to a report: things and claims that a reader adds one by one, and what of it was not used."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import orjson

from kg.identity.names import slug
from kg.model.base import clean_label
from kg.model.report import IncidentReport
from kg.times import Interval, parse

MAX_LABEL = 1500
"""Longest string that is used as a name or word."""


class Draft:
    """Collects one report; :meth:`report` makes it.

    >>> draft = Draft("otter-1", "Otters", "org:otters")
    >>> org = draft.thing("organizations", "victim", name="Acme")
    >>> draft.claim("involvements", incident=draft.thing("incidents", "incident", title="Acme"), party=org, role="victim")
    >>> draft.report().involvements[0].party
    'victim'
    """

    def __init__(self, identity: str, title: str, publisher: str, /, **head: Any) -> None:
        self.head = {"id": identity, "title": title, "publisher": publisher, "kind": "record", "method": "read", **head}
        self.parts: dict[str, list[dict[str, Any]]] = {}
        self.left: list[dict[str, str]] = []
        self.text: str | None = None

    def thing(self, kind: str, key: str, /, **fields: Any) -> str:
        """Declare a thing; its key. Fields that are ``None`` are left out."""
        self.parts.setdefault(kind, []).append({"key": key, **{n: v for n, v in fields.items() if v is not None}})
        return key

    def claim(self, kind: str, /, **fields: Any) -> None:
        """Make a claim. Fields that are ``None`` are left out."""
        self.parts.setdefault(kind, []).append({n: v for n, v in fields.items() if v is not None})

    def unmapped(self, field: str, value: Any) -> None:
        """Keep a value for which there is no field, unless it says nothing."""
        if value is None or value == "" or value == [] or value == {}:
            return
        text = value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_SORT_KEYS, default=str).decode()
        self.left.append({"field": clean_label(field)[:200] or "?", "value": text})

    def rest(self, record: Mapping[str, Any], used: frozenset[str], path: str = "") -> None:
        """Keep every value of a record that is not among the used ones."""
        for name, value in record.items():
            if name not in used:
                self.unmapped(f"{path}{name}", value)

    def report(self) -> IncidentReport:
        """The report. Raises :class:`pydantic.ValidationError` for what does not fit the model."""
        return IncidentReport.model_validate(
            {"report": self.head, "text": self.text, "text_by": "source", **self.parts, "unmapped": self.left}
        )


@lru_cache(maxsize=8192)
def key_of(text: str, length: int = 60) -> str:
    """A name as part of an id; a short hash is added where letters were lost or cut.

    >>> key_of("Acme  Inc."), key_of("Klinikum Süd"), key_of("x" * 70, 4)[:8]
    ('acme-inc', 'klinikum-sud-9a8c9d7332', 'xxxx-c71')
    """
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    plain = "".join(c for c in slug(text) if c.isascii() and (c.isalnum() or c == "-")).strip("-")
    if folded.isascii() and 0 < len(plain) <= length:
        return plain
    return f"{plain[:length].strip('-') or 'x'}-{hashlib.sha256(folded.encode('utf-8', 'replace')).hexdigest()[:10]}"


def words(value: Any) -> str | None:
    """A string that can be a name, on one line; ``None`` for what is none, is empty or too long.

    >>> words(" Acme\\n Inc "), words("  "), words(3)
    ('Acme Inc', None, None)
    """
    if not isinstance(value, str) or len(value) > MAX_LABEL:
        return None
    return clean_label(value) or None


@lru_cache(maxsize=8192)
def day(text: str) -> Interval | None:
    """A date in words or ISO form as an interval; ``None`` for what is none.

    >>> str(day("2024-02-29")), day("2024-02-30")
    ('2024-02-29', None)
    """
    try:
        return parse(text)
    except ValueError:
        return None


class Keys:
    """Ids of the records of one file: the second record of the same key gets ``-2``, and so on, in the order of the file."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def __call__(self, key: str) -> str:
        """The id.

        >>> keys = Keys()
        >>> keys("acme"), keys("otter"), keys("acme")
        ('acme', 'otter', 'acme-2')
        """
        number = self._seen[key] = self._seen.get(key, 0) + 1
        if number == 1:
            return key
        return self(f"{key}-{number}")


def too_deep(value: Any, most: int = 32) -> bool:
    """Whether lists and objects lie deeper in each other than ``most``.

    >>> too_deep([[[]]], 2), too_deep({"a": []}, 2)
    (True, False)
    """
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(most):
        level = [v for one in level for v in _inner(one) if isinstance(v, dict | list)]
        if not level:
            return False
    return bool(level)


def _inner(value: Any) -> Iterator[Any]:
    yield from value.values() if isinstance(value, dict) else value
