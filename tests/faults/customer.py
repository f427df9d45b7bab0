"""What the customer of the plant does: prepares it, asks how it is, and gives work."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.db import DatabaseError, connection
from django.utils import timezone

from performance import sampling
from performance.alerts.models import Alert, Threshold
from performance.models import Recommendation, RepeatedQuery, SlowQuery, SystemSample
from performance.recommendations.selectors import for_alert
from tasks import services
from tasks.errors import NotCancellable
from tasks.models import Job
from tests.faults.app.models import Account, Entry

FIELD_INTERVAL = 30
ACCOUNTS = 2000
FILL = {
    "postgresql": "SELECT i, 1 + i %% {accounts}, 'R' || i, i FROM generate_series(1, {entries}) AS s(i)",
    "sqlite": (
        "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {entries}) "
        "SELECT i, 1 + i %% {accounts}, 'R' || i, i FROM s"
    ),
}


def prepare(entries: int) -> int:
    """A large table, and the planner's figures of it."""
    Account.objects.bulk_create(Account(pk=number + 1, name=f"Account {number}") for number in range(ACCOUNTS))
    chosen = FILL[connection.vendor].format(accounts=ACCOUNTS, entries=entries).replace("%%", "%")
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO faults_entry (id, account_id, reference, amount) {chosen}")
        cursor.execute("ANALYZE faults_entry")
    return Entry.objects.count()


def quicken(interval: int) -> None:
    """Samples every few seconds; every duration shrinks in proportion, no level is touched."""
    sampling.set_interval(interval, by="the plant")
    for threshold in Threshold.objects.all():
        Threshold.objects.filter(pk=threshold.pk).update(duration=threshold.duration * interval // FIELD_INTERVAL)


def ticks(since: str = "") -> int:
    """The samples stored so far, or after a moment."""
    samples = SystemSample.objects.all()
    return samples.filter(taken_at__gt=since).count() if since else samples.count()


def now() -> str:
    return timezone.now().isoformat()


def forget() -> None:
    """Nothing of the illness before is left: each begins with a clean sheet."""
    while Alert.objects.exists():
        with suppress(DatabaseError):  # the sampler is adding to the history of one
            Alert.objects.all().delete()
    Recommendation.objects.all().delete()
    SlowQuery.objects.all().delete()
    RepeatedQuery.objects.all().delete()


def firing() -> dict[str, dict[str, Any]]:
    """The alerts that fire, by metric, with how many samples it took since *forget*."""
    found = {}
    for alert in Alert.objects.filter(state="firing").order_by("fired_at"):
        found[f"{alert.category}.{alert.metric}"] = {
            "pk": alert.pk,
            "fired_at": alert.fired_at.isoformat(),
            "began_at": alert.began_at.isoformat(),
            "severity": alert.severity,
            "culprits": alert.culprits,
        }
    return found


def advice(alert: int) -> list[dict[str, str]]:
    """What the platform advises about an alert, the best first."""
    return [
        {"rule": row.rule, "subject": row.subject, "title": row.title, "cause": row.cause, "score": str(row.score)}
        for row in for_alert(Alert.objects.get(pk=alert))
    ]


def samples_between(start: str, end: str) -> int:
    return SystemSample.objects.filter(taken_at__gt=start, taken_at__lte=end).count()


def submit(kind: str, count: int, **parameters: Any) -> int:
    for number in range(count):
        services.submit(kind, parameters | {"number": number}, owner=None)
    return count


def cancel_all() -> None:
    for job in Job.objects.exclude(state__in=("done", "failed", "cancelled")):
        with suppress(NotCancellable):  # it ended meanwhile
            services.cancel(job)
