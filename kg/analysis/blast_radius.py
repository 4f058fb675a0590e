"""Who is exposed through whom; and, backwards, on whom somebody depends."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

import networkx as nx
import numpy as np

from kg.analysis.exposure import Spread, spread
from kg.analysis.material import Material
from kg.analysis.result import Analysis, Cell, Method, Row, Table, Thing
from kg.analysis.supply_chain import (
    EXPOSED,
    HIT,
    IN_GROUP,
    MEMBER,
    NOT_STATED,
    PASSED_ON,
    REACHED,
    STANDINGS,
    SUPPLIER,
    UNCLEAR,
    Fact,
    Facts,
    Network,
    network_of,
)
from kg.errors import UsageError
from kg.vocabulary import SupplyRelation

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposed(Row):
    """One party that harm got to or could get to; backwards: one on whom the asked party depends."""

    party: Annotated[Thing, "who"]
    standing: Annotated[
        str,
        "hit: victim or affected with nobody between; reached: through a supplier; affected, way not said: others were hit besides the "
        "supplier; in a group that was hit: a claim names it as a member; exposed: a stated customer, and nobody says that it was reached. "
        "Backwards: passed harm on, or supplier",
    ]
    depth: Annotated[int, "number of links from where it starts"]
    through: Annotated[tuple[Thing, ...], "the parties on the way, from where it starts; empty if there is none between"]
    link: Annotated[tuple[str, ...], "what the last link is: the role in the incident, the kind of supply, member"]
    score: Annotated[
        float, "of who was hit or reached: how sure the claims are; of others: the probability of the strongest chain (see method)"
    ]
    at_most: Annotated[float, "the same if all chains counted and shared no link"]
    confirmed_by: Annotated[tuple[str, ...], "who confirms that it was hit or reached; 'not stated' if no claim says"]
    public: Annotated[date | None, "the day from which the whole chain was public; empty if a link stands in undated reports only"]
    contested: Annotated[bool, "whether somebody denies or disputes a link of the chain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail(Row):
    """More about a party."""

    party: Annotated[Thing, "who"]
    how_many: Annotated[tuple[str, ...], "how many it was (members of a group, records, …), as said"]
    incidents: Annotated[tuple[Thing, ...], "the incidents in which it was hit or reached, or which it passed on"]
    times_hit: Annotated[int, "in so many incidents it was itself a victim, in these or others"]
    unstated: Annotated[int, "on so many links of the chain no source states a confidence: the score rests on the assumed one"]


METHOD = Method(
    "Who was hit or reached is taken from the claims: victims and affected parties of an incident; through a supplier, where a claim "
    "names it as the way in, or where a party was affected and only suppliers were hit directly; members of groups that were hit. "
    "From these on, harm spreads as an independent cascade: over a supply with probability confidence × strength of the kind of supply, "
    "over a membership with its confidence. The score is that of the strongest chain, a lower bound of the cascade's probability; at_most "
    "takes all chains as if they shared no link, an upper bound. The strengths are assumptions, not measurements.",
    (
        "Kempe, Kleinberg and Tardos 2003, Maximizing the spread of influence through a social network (KDD): independent cascade",
        "Chen, Wang and Wang 2010, Scalable influence maximization for prevalent viral marketing (KDD): maximum influence path",
        "Abbe, Kulkarni and Lee 2017, Nonbacktracking bounds on the influence in independent cascade models (NIPS): upper bound",
        "Redondo et al. 2019, Assessing supply chain cyber risks (arXiv:1911.11652): strengths must be judged, data are lacking",
    ),
)

STRENGTHS: dict[str, int] = {
    SupplyRelation.DEPENDENCY.value: 80,
    SupplyRelation.SERVICE_PROVIDER.value: 70,
    SupplyRelation.BUSINESS_ASSOCIATE.value: 70,
    SupplyRelation.CUSTOMER.value: 50,
    SupplyRelation.USER.value: 50,
    SupplyRelation.PARTNER.value: 30,
}
"""How often, in a hundred, harm at a supplier is taken to get to the customer, by the kind of supply. Assumptions."""
_PARTIES = ("Organization", "Population", "Person")
_THINGS = ("Campaign", "Product", "Vulnerability", "Malware", "Tool")


def blast_radius(
    material: Material,
    thing: Annotated[str, "an incident, a supplier or an asset (also a campaign, product, vulnerability, malware), by name or address"],
    *,
    backwards: Annotated[bool, "the other way: on whom does this party depend, and through whom was it reached"] = False,
    depth: Annotated[int, "so many links at most"] = 4,
    unstated: Annotated[int, "confidence, in per cent, of a claim that states none"] = 85,
    strength: Annotated[tuple[str, ...], "another strength of a kind of supply, in per cent (customer=30); may be repeated"] = (),
    top: Annotated[int, "so many rows; who was hit or reached comes first"] = 100,
) -> Analysis[Exposed]:
    """Who is exposed through whom, from an incident, a supplier or an asset on; those who were hit apart from the merely exposed.

    Of a supplier it says what it means if that supplier is compromised: who is known to have been reached through it, and who
    could be. Backwards it says on whom a party depends.

    Example: kg analyze blast-radius Microsoft

    Raises :class:`~kg.errors.NotFound` for a name that means nothing, :class:`~kg.errors.UsageError` for one that means several
    things or something else, for a strength that cannot be read, and for numbers out of range.
    """
    for name, value, least, most in (("depth", depth, 1, 20), ("unstated", unstated, 0, 100), ("top", top, 1, 1_000_000)):
        if not least <= value <= most:
            raise UsageError(f"{name} is between {least} and {most}, not {value}")
    strengths = STRENGTHS | dict(_strength(text) for text in strength)
    start = material.thing(thing, _PARTIES if backwards else ("Incident", *_PARTIES, "Asset", *_THINGS))
    network = network_of(material)
    facts = Facts(material, network, unstated)
    began = None
    if backwards:
        facts.that_reached(start.iri)
    elif start.kind in _PARTIES:
        facts.through_party(start.iri)
    elif start.kind == "Asset":
        facts.of_asset(start.iri)
    elif start.kind == "Incident":
        facts.of_incident(start.iri)
        began = facts.began(start.iri)
    else:
        facts.of_thing(start.iri)
    if not backwards:
        facts.add_members()
    known = {iri: fact for iri, fact in facts.found.items() if fact.depth <= depth and iri != start.iri}
    chances, ended = network.chances(unstated, strengths, began)
    seeds = {network.place[iri]: (fact.sure * fact.spreads, fact.depth) for iri, fact in known.items() if iri in network.place}
    if start.iri in network.place and start.kind in _PARTIES:
        seeds[network.place[start.iri]] = (1.0, 0)
    spreading = spread(network.backward if backwards else network.forward, chances, seeds, depth)
    maker = _Rows(material, network, known, spreading, start, backwards)
    told, counts = maker.facts(top)
    rows, details = tuple(map(maker.row, told)), tuple(map(maker.detail, told))
    return Analysis(
        "blast-radius",
        f"On whom {start} depends" if backwards else f"Who is exposed through {start}",
        METHOD,
        {
            "thing": thing, "backwards": backwards, "depth": depth, "unstated": unstated, "strength": strength, "top": top,
        },
        material.inputs("supply", network.supply),
        Exposed,
        rows,
        tuple(_notes(material, network, facts, details, counts, start, ended, unstated)),
        _facts(counts, strengths),
        (Table("details", Detail, details),),
        _drawn(rows, start),
    )  # fmt: skip


def _facts(counts: Counter[str], strengths: dict[str, int]) -> dict[str, Cell]:
    """How many there are of each standing, and the strengths that were used."""
    found: dict[str, Cell] = {standing: counts[standing] for standing in STANDINGS if counts[standing]}
    used = counts[EXPOSED] + counts[SUPPLIER]
    return found | ({"strengths": tuple(f"{kind} {strength}" for kind, strength in strengths.items())} if used else {})


def _strength(text: str) -> tuple[str, int]:
    """A strength as people write it. Raises :class:`~kg.errors.UsageError`.

    >>> _strength("customer=30")
    ('customer', 30)
    """
    name, _, number = text.partition("=")
    name, number = name.strip().lower(), number.strip()
    if name not in STRENGTHS:
        raise UsageError(f"{name!r} is no kind of supply; there is {', '.join(STRENGTHS)}")
    if not number.isascii() or not number.isdigit() or int(number) > 100:
        raise UsageError(f"a strength is written customer=30, with a whole number from 0 to 100, not {text!r}")
    return name, int(number)


class _Rows:
    """Makes rows of what is known and of what could be."""

    def __init__(
        self, material: Material, network: Network, known: dict[str, Fact], spreading: Spread, start: Thing, backwards: bool
    ) -> None:
        self.material, self.network, self.known, self.spreading = material, network, known, spreading
        self.start, self.standing = start, SUPPLIER if backwards else EXPOSED
        self.kept = np.flatnonzero(spreading.last < network.supplies) if backwards else np.arange(len(spreading.nodes))
        self.things: dict[str, Thing] = {start.iri: start}

    def facts(self, top: int) -> tuple[list[tuple[Fact, float]], Counter[str]]:
        """The first parties, what is known before what could be, each with the upper bound; and how many there are of each standing."""
        spreading, kept = self.spreading, self.kept
        counts = Counter(fact.standing for fact in self.known.values())
        counts[self.standing] += len(kept)
        known = sorted(self.known.values(), key=lambda f: (STANDINGS.index(f.standing), f.depth, -f.sure, f.party))[:top]
        order = kept[np.lexsort((spreading.nodes[kept], spreading.depth[kept], -np.round(spreading.least[kept], 12)))][: top - len(known)]
        found = [(fact, fact.sure) for fact in known]
        found += [(self._exposed(number), float(spreading.most[number])) for number in order.tolist()]
        self._name({iri for fact, _ in found for iri in (fact.party, *fact.through, *fact.incidents)})
        return found, counts

    def _exposed(self, number: int) -> Fact:
        """What the spread says of one of its nodes, with the claims of the strongest chain."""
        network, spreading = self.network, self.spreading
        node, depth = int(spreading.nodes[number]), int(spreading.depth[number])
        chain = spreading.chain(node, depth)
        first = network.nodes[chain[0][0]]
        before = self.known.get(first)
        links = [network.data[link] for _, link in chain]
        public = [*([before.public] if before else []), *(data["published"] for data in links)]
        kinds = network.kinds[chain[-1][1]]
        return Fact(
            network.nodes[node],
            self.standing,
            depth,
            (*(before.through if before else ()), *(network.nodes[place] for place, _ in chain if network.nodes[place] != self.start.iri)),
            kinds or ((MEMBER,) if chain[-1][1] >= network.supplies else ("kind of supply not stated",)),
            float(spreading.least[number]),
            sum(data["confidence"] is None for data in links) + (before.silent if before else 0),
            tuple(sorted({*(before.claims if before else ()), *(claim for data in links for claim in data["claims"])})),
            public=None if None in public else max(day for day in public if day),
            contested=any(data["contested"] for data in links) or bool(before and before.contested),
        )

    def _name(self, iris: set[str]) -> None:
        supply = self.network.supply
        for iri in iris & set(supply):
            self.things[iri] = Thing(iri, supply.nodes[iri]["label"], supply.nodes[iri]["kind"])
        for iri, data in self.material.describe(iris - set(self.things), ()).items():
            self.things[iri] = Thing(iri, data["label"], data["kind"])

    def row(self, told: tuple[Fact, float]) -> Exposed:
        """The row of a party in the main table."""
        fact, bound = told
        return Exposed(
            party=self.things[fact.party],
            standing=fact.standing,
            depth=fact.depth,
            through=tuple(self.things[iri] for iri in fact.through),
            link=fact.link,
            score=fact.sure,
            at_most=bound,
            confirmed_by=fact.confirmed_by,
            public=fact.public,
            contested=fact.contested,
            claims=fact.claims,
        )

    def detail(self, told: tuple[Fact, float]) -> Detail:
        """Its row in the table of details."""
        fact, _ = told
        return Detail(
            party=self.things[fact.party],
            how_many=fact.how_many,
            incidents=tuple(self.things[iri] for iri in fact.incidents),
            times_hit=self.network.times_hit(fact.party),
            unstated=fact.silent,
            claims=fact.claims,
        )


def _notes(
    material: Material,
    network: Network,
    facts: Facts,
    rows: tuple[Detail, ...],
    counts: Counter[str],
    start: Thing,
    ended: int,
    unstated: int,
) -> list[str]:
    notes = []
    if not rows:
        what = "no link of supply or membership" if start.kind in _PARTIES else "no party and no link of supply"
        notes.append(f"nobody: {what} that counts goes on from {start}")
    notes += material.omissions()
    more = counts.total() - len(rows)
    if more:
        notes.append(f"{more:,} more are not shown; --top shows more")
    if rows:
        silent = sum(row.unstated > 0 for row in rows)
    if rows and silent:
        notes.append(f"for {silent:,} of {len(rows):,} rows a source states no confidence; that counts as {unstated} in 100 (--unstated)")
    if counts[EXPOSED] + counts[SUPPLIER]:
        notes.append("strengths of supply are assumptions (--strength); scores order, they do not forecast")
    if ended:
        notes.append(f"supply links left out because they were over before the incident began: {ended:,}")
    if network.disordered:
        notes.append(f"links said to end before they begin, whose times are not used: {network.disordered:,}")
    if network.selves:
        notes.append(f"parties said to supply themselves, which is left out: {network.selves:,}")
    if facts.circular:
        notes.append(f"parties said to have been reached through each other, which are shown as hit: {len(facts.circular):,}")
    return notes


def _drawn(rows: tuple[Exposed, ...], start: Thing) -> nx.DiGraph:
    """The chains of the rows as a graph, with standing and score at the nodes."""
    drawn = nx.DiGraph()
    drawn.add_node(start.iri, iri=start.iri, label=start.label, kind=start.kind, standing="start")
    for row in rows:
        chain = (start, *row.through, row.party)
        for thing in chain:
            if thing.iri not in drawn:
                drawn.add_node(thing.iri, iri=thing.iri, label=thing.label, kind=thing.kind)
        drawn.nodes[row.party.iri].update(standing=row.standing, score=row.score, at_most=row.at_most, depth=row.depth)
        for one, other in pairwise(chain):
            last = other is chain[-1]
            if one.iri != other.iri and (last or not drawn.has_edge(one.iri, other.iri)):
                drawn.add_edge(one.iri, other.iri, **({"link": row.link, "claims": row.claims} if last else {"claims": ()}))
    return drawn


_DRAWN = 40
_LOOKS = {
    HIT: ("#D55E00", True), REACHED: ("#E69F00", True), PASSED_ON: ("#E69F00", True), UNCLEAR: ("#CC79A7", True),
    IN_GROUP: ("#009E73", True), EXPOSED: ("#0072B2", False), SUPPLIER: ("#0072B2", False),
}  # fmt: skip
"""The colour of each standing; what is known is filled, what could be is a ring."""


def figure(found: Analysis[Exposed]) -> Figure:
    """A tree from the start on the left to the parties on the right: what is known is filled, what could be is a ring."""
    from matplotlib.lines import Line2D

    from kg.analysis.figures.style import INK, QUIET, blank, finish, sheet, short

    rows = found.rows[:_DRAWN]
    if not rows or found.graph is None:
        return blank(found, "nobody: nothing that counts goes on from here")
    start = next(iter(found.graph))
    parents = {row.party.iri: (row.through[-1].iri if row.through else start) for row in rows}
    labels = {start: found.graph.nodes[start]["label"]}
    for row in rows:
        for one, other in pairwise((start, *(thing.iri for thing in row.through))):
            parents.setdefault(other, one)
        labels.update((thing.iri, str(thing)) for thing in (*row.through, row.party))
    places = _tree(start, parents)
    deepest = max(x for x, _ in places.values())
    lines = 1 - min(y for _, y in places.values())
    drawn, axes = sheet(found, 5.6 + 2.7 * deepest, 1.9 + 0.3 * lines)
    axes.set_axis_off()
    axes.set_ylim(-lines + 0.3, 0.7)
    axes.set_xlim(-0.15, deepest + 1.45)
    by_party = {row.party.iri: row for row in rows}
    counted = {detail.party.iri: detail.how_many for detail in found.table("details").rows}
    inner = {start, *parents.values()}
    for node, (x, y) in places.items():
        row_ = by_party.get(node)
        colour, filled = _LOOKS[row_.standing] if row_ else (INK if node == start else QUIET, node == start)
        if node != start:
            px, py = places[parents[node]]
            axes.plot([px, px + 0.08, px + 0.08, x], [py, py, y, y], color="#b3bac3", linewidth=1, zorder=1,
                      linestyle=":" if row_ and row_.contested else "-", solid_joinstyle="round")  # fmt: skip
        axes.scatter(x, y, s=70, color=colour if filled else "white", edgecolors=colour, linewidths=1.6, zorder=3)
        sure = f"{row_.score:.2f}" + (f"–{row_.at_most:.2f}" if row_.at_most > row_.score + 0.005 else "") if row_ else ""
        said = [part for part in (sure, *_said(row_, counted.get(node, ()))) if part]
        if node in inner:
            if node != start:
                axes.text(x - 0.02, y + 0.2, short(labels[node], 36), fontsize=8.5, color=INK, ha="right", va="bottom", fontweight="bold")
                axes.text(x - 0.04, y - 0.2, short(" · ".join(said), 44), fontsize=7, color=QUIET, ha="right", va="top")
        else:
            name = axes.annotate(short(labels[node], 52), (x, y), (7, 0), textcoords="offset points", fontsize=8, color=INK, va="center")
            axes.annotate(short(" · ".join(said), 58), (1, 0), (6, 0), xycoords=name, textcoords="offset points", fontsize=7, color=QUIET)
    standings = list(dict.fromkeys(row.standing for row in rows))
    marks = [
        Line2D([], [], linestyle="", marker="o", markersize=8, markerfacecolor=_LOOKS[s][0] if _LOOKS[s][1] else "white",
               markeredgecolor=_LOOKS[s][0], markeredgewidth=1.6, label=s)
        for s in standings
    ]  # fmt: skip
    axes.legend(handles=marks, frameon=False, fontsize=9, labelcolor=INK, loc="upper left", bbox_to_anchor=(0, 0), ncols=4)
    return finish(found, drawn)


def _said(row: Exposed | None, how_many: tuple[str, ...]) -> tuple[str, ...]:
    """What a figure says of a party besides its name and score."""
    if row is None:
        return ()
    known = row.confirmed_by and row.confirmed_by != (NOT_STATED,)
    return (f"confirmed by {', '.join(row.confirmed_by)}" if known else ", ".join(row.link), "; ".join(how_many[:2]))


def _tree(start: str, parents: dict[str, str]) -> dict[str, tuple[float, float]]:
    """Where the nodes of a tree stand: one line a leaf, a parent in the middle of its children.

    Chains that contradict each other may name each other as the way; what so hangs on nothing is put at the start.
    """
    children: dict[str, list[str]] = {}
    for node in list(parents):
        above, seen = node, set()
        while above != start and above not in seen:
            seen.add(above)
            above = parents.get(above, start)
        if above != start:
            parents[node] = start
    for node, parent in parents.items():
        children.setdefault(parent, []).append(node)
    places: dict[str, tuple[float, float]] = {}
    line = 0

    def place(node: str, depth: int) -> float:
        nonlocal line
        below = [place(child, depth + 1) for child in children.get(node, ())]
        if not below:
            line -= 1
        places[node] = (float(depth), (below[0] + below[-1]) / 2 if below else float(line + 1))
        return places[node][1]

    place(start, 0)
    return places
