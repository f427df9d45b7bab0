"""The database: its health, and how much of its connections is in use."""

from __future__ import annotations

from typing import Any

from django.db import connection

from performance.database.health import DEADLINE, Kind, examine
from performance.database.pool import NAME, counters, host_use
from performance.database.postgresql import PostgreSQL
from performance.database.sqlite import SQLite
from performance.differences import Look, Step, Steps
from performance.lease import this_host
from performance.models import ProcessReading
from performance.probes import OfProcesses, Probe, Reading, register

Waited = tuple[float, float]


@register
class Health(Probe):
    """Connect, read, write and what the database tells about itself; a hanging one costs DEADLINE seconds at most."""

    category, name = "database", "health"
    patience = DEADLINE

    def __init__(self) -> None:
        self.host = this_host()
        self.kind: Kind = PostgreSQL() if connection.vendor == "postgresql" else SQLite(self.host)

    def read(self, now: float) -> Reading:
        return examine(self.kind, self.host)


@register
class Pool(OfProcesses):
    """The web processes' connections in use, as they published them; also those of hosts that nobody samples."""

    category, name = "database", "pool"

    def __init__(self, look: Look | None = None) -> None:
        super().__init__(look)
        self.steps = Steps[Waited]()

    def read(self, now: float) -> Reading:
        seen = self.look.at(now)
        use = host_use(seen.alive)
        step = self.steps.to(seen, {row.pk: counters(row.readings.get(NAME, {})) for row in seen.rows}, now)
        columns = {
            "pool_in_use": use.in_use if use.maximum else None,
            "pool_peak": use.peak if use.maximum else None,
            "pool_maximum": use.maximum or None,
            "pool_percent": use.percent,
            "pool_waiting": use.waiting if use.maximum else None,
            "pool_wait_ms": mean_wait(step) if step else None,
        }
        return Reading(columns, {"processes": [process(row) for row in seen.alive]})


def mean_wait(step: Step[Waited]) -> float:
    """Milliseconds per request that had to wait; 0 where none had."""
    grown = [(now[0] - old[0], now[1] - old[1]) for now, before in step.told for old in [before or (0.0, 0.0)]]
    waits, spent = sum(pair[0] for pair in grown), sum(pair[1] for pair in grown)
    return round(spent / waits, 2) if waits else 0.0


def process(row: ProcessReading) -> dict[str, Any]:
    return {"host": row.host, "role": row.role, "pid": row.pid, **row.readings.get(NAME, {})}
