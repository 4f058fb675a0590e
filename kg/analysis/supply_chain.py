"""Who supplies whom, and through whom harm is said to have come: what the analysis ``blast-radius`` starts from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from weakref import WeakKeyDictionary

import networkx as nx
import numpy as np
from pyoxigraph import Literal, NamedNode

from kg.analysis.exposure import Links, Numbers, links
from kg.analysis.material import Material
from kg.analysis.streams import Edge, stream
from kg.story import Story
from kg.terms import prop
from kg.vocabulary import Role, SupplyRelation

HIT, REACHED, PASSED_ON, UNCLEAR, IN_GROUP, EXPOSED, SUPPLIER = (
    "hit", "reached", "passed harm on", "affected, way not said", "in a group that was hit", "exposed", "supplier",
)  # fmt: skip
STANDINGS = (HIT, REACHED, PASSED_ON, UNCLEAR, IN_GROUP, EXPOSED, SUPPLIER)
"""How a party can stand to harm, what is known before what could be."""
MEMBER = "member"
NOT_STATED = "not stated"
_PLAYED = ("exploited", "usedSoftware", "partOfCampaign")
_AT_ASSET = {"heldBy": "held it", "ownedBy": "it was theirs", "against": "it was used against them"}


class Network:
    """Supply and membership as links from supplier to customer and from group to member, and who was hit in which incident.

    ``supply`` is the projection, ``data`` the attributes of each link, ``kinds`` its kinds of supply (none: a membership),
    ``selves`` how many say that a party supplies itself (these are no links), ``disordered`` how many end before they begin.
    """

    def __init__(self, material: Material) -> None:
        self.supply: nx.DiGraph = material.projection("supply")
        members = material.edges("memberOf")
        self.nodes = sorted({*self.supply, *(end for edge in members for end in (edge.subject, edge.object))})
        self.place = {node: number for number, node in enumerate(self.nodes)}
        words = {term.iri: term.value for term in SupplyRelation}
        relations = {claim.value: words.get(relation.value, "") for claim, relation in stream(material.store, "supply-relations")}
        tails: list[int] = []
        heads: list[int] = []
        self.data: list[Mapping[str, Any]] = []
        self.kinds: list[tuple[str, ...]] = []
        for supplier, customer, data in self.supply.edges(data=True):
            if supplier != customer:
                kinds = {relations[claim] for claim in data["claims"] if claim in relations} if relations else set()
                if "customerOf" in data["predicates"]:
                    kinds.add(SupplyRelation.CUSTOMER.value)
                tails.append(self.place[supplier])
                heads.append(self.place[customer])
                self.data.append(data)
                self.kinds.append(tuple(sorted(kinds - {""})))
        self.supplies = len(tails)
        self.selves = self.supply.number_of_edges() - self.supplies
        for edge in members:
            tails.append(self.place[edge.object])
            heads.append(self.place[edge.subject])
            self.data.append({name: getattr(edge, name) for name in ("claims", "confidence", "published", "contested", "first", "last")})
            self.kinds.append(())
        self.forward: Links = links(len(self.nodes), tails, heads)
        self.backward: Links = links(len(self.nodes), heads, tails)
        self.sure: Numbers = np.array([-1 if data["confidence"] is None else data["confidence"] for data in self.data], np.float64)
        codes: dict[tuple[str, ...], int] = {}
        self._code = np.array([codes.setdefault(kinds, len(codes)) for kinds in self.kinds], np.int64)
        self._codes = list(codes)
        self.members: dict[str, list[Edge]] = defaultdict(list)
        self.groups: dict[str, list[Edge]] = defaultdict(list)
        for edge in members:
            self.members[edge.object].append(edge)
            self.groups[edge.subject].append(edge)
        self.at_incident: dict[str, list[Edge]] = defaultdict(list)
        self.at_party: dict[str, list[Edge]] = defaultdict(list)
        for edge in material.edges("victim", "affected"):
            self.at_incident[edge.subject].append(edge)
            self.at_party[edge.object].append(edge)
        over = [(data["first"], data["last"]) for data in self.data]
        self.disordered = sum(1 for first, last in over if first and last and last < first)
        self._ended = np.array([last.toordinal() if last and not (first and last < first) else np.inf for first, last in over], np.float64)

    def chances(self, unstated: int, strengths: Mapping[str, int], began: date | None) -> tuple[Numbers, int]:
        """How probable it is that each link passes harm on; and how many supplies had ended before ``began``, which pass on none.

        A supply of several kinds is as strong as the strongest; one whose kind is not stated as the weakest kind there is.
        """
        weakest = min(strengths.values())
        of = [max((strengths[kind] for kind in kinds), default=weakest) / 100 for kinds in self._codes]
        found: Numbers = np.where(self.sure < 0, unstated, self.sure) / 100
        if self.supplies:
            found[: self.supplies] *= np.array(of)[self._code[: self.supplies]]
        gone = self._ended < began.toordinal() if began else np.zeros(len(found), bool)
        found[gone] = 0.0
        return found, int(gone.sum())

    def times_hit(self, party: str) -> int:
        """In how many incidents a party was a victim."""
        return len({edge.subject for edge in self.at_party.get(party, ()) if edge.predicate == "victim"})


_KEPT: WeakKeyDictionary[Material, Network] = WeakKeyDictionary()


def network_of(material: Material) -> Network:
    """The network of a material, made when it is first asked for."""
    if material not in _KEPT:
        _KEPT[material] = Network(material)
    return _KEPT[material]


@dataclass(frozen=True, slots=True)
class Fact:
    """What is claimed of one party: that it was hit, or reached through others, or passed harm on.

    ``sure`` is the highest confidence of the claims that say so, as a probability; ``silent`` on how many links of the chain no
    confidence is stated; ``public`` the day from which all were public. ``spreads`` says whether harm can go on from it.
    """

    party: str
    standing: str
    depth: int
    through: tuple[str, ...]
    link: tuple[str, ...]
    sure: float
    silent: int
    claims: tuple[str, ...]
    confirmed_by: tuple[str, ...] = ()
    how_many: tuple[str, ...] = ()
    incidents: tuple[str, ...] = ()
    public: date | None = None
    contested: bool = False
    spreads: bool = True

    def key(self) -> tuple[Any, ...]:
        """Of several facts about a party the first in this order is the one to tell."""
        return (STANDINGS.index(self.standing), self.depth, -self.sure, self.through, self.incidents)

    def joined(self, other: Fact) -> Fact:
        """This fact with the claims, incidents and confirmations of another that says the same."""
        return replace(
            self,
            claims=_union(self.claims, other.claims),
            link=_union(self.link, other.link),
            confirmed_by=_union(self.confirmed_by, other.confirmed_by),
            how_many=_union(self.how_many, other.how_many),
            incidents=_union(self.incidents, other.incidents),
            sure=max(self.sure, other.sure),
            silent=min(self.silent, other.silent),
            spreads=self.spreads or other.spreads,
            public=min((day for day in (self.public, other.public) if day), default=None),
            contested=self.contested or other.contested,
        )


def _union(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({*one, *other}))


@dataclass(frozen=True, slots=True)
class _Part:
    """A party in an incident, with what the claims behind the edge say of it."""

    edges: tuple[Edge, ...]
    ways: frozenset[str]
    roles: tuple[str, ...]
    confirmed_by: tuple[str, ...]
    how_many: tuple[str, ...]

    @property
    def claims(self) -> tuple[str, ...]:
        """The claims behind it."""
        return tuple(sorted({claim for edge in self.edges for claim in edge.claims}))


class Facts:
    """What is known of who was hit, and through whom: ``found``, by party."""

    def __init__(self, material: Material, network: Network, unstated: int) -> None:
        self.material, self.network, self.unstated = material, network, unstated
        self.story = Story(material.store, material.addresses)
        self.found: dict[str, Fact] = {}
        self.circular: set[str] = set()
        self._parts: dict[str, dict[str, _Part]] = {}

    def add(self, fact: Fact) -> None:
        """Put a fact in; of several about one party the better known stands, with the claims of those that say the same."""
        known = self.found.get(fact.party)
        if known is None:
            self.found[fact.party] = fact
        elif known.standing == fact.standing:
            self.found[fact.party] = known.joined(fact) if known.key() <= fact.key() else fact.joined(known)
        elif fact.key() < known.key():
            self.found[fact.party] = fact

    def of_incident(self, incident: str) -> None:
        """Who was hit in an incident, and who was reached through them."""
        parts = self._at(incident)
        named = {way for part in parts.values() for way in part.ways}
        roots = {party for party, part in parts.items() if not part.ways} | (named - set(parts))
        ways = self._down(parts, dict.fromkeys(roots, 1))
        circular = set(parts) - set(ways)
        if circular:
            self.circular |= circular
            ways = self._down(parts, dict.fromkeys(roots | circular, 1))
        for party, part in parts.items():
            depth, through = ways[party]
            self.add(self._fact(incident, party, part, HIT if depth == 1 else REACHED, depth, through, parts))

    def of_thing(self, thing: str) -> None:
        """The same for all incidents in which a thing (a vulnerability, a product, a campaign) played a part."""
        for incident in sorted({edge.subject for edge in self.material.edges(*_PLAYED) if edge.object == thing}):
            self.of_incident(incident)

    def through_party(self, supplier: str) -> None:
        """Who was reached through a party, over all incidents in which it was the way in."""
        incidents = {edge.subject for edge in self.network.at_party.get(supplier, ()) if self._is_breached(edge)}
        canonical = self.material.canonical
        for identity in self.story.identities(NamedNode(supplier)):
            for claim in self.story.naming(identity, "through"):
                record = next((q.object.value for q in self._said(claim.value, "incident") if isinstance(q.object, NamedNode)), "")
                incidents.add(canonical.get(record, record))
        for incident in sorted(incidents):
            parts = self._at(incident)
            for party, (depth, through) in self._down(parts, {supplier: 0}).items():
                if depth:
                    self.add(self._fact(incident, party, parts[party], REACHED, depth, through[1:], parts))
            if supplier in parts and Role.BREACHED_SUPPLIER.value in parts[supplier].roles:
                groups = {edge.object for edge in self.network.groups.get(supplier, ())}
                for party, part in parts.items():
                    vague = not part.ways or part.ways & groups
                    if vague and party != supplier and all(edge.predicate == "affected" for edge in part.edges):
                        self.add(self._fact(incident, party, part, UNCLEAR, 1, (), parts))

    def that_reached(self, party: str) -> None:
        """Through whom a party, or a group that it is a member of, was reached; and through whom these were."""
        groups: list[tuple[str, tuple[str, ...], tuple[Edge, ...]]] = [(party, (), ())]
        seen = {party}
        for one, through, behind in groups:
            for edge in self.network.groups.get(one, ()):
                if edge.object not in seen:
                    seen.add(edge.object)
                    groups.append((edge.object, (edge.object, *through), (*behind, edge)))
        for one, through, behind in groups:
            for incident in sorted({edge.subject for edge in self.network.at_party.get(one, ())}):
                self._up(incident, one, through, behind, party)

    def of_asset(self, asset: str) -> None:
        """Who held an asset, whose it is, and against whom it was used."""
        edges = [edge for edge in self.material.further if edge.subject == asset and edge.predicate in _AT_ASSET]
        holders = sorted({edge.object for edge in edges if edge.predicate == "heldBy"})
        owners = {edge.object for edge in edges if edge.predicate == "ownedBy"}
        for edge in edges:
            between = tuple(holders) if len(holders) == 1 and edge.object not in holders else ()
            self.add(
                Fact(
                    edge.object,
                    HIT if edge.predicate == "heldBy" else REACHED,
                    1 + len(between),
                    between,
                    (_AT_ASSET[edge.predicate],),
                    self._sure([edge]),
                    self._silent([edge]),
                    edge.claims,
                    (NOT_STATED,),
                    (),
                    self._incidents_of(edge.claims),
                    edge.published,
                    edge.contested,
                    edge.predicate != "heldBy" or not owners or edge.object in owners,
                )
            )

    def add_members(self) -> None:
        """The members of groups that were hit or reached, as far as claims name them, and members of these."""
        waiting = sorted(self.found)
        while waiting:
            group = self.found[waiting.pop(0)]
            for edge in self.network.members.get(group.party, ()):
                known = self.found.get(edge.subject)
                if known is not None and known.standing != IN_GROUP:
                    continue
                new = known is None
                self.add(
                    Fact(
                        edge.subject,
                        IN_GROUP,
                        group.depth + 1,
                        (*group.through, group.party),
                        (MEMBER,),
                        group.sure * self._sure([edge]),
                        group.silent + self._silent([edge]),
                        _union(group.claims, edge.claims),
                        (NOT_STATED,),
                        (),
                        group.incidents,
                        max(group.public, edge.published) if group.public and edge.published else None,
                        group.contested or edge.contested,
                    )
                )
                if new:
                    waiting.append(edge.subject)

    def began(self, incident: str) -> date | None:
        """The first day of an incident, as far as it is known."""
        return min((edge.first for edge in self.network.at_incident.get(incident, ()) if edge.first), default=None)

    # one incident

    def _at(self, incident: str) -> dict[str, _Part]:
        """The parties of an incident.

        Where no way to a party is named that was only affected, and all who were hit with nobody between are suppliers that were
        breached, it was reached through these.
        """
        if incident in self._parts:
            return self._parts[incident]
        grouped: dict[str, list[Edge]] = defaultdict(list)
        for edge in self.network.at_incident.get(incident, ()):
            grouped[edge.object].append(edge)
        parts = {party: self._part(party, tuple(edges)) for party, edges in grouped.items()}
        breached = frozenset(party for party, part in parts.items() if Role.BREACHED_SUPPLIER.value in part.roles)
        direct = {party for party, part in parts.items() if not part.ways and any(edge.predicate == "victim" for edge in part.edges)}
        for party, part in parts.items():
            if direct <= breached and not part.ways and all(edge.predicate == "affected" for edge in part.edges):
                parts[party] = replace(part, ways=breached - {party})
        self._parts[incident] = parts
        return parts

    def _part(self, party: str, edges: tuple[Edge, ...]) -> _Part:
        ways: set[str] = set()
        roles: set[str] = set()
        confirmed: set[str] = set()
        counts: set[str] = set()
        for claim in sorted({claim for edge in edges for claim in edge.claims}):
            said = self.story.said(NamedNode(claim))
            ways.update(self.material.canonical.get(way.value, way.value) for way in said.get("through", ()))
            roles.update(self.story.label(role) for role in said.get("role", ()))
            confirmed.update(self.story.label(by) for by in said.get("confirmation", ()))
            counts.update(_count(said))
        return _Part(
            edges, frozenset(ways - {party}), tuple(sorted(roles)), tuple(sorted(confirmed)) or (NOT_STATED,), tuple(sorted(counts - {""}))
        )

    def _down(self, parts: Mapping[str, _Part], roots: Mapping[str, int]) -> dict[str, tuple[int, tuple[str, ...]]]:
        """From the roots down to those that were reached through them: depth, and the way with the root first."""
        onward: dict[str, list[str]] = defaultdict(list)
        for party in sorted(parts):
            for way in parts[party].ways:
                onward[way].append(party)
        found: dict[str, tuple[int, tuple[str, ...]]] = {root: (roots[root], ()) for root in sorted(roots)}
        waiting = list(found)
        for one in waiting:
            depth, through = found[one]
            for party in onward.get(one, ()):
                if party not in found:
                    found[party] = (depth + 1, (*through, one))
                    waiting.append(party)
        return found

    def _up(self, incident: str, start: str, prefix: tuple[str, ...], behind: tuple[Edge, ...], asked: str) -> None:
        parts = self._at(incident)
        waiting = [(start, prefix, [parts[start]])]
        seen = {start, asked}
        for one, through, chain in waiting:
            for way in sorted(parts[one].ways if one in parts else ()):
                if way in seen:
                    continue
                seen.add(way)
                ours = [*chain, *([parts[way]] if way in parts else [])]
                edges = [edge for part in ours for edge in part.edges]
                self.add(
                    Fact(
                        way,
                        PASSED_ON,
                        len(through) + 1,
                        through,
                        parts[way].roles if way in parts else ("way in",),
                        min(self._sure(part.edges) for part in chain) * float(np.prod([self._sure([edge]) for edge in behind])),
                        sum(self._silent(part.edges) for part in chain) + sum(self._silent([edge]) for edge in behind),
                        tuple(sorted({claim for edge in (*edges, *behind) for claim in edge.claims})),
                        parts[start].confirmed_by,
                        (),
                        (incident,),
                        _public(*(part.edges for part in ours), *((edge,) for edge in behind)),
                        any(edge.contested for edge in (*edges, *behind)),
                    )
                )
                if way in parts:
                    waiting.append((way, (*through, way), ours))

    def _fact(
        self, incident: str, party: str, part: _Part, standing: str, depth: int, through: tuple[str, ...], parts: Mapping[str, _Part]
    ) -> Fact:
        inferred = bool(through) and not any(self._said(claim, "through") for claim in part.claims)
        behind = [part.edges, *([parts[through[-1]].edges] if inferred and through[-1] in parts else [])]
        return Fact(
            party,
            standing,
            depth,
            through,
            part.roles,
            self._sure(part.edges),
            self._silent(part.edges),
            tuple(sorted({claim for edges in behind for edge in edges for claim in edge.claims})),
            part.confirmed_by,
            part.how_many,
            (incident,),
            _public(*behind),
            any(edge.contested for edges in behind for edge in edges),
        )

    # what claims say

    def _sure(self, edges: Iterable[Edge]) -> float:
        """The highest confidence that stands behind edges, as a probability."""
        return max((edge.confidence if edge.confidence is not None else self.unstated) for edge in edges) / 100

    def _silent(self, edges: Iterable[Edge]) -> int:
        """1 if no source states a confidence for edges, else 0."""
        return int(all(edge.confidence is None for edge in edges))

    def _said(self, claim: str, name: str) -> list[Any]:
        return list(self.material.store.match(NamedNode(claim), prop(name)))

    def _is_breached(self, edge: Edge) -> bool:
        wanted = Role.BREACHED_SUPPLIER.iri
        return any(quad.object.value == wanted for claim in edge.claims for quad in self._said(claim, "role"))

    def _incidents_of(self, claims: tuple[str, ...]) -> tuple[str, ...]:
        records = {quad.object.value for claim in claims for quad in self._said(claim, "incident")}
        return tuple(sorted({self.material.canonical.get(record, record) for record in records}))


def _public(*links: Iterable[Edge]) -> date | None:
    """The day from which links were public, each as soon as one of its edges was; ``None`` if one stands in undated reports alone."""
    days = [min((edge.published for edge in edges if edge.published), default=None) for edges in links]
    return None if None in days else max(day for day in days if day)


def _counted(words: str, said: Mapping[str, list[NamedNode | Literal]]) -> str:
    """Words of a count with what is counted, if that is not in them."""
    units = [unit.value for unit in said.get("countUnit", ())]
    return f"{words} {units[0]}" if units and units[0] not in words else words


def _count(said: Mapping[str, list[NamedNode | Literal]]) -> set[str]:
    """How many a group was, as said; a bound where there are no words; that it is not known where that is said."""
    words = {_counted(word.value, said) for word in said.get("countWords", ())}
    if words or said.get("countUnknown"):
        return words or {"number not known"}
    low, high = (said[name][0].value if said.get(name) else "" for name in ("countMin", "countMax"))
    unit = "".join(f" {one.value}" for one in said.get("countUnit", ())[:1])
    if low and high:
        return {f"{low if low == high else f'{low} to {high}'}{unit}"}
    return {f"at least {low}{unit}"} if low else {f"at most {high}{unit}"} if high else set()
