"""The whole product at work, with servers and a customer of its own, in which one thing at a time goes wrong.

Time runs faster than in the field: a sample every few seconds, and every threshold's duration and the processes'
reports shortened in the same proportion. Levels are those that the product ships with.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil

from tests import services
from tests.__main__ import ROOT
from tests.customer import ask
from tests.faults.visitors import Visitors
from tests.installation import wait_for
from tests.product import Product
from tests.services import Server

INTERVAL = 5
REPORT_SECONDS = 2.5  # until slow statements are stored, and a little more
# Enough that reading all of them is slow beyond doubt on a server; the file is only asked for the first few.
ENTRIES, FEW_ENTRIES = 3_000_000, 20_000


class Plant(Product):
    """Started by `plant_on`."""

    def __init__(self, home: Path, rates: int, database: Server | None, redis: Server | None) -> None:
        self.database, self.redis = database, redis
        environment = {
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "FAULTS_RATES_URL": f"http://127.0.0.1:{rates}/",
            "FAULTS_INTERVAL": str(INTERVAL),
            "VALOR_WORKERS": "2",
            "SLOW_QUERY_SECONDS": "0.15",
        }
        if database is not None:
            pool = {"DATABASE_POOL": "1", "DATABASE_POOL_MIN": "2", "DATABASE_POOL_MAX": "4"}
            environment |= {"DATABASE_URL": database.url, **pool}
        if redis is not None:
            environment |= {"REDIS_URL": redis.url, "VALOR_WEB_PROCESSES": "1"}
        super().__init__(home, environment=environment)

    def begin(self) -> None:
        """Up, filled, sampled in quick time, and calm."""
        migrate = [sys.executable, "manage.py", "migrate", "--run-syncdb", "--skip-checks", "-v0"]
        subprocess.run(migrate, cwd=ROOT, env=self.environment, timeout=90, check=True)
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        command = [sys.executable, "-m", "tests.customer", "tests.faults.customer"]
        self.customer = subprocess.Popen(command, cwd=ROOT, env=self.environment, **streams)
        self.call("prepare", entries=FEW_ENTRIES if self.database is None else ENTRIES)
        self.start().ready()
        self.call("quicken", interval=INTERVAL)
        wait_for(lambda: self.call("ticks") >= 3, what="That samples come")

    def end(self) -> None:
        self.stop()
        self.customer.terminate()
        self.customer.wait(10)

    def call(self, function: str, **arguments: Any) -> Any:
        return ask(self.customer, function, arguments)

    def visitors(self, path: str, crowd: int = 1, pause: float = 0.0) -> Visitors:
        return Visitors(self.port, path, crowd, pause)

    def await_tick(self) -> None:
        """Returns right after a sample was stored."""
        before = self.call("ticks")
        wait_for(lambda: self.call("ticks") > before, what="A tick")

    def recover(self) -> None:
        """Waits until the illness before is in no reading any more, and forgets it; returns right after a sample."""
        time.sleep(REPORT_SECONDS)
        self.await_tick()
        self.call("forget")

    def workers(self) -> list[psutil.Process]:
        """`run_worker` and every process of its cluster."""
        worker = self.child("run_worker")
        assert worker is not None
        return [worker, *worker.children(recursive=True)]


@contextmanager
def paused(processes: list[psutil.Process]) -> Iterator[None]:
    """As if their machine hung."""
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in reversed(processes):
            process.send_signal(signal.SIGCONT)


@contextmanager
def slow_server(seconds: float) -> Iterator[int]:
    """Another company's server; its port."""
    command = [sys.executable, "-m", "tests.faults.slow_server", str(seconds)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def plant_on(home: Path, *, servers: bool) -> Iterator[Plant]:
    """The product on PostgreSQL with a small pool and Redis, or on SQLite alone; afterwards all of it is gone."""
    with ExitStack() as stack:
        database = redis = None
        if servers:
            folder = stack.enter_context(services.home())
            database = stack.enter_context(services.postgresql(folder / "pg"))
            redis = stack.enter_context(services.valkey(folder))
        plant = Plant(home, stack.enter_context(slow_server(1.2)), database, redis)
        stack.callback(plant.end)
        plant.begin()
        yield plant


@contextmanager
def hogs(count: int) -> Iterator[list[int]]:
    """Processes that do nothing but take a core each."""
    loop = "import time\nend = time.time() + 120\nwhile time.time() < end: pass"
    processes = [subprocess.Popen([sys.executable, "-c", loop]) for _ in range(count)]
    try:
        yield [process.pid for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
