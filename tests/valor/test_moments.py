"""Moments in a query are looked for in UTC, from whatever zone they come."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from valor.lib.moments import MomentField


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2864-08-05T01:22:18.89+20:28", datetime(2864, 8, 4, 4, 54, 18, 890000, tzinfo=UTC)),
    ],
)
def test_any_zone_becomes_utc(text, moment):
    found = MomentField().clean(text)
    assert found == moment
    assert found.tzinfo is UTC


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+20:00", "9999-12-31T23:59:59-20:00", "soon"])
def test_what_no_calendar_holds_is_refused(text):
    with pytest.raises(ValidationError):
        MomentField().clean(text)


@pytest.mark.parametrize("path", ["actions/runs/?requested_after", "slow-queries/?seen_after"])
def test_the_api_takes_a_zone_that_no_database_knows(operator_api, path):
    assert operator_api.get(f"/api/performance/{path}=2864-08-05T01:22:18.89%2B20:28").status_code == 200
