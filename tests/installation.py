"""The real thing: a product of its own with ``manage.py run_worker``, to be killed in every way."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import psycopg

from tests.__main__ import ROOT, clean_environment
from tests.customer import PATIENCE, ask

MANAGE = [sys.executable, str(ROOT / "manage.py")]
WORKERS = 2


class Installation:
    """One folder, one database, one run_worker; and a customer, which is a second process of the same installation.

    What the customer can do are the functions of a module, of *calls*. What the processes print is in ``log``.
    """

    def __init__(
        self,
        home: Path,
        environment: Mapping[str, str] | None = None,
        *,
        settings: str = "valor.settings",
        calls: str = "tests.tasks.customer",
    ) -> None:
        self.home = home
        ours = {"VALOR_HOME": str(home), "DJANGO_SETTINGS_MODULE": settings}
        self.environment = clean_environment() | ours | dict(environment or {})
        self.database = self.environment.get("DATABASE_URL")
        self.log = home / "processes.log"
        self.worker: subprocess.Popen[bytes] | None = None
        self.manage("migrate", "--skip-checks", "-v0", "--run-syncdb")
        self.customer = self.start("-m", "tests.customer", calls, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def start(self, *command: str, **streams: Any) -> subprocess.Popen[bytes]:
        """A Python process of this installation."""
        with self.log.open("ab") as log:
            streams = {"stdout": log, "stderr": log} | streams
            return subprocess.Popen([sys.executable, *command], cwd=ROOT, env=self.environment, **streams)

    def manage(self, *arguments: str) -> None:
        subprocess.run([*MANAGE, *arguments], env=self.environment, timeout=90, check=True)

    def start_worker(self) -> None:
        """Starts run_worker unless it runs."""
        if self.worker is None or self.worker.poll() is not None:
            self.worker = self.start("manage.py", "run_worker", "--workers", str(WORKERS))

    def stop_worker(self) -> int:
        assert self.worker is not None
        self.worker.terminate()
        return self.worker.wait(15)

    def kill_worker(self) -> None:
        """run_worker itself, and nothing of its cluster."""
        assert self.worker is not None
        self.worker.kill()
        self.worker.wait()

    def call(self, function: str, **arguments: Any) -> Any:
        """What the customer answers."""
        return ask(self.customer, function, arguments)

    def close(self) -> None:
        """Ends every process; where run_worker does not stop by itself it is killed, and takes its cluster with it."""
        self.customer.terminate()
        self.customer.wait(PATIENCE)
        if self.worker is not None:
            try:
                self.stop_worker()
            except subprocess.TimeoutExpired:
                self.kill_worker()
                raise

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the database holds; a UUID as its 32 digits."""
        if self.database is None:
            with closing(sqlite3.connect(self.home / "valor.sqlite3", timeout=20)) as connection:
                return connection.execute(query).fetchall()
        with psycopg.connect(self.database, connect_timeout=5) as server:
            found = server.execute(query).fetchall()  # type: ignore[call-overload]
        return [tuple(value.hex if isinstance(value, UUID) else value for value in row) for row in found]

    def change(self, statement: str) -> None:
        if self.database is None:
            with closing(sqlite3.connect(self.home / "valor.sqlite3", timeout=20)) as connection, connection:
                connection.execute(statement)
            return
        with psycopg.connect(self.database, connect_timeout=5) as server:
            server.execute(statement)  # type: ignore[call-overload]

    def workers(self) -> dict[str, int]:
        """The worker processes that have registered: row and pid."""
        return {row: pid for row, pid in self.rows("SELECT id, pid FROM tasks_worker") if is_running(pid)}

    def runner_of(self, job: str) -> str:
        """The worker that has begun this job."""
        begun = f"SELECT worker_id FROM tasks_job WHERE id = '{UUID(job).hex}' AND state = 'running' AND progress > 0"
        [(worker,)] = wait_for(lambda: self.rows(begun))
        return str(worker)

    def crew(self) -> list[int]:
        """All workers, as soon as they are there."""
        return wait_for(lambda: list(self.workers().values()) if len(self.workers()) == WORKERS else None)

    def group(self) -> list[int]:
        """Every process of the cluster, whose group has the number of its main process."""
        leader = os.getpgid(self.crew()[0])
        return [process.pid for process in psutil.process_iter() if group_of(process.pid) == leader]

    def orphans(self) -> list[int]:
        """Processes of this installation that descend from none that was started here."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                ours = process.environ().get("VALOR_HOME") == str(self.home) and is_running(process.pid)
                if ours and os.getpid() not in [parent.pid for parent in process.parents()]:
                    found.append(process.pid)
        return found


def group_of(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return -1


def is_running(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def gone(pids: list[int]) -> bool:
    return not any(is_running(pid) for pid in pids)


def wait_for(look: Callable[[], Any], patience: float = PATIENCE, what: str = "It") -> Any:
    until = time.monotonic() + patience
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen within {patience:g} s.")


def kill(*pids: int) -> None:
    """At once; a negative number is a process group's."""
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
