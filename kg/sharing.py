"""What may be shown to others: a store without the reports that are marked more strictly than a limit of the Traffic Light Protocol.

As with views of a day (:mod:`kg.views`), whole graphs are taken out and what follows from the reports is derived again, so that
the answers are those of a workspace that never saw the hidden reports. Names, labels, evidence and identifiers go with the graph that gives
them; an edge stands only on claims that are left. TLP 2.0: https://www.first.org/tlp/
"""

from __future__ import annotations

from pyoxigraph import NamedNode, Quad

from kg.decisions import graph_of_decisions
from kg.identity.iris import Addresses
from kg.rules import Change
from kg.settling import decide, settle, take_out
from kg.store.base import QuadStore
from kg.store.oxigraph import OxigraphStore
from kg.store.views import Views
from kg.terms import prop
from kg.vocabulary import Marking

_RANKS = {marking.iri: rank for rank, marking in enumerate(Marking)}


def may_be_shown(marking: str | None, limit: Marking) -> bool:
    """Whether what has this marking (an IRI) is within the limit. Unmarked is; a marking that nobody knows is not.

    >>> may_be_shown(Marking.GREEN.iri, Marking.AMBER), may_be_shown(Marking.RED.iri, Marking.AMBER), may_be_shown(None, Marking.CLEAR)
    (True, False, True)
    """
    return marking is None or _RANKS.get(marking, len(_RANKS)) <= _RANKS[limit.iri]


def hidden_graphs(store: QuadStore, limit: Marking) -> list[NamedNode]:
    """The graphs of the reports whose marking is beyond a limit, by name."""
    found = {
        q.graph_name
        for q in store.match(None, prop("marking"))
        if isinstance(q.graph_name, NamedNode) and not may_be_shown(getattr(q.object, "value", ""), limit)
    }
    return sorted(found, key=lambda graph: graph.value)


def open_shareable(views: Views, addresses: Addresses, store: OxigraphStore, limit: Marking) -> OxigraphStore:
    """What of a store may be shown, as a store for one use. Close it when done; ``store`` stays as it is.

    Left out are the hidden reports with all that rests on them alone, every mention of their addresses by other reports, saved results
    of analyses (they were calculated from everything) and the notes of decisions on who is who (a note may quote anything).
    """
    hidden = hidden_graphs(store, limit)
    return views.passing(store, lambda copy: _hide(copy, hidden, addresses))


def _hide(store: OxigraphStore, hidden: list[NamedNode], addresses: Addresses) -> None:
    decided = graph_of_decisions(addresses)
    comment = prop("rdfs:comment")
    said = [q for q in store.quads(decided) if q.predicate != comment]
    store.drop([graph for graph in store.graphs() if addresses.is_result(graph.value)])
    if hidden:
        take_out(store, hidden, addresses)
    old: list[Quad] = [q for graph in hidden for q in store.match(None, None, graph)]
    old += store.match(None, comment, None, decided)
    if old:
        store.patch(old, ())
        settle(store, Change(tuple(old), ()), addresses)
    decide(store, said, addresses)
