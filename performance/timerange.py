"""Time ranges as people and programs write them: ``6h``, ``now-90m``, ISO 8601."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils.dateparse import parse_datetime

from valor.lib.errors import InvalidInput

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
SPAN = re.compile(r"(\d{1,6})([smhdw])", re.ASCII)
LONGEST = timedelta(days=14)
SHORTEST = timedelta(minutes=1)
REMEDY = "Use a number and s, m, h, d or w, such as 6h; at least 1m and at most 14d."


@dataclass(frozen=True)
class Window:
    """From *start* to *end*, both aware; *name* is the span as asked for, such as 6h."""

    start: datetime
    end: datetime
    name: str = ""

    @property
    def span(self) -> timedelta:
        return self.end - self.start


def span_of(text: str, field: str = "range") -> timedelta:
    """``6h`` as a timedelta between a minute and 14 days."""
    span = loose_span(text)
    if span is None or not SHORTEST <= span <= LONGEST:
        raise InvalidInput.at(field, text, "This is not a time range that samples can fill.", REMEDY)
    return span


def loose_span(text: str) -> timedelta | None:
    match = SPAN.fullmatch(text.strip())
    return timedelta(**{UNITS[match[2]]: int(match[1])}) if match else None


def moment(text: str, now: datetime, field: str) -> datetime:
    """``now``, ``now-6h`` or ISO 8601 (UTC unless it says otherwise)."""
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
            return found if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        pass
    raise InvalidInput.at(
        field, text, "This is not a time.", "Use now, now-6h, or ISO 8601 such as 2026-01-31T08:00:00Z."
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
    if not SHORTEST <= last - first <= LONGEST:
        message = "From must lie at least a minute before to, and at most 14 days."
        raise InvalidInput.at("from", start, message, "Move from or to; samples are kept for 14 days.")
    return Window(first, last)
