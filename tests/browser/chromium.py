"""Finds the browser of the machine. Playwright's own download is not used: it needs the internet."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MACOS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def find() -> str | None:
    """The path of a Chromium: what CHROMIUM names, what is on the path, or where macOS keeps it."""
    if named := os.environ.get("CHROMIUM"):
        return named
    for name in NAMES:
        if found := shutil.which(name):
            return found
    return next((path for path in MACOS if Path(path).exists()), None)


def arguments() -> list[str]:
    """Root needs --no-sandbox; a container's small /dev/shm must not be used."""
    return ["--disable-dev-shm-usage", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
