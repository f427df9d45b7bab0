"""A year for two hosts, as default retention leaves it: how long its questions take, and how much room it needs.

worst_ms_sqlite, worst_ms_postgresql
    Milliseconds from the question to the aligned arrays, six fields of one category: the median of each range from an
    hour to a year, over all categories and both hosts; the worst range. p95_ms_* is the worst 95th percentile.
bytes_per_figure
    Bytes of the tables and indexes, over the stored numbers: each known column of a sample, and each least, mean and
    greatest value of a rollup; of the two databases the worse. The samples' detail (two days of it, of a busy host)
    counts as bytes and not as figures. The tables are as they were filled, indexes in place, without the slack that
    years of pruning leave.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from typing import Any

from benchmarks.load.server import ROOT
from benchmarks.registry import Figures, benchmark
from tests.services import running


def year(**environment: str) -> dict[str, Any]:
    """Builds and asks in a process of its own."""
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "REDIS_", "VALOR_"))}
    with tempfile.TemporaryDirectory() as home:
        ours = {"VALOR_HOME": home, "DJANGO_SETTINGS_MODULE": "valor.settings", "LOG_LEVEL": "ERROR", **environment}
        command = [sys.executable, "-m", "benchmarks.load.year"]
        done = subprocess.run(command, cwd=ROOT, env=keep | ours, check=True, stdout=subprocess.PIPE)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@benchmark("series", "a year of two hosts: its slowest question, and the bytes of each figure")
def measure() -> Figures:
    with running() as urls:
        found = {"sqlite": year(), "postgresql": year(DATABASE_URL=urls["DATABASE_URL"])}
    figures = {f"{name}_{kind}": told[name] for kind, told in found.items() for name in ("worst_ms", "p95_ms")}
    each = {kind: told["bytes_per_figure"] for kind, told in found.items()}
    return {
        **figures,
        "bytes_per_figure": max(each.values()),
        **{f"bytes_per_figure_{kind}": size for kind, size in each.items()},
        **{f"build_seconds_{kind}": told["build_seconds"] for kind, told in found.items()},
    }
