"""The host: CPU, load, memory, swap, temperature, disk, network, processes. Together about 0.3 ms with psutil."""

from __future__ import annotations

import os
from collections.abc import Mapping

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


@register
class Cpu(Probe):
    category, name = "system", "cpu"

    def read(self, now: float) -> Reading:
        cores = psutil.cpu_percent(percpu=True)
        shares = psutil.cpu_times_percent()
        columns = {
            "cpu_percent": round(sum(cores) / len(cores), 1),
            "cpu_worst_core": max(cores),
            "cpu_steal_percent": getattr(shares, "steal", None),
            "cpu_iowait_percent": getattr(shares, "iowait", None),
            "cpu_count": len(cores),
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
    """Where the machine tells any; virtual ones as a rule do not."""

    category, name = "system", "temperature"

    def read(self, now: float) -> Reading:
        read = getattr(psutil, "sensors_temperatures", dict)
        sensors = {
            f"{chip} {sensor.label}".strip(): sensor.current
            for chip, found in read().items()
            for sensor in found
            if sensor.current is not None
        }
        highest = max(sensors.values(), default=None)
        return Reading({"temperature": highest}, {"temperatures": sensors} if sensors else {})


@register
class DiskSpace(Probe):
    category, name = "system", "disk space"

    def read(self, now: float) -> Reading:
        disk = psutil.disk_usage(str(settings.HOME))
        return Reading({"disk_percent": disk.percent, "disk_used": disk.used, "disk_total": disk.total})


@register
class DiskTraffic(Probe):
    category, name = "system", "disk traffic"

    def __init__(self) -> None:
        self.total, self.members = Rates(), Rates()

    def read(self, now: float) -> Reading:
        # The total leaves out partitions and logical volumes, which would count their disk's bytes again.
        total = psutil.disk_io_counters()
        if total is None:
            return Reading({"disk_read_rate": None, "disk_write_rate": None})
        rates = self.total.since_last({"all": (total.read_bytes, total.write_bytes)}, now)
        read, written = rates.get("all", (None, None))
        disks = {name: (disk.read_bytes, disk.write_bytes) for name, disk in psutil.disk_io_counters(True).items()}
        members = active(self.members.since_last(disks, now))
        return Reading({"disk_read_rate": read, "disk_write_rate": written}, {"disks": members})


@register
class Network(Probe):
    """Every interface but the loopback."""

    category, name = "system", "network"

    def __init__(self) -> None:
        self.rates = Rates()

    def read(self, now: float) -> Reading:
        counters = psutil.net_io_counters(pernic=True)
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
