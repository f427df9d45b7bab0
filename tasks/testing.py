"""Runs queued jobs in the calling process, through the very code a worker runs; for tests."""

from __future__ import annotations

from tasks import runner


def run_pending(limit: int = 1000) -> int:
    """Claims and runs queued jobs, best first, until none is left; how many it ran."""
    count = 0
    while count < limit and runner.run_one():
        count += 1
    return count
