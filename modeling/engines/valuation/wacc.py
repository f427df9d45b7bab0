"""The cost of capital from the bottom up.

Source: A. Damodaran, Investment Valuation, chapters on estimating risk parameters and costs of financing.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class CapitalStructure:
    """Money in the unit of the shares times the price; rates are decimals per year."""

    shares: float
    price: float
    unlevered_beta: float
    risk_free: float
    equity_risk_premium: float
    book_debt: float
    interest_expense: float
    debt_maturity: float
    pretax_cost_of_debt: float
    tax_rate: float
    lease_debt: float = 0.0


@dataclass(frozen=True)
class CostOfCapital:
    market_value_of_debt: float
    levered_beta: float
    cost_of_equity: float
    cost_of_capital: float


def market_value_of_debt(book: float, interest: float, maturity: float, rate: float) -> float:
    """All debt taken as one bond: an annuity of the interest and the book value at maturity, both at `rate`."""
    discount = float((1 + rate) ** -maturity)
    return interest * (1 - discount) / rate + book * discount


def bottom_up(structure: CapitalStructure) -> CostOfCapital:
    """The weighted cost of capital at market values; the beta is relevered with Hamada's formula."""
    bond = market_value_of_debt(
        structure.book_debt, structure.interest_expense, structure.debt_maturity, structure.pretax_cost_of_debt
    )
    debt = bond + structure.lease_debt
    equity = structure.shares * structure.price
    beta = structure.unlevered_beta * (1 + (1 - structure.tax_rate) * debt / equity)
    cost_of_equity = structure.risk_free + beta * structure.equity_risk_premium
    cost_of_debt = structure.pretax_cost_of_debt * (1 - structure.tax_rate)
    weighted = (equity * cost_of_equity + debt * cost_of_debt) / (equity + debt)
    return CostOfCapital(bond, beta, cost_of_equity, weighted)
