"""The engine against the slow reference, trial by trial, and what must hold of any valuation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.engines.errors import EngineError, LeasesCountedTwice, PriceMissing, SpreadTooSmall
from modeling.engines.valuation.dcf import value_dcf
from modeling.engines.valuation.inputs import DcfInputs, OperatingLeases, ResearchAndDevelopment
from tests.modeling.engines.valuation import tesla
from tests.modeling.engines.valuation.reference import value_per_share

TRIALS = 7

RANGES = {
    "base_revenue": (10.0, 5000.0),
    "base_ebit": (-300.0, 600.0),
    "growth": (-0.2, 0.8),
    "terminal_growth": (-0.02, 0.08),
    "operating_margin": (-0.1, 0.4),
    "sales_to_capital": (0.3, 5.0),
    "tax_rate": (0.0, 0.5),
    "terminal_tax_rate": (0.0, 0.5),
    "cost_of_capital": (0.03, 0.2),
    "terminal_cost_of_capital": (0.03, 0.15),
    "terminal_roic": (0.05, 0.3),
    "failure_probability": (0.0, 1.0),
    "failure_proceeds": (0.0, 1.0),
    "debt": (0.0, 500.0),
    "minority_interest": (-20.0, 50.0),
    "cash": (0.0, 500.0),
    "non_operating_assets": (0.0, 100.0),
    "net_operating_losses": (0.0, 800.0),
    "shares": (1.0, 500.0),
}
PROFITABLE = {"base_ebit": (0.0, 600.0), "operating_margin": (0.0, 0.4), "net_operating_losses": (0.0, 0.0)}


@st.composite
def cases(draw: st.DrawFn, *, profitable: bool = False) -> dict[str, Any]:
    """Every driver a number or one value per trial; the horizon from 1 year up."""
    case: dict[str, Any] = {}
    for name, (low, high) in (RANGES | (PROFITABLE if profitable else {})).items():
        figures = st.floats(low, high)
        vector = st.lists(figures, min_size=TRIALS, max_size=TRIALS).map(np.array)
        case[name] = draw(figures | vector)
    case["high_growth_years"] = draw(st.integers(0, 6))
    case["fade_years"] = draw(st.integers(0 if case["high_growth_years"] else 1, 6))
    case["margin_ramp_years"] = draw(st.integers(0, 14))
    return case


def one_trial(case: dict[str, Any], index: int) -> dict[str, Any]:
    single = {name: float(x[index]) if isinstance(x, np.ndarray) else x for name, x in case.items()}
    return {**single, "minimum_spread": 0.01}


def check_against_reference(case: dict[str, Any]) -> None:
    result = value_dcf(DcfInputs(**case), floor=True)
    expected = [value_per_share(one_trial(case, index)) for index in range(len(result.value_per_share))]
    scale = max(1.0, *np.abs(expected))
    assert result.value_per_share == pytest.approx(expected, rel=1e-9, abs=1e-9 * scale)


@settings(max_examples=150)
@given(cases())
def test_any_case_equals_the_slow_reference(case: dict[str, Any]) -> None:
    check_against_reference(case)


@settings(max_examples=100)
@given(cases(profitable=True))
def test_the_way_without_losses_equals_the_slow_reference(case: dict[str, Any]) -> None:
    check_against_reference(case)


@settings(max_examples=60)
@given(cases())
def test_a_trace_changes_no_value(case: dict[str, Any]) -> None:
    inputs = DcfInputs(**case)
    plain, traced = value_dcf(inputs, floor=True), value_dcf(inputs, floor=True, trace=True)
    scale = float(np.max(np.abs(plain.value_per_share)))
    assert traced.value_per_share == pytest.approx(plain.value_per_share, rel=1e-9, abs=1e-9 * max(1.0, scale))


@settings(max_examples=40)
@given(cases())
def test_inputs_are_left_alone(case: dict[str, Any]) -> None:
    before = {name: np.array(figure) for name, figure in case.items()}
    value_dcf(DcfInputs(**case), floor=True)
    assert all(np.array_equal(before[name], figure) for name, figure in case.items())


@settings(max_examples=60)
@given(cases(), st.floats(1.0, 20.0))
def test_an_exit_multiple_equals_the_slow_reference(case: dict[str, Any], multiple: float) -> None:
    inputs = DcfInputs(**case, terminal_method="exit_multiple", exit_multiple=multiple)
    values = value_dcf(inputs).value_per_share
    expected = [value_per_share(one_trial(case, i), exit_multiple=multiple) for i in range(len(values))]
    assert values == pytest.approx(expected, rel=1e-9, abs=1e-9 * max(1.0, *np.abs(expected)))


def profitable(**changes: Any) -> DcfInputs:
    base: dict[str, Any] = {
        "base_revenue": 1000.0,
        "base_ebit": 150.0,
        "growth": 0.1,
        "terminal_growth": 0.025,
        "operating_margin": 0.2,
        "sales_to_capital": 2.0,
        "tax_rate": 0.25,
        "cost_of_capital": 0.09,
        "terminal_roic": 0.12,
        "shares": 100.0,
        "debt": 100.0,
        "cash": 50.0,
    }
    return DcfInputs(**(base | changes))


def value(inputs: DcfInputs) -> float:
    return float(value_dcf(inputs).value_per_share[0])


@pytest.mark.parametrize(
    ("driver", "low", "high"),
    [
        ("operating_margin", 0.2, 0.21),
        ("sales_to_capital", 2.0, 2.1),
        ("cash", 50.0, 60.0),
        ("terminal_roic", 0.12, 0.2),
    ],
)
def test_value_rises_with(driver: str, low: float, high: float) -> None:
    assert value(profitable(**{driver: high})) > value(profitable(**{driver: low}))


@pytest.mark.parametrize(
    ("driver", "low", "high"),
    [
        ("cost_of_capital", 0.09, 0.1),
        ("tax_rate", 0.25, 0.3),
        ("debt", 100.0, 120.0),
        ("failure_probability", 0.0, 0.1),
        ("shares", 100.0, 110.0),
    ],
)
def test_value_falls_with(driver: str, low: float, high: float) -> None:
    assert value(profitable(**{driver: high})) < value(profitable(**{driver: low}))


def test_growth_adds_nothing_when_capital_earns_its_cost() -> None:
    plain = profitable(terminal_roic=0.09, high_growth_years=1, fade_years=0, growth=0.0, terminal_growth=0.0)
    growing = replace(plain, terminal_growth=0.04)
    after_tax = 1000.0 * 0.2 * 0.75
    # Without growth in year 1 the perpetuity pays NOPAT for ever; growth at ROIC = WACC only lifts next year's NOPAT.
    pays_all = after_tax / 0.09
    assert value(replace(plain, margin_ramp_years=0)) == pytest.approx((pays_all - 50.0) / 100.0)
    lifted = (after_tax + after_tax * 1.04 / 0.09) / 1.09
    assert value(replace(growing, margin_ramp_years=0)) == pytest.approx((lifted - 50.0) / 100.0)


def test_losses_carried_forward_are_worth_their_tax() -> None:
    # One year, EBIT 200 taxed at a quarter: 80 of losses save 20 of tax, one year away.
    inputs = profitable(high_growth_years=1, fade_years=0, margin_ramp_years=0, growth=0.0)
    gain = value(replace(inputs, net_operating_losses=80.0)) - value(inputs)
    assert gain == pytest.approx(20.0 / 1.09 / 100.0)


def test_terminal_figures_left_out_follow_the_initial_ones() -> None:
    inputs = profitable(terminal_roic=None)
    stated = replace(inputs, terminal_cost_of_capital=0.09, terminal_tax_rate=0.25, terminal_roic=0.09)
    assert value(inputs) == pytest.approx(value(stated), rel=1e-12)


def test_growth_at_the_cost_of_capital_is_refused() -> None:
    with pytest.raises(SpreadTooSmall) as refusal:
        value_dcf(profitable(terminal_growth=0.09))
    assert refusal.value.problems[0].field == "inputs.terminal_growth"


def test_a_narrow_spread_is_floored_and_counted() -> None:
    growth = np.array([0.02, 0.0799, 0.085, 0.12])
    result = value_dcf(profitable(terminal_growth=growth), floor=True)
    assert result.floored_trials == 2
    assert (
        result.value_per_share[2] == result.value_per_share[3] == pytest.approx(value(profitable(terminal_growth=0.08)))
    )
    assert result.value_per_share[0] == pytest.approx(value(profitable(terminal_growth=0.02)))


def test_numbers_alone_are_floored_in_every_trial() -> None:
    result = value_dcf(profitable(terminal_growth=0.085, growth=np.array([0.1, 0.2, 0.3])), floor=True)
    assert result.floored_trials == 3


def test_options_at_the_computed_value_solve_their_own_fixed_point() -> None:
    inputs = replace(tesla.INPUTS, employee_options=replace(tesla.OPTIONS, valued="at_value"), price=None)
    result = value_dcf(inputs, trace=True)
    per_share = float(result.value_per_share[0])
    from tests.modeling.engines.valuation.reference import options_at

    terms = vars(tesla.OPTIONS)
    claim = options_at(per_share, 121.45, terms) * terms["count"]
    equity = float(result.totals["equity"][0])
    assert per_share == pytest.approx((equity - claim) / 121.45, rel=1e-12)
    assert value(replace(inputs, employee_options=None)) > per_share > tesla.VALUE_PER_SHARE / 2


def test_options_on_worthless_equity_claim_nothing() -> None:
    options = replace(tesla.OPTIONS, valued="at_value")
    inputs = profitable(debt=np.array([0.0, 1e6]), employee_options=options)
    values = value_dcf(inputs).value_per_share
    assert values[1] == pytest.approx(value(profitable(debt=1e6)))
    assert values[0] < value(profitable(debt=0.0))


def test_options_at_the_market_price_need_a_price() -> None:
    with pytest.raises(PriceMissing) as refusal:
        value_dcf(replace(tesla.INPUTS, price=None))
    assert refusal.value.problems[0].field == "price"


def test_limited_liability_floors_the_equity() -> None:
    debt = np.array([100.0, 1e5])
    values = value_dcf(profitable(debt=debt, limited_liability=True)).value_per_share
    assert values[1] == 0.0
    assert values[0] == pytest.approx(value(profitable(debt=100.0)))
    assert value(profitable(debt=1e5)) < 0


def test_adjustments_enter_income_debt_and_capital() -> None:
    research = ResearchAndDevelopment(2, 100.0, (60.0, 40.0))
    leases = OperatingLeases((50.0, 50.0), 0.05, 60.0)
    adjusted = profitable(research_and_development=research, operating_leases=leases, invested_capital=500.0)
    lease_debt = 50.0 / 1.05 + 50.0 / 1.05**2
    by_hand = profitable(base_ebit=150.0 + 100.0 - 50.0 + 60.0 - lease_debt / 2, debt=100.0 + lease_debt)
    assert value(adjusted) == pytest.approx(value(by_hand), rel=1e-12)


def test_leases_never_count_twice() -> None:
    leases = OperatingLeases((50.0,), 0.05, 60.0)
    with pytest.raises(LeasesCountedTwice):
        value_dcf(profitable(operating_leases=leases, debt_includes_leases=True))


@pytest.mark.parametrize(
    ("driver", "figure"),
    [
        ("shares", 0.0),
        ("shares", -1.0),
        ("sales_to_capital", 0.0),
        ("growth", -1.0),
        ("tax_rate", 1.5),
        ("cost_of_capital", 0.0),
        ("failure_probability", float("nan")),
        ("growth", np.array([0.1, float("nan")])),
    ],
)
def test_impossible_figures_are_refused_by_name(driver: str, figure: Any) -> None:
    with pytest.raises(EngineError) as refusal:
        value_dcf(profitable(**{driver: figure}))
    assert [problem.field for problem in refusal.value.problems] == [f"inputs.{driver}"]


def test_an_exit_multiple_must_be_stated() -> None:
    with pytest.raises(EngineError) as refusal:
        value_dcf(profitable(terminal_method="exit_multiple"))
    assert refusal.value.problems[0].field == "inputs.exit_multiple"
