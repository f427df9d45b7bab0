"""The page of trends, the overview's notes, and the API."""

from __future__ import annotations

import re
from datetime import timedelta

import numpy as np
import pytest
from django.urls import reverse

from performance.models import Anomaly

pytestmark = pytest.mark.django_db
API = "/api/performance/trends/"


@pytest.fixture
def web(client, operator):
    client.force_login(operator)
    return client


@pytest.fixture
def filling(weeks, noise):
    def disk(index):
        return (50e9 + 2e9 * index / 144 + noise(5e7)(index)).astype(np.int64)

    weeks("system", 14, disk_used=disk)


@pytest.fixture
def anomaly(now):
    at = now - timedelta(minutes=20)
    return Anomaly.objects.create(
        host="web-1",
        category="application",
        metric="latency_p95",
        at=at,
        worst_at=at,
        value=1240,
        expected=210,
        score=9,
    )


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_the_page_tells_what_changed_what_fills_up_and_what_never_was(web, filling, anomaly):
    text = text_of(web.get(reverse("performance:trends")))
    order = [
        text.index(words)
        for words in (
            "What changed",
            "the last 24 hours were like those before",
            "Disk on web-1 full in 11 days",
            "Latency, p95 on web-1 1,240.0 ms",
            "CPU web-1 12.0 % 12.0 % same same same same",
        )
    ]
    assert order == sorted(order)


def test_an_empty_installation_is_told_what_to_do(web):
    text = text_of(web.get(reverse("performance:trends")))
    assert "start manage.py sample_metrics" in text
    assert "Nothing is foreseen to fill up." in text
    assert "No figure of the last seven days was out of its usual course." in text


def test_it_is_for_operators(client, analyst):
    assert client.get(reverse("performance:trends")).status_code == 302
    client.force_login(analyst)
    assert client.get(reverse("performance:trends")).status_code == 403


def test_it_is_only_read(web):
    assert web.post(reverse("performance:trends")).status_code == 405


def test_the_operators_menu_leads_there(web, store, now):
    store(now)
    assert f'href="{reverse("performance:trends")}"' in web.get(reverse("performance:overview")).content.decode()


def test_the_overview_notes_the_last_days_anomalies(web, store, anomaly, now):
    store(now)
    page = text_of(web.get(reverse("performance:overview")))
    assert "As never before, in the last 24 hours" in page
    assert "1,240.0 ms" in page
    poll = web.get(reverse("performance:data")).json()
    assert "1,240.0 ms" in poll["fragments"]["anomalies"]
    Anomaly.objects.update(at=now - timedelta(days=2))
    assert "As never before" not in text_of(web.get(reverse("performance:overview")))


@pytest.mark.parametrize("address", [API, API.rstrip("/")])
def test_the_api_gives_all_three(operator_api, filling, anomaly, address):
    body = operator_api.get(address).json()
    assert body["success"] is True
    data = body["data"]
    (disk,) = data["forecasts"]
    assert disk["sentence"].startswith("disk on web-1 full in 11 days")
    assert disk["low"] <= disk["days"] <= disk["high"]
    assert data["anomalies"][0]["expected"] == 210
    cpu = next(trend for trend in data["trends"] if trend["metric"] == "cpu_percent")
    assert (cpu["unit"], cpu["host"], cpu["told"], cpu["day"]["difference"]) == ("percent", "web-1", False, 0)
    assert cpu["slope"]["certain"] is False


def test_the_api_of_an_empty_installation_is_empty(operator_api):
    assert operator_api.get(API).json()["data"] == {"trends": [], "forecasts": [], "anomalies": []}


def test_the_api_is_for_operators(api, analyst_api):
    assert api.get(API).status_code == 401
    assert analyst_api.get(API).status_code == 403


def test_the_api_is_only_read(operator_api):
    response = operator_api.post(API, {"any": 1}, format="json")
    assert response.status_code == 405
    assert response.json()["success"] is False
