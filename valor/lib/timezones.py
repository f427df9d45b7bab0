"""Time zones by name."""

from __future__ import annotations

from functools import cache
from zoneinfo import ZoneInfo, available_timezones


def zone_of(name: str) -> ZoneInfo | None:
    """The zone of that name; None when there is none, whatever the text."""
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None


@cache
def zone_names() -> tuple[str, ...]:
    """The names worth offering: UTC, then Region/City; reading them takes a tenth of a second, once."""
    cities = (name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    return ("UTC", *sorted(cities))
