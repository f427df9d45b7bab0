"""When a page should ask again."""

from __future__ import annotations

from datetime import datetime
from math import ceil

from performance.models.samples import Sample

WAITING = 5  # Seconds between questions while the first sample, or a late one, is awaited.


def ask_again(latest: Sample | None, now: datetime) -> int:
    """Whole seconds until the next sample should be there; soon while one is late, seldom when none comes."""
    return ask_after(None, 0, now) if latest is None else ask_after(latest.taken_at, latest.interval, now)


def ask_after(taken_at: datetime | None, interval: int, now: datetime) -> int:
    """The same, by when the last sample was taken."""
    if taken_at is None:
        return WAITING
    age = (now - taken_at).total_seconds()
    if age > 3 * interval:
        return max(WAITING, min(interval, 30))
    return max(1, ceil(interval - age) + 1) if age < interval else min(WAITING, interval)
