"""A backtest from beginning to end: the strategy, equal weights, the benchmark, and how each turned out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.backtest.errors import BenchmarkMissing, HistoryTooShort
from modeling.engines.portfolio.backtest.market import market_of
from modeling.engines.portfolio.backtest.measures import annual_growth, performance_of
from modeling.engines.portfolio.backtest.rules import Rebalancing, Rules
from modeling.engines.portfolio.backtest.strategies import Strategy, equal_weight
from modeling.engines.portfolio.backtest.track import Backtest, Decision, Track
from modeling.engines.portfolio.backtest.walk import Keep, Progress, Walk, nobody
from modeling.engines.portfolio.problem import Array
from modeling.engines.portfolio.trading import Costs
from modeling.engines.prices.panel import Panel
from valor.lib.errors import Problem


def backtest(
    panel: Panel,
    strategy: Strategy,
    rules: Rules,
    *,
    universe: Iterable[str] | None = None,
    benchmark: str | None = None,
    made: Iterable[Decision] = (),
    progress: Progress = nobody,
    keep: Keep = nobody,
) -> Backtest:
    """Walk a strategy forward through a panel, each decision resting on closes of its own day and before alone.

    Prices are taken as adjusted: dividends and splits are not modelled. Shares are fractional. Negative cash is
    borrowed at ``rules.borrowing_rate``; short positions bear no fee of their own.

    Parameters
    ----------
    panel : prices of the universe and of the benchmark, NaN before listings, after delistings and in gaps
    strategy : given a copy of the past of the assets that can be held, gives their weights; see `Strategy`
    universe : tickers that the strategy may hold; left out, all but the benchmark
    benchmark : ticker to buy on the first day and hold, with the same costs; it can have an impact of its own, as
        stated figures of the impact are in the order of the panel's tickers
    made : decisions of an earlier, broken run under the same arguments: these days are not asked again
    progress : called with (periods done, periods in all) as the strategy's walk gets on; what it raises ends the run
    keep : called with each new decision as it is made, for ``made`` later

    Raises
    ------
    HistoryTooShort, BenchmarkMissing, UnusableWeights, Ruined, CostsTooHigh; EngineError for unknown tickers, bad
    prices and mixed currencies; and whatever EngineError the strategy raises where ``rules.on_refusal`` is "stop".
    """
    tickers = tickers_of(panel, universe, benchmark)
    refuse_mixed_currencies(panel, (*tickers, benchmark) if benchmark else tickers)
    held = panel.only(tickers)
    market = market_of(held, rules.delisted_after)
    schedule = schedule_of(panel, rules)
    costs = costs_of(panel, rules, held)
    walk = Walk(market, strategy, rules, costs, schedule, made=made, progress=progress, keep=keep)
    walk.run()
    same = Walk(market, equal_weight, rules, costs, schedule)
    same.run()
    kept = None if benchmark is None else held_benchmark(panel, benchmark, rules, schedule)
    against = None if kept is None else track_of(benchmark or "", kept, rules)
    compared = None if against is None else against.net_returns
    return Backtest(
        strategy=track_of("strategy", walk, rules, compared),
        equal_weight=track_of("equal weight", same, rules, compared),
        benchmark=against,
    )


def tickers_of(panel: Panel, universe: Iterable[str] | None, benchmark: str | None) -> tuple[str, ...]:
    """What may be held: what is asked for, or all but the benchmark; no ticker twice, and at least one."""
    wanted = tuple(universe) if universe is not None else tuple(name for name in panel.tickers if name != benchmark)
    twice = sorted({ticker for ticker in wanted if wanted.count(ticker) > 1})
    problems = [Problem("universe", ticker, f"{ticker} is there twice.", "Name it once.") for ticker in twice]
    if not wanted:
        problems = [Problem("universe", "", "There is nothing to hold.", "Name at least one ticker.")]
    if problems:
        raise EngineError(problems=problems)
    return wanted


def refuse_mixed_currencies(panel: Panel, tickers: Iterable[str]) -> None:
    """Money of several currencies can't be added up."""
    currencies = sorted(set(panel.only(tickers).currencies))
    if len(currencies) > 1:
        message = f"Prices are in {' and '.join(currencies)}."
        remedy = "Convert them to one currency first, or leave out what is in another one."
        raise EngineError(problems=[Problem("currencies", ", ".join(currencies), message, remedy)])


def schedule_of(panel: Panel, rules: Rules) -> NDArray[np.int64]:
    """The places of the decision days: the first leaves a whole window before it, and a day to trade and one to see."""
    earliest = rules.window.periods
    if rules.start is not None:
        earliest = max(earliest, int(np.searchsorted(panel.days, rules.start, "left")))
    schedule = rules.rebalancing.schedule(panel.days, earliest)
    if not len(schedule) or schedule[0] + rules.delay + 1 >= len(panel.days):
        message = f"The {len(panel.days)} days leave none to decide on, to trade and to look at what came of it."
        remedy = f"Give more prices than the window of {rules.window.periods} periods, or begin earlier."
        raise HistoryTooShort(problems=[Problem("window", rules.window.periods, message, remedy)])
    return schedule


def costs_of(panel: Panel, rules: Rules, held: Panel) -> Costs:
    """The costs of what is held: stated figures of an impact are one for all, or one for each ticker of the panel."""
    rules.costs.fit(len(panel.tickers))
    place = {ticker: row for row, ticker in enumerate(panel.tickers)}
    return rules.costs.only(np.array([place[ticker] for ticker in held.tickers], dtype=np.int64))


def held_benchmark(panel: Panel, ticker: str, rules: Rules, schedule: NDArray[np.int64]) -> Walk:
    """The benchmark, bought on the first day of trading and held."""
    alone = panel.only([ticker])
    market = market_of(alone, rules.delisted_after)
    start = int(schedule[0]) + rules.delay
    if not market.priced[start, 0]:
        date = str(panel.dates[start])
        message = f"{ticker} has no price on {date}, the first day of trading."
        remedy = "Take another benchmark, or begin on a day that it has a price for."
        raise BenchmarkMissing(problems=[Problem("benchmark", ticker, message, remedy)])
    costs = costs_of(panel, rules, alone)
    bought = Decision(int(panel.days[schedule[0]]), np.ones(1))
    untouched = replace(rules, rebalancing=Rebalancing())
    walk = Walk(market, equal_weight, untouched, costs, schedule[:1], made=[bought])
    walk.run()
    return walk


def track_of(name: str, walk: Walk, rules: Rules, benchmark: Array | None = None) -> Track:
    account, span = walk.account, slice(walk.start, None)
    before, after = account.before[span], account.after[span]
    values = np.concatenate([[rules.initial], after[1:]])
    gross, net = before[1:] / after[:-1] - 1.0, values[1:] / values[:-1] - 1.0
    ppy = rules.periods_per_year
    first = int(walk.market.panel.days[walk.start])
    turnover = sum(rebalance.turnover for rebalance in account.rebalances if rebalance.traded > first)
    return Track(
        name=name,
        tickers=walk.market.panel.tickers,
        days=walk.market.panel.days[span],
        values=values,
        gross_returns=gross,
        net_returns=net,
        costs=account.paid[span],
        decisions=tuple(walk.decisions),
        rebalances=tuple(account.rebalances),
        log=tuple(account.log),
        performance=performance_of(net, ppy, risk_free=rules.risk_free, benchmark=benchmark),
        turnover=turnover * ppy / len(net),
        cost_drag=annual_growth(gross, ppy) - annual_growth(net, ppy),
    )
