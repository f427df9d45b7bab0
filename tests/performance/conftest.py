"""Samples to look at."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page

from performance.alerts import selectors
from performance.alerts.culprits import Suspects
from performance.alerts.evaluation import evaluate
from performance.alerts.models import Alert
from performance.chores import Tick
from performance.metrics import CATEGORIES
from performance.models import ApplicationSample, CacheSample, DatabaseSample, SamplerLease, SystemSample, TaskSample
from performance.models.samples import Sample
from tasks.models import Worker
from tests.conftest import make_user

CALM = {
    "cpu_percent": 12.0,
    "cpu_count": 2,
    "load_1": 0.5,
    "load_5": 0.4,
    "load_15": 0.3,
    "memory_percent": 41.0,
    "memory_used": 4_100_000_000,
    "memory_total": 10_000_000_000,
    "swap_percent": 0.0,
    "disk_percent": 63.0,
    "disk_used": 63_000_000_000,
    "disk_total": 100_000_000_000,
    "disk_read_rate": 1000.0,
    "disk_write_rate": 2000.0,
    "network_in_rate": 3000.0,
    "network_out_rate": 4000.0,
    "process_count": 80,
}
CALM_DATABASE = {
    "connect_ms": 2.0,
    "read_ms": 0.4,
    "write_ms": 1.2,
    "size": 9_500_000,
    "pool_in_use": 0.8,
    "pool_peak": 3,
    "pool_maximum": 16,
    "pool_percent": 5.0,
    "pool_waiting": 0,
    "pool_wait_ms": 0.0,
    "connections": 12,
    "connections_limit": 97,
    "connections_percent": 12.4,
    "detail": {
        "vendor": "PostgreSQL",
        "version": "18.4",
        "tables": [{"name": "tasks_job", "bytes": 98_304, "indexes": 90_112, "rows": 7, "dead": 2}],
        "states": {"active": 1, "idle": 11},
        "long": [{"pid": 77, "seconds": 71.5, "state": "active", "application": "psql", "statement": "SELECT ?"}],
        "processes": [
            {"host": "web-1", "role": "web", "pid": 4711, "in_use": 0.8, "peak": 3, "maximum": 16, "waiting": 0}
        ],
    },
}
Store = Callable[..., SystemSample]


@pytest.fixture(autouse=True)
def fresh_thresholds():
    """What one test changed is rolled back, which no signal tells."""
    selectors.forget_thresholds()
    yield
    selectors.forget_thresholds()


class NoWalker:
    """A host whose processes are nobody's concern."""

    def walk(self, limit: int = 5) -> list[dict[str, Any]]:
        return []


@pytest.fixture
def judged(db) -> Callable[..., list[Alert]]:
    """Judges stored samples of one time and host as the sampler does; the alerts that are open afterwards."""

    def judge(*samples: Sample, lead: bool = True) -> list[Alert]:
        first = samples[0]
        return evaluate(
            Tick(first.host, first.taken_at, first.interval, rows_of(samples), lead=lead), Suspects(NoWalker)
        )

    return judge


def rows_of(samples: Sequence[Sample]) -> dict[str, dict[str, Any]]:
    names = {category.model: name for name, category in CATEGORIES.items()}
    return {names[type(sample)]: {k: v for k, v in vars(sample).items() if k[0] != "_"} for sample in samples}


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def store(db) -> Store:
    """Stores one calm sample with some columns changed, and the host's lease."""

    def one(taken_at: datetime, *, host: str = "web-1", interval: int = 30, **columns: Any) -> SystemSample:
        expires = {"renewed_at": taken_at, "expires_at": taken_at, "interval": interval}
        SamplerLease.objects.update_or_create(host=host, defaults=expires)
        return SystemSample.objects.create(host=host, taken_at=taken_at, interval=interval, **CALM | columns)

    return one


@pytest.fixture
def fill(db) -> Callable[..., None]:
    """Stores calm samples every 30 s over a span that ends at a time, in one statement."""

    def many(end: datetime, span: timedelta, *, host: str = "web-1", interval: int = 30, skip: set[int] = frozenset()):
        count = int(span.total_seconds() // interval)
        times = [end - timedelta(seconds=interval * step) for step in range(count, -1, -1)]
        rows = [SystemSample(host=host, taken_at=at, interval=interval, **CALM) for at in times]
        SystemSample.objects.bulk_create([row for index, row in enumerate(rows) if index not in skip])
        SamplerLease.objects.update_or_create(
            host=host, defaults={"renewed_at": end, "expires_at": end, "interval": interval}
        )

    return many


@pytest.fixture
def store_database(db) -> Callable[..., DatabaseSample]:
    """Stores one calm database sample with some columns changed, and the host's lease."""

    def one(taken_at: datetime, *, host: str = "web-1", interval: int = 30, **columns: Any) -> DatabaseSample:
        expires = {"renewed_at": taken_at, "expires_at": taken_at, "interval": interval}
        SamplerLease.objects.update_or_create(host=host, defaults=expires)
        return DatabaseSample.objects.create(host=host, taken_at=taken_at, interval=interval, **CALM_DATABASE | columns)

    return one


@pytest.fixture
def worker(db, now) -> Worker:
    return Worker.objects.create(host="web-1", pid=4242, started_at=now, last_seen=now)


CALM_APPLICATION = {
    "processes": 4,
    "web_processes": 1,
    "worker_processes": 2,
    "cpu_percent": 130.0,
    "rss": 400_000_000,
    "rss_worst": 150_000_000,
    "threads": 30,
    "open_files": 60,
    "open_files_percent": 2.0,
    "uptime_least": 100.0,
    "request_count": 120,
    "request_rate": 4.0,
    "latency_p50": 12.0,
    "latency_p95": 45.0,
    "latency_p99": 90.0,
    "error_percent": 0.5,
    "client_error_percent": 1.0,
    "in_flight": 2,
    "detail": {
        "processes": [
            {"host": "web-1", "role": "web", "pid": 11, "cpu": 20.0, "rss": 150_000_000, "threads": 9, "files": 30,
             "uptime": 3700.0},
            {"host": "web-1", "role": "worker", "pid": 12, "cpu": 110.0, "rss": 90_000_000, "threads": 4, "files": 12,
             "uptime": 100.0},
        ],
        "routes": [
            {"route": "/companies/", "method": "GET", "count": 100, "errors": 2, "p50": 0.012, "p95": 0.045,
             "seconds": 2.0, "cpu": 0.5, "database": 1.0, "cache": 0.1, "outside": None},
            {"route": "/portfolios/<int:pk>/", "method": "POST", "count": 20, "errors": 0, "p50": 0.02, "p95": 0.06,
             "seconds": 0.4, "cpu": 0.3, "database": 0.08, "cache": 0.0, "outside": 0.0},
        ],
    },
}  # fmt: skip
CALM_CACHE = {"hit_percent": 91.0, "local_hit_percent": 80.0, "lookup_count": 500, "lookup_rate": 16.7}
CALM_TASKS = {"waiting": 3, "waiting_interactive": 3, "oldest_seconds": 4.0, "workers": 2, "workers_busy": 1}


@pytest.fixture
def store_all(store, store_database) -> Callable[..., None]:
    """Stores a calm sample of every category."""

    def one(taken_at: datetime, *, host: str = "web-1", interval: int = 30) -> None:
        common = {"host": host, "taken_at": taken_at, "interval": interval}
        store(taken_at, host=host, interval=interval)
        store_database(taken_at, host=host, interval=interval)
        ApplicationSample.objects.create(**common, **CALM_APPLICATION)
        CacheSample.objects.create(**common, **CALM_CACHE)
        TaskSample.objects.create(**common, **CALM_TASKS)

    return one


@pytest.fixture
def visit(browser, live_server, client, settings) -> Iterator[Callable[..., Page]]:
    """Opens pages as somebody of a role; none of them may complain in the console, save of answers that are refused."""
    assert not live_server.thread.connections_override, "The threads of the test server share one connection."
    # The test server serves static files from where they lie, under their own names.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def note(kind: str, text: str) -> None:
        if kind in ("error", "warning") and "Failed to load resource" not in text:
            troubles.append(text)

    def one(role: str, path: str = "", **options: Any) -> Page:
        client.force_login(make_user({"analyst": "ana", "operator": "otto"}[role], role))
        contexts.append(browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | options))
        cookie = client.cookies["sessionid"].value
        contexts[-1].add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        opened = contexts[-1].new_page()
        opened.on("pageerror", lambda error: troubles.append(str(error)))
        opened.on("console", lambda said: note(said.type, said.text))
        if path:
            opened.goto(live_server.url + path)
        return opened

    yield one
    for context in contexts:
        context.close()
    await_answers()
    assert troubles == []


def await_answers() -> None:
    """Until no thread of the test server works on: the database is not a request's after its test."""
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(10)
            assert not thread.is_alive(), f"{thread.name} still answers a browser that has gone."
