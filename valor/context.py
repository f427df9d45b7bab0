"""What every template may use."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

THEMES = {"light", "dark"}
# The first part of an address names the section of the bar, save where two share one.
SECTIONS = {"": "companies", "valuations": "companies"}


def look(request: HttpRequest) -> dict[str, Any]:
    """The theme from its cookie, so that the first paint is right (empty follows the system); keys; section; zone."""
    theme = request.COOKIES.get("theme", "")
    part = request.path.split("/")[1]
    return {
        "theme": theme if theme in THEMES else "",
        "keys": request.COOKIES.get("keys") != "off",
        "section": SECTIONS.get(part, part),
        "zone": timezone.get_current_timezone_name(),
    }
