"""Looks for advice after each sample, and takes the measures of actions whose effect shows with time.

While the platform starts nothing is advised: the workers are still on their way.
"""

from __future__ import annotations

from performance.actions.services import close_orphans, measure_due
from performance.analysis.rules import findings
from performance.checks import starting
from performance.chores import Chore, Tick, register
from performance.facts import Busy, gather
from performance.probes.walk import Walker
from performance.recommendations.services import refresh

# From here on it is worth a walk to see who takes the CPU or the memory.
BUSY_CPU, BUSY_CORE, BUSY_MEMORY = 75.0, 95.0, 85.0


@register
class Advise(Chore):
    """On one host, for the whole platform; only that host's processes are walked."""

    name = "advise"

    def __init__(self) -> None:
        self.walker = Walker()

    def run(self, tick: Tick) -> None:
        if not tick.lead or starting(tick.taken_at):
            return
        refresh(findings(gather(tick.taken_at, self.busy(tick))), tick.taken_at, tick.interval)
        measure_due(tick.taken_at)
        close_orphans(tick.taken_at)

    def busy(self, tick: Tick) -> Busy:
        system = tick.rows.get("system", {})
        limits = {"cpu_percent": BUSY_CPU, "cpu_worst_core": BUSY_CORE, "memory_percent": BUSY_MEMORY}
        if any((system.get(name) or 0.0) >= limit for name, limit in limits.items()):
            return {tick.host: self.walker.walk()}
        return {}
