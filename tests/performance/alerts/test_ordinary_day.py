"""24 hours of ordinary, varied load on two hosts, judged tick by tick as the samplers do: nobody is alarmed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from heapq import merge

import pytest
from django.utils import timezone

from performance.alerts.culprits import Suspects
from performance.alerts.evaluation import evaluate
from performance.alerts.models import Alert
from performance.chores import Tick
from performance.models import RepeatedQuery, SamplerLease
from tests.performance.alerts.ordinary import Day, Moment
from tests.performance.conftest import NoWalker

START = timezone.now() - timedelta(days=1)
REPEATED = {"route": "/companies/", "kind": "request", "fingerprint": "a" * 16}


def day(seed: int) -> Iterator[Moment]:
    """The leading host, and one that is sampled every two minutes."""
    hosts = Day(seed), Day(seed + 100, "web-2", 120)
    return merge(*hosts, key=lambda moment: moment.at)


def judge(moment: Moment) -> None:
    at, interval = START + timedelta(seconds=moment.at), moment.interval
    until = at + timedelta(seconds=1.5 * interval)
    renewed = {"renewed_at": at, "expires_at": until, "interval": interval, "holder": "test:1:1"}
    if not SamplerLease.objects.filter(host=moment.host).update(**renewed):
        SamplerLease.objects.create(host=moment.host, **renewed)
    if moment.repeats:
        seen = {"latest": moment.repeats, "worst": moment.repeats, "first_seen": at, "last_seen": at}
        RepeatedQuery.objects.update_or_create(**REPEATED, defaults=seen)
    if moment.rows:
        evaluate(Tick(moment.host, at, interval, moment.rows, lead=moment.host == "web-1"), Suspects(NoWalker))


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.faults) for seed in (2, 3))])
def test_a_day_of_ordinary_load_fires_no_alert(db, seed):
    for moment in day(seed):
        judge(moment)
    assert not list(Alert.objects.exclude(fired_at=None).values_list("category", "metric", "host", "worst"))


def test_the_same_day_with_a_fault_in_it_does(db):
    for moment in day(1):
        if moment.host == "web-1" and 3000 <= moment.at < 3120:
            moment.rows["application"] |= {"request_count": 200, "error_percent": 40.0}
        judge(moment)
        if moment.at > 3300:
            break
    assert list(Alert.objects.exclude(fired_at=None).values_list("metric", flat=True)) == ["error_percent"]
