"""How background work was going."""

from __future__ import annotations

from django.db import models

from performance.models.samples import Sample


class TaskSample(Sample):
    """The queue and the workers of the whole platform, as one host saw them; percentiles of what finished meanwhile.

    ``detail`` holds ``kinds`` (kind, title, waiting, running, finished, failed, retried, wait_p95, run_p95),
    ``workers`` (host, pid, state, kind, job, job_seconds, memory, heartbeat_age) and ``failed``.
    """

    waiting = models.PositiveIntegerField("jobs waiting", null=True)
    waiting_interactive = models.PositiveIntegerField("interactive jobs waiting", null=True)
    waiting_normal = models.PositiveIntegerField("normal jobs waiting", null=True)
    waiting_bulk = models.PositiveIntegerField("bulk jobs waiting", null=True)
    oldest_seconds = models.FloatField("longest wait, s", null=True, help_text="Of interactive and normal jobs.")
    drain_seconds = models.FloatField("time to work off the queue, s", null=True, help_text="At the usual run times.")
    wait_p50_seconds = models.FloatField("median wait, s", null=True)
    wait_p95_seconds = models.FloatField("p95 wait, s", null=True)
    run_p50_seconds = models.FloatField("median run, s", null=True)
    run_p95_seconds = models.FloatField("p95 run, s", null=True)
    finished_count = models.PositiveIntegerField("jobs finished", null=True)
    finished_rate = models.FloatField("jobs finished/s", null=True)
    failed_count = models.PositiveIntegerField("jobs failed", null=True)
    failed_percent = models.FloatField("jobs failed, share of finished", null=True)
    retried_count = models.PositiveIntegerField("attempts beyond the first", null=True)
    workers = models.PositiveIntegerField("workers", null=True)
    workers_busy = models.PositiveIntegerField("busy workers", null=True)
    workers_silent = models.PositiveIntegerField("silent workers", null=True)
    busy_percent = models.FloatField("busy workers, share", null=True)
    heartbeat_age = models.FloatField("oldest heartbeat, s", null=True)

    class Meta:
        indexes = [models.Index(fields=["host", "taken_at"], name="task_sample_host_time")]

    def __str__(self) -> str:
        return f"{self.host} at {self.taken_at:%Y-%m-%d %H:%M:%S %Z}"
