"""Showing things: pieces of HTML in which whatever stands in the graph is text, and nothing else.

Everything that comes from reports is hostile. Pieces are made with :class:`markupsafe.Markup`, whose ``format`` escapes
what is put in; :func:`html` draws nothing that is not such a piece.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

import streamlit as st
from markupsafe import Markup, escape

from kg.app.context import Context
from kg.story import ClaimView
from kg.written import visible

LIMIT = 400
"""So many characters of a label are shown; the rest is in its title and on its page."""

KINDS: Mapping[str, tuple[str, str]] = {
    "Incident": ("incident", "bolt"),
    "ThreatActor": ("actor", "skull"),
    "UnidentifiedActor": ("actor", "question_mark"),
    "Campaign": ("campaign", "flag"),
    "Organization": ("party", "apartment"),
    "Population": ("party", "groups"),
    "Person": ("party", "person"),
    "Country": ("place", "public"),
    "Sector": ("place", "category"),
    "Asset": ("asset", "database"),
    "Malware": ("tool", "bug_report"),
    "Tool": ("tool", "build"),
    "Technique": ("tool", "route"),
    "Vulnerability": ("weakness", "lock_open"),
    "Product": ("weakness", "inventory_2"),
    "Report": ("report", "article"),
    "Source": ("report", "newspaper"),
}
"""Of each kind: the family whose colour it has (``--kg-incident`` …) and a symbol, so that colour is never the only sign."""


def plain(text: object, limit: int = LIMIT) -> str:
    """Text fit to be shown: one line, not too long, invisible and direction-changing characters made visible.

    >>> plain("a\\u202eb\\n c")
    'a⟨U+202E⟩b c'
    >>> plain("x" * 500, 10)
    'xxxxxxxxx…'
    """
    shown = visible(" ".join(str(text).split()))
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def markdown(text: object, limit: int = LIMIT) -> str:
    """Text for the places where Streamlit reads Markdown (labels of widgets, headers): none of it is read as such.

    >>> markdown("**a** :red[b] $x$ <i>")
    '\\\\*\\\\*a\\\\*\\\\* \\\\:red\\\\[b\\\\] \\\\$x\\\\$ \\\\<i\\\\>'
    """
    return re.sub(r"([\\`*_{}\[\]()#+!|~$:<>&-])", r"\\\1", plain(text, limit))


def html(*pieces: Markup) -> None:
    """Draw pieces. Raises :class:`TypeError` for a plain string: only what was made by ``Markup.format`` is safe."""
    for piece in pieces:
        if not isinstance(piece, Markup):
            raise TypeError(f"not a safe piece of HTML: {str(piece)[:60]!r}")
    st.html(Markup("").join(pieces))


def joined(pieces: Iterable[Markup | str], between: Markup | str = " ") -> Markup:
    """Pieces in a row; plain strings among them are escaped."""
    return escape(between).join(pieces)


def name(text: object, limit: int = LIMIT) -> Markup:
    """A name of a thing, kept apart from the direction of the text around it, whole in its title when it is cut."""
    shown, whole = plain(text, limit), plain(text, 2000)
    title = Markup(' title="{}"').format(whole) if shown != whole else Markup("")
    return Markup("<bdi{}>{}</bdi>").format(title, shown)


def symbol(kind: str) -> Markup:
    """The symbol of a kind of thing, in its colour, read aloud as the kind's name."""
    family, icon = KINDS.get(kind, ("other", "circle"))
    return Markup('<span class="kg-symbol kg-{}" role="img" aria-label="{}" title="{}">{}</span>').format(
        family, kind_words(kind), kind_words(kind), icon
    )


def kind_words(kind: str) -> str:
    """A kind of thing in words.

    >>> kind_words("UnidentifiedActor")
    'unidentified actor'
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower()


def thing(context: Context, iri: str, label: str | None = None, kind: str | None = None, limit: int = 80) -> Markup:
    """A thing: its symbol and its name, linked to its page."""
    node = context.story.node(iri)
    shown = label if label is not None else context.story.label(node)
    kind = kind or next(iter(context.story.kinds(node)), "")
    return Markup('<a class="kg kg-thing" href="{}">{}{}</a>').format(
        context.link_to(iri, kind or None), symbol(kind) if kind else "", name(shown, limit)
    )


def linked(address: str, text: object, limit: int = LIMIT) -> Markup:
    """A link inside the app, followed without loading the page again."""
    return Markup('<a class="kg" href="{}">{}</a>').format(address, text if isinstance(text, Markup) else name(text, limit))


def badge(text: object, family: str = "other", title: str = "") -> Markup:
    """A small word in a frame; ``family`` is one of good, warn, bad, other or a family of :data:`KINDS`."""
    return Markup('<span class="kg-badge kg-{}" title="{}">{}</span>').format(family, title, plain(text, 60))


STANCES = {"asserted": "other", "claimed": "warn", "suspected": "warn", "disputed": "bad", "denied": "bad", "withdrawn": "bad"}
"""The family of each stance; the word itself is always shown."""


def stance(word: str) -> Markup:
    """The stance of a claim."""
    return badge(word, STANCES.get(word, "other")) if word else Markup("")


def confidence(number: int | None, words: str = "") -> Markup:
    """How sure a claim is: as said, and as a bar of 0 to 100; nothing stated is nothing, not half."""
    if number is None and not words:
        return Markup('<span class="kg-quiet">no confidence stated</span>')
    said = Markup("“{}” ").format(plain(words, 80)) if words else Markup("")
    if number is None:
        return said
    return Markup('{}<span class="kg-bar" role="img" aria-label="confidence {} of 100"><i style="width:{}%"></i></span> {}').format(
        said, number, max(0, min(100, number)), number
    )


def claim(context: Context, view: ClaimView, dated: bool = True) -> Markup:
    """One claim: what it says, who says so, when, how surely, in which words; the words open the report at their place."""
    where = context.link("report", report=context.short(view.report), claim=context.short(view.iri))
    head = Markup('<div class="kg-claim"><div>{} {}</div>').format(name(view.sentence), stance(view.stance))
    source = Markup('<span class="kg-quiet">{} · </span>').format(plain(view.published or "undated")) if dated else Markup("")
    sure = confidence(view.confidence, view.words_of_confidence)
    by = Markup('<div class="kg-by">{}asserted by <b>{}</b> · {} · {}</div>').format(
        source, name(view.asserted_by or "nobody named", 80), sure, linked(where, "evidence")
    )
    how = Markup('<div class="kg-quiet">{}</div>').format(plain(view.how)) if view.how else Markup("")
    quotes = joined((quote(q.words, q.whose, where) for q in view.quotes), "")
    return head + by + how + quotes + Markup("</div>")


def quote(words: str, whose: str, where: str) -> Markup:
    """Words that a claim rests on, and whose they are: the source's own, or our summary."""
    mark = Markup("our summary") if whose == "project" else Markup("source’s words")
    return Markup('<blockquote class="kg-quote"><a class="kg" href="{}">{}</a><span class="kg-quiet"> — {}</span></blockquote>').format(
        where, name(words), mark
    )


def table(heads: Iterable[str], rows: Iterable[Iterable[object]], note: str = "") -> Markup:
    """A table of pieces and texts (for big tables of plain values use ``st.dataframe``)."""

    def cell(value: object) -> Markup:
        return Markup("<td>{}</td>").format(value if isinstance(value, Markup) else plain("" if value is None else value))

    head = joined((Markup("<th>{}</th>").format(plain(h)) for h in heads), "")
    body = joined((Markup("<tr>{}</tr>").format(joined(map(cell, row), "")) for row in rows), "")
    tail = Markup('<caption class="kg-quiet">{}</caption>').format(note) if note else Markup("")
    return Markup('<div class="kg-scroll"><table class="kg-table">{}<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>').format(
        tail, head, body
    )


def figures(numbers: Iterable[tuple[object, str]]) -> Markup:
    """A row of large numbers with what they count."""
    cells = (
        Markup('<div class="kg-figure"><b>{}</b><span>{}</span></div>').format(f"{n:,}" if isinstance(n, int) else plain(n), plain(what))
        for n, what in numbers
    )
    return Markup('<div class="kg-figures">{}</div>').format(joined(cells, ""))


def title(text: object, kinds: Iterable[str] = (), under: Markup | str = "") -> Markup:
    """The head of a page: a name with its symbols and a line under it."""
    signs = joined((symbol(kind) for kind in kinds), "")
    return Markup('<header class="kg-title"><h1>{}{}</h1><div class="kg-quiet">{}</div></header>').format(signs, name(text, 160), under)


def nothing(what: str, next_step: Markup | str) -> Markup:
    """The state of a page that has nothing to show: what is missing, and what to do now."""
    return Markup('<div class="kg-nothing"><b>{}</b><div>{}</div></div>').format(plain(what), next_step)


def is_readable(text: str) -> bool:
    """Whether a text has anything to see: labels of spaces and invisible characters are shown by their identifier instead.

    >>> is_readable("\\u200b \\u2060"), is_readable("Acme")
    (False, True)
    """
    return any(unicodedata.category(c)[0] not in "ZC" for c in text)


def cards(pieces: Iterable[Markup]) -> Markup:
    """Pieces side by side in frames, as many in a row as fit."""
    return Markup('<div class="kg-cards">{}</div>').format(joined((Markup('<div class="kg-card">{}</div>').format(p) for p in pieces), ""))


def heading(text: str, count: int | None = None) -> Markup:
    """The heading of a section of a page."""
    number = Markup(' <span class="kg-quiet">{}</span>').format(f"{count:,}") if count is not None else Markup("")
    return Markup('<h2 class="kg-h2">{}{}</h2>').format(plain(text), number)


def evidence(context: Context, claims: Sequence[str], words: str = "") -> Markup:
    """Links to the claims that something rests on: one opens its report at its words, more than three are counted."""
    if not claims:
        return Markup("")
    links = [
        Markup('<a class="kg kg-ev" href="{}" title="the words it rests on">{}</a>').format(
            context.link("report", claim=context.short(c)), number
        )
        for number, c in enumerate(claims[:4], 1)
    ]
    more = Markup('<span class="kg-quiet">+{}</span>').format(len(claims) - 4) if len(claims) > 4 else Markup("")
    return Markup('<span class="kg-evs">{}{}{}</span>').format(words, joined(links, ""), more)
