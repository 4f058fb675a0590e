"""The frame around every page: navigation, the search box, the day as of which everything is shown, and errors in one line."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from markupsafe import Markup

from kg.app import show
from kg.app.address import day_of
from kg.app.context import Context, opened
from kg.errors import KgError
from kg.overview import Attribution, attributions

ASSETS = Path(__file__).parent / "assets"


@dataclass(frozen=True, slots=True)
class Listed:
    """A page: its name in addresses, its title, its icon, its section of the navigation (none: reached by links only).

    Its module is ``kg.app.pages.NAME`` with a function ``draw(context)``.
    """

    name: str
    title: str
    icon: str
    section: str = ""


PAGES = (
    Listed("home", "Home", "home", "Look"),
    Listed("explore", "Explore", "hub", "Look"),
    Listed("incident", "Incidents", "bolt", "Look"),
    Listed("actor", "Threat actors", "skull", "Look"),
    Listed("organization", "Organisations", "apartment", "Look"),
    Listed("compare", "Compare", "compare_arrows", "Look"),
    Listed("sparql", "SPARQL", "terminal", "Ask"),
    Listed("analysis", "Analysis", "insights", "Ask"),
    Listed("add", "Add reports", "note_add", "Keep"),
    Listed("review", "Review", "fact_check", "Keep"),
    Listed("quality", "Data quality", "verified", "Keep"),
    Listed("thing", "Thing", "label"),
    Listed("report", "Report", "article"),
)
"""Every page. A new one is a line here and a module in ``kg/app/pages``."""


def main() -> None:
    """Draw the page that the address asks for, over the nearest workspace."""
    st.set_page_config(page_title="incident-kg", page_icon=str(ASSETS / "icon.svg"), layout="wide", initial_sidebar_state="auto")
    st.html(_asset("style.css"))
    st.html(_asset("links.html"), unsafe_allow_javascript=True)
    pages = {listed.name: _page(listed) for listed in PAGES}
    sections: dict[str, list[Any]] = {}
    for listed in PAGES:
        sections.setdefault(listed.section, []).append(pages[listed.name])
    chosen = st.navigation(sections)
    day = _as_of()
    try:
        with opened(day, frozenset(pages)) as context:
            _frame(context, pages)
            st.session_state["kg-context"], st.session_state["kg-pages"] = context, pages
            try:
                chosen.run()
                _foot(context)
            finally:
                del st.session_state["kg-context"]
    except KgError as error:
        show.html(show.nothing("This cannot be shown", Markup("{}").format(show.plain(error, 1000))))


@cache
def _asset(name: str) -> str:
    text = (ASSETS / name).read_text("utf-8")
    return f"<style>{text}</style>" if name.endswith(".css") else text


def _page(listed: Listed) -> Any:
    def draw() -> None:
        importlib.import_module(f"kg.app.pages.{listed.name}").draw(st.session_state["kg-context"])

    draw.__name__ = listed.name
    return st.Page(
        draw,
        title=listed.title,
        icon=f":material/{listed.icon}:",
        url_path=listed.name,
        default=listed.name == "home",
        visibility="visible" if listed.section else "hidden",
    )


def _as_of() -> date | None:
    """The day whose knowledge is shown. The address says it; moving to another page keeps it."""
    asked = st.query_params.get("as-of")
    if asked is not None:
        st.session_state["kg-day"] = day_of(asked)
    elif (kept := st.session_state.get("kg-day")) is not None:
        st.query_params["as-of"] = kept.isoformat()
    day: date | None = st.session_state.get("kg-day")
    if asked is not None and day is None:
        del st.query_params["as-of"]
    return day


@st.cache_data(max_entries=20, show_spinner=False, hash_funcs={Context: lambda c: c.version})
def _attributions(context: Context) -> tuple[Attribution, ...]:
    return attributions(context.store)


def _foot(context: Context) -> None:
    """Whom what is shown comes from, in the words and under the terms that they ask for."""
    found = _attributions(context)
    if found:
        lines = (Markup("<li>{}{}</li>").format(show.plain(a.line, 500), f" ({a.licence})" if a.licence else "") for a in found[:40])
        foot = Markup('<footer class="kg-foot"><details><summary>Sources and their terms</summary><ul>{}</ul></details></footer>')
        show.html(foot.format(show.joined(lines, "")))


def _frame(context: Context, pages: dict[str, Any]) -> None:
    def set_day() -> None:
        chosen = st.session_state["kg-as-of"]
        st.session_state["kg-day"] = chosen
        if chosen is None:
            st.query_params.pop("as-of", None)
        else:
            st.query_params["as-of"] = chosen.isoformat()

    def seek() -> None:
        st.session_state["kg-sought"] = st.session_state["kg-find"]
        st.session_state["kg-find"] = ""

    def today() -> None:
        st.session_state["kg-as-of"] = None
        set_day()

    sought = st.session_state.pop("kg-sought", "")
    with st.sidebar:
        st.text_input("Search", key="kg-find", on_change=seek, placeholder="name, alias or identifier", icon=":material/search:")
        st.session_state["kg-as-of"] = context.as_of
        told = "Only what was public by the end of this day."
        st.date_input("As of", None, date(1970, 1, 1), date(2100, 1, 1), key="kg-as-of", on_change=set_day, help=told)
        if context.as_of is not None:
            st.button("Back to today", on_click=today, icon=":material/update:", width="stretch")
        if context.read_only:
            show.html(Markup('<p class="kg-quiet">Read-only: nothing can be changed here.</p>'))
    if sought:
        st.switch_page(pages["home"], query_params={"search": sought})
    if context.as_of is not None:
        show.html(Markup('<span class="kg-badge kg-warn">as of {}: later reports are left out</span>').format(context.as_of.isoformat()))
