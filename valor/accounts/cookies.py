"""Preferences that a browser remembers in cookies, so that the first byte of a page already knows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

YEAR = 365 * 24 * 3600
THEMES = {"light", "dark"}


def remembered(request: HttpRequest) -> dict[str, Any]:
    """The preferences as the form shows them."""
    return {
        "theme": request.COOKIES.get("theme", ""),
        "timezone": request.COOKIES.get("timezone", ""),
        "keys": request.COOKIES.get("keys") != "off",
    }


def remember(response: HttpResponse, chosen: Mapping[str, Any]) -> HttpResponse:
    """Sets the cookies of *chosen*; what is back at its default loses its cookie."""
    if "theme" in chosen:
        put(response, "theme", chosen["theme"] if chosen["theme"] in THEMES else "")
    if "timezone" in chosen:
        put(response, "timezone", chosen["timezone"])
    if "keys" in chosen:
        put(response, "keys", "" if chosen["keys"] else "off")
    return response


def put(response: HttpResponse, name: str, value: str) -> None:
    if value:
        secure = bool(settings.SESSION_COOKIE_SECURE)
        response.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=secure, httponly=True)
    else:
        response.delete_cookie(name, samesite="Lax")
