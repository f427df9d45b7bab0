"""Warmers and `manage.py warm_cache`."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from modeling.selectors import prefill_for
from performance.cache import warmer, warming
from tests.modeling.conftest import make_company


@pytest.fixture
def declared(monkeypatch):
    monkeypatch.setattr(warming, "WARMERS", dict(warming.warmers()))

    @warmer("good")
    def good() -> int:
        """Warms three things.

        And explains.
        """
        return 3

    @warmer("bad")
    def bad() -> int:
        """Fails."""
        raise OSError("no")


def test_the_list_names_each_with_what_it_warms(declared, capsys):
    call_command("warm_cache", "--list")
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split(maxsplit=1) == ["good", "Warms three things."] for line in lines)
    assert {"companies", "schema"} <= {line.split()[0] for line in lines}


def test_named_warmers_run_and_say_what_they_did(declared, capsys):
    call_command("warm_cache", "good")
    assert "3 results" in capsys.readouterr().out


def test_one_that_fails_is_told_and_keeps_no_other_from_its_work(declared, capsys):
    with pytest.raises(CommandError, match="1 of the warmers failed"):
        call_command("warm_cache", "bad", "good")
    out = capsys.readouterr().out
    assert "OSError: no" in out
    assert "3 results" in out


def test_an_unknown_name_is_answered_with_the_known_ones(declared):
    with pytest.raises(CommandError, match="companies"):
        call_command("warm_cache", "nothing")


def test_a_name_may_be_declared_once(declared):
    with pytest.raises(ValueError, match="declared twice"):
        warmer("good")(lambda: 0)


@pytest.mark.django_db
def test_what_was_warmed_is_not_computed_again(default, django_assert_num_queries, capsys):
    company = make_company()
    call_command("warm_cache", "companies", "schema")
    with django_assert_num_queries(0):
        assert prefill_for(company) is not None
