"""What the codec refuses, and how it says so."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import pytest

from modeling.codecs import load_json, parse_document
from valor.lib.errors import InvalidInput, Problem

Document = dict[str, Any]


def document(**inputs: Any) -> Document:
    """A plain, sound document; arguments replace or, when None, empty its inputs."""
    base: Document = {
        "method": "dcf",
        "name": "Example",
        "currency": "EUR",
        "unit": "millions",
        "inputs": {
            "base_revenue": 1000,
            "base_ebit": 150,
            "growth": 0.1,
            "terminal_growth": 0.02,
            "operating_margin": 0.2,
            "sales_to_capital": 2,
            "tax_rate": 0.25,
            "cost_of_capital": 0.09,
            "debt": 100,
            "cash": 50,
            "shares": 100,
            "high_growth_years": 5,
            "fade_years": 5,
            "margin_ramp_years": 5,
        },
    }
    base["inputs"].update(inputs)
    return base


def problems_of(raw: Any) -> dict[str, Problem]:
    with pytest.raises(InvalidInput) as refusal:
        parse_document(raw)
    return {problem.field: problem for problem in refusal.value.problems}


def test_a_sound_document_is_read_with_its_defaults() -> None:
    model = parse_document(document())
    assert (model.currency, model.unit, model.inputs.horizon) == ("EUR", "millions", 10)
    assert model.inputs.minimum_spread == 0.01
    assert model.inputs.terminal_cost_of_capital is None
    assert model.inputs.failure_probability == 0.0
    assert dict(model.uncertainty) == {}


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf, 10**400, "0.1", "eight", True, [0.1], {"a": 1}])
@pytest.mark.parametrize("field", ["growth", "base_revenue", "shares", "terminal_roic"])
def test_what_is_no_finite_number_is_refused(field: str, wrong: Any) -> None:
    found = problems_of(document(**{field: wrong}))
    assert set(found) == {f"inputs.{field}"}
    assert found[f"inputs.{field}"].message
    assert found[f"inputs.{field}"].remedy


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("shares", 0),
        ("shares", -5),
        ("base_revenue", 0),
        ("sales_to_capital", 0),
        ("sales_to_capital", -1),
        ("growth", -1),
        ("tax_rate", -0.01),
        ("tax_rate", 1.01),
        ("cost_of_capital", 0),
        ("cost_of_capital", 1),
        ("terminal_cost_of_capital", -0.02),
        ("failure_probability", 1.5),
        ("failure_proceeds", -0.1),
        ("terminal_roic", 0),
        ("debt", -1),
        ("net_operating_losses", -1),
        ("base_ebit", 1e30),
        ("high_growth_years", -1),
        ("fade_years", 2.5),
        ("fade_years", True),
        ("margin_ramp_years", 51),
        ("high_growth_years", "5"),
    ],
)
def test_impossible_figures_are_refused_at_their_field(field: str, wrong: Any) -> None:
    found = problems_of(document(**{field: wrong}))
    assert set(found) == {f"inputs.{field}"}
    assert found[f"inputs.{field}"].value == wrong


@pytest.mark.parametrize(("field", "typed", "meant"), [("cost_of_capital", 8, "0.08"), ("tax_rate", 25, "0.25")])
def test_a_rate_typed_in_percent_is_recognised(field: str, typed: float, meant: str) -> None:
    problem = problems_of(document(**{field: typed}))[f"inputs.{field}"]
    assert problem.remedy == f"{typed} looks like a percentage: did you mean {meant}?"


@pytest.mark.parametrize("field", ["base_revenue", "growth", "shares", "debt", "high_growth_years", "fade_years"])
@pytest.mark.parametrize("how", ["null", "absent"])
def test_what_is_needed_may_not_be_missing(field: str, how: str) -> None:
    raw = document(**{field: None})
    if how == "absent":
        del raw["inputs"][field]
    assert problems_of(raw)[f"inputs.{field}"].message == "It is missing."


@pytest.mark.parametrize("growth", [0.09, 0.1])
def test_growth_for_ever_at_the_cost_of_capital_is_refused(growth: float) -> None:
    problem = problems_of(document(terminal_growth=growth))["inputs.terminal_growth"]
    assert "infinite" in problem.message
    assert problem.value == growth


def test_growth_is_compared_with_the_terminal_cost_of_capital() -> None:
    assert set(problems_of(document(terminal_growth=0.05, terminal_cost_of_capital=0.05))) == {"inputs.terminal_growth"}
    assert parse_document(document(terminal_growth=0.05, terminal_cost_of_capital=0.051))


def test_all_problems_come_at_once() -> None:
    raw = document(growth=8, shares=-1, tax_rate="x") | {"unit": "lakhs", "currency": "Euro", "valuation_date": "2013"}
    assert set(problems_of(raw)) == {
        "inputs.growth",
        "inputs.shares",
        "inputs.tax_rate",
        "unit",
        "currency",
        "valuation_date",
    }


def test_an_unknown_key_is_refused_with_the_nearest_known_one() -> None:
    found = problems_of(document(grwth=0.1) | {"corelations": []})
    assert found["inputs.grwth"].remedy == "Did you mean growth?"
    assert found["corelations"].remedy == "Did you mean correlations?"


@pytest.mark.parametrize("raw", [None, 3, "text", [], [1]])
def test_a_document_is_an_object(raw: Any) -> None:
    assert set(problems_of(raw)) == {"document"}


@pytest.mark.parametrize("inputs", [None, 3, []])
def test_inputs_are_an_object(inputs: Any) -> None:
    assert set(problems_of({**document(), "inputs": inputs})) == {"inputs"}


@pytest.mark.parametrize(("high", "fade"), [(0, 0), (30, 30)])
def test_the_horizon_is_1_to_50_years(high: int, fade: int) -> None:
    assert "inputs.high_growth_years" in problems_of(document(high_growth_years=high, fade_years=fade))


@pytest.mark.parametrize("text", ["30.06.2013", "2013-13-01", "2013-02-30", 20130630, "20130630"])
def test_dates_are_iso_dates(text: Any) -> None:
    assert set(problems_of({**document(), "valuation_date": text})) == {"valuation_date"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"price": {"value": 0}}, "price.value"),
        ({"price": {"value": 10, "date": "soon"}}, "price.date"),
        ({"price": 10}, "price"),
        ({"minimum_spread": 0}, "minimum_spread"),
        ({"limited_liability": "yes"}, "limited_liability"),
        ({"terminal_method": "exit"}, "terminal_method"),
        ({"terminal_method": "exit_multiple"}, "inputs.exit_multiple"),
        ({"method": "apv"}, "method"),
        ({"name": "two\nlines"}, "name"),
        ({"unit": ["millions"]}, "unit"),
        ({"uncertainty": []}, "uncertainty"),
        ({"correlations": {}}, "correlations"),
        ({"adjustments": {"leases": {}}}, "adjustments.leases"),
    ],
)
def test_the_rest_of_the_document_is_as_strict(change: Document, field: str) -> None:
    assert field in problems_of(document() | change)


OPTIONS = {"count": 5, "strike": 10, "maturity": 3, "volatility": 0.4, "risk_free": 0.03}


def test_options_at_the_market_price_need_a_price() -> None:
    assert set(problems_of(document() | {"employee_options": OPTIONS})) == {"price"}
    assert parse_document(document() | {"employee_options": {**OPTIONS, "valued": "at_value"}})
    assert parse_document(document() | {"employee_options": OPTIONS, "price": {"value": 12}})


def test_options_have_sound_terms() -> None:
    wrong = {**OPTIONS, "strike": 0, "volatility": 50, "valued": "at_cost"}
    found = problems_of(document() | {"employee_options": wrong, "price": {"value": 12}})
    assert found["employee_options.volatility"].remedy == "50 looks like a percentage: did you mean 0.5?"
    assert set(found) == {"employee_options.strike", "employee_options.volatility", "employee_options.valued"}


LEASES = {"commitments": [56, 47], "beyond": 93, "years_beyond": 2, "pretax_cost_of_debt": 0.07, "current_expense": 80}


def test_leases_are_refused_when_the_debt_holds_them() -> None:
    raw = document() | {"adjustments": {"operating_leases": LEASES}}
    assert parse_document(raw)
    assert set(problems_of(raw | {"debt_includes_leases": True})) == {"adjustments.operating_leases"}


def test_a_lump_sum_needs_its_years() -> None:
    raw = document() | {"adjustments": {"operating_leases": {**LEASES, "years_beyond": 0}}}
    assert set(problems_of(raw)) == {"adjustments.operating_leases.years_beyond"}


@pytest.mark.parametrize("past", [[1, 2], [], "none", [1, 2, -3], [1, 2, None]])
def test_research_has_one_figure_for_each_year_of_its_life(past: Any) -> None:
    research = {"amortisation_life": 3, "current": 10, "past": past}
    found = problems_of(document() | {"adjustments": {"research_and_development": research}})
    assert all(field.startswith("adjustments.research_and_development.past") for field in found)


def uncertain(**changes: Any) -> Document:
    raw = document()
    raw["uncertainty"] = {
        "growth": {"distribution": "normal", "mean": 0.1, "sd": 0.02},
        "operating_margin": {"distribution": "pert", "low": 0.1, "mode": 0.2, "high": 0.3},
        "cost_of_capital": {"distribution": "triangular", "low": 0.08, "mode": 0.09, "high": 0.1},
    }
    raw.update(changes)
    return raw


@pytest.mark.parametrize(
    ("distribution", "field"),
    [
        ({"distribution": "normal", "mean": 0.1, "sd": -1}, "uncertainty.growth.sd"),
        ({"distribution": "normal", "mean": 0.1}, "uncertainty.growth.sd"),
        ({"distribution": "normal", "mean": math.nan, "sd": 0.1}, "uncertainty.growth.mean"),
        ({"distribution": "gauss", "mean": 0.1, "sd": 0.1}, "uncertainty.growth.distribution"),
        ({"distribution": "normal", "mean": 0.1, "sd": 0.1, "sigma": 1}, "uncertainty.growth.sigma"),
        ({"distribution": "normal", "mean": 0.1, "sd": 500}, "uncertainty.growth"),
        ({}, "uncertainty.growth.distribution"),
        (0.1, "uncertainty.growth.distribution"),
    ],
)
def test_distributions_are_refused_at_their_parameter(distribution: Any, field: str) -> None:
    assert field in problems_of(document() | {"uncertainty": {"growth": distribution}})


def test_only_drivers_can_be_uncertain() -> None:
    normal = {"distribution": "normal", "mean": 5, "sd": 1}
    found = problems_of(document() | {"uncertainty": {"fade_years": normal, "margin": normal}})
    assert set(found) == {"uncertainty.fade_years", "uncertainty.margin"}


def test_an_uncertain_driver_needs_a_base_case() -> None:
    raw = document() | {"uncertainty": {"terminal_roic": {"distribution": "uniform", "low": 0.08, "high": 0.1}}}
    assert set(problems_of(raw)) == {"inputs.terminal_roic"}


def test_draws_that_are_often_impossible_are_refused_with_a_bound() -> None:
    raw = document() | {"uncertainty": {"tax_rate": {"distribution": "normal", "mean": 0.2, "sd": 0.1}}}
    problem = problems_of(raw)["uncertainty.tax_rate"]
    assert problem.message.startswith("2.3% of its draws would be impossible")
    assert '"lower": 0' in problem.remedy
    raw["uncertainty"]["tax_rate"]["lower"] = 0
    assert parse_document(raw)


@pytest.mark.parametrize(
    ("correlation", "field"),
    [
        ({"between": ["growth", "operating_margin"], "value": 1.01}, "correlations.0.value"),
        ({"between": ["growth", "operating_margin"], "value": "high"}, "correlations.0.value"),
        ({"between": ["growth", "operating_margin"]}, "correlations.0.value"),
        ({"between": ["growth", "growth"], "value": 0.5}, "correlations.0.between"),
        ({"between": ["growth", "tax_rate"], "value": 0.5}, "correlations.0.between"),
        ({"between": ["growth", "margin"], "value": 0.5}, "correlations.0.between"),
        ({"between": ["growth"], "value": 0.5}, "correlations.0.between"),
        ({"between": "growth", "value": 0.5}, "correlations.0.between"),
        ({"between": ["growth", "operating_margin"], "value": 0.5, "rho": 1}, "correlations.0.rho"),
        ([0.5], "correlations.0"),
    ],
)
def test_correlations_are_refused_one_by_one(correlation: Any, field: str) -> None:
    assert set(problems_of(uncertain(correlations=[correlation]))) == {field}


def test_a_pair_is_correlated_once() -> None:
    pairs = [["growth", "operating_margin"], ["operating_margin", "growth"]]
    found = problems_of(uncertain(correlations=[{"between": pair, "value": 0.5} for pair in pairs]))
    assert set(found) == {"correlations.1.between"}


def contradicting() -> Document:
    pairs = {("growth", "operating_margin"): 0.9, ("growth", "cost_of_capital"): 0.9}
    pairs[("operating_margin", "cost_of_capital")] = -0.9
    return uncertain(correlations=[{"between": list(pair), "value": value} for pair, value in pairs.items()])


def test_contradicting_correlations_are_refused_with_the_nearest_possible_ones() -> None:
    problem = problems_of(contradicting())["correlations"]
    assert "smallest eigenvalue -0.8" in problem.message
    assert problem.remedy.startswith("The nearest possible correlations are growth with operating_margin 0.")


def test_the_offered_correlations_are_accepted() -> None:
    raw = contradicting()
    remedy = problems_of(raw)["correlations"].remedy
    offered = remedy.removeprefix("The nearest possible correlations are ").removesuffix(".").split(", ")
    raw["correlations"] = []
    for words in offered:
        first, _, second, value = words.split(" ")
        raw["correlations"].append({"between": [first, second], "value": float(value)})
    assert len(parse_document(raw).correlations) == 3


def test_reading_leaves_the_document_alone() -> None:
    raw = contradicting()
    before = copy.deepcopy(raw)
    problems_of(raw)
    assert raw == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": NaN}', "NaN is not a number"),
        ('{"a": -Infinity}', "-Infinity is not a number"),
        ('{"a": 1e400}', "1e400 is larger than any number"),
        ('{"a": ' + "9" * 5000 + "}", "more than 300 digits"),
        ('{"a": 1, "a": 2}', 'The key "a" is given twice'),
        ('{"a": 1', "line 1, column 8"),
        ("", "not JSON"),
        ("[1]", "not a JSON object"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_json_is_read_strictly(text: str, words: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        load_json(text)
    (problem,) = refusal.value.problems
    assert words in problem.message
    assert problem.remedy


def test_json_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(InvalidInput, match="UTF-8"):
        load_json(b"\xff\xfe{")


@pytest.mark.parametrize("given", [str, str.encode, lambda text: b"\xef\xbb\xbf" + text.encode()])
def test_json_is_read_from_text_and_bytes(given: Callable[[str], Any]) -> None:
    assert load_json(given('{"name": "é", "n": [1, 2.5e3, null]}')) == {"name": "é", "n": [1, 2500.0, None]}
