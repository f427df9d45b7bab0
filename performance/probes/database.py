"""The database: its health, and how much of its connections is in use."""

from __future__ import annotations

from typing import Any

from django.db import connection

from performance.database.health import DEADLINE, Kind, examine
from performance.database.pool import NAME, Waits, host_use
from performance.database.postgresql import PostgreSQL
from performance.database.sqlite import SQLite
from performance.differences import Look
from performance.lease import this_host
from performance.models import ProcessReading
from performance.probes import OfProcesses, Probe, Reading, register


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
        self.waits = Waits()

    def read(self, now: float) -> Reading:
        seen = self.look.at(now)
        use = host_use(seen.alive)
        columns = {
            "pool_in_use": use.in_use if use.maximum else None,
            "pool_peak": use.peak if use.maximum else None,
            "pool_maximum": use.maximum or None,
            "pool_percent": use.percent,
            "pool_waiting": use.waiting if use.maximum else None,
            "pool_wait_ms": self.waits.mean_ms(seen.rows),
        }
        return Reading(columns, {"processes": [process(row) for row in seen.alive]})


def process(row: ProcessReading) -> dict[str, Any]:
    return {"host": row.host, "role": row.role, "pid": row.pid, **row.readings.get(NAME, {})}
