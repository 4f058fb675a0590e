"""What is known of each actor, facet by facet: techniques, software, targets, sectors, … with the claims that say so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from kg.analysis.material import Material
from kg.analysis.result import Inputs, Thing
from kg.analysis.streams import Edge, stream
from kg.vocabulary import AssetKind

FACETS = ("technique", "software", "exploited", "target", "sector", "country", "asset", "year")
"""Techniques; malware and tools; vulnerabilities and products; parties that were hit, their sectors, countries; kinds of assets; years."""
ITSELF = ""
"""Stands for the incident where something is said of the actor itself."""
_LONGEST = 366
"""A time of more days than this says nothing of the year."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Through which incidents a feature of an actor is known, and the claims that say so."""

    incidents: frozenset[str]
    claims: frozenset[str]

    def joined(self, other: Evidence) -> Evidence:
        """Both together."""
        return Evidence(self.incidents | other.incidents, self.claims | other.claims)


Features = dict[str, dict[str, Evidence]]
"""Facet → feature → evidence; a facet of which nothing is known is not there."""


def without(features: Features, incidents: frozenset[str]) -> Features:
    """What is known of an actor if some incidents are left out.

    >>> one = {"year": {"2017": Evidence(frozenset({"a", "b"}), frozenset()), "2018": Evidence(frozenset({"b"}), frozenset())}}
    >>> sorted(without(one, frozenset({"b"}))["year"]), without(one, frozenset({"a", "b"}))
    (['2017'], {})
    """
    kept = {facet: {key: said for key, said in known.items() if said.incidents - incidents} for facet, known in features.items()}
    return {facet: known for facet, known in kept.items() if known}


class Profiles:
    """The profiles of all actors of a material. :func:`profiles` makes them once."""

    def __init__(self, material: Material) -> None:
        self.material = material
        self.techniques = material.projection("actor-techniques")
        self.parties = material.projection("actor-parties")
        self.attributed: dict[str, list[Edge]] = defaultdict(list)
        for edge in material.edges("attributedTo"):
            self.attributed[edge.object].append(edge)
        kinds = _asset_kinds(material)
        self._at: dict[str, list[tuple[str, str, Edge]]] = defaultdict(list)
        for edge in material.edges("usedSoftware", "exploited", "compromised"):
            facet = {"usedSoftware": "software", "exploited": "exploited"}.get(edge.predicate, "asset")
            for key in kinds.get(edge.object, ()) if facet == "asset" else (edge.object,):
                self._at[edge.subject].append((facet, key, edge))
        self._said: dict[str, list[Edge]] = defaultdict(list)
        for edge in material.further:
            if edge.predicate == "software":
                self._said[edge.subject].append(edge)
        users = (node for node, degree in self.techniques.out_degree() if degree)
        self.actors: tuple[str, ...] = tuple(sorted({*self.attributed, *self._said, *users}))
        self.place = {actor: number for number, actor in enumerate(self.actors)}
        described = material.describe(self.actors, ("attributedTo",))
        self._things = [Thing(actor, described[actor]["label"], described[actor]["kind"]) for actor in self.actors]
        self.kinds: npt.NDArray[np.str_] = np.array([thing.kind for thing in self._things], np.str_)
        self.actors_of: dict[str, list[int]] = defaultdict(list)
        """The actors to which an incident is attributed, as numbers."""
        for actor, number in self.place.items():
            for edge in self.attributed.get(actor, ()):
                self.actors_of[edge.subject].append(number)
        self._indices: dict[str, Index] | None = None
        self._inputs: Inputs | None = None

    def features(self, actor: str) -> Features:
        """What is known of an actor, with the evidence."""
        found: Features = {}
        for facet, key, said in self._each(actor):
            known = found.setdefault(facet, {})
            known[key] = known[key].joined(said) if key in known else said
        return found

    def _each(self, actor: str) -> Iterator[tuple[str, str, Evidence]]:
        if actor in self.techniques:
            for technique, data in self.techniques[actor].items():
                yield "technique", technique, _evidence(data)
        if actor in self.parties:
            for party, data in self.parties[actor].items():
                said = _evidence(data)
                yield "target", party, said
                for facet in ("sector", "country"):
                    for word in self.parties.nodes[party].get(facet, ()):
                        yield facet, word, said
        for edge in self._said.get(actor, ()):
            yield "software", edge.object, Evidence(frozenset({ITSELF}), frozenset(edge.claims))
        for attribution in self.attributed.get(actor, ()):
            incident = frozenset({attribution.subject})
            for year in years(attribution.first, attribution.last):
                yield "year", year, Evidence(incident, frozenset(attribution.claims))
            for facet, key, edge in self._at.get(attribution.subject, ()):
                yield facet, key, Evidence(incident, frozenset((*attribution.claims, *edge.claims)))

    def incidents(self, actor: str) -> dict[str, tuple[str, ...]]:
        """The incidents that are attributed to an actor, with the claims that do so."""
        return {edge.subject: edge.claims for edge in self.attributed.get(actor, ())}

    def label(self, facet: str, key: str) -> str:
        """What a feature is called."""
        if facet in ("technique", "target"):
            return str((self.techniques if facet == "technique" else self.parties).nodes[key]["label"])
        return str(self.material.describe([key], ())[key]["label"]) if facet in ("software", "exploited") else key

    def thing(self, actor: str) -> Thing:
        """An actor as it stands in a row."""
        return self._things[self.place[actor]]

    @property
    def indices(self) -> Mapping[str, Index]:
        """For each facet who has what, as arrays. Made when first asked for."""
        if self._indices is None:
            holders: dict[str, dict[str, list[int]]] = {facet: defaultdict(list) for facet in FACETS}
            claims: set[str] = set()
            for number, actor in enumerate(self.actors):
                features = set()
                for facet, key, said in self._each(actor):
                    features.add((facet, key))
                    claims |= said.claims
                for facet, key in features:
                    holders[facet][key].append(number)
            self._indices = {facet: Index(holders[facet], len(self.actors)) for facet in FACETS}
            nodes = len(self.actors) + sum(len(index.holders) for index in self._indices.values())
            edges = sum(len(numbers) for index in self._indices.values() for numbers in index.holders.values())
            material = self.material
            self._inputs = Inputs("actor profiles", material.as_of, material.filters.said(), nodes, edges, len(claims))
        return self._indices

    def inputs(self) -> Inputs:
        """What a result says of the profiles that it was calculated from: actors and features, pairs of these, claims."""
        assert self.indices and self._inputs
        return self._inputs


class Index:
    """Who has which features of one facet, and what each feature weighs.

    The weight is the inverse frequency of Spärck Jones 1972, log((1 + actors of which the facet is known) / actors that have it):
    what everybody does weighs next to nothing, what few do weighs much, and nothing weighs 0.

    >>> index = Index({"a": [0, 1], "b": [1]}, 3)
    >>> [round(index.weights[key], 3) for key in "ab"], index.known.tolist()
    ([0.405, 1.099], [True, True, False])
    """

    def __init__(self, holders: Mapping[str, list[int]], actors: int) -> None:
        self.holders: dict[str, npt.NDArray[np.int64]] = {key: np.array(holders[key], np.int64) for key in sorted(holders)}
        self.known = np.zeros(actors, bool)
        for numbers in self.holders.values():
            self.known[numbers] = True
        self.actors = int(self.known.sum())
        self.weights = {key: float(np.log((1 + self.actors) / len(numbers))) for key, numbers in self.holders.items()}
        self.sums, self.squares = np.zeros(actors), np.zeros(actors)
        for key, numbers in self.holders.items():
            self.sums[numbers] += self.weights[key]
            self.squares[numbers] += self.weights[key] ** 2

    def frequency(self, key: str) -> int:
        """How many actors have a feature."""
        return len(self.holders[key])


_KEPT: WeakKeyDictionary[Material, Profiles] = WeakKeyDictionary()


def profiles(material: Material) -> Profiles:
    """The profiles of a material, made once."""
    if material not in _KEPT:
        _KEPT[material] = Profiles(material)
    return _KEPT[material]


def years(first: date | None, last: date | None) -> tuple[str, ...]:
    """The years of a time; none if it is not known, or so vague that it says nothing.

    >>> years(date(2017, 12, 30), date(2018, 1, 2)), years(date(2015, 1, 1), date(2019, 12, 31))
    (('2017', '2018'), ())
    """
    if first is None or last is None or not 0 <= (last - first).days <= _LONGEST:
        return ()
    return tuple(str(year) for year in range(first.year, last.year + 1))


def _evidence(data: Mapping[str, Iterable[str]]) -> Evidence:
    return Evidence(frozenset(data.get("incidents") or (ITSELF,)), frozenset(data["claims"]))


@cache
def _asset_words() -> dict[str, str]:
    return {kind.iri: kind.value for kind in AssetKind}


def _asset_kinds(material: Material) -> dict[str, tuple[str, ...]]:
    """Asset → the kinds that are said of it."""
    found: dict[str, set[str]] = defaultdict(set)
    words = _asset_words()
    for asset, kind in stream(material.store, "asset-kinds"):
        found[asset.value].add(words.get(kind.value, kind.value))
    return {asset: tuple(sorted(kinds)) for asset, kinds in found.items()}
