"""Where the files that come with the package lie: ``ontology``, ``queries``, ``data``.

In a checkout they stand at its top; in an installed wheel they stand in ``kg/bundled``.
"""

from __future__ import annotations

from pathlib import Path

from kg.errors import NotFound

_PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """The bundled folder of that name (``ontology``, ``queries``, ``data``).

    >>> (folder("ontology") / "rules" / "victim.rq").is_file()
    True
    """
    for place in (_PACKAGE / "bundled" / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise NotFound(f"the bundled folder {name!r} is missing from this installation; install incident-kg again")
