"""Until when what was measured is kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from performance.models.rollups import Level

RAW = 0  # the level of the samples themselves
NAMES = {RAW: "raw", Level.FIVE_MINUTES: "5min", Level.HOUR: "1h", Level.DAY: "1d"}


def kept_since(level: int, now: datetime) -> datetime | None:
    """Before this time a level holds nothing; None: it is kept for ever."""
    return since(NAMES[level], now)


def detailed_since(now: datetime) -> datetime | None:
    """Before this time samples have their columns only."""
    return since("detail", now)


def since(name: str, now: datetime) -> datetime | None:
    days = settings.PERFORMANCE_KEEP_DAYS[name]
    return now - timedelta(days=days) if days else None
