"""Jobs that keep a machine busy are what it is there for: a CPU at its limit for their sake is no trouble.

It is one where programs other than our workers take more than half the machine, or would by themselves be beyond the
limit: requests and the database then wait for CPU. A single core is busy for one worker at most, and never for jobs
where a web process spins.
"""

from __future__ import annotations

from performance.alerts.models import Threshold
from performance.chores import Tick
from performance.models import Role

MOST_OF_OTHERS = 50.0  # percent of the machine
# Whether a figure is of all cores, so that each worker raises it by its share, or of one core.
SHARED = {("system", "cpu_percent"): True, ("system", "cpu_worst_core"): False}


def excused(tick: Tick, threshold: Threshold, value: float | None) -> bool:
    """Whether the host's own workers are why the figure is beyond the warning level; what is not needs no excuse."""
    key, system = (threshold.category, threshold.metric), tick.rows.get("system", {})
    cpu, cores = system.get("cpu_percent"), system.get("cpu_count")
    if key not in SHARED or value is None or cpu is None or not cores:
        return False
    workers, others = taken(tick)
    limit, share = threshold.rule, cores if SHARED[key] else 1
    if not any(workers) or not limit.beyond(value, threshold.warning):
        return False
    if any(limit.beyond(other / share, threshold.warning) for other in others):
        return False
    without = value - (sum(workers) if SHARED[key] else max(workers)) / share
    return cpu - sum(workers) / cores <= MOST_OF_OTHERS and not limit.beyond(without, threshold.warning)


def taken(tick: Tick) -> tuple[list[float], list[float]]:
    """What each of the host's workers, and each other process of ours, took of one core, in percent.

    As they published it between this sample and the last.
    """
    processes = tick.rows.get("application", {}).get("detail", {}).get("processes") or []
    ours = [each for each in processes if each.get("host") == tick.host]
    workers = [each.get("cpu") or 0.0 for each in ours if each.get("role") == Role.WORKER]
    return workers, [each.get("cpu") or 0.0 for each in ours if each.get("role") != Role.WORKER]
