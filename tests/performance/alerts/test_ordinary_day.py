"""24 hours of ordinary, varied load, judged tick by tick as the sampler does: nobody is alarmed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from performance.alerts.culprits import Suspects
from performance.alerts.evaluation import evaluate
from performance.alerts.models import Alert
from performance.chores import Tick
from performance.models import SamplerLease
from tests.performance.alerts.ordinary import TICKS_A_DAY, Day
from tests.performance.conftest import NoWalker

START = timezone.now() - timedelta(days=1)


def judge(rows, at) -> None:
    renewed = {"renewed_at": at, "expires_at": at, "interval": 30, "holder": "test:1:1"}
    SamplerLease.objects.update_or_create(host="web-1", defaults=renewed)
    evaluate(Tick("web-1", at, 30, rows, lead=True), Suspects(NoWalker))


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.faults) for seed in (2, 3))])
def test_a_day_of_ordinary_load_fires_no_alert(db, seed):
    for number, rows in enumerate(Day(seed)):
        judge(rows, START + timedelta(seconds=30 * number))
    assert number == TICKS_A_DAY - 1
    assert not list(Alert.objects.exclude(fired_at=None).values_list("category", "metric", "worst"))


def test_the_same_day_with_a_fault_in_it_does(db):
    for number, rows in enumerate(Day(1)):
        if number in range(100, 104):
            rows["application"] |= {"request_count": 200, "error_percent": 40.0}
        judge(rows, START + timedelta(seconds=30 * number))
        if number == 110:
            break
    assert list(Alert.objects.exclude(fired_at=None).values_list("metric", flat=True)) == ["error_percent"]
