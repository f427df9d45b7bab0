"""A platform at work in the default database: a year of three hosts, alerts, advice, actions, operators, and ticks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group, User
from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken

from benchmarks.load.year import INTERVAL, Year
from performance.alerts.models import Alert, Threshold
from performance.metrics import CATEGORIES
from performance.models import ActionRun, Anomaly, Recommendation, SamplerLease
from performance.rollups.sources import numeric_columns
from tasks.models import Worker

HOSTS = ("web-1.example.net", "web-2.example.net", "web-3.example.net")
ALERTS = (("system", "cpu_percent"), ("application", "latency_p95"), ("cache", "hit_percent"))
FEW = 5


def build(operators: int) -> list[str]:
    """The operators' tokens."""
    Year(datetime.now(UTC), HOSTS).build()
    happen(timezone.now())
    tick()
    return list(tokens(operators))


def tokens(count: int) -> Iterator[str]:
    group, _ = Group.objects.get_or_create(name="operator")
    users = User.objects.bulk_create(User(username=f"operator-{number}", password="!") for number in range(count))
    group.user_set.add(*users)
    for user in users:
        yield str(AccessToken.for_user(user))


def happen(now: datetime) -> None:
    """What a platform has to tell on an ordinary bad day."""
    for number, (category, metric) in enumerate(ALERTS):
        threshold = Threshold.objects.get(category=category, metric=metric)
        began = now - timedelta(minutes=6)
        Alert.objects.create(
            threshold=threshold,
            category=category,
            metric=metric,
            host=HOSTS[number],
            state="firing",
            severity="warning",
            value=93.0,
            worst=97.0,
            limit=80.0,
            began_at=began,
            since=began,
            fired_at=began,
            judged_at=now,
        )
    for number in range(FEW):
        seen = {"first_seen": now, "last_seen": now, "opened_at": now}
        words = {"title": "One route is slow", "cause": "It reads a table.", "cure": "Add an index.", "effect": "Less."}
        Recommendation.objects.create(
            rule="slow_route",
            subject=str(number),
            area="database",
            score=50.0,
            magnitude=1.0,
            evidence=[["p95", "1.9 s"]],
            effort="minutes",
            **seen | words,
        )
        done = {"requested_at": now, "began_at": now, "done_at": now, "finished_at": now, "verdict": "helped"}
        taken = {"before": measured(2.0, now), "after": measured(1.0, now)}
        ActionRun.objects.create(action="optimize_database", key=str(number), measure="size", **done, **taken)
        worst = {"worst_at": now, "value": 9.0, "expected": 1.0, "score": 9.0}
        Anomaly.objects.create(host=HOSTS[0], category="system", metric="load_1", at=now, **worst)
        Worker.objects.create(host=HOSTS[0], pid=40_000 + number, started_at=now, last_seen=now + timedelta(hours=1))


def measured(value: float, now: datetime) -> dict[str, Any]:
    return {"value": value, "note": "", "at": now.isoformat()}


def tick() -> None:
    """A sample of each category and host, and the alerts judged by them."""
    now = timezone.now()
    for category in CATEGORIES.values():
        rows = [category.model(host=host, taken_at=now, interval=INTERVAL, **figures(category)) for host in HOSTS]
        category.model._default_manager.bulk_create(rows)
    SamplerLease.objects.update(renewed_at=now)
    Alert.objects.update(judged_at=now)
    Recommendation.objects.update(last_seen=now)


def figures(category: Any) -> dict[str, float]:
    model = category.model
    return {name: 12 for name in numeric_columns(model) if not model._meta.get_field(name).generated}
