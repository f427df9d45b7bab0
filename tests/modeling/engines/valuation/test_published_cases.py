"""The engine against the published valuation of Tesla, September 2013."""

from __future__ import annotations

import pytest

from modeling.engines.valuation.adjustments import capitalise_leases, capitalise_research
from modeling.engines.valuation.dcf import value_dcf
from modeling.engines.valuation.inputs import OperatingLeases, ResearchAndDevelopment
from modeling.engines.valuation.options import diluted_value, value_at_price
from modeling.engines.valuation.wacc import CapitalStructure, bottom_up
from tests.modeling.engines.valuation import tesla


def test_value_per_share_is_the_published_one() -> None:
    assert value_dcf(tesla.INPUTS).value_per_share[0] == pytest.approx(tesla.VALUE_PER_SHARE, abs=1e-6, rel=0)


@pytest.mark.parametrize("row", tesla.ROWS)
def test_every_yearly_row_is_the_published_one(row: str) -> None:
    result = value_dcf(tesla.INPUTS, trace=True)
    assert [float(year[0]) for year in result.rows[row]] == pytest.approx(tesla.ROWS[row], abs=1e-6, rel=0)


@pytest.mark.parametrize("total", tesla.TOTALS)
def test_every_total_is_the_published_one(total: str) -> None:
    result = value_dcf(tesla.INPUTS, trace=True)
    assert float(result.totals[total][0]) == pytest.approx(tesla.TOTALS[total], abs=1e-6, rel=0)


def test_employee_options_at_the_market_price() -> None:
    assert diluted_value(168.76, 121.45, tesla.OPTIONS) == pytest.approx(tesla.VALUE_PER_OPTION, abs=1e-9, rel=0)
    assert value_at_price(tesla.INPUTS) == pytest.approx(tesla.OPTIONS_CLAIM, abs=1e-6, rel=0)


def test_research_is_capitalised() -> None:
    research = capitalise_research(ResearchAndDevelopment(5, 310.058, (273.98, 208.98, 93.0, 0.0, 0.0)))
    assert research.research_asset == pytest.approx(691.83, abs=1e-9)
    assert research.amortisation == pytest.approx(115.192, abs=1e-9)
    assert research.ebit_adjustment == pytest.approx(194.866, abs=1e-9)


def test_operating_leases_become_debt() -> None:
    leases = capitalise_leases(
        OperatingLeases((56.0, 47.0, 39.0, 35.0, 31.0), 0.07, 380.0, beyond=93.0, years_beyond=2)
    )
    assert leases.lease_debt == pytest.approx(233.97036641647347, abs=1e-9)
    assert leases.depreciation == pytest.approx(33.42433805949621, abs=1e-9)
    assert leases.ebit_adjustment == pytest.approx(346.5756619405038, abs=1e-9)


def test_cost_of_capital_from_the_bottom_up() -> None:
    cost = bottom_up(
        CapitalStructure(
            shares=121.45,
            price=168.76,
            unlevered_beta=1.2589017341040463,
            risk_free=0.0275,
            equity_risk_premium=0.058,
            book_debt=578.74,
            interest_expense=19.826,
            debt_maturity=2,
            pretax_cost_of_debt=0.07,
            tax_rate=0.35,
        )
    )
    assert cost.market_value_of_debt == pytest.approx(541.3396977902, abs=1e-9)
    assert cost.levered_beta == pytest.approx(1.2805143845151792, abs=1e-12)
    assert cost.cost_of_equity == pytest.approx(0.1017698343018804, abs=1e-12)
    assert cost.cost_of_capital == pytest.approx(0.10032187379768158, abs=1e-12)
