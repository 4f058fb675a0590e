"""A Streamlit server of our own and a headless Chromium, for tests and for the pictures of the documentation."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kg.app.launching import command, environment

CHECKOUT = Path(__file__).resolve().parents[2]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
ARGUMENTS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]


def chromium() -> str | None:
    """Where Chromium is, if it is installed."""
    return next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def answering(address: str, server: subprocess.Popen[bytes]) -> None:
    """Wait until the app answers."""
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=2).read()
            return
        except OSError:
            assert server.poll() is None and time.monotonic() < deadline, "the app did not start"
            time.sleep(0.2)


@contextmanager
def serving(workspace: Path, read_only: bool = False) -> Iterator[str]:
    """The app over a workspace on a free port of this machine; the address of its page."""
    port = free_port()
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command(port), env=environment(workspace, read_only), cwd=CHECKOUT, **silent)
    address = f"http://127.0.0.1:{port}"
    try:
        answering(address, server)
        yield address
    finally:
        server.terminate()
        server.wait(10)


@contextmanager
def page(address: str, dark: bool = False) -> Iterator[Any]:
    """A page of headless Chromium at an address, in the colours of the light or the dark theme."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        opened = browser.new_page(viewport={"width": 1440, "height": 1000}, color_scheme="dark" if dark else "light")
        opened.goto(address)
        yield opened
        browser.close()
