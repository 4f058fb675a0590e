"""Home: the search box, what the workspace holds, and where to begin."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from kg.app import show
from kg.app.context import Context
from kg.views import known_on

EXAMPLES = {
    "The first case": "incident:microsoft-corporate-email-2023",
    "Midnight Blizzard": "actor:apt29",
    "Microsoft": "org:microsoft",
    "Department of Veterans Affairs": "org:us-department-of-veterans-affairs",
}


def draw(context: Context) -> None:
    """``?search=TEXT`` shows what has that name."""
    show.html(show.title("incident-kg", (), "Threat actors, victims and incidents: who said it, when, how surely, in which words."))
    if thing := st.query_params.get("thing"):
        _open(context, thing)
    wanted = st.text_input(
        "Search for", key="search", bind="query-params", live=True, placeholder="a name, alias or identifier", label_visibility="collapsed"
    )
    if wanted:
        _results(context, wanted)
        return
    entries = context.workspace.catalogue()
    reports = [e for e in (known_on(entries, context.as_of) if context.as_of else entries) if not e.is_reference]
    if not reports:
        show.html(show.nothing("No report yet", Markup("Take some in with <code>kg ingest PATH…</code>")))
        return
    show.html(show.figures([(len(reports), "reports"), (len(context.store), "statements")]))
    links = [show.linked(context.link_to(context.workspace.addresses.expand(iri) or iri), name) for name, iri in EXAMPLES.items()]
    show.html(Markup("<p>Start with {}</p>").format(show.joined(links, " · ")))


def _open(context: Context, thing: str) -> None:
    """Older links: ``/?thing=…``."""
    iri = context.meant(thing)
    if iri is None:
        show.html(show.nothing("The graph does not speak of this", "Search for another name."))
        return
    show.html(Markup("<p>{}</p>").format(show.thing(context, iri)))


def _results(context: Context, wanted: str) -> None:
    hits = context.names.search(wanted, None, 25)
    if not hits:
        show.html(show.nothing("Nothing of that name", "Try fewer letters, another spelling, or an identifier such as CVE-2023-34362."))
        return
    rows = ((show.thing(context, h.iri, h.label, h.kind), show.kind_words(h.kind), f"{h.match}: {h.name}") for h in hits)
    show.html(show.table(("name", "kind", "found by"), rows))
