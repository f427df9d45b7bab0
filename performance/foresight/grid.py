"""Series from the database as even arrays, NaN where nothing is known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from django.db.models import OuterRef, Subquery
from numpy.typing import NDArray

from performance.metrics import Category, Metric
from performance.models import SamplerLease
from performance.selectors import hosts_in_service
from performance.series import Series, histories
from performance.timerange import Window

Floats = NDArray[np.float64]
ROWS = 4  # For each part: rollups tell its mean as exactly as the samples do.


def evenly(category: Category, host: str, window: Window, metrics: Sequence[Metric], count: int) -> dict[str, Floats]:
    """Each metric's means over *count* equal parts of the window."""
    return evenly_of(category, [host], window, metrics, count)[host]


def evenly_of(
    category: Category, hosts: Sequence[str], window: Window, metrics: Sequence[Metric], count: int
) -> dict[str, dict[str, Floats]]:
    """The same of several hosts, by host and metric."""
    # One more, since a step must leave at most so many points with both edges.
    found = histories(category, hosts, window, metrics, points=count + 1, most=ROWS * count)
    return {
        host: {metric.name: filled(series, metric.name, count) for metric in metrics} for host, series in found.items()
    }


def filled(series: Series, name: str, count: int) -> Floats:
    start, span = series.window.start.timestamp(), series.window.span.total_seconds()
    values = np.array([np.nan if value is None else value for value in series.values[name]], dtype=np.float64)
    # A merged point stands for the step after its time.
    middles = np.array(series.times, dtype=np.float64) + series.step / 2
    places = np.floor((middles - start) / span * count).astype(np.int64).clip(0, count - 1)
    known = np.isfinite(values)
    sums = np.bincount(places[known], weights=values[known], minlength=count)
    counts = np.bincount(places[known], minlength=count)
    means: Floats = np.divide(sums, counts, out=np.full(count, np.nan), where=counts > 0)
    return means


def places(category: Category, names: Sequence[str]) -> list[tuple[str, str, list[Metric]]]:
    """Whose series to read and whose they are: each host's own metrics, and the platform's once, under no name."""
    metrics = [category.by_name[name] for name in names]
    hosts = hosts_in_service(category.model)
    own = [metric for metric in metrics if not metric.platform]
    shared = [metric for metric in metrics if metric.platform]
    found = [(host, host, own) for host in hosts if own]
    return found + ([(oldest(category, hosts), "", shared)] if shared and hosts else [])


def speaker(category: Category) -> str:
    """The host in service whose samples go back furthest: it tells what every host sees alike. Empty: none is."""

    return oldest(category, hosts_in_service(category.model))


def oldest(category: Category, hosts: Sequence[str]) -> str:
    if len(hosts) < 2:
        return next(iter(hosts), "")
    first = category.model._default_manager.filter(host=OuterRef("host")).order_by("taken_at").values("taken_at")[:1]
    leases = SamplerLease.objects.filter(host__in=hosts).annotate(first=Subquery(first))
    return leases.order_by("first", "host").values_list("host", flat=True)[0]


def past(now: datetime, span: timedelta, before: timedelta = timedelta()) -> Window:
    return Window(now - before - span, now - before)
