"""The host: CPU, load, memory, swap, temperature, disk, network, processes. Together about 0.3 ms with psutil."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import psutil
from django.conf import settings

from performance.probes import Probe, Reading, register

Counters = tuple[int, int]
LOOPBACK = ("lo", "lo0")


class Rates:
    """Turns pairs of growing counters into rates per second since the last reading."""

    def __init__(self) -> None:
        self.last: dict[str, Counters] = {}
        self.at: float | None = None

    def since_last(self, counters: Mapping[str, Counters], now: float) -> dict[str, tuple[float, float]]:
        """The two rates of each member seen twice; one whose counters were reset is left out."""
        seconds = now - self.at if self.at is not None else 0.0
        rates = {}
        for member, new in counters.items():
            old = self.last.get(member)
            if old and seconds > 0 and new[0] >= old[0] and new[1] >= old[1]:
                rates[member] = (round((new[0] - old[0]) / seconds, 1), round((new[1] - old[1]) / seconds, 1))
        self.last, self.at = dict(counters), now
        return rates


def active(rates: Mapping[str, tuple[float, float]]) -> dict[str, list[int]]:
    """Whole bytes per second of the members that moved anything."""
    return {member: [round(first), round(second)] for member, (first, second) in rates.items() if first or second}


def spent(before: Any, after: Any) -> dict[str, float]:
    """A core's seconds by what it did between two readings; guests' are part of user and nice."""
    steps = {name: max(0.0, new - old) for name, old, new in zip(after._fields, before, after, strict=True)}
    return {name: step for name, step in steps.items() if name not in ("guest", "guest_nice")}


def busy_percent(spans: Mapping[str, float]) -> float | None:
    """The share of the time that was neither idle nor waiting for disks; None where no time has passed."""
    total = sum(spans.values())
    idle = spans.get("idle", 0.0) + spans.get("iowait", 0.0)
    return round(100 * (total - idle) / total, 1) if total else None


@register
class Cpu(Probe):
    """From one reading of the counters; psutil's own percentages are those since the same thread asked last."""

    category, name = "system", "cpu"

    def __init__(self) -> None:
        self.last = psutil.cpu_times(percpu=True)

    def read(self, now: float) -> Reading:
        before, self.last = self.last, psutil.cpu_times(percpu=True)
        if len(before) != len(self.last):  # A core came or went.
            return Reading({"cpu_count": len(self.last)})
        spans = [spent(old, new) for old, new in zip(before, self.last, strict=True)]
        cores = [share for share in map(busy_percent, spans) if share is not None]
        total = sum(sum(span.values()) for span in spans)

        def share_of(name: str) -> float | None:
            known = [span[name] for span in spans if name in span]
            return round(100 * sum(known) / total, 1) if known and total else None

        columns = {
            "cpu_percent": round(sum(cores) / len(cores), 1) if cores else None,
            "cpu_worst_core": max(cores, default=None),
            "cpu_steal_percent": share_of("steal"),
            "cpu_iowait_percent": share_of("iowait"),
            "cpu_count": len(spans),
        }
        return Reading(columns, {"cores": cores})


@register
class Load(Probe):
    category, name = "system", "load"

    def read(self, now: float) -> Reading:
        one, five, fifteen = (round(load, 2) for load in os.getloadavg())
        return Reading({"load_1": one, "load_5": five, "load_15": fifteen})


@register
class Memory(Probe):
    """Used is what can't be had without swapping: total less available."""

    category, name = "system", "memory"

    def read(self, now: float) -> Reading:
        memory = psutil.virtual_memory()
        columns = {
            "memory_percent": memory.percent,
            "memory_used": memory.total - memory.available,
            "memory_total": memory.total,
        }
        return Reading(columns)


@register
class Swap(Probe):
    category, name = "system", "swap"

    def __init__(self) -> None:
        self.rates = Rates()

    def read(self, now: float) -> Reading:
        swap = psutil.swap_memory()
        rate = self.rates.since_last({"all": (swap.sin, swap.sout)}, now).get("all")
        return Reading({"swap_percent": swap.percent, "swap_rate": sum(rate) if rate else None})


@register
class Temperature(Probe):
    """Where the machine tells any; virtual ones as a rule do not, and are asked again once in ten minutes only."""

    category, name = "system", "temperature"
    AGAIN = 600.0

    def __init__(self) -> None:
        self.again_at = float("-inf")

    def read(self, now: float) -> Reading:
        if now < self.again_at:
            return Reading({"temperature": None})
        read = getattr(psutil, "sensors_temperatures", dict)
        sensors = {
            f"{chip} {sensor.label}".strip(): sensor.current
            for chip, found in read().items()
            for sensor in found
            if sensor.current is not None
        }
        if not sensors:
            self.again_at = now + self.AGAIN
        highest = max(sensors.values(), default=None)
        return Reading({"temperature": highest}, {"temperatures": sensors} if sensors else {})


@register
class DiskSpace(Probe):
    """The total is what we may fill: without what the file system keeps back for root, as in the percentage."""

    category, name = "system", "disk space"

    def read(self, now: float) -> Reading:
        disk = psutil.disk_usage(str(settings.HOME))
        return Reading({"disk_percent": disk.percent, "disk_used": disk.used, "disk_total": disk.used + disk.free})


@register
class DiskTraffic(Probe):
    category, name = "system", "disk traffic"

    def __init__(self) -> None:
        self.rates = Rates()

    def read(self, now: float) -> Reading:
        # Wrapped counters give no rate, see Rates: psutil need not look for them.
        counters = psutil.disk_io_counters(perdisk=True, nowrap=False) or {}
        if not counters:
            return Reading({"disk_read_rate": None, "disk_write_rate": None})
        found = {name: (disk.read_bytes, disk.write_bytes) for name, disk in counters.items()}
        rates = self.rates.since_last(found, now)
        whole = [rate for name, rate in rates.items() if is_whole(name)]
        columns = {
            "disk_read_rate": round(sum(rate[0] for rate in whole), 1) if whole else None,
            "disk_write_rate": round(sum(rate[1] for rate in whole), 1) if whole else None,
        }
        return Reading(columns, {"disks": active(rates)})


@cache
def is_whole(disk: str) -> bool:
    """Whether it is no partition, whose bytes its disk counts again."""
    return sys.platform != "linux" or Path("/sys/block", disk.replace("/", "!")).exists()


@register
class Network(Probe):
    """Every interface but the loopback."""

    category, name = "system", "network"

    def __init__(self) -> None:
        self.rates = Rates()

    def read(self, now: float) -> Reading:
        counters = psutil.net_io_counters(pernic=True, nowrap=False)
        interfaces = {n: (c.bytes_recv, c.bytes_sent) for n, c in counters.items() if n not in LOOPBACK}
        rates = self.rates.since_last(interfaces, now)
        known = bool(rates) or not interfaces
        columns = {
            "network_in_rate": sum(rate[0] for rate in rates.values()) if known else None,
            "network_out_rate": sum(rate[1] for rate in rates.values()) if known else None,
        }
        return Reading(columns, {"interfaces": active(rates)})


@register
class Processes(Probe):
    category, name = "system", "processes"

    def read(self, now: float) -> Reading:
        return Reading({"process_count": len(psutil.pids())})
