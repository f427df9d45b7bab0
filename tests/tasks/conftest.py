"""Job kinds that only these tests know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext

from tasks import registry, services
from tasks.models import Job
from tasks.registry import JobContext
from valor.lib.errors import InvalidInput


@pytest.fixture
def declare():
    """``declare("tests.kind", handler, **rules)``: a kind for the length of one test."""
    declared = []

    def add(kind: str, handler: Callable[[JobContext, dict[str, Any]], Any], **rules: Any) -> None:
        registry.job(kind, **rules)(handler)
        declared.append(kind)

    yield add
    for kind in declared:
        registry.forget(kind)


def needs_amount(parameters: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(parameters.get("amount"), int):
        raise InvalidInput.at("amount", parameters.get("amount"), "This is not a whole number.", "Send one.")
    return {"amount": parameters["amount"]}


def double(ctx: JobContext, parameters: dict[str, Any]) -> dict[str, Any]:
    """Doubles an amount."""
    ctx.progress(1, 2, "Doubling")
    return {"doubled": 2 * parameters["amount"]}


@pytest.fixture
def double_kind(declare) -> str:
    declare("tests.double", double, parameters=needs_amount)
    return "tests.double"


@pytest.fixture
def job(double_kind, analyst) -> Job:
    """A queued job of the analyst."""
    return services.submit(double_kind, {"amount": 21}, owner=analyst)


@pytest.fixture
def queries(db):
    """``with queries() as asked: ...; len(asked)``."""
    from django.db import connection

    return lambda: CaptureQueriesContext(connection)
