"""How old the values are that two processes read while both write."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from typing import Any

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
