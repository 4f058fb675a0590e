"""Markdown: the words without the marks. Links become their label, tables rows ``a | b``, headings lines of their own."""

from __future__ import annotations

import html
import re
from typing import Any

from kg.extraction.formats.base import Content, as_address, as_day, as_label, without
from kg.extraction.formats.decoding import clean, decode

_MARK = re.compile(r"[\[<*_~`\\]")

FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\n(.{0,20000}?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S)
"""A block of YAML between two lines ``---`` at the very beginning."""

_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
_HEADING = re.compile(r"^ {0,3}#{1,6}(?:[ \t]+|$)(.*?)(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE = re.compile(r"^ {0,3}(?:=+|-{2,}|(?:[*_-][ \t]*){3,})$")
_DEFINITION = re.compile(r"^ {0,3}\[[^\]\n]{1,300}\]:[ \t]*<?\S{1,2000}>?(?:[ \t]+[\"'(].{0,300})?$")
_BULLET = re.compile(r"^([ \t]*)[*+-][ \t]+(?:\[[ xX]\][ \t]+)?")
_TABLE_RULE = re.compile(r"^[ \t]*\|?[ \t]*:?-{2,}:?[ \t]*(?:\|[ \t]*:?-{2,}:?[ \t]*)*\|?[ \t]*$")
_INLINE = (
    (re.compile(r"<(https?://[^\s<>]{1,2000})>"), r"\1"),
    (re.compile(r"</?[A-Za-z][A-Za-z0-9-]{0,20}(?:\s[^<>\n]{0,1000})?/?>"), ""),
    (re.compile(r"!?\[([^\[\]\n]{0,1000})\]\([^()\s]{0,2000}(?:\([^()\s]{0,500}\)[^()\s]{0,1000})?(?:[ \t]+\"[^\"\n]{0,300}\")?\)"), r"\1"),
    (re.compile(r"!?\[([^\[\]\n]{1,1000})\]\[[^\[\]\n]{0,300}\]"), r"\1"),
    (re.compile(r"(?<![\\*\w])(\*{1,3})(?=[^\s*])([^*\n]{1,2000}?)(?<=[^\s*\\])\1(?![*])"), r"\2"),
    (re.compile(r"(?<![\\_\w])(_{1,3})(?=[^\s_])([^_\n]{1,2000}?)(?<=[^\s_\\])\1(?![_\w])"), r"\2"),
    (re.compile(r"~~([^~\n]{1,1000})~~"), r"\1"),
    (re.compile(r"(`+)[ ]?([^`\n]{1,2000}?)[ ]?\1(?!`)"), r"\2"),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!|>~-])"), r"\1"),
)  # fmt: skip


def read(data: bytes, name: str) -> Content:
    """The readable text of a Markdown file, and what its front matter says. Raises :class:`~kg.errors.BadInput` for what is no text.

    >>> found = read(b"---\\ntitle: Theft\\ndate: 2024-06-29\\n---\\n# Theft\\nThey *took* [mail](https://a.example).\\n", "a.md")
    >>> found.text, found.title, str(found.published), found.published_from
    ('Theft\\n\\nThey took mail.', 'Theft', '2024-06-29', 'file front matter')
    """
    text, notes = decode(data, name)
    text, more = clean(text)
    fields, text = front_matter(text)
    content = Content(text=plain_text(text), notes=notes + more)
    content.title = as_label(_first(fields, "title"))
    content.publisher = as_label(_first(fields, "publisher", "site", "sitename"))
    content.author = as_label(_first(fields, "author", "authors", "by"))
    addresses = (as_address(fields.get(key)) for key in ("canonical_url", "canonical", "url", "address", "source"))
    content.address = next(filter(None, addresses), None)
    days = (as_day(fields[key]) for key in ("published", "date", "pubdate", "publish_date") if key in fields)
    content.published = next(filter(None, days), None)
    content.published_from = "file front matter" if content.published else None
    return content


def front_matter(text: str) -> tuple[dict[str, Any], str]:
    """The fields of a front matter (keys in lower case), and the text after it; no fields where there is none or it is broken.

    >>> front_matter("---\\nTitle: A\\n---\\nB")
    ({'title': 'A'}, 'B')
    """
    found = FRONT_MATTER.match(text)
    if not found:
        return {}, text
    import yaml

    try:
        if re.search(r"(?m)(?:^|[\s:,\[{-])[&*][A-Za-z0-9]", found[1]):
            return {}, text  # anchors can unfold without bound
        fields = yaml.safe_load(found[1])
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}, text
    if not isinstance(fields, dict):
        return {}, text
    return {str(k).lower(): v for k, v in fields.items()}, text[found.end() :]


def _first(fields: dict[str, Any], *keys: str) -> str | None:
    for key in keys:
        value = fields.get(key)
        if isinstance(value, list):
            value = ", ".join(str(v) for v in value[:20])
        if isinstance(value, str | int):
            return str(value)
    return None


def plain_text(text: str) -> str:
    """Markdown without its marks.

    >>> plain_text("Title\\n=====\\n* a **b**\\n\\n| x | y |\\n|---|---|\\n| 1 | 2 |")
    'Title\\n\\n- a b\\n\\nx | y\\n1 | 2'
    """
    out: list[str] = []
    fence: str | None = None
    before = ""
    for line in without(text, "<!--", "-->").split("\n"):
        if m := _FENCE.match(line):
            if fence is None:
                fence = m[1]
                continue
            if m[1].startswith(fence):
                fence = None
                continue
        if fence is not None:
            out.append(line)
            continue
        out.extend(_line(line, before))
        before = line
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out)).strip("\n")


def _line(line: str, before: str) -> list[str]:
    if len(line) > 100_000:
        return [line]
    if m := _HEADING.match(line):
        return ["", _inline(m[1]), ""]
    if _TABLE_RULE.match(line) and "|" in line and "|" in before:
        return []
    if _UNDERLINE.match(line) or _DEFINITION.match(line):
        return [""]
    line = re.sub(r"^ {0,3}(?:>[ ]?)+", "", line)
    line = _BULLET.sub(r"\1- ", line)
    bare = line.strip()
    if bare.startswith("|") and bare.endswith("|") and len(bare) > 1:
        return [" | ".join(_inline(cell.strip()) for cell in re.split(r"(?<!\\)\|", bare[1:-1]))]
    return [_inline(line.rstrip())]


def _inline(line: str) -> str:
    if _MARK.search(line):
        for pattern, instead in _INLINE:
            line = pattern.sub(instead, line)
    return html.unescape(line) if "&" in line else line
