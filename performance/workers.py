"""The workers page in words: one sentence first, then who works, what waits and how each kind goes."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from performance.units import BYTES, shown
from performance.words import Word
from tasks.readings import Activity, Reading, WorkerReading
from valor.lib.numbers import format_duration, format_number

# When the page asks again, in milliseconds: while something moves, and when nothing does.
FAST, SLOW = 2000, 5000


def at_work(reading: Reading, now: datetime) -> dict[str, Any]:
    """What the page shows of a reading."""
    moves = reading.waiting or reading.count(Activity.BUSY)
    return {
        "word": word(reading),
        "sentence": sentence(reading),
        "workers": [worker_row(worker, now) for worker in reading.workers],
        "levels": [(level.level.label, level.waiting, level.oldest_seconds) for level in reading.queue],
        "finished": reading.finished,
        "span": span_of(reading),
        "schedules": [(row, rounded(row.every_seconds)) for row in reading.schedules],
        "ask_again": FAST if moves else SLOW,
    }


def word(reading: Reading) -> Word:
    """Work gets done as long as any worker is there; performance.checks says the same of the whole platform."""
    return Word.HEALTHY if present(reading) else Word.DEGRADED


def present(reading: Reading) -> int:
    return len(reading.workers) - reading.count(Activity.SILENT)


def sentence(reading: Reading) -> str:
    """``Workers healthy: 2 there, 1 busy; 3 jobs wait, the oldest for 12 s; 40 finished in the last 5 min, 2 failed.``

    It names the workers, since the platform as a whole may be worse.
    """
    clauses = [workers_clause(reading), waiting_clause(reading), finished_clause(reading)]
    return f"Workers {word(reading).value.lower()}: {'; '.join(clauses)}."


def workers_clause(reading: Reading) -> str:
    if not present(reading):
        return "none runs, start manage.py run_worker"
    silent = reading.count(Activity.SILENT)
    counts = [f"{format_number(present(reading), 0)} there", f"{reading.count(Activity.BUSY) or 'none'} busy"]
    return ", ".join([*counts, *([f"{silent} silent"] if silent else [])])


def waiting_clause(reading: Reading) -> str:
    if not reading.waiting:
        return "nothing waits"
    said = f"{counted(reading.waiting, 'job')} {'waits' if reading.waiting == 1 else 'wait'}"
    oldest = max((level.oldest_seconds for level in reading.queue if level.oldest_seconds is not None), default=None)
    if oldest is None:
        return f"{said}, of runs under way"
    return f"{said}, {'for' if reading.waiting == 1 else 'the oldest for'} {format_duration(oldest)}"


def finished_clause(reading: Reading) -> str:
    kinds = reading.finished.kinds
    ended, failed = sum(kind.finished for kind in kinds), sum(kind.failed for kind in kinds)
    over = f"in the last {span_of(reading)}"
    return f"{format_number(ended, 0)} finished {over}, {failed or 'none'} failed" if ended else f"none finished {over}"


def span_of(reading: Reading) -> str:
    return rounded(reading.finished.seconds)


def rounded(seconds: float) -> str:
    """``5 min``: without a smaller unit of which there is nothing."""
    return re.sub(r" 0 \w+$", "", format_duration(seconds))


def counted(count: int, noun: str) -> str:
    return f"{format_number(count, 0)} {noun}{'' if count == 1 else 's'}"


def worker_row(worker: WorkerReading, now: datetime) -> dict[str, Any]:
    work = worker.job
    return {
        "worker": worker,
        "memory": str(shown(worker.memory, BYTES)),
        "job": work,
        "since": (now - work.since).total_seconds() if work and work.since else None,
    }
