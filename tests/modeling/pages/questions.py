"""What every page is asked: anonymous, role, owner, bad id, wrong method."""

from __future__ import annotations

from typing import Any

from django.test import Client


def send(client: Client, method: str, url: str) -> Any:
    return client.post(url, {}) if method == "post" else client.get(url)


def refuses_strangers(method: str, url: str, operator_page: Client) -> None:
    """Nobody without signing in, nobody without the analyst's role."""
    anonymous = send(Client(), method, url)
    assert anonymous.status_code == 302
    assert anonymous["Location"].startswith("/sign-in/?next=")
    assert send(operator_page, method, url).status_code == 403


def refuses_other_methods(method: str, url: str, page: Client) -> None:
    other = "get" if method == "post" else "post"
    assert send(page, other, url).status_code == 405
    assert page.delete(url).status_code == 405
