"""The probes read this very machine."""

from __future__ import annotations

import pytest

from performance import probes
from performance.metrics import SYSTEM
from performance.models import SystemSample
from performance.probes import Probe, Reading, probes_of, register
from performance.probes.system import Rates

MEASURED = {field.name for field in SystemSample._meta.concrete_fields} - {
    "id", "host", "taken_at", "interval", "detail"
}  # fmt: skip


def test_together_the_probes_fill_every_measured_column_and_nothing_else():
    columns = [name for probe in probes_of("system") for name in probe.read(1.0).columns]
    assert sorted(columns) == sorted(MEASURED)


def test_every_metric_comes_from_a_measured_column():
    assert {column for metric in SYSTEM.metrics for column in metric.sources} <= MEASURED


def test_readings_are_within_what_a_machine_can_be():
    values = {}
    for probe in probes_of("system"):
        values |= probe.read(1.0).columns
    for share in ("cpu_percent", "memory_percent", "swap_percent", "disk_percent"):
        assert 0 <= values[share] <= 100
    assert values["cpu_count"] >= 1
    assert 0 < values["memory_used"] < values["memory_total"]
    assert 0 < values["disk_used"] <= values["disk_total"]
    assert values["process_count"] >= 1
    assert values["load_1"] >= 0


def test_the_cpu_total_is_the_mean_of_its_cores():
    (cpu,) = [probe for probe in probes_of("system") if probe.name == "cpu"]
    cpu.read(0.0)
    sum(range(2_000_000))
    reading = cpu.read(1.0)
    cores = reading.detail["cores"]
    assert len(cores) == reading.columns["cpu_count"]
    assert reading.columns["cpu_percent"] == pytest.approx(sum(cores) / len(cores), abs=0.05)
    assert reading.columns["cpu_percent"] > 0


def test_a_rate_needs_two_readings():
    rates = Rates()
    assert rates.since_last({"sda": (1000, 5000)}, 10.0) == {}
    assert rates.since_last({"sda": (1600, 5000)}, 12.0) == {"sda": (300.0, 0.0)}


def test_a_counter_that_was_reset_gives_no_rate_rather_than_a_negative_one():
    rates = Rates()
    rates.since_last({"eth0": (1000, 1000), "eth1": (0, 0)}, 10.0)
    assert rates.since_last({"eth0": (5, 2000), "eth1": (10, 20)}, 11.0) == {"eth1": (10.0, 20.0)}


def test_a_member_that_appears_later_counts_from_its_second_reading():
    rates = Rates()
    rates.since_last({}, 10.0)
    assert rates.since_last({"usb0": (100, 100)}, 11.0) == {}
    assert rates.since_last({"usb0": (150, 100)}, 12.0) == {"usb0": (50.0, 0.0)}


def test_a_probe_declared_twice_is_refused(monkeypatch):
    monkeypatch.setattr(probes, "PROBES", {})

    class Twin(Probe):
        category, name = "system", "twin"

        def read(self, now: float) -> Reading:
            return Reading({})

    register(Twin)
    with pytest.raises(ValueError, match="declared twice"):
        register(Twin)
