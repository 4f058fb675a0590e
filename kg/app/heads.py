"""What the pages of things share: finding the thing that the address asks for, the head of the page, what can be taken away."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

import streamlit as st
from markupsafe import Markup

from kg.app import show
from kg.app.address import page_of
from kg.app.context import Context
from kg.dossiers import dossier
from kg.export.rdf import about, to_text


def asked(context: Context, page: str, kinds: Collection[str]) -> str | None:
    """The canonical IRI of the thing asked for. Without one a list to choose from is drawn; one of another kind moves to its page."""
    text = st.query_params.get("thing", "")
    if not text:
        _choose(context, page, kinds)
        return None
    iri = context.meant(text)
    if iri is None:
        day = f" as of {context.as_of}" if context.as_of else ""
        show.html(show.nothing(f"The graph does not speak of {text}{day}", show.linked(context.link("home", search=text), "Search for it")))
        return None
    head = context.story.canonical(context.story.node(iri)).value
    known = {k for i in context.story.identities(context.story.node(head)) for k in context.story.kinds(i)}
    if kinds and not known & set(kinds):
        other = page_of(sorted(known), context.pages)
        if other != page:
            st.switch_page(
                st.session_state["kg-pages"][other], query_params={("report" if other == "report" else "thing"): context.short(head)}
            )
    return head


def draw(context: Context, iri: str, label: str, kinds: Sequence[str], identities: Sequence[str], notes: Sequence[str] = ()) -> None:
    """Name, kinds, other identities, and the ways on: explore, compare, take away."""
    also = f"one with {len(identities) - 1} other identities" if len(identities) > 1 else ""
    under = show.joined(
        (show.plain(n, 120) for n in [", ".join(map(show.kind_words, kinds)), context.short(iri), also, *notes] if n), " · "
    )
    head, ways = st.columns([3, 1.6], vertical_alignment="bottom")
    with head:
        show.html(show.title(label, kinds[:1], under))
    with ways, st.container(horizontal=True, horizontal_alignment="right"):
        for page, icon, words in (("explore", "hub", "Explore"), ("compare", "compare_arrows", "Compare")):
            if page in context.pages:
                address = {"thing": context.short(iri)} | ({"as-of": context.as_of.isoformat()} if context.as_of else {})
                st.page_link(st.session_state["kg-pages"][page], label=words, icon=f":material/{icon}:", query_params=address)
        with st.popover("Take away", icon=":material/download:"):
            if st.button("Make the files", key="kg-take", width="stretch"):
                quads = (q for i in identities for q in about(context.store, context.story.node(i)))
                page = dossier(context.story, iri, context.as_of, made_on=date.today())
                _file("Dossier, one HTML page", page, "dossier.html", "text/html")
                _file("Turtle", to_text(quads, "turtle", context.workspace.addresses), "thing.ttl", "text/turtle")


def _file(label: str, text: str, name: str, mime: str) -> None:
    st.download_button(label, text, name, mime, icon=":material/download:", width="stretch", on_click="ignore")


def _choose(context: Context, page: str, kinds: Collection[str]) -> None:
    show.html(
        show.title(
            {"incident": "Incidents", "actor": "Threat actors", "organization": "Organisations"}.get(page, "Things"), sorted(kinds)[:1]
        )
    )
    wanted = st.text_input(
        "Name", key="kg-choose", live=True, placeholder="filter by name", icon=":material/search:", label_visibility="collapsed"
    )
    if wanted:
        rows = [(h.iri, h.label, h.kind) for h in context.names.search(wanted, kinds, 60)]
    else:
        rows = [(e.iri, e.name, e.kind) for e in context.names.listed(kinds)]
    seen = dict.fromkeys(rows)
    joined = {context.story.canonical(context.story.node(iri)).value: kind for iri, _, kind in list(seen)[:400]}
    shown = dict(list(joined.items())[:120])
    if not shown:
        show.html(
            show.nothing("Nothing of that name" if wanted else "None yet", Markup("Take reports in with <code>kg ingest PATH…</code>"))
        )
        return
    show.html(show.cards(show.thing(context, iri, None, kind) for iri, kind in shown.items()))
    if len(seen) > len(shown):
        st.caption("More by name: type above.")
