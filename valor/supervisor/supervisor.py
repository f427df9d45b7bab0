"""Starts the children, restarts those that die, and stops all of them on Ctrl-C or SIGTERM."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from valor.supervisor.child import Child, say

TICK_SECONDS = 0.1
PROBE_SECONDS = 0.5
PATIENCE_SECONDS = 30.0
GRACE_SECONDS = 6.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """Keeps *children* running until told to stop; calls ``announce`` once, when ``ready`` first says yes.

    ``deserted`` says whether the terminal that it was started from is gone: that is a reason to stop, too.
    """

    def __init__(
        self,
        children: Sequence[Child],
        ready: Callable[[], bool],
        announce: Callable[[], None],
        deserted: Callable[[], bool] = lambda: False,
    ) -> None:
        self.children = children
        self.deserted = deserted
        self.ready = ready
        self.announce = announce
        self.stop_requests = 0
        self.guard: subprocess.Popen[str] | None = None

    def run(self) -> None:
        """Runs until a stop signal arrives, then ends every child within seconds."""
        for number in STOP_SIGNALS:
            signal.signal(number, self.request_stop)
        self.guard = subprocess.Popen(
            [sys.executable, "-I", str(Path(__file__).with_name("guard.py"))],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            self.watch()
        finally:
            self.stop()

    def request_stop(self, number: int, frame: FrameType | None) -> None:
        self.stop_requests += 1

    def watch(self) -> None:
        started = time.monotonic()
        probe_at: float | None = started + PROBE_SECONDS
        while not self.stop_requests and not self.deserted():
            for child in self.children:
                self.attend(child)
            if probe_at is not None and time.monotonic() >= probe_at:
                probe_at = self.probe(time.monotonic() - started)
            time.sleep(TICK_SECONDS)

    def probe(self, waited: float) -> float | None:
        """Asks whether the page answers; returns when to ask again, None when it does."""
        if self.ready():
            self.announce()
            return None
        if waited < PATIENCE_SECONDS:
            return time.monotonic() + PROBE_SECONDS
        say("The page does not answer yet: the lines above may say why.")
        return time.monotonic() + PATIENCE_SECONDS

    def attend(self, child: Child) -> None:
        """Starts the child if it is due; notices its end, says why, and plans the next start."""
        if child.ended():
            assert child.process is not None
            group, reason = child.process.pid, child.reason()
            pause = child.forget()
            self.tell_guard(f"-{group}")
            say(f"The {child.name} {reason}; starting it again{f' in {pause:g} s' if pause else ''}.")
        if child.process is None and time.monotonic() >= child.start_at and not self.stop_requests:
            self.tell_guard(f"+{child.start()}")

    def tell_guard(self, line: str) -> None:
        assert self.guard is not None and self.guard.stdin is not None
        try:
            self.guard.stdin.write(line + "\n")
            self.guard.stdin.flush()
        except OSError:
            return  # somebody killed the guard: the work goes on without it

    def stop(self) -> None:
        """Asks every child to stop; kills what remains after the grace, or on a second Ctrl-C."""
        running = [child for child in self.children if child.process is not None]
        for child in running:
            child.signal(signal.SIGTERM, group=False)
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline and self.stop_requests < 2 and not all(c.ended() for c in running):
            time.sleep(0.05)
        for child in running:
            if not child.ended():
                say(f"The {child.name} did not stop by itself and was killed.")
            child.signal(signal.SIGKILL)
            assert child.process is not None
            child.process.wait()
            self.tell_guard(f"-{child.process.pid}")
        if self.guard is not None and self.guard.stdin is not None:
            self.guard.stdin.close()
            self.guard.wait()
