"""The look of the app: every colour of text has a contrast of at least 4.5 on every ground, in light and in dark (WCAG 2.1 AA)."""

from __future__ import annotations

import re

import pytest

from kg.app.launching import OPTIONS
from kg.app.main import ASSETS, PAGES
from kg.app.show import KINDS

PAIR = re.compile(r"(--kg[\w-]*): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_is_right() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21) and contrast("#777777", "#ffffff") < 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_contrast(theme: str) -> None:
    grounds = [OPTIONS[f"theme.{theme}.{name}"] for name in ("backgroundColor", "secondaryBackgroundColor")]
    style = (ASSETS / "style.css").read_text("utf-8")
    pairs = PAIR.findall(style)
    assert len(pairs) >= 20
    colours = {name: (light if theme == "light" else dark) for name, light, dark in pairs} | {"text": OPTIONS[f"theme.{theme}.textColor"]}
    weak = {f"{name} {colour} on {ground}": round(contrast(colour, ground), 2) for name, colour in colours.items() for ground in grounds}
    assert {k: v for k, v in weak.items() if v < 4.5} == {}


def test_every_kind_has_a_colour_and_a_symbol_of_its_own() -> None:
    style = (ASSETS / "style.css").read_text("utf-8")
    assert all(f".kg-{family} {{ --kg:" in style for family, _ in KINDS.values())
    symbols = [symbol for _, symbol in KINDS.values()]
    assert len(set(symbols)) == len(symbols)


def test_every_page_has_a_module() -> None:
    for listed in PAGES:
        assert (ASSETS.parent / "pages" / f"{listed.name}.py").is_file(), listed.name


def test_nothing_is_loaded_from_elsewhere() -> None:
    for path in ASSETS.parent.rglob("*"):
        if path.suffix in (".css", ".html") or path.name in ("canvas.js", "editor.js"):
            text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
            assert not re.search(r"https?://|@import|url\(", text), path
