"""Actors by similarity with interval, beside it the similarity facet by facet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kg.analysis.figures.style import INK, PALETTE, QUIET, blank, finish, pyplot_figure, short
from kg.analysis.result import Analysis

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(found: Analysis[Any]) -> Figure:
    """The figure of similar actors."""
    from matplotlib import colormaps

    if not found.rows:
        return blank(found, found.notes[-1] if found.notes else "nothing to draw: the result is empty")
    facets = list(dict.fromkeys(row.facet for row in found.table("facets").rows))
    values: dict[tuple[str, str], float | None] = {(row.actor.iri, row.facet): row.similarity for row in found.table("facets").rows}
    rows = found.rows[:20]
    sheet = pyplot_figure(10.5, 2.9 + 0.38 * len(rows))
    left, right = sheet.subplots(1, 2, sharey=True, gridspec_kw={"width_ratios": (1, 1.35)})
    left.set_title(found.title, loc="left", fontsize=12, fontweight="bold", pad=12)
    places = list(range(len(rows)))
    for place, row in zip(places, rows, strict=True):
        colour = PALETTE[0] if row.above_background else QUIET
        left.plot((row.low, row.high), (place, place), color=colour, linewidth=2.2, solid_capstyle="round")
        left.plot(row.score, place, "o" if row.above_background else "s", color=colour, markersize=7)
    background = found.facts.get("background")
    if isinstance(background, float):
        left.axvline(background, color=PALETTE[5], linestyle="--", linewidth=1.2)
        left.annotate("background", (background, -0.75), (3, 0), textcoords="offset points", fontsize=8, color=PALETTE[5], va="center")
    left.set_yticks(places, [short(row.actor.label, 40) for row in rows])
    left.set_ylim(len(rows) - 0.4, -1.1)
    left.set_xlim(0, max(0.5, *(row.high for row in rows)) * 1.04)
    left.set_xlabel("similarity, with 90 % interval")
    left.tick_params(axis="y", length=0)
    left.grid(axis="x")
    left.set_axisbelow(True)
    known = [[values.get((row.actor.iri, facet)) for facet in facets] for row in rows]
    shown = [[float("nan") if value is None else value for value in line] for line in known]
    shades = colormaps["Blues"].with_extremes(bad="#f1f2f4")
    dark = max(0.5, *(value for line in known for value in line if value is not None))
    right.imshow(shown, cmap=shades, vmin=0, vmax=1.15 * dark, aspect="auto", extent=(-0.5, len(facets) - 0.5, len(rows) - 0.5, -0.5))
    for y, line in enumerate(known):
        for x, value in enumerate(line):
            text = "not known" if value is None else f"{value:.2f}"
            right.text(x, y, text, ha="center", va="center", fontsize=6.5 if value is None else 8.5,
                       color=QUIET if value is None else "white" if value > 0.6 * dark else INK)  # fmt: skip
    right.set_xticks(range(len(facets)), facets, rotation=30, ha="left", rotation_mode="anchor")
    right.xaxis.set_ticks_position("top")
    right.tick_params(length=0, labelleft=False)
    for side in right.spines.values():
        side.set_visible(False)
    return finish(found, sheet)
