"""What follows on kept results: allocation/, stress/, compare/ and history/"""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
from rest_framework.test import APIClient

from modeling.examples import PORTFOLIO
from modeling.models import Portfolio, PortfolioResult
from modeling.portfolios.after import trades_from, whole_shares
from modeling.portfolios.line import line_of
from modeling.portfolios.request import request_of
from modeling.services.portfolios import create_portfolio, keep_result, save_portfolio
from modeling.services.prices import merge_series
from modeling.services.versions import Edit
from tests.modeling.api.questions import (
    assert_bad_bodies,
    assert_rate_limited,
    assert_sign_in_needed,
    assert_wrong_methods,
    failed,
    succeeded,
)
from tests.modeling.portfolios.conftest import FIRST, WEEKS, make_set

URL = "/api/portfolios/"
BELOW = ["results/1/allocation/", "results/1/stress/", "compare/", "history/"]
ACTIONS = BELOW[:2]


@pytest.fixture
def priced(analyst) -> Portfolio:
    """A portfolio over a set of prices with two results kept: the greatest Sharpe ratio and the least variance."""
    document = {"prices": {"set": make_set(analyst).pk}, "benchmark": "MKT", "bounds": {"upper": 0.5}}
    portfolio = create_portfolio(owner=analyst, document=document | {"objective": "max_sharpe"})
    keep(portfolio, "Growth")
    changed = save_portfolio(portfolio, document | {"objective": "min_variance"}, Edit(1))
    keep(changed)
    return changed


def keep(portfolio: Portfolio, name: str = "") -> PortfolioResult:
    wanted = request_of(portfolio.document, portfolio.owner)
    return keep_result(portfolio, wanted, owner=portfolio.owner, name=name)


@pytest.fixture
def one(priced) -> str:
    return f"{URL}{priced.pk}/"


@pytest.fixture
def stated(analyst) -> str:
    """One over stated estimates: there are no prices."""
    portfolio = create_portfolio(owner=analyst, document=deepcopy(PORTFOLIO))
    keep(portfolio)
    return f"{URL}{portfolio.pk}/"


def test_whole_shares_at_the_latest_prices(analyst_api, priced, one) -> None:
    series = priced.price_set.series.get(ticker="EEE")
    merge_series(price_set=priced.price_set, ticker="EEE", days=[FIRST + 7 * WEEKS + 7], prices=[50.0])
    found = succeeded(analyst_api.post(f"{one}results/1/allocation/", {"money": 10_000, "lot": 2}))
    spent = 0.0
    for position in found["positions"]:
        assert position["shares"] % 2 == 0
        assert position["value"] == pytest.approx(position["shares"] * position["price"])
        assert position["achieved"] == pytest.approx(position["weight"], abs=0.06)
        spent += position["value"]
    assert found["leftover"] == pytest.approx(10_000 - spent)
    latest = {position["ticker"]: (position["price"], position["priced_on"]) for position in found["positions"]}
    assert latest["EEE"][0] == 50.0
    assert latest["EEE"][1] > str(series.last)


def test_whole_shares_of_monthly_estimates_cost_what_the_last_price_says(analyst_api, analyst) -> None:
    """The estimates look at whole months alone; what is bought today costs the price of today."""
    prices = make_set(analyst)
    source = {"set": prices.pk, "frequency": "monthly"}
    portfolio = create_portfolio(owner=analyst, document={"prices": source, "objective": "equal_weight"})
    keep(portfolio)
    last = {one.ticker: (one.last_price, str(one.last)) for one in prices.series.all()}
    found = succeeded(analyst_api.post(f"{URL}{portfolio.pk}/results/1/allocation/", {"money": 1e6}))
    for position in found["positions"]:
        assert (position["price"], position["priced_on"]) == last[position["ticker"]]
    task = line_of(analyst, portfolio.document, prices).task
    for share in (whole_shares(task, np.full(6, 1 / 6), 1e6), trades_from(task, np.eye(6)[0], 1e6).holdings):
        names = getattr(share, "names", ()) or share.tickers
        assert dict(zip(names, share.prices, strict=True)) == {name: last[name][0] for name in names}


def test_whole_shares_at_stated_prices_need_no_price_set(analyst_api, stated) -> None:
    address = f"{stated}results/1/allocation/"
    failed(analyst_api.post(address, {"money": 1000}), 400, "prices")
    prices = {"Shares": 12.5, "Property": 40, "Bonds": 100}
    found = succeeded(analyst_api.post(address, {"money": 1000, "prices": prices, "method": "greedy"}))
    assert {position["ticker"]: position["price"] for position in found["positions"]} == prices
    assert found["gap"] is None


def test_lots_may_differ_by_ticker(analyst_api, one) -> None:
    found = succeeded(analyst_api.post(f"{one}results/1/allocation/", {"money": 1e6, "lots": {"EEE": 100}}))
    shares = {position["ticker"]: position["shares"] for position in found["positions"]}
    assert shares["EEE"] % 100 == 0
    assert any(count % 100 for count in shares.values())


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "money"),
        ({"money": 0}, "money"),
        ({"money": 1}, "money"),
        ({"money": True}, "money"),
        ({"money": "1000"}, "money"),
        ({"money": 1000, "lot": 0}, "lot"),
        ({"money": 1000, "lot": 1.5}, "lot"),
        ({"money": 1000, "lots": {"EEE": -1}}, "lots.EEE"),
        ({"money": 1000, "prices": {"EEE": 0}}, "prices.EEE"),
        ({"money": 1000, "method": "lucky"}, "method"),
        ({"money": 1000, "mony": 1}, "mony"),
    ],
)
def test_an_order_that_can_not_be_carried_out_is_refused_by_field(analyst_api, one, body, field) -> None:
    failed(analyst_api.post(f"{one}results/1/allocation/", body), 400, field)


def test_stress_by_crises_worst_stretches_and_shocks(analyst_api, one) -> None:
    body = {"periods": 4, "count": 3, "assets": {"AAA": -0.2}, "factors": {"MKT": -0.1}}
    found = succeeded(analyst_api.post(f"{one}results/2/stress/", body))
    names = {crisis["name"] for crisis in found["crises"]}
    assert "Covid 2020" in names
    assert "Black Monday 1987" in {crisis["name"] for crisis in found["not_covered"]}
    assert len(found["worst"]) == 3
    falls = [stretch["return"] for stretch in found["worst"]]
    assert falls == sorted(falls)
    by_asset, by_factor = found["shocks"]
    assert by_asset["contributions"]["AAA"] < 0
    assert by_factor["return"] == pytest.approx(-0.1, abs=0.03), "loadings on the market are about one"
    for told in (*found["crises"], *found["worst"], *found["shocks"]):
        assert told["return"] == pytest.approx(sum(told["contributions"].values()))


def test_without_prices_only_shocks_to_assets_are_left(analyst_api, stated) -> None:
    found = succeeded(analyst_api.post(f"{stated}results/1/stress/", {"assets": {"Bonds": -0.1}}))
    assert (found["crises"], found["worst"]) == ([], [])
    assert found["shocks"][0]["return"] < 0
    failed(analyst_api.post(f"{stated}results/1/stress/", {"factors": {"MKT": -0.1}}), 400, "prices")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"periods": 0}, "periods"),
        ({"periods": 5000}, "periods"),
        ({"count": 51}, "count"),
        ({"assets": {"ZZZ": -0.1}}, "assets"),
        ({"assets": {"AAA": -2}}, "assets.AAA"),
        ({"factors": {"ZZZ": -0.1}}, "factors"),
        ({"factors": {"MKT": "x"}}, "factors.MKT"),
        ({"shocks": {}}, "shocks"),
    ],
)
def test_a_stress_that_can_not_be_is_refused_by_field(analyst_api, one, body, field) -> None:
    failed(analyst_api.post(f"{one}results/1/stress/", body), 400, field)


def test_results_side_by_side(analyst_api, one) -> None:
    found = succeeded(analyst_api.get(f"{one}compare/?results=2,1"))
    assert [portfolio["number"] for portfolio in found["portfolios"]] == [2, 1]
    assert [portfolio["name"] for portfolio in found["portfolios"]] == ["2", "1: Growth"]
    least, most = found["portfolios"]
    assert least["performance"]["volatility"] < most["performance"]["volatility"]
    assert least["expected_shortfall"] >= least["value_at_risk"] > 0
    assert found["active_share"][0][0] == 0
    assert 0 < found["active_share"][0][1] <= 1
    assert found["periods"] == WEEKS


def test_without_prices_of_all_assets_only_weights_are_compared(analyst_api, priced, one) -> None:
    other = PORTFOLIO | {"objective": "min_variance"}
    keep(save_portfolio(priced, other, Edit(2)))
    found = succeeded(analyst_api.get(f"{one}compare/?results=1,3"))
    assert {portfolio["performance"] for portfolio in found["portfolios"]} == {None}
    assert "Bonds" in found["without_prices"]


@pytest.mark.parametrize("numbers", ["", "1,x", "1,99", "-1", "1,,2", "9" * 30, ",".join(map(str, range(1, 30)))])
def test_numbers_that_are_none_are_refused(analyst_api, one, numbers) -> None:
    failed(analyst_api.get(f"{one}compare/?results={numbers}"), 400, "results")


def test_the_history_of_weights_and_what_changed(analyst_api, one) -> None:
    found = succeeded(analyst_api.get(f"{one}history/"))
    first, second = found["results"]
    assert (first["number"], first["version"], second["version"]) == (1, 1, 2)
    assert sum(first["weights"]) == pytest.approx(1)
    assert first["turnover"] == pytest.approx(1)
    assert second["change"] == pytest.approx(
        [new - old for old, new in zip(first["weights"], second["weights"], strict=True)]
    )


def test_a_frontier_is_no_single_portfolio(analyst, analyst_api, priced, one) -> None:
    kept = keep(save_portfolio(priced, priced.document | {"objective": "frontier"}, Edit(2)))
    for path, body in (("allocation/", {"money": 1000}), ("stress/", {})):
        error = failed(analyst_api.post(f"{one}results/{kept.number}/{path}", body), 409)
        assert "no single portfolio" in error["message"]
    failed(analyst_api.get(f"{one}compare/?results=1,{kept.number}"), 409)
    assert [row["number"] for row in succeeded(analyst_api.get(f"{one}history/"))["results"]] == [1, 2]


def test_a_portfolio_without_results_has_an_empty_history(analyst, analyst_api) -> None:
    portfolio = create_portfolio(owner=analyst, document=deepcopy(PORTFOLIO))
    assert succeeded(analyst_api.get(f"{URL}{portfolio.pk}/history/")) == {"assets": [], "results": []}


def test_somebody_elses_results_are_not_found(other_analyst, operator_api, one) -> None:
    stranger = APIClient()
    stranger.force_authenticate(other_analyst)
    for path in BELOW:
        method = "post" if path in ACTIONS else "get"
        failed(getattr(stranger, method)(f"{one}{path}", {"money": 1}), 404)
        failed(getattr(operator_api, method)(f"{one}{path}"), 403 if path in ACTIONS else 404)


@pytest.mark.parametrize("path", ACTIONS)
def test_a_bad_number_is_not_found(analyst_api, one, path) -> None:
    for number in ("0", "99", str(10**30), "abc", "-1"):
        failed(analyst_api.post(f"{one}{path.replace('1', number)}", {"money": 1000}), 404)


@pytest.mark.parametrize("path", ACTIONS)
def test_bad_bodies_are_refused(analyst_api, one, path) -> None:
    assert_bad_bodies(analyst_api, one + path, empty_allowed=path.endswith("stress/"))


def test_asks_for_a_sign_in(api, one) -> None:
    for path in BELOW:
        assert_sign_in_needed(api, one + path, "post" if path in ACTIONS else "get")


def test_wrong_methods(analyst_api, one) -> None:
    for path in BELOW:
        assert_wrong_methods(analyst_api, one + path, "put", "patch", "delete", "get" if path in ACTIONS else "post")


def test_is_rate_limited(analyst_api, settings, one) -> None:
    assert_rate_limited(analyst_api, settings, f"{one}history/")
    assert_rate_limited(analyst_api, settings, f"{one}results/1/stress/", "post", "heavy")
