"""Documents into results: the published case through the codec, round trips, warnings, simulation and grid."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.codecs import (
    INPUTS,
    dump_document,
    load_json,
    parse_document,
    preview,
    sensitivity,
    simulation_of,
    value_document,
)
from tests.modeling.engines.valuation import tesla
from tests.modeling.test_codecs_parse import document, uncertain
from valor.lib.errors import InvalidInput

EXAMPLE = Path(__file__).parents[2] / "examples" / "tesla_2013.json"


@pytest.fixture(scope="module")
def example() -> dict[str, Any]:
    return load_json(EXAMPLE.read_bytes())


@pytest.fixture(scope="module")
def result(example: dict[str, Any]) -> dict[str, Any]:
    return value_document(example)


def test_the_example_is_worth_what_was_published(result: dict[str, Any]) -> None:
    assert result["value_per_share"] == pytest.approx(tesla.VALUE_PER_SHARE, abs=1e-6, rel=0)
    assert (result["currency"], result["unit"]) == ("USD", "millions")


@pytest.mark.parametrize("row", tesla.ROWS)
def test_every_row_of_the_example_is_as_published(result: dict[str, Any], row: str) -> None:
    assert result["rows"][row] == pytest.approx(tesla.ROWS[row], abs=1e-6, rel=0)


@pytest.mark.parametrize("total", tesla.TOTALS)
def test_every_total_of_the_example_is_as_published(result: dict[str, Any], total: str) -> None:
    assert result["rows"][total] == pytest.approx(tesla.TOTALS[total], abs=1e-6, rel=0)


def test_the_bridge_adds_up(result: dict[str, Any]) -> None:
    bridge = result["bridge"]
    assert list(bridge) == [
        "pv_fcff", "pv_terminal", "sum_pv", "failure_loss", "operating_assets", "debt", "minority_interest", "cash",
        "non_operating_assets", "equity", "employee_options", "common_equity", "shares", "value_per_share",
    ]  # fmt: skip
    assert bridge["sum_pv"] == pytest.approx(bridge["pv_fcff"] + bridge["pv_terminal"])
    assert bridge["operating_assets"] == pytest.approx(bridge["sum_pv"] - bridge["failure_loss"])
    claims = bridge["debt"] + bridge["minority_interest"] - bridge["cash"] - bridge["non_operating_assets"]
    assert bridge["equity"] == pytest.approx(bridge["operating_assets"] - claims)
    assert bridge["common_equity"] == pytest.approx(bridge["equity"] - bridge["employee_options"])
    assert bridge["value_per_share"] == pytest.approx(bridge["common_equity"] / bridge["shares"])
    assert bridge["employee_options"] == pytest.approx(tesla.OPTIONS_CLAIM, abs=1e-6)


def test_the_yearly_table_is_consistent(result: dict[str, Any]) -> None:
    rows = result["rows"]
    for year in range(10):
        assert rows["pv"][year] == pytest.approx(rows["fcff"][year] * rows["discount_factor"][year])
        assert rows["ebit"][year] == pytest.approx(rows["revenues"][year] * rows["margin"][year])
    assert rows["pv_fcff"] == pytest.approx(sum(rows["pv"]))
    assert rows["cost_of_capital"][0] == pytest.approx(0.10032187379768158)
    assert rows["growth"][5] == pytest.approx(0.5655)
    assert rows["tax_rate"][-1] == 0.35


def test_results_are_json(result: dict[str, Any]) -> None:
    assert json.loads(json.dumps(result, allow_nan=False)) == result


def test_implied_figures(example: dict[str, Any]) -> None:
    capital = {**example, "inputs": {**example["inputs"], "invested_capital": 500.0}}
    implied = value_document(capital)["implied"]
    assert implied["exit_multiple"] == pytest.approx(tesla.TOTALS["terminal_value"] / tesla.ROWS["ebit"][-1])
    assert implied["terminal_share"] == pytest.approx(tesla.TOTALS["pv_terminal"] / tesla.TOTALS["sum_pv"])
    final = tesla.ROWS["ebit_after_tax"][-1] / (500.0 + sum(tesla.ROWS["reinvestment"]))
    assert implied["final_roic"] == pytest.approx(final)


def test_implied_figures_without_meaning_have_a_reason(result: dict[str, Any]) -> None:
    assert result["implied"]["final_roic"] is None
    assert result["implied"]["final_roic_reason"] == "Invested capital is not stated."
    losing = value_document(document(base_ebit=-100, operating_margin=-0.1))["implied"]
    assert losing["exit_multiple"] is None
    assert losing["terminal_share"] is None
    assert losing["exit_multiple_reason"]
    assert losing["terminal_share_reason"]


def test_an_exit_multiple_is_implied_by_itself() -> None:
    raw = document(exit_multiple=12) | {"terminal_method": "exit_multiple"}
    assert value_document(raw)["implied"]["exit_multiple"] == pytest.approx(12)


def codes(raw: dict[str, Any]) -> set[str]:
    return {warning["code"] for warning in value_document(raw)["warnings"]}


def test_a_sound_document_has_no_warning() -> None:
    assert codes(document(terminal_growth=0.01, growth=0.03)) == set()


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (document(terminal_growth=0.06), "terminal_growth_high"),
        (document(terminal_growth=0.085), "spread_small"),
        (document(terminal_roic=0.02), "growth_consumes_return"),
        (document(net_operating_losses=1e5), "losses_left"),
        (document(growth=0.4, terminal_roic=0.3), "terminal_share_high"),
        (document(debt=1e5), "negative_equity"),
        (document(margin_ramp_years=12), "margin_not_reached"),
        (document(operating_margin=-0.05), "terminal_loss"),
        (document() | {"valuation_date": "2012-12-31", "price": {"value": 9, "date": "2014-08-01"}}, "statements_old"),
        (document() | {"valuation_date": "2014-12-31", "price": {"value": 9, "date": "2014-08-01"}}, "price_old"),
        (uncertain(inputs=document(growth=0.3)["inputs"]), "base_outside"),
    ],
)
def test_doubtful_documents_are_warned_about(raw: dict[str, Any], code: str) -> None:
    assert code in codes(raw)


def test_statements_of_the_last_18_months_are_not_old() -> None:
    raw = document() | {"valuation_date": "2012-12-31", "price": {"value": 9, "date": "2014-06-30"}}
    assert "statements_old" not in codes(raw)


@pytest.mark.parametrize(("today", "told"), [(date(2014, 6, 30), False), (date(2014, 7, 31), True)])
def test_without_a_price_the_age_of_statements_is_judged_against_today(today: date, told: bool) -> None:
    raw = document() | {"valuation_date": "2012-12-31"}
    warned = [warning["code"] for warning in value_document(raw, today)["warnings"]]
    assert ("statements_old" in warned) is told


def test_a_driver_without_effect_is_warned_about() -> None:
    raw = document(invested_capital=10) | {
        "uncertainty": {"invested_capital": {"distribution": "uniform", "low": 5, "high": 15}}
    }
    assert "no_effect" in codes(raw)


def test_a_small_lap_over_the_possible_is_cut_off_and_said() -> None:
    raw = document(tax_rate=0.25) | {"uncertainty": {"tax_rate": {"distribution": "normal", "mean": 0.25, "sd": 0.07}}}
    assert "cut_off" in codes(raw)
    simulation = simulation_of(parse_document(raw), 65_536, 1, "pseudo_random")
    assert dict(simulation.spec.drivers)["tax_rate"].lower == 0.0
    assert np.isfinite(simulation.outcomes()[0]).all()


def test_the_canonical_document_is_stable(example: dict[str, Any]) -> None:
    model = parse_document(example)
    dumped = dump_document(model)
    assert parse_document(dumped) == model
    assert dump_document(parse_document(json.loads(json.dumps(dumped)))) == dumped
    assert value_document(dumped) == value_document(example)


def test_order_and_spelling_do_not_matter(example: dict[str, Any]) -> None:
    shuffled = {key: example[key] for key in reversed(example)}
    shuffled["inputs"] = {key: example["inputs"][key] for key in reversed(example["inputs"])}
    shuffled["inputs"]["exit_multiple"] = None
    shuffled["currency"] = "usd"
    assert json.dumps(dump_document(parse_document(shuffled))) == json.dumps(dump_document(parse_document(example)))


FINITE = st.floats(-1e6, 1e6)
VALID = {
    name: st.floats(
        max(spec.low, -1e6) + (1e-6 if spec.low_open else 0), min(spec.high, 1e6) - (1e-6 if spec.high_open else 0)
    )
    for name, spec in INPUTS.items()
}


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Sound documents of every shape."""
    raw = document(**{name: draw(VALID[name]) for name, spec in INPUTS.items() if spec.required or draw(st.booleans())})
    inputs = raw["inputs"]
    inputs["cost_of_capital"] = draw(st.floats(0.05, 0.3))
    inputs["terminal_growth"] = draw(st.floats(-0.05, 0.04))
    inputs["terminal_cost_of_capital"] = draw(st.none() | st.floats(0.06, 0.2))
    inputs["growth"] = draw(st.floats(-0.5, 1.0))
    raw["name"] = draw(st.text(st.characters(categories=("L", "N")), max_size=20))
    raw["valuation_date"] = draw(st.none() | st.dates().map(str))
    raw["price"] = draw(st.none() | st.fixed_dictionaries({"value": st.floats(0.01, 1e4), "source": st.just("Close")}))
    raw["limited_liability"] = draw(st.booleans())
    raw["minimum_spread"] = draw(st.floats(0.001, 0.1))
    drivers = draw(st.lists(st.sampled_from(["growth", "operating_margin", "base_ebit", "cash"]), unique=True))
    for name in drivers:
        low = draw(st.floats(0.0, 0.5))
        raw.setdefault("uncertainty", {})[name] = {"distribution": "uniform", "low": low, "high": low + 0.25}
    if len(drivers) >= 2:
        raw["correlations"] = [{"between": drivers[:2], "value": draw(st.floats(-1, 1))}]
    return raw


@settings(max_examples=150)
@given(documents())
def test_any_sound_document_survives_the_round_trip(raw: dict[str, Any]) -> None:
    model = parse_document(raw)
    dumped = dump_document(model)
    assert parse_document(json.loads(json.dumps(dumped, allow_nan=False))) == model
    assert dump_document(parse_document(dumped)) == dumped


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda items: st.lists(items, max_size=3) | st.dictionaries(st.text(max_size=5), items, max_size=3),
    max_leaves=5,
)


@settings(max_examples=300)
@given(st.sampled_from([*document(), "price", "uncertainty", "correlations", "adjustments", "employee_options"]), JSON)
def test_nonsense_at_the_top_is_refused_or_read_but_never_crashes(key: str, nonsense: Any) -> None:
    check_nonsense(document() | {key: nonsense})


@settings(max_examples=300)
@given(st.sampled_from(list(document()["inputs"])), JSON)
def test_nonsense_among_the_inputs_is_refused_or_read_but_never_crashes(key: str, nonsense: Any) -> None:
    check_nonsense(document(**{key: nonsense}))


def check_nonsense(raw: dict[str, Any]) -> None:
    try:
        json.dumps(value_document(raw), allow_nan=False)
    except InvalidInput as refusal:
        assert refusal.problems
        json.dumps([problem.as_dict() for problem in refusal.problems], allow_nan=False)


def test_a_simulation_values_by_the_same_formula() -> None:
    model = parse_document(uncertain())
    simulation = simulation_of(model, 20_000, 7, "pseudo_random")
    outcomes, floored = simulation.outcomes()
    assert floored == 0
    middle = float(np.median(outcomes))
    assert middle == pytest.approx(value_document(uncertain())["value_per_share"], rel=0.05)
    again, _ = simulation_of(model, 20_000, 7, "pseudo_random").outcomes()
    assert np.array_equal(outcomes, again)


@pytest.mark.parametrize(
    ("trials", "seed", "sampler", "field"),
    [
        (0, 1, "sobol", "trials"),
        (10**12, 1, "sobol", "trials"),
        (1000.0, 1, "sobol", "trials"),
        (True, 1, "sobol", "trials"),
        (10_000, -1, "sobol", "seed"),
        (10_000, 2**63, "sobol", "seed"),
        (10_000, 1, "dice", "sampler"),
    ],
)
def test_an_impossible_run_is_refused(trials: Any, seed: Any, sampler: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        simulation_of(parse_document(uncertain()), trials, seed, sampler)
    assert [problem.field for problem in refusal.value.problems] == [field]


def test_a_simulation_needs_an_uncertain_driver() -> None:
    with pytest.raises(InvalidInput) as refusal:
        simulation_of(parse_document(document()), 10_000, 1, "sobol")
    assert refusal.value.problems[0].field == "uncertainty"


def test_the_preview_is_the_range_of_one_block() -> None:
    seen = preview(parse_document(uncertain()))
    assert seen["trials"] == 16_384
    assert seen["p10"] < seen["p50"] < seen["p90"]
    outcomes, _ = simulation_of(parse_document(uncertain()), 200_000, 3, "pseudo_random").outcomes()
    assert seen["p50"] == pytest.approx(float(np.median(outcomes)), rel=0.02)


def test_there_is_no_preview_without_uncertainty() -> None:
    assert preview(parse_document(document())) == {"p10": None, "p50": None, "p90": None, "trials": 0}


def test_the_grid_has_the_base_case_in_its_middle() -> None:
    grid = sensitivity(parse_document(document()))
    assert grid["rows"]["driver"] == "cost_of_capital"
    assert grid["columns"]["driver"] == "terminal_growth"
    assert grid["values"][2][2] == pytest.approx(value_document(document())["value_per_share"], rel=1e-12)
    assert grid["values"][0][2] > grid["values"][2][2] > grid["values"][4][2]
    assert json.loads(json.dumps(grid, allow_nan=False)) == grid


def test_the_grid_says_why_a_cell_is_empty() -> None:
    grid = sensitivity(parse_document(document()), row_values=[0.03, 0.09], column_values=[0.025, 0.5])
    assert grid["values"][0] == [None, None]
    assert "spread" in grid["reasons"][0][0]
    assert grid["values"][1][0] is not None


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"rows": "wacc"}, "rows"),
        ({"columns": "fade_years"}, "columns"),
        ({"columns": "cost_of_capital"}, "columns"),
        ({"rows": "terminal_roic"}, "rows"),
        ({"row_values": [0.1, float("nan")]}, "rows.values.1"),
        ({"column_values": []}, "columns.values"),
        ({"size": 4}, "size"),
        ({"size": 10**6 + 1}, "size"),
    ],
)
def test_an_impossible_grid_is_refused(arguments: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        sensitivity(parse_document(document()), **arguments)
    assert [problem.field for problem in refusal.value.problems] == [field]
