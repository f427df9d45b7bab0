"""Gathers what the rules look at: the last samples of every host, an hour of few columns, statements, jobs, settings.

A bounded number of queries, however many hosts there are; categories and figures that are missing are left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection
from django.db.models import Count, QuerySet

from performance.analysis.rules.facts import Facts, Host, JobKind, Limits, Memory, Repeated, Row, Slow, Table, Trace
from performance.checks import fresh
from performance.database.fingerprint import fingerprint_of
from performance.metrics import CATEGORIES
from performance.models import ApplicationSample, RepeatedQuery, SlowQuery, SystemSample
from performance.models.samples import Sample
from performance.selectors import latest_of
from tasks import readings, registry
from tasks.choices import State
from tasks.models import Job

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
POINTS = 30  # of the memory of processes, which lies in the samples' detail
NEWEST = 10  # of these are the last samples, one by one
MOST = 200
STALE = """
SELECT relname, n_live_tup, n_mod_since_analyze FROM pg_stat_user_tables
WHERE n_live_tup > 0 AND pg_table_is_visible(relid) ORDER BY n_mod_since_analyze DESC LIMIT 20
"""

BLOCKERS = """
SELECT held.pid, round(extract(epoch FROM clock_timestamp() - held.xact_start)::numeric, 1)::float, held.state,
       coalesce(held.application_name, ''), left(held.query, 2000)
FROM pg_stat_activity held
WHERE held.xact_start IS NOT NULL AND held.pid IN (
    SELECT unnest(pg_blocking_pids(waiting.pid)) FROM pg_stat_activity waiting
    WHERE waiting.datname = current_database() AND waiting.wait_event_type = 'Lock'
)
ORDER BY held.wait_event_type IS NOT DISTINCT FROM 'Lock', held.xact_start LIMIT 5
"""

S = TypeVar("S", bound=Sample)
Busy = Mapping[str, Sequence[Mapping[str, Any]]]


class Past:
    """The last hour of memory and disks. Who samples every second reads it every tenth, as long as nothing is wrong."""

    RENEWED = timedelta(seconds=10)

    def __init__(self) -> None:
        self.key: tuple[Sequence[str], datetime] | None = None
        self.memory: dict[str, tuple[Memory, ...]] = {}
        self.disks: dict[str, Trace] = {}

    def look(self, hosts: Sequence[str], now: datetime) -> None:
        if self.key is None or self.key[0] != hosts or not timedelta() <= now - self.key[1] < self.RENEWED:
            self.memory, self.disks = memory_of(hosts, now), disk_traces(hosts, now)
            self.key = hosts, now


def gather(now: datetime, busy: Busy | None = None, past: Past | None = None) -> Facts:
    """Everything at *now*; *busy* are the processes behind alerts, by host; *past* is kept by who asks again soon."""
    samples = {name: by_host(category.model, now) for name, category in CATEGORIES.items()}
    names = sorted({host for rows in samples.values() for host in rows})
    past = past or Past()
    past.look(names, now)
    hosts = [
        Host(
            name=name,
            **{category: rows[name] for category, rows in samples.items() if name in rows},
            memory=past.memory.get(name, ()),
            traces={"system.disk_used": past.disks[name]} if name in past.disks else {},
            busy=tuple(Row(process) for process in (busy or {}).get(name, ())),
        )
        for name in names
    ]
    waited = any(host.database.of("locks_waiting") for host in hosts)
    return Facts(
        now,
        tuple(hosts),
        slow(now),
        repeated(now),
        kinds(now),
        tables=tables(),
        blockers=blockers() if waited else (),
        limits=limits(),
    )


def by_host(model: type[Sample], now: datetime) -> dict[str, Row]:
    """The last sample of each host, where it is fresh."""
    columns = [field.attname for field in model._meta.concrete_fields]
    return {
        sample.host: Row({column: getattr(sample, column) for column in columns})
        for sample in latest_of(model)
        if fresh(sample, now)
    }


def of_the_hour(model: type[S], hosts: Sequence[str], now: datetime) -> QuerySet[S]:
    """The hosts are named, since the index begins with them."""
    return model._default_manager.filter(host__in=hosts, taken_at__gt=now - HOUR, taken_at__lte=now)


def disk_traces(hosts: Sequence[str], now: datetime) -> dict[str, Trace]:
    rows = of_the_hour(SystemSample, hosts, now).filter(disk_used__isnull=False)
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for host, taken_at, used in rows.order_by("taken_at").values_list("host", "taken_at", "disk_used"):
        found[host].append((taken_at.timestamp(), float(used or 0)))
    return {host: tuple(trace) for host, trace in found.items()}


def memory_of(hosts: Sequence[str], now: datetime) -> dict[str, tuple[Memory, ...]]:
    """The memory of each process that is there still, over the hour and more closely over its last minutes."""
    recent = of_the_hour(ApplicationSample, hosts, now)
    by_host: dict[str, list[int]] = defaultdict(list)
    for pk, host in recent.order_by("taken_at").values_list("pk", "host"):
        by_host[host].append(pk)
    chosen = [pk for keys in by_host.values() for pk in spread(keys)]
    rows = ApplicationSample.objects.filter(pk__in=chosen).order_by("taken_at")
    traces: dict[str, dict[tuple[str, int], list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    for host, taken_at, processes in rows.values_list("host", "taken_at", "detail__processes"):
        for process in Row({"detail": {"processes": processes}}).members("processes"):
            pid, rss = process.get("pid"), process.get("rss")
            if pid is not None and rss is not None:
                traces[host][(process.text("role"), int(pid))].append((taken_at.timestamp(), rss))
    return {
        host: tuple(Memory(role, pid, tuple(trace)) for (role, pid), trace in of_host.items())
        for host, of_host in traces.items()
    }


def spread(keys: list[int]) -> list[int]:
    """At most POINTS of them: the newest, and of those before evenly."""
    older, newest = keys[:-NEWEST], keys[-NEWEST:]
    step = max(1, -(-len(older) // (POINTS - NEWEST)))
    return newest + older[::-1][::step]


def slow(now: datetime) -> tuple[Slow, ...]:
    rows = SlowQuery.objects.filter(last_seen__gt=now - DAY).defer("plan").order_by("-last_seen")[:MOST]
    return tuple(
        Slow(
            fingerprint=row.fingerprint,
            gist=row.gist[:300],
            count=row.count,
            worst=row.worst,
            usual=row.usual,
            line=row.line,
            routes=row.routes,
            last_seen=row.last_seen,
            advice=tuple(Row(advice) for advice in row.advice if isinstance(advice, dict)),
        )
        for row in rows
    )


def repeated(now: datetime) -> tuple[Repeated, ...]:
    rows = RepeatedQuery.objects.filter(last_seen__gt=now - DAY).order_by("-last_seen")[:MOST]
    return tuple(
        Repeated(
            route=row.route,
            kind=row.kind,
            fingerprint=row.fingerprint,
            gist=row.gist[:300],
            sightings=row.sightings,
            worst=row.worst,
            line=row.line,
            last_seen=row.last_seen,
        )
        for row in rows
    )


def kinds(now: datetime) -> tuple[JobKind, ...]:
    """The declared kinds of which something finished within an hour, with the errors that ended them."""
    failed = Job.objects.filter(state=State.FAILED, parent=None, finished_at__gt=now - HOUR, finished_at__lte=now)
    errors: dict[str, dict[str, int]] = defaultdict(dict)
    for kind, error, count in failed.order_by().values_list("kind", "error_class").annotate(count=Count("pk")):
        name = error.rpartition(".")[2]
        errors[kind][name] = errors[kind].get(name, 0) + count
    return tuple(
        kind_of(done, errors.get(done.kind, {}))
        for done in readings.finished(now, HOUR).kinds
        if registry.find(done.kind)
    )


def kind_of(done: readings.Kind, errors: Mapping[str, int]) -> JobKind:
    spec = registry.spec_of(done.kind)
    others = {name: count for name, count in errors.items() if name != "TimedOut"}
    return JobKind(
        kind=done.kind,
        title=done.title,
        priority=int(spec.priority),
        timeout=spec.timeout,
        splits=spec.split is not None,
        finished=done.finished,
        failed=done.failed,
        timed_out=errors.get("TimedOut", 0),
        run_p95=done.run.p95,
        error=max(others, key=lambda name: others[name], default=""),
    )


def tables() -> tuple[Table, ...]:
    """How many rows changed since the planner last counted them; SQLite keeps no such figures."""
    if connection.vendor != "postgresql":
        return ()
    with connection.cursor() as cursor:
        cursor.execute(STALE)
        return tuple(Table(name, rows, changed) for name, rows, changed in cursor.fetchall())


def blockers() -> tuple[Row, ...]:
    """Who holds what others wait for just now, the longest first; statements without their values."""
    if connection.vendor != "postgresql":
        return ()
    with connection.cursor() as cursor:
        cursor.execute(BLOCKERS)
        rows = cursor.fetchall()
    names = ("pid", "seconds", "state", "application", "statement")
    return tuple(
        Row(dict(zip(names, (*row[:4], fingerprint_of(row[4], "postgresql").statement), strict=True))) for row in rows
    )


def limits() -> Limits:
    options = settings.CACHES["default"].get("OPTIONS", {})
    pool = settings.DATABASE_POOL
    return Limits(
        vendor=connection.vendor,
        workers=settings.WORKERS,
        web_processes=settings.WEB_PROCESSES,
        pool=pool["max_size"] * settings.WEB_PROCESSES if pool else None,
        slow_seconds=settings.SLOW_QUERY_SECONDS,
        repeated=settings.REPEATED_QUERY_LIMIT,
        cache_entries=int(options.get("MAX_ENTRIES", 0)),
        cache_bytes=int(options.get("MAX_BYTES", 0)),
        shared_cache=bool(settings.REDIS_URL),
    )
