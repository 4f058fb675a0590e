"""A threat actor: its names by who uses them, origin and sponsors, incidents, victims, techniques, and who is like it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict

import streamlit as st
from markupsafe import Markup
from pyoxigraph import NamedNode

from kg.analysis.similar import similar
from kg.app import heads, held, show
from kg.app.context import Context
from kg.errors import KgError
from kg.exploring import Explorer
from kg.export.navigator import layer
from kg.portraits import ActorPortrait, Part, actor_portrait
from kg.terms import prop
from kg.times import day_of_number

TACTICS = (
    *("reconnaissance", "resource-development", "initial-access", "execution", "persistence", "privilege-escalation", "defense-evasion"),
    *("stealth", "defense-impairment", "credential-access", "discovery", "lateral-movement", "collection", "command-and-control"),
    *("exfiltration", "impact"),
)
"""The columns of the matrix, in ATT&CK's order."""


def draw(context: Context) -> None:
    """``?thing=actor:…``"""
    iri = heads.asked(context, "actor", ("ThreatActor", "UnidentifiedActor"))
    if iri is None:
        return
    explorer = Explorer(context.store, context.workspace.addresses, context.story)
    told = actor_portrait(context.story, explorer, iri)
    identifiers = [value for name, value in told.facts if name == "identifier" and value.startswith("attack:")]
    heads.draw(context, told.iri, told.label, told.kinds, told.identities, identifiers)
    left, right = st.columns([1.15, 1], gap="large")
    with left:
        show.html(show.heading("Names, by who uses them", len(told.names)), _names(context, told))
        show.html(show.heading("Origin, sponsors, motives", len(told.backgrounds)), *_claims(context, told.backgrounds))
        if told.samenesses:
            show.html(show.heading("Said to be one with, close to, part of", len(told.samenesses)), *_claims(context, told.samenesses, 6))
    with right:
        show.html(show.heading("Incidents attributed to it", told.incidents.count), _incidents(context, told.incidents))
        show.html(show.heading("Whom it hit, by sector and country", told.parties.count), _stripes(told.sectors), _stripes(told.countries))
        show.html(
            Markup("<p>{}</p>").format(show.joined((show.thing(context, p.iri, p.label, p.kind) for p in told.parties.items[:24]), " · "))
        )
        if told.software.count:
            items = told.software.items[:40]
            show.html(show.heading("Malware and tools", told.software.count))
            show.html(Markup("<p>{}</p>").format(show.joined((show.thing(context, s.iri, s.label, s.kind) for s in items), " · ")))
    _matrix(context, told, explorer)
    _similar(context, told)


def _names(context: Context, told: ActorPortrait) -> Markup:
    rows = []
    for one in told.names[:40]:
        others = [
            hit
            for hit in context.names.exact(one.name)
            if hit.iri not in told.identities and hit.kind in ("ThreatActor", "UnidentifiedActor")
        ]
        heads_ = {context.story.canonical(context.story.node(h.iri)).value for h in others} - {told.iri}
        ambiguous = show.badge("also names another actor", "warn") if heads_ else Markup("")
        users = ", ".join(one.users) + (" (formerly)" if one.formerly else "")
        rows.append((Markup("<b>{}</b> {}").format(show.name(one.name, 80), ambiguous), users, show.evidence(context, one.claims)))
    return show.table(("name", "used by", ""), rows)


def _claims(context: Context, views: list, most: int = 10) -> list[Markup]:  # type: ignore[type-arg]
    if not views:
        return [Markup('<p class="kg-quiet">Nothing is said.</p>')]
    shown = [show.claim(context, v) for v in views[:most]]
    rest = show.joined((show.claim(context, v) for v in views[most:100]), "")
    more = Markup('<details><summary class="kg-quiet">{} more</summary>{}</details>').format(len(views) - most, rest)
    return [*shown, *([more] if rest else [])]


def _incidents(context: Context, part: Part) -> Markup:
    if not part.items:
        return Markup('<p class="kg-quiet">None.</p>')
    lines = []
    for one in part.items[:30]:
        day = day_of_number(one.day).isoformat() if one.day is not None else "no date"
        contested = show.badge("contested", "bad") if one.contested else Markup("")
        lines.append(
            Markup('<div class="kg-line"><span class="kg-quiet">{}</span> {} {}{}</div>').format(
                day, show.thing(context, one.iri, one.label, one.kind), contested, show.evidence(context, one.claims)
            )
        )
    more = (
        Markup('<p class="kg-quiet">{} more: Explore shows them.</p>').format(part.count - len(lines))
        if part.count > len(lines)
        else Markup("")
    )
    return show.joined([*lines, more], "")


def _stripes(counts: Counter[str]) -> Markup:
    if not counts:
        return Markup("")
    top = max(counts.values())
    lines = (
        Markup('<div class="kg-stripe"><span>{}</span><i style="width:{}%"></i><span>{}</span></div>').format(
            show.name(w, 40), round(45 * n / top), n
        )
        for w, n in counts.most_common(8)
    )
    return Markup("<div>{}</div><br>").format(show.joined(lines, ""))


def _matrix(context: Context, told: ActorPortrait, explorer: Explorer) -> None:
    show.html(show.heading("ATT&CK techniques", told.techniques.count))
    if not told.techniques.items:
        show.html(
            Markup('<p class="kg-quiet">No report says which techniques it uses by itself; those of its incidents are on their pages.</p>')
        )
        return
    columns: dict[str, list[tuple[str, Markup]]] = defaultdict(list)
    most = max(len(t.claims) for t in told.techniques.items)
    techniques = []
    for one in told.techniques.items:
        name = one.iri.rsplit("/", 1)[-1]
        tactics = [context.story.label(q.object) for q in context.store.match(NamedNode(one.iri), prop("tactic"))] or ["tactic not known"]
        label = one.label if one.label == name else f"{name} {one.label}"
        cell = Markup('<a class="kg kg-cell" style="--heat:{}" href="{}" title="{} claims">{}</a>').format(
            8 + round(42 * len(one.claims) / most), context.link_to(one.iri, one.kind), len(one.claims), show.plain(label, 60)
        )
        for tactic in sorted(set(tactics)):
            columns[tactic.lower().replace(" ", "-")].append((name, cell))
        techniques.append((name, len(one.claims), one.label))
    order = [t for t in TACTICS if t in columns] + sorted(set(columns) - set(TACTICS))
    cells = (
        Markup("<div><b>{}</b>{}</div>").format(t.replace("-", " "), show.joined((c for _, c in sorted(columns[t])), "")) for t in order
    )
    show.html(Markup('<div class="kg-matrix" tabindex="0">{}</div>').format(show.joined(cells, "")))
    st.download_button(
        "ATT&CK Navigator layer",
        json.dumps(layer(told.label, techniques), indent=2),
        "layer.json",
        "application/json",
        icon=":material/download:",
        on_click="ignore",
    )


def _similar(context: Context, told: ActorPortrait) -> None:
    show.html(show.heading("Actors like it"))
    if not st.toggle("Compare with every other actor", key="kg-similar", bind="query-params"):
        return
    with st.spinner("Reading what is known of every actor…"):
        try:
            with held.material(context) as material:
                found = similar(material, context.short(told.iri))
        except KgError as error:
            show.html(show.nothing("This cannot be compared", show.name(error)))
            return
    rows = [
        (
            show.thing(context, r.actor.iri, r.actor.label, r.actor.kind),
            f"{r.score:.2f}",
            f"{r.low:.2f}–{r.high:.2f}",
            "; ".join(r.shared[:6]),
        )
        for r in found.rows
    ]
    show.html(
        show.table(("actor", "similarity", "90 % interval", "shared"), rows),
        *(Markup('<p class="kg-quiet">{}</p>').format(n) for n in found.notes[:3]),
    )
