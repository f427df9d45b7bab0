"""Figures that are offered to somebody: rounded to few digits, but never so that they no longer do."""

from __future__ import annotations

import math
from typing import Final

DIGITS: Final = 6
EXACT: Final = 1e-10
"""Less above a rounded figure is that figure."""


def outward(value: float, *, up: bool) -> float:
    """The figure with few digits, on the side where it is less strict."""
    places = DIGITS - 1 - math.floor(math.log10(max(abs(value), 1e-2)))
    step = 10.0**-places
    steps = value / step
    near = round(steps)
    if abs(steps - near) * step > EXACT:
        near = math.ceil(steps) if up else math.floor(steps)
    return round(near * step, places)
