"""The same nothing as a job and as a bare task."""

from __future__ import annotations

import time
from typing import Any

from tasks.registry import JobContext, job


@job("benchmarks.nothing", result_ttl=0)
def nothing(ctx: JobContext, parameters: dict[str, Any]) -> dict[str, Any]:
    """Does nothing."""
    return {}


@job("benchmarks.measured", result_ttl=0)
def measured(ctx: JobContext, parameters: dict[str, Any]) -> dict[str, Any]:
    """A simulation by one worker; the share of its time that goes into progress and pieces."""
    from modeling.jobs import pieces, simulation_for

    simulation, watch = simulation_for(parameters), Stopwatch(ctx)
    started = time.perf_counter()
    simulation.reduce(pieces(watch, simulation, 0, simulation.segments, keep_all=False))
    return {"share": watch.seconds / (time.perf_counter() - started)}


class Stopwatch(JobContext):
    """Times the calls of a context."""

    def __init__(self, ctx: JobContext) -> None:
        self.__dict__ = ctx.__dict__ | {"seconds": 0.0}
        self.seconds = 0.0

    def progress(self, *arguments: Any) -> None:
        started = time.perf_counter()
        super().progress(*arguments)
        self.seconds += time.perf_counter() - started

    def checkpoint(self, data: bytes) -> None:
        started = time.perf_counter()
        super().checkpoint(data)
        self.seconds += time.perf_counter() - started


def bare() -> None:
    """Does nothing, too."""
