"""Which processes of this host are busiest and largest: for whoever looks for the culprit of a trouble.

A walk looks at every process of the machine, so it is no probe: it is done only while something is wrong.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psutil
from django.utils import timezone

from performance.lease import this_host
from performance.probes import commands
from performance.reporter import living

# A mean over more than this would hide who is busy now; the walk then looks twice.
LONGEST = 180.0
GLANCE_SECONDS = 0.2

Roles = Callable[[], Mapping[int, str]]
Key = tuple[int, float]


@dataclass(frozen=True)
class Seen:
    """A process as it was met: seconds of CPU since its start, bytes of resident memory."""

    process: psutil.Process
    busy: float
    rss: int

    @property
    def key(self) -> Key:
        """A number is given to another process after the end of the first; the start tells them apart."""
        return self.process.pid, self.process.create_time()


def our_processes() -> Mapping[int, str]:
    """The role of each process of this host that publishes readings, by its number."""
    return dict(living(timezone.now()).filter(host=this_host()).values_list("pid", "role"))


class Walker:
    """Keeps the counters of one walk until the next, so that CPU is that of the time between."""

    def __init__(self, roles: Roles = our_processes, clock: Callable[[], float] = time.monotonic) -> None:
        self.roles, self.clock = roles, clock
        self.last: dict[Key, float] = {}
        self.at: float | None = None

    def walk(self, limit: int = 5) -> list[dict[str, Any]]:
        """The *limit* busiest processes, the busiest first; then the largest in memory that are not among them.

        ``cpu`` is in percent of one core since this walker's last walk. Where that is long ago, or was never, it is
        that of a fifth of a second now.
        """
        if self.at is None or self.clock() - self.at > LONGEST:
            self.look()
            time.sleep(GLANCE_SECONDS)
        before, since = self.last, self.at or 0.0
        found = self.look()
        seconds = max((self.at or 0.0) - since, 1e-3)
        # One that was not there at the last walk has spent all its time since.
        cpu = {seen.key: 100 * max(0.0, seen.busy - before.get(seen.key, 0.0)) / seconds for seen in found}
        busiest = sorted(found, key=lambda seen: (-cpu[seen.key], -seen.rss))[:limit]
        largest = sorted(found, key=lambda seen: -seen.rss)[:limit]
        chosen = {seen.key: seen for seen in [*busiest, *largest]}
        roles = self.roles()
        told = [described(seen, round(cpu[key], 1), roles) for key, seen in chosen.items()]
        return [process for process in told if process]

    def look(self) -> list[Seen]:
        """Every process, with its counters kept for the next look; one that ends meanwhile is left out."""
        self.at = self.clock()
        found = [seen for process in psutil.process_iter() if (seen := met(process))]
        self.last = {seen.key: seen.busy for seen in found}
        return found


def met(process: psutil.Process) -> Seen | None:
    try:
        times = process.cpu_times()
        return Seen(process, times.user + times.system, process.memory_info().rss)
    except psutil.Error:
        return None


def described(seen: Seen, cpu: float, roles: Mapping[int, str]) -> dict[str, Any] | None:
    process = seen.process
    try:
        with process.oneshot():
            return {
                "pid": process.pid,
                "name": commands.name_of(process),
                "command": commands.command_of(process),
                "cpu": cpu,
                "rss": seen.rss,
                "threads": process.num_threads(),
                "started_at": datetime.fromtimestamp(process.create_time(), tz=UTC).isoformat(timespec="seconds"),
                "ours": roles.get(process.pid, ""),
            }
    except psutil.Error:
        return None
