"""Pooling what several say of one question: opinion pools, Dempster's rule, dependence, disagreement.

A question has a few possible answers, numbered from 0; a set of answers is a whole number, one bit an answer. What an agent
holds is a list of :class:`Evidence`: the answer lies in this set, so surely. Nothing here knows of reports or actors.

Sources: Stone 1961 (linear pool); Genest and Zidek 1986 (the logarithmic pool, and a critique of both); Dempster 1967 and Shafer
1976 (belief functions, discounting, weights of evidence that add up); Clemen and Winkler 1985 (dependent sources).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
SURE = (0.01, 0.99)
"""Nobody is surer than this: the ends of ICD 203's scale. A probability of 0 would be a veto in a logarithmic pool."""
MOST_SETS = 20_000
"""Dempster's rule gives up when it would have to keep more sets than this."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The answer lies in ``answers`` (a set as bits), with this degree of certainty between 0 and 1."""

    answers: int
    degree: float


def members(answers: int) -> list[int]:
    """The answers in a set.

    >>> members(0b101)
    [0, 2]
    """
    return [place for place in range(answers.bit_length()) if answers >> place & 1]


def nested(evidence: Sequence[Evidence]) -> list[Evidence]:
    """One agent's statements from vague to precise ("Russia", "APT29") as evidence that can be combined without counting twice.

    Each set must hold the next one. The precise statement keeps its degree; of a vague one only what it adds to that is left, so
    that Dempster's rule over the result gives each set the degree that was stated (a consonant belief function: Shafer 1976, ch. 10).

    >>> nested([Evidence(0b11, 0.9), Evidence(0b01, 0.5)])
    [Evidence(answers=1, degree=0.5), Evidence(answers=3, degree=0.8)]
    """
    found: list[Evidence] = []
    held = 0.0
    for one in reversed(evidence):
        if one.degree > held:
            found.append(Evidence(one.answers, round((one.degree - held) / (1 - held), 12)) if held < 1 else one)
            held = one.degree
    return found


def distribution(statements: Sequence[Evidence], against: Iterable[Evidence], size: int, inside: Numbers | None = None) -> Numbers:
    """The probabilities of one agent that states this (from vague to precise, each set holding the next) and denies that.

    A set gets the degree that was stated and the other answers the rest; never less than its even share: low confidence in
    something is no evidence against it. Within a set the degree is spread in proportion to ``inside`` (without it evenly), outside of
    all evenly. What speaks against a set is evidence for the others, and is multiplied.

    >>> distribution([Evidence(0b001, 0.8)], [], 3).round(3).tolist()
    [0.8, 0.1, 0.1]
    >>> distribution([Evidence(0b011, 0.9), Evidence(0b001, 0.5)], [], 3).round(3).tolist()
    [0.5, 0.4, 0.1]
    >>> distribution([], [Evidence(0b01, 0.8)], 2).round(3).tolist()
    [0.2, 0.8]
    """
    found = np.full(size, 1 / size)
    shape = found if inside is None else np.maximum(inside, SURE[0] / size)
    held, ring = 0.0, 0
    for one in reversed(statements):
        held = max(held, min(one.degree, SURE[1]), len(members(one.answers)) / size)
        fresh = members(one.answers & ~ring)
        if fresh:
            found[fresh] = (held - found[members(ring)].sum()) * shape[fresh] / shape[fresh].sum()
        ring |= one.answers
    outside = members(~ring & (1 << size) - 1) if ring else []
    if outside:
        found[outside] = (1 - held) / len(outside)
    for one in against:
        denied = members(one.answers)
        share = len(denied) / size
        if 0 < share < 1:
            left = min(1 - min(one.degree, SURE[1]), share)
            factor = np.full(size, (1 - left) / (1 - share))
            factor[denied] = left / share
            found = found * factor
    found = np.maximum(found / found.sum(), SURE[0] / size)
    return np.asarray(found / found.sum(), dtype=np.float64)


def self_consistent(
    opinions: Sequence[tuple[Sequence[Evidence], Sequence[Evidence]]], weights: Sequence[float], size: int
) -> list[Numbers]:
    """The distributions of several agents, of whom some speak vaguely: within a vague set as the linear pool of all has it.

    Who says "one of these two" says nothing of which; so its probability goes where those who are more precise put theirs, and is
    no vote for the others of the set. Found by repetition from even shares, as for coarse data (Dempster, Laird and Rubin 1977).

    >>> vague, precise = ([Evidence(0b011, 0.8)], []), ([Evidence(0b001, 0.8)], [])
    >>> [one.round(2).tolist() for one in self_consistent([vague, precise], [1, 1], 3)]
    [[0.71, 0.09, 0.2], [0.8, 0.1, 0.1]]
    """
    inside = np.full(size, 1 / size)
    for _ in range(500):
        found = [distribution(statements, against, size, inside) for statements, against in opinions]
        pooled = linear_pool(found, weights)
        if np.abs(pooled - inside).max() < 1e-10:
            break
        inside = pooled
    return found


def linear_pool(opinions: Sequence[Numbers], weights: Sequence[float]) -> Numbers:
    """The weighted arithmetic mean of distributions (Stone 1961).

    >>> linear_pool([np.array([0.9, 0.1]), np.array([0.5, 0.5])], [3, 1]).round(3).tolist()
    [0.8, 0.2]
    """
    return np.asarray(np.average(np.vstack(opinions), axis=0, weights=weights), dtype=np.float64)


def logarithmic_pool(opinions: Sequence[Numbers], weights: Sequence[float]) -> Numbers:
    """The weighted geometric mean, normalised (Genest and Zidek 1986): firmer where agents agree, and swayed by who is sure.

    >>> logarithmic_pool([np.array([0.9, 0.1]), np.array([0.5, 0.5])], [1, 1]).round(3).tolist()
    [0.75, 0.25]
    """
    logs = np.average(np.log(np.vstack(opinions)), axis=0, weights=weights)
    found = np.exp(logs - logs.max())
    return np.asarray(found / found.sum(), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Belief:
    """What Dempster's rule gives: mass by set, and how much of the mass was lost to contradiction (``conflict``)."""

    masses: tuple[tuple[int, float], ...]
    conflict: float

    def belief(self, answers: int) -> float:
        """How far the evidence commits to the set: mass that can go nowhere else."""
        return min(1.0, sum(mass for one, mass in self.masses if one & ~answers == 0))

    def plausibility(self, answers: int) -> float:
        """How far the evidence leaves the set open: mass that does not rule it out."""
        return min(1.0, sum(mass for one, mass in self.masses if one & answers))


def dempster(evidence: Iterable[Evidence], size: int) -> Belief | None:
    """Combine pieces of evidence from distinct sources by Dempster's rule (Dempster 1967, Shafer 1976).

    Each is a simple support function: its degree goes to its set, the rest stays uncommitted. ``None`` if the sets become too
    many to be combined exactly (:data:`MOST_SETS`).

    >>> one = dempster([Evidence(0b01, 0.6), Evidence(0b10, 0.5)], 2)
    >>> round(one.conflict, 3), round(one.belief(0b01), 3), round(one.plausibility(0b01), 3)
    (0.3, 0.429, 0.714)
    """
    whole = (1 << size) - 1
    together: dict[int, float] = {}
    for one in evidence:  # the same set twice: what both leave uncommitted is multiplied
        together[one.answers & whole] = together.get(one.answers & whole, 1.0) * (1 - min(one.degree, SURE[1]))
    masses = {whole: 1.0}
    for answers in sorted(together):
        if answers == whole:
            continue
        left = together[answers]
        after: dict[int, float] = {}
        for known, mass in masses.items():
            after[known] = after.get(known, 0.0) + mass * left
            after[known & answers] = after.get(known & answers, 0.0) + mass * (1 - left)
        masses = after
        if len(masses) > MOST_SETS:
            return None
    conflict = masses.pop(0, 0.0)
    kept = 1 - conflict
    return Belief(tuple((answers, masses[answers] / kept) for answers in sorted(masses)), conflict)


def discounted(evidence: Iterable[Evidence], reliability: float, independence: float = 1.0) -> list[Evidence]:
    """Evidence of a source that is right so often (Shafer 1976, ch. 11), and counts as so much of an independent one.

    Weights of evidence, −ln(1 − degree), add up under Dempster's rule (Shafer 1976, ch. 5); a source that is half of an
    independent one has half the weight, so that two such halves that say the same count as one.

    >>> halves = discounted([Evidence(1, 0.8)], 1, 0.5) * 2
    >>> round(dempster(halves, 2).belief(1), 6)
    0.8
    """
    return [Evidence(one.answers, 1 - (1 - min(one.degree, SURE[1]) * reliability) ** independence) for one in evidence]


def independence(related: Sequence[Sequence[bool]], correlation: float) -> list[float]:
    """As how much of an independent source each counts, where ``related`` ones share their evidence to this degree.

    ``n`` sources that are all related count as ``n / (1 + (n - 1)·correlation)`` (Clemen and Winkler 1985).

    >>> independence([[False, True], [True, False]], 1.0)
    [0.5, 0.5]
    """
    return [1 / (1 + correlation * sum(row)) for row in related]


def disagreement(contradict: Sequence[Sequence[bool]], weights: Sequence[float]) -> float | None:
    """The chance that two sources drawn by weight contradict each other; ``None`` with fewer than two.

    Rao's quadratic entropy (1982), over pairs of different sources.

    >>> disagreement([[False, True], [True, False]], [1, 1])
    1.0
    """
    places = [place for place, weight in enumerate(weights) if weight > 0]
    pairs = [(one, other) for one in places for other in places if one < other]
    every = sum(weights[one] * weights[other] for one, other in pairs)
    if not every:
        return None
    return float(sum(weights[one] * weights[other] for one, other in pairs if contradict[one][other]) / every)
