"""The cache: local reads, shared reads, forgetting by tag, staleness between processes, and what a journey hits.

Figures, each taken in one run before a Valkey of its own:

locmem_ratio_immutable
    The time of a read of Django's LocMemCache over that of a local hit of ours, 1 kB of text.
locmem_ratio_copy
    The same for a value that callers could change, so that each gets a copy.
shared_ratio
    The time of a read of the shared tier, the local one bypassed, over that of plain django-redis.
shared_fill_ratio
    The same where the local tier misses and keeps what came back, at the cost of an older entry.
tag_speedup
    The time of django-redis's ``delete_pattern`` over that of forgetting a tag, 100,000 keys each.
staleness_ms_p99
    Two processes write and read one key, pausing 1 ms after each read: how long before a read a later value than the
    one read had certainly been written, 99th percentile in milliseconds. ``staleness_ms_max`` is the worst.
hit_rate
    The share of cached functions' calls answered from the cache over the recorded demo journey, from empty.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import quantiles

from benchmarks.caching.staleness import ROOT, watched
from benchmarks.registry import Figures, benchmark
from tests.services import valkey

LOOP_SECONDS = 5.0


def figures_of(module: str, url: str, home: Path) -> Figures:
    """What a process of ours prints."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    ours = {
        "DJANGO_SETTINGS_MODULE": "valor.settings",
        "VALOR_HOME": str(home),
        "REDIS_URL": url,
        "ALLOWED_HOSTS": "testserver",
        "LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", f"benchmarks.caching.{module}"]
    done = subprocess.run(command, env=kept | ours, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    found: Figures = json.loads(done.stdout.splitlines()[-1])
    return found


@benchmark("cache", "the cache against Django's and django-redis, its coherence, and its hits over a journey")
def measure() -> Figures:
    with tempfile.TemporaryDirectory(prefix="valor-", dir="/tmp") as folder, valkey(Path(folder)) as server:
        home, url = Path(folder) / "home", server.url
        figures = figures_of("ratios", url, home)
        waits = [1000 * wait for wait in watched(url, "loop", LOOP_SECONDS)]
        figures |= {"staleness_ms_p99": quantiles(waits, n=100)[98], "staleness_ms_max": max(waits)}
        return figures | figures_of("journey", url, home)
