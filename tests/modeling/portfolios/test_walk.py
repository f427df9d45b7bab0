"""A document walked through its prices: by a job, with a checkpoint, and never seeing the future."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from modeling.codecs.portfolio import parse_portfolio
from modeling.codecs.portfolio.walk import parse_walk
from modeling.models import PriceSeries
from modeling.portfolios.request import request_of
from modeling.portfolios.walk import walk_model
from modeling.services.portfolios import keep_result
from modeling.services.prices import merge_series
from tasks.testing import run_pending
from tests.modeling.portfolios.conftest import FIRST, WEEKS
from valor.lib.errors import InvalidInput

RULES = {"window": 52, "rebalance": "quarter", "costs": {"buy": 0.001, "sell": 0.001}}


def walked(document: dict[str, Any], **rules: Any) -> dict[str, Any]:
    return walk_model(parse_portfolio(document), parse_walk(RULES | rules))


def test_a_backtest_compares_with_equal_weights_and_the_benchmark(portfolio_document) -> None:
    found = walked(portfolio_document)
    json.dumps(found, allow_nan=False)
    assert [track["name"] for track in found["tracks"]] == ["strategy", "equal weight", "MKT"]
    for track in found["tracks"]:
        assert len(track["days"]) == len(track["values"])
        assert track["values"][0] == 1_000_000
    assert {ticker for done in found["weights"] for ticker in done["weights"]} <= {"AAA", "BBB", "CCC", "DDD", "EEE"}
    assert all(sum(done["weights"].values()) <= 1 + 1e-9 for done in found["weights"])


@pytest.mark.parametrize("method", ["max_sharpe", "min_cvar", "risk_parity"])
@pytest.mark.parametrize("mean", ["historical", "capm"])
def test_the_future_changes_no_decision(portfolio_document, price_set, method, mean) -> None:
    document = {**portfolio_document, "objective": method, "estimators": {"mean": mean}}
    before = walked(document)
    middle = FIRST + 7 * 110
    rng = np.random.default_rng(9)
    for series in PriceSeries.objects.filter(price_set=price_set):
        days = np.arange(middle + 7, FIRST + 7 * WEEKS + 1, 7)
        merge_series(price_set=price_set, ticker=series.ticker, days=days, prices=rng.uniform(5, 500, len(days)))
    price_set.refresh_from_db()
    after = walked(document)
    early = [done for done in before["weights"] if done["decided"] <= str(np.datetime64(middle, "D"))]
    assert early
    assert early[0]["weights"]
    for old, new in zip(early, after["weights"], strict=False):
        assert old["decided"] == new["decided"]
        assert old["weights"] == new["weights"] or old["traded"] > str(np.datetime64(middle, "D"))


def gappy(missing: Any, method: Any = "min_variance") -> dict[str, Any]:
    """Over daily prices of n assets, without those of the mask (780, n)."""
    random = np.random.default_rng(3)
    steps = random.normal(0.0004, 0.012, missing.shape) + random.normal(0.0, 0.008, (780, 1))
    prices = np.where(missing, np.nan, 50 * np.exp(np.cumsum(steps, axis=0)))
    dates = np.busday_offset("2018-01-02", np.arange(780), roll="forward")
    series = {
        f"T{n}": [None if np.isnan(price) else float(price) for price in prices[:, n]] for n in range(missing.shape[1])
    }
    document = {"prices": {"dates": [str(day) for day in dates], "series": series}, "objective": method}
    return walked(document, rebalance="month", window=104)


@pytest.mark.parametrize("method", ["equal_weight", "min_cvar", "hrp"])
def test_markets_with_holidays_of_their_own_are_held_together(method) -> None:
    day, asset = np.arange(780)[:, None], np.arange(6)[None, :]
    found = gappy((day % 23 == 0) & (asset < 3) | (day % 23 == 7) & (asset >= 3), method)
    assert not [event for event in found["events"] if event["kind"] == "refused"]
    assert {name for done in found["weights"] for name in done["weights"]} == {f"T{n}" for n in range(6)}
    if method != "min_cvar":
        assert {len(done["weights"]) for done in found["weights"]} == {6}


def test_a_price_that_is_missing_now_and_then_changes_hardly_anything() -> None:
    whole = gappy(np.zeros((780, 6), bool), "equal_weight")["tracks"][0]
    found = gappy(np.random.default_rng(5).random((780, 6)) < 0.01, "equal_weight")["tracks"][0]
    assert found["turnover"] < 1.5 * whole["turnover"] + 0.3
    assert found["values"][-1] == pytest.approx(whole["values"][-1], rel=0.03)


@pytest.mark.parametrize("method", ["min_variance", "min_cvar"])
def test_where_gaps_leave_no_common_days_the_assets_without_gaps_are_held(method) -> None:
    """Each of six lacks every twelfth price: few of its own, and yet no return is common to all."""
    day, asset = np.arange(780)[:, None], np.arange(8)[None, :]
    found = gappy((day % 12 == 2 * asset) & (asset < 6), method)
    assert not [event for event in found["events"] if event["kind"] == "refused"]
    assert {name for done in found["weights"] for name in done["weights"]} == {"T6", "T7"}


def test_a_limit_that_early_assets_can_not_meet_is_logged_and_what_is_held_stays(portfolio_document) -> None:
    limits = [{"kind": "group", "name": name, "upper": 0.2} for name in ("Banks", "Oil", "Food")]
    found = walked({**portfolio_document, "constraints": limits})
    assert {event["kind"] for event in found["events"]} == {"refused"}
    with pytest.raises(InvalidInput, match="Banks"):
        walked({**portfolio_document, "constraints": limits}, on_refusal="stop")


def test_a_frontier_can_not_be_walked(portfolio_document) -> None:
    with pytest.raises(InvalidInput, match="A whole frontier can't be held"):
        walked({**portfolio_document, "objective": "frontier"})


def test_a_kept_backtest_is_the_work_of_a_job(analyst, portfolio) -> None:
    kept = keep_result(portfolio, request_of(portfolio.document, analyst, RULES), owner=analyst)
    assert (kept.kind, kept.result) == ("backtest", None)
    run_pending()
    kept.refresh_from_db()
    assert kept.finished_at
    assert kept.result["tracks"][0]["name"] == "strategy"


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ({"window": 1}, "rules.window"),
        ({"window": "a"}, "rules.window"),
        ({"rebalance": "daily"}, "rules.rebalance"),
        ({"rebalance": "month", "every": 3}, "rules.every"),
        ({"band": 0}, "rules.band"),
        ({"costs": {"buy": 2}}, "rules.costs.buy"),
        ({"dealy": 1}, "rules.dealy"),
        ({"on_refusal": "cry"}, "rules.on_refusal"),
    ],
)
def test_bad_rules_are_named(rules, field) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_walk(rules)
    assert [problem.field for problem in caught.value.problems] == [field]


def test_the_first_purchase_is_no_turnover(portfolio_document) -> None:
    """A limit that a purchase from cash would break must not keep the backtest out of the market for ever."""
    found = walked({**portfolio_document, "current": {"AAA": 1}, "constraints": [{"kind": "turnover", "limit": 0.1}]})
    assert len(found["weights"]) > 5
    # Prices move between the close that is decided on and the one that is traded at.
    assert max(done["turnover"] for done in found["weights"][1:]) < 0.15


@pytest.mark.parametrize("current", [{}, {"AAA": 0.5, "CCC": 0.5}])
def test_a_tracking_error_is_taken_from_what_the_document_states(portfolio_document, current) -> None:
    document = {**portfolio_document, "current": current, "objective": "min_tracking_error"}
    limit = {"kind": "tracking_error", "limit": 0.02}
    wanted = current or dict.fromkeys(("AAA", "BBB", "CCC", "DDD", "EEE"), 0.2)
    for found in (walked(document), walked({**document, "objective": "max_sharpe", "constraints": [limit]})):
        assert found["weights"]
    for done in walked(document)["weights"]:
        assert {name: weight for name, weight in done["weights"].items() if weight > 1e-6} == pytest.approx(
            wanted, abs=0.02
        )


def test_views_of_today_are_no_knowledge_of_the_past(portfolio_document) -> None:
    view = {"kind": "absolute", "asset": "AAA", "return": 0.6, "confidence": 0.9}
    document = {**portfolio_document, "objective": "black_litterman", "views": {"views": [view]}}
    with pytest.raises(InvalidInput, match="What is expected today was not known on the days of the past"):
        walked(document)
    assert walked({**document, "views": {}})["weights"]
