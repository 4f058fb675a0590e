"""Two days side by side: what was known about an incident then, and what is known now."""

from __future__ import annotations

from datetime import date

import streamlit as st
from markupsafe import Markup

from kg.app import heads, show
from kg.app.address import day_of
from kg.app.context import Context
from kg.disclosure import Diff, Fact, State, describe, diff, disclosures, state
from kg.story import Story


def draw(context: Context) -> None:
    """``?thing=incident:…&from=2024-02-01&to=2024-07-03``; without ``to``: now."""
    iri = heads.asked(context, "compare", ("Incident",))
    if iri is None:
        return
    told = disclosures(context.store, context.workspace.addresses, iri)
    days = [day for r in told if (day := day_of(r.published[:10]))]
    show.html(show.title(context.story.label(context.story.node(iri)), ["Incident"], "What was known on two days"))
    one, other = st.columns(2)
    first = _day(one, "from", "What was known on", days[0] if days else None)
    last = _day(other, "to", "compared with (empty: now)", None)
    if first is None:
        show.html(show.nothing("No day chosen", "Choose the day to look back to."))
        return
    if last is not None and last < first:
        show.html(show.nothing("The second day lies before the first", "Choose them the other way round."))
        return
    workspace = context.workspace
    with workspace.open_store(first) as early, workspace.open_store(last) as late:
        stories = Story(early, workspace.addresses), Story(late, workspace.addresses)
        before, after = state(early, workspace.addresses, iri), state(late, workspace.addresses, iri)
        change = diff(before, after)
        _summary(before, after, change, first, last)
        left, right = st.columns([1, 1.25], gap="large")
        with left:
            show.html(show.heading(f"Known on {first}", len(before.facts)), *(_fact(context, f, stories[0]) for f in before.facts))
            if not before.facts:
                show.html(Markup('<p class="kg-quiet">Nothing was public yet.</p>'))
        with right:
            _changes(context, change, stories, last)


def _day(place: object, key: str, label: str, usual: date | None) -> date | None:
    name = f"kg-compare-{key}"
    if name not in st.session_state:
        st.session_state[name] = day_of(st.query_params.get(key)) or usual
    chosen = place.date_input(label, None, date(1970, 1, 1), date(2100, 1, 1), key=name)  # type: ignore[attr-defined]
    if isinstance(chosen, date):
        if st.query_params.get(key) != chosen.isoformat():  # a write that changes nothing could reach a page gone to meanwhile
            st.query_params[key] = chosen.isoformat()
        return chosen
    if key in st.query_params:
        del st.query_params[key]
    return None


def _summary(before: State, after: State, change: Diff, first: date, last: date | None) -> None:
    show.html(
        show.figures(
            [
                (len(before.reports), f"reports by {first}"),
                (len(after.reports), f"reports by {last or 'now'}"),
                (len(change.added), "statements added"),
                (len(change.changed), "changed"),
                (len(change.removed), "gone"),
            ]
        )
    )


def _fact(context: Context, fact: Fact, story: Story, sign: str = "", family: str = "other") -> Markup:
    who = ", ".join(dict.fromkeys(story.label(story.node(s.agent)) for s in fact.latest))
    values = [str(v) for s in fact.latest for v in (s.time, s.count) if v]
    mark = show.badge(sign, family) if sign else ""
    standing = (
        show.badge(fact.standing, "bad" if fact.standing in ("denied", "contested", "disputed") else "warn")
        if fact.standing != "asserted"
        else ""
    )
    under = " · ".join([who, *dict.fromkeys(values)])
    return Markup('<div class="kg-said">{} {} {}{}<span class="kg-quiet">{}</span></div>').format(
        mark, show.name(describe(fact, story)), standing, show.evidence(context, fact.claims), show.plain(under)
    )


def _changes(context: Context, change: Diff, stories: tuple[Story, Story], last: date | None) -> None:
    before, after = stories
    show.html(show.heading(f"What {last or 'now'} adds", len(change.added)), *(_fact(context, f, after, "+", "good") for f in change.added))
    if change.changed:
        pieces = []
        for old, new in change.changed:
            then = "; ".join(dict.fromkeys(str(v) for s in old.latest for v in (s.time, s.count) if v)) or old.standing
            pieces.append(
                _fact(context, new, after, "~", "warn")
                + Markup('<p class="kg-quiet">before: {}, {} said so</p>').format(then, len(old.sayings))
            )
        show.html(show.heading("What changed", len(change.changed)), *pieces)
    if change.removed:
        show.html(show.heading("What is gone", len(change.removed)), *(_fact(context, f, before, "−", "bad") for f in change.removed))
    if not change:
        show.html(show.nothing("Nothing changed between these days", "Choose days that lie further apart."))
