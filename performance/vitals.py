"""What each process says about itself: processor time, memory, threads, open files."""

from __future__ import annotations

import resource
from contextlib import suppress
from typing import Any

import psutil

from performance.reporter import Publisher, Readings, register

NAME = "process"
# Memory moves all the time; the row is not to be written again for less.
MEGABYTE = 1_000_000


def read() -> Readings:
    """``cpu`` are seconds since the start, ``rss`` bytes in whole megabytes; ``files_limit`` may be None: no limit."""
    process = psutil.Process()
    readings: dict[str, Any] = {}
    with process.oneshot():
        times = process.cpu_times()
        readings["cpu"] = round(times.user + times.system, 1)
        readings["rss"] = round(process.memory_info().rss / MEGABYTE) * MEGABYTE
        readings["threads"] = process.num_threads()
        # Some systems tell this to administrators only.
        with suppress(psutil.AccessDenied):
            readings["files"] = process.num_fds()
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    readings["files_limit"] = limit if limit != resource.RLIM_INFINITY else None
    return readings


register(Publisher(NAME, lambda role: read()))
