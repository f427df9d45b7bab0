"""What the cache saved, and how jobs went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import F, Max, Sum

from performance.foresight.grid import speaker
from performance.metrics import TASKS
from performance.models import CacheSample, TaskSample
from performance.report.details import details, grouped, highest, none_of, share, total, usual
from performance.report.sections import Column, Content, Table, section
from performance.timerange import Window
from performance.units import BYTES, COUNT, PERCENT, SECONDS, shown
from performance.workers import counted
from valor.lib.numbers import format_duration

MOST = 10
NAMESPACES = (
    Column("namespace", "Namespace"),
    Column("lookups", "Lookups", COUNT),
    Column("hit_percent", "Hits", PERCENT),
    Column("evictions", "Evictions", COUNT),
    Column("bytes", "Held, at most", BYTES),
    Column("compute_seconds", "Computing", SECONDS, format_duration),
    Column("saved_seconds", "Saved", SECONDS, format_duration),
)
KINDS = (
    Column("kind", "Kind"),
    Column("finished", "Finished", COUNT),
    Column("failed", "Failed", COUNT),
    Column("retried", "Retried", COUNT),
    Column("wait_p95", "Wait, p95", SECONDS),
    Column("run_p95", "Run, p95", SECONDS),
    Column("worst_wait_p95", "Worst wait, p95", SECONDS),
)


@section("cache", "Cache")
def cache_of(window: Window) -> Content:
    found = details(CacheSample, window)
    groups = grouped(found.members("namespaces"), "name")
    rows = [namespace(key[0], members, found.every) for key, members in groups.items()]
    rows = sorted(rows, key=lambda row: -row["lookups"])[:MOST]
    samples = CacheSample.objects.filter(taken_at__gt=window.start, taken_at__lte=window.end)
    sums = samples.filter(hit_percent__isnull=False).aggregate(
        hits=Sum(F("hit_percent") * F("lookup_count")), lookups=Sum("lookup_count")
    )
    sentences = none_of("lookup_count", CacheSample, window)
    if sums["lookups"]:
        rate = shown(sums["hits"] / sums["lookups"], PERCENT)
        sentences = [f"{rate} of {shown(sums['lookups'], COUNT)} lookups were answered from the cache."]
    return Content(
        sentences,
        [Table("By lookups", NAMESPACES, rows)],
        "The cache was not measured.",
        found.notes,
    )


def namespace(name: str, members: Sequence[Mapping[str, Any]], every: int) -> dict[str, Any]:
    hits, misses = total(members, "hits"), total(members, "misses")
    return {
        "namespace": name,
        "lookups": round((hits + misses) * every),
        "hit_percent": share(hits, hits + misses),
        "evictions": round(total(members, "evictions") * every),
        "bytes": highest(members, "bytes"),
        "compute_seconds": total(members, "compute_seconds") * every,
        "saved_seconds": total(members, "saved_seconds") * every,
    }


@section("jobs", "Jobs")
def jobs_of(window: Window) -> Content:
    # Each host sees the whole queue, so that one is enough.
    host = speaker(TASKS)
    found = details(TaskSample, window, host)
    groups = grouped(found.members("kinds"), "kind")
    rows = [kind(members, found.every) for members in groups.values()]
    rows = sorted((row for row in rows if row["finished"]), key=lambda row: -row["finished"])[:MOST]
    return Content(
        totals(window, host), [Table("By how many finished", KINDS, rows)], "No job was measured.", found.notes
    )


def totals(window: Window, host: str) -> list[str]:
    samples = TaskSample.objects.filter(host=host, taken_at__gt=window.start, taken_at__lte=window.end)
    sums = samples.aggregate(finished=Sum("finished_count"), failed=Sum("failed_count"), oldest=Max("oldest_seconds"))
    if not sums["finished"]:
        return none_of("finished_count", TaskSample, window, host)
    failed = f"{shown(share(sums['failed'], sums['finished']), PERCENT)} of them" if sums["failed"] else "none"
    wait = f"; the longest wait was {format_duration(sums['oldest'])}" if sums["oldest"] is not None else ""
    return [f"{counted(sums['finished'], 'job')} finished, {failed} failed{wait}."]


def kind(members: Sequence[Mapping[str, Any]], every: int) -> dict[str, Any]:
    counts = {name: round(total(members, name) * every) for name in ("finished", "failed", "retried")}
    return {
        "kind": members[-1].get("title") or members[-1].get("kind", ""),
        **counts,
        "wait_p95": usual(members, "wait_p95", "finished"),
        "run_p95": usual(members, "run_p95", "finished"),
        "worst_wait_p95": highest(members, "wait_p95"),
    }
