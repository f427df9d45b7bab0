"""How prices are written into blocks: nothing of a number is lost, and reading them back is little more than copying.

A block holds a span of 4,096 days of one series: a bit for each day that has a price (packed, the first day in the
highest bit), and those prices, little-endian, in the shortest form that gives every one of them back exactly:

| width | form |
|---|---|
| 2, 4 | whole numbers of so many bytes: what a price, times ten to the ``decimals``, lies above the ``lowest`` |
| -4, -8 | floats of so many bytes |

Prices are mostly quoted in cents, and stay within some hundreds of units for years: two bytes do. Eleven years of days
are then 8 kB at most.
"""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from modeling.engines.prices.panel import Array, Days

Bits = NDArray[np.uint8]
SPAN = 4096
DECIMALS = (2, 4, 6)
SHORT, LONG, SINGLE, DOUBLE = 2, 4, -4, -8
FORMS: dict[int, np.dtype[Any]] = {
    SHORT: np.dtype("<u2"),
    LONG: np.dtype("<u4"),
    SINGLE: np.dtype("<f4"),
    DOUBLE: np.dtype("<f8"),
}
EXACT = 2.0**53


class Block(NamedTuple):
    """What is stored of one span."""

    span: int
    width: int
    decimals: int
    lowest: int
    days: bytes
    prices: bytes

    @property
    def digest(self) -> int:
        """64 bits that tell this content from another; of a series they are combined by exclusive or."""
        head = f"{self.span} {self.width} {self.decimals} {self.lowest} ".encode()
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
    width, decimals, lowest, data = packed_prices(prices)
    return Block(span, width, decimals, lowest, np.packbits(has_price).tobytes(), data)


def packed_prices(prices: Array) -> tuple[int, int, int, bytes]:
    """The width, decimals, lowest and bytes of the shortest form that is exact."""
    for decimals in DECIMALS:
        whole = np.rint(prices * 10.0**decimals)
        lowest, highest = float(whole.min()), float(whole.max())
        lowest = 0.0 if highest < 2**16 else lowest
        width = SHORT if highest - lowest < 2**16 else LONG
        fits = highest - lowest < 2**32 and highest < EXACT
        if fits and np.array_equal(whole / 10.0**decimals, prices):
            return width, decimals, int(lowest), (whole - lowest).astype(FORMS[width]).tobytes()
    single = prices.astype(FORMS[SINGLE])
    if np.array_equal(single.astype(np.float64), prices):
        return SINGLE, 0, 0, single.tobytes()
    return DOUBLE, 0, 0, prices.astype(FORMS[DOUBLE]).tobytes()


def unpack_into(target: Array, width: int, decimals: int, lowest: int, data: bytes | memoryview) -> None:
    """Writes the prices of a block, or of several of one form, where they are wanted."""
    stored = np.frombuffer(data, FORMS[width]).reshape(target.shape)
    if width < 0:
        target[:] = stored
    elif lowest == 0:
        np.divide(stored, 10.0**decimals, out=target)
    else:
        np.add(stored, float(lowest), out=target)
        np.divide(target, 10.0**decimals, out=target)


def unpacked_prices(block: Block) -> Array:
    prices = np.empty(len(block.prices) // abs(block.width))
    unpack_into(prices, block.width, block.decimals, block.lowest, block.prices)
    return prices


def unpacked_days(span: int, days: bytes) -> Days:
    """Days since 1970-01-01."""
    return (np.flatnonzero(bits(days)) + span * SPAN).astype(np.int32)


def bits(days: bytes) -> Bits:
    """0 or 1 for each day of a span."""
    return np.unpackbits(np.frombuffer(days, np.uint8))
