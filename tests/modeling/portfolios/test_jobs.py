"""Jobs of portfolios: cancelled in the midst of it, killed and gone on with, and prices that changed in between."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from modeling.models import PriceSet
from modeling.portfolios import walk
from modeling.portfolios.request import Request, request_of
from modeling.services.portfolios import keep_result, submit
from modeling.services.prices import merge_series
from tasks import context, lifecycle, runner, services
from tasks.choices import State
from tasks.context import JobContext
from tasks.models import Job, Piece
from tasks.testing import run_pending
from tests.modeling.portfolios.conftest import FIRST, WEEKS

RULES = {"window": 52, "rebalance": "month", "costs": {"buy": 0.001, "sell": 0.001}}
FEW = [{"kind": "cardinality", "most": 2}]


@pytest.fixture
def asked(analyst, portfolio_document) -> Request:
    return request_of(portfolio_document, analyst, RULES)


@pytest.fixture
def always_told(monkeypatch):
    """Every report reaches the database, and every decision is kept."""
    monkeypatch.setattr(context, "INTERVAL", 0)
    monkeypatch.setattr(JobContext, "is_checkpoint_due", True)


class Killed(BaseException):
    """As kill -9: nothing of the runner's own handling runs."""


def decisions(monkeypatch, at: int | None = None, act: Any = None) -> list[int]:
    """The days on which the document is solved; *act* is called once, at the decision of that number."""
    days: list[int] = []
    honest = walk.strategy_of

    def strategy_of(*given: Any) -> Any:
        decide = honest(*given)

        def watched(past: Any, seen: Any) -> Any:
            days.append(seen.day)
            if len(days) == at:
                act()
            return decide(past, seen)

        return watched

    monkeypatch.setattr(walk, "strategy_of", strategy_of)
    return days


def ended(job: Job, state: State = State.DONE) -> Job:
    run_pending()
    job.refresh_from_db()
    assert (job.state, job.error_message) == (state, ""), job.error_message
    return job


def test_a_cancelled_backtest_ends_at_its_next_decision(analyst, asked, always_told, monkeypatch) -> None:
    job = submit(asked, owner=analyst)
    days = decisions(monkeypatch, 3, lambda: services.cancel(Job.objects.get(pk=job.pk)))
    ended(job, State.CANCELLED)
    assert len(days) == 3


@pytest.mark.parametrize("method", ["max_sharpe", "min_variance", "max_utility"])
def test_a_search_among_numbers_of_assets_reports_and_is_cancelled_in_its_midst(
    analyst, portfolio_document, always_told, monkeypatch, method
) -> None:
    document = {**portfolio_document, "bounds": {"upper": 0.6}, "constraints": FEW, "objective": method}
    job = submit(request_of(document, analyst), owner=analyst)
    honest, told = JobContext.progress, []

    def progress(self: Any, done: int, total: int, *rest: Any) -> None:
        told.append((done, total))
        if len(told) == 2:
            services.cancel(Job.objects.get(pk=job.pk))
        honest(self, done, total, *rest)

    monkeypatch.setattr(JobContext, "progress", progress)
    ended(job, State.CANCELLED)
    assert told == [(0, 1), (0, 40)]


def test_a_long_decision_of_a_backtest_reports_too(analyst, portfolio_document, monkeypatch) -> None:
    asked = request_of({**portfolio_document, "bounds": {"upper": 0.6}, "constraints": FEW}, analyst, RULES)
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(JobContext, "progress", lambda self, done, total, *rest: told.append((done, total)))
    days = decisions(monkeypatch)
    ended(submit(asked, owner=analyst))
    assert len(told) > 2 * len(days)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_a_killed_backtest_goes_on_from_its_decisions_to_the_same_result(
    analyst, asked, always_told, monkeypatch
) -> None:
    undisturbed = walk.walk_model(walk_model_of(asked), asked.rules or {})
    job = submit(asked, owner=analyst)

    def kill() -> None:
        raise Killed

    with monkeypatch.context() as killed:
        days = decisions(killed, 6, kill)
        with pytest.raises(Killed):
            runner.run_one()
    job.refresh_from_db()
    assert job.pieces_kept == 5
    Job.objects.update(lease_until=job.queued_at)
    assert lifecycle.requeue_expired() == 1
    again = decisions(monkeypatch)
    assert ended(job).result == undisturbed
    assert again[0] == days[5]
    assert not Piece.objects.exists()


def test_decisions_on_prices_that_have_changed_are_made_anew(
    analyst, asked, price_set, always_told, monkeypatch
) -> None:
    job = submit(asked, owner=analyst)

    def kill() -> None:
        raise Killed

    with monkeypatch.context() as killed:
        days = decisions(killed, 6, kill)
        with pytest.raises(Killed):
            runner.run_one()
    dates = FIRST + 7 * np.arange(WEEKS + 1)
    merge_series(price_set=price_set, ticker="AAA", days=dates, prices=np.linspace(50, 80, len(dates)))
    Job.objects.update(lease_until=job.queued_at)
    lifecycle.requeue_expired()
    again = decisions(monkeypatch)
    assert ended(job).result == walk.walk_model(walk_model_of(asked), asked.rules or {})
    assert again[:6] == days


def walk_model_of(asked: Request) -> Any:
    from modeling.codecs.portfolio import parse_portfolio

    return parse_portfolio(asked.document)


def test_prices_that_changed_in_between_are_told_by_their_revision(analyst, portfolio, price_set) -> None:
    kept = keep_result(portfolio, request_of(portfolio.document, analyst, RULES), owner=analyst)
    days = FIRST + 7 * np.arange(WEEKS + 1)
    merge_series(price_set=price_set, ticker="AAA", days=days, prices=np.linspace(50, 80, len(days)))
    price_set.refresh_from_db()
    run_pending()
    kept.refresh_from_db()
    assert kept.prices_revision < price_set.revision
    assert kept.result["data"]["revision"] == price_set.revision


@pytest.mark.parametrize("rules", [None, RULES])
def test_a_set_that_is_gone_ends_the_job_with_what_to_do(analyst, portfolio_document, price_set, rules) -> None:
    job = submit(request_of(portfolio_document, analyst, rules), owner=analyst)
    PriceSet.objects.filter(pk=price_set.pk).delete()
    run_pending()
    job.refresh_from_db()
    assert job.state == State.FAILED
    assert "choose another one" in job.error_message


def test_a_ticker_that_is_gone_is_named(analyst, portfolio_document, price_set) -> None:
    document = {**portfolio_document, "prices": {"set": price_set.pk, "tickers": ["AAA", "BBB"]}}
    job = submit(request_of(document, analyst, RULES), owner=analyst)
    price_set.series.filter(ticker="AAA").delete()
    run_pending()
    job.refresh_from_db()
    assert job.state == State.FAILED
    assert [(problem["field"], problem["value"]) for problem in job.error_problems] == [("prices.tickers", "AAA")]
