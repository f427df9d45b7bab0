"""What ``manage.py jobs`` prints: lines for people, and how a refusal is told in one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from tasks.readings import Periodic, WorkerReading
from valor.lib.envelope import finite
from valor.lib.errors import ValorError
from valor.lib.numbers import format_duration


def job_line(row: dict[str, Any]) -> str:
    owner, note = row["owner"] or "-", row["error"] or row["label"]
    line = f"{row['id']}  {row['state']:<9}  {row['progress']:>4.0%}  {row['kind']:<24}  {owner:<12}"
    return f"{line}  {at(row['queued_at'])}  {note}".rstrip()


def job_lines(status: dict[str, Any]) -> Iterable[str]:
    """One job in full: its line, the facts that are there, and its log."""
    yield job_line(status)
    parts, rate, left = status["parts"], status["rate"], status["seconds_left"]
    facts = {
        "label": status["label"],
        "priority": f"{status['priority']} ({status['level']})",
        "attempt": f"{status['attempt']} of {status['max_attempts']}",
        "version": status["version"],
        "must begin by": at(status["start_by"]),
        "stage": status["stage"],
        "message": status["message"],
        "units": f"{status['done']:,} of {status['total']:,}" if status["total"] else "",
        "parts": f"{parts['total'] - parts['left']} of {parts['total']}" if parts else "",
        "rate": f"{rate:,.1f} a second" if rate else "",
        "left": "" if left is None else format_duration(left),
        "started": at(status["started_at"]),
        "finished": at(status["finished_at"]),
    }
    yield from (f"  {name:<14}{value}" for name, value in facts.items() if value)
    yield from (f"  {line['at'].replace('T', ' ')}  {line['text']}" for line in status["log"])


def worker_line(worker: WorkerReading) -> str:
    work = f"{'part of ' if worker.job.is_part else ''}{worker.job.kind} {worker.job.id}" if worker.job else "-"
    size = f"{worker.memory / 1e6:.0f} MB"
    line = f"{worker.host}:{worker.pid:<8}  {worker.state:<6}  {worker.jobs_done:>6} done  {size:>8}"
    return f"{line}  since {at(worker.started_at)}  seen {at(worker.last_seen)}  {work}"


def schedule_line(row: Periodic) -> str:
    due, last = at(row.due_at) or "no worker yet", at(row.queued_at) or "never"
    return (
        f"{row.kind:<24}  every {format_duration(row.every_seconds):<12}  due {due:<20}  last {last:<20}  {row.title}"
    )


def at(moment: datetime | None) -> str:
    """In UTC, as in the log."""
    return f"{moment:%Y-%m-%d %H:%M:%SZ}" if moment else ""


def plain(items: Iterable[Any]) -> list[dict[str, Any]]:
    """Readings as plain data."""
    return [asdict(item) for item in items]


def as_dict(error: ValorError) -> dict[str, Any]:
    details = [finite(problem.as_dict()) for problem in error.problems]
    return {"code": error.code, "message": error.message, "details": details}


def told(error: ValorError) -> str:
    """One line: the problem where there is one, else the message."""
    problems = [f"{problem.field}: {problem.message} {problem.remedy}".strip() for problem in error.problems]
    return " ".join((" ".join(problems) or error.message).split())
