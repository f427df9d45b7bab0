"""A figure's way over the years, without ever making a (years, trials) matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from modeling.engines.valuation.inputs import Number
from modeling.engines.valuation.workspace import Workspace


class Weights(NamedTuple):
    """0 in the first `hold` years, then in `steps` equal steps up to 1, and 1 ever after."""

    hold: int
    steps: int


class Fade:
    """A figure that moves from `start` to `end`: at weight 0 it is the start, at weight 1 the end.

    Ends are a number or one value per trial. In constant years `at` hands back the very same array (or number);
    in between it writes into one buffer, good until the next year. So read it, never write into it.

    Parameters
    ----------
    start, end : number or array of shape (trials,)
    weights : the weight of the end over the years
    workspace, name : where the two arrays to work in come from, made only when a year needs them
    """

    __slots__ = ("_arrays", "_current", "_hold", "_name", "_step", "_steps", "_workspace", "_year", "constant", "end",
                 "start", "weights")  # fmt: skip

    def __init__(self, start: Number, end: Number, weights: Weights, workspace: Workspace, name: str) -> None:
        self.start, self.end, self.weights = start, end, weights
        self._hold, self._steps = weights
        self._workspace, self._name = workspace, name
        self._arrays = isinstance(start, np.ndarray) or isinstance(end, np.ndarray)
        self.constant = start is end or (not self._arrays and start == end)
        self._year = -1  # none yet: year 1 does not follow on it

    def at(self, year: int) -> Number:
        """The figure of `year`, 1 for the first. Asked for year after year it costs one addition a year."""
        taken = year - self._hold
        if taken <= 0 or self.constant:
            return self.start
        if taken >= self._steps:
            return self.end
        if not self._arrays:
            return self.start + (self.end - self.start) * (taken / self._steps)
        if year == self._year + 1:
            self._current += self._step
        elif year != self._year:
            self._go(taken)
        self._year = year
        return self._current

    def _go(self, taken: int) -> None:
        """Takes all steps up to here at once."""
        self._current, self._step = self._workspace[f"{self._name} now"], self._workspace[f"{self._name} step"]
        np.subtract(self.end, self.start, out=self._step)
        self._step *= 1.0 / self._steps
        if taken == 1:
            np.add(self.start, self._step, out=self._current)
        else:
            np.multiply(self._step, taken, out=self._current)
            self._current += self.start


class NetMargin:
    """What a unit of revenue leaves: the margin after tax, less the capital that it ties up, 1 / sales to capital.

    While only the margin moves, or only the tax, this is itself a straight way: before the tax rate leaves its start,
    and after the margin has reached its end. Years in which both move are multiplied out.
    """

    def __init__(self, margin: Fade, tax: Fade, capital: Number, workspace: Workspace) -> None:
        self._margin, self._tax, self._capital, self._workspace = margin, tax, capital, workspace
        start, end = self._net("net start", margin.start, tax.start), self._net("net end", margin.end, tax.start)
        self._before = Fade(start, end, margin.weights, workspace, "net")
        self._after: Fade | None = None

    def at(self, year: int) -> Number:
        """The figure of `year`; like a `Fade`, to be read only, and until the next year."""
        if self._tax.constant or year <= self._tax.weights.hold:
            return self._before.at(year)
        if year < sum(self._margin.weights):
            return self._net("net", self._margin.at(year), self._tax.at(year))
        if self._after is None:
            end = self._net("net last", self._margin.end, self._tax.end)
            self._after = Fade(self._before.end, end, self._tax.weights, self._workspace, "net")
        return self._after.at(year)

    def _net(self, name: str, margin: Number, tax: Number) -> Number:
        kept = self._workspace.subtract("kept share", 1.0, tax)
        return self._workspace.subtract(name, self._workspace.multiply(name, margin, kept), self._capital)


@dataclass(frozen=True)
class Paths:
    """The ways of the drivers over the years; `growth` and `rate` as factors, one plus the figure.

    `capital` is what a unit of revenue ties up, and `net` the margin after tax less that.
    """

    growth: Fade
    rate: Fade
    margin: Fade
    tax: Fade
    capital: Number
    net: NetMargin
