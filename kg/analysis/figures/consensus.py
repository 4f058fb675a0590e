"""How belief in an attribution moved, above; who said what when, below. Days on which something was said stand side by side."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from kg.analysis.figures.style import GRID, INK, PALETTE, QUIET, blank, finish, pyplot_figure, short
from kg.analysis.result import Analysis, Thing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_LINES = 6
"""So many actors get a line and a colour of their own."""
MOST_LANES = 24
"""So many agents get a lane, and so many days a place: the last ones."""
STANCES = {
    "asserted": ("o", True, "asserted"), "claimed": ("D", True, "claimed by the actor"), "suspected": ("o", False, "suspected"),
    "denied": ("X", True, "denied"), "disputed": ("X", False, "disputed"), "withdrawn": ("s", False, "withdrawn"),
    "not known": ("$?$", True, "says that it is not known"),
}  # fmt: skip
"""Stance → mark, whether it is filled, its name in the legend."""


def draw(found: Analysis[Any]) -> Figure:
    """The figure of a consensus: lines by actor, of the first also what belief functions leave open, and lanes by agent."""
    said = [row for row in found.table("words").rows if row.published is not None]
    if not said:
        return blank(found, "nobody attributes this incident to anybody on a known day")
    days = sorted({row.published for row in said})
    left_out = len(days[:-MOST_LANES])
    days = days[-MOST_LANES:]
    said = [row for row in said if row.published in days]
    drawn = [row.actor for row in found.rows if row.linear is not None][:MOST_LINES]
    colours = {actor.iri: PALETTE[number] for number, actor in enumerate(drawn)}
    agents = list(dict.fromkeys(row.agent for row in said))
    lanes = agents[-MOST_LANES:]
    top, low = (2.7 if drawn else 0.1), 0.5 + 0.3 * len(lanes)
    figure = pyplot_figure(11.5, 2.2 + top + low)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(top, low))
    upper.set_title(found.title, loc="left", fontsize=12, fontweight="bold", pad=12)
    if drawn:
        _lines(upper, found, drawn, colours, days)
    else:
        upper.set_axis_off()
    _lanes(lower, said, lanes, colours, days)
    lower.set_xlim(-0.6, len(days) - 0.4)
    lower.set_xticks(range(len(days)), [day.isoformat() for day in days], rotation=35, ha="right", rotation_mode="anchor", fontsize=8.5)
    more = [f"{left_out} earlier days"] * bool(left_out) + [f"{len(agents) - len(lanes)} agents"] * (len(agents) > len(lanes))
    if more:
        lower.set_xlabel(f"not drawn: {' and '.join(more)}", color=QUIET)
    return finish(found, figure)


def _lines(axes: Axes, found: Analysis[Any], drawn: list[Thing], colours: dict[str, str], days: list[date]) -> None:
    moved = found.table("development").rows
    ends = (*range(len(days)), len(days) - 0.4)
    for number, actor in enumerate(drawn):
        rows = {row.day: row for row in moved if row.actor == actor and row.linear is not None}
        if not rows:
            continue
        every = [rows.get(day) for day in days]
        every.append(every[-1])
        shade = colours[actor.iri]
        if number == 0 and all(row is None or row.belief is not None for row in every):
            low, high = ([float("nan") if row is None else getattr(row, name) for row in every] for name in ("belief", "plausibility"))
            axes.fill_between(ends, low, high, step="post", color=shade, alpha=0.16, linewidth=0, label="its belief to plausibility")
        values = [float("nan") if row is None else row.linear for row in every]
        name = f"{short(actor.label, 44)}: {values[-1]:.2f}"
        axes.step(ends, values, where="post", color=shade, linewidth=2, linestyle=("-", "--", "-.", ":")[number % 4], label=name)
        axes.plot(ends[:-1], values[:-1], "o", color=shade, markersize=4)
    axes.set_ylim(0, 1.02)
    axes.set_ylabel("probability (linear pool)")
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    axes.tick_params(axis="x", length=0)
    handles, labels = axes.get_legend_handles_labels()
    band = [place for place, label in enumerate(labels) if label.startswith("its belief")]
    order = [*(place for place in range(len(labels)) if place not in band)]
    order[1:1] = band
    axes.legend(
        [handles[place] for place in order], [labels[place] for place in order],
        frameon=False, fontsize=8.5, labelcolor=INK, loc="center left", bbox_to_anchor=(1.0, 0.5),
    )  # fmt: skip


def _lanes(axes: Axes, said: list[Any], lanes: list[Thing], colours: dict[str, str], days: list[date]) -> None:
    from matplotlib.lines import Line2D

    for place, agent in enumerate(lanes):
        axes.axhline(place, color=GRID, linewidth=0.8, zorder=0)
        for spot, day in enumerate(days):
            rows = [row for row in said if row.agent == agent and row.published == day]
            for number, row in enumerate(rows):
                shade = colours.get(row.actor.iri, QUIET)
                mark, filled, _ = STANCES[row.stance]
                axes.plot(
                    [spot + 0.26 * (number - (len(rows) - 1) / 2)], [place], linestyle="", marker=mark,
                    markersize=8 if row.counts else 5, color=shade, markerfacecolor=shade if filled else "white",
                    markeredgecolor=shade if not filled or mark == "$?$" else "white", markeredgewidth=0.6 if filled else 1.6, zorder=3,
                )  # fmt: skip
    axes.set_yticks(range(len(lanes)), [short(agent.label, 40) for agent in lanes])
    axes.set_ylim(len(lanes) - 0.4, -0.7)
    axes.tick_params(axis="y", length=0, labelsize=8.5)
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    marks = []
    for stance, (mark, filled, name) in STANCES.items():
        if any(row.stance == stance for row in said):
            inside = QUIET if filled else "white"
            marks.append(Line2D([], [], linestyle="", marker=mark, markersize=8, color=QUIET, markerfacecolor=inside, label=name))
    marks.append(Line2D([], [], linestyle="", marker="o", markersize=5, color=QUIET, label="small: no weight, or said again later"))
    if any(row.actor.iri not in colours for row in said):
        marks.append(Line2D([], [], linestyle="", marker="o", markersize=8, color=QUIET, label="grey: fits everybody, or no line above"))
    axes.legend(handles=marks, frameon=False, fontsize=8.5, labelcolor=INK, loc="center left", bbox_to_anchor=(1.0, 0.5))
