"""Operators are staff and may look at what the apps name; nobody else is."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User

pytestmark = pytest.mark.django_db


def group(name: str) -> Group:
    return Group.objects.get_or_create(name=name)[0]


def is_staff(user: User) -> bool:
    return User.objects.get(pk=user.pk).is_staff


@pytest.mark.parametrize("side", ["user", "group"])
def test_who_becomes_an_operator_becomes_staff_and_loses_it_again(analyst, side):
    operators = group("operator")
    analyst.groups.add(operators) if side == "user" else operators.user_set.add(analyst)
    assert is_staff(analyst)
    analyst.groups.remove(operators) if side == "user" else operators.user_set.remove(analyst)
    assert not is_staff(analyst)


def test_leaving_all_groups_at_once_counts_too(operator):
    operator.groups.clear()
    assert not is_staff(operator)


def test_emptying_the_group_leaves_no_staff_behind(operator):
    group("operator").user_set.clear()
    assert not is_staff(operator)


def test_a_superuser_stays_staff(db):
    chief = User.objects.create_superuser("chief")
    chief.groups.add(group("operator"))
    chief.groups.clear()
    assert is_staff(chief)


def test_analysts_are_not_staff(analyst):
    assert not is_staff(analyst)


def test_operators_may_view_what_the_apps_name_and_change_nothing(operator):
    seen = User.objects.get(pk=operator.pk).get_all_permissions()
    assert {"tasks.view_job", "tasks.view_worker", "modeling.view_company", "performance.view_systemsample"} <= seen
    assert all(".view_" in permission for permission in seen)
    assert "modeling.view_valuation" not in seen
    assert "modeling.view_run" not in seen
