"""How old the values are that two processes read while both write."""

from __future__ import annotations

import bisect
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

Write = tuple[int, int, float, float]
Read = tuple[Any, float]


def staleness(writes: Sequence[Write], reads: Sequence[Read]) -> Iterator[float]:
    """For each read the seconds since a value later than the one read had certainly been written; 0 for the newest.

    A write is (process, step, start, end), a read (the value: process and step, time), all on one clock. Of two
    writes the one that began after the other's end is certainly the later; writes that overlap may be in either order.
    """
    at = {(process, step): (start, end) for process, step, start, end in writes}
    by_start = sorted((start, end) for start, end in at.values())
    starts = [start for start, _ in by_start]
    # The earliest end among the writes from a position on.
    earliest = [end for _, end in by_start]
    for index in range(len(earliest) - 2, -1, -1):
        earliest[index] = min(earliest[index], earliest[index + 1])
    for value, time in reads:
        if value is None or tuple(value) not in at:
            continue
        index = bisect.bisect_right(starts, at[tuple(value)][1])
        yield max(0.0, time - earliest[index]) if index < len(earliest) else 0.0


def watched(url: str, space: str, seconds: float) -> list[float]:
    """Two processes of `benchmarks.caching.loop` for *seconds*; the staleness of each of their reads, in seconds."""
    ours = {"DJANGO_SETTINGS_MODULE": "valor.settings", "REDIS_URL": url, "CACHE_SPACE": space}
    command = [sys.executable, "-m", "benchmarks.caching.loop"]
    processes = [
        subprocess.Popen(
            [*command, str(mine), str(seconds)],
            env=os.environ | ours,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for mine in (0, 1)
    ]
    for process in processes:
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise RuntimeError("A process of the loop did not start.")
    found = [json.loads(process.communicate()[0]) for process in started(processes)]
    return list(staleness([write for writes, _ in found for write in writes], [r for _, reads in found for r in reads]))


def started(processes: Sequence[subprocess.Popen[str]]) -> Sequence[subprocess.Popen[str]]:
    """Sets all off before the first is waited for."""
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return processes
