"""How prices are written into blocks: nothing of a number is lost, and reading them back is little more than copying.

A block holds a span of 2,048 days of one series: a bit for each day that has a price (packed, the first day in the
highest bit), and those prices, little-endian, in the shortest form that gives every one of them back exactly:

| scale | form |
|---|---|
| 2, 4, 6 | 32-bit integers, the price times ten to the scale: what is quoted with so many decimals |
| -4 | 32-bit floats |
| -8 | 64-bit floats |
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from modeling.engines.prices.panel import Array, Days

Bits = NDArray[np.uint8]
SPAN = 2048
SCALES = (2, 4, 6)
SINGLE, DOUBLE = -4, -8
LARGEST_WHOLE = 2**31 - 1


class Block(NamedTuple):
    """What is stored of one span."""

    span: int
    scale: int
    days: bytes
    prices: bytes

    @property
    def digest(self) -> int:
        """64 bits that tell this content from another; of a series they are combined by exclusive or."""
        head = f"{self.span} {self.scale} ".encode()
        return int.from_bytes(hashlib.blake2b(head + self.days + self.prices, digest_size=8).digest())


def encoded(days: Days, prices: Array) -> list[Block]:
    """The blocks of a series, by their spans; days strictly rising, prices of the same shape (t,)."""
    spans = days // SPAN
    starts = np.flatnonzero(np.diff(spans, prepend=spans[:1] - 1))
    parts = zip(starts, [*starts[1:], len(days)], strict=True)
    return [block(int(spans[start]), days[start:stop], prices[start:stop]) for start, stop in parts]


def block(span: int, days: Days, prices: Array) -> Block:
    has_price = np.zeros(SPAN, dtype=bool)
    has_price[days - span * SPAN] = True
    scale, data = packed_prices(prices)
    return Block(span, scale, np.packbits(has_price).tobytes(), data)


def packed_prices(prices: Array) -> tuple[int, bytes]:
    """The scale and the bytes of the shortest form that is exact."""
    for scale in SCALES:
        whole = np.rint(prices * 10.0**scale)
        if whole.max() <= LARGEST_WHOLE and np.array_equal(whole / 10.0**scale, prices):
            return scale, whole.astype("<i4").tobytes()
    single = prices.astype("<f4")
    if np.array_equal(single.astype(np.float64), prices):
        return SINGLE, single.tobytes()
    return DOUBLE, prices.astype("<f8").tobytes()


def unpacked_prices(scale: int, data: bytes) -> Array:
    """The prices in any number of blocks of one scale, one after the other."""
    if scale == DOUBLE:
        return np.frombuffer(data, "<f8").astype(np.float64, copy=False)
    if scale == SINGLE:
        return np.frombuffer(data, "<f4").astype(np.float64)
    return np.frombuffer(data, "<i4") / 10.0**scale


def unpacked_days(span: int, days: bytes) -> Days:
    """Days since 1970-01-01."""
    return (np.flatnonzero(bits(days)) + span * SPAN).astype(np.int32)


def bits(days: bytes) -> Bits:
    """0 or 1 for each day of a span."""
    return np.unpackbits(np.frombuffer(days, np.uint8))
