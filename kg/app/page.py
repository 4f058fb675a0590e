"""The first page: search, a thing with its claims and words, its neighbourhood, its Turtle."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from itertools import groupby
from typing import Any

import streamlit as st
import streamlit.components.v1 as components

from kg.app.graph import COLOURS, drawing, neighbourhood
from kg.disclosure import ChangeKind, disclosures
from kg.errors import KgError
from kg.export.rdf import about, to_text
from kg.resolver import resolve
from kg.store.names import NameIndex
from kg.story import ClaimView, Dossier, Story
from kg.views import known_on
from kg.vocabulary import WordsOf
from kg.workspace import Workspace, find_workspace

EXAMPLES = {
    "The first case": "incident:microsoft-corporate-email-2023",
    "Midnight Blizzard": "actor:apt29",
    "Microsoft": "org:microsoft",
    "Department of Veterans Affairs": "org:us-department-of-veterans-affairs",
}


def main() -> None:
    """Draw the page for the address in the query string (``?thing=org:microsoft``, ``?search=…``, ``?as-of=2024-02-01``)."""
    st.set_page_config(page_title="incident-kg", page_icon="🕸", layout="wide")
    try:
        workspace = Workspace(find_workspace())
        _page(workspace)
    except KgError as error:
        st.error(str(error))


def _page(workspace: Workspace) -> None:
    st.title("incident-kg")
    st.caption("Threat actors, victims and incidents. Every statement says who said it, when, how surely, and in which words.")
    box, clock = st.columns([4, 1])
    wanted = box.text_input("Search", st.query_params.get("search", ""), placeholder="a name, alias or identifier", key="search")
    day = _day(clock)
    if wanted and wanted != st.query_params.get("search"):
        st.query_params["search"] = wanted
        if "thing" in st.query_params:
            del st.query_params["thing"]
    for column, (name, address) in zip(st.columns(len(EXAMPLES)), EXAMPLES.items(), strict=True):
        column.link_button(name, _address(address, day), width="stretch")
    with workspace.open_store(day) as store, workspace.names(day) as names:
        story = Story(store, workspace.addresses)
        thing = st.query_params.get("thing")
        if thing:
            found = resolve(thing, names, store, workspace.addresses)
            if not found:
                st.warning(f"The graph does not speak of this{f' as of {day}' if day else ''}.")
            for meaning in found[:1]:
                _thing(workspace, story, meaning.iri)
        elif wanted:
            _results(workspace, names, wanted, day)
        else:
            entries = workspace.catalogue()
            reports = [e for e in (known_on(entries, day) if day else entries) if not e.is_reference]
            st.write(f"{len(reports):,} reports, {len(store):,} statements. Search, or start with an example.")


def _day(place: Any) -> date | None:
    """The day whose knowledge is shown (``?as-of=2024-02-01``), today's if none is chosen."""
    given = None
    with suppress(ValueError):
        given = date.fromisoformat(st.query_params.get("as-of", ""))
    bounds = {"min_value": date(1970, 1, 1), "max_value": date(2100, 1, 1)}
    chosen = place.date_input("As of", given, help="Only what was public by the end of this day.", **bounds)
    if isinstance(chosen, date):
        st.query_params["as-of"] = chosen.isoformat()
        return chosen
    if "as-of" in st.query_params:
        del st.query_params["as-of"]
    return None


def _address(thing: str, day: date | None) -> str:
    return f"?thing={thing}" + (f"&as-of={day}" if day else "")


def _results(workspace: Workspace, names: NameIndex, wanted: str, day: date | None) -> None:
    hits = names.search(wanted, None, 25)
    if not hits:
        st.info("Nothing of that name.")
    for hit in hits:
        named, kind = st.columns([3, 1])
        named.link_button(_escaped(hit.label), _address(workspace.addresses.shorten(hit.iri), day), width="stretch")
        kind.caption(_escaped(f"{hit.kind} · {hit.match}: {hit.name}"))


def _thing(workspace: Workspace, story: Story, iri: str) -> None:
    dossier = story.tell(iri)
    st.header(_escaped(dossier.label))
    st.caption(_escaped(f"{', '.join(dossier.kinds)} · {workspace.addresses.shorten(dossier.iri)}"))
    if len(dossier.identities) > 1:
        with st.expander(f"one with {len(dossier.identities) - 1} other identities"):
            st.caption(_escaped(", ".join(workspace.addresses.shorten(i) for i in dossier.identities[1:])))
    names = ["Graph", "Claims and words", "Edges", "Facts"] + (["Timeline"] if "Incident" in dossier.kinds else [])
    tabs = dict(zip(names, st.tabs(names), strict=True))
    with tabs["Graph"]:
        found = neighbourhood(story, dossier.iri)
        _framed(f'<body style="margin:0">{drawing(found, workspace.addresses)}</body>', height=660)
        shown = {str(data["kind"]) for _, data in found.graph.nodes(data=True)}
        st.html(" ".join(f'<span style="color:{colour}">●</span> {kind}' for kind, colour in COLOURS.items() if kind in shown))
        if found.left_out:
            st.caption(f"{found.left_out} further edges are left out; the table of edges has those of this thing")
    with tabs["Claims and words"]:
        _claims(dossier)
    with tabs["Edges"]:
        rows = [
            {
                "edge": e.predicate if e.outgoing else f"← {e.predicate}",
                "with": e.other_label,
                "kind": e.other_kind,
                "agents": e.agents,
                "confidence": "" if e.lowest is None else f"{e.lowest}–{e.highest}" if e.lowest != e.highest else str(e.lowest),
                "contested": "yes" if e.contested else "",
            }
            for e in dossier.edges
        ]
        st.dataframe(rows, hide_index=True, width="stretch") if rows else st.write("No derived edge.")
    with tabs["Facts"]:
        st.dataframe([{"fact": n, "value": v} for n, v in dossier.facts], hide_index=True, width="stretch")
    if "Timeline" in tabs:
        with tabs["Timeline"]:
            for told in disclosures(story.store, workspace.addresses, dossier.iri):
                st.markdown(f"**{_escaped(told.published or 'undated')}** · {_escaped(told.publisher)} · {_escaped(told.title)}")
                news = [f"- *{c.change.value}* {_escaped(c.text)}" for c in told.changes if c.change is not ChangeKind.REPEATED]
                again = len(told.of(ChangeKind.REPEATED))
                st.markdown("\n".join([*news, *([f"- *repeated* {again} claims"] if again else [])]))
    turtle = to_text((q for i in dossier.identities for q in about(story.store, story.node(i))), "turtle", workspace.addresses)
    st.download_button("Turtle of this thing", turtle, file_name="thing.ttl", mime="text/turtle")


def _framed(html: str, height: int) -> None:
    """HTML of our own in a frame: ``st.iframe`` took the place of the older call in 2026."""
    if hasattr(st, "iframe"):
        st.iframe(html, height=height)
    else:
        components.html(html, height=height)


def _claims(dossier: Dossier) -> None:
    groups = groupby(dossier.claims, key=lambda c: (c.published, c.report_title, c.publisher))
    for number, ((published, title, publisher), views) in enumerate(groups):
        with st.expander(_escaped(f"{published or 'undated'} · {publisher}: {title}"), expanded=number == 0 or len(dossier.claims) < 40):
            for view in views:
                _claim(view)


def _claim(view: ClaimView) -> None:
    words = f"“{view.words_of_confidence}”" if view.words_of_confidence else ""
    number = f"{view.confidence}/100" if view.confidence is not None else ""
    sure = f"{words} {number}".strip()
    notes = " · ".join(n for n in (view.stance, f"asserted by {view.asserted_by}", sure) if n)
    st.markdown(f"**{_escaped(view.sentence)}**  \n{_escaped(notes)}")
    if view.how:
        st.caption(_escaped(view.how))
    for quote in view.quotes:
        whose = "our summary" if quote.whose == WordsOf.PROJECT.value else "source"
        st.markdown(f"> {_escaped(quote.words)}  \n> *{whose}, characters {quote.start}–{quote.end}*")


def _escaped(text: str) -> str:
    """Text in which neither Markdown nor HTML means anything."""
    return re.sub(r"([\\`*_{}\[\]()#+!|~$:<>&-])", r"\\\1", " ".join(text.split()))


if __name__ == "__main__":
    main()
