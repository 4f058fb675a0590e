"""Countries by ISO 3166-1 alpha-2 code (``pycountry``), plus ``XK``, which is in wide use for Kosovo."""

from __future__ import annotations

from functools import cache

EXTRA = {"XK": "Kosovo"}


@cache
def countries() -> dict[str, str]:
    """Every country code with its short English name.

    >>> countries()["DE"]
    'Germany'
    """
    import pycountry

    names = {c.alpha_2: getattr(c, "common_name", c.name) for c in pycountry.countries}
    return dict(sorted({**names, **EXTRA}.items()))


def is_country(code: str) -> bool:
    """Whether ``code`` is a country code (upper case)."""
    return code in countries()
