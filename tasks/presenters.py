"""Jobs in words, for pages."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.utils import timezone

from tasks.choices import State, level_of
from tasks.models import Job
from tasks.selectors import Viewer, log_of, summary_of
from valor.lib.numbers import format_duration, format_number


def row_of(job: Job, viewer: Viewer) -> dict[str, Any]:
    """A job's summary with its figures in words."""
    row = summary_of(job, viewer)
    return row | {
        "level": level(job),
        "parts_sentence": parts_in_words(row["parts"]),
        "took": format_duration(seconds_between(job.started_at, job.finished_at)),
        "waited": format_duration(seconds_between(job.queued_at, job.started_at or job.finished_at)),
        "sentence": sentence(row),
        # As text: a template would write the decimal point in the reader's way.
        "value": f"{row['progress']:.4f}",
        "percent": f"{row['progress']:.0%}".replace("%", " %"),
    }


def seconds_between(start: datetime | None, end: datetime | None) -> float | None:
    """From a moment to another, or until now; None where it has not begun."""
    return None if start is None else max(0.0, ((end or timezone.now()) - start).total_seconds())


def level(job: Job) -> str:
    """``Normal``, ``Bulk, 350``; and that it goes ahead where it has waited long."""
    named = level_of(job.priority)
    words = str(named.label) if job.priority == named else f"{named.label}, {job.priority}"
    ahead = job.state == State.QUEUED and job.rank < job.priority
    return f"{words}, goes ahead now" if ahead else words


def sentence(row: dict[str, Any]) -> str:
    """How far it got: ``Simulating: 420,000 of 1,000,000, 812,000 a second, 0.7 s left``."""
    if row["state"] == State.QUEUED:
        return f"{row['stage']}: waits for a free worker" if row["stage"] else "Waits for a free worker"
    if row["state"] != State.RUNNING:
        return row["error"] or ""
    units = [f"{format_number(row['done'], 0)} of {format_number(row['total'], 0)}"] if row["total"] else []
    words = [parts_in_words(row["parts"]), *units, *pace_in_words(row), row["message"]]
    return ": ".join(part for part in (row["stage"] or "Running", ", ".join(filter(None, words))) if part)


def parts_in_words(parts: dict[str, int] | None) -> str:
    """``12 of 50 parts``, of a job that was split."""
    if parts is None:
        return ""
    return f"{format_number(parts['total'] - parts['left'], 0)} of {format_number(parts['total'], 0)} parts"


def pace_in_words(row: dict[str, Any]) -> list[str]:
    """How fast it goes and how long it takes still, where both are known."""
    if row["seconds_left"] is None or not row["total"]:
        return []
    pace = format_number(row["rate"], 0 if row["rate"] >= 99.5 else 1)
    return [f"{pace} a second", f"{format_duration(row['seconds_left'])} left"]


def log_lines(job: Job) -> list[dict[str, Any]]:
    """The job's log with its times as times."""
    return [{"at": datetime.fromisoformat(line["at"]), "text": line["text"]} for line in log_of(job)]


def retried_in_words(moved: int, refused: int) -> str:
    """``3 jobs were queued again, 1 not, since an equal one is under way.``"""
    if not moved and not refused:
        return "No job was queued again: none has failed."
    told = f"{moved} {'job was' if moved == 1 else 'jobs were'} queued again"
    return f"{told}, {refused} not, since an equal one is under way." if refused else f"{told}."


def pretty(data: Any) -> str:
    """JSON to be read by people."""
    return json.dumps(data, indent=2, ensure_ascii=False)
