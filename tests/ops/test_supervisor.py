"""The supervisor with small children of its own: restarts, pauses, stopping, and what remains after kill -9."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.__main__ import ROOT
from tests.product import eventually
from valor.supervisor.child import LONGEST_PAUSE, Child
from valor.supervisor.guard import listed

# A supervisor of two children, which write their process numbers into files named like them.
PROGRAM = """
import os, sys
from valor.supervisor.child import Child
from valor.supervisor.supervisor import Supervisor
python = sys.executable
children = [Child(name, [python, "child.py", name], os.environ) for name in ("one", "two")]
Supervisor(children, lambda: True, lambda: print("ready", flush=True)).run()
print("stopped", flush=True)
"""

# A child with a child of its own; "stubborn" ignores being asked to stop.
CHILD = """
import os, pathlib, signal, subprocess, sys, time
name = sys.argv[1]
if pathlib.Path("stubborn").exists():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
draft = pathlib.Path(name + ".draft")
draft.write_text(f"{os.getpid()} {inner.pid}")
draft.rename(name + ".pids")
time.sleep(600)
"""


class Running:
    """A supervisor in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "child.py").write_text(CHILD)
        self.log = (folder / "log").open("w")
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        eventually(lambda: all(self.pids(name) for name in ("one", "two")))

    def pids(self, name: str) -> list[int]:
        file = self.folder / f"{name}.pids"
        return [int(word) for word in file.read_text().split()] if file.exists() else []

    def all_pids(self) -> list[int]:
        return self.pids("one") + self.pids("two")

    def output(self) -> str:
        return (self.folder / "log").read_text()


@pytest.fixture
def running(tmp_path):
    started = Running(tmp_path)
    yield started
    started.process.kill()
    started.process.wait()
    eventually(lambda: not any(map(alive, started.all_pids())))
    started.log.close()


def alive(number: int) -> bool:
    try:
        return psutil.Process(number).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_killed_child_is_started_again_and_leaves_no_orphan(running):
    main, inner = running.pids("one")
    others = running.pids("two")
    os.kill(main, signal.SIGKILL)
    eventually(lambda: running.pids("one") != [main, inner])
    assert not alive(inner)
    assert running.pids("two") == others and all(map(alive, others))
    assert "The one was ended by signal 9" in running.output()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_stop_signal_ends_everything_with_status_0(running, number):
    running.process.send_signal(number)
    assert running.process.wait(timeout=30) == 0
    assert not any(map(alive, running.all_pids()))
    assert running.output().splitlines()[-1] == "stopped"


def test_a_child_that_does_not_stop_is_killed_and_named(tmp_path):
    (tmp_path / "stubborn").touch()
    stubborn = Running(tmp_path)
    stubborn.process.send_signal(signal.SIGINT)
    stubborn.process.send_signal(signal.SIGINT)
    assert stubborn.process.wait(timeout=30) == 0
    assert not any(map(alive, stubborn.all_pids()))
    assert "did not stop by itself and was killed" in stubborn.output()
    stubborn.log.close()


def test_killing_the_supervisor_ends_its_children(running):
    pids = running.all_pids()
    running.process.kill()
    running.process.wait()
    eventually(lambda: not any(map(alive, pids)))


def test_a_child_that_keeps_dying_waits_longer_each_time(tmp_path):
    child = Child("poor", [sys.executable, "-c", "raise SystemExit('no such thing')"], os.environ)
    pauses = []
    for _ in range(10):
        child.start()
        assert child.process is not None
        child.process.wait()
        assert child.reason() == "ended with status 1: no such thing"
        pauses.append(child.forget())
    assert pauses[0] == 0 and pauses[1:] == sorted(pauses[1:]) and pauses[-1] == LONGEST_PAUSE


def test_steady_work_forgives_earlier_failures():
    child = Child("steady", [sys.executable, "-c", "pass"], os.environ, failures=7)
    child.start()
    assert child.process is not None
    child.process.wait()
    child.started = time.monotonic() - 60
    assert child.forget() == 0 and child.failures == 0


def test_the_guard_knows_which_groups_remain():
    assert listed(["+10\n", "+11\n", "-10\n", "+12\n", "-99\n"]) == {11, 12}
