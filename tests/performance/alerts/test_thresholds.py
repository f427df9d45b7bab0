"""Thresholds: the defaults, what may not be, and who changed what."""

from __future__ import annotations

import pytest

from performance.alerts import catalogue, selectors, services
from performance.alerts.culprits import declared
from performance.alerts.defaults import DEFAULTS
from performance.alerts.inhibition import EVERYTHING, INHIBITIONS
from performance.alerts.models import Threshold
from performance.alerts.readings import GREATEST, NOBODY
from performance.alerts.validation import EDITABLE, checked
from performance.metrics import CATEGORIES
from valor.lib.errors import Conflict, InvalidInput, NotFound

BUSY = {"direction": "above", "warning": 80.0, "critical": 95.0, "clear": 75.0}
BUSY |= {"duration": 30, "missing": "keep", "enabled": True}
DOCUMENTED = {
    ("system", "cpu_percent"): 80,
    ("system", "memory_percent"): 85,
    ("system", "disk_percent"): 90,
    ("cache", "hit_percent"): 70,
    ("database", "worst_percent"): 80,
}


@pytest.fixture
def row(db) -> Threshold:
    return Threshold.objects.get(category="system", metric="cpu_percent")


@pytest.mark.parametrize("default", DEFAULTS, ids=lambda default: f"{default.category}.{default.metric}")
def test_every_default_is_of_a_measured_metric_and_valid(default):
    assert set(checked(default.category, default.metric, default.levels)) == set(EDITABLE)


def test_every_installation_begins_with_the_documented_defaults(db):
    found = {(row.category, row.metric): row for row in Threshold.objects.all()}
    assert set(found) == {default.key for default in DEFAULTS}
    assert {key: found[key].warning for key in DOCUMENTED} == DOCUMENTED


def test_what_the_declarations_name_is_measured():
    named = [key for rule in INHIBITIONS for key in (rule.cause, *rule.mutes) if key != EVERYTHING]
    named += list(declared())
    assert [key for key in named if catalogue.find(*key) is None] == []
    known = {default.key for default in DEFAULTS}
    assert known - set(declared()) == {("sampler", "lag")}


def test_what_stands_in_for_a_missing_column_is_a_column():
    columns = {field.name for category in CATEGORIES.values() for field in category.model._meta.get_fields()}
    assert {*GREATEST, *NOBODY, *NOBODY.values(), *(part for parts in GREATEST.values() for part in parts)} <= columns


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"warning": 101.0}, "warning"),
        ({"warning": -1.0}, "warning"),
        ({"warning": float("nan")}, "warning"),
        ({"warning": float("inf")}, "warning"),
        ({"warning": None}, "warning"),
        ({"warning": "high"}, "warning"),
        ({"warning": True}, "warning"),
        ({"critical": 79.0}, "critical"),
        ({"clear": 81.0}, "clear"),
        ({"clear": None}, "clear"),
        ({"direction": "below"}, "critical"),
        ({"direction": "sideways"}, "direction"),
        ({"duration": -1}, "duration"),
        ({"duration": 86_401}, "duration"),
        ({"duration": 1.5}, "duration"),
        ({"missing": "guess"}, "missing"),
        ({"enabled": "yes"}, "enabled"),
    ],
)
def test_levels_that_make_no_sense_are_refused_by_field_value_and_remedy(changes, field):
    with pytest.raises(InvalidInput) as refused:
        checked("system", "cpu_percent", BUSY | changes)
    problem = next(problem for problem in refused.value.problems if problem.field == field)
    assert problem.message
    assert problem.remedy


def test_a_metric_that_nobody_measures_is_refused():
    with pytest.raises(InvalidInput) as refused:
        checked("system", "happiness", BUSY)
    assert refused.value.problems[0].value == "system.happiness"


def test_a_low_level_is_checked_the_other_way_round():
    low = BUSY | {"direction": "below", "warning": 70.0, "critical": 40.0, "clear": 75.0}
    assert checked("cache", "hit_percent", low)["critical"] == 40.0
    with pytest.raises(InvalidInput):
        checked("cache", "hit_percent", low | {"clear": 60.0})


def test_a_level_in_bytes_may_be_large():
    assert checked("application", "rss_worst", BUSY | {"warning": 1e9, "critical": 2e9, "clear": 9e8})


def test_a_change_is_noted_with_who_when_from_and_to(row, operator):
    changed = services.change_threshold(threshold=row, values={"warning": 70, "clear": 60}, by=operator)
    assert (changed.warning, changed.clear, changed.critical, changed.changed_by) == (70.0, 60.0, 95.0, operator)
    change = changed.changes.get()
    assert (change.by, change.at) == (operator, changed.changed_at)
    assert change.fields == {"warning": [80.0, 70.0], "clear": [75.0, 60.0]}
    assert selectors.limit_of("system", "cpu_percent") == 70.0


def test_a_change_that_changes_nothing_is_not_noted(row, operator):
    services.change_threshold(threshold=row, values={"warning": 80.0}, by=operator)
    assert not row.changes.exists()


def test_two_who_change_it_at_once_are_told(row, operator):
    other = Threshold.objects.get(pk=row.pk)
    services.change_threshold(threshold=row, values={"warning": 70, "clear": 60}, by=operator)
    with pytest.raises(Conflict):
        services.change_threshold(threshold=other, values={"warning": 60, "clear": 60}, by=operator)
    again = Threshold.objects.get(pk=row.pk)
    stale = Threshold.objects.get(pk=row.pk)
    services.change_threshold(threshold=again, values={"warning": 71}, by=operator)
    with pytest.raises(Conflict):
        services.change_threshold(threshold=stale, values={"warning": 72}, by=operator)


def test_a_reset_brings_the_default_back_and_is_noted(row, operator):
    changed = services.change_threshold(threshold=row, values={"warning": 70, "clear": 60}, by=operator)
    back = services.reset_threshold(threshold=changed, by=operator)
    assert (back.warning, back.clear, back.changes.count()) == (80.0, 75.0, 2)


def test_a_metric_without_a_threshold_can_get_one_that_has_no_default(db, operator):
    levels = {"warning": 8.0, "critical": 16.0, "clear": 6.0}
    made = services.set_threshold(category="system", metric="load_1", values=levels, by=operator)
    assert (made.duration, made.enabled, made.changes.count()) == (30, True, 1)
    with pytest.raises(NotFound):
        services.reset_threshold(threshold=made, by=operator)


def test_one_that_is_switched_off_draws_no_limit(row, operator):
    services.change_threshold(threshold=row, values={"enabled": False}, by=operator)
    assert selectors.limit_of("system", "cpu_percent") is None


def test_they_are_read_once_for_many_questions(db, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert selectors.limit_of("system", "cpu_percent") == 80.0
        assert selectors.limit_of("system", "memory_percent") == 85.0
