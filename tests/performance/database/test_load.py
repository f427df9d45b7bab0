"""Both ways of keeping connections, under load: a real web server and a real worker on PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.db import connection

from benchmarks.load.installation import Installation
from benchmarks.load.server import Load, WebServer
from performance.database.budget import OF_A_HOST
from tests.__main__ import ROOT
from tests.installation import wait_for

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="Needs a PostgreSQL server."),
]
CLIENTS, ANSWERS, SECONDS = 16, 200, 1.0
HEALTH = "/api/performance/health/"
# Its maximum is below the eight threads, so that requests have to wait for a connection.
POOL = {"DATABASE_POOL": "1", "DATABASE_POOL_MIN": "2", "DATABASE_POOL_MAX": "4"}


class Server:
    """A database of its own on the tests' server, and a look at who is connected to it."""

    def __init__(self, template: str = "template1") -> None:
        self.name = f"load_{os.getpid()}_{time.monotonic_ns()}"
        parts = urlsplit(os.environ["DATABASE_URL"])
        self.url = urlunsplit(parts._replace(path=f"/{self.name}"))
        self.session = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
        self.session.execute(f'CREATE DATABASE "{self.name}" TEMPLATE "{template}"')

    def close(self) -> None:
        self.session.execute(f'DROP DATABASE "{self.name}" WITH (FORCE)')
        self.session.close()

    def connections(self) -> int:
        row = self.session.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [self.name]).fetchone()
        return row[0]

    def published(self) -> list[tuple]:
        with psycopg.connect(self.url) as session:
            query = "SELECT role, readings->'database', ended_at FROM performance_processreading ORDER BY started_at"
            return session.execute(query).fetchall()

    def modes(self, role: str) -> list[str]:
        return [readings["mode"] for kind, readings, _ in self.published() if kind == role]

    def jobs(self) -> list[tuple]:
        """How many are in which state, after how many attempts."""
        with psycopg.connect(self.url) as session:
            return session.execute("SELECT state, attempt, count(*) FROM tasks_job GROUP BY 1, 2").fetchall()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> Iterator[Server]:
    """With all tables, to be copied. Nobody samples here, which would be told as a fault unless it is meant."""
    made = Server()
    environment = os.environ | {"DATABASE_URL": made.url, "VALOR_HOME": str(tmp_path_factory.mktemp("prepared"))}
    for command in (["migrate", "-v0"], ["sample_metrics", "--pause"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True)
    yield made
    made.close()


@pytest.fixture
def server(prepared) -> Iterator[Server]:
    made = Server(prepared.name)
    yield made
    made.close()


def most_connections(server: Server, work: threading.Thread) -> int:
    """The most that were open while *work* ran."""
    most = 0
    work.start()
    while work.is_alive():
        most = max(most, server.connections())
        time.sleep(0.02)
    return most


# One web process without Redis: its eight threads, its reporter and its reports of slow statements, or its pool.
@pytest.mark.parametrize(("mode", "budget"), [({}, 10), (POOL, 4 + OF_A_HOST)], ids=["persistent", "pool"])
def test_sixteen_clients_meet_no_error_and_the_connections_stay_within_the_budget(server, tmp_path, mode, budget):
    loads: list[Load] = []
    environment = {"DATABASE_URL": server.url, "API_RATE_READ": "1000000/m", **mode}
    with WebServer(tmp_path, environment, HEALTH) as web:

        def ask() -> None:
            """For as long as it takes, but not for ever where nothing is answered."""
            while sum(load.answers for load in loads) <= ANSWERS and len(loads) < 60:
                loads.append(web.load(CLIENTS, SECONDS, HEALTH))

        most = most_connections(server, threading.Thread(target=ask))
    assert [load.errors for load in loads if load.errors] == []
    assert sum(load.answers for load in loads) > ANSWERS
    assert 1 < most <= budget
    ((role, readings, ended_at),) = server.published()
    assert (role, readings["mode"]) == ("web", "pool" if mode else "persistent")
    assert readings["maximum"] == (4 if mode else 8)
    assert (readings["waits"] > 0) is bool(mode)
    assert readings["timeouts"] == 0
    assert ended_at is not None


@pytest.mark.parametrize("role", ["", "web"], ids=["as it is", "with a pool in every process"])
def test_three_hundred_jobs_end_in_forked_workers_whatever_the_pool(server, tmp_path, role):
    pooled = {"DATABASE_URL": server.url, "VALOR_ROLE": role, **POOL}
    with Installation(tmp_path, 2, **pooled) as installation:
        installation.ask("jobs", 300)
        assert server.jobs() == [("done", 1, 300)]  # none of them was lost with a worker that hung
        workers = wait_for(lambda: (modes := server.modes("worker"))[1:] and modes, what="Both workers' report")
    assert workers[:2] == ["pool" if role else "persistent"] * 2
    assert all(ended_at is not None for _, _, ended_at in server.published())
