"""What a discounted cash flow valuation takes in. Rates are decimals per year, money in one stated unit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Number = float | Array

TerminalMethod = Literal["gordon", "exit_multiple"]
OptionsValued = Literal["at_price", "at_value"]


@dataclass(frozen=True)
class ResearchAndDevelopment:
    """Research expenses to capitalise: `past` newest first, one figure for each year of `amortisation_life`."""

    amortisation_life: int
    current: float
    past: tuple[float, ...]


@dataclass(frozen=True)
class OperatingLeases:
    """Lease commitments of the coming years, and a lump sum spread evenly over `years_beyond` further years."""

    commitments: tuple[float, ...]
    pretax_cost_of_debt: float
    current_expense: float
    beyond: float = 0.0
    years_beyond: int = 0


@dataclass(frozen=True)
class EmployeeOptions:
    """Outstanding employee options; `count` is on the scale of the shares, `strike` in currency per share."""

    count: float
    strike: float
    maturity: float
    volatility: float
    risk_free: float
    dividend_yield: float = 0.0
    valued: OptionsValued = "at_price"


@dataclass(frozen=True, kw_only=True)
class DcfInputs:
    """The drivers of one company, each a number or one value per trial, shape (trials,).

    A terminal figure left None follows: tax the tax rate, cost of capital the cost of capital, return on invested
    capital the terminal cost of capital, trial by trial.
    """

    base_revenue: Number
    base_ebit: Number
    growth: Number
    terminal_growth: Number
    operating_margin: Number
    sales_to_capital: Number
    tax_rate: Number
    cost_of_capital: Number
    shares: Number
    debt: Number = 0.0
    cash: Number = 0.0
    minority_interest: Number = 0.0
    non_operating_assets: Number = 0.0
    net_operating_losses: Number = 0.0
    invested_capital: Number | None = None
    terminal_tax_rate: Number | None = None
    terminal_cost_of_capital: Number | None = None
    terminal_roic: Number | None = None
    exit_multiple: Number | None = None
    failure_probability: Number = 0.0
    failure_proceeds: Number = 0.0
    high_growth_years: int = 5
    fade_years: int = 5
    margin_ramp_years: int = 5
    terminal_method: TerminalMethod = "gordon"
    minimum_spread: float = 0.01
    limited_liability: bool = False
    debt_includes_leases: bool = False
    price: float | None = None
    employee_options: EmployeeOptions | None = None
    research_and_development: ResearchAndDevelopment | None = None
    operating_leases: OperatingLeases | None = None

    @property
    def horizon(self) -> int:
        """The explicit years before the perpetuity."""
        return self.high_growth_years + self.fade_years

    def with_drivers(self, figures: Mapping[str, Number]) -> DcfInputs:
        """The same inputs with other figures for some drivers."""
        return replace(self, **cast(Any, figures))


@dataclass(frozen=True)
class Limit:
    """The possible range of a driver; an open end is itself impossible."""

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False

    def allows(self, lowest: float, highest: float) -> bool:
        """Whether all that lies between the two is possible; NaN never is."""
        above = lowest > self.low if self.low_open else lowest >= self.low
        return above and highest <= self.high

    def words(self) -> str:
        """The range as the end of a sentence: "above 0", "from 0 to 1"."""
        if self.high < math.inf:
            return (
                f"above {self.low:g}, at most {self.high:g}" if self.low_open else f"from {self.low:g} to {self.high:g}"
            )
        return f"above {self.low:g}" if self.low_open else f"{self.low:g} or more"


POSITIVE = Limit(low=0.0, low_open=True)
SHARE = Limit(low=0.0, high=1.0)
SHRINKING = Limit(low=-1.0, low_open=True)

LIMITS: dict[str, Limit] = {
    "base_revenue": POSITIVE,
    "growth": SHRINKING,
    "terminal_growth": SHRINKING,
    "sales_to_capital": POSITIVE,
    "tax_rate": SHARE,
    "terminal_tax_rate": SHARE,
    "cost_of_capital": POSITIVE,
    "terminal_cost_of_capital": POSITIVE,
    "terminal_roic": POSITIVE,
    "exit_multiple": POSITIVE,
    "failure_probability": SHARE,
    "failure_proceeds": SHARE,
    "shares": POSITIVE,
    "net_operating_losses": Limit(low=0.0),
}
"""What no base case and no draw may leave; drivers that are not named may take any finite value."""


def lowest(number: Number) -> float:
    return number if isinstance(number, float | int) else float(number.min())


def highest(number: Number) -> float:
    return number if isinstance(number, float | int) else float(number.max())
