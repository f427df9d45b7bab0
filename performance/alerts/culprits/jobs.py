"""Kinds of jobs, and the workers that run them."""

from __future__ import annotations

from django.urls import reverse

from performance.alerts.culprits import Case, Culprit, Entry, explains, largest, of_times, part, total
from performance.workers import counted
from valor.lib.numbers import format_duration


def of_kind(entry: Entry, sentence: str, share: float | None, state: str) -> Culprit:
    name = str(entry.get("title") or entry["kind"])
    told = {key: value for key, value in entry.items() if key != "title"}
    url = f"{reverse('tasks:jobs')}?state={state}&kind={entry['kind']}"
    return Culprit("job", name, told, f"{name} {sentence}", share, url)


@explains("tasks.oldest_seconds", "tasks.drain_seconds")
def waiting(case: Case) -> list[Culprit]:
    kinds = case.detail("tasks", "kinds")
    whole = total(kinds, "waiting")
    return [
        of_kind(
            entry,
            f"has {counted(entry['waiting'], 'job')} waiting and {entry.get('running') or 0:,} running",
            part(entry["waiting"], whole),
            "queued",
        )
        for entry in largest(kinds, "waiting")
    ]


@explains("tasks.failed_percent")
def failing(case: Case) -> list[Culprit]:
    kinds = case.detail("tasks", "kinds")
    whole = total(kinds, "failed")
    return [
        of_kind(
            entry,
            f"failed {of_times(entry['failed'], entry.get('finished') or 0)}",
            part(entry["failed"], whole),
            "failed",
        )
        for entry in largest(kinds, "failed")
    ]


@explains("tasks.heartbeat_age", "tasks.workers")
def silent(case: Case) -> list[Culprit]:
    return [by_silence(worker) for worker in largest(case.detail("tasks", "workers"), "heartbeat_age")]


def by_silence(worker: Entry) -> Culprit:
    name = f"worker {worker.get('pid')} on {worker.get('host')}"
    doing = f", at work on {worker['kind']}" if worker.get("kind") else ""
    sentence = f"{name} was last heard {format_duration(worker['heartbeat_age'])} ago{doing}"
    told = {key: value for key, value in worker.items() if value is not None}
    return Culprit("worker", name, told, sentence, None, reverse("performance:workers"))
