"""Patterns by shape: counts beside what was expected, and the incidents at one victim on a line of time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kg.analysis.figures.style import GRID, INK, PALETTE, QUIET, blank, colour_of, finish, pyplot_figure, short
from kg.analysis.result import Analysis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST = 10
"""So many patterns of a shape are drawn."""
TITLES = {
    "supplier": "One supplier, many victims: organisations reached",
    "product": "One exploited product, many victims: organisations hit", "sector": "One actor, one sector, repeatedly: incidents",
    "victim": "Two actors, one victim, close in time",
}  # fmt: skip


def draw(found: Analysis[Any]) -> Figure:
    """The figure of patterns."""
    shapes = {shape: [row for row in found.rows if row.shape == shape][:MOST] for shape in TITLES}
    shapes = {shape: rows for shape, rows in shapes.items() if rows}
    if not shapes:
        return blank(found, "nothing to draw: no pattern was found")
    heights = [0.75 + 0.3 * len(rows) for rows in shapes.values()]
    figure = pyplot_figure(10.5, 1.5 + sum(heights) + 0.5 * len(heights))
    for axes, (shape, rows) in zip(
        figure.subplots(len(shapes), 1, height_ratios=heights, squeeze=False)[:, 0], shapes.items(), strict=True
    ):
        axes.set_title(TITLES[shape], loc="left", fontsize=10.5, fontweight="bold", color=INK)
        if shape == "victim":
            _times(axes, rows, found.table("members").rows)
        else:
            _counts(axes, rows, colour_of({"supplier": "Organization", "product": "Product"}.get(shape, "ThreatActor")))
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0, labelsize=8.5)
        axes.grid(axis="x", color=GRID)
        axes.set_axisbelow(True)
    figure.suptitle(found.title, x=0.02, ha="left", fontsize=12, fontweight="bold", color=INK)
    return finish(found, figure)


def _counts(axes: Axes, rows: Sequence[Any], shade: str) -> None:
    from matplotlib.ticker import MaxNLocator

    places = range(len(rows))
    axes.barh(places, [row.count for row in rows], color=shade, height=0.62, label="found")
    axes.plot([row.expected for row in rows], places, "|", color=INK, markersize=15, markeredgewidth=2.2, label="expected by chance")
    for place, row in zip(places, rows, strict=True):
        words = f"adjusted chance {row.adjusted:.2g}"
        axes.annotate(
            words, (max(row.count, row.expected), place), (6, 0), textcoords="offset points", va="center", fontsize=8, color=QUIET
        )
    names = [", ".join(thing.label for thing in row.who) for row in rows]
    labels = [
        short(name if row.shape != "sector" else f"{name}: {row.whom.partition(':')[0]}", 48) for name, row in zip(names, rows, strict=True)
    ]
    axes.set_yticks(places, labels)
    axes.margins(x=0.25)
    axes.set_xlim(left=0)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.legend(frameon=False, fontsize=8.5, labelcolor=INK, loc="lower right")


def _times(axes: Axes, rows: Sequence[Any], members: Sequence[Any]) -> None:
    for place, row in enumerate(rows):
        mine = [one for one in members if one.shape == "victim" and one.rank == row.rank]
        days = [one.since for one in mine]
        axes.plot(days, [place] * len(days), color=QUIET, linewidth=1.2, zorder=1)
        for number, one in enumerate(mine):
            shade = PALETTE[5] if number == 0 else PALETTE[0]
            axes.plot([one.since, one.until], [place, place], color=shade, linewidth=7, solid_capstyle="butt", zorder=2)
            axes.plot([one.since, one.until], [place, place], "|", color=shade, markersize=13, markeredgewidth=2.5, zorder=2)
            when = f"{one.since}" if one.since == one.until else f"{one.since} to {one.until:%m-%d}"
            if one.since != one.until and one.since.year != one.until.year:
                when = f"{one.since} to {one.until}"
            name = short(" / ".join(thing.label for thing in one.who), 26)
            axes.annotate(
                f"{name}, {when}",
                (one.since if number == 0 else one.until, place),
                (-9 if number == 0 else 9, 0),
                textcoords="offset points",
                ha="right" if number == 0 else "left",
                va="center",
                fontsize=8,
                color=INK,
            )
        middle = days[0] + (days[-1] - days[0]) / 2
        axes.annotate(
            row.whom.rpartition(", ")[2].removesuffix(" apart"),
            (middle, place),
            (0, 4),
            textcoords="offset points",
            ha="center",
            fontsize=7.5,
            color=QUIET,
        )
    axes.set_yticks(range(len(rows)), [short(row.whom.rpartition(", ")[0], 40) for row in rows])
    axes.margins(x=0.55)
    axes.tick_params(axis="x", labelsize=8.5)
