"""Background work."""

from __future__ import annotations

from performance.metrics import TASKS
from performance.panels import Panel, register


@register
class QueuePanel(Panel):
    category = TASKS
    slug, title, card = "queue", "Jobs waiting", "waiting"
    lines = ("waiting_interactive", "waiting_normal", "waiting_bulk")


@register
class WaitPanel(Panel):
    category = TASKS
    slug, title, card = "queue-wait", "Wait", "oldest_seconds"
    lines = ("oldest_seconds", "wait_p95_seconds", "drain_seconds")


@register
class RunPanel(Panel):
    category = TASKS
    slug, title, card = "queue-run", "Run time", "run_p95_seconds"
    lines = ("run_p50_seconds", "run_p95_seconds")


@register
class FinishedPanel(Panel):
    category = TASKS
    slug, title, card = "queue-finished", "Jobs finished", "finished_rate"
    lines = ("finished_rate",)


@register
class FailedPanel(Panel):
    category = TASKS
    slug, title, card = "queue-failed", "Jobs failed", "failed_percent"
    lines = ("failed_percent",)


@register
class WorkersPanel(Panel):
    category = TASKS
    slug, title, card = "workers", "Workers", "workers"
    lines = ("workers", "workers_busy", "workers_silent")
