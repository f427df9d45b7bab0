"""Histograms over buckets that grow by a constant factor: small, mergeable, exact to 5 %.

A value lies in bucket ``ceil(log(value) / log(GROWTH))``. A quantile is told as the bucket's middle in the sense that
both of its edges are off by the same share, ``RELATIVE_ERROR``. (Masson, Rim, Lee, "DDSketch", VLDB 2019, section 2.)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, floor, log
from typing import Self

RELATIVE_ERROR = 0.05
GROWTH = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
SCALE = 1 / log(GROWTH)
# What is smaller counts as zero, what is larger as the largest: at most 415 buckets.
SMALLEST, LARGEST = 1e-9, 1e9
ZERO = floor(log(SMALLEST) * SCALE)


def bucket_of(value: float) -> int:
    """The number of the bucket of a value of at least zero."""
    return ceil(log(min(value, LARGEST)) * SCALE) if value > SMALLEST else ZERO


def middle_of(bucket: int) -> float:
    """The value that is off by at most RELATIVE_ERROR from all values of the bucket."""
    return 0.0 if bucket == ZERO else float(2 * GROWTH**bucket / (GROWTH + 1))


def edge_of(bucket: int) -> float:
    """The largest value of the bucket."""
    return 0.0 if bucket == ZERO else GROWTH**bucket


class Histogram:
    """Counts values by bucket, with their exact sum and maximum. One thread adds; any thread may read and merge."""

    __slots__ = ("buckets", "highest", "total")

    def __init__(self) -> None:
        self.buckets: dict[int, int] = {}
        self.total = 0.0
        self.highest = 0.0

    def add(self, *values: float) -> Self:
        """Counts finite values of at least zero; many at once are much cheaper than one by one."""
        if not values:
            return self
        smallest, largest = min(values), max(values)
        buckets, scale = self.buckets, SCALE
        if smallest > SMALLEST and largest < LARGEST:
            for logarithm in map(log, values):
                bucket = ceil(logarithm * scale)
                buckets[bucket] = buckets.get(bucket, 0) + 1
        else:
            for value in values:
                buckets[bucket_of(value)] = buckets.get(bucket_of(value), 0) + 1
        self.total += sum(values)
        self.highest = max(self.highest, largest)
        return self

    @property
    def count(self) -> int:
        return sum(self.buckets.copy().values())

    @property
    def mean(self) -> float | None:
        count = self.count
        return self.total / count if count else None

    def quantile(self, share: float) -> float | None:
        """The value below which *share* (0 to 1) of the values lie, within RELATIVE_ERROR; None without values.

        Of n values in order it is the one at place ``floor(share * (n - 1))``, counted from zero.
        """
        counts = self.buckets.copy()
        place = floor(share * (sum(counts.values()) - 1))
        for bucket in sorted(counts):
            place -= counts[bucket]
            if place < 0:
                return min(middle_of(bucket), self.highest)
        return None

    def merge(self, other: Histogram) -> Self:
        """Adds what *other* counted; the result is the same as if all had been counted here."""
        for bucket, count in other.buckets.copy().items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + count
        self.total += other.total
        self.highest = max(self.highest, other.highest)
        return self

    def minus(self, earlier: Histogram) -> Histogram:
        """What was counted since *earlier*, a reading of the same histogram; its maximum within RELATIVE_ERROR."""
        since = Histogram()
        if self.buckets == earlier.buckets:  # As most are between two looks.
            return since
        for bucket, count in self.buckets.copy().items():
            grown = count - earlier.buckets.get(bucket, 0)
            if grown > 0:
                since.buckets[bucket] = grown
        if since.buckets:
            since.total = max(0.0, self.total - earlier.total)
            since.highest = min(self.highest, edge_of(max(since.buckets)))
        return since

    def as_json(self) -> list[float]:
        """Sum and maximum, then bucket and count in turns: a third of the size of an object."""
        counts = sorted(self.buckets.copy().items())
        return [self.total, self.highest, *(number for pair in counts for number in pair)]

    @classmethod
    def from_json(cls, data: Sequence[float]) -> Self:
        made = cls()
        made.total, made.highest = float(data[0]), float(data[1])
        made.buckets = dict(zip(map(int, data[2::2]), map(int, data[3::2]), strict=True))
        return made


def merged(histograms: Iterable[Histogram]) -> Histogram:
    """One histogram of all."""
    total = Histogram()
    for histogram in histograms:
        total.merge(histogram)
    return total
