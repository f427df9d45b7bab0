"""Dashboards are made, named, changed, undone and removed; nobody overwrites what they have not seen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils import timezone

from performance.chores.housekeeping import prune
from performance.dashboards import layout, selectors, services
from performance.dashboards.models import Dashboard, Shared
from tests.conftest import make_user
from valor.lib.errors import Conflict, InvalidInput, NotFound

pytestmark = pytest.mark.django_db
CPU = {"kind": "stat", "metric": "system.cpu_percent"}


def test_a_new_one_has_the_default_layout_or_an_empty_one(analyst):
    assert services.create(owner=analyst, title="A").layout == layout.default()
    assert services.create(owner=analyst, title="B", layout=[]).layout == []


def test_slugs_are_of_the_title_unique_and_stay(analyst, operator):
    rows = [services.create(owner=user, title="Über CPU & co") for user in (analyst, operator, analyst)]
    assert [row.slug for row in rows] == ["uber-cpu-co", "uber-cpu-co-2", "uber-cpu-co-3"]
    changed = services.change(dashboard=rows[0], version=1, values={"title": "Other"})
    assert (changed.title, changed.slug, changed.version) == ("Other", "uber-cpu-co", 2)
    assert services.create(owner=analyst, title="日本").slug == "dashboard"
    assert len(services.create(owner=analyst, title="x" * 80).slug) <= 80


def test_a_slug_that_somebody_takes_meanwhile_is_not_taken_twice(analyst, monkeypatch):
    services.create(owner=analyst, title="CPU")
    real, blind = Dashboard.objects.filter, [1]

    def late(*args, **kwargs):
        if "slug__startswith" in kwargs and blind:
            blind.pop()
            return Dashboard.objects.none()
        return real(*args, **kwargs)

    monkeypatch.setattr(Dashboard.objects, "filter", late)
    assert services.create(owner=analyst, title="CPU").slug == "cpu-2"


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("title", {"title": " \0 "}),
        ("title", {"title": "x" * 81}),
        ("shared_with", {"shared_with": "the world"}),
        ("layout.0.kind", {"layout": [{"kind": "pie"}], "title": "New"}),
    ],
)
def test_what_makes_no_sense_changes_nothing(analyst, field, values):
    row = services.create(owner=analyst, title="A")
    with pytest.raises(InvalidInput) as refused:
        services.change(dashboard=row, version=1, values=values)
    assert refused.value.problems[0].field == field
    assert Dashboard.objects.get().version == 1 and Dashboard.objects.get().title == "A"


def test_of_two_changes_of_one_version_the_second_is_refused(analyst):
    row = services.create(owner=analyst, title="A")
    services.change(dashboard=row, version=1, values={"title": "B"})
    for late in (
        lambda: services.change(dashboard=row, version=1, values={"title": "C"}),
        lambda: services.reset(dashboard=row, version=1),
        lambda: services.arrange(dashboard=row, version=1, layout=[], said=""),
    ):
        with pytest.raises(Conflict, match="in the meantime"):
            late()
    assert Dashboard.objects.get().title == "B"


def test_the_last_change_of_the_layout_can_be_undone_once(analyst):
    row = services.create(owner=analyst, title="A", layout=[CPU])
    row = services.reset(dashboard=row, version=1)
    assert row.undoable == "The layout was reset to the default."
    row = services.change(dashboard=row, version=2, values={"title": "B"})
    row = services.undo(dashboard=row, version=3)
    assert row.title == "B"
    assert [entry["kind"] for entry in row.layout] == ["stat"]
    with pytest.raises(Conflict, match="nothing to undo"):
        services.undo(dashboard=row, version=4)


def test_a_copy_is_ones_own_and_nobody_elses(analyst, operator):
    row = services.create(owner=operator, title="A", shared_with=Shared.EVERYBODY)
    # What is gone meanwhile is copied as it is, and says so.
    Dashboard.objects.update(layout=[*row.layout, {"kind": "gone", "key": "w99"}])
    made = services.copy(dashboard=Dashboard.objects.get(), owner=analyst)
    assert (made.title, made.owner, made.shared_with) == ("Copy of A", analyst, Shared.NOBODY)
    assert made.layout == Dashboard.objects.get(pk=row.pk).layout


def test_there_are_at_most_fifty_of_one_owner(analyst, monkeypatch):
    monkeypatch.setattr(services, "MOST_OF_ONE", 2)
    first = services.create(owner=analyst, title="A")
    services.create(owner=analyst, title="B")
    with pytest.raises(Conflict, match="remove one"):
        services.create(owner=analyst, title="C")
    services.remove(dashboard=first)
    services.create(owner=analyst, title="C")


def test_who_sees_what(analyst, other_analyst, operator):
    nobody = make_user("nora")
    both = make_user("zoe", "analyst", "operator")
    for sharing in Shared.values:
        services.create(owner=analyst, title=sharing, shared_with=sharing)

    def seen(user):
        return {row.title for row in selectors.visible_to(user)}

    assert seen(analyst) == set(Shared.values)
    assert seen(other_analyst) == {"analysts", "everybody"}
    assert seen(operator) == {"operators", "everybody"}
    assert seen(both) == {"analysts", "operators", "everybody"}
    assert seen(nobody) == set()
    with pytest.raises(NotFound):
        selectors.own(operator, "nobody")
    with pytest.raises(PermissionDenied):
        selectors.own(operator, "everybody")
    assert selectors.own(analyst, "everybody").is_of(analyst)


def test_what_was_removed_a_month_ago_is_deleted(analyst):
    rows = [services.create(owner=analyst, title=title) for title in "ABC"]
    now = timezone.now()
    for row, days in zip(rows, (None, 29, 31), strict=True):
        if days:
            Dashboard.objects.filter(pk=row.pk).update(removed_at=now - timedelta(days=days))
    prune(now)
    assert set(Dashboard.objects.values_list("title", flat=True)) == {"A", "B"}


def test_what_was_removed_is_gone_and_comes_back_for_a_day(analyst, other_analyst):
    row = services.create(owner=analyst, title="A", shared_with=Shared.EVERYBODY)
    services.remove(dashboard=row)
    assert not selectors.visible_to(analyst).exists()
    with pytest.raises(NotFound):
        services.remove(dashboard=row)
    with pytest.raises(Conflict):
        services.change(dashboard=row, version=1, values={"title": "B"})
    with pytest.raises(NotFound):
        services.restore(owner=other_analyst, slug="a")
    assert [one.slug for one in selectors.removed(analyst, timezone.now())] == ["a"]
    assert not selectors.removed(analyst, timezone.now() + timedelta(days=1, seconds=1))
    assert services.restore(owner=analyst, slug="a").slug == "a"
    assert selectors.visible_to(other_analyst).count() == 1


def test_what_was_removed_longer_ago_does_not_come_back(analyst):
    row = services.create(owner=analyst, title="A")
    Dashboard.objects.filter(pk=row.pk).update(removed_at=timezone.now() - selectors.UNDONE_WITHIN)
    with pytest.raises(NotFound):
        services.restore(owner=analyst, slug="a")


def test_what_was_removed_comes_back_only_where_there_is_room(analyst, monkeypatch):
    monkeypatch.setattr(services, "MOST_OF_ONE", 1)
    services.remove(dashboard=services.create(owner=analyst, title="A"))
    services.create(owner=analyst, title="B")
    with pytest.raises(Conflict, match="remove one"):
        services.restore(owner=analyst, slug="a")
    assert [row.title for row in selectors.visible_to(analyst)] == ["B"]


def test_what_was_deleted_for_good_meanwhile_is_not_said_to_be_back(analyst, monkeypatch):
    row = services.create(owner=analyst, title="A")
    services.remove(dashboard=row)
    update = QuerySet.update

    def late(rows, **values):
        Dashboard.objects.filter(pk=row.pk).delete()
        return update(rows, **values)

    monkeypatch.setattr(QuerySet, "update", late)
    with pytest.raises(NotFound):
        services.restore(owner=analyst, slug="a")
