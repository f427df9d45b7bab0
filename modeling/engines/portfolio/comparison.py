"""Portfolios side by side: what they hold, how they did on the same days, and how they came to what they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.backtest.measures import Performance, performance_of
from modeling.engines.portfolio.decomposition import TailRisk, historical_tail
from modeling.engines.portfolio.problem import Array
from modeling.engines.portfolio.trading import unusable
from modeling.engines.prices.panel import Days, Panel
from valor.lib.errors import Problem

Weights = Mapping[str, float]


class NothingToCompare(EngineError):
    """These portfolios have no common ground: give at least one, with weights and prices on the same days."""


@dataclass(frozen=True)
class Terms:
    """How outcomes are measured: periods per year, the risk-free rate per year, the confidence of the tails."""

    periods_per_year: float = 252.0
    risk_free: float = 0.0
    confidence: float = 0.95

    def __post_init__(self) -> None:
        problems = [
            *unusable("periods_per_year", self.periods_per_year, 0.0, np.inf, strictly=True),
            *unusable("risk_free", self.risk_free, -0.99, np.inf),
        ]
        if problems:
            raise EngineError(problems=problems)


@dataclass(frozen=True)
class Aligned:
    """Weights of several portfolios over all their assets, shape (k, n); what they don't hold is 0."""

    names: tuple[str, ...]
    tickers: tuple[str, ...]
    weights: Array


@dataclass(frozen=True)
class Outcome:
    """One portfolio on the common days, its weights restored each period, without costs.

    Attributes
    ----------
    performance : per year
    tail : of one period, from the same days
    """

    performance: Performance
    tail: TailRisk


@dataclass(frozen=True)
class Comparison:
    """k portfolios side by side.

    Attributes
    ----------
    aligned : their weights over the union of their assets
    active_share : shape (k, k), half the sum of absolute differences of weights and of cash, from 0 to 1 for portfolios
        without short positions (Cremers and Petajisto, 2009)
    volatility : shape (k,), expected, per year, under the covariance; None without one
    differences : shape (k, n), weights less those of the first portfolio
    tracking_error : shape (k, k), per year, of the differences under the covariance; None without one
    outcomes : of each; None without prices
    first, last, periods : the common days, since 1970-01-01, and how many returns they give
    """

    aligned: Aligned
    active_share: Array
    volatility: Array | None
    differences: Array
    tracking_error: Array | None
    outcomes: tuple[Outcome, ...] | None
    first: int | None
    last: int | None
    periods: int


def align(portfolios: Mapping[str, Weights], tickers: Sequence[str] = ()) -> Aligned:
    """Weights over the union of all assets, in the order given or in which they first appear.

    Raises NothingToCompare, EngineError for weights that are not finite, and for assets outside ``tickers``.
    """
    union = tuple(tickers) or tuple(dict.fromkeys(ticker for held in portfolios.values() for ticker in held))
    place = {ticker: row for row, ticker in enumerate(union)}
    weights = np.zeros((len(portfolios), len(union)))
    problems = []
    for row, (name, held) in enumerate(portfolios.items()):
        for ticker, weight in held.items():
            if ticker not in place:
                message = f"{name} holds {ticker}, which is not among the assets given."
                problems.append(Problem("tickers", ticker, message, "Name it, too."))
            elif not np.isfinite(weight):
                message = f"The weight of {ticker} in {name} is not finite."
                problems.append(Problem("weights", str(weight), message, "Give a decimal such as 0.1."))
            else:
                weights[row, place[ticker]] = weight
    if not portfolios or not union:
        problems.append(Problem("portfolios", len(portfolios), "There are none.", "Give at least one with weights."))
    if problems:
        raise NothingToCompare(problems=problems)
    return Aligned(tuple(portfolios), union, weights)


def compare(
    portfolios: Mapping[str, Weights],
    *,
    panel: Panel | None = None,
    covariance: Array | None = None,
    tickers: Sequence[str] = (),
    terms: Terms | None = None,
) -> Comparison:
    """Portfolios by name, side by side.

    ``panel`` holds prices of at least all assets held: compared are the days on which all of these have one, so the
    return over a gap of one asset counts as that of a single period.
    ``covariance`` (n, n) per year is in the order of ``tickers``, which must then be given.
    """
    if covariance is not None and (not tickers or np.shape(covariance) != (len(tickers), len(tickers))):
        remedy = "Name the ticker of each of its rows."
        raise EngineError(problems=[Problem("covariance", str(np.shape(covariance)), "It needs tickers.", remedy)])
    aligned = align(portfolios, tickers)
    weights = aligned.weights
    apart = weights[:, None, :] - weights[None, :, :]
    sigma = None if covariance is None else np.asarray(covariance, np.float64)
    days, returns = common_history(aligned, panel) if panel is not None else (None, None)
    outcomes = None
    if returns is not None:
        terms = terms or Terms()
        pairs = zip(aligned.names, weights, strict=True)
        outcomes = tuple(outcome(name, held, returns, terms) for name, held in pairs)
    return Comparison(
        aligned=aligned,
        active_share=(np.abs(apart).sum(axis=2) + np.abs(apart.sum(axis=2))) / 2.0,
        volatility=None if sigma is None else spread(weights, sigma),
        differences=weights - weights[0],
        tracking_error=None if sigma is None else spread(apart, sigma),
        outcomes=outcomes,
        first=None if days is None else int(days[0]),
        last=None if days is None else int(days[-1]),
        periods=0 if returns is None else returns.shape[1],
    )


def spread(weights: Array, sigma: Array) -> Array:
    """The standard deviations of weights (..., n), shape (...)."""
    variances = np.einsum("...i,ij,...j->...", weights, sigma, weights)
    deviations: Array = np.sqrt(np.maximum(variances, 0.0))
    return deviations


def common_history(aligned: Aligned, panel: Panel) -> tuple[Days, Array]:
    """The days on which every asset that anybody holds has a price, and the returns (n, m) between them.

    Assets that nobody holds need no prices and return 0.
    """
    held = np.flatnonzero(np.any(aligned.weights != 0.0, axis=0))
    prices = panel.only(aligned.tickers[row] for row in held).prices
    days = np.flatnonzero(~np.isnan(prices).any(axis=0))
    if len(days) < 3 or not len(held):
        message = f"There are {len(days)} days on which all assets held have prices."
        remedy = "Give prices on at least 3 common days, or leave out assets with short histories."
        raise NothingToCompare(problems=[Problem("panel", len(days), message, remedy)])
    common = prices[:, days]
    returns = np.zeros((len(aligned.tickers), len(days) - 1))
    returns[held] = common[:, 1:] / common[:, :-1] - 1.0
    return panel.days[days], returns


def outcome(name: str, held: Array, returns: Array, terms: Terms) -> Outcome:
    earned = held @ returns
    if not held.any() or earned.min() <= -1.0:
        message = f"{name} holds nothing." if not held.any() else f"{name} would have lost everything."
        problem = Problem("portfolios", name, message, "Leave it out, or give other weights.")
        raise NothingToCompare(problems=[problem])
    performance = performance_of(earned, terms.periods_per_year, risk_free=terms.risk_free)
    return Outcome(performance, historical_tail(held, returns, terms.confidence))


@dataclass(frozen=True)
class WeightsHistory:
    """The versions of one portfolio, oldest first, over all assets it ever held.

    Attributes
    ----------
    aligned : weights (k, n), one row for each version
    changes : shape (k, n), each version less the one before; the first less nothing
    turnover : shape (k,), half the sum of absolute changes of weights and cash; the first comes from cash
    """

    aligned: Aligned
    changes: Array
    turnover: Array


def history_of(versions: Sequence[tuple[str, Weights]]) -> WeightsHistory:
    """Weights with history, from (label, weights) of each version; labels must differ."""
    named = dict(versions)
    if len(named) != len(versions):
        twice = next(label for at, (label, _) in enumerate(versions) if label in dict(versions[:at]))
        remedy = "Give each version a label of its own."
        raise EngineError(problems=[Problem("versions", twice, "Two versions have this label.", remedy)])
    aligned = align(named)
    changes = np.diff(aligned.weights, axis=0, prepend=0.0)
    turnover = (np.abs(changes).sum(axis=1) + np.abs(changes.sum(axis=1))) / 2.0
    return WeightsHistory(aligned, changes, turnover)
