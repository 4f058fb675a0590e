"""What a workspace holds at one look: counts, the latest disclosures, incidents over time and on the map."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from pyoxigraph import NamedNode

from kg import resources
from kg.catalogue import Entry
from kg.queries import SavedQuery, load_queries, run
from kg.store.base import QuadStore
from kg.times import day_of_number
from kg.views import known_on
from kg.vocabulary import IKG

LATEST = 8


@dataclass(frozen=True, slots=True)
class Overview:
    """One look. Countries are ISO 3166 two-letter codes; years by when incidents began, and by when reports were published."""

    reports: int
    statements: int
    kinds: dict[str, int]
    latest: tuple[Entry, ...]
    began: dict[int, int]
    published: dict[int, int]
    victims: dict[str, int]
    origins: dict[str, int]


def overview(store: QuadStore, entries: Iterable[Entry], as_of: date | None = None) -> Overview:
    """The look at a store and its catalogue; ``store`` must be the view of ``as_of`` already.

    >>> from kg.store.oxigraph import OxigraphStore
    >>> overview(OxigraphStore(), []).kinds
    {}
    """
    everything = list(entries)
    known = [e for e in (known_on(everything, as_of) if as_of else everything) if not e.is_reference]
    dated = sorted((e for e in known if e.published), key=lambda e: (e.published or "", e.graph), reverse=True)
    years = Counter(day_of_number(days).year for _, days in _numbers(store, "starts"))
    return Overview(
        len(known),
        len(store),
        {kind.removeprefix(IKG): number for kind, number in _numbers(store, "kinds")},
        tuple(dated[:LATEST]),
        dict(sorted(years.items())),
        dict(sorted(Counter(int((e.published or "0")[:4]) for e in dated).items())),
        _countries(store, "victims-by-country"),
        _countries(store, "origins-by-country"),
    )


def _query(name: str) -> SavedQuery:
    return load_queries(resources.folder("queries") / "overview")[name]


def _numbers(store: QuadStore, name: str) -> list[tuple[str, int]]:
    rows = run(store, _query(name)).rows
    return [(one.value, int(number.value)) for one, number in rows if isinstance(one, NamedNode) and number is not None]  # type: ignore[union-attr]


@dataclass(frozen=True, slots=True)
class Attribution:
    """A line that those whose data is here want to be named with."""

    line: str
    licence: str
    reports: int


def attributions(store: QuadStore) -> tuple[Attribution, ...]:
    """The lines of attribution that what a store holds carries, the most frequent first.

    >>> from kg.store.oxigraph import OxigraphStore
    >>> attributions(OxigraphStore())
    ()
    """
    rows = run(store, _query("attributions")).rows
    return tuple(
        Attribution(line.value, licence.value if licence is not None else "", int(number.value))  # type: ignore[union-attr]
        for line, licence, number in rows
        if line is not None and number is not None
    )


def _countries(store: QuadStore, name: str) -> dict[str, int]:
    return {iri.removeprefix(f"{IKG}country-"): number for iri, number in _numbers(store, name) if iri.startswith(f"{IKG}country-")}
