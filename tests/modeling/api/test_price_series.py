"""/api/prices/<id>/series/, .../series/<ticker>/ and .../panel/"""

from __future__ import annotations

import csv
import io

import pytest

from modeling.models import PriceSeries
from modeling.services.prices import create_set
from tests.modeling.api.questions import (
    assert_bad_bodies,
    assert_rate_limited,
    assert_sign_in_needed,
    assert_wrong_methods,
    failed,
    succeeded,
)
from tests.modeling.prices.conftest import mine, offer, shared  # noqa: F401

DATES = ["2024-01-01", "2024-01-02", "2024-01-03"]


def at(price_set, rest: str = "") -> str:
    return f"/api/prices/{price_set.pk}/{rest}"


def rows(response) -> list[list[str]]:
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/csv")
    assert response.headers["Content-Disposition"].startswith("attachment")
    return list(csv.reader(io.StringIO(response.getvalue().decode())))


def put(client, price_set, ticker: str = "AAA", dates=DATES, prices=(10, 11.5, 12), **more):
    return client.put(at(price_set, f"series/{ticker}/"), {"dates": list(dates), "prices": list(prices), **more})


def test_lists_what_is_known_of_each_ticker(analyst_api, shared) -> None:  # noqa: F811
    offer(shared, "CCC", [1], name="Third", sector="Energy", currency="EUR")
    data = succeeded(analyst_api.get(at(shared, "series/")))
    assert [item["ticker"] for item in data] == ["AAA", "BBB", "CCC"]
    about = {"first": "2024-01-01", "last": "2024-01-05", "count": 5, "last_price": 14.0, "currency": "USD"}
    assert data[0] | about == data[0]
    for query, found in {
        "ticker=b": ["BBB"],
        "search=hir": ["CCC"],
        "sector=energy": ["CCC"],
        "currency=EUR": ["CCC"],
    }.items():
        assert [item["ticker"] for item in succeeded(analyst_api.get(at(shared, f"series/?{query}")))] == found
    page = analyst_api.get(at(shared, "series/?page_size=2&page=2")).json()
    assert (page["meta"]["page"]["count"], len(page["data"])) == (3, 1)


def test_gives_the_history_of_a_ticker(analyst_api, shared) -> None:  # noqa: F811
    data = succeeded(analyst_api.get(at(shared, "series/BBB/")))
    assert (data["dates"], data["prices"], data["count"]) == (DATES, [20, 21, 22], 3)
    data = succeeded(analyst_api.get(at(shared, "series/BBB/?from=2024-01-02&to=2024-01-02")))
    assert (data["dates"], data["prices"]) == (["2024-01-02"], [21])
    assert succeeded(analyst_api.get(at(shared, "series/BBB/?from=2025-01-01")))["dates"] == []


def test_gives_it_as_a_table(analyst_api, shared) -> None:  # noqa: F811
    found = rows(analyst_api.get(at(shared, "series/BBB/?format=csv&from=2024-01-02")))
    assert found == [["date", "BBB"], ["2024-01-02", "21.0"], ["2024-01-03", "22.0"]]
    assert rows(analyst_api.get(at(shared, "series/BBB/"), HTTP_ACCEPT="text/csv"))[0] == ["date", "BBB"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=yesterday", "from"),
        ("to=2024-13-01", "to"),
        ("to=20240101", "to"),
        ("from=2024-01-02&to=2024-01-01", "from"),
        ("to=%00", "to"),
    ],
)
def test_a_period_that_can_not_be_is_refused(analyst_api, shared, query, field) -> None:  # noqa: F811
    for place in ("series/BBB/", "panel/"):
        failed(analyst_api.get(at(shared, f"{place}?{query}")), 400, field)
        failed(analyst_api.get(at(shared, f"{place}?format=csv&{query}")), 400, field)


def test_merges_prices(analyst_api, mine) -> None:  # noqa: F811
    data = succeeded(put(analyst_api, mine, name="Triple A", sector="Letters"))
    assert data == {
        "ticker": "AAA",
        "created": True,
        "added": 3,
        "changed": 0,
        "unchanged": 0,
        "differing": 0,
        "conflicts": [],
        "revision": 1,
    }
    data = succeeded(put(analyst_api, mine, prices=[10, 11.5, 13]))
    assert (data["added"], data["changed"], data["unchanged"], data["revision"]) == (0, 1, 2, 2)
    assert data["conflicts"] == [{"day": "2024-01-03", "stored": 12, "offered": 13}]
    assert succeeded(put(analyst_api, mine, prices=[10, 11.5, 13]))["revision"] == 2
    assert succeeded(put(analyst_api, mine, prices=[9, 11.5, 13], rule="keep"))["changed"] == 0
    error = failed(put(analyst_api, mine, prices=[9, 11.5, 13], rule="refuse"), 409, "prices")
    assert "2024-01-01" in error["details"][0]["message"]
    assert succeeded(analyst_api.get(at(mine, "series/AAA/")))["prices"] == [10, 11.5, 13]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"dates": ["2024-01-01", "2024-01-01"], "prices": [1, 2]}, "days"),
        ({"dates": ["2024-01-02", "2024-01-01"], "prices": [1, 2]}, "days"),
        ({"dates": ["2024-01-01"], "prices": [1, 2]}, "prices"),
        ({"dates": [], "prices": []}, "prices"),
        ({"dates": ["2024-01-01", "soon"], "prices": [1, 2]}, "dates.1"),
        ({"dates": [20240101], "prices": [1]}, "dates.0"),
        ({"dates": ["2024-01-01"], "prices": [-1]}, "prices"),
        ({"dates": ["2024-01-01"], "prices": [0]}, "prices"),
        ({"dates": ["2024-01-01"], "prices": ["1"]}, "prices.0"),
        ({"dates": ["2024-01-01"], "prices": [True]}, "prices.0"),
        ({"dates": ["2024-01-01"], "prices": [None]}, "prices.0"),
        ({"dates": ["2024-01-01"], "prices": [10**290]}, "prices"),
        ({"dates": ["2124-01-01"], "prices": [1]}, "days"),
        ({"dates": ["0001-01-01"], "prices": [1]}, "days"),
        ({"dates": ["2024-01-01"], "prices": [1], "rule": "guess"}, "rule"),
        ({"dates": ["2024-01-01"], "prices": [1], "currency": "usd"}, "currency"),
        ({"dates": ["2024-01-01"], "prices": [1], "currency": "GBX"}, "currency"),
        ({"dates": ["2024-01-01"], "prices": [1], "currency": "GBp"}, "currency"),
        ({"dates": ["2024-01-01"], "prices": [1], "volume": [1]}, "volume"),
        ({"dates": "2024-01-01", "prices": [1]}, "dates"),
        ({"prices": [1]}, "dates"),
    ],
)
def test_what_can_not_be_is_refused_by_name(analyst_api, mine, sent, field) -> None:  # noqa: F811
    failed(analyst_api.put(at(mine, "series/AAA/"), sent), 400, field)
    assert not PriceSeries.objects.exists()


@pytest.mark.parametrize("ticker", ["=1+1", "@A", "%00", "A%09B", "A" * 33])
def test_what_is_no_ticker_is_refused(analyst_api, mine, ticker) -> None:  # noqa: F811
    failed(put(analyst_api, mine, ticker), 400, "ticker")
    failed(analyst_api.get(at(mine, f"series/{ticker}/")), 404)
    failed(analyst_api.delete(at(mine, f"series/{ticker}/")), 404)
    failed(analyst_api.get(at(mine, f"panel/?tickers={ticker}")), 400, "tickers")


def test_odd_tickers_have_an_address(analyst_api, mine) -> None:  # noqa: F811
    for ticker in ("^GSPC", "BRK.B", "EURUSD=X", "BHP%20AX"):
        succeeded(put(analyst_api, mine, ticker))
        assert succeeded(analyst_api.get(at(mine, f"series/{ticker}/")))["count"] == 3


def test_removes_a_ticker(analyst_api, mine) -> None:  # noqa: F811
    put(analyst_api, mine)
    put(analyst_api, mine, "BBB")
    assert analyst_api.delete(at(mine, "series/AAA/")).status_code == 204
    assert [item["ticker"] for item in succeeded(analyst_api.get(at(mine, "series/")))] == ["BBB"]
    failed(analyst_api.delete(at(mine, "series/AAA/")), 404)


def test_gives_a_panel(analyst_api, shared) -> None:  # noqa: F811
    data = succeeded(analyst_api.get(at(shared, "panel/")))
    assert data["dates"] == [*DATES, "2024-01-04", "2024-01-05"]
    assert (data["tickers"], data["currencies"], data["revision"]) == (["AAA", "BBB"], ["USD", "USD"], 2)
    assert data["prices"] == [[10, 11, 12, 13, 14], [20, 21, 22, None, None]]
    data = succeeded(analyst_api.get(at(shared, "panel/?tickers=BBB, AAA&from=2024-01-03&to=2024-01-04")))
    assert data["prices"] == [[22, None], [12, 13]]


def test_gives_it_as_a_table_with_empty_cells(analyst_api, shared) -> None:  # noqa: F811
    found = rows(analyst_api.get(at(shared, "panel/?format=csv&from=2024-01-03&to=2024-01-04")))
    assert found == [["date", "AAA", "BBB"], ["2024-01-03", "12.0", "22.0"], ["2024-01-04", "13.0", ""]]


def test_a_panel_that_is_too_large_is_refused_as_json_only(analyst_api, shared, monkeypatch) -> None:  # noqa: F811
    monkeypatch.setattr("modeling.api.views.price_panels.MOST_FIGURES", 9)
    assert "format=csv" in failed(analyst_api.get(at(shared, "panel/")), 400, "tickers")["details"][0]["remedy"]
    assert len(rows(analyst_api.get(at(shared, "panel/?format=csv")))) == 6
    succeeded(analyst_api.get(at(shared, "panel/?tickers=AAA")))


def test_unknown_tickers_are_named(analyst_api, shared) -> None:  # noqa: F811
    failed(analyst_api.get(at(shared, "panel/?tickers=AAA,CCC")), 400, "tickers")
    failed(analyst_api.get(at(shared, "series/CCC/")), 404)


def test_shared_sets_are_read_only(analyst_api, shared) -> None:  # noqa: F811
    failed(put(analyst_api, shared), 403)
    failed(analyst_api.delete(at(shared, "series/AAA/")), 403)
    assert PriceSeries.objects.count() == 2


def test_what_is_somebody_elses_does_not_exist(analyst_api, operator_api, other_analyst) -> None:
    theirs = create_set(owner=other_analyst, name="Theirs")
    offer(theirs, "AAA", [1])
    for place in ("series/", "series/AAA/", "panel/"):
        failed(analyst_api.get(at(theirs, place)), 404)
        failed(operator_api.get(at(theirs, place)), 404)
    failed(put(analyst_api, theirs), 404)
    failed(analyst_api.delete(at(theirs, "series/AAA/")), 404)


def test_only_analysts_write(operator_api, shared) -> None:  # noqa: F811
    succeeded(operator_api.get(at(shared, "series/AAA/")))
    failed(put(operator_api, shared), 403)
    failed(operator_api.delete(at(shared, "series/AAA/")), 403)


def test_needs_sign_in(api, shared) -> None:  # noqa: F811
    for place in ("series/", "series/AAA/", "panel/"):
        assert_sign_in_needed(api, at(shared, place))
    for method in ("put", "delete"):
        assert_sign_in_needed(api, at(shared, "series/AAA/"), method)


def test_other_methods_and_bad_bodies_are_refused(analyst_api, mine) -> None:  # noqa: F811
    assert_wrong_methods(analyst_api, at(mine, "series/"), "post", "put", "patch", "delete")
    assert_wrong_methods(analyst_api, at(mine, "series/AAA/"), "post", "patch")
    assert_wrong_methods(analyst_api, at(mine, "panel/"), "post", "put", "patch", "delete")
    assert_bad_bodies(analyst_api, at(mine, "series/AAA/"), "put")


def test_is_rate_limited(analyst_api, settings, shared, mine) -> None:  # noqa: F811
    assert_rate_limited(analyst_api, settings, at(shared, "series/"))
    assert_rate_limited(analyst_api, settings, at(shared, "panel/"), rate="heavy")
    assert_rate_limited(analyst_api, settings, at(mine, "series/AAA/"), "put", "write")


def test_a_table_can_not_be_asked_for_when_writing(analyst_api, mine) -> None:  # noqa: F811
    sent = {"dates": DATES, "prices": [1, 2, 3]}
    failed(analyst_api.put(at(mine, "series/AAA/"), sent, HTTP_ACCEPT="text/csv"), 406)
    assert not PriceSeries.objects.exists()
