"""Prices fetched into a set: by job and by command, ticker by ticker, whatever the provider does."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from modeling.jobs import fetches
from modeling.models import PriceSeries, PriceSet
from modeling.providers.breaker import FAILURES
from modeling.providers.errors import SwitchedOff
from modeling.providers.registry import Gives, provider_of
from modeling.services.price_fetches import FETCH_PRICES, MOST_TICKERS, Fetching, Wanted, start_fetch
from modeling.services.prices import create_set, delete_set, merge_series
from tasks import registry, services
from tasks.choices import State
from tasks.context import JobContext
from tasks.models import Job
from tasks.testing import run_pending
from tests.modeling.providers.answers import ECB_CSV, STOOQ_CSV
from tests.modeling.providers.conftest import providers, server  # noqa: F401 - fixtures
from tests.modeling.providers.server import answers, ends_early, trickles
from valor.lib.errors import InvalidInput


@pytest.fixture
def mine(analyst) -> PriceSet:
    return create_set(owner=analyst, name="Mine")


@pytest.fixture
def stooq(providers, monkeypatch):  # noqa: F811
    """AAPL and MSFT are there, NOPE is not, and ILL is cut short each time."""
    monkeypatch.setattr("modeling.providers.client.FIRST_WAIT", 0.0)
    providers.pages = {
        "/q/d/l/?s=aapl.us": answers(STOOQ_CSV),
        "/q/d/l/?s=msft.us": answers(STOOQ_CSV.replace("185.64", "370.87")),
        "/q/d/l/?s=ill.us": ends_early,
    }
    providers.script = [answers("No data")]
    return providers


def fetched(price_set: PriceSet, *tickers: str, **options) -> Job:
    job = start_fetch(owner=price_set.owner, price_set=price_set, provider="stooq", tickers=tickers, **options)
    run_pending()
    job.refresh_from_db()
    return job


def stored(price_set: PriceSet) -> dict[str, tuple]:
    rows = price_set.series.values_list("ticker", "count", "first", "last", "last_price", "currency")
    return {ticker: tuple(rest) for ticker, *rest in rows}


WHOLE = (3, date(2024, 1, 2), date(2024, 1, 4), 181.91, "USD")


def test_a_job_fetches_ticker_by_ticker(mine, stooq) -> None:
    job = fetched(mine, "AAPL", "MSFT")
    assert (job.state, job.error_message) == (State.DONE, "")
    assert stored(mine) == {"AAPL": WHOLE, "MSFT": WHOLE}
    assert (job.result["state"], job.result["counts"]["added"]) == ("fetched", 2)
    apple = job.result["tickers"][0]
    assert (apple["ticker"], apple["added"], apple["first"], apple["last"]) == ("AAPL", 3, "2024-01-02", "2024-01-04")
    assert PriceSeries.objects.get(ticker="AAPL").source == "Stooq, aapl.us, daily close"
    assert job.label == "Mine: AAPL, MSFT"
    assert registry.spec_of(FETCH_PRICES).subject_url(job) == f"/api/prices/{mine.pk}/"


def test_what_fails_is_told_and_keeps_the_others_from_nothing(mine, stooq) -> None:
    job = fetched(mine, "NOPE", "ILL", "AAPL")
    assert job.state == State.DONE
    assert stored(mine) == {"AAPL": WHOLE}
    assert (job.result["state"], job.result["counts"]) == (
        "partial",
        {"added": 1, "changed": 0, "unchanged": 0, "failed": 2},
    )
    nope, ill, _ = job.result["tickers"]
    assert "no prices of NOPE" in nope["problems"][0]["message"]
    assert "ended too early" in ill["problems"][0]["message"]
    assert all(each["problems"][0]["remedy"] for each in (nope, ill))


def test_where_all_fails_the_job_fails_with_each_reason(mine, stooq) -> None:
    job = fetched(mine, "NOPE", "ILL")
    assert job.state == State.FAILED
    assert job.attempt == 1
    assert [problem["field"] for problem in job.error_problems] == ["NOPE", "ILL"]
    assert stored(mine) == {}
    mine.refresh_from_db()
    assert mine.revision == 0


def test_the_same_prices_again_change_nothing(mine, stooq) -> None:
    fetched(mine, "AAPL")
    mine.refresh_from_db()
    before = mine.revision
    job = fetched(mine, "AAPL")
    mine.refresh_from_db()
    assert job.result["tickers"][0]["state"] == "unchanged"
    assert mine.revision == before
    assert len(stooq.requests) == 1


@pytest.mark.parametrize(("rule", "price", "state"), [("replace", 181.91, "changed"), ("keep", 1.0, "added")])
def test_prices_that_differ_are_merged_by_the_rule_and_counted(mine, stooq, rule, price, state) -> None:
    merge_series(price_set=mine, ticker="AAPL", days=[19726], prices=[1.0])
    job = fetched(mine, "AAPL", rule=rule)
    ticker = job.result["tickers"][0]
    assert (ticker["state"], ticker["differing"], ticker["added"]) == (state, 1, 2)
    assert PriceSeries.objects.get().last_price == price


def test_by_the_rule_refuse_a_ticker_that_differs_is_left_as_it_is(mine, stooq) -> None:
    merge_series(price_set=mine, ticker="AAPL", days=[19726], prices=[1.0])
    job = fetched(mine, "AAPL", "MSFT", rule="refuse")
    assert job.result["state"] == "partial"
    assert "1 on 2024-01-04" in job.result["tickers"][0]["problems"][0]["message"]
    assert stored(mine)["AAPL"][0] == 1


def test_another_currency_than_is_stored_is_told(mine, stooq) -> None:
    merge_series(price_set=mine, ticker="AAPL", days=[19726], prices=[1.0], currency="EUR")
    job = fetched(mine, "AAPL")
    assert job.state == State.FAILED
    assert "EUR" in job.error_problems[0]["message"]


def test_a_price_of_a_day_to_come_is_refused_with_its_ticker(mine, stooq) -> None:
    tomorrow = timezone.localdate() + timedelta(days=5)
    stooq.pages["/q/d/l/?s=aapl.us"] = answers(f"{STOOQ_CSV}{tomorrow},1,1,1,1,1\n")
    job = fetched(mine, "AAPL", "MSFT")
    assert list(stored(mine)) == ["MSFT"]
    assert job.result["tickers"][0]["problems"][0]["message"]


def test_from_a_day_on(mine, stooq) -> None:
    fetched(mine, "AAPL", first="2024-01-02")
    assert "&d1=20240102&d2=" in stooq.paths[0]


def test_exchange_rates_come_the_same_way(mine, stooq) -> None:
    stooq.pages["/service/data/EXR/D.USD"] = answers(ECB_CSV)
    start_fetch(owner=mine.owner, price_set=mine, provider="ecb", tickers=["EURUSD"])
    run_pending()
    assert stored(mine) == {"EURUSD": (2, date(2024, 1, 2), date(2024, 1, 3), 1.0919, "USD")}


def test_a_provider_that_is_down_is_not_asked_for_every_ticker(mine, stooq) -> None:
    stooq.script = [answers("", 500)]
    stooq.pages = {}
    job = fetched(mine, *(f"T{n}" for n in range(20)))
    assert job.state == State.FAILED
    assert len(stooq.requests) == FAILURES
    assert "left alone" in job.error_problems[-1]["message"]


def test_progress_is_told_by_ticker(mine, stooq, monkeypatch) -> None:
    told = []
    monkeypatch.setattr(JobContext, "progress", lambda self, *args: told.append(args))
    fetched(mine, "AAPL", "NOPE", "MSFT")
    assert [(done, message) for done, total, stage, message in told] == [
        (0, "0 of 3 tickers: AAPL"),
        (1, "1 of 3 tickers: NOPE"),
        (2, "2 of 3 tickers: MSFT"),
        (3, "3 of 3 tickers"),
    ]


def test_a_killed_fetch_goes_on_where_it_was(mine, stooq, monkeypatch) -> None:
    class Killed(BaseException):
        pass

    real = Fetching.fetch

    def fetch(self, ticker):
        if ticker == "MSFT":
            raise Killed
        return real(self, ticker)

    with monkeypatch.context() as patch:
        patch.setattr(Fetching, "fetch", fetch)
        job = start_fetch(owner=mine.owner, price_set=mine, provider="stooq", tickers=["AAPL", "NOPE", "MSFT"])
        with pytest.raises(Killed):
            run_pending()
    assert list(stored(mine)) == ["AAPL"]
    Job.objects.filter(pk=job.pk).update(state=State.QUEUED, lease_until=None)
    seen = len(stooq.requests)
    run_pending()
    job.refresh_from_db()
    assert (job.state, job.result["counts"]["added"], job.result["counts"]["failed"]) == (State.DONE, 2, 1)
    assert len(stooq.requests) == seen + 1


def test_a_cancelled_fetch_ends_in_the_middle_of_a_wait(mine, stooq, monkeypatch) -> None:
    monkeypatch.setattr(fetches, "NAP_SECONDS", 0.01)
    stooq.pages["/q/d/l/?s=slow.us"] = answers("", 503, Retry_After="25")
    job = start_fetch(owner=mine.owner, price_set=mine, provider="stooq", tickers=["AAPL", "SLOW", "MSFT"])
    real = fetches.Steps.rest

    def rest(self, seconds):
        services.cancel(Job.objects.get(pk=job.pk))
        real(self, seconds)

    monkeypatch.setattr(fetches.Steps, "rest", rest)
    run_pending()
    job.refresh_from_db()
    assert job.state == State.CANCELLED
    assert list(stored(mine)) == ["AAPL"]


def test_a_fetch_into_a_set_that_is_gone_ends_cancelled(mine, stooq) -> None:
    job = start_fetch(owner=mine.owner, price_set=mine, provider="stooq", tickers=["AAPL"])
    delete_set(mine)
    run_pending()
    job.refresh_from_db()
    assert job.state == State.CANCELLED
    assert stooq.requests == []


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"tickers": []}, "tickers"),
        ({"tickers": ["AAPL", "aapl"]}, "tickers"),
        ({"tickers": ["A B"]}, "tickers"),
        ({"tickers": [f"T{n}" for n in range(MOST_TICKERS + 1)]}, "tickers"),
        ({"provider": "sec"}, "provider"),
        ({"provider": "http://evil"}, "provider"),
        ({"first": "2999-01-01"}, "first"),
        ({"first": "1000-01-01"}, "first"),
        ({"first": "yesterday"}, "first"),
        ({"rule": "guess"}, "rule"),
    ],
)
def test_what_can_not_be_fetched_is_refused_before_there_is_a_job(mine, stooq, options, field) -> None:
    asked = {"provider": "stooq", "tickers": ["AAPL"]} | options
    with pytest.raises(InvalidInput) as caught:
        start_fetch(owner=mine.owner, price_set=mine, **asked)
    assert {problem.field for problem in caught.value.problems} == {field}
    assert not Job.objects.exists()


def test_switched_off_nothing_is_queued_and_what_is_queued_fails(mine, stooq, settings) -> None:
    job = start_fetch(owner=mine.owner, price_set=mine, provider="stooq", tickers=["AAPL"])
    settings.ONLINE_PROVIDERS = False
    with pytest.raises(SwitchedOff):
        start_fetch(owner=mine.owner, price_set=mine, provider="stooq", tickers=["MSFT"])
    run_pending()
    job.refresh_from_db()
    assert job.state != State.DONE
    assert stooq.requests == []


def test_nothing_asks_a_provider_by_itself() -> None:
    """Only what was asked for fetches: the job has no clock, and nobody submits it by hand."""
    spec = registry.spec_of(FETCH_PRICES)
    assert (spec.every, spec.may_submit) == (None, None)


@pytest.mark.parametrize("parameters", [None, {}, {"price_set": True}, {"price_set": "1"}])
def test_a_job_without_a_set_is_refused(parameters) -> None:
    with pytest.raises(InvalidInput):
        registry.spec_of(FETCH_PRICES).parameters(parameters)


def run(*args: str) -> str:
    out = io.StringIO()
    call_command("fetch_prices", *args, "--provider", "stooq", stdout=out)
    return out.getvalue()


def test_the_command_fetches_into_a_shared_set_that_it_makes(db, stooq) -> None:
    out = run("AAPL", "MSFT", "--set", "World")
    assert "AAPL: 2024-01-02 to 2024-01-04, 3 added, 0 changed, 0 unchanged" in out
    assert "2 tickers: 2 added, 0 changed, 0 unchanged, 0 failed" in out
    world = PriceSet.objects.get()
    assert (world.name, world.owner) == ("World", None)
    assert stored(world) == {"AAPL": WHOLE, "MSFT": WHOLE}


def test_the_command_fetches_into_a_users_own_set(mine, stooq) -> None:
    run("AAPL", "--set", "Mine", "--user", "ana", "--from", "2024-01-03")
    assert list(stored(mine)) == ["AAPL"]


def test_the_command_tells_what_failed_and_ends_with_status_2(mine, stooq) -> None:
    out = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command(
            "fetch_prices",
            "AAPL",
            "NOPE",
            "--provider",
            "stooq",
            "--set",
            "Mine",
            "--user",
            "ana",
            "--json",
            stdout=out,
        )
    assert caught.value.returncode == 2
    report = json.loads(out.getvalue())
    assert (report["state"], report["tickers"][1]["state"]) == ("partial", "failed")
    assert list(stored(mine)) == ["AAPL"]


def test_where_nothing_comes_no_set_is_made(db, stooq) -> None:
    with pytest.raises(CommandError):
        run("NOPE", "--set", "Empty")
    assert not PriceSet.objects.exists()


@pytest.mark.parametrize(
    "args", [["A B"], ["AAPL", "--from", "soon"], ["AAPL", "--user", "nobody"], ["AAPL", "--set", "999999"]]
)
def test_the_command_says_what_is_wrong(db, stooq, args) -> None:
    with pytest.raises(CommandError) as caught:
        run(*args)
    assert caught.value.returncode == 2
    assert stooq.requests == []


def test_a_slow_trickle_stores_nothing(mine, stooq, monkeypatch) -> None:
    from dataclasses import replace

    from modeling.providers.client import Client
    from tests.modeling.providers.conftest import LIMITS

    stooq.pages["/q/d/l/?s=aapl.us"] = trickles
    hasty = replace(LIMITS, attempts=1, request=0.2)
    monkeypatch.setattr(
        "modeling.services.price_fetches.Client", lambda provider, timing: Client(provider, hasty, timing)
    )
    report = Fetching(Wanted.read("stooq", ["AAPL", "MSFT"]), lambda: mine).run()
    assert [fetch.state for fetch in report.tickers] == ["failed", "added"]
    assert "not complete within 0.2 s" in str(report)
    assert list(stored(mine)) == ["MSFT"]


def test_the_set_of_a_provider_is_its_own(providers) -> None:  # noqa: F811
    """The fixture points declared providers at the test's server and nothing else."""
    assert provider_of("stooq", Gives.PRICES).base_url == providers.url
