"""When a page should ask again."""

from __future__ import annotations

from datetime import datetime
from math import ceil

from performance.models.samples import Sample

WAITING = 5  # Seconds between questions while the first sample, or a late one, is awaited.


def ask_again(latest: Sample | None, now: datetime) -> int:
    """Whole seconds until the next sample should be there; soon while one is late, seldom when none comes."""
    if latest is None:
        return WAITING
    age = (now - latest.taken_at).total_seconds()
    if age > 3 * latest.interval:
        return max(WAITING, min(latest.interval, 30))
    return max(1, ceil(latest.interval - age) + 1) if age < latest.interval else min(WAITING, latest.interval)
