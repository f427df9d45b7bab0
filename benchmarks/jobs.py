"""Background jobs against the bare queue below them, and a large simulation on one worker and on two.

throughput_ratio, throughput_ratio_redis
    Jobs that do nothing a second, over bare Django-Q tasks that do nothing a second, by the same cluster of two
    workers: on SQLite with the broker in the database, and on PostgreSQL with Redis. Bare tasks are stored as by
    default.
start_ms_p50_sqlite, start_ms_p50_redis
    Milliseconds from the submit of a single job to its start, the median.
progress_overhead
    The share of a simulation of 20,000,000 trials in one worker that goes into reporting progress and keeping pieces.
scaling_ratio
    How much faster two workers run a simulation of 20,000,000 trials than one, over how much faster two bare NumPy
    processes draw random numbers than one. The results are compared, too, and must be the same.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.load.installation import ROOT, Installation
from benchmarks.registry import Figures, benchmark

ROUNDS = 7
BURST = 150
STARTS = 25
TRIALS = 20_000_000
EXAMPLE = ROOT / "examples" / "tesla_2013.json"
SCALING_ROUNDS = 3
DRAW = """
import sys, numpy
generator, buffer = numpy.random.Generator(numpy.random.SFC64(1)), numpy.empty(16_000)
print(flush=True)
sys.stdin.readline()
for _ in range(int(sys.argv[1])):
    generator.standard_normal(out=buffer)
"""
DRAWS = 8_000


@benchmark("jobs", "background jobs against the bare queue, and a simulation on one worker and on two")
def measure() -> Figures:
    from tests import services

    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sqlite = of_queue(home / "queue", "sqlite")
        large = of_simulation(home)
        with services.running() as servers:
            redis = of_queue(home / "servers", "redis", **servers)
    queue = sqlite | redis
    return {
        "throughput_ratio": queue["sqlite_throughput"],
        "throughput_ratio_redis": queue["redis_throughput"],
        "start_ms_p50_sqlite": queue["sqlite_start"],
        "start_ms_p50_redis": queue["redis_start"],
        **large,
    }


def of_queue(home: Path, name: str, **servers: str) -> Figures:
    with Installation(home, 2, **servers) as installation:
        # In seconds: the smaller, the more a second.
        ratios = [installation.ask("bare", BURST) / installation.ask("jobs", BURST) for _ in range(ROUNDS)]
        return {f"{name}_throughput": median(ratios), f"{name}_start": installation.ask("start_ms", STARTS)}


def of_simulation(home: Path) -> Figures:
    parameters = simulation(TRIALS)
    with Installation(home / "one", 1) as one, Installation(home / "two", 2) as two:
        gains, bare_gains = [], []
        for _ in range(SCALING_ROUNDS):
            alone, shared = (place.ask("run", "modeling.simulate", parameters) for place in (one, two))
            same(alone["result"], shared["result"])
            gains.append(alone["seconds"] / shared["seconds"])
            bare_gains.append(2 * drawing(1) / drawing(2))
        measured = one.ask("run", "benchmarks.measured", parameters)["result"]
    return {"progress_overhead": measured["share"], "scaling_ratio": median(gains) / median(bare_gains)}


def simulation(trials: int) -> dict[str, Any]:
    """What a job is asked that simulates the documented example: Tesla in 2013."""
    return {"document": json.loads(EXAMPLE.read_text()), "trials": trials, "seed": 1, "sampler": "sobol"}


def same(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Identical to the last bit, apart from the time they took."""
    if one | {"seconds": 0} != other | {"seconds": 0}:
        raise AssertionError("Two workers and one disagree about the result.")


def drawing(processes: int) -> float:
    """Seconds until so many processes, each for itself, have drawn the same many numbers."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", DRAW, str(DRAWS)]
    crew = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(processes)]
    for member in crew:
        assert member.stdout is not None
        member.stdout.readline()
    return timed(lambda: [member.communicate("\n") for member in crew])


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
