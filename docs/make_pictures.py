"""Take the pictures of the documentation from the real app: ``python -m docs.make_pictures`` (needs Chromium)."""

from __future__ import annotations

import tempfile
from pathlib import Path

from kg.resources import folder
from kg.workspace import create_workspace
from tests.end_to_end.browser import page, serving

CASE = "incident:microsoft-corporate-email-2023"
DRAWN = "window.kgCanvases?.explore?.fitted"
SHOTS: dict[str, tuple[str, str, bool]] = {
    "home": ("", ".kg-tour", False),
    "incident": (f"incident?thing={CASE}", ".kg-line", False),
    "explore": (f"explore?thing={CASE}", DRAWN, False),
    "explore-dark": ("explore?thing=actor:apt29", DRAWN, True),
    "actor": ("actor?thing=actor:apt29", ".kg-table", True),
    "evidence": ("report?claim=report:microsoft-8k-2024-01-19/claim/8d86499f3215f900ca15", "mark.kg-chosen", False),
    "compare": (f"compare?thing={CASE}&from=2024-02-01", ".kg-figures", False),
    "sparql": ("sparql?saved=CQ10", ".kg-table", True),
    "analysis": (f"analysis?name=consensus&incident={CASE}", ".kg-table", False),
    "review": ("review", ".kg-badge", False),
}
"""Picture → address of the view, what to wait for, whether in dark."""


def main() -> None:
    """Write ``docs/pictures/*.png``."""
    pictures = Path(__file__).parent / "pictures"
    pictures.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as base:
        workspace = create_workspace(Path(base) / "workspace")
        workspace.ingest([folder("data")])
        with serving(workspace.folder) as address:
            for name, (view, shown, dark) in SHOTS.items():
                with page(f"{address}/{view}", dark) as tab:
                    if shown == DRAWN:
                        tab.wait_for_function(shown, timeout=60_000)
                    else:
                        tab.locator(shown).first.wait_for(timeout=60_000)
                    tab.wait_for_timeout(1500)  # charts and fonts
                    tab.screenshot(path=pictures / f"{name}.png")


if __name__ == "__main__":
    main()
