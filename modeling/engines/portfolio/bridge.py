"""From simulated values of companies to views on their shares.

If a share's price goes to its value V within h years, a year returns (V / P)^(1/h) (1 + g) - 1, with g what the value
itself earns meanwhile. Each trial of the simulation gives one such rate. The view is their mean and not the rate of the
mean value: both are the same over one year, but over several the rate bends downwards in V, so the rate of the mean is
more than the trials deliver (Jensen). The variance of the rates over the trials is that of the view's error, and with
joint trials their covariance is Omega. Dividends on the way are not counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.problem import Array
from modeling.engines.portfolio.value_samples import ValueDistribution
from modeling.engines.portfolio.views import View
from modeling.engines.simulation.dependence import check_correlation
from valor.lib.errors import Problem

MOST_WORTHLESS = 0.5
"""Share of trials without any value from which on a view is refused: their total losses drown every rate."""
SHORTEST, LONGEST = 0.25, 30.0  # years


class NoViewFromValue(EngineError):
    """These simulated values give no view on a share's return: see each company's message and remedy."""


@dataclass(frozen=True)
class ValueView:
    """How the view on one company came about; rates are decimals per year."""

    name: str
    price: float
    expected_value: float
    upside: float
    """Expected value over the price, less one."""
    horizon: float
    expected_return: float
    deviation: float
    """Standard deviation of the rate over the trials."""
    rate_of_mean: float
    """The rate at which the price would reach the expected value, for comparison."""
    worthless: float
    """Share of the trials whose value is not above zero; they count as total losses."""


@dataclass(frozen=True)
class ValueViews:
    """Views for `black_litterman`, in the order of the companies.

    Attributes
    ----------
    views : absolute views; each has its own variance unless ``omega`` holds them all
    omega : shape (k, k), the covariance of the views' errors where the trials or a correlation tie them, else None
    rows : how each view came about
    """

    views: tuple[View, ...]
    omega: Array | None
    rows: tuple[ValueView, ...]


def views_of_values(
    values: Sequence[ValueDistribution],
    *,
    horizon: float | Mapping[str, float] = 1.0,
    growth: float = 0.0,
    risk_free: float = 0.0,
    joint: bool = False,
    correlation: Any = None,
) -> ValueViews:
    """One absolute view for each company.

    Parameters
    ----------
    values : the simulated values per share and the price, both in one currency
    horizon : years within which the price goes to the value, from a quarter to thirty; one for all or by name
    growth : what the value itself earns a year meanwhile, such as the cost of equity; 0 takes the simulated value for
        the price at the horizon
    risk_free : taken off each view, for priors that are in excess of it; decimal per year
    joint : whether trial i is the same state of the world in every company, so that the trials' covariance is Omega
    correlation : shape (k, k), of the companies' rates where there are no joint trials

    Raises
    ------
    NoViewFromValue, and InvalidInput for a correlation that is none
    """
    years = [_years(horizon, company.name) for company in values]
    problems = [found for each in zip(values, years, strict=True) for found in _problems_of(*each, growth)]
    problems += _named_twice(values)
    if joint:
        problems += _not_joint(values)
    if joint and correlation is not None:
        remedy = "Leave the correlation out."
        problems.append(Problem("correlation", None, "Joint trials hold the correlation already.", remedy))
    if problems:
        raise NoViewFromValue(problems=problems)
    rates = [_rates(company, span, growth) for company, span in zip(values, years, strict=True)]
    rows = [_row(*each, growth) for each in zip(values, rates, years, strict=True)]
    deviations = np.array([row.deviation for row in rows])
    omega: Array | None = None
    if joint:
        omega = np.atleast_2d(np.cov(np.array(rates), ddof=1))
    elif correlation is not None:
        omega = check_correlation(correlation, [row.name for row in rows]) * np.outer(deviations, deviations)
    views = [
        View({row.name: 1.0}, row.expected_return - risk_free, variance=None if omega is not None else row.deviation**2)
        for row in rows
    ]
    return ValueViews(tuple(views), omega, tuple(rows))


def _rates(company: ValueDistribution, years: float, growth: float) -> Array:
    """The yearly rate of each trial; without any value left it is a total loss."""
    assert company.price is not None  # refused before
    ratios = np.maximum(company.values, 0.0) / company.price
    return np.asarray(ratios ** (1.0 / years) * (1.0 + growth) - 1.0)


def _row(company: ValueDistribution, rates: Array, years: float, growth: float) -> ValueView:
    assert company.price is not None
    mean = float(company.values.mean())
    return ValueView(
        name=company.name,
        price=company.price,
        expected_value=mean,
        upside=mean / company.price - 1.0,
        horizon=years,
        expected_return=float(rates.mean()),
        deviation=float(rates.std(ddof=1)),
        rate_of_mean=float((mean / company.price) ** (1.0 / years) * (1.0 + growth) - 1.0),
        worthless=company.worthless,
    )


def _years(horizon: float | Mapping[str, float], name: str) -> float:
    return horizon.get(name, float("nan")) if isinstance(horizon, Mapping) else horizon


def _problems_of(company: ValueDistribution, years: float, growth: float) -> list[Problem]:
    name, found = company.name, []
    if company.price is None or not (np.isfinite(company.price) and company.price > 0):
        message = f"{name} has no market price to compare its value with."
        shown = None if company.price is None else str(company.price)
        found.append(Problem(f"{name}.price", shown, message, "State the price, or leave the company out."))
    if not SHORTEST <= years <= LONGEST:
        message = f"The price of {name} can't go to its value within {years:g} years."
        found.append(Problem(f"{name}.horizon", str(years), message, f"Give {SHORTEST:g} to {LONGEST:g} years."))
    if company.worthless >= MOST_WORTHLESS or not float(company.values.mean()) > 0:
        message = (
            f"In {company.worthless:.0%} of the trials {name} is worth nothing, and the mean is "
            f"{float(company.values.mean()):.4g}: there is no rate at which a price goes there."
        )
        remedy = "Check the valuation, or state a view of your own."
        found.append(Problem(f"{name}.values", company.worthless, message, remedy))
    if not (np.isfinite(growth) and growth > -1.0):
        found.append(Problem("growth", str(growth), "It is no rate of growth.", "Give a rate such as 0.08."))
    return found


def _named_twice(values: Sequence[ValueDistribution]) -> list[Problem]:
    names = [company.name for company in values]
    remedy = "Choose one of its simulations."
    return [
        Problem(f"{name}.values", name, f"There are {names.count(name)} values of {name}.", remedy)
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]


def _not_joint(values: Sequence[ValueDistribution]) -> list[Problem]:
    made = [company for company in values if not company.sampled]
    lengths = {len(company.values) for company in values if company.sampled}
    if made:
        message = f"Of {made[0].name} there is only a summary, which holds no trials to be joint."
        remedy = "Give its trials, or a correlation."
        return [Problem(f"{made[0].name}.values", made[0].name, message, remedy)]
    if len(lengths) > 1:
        message = f"The companies have different numbers of trials, {', '.join(map(str, sorted(lengths)))}."
        remedy = "Simulate them with one number of trials and one seed."
        return [Problem("values", max(lengths), message, remedy)]
    return []
