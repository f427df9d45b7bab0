"""Editing while typing: saved, refused, stale, overtaken."""

from __future__ import annotations

import pytest

from modeling.codecs import MAX_TRIALS, MIN_TRIALS, value_document
from modeling.services import save_document
from tests.modeling.pages.conftest import HTMX, form_of
from tests.modeling.pages.questions import refuses_other_methods, refuses_strangers


@pytest.fixture
def edit(page, acme):
    """Posts the form as htmx does, with changes."""

    def post(sequence: int = 1, **changes):
        form = form_of(acme, sequence=sequence, **changes)
        return page.post(f"{acme.get_absolute_url()}edit/", form, headers=HTMX)

    return post


def part(answer, name: str) -> str:
    """What the answer puts into one element."""
    text = answer.content.decode()
    start = text.index(f'<hx-partial id="{name}"')
    start = text.index(">", start) + 1
    return text[start : text.index("</hx-partial>", start)].replace("&#x27;", "'").strip()


def unchanged(valuation, version: int = 1) -> bool:
    before = valuation.document
    valuation.refresh_from_db()
    return valuation.version == version and valuation.document == before


def test_is_its_owner_s_alone(page, other_page, operator_page, acme) -> None:
    url = f"{acme.get_absolute_url()}edit/"
    refuses_strangers("post", url, operator_page)
    refuses_other_methods("post", url, page)
    assert other_page.post(url, form_of(acme, inputs__growth="20")).status_code == 404
    assert page.post("/valuations/999/edit/", {}).status_code == 404
    assert unchanged(acme)


def test_the_form_as_it_stands_changes_nothing(edit, acme) -> None:
    assert edit().status_code == 200
    assert unchanged(acme)


def test_a_valid_edit_is_saved_as_a_new_version_and_answers_with_its_value(edit, acme) -> None:
    answer = edit(inputs__growth="12.5%", inputs__debt="0.35bn")
    acme.refresh_from_db()
    assert answer.status_code == 200
    assert (acme.version, acme.document["inputs"]["growth"], acme.document["inputs"]["debt"]) == (2, 0.125, 350)
    assert f"{value_document(acme.document)['value_per_share']:.2f}" in part(answer, "headline")
    assert part(answer, "saved") == "Saved as version 2"
    assert 'name="version" value="2"' in part(answer, "version")
    assert "debt 350.0m" in part(answer, "summary-claims")
    assert part(answer, "stale-result") == ""


def test_the_answer_carries_the_number_of_the_edit(edit) -> None:
    assert edit(sequence=17, inputs__growth="11")["X-Sequence"] == "17"
    assert edit(sequence=18, inputs__growth="x")["X-Sequence"] == "18"


def test_an_invalid_edit_is_refused_beside_its_field_and_saves_nothing(edit, acme) -> None:
    answer = edit(inputs__growth="abc", inputs__debt="5")
    assert answer.status_code == 422
    assert "“abc” can't be read." in part(answer, "error-inputs-growth")
    assert part(answer, "error-inputs-debt") == ""
    assert part(answer, "saved") == "Not saved: 1 input needs correcting"
    assert "last saved inputs" in part(answer, "stale-result")
    assert '<hx-partial id="headline"' not in answer.content.decode()
    assert unchanged(acme)


def test_a_corrected_input_loses_its_error(edit) -> None:
    assert part(edit(1, inputs__growth="abc"), "error-inputs-growth")
    assert part(edit(2, inputs__growth="11"), "error-inputs-growth") == ""


IMPOSSIBLE = {
    "inputs__terminal_growth": "8",
    "inputs__shares": "-1",
    "inputs__growth": "1e400",
    "inputs__base_revenue": "0",
    "inputs__operating_margin": "NaN",
    "inputs__sales_to_capital": "0",
    "inputs__tax_rate": "120",
    "inputs__cost_of_capital": "0",
    "inputs__debt": "-5",
    "inputs__cash": "ten",
    "inputs__failure_probability": "101",
    "inputs__failure_proceeds": "-1",
    "inputs__terminal_tax_rate": "-3",
    "inputs__terminal_cost_of_capital": "0",
    "inputs__terminal_roic": "0",
    "inputs__exit_multiple": "-1",
    "inputs__net_operating_losses": "-1",
    "inputs__invested_capital": "Infinity",
    "inputs__minority_interest": "1e999",
    "inputs__non_operating_assets": "--",
    "inputs__base_ebit": "",
    "inputs__high_growth_years": "2.5",
    "inputs__fade_years": "-1",
    "inputs__margin_ramp_years": "lots",
    "price__value": "0",
    "price__date": "yesterday",
    "valuation_date": "2024-13-45",
    "minimum_spread": "0",
    "terminal_method": "magic",
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_an_impossible_figure_is_named_at_its_own_input(edit, acme, name) -> None:
    answer = edit(**{name: IMPOSSIBLE[name]})
    assert answer.status_code == 422
    assert 'class="error"' in part(answer, f"error-{name.replace('__', '-')}"), answer.content.decode()[-6000:]
    assert unchanged(acme)


def test_several_errors_come_at_once(edit) -> None:
    answer = edit(inputs__growth="x", inputs__shares="-1", inputs__tax_rate="y")
    assert part(answer, "saved") == "Not saved: 3 inputs need correcting"
    assert all(part(answer, f"error-inputs-{name}") for name in ("growth", "shares", "tax_rate"))


def test_a_forgotten_percent_is_saved_but_questioned_with_its_repair(edit, acme) -> None:
    answer = edit(inputs__cost_of_capital="0.09", inputs__terminal_growth="-5")
    slot = part(answer, "error-inputs-cost_of_capital")
    assert "0.09 %: did you mean 9 %?" in slot
    assert "data-repair" in slot
    assert 'class="error"' not in slot
    assert answer.status_code == 200
    assert "did you mean" not in part(edit(2, inputs__cost_of_capital="9"), "error-inputs-cost_of_capital")


def test_the_repair_works_without_javascript(page, acme) -> None:
    form = form_of(acme, sequence=0, inputs__cost_of_capital="0.10", repair='{"inputs.cost_of_capital": "10"}')
    assert page.post(f"{acme.get_absolute_url()}edit/", form).status_code == 302
    acme.refresh_from_db()
    assert acme.document["inputs"]["cost_of_capital"] == 0.1


def test_a_changed_driver_is_marked_with_its_suggestion(edit) -> None:
    assert "yours (suggested" in part(edit(inputs__tax_rate="33"), "mark-inputs-tax_rate")


def test_a_stale_tab_gets_409_and_overwrites_nothing(edit, acme) -> None:
    newer = acme.document | {"name": "From another tab"}
    save_document(acme, newer, expected_version=1, tab="tab-2", sequence=1)
    answer = edit(inputs__growth="33")
    assert answer.status_code == 409
    panel = part(answer, "conflict")
    assert "Version 2 was saved in another tab" in panel
    assert "Load the newer version" in panel
    assert "Keep mine" in panel
    assert '<hx-partial id="version"' not in answer.content.decode()
    acme.refresh_from_db()
    assert (acme.version, acme.document["name"]) == (2, "From another tab")


def test_keep_mine_saves_on_top_of_the_newer_version(page, acme) -> None:
    newer = acme.document | {"name": "From another tab"}
    save_document(acme, newer, expected_version=1, tab="tab-2", sequence=1)
    form = form_of(acme, inputs__growth="33", overwrite="1", sequence=5)
    answer = page.post(f"{acme.get_absolute_url()}edit/", form)
    assert answer["Location"] == acme.get_absolute_url()
    acme.refresh_from_db()
    assert (acme.version, acme.document["inputs"]["growth"]) == (3, 0.33)


def test_an_edit_overtaken_in_the_same_tab_is_dropped(edit, acme) -> None:
    assert edit(sequence=5, inputs__growth="15").status_code == 200
    assert edit(sequence=4, inputs__growth="14").status_code == 200
    acme.refresh_from_db()
    assert (acme.version, acme.document["inputs"]["growth"]) == (2, 0.15)


def test_the_same_tab_is_never_stale_though_an_answer_was_lost(edit, acme) -> None:
    edit(sequence=1, inputs__growth="11")
    assert edit(sequence=2, inputs__growth="12").status_code == 200
    acme.refresh_from_db()
    assert (acme.version, acme.document["inputs"]["growth"]) == (3, 0.12)


def test_without_javascript_a_valid_post_redirects(page, acme) -> None:
    answer = page.post(f"{acme.get_absolute_url()}edit/", form_of(acme, sequence=0, inputs__growth="11"))
    assert answer["Location"] == acme.get_absolute_url()
    acme.refresh_from_db()
    assert acme.version == 2


def test_without_javascript_going_back_and_editing_again_is_not_lost(page, acme) -> None:
    url = f"{acme.get_absolute_url()}edit/"
    page.post(url, form_of(acme, sequence=0, inputs__growth="11"))
    answer = page.post(url, form_of(acme, sequence=0, inputs__growth="22"))
    assert answer.status_code == 409
    assert 'value="22"' in answer.content.decode()


def test_without_javascript_an_invalid_post_shows_the_page_again_as_typed(page, acme) -> None:
    form = form_of(acme, sequence=0, inputs__growth="abc", price__value="-1")
    answer = page.post(f"{acme.get_absolute_url()}edit/", form)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'name="inputs.growth" value="abc"' in text
    assert 'aria-invalid="true"' in text
    assert '<details class="group" id="group-price" open>' in text
    assert unchanged(acme)


@pytest.mark.parametrize(
    "hidden", [{"version": "x"}, {"version": "9" * 40}, {"sequence": "-1"}, {"tab": "t" * 900}, {"repair": "[1"}]
)
def test_tampered_hidden_fields_do_no_harm(page, acme, hidden) -> None:
    answer = page.post(f"{acme.get_absolute_url()}edit/", form_of(acme) | hidden, headers=HTMX)
    assert answer.status_code in (200, 409)
    assert unchanged(acme)


def test_a_post_that_leaves_inputs_out_keeps_what_is_stored(page, acme) -> None:
    page.post(f"{acme.get_absolute_url()}edit/", {"inputs.growth": "11"}, headers=HTMX)
    before = acme.document
    acme.refresh_from_db()
    assert acme.document == before | {"inputs": before["inputs"] | {"growth": 0.11}}


def test_a_checkbox_can_be_unchecked(page, analyst, document) -> None:
    from modeling.services import create_valuation

    valuation = create_valuation(owner=analyst, document=document | {"limited_liability": True})
    form = form_of(valuation, limited_liability="off")
    page.post(f"{valuation.get_absolute_url()}edit/", form, headers=HTMX)
    valuation.refresh_from_db()
    assert valuation.document["limited_liability"] is False


def test_an_emptied_price_is_taken_out(edit, acme) -> None:
    answer = edit(price__value="", price__date="", price__source="")
    acme.refresh_from_db()
    assert acme.document["price"] is None
    assert part(answer, "summary-price") == "none: no comparison"


def test_a_price_without_its_figure_is_refused_at_the_figure(edit) -> None:
    assert part(edit(price__value=""), "error-price-value")


def test_a_csrf_token_is_needed(analyst, acme) -> None:
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(analyst)
    assert strict.post(f"{acme.get_absolute_url()}edit/", form_of(acme), headers=HTMX).status_code == 403


def test_an_htmx_post_after_signing_out_is_401(client, acme) -> None:
    assert client.post(f"{acme.get_absolute_url()}edit/", {}, headers=HTMX).status_code == 401


def test_an_edit_stays_within_its_queries(edit, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(15):
        edit(inputs__growth="12")


SETTINGS = {"trials": ["0", str(MAX_TRIALS + 1), "1e400", "many", "", "1000.5"], "seed": ["-1", str(2**63), "x"]}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in SETTINGS.items() for text in texts])
def test_an_impossible_simulation_setting_is_told_while_typing_and_the_rest_is_saved(edit, acme, name, text) -> None:
    answer = edit(inputs__growth="12.5", **{name: text})
    acme.refresh_from_db()
    assert (answer.status_code, acme.version) == (200, 2)
    assert 'class="error"' in part(answer, f"error-{name}")
    assert part(answer, "error-inputs-growth") == ""
    assert part(answer, "saved") == "Saved as version 2; the simulation settings need correcting"
    assert f"{value_document(acme.document)['value_per_share']:.2f}" in part(answer, "headline")


def test_possible_simulation_settings_are_not_complained_about(edit) -> None:
    for trials in (str(MIN_TRIALS), f"{MAX_TRIALS:,}", "1e6"):
        answer = edit(trials=trials, seed="7")
        assert part(answer, "error-trials") + part(answer, "error-seed") == ""
        assert part(answer, "saved") == "Saved as version 1"


def test_a_setting_and_an_input_are_wrong_at_once(edit) -> None:
    answer = edit(trials="0", inputs__growth="abc")
    assert answer.status_code == 422
    assert "too few" in part(answer, "error-trials")
    assert f"{MAX_TRIALS:,}" in part(answer, "error-trials")
    assert part(answer, "saved") == "Not saved: 1 input needs correcting"
