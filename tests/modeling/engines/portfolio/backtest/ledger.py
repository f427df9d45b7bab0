"""The books once more, slowly: plain Python numbers, one share and one day after another, by a method of their own.

It is told what was decided, and finds out by itself what that was worth: the last price, who counts as delisted, what
the trades cost (by bisection, not by fixed point), the interest on cash. It also finds the days on which a band broke.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from modeling.engines.portfolio.backtest import Rules, Track
from modeling.engines.prices.panel import Panel


@dataclass
class Ledger:
    panel: Panel
    rules: Rules
    shares: dict[int, float] = field(default_factory=dict)
    cash: float = 0.0
    values: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)
    gross: list[float] = field(default_factory=list)
    breaches: list[int] = field(default_factory=list)

    def price(self, row: int, day: int) -> float | None:
        price = float(self.panel.prices[row, day])
        return None if math.isnan(price) else price

    def last(self, row: int, day: int) -> tuple[float, int]:
        """The last price, and how many days ago that was."""
        for back in range(day + 1):
            price = self.price(row, day - back)
            if price is not None:
                return price, back
        return 0.0, 0

    def worth(self, day: int) -> float:
        return math.fsum([self.cash, *(held * self.last(row, day)[0] for row, held in self.shares.items())])

    def weights(self, day: int) -> list[float]:
        total = self.worth(day)
        return [self.shares.get(row, 0.0) * self.last(row, day)[0] / total for row in range(len(self.panel.tickers))]

    def cost(self, row: int, money: float) -> float:
        costs = self.rules.costs
        share = (costs.buy if money > 0 else costs.sell) + costs.slippage
        if costs.impact is not None:
            impact = costs.impact
            volume, volatility = (
                float(figures) if isinstance(figures, float) else float(figures[row])
                for figures in (impact.volume, impact.volatility)
            )
            share += impact.coefficient * volatility * math.sqrt(abs(money) / volume)
        return share * abs(money)

    def orders(self, target: list[float], day: int, value: float) -> dict[int, float]:
        """Money to trade for each asset, were the portfolio worth *value* afterwards."""
        held = [self.shares.get(row, 0.0) * self.last(row, day)[0] for row in range(len(target))]
        open_rows = [row for row in range(len(target)) if self.price(row, day) is not None]
        stuck = [row for row in range(len(target)) if row not in open_rows]
        excess = math.fsum(held[row] - target[row] * value for row in stuck)
        free = math.fsum(target[row] for row in open_rows) * value
        scale = max(0.0, 1.0 - excess / free) if stuck and excess > 0 and free > 0 else 1.0
        return {row: target[row] * value * scale - held[row] for row in open_rows}

    def trade(self, target: list[float], day: int) -> float:
        value = self.worth(day)
        low, high = 0.0, value
        for _ in range(200):
            middle = (low + high) / 2.0
            left = value - math.fsum(self.cost(row, money) for row, money in self.orders(target, day, middle).items())
            low, high = (middle, high) if left > middle else (low, middle)
        paid = 0.0
        for row, money in self.orders(target, day, (low + high) / 2.0).items():
            price = self.price(row, day)
            assert price is not None
            self.shares[row] = self.shares.get(row, 0.0) + money / price
            paid += self.cost(row, money)
            self.cash -= money + self.cost(row, money)
        return paid

    def deliver(self, day: int) -> None:
        for row in list(self.shares):
            price, back = self.last(row, day)
            if back == self.rules.delisted_after and self.shares[row] != 0.0:
                self.cash += self.shares.pop(row) * price

    def accrue(self) -> None:
        rate = self.rules.cash_rate if self.cash >= 0 else self.rules.borrowing
        self.cash *= (1.0 + rate) ** (1.0 / self.rules.periods_per_year)


def kept_again(panel: Panel, rules: Rules, track: Track) -> Ledger:
    """Carry out a track's decisions, day by day."""
    ledger = Ledger(panel, rules, cash=rules.initial)
    place = {int(day): at for at, day in enumerate(panel.days)}
    due = {place[one.day] + rules.delay: one.weights.tolist() for one in track.decisions if one.weights is not None}
    reference: list[float] | None = None
    decided = {place[one.day] for one in track.decisions}
    start = place[int(track.days[0])]
    settled = rules.initial
    for day in range(start, len(panel.days)):
        if day > start:
            ledger.accrue()
            before = ledger.worth(day)
            ledger.gross.append(before / settled - 1.0)
            if reference is not None and rules.rebalancing.band is not None:
                apart = max(abs(a - b) for a, b in zip(ledger.weights(day), reference, strict=True))
                if apart > rules.rebalancing.band and not (rules.delay and day - 1 in decided):
                    ledger.breaches.append(int(panel.days[day]))
        ledger.deliver(day)
        paid = ledger.trade(due[day], day) if day in due else 0.0
        if day in due:
            reference = ledger.weights(day)
        settled = ledger.worth(day)
        ledger.values.append(settled)
        ledger.costs.append(paid)
    return ledger
