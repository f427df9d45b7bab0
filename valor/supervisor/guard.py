"""Ends the process groups of a supervisor that was killed before it could do so itself.

Run as a program. It reads ``+PID`` and ``-PID`` lines from a pipe that only the supervisor holds open: the
end of the pipe is the end of the supervisor. The groups still listed then are asked to stop, and killed
two seconds later. Standard library only, so that it starts in a blink.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable

GRACE_SECONDS = 2.0


def listed(lines: Iterable[str]) -> set[int]:
    """The groups that remain when the pipe ends."""
    groups: set[int] = set()
    for line in lines:
        number = int(line[1:])
        if line.startswith("+"):
            groups.add(number)
        else:
            groups.discard(number)
    return groups


def send(groups: Iterable[int], number: int) -> list[int]:
    """Signals each group; returns those that still exist."""
    alive = []
    for group in groups:
        try:
            os.killpg(group, number)
            alive.append(group)
        except (ProcessLookupError, PermissionError):
            continue
    return alive


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    alive = send(listed(sys.stdin), signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while alive and time.monotonic() < deadline:
        time.sleep(0.1)
        alive = send(alive, 0)
    send(alive, signal.SIGKILL)


if __name__ == "__main__":
    main()
