"""The same series under two names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from modeling.engines.prices.panel import Array

LEAST_CORRELATION: Final = 0.9999
"""Two classes of a company's shares stay below this, day by day."""
LEAST_OVERLAP: Final = 30
MOST_PERIODS: Final = 600  # of a longer history every second, third, ... move is compared
ROWS: Final = 256


@dataclass(frozen=True)
class Twins:
    """Two tickers whose moves are all but the same."""

    first: str
    second: str
    correlation: float
    overlap: int


def find_twins(moves: Array, tickers: tuple[str, ...]) -> list[Twins]:
    """Pairs of rows of (n, t) moves that are proportional where both are there; memory grows with n, not its square."""
    sample = moves[:, :: -(-moves.shape[1] // MOST_PERIODS)] if moves.shape[1] else moves
    there = ~np.isnan(sample)
    values = np.where(there, sample, 0.0)
    ones = there.astype(np.float64)
    squares = values * values
    found = []
    for start in range(0, len(values), ROWS):
        part = slice(start, start + ROWS)
        overlap = ones[part] @ ones.T
        scale = np.sqrt((squares[part] @ ones.T) * (ones[part] @ squares.T))
        scale[(overlap < LEAST_OVERLAP) | (scale == 0)] = np.inf
        cosine = values[part] @ values.T / scale
        for row, other in np.argwhere(cosine >= LEAST_CORRELATION).tolist():
            if start + row < other:
                likeness = float(min(cosine[row, other], 1.0))
                found.append(Twins(tickers[start + row], tickers[other], likeness, int(overlap[row, other])))
    return found
