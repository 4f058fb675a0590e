"""Figures of results, drawn with Matplotlib: one look for all, made by few functions that each analysis calls.

:mod:`~kg.analysis.figures.style` has paper, colours and the source line, :mod:`~kg.analysis.figures.charts` bars, heat maps and
time series, :mod:`~kg.analysis.figures.networks` node-link drawings, :mod:`~kg.analysis.figures.files` writes PNG, SVG and HTML.
Matplotlib comes with the extra ``plot`` and is loaded when a figure is drawn.
"""
