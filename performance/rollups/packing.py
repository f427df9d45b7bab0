"""How a rollup is stored: four little-endian floats of 32 bits for each column, in the order of its track's columns.

    known, least, mean, greatest

A column of which nothing is known has 0 known and three NaNs. A rollup written before a column came just ends
earlier. 32 bits keep seven digits, and half as many bytes; a count is exact up to 16 million.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from typing import NamedTuple

PARTS = 4
BYTES_EACH = 4
GREATEST = 3.4e38  # of 32 bits; a reading beyond it is none


class Spread(NamedTuple):
    """What is known of one column over a stretch of time."""

    known: float  # how many readings
    least: float
    mean: float
    greatest: float


NOTHING = Spread(0.0, math.nan, math.nan, math.nan)
FILLING = struct.pack("<4f", *NOTHING)


def packed(spreads: Sequence[Spread]) -> bytes:
    return struct.pack(f"<{PARTS * len(spreads)}f", *(part for spread in spreads for part in spread))


def unpacked(figures: bytes | memoryview) -> list[Spread]:
    return [Spread(*parts) for parts in struct.iter_unpack("<4f", figures)]
