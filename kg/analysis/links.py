"""Predicting links between two sorts of things: dated links, predictors, and how well each does on what came later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.stats import rankdata

from kg.analysis.material import Material
from kg.analysis.result import Thing
from kg.vocabulary import Sector

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Link:
    """A link with the first day on which all that it takes was public (``None``: undated), and the claims behind it.

    ``incidents`` are those through which it is known; none if it is said of the source itself.
    """

    source: str
    target: str
    public: date | None
    claims: tuple[str, ...] = ()
    incidents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Links:
    """Links from sources (actors, customers) to targets (techniques, sectors, suppliers), sorted, and what these things are."""

    links: tuple[Link, ...]
    things: Mapping[str, Thing]

    def known(self, until: date) -> Links:
        """Those that were public on a day."""
        return Links(tuple(link for link in self.links if link.public is not None and link.public <= until), self.things)


def actor_technique(material: Material) -> Links:
    """Actor → technique, whatever the claims that say so."""
    graph = material.projection("actor-techniques")
    public = _first_public(material, "usedTechnique")
    return _links(graph, ((actor, technique, public(actor, technique, data), data) for actor, technique, data in graph.edges(data=True)))


def actor_sector(material: Material) -> Links:
    """Actor → sector of a party that was hit in an incident of that actor."""
    graph = material.projection("actor-parties")
    public = _first_public(material, "victim", "affected")
    merged: dict[tuple[str, str], tuple[set[str], set[str], list[date | None]]] = {}
    for actor, party, data in graph.edges(data=True):
        for word in graph.nodes[party].get("sector", ()):
            claims, incidents, days = merged.setdefault((actor, word), (set(), set(), []))
            claims.update(data["claims"])
            incidents.update(data.get("incidents", ()))
            days.append(public(actor, party, data))
    things = {actor: Thing(actor, graph.nodes[actor]["label"], graph.nodes[actor]["kind"]) for actor, _ in merged}
    sectors = {word: _sector(word) for _, word in merged}
    links = [
        Link(actor, sectors[word].iri, _earliest(days), tuple(sorted(claims)), tuple(sorted(incidents)))
        for (actor, word), (claims, incidents, days) in merged.items()
    ]
    return Links(tuple(sorted(links, key=_order)), things | {thing.iri: thing for thing in sectors.values()})


def supplier_customer(material: Material) -> Links:
    """Customer → supplier. Who supplies itself has no link."""
    graph = material.projection("supply")
    return _links(graph, ((customer, supplier, data["published"], data) for supplier, customer, data in graph.edges(data=True)))


RELATIONS: dict[str, Callable[[Material], Links]] = {
    "actor-technique": actor_technique,
    "actor-sector": actor_sector,
    "supplier-customer": supplier_customer,
}
"""What can be predicted, by name."""


def _links(graph: nx.Graph, found: Iterable[tuple[str, str, date | None, Mapping[str, Any]]]) -> Links:
    links = [
        Link(source, target, public, tuple(data["claims"]), tuple(sorted(data.get("incidents", ()))))
        for source, target, public, data in found
        if source != target
    ]
    ends = {end for link in links for end in (link.source, link.target)}
    things = {end: Thing(end, graph.nodes[end]["label"], graph.nodes[end]["kind"]) for end in ends}
    return Links(tuple(sorted(links, key=_order)), things)


def _order(link: Link) -> tuple[str, str]:
    return link.source, link.target


def _sector(word: str) -> Thing:
    iri = next((term.iri for term in Sector if term.value == word), word)
    return Thing(iri, word, "Sector")


def _earliest(days: Iterable[date | None]) -> date | None:
    return min((day for day in days if day is not None), default=None)


def _first_public(material: Material, *predicates: str) -> Callable[[str, str, Mapping[str, Any]], date | None]:
    """When an edge of an actor was public: said of the actor, or when the attribution and the rest of an incident both were."""
    days: dict[tuple[str, str], date | None] = {}
    for edge in material.edges("attributedTo", *predicates):
        known = days.get((edge.subject, edge.object))
        days[edge.subject, edge.object] = _earliest((known, edge.published))

    def public(actor: str, other: str, data: Mapping[str, Any]) -> date | None:
        if not data.get("incidents"):
            day: date | None = data["published"]
            return day
        found = [days.get((actor, other))]
        for incident in data["incidents"]:
            one, two = days.get((incident, actor)), days.get((incident, other))
            if one is not None and two is not None:
                found.append(max(one, two))
        return _earliest(found)

    return public


class Table:
    """Links as a matrix: a row a source, a column a target.

    Sources that have a target through exactly the same incidents (one deed that is attributed to several) count once for it, and do
    not share it: that says nothing of whether they are alike.
    """

    def __init__(self, links: Iterable[Link]) -> None:
        several = list(links)
        pairs = sorted({(link.source, link.target) for link in several})
        self.sources = sorted({source for source, _ in pairs})
        self.targets = sorted({target for _, target in pairs})
        self.row = {source: number for number, source in enumerate(self.sources)}
        self.column = {target: number for number, target in enumerate(self.targets)}
        places = (np.array([self.row[source] for source, _ in pairs], int), np.array([self.column[target] for _, target in pairs], int))
        self.matrix = sparse.csr_array((np.ones(len(pairs)), places), shape=(len(self.sources), len(self.targets)))
        self.sizes: Numbers = np.asarray(self.matrix.sum(axis=1), float)
        self.popularity: Numbers = np.asarray(self.matrix.sum(axis=0), float)
        self._deeds: dict[tuple[int, tuple[str, ...]], list[int]] = defaultdict(list)
        self._through: dict[tuple[int, int], tuple[str, ...]] = {}
        for link in several:
            if link.incidents:
                place = (self.row[link.source], self.column[link.target])
                self._through[place] = link.incidents
                self._deeds[place[1], link.incidents].append(place[0])
        self._several = [(column, rows) for (column, _), rows in self._deeds.items() if len(rows) > 1]
        for column, rows in self._several:
            self.popularity[column] -= len(rows) - 1

    def has(self, source: str) -> npt.NDArray[np.int64]:
        """The columns to which a source has links."""
        number = self.row[source]
        return np.asarray(self.matrix.indices[self.matrix.indptr[number] : self.matrix.indptr[number + 1]], np.int64)

    def alike(self, source: str, weights: Numbers) -> Numbers:
        """For each source the sum of the weights of the targets that it has in common with one; 0 for itself."""
        own = np.zeros(len(self.targets))
        has = self.has(source)
        own[has] = weights[has]
        found: Numbers = self.matrix @ own
        number = self.row[source]
        for column in has:
            if incidents := self._through.get((number, int(column))):
                found[self._deeds[int(column), incidents]] -= weights[column]
        found[number] = 0
        found[found < 1e-12] = 0
        return found

    def of_alike(self, alike: Numbers) -> Numbers:
        """For each target the sum over the sources that have it."""
        found: Numbers = self.matrix.T @ alike
        for column, rows in self._several:
            found[column] -= alike[rows].sum() - alike[rows].max()
        return found


def popularity(table: Table, source: str) -> Numbers:
    """How many sources have a target: the baseline. For one source it ranks as NetworkX's ``preferential_attachment`` does."""
    return table.popularity.copy()


def common_neighbors(table: Table, source: str) -> Numbers:
    """Sources that have a target count as often as they have targets in common with the source."""
    return table.of_alike(alike("common-neighbors", table, source))


def jaccard(table: Table, source: str) -> Numbers:
    """Sources that have a target count with the ``jaccard_coefficient`` of their targets and those of the source."""
    return table.of_alike(alike("jaccard", table, source))


def adamic_adar(table: Table, source: str) -> Numbers:
    """Sources that have a target count with their ``adamic_adar_index`` with the source."""
    return table.of_alike(alike("adamic-adar", table, source))


def resource_allocation(table: Table, source: str) -> Numbers:
    """Sources that have a target count with their ``resource_allocation_index`` with the source."""
    return table.of_alike(alike("resource-allocation", table, source))


def paths_of_three(table: Table, source: str) -> Numbers:
    """Paths of three links to a target, each by the root of the degrees of the two nodes between (L3 of Kovács and others 2019)."""
    return table.of_alike(alike("paths-of-three", table, source))


def alike(predictor: str, table: Table, source: str) -> Numbers:
    """How much a predictor counts each other source for one source.

    >>> table = Table([Link("a", "x", None), Link("b", "x", None), Link("b", "y", None)])
    >>> alike("jaccard", table, "a").tolist(), jaccard(table, "a").tolist()
    ([0.0, 0.5], [0.5, 0.5])
    """
    degree = table.popularity
    if predictor == "adamic-adar":
        return table.alike(source, np.where(degree > 1, 1 / np.log(np.maximum(degree, 1.5)), 0.0))
    if predictor == "resource-allocation":
        return table.alike(source, 1 / degree)
    if predictor == "paths-of-three":
        return table.alike(source, 1 / np.sqrt(degree)) / np.sqrt(table.sizes)
    common = table.alike(source, np.ones(len(table.targets)))
    if predictor == "jaccard":
        shares: Numbers = common / (table.sizes + table.sizes[table.row[source]] - common)
        return shares
    if predictor == BASELINE:
        return np.ones(len(table.sources))
    return common


BASELINE = "popularity"
PREDICTORS: dict[str, Callable[[Table, str], Numbers]] = {
    BASELINE: popularity,
    "common-neighbors": common_neighbors,
    "jaccard": jaccard,
    "adamic-adar": adamic_adar,
    "resource-allocation": resource_allocation,
    "paths-of-three": paths_of_three,
}
"""Every predictor by name, the baseline first. The scores of one source are in the order of the targets."""


@dataclass(frozen=True, slots=True)
class Marks:
    """How well a ranking finds what came later: area under the ROC curve, average precision, share found among the first k."""

    auc: float
    precision: float
    hits: float


def marks(scores: Numbers, later: npt.NDArray[np.bool_], k: int) -> Marks | None:
    """The marks of a ranking of candidates, of which some have a link later; ``None`` if none or all have.

    Equal scores are one step: half of a pair counts for the area, all of a step for precision, a fair share of it for the first k.

    >>> marks(np.array([3.0, 2.0, 1.0, 0.0]), np.array([True, False, True, False]), 2)
    Marks(auc=0.75, precision=0.8333333333333333, hits=0.5)
    """
    good, all_ = int(later.sum()), len(later)
    if not 0 < good < all_:
        return None
    auc = (rankdata(scores)[later].sum() - good * (good + 1) / 2) / (good * (all_ - good))
    order = np.argsort(-scores, kind="stable")
    found = np.cumsum(later[order])
    ends = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    hits, sizes = found[ends], ends + 1
    precision = float(np.sum(np.diff(hits, prepend=0) / good * hits / sizes))
    before = np.append(0, sizes[:-1])
    share = np.clip(k - before, 0, sizes - before) / (sizes - before)
    return Marks(float(auc), precision, float(np.sum(np.diff(hits, prepend=0) * share) / min(good, k)))


@dataclass(frozen=True, slots=True)
class Trial:
    """What predictors that know one side of a day make of the other: marks by predictor, in the order of ``sources``."""

    sources: tuple[str, ...]
    marks: Mapping[str, tuple[Marks, ...]]
    links: tuple[Link, ...]
    candidates: int


def trial(
    before: Table, later: Sequence[Link], allowed: Callable[[str], bool], k: int, predictors: Sequence[str] = tuple(PREDICTORS)
) -> Trial:
    """Rank, for each source with later links, the targets that it did not have before.

    Only links between a source and a target that were known before are tried: ``links`` has them.
    """
    grouped: dict[str, list[Link]] = {}
    for link in later:
        if link.source in before.row and link.target in before.column and allowed(link.source):
            grouped.setdefault(link.source, []).append(link)
    sources: list[str] = []
    tried: list[Link] = []
    found: dict[str, list[Marks]] = {name: [] for name in predictors}
    candidates = 0
    for source in sorted(grouped):
        open_ = np.ones(len(before.targets), bool)
        open_[before.has(source)] = False
        came = np.zeros(len(before.targets), bool)
        came[[before.column[link.target] for link in grouped[source]]] = True
        of = {name: marks(PREDICTORS[name](before, source)[open_], came[open_], k) for name in predictors}
        if None in of.values():
            continue
        sources.append(source)
        tried += grouped[source]
        candidates += int(open_.sum())
        for name, mark in of.items():
            assert mark is not None
            found[name].append(mark)
    return Trial(tuple(sources), {name: tuple(several) for name, several in found.items()}, tuple(tried), candidates)


def interval(values: Numbers, level: float, resamples: int, seed: int) -> tuple[float, float] | None:
    """The bootstrap interval of a mean over sources (percentile method, Efron 1979); ``None`` for fewer than two values."""
    if len(values) < 2 or not resamples:
        return None
    picks = np.random.default_rng(seed).integers(len(values), size=(resamples, len(values)))
    low, high = np.quantile(values[picks].mean(axis=1), ((1 - level) / 2, (1 + level) / 2))
    return float(low), float(high)


def sign_flip(differences: Numbers, resamples: int, seed: int) -> float:
    """Probability of a mean at least so high if the sign of each difference were chance (paired permutation test, Fisher 1935).

    Exact for up to twelve differences, else from a sample.

    >>> sign_flip(np.array([0.1, 0.2, 0.3]), 100, 0)
    0.125
    """
    count = len(differences)
    total = differences.sum()
    if count <= 12:
        signs = 1 - 2 * ((np.arange(2**count)[:, None] >> np.arange(count)) & 1)
        return float(np.mean(signs @ differences >= total - 1e-12))
    signs = 1 - 2 * np.random.default_rng(seed).integers(2, size=(max(resamples, 1), count))
    return float((1 + np.sum(signs @ differences >= total - 1e-12)) / (1 + len(signs)))


def holm(chances: Sequence[float]) -> list[float]:
    """Probabilities corrected for the number of tests (Holm 1979).

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    found = [0.0] * len(chances)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(chances)), key=lambda number: chances[number])):
        highest = max(highest, min(1.0, (len(chances) - rank) * chances[place]))
        found[place] = highest
    return found
