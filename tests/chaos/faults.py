"""The faults. Each strikes a house at work, or at rest, and returns when it is over: then recovery begins."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psutil

from tests.chaos.house import CONFIGURATIONS, POSTGRESQL, REDIS, SQLITE, House
from tests.chaos.web import has_what_was_asked_for, visitor
from tests.installation import gone, kill, wait_for
from tests.services import Server

OUTAGE_SECONDS = 10.0
# run_worker's grace, and what it takes to put the rest back.
STOP_SECONDS = 4.0 + 4.0


@dataclass(frozen=True)
class Fault:
    """What happens, where it can, and when.

    Attributes
    ----------
    strike : does it to a house on behalf of an owner; returns when work could go on, as seconds since the epoch, where
        that is earlier than its own return
    at_rest : before there is any load; else in the middle of it
    """

    name: str
    strike: Callable[[House, str], float | None]
    where: tuple[str, ...]
    at_rest: bool


FAULTS: list[Fault] = []
Strike = Callable[[House, str], Any]


def fault(name: str, *where: str, at_rest: bool = False) -> Callable[[Strike], Strike]:
    def declare(strike: Strike) -> Strike:
        FAULTS.append(Fault(name, strike, where or CONFIGURATIONS, at_rest))
        return strike

    return declare


@fault("nothing")
def nothing(house: House, owner: str) -> None:
    """The load without a fault: what the others are compared with."""


@fault("idle workers killed", at_rest=True)
def idle(house: House, owner: str) -> None:
    """One after the other: one of them waits with the lock of the cluster's queue in its hand."""
    for pid in house.crew():
        kill(pid)
        time.sleep(0.2)


@fault("busy worker killed")
def busy(house: House, owner: str) -> None:
    job, holder = house.busy("chaos.chain", pieces=1)
    kill(holder)
    house.resumed.add(job)


@fault("simulating worker killed")
def simulating(house: House, owner: str) -> None:
    _job, holder = house.busy("modeling.simulate")
    kill(holder)


@fault("worker of a part killed")
def part(house: House, owner: str) -> None:
    _job, holder = house.busy("chaos.sum")
    kill(holder)


@fault("worker killed beside a busy one", at_rest=True)
def neighbour(house: House, owner: str) -> float:
    """What the other one does is left alone: it has lost nothing, and no attempt is counted."""
    lost, kept = (house.submit(owner, "chaos.long", steps=steps) for steps in (80, 81))
    holder = wait_for(lambda: house.holder(kept) and house.holder(lost), what="That both are begun")
    time.sleep(5)
    kill(holder)
    at = time.time()
    house.settle(owner)
    assert [house.row(owner, job)["attempt"] for job in (lost, kept)] == [2, 1]
    return at


def kill_in(house: House, choose: Callable[[int], int]) -> float:
    """Ends the process that is chosen by a worker's; nothing of that cluster may be left when work goes on."""
    cluster = house.group()
    kill(choose(house.crew()[0]))
    at = time.time()
    wait_for(lambda: gone(cluster), what="The end of the broken cluster")
    return at


@fault("cluster's main process killed")
def main(house: House, owner: str) -> float:
    return kill_in(house, os.getpgid)


@fault("cluster's sentinel killed")
def sentinel(house: House, owner: str) -> float:
    return kill_in(house, lambda worker: psutil.Process(worker).ppid())


@fault("whole process group killed")
def group(house: House, owner: str) -> float:
    return kill_in(house, lambda worker: -os.getpgid(worker))


@fault("run_worker killed, started again")
def supervisor(house: House, owner: str) -> float:
    cluster = house.group()
    house.kill_worker()
    at = time.time()
    house.start_worker()
    wait_for(lambda: gone(cluster), 5, "The end of the deserted cluster")
    return at


@fault("run_worker stopped, started again")
def stopped(house: House, owner: str) -> float:
    """SIGTERM: drains within its grace, and gives back the rest without counting the attempt."""
    cluster = house.group()
    long = house.submit(owner, "chaos.long", steps=60)
    house.busy("chaos.long")
    at = time.time()
    assert house.stop_worker() == 0
    assert time.time() - at < STOP_SECONDS
    assert gone(cluster)
    held = "SELECT kind FROM tasks_job WHERE state = 'running' AND NOT (parts_left > 0 AND token IS NULL)"
    assert house.rows(held) == []
    assert house.rows("SELECT * FROM tasks_worker") == []
    given_back = house.row(owner, long)
    assert (given_back["state"], given_back["attempt"]) == ("queued", 0)
    at = time.time()
    house.start_worker()
    return at


@fault("lease lost by a paused worker")
def lease(house: House, owner: str) -> float:
    """Another worker takes the job; the first wakes while that one is at it, and may write nothing."""
    job = house.submit(owner, "chaos.long", steps=30)
    _job, paused = house.busy("chaos.long")
    os.kill(paused, signal.SIGSTOP)
    try:
        at = time.time()
        house.change(f"UPDATE tasks_job SET lease_until = '2000-01-01 00:00:00' WHERE id = '{UUID(job).hex}'")
        second = wait_for(lambda: (holder := house.holder(job)) not in (None, paused) and holder, what="A second claim")
    finally:
        os.kill(paused, signal.SIGCONT)
    assert second != paused
    wait_for(lambda: house.call("in_flight", owner=owner, job=job) == 0, what="The end of the job that was taken over")
    ended = house.row(owner, job)
    assert (ended["state"], ended["attempt"], ended["result"], ended["effects"]) == ("done", 2, {"pid": second}, 1)
    return at


@fault("poison job")
def poison(house: House, owner: str) -> None:
    job = house.submit(owner, "chaos.poison")
    wait_for(lambda: house.call("in_flight", owner=owner, job=job) == 0, 60, "The end of the poison job")


def crash(server: Server | None, number: signal.Signals) -> None:
    assert server is not None
    server.stop(number)
    time.sleep(OUTAGE_SECONDS)
    server.start()


def hang(server: Server | None) -> None:
    assert server is not None
    server.send(signal.SIGSTOP)
    try:
        time.sleep(OUTAGE_SECONDS)
    finally:
        server.send(signal.SIGCONT)


@fault("Redis killed, empty after 10 s", REDIS)
def redis_killed(house: House, owner: str) -> None:
    crash(house.redis, signal.SIGKILL)


@fault("Redis hangs for 10 s", REDIS)
def redis_hangs(house: House, owner: str) -> None:
    hang(house.redis)


@fault("submitted while Redis is down", REDIS, at_rest=True)
def submitted_without_redis(house: House, owner: str) -> None:
    """Accepted, and done without it."""
    assert house.redis is not None
    with visitor(house, owner) as somebody:
        house.redis.stop(signal.SIGKILL)
        try:
            house.submit(owner, "chaos.short", number=-3, seconds=0)
            house.settle(owner)
            assert (somebody.simulate_by_page()[0], somebody.simulate_by_api()[0]) == (200, 202)
            assert has_what_was_asked_for(house, owner, runs=2)
        finally:
            house.redis.start()


@fault("submitted while PostgreSQL is down", POSTGRESQL, REDIS, at_rest=True)
def submitted_without_postgresql(house: House, owner: str) -> None:
    """Refused with a 503, and nothing is half-written; afterwards the same requests are accepted, and done."""
    assert house.postgresql is not None
    with visitor(house, owner) as somebody:
        before = house.call("stored")
        house.postgresql.stop(signal.SIGQUIT)
        try:
            refusals = [somebody.simulate_by_page(), somebody.simulate_by_api()]
        finally:
            house.postgresql.start()
        assert [status for status, _ in refusals] == [503, 503], refusals
        assert json.loads(refusals[1][1])["error"]["code"] == "unavailable"
        assert house.call("stored") == before
        assert (somebody.simulate_by_page()[0], somebody.simulate_by_api()[0]) == (200, 202)
        assert has_what_was_asked_for(house, owner, runs=2)


@fault("PostgreSQL crashes, back after 10 s", POSTGRESQL, REDIS)
def postgresql_crashes(house: House, owner: str) -> None:
    crash(house.postgresql, signal.SIGQUIT)


@fault("PostgreSQL hangs for 10 s", POSTGRESQL, REDIS)
def postgresql_hangs(house: House, owner: str) -> None:
    hang(house.postgresql)


@fault("SQLite locked for 10 s", SQLITE)
def sqlite_locked(house: House, owner: str) -> None:
    """By somebody who writes for long."""
    with closing(sqlite3.connect(house.home / "valor.sqlite3", timeout=20, isolation_level=None)) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        time.sleep(OUTAGE_SECONDS)
        somebody.execute("ROLLBACK")
