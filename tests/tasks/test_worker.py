"""``manage.py run_worker`` on a database file, killed in every way that used to stop it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from tests.__main__ import ROOT
from tests.installation import MANAGE, Installation, gone, is_running, kill, wait_for

pytestmark = pytest.mark.launch


class House(Installation):
    """Submits self-tests."""

    def submit(self, seconds: float) -> str:
        return str(self.call("submit", seconds=seconds))

    def end_of(self, job: str) -> dict[str, Any]:
        return dict(self.call("end_of", job=job))

    def selftest(self) -> dict[str, Any]:
        """Submits a job and waits for its end."""
        return self.end_of(self.submit(0))


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("home"))
    yield made
    made.close()


@pytest.fixture
def installation(house) -> House:
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
    kill(*before)
    assert installation.selftest()["state"] == "done"
    assert not set(before) & set(installation.crew())


def test_a_busy_worker_killed_has_its_job_done_by_another(installation):
    installation.crew()
    job = installation.submit(1)
    busy = installation.runner_of(job)
    kill(installation.workers()[busy])
    end = installation.end_of(job)
    assert (end["state"], end["attempt"], end["result"]["attempt"]) == ("done", 2, 2)


def test_workers_asked_to_leave_end_after_their_job_and_are_replaced(installation):
    before = installation.crew()
    job = installation.submit(6)
    busy = installation.workers()[installation.runner_of(job)]
    assert installation.call("recycle") == len(before)
    wait_for(lambda: len(set(before) & set(installation.workers().values())) == 1)
    assert is_running(busy)
    assert installation.end_of(job)["attempt"] == 1
    wait_for(lambda: not set(before) & set(installation.workers().values()))
    assert len(installation.crew()) == len(before)
    assert installation.selftest()["state"] == "done"


def test_the_clusters_main_process_killed_leaves_no_orphans_and_no_pause(installation):
    before = installation.group()
    kill(os.getpgid(installation.crew()[0]))
    assert installation.selftest()["state"] == "done"
    # An orphan may have done it in the moment before it was ended.
    wait_for(lambda: gone(before))


def test_run_worker_killed_takes_everything_with_it(installation):
    group = installation.group()
    assert len(group) >= 5  # Main, sentinel, two workers, monitor, pusher.
    installation.kill_worker()
    wait_for(lambda: gone(group), 5)
    installation.start_worker()
    assert installation.selftest()["state"] == "done"


def test_run_worker_killed_puts_its_job_back_without_waiting_for_the_lease(installation):
    installation.crew()
    crew = set(installation.workers())
    job = installation.submit(120)
    assert installation.runner_of(job) in crew
    installation.kill_worker()
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
