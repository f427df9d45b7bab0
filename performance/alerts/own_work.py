"""Jobs that keep a machine busy are what it is there for: a CPU at its limit for their sake is no trouble.

It is one where programs other than our workers take more than half the machine, or would by themselves be beyond the
limit: requests and the database then wait for CPU.
"""

from __future__ import annotations

from performance.alerts.models import Threshold
from performance.chores import Tick
from performance.models import Role

MOST_OF_OTHERS = 50.0  # percent of the machine
# By how much a worker that takes a core raises the figure: by that core's share of the machine, or all of a core.
SHARED = {("system", "cpu_percent"): True, ("system", "cpu_worst_core"): False}


def excused(tick: Tick, threshold: Threshold, value: float | None) -> bool:
    """Whether the host's own workers are why the figure is beyond the warning level; what is not needs no excuse."""
    key, system = (threshold.category, threshold.metric), tick.rows.get("system", {})
    cpu, cores = system.get("cpu_percent"), system.get("cpu_count")
    if key not in SHARED or value is None or cpu is None or not cores:
        return False
    jobs = of_workers(tick)
    if not jobs or not threshold.rule.beyond(value, threshold.warning):
        return False
    without = value - (jobs / cores if SHARED[key] else jobs)
    return cpu - jobs / cores <= MOST_OF_OTHERS and not threshold.rule.beyond(without, threshold.warning)


def of_workers(tick: Tick) -> float:
    """What the host's workers took of one core, in percent, as they published it between this sample and the last."""
    processes = tick.rows.get("application", {}).get("detail", {}).get("processes") or []
    ours = (each for each in processes if each.get("role") == Role.WORKER and each.get("host") == tick.host)
    return float(sum(each.get("cpu") or 0.0 for each in ours))
