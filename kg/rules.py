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
from kg.identity.iris import Addresses
from kg.mapping import prop
from kg.store.base import QuadStore
from kg.store.oxigraph import OxigraphStore
from kg.vocabulary import IKG, PREFIXES, Stance

_SHAPE = re.compile(r"CONSTRUCT\s*\{\s*\?(\w+)\s+ikg:(\w+)\s+\?(\w+)\s*\.?\s*\}\s*WHERE\s*\{(.*)\}\s*\Z", re.S)
_FAMILIES = frozenset({"sameActorAs", "sameIncidentAs", "sameOrganizationAs"})
_PREDICATE = NamedNode(PREFIXES["rdf"] + "predicate")
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
    """The canonical one of identities that are one: a known id before one local to a report, then by IRI.

    >>> canonical_of(["https://x/id/report/r/actor/a", "https://x/id/actor/b"])
    'https://x/id/actor/b'
    """
    return min(members, key=lambda iri: ("/report/" in iri, iri))


@dataclass(frozen=True, slots=True)
class Change:
    """What a batch of reports changes: the quads that their graphs had and have."""

    old: tuple[Quad, ...]
    new: tuple[Quad, ...]


def rederive(store: QuadStore, change: Change, addresses: Addresses) -> None:
    """Bring the derived graph up to date after ``change`` went into ``store``.

    ``store`` already holds the new state of the reports and still the old derived graph. The
    result is the same as deriving everything again from an empty derived graph.
    """
    _Derivation(store, addresses).run(change)


class _Derivation:
    def __init__(self, store: QuadStore, addresses: Addresses) -> None:
        self.store, self.addresses = store, addresses
        self.graph = NamedNode(addresses.derived)
        self.rules = [r for r in load_rules() if not r.over_edges]
        self.by_predicate: dict[str, list[Rule]] = defaultdict(list)
        for rule in self.rules:
            self.by_predicate[rule.predicate].append(rule)
        self.before = self.after = Clusters({})
        self.family: dict[str, str] = {}
        self.joining: dict[tuple[str, str], Verdict] = {}
        self.first_load = False

    def run(self, change: Change) -> None:
        self.first_load = not change.old
        new_words, old_words = self.words_in(change.new), self.words_in(change.old)
        self.before = self.after = self.stored_clusters()
        words = [*new_words, *old_words]
        moved: set[str] = set()
        if any(w.predicate in _FAMILIES for w in words):
            moved = self.recluster([w for w in words if w.predicate in _FAMILIES])
        for iri in moved:
            words.extend(self.words_about(iri))
        here: dict[Key, set[Word]] = defaultdict(set)
        for word in new_words:
            here[self.key(word)].add(word)
        touched = {self.key(w) for w in words if w.predicate not in _FAMILIES}
        old_keys = {(self.before.of(w.subject), w.predicate, self.before.of(w.object)) for w in words if w.predicate not in _FAMILIES}
        verdicts: dict[Key, Verdict | None] = {key: None for key in sorted(old_keys - touched)}
        verdicts.update({key: judge(self.all_words(key, here), self.after.canonical) for key in sorted(touched)})
        verdicts.update(self.identity_verdicts())
        self.apply(verdicts)

    # what is said

    def words_in(self, quads: Iterable[Quad]) -> list[Word]:
        part = OxigraphStore()
        part.load(quads)
        return [word for rule in self.rules for word in self.ask(part, rule)] if len(part) else []

    def ask(self, store: QuadStore, rule: Rule, **bound: str) -> Iterator[Word]:
        answer = store.query(rule.select, {name: NamedNode(iri) for name, iri in bound.items()})
        for row in answer.rows:
            subject, object_, claim, agent, stance, published, confidence, *topic = row
            yield Word(
                rule.name, subject.value, rule.predicate, object_.value, claim.value, agent.value, stance.value,
                published.value if published else "", int(confidence.value) if confidence else None,
                topic[0].value if topic and topic[0] else "",
            )  # fmt: skip

    def words_about(self, iri: str) -> Iterator[Word]:
        """Everything said with ``iri`` as subject, object or agent."""
        for rule in self.rules:
            if rule.joins:
                continue
            for place in (rule.subject, rule.object, "agent"):
                yield from self.ask(self.store, rule, **{place: iri})

    def key(self, word: Word) -> Key:
        return self.after.of(word.subject), word.predicate, self.after.of(word.object)

    def is_local(self, iri: str) -> bool:
        """Whether only one report can speak of ``iri``: local to it, and one with nothing else."""
        return iri.startswith(self.addresses.root + "report/") and self.after.members(iri) == {iri}

    def is_new(self, iri: str) -> bool:
        """Whether nothing can be stored about ``iri`` yet: local to reports that were not there before."""
        return self.first_load and self.is_local(iri)

    def all_words(self, key: Key, here: Mapping[Key, set[Word]]) -> set[Word]:
        subject, predicate, object_ = key
        if self.is_local(subject) or self.is_local(object_):
            return here.get(key, set())
        words = set()
        for rule in self.by_predicate[predicate]:
            for one in self.after.members(subject):
                for other in self.after.members(object_):
                    words.update(self.ask(self.store, rule, **{rule.subject: one, rule.object: other}))
        return words

    # who is who

    def stored_clusters(self) -> Clusters:
        canonical = {}
        for name in _FAMILIES:
            rows = self.store.query(f"SELECT ?m ?c WHERE {{ GRAPH ?g {{ ?m ikg:{name} ?c }} }}", {"g": self.graph}).rows
            canonical.update({row[0].value: row[1].value for row in rows})
        return Clusters(canonical)

    def recluster(self, words: list[Word]) -> set[str]:
        """Join again whatever the changed samenesses touch; returns the identities whose canonical one changed."""
        open_, seen = {iri for w in words for iri in (w.subject, w.object)}, set()
        pairs: dict[tuple[str, str], set[Word]] = defaultdict(set)
        for iri in list(open_):
            open_ |= self.before.members(iri)
        while open_:
            iri = open_.pop()
            seen.add(iri)
            for rule in self.rules:
                if rule.joins:
                    for place in (rule.subject, rule.object):
                        for word in self.ask(self.store, rule, **{place: iri}):
                            pairs[min(word.subject, word.object), max(word.subject, word.object)].add(word)
                            open_ |= {word.subject, word.object} - seen
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

    def apply(self, verdicts: Mapping[Key, Verdict | None]) -> None:
        """Bring the derived graph to these verdicts, then the edges that are derived from edges."""
        over = [rule for rule in load_rules() if rule.over_edges]
        removed, added = self.differences(verdicts)
        touched = {(rule, key) for rule in over for key in self.derived_from(rule, removed)}
        self.store.patch(removed, added)
        touched |= {(rule, key) for rule in over for key in self.derived_from(rule, added)}
        ordered = sorted(touched, key=lambda pair: (pair[0].name, pair[1]))
        self.store.patch(*self.differences({key: self.compound(rule, key) for rule, key in ordered}))

    def differences(self, verdicts: Mapping[Key, Verdict | None]) -> tuple[list[Quad], list[Quad]]:
        removed: list[Quad] = []
        added: list[Quad] = []
        for key, verdict in verdicts.items():
            old = set(self.stored(key))
            new = set(self.edge(key, verdict)) if verdict else set()
            removed.extend(old - new)
            added.extend(new - old)
        return removed, added

    def derived_from(self, rule: Rule, quads: list[Quad]) -> Iterator[Key]:
        """Edges of a rule over edges that rest on the edges whose records are among ``quads``."""
        text = f"SELECT ?{rule.subject} ?{rule.object} WHERE {{ {rule.body} }}"
        for quad in quads:
            if quad.predicate == _PREDICATE and f"ikg:{quad.object.value.removeprefix(IKG)} " in rule.body:
                for row in self.store.query(text, {"edge": quad.subject}).rows:
                    yield row[0].value, rule.predicate, row[1].value

    def compound(self, rule: Rule, key: Key) -> Verdict | None:
        """The verdict on an edge that rests on edges: it stands while they do, and is as weak as the weakest."""
        bound = {rule.subject: NamedNode(key[0]), rule.object: NamedNode(key[2])}
        edges = {row[2] for row in self.store.query(rule.select, bound).rows}
        if not edges:
            return None
        found: dict[str, set[str]] = defaultdict(set)
        for edge in edges:
            for quad in self.record(edge):
                found[quad.predicate.value.removeprefix(IKG)].add(quad.object.value)
        numbers = {name: [int(value) for value in found[name]] for name in ("agents", "lowestConfidence", "highestConfidence")}
        return Verdict(
            tuple(sorted(found["claim"])),
            min(numbers["agents"]),
            min(numbers["lowestConfidence"], default=None),
            max(numbers["highestConfidence"], default=None),
            tuple(sorted(found["contestedBy"])),
            (rule.name,),
        )

    def record(self, node: NamedNode) -> list[Quad]:
        rows = self.store.query("SELECT ?p ?o WHERE { GRAPH ?g { ?edge ?p ?o } }", {"edge": node, "g": self.graph}).rows
        return [Quad(node, row[0], row[1], self.graph) for row in rows]

    def stored(self, key: Key) -> list[Quad]:
        """The edge and its record as they stand in the store."""
        if self.is_new(key[0]):
            return []
        record = self.record(NamedNode(self.addresses.edge(*key)))
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
