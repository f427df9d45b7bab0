"""The launcher of the test servers: they work, and nothing of them stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import psutil
import pytest

from tests.__main__ import ROOT, clean_environment
from tests.isolation import own_redis
from tests.product import eventually

pytestmark = pytest.mark.launch

USE = """
import os, psycopg, redis
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    print(connection.execute("show server_version").fetchone()[0])
print(redis.Redis.from_url(os.environ["REDIS_URL"]).set("answer", 42))
"""


def launch(*command: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.services", "--", *command],
        cwd=ROOT,
        env=clean_environment() | environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_the_command_gets_both_servers_and_its_status_is_kept():
    launcher = launch(sys.executable, "-c", USE + "raise SystemExit(7)")
    version, answer = launcher.communicate()[0].split()
    assert launcher.returncode == 7
    assert int(version.split(".")[0]) >= 16 and answer == "True"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_command_takes_its_servers_with_it(number):
    launcher = launch("sh", "-c", "echo up; exec sleep 600")
    assert launcher.stdout is not None and launcher.stdout.readline() == "up\n"
    family = psutil.Process(launcher.pid).children(recursive=True)
    assert len(family) > 2
    if number == signal.SIGINT:
        os.killpg(launcher.pid, number)  # as Ctrl-C does
    else:
        launcher.send_signal(number)
    launcher.communicate(timeout=60)
    assert launcher.returncode != 0
    eventually(lambda: not any(process.is_running() for process in family))


def test_servers_that_are_named_are_used_and_none_started():
    urls = {"TEST_DATABASE_URL": "postgresql://somewhere/db", "TEST_REDIS_URL": "redis://somewhere/0"}
    launcher = launch("sh", "-c", "echo $DATABASE_URL $REDIS_URL", **urls)
    assert launcher.communicate()[0].split() == list(urls.values())


def test_each_parallel_process_has_its_own_redis_database():
    assert own_redis("redis://:secret@host:1234/0", "gw0") == "redis://:secret@host:1234/1"
    assert own_redis("redis://host:1234/0", "gw3") == "redis://host:1234/4"
