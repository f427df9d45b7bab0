"""How much of its database connections a process uses, in either mode, and the sum over a host.

With persistent connections each thread of a web process keeps its own, which is in use while a request is in hand:
the maximum is the number of threads, and nobody ever waits for a connection. With psycopg's pool the pool knows.
A worker process has one connection for its job.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from performance import scope
from performance.models import ProcessReading, Role, SamplerLease
from performance.reporter import Publisher, Readings, register

NAME = "database"
# The counters of psycopg's pool, which grow from the start of the process, under our names.
COUNTERS = {"requests_queued": "waits", "requests_wait_ms": "wait_ms", "requests_errors": "timeouts"}


def pool_of(connection: BaseDatabaseWrapper) -> Any:
    """psycopg's pool of this process; None where connections persist."""
    return connection.pool if connection.settings_dict["OPTIONS"].get("pool") else None  # type: ignore[attr-defined]


class Watch:
    """Looks every second at how many connections are in use; a reading sums up the looks since the last one."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def look(self) -> None:
        self.seen.append(self.in_use())

    def in_use(self) -> int:
        pool = pool_of(connections["default"])
        if pool is None:
            return scope.busy()
        stats = pool.get_stats()
        return int(stats["pool_size"] - stats["pool_available"])

    def read(self, role: Role) -> Readings:
        seen, self.seen = self.seen or [self.in_use()], []
        used = {"in_use": round(sum(seen) / len(seen), 2), "peak": max(seen)}
        pool = pool_of(connections["default"])
        if pool is None:
            maximum = settings.WEB_THREADS if role == Role.WEB else 1
            return used | {
                "mode": "persistent",
                "maximum": maximum,
                "waiting": 0,
                **dict.fromkeys(COUNTERS.values(), 0),
            }
        stats = pool.get_stats()
        counters = {ours: stats.get(theirs, 0) for theirs, ours in COUNTERS.items()}
        return used | {"mode": "pool", "maximum": pool.max_size, "waiting": stats["requests_waiting"], **counters}


watch = Watch()
register(Publisher(NAME, watch.read, watch.look))


@dataclass(frozen=True)
class HostUse:
    """The web processes of a host together. Jobs are not in it: each has its own connection, nobody waits for it."""

    in_use: float
    peak: int
    maximum: int
    waiting: int

    @property
    def percent(self) -> float | None:
        """The share in use, in percent; None where no web process publishes."""
        return round(100 * self.in_use / self.maximum, 1) if self.maximum else None


def host_use(rows: Iterable[ProcessReading]) -> HostUse:
    """The sum over the web processes among *rows*, which are those of one host that are at work."""
    web = [row.readings.get(NAME, {}) for row in rows if row.role == Role.WEB]

    def total(key: str) -> float:
        return float(sum(readings.get(key, 0) for readings in web))

    return HostUse(round(total("in_use"), 2), int(total("peak")), int(total("maximum")), int(total("waiting")))


def seen_from(host: str, rows: Iterable[ProcessReading], sampled: Container[str], first: str) -> list[ProcessReading]:
    """The rows that *host*'s sampler sums up: its own, and on the *first* host those of hosts without a sampler.

    In containers web server and sampler have host names of their own; nobody's processes may be left out or count
    twice.
    """
    return [row for row in rows if row.host == host or (host == first and row.host not in sampled)]


def rows_seen_from(host: str, now: datetime) -> list[ProcessReading]:
    """The same, with what is sampled at this moment."""
    leases = SamplerLease.objects.filter(expires_at__gt=now).order_by("host")
    sampled = list(leases.values_list("host", flat=True)) or [host]
    rows = ProcessReading.objects.filter(folded_at=None).order_by("host", "role", "pid")
    return seen_from(host, rows, sampled, first=sampled[0])


def counters(readings: Mapping[str, Any]) -> tuple[float, float]:
    """How many requests had to wait for a connection, and for how many milliseconds, since the process's start."""
    return readings.get("waits", 0), readings.get("wait_ms", 0)
