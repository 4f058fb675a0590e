"""How the app is started: the same server for ``kg app``, the tests and the pictures of the documentation."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from kg.app.context import READ_ONLY

OPTIONS: Mapping[str, str] = {
    "server.address": "127.0.0.1",
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "server.maxUploadSize": "50",
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "theme.light.primaryColor": "#0b6a9c",
    "theme.light.backgroundColor": "#ffffff",
    "theme.light.secondaryBackgroundColor": "#f4f6f8",
    "theme.light.textColor": "#1b2733",
    "theme.dark.primaryColor": "#6fc3f0",
    "theme.dark.backgroundColor": "#12181f",
    "theme.dark.secondaryBackgroundColor": "#1b242e",
    "theme.dark.textColor": "#e6ecf2",
}
"""Streamlit's settings: on this machine only, nothing sent anywhere, uploads of at most 50 MB, our colours."""


def command(port: int) -> list[str]:
    """The command that serves the app on a port of this machine.

    The script lies apart from ``pages/``: beside a folder of that name Streamlit would make pages of its own from it.
    """
    options = [f"--{name}={value}" for name, value in {**OPTIONS, "server.port": str(port)}.items()]
    return [sys.executable, "-m", "streamlit", "run", str(Path(__file__).parent / "assets" / "script.py"), *options]


def environment(workspace: Path, read_only: bool = False) -> dict[str, str]:
    """The environment of the server: which workspace, and whether it may be changed."""
    kept = {name: value for name, value in os.environ.items() if name != READ_ONLY}
    return {**kept, "KG_WORKSPACE": str(workspace), **({READ_ONLY: "1"} if read_only else {})}
