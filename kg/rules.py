"""The short-cut edges: what of the claims stands, derived by the rules in ``ontology/rules``.

Each rule is a CONSTRUCT of one triple. Which of its edges stand is decided here, one way for all:
the latest word of each agent counts, one standing assertion is enough, a denial by somebody else
marks the edge contested. Subjects and objects are canonical identities (:class:`Clusters`).
Work follows the change: :func:`rederive` looks at the claims of the reports that changed and at
the other claims about the same edges, at nothing else.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from pyoxigraph import Literal, NamedNode, Quad

from kg import resources
from kg.errors import KgError
from kg.identity.iris import Addresses, is_catalogued
from kg.store.base import QuadStore
from kg.store.oxigraph import OxigraphStore
from kg.terms import prop
from kg.vocabulary import IKG, Stance

_SHAPE = re.compile(r"CONSTRUCT\s*\{\s*\?(\w+)\s+ikg:(\w+)\s+\?(\w+)\s*\.?\s*\}\s*WHERE\s*\{(.*)\}\s*\Z", re.S)
_FAMILIES = frozenset({"sameActorAs", "sameIncidentAs", "sameOrganizationAs"})
_TYPE, _SUBJECT, _PREDICATE, _OBJECT = (prop(f"rdf:{name}") for name in ("type", "subject", "predicate", "object"))
_EDGE = prop("DerivedEdge")
_PUBLISHED, _ONE, _OTHER = prop("publishedEnd"), prop("one"), prop("other")
_STATED_IN, _RESTING = prop("statedIn"), (prop("claim"), prop("contestedBy"))
_LOUD = (
    (_TYPE, (prop("Sameness"),)),
    (prop("stance"), tuple(NamedNode(stance.iri) for stance in Stance if stance is not Stance.ASSERTED)),
)
"""Claims that can count for an edge whose record does not name them: those that assert nothing, and those that join."""
Key = tuple[str, str, str]
"""An edge: subject IRI, local name of the predicate, object IRI."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule file: the predicate that it derives and the pattern that finds it."""

    name: str
    predicate: str
    subject: str
    object: str
    body: str

    @property
    def over_edges(self) -> bool:
        """Whether the rule reads derived edges (and is applied after the others)."""
        return "?edge" in self.body

    @property
    def joins(self) -> bool:
        """Whether the rule joins identities."""
        return self.predicate in _FAMILIES

    @property
    def select(self) -> str:
        """The rule as a query for the claims behind each edge, with all that the verdict needs."""
        if self.over_edges:
            return f"SELECT ?{self.subject} ?{self.object} ?edge WHERE {{ {self.body} }}"
        topic = "?topic" if "?topic" in self.body else ""
        return (
            f"SELECT ?{self.subject} ?{self.object} ?claim ?agent ?stance ?published ?confidence {topic} WHERE {{ {self.body} "
            "?claim ikg:assertedBy ?agent ; ikg:stance ?stance ; ikg:statedIn ?report . "
            "OPTIONAL { ?report ikg:publishedEnd ?published } OPTIONAL { ?claim ikg:confidence ?confidence } }"
        )


@cache
def load_rules() -> tuple[Rule, ...]:
    """The bundled rules, by name. Raises :class:`~kg.errors.KgError` for a file that is no such rule."""
    rules = []
    for path in sorted((resources.folder("ontology") / "rules").glob("*.rq")):
        text = "\n".join(line for line in path.read_text("utf-8").splitlines() if not line.startswith("#"))
        found = _SHAPE.search(text)
        if not found or ("?claim" in found[4]) == ("?edge" in found[4]):
            raise KgError(f"{path.name}: a rule is a CONSTRUCT of one triple whose pattern binds ?claim, or ?edge, not both")
        rules.append(Rule(path.stem, found[2], found[1], found[3], " ".join(found[4].split())))
    return tuple(rules)


@cache
def _read_by_rules() -> frozenset[str]:
    """The predicates, and the classes of claims, that rules over claims read: no line without one of them need be looked at."""
    names = {name for rule in load_rules() if not rule.over_edges for name in re.findall(r"ikg:([\w-]+)", rule.select)}
    return frozenset(str(prop(name)) for name in names)


@dataclass(frozen=True, slots=True)
class Word:
    """What one claim says about one edge."""

    rule: str
    subject: str
    predicate: str
    object: str
    claim: str
    agent: str
    stance: str
    published: str
    confidence: int | None
    topic: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an edge stands, on which claims, and who contests it."""

    claims: tuple[str, ...]
    agents: int
    lowest: int | None
    highest: int | None
    contested_by: tuple[str, ...]
    rules: tuple[str, ...]


_ASSERTED = Stance.ASSERTED.iri
_AGAINST = frozenset({Stance.DENIED.iri, Stance.DISPUTED.iri})


def judge(words: Iterable[Word], canonical: Mapping[str, str] | None = None) -> Verdict | None:
    """The verdict over everything said about one edge, ``None`` if it does not stand.

    Of each agent (and topic) the latest word counts; at equal dates an assertion goes before a
    denial, so a report that contradicts itself leaves its edge standing and contested.
    """
    names = canonical or {}
    latest: dict[tuple[str, str], list[Word]] = {}
    for word in words:
        key = (names.get(word.agent, word.agent), word.topic)
        known = latest.get(key)
        if known is None or word.published > known[0].published:
            latest[key] = [word]
        elif word.published == known[0].published:
            known.append(word)
    supporting = {key for key, last in latest.items() if any(w.stance == _ASSERTED for w in last)}
    if not supporting:
        return None
    claims, against, rules, confidences = set(), set(), set(), []
    for word in words:
        key = (names.get(word.agent, word.agent), word.topic)
        if word.stance == _ASSERTED and key in supporting:
            claims.add(word.claim)
            rules.add(word.rule)
            if word.confidence is not None:
                confidences.append(word.confidence)
        elif word.stance in _AGAINST and word in latest[key]:
            against.add(word.claim)
    return Verdict(
        tuple(sorted(claims)),
        len({agent for agent, _ in supporting}),
        min(confidences, default=None),
        max(confidences, default=None),
        tuple(sorted(against)),
        tuple(sorted(rules)),
    )


class Clusters:
    """Which identities are one. ``canonical`` maps every member but the canonical one to it."""

    def __init__(self, canonical: dict[str, str]) -> None:
        self.canonical = canonical
        self._members: dict[str, set[str]] = defaultdict(set)
        for member, head in canonical.items():
            self._members[head].update((member, head))

    def of(self, iri: str) -> str:
        """The canonical identity of ``iri``."""
        return self.canonical.get(iri, iri)

    def members(self, iri: str) -> set[str]:
        """Every identity that is one with ``iri``, itself included."""
        return self._members.get(self.of(iri), {iri})


def canonical_of(members: Iterable[str]) -> str:
    """The canonical one of identities that are one: a known id before a catalogue's key before one local to a report, then by IRI.

    >>> canonical_of(["https://x/id/report/r/actor/a", "https://x/id/actor/attack-g0001", "https://x/id/actor/b"])
    'https://x/id/actor/b'
    """
    return min(members, key=lambda iri: ("/report/" in iri, is_catalogued(iri), iri))


@dataclass(frozen=True, slots=True)
class Change:
    """What a batch of reports changes: the quads that their graphs had and have; of reports not there before, the lines of N-Quads."""

    old: tuple[Quad, ...]
    new: tuple[Quad, ...]
    fresh: tuple[str, ...] = ()


def rederive(store: QuadStore, change: Change, addresses: Addresses) -> None:
    """Bring the derived graph up to date after ``change`` went into ``store``.

    ``store`` already holds the new state of the reports and still the old derived graph. The
    result is the same as deriving everything again from an empty derived graph.
    """
    _Derivation(store, addresses).run(change)


def forget(store: OxigraphStore, graphs: Iterable[NamedNode], addresses: Addresses) -> None:
    """Take whole graphs out of ``store`` and bring the derived graph up to date, as :func:`rederive` would.

    Little of the graphs is read: an edge that rests on their claims alone goes with them, and only claims on which
    other edges rest, or that spoke against one, are looked at.
    """
    _Derivation(store, addresses).forget(store, list(graphs))


class _Derivation:
    def __init__(self, store: QuadStore, addresses: Addresses) -> None:
        self.store, self.addresses = store, addresses
        self.graph = NamedNode(addresses.derived)
        self.rules = [r for r in load_rules() if not r.over_edges]
        self.before = self.after = Clusters({})
        self.family: dict[str, str] = {}
        self.joining: dict[tuple[str, str], Verdict] = {}
        self.naming: dict[str, set[NamedNode]] = {}
        self.changed: set[str] = set()
        """The graphs that change: all that they say is at hand."""
        self.only_new = False

    def run(self, change: Change) -> None:
        self.only_new = not change.old
        self.changed = {line.rsplit(" ", 2)[1][1:-1] for line in change.fresh}
        self.changed.update(_iri(q.graph_name) for quads in (change.old, change.new) for q in quads)
        new_words = self.words_in(map(_line, change.new)) | self.words_in(change.fresh)
        self.follow(new_words, self.words_in(map(_line, change.old)))

    def forget(self, store: OxigraphStore, graphs: list[NamedNode]) -> None:
        claims = {_node(q.subject) for graph in graphs for q in store.match(None, _STATED_IN, graph, graph)}
        edges = {_node(q.subject) for claim in claims for name in _RESTING for q in store.match(None, name, claim, self.graph)}
        dead: list[Quad] = []
        over: set[tuple[Rule, Key]] = set()
        rules_over = {rule.predicate: rule for rule in load_rules() if rule.over_edges}
        counting = {
            _node(q.subject)
            for graph in graphs
            for name, values in _LOUD
            for value in values
            for q in store.match(None, name, value, graph)
        }
        for edge in edges:
            record = list(self.record(edge))
            resting = {_node(q.object) for q in record if q.predicate in _RESTING}
            ends = {q.predicate: _node(q.object) for q in record if q.predicate in (_SUBJECT, _PREDICATE, _OBJECT)}
            name = ends[_PREDICATE].value.removeprefix(IKG)
            if name in _FAMILIES:
                continue
            if resting <= claims:
                dead += [*record, Quad(ends[_SUBJECT], ends[_PREDICATE], ends[_OBJECT], self.graph)]
            else:
                counting |= resting & claims
                if name in rules_over:
                    over.add((rules_over[name], (ends[_SUBJECT].value, name, ends[_OBJECT].value)))
        old_words = self.words_of(counting)
        self.changed = {graph.value for graph in graphs}
        store.patch(dead, ())
        store.drop(graphs)
        self.follow(set(), old_words, over)

    def follow(self, new_words: set[Word], old_words: set[Word], over: Iterable[tuple[Rule, Key]] = ()) -> None:
        """Bring the derived graph to what follows from these words being said now, and those having been said before."""
        self.before = self.after = self.stored_clusters()
        words = new_words | old_words
        current = new_words
        samenesses = {w for w in words if w.predicate in _FAMILIES}
        if samenesses:
            moved = self.recluster(samenesses)
            current = new_words | self.words_of({claim for iri in moved for claim in self.claims_naming(iri)})
        words = {w for w in words | current if w.predicate not in _FAMILIES}
        said: dict[Key, set[Word]] = defaultdict(set)
        for word in current:
            said[self.key(word)].add(word)
        touched = {self.key(w) for w in words}
        shared = {key for key in touched if not (self.is_at_hand(key[0]) or self.is_at_hand(key[2]))}
        for word in self.words_of({claim for key in shared for claim in self.claims_about(key)}):
            if (key := self.key(word)) in shared:
                said[key].add(word)
        gone = {(self.before.of(w.subject), w.predicate, self.before.of(w.object)) for w in words} - touched
        verdicts: dict[Key, Verdict | None] = dict.fromkeys(sorted(gone))
        verdicts.update({key: judge(said[key], self.after.canonical) for key in sorted(touched)})
        verdicts.update(self.identity_verdicts())
        self.apply(verdicts, over)

    # what is said

    def words_in(self, lines: Iterable[str]) -> set[Word]:
        """What the claims among the quads in these lines say about edges. A claim's words depend on its own report alone."""
        part = OxigraphStore()
        read = _read_by_rules()
        part.load_lines(line for line in lines if not read.isdisjoint(line.split(" ", 3)[1:3]))
        return {word for rule in self.rules for word in self.ask(part, rule)} if len(part) else set()

    def ask(self, store: QuadStore, rule: Rule) -> Iterator[Word]:
        for subject, object_, claim, agent, stance, published, confidence, *topic in store.query(rule.select).rows:
            assert isinstance(subject, NamedNode) and isinstance(object_, NamedNode) and isinstance(claim, NamedNode)
            assert isinstance(agent, NamedNode) and isinstance(stance, NamedNode)
            yield Word(
                rule.name,
                subject.value,
                rule.predicate,
                object_.value,
                claim.value,
                agent.value,
                stance.value,
                published.value if isinstance(published, Literal) else "",
                int(confidence.value) if isinstance(confidence, Literal) else None,
                str(topic[0]) if topic and topic[0] else "",
            )

    def words_of(self, claims: set[NamedNode]) -> set[Word]:
        """What these claims say, wherever they stand in the store."""
        quads: set[Quad] = set()
        for claim in claims:
            found = list(self.store.match(claim))
            quads.update(found)
            for graph in {quad.graph_name for quad in found}:
                if isinstance(graph, NamedNode):
                    quads.update(self.store.match(graph, _PUBLISHED))
        return self.words_in(map(_line, quads))

    def claims_naming(self, iri: str) -> set[NamedNode]:
        """Every subject outside the derived graph that names ``iri``; looked up once, many edges share an end."""
        if iri not in self.naming:
            found = self.store.match(object=NamedNode(iri))
            self.naming[iri] = {q.subject for q in found if q.graph_name != self.graph and isinstance(q.subject, NamedNode)}
        return self.naming[iri]

    def claims_about(self, key: Key) -> set[NamedNode]:
        """The claims that name both ends of an edge, under any identity of theirs."""
        subjects = {claim for iri in self.after.members(key[0]) for claim in self.claims_naming(iri)}
        return {claim for iri in self.after.members(key[2]) for claim in self.claims_naming(iri)} & subjects if subjects else set()

    def key(self, word: Word) -> Key:
        return self.after.of(word.subject), word.predicate, self.after.of(word.object)

    def is_local(self, iri: str) -> bool:
        """Whether only one report can speak of ``iri``: local to it, and one with nothing else."""
        return iri.startswith(self.addresses.root + "report/") and self.after.members(iri) == {iri}

    def is_at_hand(self, iri: str) -> bool:
        """Whether only a report that changes can speak of ``iri``."""
        root = self.addresses.root + "report/"
        return self.is_local(iri) and root + iri[len(root) :].partition("/")[0] in self.changed

    def is_new(self, iri: str) -> bool:
        """Whether nothing can be stored about ``iri`` yet: local to reports that were not there before."""
        return self.only_new and self.is_at_hand(iri)

    # who is who

    def stored_clusters(self) -> Clusters:
        found: dict[str, str] = {}
        for name in _FAMILIES:
            for quad in self.store.match(predicate=prop(name), graph=self.graph):
                found[_iri(quad.subject)] = _iri(quad.object)
        return Clusters(found)

    def recluster(self, words: Iterable[Word]) -> set[str]:
        """Join again whatever the changed samenesses touch; returns the identities whose cluster changed."""
        named = {iri for w in words for iri in (w.subject, w.object)}
        open_ = {member for iri in named for member in self.before.members(iri)}
        seen: set[str] = set()
        pairs: dict[tuple[str, str], set[Word]] = defaultdict(set)
        while open_:
            seen |= open_
            claims = {
                _node(q.subject)
                for iri in open_
                for side in (_ONE, _OTHER)
                for q in self.store.match(predicate=side, object=NamedNode(iri))
            }
            for word in self.words_of(claims):
                pairs[min(word.subject, word.object), max(word.subject, word.object)].add(word)
            open_ = {iri for pair in pairs for iri in pair} - seen
        head = {iri: iri for iri in seen}

        def find(iri: str) -> str:
            while head[iri] != iri:
                head[iri] = head[head[iri]]
                iri = head[iri]
            return iri

        self.joining = {pair: verdict for pair, said in pairs.items() if (verdict := judge(said))}
        for one, other in self.joining:
            head[find(one)] = find(other)
        groups: dict[str, set[str]] = defaultdict(set)
        for iri in seen:
            groups[find(iri)].add(iri)
        canonical = {m: c for m, c in self.before.canonical.items() if m not in seen}
        for group in groups.values():
            best = canonical_of(group)
            canonical.update({iri: best for iri in group if iri != best})
        self.after = Clusters(canonical)
        self.family = {iri: w.predicate for said in (words, *pairs.values()) for w in said for iri in (w.subject, w.object)}
        return {iri for iri in seen if self.before.members(iri) != self.after.members(iri)}

    def identity_verdicts(self) -> Iterator[tuple[Key, Verdict | None]]:
        """The edges from members to their canonical identity, where samenesses changed."""
        for iri in sorted(self.family):
            name, was, now = self.family[iri], self.before.of(iri), self.after.of(iri)
            if was not in (iri, now):
                yield (iri, name, was), None
            if now != iri:
                group = self.after.members(iri)
                joined = [v for (a, b), v in self.joining.items() if a in group and b in group]
                confidences = [c for v in joined for c in (v.lowest, v.highest) if c is not None]
                yield (
                    (iri, name, now),
                    Verdict(
                        tuple(sorted({c for v in joined for c in v.claims})),
                        max(v.agents for v in joined),
                        min(confidences, default=None),
                        max(confidences, default=None),
                        tuple(sorted({c for v in joined for c in v.contested_by})),
                        tuple(sorted({r for v in joined for r in v.rules})),
                    ),
                )

    # what changes

    def apply(self, verdicts: Mapping[Key, Verdict | None], also: Iterable[tuple[Rule, Key]]) -> None:
        """Bring the derived graph to these verdicts, then the edges that are derived from edges (``also`` these of them)."""
        removed, added, changed = self.differences(verdicts)
        hubs = {NamedNode(key[0]) for key in changed}
        over = [rule for rule in load_rules() if rule.over_edges]
        touched = {*also, *((rule, key) for rule in over for key in self.spanned(rule, hubs))}
        self.store.patch(removed, added)
        spans = {rule: self.spanned(rule, hubs) for rule in over}
        touched |= {(rule, key) for rule in over for key in spans[rule]}
        for rule in over:
            keys = {key for one, key in touched if one == rule}
            far = {key for key in keys if not (self.is_new(key[0]) or self.is_new(key[2]))}
            further = {hub for key in far for hub in self.hubs_of(key)} - hubs
            found = spans[rule]
            for key, edges in self.spanned(rule, further).items():
                found.setdefault(key, set()).update(edges)
            removed, added, _ = self.differences({key: self.weakest(rule, found.get(key, set())) for key in sorted(keys)})
            self.store.patch(removed, added)

    def differences(self, verdicts: Mapping[Key, Verdict | None]) -> tuple[list[Quad], list[Quad], list[Key]]:
        """The quads to remove and to add for these verdicts, and the edges that they change."""
        removed: list[Quad] = []
        added: list[Quad] = []
        changed: list[Key] = []
        for key, verdict in verdicts.items():
            old = set(self.stored(key))
            new = set(self.edge(key, verdict)) if verdict else set()
            if old != new:
                removed.extend(old - new)
                added.extend(new - old)
                changed.append(key)
        return removed, added, changed

    def spanned(self, rule: Rule, hubs: set[NamedNode]) -> dict[Key, set[NamedNode]]:
        """The edges that a rule over edges finds at these subjects, each with the records that it rests on."""
        part = OxigraphStore()
        read = {prop(name) for name in re.findall(r"ikg:(\w+)", rule.body)}
        part.load(quad for hub in hubs for quad in self.edges_at(hub, read))
        found: dict[Key, set[NamedNode]] = defaultdict(set)
        if len(part):
            for subject, object_, edge in part.query(rule.select).rows:
                found[_iri(subject), rule.predicate, _iri(object_)].add(_node(edge))
        return found

    def edges_at(self, hub: NamedNode, predicates: set[NamedNode]) -> Iterator[Quad]:
        """The edges with these predicates at a subject, with as much of their records as rules read."""
        for quad in self.store.match(hub, graph=self.graph):
            if quad.predicate in predicates:
                node = NamedNode(self.addresses.edge(hub.value, quad.predicate.value.removeprefix(IKG), _iri(quad.object)))
                yield quad
                for name, value in ((_TYPE, _EDGE), (_SUBJECT, hub), (_PREDICATE, quad.predicate), (_OBJECT, quad.object)):
                    yield Quad(node, name, value, self.graph)

    def hubs_of(self, key: Key) -> set[NamedNode]:
        """Subjects with a derived edge to both ends: a rule over edges joins two edges at their subject."""
        ends = [{_node(q.subject) for q in self.store.match(object=NamedNode(iri), graph=self.graph)} for iri in (key[0], key[2])]
        return {hub for hub in ends[0] & ends[1] if not hub.value.startswith(self.addresses.root + "edge/")}

    def weakest(self, rule: Rule, edges: set[NamedNode]) -> Verdict | None:
        """The verdict on an edge that rests on edges: it stands while they do, and is as weak as the weakest."""
        if not edges:
            return None
        found: dict[str, set[str]] = defaultdict(set)
        for edge in edges:
            for quad in self.record(edge):
                found[quad.predicate.value.removeprefix(IKG)].add(quad.object.value if isinstance(quad.object, NamedNode | Literal) else "")
        agents, low, high = ([int(value) for value in found[name]] for name in ("agents", "lowestConfidence", "highestConfidence"))
        claims, against = tuple(sorted(found["claim"])), tuple(sorted(found["contestedBy"]))
        return Verdict(claims, min(agents), min(low, default=None), max(high, default=None), against, (rule.name,))

    def record(self, node: NamedNode) -> Iterator[Quad]:
        return self.store.match(node, graph=self.graph)

    def stored(self, key: Key) -> list[Quad]:
        """The edge and its record as they stand in the store."""
        if self.is_new(key[0]):
            return []
        record = list(self.record(NamedNode(self.addresses.edge(*key))))
        return [Quad(NamedNode(key[0]), prop(key[1]), NamedNode(key[2]), self.graph), *record] if record else []

    def edge(self, key: Key, verdict: Verdict) -> list[Quad]:
        """The quads of a standing edge: the plain triple and its record."""
        subject, predicate, object_ = NamedNode(key[0]), prop(key[1]), NamedNode(key[2])
        node = NamedNode(self.addresses.edge(*key))
        record: list[tuple[str, NamedNode | Literal]] = [
            ("rdf:type", prop("DerivedEdge")),
            ("rdf:subject", subject),
            ("rdf:predicate", predicate),
            ("rdf:object", object_),
            ("agents", Literal(verdict.agents)),
            ("contested", Literal(bool(verdict.contested_by))),
            *(("rule", Literal(name)) for name in verdict.rules),
            *(("claim", NamedNode(iri)) for iri in verdict.claims),
            *(("contestedBy", NamedNode(iri)) for iri in verdict.contested_by),
        ]
        if verdict.lowest is not None:
            record.append(("lowestConfidence", Literal(verdict.lowest)))
        if verdict.highest is not None:
            record.append(("highestConfidence", Literal(verdict.highest)))
        return [Quad(subject, predicate, object_, self.graph), *(Quad(node, prop(name), value, self.graph) for name, value in record)]


def _line(quad: Quad) -> str:
    return f"{quad} .\n"


def _node(term: object) -> NamedNode:
    assert isinstance(term, NamedNode), f"stored data has IRIs here, not {term}"
    return term


def _iri(term: object) -> str:
    return _node(term).value
