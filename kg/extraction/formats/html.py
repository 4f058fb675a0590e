"""HTML: the main text of a page without its furniture, with lists and tables, and what the page says of itself.

``trafilatura`` finds the main text; the words are then laid out here: headings and paragraphs apart, ``- item`` for lists,
``a | b`` for rows. Nothing is fetched and no script is run. Where ``trafilatura`` finds next to nothing (a page that is one table,
a broken page), everything but navigation, forms and scripts is taken.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from kg.errors import BadInput
from kg.extraction.formats.base import Content, as_address, as_day, as_label, without
from kg.extraction.formats.decoding import clean, decode
from kg.times import Interval

_PARAGRAPH = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "legend", "list", "main", "ol",
    "p", "pre", "quote", "section", "summary", "table", "tbody", "tfoot", "thead", "ul",
})  # fmt: skip
_SKIPPED = frozenset({
    "audio", "button", "canvas", "embed", "frame", "iframe", "input", "math", "nav", "noframes", "noscript", "object", "option", "script",
    "select", "style", "svg", "template", "textarea", "title", "video",
})  # fmt: skip
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([A-Za-z0-9_:.-]{1,40})", re.I)
_SPACE = re.compile("[ \t\n\r\f\u00a0]+")
_LARGE = 3_000_000
"""Characters of HTML above which the search for the main text is left out: it is made for pages, and slows down on dumps."""

_SHORT = 600
"""A main text below this many characters is compared with the whole page."""

_DATE_FIELDS = (
    "article:published_time", "og:article:published_time", "og:published_time", "datepublished", "dc.date.issued", "dcterms.issued",
    "dcterms.created", "dc.date.created", "citation_publication_date", "citation_date", "sailthru.date", "parsely-pub-date",
    "publish-date", "publish_date", "publication_date", "publicationdate", "pubdate", "published", "article.published",
    "originalpublicationdate", "rnews:datepublished", "dc.date", "dcterms.date", "date",
)  # fmt: skip


def read(data: bytes, name: str) -> Content:
    """The main text of a page and its metadata. Raises :class:`~kg.errors.BadInput` for a page without words.

    >>> page = b"<title>Theft</title><body><p>They took:</p><ul><li>mail</li></ul><table><tr><td>1</td><td>2</td></tr></table>"
    >>> read(page, "a.html").text
    'Theft\\n\\nThey took:\\n\\n- mail\\n\\n1 | 2'
    """
    stated = _CHARSET.search(data[:4096])
    source, notes = decode(data, name, stated[1].decode("ascii") if stated else None)
    source, more = clean(source)
    root = parse(source)
    if root is None:
        raise BadInput(f"{name}: is HTML without any words")
    content = _metadata(root)
    content.notes = notes + more
    content.text = _main_text(source, root)
    if not any(c.isalpha() for c in content.text):
        content.text = _without_tags(source)
        content.notes.append("too broken or too deeply nested for its structure to be read; read as plain text")
    if not any(c.isalpha() for c in content.text):
        raise BadInput(f"{name}: is HTML without any words")
    if content.title and _bare(content.title) not in _bare(content.text[: len(content.title) + 600]):
        content.text = f"{content.title}\n\n{content.text}".rstrip()
    if re.search(r"<i?frame\b", source, re.I):
        content.notes.append("embedded frames not read")
    return content


def parse(source: str) -> Any:
    """The tree of a page (an lxml element), ``None`` if there is nothing in it. Broken HTML is mended; nothing is fetched.

    >>> parse("<p>a<b>b").tag
    'html'
    """
    from lxml import etree, html  # type: ignore[import-untyped, unused-ignore]

    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        return html.document_fromstring(re.sub(r"^\s*<\?xml[^>]{0,200}\?>", "", source).encode("utf-8", "ignore"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None


def _main_text(source: str, root: Any) -> str:
    found = _by_trafilatura(source) if len(source) <= _LARGE else ""
    if len(found) >= _SHORT:
        return found
    whole = layout(root, furniture=False)
    # Much the same: the page is bare, and its layout is kept better. Far more: the main text was not found.
    return found if found and 1.5 * len(found) < len(whole) < 3 * len(found) else whole


def _without_tags(source: str) -> str:
    """The last resort: everything between tags."""
    from html import unescape

    source = without(source, "<!--", "-->")
    for tag in ("script", "style", "noscript", "template", "title"):
        source = without(re.sub(rf"<(/?){tag}\b", rf"<\1{tag}", source, flags=re.I), f"<{tag}", f"</{tag}>")
    words = unescape(re.sub(r"<[^<>]*>", "\n", source))
    return re.sub(r"\s*\n\s*", "\n", words).strip()


def _by_trafilatura(source: str) -> str:
    import logging

    from trafilatura.core import bare_extraction

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        found = bare_extraction(source, favor_recall=True, include_tables=True, include_comments=False, with_metadata=False)
    except Exception:  # a fault of the library on a strange page: the whole page is read instead
        return ""
    body = getattr(found, "body", None)
    return "" if body is None else layout(body)


# ── layout ───────────────────────────────────────────────────────────────────────────────────


def layout(root: Any, furniture: bool = True) -> str:
    """The words of a tree as text: paragraphs apart, ``- item``, ``a | b``. Understands HTML and the tags of ``trafilatura``.

    ``furniture=False`` leaves out headers, footers, asides and forms of a page. Works without recursion, however deep the tree.

    >>> layout(parse("<p>a<br>b</p><ol><li>c<ul><li>d</ul></ol><script>e</script>"))
    'a\\nb\\n\\n- c\\n  - d'
    """
    from lxml import etree  # type: ignore[import-untyped, unused-ignore]

    out = _Lines()
    skipped = _SKIPPED if furniture else _SKIPPED | {"aside", "footer", "form"}
    menus = frozenset() if furniture else _menus(root)
    hidden = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else "script"
        tag = tag.rsplit("}", 1)[-1].lower()
        if event == "start":
            html_head = tag == "head" and element.getparent() is not None and element.getparent().tag == "html"
            unseen = element.get("hidden") is not None or _HIDDEN.search(element.get("style") or "")
            if hidden or tag in skipped or html_head or element in menus or unseen:
                hidden += 1
            else:
                out.start(tag, element)
                out.say(element.text)
        else:
            if hidden:
                hidden -= 1
            else:
                out.end(tag, element)
            if not hidden and element is not root:
                out.say(element.tail)
    return out.text()


def _menus(root: Any) -> frozenset[Any]:
    """Lists and boxes of which more than three fifths are links to elsewhere, at least three of them."""
    from lxml import etree

    found = set()
    totals: list[list[int]] = [[0, 0, 0]]
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            totals.append([len((element.text or "").strip()), 0, 0])
            continue
        words, linked, links = totals.pop()
        if element.tag == "a" and element.get("href"):
            linked, links = words, 1
        if element.tag in ("ul", "ol", "div", "section", "table", "p") and links >= 3 and linked * 5 > words * 3:
            found.add(element)
        above = totals[-1]
        above[0] += words + len((element.tail or "").strip())
        above[1] += linked
        above[2] += links
    return frozenset(found)


_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)


def _holds_data(table: Any) -> bool:
    """Whether a table holds rows of cells, and is not there for the layout of a page (a table in it, or one cell a row)."""
    rows = table.iter("tr", "row")
    return table.find(".//table") is None and any(sum(cell.tag in ("td", "th", "cell") for cell in row) > 1 for row in rows)


class _Lines:
    """Collects words into lines; ``self.done`` holds (blank line before?, line)."""

    def __init__(self) -> None:
        self.done: list[tuple[bool, str]] = []
        self.now: list[str] = []
        self.prefix = ""
        self.apart = True
        self.lists = 0
        self.verbatim = 0
        self.tables: list[bool] = []
        self.row: list[str] | None = None

    def say(self, words: str | None) -> None:
        if words:
            self.now.append(words if self.verbatim else _SPACE.sub(" ", words))

    def flush(self) -> None:
        words = "".join(self.now)
        self.now = []
        lines = words.split("\n") if self.verbatim or "\n" in words else [words]
        for line in lines:
            line = line.rstrip() if self.verbatim else _SPACE.sub(" ", line).strip()
            if line.strip():
                self.done.append((self.apart, self.prefix + line))
                self.apart, self.prefix = False, " " * len(self.prefix)

    def start(self, tag: str, element: Any) -> None:
        in_row = self.row is not None
        if tag in ("br", "lb"):
            self.now.append(" " if in_row else "\n")
        elif tag == "table":
            self._break()
            self.tables.append(not in_row and _holds_data(element))
        elif tag in ("tr", "row"):
            if self.tables and self.tables[-1]:
                self.flush()
                self.prefix, self.row = "", []
            else:
                self._break()
        elif tag in ("td", "th", "cell"):
            if in_row:
                self.now = []
            else:
                self._break()
        elif in_row:
            self.now.append(" " if tag in _PARAGRAPH or tag in ("li", "item") else "")
        elif tag in ("ul", "ol", "list"):
            self.flush()
            if not self.lists:
                self._break()
            self.lists += 1
        elif tag in ("li", "item"):
            self.flush()
            self.prefix = "  " * (max(self.lists, 1) - 1) + "- "
        elif tag in _PARAGRAPH:
            self._break() if not self.lists else self.flush()
            self.verbatim += tag == "pre"

    def end(self, tag: str, element: Any) -> None:
        if tag == "table":
            self.flush() if self.row is None else None
            if self.tables:
                self.tables.pop()
            if self.row is None:
                self._break()
        elif tag in ("tr", "row"):
            if self.row is not None:
                cells, self.row, self.now = self.row, None, []
                while cells and not cells[-1]:
                    cells.pop()
                if any(cells):
                    self.done.append((self.apart, " | ".join(cells)))
                    self.apart = False
            else:
                self._break()
        elif tag in ("td", "th", "cell"):
            if self.row is not None:
                self.row.append(_SPACE.sub(" ", "".join(self.now)).strip())
                self.now = []
            else:
                self._break()
        elif self.row is not None:
            self.now.append(" " if tag in _PARAGRAPH or tag in ("li", "item") else "")
        elif tag in ("ul", "ol", "list"):
            self.flush()
            self.lists = max(0, self.lists - 1)
            if not self.lists:
                self._break()
        elif tag in ("li", "item"):
            self.flush()
            self.prefix = ""
        elif tag in _PARAGRAPH:
            self.flush()
            self.verbatim = max(0, self.verbatim - (tag == "pre"))
            if not self.lists:
                self._break()

    def _break(self) -> None:
        self.flush()
        self.apart = True
        if not self.lists:
            self.prefix = ""

    def text(self) -> str:
        self.flush()
        return "".join(("\n\n" if apart else "\n") + line for apart, line in self.done).lstrip("\n")


# ── what the page says of itself ─────────────────────────────────────────────────────────────


def _metadata(root: Any) -> Content:
    meta: dict[str, str] = {}
    for element in root.iter("meta"):
        key = (element.get("property") or element.get("name") or element.get("itemprop") or "").strip().lower()
        value = (element.get("content") or "").strip()
        if key and value and len(value) <= 5000:
            meta.setdefault(key, value)
    linked = _linked_data(root)
    found = Content(text="")
    found.publisher = as_label(
        meta.get("og:site_name")
        or _name(linked.get("publisher"))
        or meta.get("dc.publisher")
        or meta.get("dcterms.publisher")
        or meta.get("citation_publisher")
        or meta.get("publisher")
        or meta.get("application-name")
    )
    found.title = _title(root, meta, linked, found.publisher)
    found.author = as_label(_name(linked.get("author"))) or next(
        (as_label(meta[k]) for k in ("author", "parsely-author", "sailthru.author", "dc.creator", "citation_author") if k in meta), None
    )
    if not found.author and "article:author" in meta and not meta["article:author"].startswith("http"):
        found.author = as_label(meta["article:author"])
    links = [e.get("href") for e in root.iter("link") if "canonical" in (e.get("rel") or "").lower().split()]
    addresses = (*links, meta.get("og:url"), linked.get("url"), linked.get("mainEntityOfPage"))
    found.address = next(filter(None, map(as_address, addresses)), None)
    found.published, found.published_from = _published(root, meta, linked)
    return found


def _published(root: Any, meta: dict[str, str], linked: dict[str, Any]) -> tuple[Interval | None, str | None]:
    for key in _DATE_FIELDS[:3]:
        if key in meta and (day := as_day(meta[key])):
            return day, f"meta {key}"
    if day := as_day(linked.get("datePublished")):
        return day, "JSON-LD datePublished"
    for key in _DATE_FIELDS[3:]:
        if key in meta and (day := as_day(meta[key].replace("/", "-"))):
            return day, f"meta {key}"
    for element in root.iter("time"):
        marks = f"{element.get('class') or ''} {element.get('itemprop') or ''}".lower()
        inside = {str(a.tag) for a in element.iterancestors()}
        told = element.get("pubdate") is not None or "publi" in marks or "entry-date" in marks
        if inside & {"aside", "footer", "nav", "li"} or not (told or ("updated" not in marks and "article" in inside)):
            continue
        if day := as_day(element.get("datetime") or "".join(element.itertext())):
            return day, "time element"
    return None, None


def _title(root: Any, meta: dict[str, str], linked: dict[str, Any], site: str | None) -> str | None:
    headings = [as_label("".join(e.itertext())) for e in root.iter("h1")]
    whole = as_label(next(("".join(e.itertext()) for e in root.iter("title")), None))
    stated = as_label(meta.get("og:title")) or as_label(linked.get("headline")) or as_label(meta.get("dc.title"))
    for heading in headings:
        if heading and (stated or whole) and _bare(heading) in _bare(stated or whole or ""):
            return heading
    title = stated or whole
    if stated is None and len(headings) == 1 and headings[0] and len(headings[0].split()) >= 3:
        return headings[0]
    if title is None:
        return next(filter(None, headings), None)
    named = re.match(r"(.{15,}?)\s+[|–—·»-]\s+([^|–—·»]{2,60})$", title)
    if named is None:
        return title
    of_site = site is not None and _bare(named[2]) == _bare(site)
    return named[1] if of_site or (title == whole and len(named[2].split()) <= 4 <= len(named[1].split())) else title


_ARTICLE = re.compile(r"Article|BlogPosting|Report$|WebPage$|PressRelease", re.I)


def _linked_data(root: Any) -> dict[str, Any]:
    """The first node of JSON-LD that has a publication date or is an article; empty if there is none or it is broken."""
    best: dict[str, Any] = {}
    for element in root.iter("script"):
        if "ld+json" not in (element.get("type") or "").lower() or len(element.text or "") > 1_000_000:
            continue
        try:
            data = json.loads(element.text or "", strict=False)
        except (ValueError, RecursionError):
            continue
        for node in _nodes(data):
            if "datePublished" in node and _ARTICLE.search(str(node.get("@type", ""))):
                return node
            if not best and ("datePublished" in node or _ARTICLE.search(str(node.get("@type", "")))):
                best = node
    return best


def _nodes(data: Any) -> Iterator[dict[str, Any]]:
    waiting, seen = [data], 0
    while waiting and seen < 2000:
        seen += 1
        node = waiting.pop(0)
        if isinstance(node, list):
            waiting[:0] = node[:200]
        elif isinstance(node, dict):
            yield node
            waiting.extend(node[k] for k in ("@graph", "mainEntity", "mainEntityOfPage") if k in node)


def _name(value: Any) -> str | None:
    if isinstance(value, list):
        return ", ".join(filter(None, map(_name, value[:20]))) or None if all(not isinstance(v, list) for v in value[:20]) else None
    if isinstance(value, dict):
        value = value.get("name")
    return value if isinstance(value, str) and not value.startswith("http") else None


def _bare(words: str) -> str:
    return "".join(c for c in words.casefold() if c.isalnum())
