"""What somebody is to be told, row by row: put in with the move that it tells of, taken out by the courier.

What fires is told when it is worse than what was told of it, and its end to whoever heard of it; what is muted is not,
and is told once it no longer is. A tick's own event tells of it, else a repetition.

An event is told by every channel that is configured. What is due together goes out as one message, so that a storm is
one letter. A message that failed is tried again later and later, for about half a day. A channel but the log sends so
many messages an hour; what is critical goes out nevertheless, and takes along what waits.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import BooleanField, ExpressionWrapper, F, Min, Q, QuerySet

from performance.alerts.choices import (
    ENDED,
    SILENCE,
    AlertSeverity,
    AlertState,
    Channel,
    Delivery,
    EventKind,
    MissingData,
)
from performance.alerts.models import Alert, AlertEvent, Notification

RANK = {"": 0, AlertSeverity.INFO: 1, AlertSeverity.WARNING: 2, AlertSeverity.CRITICAL: 3}
GROUPING = timedelta(seconds=5)  # what begins within it is told together, also by several hosts
CLAIMED_FOR = timedelta(minutes=2)
MOST_AT_ONCE = 100
MOST_ATTEMPTS = 12
FIRST_PAUSE, LONGEST_PAUSE = 15.0, 4 * 3600.0
AN_HOUR = timedelta(hours=1)
# What goes out by a channel that has sent its fill.
CRITICAL = Q(event__severity=AlertSeverity.CRITICAL) & ~Q(event__kind__in=ENDED)


def channels() -> list[Channel]:
    """Those that are configured; the log always is."""
    found = [Channel.LOG]
    if settings.ALERT_EMAILS:
        found.append(Channel.EMAIL)
    if settings.ALERT_WEBHOOK_URL:
        found.append(Channel.WEBHOOK)
    return found


def put(alerts: Sequence[Alert], events: list[AlertEvent], now: datetime) -> None:
    """Stores the events of a tick, and what of them is to be told. Who was never told of an alert hears of no end."""
    moved = {event.alert_id: event for event in events}
    told: list[AlertEvent] = []
    for alert in alerts:
        event = moved.get(alert.pk)
        if not (worse(alert) or over(alert) or overdue(alert, now)):
            continue
        if event is None:
            event = AlertEvent(alert=alert, at=now, kind=EventKind.REPEATED, severity=alert.severity, value=alert.value)
            events.append(event)
        alert.told_at, alert.told_severity = now, alert.severity
        told.append(event)
    if events:
        AlertEvent.objects.bulk_create(events)
    if told:
        Notification.objects.bulk_create(
            Notification(event=event, channel=channel, due_at=now + GROUPING)
            for event in told
            for channel in channels()
        )
        Alert.objects.bulk_update([event.alert for event in told], ["told_at", "told_severity"])


def worse(alert: Alert) -> bool:
    """Whether it fires and nobody was told, or only of less; also where somebody has taken it over."""
    told = RANK[alert.told_severity]
    return alert.state == AlertState.FIRING and not alert.muted_by and RANK[alert.severity] > told


def over(alert: Alert) -> bool:
    """Whether it has ended and somebody waits to hear so; not while it is silenced."""
    return not alert.open and alert.told_at is not None and alert.muted_by != SILENCE


def overdue(alert: Alert, now: datetime) -> bool:
    """Whether it fires and was not told for long, though nobody has taken it over either."""
    if alert.state != AlertState.FIRING or alert.muted_by or alert.acknowledged_at or alert.told_at is None:
        return False
    repeat = timedelta(hours=settings.ALERT_REPEAT_HOURS)
    return bool(repeat) and now - alert.told_at >= repeat and known(alert)


def known(alert: Alert) -> bool:
    """Whether anything was read to be told again; that nothing was may be the alert itself."""
    return alert.missing_since is None or alert.threshold.missing == MissingData.FIRE


def next_due(now: datetime) -> datetime | None:
    """When something is due; what waits for a channel that is no longer configured, or that is full, is not."""
    waiting = Notification.objects.filter(state=Delivery.PENDING, channel__in=channels())
    found = soonest(waiting)
    filled = [channel for channel in channels() if full(channel, now)] if found is not None else []
    return soonest(waiting.exclude(~CRITICAL, channel__in=filled)) if filled else found


def soonest(waiting: QuerySet[Notification]) -> datetime | None:
    found: datetime | None = waiting.aggregate(at=Min("due_at"))["at"]
    return found


def claim(channel: Channel, now: datetime) -> list[Notification]:
    """What is due on a channel, for the caller alone, for two minutes; only critical ones bring it beyond its fill."""
    pending = Notification.objects.filter(state=Delivery.PENDING, channel=channel)
    free = pending.filter(Q(due_at__lte=now) | Q(claim=""))
    wanted = wanted_of(pending.filter(due_at__lte=now), free, full(channel, now))
    if not wanted:
        return []
    mark = secrets.token_hex(20)
    free.filter(pk__in=wanted).update(claim=mark, due_at=now + CLAIMED_FOR, attempts=F("attempts") + 1)
    mine = Notification.objects.filter(claim=mark).select_related("event__alert")
    return list(mine.order_by("event__at", "pk"))


def wanted_of(due: QuerySet[Notification], free: QuerySet[Notification], full: bool) -> list[int]:
    """What is to be sent now: what is due, critical first, and whatever else waits to be told of the same alerts.

    A message that failed waits longer than its successor; told later, it would say that all begins again.
    """
    if full and not due.filter(CRITICAL).exists():
        return []
    ranked = due.annotate(urgent=ExpressionWrapper(CRITICAL, BooleanField())).order_by("-urgent", "due_at")
    alerts = {alert for _, alert in ranked.values_list("pk", "event__alert")[:MOST_AT_ONCE]}
    return list(free.filter(event__alert__in=alerts).values_list("pk", flat=True))


def full(channel: Channel, now: datetime) -> bool:
    """Whether it has sent its fill; the log never has."""
    return channel != Channel.LOG and sent_lately(channel, now) >= settings.ALERT_MESSAGES_PER_HOUR


def sent_lately(channel: Channel, now: datetime) -> int:
    """Messages of the last hour."""
    sent = Notification.objects.filter(channel=channel, sent_at__gt=now - AN_HOUR)
    return sent.values("message").distinct().count()


def sent(rows: Iterable[Notification], now: datetime) -> None:
    mark = secrets.token_hex(20)
    ours(rows).update(state=Delivery.SENT, sent_at=now, message=mark, error="")


def failed(rows: Sequence[Notification], error: str, now: datetime) -> None:
    """Tried again later, twice as late each time; given up in the end."""
    for row in rows:
        given_up = row.attempts >= MOST_ATTEMPTS
        state = Delivery.FAILED if given_up else Delivery.PENDING
        ours([row]).update(state=state, due_at=now + pause(row.attempts), error=error[:300], claim="")


def pause(attempts: int) -> timedelta:
    return timedelta(seconds=min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempts - 1)))


def ours(rows: Iterable[Notification]) -> QuerySet[Notification]:
    """The rows that are still claimed as they were."""
    marks = {row.pk: row.claim for row in rows}
    return Notification.objects.filter(pk__in=marks, claim__in=set(marks.values()), state=Delivery.PENDING)
