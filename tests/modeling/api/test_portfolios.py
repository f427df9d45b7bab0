"""/api/portfolios/ and what lies below it"""

from __future__ import annotations

import csv
from copy import deepcopy
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from rest_framework.test import APIClient

from modeling.examples import PORTFOLIO
from modeling.models import Portfolio
from modeling.portfolios.downloads import XLSX
from modeling.services.portfolios import create_portfolio
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
from tests.modeling.portfolios.conftest import make_set

URL = "/api/portfolios/"


@pytest.fixture
def document() -> dict[str, Any]:
    return deepcopy(PORTFOLIO)


@pytest.fixture
def stored(analyst, document) -> Portfolio:
    return create_portfolio(owner=analyst, document=document)


@pytest.fixture
def one(stored) -> str:
    return f"{URL}{stored.pk}/"


@pytest.fixture
def stranger_api(other_analyst) -> APIClient:
    client = APIClient()
    client.force_authenticate(other_analyst)
    return client


def test_a_document_becomes_a_portfolio_of_the_callers(analyst_api, document) -> None:
    response = analyst_api.post(URL, {"document": document, "name": "Mine"})
    data = succeeded(response, 201)
    assert response.headers["Location"] == f"{URL}{data['id']}/"
    assert (data["name"], data["version"], data["price_set"]) == ("Mine", 1, None)
    listed = succeeded(analyst_api.get(URL))
    assert [one["id"] for one in listed] == [data["id"]]
    assert "document" not in listed[0]


def test_the_list_is_narrowed_by_name_and_price_set(analyst, analyst_api, stored) -> None:
    prices = make_set(analyst)
    other = create_portfolio(owner=analyst, document={"prices": {"set": prices.pk}, "objective": "hrp"})
    assert [one["id"] for one in succeeded(analyst_api.get(f"{URL}?name=three"))] == [stored.pk]
    assert [one["id"] for one in succeeded(analyst_api.get(f"{URL}?price_set={prices.pk}"))] == [other.pk]
    failed(analyst_api.get(f"{URL}?price_set=many"), 400)


def test_every_problem_of_a_document_is_named_at_once(analyst_api, document) -> None:
    document |= {"risk_free": "x", "bounds": {"lower": 0.5, "upper": 0.1}, "objective": "best"}
    response = analyst_api.post(URL, {"document": document})
    for field in ("risk_free", "bounds.lower", "objective.method"):
        failed(response, 400, field)
    assert not Portfolio.objects.exists()


def test_an_edit_is_a_new_version_and_a_stale_one_changes_nothing(analyst_api, one, document) -> None:
    data = succeeded(analyst_api.put(one, {"version": 1, "document": {**document, "risk_free": 0.01}}))
    assert (data["version"], data["document"]["risk_free"]) == (2, 0.01)
    assert failed(analyst_api.put(one, {"version": 1, "document": document}), 409, "version")["code"] == "conflict"
    patched = succeeded(analyst_api.patch(one, {"version": 2, "document": {"bounds": {"upper": 0.9}}, "name": "New"}))
    assert (patched["version"], patched["name"], patched["document"]["bounds"]["upper"]) == (3, "New", 0.9)
    versions = succeeded(analyst_api.get(f"{one}versions/"))
    assert [version["version"] for version in versions] == [3, 2, 1]


def test_deleting_takes_the_results_along(analyst_api, one) -> None:
    succeeded(analyst_api.post(f"{one}results/", {}), 201)
    assert analyst_api.delete(one).status_code == 204
    failed(analyst_api.get(one), 404)


def test_results_are_kept_under_numbers(analyst_api, one) -> None:
    response = analyst_api.post(f"{one}results/", {"name": "First"})
    data = succeeded(response, 201)
    assert (data["number"], data["kind"], data["state"]) == (1, "weights", "done")
    assert response.headers["Location"] == f"{one}results/1/"
    assert sum(data["result"]["weights"].values()) == pytest.approx(1)
    assert succeeded(analyst_api.get(f"{one}results/"))[0]["name"] == "First"
    assert succeeded(analyst_api.get(f"{one}results/1/")) == data
    assert analyst_api.delete(f"{one}results/1/").status_code == 204
    failed(analyst_api.get(f"{one}results/1/"), 404)


def test_a_kept_backtest_is_queued_and_done_by_a_job(analyst, analyst_api) -> None:
    prices = make_set(analyst)
    portfolio = create_portfolio(owner=analyst, document={"prices": {"set": prices.pk}, "objective": "min_variance"})
    response = analyst_api.post(f"{URL}{portfolio.pk}/results/", {"rules": {"window": 52, "rebalance": "quarter"}})
    data = succeeded(response, 202)
    assert (data["state"], data["result"]) == ("queued", None)
    assert response.headers["Retry-After"]
    run_pending()
    done = succeeded(analyst_api.get(response.headers["Location"]))
    assert (done["state"], done["result"]["tracks"][0]["name"]) == ("done", "strategy")


def lines_of(response: Any) -> list[list[str]]:
    assert response.status_code == 200, response.content
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(response.content.decode().splitlines()))


def test_a_kept_result_is_a_table(analyst_api, one, stored) -> None:
    weights = succeeded(analyst_api.post(f"{one}results/", {}), 201)["result"]["weights"]
    response = analyst_api.get(f"{one}results/1/?format=csv")
    head, *rows = lines_of(response)
    assert head == ["asset", "weight", "share_of_risk", "held_now"]
    assert {row[0]: float(row[1]) for row in rows} == weights
    name = f"portfolio-{stored.pk}-result-1"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}.csv"'
    assert lines_of(analyst_api.get(f"{one}results/1/", HTTP_ACCEPT="text/csv"))[0] == head
    named = analyst_api.get(f"{one}results/1/?format=csv&table=estimates")
    assert lines_of(named)[0] == ["asset", "expected_return", "volatility"]
    assert f"{name}-estimates.csv" in named.headers["Content-Disposition"]


def test_a_kept_backtest_is_an_excel_file_or_any_of_its_tables(analyst, analyst_api) -> None:
    prices = make_set(analyst)
    portfolio = create_portfolio(owner=analyst, document={"prices": {"set": prices.pk}, "objective": "min_variance"})
    rules = {"window": 52, "rebalance": "quarter"}
    address = analyst_api.post(f"{URL}{portfolio.pk}/results/", {"rules": rules}).headers["Location"]
    for wanted in ("csv", "xlsx"):
        assert "done" in failed(analyst_api.get(f"{address}?format={wanted}"), 409, "format")["details"][0]["remedy"]
    run_pending()
    assert lines_of(analyst_api.get(f"{address}?format=csv"))[0][:2] == ["day", "strategy"]
    decisions = lines_of(analyst_api.get(f"{address}?format=csv&table=rebalances"))
    assert decisions[0] == ["decided", "traded", "asset", "weight"]
    response = analyst_api.get(f"{address}?format=xlsx")
    assert response.headers["Content-Type"] == XLSX
    book = load_workbook(BytesIO(response.content), read_only=True)
    assert book.sheetnames == ["Values", "Measures", "Rebalances", "Events"]
    assert len(list(book["Rebalances"].rows)) == len(decisions)


def test_a_table_or_format_that_is_none_is_refused_with_those_there_are(analyst_api, one) -> None:
    succeeded(analyst_api.post(f"{one}results/", {}), 201)
    refused = failed(analyst_api.get(f"{one}results/1/?format=csv&table=rebalances"), 400, "table")
    assert refused["details"][0]["remedy"] == "Ask for one of weights, figures, estimates."
    refused = failed(analyst_api.get(f"{one}results/1/?format=ods"), 406, "format")
    assert refused["details"][0]["remedy"] == "Use one of json, csv, xlsx, or leave it out."
    failed(analyst_api.delete(f"{one}results/1/", HTTP_ACCEPT="text/csv"), 406)


def test_a_file_of_anothers_result_is_not_there(analyst_api, stranger_api, one) -> None:
    succeeded(analyst_api.post(f"{one}results/", {}), 201)
    failed(stranger_api.get(f"{one}results/1/?format=csv"), 404)


@pytest.mark.parametrize("path", ["optimize/", "frontier/"])
def test_a_small_document_is_answered_at_once_and_nothing_is_stored(analyst_api, document, path) -> None:
    data = succeeded(analyst_api.post(f"{URL}{path}", document))
    if path == "frontier/":
        assert len(data["points"]) == 50
    else:
        assert data["weights"]["Bonds"] == pytest.approx(0.5019094, abs=1e-6)
        assert data["certificate"]["holds"] is True
    assert not Portfolio.objects.exists()


def test_a_large_document_is_the_work_of_a_job(analyst_api, document, monkeypatch) -> None:
    monkeypatch.setattr("modeling.portfolios.size.CONSTRAINED", 2)
    response = analyst_api.post(f"{URL}optimize/", document)
    job = succeeded(response, 202)
    assert job["kind"] == "modeling.optimise"
    run_pending()
    done = succeeded(analyst_api.get(response.headers["Location"]))
    assert done["state"] == "done"
    assert sum(succeeded(analyst_api.get(f"{response.headers['Location']}result/"))["weights"].values()) > 0.99


def test_what_nothing_meets_is_refused_before_there_is_a_job(analyst, analyst_api, monkeypatch) -> None:
    monkeypatch.setattr("modeling.portfolios.size.PLAIN", 1)
    rule = {"kind": "cardinality", "most": 2}
    document = {
        "prices": {"set": make_set(analyst).pk},
        "bounds": {"upper": 0.3},
        "objective": "max_sharpe",
        "constraints": [rule],
    }
    portfolio = create_portfolio(owner=analyst, document=document)
    for path, body in (("optimize/", document), (f"{portfolio.pk}/results/", {})):
        error = failed(analyst_api.post(f"{URL}{path}", body), 400, "constraints.0.most")
        assert error["code"] == "infeasible"
    assert not Job.objects.exists()
    assert not portfolio.results.exists()


def test_what_a_method_can_not_keep_to_is_refused_before_there_is_a_job(analyst, analyst_api, monkeypatch) -> None:
    monkeypatch.setattr("modeling.portfolios.size.PLAIN", 1)
    prices = make_set(analyst)
    rule = {"kind": "group", "name": "Some", "members": ["AAA", "BBB"], "upper": 0.5}
    document = {"prices": {"set": prices.pk}, "objective": "risk_parity", "constraints": [rule]}
    failed(analyst_api.post(f"{URL}optimize/", document), 400, "constraints.0")
    failed(analyst_api.post(f"{URL}backtest/", {"document": document}), 400, "constraints.0")
    costly = {"prices": {"set": prices.pk}, "objective": "hrp", "costs": {"buy": 0.01, "sell": 0.01}}
    failed(analyst_api.post(f"{URL}optimize/", costly), 400, "costs")
    assert not Job.objects.exists()


def test_what_conflicts_is_told_with_what_to_relax(analyst_api, document) -> None:
    document["constraints"] = [
        {"kind": "group", "name": "All", "members": ["Shares", "Property", "Bonds"], "upper": 0.8}
    ]
    error = failed(analyst_api.post(f"{URL}optimize/", document), 400)
    assert error["code"] == "infeasible"
    assert "80 %" in error["message"]
    assert all(detail["remedy"] for detail in error["details"])


def test_a_backtest_needs_prices(analyst_api, document) -> None:
    failed(analyst_api.post(f"{URL}backtest/", {"document": document}), 400, "prices")


def test_somebody_elses_portfolios_are_not_found(stranger_api, operator_api, analyst_api, one) -> None:
    analyst_api.post(f"{one}results/", {})
    for client in (stranger_api, operator_api):
        for path in ("", "versions/", "results/", "results/1/"):
            failed(client.get(one + path), 404)
    for method in ("put", "patch", "delete"):
        failed(getattr(stranger_api, method)(one, {"version": 1}), 404)
    assert succeeded(stranger_api.get(URL)) == []


@pytest.mark.parametrize("path", ["", "optimize/", "frontier/", "backtest/"])
def test_only_analysts_write(operator_api, document, path) -> None:
    failed(operator_api.post(URL + path, document), 403)


@pytest.mark.parametrize("number", ["0", "99", str(10**30), "abc", "-1"])
def test_a_bad_number_is_not_found(analyst_api, one, number) -> None:
    failed(analyst_api.get(f"{URL}{number}/"), 404)
    failed(analyst_api.get(f"{one}results/{number}/"), 404)


@pytest.mark.parametrize("path", ["", "optimize/", "frontier/", "backtest/"])
def test_bad_bodies_are_refused(analyst_api, path) -> None:
    assert_bad_bodies(analyst_api, URL + path)


def test_bad_edits_are_refused(analyst_api, one) -> None:
    assert_bad_bodies(analyst_api, one, "put")
    assert_bad_bodies(analyst_api, one, "patch")
    failed(analyst_api.post(f"{one}results/", {"rulse": {}}), 400, "rulse")


def test_asks_for_a_sign_in(api, one) -> None:
    for path in ("", "versions/", "results/"):
        assert_sign_in_needed(api, one + path)
    for path in ("optimize/", "frontier/", "backtest/"):
        assert_sign_in_needed(api, URL + path, "post")


def test_wrong_methods(analyst_api, one) -> None:
    assert_wrong_methods(analyst_api, URL, "put", "patch", "delete")
    assert_wrong_methods(analyst_api, one, "post")
    assert_wrong_methods(analyst_api, f"{URL}optimize/", "get", "put", "delete")
    assert_wrong_methods(analyst_api, f"{one}versions/", "post", "put")


def test_is_rate_limited(analyst_api, settings, one) -> None:
    assert_rate_limited(analyst_api, settings, URL)
    assert_rate_limited(analyst_api, settings, f"{URL}optimize/", "post", "heavy")
