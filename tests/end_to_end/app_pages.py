"""The app in Streamlit's own harness: a page at an address, and the text that it shows."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from kg.workspace import Workspace
from tests.conftest import CHECKOUT


def opened(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, page: str = "", **query: str) -> AppTest:
    """A page of the app after its first run; ``query`` is the query string."""
    monkeypatch.setenv("KG_WORKSPACE", str(workspace.folder))
    test = AppTest.from_file(str(CHECKOUT / "app.py"), default_timeout=60)
    if page:
        test.run()
        test._page_hash = calc_hash(page)  # AppTest.switch_page knows pages in files only
    for name, value in query.items():
        test.query_params[name] = value
    return test.run()


def text(test: AppTest) -> str:
    """The HTML that a page shows, in one string."""
    return "\n".join(str(element.proto.body) for element in test.get("html"))
