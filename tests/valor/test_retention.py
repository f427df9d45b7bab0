"""For how many days measurements are kept."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from valor.lib.retention import days_kept


def test_without_settings_it_is_two_weeks_three_months_two_years_and_for_ever():
    assert days_kept() == {"detail": 2, "raw": 14, "5min": 90, "1h": 730, "1d": 0}


def test_each_level_has_its_variable(monkeypatch):
    for name, days in (("DETAIL", "1"), ("RAW", "7"), ("5MIN", "7"), ("1H", "0"), ("1D", "")):
        monkeypatch.setenv(f"VALOR_KEEP_{name}", days)
    assert days_kept() == {"detail": 1, "raw": 7, "5min": 7, "1h": 0, "1d": 0}


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("RAW", "soon", "not a whole number"),
        ("RAW", "-1", "use 1 to 36500, or 0 for ever"),
        ("DETAIL", "99999", "use 1 to 36500, or 0 for ever"),
        ("RAW", "91", "VALOR_KEEP_5MIN=90 is less than VALOR_KEEP_RAW=91"),
        ("RAW", "0", "VALOR_KEEP_5MIN=90 is less than VALOR_KEEP_RAW=0"),
        ("1D", "365", "VALOR_KEEP_1D=365 is less than VALOR_KEEP_1H=730"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_name_and_value(monkeypatch, name, value, told):
    monkeypatch.setenv(f"VALOR_KEEP_{name}", value)
    with pytest.raises(ImproperlyConfigured) as raised:
        days_kept()
    assert f"VALOR_KEEP_{name}={value}" in str(raised.value).replace("'", "")
    assert told in str(raised.value)
