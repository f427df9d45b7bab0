"""The routes and processes of an application sample as the pages show them."""

from __future__ import annotations

from typing import Any

from performance.models import ApplicationSample
from performance.units import BYTES, Shown, shown

# Where a request's time went, as its route's entry names it, and in words.
SHARES = (("database", "Database"), ("cache", "Cache"), ("outside", "Others’ servers"), ("cpu", "CPU"))


def routes_of(sample: ApplicationSample | None) -> list[dict[str, Any]]:
    """The routes that were asked for since the sample before, those that took most time first."""
    return [route_row(route) for route in (sample.detail.get("routes", []) if sample else [])]


def route_row(route: dict[str, Any]) -> dict[str, Any]:
    return {
        "route": route.get("route", ""),
        "method": route.get("method", ""),
        "count": route.get("count"),
        "errors": route.get("errors"),
        "p50": in_milliseconds(route.get("p50")),
        "p95": in_milliseconds(route.get("p95")),
        "seconds": route.get("seconds"),
        "shares": [share(route.get(name), route.get("seconds")) for name, _ in SHARES],
    }


def share(part: float | None, whole: float | None) -> float | None:
    """A part of the time as a fraction of it, never more than all; None where nothing is known."""
    return None if part is None or not whole else min(1.0, part / whole)


def in_milliseconds(seconds: float | None) -> Shown:
    return shown(None if seconds is None else 1000 * seconds, "ms")


def processes_of(sample: ApplicationSample | None) -> list[dict[str, Any]]:
    """The product's processes, those that use most CPU first."""
    found = sample.detail.get("processes", []) if sample else []
    ranked = sorted(found, key=lambda process: (-(process.get("cpu") or 0.0), -(process.get("rss") or 0)))
    return [process | {"memory": shown(process.get("rss"), BYTES)} for process in ranked]
