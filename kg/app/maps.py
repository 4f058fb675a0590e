"""Numbers by country on a map of the world: shapes after Natural Earth, in the package."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import altair as alt
import pycountry
import streamlit as st

from kg.app import show


@cache
def _shapes() -> dict[str, Any]:
    """Countries of the world as TopoJSON, after Natural Earth (public domain), with ISO 3166 numbers."""
    shapes: dict[str, Any] = json.loads((Path(__file__).parent / "assets" / "countries.json").read_text("utf-8"))
    return shapes


def world(counts: Mapping[str, int | float], told: str, scheme: Literal["purples", "oranges"] = "purples", height: int = 300) -> bool:
    """Draw numbers by two-letter code; the largest stand in words below. Whether any code is a country's."""
    rows: list[dict[str, Any]] = []
    for code, number in counts.items():
        country = pycountry.countries.get(alpha_2=code)
        if country is not None and number > 0:
            rows.append({"id": country.numeric, "country": country.name, "number": number})
    if not rows:
        return False
    shapes = alt.Data(values=_shapes(), format=alt.DataFormat(type="topojson", feature="countries"))  # type: ignore[no-untyped-call]
    found = alt.LookupData(data=alt.Data(values=rows), key="id", fields=["country", "number"])  # type: ignore[no-untyped-call]
    base = alt.Chart(shapes).mark_geoshape(fill="#98a3ae", fillOpacity=0.18, stroke="#98a3ae", strokeWidth=0.4)
    filled = (
        alt.Chart(shapes)
        .mark_geoshape(stroke="#98a3ae", strokeWidth=0.4)
        .transform_lookup(lookup="id", from_=found)
        .transform_filter("isValid(datum.number)")
        .encode(
            color=alt.Color("number:Q", scale=alt.Scale(type="symlog", scheme=scheme), legend=None),
            tooltip=["country:N", alt.Tooltip("number:Q", title=told)],
        )
    )
    st.altair_chart(alt.layer(base, filled).project("equalEarth").properties(height=height), alt=f"world map: {told}")
    top = ", ".join(f"{row['country']} {row['number']:,}" for row in sorted(rows, key=lambda r: (-r["number"], r["country"]))[:6])
    st.caption(show.markdown(f"{told}: {top}. Shapes: Natural Earth."))
    return True
