"""Results: columns, writers, names of tables; the registry and the signatures behind the commands; figures."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any
from xml.etree import ElementTree

import networkx as nx
import pytest

from kg.analysis.bridges import bridges
from kg.analysis.bridges import figure as bridges_figure
from kg.analysis.centrality import centrality
from kg.analysis.centrality import figure as centrality_figure
from kg.analysis.figures.charts import heat_map, ranked_bars, time_series
from kg.analysis.figures.files import check_ending, page, png, save_figure, svg
from kg.analysis.figures.networks import MOST, around, layout, node_link
from kg.analysis.figures.style import KINDS, PALETTE, folded, source_line
from kg.analysis.registry import ANALYSES, find_analysis
from kg.analysis.result import Analysis, Inputs, Method, Row, Table, Thing, annotated, columns_of
from kg.analysis.signature import asked_by
from kg.analysis.writing import cell_text, plain, table_rows, to_csv, to_graphml, to_json
from kg.errors import NotFound, UsageError
from tests.conftest import CHECKOUT
from tests.unit.analysing import A, done_by, hit, material

FEW = (done_by("r1", "one", "heron"), hit("r2", "one", "acme"), hit("r3", "two", "acme", confidence=70), done_by("r4", "two", "heron"))
ACME = Thing("https://x/id/org/acme", "Acme <b>&", "Organization")


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything(Row):
    """One of each kind of cell."""

    thing: Annotated[Thing | None, "a thing"]
    several: Annotated[tuple[Thing, ...], "things"]
    words: tuple[str, ...]
    number: float | None
    count: int
    day: date | None
    sure: bool


ROWS = (
    Everything(
        thing=ACME, several=(ACME, ACME), words=("a b", "c"), number=1 / 3, count=2, day=date(2024, 1, 2), sure=True, claims=("urn:c",)
    ),
    Everything(thing=None, several=(), words=(), number=None, count=0, day=None, sure=False),
)
GRAPH = nx.Graph()
GRAPH.add_node("urn:a", label="A \x0b\x00 & <b>", kind="Organization", iri="urn:a", sector=("energy", "oil and gas"))
GRAPH.add_node("urn:b", label="B", kind="Incident", iri="urn:b", day=date(2024, 1, 2), nothing=None, thing=ACME, share=1 / 3)
GRAPH.add_edge("urn:a", "urn:b", claims=("urn:c", "urn:d"), weight=2, first=None)
FOUND: Analysis[Everything] = Analysis(
    "sample", "A sample", Method("By hand.", ("Nobody 2024",)), {"top": 3},
    Inputs("incidents", date(2024, 2, 1), {"confidence": "50"}, 2, 1, 2),
    Everything, ROWS, ("a note",), {"parts": 1}, (Table("more", Everything, ROWS[:1]),), GRAPH,
)  # fmt: skip


# ── writers ──────────────────────────────────────────────────────────────────────────────────


def test_columns_say_what_they_mean_and_claims_come_last() -> None:
    assert [c.name for c in FOUND.columns] == ["thing", "several", "words", "number", "count", "day", "sure", "claims"]
    assert columns_of(Everything)[0].meaning == "a thing" and FOUND.claims == ("urn:c",)


def test_csv_gives_things_two_columns_and_leaves_unknown_cells_empty() -> None:
    first, second = csv.DictReader(io.StringIO(to_csv(FOUND)))
    assert first == {
        "thing": ACME.iri, "thing_label": ACME.label, "several": f"{ACME.iri} {ACME.iri}", "several_label": f"{ACME.label}; {ACME.label}",
        "words": "a b c", "number": "0.333333333", "count": "2", "day": "2024-01-02", "sure": "true", "claims": "urn:c",
    }  # fmt: skip
    assert set(second.values()) == {"", "0", "false"}
    assert len(to_csv(FOUND, "more").splitlines()) == 2
    with pytest.raises(NotFound, match="sample has no table 'mroe'; it has sample, more"):
        to_csv(FOUND, "mroe")


def test_json_has_method_inputs_and_the_claims_of_every_row() -> None:
    said = json.loads(to_json(FOUND))
    assert said["inputs"] == {
        "projection": "incidents", "as_of": "2024-02-01", "filters": {"confidence": "50"}, "nodes": 2, "edges": 1, "claims": 2,
    }  # fmt: skip
    assert said["rows"][0]["claims"] == ["urn:c"] and said["rows"][1]["number"] is None and said["more"][0]["table"] == "more"
    assert said["method"]["sources"] == ["Nobody 2024"] and said["columns"][0] == {"name": "thing", "meaning": "a thing"}


def test_what_is_no_number_is_never_written_as_one() -> None:
    assert plain(float("nan")) is None and plain(float("inf")) is None
    assert cell_text(float("nan")) == "" and "NaN" not in to_json(replace(FOUND, facts={"x": float("nan")}))


def test_graphml_is_read_back_and_nothing_breaks_it() -> None:
    text = to_graphml(FOUND)
    ElementTree.fromstring(text)
    graph = nx.parse_graphml(text)
    assert graph.nodes["urn:a"]["sector"] == "energy; oil and gas" and graph.nodes["urn:b"]["day"] == "2024-01-02"
    assert "nothing" not in graph.nodes["urn:b"] and graph.edges["urn:a", "urn:b"]["claims"] == "urn:c urn:d"
    assert graph.nodes["urn:b"]["thing"] == ACME.iri and graph.nodes["urn:b"]["share"] == 0.333333333
    with pytest.raises(UsageError, match="gives no graph"):
        to_graphml(replace(FOUND, graph=None))


@pytest.mark.parametrize("name", ["claims", "supply", "incidents"])
def test_graphml_of_every_kind_of_graph(name: str) -> None:
    found = centrality(material(*FEW), projection=name)
    graph = nx.parse_graphml(to_graphml(found), force_multigraph=name == "claims")
    assert found.graph is not None and len(graph) == len(found.graph) and graph.number_of_edges() == found.graph.number_of_edges()
    assert all("degree" in data for _, data in graph.nodes(data=True))


def test_a_table_for_people_counts_the_claims() -> None:
    head, rows = table_rows(FOUND.table())
    assert head[-1] == "claims" and rows[0] == ["Acme <b>&", "Acme <b>&; Acme <b>&", "a b; c", "0.3333", "2", "2024-01-02", "yes", "1"]


def test_annotating_leaves_the_graph_as_it_is() -> None:
    view = annotated(GRAPH, {"rank": {"urn:a": 1}})
    assert view.nodes["urn:a"]["rank"] == 1 and "rank" not in GRAPH.nodes["urn:a"] and view.edges["urn:a", "urn:b"]["weight"] == 2


# ── registry and signatures ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ANALYSES)
def test_every_analysis_is_whole(name: str) -> None:
    listed = find_analysis(name)
    assert listed.function.__doc__ and callable(listed.figure)
    hints = asked_by(listed.function)
    assert all(one.meaning for one in hints), f"{name}: every parameter says what it means"
    assert (CHECKOUT / "docs" / "analysis" / f"{name}.md").is_file()
    assert f"[{name}]({name}.md)" in (CHECKOUT / "docs" / "analysis" / "README.md").read_text("utf-8")
    module = listed.module
    methods = [value for value in vars(module).values() if isinstance(value, Method)]
    assert methods and all(m.sources for m in methods), f"{name} names the source of its method"


def test_an_unknown_analysis_offers_the_nearest() -> None:
    with pytest.raises(NotFound, match="near: centrality"):
        find_analysis("centralty")
    with pytest.raises(NotFound, match="'kg analyze' lists them"):
        find_analysis("xyz")


def test_listing_analyses_loads_none_of_them() -> None:
    code = (
        "import sys, kg.cli.main, kg.analysis.registry\n"
        "heavy = {'networkx', 'numpy', 'scipy', 'matplotlib'} & set(sys.modules)\nassert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, check=True)


# ── figures ──────────────────────────────────────────────────────────────────────────────────


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_colours_are_those_of_okabe_and_ito_and_kinds_differ_in_shape_or_lightness() -> None:
    assert set(PALETTE) == {"#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000"}
    for one, other in ((a, b) for a in KINDS for b in KINDS if a < b):
        same_mark = KINDS[one][2] == KINDS[other][2]
        assert not same_mark or abs(luminance(KINDS[one][1]) - luminance(KINDS[other][1])) > 0.02, (one, other)


def words_of(figure: Any) -> str:
    from matplotlib.text import Text

    return "\n".join(text.get_text() for text in figure.findobj(Text))


def test_a_figure_says_what_it_rests_on_and_knows_no_clock() -> None:
    line = source_line(FOUND)
    assert line == "kg analyze sample · projection incidents: 2 nodes, 1 edges, 2 claims · as of 2024-02-01 · confidence 50"
    found = centrality(material(*FEW))
    figure = centrality_figure(found)
    assert source_line(found) in words_of(figure) and found.title in words_of(figure)
    drawn = svg(figure).decode()
    assert not re.search(r"<dc:date>|\d\d:\d\d:\d\d", drawn)


def test_the_same_result_is_drawn_the_same(tmp_path: Path) -> None:
    found = bridges(material(*FEW))
    for name in ("a.svg", "a.png", "a.html"):
        save_figure(found, bridges_figure, tmp_path / name, A)
        before = (tmp_path / name).read_bytes()
        save_figure(found, bridges_figure, tmp_path / name, A)
        assert (tmp_path / name).read_bytes() == before and len(before) > 5000, name
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    ElementTree.fromstring((tmp_path / "a.svg").read_bytes())


def test_a_page_holds_drawing_table_and_claims_and_escapes_what_it_shows() -> None:
    html = page(FOUND, b"<?xml?><svg></svg>", A)
    assert "<svg></svg>" in html and "Acme &lt;b&gt;&amp;" in html and "<b>&" not in html and "<code>urn:c</code>" in html
    assert "By hand." in html and "Nobody 2024" in html and "a note" in html and not re.search(r"(src|href)=", html)


def test_empty_results_are_drawn_as_such(tmp_path: Path) -> None:
    for analysis, draw in ((centrality, centrality_figure), (bridges, bridges_figure)):
        assert "nothing to draw" in words_of(draw(analysis(material())))  # type: ignore[operator]
    for figure in (
        ranked_bars(FOUND, [], "x"),
        heat_map(FOUND, [], [], [], "x"),
        time_series(FOUND, [], {}, "x"),
        node_link(FOUND, nx.Graph()),
    ):
        assert "nothing to draw" in words_of(figure)


def test_a_gap_is_no_zero() -> None:
    figure = time_series(FOUND, ["2021", "2022", "2023"], {"incidents": [3, None, 4], "victims": [1, None, None]}, "number")
    (one, other) = (line.get_ydata() for line in figure.axes[0].lines)
    assert one[0] == 3 and one[1] != one[1] and other[2] != other[2], "nan is drawn as nothing"
    assert len(figure.axes[0].patches) == 1, "the year that nobody speaks of is shaded"
    shades = heat_map(FOUND, ["a"], ["x", "y"], [[None, 2.0]], "number")
    assert "–" in words_of(shades) and "2" in words_of(shades)


def test_a_drawing_is_bounded_and_laid_out_the_same_for_any_order() -> None:
    with pytest.raises(ValueError, match="too many to draw"):
        node_link(FOUND, nx.path_graph([f"n{n:03}" for n in range(MOST + 1)]))
    big = nx.star_graph([f"n{n:03}" for n in range(400)])
    assert len(around(big, ["n000"], 50)) == 50 and "n000" in around(big, ["n000"], 50) and len(around(big, ["nowhere"])) == 0
    edges = [("a", "b"), ("b", "c"), ("d", "e"), ("f", "f")]
    one, other = nx.Graph(edges), nx.Graph([(y, x) for x, y in reversed(edges)])
    assert layout(one) == layout(other) and layout(nx.path_graph(["x"])) == {"x": (0.0, 0.0)}


def test_long_names_are_folded() -> None:
    assert folded("a" * 100).count("\n") <= 1 and folded("") == ""


def test_a_picture_has_a_known_ending(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"its name ends with \.png, \.svg, \.html"):
        check_ending(Path("x.gif"))
    with pytest.raises(UsageError, match="cannot write"):
        save_figure(FOUND, lambda f: ranked_bars(f, [("a", 1, "")], "x"), tmp_path / "no" / "x.png", A)


def test_without_matplotlib_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from kg.errors import MissingExtra

    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtra, match=r"pip install 'incident-kg\[plot\]'"):
        ranked_bars(FOUND, [("a", 1, "")], "x")


def test_png_is_a_picture() -> None:
    assert png(ranked_bars(FOUND, [("a", 1, "Incident")], "x", errors=[0.1])).startswith(b"\x89PNG")
