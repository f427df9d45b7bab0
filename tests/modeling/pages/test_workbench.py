"""The workbench as it opens."""

from __future__ import annotations

import re

import pytest

from modeling.forms.fields import FIELDS
from modeling.models import Valuation
from modeling.services import start_valuation
from tests.modeling.pages.questions import refuses_other_methods, refuses_strangers


@pytest.fixture
def text(page, acme) -> str:
    return page.get(acme.get_absolute_url()).content.decode()


def test_is_its_owner_s_alone(page, other_page, operator_page, acme) -> None:
    url = acme.get_absolute_url()
    assert page.get(url).status_code == 200
    assert other_page.get(url).status_code == 404
    refuses_strangers("get", url, operator_page)
    refuses_other_methods("get", url, page)


def test_an_operator_who_is_an_analyst_does_not_see_it_either(operator_page, operator, acme, analyst) -> None:
    operator.groups.add(*analyst.groups.all())
    assert operator_page.get(acme.get_absolute_url()).status_code == 404


def test_an_unknown_valuation_is_404(page) -> None:
    assert page.get("/valuations/999/").status_code == 404


def test_every_input_has_a_label_and_a_place_for_its_error(text) -> None:
    for path, field in FIELDS.items():
        assert f'name="{path}"' in text
        assert f'for="field-{field.key}"' in text
        assert f'id="error-{field.key}"' in text


def test_no_id_stands_twice(text) -> None:
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))


def test_every_description_leads_to_an_element(text) -> None:
    ids = set(re.findall(r'\sid="([^"]+)"', text))
    described = {name for names in re.findall(r'aria-describedby="([^"]+)"', text) for name in names.split()}
    assert described <= ids


def test_has_no_inline_style_or_script(text) -> None:
    assert "style=" not in text
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"\son[a-z]+=", text)


def test_six_drivers_are_in_sight_and_the_rest_in_closed_groups(text) -> None:
    sight = text[text.index('class="sight"') : text.index('id="correlations-title"')]
    assert len(re.findall(r'name="inputs\.', sight)) == 6
    assert len(re.findall(r'<details class="group" id="group-[a-z]+">', text)) == 9


def test_a_group_s_line_shows_its_values(text) -> None:
    assert "debt 200.0m, cash 150.0m, shares 100.0m" in text
    assert "USD 16, <time>2024-12-31</time>, Market close" in text
    assert "1,000,000 trials, seed 1, scrambled Sobol" in text


def test_rates_stand_in_percent_and_money_in_millions(text) -> None:
    assert re.search(r'name="inputs\.growth" value="10"', text)
    assert re.search(r'name="inputs\.base_revenue" value="1,000"', text)


def test_an_input_shows_history_formula_source_and_how_it_stands_to_the_suggestion(text) -> None:
    assert "Mean of last year" in text
    assert "Source: FY2021 to FY2024" in text
    assert '<span class="tag yours">yours (suggested 15 %)</span>' not in text
    assert re.search(r"yours \(suggested [\d.]+ %\)", text)
    assert '<span class="tag assumed">assumed</span>' in text


def test_a_prefilled_valuation_is_marked_nowhere_as_one_s_own(page, analyst, company) -> None:
    valuation = start_valuation(company, analyst)
    text = page.get(valuation.get_absolute_url()).content.decode()
    assert "yours" not in re.sub(r"<details>.*?</details>", "", text, flags=re.S)
    assert text.count('class="tag assumed"') >= 4


def test_the_result_shows_value_preview_price_bridge_years_and_heat(page, acme, text) -> None:
    from modeling.codecs import value_document

    result = value_document(acme.document)
    assert f'<p class="answer">{result["value_per_share"]:.2f}' in text
    assert "preview" in text
    assert "the price of 16.00 (<time>2024-12-31</time>, Market close)" in text
    assert f"{result['bridge']['sum_pv']:,.1f}" in text
    assert f"{result['rows']['revenues'][-1]:,.1f}" in text
    assert f"{result['implied']['exit_multiple']:.1f} ×" in text
    assert len(re.findall(r'<td class="num heat-[1-9]', text)) == 49
    assert len(re.findall(r'heat-\d base"', text)) == 1


def test_warnings_of_the_valuation_are_shown(page, analyst, document) -> None:
    from modeling.services import create_valuation

    old = document | {"price": {"value": 16, "date": "2027-12-31", "source": "Market close"}}
    valuation = create_valuation(owner=analyst, document=old)
    answer = page.get(valuation.get_absolute_url()).content.decode()
    assert 'class="notice warning"' in answer


def test_works_without_company_price_and_uncertainty(page, analyst, document) -> None:
    from modeling.services import create_valuation

    bare = {key: value for key, value in document.items() if key not in ("price", "uncertainty", "correlations")}
    text = page.get(create_valuation(owner=analyst, document=bare).get_absolute_url()).content.decode()
    assert "No price to compare with" in text
    assert "No driver is uncertain" in text


def test_stays_within_its_queries(page, acme, django_assert_num_queries) -> None:
    with django_assert_num_queries(6):
        page.get(acme.get_absolute_url())


def test_what_people_name_things_is_escaped(page, analyst, document) -> None:
    from modeling.services import create_valuation

    valuation = create_valuation(owner=analyst, document=document | {"name": "<script>alert(1)</script>"})
    assert "<script>alert" not in page.get(valuation.get_absolute_url()).content.decode()


def test_deleting_asks_once_and_then_deletes(page, other_page, operator_page, acme) -> None:
    url = f"{acme.get_absolute_url()}delete/"
    refuses_strangers("post", url, operator_page)
    assert other_page.post(url).status_code == 404
    assert "can't be undone" in page.get(url).content.decode().replace("&#x27;", "'")
    assert Valuation.objects.exists()
    assert page.post(url)["Location"] == acme.company.get_absolute_url()
    assert not Valuation.objects.exists()
    assert page.post(url).status_code == 404
