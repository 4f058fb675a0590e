"""What every test may use: where the data outside the repository lies, and small reports of our own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from kg.model.report import IncidentReport

CHECKOUT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real data packs; tests that want it skip where it is missing."""
    folder = Path(os.environ.get("KG_SHARED", CHECKOUT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"the data packs are not at {folder} (set KG_SHARED)")
    return folder


def make_report(report_id: str, published: str | None = "2024-01-19", publisher: str = "org:acme", **parts: Any) -> IncidentReport:
    """A sound report with the given parts."""
    info = {"id": report_id, "title": f"Report {report_id}", "publisher": publisher}
    if published:
        info["published"] = published
    report = IncidentReport.model_validate({"report": info, **parts})
    assert report.faults() == []
    return report
