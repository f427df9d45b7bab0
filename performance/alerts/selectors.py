"""Reads of thresholds, alerts and silences."""

from __future__ import annotations

import time
from datetime import datetime

from django.db.models import Q, QuerySet
from django.db.models.signals import post_delete, post_save

from performance.alerts import catalogue
from performance.alerts.choices import AlertState
from performance.alerts.models import Alert, AlertEvent, Silence, Threshold
from valor.lib.errors import NotFound

SHORTLY = 3.0
MOST_OPEN = 200
# Of this process: every page needs them, and they change once a month.
_kept: tuple[float, dict[tuple[str, str], Threshold]] | None = None


def thresholds() -> dict[tuple[str, str], Threshold]:
    """Every threshold by category and metric; a change made elsewhere is seen within seconds."""
    global _kept
    if _kept is None or time.monotonic() - _kept[0] > SHORTLY:
        rows = Threshold.objects.order_by("category", "metric")
        _kept = time.monotonic(), {(row.category, row.metric): row for row in rows}
    return _kept[1]


def forget_thresholds(**_: object) -> None:
    """Called when one is stored: whoever changes it sees it at once."""
    global _kept
    _kept = None


post_save.connect(forget_thresholds, sender=Threshold, dispatch_uid="performance.forget_thresholds")
post_delete.connect(forget_thresholds, sender=Threshold, dispatch_uid="performance.forget_thresholds")


def watched(category: str, metric: str) -> Threshold | None:
    """The metric's threshold, None where there is none or it is switched off."""
    found = thresholds().get((category, metric))
    return found if found is not None and found.enabled else None


def limit_of(category: str, metric: str) -> float | None:
    """The level beyond which the metric is in trouble; None where nobody watches it."""
    found = watched(category, metric)
    return found.warning if found is not None else None


def threshold(pk: int) -> Threshold:
    row = Threshold.objects.select_related("changed_by").filter(pk=pk).first()
    if row is None:
        raise NotFound("There is no such threshold: see the list of them.")
    return row


def open_alerts() -> QuerySet[Alert]:
    """What is not resolved, the worst first."""
    found = Alert.objects.exclude(state=AlertState.RESOLVED).select_related("acknowledged_by")
    # By their words: firing, pending, recovering; and critical, info, warning.
    return found.order_by("state", "severity", "-began_at", "pk")


def told_alerts() -> QuerySet[Alert]:
    """Every alert, the newest first."""
    return Alert.objects.select_related("acknowledged_by").order_by("-began_at", "-pk")


def alert(pk: int) -> Alert:
    row = Alert.objects.select_related("acknowledged_by", "threshold").filter(pk=pk).first()
    if row is None:
        raise NotFound("There is no such alert: it may have been too old to keep.")
    return row


def events_of(row: Alert) -> QuerySet[AlertEvent]:
    """What happened to it, the newest first, with who was told."""
    return row.events.select_related("by").prefetch_related("notifications").order_by("-at", "-pk")


def silences(now: datetime) -> QuerySet[Silence]:
    """Those that still hold."""
    return told_silences().filter(until__gt=now).order_by("until", "pk")


def told_silences() -> QuerySet[Silence]:
    """Every silence, the newest first, with who made and who lifted it."""
    return Silence.objects.select_related("created_by", "lifted_by").order_by("-created_at", "-pk")


def past_silences(now: datetime) -> QuerySet[Silence]:
    """Those that have ended, or were lifted."""
    return told_silences().filter(until__lte=now)


def silence(pk: int, now: datetime) -> Silence:
    row = silences(now).filter(pk=pk).first()
    if row is None:
        raise NotFound("There is no such silence: it may have ended.")
    return row


def searched(alerts: QuerySet[Alert], metric: str) -> QuerySet[Alert]:
    """Those of a metric, written as "cpu_percent", "system.cpu_percent", or as people see it: "CPU"."""
    category, _, name = metric.rpartition(".")
    meant = Q(metric=name) & (Q(category=category) if category else Q())
    for limit in thresholds().values():
        if catalogue.known(limit.category, limit.metric).label.casefold() == metric.casefold():
            meant |= Q(category=limit.category, metric=limit.metric)
    return alerts.filter(meant)


def labels() -> list[str]:
    """What people call the metrics that have thresholds."""
    return sorted({catalogue.known(row.category, row.metric).label for row in thresholds().values()})
