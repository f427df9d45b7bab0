"""What the rules look at: the last samples and what lies behind them. Plain data; what is not known is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Trace = tuple[tuple[float, float], ...]  # seconds, value


@dataclass(frozen=True)
class Row:
    """A row of figures, or a member of its ``detail``; whatever is no figure counts as not known."""

    values: Mapping[str, Any] = field(default_factory=dict)

    def get(self, name: str) -> float | None:
        value = self.values.get(name)
        return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None

    def of(self, name: str) -> float:
        """The figure, or nothing: for sums and for "more than"."""
        return self.get(name) or 0.0

    def over(self, name: str, limit: float) -> bool:
        """Known, and at least so much."""
        value = self.get(name)
        return value is not None and value >= limit

    def under(self, name: str, limit: float) -> bool:
        """Known, and less."""
        value = self.get(name)
        return value is not None and value < limit

    def text(self, name: str) -> str:
        value = self.values.get(name)
        return "" if value is None else str(value)

    def members(self, name: str) -> tuple[Row, ...]:
        """The rows of a list in ``detail``; without the list there are none."""
        detail = self.values.get("detail")
        found = detail.get(name) if isinstance(detail, Mapping) else None
        return tuple(Row(member) for member in found if isinstance(member, Mapping)) if isinstance(found, list) else ()

    def __bool__(self) -> bool:
        return bool(self.values)


EMPTY = Row()


@dataclass(frozen=True)
class Memory:
    """The resident memory of one process of ours over the last hour."""

    role: str
    pid: int
    rss: Trace


@dataclass(frozen=True)
class Host:
    """The last, fresh sample of each category that a host took; ``traces`` are columns over the last hour.

    ``busy`` are the processes behind its alerts (pid, name, command, cpu, rss, ours): empty while nothing is wrong.
    """

    name: str
    system: Row = EMPTY
    application: Row = EMPTY
    database: Row = EMPTY
    cache: Row = EMPTY
    tasks: Row = EMPTY
    memory: tuple[Memory, ...] = ()
    traces: Mapping[str, Trace] = field(default_factory=dict)
    busy: tuple[Row, ...] = ()

    @property
    def cores(self) -> int:
        return max(1, round(self.system.get("cpu_count") or 1))

    @property
    def routes(self) -> tuple[Row, ...]:
        return self.application.members("routes")


@dataclass(frozen=True)
class Slow:
    """A statement that was slow within a day; ``advice`` are rows of kind, what, why, how, effect, checked."""

    fingerprint: str
    gist: str
    count: int
    worst: float
    usual: float | None
    line: str
    routes: Mapping[str, int]
    last_seen: datetime
    advice: tuple[Row, ...] = ()


@dataclass(frozen=True)
class Repeated:
    """A statement that a request or job ran too often in one go, within a day."""

    route: str
    kind: str
    fingerprint: str
    gist: str
    sightings: int
    worst: int
    line: str
    last_seen: datetime


@dataclass(frozen=True)
class JobKind:
    """What became of a kind of job within the last hour, and how it was declared. Times are in seconds."""

    kind: str
    title: str
    priority: int
    timeout: float
    splits: bool
    finished: int
    failed: int
    timed_out: int
    run_p95: float | None
    error: str = ""


@dataclass(frozen=True)
class Table:
    """A table whose statistics the server keeps: rows, and how many changed since they were taken."""

    name: str
    rows: int
    changed: int


@dataclass(frozen=True)
class Limits:
    """The settings that a cure may name."""

    vendor: str = "sqlite"
    workers: int = 2
    web_processes: int = 1
    pool: int | None = None
    slow_seconds: float = 1.0
    repeated: int = 10
    cache_entries: int = 1000
    cache_bytes: int = 64_000_000
    shared_cache: bool = False


@dataclass(frozen=True)
class Facts:
    now: datetime
    hosts: tuple[Host, ...] = ()
    slow: tuple[Slow, ...] = ()
    repeated: tuple[Repeated, ...] = ()
    kinds: tuple[JobKind, ...] = ()
    tables: tuple[Table, ...] = ()
    blockers: tuple[Row, ...] = ()  # pid, seconds, state, application, statement of who holds what others wait for
    limits: Limits = Limits()

    @property
    def tasks(self) -> Row:
        """Background work is the same whichever host looks: the first that does."""
        return next((host.tasks for host in self.hosts if host.tasks), EMPTY)

    @property
    def cores(self) -> int:
        return sum(host.cores for host in self.hosts) or 1

    @property
    def cpu(self) -> float | None:
        """The busiest host's CPU in percent."""
        known = [value for host in self.hosts if (value := host.system.get("cpu_percent")) is not None]
        return max(known, default=None)

    @property
    def request_seconds(self) -> float:
        """What all routes took together in the last interval."""
        return sum(route.of("seconds") for host in self.hosts for route in host.routes)

    def route(self, name: str) -> Row:
        """The requests of a route in the last interval, on the host that spent most on it."""
        found = [route for host in self.hosts for route in host.routes if route.text("route") == name]
        return max(found, key=lambda route: route.of("seconds"), default=EMPTY)

    def job(self, kind: str) -> Row:
        """The jobs of a kind in the last interval."""
        found = [job for host in self.hosts for job in host.application.members("kinds") if job.text("kind") == kind]
        return max(found, key=lambda job: job.of("seconds"), default=EMPTY)

    def age(self, moment: datetime) -> float:
        """Seconds from a moment to now."""
        return max(0.0, (self.now - moment).total_seconds())
