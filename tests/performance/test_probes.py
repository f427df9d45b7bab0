"""The probes read this very machine."""

from __future__ import annotations

from collections import namedtuple

import pytest

from performance import probes
from performance.metrics import SYSTEM
from performance.models import SystemSample
from performance.probes import Probe, Reading, probes_of, register, system
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
    probes_here = probes_of("system")
    sum(range(4_000_000))  # until the counters of the processor have moved on
    for probe in probes_here:
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


def test_the_shares_of_the_cpu_are_those_between_two_readings(monkeypatch):
    Times = namedtuple("Times", "user nice system idle iowait irq softirq steal guest guest_nice")
    looks = iter(
        [
            [Times(100, 0, 0, 0, 0, 0, 0, 0, 50, 0), Times(0, 0, 0, 100, 0, 0, 0, 0, 0, 0)],
            [Times(106, 0, 2, 1, 0, 0, 0, 1, 56, 0), Times(0, 0, 0, 106, 4, 0, 0, 0, 0, 0)],
            [Times(106, 0, 2, 1, 0, 0, 0, 1, 56, 0), Times(0, 0, 0, 106, 4, 0, 0, 0, 0, 0)],
            [Times(106, 0, 2, 1, 0, 0, 0, 1, 56, 0)],
        ]
    )
    monkeypatch.setattr(system.psutil, "cpu_times", lambda percpu: next(looks))
    cpu = system.Cpu()
    reading = cpu.read(1.0)
    assert reading.detail["cores"] == [90.0, 0.0]
    assert reading.columns == {
        "cpu_percent": 45.0, "cpu_worst_core": 90.0, "cpu_steal_percent": 5.0, "cpu_iowait_percent": 20.0,
        "cpu_count": 2,
    }  # fmt: skip
    assert cpu.read(2.0).columns["cpu_percent"] is None, "no time has passed"
    assert cpu.read(3.0).columns == {"cpu_count": 1}, "a core went"


def test_a_machine_without_sensors_is_asked_again_once_in_a_while(monkeypatch):
    asked = []
    monkeypatch.setattr(system.psutil, "sensors_temperatures", lambda: asked.append(1) or {}, raising=False)
    probe = system.Temperature()
    for now in (0.0, 30.0, 599.0, 601.0):
        assert probe.read(now).columns == {"temperature": None}
    assert len(asked) == 2


def test_partitions_do_not_count_their_disks_bytes_again(monkeypatch):
    Disk = namedtuple("Disk", "read_bytes write_bytes")
    looks = iter([{"sda": Disk(0, 0), "sda1": Disk(0, 0)}, {"sda": Disk(3000, 600), "sda1": Disk(3000, 600)}, {}])
    monkeypatch.setattr(system.psutil, "disk_io_counters", lambda **_: next(looks))
    monkeypatch.setattr(system, "is_whole", lambda name: name == "sda")
    probe = system.DiskTraffic()
    assert probe.read(0.0).columns == {"disk_read_rate": None, "disk_write_rate": None}
    reading = probe.read(30.0)
    assert reading.columns == {"disk_read_rate": 100.0, "disk_write_rate": 20.0}
    assert set(reading.detail["disks"]) == {"sda", "sda1"}
    assert probe.read(60.0).columns == {"disk_read_rate": None, "disk_write_rate": None}


def test_the_disk_is_full_where_its_percentage_says_so(monkeypatch):
    """ext4 keeps a twentieth back for root."""
    Usage = namedtuple("Usage", "total used free percent")
    monkeypatch.setattr(system.psutil, "disk_usage", lambda path: Usage(100_000, 57_000, 38_000, 60.0))
    columns = system.DiskSpace().read(0.0).columns
    assert columns == {"disk_percent": 60.0, "disk_used": 57_000, "disk_total": 95_000}
