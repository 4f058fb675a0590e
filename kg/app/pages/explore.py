"""Explore: walk the graph from a thing, a search, or what an analysis finds."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import streamlit as st
from markupsafe import Markup
from pyoxigraph import Literal, NamedNode

from kg.analysis.registry import find_analysis
from kg.analysis.streams import SHORT_CUTS
from kg.app import held, show
from kg.app.address import day_of, page_of
from kg.app.canvas import Did, Line, Node, canvas
from kg.app.context import Context, opened
from kg.errors import KgError, UsageError
from kg.exploring import (
    COLOURS,
    DISPUTES,
    GROUP,
    LAYOUTS,
    LINK,
    MOST,
    SIZES,
    Drawn,
    Explorer,
    History,
    Picture,
    Seen,
    View,
    kinds_in,
    unpacked,
    view_of,
    way_words,
)
from kg.queries import SavedQuery, find_query, load_queries, term

STATE = "kg-explore"
START = "incident:microsoft-corporate-email-2023"
HEIGHT = "max(34rem, calc(100vh - 13.5rem))"
SECONDS = 20


def draw(context: Context) -> None:
    """``?thing=actor:apt29`` starts there, with several ``thing`` they are all shown; ``?from=…&to=…`` shows the paths between two,
    ``?saved=CQ10&incident=…`` the things of an answer; ``&view=…`` is the whole view.
    """
    explorer = Explorer(context.store, context.workspace.addresses, context.story, held.memory(context))
    state = _state(context, explorer)
    if state is None:
        return
    _do(context, explorer)
    view: View = state["history"].now
    picture = explorer.picture(view)
    state["picture"] = picture
    notes = [*picture.notes, *_keep_address(context, state)]
    _toolbar(context, explorer, state, picture)
    drawing, side = st.columns([3.4, 1.25], gap="small")
    with drawing:
        _canvas(context, explorer, state, picture)
        for note in notes:
            st.caption(show.markdown(note))
    with side, st.container(key="kg-explore-panel"):
        _panel(context, explorer, state, picture)
    _below(explorer, picture)


# state


def _state(context: Context, explorer: Explorer) -> dict[str, Any] | None:
    """The state of this session's view: made anew when the address asks for another one than it wrote itself."""
    asked, packed = _asked(), st.query_params.get("view", "")
    state: dict[str, Any] | None = st.session_state.get(STATE)
    if state is not None and not asked and not packed and state["history"].now.roots:  # back from another page: nothing is lost
        state["written"] = ((), "")
        return state
    if state is not None and (asked, packed) == state["written"]:
        return state
    view = unpacked(packed, context.workspace.addresses) if packed else _first(context, explorer)
    if view is None:
        return None
    scene = f"{asked}·{packed[-24:]}"
    fresh = {"history": History((view,)), "picked": ([], []), "scene": scene, "written": (asked, packed)}
    st.session_state[STATE] = fresh
    return fresh


def _asked() -> tuple[tuple[str, str], ...]:
    """What the address asks for, without the view and the day."""
    params = st.query_params
    return tuple((name, value) for name in sorted(params) if name not in ("view", "as-of") for value in params.get_all(name))


def _first(context: Context, explorer: Explorer) -> View | None:
    """The view that the address asks for in words; ``None`` after saying that there is none."""
    asked = st.query_params
    names = asked.get_all("thing") or [asked[end] for end in ("from", "to") if asked.get(end)]
    found = [(name, context.meant(name)) for name in names]
    if missing := [name for name, iri in found if iri is None]:
        words = f"The graph does not speak of {', '.join(missing)}" + (f" as of {context.as_of}" if context.as_of else "")
        show.html(show.nothing(words, show.linked(context.link("home"), "Search for another name")))
        return None
    things = [iri for _, iri in found if iri]
    if asked.get("saved"):
        return View().with_roots(*_answered(context, explorer, find_query(asked["saved"]), dict(asked)))
    if asked.get("from") and asked.get("to") and len(things) == 2:
        return _analysed(context, "paths", things, View().with_roots(*things), fresh=True)
    if len(things) == 1:
        return explorer.start(things[0])
    return View().with_roots(*explorer.things(things))


def _answered(context: Context, explorer: Explorer, query: SavedQuery, given: dict[str, str]) -> list[str]:
    """The things in the answer to a saved question."""
    bindings = {}
    for parameter in query.parameters:
        if value := given.get(parameter.name, "").strip():
            bound = term(value, context.workspace.addresses)
            if isinstance(bound, Literal) and parameter.kind and (iri := context.meant(value)):
                bound = NamedNode(iri)
            bindings[parameter.name] = bound
    with st.spinner(f"Asking {query.id}…"):
        found = held.workers(context).ask(query.text, bindings, context.as_of, MOST, SECONDS)
    return explorer.things(cell.value for row in found.rows for cell in row if isinstance(cell, NamedNode))


def _keep_address(context: Context, state: dict[str, Any]) -> list[str]:
    """The address follows the view, so that it can be shared at any moment; a note if it cannot."""
    history: History = state["history"]
    asked, written = state["written"]
    if not (history.place or len(history.views) > 1 or written or (not asked and history.now.roots)):
        return []
    packed = history.now.packed(context.workspace.addresses)
    if len(packed) > LINK:
        if written:
            state["written"] = (asked, "")
            del st.query_params["view"]
        return ["This view is too large for a link; Take away → Save view gives a file that opens it again."]
    if packed != written:
        state["written"] = (asked, packed)
        st.query_params["view"] = packed
    return []


def _to(view: View) -> None:
    state = st.session_state[STATE]
    state["history"] = state["history"].then(view)


def _now() -> View:
    view: View = st.session_state[STATE]["history"].now
    return view


def _undo() -> None:
    st.session_state[STATE]["history"] = st.session_state[STATE]["history"].undone()


def _redo() -> None:
    st.session_state[STATE]["history"] = st.session_state[STATE]["history"].redone()


def _changed(name: str, key: str, turn: bool = False) -> Callable[[], None]:
    """What a widget does: set one field of the view."""

    def change() -> None:
        value = st.session_state[key]
        if name in ("first", "last", "after", "before"):
            value = value.isoformat() if value else ""
        elif name.endswith("_off"):
            value = frozenset(st.session_state[STATE][f"all {name}"]) - frozenset(value)
        view = _now()
        _to(replace(view, **{name: value, **({"turn": view.turn + 1} if turn else {})}))

    return change


# the toolbar


def _toolbar(context: Context, explorer: Explorer, state: dict[str, Any], picture: Picture) -> None:
    view: View = state["history"].now
    history: History = state["history"]
    find, layout, looks, filters, back, forth, again, take = st.columns(
        [1.4, 1.6, 1.4, 1.4, 0.5, 0.5, 0.5, 1.6], vertical_alignment="bottom"
    )
    with find.popover("Add", icon=":material/add_circle:", width="stretch"):
        _add(context, explorer, view, picture)
    st.session_state["kg-explore-layout"] = view.layout
    layout.selectbox(
        "Layout",
        LAYOUTS,
        key="kg-explore-layout",
        on_change=_changed("layout", "kg-explore-layout", turn=True),
        label_visibility="collapsed",
    )
    with looks.popover("Looks", icon=":material/palette:", width="stretch"):
        for name, choices in (("colour", COLOURS), ("size", SIZES)):
            st.session_state[f"kg-explore-{name}"] = getattr(view, name)
            st.radio(
                f"{name} by".capitalize(),
                choices,
                key=f"kg-explore-{name}",
                on_change=_changed(name, f"kg-explore-{name}"),
                horizontal=True,
            )
    with filters.popover("Filter", icon=":material/filter_alt:", width="stretch"):
        _filters(state, picture, view)
    back.button("", icon=":material/undo:", key="kg-explore-undo", help="Undo (Z)", on_click=_undo, disabled=history.place == 0)
    forth.button(
        "", icon=":material/redo:", key="kg-explore-redo", help="Redo (Y)", on_click=_redo, disabled=history.place + 1 == len(history.views)
    )
    again.button("", icon=":material/refresh:", key="kg-explore-again", help="Lay out again", on_click=_lay_out_again)
    with take.popover("Take away", icon=":material/download:", width="stretch"):
        _take_away(context, explorer, state, picture)


def _lay_out_again() -> None:
    view = _now()
    _to(replace(view, turn=view.turn + 1))


def _add(context: Context, explorer: Explorer, view: View, picture: Picture) -> None:
    """By name, by a saved question; and starting anew."""
    wanted = st.text_input(
        "A thing",
        key="kg-explore-add",
        live=True,
        placeholder="name, alias or identifier",
        icon=":material/search:",
    ).strip()
    if wanted:
        hits = {
            explorer.story.canonical(explorer.story.node(h.iri)).value: h
            for h in context.names.search(wanted, None, 12)
            if h.kind != "Report"
        }
        if not hits and (iri := context.meant(wanted)):
            st.button(show.markdown(wanted, 60), icon=":material/add:", width="stretch", on_click=_later, args=("add", [iri]))
        elif not hits:
            st.caption("Nothing of that name.")
        for iri, hit in list(hits.items())[:8]:
            label = explorer.story.label(explorer.story.node(iri))
            words = f"{show.markdown(label, 60)} · {show.kind_words(hit.kind)}"
            words += f" · {show.markdown(hit.name, 40)}" if hit.name != label else ""
            words += " · in view" if picture.node(iri) else ""
            st.button(words, key=f"kg-add-{iri}", icon=":material/add:", width="stretch", on_click=_later, args=("add", [iri]))
        if len(hits) > 1:
            st.button("All of these", icon=":material/playlist_add:", width="stretch", on_click=_later, args=("add all", list(hits)[:8]))
    questions = load_queries()
    chosen = st.selectbox(
        "The things of a saved question",
        list(questions),
        index=None,
        key="kg-explore-saved",
        placeholder="choose a question",
        format_func=lambda q: f"{q} · {questions[q].title}",
    )
    if chosen:
        given = {
            p.name: st.text_input(show.kind_words(p.name), p.default or "", key=f"kg-explore-{chosen}-{p.name}", placeholder="for all")
            for p in questions[chosen].parameters
        }
        st.button("Add its things", icon=":material/playlist_add:", width="stretch", on_click=_ask, args=(chosen, given))
    if view.roots:
        st.button("Clear the picture", icon=":material/delete_sweep:", width="stretch", on_click=_clear)


def _ask(name: str, given: dict[str, str]) -> None:
    st.session_state[STATE]["question"] = (name, {k: str(st.session_state.get(f"kg-explore-{name}-{k}", v)) for k, v in given.items()})
    _later("ask", [])


def _clear() -> None:
    _to(View(layout=_now().layout, edges_off=_now().edges_off))
    st.session_state[STATE]["picked"] = ([], [])


def _filters(state: dict[str, Any], picture: Picture, view: View) -> None:
    kinds = sorted(set(kinds_in(picture)) | view.kinds_off)
    edges = [e for e in SHORT_CUTS if e in {p for d in picture.edges for p in d.predicates} | view.edges_off]
    for name, label, choices in (("kinds_off", "Kinds of things", kinds), ("edges_off", "Kinds of edges", edges)):
        state[f"all {name}"] = choices
        key = f"kg-explore-{name}"
        st.session_state[key] = [c for c in choices if c not in getattr(view, name)]
        st.pills(label, choices, key=key, selection_mode="multi", on_change=_changed(name, key), format_func=show.kind_words)
    st.session_state["kg-explore-confidence"] = view.confidence
    st.slider("Stated confidence at least", 0, 100, key="kg-explore-confidence", on_change=_changed("confidence", "kg-explore-confidence"))
    one, other = st.columns(2)
    days = (
        (one, "after", "Happened from"),
        (other, "before", "Happened until"),
        (one, "first", "Published from"),
        (other, "last", "Published until"),
    )
    for place, name, label in days:
        key = f"kg-explore-{name}"
        st.session_state[key] = date.fromisoformat(getattr(view, name)) if getattr(view, name) else None
        place.date_input(label, None, date(1970, 1, 1), date(2100, 1, 1), key=key, on_change=_changed(name, key))
    st.session_state["kg-explore-source"] = view.source
    st.text_input("Publisher or asserting agent", key="kg-explore-source", on_change=_changed("source", "kg-explore-source"))
    st.session_state["kg-explore-stance"] = view.stance
    st.selectbox(
        "Dispute and stance",
        ["", *DISPUTES],
        key="kg-explore-stance",
        format_func=lambda s: {"": "all", "contested": "denied or disputed by somebody", "uncontested": "denied by nobody"}.get(
            s, f"a claim {s}"
        ),
        on_change=_changed("stance", "kg-explore-stance"),
    )


def _take_away(context: Context, explorer: Explorer, state: dict[str, Any], picture: Picture) -> None:
    st.caption("Exactly what is in view. PNG and SVG are at the right of the picture.")
    for label, name, mime, make in (
        ("Turtle, with claims", "view.ttl", "text/turtle", Explorer.turtle),
        ("GraphML", "view.graphml", "application/graphml+xml", Explorer.graphml),
        ("CSV of the edges", "view.csv", "text/csv", Explorer.csv),
    ):
        made = _made(context.as_of, make, picture)
        st.download_button(label, made, file_name=name, mime=mime, icon=":material/download:", width="stretch", on_click="ignore")
    day = {"as-of": context.as_of.isoformat()} if context.as_of else {}
    saved = json.dumps(day | state["history"].now.as_json(context.workspace.addresses), indent=2)
    st.download_button("Save view", saved, "view.json", "application/json", icon=":material/save:", width="stretch", on_click="ignore")
    loaded = st.file_uploader("Load a view", type="json", key="kg-explore-load", max_upload_size=1)
    if loaded is not None and state.get("loaded") != loaded.file_id:
        state["loaded"] = loaded.file_id
        try:
            plain = json.loads(loaded.getvalue())
        except (ValueError, RecursionError):
            raise UsageError("this file is no saved view") from None
        _to(view_of(plain, context.workspace.addresses))
        day_then = day_of(str(plain.get("as-of") or ""))
        if day_then != context.as_of:
            st.session_state["kg-day"] = day_then
            st.query_params.pop("as-of", None)
            if day_then:
                st.query_params["as-of"] = day_then.isoformat()
        state["scene"] = f"loaded {loaded.file_id}"
        st.rerun()


def _made(day: date | None, make: Callable[[Explorer, Picture], str], picture: Picture) -> Callable[[], str]:
    """A file that is made when somebody takes it: by then the store of this run is closed."""

    def made() -> str:
        with opened(day) as context:
            return make(Explorer(context.store, context.workspace.addresses), picture)

    return made


# the picture


def _canvas(context: Context, explorer: Explorer, state: dict[str, Any], picture: Picture) -> None:
    view: View = state["history"].now
    if not picture.nodes:
        start = context.link("explore", thing=START)
        next_step = Markup("Add a thing above, or start with {}.").format(show.linked(start, "the first case"))
        show.html(show.nothing("Nothing is in view" if view.roots else "Where do you want to start?", next_step))
        return
    sizes = Counter(n.group for n in picture.nodes if n.group)
    groups = {group: f"c{min(i, 7)}" for i, group in enumerate(sorted(sizes, key=lambda g: (-sizes[g], len(g), g)))}
    legend = [(family, group) for group, family in groups.items() if family != "c7"]
    if view.colour != "kind":
        legend.append(("c7", "others" if legend else f"no {view.colour} known"))

    def family(n: Seen) -> str:
        return groups.get(n.group, "c7") if view.colour != "kind" else show.KINDS.get(n.kind, ("other", ""))[0]

    def tip(n: Seen) -> str:
        told = show.kind_words(n.kind) + (f" · {n.group}" if n.group else "")
        return f"{n.more} more {n.label}: double-click opens" if n.more else f"{show.plain(n.label)}\n{told}"

    nodes = [
        Node(
            n.iri,
            show.plain(n.label, 120),
            n.kind,
            family(n),
            28 if n.more else round(20 + 26 * n.weight**0.5, 1),
            view.pins.get(n.iri),
            None,
            n.more,
            n.day,
            tip(n),
        )
        for n in picture.nodes
    ]
    lines = [
        Line(
            e.id,
            e.source,
            e.target,
            _edge_words(e) if e.claims else "",
            e.lowest,
            e.contested,
            f"{_edge_words(e)}: {len(e.claims)} claims" + (", contested" if e.contested else ""),
        )
        for e in picture.edges
    ]
    note = f"incident-kg · {len(picture.nodes)} things, {len(picture.edges)} edges" + (f" · as of {context.as_of}" if context.as_of else "")
    canvas(
        nodes,
        lines,
        "explore",
        state["scene"],
        view.layout,
        view.turn,
        [*state["picked"][0], *state["picked"][1]],
        HEIGHT,
        note,
        on_event=_did,
        legend=legend,
    )


def _edge_words(edge: Drawn) -> str:
    """An edge in words, the more telling of two that say the same."""
    names = [
        p
        for p in edge.predicates
        if (p, True) not in {("compromised", "stolen" in edge.predicates), ("suppliedBy", "customerOf" in edge.predicates)}
    ]
    return ", ".join(map(show.kind_words, names))


def _did(did: Did) -> None:
    """What a person did on the canvas. The store of the last run is closed by now: what needs one is put off to the next run."""
    state = st.session_state[STATE]
    view = _now()
    shown = {n.iri for n in state["picture"].nodes}
    ids = [iri for iri in did.ids if iri in shown]
    positions = {iri: place for iri, place in did.positions.items() if iri in shown}
    if did.what == "pick":
        state["picked"] = (ids, list(did.edges))
    elif did.what in ("expand", "open") and ids:
        state["todo"] = (did.what, ids)
    elif did.what == "hide":
        _to(view.without(ids))
        state["picked"] = ([], [])
    elif did.what in ("pin", "keep"):
        _to(view.pinned(positions))
    elif did.what == "unpin":
        _to(view.unpinned(ids))
    elif did.what == "undo":
        _undo()
    elif did.what == "redo":
        _redo()


# the panel


def _panel(context: Context, explorer: Explorer, state: dict[str, Any], picture: Picture) -> None:
    nodes = [n for iri in state["picked"][0] if (n := picture.node(iri))]
    edges = [e for e in picture.edges if e.id in set(state["picked"][1])]
    if len(nodes) == 1 and nodes[0].more:
        opens = nodes[0].opens or ("", "")
        owner = picture.node(opens[0])
        show.html(Markup("<p><b>{} more {}</b><br>of {}</p>").format(nodes[0].more, nodes[0].label, owner.label if owner else ""))
        st.button("Show more of them", icon=":material/unfold_more:", width="stretch", on_click=_expand, args=([nodes[0].iri], None))
    elif len(nodes) == 1:
        _one(context, explorer, nodes[0].iri, nodes[0].label, nodes[0].kind)
    elif len(nodes) > 1:
        _several(context, [n.iri for n in nodes if not n.more], [n.label for n in nodes])
    elif edges:
        ends = {n.iri: n for n in picture.nodes}
        for edge in edges[:3]:
            show.html(
                Markup("<p><b>{}</b> <i>{}</i> <b>{}</b></p>").format(ends[edge.source].label, _edge_words(edge), ends[edge.target].label)
            )
        claims = explorer.behind(edges)
        show.html(*(show.claim(context, c) for c in claims[:25])) if claims else None
    else:
        counts = kinds_in(picture)
        rows = [(show.symbol(kind) + Markup("{}").format(show.kind_words(kind)), count) for kind, count in counts.most_common()]
        show.html(show.table(("in view", ""), rows))
        hint = (
            "Click a thing or an edge. Double-click opens a thing. Drag moves, Shift-drag selects. With the picture in focus: arrows walk, "
            "E expands, Delete hides, P pins, Enter opens the page, F fits, Z and Y undo and redo."
        )
        show.html(Markup('<p class="kg-quiet">{}</p>').format(hint))


def _one(context: Context, explorer: Explorer, iri: str, label: str, kind: str) -> None:
    view = _now()
    show.html(Markup("<p><b>{}</b></p>").format(show.thing(context, iri, label, kind)))
    one, two, three = st.columns(3)
    one.button("Expand", key="kg-x-all", width="stretch", on_click=_expand, args=([iri], None))
    two.button("Hide", key="kg-x-hide", width="stretch", on_click=_hide, args=([iri],))
    if any(n == iri for n, _, _ in view.opened):
        three.button("Collapse", key="kg-x-fold", width="stretch", on_click=_collapse, args=(iri,))
    ways = explorer.neighbours(iri, view)
    st.caption("Around it (in view of all)" if ways else "No edge leads to it.")
    with st.container(key="kg-ways", gap="xxsmall"):
        for way, count, seen in ways:
            st.button(
                f"{way_words(way)} · {seen:,} of {count:,}",
                key=f"kg-x-{way}",
                width="stretch",
                type="tertiary",
                on_click=_expand,
                args=([iri], way),
                disabled=seen == count,
                icon=":material/add:" if seen < count else ":material/check:",
            )
    if kind in ("Incident", "Organization", "Population", "Asset"):
        st.button("Blast radius", icon=":material/crisis_alert:", width="stretch", on_click=_later, args=("blast", [iri]))
    if kind in ("Organization", "Population"):
        st.button("On whom it depends", icon=":material/anchor:", width="stretch", on_click=_later, args=("depends", [iri]))
    if st.toggle("Claims", key="kg-x-claims"):
        around = [e for e in st.session_state[STATE]["picture"].edges if iri in (e.source, e.target)]
        claims = explorer.behind(around)
        show.html(*(show.claim(context, c) for c in claims[:25])) if claims else None


def _several(context: Context, iris: list[str], labels: list[str]) -> None:
    show.html(Markup("<p><b>{} things picked</b><br>{}</p>").format(len(labels), show.joined((show.name(n, 50) for n in labels[:8]), ", ")))
    if len(iris) == 2:
        st.button("Shortest paths", icon=":material/route:", width="stretch", on_click=_later, args=("paths", iris))
    st.button("Expand all", width="stretch", on_click=_expand, args=(iris, None))
    st.button("Hide all", width="stretch", on_click=_hide, args=(iris,))


def _expand(iris: list[str], way: str | None) -> None:
    st.session_state[STATE]["todo"] = ("expand", iris) if way is None else (f"way {way}", iris)


def _hide(iris: list[str]) -> None:
    _to(_now().without(iris))
    st.session_state[STATE]["picked"] = ([], [])


def _collapse(iri: str) -> None:
    _to(_now().collapsed(iri))


def _later(what: str, iris: list[str]) -> None:
    st.session_state[STATE]["todo"] = (what, iris)


def _do(context: Context, explorer: Explorer) -> None:
    """What was asked for and needs the store."""
    state = st.session_state.get(STATE)
    if not state or not (todo := state.pop("todo", None)):
        return
    what, iris = todo
    view = _now()
    if what == "expand" or what.startswith("way "):
        for iri in iris:
            view = explorer.expand(view, iri, what.removeprefix("way ") if what != "expand" else None)
        _to(view)
    elif what == "open":
        iri = iris[0].removeprefix(GROUP).split("|")[0]
        page = page_of(explorer.story.kinds(explorer.story.node(iri)), context.pages)
        st.switch_page(st.session_state["kg-pages"][page], query_params={"thing": context.short(iri)})
    elif what in ("add", "add all"):
        _to(view.with_roots(*iris) if view.roots or what == "add all" else explorer.start(iris[0]))
        state["picked"] = (iris, [])
    elif what == "ask":
        name, given = state.pop("question")
        try:
            found = _answered(context, explorer, find_query(name), given)
        except KgError as error:
            st.toast(show.markdown(error, 300), icon=":material/info:")
            return
        st.toast(f"{len(found)} things", icon=":material/check:" if found else ":material/search_off:")
        _to(view.with_roots(*found))
        state["picked"] = (found, [])
    else:
        _to(_analysed(context, what, iris, view))


def _analysed(context: Context, what: str, iris: list[str], view: View, fresh: bool = False) -> View:
    """The view with what an analysis finds, which is picked, so that it is seen."""
    asked = [context.short(iri) for iri in iris]
    with st.spinner("Looking through the whole graph…", show_time=True):
        try:
            with held.material(context) as material:
                if what == "paths":
                    found = find_analysis("paths").function(material, a=asked[0], b=asked[1])
                    things: Iterable[str] = [t.iri for row in found.rows for t in row.path]
                else:
                    found = find_analysis("blast-radius").function(material, thing=asked[0], backwards=what == "depends")
                    things = [t.iri for row in found.rows for t in (*row.through, row.party)]
        except KgError as error:
            st.toast(show.markdown(error, 300), icon=":material/info:")
            return view
    things = [t for t in dict.fromkeys((*iris, *things)) if t.startswith("http")]
    if len(things) == len(iris):
        st.toast(show.markdown(found.notes[0] if found.notes else "Nothing was found", 300), icon=":material/search_off:")
        return view
    st.toast(f"{len(things)} things", icon=":material/check:")
    if not fresh:
        st.session_state[STATE]["picked"] = (things, [])
    return view.with_roots(*things)


# below


def _below(explorer: Explorer, picture: Picture) -> None:
    with st.expander("Table of what is in view", key="kg-explore-table", on_change="rerun") as table:
        if not table.open:
            return
        things, edges = st.tabs([f"{sum(not n.more for n in picture.nodes):,} things", f"{len(picture.edges):,} edges"])
        for tab, rows in ((things, explorer.things_table(picture)), (edges, explorer.table(picture))):
            with tab:
                if rows:
                    st.dataframe(rows, hide_index=True, width="stretch", column_order=[c for c in rows[0] if not c.endswith("iri")])
