"""How far prices move, and how far they usually do: what splits and outliers are told by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from modeling.engines.prices.panel import Array, Panel
from modeling.engines.prices.returns import Places, change, last_rows, previous_rows

SPANNED: Final = 5
NEIGHBOURS: Final = 5  # with fewer others a day's median says nothing of the market
STEP: Final = 21  # days: the scale is taken anew every month
AROUND: Final = 3  # over that month and so many on either side
TO_DEVIATION: Final = 1.4826  # of a normal distribution, from the median of the absolute moves
DECILE: Final = 0.9
DECILE_TO_DEVIATION: Final = 1 / 1.645  # the same from their upper decile
LEAST_SCALE: Final = 0.003
"""A price that hardly ever moves has no scale of its own; below this a move says nothing anyway."""
ROWS: Final = 64


@dataclass(frozen=True)
class Moves:
    """Logarithmic moves, shape (n, t - 1), NaN where there is none; column j ends on day j + 1.

    Attributes
    ----------
    own : since the ticker's latest price, at most five days of the calendar without one before
    others : the median move of the set on that day, shape (t - 1,), 0 where fewer than five tickers moved
    excess : own less others
    scale : robust deviation of the excess over some seven months around: from the median of the absolute moves (MAD),
        or from their upper decile where that says more, as for a price that stays on most days and then leaps by a tick
    previous : the place of the price the move starts from
    """

    own: Array
    others: Array
    excess: Array
    scale: Array
    previous: Places

    @property
    def score(self) -> Array:
        """The excess in robust deviations."""
        return self.excess / self.scale


def moves_of(panel: Panel) -> Moves:
    """The moves of prices that are all above zero."""
    previous = previous_rows(panel, SPANNED)
    before = np.where(previous < 0, np.nan, np.take_along_axis(panel.prices, np.maximum(previous, 0), axis=1))
    own = change(before, panel.prices[:, 1:], "log")
    middles, counts = medians(own.T)
    others = np.where(counts > NEIGHBOURS, middles, 0.0)
    excess = own - others
    scale = np.concatenate([_scale(excess[start : start + ROWS]) for start in range(0, len(own), ROWS)] or [excess])
    return Moves(own, others, excess, scale, previous)


def medians(rows: Array) -> tuple[Array, Array]:
    """The median of each row's figures, NaN left out, and their number; NaN where there are none."""
    ordered = np.sort(rows, axis=-1)
    counts = (~np.isnan(ordered)).sum(axis=-1)
    if not ordered.shape[-1]:
        return np.full(ordered.shape[:-1], np.nan), counts
    pairs = np.stack([np.maximum(counts - 1, 0) // 2, np.minimum(counts // 2, ordered.shape[-1] - 1)], axis=-1)
    return np.take_along_axis(ordered, pairs, axis=-1).mean(axis=-1), counts


def _scale(excess: Array) -> Array:
    n, t = excess.shape
    if not t:
        return excess
    blocks = -(-t // STEP)
    padded = np.full((n, blocks + 2 * AROUND, STEP), np.nan)
    padded[:, AROUND : AROUND + blocks].reshape(n, -1)[:, :t] = np.abs(excess)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * AROUND + 1, axis=1)
    ordered = np.sort(around.reshape(n, blocks, -1), axis=-1)
    middles, counts = medians(ordered)
    place = np.minimum((DECILE * counts).astype(np.int64), np.maximum(counts - 1, 0))
    deciles = np.take_along_axis(ordered, place[..., None], axis=-1)[..., 0]
    scale = np.fmax(np.fmax(TO_DEVIATION * middles, DECILE_TO_DEVIATION * deciles), LEAST_SCALE)
    return np.repeat(scale, STEP, axis=1)[:, :t]


def next_rows(panel: Panel) -> Places:
    """For each day the place of the ticker's first price after it, t where there is none; shape (n, t)."""
    t = len(panel.days)
    turned = t - 1 - last_rows(panel.prices[:, ::-1])[:, ::-1]
    return np.concatenate([turned[:, 1:], np.full((len(panel.tickers), 1), t)], axis=1)
