"""Imports of prices as jobs: what is stored, reported and cleared away, whatever the file is."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from modeling.jobs import prices as jobs_prices
from modeling.models import PriceBundle, PriceImport, PriceSeries, PriceSet, PriceUpload
from modeling.services import price_files, price_imports
from modeling.services.price_imports import (
    IMPORT_PRICES,
    TooManyImports,
    UploadTooLarge,
    inspect,
    prune_imports,
    set_for_import,
    start_import,
)
from modeling.services.prices import create_set, delete_set, remove_series
from tasks import context, lifecycle, registry, runner, services
from tasks.choices import State
from tasks.context import JobContext
from tasks.models import Job
from tasks.testing import run_pending
from tests.modeling.importers.prices.bad_files import FAMILIES, ONE, WHOLE
from tests.modeling.importers.prices.files import long, sheet_rows, weekdays, wide, workbook, zipped
from valor.lib.errors import InvalidInput

MANY = [f"T{n:03}" for n in range(30)]


@pytest.fixture
def mine(analyst) -> PriceSet:
    return create_set(owner=analyst, name="Mine")


def begin(price_set: PriceSet, data: bytes | str, name: str = "prices.csv", **options: Any) -> PriceImport:
    data = data.encode() if isinstance(data, str) else data
    return start_import(owner=price_set.owner, price_set=price_set, upload=io.BytesIO(data), name=name, **options)


def forced(price_set: PriceSet, data: bytes) -> PriceImport:
    """An import whose file nobody looked at before."""
    owner = price_set.owner
    files = {"owner": owner, "price_set": price_set, "name": "bad", "size": len(data)}
    made = PriceImport.objects.create(layouts=[None] * 500, **files)
    PriceUpload.objects.create(price_import=made, number=0, data=data)
    made.job_id = services.submit(IMPORT_PRICES, {"price_import": made.pk}, owner=owner).pk
    made.save()
    return made


def ended(begun: PriceImport) -> tuple[Job, PriceImport]:
    run_pending()
    begun.refresh_from_db()
    return Job.objects.get(pk=begun.job_id), begun


def state_of(price_set: PriceSet) -> tuple[Any, ...]:
    price_set.refresh_from_db()
    series = list(price_set.series.values_list("ticker", "checksum", "count", "revision"))
    return price_set.revision, series


def test_a_file_is_imported_in_the_background_with_a_report(mine):
    job, done = ended(begin(mine, wide()))
    assert (job.state, job.error_message) == (State.DONE, "")
    assert done.report == job.result
    assert done.report["state"] == "imported"
    assert done.report["counts"] == {"added": 3, "changed": 0, "unchanged": 0, "refused": 0}
    assert done.report["points"]["added"] == 180
    assert done.finished_at is not None
    assert sorted(mine.series.values_list("ticker", "count")) == [("AAA", 60), ("BBB", 60), ("CCC", 60)]
    assert (job.done, job.total) == (3, 3)


@pytest.mark.parametrize(("apart", "frequency"), [(1, "daily"), (7, "weekly"), (30, "monthly")])
def test_a_set_is_as_frequent_as_its_first_prices_unless_somebody_said_otherwise(analyst, apart, frequency):
    data = wide([date(2023, 1, 6) + timedelta(days=apart * n) for n in range(12)])
    untold = set_for_import(owner=analyst, name="Untold")
    told = set_for_import(owner=analyst, name="Told", frequency="weekly")
    assert (untold.frequency, told.frequency) == ("", "weekly")
    for price_set in (untold, told):
        ended(begin(price_set, data))
        price_set.refresh_from_db()
    assert (untold.frequency, told.frequency) == (frequency, "weekly")


def test_the_same_file_twice_changes_nothing(mine):
    ended(begin(mine, wide()))
    before = state_of(mine)
    _, again = ended(begin(mine, wide()))
    assert again.report["state"] == "unchanged"
    assert again.report["points"]["unchanged"] == 180
    assert state_of(mine) == before


@pytest.mark.parametrize(("rule", "first", "state"), [("replace", 99.0, "changed"), ("keep", None, "added")])
def test_overlapping_periods_are_merged_by_the_stated_rule(mine, rule, first, state):
    ended(begin(mine, wide(weekdays(40))))
    later = wide(weekdays(40, date(2023, 2, 1))).split("\n")
    cells = later[1].split(",")
    later[1] = ",".join([cells[0], "99", *cells[2:]])
    before = mine.series.get(ticker="AAA").count
    _, done = ended(begin(mine, "\n".join(later), rule=rule))
    (told,) = [ticker for ticker in done.report["files"][0]["tickers"] if ticker["ticker"] == "AAA"]
    assert told["state"] == state
    assert told["differing"] == 1
    assert "2023-02-01" in told["conflicts"][0]
    assert told["changed"] == (1 if first else 0)
    assert mine.series.get(ticker="AAA").count == before + told["added"]


def test_by_the_rule_refuse_a_ticker_that_differs_is_left_out_and_the_others_come(mine):
    ended(begin(mine, wide()))
    other = wide(weekdays(70)).split("\n")
    cells = other[1].split(",")
    other[1] = ",".join([cells[0], "99", *cells[2:]])
    _, done = ended(begin(mine, "\n".join(other), rule="refuse"))
    assert {ticker["ticker"]: ticker["state"] for ticker in done.report["files"][0]["tickers"]} == {
        "AAA": "refused",
        "BBB": "added",
        "CCC": "added",
    }
    assert sorted(mine.series.values_list("ticker", "count")) == [("AAA", 60), ("BBB", 70), ("CCC", 70)]


def test_the_bytes_wait_in_pieces_and_go_when_they_were_read(mine, monkeypatch):
    monkeypatch.setattr(price_imports, "PIECE", 500)
    begun = begin(mine, wide())
    assert begun.pieces.count() == -(-len(wide()) // 500)
    job, _ = ended(begun)
    assert job.state == State.DONE
    assert not PriceUpload.objects.exists()


def test_of_several_files_the_good_ones_are_imported(mine):
    data = zipped(
        {"a.csv": wide(tickers=["AAA"]).encode(), "bad.csv": b"nothing", "b.csv": long(tickers=["BBB"]).encode()}
    )
    job, done = ended(begin(mine, data, "all.zip"))
    assert job.state == State.DONE
    assert [(file["name"], file["state"]) for file in done.report["files"]] == [
        ("a.csv", "imported"),
        ("bad.csv", "refused"),
        ("b.csv", "imported"),
    ]
    assert done.report["files"][1]["problems"][0]["remedy"]
    assert sorted(mine.series.values_list("ticker", flat=True)) == ["AAA", "BBB"]


def test_a_workbook_goes_the_same_way(mine):
    job, done = ended(begin(mine, workbook(sheet_rows())))
    assert job.state == State.DONE
    assert done.report["counts"]["added"] == 3


def signed(sign: str, ticker: str = "AAA") -> str:
    lines = "".join(f"{day},{sign}{number + 10}.5\n" for number, day in enumerate(weekdays(9)))
    return f"Date,{ticker}\n{lines}"


@pytest.mark.parametrize(
    ("sign", "currency", "fits"),
    [
        ("€", "USD", False),
        ("$", "EUR", False),
        ("£", "EUR", False),
        ("¥", "USD", False),
        ("€", "EUR", True),
        ("$", "CAD", True),
        ("£", "GBP", True),
        ("¥", "JPY", True),
        ("¥", "CNY", True),
    ],
)
def test_a_sign_that_is_none_of_the_set_s_currency_is_refused(analyst, sign, currency, fits):
    def made() -> PriceSet:
        return create_set(owner=analyst, name="Other", currency=currency)

    about = {"owner": analyst, "price_set": made, "upload": io.BytesIO(signed(sign).encode()), "name": "signed.csv"}
    if fits:
        job, _ = ended(start_import(**about))
        assert job.state == State.DONE
        assert PriceSeries.objects.get().currency == currency
        return
    with pytest.raises(InvalidInput) as refused:
        start_import(**about)
    (problem,) = refused.value.problems
    assert (problem.field, problem.value) == ("currency", currency)
    assert problem.message == f"Its prices carry {sign}, which is no sign of {currency}."
    assert problem.remedy
    assert not PriceSet.objects.exists()
    assert not PriceImport.objects.exists()


def test_a_sign_has_to_fit_the_currency_that_the_ticker_is_stored_in(mine):
    long_file = "Date,Ticker,Close,Currency\n2023-01-02,VOD,10.5,GBP\n2023-01-03,VOD,11.5,GBP\n"
    ended(begin(mine, long_file))
    _, kept = ended(begin(mine, signed("£", "VOD")))
    assert kept.report["state"] == "imported"
    job, kept = ended(begin(mine, signed("$", "VOD")))
    assert job.state == State.FAILED
    (problem,) = kept.report["problems"]
    assert problem["message"] == "Its prices carry $, which is no sign of GBP."
    _, kept = ended(begin(mine, signed("$", "USA")))
    assert kept.report["state"] == "imported"


def test_of_several_files_those_with_a_sign_of_another_currency_are_left_out(mine):
    packed = zipped({"usa.csv": signed("$", "USA").encode(), "vod.csv": signed("£", "VOD").encode()})
    _, kept = ended(begin(mine, packed, "both.zip"))
    assert [file["state"] for file in kept.report["files"]] == ["imported", "refused"]
    assert list(mine.series.values_list("ticker", flat=True)) == ["USA"]


def test_what_is_unclear_is_refused_before_there_is_a_job(mine):
    days = [date(2024, month, 2) for month in range(1, 6)]
    with pytest.raises(InvalidInput) as refused:
        begin(mine, wide(days, form="%d/%m/%Y"))
    assert refused.value.problems[0].field == "date_format"
    assert not Job.objects.exists()
    assert not PriceImport.objects.exists()
    begun = begin(mine, wide(days, form="%d/%m/%Y"), stated={"date_format": "dmy"})
    _, done = ended(begun)
    assert done.report["state"] == "imported"
    assert mine.series.get(ticker="AAA").first == days[0]


@pytest.mark.parametrize(("options", "field"), [({"rule": "guess"}, "rule"), ({"duplicates": "both"}, "duplicates")])
def test_a_rule_that_there_is_not_is_refused(mine, options, field):
    with pytest.raises(InvalidInput) as refused:
        begin(mine, wide(), **options)
    assert refused.value.problems[0].field == field


def test_too_large_an_upload_is_refused(mine, monkeypatch):
    monkeypatch.setattr(price_imports, "MOST_BYTES", 1000)
    with pytest.raises(UploadTooLarge, match="import_prices"):
        begin(mine, wide())
    assert not PriceUpload.objects.exists()


def test_only_so_many_uploads_of_a_user_wait(mine, monkeypatch):
    monkeypatch.setattr(price_imports, "MOST_WAITING", 2)
    begin(mine, wide())
    begin(mine, long())
    with pytest.raises(TooManyImports):
        begin(mine, wide())
    run_pending()
    begin(mine, wide())


def test_uploads_of_what_failed_or_was_cancelled_make_room(mine, monkeypatch):
    monkeypatch.setattr(price_imports, "MOST_WAITING", 2)
    refused, cancelled = begin(mine, "Date,AAA\n2024-01-02,-1\n"), begin(mine, wide())
    services.cancel(Job.objects.get(pk=cancelled.job_id))
    run_pending()
    assert Job.objects.get(pk=refused.job_id).state == State.FAILED
    begun = begin(mine, wide())
    assert list(PriceUpload.objects.values_list("price_import", flat=True)) == [begun.pk]


def test_an_inspection_shows_what_would_be_read_and_stores_nothing(mine):
    found = inspect(io.BytesIO(wide().encode()), name="prices.csv")
    (file,) = found["files"]
    assert file["layout"]["shape"] == "wide"
    assert file["to_confirm"] == []
    assert file["preview"][0] == {
        "line": 2,
        "ticker": "AAA",
        "date": "2023-01-02",
        "date_as_written": "2023-01-02",
        "price": float(wide().split("\n")[1].split(",")[1]),
        "price_as_written": wide().split("\n")[1].split(",")[1],
        "missing": False,
    }
    assert not PriceImport.objects.exists()
    json.dumps(found)
    assert inspect(io.BytesIO(long().encode()), name="x")["files"][0]["preview"][0]["ticker"] == "AAA"


@pytest.mark.parametrize("name", FAMILIES)
def test_a_worker_lives_on_whatever_it_is_given(mine, name):
    expected, made = FAMILIES[name]
    ended(begin(mine, wide(tickers=["OLD"])))
    before = state_of(mine)
    begun = forced(mine, next(iter(made())))
    good = begin(mine, wide(tickers=["NEW"]))
    job, done = ended(begun)
    good.refresh_from_db()
    assert good.report["state"] == "imported"
    assert job.state in {State.DONE, State.FAILED}
    remove_series(mine, ticker="NEW")
    if job.state == State.FAILED:
        assert job.error_problems[0]["message"]
        assert job.error_problems[0]["remedy"]
        assert done.report["problems"] == job.error_problems
        assert state_of(mine)[1] == before[1]
        old = mine.series.get().pk.to_bytes(8, "little")
        assert {bytes(keys) for keys in PriceBundle.objects.values_list("series", flat=True)} == {old}
    else:
        assert expected != WHOLE
    if expected == ONE:
        assert sorted(mine.series.values_list("ticker", flat=True)) == ["AAA", "CCC", "OLD"]


def test_a_refused_file_leaves_the_revision_as_it_was(mine):
    ended(begin(mine, wide()))
    before = state_of(mine)
    job, done = ended(forced(mine, b"Date,AAA,BBB\n2024-01-02,-1,0\n"))
    assert job.state == State.FAILED
    assert {problem["field"] for problem in done.report["problems"]} == {"AAA, line 2", "BBB, line 2"}
    assert state_of(mine) == before


class Killed(BaseException):
    """As kill -9: nothing of the runner's own handling runs."""


@pytest.fixture
def small_groups(monkeypatch):
    monkeypatch.setattr(price_files, "GROUP_TICKERS", 4)


def kill_after(monkeypatch, groups: int) -> None:
    """The worker is killed once, when it has stored so many groups."""
    honest = JobContext.checkpoint
    left = [groups]

    def checkpoint(self, data):
        honest(self, data)
        left[0] -= 1

    def progress(self, *_: Any) -> None:
        if left[0] == 0:
            left[0] = -1
            raise Killed

    monkeypatch.setattr(JobContext, "checkpoint", checkpoint)
    monkeypatch.setattr(JobContext, "progress", progress)


def test_a_killed_import_goes_on_and_reports_as_an_undisturbed_one(mine, small_groups, monkeypatch):
    kill_after(monkeypatch, 3)
    begun = begin(mine, wide(weekdays(20), MANY))
    with pytest.raises(Killed):
        runner.run_one()
    assert mine.series.count() == 12
    Job.objects.update(lease_until=timezone.now() - timedelta(minutes=5))
    assert lifecycle.requeue_expired() == 1
    job, done = ended(begun)
    assert job.state == State.DONE
    assert done.report["counts"] == {"added": 30, "changed": 0, "unchanged": 0, "refused": 0}
    assert done.report["points"]["added"] == 600
    assert sorted(mine.series.values_list("ticker", "revision")) == [(ticker, 1) for ticker in MANY]


def test_a_cancelled_import_keeps_whole_tickers_only(mine, small_groups, monkeypatch):
    begun = begin(mine, wide(weekdays(20), MANY))
    honest = JobContext.progress

    def progress(self, *about: Any) -> None:
        if mine.series.count() >= 12:
            services.cancel(Job.objects.get(pk=self.job_id))
        honest(self, *about)

    monkeypatch.setattr(context, "INTERVAL", 0)
    monkeypatch.setattr(JobContext, "progress", progress)
    job, done = ended(begun)
    assert job.state == State.CANCELLED
    assert done.report is None
    kept = list(mine.series.values_list("ticker", "count"))
    assert len(kept) == 12
    assert {count for _, count in kept} == {20}


def test_progress_is_told_by_ticker(mine, small_groups, monkeypatch):
    told: list[tuple[int, int, str]] = []

    def progress(self, done, total, stage="", message=""):
        told.append((done, total, message))
        self.total = total

    monkeypatch.setattr(JobContext, "progress", progress)
    ended(begin(mine, wide(weekdays(20), MANY)))
    assert told[-1] == (30, 30, "30 of 30 tickers: T029")
    assert [done for done, *_ in told] == sorted(done for done, *_ in told)
    assert len(told) >= 8


def test_an_import_into_a_set_that_is_gone_ends_cancelled(mine):
    begun = begin(mine, wide())
    job_id = begun.job_id
    delete_set(mine)
    run_pending()
    assert Job.objects.get(pk=job_id).state == State.CANCELLED


def test_an_upload_that_was_cleared_away_fails_with_a_remedy(mine):
    begun = begin(mine, wide())
    PriceUpload.objects.all().delete()
    job, _ = ended(begun)
    assert job.state == State.FAILED
    assert job.error_problems[0]["remedy"] == "Send the file again."


def test_old_uploads_and_imports_are_cleared_away(mine):
    begun, young = begin(mine, wide()), begin(mine, long())
    PriceImport.objects.filter(pk=begun.pk).update(created_at=timezone.now() - timedelta(days=2))
    assert prune_imports() == {"uploads": 1, "imports": 0}
    assert list(PriceUpload.objects.values_list("price_import", flat=True)) == [young.pk]
    PriceImport.objects.filter(pk=begun.pk).update(created_at=timezone.now() - timedelta(days=100))
    assert prune_imports() == {"uploads": 0, "imports": 1}
    assert registry.spec_of("modeling.prune_imports").every == 3600


def test_a_set_for_an_import_is_ones_own(analyst, other_analyst, mine):
    assert set_for_import(owner=analyst, pk=mine.pk) == mine
    assert set_for_import(owner=analyst, name="Mine") == mine
    made = set_for_import(owner=analyst, name="New", currency="EUR")
    assert (made.owner, made.currency) == (analyst, "EUR")
    shared = create_set(owner=None, name="World")
    for owner, pk in ((other_analyst, mine.pk), (analyst, shared.pk), (analyst, 10**9)):
        with pytest.raises(InvalidInput, match="price_set"):
            set_for_import(owner=owner, pk=pk)
    with pytest.raises(InvalidInput, match="No set of prices is named"):
        set_for_import(owner=analyst)


@pytest.mark.parametrize("parameters", [{}, {"price_import": "1"}, {"price_import": True}, []])
def test_a_request_by_parameters_is_refused_by_field(analyst, parameters):
    with pytest.raises(InvalidInput, match="price_import"):
        services.submit(IMPORT_PRICES, parameters, owner=analyst)


def test_nobody_submits_it_by_hand():
    assert registry.spec_of(IMPORT_PRICES).may_submit is None
    assert jobs_prices.IMPORT_PRICES == IMPORT_PRICES


def test_a_job_leads_to_its_import(mine):
    begun = begin(mine, wide())
    job = Job.objects.get(pk=begun.job_id)
    assert registry.spec_of(IMPORT_PRICES).subject_url(job) == f"/prices/imports/{begun.pk}/"
    assert not PriceSeries.objects.exists()
