"""Figures at the ends of what a float can hold: refused or valued, never NaN, infinite or a crash."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from modeling.codecs import load_json, parse_document, sensitivity, simulation_of, value_document, value_model
from modeling.engines.valuation.options import value_at_price
from tests.modeling.test_codecs_parse import document
from tests.modeling.test_codecs_results import EXAMPLE
from valor.lib.errors import InvalidInput


def example(**inputs: Any) -> dict[str, Any]:
    raw = load_json(EXAMPLE.read_bytes())
    return {**raw, "inputs": {**raw["inputs"], **inputs}}


@pytest.mark.parametrize("driver", ["base_revenue", "sales_to_capital", "cost_of_capital", "terminal_roic", "shares"])
def test_a_divisor_next_to_zero_is_refused_by_name(driver: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        value_document(example(**{driver: 1e-308}))
    problem = next(problem for problem in refusal.value.problems if problem.field == f"inputs.{driver}")
    assert problem.value == 1e-308
    assert "too close to 0" in problem.message
    assert "1e-12" in problem.remedy


def test_a_value_that_is_not_finite_is_never_handed_out() -> None:
    model = parse_document(example())
    with pytest.raises(InvalidInput, match="not a finite number"):
        value_model(replace(model, inputs=replace(model.inputs, sales_to_capital=1e-308)))


def test_a_lognormal_beyond_all_squares_is_refused() -> None:
    raw = {**example(), "uncertainty": {"base_revenue": {"distribution": "lognormal", "mean": 1e-308, "sd": 1e-12}}}
    with pytest.raises(InvalidInput) as refusal:
        parse_document({**raw, "correlations": []})
    assert [problem.field for problem in refusal.value.problems] == ["uncertainty.base_revenue.sd"]


def test_a_cell_of_the_grid_without_a_finite_value_says_so() -> None:
    grid = sensitivity(parse_document(example()), "base_revenue", "growth", row_values=[1e-310, 1000], size=1)
    assert grid["values"][0] == [None]
    assert "finite" in grid["reasons"][0][0]
    assert grid["values"][1][0] is not None
    assert grid["reasons"][1] == [""]


def test_each_cell_of_a_grid_over_the_shares_is_the_valuation_with_those_shares() -> None:
    grid = sensitivity(parse_document(example()), "shares", "cash", row_values=[60, 100, 400], size=3)
    for shares, line in zip(grid["rows"]["values"], grid["values"], strict=True):
        for cash, value in zip(grid["columns"]["values"], line, strict=True):
            alone = value_document(example(shares=shares, cash=cash))["value_per_share"]
            assert value == pytest.approx(alone, rel=1e-12)


def test_uncertain_shares_leave_the_options_one_number() -> None:
    raw = example()
    raw["uncertainty"]["shares"] = {"distribution": "uniform", "low": 100, "high": 140}
    model = parse_document(raw)
    assert simulation_of(model, 1000, 1).model._options_claim == value_at_price(model.inputs)


@pytest.mark.parametrize("text", ['{"name": "\\ud800"}', '{"\\udfff": 1}', '{"a": [{"b": "x\\uD83D"}]}'])
def test_half_a_character_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        load_json(text)
    (problem,) = refusal.value.problems
    assert "half a character" in problem.message
    str(refusal.value).encode()


def test_both_halves_of_a_character_are_read() -> None:
    assert load_json('{"name": "\\ud83d\\ude00"}') == {"name": "\U0001f600"}


def test_an_ordinary_document_is_not_refused() -> None:
    assert value_document(document())["value_per_share"] > 0


def test_a_flood_of_unknown_keys_gets_a_short_answer() -> None:
    with pytest.raises(InvalidInput) as refusal:
        parse_document({**document(), "": 1, **{f"growt{index}": index for index in range(50_000)}})
    problems = refusal.value.problems
    assert len(problems) == 21
    assert problems[0].field == '""'
    assert problems[-1].message == "There are 49981 more unknown keys."
