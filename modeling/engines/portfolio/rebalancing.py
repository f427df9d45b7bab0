"""From what somebody holds to what they want: which trades, what they cost, and what is left alone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.allocation import Method, NotAllocated, allocate
from modeling.engines.portfolio.problem import Array
from modeling.engines.portfolio.trading import Costs, Mask, Trades, reach, unusable, wanted
from valor.lib.errors import Problem

TINY = 1e-12  # of the value: less is no trade


class NothingHeld(EngineError):
    """There is nothing to trade with: give holdings or cash that are worth something together."""


@dataclass(frozen=True)
class Holdings:
    """What is there now.

    Attributes
    ----------
    tickers : names of n assets
    prices : shape (n,), money per share
    shares : shape (n,), below zero for short positions
    cash : money
    """

    tickers: tuple[str, ...]
    prices: Array
    shares: Array
    cash: float = 0.0

    def __post_init__(self) -> None:
        problems = [
            *unusable("prices", self.prices, 0.0, np.inf, strictly=True),
            *unusable("shares", self.shares, -np.inf, np.inf),
            *unusable("cash", self.cash, -np.inf, np.inf),
        ]
        if not len(self.tickers) == len(self.prices) == len(self.shares):
            remedy = f"Give one price and one number of shares for each of the {len(self.tickers)} tickers."
            problems.append(Problem("holdings", len(self.prices), "They don't fit together.", remedy))
        if problems:
            raise EngineError(problems=problems)
        if not self.value > 0.0:
            remedy = "Give more cash, or smaller short positions."
            raise NothingHeld(problems=[Problem("cash", self.cash, f"All is worth {self.value:g} together.", remedy)])

    @property
    def money(self) -> Array:
        held: Array = self.shares * self.prices
        return held

    @property
    def value(self) -> float:
        return float((np.asarray(self.shares) * self.prices).sum()) + self.cash


def holdings_of(tickers: tuple[str, ...], prices: Any, weights: Any, value: float) -> Holdings:
    """Holdings from weights (n,) of a value; the rest of 1 is cash."""
    price, share = np.asarray(prices, np.float64), np.asarray(weights, np.float64)
    if price.shape != share.shape or unusable("prices", price, 0.0, np.inf, strictly=True):
        remedy = "Give one price above zero for each weight."
        raise EngineError(problems=[Problem("prices", str(price)[:80], "They don't fit the weights.", remedy)])
    return Holdings(tickers, price, share * value / price, value * (1.0 - float(share.sum())))


@dataclass(frozen=True)
class Policy:
    """What is worth trading.

    Attributes
    ----------
    band : an asset whose weight is no further than this from its target is left alone
    minimum : smallest trade, money; what would be less is left alone, unless it would close a position
    whole_shares : whether only whole lots are traded; what is held of a traded asset is then whole lots, too
    lots : shares traded together, one number or shape (n,)
    """

    costs: Costs = field(default_factory=Costs)
    band: float = 0.0
    minimum: float = 0.0
    whole_shares: bool = False
    lots: Any = 1
    method: Method = "exact"

    def __post_init__(self) -> None:
        problems = [*unusable("band", self.band, 0.0, np.inf), *unusable("minimum", self.minimum, 0.0, np.inf)]
        if problems:
            raise EngineError(problems=problems)

    def fit(self, count: int) -> None:
        """Refuse lots and impacts that are neither one for all nor one for each of so many assets."""
        self.costs.fit(count)
        if np.shape(self.lots) not in ((), (count,)):
            remedy = f"Give one lot size, or one for each of the {count} assets."
            problem = Problem("lots", str(np.shape(self.lots)), "There are not as many as assets.", remedy)
            raise EngineError(problems=[problem])


@dataclass(frozen=True)
class Trade:
    """Shares and money of one trade: above zero bought, below zero sold; and its costs, money."""

    ticker: str
    shares: float
    price: float
    money: float
    costs: float


@dataclass(frozen=True)
class RebalancingPlan:
    """The trades and where they lead.

    Attributes
    ----------
    trades : one for each asset that is traded, in the order of the holdings
    left_alone : tickers that are off their target, but inside the band, below the smallest trade or nearest as they are
    before, after, target : weights (n,), each of the value at its time
    bought, sold, costs : money
    turnover : half of what is bought and sold, as a share of the value before
    holdings : after the trades
    """

    trades: tuple[Trade, ...]
    left_alone: tuple[str, ...]
    before: Array
    after: Array
    target: Array
    bought: float
    sold: float
    costs: float
    turnover: float
    holdings: Holdings


def rebalance(holdings: Holdings, target: Any, policy: Policy | None = None) -> RebalancingPlan:
    """Trade from holdings to target weights (n,) of the value that is left after costs; the rest of 1 is cash.

    Where assets that are left alone hold more than their targets, the traded ones share what remains; where they hold
    less, the difference stays cash. No more is borrowed than the target or what is left alone asks for.

    Raises NothingHeld, CostsTooHigh, NotAllocated, EngineError.
    """
    policy = policy or Policy()
    goal = np.asarray(target, dtype=np.float64).reshape(-1)
    if goal.shape != holdings.prices.shape or not np.isfinite(goal).all():
        remedy = f"Give a finite number for each of the {len(holdings.tickers)} tickers."
        raise EngineError(problems=[Problem("target", str(target)[:80], "They don't fit the holdings.", remedy)])
    policy.fit(len(goal))
    before = holdings.money / holdings.value
    traded = (np.abs(goal - before) > policy.band) & (np.abs(goal - before) > TINY)
    while True:
        trades = planned(holdings, goal, traded, policy)
        small = (np.abs(trades.money) < policy.minimum) & (trades.money != 0.0)
        small &= ~((goal == 0.0) & (trades.money == -holdings.money))
        if not small.any():
            return carried_out(holdings, goal, before, trades)
        traded &= ~small


def planned(holdings: Holdings, goal: Array, traded: Mask, policy: Policy) -> Trades:
    """Trades (n,) of the traded assets alone."""
    trades = reach(goal, holdings.money, holdings.cash, traded, policy.costs)
    if policy.whole_shares and traded.any():
        return in_whole_lots(holdings, goal, traded, policy, trades)
    return trades


def in_whole_lots(holdings: Holdings, goal: Array, traded: Mask, policy: Policy, free: Trades) -> Trades:
    """The nearest whole lots for the traded assets, with what the trades cost put aside.

    The rounded trades may cost more than those they stand for: where the cash can't pay for that, it is tried again
    with as much put aside.
    """
    aside = free.paid
    kept = float(holdings.money[~traded].sum())
    lots = np.broadcast_to(np.asarray(policy.lots), goal.shape)[traded]
    for _ in range(20):
        after = holdings.value - aside
        money = after - kept
        wants = wanted(goal, holdings.money, traded, after)[traded]
        shares = np.zeros(len(goal))
        shares[traded] = lots_for(wants, holdings.prices[traded], money, lots, policy.method)
        trade = np.where(traded, shares * holdings.prices - holdings.money, 0.0)
        trade[np.abs(trade) < TINY * holdings.value] = 0.0
        found = Trades(trade, policy.costs.fees(trade), policy.costs.slipped(trade))
        cash = holdings.cash - float(trade.sum()) - found.paid
        if found.paid <= aside * (1.0 + 1e-12) or cash >= 0.0:
            return found
        aside = found.paid + 1e-9 * holdings.value
    message = "Whole shares and costs do not come to rest."
    raise NotAllocated(problems=[Problem("lots", str(policy.lots)[:80], message, "Give smaller lots, or more cash.")])


def lots_for(wants: Array, prices: Array, money: float, lots: Any, method: Method) -> NDArray[np.int64]:
    """Whole shares (k,) for the money wanted in each asset; none where none is wanted, or too little for a lot."""
    if not wants.any() or not money > 0.0:
        return np.zeros(len(wants), dtype=np.int64)
    if (np.abs(wants) < prices * lots).all() and money < (prices * lots)[wants != 0.0].min():
        return np.zeros(len(wants), dtype=np.int64)
    return allocate(wants / money, prices, money, lots=lots, method=method).shares


def carried_out(holdings: Holdings, goal: Array, before: Array, trades: Trades) -> RebalancingPlan:
    cost = trades.fees + trades.slippage
    shares = np.where(trades.money == 0.0, holdings.shares, (holdings.money + trades.money) / holdings.prices)
    cash = holdings.cash - float(trades.money.sum()) - trades.paid
    then = replace(holdings, shares=shares, cash=cash)
    done = np.flatnonzero(trades.money)
    off = (trades.money == 0.0) & (np.abs(goal - before) > TINY)
    return RebalancingPlan(
        trades=tuple(
            Trade(
                holdings.tickers[row],
                float(shares[row] - holdings.shares[row]),
                float(holdings.prices[row]),
                float(trades.money[row]),
                float(cost[row]),
            )
            for row in done
        ),
        left_alone=tuple(holdings.tickers[row] for row in np.flatnonzero(off)),
        before=before,
        after=then.money / then.value,
        target=goal,
        bought=trades.bought,
        sold=trades.sold,
        costs=trades.paid,
        turnover=(trades.bought + trades.sold) / 2.0 / holdings.value,
        holdings=then,
    )
