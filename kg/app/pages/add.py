"""Add reports: see what was understood beside the text, then store; what cannot be read is named and put aside."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import streamlit as st
from markupsafe import Markup

from kg.app import show
from kg.app.context import Context
from kg.errors import KgError
from kg.explaining import Told, pieces, tell
from kg.model.report import IncidentReport
from kg.readers.base import Found, Reject, SourceFile
from kg.readers.registry import reader_for
from kg.readers.text import About, Text, tells_of_an_incident
from kg.written import visible

LARGEST = 50
"""So many megabytes a file may have at most."""
SHOWN = 3


def draw(context: Context) -> None:
    """Files are dropped, or a text is pasted; nothing is stored before *Store* is pressed."""
    show.html(
        show.title(
            "Add reports",
            (),
            "Texts (plain, HTML, PDF, e-mail), report YAML, VERIS, ATT&CK, HHS, HIBP, KEV, our RDF. Nothing is stored before you say so.",
        )
    )
    if context.read_only:
        show.html(show.nothing("This app is read-only", "Start kg app without --read-only to add reports."))
        return
    files = st.file_uploader("Files", accept_multiple_files=True, max_upload_size=LARGEST, key="kg-add-files")
    pasted = st.text_area("… or paste a text", key="kg-add-text", height=120, placeholder="An article, a notice, a filing …")
    about = _about()
    given = [(f.name, f.getvalue()) for f in files or ()] + ([("pasted.txt", pasted.encode())] if pasted.strip() else [])
    if not given:
        show.html(show.nothing("No file yet", "Drop some files above. A folder, or many files, goes in faster with kg ingest PATH…"))
        return
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, (name, data) in enumerate(given):
            place = Path(folder) / str(number)
            place.mkdir()
            paths.append(place / Path(name).name[:120])
            paths[-1].write_bytes(data)
        with st.spinner("Reading…", show_time=True):
            understood = [(_understood(context, path, about)) for path in paths]
        good = sum(len(found) for found, _ in understood)
        bad = [reject for _, rejects in understood for reject in rejects]
        show.html(show.figures([(len(paths), "files"), (good, "reports understood"), (len(bad), "put aside")]))
        if bad:
            show.html(
                show.heading("Put aside, and why"),
                show.table(("file", "record", "reason"), ((r.file, r.record, r.reason) for r in bad[:100])),
            )
        if good and st.button(f"Store {good} reports", type="primary", icon=":material/save:"):
            _store(context, paths, about)
            return
        for found, _ in understood:
            for one in found[:SHOWN]:
                _report(one)
            if len(found) > SHOWN:
                st.caption(f"{len(found) - SHOWN:,} further reports of this file go in as well.")


def _about() -> About:
    with st.expander("What you know of a text: goes before what is found in it"):
        one, two = st.columns(2)
        title, publisher = one.text_input("Title", key="kg-add-title"), two.text_input("Publisher", key="kg-add-publisher")
        published = one.text_input("Published", key="kg-add-published", placeholder="2024-06-29, or June 2024")
        address = two.text_input("Address", key="kg-add-address")
    return About(title or None, publisher or None, published or None, address or None)


def _understood(context: Context, path: Path, about: About) -> tuple[list[IncidentReport], list[Reject]]:
    source = SourceFile(path, path.name)
    found: list[IncidentReport] = []
    rejects: list[Reject] = []
    try:
        reader: Any = reader_for(source)
        if isinstance(reader, Text):
            names = _names(context)
            one = Text(names.names, about, labels=names.labels).extract(source)
            if tells_of_an_incident(one.report):
                return [one.report], []
            return [], [Reject(source.name, "text", "no incident is told of; nothing of it is kept")]
        for item in reader.read(source):
            if isinstance(item, Found):
                found.append(item.report)
            else:
                rejects.append(item)
    except KgError as error:
        rejects.append(Reject(source.name, "file", str(error)))
    except OSError as error:
        rejects.append(Reject(source.name, "file", f"cannot be read: {error.strerror or error}"))
    return found, rejects


def _names(context: Context) -> Any:
    kept = st.session_state.get("kg-known-names")
    if kept is None or kept[0] != context.version:
        kept = (context.version, context.workspace.known_names())
        st.session_state["kg-known-names"] = kept
    return kept[1]


def _report(report: IncidentReport) -> None:
    told = tell(report)
    info = report.info
    show.html(show.heading(info.title, len(told)))
    facts = [
        f"published {report.published}" if report.published else "undated: say above when it was published",
        str(info.publisher or "no publisher found"),
    ]
    show.html(Markup('<p class="kg-quiet">{}</p>').format(show.plain(" · ".join(facts), 300)))
    left, right = st.columns([1.2, 1], gap="large")
    with left:
        if report.text:
            show.html(Markup('<div class="kg-text" dir="auto">{}</div>').format(_marked(report.text[:30_000], told)))
        else:
            show.html(Markup('<p class="kg-quiet">A structured record, without a text.</p>'))
    with right:
        rows = ((one.number, show.name(one.sentence, 200), one.said_by, one.how) for one in told[:120])
        show.html(show.table(("", "claim", "said by", "read by"), rows))


def _marked(text: str, told: list[Told]) -> Markup:
    out: list[Markup] = []
    for words, numbers in pieces(text, [t for t in told if all(end <= len(text) for _, end in t.places)]):
        plain = Markup("{}").format(visible(words))
        note = Markup("<sup>{}</sup>").format(" ".join(map(str, numbers))) if numbers else Markup("")
        out.append(Markup("<mark>{}</mark>{}").format(plain, note) if numbers else plain)
    return show.joined(out, "")


def _store(context: Context, paths: list[Path], about: About) -> None:
    context.refuse_if_read_only()
    with st.spinner("Storing…", show_time=True):
        result = context.workspace.ingest(paths, about=about)
    told = [f"{result.total(name):,} {name}" for name in ("new", "changed", "unchanged") if result.total(name)]
    st.success(", ".join(told) or "nothing was stored")
    if result.rejects:
        show.html(show.table(("file", "record", "reason"), ((r.file, r.record, r.reason) for r in result.rejects[:100])))
    if result.texts:
        show.html(
            Markup("<p>{}</p>").format(show.linked(context.link("review", tab="claims"), "Review what was read, the least sure first"))
        )
    links = (show.linked(context.link("report", report=context.short(graph)), context.short(graph)) for graph in result.texts[:20])
    show.html(Markup("<p>{}</p>").format(show.joined(links, " · ")))
