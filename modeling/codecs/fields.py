"""The keys of a valuation document, and what each number may be. The order is that of the canonical document."""

from __future__ import annotations

from modeling.codecs.reading import Numeric

MONEY = Numeric(default=0.0)
AMOUNT = Numeric(low=0.0, default=0.0)
SHARE = Numeric(low=0.0, high=1.0, rate=True, default=0.0)

INPUTS: dict[str, Numeric] = {
    "base_revenue": Numeric(low=0.0, low_open=True, required=True),
    "base_ebit": Numeric(required=True),
    "net_operating_losses": AMOUNT,
    "invested_capital": Numeric(),
    "growth": Numeric(low=-1.0, high=2.0, low_open=True, rate=True, required=True),
    "terminal_growth": Numeric(low=-1.0, high=0.5, low_open=True, rate=True, required=True),
    "operating_margin": Numeric(low=-2.0, high=1.0, rate=True, required=True),
    "sales_to_capital": Numeric(low=0.0, high=1000.0, low_open=True, required=True),
    "tax_rate": Numeric(low=0.0, high=1.0, rate=True, required=True),
    "terminal_tax_rate": Numeric(low=0.0, high=1.0, rate=True),
    "cost_of_capital": Numeric(low=0.0, high=1.0, low_open=True, high_open=True, rate=True, required=True),
    "terminal_cost_of_capital": Numeric(low=0.0, high=1.0, low_open=True, high_open=True, rate=True),
    "terminal_roic": Numeric(low=0.0, high=5.0, low_open=True, rate=True),
    "exit_multiple": Numeric(low=0.0, high=1000.0, low_open=True),
    "failure_probability": SHARE,
    "failure_proceeds": SHARE,
    "debt": Numeric(low=0.0, required=True),
    "minority_interest": MONEY,
    "cash": Numeric(low=0.0, required=True),
    "non_operating_assets": MONEY,
    "shares": Numeric(low=0.0, low_open=True, required=True),
}
"""Every driver: each may be uncertain."""

YEARS = ("high_growth_years", "fade_years", "margin_ramp_years")
MOST_YEARS = 50

TOP = (
    "method",
    "name",
    "currency",
    "unit",
    "valuation_date",
    "inputs",
    "terminal_method",
    "debt_includes_leases",
    "price",
    "employee_options",
    "adjustments",
    "minimum_spread",
    "limited_liability",
    "uncertainty",
    "correlations",
)

PRICE = Numeric(low=0.0, low_open=True, required=True)
MINIMUM_SPREAD = Numeric(low=0.0, high=0.2, low_open=True, rate=True, default=0.01)

OPTIONS: dict[str, Numeric] = {
    "count": Numeric(low=0.0, required=True),
    "strike": Numeric(low=0.0, low_open=True, required=True),
    "maturity": Numeric(low=0.0, high=50.0, low_open=True, required=True),
    "volatility": Numeric(low=0.0, high=5.0, low_open=True, rate=True, required=True),
    "risk_free": Numeric(low=-0.5, high=1.0, rate=True, required=True),
    "dividend_yield": Numeric(low=0.0, high=1.0, rate=True, default=0.0),
}
RESEARCH_CURRENT = Numeric(low=0.0, required=True)
LEASES: dict[str, Numeric] = {
    "beyond": AMOUNT,
    "pretax_cost_of_debt": Numeric(low=0.0, high=1.0, low_open=True, high_open=True, rate=True, required=True),
    "current_expense": Numeric(low=0.0, required=True),
}
