"""The same nothing as a job and as a bare task."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

from tasks.registry import JobContext, job


@job("benchmarks.nothing", result_ttl=0)
def nothing(ctx: JobContext, parameters: dict[str, Any]) -> dict[str, Any]:
    """Does nothing."""
    return {}


@job("benchmarks.measured", result_ttl=0)
def measured(ctx: JobContext, parameters: dict[str, Any]) -> dict[str, Any]:
    """A simulation by one worker; the share of its time that goes into progress and pieces."""
    from modeling.engines.simulation.partial import Partial
    from modeling.jobs.simulations import pieces, simulation_for

    simulation = simulation_for(parameters)
    spent = [0.0]
    with ExitStack() as watched:
        for owner, name in ((JobContext, "progress"), (JobContext, "checkpoint"), (Partial, "to_bytes")):
            watched.enter_context(patch.object(owner, name, timed(getattr(owner, name), spent)))
        started = time.perf_counter()
        simulation.reduce(pieces(ctx, simulation, 0, simulation.segments, keep_all=False))
        return {"share": spent[0] / (time.perf_counter() - started)}


def timed(call: Callable[..., Any], spent: list[float]) -> Callable[..., Any]:
    """The same call, its seconds added to *spent*."""

    def watched(*arguments: Any) -> Any:
        started = time.perf_counter()
        try:
            return call(*arguments)
        finally:
            spent[0] += time.perf_counter() - started

    return watched


def bare() -> None:
    """Does nothing, too."""
