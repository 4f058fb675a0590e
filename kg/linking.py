"""Sure links: samenesses that rules find, written as claims into a graph of their own.

Two rules. ``shared-identifier``: two identities of one family have the same identifier of a scheme
in :data:`IDENTIFYING`, and their names do not contradict. ``restated-report``: a report restates
another and each tells of one incident. Both are conservative:

- two *known* ids are never joined, also not by way of a third identity; only identities local to
  their report, and catalogues' own keys (``actor:attack-g0016``), are joined with each other or with a known one;
- what a standing claim calls *different*, *close* or *part of* (or a denied *same*) is never joined,
  also not by way of others: a person's word wins;
- unidentified actors are never joined.

The links are a pure function of the other graphs: the same reports in any order give the same bytes.
Where a rule's links would break one of these promises, none of the links that hang together is made;
:mod:`kg.matching` then proposes them to a person.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse
from rapidfuzz import fuzz

from kg.identity.iris import FAMILIES, Addresses, is_catalogued
from kg.identity.names import normalise, strip_legal_form
from kg.rules import Change, Word, canonical_of, judge
from kg.store.base import QuadStore
from kg.terms import prop
from kg.vocabulary import Method, Review, Role, SamenessKind, Stance

NAME = "links-by-rule"
"""The links are the reference graph of this id."""
IDENTIFYING = frozenset({"attack", "stix", "misp", "lei", "wikidata", "cik", "isin", "duns", "ror", "permid"})
"""Schemes whose values stand for one thing only. Not tickers, which are given anew; not VERIS ids, one of which stands for 75 victims."""

_TYPE, _LABEL, _ALIAS, _IDENTIFIER = (prop(n) for n in ("rdf:type", "skos:prefLabel", "skos:altLabel", "dct:identifier"))
_ONE, _OTHER, _STATED_AS = prop("one"), prop("other"), prop("statedAs")
_INCIDENT, _STATED_IN, _RESTATES, _RESTS_ON, _NAME = (prop(n) for n in ("incident", "statedIn", "restates", "restsOn", "name"))
_ALWAYS = frozenset(str(prop(n)) for n in ("one", "other", "restates", "restsOn", "name", "dct:publisher"))
_LABELS = frozenset(map(str, (_LABEL, _ALIAS)))
_IDENTIFIER_TEXT = str(_IDENTIFIER)
_MAY_IDENTIFY = re.compile(rf'> "(?:{"|".join(sorted(IDENTIFYING))}):')
_SAME = SamenessKind.SAME.iri
_VICTIMS = frozenset(r.iri for r in (Role.TARGET, Role.VICTIM, Role.BREACHED_SUPPLIER))
Pair = tuple[str, str]
"""Two IRIs, the lesser one first."""


@dataclass(frozen=True, slots=True)
class Link:
    """One sure link: the rule that makes it, the two identities (the lesser IRI first), their family, the reason in words."""

    rule: str
    one: str
    other: str
    family: str
    reason: str

    def iri(self, addresses: Addresses) -> str:
        """The address of its claim: a hash of the rule and the two identities."""
        digest = hashlib.blake2b(f"{self.rule}\n{self.one}\n{self.other}".encode(), digest_size=10).hexdigest()
        return f"{addresses.reference(NAME)}/claim/{digest}"


def rule_links(store: QuadStore, change: Change, addresses: Addresses) -> tuple[list[Quad], list[Quad]]:
    """The quads to take out of the graph of links, and those to put in, after ``change`` went into ``store``.

    ``store`` holds the new state of the reports and still the old links; nothing is written here. Looked at
    are the identities and reports that the change names, and what hangs together with them.
    """
    return _Linking(store, addresses).run(change)


def linking_quads(store: QuadStore, graphs: Iterable[NamedNode], addresses: Addresses) -> list[Quad]:
    """What of whole graphs can make links, read before they go: the ``old`` of a :class:`~kg.rules.Change` of which little else is read."""
    linking, known = _Linking(store, addresses), addresses.root + "report/"
    found: list[Quad] = []
    for graph in graphs:
        restating = [*store.match(None, _RESTATES, None, graph), *store.match(None, _RESTS_ON, None, graph)]
        found += [*restating, *store.match(graph, prop("dct:publisher"), None, graph)]
        for predicate in (_ONE, _OTHER, _NAME):
            found += store.match(None, predicate, None, graph)
        found += (q for q in store.match(None, _IDENTIFIER, None, graph) if _identifies(_text(q.object)))
        if restating or linking.users(graph):
            found += store.match(None, _INCIDENT, None, graph)
        for predicate in (_LABEL, _ALIAS):
            found += (q for q in store.match(None, predicate, None, graph) if not _iri(q.subject).startswith(known))
    namings = {q.subject for q in found if q.predicate == _NAME}
    found += (q for claim in namings for q in store.match(_node(claim), prop("actor")))
    return found


def said_of_sameness(store: QuadStore, iri: str, without: NamedNode | None = None) -> tuple[set[str], set[str]]:
    """What stands about an identity: those called the *same*, and those kept apart from it.

    Kept apart are those that a standing claim calls different, close or part of one another, and those
    of which somebody's latest word denies a *same* that nobody else asserts. Claims in the graph
    ``without`` do not count.
    """
    said: dict[tuple[str, str], list[Word]] = defaultdict(list)
    here = NamedNode(iri)
    for side, far in ((_ONE, _OTHER), (_OTHER, _ONE)):
        for quad in store.match(None, side, here):
            if quad.graph_name != without and isinstance(quad.subject, NamedNode):
                for there in store.match(quad.subject, far, None, _graph(quad)):
                    word = _word(store, quad.subject, _iri(there.object), iri)
                    said[word.object, word.predicate].append(word)
    same: set[str] = set()
    apart: set[str] = set()
    for (other, stated), words in said.items():
        if other == iri:
            continue
        if judge(words):
            (same if stated == _SAME else apart).add(other)
        elif stated == _SAME and any(w.stance == Stance.DENIED.iri for w in words):
            apart.add(other)
    return same, apart


def _word(store: QuadStore, claim: NamedNode, other: str, iri: str) -> Word:
    """What a sameness claim says, as the rules judge it."""
    values: dict[NamedNode, str] = {}
    for quad in store.match(claim):
        if isinstance(quad.object, NamedNode):
            values[quad.predicate] = quad.object.value
    published = ""
    if report := values.get(_STATED_IN):
        published = max((_text(q.object) for q in store.match(NamedNode(report), prop("publishedEnd"))), default="")
    agent, stance = values.get(prop("assertedBy"), ""), values.get(prop("stance"), "")
    return Word("", iri, values.get(_STATED_AS, ""), other, claim.value, agent, stance, published, None, "")


@dataclass(slots=True)
class _Component:
    """Identities of one family that hang together, with all that rules and people say of them."""

    nodes: set[str] = field(default_factory=set)
    candidates: dict[tuple[str, str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    """(rule, one, other) → reasons."""
    same: set[Pair] = field(default_factory=set)
    apart: set[Pair] = field(default_factory=set)


class _Linking:
    def __init__(self, store: QuadStore, addresses: Addresses) -> None:
        self.store, self.addresses = store, addresses
        self.graph = NamedNode(addresses.reference(NAME))
        self._families: dict[str, str] = {}
        self._told: dict[str, str | None] = {}
        self._identifiers: dict[str, list[str]] = {}

    def run(self, change: Change) -> tuple[list[Quad], list[Quad]]:
        touched = {iri for quads in (change.old, (*change.new, *self.read_of(change.fresh))) for iri in self.touched(quads)}
        seen: set[str] = set()
        links: set[Link] = set()
        for iri in sorted(touched):
            if iri not in seen:
                component = self.component(iri)
                seen |= component.nodes
                links |= self.links(component)
        had = {q.subject for iri in seen for side in (_ONE, _OTHER) for q in self.store.match(None, side, NamedNode(iri), self.graph)}
        old = {quad for claim in had if isinstance(claim, NamedNode) for quad in self.store.match(claim, graph=self.graph)}
        new = {quad for link in links for quad in self.quads(link)}
        removed, added = old - new, new - old
        head = set(self.head())
        if added or any(q not in removed for q in self.store.match(predicate=_STATED_IN, graph=self.graph)):
            added |= {q for q in head if not any(True for _ in self.store.match(self.graph, q.predicate, q.object, self.graph))}
        else:
            removed |= set(self.store.match(self.graph, graph=self.graph))
        return sorted(removed, key=str), sorted(added, key=str)

    # what a change touches

    def read_of(self, lines: Iterable[str]) -> Iterator[Quad]:
        """Of reports that were not there before, the lines that can make links: few of many."""
        local = f"<{self.addresses.root}report/"
        picked = [
            line
            for line in lines
            if (predicate := line.split(" ", 2)[1]) in _ALWAYS
            or (predicate in _LABELS and not line.startswith(local))
            or (predicate == _IDENTIFIER_TEXT and _MAY_IDENTIFY.search(line))
        ]
        return parse("".join(picked), format=RdfFormat.N_QUADS)

    def touched(self, quads: Iterable[Quad]) -> set[str]:
        """The identities whose links can differ after a change of these quads."""
        found: set[str] = set()
        named: set[str] = set()
        namings: set[NamedNode] = set()
        actors: list[tuple[NamedNode, str]] = []
        reports: set[NamedNode] = set()
        told: dict[NamedNode, set[str]] = defaultdict(set)
        restated: set[NamedNode] = set()
        restating: set[NamedNode] = set()
        for quad in quads:
            predicate, graph = quad.predicate, _graph(quad)
            if graph == self.graph:
                continue
            reports.add(graph)
            if predicate in (_ONE, _OTHER):
                found.add(_iri(quad.object))
            elif predicate == _IDENTIFIER:
                if _identifies(_text(quad.object)):
                    found.add(_iri(quad.subject))
                    found |= {_iri(q.subject) for q in self.store.match(None, _IDENTIFIER, quad.object)}
            elif predicate in (_LABEL, _ALIAS, _TYPE):
                named.add(_iri(quad.subject))
            elif predicate == _NAME:
                namings.add(_node(quad.subject))
            elif predicate == prop("actor"):
                actors.append((_node(quad.subject), _iri(quad.object)))
            elif predicate == _INCIDENT:
                told[graph].add(_iri(quad.object))
            elif predicate in (_RESTATES, _RESTS_ON):
                restating.add(graph)
                restated.add(_node(quad.object))
        named |= {actor for claim, actor in actors if claim in namings}
        named |= {_iri(q.object) for claim in namings for q in self.store.match(claim, prop("actor"))}
        found |= {iri for iri in named - found if not self.is_local(iri) and self.identifiers(iri)}
        for report in reports:
            users = self.users(report)
            if users or report in restating:
                found |= told[report] | {_iri(q.object) for q in self.store.match(None, _INCIDENT, None, report)}
            restated |= users
        for report in restated:
            found |= {_iri(q.object) for q in self.store.match(None, _INCIDENT, None, report)}
        return {iri for iri in found if self.is_thing(iri)}

    def is_thing(self, iri: str) -> bool:
        return iri.startswith(self.addresses.root)

    def is_local(self, iri: str) -> bool:
        return iri.startswith(self.addresses.root + "report/") or is_catalogued(iri)

    def users(self, report: NamedNode) -> set[NamedNode]:
        """The reports that restate a report, or rest on it."""
        found = {_node(q.subject) for q in self.store.match(None, _RESTATES, report)}
        return found | {_graph(q) for q in self.store.match(None, _RESTS_ON, report)}

    # what hangs together

    def component(self, start: str) -> _Component:
        """Everything that a rule's condition or a person's *same* connects with an identity."""
        found = _Component()
        open_ = {start}
        while open_:
            iri = open_.pop()
            found.nodes.add(iri)
            near = set()
            same, apart = said_of_sameness(self.store, iri, self.graph)
            found.same |= {_pair(iri, other) for other in same}
            found.apart |= {_pair(iri, other) for other in apart}
            near |= same
            if family := self.family(iri):
                for rule in (self.shared_identifier, self.restated_report):
                    for one, other, reason in rule(iri, family):
                        near |= {one, other}
                        if reason:
                            found.candidates[(rule.__name__.replace("_", "-"), *_pair(one, other))].add(reason)
            open_ |= near - found.nodes
        return found

    def shared_identifier(self, iri: str, family: str) -> Iterator[tuple[str, str, str]]:
        """Rule: identities of one family with one identifier are one; each with the canonical one among them.

        Yields both, and the reason; without a reason they are only to be looked at together.
        """
        for identifier in self.identifiers(iri):
            found = {_iri(q.subject) for q in self.store.match(None, _IDENTIFIER, Literal(identifier))}
            group = {other for other in found if self.is_thing(other) and self.family(other) == family}
            if len(group) < 2:
                continue
            heads = sorted(other for other in group if not self.is_local(other)) or [canonical_of(group)]
            for head in heads:
                agree = head != iri and (self.is_local(head) or self.is_local(iri)) and self.agree(head, iri, family)
                yield head, iri, f"both have the identifier {identifier}" if agree else ""
            if iri in heads:
                yield from ((iri, other, "") for other in group if other != iri)

    def restated_report(self, iri: str, family: str) -> Iterator[tuple[str, str, str]]:
        """Rule: the one incident of a report is the one incident of the report that it restates."""
        if family != "incident":
            return
        for report in {_graph(q) for q in self.store.match(None, _INCIDENT, NamedNode(iri))}:
            sources = {_node(q.object) for q in self.store.match(report, _RESTATES, None, report)}
            victims = self.victim_claims(report, iri)
            sources |= {_node(q.object) for claim in victims for q in self.store.match(claim, _RESTS_ON, None, report)}
            for source in sources - {report}:
                yield from self.told_alike(report, source)
            for user in self.users(report) - {report}:
                yield from self.told_alike(user, report)

    def told_alike(self, report: NamedNode, source: NamedNode) -> Iterator[tuple[str, str, str]]:
        one, other = self.tells(report), self.tells(source)
        if not one or not other or one == other:
            return
        how = "restates" if any(True for _ in self.store.match(report, _RESTATES, source, report)) else ""
        if not how:
            rests = {_node(q.object) for c in self.victim_claims(report, one) for q in self.store.match(c, _RESTS_ON, None, report)}
            how = "takes the victim from" if source in rests else ""
        names = self.addresses.shorten
        good = how and (self.is_local(one) or self.is_local(other)) and not self.hit_others(report, source, one, other)
        yield one, other, f"{names(report.value)} {how} {names(source.value)}, and each tells of one incident" if good else ""

    def tells(self, report: NamedNode) -> str | None:
        """The one incident that a report tells of; ``None`` for none or several.

        An incident that is only named as linked, or only as a background, is not told of.
        """
        if report.value not in self._told:
            aside = set()
            for quad in self.store.match(None, _TYPE, prop("Grouping"), report):
                aside.add(quad.subject)
            for quad in self.store.match(None, prop("role"), NamedNode(Role.BACKGROUND.iri), report):
                aside.add(quad.subject)
            found = {_iri(q.object) for q in self.store.match(None, _INCIDENT, None, report) if q.subject not in aside}
            self._told[report.value] = found.pop() if len(found) == 1 else None
        return self._told[report.value]

    def victim_claims(self, report: NamedNode, incident: str) -> list[NamedNode]:
        """The claims of a report on who was hit."""
        claims = [_node(q.subject) for q in self.store.match(None, _INCIDENT, NamedNode(incident), report)]
        return [c for c in claims if any(_iri(q.object) in _VICTIMS for q in self.store.match(c, prop("role"), None, report))]

    def hit_others(self, report: NamedNode, source: NamedNode, one: str, other: str) -> bool:
        """Whether both reports name known organizations as victims, and none in common."""
        hit = []
        for graph, incident in ((report, one), (source, other)):
            parties = {_iri(q.object) for c in self.victim_claims(graph, incident) for q in self.store.match(c, prop("party"), None, graph)}
            hit.append({p for p in parties if p.startswith(self.addresses.root + "org/")})
        return bool(hit[0] and hit[1] and not hit[0] & hit[1])

    # what is made of it

    def links(self, component: _Component) -> set[Link]:
        """The links of a component that keep every promise."""
        joined = _Groups(component.same)
        candidates = {key: reasons for key, reasons in component.candidates.items() if joined.of(key[1]) != joined.of(key[2])}
        known = {joined.of(iri) for iri in component.nodes if not self.is_local(iri)}
        leads: dict[str, set[str]] = defaultdict(set)
        for _, one, other in candidates:
            for here, there in ((one, other), (other, one)):
                if joined.of(there) in known:
                    leads[joined.of(here)].add(joined.of(there))
        doubtful = {iri for iri, heads in leads.items() if len(heads) > 1 and iri not in known}
        candidates = {key: r for key, r in candidates.items() if not {joined.of(key[1]), joined.of(key[2])} & doubtful}
        whole = _Groups(component.same | {(one, other) for _, one, other in candidates})
        # what people join and keep apart at once is theirs to settle; a rule's link changes nothing about it
        apart = [(a, b) for a, b in component.apart if joined.of(a) != joined.of(b)]
        spoilt = {whole.of(a) for a, b in apart if whole.of(a) == whole.of(b)}
        heads = defaultdict(set)
        for head in known:
            heads[whole.of(head)].add(head)
        spoilt |= {group for group, several in heads.items() if len(several) > 1}
        return {
            Link(rule, one, other, self.family(one), "; ".join(sorted(reasons)))
            for (rule, one, other), reasons in candidates.items()
            if whole.of(one) not in spoilt
        }

    def agree(self, one: str, other: str, family: str) -> bool:
        """Whether the names of two identities do not contradict."""
        return _AGREE[family](self.names(one), self.names(other))

    def names(self, iri: str) -> list[str]:
        """Every name of an identity: labels, aliases, and what claims say that an actor is called."""
        node = NamedNode(iri)
        found = {_text(q.object) for name in (_LABEL, _ALIAS) for q in self.store.match(node, name)}
        for claim in self.store.match(None, prop("actor"), node):
            found |= {_text(q.object) for q in self.store.match(_node(claim.subject), _NAME)}
        return sorted(found)

    def identifiers(self, iri: str) -> list[str]:
        """The identifiers of a thing that identify it."""
        if iri not in self._identifiers:
            texts = {_text(q.object) for q in self.store.match(NamedNode(iri), _IDENTIFIER)}
            self._identifiers[iri] = sorted(text for text in texts if _identifies(text))
        return self._identifiers[iri]

    def family(self, iri: str) -> str:
        """The family of an identity, from its address; nothing for an unidentified actor, and for what is no such identity."""
        if iri not in self._families:
            parts = iri.removeprefix(self.addresses.root).split("/")
            family = FAMILIES.get(parts[-2], "") if len(parts) in (2, 4) else ""
            if family == "actor" and any(True for _ in self.store.match(NamedNode(iri), _TYPE, prop("UnidentifiedActor"))):
                family = ""
            self._families[iri] = family
        return self._families[iri]

    # how it is written

    def quads(self, link: Link) -> Iterator[Quad]:
        """The claim of a link."""
        me = NamedNode(link.iri(self.addresses))
        for name, value in (
            ("rdf:type", prop("Sameness")),
            ("statedIn", self.graph),
            ("assertedBy", NamedNode(self.addresses.thing("org", "incident-kg"))),
            ("stance", NamedNode(Stance.ASSERTED.iri)),
            ("method", NamedNode(Method.DERIVED.iri)),
            ("one", NamedNode(link.one)),
            ("other", NamedNode(link.other)),
            ("statedAs", NamedNode(_SAME)),
            ("identityKind", Literal(link.family)),
            ("rdfs:comment", Literal(f"{link.rule}: {link.reason}")),
        ):
            yield Quad(me, prop(name), value, self.graph)

    def head(self) -> Iterator[Quad]:
        """The graph's own description."""
        for name, value in (
            ("rdf:type", prop("ReferenceFile")),
            ("dct:identifier", Literal(NAME)),
            ("skos:prefLabel", Literal("Links that rules make between identities")),
            ("dct:publisher", NamedNode(self.addresses.thing("org", "incident-kg"))),
            ("review", NamedNode(Review.UNREVIEWED.iri)),
        ):
            yield Quad(self.graph, prop(name), value, self.graph)


class _Groups:
    """What pairs join; the least of a group stands for it."""

    def __init__(self, pairs: Iterable[Pair]) -> None:
        self._head: dict[str, str] = {}
        for one, other in pairs:
            a, b = sorted((self.of(one), self.of(other)))
            self._head[b] = a

    def of(self, iri: str) -> str:
        while (head := self._head.get(iri, iri)) != iri:
            iri = head
        return iri


# ── do names contradict? ─────────────────────────────────────────────────────────────────────

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def _actors_agree(one: list[str], other: list[str]) -> bool:
    """Actors need one name in common, up to a letter, with the same numbers.

    >>> _actors_agree(["APT29", "Cozy Bear"], ["CozyBear"]), _actors_agree(["APT29"], ["APT28"])
    (True, False)
    """
    mine, theirs = ({normalise(n).replace(" ", "") for n in names} for names in (one, other))
    return any(fuzz.ratio(a, b) >= 88 and re.findall(r"\d+", a) == re.findall(r"\d+", b) for a in mine for b in theirs)


def _organizations_agree(one: list[str], other: list[str]) -> bool:
    """Organizations need a word in common, initials that fit, or a like spelling.

    >>> _organizations_agree(["Microsoft"], ["Microsoft Corporation"]), _organizations_agree(["IBM"], ["International Business Machines"])
    (True, True)
    >>> _organizations_agree(["Microsoft"], ["Apple Inc."])
    False
    """
    mine, theirs = ({strip_legal_form(n) for n in names} for names in (one, other))
    for a in mine:
        for b in theirs:
            words, others = a.split(), b.split()
            initials = ("".join(w[0] for w in words), "".join(w[0] for w in others))
            if {w for w in words if len(w) > 3} & set(others) or a == b or a.replace(" ", "") == initials[1]:
                return True
            if b.replace(" ", "") == initials[0] or fuzz.ratio(a, b) >= 80:
                return True
    return False


def _incidents_agree(one: list[str], other: list[str]) -> bool:
    """Titles of incidents contradict when they name years and no year in common.

    >>> _incidents_agree(["Theft at Yahoo, 2013"], ["Theft at Yahoo, 2014"]), _incidents_agree(["Theft at Yahoo"], ["2014"])
    (False, True)
    """
    mine, theirs = ({year for n in names for year in _YEAR.findall(n)} for names in (one, other))
    return not mine or not theirs or bool(mine & theirs)


_AGREE: dict[str, Callable[[list[str], list[str]], bool]] = {
    "actor": _actors_agree,
    "organization": _organizations_agree,
    "incident": _incidents_agree,
}


def _identifies(identifier: str) -> bool:
    """Whether an identifier stands for one thing only.

    >>> _identifies("attack:G0016"), _identifies("ticker:MSFT"), _identifies("attack:T1110"), _identifies("lei:")
    (True, False, False, False)
    """
    scheme, _, value = identifier.partition(":")
    return scheme in IDENTIFYING and bool(value.strip()) and (scheme != "attack" or bool(re.fullmatch(r"G\d{4}", value)))


def _pair(one: str, other: str) -> Pair:
    return (one, other) if one < other else (other, one)


def _text(term: object) -> str:
    return term.value if isinstance(term, Literal) else ""


def _node(term: object) -> NamedNode:
    assert isinstance(term, NamedNode), f"stored data has IRIs here, not {term}"
    return term


def _iri(term: object) -> str:
    return _node(term).value


def _graph(quad: Quad) -> NamedNode:
    return _node(quad.graph_name)
