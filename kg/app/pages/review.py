"""Review: proposed samenesses with score and reasons; claims that a machine read from texts, the least sure first."""

from __future__ import annotations

from typing import Any

import streamlit as st
from markupsafe import Markup

from kg.app import show
from kg.app.context import Context
from kg.app.people import ask_author, author
from kg.errors import KgError
from kg.explaining import context as words_around
from kg.explaining import how, in_words
from kg.matching import Candidate, all_candidates
from kg.model.report import Answer, IncidentReport
from kg.readers.writing import plain
from kg.reviewing import Extracted, Reply, changes_of, extracted, unanswered
from kg.vocabulary import SamenessKind
from kg.written import visible

PAGE = 15
LARGE = 400_000
"""Above so many statements proposals are looked for on request: it takes a while."""


def draw(context: Context) -> None:
    """``?tab=claims`` opens the claims that were read from texts."""
    show.html(show.title("Review", (), "Nothing is joined and nothing counts as checked without a person; every decision can be undone."))
    if not context.read_only:
        ask_author()
    who, texts, done = st.tabs(
        ["Who is who", "Claims read from texts", "Decisions"],
        default="Claims read from texts" if st.query_params.get("tab") == "claims" else None,
    )
    with who:
        _samenesses(context)
    with texts:
        _claims(context)
    with done:
        _decisions(context)


def _samenesses(context: Context) -> None:
    if len(context.store) > LARGE and not st.toggle("Look through the whole graph (takes a minute)", key="kg-review-look"):
        return
    with st.spinner("Comparing identities…", show_time=True):
        found = _candidates(context)
    kind = st.segmented_control(
        "Kind", ["all", "incident", "actor", "organization"], key="kind", bind="query-params", default="all", label_visibility="collapsed"
    )
    chosen = [c for c in found if kind in (None, "all", c.kind)]
    if not chosen:
        show.html(show.nothing("Nothing is proposed", "New reports bring new proposals."))
        return
    st.caption(f"{len(chosen):,} proposals, the most valuable first")
    for one in chosen[:PAGE]:
        _proposal(context, one)


def _proposal(context: Context, one: Candidate) -> None:
    with st.container(border=True):
        words, ways = st.columns([4, 1.3], vertical_alignment="center")
        with words:
            things = Markup("{} <b>=?</b> {}").format(
                show.thing(context, one.one, one.labels[0]), show.thing(context, one.other, one.labels[1])
            )
            why = Markup('<br><span class="kg-quiet">{}</span>').format(show.plain("; ".join(one.reasons), 400))
            show.html(
                Markup("<div>{} {}{}</div>").format(show.badge(f"{one.score} of 100", "good" if one.score >= 75 else "warn"), things, why)
            )
        if not context.read_only:
            with ways, st.container(horizontal=True, horizontal_alignment="right"):
                key = f"{one.one} {one.other}"
                st.button(
                    "Same", key=f"kg-same {key}", on_click=_decide, args=(context, one.one, one.other, SamenessKind.SAME), type="primary"
                )
                st.button(
                    "Different", key=f"kg-different {key}", on_click=_decide, args=(context, one.one, one.other, SamenessKind.DIFFERENT)
                )


def _decide(context: Context, one: str, other: str, verdict: SamenessKind) -> None:
    context.refuse_if_read_only()
    context.workspace.link(one, other, verdict, author())
    st.toast("Decided; Decisions takes it back", icon=":material/check:")


@st.cache_data(max_entries=5, show_spinner=False, hash_funcs={Context: lambda c: c.version})
def _candidates(context: Context) -> list[Candidate]:
    return sorted(all_candidates(context.store, context.names, context.workspace.addresses), key=lambda c: (-c.value, c.one, c.other))


def _claims(context: Context) -> None:
    reports = context.workspace.extracted_reports()
    waiting = [(report, one) for report in reports for one in unanswered(report)]
    waiting.sort(key=lambda pair: pair[1].claim.extraction_confidence or 0)
    if not reports:
        show.html(show.nothing("No text was read yet", "Texts that you add are read here, each claim with its words."))
        return
    every = sum(len(extracted(r)) for r in reports)
    st.caption(f"{len(waiting):,} of {every:,} claims from {len(reports):,} texts wait for an answer, the least sure first")
    for report, one in waiting[:PAGE]:
        _claim(context, report, one)
    answered = [(r, e) for r in reports for e in extracted(r) if e.claim.reviewed is not None]
    if answered and not context.read_only:
        with st.expander(f"{len(answered)} answers"):
            for report, one in answered[:100]:
                told = show.markdown(f"{in_words(report, one.field, one.claim)} — {how(one.claim)}", 300)
                if st.button(f"Undo: {told}", key=f"kg-undo {report.info.id} {one.id}", icon=":material/undo:"):
                    context.refuse_if_read_only()
                    context.workspace.unreview(report.info.id, [one.id], author())
                    st.rerun()


def _claim(context: Context, report: IncidentReport, one: Extracted) -> None:
    with st.container(border=True):
        words, ways = st.columns([4, 1.3], vertical_alignment="center")
        with words:
            quoted = [(report.locate(e), len(e.quote)) for e in one.claim.evidence]
            places = [words_around(report.text or "", start, start + size) for start, size in quoted if start is not None]
            shown = show.joined(
                (Markup('<blockquote class="kg-quote">{}<mark>{}</mark>{}</blockquote>').format(*map(visible, p)) for p in places[:2]),
                "",
            )
            said = show.name(in_words(report, one.field, one.claim))
            show.html(
                Markup('<div><b>{}</b> <span class="kg-quiet">{} · {}</span>{}</div>').format(
                    said, show.plain(how(one.claim)), show.plain(report.info.title, 80), shown
                )
            )
        if not context.read_only:
            with ways, st.container(horizontal=True, horizontal_alignment="right"):
                key = f"{report.info.id} {one.id}"
                st.button(
                    "Right",
                    key=f"kg-right {key}",
                    on_click=_answer,
                    args=(context, report.info.id, one.id, Answer.ACCEPTED),
                    type="primary",
                )
                with st.popover("Correct"):
                    st.caption("What is right, as in role: bystander")
                    st.text_area("Correction", key=f"kg-correct {key}", label_visibility="collapsed", placeholder=_fields(one))
                    st.button(
                        "Keep",
                        key=f"kg-keep {key}",
                        on_click=_correct,
                        args=(context, report.info.id, one.id, f"kg-correct {key}"),
                    )
                st.button("Wrong", key=f"kg-wrong {key}", on_click=_answer, args=(context, report.info.id, one.id, Answer.REJECTED))


def _answer(context: Context, report: str, claim: str, answer: Any) -> None:
    context.refuse_if_read_only()
    context.workspace.review(report, [Reply(claim, answer)], author())


def _fields(one: Extracted) -> str:
    """The plain fields of a claim, as a correction would write them."""
    told = plain(one.claim)
    return "\n".join(
        f"{name}: {value}"
        for name, value in told.items()
        if isinstance(value, str | int) and not name.startswith(("extract", "method", "key"))
    )


def _correct(context: Context, report: str, claim: str, field: str) -> None:
    context.refuse_if_read_only()
    try:
        context.workspace.review(report, [Reply(claim, Answer.CORRECTED, changes_of(st.session_state[field]))], author())
    except KgError as error:
        st.toast(show.markdown(error, 300), icon=":material/error:")


def _decisions(context: Context) -> None:
    decisions = context.workspace.decisions()
    if not decisions:
        show.html(show.nothing("No decision stands", "What you decide under Who is who is listed here."))
        return
    for one in reversed(decisions[-100:]):
        words, ways = st.columns([5, 1], vertical_alignment="center")
        label = {iri: context.story.label(context.story.node(iri)) for iri in (one.one, one.other)}
        with words:
            things = show.joined(
                (show.thing(context, iri, label[iri]) for iri in label),
                Markup(" <b>{}</b> ").format("is" if one.verdict == "same" else "is not"),
            )
            show.html(
                Markup('<div>{} <span class="kg-quiet">{} · {} {}</span></div>').format(
                    things, show.plain(one.by, 60), one.on, show.plain(one.note, 120)
                )
            )
        if not context.read_only and ways.button("Undo", key=f"kg-unlink {one.one} {one.other}", icon=":material/undo:"):
            context.refuse_if_read_only()
            context.workspace.unlink(one.one, one.other, author())
            st.rerun()
