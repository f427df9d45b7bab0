"""The first valuation from a company's history: formulas, bounds, and what is said about them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.codecs import parse_document, simulation_of, value_document
from modeling.figures import CONCEPTS, Figure, YearFigures
from modeling.prefill import suggest

PLAIN: dict[str, list[float | None]] = {
    "revenue": [1000, 1100, 1210, 1331],
    "operating_income": [100, 121, 145.2, 173.03],
    "pretax_income": [90, 110, 130, 160],
    "income_tax": [18, 22, 26, 32],
    "net_income": [72, 88, 104, 128],
    "cash_and_short_term_investments": [50, 60, 70, 80],
    "debt": [200, 210, 220, 230],
    "equity": [400, 450, 500, 550],
    "shares_diluted": [99, 100, 101, 102],
}


def years(**changes: Any) -> list[YearFigures]:
    lines = PLAIN | changes
    count = len(lines["revenue"])
    return [
        YearFigures(
            date(2021 + index, 1, 1),
            date(2021 + index, 12, 31),
            figures={
                name: Figure(float(values[index]), source="Annual report")
                for name, values in lines.items()
                if values is not None and values[index] is not None
            },
        )
        for index in range(count)
    ]


def document_of(history: list[YearFigures]) -> dict[str, Any]:
    prefill = suggest(history)
    return {
        "method": "dcf",
        "currency": "USD",
        "unit": "millions",
        "inputs": prefill.inputs(),
        "terminal_method": "gordon",
        "debt_includes_leases": True,
        "uncertainty": prefill.uncertainty,
        "correlations": list(prefill.correlations),
    }


def test_growth_is_the_mean_of_last_years_and_the_compound_growth() -> None:
    growth = suggest(years(revenue=[1000, 1000, 1000, 1331])).drivers["growth"]
    assert growth.value == pytest.approx((0.331 + 0.1) / 2, abs=0.0006)
    assert growth.kind == "history"
    assert "1,331 / 1,000 − 1 = 33.1 %" in growth.formula
    assert "(1,331 / 1,000)^(1/3) − 1 = 10.0 %" in growth.formula
    assert growth.history == (("FY2022", 0.0), ("FY2023", 0.0), ("FY2024", pytest.approx(0.331)))


@pytest.mark.parametrize(("revenue", "kept"), [([100, 200, 400, 800], 0.30), ([800, 400, 200, 100], 0.0)])
def test_growth_keeps_within_its_bounds_and_says_so(revenue, kept) -> None:
    growth = suggest(years(revenue=revenue)).drivers["growth"]
    assert growth.value == kept
    assert "bound holds" in growth.reason


def test_one_year_shows_no_growth() -> None:
    growth = suggest(years(**{name: values[-1:] for name, values in PLAIN.items()})).drivers["growth"]
    assert (growth.value, growth.kind) == (0.05, "assumed")
    assert growth.reason


def test_growth_counts_the_years_that_passed_not_the_statements() -> None:
    history = years(revenue=[1000, 1100, 1210, 1331])
    growth = suggest([history[0], history[-1]]).drivers["growth"]
    assert growth.value == 0.1


def test_margin_is_the_mean_of_the_last_three_years() -> None:
    margin = suggest(years()).drivers["operating_margin"]
    assert margin.value == pytest.approx((0.11 + 0.12 + 0.13) / 3, abs=0.0006)
    assert "FY2022 11.0 %, FY2023 12.0 %, FY2024 13.0 % = 12.0 %" in margin.formula


def test_a_loss_maker_gets_an_assumed_margin_with_the_reason_and_more_time() -> None:
    prefill = suggest(years(operating_income=[-100, -200, -300, -400], net_income=[-1, -1, -1, -1]))
    margin = prefill.drivers["operating_margin"]
    assert (margin.value, margin.kind) == (0.15, "assumed")
    assert "losses" in margin.reason
    assert margin.history[-1][1] == pytest.approx(-400 / 1331)
    assert prefill.years["margin_ramp_years"] > suggest(years()).years["margin_ramp_years"]
    assert "loss" in prefill.drivers["shares"].reason


def test_sales_to_capital_is_revenue_gained_over_capital_gained() -> None:
    # Invested capital: 550 and 700, so 331 / 150.
    ratio = suggest(years()).drivers["sales_to_capital"]
    assert ratio.value == 2.21
    assert "331 / 150 = 2.21" in ratio.formula


def test_sales_to_capital_falls_back_to_the_latest_ratio() -> None:
    ratio = suggest(years(equity=[550, 550, 550, 400])).drivers["sales_to_capital"]
    assert ratio.value == round(1331 / 550, 2)
    assert "Revenue / invested capital of FY2024" in ratio.formula


def test_sales_to_capital_is_assumed_without_capital() -> None:
    ratio = suggest(years(equity=[-900, -900, -900, -900])).drivers["sales_to_capital"]
    assert (ratio.value, ratio.kind) == (1.5, "assumed")


def test_tax_is_summed_over_the_years_with_profit_and_tax() -> None:
    tax = suggest(years(pretax_income=[90, 110, 130, -50], income_tax=[18, 22, -5, 3])).drivers["tax_rate"]
    assert tax.value == 0.2
    assert "FY2021, FY2022 = 40 / 200 = 20.0 %" in tax.formula


def test_tax_is_assumed_where_no_year_was_taxed() -> None:
    tax = suggest(years(pretax_income=[-1, -1, -1, -1])).drivers["tax_rate"]
    assert (tax.value, tax.kind) == (0.25, "assumed")


def test_reported_figures_carry_their_source() -> None:
    drivers = suggest(years()).drivers
    assert drivers["base_revenue"].value == 1331
    assert drivers["base_ebit"].value == 173.03
    assert drivers["cash"].value == 80
    assert drivers["debt"].source == "FY2024, Annual report"
    assert drivers["minority_interest"].kind == "assumed"
    assert drivers["minority_interest"].value == 0


def test_invested_capital_shows_its_sum() -> None:
    capital = suggest(years()).drivers["invested_capital"]
    assert capital.value == 700
    assert capital.formula.endswith("= 700.0")
    assert suggest(years(equity=[None] * 4)).drivers["invested_capital"].kind == "empty"


@pytest.mark.parametrize(
    ("missing", "concept", "value"),
    [
        ((), "Diluted shares", 102),
        (("shares_diluted",), "Basic shares", 90),
        (("shares_diluted", "shares_basic"), "Shares outstanding", 95),
    ],
)
def test_shares_are_diluted_else_basic_else_outstanding(missing, concept, value) -> None:
    lines = {"shares_basic": [90] * 4, "shares_outstanding": [95] * 4} | dict.fromkeys(missing)
    shares = suggest(years(**lines)).drivers["shares"]
    assert shares.value == value
    assert shares.formula.startswith(concept)


def test_what_statements_cannot_hold_is_empty_or_assumed_with_its_reason() -> None:
    drivers = suggest(years()).drivers
    assert drivers["price"].value is None
    assert drivers["price"].kind == "empty"
    assert "market price" in drivers["price"].reason
    for name, suggestion in drivers.items():
        if suggestion.kind in {"assumed", "empty"}:
            assert suggestion.reason, name
        else:
            assert suggestion.formula, name
            assert suggestion.source, name


def test_terminal_return_follows_the_terminal_cost_of_capital() -> None:
    prefill = suggest(years())
    assert prefill.drivers["terminal_roic"].value == prefill.drivers["terminal_cost_of_capital"].value
    assert prefill.inputs()["terminal_roic"] is None
    assert "price" not in prefill.inputs()


def test_without_operating_income_pretax_income_stands_in() -> None:
    ebit = suggest(years(operating_income=[None] * 4)).drivers["base_ebit"]
    assert ebit.value == 160
    assert "stands in" in ebit.reason
    neither = suggest(years(operating_income=[None] * 4, pretax_income=[None] * 4)).drivers["base_ebit"]
    assert neither.value == pytest.approx(1331 * 0.15, abs=0.001)


def test_no_year_at_all_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="at least one"):
        suggest([])


def test_a_year_is_named_after_its_end_and_a_52_week_year_counts_back() -> None:
    assert YearFigures(date(2024, 2, 1), date(2025, 1, 31)).label == "FY2025"
    assert YearFigures(date(2020, 1, 4), date(2021, 1, 2)).label == "FY2020"


figure = st.floats(-5000, 5000).map(lambda value: round(value, 2))
positive = st.floats(1, 50_000).map(lambda value: round(value, 2))


@settings(max_examples=60)
@given(
    st.lists(positive, min_size=1, max_size=6).flatmap(
        lambda revenue: st.fixed_dictionaries(
            {
                name: st.just(revenue)
                if name == "revenue"
                else st.lists(
                    st.one_of(st.none(), figure)
                    if name not in {"shares_diluted", "cash_and_short_term_investments", "debt"}
                    else positive,
                    min_size=len(revenue),
                    max_size=len(revenue),
                )
                for name in PLAIN
            }
        )
    )
)
def test_whatever_the_history_the_first_valuation_can_be_valued_and_simulated(lines) -> None:
    document = document_of(years(**lines))
    inputs = document["inputs"]
    assert 0 <= inputs["growth"] <= 0.3
    assert 0.01 <= inputs["operating_margin"] <= 0.4
    assert 0.5 <= inputs["sales_to_capital"] <= 3
    assert 0.1 <= inputs["tax_rate"] <= 0.35
    assert isinstance(value_document(document)["value_per_share"], float)
    result = simulation_of(parse_document(document), 1000, 1, "sobol").run(None).as_dict()
    assert result["floored_share"] == 0


def test_every_concept_is_declared_with_a_label() -> None:
    assert all(concept.label and concept.name == name for name, concept in CONCEPTS.items())
