"""How the product's own processes were doing, and the requests they served."""

from __future__ import annotations

from django.db import models

from performance.models.samples import Sample


class ApplicationSample(Sample):
    """A host's processes and its requests since the sample before; without requests their figures are null.

    ``detail`` holds ``processes`` (host, role, pid, cpu, rss, threads, files, uptime), ``routes`` (route, method,
    count, errors, p50, p95, seconds, and of these cpu, database, cache, outside; statements, bytes_p95; the longest
    first), ``outside`` (target, count, errors, p95, seconds), ``kinds`` of jobs (kind, count, errors, seconds and the
    same shares) and ``failed``. Times are in seconds there.
    """

    processes = models.PositiveIntegerField("processes", null=True)
    web_processes = models.PositiveIntegerField("web processes", null=True)
    worker_processes = models.PositiveIntegerField("worker processes", null=True)
    cpu_percent = models.FloatField("CPU of all processes, share of one core", null=True)
    rss = models.BigIntegerField("resident memory of all processes, bytes", null=True)
    rss_worst = models.BigIntegerField("resident memory of the largest process, bytes", null=True)
    threads = models.PositiveIntegerField("threads", null=True)
    open_files = models.PositiveIntegerField("open files", null=True)
    open_files_percent = models.FloatField("open files, the worst process's share of its limit", null=True)
    uptime_least = models.FloatField("uptime of the youngest process, s", null=True)
    request_count = models.PositiveIntegerField("requests", null=True)
    request_rate = models.FloatField("requests/s", null=True)
    latency_p50 = models.FloatField("median latency, ms", null=True)
    latency_p95 = models.FloatField("p95 latency, ms", null=True)
    latency_p99 = models.FloatField("p99 latency, ms", null=True)
    error_percent = models.FloatField("server errors, share of requests", null=True)
    client_error_percent = models.FloatField("client errors, share of requests", null=True)
    in_flight = models.PositiveIntegerField("requests in hand", null=True)
    response_bytes_p95 = models.FloatField("p95 size of an answer, bytes", null=True)
    outside_ms = models.FloatField("mean time a request waits for others' servers, ms", null=True)
    monitor_percent = models.FloatField("CPU of the sampler, share of one core", null=True)

    class Meta:
        indexes = [models.Index(fields=["host", "taken_at"], name="app_sample_host_time")]

    def __str__(self) -> str:
        return f"{self.host} at {self.taken_at:%Y-%m-%d %H:%M:%S %Z}"
