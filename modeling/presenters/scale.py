"""Positions on a horizontal scale, as SVG attributes in percent: text keeps its size while the drawing stretches."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """A range of values laid over 0 to 100 %."""

    low: float
    high: float

    @classmethod
    def over(cls, values: Iterable[float | None], margin: float = 0.0) -> Scale:
        """The scale that holds every value, with a margin as a share of the range."""
        known = [value for value in values if value is not None and math.isfinite(value)]
        low, high = min(known, default=0.0), max(known, default=1.0)
        room = (high - low) * margin or (0.0 if high > low else max(abs(high), 1.0) * 0.5)
        return cls(low - room, high + room)

    def share(self, value: float) -> float:
        """Where *value* stands, from 0 to 100; what lies outside stands at the edge."""
        return min(100.0, max(0.0, (value - self.low) / (self.high - self.low) * 100))

    def at(self, value: float) -> str:
        """The position as an attribute: ``37.5%``."""
        return f"{self.share(value):.2f}%"

    def span(self, first: float, last: float) -> tuple[str, str]:
        """``x`` and ``width`` of a bar between two values; never thinner than a hair."""
        left, right = sorted((self.share(first), self.share(last)))
        return f"{left:.2f}%", f"{max(right - left, 0.3):.2f}%"

    def ticks(self, count: int = 5) -> list[float]:
        """Round values within the range, about *count* of them."""
        rough = (self.high - self.low) / max(count, 1)
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
        first = math.ceil(self.low / step)
        return [index * step for index in range(first, math.floor(self.high / step) + 1)]


def digits_for(value: float) -> int:
    """Decimals that a value per share deserves: 1,234 but 67.12."""
    return 0 if abs(value) >= 1000 else 2
