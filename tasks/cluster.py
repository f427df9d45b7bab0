"""Django-Q's ``qcluster`` as a child in a process group of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from tasks.pulse import CLUSTER_VARIABLE, LIFELINE_VARIABLE
from valor.lib import processes


class Cluster:
    """Starts, watches and ends one qcluster after the other.

    Killing a qcluster's main process leaves its children working as orphans, so the whole group is always ended. Each
    of its workers holds one end of a pipe and ends the group when the other end, held here, closes.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.name = ""
        self.started_at: datetime = timezone.now()
        self.started = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._lifeline = -1

    def start(self) -> None:
        self.name = uuid.uuid4().hex
        heard, self._lifeline = os.pipe()
        environment = os.environ | processes.numerical_threads()
        environment |= {
            "VALOR_WORKERS": str(self.workers),
            CLUSTER_VARIABLE: self.name,
            LIFELINE_VARIABLE: str(heard),
        }
        # Checks would load every view, and with it NumPy, before the fork.
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "qcluster", "--skip-checks"]
        self._process = subprocess.Popen(command, env=environment, pass_fds=(heard,), start_new_session=True)
        os.close(heard)
        self.started_at, self.started = timezone.now(), time.monotonic()

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def age(self) -> float:
        """Seconds since its start."""
        return time.monotonic() - self.started

    def stop(self, grace: float) -> None:
        """Lets running jobs end for up to *grace* seconds, then ends the group."""
        if self._process is not None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(grace)
        self.kill()

    def kill(self) -> None:
        """Ends the whole group at once."""
        if self._process is None:
            return
        # Nobody may be left in the group (macOS says "not permitted" where only zombies are).
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._lifeline)
        self._process = None
