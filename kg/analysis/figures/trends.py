"""Two clocks over time, one small chart a measure; below, how long each stage took, as bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kg.analysis.figures.style import GRID, INK, PALETTE, QUIET, blank, finish, pyplot_figure
from kg.analysis.result import Analysis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HAPPENED, DISCLOSED = PALETTE[0], PALETTE[5]
MOST_PERIODS = 60
"""So many periods are drawn: the last ones."""


def draw(found: Analysis[Any]) -> Figure:
    """The figure of trends."""
    from matplotlib.patches import Patch

    rows = [row for row in found.rows if not (len(row.period) == 4 and found.parameters["by"] != "year")]
    if not rows:
        return blank(found, "nothing to draw: no incident has a known time")
    every = sorted({row.period for row in rows})
    periods = every[-MOST_PERIODS:]
    what = list(dict.fromkeys(row.what for row in rows))
    stages = found.table("stages").rows
    figure = pyplot_figure(11, 6.4 + 0.55 * len(stages) + (0.8 if stages else 0))
    grid = figure.add_gridspec(3 if stages else 2, 2, height_ratios=(2.4, 2.4, 0.9 + 0.55 * len(stages)) if stages else None)
    for place, measure in enumerate(what):
        axes = figure.add_subplot(grid[place // 2, place % 2])
        _clocks(axes, {row.period: row for row in rows if row.what == measure}, periods)
        axes.set_title(measure, loc="left", fontsize=10, color=INK)
        if place == 0:
            handles, labels = axes.get_legend_handles_labels()
            handles.append(Patch(color=GRID))
            figure.legend(handles, [*labels, "gap: nothing known"], frameon=False, fontsize=8.5, labelcolor=INK, ncols=4, loc="upper right")
    if stages:
        _stages(figure.add_subplot(grid[2, :]), stages)
    left_out = f", the last {len(periods)} periods" if len(every) > len(periods) else ""
    figure.suptitle(f"{found.title}{left_out}", x=0.02, ha="left", fontsize=12, fontweight="bold", color=INK)
    return finish(found, figure)


def _clocks(axes: Axes, rows: dict[str, Any], periods: list[str]) -> None:
    from matplotlib.ticker import MaxNLocator

    places = list(range(len(periods)))
    nothing = float("nan")

    def series(name: str) -> list[float]:
        found = [getattr(rows[p], name) if p in rows else None for p in periods]
        return [nothing if value is None else float(value) for value in found]

    happened, disclosed = series("happened"), series("disclosed")
    axes.fill_between(places, series("at_least"), series("at_most"), color=HAPPENED, alpha=0.18, linewidth=0, label="at least to at most")
    axes.plot(places, happened, "-o", color=HAPPENED, markersize=3.5, linewidth=1.8, label="by when it happened")
    axes.plot(places, disclosed, "--s", color=DISCLOSED, markersize=3.5, linewidth=1.5, label="by when it became public")
    for place in places:
        if happened[place] != happened[place] and disclosed[place] != disclosed[place]:
            axes.axvspan(place - 0.5, place + 0.5, color=GRID, linewidth=0, zorder=0)
    step = max(1, len(periods) // 9)
    axes.set_xticks(places[::step], periods[::step], rotation=35, ha="right", rotation_mode="anchor", fontsize=8)
    axes.set_xlim(-0.6, len(periods) - 0.4)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.tick_params(axis="y", labelsize=8)
    axes.grid(axis="y")
    axes.set_axisbelow(True)


_QUARTILES = (
    (-0.24, "quarter", PALETTE[4], "a quarter"), (0.0, "half", PALETTE[0], "half"), (0.24, "three_quarters", PALETTE[2], "three quarters"),
)  # fmt: skip


def _stages(axes: Axes, stages: Any) -> None:
    """A bar from the least to the most of each quartile: what lies between is not known."""
    from matplotlib.lines import Line2D

    bounds = [value for row in stages for value in (row.quarter_most, row.half_most, row.three_quarters_most, row.three_quarters_least)]
    edge = 1.6 * max([value for value in bounds if value is not None] + [10.0])
    for place, row in enumerate(stages):
        for shift, part, shade, _ in _QUARTILES:
            low, high = getattr(row, f"{part}_least"), getattr(row, f"{part}_most")
            end = edge if high is None else max(high, low)
            axes.plot([low, end], [place + shift] * 2, color=shade, linewidth=5, solid_capstyle="butt")
            axes.plot([low, end], [place + shift] * 2, "|", color=shade, markersize=9, markeredgewidth=2)
            words = f"{low:,.0f}" if low == high else f"{low:,.0f} or more" if high is None else f"{low:,.0f} to {high:,.0f}"
            axes.annotate(words, (end, place + shift), (6, 0), textcoords="offset points", va="center", fontsize=7.5,
                          color=QUIET, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4})  # fmt: skip
    axes.set_xscale("symlog", linthresh=10)
    axes.set_xlim(right=edge * 3)
    axes.set_yticks(range(len(stages)), [f"{row.stage} ({row.incidents:,})" for row in stages], fontsize=8.5)
    axes.set_ylim(len(stages) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("days (number of incidents in brackets)", fontsize=9)
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    marks = [Line2D([], [], color=shade, linewidth=5, label=f"{words} took at most") for _, _, shade, words in _QUARTILES]
    axes.legend(handles=marks, frameon=False, fontsize=8, labelcolor=INK, loc="lower left", bbox_to_anchor=(0, 0.99), ncols=3)
