"""Recurring shapes: one supplier or product and many victims, one actor and a sector, two actors at one victim close in time.

Each shape has a *count*, what would be *expected* without the regularity that makes it a shape, the *chance* of so much or more under
that assumption, and the share of all comparable cases that have as much (``as_many``), which assumes nothing. The assumptions:

=============  ====================================================================================================================
supplier       each organisation that was reached through somebody could have been reached through any supplier that passed harm on:
               binomial
product        the same, of organisations hit in incidents in which a product (or a vulnerability, where none is named) was exploited
sector         the actor's incidents are drawn from all incidents of named actors with a known sector of the victim: hypergeometric
               (Fisher's exact test, one-sided); they must have hit two victims at least
victim         the times of incidents have nothing to do with whom they hit: of all pairs of dated incidents by different named
               actors, so many are as close (Knox 1964); over all victims together a permutation test (Mantel 1967)
=============  ====================================================================================================================

``adjusted`` is the chance corrected for how many cases were looked at (Benjamini and Hochberg 1995). What is in the graph is what was
reported: a chance says how far reports are from these assumptions, not why.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Literal

import networkx as nx
import numpy as np
from pyoxigraph import NamedNode
from scipy.stats import binom, hypergeom

from kg.analysis.chronicle import Chronicle, Time, chronicles
from kg.analysis.material import Material
from kg.analysis.result import Analysis, Cell, Method, Row, Table, Thing
from kg.analysis.streams import Edge, stream
from kg.errors import UsageError
from kg.terms import prop
from kg.times import EPOCH

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Shape = Literal["all", "supplier", "product", "sector", "victim"]
SHAPES = {
    "supplier": "one supplier, many victims",
    "product": "one exploited product, many victims",
    "sector": "one actor, one sector, repeatedly",
    "victim": "two actors, one victim, close in time",
}
TIMES = 999
"""So often times are permuted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern(Row):
    """One occurrence of a shape."""

    rank: Annotated[int, "place within its shape: the least to be expected first"]
    shape: Annotated[str, "supplier, product, sector, victim"]
    who: Annotated[tuple[Thing, ...], "the supplier, the product, the actor, or the two actors"]
    whom: Annotated[str, "how many parties, which sector, or which victim and how far apart"]
    count: Annotated[int, "organisations reached, incidents in the sector, or pairs of incidents as close"]
    expected: Annotated[float, "what would be expected by the assumption of the shape"]
    adjusted: Annotated[float, "the chance of so much or more by that assumption, corrected for how many cases were looked at"]
    contested: Annotated[int, "in so many of the incidents somebody's latest word denies or disputes what this rests on"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail(Row):
    """More about a pattern."""

    shape: Annotated[str, "the shape"]
    rank: Annotated[int, "the rank of the pattern"]
    who: Annotated[tuple[Thing, ...], "the supplier, the product or the actors"]
    chance: Annotated[float, "the chance of so much or more by the assumption, not corrected"]
    as_many: Annotated[float, "the share of comparable cases with as much"]
    groups: Annotated[int | None, "described groups reached as well, not counted"]
    days_least: Annotated[int | None, "from the first to the last incident, fewest days"]
    days_most: Annotated[int | None, "the same, most days; none where there is no bound or nothing is known"]
    incidents: Annotated[tuple[Thing, ...], "the incidents"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member(Row):
    """One party in one incident of a pattern."""

    shape: Annotated[str, "the shape"]
    rank: Annotated[int, "the rank of the pattern"]
    who: Annotated[tuple[Thing, ...], "the supplier, the product or the actors"]
    party: Annotated[Thing, "the party that was hit"]
    incident: Annotated[Thing, "in which incident"]
    since: Annotated[date | None, "the first day on which it may have begun, or become public"]
    until: Annotated[date | None, "the last day"]


METHOD = Method(
    "Shapes are counted in what stands; how unusual a count is, is told by its chance under a stated assumption (binomial, "
    "hypergeometric, closeness in time of pairs), corrected for the number of cases, and by the share of cases with as much.",
    (
        "Fisher 1935, The design of experiments (exact test); the hypergeometric distribution",
        "Knox 1964, The detection of space-time interactions (Applied Statistics 13); Mantel 1967 (permutation)",
        "Benjamini and Hochberg 1995, Controlling the false discovery rate (J. Royal Statistical Society B 57)",
        "Milo et al. 2002, Network motifs: simple building blocks of complex networks (Science 298): shapes against a random counterpart",
    ),
)


def patterns(
    material: Material,
    *,
    shape: Annotated[Shape, "which shape"] = "all",
    victims: Annotated[int, "so many organisations at least for one supplier or product, many victims"] = 3,
    times: Annotated[int, "so many incidents at least for one actor, one sector"] = 2,
    within: Annotated[int, "so many days at most between two incidents that are close in time"] = 365,
    clock: Annotated[Literal["start", "disclosure"], "which time of an incident counts"] = "start",
    top: Annotated[int, "so many rows a shape"] = 20,
    seed: Annotated[int, "for the permutations"] = 0,
) -> Analysis[Pattern]:
    """Recurring shapes: one supplier or product and many victims, one actor and a sector, two actors at one victim close in time.

    Each with its evidence and how unusual it is. Of actors only named ones count, of victims only organisations: a described actor may
    be anybody, a described group anything. Further tables: details (more figures, the incidents), members (every party of every pattern).

    Raises :class:`~kg.errors.UsageError` for a parameter below one.
    """
    for name, value in (("victims", victims), ("times", times), ("within", within), ("top", top)):
        if value < 1:
            raise UsageError(f"{name} is 1 or more, not {value}")
    ground = _Ground(material, clock)
    found: list[_Found] = []
    facts: dict[str, Cell] = {}
    notes: list[str] = []
    if shape in ("all", "supplier"):
        found += _spread(ground, "supplier", victims, top, facts, notes)
    if shape in ("all", "product"):
        found += _spread(ground, "product", victims, top, facts, notes)
    if shape in ("all", "sector"):
        found += _sectors(ground, times, top, facts, notes)
    if shape in ("all", "victim"):
        found += _victims(ground, within, top, seed, facts, notes)
    graph = _graph(ground, found)
    return Analysis(
        "patterns",
        "Recurring shapes" if shape == "all" else SHAPES[shape].capitalize(),
        METHOD,
        {"shape": shape, "victims": victims, "times": times, "within": within, "clock": clock, "top": top, "seed": seed},
        material.inputs("patterns", graph),
        Pattern,
        tuple(one.row for one in found),
        tuple(notes),
        facts,
        (
            Table("details", Detail, tuple(one.detail for one in found)),
            Table("members", Member, tuple(row for one in found for row in one.members)),
        ),
        graph,
    )


# ── the ground ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Found:
    """A pattern with what stands in the further tables."""

    row: Pattern
    detail: Detail
    members: tuple[Member, ...]


def _pattern(
    ground: _Ground, shape: str, who: tuple[Thing, ...], whom: str, numbers: _Numbers, incidents: Sequence[str], members: list[Member]
) -> _Found:
    days = ground.span(incidents)
    claims = tuple(sorted({claim for member in members for claim in member.claims}))
    row = Pattern(
        rank=0, shape=shape, who=who, whom=whom, count=numbers.count, expected=numbers.expected, adjusted=numbers.adjusted,
        contested=numbers.contested, claims=claims,
    )  # fmt: skip
    detail = Detail(
        shape=shape, rank=0, who=who, chance=numbers.chance, as_many=numbers.as_many, groups=numbers.groups, days_least=days[0],
        days_most=days[1], incidents=tuple(ground.thing(incident) for incident in incidents), claims=claims,
    )  # fmt: skip
    return _Found(row, detail, tuple(members))


@dataclass(frozen=True, slots=True)
class _Numbers:
    count: int
    expected: float
    chance: float
    adjusted: float
    as_many: float
    contested: int
    groups: int | None = None


class _Ground:
    """What shapes are looked for in: who was hit where, by whom, through whom, when."""

    def __init__(self, material: Material, clock: Literal["start", "disclosure"]) -> None:
        self.material = material
        self.hit = material.edges("victim", "affected")
        self.attributed = material.edges("attributedTo")
        self.supplied = {(e.subject, e.object): e for e in material.edges("suppliedBy")}
        ends = {node for edge in (*self.hit, *self.attributed) for node in (edge.subject, edge.object)}
        ends |= {supplier for _, supplier in self.supplied}
        self.about = material.describe(ends, ("victim", "affected", "attributedTo", "suppliedBy"))
        self.told: Mapping[str, Chronicle] = chronicles(material)
        self.clock = clock
        self.actors: dict[str, dict[str, Edge]] = defaultdict(dict)
        """Incident → named actor → the attribution."""
        for edge in self.attributed:
            if self.kind(edge.object) == "ThreatActor":
                self.actors[edge.subject][edge.object] = edge
        self.victims: dict[str, dict[str, Edge]] = defaultdict(dict)
        """Incident → organisation that was a victim → the edge."""
        for edge in self.hit:
            if edge.predicate == "victim" and self.kind(edge.object) == "Organization":
                self.victims[edge.subject][edge.object] = edge

        self.standing: dict[tuple[str, str], set[str]] = defaultdict(set)
        """Incident and party that was hit → the claims."""
        self.denied: set[tuple[str, str]] = set()
        for edge in self.hit:
            self.standing[edge.subject, edge.object].update(edge.claims)
            if edge.contested:
                self.denied.add((edge.subject, edge.object))

    def makers(self, product: str) -> set[str]:
        """Who makes a product, under canonical identities."""
        found = {q.object.value for q in self.material.store.match(NamedNode(product), prop("maker")) if isinstance(q.object, NamedNode)}
        return {self.material.canonical.get(maker, maker) for maker in found}

    def kind(self, node: str) -> str:
        return str(self.about[node]["kind"]) if node in self.about else self.material.named(node).kind

    def thing(self, node: str) -> Thing:
        data = self.about.get(node)
        return Thing(node, str(data["label"]), str(data["kind"])) if data else self.material.named(node)

    def time(self, incident: str) -> Time | None:
        one = self.told.get(incident)
        return None if one is None else one.start if self.clock == "start" else one.disclosure

    def span(self, incidents: Iterable[str]) -> tuple[int | None, int | None]:
        """Fewest and most days from the first to the last of these incidents."""
        times = [self.time(incident) for incident in incidents]
        known = [time for time in times if time is not None]
        if len(known) < 2:
            return None, None
        least = max(0, max(time.first for time in known) - min(time.last for time in known))
        if len(known) < len(times) or any(time.open_below for time in known):
            return least, None
        return least, max(time.last for time in known) - min(time.first for time in known)

    def timing(self, incidents: Iterable[str]) -> set[str]:
        return {claim for incident in incidents if (time := self.time(incident)) for claim in time.claims}

    def member(self, shape: str, who: tuple[Thing, ...], incident: str, party: str, claims: Iterable[str]) -> Member:
        time = self.time(incident)
        return Member(
            shape=shape,
            rank=0,
            who=who,
            party=self.thing(party),
            incident=self.thing(incident),
            since=EPOCH + timedelta(days=time.first) if time else None,
            until=EPOCH + timedelta(days=time.last) if time else None,
            claims=tuple(sorted(set(claims))),
        )


def adjusted(chances: Sequence[float]) -> list[float]:
    """Chances corrected for how many there are (Benjamini and Hochberg 1995), in the same order.

    >>> [round(one, 3) for one in adjusted([0.01, 0.04, 0.03])]
    [0.03, 0.04, 0.04]
    """
    order = sorted(range(len(chances)), key=lambda place: chances[place], reverse=True)
    found, least = [1.0] * len(chances), 1.0
    for number, place in enumerate(order):
        least = min(least, chances[place] * len(chances) / (len(chances) - number))
        found[place] = least
    return found


def _ranked(found: list[_Found], top: int) -> list[_Found]:
    """The least to be expected first; ranks go into the rows of both tables."""

    def unusual(one: _Found) -> tuple[object, ...]:
        return (one.row.adjusted, -one.row.count, one.detail.days_least or 0, one.row.who, one.row.whom)

    found.sort(key=unusual)
    kept = []
    for rank, one in enumerate(found[:top], 1):
        members = tuple(replace(member, rank=rank) for member in one.members)
        kept.append(_Found(replace(one.row, rank=rank), replace(one.detail, rank=rank), members))
    return kept


# ── one supplier, many victims ───────────────────────────────────────────────────────────────


_Reached = dict[str, dict[tuple[str, str], set[str]]]
"""Supplier or product → (incident, party) → the claims by which the party was reached through it."""


def _through_suppliers(ground: _Ground) -> _Reached:
    """Who was reached through which supplier: as a claim says, or as a customer of a supplier that was a victim of the incident itself."""
    reached: _Reached = defaultdict(lambda: defaultdict(set))
    for incident, party, supplier, claim in stream(ground.material.store, "reached-through"):
        if claim.value in ground.standing.get((incident.value, party.value), ()) and supplier.value != party.value:
            reached[supplier.value][incident.value, party.value].add(claim.value)
    for (incident, party), claims in ground.standing.items():
        for supplier in ground.victims.get(incident, ()):
            link = ground.supplied.get((party, supplier))
            if link and supplier != party:
                reached[supplier][incident, party].update({*claims, *link.claims})
    return reached


def _through_products(ground: _Ground) -> _Reached:
    """Who was hit in an incident in which a product was exploited (or a vulnerability, where no product is named); not its maker."""
    used: dict[str, dict[str, Edge]] = defaultdict(dict)
    for edge in ground.material.edges("exploited"):
        used[edge.subject][edge.object] = edge
    reached: _Reached = defaultdict(lambda: defaultdict(set))
    for (incident, party), claims in ground.standing.items():
        products = [node for node in used.get(incident, ()) if ground.kind(node) == "Product"] or list(used.get(incident, ()))
        for product in products:
            if party not in ground.makers(product):
                reached[product][incident, party].update({*claims, *used[incident][product].claims})
    return reached


def _spread(
    ground: _Ground, shape: Literal["supplier", "product"], least: int, top: int, facts: dict[str, Cell], notes: list[str]
) -> list[_Found]:
    """One supplier or product, many victims."""
    reached = _through_suppliers(ground) if shape == "supplier" else _through_products(ground)
    counts: dict[str, int] = {}
    groups: dict[str, int] = {}
    for hub, places in reached.items():
        parties = {party for _, party in places}
        counts[hub] = sum(ground.kind(party) == "Organization" for party in parties)
        groups[hub] = sum(ground.kind(party) == "Population" for party in parties)
    passing = {hub: count for hub, count in counts.items() if count}
    every = sum(passing.values())
    facts[f"{shape}s through which a named organisation was reached"] = len(passing)
    facts[f"organisations reached through {shape}s"] = every
    order = sorted(passing)
    chances = [float(binom.sf(passing[hub] - 1, every, 1 / len(passing))) for hub in order]
    found = []
    for hub, chance, better in zip(order, chances, adjusted(chances), strict=True):
        if passing[hub] < least:
            continue
        who = (ground.thing(hub),)
        incidents = sorted({incident for incident, _ in reached[hub]})
        members = [ground.member(shape, who, incident, party, claims) for (incident, party), claims in sorted(reached[hub].items())]
        numbers = _Numbers(
            passing[hub],
            every / len(passing),
            chance,
            better,
            sum(other >= passing[hub] for other in passing.values()) / len(passing),
            len({incident for incident, party in reached[hub] if (incident, party) in ground.denied}),
            groups[hub],
        )
        found.append(_pattern(ground, shape, who, f"{passing[hub]} organisations", numbers, incidents, members))
    if not found:
        notes.append(f"through no {shape} {least} or more named organisations were reached")
    return _ranked(found, top)


# ── one actor, one sector, repeatedly ────────────────────────────────────────────────────────


def _sectors(ground: _Ground, least: int, top: int, facts: dict[str, Cell], notes: list[str]) -> list[_Found]:
    sectors: dict[str, dict[str, list[tuple[str, Edge]]]] = {}
    for incident in sorted(ground.actors):
        mine: dict[str, list[tuple[str, Edge]]] = defaultdict(list)
        for party, edge in sorted(ground.victims.get(incident, {}).items()):
            for sector in ground.about[party].get("sector", ()):
                if sector != "unknown":
                    mine[sector].append((party, edge))
        if mine:
            sectors[incident] = mine
    facts["incidents of named actors with a known sector"] = len(sectors)
    base: dict[str, int] = defaultdict(int)
    for told in sectors.values():
        for sector in told:
            base[sector] += 1
    by_actor: dict[str, set[str]] = defaultdict(set)
    for incident in sectors:
        for actor in ground.actors[incident]:
            by_actor[actor].add(incident)
    repeated = {actor: incidents for actor, incidents in by_actor.items() if len(incidents) >= least}
    cases = [
        (actor, sector, sorted(i for i in repeated[actor] if sector in sectors[i]))
        for actor in sorted(repeated)
        for sector in sorted({s for i in repeated[actor] for s in sectors[i]})
    ]
    chances = [float(hypergeom.sf(len(inside) - 1, len(sectors), base[sector], len(repeated[actor]))) for actor, sector, inside in cases]
    counts = [len(inside) for *_, inside in cases]
    found = []
    alone = 0
    for (actor, sector, inside), chance, better in zip(cases, chances, adjusted(chances), strict=True):
        if len(inside) < least:
            continue
        parties = {party for i in inside for party, _ in sectors[i][sector]}
        if len(parties) < 2:
            alone += 1
            continue
        who = (ground.thing(actor),)
        members = [
            ground.member("sector", who, i, party, {*edge.claims, *ground.actors[i][actor].claims})
            for i in inside
            for party, edge in sectors[i][sector]
        ]
        whom = f"{sector}: {len(inside)} of its {len(repeated[actor])} incidents, {len(parties)} victims"
        numbers = _Numbers(
            len(inside),
            len(repeated[actor]) * base[sector] / len(sectors),
            chance,
            better,
            sum(count >= len(inside) for count in counts) / len(counts),
            sum(ground.actors[i][actor].contested for i in inside),
        )
        found.append(_pattern(ground, "sector", who, whom, numbers, inside, members))
    if alone:
        notes.append(f"{alone} actor{'s' * (alone != 1)} hit a sector repeatedly at one and the same victim: left out")
    if not found:
        notes.append(f"no named actor hit one sector in {least} or more incidents")
    return _ranked(found, top)


# ── two actors, one victim, close in time ────────────────────────────────────────────────────


def _victims(ground: _Ground, within: int, top: int, seed: int, facts: dict[str, Cell], notes: list[str]) -> list[_Found]:
    named = sorted(incident for incident in ground.actors if incident in ground.victims)
    dated = [incident for incident in named if ground.time(incident)]
    place = {incident: number for number, incident in enumerate(dated)}
    at: dict[str, set[str]] = defaultdict(set)
    undated: set[tuple[str, str, str]] = set()
    for incident in named:
        for party in ground.victims[incident]:
            at[party].add(incident)
    ties = _ties(ground)

    def apart(one: str, other: str) -> bool:
        """Whether two incidents are the work of different actors, none of them tied to one of the others."""
        return all(a != b and (a, b) not in ties for a in ground.actors[one] for b in ground.actors[other])

    pairs: list[tuple[str, str, str]] = []
    for party in sorted(at):
        for one, other in combinations(sorted(at[party]), 2):
            if apart(one, other):
                if one in place and other in place:
                    pairs.append((party, one, other))
                else:
                    undated.add((party, one, other))
    if undated:
        words = "pair of incidents" if len(undated) == 1 else "pairs of incidents"
        notes.append(f"{len(undated)} {words} of different actors at one victim cannot be compared: a {ground.clock} is not known")
    if not pairs:
        notes.append("no victim was hit by two different named actors at known times")
        return []
    middle = np.array([(t.first + t.last) / 2 for i in dated if (t := ground.time(i))])
    others = [(place[a], place[b]) for a, b in combinations(dated, 2) if apart(a, b)]
    left, right = (np.array([pair[side] for pair in others]) for side in (0, 1))
    gaps = np.sort(np.abs(middle[left] - middle[right]))
    mine = np.array([[place[one], place[other]] for _, one, other in pairs])

    def closer(gap: float) -> float:
        return float(np.searchsorted(gaps, gap + 1e-9, side="right")) / len(gaps)

    own = np.abs(middle[mine[:, 0]] - middle[mine[:, 1]])
    share = closer(within)
    observed = int((own <= within).sum())
    chance_of = np.random.default_rng(seed)
    as_many = 0
    for _ in range(TIMES):
        moved = chance_of.permutation(middle)
        as_many += int((np.abs(moved[mine[:, 0]] - moved[mine[:, 1]]) <= within).sum()) >= observed
    facts["pairs of different actors at one victim"] = len(pairs)
    facts[f"of these within {within} days"] = observed
    facts["expected if times had nothing to do with victims"] = len(pairs) * share
    facts["chance of so many (permutation)"] = (as_many + 1) / (TIMES + 1)
    per_victim: dict[str, int] = defaultdict(int)
    for party, *_ in pairs:
        per_victim[party] += 1
    chances = [1 - (1 - closer(gap)) ** per_victim[party] for (party, *_), gap in zip(pairs, own, strict=True)]
    found = []
    for (party, one, other), gap, chance, better in zip(pairs, own, chances, adjusted(chances), strict=True):
        days = ground.span((one, other))
        if days[0] is None or days[0] > within:
            continue
        actors = sorted({*ground.actors[one], *ground.actors[other]})
        who = tuple(ground.thing(actor) for actor in actors)
        members = [
            ground.member(
                "victim", tuple(ground.thing(a) for a in sorted(ground.actors[i])), i, party,
                {*ground.victims[i][party].claims, *(c for e in ground.actors[i].values() for c in e.claims), *ground.timing((i,))},
            )
            for i in sorted((one, other), key=lambda i: (middle[place[i]], i))
        ]  # fmt: skip
        apart_by = f"{days[0]}" if days[0] == days[1] else f"{days[0]} to {days[1]}" if days[1] is not None else f"{days[0]} or more"
        numbers = _Numbers(
            int(sum(p == party and g <= gap for (p, *_), g in zip(pairs, own, strict=True))),
            per_victim[party] * closer(gap),
            chance,
            better,
            float((own <= gap).mean()),
            sum(any(edge.contested for edge in ground.actors[i].values()) for i in (one, other)),
        )
        whom = f"{ground.thing(party).label}, {apart_by} days apart"
        found.append(_pattern(ground, "victim", who, whom, numbers, [member.incident.iri for member in members], members))
    if not found:
        notes.append(f"no victim was hit by two different named actors within {within} days")
    return _ranked(found, top)


def _ties(ground: _Ground) -> set[tuple[str, str]]:
    """Pairs of actors that an asserted sameness claim ties (close, part of), in both orders."""
    canonical = ground.material.canonical
    found: set[tuple[str, str]] = set()
    for (
        one,
        other,
    ) in stream(ground.material.store, "tied-actors"):
        a, b = canonical.get(one.value, one.value), canonical.get(other.value, other.value)
        found.update({(a, b), (b, a)})
    return found


def _graph(ground: _Ground, found: list[_Found]) -> nx.Graph:
    """Suppliers and actors with incidents and parties of the patterns."""
    graph = nx.Graph()
    for one in found:
        for member in one.members:
            for thing in (*member.who, member.party, member.incident):
                graph.add_node(thing.iri, iri=thing.iri, label=thing.label, kind=thing.kind)
            for a, b in ((member.incident, member.party), *((who, member.incident) for who in member.who)):
                known = graph.get_edge_data(a.iri, b.iri, {"claims": (), "shapes": ()})
                graph.add_edge(
                    a.iri,
                    b.iri,
                    claims=tuple(sorted({*known["claims"], *member.claims})),
                    shapes=tuple(sorted({*known["shapes"], member.shape})),
                )
    return graph


def figure(found: Analysis[Pattern]) -> Figure:
    """The patterns of each shape: counts beside what was expected, incidents of a victim on a line of time."""
    from kg.analysis.figures.patterns import draw

    return draw(found)
