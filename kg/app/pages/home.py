"""Home: the search box, what the workspace holds, the latest disclosures, a map, and a tour of the first case."""

from __future__ import annotations

from typing import Any

import altair as alt
import streamlit as st
from markupsafe import Markup

from kg.app import show
from kg.app.context import Context
from kg.app.maps import world
from kg.overview import Overview, overview

CASE = "incident:microsoft-corporate-email-2023"
TOUR = (
    (
        "Who attacked Microsoft, according to whom?",
        "Microsoft and CISA say one thing, a stock site another; the actor has many names.",
        "incident",
        {"thing": CASE},
    ),
    (
        "Whose e-mails were taken?",
        "Staff, then customers, then agencies by name; and a bystander that is no victim.",
        "incident",
        {"thing": CASE},
    ),
    (
        "What was known in February 2024?",
        "What was public by then, and what came since.",
        "compare",
        {"thing": CASE, "from": "2024-02-01"},
    ),
    (
        "Who else was exposed?",
        "Microsoft as a supplier: who was reached through it.",
        "organization",
        {"thing": "org:microsoft", "radius": "forwards"},
    ),
    (
        "Take the picture and the Turtle home",
        "The graph of the case: PNG and SVG at the picture, Turtle under Take away.",
        "explore",
        {"thing": CASE},
    ),
)
GROUPS = {
    "all": None,
    "incidents": ("Incident", "Campaign"),
    "actors": ("ThreatActor", "UnidentifiedActor"),
    "parties": ("Organization", "Population", "Person"),
    "software": ("Malware", "Tool", "Technique", "Vulnerability", "Product"),
    "reports": ("Report",),
}


def draw(context: Context) -> None:
    """``?search=TEXT`` shows what has that name."""
    if thing := st.query_params.get("thing"):  # links from before there were pages
        _open(context, thing)
    show.html(show.title("incident-kg", (), "Threat actors, victims and incidents: who said it, when, how surely, in which words."))
    wanted = st.text_input(
        "Search for",
        key="search",
        bind="query-params",
        live=True,
        placeholder="a name, alias or identifier: Cozy Bear, MSFT, CVE-2023-34362",
        label_visibility="collapsed",
        icon=":material/search:",
    )
    if wanted:
        _results(context, wanted)
        return
    found = _overview(context)
    if not found.reports:
        _empty(context)
        return
    numbers = [
        (found.kinds.get(kind, 0), words)
        for kind, words in (("Incident", "incidents"), ("ThreatActor", "threat actors"), ("Organization", "organisations"))
    ]
    show.html(show.figures([(found.reports, "reports"), *numbers, (found.statements, "statements")]))
    if context.meant(CASE):
        _tour(context)
    left, right = st.columns([1, 1.35], gap="large")
    with left:
        show.html(show.heading("Latest disclosures"), *_latest(context, found))
    with right:
        _map(found)
        _years(found)


def _open(context: Context, thing: str) -> None:
    iri = context.meant(thing)
    if iri is None:
        show.html(show.nothing(f"The graph does not speak of {thing}", "Search for another name."))
        return
    show.html(Markup("<p>{}</p>").format(show.thing(context, iri)))


def _empty(context: Context) -> None:
    ways = "Add reports" if "add" in context.pages and not context.read_only else ""
    link = show.linked(context.link("add"), ways) + Markup(" here, or ") if ways else Markup("")
    day = Markup("Nothing was public by {}. Choose a later day.").format(context.as_of) if context.as_of else None
    show.html(
        show.nothing(
            "No report yet",
            day or link + Markup("take some in with <code>kg ingest PATH…</code>; <code>kg demo</code> shows what comes of it."),
        )
    )


def _results(context: Context, wanted: str) -> None:
    group = (
        st.segmented_control("Kinds", list(GROUPS), key="kinds", bind="query-params", default="all", label_visibility="collapsed") or "all"
    )
    hits = context.names.search(wanted, GROUPS[group], 40)
    if not hits:
        show.html(show.nothing("Nothing of that name", "Try fewer letters, another spelling, or an identifier such as CVE-2023-34362."))
        return
    told = {"exact": "", "identifier": "identifier", "prefix": "", "words": "", "typo": "spelt alike"}
    rows = []
    for hit in hits:
        how = told.get(hit.match, hit.match)
        other = f"also {hit.name}" if hit.name != hit.label else ""
        rows.append(
            (show.thing(context, hit.iri, hit.label, hit.kind), show.kind_words(hit.kind), " · ".join(x for x in (other, how) if x))
        )
    show.html(show.table(("name", "kind", "found by"), rows))


@st.cache_data(max_entries=20, show_spinner=False, hash_funcs={Context: lambda c: c.version})
def _overview(context: Context) -> Overview:
    return overview(context.store, context.workspace.catalogue(), context.as_of)


def _tour(context: Context) -> None:
    steps = []
    for number, (question, told, page, asked) in enumerate(TOUR, 1):
        if page in context.pages:
            link = show.linked(context.link(page, **asked), question)
            steps.append(Markup('<b>{}. {}</b><br><span class="kg-quiet">{}</span>').format(number, link, told))
    show.html(show.heading("The first case in five steps"), Markup('<div class="kg-tour">{}</div>').format(show.cards(steps)))


def _latest(context: Context, found: Overview) -> list[Markup]:
    lines = []
    for entry in found.latest:
        link = show.linked(context.link("report", report=context.short(entry.graph)), entry.title, 110)
        publisher = context.story.report(entry.graph).get("publisher", "")
        lines.append(
            Markup('<div class="kg-line"><span class="kg-quiet">{} · {}</span><br>{}</div>').format(
                entry.published, show.name(publisher, 60), link
            )
        )
    return lines


def _map(found: Overview) -> None:
    victims, origins = "victims", "suspected origins"
    chosen = (
        st.segmented_control("Map", [victims, origins], default=victims, key="map", bind="query-params", label_visibility="collapsed")
        or victims
    )
    told = f"Incidents by country of {chosen}"
    if not (world(found.victims, told) if chosen == victims else world(found.origins, told, "oranges")):
        show.html(Markup('<p class="kg-quiet">No country is named.</p>'))


def _years(found: Overview) -> None:
    rows: list[dict[str, Any]] = [{"year": year, "count": n, "clock": "incidents that began"} for year, n in found.began.items()]
    rows += [{"year": year, "count": n, "clock": "reports published"} for year, n in found.published.items()]
    recent = [row for row in rows if row["year"] >= 2000]
    if not recent:
        return
    chart = (
        alt.Chart({"values": recent})
        .mark_line(point=True)
        .encode(
            x=alt.X("year:Q", axis=alt.Axis(format="d", title=None)),
            y=alt.Y("count:Q", title=None),
            color=alt.Color("clock:N", scale=alt.Scale(range=["#7a3e9d", "#00897b"]), legend=alt.Legend(orient="top", title=None)),
            strokeDash=alt.StrokeDash("clock:N", legend=None),
            tooltip=["year:Q", "clock:N", "count:Q"],
        )
    )
    st.altair_chart(chart.properties(height=190), alt="lines: incidents by the year they began, reports by the year they were published")
