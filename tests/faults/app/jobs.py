"""Jobs that take long, and one that keeps what it should give back."""

from __future__ import annotations

import time
from typing import Any

from tasks.registry import JobContext, job

kept: list[bytes] = []


@job("faults.slow", result_ttl=0)
def slow(ctx: JobContext, parameters: dict[str, Any]) -> dict[str, Any]:
    """Takes so many seconds."""
    time.sleep(parameters["seconds"])
    return {}


@job("faults.leak", result_ttl=0)
def leak(ctx: JobContext, parameters: dict[str, Any]) -> dict[str, Any]:
    """Keeps so many megabytes for ever."""
    kept.append(b"\1" * (parameters["megabytes"] * 1_000_000))
    time.sleep(parameters["seconds"])
    return {"kept": sum(map(len, kept))}
