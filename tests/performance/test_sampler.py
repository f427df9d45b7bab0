"""Ticks: on time, one per host, and not stopped by what fails."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command, execute_from_command_line
from django.db import OperationalError, connection
from django.utils import timezone

from performance.chores import Chore, Tick
from performance.lease import Lease, gone, me, namespace
from performance.models import DatabaseSample, FleetTotal, ProcessReading, SamplerLease, SystemSample
from performance.probes import Probe, Reading
from performance.sampler import Sampler

ROOT = Path(__file__).resolve().parents[2]


class Fake(Probe):
    category, name = "system", "fake"

    def __init__(self, clock, takes: float = 0.0) -> None:
        self.clock, self.takes = clock, takes

    def read(self, now: float) -> Reading:
        self.clock.now += self.takes
        return Reading({"cpu_percent": 5.0}, {"cores": [5.0]})


class Broken(Probe):
    category, name = "system", "broken"

    def read(self, now: float) -> Reading:
        raise PermissionError("no counters for you")


class Clock:
    """A monotonic clock that only waiting and slow probes move; stops the sampler after some waits."""

    def __init__(self, waits: int = 1) -> None:
        self.now, self.left, self.waited = 1000.0, waits, []

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> bool:
        self.waited.append(seconds)
        self.now += seconds
        self.left -= 1
        return self.left < 0


@pytest.fixture
def clock():
    return Clock()


def sampler(clock, *probes, **options) -> Sampler:
    given = {"interval": 30, "host": "web-1", "holder": "test:1:1", "look": math.inf} | options
    return Sampler(wait=clock.wait, clock=clock, probes=list(probes) or [Fake(clock)], **given)


@contextmanager
def broken_database():
    def refuse(execute, sql, params, many, context):
        raise OperationalError("the server closed the connection")

    with connection.execute_wrapper(refuse):
        yield


def test_a_tick_stores_one_row_of_real_readings(db):
    sample = Sampler(interval=30, wait=lambda seconds: time.sleep(seconds) or False, host="web-1").once()
    stored = SystemSample.objects.get()
    assert stored == sample
    assert stored.interval == 30
    assert stored.network_in_rate is not None
    assert stored.cpu_percent is not None
    assert len(stored.detail["cores"]) == stored.cpu_count
    assert "failed" not in stored.detail


def test_the_first_sample_comes_after_the_short_priming(db):
    clock = Clock(waits=1)
    sampler(clock).run()
    assert clock.waited[0] == 0.5
    assert SystemSample.objects.count() == 1


def test_the_lease_is_taken_before_the_first_sample_and_freed_when_stopped_so_early(db):
    holders = []

    def look_and_stop(seconds):
        holders.append(SamplerLease.objects.get().holder)
        return True

    one = sampler(Clock(waits=0))
    one.wait = look_and_stop
    one.run()
    assert holders == [one.lease.holder]
    assert SamplerLease.objects.get().holder == ""
    assert not SystemSample.objects.exists()


def test_deadlines_do_not_drift_when_a_tick_takes_long(db):
    clock = Clock(waits=5)
    sampler(clock, Fake(clock, takes=4.0)).run()
    start = 1000.0 + 4.0 + 0.5
    assert clock.waited[1:] == [26.0] * 5
    assert clock.now == start + 5 * 30
    assert SystemSample.objects.count() == 5


def test_a_tick_longer_than_the_interval_skips_deadlines_and_never_catches_up(db):
    clock = Clock(waits=2)
    sampler(clock, Fake(clock, takes=70.0)).run()
    assert clock.waited[1:] == [20.0, 20.0]


def test_a_wait_that_ends_a_hair_early_does_not_give_two_ticks(db, clock):
    one = sampler(clock)
    assert one.pause(clock.now - 29.999) == pytest.approx(30.001)


def test_a_failing_probe_costs_its_own_reading_and_is_recorded(db, clock, caplog):
    one = sampler(clock, Broken(), Fake(clock))
    with caplog.at_level("INFO", logger="performance"):
        one.tick()
        one.tick()
        one.probes.pop(0)
        one.tick()
    first, _, last = SystemSample.objects.order_by("taken_at")
    assert first.cpu_percent == 5.0
    assert first.memory_percent is None
    assert first.detail == {"cores": [5.0], "failed": {"broken": "PermissionError: no counters for you"}}
    assert last.detail == {"cores": [5.0]}
    told = [record.getMessage() for record in caplog.records if "probe" in record.getMessage()]
    assert told == [
        "The probe broken of web-1 fails: PermissionError: no counters for you",
        "The probe broken of web-1 answers again.",
    ]


def test_a_database_error_costs_one_sample_and_not_the_sampler(transactional_db, clock, caplog):
    one = sampler(clock)
    with broken_database():
        assert one.tick() is None
    assert "the server closed the connection" in caplog.text
    assert one.pause(clock.now) == 30
    assert one.tick() is not None


def test_of_two_samplers_on_a_host_one_samples(db, clock):
    leader, other = sampler(clock), sampler(clock, holder="test:2:2")
    assert leader.tick() is not None
    assert other.tick() is None
    assert leader.tick() is not None
    assert SystemSample.objects.count() == 2


def test_one_that_stands_by_looks_every_quarter_of_an_interval(db, clock):
    sampler(clock).tick()
    other = sampler(clock, holder="test:2:2")
    other.tick()
    assert other.pause(clock.now) == 7.5


def test_samplers_of_different_hosts_do_not_mind_each_other(db, clock):
    assert sampler(clock).tick() is not None
    assert sampler(clock, host="web-2", holder="test:2:2").tick() is not None


def test_a_dead_samplers_host_is_taken_over_within_two_intervals(db, clock):
    sampler(clock).tick()
    dead = SamplerLease.objects.get()
    silence = (dead.expires_at - dead.renewed_at).total_seconds()
    other = sampler(clock, holder="test:2:2")
    assert other.tick() is None
    assert silence + other.pause(clock.now) <= 2 * 30
    SamplerLease.objects.update(expires_at=timezone.now())
    assert other.tick() is not None


def test_a_lease_renewed_in_the_future_is_free_since_the_clock_was_set_back(db, clock, now):
    sampler(clock).tick()
    SamplerLease.objects.update(renewed_at=now + timedelta(hours=1), expires_at=now + timedelta(hours=2))
    assert sampler(clock, holder="test:2:2").tick() is not None


def test_who_lost_the_lease_stores_nothing_until_it_is_free_again(db, clock):
    first, second = sampler(clock), sampler(clock, holder="test:2:2")
    first.tick()
    SamplerLease.objects.update(expires_at=timezone.now())
    second.tick()
    assert first.tick() is None
    second.release()
    assert first.tick() is not None


def test_a_clean_end_frees_the_lease(db):
    clock = Clock(waits=1)
    sampler(clock).run()
    assert SamplerLease.objects.get().holder == ""


def test_the_lease_of_a_process_that_is_gone_is_free_at_once(db):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    holder = f"{namespace()}:{ended.pid}:1.00"
    assert gone(holder)
    assert Lease("web-1", holder, 30).take()
    assert Lease("web-1", me(), 30).take()


@pytest.mark.parametrize("holder", ["elsewhere:999999999:1.00", "nonsense", ""])
def test_a_holder_that_cannot_be_seen_is_not_called_gone(holder):
    assert not gone(holder)


def test_a_living_process_is_not_gone_but_its_predecessor_with_the_same_number_is():
    assert not gone(me())
    assert gone(me().rpartition(":")[0] + ":1.00")


def test_the_command_once_stores_one_sample_and_leaves(db, capsys):
    call_command("sample_metrics", "--once")
    assert SystemSample.objects.count() == 1
    assert SamplerLease.objects.get().holder == ""
    assert "Stored a sample" in capsys.readouterr().out


@pytest.mark.parametrize("interval", ["0", "-5", "1.5", "soon", "999999"])
def test_an_impossible_interval_is_refused(interval, capsys):
    with pytest.raises(SystemExit) as ended:
        execute_from_command_line(["manage.py", "sample_metrics", "--interval", interval])
    assert ended.value.code == 2
    assert f"'{interval}' is not a number of whole seconds" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_real_process_cleanly_even_without_a_migrated_database(tmp_path, number):
    environment = os.environ | {"VALOR_HOME": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path / 'empty.sqlite3'}"}
    command = [sys.executable, "manage.py", "sample_metrics", "--interval", "1"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        # The first tick finds no table: it is logged, and the sampler goes on.
        assert any("No sample was stored" in line for line in process.stderr)
        process.send_signal(number)
        assert process.wait(timeout=10) == 0
        assert "Traceback" not in process.stderr.read()
    finally:
        process.kill()
        process.wait()


def test_a_tick_stores_a_row_for_each_category(transactional_db):
    Sampler(interval=30, wait=lambda seconds: time.sleep(seconds) or False).once()
    system, database = SystemSample.objects.get(), DatabaseSample.objects.get()
    assert (database.host, database.taken_at, database.interval) == (system.host, system.taken_at, 30)
    assert database.read_ms is not None
    assert "failed" not in database.detail


def test_a_hanging_database_probe_costs_its_own_reading_only(db, clock):
    class Hanging(Probe):
        category, name = "database", "hanging"

        def read(self, now: float) -> Reading:
            raise TimeoutError("no answer within 10 s")

    assert sampler(clock, Fake(clock), Hanging()).tick().cpu_percent == 5.0
    assert DatabaseSample.objects.get().detail == {"failed": {"hanging": "TimeoutError: no answer within 10 s"}}


def test_a_tick_sweeps_the_readings_of_processes_that_are_gone(db, clock, now):
    long_ago = now - timedelta(hours=1)
    times = {"started_at": long_ago, "updated_at": long_ago, "ended_at": long_ago}
    ProcessReading.objects.create(host="web-1", role="web", pid=1, **times)
    sampler(clock).tick()
    assert not ProcessReading.objects.exists()
    assert FleetTotal.objects.get().processes == 1


def test_one_of_several_sampled_hosts_leads(db, clock):
    told = {}

    class Note(Chore):
        name = "note"

        def run(self, tick: Tick) -> None:
            told[tick.host] = tick.lead

    for host, holder in (("web-1", "test:1:1"), ("web-2", "test:2:2")):
        sampler(clock, host=host, holder=holder, after=[Note()]).tick()
    assert told == {"web-1": True, "web-2": False}
