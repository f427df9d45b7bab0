"""The windowed Gaussian that the Numenta Anomaly Benchmark documents as a baseline."""

from __future__ import annotations

import numpy as np
from scipy.special import erfc

from benchmarks.anomaly.scoring import Floats

WINDOW, STEP = 6400, 100
LEAST_DEVIATION = 1e-6


def windowed_gaussian(values: Floats, window: int = WINDOW, step: int = STEP) -> Floats:
    """How unlikely each value is under a normal distribution of the window before it, from 0 to 1.

    The window grows to its size, then moves on by *step* values at a time.
    """
    sums = np.concatenate([[0.0], np.cumsum(values)])
    squares = np.concatenate([[0.0], np.cumsum(values**2)])
    index = np.arange(1, len(values))
    end = np.where(index <= window, index, window + (index - window) // step * step)
    start = np.maximum(end - window, 0)
    mean = (sums[end] - sums[start]) / (end - start)
    variance = np.maximum((squares[end] - squares[start]) / (end - start) - mean**2, 0.0)
    deviation = np.where(variance > 0, np.sqrt(variance), LEAST_DEVIATION)
    tail = 0.5 * erfc(np.abs(values[1:] - mean) / deviation / np.sqrt(2))
    return np.concatenate([[0.0], 1 - tail])
