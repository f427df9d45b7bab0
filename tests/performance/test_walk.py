"""The walk over the host's processes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from performance.probes.walk import SECRET, Walker

SPIN = "while True: pass"
HOLD = "held = bytearray(150_000_000); print('held', flush=True); input()"


@contextmanager
def running(*command: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def spin(process: subprocess.Popen[str], seconds: float) -> None:
    """Waits until the process has used so much more of the processor, however busy the machine is."""
    seen = psutil.Process(process.pid)
    until = seen.cpu_times().user + seconds
    while seen.cpu_times().user < until:
        time.sleep(0.01)


def test_a_process_that_spins_is_told_with_its_share_and_its_role_the_busiest_first() -> None:
    with running(sys.executable, "-c", SPIN) as hog:
        walker = Walker(lambda: {hog.pid: "worker"})
        walker.walk()
        spin(hog, 0.3)
        found = walker.walk(limit=3)
    told = next(process for process in found if process["pid"] == hog.pid)
    assert told["cpu"] > 0
    assert SPIN in told["command"]
    assert told["ours"] == "worker"
    assert told["threads"] == 1 and told["rss"] > 1_000_000 and told["started_at"].endswith("+00:00")
    cpus = [process["cpu"] for process in found[:3]]
    assert cpus == sorted(cpus, reverse=True)


def test_the_first_walk_looks_twice_so_that_it_knows_who_is_busy() -> None:
    looks: list[int] = []

    class Counting(Walker):
        def look(self):
            looks.append(1)
            return super().look()

    walker = Counting(dict)
    walker.walk()
    assert len(looks) == 2
    walker.walk()
    assert len(looks) == 3


def test_a_large_process_that_idles_is_told_after_the_busy_ones() -> None:
    with running(sys.executable, "-c", HOLD) as large:
        assert large.stdout and large.stdout.readline()
        told = Walker(dict).walk(limit=40)
    assert any(process["pid"] == large.pid and process["rss"] > 150_000_000 for process in told)


def test_the_second_walk_tells_of_the_time_since_the_first() -> None:
    moment = [0.0]
    walker = Walker(dict, clock=lambda: moment[0])
    with running(sys.executable, "-c", SPIN) as hog:
        walker.walk()
        moment[0] += 100.0  # as if the walk before was long ago: what was spent is little of that
        found = {process["pid"]: process["cpu"] for process in walker.walk(limit=500)}
    assert found[hog.pid] < 10


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("serve --password=abc --port 1", "serve --password=*** --port 1"),
        ("serve --api-key abc -v", "serve --api-key *** -v"),
        ("run postgres://me:pw@host/db", "run postgres://***host/db"),
        ("keys.py --fast", "keys.py --fast"),
    ],
)
def test_a_command_line_is_told_without_secrets(line: str, told: str) -> None:
    assert SECRET.sub(lambda match: f"{match[1] or ''}***", line) == told
