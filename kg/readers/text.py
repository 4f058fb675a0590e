"""Prose: plain text, Markdown, HTML, PDF and e-mail, read by the extractor.

A text is read once. What was extracted is kept as report YAML with the extractor's version beside the bytes that it came from
(:mod:`kg.loading`), and is not extracted again unless a person asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from kg.errors import BadInput, UsageError
from kg.identity.names import slug
from kg.model.report import THINGS, IncidentReport, Involvement, Named, Thing
from kg.readers.base import Found, Reject, SourceFile
from kg.vocabulary import EDGE_ROLES

if TYPE_CHECKING:
    from kg.extraction.model_client import ModelOptions
    from kg.extraction.model_reader import ModelReading

NOTHING = "no incident was found in this text"
FORMATS = ("text", "markdown", "html", "pdf", "email")
Names: TypeAlias = tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class About:
    """What a person says of a text: it goes before what is found in it."""

    title: str | None = None
    publisher: str | None = None
    published: str | None = None
    address: str | None = None

    def __post_init__(self) -> None:
        """Raises :class:`~kg.errors.UsageError` for a day that is none."""
        from kg.times import parse

        if self.published:
            try:
                parse(self.published)
            except ValueError as error:
                raise UsageError(f"published: {error}") from None

    @property
    def said(self) -> dict[str, str]:
        """What is said, by name."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name))}

    @classmethod
    def of(cls, said: Mapping[str, object]) -> About:
        """The same from plain values; others than text are left out."""
        return cls(**{name: value for name in cls.__slots__ if isinstance(value := said.get(name), str)})


class Text:
    """Reads prose. ``names`` are those of the reader's own graph, ``labels`` what it calls known ids (:func:`kg.indexing.known_names`).

    ``report_id`` is the id of the report, if it is known already; ``format`` one of :data:`FORMATS`, guessed from the
    content unless said.
    """

    name = "text"

    def __init__(
        self,
        names: Names = (),
        about: About | None = None,
        report_id: str | None = None,
        format: str | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> None:
        self.labels = labels or {}
        self.names, self.about, self.report_id, self.format = names, about or About(), report_id, format

    def sniff(self, name: str, head: bytes) -> bool:
        """Whether a file is prose: not YAML, JSON, a table or a program's own format."""
        from kg.extraction.documents import is_document

        return is_document(name, head)

    def read(self, source: SourceFile) -> Iterator[Found | Reject]:
        """The one report of a text, or a reject for a text without an incident; see :meth:`kg.readers.base.Reader.read`."""
        found = self.extract(source)
        if tells_of_an_incident(found.report):
            yield found
        else:
            yield Reject(source.name, "text", f"{NOTHING}; nothing of it is kept")

    def extract(self, source: SourceFile, model: ModelOptions | None = None, both: bool = False) -> Found:
        """The report of a text with notes, also of one without an incident; with ``model`` read by that, or by ``both``.

        Raises :class:`~kg.errors.BadInput` for what cannot be read, and what :func:`kg.extraction.model_reader.read_with_model` raises.
        """
        from kg.extraction.documents import MAX_BYTES, read_document
        from kg.extraction.extractor import extract

        with source.open() as stream:
            data = stream.read(MAX_BYTES + 1)
        digest = source.sha256()
        document = read_document(data, source.name, format=self.format, **self.about.said)
        report_id = self.report_id or text_id(source.name, digest)
        notes: list[str] = []
        if model is None or both:
            ours = extract(document, names=self.names, report_id=report_id)
            report = ours.report
            notes += ours.notes
        if model is not None:
            from kg.extraction.model_reader import combine, read_with_model
            from kg.extraction.names import Lexicon

            theirs = read_with_model(document, model, lexicon=Lexicon.bundled().with_names(self.names), report_id=report_id)
            report = combine(report, theirs.report) if both else theirs.report
            notes += [] if both else document.notes
            notes.append(_told(theirs, model.name))
        if not tells_of_an_incident(report):
            notes.append(NOTHING)
        if faults := report.faults():
            raise BadInput(f"{source.name}: was not read soundly: {faults[0][1]}")
        info = report.info.model_copy(update={"identifiers": (f"sha256:{digest}",)})
        report = report.model_copy(update={"report": info, **self._called(report)})
        return Found("text", report, tuple(dict.fromkeys(notes)))

    def _called(self, report: IncidentReport) -> dict[str, tuple[Thing, ...]]:
        """Known things under the names that the graph has for them: a text's wording is no new label."""
        changed = {}
        for field in THINGS:
            things = getattr(report, field)
            names = [self.labels.get(f"{t.kind_of_id}:{t.id}") if t.id and isinstance(t, Named) else None for t in things]
            new = tuple(t.model_copy(update={"name": name}) if name else t for t, name in zip(things, names, strict=True))
            if new != things:
                changed[field] = new
        return changed


def _told(reading: ModelReading, name: str) -> str:
    """What a model did, in one line."""
    dropped = ", ".join(f"{reason} {number}" for reason, number in reading.dropped.items())
    cost = "" if reading.cost is None else f", cost {reading.cost:.4f}"
    cached = f", {reading.cached} of them from the cache" if reading.cached else ""
    parts = f"{reading.parts} part{'s' if reading.parts != 1 else ''}{cached}"
    tokens = f"{reading.tokens_in:,} tokens in, {reading.tokens_out:,} out"
    why = f" ({dropped})" if dropped else ""
    claims = f"{reading.accepted} claims kept, {sum(reading.dropped.values())} dropped{why}"
    return f"model {name}: {claims}; {parts}; {tokens}{cost}"


def tells_of_an_incident(report: IncidentReport) -> bool:
    """Whether somebody was hit, or something happened: names alone, or names of bystanders, are no incident.

    >>> from kg.model.report import IncidentReport
    >>> report = IncidentReport.model_validate({"report": {"id": "r", "title": "T", "publisher": "org:a"}})
    >>> tells_of_an_incident(report)
    False
    """
    return bool(report.incidents) and any(not isinstance(c, Involvement) or c.role in EDGE_ROLES for c in report.claims())


def text_id(name: str, digest: str) -> str:
    """The id of the report of a text: its file's name, and the beginning of the hash of its bytes.

    >>> text_id("news/Clinic hit.html", "0123456789abcdef")
    'clinic-hit-0123456789'
    """
    called = "".join(c for c in slug(Path(name).stem)[:60] if c.isascii() and (c.isalnum() or c == "-")).strip("-")
    return f"{called or 'text'}-{digest[:10]}"
