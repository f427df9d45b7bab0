"""A figure's way over the years, without ever making a (years, trials) matrix."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from modeling.engines.valuation.inputs import Array, Number


class Fade:
    """A figure that moves from `start` to `end`: at weight 0 it is the start, at weight 1 the end.

    Ends are a number or one value per trial. In constant years `at` hands back the very same array (or number);
    in between it writes into one buffer, good until the next call. So read it, never write into it.

    Parameters
    ----------
    start, end : number or array of shape (trials,)
    weights : one weight from 0 to 1 for each year, first year first
    buffers : two arrays of shape (trials,) to work in; new ones are made when they are left out and needed
    """

    __slots__ = ("_change", "_current", "end", "start", "weights")

    def __init__(
        self, start: Number, end: Number, weights: Sequence[float], buffers: tuple[Array, Array] | None = None
    ) -> None:
        self.start, self.end, self.weights = start, end, weights
        self._change: Number = 0.0
        self._current: Array | None = None
        if start is end or not any(0.0 < weight < 1.0 for weight in weights):
            return
        if isinstance(start, np.ndarray) or isinstance(end, np.ndarray):
            change, self._current = buffers or (np.empty(np.broadcast(start, end).shape) for _ in range(2))
            self._change = np.subtract(end, start, out=change)
        else:
            self._change = end - start

    def at(self, year: int) -> Number:
        """The figure of `year`, 1 for the first."""
        weight = self.weights[year - 1]
        if weight == 0.0 or self.start is self.end:
            return self.start
        if weight == 1.0:
            return self.end
        if self._current is None:
            return self.start + weight * self._change
        np.multiply(self._change, weight, out=self._current)
        self._current += self.start
        return self._current


def stage_weights(high_growth_years: int, fade_years: int) -> tuple[float, ...]:
    """0 in the years of high growth, then in equal steps up to 1 in the last year of the fade."""
    return (0.0,) * high_growth_years + tuple(step / fade_years for step in range(1, fade_years + 1))


def ramp_weights(ramp_years: int, horizon: int) -> tuple[float, ...]:
    """In equal steps up to 1 at year `ramp_years`, 1 ever after; a ramp of 0 years is 1 from the first year."""
    return tuple(min(1.0, year / ramp_years) if ramp_years else 1.0 for year in range(1, horizon + 1))
