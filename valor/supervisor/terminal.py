"""Takes the terminal's Ctrl-C for the supervisor alone.

Ctrl-C reaches every process of the terminal's foreground group. Under `make run` that includes make, which
then dies of the signal however cleanly its recipe ends. So the supervisor does what a shell does with a
command: it moves into a group of its own, makes that the foreground group, and gives the terminal back at the end.

When the terminal is closed, the kernel tells only the session's leader. A shell passes that on; make, where it leads
the session itself (`ssh -t host make run`), waits for its recipe instead. So the supervisor looks at the terminal.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


def stdin_descriptor() -> int | None:
    """The terminal on standard input, if this process shares its foreground group with another program."""
    try:
        if os.isatty(0) and os.tcgetpgrp(0) == os.getpgrp() != os.getpid():
            return 0
    except OSError:
        return None
    return None


def is_closed(terminal: int) -> bool:
    try:
        os.tcgetpgrp(terminal)
    except OSError:
        return True
    return False


@contextmanager
def own_foreground() -> Iterator[Callable[[], bool]]:
    """Holds the terminal's foreground while inside; does nothing without a terminal or as the group's leader.

    Yields the question whether that terminal was closed.
    """
    terminal = stdin_descriptor()
    if terminal is None:
        yield lambda: False
        return
    previous = os.getpgrp()
    # Both calls below come from a background group at some moment: by default that would stop the process.
    # Nor may Ctrl-Z stop it: the shell would not notice, and the terminal would hang.
    for number in (signal.SIGTTOU, signal.SIGTSTP):
        signal.signal(number, signal.SIG_IGN)
    os.setpgid(0, 0)
    os.tcsetpgrp(terminal, os.getpgrp())
    try:
        yield lambda: is_closed(terminal)
    finally:
        with suppress(OSError):  # the terminal may be closed by now
            os.tcsetpgrp(terminal, previous)
