"""Probes that hang."""

from __future__ import annotations

import threading

import pytest

from performance.probes import Probe, Reading
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
