"""What is measured: every category's metrics with label and unit. Their limits are rows (performance.alerts).

Cards, charts, status and API all read their names and units here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from performance.models import ApplicationSample, CacheSample, DatabaseSample, SystemSample, TaskSample
from performance.models.samples import Sample
from performance.units import (
    BYTES,
    CELSIUS,
    COUNT,
    LOAD,
    MILLISECONDS,
    PER_MINUTE,
    PER_SECOND,
    PERCENT,
    RATE,
    SECONDS,
)
from valor.lib.errors import InvalidInput

NAMES = ("Redis",)  # keep their capital inside a sentence


@dataclass(frozen=True)
class Metric:
    """One figure over time: a column of its category's sample, or the sum of several.

    Attributes
    ----------
    platform : the same whichever host looks, so that one host's sampler speaks for all
    support, least : the column of the same row that says of how many the figure tells, and how many it takes before it
        is worth an alarm
    hits : of a share of its support: fewer than so many are chance, and judged as none
    """

    name: str
    label: str
    unit: str
    columns: tuple[str, ...] = ()
    platform: bool = False
    support: str = ""
    least: float = 0
    hits: int = 0

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
        """The label inside a sentence: "memory", but "CPU of the product" and "Redis, p95"."""
        first = self.label.split()[0].strip(",")
        return self.label if first.isupper() or first in NAMES else self.label[0].lower() + self.label[1:]


@dataclass(frozen=True)
class Category:
    """One table of samples and what it holds."""

    name: str
    model: type[Sample]
    metrics: tuple[Metric, ...]
    by_name: Mapping[str, Metric] = field(init=False, repr=False, compare=False)

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
        Metric("cpu_percent", "CPU", PERCENT),
        Metric("memory_percent", "Memory", PERCENT),
        Metric("disk_percent", "Disk", PERCENT),
        Metric("cpu_worst_core", "Busiest core", PERCENT),
        Metric("cpu_steal_percent", "Taken by other guests", PERCENT),
        Metric("cpu_iowait_percent", "Waiting for disks", PERCENT),
        Metric("network_rate", "Network", RATE, columns=("network_in_rate", "network_out_rate")),
        Metric("network_in_rate", "Received", RATE),
        Metric("network_out_rate", "Sent", RATE),
        Metric("disk_rate", "Disk traffic", RATE, columns=("disk_read_rate", "disk_write_rate")),
        Metric("disk_read_rate", "Read", RATE),
        Metric("disk_write_rate", "Written", RATE),
        Metric("swap_percent", "Swap", PERCENT),
        Metric("swap_rate", "Swapping", RATE),
        Metric("temperature", "Temperature", CELSIUS),
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
        Metric("worst_percent", "Database connections", PERCENT),
        Metric("pool_percent", "In use by requests", PERCENT),
        Metric("connections_percent", "Open at the server", PERCENT, platform=True),
        Metric("pool_in_use", "Connections in use", COUNT),
        Metric("pool_peak", "Most in use", COUNT),
        Metric("pool_waiting", "Requests waiting", COUNT),
        Metric("pool_wait_ms", "Wait for a connection", MILLISECONDS),
        Metric("connections", "Server connections", COUNT, platform=True),
        Metric("connect_ms", "Connect", MILLISECONDS),
        Metric("read_ms", "Database read", MILLISECONDS),
        Metric("write_ms", "Database write", MILLISECONDS),
        Metric("size", "Size", BYTES, platform=True),
        Metric("query_rate", "Statements", PER_SECOND),
        Metric("query_p50_ms", "Statement, median", MILLISECONDS),
        Metric("query_p95_ms", "Statement, p95", MILLISECONDS),
        Metric("slow_rate", "Slow statements", PER_MINUTE),
        Metric("query_error_rate", "Failed statements", PER_SECOND),
        Metric("dead_percent", "Dead rows, worst table", PERCENT, platform=True),
        Metric("commit_rate", "Commits", PER_SECOND, platform=True),
        Metric("rollback_rate", "Rollbacks", PER_SECOND, platform=True),
        Metric("hit_percent", "Cache hits", PERCENT, platform=True),
        Metric("dead_rows", "Dead rows", COUNT, platform=True),
        Metric("locks_waiting", "Locks waited for", COUNT, platform=True),
        Metric("long_transactions", "Transactions over a minute", COUNT, platform=True),
        Metric("longest_transaction", "Longest transaction", SECONDS, platform=True),
        Metric("wal_size", "Write-ahead log", BYTES, platform=True),
        Metric("file_size", "File", BYTES),
        Metric("free_pages", "Free pages", COUNT),
    ),
)
APPLICATION = Category(
    "application",
    ApplicationSample,
    (
        Metric("request_rate", "Requests", PER_SECOND),
        Metric("latency_p50", "Latency, median", MILLISECONDS, support="request_count"),
        Metric("latency_p95", "Latency, p95", MILLISECONDS, support="request_count", least=10),
        Metric("latency_p99", "Latency, p99", MILLISECONDS, support="request_count"),
        Metric("error_percent", "Server errors", PERCENT, support="request_count", least=10, hits=3),
        Metric("client_error_percent", "Client errors", PERCENT, support="request_count"),
        Metric("request_count", "Requests in the interval", COUNT),
        Metric("in_flight", "Requests in hand", COUNT),
        Metric("response_bytes_p95", "Size of an answer, p95", BYTES, support="request_count"),
        Metric("outside_ms", "Wait for others' servers", MILLISECONDS, support="request_count", least=10),
        Metric("cpu_percent", "CPU of the product", PERCENT),
        Metric("rss", "Memory of the product", BYTES),
        Metric("rss_worst", "Largest process", BYTES),
        Metric("processes", "Processes", COUNT),
        Metric("web_processes", "Web processes", COUNT),
        Metric("worker_processes", "Worker processes", COUNT),
        Metric("threads", "Threads", COUNT),
        Metric("open_files", "Open files", COUNT),
        Metric("open_files_percent", "Open files, worst process", PERCENT),
        Metric("uptime_least", "Youngest process", SECONDS),
        Metric("monitor_percent", "CPU of the sampler", PERCENT),
    ),
)
CACHE = Category(
    "cache",
    CacheSample,
    (
        Metric("hit_percent", "Cache hits", PERCENT, support="lookup_count", least=100),
        Metric("local_hit_percent", "Hits in local memory", PERCENT, support="lookup_count"),
        Metric("shared_hit_percent", "Hits in Redis", PERCENT),
        Metric("lookup_count", "Lookups in the interval", COUNT),
        Metric("lookup_rate", "Lookups", PER_SECOND),
        Metric("write_rate", "Writes", PER_SECOND),
        Metric("eviction_rate", "Evictions", PER_SECOND),
        Metric("local_entries", "Entries in local memory", COUNT),
        Metric("local_bytes", "Local memory", BYTES),
        Metric("local_percent", "Fullest local tier", PERCENT),
        Metric("shared_bytes", "Memory of Redis", BYTES, platform=True),
        Metric("shared_percent", "Memory of Redis in use", PERCENT, platform=True),
        Metric("shared_p50_ms", "Redis, median", MILLISECONDS),
        Metric("shared_p95_ms", "Redis, p95", MILLISECONDS),
        Metric("breakers_open", "Processes without Redis", COUNT),
        Metric("compute_rate", "Results computed", PER_SECOND),
        Metric("compute_ms", "Computation, mean", MILLISECONDS),
        Metric("joined_rate", "Callers that waited for another", PER_SECOND),
        Metric("stale_rate", "Stale results", PER_SECOND),
    ),
)
TASKS = Category(
    "tasks",
    TaskSample,
    (
        Metric("waiting", "Jobs waiting", COUNT, platform=True),
        Metric("waiting_interactive", "Interactive jobs waiting", COUNT, platform=True),
        Metric("waiting_normal", "Normal jobs waiting", COUNT, platform=True),
        Metric("waiting_bulk", "Bulk jobs waiting", COUNT, platform=True),
        Metric("oldest_seconds", "Longest wait", SECONDS, platform=True),
        Metric("drain_seconds", "Time to work off the queue", SECONDS, platform=True),
        Metric("wait_p50_seconds", "Wait, median", SECONDS, platform=True),
        Metric("wait_p95_seconds", "Wait, p95", SECONDS, platform=True),
        Metric("run_p50_seconds", "Run, median", SECONDS, platform=True),
        Metric("run_p95_seconds", "Run, p95", SECONDS, platform=True),
        Metric("finished_count", "Jobs finished in the interval", COUNT, platform=True),
        Metric("finished_rate", "Jobs finished", PER_SECOND, platform=True),
        Metric("failed_count", "Jobs failed", COUNT, platform=True),
        Metric("failed_percent", "Share of failed jobs", PERCENT, platform=True, support="finished_count", least=5),
        Metric("retried_count", "Attempts beyond the first", COUNT, platform=True),
        Metric("workers", "Workers", COUNT, platform=True),
        Metric("workers_busy", "Busy workers", COUNT, platform=True),
        Metric("workers_silent", "Silent workers", COUNT, platform=True),
        Metric("busy_percent", "Share of busy workers", PERCENT, platform=True),
        Metric("heartbeat_age", "Oldest heartbeat", SECONDS, platform=True),
    ),
)
CATEGORIES: Mapping[str, Category] = MappingProxyType(
    {category.name: category for category in (SYSTEM, APPLICATION, DATABASE, CACHE, TASKS)}
)
