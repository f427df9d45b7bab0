"""GET /api/prices/<id>/statistics/, quality/ and correlation/, POST /api/prices/<id>/clean/"""

from __future__ import annotations

import numpy as np
import pytest

from modeling import selectors_reports
from modeling.models import PriceSet
from modeling.prices.report_request import ReportRequest
from modeling.services.price_reports import start_report
from modeling.services.prices import create_set, merge_series
from tasks.models import Job
from tasks.testing import run_pending
from tests.modeling.api.questions import (
    assert_bad_bodies,
    assert_rate_limited,
    assert_sign_in_needed,
    assert_wrong_methods,
    failed,
    succeeded,
)

DAYS = np.arange(19_000, 19_300)
READINGS = ("statistics", "quality", "correlation")


def walk(seed: int) -> np.ndarray:
    return 50 * np.cumprod(1 + np.random.default_rng(seed).normal(0.0005, 0.01, len(DAYS)))


@pytest.fixture
def prices(analyst) -> PriceSet:
    made = create_set(owner=analyst, name="Mine")
    for number, ticker in enumerate(("AAA", "BBB", "CCC")):
        merge_series(price_set=made, ticker=ticker, days=DAYS, prices=walk(number))
    return made


def at(price_set: PriceSet, name: str) -> str:
    return f"/api/prices/{price_set.pk}/{name}/"


@pytest.mark.parametrize("name", READINGS)
def test_the_questions_of_every_reading(api, analyst_api, operator_api, prices, name) -> None:
    url = at(prices, name)
    assert_sign_in_needed(api, url)
    failed(operator_api.get(url), 404)
    assert_wrong_methods(analyst_api, url, "post", "put", "delete")
    for query, field in {
        "from=soon": "from",
        "from=2023-01-01&to=2022-01-01": "from",
        "risk_free=nan": "risk_free",
        "risk_free=much": "risk_free",
        "benchmark=NONE": "benchmark",
        "benchmark=%00": "benchmark",
        "tickers=NONE": "tickers",
    }.items():
        failed(analyst_api.get(f"{url}?{query}"), 400, field)


def test_is_rate_limited(analyst_api, prices, settings) -> None:
    assert_rate_limited(analyst_api, settings, at(prices, "quality"), rate="heavy")
    assert_rate_limited(analyst_api, settings, at(prices, "clean"), "post", "heavy")


def test_statistics_of_some_tickers_against_a_benchmark(analyst_api, prices) -> None:
    url = f"{at(prices, 'statistics')}?tickers=AAA,BBB&benchmark=CCC&risk_free=0.02&from=2022-03-01"
    data = succeeded(analyst_api.get(url))
    assert [row["ticker"] for row in data["tickers"]] == ["AAA", "BBB"]
    assert (data["benchmark"], data["risk_free"], data["revision"]) == ("CCC", 0.02, 3)
    assert data["first_day"] == "2022-03-01"
    returns = np.diff(walk(0)[52:]) / walk(0)[52:-1]
    row = data["tickers"][0]
    assert row["volatility"] == pytest.approx(returns.std(ddof=1) * np.sqrt(252), rel=1e-9)
    assert row["sharpe"] == pytest.approx((returns.mean() * 252 - 0.02) / row["volatility"], rel=1e-9)
    market = np.diff(walk(2)[52:]) / walk(2)[52:-1]
    assert row["beta"] == pytest.approx(np.cov(returns, market)[0, 1] / market.var(ddof=1), rel=1e-9)
    assert row["value_at_risk"]["historical"] > 0


def test_quality_has_the_findings_with_their_evidence(analyst_api, prices) -> None:
    split = walk(9)
    split[150:] /= 4
    merge_series(price_set=prices, ticker="SPLIT", days=DAYS, prices=split)
    data = succeeded(analyst_api.get(at(prices, "quality")))
    (finding,) = [one for one in data["findings"] if one["kind"] == "split"]
    assert finding["ticker"] == "SPLIT"
    assert finding["evidence"]
    assert {row["ticker"]: row["splits"] for row in data["tickers"]}["SPLIT"] == 1


def test_correlation_is_clustered(analyst_api, prices) -> None:
    merge_series(price_set=prices, ticker="TWIN", days=DAYS, prices=walk(0) * 3)
    data = succeeded(analyst_api.get(at(prices, "correlation")))
    assert sorted(data["tickers"]) == ["AAA", "BBB", "CCC", "TWIN"]
    assert abs(data["tickers"].index("AAA") - data["tickers"].index("TWIN")) == 1
    assert {data["highest"][0][0], data["highest"][0][1]} == {"AAA", "TWIN"}
    some = succeeded(analyst_api.get(f"{at(prices, 'correlation')}?tickers=AAA,CCC"))
    expected = np.corrcoef(*(np.diff(walk(n)) / walk(n)[:-1] for n in (0, 2)))[0, 1]
    assert some["matrix"][0][1] == pytest.approx(expected, abs=1e-6)


def test_a_very_large_set_has_the_report_that_was_made_of_it(analyst_api, analyst, prices, monkeypatch) -> None:
    monkeypatch.setattr(selectors_reports, "MOST_AT_ONCE", 100)
    failed(analyst_api.get(at(prices, "quality")), 400, "tickers")
    start_report(prices, ReportRequest(), owner=analyst)
    run_pending()
    assert succeeded(analyst_api.get(at(prices, "quality")))["days"] == 300


def test_a_dry_run_of_cleaning_stores_nothing(analyst_api, prices) -> None:
    body = {"rules": {"gaps": "fill"}, "dry_run": True}
    data = succeeded(analyst_api.post(at(prices, "clean"), body))
    assert (data["repair_count"], data["tickers"], data["rules"]["fill_days"]) == (0, 3, 5)
    assert PriceSet.objects.count() == 1
    assert not Job.objects.exists()


def test_cleaning_is_a_job_that_makes_a_new_set(analyst_api, analyst, prices) -> None:
    answer = analyst_api.post(at(prices, "clean"), {"name": "Cleaned", "rules": {"splits": "adjust"}})
    assert answer.status_code == 202
    run_pending()
    made = PriceSet.objects.get(name="Cleaned")
    assert made.owner == analyst
    assert succeeded(analyst_api.get(answer["Location"]))["result"]["price_set"] == made.pk


def test_the_questions_of_cleaning(api, analyst_api, operator_api, prices) -> None:
    url = at(prices, "clean")
    assert_sign_in_needed(api, url, "post")
    failed(operator_api.post(url, {"name": "A"}), 403)
    assert_bad_bodies(analyst_api, url, empty_allowed=True)
    assert_wrong_methods(analyst_api, url, "get", "put", "delete")
    for body, field in (
        ({}, "name"),
        ({"name": "Mine"}, "name"),
        ({"name": "A", "rule": {}}, "rule"),
        ({"name": "A", "rules": {"split": "flag"}}, "split"),
        ({"name": "A", "rules": {"gaps": "invent"}}, "gaps"),
        ({"name": "A", "rules": {"fill_days": 0}}, "fill_days"),
        ({"name": "A", "rules": {"split_confidence": 2}}, "split_confidence"),
        ({"name": "A", "rules": {"rates": {"EUR": 3}}}, "rates"),
        ({"name": "A", "rules": {"currency": 7}}, "currency"),
        ({"name": "A", "rules": {"rates": {"EUR": {"price_set": 0, "ticker": "X"}}}}, "rates"),
        ({"dry_run": True, "rules": {"calendar": "NONE"}}, "tickers"),
    ):
        failed(analyst_api.post(url, body), 400, field)
    assert not Job.objects.exists()
