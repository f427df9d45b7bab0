"""What every template may use."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

THEMES = {"light", "dark"}
# The first part of an address names the section of the bar, save where two share one.
SECTIONS = {"": "companies", "valuations": "companies"}
# What a title calls the section that its page lies in.
AREAS = {
    "companies": "Companies",
    "portfolios": "Portfolios",
    "prices": "Prices",
    "jobs": "Jobs",
    "performance": "Performance",
    "admin": "Administration",
}


def look(request: HttpRequest) -> dict[str, Any]:
    """The theme from its cookie, so that the first paint is right (empty follows the system); keys; section; zone.

    *area* ends the title of a section's pages, except of the first one, which is called so itself.
    """
    theme = request.COOKIES.get("theme", "")
    part, _, below = request.path.strip("/").partition("/")
    section = SECTIONS.get(part, part)
    return {
        "theme": theme if theme in THEMES else "",
        "keys": request.COOKIES.get("keys") != "off",
        "section": section,
        "area": AREAS.get(section, "") if below else "",
        "zone": timezone.get_current_timezone_name(),
    }
