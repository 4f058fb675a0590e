"""Files that lie among reports and are none: what each is, so that it can be said instead of called a fault.

A file is put here only by a sure sign: its well-known name, or what stands at its beginning.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from kg.errors import NoReport

_NAMES = {
    "readme": "a README",
    "license": "a licence text",
    "licence": "a licence text",
    "licenses": "a licence text",
    "copying": "a licence text",
    "notice": "a notice of a licence",
    "changelog": "a list of changes",
    "changes": "a list of changes",
    "contributing": "a note for contributors",
    "code_of_conduct": "a note for contributors",
    "authors": "a list of authors",
    "codeowners": "a list of authors",
    "sha256sums": "a list of checksums",
    "md5sums": "a list of checksums",
}
_PLAIN = ("", ".md", ".txt", ".rst", ".html")
_CONTENTS = frozenset({"files", "index", "contents", "manifest", "toc"})
_BIO = re.compile(rb"\S+\t(?:O|[BI]-[A-Za-z_-]+)\r?")
_CONTENT: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb'\A\s*\{\s*"\$schema"\s*:\s*"https?://json-schema\.org/'), "a JSON schema"),
    (re.compile(rb'"security_incident"\s*:\s*[\[{]'), "a list of the words of VERIS"),
    (re.compile(rb'\A\s*\{\s*"namespace"\s*:.{0,4000}"(?:predicates|expanded)"\s*:', re.S), "a MISP taxonomy"),
    (re.compile(rb'"explicit_triplets"\s*:'), "an annotated text"),
    (re.compile(rb'\A\s*\{.{0,2000}"sentences"\s*:\s*\[\s*\{.{0,2000}"spans"\s*:', re.S), "annotated texts"),
    (re.compile(rb'\A\s*\{\s*"id"\s*:\s*"[^"]*",(?:\s*"file"\s*:\s*"[^"]*",)?\s*"text"\s*:'), "texts with the answers expected of them"),
    (re.compile(rb"\A,?\"?mapping_framework\b"), "a mapping between two catalogues"),
    (re.compile(rb'\A\s*\{\s*(?:"[^"\\]{2,80}"\s*:\s*"[A-Z]{2}"\s*,\s*){8}'), "a list of country codes"),
    (re.compile(rb"\AThis document is used for tracking the campaign_id field"), "a list of the campaigns of VCDB"),
)


def what_else(name: str, head: bytes) -> str | None:
    """What a file of this name that starts with ``head`` is, if it is sure to be no report.

    >>> what_else("pack/README.md", b"# Data"), what_else("files.tsv.gz", b"line\\tfile\\n")
    ('a README', 'a table of contents')
    >>> what_else("report.md", b"# Acme was hacked") is None
    True
    """
    path = PurePosixPath(name.replace("\\", "/").removesuffix(".gz").lower())
    if path.name.endswith((".mapping.yaml", ".mapping.yml")) or path.name in ("mapping.yaml", "mapping.yml"):
        return "the mapping of a table"
    if path.suffix in _PLAIN and path.stem in _NAMES:
        return _NAMES[path.stem]
    if path.suffix == ".tsv" and path.stem in _CONTENTS:
        return "a table of contents"
    lines = [line for line in head.split(b"\n")[:12] if line.strip()]
    if len(lines) >= 4 and all(map(_BIO.fullmatch, lines)):
        return "a text with a tag on each word"
    return next((told for pattern, told in _CONTENT if pattern.search(head)), None)


def refuse_asides(name: str, head: bytes) -> None:
    """Raise :class:`~kg.errors.NoReport` for a file that is sure to be no report."""
    if told := what_else(name, head):
        raise NoReport(f"{name}: is {told}")
