"""/api/prices/imports/ and /api/prices/imports/ID/: sending a file, following what becomes of it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from modeling.models import PriceImport, PriceSet
from modeling.services import price_imports
from modeling.services.prices import create_set
from tasks.models import Job
from tasks.testing import run_pending
from tests.modeling.api.questions import (
    JSON,
    assert_rate_limited,
    assert_sign_in_needed,
    assert_wrong_methods,
    failed,
    succeeded,
)
from tests.modeling.importers.prices.files import weekdays, wide, zipped

URL = "/api/prices/imports/"


def send(client: Any, data: str | bytes = "", name: str = "prices.csv", options: Any = None, **parts: Any) -> Any:
    content = data.encode() if isinstance(data, str) else data
    body: dict[str, Any] = {"file": SimpleUploadedFile(name, content), **parts}
    if options is not None:
        body["options"] = options if isinstance(options, str) else json.dumps(options)
    return client.post(URL, body, format="multipart")


@pytest.fixture
def mine(analyst) -> PriceSet:
    return create_set(owner=analyst, name="Mine")


@pytest.fixture
def other_api(other_analyst) -> APIClient:
    client = APIClient()
    client.force_authenticate(other_analyst)
    return client


def test_a_file_is_imported_in_the_background(analyst_api, mine):
    answer = send(analyst_api, wide(), options={"price_set": mine.pk})
    queued = succeeded(answer, 202)
    assert answer.headers["Location"] == f"/api/jobs/{queued['id']}/"
    assert answer.headers["Retry-After"] == "1"
    waiting = succeeded(analyst_api.get(queued["import_url"]))
    assert (waiting["state"], waiting["report"]) == ("queued", None)
    run_pending()
    done = succeeded(analyst_api.get(queued["import_url"]))
    assert (done["state"], done["report"]["state"], done["price_set"]) == ("done", "imported", mine.pk)
    assert done["layouts"][0]["shape"] == "wide"
    assert mine.series.count() == 3
    (listed,) = succeeded(analyst_api.get(URL))
    assert (listed["id"], listed["state"]) == (done["id"], "done")


def test_a_dry_run_answers_how_the_file_would_be_read(analyst_api):
    days = [date(2024, month, 2) for month in range(1, 6)]
    found = succeeded(send(analyst_api, wide(days, form="%d/%m/%Y"), options={"dry_run": True}))
    (file,) = found["files"]
    assert file["to_confirm"] == ["date_format"]
    assert file["preview"][0]["date_as_written"] == "02/01/2024"
    assert not PriceImport.objects.exists()
    stated = {"dry_run": True, "layout": {"date_format": "dmy"}}
    (file,) = succeeded(send(analyst_api, wide(days, form="%d/%m/%Y"), options=stated))["files"]
    assert file["to_confirm"] == []
    assert file["preview"][0]["date"] == "2024-01-02"


def test_what_is_unclear_must_be_stated_before(analyst_api, mine):
    days = [date(2024, month, 2) for month in range(1, 6)]
    data = wide(days, form="%d/%m/%Y")
    failed(send(analyst_api, data, options={"price_set": mine.pk}), 400, "date_format")
    succeeded(send(analyst_api, data, options={"price_set": mine.pk, "layout": {"date_format": "dmy"}}), 202)


def test_a_set_may_be_made_by_its_name(analyst_api, analyst):
    succeeded(send(analyst_api, wide(), options={"set_name": "New", "currency": "EUR"}), 202)
    assert PriceSet.objects.get(owner=analyst).currency == "EUR"
    failed(send(analyst_api, "nothing", options={"set_name": "Never"}), 400)
    assert PriceSet.objects.count() == 1


def test_the_rules_are_those_that_were_asked_for(analyst_api, mine):
    options = {"price_set": mine.pk, "rule": "keep", "duplicates": "last"}
    number = succeeded(send(analyst_api, wide(), options=options), 202)["price_import"]
    found = PriceImport.objects.get(pk=number)
    assert (found.rule, found.duplicates) == ("keep", "last")


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ("{", "options"),
        ("[1]", "options"),
        ('{"dry_run": NaN}', "options"),
        ('{"rule": "keep", "rule": "refuse"}', "options"),
        ('{"set_name": "a\\u0000b"}', "options"),
        (r'{"set_name": "\ud800"}', "options"),
        ("[" * 10_000, "options"),
        ({}, "price_set"),
        ({"price_set": 10**9}, "price_set"),
        ({"price_set": "1"}, "price_set"),
        ({"price_set": 2**70}, "price_set"),
        ({"set_name": "x", "rule": "guess"}, "rule"),
        ({"set_name": "x", "duplicates": "both"}, "duplicates"),
        ({"set_name": "x", "currency": "euro"}, "currency"),
        ({"set_name": "x", "currency": "eu1"}, "currency"),
        ({"set_name": "x" * 300}, "set_name"),
        ({"set_name": "x", "colour": "red"}, "colour"),
        ({"set_name": "x", "layout": {"colour": "red"}}, "colour"),
        ({"set_name": "x", "layout": {"date_column": "nope"}}, "date_column"),
        ({"set_name": "x", "layout": []}, "layout"),
    ],
)
def test_options_are_refused_by_their_field(analyst_api, options, field):
    failed(send(analyst_api, wide(), options=options), 400, field)
    assert not PriceImport.objects.exists()
    assert not PriceSet.objects.exists()


@pytest.mark.parametrize("data", ["", "nothing", b"%PDF-1.4", b"\x1f\x8b\0\0", zipped({}), "Date,AAA\n"])
def test_a_file_that_is_no_table_is_refused(analyst_api, mine, data):
    error = failed(send(analyst_api, data, options={"price_set": mine.pk}), 400)
    assert error["details"][0]["remedy"]
    assert not Job.objects.exists()


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\0b.csv", "x" * 250 + ".csv", "\u202e.csv", "<b>.csv"])
def test_the_name_of_a_file_does_no_harm(analyst_api, mine, name):
    succeeded(send(analyst_api, wide(), name, options={"price_set": mine.pk}), 202)
    run_pending()
    assert PriceImport.objects.get().report["state"] == "imported"


def test_one_file_is_sent_at_a_time(analyst_api, mine):
    failed(analyst_api.post(URL, {"options": "{}"}, format="multipart"), 400, "file")
    two = [SimpleUploadedFile("a", b"x"), SimpleUploadedFile("b", b"x")]
    failed(analyst_api.post(URL, {"file": two}, format="multipart"), 400, "file")
    failed(analyst_api.post(URL, {"file": "no file"}, format="multipart"), 400, "file")


def test_other_bodies_are_refused(analyst_api):
    failed(analyst_api.post(URL, "{}", content_type=JSON), 415)
    failed(analyst_api.post(URL, b"x", content_type="multipart/form-data"), 400)
    failed(analyst_api.post(URL, b"x", content_type="multipart/form-data; boundary=a"), 400)
    failed(analyst_api.post(URL, {f"a{n}": "1" for n in range(2000)}, format="multipart"), 400)
    failed(analyst_api.post(URL, {"options": "x" * 6_000_000}, format="multipart"), 400)


def test_too_large_a_file_is_refused_with_a_way_out(analyst_api, mine, monkeypatch):
    monkeypatch.setattr(price_imports, "MOST_BYTES", 1000)
    error = failed(send(analyst_api, wide(), options={"price_set": mine.pk}), 413, "file")
    assert "import_prices" in error["details"][0]["remedy"]


def test_too_large_a_body_is_refused_before_it_is_read(analyst_api):
    stated = str(200 * 1024**2)
    failed(
        analyst_api.post(URL, b"", content_type="multipart/form-data; boundary=a", CONTENT_LENGTH=stated), 413, "file"
    )


def test_too_many_waiting_imports_are_a_conflict(analyst_api, mine, monkeypatch):
    monkeypatch.setattr(price_imports, "MOST_WAITING", 1)
    succeeded(send(analyst_api, wide(), options={"price_set": mine.pk}), 202)
    failed(send(analyst_api, wide(weekdays(5)), options={"price_set": mine.pk}), 409, "file")


def test_a_failed_import_tells_why(analyst_api, mine):
    queued = succeeded(send(analyst_api, "Date,AAA\n2024-01-02,-1\n", options={"price_set": mine.pk}), 202)
    run_pending()
    found = succeeded(analyst_api.get(queued["import_url"]))
    assert found["state"] == "failed"
    assert found["report"]["problems"][0]["message"] == "The price is negative."


def test_imports_and_sets_of_others_are_not_there(analyst_api, other_api, operator_api, mine):
    queued = succeeded(send(analyst_api, wide(), options={"price_set": mine.pk}), 202)
    for client in (other_api, operator_api):
        failed(client.get(queued["import_url"]), 404)
        assert succeeded(client.get(URL)) == []
    failed(send(other_api, wide(), options={"price_set": mine.pk}), 400, "price_set")


def test_only_analysts_import(operator_api):
    failed(send(operator_api, wide(), options={"set_name": "x"}), 403)


def test_bad_ids_and_wrong_methods(analyst_api):
    failed(analyst_api.get(f"{URL}999999/"), 404)
    failed(analyst_api.get(f"{URL}x/"), 404)
    assert_wrong_methods(analyst_api, URL, "put", "patch", "delete")
    assert_wrong_methods(analyst_api, f"{URL}1/", "post", "put", "patch", "delete")


def test_sign_in_is_needed(api):
    assert_sign_in_needed(api, URL)
    assert_sign_in_needed(api, URL, "post")
    assert_sign_in_needed(api, f"{URL}1/")


def test_the_rate_is_limited(analyst_api, settings):
    assert_rate_limited(analyst_api, settings, URL)
    assert_rate_limited(analyst_api, settings, URL, "post", "heavy")
    assert_rate_limited(analyst_api, settings, f"{URL}1/")


def test_a_list_takes_few_queries(analyst_api, mine, django_assert_max_num_queries):
    for number in range(4):
        succeeded(send(analyst_api, wide(weekdays(5 + number)), options={"price_set": mine.pk}), 202)
    with django_assert_max_num_queries(6):
        assert len(succeeded(analyst_api.get(URL))) == 4
