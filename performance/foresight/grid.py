"""Series from the database as even arrays, NaN where nothing is known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from performance.metrics import Category, Metric
from performance.selectors import in_service, latest_of
from performance.series import Series, history
from performance.timerange import Window

Floats = NDArray[np.float64]


def evenly(category: Category, host: str, window: Window, metrics: Sequence[Metric], count: int) -> dict[str, Floats]:
    """Each metric's means over *count* equal parts of the window."""
    # One more, since a step must leave at most so many points with both edges.
    found = history(category, host, window, metrics, points=count + 1)
    return {metric.name: filled(found, metric.name, count) for metric in metrics}


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


def sampled_hosts(category: Category) -> list[str]:
    return [sample.host for sample in in_service(latest_of(category.model))]


def places(category: Category, names: Sequence[str]) -> list[tuple[str, str, list[Metric]]]:
    """Whose series to read and whose they are: each host's own metrics, and the platform's once, under no name."""
    metrics = [category.by_name[name] for name in names]
    hosts = sampled_hosts(category)
    own = [metric for metric in metrics if not metric.platform]
    shared = [metric for metric in metrics if metric.platform]
    found = [(host, host, own) for host in hosts if own]
    return found + ([(speaker(category), "", shared)] if shared and hosts else [])


def speaker(category: Category) -> str:
    """The host in service whose samples go back furthest: it tells what every host sees alike. Empty: none is."""

    def oldest(host: str) -> datetime:
        rows = category.model._default_manager.filter(host=host).order_by("taken_at")
        return rows.values_list("taken_at", flat=True)[0]

    return min(sampled_hosts(category), key=oldest, default="")


def past(now: datetime, span: timedelta, before: timedelta = timedelta()) -> Window:
    return Window(now - before - span, now - before)
