"""Jobs in words, for pages."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.utils import timezone

from tasks.choices import State
from tasks.models import Job
from tasks.selectors import summary_of
from valor.lib.numbers import format_number


def row_of(job: Job) -> dict[str, Any]:
    """A job's summary with its figures in words."""
    row = summary_of(job)
    return row | {
        "took": duration(seconds_between(job.started_at, job.finished_at)),
        "waited": duration(seconds_between(job.queued_at, job.started_at or job.finished_at)),
        "sentence": sentence(row),
        # As text: a template would write the decimal point in the reader's way.
        "value": f"{row['progress']:.4f}",
        "percent": f"{row['progress']:.0%}".replace("%", " %"),
    }


def seconds_between(start: datetime | None, end: datetime | None) -> float | None:
    """From a moment to another, or until now; None where it has not begun."""
    return None if start is None else max(0.0, ((end or timezone.now()) - start).total_seconds())


def duration(seconds: float | None) -> str:
    """``0.4 s``, ``12 s``, ``3 min 20 s``, ``1 h 5 min``; a dash where there is none."""
    if seconds is None:
        return "–"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def sentence(row: dict[str, Any]) -> str:
    """How far it got: ``Simulating: 420,000 of 1,000,000, 0.7 s left``."""
    if row["state"] == State.QUEUED:
        return "Waits for a free worker"
    if row["state"] != State.RUNNING:
        return row["error"] or ""
    parts = [f"{format_number(row['done'], 0)} of {format_number(row['total'], 0)}"] if row["total"] else []
    if row["seconds_left"] is not None:
        parts.append(f"{duration(row['seconds_left'])} left")
    if row["message"]:
        parts.append(row["message"])
    return ": ".join(part for part in (row["stage"] or "Running", ", ".join(parts)) if part)


def pretty(data: Any) -> str:
    """JSON to be read by people."""
    return json.dumps(data, indent=2, ensure_ascii=False)
