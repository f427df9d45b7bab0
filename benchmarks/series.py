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
from pathlib import Path
from typing import Any

from benchmarks.load.server import ROOT
from benchmarks.registry import Figures, benchmark
from tests.services import running


class Building:
    """A process that builds a year in a database of its own, and asks when it is told to."""

    def __init__(self, home: str, **environment: str) -> None:
        ours = ("DATABASE_", "REDIS_", "VALOR_")
        keep = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        settings = {"VALOR_HOME": home, "DJANGO_SETTINGS_MODULE": "valor.settings", "LOG_LEVEL": "ERROR"}
        command = [sys.executable, "-m", "benchmarks.load.year"]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=keep | settings | environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def built(self) -> None:
        assert self.process.stdout is not None
        if not self.process.stdout.readline():
            raise SystemExit("The year could not be built.")

    def asked(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.process.communicate("ask\n")[0])
        return answer


def years(**databases: str) -> dict[str, dict[str, Any]]:
    """Both are built at once; they are asked one after the other, with the machine to themselves."""
    with tempfile.TemporaryDirectory() as home:
        at_work = {}
        try:
            for kind, url in databases.items():
                folder = Path(home) / kind
                folder.mkdir()
                at_work[kind] = Building(str(folder), **({"DATABASE_URL": url} if url else {}))
            for building in at_work.values():
                building.built()
            return {kind: building.asked() for kind, building in at_work.items()}
        finally:
            for building in at_work.values():
                building.process.kill()
                building.process.wait()


@benchmark("series", "a year of two hosts: its slowest question, and the bytes of each figure")
def measure() -> Figures:
    with running() as urls:
        found = years(sqlite="", postgresql=urls["DATABASE_URL"])
    figures = {f"{name}_{kind}": told[name] for kind, told in found.items() for name in ("worst_ms", "p95_ms")}
    each = {kind: told["bytes_per_figure"] for kind, told in found.items()}
    return {
        **figures,
        "bytes_per_figure": max(each.values()),
        **{f"bytes_per_figure_{kind}": size for kind, size in each.items()},
        **{f"build_seconds_{kind}": told["build_seconds"] for kind, told in found.items()},
    }
