"""A figure as a file: PNG, SVG, or a page that holds the drawing and the table with its claims. The same result, the same bytes."""

from __future__ import annotations

import io
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.analysis.figures.style import source_line
from kg.analysis.result import Analysis
from kg.analysis.writing import cell_text
from kg.errors import UsageError
from kg.identity.iris import Addresses

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ENDINGS = (".png", ".svg", ".html")


def check_ending(file: Path) -> None:
    """Raise :class:`~kg.errors.UsageError` for a file that is no picture by its name."""
    if file.suffix.lower() not in ENDINGS:
        raise UsageError(f"cannot tell what to draw {file} as; its name ends with {', '.join(ENDINGS)}")


def save_figure(found: Analysis[Any], draw: Callable[[Analysis[Any]], Figure], file: Path, addresses: Addresses) -> None:
    """Draw a result into a file. Raises :class:`~kg.errors.UsageError` for one that cannot be written."""
    check_ending(file)
    figure = draw(found)
    ending = file.suffix.lower()
    data = png(figure) if ending == ".png" else svg(figure)
    if ending == ".html":
        data = page(found, data, addresses).encode()
    try:
        file.write_bytes(data)
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from None


def png(figure: Figure) -> bytes:
    """A figure as PNG."""
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=150, metadata={"Software": None})
    return out.getvalue()


def svg(figure: Figure) -> bytes:
    """A figure as SVG, without the date that Matplotlib would put in."""
    out = io.BytesIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;color:#1b1f24;max-width:70rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:1rem 0;font-size:13px}
th,td{padding:.25rem .6rem;border-bottom:1px solid #dfe3e8;text-align:left;vertical-align:top}
th{border-bottom:2px solid #5b6570}.quiet{color:#5b6570;font-size:13px}
svg{max-width:100%;height:auto}details{max-width:24rem;overflow-wrap:anywhere}
"""


def page(found: Analysis[Any], drawing: bytes, addresses: Addresses) -> str:
    """A page that needs nothing else: the drawing, the method, the tables with the claims of each row."""
    picture = drawing.decode()
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{escape(found.title)}</title>"
        f"<style>{_STYLE}</style><h1>{escape(found.title)}</h1>",
        f"<figure>{picture[picture.index('<svg') :]}</figure>",
        f"<p>{escape(found.method.text)}</p>",
        *(f"<p class=quiet>{escape(source)}</p>" for source in found.method.sources),
        *(f"<p><b>Note:</b> {escape(note)}</p>" for note in found.notes),
        *(f"<p>{escape(name)}: {escape(cell_text(value, addresses))}</p>" for name, value in found.facts.items()),
    ]
    for table in [found.table(), *found.more]:
        head = "".join(f"<th title='{escape(c.meaning, quote=True)}'>{escape(c.name.replace('_', ' '))}</th>" for c in table.columns)
        parts.append(f"<h2>{escape(table.name)}</h2><table><thead><tr>{head}</tr></thead><tbody>")
        for row in table.rows:
            parts.append("<tr>" + "".join(f"<td>{_cell(c.name, getattr(row, c.name), addresses)}</td>" for c in table.columns) + "</tr>")
        parts.append("</tbody></table>")
    parts.append(f"<p class=quiet>{escape(source_line(found))}</p></html>\n")
    return "\n".join(parts)


def _cell(name: str, value: Any, addresses: Addresses) -> str:
    if name != "claims":
        return escape(cell_text(value, addresses))
    if not value:
        return ""
    listed = "<br>".join(f"<code>{escape(addresses.shorten(claim))}</code>" for claim in value)
    return f"<details><summary>{len(value)} claim{'s' * (len(value) != 1)}</summary>{listed}</details>"
