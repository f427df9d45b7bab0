"""What a backtest hands back: decisions, trades, events, and the path of the money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from modeling.engines.portfolio.backtest.measures import Performance
from modeling.engines.portfolio.problem import Array
from modeling.engines.prices.panel import Days

Kind = Literal["refused", "delisted", "not traded", "not made"]


@dataclass(frozen=True)
class Decision:
    """What the strategy wanted on one day: weights (n,) of all assets, or the words of its refusal."""

    day: int
    weights: Array | None
    refusal: str = ""

    def as_dict(self) -> dict[str, Any]:
        """JSON, exact to the last bit: what a job keeps to go on from."""
        weights = None if self.weights is None else self.weights.tolist()
        return {"day": self.day, "weights": weights, "refusal": self.refusal}

    @classmethod
    def from_dict(cls, written: dict[str, Any]) -> Decision:
        weights = written["weights"]
        return cls(written["day"], None if weights is None else np.array(weights, np.float64), written["refusal"])


@dataclass(frozen=True)
class Rebalance:
    """A decision carried out.

    Attributes
    ----------
    decided, traded : days since 1970-01-01
    value : before the trades and their costs
    before, target, after : weights (n,): as they had drifted, as asked for, and as they were reached; the rest is cash
    bought, sold, fees, slippage : money
    """

    decided: int
    traded: int
    value: float
    before: Array
    target: Array
    after: Array
    bought: float
    sold: float
    fees: float
    slippage: float

    @property
    def turnover(self) -> float:
        """Half of what was bought and sold, as a share of the value: 1 exchanges the whole portfolio."""
        return (self.bought + self.sold) / 2.0 / self.value


@dataclass(frozen=True)
class Event:
    """Something that the reader of the result should know of; ``ticker`` is empty where it concerns all."""

    day: int
    kind: Kind
    ticker: str
    message: str


@dataclass(frozen=True)
class Track:
    """The path of one strategy.

    Attributes
    ----------
    days : shape (m,), from the day of the first trade on
    values : shape (m,), money at each close after that day's trades; the first is the initial money, untraded
    gross_returns : shape (m - 1,), what the holdings earned, before any costs
    net_returns : shape (m - 1,), after costs; the first bears those of the first day, too
    costs : shape (m,), fees and slippage paid on each day, money
    turnover : per year, without the first purchase from cash
    cost_drag : annual gross return less annual net return
    """

    name: str
    tickers: tuple[str, ...]
    days: Days
    values: Array
    gross_returns: Array
    net_returns: Array
    costs: Array
    decisions: tuple[Decision, ...]
    rebalances: tuple[Rebalance, ...]
    log: tuple[Event, ...]
    performance: Performance
    turnover: float
    cost_drag: float

    @property
    def gross_values(self) -> Array:
        """The path that the holdings' returns would have given without costs, shape (m,)."""
        return np.concatenate([[1.0], np.cumprod(1.0 + self.gross_returns)]) * float(self.values[0])


@dataclass(frozen=True)
class Backtest:
    """A strategy out of sample, next to equal weights under the same rules and costs, and to a benchmark held."""

    strategy: Track
    equal_weight: Track
    benchmark: Track | None

    @property
    def tracks(self) -> tuple[Track, ...]:
        return tuple(track for track in (self.strategy, self.equal_weight, self.benchmark) if track is not None)
