"""Portfolios are saved like valuations, keep numbered results, and hold their prices."""

from __future__ import annotations

import pytest

from modeling.errors import StaleVersion
from modeling.models import Portfolio, PortfolioResult
from modeling.portfolios.request import request_of
from modeling.services.portfolios import create_portfolio, delete_portfolio, keep_result, save_portfolio
from modeling.services.prices import delete_set
from modeling.services.versions import Edit
from tasks.models import Job
from tasks.testing import run_pending
from valor.lib.errors import Conflict, InvalidInput


def test_a_new_portfolio_is_canonical_and_at_version_1(analyst, portfolio, price_set) -> None:
    assert (portfolio.owner, portfolio.price_set, portfolio.version) == (analyst, price_set, 1)
    assert portfolio.document["bounds"] == {"lower": 0.0, "upper": 0.5, "by_asset": {}}
    assert [version.document for version in portfolio.versions.all()] == [portfolio.document]


def test_saving_makes_a_version_and_a_stale_edit_changes_nothing(portfolio) -> None:
    changed = {**portfolio.document, "risk_free": 0.03}
    saved = save_portfolio(portfolio, changed, Edit(1))
    assert (saved.version, saved.document["risk_free"]) == (2, 0.03)
    with pytest.raises(StaleVersion):
        save_portfolio(portfolio, {**changed, "risk_free": 0.05}, Edit(1))
    assert Portfolio.objects.get(pk=portfolio.pk).document["risk_free"] == 0.03
    assert portfolio.versions.count() == 2


def test_nothing_is_stored_of_a_bad_document(analyst, portfolio_document) -> None:
    with pytest.raises(InvalidInput):
        create_portfolio(owner=analyst, document={**portfolio_document, "risk_free": "much"})
    assert not Portfolio.objects.exists()


def test_small_results_are_there_at_once_and_numbered(analyst, portfolio) -> None:
    first, second = (keep_result(portfolio, request_of(portfolio.document, analyst), owner=analyst) for _ in range(2))
    assert (first.number, second.number) == (1, 2)
    assert first.result["weights"] == second.result["weights"]
    assert not Job.objects.exists()


def test_a_large_one_is_the_work_of_one_job_for_two_results(analyst, portfolio, monkeypatch) -> None:
    monkeypatch.setattr("modeling.portfolios.size.PLAIN", 2)
    wanted = request_of(portfolio.document, analyst)
    first, second = (keep_result(portfolio, wanted, owner=analyst) for _ in range(2))
    assert first.job_id == second.job_id
    run_pending()
    third = keep_result(portfolio, wanted, owner=analyst)
    for kept in (first, second, third):
        kept.refresh_from_db()
        assert kept.result["objective"] == "max_sharpe"
        assert kept.finished_at
    assert Job.objects.count() == 1


def test_new_prices_are_a_new_request(analyst, portfolio, price_set, monkeypatch) -> None:
    monkeypatch.setattr("modeling.portfolios.size.PLAIN", 2)
    old = request_of(portfolio.document, analyst)
    price_set.revision += 1
    price_set.save()
    assert request_of(portfolio.document, analyst).parameters() != old.parameters()


def test_deleting_cancels_the_jobs_that_nobody_else_waits_for(analyst, portfolio, monkeypatch) -> None:
    monkeypatch.setattr("modeling.portfolios.size.PLAIN", 2)
    keep_result(portfolio, request_of(portfolio.document, analyst), owner=analyst)
    delete_portfolio(portfolio)
    assert Job.objects.get().state == "cancelled"
    assert not PortfolioResult.objects.exists()


def test_prices_in_use_are_not_deleted(portfolio, price_set) -> None:
    with pytest.raises(Conflict, match="the portfolio Core"):
        delete_set(price_set)


def test_a_user_is_deleted_with_portfolios_and_prices(analyst, portfolio) -> None:
    analyst.delete()
    assert not Portfolio.objects.exists()


def test_a_result_tells_the_version_it_was_worked_out_from(analyst, portfolio) -> None:
    """An edit of another tab that came in between is not what the weights rest on."""
    wanted = request_of(portfolio.document, analyst)
    save_portfolio(portfolio, {**portfolio.document, "risk_free": 0.03}, Edit(1))
    kept = keep_result(portfolio, wanted, owner=analyst)
    assert kept.version == 1
    assert kept.request["document"]["risk_free"] == 0.01
