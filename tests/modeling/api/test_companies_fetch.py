"""POST /api/companies/fetch/"""

from __future__ import annotations

import pytest

from modeling.models import Company
from tasks import registry
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
from tests.modeling.importers.documents import acme
from tests.modeling.providers.answers import DIRECTORY
from tests.modeling.providers.conftest import providers, server  # noqa: F401 - fixtures
from tests.modeling.providers.server import answers, ends_early, gives
from valor.lib.errors import InvalidInput

URL = "/api/companies/fetch/"
BODY = {"company": "ACM"}
FACTS = "/api/xbrl/companyfacts/CIK0000000042.json"


@pytest.fixture
def sec(providers, monkeypatch):  # noqa: F811
    monkeypatch.setattr("modeling.providers.client.FIRST_WAIT", 0.0)
    providers.pages = {"/files/": gives(DIRECTORY), FACTS: gives(acme())}
    providers.script = [answers("", 404)]
    return providers


@pytest.fixture(autouse=True)
def contact(settings) -> None:
    settings.PROVIDER_CONTACT = "Acme Research ana@example.com"


def ended(client, body=BODY) -> Job:
    job = succeeded(client.post(URL, body), 202)
    run_pending()
    return Job.objects.get(pk=job["id"])


def test_answers_with_the_job_that_imports_the_statements(analyst_api, analyst, sec) -> None:
    response = analyst_api.post(URL, BODY)
    job = succeeded(response, 202)
    assert response.headers["Location"] == f"/api/jobs/{job['id']}/"
    assert response.headers["Retry-After"] == "1"
    assert sec.requests == []
    run_pending()
    assert succeeded(analyst_api.get(response.headers["Location"]))["state"] == "done"
    company = Company.objects.get()
    assert (company.owner, company.cik) == (analyst, "42")
    found = Job.objects.get(pk=job["id"])
    assert (found.result["company_id"], found.result["years"]) == (company.pk, ["FY2022", "FY2023"])
    assert registry.spec_of(found.kind).subject_url(found) == company.get_absolute_url()


def test_an_unknown_company_fails_with_words(analyst_api, sec) -> None:
    job = ended(analyst_api, {"company": "NOPE"})
    assert (job.state, job.error_problems[0]["field"]) == ("failed", "company")
    assert "no ticker NOPE" in job.error_problems[0]["message"]


def test_a_document_cut_short_stores_nothing(analyst_api, sec) -> None:
    sec.pages[FACTS] = ends_early
    job = ended(analyst_api)
    assert job.state != "done"
    assert not Company.objects.exists()


@pytest.mark.parametrize(
    "body", [{"company": ""}, {"company": 42}, {"company": "../x"}, {"company": None}, {"company": "A" * 41}, {}]
)
def test_what_names_no_company_is_refused_before_there_is_a_job(analyst_api, body) -> None:
    failed(analyst_api.post(URL, body), 400, "company")
    assert not Job.objects.exists()


def test_switched_off_it_says_so(analyst_api, settings) -> None:
    settings.ONLINE_PROVIDERS = False
    assert "ONLINE_PROVIDERS" in failed(analyst_api.post(URL, BODY), 503)["message"]


def test_without_a_contact_it_says_so(analyst_api, settings) -> None:
    settings.PROVIDER_CONTACT = ""
    assert "PROVIDER_CONTACT" in failed(analyst_api.post(URL, BODY), 503)["message"]
    assert not Job.objects.exists()


def test_operators_may_not(operator_api) -> None:
    failed(operator_api.post(URL, BODY), 403)


def test_bad_bodies_are_refused(analyst_api) -> None:
    assert_bad_bodies(analyst_api, URL)


@pytest.mark.django_db
def test_asks_for_a_sign_in(api) -> None:
    assert_sign_in_needed(api, URL, "post")


def test_only_posts(analyst_api) -> None:
    assert_wrong_methods(analyst_api, URL, "get", "put", "patch", "delete")


def test_is_limited_as_heavy_work(analyst_api, settings) -> None:
    assert_rate_limited(analyst_api, settings, URL, "post", "heavy")


@pytest.mark.parametrize(
    "parameters", [None, {}, {"company": "ACM"}, {"company": 3, "owner": 1}, {"company": "A B", "owner": 1}]
)
def test_a_job_that_names_nothing_is_refused(parameters) -> None:
    with pytest.raises(InvalidInput):
        registry.spec_of("modeling.fetch_company").parameters(parameters)


def test_for_a_user_that_is_gone_nothing_is_asked(analyst_api, analyst, sec) -> None:
    job = succeeded(analyst_api.post(URL, BODY), 202)
    Job.objects.filter(pk=job["id"]).update(owner=None)
    analyst.delete()
    run_pending()
    assert Job.objects.get(pk=job["id"]).state == "cancelled"
    assert sec.requests == []
