"""Every input format, in the order in which they are tried on a file. A new format is one line here."""

from __future__ import annotations

from kg.errors import BadInput, UsageError
from kg.readers.asides import refuse_asides
from kg.readers.attack import Attack
from kg.readers.base import Reader, SourceFile
from kg.readers.hhs import Hhs
from kg.readers.hibp import Hibp
from kg.readers.kev import Kev
from kg.readers.rdf import Rdf
from kg.readers.report_yaml import ReportYaml
from kg.readers.text import FORMATS, Text
from kg.readers.veris import VerisReader as Veris

READERS: dict[str, Reader] = {
    reader.name: reader for reader in (Rdf(), Attack(), Veris(), Hhs(), Hibp(), Kev(), ReportYaml(), Text())
}


def reader_named(format: str) -> Reader:
    """The reader of a format. Raises :class:`~kg.errors.UsageError` for an unknown one."""
    if format in FORMATS and format not in READERS:
        return Text(format=format)
    if format not in READERS:
        raise UsageError(f"unknown format {format!r}; known: {', '.join(sorted({*READERS, *FORMATS}))}")
    return READERS[format]


def reader_for(source: SourceFile, format: str | None = None) -> Reader:
    """The reader of a file: the named one, or the first that knows its content.

    Raises :class:`~kg.errors.UsageError` for an unknown format name and
    :class:`~kg.errors.BadInput` for a file that no reader knows; for one that is known to be no report
    (a README, a schema) that is :class:`~kg.errors.NoReport`.
    """
    if format is not None:
        return reader_named(format)
    head = source.head()
    if not head.strip():
        raise BadInput(f"{source.name}: is empty")
    refuse_asides(source.name, head)
    for reader in READERS.values():
        if reader.sniff(source.name.removesuffix(".gz"), head):
            return reader
    raise BadInput(f"{source.name}: no reader knows this content; known formats: {', '.join(sorted(READERS))} (name one with --format)")
