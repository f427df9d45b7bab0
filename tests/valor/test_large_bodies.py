"""Bodies larger than the server reads."""

from __future__ import annotations

import pytest


@pytest.fixture
def small_limit(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000


def test_to_the_api_it_is_413_in_the_envelope(client, analyst, small_limit):
    client.force_login(analyst)
    answer = client.post("/api/valuations/value/", {"name": "x" * 2000}, content_type="application/json")
    assert answer.status_code == 413
    error = answer.json()["error"]
    assert error["code"] == "too_large"
    assert error["details"] == [
        {
            "field": "body",
            "value": int(answer.wsgi_request.META["CONTENT_LENGTH"]),
            "message": "A body may have at most 1,000 bytes.",
            "remedy": "Send less at once.",
        }
    ]


def test_to_a_page_it_is_413_in_the_look(client, small_limit):
    answer = client.post("/sign-in/", {"username": "x" * 2000}, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413
    assert "Valor IVX" in answer.text
