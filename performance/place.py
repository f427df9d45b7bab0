"""Each process tells where it runs: the system, since when it is up, Python, and the version of the product."""

from __future__ import annotations

import platform
from functools import cache
from typing import Any

import psutil
from django.conf import settings

from performance.reporter import Publisher, register

NAME = "place"


@cache
def here() -> dict[str, Any]:
    """Read once: nothing of it changes while a process runs. ``boot`` are seconds since 1970."""
    return {
        "system": system(),
        "boot": round(psutil.boot_time()),
        "python": platform.python_version(),
        "version": settings.SPECTACULAR_SETTINGS["VERSION"],
    }


def system() -> str:
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        name = f"{platform.system()} {platform.release()}"
    return name[:80]


register(Publisher(NAME, lambda role: here()))
