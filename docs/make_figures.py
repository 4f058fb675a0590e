"""Draw the figures of the pages in ``docs/analysis`` again: ``python -m docs.make_figures [PAGE …]``.

Each page shows its command with ``--plot NAME.png``; it is run on the bundled data, and the figure goes to ``docs/analysis/pictures``.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from kg.resources import folder
from kg.workspace import create_workspace

PAGES = Path(__file__).parent / "analysis"


def main() -> None:
    """Run every command of the pages named on the command line, or of all, that draws a PNG."""
    wanted = sys.argv[1:] or [page.stem for page in sorted(PAGES.glob("*.md"))]
    pictures = PAGES / "pictures"
    pictures.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as base:
        workspace = create_workspace(Path(base) / "workspace")
        workspace.ingest([folder("data")])
        environment = {**os.environ, "KG_WORKSPACE": str(workspace.folder), "PYTHONPATH": str(PAGES.parent.parent)}
        for name in wanted:
            for command in re.findall(r"^\$ kg (analyze .*--plot \S+\.png.*)$", (PAGES / f"{name}.md").read_text("utf-8"), re.M):
                subprocess.run([sys.executable, "-m", "kg.cli.main", *shlex.split(command)], cwd=pictures, env=environment, check=True)


if __name__ == "__main__":
    main()
