"""The members behind the totals, merged over a span: what each sample keeps in its ``detail``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import Sum
from django.utils import timezone

from performance.models.samples import Sample
from performance.retention import RAW, detailed_since, kept_since
from performance.timerange import Window
from performance.units import clock
from performance.words import Nothing

MOST_ROWS = 10_000


@dataclass(frozen=True)
class Details:
    """The details of a span's samples, host by host. Of very many only every *every*-th is read, evenly spread.

    *since* is from when on there are any, where that is later than the span begins; *totals_since* that of the columns.
    """

    rows: list[Mapping[str, Any]]
    every: int
    since: datetime | None = None
    totals_since: datetime | None = None

    @property
    def notes(self) -> list[str]:
        estimated = [f"Estimated from one sample in {self.every}."] if self.every > 1 else []
        if self.since is None:
            return estimated
        totals = f", totals from {clock(self.totals_since)} on" if self.totals_since else ""
        return [f"Details are known from {clock(self.since)} on{totals}: what is older is kept without.", *estimated]

    def members(self, name: str) -> Iterator[Mapping[str, Any]]:
        for row in self.rows:
            yield from row.get(name) or ()


def details(model: type[Sample], window: Window, host: str | None = None) -> Details:
    """Of all hosts, or of one where every host sees the same."""
    now = timezone.now()
    since, totals_since = (
        kept if kept is not None and kept > window.start else None
        for kept in (detailed_since(now), kept_since(RAW, now))
    )
    rows = model._default_manager.filter(taken_at__gt=since or window.start, taken_at__lte=window.end)
    if host is not None:
        rows = rows.filter(host=host)
    count = rows.count()
    every = max(1, -(-count // MOST_ROWS))
    if every == 1:
        return Details(list(rows.order_by("host", "taken_at").values_list("detail", flat=True)), 1, since, totals_since)
    chosen = list(rows.order_by("host", "taken_at").values_list("pk", flat=True))[::every]
    found: list[Mapping[str, Any]] = []
    for start in range(0, len(chosen), 500):
        batch = model._default_manager.filter(pk__in=chosen[start : start + 500]).order_by("host", "taken_at")
        found += batch.values_list("detail", flat=True)
    return Details(found, every, since, totals_since)


def none_of(counted: str, model: type[Sample], window: Window, host: str | None = None) -> list[str]:
    """ "No requests.", where that many were counted in the span; no sentence where there were some, or nobody knows."""
    rows = model._default_manager.filter(taken_at__gt=window.start, taken_at__lte=window.end)
    if host is not None:
        rows = rows.filter(host=host)
    word = Nothing.where(counted, rows.aggregate(all=Sum(counted))["all"])
    return [f"{word}."] if word else []


def grouped(members: Iterable[Mapping[str, Any]], *keys: str) -> dict[tuple[Any, ...], list[Mapping[str, Any]]]:
    groups: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for member in members:
        groups.setdefault(tuple(member.get(key, "") for key in keys), []).append(member)
    return groups


def total(group: Iterable[Mapping[str, Any]], name: str) -> float:
    return sum(member.get(name) or 0 for member in group)


def usual(group: Iterable[Mapping[str, Any]], name: str, weight: str) -> float | None:
    """The median of a figure over samples, each as heavy as what it tells of: so that quiet moments count little."""
    known = [(member[name], member.get(weight) or 0) for member in group if member.get(name) is not None]
    known = sorted((value, heavy) for value, heavy in known if heavy > 0)
    if not known:
        return None
    weights = np.cumsum([heavy for _, heavy in known])
    return float(known[int(np.searchsorted(weights, weights[-1] / 2))][0])


def highest(group: Iterable[Mapping[str, Any]], name: str) -> float | None:
    return max((member[name] for member in group if member.get(name) is not None), default=None)


def share(part: float, whole: float) -> float | None:
    """In percent; None of nothing."""
    return 100 * part / whole if whole else None
