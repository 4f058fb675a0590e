"""Our own format: reports and reference files as YAML, one or many documents a file."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from enum import Enum
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from kg.errors import BadInput, InvalidReport, Mistake
from kg.model.report import CLAIMS, THINGS, IncidentReport, ReferenceInfo, ReportInfo
from kg.readers.base import Found, Reject, SourceFile
from kg.readers.positions import Document, documents, path_text

MAX_TEXT = 50 * 1024**2
"""Largest YAML file, in bytes."""


class ReportYaml:
    """Reads report YAML. A document with mistakes is put aside whole, with all its mistakes named."""

    name = "yaml"

    def sniff(self, name: str, head: bytes) -> bool:
        """YAML by its ending, or text whose first lines hold ``report:`` or ``reference:`` at the margin."""
        if name.lower().endswith((".yaml", ".yml")):
            return True
        return bool(re.search(rb"^(report|reference):\s*(#.*)?$", head, re.M))

    def read(self, source: SourceFile) -> Iterator[Found | Reject]:
        """The reports of a file; see :meth:`kg.readers.base.Reader.read`."""
        with source.open() as stream:
            data = stream.read(MAX_TEXT + 1)
        yield from self.read_text(decode(data, source.name), source.name)

    def read_text(self, text: str, file: str) -> Iterator[Found | Reject]:
        """The same for text that is at hand."""
        number = 0
        for number, document in enumerate(documents(text, file), 1):
            record = f"document {number}"
            if isinstance(document, Mistake):
                yield Reject(file, record, str(document))
                continue
            try:
                yield Found(record, parse(document, file))
            except InvalidReport as error:
                yield Reject(file, record, str(error))
        if number == 0:
            raise BadInput(f"{file}: is empty")


def decode(data: bytes, file: str) -> str:
    """The text of a file: UTF-8 or, with a byte order mark, UTF-16. Raises :class:`~kg.errors.BadInput`."""
    if len(data) > MAX_TEXT:
        raise BadInput(f"{file}: is longer than {MAX_TEXT // 1024**2} MB, too long for one YAML file; split it")
    if not data.strip():
        raise BadInput(f"{file}: is empty")
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadInput(f"{file}: is not {encoding.upper().removesuffix('-SIG')} text (byte {error.start}); save it as UTF-8") from None
    if "\x00" in text:
        raise BadInput(f"{file}: is binary, not text")
    return text


def parse(document: Document, file: str) -> IncidentReport:
    """A YAML document as a report. Raises :class:`~kg.errors.InvalidReport` with every mistake in it."""
    mistakes = list(document.mistakes)
    report = None
    if not isinstance(document.value, dict):
        mistakes.append(Mistake(file, document.first_line, "", "expected a mapping with 'report:' at its top"))
    else:
        try:
            report = IncidentReport.model_validate(document.value)
        except ValidationError as error:
            mistakes.extend(_mistake(file, document, detail) for detail in error.errors(include_url=False))
    if report is not None:
        for path, message in report.faults():
            mistakes.append(Mistake(file, document.line(path), path_text(path), message))
    if mistakes or report is None:
        raise InvalidReport(mistakes)
    return report


def _mistake(file: str, document: Document, detail: Any) -> Mistake:
    path = tuple(part for part in detail["loc"] if not (isinstance(part, str) and part.startswith(("function-", "tagged-"))))
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        word = str(path[-1])
        near = difflib.get_close_matches(word, known_fields(path[:-1]), n=1, cutoff=0.5)
        message = f"unknown field {word!r}" + (f"; did you mean {near[0]!r}?" if near else "")
    elif kind == "missing":
        message = "is missing"
    elif kind == "enum":
        value, words = str(detail["input"])[:60], re.findall(r"'([^']*)'", context["expected"])
        near = difflib.get_close_matches(value.lower(), words, n=1, cutoff=0.5)
        offer = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(words)}"
        message = f"unknown value {value!r}; {offer}"
    elif kind == "value_error":
        message = str(context["error"])
    else:
        message = f"{detail['msg'][0].lower()}{detail['msg'][1:]} (got {str(detail['input'])[:60]!r})"
    return Mistake(file, document.line(path), path_text(path), message)


def known_fields(path: tuple[str | int, ...]) -> list[str]:
    """The fields that a part of a report may have, by its path: ``("involvements", 0)``.

    >>> "role" in known_fields(("involvements", 0))
    True
    """
    top: dict[str, type[BaseModel]] = {"report": ReportInfo, "reference": ReferenceInfo, **THINGS, **CLAIMS}
    model: Any = IncidentReport
    for part in path:
        if isinstance(part, int):
            continue
        model = top.get(part) if model is IncidentReport else _model_of(model, part)
        if model is None:
            return []
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_of(model: type[BaseModel], field: str) -> type[BaseModel] | None:
    def search(annotation: Any) -> type[BaseModel] | None:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel) and not issubclass(annotation, Enum):
            return annotation
        return next((m for a in get_args(annotation) if (m := search(a))), None)

    return search(model.model_fields[field].annotation) if field in model.model_fields else None
