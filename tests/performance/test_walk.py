"""The walk over the host's processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

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


def test_a_process_that_spins_is_told_first_with_its_share_and_its_role() -> None:
    with running(sys.executable, "-c", SPIN) as hog:
        walker = Walker(lambda: {hog.pid: "worker"})
        found = {process["pid"]: process for process in walker.walk(limit=3)}
    told = found[hog.pid]
    assert told["cpu"] > 10, "a share of the fifth of a second that the first walk looks"
    assert SPIN in told["command"]
    assert told["ours"] == "worker"
    assert told["threads"] == 1 and told["rss"] > 1_000_000 and told["started_at"].endswith("+00:00")
    cpus = [process["cpu"] for process in list(found.values())[:3]]
    assert cpus == sorted(cpus, reverse=True)


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
