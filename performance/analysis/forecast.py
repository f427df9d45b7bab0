"""What a level will be, with an interval that its own past errors have earned.

A forecast is made as it would have been made at many earlier moments; what those missed by is the interval, and where
they did no better than to say "as now", there is no forecast.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from performance.analysis.trends import pair_slopes, thinned

Floats = NDArray[np.float64]

LEAST_POINTS = 30
LEAST_KNOWN = 0.6  # Of the points between the first and the last.
ORIGINS, HORIZONS = 40, 12
FIRST_ORIGIN, LONGEST_TRIED = 1 / 3, 1 / 2  # Shares of the history.
LEAST_SKILL = 0.1
SLOPE_POINTS = 60
ANCHOR = 5  # The level now is the median of so many last points beside the trend.
SEASONAL_DAYS = 3
DAY = 86_400


@dataclass(frozen=True)
class Method:
    """How to go on: the slope of the last *share* of the past, with or without what each time of day adds."""

    share: float
    seasonal: bool


METHODS = (Method(1.0, False), Method(1 / 3, False), Method(1.0, True))


@dataclass(frozen=True)
class Projection:
    """Aligned arrays over the times to come. *skill* is the share of the naive forecast's error that it avoids."""

    times: Floats
    middle: Floats
    low: Floats
    high: Floats
    share: float
    skill: float


@dataclass(frozen=True)
class Crossing:
    """When a limit is reached: expected, at the earliest, and at the latest (None: perhaps never)."""

    at: float
    earliest: float
    latest: float | None


@dataclass(frozen=True)
class Trial:
    """The errors of past forecasts: ``errors[i][j]`` of origin i at horizon j; NaN where that is still to come."""

    method: Method
    origins: NDArray[np.int64]
    horizons: NDArray[np.int64]
    errors: Floats
    naive: Floats

    @property
    def skill(self) -> float:
        error, naive = np.nanmean(np.abs(self.errors)), np.nanmean(np.abs(self.naive))
        return float(1 - error / naive) if naive > 0 else 0.0


def forecast(times: Floats, values: Floats, ahead: int, share: float = 0.8) -> Projection | None:
    """The next *ahead* points of an evenly spaced series (NaN where missing), at most as many as it has.

    None where there is too little to judge by, or where "as now" would have been as good.
    """
    filled = complete(values)
    if filled is None:
        return None
    step = float(np.median(np.diff(times)))
    ahead = min(ahead, len(filled))
    trials = [tried(filled, method, step) for method in METHODS if usable(method, len(filled), step)]
    best = max(trials, key=lambda trial: trial.skill)
    if best.skill < LEAST_SKILL:
        return None
    steps = np.arange(1, ahead + 1)
    middle = continued(filled, steps, best.method, step)
    reach = reaches(best, steps, len(filled), share)
    return Projection(times[-1] + step * steps, middle, middle - reach, middle + reach, share, best.skill)


def complete(values: Floats) -> Floats | None:
    """The series with its holes bridged; None where it is too short or has too many."""
    finite = np.flatnonzero(np.isfinite(values))
    if len(finite) < LEAST_POINTS or len(finite) < LEAST_KNOWN * len(values):
        return None
    return np.interp(np.arange(len(values)), finite, values[finite])


def usable(method: Method, count: int, step: float) -> bool:
    """The time of day needs several days, and several points in each."""
    per_day = DAY / step
    return not method.seasonal or (per_day >= 4 and count * FIRST_ORIGIN >= SEASONAL_DAYS * per_day)


def continued(past: Floats, steps: NDArray[np.int64], method: Method, step: float) -> Floats:
    """The past gone on with: where it is now, and its slope."""
    recent = past[-max(ANCHOR + 1, int(method.share * len(past))) :]
    index = np.arange(len(recent), dtype=np.float64)
    slope = float(np.median(pair_slopes(*thinned(index, recent, SLOPE_POINTS))))
    remainder = recent - slope * index
    season = np.zeros(1)
    if method.seasonal:
        season = daily(remainder, round(DAY / step))
        remainder = remainder - season[np.arange(len(recent)) % len(season)]
    level = float(np.median(remainder[-ANCHOR:]))
    ahead = len(recent) - 1 + steps
    found: Floats = level + slope * ahead + season[ahead % len(season)]
    return found


def daily(remainder: Floats, slots: int) -> Floats:
    """What each time of day adds: its median."""
    whole = len(remainder) // slots * slots
    table = remainder[:whole].reshape(-1, slots)
    medians: Floats = np.median(table, axis=0)
    return medians - np.median(medians)


def tried(values: Floats, method: Method, step: float) -> Trial:
    """Forecasts from earlier moments, and what they and the last value were off by."""
    count = len(values)
    origins = np.unique(np.linspace(max(ANCHOR + 1, count * FIRST_ORIGIN), count - 1, ORIGINS).astype(int))
    horizons = np.unique(np.geomspace(1, max(1, count * LONGEST_TRIED), HORIZONS).astype(np.int64))
    errors, naive = np.full((2, len(origins), len(horizons)), np.nan)
    for row, origin in enumerate(origins):
        past, seen = values[:origin], origin - 1 + horizons < count
        truth = values[origin - 1 + horizons[seen]]
        errors[row, seen] = truth - continued(past, horizons[seen], method, step)
        naive[row, seen] = truth - past[-1]
    return Trial(method, origins, horizons, errors, naive)


def reaches(trial: Trial, steps: NDArray[np.int64], count: int, share: float) -> Floats:
    """Half the interval's width at each step: the wider of two.

    The first is what *share* of the past errors at that horizon stayed within, never narrower than at a nearer one.
    Far horizons have few independent errors, so the second takes all horizons together, in units of how the error of
    a random walk grows whose drift is estimated: right for what piles up, wide for what swings about a line.
    """
    quantiles = np.maximum.accumulate([enough(column, share) for column in trial.errors.T])
    within = np.interp(steps, trial.horizons, quantiles)
    together = enough((trial.errors / growth(trial.horizons, trial.origins[:, None])).ravel(), share)
    return np.maximum(within, together * growth(steps, np.array(count)))


def enough(errors: Floats, share: float) -> float:
    """The error that the next one stays within with probability *share*, by the ranks of those before."""
    sizes = np.sort(np.abs(errors)[np.isfinite(errors)])
    rank = int(np.ceil(share * (len(sizes) + 1)))
    return float(sizes[min(rank, len(sizes)) - 1]) if len(sizes) else 0.0


def growth(steps: NDArray[np.int64], counts: NDArray[np.int64]) -> Floats:
    """A random walk's error after so many steps, its drift estimated from so many."""
    found: Floats = np.sqrt(steps + steps.astype(np.float64) ** 2 / counts)
    return found


def crossing(projection: Projection, limit: float) -> Crossing | None:
    """When a level that grows reaches *limit*; None where it is not expected to within the projection."""
    found = [reached(projection.times, line, limit) for line in (projection.middle, projection.high, projection.low)]
    at, earliest, latest = found
    return None if at is None or earliest is None else Crossing(at, earliest, latest)


def reached(times: Floats, line: Floats, limit: float) -> float | None:
    above = np.flatnonzero(line >= limit)
    return float(times[above[0]]) if len(above) else None
