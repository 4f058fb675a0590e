"""Which actors are like one actor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import networkx as nx
import numpy as np
import numpy.typing as npt

from kg.analysis.material import Material
from kg.analysis.profiles import FACETS, Features, Index, Profiles, profiles, without
from kg.analysis.result import Analysis, Cell, Method, Row, Table, Thing
from kg.errors import NotFound, UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Numbers = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]
ACTORS = ("ThreatActor", "UnidentifiedActor")
PRIOR = 2.0
"""What is known before anything is compared counts as much as so many features."""
_SHOWN = 8
"""So many shared features stand in a row; the table of facets has all."""
_ENDS = (0.05, 0.95)
"""Ends of the 90 % interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Similar(Row):
    """An actor that is like the one that was asked for."""

    rank: Annotated[int, "place among the actors, the most alike first"]
    actor: Annotated[Thing, "the actor"]
    score: Annotated[float, "similarity from 0 to 1, drawn towards the background where little is known"]
    lift: Annotated[float, "the score by the background: 1 is as alike as any two actors"]
    low: Annotated[float, "lower end of the 90 % interval"]
    high: Annotated[float, "upper end; the less is known, the wider"]
    above_background: Annotated[bool, "whether the whole interval lies above what any two actors have in common"]
    compared: Annotated[int, "number of facets that are known of both"]
    shared_features: Annotated[int, "number of features that both have"]
    shared: Annotated[tuple[str, ...], "the rarest of these, with how many actors have each of all of which the facet is known"]
    incidents: Annotated[int, "number of incidents from which the other actor is known here"]
    features: Annotated[int, "number of features that are known of it"]
    same_incidents: Annotated[int, "incidents that are attributed to both; left out when comparing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared(Row):
    """One facet of two actors."""

    actor: Annotated[Thing, "the other actor"]
    facet: Annotated[str, "what is compared"]
    similarity: Annotated[float | None, "weight of what both have by weight of what either has; empty: not known of one of them"]
    estimate: Annotated[float, "the same, drawn towards the background"]
    shared: Annotated[tuple[str, ...], "what both have"]
    only_asked: Annotated[tuple[str, ...], "what only the actor that was asked for has"]
    only_other: Annotated[tuple[str, ...], "what only the other has"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SameIncident(Row):
    """An incident that is attributed to both: whether the two are one is a question of attribution, not of likeness."""

    actor: Annotated[Thing, "the other actor"]
    incident: Annotated[Thing, "the incident"]


METHOD = Method(
    "Facet by facet (techniques, software, what was exploited, targets, their sectors and countries, kinds of assets, years) the weight "
    "of the features that two actors share is divided by the weight of those that either has (weighted Jaccard). A feature weighs the "
    "more the fewer actors have it (inverse frequency). Each facet is an estimate of a share from as many features as were compared, "
    "with a Beta prior at the background: the mean similarity of the actor to all others. A facet that is unknown of the other actor "
    "stays at the background. The score is the mean over the facets that are known of the actor, with the interval of the Beta "
    "distribution of the same mean and variance. Incidents that are attributed to both are left out.",
    (
        "Jaccard 1912, The distribution of the flora in the alpine zone, New Phytologist 11, 37-50",
        "Spärck Jones 1972, A statistical interpretation of term specificity and its application in retrieval, J. Documentation 28, 11-21",
        "Ioffe 2010, Improved consistent sampling, weighted minhash and L1 sketching, IEEE ICDM, 246-255 (weighted Jaccard similarity)",
        "Kish 1965, Survey Sampling (effective number of weighted observations)",
        "Gelman and others 2013, Bayesian Data Analysis, 3rd edition, chapters 2 and 5 (Beta prior, shrinkage)",
    ),
)


def similar(
    material: Material,
    actor: Annotated[str, "the actor"],
    *,
    other: Annotated[str | None, "compare with this actor only"] = None,
    facets: Annotated[tuple[str, ...], f"compare only these facets: {', '.join(FACETS)}"] = (),
    described: Annotated[bool, "also actors that are known by description only"] = False,
    top: Annotated[int, "show so many actors"] = 10,
) -> Analysis[Similar]:
    """Which actors are like one actor, in what, in what not, and how sure that is.

    Tables: actors, facets (what is shared and what is not), same-incidents. What is not known of an actor is not held against it, but
    makes the answer less sure. Likeness is no attribution.

    Raises :class:`~kg.errors.NotFound` and :class:`~kg.errors.UsageError` for names that match no actor, or several, or for facets
    that there are not.

    >>> from kg.store.oxigraph import OxigraphStore
    >>> from kg.identity.iris import Addresses
    >>> similar(Material(OxigraphStore(), Addresses()), "actor:apt29").notes
    ('nothing that counts is known of what actor:apt29 did: there is nothing to compare',)
    """
    wanted = _facets(facets)
    if top < 0:
        raise UsageError(f"a number of actors to show is not {top}")
    asked = material.thing(actor, ACTORS)
    only = material.thing(other, ACTORS) if other else None
    if only and only.iri == asked.iri:
        raise UsageError(f"{actor!r} and {other!r} are one actor ({material.addresses.shorten(asked.iri)})")
    known = profiles(material)
    features = known.features(asked.iri)
    mine = {facet: features[facet] for facet in wanted if facet in features}
    facts: dict[str, Cell] = {
        "incidents": len(known.incidents(asked.iri)),
        "features": sum(map(len, mine.values())),
        "facets_known": tuple(facet for facet in wanted if facet in mine),
    }
    notes: list[str] = []
    shown: list[_Pair] = []
    same: list[SameIncident] = []
    if not mine:
        notes.append(f"nothing that counts is known of what {asked} did: there is nothing to compare")
    else:
        likeness = _Likeness(known, asked.iri, mine, described, only.iri if only else None)
        facts |= {"actors_compared": len(likeness.candidates), "background": likeness.background}
        ranked = likeness.ranked()
        shown = [likeness.pair(number) for number in ranked[:top]]
        same = likeness.same_incidents()
        notes = _remarks(asked, only, likeness, len(ranked), shown, [facet for facet in wanted if facet not in mine])
    rows = tuple(pair.row(rank) for rank, pair in enumerate(shown, 1))
    return Analysis(
        "similar",
        f"Which actors are like {asked}" if only is None else f"How {asked} and {only} are alike",
        METHOD,
        {"actor": asked.iri, "other": only and only.iri, "facets": wanted, "described": described, "top": top},
        known.inputs(),
        Similar,
        rows,
        (*notes, *material.omissions()),
        facts,
        (
            Table("facets", Compared, tuple(one for pair in shown for one in pair.facets())),
            Table("same-incidents", SameIncident, tuple(same)),
        ),
        _star(asked, rows),
    )


def _facets(facets: tuple[str, ...]) -> tuple[str, ...]:
    for facet in facets:
        if facet not in FACETS:
            raise NotFound(f"there is no facet {facet!r}; there is {', '.join(FACETS)}")
    return tuple(facet for facet in FACETS if not facets or facet in facets)


def overlap(index: Index, one: Iterable[str], other: Iterable[str]) -> tuple[float, float]:
    """The weighted Jaccard similarity of two sets of features, and how many features of equal weight the comparison is worth.

    >>> index = Index({"a": [0, 1], "b": [1], "c": [2]}, 3)
    >>> [round(value, 3) for value in overlap(index, {"a"}, {"a", "b"})]
    [0.333, 1.8]
    """
    first, second = set(one), set(other)
    weights = [index.weights[key] for key in sorted(first | second)]
    shared = sum(index.weights[key] for key in sorted(first & second))
    total = sum(weights)
    return shared / total, total * total / sum(weight * weight for weight in weights)


class _Likeness:
    """The similarities of one actor to all candidates, facet by facet. Not a number means: not known of the candidate."""

    def __init__(self, known: Profiles, asked: str, mine: Features, described: bool, other: str | None) -> None:
        self.known, self.asked, self.mine, self.other = known, asked, mine, other
        own = known.place[asked]
        chosen = np.isin(known.kinds, ACTORS if described else ACTORS[:1])
        if other in known.place:
            chosen[known.place[other]] = True
        chosen[own] = False
        self.candidates = np.flatnonzero(chosen)
        common: dict[int, set[str]] = defaultdict(set)
        for incident in known.incidents(asked):
            for number in known.actors_of[incident]:
                if chosen[number]:
                    common[number].add(incident)
        self.common = {number: frozenset(common[number]) for number in sorted(common)}
        self.jaccard: dict[str, Values] = {}
        self.effective: dict[str, Values] = {}
        self.shares = np.zeros(len(known.actors), bool)
        for facet, features in mine.items():
            self._compare(facet, known.indices[facet], features, own)
        for number, both in self.common.items():
            self._compare_without(number, both)
        self.prior = {}
        for facet, values in self.jaccard.items():
            told = values[chosen & ~np.isnan(values)]
            self.prior[facet] = float((told.sum() + 0.5) / (len(told) + 1))
        self.background = float(np.mean(list(self.prior.values())))

    def _compare(self, facet: str, index: Index, features: Iterable[str], own: int) -> None:
        shared, squares = np.zeros(len(index.known)), np.zeros(len(index.known))
        for key in features:
            holders, weight = index.holders[key], index.weights[key]
            shared[holders] += weight
            squares[holders] += weight * weight
        total = index.sums + index.sums[own] - shared
        self.jaccard[facet] = np.where(index.known, shared / total, np.nan)
        self.effective[facet] = np.where(index.known, total * total / (index.squares + index.squares[own] - squares), 0.0)
        self.shares |= shared > 0

    def _compare_without(self, number: int, common: frozenset[str]) -> None:
        one, other = without(self.mine, common), without(self.known.features(self.known.actors[number]), common)
        self.shares[number] = False
        for facet in self.mine:
            value, worth = np.nan, 0.0
            if facet in one and facet in other:
                value, worth = overlap(self.known.indices[facet], one[facet], other[facet])
            self.jaccard[facet][number], self.effective[facet][number] = value, worth
            self.shares[number] |= value > 0

    def estimate(self, facet: str, numbers: Numbers) -> tuple[Values, Values]:
        """The similarities in one facet, drawn towards the background, and their variances."""
        worth = self.effective[facet][numbers]
        mean = (PRIOR * self.prior[facet] + worth * np.nan_to_num(self.jaccard[facet][numbers])) / (PRIOR + worth)
        return mean, mean * (1 - mean) / (PRIOR + worth + 1)

    def score(self, number: int) -> tuple[float, float, float]:
        """The similarity over all facets, with its interval: that of the Beta distribution of the same mean and variance."""
        from scipy.stats import beta

        means, variances = zip(*(self.estimate(facet, np.array([number])) for facet in self.mine), strict=True)
        mean = float(sum(means)[0]) / len(means)
        more = mean * (1 - mean) * len(means) ** 2 / float(sum(variances)[0]) - 1
        low, high = beta.ppf(_ENDS, mean * more, (1 - mean) * more)
        return mean, float(low), float(high)

    def ranked(self) -> list[int]:
        """The candidates that share something, the most alike first; the one that is asked for even if it shares nothing."""
        if self.other is not None:
            number = self.known.place.get(self.other)
            return [number] if number is not None and any(self.effective[facet][number] for facet in self.mine) else []
        sharing = self.candidates[self.shares[self.candidates]]
        scores = np.round(np.mean([self.estimate(facet, sharing)[0] for facet in self.mine], axis=0), 9)
        found: list[int] = sharing[np.lexsort((sharing, -scores))].tolist()
        return found

    def pair(self, number: int) -> _Pair:
        """The asked actor and one candidate."""
        common = self.common.get(number, frozenset())
        theirs = {facet: features for facet, features in self.known.features(self.known.actors[number]).items() if facet in self.mine}
        return _Pair(self, number, without(self.mine, common), without(theirs, common), len(common))

    def same_incidents(self) -> list[SameIncident]:
        """The incidents that are attributed to the asked actor and to a candidate as well."""
        rows = []
        mine = self.known.incidents(self.asked)
        for number, common in self.common.items():
            iri = self.known.actors[number]
            theirs = self.known.incidents(iri)
            if self.other in (None, iri):
                for incident in sorted(common):
                    thing = self.known.material.named(incident)
                    claims = tuple(sorted({*mine[incident], *theirs[incident]}))
                    rows.append(SameIncident(actor=self.known.thing(iri), incident=thing, claims=claims))
        return rows


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two actors with what is known of each, without the incidents that are attributed to both."""

    likeness: _Likeness
    number: int
    mine: Features
    theirs: Features
    common: int

    @property
    def actor(self) -> Thing:
        return self.likeness.known.thing(self.likeness.known.actors[self.number])

    def row(self, rank: int) -> Similar:
        score, low, high = self.likeness.score(self.number)
        both = [facet for facet in self.mine if facet in self.theirs]
        named = [(facet, key) for facet in both for key in self.mine[facet].keys() & self.theirs[facet].keys()]
        known = self.likeness.known
        named.sort(key=lambda one: (-known.indices[one[0]].weights[one[1]], one))
        return Similar(
            rank=rank,
            actor=self.actor,
            score=score,
            lift=score / self.likeness.background,
            low=low,
            high=high,
            above_background=low > self.likeness.background,
            compared=len(both),
            shared=tuple(f"{facet} {self._told(facet, key)}" for facet, key in named[:_SHOWN]),
            shared_features=len(named),
            incidents=len(known.incidents(self.actor.iri)),
            features=sum(len(features) for features in self.theirs.values()),
            same_incidents=self.common,
            claims=self._claims(both),
        )

    def facets(self) -> list[Compared]:
        rows = []
        for facet in self.likeness.mine:
            one, other = self.mine.get(facet, {}), self.theirs.get(facet, {})
            value = float(self.likeness.jaccard[facet][self.number])
            rows.append(
                Compared(
                    actor=self.actor,
                    facet=facet,
                    similarity=value if one and other else None,
                    estimate=float(self.likeness.estimate(facet, np.array([self.number]))[0][0]),
                    shared=self._named(facet, one.keys() & other.keys()),
                    only_asked=self._named(facet, one.keys() - other.keys()),
                    only_other=self._named(facet, other.keys() - one.keys()),
                    claims=self._claims([facet]),
                )
            )
        return rows

    def _told(self, facet: str, key: str) -> str:
        index = self.likeness.known.indices[facet]
        return f"{self.likeness.known.label(facet, key)} ({index.frequency(key)} of {index.actors})"

    def _named(self, facet: str, keys: Iterable[str]) -> tuple[str, ...]:
        weights = self.likeness.known.indices[facet].weights
        return tuple(self.likeness.known.label(facet, key) for key in sorted(keys, key=lambda key: (-weights[key], key)))

    def _claims(self, facets: Iterable[str]) -> tuple[str, ...]:
        found: set[str] = set()
        for facet in facets:
            for features in (self.mine, self.theirs):
                found.update(*(said.claims for said in features.get(facet, {}).values()))
        return tuple(sorted(found))


def _remarks(asked: Thing, other: Thing | None, likeness: _Likeness, sharing: int, shown: list[_Pair], unknown: list[str]) -> list[str]:
    """What a reader of the result must know."""
    notes = []
    incidents = likeness.known.incidents(asked.iri)
    if unknown:
        notes.append(f"not known of {asked}, and so not compared: {', '.join(unknown)}")
    if len(incidents) == 1:
        notes.append(f"all that is known here of {asked} comes from one incident")
    if other and not shown:
        notes.append(f"nothing is known of {other} that could be compared")
    elif not shown:
        notes.append(f"no actor shares anything with {asked}")
    elif not any(pair.row(0).above_background for pair in shown):
        notes.append(
            f"nobody is surely more like {asked} than any other actor is (background {likeness.background:.2f}): too little is known; take "
            "the list as what to look at, not as a finding"
        )
    if likeness.common and not other:
        notes.append(
            f"incidents of {asked} are attributed to others as well ({len(likeness.common)}, see same-incidents); they are left out when "
            "comparing with these"
        )
    if sharing > len(shown):
        notes.append(f"of {sharing} actors that share something with {asked}, the first {len(shown)} are shown")
    return notes


def _star(asked: Thing, rows: Iterable[Similar]) -> nx.Graph:
    """The actors around the one that was asked for, with score and shared features at the edges."""
    graph = nx.Graph()
    graph.add_node(asked.iri, iri=asked.iri, label=asked.label, kind=asked.kind)
    for row in rows:
        graph.add_node(row.actor.iri, iri=row.actor.iri, label=row.actor.label, kind=row.actor.kind)
        graph.add_edge(asked.iri, row.actor.iri, weight=row.score, low=row.low, high=row.high, shared=row.shared, claims=row.claims)
    return graph


def figure(found: Analysis[Similar]) -> Figure:
    """Each actor with its score and interval, and the similarity facet by facet."""
    from kg.analysis.figures.similar import draw

    return draw(found)
