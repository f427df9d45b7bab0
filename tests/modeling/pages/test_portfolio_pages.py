"""The portfolio's page: shown, edited while typing, moved along its frontier, deleted."""

from __future__ import annotations

import json
import re

import pytest

from modeling.models import Portfolio
from modeling.portfolios.size import SELECTED
from tests.modeling.pages.conftest import HTMX
from tests.modeling.pages.folios import edit, posted, text_of, url_of
from tests.modeling.pages.questions import refuses_other_methods, refuses_strangers

GETS = ["", "point/", "delete/", "compare/", "after/allocation/", "after/trades/", "after/stress/"]


@pytest.mark.parametrize("path", GETS)
def test_a_portfolio_is_its_owner_s_alone(page, other_page, operator_page, portfolio, path) -> None:
    url = url_of(portfolio, path)
    refuses_strangers("get", url, operator_page)
    assert other_page.get(url).status_code == 404
    assert page.get("/portfolios/999999/" + path).status_code == 404
    assert page.put(url).status_code == 405


@pytest.mark.parametrize("path", ["edit/", "keep/", "backtest/"])
def test_what_is_sent_to_a_portfolio_is_its_owner_s_alone(page, other_page, operator_page, portfolio, path) -> None:
    url = url_of(portfolio, path)
    refuses_strangers("post", url, operator_page)
    refuses_other_methods("post", url, page)
    assert other_page.post(url).status_code == 404
    assert portfolio.results.count() == 0


def test_the_page_shows_inputs_answer_and_frontier(page, portfolio) -> None:
    answer = page.get(url_of(portfolio))
    text = text_of(answer)
    assert answer.status_code == 200
    assert "Efficient frontier of 5 assets" in text
    assert 'type="range"' in text
    assert "proven optimal" in text
    assert text.count('class="asset"') == 6  # and one in the legend
    assert "160 returns of Five names" in text


def test_the_page_has_no_inline_style_or_script_and_no_doubled_id(page, portfolio) -> None:
    text = page.get(url_of(portfolio)).content.decode()
    assert "style=" not in text
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))


def test_the_page_stays_within_its_queries(page, portfolio, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(13):
        page.get(url_of(portfolio))


def test_a_point_takes_few_queries_once_the_frontier_is_known(page, portfolio, django_assert_max_num_queries) -> None:
    page.get(url_of(portfolio, "point/?at=0.5"))
    with django_assert_max_num_queries(4):
        page.get(url_of(portfolio, "point/?at=0.6"))


def test_the_slider_goes_from_least_risk_to_greatest_return(page, portfolio) -> None:
    figures = [figures_at(page, portfolio, at) for at in ("0", "0.5", "1")]
    assert figures[0][0] < figures[1][0] < figures[2][0]
    assert figures[0][1] < figures[1][1] < figures[2][1]
    assert figures_at(page, portfolio, "7") == figures[2]
    assert figures_at(page, portfolio, "nan") == figures[0]


def figures_at(page, portfolio: Portfolio, at: str) -> list[float]:
    answer = page.get(url_of(portfolio, f"point/?at={at}"), headers=HTMX)
    assert answer["X-Version"] == str(portfolio.version)
    found = re.search(r'data-figures="([^"]+)"', text_of(answer))
    return [float(figure.replace("\u2212", "-")) for figure in found[1].split("|")]


def test_the_page_without_scripts_shows_a_point_by_its_address(page, portfolio) -> None:
    text = text_of(page.get(url_of(portfolio, "?at=0.25")))
    assert 'value="0.250"' in text
    assert "On the frontier" in text


@pytest.mark.parametrize("at", ["0", "0.5", "1"])
def test_a_point_becomes_the_objective(page, portfolio, at) -> None:
    text = text_of(page.get(url_of(portfolio, f"point/?at={at}")))
    use = json.loads(re.search(r'name="repair" value="(\{[^}]*\})"', text)[1])
    answer = page.post(url_of(portfolio, "edit/"), posted(portfolio) | {"repair": json.dumps(use)})
    assert answer.status_code == 302
    portfolio.refresh_from_db()
    assert portfolio.document["objective"]["method"] == "target_return"
    assert portfolio.document["objective"]["return"] == pytest.approx(float(use["objective.return"]) / 100)
    chosen = text_of(page.get(url_of(portfolio)))
    assert "Least risk at a return" in chosen
    assert 'role="alert"' not in chosen


def test_an_edit_is_saved_and_answered(page, portfolio) -> None:
    answer = edit(page, portfolio, bounds__upper="30 %")
    assert (answer.status_code, answer["X-Sequence"]) == (200, "1")
    text = text_of(answer)
    assert "Saved as version 2" in text
    assert 'name="version" value="2"' in text
    portfolio.refresh_from_db()
    assert portfolio.document["bounds"]["upper"] == 0.3


def test_an_untouched_form_changes_nothing(page, portfolio) -> None:
    before = portfolio.document
    edit(page, portfolio)
    portfolio.refresh_from_db()
    assert (portfolio.version, portfolio.document) == (1, before)


@pytest.mark.parametrize(
    "changes, key, remedy",
    [
        ({"bounds__upper": "abc"}, "bounds-upper", "Type percent"),
        ({"bounds__upper": "2000"}, "bounds-upper", "Use 20 %"),
        ({"bounds__lower": "60"}, "bounds-lower", "above the upper bound 50 %"),
        ({"objective__method": "target_return"}, "objective-return", "needs it"),
        ({"prices__from": "2022-01-01", "prices__to": "2021-01-01"}, "prices-from", "after the end"),
        ({"bounds__by_asset": "AAA 0 to 5 %\nBBB much"}, "bounds-by_asset", "Line 2"),
        ({"groups": "Banks: AAA"}, "groups", "Line 1"),
        ({"current": "AAA 50 %\nAAA 50 %"}, "current", "stands on two lines"),
        ({"views__views": "AAA will rise"}, "views-views", "Line 1"),
        ({"turnover__limit": "20"}, "current", "limit of turnover needs it"),
        (
            {"estimators__covariance__method": "ewma", "estimators__covariance__span": "1"},
            "estimators-covariance-span",
            "at least 2",
        ),
        ({"risk_free": "", "benchmark": "x" * 50}, "benchmark", "at most 40"),
    ],
)
def test_what_is_wrong_is_told_beside_its_input(page, portfolio, changes, key, remedy) -> None:
    answer = edit(page, portfolio, **changes)
    assert answer.status_code == 422
    slot = re.search(rf'<hx-partial id="error-{key}">(.*?)</hx-partial>', text_of(answer), re.DOTALL)[1]
    assert 'class="error"' in slot
    assert remedy in slot
    portfolio.refresh_from_db()
    assert portfolio.version == 1
    whole = edit(page, portfolio, headers={}, **changes)
    assert whole.status_code == 422
    assert all(value.split("\n")[0] in text_of(whole) for value in changes.values())


def test_a_forgotten_percent_sign_is_asked_about(page, portfolio) -> None:
    text = text_of(edit(page, portfolio, objective__method="target_return", objective__return="0.08"))
    assert "0.08 %: did you mean 8 %?" in text
    assert json.dumps({"objective.return": "8"}) in text


def test_a_stale_edit_is_a_choice_and_overwrites_nothing(page, portfolio) -> None:
    edit(page, portfolio, risk_free="2")
    answer = page.post(url_of(portfolio, "edit/"), posted(portfolio, risk_free="3", tab="tab-2"), headers=HTMX)
    assert answer.status_code == 409
    assert "Keep mine" in text_of(answer)
    assert Portfolio.objects.get().document["risk_free"] == 0.02
    kept = posted(portfolio, risk_free="3", tab="tab-2", overwrite="1")
    assert page.post(url_of(portfolio, "edit/"), kept, headers=HTMX).status_code == 200
    assert Portfolio.objects.get().document["risk_free"] == 0.03


def test_a_late_edit_of_the_same_tab_is_dropped(page, portfolio) -> None:
    page.post(url_of(portfolio, "edit/"), posted(portfolio, risk_free="5", sequence="2"), headers=HTMX)
    page.post(url_of(portfolio, "edit/"), posted(portfolio, risk_free="1", sequence="1"), headers=HTMX)
    assert Portfolio.objects.get().document["risk_free"] == 0.05


def test_constraints_that_conflict_are_explained_and_can_be_relaxed(page, portfolio) -> None:
    answer = edit(page, portfolio, bounds__upper="15")
    text = text_of(answer)
    assert answer.status_code == 200
    assert "No portfolio can have" in text
    assert "at most 15 %" in text
    repair = json.loads(re.search(r'name="repair" value="(\{"bounds.upper": "20"\})"', text)[1])
    portfolio.refresh_from_db()
    assert "proven optimal" in text_of(edit(page, portfolio, sequence="2", bounds__upper=repair["bounds.upper"]))


def test_a_budget_in_a_conflict_is_no_matter_of_an_input(page, portfolio) -> None:
    text = text_of(edit(page, portfolio, groups="Banks up to 10 %\nOthers up to 20 %: CCC, DDD, EEE"))
    assert "<li>Weights that add up to 100 % can't be had together with" in text


@pytest.mark.parametrize("most", [1, 1000])
def test_what_a_method_can_not_keep_to_is_told_once_however_much_work_it_were(
    page, portfolio, monkeypatch, most
) -> None:
    monkeypatch.setattr("modeling.portfolios.size.PLAIN", most)
    groups = "Some up to 50 %: AAA, BBB\nOthers up to 60 %: CCC, DDD, EEE"
    text = text_of(edit(page, portfolio, groups=groups, objective__method="risk_parity", bounds__upper="100"))
    assert text.count("The method “Equal shares of risk” can't keep to it.") == 1
    assert "more than a page waits for" not in text


def test_a_group_that_conflicts_is_relaxed_on_its_line(page, portfolio) -> None:
    text = text_of(edit(page, portfolio, groups="Banks up to 10 %\nOthers up to 20 %: CCC, DDD, EEE"))
    repairs = [json.loads(found) for found in re.findall(r'name="repair" value="(\{"groups[^}]*\})"', text)]
    assert {"groups": "Banks up to 80 %\nOthers up to 20 %: CCC, DDD, EEE"} in repairs


def test_a_return_beyond_the_frontier_is_explained(page, portfolio) -> None:
    text = text_of(edit(page, portfolio, objective__method="target_return", objective__return="500"))
    assert "an expected return of at least 500 %" in text
    assert '{"objective.return"' in text
    assert "Efficient frontier of" in text


def test_an_unknown_ticker_is_named(page, portfolio) -> None:
    text = text_of(edit(page, portfolio, prices__tickers="AAA, NOPE"))
    assert "NOPE" in text
    assert 'href="#field-prices-tickers"' in text


def test_every_limit_goes_into_the_document_and_comes_back(page, portfolio) -> None:
    changes = {
        "groups": "Banks 5 to 40 %",
        "turnover__limit": "90",
        "tracking_error__limit": "25",
        "leverage__gross": "100",
        "cardinality__most": "4",
        "minimum_position__size": "5",
        "current": "AAA 60 %\nBBB 40 %",
        "costs__buy": "0.1",
        "bounds__by_asset": "AAA up to 30 %\nEEE 1 to 20 %",
    }
    answer = edit(page, portfolio, **changes)
    assert answer.status_code == 200, text_of(answer)
    portfolio.refresh_from_db()
    kinds = [rule["kind"] for rule in portfolio.document["constraints"]]
    assert kinds == ["group", "turnover", "tracking_error", "leverage", "cardinality", "minimum_position"]
    assert portfolio.document["bounds"]["by_asset"]["EEE"] == {"lower": 0.01, "upper": 0.2}
    before = portfolio.document
    edit(page, portfolio, sequence="2")
    portfolio.refresh_from_db()
    assert portfolio.document == before


@pytest.mark.parametrize("method", ["min_variance", "max_return", "max_utility", "risk_parity", "hrp", "min_cvar"])
def test_every_objective_answers(page, portfolio, method) -> None:
    text = text_of(edit(page, portfolio, objective__method=method))
    assert "Share of risk" in text
    assert 'role="alert"' not in text


def test_a_whole_frontier_starts_at_the_least_risk(page, portfolio) -> None:
    assert "On the frontier" in text_of(edit(page, portfolio, objective__method="frontier"))


def test_views_move_what_is_expected(page, portfolio) -> None:
    edit(
        page, portfolio, views__views="AAA 60 % confidence 90 %\nBBB over CCC 2 %", objective__method="black_litterman"
    )
    portfolio.refresh_from_db()
    first, second = portfolio.document["views"]["views"]
    assert (first["kind"], first["return"], first["confidence"]) == ("absolute", 0.6, 0.9)
    assert (second["long"], second["short"]) == ({"BBB": 1.0}, {"CCC": 1.0})
    text = text_of(page.get(url_of(portfolio)))
    assert "Expected after all views" in text
    assert '<th scope="row">' in text[text.index("What the views did") :]


def test_what_is_needed_for_the_shortfall_is_judged_though_the_frontier_is_known(page, portfolio, monkeypatch) -> None:
    page.get(url_of(portfolio))
    monkeypatch.setattr("modeling.portfolios.size.MOST_LOSSES", 10)
    assert "works it out in the background" in text_of(edit(page, portfolio, objective__method="min_cvar"))


def test_an_unknown_benchmark_is_named(page, portfolio) -> None:
    text = text_of(edit(page, portfolio, benchmark="NOPE"))
    assert "NOPE" in text
    assert 'role="alert"' in text


def test_what_a_method_can_not_keep_to_is_told(page, portfolio) -> None:
    text = text_of(edit(page, portfolio, objective__method="hrp", groups="Banks up to 40 %"))
    assert "hrp can't keep to it" in text
    assert "Efficient frontier of" in text


def test_what_nothing_meets_is_told_though_it_were_work_for_a_job(page, portfolio, monkeypatch) -> None:
    monkeypatch.setattr("modeling.portfolios.size.SELECTED_ELSE", 1)
    monkeypatch.setitem(SELECTED, "min_variance", 1)
    text = text_of(edit(page, portfolio, cardinality__most="1", bounds__upper="50"))
    assert "and at most 1 asset." in text
    assert "Raise the number of assets from 1 to at least 2." in text
    assert "Relax it" in text
    assert "works it out in the background" not in text
    text = text_of(edit(page, portfolio, cardinality__most="2", bounds__upper="50", sequence="2"))
    assert "works it out in the background" in text


def test_a_large_one_waits_for_keep(page, portfolio, monkeypatch) -> None:
    monkeypatch.setattr("modeling.portfolios.size.PLAIN", 2)
    text = text_of(page.get(url_of(portfolio)))
    assert "works it out in the background" in text
    assert 'type="range"' not in text
