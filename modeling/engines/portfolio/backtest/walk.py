"""The walk through time: who is asked when, with what past, and when that is carried out."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from modeling.engines.portfolio.backtest.account import Account
from modeling.engines.portfolio.backtest.errors import NothingToHold, UnusableWeights
from modeling.engines.portfolio.backtest.market import Market, Rows
from modeling.engines.portfolio.backtest.rules import Rules
from modeling.engines.portfolio.backtest.strategies import Context, Strategy
from modeling.engines.portfolio.backtest.track import Decision, Event, Kind
from modeling.engines.portfolio.problem import Array
from modeling.engines.portfolio.trading import Costs
from valor.lib.errors import InvalidInput, Problem

Progress = Callable[[int, int], None]
Keep = Callable[[Decision], None]

CHUNK = 64  # periods that are looked through at once for a weight outside its band


def nobody(*_: object) -> None:
    """For a walk that nobody watches."""


class Walk:
    """One strategy's way through a market.

    1. On each decision day the strategy is asked, unless ``made`` already holds what it said there.
    2. The order is carried out at the same close (delay 0) or the next one (delay 1).
    3. Until the next decision, order, delisting or breach of the band all days are computed at once.
    """

    def __init__(
        self,
        market: Market,
        strategy: Strategy,
        rules: Rules,
        costs: Costs,
        schedule: NDArray[np.int64],
        *,
        made: Iterable[Decision] = (),
        progress: Progress = nobody,
        keep: Keep = nobody,
    ) -> None:
        self.market, self.strategy, self.rules = market, strategy, rules
        self.account = Account(market, rules, costs)
        self.first, self.last = int(schedule[0]), len(market.panel.days) - 1
        self.start = self.first + rules.delay
        self.decisions: list[Decision] = []
        self._stops = np.unique([*schedule[1:].tolist(), *market.delisted])
        self._scheduled = set(schedule[1:].tolist())
        self._made = {decision.day: fitting(decision, len(market.panel.tickers)) for decision in made}
        self._order: tuple[int, Array] | None = None  # the day of the decision, and the weights
        self._reference: Array | None = None  # what the band is about: weights after the last trade
        self._breached = False
        self._progress, self._keep = progress, keep

    def run(self) -> None:
        self.decide(self.first)
        self._breached = self._first_breach_is_due()
        day = self.start
        while True:
            self.account.close_out(day)
            self.trade(day)
            if self._breached or (day > self.first and day in self._scheduled):
                self.decide(day)
            if self.rules.delay == 0:
                self.trade(day)
            self._progress(day - self.start, self.last - self.start)
            if day == self.last:
                break
            day = self.advance(day)
        if self._order is not None:
            self._log(self.last, "not made", "There is no later close to carry out the last decision.")

    def advance(self, day: int) -> int:
        """To the next day on which something happens."""
        stop = self._next_stop(day)
        worth, cash = self.account.carried(day, stop)
        breach = self._first_breach(worth, cash)
        self._breached = breach is not None
        if breach is not None:
            stop = day + 1 + breach
        self.account.move(day, stop, worth, cash)
        return stop

    def _next_stop(self, day: int) -> int:
        if self._order is not None:
            return day + 1
        at = int(np.searchsorted(self._stops, day, "right"))
        stop = int(self._stops[at]) if at < len(self._stops) else self.last
        return min(stop, day + CHUNK) if self.rules.rebalancing.band is not None else stop

    def _first_breach(self, worth: Array, cash: Array) -> int | None:
        """The first of the coming days whose close leaves a weight outside its band; the next one if none was held."""
        band = self.rules.rebalancing.band
        if band is None or self._order is not None:
            return None
        if self._reference is None:
            return 0
        weights = worth / (worth.sum(axis=1) + cash)[:, None]
        outside = (np.abs(weights - self._reference) > band).any(axis=1)
        return int(np.argmax(outside)) if outside.any() else None

    def _first_breach_is_due(self) -> bool:
        """Whether the first decision was refused and a band watches: the day after asks again, as any later one."""
        return self.start > self.first and self._order is None and self.rules.rebalancing.band is not None

    def trade(self, day: int) -> None:
        if self._order is None:
            return
        decided, target = self._order
        if day < decided + self.rules.delay:
            return
        self._reference = self.account.trade(decided, day, target)
        self._order = None

    def decide(self, day: int) -> None:
        """Ask, or read what was said before; a refusal keeps what is held, or ends the walk."""
        self._breached = False
        date = int(self.market.panel.days[day])
        decision = self._made.get(date)
        if decision is None:
            decision = self._asked(day, date)
            self._keep(decision)
        self.decisions.append(decision)
        if decision.weights is not None:
            self._order = (day, decision.weights)
            return
        self._log(day, "refused", decision.refusal)
        if self._reference is not None:
            self._reference = self.account.weights(day)

    def _asked(self, day: int, date: int) -> Decision:
        try:
            rows = self.market.shown(day, self.rules.window)
            return Decision(date, self._answer(day, date, rows))
        except UnusableWeights:
            raise
        except InvalidInput as refused:
            if self.rules.on_refusal == "stop":
                raise
            return Decision(date, None, str(refused))

    def _answer(self, day: int, date: int, rows: Rows) -> Array:
        if not len(rows):
            remedy = "Take a shorter window, or import more prices."
            words = "No asset has a price and enough history on this day."
            raise NothingToHold(problems=[Problem("window", str(self.market.panel.dates[day]), words, remedy)])
        held = self.account.weights(day)
        context = Context(
            day=date,
            step=len(self.decisions),
            weights=held[rows],
            cash=1.0 - float(held.sum()),
            value=float(self.account.after[day]),
            periods_per_year=self.rules.periods_per_year,
        )
        answer = self.strategy(self.market.past(day, rows, self.rules.window), context)
        return spread(answer, rows, len(held))

    def _log(self, day: int, kind: Kind, message: str) -> None:
        self.account.log.append(Event(int(self.market.panel.days[day]), kind, "", message))


def spread(answer: object, rows: Rows, size: int) -> Array:
    """The strategy's weights in the places of the assets it was shown, zero elsewhere."""
    given = np.asarray(answer, dtype=np.float64)
    if given.shape != rows.shape or not np.isfinite(given).all():
        remedy = f"Give {len(rows)} finite numbers, one for each asset in the order they were shown."
        raise UnusableWeights(problems=[Problem("weights", str(answer)[:80], "They can't be held.", remedy)])
    weights = np.zeros(size)
    weights[rows] = given
    return weights


def fitting(decision: Decision, size: int) -> Decision:
    """A decision of an earlier run, refused where it is about another universe."""
    if decision.weights is not None and decision.weights.shape != (size,):
        message = f"A decision made before has {decision.weights.size} weights, the universe {size} assets."
        raise UnusableWeights(problems=[Problem("made", decision.day, message, "Begin anew, or with the same assets.")])
    return decision
