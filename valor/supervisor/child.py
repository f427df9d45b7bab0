"""One process that the supervisor keeps alive: started in a session of its own, its output copied line by line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

STEADY_SECONDS = 5.0
LONGEST_PAUSE = 30.0


@dataclass
class Child:
    """What to run and how it fares. ``failures`` counts the ends in a row that came soon after a start."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    descriptors: Sequence[int] = ()
    process: subprocess.Popen[str] | None = None
    started: float = 0.0
    failures: int = 0
    start_at: float = 0.0
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=1))
    reader: threading.Thread | None = None

    def start(self) -> int:
        """Starts the process and returns its number, which is its process group's, too."""
        self.last_lines.clear()
        self.process = subprocess.Popen(
            self.command,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            pass_fds=self.descriptors,
        )
        self.started = time.monotonic()
        assert self.process.stdout is not None
        self.reader = threading.Thread(target=self.copy, args=(self.process.stdout,), daemon=True)
        self.reader.start()
        return self.process.pid

    def copy(self, stream: IO[str]) -> None:
        """Repeats each line under the child's name, and keeps the last one: it usually says why a child ended."""
        with stream:
            for line in stream:
                if line.strip():
                    self.last_lines.append(line.strip())
                say(f"{self.name:<8}| {line.rstrip()}")

    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def reason(self) -> str:
        """Why it ended, in words: the signal, or the exit status with the last line it wrote."""
        assert self.process is not None
        if self.reader is not None:
            self.reader.join(timeout=0.2)
        status = self.process.returncode
        if status < 0:
            return f"was ended by signal {-status} ({signal.strsignal(-status)})"
        return f"ended with status {status}" + (f": {self.last_lines[-1]}" if self.last_lines else "")

    def forget(self) -> float:
        """Clears up after an end and plans the next start; returns the seconds until then.

        At once after steady work and after a first sudden end, then ever later up to half a minute.
        """
        self.signal(signal.SIGKILL)
        self.process = None
        steady = time.monotonic() - self.started > STEADY_SECONDS
        self.failures = 0 if steady else self.failures + 1
        pause = min(LONGEST_PAUSE, 0.25 * 2.0**self.failures) if self.failures > 1 else 0.0
        self.start_at = time.monotonic() + pause
        return pause

    def signal(self, number: signal.Signals, *, group: bool = True) -> None:
        """Sends a signal to the process and its descendants, or to the process alone; gone ones are fine."""
        if self.process is None:
            return
        try:
            if group:
                os.killpg(self.process.pid, number)
            else:
                os.kill(self.process.pid, number)
        except (ProcessLookupError, PermissionError):
            return


def say(line: str) -> None:
    """Prints one line; a closed terminal is no reason to stop."""
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except (OSError, ValueError):
        return
