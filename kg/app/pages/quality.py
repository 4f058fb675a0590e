"""Data quality: checks, shapes, where the claims come from, what is recalled and what is checked."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from kg.app import show
from kg.app.context import Context
from kg.coverage import Coverage, coverage
from kg.validation import Fault, run_checks, validate_graph

REVIEW = {
    "checked": "compared with a page by a person",
    "recalled": "written from memory, not compared yet",
    "unreviewed": "read from a text by a machine",
    "": "not said (data sets)",
}


def draw(context: Context) -> None:
    """Quick checks at once; shapes and quotes on request."""
    show.html(show.title("Data quality", (), "What to trust here, and what to mend."))
    found = _coverage(context)
    if not found.claims:
        show.html(show.nothing("No claim yet", show.linked(context.link("add"), "Add reports")))
        return
    sure, quoted = sum(p.sure for p in found.publishers), sum(p.quoted for p in found.publishers)
    show.html(
        show.figures(
            [
                (found.claims, "claims"),
                (f"{100 * sure / found.claims:.0f} %", "state a confidence"),
                (f"{100 * quoted / found.claims:.0f} %", "rest on words"),
                (found.undated, "undated reports"),
            ]
        )
    )
    left, right = st.columns(2, gap="large")
    with left:
        rows = (
            (show.badge(word or "not said", "good" if word == "checked" else "warn"), REVIEW.get(word, ""), *found.review[word])
            for word in found.review
        )
        show.html(show.heading("Checked and recalled"), show.table(("review", "what it means", "reports", "claims"), rows))
        show.html(show.heading("Formats"), show.table(("format", "reports"), found.formats.items()))
    with right:
        publishers = (
            (
                show.thing(context, p.iri, p.label or None, limit=50),
                p.reports,
                p.claims,
                f"{100 * p.sure / p.claims:.0f} %",
                f"{100 * p.quoted / p.claims:.0f} %",
            )
            for p in found.publishers[:25]
        )
        show.html(
            show.heading("Sources", len(found.publishers)), show.table(("publisher", "reports", "claims", "sure", "quoted"), publishers)
        )
    show.html(show.heading("Checks"))
    faults = _checks(context)
    _faults(faults, "Every check passes.")
    if st.toggle("Shapes and quotes too (minutes on a large graph)", key="kg-shapes"):
        with st.spinner("Checking every node and every quote…", show_time=True):
            everything = _shapes(context)
        _faults([f for f in everything if f not in set(faults)], "Shapes and quotes are sound.")


def _faults(faults: list[Fault], none: str) -> None:
    if not faults:
        show.html(Markup("<p>{} {}</p>").format(show.badge("sound", "good"), none))
        return
    rows = ((show.badge(f.severity, "bad" if f.severity == "error" else "warn"), f.rule, f.record, f.value) for f in faults[:200])
    show.html(show.table(("severity", "rule", "record", "value"), rows, f"{len(faults):,} faults"))


@st.cache_data(max_entries=5, show_spinner=False, hash_funcs={Context: lambda c: c.version})
def _coverage(context: Context) -> Coverage:
    return coverage(context.store, context.workspace.catalogue())


@st.cache_data(max_entries=5, show_spinner="Checking…", hash_funcs={Context: lambda c: c.version})
def _checks(context: Context) -> list[Fault]:
    return sorted(set(run_checks(context.store)), key=lambda f: (f.severity, f.rule, f.record, f.value))


@st.cache_data(max_entries=5, show_spinner=False, hash_funcs={Context: lambda c: c.version})
def _shapes(context: Context) -> list[Fault]:
    return validate_graph(context.store, context.workspace.source_text)
