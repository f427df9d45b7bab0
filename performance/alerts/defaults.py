"""The thresholds that every installation begins with, and that *Reset to default* brings back.

They are levels of trouble, not of use: ordinary varied load stays below them. A duration of one tick (30 s) lets a
single odd sample pass, and a lasting fault is still told within two ticks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from performance.alerts.choices import Direction, MissingData

MB, GB = 1_000_000, 1_000_000_000
TICK, MINUTES = 30, 60


@dataclass(frozen=True)
class Default:
    """The levels of one metric; *below* are those that are in trouble when they are low."""

    category: str
    metric: str
    warning: float
    critical: float | None
    clear: float
    duration: int = TICK
    below: bool = False
    missing: MissingData = MissingData.KEEP

    @property
    def key(self) -> tuple[str, str]:
        return self.category, self.metric

    @property
    def levels(self) -> dict[str, Any]:
        """The fields that an operator may change."""
        return {
            "direction": Direction.BELOW if self.below else Direction.ABOVE,
            "warning": self.warning,
            "critical": self.critical,
            "clear": self.clear,
            "duration": self.duration,
            "missing": self.missing,
            "enabled": True,
        }


UNKNOWN = MissingData.UNKNOWN
DEFAULTS = (
    Default("system", "cpu_percent", 80, 95, 75, missing=UNKNOWN),
    Default("system", "memory_percent", 85, 95, 80, missing=UNKNOWN),
    Default("system", "disk_percent", 90, 95, 88, duration=0, missing=UNKNOWN),
    Default("system", "cpu_steal_percent", 20, 50, 10, duration=2 * MINUTES),
    Default("system", "cpu_iowait_percent", 50, 80, 30, duration=2 * MINUTES),
    Default("system", "swap_rate", 5 * MB, 50 * MB, 1 * MB, duration=1 * MINUTES),
    Default("system", "temperature", 85, 95, 80, duration=1 * MINUTES),
    Default("application", "latency_p95", 1000, 3000, 800),
    Default("application", "error_percent", 5, 20, 3),
    Default("application", "outside_ms", 300, 2000, 200),
    Default("application", "rss_worst", 1 * GB, 2 * GB, 0.9 * GB),
    Default("application", "open_files_percent", 80, 95, 70, duration=0),
    Default("database", "worst_percent", 80, 95, 70, duration=0),
    Default("database", "slow_rate", 5, 30, 2),
    Default("database", "query_p95_ms", 500, 2000, 300),
    Default("database", "query_error_rate", 1, 10, 0.5),
    Default("database", "write_ms", 1000, 3000, 500),
    Default("database", "longest_transaction", 60, 300, 30, duration=0),
    Default("database", "locks_waiting", 1, 10, 0),
    Default("database", "dead_percent", 40, 70, 30, duration=15 * MINUTES),
    Default("queries", "repeated", 20, 200, 20, duration=0),
    Default("cache", "hit_percent", 70, 40, 75, duration=10 * MINUTES, below=True),
    Default("cache", "eviction_rate", 20, 200, 10),
    Default("cache", "joined_rate", 2, 20, 1),
    Default("cache", "shared_percent", 85, 95, 80),
    Default("cache", "shared_p95_ms", 100, 400, 50),
    Default("cache", "breakers_open", 0, None, 0, duration=0),
    Default("tasks", "oldest_seconds", 60, 300, 30, duration=0),
    Default("tasks", "drain_seconds", 120, 600, 60),
    Default("tasks", "workers", 1, 1, 1, below=True),
    Default("tasks", "heartbeat_age", 30, 120, 20, duration=0),
    Default("tasks", "failed_percent", 20, 50, 10),
    Default("sampler", "lag", 90, 300, 60, duration=0),
)
BY_KEY = {default.key: default for default in DEFAULTS}


def ensure(rows: QuerySet[Any]) -> None:
    """Adds every default that is not among the stored thresholds; one that an operator changed stays as it is."""
    there = set(rows.values_list("category", "metric"))
    missing = [each for each in DEFAULTS if each.key not in there]
    made = [rows.model(category=each.category, metric=each.metric, **each.levels) for each in missing]
    rows.bulk_create(made, ignore_conflicts=True)
