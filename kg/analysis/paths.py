"""How two things are connected."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any

import networkx as nx
from pyoxigraph import NamedNode

from kg.analysis.material import Material, node_thing
from kg.analysis.result import Analysis, Method, Row, Table, Thing
from kg.analysis.routes import Route, Weighed, apart, arrays_of, best_routes
from kg.errors import NotFound, UsageError
from kg.story import ClaimView, Story
from kg.terms import prop
from kg.vocabulary import IKG, WordsOf

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Path(Row):
    """One way from the one thing to the other."""

    rank: Annotated[int, "place among the paths, the best first"]
    score: Annotated[float, "1 for a sure direct edge; less for things between, for hubs, doubt and dispute (see method)"]
    length: Annotated[int, "number of hops"]
    path: Annotated[tuple[Thing, ...], "the things on the way, with both ends"]
    edge_kinds: Annotated[tuple[str, ...], "the kind of edge of each hop"]
    public: Annotated[date | None, "the first day on which every hop was public; empty if a report is undated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop(Row):
    """One hop of a path with the words that it rests on."""

    path: Annotated[int, "rank of the path"]
    hop: Annotated[int, "number of the hop on it"]
    one: Annotated[Thing, "where the hop starts"]
    edge: Annotated[str, "the kind of edge, and in which direction it runs: 'victim →', '← attributedTo'"]
    other: Annotated[Thing, "where it ends"]
    words: Annotated[tuple[str, ...], "the words of the source that the claim rests on; in brackets where the text is a summary of ours"]
    asserted_by: Annotated[tuple[str, ...], "who claims it"]
    source: Annotated[tuple[str, ...], "the publisher of the report that it stands in, and its day"]
    published: Annotated[date | None, "first day on which it was public; empty if that is not known"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight(Row):
    """What a hop weighs, and more about it."""

    path: Annotated[int, "rank of the path"]
    hop: Annotated[int, "number of the hop on it"]
    confidence: Annotated[int | None, "highest confidence that a source stated; empty if none did"]
    contested: Annotated[bool, "whether somebody denies or disputes it"]
    edges_here: Annotated[int, "how many edges of this kind and direction the start has: many at a thing between make it worth little"]
    edges_there: Annotated[int, "how many the end has"]
    first: Annotated[date | None, "first day on which it held, or its incident began; empty if not known"]
    last: Annotated[date | None, "last day of that"]
    said: Annotated[tuple[str, ...], "what is claimed, in words of this program"]
    report: Annotated[tuple[str, ...], "title of the report"]


METHOD = Method(
    "The k simple paths with the highest score, exactly. The score is a product: 0.5 for each node between; for each edge at such a "
    "node 1/√d, where d is the number of its edges of that kind and direction; the confidence of each edge, and half of that where "
    "somebody denies or disputes it. A node that is entered and left by one kind of edge so counts one in d: hubs connect little.",
    (
        "Himmelstein and Baranzini 2015, Heterogeneous network edge prediction (PLoS Comput Biol 11:e1004259): path-degree product",
        "Ciampaglia et al. 2015, Computational fact checking from knowledge networks (PLoS ONE 10:e0128193): generality of nodes between",
        "Katz 1953, A new status index derived from sociometric analysis (Psychometrika 18): attenuation by length",
        "Yen 1971, Finding the k shortest loopless paths in a network (Management Science 17); Lawler 1972 (Management Science 18)",
    ),
)
_IN_SHORT = frozenset({"targeted"})
"""Edges that stand for two edges at an incident."""
_DRAWN = 8
"""So many paths are drawn at most."""
_READ = 12
"""Of a hop with more claims than this, the words are looked for in the first ones; the row names all."""


def paths(
    material: Material,
    a: Annotated[str, "one thing, by name or address"],
    b: Annotated[str, "the other"],
    *,
    k: Annotated[int, "so many paths"] = 5,
    projection: Annotated[str, "the graph to look in: claims (everything), incidents, parties, supply and so on"] = "claims",
    edge: Annotated[tuple[str, ...], "only edges of this kind (victim, attributedTo, …); may be given several times"] = (),
    without: Annotated[
        tuple[str, ...], "no path through this thing, or this kind of thing (Incident, Technique, …); may be given several times"
    ] = (),
    longest: Annotated[int, "no path with more hops"] = 6,
    unstated: Annotated[int, "confidence, in per cent, of an edge whose sources state none"] = 85,
) -> Analysis[Path]:
    """How two things are connected: the k best paths between them, with the claims and words behind each hop.

    Edges may be walked in both directions. Reports, publishers and mere mentions are no edges of any projection.

    Example: kg analyze paths "US Department of Veterans Affairs" "Midnight Blizzard" --projection incidents

    Raises :class:`~kg.errors.NotFound` for a name that means nothing and for a projection that there is not, and
    :class:`~kg.errors.UsageError` for a name that means several things, for two names of one thing, a kind of edge that the
    projection does not have, and numbers out of range.
    """
    for name, value, least, most in (("k", k, 1, 1000), ("longest", longest, 1, 50), ("unstated", unstated, 1, 100)):
        if not least <= value <= most:
            raise UsageError(f"{name} is between {least} and {most}, not {value}")
    # a name that means several things is refused before the graph is read, which takes its time
    known = [_known(material, text) for text in (a, b)]
    graph = material.projection(projection)
    one, other = (thing or _thing(material, text, graph) for thing, text in zip(known, (a, b), strict=True))
    if one.iri == other.iri:
        raise UsageError(f"{a!r} and {b!r} are one and the same thing: {one} ({material.addresses.shorten(one.iri)})")
    arrays = arrays_of(graph)
    kinds = _kinds(arrays.kind_names, projection, edge, without)
    closed = _closed(material, graph, without, (one, other))
    notes = list(material.notes(graph))
    found: list[Route] = []
    strangers = [thing for thing in (one, other) if thing.iri not in graph or not graph.degree(thing.iri)]
    if strangers:
        notes += [f"no path: nothing that counts connects {thing} with anything in projection {projection}" for thing in strangers]
    else:
        weighed = Weighed(arrays, unstated, kinds, {arrays.place[node] for node in closed})
        ends = arrays.place[one.iri], arrays.place[other.iri]
        backwards = ends[0] > ends[1]
        found = best_routes(weighed, min(ends), max(ends), k, longest)
        if backwards:
            found = [Route(route.bits, route.nodes[::-1]) for route in found]
        if not found:
            within = f"of at most {longest} hops"
            notes.append(f"no path{'' if apart(weighed, *ends) else ' ' + within} joins {one} and {other} in projection {projection}")
        elif len(found) < k:
            notes.append(f"there {'is' if len(found) == 1 else 'are'} no more than {count(len(found), 'path')} of at most {longest} hops")
    reader = _Reader(graph, weighed, Story(material.store, material.addresses)) if found else None
    read = [reader.hops(rank, route) for rank, route in enumerate(found, 1)] if reader else []
    hops = [hop for path in read for hop, _ in path]
    weights = [weight for path in read for _, weight in path]
    rows = [_path(rank, route, [hop for hop, _ in path]) for rank, (route, path) in enumerate(zip(found, read, strict=True), 1)]
    silent = sum(weight.confidence is None for weight in weights)
    if silent:
        notes.append(f"for {silent} of {len(hops)} hops no source states a confidence; they count as {unstated} in 100 (--unstated)")
    disputed = sorted({weight.path for weight in weights if weight.contested})
    if disputed:
        notes.append(f"somebody denies or disputes a hop of path {', '.join(map(str, disputed))}")
    return Analysis(
        "paths",
        f"How {one} and {other} are connected",
        METHOD,
        {
            "a": a, "b": b, "k": k, "projection": projection, "edge": edge, "without": without, "longest": longest, "unstated": unstated,
        },
        material.inputs(projection, graph),
        Path,
        tuple(rows),
        tuple(notes),
        more=(Table("hops", Hop, tuple(hops)), Table("weights", Weight, tuple(weights))),
        graph=_drawn(graph, rows, hops),
    )  # fmt: skip


def count(number: int, noun: str) -> str:
    """A number of things in words.

    >>> count(1, "path"), count(2, "path")
    ('1 path', '2 paths')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _known(material: Material, text: str) -> Thing | None:
    """The thing that a person means by the names of the workspace, if these say so."""
    try:
        return material.thing(text)
    except NotFound:
        return None


def _thing(material: Material, text: str, graph: nx.Graph) -> Thing:
    """The thing that a person means: by the names of the workspace, or what the graph calls so (a technique; a country: "Russia").

    Raises as :meth:`~kg.analysis.material.Material.thing`.
    """
    try:
        return material.thing(text)
    except NotFound:
        wanted = " ".join(text.split()).casefold()
        labels = [(node, data["label"].casefold(), data["kind"] == "Country") for node, data in graph.nodes(data=True)]
        found = [node for node, label, _ in labels if label == wanted]
        found = found or [node for node, label, country in labels if country and len(wanted) > 3 and label.startswith(wanted)]
        if len(found) > 1:
            raise UsageError(f"{text!r} means several things: {', '.join(map(material.addresses.shorten, found[:8]))}") from None
        if not found:
            raise
        return node_thing(graph, found[0])


def _kinds(there: tuple[str, ...], projection: str, edge: tuple[str, ...], without: tuple[str, ...]) -> frozenset[str] | None:
    """The kinds of edges that may be used, ``None`` for all. Raises :class:`~kg.errors.UsageError` for one that is not there.

    Where incidents may be passed, what says the same in short is left out: it would give every path twice.
    """
    if not edge:
        return frozenset(there) - _IN_SHORT if projection == "claims" and "Incident" not in without else None
    for name in edge:
        if there and name not in there:
            raise UsageError(f"projection {projection} has no edges of kind {name!r}; it has {', '.join(there)}")
    return frozenset(edge)


def _closed(material: Material, graph: nx.Graph, without: tuple[str, ...], ends: tuple[Thing, Thing]) -> set[str]:
    """The nodes that no path may go through. Raises as :meth:`~kg.analysis.material.Material.thing` for a name."""
    closed: set[str] = set()
    if not without:
        return closed
    kinds = set(nx.get_node_attributes(graph, "kind").values())
    for text in without:
        if text in kinds:
            closed.update(node for node, kind in graph.nodes(data="kind") if kind == text)
        else:
            try:
                closed.add(_thing(material, text, graph).iri)
            except NotFound as error:
                raise NotFound(f"{text!r} is no kind of thing here ({', '.join(sorted(k for k in kinds if k))}), and {error}") from None
    return closed.intersection(graph) - {thing.iri for thing in ends}


class _Reader:
    """Reads what stands behind the hops of a projection."""

    def __init__(self, graph: nx.Graph, weighed: Weighed, story: Story) -> None:
        self.graph, self.weighed, self.story = graph, weighed, story
        self.known: dict[str, ClaimView] = {}

    def hops(self, rank: int, route: Route) -> list[tuple[Hop, Weight]]:
        """The rows of each hop of a path."""
        nodes = [self.weighed.arrays.nodes[number] for number in route.nodes]
        pairs = zip(pairwise(nodes), self.weighed.used(route), strict=True)
        return [self.hop(rank, number, *pair, arc) for number, (pair, arc) in enumerate(pairs, 1)]

    def hop(self, rank: int, number: int, one: str, other: str, arc: int) -> tuple[Hop, Weight]:
        """The rows of one hop."""
        arrays = self.weighed.arrays
        predicate, forward = arrays.kind_names[arrays.kinds[arc]], bool(arrays.forward[arc])
        data = self._edge(*((one, other) if forward else (other, one)), predicate)
        views = self._best(data["claims"], (one, other))
        hop = Hop(
            path=rank,
            hop=number,
            one=node_thing(self.graph, one),
            edge=f"{predicate} →" if forward else f"← {predicate}",
            other=node_thing(self.graph, other),
            words=tuple(_words(view) for view in views),
            asserted_by=tuple(dict.fromkeys(view.asserted_by for view in views)),
            source=tuple(dict.fromkeys(f"{view.publisher or 'publisher not stated'}, {view.published or 'undated'}" for view in views)),
            published=data["published"],
            claims=data["claims"],
        )
        weight = Weight(
            path=rank,
            hop=number,
            confidence=data["confidence"],
            contested=data["contested"],
            edges_here=int(arrays.here[arc]),
            edges_there=int(arrays.there[arc]),
            first=data["first"],
            last=data["last"],
            said=tuple(view.sentence for view in views),
            report=tuple(dict.fromkeys(view.report_title for view in views)),
            claims=data["claims"],
        )
        return hop, weight

    def _edge(self, one: str, other: str, predicate: str) -> Mapping[str, Any]:
        """The attributes of the edge that an arc stands for."""
        data: Mapping[str, Any] = self.graph[one][other]
        if self.graph.is_multigraph():
            data = data[predicate]
        return data

    def _best(self, claims: tuple[str, ...], ends: tuple[str, str]) -> list[ClaimView]:
        """The claims to show, one of each kind: with words of its source, of things of the kinds at hand, sure, published early."""
        for iri in claims[:_READ]:
            if iri not in self.known:
                self.known[iri] = self.story.claim(iri)
        chosen: dict[str, ClaimView] = {}
        for view in sorted((self.known[iri] for iri in claims[:_READ]), key=lambda view: self._order(view, ends)):
            chosen.setdefault(view.kind, view)
        return [chosen[kind] for kind in sorted(chosen)]

    def _order(self, view: ClaimView, ends: tuple[str, str]) -> tuple[Any, ...]:
        own = any(quote.whose == WordsOf.SOURCE.value for quote in view.quotes)
        other_kind = self._actors_in(view.iri).isdisjoint(self.graph.nodes[end]["kind"] for end in ends)
        return (not own, not view.quotes, other_kind, -(view.confidence or 0), self.story.known_by(view.report), view.iri)

    def _actors_in(self, claim: str) -> set[str]:
        """The kinds of the actors that a claim names: one that names the actor tells more than one that describes it."""
        store = self.story.store
        actors = [quad.object for quad in store.match(NamedNode(claim), prop("actor"))]
        types = [quad.object for actor in actors if isinstance(actor, NamedNode) for quad in store.match(actor, prop("rdf:type"))]
        return {kind.value.removeprefix(IKG) for kind in types if isinstance(kind, NamedNode)}


def _words(view: ClaimView) -> str:
    """The words of a claim; in brackets where they are a summary of ours."""
    text = " … ".join(quote.words for quote in view.quotes)
    own = all(quote.whose == WordsOf.SOURCE.value for quote in view.quotes)
    return text if own or not text else f"[{text}]"


def _path(rank: int, route: Route, hops: list[Hop]) -> Path:
    """The row of a path with these hops."""
    public = [hop.published for hop in hops]
    return Path(
        rank=rank,
        score=2.0**-route.bits,
        length=len(hops),
        path=(hops[0].one, *(hop.other for hop in hops)),
        edge_kinds=tuple(hop.edge.strip("←→ ") for hop in hops),
        public=None if None in public else max(day for day in public if day),
        claims=tuple(sorted({claim for hop in hops for claim in hop.claims})),
    )


def _drawn(graph: nx.Graph, rows: list[Path], hops: list[Hop]) -> nx.Graph:
    """The part of the projection that the paths go over; each node and edge says on which of them it lies."""
    drawn = nx.DiGraph()
    for row in rows:
        for thing in row.path:
            if thing.iri not in drawn:
                drawn.add_node(thing.iri, **{k: v for k, v in graph.nodes[thing.iri].items() if k != "bipartite"}, paths=())
            drawn.nodes[thing.iri]["paths"] += (str(row.rank),)
    for hop in hops:
        one, other = (hop.other, hop.one) if hop.edge.startswith("←") else (hop.one, hop.other)
        if not drawn.has_edge(one.iri, other.iri):
            drawn.add_edge(
                one.iri, other.iri, predicate=hop.edge.strip("←→ "), claims=hop.claims, published=hop.published, paths=()
            )
        drawn.edges[one.iri, other.iri]["paths"] += (str(hop.path),)
    return drawn


def spaced(predicate: str) -> str:
    """The name of a kind of edge in words.

    >>> spaced("attributedTo")
    'attributed to'
    """
    return re.sub("(?=[A-Z])", " ", predicate).lower()


def figure(found: Analysis[Path]) -> Figure:
    """The paths one below the other, the best on top, from the one thing on the left to the other on the right."""
    from kg.analysis.figures.style import INK, KINDS, OTHER, QUIET, blank, finish, legend_of_kinds, sheet

    if not found.rows:
        return blank(found, "no path")
    rows = found.rows[:_DRAWN]
    wide = max(row.length for row in rows)
    drawn, axes = sheet(found, max(9.0, 2.3 * (wide + 1)), 1.6 + 1.25 * len(rows))
    axes.set_axis_off()
    axes.set_xlim(-0.55, wide + 0.5)
    axes.set_ylim(-len(rows) + 0.35, 0.75)
    hops = {(hop.path, hop.hop): hop for hop in found.table("hops").rows}
    weights = {(weight.path, weight.hop): weight for weight in found.table("weights").rows}
    for lane, row in enumerate(rows):
        places = [number * wide / row.length for number in range(row.length + 1)]
        axes.text(-0.52, -lane + 0.42, f"{row.rank}.  score {row.score:.2g}", fontsize=9, fontweight="bold", color=INK, va="center")
        for number, (left, right) in enumerate(pairwise(places), 1):
            hop, weight = hops[row.rank, number], weights[row.rank, number]
            start, end = (left, right) if hop.edge.endswith("→") else (right, left)
            look = {"arrowstyle": "-|>,head_width=0.2,head_length=0.4", "color": QUIET, "linewidth": 1.1, "shrinkA": 8, "shrinkB": 8}
            axes.annotate("", (end, -lane), (start, -lane), arrowprops=look | {"linestyle": ":" if weight.contested else "-"}, zorder=1)
            sure = "" if weight.confidence is None else f" {weight.confidence}%"
            text = spaced(hop.edge.strip("←→ ")) + sure + (f"\n{hop.published}" if hop.published else "")
            axes.text((left + right) / 2, -lane + 0.07, text, fontsize=7, color=QUIET, ha="center", va="bottom", linespacing=1.2)
        for place, thing in zip(places, row.path, strict=True):
            _, colour, mark = KINDS.get(thing.kind, OTHER)
            axes.scatter(place, -lane, s=110, marker=mark, color=colour, edgecolors="white", linewidths=0.8, zorder=3)
            label = "\n".join(textwrap.wrap(str(thing), 26, max_lines=3, placeholder=" …"))
            axes.text(place, -lane - 0.11, label, fontsize=7.5, color=INK, ha="center", va="top", linespacing=1.15)
    legend_of_kinds(axes, [thing.kind for row in rows for thing in row.path], loc="upper right", bbox_to_anchor=(1, 0.035), ncols=7)
    dotted = "; dotted: somebody denies or disputes it" if any(weight.contested for weight in weights.values()) else ""
    axes.text(-0.52, -len(rows) + 0.36, f"Dates: first public{dotted}", fontsize=7.5, color=QUIET, va="top")
    return finish(found, drawn)
