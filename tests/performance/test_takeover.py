"""Two real samplers of one host: one samples, and the other takes over whatever becomes of the first."""

from __future__ import annotations

import fcntl
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MANAGE = [sys.executable, "manage.py"]
PATIENCE = 40.0


class Place:
    """A database of its own, and the samplers at work on it."""

    def __init__(self, home: Path) -> None:
        self.file = home / "samples.sqlite3"
        self.turn = home / "samples.sqlite3-turn"
        self.environment = os.environ | {"VALOR_HOME": str(home), "DATABASE_URL": f"sqlite:///{self.file}"}
        self.samplers: list[subprocess.Popen[bytes]] = []
        self.run("migrate", "-v0", "--skip-checks")

    def run(self, *arguments: str) -> None:
        subprocess.run([*MANAGE, *arguments], cwd=ROOT, env=self.environment, check=True, timeout=120)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [*MANAGE, "sample_metrics", *arguments]
        process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stderr=subprocess.DEVNULL)
        self.samplers.append(process)
        return process

    def ask(self, statement: str):
        connection = sqlite3.connect(self.file, timeout=10)
        try:
            return connection.execute(statement).fetchone()[0]
        finally:
            connection.close()

    def writable(self) -> bool:
        """Whether nobody writes, or has the turn to."""
        connection = sqlite3.connect(self.file, timeout=0, isolation_level=None)
        with closing(connection), self.turn.open("rb") as turn:
            try:
                fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
                connection.execute("BEGIN IMMEDIATE")
            except (BlockingIOError, sqlite3.OperationalError):
                return False
        return True

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """Stops a process between two of its writes. Within one it would keep SQLite's only lock for itself: whoever
        else writes would wait until it goes on, which is no matter of samplers."""

        def stopped() -> bool:
            process.send_signal(signal.SIGSTOP)
            os.waitpid(process.pid, os.WUNTRACED)  # a signal takes its time
            if self.writable():
                return True
            process.send_signal(signal.SIGCONT)
            return False

        self.wait_for(stopped)

    def samples(self) -> int:
        return self.ask("SELECT count(*) FROM performance_systemsample")

    def leader(self) -> int | None:
        held = self.ask("SELECT coalesce(max(holder), '') FROM performance_samplerlease")
        return int(held.split(":")[-2]) if held else None

    def wait_for(self, what: Callable[[], object]) -> None:
        until = time.monotonic() + PATIENCE
        while not what():
            assert time.monotonic() < until, "it never came"
            time.sleep(0.05)

    def more_samples(self) -> None:
        before = self.samples()
        self.wait_for(lambda: self.samples() >= before + 2)


@pytest.fixture
def place(tmp_path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    for process in made.samplers:
        process.kill()
        process.wait()


@pytest.fixture
def pair(place) -> tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]]:
    """The leader, and the one that stands by."""
    leader = place.start("--interval", "1")
    place.wait_for(lambda: place.samples() and place.leader() == leader.pid)
    return leader, place.start("--interval", "1")


def test_a_leader_killed_is_followed_by_the_other(place, pair):
    leader, other = pair
    leader.kill()
    leader.wait()
    place.wait_for(lambda: place.leader() == other.pid)
    place.more_samples()


def test_a_leader_that_was_stopped_stands_by_when_it_wakes_and_makes_up_for_nothing(place, pair):
    leader, other = pair
    place.stop(leader)
    place.wait_for(lambda: place.leader() == other.pid)
    place.more_samples()
    leader.send_signal(signal.SIGCONT)
    place.more_samples()
    place.more_samples()
    assert place.leader() == other.pid
    close = "SELECT count(*) FROM (SELECT unixepoch(taken_at, 'subsec') - lag(unixepoch(taken_at, 'subsec')) "
    close += "OVER (ORDER BY taken_at) AS step FROM performance_systemsample) WHERE step < 0.2"
    assert place.ask(close) == 0, "no burst of samples"


def test_a_platform_that_is_stopped_and_started_by_the_command_line_has_a_gap(place):
    only = place.start("--interval", "1")
    place.wait_for(lambda: place.samples() >= 2)
    place.run("sample_metrics", "--pause")
    time.sleep(2.5)  # it looks every quarter of its interval, or at its next tick
    before = place.samples()
    time.sleep(2.5)
    assert place.samples() == before
    assert place.leader() == only.pid
    place.run("sample_metrics", "--resume")
    place.more_samples()
