"""Timing side by side: a difference of a few percent only shows in the median of interleaved pairs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from statistics import median

LEAST_PAIRS = 15


def seconds_of(work: Callable[[], object]) -> float:
    """Processor seconds of one call: what else runs on the machine counts only through the shared caches."""
    started = time.process_time()
    work()
    return time.process_time() - started


def median_ratios(
    base: Callable[[], object], others: Mapping[str, Callable[[], object]], pairs: int = LEAST_PAIRS
) -> dict[str, float]:
    """The time of each of ``others`` over that of ``base``: the median of pairs taken in turn, after a warm-up call."""
    for work in (base, *others.values()):
        work()
    ratios: dict[str, list[float]] = {name: [] for name in others}
    for _ in range(pairs):
        for name, work in others.items():
            bare = seconds_of(base)
            ratios[name].append(seconds_of(work) / bare)
    return {name: median(found) for name, found in ratios.items()}
