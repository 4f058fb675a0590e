"""Explore: walk the graph from a thing, a search, or what an analysis finds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import streamlit as st
from markupsafe import Markup

from kg.analysis.registry import analyze
from kg.app import show
from kg.app.address import page_of
from kg.app.canvas import Did, Line, Node, canvas
from kg.app.context import Context
from kg.errors import KgError, UsageError
from kg.exploring import (
    COLOURS,
    EDGES,
    GROUP,
    LAYOUTS,
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

STATE = "kg-explore"
START = "incident:microsoft-corporate-email-2023"


def draw(context: Context) -> None:
    """``?thing=actor:apt29`` starts there; ``&view=…`` is the whole view."""
    explorer = Explorer(context.store, context.workspace.addresses, context.story)
    state = _state(context, explorer)
    if state is None:
        return
    _do(context, explorer)
    view: View = state["history"].now
    picture = explorer.picture(view)
    state["picture"] = picture
    _keep_address(context, state)
    _toolbar(context, explorer, state, picture)
    drawing, side = st.columns([3.4, 1.25], gap="small")
    with drawing:
        _canvas(context, explorer, state, picture)
        for note in picture.notes:
            st.caption(show.markdown(note))
    with side, st.container(height=690, border=False):
        _panel(context, explorer, state, picture)
    _below(context, explorer, state, picture)


# state


def _state(context: Context, explorer: Explorer) -> dict[str, Any] | None:
    """The state of this session's view: made anew when the address asks for another one than it wrote itself."""
    asked, packed = st.query_params.get("thing", ""), st.query_params.get("view", "")
    state: dict[str, Any] | None = st.session_state.get(STATE)
    if state is not None and (asked, packed) == state["written"]:
        return state
    if packed:
        view = unpacked(packed, context.workspace.addresses)
    elif asked:
        iri = context.meant(asked)
        if iri is None:
            missing = f"The graph does not speak of {asked}" + (f" as of {context.as_of}" if context.as_of else "")
            show.html(show.nothing(missing, show.linked(context.link("home"), "Search for another name")))
            return None
        view = explorer.start(iri)
    else:
        view = View()
    fresh = {"history": History((view,)), "picked": ([], []), "scene": f"{asked}·{packed[-24:]}", "written": (asked, packed)}
    st.session_state[STATE] = fresh
    return fresh


def _keep_address(context: Context, state: dict[str, Any]) -> None:
    """The address follows the view, so that it can be shared at any moment."""
    history: History = state["history"]
    if history.place or len(history.views) > 1 or state["written"][1]:
        packed = history.now.packed(context.workspace.addresses)
        if packed != state["written"][1]:
            state["written"] = (state["written"][0], packed)
            st.query_params["view"] = packed


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
        if name in ("first", "last"):
            value = value.isoformat() if value else ""
        elif name.endswith("_off"):
            value = frozenset(st.session_state[STATE][f"all {name}"]) - frozenset(value)
        view = _now()
        _to(View(**{**view.__dict__, name: value, **({"turn": view.turn + 1} if turn else {})}))

    return change


# the toolbar


def _toolbar(context: Context, explorer: Explorer, state: dict[str, Any], picture: Picture) -> None:
    view: View = state["history"].now
    history: History = state["history"]
    find, layout, looks, filters, back, forth, again, take = st.columns([3, 1.5, 1.2, 1.2, 0.5, 0.5, 0.5, 1.2], vertical_alignment="bottom")

    def add() -> None:
        wanted = st.session_state["kg-explore-add"].strip()
        st.session_state["kg-explore-add"] = ""
        if wanted:
            st.session_state["kg-explore-sought"] = wanted

    find.text_input(
        "Add a thing",
        key="kg-explore-add",
        on_change=add,
        placeholder="add a thing",
        icon=":material/add_circle:",
        label_visibility="collapsed",
    )
    if sought := st.session_state.pop("kg-explore-sought", None):
        _found(context, explorer, sought)
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
    _to(View(**{**view.__dict__, "turn": view.turn + 1}))


def _found(context: Context, explorer: Explorer, sought: str) -> None:
    iri = context.meant(sought)
    if iri is None:
        hits = context.names.search(sought, None, 1)
        iri = hits[0].iri if hits else None
    if iri is None:
        st.toast(f"Nothing is called {show.markdown(sought, 60)}", icon=":material/search_off:")
        return
    view = _now()
    head = explorer.story.canonical(explorer.story.node(iri)).value
    if not view.roots:
        _to(explorer.start(head))
    else:
        _to(view.with_roots(head))
    st.session_state[STATE]["picked"] = ([head], [])
    st.rerun()


def _filters(state: dict[str, Any], picture: Picture, view: View) -> None:
    kinds = sorted(set(kinds_in(picture)) | view.kinds_off)
    edges = [e for e in EDGES if e in {p for d in picture.edges for p in d.predicates} | view.edges_off]
    for name, label, choices in (("kinds_off", "Kinds of things", kinds), ("edges_off", "Kinds of edges", edges)):
        state[f"all {name}"] = choices
        key = f"kg-explore-{name}"
        st.session_state[key] = [c for c in choices if c not in getattr(view, name)]
        st.pills(label, choices, key=key, selection_mode="multi", on_change=_changed(name, key), format_func=show.kind_words)
    st.session_state["kg-explore-confidence"] = view.confidence
    st.slider("Stated confidence at least", 0, 100, key="kg-explore-confidence", on_change=_changed("confidence", "kg-explore-confidence"))
    one, other = st.columns(2)
    for place, name, label in ((one, "first", "Published from"), (other, "last", "Published until")):
        key = f"kg-explore-{name}"
        st.session_state[key] = date.fromisoformat(getattr(view, name)) if getattr(view, name) else None
        place.date_input(label, None, date(1970, 1, 1), date(2100, 1, 1), key=key, on_change=_changed(name, key))
    st.session_state["kg-explore-source"] = view.source
    st.text_input("Publisher or asserting agent", key="kg-explore-source", on_change=_changed("source", "kg-explore-source"))
    st.session_state["kg-explore-stance"] = view.stance
    st.radio(
        "Dispute",
        ["", "contested", "uncontested"],
        key="kg-explore-stance",
        horizontal=True,
        format_func=lambda s: s or "all",
        on_change=_changed("stance", "kg-explore-stance"),
    )


def _take_away(context: Context, explorer: Explorer, state: dict[str, Any], picture: Picture) -> None:
    st.caption("Exactly what is in view. PNG and SVG are at the right of the picture.")
    for label, name, mime, make in (
        ("Turtle, with claims", "view.ttl", "text/turtle", explorer.turtle),
        ("GraphML", "view.graphml", "application/graphml+xml", explorer.graphml),
        ("CSV of the edges", "view.csv", "text/csv", explorer.csv),
    ):
        st.download_button(label, make(picture), file_name=name, mime=mime, icon=":material/download:", width="stretch", on_click="ignore")
    saved = json.dumps(state["history"].now.as_json(context.workspace.addresses), indent=2)
    st.download_button("Save view", saved, "view.json", "application/json", icon=":material/save:", width="stretch", on_click="ignore")
    loaded = st.file_uploader("Load a view", type="json", key="kg-explore-load", max_upload_size=1)
    if loaded is not None and state.get("loaded") != loaded.file_id:
        state["loaded"] = loaded.file_id
        try:
            plain = json.loads(loaded.getvalue())
        except ValueError:
            raise UsageError("this file is no saved view") from None
        _to(view_of(plain, context.workspace.addresses))
        state["scene"] = f"loaded {loaded.file_id}"
        st.rerun()


# the picture


def _canvas(context: Context, explorer: Explorer, state: dict[str, Any], picture: Picture) -> None:
    view: View = state["history"].now
    if not picture.nodes:
        start = context.link("explore", thing=START)
        next_step = Markup("Add a thing above, or start with {}.").format(show.linked(start, "the first case"))
        show.html(show.nothing("Nothing is in view" if view.roots else "Where do you want to start?", next_step))
        return
    named = sorted({n.group for n in picture.nodes if n.group}, key=lambda g: (len(g), g))
    groups = {group: f"c{min(i, 7)}" for i, group in enumerate(named)}

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
        690,
        note,
        on_event=lambda did: _did(context, did),
    )


def _edge_words(edge: Drawn) -> str:
    """An edge in words, the more telling of two that say the same."""
    names = [
        p
        for p in edge.predicates
        if (p, True) not in {("compromised", "stolen" in edge.predicates), ("suppliedBy", "customerOf" in edge.predicates)}
    ]
    return ", ".join(map(show.kind_words, names))


def _did(context: Context, did: Did) -> None:
    """What a person did on the canvas. The store of the last run is closed by now: what needs one is put off to the next run."""
    state = st.session_state[STATE]
    view = _now()
    if did.what == "pick":
        state["picked"] = (list(did.ids), list(did.edges))
    elif did.what == "expand":
        state["todo"] = ("expand", list(did.ids))
    elif did.what == "open" and did.ids:
        state["todo"] = ("open", list(did.ids))
    elif did.what == "hide":
        _to(view.without(did.ids))
        state["picked"] = ([], [])
    elif did.what in ("pin", "keep"):
        _to(view.pinned(did.positions))
    elif did.what == "unpin":
        _to(view.unpinned(did.ids))
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
    st.caption("Around it (in view of all)")
    for way, count, seen in explorer.neighbours(iri, view):
        st.button(
            f"{way_words(way)} · {seen} of {count}",
            key=f"kg-x-{way}",
            width="stretch",
            on_click=_expand,
            args=([iri], way),
            disabled=seen == count,
            icon=":material/add:" if seen < count else ":material/check:",
        )
    if kind in ("Incident", "Organization", "Population", "Asset"):
        st.button("Blast radius", icon=":material/crisis_alert:", width="stretch", on_click=_later, args=("blast", [iri]))
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
    else:
        _to(_analysed(context, what, iris, view))


def _analysed(context: Context, what: str, iris: list[str], view: View) -> View:
    """The view with what an analysis finds."""
    with st.spinner("Looking through the whole graph…"):
        try:
            if what == "paths":
                found = analyze(context.workspace, "paths", context.as_of, a=context.short(iris[0]), b=context.short(iris[1]))
                things: Iterable[str] = (t.iri for row in found.rows for t in row.path)
            else:
                found = analyze(context.workspace, "blast-radius", context.as_of, thing=context.short(iris[0]))
                things = (t.iri for row in found.rows for t in (*row.through, row.party))
        except KgError as error:
            st.toast(show.markdown(error, 300), icon=":material/info:")
            return view
    new = [t for t in dict.fromkeys(things) if t.startswith("http")]
    st.toast(f"{len(new)} things", icon=":material/check:") if new else st.toast("Nothing was found", icon=":material/search_off:")
    return view.with_roots(*new)


# below


def _below(context: Context, explorer: Explorer, state: dict[str, Any], picture: Picture) -> None:
    with st.expander(f"Table of the {len(picture.edges):,} edges in view"):
        rows = explorer.table(picture)
        st.dataframe(
            rows, hide_index=True, width="stretch", column_order=[c for c in (rows or [{}])[0] if not c.endswith("iri")]
        ) if rows else st.write("No edge.")
