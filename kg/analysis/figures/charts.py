"""Ranked bars, heat maps, time series with gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kg.analysis.figures.style import GRID, INK, PALETTE, QUIET, blank, colour_of, finish, folded, legend_of_kinds, sheet, short
from kg.analysis.result import Analysis

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def ranked_bars(
    found: Analysis[Any],
    bars: Sequence[tuple[str, float, str]],
    axis: str,
    *,
    errors: Sequence[float] | None = None,
    title: str = "",
) -> Figure:
    """Horizontal bars in the order given, the first on top: label, value, kind of thing (its colour). ``errors`` are half-widths."""
    if not bars:
        return blank(found)
    figure, axes = sheet(found, 9, 1.9 + 0.34 * len(bars), title)
    places = range(len(bars))
    axes.barh(
        places,
        [value for _, value, _ in bars],
        color=[colour_of(kind) for _, _, kind in bars],
        height=0.72,
        xerr=errors,
        error_kw={"ecolor": INK, "elinewidth": 1, "capsize": 2},
    )
    for place, (_, value, _) in zip(places, bars, strict=True):
        axes.annotate(f"{value:.3g}", (value, place), (4, 0), textcoords="offset points", va="center", fontsize=8, color=QUIET)
    axes.set_yticks(places, [folded(label, 44) for label, _, _ in bars], linespacing=0.95)
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.margins(x=0.08)
    axes.set_xlabel(axis)
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    kinds = [kind for _, _, kind in bars]
    if any(kinds):
        legend_of_kinds(axes, kinds, loc="lower right")
    return finish(found, figure)


def heat_map(
    found: Analysis[Any],
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float | None]],
    axis: str,
    *,
    title: str = "",
) -> Figure:
    """A table of shades with the numbers in it; ``None`` (not known) is hatched, not zero."""
    if not rows or not columns:
        return blank(found)
    figure, axes = sheet(found, max(6.0, 3.4 + 0.5 * len(columns)), 2.4 + 0.32 * len(rows), title)
    known = [v for line in values for v in line if v is not None]
    top = max(known, default=1) or 1
    shown = [[float("nan") if v is None else float(v) for v in line] for line in values]
    image = axes.imshow(shown, cmap="Blues", vmin=min(0, *known) if known else 0, vmax=top, aspect="auto")
    for y, line in enumerate(values):
        for x, value in enumerate(line):
            text = "–" if value is None else f"{value:.2g}" if isinstance(value, float) else str(value)
            dark = value is not None and value > 0.6 * top
            if value is None:
                axes.fill_between([x - 0.5, x + 0.5], y - 0.5, y + 0.5, facecolor="white", edgecolor=GRID, hatch="////", linewidth=0)
            axes.text(x, y, text, ha="center", va="center", fontsize=8, color="white" if dark else INK)
    axes.set_xticks(range(len(columns)), [short(c, 28) for c in columns], rotation=35, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(rows)), [short(r) for r in rows])
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    bar = figure.colorbar(image, ax=axes, shrink=0.8, pad=0.02)
    bar.set_label(axis, color=INK)
    bar.outline.set_visible(False)
    return finish(found, figure)


def time_series(
    found: Analysis[Any],
    periods: Sequence[str],
    series: Mapping[str, Sequence[float | None]],
    axis: str,
    *,
    title: str = "",
) -> Figure:
    """Lines over periods (``2023``, ``2023-11``); ``None`` is a gap: the line stops there and the gap is shaded."""
    if not periods:
        return blank(found)
    figure, axes = sheet(found, 9, 4.6, title)
    places = list(range(len(periods)))
    dashes = ("-", "--", "-.", ":")
    for number, (name, values) in enumerate(series.items()):
        heights = [float("nan") if v is None else v for v in values]
        axes.plot(
            places,
            heights,
            dashes[number % 4],
            marker="osD^v"[number % 5],
            markersize=4,
            linewidth=1.8,
            color=PALETTE[number % len(PALETTE)],
            label=name,
        )
    shaded = False
    for place in places:
        if all(values[place] is None for values in series.values()):
            label = "nothing is known" if not shaded else None
            axes.axvspan(place - 0.5, place + 0.5, color=GRID, linewidth=0, zorder=0, label=label)
            shaded = True
    step = max(1, len(periods) // 14)
    axes.set_xticks(places[::step], list(periods)[::step], rotation=35, ha="right", rotation_mode="anchor")
    axes.set_ylabel(axis)
    axes.set_ylim(bottom=0)
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    axes.legend(frameon=False, fontsize=9, labelcolor=INK)
    return finish(found, figure)
