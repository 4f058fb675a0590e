"""From a document to a report: the public face of text extraction.

>>> from kg.extraction.documents import read_document
>>> text = b"Acme Corp. said on June 3, 2024 that hackers had stolen passwords of 3,000 customers from its servers."
>>> found = extract(read_document(text, "note.txt", publisher="Example News", published="2024-06-04"))
>>> [i.party for i in found.report.involvements if i.role.value == "victim"]
['acme']
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from kg.extraction import assemble
from kg.extraction.calibration import confidence_of, own_score
from kg.extraction.documents import Document
from kg.extraction.names import Lexicon
from kg.extraction.reading import read
from kg.extraction.tagger import Tagger
from kg.model.report import IncidentReport

RULES = "2.0"
"""The version of the rules; raised whenever they would read a text differently."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """What was read: the report, and what was missing or not understood."""

    report: IncidentReport
    notes: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """Whether no incident was found."""
        return not self.report.incidents


def version(lexicon: Lexicon) -> str:
    """The extractor's version and that of the names it knew: ``incident-kg 2.0 (tagger …, names …)``."""
    return f"incident-kg {RULES} (tagger {Tagger.bundled().version}, names {lexicon.version})"


@cache
def _lexicon(names: tuple[tuple[str, str, str], ...]) -> Lexicon:
    lexicon = Lexicon.bundled()
    return lexicon.with_names(names) if names else lexicon


def extract(
    document: Document, *, names: Sequence[tuple[str, str, str]] = (), report_id: str | None = None, calibrated: bool = True
) -> Extraction:
    """Read a document.

    ``names`` are further names that the reader's own graph knows: ``(name, kind, known id)`` with kind
    ``actor``, ``organization`` or ``malware``. ``report_id`` names the report; by default it is made of the
    text's hash. With ``calibrated=False`` the confidences are the rules' own scores (to make a calibration from).
    The report is sound (:meth:`~kg.model.report.IncidentReport.faults` is empty); a text without an incident, or in another
    language than English, gives a report without claims, and a note says so.
    """
    lexicon = _lexicon(tuple(names))
    published = document.published.last_day if document.published else None
    reading = read(document.text, published, publisher=document.publisher, lexicon=lexicon)
    foreign = document.language not in (None, "en")
    if foreign:
        reading.incidents = []
    confidence = confidence_of if calibrated else own_score
    report = assemble.build(reading, document, report_id or document.content_id, version(lexicon), confidence)
    notes = list(document.notes)
    if foreign:
        notes.append(f"the language of the text is {document.language}; only English is read, so no incident is claimed")
    elif not reading.incidents:
        notes.append("no incident was found in this text")
    return Extraction(report, tuple(notes))
