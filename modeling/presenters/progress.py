"""How far a run's job is, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from modeling.presenters.words import typeset
from valor.lib.numbers import format_number, format_percent

Words = Callable[[Mapping[str, Any], str], str]


@dataclass(frozen=True)
class Progress:
    """``share`` is from 0 to 1. A run that ended without a result says why, reason by reason."""

    state: str
    share: float
    percent: str
    words: str
    error: str
    job_id: str
    reasons: tuple[str, ...] = ()

    @property
    def moving(self) -> bool:
        return self.state in ("queued", "running")


def progress_of(job: Mapping[str, Any] | None, trials: int) -> Progress:
    """The progress of a simulation."""
    gone = "The job of this run was removed before it was done: simulate again."
    return shown(job, lambda job, state: words_of(job, state, trials), gone)


def work_of(job: Mapping[str, Any] | None) -> Progress:
    """The progress of a job that counts its own steps."""
    return shown(job, steps_words, "Its job was removed before it was done: start it again.", "It")


def shown(job: Mapping[str, Any] | None, words: Words, gone: str, what: str = "This run") -> Progress:
    """The progress of a job's status; a job that is gone counts as failed, and *gone* says so."""
    if job is None:
        return Progress("failed", 0.0, "", "", gone, "")
    state, share = str(job["state"]), float(job["progress"] or 0.0)
    if state == "done":
        # Read between the job's end and that of what it is for: the next poll finds the result.
        state, share = "running", 1.0
    percent = format_percent(share, 0)
    return Progress(state, share, percent, words(job, state), error_of(job, what), str(job["id"]), reasons_of(job))


def steps_words(job: Mapping[str, Any], state: str) -> str:
    if state == "queued":
        return "waits for a worker"
    total, left = job.get("total"), job.get("seconds_left")
    steps = f"{format_number(float(job['done'] or 0), 0)} of {format_number(float(total), 0)} steps" if total else ""
    said = [str(job.get("message") or ""), steps, f"{time_left(float(left))} left" if left is not None else ""]
    return ", ".join(part for part in said if part)


def words_of(job: Mapping[str, Any], state: str, trials: int) -> str:
    total = format_number(trials, 0)
    if state == "queued":
        return f"{total} trials wait for a worker"
    done = format_number(min(int(job["done"] or 0), trials), 0)
    left = job.get("seconds_left")
    return f"{done} of {total} trials" + (f", {time_left(float(left))} left" if left is not None else "")


def time_left(seconds: float) -> str:
    """``8 s``, ``3 min``: rounded up, since less is never promised."""
    return f"{int(seconds) + 1} s" if seconds < 90 else f"{int(seconds / 60) + 1} min"


def error_of(job: Mapping[str, Any], what: str) -> str:
    if job["state"] == "cancelled":
        return str(job.get("error") or f"{what} was cancelled before it was done.")
    if job["state"] != "failed":
        return ""
    return typeset(str(job.get("error") or "The work broke off."))


def reasons_of(job: Mapping[str, Any]) -> tuple[str, ...]:
    """What was wrong with the request, and what to do about it."""
    problems = (job.get("problems") or []) if job["state"] == "failed" else []
    return tuple(typeset(f"{problem.get('message', '')} {problem.get('remedy', '')}".strip()) for problem in problems)
