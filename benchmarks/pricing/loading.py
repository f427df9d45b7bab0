"""Loading a panel of 500 tickers over ten years of days, against reading the same numbers from one binary file.

load_ratio_sqlite, load_ratio_postgresql
    The time from asking to the aligned panel, nothing kept anywhere, over that of `numpy.fromfile` for its 1.26 million
    numbers of 64 bits: the median of pairs taken in turn, each result dropped. Prices have cents, as exchanges quote
    them. The file then comes to little more than one copy of 10 MB within the processor's caches.
load_ratio
    The worse of the two.
load_ratio_new_memory_*
    The same with every result kept, so that each gets memory that the process has not used before. How dear that is
    differs from system to system and from moment to moment, and may hide all the rest: see both times.
load_ratio_exact_*
    The ratio for prices that need all 64 bits: four times as many bytes.
load_ms_*, file_ms_*
    Both in milliseconds.
point_update_ms_*, append_day_ms_*
    Milliseconds to change one price of one ticker, and to add a day of all 500; point_update_ms and append_day_ms are
    those of the slower database.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.load.server import ROOT
from benchmarks.registry import Figures
from tests.services import running

WORSE = ("load_ratio", "point_update_ms", "append_day_ms")


def measured(home: str, **environment: str) -> dict[str, Any]:
    """The figures of one database, by a process of its own."""
    ours = ("DATABASE_", "REDIS_", "VALOR_")
    keep = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    settings = {"VALOR_HOME": home, "DJANGO_SETTINGS_MODULE": "valor.settings", "LOG_LEVEL": "ERROR"}
    command = [sys.executable, "-m", "benchmarks.load.panel"]
    done = subprocess.run(
        command, cwd=ROOT, env=keep | settings | environment, text=True, stdout=subprocess.PIPE, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def figures() -> Figures:
    found = {}
    with running() as urls:
        for kind, environment in {"sqlite": {}, "postgresql": {"DATABASE_URL": urls["DATABASE_URL"]}}.items():
            with tempfile.TemporaryDirectory() as home:
                Path(home).chmod(0o700)
                found[kind] = measured(home, **environment)
    worse = {name: max(each[name] for each in found.values()) for name in WORSE}
    return worse | {f"{name}_{kind}": figure for kind, each in found.items() for name, figure in each.items()}
