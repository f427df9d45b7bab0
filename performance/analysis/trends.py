"""Slopes that a few wild values do not move, and shifts between two periods that exceed their noise."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST_POINTS = 200  # Pairs grow with the square; more points are merged to means.
LEAST_POINTS = 8
PARTS = 12  # A period is compared part by part, so that the same times of day meet.
LEAST_PARTS = 8
LEAST_SHARE = 0.05  # A shift of less than this share of the level is not told.


@dataclass(frozen=True)
class Slope:
    """The change per second with the interval in which it lies in *share* of all cases."""

    value: float
    low: float
    high: float
    share: float

    @property
    def certain(self) -> bool:
        """Whether the direction is beyond doubt."""
        return self.low > 0 or self.high < 0


def known(times: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Without the points whose value is NaN."""
    finite = np.isfinite(values)
    return times[finite], values[finite]


def thinned(times: Floats, values: Floats, most: int = MOST_POINTS) -> tuple[Floats, Floats]:
    """Means of neighbours where there are more than *most* points."""
    if len(values) <= most:
        return times, values
    edges = np.linspace(0, len(values), most + 1).astype(int)[:-1]
    counts = np.diff(np.append(edges, len(values)))
    return np.add.reduceat(times, edges) / counts, np.add.reduceat(values, edges) / counts


def theil_sen(times: Floats, values: Floats, share: float = 0.95) -> Slope | None:
    """The median of the slopes between all pairs of points; None below LEAST_POINTS known ones.

    The interval is that of Sen (1968) by Kendall's statistic, whose variance is raised by what the remainder's
    neighbours have in common (an autoregression of order one), since samples of a load are not independent.
    """
    times, values = thinned(*known(times, values))
    if len(values) < LEAST_POINTS:
        return None
    slopes = pair_slopes(times, values)
    if not len(slopes):
        return None
    middle, count = float(np.median(slopes)), len(values)
    remainder = values - middle * times
    variance = count * (count - 1) * (2 * count + 5) / 18 * inflation(remainder)
    reach = NormalDist().inv_cdf(0.5 + share / 2) * np.sqrt(variance)
    ordered = np.sort(slopes)
    low, high = ((len(ordered) - reach) / 2, (len(ordered) + reach) / 2)
    return Slope(middle, float(ordered[max(0, int(low) - 1)]), float(ordered[min(len(ordered) - 1, int(high))]), share)


def pair_slopes(times: Floats, values: Floats) -> Floats:
    first, second = np.triu_indices(len(values), 1)
    run = times[second] - times[first]
    apart = run > 0
    found: Floats = (values[second] - values[first])[apart] / run[apart]
    return found


def inflation(remainder: Floats) -> float:
    """How much the variance of a mean grows by what neighbours have in common; at least 1."""
    centred = remainder - np.median(remainder)
    power = float(centred @ centred)
    common = float(centred[1:] @ centred[:-1]) / power if power > 0 else 0.0
    common = min(max(common, 0.0), 0.95)
    return (1 + common) / (1 - common)


@dataclass(frozen=True)
class Shift:
    """A figure of a period against the same figure of an earlier one; *low* to *high* holds the true difference.

    ``effect`` is the difference in units of the usual spread between corresponding parts.
    """

    now: float
    then: float
    difference: float
    low: float
    high: float
    effect: float

    @property
    def share(self) -> float | None:
        """The difference as a share of the earlier figure; None where that is zero."""
        return self.difference / abs(self.then) if self.then else None

    @property
    def told(self) -> bool:
        """Whether it exceeds the noise and is large enough to matter."""
        return (self.low > 0 or self.high < 0) and (self.share is None or abs(self.share) >= LEAST_SHARE)


def shift(now: Floats, then: Floats, quantile: float, share: float = 0.99) -> Shift | None:
    """The shift of a quantile between two periods of equal length, each evenly sampled; NaN is missing.

    Each period is cut in PARTS, and the parts at the same time are compared, so that the course of the day cancels.
    Of their differences it takes the median of all means of two (Hodges, Lehmann 1963), with the interval of
    Wilcoxon's signed ranks. None where fewer than LEAST_PARTS parts are known on both sides.
    """
    recent, earlier = parts(now, quantile), parts(then, quantile)
    both = np.isfinite(recent) & np.isfinite(earlier)
    differences = (recent - earlier)[both]
    count = len(differences)
    if count < LEAST_PARTS:
        return None
    first, second = np.triu_indices(count)
    means = np.sort((differences[first] + differences[second]) / 2)
    reach = NormalDist().inv_cdf(0.5 + share / 2) * np.sqrt(count * (count + 1) * (2 * count + 1) / 24)
    cut = min(max(0, int(count * (count + 1) / 4 - reach)), len(means) // 2)
    middle = float(np.median(means))
    spread = 1.4826 * float(np.median(np.abs(differences - np.median(differences))))
    level = float(np.nanquantile(then, quantile))
    return Shift(
        float(np.nanquantile(now, quantile)),
        level,
        middle,
        float(means[cut]),
        float(means[-1 - cut]),
        middle / spread if spread else np.inf * np.sign(middle) if middle else 0.0,
    )


def parts(values: Floats, quantile: float) -> Floats:
    """The quantile of each part; NaN where a part has no value."""
    return np.array(
        [
            np.quantile(piece[np.isfinite(piece)], quantile) if np.isfinite(piece).any() else np.nan
            for piece in np.array_split(values, PARTS)
        ]
    )
