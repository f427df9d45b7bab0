"""What every template may use."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

THEMES = {"light", "dark"}


def look(request: HttpRequest) -> dict[str, Any]:
    """The theme from its cookie, so that the first paint is right; empty follows the system."""
    theme = request.COOKIES.get("theme", "")
    return {"theme": theme if theme in THEMES else ""}
