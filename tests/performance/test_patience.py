"""Probes that hang."""

from __future__ import annotations

import threading

import pytest

from performance.probes import Probe, Reading
from performance.probes import patience as module
from performance.probes.patience import Patience


class Quick(Probe):
    category, name = "system", "quick"

    def read(self, now: float) -> Reading:
        return Reading({"load_1": now})


class Later(Quick):
    name = "later"


class Broken(Probe):
    category, name = "system", "broken"

    def read(self, now: float) -> Reading:
        raise PermissionError("no counters for you")


class Hanging(Probe):
    category, name, patience = "system", "hanging", 0.05

    def __init__(self) -> None:
        self.release = threading.Event()
        self.started = 0
        self.threads: list[threading.Thread] = []

    def read(self, now: float) -> Reading:
        self.started += 1
        self.threads.append(threading.current_thread())
        self.release.wait(30)
        return Reading({"load_5": now})


@pytest.fixture
def hanging():
    probe = Hanging()
    yield probe
    probe.release.set()
    for thread in probe.threads:
        thread.join(10)


def test_readings_come_in_the_order_of_the_probes_and_a_broken_one_costs_its_own():
    first, broken, later = Quick(), Broken(), Later()
    found = Patience().read([first, broken, later], 7.0)
    assert [probe for probe, _ in found] == [first, broken, later]
    assert [reading.columns for _, reading in found] == [{"load_1": 7.0}, {}, {"load_1": 7.0}]
    assert found[1][1].failed == {"broken": "PermissionError: no counters for you"}


def test_one_that_hangs_costs_its_own_reading_and_says_since_when(hanging):
    found = Patience().read([Quick(), hanging, Later()], 7.0)
    assert [bool(reading.columns) for _, reading in found] == [True, False, True]
    assert found[1][1].failed["hanging"].startswith("no answer within 0.05 s, it hangs since 20")


def test_one_that_hangs_is_not_started_again_before_it_has_come_back(hanging):
    patience = Patience()
    told = [patience.read([hanging, Quick()], now)[0][1].failed["hanging"] for now in (1.0, 2.0, 3.0)]
    assert hanging.started == 1
    assert len(set(told)) == 1, "since when does not change"
    hanging.release.set()
    hanging.threads[0].join(10)
    assert patience.read([hanging], 4.0)[0][1].columns == {"load_5": 4.0}


def test_what_comes_back_too_late_is_not_taken_for_the_next_reading(hanging):
    patience = Patience()
    patience.read([hanging], 1.0)
    hanging.release.set()
    hanging.threads[0].join(10)
    ((_, reading),) = patience.read([hanging], 2.0)
    assert reading.columns == {"load_5": 2.0}


class Leaving(Probe):
    category, name = "system", "leaving"

    def read(self, now: float) -> Reading:
        raise SystemExit(3)


def read_in_time(patience: Patience, probes: list[Probe], now: float) -> list[Reading]:
    """The readings, where they come at all."""
    found: list[Reading] = []
    thread = threading.Thread(target=lambda: found.extend(one for _, one in patience.read(probes, now)), daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive(), "it waits for ever"
    return found


class Connections:
    def __init__(self, close_all) -> None:
        self.close_all = close_all


def test_a_probe_that_would_end_its_thread_costs_its_own_reading():
    first, second = read_in_time(Patience(), [Leaving(), Quick()], 1.0)
    assert first.failed == {"leaving": "SystemExit: 3"}
    assert second.columns == {"load_1": 1.0}


def test_connections_that_cannot_be_closed_cost_nothing(monkeypatch, caplog):
    def fail() -> None:
        raise OSError("disk I/O error")

    monkeypatch.setattr(module, "connections", Connections(fail))
    patience = Patience()
    for now in (1.0, 2.0):
        assert [reading.columns for reading in read_in_time(patience, [Quick()], now)] == [{"load_1": now}]
    assert "The connections of the probes can't be closed: disk I/O error" in caplog.messages


def test_a_thread_that_died_is_replaced():
    patience = Patience()
    patience.read([Quick()], 1.0)
    patience.hand.errands.put(None)
    patience.hand.thread.join(10)
    assert [reading.columns for reading in read_in_time(patience, [Quick()], 2.0)] == [{"load_1": 2.0}]


def test_one_that_hangs_at_closing_is_left_behind_with_all_it_was_to_read_and_comes_back(monkeypatch):
    release, begun = threading.Event(), threading.Event()

    def hang() -> None:
        begun.set()
        release.wait(30)

    monkeypatch.setattr(module, "connections", Connections(hang))
    monkeypatch.setattr(Probe, "patience", 0.05)
    patience, probes = Patience(), [Quick(), Later()]
    patience.read(probes, 1.0)
    thread = patience.hand.thread
    begun.wait(10)
    for now in (2.0, 3.0):
        quick, later = read_in_time(patience, probes, now)
        assert quick.failed["quick"].startswith("no answer within 0.05 s, it hangs since 20")
        assert set(later.failed) == {"later"}
    release.set()
    thread.join(10)
    assert [reading.columns for reading in read_in_time(patience, probes, 4.0)] == [{"load_1": 4.0}] * 2


def of_probes(before: set[threading.Thread]) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "probes" and thread not in before]


def test_one_thread_reads_all_and_no_more_are_left_than_probes_that_hang():
    before = set(threading.enumerate())
    probes, patience = [Hanging(), Hanging()], Patience()
    for now in range(5):
        patience.read([Quick(), Later()], float(now))
    assert len(of_probes(before)) == 1
    for now in range(5):
        patience.read([*probes, Quick()], float(now))
    left = of_probes(before)
    assert len(left) == 3
    for probe in probes:
        probe.release.set()
        probe.threads[0].join(10)
    assert len(of_probes(before)) == 1
    del patience
    for thread in left:
        thread.join(10)
    assert not of_probes(before)
