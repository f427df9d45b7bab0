"""Fixtures that every test may use."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import hypothesis
import pytest
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.db import connection
from hypothesis import HealthCheck
from rest_framework.test import APIClient

from tests.__main__ import PURE
from tests.browser import chromium

pytest.register_assert_rewrite("tests.installation")

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NO_BROWSER = "NO BROWSER TESTS: no Chromium was found. Install one, or name it in CHROMIUM."


def pytest_configure() -> None:
    """Users are made in most tests, and a hash fit for the world takes half a second."""
    # Tests store reports of statements when they want to, on the connection that they roll back.
    settings.QUERY_REPORT_SECONDS = 0
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # A busy machine is no fault of a property.
    hypothesis.settings.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    hypothesis.settings.load_profile("calm")


def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    """What is held to be the same on every database must not ask one: only one of them would be tried."""
    for item in items:
        asks = {"db", "transactional_db", "live_server"} & {*item.fixturenames} or item.get_closest_marker("django_db")
        if asks and item.nodeid.startswith(PURE):
            raise pytest.UsageError(f"{item.nodeid} asks a database: take its file off PURE in tests/__main__.py.")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request, django_db_modify_db_settings_parallel_suffix, tmp_path_factory) -> None:
    """SQLite in a file where a browser asks: in memory, the threads of a server would share a single connection."""
    browsed = any(item.get_closest_marker("browser") for item in request.session.items)
    if browsed and connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


def make_user(name: str, *roles: str) -> User:
    user = User.objects.create_user(name, password="correct horse battery")
    user.groups.set([Group.objects.get_or_create(name=role)[0] for role in roles])
    return user


@pytest.fixture(autouse=True, scope="module")
def clean_cache_of_a_module() -> None:
    """Nor into what a module prepares for all of its tests."""
    cache.clear()


@pytest.fixture(autouse=True)
def clean_cache() -> None:
    """Rate limits and cached answers never leak from one test into the next."""
    cache.clear()


@pytest.fixture
def redis_away(settings):
    """The product's cache before a Redis that nobody ever started."""
    url = "redis://127.0.0.1:1/0"
    settings.REDIS_URL = url
    backend = {"BACKEND": "performance.cache.backend.TieredCache", "LOCATION": url}
    settings.CACHES = {"default": backend | {"OPTIONS": {"SPACE": f"away{time.monotonic_ns()}"}}}
    yield
    cache.store.listener.stopped.set()


@pytest.fixture
def analyst(db) -> User:
    return make_user("ana", "analyst")


@pytest.fixture
def other_analyst(db) -> User:
    return make_user("bob", "analyst")


@pytest.fixture
def operator(db) -> User:
    return make_user("otto", "operator")


@pytest.fixture
def api() -> APIClient:
    return APIClient()


@pytest.fixture
def analyst_api(analyst) -> APIClient:
    client = APIClient()
    client.force_authenticate(analyst)
    return client


@pytest.fixture
def operator_api(operator) -> APIClient:
    client = APIClient()
    client.force_authenticate(operator)
    return client


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for all: a process has room for one of Playwright's loops."""
    from playwright.sync_api import sync_playwright

    path = chromium.find()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(NO_BROWSER)
        pytest.skip(NO_BROWSER)
    # The loop lives in this thread; the database is still asked by one thread at a time.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=chromium.arguments())
        yield launched
        launched.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
