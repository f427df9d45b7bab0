"""What is measured: every category's metrics with label, unit and the level above which something is wrong.

Cards, charts, status and API all read their names, units and thresholds here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType

from performance.models import DatabaseSample, SystemSample
from performance.models.samples import Sample
from performance.units import BYTES, COUNT, LOAD, MILLISECONDS, PER_SECOND, PERCENT, RATE, SECONDS
from valor.lib.errors import InvalidInput


@dataclass(frozen=True)
class Metric:
    """One figure over time: a column of its category's sample, or the sum of several."""

    name: str
    label: str
    unit: str
    threshold: float | None = None
    columns: tuple[str, ...] = ()
    patience: timedelta = timedelta()  # how long it may stay above its threshold before that counts

    @property
    def sources(self) -> tuple[str, ...]:
        return self.columns or (self.name,)

    def of(self, values: Mapping[str, float | None]) -> float | None:
        """The figure from a row's columns; null when any of its columns is."""
        parts = [values[column] for column in self.sources]
        known = [part for part in parts if part is not None]
        return sum(known) if len(known) == len(parts) else None

    @property
    def noun(self) -> str:
        """The label inside a sentence: "memory", but "CPU"."""
        return self.label if self.label.isupper() else self.label[0].lower() + self.label[1:]

    def exceeded(self, value: float | None) -> bool:
        return self.threshold is not None and value is not None and value > self.threshold


@dataclass(frozen=True)
class Category:
    """One table of samples and what it holds."""

    name: str
    model: type[Sample]
    metrics: tuple[Metric, ...]
    by_name: Mapping[str, Metric] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        index = {metric.name: metric for metric in self.metrics}
        if len(index) != len(self.metrics):
            raise ValueError(f"A metric of {self.name} is declared twice.")
        object.__setattr__(self, "by_name", MappingProxyType(index))

    def pick(self, names: list[str]) -> tuple[Metric, ...]:
        """The named metrics, all of them when none is named; an unknown name is refused."""
        for name in names:
            if name not in self.by_name:
                known = ", ".join(self.by_name)
                raise InvalidInput.at("fields", name, f"{self.name} has no such field.", f"Choose among {known}.")
        return tuple(self.by_name[name] for name in dict.fromkeys(names)) or self.metrics


SYSTEM = Category(
    "system",
    SystemSample,
    (
        Metric("cpu_percent", "CPU", PERCENT, threshold=80.0, patience=timedelta(minutes=2)),
        Metric("memory_percent", "Memory", PERCENT, threshold=85.0),
        Metric("disk_percent", "Disk", PERCENT, threshold=90.0),
        Metric("network_rate", "Network", RATE, columns=("network_in_rate", "network_out_rate")),
        Metric("network_in_rate", "Received", RATE),
        Metric("network_out_rate", "Sent", RATE),
        Metric("disk_rate", "Disk traffic", RATE, columns=("disk_read_rate", "disk_write_rate")),
        Metric("disk_read_rate", "Read", RATE),
        Metric("disk_write_rate", "Written", RATE),
        Metric("swap_percent", "Swap", PERCENT),
        Metric("memory_used", "Memory used", BYTES),
        Metric("disk_used", "Disk used", BYTES),
        Metric("load_1", "Load, 1 min", LOAD),
        Metric("load_5", "Load, 5 min", LOAD),
        Metric("load_15", "Load, 15 min", LOAD),
        Metric("process_count", "Processes", COUNT),
    ),
)
DATABASE = Category(
    "database",
    DatabaseSample,
    (
        Metric("worst_percent", "Database connections", PERCENT, threshold=80.0),
        Metric("pool_percent", "In use by requests", PERCENT),
        Metric("connections_percent", "Open at the server", PERCENT),
        Metric("pool_in_use", "Connections in use", COUNT),
        Metric("pool_peak", "Most in use", COUNT),
        Metric("pool_waiting", "Requests waiting", COUNT),
        Metric("pool_wait_ms", "Wait for a connection", MILLISECONDS),
        Metric("connections", "Server connections", COUNT),
        Metric("connect_ms", "Connect", MILLISECONDS),
        Metric("read_ms", "Read", MILLISECONDS),
        Metric("write_ms", "Write", MILLISECONDS),
        Metric("size", "Size", BYTES),
        Metric("commit_rate", "Commits", PER_SECOND),
        Metric("rollback_rate", "Rollbacks", PER_SECOND),
        Metric("hit_percent", "Cache hits", PERCENT),
        Metric("dead_rows", "Dead rows", COUNT),
        Metric("locks_waiting", "Locks waited for", COUNT),
        Metric("long_transactions", "Transactions over a minute", COUNT),
        Metric("longest_transaction", "Longest transaction", SECONDS),
        Metric("wal_size", "Write-ahead log", BYTES),
        Metric("file_size", "File", BYTES),
        Metric("free_pages", "Free pages", COUNT),
    ),
)
CATEGORIES: Mapping[str, Category] = MappingProxyType({category.name: category for category in (SYSTEM, DATABASE)})
