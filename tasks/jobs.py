"""The one job of this app: an operator's proof that background work gets done."""

from __future__ import annotations

import time
from typing import Any

from tasks.choices import Priority
from tasks.registry import JobContext, job
from valor.lib.errors import InvalidInput

LONGEST = 600.0


def checked(parameters: dict[str, Any]) -> dict[str, Any]:
    """How long to count, and a mark that tells one test from another."""
    seconds = parameters.get("seconds", 1.0)
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds <= LONGEST:
        raise InvalidInput.at("seconds", seconds, "This is not a time it can count for.", f"Use 0 to {LONGEST:g}.")
    return {"seconds": float(seconds), "mark": str(parameters.get("mark", ""))}


@job(
    "tasks.selftest",
    title="Self-test",
    priority=Priority.INTERACTIVE,
    timeout=LONGEST + 60,
    result_ttl=0,
    parameters=checked,
)
def selftest(ctx: JobContext, parameters: dict[str, Any]) -> dict[str, Any]:
    """Counts to a number, slowly, with progress."""
    steps = max(1, round(parameters["seconds"] * 20))
    for step in range(steps):
        ctx.progress(step, steps, "Counting")
        time.sleep(parameters["seconds"] / steps)
    return {"counted": steps, "attempt": ctx.attempt}
