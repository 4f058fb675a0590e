"""Addresses of views: which page, of which thing, as of which day, with which filters.

Everything that a page shows follows from its address, so that a link shared with a colleague opens the same view::

    incident?thing=incident:microsoft-corporate-email-2023&as-of=2024-02-01
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from urllib.parse import quote, urlencode

PAGE_OF_KIND = {
    "Incident": "incident",
    "ThreatActor": "actor",
    "UnidentifiedActor": "actor",
    "Organization": "organization",
    "Population": "organization",
    "Person": "organization",
    "Report": "report",
}
"""The page that shows a thing of a kind; every other kind is shown by the page ``thing``."""


def page_of(kinds: Iterable[str], built: Iterable[str] = frozenset(PAGE_OF_KIND.values())) -> str:
    """The name of the page for a thing of these kinds, of those pages that there are.

    >>> page_of(["Incident"]), page_of(["Malware"])
    ('incident', 'thing')
    """
    pages = [PAGE_OF_KIND[kind] for kind in kinds if PAGE_OF_KIND.get(kind) in set(built)]
    return pages[0] if pages else "thing"


def day_of(text: str | None) -> date | None:
    """A day as an address writes it; ``None`` for no day, and for what is none.

    >>> day_of("2024-02-01"), day_of("rubbish"), day_of(None)
    (datetime.date(2024, 2, 1), None, None)
    """
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def link(page: str, as_of: date | None = None, **asked: str | Iterable[str] | None) -> str:
    """The address of a view, relative to any page of the app; ``_`` in a name is written ``-``, what is empty is left out.

    >>> link("incident", date(2024, 2, 1), thing="incident:acme", hide=["a b", "c"])
    'incident?thing=incident:acme&hide=a%20b&hide=c&as-of=2024-02-01'
    >>> link("home")
    './'
    """
    pairs: list[tuple[str, str]] = []
    for name, value in asked.items():
        values = [value] if isinstance(value, str) else list(value or ())
        pairs += [(name.replace("_", "-"), one) for one in values if one]
    if as_of is not None:
        pairs.append(("as-of", as_of.isoformat()))
    words = urlencode(pairs, safe=":/", quote_via=quote)
    return ("./" if page == "home" else page) + (f"?{words}" if words else "")
