"""POST /api/valuations/{id}/simulate/"""

from __future__ import annotations

import json

import pytest

from modeling.models import Run
from modeling.services import create_valuation
from tasks.testing import run_pending
from tests.modeling.api.questions import (
    JSON,
    assert_bad_bodies,
    assert_rate_limited,
    assert_sign_in_needed,
    assert_wrong_methods,
    failed,
    succeeded,
)


@pytest.fixture
def url(valuation) -> str:
    return f"/api/valuations/{valuation.pk}/simulate/"


def test_answers_with_the_job_and_ends_in_a_result(analyst_api, url, valuation) -> None:
    response = analyst_api.post(url, {"trials": 2000, "seed": 3, "sampler": "pseudo_random"})
    job = succeeded(response, 202)
    assert response.headers["Location"] == f"/api/jobs/{job['id']}/"
    assert response.headers["Retry-After"] == "1"
    assert (job["state"], job["run"]) == ("queued", 1)
    run_pending()
    status = succeeded(analyst_api.get(response.headers["Location"]))
    assert status["state"] == "done"
    run = succeeded(analyst_api.get(job["run_url"]))
    assert (run["trials"], run["seed"], run["sampler"], run["state"]) == (2000, 3, "pseudo_random", "done")
    assert run["result"]["percentiles"]["p5"] < run["result"]["percentiles"]["p95"]


def test_a_million_trials_by_default(analyst_api, url) -> None:
    succeeded(analyst_api.post(url, {}), 202)
    run = Run.objects.get()
    assert (run.trials, run.seed, run.sampler) == (1_000_000, 1, "sobol")


@pytest.mark.parametrize(
    ("settings_", "field"),
    [
        ({"trials": 0}, "trials"),
        ({"trials": 10**12}, "trials"),
        ({"trials": -5}, "trials"),
        ({"trials": 1e6}, "trials"),
        ({"trials": "1000"}, "trials"),
        ({"trials": True}, "trials"),
        ({"trials": None}, "trials"),
        ({"trials": [1000]}, "trials"),
        ({"seed": -1}, "seed"),
        ({"seed": 10**40}, "seed"),
        ({"seed": "a"}, "seed"),
        ({"sampler": "halton"}, "sampler"),
        ({"sampler": 3}, "sampler"),
        ({"trails": 1000}, "trails"),
    ],
)
def test_impossible_settings_name_their_field(analyst_api, url, settings_, field) -> None:
    failed(analyst_api.post(url, settings_), 400, field)
    assert not Run.objects.exists()


@pytest.mark.parametrize("literal", ["NaN", "1e400", "-Infinity"])
def test_a_number_that_is_none_is_refused(analyst_api, url, literal) -> None:
    failed(analyst_api.post(url, f'{{"trials": {literal}}}', content_type=JSON), 400)
    assert not Run.objects.exists()


def test_without_uncertainty_there_is_nothing_to_simulate(analyst_api, analyst, document) -> None:
    del document["uncertainty"], document["correlations"]
    certain = create_valuation(owner=analyst, document=document)
    failed(analyst_api.post(f"/api/valuations/{certain.pk}/simulate/", {}), 400, "uncertainty")


def test_somebody_elses_valuation_is_not_found(analyst_api, other_analyst, document) -> None:
    theirs = create_valuation(owner=other_analyst, document=document)
    failed(analyst_api.post(f"/api/valuations/{theirs.pk}/simulate/", {}), 404)
    assert not Run.objects.exists()


def test_operators_may_not_and_see_no_parameters_of_the_job(analyst_api, operator_api, url) -> None:
    failed(operator_api.post(url, {}), 403)
    job = succeeded(analyst_api.post(url, {"trials": 2000}), 202)
    run_pending()
    seen = json.dumps(succeeded(operator_api.get(f"/api/jobs/{job['id']}/")))
    assert "base_revenue" not in seen
    assert "percentiles" not in seen


@pytest.mark.parametrize("pk", ["0", "999999", str(10**30), "abc"])
def test_a_bad_id_is_not_found(analyst_api, pk) -> None:
    failed(analyst_api.post(f"/api/valuations/{pk}/simulate/", {}), 404)


def test_bad_bodies_are_refused(analyst_api, url) -> None:
    assert_bad_bodies(analyst_api, url, empty_allowed=True)
    assert not Run.objects.exists()


def test_asks_for_a_sign_in(api, url) -> None:
    assert_sign_in_needed(api, url, "post")


def test_only_posts(analyst_api, url) -> None:
    assert_wrong_methods(analyst_api, url, "get", "put", "patch", "delete")


def test_is_limited_as_heavy_work(analyst_api, settings, url) -> None:
    assert_rate_limited(analyst_api, settings, url, "post", "heavy")
