"""Uncertain drivers and their correlations on the workbench."""

from __future__ import annotations

import html
import json
import re

import pytest

from modeling.codecs import parse_document, preview
from modeling.forms.fields import DRIVERS
from modeling.forms.uncertainty import KINDS, first_guess
from tests.modeling.pages.conftest import HTMX, form_of
from tests.modeling.pages.test_valuation_edit import part


@pytest.fixture
def post(page, acme):
    def send(**changes):
        acme.refresh_from_db()
        return page.post(f"{acme.get_absolute_url()}edit/", form_of(acme, **changes), headers=HTMX)

    return send


def choose(driver: str, kind: str, **more):
    return {f"uncertainty__{driver}__distribution": kind, "version": 1} | more


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("driver", DRIVERS)
def test_the_first_guess_of_every_kind_is_possible_for_every_driver(document, driver, kind) -> None:
    stated = {"exit_multiple": 12, "terminal_roic": 0.08, "invested_capital": 500} | document["inputs"]
    guess = first_guess(DRIVERS[driver], kind, stated.get(driver, 0.0))
    model = parse_document(document | {"inputs": stated, "uncertainty": {driver: guess}, "correlations": []})
    assert preview(model)["p10"] is not None


def test_a_first_guess_lies_around_the_base_case() -> None:
    guess = first_guess(DRIVERS["cost_of_capital"], "triangular", 0.09)
    assert guess == {"distribution": "triangular", "low": 0.07, "mode": 0.09, "high": 0.11}


def test_choosing_a_kind_fetches_its_labelled_inputs_in_the_driver_s_unit(post, acme) -> None:
    fragment = part(post(**choose("cost_of_capital", "triangular")), "uncertain-cost_of_capital")
    assert re.findall(r"<label[^>]*>(\w+[\w ]*)<", fragment) == ["Low", "Mode", "High", "Never below", "Never above"]
    assert re.search(r'name="uncertainty\.cost_of_capital\.mode" value="9"', fragment)
    assert 'name="uncertainty.cost_of_capital.shown" value="triangular"' in fragment


def test_parameters_are_not_redrawn_while_they_are_typed(post) -> None:
    answer = post(uncertainty__growth__sd="4").content.decode()
    assert '<hx-partial id="uncertain-growth"' not in answer
    assert '<hx-partial id="correlations"' not in answer


def test_parameters_are_typed_in_percent(post, acme) -> None:
    assert post(uncertainty__growth__sd="4%", uncertainty__growth__lower="-2").status_code == 200
    acme.refresh_from_db()
    growth = acme.document["uncertainty"]["growth"]
    assert (growth["sd"], growth["lower"]) == (0.04, -0.02)


def test_certain_takes_the_distribution_and_its_correlations_out(post, acme) -> None:
    answer = post(**choose("growth", "certain"))
    acme.refresh_from_db()
    assert set(acme.document["uncertainty"]) == {"operating_margin"}
    assert acme.document["correlations"] == []
    assert part(answer, "uncertain-growth").count("<input") == 1
    assert "second driver" in part(answer, "correlations")


@pytest.mark.parametrize(
    "changes, slot",
    [
        ({"uncertainty__growth__sd": "-1"}, "uncertainty-growth-sd"),
        ({"uncertainty__growth__sd": "wide"}, "uncertainty-growth-sd"),
        ({"uncertainty__growth__mean": ""}, "uncertainty-growth-mean"),
        ({"uncertainty__operating_margin__low": "30"}, "uncertainty-operating_margin"),
        ({"uncertainty__growth__lower": "50", "uncertainty__growth__upper": "40"}, "uncertainty-growth"),
        ({"uncertainty__growth__distribution": "magic"}, "uncertainty-growth"),
        ({"correlations__operating_margin__growth": "1.5"}, "correlations-operating_margin-growth"),
        ({"correlations__operating_margin__growth": "much"}, "correlations-operating_margin-growth"),
    ],
)
def test_an_impossible_parameter_is_named_beside_it(post, acme, changes, slot) -> None:
    answer = post(**changes)
    assert answer.status_code == 422
    text = answer.content.decode()
    slots = re.findall(rf'<hx-partial id="error-({slot}[\w-]*)">\s*<p class="error">', text)
    assert slots, re.findall(r'id="error-[\w-]+"><p class="error">.*?</p>', text)
    acme.refresh_from_db()
    assert acme.version == 1


def test_a_distribution_around_its_base_case_moves_along(post, acme) -> None:
    answer = post(inputs__growth="12", inputs__operating_margin="10")
    acme.refresh_from_db()
    assert acme.document["uncertainty"]["growth"] | {"mean": 0.12, "sd": 0.03} == acme.document["uncertainty"]["growth"]
    margin = acme.document["uncertainty"]["operating_margin"]
    assert (margin["low"], margin["mode"], margin["high"]) == (0.05, 0.1, 0.15)
    fragment = part(answer, "uncertain-growth")
    assert 'name="uncertainty.growth.mean" value="12"' in fragment
    assert 'name="uncertainty.growth.base" value="12"' in fragment


def test_a_lost_answer_does_not_move_it_twice(post, acme) -> None:
    post(inputs__growth="1")
    stale = {"uncertainty__growth__mean": "10", "uncertainty__growth__base": "10"}
    post(inputs__growth="13", sequence=2, **stale)
    acme.refresh_from_db()
    assert acme.document["uncertainty"]["growth"]["mean"] == 0.13


def test_a_distribution_of_one_s_own_stays_where_it_is(post, acme) -> None:
    post(inputs__growth="12", uncertainty__growth__mean="8")
    acme.refresh_from_db()
    assert acme.document["uncertainty"]["growth"]["mean"] == 0.08


def test_a_refused_edit_leaves_the_parameters_on_the_page_alone(post) -> None:
    answer = post(inputs__growth="12", inputs__shares="-1")
    assert answer.status_code == 422
    assert '<hx-partial id="uncertain-growth"' not in answer.content.decode()


def test_amounts_are_scaled_and_natural_bounds_stay(post, acme) -> None:
    post(**choose("debt", "normal"))
    post(inputs__debt="100", sequence=2, version=2)
    acme.refresh_from_db()
    debt = acme.document["uncertainty"]["debt"]
    assert (debt["mean"], debt["sd"], debt["lower"]) == (100, 15, 0)


def test_a_new_uncertain_driver_joins_the_matrix(post, acme) -> None:
    matrix = part(post(**choose("tax_rate", "uniform")), "correlations")
    assert 'name="correlations.tax_rate.growth"' in matrix
    assert 'name="correlations.tax_rate.operating_margin"' in matrix
    assert 'aria-label="Tax rate with Revenue growth"' in matrix
    assert re.search(r'name="correlations\.operating_margin\.growth" value="0\.3"', matrix)


def contradiction(post):
    post(**choose("tax_rate", "uniform"))
    return {
        "version": 2,
        "sequence": 2,
        "correlations__operating_margin__growth": "0.9",
        "correlations__tax_rate__growth": "0.9",
        "correlations__tax_rate__operating_margin": "-0.9",
    }


def test_contradicting_correlations_offer_the_nearest_matrix_and_it_is_taken(post, acme) -> None:
    wrong = contradiction(post)
    answer = post(**wrong)
    assert answer.status_code == 422
    slot = part(answer, "error-correlations")
    assert "contradict each other" in slot
    assert re.search(r"operating margin with tax rate −0.9 becomes −0\.\d+", slot)
    assert "[" not in slot.partition("<button")[0]
    assert "The nearest possible" not in slot
    assert "Use nearest matrix" in slot
    offered = json.loads(html.unescape(re.search(r'value="([^"]+)" data-repair', slot)[1]))
    assert len(offered) == 3
    repaired = post(**(wrong | {name.replace(".", "__"): text for name, text in offered.items()} | {"sequence": 3}))
    assert repaired.status_code == 200
    acme.refresh_from_db()
    assert len(acme.document["correlations"]) == 3


def test_a_document_with_every_kind_survives_its_form(page, analyst, document) -> None:
    from modeling.services import create_valuation

    kinds = {
        "growth": {"distribution": "beta", "alpha": 2, "beta": 3, "low": 0.05, "high": 0.2},
        "operating_margin": {"distribution": "discrete", "values": [0.1, 0.15], "probabilities": [0.25, 0.75]},
        "tax_rate": {"distribution": "empirical", "values": [0.18, 0.2123456789, 0.22]},
        "base_revenue": {"distribution": "lognormal", "mean": 1000.123456789, "sd": 20},
    }
    valuation = create_valuation(owner=analyst, document=document | {"uncertainty": kinds, "correlations": []})
    answer = page.post(f"{valuation.get_absolute_url()}edit/", form_of(valuation), headers=HTMX)
    before = valuation.document
    valuation.refresh_from_db()
    assert answer.status_code == 200
    assert (valuation.version, valuation.document) == (1, before)
