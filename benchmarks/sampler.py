"""What the sampler costs, over Glances where both do the same.

glances_ratio
    Processor time of one tick's probing of the system (CPU, memory, load, swap, disk, network) over one sample of the
    same readings by Glances, its process plugins off.
walk_ratio
    Processor time of a walk over all processes, which is done only while something is wrong, over one sample by
    Glances with its process plugins.
probing_ms, glances_ms, walk_ms, glances_processes_ms
    The medians behind them.
tick_ms
    Processor time of a whole calm tick of the leading host: every probe, the rows stored, every chore. On SQLite, with
    days of samples and their rollups present (benchmarks.load.ticks); the median.
tick_queries
    Statements of such a tick, those of the probes aside.
rss_mb
    Resident memory of a real sampler with all chores, in millions of bytes, some ticks after its first alert, that no
    worker runs: then it holds all it needs to advise and to tell, which it does not while the platform starts.

The samples of both are taken in turns inside one process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import psutil

from benchmarks.load.glances import samples
from benchmarks.load.server import ROOT
from benchmarks.registry import Figures, benchmark
from benchmarks.timing import seconds_of

PAIRS = 60
TICKS = 6
PATIENCE = 120.0
TICKS_OF_AN_ALERT = """
SELECT count(*) FROM performance_systemsample WHERE taken_at > (SELECT min(fired_at) FROM performance_alert)
"""


def probing() -> Figures:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "valor.settings")
    django.setup()
    from performance.probes import probes_of
    from performance.probes.patience import Patience
    from performance.probes.walk import Walker

    probes = [probe for probe in probes_of("system") if probe.name != "processes"]  # Glances counts none here
    patience, walker = Patience(), Walker(dict)
    with tempfile.TemporaryDirectory() as home:
        plain, full = samples(home)
        work: dict[str, Callable[[], object]] = {
            "probing": lambda: patience.read(probes, time.monotonic()),
            "glances": plain,
            "walk": lambda: walker.walk(),  # noqa: PLW0108  mypy takes the method for a plain function
            "glances_processes": full,
        }
        for once in work.values():
            once()
        rounds = [{name: seconds_of(once) for name, once in work.items()} for _ in range(PAIRS)]
    return {
        "glances_ratio": median(found["probing"] / found["glances"] for found in rounds),
        "walk_ratio": median(found["walk"] / found["glances_processes"] for found in rounds),
        **{f"{name}_ms": 1000 * median(found[name] for found in rounds) for name in work},
    }


def ticks() -> Figures:
    """Measured in a process of its own, as its database is."""
    with tempfile.TemporaryDirectory() as home:
        database = {"VALOR_HOME": home, "DATABASE_URL": f"sqlite:///{Path(home) / 'ticks.sqlite3'}", "REDIS_URL": ""}
        environment = os.environ | database | {"DJANGO_SETTINGS_MODULE": "valor.settings", "LOG_LEVEL": "CRITICAL"}
        command = [sys.executable, "-m", "benchmarks.load.ticks"]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE)
    figures: Figures = json.loads(done.stdout)
    return figures


def memory() -> float:
    """Of a sampler as users run it, on a database file of its own."""
    with tempfile.TemporaryDirectory() as home:
        file = Path(home) / "samples.sqlite3"
        environment = os.environ | {"VALOR_HOME": home, "DATABASE_URL": f"sqlite:///{file}", "LOG_LEVEL": "CRITICAL"}
        manage = [sys.executable, str(ROOT / "manage.py")]
        subprocess.run([*manage, "migrate", "-v0", "--skip-checks"], cwd=ROOT, env=environment, check=True)
        sampler = subprocess.Popen([*manage, "sample_metrics", "--interval", "1"], cwd=ROOT, env=environment)
        try:
            wait_for_ticks(file)
            return float(psutil.Process(sampler.pid).memory_info().rss) / 1e6
        finally:
            sampler.kill()
            sampler.wait()


def wait_for_ticks(file: Path) -> None:
    """Until some ticks were stored after the first alert."""
    import sqlite3

    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        connection = sqlite3.connect(file, timeout=10)
        try:
            if connection.execute(TICKS_OF_AN_ALERT).fetchone()[0] >= TICKS:
                return
        finally:
            connection.close()
        time.sleep(0.2)
    raise SystemExit("The sampler stored no samples after an alert.")


@benchmark("sampler", "What the sampler's probing costs over Glances, and its memory")
def sampler() -> Figures:
    return probing() | ticks() | {"rss_mb": memory()}
