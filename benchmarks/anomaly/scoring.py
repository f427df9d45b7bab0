"""The documented scoring of the Numenta Anomaly Benchmark, application profile *standard*.

Lavin, Ahmad: "Evaluating Real-time Anomaly Detection Algorithms: the Numenta Anomaly Benchmark", ICMLA 2015, section
II: a detection inside a labelled window earns the more the earlier it comes, by a scaled sigmoid, and only the best of
a window counts; one outside costs, the less the sooner it follows a window; a missed window costs one. The first
points of a series, the probationary period, count for nothing. The sum is told between that of a detector that never
says anything (0) and that of a perfect one (100).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HIT, FALSE_ALARM, MISS = 1.0, 0.11, 1.0
PROBATION, PROBATION_POINTS = 0.15, 750
FAR = 3.0  # So many windows behind a window a false alarm costs in full.

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Labelled:
    """A series and the windows of its anomalies, as first and last index."""

    name: str
    times: Floats
    values: Floats
    windows: tuple[tuple[int, int], ...]

    @property
    def probation(self) -> int:
        return int(min(np.floor(PROBATION * len(self.values)), PROBATION_POINTS))


def sigmoid(position: Floats) -> Floats:
    """1 long before the right edge of a window (position -1), 0 at it, -1 far behind it."""
    scaled = 2 / (1 + np.exp(5 * np.minimum(position, FAR + 1))) - 1
    return np.where(position > FAR, -1.0, scaled)


def worth(series: Labelled) -> tuple[Floats, NDArray[np.int64]]:
    """What a detection at each point earns, and the window it lies in: -1 for none."""
    count = len(series.values)
    index = np.arange(count, dtype=np.float64)
    earned, inside = np.full(count, -FALSE_ALARM), np.full(count, -1, dtype=np.int64)
    for number, (first, last) in enumerate(series.windows):
        width = last - first + 1
        behind = slice(last + 1, None)
        earned[behind] = FALSE_ALARM * sigmoid((index[behind] - last) / max(width - 1, 1))
        within = slice(first, last + 1)
        best = sigmoid(np.array([-1.0]))
        earned[within] = HIT * sigmoid(-(last - index[within] + 1) / width) / best
        inside[within] = number
    return earned, inside


def sweep(series: Sequence[Labelled], scores: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Every threshold that tells points apart, falling, and the normalised score at each.

    A point is a detection when its score is at least the threshold.
    """
    parts = [gains(one, found) for one, found in zip(series, scores, strict=True)]
    marks = np.concatenate([mark for mark, _ in parts])
    change = np.concatenate([gain for _, gain in parts])
    order = np.argsort(-marks, kind="stable")
    totals = np.cumsum(change[order])
    ends = np.append(np.diff(marks[order]) != 0, True)
    windows = sum(len(one.windows) for one in series)
    span = windows * (HIT + MISS)
    return marks[order][ends], 100 * totals[ends] / span


def gains(series: Labelled, scores: Floats) -> tuple[Floats, Floats]:
    """Each point's score and what it adds to the total once the threshold has fallen to it."""
    earned, inside = worth(series)
    gain = earned.copy()
    for number in range(len(series.windows)):
        members = np.flatnonzero((inside == number) & (np.arange(len(scores)) >= series.probation))
        falling = members[np.argsort(-scores[members], kind="stable")]
        best = np.maximum.accumulate(np.concatenate([[-MISS], earned[falling]]))
        gain[falling] = np.diff(best)
    return scores[series.probation :], gain[series.probation :]


def best(series: Sequence[Labelled], scores: Sequence[Floats]) -> tuple[float, float]:
    """The normalised score at the threshold that suits these series best, and that threshold."""
    thresholds, totals = sweep(series, scores)
    at = int(np.argmax(totals))
    return max(float(totals[at]), 0.0), float(thresholds[at])


def at_threshold(series: Sequence[Labelled], scores: Sequence[Floats], threshold: float) -> float:
    """The normalised score at a given threshold."""
    thresholds, totals = sweep(series, scores)
    reached = np.flatnonzero(thresholds >= threshold)
    return float(totals[reached[-1]]) if len(reached) else 0.0
