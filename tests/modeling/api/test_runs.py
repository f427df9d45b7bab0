"""GET /api/valuations/{id}/runs/ and /api/valuations/{id}/runs/{number}/"""

from __future__ import annotations

import pytest

from modeling.services import create_valuation, start_run
from tasks.testing import run_pending
from tests.modeling.api.questions import (
    assert_rate_limited,
    assert_sign_in_needed,
    assert_wrong_methods,
    failed,
    succeeded,
)


@pytest.fixture
def url(valuation) -> str:
    return f"/api/valuations/{valuation.pk}/runs/"


@pytest.fixture
def runs(valuation):
    """A finished run and a queued one."""
    first = start_run(valuation, trials=1000, seed=1, sampler="sobol", owner=valuation.owner)
    run_pending()
    return first, start_run(valuation, trials=1000, seed=2, sampler="sobol", owner=valuation.owner)


def test_lists_the_runs_with_their_state(analyst_api, url, runs, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(6):
        data = succeeded(analyst_api.get(url))
    assert [(run["number"], run["seed"], run["state"]) for run in data] == [(2, 2, "queued"), (1, 1, "done")]
    assert "result" not in data[0]
    assert "document" not in data[0]


def test_one_run_shows_its_inputs_and_result(analyst_api, url, runs, valuation) -> None:
    done = succeeded(analyst_api.get(f"{url}1/"))
    assert done["document"] == valuation.document
    assert done["result"]["trials"] == 1000
    assert done["finished_at"]
    waiting = succeeded(analyst_api.get(f"{url}2/"))
    assert (waiting["state"], waiting["result"], waiting["finished_at"]) == ("queued", None, None)


def test_somebody_elses_are_not_found(analyst_api, operator_api, other_analyst, document) -> None:
    theirs = create_valuation(owner=other_analyst, document=document)
    start_run(theirs, trials=1000, seed=1, sampler="sobol", owner=other_analyst)
    for client in (analyst_api, operator_api):
        failed(client.get(f"/api/valuations/{theirs.pk}/runs/"), 404)
        failed(client.get(f"/api/valuations/{theirs.pk}/runs/1/"), 404)


@pytest.mark.parametrize("number", ["0", "9", str(10**30), "abc", "-1"])
def test_a_bad_number_is_not_found(analyst_api, url, runs, number) -> None:
    failed(analyst_api.get(f"{url}{number}/"), 404)


@pytest.mark.parametrize("path", ["", "1/"])
def test_asks_for_a_sign_in(api, url, runs, path) -> None:
    assert_sign_in_needed(api, url + path)


@pytest.mark.parametrize("path", ["", "1/"])
def test_only_reads(analyst_api, url, runs, path) -> None:
    assert_wrong_methods(analyst_api, url + path, "post", "put", "patch", "delete")


@pytest.mark.parametrize("path", ["", "1/"])
def test_is_rate_limited(analyst_api, settings, url, runs, path) -> None:
    assert_rate_limited(analyst_api, settings, url + path)
