"""When a statement is slow: by itself, or beside what it usually takes."""

from __future__ import annotations

from django.conf import settings

from performance import scope
from performance.database import reports
from performance.database.callers import our_line
from performance.database.fingerprint import Fingerprint
from performance.histogram import Histogram
from performance.instruments import count

# Below so many seconds nothing is slow by comparison.
NOTICEABLE = 0.02
# Slow is so many times the usual time, once that is known from so many statements.
TIMES_USUAL = 20
KNOWN_FROM = 30


# From so many seconds on a statement is looked at.
floor = NOTICEABLE


def heed_settings() -> None:
    """Called when Django starts: looking into the settings at each statement would cost more than all the rest."""
    global floor
    floor = min(NOTICEABLE, settings.SLOW_QUERY_SECONDS)


def usual(times: Histogram) -> float | None:
    """The median in seconds; None while too few statements are known."""
    return times.quantile(0.5) if times.count >= KNOWN_FROM else None


def is_slow_by_itself(seconds: float) -> bool:
    """By the limit in the settings, which is what alerts and the log go by: a busy machine slows many small ones."""
    return bool(seconds >= settings.SLOW_QUERY_SECONDS)


def is_slow(seconds: float, median: float | None) -> bool:
    """By the limit in the settings, or by comparison."""
    if is_slow_by_itself(seconds):
        return True
    return median is not None and seconds >= NOTICEABLE and seconds >= TIMES_USUAL * median


def consider(
    fingerprint: Fingerprint, seconds: float, times: Histogram, alias: str, entered: scope.Scope | None
) -> None:
    """Reports the statement if it was slow. The rare path: it may take microseconds."""
    median = usual(times)
    if is_slow(seconds, median):
        if is_slow_by_itself(seconds):
            count("slow_statements")
        line = our_line()
        reports.add_slow(fingerprint, seconds, usual=median, alias=alias, entered=entered, line=line)
