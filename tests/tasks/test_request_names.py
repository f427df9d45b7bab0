"""A job that a request queued carries its name: in its own log, and in what its worker logs."""

from __future__ import annotations

import logging

import pytest

from tasks import services
from tasks.runner import run_one
from tasks.selectors import log_of, request_behind
from valor.lib import request_ids

PATH = "/api/jobs/"


@pytest.fixture
def told(declare):
    """What a job's handler was told of the request behind it."""
    names: list[str] = []

    def handler(ctx, parameters):
        """Listens."""
        names.append(request_ids.current.get())
        logging.getLogger("tests").warning("At work")
        return {}

    declare("tests.listen", handler)
    return names


def test_the_request_that_queued_it_is_named_by_its_log_and_while_it_runs(analyst_api, analyst, told):
    services.submit("tests.listen", {}, owner=analyst)
    with request_ids.under("follow-me"):
        job = services.submit("tests.listen", {"again": 1}, owner=analyst)
    assert [line["text"] for line in log_of(job)] == ["Queued by request follow-me"]
    while run_one():
        pass
    assert sorted(told) == ["", "follow-me"]
    assert request_ids.current.get() == ""


def test_the_api_names_it(analyst_api, operator_api):
    body = {"kind": "tasks.selftest", "parameters": {"seconds": 1}}
    answer = operator_api.post(PATH, body, headers={"X-Request-ID": "follow-me"})
    assert answer.json()["data"]["log"][0]["text"] == "Queued by request follow-me"


def test_nobody_is_named_where_no_request_queued_it(job):
    assert request_behind(job) == ""
