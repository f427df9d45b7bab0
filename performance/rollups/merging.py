"""Rows of a series merged to as many points as asked; a gap stays a gap."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from performance.rollups.reading import GREATEST, KNOWN, LEAST, MEAN, Floats, Rows

STEPS = (
    *(2, 5, 10, 15, 30, 60, 120, 180, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200),
    *(86_400, 172_800, 345_600, 604_800, 1_209_600, 2_592_000),
)
GAP = 1.5  # A row is missing when the next one comes later than so many intervals.


class Points(NamedTuple):
    """Times, and by metric the means, the least and the greatest; NaN where nothing is known."""

    times: Floats
    means: Floats
    lows: Floats
    highs: Floats


def breaks(rows: Rows, interval: int) -> npt.NDArray[np.bool_]:
    """Between which rows and their next ones another should have come; samples come every *interval* or so."""
    widths = np.maximum(rows.widths, np.where(rows.lasts > 0, interval, 0))
    usual = GAP * np.maximum(widths[:-1], widths[1:])
    # After the last rollup, a sample may come as late as after another sample.
    leaving = (rows.lasts[:-1] > 0) & (rows.lasts[1:] == 0)
    return np.diff(rows.times) > np.where(leaving, rows.lasts[:-1] + GAP * widths[1:], usual)


def step_of(level: int, least: float) -> int:
    """The smallest round step of at least so many seconds that holds whole rows of the level."""
    fitting = (step for step in STEPS if step >= least and not (level and step % level))
    return next(fitting, math.ceil(least / (level or 1)) * (level or 1))


def as_taken(rows: Rows, broken: npt.NDArray[np.bool_]) -> Points:
    """The rows themselves, with a null where at least one is missing."""
    after = np.flatnonzero(broken) + 1
    times = np.insert(rows.times, after, rows.times[after - 1] + rows.widths[after - 1])
    parts = np.insert(rows.parts, after, np.nan, axis=0)
    return Points(np.round(times, 3), parts[:, :, MEAN], parts[:, :, LEAST], parts[:, :, GREATEST])


def merged(rows: Rows, step: int) -> Points:
    """The mean of every *step* seconds, on whole multiples of it; an empty one between full ones is null."""
    buckets = (rows.times // step).astype(int)
    starts = np.flatnonzero(np.diff(buckets, prepend=buckets[0] - 1))
    places = buckets[starts] - buckets[0]
    count = places[-1] + 1
    known = np.where(np.isnan(rows.parts[:, :, MEAN]), 0.0, rows.parts[:, :, KNOWN])
    weighted = np.where(known > 0, known * rows.parts[:, :, MEAN], 0.0)
    with np.errstate(invalid="ignore"):
        means = np.add.reduceat(weighted, starts) / np.add.reduceat(known, starts)
    return Points(
        (np.arange(count) + buckets[0]) * float(step),
        spread_out(means, places, count),
        spread_out(np.fmin.reduceat(rows.parts[:, :, LEAST], starts), places, count),
        spread_out(np.fmax.reduceat(rows.parts[:, :, GREATEST], starts), places, count),
    )


def spread_out(values: Floats, places: npt.NDArray[np.int_], count: int) -> Floats:
    """The values at their places, nothing between them."""
    found = np.full((count, values.shape[1]), np.nan)
    found[places] = values
    return found
