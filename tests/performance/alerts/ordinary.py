"""A day of ordinary, varied load: what the samples of a healthy platform's host look like, tick by tick.

Few at night, a morning rise, a dip at noon. Now and then jobs of one to five minutes keep every core busy: one long job
on each worker, or a run that was split into parts, which is done within two minutes. A nightly backup; a release that
restarts every process with a cold cache, later a restart of the workers alone; an hour in which an operator has stopped
the sampling; now and then a failed request, a slow statement, a page that runs one statement a dozen times, a lost
reading. Without jobs less than half the machine is busy, and nothing but parts of a run that has begun waits for long:
more of either is what the thresholds are to tell of.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

HOUR = 3600.0
A_DAY = 24 * HOUR
BACKUP = (3 * HOUR, 3.2 * HOUR)
RELEASE = 10.8 * HOUR
PAUSE = (15 * HOUR, 16 * HOUR)
WORKERS_RESTART = 17.4 * HOUR
CORES = WORKERS = 2
PUBLISHED = 10.0  # Processes tell of themselves so often, so what a sample knows of them is up to so old.
STEP = 30.0
BUSY = {10: 0.9, 11: 1.0, 12: 0.6, 13: 0.8, 14: 1.0, 15: 1.0, 16: 0.9, 17: 0.6, 9: 0.7, 8: 0.4, 18: 0.4, 19: 0.2}

Row = dict[str, Any]
Span = tuple[float, float]


@dataclass(frozen=True)
class Moment:
    """A tick at *at* seconds of the day; without rows the sampling is stopped. *repeats* of one statement were seen."""

    at: float
    host: str
    interval: int
    rows: dict[str, Row]
    repeats: int = 0


@dataclass(frozen=True)
class Jobs:
    """Keep every core busy from *begin* to *end*; *split*: by parts, which all wait from the beginning."""

    begin: float
    end: float
    split: bool


@dataclass
class Day:
    """The ticks of one host; the same for the same seed."""

    seed: int = 0
    host: str = "web-1"
    interval: int = 30

    def __iter__(self) -> Iterator[Moment]:
        self.random = np.random.default_rng(self.seed)
        self.jobs = list(self.drawn_jobs())
        self.told_until = -PUBLISHED
        self.disk = 61.0
        for number in range(1, int(A_DAY / self.interval) + 1):
            at = float(number * self.interval)
            if PAUSE[0] < at <= PAUSE[1] or 0 <= at - RELEASE < self.interval:  # A release restarts the sampler, too.
                yield Moment(at, self.host, self.interval, {})
            else:
                repeats = 12 if self.random.random() < 0.03 * self.busy(at) else 0
                yield Moment(at, self.host, self.interval, self.rows(at), repeats)

    def drawn_jobs(self) -> Iterator[Jobs]:
        """Thirty times on the day or so."""
        at = 0.0
        while at < A_DAY:
            at += STEP
            if self.random.random() < 0.03 * self.busy(at):
                split = self.random.random() < 0.5
                begin, at = at, at + self.random.uniform(60.0, 120.0 if split else 300.0)
                yield Jobs(begin, at, split)

    def rows(self, at: float) -> dict[str, Row]:
        busy, shape = self.busy(at), self.jobs_within(at - self.interval, at)
        fresh = 0 <= at - RELEASE < 2 * self.interval or 0 <= at - PAUSE[1] < 2 * self.interval
        backup = 30.0 if BACKUP[0] <= at < BACKUP[1] else 0.0
        base = min(100.0, self.around(4 + 26 * busy) + backup)
        warm = min(1.0, abs(at - RELEASE) / 360) if at >= RELEASE else 1.0
        rows = {
            "system": self.system(at, busy, base, shape, backup),
            "application": self.application(at, busy, shape, fresh),
            "database": self.database(at, busy, shape),
            "cache": self.cache(busy, warm),
            "tasks": self.tasks(at, busy, shape),
        }
        for row in rows.values():
            self.lose_a_reading(row)
            row["detail"] = {}
        rows["application"]["detail"] = {"processes": list(self.processes(at, busy, base, fresh))}
        return rows

    def busy(self, at: float) -> float:
        """How much of the day's most is going on, 0 to 1."""
        hour = at / HOUR
        low, high = BUSY.get(int(hour), 0.05), BUSY.get(int(hour) + 1, 0.05)
        level = low + (high - low) * (hour % 1)
        return float(np.clip(level * self.random.lognormal(0, 0.25), 0.01, 1.3))

    def jobs_within(self, start: float, end: float) -> float:
        """The share of that time in which jobs keep every core busy."""
        return sum(max(0.0, min(end, jobs.end) - max(start, jobs.begin)) for jobs in self.jobs) / (end - start)

    def parts_waiting(self, at: float) -> Jobs | None:
        return next((jobs for jobs in self.jobs if jobs.split and jobs.begin <= at < jobs.end), None)

    def processes(self, at: float, busy: float, base: float, fresh: bool) -> Iterator[Row]:
        """As each published of itself since it was last asked: a little late, and nothing yet after a restart."""
        start, self.told_until = self.told_until, at - self.random.uniform(0.0, PUBLISHED)
        of_jobs = (100.0 - base) * CORES / WORKERS * self.jobs_within(start, self.told_until)
        for role, cpu in [("web", self.around(15 + 30 * busy))] * 2 + [("worker", 1.0 + of_jobs)] * WORKERS:
            yield {"host": self.host, "role": role, "pid": 9, "cpu": None if fresh else cpu, "rss": 200_000_000}

    def around(self, value: float, spread: float = 0.15) -> float:
        return float(value * self.random.lognormal(0, spread))

    def lose_a_reading(self, row: Row) -> None:
        """One reading in two thousand fails."""
        for column in row:
            if self.random.random() < 0.0005:
                row[column] = None

    def system(self, at: float, busy: float, base: float, shape: float, backup: float) -> Row:
        self.disk += self.random.normal(0.0002, 0.002)
        cpu = base + (100.0 - base) * shape
        return {
            "cpu_percent": cpu,
            "cpu_count": CORES,
            "cpu_worst_core": min(100.0, cpu * 1.3),
            "cpu_steal_percent": self.around(0.4, 0.5),
            "cpu_iowait_percent": self.around(2.0) + backup / 3,
            "load_1": self.around(0.3 + 1.5 * busy + 2 * shape),
            "memory_percent": self.around(52 + 8 * busy, 0.02),
            "swap_percent": self.around(3.0, 0.05),
            "swap_rate": 0.0 if self.random.random() < 0.97 else 40_000.0,
            "disk_percent": self.disk,
            "disk_write_rate": self.around(2e5 + 2e6 * busy) + (8e7 if backup else 0),
            "network_in_rate": self.around(1e5 * (0.1 + busy)),
            "process_count": round(self.around(120, 0.05)),
        }

    def application(self, at: float, busy: float, shape: float, fresh: bool) -> Row:
        count = int(self.random.poisson((0.5 + 240 * busy) * self.interval / 30))
        failed = int(self.random.binomial(count, 0.002)) if count else 0
        p50 = self.around(28 + 60 * shape, 0.2)
        heavy = 1.6 if self.random.random() < 0.01 else 1.0
        p95 = self.around(190 + 260 * shape, 0.25) * heavy
        known = count > 0 and not fresh
        return {
            "request_count": None if fresh else count,
            "request_rate": None if fresh else count / self.interval,
            "latency_p50": p50 if known else None,
            "latency_p95": p95 if known else None,
            "latency_p99": p95 * 1.8 if known else None,
            "error_percent": 100 * failed / count if known else None,
            "client_error_percent": self.around(1.5, 0.5) if known else None,
            "in_flight": int(self.random.poisson(0.8 * busy)),
            "response_bytes_p95": self.around(60_000) if known else None,
            "outside_ms": self.around(2.0, 0.5) if known else None,
            "cpu_percent": self.around(3 + 45 * busy + 120 * shape),
            "rss": self.around(620e6, 0.05),
            "rss_worst": self.around(210e6, 0.05),
            "processes": 7,
            "web_processes": 2,
            "worker_processes": 3,
            "threads": 40,
            "open_files": round(self.around(180, 0.1)),
            "open_files_percent": self.around(5.0, 0.1),
            "uptime_least": at - RELEASE if at >= RELEASE else at + 8 * HOUR,
        }

    def database(self, at: float, busy: float, shape: float) -> Row:
        use = min(70.0, self.around(3 + 22 * busy, 0.4))
        backup = BACKUP[0] <= at < BACKUP[1]
        return {
            "connect_ms": self.around(3.0),
            "read_ms": self.around(0.5),
            "write_ms": self.around(2.0) + (8 if backup else 0),
            "pool_percent": use,
            "connections_percent": self.around(22.0, 0.1),
            "worst_percent": max(use, 22.0),
            "pool_waiting": 0,
            "pool_wait_ms": 0.0,
            "query_rate": self.around(1 + 60 * busy),
            "query_p50_ms": self.around(0.4),
            "query_p95_ms": self.around(6 + 15 * shape),
            "slow_rate": 2.0 if self.random.random() < 0.004 else 0.0,
            "query_error_rate": 0.0,
            "dead_percent": at % 21_000 / 1800,
            "locks_waiting": int(self.random.random() < 0.01 * busy),
            "long_transactions": 0,
            "longest_transaction": 45.0 if backup else self.around(0.3, 0.5),
            "hit_percent": self.around(98.5, 0.003),
            "size": 4_000_000_000 + 130 * int(at),
        }

    def cache(self, busy: float, warm: float) -> Row:
        lookups = int(self.random.poisson(1 + 900 * busy))
        hit = min(99.0, self.around(88.0, 0.03)) * (0.55 + 0.45 * warm)
        return {
            "lookup_count": lookups,
            "lookup_rate": lookups / 30,
            "hit_percent": hit if lookups else None,
            "local_hit_percent": hit * 0.85 if lookups else None,
            "shared_hit_percent": hit * 0.4 if lookups else None,
            "write_rate": self.around(0.1 + 4 * busy),
            "eviction_rate": self.around(0.4 * busy, 0.8),
            "local_percent": self.around(55.0, 0.1),
            "shared_percent": self.around(30.0, 0.02),
            "shared_p50_ms": self.around(0.25),
            "shared_p95_ms": self.around(0.9, 0.4),
            "breakers_open": 0,
            "compute_rate": self.around(0.05 + 1.5 * busy),
            "compute_ms": self.around(60.0, 0.4),
            "joined_rate": self.around(0.05 * busy, 1.0),
            "stale_rate": 0.0,
        }

    def tasks(self, at: float, busy: float, shape: float) -> Row:
        finished = int(self.random.poisson(12 * busy * self.interval / 30))
        workers = 0 if 0 <= at - WORKERS_RESTART < self.interval else WORKERS
        run = self.parts_waiting(at)
        failed = int(self.random.binomial(finished, 0.01))
        waiting = int(self.random.poisson(0.3 * busy + 3 * shape))
        drain = self.around(2.0 + 20 * shape, 0.5) if waiting else 0.0
        return {
            "waiting": waiting + (int(run.end - at) if run else 0),
            "waiting_interactive": waiting,
            "waiting_normal": 0,
            "waiting_bulk": int(self.random.random() < 0.02),
            "oldest_seconds": self.around(1.0 + 12 * shape, 0.4) if waiting else 0.0,
            "drain_seconds": max(drain, run.end - at if run else 0.0),
            "wait_p50_seconds": self.around(0.05) if finished else None,
            "wait_p95_seconds": self.around(0.6 + 6 * shape, 0.5) if finished else None,
            "run_p95_seconds": self.around(3.0 + 20 * shape, 0.4) if finished else None,
            "finished_count": finished,
            "failed_count": failed,
            "failed_percent": 100 * failed / finished if finished else None,
            "retried_count": 0,
            "workers": workers,
            "workers_busy": min(workers, waiting + int(busy > 0.5)),
            "workers_silent": 0,
            "busy_percent": min(100.0, 50.0 * (waiting + int(busy > 0.5))),
            "heartbeat_age": self.around(1.2, 0.4),
        }
