"""Whether the server has connections enough for all processes at once: a check of `check --database` and of `up`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connection
from django.utils import timezone

from performance.models import Role
from performance.reporter import living

OF_A_WORKER = 2  # The job's, and the heartbeat's.
OF_A_CLUSTER = 4  # run_worker, and Django-Q's pusher, monitor and main process.
OF_A_SAMPLER = 2  # Its own, and the one whose making it times.
COMMANDS = 3  # A migration, a check, somebody's shell.
# Over connections made for the moment, one process now and then publishes about itself, another about slow statements.
OF_A_HOST = 2
LIMIT = """
SELECT current_setting('max_connections')::int
     - current_setting('superuser_reserved_connections')::int
     - coalesce(current_setting('reserved_connections', true)::int, 0)
"""


@dataclass(frozen=True)
class Budget:
    """The most connections that the product may hold at once, by who holds them."""

    web: int
    worker: int
    sampler: int
    passing: int

    @property
    def total(self) -> int:
        return self.web + self.worker + self.sampler + self.passing

    def __str__(self) -> str:
        parts = {"web": self.web, "workers": self.worker, "samplers": self.sampler, "in passing": self.passing}
        return " + ".join(f"{count} {name}" for name, count in parts.items()) + f" = {self.total}"


def budget(web_hosts: int, worker_hosts: int, hosts: int) -> Budget:
    """The need of so many hosts, each set up as this one."""
    of_a_process = settings.DATABASE_POOL["max_size"] if settings.DATABASE_POOL else settings.WEB_THREADS
    return Budget(
        web=web_hosts * settings.WEB_PROCESSES * of_a_process,
        worker=worker_hosts * (settings.WORKERS * OF_A_WORKER + OF_A_CLUSTER),
        sampler=hosts * OF_A_SAMPLER,
        passing=hosts * OF_A_HOST + COMMANDS,
    )


def known_budget() -> Budget:
    """The need of the hosts that are at work, at least of one."""
    pairs = list(living(timezone.now()).values_list("role", "host").distinct())
    web, worker = ({host for role, host in pairs if role == wanted} for wanted in (Role.WEB, Role.WORKER))
    return budget(max(1, len(web)), max(1, len(worker)), max(1, len({host for _, host in pairs})))


def allowed(cursor: Any) -> int:
    """How many connections the server gives to users that are not superusers."""
    cursor.execute(LIMIT)
    return int(cursor.fetchone()[0])


@register(Tags.database)
def connections_fit(app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Refuses a budget above what the server gives; a database that can't be asked is not this check's business."""
    if connection.vendor != "postgresql" or "default" not in (databases or ()):
        return []
    try:
        # Before the first migration there is no table of processes, and no other host either.
        present = "performance_processreading" in connection.introspection.table_names()
        need = known_budget() if present else budget(1, 1, 1)
        with connection.cursor() as cursor:
            limit = allowed(cursor)
    except DatabaseError:
        return []
    if need.total <= limit:
        return []
    remedy = "DATABASE_POOL_MAX" if settings.DATABASE_POOL else "VALOR_WEB_PROCESSES"
    return [
        Error(
            f"PostgreSQL gives {limit} connections, but the processes may need {need.total} at once ({need}).",
            hint=f"Raise max_connections of the server to {need.total + 10}, or lower {remedy} or VALOR_WORKERS.",
            id="performance.E001",
        )
    ]
