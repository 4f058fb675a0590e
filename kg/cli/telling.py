"""Dossiers and timelines on a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import click

from kg.disclosure import ChangeKind, Diff, Fact, ReportChanges, describe
from kg.identity.iris import Addresses
from kg.story import ClaimView, Dossier, Story
from kg.vocabulary import Stance, WordsOf


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
    if view.how:
        click.echo(click.style(f"{' ' * (indent + 4)}({view.how})", dim=True))


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


_TOLD = (ChangeKind.ADDED, ChangeKind.MADE_PRECISE, ChangeKind.CORRECTED, ChangeKind.CONTRADICTED, ChangeKind.WITHDREW)


def print_timeline(told: Iterable[ReportChanges]) -> None:
    """Reports in order of publication, each with what it did to what was known; what it repeated is a number."""
    for report in told:
        days = "" if report.days is None else f"  day {report.days[0]}" + (f"–{report.days[1]}" if len(set(report.days)) > 1 else "")
        heading(f"{report.published or 'undated'}  {report.title}  ({report.publisher}){days}")
        for kind in _TOLD:
            for change in report.of(kind):
                by = f" — {change.claim.asserted_by}" if change.claim.asserted_by != report.publisher else ""
                _entry(kind, f"{change.text}{by}")
                behind = [e for e in change.earlier if e.change is kind]
                for line in dict.fromkeys(f"{e.claim.published or 'undated'} {e.claim.asserted_by}: {e.text}" for e in behind):
                    _entry("", f"{'goes further than' if change.goes_further else 'earlier:'} {line}")
        if repeated := report.of(ChangeKind.REPEATED):
            _entry(ChangeKind.REPEATED, f"{len(repeated)} claim{'s' if len(repeated) > 1 else ''}")


def _entry(word: str, text: str) -> None:
    click.echo("\n".join(textwrap.wrap(text, 100, initial_indent=f"  {word:14}", subsequent_indent=" " * 18, drop_whitespace=True)))


def voices(fact: Fact, story: Story, stances: bool = False) -> str:
    """Who says a fact, by each agent's latest word: ``Microsoft: late November 2023; denied by Acme``.

    With ``stances`` assertions are called so as well.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for saying in fact.latest:
        number = str(saying.count) if saying.count and (saying.count.known or saying.count.words) else ""
        words = saying.detail("words") if fact.kind == "Impact" else ""
        value = ", ".join(part for part in (str(saying.time) if saying.time else "", number, words) if part)
        agent = story.label(story.node(saying.agent)) + (" (from an unnamed person)" if saying.unnamed else "")
        found.setdefault((saying.stance, value), []).append(agent)
    told = []
    for (stance, value), agents in found.items():
        by = ", ".join(dict.fromkeys(agents))
        plain = stance == Stance.ASSERTED.value and not stances
        told.append(("" if plain else f"{stance} by ") + by + (f": {value}" if value else ""))
    return "; ".join(told)


def print_diff(change: Diff, before: Story, after: Story, indent: int = 0) -> None:
    """What was added (``+``), removed (``-``) and changed (``~``) between two states, with who says so."""
    for sign, reports, story in (("-", change.gone_reports, before), ("+", change.new_reports, after)):
        for report in sorted(reports, key=lambda r: (story.known_by(r), r)):
            about = story.report(report)
            say(f"{sign} report: {about.get('published') or 'undated'}  {about['label']}  ({about.get('publisher', '')})", indent)
    for sign, facts, story in (("-", change.removed, before), ("+", change.added, after)):
        for fact in facts:
            say(f"{sign} {describe(fact, story)} — {voices(fact, story)}", indent)
    again = 0
    for old, new in change.changed:
        stances = {s.stance for s in old.latest} != {s.stance for s in new.latest}
        was, now = voices(old, before, stances), voices(new, after, stances)
        again += was == now
        if was != now:
            say(f"~ {describe(new, after)} — {was} → {now}", indent)
    if again:
        say(f"~ {again} fact{'s' if again > 1 else ''} told again by the same agents", indent)


def diff_as_json(change: Diff, before: Story, after: Story) -> dict[str, Any]:
    """The same in full, each fact with its sentence."""

    def full(fact: Fact, story: Story) -> dict[str, Any]:
        return {"text": describe(fact, story), **asdict(fact)}

    return {
        "added": [full(fact, after) for fact in change.added],
        "removed": [full(fact, before) for fact in change.removed],
        "changed": [{"before": full(old, before), "after": full(new, after)} for old, new in change.changed],
        "new_reports": change.new_reports,
        "gone_reports": change.gone_reports,
    }
