"""Every figure of the result opens its formula: calculated by hand, the formula gives the figure."""

from __future__ import annotations

import re
from datetime import date

import pytest

from modeling import codecs
from modeling.forms.fields import FIELDS
from modeling.presenters.formula import Formula, formula
from modeling.presenters.results import Result, result_view
from tests.modeling.pages.conftest import HTMX, form_of
from tests.modeling.pages.test_valuation_edit import part

LOSSES = {"base_ebit": -300.0, "net_operating_losses": 150.0, "margin_ramp_years": 6}
VARIANTS = {
    "as it is": {},
    "a loss-maker with losses carried forward": {"inputs": LOSSES},
    "failure": {"inputs": {"failure_probability": 0.2, "failure_proceeds": 0.5}},
    "terminal figures of its own": {
        "inputs": {"terminal_cost_of_capital": 0.075, "terminal_tax_rate": 0.3, "terminal_roic": 0.12}
    },
    "an exit multiple": {"terminal_method": "exit_multiple", "inputs": {"exit_multiple": 12.5}},
    "everything owned": {
        "inputs": {"minority_interest": 40.0, "non_operating_assets": 75.0, "invested_capital": 900.0}
    },
    "options": {"employee_options": {"count": 10, "strike": 5, "maturity": 4, "volatility": 0.4, "risk_free": 0.03}},
    "research": {
        "inputs": {"invested_capital": 900.0},
        "adjustments": {"research_and_development": {"amortisation_life": 3, "current": 60, "past": [50, 40, 30]}},
    },
    "no fade and no ramp": {"inputs": {"fade_years": 0, "margin_ramp_years": 1}},
}


def changed(document: dict, variant: dict) -> dict:
    return document | variant | {"inputs": document["inputs"] | variant.get("inputs", {})}


def seen(document: dict, year: int = 1) -> Result:
    model = codecs.parse_document(document)
    result = codecs.result_to_dict(model, codecs.value_model(model), date(2025, 1, 1))
    return result_view(codecs.dump_document(model), result, None, None, year=year)


def written(formula: Formula) -> str:
    return "".join(term.text for term in formula)


def worked_out(formula: Formula) -> float:
    """The formula as a calculator reads it: no words, plain signs, percent as a factor."""
    text = re.sub(r"(, at least 0|: a loss pays no tax|: losses of .* shield it)$", "", written(formula))
    text = text.replace("×", "*").replace("−", "-").replace(",", "").replace(" %", "/100")
    assert re.fullmatch(r"[\d.+\-*/() ]+", text), text
    return float(eval(re.sub(r"([\d.]+)/100", r"(\1/100)", text)))


def figure(text: str) -> float:
    number = float(text.replace("−", "-").replace(",", "").rstrip("%× "))
    return number / 100 if text.endswith("%") else number


def agrees(formula: Formula, shown: str) -> bool:
    """As far as rounded figures can. A step that is taken off has its sign apart: its formula gives the amount."""
    value, wanted = worked_out(formula), figure(shown.removeprefix("− "))
    if "at least 0" in written(formula):
        value = max(value, 0.0)
    decimals = len(shown.partition(".")[2].rstrip("%× "))
    rounding = 0.6 / 10 ** (decimals + (2 if shown.endswith("%") else 0))
    return abs(value - wanted) <= 0.003 * abs(wanted) + rounding


@pytest.mark.parametrize("variant", VARIANTS)
def test_each_figure_of_the_yearly_table_is_what_its_formula_gives(document, variant) -> None:
    raw = changed(document, VARIANTS[variant])
    for year in seen(raw).years:
        steps = seen(raw, year).steps
        assert steps.year == year
        assert len(steps.rows) == 12
        for row in steps.rows:
            assert agrees(row.formula, row.value), (year, row.name, row.value, written(row.formula))


@pytest.mark.parametrize("variant", VARIANTS)
def test_each_total_and_each_implied_figure_is_what_its_formula_gives(document, variant) -> None:
    result = seen(changed(document, VARIANTS[variant]))
    typed = {"debt", "minority_interest", "cash", "non_operating_assets", "shares", "employee_options", "pv_fcff"}
    for row in result.bridge:
        assert bool(row.formula) == (row.name not in typed - {"pv_fcff"}), row.name
        if row.name not in typed:
            assert agrees(row.formula, row.amount), (row.name, row.amount, written(row.formula))
    assert result.formula == result.bridge[-1].formula
    for item in result.implied:
        assert item.formula or item.value == "–"
        if item.formula:
            assert agrees(item.formula, item.value), (item.name, item.value, written(item.formula))


def test_every_link_of_a_formula_leads_to_an_element_of_the_page(page, acme) -> None:
    text = page.get(acme.get_absolute_url()).content.decode()
    ids = set(re.findall(r'\sid="([^"]+)"', text))
    links = set(re.findall(r'href="#([^"]+)"', text)) - {"main"}
    assert links <= ids
    assert {f"field-{FIELDS[f'inputs.{name}'].key}" for name in ("growth", "sales_to_capital", "shares")} <= links


def test_the_year_asked_for_is_shown_and_stays_while_editing(page, acme) -> None:
    url = acme.get_absolute_url()
    answer = page.get(f"{url}?year=3", headers=HTMX).content.decode()
    assert "Year 3, step by step" in answer
    assert "<h1" not in answer
    assert "Year 3, step by step" in page.get(f"{url}?year=3").content.decode()
    edited = page.post(f"{url}edit/", form_of(acme, inputs__growth="11", year=3), headers=HTMX)
    assert 'name="year" value="3"' in part(edited, "result")


@pytest.mark.parametrize(("asked", "shown"), [("x", 1), ("-1", 1), ("0", 1), ("99", 10), ("9" * 40, 1)])
def test_a_year_that_is_not_there_is_the_nearest_or_the_first(page, acme, asked, shown) -> None:
    last = acme.document["inputs"]["high_growth_years"] + acme.document["inputs"]["fade_years"]
    text = page.get(acme.get_absolute_url(), {"year": asked}).content.decode()
    assert f"Year {min(shown, last)}, step by step" in text


def test_the_table_marks_the_year_and_the_page_stays_light(page, acme) -> None:
    answer = page.get(f"{acme.get_absolute_url()}?year=2", headers=HTMX).content
    assert answer.decode().count('aria-current="true"') == 1
    assert len(answer) < 40_000


def test_a_negative_figure_behind_an_operator_stands_in_brackets() -> None:
    def text(pattern, **terms):
        return "".join(term.text for term in formula(pattern, **terms))

    assert text("{a} − {b}", a="5.0", b="−3.0") == "5.0 − (−3.0)"
    assert text("{a} + {b} × {c}", a="−5.0", b="2.0", c="−3.0") == "−5.0 + 2.0 × (−3.0)"
    assert text("({a} + {b}) / {c}", a="−5.0", b="2.0", c="3.0") == "(−5.0 + 2.0) / 3.0"
