"""Glances inside this process, so that its samples can be taken in turns with ours."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from unittest import mock

READINGS = {"cpu", "percpu", "load", "mem", "memswap", "fs", "diskio", "network"}
PROCESSES = {"processcount", "processlist"}


def samples(home: str) -> tuple[Callable[[], None], Callable[[], None]]:
    """One sample of what our tick reads of the system; and one with the processes besides.

    Glances gives old figures to who asks again within two seconds (of file systems within a minute). Here each sample
    is a fresh one, as each of ours is; what it keeps of the processes for a minute, it keeps.
    """
    with mock.patch.dict(os.environ, HOME=home), mock.patch.object(sys, "argv", ["glances"]):
        try:
            from glances.cpu_percent import cpu_percent
            from glances.main import GlancesMain
            from glances.stats import GlancesStats
        except ImportError:
            raise SystemExit("Glances is missing: pip install -r requirements-bench.txt") from None
        core = GlancesMain()
        stats = GlancesStats(config=core.get_config(), args=core.get_args())
    enabled = stats.getPluginsList(enable=True)
    missing = (READINGS | PROCESSES) - set(enabled)
    if missing:
        raise SystemExit(f"This Glances does not sample {', '.join(sorted(missing))}.")
    cpu_percent.cached_timer_cpu = 0
    plugins = {name: stats._plugins[name] for name in enabled}
    for plugin in plugins.values():
        plugin.set_limits("refresh", 0)

    def sampler_of(wanted: set[str]) -> Callable[[], None]:
        chosen = [plugins[name] for name in enabled if name in wanted]

        def sample() -> None:
            for plugin in chosen:  # what GlancesStats.update does with each
                plugin.update()
                plugin.update_views()
                plugin.update_stats_history()

        return sample

    return sampler_of(READINGS), sampler_of(READINGS | PROCESSES)
