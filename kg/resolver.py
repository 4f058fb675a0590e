"""Whom a name means."""

from __future__ import annotations

from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from kg.errors import NotFound, UsageError
from kg.identity.iris import Addresses
from kg.identity.names import normalise
from kg.model.base import clean_label
from kg.store.base import QuadStore
from kg.store.names import NameIndex
from kg.story import Story
from kg.terms import prop


@dataclass(frozen=True, slots=True)
class Meaning:
    """One thing that a name can mean, and why."""

    name: str
    iri: str
    label: str
    kind: str
    why: str


def resolve(name: str, names: NameIndex, store: QuadStore, addresses: Addresses) -> list[Meaning]:
    """Every thing that a name can mean: several for an ambiguous name, none for an unknown one.

    The things are canonical identities; names differing in case, accents, punctuation and white
    space are one name. An address that the graph names and says nothing else of is a meaning without a kind.
    """
    story = Story(store, addresses)
    given = addresses.expand(name.strip()) or (name.strip() if name.startswith(("http://", "https://")) else None)
    if given is not None:
        try:
            node = story.canonical(NamedNode(given))
        except ValueError:
            return []
        kinds = story.kinds(node)
        naming = (q.subject for q in store.match(object=node))
        named = bool(kinds) or any(isinstance(s, NamedNode) and not addresses.is_result(s.value) for s in naming)
        return [Meaning(name, node.value, story.label(node), kinds[0] if kinds else "", "its address")] if named else []
    found: dict[str, Meaning] = {}
    for hit in names.exact(clean_label(name)):
        node = story.canonical(NamedNode(hit.iri))
        why = _why(name, NamedNode(hit.iri), story) or ("its identifier" if hit.match == "identifier" else "its name")
        if node.value != hit.iri:
            why += f"; joined from {addresses.shorten(hit.iri)}"
        known = found.get(node.value)
        if known is None or len(why) > len(known.why):
            found[node.value] = Meaning(name, node.value, story.label(node), hit.kind, why)
    return sorted(found.values(), key=lambda m: (m.kind, m.iri))


def _why(name: str, thing: NamedNode, story: Story) -> str:
    """Who uses the name for the thing, from the naming claims."""
    wanted = normalise(name)
    users: set[str] = set()
    for quad in story.store.match(None, prop("actor"), thing):
        if not isinstance(quad.subject, NamedNode):
            continue
        said = story.said(quad.subject)
        if any(isinstance(n, Literal) and normalise(n.value) == wanted for n in said.get("name", [])):
            formerly = " formerly" if said.get("formerly") else ""
            users.update(story.label(user) + formerly for user in said.get("usedBy", []))
    return f"used by {', '.join(sorted(users))}" if users else ""


def one_thing(text: str, names: NameIndex, store: QuadStore, addresses: Addresses) -> str:
    """The one thing that a person means. Raises :class:`~kg.errors.NotFound` with the nearest names for
    none, and :class:`~kg.errors.UsageError` that lists them for several.
    """
    found = resolve(text, names, store, addresses)
    if len(found) == 1:
        return found[0].iri
    if found:
        listed = ", ".join(f"{addresses.shorten(m.iri)} ({m.label})" for m in found[:8])
        raise UsageError(f"{text!r} means several things: {listed}; name one by its address")
    near = names.search(clean_label(text), None, 5)
    offer = ", ".join(f"{addresses.shorten(h.iri)} ({h.label})" for h in near)
    raise NotFound(f"there is nothing called {text!r}" + (f"; near: {offer}" if offer else ""))
