"""Processes of the host, ours by their role: by a walk, or as ours told of themselves."""

from __future__ import annotations

from typing import Any

from performance.alerts.culprits import MOST, Case, Culprit, Entry, explains, largest, part, percent
from performance.units import BYTES, PERCENT, shown

CORE = 100.0  # percent of one core


def named(process: Entry) -> str:
    """ "worker 4711", else "stress 4711"."""
    return f"{process.get('ours') or process.get('role') or process.get('name')} {process.get('pid')}"


def figures(process: Entry, *names: str) -> dict[str, Any]:
    return {name: process.get(name) for name in ("pid", *names)}


def walked(process: Entry) -> dict[str, Any]:
    return figures(process, "name", "ours", "cpu", "rss", "command")


@explains(
    *("system.cpu_percent", "system.cpu_worst_core", "system.cpu_iowait_percent", "system.cpu_steal_percent"),
    *("system.load_1", "system.load_5", "system.load_15", "system.temperature"),
)
def busiest(case: Case) -> list[Culprit]:
    found = largest(case.suspects.processes(), "cpu")
    cores = case.column("system", "cpu_count") or 1
    used = CORE * cores * (case.column("system", "cpu_percent") or 0) / 100
    return [by_cpu(process, part(process["cpu"], used)) for process in found]


def by_cpu(process: Entry, share: float | None) -> Culprit:
    busy = shown(process["cpu"], PERCENT, digits=0)
    sentence = f"{named(process)} takes {busy} of a core"
    return Culprit("process", named(process), walked(process), sentence, share)


@explains("system.memory_percent", "system.swap_rate")
def largest_of_host(case: Case) -> list[Culprit]:
    whole = case.column("system", "memory_total")
    return [by_memory(process, whole) for process in largest(case.suspects.processes(), "rss")]


@explains("application.rss_worst")
def largest_of_ours(case: Case) -> list[Culprit]:
    whole = case.column("application", "rss")
    return [by_memory(process, whole) for process in largest(case.detail("application", "processes"), "rss")]


def by_memory(process: Entry, whole: float | None) -> Culprit:
    share = part(process["rss"], whole)
    sentence = f"{named(process)} holds {shown(process['rss'], BYTES)}"
    told = walked(process) if "command" in process else figures(process, "rss", "cpu")
    return Culprit("process", named(process), told, sentence, share)


@explains("application.open_files_percent")
def most_files(case: Case) -> list[Culprit]:
    return [
        Culprit("process", named(one), figures(one, "files"), f"{named(one)} holds {one['files']:,} files open")
        for one in largest(case.detail("application", "processes"), "files", MOST)
    ]


@explains("system.disk_percent")
def largest_tables(case: Case) -> list[Culprit]:
    """What of the disk is ours to give back: the database's largest tables."""
    used = case.column("system", "disk_used")
    tables = largest(case.detail("database", "tables"), "bytes")
    return [by_size(table, part(table["bytes"], used)) for table in tables]


def by_size(table: Entry, share: float | None) -> Culprit:
    of = f", {percent(share)} of what is used" if share and share >= 0.01 else ""
    sentence = f"the table {table['name']} takes {shown(table['bytes'], BYTES)}{of}"
    return Culprit("table", str(table["name"]), {"bytes": table["bytes"]}, sentence, share)
