"""An incident in one screen: who, whom, what, how, when it happened and when it became known."""

from __future__ import annotations

from dataclasses import replace

import altair as alt
import streamlit as st
from markupsafe import Markup

from kg.app import heads, show
from kg.app.context import Context
from kg.disclosure import ChangeKind, ReportChanges
from kg.portraits import IncidentPortrait, Statement, When, incident_portrait
from kg.times import day_of_number

CHANGES = {
    ChangeKind.ADDED: ("good", "+"),
    ChangeKind.MADE_PRECISE: ("party", "≈"),
    ChangeKind.CORRECTED: ("warn", "~"),
    ChangeKind.CONTRADICTED: ("bad", "≠"),
    ChangeKind.WITHDREW: ("bad", "−"),
}


def draw(context: Context) -> None:
    """``?thing=incident:…``"""
    iri = heads.asked(context, "incident", ("Incident",))
    if iri is None:
        return
    told = incident_portrait(context.story, iri)
    notes = [f"{len(told.timeline)} reports", *(f"{name}: {value}" for name, value in told.facts if name in ("kind", "identifier"))]
    heads.draw(context, told.iri, told.label, ["Incident"], told.identities, notes)
    left, right = st.columns([1.15, 1], gap="large")
    with left:
        _actors(context, told)
        show.html(show.heading("Who was hit", len(told.hit)), _parties(context, told.hit))
        _assets(context, told)
        if told.others:
            show.html(show.heading("Named in the same reports, and no victims", len(told.others)), _parties(context, told.others))
        if told.methods or told.further:
            show.html(show.heading("How", len(told.methods)), *(_said(context, s) for s in [*told.methods, *told.further]))
    with right:
        show.html(show.heading("When it happened, when it became known"))
        _clocks(told)
        show.html(show.heading("Disclosures: what each report did", len(told.timeline)), *(_report(context, r) for r in told.timeline))


def _said(context: Context, one: Statement, text: Markup | None = None) -> Markup:
    """A statement with its standing, who says it, how numbers moved, and links to its words."""
    state = (
        show.badge(one.standing, "bad" if one.standing in ("contested", "denied", "disputed") else "warn")
        if one.standing != "asserted"
        else Markup("")
    )
    voices = []
    for voice in one.voices:
        said = "" if voice.stance == "asserted" else f" ({voice.stance})"
        value = f": {voice.value}" if voice.value else ""
        sure = f", {voice.words_of_confidence or voice.confidence}" if voice.words_of_confidence or voice.confidence is not None else ""
        voices.append(f"{voice.agent}{said}{value}{sure}")
    moved = [f"{day}: {number}" for day, _, number in one.counts] if len({n for _, _, n in one.counts}) > 1 else []
    under = " · ".join([*one.notes, "; ".join(dict.fromkeys(voices)), *(["how the number moved: " + " → ".join(moved)] if moved else [])])
    head = text if text is not None else show.name(one.text)
    return Markup('<div class="kg-said">{} {}{}<span class="kg-quiet">{}</span></div>').format(
        head, state, show.evidence(context, one.claims), show.plain(under)
    )


def _thing(context: Context, one: Statement) -> Markup:
    return show.thing(context, one.thing, one.label, one.thing_kind) if one.thing else show.name(one.text)


def _actors(context: Context, told: IncidentPortrait) -> None:
    show.html(show.heading("Who did it, according to whom", len(told.actors)))
    if not told.actors:
        show.html(Markup('<p class="kg-quiet">No report attributes it to anybody.</p>'))
        return
    show.html(*(_said(context, a, _thing(context, a)) for a in told.actors))
    link = context.link("analysis", name="consensus", incident=context.short(told.iri))
    if len([a for a in told.actors if a.stands]) > 1 and "analysis" in context.pages:
        show.html(Markup('<p class="kg-quiet">{}</p>').format(show.linked(link, "All sources pooled: how sure, who disagrees")))


def _parties(context: Context, statements: list[Statement]) -> Markup:
    out: list[Markup] = []
    roles = list(dict.fromkeys(s.role for s in statements))
    for role in roles:
        members = [s for s in statements if s.role == role]
        shown = [_said(context, s, _thing(context, s)) for s in members[:12]]
        rest = [_said(context, s, _thing(context, s)) for s in members[12:200]]
        more = (
            Markup("<details><summary class='kg-quiet'>{} more</summary>{}</details>").format(len(members) - 12, show.joined(rest, ""))
            if rest
            else ""
        )
        family = "bad" if role in ("victim", "breached supplier", "target") else "party" if role == "affected party" else "other"
        out.append(Markup("<p>{}</p>{}{}").format(show.badge(role, family), show.joined(shown, ""), more))
    return show.joined(out, "") if out else Markup('<p class="kg-quiet">Nobody is named.</p>')


def _assets(context: Context, told: IncidentPortrait) -> None:
    rows: dict[str, list[Statement]] = {}
    for one in told.assets:
        rows.setdefault(one.thing, []).append(one)
    shown = []
    for statements in rows.values():
        first = statements[0]
        effects = show.joined(show.badge(s.role, "asset" if s.stands else "warn") for s in statements)
        contested = next((s.standing for s in statements if s.standing == "contested"), first.standing)
        both = replace(
            first,
            standing=contested,
            voices=tuple(v for s in statements for v in s.voices),
            counts=tuple(c for s in statements for c in s.counts),
            claims=tuple(c for s in statements for c in s.claims),
        )
        shown.append(_said(context, both, Markup("{} {}").format(_thing(context, first), effects)))
    show.html(show.heading("What was taken or touched", len(rows)), *shown) if shown else None
    if told.denied:
        show.html(show.heading("What is denied", len(told.denied)), *(_said(context, s) for s in told.denied))


def _clocks(told: IncidentPortrait) -> None:
    rows = [
        {
            "event": when.event + (f" ({when.who})" if when.who else ""),
            "said": when.words,
            "by": when.agent,
            "from": day_of_number(when.first_day).isoformat(),
            "to": day_of_number(when.last_day + 1).isoformat(),
            "known": day_of_number(when.public_day).isoformat() if when.public_day is not None else None,
            "place": number,
        }
        for number, when in enumerate(told.times[:40])
    ]
    if not rows:
        show.html(Markup('<p class="kg-quiet">No report gives a time.</p>'))
        return
    words = [_when(w) for w in told.times[:40]]
    for row, said in zip(rows, words, strict=True):
        row["label"] = said
    base = alt.Chart({"values": rows}).encode(
        y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=260)),
        tooltip=[
            alt.Tooltip("event:N"),
            alt.Tooltip("said:N", title="as said"),
            alt.Tooltip("by:N"),
            alt.Tooltip("known:T", title="public on"),
        ],
    )
    happened = base.mark_bar(height=7, cornerRadius=3, color="#7a3e9d").encode(x=alt.X("from:T", title=None), x2="to:T")
    known = base.mark_point(shape="diamond", size=70, filled=True, color="#00897b").encode(x="known:T")
    rule = base.mark_rule(strokeDash=[2, 3], opacity=0.5).encode(x="to:T", x2="known:T")
    st.altair_chart(
        alt.layer(rule, happened, known).properties(height=max(90, 26 * len(rows))),
        alt="bars: when it happened; diamonds: when it became known",
    )
    show.html(Markup('<p class="kg-quiet">▬ when it happened, as exactly as it was said &nbsp; ◆ when that became known</p>'))


def _when(when: When) -> str:
    return show.plain(f"{when.event}{f' ({when.who})' if when.who else ''}: {when.words}", 60)


def _report(context: Context, told: ReportChanges) -> Markup:
    lines = []
    for kind, (family, sign) in CHANGES.items():
        for change in told.of(kind):
            by = "" if change.claim.asserted_by in (told.publisher, "") else f" — {change.claim.asserted_by}"
            earlier = "; ".join(
                f"{e.claim.published or 'undated'} {e.claim.asserted_by}: {e.text}"
                for e in change.earlier[:2]
                if kind is not ChangeKind.ADDED
            )
            item = Markup("<li>{} {}{}{}{}</li>").format(
                show.badge(f"{sign} {kind.value}", family),
                show.name(change.text),
                by,
                show.evidence(context, [change.claim.iri]),
                Markup('<br><span class="kg-quiet">earlier: {}</span>').format(show.plain(earlier)) if earlier else "",
            )
            lines.append(item)
    again = len(told.of(ChangeKind.REPEATED))
    repeated = Markup('<li class="kg-quiet">= repeated {} claims</li>').format(again) if again else Markup("")
    few, rest = lines[:7], lines[7:]
    more = (
        Markup("<details><summary>{} more changes</summary><ul>{}</ul></details>").format(len(rest), show.joined(rest, "")) if rest else ""
    )
    head = show.linked(context.link("report", report=context.short(told.report)), told.title, 110)
    days = "" if told.days is None else f" · day {told.days[0]}" + (f"–{told.days[1]}" if told.days[0] != told.days[1] else "")
    return Markup('<div class="kg-line"><b>{}</b> <span class="kg-quiet">{}{}</span><br>{}<ul>{}{}</ul>{}</div>').format(
        told.published[:10] if told.published else "undated",
        show.name(told.publisher, 60),
        days,
        head,
        show.joined(few, ""),
        repeated,
        more,
    )
