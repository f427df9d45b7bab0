"""A simulation submitted as a job of its own, without a stored valuation: ``POST /api/jobs/``."""

from __future__ import annotations

import pytest

from modeling.examples import DOCUMENT
from tasks.models import Job
from tasks.testing import run_pending

JOBS = "/api/jobs/"


def submit(client, **changes):
    request = {"kind": "modeling.simulate", "parameters": {"document": DOCUMENT, "trials": 2000}} | changes
    return client.post(JOBS, request, format="json")


def test_a_document_is_simulated_and_its_result_fetched(analyst_api) -> None:
    accepted = submit(analyst_api, label="Try it")
    assert accepted.status_code == 202
    run_pending()
    result = analyst_api.get(f"{accepted.headers['Location']}result/").json()["data"]
    assert result["trials"] == 2000
    assert result["percentiles"]["p10"] < result["mean"] < result["percentiles"]["p90"]


def test_operators_may_not(operator_api) -> None:
    assert submit(operator_api).status_code == 403
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({}, "parameters.document"),
        ({"document": {}}, "inputs"),
        ({"document": DOCUMENT, "trials": 10**12}, "trials"),
        ({"document": DOCUMENT, "nonsense": 1}, "parameters.nonsense"),
    ],
)
def test_what_is_wrong_is_named(analyst_api, parameters, field) -> None:
    refused = submit(analyst_api, parameters=parameters)
    assert refused.status_code == 400
    assert field in [detail["field"] for detail in refused.json()["error"]["details"]]
    assert not Job.objects.exists()
