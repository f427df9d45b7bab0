"""From what is held to what is wanted: the trades, what they cost, and what is left. Money in, money out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.problem import Array
from valor.lib.errors import Problem

Figures = Array | float
Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]
ROUNDS = 200
SETTLED = 4e-15  # relative to the portfolio's value
MOST = 0.5  # of the money traded


class CostsTooHigh(EngineError):
    """Trading eats up more than the trades are for: lower the costs, the leverage or the size of the portfolio."""


@dataclass(frozen=True)
class Impact:
    """Slippage that grows with the square root of the trade.

    A trade of Q money moves the price by ``coefficient * volatility * sqrt(Q / volume)`` of it: the square-root law of
    Almgren, Thum, Hauptmann and Li, "Direct estimation of equity market impact" (2005), in its usual simple form.

    Attributes
    ----------
    volume : money that the market trades in one period, a number or shape (n,)
    volatility : standard deviation of one period's return, a number or shape (n,)
    """

    volume: Figures
    volatility: Figures
    coefficient: float = 1.0

    def __post_init__(self) -> None:
        problems = [
            *unusable("impact.volume", self.volume, 0.0, np.inf, strictly=True),
            *unusable("impact.volatility", self.volatility, 0.0, np.inf),
            *unusable("impact.coefficient", self.coefficient, 0.0, np.inf),
        ]
        if problems:
            raise EngineError(problems=problems)

    def only(self, rows: Rows) -> Impact:
        return replace(self, volume=picked(self.volume, rows), volatility=picked(self.volatility, rows))


@dataclass(frozen=True)
class Costs:
    """What a trade costs, as shares of the money traded: fees for buying and selling, slippage, and impact."""

    buy: float = 0.0
    sell: float = 0.0
    slippage: float = 0.0
    impact: Impact | None = None

    def __post_init__(self) -> None:
        names = ("buy", "sell", "slippage")
        problems = [found for name in names for found in unusable(f"costs.{name}", getattr(self, name), 0.0, MOST)]
        if problems:
            raise EngineError(problems=problems)

    def fees(self, trades: Array) -> Array:
        """The fees of each trade (n,), money: positive trades are bought, negative ones sold."""
        return np.where(trades > 0, self.buy, self.sell) * np.abs(trades)

    def slipped(self, trades: Array) -> Array:
        """What is lost to worse prices than the close's, shape (n,), money."""
        size = np.abs(trades)
        if self.impact is None:
            return self.slippage * size
        impact = self.impact
        moved = impact.coefficient * impact.volatility * np.sqrt(size / impact.volume)
        return (self.slippage + moved) * size

    def fit(self, count: int) -> None:
        """Refuse figures of an impact that are neither one for all nor one for each of so many assets."""
        if self.impact is None:
            return
        for name in ("volume", "volatility"):
            shape = np.shape(getattr(self.impact, name))
            if shape not in ((), (count,)):
                remedy = f"Give one number, or one for each of the {count} assets."
                found = Problem(f"impact.{name}", str(shape), "There are not as many as assets.", remedy)
                raise EngineError(problems=[found])

    def only(self, rows: Rows) -> Costs:
        """The same costs for some of the assets."""
        return replace(self, impact=self.impact.only(rows)) if self.impact else self


@dataclass(frozen=True)
class Trades:
    """Money traded per asset (n,), above zero bought, below zero sold; and what that cost per asset (n,)."""

    money: Array
    fees: Array
    slippage: Array

    @property
    def bought(self) -> float:
        return float(np.maximum(self.money, 0.0).sum())

    @property
    def sold(self) -> float:
        return float(np.maximum(-self.money, 0.0).sum())

    @property
    def paid(self) -> float:
        return float(self.fees.sum() + self.slippage.sum())


def reach(target: Array, held: Array, cash: float, tradable: Mask, costs: Costs) -> Trades:
    """The trades that give the tradable assets their target weights of the value *after* costs.

    ``target`` are weights (n,), the rest of 1 is cash; ``held`` is money (n,); ``tradable`` is a mask (n,). What can't
    be traded stays; where it holds more than it should, the others share what remains of the money to be invested.
    The value after costs is the fixed point of v = value - costs(target * v - held), a contraction for usual costs.

    Raises CostsTooHigh where no such value exists.
    """
    value = float(held.sum()) + cash
    after = value
    for _ in range(ROUNDS):
        money = np.where(tradable, wanted(target, held, tradable, after) - held, 0.0)
        trades = Trades(money, costs.fees(money), costs.slipped(money))
        previous, after = after, value - trades.paid
        if abs(after - previous) <= SETTLED * abs(value):
            return trades
        if not after > 0.0:
            break
    message = f"The trades would cost {trades.paid:g} of a portfolio worth {value:g}."
    raise CostsTooHigh(problems=[Problem("costs", trades.paid, message, "Lower the costs, or trade less.")])


def wanted(target: Array, held: Array, tradable: Mask, value: float) -> Array:
    """Money that each asset should hold, (n,): the targets, less where assets that can't be traded hold too much."""
    if tradable.all():
        return target * value
    kept = float((held - target * value)[~tradable].sum())
    free = float(target[tradable].sum()) * value
    scale = min(max(1.0 - kept / free, 0.0), 1.0) if free > 0.0 and kept > 0.0 else 1.0
    return target * value * scale


def picked(figures: Figures, rows: Rows) -> Figures:
    """Some assets' figures; a single number counts for all."""
    array = np.asarray(figures, dtype=np.float64)
    return array[rows] if array.ndim else float(array)


def unusable(name: str, figures: Figures, least: float, most: float, strictly: bool = False) -> list[Problem]:
    """A problem for the first figure that is missing or outside its range."""
    array = np.asarray(figures, dtype=np.float64).reshape(-1)
    low = array > least if strictly else array >= least
    bad = array[~(low & (array <= most) & np.isfinite(array))]
    if not len(bad):
        return []
    above = f"above {least:g}" if strictly else f"of at least {least:g}"
    limit = f" and at most {most:g}" if np.isfinite(most) else ""
    return [Problem(name, str(bad[0]), "It is outside the possible range.", f"Give a number {above}{limit}.")]


def fractional(name: str, figure: float | None) -> list[Problem]:
    """A problem for what should be a whole number and is not; none where it was left out."""
    if figure is None or figure == int(figure):
        return []
    return [Problem(name, str(figure), "It is not a whole number.", "Give a whole number.")]
