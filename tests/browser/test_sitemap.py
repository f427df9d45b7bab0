"""The list of pages is whole: whoever adds a page adds it to the proofs, or says why it is none."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from django.urls import get_resolver, resolve, reverse

from tests.browser.sitemap import NO_PAGES, OF_OTHERS, PLACES, POLLED, POSTED
from tests.conftest import make_user

NAMES = {
    "company": 1,
    "valuation": 1,
    "run": 1,
    "portfolio": 1,
    "weights": 1,
    "backtest": 2,
    "job": UUID(int=1),
    "alert": 1,
    "fingerprint": "0123456789abcdef",
    "threshold": 1,
    "dashboard": "every-kind",
    "prices": 1,
    "draft": 1,
    "price_import": 2,
}
ARGUMENTS = {
    "pk": 1,
    "number": 1,
    "job_id": UUID(int=1),
    "name": "performance",
    "slug": "none",
    "section": "stress",
    "version": 1,
    "key": "w1",
    "ticker": "AAA",
}
NOT_A_PAGE = {name for names in NO_PAGES.values() for name in names}


def addresses(resolver=None, prefix: str = "", space: str = "") -> Iterator[tuple[str, str, dict]]:
    """Path, name and arguments of everything of ours in the URL conf."""
    for entry in (resolver or get_resolver()).url_patterns:
        path = prefix + str(entry.pattern)
        if path.startswith(OF_OTHERS):
            continue
        if hasattr(entry, "url_patterns"):
            yield from addresses(entry, path, f"{entry.namespace}:" if entry.namespace else space)
        else:
            yield path, space + (entry.name or ""), entry.pattern.converters


def seen() -> set[str]:
    """The names of the views behind the pages of the list."""
    paths = [place.address.format(**NAMES).split("?")[0] for place in PLACES]
    return {resolve(path).view_name for path in paths if path != "/nothing/here/"}


def test_every_address_is_a_page_of_the_list_or_none_for_a_reason():
    known = seen() | NOT_A_PAGE
    assert [path for path, name, _ in addresses() if name not in known] == []


def test_nothing_is_both_and_nothing_is_listed_that_is_gone():
    names = {name for _, name, _ in addresses()}
    assert seen() & NOT_A_PAGE == set()
    assert NOT_A_PAGE - names == set()


@pytest.fixture
def opened(client, db):
    """What somebody of both roles gets who opens an address, of something that may not exist."""
    client.force_login(make_user("both", "analyst", "operator"))
    converters = {name: converters for _, name, converters in addresses()}

    def get(name: str):
        return client.get(reverse(name, kwargs={key: ARGUMENTS[key] for key in converters[name]}))

    return get


@pytest.mark.parametrize("name", NO_PAGES[POSTED])
def test_what_a_form_is_sent_to_shows_nothing_to_somebody_who_opens_it(opened, name):
    assert opened(name).status_code == 405


@pytest.mark.parametrize("name", NO_PAGES[POLLED])
def test_what_a_script_asks_for_is_never_a_page(opened, name):
    answer = opened(name)
    assert b"<html" not in answer.content or answer.status_code == 404
