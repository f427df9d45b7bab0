"""Whatever is sent to the API is answered as the OpenAPI document says: Schemathesis writes the requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.contrib.auth.models import User
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, settings
from rest_framework_simplejwt.tokens import AccessToken
from schemathesis.core.failures import FailureGroup

from tests.api.house import furnish
from tests.conftest import make_user

EXAMPLES = 12
CONFIG = {
    "seed": 1,
    "generation": {"max-examples": EXAMPLES, "deterministic": True, "no-shrink": True},
    "phases": {"stateful": {"enabled": False}},
    "checks": {
        # That a part is down or nothing is sampled is an answer, too, where the document says so.
        "not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", "503"]},
        "positive_data_acceptance": {"enabled": False},
        "negative_data_rejection": {"enabled": False},
        "missing_required_header": {"enabled": False},
        "unsupported_method": {"enabled": False},
        "ignored_auth": {"enabled": False},
    },
}


def contract() -> Any:
    document = SchemaGenerator().get_schema(public=True)
    loaded = schemathesis.openapi.from_dict(document, config=schemathesis.Config.from_dict(CONFIG))
    loaded.app = get_wsgi_application()
    return loaded


schema = contract()


@pytest.fixture
def unlimited(settings) -> None:
    settings.API_RATES = dict.fromkeys(settings.API_RATES, "1000000/m")


@pytest.fixture
def one_connection():
    """The server would close the connection whose transaction the test rolls back."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def people(django_db_setup, django_db_blocker) -> Iterator[dict[str, User]]:
    """Of each role one, who live in a transaction around all of these tests: each test's own is a savepoint in it."""
    around = transaction.atomic()
    with django_db_blocker.unblock():
        around.__enter__()
        made = {role: make_user(role, role) for role in ("analyst", "operator")}
    yield made
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        around.__exit__(None, None, None)


@pytest.fixture(scope="module")
def house(people, django_db_blocker) -> dict[str, dict[str, Any]]:
    """Furnished once, since no call leaves anything behind."""
    with django_db_blocker.unblock():
        return furnish(**people)


@pytest.fixture
def callers(people) -> dict[str, dict[str, str]]:
    """What somebody of each role sends along."""
    plain = {"Accept-Encoding": "identity"}
    tokens = {role: {"Authorization": f"Bearer {AccessToken.for_user(user)}"} for role, user in people.items()}
    return {"anonymous": plain} | {role: plain | token for role, token in tokens.items()}


def aim(case: Any, house: dict[str, dict[str, Any]]) -> None:
    """Most calls that name something by a number or a key name what is there."""
    known = next((names for path, names in house.items() if case.path.startswith(path)), {})
    for name, value in known.items():
        sent = case.path_parameters.get(name)
        if sent is not None and len(str(sent)) % 4:
            case.path_parameters[name] = value


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@pytest.mark.django_db
@pytest.mark.usefixtures("unlimited", "one_connection")
@schema.parametrize()
def test_every_answer_is_documented_whoever_asks(case, callers, house):
    aim(case, house)
    for role, headers in callers.items():
        with transaction.atomic():
            answer = case.call(headers=headers)
            transaction.set_rollback(True)
        try:
            case.validate_response(answer, headers=headers)
        except FailureGroup as wrong:
            raise FailureGroup(wrong.exceptions, f"Asked as {role}: {wrong.message}") from None
