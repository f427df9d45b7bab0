"""The product's own processes, and the requests and jobs that they worked at since the sample before."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from performance.differences import Look, Steps, grown
from performance.fleet import NAME as COUNTED
from performance.histogram import Histogram, merged
from performance.instruments import OUTSIDE
from performance.models import ProcessReading, Role
from performance.probes import OfProcesses, Reading, register
from performance.reporter import PUBLISH_EVERY
from performance.scope import Kind
from performance.totals import PARTS, Spent, Task, Totals
from performance.vitals import NAME as VITALS

MOST_ROUTES = MOST_KINDS = MOST_TARGETS = 10
BROKEN = ("failed",)  # What a job's outcome is called when its handler broke.


@register
class Application(OfProcesses):
    category, name = "application", "processes"

    def __init__(self, look: Look | None = None) -> None:
        super().__init__(look)
        self.steps = Steps[Totals]()
        self.shares = Shares()
        self.monitor = Monitor()

    def read(self, now: float) -> Reading:
        seen = self.look.at(now)
        vitals = [(row, row.readings.get(VITALS, {})) for row in seen.alive]
        used = self.shares.of(seen.alive, seen.moment)
        columns = processes_of(vitals) | {
            "cpu_percent": total(used.values()),
            "monitor_percent": self.monitor.percent(now),
            "in_flight": sum(in_flight(row) for row in seen.alive if row.role == Role.WEB),
        }
        detail: dict[str, Any] = {"processes": [process(row, told, used[row.pk]) for row, told in vitals]}
        step = self.steps.to(seen, seen.totals, now)
        if step is None:
            return Reading(columns | dict.fromkeys(REQUEST_COLUMNS), detail)
        counted = grown(step.told)
        return Reading(columns | requests_of(counted, step.seconds), detail | members_of(counted))


class Monitor:
    """The share of one core that this process, the sampler, takes."""

    def __init__(self) -> None:
        self.last: tuple[float, float] | None = None

    def percent(self, now: float) -> float | None:
        spent = time.process_time()
        before, self.last = self.last, (now, spent)
        if before is None or now <= before[0]:
            return None
        return round(100 * (spent - before[1]) / (now - before[0]), 2)


class Shares:
    """The share of one core that each process took between its last two publications, in percent.

    A process that has nothing new to tell does not write, so one that has not written for long did nothing.
    """

    IDLE = 1.5 * PUBLISH_EVERY

    def __init__(self) -> None:
        self.last: dict[int, tuple[datetime, float]] | None = None
        self.shares: dict[int, float | None] = {}

    def of(self, rows: Sequence[ProcessReading], now: datetime) -> dict[int, float | None]:
        told = {row.pk: (row.updated_at, float(row.readings.get(VITALS, {}).get("cpu", 0.0))) for row in rows}
        self.shares = {row.pk: self.share(row, *told[row.pk], now) for row in rows}
        self.last = told
        return self.shares

    def share(self, row: ProcessReading, at: datetime, cpu: float, now: datetime) -> float | None:
        if self.last is None:
            return None
        before, spent = self.last.get(row.pk, (row.started_at, 0.0))
        if at <= before:
            return self.shares.get(row.pk) if now - at < self.IDLE else 0.0
        return round(100 * max(0.0, cpu - spent) / (at - before).total_seconds(), 1)


def in_flight(row: ProcessReading) -> int:
    return int(row.readings.get(COUNTED, {}).get("in_flight", 0))


def total(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(sum(known), 1) if known else None


def processes_of(vitals: Sequence[tuple[ProcessReading, Mapping[str, Any]]]) -> dict[str, Any]:
    """The columns that tell of the processes at work; null where none tells."""

    def told(key: str) -> list[float]:
        return [figures[key] for _, figures in vitals if figures.get(key) is not None]

    def numbered(*roles: Role) -> int:
        return sum(row.role in roles for row, _ in vitals)

    now = timezone.now()
    shares = [100 * figures["files"] / figures["files_limit"] for _, figures in vitals if limited(figures)]
    return {
        "processes": len(vitals),
        "web_processes": numbered(Role.WEB),
        "worker_processes": numbered(Role.WORKER),
        "rss": sum(told("rss")) if told("rss") else None,
        "rss_worst": max(told("rss"), default=None),
        "threads": sum(told("threads")) if told("threads") else None,
        "open_files": sum(told("files")) if told("files") else None,
        "open_files_percent": round(max(shares), 1) if shares else None,
        "uptime_least": min((uptime(row, now) for row, _ in vitals), default=None),
    }


def limited(figures: Mapping[str, Any]) -> bool:
    return bool(figures.get("files_limit")) and figures.get("files") is not None


def uptime(row: ProcessReading, now: datetime) -> float:
    return round(max(timedelta(), now - row.started_at).total_seconds(), 1)


def process(row: ProcessReading, told: Mapping[str, Any], share: float | None) -> dict[str, Any]:
    return {
        "host": row.host,
        "role": row.role,
        "pid": row.pid,
        "cpu": share,
        "rss": told.get("rss"),
        "threads": told.get("threads"),
        "files": told.get("files"),
        "uptime": uptime(row, timezone.now()),
    }


REQUEST_COLUMNS = (
    *("request_count", "request_rate", "latency_p50", "latency_p95", "latency_p99"),
    *("error_percent", "client_error_percent", "response_bytes_p95", "outside_ms"),
)


def requests_of(grown: Totals, elapsed: float) -> dict[str, Any]:
    """The columns that tell of requests; shares and latencies are null without any."""
    requests = {task: spent for task, spent in grown.work.items() if task.kind == Kind.REQUEST}
    times = merged(spent.times for spent in requests.values())
    sizes = merged(spent.sizes for spent in requests.values())
    count = times.count
    outside = sum(spent.named[OUTSIDE] for spent in requests.values())

    def share(first: str) -> float | None:
        failed = sum(spent.times.count for task, spent in requests.items() if task.status.startswith(first))
        return round(100 * failed / count, 2) if count else None

    return {
        "request_count": count,
        "request_rate": round(count / elapsed, 3),
        "latency_p50": milliseconds(times, 0.5),
        "latency_p95": milliseconds(times, 0.95),
        "latency_p99": milliseconds(times, 0.99),
        "error_percent": share("5"),
        "client_error_percent": share("4"),
        "response_bytes_p95": quantile(sizes, 0.95, 0),
        "outside_ms": round(1000 * outside / count, 3) if count else None,
    }


def milliseconds(times: Histogram, share: float) -> float | None:
    value = times.quantile(share)
    return None if value is None else round(1000 * value, 3)


def quantile(values: Histogram, share: float, digits: int = 6) -> float | None:
    value = values.quantile(share)
    return None if value is None else round(value, digits)


def members_of(grown: Totals) -> dict[str, Any]:
    """The routes, kinds of jobs and other people's servers that took most time, the longest first."""
    routes = together(grown, Kind.REQUEST, lambda task: (task.name, task.method), lambda task: task.status[:1] == "5")
    kinds = together(grown, Kind.JOB, lambda task: (task.name, ""), lambda task: task.status in BROKEN)
    targets: dict[str, tuple[Histogram, int]] = {}
    for (_, name, labels), counted in grown.values.items():
        if name == OUTSIDE:
            target = dict(labels).get("target", "")
            times, errors = targets.get(target, (Histogram(), 0))
            targets[target] = times.merge(counted.values), errors + counted.errors
    return {
        "routes": [
            {"route": name, "method": method, **figures(spent, errors), "bytes_p95": quantile(spent.sizes, 0.95, 0)}
            for (name, method), (spent, errors) in routes[:MOST_ROUTES]
        ],
        "kinds": [{"kind": name, **figures(spent, errors)} for (name, _), (spent, errors) in kinds[:MOST_KINDS]],
        "outside": [
            {
                "target": target,
                "count": times.count,
                "errors": errors,
                "p95": quantile(times, 0.95),
                "seconds": round(times.total, 4),
            }
            for target, (times, errors) in sorted(targets.items(), key=lambda pair: -pair[1][0].total)[:MOST_TARGETS]
        ],
    }


Group = tuple[str, str]


def together(
    grown: Totals, kind: Kind, group: Callable[[Task], Group], broke: Callable[[Task], bool]
) -> list[tuple[Group, tuple[Spent, int]]]:
    """What each group spent and how much of it broke, over all statuses; the longest first."""
    groups: dict[Group, tuple[Spent, int]] = {}
    for task, spent in grown.work.items():
        if task.kind == kind:
            sums, errors = groups.get(group(task), (Spent(), 0))
            groups[group(task)] = sums.merge(spent), errors + (spent.times.count if broke(task) else 0)
    return sorted(groups.items(), key=lambda pair: -pair[1][0].times.total)


def figures(spent: Spent, errors: int) -> dict[str, Any]:
    times = spent.times
    return {
        "count": times.count,
        "errors": errors,
        "p50": quantile(times, 0.5),
        "p95": quantile(times, 0.95),
        "seconds": round(times.total, 4),
        **{part: round(spent.named[part], 4) for part in PARTS},
        "statements": round(spent.named["statements"]),
    }
