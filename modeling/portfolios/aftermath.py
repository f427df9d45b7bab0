"""What follows on a kept portfolio: whole shares, stress, comparison with others, and how its weights came about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Literal

import numpy as np

from modeling.engines.portfolio.allocation import Allocation, allocate
from modeling.engines.portfolio.comparison import Comparison, Terms, compare, history_of
from modeling.engines.portfolio.crises import crises, worst
from modeling.engines.portfolio.problem import Array
from modeling.engines.portfolio.stress import Stressed, asset_shock, factor_shock
from modeling.models import PortfolioResult
from modeling.portfolios.kept import Kept, NoWeights, label_of, prices_told, weights_in
from modeling.portfolios.loadings import loadings_of
from modeling.portfolios.places import placed
from modeling.portfolios.walk import iso
from valor.lib.errors import InvalidInput, Problem

Shocks = Mapping[str, float]
HELD = 1e-9
PERIODS, COUNT = 5, 5  # of the worst stretches that are looked for unless others are asked for


def allocation_of(
    kept: PortfolioResult,
    money: float,
    *,
    lots: Mapping[str, int] | int = 1,
    method: Literal["exact", "greedy"] = "exact",
    prices: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """Whole shares of a kept portfolio for this money, at stated prices or the latest of its price set, as JSON.

    Raises NoWeights, and InvalidInput for a price that is missing or money that buys nothing.
    """
    one = Kept(kept)
    names = tuple(one.stated)
    weights = np.array(list(one.stated.values()))
    latest = {} if prices and set(names) <= set(prices) else latest_prices(one)
    told = {name: (float((prices or {})[name]), None) if name in (prices or {}) else latest.get(name) for name in names}
    refuse_missing(told)
    quoted = [quote for quote in told.values() if quote is not None]
    sizes = [lots.get(name, 1) for name in names] if isinstance(lots, Mapping) else lots
    found = allocate(weights, [price for price, _ in quoted], money, lots=sizes, method=method, names=names)
    return allocation_told(found, one, quoted, money)


def latest_prices(one: Kept) -> dict[str, tuple[float, str | None]]:
    """The last price of each ticker and its day."""
    data = one.priced()
    quotes = zip(data.names, data.latest.prices.tolist(), data.latest.days, strict=True)
    return {ticker: (price, iso(day)) for ticker, price, day in quotes if np.isfinite(price)}


def refuse_missing(told: Mapping[str, Any]) -> None:
    problems = [
        Problem(f"prices.{name}", None, f"There is no price of {name}.", "State it, or import its prices.")
        for name, quote in told.items()
        if quote is None
    ]
    if problems:
        raise InvalidInput(problems=problems)


def allocation_told(
    found: Allocation, one: Kept, quoted: Sequence[tuple[float, str | None]], money: float
) -> dict[str, Any]:
    rows = zip(one.stated.items(), quoted, found.shares.tolist(), found.weights.tolist(), strict=True)
    return {
        "money": money,
        "method": found.method,
        "positions": [
            {
                "ticker": ticker,
                "weight": weight,
                "price": price,
                "priced_on": day,
                "shares": shares,
                "value": shares * price,
                "achieved": achieved,
            }
            for (ticker, weight), (price, day), shares, achieved in rows
        ],
        "leftover": found.leftover,
        "deviation": found.deviation,
        "gap": found.gap,
    }


def stress_of(
    kept: PortfolioResult,
    *,
    periods: int = PERIODS,
    count: int = COUNT,
    assets: Shocks | None = None,
    factors: Shocks | None = None,
) -> dict[str, Any]:
    """A kept portfolio in past crises, in its own worst stretches, and under stated shocks, as JSON.

    *periods* are those of the result's own returns. Without prices there are stated shocks to assets alone. Shocks to
    factors reach the assets by their loadings on the benchmark and the factors of the document.
    """
    one = Kept(kept)
    past = behind(one, periods, count) if one.data else {"crises": [], "not_covered": [], "worst": []}
    shocks = []
    if assets:
        sigma = one.task.problem.covariance
        with placed(one.model, {"shocks": "assets"}):
            shocks.append(stressed_told(asset_shock(one.weights, one.names, assets, covariance=sigma), one.names))
    if factors:
        with placed(one.model, {"shocks": "factors"}):
            shocks.append(stressed_told(by_factors(one, factors), one.names))
    return past | {"shocks": shocks, "prices": prices_told(one.data)}


def behind(one: Kept, periods: int, count: int) -> dict[str, Any]:
    """In the crises that the prices cover, and in the worst stretches they hold."""
    panel, tickers = one.held, one.held.tickers
    if periods >= len(panel.days):
        remedy = f"Give a whole number from 1 to {len(panel.days) - 1}."
        raise InvalidInput.at("periods", periods, "There are no stretches of this length.", remedy)
    found = crises(one.held_weights, panel)
    return {
        "crises": [stressed_told(each, tickers) for each in found.covered],
        "not_covered": [{"name": name, "reason": reason} for name, reason in found.not_covered],
        "worst": [stressed_told(each, tickers) for each in worst(one.held_weights, panel, periods, count)],
    }


def by_factors(one: Kept, shocks: Shocks) -> Stressed:
    found = loadings_of(one.model, one.priced())
    return factor_shock(
        one.weights,
        found.loadings,
        found.factors,
        shocks,
        factor_covariance=found.covariance,
        specific=found.specific,
        tickers=one.names,
    )


def stressed_told(found: Stressed, tickers: tuple[str, ...]) -> dict[str, Any]:
    return {
        "name": found.name,
        "return": found.portfolio_return,
        "contributions": nonzero(tickers, found.contributions),
        "from": None if found.first is None else iso(found.first),
        "to": None if found.last is None else iso(found.last),
        "max_drawdown": found.max_drawdown,
        "volatility": found.volatility,
        "left_out": list(found.left_out),
        "cut": list(found.cut),
    }


def nonzero(tickers: Sequence[str], figures: Array) -> dict[str, float]:
    return {name: float(figure) for name, figure in zip(tickers, figures, strict=True) if abs(figure) > HELD}


def comparison_of(results: Sequence[PortfolioResult]) -> dict[str, Any]:
    """Kept portfolios side by side, as JSON: what they hold, how far apart they are, and how they would have done.

    Outcomes are over the prices of the first result's document; where these don't hold all assets, there are none.
    """
    weights = {label_of(kept): weights_in(kept) for kept in results}
    first = Kept(results[0])
    union = tuple(dict.fromkeys(ticker for held in weights.values() for ticker in held))
    data = first.data
    missing = sorted(set(union) - set(data.panel.tickers)) if data else []
    panel = data.panel.only(union) if data and not missing else None
    terms = Terms(data.periods_per_year if data else 252, first.model.risk_free)
    found = compare(weights, panel=panel, tickers=union, terms=terms)
    return comparison_told(found, results) | {"without_prices": missing, "prices": prices_told(data)}


def comparison_told(found: Comparison, results: Sequence[PortfolioResult]) -> dict[str, Any]:
    aligned = found.aligned
    outcomes = found.outcomes or (None,) * len(results)
    return {
        "assets": list(aligned.tickers),
        "portfolios": [
            {
                "number": kept.number,
                "name": label,
                "weights": weights.tolist(),
                "difference": apart.tolist(),
                "performance": outcome and asdict(outcome.performance),
                "value_at_risk": outcome and outcome.tail.value_at_risk,
                "expected_shortfall": outcome and outcome.tail.expected_shortfall,
            }
            for kept, label, weights, apart, outcome in zip(
                results, aligned.names, aligned.weights, found.differences, outcomes, strict=True
            )
        ],
        "active_share": found.active_share.tolist(),
        "from": None if found.first is None else iso(found.first),
        "to": None if found.last is None else iso(found.last),
        "periods": found.periods,
    }


def weights_over_results(results: Iterable[PortfolioResult]) -> dict[str, Any]:
    """The weights of all results that hold a single portfolio, oldest first, as JSON; others are passed over."""
    told = []
    for kept in sorted(results, key=lambda one: one.number):
        try:
            told.append((kept, weights_in(kept)))
        except NoWeights:
            continue
    if not told:
        return {"assets": [], "results": []}
    found = history_of([(label_of(kept), weights) for kept, weights in told])
    rows = zip(told, found.aligned.weights, found.changes, found.turnover, strict=True)
    return {
        "assets": list(found.aligned.tickers),
        "results": [
            {
                "number": kept.number,
                "name": kept.name,
                "version": kept.version,
                "finished_at": kept.finished_at and kept.finished_at.isoformat(),
                "weights": weights.tolist(),
                "change": change.tolist(),
                "turnover": float(turnover),
            }
            for (kept, _), weights, change, turnover in rows
        ],
    }
