"""Several series on one axis of time: an earlier one laid over the present one, and what is foreseen after it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from performance.metrics import CATEGORIES
from performance.series import Series, Values, history
from performance.timerange import Window

Floats = NDArray[np.float64]
SPARE = 60.0  # The distance of samples where there is but one.


def earlier(series: Series, shift: timedelta) -> Series:
    """The same metrics of the window that lies *shift* before, as far apart, told at the times of the present one."""
    window = Window(series.window.start - shift, series.window.end - shift)
    found = history(CATEGORIES[series.category], series.host, window, series.metrics, step=series.step)
    return replace(found, window=series.window, times=[at + shift.total_seconds() for at in found.times])


@dataclass(frozen=True)
class Axis:
    """Times in order, and for each of several series which of its points stands at each of them; -1: none."""

    times: list[float]
    places: tuple[NDArray[np.intp], ...]

    def row(self, series: int, values: Values) -> Values:
        return [values[at] if at >= 0 else None for at in self.places[series].tolist()]


def alone(series: Series) -> Axis:
    return Axis(series.times, (np.arange(len(series.times)),))


def together(series: Series, other: Series) -> Axis:
    """The times of *series*, each with the nearest point of *other* that is not a point too far.

    Where *series* has a gap, or has not begun, the points of *other* have times of their own.
    """
    mine, theirs = middles(series), middles(other)
    reach = max(apart(series), apart(other))
    near = nearest(mine, theirs, reach / 2 * 1.01)
    apart_from = np.flatnonzero(nearest(theirs, mine, reach) < 0)
    times = np.concatenate([np.asarray(series.times), np.asarray(other.times)[apart_from]])
    order = np.argsort(times, kind="stable")
    own = np.concatenate([np.arange(len(mine)), np.full(len(apart_from), -1)])[order]
    return Axis(times[order].tolist(), (own, np.concatenate([near, apart_from])[order]))


def middles(series: Series) -> Floats:
    """A merged point stands for the step after its time."""
    return np.asarray(series.times, dtype=np.float64) + series.step / 2


def apart(series: Series) -> float:
    """How far two neighbours lie from each other."""
    if series.step:
        return float(series.step)
    return float(np.median(np.diff(series.times))) if len(series.times) > 1 else SPARE


def nearest(times: Floats, others: Floats, reach: float) -> NDArray[np.intp]:
    """For each time the index of the nearest other within *reach*, of two the later; -1 where there is none."""
    if not len(others):
        return np.full(len(times), -1)
    after = np.searchsorted(others, times).clip(0, len(others) - 1)
    before = np.maximum(after - 1, 0)
    found = np.where(np.abs(others[before] - times) < np.abs(others[after] - times), before, after)
    return np.where(np.abs(others[found] - times) <= reach, found, -1)
