"""Returns with gaps, checked once: what every estimator starts from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.estimators.errors import TooFewReturns
from valor.lib.errors import Problem

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

LEAST_RETURNS = 12
"""Fewest returns of a ticker, and of a pair of tickers on common dates, that anything is estimated from."""
MOST_RETURN = 1e6  # from a cent to ten thousand within a period: no price does that
MOST_NAMED = 10  # tickers or pairs a refusal lists


@dataclass(frozen=True)
class Note:
    """Something an estimator did that its reader must know of, with the figures to it."""

    code: str
    message: str
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Estimate:
    """One estimator's answer, per year: a mean of shape (n,) or a covariance of shape (n, n)."""

    values: Array
    notes: tuple[Note, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Sample:
    """Returns of n assets on t dates, and what goes with them.

    Attributes
    ----------
    returns : shape (n, t), simple returns per period, decimals; zero where none was observed
    seen : shape (n, t), 1.0 where a return was observed and 0.0 elsewhere
    names : the assets' names, for messages
    periods_per_year : 252 for daily returns, 52 weekly, 12 monthly
    market : shape (t,), the market's returns, NaN where missing, or None
    risk_free : decimal per year
    factors : shape (k, t), the factors' returns, NaN where missing, or None
    least : fewest returns of a ticker or a pair that anything is estimated from
    """

    returns: Array
    seen: Array
    names: tuple[str, ...]
    periods_per_year: float
    market: Array | None = None
    risk_free: float = 0.0
    factors: Array | None = None
    least: int = LEAST_RETURNS

    @property
    def complete(self) -> bool:
        return bool(self.seen.all())

    @property
    def counts(self) -> Array:
        """How many returns each ticker has, shape (n,)."""
        return np.asarray(self.seen.sum(axis=1))

    @property
    def own_means(self) -> Array:
        """The mean of each ticker's own returns, per period, shape (n,)."""
        return np.asarray(self.returns.sum(axis=1) / self.counts)

    @property
    def deviations(self) -> Array:
        """Returns less the ticker's own mean, zero where none was observed, shape (n, t)."""
        return (self.returns - self.own_means[:, None]) * self.seen


def sample_of(
    returns: Any,
    periods_per_year: float,
    *,
    names: Sequence[str] = (),
    market: Any = None,
    risk_free: float = 0.0,
    factors: Any = None,
    least: int = LEAST_RETURNS,
) -> Sample:
    """The checked sample. NaN means that there was no return; anything else must be finite.

    Raises TooFewReturns with every ticker that has fewer than ``least`` returns, EngineError for other input that
    can't be used.
    """
    figures = _matrix("returns", returns)
    titles = tuple(names) or tuple(f"asset {row + 1}" for row in range(len(figures)))
    problems = list(_problems_of(figures, titles, periods_per_year, risk_free, least))
    problems += _off_calendar("market", market, figures.shape[1])
    problems += _off_calendar("factors", factors, figures.shape[1])
    if problems:
        raise EngineError(problems=problems)
    seen = ~np.isnan(figures)
    sample = Sample(
        np.where(seen, figures, 0.0),
        seen.astype(np.float64),
        titles,
        float(periods_per_year),
        None if market is None else np.asarray(market, dtype=np.float64).reshape(-1),
        float(risk_free),
        None if factors is None else np.atleast_2d(np.asarray(factors, dtype=np.float64)),
        least,
    )
    refuse_too_few(sample)
    return sample


def refuse_too_few(sample: Sample) -> None:
    """Raise TooFewReturns where a ticker has fewer returns than the sample's least."""
    counts = sample.counts
    short = np.flatnonzero(counts < sample.least)
    if not len(short):
        return
    worst = short[np.argsort(counts[short], kind="stable")][:MOST_NAMED]
    more = len(short) - len(worst)
    raise TooFewReturns(
        f"{TooFewReturns.__doc__} ({more} further tickers, too.)" if more else "",
        problems=[
            Problem(
                f"returns.{sample.names[row]}",
                int(counts[row]),
                f"{sample.names[row]} has {int(counts[row])} returns here; at least {sample.least} are needed.",
                f"Leave {sample.names[row]} out, or choose a period in which it was traded.",
            )
            for row in worst
        ],
    )


def _matrix(name: str, figures: Any) -> Array:
    matrix = np.asarray(figures, dtype=np.float64)
    if matrix.ndim != 2 or 0 in matrix.shape:
        shape = " x ".join(map(str, matrix.shape)) or "a number"
        raise EngineError(
            problems=[Problem(name, shape, "There is no table of returns.", "Give one row for each ticker.")]
        )
    return matrix


def _problems_of(
    returns: Array, names: tuple[str, ...], periods_per_year: float, risk_free: float, least: int
) -> list[Problem]:
    problems = []
    if len(names) != len(returns):
        message = f"There are {len(names)} names for {len(returns)} rows of returns."
        problems.append(Problem("names", len(names), message, "Give one name for each row."))
    absurd = np.argwhere(np.abs(returns) > MOST_RETURN)
    if len(absurd) and len(names) == len(returns):
        name, figure = names[int(absurd[0][0])], str(returns[tuple(absurd[0])])
        remedy = f"Check the prices of {name} for one that is close to zero."
        problems.append(Problem(f"returns.{name}", figure, f"A return of {name} is beyond {MOST_RETURN:,.0f}.", remedy))
    if not (np.isfinite(periods_per_year) and periods_per_year > 0):
        remedy = "Give 252 for daily returns, 52 for weekly, 12 for monthly."
        problems.append(
            Problem("periods_per_year", str(periods_per_year), "It is not a number of periods above zero.", remedy)
        )
    if not np.isfinite(risk_free):
        problems.append(Problem("risk_free", str(risk_free), "It is not finite.", "Give a rate such as 0.02."))
    if least < 2:
        problems.append(Problem("least", least, "A variance needs two returns.", "Give 2 or more."))
    return problems


def _off_calendar(name: str, figures: Any, periods: int) -> list[Problem]:
    if figures is None:
        return []
    series = np.atleast_2d(np.asarray(figures, dtype=np.float64))
    if series.shape[-1] != periods:
        message = f"It has {series.shape[-1]} dates where the tickers have {periods}."
        return [
            Problem(name, series.shape[-1], message, "Give it on the dates of the tickers, empty where it has none.")
        ]
    if np.isinf(series).any():
        return [Problem(name, "infinite", "One of its returns is infinite.", "Check its prices for a zero.")]
    return []
