"""Walking the graph: a view says what is shown, a picture is what the store has to show for it.

A :class:`View` is a value: every step (expand, hide, pin, …) gives another one, so that undo is the view before
(:class:`History`) and a link holds it whole (:meth:`View.packed`). An :class:`Explorer` draws it from a store: hubs never flood a
picture, for each kind of edge a first part is shown and the rest is one group node that can be opened further.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import math
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import networkx as nx
from pyoxigraph import NamedNode, Quad

from kg.analysis.streams import SHORT_CUTS
from kg.errors import UsageError
from kg.export.rdf import to_text
from kg.identity.iris import Addresses
from kg.store.base import QuadStore
from kg.story import ClaimView, Story
from kg.terms import prop
from kg.times import EPOCH, day_of_number
from kg.vocabulary import IKG, Stance
from kg.written import for_xml

PART = 12
"""So many neighbours by one kind of edge are shown at first, and with each opening of the group of the rest times four."""
MOST = 2000
"""So many nodes at most: what is more is not read as a picture by anybody, and no browser moves it smoothly."""
LAYOUTS = ("force", "hierarchical", "concentric", "timeline")
COLOURS = ("kind", "sector", "community")
SIZES = ("degree", "pagerank", "betweenness", "none")
LINK = 6000
"""So many characters of a packed view fit into a link that mail programs, browsers and servers let through; more goes into a file."""
DISPUTES = ("contested", "uncontested", *(s.value for s in (Stance.ASSERTED, Stance.CLAIMED, Stance.SUSPECTED, Stance.NOT_KNOWN)))
"""By what edges are told apart: whether anybody denies or disputes one, and the stance of the claims that it stands on."""

WORDS: Mapping[str, tuple[str, str]] = {
    "attributedTo": ("attributed to", "incidents"),
    "targeted": ("targeted", "actors that targeted it"),
    "victim": ("victims", "incidents as victim"),
    "affected": ("affected parties", "incidents that affected it"),
    "compromised": ("assets compromised", "incidents that compromised it"),
    "stolen": ("assets stolen", "incidents that stole it"),
    "customerOf": ("suppliers (as customer)", "customers"),
    "suppliedBy": ("suppliers", "supplied parties"),
    "usedTechnique": ("techniques", "users of the technique"),
    "usedSoftware": ("software", "users of the software"),
    "exploited": ("exploited", "exploited by"),
    "memberOf": ("groups it belongs to", "members"),
    "partOfCampaign": ("campaigns", "incidents of the campaign"),
}
"""Of each kind of edge: what stands at its far end, seen from its subject and seen from its object."""


def way(predicate: str, outgoing: bool) -> str:
    """One kind of edge seen from a node: ``victim>`` from an incident to its victims, ``<victim`` from a party to its incidents.

    >>> way("victim", True), way("victim", False)
    ('victim>', '<victim')
    """
    return f"{predicate}>" if outgoing else f"<{predicate}"


def way_words(one: str) -> str:
    """A kind of edge seen from a node, in words.

    >>> way_words("victim>"), way_words("<victim")
    ('victims', 'incidents as victim')
    """
    outgoing = one.endswith(">")
    return WORDS.get(one.strip("<>"), (one, one))[0 if outgoing else 1]


@dataclass(frozen=True)
class View:
    """What a person chose to see. Things are IRIs; ``opened`` has (node, way, how many neighbours)."""

    roots: tuple[str, ...] = ()
    opened: tuple[tuple[str, str, int], ...] = ()
    hidden: frozenset[str] = frozenset()
    pins: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    kinds_off: frozenset[str] = frozenset()
    edges_off: frozenset[str] = frozenset({"targeted"})
    """``targeted`` follows from an incident that has both an actor and a party: with all three the picture says it twice."""
    confidence: int = 0
    first: str = ""
    last: str = ""
    """Days of publication; ``after`` and ``before`` are those on which incidents happened."""
    after: str = ""
    before: str = ""
    source: str = ""
    stance: str = ""
    layout: str = "force"
    turn: int = 0
    colour: str = "kind"
    size: str = "degree"

    def with_roots(self, *things: str) -> View:
        """The view with further things in it."""
        new = tuple(t for t in dict.fromkeys(things) if t not in self.roots)
        return replace(self, roots=self.roots + new, hidden=self.hidden - set(things))

    def expanded(self, node: str, ways: Iterable[str]) -> View:
        """The view with a node opened by some kinds of edges; one that is open already shows four times as much."""
        known = {(n, w): count for n, w, count in self.opened}
        for one in ways:
            known[node, one] = known.get((node, one), PART // 4) * 4
        return replace(self, opened=tuple((n, w, count) for (n, w), count in known.items()))

    def collapsed(self, node: str) -> View:
        """The view without what the node was opened by."""
        return replace(self, opened=tuple(o for o in self.opened if o[0] != node))

    def without(self, nodes: Iterable[str]) -> View:
        """The view with some nodes hidden; a hidden group is closed."""
        groups = {tuple(n.removeprefix(GROUP).split("|", 1)) for n in nodes if n.startswith(GROUP)}
        things = {n for n in nodes if not n.startswith(GROUP)}
        return replace(self, hidden=self.hidden | things, opened=tuple(o for o in self.opened if (o[0], o[1]) not in groups))

    def pinned(self, positions: Mapping[str, tuple[float, float]]) -> View:
        """The view with nodes fixed where they stand."""
        return replace(self, pins={**self.pins, **positions})

    def unpinned(self, nodes: Iterable[str]) -> View:
        """The view with nodes free again."""
        free = set(nodes)
        return replace(self, pins={n: at for n, at in self.pins.items() if n not in free})

    def packed(self, addresses: Addresses) -> str:
        """The view as a short text for the query string, read again by :func:`unpacked`."""
        return (
            base64.urlsafe_b64encode(zlib.compress(json.dumps(self.as_json(addresses), separators=(",", ":")).encode(), 9))
            .decode()
            .rstrip("=")
        )

    def as_json(self, addresses: Addresses) -> dict[str, Any]:
        """The view as plain data with short addresses, without what is as it is by default."""
        short = addresses.shorten
        plain = {
            "roots": [short(r) for r in self.roots],
            "opened": [[short(n), w, count] for n, w, count in self.opened],
            "hidden": sorted(short(h) for h in self.hidden),
            "pins": {short(n): [round(x, 1), round(y, 1)] for n, (x, y) in sorted(self.pins.items())},
            "kinds_off": sorted(self.kinds_off),
            "edges_off": sorted(self.edges_off),
            **{name: getattr(self, name) for name in ("confidence", *_DAYS, "source", "stance", "layout", "turn", "colour", "size")},
        }
        usual = View()
        return {name: value for name, value in plain.items() if value not in ([], {}, getattr(usual, name)) or name == "edges_off"}


GROUP = "group:"
_DAYS = ("first", "last", "after", "before")


def view_of(plain: Any, addresses: Addresses) -> View:
    """A view from plain data. Raises :class:`~kg.errors.UsageError` for what is none.

    >>> view_of({"roots": ["org:acme"], "layout": "force"}, Addresses()).roots
    ('https://w3id.org/incident-kg/id/org/acme',)
    """
    try:
        long = {name: date.fromisoformat(str(plain[name])).isoformat() for name in _DAYS if plain.get(name)}
        chosen = {"layout": LAYOUTS, "colour": COLOURS, "size": SIZES, "stance": DISPUTES}
        return View(
            roots=tuple(_long(r, addresses) for r in plain.get("roots", ()))[:MOST],
            opened=tuple((_long(n, addresses), str(w), min(int(count), MOST)) for n, w, count in plain.get("opened", ()))[:MOST],
            hidden=frozenset(_long(h, addresses) for h in plain.get("hidden", ())),
            pins={_long(n, addresses): (_finite(x), _finite(y)) for n, (x, y) in dict(plain.get("pins", {})).items()},
            kinds_off=frozenset(map(str, plain.get("kinds_off", ()))),
            edges_off=frozenset(map(str, plain.get("edges_off", View().edges_off))),
            confidence=max(0, min(100, int(plain.get("confidence", 0)))),
            turn=int(plain.get("turn", 0)),
            source=str(plain.get("source") or "")[:200],
            **long,
            **{name: plain[name] if plain.get(name) in known else getattr(View(), name) for name, known in chosen.items()},
        )
    except (AttributeError, TypeError, ValueError, KeyError, OverflowError):
        raise UsageError("this is no view of the graph; take the whole link, or the file that 'Save view' gave") from None


def unpacked(text: str, addresses: Addresses) -> View:
    """The view that :meth:`View.packed` wrote. Raises :class:`~kg.errors.UsageError` for anything else.

    >>> unpacked(View(("https://w3id.org/incident-kg/id/org/acme",)).packed(Addresses()), Addresses()).roots
    ('https://w3id.org/incident-kg/id/org/acme',)
    """
    try:
        opener = zlib.decompressobj()
        plain = json.loads(opener.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), 2_000_000))
    except (ValueError, zlib.error, RecursionError):
        raise UsageError("this link holds no view of the graph; take the whole link") from None
    return view_of(plain, addresses)


def _long(text: Any, addresses: Addresses) -> str:
    return NamedNode(addresses.expand(str(text)) or str(text)).value  # raises for what is no IRI


def _finite(number: Any) -> float:
    if not math.isfinite(found := float(number)):
        raise ValueError(f"{number} is no place")
    return found


@dataclass(frozen=True)
class History:
    """Views one after another, with the one that is shown: undo and redo."""

    views: tuple[View, ...]
    place: int = 0

    @property
    def now(self) -> View:
        """The view that is shown."""
        return self.views[self.place]

    def then(self, view: View) -> History:
        """Another view is shown; what was undone is gone."""
        if view == self.now:
            return self
        kept = (*self.views[: self.place + 1], view)[-100:]
        return History(kept, len(kept) - 1)

    def undone(self) -> History:
        """The view before."""
        return replace(self, place=max(0, self.place - 1))

    def redone(self) -> History:
        """The view after, if one was undone."""
        return replace(self, place=min(len(self.views) - 1, self.place + 1))


@dataclass(frozen=True, slots=True)
class Seen:
    """A node of a picture. A group stands for ``more`` things that are not shown; ``opens`` is how to open it."""

    iri: str
    label: str
    kind: str
    more: int = 0
    opens: tuple[str, str] | None = None
    day: int | None = None
    group: str = ""
    """What it is coloured by, if not by its kind: a sector, the number of a community."""
    weight: float = 0.0
    """What its size stands for, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """An edge of a picture: everything that leads from one node to another."""

    source: str
    target: str
    predicates: tuple[str, ...]
    records: tuple[str, ...]
    claims: tuple[str, ...]
    lowest: int | None
    contested: bool
    agents: int = 0
    against: tuple[str, ...] = ()
    """The claims that deny or dispute it."""

    @property
    def id(self) -> str:
        """The record of its first edge."""
        return self.records[0]


@dataclass(frozen=True)
class Picture:
    """What is shown, in a fixed order; ``notes`` say what is not, and why."""

    nodes: tuple[Seen, ...]
    edges: tuple[Drawn, ...]
    notes: tuple[str, ...] = ()

    @cached_property
    def graph(self) -> nx.Graph:
        """The nodes and edges without direction, for measures."""
        graph = nx.Graph()
        graph.add_nodes_from(n.iri for n in self.nodes)
        graph.add_edges_from((e.source, e.target) for e in self.edges)
        return graph

    def node(self, iri: str) -> Seen | None:
        """A node by IRI."""
        return next((n for n in self.nodes if n.iri == iri), None)


@dataclass(slots=True)
class Memory:
    """What explorers of one and the same content have read already; it may outlive the store that it was read from."""

    ways: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    out: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    edges: dict[tuple[str, str, tuple[str, ...]], Drawn] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    days: dict[str, int | None] = field(default_factory=dict)


class Explorer:
    """Draws views of one store. ``memory`` is what others have read from the same content."""

    def __init__(self, store: QuadStore, addresses: Addresses, story: Story | None = None, memory: Memory | None = None) -> None:
        self.store, self.addresses = store, addresses
        self.story = story or Story(store, addresses)
        self.memory = memory or Memory()
        self._derived = NamedNode(addresses.derived)
        self._names = {prop(name): name for name in SHORT_CUTS}

    def ways(self, node: str) -> dict[str, list[str]]:
        """Who stands at the far end of each kind of edge at a node, in order: ``{"victim>": [IRI, …]}``. Kept."""
        if node not in self.memory.ways:
            found: dict[str, list[str]] = defaultdict(list)
            term = NamedNode(node)
            for quad in self.store.match(term, None, None, self._derived):
                if (name := self._names.get(quad.predicate)) and isinstance(quad.object, NamedNode):
                    found[way(name, True)].append(quad.object.value)
            for quad in self.store.match(None, None, term, self._derived):
                if (name := self._names.get(quad.predicate)) and isinstance(quad.subject, NamedNode):
                    found[way(name, False)].append(quad.subject.value)
            order = {way(name, out): 2 * place + out for place, name in enumerate(SHORT_CUTS) for out in (True, False)}
            self.memory.ways[node] = {one: sorted(set(found[one]), key=self._rank) for one in sorted(found, key=order.__getitem__)}
        return self.memory.ways[node]

    @staticmethod
    def _rank(iri: str) -> tuple[bool, str]:
        """Things that several reports know by a name come before those of one report."""
        return "/id/report/" in iri, iri

    def start(self, thing: str) -> View:
        """The first view of a thing: what stands around it; of an actor also who was hit in its first incidents."""
        head = self.story.canonical(NamedNode(thing)).value
        view = View((head,))
        view = view.expanded(head, self._shown_ways(head, view))
        near = [
            other for one in ("<attributedTo", "<victim", "<affected", "<partOfCampaign") for other in self.ways(head).get(one, ())[:PART]
        ]
        if len(near) <= 6:
            for other in near:
                view = view.expanded(other, [w for w in ("victim>", "affected>", "attributedTo>") if w in self.ways(other)])
        return view

    def _shown_ways(self, node: str, view: View) -> list[str]:
        return [one for one in self.ways(node) if one.strip("<>") not in view.edges_off]

    def expand(self, view: View, node: str, one: str | None = None) -> View:
        """A view with a node opened: by one kind of edge, or by all. A group shows its next part."""
        if node.startswith(GROUP):
            inner, _, kind = node.removeprefix(GROUP).partition("|")
            return view.expanded(inner, [kind])
        ways = [one] if one else [w for w in self._shown_ways(node, view) if (node, w) not in {(n, k) for n, k, _ in view.opened}]
        return view.expanded(node, ways or self._shown_ways(node, view))

    def things(self, iris: Iterable[str]) -> list[str]:
        """Those of some things that edges lead to or from, as one identity each, in the given order: what an answer has to show."""
        heads = (self.story.canonical(NamedNode(iri)).value for iri in dict.fromkeys(iris))
        return [head for head in dict.fromkeys(heads) if self.ways(head)][:MOST]

    def neighbours(self, node: str, view: View) -> list[tuple[str, int, int]]:
        """Each kind of edge at a node, how many stand there, and how many of them are in view."""
        shown = set(self._members(view)[0])
        return [(one, len(others), sum(o in shown for o in others)) for one, others in self.ways(node).items()]

    def _members(self, view: View) -> tuple[dict[str, None], list[tuple[str, str, list[str]]], bool]:
        """The nodes in view, in order; the groups of what is not shown; whether there was room for all."""
        shown: dict[str, None] = dict.fromkeys(view.roots[:MOST])
        rest: list[tuple[str, str, list[str]]] = []
        full = len(view.roots) > MOST
        for node, one, count in view.opened:
            if node not in shown or one.strip("<>") in view.edges_off:
                continue
            others = self.ways(node).get(one, [])
            wanted = len(others) if len(others) <= count + 3 else count
            part = others[: max(0, min(wanted, MOST - len(shown)))]
            full = full or len(part) < min(wanted, len(others))
            shown.update(dict.fromkeys(part))
            if left := others[len(part) :]:
                rest.append((node, one, left))
        return shown, rest, full

    def picture(self, view: View) -> Picture:
        """What a view shows."""
        shown, rest, full = self._members(view)
        notes = [f"only {MOST:,} nodes are drawn; hide some, or look at fewer kinds of edges"] if full else []
        kinds = {iri: self._kind(iri) for iri in shown}
        missing = {i for i in view.roots if i in kinds and not kinds[i] and not self.ways(i)}
        visible = [i for i in shown if i not in view.hidden and i not in missing and kinds[i] not in view.kinds_off]
        if missing:
            named = ", ".join(self.addresses.shorten(m) for m in sorted(missing)[:3]) + (" …" if len(missing) > 3 else "")
            notes.append(f"the graph does not speak of {named} as of this day")
        days = self.days(visible) if view.layout == "timeline" or view.after or view.before else {}
        if view.after or view.before:
            after, before = _day(view.after), _day(view.before)
            out = {
                i
                for i in visible
                if kinds[i] == "Incident"
                and (i not in days or (after is not None and days[i] < after) or (before is not None and days[i] > before))
            }
            visible = [i for i in visible if i not in out]
            if out:
                notes.append(f"{len(out):,} incidents happened at another time, or nobody says when")
        edges, filtered = self._edges(set(visible), view)
        if filtered:
            notes.append(f"{filtered:,} edges do not pass the filters")
            touched = {e.source for e in edges} | {e.target for e in edges} | set(view.roots)
            visible = [i for i in visible if i in touched]
        seen = [Seen(i, self._label(i), kinds[i], day=days.get(i)) for i in visible]
        for node, one, left in rest:  # the bound is on everything that is drawn, groups as well
            hidden = [o for o in left if o not in shown]
            if hidden and node in visible and not filtered and len(seen) < MOST:
                group = f"{GROUP}{node}|{one}"
                seen.append(Seen(group, way_words(one), self._kind(hidden[0]), len(hidden), (node, one)))
                ends = (node, group) if one.endswith(">") else (group, node)
                edges.append(Drawn(*ends, (one.strip("<>"),), (group + "|",), (), None, False))
        return self._measured(Picture(tuple(seen), tuple(edges), tuple(notes)), view)

    def _kind(self, iri: str) -> str:
        if iri not in self.memory.kinds:
            self.memory.kinds[iri] = next(iter(self.story.kinds(NamedNode(iri))), "")
        return self.memory.kinds[iri]

    def _label(self, iri: str) -> str:
        if iri not in self.memory.labels:
            self.memory.labels[iri] = self.story.label(NamedNode(iri))
        return self.memory.labels[iri]

    def _out(self, node: str) -> list[tuple[str, str]]:
        """The edges that lead from a node: predicate and target."""
        if node not in self.memory.out:
            self.memory.out[node] = [
                (name, quad.object.value)
                for quad in self.store.match(NamedNode(node), None, None, self._derived)
                if (name := self._names.get(quad.predicate)) and isinstance(quad.object, NamedNode)
            ]
        return self.memory.out[node]

    def _edges(self, nodes: set[str], view: View) -> tuple[list[Drawn], int]:
        """The edges between nodes, one for each pair and direction; and how many the filters keep out."""
        pairs: dict[tuple[str, str], list[str]] = defaultdict(list)
        for node in sorted(nodes):
            for name, target in self._out(node):
                if target in nodes and name not in view.edges_off:
                    pairs[node, target].append(name)
        drawn, filtered = [], 0
        for (source, target), names in sorted(pairs.items()):
            edge = self.edge(source, target, sorted(set(names), key=SHORT_CUTS.index))
            if self._passes(edge, view):
                drawn.append(edge)
            else:
                filtered += 1
        return drawn, filtered

    def edge(self, source: str, target: str, names: list[str]) -> Drawn:
        """The edges with these predicates from one thing to another, with what their records say."""
        key = (source, target, tuple(names))
        if key not in self.memory.edges:
            self.memory.edges[key] = self._edge(*key)
        return self.memory.edges[key]

    def _edge(self, source: str, target: str, names: tuple[str, ...]) -> Drawn:
        records = [self.addresses.edge(source, name, target) for name in names]
        claims: set[str] = set()
        against: set[str] = set()
        lowest: list[int] = []
        contested, agents = False, 0
        for record in records:
            for quad in self.store.match(NamedNode(record), None, None, self._derived):
                if quad.predicate == _CLAIM:
                    claims.add(quad.object.value)  # type: ignore[union-attr]
                elif quad.predicate == _AGAINST:
                    against.add(quad.object.value)  # type: ignore[union-attr]
                elif quad.predicate == _LOWEST:
                    lowest.append(int(quad.object.value))  # type: ignore[union-attr]
                elif quad.predicate == _AGENTS:
                    agents = max(agents, int(quad.object.value))  # type: ignore[union-attr]
                elif quad.predicate == _CONTESTED:
                    contested = contested or quad.object.value == "true"  # type: ignore[union-attr]
        sure = min(lowest, default=None)
        return Drawn(source, target, names, tuple(records), tuple(sorted(claims)), sure, contested, agents, tuple(sorted(against)))

    def _passes(self, edge: Drawn, view: View) -> bool:
        """Whether an edge passes the filters: a claim behind it is said by the source, in the time, and it is as sure."""
        if view.confidence and (edge.lowest is None or edge.lowest < view.confidence):
            return False
        if view.stance in ("contested", "uncontested"):
            if (view.stance == "contested") != edge.contested:
                return False
        elif view.stance and not any(self._stance(claim) == view.stance for claim in edge.claims):
            return False
        if not (view.first or view.last or view.source):
            return True
        return any(self._claim_passes(claim, view) for claim in edge.claims)

    def _stance(self, claim: str) -> str:
        return next((self.story.label(q.object) for q in self.store.match(NamedNode(claim), prop("stance"))), "")

    def _claim_passes(self, claim: str, view: View) -> bool:
        said = self.story.said(NamedNode(claim))
        report = self.story.report(said["statedIn"][0].value) if said["statedIn"] else {}
        if view.source:
            voices = {report.get("publisher", ""), *(self.story.label(a) for a in said["assertedBy"])}
            if not any(view.source.lower() in voice.lower() for voice in voices):
                return False
        first, last = (_number(report, f"published{end}Day") for end in ("Start", "End"))
        after, before = _day(view.first), _day(view.last)
        return (after is None or (first is not None and first >= after)) and (before is None or (last is not None and last <= before))

    def days(self, nodes: Iterable[str]) -> dict[str, int]:
        """The day of incidents, from 1970-01-01: when they began, else occurred, else were first reported."""
        found = {}
        for node in nodes:
            if self._kind(node) == "Incident" and (day := self._day_of(node)) is not None:
                found[node] = day
        return found

    def _day_of(self, incident: str) -> int | None:
        """When an incident began or occurred, at the earliest that somebody says; else when it was first reported."""
        if incident not in self.memory.days:
            stated: list[int] = []
            reports: set[NamedNode] = set()
            for identity in self.story.identities(NamedNode(incident)):
                for quad in self.store.match(None, _INCIDENT, identity):
                    if not isinstance(quad.subject, NamedNode):
                        continue
                    event = next(iter(self.store.match(quad.subject, _EVENT)), None)
                    if event is not None and event.object in _BEGINNINGS:
                        stated += [int(q.object.value) for q in self.store.match(quad.subject, _START)]  # type: ignore[union-attr]
                    reports |= {q.object for q in self.store.match(quad.subject, _STATED) if isinstance(q.object, NamedNode)}
            known = stated or [int(q.object.value) for r in reports for q in self.store.match(r, _PUBLIC)]  # type: ignore[union-attr]
            self.memory.days[incident] = min(known, default=None)
        return self.memory.days[incident]

    def _measured(self, picture: Picture, view: View) -> Picture:
        graph = picture.graph
        weights: Mapping[str, float] = {}
        if view.size == "degree":
            weights = dict(graph.degree)
        elif view.size == "pagerank" and graph.size():
            weights = nx.pagerank(graph)
        elif view.size == "betweenness":
            weights = (
                nx.betweenness_centrality(graph, k=min(len(graph), 200), seed=7) if len(graph) > 400 else nx.betweenness_centrality(graph)
            )
        top = max(weights.values(), default=0) or 1
        groups: dict[str, str] = {}
        if view.colour == "community" and graph.size():
            for number, members in enumerate(sorted(nx.community.louvain_communities(graph, seed=7), key=lambda m: (-len(m), min(m)))):
                groups |= dict.fromkeys(members, f"community {number + 1}")
        elif view.colour == "sector":
            for node in picture.nodes:
                if not node.more and (
                    sectors := sorted(self.story.label(q.object) for q in self.store.match(NamedNode(node.iri), prop("sector")))
                ):
                    groups[node.iri] = sectors[0]
        nodes = (replace(n, weight=weights.get(n.iri, 0) / top, group=groups.get(n.iri, "")) for n in picture.nodes)
        return replace(picture, nodes=tuple(nodes))

    def behind(self, edges: Iterable[Drawn]) -> list[ClaimView]:
        """The claims behind edges, and those against them, readable."""
        return self.story.claims({claim for edge in edges for claim in (*edge.claims, *edge.against)})

    # taking it away

    def turtle(self, picture: Picture) -> str:
        """Exactly what is in view as Turtle: the things, the edges with their records, the claims with evidence and reports behind them."""
        return to_text(self._quads(picture), "turtle", self.addresses)

    def _quads(self, picture: Picture) -> Iterator[Quad]:
        subjects = {record for edge in picture.edges for record in edge.records if not record.startswith(GROUP)}
        claims = {claim for edge in picture.edges for claim in (*edge.claims, *edge.against)}
        subjects |= claims
        for edge in picture.edges:
            for name in edge.predicates:
                if not edge.records[0].startswith(GROUP):
                    yield from self.store.match(NamedNode(edge.source), prop(name), NamedNode(edge.target), self._derived)
        others: set[str] = {n.iri for n in picture.nodes if not n.more}
        for subject in sorted(subjects):
            for quad in self.store.match(NamedNode(subject)):
                yield quad
                if isinstance(quad.object, NamedNode):
                    if quad.predicate == _EVIDENCE:
                        yield from self.store.match(quad.object)
                    else:
                        others.add(quad.object.value)
        for other in sorted(others - subjects):
            for name in ("skos:prefLabel", "rdf:type", "dct:publisher", "publishedStart", "publishedEnd"):
                yield from self.store.match(NamedNode(other), prop(name))

    def table(self, picture: Picture) -> list[dict[str, Any]]:
        """The edges in view as rows."""
        names = {n.iri: n for n in picture.nodes}
        return [
            {
                "from": names[e.source].label,
                "from kind": names[e.source].kind,
                "edge": ", ".join(e.predicates),
                "to": names[e.target].label,
                "to kind": names[e.target].kind,
                "confidence": e.lowest,
                "contested": e.contested,
                "claims": len(e.claims),
                "from iri": e.source,
                "to iri": e.target,
            }
            for e in picture.edges
            if not e.records[0].startswith(GROUP)
        ]

    def things_table(self, picture: Picture) -> list[dict[str, Any]]:
        """The things in view as rows, those with most edges first."""
        degree = dict(picture.graph.degree)
        rows = [
            {
                "thing": n.label,
                "kind": n.kind,
                "edges": degree[n.iri],
                "from": day_of_number(n.day).isoformat() if n.day is not None else None,
                "group": n.group,
                "iri": n.iri,
            }
            for n in picture.nodes
            if not n.more
        ]
        return sorted(rows, key=lambda row: -row["edges"])

    def csv(self, picture: Picture) -> str:
        """The edges in view as CSV."""
        out = io.StringIO()
        writer = csv.DictWriter(
            out, ["from", "from kind", "edge", "to", "to kind", "confidence", "contested", "claims", "from iri", "to iri"]
        )
        writer.writeheader()
        writer.writerows(self.table(picture))
        return out.getvalue()

    def graphml(self, picture: Picture) -> str:
        """The nodes and edges in view as GraphML, groups left out."""
        graph = nx.MultiDiGraph()
        for node in picture.nodes:
            if not node.more:
                graph.add_node(node.iri, label=for_xml(node.label), kind=node.kind, **({"day": node.day} if node.day is not None else {}))
        for edge in picture.edges:
            if edge.source in graph and edge.target in graph:
                sure = {} if edge.lowest is None else {"confidence": edge.lowest}
                graph.add_edge(edge.source, edge.target, edge.id, edge=", ".join(edge.predicates), contested=edge.contested, **sure)
        return "\n".join(nx.generate_graphml(graph))


_INCIDENT, _EVENT, _START, _STATED, _PUBLIC = (prop(n) for n in ("incident", "event", "startDay", "statedIn", "publishedStartDay"))
_BEGINNINGS = frozenset(NamedNode(f"{IKG}event-{name}") for name in ("began", "occurred"))
_CLAIM, _AGAINST, _EVIDENCE = (prop(name) for name in ("claim", "contestedBy", "evidence"))
_LOWEST, _CONTESTED, _AGENTS = (prop(name) for name in ("lowestConfidence", "contested", "agents"))


def _day(text: str) -> int | None:
    try:
        return date.fromisoformat(text[:10]).toordinal() - EPOCH.toordinal()
    except ValueError:
        return None


def _number(report: Mapping[str, str], name: str) -> int | None:
    return int(report[name]) if name in report else None


def kinds_in(picture: Picture) -> Counter[str]:
    """How many nodes of each kind a picture shows, groups apart."""
    return Counter(n.kind for n in picture.nodes if not n.more)
