"""Namespaces of the cache, and processes that go on without Redis."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse

from performance.alerts.culprits import Case, Culprit, Entry, explains, largest, part, total
from performance.units import BYTES, shown, took
from performance.workers import counted

Said = Callable[[Entry], str]


def namespaces(case: Case, by: str, said: Said) -> list[Culprit]:
    """The namespaces with most of a figure."""
    every = case.detail("cache", "namespaces")
    whole = total(every, by)
    return [
        Culprit(
            "namespace",
            str(entry["name"]),
            {key: value for key, value in entry.items() if key != "name"},
            f"the namespace {entry['name']} {said(entry)}",
            part(entry[by], whole),
            reverse("performance:cache"),
        )
        for entry in largest(every, by)
    ]


@explains("cache.hit_percent")
def missing(case: Case) -> list[Culprit]:
    return namespaces(
        case,
        "misses",
        lambda entry: f"missed {entry['misses']:,} of {(entry.get('hits') or 0) + entry['misses']:,} lookups",
    )


@explains("cache.eviction_rate")
def thrashing(case: Case) -> list[Culprit]:
    return namespaces(
        case,
        "evictions",
        lambda entry: (
            f"had {counted(entry['evictions'], 'eviction')} for want of room, "
            f"after {counted(entry.get('writes') or 0, 'write')}"
        ),
    )


@explains("cache.joined_rate")
def crowding(case: Case) -> list[Culprit]:
    return namespaces(
        case,
        "joined",
        lambda entry: (
            f"let {counted(entry['joined'], 'caller')} wait for the computation of another "
            f"({took(entry.get('compute_seconds'))} of computing)"
        ),
    )


@explains("cache.shared_percent", "cache.shared_p95_ms")
def largest_shared(case: Case) -> list[Culprit]:
    return namespaces(case, "bytes", lambda entry: f"moved or holds {shown(entry['bytes'], BYTES)}")


@explains("cache.breakers_open")
def alone(case: Case) -> list[Culprit]:
    return [
        Culprit(
            "breaker",
            f"process {entry.get('pid')} on {entry.get('host')}",
            dict(entry),
            f"process {entry.get('pid')} goes on without Redis{why(entry)}",
            None,
            reverse("performance:cache"),
        )
        for entry in case.detail("cache", "breakers")
    ]


def why(entry: Entry) -> str:
    return f": {entry['reason'].rstrip('.')}" if entry.get("reason") else ""
