"""Blocks of neighbouring series as one piece, so that a panel is read by few large steps instead of many small ones.

Series that were stored one after the other have neighbouring keys, and mostly one calendar and one form: of up to 32 of
them, a bundle holds what is equal once, and their prices side by side. So a price that changes rewrites some 150 kB.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from modeling.prices.coding import Block

TOGETHER = 32
KEY = np.dtype("<i8")


class Bundle(NamedTuple):
    """What `coding.Block` says, of several series: their keys, rising, and the prices of one after the other."""

    span: int
    width: int
    decimals: int
    lowest: int
    days: bytes
    series: bytes
    prices: bytes

    @property
    def keys(self) -> list[int]:
        keys: list[int] = np.frombuffer(self.series, KEY).tolist()
        return keys

    @property
    def size(self) -> int:
        """How many bytes the prices of each series take."""
        return len(self.prices) * KEY.itemsize // len(self.series)

    def only(self, wanted: set[int]) -> Bundle:
        """What it holds of these series."""
        keys = self.keys
        if wanted.issuperset(keys):
            return self
        held = [place for place, key in enumerate(keys) if key in wanted]
        prices = b"".join(self.prices[place * self.size : (place + 1) * self.size] for place in held)
        return self._replace(series=np.array([keys[place] for place in held], KEY).tobytes(), prices=prices)

    def blocks(self) -> Iterator[tuple[int, Block]]:
        """The block of each series."""
        for place, key in enumerate(self.keys):
            prices = self.prices[place * self.size : (place + 1) * self.size]
            yield key, Block(self.span, self.width, self.decimals, self.lowest, self.days, prices)


def bundle_number(series: int) -> int:
    """Blocks of series with one number may stand in one bundle."""
    return series // TOGETHER


def bundled(blocks: Mapping[int, Block]) -> list[Bundle]:
    """As few bundles as can be of the blocks of one span and number, by series."""
    alike: dict[tuple[int, int, int, int, bytes], list[int]] = defaultdict(list)
    for key in sorted(blocks):
        alike[blocks[key][:-1]].append(key)
    return [
        Bundle(*form, np.array(keys, KEY).tobytes(), b"".join(blocks[key].prices for key in keys))
        for form, keys in alike.items()
    ]
