"""Take the pictures of the documentation from the real app: ``python -m docs.make_pictures`` (needs Chromium)."""

from __future__ import annotations

import tempfile
from pathlib import Path

from kg.resources import folder
from kg.workspace import create_workspace
from tests.end_to_end.browser import page, serving


def main() -> None:
    """Write ``docs/pictures/*.png``."""
    pictures = Path(__file__).parent / "pictures"
    pictures.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as base:
        workspace = create_workspace(Path(base) / "workspace")
        workspace.ingest([folder("data")])
        with serving(workspace.folder) as address:
            with page(f"{address}/thing?thing=actor:apt29") as tab:
                tab.get_by_text("source’s words", exact=False).first.wait_for(timeout=30_000)
                tab.screenshot(path=pictures / "claims.png")


if __name__ == "__main__":
    main()
