"""What is kept of a portfolio: weights, backtests with their job, side by side, as files, and what follows a choice."""

from __future__ import annotations

import csv
import io
import re

import pytest
from openpyxl import load_workbook

from modeling.forms.portfolio.first import upper_for
from modeling.models import Portfolio, PortfolioResult, PriceSeries
from modeling.portfolios.request import request_of
from modeling.services.portfolios import create_portfolio, keep_result
from tasks.models import Job
from tasks.testing import run_pending
from tests.modeling.pages.charts import figures_in
from tests.modeling.pages.conftest import HTMX
from tests.modeling.pages.folios import edit, posted, text_of, url_of
from tests.modeling.pages.questions import refuses_other_methods, refuses_strangers
from tests.modeling.portfolios.conftest import make_set


@pytest.fixture
def kept(analyst, portfolio) -> PortfolioResult:
    return keep_result(portfolio, request_of(portfolio.document, analyst), owner=analyst, name="First")


@pytest.fixture
def queued(analyst, portfolio) -> PortfolioResult:
    rules = {"window": 52, "costs": {"buy": 0.001}}
    return keep_result(portfolio, request_of(portfolio.document, analyst, rules), owner=analyst)


@pytest.fixture
def walked(queued) -> PortfolioResult:
    run_pending()
    queued.refresh_from_db()
    return queued


def get(page, kept: PortfolioResult, path: str = "") -> str:
    answer = page.get(f"{kept.get_absolute_url()}{path}")
    assert answer.status_code == 200
    return text_of(answer)


@pytest.mark.parametrize(
    "method, path",
    [
        ("get", ""),
        ("get", "progress/"),
        ("get", "export/"),
        ("get", "delete/"),
        ("post", "cancel/"),
        ("post", "retry/"),
    ],
)
def test_a_result_is_its_owner_s_alone(page, other_page, operator_page, kept, method, path) -> None:  # noqa: PLR0917
    url = f"{kept.get_absolute_url()}{path}"
    refuses_strangers(method, url, operator_page)
    assert getattr(other_page, method)(url).status_code == 404
    assert getattr(page, method)(url.replace("/results/1/", "/results/99/")).status_code == 404
    if path != "delete/":
        refuses_other_methods(method, url, page)


def test_keep_stores_what_the_page_shows(page, portfolio) -> None:
    answer = page.post(url_of(portfolio, "keep/"), {"result_name": " Mine "})
    kept = PortfolioResult.objects.get()
    assert answer["Location"] == kept.get_absolute_url()
    assert (kept.name, kept.version, kept.kind) == ("Mine", 1, "weights")
    text = get(page, kept)
    for name, weight in kept.result["weights"].items():
        assert re.search(rf'<th scope="row">{name}</th>.*?{weight * 100:.1f} %', text, re.DOTALL)
    assert "Nothing has changed since this was kept." in text
    assert "Ledoit-Wolf shrinkage" in text
    assert "Mine" in text_of(page.get(url_of(portfolio)))


def test_keep_saves_what_was_typed_first(page, portfolio) -> None:
    page.post(url_of(portfolio, "keep/"), posted(portfolio, bounds__upper="40"))
    kept = PortfolioResult.objects.get()
    assert (kept.version, kept.request["document"]["bounds"]["upper"]) == (2, 0.4)


def test_a_backtest_of_what_can_not_be_read_keeps_both_sides_of_the_page(page, portfolio) -> None:
    sent = posted(portfolio, bounds__upper="much") | {"rules.window": "77"}
    answer = page.post(url_of(portfolio, "backtest/"), sent)
    assert answer.status_code == 422
    assert 'value="much"' in text_of(answer)
    assert 'value="77"' in text_of(answer)
    assert not PortfolioResult.objects.exists()


def test_keeping_in_a_stale_tab_is_a_conflict(page, portfolio) -> None:
    edit(page, portfolio, risk_free="2")
    answer = page.post(url_of(portfolio, "keep/"), posted(portfolio, risk_free="3", tab="tab-2"))
    assert answer.status_code == 409
    assert "Keep mine" in text_of(answer)
    assert not PortfolioResult.objects.exists()


def test_keep_says_why_there_is_nothing_to_keep(page, portfolio) -> None:
    edit(page, portfolio, bounds__upper="10")
    answer = page.post(url_of(portfolio, "keep/"))
    assert answer.status_code == 422
    assert "No portfolio can have" in text_of(answer)
    assert not PortfolioResult.objects.exists()


def test_a_result_says_what_changed_since(page, portfolio, kept, price_set) -> None:
    edit(page, portfolio, bounds__upper="30", objective__method="min_variance")
    type(price_set).objects.filter(pk=price_set.pk).update(revision=99)
    text = get(page, kept)
    assert "2 inputs differ since this was kept" in text
    assert "Greatest weight 50 % > 30 %" in text
    assert "Objective Greatest Sharpe ratio > Least risk" in text
    assert "The prices of Five names have changed since" in text


def test_a_large_one_is_kept_by_a_job_that_the_page_follows(page, portfolio, monkeypatch) -> None:
    monkeypatch.setattr("modeling.portfolios.size.PLAIN", 2)
    page.post(url_of(portfolio, "keep/"))
    kept = PortfolioResult.objects.get()
    assert 'hx-trigger="every 300ms"' in get(page, kept)
    run_pending()
    assert "Greatest Sharpe ratio" in get(page, kept, "progress/")


def test_a_frontier_is_kept_with_its_points(page, portfolio) -> None:
    edit(page, portfolio, objective__method="frontier", objective__points="7")
    page.post(url_of(portfolio, "keep/"))
    text = get(page, PortfolioResult.objects.get())
    assert "Efficient frontier of 5 assets" in text
    assert "Holds most" in text


def test_a_backtest_waits_shows_how_far_it_is_and_can_be_cancelled(page, queued) -> None:
    text = get(page, queued)
    assert "waits for a worker" in text
    assert f'hx-get="{queued.get_absolute_url()}progress/"' in text
    fields = {"state": "running", "progress": 0.25, "done": 3, "total": 12, "message": "Walking through the prices"}
    Job.objects.update(**fields)
    text = get(page, queued, "progress/")
    assert "25 %" in text
    assert "3 of 12 steps" in text
    assert "<html" not in text
    Job.objects.update(state="queued")
    page.post(f"{queued.get_absolute_url()}cancel/")
    text = get(page, queued)
    assert "Cancelled" in text
    page.post(f"{queued.get_absolute_url()}retry/")
    run_pending()
    assert "Weights over time" in get(page, queued)


def test_a_backtest_that_failed_says_why_reason_by_reason(page, queued) -> None:
    problems = [
        {"field": "rules.window", "value": 52, "message": f"The {place} is wrong.", "remedy": "Mend <it>."}
        for place in ("first", "second")
    ]
    Job.objects.update(state="failed", error_class="InvalidInput", error_message="It broke.", error_problems=problems)
    text = page.get(queued.get_absolute_url()).content.decode()
    assert "<span>It broke.</span>" in text
    reasons = ["The first is wrong. Mend &lt;it&gt;.", "The second is wrong. Mend &lt;it&gt;."]
    assert "".join(f"<li>{reason}</li>" for reason in reasons) in text


def test_a_backtest_whose_job_is_gone_says_so(page, queued) -> None:
    Job.objects.all().delete()
    assert "was removed before it was done" in get(page, queued)


def test_a_backtest_shows_paths_measures_weights_and_costs(page, walked) -> None:
    text = get(page, walked)
    own = walked.result["tracks"][0]["performance"]
    assert f"{own['annual_return'] * 100:.1f} % a year after costs" in text.replace("\u2212", "-")
    growth, weights = figures_in(page.get(walked.get_absolute_url()).content.decode())
    assert len(growth["data"]) == 1 + 3
    assert len(weights["data"]) == 1 + len({name for done in walked.result["weights"] for name in done["weights"]})
    for label in (
        "Equal weights",
        "MKT",
        "Sharpe ratio",
        "Turnover a year",
        "Lost to costs a year",
        "Weights over time",
    ):
        assert label in text
    assert len(text) < 150_000


def test_a_backtest_says_when_dividends_are_in_it(page, walked) -> None:
    text = " ".join(text_of(page.get(walked.get_absolute_url())).split())
    assert "dividends are in these figures only where the prices are adjusted for them" in text


def test_a_backtest_is_started_by_the_form(page, portfolio) -> None:
    sent = {"rules.window": "52", "rules.rebalance": "quarter", "rules.costs.buy": "0.2 %", "rules.band": "5"}
    answer = page.post(url_of(portfolio, "backtest/"), sent)
    kept = PortfolioResult.objects.get()
    assert answer["Location"] == kept.get_absolute_url()
    rules = kept.request["rules"]
    assert (rules["window"], rules["rebalance"], rules["costs"]["buy"], rules["band"]) == (52, "quarter", 0.002, 0.05)


@pytest.mark.parametrize(
    "changes, key",
    [
        ({"rules.window": "1"}, "rules-window"),
        ({"rules.window": "long"}, "rules-window"),
        ({"rules.costs.sell": "90"}, "rules-costs-sell"),
        ({"rules.delay": "3"}, "rules-delay"),
        ({"rules.rebalance": "daily"}, "rules-rebalance"),
        ({"rules.initial": "0"}, "rules-initial"),
    ],
)
def test_wrong_rules_are_told_beside_their_input(page, portfolio, changes, key) -> None:
    answer = page.post(url_of(portfolio, "backtest/"), changes)
    assert answer.status_code == 422
    text = text_of(answer)
    assert re.search(rf'id="error-{key}"><p class="error">', text)
    assert '<details class="group" id="group-backtest" open ' in text
    assert not Job.objects.exists()


def test_a_whole_frontier_cannot_be_walked(page, portfolio) -> None:
    edit(page, portfolio, objective__method="frontier")
    answer = page.post(url_of(portfolio, "backtest/"), {"rules.window": "52"})
    assert answer.status_code == 422
    assert "can't be held" in text_of(answer)


def test_results_are_compared_side_by_side_and_over_time(page, portfolio, kept, walked) -> None:
    edit(page, portfolio, objective__method="min_variance")
    page.post(url_of(portfolio, "keep/"), {"result_name": "Calm"})
    text = text_of(page.get(url_of(portfolio, f"compare/?results={kept.number},3,2")))
    for words in (
        "Active share",
        "Tracking error a year",
        "Volatility by today's estimates",
        "Weights over time",
        "1: First",
        "3: Calm",
    ):
        assert words in text
    assert "Not compared" in text  # the backtest has no weights of its own
    assert "Past return a year" in text
    nothing = text_of(page.get(url_of(portfolio, "compare/?results=x")))
    assert "1: First" in nothing


def test_nothing_kept_is_nothing_to_compare(page, portfolio) -> None:
    assert "No weights are kept yet" in text_of(page.get(url_of(portfolio, "compare/")))


@pytest.mark.parametrize("path", ["", "compare/"])
def test_pages_of_what_is_kept_stay_within_their_queries(  # noqa: PLR0917
    page, kept, walked, portfolio, path, django_assert_max_num_queries
) -> None:
    page.get(url_of(portfolio, path))
    with django_assert_max_num_queries(10):
        page.get(url_of(portfolio, path))
    for one in (kept, walked):
        with django_assert_max_num_queries(8):
            page.get(one.get_absolute_url())


def rows_of(answer) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode())))


def test_weights_are_exported_as_csv_and_excel(page, kept) -> None:
    rows = rows_of(page.get(f"{kept.get_absolute_url()}export/?format=csv"))
    assert rows[0] == ["asset", "weight", "share_of_risk", "held_now"]
    assert {row[0]: float(row[1]) for row in rows[1:]} == kept.result["weights"]
    answer = page.get(f"{kept.get_absolute_url()}export/?format=xlsx")
    book = load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["Weights", "Figures", "Estimates"]
    assert book["Weights"]["B2"].value == pytest.approx(float(rows[1][1]))
    assert 'filename="portfolio-' in answer["Content-Disposition"]
    assert page.get(f"{kept.get_absolute_url()}export/?format=pdf").status_code == 400


def test_a_backtest_is_exported_with_its_path(page, walked) -> None:
    rows = rows_of(page.get(f"{walked.get_absolute_url()}export/"))
    assert rows[0][:2] == ["day", walked.result["tracks"][0]["name"]]
    assert len(rows) == len(walked.result["tracks"][0]["days"]) + 1
    book = load_workbook(io.BytesIO(page.get(f"{walked.get_absolute_url()}export/?format=xlsx").content))
    assert book.sheetnames == ["Values", "Measures", "Rebalances", "Events"]


def test_what_is_not_done_can_not_be_exported(page, queued) -> None:
    assert page.get(f"{queued.get_absolute_url()}export/").status_code == 404


def test_a_name_that_a_spreadsheet_would_calculate_is_told_as_text(page, analyst) -> None:
    assets = [{"name": "=1+1", "mean": 0.05}, {"name": "@B", "mean": 0.08}]
    document = {"assets": assets, "covariance": [[0.04, 0.0], [0.0, 0.09]], "objective": {"method": "min_variance"}}
    portfolio = create_portfolio(owner=analyst, document=document)
    kept = keep_result(portfolio, request_of(portfolio.document, analyst), owner=analyst)
    rows = rows_of(page.get(f"{kept.get_absolute_url()}export/"))
    assert {row[0] for row in rows[1:]} == {"'=1+1", "'@B"}
    book = load_workbook(io.BytesIO(page.get(f"{kept.get_absolute_url()}export/?format=xlsx").content))
    assert all(cell.data_type != "f" for sheet in book for row in sheet for cell in row)
    assert page.get(portfolio.get_absolute_url()).status_code == 200  # a document of stated estimates has a page, too


def test_a_result_is_deleted_after_one_question(page, kept, portfolio) -> None:
    assert "can't be undone" in get(page, kept, "delete/")
    assert PortfolioResult.objects.exists()
    answer = page.post(f"{kept.get_absolute_url()}delete/")
    assert answer["Location"] == url_of(portfolio)
    assert not PortfolioResult.objects.exists()


def after(page, portfolio, section: str, figure: str = ""):
    query = f"?figure={figure}" if figure else ""
    return page.get(url_of(portfolio, f"after/{section}/{query}"), headers=HTMX)


def test_money_is_laid_out_in_whole_shares(page, portfolio) -> None:
    text = text_of(after(page, portfolio, "allocation", "50,000"))
    assert "<html" not in text
    assert "Left over: USD" in text
    counts = re.findall(r'<th scope="row">\w+</th><td class="num">([\d,]+)</td>', text)
    assert counts
    assert "Whole shares" in text_of(page.get(url_of(portfolio, "after/allocation/?figure=50000")))


def test_an_edit_closes_what_was_worked_out_of_the_version_before(page, portfolio) -> None:
    text = text_of(edit(page, portfolio, bounds__upper="40"))
    sections = text[text.index('<hx-partial id="after">') :]
    assert f'hx-get="{url_of(portfolio, "after/allocation/")}"' in sections
    assert "<table" not in sections[: sections.index("</hx-partial>")]


def test_trades_lead_from_what_is_held(page, portfolio) -> None:
    assert "Nothing is held yet" in text_of(after(page, portfolio, "trades"))
    edit(page, portfolio, current="AAA 50 %\nBBB 50 %")
    text = text_of(after(page, portfolio, "trades"))
    assert "sell" in text
    assert "Turnover" in text


def test_stress_knows_crises_worst_months_and_a_fall_of_the_benchmark(page, portfolio) -> None:
    text = text_of(after(page, portfolio, "stress", "-30"))
    for words in ("Covid 2020", "In its own worst months", "If MKT moves by \u221230.0 %", "Not covered"):
        assert words in text


@pytest.mark.parametrize(
    "section, figure", [("allocation", "much"), ("allocation", "0"), ("stress", "x"), ("allocation", "nan")]
)
def test_a_figure_that_can_not_be_used_is_told(page, portfolio, section, figure) -> None:
    answer = after(page, portfolio, section, figure)
    assert answer.status_code == 422
    assert "can't be used" in text_of(answer)


def test_there_are_no_other_sections(page, portfolio) -> None:
    assert after(page, portfolio, "nothing").status_code == 404


def test_the_list_shows_what_came_of_each_last(page, other_page, portfolio, kept) -> None:
    text = text_of(page.get("/portfolios/"))
    assert "Core" in text
    assert "Greatest Sharpe ratio" in text
    assert f"{kept.result['expected_return'] * 100:.1f} %" in text
    assert "There are no portfolios yet" in text_of(other_page.get("/portfolios/"))


def test_the_list_stays_within_its_queries(page, portfolio, kept, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(6):
        page.get("/portfolios/")


def test_a_new_portfolio_starts_with_an_answer(page, price_set) -> None:
    answer = page.post("/portfolios/new/", {"price_set": price_set.pk, "name": "Fresh"})
    assert answer.status_code == 302
    text = text_of(page.get(answer["Location"]))
    assert "Fresh" in text
    assert "proven optimal" in text


def test_an_index_among_the_shares_is_compared_with_and_not_held(page, analyst, price_set) -> None:
    PriceSeries.objects.filter(price_set=price_set, ticker="MKT").update(name="The market index")
    text = text_of(page.get(page.post("/portfolios/new/", {"price_set": price_set.pk})["Location"]))
    document = Portfolio.objects.get().document
    assert (document["benchmark"], document["bounds"]["upper"]) == ("MKT", upper_for(5))
    assert '<tr><th scope="row">MKT</th>' not in text
    PriceSeries.objects.filter(price_set=price_set, ticker="AAA").update(name="Another Index")
    page.post("/portfolios/new/", {"price_set": price_set.pk})
    assert Portfolio.objects.latest("pk").document["benchmark"] == ""


def test_a_set_of_prices_leads_to_a_portfolio_of_it(page, price_set) -> None:
    address = f"/portfolios/new/?price_set={price_set.pk}"
    assert f'href="{address}"' in text_of(page.get(price_set.get_absolute_url()))
    assert f'<option value="{price_set.pk}" selected>' in text_of(page.get(address))


def test_kept_weights_become_what_is_held(page, portfolio, kept) -> None:
    text = get(page, kept)
    lines = re.search(r'name="current" value="([^"]*)"', text)[1]
    answer = page.post(url_of(portfolio, "edit/"), {"current": lines})
    assert (answer.status_code, answer["Location"]) == (302, url_of(portfolio))
    before = portfolio.document
    portfolio.refresh_from_db()
    held = {name: weight for name, weight in kept.result["weights"].items() if weight}
    assert portfolio.document["current"] == pytest.approx(held, rel=1e-5)
    assert portfolio.document | {"current": {}} == before | {"current": {}}
    assert "Held now" in text_of(page.get(url_of(portfolio)))


def test_a_new_portfolio_starts_from_the_set_that_the_address_names(page, analyst, price_set) -> None:
    other = make_set(analyst, name="Zeta")
    text = text_of(page.get(f"/portfolios/new/?price_set={other.pk}"))
    assert f'<option value="{other.pk}" selected>Zeta</option>' in text


def test_a_new_portfolio_needs_a_set_that_one_may_see(page, operator_page, other_analyst, analyst) -> None:
    assert "There are no prices to choose from yet" in text_of(page.get("/portfolios/new/"))
    foreign = make_set(other_analyst, name="Theirs")
    make_set(analyst, name="Mine")
    answer = page.post("/portfolios/new/", {"price_set": foreign.pk})
    assert answer.status_code == 422
    assert "Theirs" not in text_of(answer)
    for url in ("/portfolios/", "/portfolios/new/"):
        refuses_strangers("get", url, operator_page)


def test_a_portfolio_is_deleted_after_one_question(page, portfolio, queued) -> None:
    assert "1 kept result go with it" in text_of(page.get(url_of(portfolio, "delete/")))
    page.post(url_of(portfolio, "delete/"))
    assert page.get(url_of(portfolio)).status_code == 404
    assert not PortfolioResult.objects.exists()
    assert Job.objects.get().state == "cancelled"


def test_a_simulated_value_is_added_as_a_view(page, portfolio, acme) -> None:
    from modeling.services import start_run

    run = start_run(acme, trials=2000, seed=1, sampler="sobol", owner=acme.owner)
    run_pending()
    assert f"{acme.name}, run 1" in text_of(page.get(url_of(portfolio)))
    sent = {"add": "1", "add__run": f"{acme.pk}/{run.number}", "add__asset": "AAA", "add__horizon": "2"}
    assert edit(page, portfolio, headers={}, **sent).status_code == 302
    portfolio.refresh_from_db()
    (view,) = portfolio.document["views"]["views"]
    assert (view["kind"], view["valuation"], view["run"], view["horizon"]) == ("valuation", acme.pk, 1, 2.0)
    assert "proven optimal" in text_of(page.get(url_of(portfolio)))
