"""What is begun in the background says where it stands and when to ask again, what is made where it is."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import resolve
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from modeling.examples import DOCUMENT, PORTFOLIO
from tasks.models import Job
from tests.api.house import WALKED, furnish

PRICES = SimpleUploadedFile("prices.csv", b"Date,AAA\n2024-01-02,10\n2024-01-03,11\n")
MANY = 501
LARGE = {
    "assets": [{"name": f"A{place}", "mean": 0.05} for place in range(MANY)],
    "covariance": [[0.04 * (row == column) for column in range(MANY)] for row in range(MANY)],
    "objective": "min_variance",
}
# How each is asked; what is not here yet is missed below.
BODIES: dict[str, Any] = {
    "job_submit": {"kind": "tasks.selftest", "parameters": {"seconds": 1}},
    "job_cancel": None,
    "job_retry": None,
    "performance_optimize": {"actions": ["prune"]},
    "performance_recommendation_apply": {},
    "companies_fetch": {"company": "AAPL"},
    "prices_fetch": {"provider": "stooq", "tickers": ["AAPL"]},
    "portfolio_results_create": {"rules": {"window": 20}},
    "portfolios_backtest": {"document": WALKED, "rules": {"window": 20}},
    "portfolios_frontier": LARGE,
    "portfolios_optimize": LARGE,
    "price_set_clean": {"name": "Cleaned"},
    "price_imports_start": {"file": PRICES, "options": '{"set_name": "New"}'},
    "valuation_simulate": {"trials": 2000, "seed": 5},
}
MULTIPART = {"price_imports_start"}
LIGHT = {"job_cancel"}
SOON = (timezone.now() + timedelta(hours=1)).isoformat()
MAKING: dict[str, Any] = {
    "company_value": None,
    "performance_dashboards_add": {"title": "Mine"},
    "performance_alert_silence": {"until": SOON, "reason": "Moving house"},
    "performance_silences_add": {"until": SOON, "reason": "Moving house"},
    "portfolios_create": {"document": PORTFOLIO},
    "price_sets_create": {"name": "Small companies"},
    "portfolio_results_create": {},
    "valuations_create": {"document": DOCUMENT},
}


@cache
def answering(status: str) -> dict[str, tuple[str, str]]:
    """Method and path of every operation that may answer so, by its id."""
    paths = SchemaGenerator().get_schema(public=True)["paths"]
    return {
        operation["operationId"]: (method, path)
        for path, operations in paths.items()
        for method, operation in operations.items()
        if status in operation.get("responses", ())
    }


@pytest.fixture
def ask(analyst, operator, settings):
    """Asks as whoever may: the owner of the house's jobs is the analyst."""
    settings.PROVIDER_CONTACT = "Acme Research ana@example.com"
    house = furnish(analyst, operator)

    def one(operation: str, body: Any) -> tuple[APIClient, Any]:
        method, path = (answering("202") | answering("201"))[operation]
        names = next((names for start, names in house.items() if path.startswith(start)), {})
        client = APIClient()
        client.force_authenticate(operator if "/performance/" in path or operation == "job_submit" else analyst)
        if operation == "job_retry":
            Job.objects.filter(pk=names["job_id"]).update(state="cancelled")
        form = "multipart" if operation in MULTIPART else "json"
        PRICES.seek(0)
        return client, getattr(client, method)(path.format(**names), deepcopy(body), format=form)

    return one


def test_every_operation_that_answers_202_is_asked_here():
    assert set(answering("202")) == set(BODIES)


def test_every_operation_that_answers_201_is_asked_here():
    assert set(answering("201")) == set(MAKING)


@pytest.mark.parametrize("operation", BODIES)
def test_a_202_says_where_it_stands_and_when_to_ask_again(ask, operation):
    client, answer = ask(operation, BODIES[operation])
    assert answer.status_code == 202, answer.content
    assert int(answer["Retry-After"]) >= 1
    job = client.get(answer["Location"])
    assert job.status_code == 200
    assert job.json()["data"]["state"] in {"queued", "cancelled"}


@pytest.mark.parametrize("operation", MAKING)
def test_a_201_says_where_what_was_made_is(ask, operation):
    client, answer = ask(operation, MAKING[operation])
    assert answer.status_code == 201, answer.content
    made = client.get(answer["Location"])
    assert made.status_code == 200
    name = next(name for name in ("slug", "number", "id") if name in answer.json()["data"])
    assert made.json()["data"][name] == answer.json()["data"][name]


@pytest.mark.parametrize("operation", sorted(set(BODIES) - LIGHT))
def test_beginning_work_is_heavy(operation):
    _, path = answering("202")[operation]
    address = path.format(id=1, ticker="ACM", job_id="5c2a0e5e-6d0f-4c8e-9a3f-0d3b5b1f2a77")
    assert resolve(address).func.view_class.rate_class == "heavy"
