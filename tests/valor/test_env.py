"""Settings from the environment."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from valor.lib import env


@pytest.mark.parametrize(("raw", "value"), [("0.25", 0.25), (" 2 ", 2.0), ("", 1.0), ("1e-3", 0.001)])
def test_a_number_is_read_with_its_default(monkeypatch, raw, value):
    monkeypatch.setenv("SLOW_QUERY_SECONDS", raw)
    assert env.number("SLOW_QUERY_SECONDS", 1.0) == value


@pytest.mark.parametrize("raw", ["soon", "nan", "inf", "1,5"])
def test_what_is_no_number_is_refused_by_its_name(monkeypatch, raw):
    monkeypatch.setenv("SLOW_QUERY_SECONDS", raw)
    with pytest.raises(ImproperlyConfigured, match=r"SLOW_QUERY_SECONDS='.*' is not a number"):
        env.number("SLOW_QUERY_SECONDS", 1.0)
