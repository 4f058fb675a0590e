"""An organisation, group or person: as a victim, as an affected customer, as a supplier, and who is exposed through it."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from kg.analysis.blast_radius import blast_radius
from kg.app import heads, held, show
from kg.app.context import Context
from kg.errors import KgError
from kg.exploring import Explorer
from kg.portraits import Part, party_portrait
from kg.times import day_of_number

KINDS = ("Organization", "Population", "Person")


def draw(context: Context) -> None:
    """``?thing=org:…``"""
    iri = heads.asked(context, "organization", KINDS)
    if iri is None:
        return
    told = party_portrait(context.story, Explorer(context.store, context.workspace.addresses, context.story), iri)
    notes = [f"{name}: {value}" for name, value in told.facts if name in ("country", "sector", "also", "count as said", "identifier")]
    heads.draw(context, told.iri, told.label, told.kinds, told.identities, notes[:8])
    show.html(
        show.figures(
            (part.count, words)
            for part, words in (
                (told.victim, "incidents as victim"),
                (told.affected, "as affected party"),
                (told.actors, "actors that hit it"),
                (told.customers, "customers and others supplied"),
                (told.suppliers, "suppliers"),
                (told.members, "members"),
            )
            if part.count
        )
    )
    left, right = st.columns(2, gap="large")
    with left:
        for part, words in ((told.victim, "As victim"), (told.affected, "As affected party"), (told.actors, "Actors that hit it")):
            _part(context, part, words)
        if told.others:
            show.html(show.heading("Named, and not hit", len(told.others)), *(show.claim(context, c) for c in told.others[:6]))
    with right:
        for part, words in (
            (told.customers, "It supplies"),
            (told.suppliers, "Supplied by"),
            (told.groups, "Belongs to"),
            (told.members, "Members"),
        ):
            _part(context, part, words)
        _exposure(context, told.iri)
    if (
        not any(p.count for p in (told.victim, told.affected, told.actors, told.customers, told.suppliers, told.groups, told.members))
        and not told.others
    ):
        show.html(
            show.nothing(
                "No incident tells of it", show.linked(context.link("explore", thing=context.short(told.iri)), "Explore what is around it")
            )
        )


def _part(context: Context, part: Part, words: str) -> None:
    if not part.count:
        return
    lines = []
    for one in part.items:
        day = Markup('<span class="kg-quiet">{} </span>').format(day_of_number(one.day).isoformat()) if one.day is not None else Markup("")
        contested = show.badge("contested", "bad") if one.contested else Markup("")
        item = Markup('<div class="kg-said">{}{} {}{}</div>')
        lines.append(item.format(day, show.thing(context, one.iri, one.label, one.kind), contested, show.evidence(context, one.claims)))
    few, rest = lines[:10], lines[10:]
    more = (
        Markup('<details><summary class="kg-quiet">{} more</summary>{}</details>').format(len(rest), show.joined(rest, ""))
        if rest
        else Markup("")
    )
    left = Markup('<p class="kg-quiet">{:,} further ones: Explore opens them in parts.</p>').format(part.left) if part.left else Markup("")
    show.html(show.heading(words, part.count), *few, more, left)


def _exposure(context: Context, iri: str) -> None:
    show.html(
        show.heading("Blast radius"), Markup('<p class="kg-quiet">Forwards: who is exposed through it. Backwards: on whom it depends.</p>')
    )
    way = st.segmented_control(
        "Blast radius",
        ["forwards", "backwards"],
        key="radius",
        bind="query-params",
        label_visibility="collapsed",
    )
    if not way:
        return
    with st.spinner("Following supply…"):
        try:
            with held.material(context) as material:
                found = blast_radius(material, context.short(iri), backwards=way == "backwards")
        except KgError as error:
            show.html(show.nothing("Nothing to follow", show.name(error)))
            return
    rows = [
        (
            show.thing(context, r.party.iri, r.party.label, r.party.kind),
            show.badge(r.standing, "bad" if r.standing in ("hit", "reached", "passed harm on") else "other"),
            r.depth,
            f"{r.score:.2f}",
            show.evidence(context, r.claims),
        )
        for r in found.rows[:60]
    ]
    show.html(
        show.table(("who", "standing", "links", "score", ""), rows)
        if rows
        else show.nothing("Nobody", "No claim names anybody supplied by it.")
    )
