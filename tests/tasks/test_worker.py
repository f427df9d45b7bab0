"""The real thing: ``manage.py run_worker`` on a database file, killed in every way that used to stop it."""

from __future__ import annotations

import json
import os
import select
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import pytest

pytestmark = pytest.mark.launch

ROOT = Path(__file__).resolve().parents[2]
MANAGE = [sys.executable, str(ROOT / "manage.py")]
PATIENCE = 30.0
# A second process of the same installation, as the web server is one: it submits jobs and waits for their ends.
CUSTOMER = """
import json, sys, time, uuid
import django
django.setup()
from tasks import services
from tasks.models import Job
for line in sys.stdin:
    word, value = line.split()
    if word == "submit":
        job = services.submit("tasks.selftest", {"seconds": float(value), "mark": uuid.uuid4().hex}, owner=None)
        print(job.pk, flush=True)
        continue
    job = Job.objects.get(pk=value)
    while not job.is_finished:
        time.sleep(0.02)
        job.refresh_from_db()
    print(json.dumps({"state": job.state, "attempt": job.attempt, "result": job.result}), flush=True)
"""


class Installation:
    """A product of its own: one folder, one SQLite file, one run_worker."""

    def __init__(self, home: Path) -> None:
        self.home = home
        keep = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        self.environment = keep | {"VALOR_HOME": str(home)}
        self.worker: subprocess.Popen[bytes] | None = None
        self.manage("migrate", "--skip-checks", "-v0")
        self.customer = subprocess.Popen(
            [sys.executable, "-c", CUSTOMER],
            cwd=ROOT,
            env=self.environment | {"DJANGO_SETTINGS_MODULE": "valor.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def manage(self, *arguments: str) -> None:
        subprocess.run([*MANAGE, *arguments], env=self.environment, timeout=90, check=True)

    def start_worker(self) -> None:
        """Starts run_worker unless it runs."""
        if self.worker is None or self.worker.poll() is not None:
            self.worker = subprocess.Popen([*MANAGE, "run_worker", "--workers", "2"], env=self.environment)

    def stop_worker(self) -> int:
        assert self.worker is not None
        self.worker.terminate()
        return self.worker.wait(15)

    def ask(self, word: str, value: object) -> str:
        assert self.customer.stdin is not None
        assert self.customer.stdout is not None
        self.customer.stdin.write(f"{word} {value}\n")
        ready, _, _ = select.select([self.customer.stdout], [], [], PATIENCE)
        assert ready, f"Nothing came of {word!r} within {PATIENCE} s."
        return self.customer.stdout.readline().strip()

    def submit(self, seconds: float) -> str:
        return self.ask("submit", seconds)

    def end_of(self, job: str) -> dict[str, Any]:
        return dict(json.loads(self.ask("await", job)))

    def selftest(self) -> dict[str, Any]:
        """Submits a job and waits for its end."""
        return self.end_of(self.submit(0))

    def close(self) -> None:
        self.customer.terminate()
        self.customer.wait(PATIENCE)
        if self.worker is not None:
            self.stop_worker()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.home / "valor.sqlite3", timeout=20)) as connection:
            return connection.execute(query).fetchall()

    def workers(self) -> dict[str, int]:
        """The worker processes that have registered: row and pid."""
        return {row: pid for row, pid in self.rows("SELECT id, pid FROM tasks_worker") if psutil.pid_exists(pid)}

    def runner_of(self, job: str) -> str:
        """The worker that has begun this job."""
        begun = f"SELECT worker_id FROM tasks_job WHERE id = '{UUID(job).hex}' AND state = 'running' AND progress > 0"
        [(worker,)] = wait_for(lambda: self.rows(begun))
        return str(worker)

    def crew(self) -> list[int]:
        """Two workers, as soon as they are there."""
        return wait_for(lambda: list(self.workers().values()) if len(self.workers()) == 2 else None)

    def group(self) -> list[int]:
        """Every process of the cluster, whose group has the number of its main process."""
        leader = os.getpgid(self.crew()[0])
        return [process.pid for process in psutil.process_iter() if group_of(process.pid) == leader]


def group_of(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return -1


def wait_for(look: Callable[[], Any], patience: float = PATIENCE) -> Any:
    until = time.monotonic() + patience
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"Waited {patience} s in vain.")


def gone(pids: list[int]) -> bool:
    return not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE for pid in pids)


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> Iterator[Installation]:
    made = Installation(tmp_path_factory.mktemp("home"))
    yield made
    made.close()


@pytest.fixture
def installation(house) -> Installation:
    """The installation with its worker running, whatever the test before did to it."""
    house.start_worker()
    return house


def test_a_submitted_job_gets_done(installation):
    assert installation.selftest()["state"] == "done"


def test_the_bells_leave_nothing_behind(installation):
    installation.selftest()
    wait_for(lambda: installation.rows("SELECT count(*) FROM django_q_ormq") == [(0,)])
    assert installation.rows("SELECT count(*) FROM django_q_task") == [(0,)]


def test_idle_workers_killed_do_not_stop_the_work(installation):
    before = installation.crew()
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert installation.selftest()["state"] == "done"
    assert not set(before) & set(installation.crew())


def test_a_busy_worker_killed_has_its_job_done_by_another(installation):
    installation.crew()
    job = installation.submit(1)
    busy = installation.runner_of(job)
    os.kill(installation.workers()[busy], signal.SIGKILL)
    end = installation.end_of(job)
    assert (end["state"], end["attempt"], end["result"]["attempt"]) == ("done", 2, 2)


def test_the_clusters_main_process_killed_leaves_no_orphans_and_no_pause(installation):
    before = installation.group()
    os.kill(os.getpgid(installation.crew()[0]), signal.SIGKILL)
    assert installation.selftest()["state"] == "done"
    # An orphan may have done it in the moment before it was ended.
    wait_for(lambda: gone(before))


def test_run_worker_killed_takes_everything_with_it(installation):
    group = installation.group()
    assert len(group) >= 5  # Main, sentinel, two workers, monitor, pusher.
    installation.worker.kill()
    installation.worker.wait()
    wait_for(lambda: gone(group), 5)
    installation.start_worker()
    assert installation.selftest()["state"] == "done"


def test_run_worker_killed_puts_its_job_back_without_waiting_for_the_lease(installation):
    installation.crew()
    crew = set(installation.workers())
    job = installation.submit(120)
    assert installation.runner_of(job) in crew
    installation.worker.kill()
    installation.worker.wait()
    where = f"WHERE id = '{UUID(job).hex}'"
    wait_for(lambda: installation.rows(f"SELECT state, attempt FROM tasks_job {where}") == [("queued", 1)], 5)
    assert not crew & {row for (row,) in installation.rows("SELECT id FROM tasks_worker")}
    installation.manage("jobs", "cancel", job)


def test_a_stop_is_clean_and_puts_back_what_could_not_end(installation):
    group, crew = installation.group(), set(installation.workers())
    job = installation.submit(120)
    assert installation.runner_of(job) in crew
    assert installation.stop_worker() == 0
    assert gone(group)
    assert not crew & {row for (row,) in installation.rows("SELECT id FROM tasks_worker")}
    where = f"WHERE id = '{UUID(job).hex}'"
    assert installation.rows(f"SELECT state, attempt FROM tasks_job {where}") == [("queued", 0)]


def test_a_worker_whose_parent_dies_ends(house):
    if house.worker is not None:
        house.stop_worker()
    program = "import subprocess, sys; print(subprocess.Popen(sys.argv[1:]).pid, flush=True); sys.stdin.read()"
    parent = subprocess.Popen(
        [sys.executable, "-c", program, *MANAGE, "run_worker", "--workers", "2"],
        env=house.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    group = house.group()
    parent.kill()
    parent.communicate()
    wait_for(lambda: gone([worker, *group]), 15)


def test_numpy_is_imported_after_the_fork_only():
    check = "import django, sys; django.setup(); sys.exit('numpy' in sys.modules)"
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "valor.settings"}
    assert subprocess.run([sys.executable, "-c", check], cwd=ROOT, env=environment, check=False).returncode == 0
