"""The questions that every endpoint is asked."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache

JSON = "application/json"
# What a careless or hostile caller sends instead of a JSON object.
BAD_BODIES = {
    "not JSON": "{",
    "empty": "",
    "a list": "[1]",
    "a number": "3",
    "NaN": '{"version": NaN}',
    "infinite": '{"version": Infinity}',
    "overflowing": '{"version": 1e400}',
    "a key twice": '{"version": 1, "version": 2}',
    "nested too deeply": "[" * 100_000,
    "nested too deeply to be told back": '{"a": ' * 500 + "1" + "}" * 500,
    "half a character": r'{"\ud800": 1}',
    "not UTF-8": b'{"name": "\xff"}',
}


def succeeded(response: Any, status: int = 200) -> Any:
    """The data of a successful answer."""
    assert response.status_code == status, response.content
    body = response.json()
    assert body["success"] is True
    return body["data"]


def failed(response: Any, status: int, field: str = "") -> dict[str, Any]:
    """The error of an answer in the envelope; *field* must be among its details, with message and remedy."""
    assert response.status_code == status, response.content
    body = response.json()
    assert body["success"] is False
    error = body["error"]
    assert error["message"]
    if field:
        found = {detail["field"]: detail for detail in error["details"]}
        assert field in found, found
        assert found[field]["message"]
        assert found[field]["remedy"]
    return error


def assert_sign_in_needed(api: Any, url: str, method: str = "get") -> None:
    response = getattr(api, method)(url)
    failed(response, 401)
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def assert_wrong_methods(client: Any, url: str, *methods: str) -> None:
    for method in methods:
        error = failed(getattr(client, method)(url), 405)
        assert error["code"] == "method_not_allowed"


def assert_bad_bodies(client: Any, url: str, method: str = "post", *, empty_allowed: bool = False) -> None:
    for name, body in BAD_BODIES.items():
        if name == "empty" and empty_allowed:
            continue
        response = getattr(client, method)(url, body, content_type=JSON)
        assert response.status_code == 400, (name, response.content)
        failed(response, 400)
    failed(getattr(client, method)(url, "a=1", content_type="application/x-www-form-urlencoded"), 415)
    too_large = '{"name": "' + "x" * 1_100_000 + '"}'
    failed(getattr(client, method)(url, too_large, content_type=JSON), 413)


def assert_rate_limited(client: Any, settings: Any, url: str, method: str = "get", rate: str = "read") -> None:
    cache.clear()
    # By the day: a window that ended between the two requests would start counting anew.
    settings.API_RATES = settings.API_RATES | {rate: "1/d"}
    getattr(client, method)(url)
    response = getattr(client, method)(url)
    failed(response, 429)
    assert int(response.headers["Retry-After"]) > 0
