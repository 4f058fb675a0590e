"""Dossiers and timelines on a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

import click

from kg.identity.iris import Addresses
from kg.story import ClaimView, Disclosure, Dossier
from kg.vocabulary import WordsOf


def say(text: str = "", indent: int = 0) -> None:
    """Print a paragraph, wrapped at 100 characters."""
    pad = " " * indent
    click.echo("\n".join(textwrap.wrap(text, 100, initial_indent=pad, subsequent_indent=pad + "  ")) or "")


def heading(text: str) -> None:
    """Print a heading."""
    click.echo("\n" + click.style(text, bold=True))


def confidence(view: ClaimView) -> str:
    """How sure, as said and on the 0–100 scale: ``“believed to be” (60/100)``; empty if nothing is stated."""
    said = f"“{view.words_of_confidence}”" if view.words_of_confidence else ""
    number = f"{view.confidence}/100" if view.confidence is not None else ""
    return f"{said} ({number})" if said and number else said or number


def quoted(view: ClaimView) -> str:
    """The words behind a claim, and whose they are."""
    if not view.quotes:
        return ""
    project = view.quotes[0].whose == WordsOf.PROJECT.value
    words = " … ".join(" ".join(q.words.split()) for q in view.quotes)
    return f"in our summary: “{words}”" if project else f"“{words}”"


def print_claim(view: ClaimView, indent: int = 2) -> None:
    """One claim: what, who, where, how surely, in which words."""
    by = view.asserted_by if view.asserted_by == view.publisher else f"{view.asserted_by}, in {view.publisher}"
    sure = confidence(view)
    say(f"{view.sentence} — {by}, {view.published or 'undated'}" + (f", {sure}" if sure else ""), indent)
    if words := quoted(view):
        click.echo(click.style(textwrap.shorten(words, 220, placeholder=" …"), dim=True).join((" " * (indent + 4), "")))


def print_dossier(dossier: Dossier, addresses: Addresses) -> None:
    """Everything about a thing."""
    click.echo(click.style(dossier.label, bold=True) + f"  {', '.join(dossier.kinds)}  {addresses.shorten(dossier.iri)}")
    if len(dossier.identities) > 1:
        say("one with " + ", ".join(addresses.shorten(i) for i in dossier.identities[1:]), 2)
    facts: dict[str, list[str]] = {}
    for name, value in dossier.facts:
        facts.setdefault(name, []).append(value)
    for name, values in facts.items():
        say(f"{name}: {'; '.join(values)}", 2)
    if dossier.edges:
        heading("Edges")
        for edge in dossier.edges:
            arrow = f"{edge.predicate} → {edge.other_label}" if edge.outgoing else f"{edge.other_label} — {edge.predicate} → this"
            notes = [f"{edge.agents} agent{'s' if edge.agents != 1 else ''}"]
            if edge.lowest is not None:
                notes.append(f"confidence {edge.lowest}" if edge.lowest == edge.highest else f"confidence {edge.lowest}–{edge.highest}")
            if edge.contested:
                notes.append("contested")
            say(f"{arrow}  ({', '.join(notes)})", 2)
    if dossier.claims:
        heading(f"Claims ({len(dossier.claims)})")
        for view in dossier.claims:
            print_claim(view)


def print_timeline(told: Iterable[Disclosure]) -> None:
    """Reports in order of publication, each with its claims."""
    for disclosure in told:
        heading(f"{disclosure.published or 'undated'}  {disclosure.title}  ({disclosure.publisher})")
        for view in disclosure.claims:
            say(f"{view.sentence}" + (f" — {view.asserted_by}" if view.asserted_by != disclosure.publisher else ""), 2)
