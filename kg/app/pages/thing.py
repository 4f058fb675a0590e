"""A thing of any kind that has no page of its own: facts, edges, claims with their words."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from kg.app import show
from kg.app.context import Context
from kg.export.rdf import about, to_text


def draw(context: Context) -> None:
    """``?thing=malware:…``"""
    asked = st.query_params.get("thing", "")
    iri = context.meant(asked) if asked else None
    if iri is None:
        missing = f"The graph does not speak of {asked}" if asked else "No thing chosen"
        show.html(show.nothing(missing, show.linked(context.link("home"), "Search")))
        return
    dossier = context.story.tell(iri)
    show.html(show.title(dossier.label, dossier.kinds, f"{', '.join(map(show.kind_words, dossier.kinds))} · {context.short(dossier.iri)}"))
    claims, edges, facts = st.tabs(["Claims and words", "Edges", "Facts"])
    with claims:
        show.html(*(show.claim(context, view) for view in dossier.claims[:100])) if dossier.claims else None
        if len(dossier.claims) > 100:
            show.html(Markup('<p class="kg-quiet">{} further claims are left out.</p>').format(len(dossier.claims) - 100))
    with edges:
        rows = (
            (
                e.predicate if e.outgoing else f"← {e.predicate}",
                show.thing(context, e.other, e.other_label, e.other_kind),
                e.agents,
                "" if e.lowest is None else f"{e.lowest}–{e.highest}" if e.lowest != e.highest else e.lowest,
                show.badge("contested", "bad") if e.contested else "",
            )
            for e in dossier.edges[:500]
        )
        show.html(show.table(("edge", "with", "agents", "confidence", ""), rows))
    with facts:
        show.html(show.table(("fact", "value"), dossier.facts))
    quads = (q for i in dossier.identities for q in about(context.store, context.story.node(i)))
    turtle = to_text(quads, "turtle", context.workspace.addresses)
    st.download_button("Turtle", turtle, file_name="thing.ttl", mime="text/turtle", icon=":material/download:")
