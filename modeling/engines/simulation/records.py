"""The record that a segment of blocks leaves behind: sums and moments of a fixed size, whatever its trials."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Records = NDArray[np.void]

DRIVER_BINS: Final = 64
TRACE_POINTS: Final = 32


def record_type(drivers: int, correlated: int) -> np.dtype[np.void]:
    """One segment's record; an array of them is in the order of the segments.

    Fields
    ------
    trials : how many the segment has
    mean, squares : mean of the outcomes and sum of their squared deviations from it
    least, most : extremes of the outcomes
    floored, failed : trials whose spread was floored, and trials without a finite value
    above, not_positive : trials above the price, and trials at or below zero
    lowest : sum of the outcomes in the first bin of a counted run
    trace : sum of the outcomes in each 32nd of the group, (32,)
    suspicion : how far each driver lies from its mean where the value failed, (drivers,)
    bin_counts, bin_sums : count and sum of the outcomes in the 64 bins of each driver, (drivers, 64)
    driver_means : mean of each correlated driver, (correlated,)
    driver_products : their centred cross-products, (correlated, correlated)
    ranks : their rank correlations where the segment measures them, else 0, (correlated, correlated)
    rank_trials : trials over which they were measured
    """
    square = (correlated, correlated)
    fields: list[Any] = [(name, "<f8") for name in ("mean", "squares", "least", "most", "lowest")]
    fields += [(name, "<i8") for name in ("trials", "floored", "failed", "above", "not_positive", "rank_trials")]
    fields += [("trace", "<f8", (TRACE_POINTS,)), ("suspicion", "<f8", (drivers,))]
    fields += [("bin_counts", "<i8", (drivers, DRIVER_BINS)), ("bin_sums", "<f8", (drivers, DRIVER_BINS))]
    fields += [("driver_means", "<f8", (correlated,)), ("driver_products", "<f8", square), ("ranks", "<f8", square)]
    return np.dtype(fields)


def in_order(readings: Floats) -> Floats:
    """The sum over the first axis, one after the other: the order, and with it every bit, is always the same."""
    total = np.zeros(readings.shape[1:])
    for reading in readings:
        total += reading
    return total


def pooled(first: tuple[int, Any, Any], second: tuple[int, Any, Any]) -> tuple[int, Any, Any]:
    """Size, mean and squared deviations of two samples together (Chan, Golub and LeVeque, 1983, equation 2.1).

    The mean is a number or the means of several variables, shape (n,); the deviations are then cross-products, (n, n).
    """
    size = first[0] + second[0]
    shift = second[1] - first[1]
    between = np.multiply.outer(shift, shift) * (first[0] * second[0] / size)
    return size, first[1] + shift * (second[0] / size), first[2] + second[2] + between


def pooled_moments(records: Records) -> tuple[float, float]:
    """Mean and standard deviation of the outcomes of consecutive segments."""
    total: tuple[int, Any, Any] = (0, 0.0, 0.0)
    for record in records:
        total = pooled(total, (int(record["trials"]), float(record["mean"]), float(record["squares"])))
    return float(total[1]), float(np.sqrt(total[2] / (total[0] - 1)))


def pooled_products(records: Records) -> Floats:
    """Cross-products of the correlated drivers about their common means."""
    size = records["driver_means"].shape[1]
    total: tuple[int, Any, Any] = (0, np.zeros(size), np.zeros((size, size)))
    for record in records:
        total = pooled(total, (int(record["trials"]), record["driver_means"], record["driver_products"]))
    products: Floats = total[2]
    return products
