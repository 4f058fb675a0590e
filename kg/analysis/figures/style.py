"""The look of all figures: paper, type, colours that colour-blind people can tell apart, and the line that says what it shows."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from kg.analysis.result import Analysis, Inputs
from kg.errors import MissingExtra

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000")
"""Okabe and Ito, Color Universal Design (2008): colours that people with each kind of colour blindness tell apart."""
INK, QUIET, GRID = "#1b1f24", "#5b6570", "#dfe3e8"

KINDS: dict[str, tuple[str, str, str]] = {
    "ThreatActor": ("actor", "#D55E00", "D"),
    "UnidentifiedActor": ("unidentified actor", "#E69F00", "D"),
    "Campaign": ("campaign", "#F0E442", "D"),
    "Incident": ("incident", "#000000", "s"),
    "Organization": ("organization", "#0072B2", "o"),
    "Population": ("group of parties", "#56B4E9", "o"),
    "Person": ("person", "#009E73", "o"),
    "Asset": ("asset", "#CC79A7", "^"),
    "Technique": ("technique", "#8a8f98", "v"),
    "Malware": ("malware", "#8a4b73", "P"),
    "Tool": ("tool", "#5f7f3a", "P"),
    "Vulnerability": ("vulnerability", "#3a6f7f", "X"),
    "Product": ("product", "#7f6a3a", "h"),
    "Country": ("country", "#4d6a9a", "p"),
}
"""Kind of a thing → what it is called, its colour, its mark: told apart by shape as well as by colour."""
OTHER = ("other", "#8a8f98", "o")


def colour_of(kind: str) -> str:
    """The colour of a kind of thing."""
    return KINDS.get(kind, OTHER)[1]


def pyplot_figure(width: float, height: float) -> Figure:
    """An empty figure in the house style, drawn without a screen. Raises :class:`~kg.errors.MissingExtra` without Matplotlib."""
    try:
        from matplotlib import rcParams
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtra("figures need Matplotlib; install it with: pip install 'incident-kg[plot]'") from None
    rcParams.update(SETTINGS)  # type: ignore[arg-type]
    figure = Figure(figsize=(width, height), facecolor="white")
    FigureCanvasAgg(figure)
    return figure


SETTINGS: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": QUIET,
    "ytick.color": INK,
    "grid.color": GRID,
    "svg.hashsalt": "incident-kg",
    "svg.fonttype": "path",
}


def source_line(found: Analysis[Any]) -> str:
    """What a figure rests on, in one line: the analysis, the graph, the filters, the day. No clock."""
    inputs: Inputs = found.inputs
    parts = [
        f"kg analyze {found.name}",
        f"projection {inputs.projection}: {inputs.nodes:,} nodes, {inputs.edges:,} edges, {inputs.claims:,} claims",
        f"as of {inputs.as_of.isoformat()}" if inputs.as_of else "all that is known",
        *(f"{name} {value}" for name, value in inputs.filters.items()),
    ]
    return " · ".join(parts)


def sheet(found: Analysis[Any], width: float = 9, height: float = 5.5, title: str = "") -> tuple[Figure, Axes]:
    """A figure with one empty plot, the title of the result above and its source line below. Give it to :func:`finish`."""
    figure = pyplot_figure(width, height)
    axes = figure.add_subplot()
    figure.suptitle(title or found.title, x=0.15 / width, y=1 - 0.12 / height, ha="left", va="top", fontsize=12, fontweight="bold")
    return figure, axes


def finish(found: Analysis[Any], figure: Figure) -> Figure:
    """Put the source line below, with the notes, and fit everything onto the sheet."""
    width = int(figure.get_figwidth() * 15)
    lines = textwrap.wrap(source_line(found), width)
    for note in found.notes[:3]:
        lines += textwrap.wrap(f"Note: {note}", width)
    height = figure.get_figheight()
    room = 0.16 * len(lines) + 0.14
    figure.text(
        0.15 / figure.get_figwidth(), 0.08 / height, "\n".join(lines), fontsize=7.5, color=QUIET, va="bottom", ha="left", linespacing=1.4
    )
    figure.tight_layout(rect=(0, room / height, 1, 1))
    return figure


def blank(found: Analysis[Any], words: str = "nothing to draw: the result is empty") -> Figure:
    """The figure of a result without rows: it says so."""
    figure, axes = sheet(found, 8, 2.5)
    axes.set_axis_off()
    axes.text(0.5, 0.5, words, ha="center", va="center", color=QUIET, transform=axes.transAxes)
    return finish(found, figure)


def legend_of_kinds(axes: Axes | Figure, kinds: list[str], **where: Any) -> None:
    """A legend of the kinds of things that are drawn, with colour and mark."""
    from matplotlib.lines import Line2D

    marks = []
    for kind in sorted(set(kinds), key=lambda k: (list(KINDS).index(k) if k in KINDS else 99, k)):
        name, colour, mark = KINDS.get(kind, OTHER)
        marks.append(Line2D([], [], linestyle="", marker=mark, markersize=8, markerfacecolor=colour, markeredgecolor="white", label=name))
    axes.legend(handles=marks, frameon=False, fontsize=9, labelcolor=INK, **where)


def short(label: str, most: int = 44) -> str:
    """A label that fits on one line."""
    return label if len(label) <= most else label[: most - 1].rstrip() + "…"


def folded(label: str, width: int = 30, lines: int = 2) -> str:
    """A label on at most so many lines.

    >>> print(folded("Intrusion into Microsoft's corporate e-mail, 2023/24"))
    Intrusion into Microsoft's
    corporate e-mail, 2023/24
    """
    return "\n".join(textwrap.wrap(label, width, max_lines=lines, placeholder=" …", break_long_words=True)) or label


def halo() -> Any:
    """White around letters, so that they can be read over lines."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2.4, foreground="white")]
