"""How predictors did against the baseline, beside it the links that are predicted now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kg.analysis.figures.style import INK, PALETTE, QUIET, blank, finish, pyplot_figure, short
from kg.analysis.links import BASELINE
from kg.analysis.result import Analysis

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(found: Analysis[Any]) -> Figure:
    """The figure of predicted links."""
    tested, rows = found.table("evaluation").rows, found.rows[:15]
    if not tested and not rows:
        return blank(found)
    sheet = pyplot_figure(11.5, 2.6 + 0.34 * max(len(rows), len(tested), 5))
    left, right = sheet.subplots(1, 2, gridspec_kw={"width_ratios": (1, 1.1)})
    sheet.suptitle(found.title, x=0.02, ha="left", fontsize=12, fontweight="bold", color=INK)
    counts = f"{found.facts.get('links_tested', 0):,} links of {found.facts.get('sources_tested', 0):,} tested"
    left.set_title(f"on what became public after {found.facts['cut']}: {counts}" if tested else "no test", loc="left", fontsize=10)
    right.set_title(f"predicted now ({found.facts['predictor']})", loc="left", fontsize=10)
    for place, row in enumerate(tested):
        colour = PALETTE[5] if row.predictor == BASELINE else PALETTE[0] if row.better else QUIET
        mark = "D" if row.predictor == BASELINE else "o" if row.better else "s"
        if row.ap_low is not None:
            left.plot((row.ap_low, row.ap_high), (place, place), color=colour, linewidth=2.2, solid_capstyle="round")
        left.plot(row.average_precision, place, mark, color=colour, markersize=7)
    if tested:
        left.axvline(tested[0].average_precision, color=PALETTE[5], linestyle="--", linewidth=1)
        left.set_yticks(range(len(tested)), [row.predictor + (" (baseline)" if row.predictor == BASELINE else "") for row in tested])
        left.set_ylim(len(tested) - 0.5, -0.5)
        left.set_xlabel("average precision, with 95 % interval")
        left.set_xlim(0, min(1.02, 1.1 * max(row.ap_high or row.average_precision for row in tested)))
        left.grid(axis="x")
        left.set_axisbelow(True)
    else:
        left.set_axis_off()
        left.text(0.5, 0.5, "not tested", ha="center", va="center", color=QUIET, transform=left.transAxes)
    if rows:
        shade = PALETTE[0] if any(row.better for row in tested) else "#b3bac3"
        right.barh(range(len(rows)), [row.score for row in rows], color=shade, height=0.7)
        right.set_yticks(range(len(rows)), [f"{short(row.source.label, 30)} → {short(row.target.label, 26)}" for row in rows], fontsize=8.5)
        right.set_ylim(len(rows) - 0.5, -0.5)
        for place, row in enumerate(rows):
            right.annotate(f"{row.popularity} have it", (row.score, place), (4, 0), textcoords="offset points", va="center", fontsize=7.5,
                           color=QUIET)  # fmt: skip
        right.set_xlabel("score (no probability)")
        right.margins(x=0.18)
        right.grid(axis="x")
        right.set_axisbelow(True)
    else:
        right.set_axis_off()
        right.text(0.5, 0.5, "nothing to predict", ha="center", va="center", color=QUIET, transform=right.transAxes)
    for axes in (left, right):
        axes.tick_params(axis="y", length=0)
    return finish(found, sheet)
