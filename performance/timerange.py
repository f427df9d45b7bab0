"""Time ranges as people and programs write them: ``6h``, ``now-90m``, ISO 8601."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils.dateparse import parse_datetime

from valor.lib.errors import InvalidInput

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000}
SPAN = re.compile(r"(\d{1,6})([smhdwy])", re.ASCII)
SHORTEST = timedelta(minutes=1)
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
LONGEST_DAYS = 3650  # where the coarsest rollups are kept for ever


@dataclass(frozen=True)
class Window:
    """From *start* to *end*, both aware; *name* is the span as asked for, such as 6h."""

    start: datetime
    end: datetime
    name: str = ""

    @property
    def span(self) -> timedelta:
        return self.end - self.start


def longest_days() -> int:
    """What the coarsest rollups hold."""
    return min(settings.PERFORMANCE_KEEP_DAYS["1d"] or LONGEST_DAYS, LONGEST_DAYS)


def span_of(text: str, field: str = "range") -> timedelta:
    """``6h`` as a timedelta between a minute and what the coarsest rollups hold."""
    span = loose_span(text)
    days = longest_days()
    if span is None or not SHORTEST <= span <= timedelta(days=days):
        remedy = f"Use a number and s, m, h, d, w or y, such as 6h or 30d; at least 1m and at most {days}d."
        raise InvalidInput.at(field, text, "This is not a time range that samples can fill.", remedy)
    return span


def step_of(text: str, over: Window) -> int:
    """``5m`` as seconds; 0 where nothing is asked."""
    if not text:
        return 0
    span = loose_span(text)
    if span is None or not timedelta(0) < span <= over.span:
        remedy = "Use a number and s, m, h or d, such as 5m; no more than the whole range."
        raise InvalidInput.at("step", text, "This is not a step of the time range.", remedy)
    return int(span.total_seconds())


def loose_span(text: str) -> timedelta | None:
    match = SPAN.fullmatch(text.strip())
    return timedelta(seconds=int(match[1]) * SECONDS[match[2]]) if match else None


def moment(text: str, now: datetime, field: str) -> datetime:
    """``now``, ``now-6h`` or ISO 8601 (UTC unless it says otherwise), well away from the ends of the calendar."""
    clean = text.strip()
    if clean == "now":
        return now
    try:
        if clean.startswith("now-"):
            span = loose_span(clean.removeprefix("now-"))
            found = now - span if span is not None else None
        else:
            # A plus sign in an address arrives as a space.
            found = parse_datetime(re.sub(r" (\d\d:?\d\d)$", r"+\1", clean))
        if found is not None:
            found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
            if EARLIEST <= found <= LATEST:
                return found
    except (ValueError, OverflowError):
        pass
    raise InvalidInput.at(
        field, text, "This is not a time.", "Use now, now-6h, or ISO 8601 such as 2026-01-31T08:00:00Z, since 1970."
    )


def window(*, now: datetime, span: str = "", start: str = "", end: str = "", default: str = "1h") -> Window:
    """The window asked for by ``range``, or by ``from`` and ``to``; together they contradict each other."""
    if span and (start or end):
        raise InvalidInput.at("range", span, "A range and a from or to exclude each other.", "Send one of them only.")
    last = moment(end, now, "to") if end else now
    if not start:
        name = span or default
        return Window(last - span_of(name), last, name)
    first = moment(start, now, "from")
    days = longest_days()
    if not SHORTEST <= last - first <= timedelta(days=days):
        message = f"From must lie at least a minute before to, and at most {days} days."
        raise InvalidInput.at("from", start, message, f"Move from or to; no series is longer than {days} days.")
    return Window(first, last)
