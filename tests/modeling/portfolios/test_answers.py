"""From a document over its prices to the best portfolio, and what is refused on the way."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from modeling.examples import PORTFOLIO
from modeling.portfolios.request import request_of
from modeling.selectors_prices import panel
from tests.modeling.portfolios.conftest import ASSETS, make_set
from valor.lib.errors import InvalidInput

SINGLE = {
    "min_variance": {},
    "max_sharpe": {},
    "max_return": {},
    "target_return": {"return": 0.08},
    "target_risk": {"risk": 0.14},
    "max_utility": {"risk_aversion": 3},
    "min_tracking_error": {},
    "risk_parity": {},
    "hrp": {},
    "max_diversification": {},
    "min_cvar": {},
    "black_litterman": {},
    "equal_weight": {},
}


def answer(document: dict[str, Any], user: Any) -> dict[str, Any]:
    return request_of(document, user).answer()


@pytest.mark.parametrize("method", SINGLE)
def test_every_objective_gives_one_portfolio_within_its_bounds(analyst, portfolio_document, method) -> None:
    views = {"views": [{"kind": "relative", "long": "AAA", "short": "EEE", "return": 0.02, "confidence": 0.4}]}
    more = {"views": views} if method == "black_litterman" else {}
    found = answer({**portfolio_document, **more, "objective": {"method": method, **SINGLE[method]}}, analyst)
    json.dumps(found, allow_nan=False)
    assert set(found["assets"]) == set(ASSETS), "the benchmark is not held"
    assert sum(found["weights"].values()) == pytest.approx(1)
    assert all(-1e-9 <= weight <= 0.5 + 1e-9 for weight in found["weights"].values())
    assert found["certificate"] is None or found["certificate"]["holds"]
    assert sum(found["risk"]["share"].values()) == pytest.approx(1)
    assert found["data"]["periods_per_year"] == 52
    assert found["data"]["returns"] == 160


def test_the_frontier_rises_from_the_least_risk_to_the_greatest_return(analyst, portfolio_document) -> None:
    found = answer({**portfolio_document, "objective": {"method": "frontier", "points": 7}}, analyst)
    risks = [point["volatility"] for point in found["points"]]
    returns = [point["expected_return"] for point in found["points"]]
    assert len(risks) == 7
    assert risks == sorted(risks)
    assert returns == sorted(returns)


def test_groups_come_from_the_sectors_of_the_price_set(analyst, portfolio_document) -> None:
    limit = {"kind": "group", "name": "oil", "upper": 0.1}
    found = answer({**portfolio_document, "constraints": [limit]}, analyst)
    assert found["weights"].get("CCC", 0) + found["weights"].get("DDD", 0) <= 0.1 + 1e-9
    with pytest.raises(InvalidInput, match=r"Banks, Food, Oil"):
        answer({**portfolio_document, "constraints": [{**limit, "name": "Steel"}]}, analyst)


def test_what_can_not_hold_together_is_named_with_what_to_relax(analyst, portfolio_document) -> None:
    limits = [{"kind": "group", "name": name, "upper": 0.2} for name in ("Banks", "Oil", "Food")]
    with pytest.raises(InvalidInput) as caught:
        answer({**portfolio_document, "constraints": limits}, analyst)
    text = str(caught.value)
    assert "Banks" in text
    assert "60 %" in text


def test_somebody_elses_prices_are_not_there(other_analyst, portfolio_document) -> None:
    with pytest.raises(InvalidInput) as caught:
        answer(portfolio_document, other_analyst)
    assert caught.value.problems[0].field == "prices.set"


def test_an_unknown_ticker_is_named(analyst, portfolio_document) -> None:
    document = {**portfolio_document, "prices": {**portfolio_document["prices"], "tickers": ["AAA", "ZZZ"]}}
    with pytest.raises(InvalidInput, match="ZZZ"):
        answer(document, analyst)


def test_prices_in_two_currencies_are_refused(analyst, portfolio_document) -> None:
    euro = make_set(analyst, "Mixed")
    euro.series.filter(ticker="CCC").update(currency="EUR")
    with pytest.raises(InvalidInput, match="The prices of CCC are in EUR, not in USD"):
        answer({**portfolio_document, "prices": {"set": euro.pk}}, analyst)


def test_a_method_refuses_the_constraints_it_can_not_keep_to(analyst, portfolio_document) -> None:
    limit = {"kind": "group", "name": "Oil", "upper": 0.1}
    with pytest.raises(InvalidInput, match="The method hrp can't keep to it"):
        answer({**portfolio_document, "objective": "hrp", "constraints": [limit]}, analyst)


def test_the_least_shortfall_of_few_assets_is_proven(analyst, portfolio_document) -> None:
    limits = [{"kind": "cardinality", "most": 2}, {"kind": "minimum_position", "size": 0.1}]
    found = answer({**portfolio_document, "objective": "min_cvar", "constraints": limits}, analyst)
    held = [weight for weight in found["weights"].values() if weight]
    assert len(held) == 2
    assert sum(held) == pytest.approx(1)
    assert found["details"]["proven_optimal"] is True
    assert found["certificate"]["holds"]


def test_the_least_shortfall_can_not_keep_to_a_tracking_error(analyst, portfolio_document) -> None:
    limit = {"kind": "tracking_error", "limit": 0.05, "benchmark": {"AAA": 1.0}}
    with pytest.raises(InvalidInput, match="The method min_cvar can't keep to it"):
        answer({**portfolio_document, "objective": "min_cvar", "constraints": [limit]}, analyst)


def test_finer_returns_than_the_prices_are_refused(analyst, portfolio_document) -> None:
    document = {**portfolio_document, "prices": {**portfolio_document["prices"], "frequency": "daily"}}
    with pytest.raises(InvalidInput, match="The prices are weekly"):
        answer(document, analyst)


def test_groups_share_out_all_of_the_risk(analyst, portfolio_document, price_set) -> None:
    price_set.series.filter(ticker="EEE").update(sector="")
    found = answer({**portfolio_document, "objective": "risk_parity"}, analyst)["risk"]
    assert set(found["groups"]) == {"Banks", "Oil", "other"}
    assert sum(found["groups"].values()) == pytest.approx(1)
    assert found["groups"]["Oil"] == pytest.approx(found["share"]["CCC"] + found["share"]["DDD"])


def test_without_groups_none_are_told(analyst, portfolio_document, price_set) -> None:
    price_set.series.update(sector="")
    assert answer(portfolio_document, analyst)["risk"]["groups"] is None


def test_the_past_of_the_chosen_portfolio_is_told_as_in_sample(analyst, portfolio_document, price_set) -> None:
    found = answer(portfolio_document, analyst)
    prices = panel(price_set, tickers=list(found["weights"])).prices
    earned = np.array(list(found["weights"].values())) @ (prices[:, 1:] / prices[:, :-1] - 1)
    past = found["past"]
    assert past["in_sample"] is True
    assert past["periods"] == 160
    assert past["annual_return"] == pytest.approx(np.prod(1 + earned) ** (52 / 160) - 1)
    assert past["volatility"] == pytest.approx(np.std(earned, ddof=1) * 52**0.5)
    wealth = np.cumprod(np.append(1, 1 + earned))
    assert past["max_drawdown"] == pytest.approx(min(wealth / np.maximum.accumulate(wealth)) - 1)
    assert past["expected_shortfall"] == pytest.approx(-np.sort(earned)[:8].mean())
    assert past["value_at_risk"] == pytest.approx(-np.sort(earned)[8])


def test_what_is_held_now_has_a_past_too_and_stated_estimates_have_none(analyst, portfolio_document) -> None:
    held = answer({**portfolio_document, "current": {"AAA": 0.5, "BBB": 0.5}}, analyst)["current"]
    assert held["past"]["max_drawdown"] < 0
    assert answer(PORTFOLIO, analyst)["past"] is None


def test_equal_weights_outside_the_bounds_are_refused(analyst, portfolio_document) -> None:
    with pytest.raises(InvalidInput, match=r"Equal weights of 0\.2 lie outside the bounds of AAA"):
        answer({**portfolio_document, "objective": "equal_weight", "bounds": {"upper": 0.1}}, analyst)


def test_a_factor_without_loadings_is_refused(analyst, portfolio_document) -> None:
    with pytest.raises(InvalidInput, match=r"constraints\.0\.loadings"):
        answer({**portfolio_document, "constraints": [{"kind": "factor", "name": "Beta", "upper": 1}]}, analyst)


def daily(**series: Any) -> dict[str, Any]:
    """300 business days of prices; None where there is none."""
    days = np.busday_offset("2023-01-02", np.arange(300))
    return {"dates": [str(day) for day in days], "series": series}


def walk_of(seed: int) -> list[float | None]:
    return (100 * np.cumprod(1 + np.random.default_rng(seed).normal(0.0005, 0.01, 300))).tolist()


def test_prices_that_come_more_rarely_are_refused_by_name(analyst) -> None:
    """A week's return that counts as a day's would promise five times as much."""
    rare = [price if day % 5 == 4 else None for day, price in enumerate(walk_of(3))]
    prices = daily(AAA=walk_of(1), BBB=walk_of(2), FUND=rare)
    with pytest.raises(InvalidInput, match="The prices of FUND come every 7 days, which is not daily"):
        answer({"prices": prices, "objective": "max_sharpe"}, analyst)
    assert answer({"prices": {**prices, "frequency": "weekly"}, "objective": "min_variance"}, analyst)["weights"]


def test_a_gap_adds_nothing_to_what_is_expected(analyst) -> None:
    whole, torn = walk_of(3), walk_of(3)
    for day in range(10, 290, 20):
        torn[day] = None
    found = [
        answer({"prices": daily(AAA=walk_of(1), CCC=prices), "objective": "min_variance"}, analyst)["estimates"]
        for prices in (whole, torn)
    ]
    full, gaps = (told["expected_return"]["CCC"] for told in found)
    kept = np.array([np.nan if price is None else price for price in torn])
    assert gaps == pytest.approx(252 * np.nanmean(kept[1:] / kept[:-1] - 1))
    assert full == pytest.approx(252 * np.mean(np.array(whole[1:]) / np.array(whole[:-1]) - 1))


def test_what_has_no_price_any_more_is_not_held(analyst) -> None:
    gone = [*walk_of(3)[:200], *[None] * 100]
    with pytest.raises(InvalidInput, match="GONE has no price since 2023-10-06"):
        answer({"prices": daily(AAA=walk_of(1), GONE=gone), "objective": "min_variance"}, analyst)


def test_what_lost_its_price_months_ago_is_not_held_by_the_month_either(analyst) -> None:
    """Five periods without a price are five months then: nobody bought it all that time."""
    days = np.busday_offset("2022-01-03", np.arange(600))
    walk = walk_of(1) + walk_of(2)
    series = {"AAA": walk, "GONE": [*reversed(walk)][:540] + [None] * 60}
    prices = {"dates": [str(day) for day in days], "series": series, "frequency": "monthly"}
    with pytest.raises(InvalidInput, match=f"GONE has no price since {days[539]}"):
        answer({"prices": prices, "objective": "min_variance"}, analyst)


def test_a_month_that_still_goes_on_counts_for_nothing(analyst) -> None:
    """300 business days from 2023-01-02 end on 2024-02-23, in the midst of a month."""
    prices = daily(AAA=walk_of(1), BBB=walk_of(2)) | {"frequency": "monthly"}
    told = answer({"prices": prices, "objective": "min_variance"}, analyst)["data"]
    assert (told["to"], told["returns"]) == ("2024-01-31", 12)


def test_a_figure_that_the_method_does_not_look_at_is_named(analyst, portfolio_document) -> None:
    found = answer({**portfolio_document, "objective": {"method": "max_return", "risk": 0.01}}, analyst)
    assert "max_return does not look at objective.risk: that is for target_risk." in found["estimates"]["notes"]
