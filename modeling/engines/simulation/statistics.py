"""The figures of a result, each from the sample or from the records of the segments."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from modeling.engines.simulation.plan import GROUPS
from modeling.engines.simulation.quantities import Sample
from modeling.engines.simulation.readings import trace_ends
from modeling.engines.simulation.records import Records, in_order, pooled_moments

Floats = NDArray[np.float64]

HISTOGRAM_BINS: Final = 40
FINE_BINS: Final = 16  # per histogram bin, for the mode
_NICE: Final = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


def standard_errors(records: Sequence[Records], sample: Sample, priced: bool) -> dict[str, float]:
    """The spread of each statistic over the 16 groups, divided by the square root of their number.

    ``records`` are those of each group.
    """
    readings: dict[str, list[float]] = {}
    for group, found in zip(records, sample.of_groups(), strict=True):
        mean, sd = pooled_moments(group)
        figures = {"mean": mean, "sd": sd, **found.percentiles, "expected_shortfall": found.expected_shortfall}
        if priced:
            figures["probability_above_price"] = float(group["above"].sum() / group["trials"].sum())
        for name, figure in figures.items():
            readings.setdefault(name, []).append(figure)
    return {name: float(np.std(figures, ddof=1)) / math.sqrt(GROUPS) for name, figures in readings.items()}


def convergence(records: Sequence[Records]) -> list[dict[str, float | int]]:
    """The mean after each 32nd of the run and its standard error over the groups, every group as far as the others."""
    prefixes = np.cumsum([in_order(group["trace"]) for group in records], axis=1)
    counts = np.array([trace_ends(int(group["trials"].sum())) for group in records])
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


def histogram_of(sample: Sample, ends: tuple[float, float]) -> tuple[Histogram, Floats]:
    """The histogram over round edges that enclose ``ends``, and the counts of its 16 times finer bins."""
    edges = nice_edges(*ends)
    fine, below, above = sample.between(edges[0], edges[-1], HISTOGRAM_BINS * FINE_BINS)
    counts = fine.reshape(HISTOGRAM_BINS, FINE_BINS).sum(axis=1)
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
