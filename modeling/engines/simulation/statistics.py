"""The figures of a result, each from the pooled sample or from the readings of the blocks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from modeling.engines.simulation.sampling import GROUPS, Block

Floats = NDArray[np.float64]

PERCENTILES: Final = (1, 5, 10, 25, 50, 75, 90, 95, 99)
TAIL: Final = 0.05
HISTOGRAM_BINS: Final = 40
FINE_BINS: Final = 16  # per histogram bin, for the mode
TRACE_POINTS: Final = 32
_NICE: Final = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


@dataclass(frozen=True)
class Quantities:
    """Percentiles of a sample, the two ends of its histogram, and the mean of its worst 5 %."""

    percentiles: dict[str, float]
    ends: tuple[float, float]
    expected_shortfall: float


def quantities(outcomes: Floats) -> Quantities:
    """Exact, by partial sorting of a copy: linear between the two nearest order statistics."""
    probabilities = (0.005, *(p / 100 for p in PERCENTILES), 0.995)
    positions = [(len(outcomes) - 1) * probability for probability in probabilities]
    tail = len(outcomes) * TAIL
    whole = int(tail)
    neighbours = {
        min(k + step, len(outcomes) - 1) for position in positions for k in [int(position)] for step in (0, 1)
    }
    ordered = np.partition(outcomes, sorted({*neighbours, whole}))
    found = [_between(ordered, position) for position in positions]
    shortfall = (float(ordered[:whole].sum()) + (tail - whole) * float(ordered[whole])) / tail
    named = {f"p{p}": value for p, value in zip(PERCENTILES, found[1:-1], strict=True)}
    return Quantities(named, (found[0], found[-1]), shortfall)


def _between(ordered: Floats, position: float) -> float:
    low = int(position)
    part = position - low
    first = float(ordered[low])
    return first if part == 0.0 else first + part * (float(ordered[low + 1]) - first)


def pooled_moments(moments: Floats, sizes: Sequence[int]) -> tuple[float, float]:
    """Mean and standard deviation from the mean and squared deviations of each block, joined in block order (Chan)."""
    count, mean, squares = 0, 0.0, 0.0
    for size, (block_mean, block_squares) in zip(sizes, moments.tolist(), strict=True):
        total = count + size
        shift = block_mean - mean
        mean += shift * size / total
        squares += block_squares + shift * shift * count * size / total
        count = total
    return mean, math.sqrt(squares / (count - 1))


def group_slices(blocks: Sequence[Block]) -> list[slice]:
    """Where each of the 16 groups lies among the outcomes."""
    starts = [block.offset for block in blocks if block.start == 0]
    ends = [*starts[1:], blocks[-1].offset + blocks[-1].size]
    return [slice(start, end) for start, end in zip(starts, ends, strict=True)]


def standard_errors(outcomes: Floats, groups: Sequence[slice], price: float | None) -> dict[str, float]:
    """The spread of each statistic over the 16 groups, divided by the square root of their number."""
    readings: dict[str, list[float]] = {}
    for group in groups:
        sample = outcomes[group]
        found = quantities(sample)
        figures = {"mean": float(sample.mean()), "sd": float(sample.std(ddof=1)), **found.percentiles}
        figures["expected_shortfall"] = found.expected_shortfall
        if price is not None:
            figures["probability_above_price"] = float(np.count_nonzero(sample > price)) / len(sample)
        for name, figure in figures.items():
            readings.setdefault(name, []).append(figure)
    return {name: float(np.std(figures, ddof=1)) / math.sqrt(GROUPS) for name, figures in readings.items()}


def convergence(outcomes: Floats, groups: Sequence[slice]) -> list[dict[str, float | int]]:
    """The mean after each 32nd of the run and its standard error over the groups, every group as far as the others."""
    prefixes = np.empty((GROUPS, TRACE_POINTS))
    counts = np.empty((GROUPS, TRACE_POINTS), dtype=np.int64)
    for row, group in enumerate(groups):
        sample = outcomes[group]
        ends = np.arange(1, TRACE_POINTS + 1) * len(sample) // TRACE_POINTS
        sums = np.add.reduceat(sample, np.concatenate([[0], ends[:-1]]))
        prefixes[row], counts[row] = np.cumsum(sums), ends
    means = (prefixes / counts).T
    trials = counts.sum(axis=0)
    pooled = prefixes.sum(axis=0) / trials
    errors = means.std(axis=1, ddof=1) / math.sqrt(GROUPS)
    return [
        {"trials": int(count), "mean": float(mean), "standard_error": float(error)}
        for count, mean, error in zip(trials, pooled, errors, strict=True)
    ]


@dataclass(frozen=True)
class Histogram:
    """Counts between neighbouring edges (40 bins), and the trials below the first and above the last edge."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    below: int
    above: int


def histogram_of(outcomes: Floats, ends: tuple[float, float]) -> tuple[Histogram, Floats]:
    """The histogram over round edges that enclose ``ends``, and the counts of its 16 times finer bins."""
    edges = nice_edges(*ends)
    fine, _ = np.histogram(outcomes, bins=HISTOGRAM_BINS * FINE_BINS, range=(edges[0], edges[-1]))
    counts = fine.reshape(HISTOGRAM_BINS, FINE_BINS).sum(axis=1)
    below = int(np.count_nonzero(outcomes < edges[0]))
    above = len(outcomes) - below - int(counts.sum())
    return Histogram(edges, tuple(counts.tolist()), below, above), fine.astype(np.float64)


def nice_edges(low: float, high: float) -> tuple[float, ...]:
    """41 equally spaced edges around low to high, whose step is a round figure and which are multiples of it."""
    size = max(abs(low), abs(high))
    same = high - low <= size * 1e-12  # one value in every trial
    least = (size or 1.0) / 1_000 if same else (high - low) / HISTOGRAM_BINS
    power = math.floor(math.log10(least))
    for factor in (*_NICE, *(10 * factor for factor in _NICE)):
        step = factor * 10.0**power
        first, last = math.floor(low / step), math.ceil(high / step)
        spare = HISTOGRAM_BINS - (last - first)
        if step >= least and spare >= 0:
            first = max(first - spare // 2, 0) if first >= 0 else first - spare // 2
            return tuple(round((first + k) * step, 1 - power) + 0.0 for k in range(HISTOGRAM_BINS + 1))
    raise AssertionError("a step twice the least always fits")


def most_likely(histogram: Histogram, fine: Floats, sd: float) -> float:
    """The peak of the smoothed histogram.

    A normal kernel of a tenth of the standard deviation of the part in sight (at least one histogram bin) steadies the
    peak between seeds at the price of a small shift towards the longer tail.
    """
    low, high = histogram.edges[0], histogram.edges[-1]
    width = (high - low) / len(fine)
    middles = low + width * (np.arange(len(fine)) + 0.5)
    total = fine.sum()
    if total == 0 or sd == 0:
        return (low + high) / 2
    center = float(fine @ middles) / total
    spread = math.sqrt(float(fine @ (middles - center) ** 2) / total)
    bandwidth = max(spread / 10, width)
    reach = math.ceil(4 * bandwidth / width)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * width / bandwidth) ** 2)
    density = np.convolve(fine, kernel, mode="same") / np.convolve(np.ones_like(fine), kernel, mode="same")
    peak = int(np.argmax(density))
    if not 0 < peak < len(fine) - 1:
        return float(middles[peak])
    before, at, after = density[peak - 1 : peak + 2]
    bend = before - 2 * at + after
    return float(middles[peak] + (0.5 * (before - after) / bend if bend < 0 else 0.0) * width)
