"""A report: its text with every quote marked, the claims beside it, where it comes from and under which terms."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from markupsafe import Markup
from pyoxigraph import NamedNode

from kg.app import show
from kg.app.context import Context
from kg.explaining import pieces
from kg.story import ClaimView
from kg.terms import prop
from kg.written import visible

MOST = 300
"""So many claims of a report are shown beside its text."""


def draw(context: Context) -> None:
    """``?report=report:…`` with ``&claim=…`` for the words to highlight; a claim alone finds its report."""
    chosen = context.workspace.addresses.expand(st.query_params.get("claim", "")) or ""
    iri = context.workspace.addresses.expand(st.query_params.get("report", "")) or ""
    if not iri and chosen:
        found = [q.object for q in context.store.match(NamedNode(chosen), prop("statedIn")) if isinstance(q.object, NamedNode)]
        iri = found[0].value if found else ""
    node = NamedNode(iri) if iri else None
    if node is None or not context.story.kinds(node):
        show.html(show.nothing("The graph does not have this report", show.linked(context.link("home"), "Search")))
        return
    about = context.story.report(iri)
    kinds = " · ".join(x for x in (about.get("publisher", ""), about.get("published", "undated"), about.get("reportKind", "")) if x)
    show.html(show.title(about["label"], ["Report"], kinds))
    _terms(context, node)
    iris = sorted(q.subject.value for q in context.store.match(None, prop("statedIn"), node) if isinstance(q.subject, NamedNode))
    views = context.story.claims(iris[:MOST])
    if chosen in iris[MOST:]:
        views.append(context.story.claim(chosen))
    views.sort(key=lambda c: (c.quotes[0].start if c.quotes else 10**9, c.kind, c.iri))
    text = context.workspace.source_text(iri)
    left, right = st.columns([1.35, 1], gap="large")
    with left:
        _text(text, views, chosen, about.get("wordsOf", "source"))
    with right:
        show.html(show.heading("Claims", len(iris)))
        first = [v for v in views if v.iri == chosen]
        marked = [Markup('<div class="kg-chosen">{}</div>').format(show.claim(context, v, dated=False)) for v in first]
        show.html(*marked, *(show.claim(context, v, dated=False) for v in views if v.iri != chosen)) if views else None
        if len(iris) > MOST:
            st.caption(f"{len(iris) - MOST:,} further claims of this report are left out here; SPARQL has them all.")


def _terms(context: Context, node: NamedNode) -> None:
    facts = dict(context.story.facts(node))
    shown = [
        f"{name}: {facts[name]}"
        for name in ("source", "address", "read at", "licence", "attribution", "marking", "review", "read by")
        if name in facts
    ]
    if shown:
        show.html(Markup('<p class="kg-quiet">{}</p>').format(show.joined((show.plain(s, 300) for s in shown), " · ")))


class _Marked:
    """A claim's places in the text, as :func:`kg.explaining.pieces` reads them."""

    def __init__(self, number: int, places: tuple[tuple[int, int], ...]) -> None:
        self.number, self.places = number, places


def _text(text: str | None, views: Sequence[ClaimView], chosen: str, whose: str) -> None:
    if not text:
        show.html(show.nothing("This report has no text", "It came as a record of a data set; its claims are beside."))
        return
    show.html(
        Markup('<p class="kg-quiet">{}</p>').format(
            "Our own summary, not the source’s words." if whose == "project" else "The source’s own words."
        )
    )
    told = [_Marked(n, tuple((q.start, q.end) for q in v.quotes if 0 <= q.start < q.end <= len(text))) for n, v in enumerate(views)]
    wanted = next((n for n, v in enumerate(views) if v.iri == chosen), -1)
    out: list[Markup] = []
    for words, numbers in pieces(text, told):  # type: ignore[arg-type]
        plain = Markup("{}").format(visible(words))
        if not numbers:
            out.append(plain)
            continue
        title = "; ".join(show.plain(views[n].sentence, 120) for n in numbers[:4])
        out.append(Markup('<mark class="{}" title="{}">{}</mark>').format("kg-chosen" if wanted in numbers else "", title, plain))
    show.html(Markup('<div class="kg-text" dir="auto">{}</div>').format(show.joined(out, "")))
    if wanted >= 0:
        st.html(
            "<script>document.querySelector('mark.kg-chosen')?.scrollIntoView({block: 'center'})</script>", unsafe_allow_javascript=True
        )
