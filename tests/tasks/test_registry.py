import pytest
from django.core.exceptions import ImproperlyConfigured

from tasks import registry
from tasks.errors import UnknownKind


def test_a_kind_declared_twice_is_refused(double_kind):
    with pytest.raises(ImproperlyConfigured, match=r"tests\.double.*twice"):
        registry.job(double_kind)(lambda ctx, parameters: {})


def test_a_kind_is_titled_by_its_docstring_unless_told_otherwise(declare, double_kind):
    declare("tests.titled", lambda ctx, parameters: {}, title="Titled")
    assert registry.spec_of(double_kind).title == "Doubles an amount"
    assert registry.spec_of("tests.titled").title == "Titled"


def test_an_unknown_kind_is_refused_with_the_known_ones(double_kind):
    with pytest.raises(UnknownKind) as caught:
        registry.spec_of("tests.duoble")
    assert caught.value.problems[0].value == "tests.duoble"
    assert double_kind in caught.value.problems[0].remedy


def test_the_jobs_of_every_app_are_declared_when_django_is_up():
    assert "tasks.selftest" in registry.kinds()
