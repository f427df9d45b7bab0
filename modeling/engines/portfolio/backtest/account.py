"""The books of a backtest: shares and cash, day by day. Nothing here decides, and nothing looks ahead."""

from __future__ import annotations

import numpy as np

from modeling.engines.portfolio.backtest.errors import Ruined
from modeling.engines.portfolio.backtest.market import Market
from modeling.engines.portfolio.backtest.rules import Rules
from modeling.engines.portfolio.backtest.track import Event, Rebalance
from modeling.engines.portfolio.problem import Array
from modeling.engines.portfolio.trading import Costs, reach
from valor.lib.errors import Problem


class Account:
    """Shares of each asset (n,) and cash, and what became of them: values before and after each day's trades."""

    def __init__(self, market: Market, rules: Rules, costs: Costs) -> None:
        size = len(market.panel.days)
        self.market, self.costs = market, costs
        self.shares = np.zeros(len(market.panel.tickers))
        self.cash = rules.initial
        self.before, self.after, self.paid = np.full(size, rules.initial), np.full(size, rules.initial), np.zeros(size)
        self.rebalances: list[Rebalance] = []
        self.log: list[Event] = []
        self._earned = (1.0 + rules.cash_rate) ** (1.0 / rules.periods_per_year)
        self._owed = (1.0 + rules.borrowing) ** (1.0 / rules.periods_per_year)

    def held(self, day: int) -> Array:
        """Money in each asset at that close, (n,)."""
        held: Array = self.shares * self.market.last[day]
        return held

    def weights(self, day: int) -> Array:
        held = self.held(day)
        weights: Array = held / (held.sum() + self.cash)
        return weights

    def carried(self, day: int, stop: int) -> tuple[Array, Array]:
        """Money in each asset (k, n) and in cash (k,) at the closes after *day* up to *stop*, without any trade.

        Each row is summed by itself, so a day's value does not depend, to the last bit, on how far the walk went.
        """
        worth = self.market.last[day + 1 : stop + 1] * self.shares
        factor = self._earned if self.cash >= 0.0 else self._owed
        return worth, self.cash * factor ** np.arange(1, stop - day + 1)

    def move(self, day: int, stop: int, worth: Array, cash: Array) -> None:
        """To the close of *stop*, as ``carried`` foresaw it."""
        steps = stop - day
        values = worth[:steps].sum(axis=1) + cash[:steps]
        if values.min() <= 0.0:
            raise self._ruined(day + 1 + int(np.argmax(values <= 0.0)))
        self.before[day + 1 : stop + 1] = self.after[day + 1 : stop + 1] = values
        self.cash = float(cash[steps - 1])

    def close_out(self, day: int) -> None:
        """What is held of assets that count as delisted from this day on becomes cash at the last price."""
        for row in self.market.delisted.get(day, ()):
            if self.shares[row] == 0.0:
                continue
            money = float(self.shares[row] * self.market.last[day, row])
            self.cash += money
            self.shares[row] = 0.0
            ticker = self.market.panel.tickers[row]
            message = f"{ticker} has no prices any more: {money:g} became cash at its last price."
            self.log.append(Event(self._date(day), "delisted", ticker, message))

    def trade(self, decided: int, day: int, target: Array) -> Array:
        """Carry out a decision at the close of *day*; the weights (n,) that were reached."""
        tradable = self.market.priced[day]
        held = self.held(day)
        value = float(held.sum()) + self.cash
        trades = reach(target, held, self.cash, tradable, self.costs)
        prices = np.where(tradable, self.market.last[day], 1.0)  # nothing is traded where there is none
        self.shares = np.where(trades.money == 0.0, self.shares, (held + trades.money) / prices)
        self.cash -= float(trades.money.sum()) + trades.paid
        self.after[day] = self.held(day).sum() + self.cash
        self.paid[day] += trades.paid
        reached = self.weights(day)
        self._log_untraded(day, ~tradable & ((held != 0.0) | (target != 0.0)))
        dates = self._date(decided), self._date(day)
        fees, slippage = float(trades.fees.sum()), float(trades.slippage.sum())
        money = (trades.bought, trades.sold, fees, slippage)
        self.rebalances.append(Rebalance(*dates, value, held / value, target, reached, *money))
        return reached

    def _log_untraded(self, day: int, rows: Array) -> None:
        for row in np.flatnonzero(rows):
            ticker = self.market.panel.tickers[row]
            message = f"{ticker} has no price on this day: what is held of it stays."
            self.log.append(Event(self._date(day), "not traded", ticker, message))

    def _ruined(self, day: int) -> Ruined:
        date = str(self.market.panel.dates[day])
        message = f"On {date} the portfolio was worth nothing or less."
        return Ruined(problems=[Problem("weights", date, message, "Lower the leverage, or the short positions.")])

    def _date(self, day: int) -> int:
        return int(self.market.panel.days[day])
