"""SPARQL: an editor, the saved questions with their parameters, answers as table, chart or graph, all within limits."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from datetime import date
from functools import cache
from threading import Thread
from typing import Any
from uuid import uuid4

import streamlit as st
from markupsafe import Markup
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store

from kg.app import held, show
from kg.app.canvas import Line, Node, canvas
from kg.app.context import Context
from kg.app.editor import Fault, editor
from kg.app.maps import world
from kg.errors import KgError, LimitReached
from kg.exploring import View
from kg.export.answers import SELECT_FORMATS
from kg.export.rdf import to_text
from kg.queries import SavedQuery, load_queries, term
from kg.resources import folder
from kg.vocabulary import IKG, PREFIXES
from kg.workers import Found, Workers

LIMIT = 5_000
SECONDS = 30
LINKED = 6_000
"""A longer query is not written into the address."""
STATE = "kg-sparql"
START = "SELECT ?incident ?actor ?party\nWHERE {\n  ?incident ikg:attributedTo ?actor ;\n            ikg:victim ?party .\n}\nLIMIT 100"


def draw(context: Context) -> None:
    """``?saved=CQ10&incident=…`` asks a saved question, ``?query=…`` is a query of one's own."""
    state = st.session_state.setdefault(STATE, {"nth": 0, "text": "", "history": [], "saved": None})
    saved = load_queries()
    asked, wanted = st.query_params.get("query", ""), st.query_params.get("saved", "")
    if asked and asked != state["text"]:
        state.update(text=asked, nth=state["nth"] + 1, saved=None, run=True)
    show.html(show.title("SPARQL", (), Markup("The default graph is everything; known prefixes need no declaration. Ctrl-Enter runs.")))
    left, right = st.columns([2.1, 1], gap="large")
    with right:
        question = _questions(context, saved, wanted)
        _history(state)
    with left:
        if question is not None and state["saved"] != wanted:
            state.update(text=question.text, nth=state["nth"] + 1, saved=wanted, run=True)
        text = state["text"] or START
        editor("kg-editor", text, state["nth"], _terms(), _run, state.get("fault"))
        bindings = _bindings(context, question) if question and state["text"] == question.text else {}
    if len(state["text"]) > LINKED and state["saved"] is None:
        st.caption(f"This query is longer than {LINKED:,} characters: the address does not hold it, keep its text.")
    _answer(context, state, state["text"], bindings)


def _run(text: str) -> None:
    state = st.session_state[STATE]
    state.update(text=text, run=True, saved=state["saved"] if state["text"] == text else None)
    if st.query_params.get("saved") and state["saved"] is None:
        st.query_params.clear()
    if state["saved"] is None and len(text) <= LINKED:
        st.query_params["query"] = text
    else:  # a part of a query is another query
        st.query_params.pop("query", None)


def _questions(context: Context, saved: dict[str, SavedQuery], wanted: str) -> SavedQuery | None:
    questions = {q.id: q for q in saved.values()}
    names = ["", *questions]

    def choose() -> None:
        st.query_params.clear()
        if picked := st.session_state["kg-saved"]:
            st.query_params["saved"] = picked

    st.session_state["kg-saved"] = wanted if wanted in questions else ""
    chosen = st.selectbox(
        "Saved questions",
        names,
        key="kg-saved",
        on_change=choose,
        format_func=lambda q: f"{q} · {questions[q].title}" if q else "choose a question …",
    )
    if not chosen or chosen not in questions:
        return None
    question = questions[chosen]
    show.html(Markup('<p class="kg-quiet">{}</p>').format(question.question))
    for parameter in question.parameters:
        st.text_input(
            f"{parameter.name}" + (f" ({show.kind_words(parameter.kind)})" if parameter.kind else ""),
            value=parameter.default or "",
            key=f"p-{parameter.name}",
            bind="query-params",
            placeholder="for all",
        )
    return question


def _bindings(context: Context, question: SavedQuery) -> dict[str, Any]:
    """The parameters as terms: an address, an identifier, or a name of a thing that the graph knows."""
    found: dict[str, Any] = {}
    for parameter in question.parameters:
        value = str(st.session_state.get(f"p-{parameter.name}") or "").strip()
        if not value:
            continue
        bound = term(value, context.workspace.addresses)
        if isinstance(bound, Literal) and parameter.kind and (iri := context.meant(value)):
            bound = NamedNode(iri)
        found[parameter.name] = bound
    return found


def _history(state: dict[str, Any]) -> None:
    if not state["history"]:
        return
    with st.expander(f"History ({len(state['history'])})"):
        for number, text in enumerate(reversed(state["history"])):
            short = " ".join(re.sub(r"(?m)^\s*#.*$", "", text).split())[:70]
            if st.button(show.markdown(short), key=f"kg-history-{number}", width="stretch"):
                state.update(text=text, nth=state["nth"] + 1, saved=None, run=True)
                st.rerun()


def _answer(context: Context, state: dict[str, Any], text: str, bindings: dict[str, Any]) -> None:
    key = (text, tuple(sorted((n, str(v)) for n, v in bindings.items())), context.version)
    waiting = "asking" in state and state["asking"].key == key
    if not text or (not state.pop("run", False) and state.get("asked") != key and not bindings and not waiting):
        show.html(show.nothing("No question asked yet", "Write a query and press Ctrl-Enter, or choose a saved question."))
        return
    if state.get("asked") != key:
        state["fault"] = None
        asking = _asking(context, state, key, text, bindings)
        asking.thread.join(0.8)
        if asking.thread.is_alive():
            _waiting()
            return
        state["found"], state["asked"] = asking.found, key
        state.pop("asking")
        if isinstance(asking.found, Found):
            state["history"] = [*(h for h in state["history"] if h != text), text][-30:]
        elif not isinstance(asking.found, LimitReached):
            state["fault"] = _fault(str(asking.found))
        if state["fault"]:
            st.rerun()
    found = state["found"]
    if isinstance(found, KgError):
        kind = "Stopped" if isinstance(found, LimitReached) else "This query cannot be answered"
        tip = (
            "Ask for less: a LIMIT, fewer joins, a thing instead of all."
            if isinstance(found, LimitReached)
            else "The line is marked above."
        )
        show.html(show.nothing(kind, Markup("{}<br><span class='kg-quiet'>{}</span>").format(show.plain(found, 500), tip)))
        return
    _shown(context, found)


class _Asking:
    """A question on its way: a thread waits for the worker, so that the page can offer to cancel."""

    def __init__(self, workers: Workers, key: object, text: str, bindings: dict[str, Any], as_of: date | None) -> None:
        self.workers, self.key, self.ticket, self.began = workers, key, uuid4().hex, time.monotonic()
        self.found: Found | KgError = LimitReached("the query was not answered")
        self.thread = Thread(target=self._run, args=(text, bindings, as_of), daemon=True)
        self.thread.start()

    def _run(self, text: str, bindings: dict[str, Any], as_of: date | None) -> None:
        try:
            self.found = self.workers.ask(text, bindings, as_of, LIMIT, SECONDS, self.ticket)
        except KgError as error:
            self.found = error


def _asking(context: Context, state: dict[str, Any], key: object, text: str, bindings: dict[str, Any]) -> _Asking:
    """The question on its way; another one that was on its way is cancelled."""
    asking: _Asking | None = state.get("asking")
    if asking is None or asking.key != key:
        if asking is not None:
            asking.workers.cancel(asking.ticket)
        asking = _Asking(held.workers(context), key, text, bindings, context.as_of)
        state["asking"] = asking
    return asking


@st.fragment(run_every=0.5)
def _waiting() -> None:
    asking: _Asking | None = st.session_state[STATE].get("asking")
    if asking is None or not asking.thread.is_alive():
        st.rerun()
    seconds = time.monotonic() - asking.began
    show.html(show.nothing(f"Asking… {seconds:.0f} s", f"It is stopped after {SECONDS} s."))
    if st.button("Cancel", icon=":material/cancel:"):
        asking.workers.cancel(asking.ticket)


def _fault(message: str) -> Fault | None:
    at = re.search(r"line (\d+)(?:, column (\d+)| column (\d+))?", message) or re.search(r"(\d+):(\d+)", message)
    if at is None:
        return None
    column = next((int(g) for g in at.groups()[1:] if g), 1)
    return Fault(int(at[1]), column, message[:300])


def _shown(context: Context, found: Found) -> None:
    if found.form == "ask":
        show.html(Markup('<p style="font-size:1.4rem"><b>{}</b></p>').format("true" if found.boolean else "false"))
        return
    told = f"{len(found.rows):,} {'rows' if found.form == 'select' else 'triples'} in {found.seconds:.2f} s"
    st.caption(told + (f"; only the first {LIMIT:,}, the rest is left out" if found.cut else ""))
    if not found.rows:
        show.html(
            show.nothing(
                "Nothing matches",
                "Take a condition away, or look at what is there with SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p.",
            )
        )
        return
    graph = _graph_of(found)
    lands = _countries(found)
    views = ["table", *(["map"] if lands else []), *(["chart"] if _numbers(found) else []), *(["graph"] if graph else [])]
    way = st.segmented_control("Shown as", views, default="table", key="kg-answer-view", label_visibility="collapsed")
    if way == "map":
        world(lands, "incidents" if not _numbers(found) else found.columns[_numbers(found)[-1]], height=420)
    elif way == "chart":
        _chart(context, found)
    elif way == "graph" and graph:
        _graph(context, found, graph)
    else:
        _table(context, found)
    _files(context, found)


def _table(context: Context, found: Found) -> None:
    rows = found.rows[:300]
    show.html(show.table(found.columns, ([_cell(context, cell) for cell in row] for row in rows)))
    if len(found.rows) > len(rows):
        st.caption(f"The table shows {len(rows)}; the files have all {len(found.rows):,}.")


def _cell(context: Context, cell: Any) -> Markup | str:
    """A term as a person reads it: things are links, lists of claims are evidence."""
    if isinstance(cell, NamedNode):
        if "/claim/" in cell.value:
            return show.evidence(context, [cell.value])
        if cell.value.startswith(context.workspace.addresses.root):
            return show.thing(context, cell.value, limit=70)
        return show.name(context.story.label(cell), 90)
    if isinstance(cell, Literal):
        parts = cell.value.split(" ")
        if len(parts) <= 200 and all(part.startswith("http") and "/claim/" in part for part in parts):
            return show.evidence(context, parts)
        if len(parts) <= 20 and all(part.startswith(IKG) for part in parts):
            return show.name(", ".join(context.story.label(NamedNode(part)) for part in parts))
        return show.name(cell.value, 240)
    return "" if cell is None else show.name(str(cell), 120)


def _numbers(found: Found) -> list[int]:
    """The columns that hold nothing but numbers."""
    if found.form != "select" or len(found.columns) < 2:
        return []
    numeric = []
    for place in range(len(found.columns)):
        cells = [row[place] for row in found.rows if row[place] is not None]
        if cells and all(isinstance(c, Literal) and re.fullmatch(r"-?\d+(\.\d+)?", c.value) for c in cells):
            numeric.append(place)
    return numeric if len(numeric) < len(found.columns) else []


def _countries(found: Found) -> dict[str, float]:
    """Numbers by country, if a column holds countries: those of the last column of numbers, else how many rows name each."""
    start = f"{IKG}country-"
    for place in range(len(found.columns)):
        cells = [row[place] for row in found.rows if row[place] is not None]
        if not cells or not all(isinstance(c, NamedNode) and c.value.startswith(start) for c in cells):
            continue
        numbers = _numbers(found)
        counts: dict[str, float] = {}
        for row in found.rows:
            if isinstance(land := row[place], NamedNode):
                one = float(getattr(row[numbers[-1]], "value", 0) or 0) if numbers else 1
                counts[land.value.removeprefix(start)] = counts.get(land.value.removeprefix(start), 0) + one
        return counts
    return {}


def _chart(context: Context, found: Found) -> None:
    import altair as alt

    number = _numbers(found)[-1]
    names = [p for p in range(len(found.columns)) if p not in _numbers(found)]

    def words(cell: Any) -> str:
        return context.story.label(cell) if isinstance(cell, NamedNode) else str(getattr(cell, "value", "") or "")

    rows = [
        {"what": show.plain(", ".join(words(row[p]) for p in names[:2]), 60), "number": float(getattr(row[number], "value", 0) or 0)}
        for row in found.rows[:60]
    ]
    chart = (
        alt.Chart({"values": rows})
        .mark_bar(color="#0b6a9c")
        .encode(
            x=alt.X("number:Q", title=found.columns[number]),
            y=alt.Y("what:N", sort="-x", title=None, axis=alt.Axis(labelLimit=320)),
            tooltip=["what:N", "number:Q"],
        )
    )
    st.altair_chart(chart.properties(height=max(120, 20 * len(rows))), alt=f"bars: {found.columns[number]}")


def _graph_of(found: Found) -> tuple[int, int, int | None] | None:
    """The places of subject, object and predicate, if an answer can be drawn: two columns of things, or triples."""
    if found.form == "construct":
        return (0, 2, 1)
    things = [
        place
        for place in range(len(found.columns))
        if (cells := [row[place] for row in found.rows if row[place] is not None])
        and all(isinstance(c, NamedNode) and "/claim/" not in c.value for c in cells)
    ]
    return (things[0], things[1], None) if len(things) >= 2 else None


def _graph(context: Context, found: Found, places: tuple[int, int, int | None]) -> None:
    one, other, by = places
    pairs: dict[tuple[str, str], str] = {}
    for row in found.rows[:1500]:
        a, b = row[one], row[other]
        if isinstance(a, NamedNode) and isinstance(b, NamedNode):
            label = row[by].value.removeprefix(IKG) if by is not None and isinstance(row[by], NamedNode) else ""  # type: ignore[union-attr]
            pairs.setdefault((a.value, b.value), label)
    things = dict.fromkeys(t for pair in pairs for t in pair)
    kinds = {t: next(iter(context.story.kinds(NamedNode(t))), "") for t in things}
    nodes = [
        Node(t, show.plain(context.story.label(NamedNode(t)), 120), kinds[t], show.KINDS.get(kinds[t], ("other", ""))[0], 24)
        for t in list(things)[:800]
    ]
    known = {n.id for n in nodes}
    lines = [Line(f"{a} {b}", a, b, show.kind_words(label)) for (a, b), label in pairs.items() if a in known and b in known]
    view = View(tuple(list(things)[:300])).packed(context.workspace.addresses)
    show.html(
        Markup("<p>{}</p>").format(
            show.linked(context.link("explore", view=view), "Go on in Explore, with what the graph knows between them")
        )
    )
    canvas(nodes, lines, "answer", f"answer {hash(found.rows)}", height=560, note="incident-kg · answer of a query")


def _files(context: Context, found: Found) -> None:
    with st.container(horizontal=True):
        if found.form == "select":
            for name, write in SELECT_FORMATS.items():
                st.download_button(
                    name.upper(), write(found.columns, found.rows), f"answer.{name}", icon=":material/download:", on_click="ignore"
                )
        else:
            quads = (Quad(*row) for row in found.rows)  # type: ignore[arg-type]
            turtle = to_text(quads, "turtle", context.workspace.addresses)
            st.download_button("Turtle", turtle, "answer.ttl", "text/turtle", icon=":material/download:", on_click="ignore")


@cache
def _terms() -> Sequence[tuple[str, str]]:
    """What the editor completes: keywords, prefixes, and the terms of the ontology with their labels."""
    store = Store()
    store.load(path=str(folder("ontology") / "incident-kg.ttl"), format=RdfFormat.TURTLE)
    label = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
    names = {
        f"ikg:{q.subject.value.removeprefix(IKG)}": q.object.value
        for q in store.quads_for_pattern(None, label, None)
        if isinstance(q.subject, NamedNode) and q.subject.value.startswith(IKG) and isinstance(q.object, Literal)
    }
    words = "SELECT DISTINCT WHERE FILTER OPTIONAL UNION GRAPH VALUES BIND GROUP ORDER BY LIMIT OFFSET COUNT CONSTRUCT ASK DESCRIBE"
    return [*((w, "") for w in words.split()), *((f"{p}:", iri) for p, iri in PREFIXES.items()), ("a", "rdf:type"), *sorted(names.items())]
