"""Figures as people read them: 1,234.5; 12.3 %; 4.2 MB/s; a true minus."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils import timezone

from valor.lib.numbers import MISSING, format_number, in_bytes

PERCENT, BYTES, RATE, COUNT, LOAD = "percent", "bytes", "bytes/s", "count", "processes waiting"
MILLISECONDS, SECONDS, PER_SECOND = "ms", "s", "per s"
PER_MINUTE, CELSIUS = "per min", "°C"
DIGITS = {COUNT: 0, LOAD: 2}
SMALL = (SECONDS, PER_SECOND, PER_MINUTE)
SIGNS = {PERCENT: "%", MILLISECONDS: "ms", SECONDS: "s", PER_SECOND: "/s", PER_MINUTE: "/min", CELSIUS: "°C"}


class Shown(NamedTuple):
    """A figure and its unit, apart, since a card sets them in different sizes."""

    figure: str
    unit: str

    def __str__(self) -> str:
        return f"{self.figure} {self.unit}".rstrip()


def shown(value: float | None, unit: str, *, digits: int | None = None) -> Shown:
    """*value* in its *unit*; bytes in the step that leaves one to three digits before the point."""
    if value is None:
        return Shown(MISSING, "")
    if unit in (BYTES, RATE):
        return shown_bytes(value, "/s" if unit == RATE else "", digits)
    places = places_of(value, unit) if digits is None else digits
    return Shown(format_number(value, places), SIGNS.get(unit, ""))


def places_of(value: float, unit: str) -> int:
    """Digits behind the point; what is small has one more, or a swift answer and a rare job would read as none."""
    if unit == MILLISECONDS and abs(value) < 9.995:
        return 2
    if unit in SMALL and 0 < abs(value) < 0.095:
        return 2
    return DIGITS.get(unit, 1)


def shown_bytes(value: float, suffix: str, digits: int | None) -> Shown:
    size, step = in_bytes(float(value))
    places = 0 if step == "B" else 1
    return Shown(format_number(size, places if digits is None else digits), step + suffix)


def clock(moment: datetime, now: datetime | None = None) -> str:
    """ "14:02 UTC" today, "20 Nov 14:02 UTC" on another day, in the current time zone."""
    local = timezone.localtime(moment)
    today = timezone.localtime(now or timezone.now()).date()
    return local.strftime("%H:%M %Z" if local.date() == today else "%-d %b %H:%M %Z")


def lasting(span: timedelta) -> str:
    """ "40 s", "6 min", "3 h", "2 d"."""
    seconds = max(0, int(span.total_seconds()))
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def took(seconds: float | None) -> str:
    """A statement's time: "4.64 s", "286 ms", "0.04 ms"; a dash where it is not known."""
    if seconds is None:
        return MISSING
    if seconds >= 1:
        return f"{format_number(seconds, 2)} s"
    return f"{format_number(1000 * seconds, 0 if seconds >= 0.0995 else 1 if seconds >= 0.00995 else 2)} ms"
