"""Accounting adjustments: research as an investment, operating leases as debt.

Source: A. Damodaran, Investment Valuation, chapters on research and development and on operating leases.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from modeling.engines.errors import LeasesCountedTwice
from modeling.engines.valuation.inputs import DcfInputs, OperatingLeases, ResearchAndDevelopment
from valor.lib.errors import Problem


@dataclass(frozen=True)
class CapitalisedResearch:
    research_asset: float
    amortisation: float
    ebit_adjustment: float


@dataclass(frozen=True)
class LeaseDebt:
    lease_debt: float
    depreciation: float
    ebit_adjustment: float


def capitalise_research(research: ResearchAndDevelopment) -> CapitalisedResearch:
    """The unamortised research of the past years as an asset, straight line, this year's in full.

    The operating income gains this year's expense and loses the year's amortisation.
    """
    life = research.amortisation_life
    left = (spent * (1 - age / life) for age, spent in enumerate(research.past, start=1))
    amortisation = sum(research.past) / life
    return CapitalisedResearch(research.current + sum(left), amortisation, research.current - amortisation)


def capitalise_leases(leases: OperatingLeases) -> LeaseDebt:
    """The present value of the commitments at the pre-tax cost of debt, depreciated over their years.

    The operating income gains the lease expense and loses the depreciation.
    """
    payments = list(leases.commitments)
    if leases.years_beyond:
        payments += [leases.beyond / leases.years_beyond] * leases.years_beyond
    rate = 1 + leases.pretax_cost_of_debt
    debt = sum(payment / rate**year for year, payment in enumerate(payments, start=1))
    depreciation = debt / len(payments)
    return LeaseDebt(debt, depreciation, leases.current_expense - depreciation)


def adjusted(inputs: DcfInputs) -> DcfInputs:
    """The same inputs with the adjustments carried out in base EBIT, debt and invested capital.

    Raises
    ------
    LeasesCountedTwice
        When the stated debt holds the leases already.
    """
    if inputs.research_and_development is None and inputs.operating_leases is None:
        return inputs
    income, debt, capital = 0.0, 0.0, 0.0
    if inputs.research_and_development is not None:
        research = capitalise_research(inputs.research_and_development)
        income, capital = research.ebit_adjustment, research.research_asset
    if inputs.operating_leases is not None:
        if inputs.debt_includes_leases:
            raise LeasesCountedTwice(
                problems=[
                    Problem(
                        "adjustments.operating_leases",
                        None,
                        "The debt already includes lease liabilities.",
                        "Remove this adjustment, or take the leases out of the debt and set the flag to false.",
                    )
                ]
            )
        lease = capitalise_leases(inputs.operating_leases)
        income, debt, capital = income + lease.ebit_adjustment, lease.lease_debt, capital + lease.lease_debt
    return replace(
        inputs,
        base_ebit=inputs.base_ebit + income,
        debt=inputs.debt + debt,
        invested_capital=None if inputs.invested_capital is None else inputs.invested_capital + capital,
        research_and_development=None,
        operating_leases=None,
    )
