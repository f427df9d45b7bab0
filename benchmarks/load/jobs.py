"""The same nothing as a job and as a bare task."""

from __future__ import annotations

from typing import Any

from tasks.registry import JobContext, job


@job("benchmarks.nothing", result_ttl=0)
def nothing(ctx: JobContext, parameters: dict[str, Any]) -> dict[str, Any]:
    """Does nothing."""
    return {}


def bare() -> None:
    """Does nothing, too."""
