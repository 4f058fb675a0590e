"""Analysis: every analysis of the library with its parameters, picture, tables, method and files."""

from __future__ import annotations

import inspect
import types
from contextlib import AbstractContextManager
from datetime import date
from typing import Any, Literal, Union, get_args, get_origin

import streamlit as st
from markupsafe import Markup

from kg.analysis.material import Filters, Material, of_workspace
from kg.analysis.registry import ANALYSES, Listed, find_analysis
from kg.analysis.result import Analysis, Table, Thing
from kg.analysis.saving import save_result
from kg.analysis.signature import Asked, asked_by
from kg.analysis.writing import cell_text, to_csv, to_graphml, to_json
from kg.app import held, show
from kg.app.context import Context
from kg.app.people import author
from kg.errors import KgError, MissingExtra

MOST = 200


def draw(context: Context) -> None:
    """``?name=consensus&incident=…`` calculates at once when everything that is needed is given."""
    show.html(show.title("Analysis", (), "What the graph knows that no report says; each number can be followed to its claims."))
    wanted = st.query_params.get("name", "")
    names = list(ANALYSES)
    left, right = st.columns([1, 2.6], gap="large")
    with left:

        def choose() -> None:
            st.query_params.clear()
            st.query_params["name"] = st.session_state["kg-analysis"]

        st.session_state["kg-analysis"] = wanted if wanted in ANALYSES else names[0]
        name = st.selectbox("Analysis", names, key="kg-analysis", on_change=choose, format_func=lambda n: n.replace("-", " "))
        listed = find_analysis(name)
        st.caption(show.markdown(ANALYSES[name], 300))
        given = _form(listed)
    with right:
        if given is None:
            show.html(show.nothing("Not calculated yet", "Give what is asked for at the left, then press Calculate."))
            return
        found = _calculated(context, listed, given)
        if found is not None:
            _result(context, listed, found)


def _form(listed: Listed) -> dict[str, Any] | None:
    """The parameters as fields; what was given once *Calculate* is pressed, or at once where the address gives all that is needed."""
    asked = asked_by(listed.function)
    values: dict[str, Any] = {}
    with st.form(f"kg-form-{listed.name}", border=False):
        for one in (a for a in asked if a.needed):
            values[one.name] = _field(listed.name, one)
        with st.expander("Further settings"):
            for one in (a for a in asked if not a.needed):
                values[one.name] = _field(listed.name, one)
            confidence = st.slider("Only claims with a stated confidence of at least", 0, 100, 0, key=f"kg-{listed.name}-confidence")
            first = st.date_input("Only what happened from", None, date(1970, 1, 1), date(2100, 1, 1), key=f"kg-{listed.name}-first")
            last = st.date_input("until", None, date(1970, 1, 1), date(2100, 1, 1), key=f"kg-{listed.name}-last")
        pressed = st.form_submit_button("Calculate", type="primary", icon=":material/calculate:", width="stretch")
    missing = [a.name for a in asked if a.needed and not values[a.name]]
    state = st.session_state.setdefault("kg-analysed", set())
    if pressed:
        state.add(listed.name)
        for one in asked:
            if one.needed:
                st.query_params[one.name] = str(values[one.name])
        if missing:
            st.warning(f"Give {', '.join(missing)}: a name or an address of a thing.")
    if missing or (listed.name not in state and not any(st.query_params.get(a.name) for a in asked if a.needed)):
        return None
    days = {n: d for n, d in (("first", first), ("last", last)) if isinstance(d, date)}
    return {"parameters": values, "filters": {"confidence": confidence or None, **days}}


def _field(analysis: str, one: Asked) -> Any:
    label = show.markdown(one.name.replace("_", " ") + (f" — {one.meaning}" if one.meaning else ""), 160)
    key = f"kg-{analysis}-{one.name}"
    hint = one.type
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(part for part in get_args(hint) if part is not type(None))
    if hint is bool:
        return st.checkbox(label, bool(one.default), key=key)
    if get_origin(hint) is Literal:
        choices = list(get_args(hint))
        return st.selectbox(label, choices, choices.index(one.default) if one.default in choices else 0, key=key)
    if hint is date:
        return st.date_input(label, one.default, date(1970, 1, 1), date(2100, 1, 1), key=key)
    if hint in (int, float):
        text = st.text_input(label, "" if one.default is None else str(one.default), key=key)
        try:
            return hint(text) if text else one.default
        except ValueError:
            st.warning(f"{show.markdown(one.name)} is a number")
            return one.default
    if get_origin(hint) is tuple:
        usual = ", ".join(str(v) for v in one.default or ())
        return tuple(part.strip() for part in st.text_input(label, usual, key=key).split(",") if part.strip())
    text = st.text_input(label, st.query_params.get(one.name, "") or ("" if one.default is None else str(one.default)), key=key)
    return text or one.default


def _calculated(context: Context, listed: Listed, given: dict[str, Any]) -> Analysis[Any] | None:
    key = (listed.name, repr(given), context.version)
    kept = st.session_state.get("kg-analysis-result")
    if kept is not None and kept[0] == key:
        found: Analysis[Any] = kept[1]
        return found
    try:
        with st.spinner("Calculating…", show_time=True), _material(context, Filters(**given["filters"])) as material:
            found = listed.function(material, **given["parameters"])
            st.session_state["kg-analysis-result"] = (key, found, material.state)
    except KgError as error:
        show.html(show.nothing("This cannot be calculated", show.name(error, 500)))
        return None
    return found


def _material(context: Context, filters: Filters) -> AbstractContextManager[Material]:
    """What the analysis works on: without filters the one that all sessions share."""
    return of_workspace(context.workspace, context.as_of, filters) if filters.said() else held.material(context)


def _result(context: Context, listed: Listed, found: Analysis[Any]) -> None:
    tabs = ["Tables", "Picture", "Method"]
    tables, picture, method = st.tabs(tabs)
    with tables:
        for table in (found.table(), *found.more):
            _table(context, table, found.title if table.name == found.name else table.name)
        if found.facts:
            facts = ((n, cell_text(v, context.workspace.addresses)) for n, v in found.facts.items())
            show.html(show.heading("Figures"), show.table(("figure", "value"), facts))
        show.html(*(Markup('<p class="kg-quiet">{}</p>').format(show.plain(note, 400)) for note in found.notes)) if found.notes else None
    with picture:
        _picture(listed, found)
    with method:
        text = "\n\n".join(p for p in (inspect.getdoc(listed.function) or "").split("\n\n") if not p.startswith((">>>", "Raises")))
        sources = (Markup("<li>{}</li>").format(s) for s in found.method.sources)
        show.html(Markup('<div class="kg-text">{}</div><p>{}</p><ul>{}</ul>').format(text, found.method.text, show.joined(sources, "")))
    _files(context, found)


def _table(context: Context, table: Table[Any], title: str) -> None:
    columns = [c for c in table.columns if c.name != "claims"]
    rows = [[*(_cell(context, getattr(row, c.name)) for c in columns), show.evidence(context, row.claims)] for row in table.rows[:MOST]]
    show.html(show.heading(title, len(table.rows)))
    if not rows:
        show.html(Markup('<p class="kg-quiet">No row.</p>'))
        return
    show.html(show.table([*(c.name.replace("_", " ") for c in columns), "claims"], rows))
    if len(table.rows) > MOST:
        st.caption(f"{len(table.rows) - MOST:,} further rows are in the files.")


def _cell(context: Context, value: Any) -> Markup | str:
    if isinstance(value, Thing):
        return show.thing(context, value.iri, value.label, value.kind, 60) if value.iri.startswith("http") else show.name(value.label, 60)
    if isinstance(value, tuple | list):
        if value and all(isinstance(v, Thing) for v in value):
            return show.joined((_cell(context, v) for v in value[:12]), " → ")
        return show.name("; ".join(cell_text(v, context.workspace.addresses) for v in value[:12]), 300)
    return show.name(cell_text(value, context.workspace.addresses), 200)


def _picture(listed: Listed, found: Analysis[Any]) -> None:
    try:
        from kg.analysis.figures.files import png, svg

        figure = listed.figure(found)
    except (MissingExtra, ImportError) as error:
        show.html(show.nothing("Pictures need matplotlib", show.name(error, 300)))
        return
    except KgError as error:
        show.html(show.nothing("There is nothing to draw", show.name(error, 300)))
        return
    drawn = png(figure)
    st.image(drawn, width="stretch")
    with st.container(horizontal=True):
        st.download_button("PNG", drawn, f"{listed.name}.png", "image/png", icon=":material/download:", on_click="ignore")
        st.download_button(
            "SVG", svg(listed.figure(found)), f"{listed.name}.svg", "image/svg+xml", icon=":material/download:", on_click="ignore"
        )


def _files(context: Context, found: Analysis[Any]) -> None:
    with st.container(horizontal=True):
        st.download_button("CSV", to_csv(found), f"{found.name}.csv", "text/csv", icon=":material/download:", on_click="ignore")
        st.download_button("JSON", to_json(found), f"{found.name}.json", "application/json", icon=":material/download:", on_click="ignore")
        if found.graph is not None:
            graphml = to_graphml(found)
            st.download_button(
                "GraphML", graphml, f"{found.name}.graphml", "application/graphml+xml", icon=":material/download:", on_click="ignore"
            )
        if not context.read_only and st.button("Save as a graph of its own", icon=":material/save:"):
            context.refuse_if_read_only()
            saved = save_result(context.workspace, found, st.session_state["kg-analysis-result"][2], author())
            st.success(f"Saved as {show.markdown(saved.name)}: SPARQL and exports have it.")
